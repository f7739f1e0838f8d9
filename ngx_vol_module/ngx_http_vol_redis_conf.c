
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


/* the directive vol_redis */


#define NGX_HTTP_VOL_PASSWORD_MAX   4096
#define NGX_HTTP_VOL_ADDRS_MAX      64

#define NGX_HTTP_VOL_REDIS_PORT     6379
#define NGX_HTTP_VOL_SENTINEL_PORT  26379


static char *ngx_http_vol_redis_parameter(ngx_conf_t *cf,
    ngx_http_vol_redis_conf_t *rcf, ngx_str_t *value, ngx_str_t *addrs,
    ngx_uint_t *naddrs);
static char *ngx_http_vol_redis_kind(ngx_http_vol_redis_conf_t *rcf,
    ngx_http_vol_redis_kind_e kind);
static char *ngx_http_vol_redis_check(ngx_http_vol_redis_conf_t *rcf,
    ngx_uint_t naddrs);
static char *ngx_http_vol_redis_addrs(ngx_conf_t *cf,
    ngx_http_vol_redis_conf_t *rcf, ngx_str_t *addrs, ngx_uint_t naddrs);
static ngx_int_t ngx_http_vol_redis_host(ngx_conf_t *cf, ngx_url_t *u,
    ngx_str_t *host);
static char *ngx_http_vol_redis_db(ngx_conf_t *cf, ngx_str_t *value,
    ngx_int_t *db);
static char *ngx_http_vol_redis_password(ngx_conf_t *cf, ngx_str_t *file,
    ngx_str_t *password);
static ngx_uint_t ngx_http_vol_redis_value(ngx_str_t *parameter, char *name,
    ngx_str_t *value);


char *
ngx_http_vol_redis_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vol_loc_conf_t *vlcf = conf;

    char                       *rv;
    ngx_str_t                  *value, addrs[NGX_HTTP_VOL_ADDRS_MAX];
    ngx_uint_t                  i, naddrs;
    ngx_http_vol_redis_conf_t  *rcf;

    if (vlcf->redis_conf) {
        return "is duplicate";
    }

    rcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_vol_redis_conf_t));
    if (rcf == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    naddrs = 0;

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_vol_redis_parameter(cf, rcf, &value[i], addrs, &naddrs);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    rv = ngx_http_vol_redis_check(rcf, naddrs);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_vol_redis_addrs(cf, rcf, addrs, naddrs);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_vol_tls_init(cf, &rcf->tls);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    vlcf->redis_conf = rcf;

    return NGX_CONF_OK;
}


static char *
ngx_http_vol_redis_parameter(ngx_conf_t *cf, ngx_http_vol_redis_conf_t *rcf,
    ngx_str_t *value, ngx_str_t *addrs, ngx_uint_t *naddrs)
{
    ngx_str_t  text;

    if (value->len == 7 && ngx_strncmp(value->data, "cluster", 7) == 0) {
        return ngx_http_vol_redis_kind(rcf, NGX_HTTP_VOL_REDIS_CLUSTER);
    }

    if (ngx_http_vol_redis_value(value, "sentinel=", &rcf->master)) {
        return rcf->master.len
               ? ngx_http_vol_redis_kind(rcf, NGX_HTTP_VOL_REDIS_SENTINEL)
               : "names no master";
    }

    if (ngx_http_vol_redis_value(value, "db=", &text)) {
        return ngx_http_vol_redis_db(cf, value, &rcf->db);
    }

    if (ngx_http_vol_redis_value(value, "user=", &rcf->user)
        || ngx_http_vol_redis_value(value, "sentinel_user=",
                                    &rcf->sentinel_user))
    {
        return NGX_CONF_OK;
    }

    if (ngx_http_vol_redis_value(value, "password_file=", &text)) {
        return ngx_http_vol_redis_password(cf, &text, &rcf->password);
    }

    if (ngx_http_vol_redis_value(value, "sentinel_password_file=", &text)) {
        return ngx_http_vol_redis_password(cf, &text,
                                           &rcf->sentinel_password);
    }

    if (ngx_http_vol_tls_parameter(cf, &rcf->tls, value) == NGX_OK) {
        return NGX_CONF_OK;
    }

    if (ngx_strlchr(value->data, value->data + value->len, '=')) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           value);
        return NGX_CONF_ERROR;
    }

    if (*naddrs == NGX_HTTP_VOL_ADDRS_MAX) {
        return "has too many addresses";
    }

    addrs[(*naddrs)++] = *value;

    return NGX_CONF_OK;
}


static char *
ngx_http_vol_redis_kind(ngx_http_vol_redis_conf_t *rcf,
    ngx_http_vol_redis_kind_e kind)
{
    if (rcf->kind != NGX_HTTP_VOL_REDIS_ONE && rcf->kind != kind) {
        return "is either a cluster or watched by sentinels";
    }

    rcf->kind = kind;

    return NGX_CONF_OK;
}


static char *
ngx_http_vol_redis_check(ngx_http_vol_redis_conf_t *rcf, ngx_uint_t naddrs)
{
    if (naddrs == 0) {
        return "has no address";
    }

    if (rcf->user.len && rcf->password.len == 0) {
        return "has a user but no password_file";
    }

    if (rcf->sentinel_user.len && rcf->sentinel_password.len == 0) {
        return "has a sentinel_user but no sentinel_password_file";
    }

    if (rcf->kind == NGX_HTTP_VOL_REDIS_CLUSTER && rcf->db) {
        return "is a cluster, which has database 0 alone";
    }

    if (rcf->kind != NGX_HTTP_VOL_REDIS_SENTINEL
        && rcf->sentinel_password.len)
    {
        return "has a sentinel_password_file but no sentinel";
    }

    if (rcf->kind == NGX_HTTP_VOL_REDIS_ONE && naddrs > 1) {
        return "has several addresses, but neither \"cluster\" nor "
               "\"sentinel\"";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_vol_redis_addrs(ngx_conf_t *cf, ngx_http_vol_redis_conf_t *rcf,
    ngx_str_t *addrs, ngx_uint_t naddrs)
{
    size_t        len;
    u_char       *p;
    ngx_url_t     u;
    ngx_uint_t    i, n;
    ngx_str_t     host, *h;
    ngx_array_t   all, hosts;
    ngx_addr_t   *addr;

    if (ngx_array_init(&all, cf->temp_pool, naddrs, sizeof(ngx_addr_t))
        != NGX_OK
        || ngx_array_init(&hosts, cf->pool, naddrs, sizeof(ngx_str_t))
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    len = 0;

    for (i = 0; i < naddrs; i++) {
        len += addrs[i].len + 1;

        ngx_memzero(&u, sizeof(ngx_url_t));

        u.url = addrs[i];
        u.default_port = rcf->kind == NGX_HTTP_VOL_REDIS_SENTINEL
                         ? NGX_HTTP_VOL_SENTINEL_PORT
                         : NGX_HTTP_VOL_REDIS_PORT;

        if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s in redis \"%V\"",
                               u.err ? u.err : "no address", &u.url);
            return NGX_CONF_ERROR;
        }

        if (u.family == AF_UNIX && rcf->tls.on) {
            return "has \"tls\", which Redis has not on a UNIX-domain socket";
        }

        if (ngx_http_vol_redis_host(cf, &u, &host) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        for (n = 0; n < u.naddrs; n++) {
            addr = ngx_array_push(&all);
            h = ngx_array_push(&hosts);
            if (addr == NULL || h == NULL) {
                return NGX_CONF_ERROR;
            }

            *addr = u.addrs[n];
            *h = host;
        }
    }

    rcf->hosts = hosts.elts;
    rcf->naddrs = all.nelts;
    rcf->addrs = ngx_palloc(cf->pool, all.nelts * sizeof(ngx_addr_t));
    p = ngx_pnalloc(cf->pool, len);

    if (rcf->addrs == NULL || p == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(rcf->addrs, all.elts, all.nelts * sizeof(ngx_addr_t));

    rcf->name.data = p;

    for (i = 0; i < naddrs; i++) {

        if (i) {
            *p++ = ' ';
        }

        p = ngx_cpymem(p, addrs[i].data, addrs[i].len);
    }

    rcf->name.len = p - rcf->name.data;

    return NGX_CONF_OK;
}


/* the name of an address, with 0 at its end; none when it has no name */

static ngx_int_t
ngx_http_vol_redis_host(ngx_conf_t *cf, ngx_url_t *u, ngx_str_t *host)
{
    ngx_str_null(host);

    if (u->family == AF_UNIX || ngx_http_vol_tls_is_ip(&u->host)) {
        return NGX_OK;
    }

    host->data = ngx_pnalloc(cf->pool, u->host.len + 1);
    if (host->data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_cpystrn(host->data, u->host.data, u->host.len + 1);
    host->len = u->host.len;

    return NGX_OK;
}


static char *
ngx_http_vol_redis_db(ngx_conf_t *cf, ngx_str_t *value, ngx_int_t *db)
{
    *db = ngx_atoi(value->data + 3, value->len - 3);

    if (*db == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid database number \"%V\"", value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* the first line of the file */

static char *
ngx_http_vol_redis_password(ngx_conf_t *cf, ngx_str_t *file,
    ngx_str_t *password)
{
    u_char   buf[NGX_HTTP_VOL_PASSWORD_MAX];
    ssize_t  n;

    n = ngx_http_vol_read_secret(cf, file, buf, sizeof(buf));
    if (n == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    for (password->len = 0; password->len < (size_t) n; password->len++) {
        if (buf[password->len] == CR || buf[password->len] == LF) {
            break;
        }
    }

    if (password->len == 0 || password->len == sizeof(buf)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no password in the first line of \"%V\"", file);
        return NGX_CONF_ERROR;
    }

    password->data = ngx_pnalloc(cf->pool, password->len);
    if (password->data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(password->data, buf, password->len);
    ngx_explicit_memzero(buf, sizeof(buf));

    return NGX_CONF_OK;
}


/* what stands behind the name in a parameter */

static ngx_uint_t
ngx_http_vol_redis_value(ngx_str_t *parameter, char *name, ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (parameter->len < len
        || ngx_strncmp(parameter->data, name, len) != 0)
    {
        return 0;
    }

    value->data = parameter->data + len;
    value->len = parameter->len - len;

    return 1;
}
