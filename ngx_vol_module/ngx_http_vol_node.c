
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_redis.h"
#include "ngx_http_vol_script.h"


/*
 * The connection of a worker to a node: how it is made, what ends it, and when
 * it is made anew.
 */


#define NGX_HTTP_VOL_NODE_POOL         4096
#define NGX_HTTP_VOL_NODE_BACKOFF_MIN  50      /* msec */
#define NGX_HTTP_VOL_NODE_BACKOFF_MAX  1000    /* msec */
#define NGX_HTTP_VOL_NODE_QUIET        10000   /* msec */


static void ngx_http_vol_node_connect(ngx_http_vol_node_t *node);
static void ngx_http_vol_node_begin(ngx_http_vol_node_t *node);
static void ngx_http_vol_node_host(ngx_http_vol_node_t *node,
    ngx_uint_t addr);
static void ngx_http_vol_node_log_to(ngx_http_vol_node_t *node,
    ngx_log_t *log);
static void ngx_http_vol_node_take(ngx_queue_t *to, ngx_queue_t *from);
static void ngx_http_vol_node_fail(ngx_http_vol_node_t *node,
    ngx_queue_t *ops, uint64_t written);
static void ngx_http_vol_node_retry(ngx_http_vol_node_t *node);
static void ngx_http_vol_node_retry_handler(ngx_event_t *ev);
static void ngx_http_vol_node_free(ngx_http_vol_node_t *node);


ngx_http_vol_node_t *
ngx_http_vol_node_create(ngx_pool_t *pool, ngx_http_vol_redis_t *redis,
    ngx_http_vol_node_role_e role, ngx_str_t *name)
{
    ngx_http_vol_node_t  *node;

    node = ngx_pcalloc(pool, sizeof(ngx_http_vol_node_t));
    if (node == NULL) {
        return NULL;
    }

    node->redis = redis;
    node->role = role;
    node->name = *name;

    ngx_queue_init(&node->waiting);
    ngx_queue_init(&node->sent);

    node->dummy.fd = (ngx_socket_t) -1;
    node->dummy.data = node;

    node->flush.data = &node->dummy;
    node->flush.handler = ngx_http_vol_node_flush_handler;

    node->retry.data = &node->dummy;
    node->retry.handler = ngx_http_vol_node_retry_handler;

    ngx_queue_init(&node->batches);
    ngx_queue_init(&node->unwaited);

    node->gather.data = &node->dummy;
    node->gather.handler = ngx_http_vol_batch_gather_handler;

    return ngx_http_vol_node_prepare(pool, node) == NGX_OK ? node : NULL;
}


void
ngx_http_vol_node_open(ngx_http_vol_node_t *node)
{
    node->log = *ngx_cycle->log;
    node->mute = node->log;
    node->mute.log_level = NGX_LOG_STDERR;
    node->mute.next = NULL;

    node->flush.log = &node->log;
    node->retry.log = &node->log;
    node->gather.log = &node->log;
    node->dummy.log = &node->log;
    node->hold = 1;
    node->open = 1;

    if (node->naddrs) {
        ngx_http_vol_node_connect(node);
    }
}


void
ngx_http_vol_node_quit(ngx_http_vol_node_t *node)
{
    node->open = 0;

    if (node->retry.timer_set) {
        ngx_del_timer(&node->retry);
    }

    ngx_http_vol_node_free(node);

    /* what begins a connection is queued anew by the next one */

    ngx_queue_init(&node->sent);
    ngx_queue_init(&node->waiting);
}


void
ngx_http_vol_node_move(ngx_http_vol_node_t *node, ngx_addr_t *addr)
{
    if (node->naddrs
        && ngx_cmp_sockaddr(node->addrs->sockaddr, node->addrs->socklen,
                            addr->sockaddr, addr->socklen, 1)
           == NGX_OK)
    {
        return;
    }

    ngx_memcpy(&node->sockaddr, addr->sockaddr, addr->socklen);

    node->learned.sockaddr = &node->sockaddr.sockaddr;
    node->learned.socklen = addr->socklen;
    node->learned.name.data = node->text;
    node->learned.name.len = ngx_sock_ntop(&node->sockaddr.sockaddr,
                                           addr->socklen, node->text,
                                           NGX_SOCKADDR_STRLEN, 1);

    node->name = node->learned.name;
    node->addrs = &node->learned;
    node->naddrs = 1;
    node->addr = 0;

    if (!node->open) {
        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, &node->log, 0, "redis %V is used now",
                  &node->name);

    /* what waits for an address has one now */

    if (node->state != NGX_HTTP_VOL_NODE_DOWN) {
        node->hold = 1;
        ngx_http_vol_node_drop(node);
    }

    if (node->retry.timer_set) {
        ngx_del_timer(&node->retry);
    }

    node->failures = 0;
    node->hold = 1;

    ngx_http_vol_node_connect(node);
}


void
ngx_http_vol_node_again(ngx_http_vol_node_t *node)
{
    if (node->open && node->naddrs && node->state == NGX_HTTP_VOL_NODE_DOWN
        && !node->retry.timer_set)
    {
        ngx_http_vol_node_connect(node);
    }
}


void
ngx_http_vol_node_forsake(ngx_http_vol_node_t *node)
{
    if (node->naddrs == 0) {
        node->hold = 0;
        ngx_http_vol_node_drop(node);
    }
}


ngx_uint_t
ngx_http_vol_node_is_ready(ngx_http_vol_node_t *node)
{
    return node->state == NGX_HTTP_VOL_NODE_READY && !node->unfit;
}


static void
ngx_http_vol_node_connect(ngx_http_vol_node_t *node)
{
    ngx_int_t               rc;
    ngx_addr_t             *addr;
    ngx_connection_t       *c;
    ngx_peer_connection_t  *peer;

    addr = &node->addrs[node->addr];
    ngx_http_vol_node_host(node, node->addr);
    node->addr = (node->addr + 1) % node->naddrs;

    peer = &node->peer;
    ngx_memzero(peer, sizeof(ngx_peer_connection_t));

    peer->sockaddr = addr->sockaddr;
    peer->socklen = addr->socklen;
    peer->name = &addr->name;
    peer->get = ngx_event_get_peer;
    peer->log = node->down ? &node->mute : &node->log;
    peer->log_error = NGX_ERROR_ERR;
    peer->so_keepalive = 1;

    node->pool = ngx_create_pool(NGX_HTTP_VOL_NODE_POOL, &node->log);
    node->reader = node->pool ? ngx_http_vol_node_reader(node->pool) : NULL;

    if (node->reader == NULL) {
        ngx_http_vol_node_close(node, "has no memory for its replies");
        return;
    }

    rc = ngx_event_connect_peer(peer);

    c = peer->connection;

    if (c == NULL || rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        ngx_http_vol_node_close(node, "cannot be reached");
        return;
    }

    c->data = node;
    ngx_http_vol_node_log_to(node, peer->log);
    c->read->handler = ngx_http_vol_node_read_handler;
    c->write->handler = ngx_http_vol_node_write_handler;

    /* a worker that shuts down waits for it when something else does */

    c->write->cancelable = ngx_queue_empty(&node->waiting);

    node->state = NGX_HTTP_VOL_NODE_CONNECTING;

    if (rc == NGX_AGAIN) {
        ngx_add_timer(c->write, node->redis->conf.connect_timeout);
        return;
    }

    ngx_http_vol_node_connected(node);
}


void
ngx_http_vol_node_connected(ngx_http_vol_node_t *node)
{
    int                err;
    socklen_t          len;
    ngx_connection_t  *c;

    c = node->peer.connection;
    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_log_error(NGX_LOG_ERR, node->down ? &node->mute : &node->log,
                      err, "connect() to redis %V failed",
                      node->peer.name);
        ngx_http_vol_node_close(node, "cannot be reached");
        return;
    }

    if (node->peer.sockaddr->sa_family != AF_UNIX
        && ngx_tcp_nodelay(c) != NGX_OK)
    {
        ngx_http_vol_node_close(node, "cannot be reached");
        return;
    }

    if (node->redis->conf.tls.ssl == NULL) {
        ngx_http_vol_node_begin(node);
        return;
    }

    if (ngx_http_vol_tls_begin(&node->redis->conf.tls, c, &node->host)
        != NGX_OK)
    {
        ngx_http_vol_node_close(node, "cannot be reached with TLS");
        return;
    }

    node->state = NGX_HTTP_VOL_NODE_TLS;

    /* what is left of the time to connect */

    if (!c->write->timer_set) {
        ngx_add_timer(c->write, node->redis->conf.connect_timeout);
    }

    ngx_http_vol_node_handshake(node);
}


void
ngx_http_vol_node_handshake(ngx_http_vol_node_t *node)
{
    ngx_int_t          rc;
    ngx_str_t          why;
    ngx_connection_t  *c;

    c = node->peer.connection;

    rc = ngx_http_vol_tls_handshake(&node->redis->conf.tls, c, &node->host,
                                    &why);

    c->read->handler = ngx_http_vol_node_read_handler;
    c->write->handler = ngx_http_vol_node_write_handler;

    if (rc == NGX_AGAIN) {
        return;
    }

    if (rc == NGX_OK) {
        ngx_http_vol_node_begin(node);

    } else if (rc == NGX_DECLINED) {
        ngx_http_vol_node_unfit(node, "has no certificate that is trusted:",
                                &why);
        ngx_http_vol_node_close(node, NULL);

    } else {
        ngx_http_vol_node_close(node, "does not come to terms on TLS");
    }
}


/* what the connection begins with, when it is made */

static void
ngx_http_vol_node_begin(ngx_http_vol_node_t *node)
{
    ngx_connection_t  *c;

    c = node->peer.connection;

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    c->write->cancelable = 0;

    node->state = NGX_HTTP_VOL_NODE_HANDSHAKE;

    if (ngx_http_vol_node_hello(node) != NGX_OK) {
        ngx_http_vol_node_close(node, "has no memory for its commands");
        return;
    }

    /* what came before the connection was seen to be there */

    if (c->read->ready) {
        ngx_post_event(c->read, &ngx_posted_events);
    }
}


/* what its certificate must have: a name that is configured, or its address */

static void
ngx_http_vol_node_host(ngx_http_vol_node_t *node, ngx_uint_t addr)
{
    ngx_addr_t                 *at;
    ngx_http_vol_redis_conf_t  *conf;

    conf = &node->redis->conf;

    if (conf->tls.name.len) {
        node->host = conf->tls.name;
        return;
    }

    if (node->addrs == conf->addrs && conf->hosts[addr].len) {
        node->host = conf->hosts[addr];
        return;
    }

    at = &node->addrs[addr];

    node->host.data = node->ip;
    node->host.len = ngx_sock_ntop(at->sockaddr, at->socklen, node->ip,
                                   NGX_SOCKADDR_STRLEN, 0);
    node->ip[node->host.len] = '\0';
}


/* while a node is away, what is wrong with it was logged */

static void
ngx_http_vol_node_log_to(ngx_http_vol_node_t *node, ngx_log_t *log)
{
    ngx_connection_t  *c;

    c = node->peer.connection;

    c->log = log;
    c->read->log = log;
    c->write->log = log;
}


void
ngx_http_vol_node_ready(ngx_http_vol_node_t *node)
{
    ngx_queue_t              *q, ops;
    ngx_http_vol_node_op_t  *op;

    node->state = NGX_HTTP_VOL_NODE_READY;
    node->since = ngx_current_msec;

    if (node->down) {
        node->down = 0;
        node->unfit_said = 0;
        ngx_http_vol_node_log_to(node, &node->log);
        ngx_log_error(NGX_LOG_NOTICE, &node->log, 0, "redis %V is back",
                      &node->name);
    }

    ngx_queue_init(&ops);

    while (!ngx_queue_empty(&node->waiting)) {
        q = ngx_queue_head(&node->waiting);
        ngx_queue_remove(q);

        op = ngx_queue_data(q, ngx_http_vol_node_op_t, queue);

        if (ngx_http_vol_node_append(node, op) != NGX_OK) {
            ngx_queue_insert_tail(&ops, q);
        }
    }

    ngx_http_vol_node_fail(node, &ops, 0);

    ngx_http_vol_redis_ready(node);
}


void
ngx_http_vol_node_close(ngx_http_vol_node_t *node, char *why)
{
    ngx_uint_t  idle, ready, level;

    /* Redis may close a connection that nobody uses */

    idle = (node->state == NGX_HTTP_VOL_NODE_READY
            && ngx_queue_empty(&node->sent));

    if (why && !node->down) {
        node->down = !idle;
        level = idle ? NGX_LOG_INFO : NGX_LOG_ERR;
        ngx_log_error(level, &node->log, 0, "redis %V %s",
                      &node->name, why);
    }

    /*
     * Operations may wait for the connection that follows one that was ready.
     * It is made at once when the last one served; after a failure the attempts
     * go farther and farther apart, and operations are refused.
     */

    ready = (node->state == NGX_HTTP_VOL_NODE_READY && !node->unfit);

    if (ready
        && ngx_current_msec - node->since > NGX_HTTP_VOL_NODE_BACKOFF_MAX)
    {
        node->failures = 0;
    }

    node->hold = ready;
    node->failures++;

    ngx_http_vol_node_drop(node);

    if (!node->open) {
        return;
    }

    if (ready && node->failures == 1) {
        ngx_http_vol_node_connect(node);

    } else {
        ngx_http_vol_node_retry(node);
    }

    ngx_http_vol_redis_lost(node);
}


void
ngx_http_vol_node_drop(ngx_http_vol_node_t *node)
{
    uint64_t     written;
    ngx_queue_t  ops;

    ngx_queue_init(&ops);
    ngx_http_vol_node_take(&ops, &node->sent);
    ngx_http_vol_node_take(&ops, &node->waiting);

    written = node->written;

    ngx_http_vol_node_free(node);

    /* what was answered there is known by no wait of the next connection */

    ngx_http_vol_reach_lost(node);

    ngx_http_vol_node_fail(node, &ops, written);
}


static void
ngx_http_vol_node_take(ngx_queue_t *to, ngx_queue_t *from)
{
    if (!ngx_queue_empty(from)) {
        ngx_queue_add(to, from);
        ngx_queue_init(from);
    }
}


static void
ngx_http_vol_node_fail(ngx_http_vol_node_t *node, ngx_queue_t *ops,
    uint64_t written)
{
    ngx_queue_t                   *q;
    ngx_http_vol_node_op_t       *op;
    ngx_http_vol_node_outcome_e   outcome;

    while (!ngx_queue_empty(ops)) {
        q = ngx_queue_head(ops);
        ngx_queue_remove(q);

        op = ngx_queue_data(q, ngx_http_vol_node_op_t, queue);

        /* Redis cannot run a command whose last byte was never written */

        outcome = (op->end && op->end <= written)
                  ? NGX_HTTP_VOL_NODE_UNKNOWN
                  : NGX_HTTP_VOL_NODE_UNAVAILABLE;

        node->nops -= op->weight;

        op->handler(op->data, outcome, NULL);
    }
}


static void
ngx_http_vol_node_retry(ngx_http_vol_node_t *node)
{
    ngx_msec_t  delay;

    /* a master that comes back need not be one: its sentinels say when */

    if (ngx_http_vol_redis_tells(node->redis, node)) {
        return;
    }

    delay = NGX_HTTP_VOL_NODE_BACKOFF_MIN << ngx_min(node->failures, 10);
    delay = ngx_min(delay, NGX_HTTP_VOL_NODE_BACKOFF_MAX);

    /* workers and machines that lost it together come back apart */

    delay = delay / 2 + (ngx_msec_t) ngx_random() % (delay / 2);

    node->retry.cancelable = ngx_queue_empty(&node->waiting);

    ngx_add_timer(&node->retry, delay);
}


static void
ngx_http_vol_node_retry_handler(ngx_event_t *ev)
{
    ngx_connection_t      *dummy = ev->data;
    ngx_http_vol_node_t  *node = dummy->data;

    ngx_http_vol_node_connect(node);
}


static void
ngx_http_vol_node_free(ngx_http_vol_node_t *node)
{
    if (node->flush.posted) {
        ngx_delete_posted_event(&node->flush);
    }

    if (node->peer.connection) {
        ngx_http_vol_tls_end(node->peer.connection);
        ngx_close_connection(node->peer.connection);
        node->peer.connection = NULL;
    }

    if (node->reader) {
        redisReaderFree(node->reader);
        node->reader = NULL;
    }

    if (node->pool) {
        ngx_destroy_pool(node->pool);
        node->pool = NULL;
    }

    if (node->buf) {
        ngx_free(node->buf);
        node->buf = NULL;
    }

    node->pos = 0;
    node->last = 0;
    node->size = 0;
    node->appended = 0;
    node->written = 0;
    ngx_memzero(node->loading, sizeof(node->loading));
    node->unfit = 0;
    node->state = NGX_HTTP_VOL_NODE_DOWN;
}


void
ngx_http_vol_node_unfit(ngx_http_vol_node_t *node, char *what,
    ngx_str_t *why)
{
    node->unfit = 1;
    node->down = 1;

    /* that it closed the connection does not say why it takes no other */

    if (!node->unfit_said) {
        node->unfit_said = 1;
        ngx_log_error(NGX_LOG_ERR, &node->log, 0,
                      "redis %V cannot serve: it %s %V",
                      &node->name, what, why);
    }
}


void
ngx_http_vol_node_refused(ngx_http_vol_node_t *node, ngx_str_t *why)
{
    if (node->trouble.len == why->len
        && ngx_strncmp(node->trouble.data, why->data, why->len) == 0)
    {
        return;
    }

    node->trouble = *why;

    /* it may refuse some and take others, by turns */

    if (node->said.data == why->data
        && ngx_current_msec - node->said_at < NGX_HTTP_VOL_NODE_QUIET)
    {
        return;
    }

    node->said = *why;
    node->said_at = ngx_current_msec;
    node->loud = 1;

    ngx_log_error(NGX_LOG_ERR, &node->log, 0,
                  "redis %V refuses operations: %V", &node->name,
                  why);
}


void
ngx_http_vol_node_well(ngx_http_vol_node_t *node)
{
    ngx_str_null(&node->trouble);

    if (node->loud) {
        node->loud = 0;
        ngx_log_error(NGX_LOG_NOTICE, &node->log, 0,
                      "redis %V takes operations again",
                      &node->name);
    }
}
