
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_batch.h"
#include "ngx_http_vol_unpack.h"


#define NGX_HTTP_VOL_SCRIPT_ARGS   48       /* keys and arguments of a call */
#define NGX_HTTP_VOL_SCRIPT_TRIES  3

#define NGX_HTTP_VOL_BATCH_CALLS   32
#define NGX_HTTP_VOL_BATCH_BYTES   65536
#define NGX_HTTP_VOL_BATCH_POOL    2048


static ngx_http_vol_batch_t *ngx_http_vol_batch_open(
    ngx_http_vol_node_t *node, ngx_http_vol_arguments_t *arguments);
static ngx_uint_t ngx_http_vol_batch_takes(ngx_http_vol_batch_t *batch,
    ngx_http_vol_arguments_t *arguments);
static ngx_http_vol_batch_t *ngx_http_vol_batch_create(
    ngx_http_vol_node_t *node, ngx_http_vol_arguments_t *arguments);
static ngx_http_vol_call_t *ngx_http_vol_batch_add(ngx_http_vol_batch_t *batch,
    ngx_http_vol_arguments_t *arguments);
static ngx_uint_t ngx_http_vol_batch_waits(ngx_http_vol_batch_t *batch);
static ngx_http_vol_node_flow_t *ngx_http_vol_batch_flow(
    ngx_http_vol_batch_t *batch);
static ngx_uint_t ngx_http_vol_batch_full(ngx_http_vol_batch_t *batch);
static ngx_int_t ngx_http_vol_batch_send(ngx_http_vol_batch_t *batch);
static void ngx_http_vol_batch_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_batch_read_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_batch_time(ngx_http_vol_batch_t *batch,
    redisReply *reply);
static void ngx_http_vol_batch_read(ngx_http_vol_batch_t *batch,
    redisReply *reply);
static ngx_int_t ngx_http_vol_batch_again(ngx_http_vol_batch_t *batch,
    redisReply *reply);
static void ngx_http_vol_batch_replied(ngx_http_vol_batch_t *batch,
    redisReply *reply);
static ngx_int_t ngx_http_vol_batch_unpack(ngx_http_vol_batch_t *batch,
    redisReply *reply, redisReply **replies);
static void ngx_http_vol_batch_failed(ngx_http_vol_batch_t *failed,
    ngx_http_vol_call_outcome_e outcome);
static void ngx_http_vol_batch_done(ngx_http_vol_batch_t *batch,
    ngx_http_vol_call_outcome_e outcome, redisReply *replies);
static void ngx_http_vol_batch_leave(ngx_http_vol_batch_t *batch);
static void ngx_http_vol_call_done(ngx_http_vol_batch_t *batch,
    ngx_http_vol_call_t *call, redisReply *reply);


ngx_http_vol_call_t *
ngx_http_vol_script_call(ngx_http_vol_redis_t *redis,
    ngx_http_vol_arguments_t *arguments, ngx_http_vol_call_handler_pt handler,
    void *data)
{
    ngx_http_vol_node_t   *node;
    ngx_http_vol_call_t   *call;
    ngx_http_vol_batch_t  *batch;

    if (!arguments->write && redis->reads) {
        redis = redis->reads;
    }

    node = ngx_http_vol_redis_node(redis, arguments->prefix);

    if (arguments->nkeys + arguments->nargs > NGX_HTTP_VOL_SCRIPT_ARGS
        || !ngx_http_vol_node_takes(node, node->ncalls + 1))
    {
        return NULL;
    }

    batch = ngx_http_vol_batch_open(node, arguments);
    if (batch == NULL) {
        return NULL;
    }

    call = ngx_http_vol_batch_add(batch, arguments);

    if (call == NULL) {

        if (batch->ncalls == 0) {
            ngx_queue_remove(&batch->queue);
            ngx_destroy_pool(batch->pool);
        }

        return NULL;
    }

    call->handler = handler;
    call->data = data;

    node->ncalls++;

    ngx_post_event(&node->gather, &ngx_posted_events);

    return call;
}


void
ngx_http_vol_script_abandon(ngx_http_vol_call_t *call)
{
    call->handler = NULL;
}


/* the batch that a call goes into */

static ngx_http_vol_batch_t *
ngx_http_vol_batch_open(ngx_http_vol_node_t *node,
    ngx_http_vol_arguments_t *arguments)
{
    ngx_queue_t           *q;
    ngx_http_vol_batch_t  *batch;

    for (q = ngx_queue_last(&node->batches);
         arguments->batch && q != ngx_queue_sentinel(&node->batches);
         q = ngx_queue_prev(q))
    {
        batch = ngx_queue_data(q, ngx_http_vol_batch_t, queue);

        if (ngx_http_vol_batch_takes(batch, arguments)) {
            return batch;
        }

        if (arguments->ordered) {
            break;
        }
    }

    return ngx_http_vol_batch_create(node, arguments);
}


static ngx_uint_t
ngx_http_vol_batch_takes(ngx_http_vol_batch_t *batch,
    ngx_http_vol_arguments_t *arguments)
{
    ngx_str_t                 *one, *two;
    ngx_uint_t                 i;
    ngx_http_vol_arguments_t  *first;

    first = &batch->arguments;

    if (first->script != arguments->script
        || ngx_http_vol_batch_full(batch)
        || first->write != arguments->write
        || first->nkeys != arguments->nkeys
        || first->nargs != arguments->nargs
        || first->nshared != arguments->nshared
        || first->prefix->len != arguments->prefix->len
        || ngx_memcmp(first->prefix->data, arguments->prefix->data,
                      first->prefix->len)
           != 0)
    {
        return 0;
    }

    one = first->argv;
    two = arguments->argv + arguments->nkeys + arguments->nargs
          - arguments->nshared;

    for (i = 0; i < first->nshared; i++) {
        if (one[i].len != two[i].len || one[i].data != two[i].data) {
            return 0;
        }
    }

    return 1;
}


static ngx_http_vol_batch_t *
ngx_http_vol_batch_create(ngx_http_vol_node_t *node,
    ngx_http_vol_arguments_t *arguments)
{
    ngx_str_t             *prefix, *shared;
    ngx_pool_t            *pool;
    ngx_http_vol_batch_t  *batch;

    pool = ngx_create_pool(NGX_HTTP_VOL_BATCH_POOL, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    batch = ngx_pcalloc(pool, sizeof(ngx_http_vol_batch_t));
    prefix = ngx_palloc(pool, sizeof(ngx_str_t));
    shared = ngx_palloc(pool, arguments->nshared * sizeof(ngx_str_t) + 1);

    if (batch == NULL || prefix == NULL || shared == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    prefix->len = arguments->prefix->len;
    prefix->data = ngx_pstrdup(pool, arguments->prefix);
    if (prefix->data == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    ngx_memcpy(shared, arguments->argv + arguments->nkeys + arguments->nargs
                       - arguments->nshared,
               arguments->nshared * sizeof(ngx_str_t));

    batch->pool = pool;
    batch->node = node;
    batch->arguments = *arguments;
    batch->arguments.prefix = prefix;
    batch->arguments.argv = shared;
    batch->op.data = batch;
    batch->reader = arguments->script->reader;
    batch->after = ngx_http_vol_batch_flow(batch)->sent;

    ngx_queue_init(&batch->calls);
    ngx_queue_insert_tail(&node->batches, &batch->queue);

    return batch;
}


static ngx_http_vol_call_t *
ngx_http_vol_batch_add(ngx_http_vol_batch_t *batch,
    ngx_http_vol_arguments_t *arguments)
{
    u_char               *p;
    size_t                len;
    ngx_str_t            *argv;
    ngx_uint_t            i, n;
    ngx_http_vol_call_t  *call;

    n = arguments->nkeys + arguments->nargs - arguments->nshared;
    argv = arguments->argv;
    len = 0;

    for (i = 0; i < n; i++) {
        len += argv[i].len;
    }

    call = ngx_palloc(batch->pool,
                      sizeof(ngx_http_vol_call_t) + n * sizeof(ngx_str_t));
    p = ngx_pnalloc(batch->pool, len + 1);

    if (call == NULL || p == NULL) {
        return NULL;
    }

    call->argv = (ngx_str_t *) (call + 1);

    for (i = 0; i < n; i++) {
        call->argv[i].data = p;
        call->argv[i].len = argv[i].len;

        /* what is absent has no data */

        if (argv[i].len) {
            p = ngx_cpymem(p, argv[i].data, argv[i].len);
        }
    }

    ngx_queue_insert_tail(&batch->calls, &call->queue);
    batch->ncalls++;
    batch->bytes += len;
    batch->arguments.ordered |= arguments->ordered;

    return call;
}


/*
 * A batch goes at once when none is under way, or when it is full; else it
 * gathers what comes until those are done that were under way when it began.
 * So a lone call never waits, and the busier Redis is the less it has to do for
 * each.  What is only read is soon done, and neither waits for scripts nor do
 * they for it.  While writes are waited for Redis takes nothing from the
 * connection: what comes meanwhile goes together, and shares the next wait.
 */

void
ngx_http_vol_batch_gather_handler(ngx_event_t *ev)
{
    ngx_connection_t      *dummy = ev->data;
    ngx_http_vol_node_t  *node = dummy->data;

    ngx_uint_t             held, failed, behind;
    ngx_queue_t           *q, *next;
    ngx_http_vol_batch_t  *batch;

    if (node->reach) {
        return;
    }

    held = 0;
    failed = 0;

    for (q = ngx_queue_head(&node->batches);
         q != ngx_queue_sentinel(&node->batches);
         q = next)
    {
        next = ngx_queue_next(q);
        batch = ngx_queue_data(q, ngx_http_vol_batch_t, queue);

        behind = failed && batch->arguments.ordered;

        if (!behind
            && (ngx_http_vol_batch_waits(batch)
                || (held && batch->arguments.ordered)))
        {
            held |= !batch->reader;
            continue;
        }

        ngx_queue_remove(q);

        node->ncalls -= batch->ncalls;
        ngx_http_vol_batch_flow(batch)->sent++;

        if (behind || ngx_http_vol_batch_send(batch) != NGX_OK) {
            failed |= batch->arguments.ordered;
            ngx_http_vol_batch_done(batch, NGX_HTTP_VOL_CALL_UNAVAILABLE,
                                    NULL);
        }
    }

    ngx_http_vol_reach_send(node);
}


static ngx_uint_t
ngx_http_vol_batch_waits(ngx_http_vol_batch_t *batch)
{
    return ngx_http_vol_batch_flow(batch)->done < batch->after
           && !ngx_http_vol_batch_full(batch);
}


/* the batches that wait for each other */

static ngx_http_vol_node_flow_t *
ngx_http_vol_batch_flow(ngx_http_vol_batch_t *batch)
{
    return batch->reader ? &batch->node->reads : &batch->node->scripts;
}


static ngx_uint_t
ngx_http_vol_batch_full(ngx_http_vol_batch_t *batch)
{
    return !batch->arguments.batch
           || batch->ncalls == NGX_HTTP_VOL_BATCH_CALLS
           || batch->bytes >= NGX_HTTP_VOL_BATCH_BYTES;
}


static ngx_int_t
ngx_http_vol_batch_send(ngx_http_vol_batch_t *batch)
{
    ngx_int_t  rc;

    if (batch->op.command.data == NULL) {
        rc = batch->reader ? ngx_http_vol_batch_format_reads(batch)
                           : ngx_http_vol_batch_format(batch);
        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (batch->reader) {
        batch->op.handler = ngx_http_vol_batch_read_handler;
        batch->op.replies = 1 + batch->ncalls;

    } else {
        batch->op.handler = ngx_http_vol_batch_handler;
        batch->op.replies = 1;
    }

    batch->op.weight = batch->ncalls;

    rc = ngx_http_vol_node_send(batch->node, &batch->op);

    if (rc == NGX_OK && ngx_http_vol_redis_waits(&batch->node->redis->conf)) {
        ngx_http_vol_reach_sent(batch);
    }

    return rc;
}


static void
ngx_http_vol_batch_handler(void *data, ngx_http_vol_node_outcome_e outcome,
    redisReply *reply)
{
    ngx_http_vol_batch_t  *batch = data;

    ngx_http_vol_call_outcome_e  failed;

    if (outcome == NGX_HTTP_VOL_NODE_UNKNOWN && batch->arguments.write) {
        ngx_http_vol_batch_failed(batch, NGX_HTTP_VOL_CALL_UNKNOWN);
        return;
    }

    if (outcome != NGX_HTTP_VOL_NODE_REPLIED) {
        ngx_http_vol_batch_failed(batch, NGX_HTTP_VOL_CALL_UNAVAILABLE);
        return;
    }

    if (reply->type == REDIS_REPLY_STRING) {
        ngx_http_vol_batch_replied(batch, reply);
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR
        && ++batch->tries < NGX_HTTP_VOL_SCRIPT_TRIES
        && ngx_http_vol_batch_again(batch, reply) == NGX_OK)
    {
        return;
    }

    failed = ngx_http_vol_script_failed(batch->node, batch->arguments.script,
                                        reply);

    /* what no call caught may have come behind the writes of some */

    if (failed == NGX_HTTP_VOL_CALL_CORRUPT && batch->arguments.write) {
        failed = NGX_HTTP_VOL_CALL_UNKNOWN;
    }

    ngx_http_vol_batch_failed(batch, failed);
}


/* sends what was not run for a reason that can be mended */

static ngx_int_t
ngx_http_vol_batch_again(ngx_http_vol_batch_t *batch, redisReply *reply)
{
    ngx_str_t             text, word;
    ngx_http_vol_node_t  *node;

    text.data = (u_char *) reply->str;
    text.len = reply->len;

    ngx_http_vol_reach_leave(batch);

    switch (ngx_http_vol_script_error(&text, &word)) {

    case NGX_HTTP_VOL_ERROR_NOSCRIPT:

        if (ngx_http_vol_script_load(batch->node, batch->arguments.script)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        break;

    case NGX_HTTP_VOL_ERROR_MOVED:

        node = ngx_http_vol_redis_moved(batch->node, &text);
        if (node == NULL) {
            return NGX_ERROR;
        }

        ngx_http_vol_batch_leave(batch);
        batch->node = node;
        ngx_http_vol_batch_flow(batch)->sent++;

        break;

    default:
        return NGX_DECLINED;
    }

    return ngx_http_vol_batch_send(batch);
}


static void
ngx_http_vol_batch_replied(ngx_http_vol_batch_t *batch, redisReply *reply)
{
    ngx_int_t                     rc;
    redisReply                   *replies;
    ngx_http_vol_call_outcome_e   outcome;

    outcome = batch->arguments.write ? NGX_HTTP_VOL_CALL_UNKNOWN
                                     : NGX_HTTP_VOL_CALL_UNAVAILABLE;

    rc = ngx_http_vol_batch_unpack(batch, reply, &replies);

    if (rc == NGX_OK && ngx_http_vol_redis_waits(&batch->node->redis->conf)) {
        batch->replies = replies;

        if (!batch->waits) {
            ngx_http_vol_batch_waited(batch, 0);
        }

        return;
    }

    if (rc == NGX_OK) {
        ngx_http_vol_batch_done(batch, NGX_HTTP_VOL_CALL_REPLIED, replies);
        return;
    }

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "script \"%V\" gave a reply that is none",
                      &batch->arguments.script->name);
    }

    ngx_http_vol_batch_failed(batch, outcome);
}


void
ngx_http_vol_batch_waited(ngx_http_vol_batch_t *batch, ngx_uint_t reached)
{
    batch->waits = 0;

    if (batch->replies == NULL) {
        /* it was not waited for: known when its reply comes */
        return;
    }

    if (reached) {
        ngx_http_vol_batch_done(batch, NGX_HTTP_VOL_CALL_REPLIED,
                                batch->replies);
        return;
    }

    ngx_http_vol_batch_failed(batch, NGX_HTTP_VOL_CALL_UNKNOWN);
}


/* the replies of the calls; a string that holds none is an error */

static ngx_int_t
ngx_http_vol_batch_unpack(ngx_http_vol_batch_t *batch, redisReply *reply,
    redisReply **replies)
{
    size_t        i;
    ngx_int_t     rc;
    redisReply  **element;

    rc = ngx_http_vol_unpack(batch->pool, (u_char *) reply->str, reply->len,
                             replies);
    if (rc != NGX_OK) {
        return rc;
    }

    if ((*replies)->type != REDIS_REPLY_ARRAY
        || (*replies)->elements != batch->ncalls)
    {
        return NGX_DECLINED;
    }

    for (i = 0; i < (*replies)->elements; i++) {
        element = &(*replies)->element[i];

        if ((*element)->type == REDIS_REPLY_STRING
            && ngx_http_vol_unpack_reply(batch->pool, element) == NGX_ERROR)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_vol_batch_read_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_batch_t  *batch = data;

    if (outcome != NGX_HTTP_VOL_NODE_REPLIED) {
        ngx_http_vol_batch_failed(batch, NGX_HTTP_VOL_CALL_UNAVAILABLE);
        return;
    }

    if (batch->next == NULL) {
        ngx_http_vol_batch_time(batch, reply);
        return;
    }

    ngx_http_vol_batch_read(batch, reply);

    if (batch->op.due) {
        return;
    }

    if (ngx_queue_empty(&batch->calls)) {
        ngx_http_vol_batch_done(batch, NGX_HTTP_VOL_CALL_REPLIED, NULL);
        return;
    }

    /* for the others the script is run */

    ngx_http_vol_batch_leave(batch);
    batch->reader = NULL;
    ngx_http_vol_batch_flow(batch)->sent++;

    ngx_str_null(&batch->op.command);

    if (ngx_http_vol_batch_send(batch) != NGX_OK) {
        ngx_http_vol_batch_done(batch, NGX_HTTP_VOL_CALL_UNAVAILABLE, NULL);
    }
}


static void
ngx_http_vol_batch_time(ngx_http_vol_batch_t *batch, redisReply *reply)
{
    batch->next = ngx_queue_head(&batch->calls);
    batch->read.now = NGX_ERROR;

    if (reply->type == REDIS_REPLY_ARRAY
        && reply->elements == 2
        && reply->element[0]->type == REDIS_REPLY_STRING)
    {
        batch->read.now = ngx_atotm((u_char *) reply->element[0]->str,
                                    reply->element[0]->len);
    }
}


/* the reply to the next call; where it tells too little, the script is to run */

static void
ngx_http_vol_batch_read(ngx_http_vol_batch_t *batch, redisReply *reply)
{
    ngx_queue_t          *q;
    redisReply           *made;
    ngx_http_vol_call_t  *call;

    q = batch->next;
    batch->next = ngx_queue_next(q);

    call = ngx_queue_data(q, ngx_http_vol_call_t, queue);

    batch->read.argv = call->argv;

    made = batch->read.now == NGX_ERROR
           ? NULL : batch->reader(&batch->read, reply);

    if (made == NULL) {
        return;
    }

    ngx_queue_remove(q);
    batch->ncalls--;

    ngx_http_vol_call_done(batch, call, made);
}


/*
 * Lines of an import that were not done are called again, so those that gather
 * behind them must not be done before.
 */

static void
ngx_http_vol_batch_failed(ngx_http_vol_batch_t *failed,
    ngx_http_vol_call_outcome_e outcome)
{
    ngx_uint_t             ordered;
    ngx_queue_t           *q, *next, behind;
    ngx_http_vol_batch_t  *batch;
    ngx_http_vol_node_t  *node;

    node = failed->node;
    ordered = failed->arguments.ordered;

    ngx_queue_init(&behind);

    for (q = ngx_queue_head(&node->batches);
         ordered && q != ngx_queue_sentinel(&node->batches);
         q = next)
    {
        next = ngx_queue_next(q);
        batch = ngx_queue_data(q, ngx_http_vol_batch_t, queue);

        if (batch->arguments.ordered) {
            ngx_queue_remove(q);
            ngx_queue_insert_tail(&behind, q);

            node->ncalls -= batch->ncalls;
            ngx_http_vol_batch_flow(batch)->sent++;
        }
    }

    ngx_http_vol_batch_done(failed, outcome, failed->replies);

    while (!ngx_queue_empty(&behind)) {
        q = ngx_queue_head(&behind);
        ngx_queue_remove(q);

        batch = ngx_queue_data(q, ngx_http_vol_batch_t, queue);

        ngx_http_vol_batch_done(batch, NGX_HTTP_VOL_CALL_UNAVAILABLE, NULL);
    }
}


/*
 * replies: NULL, or those of the calls; with another outcome that of all which
 * did not fail by themselves
 */

static void
ngx_http_vol_batch_done(ngx_http_vol_batch_t *batch,
    ngx_http_vol_call_outcome_e outcome, redisReply *replies)
{
    size_t                i;
    ngx_queue_t          *q;
    redisReply           *reply;
    ngx_http_vol_call_t  *call;

    i = 0;

    ngx_http_vol_reach_leave(batch);
    ngx_http_vol_batch_leave(batch);

    for (q = ngx_queue_head(&batch->calls);
         q != ngx_queue_sentinel(&batch->calls);
         q = ngx_queue_next(q))
    {
        call = ngx_queue_data(q, ngx_http_vol_call_t, queue);

        reply = replies ? replies->element[i++] : NULL;

        if (reply && (outcome == NGX_HTTP_VOL_CALL_REPLIED
                      || reply->type != REDIS_REPLY_ARRAY))
        {
            ngx_http_vol_call_done(batch, call, reply);

        } else if (call->handler) {
            call->handler(call->data, outcome, NULL);
        }
    }

    ngx_destroy_pool(batch->pool);
}


/* a batch is under way no more; those that gathered behind it may go */

static void
ngx_http_vol_batch_leave(ngx_http_vol_batch_t *batch)
{
    ngx_http_vol_node_t  *node;

    node = batch->node;

    ngx_http_vol_batch_flow(batch)->done++;

    if (!ngx_queue_empty(&node->batches)) {
        ngx_post_event(&node->gather, &ngx_posted_events);
    }
}


static void
ngx_http_vol_call_done(ngx_http_vol_batch_t *batch, ngx_http_vol_call_t *call,
    redisReply *reply)
{
    ngx_http_vol_call_outcome_e  outcome;

    if (reply->type == REDIS_REPLY_ARRAY && reply->elements) {
        outcome = NGX_HTTP_VOL_CALL_REPLIED;

        if (batch->arguments.write) {
            ngx_http_vol_node_well(batch->node);
        }

    } else {

        if (reply->type == REDIS_REPLY_STRING) {
            reply->type = REDIS_REPLY_ERROR;
        }

        outcome = ngx_http_vol_script_failed(batch->node,
                                             batch->arguments.script, reply);
        reply = NULL;
    }

    if (call->handler) {
        call->handler(call->data, outcome, reply);
    }
}
