
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_RULES_TERMS_H_INCLUDED_
#define _NGX_HTTP_VOL_RULES_TERMS_H_INCLUDED_


#include "ngx_http_vol_rules_reader.h"


/* The terms of a school year, into rules->values. */
ngx_int_t ngx_http_vol_rules_terms(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);

/* A day of any year, "MM-DD", as an ngx_int_t: month * 100 + day. */
ngx_int_t ngx_http_vol_rules_day(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);


#endif /* _NGX_HTTP_VOL_RULES_TERMS_H_INCLUDED_ */
