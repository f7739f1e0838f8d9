
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include "ngx_http_vol_code.h"
#include "ngx_http_vol_time.h"


#define NGX_HTTP_VOL_FIELD_MAX  64          /* bytes of a name given back */


static ngx_int_t ngx_http_vol_json_ids(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, json_t *json, ngx_str_t *value);
static ngx_int_t ngx_http_vol_json_days(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, json_t *json, ngx_str_t *value);
static ngx_uint_t ngx_http_vol_is_of(ngx_str_t *names, ngx_uint_t n,
    ngx_str_t *value);
static ngx_int_t ngx_http_vol_text_integer(ngx_str_t *text, int64_t *n);
static ngx_int_t ngx_http_vol_integer(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, int64_t n, ngx_str_t *value);
static ngx_int_t ngx_http_vol_plain_text(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, ngx_str_t *value);
static ngx_uint_t ngx_http_vol_is_cursor(ngx_str_t *text, int64_t max);


/* the five kinds of teams */

static ngx_str_t  ngx_http_vol_teams[] = {
    ngx_string("social"),
    ngx_string("community"),
    ngx_string("enterprise"),
    ngx_string("university"),
    ngx_string("emergency")
};


#define NGX_HTTP_VOL_TEAMS                                                    \
    (sizeof(ngx_http_vol_teams) / sizeof(ngx_str_t))


/* in the order in which a list of them is stored */

static ngx_str_t  ngx_http_vol_days[] = {
    ngx_string("mon"),
    ngx_string("tue"),
    ngx_string("wed"),
    ngx_string("thu"),
    ngx_string("fri"),
    ngx_string("sat"),
    ngx_string("sun")
};


#define NGX_HTTP_VOL_WEEK                                                     \
    (sizeof(ngx_http_vol_days) / sizeof(ngx_str_t))


static ngx_str_t  ngx_http_vol_needs[] = {
    ngx_string("open"),
    ngx_string("accepted"),
    ngx_string("done"),
    ngx_string("confirmed"),
    ngx_string("withdrawn"),
    ngx_string("expired")
};


#define NGX_HTTP_VOL_NEEDS                                                    \
    (sizeof(ngx_http_vol_needs) / sizeof(ngx_str_t))


/* what a text must be, by ngx_http_vol_type_e */

static char  *ngx_http_vol_expected[] = {
    "must be an id: 1 to 64 of A-Z a-z 0-9 . _ -",
    "must be a list of ids, each once",
    "must be an integer",
    "must be a string",
    "must be a date, such as 2026-01-31",
    "must be a time, such as 2026-01-31T08:00:00+08:00",
    "must be true or false",
    "must be general, cadre or student",
    "must be social, community, enterprise, university or emergency",
    "must be a list of mon, tue, wed, thu, fri, sat and sun, each once",
    "must be open, accepted, done, confirmed, withdrawn or expired",
    "must be a voucher's code",
    "must be the next of a page",
    "must be a list of 1 to 32 posts, each with an id of its own"
};


ngx_int_t
ngx_http_vol_json_arg(ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f,
    json_t *json, ngx_str_t *value)
{
    ngx_int_t  rc;

    switch (f->type) {

    case NGX_HTTP_VOL_INTEGER:
        if (!json_is_integer(json)) {
            return ngx_http_vol_invalid(ctx, &f->name,
                                        ngx_http_vol_expected[f->type]);
        }

        return ngx_http_vol_integer(ctx, f, json_integer_value(json), value);

    case NGX_HTTP_VOL_FLAG:
        if (!json_is_boolean(json)) {
            return ngx_http_vol_invalid(ctx, &f->name,
                                        ngx_http_vol_expected[f->type]);
        }

        return ngx_http_vol_number(ctx->pool, json_is_true(json), value);

    case NGX_HTTP_VOL_IDS:
        return ngx_http_vol_json_ids(ctx, f, json, value);

    case NGX_HTTP_VOL_POSTS:
        rc = ngx_http_vol_json_posts(ctx, f, json, value);

        return (rc != NGX_ABORT) ? rc
               : ngx_http_vol_invalid(ctx, &f->name,
                                      ngx_http_vol_expected[f->type]);

    case NGX_HTTP_VOL_DAYS:
        return ngx_http_vol_json_days(ctx, f, json, value);

    default:
        if (!json_is_string(json)) {
            return ngx_http_vol_invalid(ctx, &f->name,
                                        ngx_http_vol_expected[f->type]);
        }

        value->data = (u_char *) json_string_value(json);
        value->len = json_string_length(json);

        return ngx_http_vol_text_arg(ctx, f, value);
    }
}


static ngx_int_t
ngx_http_vol_json_ids(ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f,
    json_t *json, ngx_str_t *value)
{
    size_t      i, j, n;
    u_char     *p;
    json_t     *item;
    ngx_str_t   id;

    n = json_array_size(json);

    if (!json_is_array(json) || (int64_t) n > f->max) {
        return ngx_http_vol_invalid(ctx, &f->name,
                                    ngx_http_vol_expected[f->type]);
    }

    p = ngx_pnalloc(ctx->pool, n * (NGX_HTTP_VOL_ID_MAX + 1) + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;

    for (i = 0; i < n; i++) {
        item = json_array_get(json, i);

        id.data = (u_char *) json_string_value(item);
        id.len = json_string_length(item);

        if (!json_is_string(item) || !ngx_http_vol_is_id(&id)) {
            return ngx_http_vol_invalid(ctx, &f->name,
                                        ngx_http_vol_expected[f->type]);
        }

        for (j = 0; j < i; j++) {
            if (json_equal(item, json_array_get(json, j))) {
                return ngx_http_vol_invalid(ctx, &f->name,
                                            ngx_http_vol_expected[f->type]);
            }
        }

        if (i) {
            *p++ = ',';
        }

        p = ngx_cpymem(p, id.data, id.len);
    }

    value->len = p - value->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_json_days(ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f,
    json_t *json, ngx_str_t *value)
{
    size_t       i, n;
    u_char      *p;
    json_t      *item;
    ngx_str_t    day;
    ngx_uint_t   d, days;

    n = json_array_size(json);
    days = 0;

    for (i = 0; i < n && n <= NGX_HTTP_VOL_WEEK; i++) {
        item = json_array_get(json, i);

        day.data = (u_char *) json_string_value(item);
        day.len = json_string_length(item);

        for (d = 0; d < NGX_HTTP_VOL_WEEK; d++) {
            if (ngx_http_vol_is_of(&ngx_http_vol_days[d], 1, &day)) {
                break;
            }
        }

        if (d == NGX_HTTP_VOL_WEEK || (days & (1 << d))) {
            break;
        }

        days |= 1 << d;
    }

    if (!json_is_array(json) || i < n) {
        return ngx_http_vol_invalid(ctx, &f->name,
                                    ngx_http_vol_expected[f->type]);
    }

    p = ngx_pnalloc(ctx->pool, NGX_HTTP_VOL_WEEK * sizeof("mon,"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;

    for (d = 0; d < NGX_HTTP_VOL_WEEK; d++) {

        if (!(days & (1 << d))) {
            continue;
        }

        if (p != value->data) {
            *p++ = ',';
        }

        p = ngx_cpymem(p, ngx_http_vol_days[d].data, ngx_http_vol_days[d].len);
    }

    value->len = p - value->data;

    return NGX_OK;
}


/* turns the text a client sent into what the script is given */

ngx_int_t
ngx_http_vol_text_arg(ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f,
    ngx_str_t *value)
{
    u_char   *code;
    int64_t   n;

    switch (f->type) {

    case NGX_HTTP_VOL_ID:
        if (ngx_http_vol_is_id(value)) {
            return NGX_OK;
        }

        break;

    case NGX_HTTP_VOL_INTEGER:
        if (ngx_http_vol_text_integer(value, &n) == NGX_OK) {
            return ngx_http_vol_integer(ctx, f, n, value);
        }

        break;

    case NGX_HTTP_VOL_TEXT:
        return ngx_http_vol_plain_text(ctx, f, value);

    case NGX_HTTP_VOL_DATE:
        if (ngx_http_vol_date_parse(value, &n) == NGX_OK) {
            return ngx_http_vol_number(ctx->pool, n, value);
        }

        break;

    case NGX_HTTP_VOL_TIME:
        if (ngx_http_vol_time_parse(value, &n) == NGX_OK) {
            return ngx_http_vol_number(ctx->pool, n, value);
        }

        break;

    case NGX_HTTP_VOL_FLAG:
        if (value->len == 4 && ngx_strncmp(value->data, "true", 4) == 0) {
            return ngx_http_vol_number(ctx->pool, 1, value);
        }

        if (value->len == 5 && ngx_strncmp(value->data, "false", 5) == 0) {
            return ngx_http_vol_number(ctx->pool, 0, value);
        }

        break;

    case NGX_HTTP_VOL_KIND:
        if (ngx_http_vol_is_of(ngx_http_vol_kinds, NGX_HTTP_VOL_KINDS, value)) {
            return NGX_OK;
        }

        break;

    case NGX_HTTP_VOL_TEAM:
        if (ngx_http_vol_is_of(ngx_http_vol_teams, NGX_HTTP_VOL_TEAMS, value)) {
            return NGX_OK;
        }

        break;

    case NGX_HTTP_VOL_NEED:
        if (ngx_http_vol_is_of(ngx_http_vol_needs, NGX_HTTP_VOL_NEEDS, value)) {
            return NGX_OK;
        }

        break;

    case NGX_HTTP_VOL_CODE:
        code = ngx_pnalloc(ctx->pool, NGX_HTTP_VOL_CODE_LEN);
        if (code == NULL) {
            return NGX_ERROR;
        }

        if (ngx_http_vol_code_parse(value, code) != NGX_OK) {
            return ngx_http_vol_refuse(ctx, "not-found", &f->name,
                                       "this is no code");
        }

        value->data = code;
        value->len = NGX_HTTP_VOL_CODE_LEN;

        return NGX_OK;

    case NGX_HTTP_VOL_CURSOR:
        if (ngx_http_vol_is_cursor(value, f->max)) {
            return NGX_OK;
        }

        break;

    default: /* NGX_HTTP_VOL_IDS, NGX_HTTP_VOL_POSTS, NGX_HTTP_VOL_DAYS */
        break;
    }

    return ngx_http_vol_invalid(ctx, &f->name, ngx_http_vol_expected[f->type]);
}


ngx_str_t *
ngx_http_vol_type_values(ngx_uint_t type, ngx_uint_t *n)
{
    switch (type) {

    case NGX_HTTP_VOL_KIND:
        *n = NGX_HTTP_VOL_KINDS;
        return ngx_http_vol_kinds;

    case NGX_HTTP_VOL_TEAM:
        *n = NGX_HTTP_VOL_TEAMS;
        return ngx_http_vol_teams;

    case NGX_HTTP_VOL_DAYS:
        *n = NGX_HTTP_VOL_WEEK;
        return ngx_http_vol_days;

    case NGX_HTTP_VOL_NEED:
        *n = NGX_HTTP_VOL_NEEDS;
        return ngx_http_vol_needs;

    default:
        return NULL;
    }
}


static ngx_uint_t
ngx_http_vol_is_of(ngx_str_t *names, ngx_uint_t n, ngx_str_t *value)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (value->len == names[i].len
            && ngx_strncmp(value->data, names[i].data, value->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_vol_text_integer(ngx_str_t *text, int64_t *n)
{
    off_t       value;
    ngx_uint_t  minus;

    minus = (text->len > 1 && text->data[0] == '-');

    value = ngx_atoof(text->data + minus, text->len - minus);

    if (value == NGX_ERROR) {
        return NGX_ERROR;
    }

    *n = minus ? -value : value;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_integer(ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f,
    int64_t n, ngx_str_t *value)
{
    u_char  detail[sizeof("must be an integer from  to ")
                   + 2 * NGX_INT64_LEN + 1];

    if (n >= f->min && n <= f->max) {
        return ngx_http_vol_number(ctx->pool, n, value);
    }

    ngx_sprintf(detail, "must be an integer from %L to %L%Z", f->min, f->max);

    return ngx_http_vol_invalid(ctx, &f->name, (char *) detail);
}


ngx_int_t
ngx_http_vol_number(ngx_pool_t *pool, int64_t n, ngx_str_t *value)
{
    value->data = ngx_pnalloc(pool, NGX_INT64_LEN);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    value->len = ngx_sprintf(value->data, "%L", n) - value->data;

    return NGX_OK;
}


/* jansson has made sure that it is UTF-8 */

static ngx_int_t
ngx_http_vol_plain_text(ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f,
    ngx_str_t *value)
{
    u_char  *p;
    size_t   n;
    u_char   detail[sizeof("must be  to  characters") + 2 * NGX_INT64_LEN + 1];

    n = 0;

    for (p = value->data; p < value->data + value->len; p++) {

        if (*p < 0x20 || *p == 0x7f) {
            return ngx_http_vol_invalid(ctx, &f->name,
                                        "must not hold control characters");
        }

        if (*p == 0xc2 && p[1] < 0xa0) {    /* U+0080 to U+009F */
            return ngx_http_vol_invalid(ctx, &f->name,
                                        "must not hold control characters");
        }

        n += ((*p & 0xc0) != 0x80);
    }

    if ((int64_t) n < f->min || (int64_t) n > f->max) {
        ngx_sprintf(detail, "must be %L to %L characters%Z", f->min, f->max);
        return ngx_http_vol_invalid(ctx, &f->name, (char *) detail);
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_vol_is_cursor(ngx_str_t *text, int64_t max)
{
    u_char      c;
    ngx_uint_t  i;

    if (text->len == 0 || (int64_t) text->len > max) {
        return 0;
    }

    for (i = 0; i < text->len; i++) {
        c = text->data[i];

        if ((c < '0' || c > '9') && (c < 'A' || c > 'Z')
            && (c < 'a' || c > 'z')
            && c != '.' && c != '_' && c != '-' && c != ':' && c != ',')
        {
            return 0;
        }
    }

    return 1;
}


/* a name that the client made up is given back shortened */

ngx_int_t
ngx_http_vol_invalid(ngx_http_vol_ctx_t *ctx, ngx_str_t *name, char *detail)
{
    ngx_str_t  field;

    field = *name;

    if (field.len > NGX_HTTP_VOL_FIELD_MAX) {
        field.len = NGX_HTTP_VOL_FIELD_MAX;

        while (field.len && (field.data[field.len] & 0xc0) == 0x80) {
            field.len--;
        }
    }

    return ngx_http_vol_refuse(ctx, "invalid-field", &field, detail);
}
