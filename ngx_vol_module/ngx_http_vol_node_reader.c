
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_node.h"


/*
 * hiredis reads replies, and asks for each object.  In a pool, which is reset
 * when the reply was handled, they take a third of what malloc() takes.
 */


#if (HIREDIS_MAJOR)
typedef size_t  ngx_http_vol_node_count_t;
#else
typedef int     ngx_http_vol_node_count_t;
#endif


static void *ngx_http_vol_node_string(const redisReadTask *task, char *str,
    size_t len);
static void *ngx_http_vol_node_array(const redisReadTask *task,
    ngx_http_vol_node_count_t elements);
static void *ngx_http_vol_node_integer(const redisReadTask *task,
    long long integer);
static void *ngx_http_vol_node_nil(const redisReadTask *task);
#if (HIREDIS_MAJOR)
static void *ngx_http_vol_node_double(const redisReadTask *task, double value,
    char *str, size_t len);
static void *ngx_http_vol_node_boolean(const redisReadTask *task, int value);
#endif
static redisReply *ngx_http_vol_node_object(const redisReadTask *task);
static void ngx_http_vol_node_forget(void *reply);


redisReader *
ngx_http_vol_node_reader(ngx_pool_t *pool)
{
    redisReader  *reader;

    static redisReplyObjectFunctions  functions;

    functions.createString = ngx_http_vol_node_string;
    functions.createArray = ngx_http_vol_node_array;
    functions.createInteger = ngx_http_vol_node_integer;
    functions.createNil = ngx_http_vol_node_nil;
    functions.freeObject = ngx_http_vol_node_forget;

#if (HIREDIS_MAJOR)
    functions.createDouble = ngx_http_vol_node_double;
    functions.createBool = ngx_http_vol_node_boolean;
#endif

    reader = redisReaderCreateWithFunctions(&functions);

    if (reader) {
        reader->privdata = pool;
    }

    return reader;
}


static void *
ngx_http_vol_node_string(const redisReadTask *task, char *str, size_t len)
{
    redisReply  *reply;

    reply = ngx_http_vol_node_object(task);
    if (reply == NULL) {
        return NULL;
    }

    reply->str = ngx_pnalloc(task->privdata, len + 1);
    if (reply->str == NULL) {
        return NULL;
    }

    ngx_memcpy(reply->str, str, len);
    reply->str[len] = '\0';
    reply->len = len;

    return reply;
}


/*
 * The elements come with their array, whose size the first bytes tell: what is
 * no reply to us must not take all memory.
 */

static void *
ngx_http_vol_node_array(const redisReadTask *task,
    ngx_http_vol_node_count_t elements)
{
    size_t       i, n;
    redisReply  *reply, *element;

    n = elements;

    if (n > NGX_HTTP_VOL_NODE_ELEMENTS_MAX) {
        return NULL;
    }

    reply = ngx_http_vol_node_object(task);
    if (reply == NULL) {
        return NULL;
    }

    if (n == 0) {
        return reply;
    }

    reply->element = ngx_palloc(task->privdata, n * sizeof(redisReply *));
    element = ngx_pcalloc(task->privdata, n * sizeof(redisReply));

    if (reply->element == NULL || element == NULL) {
        return NULL;
    }

    for (i = 0; i < n; i++) {
        reply->element[i] = &element[i];
    }

    reply->elements = n;

    return reply;
}


static void *
ngx_http_vol_node_integer(const redisReadTask *task, long long integer)
{
    redisReply  *reply;

    reply = ngx_http_vol_node_object(task);

    if (reply) {
        reply->integer = integer;
    }

    return reply;
}


static void *
ngx_http_vol_node_nil(const redisReadTask *task)
{
    redisReply  *reply;

    reply = ngx_http_vol_node_object(task);

    /* the task's type is that of what is absent */

    if (reply) {
        reply->type = REDIS_REPLY_NIL;
    }

    return reply;
}


#if (HIREDIS_MAJOR)

/* RESP2, which is what we speak, has neither: the connection is closed */

static void *
ngx_http_vol_node_double(const redisReadTask *task, double value, char *str,
    size_t len)
{
    return NULL;
}


static void *
ngx_http_vol_node_boolean(const redisReadTask *task, int value)
{
    return NULL;
}

#endif


static redisReply *
ngx_http_vol_node_object(const redisReadTask *task)
{
    redisReply  *reply, *array;

    if (task->parent) {
        array = task->parent->obj;
        reply = array->element[task->idx];

    } else {
        reply = ngx_pcalloc(task->privdata, sizeof(redisReply));
    }

    if (reply) {
        reply->type = task->type;
    }

    return reply;
}


/* the pool does */

static void
ngx_http_vol_node_forget(void *reply)
{
}
