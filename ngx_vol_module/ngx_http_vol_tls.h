
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_TLS_H_INCLUDED_
#define _NGX_HTTP_VOL_TLS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


/* what vol_redis says of TLS */

typedef struct {
    ngx_uint_t                    on;
    ngx_uint_t                    unverified;
    ngx_str_t                     name;         /* in certificates, instead of
                                                   the host's; ends with 0 */
    ngx_str_t                     ca;
    ngx_str_t                     certificate;
    ngx_str_t                     key;
    ngx_ssl_t                    *ssl;          /* NULL without TLS */
} ngx_http_vol_tls_conf_t;


/* Takes a parameter; NGX_DECLINED when it is about something else. */
ngx_int_t ngx_http_vol_tls_parameter(ngx_conf_t *cf,
    ngx_http_vol_tls_conf_t *tls, ngx_str_t *value);

/* When all parameters are there: reads certificates. */
char *ngx_http_vol_tls_init(ngx_conf_t *cf, ngx_http_vol_tls_conf_t *tls);

/* Whether a host is an address, not a name. */
ngx_uint_t ngx_http_vol_tls_is_ip(ngx_str_t *host);

/*
 * Begins TLS on a connection to a host, whose name or IP address, with 0 at its
 * end, the certificate must have.
 */
ngx_int_t ngx_http_vol_tls_begin(ngx_http_vol_tls_conf_t *tls,
    ngx_connection_t *c, ngx_str_t *host);

/*
 * Goes on: NGX_AGAIN until the handlers of the connection, which must be set
 * anew, are called; NGX_ERROR when it failed, as nginx logged; NGX_DECLINED when
 * the other side is not who it must be, and why.
 */
ngx_int_t ngx_http_vol_tls_handshake(ngx_http_vol_tls_conf_t *tls,
    ngx_connection_t *c, ngx_str_t *host, ngx_str_t *why);

/* Frees what TLS has, before the connection is closed. */
void ngx_http_vol_tls_end(ngx_connection_t *c);


#endif /* _NGX_HTTP_VOL_TLS_H_INCLUDED_ */
