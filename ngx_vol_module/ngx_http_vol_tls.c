
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include "ngx_http_vol_tls.h"


/* TLS to Redis */


#define NGX_HTTP_VOL_TLS_POOL       256
#define NGX_HTTP_VOL_TLS_DEPTH      9
#define NGX_HTTP_VOL_TLS_PROTOCOLS  (NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3)


static ngx_uint_t ngx_http_vol_tls_value(ngx_str_t *parameter, char *name,
    ngx_str_t *value);


ngx_int_t
ngx_http_vol_tls_parameter(ngx_conf_t *cf, ngx_http_vol_tls_conf_t *tls,
    ngx_str_t *value)
{
    ngx_str_t  text;

    if (value->len == 3 && ngx_strncmp(value->data, "tls", 3) == 0) {
        tls->on = 1;
        return NGX_OK;
    }

    if (ngx_http_vol_tls_value(value, "tls_verify=", &text)) {

        if (text.len == 3 && ngx_strncmp(text.data, "off", 3) == 0) {
            tls->unverified = 1;
            return NGX_OK;
        }

        if (text.len == 2 && ngx_strncmp(text.data, "on", 2) == 0) {
            tls->unverified = 0;
            return NGX_OK;
        }

        return NGX_DECLINED;
    }

    if (ngx_http_vol_tls_value(value, "tls_name=", &tls->name)
        || ngx_http_vol_tls_value(value, "tls_ca=", &tls->ca)
        || ngx_http_vol_tls_value(value, "tls_certificate=",
                                  &tls->certificate)
        || ngx_http_vol_tls_value(value, "tls_certificate_key=", &tls->key))
    {
        return NGX_OK;
    }

    return NGX_DECLINED;
}


/* what stands behind the name, unless that is nothing */

static ngx_uint_t
ngx_http_vol_tls_value(ngx_str_t *parameter, char *name, ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (parameter->len <= len
        || ngx_strncmp(parameter->data, name, len) != 0)
    {
        return 0;
    }

    value->data = parameter->data + len;
    value->len = parameter->len - len;

    return 1;
}


ngx_uint_t
ngx_http_vol_tls_is_ip(ngx_str_t *host)
{
    return ngx_inet_addr(host->data, host->len) != INADDR_NONE
           || ngx_strlchr(host->data, host->data + host->len, ':') != NULL;
}


/*
 * nginx has its SSL when one of its own modules needs it: a module that is built
 * apart can't bring it along.
 */

#if (NGX_HTTP_SSL)


static ngx_int_t ngx_http_vol_tls_verify(ngx_connection_t *c, ngx_str_t *host,
    ngx_str_t *why);


char *
ngx_http_vol_tls_init(ngx_conf_t *cf, ngx_http_vol_tls_conf_t *tls)
{
    ngx_ssl_t           *ssl;
    ngx_pool_cleanup_t  *cln;

    if (!tls->on) {
        return tls->unverified || tls->name.len || tls->ca.len
               || tls->certificate.len || tls->key.len
               ? "has parameters of TLS but not \"tls\"" : NGX_CONF_OK;
    }

    if (tls->unverified && tls->ca.len) {
        return "has a tls_ca but \"tls_verify=off\"";
    }

    if ((tls->certificate.len == 0) != (tls->key.len == 0)) {
        return "needs both tls_certificate and tls_certificate_key, or none";
    }

    ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (ssl == NULL || cln == NULL) {
        return NGX_CONF_ERROR;
    }

    ssl->log = cf->log;

    if (ngx_ssl_create(ssl, NGX_HTTP_VOL_TLS_PROTOCOLS, NULL) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = ssl;

    if (tls->certificate.len
        && ngx_ssl_certificate(cf, ssl, &tls->certificate, &tls->key, NULL)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (!tls->unverified) {

        if (ngx_ssl_trusted_certificate(cf, ssl, &tls->ca,
                                        NGX_HTTP_VOL_TLS_DEPTH)
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        if (tls->ca.len == 0
            && SSL_CTX_set_default_verify_paths(ssl->ctx) != 1)
        {
            ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                          "SSL_CTX_set_default_verify_paths() failed");
            return NGX_CONF_ERROR;
        }
    }

    tls->ssl = ssl;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_vol_tls_begin(ngx_http_vol_tls_conf_t *tls, ngx_connection_t *c,
    ngx_str_t *host)
{
    c->pool = ngx_create_pool(NGX_HTTP_VOL_TLS_POOL, c->log);
    if (c->pool == NULL) {
        return NGX_ERROR;
    }

    if (ngx_ssl_create_connection(tls->ssl, c, NGX_SSL_CLIENT) != NGX_OK) {
        return NGX_ERROR;
    }

    /*
     * What waits to be written moves in memory, and all that the other side may
     * have must be known as written, so not only the last byte of many.
     */

    SSL_set_mode(c->ssl->connection,
                 SSL_MODE_ENABLE_PARTIAL_WRITE
                 |SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    if (!ngx_http_vol_tls_is_ip(host)
        && SSL_set_tlsext_host_name(c->ssl->connection, (char *) host->data)
           == 0)
    {
        ngx_ssl_error(NGX_LOG_ERR, c->log, 0,
                      "SSL_set_tlsext_host_name(\"%V\") failed", host);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_tls_handshake(ngx_http_vol_tls_conf_t *tls, ngx_connection_t *c,
    ngx_str_t *host, ngx_str_t *why)
{
    ngx_int_t  rc;

    rc = ngx_ssl_handshake(c);

    if (rc != NGX_OK || tls->unverified) {
        return rc;
    }

    return ngx_http_vol_tls_verify(c, host, why);
}


static ngx_int_t
ngx_http_vol_tls_verify(ngx_connection_t *c, ngx_str_t *host, ngx_str_t *why)
{
    int         ok;
    long        rc;
    X509       *cert;
    ngx_int_t   verified;

    cert = SSL_get_peer_certificate(c->ssl->connection);
    if (cert == NULL) {
        ngx_str_set(why, "there is none");
        return NGX_DECLINED;
    }

    rc = SSL_get_verify_result(c->ssl->connection);

    if (rc != X509_V_OK) {
        why->data = (u_char *) X509_verify_cert_error_string(rc);
        why->len = ngx_strlen(why->data);
        verified = NGX_DECLINED;

    } else {
        ok = ngx_http_vol_tls_is_ip(host)
             ? X509_check_ip_asc(cert, (char *) host->data, 0) == 1
             : ngx_ssl_check_host(c, host) == NGX_OK;

        ngx_str_set(why, "it is another host's");
        verified = ok ? NGX_OK : NGX_DECLINED;
    }

    X509_free(cert);

    return verified;
}


void
ngx_http_vol_tls_end(ngx_connection_t *c)
{
    if (c->ssl) {

        /* at once: what is lost is known without a farewell */

        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;

        (void) ngx_ssl_shutdown(c);
    }

    if (c->pool) {
        ngx_destroy_pool(c->pool);
        c->pool = NULL;
    }
}


#else


char *
ngx_http_vol_tls_init(ngx_conf_t *cf, ngx_http_vol_tls_conf_t *tls)
{
    return tls->on || tls->unverified || tls->name.len || tls->ca.len
           || tls->certificate.len || tls->key.len
           ? "has \"tls\", which needs an nginx with ngx_http_ssl_module"
           : NGX_CONF_OK;
}


ngx_int_t
ngx_http_vol_tls_begin(ngx_http_vol_tls_conf_t *tls, ngx_connection_t *c,
    ngx_str_t *host)
{
    return NGX_ERROR;
}


ngx_int_t
ngx_http_vol_tls_handshake(ngx_http_vol_tls_conf_t *tls, ngx_connection_t *c,
    ngx_str_t *host, ngx_str_t *why)
{
    return NGX_ERROR;
}


void
ngx_http_vol_tls_end(ngx_connection_t *c)
{
}


#endif
