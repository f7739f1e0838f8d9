
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include "ngx_http_vol_time.h"


/*
 * An entry of the ledger as one line of text.  Seals are digests of these
 * lines: the fields, their order and how each is written never change; a field
 * that comes later comes at the end.
 */


#define NGX_HTTP_VOL_ENTRY_DIGITS  15       /* well below 2^53 */


typedef enum {
    NGX_HTTP_VOL_ENTRY_STRING = 0,
    NGX_HTTP_VOL_ENTRY_INTEGER,
    NGX_HTTP_VOL_ENTRY_DATE,                /* days since 1970 */
    NGX_HTTP_VOL_ENTRY_TIME                 /* seconds since 1970 */
} ngx_http_vol_entry_e;


typedef struct {
    ngx_str_t                name;
    ngx_http_vol_entry_e     type;
} ngx_http_vol_entry_field_t;


static ngx_int_t ngx_http_vol_entry_text(redisReply *fields, ngx_str_t *text);
static ngx_uint_t ngx_http_vol_entry_is(redisReply *name, char *expected);
static u_char *ngx_http_vol_entry_end(u_char *p, u_char *last);
static json_t *ngx_http_vol_entry_json(ngx_http_vol_entry_e type,
    ngx_str_t *value);
static ngx_int_t ngx_http_vol_entry_integer(ngx_str_t *value, int64_t *n);


static ngx_http_vol_entry_field_t  ngx_http_vol_entry_fields[] = {
    { ngx_string("type"),            NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("volunteer"),       NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("points"),          NGX_HTTP_VOL_ENTRY_INTEGER },
    { ngx_string("earned"),          NGX_HTTP_VOL_ENTRY_INTEGER },
    { ngx_string("balance"),         NGX_HTTP_VOL_ENTRY_INTEGER },
    { ngx_string("ref"),             NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("voucher"),         NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("merchant"),        NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("on"),              NGX_HTTP_VOL_ENTRY_DATE },
    { ngx_string("minutes"),         NGX_HTTP_VOL_ENTRY_INTEGER },
    { ngx_string("points_per_hour"), NGX_HTTP_VOL_ENTRY_INTEGER },
    { ngx_string("expires"),         NGX_HTTP_VOL_ENTRY_TIME },
    { ngx_string("amount"),          NGX_HTTP_VOL_ENTRY_INTEGER },
    { ngx_string("counted"),         NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("by"),              NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("role"),            NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("scope"),           NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("rules"),           NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("org"),             NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("note"),            NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("evidence"),        NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_string("proposal"),        NGX_HTTP_VOL_ENTRY_STRING },
    { ngx_null_string, 0 }
};


ngx_int_t
ngx_http_vol_line(ngx_pool_t *pool, redisReply *entry, ngx_str_t *line)
{
    json_t  *json;

    json = ngx_http_vol_entry(entry);
    if (json == NULL) {
        return NGX_DECLINED;
    }

    return ngx_http_vol_dump(pool, json, line);
}


json_t *
ngx_http_vol_entry(redisReply *entry)
{
    u_char                      *last;
    json_t                      *json, *member;
    ngx_str_t                    text, value;
    redisReply                  *id;
    ngx_http_vol_entry_field_t  *f;

    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2
        || ngx_http_vol_entry_text(entry->element[1], &text) != NGX_OK)
    {
        return NULL;
    }

    id = entry->element[0];

    if (id->type != REDIS_REPLY_STRING) {
        return NULL;
    }

    json = json_object();

    if (json_object_set_new(json, "entry", json_stringn(id->str, id->len))
        != 0)
    {
        goto failed;
    }

    last = text.data + text.len;
    value.data = text.data;

    for (f = ngx_http_vol_entry_fields; f->name.len; f++) {

        /* those at the end that are empty are not there */

        if (value.data > last) {
            break;
        }

        value.len = ngx_http_vol_entry_end(value.data, last) - value.data;

        if (value.len) {
            member = ngx_http_vol_entry_json(f->type, &value);

            /* fails too when member is NULL */

            if (json_object_set_new(json, (char *) f->name.data, member) != 0)
            {
                goto failed;
            }
        }

        value.data += value.len + 1;
    }

    /* a value of no field that is known is not left out */

    if (value.data > last) {
        return json;
    }

failed:

    json_decref(json);

    return NULL;
}


/*
 * The values with tabs between, as lua/lib/entry_text.lua writes them; the
 * links beside them are no part of the line.
 */

static ngx_int_t
ngx_http_vol_entry_text(redisReply *fields, ngx_str_t *text)
{
    redisReply  *value;

    if (fields->type != REDIS_REPLY_ARRAY || fields->elements != 4) {
        return NGX_ERROR;
    }

    value = fields->element[1];

    if (!ngx_http_vol_entry_is(fields->element[0], "entry")
        || !ngx_http_vol_entry_is(fields->element[2], "before")
        || value->type != REDIS_REPLY_STRING)
    {
        return NGX_ERROR;
    }

    text->data = (u_char *) value->str;
    text->len = value->len;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_vol_entry_is(redisReply *name, char *expected)
{
    return name->type == REDIS_REPLY_STRING
           && name->len == ngx_strlen(expected)
           && ngx_strncmp(name->str, expected, name->len) == 0;
}


static u_char *
ngx_http_vol_entry_end(u_char *p, u_char *last)
{
    u_char  *tab;

    tab = ngx_strlchr(p, last, '\t');

    return tab ? tab : last;
}


static json_t *
ngx_http_vol_entry_json(ngx_http_vol_entry_e type, ngx_str_t *value)
{
    u_char   buf[NGX_HTTP_VOL_TIME_LEN], *last;
    int64_t  n;

    if (type == NGX_HTTP_VOL_ENTRY_STRING) {
        return json_stringn((char *) value->data, value->len);
    }

    if (ngx_http_vol_entry_integer(value, &n) != NGX_OK) {
        return NULL;
    }

    switch (type) {

    case NGX_HTTP_VOL_ENTRY_DATE:
        if (n < 0 || n > NGX_HTTP_VOL_DAY_LAST) {
            return NULL;
        }

        last = ngx_http_vol_date_format(buf, n);
        break;

    case NGX_HTTP_VOL_ENTRY_TIME:
        if (n < 0 || n / NGX_HTTP_VOL_DAY_SECONDS > NGX_HTTP_VOL_DAY_LAST) {
            return NULL;
        }

        last = ngx_http_vol_time_format(buf, n, 0);
        last -= sizeof("+00:00") - 1;
        *last++ = 'Z';
        break;

    default: /* NGX_HTTP_VOL_ENTRY_INTEGER */
        return json_integer(n);
    }

    return json_stringn((char *) buf, last - buf);
}


/* written as the scripts write it: no two texts are the same number */

static ngx_int_t
ngx_http_vol_entry_integer(ngx_str_t *value, int64_t *n)
{
    size_t      len;
    u_char     *p;
    ngx_uint_t  minus;

    p = value->data;
    len = value->len;
    minus = (*p == '-');

    if (minus) {
        p++;
        len--;
    }

    if (len == 0 || len > NGX_HTTP_VOL_ENTRY_DIGITS
        || (*p == '0' && (minus || len > 1)))
    {
        return NGX_ERROR;
    }

    *n = ngx_atoof(p, len);

    if (*n == NGX_ERROR) {
        return NGX_ERROR;
    }

    *n = minus ? -*n : *n;

    return NGX_OK;
}
