
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fuzz.h"


/* a byte for the role, one for the row of the table, then a body for that */


static ngx_http_vol_endpoint_t *ngx_http_vol_fuzz_row(u_char number);
static ngx_uint_t ngx_http_vol_fuzz_takes_body(ngx_http_vol_endpoint_t *ep);
static void ngx_http_vol_fuzz_segments(ngx_http_vol_ctx_t *ctx);


void
ngx_http_vol_fuzz_body(u_char *data, size_t size)
{
    ngx_int_t            rc;
    ngx_str_t            text;
    ngx_http_vol_ctx_t  *ctx;

    ctx = ngx_http_vol_fuzz_request(ngx_http_vol_fuzz_byte(&data, &size));
    ctx->endpoint = ngx_http_vol_fuzz_row(ngx_http_vol_fuzz_byte(&data,
                                                                 &size));
    ngx_http_vol_fuzz_segments(ctx);

    ngx_str_set(&ctx->key, "key-1");

    ngx_http_vol_fuzz_copy(&text, data, size);

    rc = ngx_http_vol_parse_json(ctx, &text);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_read_args(ctx->request, ctx);
    }

    if (rc == NGX_DECLINED) {
        ngx_http_vol_fuzz_refused(ctx);
        return;
    }

    must(rc == NGX_OK);

    ngx_http_vol_fuzz_accepted(ctx);
}


static ngx_http_vol_endpoint_t *
ngx_http_vol_fuzz_row(u_char number)
{
    ngx_uint_t                n;
    ngx_http_vol_endpoint_t  *ep;

    n = 0;

    for (ep = ngx_http_vol_endpoints; ep->method; ep++) {
        n += ngx_http_vol_fuzz_takes_body(ep);
    }

    n = number % n + 1;

    for (ep = ngx_http_vol_endpoints; ep->method; ep++) {
        n -= ngx_http_vol_fuzz_takes_body(ep);

        if (n == 0) {
            break;
        }
    }

    return ep;
}


static ngx_uint_t
ngx_http_vol_fuzz_takes_body(ngx_http_vol_endpoint_t *ep)
{
    ngx_http_vol_field_t  *f;

    for (f = ep->fields; !ngx_http_vol_last_field(f); f++) {
        if (f->source == NGX_HTTP_VOL_BODY) {
            return 1;
        }
    }

    return 0;
}


/* such as pass */

static void
ngx_http_vol_fuzz_segments(ngx_http_vol_ctx_t *ctx)
{
    ngx_str_t             *segment;
    ngx_http_vol_field_t  *f;

    segment = ctx->segments;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->source != NGX_HTTP_VOL_PATH) {
            continue;
        }

        if (f->type == NGX_HTTP_VOL_CODE) {
            ngx_str_set(segment, "000000000000000000");

        } else {
            ngx_str_set(segment, "1001");
        }

        segment++;
    }
}
