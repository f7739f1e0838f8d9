
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fuzz.h"


/*
 * A byte for the row of the table, then values for a reply of that row's shape:
 * a byte for what it is, and what it takes.  So the bytes come through, which
 * those of the target "reply" seldom do.
 */


#define NGX_HTTP_VOL_FUZZ_ELEMENTS  512


typedef struct {
    u_char       *data;
    size_t        size;
    redisReply   *element[NGX_HTTP_VOL_FUZZ_ELEMENTS];
    size_t        n;
} ngx_http_vol_fuzz_values_t;


static void ngx_http_vol_fuzz_members(ngx_http_vol_fuzz_values_t *values,
    ngx_http_vol_shape_t *shape);
static redisReply *ngx_http_vol_fuzz_value(ngx_http_vol_fuzz_values_t *values,
    ngx_http_vol_shape_t *shape);
static void ngx_http_vol_fuzz_rows(ngx_http_vol_fuzz_values_t *values,
    ngx_http_vol_shape_t *shape, redisReply *reply);
static void ngx_http_vol_fuzz_string(ngx_http_vol_fuzz_values_t *values,
    redisReply *reply, size_t len);
static void ngx_http_vol_fuzz_array(redisReply *reply, redisReply **element,
    size_t n);


void
ngx_http_vol_fuzz_shape(u_char *data, size_t size)
{
    redisReply                   reply, head[2];
    ngx_uint_t                   row;
    ngx_http_vol_endpoint_t     *ep;
    ngx_http_vol_fuzz_values_t   values;

    row = ngx_http_vol_fuzz_byte(&data, &size);

    for (ep = ngx_http_vol_endpoints; row && ep[1].method; row--) {
        ep++;
    }

    if (ep->reply == NULL) {
        return;
    }

    ngx_memzero(&reply, sizeof(redisReply));
    ngx_memzero(head, sizeof(head));

    head[0].type = REDIS_REPLY_INTEGER;
    head[0].integer = NGX_HTTP_OK;
    head[1].type = REDIS_REPLY_INTEGER;

    values.data = data;
    values.size = size;
    values.element[0] = &head[0];
    values.element[1] = &head[1];
    values.n = 2;

    ngx_http_vol_fuzz_members(&values, ep->reply);
    ngx_http_vol_fuzz_array(&reply, values.element, values.n);

    ngx_http_vol_fuzz_outcome(ep, &reply);
}


static void
ngx_http_vol_fuzz_members(ngx_http_vol_fuzz_values_t *values,
    ngx_http_vol_shape_t *shape)
{
    for ( /* void */ ; shape->name.len; shape++) {

        if (shape->type == NGX_HTTP_VOL_SHAPE_OBJECT) {
            ngx_http_vol_fuzz_members(values, shape->of);

        } else if (values->n < NGX_HTTP_VOL_FUZZ_ELEMENTS) {
            values->element[values->n++] = ngx_http_vol_fuzz_value(values,
                                                                   shape);
        }
    }
}


static redisReply *
ngx_http_vol_fuzz_value(ngx_http_vol_fuzz_values_t *values,
    ngx_http_vol_shape_t *shape)
{
    u_char       what;
    ngx_uint_t   i;
    redisReply  *reply;

    reply = ngx_pcalloc(ngx_http_vol_fuzz_cf->pool, sizeof(redisReply));
    must(reply);

    what = ngx_http_vol_fuzz_byte(&values->data, &values->size);

    switch (what & 7) {

    case 0:
        reply->type = REDIS_REPLY_NIL;
        break;

    case 1:
        reply->type = REDIS_REPLY_INTEGER;
        reply->integer = what >> 3;
        break;

    case 2:
        reply->type = REDIS_REPLY_INTEGER;

        for (i = 0; i < 8; i++) {
            reply->integer = (unsigned long long) reply->integer << 8
                             | ngx_http_vol_fuzz_byte(&values->data,
                                                      &values->size);
        }

        break;

    case 3:
        ngx_http_vol_fuzz_string(values, reply, 18);
        break;

    default:
        if (shape->type == NGX_HTTP_VOL_SHAPE_LIST) {
            ngx_http_vol_fuzz_rows(values, shape->of, reply);

        } else {
            ngx_http_vol_fuzz_string(values, reply, what >> 3);
        }

        break;
    }

    return reply;
}


static void
ngx_http_vol_fuzz_rows(ngx_http_vol_fuzz_values_t *values,
    ngx_http_vol_shape_t *shape, redisReply *reply)
{
    size_t       i, n, first;
    redisReply  *rows[3];

    n = ngx_http_vol_fuzz_byte(&values->data, &values->size) % 4;

    for (i = 0; i < n; i++) {
        rows[i] = ngx_pcalloc(ngx_http_vol_fuzz_cf->pool, sizeof(redisReply));
        must(rows[i]);

        first = values->n;
        ngx_http_vol_fuzz_members(values, shape);
        ngx_http_vol_fuzz_array(rows[i], values->element + first,
                                values->n - first);
        values->n = first;
    }

    ngx_http_vol_fuzz_array(reply, rows, n);
}


static void
ngx_http_vol_fuzz_string(ngx_http_vol_fuzz_values_t *values,
    redisReply *reply, size_t len)
{
    len = ngx_min(len, values->size);

    reply->type = REDIS_REPLY_STRING;
    reply->len = len;
    reply->str = ngx_pnalloc(ngx_http_vol_fuzz_cf->pool, len + 1);
    must(reply->str);

    ngx_memcpy(reply->str, values->data, len);
    reply->str[len] = '\0';

    values->data += len;
    values->size -= len;
}


static void
ngx_http_vol_fuzz_array(redisReply *reply, redisReply **element, size_t n)
{
    reply->type = REDIS_REPLY_ARRAY;
    reply->elements = n;

    if (n) {
        reply->element = ngx_palloc(ngx_http_vol_fuzz_cf->pool,
                                    n * sizeof(redisReply *));
        must(reply->element);

        ngx_memcpy(reply->element, element, n * sizeof(redisReply *));
    }
}
