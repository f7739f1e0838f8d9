
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_redis.h"


#define NGX_HTTP_VOL_REDIS_TEXT           200       /* bytes of it logged */

#define NGX_HTTP_VOL_REDIS_WARN_INFO      0x01
#define NGX_HTTP_VOL_REDIS_WARN_AOF       0x02
#define NGX_HTTP_VOL_REDIS_WARN_EVICTION  0x04
#define NGX_HTTP_VOL_REDIS_WARN_VERSION   0x08


static ngx_int_t ngx_http_vol_redis_command(ngx_conf_t *cf,
    ngx_http_vol_redis_t *redis, ngx_uint_t argc, ngx_str_t *argv,
    ngx_http_vol_redis_handler_pt handler);
static void ngx_http_vol_redis_auth_handler(void *data,
    ngx_http_vol_redis_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_redis_select_handler(void *data,
    ngx_http_vol_redis_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_redis_info_handler(void *data,
    ngx_http_vol_redis_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_redis_check(ngx_http_vol_redis_t *redis,
    ngx_str_t *info);
static void ngx_http_vol_redis_warn(ngx_http_vol_redis_t *redis,
    ngx_uint_t bit, ngx_uint_t wrong, char *what);
static ngx_str_t ngx_http_vol_redis_error(redisReply *reply);


ngx_int_t
ngx_http_vol_redis_prepare(ngx_conf_t *cf, ngx_http_vol_redis_t *redis)
{
    u_char      db[NGX_INT_T_LEN];
    ngx_int_t   rc;
    ngx_str_t   argv[3];
    ngx_uint_t  argc;

    rc = NGX_OK;

    if (redis->conf.password.len) {
        argc = 0;
        ngx_str_set(&argv[argc], "AUTH");
        argc++;

        if (redis->conf.user.len) {
            argv[argc++] = redis->conf.user;
        }

        argv[argc++] = redis->conf.password;

        rc = ngx_http_vol_redis_command(cf, redis, argc, argv,
                                        ngx_http_vol_redis_auth_handler);
    }

    if (rc == NGX_OK && redis->conf.db) {
        ngx_str_set(&argv[0], "SELECT");
        argv[1].data = db;
        argv[1].len = ngx_sprintf(db, "%i", redis->conf.db) - db;

        rc = ngx_http_vol_redis_command(cf, redis, 2, argv,
                                        ngx_http_vol_redis_select_handler);
    }

    if (rc == NGX_OK) {
        ngx_str_set(&argv[0], "INFO");

        rc = ngx_http_vol_redis_command(cf, redis, 1, argv,
                                        ngx_http_vol_redis_info_handler);
    }

    return rc;
}


static ngx_int_t
ngx_http_vol_redis_command(ngx_conf_t *cf, ngx_http_vol_redis_t *redis,
    ngx_uint_t argc, ngx_str_t *argv, ngx_http_vol_redis_handler_pt handler)
{
    int                       len;
    char                     *command;
    size_t                    lens[3];
    ngx_uint_t                i;
    const char               *args[3];
    ngx_http_vol_redis_op_t  *op;

    for (i = 0; i < argc; i++) {
        args[i] = (char *) argv[i].data;
        lens[i] = argv[i].len;
    }

    len = redisFormatCommandArgv(&command, argc, args, lens);
    if (len < 0) {
        return NGX_ERROR;
    }

    op = &redis->hello[redis->nhello++];

    op->handler = handler;
    op->data = redis;
    op->replies = 1;
    op->weight = 0;
    op->command.len = len;
    op->command.data = ngx_pnalloc(cf->pool, len);

    if (op->command.data) {
        ngx_memcpy(op->command.data, command, len);
    }

    redisFreeCommand(command);

    return op->command.data ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_vol_redis_hello(ngx_http_vol_redis_t *redis)
{
    ngx_uint_t  i;

    for (i = 0; i < redis->nhello; i++) {
        if (ngx_http_vol_redis_append(redis, &redis->hello[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_vol_redis_auth_handler(void *data,
    ngx_http_vol_redis_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_redis_t  *redis = data;

    ngx_str_t  why;

    if (outcome != NGX_HTTP_VOL_REDIS_REPLIED
        || reply->type != REDIS_REPLY_ERROR)
    {
        return;
    }

    /* the first word alone: the rest may repeat the password */

    why = ngx_http_vol_redis_error(reply);
    ngx_http_vol_redis_unfit(redis, "answers AUTH with", &why);
}


static void
ngx_http_vol_redis_select_handler(void *data,
    ngx_http_vol_redis_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_redis_t  *redis = data;

    ngx_str_t  why;

    if (outcome == NGX_HTTP_VOL_REDIS_REPLIED
        && reply->type == REDIS_REPLY_ERROR
        && !redis->unfit)
    {
        why.data = (u_char *) reply->str;
        why.len = ngx_min(reply->len, NGX_HTTP_VOL_REDIS_TEXT);
        ngx_http_vol_redis_unfit(redis, "answers SELECT with", &why);
    }
}


static void
ngx_http_vol_redis_info_handler(void *data,
    ngx_http_vol_redis_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_redis_t  *redis = data;

    ngx_str_t  info;

    if (outcome != NGX_HTTP_VOL_REDIS_REPLIED || redis->unfit) {
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        info.len = ngx_min(reply->len, NGX_HTTP_VOL_REDIS_TEXT);
        info.data = (u_char *) reply->str;

        if (ngx_strncmp(reply->str, "NOPERM", 6) != 0) {
            ngx_http_vol_redis_unfit(redis, "answers INFO with", &info);
            return;
        }

        ngx_http_vol_redis_warn(redis, NGX_HTTP_VOL_REDIS_WARN_INFO, 1,
                                "does not let its user run INFO: whether it "
                                "is fit to keep points is not known");

    } else if (reply->type == REDIS_REPLY_STRING) {
        info.len = reply->len;
        info.data = (u_char *) reply->str;

        ngx_http_vol_redis_check(redis, &info);

        if (redis->unfit) {
            return;
        }
    }

    ngx_http_vol_redis_ready(redis);
}


static void
ngx_http_vol_redis_check(ngx_http_vol_redis_t *redis, ngx_str_t *info)
{
    ngx_str_t  value;

    static ngx_str_t  loading = ngx_string("LOADING");
    static ngx_str_t  replica = ngx_string("READONLY");

    value = ngx_http_vol_redis_info(info, "loading:");

    if (value.len == 1 && value.data[0] == '1') {
        ngx_http_vol_redis_unfit(redis, "is", &loading);
        return;
    }

    value = ngx_http_vol_redis_info(info, "role:");

    if (value.len == 5 && ngx_strncmp(value.data, "slave", 5) == 0) {
        ngx_http_vol_redis_unfit(redis, "is a replica:", &replica);
        return;
    }

    value = ngx_http_vol_redis_info(info, "aof_enabled:");

    ngx_http_vol_redis_warn(redis, NGX_HTTP_VOL_REDIS_WARN_AOF,
                            value.len == 1 && value.data[0] == '0',
                            "keeps no append-only file: points are lost when "
                            "it stops; set \"appendonly yes\"");

    value = ngx_http_vol_redis_info(info, "maxmemory_policy:");

    ngx_http_vol_redis_warn(redis, NGX_HTTP_VOL_REDIS_WARN_EVICTION,
                            value.len
                            && (value.len != 10
                                || ngx_strncmp(value.data, "noeviction", 10)
                                   != 0),
                            "may drop points when its memory is full; set "
                            "\"maxmemory-policy noeviction\"");

    value = ngx_http_vol_redis_info(info, "redis_version:");

    ngx_http_vol_redis_warn(redis, NGX_HTTP_VOL_REDIS_WARN_VERSION,
                            value.len > 2 && value.data[1] == '.'
                            && (value.data[0] < '6'
                                || (value.data[0] == '6'
                                    && value.data[2] < '2')),
                            "is older than version 6.2");
}


/* one worker warns, and of each thing once until it is mended */

static void
ngx_http_vol_redis_warn(ngx_http_vol_redis_t *redis, ngx_uint_t bit,
    ngx_uint_t wrong, char *what)
{
    if (wrong && !(redis->warned & bit) && ngx_worker == 0) {
        ngx_log_error(NGX_LOG_WARN, &redis->log, 0, "redis %V %s",
                      &redis->conf.url->url, what);
    }

    redis->warned = wrong ? redis->warned | bit : redis->warned & ~bit;
}


ngx_str_t
ngx_http_vol_redis_info(ngx_str_t *info, char *name)
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
ngx_http_vol_redis_error(redisReply *reply)
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
