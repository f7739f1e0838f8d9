
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_vol_time.h"


#define NGX_HTTP_VOL_YEAR_FIRST   1970
#define NGX_HTTP_VOL_YEAR_LAST    9999

#define NGX_HTTP_VOL_OFFSET_MAX   (14 * 3600)


static int64_t ngx_http_vol_year_start(ngx_int_t year);
static ngx_int_t ngx_http_vol_month_start(ngx_int_t year, ngx_int_t month);


/* days of a common year before each month, and before the next year */

static ngx_int_t  ngx_http_vol_month_days[] = {
    0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365
};


ngx_int_t
ngx_http_vol_date_parse(ngx_str_t *text, int64_t *days)
{
    u_char     *p;
    ngx_int_t   year, month, day, start;

    p = text->data;

    if (text->len != NGX_HTTP_VOL_DATE_LEN || p[4] != '-' || p[7] != '-') {
        return NGX_ERROR;
    }

    year = ngx_atoi(p, 4);
    month = ngx_atoi(p + 5, 2);
    day = ngx_atoi(p + 8, 2);

    if (year < NGX_HTTP_VOL_YEAR_FIRST || month < 1 || month > 12 || day < 1) {
        return NGX_ERROR;
    }

    start = ngx_http_vol_month_start(year, month);

    if (day > ngx_http_vol_month_start(year, month + 1) - start) {
        return NGX_ERROR;
    }

    *days = ngx_http_vol_year_start(year) + start + day - 1;

    return NGX_OK;
}


u_char *
ngx_http_vol_date_format(u_char *p, int64_t days)
{
    ngx_int_t  year, month, day;

    /* the place is as long as a date with a year of four digits */

    days = ngx_max(days, 0);
    days = ngx_min(days, NGX_HTTP_VOL_DAY_LAST);

    /* 146097 days in 400 years: the estimate is a year off at most */

    year = NGX_HTTP_VOL_YEAR_FIRST + days * 400 / 146097;

    if (days < ngx_http_vol_year_start(year)) {
        year--;

    } else if (days >= ngx_http_vol_year_start(year + 1)) {
        year++;
    }

    day = days - ngx_http_vol_year_start(year);

    for (month = 12; day < ngx_http_vol_month_start(year, month); month--) {
        /* void */
    }

    day -= ngx_http_vol_month_start(year, month);

    return ngx_sprintf(p, "%04i-%02i-%02i", year, month, day + 1);
}


ngx_int_t
ngx_http_vol_time_parse(ngx_str_t *text, int64_t *seconds)
{
    u_char     *p, *last;
    int64_t     days, utc;
    ngx_int_t   hour, min, sec, utc_offset;
    ngx_str_t   date, offset;

    if (text->len < sizeof("2026-01-01T00:00:00Z") - 1) {
        return NGX_ERROR;
    }

    p = text->data;
    last = p + text->len;

    date.data = p;
    date.len = NGX_HTTP_VOL_DATE_LEN;

    if (ngx_http_vol_date_parse(&date, &days) != NGX_OK) {
        return NGX_ERROR;
    }

    if ((p[10] != 'T' && p[10] != 't') || p[13] != ':' || p[16] != ':') {
        return NGX_ERROR;
    }

    hour = ngx_atoi(p + 11, 2);
    min = ngx_atoi(p + 14, 2);
    sec = ngx_atoi(p + 17, 2);

    if (hour < 0 || hour > 23 || min < 0 || min > 59 || sec < 0 || sec > 59) {
        return NGX_ERROR;
    }

    p += sizeof("2026-01-01T00:00:00") - 1;

    if (*p == '.') {
        p++;

        if (p == last || *p < '0' || *p > '9') {
            return NGX_ERROR;
        }

        while (p < last && *p >= '0' && *p <= '9') {
            p++;
        }
    }

    offset.data = p;
    offset.len = last - p;

    if (ngx_http_vol_offset_parse(&offset, &utc_offset) != NGX_OK) {
        return NGX_ERROR;
    }

    utc = days * NGX_HTTP_VOL_DAY_SECONDS + hour * 3600 + min * 60 + sec
          - utc_offset;

    /* an offset may lead out of the years that the date itself is in */

    if (utc < 0 || utc / NGX_HTTP_VOL_DAY_SECONDS > NGX_HTTP_VOL_DAY_LAST) {
        return NGX_ERROR;
    }

    *seconds = utc;

    return NGX_OK;
}


u_char *
ngx_http_vol_time_format(u_char *p, int64_t seconds, ngx_int_t utc_offset)
{
    int64_t     last;
    ngx_int_t   sec, offset;

    last = (int64_t) NGX_HTTP_VOL_DAY_LAST * NGX_HTTP_VOL_DAY_SECONDS
           + NGX_HTTP_VOL_DAY_SECONDS - 1;

    seconds = ngx_max(seconds, -utc_offset);
    seconds = ngx_min(seconds, last - utc_offset);

    seconds += utc_offset;

    p = ngx_http_vol_date_format(p, seconds / NGX_HTTP_VOL_DAY_SECONDS);

    sec = seconds % NGX_HTTP_VOL_DAY_SECONDS;
    offset = ngx_abs(utc_offset) / 60;

    return ngx_sprintf(p, "T%02i:%02i:%02i%c%02i:%02i",
                       sec / 3600, sec / 60 % 60, sec % 60,
                       utc_offset < 0 ? '-' : '+', offset / 60, offset % 60);
}


ngx_int_t
ngx_http_vol_offset_parse(ngx_str_t *text, ngx_int_t *utc_offset)
{
    u_char     *p;
    ngx_int_t   hour, min, offset;

    p = text->data;

    if (text->len == 1 && (*p == 'Z' || *p == 'z')) {
        *utc_offset = 0;
        return NGX_OK;
    }

    if (text->len != sizeof("+00:00") - 1
        || (*p != '+' && *p != '-')
        || p[3] != ':')
    {
        return NGX_ERROR;
    }

    hour = ngx_atoi(p + 1, 2);
    min = ngx_atoi(p + 4, 2);

    if (hour < 0 || min < 0 || min > 59) {
        return NGX_ERROR;
    }

    offset = hour * 3600 + min * 60;

    if (offset > NGX_HTTP_VOL_OFFSET_MAX) {
        return NGX_ERROR;
    }

    *utc_offset = (*p == '-') ? -offset : offset;

    return NGX_OK;
}


/* days from 1970-01-01 to the first day of a year */

static int64_t
ngx_http_vol_year_start(ngx_int_t year)
{
    year--;

    return (int64_t) year * 365 + year / 4 - year / 100 + year / 400 - 719162;
}


/* days from the first day of a year to that of a month, 13 is the next year */

static ngx_int_t
ngx_http_vol_month_start(ngx_int_t year, ngx_int_t month)
{
    ngx_int_t  leap;

    leap = (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));

    return ngx_http_vol_month_days[month - 1] + ((month > 2) ? leap : 0);
}
