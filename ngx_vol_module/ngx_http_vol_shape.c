
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include "ngx_http_vol_code.h"
#include "ngx_http_vol_time.h"


/*
 * A script's flat reply becomes JSON as its shape tells: the text is written in
 * one pass, into memory for the most that it can take.
 */


#define NGX_HTTP_VOL_SHAPE_VALUE  (NGX_HTTP_VOL_TIME_LEN + 2)
#define NGX_HTTP_VOL_SHAPE_ESCAPE (sizeof("\\u001f") - 1)


typedef struct {
    u_char                  *last;          /* of what is written */
    ngx_int_t                utc_offset;
} ngx_http_vol_writer_t;


static size_t ngx_http_vol_shape_bound(ngx_http_vol_shape_t *shape,
    redisReply **elements, size_t nelements, size_t *n);
static size_t ngx_http_vol_shape_value_bound(ngx_http_vol_shape_t *shape,
    redisReply *reply);
static ngx_int_t ngx_http_vol_shape_members(ngx_http_vol_writer_t *writer,
    ngx_http_vol_shape_t *shape, redisReply **elements, size_t nelements,
    size_t *n);
static ngx_int_t ngx_http_vol_shape_object(ngx_http_vol_writer_t *writer,
    ngx_http_vol_shape_t *shape, redisReply **elements, size_t nelements,
    size_t *n);
static ngx_int_t ngx_http_vol_shape_list(ngx_http_vol_writer_t *writer,
    ngx_http_vol_shape_t *shape, redisReply *reply);
static ngx_int_t ngx_http_vol_shape_value(ngx_http_vol_writer_t *writer,
    ngx_http_vol_shape_t *shape, redisReply *reply);
static ngx_int_t ngx_http_vol_shape_number(ngx_http_vol_writer_t *writer,
    ngx_http_vol_shape_t *shape, redisReply *reply);
static ngx_int_t ngx_http_vol_shape_string(ngx_http_vol_writer_t *writer,
    u_char *data, size_t len);
static ngx_int_t ngx_http_vol_shape_ids(ngx_http_vol_writer_t *writer,
    redisReply *reply);
static ngx_int_t ngx_http_vol_shape_code(ngx_http_vol_writer_t *writer,
    redisReply *reply);
static void ngx_http_vol_shape_put(ngx_http_vol_writer_t *writer, void *data,
    size_t len);
static ngx_int_t ngx_http_vol_shape_integer(redisReply *reply, int64_t *value);
static ngx_uint_t ngx_http_vol_shape_absent(redisReply *reply);


#define ngx_http_vol_shape_text(writer, text)                                 \
    ngx_http_vol_shape_put(writer, text, sizeof(text) - 1)


ngx_int_t
ngx_http_vol_shape(ngx_pool_t *pool, ngx_http_vol_shape_t *shape,
    redisReply **elements, size_t nelements, size_t *n, ngx_int_t utc_offset,
    ngx_str_t *json)
{
    size_t                 first;
    ngx_int_t              rc;
    ngx_http_vol_writer_t  writer;

    first = *n;

    json->data = ngx_pnalloc(pool, ngx_http_vol_shape_bound(shape, elements,
                                                            nelements, n));
    if (json->data == NULL) {
        return NGX_ERROR;
    }

    *n = first;

    writer.last = json->data;
    writer.utc_offset = utc_offset;

    rc = ngx_http_vol_shape_members(&writer, shape, elements, nelements, n);

    json->len = writer.last - json->data;

    return rc;
}


/* the most that a reply of that shape can take; of another shape, any */

static size_t
ngx_http_vol_shape_bound(ngx_http_vol_shape_t *shape, redisReply **elements,
    size_t nelements, size_t *n)
{
    size_t  bound;

    bound = sizeof("{}") - 1;

    for ( /* void */ ; shape->name.len; shape++) {

        bound += sizeof("\"\":,") - 1 + shape->name.len;

        if (shape->type == NGX_HTTP_VOL_SHAPE_OBJECT) {
            bound += sizeof("null") - 1
                     + ngx_http_vol_shape_bound(shape->of, elements, nelements,
                                                n);

        } else if (*n < nelements) {
            bound += ngx_http_vol_shape_value_bound(shape, elements[(*n)++]);
        }
    }

    return bound;
}


static size_t
ngx_http_vol_shape_value_bound(ngx_http_vol_shape_t *shape, redisReply *reply)
{
    size_t       i, n, bound;
    redisReply  *item;

    bound = NGX_HTTP_VOL_SHAPE_VALUE;

    if (reply->type == REDIS_REPLY_STRING) {
        return bound + NGX_HTTP_VOL_SHAPE_ESCAPE * reply->len;
    }

    if (reply->type == REDIS_REPLY_ARRAY
        && shape->type == NGX_HTTP_VOL_SHAPE_LIST)
    {
        for (i = 0; i < reply->elements; i++) {
            item = reply->element[i];
            n = 0;

            if (item->type == REDIS_REPLY_ARRAY) {
                bound += sizeof(",") - 1
                         + ngx_http_vol_shape_bound(shape->of, item->element,
                                                    item->elements, &n);
            }
        }
    }

    return bound;
}


static ngx_int_t
ngx_http_vol_shape_members(ngx_http_vol_writer_t *writer,
    ngx_http_vol_shape_t *shape, redisReply **elements, size_t nelements,
    size_t *n)
{
    ngx_int_t    rc;
    redisReply  *reply;
    ngx_uint_t   members;

    ngx_http_vol_shape_text(writer, "{");

    members = 0;

    for ( /* void */ ; shape->name.len; shape++) {

        if (*n >= nelements) {
            return NGX_DECLINED;
        }

        reply = elements[*n];

        if (shape->type != NGX_HTTP_VOL_SHAPE_OBJECT) {
            (*n)++;

            if ((shape->flags & NGX_HTTP_VOL_OMIT)
                && ngx_http_vol_shape_absent(reply))
            {
                continue;
            }
        }

        if (members++) {
            ngx_http_vol_shape_text(writer, ",");
        }

        ngx_http_vol_shape_text(writer, "\"");
        ngx_http_vol_shape_put(writer, shape->name.data, shape->name.len);
        ngx_http_vol_shape_text(writer, "\":");

        if (shape->type == NGX_HTTP_VOL_SHAPE_OBJECT) {
            rc = ngx_http_vol_shape_object(writer, shape, elements, nelements,
                                           n);
        } else {
            rc = ngx_http_vol_shape_value(writer, shape, reply);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    ngx_http_vol_shape_text(writer, "}");

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_shape_object(ngx_http_vol_writer_t *writer,
    ngx_http_vol_shape_t *shape, redisReply **elements, size_t nelements,
    size_t *n)
{
    ngx_http_vol_shape_t  *of;

    if ((shape->flags & NGX_HTTP_VOL_NULL)
        && ngx_http_vol_shape_absent(elements[*n]))
    {
        /* of the last one, only its absence need be told */

        for (of = shape->of; of->name.len && *n < nelements; of++) {
            (*n)++;
        }

        ngx_http_vol_shape_text(writer, "null");

        return NGX_OK;
    }

    return ngx_http_vol_shape_members(writer, shape->of, elements, nelements,
                                      n);
}


static ngx_int_t
ngx_http_vol_shape_list(ngx_http_vol_writer_t *writer,
    ngx_http_vol_shape_t *shape, redisReply *reply)
{
    size_t       i, n;
    ngx_int_t    rc;
    redisReply  *item;

    if (reply->type != REDIS_REPLY_ARRAY) {
        return NGX_DECLINED;
    }

    ngx_http_vol_shape_text(writer, "[");

    for (i = 0; i < reply->elements; i++) {

        if (i) {
            ngx_http_vol_shape_text(writer, ",");
        }

        item = reply->element[i];
        n = 0;

        if (item->type != REDIS_REPLY_ARRAY) {
            return NGX_DECLINED;
        }

        rc = ngx_http_vol_shape_members(writer, shape->of, item->element,
                                        item->elements, &n);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    ngx_http_vol_shape_text(writer, "]");

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_shape_value(ngx_http_vol_writer_t *writer,
    ngx_http_vol_shape_t *shape, redisReply *reply)
{
    if (shape->type == NGX_HTTP_VOL_SHAPE_LIST) {
        return ngx_http_vol_shape_list(writer, shape, reply);
    }

    if ((shape->flags & NGX_HTTP_VOL_NULL) && ngx_http_vol_shape_absent(reply))
    {
        ngx_http_vol_shape_text(writer, "null");
        return NGX_OK;
    }

    switch (shape->type) {

    case NGX_HTTP_VOL_SHAPE_STRING:
        if (reply->type != REDIS_REPLY_STRING) {
            return NGX_DECLINED;
        }

        return ngx_http_vol_shape_string(writer, (u_char *) reply->str,
                                         reply->len);

    case NGX_HTTP_VOL_SHAPE_IDS:
        return ngx_http_vol_shape_ids(writer, reply);

    case NGX_HTTP_VOL_SHAPE_CODE:
        return ngx_http_vol_shape_code(writer, reply);

    default:
        return ngx_http_vol_shape_number(writer, shape, reply);
    }
}


static ngx_int_t
ngx_http_vol_shape_number(ngx_http_vol_writer_t *writer,
    ngx_http_vol_shape_t *shape, redisReply *reply)
{
    int64_t  n;

    if (ngx_http_vol_shape_integer(reply, &n) != NGX_OK) {
        return NGX_DECLINED;
    }

    switch (shape->type) {

    case NGX_HTTP_VOL_SHAPE_INTEGER:
        writer->last = ngx_sprintf(writer->last, "%L", n);
        return NGX_OK;

    case NGX_HTTP_VOL_SHAPE_BOOLEAN:
        if (n) {
            ngx_http_vol_shape_text(writer, "true");

        } else {
            ngx_http_vol_shape_text(writer, "false");
        }

        return NGX_OK;

    default:
        break;
    }

    ngx_http_vol_shape_text(writer, "\"");

    switch (shape->type) {

    case NGX_HTTP_VOL_SHAPE_DATE:
        writer->last = ngx_http_vol_date_format(writer->last, n);
        break;

    case NGX_HTTP_VOL_SHAPE_ENTRY_TIME:
        writer->last = ngx_http_vol_time_format(writer->last, n / 1000,
                                                writer->utc_offset);
        break;

    default: /* NGX_HTTP_VOL_SHAPE_TIME */
        writer->last = ngx_http_vol_time_format(writer->last, n,
                                                writer->utc_offset);
        break;
    }

    ngx_http_vol_shape_text(writer, "\"");

    return NGX_OK;
}


/* what is not UTF-8 was written by no script */

static ngx_int_t
ngx_http_vol_shape_string(ngx_http_vol_writer_t *writer, u_char *data,
    size_t len)
{
    u_char    *p, *last, *next;
    uint32_t   ch;

    last = data + len;

    for (p = data; p < last; p = next) {
        next = p + 1;

        if (*p < 0x80) {
            continue;
        }

        next = p;
        ch = ngx_utf8_decode(&next, last - p);

        if (ch > 0x10ffff || (ch >= 0xd800 && ch <= 0xdfff)) {
            return NGX_DECLINED;
        }

        /* nginx lets one character begin inside another */

        while (++p < next) {
            if ((*p & 0xc0) != 0x80) {
                return NGX_DECLINED;
            }
        }
    }

    ngx_http_vol_shape_text(writer, "\"");
    writer->last = (u_char *) ngx_escape_json(writer->last, data, len);
    ngx_http_vol_shape_text(writer, "\"");

    return NGX_OK;
}


/* ids with commas between; none has what must be escaped */

static ngx_int_t
ngx_http_vol_shape_ids(ngx_http_vol_writer_t *writer, redisReply *reply)
{
    size_t  i, n;

    if (reply->type != REDIS_REPLY_STRING) {
        return NGX_DECLINED;
    }

    n = 0;

    ngx_http_vol_shape_text(writer, "[");

    for (i = 0; i < reply->len; i = n + 1) {

        for (n = i; n < reply->len && reply->str[n] != ','; n++) {
            /* void */
        }

        if (i) {
            ngx_http_vol_shape_text(writer, ",");
        }

        if (ngx_http_vol_shape_string(writer, (u_char *) reply->str + i, n - i)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }
    }

    ngx_http_vol_shape_text(writer, "]");

    return NGX_OK;
}


/* its symbols are among those of ids; none has what must be escaped */

static ngx_int_t
ngx_http_vol_shape_code(ngx_http_vol_writer_t *writer, redisReply *reply)
{
    ngx_str_t  code;

    if (reply->type != REDIS_REPLY_STRING
        || reply->len != NGX_HTTP_VOL_CODE_LEN)
    {
        return NGX_DECLINED;
    }

    code.data = (u_char *) reply->str;
    code.len = reply->len;

    if (!ngx_http_vol_is_id(&code)) {
        return NGX_DECLINED;
    }

    ngx_http_vol_shape_text(writer, "\"");
    writer->last = ngx_http_vol_code_show(writer->last, code.data);
    ngx_http_vol_shape_text(writer, "\"");

    return NGX_OK;
}


static void
ngx_http_vol_shape_put(ngx_http_vol_writer_t *writer, void *data, size_t len)
{
    writer->last = ngx_cpymem(writer->last, data, len);
}


/* an integer, a number in a string, or the milliseconds of an entry's id */

static ngx_int_t
ngx_http_vol_shape_integer(redisReply *reply, int64_t *value)
{
    u_char     *p;
    size_t      len;
    ngx_int_t   minus;

    if (reply->type == REDIS_REPLY_INTEGER) {
        *value = reply->integer;
        return NGX_OK;
    }

    if (reply->type != REDIS_REPLY_STRING || reply->len == 0) {
        return NGX_ERROR;
    }

    minus = (reply->str[0] == '-');
    p = (u_char *) reply->str + minus;
    len = 0;

    while (len < reply->len - minus && p[len] != '-') {
        len++;
    }

    *value = ngx_atoof(p, len);

    if (*value == NGX_ERROR) {
        return NGX_ERROR;
    }

    *value = minus ? -*value : *value;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_vol_shape_absent(redisReply *reply)
{
    return reply->type == REDIS_REPLY_NIL
           || (reply->type == REDIS_REPLY_STRING && reply->len == 0);
}
