
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


static redisReply *ngx_http_vol_entry_value(redisReply *fields,
    ngx_uint_t place, ngx_str_t *name);
static json_t *ngx_http_vol_entry_json(ngx_http_vol_entry_e type,
    redisReply *value);
static ngx_int_t ngx_http_vol_entry_integer(redisReply *value, int64_t *n);


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
    json_t                      *json, *member;
    redisReply                  *id, *fields, *value;
    ngx_uint_t                   place, found;
    ngx_http_vol_entry_field_t  *f;

    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2) {
        return NULL;
    }

    id = entry->element[0];
    fields = entry->element[1];

    if (id->type != REDIS_REPLY_STRING || fields->type != REDIS_REPLY_ARRAY) {
        return NULL;
    }

    json = json_object();
    place = 0;
    found = 0;

    if (json_object_set_new(json, "entry", json_stringn(id->str, id->len))
        != 0)
    {
        goto failed;
    }

    for (f = ngx_http_vol_entry_fields; f->name.len; f++) {

        value = ngx_http_vol_entry_value(fields, place++, &f->name);
        if (value == NULL) {
            continue;
        }

        found++;

        if (value->len == 0) {
            continue;
        }

        member = ngx_http_vol_entry_json(f->type, value);

        /* fails too when member is NULL */

        if (json_object_set_new(json, (char *) f->name.data, member) != 0) {
            goto failed;
        }
    }

    /* a field of no name that is known, or one given twice, is not left out */

    if (found * 2 == fields->elements) {
        return json;
    }

failed:

    json_decref(json);

    return NULL;
}


/* by name; a field is at its place unless the entry is of an older version */

static redisReply *
ngx_http_vol_entry_value(redisReply *fields, ngx_uint_t place, ngx_str_t *name)
{
    size_t       i, n;
    redisReply  *field, *value;

    n = fields->elements / 2;

    for (i = 0; i < n; i++) {

        field = fields->element[(place + i) % n * 2];
        value = fields->element[(place + i) % n * 2 + 1];

        if (field->type == REDIS_REPLY_STRING
            && value->type == REDIS_REPLY_STRING
            && field->len == name->len
            && ngx_strncmp(field->str, name->data, name->len) == 0)
        {
            return value;
        }
    }

    return NULL;
}


static json_t *
ngx_http_vol_entry_json(ngx_http_vol_entry_e type, redisReply *value)
{
    u_char   buf[NGX_HTTP_VOL_TIME_LEN], *last;
    int64_t  n;

    if (type == NGX_HTTP_VOL_ENTRY_STRING) {
        return json_stringn(value->str, value->len);
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
ngx_http_vol_entry_integer(redisReply *value, int64_t *n)
{
    size_t      len;
    u_char     *p;
    ngx_uint_t  minus;

    p = (u_char *) value->str;
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
