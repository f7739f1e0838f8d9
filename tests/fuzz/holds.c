
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fuzz.h"
#include "ngx_http_vol_code.h"
#include "ngx_http_vol_time.h"


static void ngx_http_vol_fuzz_value(ngx_http_vol_field_t *f, ngx_str_t *value);
static void ngx_http_vol_fuzz_list(ngx_str_t *value, ngx_uint_t ids,
    ngx_uint_t max);
static void ngx_http_vol_fuzz_posts(ngx_str_t *value);
static void ngx_http_vol_fuzz_number(ngx_str_t *value, int64_t min,
    int64_t max);
static void ngx_http_vol_fuzz_plain(ngx_str_t *value, int64_t min,
    int64_t max);
static void ngx_http_vol_fuzz_of(ngx_str_t *value, ngx_uint_t type);


void
ngx_http_vol_fuzz_json(ngx_str_t *text)
{
    json_t        *json;
    json_error_t   error;

    json = json_loadb((char *) text->data, text->len,
                      JSON_REJECT_DUPLICATES|JSON_ALLOW_NUL, &error);
    must(json);

    json_decref(json);
}


void
ngx_http_vol_fuzz_refused(ngx_http_vol_ctx_t *ctx)
{
    json_t     *json;
    ngx_str_t   text;

    must(ctx->problem);
    must(ctx->problem->status >= NGX_HTTP_BAD_REQUEST);
    must(ctx->problem->type.len);

    if (ngx_strcmp(ctx->problem->type.data, "invalid-field") == 0) {
        must(ctx->field.data);
    }

    json = json_object();
    must(json);

    ngx_http_vol_problem_json(json, ctx->problem, &ctx->field, &ctx->detail);

    must(json_is_string(json_object_get(json, "type")));
    must(ngx_http_vol_dump(ctx->pool, json, &text) == NGX_OK);

    ngx_http_vol_fuzz_json(&text);
}


void
ngx_http_vol_fuzz_accepted(ngx_http_vol_ctx_t *ctx)
{
    ngx_str_t                 argv[NGX_HTTP_VOL_ARGV_MAX], *prefix;
    ngx_uint_t                i;
    ngx_http_vol_field_t     *f;
    ngx_http_vol_arguments_t  arguments;

    prefix = &ctx->identity.prefix;
    i = 0;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->source <= NGX_HTTP_VOL_BODY) {
            must(ctx->args[i].data || !(f->flags & NGX_HTTP_VOL_REQUIRED));

            if (ctx->args[i].data) {
                ngx_http_vol_fuzz_value(f, &ctx->args[i]);
            }

            if ((f->flags & NGX_HTTP_VOL_SELF)
                && ctx->identity.role_bit == NGX_HTTP_VOL_VOLUNTEER)
            {
                must(ctx->args[i].len == ctx->identity.user.len);
                must(ngx_memcmp(ctx->args[i].data, ctx->identity.user.data,
                                ctx->args[i].len)
                     == 0);
            }
        }

        i++;
    }

    must(ctx->nargs == i);

    if (ctx->endpoint->script == NULL) {
        return;
    }

    must(ngx_http_vol_arguments(ctx, argv, &arguments) == NGX_OK);
    must(arguments.nkeys >= 1 && arguments.nkeys <= NGX_HTTP_VOL_KEYS_MAX);

    for (i = 0; i < arguments.nkeys; i++) {
        must(argv[i].len > prefix->len);
        must(ngx_memcmp(argv[i].data, prefix->data, prefix->len) == 0);
        must(memchr(argv[i].data, '\0', argv[i].len) == NULL);
    }
}


static void
ngx_http_vol_fuzz_value(ngx_http_vol_field_t *f, ngx_str_t *value)
{
    ngx_str_t   id;
    ngx_uint_t  i;

    switch (f->type) {

    case NGX_HTTP_VOL_ID:
        must(ngx_http_vol_is_id(value));
        break;

    case NGX_HTTP_VOL_IDS:
        ngx_http_vol_fuzz_list(value, 1, f->max);
        break;

    case NGX_HTTP_VOL_DAYS:
        ngx_http_vol_fuzz_list(value, 0, 7);
        break;

    case NGX_HTTP_VOL_INTEGER:
        ngx_http_vol_fuzz_number(value, f->min, f->max);
        break;

    case NGX_HTTP_VOL_FLAG:
        ngx_http_vol_fuzz_number(value, 0, 1);
        break;

    case NGX_HTTP_VOL_DATE:
        ngx_http_vol_fuzz_number(value, 0, NGX_HTTP_VOL_DAY_LAST);
        break;

    case NGX_HTTP_VOL_TIME:
        ngx_http_vol_fuzz_number(value, 0,
                                 (int64_t) (NGX_HTTP_VOL_DAY_LAST + 1)
                                 * NGX_HTTP_VOL_DAY_SECONDS - 1);
        break;

    case NGX_HTTP_VOL_TEXT:
        ngx_http_vol_fuzz_plain(value, f->min, f->max);
        break;

    case NGX_HTTP_VOL_CODE:
        must(value->len == NGX_HTTP_VOL_CODE_LEN);

        for (i = 0; i < value->len; i++) {
            id.data = &value->data[i];
            id.len = 1;
            must(ngx_http_vol_is_id(&id));
        }

        break;

    case NGX_HTTP_VOL_CURSOR:
        must(value->len >= 1 && (int64_t) value->len <= f->max);
        ngx_http_vol_fuzz_plain(value, 1, f->max);
        break;

    case NGX_HTTP_VOL_POSTS:
        ngx_http_vol_fuzz_posts(value);
        break;

    default:
        ngx_http_vol_fuzz_of(value, f->type);
        break;
    }
}


/* with commas between, none twice */

static void
ngx_http_vol_fuzz_list(ngx_str_t *value, ngx_uint_t ids, ngx_uint_t max)
{
    u_char      *p, *last;
    ngx_str_t    list[128];
    ngx_uint_t   i, n;

    last = value->data + value->len;
    n = 0;

    for (p = value->data; p < last; p += list[n++].len + 1) {
        must(n < max && n < 128);

        list[n].data = p;
        list[n].len = 0;

        while (p + list[n].len < last && p[list[n].len] != ',') {
            list[n].len++;
        }

        if (ids) {
            must(ngx_http_vol_is_id(&list[n]));

        } else {
            ngx_http_vol_fuzz_of(&list[n], NGX_HTTP_VOL_DAYS);
        }

        for (i = 0; i < n; i++) {
            must(list[i].len != list[n].len
                 || ngx_memcmp(list[i].data, list[n].data, list[n].len));
        }
    }

    must(value->len == 0 || p == last + 1);
}


/* lines of id, places and title */

static void
ngx_http_vol_fuzz_posts(ngx_str_t *value)
{
    u_char      *p, *last, *end;
    ngx_str_t    cell;
    ngx_uint_t   i, n;

    last = value->data + value->len;
    n = 0;

    for (p = value->data; p < last; n++) {

        for (i = 0; i < 3; i++) {
            end = ngx_strlchr(p, last, i == 2 ? '\n' : '\t');
            must(end);

            cell.data = p;
            cell.len = end - p;
            p = end + 1;

            switch (i) {
            case 0:
                must(ngx_http_vol_is_id(&cell));
                break;
            case 1:
                ngx_http_vol_fuzz_number(&cell, 1, NGX_HTTP_VOL_PLACES_MAX);
                break;
            default:
                ngx_http_vol_fuzz_plain(&cell, 1, NGX_HTTP_VOL_TITLE_MAX);
                break;
            }
        }
    }

    must(n >= 1 && n <= NGX_HTTP_VOL_POSTS_MAX);
}


/* as the scripts know numbers: no sign but "-", no zeros before it */

static void
ngx_http_vol_fuzz_number(ngx_str_t *value, int64_t min, int64_t max)
{
    char       text[NGX_INT64_LEN + 2], again[NGX_INT64_LEN + 2];
    long long  n;

    must(value->len >= 1 && value->len <= NGX_INT64_LEN);

    ngx_memcpy(text, value->data, value->len);
    text[value->len] = '\0';

    n = strtoll(text, NULL, 10);
    must(n >= min && n <= max);

    (void) snprintf(again, sizeof(again), "%lld", n);
    must(strcmp(text, again) == 0);
}


/* UTF-8 without control characters, so many characters */

static void
ngx_http_vol_fuzz_plain(ngx_str_t *value, int64_t min, int64_t max)
{
    json_t      *json;
    u_char      *p, *last;
    int64_t      n;
    uint32_t     ch;

    json = json_stringn((char *) value->data, value->len);
    must(json);
    json_decref(json);

    last = value->data + value->len;
    n = 0;

    for (p = value->data; p < last; n++) {
        ch = (*p < 0x80) ? *p++ : ngx_utf8_decode(&p, last - p);

        must(ch >= 0x20 && (ch < 0x7f || ch > 0x9f) && ch <= 0x10ffff);
    }

    must(n >= min && n <= max);
}


static void
ngx_http_vol_fuzz_of(ngx_str_t *value, ngx_uint_t type)
{
    ngx_str_t   *names;
    ngx_uint_t   i, n;

    names = ngx_http_vol_type_values(type, &n);
    must(names);

    for (i = 0; i < n; i++) {
        if (names[i].len == value->len
            && ngx_memcmp(names[i].data, value->data, value->len) == 0)
        {
            return;
        }
    }

    must(!"one of the names of its type");
}
