
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_CERTIFICATE_H_INCLUDED_
#define _NGX_HTTP_VOL_CERTIFICATE_H_INCLUDED_


#include "ngx_http_vol_module.h"


/* vol_certificate_key: the keys in a file, one a line; the first signs. */
char *ngx_http_vol_certificate_key(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * Answers with a certificate whose signature is right, signs one that has none:
 * NGX_AGAIN while that is written, NGX_DECLINED after a refusal, or what
 * sending gave.
 */
ngx_int_t ngx_http_vol_certificate(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, redisReply *reply);


#endif /* _NGX_HTTP_VOL_CERTIFICATE_H_INCLUDED_ */
