
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_redis.h"


#define NGX_HTTP_VOL_REDIS_BUFFER       65536
#define NGX_HTTP_VOL_REDIS_HELLO        3       /* AUTH, SELECT, INFO */
#define NGX_HTTP_VOL_REDIS_BACKOFF_MIN  50      /* msec */
#define NGX_HTTP_VOL_REDIS_BACKOFF_MAX  1000    /* msec */


typedef enum {
    NGX_HTTP_VOL_REDIS_DOWN = 0,
    NGX_HTTP_VOL_REDIS_CONNECTING,
    NGX_HTTP_VOL_REDIS_HANDSHAKE,
    NGX_HTTP_VOL_REDIS_READY
} ngx_http_vol_redis_state_e;


struct ngx_http_vol_redis_s {
    ngx_http_vol_redis_conf_t     conf;
    ngx_http_vol_redis_op_t       hello[NGX_HTTP_VOL_REDIS_HELLO];
    ngx_uint_t                    nhello;

    ngx_http_vol_redis_state_e    state;
    ngx_peer_connection_t         peer;
    ngx_uint_t                    addr;         /* index of the next one */
    redisReader                  *reader;

    ngx_queue_t                   waiting;      /* for the connection */
    ngx_queue_t                   sent;         /* for their replies */
    ngx_uint_t                    nops;

    u_char                       *buf;          /* not written yet */
    size_t                        pos;
    size_t                        last;
    size_t                        size;
    uint64_t                      appended;     /* bytes of this connection */
    uint64_t                      written;

    ngx_event_t                   flush;
    ngx_event_t                   retry;
    ngx_connection_t              dummy;        /* data of these two events */

    ngx_uint_t                    failures;     /* since the last reply */
    ngx_str_t                     trouble;      /* as logged last */

    ngx_log_t                     log;
    ngx_log_t                     mute;

    unsigned                      hold:1;       /* operations may wait */
    unsigned                      unfit:1;
    unsigned                      down:1;       /* and that was logged */
};


static ngx_int_t ngx_http_vol_redis_prepare(ngx_conf_t *cf,
    ngx_http_vol_redis_t *redis, ngx_uint_t argc, ngx_str_t *argv,
    ngx_http_vol_redis_handler_pt handler);
static void ngx_http_vol_redis_connect(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_hello(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_hello_handler(void *data,
    ngx_http_vol_redis_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_redis_info_handler(void *data,
    ngx_http_vol_redis_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_redis_check(ngx_http_vol_redis_t *redis,
    ngx_str_t *info);
static ngx_str_t ngx_http_vol_redis_info(ngx_str_t *info, char *name);
static void ngx_http_vol_redis_ready(ngx_http_vol_redis_t *redis);
static ngx_int_t ngx_http_vol_redis_append(ngx_http_vol_redis_t *redis,
    ngx_http_vol_redis_op_t *op);
static void ngx_http_vol_redis_flush_handler(ngx_event_t *ev);
static void ngx_http_vol_redis_flush(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_write_handler(ngx_event_t *wev);
static void ngx_http_vol_redis_read_handler(ngx_event_t *rev);
static ngx_int_t ngx_http_vol_redis_replies(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_set_timer(ngx_http_vol_redis_t *redis);
static ngx_msec_int_t ngx_http_vol_redis_left(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_close(ngx_http_vol_redis_t *redis, char *why);
static void ngx_http_vol_redis_move(ngx_queue_t *to, ngx_queue_t *from);
static void ngx_http_vol_redis_fail(ngx_http_vol_redis_t *redis,
    ngx_queue_t *ops, uint64_t written);
static void ngx_http_vol_redis_retry(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_retry_handler(ngx_event_t *ev);
static void ngx_http_vol_redis_free(ngx_http_vol_redis_t *redis);


ngx_http_vol_redis_t *
ngx_http_vol_redis_add(ngx_conf_t *cf, ngx_array_t *nodes,
    ngx_http_vol_redis_conf_t *conf)
{
    u_char                  db[NGX_INT_T_LEN];
    ngx_str_t               argv[3];
    ngx_uint_t              i;
    ngx_http_vol_redis_t   *redis, **node;

    node = nodes->elts;

    for (i = 0; i < nodes->nelts; i++) {
        if (ngx_memcmp(&node[i]->conf, conf, sizeof(*conf)) == 0) {
            return node[i];
        }
    }

    node = ngx_array_push(nodes);
    redis = ngx_pcalloc(cf->pool, sizeof(ngx_http_vol_redis_t));
    if (node == NULL || redis == NULL) {
        return NULL;
    }

    *node = redis;

    redis->conf = *conf;
    ngx_queue_init(&redis->waiting);
    ngx_queue_init(&redis->sent);

    redis->dummy.fd = (ngx_socket_t) -1;
    redis->dummy.data = redis;

    redis->flush.data = &redis->dummy;
    redis->flush.handler = ngx_http_vol_redis_flush_handler;

    redis->retry.data = &redis->dummy;
    redis->retry.handler = ngx_http_vol_redis_retry_handler;
    redis->retry.cancelable = 1;

    if (conf->password.len) {
        i = 0;
        ngx_str_set(&argv[i], "AUTH");

        if (conf->user.len) {
            argv[++i] = conf->user;
        }

        argv[++i] = conf->password;

        if (ngx_http_vol_redis_prepare(cf, redis, i + 1, argv,
                                       ngx_http_vol_redis_hello_handler)
            != NGX_OK)
        {
            return NULL;
        }
    }

    if (conf->db) {
        ngx_str_set(&argv[0], "SELECT");
        argv[1].data = db;
        argv[1].len = ngx_sprintf(db, "%i", conf->db) - db;

        if (ngx_http_vol_redis_prepare(cf, redis, 2, argv,
                                       ngx_http_vol_redis_hello_handler)
            != NGX_OK)
        {
            return NULL;
        }
    }

    ngx_str_set(&argv[0], "INFO");

    if (ngx_http_vol_redis_prepare(cf, redis, 1, argv,
                                   ngx_http_vol_redis_info_handler)
        != NGX_OK)
    {
        return NULL;
    }

    return redis;
}


static ngx_int_t
ngx_http_vol_redis_prepare(ngx_conf_t *cf, ngx_http_vol_redis_t *redis,
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
    op->command.len = len;
    op->command.data = ngx_pnalloc(cf->pool, len);

    if (op->command.data) {
        ngx_memcpy(op->command.data, command, len);
    }

    redisFreeCommand(command);

    return op->command.data ? NGX_OK : NGX_ERROR;
}


void
ngx_http_vol_redis_open(ngx_http_vol_redis_t *redis, ngx_cycle_t *cycle)
{
    redis->log = *cycle->log;
    redis->log.action = "talking to redis";
    redis->mute = redis->log;
    redis->mute.log_level = NGX_LOG_STDERR;
    redis->mute.next = NULL;

    redis->flush.log = &redis->log;
    redis->retry.log = &redis->log;
    redis->dummy.log = &redis->log;
    redis->hold = 1;

    ngx_http_vol_redis_connect(redis);
}


void
ngx_http_vol_redis_quit(ngx_http_vol_redis_t *redis)
{
    if (redis->retry.timer_set) {
        ngx_del_timer(&redis->retry);
    }

    ngx_http_vol_redis_free(redis);
}


static void
ngx_http_vol_redis_connect(ngx_http_vol_redis_t *redis)
{
    ngx_int_t               rc;
    ngx_addr_t             *addr;
    ngx_connection_t       *c;
    ngx_peer_connection_t  *peer;

    addr = &redis->conf.url->addrs[redis->addr];
    redis->addr = (redis->addr + 1) % redis->conf.url->naddrs;

    peer = &redis->peer;
    ngx_memzero(peer, sizeof(ngx_peer_connection_t));

    peer->sockaddr = addr->sockaddr;
    peer->socklen = addr->socklen;
    peer->name = &addr->name;
    peer->get = ngx_event_get_peer;
    peer->log = redis->down ? &redis->mute : &redis->log;
    peer->log_error = NGX_ERROR_ERR;
    peer->so_keepalive = 1;

    redis->reader = redisReaderCreate();
    if (redis->reader == NULL) {
        ngx_http_vol_redis_close(redis, "has no memory for its replies");
        return;
    }

    rc = ngx_event_connect_peer(peer);

    c = peer->connection;

    if (c == NULL || rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        ngx_http_vol_redis_close(redis, "cannot be reached");
        return;
    }

    c->data = redis;
    c->log = &redis->log;
    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_http_vol_redis_read_handler;
    c->write->handler = ngx_http_vol_redis_write_handler;

    redis->state = NGX_HTTP_VOL_REDIS_CONNECTING;

    if (rc == NGX_AGAIN) {
        ngx_add_timer(c->write, redis->conf.connect_timeout);
        return;
    }

    ngx_http_vol_redis_hello(redis);
}


static void
ngx_http_vol_redis_hello(ngx_http_vol_redis_t *redis)
{
    int                err;
    socklen_t          len;
    ngx_uint_t         i;
    ngx_connection_t  *c;

    c = redis->peer.connection;
    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_log_error(NGX_LOG_ERR, redis->down ? &redis->mute : &redis->log,
                      err, "connect() to redis %V failed",
                      &redis->conf.url->url);
        ngx_http_vol_redis_close(redis, "cannot be reached");
        return;
    }

    if (redis->peer.sockaddr->sa_family != AF_UNIX
        && ngx_tcp_nodelay(c) != NGX_OK)
    {
        ngx_http_vol_redis_close(redis, "cannot be reached");
        return;
    }

    redis->state = NGX_HTTP_VOL_REDIS_HANDSHAKE;

    for (i = 0; i < redis->nhello; i++) {
        if (ngx_http_vol_redis_append(redis, &redis->hello[i]) != NGX_OK) {
            ngx_http_vol_redis_close(redis, "has no memory for its commands");
            return;
        }
    }
}


static void
ngx_http_vol_redis_hello_handler(void *data,
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
    ngx_http_vol_redis_unfit(redis, &why);
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
        info = ngx_http_vol_redis_error(reply);

        if (ngx_strncmp(reply->str, "NOPERM", 6) != 0) {
            ngx_http_vol_redis_unfit(redis, &info);
            return;
        }

        ngx_log_error(NGX_LOG_WARN, &redis->log, 0,
                      "redis %V does not let its user run INFO: whether it "
                      "is fit to keep points is not known",
                      &redis->conf.url->url);

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
        ngx_http_vol_redis_unfit(redis, &loading);
        return;
    }

    value = ngx_http_vol_redis_info(info, "role:");

    if (value.len == 5 && ngx_strncmp(value.data, "slave", 5) == 0) {
        ngx_http_vol_redis_unfit(redis, &replica);
        return;
    }

    /* one worker is enough to warn */

    if (ngx_worker != 0) {
        return;
    }

    value = ngx_http_vol_redis_info(info, "aof_enabled:");

    if (value.len == 1 && value.data[0] == '0') {
        ngx_log_error(NGX_LOG_WARN, &redis->log, 0,
                      "redis %V keeps no append-only file: points are lost "
                      "when it stops; set \"appendonly yes\"",
                      &redis->conf.url->url);
    }

    value = ngx_http_vol_redis_info(info, "maxmemory_policy:");

    if (value.len
        && (value.len != 10 || ngx_strncmp(value.data, "noeviction", 10) != 0))
    {
        ngx_log_error(NGX_LOG_WARN, &redis->log, 0,
                      "redis %V may drop points when its memory is full: "
                      "maxmemory-policy is \"%V\"; set it to \"noeviction\"",
                      &redis->conf.url->url, &value);
    }

    value = ngx_http_vol_redis_info(info, "redis_version:");

    if (value.len > 2
        && (ngx_atoi(value.data, 1) < 6 && value.data[1] == '.'))
    {
        ngx_log_error(NGX_LOG_WARN, &redis->log, 0,
                      "redis %V is version %V, older than 6.2",
                      &redis->conf.url->url, &value);
    }
}


static ngx_str_t
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


static void
ngx_http_vol_redis_ready(ngx_http_vol_redis_t *redis)
{
    ngx_queue_t              *q, ops;
    ngx_http_vol_redis_op_t  *op;

    redis->state = NGX_HTTP_VOL_REDIS_READY;

    if (redis->down) {
        redis->down = 0;
        ngx_log_error(NGX_LOG_NOTICE, &redis->log, 0, "redis %V is back",
                      &redis->conf.url->url);
    }

    ngx_queue_init(&ops);

    while (!ngx_queue_empty(&redis->waiting)) {
        q = ngx_queue_head(&redis->waiting);
        ngx_queue_remove(q);

        op = ngx_queue_data(q, ngx_http_vol_redis_op_t, queue);

        if (ngx_http_vol_redis_append(redis, op) != NGX_OK) {
            ngx_queue_insert_tail(&ops, q);
        }
    }

    ngx_http_vol_redis_fail(redis, &ops, 0);
}


ngx_int_t
ngx_http_vol_redis_send(ngx_http_vol_redis_t *redis,
    ngx_http_vol_redis_op_t *op)
{
    if (redis->nops >= NGX_HTTP_VOL_REDIS_OPS_MAX || redis->unfit) {
        return NGX_DECLINED;
    }

    if (redis->state == NGX_HTTP_VOL_REDIS_READY) {

        if (ngx_http_vol_redis_append(redis, op) != NGX_OK) {
            return NGX_DECLINED;
        }

    } else if (redis->state != NGX_HTTP_VOL_REDIS_DOWN && redis->hold) {
        op->end = 0;
        ngx_queue_insert_tail(&redis->waiting, &op->queue);

    } else {
        return NGX_DECLINED;
    }

    redis->nops++;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_redis_append(ngx_http_vol_redis_t *redis,
    ngx_http_vol_redis_op_t *op)
{
    u_char  *buf;
    size_t   size, need;

    need = redis->last + op->command.len;

    if (need > redis->size) {

        if (need > NGX_HTTP_VOL_REDIS_BYTES_MAX) {
            return NGX_DECLINED;
        }

        size = ngx_max(redis->size, NGX_HTTP_VOL_REDIS_BUFFER);

        while (size < need) {
            size *= 2;
        }

        buf = ngx_alloc(size, &redis->log);
        if (buf == NULL) {
            return NGX_DECLINED;
        }

        if (redis->buf) {
            ngx_memcpy(buf, redis->buf, redis->last);
            ngx_free(redis->buf);
        }

        redis->buf = buf;
        redis->size = size;
    }

    ngx_memcpy(redis->buf + redis->last, op->command.data, op->command.len);
    redis->last += op->command.len;
    redis->appended += op->command.len;

    op->end = redis->appended;
    op->deadline = ngx_current_msec + redis->conf.read_timeout;
    ngx_queue_insert_tail(&redis->sent, &op->queue);

    ngx_post_event(&redis->flush, &ngx_posted_events);

    return NGX_OK;
}


static void
ngx_http_vol_redis_flush_handler(ngx_event_t *ev)
{
    ngx_connection_t      *dummy = ev->data;
    ngx_http_vol_redis_t  *redis = dummy->data;

    if (redis->state >= NGX_HTTP_VOL_REDIS_HANDSHAKE) {
        ngx_http_vol_redis_flush(redis);
    }
}


static void
ngx_http_vol_redis_flush(ngx_http_vol_redis_t *redis)
{
    ssize_t            n;
    ngx_connection_t  *c;

    c = redis->peer.connection;

    while (redis->pos < redis->last) {

        n = c->send(c, redis->buf + redis->pos, redis->last - redis->pos);

        if (n == NGX_AGAIN) {
            if (!c->write->timer_set) {
                ngx_add_timer(c->write, redis->conf.send_timeout);
            }

            break;
        }

        if (n == NGX_ERROR) {
            ngx_http_vol_redis_close(redis, "closed the connection");
            return;
        }

        redis->pos += n;
        redis->written += n;
    }

    if (redis->pos == redis->last) {
        redis->pos = 0;
        redis->last = 0;

        if (c->write->timer_set) {
            ngx_del_timer(c->write);
        }

        if (redis->size > 4 * NGX_HTTP_VOL_REDIS_BUFFER) {
            ngx_free(redis->buf);
            redis->buf = NULL;
            redis->size = 0;
        }
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_http_vol_redis_close(redis, "cannot be watched");
        return;
    }

    ngx_http_vol_redis_set_timer(redis);
}


static void
ngx_http_vol_redis_write_handler(ngx_event_t *wev)
{
    ngx_connection_t      *c = wev->data;
    ngx_http_vol_redis_t  *redis = c->data;

    if (wev->timedout) {
        ngx_http_vol_redis_close(redis,
                                 redis->state == NGX_HTTP_VOL_REDIS_CONNECTING
                                 ? "did not take the connection in time"
                                 : "did not take commands in time");
        return;
    }

    if (redis->state == NGX_HTTP_VOL_REDIS_CONNECTING) {

        if (wev->timer_set) {
            ngx_del_timer(wev);
        }

        ngx_http_vol_redis_hello(redis);
        return;
    }

    ngx_http_vol_redis_flush(redis);
}


static void
ngx_http_vol_redis_read_handler(ngx_event_t *rev)
{
    ngx_connection_t      *c = rev->data;
    ngx_http_vol_redis_t  *redis = c->data;

    ssize_t        n;

    static u_char  buf[NGX_HTTP_VOL_REDIS_BUFFER];

    if (rev->timedout) {
        rev->timedout = 0;

        if (ngx_http_vol_redis_left(redis) <= 0) {
            ngx_http_vol_redis_close(redis, "did not reply in time");
            return;
        }

        ngx_http_vol_redis_set_timer(redis);
        return;
    }

    if (redis->state == NGX_HTTP_VOL_REDIS_CONNECTING) {
        return;
    }

    for ( ;; ) {

        n = c->recv(c, buf, sizeof(buf));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_http_vol_redis_close(redis, "closed the connection");
            return;
        }

        if (redisReaderFeed(redis->reader, (char *) buf, n) != REDIS_OK
            || ngx_http_vol_redis_replies(redis) != NGX_OK)
        {
            ngx_http_vol_redis_close(redis, "does not speak its protocol");
            return;
        }

        if (redis->unfit && ngx_queue_empty(&redis->sent)) {
            ngx_http_vol_redis_close(redis, NULL);
            return;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_vol_redis_close(redis, "cannot be watched");
        return;
    }

    ngx_http_vol_redis_set_timer(redis);
}


static ngx_int_t
ngx_http_vol_redis_replies(ngx_http_vol_redis_t *redis)
{
    void                     *reply;
    ngx_queue_t              *q;
    ngx_http_vol_redis_op_t  *op;

    for ( ;; ) {

        if (redisReaderGetReply(redis->reader, &reply) != REDIS_OK) {
            return NGX_ERROR;
        }

        if (reply == NULL) {
            return NGX_OK;
        }

        if (ngx_queue_empty(&redis->sent)) {
            freeReplyObject(reply);
            return NGX_ERROR;
        }

        q = ngx_queue_head(&redis->sent);
        ngx_queue_remove(q);

        op = ngx_queue_data(q, ngx_http_vol_redis_op_t, queue);

        if (op->data != redis) {
            redis->nops--;
            redis->failures = 0;
        }

        op->handler(op->data, NGX_HTTP_VOL_REDIS_REPLIED, reply);

        freeReplyObject(reply);
    }
}


static void
ngx_http_vol_redis_set_timer(ngx_http_vol_redis_t *redis)
{
    ngx_msec_int_t     left;
    ngx_connection_t  *c;

    c = redis->peer.connection;

    if (ngx_queue_empty(&redis->sent)) {

        if (c->read->timer_set) {
            ngx_del_timer(c->read);
        }

        return;
    }

    left = ngx_http_vol_redis_left(redis);

    ngx_add_timer(c->read, (ngx_msec_t) ngx_max(left, 1));
}


/* the time that is left for the oldest operation, in milliseconds */

static ngx_msec_int_t
ngx_http_vol_redis_left(ngx_http_vol_redis_t *redis)
{
    ngx_queue_t              *q;
    ngx_http_vol_redis_op_t  *op;

    if (ngx_queue_empty(&redis->sent)) {
        return (ngx_msec_int_t) redis->conf.read_timeout;
    }

    q = ngx_queue_head(&redis->sent);
    op = ngx_queue_data(q, ngx_http_vol_redis_op_t, queue);

    return (ngx_msec_int_t) (op->deadline - ngx_current_msec);
}


/* why is NULL when it was logged already */

static void
ngx_http_vol_redis_close(ngx_http_vol_redis_t *redis, char *why)
{
    uint64_t     written;
    ngx_queue_t  ops;

    if (why && !redis->down) {
        redis->down = 1;
        ngx_log_error(NGX_LOG_ERR, &redis->log, 0, "redis %V %s",
                      &redis->conf.url->url, why);
    }

    ngx_queue_init(&ops);
    ngx_http_vol_redis_move(&ops, &redis->sent);
    ngx_http_vol_redis_move(&ops, &redis->waiting);

    /*
     * A connection that served well is made anew at once, and operations may
     * wait for it; after that the attempts go farther and farther apart.
     */

    redis->hold = (redis->failures == 0 && !redis->unfit);
    redis->failures++;
    written = redis->written;

    ngx_http_vol_redis_free(redis);
    ngx_http_vol_redis_fail(redis, &ops, written);

    if (redis->hold) {
        ngx_http_vol_redis_connect(redis);
        return;
    }

    ngx_http_vol_redis_retry(redis);
}


static void
ngx_http_vol_redis_move(ngx_queue_t *to, ngx_queue_t *from)
{
    if (!ngx_queue_empty(from)) {
        ngx_queue_add(to, from);
        ngx_queue_init(from);
    }
}


static void
ngx_http_vol_redis_fail(ngx_http_vol_redis_t *redis, ngx_queue_t *ops,
    uint64_t written)
{
    ngx_queue_t                   *q;
    ngx_http_vol_redis_op_t       *op;
    ngx_http_vol_redis_outcome_e   outcome;

    while (!ngx_queue_empty(ops)) {
        q = ngx_queue_head(ops);
        ngx_queue_remove(q);

        op = ngx_queue_data(q, ngx_http_vol_redis_op_t, queue);

        /* Redis cannot run a command whose last byte was never written */

        outcome = (op->end && op->end <= written)
                  ? NGX_HTTP_VOL_REDIS_UNKNOWN
                  : NGX_HTTP_VOL_REDIS_UNAVAILABLE;

        if (op->data != redis) {
            redis->nops--;
        }

        op->handler(op->data, outcome, NULL);
    }
}


static void
ngx_http_vol_redis_retry(ngx_http_vol_redis_t *redis)
{
    ngx_msec_t  delay;

    delay = NGX_HTTP_VOL_REDIS_BACKOFF_MIN << ngx_min(redis->failures, 10);
    delay = ngx_min(delay, NGX_HTTP_VOL_REDIS_BACKOFF_MAX);

    /* workers and machines that lost it together come back apart */

    delay = delay / 2 + (ngx_msec_t) ngx_random() % (delay / 2);

    ngx_add_timer(&redis->retry, delay);
}


static void
ngx_http_vol_redis_retry_handler(ngx_event_t *ev)
{
    ngx_connection_t      *dummy = ev->data;
    ngx_http_vol_redis_t  *redis = dummy->data;

    ngx_http_vol_redis_connect(redis);
}


static void
ngx_http_vol_redis_free(ngx_http_vol_redis_t *redis)
{
    if (redis->flush.posted) {
        ngx_delete_posted_event(&redis->flush);
    }

    if (redis->peer.connection) {
        ngx_close_connection(redis->peer.connection);
        redis->peer.connection = NULL;
    }

    if (redis->reader) {
        redisReaderFree(redis->reader);
        redis->reader = NULL;
    }

    if (redis->buf) {
        ngx_free(redis->buf);
        redis->buf = NULL;
    }

    redis->pos = 0;
    redis->last = 0;
    redis->size = 0;
    redis->appended = 0;
    redis->written = 0;
    redis->unfit = 0;
    redis->state = NGX_HTTP_VOL_REDIS_DOWN;
}


void
ngx_http_vol_redis_unfit(ngx_http_vol_redis_t *redis, ngx_str_t *why)
{
    redis->unfit = 1;

    if (!redis->down) {
        redis->down = 1;
        ngx_log_error(NGX_LOG_ERR, &redis->log, 0, "redis %V cannot serve: %V",
                      &redis->conf.url->url, why);
    }
}


void
ngx_http_vol_redis_refused(ngx_http_vol_redis_t *redis, ngx_str_t *why)
{
    if (redis->trouble.len == why->len
        && ngx_strncmp(redis->trouble.data, why->data, why->len) == 0)
    {
        return;
    }

    redis->trouble = *why;

    ngx_log_error(NGX_LOG_ERR, &redis->log, 0,
                  "redis %V refuses operations: %V", &redis->conf.url->url,
                  why);
}


void
ngx_http_vol_redis_well(ngx_http_vol_redis_t *redis)
{
    if (redis->trouble.len) {
        ngx_str_null(&redis->trouble);
        ngx_log_error(NGX_LOG_NOTICE, &redis->log, 0,
                      "redis %V takes operations again",
                      &redis->conf.url->url);
    }
}


ngx_str_t
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
