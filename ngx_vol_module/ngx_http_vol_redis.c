
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_redis.h"
#include "ngx_http_vol_script.h"


#define NGX_HTTP_VOL_REDIS_BUFFER       65536
#define NGX_HTTP_VOL_REDIS_POOL         4096
#define NGX_HTTP_VOL_REDIS_BACKOFF_MIN  50      /* msec */
#define NGX_HTTP_VOL_REDIS_BACKOFF_MAX  1000    /* msec */


static void ngx_http_vol_redis_connect(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_connected(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_flush_handler(ngx_event_t *ev);
static void ngx_http_vol_redis_flush(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_write_handler(ngx_event_t *wev);
static void ngx_http_vol_redis_read_handler(ngx_event_t *rev);
static ngx_int_t ngx_http_vol_redis_replies(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_set_timer(ngx_http_vol_redis_t *redis);
static ngx_msec_int_t ngx_http_vol_redis_left(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_close(ngx_http_vol_redis_t *redis, char *why);
static void ngx_http_vol_redis_drop(ngx_http_vol_redis_t *redis);
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
    ngx_uint_t             i;
    ngx_http_vol_redis_t  *redis, **node;

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

    ngx_queue_init(&redis->batches);

    redis->gather.data = &redis->dummy;
    redis->gather.handler = ngx_http_vol_batch_gather_handler;

    return ngx_http_vol_redis_prepare(cf, redis) == NGX_OK ? redis : NULL;
}


void
ngx_http_vol_redis_open(ngx_http_vol_redis_t *redis, ngx_cycle_t *cycle)
{
    redis->log = *cycle->log;
    redis->mute = redis->log;
    redis->mute.log_level = NGX_LOG_STDERR;
    redis->mute.next = NULL;

    redis->flush.log = &redis->log;
    redis->retry.log = &redis->log;
    redis->gather.log = &redis->log;
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

    redis->pool = ngx_create_pool(NGX_HTTP_VOL_REDIS_POOL, &redis->log);
    redis->reader = redis->pool ? ngx_http_vol_redis_reader(redis->pool) : NULL;

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

    ngx_http_vol_redis_connected(redis);
}


static void
ngx_http_vol_redis_connected(ngx_http_vol_redis_t *redis)
{
    int                err;
    socklen_t          len;
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

    if (ngx_http_vol_redis_hello(redis) != NGX_OK) {
        ngx_http_vol_redis_close(redis, "has no memory for its commands");
        return;
    }

    /* what came before the connection was seen to be there */

    if (c->read->ready) {
        ngx_post_event(c->read, &ngx_posted_events);
    }
}


void
ngx_http_vol_redis_ready(ngx_http_vol_redis_t *redis)
{
    ngx_queue_t              *q, ops;
    ngx_http_vol_redis_op_t  *op;

    redis->state = NGX_HTTP_VOL_REDIS_READY;
    redis->since = ngx_current_msec;

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
    if (!ngx_http_vol_redis_takes(redis, op->weight)) {
        return NGX_DECLINED;
    }

    if (redis->state == NGX_HTTP_VOL_REDIS_READY) {

        if (ngx_http_vol_redis_append(redis, op) != NGX_OK) {
            return NGX_DECLINED;
        }

    } else {
        op->end = 0;
        ngx_queue_insert_tail(&redis->waiting, &op->queue);

        /* a worker that shuts down waits for it too */
        redis->retry.cancelable = 0;
    }

    redis->nops += op->weight;

    return NGX_OK;
}


ngx_uint_t
ngx_http_vol_redis_takes(ngx_http_vol_redis_t *redis, ngx_uint_t weight)
{
    return redis->nops + weight <= NGX_HTTP_VOL_REDIS_OPS_MAX
           && !redis->unfit
           && (redis->state == NGX_HTTP_VOL_REDIS_READY || redis->hold);
}


ngx_int_t
ngx_http_vol_redis_append(ngx_http_vol_redis_t *redis,
    ngx_http_vol_redis_op_t *op)
{
    u_char  *buf;
    size_t   size, need;

    if (redis->pos && redis->last + op->command.len > redis->size) {
        ngx_memmove(redis->buf, redis->buf + redis->pos,
                    redis->last - redis->pos);
        redis->last -= redis->pos;
        redis->pos = 0;
    }

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

    op->due = op->replies;
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
    ngx_uint_t         moved;
    ngx_connection_t  *c;

    c = redis->peer.connection;
    moved = 0;

    while (redis->pos < redis->last) {

        n = c->send(c, redis->buf + redis->pos, redis->last - redis->pos);

        if (n == NGX_AGAIN) {
            if (moved || !c->write->timer_set) {
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
        moved = 1;
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

        ngx_http_vol_redis_connected(redis);
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

    if (c->close) {
        /* worker_shutdown_timeout is over */
        redis->hold = 0;
        ngx_http_vol_redis_drop(redis);
        return;
    }

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
            return NGX_ERROR;
        }

        q = ngx_queue_head(&redis->sent);
        op = ngx_queue_data(q, ngx_http_vol_redis_op_t, queue);

        if (--op->due == 0) {
            ngx_queue_remove(q);

            if (op->weight) {
                redis->nops -= op->weight;
                redis->failures = 0;
            }
        }

        op->handler(op->data, NGX_HTTP_VOL_REDIS_REPLIED, reply);

        ngx_reset_pool(redis->pool);
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
    ngx_uint_t  idle, ready, level;

    /* Redis may close a connection that nobody uses */

    idle = (redis->state == NGX_HTTP_VOL_REDIS_READY
            && ngx_queue_empty(&redis->sent));

    if (why && !redis->down) {
        redis->down = !idle;
        level = idle ? NGX_LOG_INFO : NGX_LOG_ERR;
        ngx_log_error(level, &redis->log, 0, "redis %V %s",
                      &redis->conf.url->url, why);
    }

    /*
     * Operations may wait for the connection that follows one that was ready.
     * It is made at once when the last one served; after a failure the attempts
     * go farther and farther apart, and operations are refused.
     */

    ready = (redis->state == NGX_HTTP_VOL_REDIS_READY && !redis->unfit);

    if (ready
        && ngx_current_msec - redis->since > NGX_HTTP_VOL_REDIS_BACKOFF_MAX)
    {
        redis->failures = 0;
    }

    redis->hold = ready;
    redis->failures++;

    ngx_http_vol_redis_drop(redis);

    if (ready && redis->failures == 1) {
        ngx_http_vol_redis_connect(redis);
        return;
    }

    ngx_http_vol_redis_retry(redis);
}


/* leaves the connection; what was under way has failed */

static void
ngx_http_vol_redis_drop(ngx_http_vol_redis_t *redis)
{
    uint64_t     written;
    ngx_queue_t  ops;

    ngx_queue_init(&ops);
    ngx_http_vol_redis_move(&ops, &redis->sent);
    ngx_http_vol_redis_move(&ops, &redis->waiting);

    written = redis->written;

    ngx_http_vol_redis_free(redis);
    ngx_http_vol_redis_fail(redis, &ops, written);
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

        redis->nops -= op->weight;

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

    redis->retry.cancelable = ngx_queue_empty(&redis->waiting);

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

    if (redis->pool) {
        ngx_destroy_pool(redis->pool);
        redis->pool = NULL;
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
    ngx_memzero(redis->loading, sizeof(redis->loading));
    redis->unfit = 0;
    redis->state = NGX_HTTP_VOL_REDIS_DOWN;
}


void
ngx_http_vol_redis_unfit(ngx_http_vol_redis_t *redis, char *what,
    ngx_str_t *why)
{
    redis->unfit = 1;

    if (!redis->down) {
        redis->down = 1;
        ngx_log_error(NGX_LOG_ERR, &redis->log, 0,
                      "redis %V cannot serve: it %s %V",
                      &redis->conf.url->url, what, why);
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
