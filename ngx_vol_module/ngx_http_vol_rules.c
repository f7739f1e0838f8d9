
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <jansson.h>

#include "ngx_http_vol_rules.h"
#include "ngx_http_vol_time.h"


#define NGX_HTTP_VOL_RULES_SIZE_MAX      (1024 * 1024)

#define NGX_HTTP_VOL_NAME_MAX            64          /* bytes */
#define NGX_HTTP_VOL_TITLE_MAX           200         /* characters */
#define NGX_HTTP_VOL_POINTS_MAX          10000
#define NGX_HTTP_VOL_STAR_POINTS_MAX     1000000000
#define NGX_HTTP_VOL_DAYS_MAX            3660
#define NGX_HTTP_VOL_DAY_MINUTES         1440

#define NGX_HTTP_VOL_VALID_DAYS_DEFAULT  30
#define NGX_HTTP_VOL_KEPT_DAYS_DEFAULT   365

#define NGX_HTTP_VOL_NAME_EXPECTED                                            \
    "1 to 64 of the characters A-Z a-z 0-9 \".\" \"_\" \"-\""

#define NGX_HTTP_VOL_PLACE_LEN           256
#define NGX_HTTP_VOL_EXPECTED_LEN        256
#define NGX_HTTP_VOL_RULES_VALUE_LEN     256

#define ngx_http_vol_rules_offset(member)                                     \
    offsetof(ngx_http_vol_rules_t, member)


typedef struct {
    ngx_conf_t                *cf;
    ngx_http_vol_rules_t      *rules;

    const char                *fault;       /* if more than a wrong value */
    u_char                    *place_end;
    u_char                     place[NGX_HTTP_VOL_PLACE_LEN];
} ngx_http_vol_rules_ctx_t;


typedef struct ngx_http_vol_rules_key_s  ngx_http_vol_rules_key_t;

typedef ngx_int_t (*ngx_http_vol_rules_read_pt)(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);

/* a missing optional key is not read, a missing required one is read as NULL */

struct ngx_http_vol_rules_key_s {
    ngx_str_t                    name;
    ngx_uint_t                   required;
    ngx_http_vol_rules_read_pt   read;
    size_t                       offset;
    ngx_int_t                    min;
    ngx_int_t                    max;
    ngx_http_vol_rules_key_t    *keys;
};


typedef struct {
    ngx_http_vol_rule_e          rule;
    size_t                       offset;
} ngx_http_vol_rules_number_t;


static json_t *ngx_http_vol_rules_parse(ngx_http_vol_rules_ctx_t *ctx);
static ngx_int_t ngx_http_vol_rules_read_file(ngx_http_vol_rules_ctx_t *ctx,
    ngx_str_t *text);
static ngx_int_t ngx_http_vol_rules_read_fd(ngx_http_vol_rules_ctx_t *ctx,
    ngx_fd_t fd, ngx_str_t *text);

static ngx_int_t ngx_http_vol_rules_object(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_known(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *keys, json_t *object);
static ngx_int_t ngx_http_vol_rules_integer(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_title(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_version(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
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

static ngx_uint_t ngx_http_vol_rules_is_name(const char *name);
static u_char *ngx_http_vol_rules_enter(ngx_http_vol_rules_ctx_t *ctx,
    const char *name);
static u_char *ngx_http_vol_rules_enter_item(ngx_http_vol_rules_ctx_t *ctx,
    ngx_uint_t i);
static ngx_int_t ngx_http_vol_rules_expected(ngx_http_vol_rules_ctx_t *ctx,
    const char *fmt, ...);

static ngx_int_t ngx_http_vol_rules_values(ngx_http_vol_rules_ctx_t *ctx);
static ngx_int_t ngx_http_vol_rules_join_stars(ngx_http_vol_rules_ctx_t *ctx);
static ngx_int_t ngx_http_vol_rules_join_obligations(
    ngx_http_vol_rules_ctx_t *ctx);
static ngx_int_t ngx_http_vol_rules_print(ngx_http_vol_rules_ctx_t *ctx,
    ngx_str_t *to, const char *fmt, ...);
static ngx_int_t ngx_http_vol_rules_copy(ngx_http_vol_rules_ctx_t *ctx,
    ngx_str_t *to, const char *from);


ngx_str_t  ngx_http_vol_kinds[NGX_HTTP_VOL_KINDS] = {
    ngx_string("general"),
    ngx_string("cadre"),
    ngx_string("student")
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_case_keys[] = {

    { ngx_string("title"), 1, ngx_http_vol_rules_title,
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

    { ngx_string("title"), 1, ngx_http_vol_rules_title,
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

    { ngx_string("version"), 1, ngx_http_vol_rules_version,
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


static json_t *
ngx_http_vol_rules_parse(ngx_http_vol_rules_ctx_t *ctx)
{
    json_t        *root;
    ngx_str_t      text;
    json_error_t   error;

    if (ngx_http_vol_rules_read_file(ctx, &text) != NGX_OK) {
        return NULL;
    }

    /* any value is taken here, so that a wrong one is called by its place */

    root = json_loadb((char *) text.data, text.len,
                      JSON_REJECT_DUPLICATES|JSON_DECODE_ANY, &error);

    if (root == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "vol_rules \"%V\": line %d, column %d: %s",
                           &ctx->rules->file, error.line, error.column,
                           error.text);
    }

    return root;
}


static ngx_int_t
ngx_http_vol_rules_read_file(ngx_http_vol_rules_ctx_t *ctx, ngx_str_t *text)
{
    ngx_fd_t    fd;
    ngx_int_t   rc;
    ngx_str_t  *file;

    file = &ctx->rules->file;

    /* the opening of a FIFO must not wait for its writer */

    fd = ngx_open_file(file->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, ngx_errno,
                           "vol_rules \"%V\": " ngx_open_file_n " failed",
                           file);
        return NGX_ERROR;
    }

    rc = ngx_http_vol_rules_read_fd(ctx, fd, text);

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, ctx->cf, ngx_errno,
                           "vol_rules \"%V\": " ngx_close_file_n " failed",
                           file);
    }

    return rc;
}


static ngx_int_t
ngx_http_vol_rules_read_fd(ngx_http_vol_rules_ctx_t *ctx, ngx_fd_t fd,
    ngx_str_t *text)
{
    ssize_t           n;
    ngx_str_t        *file;
    ngx_file_info_t   fi;

    file = &ctx->rules->file;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, ngx_errno,
                           "vol_rules \"%V\": " ngx_fd_info_n " failed", file);
        return NGX_ERROR;
    }

    if (!ngx_is_file(&fi) || ngx_file_size(&fi) > NGX_HTTP_VOL_RULES_SIZE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "vol_rules \"%V\": file: expected a regular file "
                           "of at most %d bytes",
                           file, NGX_HTTP_VOL_RULES_SIZE_MAX);
        return NGX_ERROR;
    }

    text->len = ngx_file_size(&fi);

    text->data = ngx_pnalloc(ctx->cf->temp_pool, text->len);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    n = ngx_read_fd(fd, text->data, text->len);

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, ngx_errno,
                           "vol_rules \"%V\": " ngx_read_fd_n " failed", file);
        return NGX_ERROR;
    }

    if ((size_t) n != text->len) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "vol_rules \"%V\": " ngx_read_fd_n
                           " returned only %z bytes instead of %uz",
                           file, n, text->len);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_object(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    u_char                    *end;
    json_t                    *member;
    ngx_http_vol_rules_key_t  *k;

    if (!json_is_object(value)) {
        return ngx_http_vol_rules_expected(ctx, "an object");
    }

    if (ngx_http_vol_rules_known(ctx, key->keys, value) != NGX_OK) {
        return NGX_ERROR;
    }

    base = (u_char *) base + key->offset;

    for (k = key->keys; k->name.len; k++) {

        member = json_object_get(value, (char *) k->name.data);

        if (member == NULL && !k->required) {
            continue;
        }

        if (member == NULL) {
            ctx->fault = "missing, ";
        }

        end = ngx_http_vol_rules_enter(ctx, (char *) k->name.data);

        if (k->read(ctx, k, member, base) != NGX_OK) {
            return NGX_ERROR;
        }

        ctx->place_end = end;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_known(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *keys, json_t *object)
{
    u_char                    *p, *last;
    json_t                    *member;
    const char                *name;
    ngx_http_vol_rules_key_t  *k;
    u_char                     names[NGX_HTTP_VOL_EXPECTED_LEN];

    json_object_foreach(object, name, member) {

        p = names;
        last = names + NGX_HTTP_VOL_EXPECTED_LEN;

        for (k = keys; k->name.len; k++) {

            if (ngx_strcmp(k->name.data, name) == 0) {
                break;
            }

            p = ngx_slprintf(p, last, "%s%V", (p == names) ? "" : ", ",
                             &k->name);
        }

        if (k->name.len == 0) {
            ctx->fault = "unknown key, ";
            (void) ngx_http_vol_rules_enter(ctx, name);

            return ngx_http_vol_rules_expected(ctx, "one of %*s",
                                               (size_t) (p - names), names);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_integer(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_int_t    *number;
    json_int_t    n;

    n = json_integer_value(value);

    if (!json_is_integer(value) || n < key->min || n > key->max) {
        return ngx_http_vol_rules_expected(ctx, "an integer from %i to %i",
                                           key->min, key->max);
    }

    number = (ngx_int_t *) ((u_char *) base + key->offset);
    *number = n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_title(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_int_t   n;
    ngx_str_t  *title;

    n = 0;

    if (json_is_string(value)) {
        n = ngx_utf8_length((u_char *) json_string_value(value),
                            json_string_length(value));
    }

    if (n < key->min || n > key->max) {
        return ngx_http_vol_rules_expected(ctx, "a string of %i to %i "
                                           "characters", key->min, key->max);
    }

    title = (ngx_str_t *) ((u_char *) base + key->offset);

    return ngx_http_vol_rules_copy(ctx, title, json_string_value(value));
}


static ngx_int_t
ngx_http_vol_rules_version(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    if (!json_is_string(value)
        || !ngx_http_vol_rules_is_name(json_string_value(value)))
    {
        return ngx_http_vol_rules_expected(ctx, "a string of "
                                           NGX_HTTP_VOL_NAME_EXPECTED);
    }

    return ngx_http_vol_rules_copy(ctx, &ctx->rules->version,
                                   json_string_value(value));
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
                                               NGX_HTTP_VOL_NAME_EXPECTED);
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


static ngx_uint_t
ngx_http_vol_rules_is_name(const char *name)
{
    size_t  len;

    len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "abcdefghijklmnopqrstuvwxyz"
                       "0123456789._-");

    return len >= 1 && len <= NGX_HTTP_VOL_NAME_MAX && name[len] == '\0';
}


/* returns the end of the place left, to go back to */

static u_char *
ngx_http_vol_rules_enter(ngx_http_vol_rules_ctx_t *ctx, const char *name)
{
    size_t   len;
    u_char  *end;

    end = ctx->place_end;

    /* a name that is no name may be of any length */

    len = ngx_min(ngx_strlen(name), NGX_HTTP_VOL_NAME_MAX);

    ctx->place_end = ngx_slprintf(end, ctx->place + NGX_HTTP_VOL_PLACE_LEN,
                                  "%s%*s", (end == ctx->place) ? "" : ".",
                                  len, name);
    return end;
}


static u_char *
ngx_http_vol_rules_enter_item(ngx_http_vol_rules_ctx_t *ctx, ngx_uint_t i)
{
    u_char  *end;

    end = ctx->place_end;

    ctx->place_end = ngx_slprintf(end, ctx->place + NGX_HTTP_VOL_PLACE_LEN,
                                  "[%ui]", i);
    return end;
}


static ngx_int_t
ngx_http_vol_rules_expected(ngx_http_vol_rules_ctx_t *ctx, const char *fmt,
    ...)
{
    u_char     *p;
    va_list     args;
    ngx_str_t   place;
    u_char      expected[NGX_HTTP_VOL_EXPECTED_LEN];

    va_start(args, fmt);
    p = ngx_vslprintf(expected, expected + NGX_HTTP_VOL_EXPECTED_LEN, fmt,
                      args);
    va_end(args);

    place.data = ctx->place;
    place.len = ctx->place_end - ctx->place;

    if (place.len == 0) {
        ngx_str_set(&place, "top level");
    }

    ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                       "vol_rules \"%V\": %V: %sexpected %*s",
                       &ctx->rules->file, &place, ctx->fault,
                       (size_t) (p - expected), expected);

    return NGX_ERROR;
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


static ngx_int_t
ngx_http_vol_rules_copy(ngx_http_vol_rules_ctx_t *ctx, ngx_str_t *to,
    const char *from)
{
    ngx_str_t  text;

    text.data = (u_char *) from;
    text.len = ngx_strlen(from);

    to->data = ngx_pstrdup(ctx->cf->pool, &text);
    if (to->data == NULL) {
        return NGX_ERROR;
    }

    to->len = text.len;

    return NGX_OK;
}
