
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_place.h"
#include "ngx_http_vol_time.h"


ngx_int_t
ngx_http_vol_place_parse(ngx_str_t *text, ngx_http_vol_place_t *place)
{
    u_char  *p, *last;

    last = text->data + text->len;

    p = ngx_strlchr(text->data, last, '-');
    if (p == NULL) {
        return NGX_ERROR;
    }

    place->ms = ngx_atoof(text->data, p - text->data);
    p++;
    place->n = ngx_atoof(p, last - p);

    return (place->ms == NGX_ERROR || place->n == NGX_ERROR) ? NGX_ERROR
                                                             : NGX_OK;
}


u_char *
ngx_http_vol_place_format(u_char *p, ngx_http_vol_place_t *place)
{
    return ngx_sprintf(p, "%L-%L", place->ms, place->n);
}


ngx_int_t
ngx_http_vol_place_compare(ngx_http_vol_place_t *one,
    ngx_http_vol_place_t *two)
{
    if (one->ms != two->ms) {
        return one->ms < two->ms ? -1 : 1;
    }

    if (one->n != two->n) {
        return one->n < two->n ? -1 : 1;
    }

    return 0;
}


int64_t
ngx_http_vol_place_day(ngx_http_vol_place_t *place, ngx_int_t utc_offset)
{
    int64_t  seconds;

    seconds = place->ms / 1000 + utc_offset;

    if (seconds < 0) {
        seconds -= NGX_HTTP_VOL_DAY_SECONDS - 1;
    }

    return seconds / NGX_HTTP_VOL_DAY_SECONDS;
}


ngx_int_t
ngx_http_vol_place_of(redisReply *entry, ngx_http_vol_place_t *place)
{
    ngx_str_t  id;

    if (entry->type != REDIS_REPLY_ARRAY
        || entry->elements != 2
        || entry->element[0]->type != REDIS_REPLY_STRING)
    {
        return NGX_ERROR;
    }

    id.data = (u_char *) entry->element[0]->str;
    id.len = entry->element[0]->len;

    return ngx_http_vol_place_parse(&id, place);
}
