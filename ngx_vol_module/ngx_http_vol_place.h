
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_PLACE_H_INCLUDED_
#define _NGX_HTTP_VOL_PLACE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <hiredis/hiredis.h>


#define NGX_HTTP_VOL_PLACE_LEN  (2 * NGX_INT64_LEN + 1)


/* The id of an entry: its place in the ledger, "1775577600000-0". */

typedef struct {
    int64_t    ms;                  /* since 1970 UTC */
    int64_t    n;                   /* among those of that millisecond */
} ngx_http_vol_place_t;


ngx_int_t ngx_http_vol_place_parse(ngx_str_t *text,
    ngx_http_vol_place_t *place);

/* Writes at most NGX_HTTP_VOL_PLACE_LEN bytes, returns the place after them. */
u_char *ngx_http_vol_place_format(u_char *p, ngx_http_vol_place_t *place);

/* Below, at or above zero when one is before, at or behind the other. */
ngx_int_t ngx_http_vol_place_compare(ngx_http_vol_place_t *one,
    ngx_http_vol_place_t *two);

/* The day since 1970 at that offset from UTC, in seconds. */
int64_t ngx_http_vol_place_day(ngx_http_vol_place_t *place,
    ngx_int_t utc_offset);

/* The place of an element of XRANGE's reply. */
ngx_int_t ngx_http_vol_place_of(redisReply *entry,
    ngx_http_vol_place_t *place);


#endif /* _NGX_HTTP_VOL_PLACE_H_INCLUDED_ */
