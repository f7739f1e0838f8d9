
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


#define NGX_HTTP_VOL_REPLY_HEAD     2       /* status, replayed */
#define NGX_HTTP_VOL_UNPROCESSABLE  422


ngx_int_t
ngx_http_vol_reply(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    redisReply *reply)
{
    size_t                    n;
    ngx_int_t                 rc;
    ngx_str_t                 body;
    ngx_http_vol_loc_conf_t  *vlcf;

    static ngx_str_t  yes = ngx_string("true");

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    n = NGX_HTTP_VOL_REPLY_HEAD;
    rc = NGX_DECLINED;

    if (reply->elements >= n
        && reply->element[1]->type == REDIS_REPLY_INTEGER)
    {
        rc = ngx_http_vol_shape(r->pool, ctx->endpoint->reply, reply->element,
                                reply->elements, &n, vlcf->rules->utc_offset,
                                &body);
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc != NGX_OK || n != reply->elements) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "script \"%V\" gave a reply of another shape",
                      &ctx->endpoint->script->name);
        return ngx_http_vol_refuse(ctx, "store-corrupt", NULL, NULL);
    }

    if (reply->element[1]->integer
        && ngx_http_vol_add_header(r, "Idempotent-Replayed", &yes) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_vol_send_document(r, ctx, reply->element[0]->integer,
                                      &body);
}


ngx_int_t
ngx_http_vol_send_document(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_uint_t status, ngx_str_t *body)
{
    static ngx_str_t  type = ngx_string("application/json");

    if (ngx_http_vol_wants_csv(r, ctx)) {
        return ngx_http_vol_table(r, ctx, body);
    }

    return ngx_http_vol_send(r, ctx, status, &type, body);
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
    static ngx_str_t  nosniff = ngx_string("nosniff");
    static ngx_str_t  same = ngx_string("same-origin");

    ctx->replied = 1;

    /* what was done is not undone by a condition that nobody looked at */

    r->disable_not_modified = 1;

    /* a page elsewhere neither runs it nor has it in its memory */

    if (ngx_http_vol_add_header(r, "Cache-Control", &no_store) != NGX_OK
        || ngx_http_vol_add_header(r, "X-Content-Type-Options", &nosniff)
           != NGX_OK
        || ngx_http_vol_add_header(r, "Cross-Origin-Resource-Policy", &same)
           != NGX_OK)
    {
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
