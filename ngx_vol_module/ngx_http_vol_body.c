
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


#define NGX_HTTP_VOL_OVERFLOWS_MAX  8
#define NGX_HTTP_VOL_OVERFLOW       "\"\x7f\""


/* a NUL is let in so that its field is told like any other control character */

#define NGX_HTTP_VOL_BODY_FLAGS     (JSON_REJECT_DUPLICATES|JSON_ALLOW_NUL)


static ngx_uint_t ngx_http_vol_body_is(ngx_http_request_t *r, char *expected);
static ngx_uint_t ngx_http_vol_body_expected(ngx_http_vol_ctx_t *ctx);
static ngx_int_t ngx_http_vol_body_gather(ngx_http_request_t *r,
    ngx_str_t *body);
static ngx_int_t ngx_http_vol_body_overflow(ngx_http_vol_ctx_t *ctx,
    ngx_str_t *body, json_error_t *error);
static ngx_uint_t ngx_http_vol_body_of_number(u_char c);
static ngx_uint_t ngx_http_vol_body_overflows(json_t *json);
static void ngx_http_vol_body_cleanup(void *data);


/* what can be said before the body is read */

ngx_int_t
ngx_http_vol_check_body(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_uint_t  lines;

    lines = ctx->endpoint->flags & NGX_HTTP_VOL_IMPORT;

    if (r->headers_in.content_length_n > NGX_HTTP_VOL_BODY_MAX && !lines) {
        return ngx_http_vol_refuse(ctx, "body-too-large", NULL, NULL);
    }

    if (r->headers_in.content_length_n <= 0 && !r->headers_in.chunked) {
        return NGX_OK;
    }

    if (!lines) {
        return ngx_http_vol_body_is(r, "application/json") ? NGX_OK
               : ngx_http_vol_refuse(ctx, "unsupported-media-type", NULL,
                                     NULL);
    }

    if (ngx_http_vol_body_is(r, "application/x-ndjson")
        || ngx_http_vol_body_is(r, "application/ndjson"))
    {
        return NGX_OK;
    }

    return ngx_http_vol_refuse(ctx, "unsupported-media-type", NULL,
                               "here it is application/x-ndjson");
}


static ngx_uint_t
ngx_http_vol_body_is(ngx_http_request_t *r, char *expected)
{
    size_t      len;
    ngx_str_t  *type;

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    type = &r->headers_in.content_type->value;

    for (len = 0; len < type->len; len++) {
        if (type->data[len] == ';' || type->data[len] == ' ') {
            break;
        }
    }

    return len == ngx_strlen(expected)
           && ngx_strncasecmp(type->data, (u_char *) expected, len) == 0;
}


ngx_int_t
ngx_http_vol_parse_body(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t  rc;
    ngx_str_t  body;

    rc = ngx_http_vol_body_gather(r, &body);

    if (rc == NGX_DECLINED) {
        return ngx_http_vol_refuse(ctx, "body-too-large", NULL, NULL);
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (body.len == 0) {

        if (ngx_http_vol_body_expected(ctx)) {
            return ngx_http_vol_refuse(ctx, "malformed-json", NULL,
                                       "the body is empty");
        }

        body.data = (u_char *) "{}";
        body.len = 2;
    }

    return ngx_http_vol_parse_json(ctx, &body);
}


ngx_int_t
ngx_http_vol_parse_json(ngx_http_vol_ctx_t *ctx, ngx_str_t *text)
{
    json_error_t         error;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(ctx->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    ctx->body = json_loadb((char *) text->data, text->len,
                           NGX_HTTP_VOL_BODY_FLAGS, &error);

    if (ctx->body == NULL) {
        return ngx_http_vol_body_overflow(ctx, text, &error);
    }

    cln->handler = ngx_http_vol_body_cleanup;
    cln->data = ctx->body;

    if (!json_is_object(ctx->body)) {
        return ngx_http_vol_refuse(ctx, "malformed-json", NULL,
                                   ctx->line ? "the line is not an object"
                                             : "the body is not an object");
    }

    return NGX_OK;
}


/* whether a field of the body is required of this caller */

static ngx_uint_t
ngx_http_vol_body_expected(ngx_http_vol_ctx_t *ctx)
{
    ngx_http_vol_field_t  *f;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {
        if (f->source == NGX_HTTP_VOL_BODY
            && (f->flags & NGX_HTTP_VOL_REQUIRED)
            && !(f->flags & NGX_HTTP_VOL_SELF))
        {
            return 1;
        }
    }

    return 0;
}


/* one piece of memory out of buffers and, it may be, a temporary file */

static ngx_int_t
ngx_http_vol_body_gather(ngx_http_request_t *r, ngx_str_t *body)
{
    off_t         size;
    u_char       *p;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    ngx_str_null(body);

    if (r->request_body == NULL) {
        return NGX_OK;
    }

    size = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    if (size > NGX_HTTP_VOL_BODY_MAX) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, size + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = p;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);

        } else if (b->in_file) {
            n = ngx_read_file(b->file, p, b->file_last - b->file_pos,
                              b->file_pos);

            if (n != b->file_last - b->file_pos) {
                return NGX_ERROR;
            }

            p += n;
        }
    }

    body->len = p - body->data;

    return NGX_OK;
}


/*
 * A number that no machine's integer holds is well-formed JSON all the same:
 * the field that has it is out of bounds.  To learn which, such numbers are
 * replaced, one by one, where jansson stumbled over them, by a string that no
 * field may hold.
 */

static ngx_int_t
ngx_http_vol_body_overflow(ngx_http_vol_ctx_t *ctx, ngx_str_t *body,
    json_error_t *error)
{
    json_t        *json, *value;
    u_char        *p, *last;
    ngx_str_t      name, text;
    ngx_uint_t     i;
    const char    *key;
    json_error_t   next;

    text.data = (u_char *) error->text;
    text.len = ngx_strlen(error->text);

    next = *error;
    json = NULL;
    ngx_str_null(&name);

    for (i = 0; i < NGX_HTTP_VOL_OVERFLOWS_MAX; i++) {

        if (json_error_code(&next) != json_error_numeric_overflow) {
            break;
        }

        last = body->data + ngx_min((size_t) next.position, body->len);
        p = last;

        while (p > body->data && ngx_http_vol_body_of_number(p[-1])) {
            p--;
        }

        if (last - p < (ssize_t) sizeof(NGX_HTTP_VOL_OVERFLOW) - 1) {
            break;
        }

        ngx_memset(p, ' ', last - p);
        ngx_memcpy(p, NGX_HTTP_VOL_OVERFLOW,
                   sizeof(NGX_HTTP_VOL_OVERFLOW) - 1);

        json = json_loadb((char *) body->data, body->len,
                          NGX_HTTP_VOL_BODY_FLAGS, &next);
        if (json) {
            break;
        }
    }

    json_object_foreach (json, key, value) {
        if (name.data == NULL && ngx_http_vol_body_overflows(value)) {
            name.data = (u_char *) key;
            name.len = ngx_strlen(key);
        }
    }

    if (name.data) {
        ngx_http_vol_refuse(ctx, "invalid-field", &name, "is out of bounds");

    } else {
        name = (ngx_str_t) ngx_string("malformed-json");
        ngx_http_vol_refuse_str(ctx, &name, NULL, &text);
    }

    json_decref(json);

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_http_vol_body_of_number(u_char c)
{
    return (c >= '0' && c <= '9')
           || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}


/* whether such a number stood there, or in what is there */

static ngx_uint_t
ngx_http_vol_body_overflows(json_t *json)
{
    size_t       i;
    json_t      *member;
    const char  *name;

    switch (json_typeof(json)) {

    case JSON_STRING:
        return ngx_strcmp(json_string_value(json), "\x7f") == 0;

    case JSON_ARRAY:
        json_array_foreach (json, i, member) {
            if (ngx_http_vol_body_overflows(member)) {
                return 1;
            }
        }

        return 0;

    case JSON_OBJECT:
        json_object_foreach (json, name, member) {
            if (ngx_http_vol_body_overflows(member)) {
                return 1;
            }
        }

        return 0;

    default:
        return 0;
    }
}


static void
ngx_http_vol_body_cleanup(void *data)
{
    json_decref(data);
}
