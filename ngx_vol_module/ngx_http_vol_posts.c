
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


#define NGX_HTTP_VOL_POSTS_MEMBERS  3

/* "posts[31].places" */

#define NGX_HTTP_VOL_POSTS_NAME     (sizeof("posts[31].") + 64)


static ngx_int_t ngx_http_vol_json_post(ngx_http_vol_ctx_t *ctx,
    ngx_str_t *list, ngx_uint_t i, json_t *json, ngx_str_t *values);
static ngx_http_vol_field_t *ngx_http_vol_posts_member(const char *name,
    ngx_uint_t *n);
static ngx_int_t ngx_http_vol_posts_invalid(ngx_http_vol_ctx_t *ctx,
    ngx_str_t *list, ngx_uint_t i, const char *name, char *detail);
static void ngx_http_vol_posts_name(u_char *text, ngx_str_t *list,
    ngx_uint_t i, const char *name, ngx_str_t *to);


/* in the order of the text */

ngx_http_vol_field_t  ngx_http_vol_posts_fields[] = {

    { ngx_string("id"), NGX_HTTP_VOL_BODY, NGX_HTTP_VOL_ID, 0, 0,
      NGX_HTTP_VOL_REQUIRED },

    { ngx_string("places"), NGX_HTTP_VOL_BODY, NGX_HTTP_VOL_INTEGER,
      1, NGX_HTTP_VOL_PLACES_MAX, NGX_HTTP_VOL_REQUIRED },

    { ngx_string("title"), NGX_HTTP_VOL_BODY, NGX_HTTP_VOL_TEXT,
      1, NGX_HTTP_VOL_TITLE_MAX, NGX_HTTP_VOL_REQUIRED },

    { ngx_null_string, NGX_HTTP_VOL_PATH, 0, 0, 0, 0 }
};


/* NGX_ABORT when it is no such list, else as ngx_http_vol_json_arg() */

ngx_int_t
ngx_http_vol_json_posts(ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f,
    json_t *json, ngx_str_t *value)
{
    size_t      len;
    u_char     *p;
    ngx_int_t   rc;
    ngx_str_t  *v;
    ngx_uint_t  i, j, k, n;
    ngx_str_t   posts[NGX_HTTP_VOL_POSTS_MAX][NGX_HTTP_VOL_POSTS_MEMBERS];

    n = json_array_size(json);

    if (!json_is_array(json) || n == 0 || n > NGX_HTTP_VOL_POSTS_MAX) {
        return NGX_ABORT;
    }

    len = 0;

    for (i = 0; i < n; i++) {
        v = posts[i];

        rc = ngx_http_vol_json_post(ctx, &f->name, i, json_array_get(json, i),
                                    v);
        if (rc != NGX_OK) {
            return rc;
        }

        for (j = 0; j < i; j++) {
            if (v->len == posts[j]->len
                && ngx_strncmp(v->data, posts[j]->data, v->len) == 0)
            {
                return NGX_ABORT;
            }
        }

        for (k = 0; k < NGX_HTTP_VOL_POSTS_MEMBERS; k++) {
            len += v[k].len + 1;
        }
    }

    p = ngx_pnalloc(ctx->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;

    for (i = 0; i < n; i++) {
        for (k = 0; k < NGX_HTTP_VOL_POSTS_MEMBERS; k++) {
            p = ngx_cpymem(p, posts[i][k].data, posts[i][k].len);
            *p++ = (k == NGX_HTTP_VOL_POSTS_MEMBERS - 1) ? '\n' : '\t';
        }
    }

    value->len = p - value->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_json_post(ngx_http_vol_ctx_t *ctx, ngx_str_t *list, ngx_uint_t i,
    json_t *json, ngx_str_t *values)
{
    json_t                *member;
    ngx_int_t              rc;
    ngx_uint_t             n;
    const char            *name;
    ngx_http_vol_field_t  *f, named;
    u_char                 text[NGX_HTTP_VOL_POSTS_NAME];

    if (!json_is_object(json)) {
        return NGX_ABORT;
    }

    ngx_memzero(values, NGX_HTTP_VOL_POSTS_MEMBERS * sizeof(ngx_str_t));

    json_object_foreach (json, name, member) {

        f = ngx_http_vol_posts_member(name, &n);

        if (f == NULL) {
            return ngx_http_vol_posts_invalid(ctx, list, i, name,
                                              "is not known here");
        }

        named = *f;
        ngx_http_vol_posts_name(text, list, i, name, &named.name);

        rc = ngx_http_vol_json_arg(ctx, &named, member, &values[n]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    for (n = 0; n < NGX_HTTP_VOL_POSTS_MEMBERS; n++) {
        if (values[n].data == NULL) {
            return ngx_http_vol_posts_invalid(ctx, list, i,
                       (char *) ngx_http_vol_posts_fields[n].name.data,
                       "is required");
        }
    }

    return NGX_OK;
}


static ngx_http_vol_field_t *
ngx_http_vol_posts_member(const char *name, ngx_uint_t *n)
{
    for (*n = 0; *n < NGX_HTTP_VOL_POSTS_MEMBERS; (*n)++) {
        if (ngx_strcmp(ngx_http_vol_posts_fields[*n].name.data, name) == 0) {
            return &ngx_http_vol_posts_fields[*n];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_vol_posts_invalid(ngx_http_vol_ctx_t *ctx, ngx_str_t *list,
    ngx_uint_t i, const char *name, char *detail)
{
    ngx_str_t  field;
    u_char     text[NGX_HTTP_VOL_POSTS_NAME];

    ngx_http_vol_posts_name(text, list, i, name, &field);

    return ngx_http_vol_invalid(ctx, &field, detail);
}


static void
ngx_http_vol_posts_name(u_char *text, ngx_str_t *list, ngx_uint_t i,
    const char *name, ngx_str_t *to)
{
    to->data = text;
    to->len = ngx_snprintf(text, NGX_HTTP_VOL_POSTS_NAME, "%V[%ui].%s", list,
                           i, name)
              - text;
}
