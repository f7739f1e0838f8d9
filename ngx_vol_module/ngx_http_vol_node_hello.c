
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_redis.h"


#define NGX_HTTP_VOL_NODE_TEXT           200       /* bytes of it logged */
#define NGX_HTTP_VOL_NODE_WORDS          4         /* of a command */

#define NGX_HTTP_VOL_NODE_WARN_INFO      0x01
#define NGX_HTTP_VOL_NODE_WARN_AOF       0x02
#define NGX_HTTP_VOL_NODE_WARN_EVICTION  0x04
#define NGX_HTTP_VOL_NODE_WARN_VERSION   0x08


static ngx_int_t ngx_http_vol_node_auth(ngx_pool_t *pool,
    ngx_http_vol_node_t *node, ngx_str_t *user, ngx_str_t *password);
static ngx_int_t ngx_http_vol_node_command(ngx_pool_t *pool,
    ngx_http_vol_node_t *node, ngx_uint_t argc, ngx_str_t *argv,
    ngx_http_vol_node_handler_pt handler);
static void ngx_http_vol_node_auth_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_node_select_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_node_wait_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_node_info_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_node_master_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_node_check(ngx_http_vol_node_t *node,
    ngx_str_t *info);
static void ngx_http_vol_node_warn(ngx_http_vol_node_t *node,
    ngx_uint_t bit, ngx_uint_t wrong, char *what);
static ngx_str_t ngx_http_vol_node_error(redisReply *reply);


ngx_int_t
ngx_http_vol_node_prepare(ngx_pool_t *pool, ngx_http_vol_node_t *node)
{
    u_char                      db[NGX_INT_T_LEN];
    ngx_int_t                   rc;
    ngx_str_t                   argv[NGX_HTTP_VOL_NODE_WORDS];
    ngx_http_vol_redis_conf_t  *conf;

    conf = &node->redis->conf;

    if (node->role == NGX_HTTP_VOL_NODE_SENTINEL) {
        rc = ngx_http_vol_node_auth(pool, node, &conf->sentinel_user,
                                    &conf->sentinel_password);
        if (rc != NGX_OK) {
            return rc;
        }

        ngx_str_set(&argv[0], "SENTINEL");
        ngx_str_set(&argv[1], "get-master-addr-by-name");
        argv[2] = conf->master;

        return ngx_http_vol_node_command(pool, node, 3, argv,
                                         ngx_http_vol_node_master_handler);
    }

    rc = ngx_http_vol_node_auth(pool, node, &conf->user, &conf->password);

    if (rc == NGX_OK && conf->db) {
        ngx_str_set(&argv[0], "SELECT");
        argv[1].data = db;
        argv[1].len = ngx_sprintf(db, "%i", conf->db) - db;

        rc = ngx_http_vol_node_command(pool, node, 2, argv,
                                       ngx_http_vol_node_select_handler);
    }

    if (rc == NGX_OK && conf->durability.fsync) {
        ngx_str_set(&argv[0], "WAITAOF");
        ngx_str_set(&argv[1], "1");
        ngx_str_set(&argv[2], "0");
        ngx_str_set(&argv[3], "1");

        rc = ngx_http_vol_node_command(pool, node, 4, argv,
                                       ngx_http_vol_node_wait_handler);

    } else if (rc == NGX_OK && conf->durability.replicas) {
        ngx_str_set(&argv[0], "WAIT");
        ngx_str_set(&argv[1], "0");
        ngx_str_set(&argv[2], "1");

        rc = ngx_http_vol_node_command(pool, node, 3, argv,
                                       ngx_http_vol_node_wait_handler);
    }

    if (rc == NGX_OK) {
        ngx_str_set(&argv[0], "INFO");

        rc = ngx_http_vol_node_command(pool, node, 1, argv,
                                       ngx_http_vol_node_info_handler);
    }

    return rc;
}


static ngx_int_t
ngx_http_vol_node_auth(ngx_pool_t *pool, ngx_http_vol_node_t *node,
    ngx_str_t *user, ngx_str_t *password)
{
    ngx_str_t   argv[3];
    ngx_uint_t  argc;

    if (password->len == 0) {
        return NGX_OK;
    }

    argc = 0;
    ngx_str_set(&argv[argc], "AUTH");
    argc++;

    if (user->len) {
        argv[argc++] = *user;
    }

    argv[argc++] = *password;

    return ngx_http_vol_node_command(pool, node, argc, argv,
                                     ngx_http_vol_node_auth_handler);
}


static ngx_int_t
ngx_http_vol_node_command(ngx_pool_t *pool, ngx_http_vol_node_t *node,
    ngx_uint_t argc, ngx_str_t *argv, ngx_http_vol_node_handler_pt handler)
{
    int                       len;
    char                     *command;
    size_t                    lens[NGX_HTTP_VOL_NODE_WORDS];
    ngx_uint_t                i;
    const char               *args[NGX_HTTP_VOL_NODE_WORDS];
    ngx_http_vol_node_op_t  *op;

    for (i = 0; i < argc; i++) {
        args[i] = (char *) argv[i].data;
        lens[i] = argv[i].len;
    }

    len = redisFormatCommandArgv(&command, argc, args, lens);
    if (len < 0) {
        return NGX_ERROR;
    }

    op = &node->hello[node->nhello++];

    op->handler = handler;
    op->data = node;
    op->replies = 1;
    op->weight = 0;
    op->command.len = len;
    op->command.data = ngx_pnalloc(pool, len);

    if (op->command.data) {
        ngx_memcpy(op->command.data, command, len);
    }

    redisFreeCommand(command);

    return op->command.data ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_vol_node_hello(ngx_http_vol_node_t *node)
{
    ngx_uint_t  i;

    for (i = 0; i < node->nhello; i++) {
        if (ngx_http_vol_node_append(node, &node->hello[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_vol_node_auth_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_node_t  *node = data;

    ngx_str_t  why;

    if (outcome != NGX_HTTP_VOL_NODE_REPLIED
        || reply->type != REDIS_REPLY_ERROR)
    {
        return;
    }

    /* the first word alone: the rest may repeat the password */

    why = ngx_http_vol_node_error(reply);
    ngx_http_vol_node_unfit(node, "answers AUTH with", &why);
}


static void
ngx_http_vol_node_select_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_node_t  *node = data;

    ngx_str_t  why;

    if (outcome == NGX_HTTP_VOL_NODE_REPLIED
        && reply->type == REDIS_REPLY_ERROR
        && !node->unfit)
    {
        why.data = (u_char *) reply->str;
        why.len = ngx_min(reply->len, NGX_HTTP_VOL_NODE_TEXT);
        ngx_http_vol_node_unfit(node, "answers SELECT with", &why);
    }
}


/* whether it can wait for what is written, as WAITAOF can from 7.2 on */

static void
ngx_http_vol_node_wait_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_node_t  *node = data;

    ngx_str_t  why;

    if (outcome != NGX_HTTP_VOL_NODE_REPLIED
        || reply->type != REDIS_REPLY_ERROR
        || node->unfit
        || ngx_strstr(reply->str, "replica instances"))
    {
        return;
    }

    why.data = (u_char *) reply->str;
    why.len = ngx_min(reply->len, NGX_HTTP_VOL_NODE_TEXT);

    ngx_http_vol_node_unfit(node,
                            node->redis->conf.durability.fsync
                            ? "answers WAITAOF with" : "answers WAIT with",
                            &why);
}


static void
ngx_http_vol_node_info_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_node_t  *node = data;

    ngx_str_t  info;

    if (outcome != NGX_HTTP_VOL_NODE_REPLIED || node->unfit) {
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        info.len = ngx_min(reply->len, NGX_HTTP_VOL_NODE_TEXT);
        info.data = (u_char *) reply->str;

        if (ngx_strncmp(reply->str, "NOPERM", 6) != 0) {
            ngx_http_vol_node_unfit(node, "answers INFO with", &info);
            return;
        }

        ngx_http_vol_node_warn(node, NGX_HTTP_VOL_NODE_WARN_INFO, 1,
                                "does not let its user run INFO: whether it "
                                "is fit to keep points is not known");

    } else if (reply->type == REDIS_REPLY_STRING) {
        info.len = reply->len;
        info.data = (u_char *) reply->str;

        ngx_http_vol_node_check(node, &info);

        if (node->unfit) {
            return;
        }
    }

    ngx_http_vol_node_ready(node);
}


/* of a sentinel */

static void
ngx_http_vol_node_master_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_node_t  *node = data;

    if (outcome != NGX_HTTP_VOL_NODE_REPLIED || node->unfit) {
        return;
    }

    if (ngx_http_vol_sentinel_told(node, reply) == NGX_OK) {
        ngx_http_vol_node_ready(node);
    }
}


static void
ngx_http_vol_node_check(ngx_http_vol_node_t *node, ngx_str_t *info)
{
    ngx_str_t  value;

    static ngx_str_t  loading = ngx_string("LOADING");
    static ngx_str_t  replica = ngx_string("READONLY");

    value = ngx_http_vol_node_info(info, "loading:");

    if (value.len == 1 && value.data[0] == '1') {
        ngx_http_vol_node_unfit(node, "is", &loading);
        return;
    }

    /* a cluster's replica tells, call by call, who is its master */

    value = ngx_http_vol_node_info(info, "role:");

    if (node->role == NGX_HTTP_VOL_NODE_MASTER
        && value.len == 5 && ngx_strncmp(value.data, "slave", 5) == 0)
    {
        ngx_http_vol_node_unfit(node, "is a replica:", &replica);
        return;
    }

    value = ngx_http_vol_node_info(info, "aof_enabled:");

    ngx_http_vol_node_warn(node, NGX_HTTP_VOL_NODE_WARN_AOF,
                            value.len == 1 && value.data[0] == '0',
                            "keeps no append-only file: points are lost when "
                            "it stops; set \"appendonly yes\"");

    value = ngx_http_vol_node_info(info, "maxmemory_policy:");

    ngx_http_vol_node_warn(node, NGX_HTTP_VOL_NODE_WARN_EVICTION,
                            value.len
                            && (value.len != 10
                                || ngx_strncmp(value.data, "noeviction", 10)
                                   != 0),
                            "may drop points when its memory is full; set "
                            "\"maxmemory-policy noeviction\"");

    value = ngx_http_vol_node_info(info, "redis_version:");

    ngx_http_vol_node_warn(node, NGX_HTTP_VOL_NODE_WARN_VERSION,
                            value.len > 2 && value.data[1] == '.'
                            && (value.data[0] < '6'
                                || (value.data[0] == '6'
                                    && value.data[2] < '2')),
                            "is older than version 6.2");
}


/* one worker warns, and of each thing once until it is mended */

static void
ngx_http_vol_node_warn(ngx_http_vol_node_t *node, ngx_uint_t bit,
    ngx_uint_t wrong, char *what)
{
    if (wrong && !(node->warned & bit) && ngx_worker == 0) {
        ngx_log_error(NGX_LOG_WARN, &node->log, 0, "redis %V %s",
                      &node->name, what);
    }

    node->warned = wrong ? node->warned | bit : node->warned & ~bit;
}


ngx_str_t
ngx_http_vol_node_info(ngx_str_t *info, char *name)
{
    u_char     *p, *last;
    size_t      len;
    ngx_str_t   value;

    ngx_str_null(&value);

    len = ngx_strlen(name);
    p = info->data;
    last = info->data + info->len;

    while (p < last) {

        if ((size_t) (last - p) > len && ngx_strncmp(p, name, len) == 0) {
            value.data = p + len;

            while (value.data + value.len < last
                   && value.data[value.len] != CR
                   && value.data[value.len] != LF)
            {
                value.len++;
            }

            return value;
        }

        p = ngx_strlchr(p, last, LF);
        if (p == NULL) {
            break;
        }

        p++;
    }

    return value;
}


/* the first word, such as WRONGPASS */

static ngx_str_t
ngx_http_vol_node_error(redisReply *reply)
{
    ngx_str_t  word;

    word.data = (u_char *) reply->str;

    for (word.len = 0; word.len < reply->len; word.len++) {
        if (word.data[word.len] == ' ') {
            break;
        }
    }

    return word;
}
