
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_unpack.h"


/*
 * All replies of a batch come as one string, for Redis and hiredis spend more
 * on the elements of an array than many a script on what it does.
 */


#define NGX_HTTP_VOL_UNPACK_HEAD  2         /* status, replayed */


typedef struct {
    ngx_pool_t  *pool;
    u_char      *pos;
    u_char      *last;
} ngx_http_vol_unpacker_t;


static ngx_int_t ngx_http_vol_unpack_value(ngx_http_vol_unpacker_t *unpacker,
    redisReply *reply, ngx_uint_t depth);
static ngx_int_t ngx_http_vol_unpack_array(ngx_http_vol_unpacker_t *unpacker,
    redisReply *reply, size_t n, ngx_uint_t depth);
static ngx_int_t ngx_http_vol_unpack_string(ngx_http_vol_unpacker_t *unpacker,
    redisReply *reply, size_t len);
static ngx_int_t ngx_http_vol_unpack_integer(redisReply *reply, int64_t n);
static ngx_int_t ngx_http_vol_unpack_number(ngx_http_vol_unpacker_t *unpacker,
    size_t bytes, uint64_t *n);
static ngx_int_t ngx_http_vol_unpack_text(ngx_pool_t *pool,
    redisReply **reply);


ngx_int_t
ngx_http_vol_unpack(ngx_pool_t *pool, u_char *data, size_t len,
    redisReply **reply)
{
    ngx_int_t                rc;
    ngx_http_vol_unpacker_t  unpacker;

    *reply = ngx_pcalloc(pool, sizeof(redisReply));
    if (*reply == NULL) {
        return NGX_ERROR;
    }

    unpacker.pool = pool;
    unpacker.pos = data;
    unpacker.last = data + len;

    rc = ngx_http_vol_unpack_value(&unpacker, *reply, 0);

    return rc == NGX_OK && unpacker.pos != unpacker.last ? NGX_DECLINED : rc;
}


static ngx_int_t
ngx_http_vol_unpack_value(ngx_http_vol_unpacker_t *unpacker, redisReply *reply,
    ngx_uint_t depth)
{
    u_char    type;
    uint64_t  n;

    if (unpacker->pos == unpacker->last) {
        return NGX_DECLINED;
    }

    type = *unpacker->pos++;

    if (type <= 0x7f || type >= 0xe0) {             /* fixint */
        return ngx_http_vol_unpack_integer(reply, (int8_t) type);
    }

    if (type >= 0x90 && type <= 0x9f) {             /* fixarray */
        return ngx_http_vol_unpack_array(unpacker, reply, type & 0x0f, depth);
    }

    if (type >= 0xa0 && type <= 0xbf) {             /* fixstr */
        return ngx_http_vol_unpack_string(unpacker, reply, type & 0x1f);
    }

    switch (type) {

    case 0xc0:                                      /* nil */
    case 0xc2:                                      /* false */
        reply->type = REDIS_REPLY_NIL;
        return NGX_OK;

    case 0xc3:                                      /* true */
        return ngx_http_vol_unpack_integer(reply, 1);

    case 0xcc:                                      /* uint 8 .. 64 */
    case 0xcd:
    case 0xce:
    case 0xcf:
        if (ngx_http_vol_unpack_number(unpacker, 1 << (type - 0xcc), &n)
            != NGX_OK || n > INT64_MAX)
        {
            return NGX_DECLINED;
        }

        return ngx_http_vol_unpack_integer(reply, n);

    case 0xd0:                                      /* int 8 .. 64 */
    case 0xd1:
    case 0xd2:
    case 0xd3:
        if (ngx_http_vol_unpack_number(unpacker, 1 << (type - 0xd0), &n)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }

        switch (type) {
        case 0xd0:
            return ngx_http_vol_unpack_integer(reply, (int8_t) n);
        case 0xd1:
            return ngx_http_vol_unpack_integer(reply, (int16_t) n);
        case 0xd2:
            return ngx_http_vol_unpack_integer(reply, (int32_t) n);
        default:
            return ngx_http_vol_unpack_integer(reply, (int64_t) n);
        }

    case 0xd9:                                      /* str 8 .. 32 */
    case 0xda:
    case 0xdb:
        if (ngx_http_vol_unpack_number(unpacker, 1 << (type - 0xd9), &n)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }

        return ngx_http_vol_unpack_string(unpacker, reply, n);

    case 0xdc:                                      /* array 16, 32 */
    case 0xdd:
        if (ngx_http_vol_unpack_number(unpacker, 2 << (type - 0xdc), &n)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }

        return ngx_http_vol_unpack_array(unpacker, reply, n, depth);

    default:                                        /* maps, floats, ... */
        return NGX_DECLINED;
    }
}


static ngx_int_t
ngx_http_vol_unpack_array(ngx_http_vol_unpacker_t *unpacker, redisReply *reply,
    size_t n, ngx_uint_t depth)
{
    size_t       i;
    ngx_int_t    rc;
    redisReply  *elements;

    /* every element takes a byte at least */

    if (depth == NGX_HTTP_VOL_UNPACK_DEPTH
        || n > (size_t) (unpacker->last - unpacker->pos))
    {
        return NGX_DECLINED;
    }

    reply->type = REDIS_REPLY_ARRAY;
    reply->elements = n;

    if (n == 0) {
        return NGX_OK;
    }

    reply->element = ngx_palloc(unpacker->pool, n * sizeof(redisReply *));
    elements = ngx_pcalloc(unpacker->pool, n * sizeof(redisReply));

    if (reply->element == NULL || elements == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        reply->element[i] = &elements[i];

        rc = ngx_http_vol_unpack_value(unpacker, &elements[i], depth + 1);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_unpack_string(ngx_http_vol_unpacker_t *unpacker,
    redisReply *reply, size_t len)
{
    if (len > (size_t) (unpacker->last - unpacker->pos)) {
        return NGX_DECLINED;
    }

    reply->type = REDIS_REPLY_STRING;
    reply->len = len;
    reply->str = ngx_pnalloc(unpacker->pool, len + 1);

    if (reply->str == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(reply->str, unpacker->pos, len);
    reply->str[len] = '\0';

    unpacker->pos += len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_unpack_integer(redisReply *reply, int64_t n)
{
    reply->type = REDIS_REPLY_INTEGER;
    reply->integer = n;

    return NGX_OK;
}


/* so many bytes, the highest first */

static ngx_int_t
ngx_http_vol_unpack_number(ngx_http_vol_unpacker_t *unpacker, size_t bytes,
    uint64_t *n)
{
    if (bytes > (size_t) (unpacker->last - unpacker->pos)) {
        return NGX_DECLINED;
    }

    for (*n = 0; bytes; bytes--) {
        *n = *n << 8 | *unpacker->pos++;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_unpack_reply(ngx_pool_t *pool, redisReply **reply)
{
    u_char      *data;
    size_t       len;
    ngx_int_t    rc;
    redisReply  *packed;

    data = (u_char *) (*reply)->str;
    len = (*reply)->len;

    if (len == 0) {
        return NGX_DECLINED;
    }

    if (data[0] >= '0' && data[0] <= '9') {
        return ngx_http_vol_unpack_text(pool, reply);
    }

    /* no text of an error begins as an array does */

    if (data[0] < 0x90) {
        return NGX_DECLINED;
    }

    rc = ngx_http_vol_unpack(pool, data, len, &packed);

    if (rc == NGX_OK) {
        *reply = packed;
    }

    return rc;
}


static ngx_int_t
ngx_http_vol_unpack_text(ngx_pool_t *pool, redisReply **reply)
{
    size_t        i, n;
    u_char       *p, *last, *tab;
    redisReply   *value, **element;

    p = (u_char *) (*reply)->str;
    last = p + (*reply)->len;

    for (n = 1; p < last; p++) {
        n += (*p == '\t');
    }

    if (n < NGX_HTTP_VOL_UNPACK_HEAD) {
        return NGX_DECLINED;
    }

    value = ngx_pcalloc(pool, n * sizeof(redisReply));
    element = ngx_palloc(pool, n * sizeof(redisReply *));

    if (value == NULL || element == NULL) {
        return NGX_ERROR;
    }

    p = (u_char *) (*reply)->str;

    for (i = 0; i < n; i++) {
        element[i] = &value[i];

        for (tab = p; tab < last && *tab != '\t'; tab++) { /* void */ }

        value[i].type = REDIS_REPLY_STRING;
        value[i].str = (char *) p;
        value[i].len = tab - p;

        p = tab + 1;
    }

    for (i = 0; i < NGX_HTTP_VOL_UNPACK_HEAD; i++) {
        value[i].type = REDIS_REPLY_INTEGER;
        value[i].integer = ngx_atoi((u_char *) value[i].str, value[i].len);

        if (value[i].integer == NGX_ERROR) {
            return NGX_DECLINED;
        }
    }

    (*reply)->type = REDIS_REPLY_ARRAY;
    (*reply)->elements = n;
    (*reply)->element = element;

    return NGX_OK;
}
