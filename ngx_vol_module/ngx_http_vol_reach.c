
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_batch.h"
#include "ngx_http_vol_command.h"


/*
 * Where an acknowledgement means more than that Redis has done a write, batches
 * are followed by one WAIT or WAITAOF, and answered when that is.  It is asked
 * of a connection about what that connection has written.  A call that writes
 * nothing, such as one that is repeated with its key, tells of what another
 * connection may have written a moment ago; so the wait is led by a write of
 * its own, which comes behind all that was written before it.
 *
 * That mark is in the district of a batch, for a node of a cluster may keep no
 * other.  While a district moves to another node its mark is refused; one that
 * is written is enough.
 */


#define NGX_HTTP_VOL_REACH_POOL    1024
#define NGX_HTTP_VOL_REACH_MARKS   8        /* districts that have one */
#define NGX_HTTP_VOL_REACH_KEY     "durable"


struct ngx_http_vol_reach_s {
    ngx_http_vol_node_op_t      op;
    ngx_pool_t                 *pool;
    ngx_http_vol_node_t        *node;
    ngx_queue_t                 batches;
    ngx_uint_t                  nmarks;     /* whose replies are to come */
    unsigned                    marked:1;
};


static ngx_http_vol_reach_t *ngx_http_vol_reach_create(
    ngx_http_vol_node_t *node);
static ngx_uint_t ngx_http_vol_reach_districts(ngx_http_vol_node_t *node,
    ngx_str_t **prefixes);
static ngx_int_t ngx_http_vol_reach_format(ngx_http_vol_reach_t *reach,
    ngx_str_t **prefixes);
static u_char *ngx_http_vol_reach_mark(u_char *p, ngx_str_t *key);
static void ngx_http_vol_reach_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_reach_marked(ngx_http_vol_reach_t *reach,
    redisReply *reply);
static ngx_uint_t ngx_http_vol_reach_reached(ngx_http_vol_reach_t *reach,
    redisReply *reply);
static ngx_uint_t ngx_http_vol_reach_enough(ngx_http_vol_durability_t *wanted,
    redisReply *reply);
static void ngx_http_vol_reach_end(ngx_queue_t *batches, ngx_uint_t reached);


void
ngx_http_vol_reach_sent(ngx_http_vol_batch_t *batch)
{
    batch->waits = 1;
    ngx_queue_insert_tail(&batch->node->unwaited, &batch->queue);

    ngx_post_event(&batch->node->gather, &ngx_posted_events);
}


void
ngx_http_vol_reach_leave(ngx_http_vol_batch_t *batch)
{
    if (batch->waits) {
        batch->waits = 0;
        ngx_queue_remove(&batch->queue);
    }
}


void
ngx_http_vol_reach_send(ngx_http_vol_node_t *node)
{
    ngx_http_vol_reach_t  *reach;

    if (node->reach || ngx_queue_empty(&node->unwaited)) {
        return;
    }

    reach = ngx_http_vol_reach_create(node);
    node->reach = reach;

    if (reach && ngx_http_vol_node_send(node, &reach->op) == NGX_OK) {
        ngx_queue_add(&reach->batches, &node->unwaited);
        ngx_queue_init(&node->unwaited);
        return;
    }

    if (reach) {
        node->reach = NULL;
        ngx_destroy_pool(reach->pool);
    }

    ngx_http_vol_reach_lost(node);
}


void
ngx_http_vol_reach_lost(ngx_http_vol_node_t *node)
{
    ngx_queue_t  batches;

    if (ngx_queue_empty(&node->unwaited)) {
        return;
    }

    ngx_queue_init(&batches);
    ngx_queue_add(&batches, &node->unwaited);
    ngx_queue_init(&node->unwaited);

    ngx_http_vol_reach_end(&batches, 0);
}


static ngx_http_vol_reach_t *
ngx_http_vol_reach_create(ngx_http_vol_node_t *node)
{
    ngx_str_t             *prefixes[NGX_HTTP_VOL_REACH_MARKS];
    ngx_pool_t            *pool;
    ngx_http_vol_reach_t  *reach;

    pool = ngx_create_pool(NGX_HTTP_VOL_REACH_POOL, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    reach = ngx_pcalloc(pool, sizeof(ngx_http_vol_reach_t));
    if (reach == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    reach->pool = pool;
    reach->node = node;
    reach->nmarks = ngx_http_vol_reach_districts(node, prefixes);
    ngx_queue_init(&reach->batches);

    reach->op.handler = ngx_http_vol_reach_handler;
    reach->op.data = reach;
    reach->op.replies = reach->nmarks + 1;

    if (ngx_http_vol_reach_format(reach, prefixes) != NGX_OK) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    return reach;
}


/* the first districts of the batches that are to be waited for */

static ngx_uint_t
ngx_http_vol_reach_districts(ngx_http_vol_node_t *node, ngx_str_t **prefixes)
{
    ngx_str_t             *prefix;
    ngx_uint_t             i, n;
    ngx_queue_t           *q;
    ngx_http_vol_batch_t  *batch;

    n = 0;

    for (q = ngx_queue_head(&node->unwaited);
         q != ngx_queue_sentinel(&node->unwaited);
         q = ngx_queue_next(q))
    {
        batch = ngx_queue_data(q, ngx_http_vol_batch_t, queue);
        prefix = batch->arguments.prefix;

        for (i = 0; i < n; i++) {
            if (prefixes[i]->len == prefix->len
                && ngx_memcmp(prefixes[i]->data, prefix->data, prefix->len)
                   == 0)
            {
                break;
            }
        }

        if (i == NGX_HTTP_VOL_REACH_MARKS) {
            break;
        }

        if (i == n) {
            prefixes[n++] = prefix;
        }
    }

    return n;
}


static ngx_int_t
ngx_http_vol_reach_format(ngx_http_vol_reach_t *reach, ngx_str_t **prefixes)
{
    u_char                     *p;
    size_t                      size;
    ngx_str_t                   keys[NGX_HTTP_VOL_REACH_MARKS];
    ngx_uint_t                  i;
    ngx_http_vol_durability_t  *wanted;

    wanted = &reach->node->redis->conf.durability;

    size = NGX_HTTP_VOL_COMMAND_HEAD + 4 * NGX_HTTP_VOL_COMMAND_WORD
           + sizeof("WAITAOF") + 3 * NGX_INT_T_LEN;

    for (i = 0; i < reach->nmarks; i++) {
        keys[i].len = prefixes[i]->len + sizeof(NGX_HTTP_VOL_REACH_KEY) - 1;
        keys[i].data = ngx_pnalloc(reach->pool, keys[i].len);
        if (keys[i].data == NULL) {
            return NGX_ERROR;
        }

        ngx_sprintf(keys[i].data, "%V" NGX_HTTP_VOL_REACH_KEY, prefixes[i]);

        size += NGX_HTTP_VOL_COMMAND_HEAD + 3 * NGX_HTTP_VOL_COMMAND_WORD
                + sizeof("SET1") + keys[i].len;
    }

    p = ngx_pnalloc(reach->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    reach->op.command.data = p;

    for (i = 0; i < reach->nmarks; i++) {
        p = ngx_http_vol_reach_mark(p, &keys[i]);
    }

    if (wanted->fsync) {
        p = ngx_http_vol_command_head(p, 4);
        p = ngx_http_vol_command_word(p, (u_char *) "WAITAOF",
                                      sizeof("WAITAOF") - 1);
        p = ngx_http_vol_command_number(p, 1);

    } else {
        p = ngx_http_vol_command_head(p, 3);
        p = ngx_http_vol_command_word(p, (u_char *) "WAIT",
                                      sizeof("WAIT") - 1);
    }

    p = ngx_http_vol_command_number(p, wanted->replicas);
    p = ngx_http_vol_command_number(p, wanted->timeout);

    reach->op.command.len = p - reach->op.command.data;

    return NGX_OK;
}


static u_char *
ngx_http_vol_reach_mark(u_char *p, ngx_str_t *key)
{
    p = ngx_http_vol_command_head(p, 3);
    p = ngx_http_vol_command_word(p, (u_char *) "SET", sizeof("SET") - 1);
    p = ngx_http_vol_command_words(p, key, 1);

    return ngx_http_vol_command_number(p, 1);
}


static void
ngx_http_vol_reach_handler(void *data, ngx_http_vol_node_outcome_e outcome,
    redisReply *reply)
{
    ngx_http_vol_reach_t  *reach = data;

    ngx_uint_t            reached;
    ngx_queue_t           batches;
    ngx_http_vol_node_t  *node;

    node = reach->node;

    if (outcome == NGX_HTTP_VOL_NODE_REPLIED && reach->nmarks) {
        reach->nmarks--;
        ngx_http_vol_reach_marked(reach, reply);
        return;
    }

    reached = outcome == NGX_HTTP_VOL_NODE_REPLIED
              && ngx_http_vol_reach_reached(reach, reply);

    ngx_queue_init(&batches);

    if (!ngx_queue_empty(&reach->batches)) {
        ngx_queue_add(&batches, &reach->batches);
    }

    ngx_destroy_pool(reach->pool);
    node->reach = NULL;

    ngx_http_vol_reach_end(&batches, reached);

    ngx_post_event(&node->gather, &ngx_posted_events);
}


static void
ngx_http_vol_reach_marked(ngx_http_vol_reach_t *reach, redisReply *reply)
{
    ngx_str_t  text, word;

    if (reply->type != REDIS_REPLY_ERROR) {
        reach->marked = 1;
        return;
    }

    text.data = (u_char *) reply->str;
    text.len = reply->len;

    if (ngx_http_vol_script_error(&text, &word)
        == NGX_HTTP_VOL_ERROR_REFUSED)
    {
        ngx_http_vol_node_refused(reach->node, &word);
    }
}


static ngx_uint_t
ngx_http_vol_reach_reached(ngx_http_vol_reach_t *reach, redisReply *reply)
{
    ngx_str_t                   why;
    ngx_http_vol_durability_t  *wanted;

    static ngx_str_t  few = ngx_string("what \"vol_durability\" asks for is "
                                       "not reached in time");

    wanted = &reach->node->redis->conf.durability;

    if (reply->type == REDIS_REPLY_ERROR) {

        /* as a replica does, or one whose append-only file was turned off */

        why.data = (u_char *) reply->str;
        why.len = reply->len;

        ngx_http_vol_node_unfit(reach->node, "answers a wait with", &why);
        return 0;
    }

    if (!reach->marked) {
        return 0;
    }

    if (!ngx_http_vol_reach_enough(wanted, reply)) {
        ngx_http_vol_node_refused(reach->node, &few);
        return 0;
    }

    return 1;
}


/* WAIT tells how many replicas, WAITAOF whether this disk and how many more */

static ngx_uint_t
ngx_http_vol_reach_enough(ngx_http_vol_durability_t *wanted,
    redisReply *reply)
{
    if (!wanted->fsync) {
        return reply->type == REDIS_REPLY_INTEGER
               && reply->integer >= (long long) wanted->replicas;
    }

    return reply->type == REDIS_REPLY_ARRAY
           && reply->elements == 2
           && reply->element[0]->type == REDIS_REPLY_INTEGER
           && reply->element[0]->integer >= 1
           && reply->element[1]->type == REDIS_REPLY_INTEGER
           && reply->element[1]->integer >= (long long) wanted->replicas;
}


static void
ngx_http_vol_reach_end(ngx_queue_t *batches, ngx_uint_t reached)
{
    ngx_queue_t           *q;
    ngx_http_vol_batch_t  *batch;

    while (!ngx_queue_empty(batches)) {
        q = ngx_queue_head(batches);
        ngx_queue_remove(q);

        batch = ngx_queue_data(q, ngx_http_vol_batch_t, queue);

        ngx_http_vol_batch_waited(batch, reached);
    }
}
