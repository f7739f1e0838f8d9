
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include <ngx_sha1.h>


static void ngx_http_vol_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_vol_run(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
static ngx_int_t ngx_http_vol_call(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
static ngx_int_t ngx_http_vol_call_key(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_http_vol_key_t *key, ngx_str_t *value);
static ngx_int_t ngx_http_vol_record(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_str_t *value);
static void ngx_http_vol_call_handler(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);
static ngx_int_t ngx_http_vol_answer(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_http_vol_call_outcome_e outcome,
    redisReply *reply);
static ngx_int_t ngx_http_vol_refused(ngx_http_vol_ctx_t *ctx,
    redisReply *reply);
static ngx_int_t ngx_http_vol_end(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_int_t rc);


/* route -> identity -> body -> arguments -> script -> reply */

ngx_int_t
ngx_http_vol_handler(ngx_http_request_t *r)
{
    ngx_int_t            rc, discarded;
    ngx_http_vol_ctx_t  *ctx;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_vol_ctx_t));
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->request = r;
    ngx_http_set_ctx(r, ctx, ngx_http_vol_module);

    rc = ngx_http_vol_route(r, ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_identify(r, ctx);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_vol_read_key(r, ctx);
    }

    if (rc == NGX_OK && ctx->endpoint->method != NGX_HTTP_GET) {
        rc = ngx_http_vol_check_body(r, ctx);
    }

    if (rc == NGX_OK && ctx->endpoint->method != NGX_HTTP_GET) {

        rc = ngx_http_read_client_request_body(r, ngx_http_vol_body_handler);

        return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
    }

    discarded = ngx_http_discard_request_body(r);

    if (discarded != NGX_OK) {
        return discarded;
    }

    if (rc == NGX_OK) {
        rc = ngx_http_vol_run(r, ctx);
    }

    if (rc == NGX_AGAIN) {
        r->main->count++;
        return NGX_DONE;
    }

    return ngx_http_vol_end(r, ctx, rc);
}


static void
ngx_http_vol_body_handler(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    ngx_http_vol_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_vol_module);

    rc = ngx_http_vol_parse_body(r, ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_run(r, ctx);
    }

    if (rc == NGX_AGAIN) {
        return;
    }

    ngx_http_finalize_request(r, ngx_http_vol_end(r, ctx, rc));
}


static ngx_int_t
ngx_http_vol_run(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_vol_read_args(r, ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_call(r, ctx);
    }

    return rc;
}


/* NGX_AGAIN when the script is on its way */

static ngx_int_t
ngx_http_vol_call(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_str_t                 argv[NGX_HTTP_VOL_KEYS_MAX
                                   + NGX_HTTP_VOL_FIELDS_MAX];
    ngx_int_t                 rc;
    ngx_uint_t                i, nkeys;
    ngx_http_vol_key_t       *key;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    nkeys = 0;

    for (key = ctx->endpoint->keys; key->head.len; key++) {

        if (ngx_http_vol_call_key(r, ctx, key, &argv[nkeys++]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < ctx->nargs; i++) {
        argv[nkeys + i] = ctx->args[i];
    }

    ctx->call = ngx_http_vol_script_call(vlcf->redis, ctx->endpoint->script,
                                         nkeys, nkeys + ctx->nargs, argv,
                                         ctx->endpoint->method != NGX_HTTP_GET,
                                         ngx_http_vol_call_handler, ctx);

    rc = ngx_http_vol_wait(r, &ctx->call);

    return rc == NGX_DECLINED
           ? ngx_http_vol_refuse(ctx, "store-unavailable", NULL, NULL) : rc;
}


static ngx_int_t
ngx_http_vol_call_key(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_key_t *key, ngx_str_t *value)
{
    u_char     *p;
    ngx_str_t  *prefix, *arg, record;

    prefix = &ctx->identity.prefix;

    if (key->field.len == 0) {
        ngx_str_set(&record, "");
        arg = &record;

    } else if (key->field.data[0] == ':') {

        if (ngx_http_vol_record(r, ctx, &record) != NGX_OK) {
            return NGX_ERROR;
        }

        arg = &record;

    } else {
        arg = ngx_http_vol_arg(ctx, (char *) key->field.data);
    }

    p = ngx_pnalloc(r->pool, prefix->len + key->head.len + arg->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;

    p = ngx_cpymem(p, prefix->data, prefix->len);
    p = ngx_cpymem(p, key->head.data, key->head.len);
    p = ngx_cpymem(p, arg->data, arg->len);

    value->len = p - value->data;

    return NGX_OK;
}


/* an Idempotency-Key belongs to its caller */

static ngx_int_t
ngx_http_vol_record(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_str_t *value)
{
    u_char      data[NGX_HTTP_VOL_SHA1_LEN];
    ngx_str_t   digest;
    ngx_sha1_t  sha1;

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, ctx->identity.user.data, ctx->identity.user.len);
    ngx_sha1_update(&sha1, "\n", 1);
    ngx_sha1_update(&sha1, ctx->key.data, ctx->key.len);
    ngx_sha1_final(data, &sha1);

    digest.data = data;
    digest.len = NGX_HTTP_VOL_SHA1_LEN;

    value->data = ngx_pnalloc(r->pool, ngx_base64_encoded_length(digest.len));
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    ngx_encode_base64url(value, &digest);

    return NGX_OK;
}


static void
ngx_http_vol_call_handler(void *data, ngx_http_vol_call_outcome_e outcome,
    redisReply *reply)
{
    ngx_http_vol_ctx_t  *ctx = data;

    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = ctx->request;
    c = r->connection;

    if (!ngx_http_vol_resume(r, &ctx->call, ctx, &ngx_http_vol_module)) {
        return;
    }

    rc = ngx_http_vol_answer(r, ctx, outcome, reply);

    ngx_http_finalize_request(r, ngx_http_vol_end(r, ctx, rc));

    ngx_http_run_posted_requests(c);
}


/* NGX_DECLINED after a refusal, or what sending the reply gave */

static ngx_int_t
ngx_http_vol_answer(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply)
{
    switch (outcome) {

    case NGX_HTTP_VOL_CALL_UNAVAILABLE:
        return ngx_http_vol_refuse(ctx, "store-unavailable", NULL, NULL);

    case NGX_HTTP_VOL_CALL_UNKNOWN:
        return ngx_http_vol_refuse(ctx, "outcome-unknown", NULL, NULL);

    case NGX_HTTP_VOL_CALL_CORRUPT:
        return ngx_http_vol_refuse(ctx, "store-corrupt", NULL, NULL);

    default: /* NGX_HTTP_VOL_CALL_REPLIED */
        break;
    }

    if (reply->element[0]->type == REDIS_REPLY_INTEGER) {
        return ngx_http_vol_reply(r, ctx, reply);
    }

    return ngx_http_vol_refused(ctx, reply);
}


/* a script's refusal: the problem's name, then, where needed, detail, field */

static ngx_int_t
ngx_http_vol_refused(ngx_http_vol_ctx_t *ctx, redisReply *reply)
{
    size_t     i;
    ngx_str_t  text[3];

    ngx_memzero(text, sizeof(text));

    for (i = 0; i < ngx_min(reply->elements, 3); i++) {

        if (reply->element[i]->type == REDIS_REPLY_STRING
            && reply->element[i]->len)
        {
            text[i].data = (u_char *) reply->element[i]->str;
            text[i].len = reply->element[i]->len;
        }
    }

    return ngx_http_vol_refuse_str(ctx, &text[0], &text[2], &text[1]);
}


/* what the request is finalized with */

static ngx_int_t
ngx_http_vol_end(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx, ngx_int_t rc)
{
    switch (rc) {

    case NGX_DECLINED:
        return ngx_http_vol_problem(r, ctx);

    case NGX_ABORT:     /* OPTIONS */
        return ngx_http_vol_send(r, ctx, NGX_HTTP_NO_CONTENT, NULL, NULL);

    case NGX_ERROR:
        return ctx->replied ? NGX_ERROR : NGX_HTTP_INTERNAL_SERVER_ERROR;

    default:
        return rc;
    }
}
