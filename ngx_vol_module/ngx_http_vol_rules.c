
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <jansson.h>

#include "ngx_http_vol_rulebook.h"
#include "ngx_http_vol_rules_reader.h"
#include "ngx_http_vol_rules_terms.h"
#include "ngx_http_vol_time.h"


#define NGX_HTTP_VOL_TITLE_MAX              200      /* characters */
#define NGX_HTTP_VOL_POINTS_MAX             10000
#define NGX_HTTP_VOL_STAR_POINTS_MAX        1000000000
#define NGX_HTTP_VOL_YEARS_MAX              100
#define NGX_HTTP_VOL_DAYS_MAX               3660
#define NGX_HTTP_VOL_DAY_MINUTES            1440
#define NGX_HTTP_VOL_ORGANIZER_MINUTES_MAX  1000000000
#define NGX_HTTP_VOL_REDEMPTIONS_MAX        1000000
#define NGX_HTTP_VOL_CLASSES_MAX            64

#define NGX_HTTP_VOL_VALID_DAYS_DEFAULT     30
#define NGX_HTTP_VOL_KEPT_DAYS_DEFAULT      365

#define ngx_http_vol_rules_redemptions(name, i)                               \
    { ngx_string(name), 0, ngx_http_vol_rules_integer,                        \
      ngx_http_vol_rulebook_offset(redemptions[i]),                           \
      1, NGX_HTTP_VOL_REDEMPTIONS_MAX, NULL }


static ngx_http_vol_rulebook_t *ngx_http_vol_rules_book(ngx_conf_t *cf);

static ngx_int_t ngx_http_vol_rules_version(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_from(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_timezone(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_stars(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_cases(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_case_max(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_selection(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_min_stars(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_classes(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_expiry_years(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_earlier(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_case_keys[] = {

    { ngx_string("title"), NGX_HTTP_VOL_KEY_REQUIRED, ngx_http_vol_rules_text,
      ngx_http_vol_case_offset(title), 1, NGX_HTTP_VOL_TITLE_MAX, NULL },

    { ngx_string("min"), NGX_HTTP_VOL_KEY_REQUIRED, ngx_http_vol_rules_integer,
      ngx_http_vol_case_offset(min), 1, NGX_HTTP_VOL_POINTS_MAX, NULL },

    /* after min, which bounds it */

    { ngx_string("max"), NGX_HTTP_VOL_KEY_REQUIRED,
      ngx_http_vol_rules_case_max,
      ngx_http_vol_case_offset(max), 1, NGX_HTTP_VOL_POINTS_MAX, NULL },

    { ngx_string("approval"), 0, ngx_http_vol_rules_boolean,
      ngx_http_vol_case_offset(approval), 0, 0, NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_obligation_keys[] = {

    { ngx_string("points_per_year"), NGX_HTTP_VOL_KEY_REQUIRED,
      ngx_http_vol_rules_integer,
      0, 1, NGX_HTTP_VOL_POINTS_MAX, NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_obligations_keys[] = {

    { ngx_string("general"), 0, ngx_http_vol_rules_object,
      ngx_http_vol_rulebook_offset(points_per_year[0]), 0, 0,
      ngx_http_vol_rules_obligation_keys },

    { ngx_string("cadre"), 0, ngx_http_vol_rules_object,
      ngx_http_vol_rulebook_offset(points_per_year[1]), 0, 0,
      ngx_http_vol_rules_obligation_keys },

    { ngx_string("student"), 0, ngx_http_vol_rules_object,
      ngx_http_vol_rulebook_offset(points_per_year[2]), 0, 0,
      ngx_http_vol_rules_obligation_keys },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_selection_keys[] = {

    { ngx_string("title"), NGX_HTTP_VOL_KEY_REQUIRED, ngx_http_vol_rules_text,
      offsetof(ngx_http_vol_selection_t, title), 1, NGX_HTTP_VOL_TITLE_MAX,
      NULL },

    { ngx_string("every_years"), NGX_HTTP_VOL_KEY_REQUIRED,
      ngx_http_vol_rules_integer,
      offsetof(ngx_http_vol_selection_t, every_years),
      1, NGX_HTTP_VOL_YEARS_MAX, NULL },

    { ngx_string("first_year"), NGX_HTTP_VOL_KEY_REQUIRED,
      ngx_http_vol_rules_integer,
      offsetof(ngx_http_vol_selection_t, first_year), 1970, 9999, NULL },

    { ngx_string("min_stars"), NGX_HTTP_VOL_KEY_REQUIRED,
      ngx_http_vol_rules_min_stars,
      offsetof(ngx_http_vol_selection_t, min_stars), 0, 0, NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_class_keys[] = {

    { ngx_string("title"), NGX_HTTP_VOL_KEY_REQUIRED, ngx_http_vol_rules_text,
      0, 1, NGX_HTTP_VOL_TITLE_MAX, NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_expiry_keys[] = {

    { ngx_string("on"), 0, ngx_http_vol_rules_day,
      offsetof(ngx_http_vol_expiry_t, on), 0, 0, NULL },

    /* after on, without which it may be neither missing nor 0 */

    { ngx_string("years"), NGX_HTTP_VOL_KEY_REQUIRED,
      ngx_http_vol_rules_expiry_years,
      offsetof(ngx_http_vol_expiry_t, years), 1, NGX_HTTP_VOL_YEARS_MAX,
      NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_voucher_keys[] = {

    { ngx_string("valid_days"), 0, ngx_http_vol_rules_integer,
      ngx_http_vol_rulebook_offset(valid_days), 1, NGX_HTTP_VOL_DAYS_MAX,
      NULL },

    { ngx_string("kept_days"), 0, ngx_http_vol_rules_integer,
      ngx_http_vol_rulebook_offset(kept_days), 1, NGX_HTTP_VOL_DAYS_MAX,
      NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_limits_keys[] = {

    { ngx_string("minutes_per_day"), 0, ngx_http_vol_rules_integer,
      ngx_http_vol_rulebook_offset(minutes_per_day),
      1, NGX_HTTP_VOL_DAY_MINUTES, NULL },

    { ngx_string("organizer_minutes_per_day"), 0, ngx_http_vol_rules_integer,
      ngx_http_vol_rulebook_offset(organizer_minutes[0]),
      1, NGX_HTTP_VOL_ORGANIZER_MINUTES_MAX, NULL },

    { ngx_string("organizer_minutes_per_month"), 0, ngx_http_vol_rules_integer,
      ngx_http_vol_rulebook_offset(organizer_minutes[1]),
      1, NGX_HTTP_VOL_ORGANIZER_MINUTES_MAX, NULL },

    { ngx_string("spendable_within_days"), 0, ngx_http_vol_rules_integer,
      ngx_http_vol_rulebook_offset(spendable_days), 0, NGX_HTTP_VOL_DAYS_MAX,
      NULL },

    ngx_http_vol_rules_redemptions("redemptions_per_day", 0),
    ngx_http_vol_rules_redemptions("redemptions_per_month", 1),
    ngx_http_vol_rules_redemptions("redemptions_per_quarter", 2),
    ngx_http_vol_rules_redemptions("redemptions_per_year", 3),
    ngx_http_vol_rules_redemptions("offer_redemptions_per_day", 4),
    ngx_http_vol_rules_redemptions("offer_redemptions_per_month", 5),
    ngx_http_vol_rules_redemptions("offer_redemptions_per_quarter", 6),
    ngx_http_vol_rules_redemptions("offer_redemptions_per_year", 7),

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_keys[] = {

    { ngx_string("version"), NGX_HTTP_VOL_KEY_REQUIRED,
      ngx_http_vol_rules_version,
      ngx_http_vol_rulebook_offset(version), 0, 0, NULL },

    /* read when it is missing, to ask whether it may be */

    { ngx_string("from"), NGX_HTTP_VOL_KEY_REQUIRED, ngx_http_vol_rules_from,
      ngx_http_vol_rulebook_offset(from), 0, 0, NULL },

    { ngx_string("timezone"), NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_KEY_TOP,
      ngx_http_vol_rules_timezone,
      offsetof(ngx_http_vol_rules_t, utc_offset), 0, 0, NULL },

    { ngx_string("points_per_hour"), NGX_HTTP_VOL_KEY_REQUIRED,
      ngx_http_vol_rules_integer,
      ngx_http_vol_rulebook_offset(points_per_hour), 1, 1000, NULL },

    { ngx_string("stars"), NGX_HTTP_VOL_KEY_REQUIRED, ngx_http_vol_rules_stars,
      ngx_http_vol_rulebook_offset(stars), 1, NGX_HTTP_VOL_STAR_POINTS_MAX,
      NULL },

    { ngx_string("cases"), 0, ngx_http_vol_rules_cases,
      ngx_http_vol_rulebook_offset(cases), 0, 0,
      ngx_http_vol_rules_case_keys },

    { ngx_string("obligations"), 0, ngx_http_vol_rules_object,
      0, 0, 0, ngx_http_vol_rules_obligations_keys },

    /* after stars, whose number bounds min_stars */

    { ngx_string("selection"), NGX_HTTP_VOL_KEY_TOP,
      ngx_http_vol_rules_selection,
      offsetof(ngx_http_vol_rules_t, selection), 0, 0,
      ngx_http_vol_rules_selection_keys },

    { ngx_string("project_classes"), NGX_HTTP_VOL_KEY_TOP,
      ngx_http_vol_rules_classes,
      0, 0, 0, ngx_http_vol_rules_class_keys },
    { ngx_string("terms"), NGX_HTTP_VOL_KEY_TOP, ngx_http_vol_rules_terms,
      0, 0, 0, NULL },

    { ngx_string("expiry"), 0, ngx_http_vol_rules_object,
      ngx_http_vol_rulebook_offset(expiry), 0, 0,
      ngx_http_vol_rules_expiry_keys },

    { ngx_string("voucher"), 0, ngx_http_vol_rules_object,
      0, 0, 0, ngx_http_vol_rules_voucher_keys },

    { ngx_string("limits"), 0, ngx_http_vol_rules_object,
      0, 0, 0, ngx_http_vol_rules_limits_keys },

    /* after from and version, which bound those of the earlier ones */

    { ngx_string("earlier"), NGX_HTTP_VOL_KEY_TOP, ngx_http_vol_rules_earlier,
      ngx_http_vol_rulebook_offset(earlier), 0, 0, NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_top = {
    ngx_null_string, 0, ngx_http_vol_rules_object,
    0, 0, 0, ngx_http_vol_rules_keys
};


ngx_http_vol_rules_t *
ngx_http_vol_rules_load(ngx_conf_t *cf, ngx_str_t *file)
{
    json_t                    *root;
    ngx_int_t                  rc;
    ngx_http_vol_rules_t      *rules;
    ngx_http_vol_rules_ctx_t   ctx;

    rules = ngx_pcalloc(cf->pool, sizeof(ngx_http_vol_rules_t));
    if (rules == NULL) {
        return NULL;
    }

    rules->file = *file;
    ngx_str_set(&rules->values[NGX_HTTP_VOL_RULE_PROJECT_CLASSES], "");

    if (ngx_conf_full_name(cf->cycle, &rules->file, 1) != NGX_OK) {
        return NULL;
    }

    rules->newest = ngx_http_vol_rules_book(cf);
    if (rules->newest == NULL) {
        return NULL;
    }

    ngx_memzero(&ctx, sizeof(ngx_http_vol_rules_ctx_t));

    ctx.cf = cf;
    ctx.rules = rules;
    ctx.fault = "";
    ctx.place_end = ctx.place;

    root = ngx_http_vol_rules_parse(&ctx);
    if (root == NULL) {
        return NULL;
    }

    ctx.older = json_array_size(json_object_get(root, "earlier"));

    rc = ngx_http_vol_rules_object(&ctx, &ngx_http_vol_rules_top, root,
                                   rules->newest);

    json_decref(root);

    if (rc != NGX_OK || ngx_http_vol_rules_values(cf, rules) != NGX_OK) {
        return NULL;
    }

    return rules;
}


static ngx_http_vol_rulebook_t *
ngx_http_vol_rules_book(ngx_conf_t *cf)
{
    ngx_http_vol_rulebook_t  *book;

    book = ngx_pcalloc(cf->pool, sizeof(ngx_http_vol_rulebook_t));
    if (book == NULL) {
        return NULL;
    }

    book->valid_days = NGX_HTTP_VOL_VALID_DAYS_DEFAULT;
    book->kept_days = NGX_HTTP_VOL_KEPT_DAYS_DEFAULT;
    book->minutes_per_day = NGX_HTTP_VOL_DAY_MINUTES;
    book->spendable_days = -1;

    if (ngx_array_init(&book->cases, cf->pool, 8,
                       sizeof(ngx_http_vol_rulebook_case_t))
        != NGX_OK)
    {
        return NULL;
    }

    return book;
}


static ngx_int_t
ngx_http_vol_rules_version(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_http_vol_rulebook_t  *book = base;

    ngx_http_vol_rulebook_t  *newer;

    if (ngx_http_vol_rules_name(ctx, key, value, base) != NGX_OK) {
        return NGX_ERROR;
    }

    for (newer = ctx->rules->newest; newer != book; newer = newer->earlier) {

        if (newer->version.len == book->version.len
            && ngx_strncmp(newer->version.data, book->version.data,
                           book->version.len)
               == 0)
        {
            return ngx_http_vol_rules_expected(ctx, "a version that no newer "
                                               "rulebook has");
        }
    }

    return NGX_OK;
}


/* days strictly descend; the oldest rulebook holds since ever, from or not */

static ngx_int_t
ngx_http_vol_rules_from(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_http_vol_rulebook_t  *book = base;

    int64_t    days, min, max;
    ngx_str_t  text;
    u_char     first[NGX_HTTP_VOL_DATE_LEN], last[NGX_HTTP_VOL_DATE_LEN];

    if (value == NULL && ctx->older == 0) {
        return NGX_OK;
    }

    min = ctx->older ? 1 : 0;
    max = ctx->newer ? ctx->newer->from - 1 : NGX_HTTP_VOL_DAY_LAST;

    if (json_is_string(value)) {
        text.data = (u_char *) json_string_value(value);
        text.len = json_string_length(value);

        if (ngx_http_vol_date_parse(&text, &days) == NGX_OK
            && days >= min && days <= max)
        {
            book->from = days;
            return NGX_OK;
        }
    }

    (void) ngx_http_vol_date_format(first, min);
    (void) ngx_http_vol_date_format(last, max);

    return ngx_http_vol_rules_expected(ctx, "a date from %*s to %*s",
                                       NGX_HTTP_VOL_DATE_LEN, first,
                                       NGX_HTTP_VOL_DATE_LEN, last);
}


static ngx_int_t
ngx_http_vol_rules_timezone(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_str_t  text;

    if (json_is_string(value)) {
        text.data = (u_char *) json_string_value(value);
        text.len = json_string_length(value);

        if (ngx_http_vol_offset_parse(&text, &ctx->rules->utc_offset)
            == NGX_OK)
        {
            return NGX_OK;
        }
    }

    return ngx_http_vol_rules_expected(ctx, "an offset from UTC such "
                                       "as \"+08:00\", of at most 14 hours");
}


static ngx_int_t
ngx_http_vol_rules_stars(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_http_vol_rulebook_t  *book = base;

    size_t                     i, n;
    u_char                    *end;
    ngx_http_vol_rules_key_t   item;

    n = json_array_size(value);

    if (n < 1 || n > NGX_HTTP_VOL_STARS_MAX) {
        return ngx_http_vol_rules_expected(ctx, "an array of 1 to %d integers "
                                           "in ascending order",
                                           NGX_HTTP_VOL_STARS_MAX);
    }

    item = *key;

    for (i = 0; i < n; i++) {
        end = ngx_http_vol_rules_enter_item(ctx, i);

        if (ngx_http_vol_rules_integer(ctx, &item, json_array_get(value, i),
                                       base)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        item.min = book->stars[i] + 1;
        item.offset += sizeof(ngx_int_t);

        ctx->place_end = end;
    }

    book->nstars = n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_cases(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_http_vol_rulebook_t  *book = base;

    u_char                        *end;
    json_t                        *member;
    const char                    *name;
    ngx_http_vol_rules_key_t       item;
    ngx_http_vol_rulebook_case_t  *bc;

    if (!json_is_object(value)) {
        return ngx_http_vol_rules_expected(ctx, "an object");
    }

    item = *key;
    item.offset = 0;

    json_object_foreach(value, name, member) {
        end = ngx_http_vol_rules_enter(ctx, name);

        if (!ngx_http_vol_rules_is_name(name)) {
            return ngx_http_vol_rules_expected(ctx,
                               "a name of " NGX_HTTP_VOL_RULES_NAME_EXPECTED);
        }

        bc = ngx_array_push(&book->cases);
        if (bc == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(bc, sizeof(ngx_http_vol_rulebook_case_t));

        if (ngx_http_vol_rules_copy(ctx, &bc->name, name) != NGX_OK
            || ngx_http_vol_rules_object(ctx, &item, member, bc) != NGX_OK)
        {
            return NGX_ERROR;
        }

        ctx->place_end = end;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_case_max(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_http_vol_rulebook_case_t  *bc = base;

    ngx_http_vol_rules_key_t  bounded;

    bounded = *key;
    bounded.min = bc->min;

    return ngx_http_vol_rules_integer(ctx, &bounded, value, base);
}


static ngx_int_t
ngx_http_vol_rules_selection(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    return ngx_http_vol_rules_object(ctx, key, value, ctx->rules);
}


static ngx_int_t
ngx_http_vol_rules_min_stars(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_http_vol_rules_key_t  bounded;

    bounded = *key;
    bounded.max = ctx->rules->newest->nstars;

    return ngx_http_vol_rules_integer(ctx, &bounded, value, base);
}


/* their ids, with commas between */

static ngx_int_t
ngx_http_vol_rules_classes(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    size_t       n;
    u_char      *p, *end;
    json_t      *member;
    ngx_str_t   *to, title;
    const char  *name;

    n = json_object_size(value);

    if (n < 1 || n > NGX_HTTP_VOL_CLASSES_MAX) {
        return ngx_http_vol_rules_expected(ctx, "an object of 1 to %d classes "
                                           "by id", NGX_HTTP_VOL_CLASSES_MAX);
    }

    to = &ctx->rules->values[NGX_HTTP_VOL_RULE_PROJECT_CLASSES];

    p = ngx_pnalloc(ctx->cf->pool, n * (NGX_HTTP_VOL_RULES_NAME_MAX + 1));
    if (p == NULL) {
        return NGX_ERROR;
    }

    to->data = p;

    json_object_foreach(value, name, member) {
        end = ngx_http_vol_rules_enter(ctx, name);

        if (!ngx_http_vol_rules_is_name(name)) {
            return ngx_http_vol_rules_expected(ctx,
                               "a name of " NGX_HTTP_VOL_RULES_NAME_EXPECTED);
        }

        if (ngx_http_vol_rules_object(ctx, key, member, &title) != NGX_OK) {
            return NGX_ERROR;
        }

        if (p != to->data) {
            *p++ = ',';
        }

        p = ngx_cpymem(p, name, ngx_strlen(name));

        ctx->place_end = end;
    }

    to->len = p - to->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_expiry_years(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_http_vol_expiry_t  *expiry = base;

    ngx_http_vol_rules_key_t  bounded;

    if (value == NULL && expiry->on) {
        return NGX_OK;
    }

    bounded = *key;
    bounded.min = expiry->on ? 0 : key->min;

    return ngx_http_vol_rules_integer(ctx, &bounded, value, base);
}


static ngx_int_t
ngx_http_vol_rules_earlier(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    size_t                    i, n;
    u_char                   *end;
    ngx_http_vol_rulebook_t  *book;

    n = json_array_size(value);

    if (n < 1 || n > NGX_HTTP_VOL_EARLIER_MAX) {
        return ngx_http_vol_rules_expected(ctx, "an array of 1 to %d "
                                           "rulebooks, newest first",
                                           NGX_HTTP_VOL_EARLIER_MAX);
    }

    ctx->skip = NGX_HTTP_VOL_KEY_TOP;
    ctx->newer = base;

    for (i = 0; i < n; i++) {
        book = ngx_http_vol_rules_book(ctx->cf);
        if (book == NULL) {
            return NGX_ERROR;
        }

        ctx->newer->earlier = book;
        ctx->older = n - 1 - i;

        end = ngx_http_vol_rules_enter_item(ctx, i);

        if (ngx_http_vol_rules_object(ctx, &ngx_http_vol_rules_top,
                                      json_array_get(value, i), book)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        ctx->newer = book;
        ctx->place_end = end;
    }

    return NGX_OK;
}
