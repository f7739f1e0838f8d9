
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_rules_terms.h"
#include "ngx_http_vol_time.h"


#define NGX_HTTP_VOL_TERMS_MAX       12
#define NGX_HTTP_VOL_TERM_TITLE_MAX  200            /* characters */

/* "0901", a tab, the id, a tab, the title, a line's end */

#define NGX_HTTP_VOL_TERM_LEN                                                 \
    (sizeof("0901\t\t\n") - 1 + 64 + 4 * NGX_HTTP_VOL_TERM_TITLE_MAX)


typedef struct {
    ngx_str_t                  id;
    ngx_str_t                  title;
    ngx_int_t                  starts;      /* month * 100 + day */
} ngx_http_vol_term_t;


static ngx_int_t ngx_http_vol_rules_term_title(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);
static ngx_int_t ngx_http_vol_rules_term(ngx_http_vol_rules_ctx_t *ctx,
    json_t *value, ngx_http_vol_term_t *terms, ngx_uint_t n);


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_term_keys[] = {

    { ngx_string("id"), NGX_HTTP_VOL_KEY_REQUIRED, ngx_http_vol_rules_name,
      offsetof(ngx_http_vol_term_t, id), 0, 0, NULL },

    { ngx_string("title"), NGX_HTTP_VOL_KEY_REQUIRED,
      ngx_http_vol_rules_term_title,
      offsetof(ngx_http_vol_term_t, title), 1, NGX_HTTP_VOL_TERM_TITLE_MAX,
      NULL },

    { ngx_string("starts"), NGX_HTTP_VOL_KEY_REQUIRED, ngx_http_vol_rules_day,
      offsetof(ngx_http_vol_term_t, starts), 0, 0, NULL },

    { ngx_null_string, 0, NULL, 0, 0, 0, NULL }
};


static ngx_http_vol_rules_key_t  ngx_http_vol_rules_term_key = {
    ngx_null_string, 0, NULL, 0, 0, 0, ngx_http_vol_rules_term_keys
};


ngx_int_t
ngx_http_vol_rules_terms(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    u_char               *p, *end;
    size_t                i, n;
    ngx_str_t            *text;
    ngx_http_vol_term_t   terms[NGX_HTTP_VOL_TERMS_MAX];

    n = json_array_size(value);

    if (n < 1 || n > NGX_HTTP_VOL_TERMS_MAX) {
        return ngx_http_vol_rules_expected(ctx, "an array of 1 to %d terms",
                                           NGX_HTTP_VOL_TERMS_MAX);
    }

    text = &ctx->rules->values[NGX_HTTP_VOL_RULE_TERMS];

    p = ngx_pnalloc(ctx->cf->pool, n * NGX_HTTP_VOL_TERM_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;

    for (i = 0; i < n; i++) {
        end = ngx_http_vol_rules_enter_item(ctx, i);

        if (ngx_http_vol_rules_term(ctx, json_array_get(value, i), terms, i)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        p = ngx_sprintf(p, "%04i\t%V\t%V\n", terms[i].starts, &terms[i].id,
                        &terms[i].title);

        ctx->place_end = end;
    }

    text->len = p - text->data;

    return NGX_OK;
}


/* the term n; those before it have begun earlier, and have other ids */

static ngx_int_t
ngx_http_vol_rules_term(ngx_http_vol_rules_ctx_t *ctx, json_t *value,
    ngx_http_vol_term_t *terms, ngx_uint_t n)
{
    ngx_uint_t            i;
    ngx_http_vol_term_t  *term;

    term = &terms[n];

    if (ngx_http_vol_rules_object(ctx, &ngx_http_vol_rules_term_key, value,
                                  term)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (n && term->starts <= terms[n - 1].starts) {
        (void) ngx_http_vol_rules_enter(ctx, "starts");

        return ngx_http_vol_rules_expected(ctx, "a day behind that of the "
                                           "term before");
    }

    for (i = 0; i < n; i++) {

        if (terms[i].id.len == term->id.len
            && ngx_strncmp(terms[i].id.data, term->id.data, term->id.len) == 0)
        {
            (void) ngx_http_vol_rules_enter(ctx, "id");

            return ngx_http_vol_rules_expected(ctx, "an id that no term "
                                               "before has");
        }
    }

    return NGX_OK;
}


/* lines and tabs stand between titles */

static ngx_int_t
ngx_http_vol_rules_term_title(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    const char  *p;

    if (ngx_http_vol_rules_text(ctx, key, value, base) != NGX_OK) {
        return NGX_ERROR;
    }

    for (p = json_string_value(value); *p; p++) {

        if ((u_char) *p < 0x20) {
            return ngx_http_vol_rules_expected(ctx, "a string without control "
                                               "characters");
        }
    }

    return NGX_OK;
}


/* "02-29" is refused with all that is no date of a common year */

ngx_int_t
ngx_http_vol_rules_day(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    int64_t     days;
    ngx_str_t   date;
    ngx_int_t  *day;
    u_char      text[NGX_HTTP_VOL_DATE_LEN];

    if (json_string_length(value) == sizeof("12-31") - 1) {
        ngx_memcpy(text, "2001-", 5);
        ngx_memcpy(text + 5, json_string_value(value), 5);

        date.data = text;
        date.len = NGX_HTTP_VOL_DATE_LEN;

        if (ngx_http_vol_date_parse(&date, &days) == NGX_OK) {
            day = (ngx_int_t *) ((u_char *) base + key->offset);
            *day = ngx_atoi(text + 5, 2) * 100 + ngx_atoi(text + 8, 2);
            return NGX_OK;
        }
    }

    return ngx_http_vol_rules_expected(ctx, "a day that every year has, "
                                       "such as \"12-31\"");
}
