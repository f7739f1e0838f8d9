
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_TIME_H_INCLUDED_
#define _NGX_HTTP_VOL_TIME_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_HTTP_VOL_DAY_LAST     2932896    /* 9999-12-31 */
#define NGX_HTTP_VOL_DAY_SECONDS  86400

#define NGX_HTTP_VOL_DATE_LEN  (sizeof("2026-01-01") - 1)
#define NGX_HTTP_VOL_TIME_LEN  (sizeof("2026-01-01T00:00:00+08:00") - 1)


/*
 * Dates are days and times are seconds since 1970-01-01 UTC, in the proleptic
 * Gregorian calendar, years 1970 to 9999.
 */

/* "2026-02-28" (RFC 3339 full-date); NGX_ERROR for a date that is not one. */
ngx_int_t ngx_http_vol_date_parse(ngx_str_t *text, int64_t *days);

/* Writes NGX_HTTP_VOL_DATE_LEN bytes, returns the place after them. */
u_char *ngx_http_vol_date_format(u_char *p, int64_t days);

/*
 * RFC 3339 date-time, with "T" and "Z" in either case; a fraction of a second
 * is read and dropped, a leap second (:60) is an error.
 */
ngx_int_t ngx_http_vol_time_parse(ngx_str_t *text, int64_t *seconds);

/* Writes NGX_HTTP_VOL_TIME_LEN bytes, returns the place after them. */
u_char *ngx_http_vol_time_format(u_char *p, int64_t seconds,
    ngx_int_t utc_offset);

/* "+08:00", "-03:30" or "Z", at most 14 hours (RFC 3339 time-offset). */
ngx_int_t ngx_http_vol_offset_parse(ngx_str_t *text, ngx_int_t *utc_offset);


#endif /* _NGX_HTTP_VOL_TIME_H_INCLUDED_ */
