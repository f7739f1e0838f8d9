
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


/*
 * Where who asks is known by a cookie, a foreign page can let a signed-in
 * browser ask.  Browsers say so: in Sec-Fetch-Site, and older ones in Origin.
 * Who says neither is no browser that a page could use, and may go on.
 */


#define NGX_HTTP_VOL_ORIGIN_MAX  270        /* a name has 253 */


static ngx_uint_t ngx_http_vol_origin_is_own(ngx_http_request_t *r,
    ngx_str_t *origin);
static ngx_uint_t ngx_http_vol_origin_is_listed(ngx_array_t *origins,
    ngx_str_t *origin);
static ngx_uint_t ngx_http_vol_origin_same(ngx_str_t *a, ngx_str_t *b);
static size_t ngx_http_vol_origin_scheme(ngx_str_t *origin, ngx_str_t *port);
static char *ngx_http_vol_origin_check(ngx_str_t *origin);


ngx_int_t
ngx_http_vol_check_origin(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_str_t                 site, origin;
    ngx_uint_t                i, foreign, listed, many;
    ngx_list_part_t          *part;
    ngx_table_elt_t          *h;
    ngx_http_vol_loc_conf_t  *vlcf;

    static ngx_str_t  site_name = ngx_string("Sec-Fetch-Site");
    static ngx_str_t  origin_name = ngx_string("Origin");
    static ngx_str_t  same = ngx_string("same-origin");
    static ngx_str_t  none = ngx_string("none");

    if (!ngx_http_vol_endpoint_guarded(ctx->endpoint)) {
        return NGX_OK;
    }

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    part = &r->headers_in.headers.part;
    h = part->elts;

    ngx_str_null(&site);
    ngx_str_null(&origin);
    foreign = 0;
    many = 0;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].value.len == 0) {
            continue;
        }

        if (ngx_http_vol_origin_same(&h[i].key, &site_name)) {
            site = h[i].value;

            if (!ngx_http_vol_origin_same(&site, &same)
                && !ngx_http_vol_origin_same(&site, &none))
            {
                foreign = 1;
            }

        } else if (ngx_http_vol_origin_same(&h[i].key, &origin_name)) {
            many = (origin.len != 0);
            origin = h[i].value;

            if (many) {
                break;
            }
        }
    }

    listed = !many && origin.len
             && ngx_http_vol_origin_is_listed(vlcf->origins, &origin);

    if (listed) {
        return NGX_OK;
    }

    if (many || foreign
        || (site.len == 0 && origin.len
            && !ngx_http_vol_origin_is_own(r, &origin)))
    {
        return ngx_http_vol_refuse(ctx, "forbidden-origin", NULL,
                                   "a page of another origin asks");
    }

    return NGX_OK;
}


/* whether it is the host that is asked, by its default port or another */

static ngx_uint_t
ngx_http_vol_origin_is_own(ngx_http_request_t *r, ngx_str_t *origin)
{
    size_t      n;
    ngx_str_t   own, host, port;

    if (r->headers_in.host == NULL) {
        return 0;
    }

    n = ngx_http_vol_origin_scheme(origin, &port);
    if (n == 0) {
        return 0;
    }

    own.data = origin->data + n;
    own.len = origin->len - n;

    host = r->headers_in.host->value;

    if (ngx_http_vol_origin_same(&own, &host)) {
        return 1;
    }

    if (host.len <= port.len) {
        return 0;
    }

    host.len -= port.len;

    return ngx_strncmp(host.data + host.len, port.data, port.len) == 0
           && ngx_http_vol_origin_same(&own, &host);
}


static ngx_uint_t
ngx_http_vol_origin_is_listed(ngx_array_t *origins, ngx_str_t *origin)
{
    ngx_str_t   *listed;
    ngx_uint_t   i;

    if (origins == NULL) {
        return 0;
    }

    listed = origins->elts;

    for (i = 0; i < origins->nelts; i++) {
        if (ngx_http_vol_origin_same(&listed[i], origin)) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_vol_origin_same(ngx_str_t *a, ngx_str_t *b)
{
    return a->len == b->len
           && ngx_strncasecmp(a->data, b->data, a->len) == 0;
}


/* the length of "https://" or "http://", and the port it goes without; or 0 */

static size_t
ngx_http_vol_origin_scheme(ngx_str_t *origin, ngx_str_t *port)
{
    if (origin->len > sizeof("https://") - 1
        && ngx_strncasecmp(origin->data, (u_char *) "https://",
                           sizeof("https://") - 1)
           == 0)
    {
        ngx_str_set(port, ":443");
        return sizeof("https://") - 1;
    }

    if (origin->len > sizeof("http://") - 1
        && ngx_strncasecmp(origin->data, (u_char *) "http://",
                           sizeof("http://") - 1)
           == 0)
    {
        ngx_str_set(port, ":80");
        return sizeof("http://") - 1;
    }

    return 0;
}


char *
ngx_http_vol_origins(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vol_loc_conf_t *vlcf = conf;

    char        *wrong;
    ngx_str_t   *value, *origin;
    ngx_uint_t   i;

    if (vlcf->origins) {
        return "is duplicate";
    }

    value = cf->args->elts;

    vlcf->origins = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                     sizeof(ngx_str_t));
    if (vlcf->origins == NULL) {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "none") == 0) {
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        wrong = ngx_http_vol_origin_check(&value[i]);

        if (wrong == NULL
            && ngx_http_vol_origin_is_listed(vlcf->origins, &value[i]))
        {
            wrong = "is given twice";
        }

        if (wrong) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "vol_origins: origin \"%V\" %s", &value[i],
                               wrong);
            return NGX_CONF_ERROR;
        }

        origin = ngx_array_push(vlcf->origins);
        if (origin == NULL) {
            return NGX_CONF_ERROR;
        }

        *origin = value[i];
    }

    return NGX_CONF_OK;
}


/* as a browser writes one, for it is compared as a whole */

static char *
ngx_http_vol_origin_check(ngx_str_t *origin)
{
    u_char     *p, *host, *last, *port;
    ngx_int_t   n;
    ngx_str_t   usual;
    size_t      scheme;

    scheme = ngx_http_vol_origin_scheme(origin, &usual);

    if (scheme == 0) {
        return "must begin with \"https://\" or \"http://\"";
    }

    if (origin->len > NGX_HTTP_VOL_ORIGIN_MAX) {
        return "is too long";
    }

    host = origin->data + scheme;
    last = origin->data + origin->len;

    /* an address of IPv6 has colons inside its brackets */

    port = (*host == '[') ? ngx_strlchr(host, last, ']') : host;

    if (port == NULL) {
        return "has a bracket that is not closed";
    }

    if (*port == ']' && port + 1 < last && port[1] != ':') {
        return "has something behind its bracket";
    }

    for (p = host; p < last; p++) {

        if ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z')
            || *p == '.' || *p == '-' || *p == '_' || *p == ':'
            || (*host == '[' && (p == host || p == port)))
        {
            continue;
        }

        if (*p >= 'A' && *p <= 'Z') {
            return "must be in small letters";
        }

        if (*p == '/') {
            return "must be without a path";
        }

        if (*p == '*') {
            return "must be a whole name, without a wildcard";
        }

        return "has a character that no origin has";
    }

    port = ngx_strlchr(port, last, ':');

    if (port == host) {
        return "has no host";
    }

    if (port == NULL) {
        return NULL;
    }

    n = ngx_atoi(port + 1, last - port - 1);

    if (n < 1 || n > 65535 || port[1] == '0') {
        return "has an invalid port";
    }

    if ((size_t) (last - port) == usual.len
        && ngx_strncmp(port, usual.data, usual.len) == 0)
    {
        return "must be without the port that its scheme has anyway";
    }

    return NULL;
}
