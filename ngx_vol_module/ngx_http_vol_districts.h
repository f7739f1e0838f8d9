
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_DISTRICTS_H_INCLUDED_
#define _NGX_HTTP_VOL_DISTRICTS_H_INCLUDED_


#include "ngx_http_vol_module.h"


/* one that vol_districts lists */

typedef struct {
    ngx_str_t                       id;
    ngx_str_t                       prefix;     /* of its keys */
} ngx_http_vol_district_t;


/* ngx_http_vol_districts_conf.c: vol_districts */

char *ngx_http_vol_districts_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* ngx_http_vol_districts.c */

/* Finds the endpoint that is called in each district; an [emerg] without it. */
ngx_int_t ngx_http_vol_districts_init(ngx_conf_t *cf);

/* A step that goes on by itself: NGX_AGAIN, or as the steps of the way. */
ngx_int_t ngx_http_vol_districts(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);


#endif /* _NGX_HTTP_VOL_DISTRICTS_H_INCLUDED_ */
