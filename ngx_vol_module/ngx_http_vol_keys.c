
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include <ngx_sha1.h>
#include "ngx_http_vol_code.h"


/* bytes of the digest of user and key, 16 characters as base64url */

#define NGX_HTTP_VOL_RECORD_LEN  12

/* of a line's digest: "XXXX:" and 12 bytes as base64url */

#define NGX_HTTP_VOL_BUCKET_LEN  2
#define NGX_HTTP_VOL_FIELD_LEN   12


static ngx_uint_t ngx_http_vol_shared(ngx_http_vol_field_t *fields,
    ngx_uint_t nfields);
static ngx_int_t ngx_http_vol_call_key(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_key_t *key, ngx_str_t *value);
static ngx_int_t ngx_http_vol_digest_key(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_key_t *key, ngx_str_t *head, ngx_str_t *tail);
static ngx_int_t ngx_http_vol_line_record(ngx_http_vol_ctx_t *ctx,
    u_char *digest, ngx_str_t *tail);


ngx_int_t
ngx_http_vol_arguments(ngx_http_vol_ctx_t *ctx, ngx_str_t *argv,
    ngx_http_vol_arguments_t *arguments)
{
    ngx_str_t                *arg;
    ngx_http_vol_key_t       *key;
    ngx_http_vol_endpoint_t  *endpoint;

    endpoint = ctx->endpoint;
    arg = argv;

    for (key = endpoint->keys; key->head.len; key++) {

        if (ngx_http_vol_call_key(ctx, key, arg++) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ngx_memcpy(arg, ctx->args, ctx->nargs * sizeof(ngx_str_t));

    arguments->script = endpoint->script;
    arguments->prefix = &ctx->identity.prefix;
    arguments->argv = argv;
    arguments->nkeys = arg - argv;
    arguments->nargs = ctx->nargs;
    arguments->nshared = ngx_http_vol_shared(endpoint->fields, ctx->nargs);
    arguments->write = (endpoint->method != NGX_HTTP_GET);
    arguments->batch = ((endpoint->flags & NGX_HTTP_VOL_BATCH) != 0);
    arguments->ordered = ctx->line;

    return NGX_OK;
}


/* how many of the last fields are the same in every call of a location */

static ngx_uint_t
ngx_http_vol_shared(ngx_http_vol_field_t *fields, ngx_uint_t nfields)
{
    ngx_uint_t             n;
    ngx_http_vol_field_t  *f;

    for (n = 0; n < nfields; n++) {
        f = &fields[nfields - n - 1];

        if (f->source != NGX_HTTP_VOL_RULE
            && !(f->source == NGX_HTTP_VOL_CALLER
                 && f->type == NGX_HTTP_VOL_WINDOW))
        {
            break;
        }
    }

    return n;
}


static ngx_int_t
ngx_http_vol_call_key(ngx_http_vol_ctx_t *ctx, ngx_http_vol_key_t *key,
    ngx_str_t *value)
{
    u_char     *p;
    ngx_str_t  *prefix, head, tail;

    prefix = &ctx->identity.prefix;
    head = key->head;

    if (key->field.len == 0) {
        ngx_str_set(&tail, "");

    } else if (key->field.data[0] == ':') {

        if (ngx_http_vol_digest_key(ctx, key, &head, &tail) != NGX_OK) {
            return NGX_ERROR;
        }

    } else {
        tail = *ngx_http_vol_arg(ctx, (char *) key->field.data);
    }

    p = ngx_pnalloc(ctx->pool, prefix->len + head.len + tail.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;

    p = ngx_cpymem(p, prefix->data, prefix->len);
    p = ngx_cpymem(p, head.data, head.len);
    p = ngx_cpymem(p, tail.data, tail.len);

    value->len = p - value->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_digest_key(ngx_http_vol_ctx_t *ctx, ngx_http_vol_key_t *key,
    ngx_str_t *head, ngx_str_t *tail)
{
    u_char     *digest;
    ngx_str_t   record;

    digest = ngx_http_vol_digest(ctx);

    if (ngx_strcmp(key->field.data, ":bucket") == 0) {
        tail->len = NGX_HTTP_VOL_CODE_BUCKET;
        tail->data = ngx_pnalloc(ctx->pool, tail->len);
        if (tail->data == NULL) {
            return NGX_ERROR;
        }

        ngx_http_vol_code_bucket(tail->data, digest);

        return NGX_OK;
    }

    if (ctx->line) {
        ngx_str_set(head, "k:");
        return ngx_http_vol_line_record(ctx, digest, tail);
    }

    record.data = digest;
    record.len = NGX_HTTP_VOL_RECORD_LEN;

    tail->data = ngx_pnalloc(ctx->pool, ngx_base64_encoded_length(record.len));
    if (tail->data == NULL) {
        return NGX_ERROR;
    }

    ngx_encode_base64url(tail, &record);

    return NGX_OK;
}


/* an Idempotency-Key belongs to its caller; a line's key is apart from it */

u_char *
ngx_http_vol_digest(ngx_http_vol_ctx_t *ctx)
{
    ngx_sha1_t  sha1;

    if (!ctx->digested) {
        ctx->digested = 1;

        ngx_sha1_init(&sha1);
        ngx_sha1_update(&sha1, ctx->identity.user.data,
                        ctx->identity.user.len);
        ngx_sha1_update(&sha1, "\n", 1);
        ngx_sha1_update(&sha1, ctx->key.data, ctx->key.len);
        ngx_sha1_final(ctx->digest, &sha1);
    }

    return ctx->digest;
}


/*
 * Millions of lines share 65,536 hashes: a key of Redis for each would take
 * five times the memory.
 */

static ngx_int_t
ngx_http_vol_line_record(ngx_http_vol_ctx_t *ctx, u_char *digest,
    ngx_str_t *tail)
{
    u_char     *p;
    ngx_str_t   field, text;

    p = ngx_pnalloc(ctx->pool,
                    2 * NGX_HTTP_VOL_BUCKET_LEN + 1
                    + ngx_base64_encoded_length(NGX_HTTP_VOL_FIELD_LEN));
    if (p == NULL) {
        return NGX_ERROR;
    }

    tail->data = p;

    p = ngx_hex_dump(p, digest, NGX_HTTP_VOL_BUCKET_LEN);
    *p++ = ':';

    field.data = digest + NGX_HTTP_VOL_BUCKET_LEN;
    field.len = NGX_HTTP_VOL_FIELD_LEN;
    text.data = p;

    ngx_encode_base64url(&text, &field);

    tail->len = p + text.len - tail->data;

    return NGX_OK;
}
