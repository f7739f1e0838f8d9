
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


static ngx_uint_t ngx_http_vol_match(ngx_str_t *pattern, ngx_str_t *path,
    ngx_str_t *segments);


ngx_int_t
ngx_http_vol_route(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t                 rc;
    ngx_str_t                 path, allow;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    /* a rewrite may have led here from elsewhere */

    if (r->uri.len <= vlcf->base.len
        || ngx_strncmp(r->uri.data, vlcf->base.data, vlcf->base.len) != 0)
    {
        return ngx_http_vol_refuse(ctx, "not-found", NULL, NULL);
    }

    path.data = r->uri.data + vlcf->base.len;
    path.len = r->uri.len - vlcf->base.len;

    if (vlcf->base.data[vlcf->base.len - 1] != '/') {

        if (path.data[0] != '/') {
            return ngx_http_vol_refuse(ctx, "not-found", NULL, NULL);
        }

        path.data++;
        path.len--;
    }

    rc = ngx_http_vol_find(&path,
                           r->method == NGX_HTTP_HEAD ? NGX_HTTP_GET
                                                      : r->method,
                           &ctx->endpoint, ctx->segments);

    if (rc == NGX_DECLINED) {
        return ngx_http_vol_refuse(ctx, "not-found", NULL, NULL);
    }

    if (rc == NGX_ABORT) {

        if (ngx_http_vol_allow(r->pool, &path, &allow) != NGX_OK
            || ngx_http_vol_add_header(r, "Allow", &allow) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (r->method != NGX_HTTP_OPTIONS) {
            return ngx_http_vol_refuse(ctx, "method-not-allowed", NULL, NULL);
        }

        return NGX_ABORT;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_find(ngx_str_t *path, ngx_uint_t method,
    ngx_http_vol_endpoint_t **endpoint, ngx_str_t *segments)
{
    ngx_int_t                 rc;
    ngx_http_vol_endpoint_t  *ep;

    rc = NGX_DECLINED;

    for (ep = ngx_http_vol_endpoints; ep->method; ep++) {

        if (!ngx_http_vol_match(&ep->path, path, segments)) {
            continue;
        }

        if (ep->method == method) {
            *endpoint = ep;
            return NGX_OK;
        }

        rc = NGX_ABORT;
    }

    return rc;
}


ngx_int_t
ngx_http_vol_allow(ngx_pool_t *pool, ngx_str_t *path, ngx_str_t *allow)
{
    u_char                   *p;
    ngx_str_t                 segments[NGX_HTTP_VOL_FIELDS_MAX];
    ngx_http_vol_endpoint_t  *ep;

    p = ngx_pnalloc(pool, sizeof("GET, HEAD, PUT, POST, OPTIONS") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    allow->data = p;
    allow->len = 0;

    for (ep = ngx_http_vol_endpoints; ep->method; ep++) {

        if (!ngx_http_vol_match(&ep->path, path, segments)) {
            continue;
        }

        switch (ep->method) {
        case NGX_HTTP_GET:
            p = ngx_cpymem(p, "GET, HEAD, ", sizeof("GET, HEAD, ") - 1);
            break;
        case NGX_HTTP_PUT:
            p = ngx_cpymem(p, "PUT, ", sizeof("PUT, ") - 1);
            break;
        default: /* NGX_HTTP_POST */
            p = ngx_cpymem(p, "POST, ", sizeof("POST, ") - 1);
            break;
        }
    }

    if (p == allow->data) {
        return NGX_OK;
    }

    p = ngx_cpymem(p, "OPTIONS", sizeof("OPTIONS") - 1);
    allow->len = p - allow->data;

    return NGX_OK;
}


/* "offers/:offer/restock": a segment that begins with ":" takes any value */

static ngx_uint_t
ngx_http_vol_match(ngx_str_t *pattern, ngx_str_t *path, ngx_str_t *segments)
{
    u_char  *p, *s, *plast, *slast, *start;

    p = pattern->data;
    plast = p + pattern->len;
    s = path->data;
    slast = s + path->len;

    for ( ;; ) {

        if (p < plast && *p == ':') {

            while (p < plast && *p != '/') {
                p++;
            }

            start = s;

            while (s < slast && *s != '/') {
                s++;
            }

            if (s == start) {
                return 0;
            }

            segments->data = start;
            segments->len = s - start;
            segments++;

        } else {

            while (p < plast && s < slast && *p == *s && *p != '/') {
                p++;
                s++;
            }
        }

        if (p == plast || s == slast) {
            return p == plast && s == slast;
        }

        if (*p != '/' || *s != '/') {
            return 0;
        }

        p++;
        s++;
    }
}
