
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include "ngx_http_vol_certificate.h"
#include "ngx_http_vol_districts.h"
#include "ngx_http_vol_duty.h"


static void ngx_http_vol_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_vol_run(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
static ngx_int_t ngx_http_vol_call(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
static void ngx_http_vol_call_handler(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);
static ngx_int_t ngx_http_vol_answer(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_http_vol_call_outcome_e outcome,
    redisReply *reply);


/* route -> origin -> identity -> body -> arguments -> script -> reply */

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
    ctx->pool = r->pool;
    ngx_http_set_ctx(r, ctx, ngx_http_vol_module);

    rc = ngx_http_vol_route(r, ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_check_origin(r, ctx);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_vol_identify(r, ctx);
    }

    if (rc == NGX_OK) {
        ngx_http_vol_duty_serve(r, &ctx->identity);
        rc = ngx_http_vol_read_key(r, ctx);
    }

    if (rc == NGX_OK && ctx->endpoint->method != NGX_HTTP_GET) {
        rc = ngx_http_vol_check_body(r, ctx);
    }

    if (rc == NGX_OK && (ctx->endpoint->flags & NGX_HTTP_VOL_IMPORT)) {

        rc = ngx_http_vol_read_args(r, ctx);

        if (rc == NGX_OK) {
            return ngx_http_vol_import(r, ctx);
        }

    } else if (rc == NGX_OK && ctx->endpoint->method != NGX_HTTP_GET) {

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
    ngx_int_t                 rc;
    ngx_http_vol_loc_conf_t  *vlcf;

    rc = ngx_http_vol_read_args(r, ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ctx->endpoint->flags & NGX_HTTP_VOL_EXPORT) {
        return ngx_http_vol_export(r, ctx);
    }

    if (ctx->endpoint->flags & NGX_HTTP_VOL_DISTRICTS) {
        return ngx_http_vol_districts(r, ctx);
    }

    if (ctx->endpoint->flags & NGX_HTTP_VOL_OPENAPI) {
        rc = ngx_http_vol_openapi(r, ctx);

        return ngx_http_vol_sent(rc);
    }

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    if ((ctx->endpoint->flags & NGX_HTTP_VOL_SIGNED)
        && vlcf->certificate_keys == NULL)
    {
        return ngx_http_vol_refuse(ctx, "not-found", NULL,
                                   "no certificates are issued here");
    }

    return ngx_http_vol_call(r, ctx);
}


/* NGX_AGAIN when the script is on its way */

static ngx_int_t
ngx_http_vol_call(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_str_t                 argv[NGX_HTTP_VOL_ARGV_MAX];
    ngx_int_t                 rc;
    ngx_http_vol_loc_conf_t  *vlcf;
    ngx_http_vol_arguments_t  arguments;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    if (ngx_http_vol_arguments(ctx, argv, &arguments) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->call = ngx_http_vol_script_call(vlcf->redis, &arguments,
                                         ngx_http_vol_call_handler, ctx);

    rc = ngx_http_vol_wait(r, &ctx->call);

    return rc == NGX_DECLINED
           ? ngx_http_vol_refuse(ctx, "store-unavailable", NULL, NULL) : rc;
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

    if (ctx->call) {
        /* a certificate is signed */
        return;
    }

    ngx_http_finalize_request(r, ngx_http_vol_end(r, ctx, rc));

    ngx_http_run_posted_requests(c);
}


/* NGX_DECLINED after a refusal, or what sending the reply gave */

static ngx_int_t
ngx_http_vol_answer(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply)
{
    ngx_int_t  rc;

    if (outcome == NGX_HTTP_VOL_CALL_REPLIED
        && ctx->endpoint->method != NGX_HTTP_GET
        && ngx_http_vol_durability_header(r) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_vol_outcome(ctx, outcome, reply);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ctx->endpoint->flags & NGX_HTTP_VOL_KICK) {
        ngx_http_vol_duty_kick(r);
    }

    if (ctx->endpoint->flags & NGX_HTTP_VOL_SIGNED) {
        return ngx_http_vol_certificate(r, ctx, reply);
    }

    return ngx_http_vol_reply(r, ctx, reply);
}


ngx_int_t
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
