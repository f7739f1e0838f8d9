
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <jansson.h>

#include "ngx_http_vol_rules_reader.h"
#include "ngx_http_vol_time.h"


#define NGX_HTTP_VOL_TITLE_MAX           200         /* characters */
#define NGX_HTTP_VOL_POINTS_MAX          10000
#define NGX_HTTP_VOL_STAR_POINTS_MAX     1000000000
#define NGX_HTTP_VOL_DAYS_MAX            3660
#define NGX_HTTP_VOL_DAY_MINUTES         1440

#define NGX_HTTP_VOL_VALID_DAYS_DEFAULT  30
#define NGX_HTTP_VOL_KEPT_DAYS_DEFAULT   365

#define NGX_HTTP_VOL_RULES_VALUE_LEN     256

#define ngx_http_vol_rules_offset(member)                                     \
    offsetof(ngx_http_vol_rules_t, member)


typedef struct {
    ngx_http_vol_rule_e          rule;
    size_t                       offset;
} ngx_http_vol_rules_number_t;


static ngx_int_t ngx_http_vol_rules_timezone(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_stars(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_min_stars(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_cases(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_case_max(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);

static ngx_int_t ngx_http_vol_rules_values(ngx_http_vol_rules_ctx_t *ctx);
static ngx_int_t ngx_http_vol_rules_join_stars(ngx_http_vol_rules_ctx_t *ctx);
static ngx_int_t ngx_http_vol_rules_join_obligations(
    ngx_http_vol_rules_ctx_t *ctx);
static ngx_int_t ngx_http_vol_rules_print(ngx_http_vol_rules_ctx_t *ctx,
    ngx_str_t *to, const char *fmt, ...);


ngx_str_t  ngx_http_vol_kinds[NGX_HTTP_VOL_KINDS] = {
    ngx_string("general"),
    ngx_string("cadre"),
    ngx_string("student")
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_case_keys[] = {

    { ngx_string("title"), 1, ngx_http_vol_rules_text,
      offsetof(ngx_http_vol_case_t, title), 1, NGX_HTTP_VOL_TITLE_MAX, NULL },

    { ngx_string("min"), 1, ngx_http_vol_rules_integer,
      offsetof(ngx_http_vol_case_t, min), 1, NGX_HTTP_VOL_POINTS_MAX, NULL },

    /* after min, which bounds it */

    { ngx_string("max"), 1, ngx_http_vol_rules_case_max,
      offsetof(ngx_http_vol_case_t, max), 1, NGX_HTTP_VOL_POINTS_MAX, NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_obligation_keys[] = {

    { ngx_string("points_per_year"), 1, ngx_http_vol_rules_integer,
      0, 1, NGX_HTTP_VOL_POINTS_MAX, NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_obligations_keys[] = {

    { ngx_string("general"), 0, ngx_http_vol_rules_object,
      ngx_http_vol_rules_offset(points_per_year[0]), 0, 0,
      ngx_http_vol_rules_obligation_keys },

    { ngx_string("cadre"), 0, ngx_http_vol_rules_object,
      ngx_http_vol_rules_offset(points_per_year[1]), 0, 0,
      ngx_http_vol_rules_obligation_keys },

    { ngx_string("student"), 0, ngx_http_vol_rules_object,
      ngx_http_vol_rules_offset(points_per_year[2]), 0, 0,
      ngx_http_vol_rules_obligation_keys },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_selection_keys[] = {

    { ngx_string("title"), 1, ngx_http_vol_rules_text,
      offsetof(ngx_http_vol_selection_t, title), 1, NGX_HTTP_VOL_TITLE_MAX,
      NULL },

    { ngx_string("every_years"), 1, ngx_http_vol_rules_integer,
      offsetof(ngx_http_vol_selection_t, every_years), 1, 100, NULL },

    { ngx_string("first_year"), 1, ngx_http_vol_rules_integer,
      offsetof(ngx_http_vol_selection_t, first_year), 1970, 9999, NULL },

    { ngx_string("min_stars"), 1, ngx_http_vol_rules_min_stars,
      offsetof(ngx_http_vol_selection_t, min_stars), 0, 0, NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_voucher_keys[] = {

    { ngx_string("valid_days"), 0, ngx_http_vol_rules_integer,
      ngx_http_vol_rules_offset(valid_days), 1, NGX_HTTP_VOL_DAYS_MAX, NULL },

    { ngx_string("kept_days"), 0, ngx_http_vol_rules_integer,
      ngx_http_vol_rules_offset(kept_days), 1, NGX_HTTP_VOL_DAYS_MAX, NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_limits_keys[] = {

    { ngx_string("minutes_per_day"), 0, ngx_http_vol_rules_integer,
      ngx_http_vol_rules_offset(minutes_per_day), 1, NGX_HTTP_VOL_DAY_MINUTES,
      NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_keys[] = {

    { ngx_string("version"), 1, ngx_http_vol_rules_name,
      ngx_http_vol_rules_offset(version), 0, 0, NULL },

    { ngx_string("timezone"), 1, ngx_http_vol_rules_timezone,
      ngx_http_vol_rules_offset(utc_offset), 0, 0, NULL },

    { ngx_string("points_per_hour"), 1, ngx_http_vol_rules_integer,
      ngx_http_vol_rules_offset(points_per_hour), 1, 1000, NULL },

    { ngx_string("stars"), 1, ngx_http_vol_rules_stars,
      ngx_http_vol_rules_offset(stars), 1, NGX_HTTP_VOL_STAR_POINTS_MAX,
      NULL },

    { ngx_string("cases"), 0, ngx_http_vol_rules_cases,
      ngx_http_vol_rules_offset(cases), 0, 0, ngx_http_vol_rules_case_keys },

    { ngx_string("obligations"), 0, ngx_http_vol_rules_object,
      0, 0, 0, ngx_http_vol_rules_obligations_keys },

    /* after stars, whose number bounds min_stars */

    { ngx_string("selection"), 0, ngx_http_vol_rules_object,
      ngx_http_vol_rules_offset(selection), 0, 0,
      ngx_http_vol_rules_selection_keys },

    { ngx_string("voucher"), 0, ngx_http_vol_rules_object,
      0, 0, 0, ngx_http_vol_rules_voucher_keys },

    { ngx_string("limits"), 0, ngx_http_vol_rules_object,
      0, 0, 0, ngx_http_vol_rules_limits_keys },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_top = {
    ngx_null_string, 1, ngx_http_vol_rules_object,
    0, 0, 0, ngx_http_vol_rules_keys
};


static ngx_http_vol_rules_number_t  ngx_http_vol_rules_numbers[] = {

    { NGX_HTTP_VOL_RULE_UTC_OFFSET,
      ngx_http_vol_rules_offset(utc_offset) },

    { NGX_HTTP_VOL_RULE_POINTS_PER_HOUR,
      ngx_http_vol_rules_offset(points_per_hour) },

    { NGX_HTTP_VOL_RULE_MINUTES_PER_DAY,
      ngx_http_vol_rules_offset(minutes_per_day) },

    { NGX_HTTP_VOL_RULE_VALID_DAYS,
      ngx_http_vol_rules_offset(valid_days) },

    { NGX_HTTP_VOL_RULE_KEPT_DAYS,
      ngx_http_vol_rules_offset(kept_days) },

    { NGX_HTTP_VOL_RULE_N, 0 }
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
    rules->valid_days = NGX_HTTP_VOL_VALID_DAYS_DEFAULT;
    rules->kept_days = NGX_HTTP_VOL_KEPT_DAYS_DEFAULT;
    rules->minutes_per_day = NGX_HTTP_VOL_DAY_MINUTES;

    if (ngx_conf_full_name(cf->cycle, &rules->file, 1) != NGX_OK) {
        return NULL;
    }

    if (ngx_array_init(&rules->cases, cf->pool, 8,
                       sizeof(ngx_http_vol_case_t))
        != NGX_OK)
    {
        return NULL;
    }

    ctx.cf = cf;
    ctx.rules = rules;
    ctx.fault = "";
    ctx.place_end = ctx.place;

    root = ngx_http_vol_rules_parse(&ctx);
    if (root == NULL) {
        return NULL;
    }

    rc = ngx_http_vol_rules_object(&ctx, &ngx_http_vol_rules_top, root, rules);

    json_decref(root);

    if (rc != NGX_OK || ngx_http_vol_rules_values(&ctx) != NGX_OK) {
        return NULL;
    }

    return rules;
}


ngx_http_vol_case_t *
ngx_http_vol_rules_case(ngx_http_vol_rules_t *rules, ngx_str_t *name)
{
    ngx_uint_t            i;
    ngx_http_vol_case_t  *cases;

    cases = rules->cases.elts;

    for (i = 0; i < rules->cases.nelts; i++) {

        if (cases[i].name.len == name->len
            && ngx_strncmp(cases[i].name.data, name->data, name->len) == 0)
        {
            return &cases[i];
        }
    }

    return NULL;
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

        item.min = ctx->rules->stars[i] + 1;
        item.offset += sizeof(ngx_int_t);

        ctx->place_end = end;
    }

    ctx->rules->nstars = n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_min_stars(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_http_vol_rules_key_t  bounded;

    bounded = *key;
    bounded.max = ctx->rules->nstars;

    return ngx_http_vol_rules_integer(ctx, &bounded, value, base);
}


static ngx_int_t
ngx_http_vol_rules_cases(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    u_char                    *end;
    json_t                    *member;
    const char                *name;
    ngx_http_vol_case_t       *vc;
    ngx_http_vol_rules_key_t   item;

    if (!json_is_object(value)) {
        return ngx_http_vol_rules_expected(ctx, "an object");
    }

    item = *key;
    item.offset = 0;

    json_object_foreach(value, name, member) {
        end = ngx_http_vol_rules_enter(ctx, name);

        if (!ngx_http_vol_rules_is_name(name)) {
            return ngx_http_vol_rules_expected(ctx, "a name of "
                                               NGX_HTTP_VOL_RULES_NAME_EXPECTED);
        }

        vc = ngx_array_push(&ctx->rules->cases);
        if (vc == NULL) {
            return NGX_ERROR;
        }

        if (ngx_http_vol_rules_copy(ctx, &vc->name, name) != NGX_OK
            || ngx_http_vol_rules_object(ctx, &item, member, vc) != NGX_OK)
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
    ngx_http_vol_case_t       *vc = base;
    ngx_http_vol_rules_key_t   bounded;

    bounded = *key;
    bounded.min = vc->min;

    return ngx_http_vol_rules_integer(ctx, &bounded, value, base);
}


static ngx_int_t
ngx_http_vol_rules_values(ngx_http_vol_rules_ctx_t *ctx)
{
    u_char                       *number;
    ngx_http_vol_rules_t         *rules;
    ngx_http_vol_rules_number_t  *n;

    rules = ctx->rules;

    rules->values[NGX_HTTP_VOL_RULE_VERSION] = rules->version;

    for (n = ngx_http_vol_rules_numbers; n->rule != NGX_HTTP_VOL_RULE_N; n++) {
        number = (u_char *) rules + n->offset;

        if (ngx_http_vol_rules_print(ctx, &rules->values[n->rule], "%i",
                                     *(ngx_int_t *) number)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_http_vol_rules_join_stars(ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_vol_rules_join_obligations(ctx);
}


static ngx_int_t
ngx_http_vol_rules_join_stars(ngx_http_vol_rules_ctx_t *ctx)
{
    ngx_str_t             *value;
    ngx_uint_t             i;
    ngx_http_vol_rules_t  *rules;

    rules = ctx->rules;
    value = &rules->values[NGX_HTTP_VOL_RULE_STARS];

    for (i = 0; i < rules->nstars; i++) {

        if (ngx_http_vol_rules_print(ctx, value, "%V%s%i", value,
                                     i ? "," : "", rules->stars[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_join_obligations(ngx_http_vol_rules_ctx_t *ctx)
{
    ngx_str_t             *value;
    ngx_uint_t             i;
    ngx_http_vol_rules_t  *rules;

    rules = ctx->rules;
    value = &rules->values[NGX_HTTP_VOL_RULE_OBLIGATIONS];

    for (i = 0; i < NGX_HTTP_VOL_KINDS; i++) {

        if (rules->points_per_year[i] == 0) {
            continue;
        }

        if (ngx_http_vol_rules_print(ctx, value, "%V%s%V=%i", value,
                                     value->len ? "," : "",
                                     &ngx_http_vol_kinds[i],
                                     rules->points_per_year[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_print(ngx_http_vol_rules_ctx_t *ctx, ngx_str_t *to,
    const char *fmt, ...)
{
    u_char   *p;
    va_list   args;
    u_char    text[NGX_HTTP_VOL_RULES_VALUE_LEN];

    va_start(args, fmt);
    p = ngx_vslprintf(text, text + NGX_HTTP_VOL_RULES_VALUE_LEN - 1, fmt, args);
    va_end(args);

    *p = '\0';

    return ngx_http_vol_rules_copy(ctx, to, (char *) text);
}
