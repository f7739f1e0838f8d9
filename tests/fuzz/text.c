
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fuzz.h"
#include "ngx_http_vol_code.h"
#include "ngx_http_vol_place.h"
#include "ngx_http_vol_time.h"


/* a byte for what is read, then its text: a date, a time, a code or a place */


static void ngx_http_vol_fuzz_date(ngx_str_t *text);
static void ngx_http_vol_fuzz_time(ngx_str_t *text);
static void ngx_http_vol_fuzz_code(ngx_str_t *text);
static void ngx_http_vol_fuzz_place(ngx_str_t *text);


void
ngx_http_vol_fuzz_text(u_char *data, size_t size)
{
    u_char      what;
    ngx_str_t   text;

    what = ngx_http_vol_fuzz_byte(&data, &size);
    ngx_http_vol_fuzz_copy(&text, data, size);

    switch (what % 4) {
    case 0:
        ngx_http_vol_fuzz_date(&text);
        break;
    case 1:
        ngx_http_vol_fuzz_time(&text);
        break;
    case 2:
        ngx_http_vol_fuzz_code(&text);
        break;
    default:
        ngx_http_vol_fuzz_place(&text);
        break;
    }
}


static void
ngx_http_vol_fuzz_date(ngx_str_t *text)
{
    u_char   again[NGX_HTTP_VOL_DATE_LEN];
    int64_t  days;

    if (ngx_http_vol_date_parse(text, &days) != NGX_OK) {
        return;
    }

    must(days >= 0 && days <= NGX_HTTP_VOL_DAY_LAST);
    must(text->len == NGX_HTTP_VOL_DATE_LEN);
    must(ngx_http_vol_date_format(again, days) == again + sizeof(again));
    must(ngx_memcmp(again, text->data, sizeof(again)) == 0);
}


static void
ngx_http_vol_fuzz_time(ngx_str_t *text)
{
    u_char     buf[NGX_HTTP_VOL_TIME_LEN];
    int64_t    seconds, same;
    ngx_int_t  utc_offset;
    ngx_str_t  again;

    if (ngx_http_vol_offset_parse(text, &utc_offset) == NGX_OK) {
        must(ngx_abs(utc_offset) <= 14 * 3600);
    }

    if (ngx_http_vol_time_parse(text, &seconds) != NGX_OK) {
        return;
    }

    must(seconds >= 0);
    must(seconds / NGX_HTTP_VOL_DAY_SECONDS <= NGX_HTTP_VOL_DAY_LAST);

    again.data = buf;
    again.len = sizeof(buf);

    must(ngx_http_vol_time_format(buf, seconds, 0) == buf + sizeof(buf));
    must(ngx_http_vol_time_parse(&again, &same) == NGX_OK);
    must(same == seconds);
}


static void
ngx_http_vol_fuzz_code(ngx_str_t *text)
{
    u_char     *code, shown[NGX_HTTP_VOL_CODE_SHOWN_LEN];
    u_char      same[NGX_HTTP_VOL_CODE_LEN];
    ngx_str_t   again;

    code = ngx_pnalloc(ngx_http_vol_fuzz_cf->pool, NGX_HTTP_VOL_CODE_LEN);
    must(code);

    if (ngx_http_vol_code_parse(text, code) != NGX_OK) {
        return;
    }

    again.data = shown;
    again.len = sizeof(shown);

    must(ngx_http_vol_code_show(shown, code) == shown + sizeof(shown));
    must(ngx_http_vol_code_parse(&again, same) == NGX_OK);
    must(ngx_memcmp(code, same, NGX_HTTP_VOL_CODE_LEN) == 0);
}


static void
ngx_http_vol_fuzz_place(ngx_str_t *text)
{
    u_char                buf[NGX_HTTP_VOL_PLACE_LEN];
    ngx_str_t             again;
    ngx_http_vol_place_t  place, same;

    if (ngx_http_vol_place_parse(text, &place) != NGX_OK) {
        return;
    }

    must(place.ms >= 0 && place.n >= 0);

    again.data = buf;
    again.len = ngx_http_vol_place_format(buf, &place) - buf;

    must(again.len <= NGX_HTTP_VOL_PLACE_LEN);
    must(ngx_http_vol_place_parse(&again, &same) == NGX_OK);
    must(ngx_http_vol_place_compare(&place, &same) == 0);
}
