
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fuzz.h"


/*
 * A byte for the role, one for the method, then a path as nginx has decoded it,
 * and behind a "?" the query as it came.
 */


static void ngx_http_vol_fuzz_path(ngx_http_vol_ctx_t *ctx);
static void ngx_http_vol_fuzz_allow(ngx_http_request_t *r);


static ngx_uint_t  ngx_http_vol_fuzz_methods[] = {
    NGX_HTTP_GET, NGX_HTTP_HEAD, NGX_HTTP_PUT, NGX_HTTP_POST,
    NGX_HTTP_OPTIONS, NGX_HTTP_DELETE, NGX_HTTP_UNKNOWN
};


void
ngx_http_vol_fuzz_route(u_char *data, size_t size)
{
    u_char              *mark;
    ngx_int_t            rc;
    ngx_http_request_t  *r;
    ngx_http_vol_ctx_t  *ctx;

    ctx = ngx_http_vol_fuzz_request(ngx_http_vol_fuzz_byte(&data, &size));
    r = ctx->request;

    r->method = ngx_http_vol_fuzz_methods[
                    ngx_http_vol_fuzz_byte(&data, &size)
                    % (sizeof(ngx_http_vol_fuzz_methods)
                       / sizeof(ngx_uint_t))];

    mark = ngx_strlchr(data, data + size, '?');

    if (mark) {
        ngx_http_vol_fuzz_copy(&r->args, mark + 1, data + size - mark - 1);
        size = mark - data;
    }

    ngx_http_vol_fuzz_copy(&r->uri, data, size);

    rc = ngx_http_vol_route(r, ctx);

    if (rc == NGX_DECLINED) {
        ngx_http_vol_fuzz_refused(ctx);

        if (ctx->problem->status == NGX_HTTP_NOT_ALLOWED) {
            ngx_http_vol_fuzz_allow(r);
        }

        return;
    }

    if (rc == NGX_ABORT) {
        must(r->method == NGX_HTTP_OPTIONS);
        ngx_http_vol_fuzz_allow(r);
        return;
    }

    must(rc == NGX_OK);

    ngx_http_vol_fuzz_path(ctx);

    rc = ngx_http_vol_read_args(r, ctx);

    if (rc == NGX_DECLINED) {
        ngx_http_vol_fuzz_refused(ctx);
        return;
    }

    must(rc == NGX_OK);

    ngx_http_vol_fuzz_accepted(ctx);
}


/* the path of the row, with its values in it, is the path */

static void
ngx_http_vol_fuzz_path(ngx_http_vol_ctx_t *ctx)
{
    u_char              *p, *last, *path;
    ngx_str_t           *segment;
    ngx_http_request_t  *r;

    r = ctx->request;
    path = r->uri.data + 1;
    segment = ctx->segments;
    last = ctx->endpoint->path.data + ctx->endpoint->path.len;

    must(ctx->endpoint->method
         == (r->method == NGX_HTTP_HEAD ? NGX_HTTP_GET : r->method));

    for (p = ctx->endpoint->path.data; p < last; /* void */) {

        if (*p != ':') {
            must(*p++ == *path++);
            continue;
        }

        must(segment->data == path && segment->len);
        must(ngx_strlchr(path, path + segment->len, '/') == NULL);

        path += segment->len;
        segment++;

        while (p < last && *p != '/') {
            p++;
        }
    }

    must(path == r->uri.data + r->uri.len);
}


static void
ngx_http_vol_fuzz_allow(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h;

    must(r->headers_out.headers.part.nelts == 1);

    h = r->headers_out.headers.part.elts;

    must(h->value.len > sizeof("OPTIONS") - 1);
    must(ngx_memcmp(h->value.data + h->value.len - 9, ", OPTIONS", 9) == 0);
}
