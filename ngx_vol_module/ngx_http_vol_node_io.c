
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_redis.h"


/*
 * What a connection to a node carries: operations are written as they come, all
 * of a turn of the event loop together, and replies come in their order.
 */


#define NGX_HTTP_VOL_NODE_BUFFER  65536


static void ngx_http_vol_node_flush(ngx_http_vol_node_t *node);
static ngx_int_t ngx_http_vol_node_replies(ngx_http_vol_node_t *node);
static void ngx_http_vol_node_set_timer(ngx_http_vol_node_t *node);
static ngx_msec_int_t ngx_http_vol_node_left(ngx_http_vol_node_t *node);


ngx_int_t
ngx_http_vol_node_send(ngx_http_vol_node_t *node,
    ngx_http_vol_node_op_t *op)
{
    if (!ngx_http_vol_node_takes(node, op->weight)) {
        return NGX_DECLINED;
    }

    if (node->state == NGX_HTTP_VOL_NODE_READY) {

        if (ngx_http_vol_node_append(node, op) != NGX_OK) {
            return NGX_DECLINED;
        }

    } else {
        op->end = 0;
        ngx_queue_insert_tail(&node->waiting, &op->queue);

        /* a worker that shuts down waits for it too */
        node->retry.cancelable = 0;

        if (node->peer.connection) {
            node->peer.connection->write->cancelable = 0;
        }
    }

    node->nops += op->weight;

    return NGX_OK;
}


ngx_uint_t
ngx_http_vol_node_takes(ngx_http_vol_node_t *node, ngx_uint_t weight)
{
    return node->nops + weight <= NGX_HTTP_VOL_NODE_OPS_MAX
           && !node->unfit
           && (node->state == NGX_HTTP_VOL_NODE_READY || node->hold);
}


ngx_int_t
ngx_http_vol_node_append(ngx_http_vol_node_t *node,
    ngx_http_vol_node_op_t *op)
{
    u_char  *buf;
    size_t   size, need;

    if (node->pos && node->last + op->command.len > node->size) {
        ngx_memmove(node->buf, node->buf + node->pos,
                    node->last - node->pos);
        node->last -= node->pos;
        node->pos = 0;
    }

    need = node->last + op->command.len;

    if (need > node->size) {

        if (need > NGX_HTTP_VOL_NODE_BYTES_MAX) {
            return NGX_DECLINED;
        }

        size = ngx_max(node->size, NGX_HTTP_VOL_NODE_BUFFER);

        while (size < need) {
            size *= 2;
        }

        buf = ngx_alloc(size, &node->log);
        if (buf == NULL) {
            return NGX_DECLINED;
        }

        if (node->buf) {
            ngx_memcpy(buf, node->buf, node->last);
            ngx_free(node->buf);
        }

        node->buf = buf;
        node->size = size;
    }

    ngx_memcpy(node->buf + node->last, op->command.data, op->command.len);
    node->last += op->command.len;
    node->appended += op->command.len;

    op->due = op->replies;
    op->end = node->appended;
    op->deadline = ngx_current_msec + node->redis->conf.read_timeout;

    if (node->reach) {
        /* it takes that long, and Redis looks at nothing behind it before */
        op->deadline += node->redis->conf.durability.timeout;
    }

    ngx_queue_insert_tail(&node->sent, &op->queue);

    ngx_post_event(&node->flush, &ngx_posted_events);

    return NGX_OK;
}


void
ngx_http_vol_node_flush_handler(ngx_event_t *ev)
{
    ngx_connection_t      *dummy = ev->data;
    ngx_http_vol_node_t  *node = dummy->data;

    if (node->state >= NGX_HTTP_VOL_NODE_HANDSHAKE) {
        ngx_http_vol_node_flush(node);
    }
}


static void
ngx_http_vol_node_flush(ngx_http_vol_node_t *node)
{
    ssize_t            n;
    ngx_uint_t         moved;
    ngx_connection_t  *c;

    c = node->peer.connection;
    moved = 0;

    while (node->pos < node->last) {

        n = c->send(c, node->buf + node->pos, node->last - node->pos);

        if (n == NGX_AGAIN) {
            if (moved || !c->write->timer_set) {
                ngx_add_timer(c->write, node->redis->conf.send_timeout);
            }

            break;
        }

        if (n == NGX_ERROR) {
            ngx_http_vol_node_close(node, "closed the connection");
            return;
        }

        node->pos += n;
        node->written += n;
        moved = 1;
    }

    if (node->pos == node->last) {
        node->pos = 0;
        node->last = 0;

        if (c->write->timer_set) {
            ngx_del_timer(c->write);
        }

        if (node->size > 4 * NGX_HTTP_VOL_NODE_BUFFER) {
            ngx_free(node->buf);
            node->buf = NULL;
            node->size = 0;
        }
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_http_vol_node_close(node, "cannot be watched");
        return;
    }

    ngx_http_vol_node_set_timer(node);
}


void
ngx_http_vol_node_write_handler(ngx_event_t *wev)
{
    ngx_connection_t      *c = wev->data;
    ngx_http_vol_node_t  *node = c->data;

    if (wev->timedout) {
        ngx_http_vol_node_close(node,
                                 node->state == NGX_HTTP_VOL_NODE_CONNECTING
                                 ? "did not take the connection in time"
                                 : node->state == NGX_HTTP_VOL_NODE_TLS
                                 ? "did not come to terms on TLS in time"
                                 : "did not take commands in time");
        return;
    }

    if (node->state == NGX_HTTP_VOL_NODE_CONNECTING) {
        ngx_http_vol_node_connected(node);
        return;
    }

    if (node->state == NGX_HTTP_VOL_NODE_TLS) {
        ngx_http_vol_node_handshake(node);
        return;
    }

    ngx_http_vol_node_flush(node);
}


void
ngx_http_vol_node_read_handler(ngx_event_t *rev)
{
    ngx_connection_t      *c = rev->data;
    ngx_http_vol_node_t  *node = c->data;

    ssize_t        n;

    static u_char  buf[NGX_HTTP_VOL_NODE_BUFFER];

    if (c->close) {
        /* worker_shutdown_timeout is over */
        node->hold = 0;
        ngx_http_vol_node_drop(node);
        return;
    }

    if (rev->timedout) {
        rev->timedout = 0;

        if (ngx_http_vol_node_left(node) <= 0) {
            ngx_http_vol_node_close(node, "did not reply in time");
            return;
        }

        ngx_http_vol_node_set_timer(node);
        return;
    }

    if (node->state == NGX_HTTP_VOL_NODE_CONNECTING) {
        return;
    }

    if (node->state == NGX_HTTP_VOL_NODE_TLS) {
        ngx_http_vol_node_handshake(node);
        return;
    }

    for ( ;; ) {

        n = c->recv(c, buf, sizeof(buf));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_http_vol_node_close(node, "closed the connection");
            return;
        }

        if (redisReaderFeed(node->reader, (char *) buf, n) != REDIS_OK
            || ngx_http_vol_node_replies(node) != NGX_OK)
        {
            ngx_http_vol_node_close(node, "does not speak its protocol");
            return;
        }

        if (node->unfit && ngx_queue_empty(&node->sent)) {
            ngx_http_vol_node_close(node, NULL);
            return;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_vol_node_close(node, "cannot be watched");
        return;
    }

    ngx_http_vol_node_set_timer(node);
}


static ngx_int_t
ngx_http_vol_node_replies(ngx_http_vol_node_t *node)
{
    void                     *reply;
    ngx_queue_t              *q;
    ngx_http_vol_node_op_t  *op;

    for ( ;; ) {

        if (redisReaderGetReply(node->reader, &reply) != REDIS_OK) {
            return NGX_ERROR;
        }

        if (reply == NULL) {
            return NGX_OK;
        }

        if (ngx_queue_empty(&node->sent)) {
            return NGX_ERROR;
        }

        q = ngx_queue_head(&node->sent);
        op = ngx_queue_data(q, ngx_http_vol_node_op_t, queue);

        if (--op->due == 0) {
            ngx_queue_remove(q);

            if (op->weight) {
                node->nops -= op->weight;
                node->failures = 0;
            }
        }

        op->handler(op->data, NGX_HTTP_VOL_NODE_REPLIED, reply);

        ngx_reset_pool(node->pool);
    }
}


static void
ngx_http_vol_node_set_timer(ngx_http_vol_node_t *node)
{
    ngx_msec_int_t     left;
    ngx_connection_t  *c;

    c = node->peer.connection;

    if (ngx_queue_empty(&node->sent)) {

        if (c->read->timer_set) {
            ngx_del_timer(c->read);
        }

        return;
    }

    left = ngx_http_vol_node_left(node);

    ngx_add_timer(c->read, (ngx_msec_t) ngx_max(left, 1));
}


/* the time that is left for the oldest operation, in milliseconds */

static ngx_msec_int_t
ngx_http_vol_node_left(ngx_http_vol_node_t *node)
{
    ngx_queue_t              *q;
    ngx_http_vol_node_op_t  *op;

    if (ngx_queue_empty(&node->sent)) {
        return (ngx_msec_int_t) node->redis->conf.read_timeout;
    }

    q = ngx_queue_head(&node->sent);
    op = ngx_queue_data(q, ngx_http_vol_node_op_t, queue);

    return (ngx_msec_int_t) (op->deadline - ngx_current_msec);
}
