
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include "ngx_http_vol_code.h"
#include "ngx_http_vol_time.h"


#define NGX_HTTP_VOL_REPLY_HEAD     2       /* status, replayed */
#define NGX_HTTP_VOL_UNPROCESSABLE  422


static json_t *ngx_http_vol_shape_object(ngx_http_vol_shape_t *shape,
    redisReply **elements, size_t nelements, size_t *n, ngx_int_t utc_offset);
static json_t *ngx_http_vol_shape_list(ngx_http_vol_shape_t *shape,
    redisReply *reply, ngx_int_t utc_offset);
static json_t *ngx_http_vol_shape_value(ngx_http_vol_shape_t *shape,
    redisReply *reply, ngx_int_t utc_offset);
static ngx_int_t ngx_http_vol_reply_integer(redisReply *reply, int64_t *value);
static json_t *ngx_http_vol_shape_ids(redisReply *reply);
static ngx_uint_t ngx_http_vol_is_absent(redisReply *reply);


ngx_int_t
ngx_http_vol_reply(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    redisReply *reply)
{
    size_t                    n;
    json_t                   *json;
    ngx_str_t                 body;
    ngx_http_vol_loc_conf_t  *vlcf;

    static ngx_str_t  type = ngx_string("application/json");
    static ngx_str_t  yes = ngx_string("true");

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    n = NGX_HTTP_VOL_REPLY_HEAD;
    json = NULL;

    if (reply->elements >= n
        && reply->element[1]->type == REDIS_REPLY_INTEGER)
    {
        json = ngx_http_vol_shape(ctx->endpoint->reply, reply->element,
                                  reply->elements, &n,
                                  vlcf->rules->utc_offset);
    }

    if (json == NULL || n != reply->elements) {
        json_decref(json);
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "script \"%V\" gave a reply of another shape",
                      &ctx->endpoint->script->name);
        return ngx_http_vol_refuse(ctx, "store-corrupt", NULL, NULL);
    }

    if (ngx_http_vol_dump(r->pool, json, &body) != NGX_OK) {
        return NGX_ERROR;
    }

    if (reply->element[1]->integer
        && ngx_http_vol_add_header(r, "Idempotent-Replayed", &yes) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_vol_send(r, ctx, reply->element[0]->integer, &type, &body);
}


ngx_int_t
ngx_http_vol_dump(ngx_pool_t *pool, json_t *json, ngx_str_t *text)
{
    char  *dump;

    dump = json_dumps(json, JSON_COMPACT);
    json_decref(json);

    if (dump == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_strlen(dump);
    text->data = ngx_pnalloc(pool, text->len);

    if (text->data) {
        ngx_memcpy(text->data, dump, text->len);
    }

    free(dump);

    return text->data ? NGX_OK : NGX_ERROR;
}


json_t *
ngx_http_vol_shape(ngx_http_vol_shape_t *shape, redisReply **elements,
    size_t nelements, size_t *n, ngx_int_t utc_offset)
{
    json_t      *object, *value;
    redisReply  *reply;

    object = json_object();

    for ( /* void */ ; shape->name.len; shape++) {

        if (shape->type == NGX_HTTP_VOL_SHAPE_OBJECT) {
            value = ngx_http_vol_shape_object(shape, elements, nelements, n,
                                              utc_offset);

        } else {

            if (*n >= nelements) {
                json_decref(object);
                return NULL;
            }

            reply = elements[(*n)++];

            if ((shape->flags & NGX_HTTP_VOL_OMIT)
                && ngx_http_vol_is_absent(reply))
            {
                continue;
            }

            value = ngx_http_vol_shape_value(shape, reply, utc_offset);
        }

        /* fails too when value is NULL */

        if (json_object_set_new(object, (char *) shape->name.data, value)
            != 0)
        {
            json_decref(object);
            return NULL;
        }
    }

    return object;
}


static json_t *
ngx_http_vol_shape_object(ngx_http_vol_shape_t *shape, redisReply **elements,
    size_t nelements, size_t *n, ngx_int_t utc_offset)
{
    size_t                 members;
    ngx_http_vol_shape_t  *of;

    if ((shape->flags & NGX_HTTP_VOL_NULL)
        && *n < nelements && ngx_http_vol_is_absent(elements[*n]))
    {
        members = 0;

        for (of = shape->of; of->name.len; of++) {
            members++;
        }

        *n += members;
        return json_null();
    }

    return ngx_http_vol_shape(shape->of, elements, nelements, n, utc_offset);
}


static json_t *
ngx_http_vol_shape_list(ngx_http_vol_shape_t *shape, redisReply *reply,
    ngx_int_t utc_offset)
{
    size_t   i, n;
    json_t  *list, *value;

    if (reply->type != REDIS_REPLY_ARRAY) {
        return NULL;
    }

    list = json_array();

    for (i = 0; i < reply->elements; i++) {
        n = 0;
        value = NULL;

        if (reply->element[i]->type == REDIS_REPLY_ARRAY) {
            value = ngx_http_vol_shape(shape->of, reply->element[i]->element,
                                       reply->element[i]->elements, &n,
                                       utc_offset);
        }

        if (json_array_append_new(list, value) != 0) {
            json_decref(list);
            return NULL;
        }
    }

    return list;
}


static json_t *
ngx_http_vol_shape_value(ngx_http_vol_shape_t *shape, redisReply *reply,
    ngx_int_t utc_offset)
{
    u_char   buf[NGX_HTTP_VOL_TIME_LEN + NGX_HTTP_VOL_CODE_SHOWN_LEN], *last;
    int64_t  n;

    if (shape->type == NGX_HTTP_VOL_SHAPE_LIST) {
        return ngx_http_vol_shape_list(shape, reply, utc_offset);
    }

    if ((shape->flags & NGX_HTTP_VOL_NULL) && ngx_http_vol_is_absent(reply)) {
        return json_null();
    }

    switch (shape->type) {

    case NGX_HTTP_VOL_SHAPE_STRING:
        return reply->type == REDIS_REPLY_STRING
               ? json_stringn(reply->str, reply->len) : NULL;

    case NGX_HTTP_VOL_SHAPE_IDS:
        return ngx_http_vol_shape_ids(reply);

    case NGX_HTTP_VOL_SHAPE_CODE:
        if (reply->type != REDIS_REPLY_STRING
            || reply->len != NGX_HTTP_VOL_CODE_LEN)
        {
            return NULL;
        }

        last = ngx_http_vol_code_show(buf, (u_char *) reply->str);
        return json_stringn((char *) buf, last - buf);

    default:
        break;
    }

    if (ngx_http_vol_reply_integer(reply, &n) != NGX_OK) {
        return NULL;
    }

    switch (shape->type) {

    case NGX_HTTP_VOL_SHAPE_INTEGER:
        return json_integer(n);

    case NGX_HTTP_VOL_SHAPE_BOOLEAN:
        return json_boolean(n);

    case NGX_HTTP_VOL_SHAPE_DATE:
        last = ngx_http_vol_date_format(buf, n);
        break;

    case NGX_HTTP_VOL_SHAPE_ENTRY_TIME:
        last = ngx_http_vol_time_format(buf, n / 1000, utc_offset);
        break;

    default: /* NGX_HTTP_VOL_SHAPE_TIME */
        last = ngx_http_vol_time_format(buf, n, utc_offset);
        break;
    }

    return json_stringn((char *) buf, last - buf);
}


/* an integer, a number in a string, or the milliseconds of an entry's id */

static ngx_int_t
ngx_http_vol_reply_integer(redisReply *reply, int64_t *value)
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


static json_t *
ngx_http_vol_shape_ids(redisReply *reply)
{
    char    *p, *last, *end;
    json_t  *list;

    if (reply->type != REDIS_REPLY_STRING) {
        return NULL;
    }

    list = json_array();
    p = reply->str;
    last = p + reply->len;

    while (p < last) {

        end = memchr(p, ',', last - p);
        if (end == NULL) {
            end = last;
        }

        if (json_array_append_new(list, json_stringn(p, end - p)) != 0) {
            json_decref(list);
            return NULL;
        }

        p = end + 1;
    }

    return list;
}


static ngx_uint_t
ngx_http_vol_is_absent(redisReply *reply)
{
    return reply->type == REDIS_REPLY_NIL
           || (reply->type == REDIS_REPLY_STRING && reply->len == 0);
}


ngx_int_t
ngx_http_vol_send(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_uint_t status, ngx_str_t *type, ngx_str_t *body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    if (body == NULL) {
        r->header_only = 1;
    }

    r->headers_out.content_length_n = body ? (off_t) body->len : 0;

    rc = ngx_http_vol_send_header(r, ctx, status, type);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_http_vol_send_header(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_uint_t status, ngx_str_t *type)
{
    size_t  len;

    static ngx_str_t  no_store = ngx_string("no-store");

    ctx->replied = 1;

    /* what was done is not undone by a condition that nobody looked at */

    r->disable_not_modified = 1;

    if (ngx_http_vol_add_header(r, "Cache-Control", &no_store) != NGX_OK) {
        return NGX_ERROR;
    }

    r->headers_out.status = status;

    if (status == NGX_HTTP_VOL_UNPROCESSABLE) {
        /* nginx has no reason phrase for it */
        ngx_str_set(&r->headers_out.status_line, "422 Unprocessable Content");
    }

    if (type) {

        /* lists of types, as that of gzip_types, are without parameters */

        for (len = 0; len < type->len && type->data[len] != ';'; len++) {
            /* void */
        }

        r->headers_out.content_type = *type;
        r->headers_out.content_type_len = len;
        r->headers_out.content_type_lowcase = NULL;
    }

    return ngx_http_send_header(r);
}


ngx_int_t
ngx_http_vol_add_header(ngx_http_request_t *r, char *name, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    return NGX_OK;
}
