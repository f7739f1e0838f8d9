
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include <ngx_sha1.h>
#include "ngx_http_vol_code.h"


static ngx_int_t ngx_http_vol_path_args(ngx_http_vol_ctx_t *ctx);
static ngx_int_t ngx_http_vol_query_args(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
static ngx_int_t ngx_http_vol_query_arg(ngx_http_vol_ctx_t *ctx,
    ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_vol_unescape(ngx_pool_t *pool, ngx_str_t *text);
static ngx_int_t ngx_http_vol_body_args(ngx_http_vol_ctx_t *ctx);
static ngx_uint_t ngx_http_vol_in_body(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f);
static ngx_int_t ngx_http_vol_required_args(ngx_http_vol_ctx_t *ctx);
static ngx_int_t ngx_http_vol_self(ngx_http_vol_ctx_t *ctx,
    ngx_str_t *value);
static ngx_int_t ngx_http_vol_own_arg(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f, ngx_str_t *value);
static ngx_int_t ngx_http_vol_fingerprint(ngx_http_vol_ctx_t *ctx,
    ngx_str_t *value);
static void ngx_http_vol_fingerprint_text(ngx_sha1_t *sha1, ngx_str_t *text);


ngx_int_t
ngx_http_vol_read_args(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t  rc;

    /* a line of an import has all in its object */

    if (!ctx->line) {

        rc = ngx_http_vol_path_args(ctx);
        if (rc != NGX_OK) {
            return rc;
        }

        rc = ngx_http_vol_query_args(r, ctx);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    rc = ngx_http_vol_body_args(ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_vol_required_args(ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    /* the module's own come last: a fingerprint covers what the client sent */

    return ngx_http_vol_own_args(r, ctx);
}


static ngx_int_t
ngx_http_vol_path_args(ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t              rc;
    ngx_str_t             *value, *segment;
    ngx_http_vol_field_t  *f;

    segment = ctx->segments;
    value = ctx->args;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->source == NGX_HTTP_VOL_PATH) {
            *value = *segment++;

            rc = ngx_http_vol_text_arg(ctx, f, value);
            if (rc != NGX_OK) {
                return rc;
            }
        }

        value++;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_required_args(ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t              rc;
    ngx_str_t             *value;
    ngx_http_vol_field_t  *f;

    value = ctx->args;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->flags & NGX_HTTP_VOL_SELF) {
            rc = ngx_http_vol_self(ctx, value);
            if (rc != NGX_OK) {
                return rc;
            }
        }

        if ((f->flags & NGX_HTTP_VOL_REQUIRED) && value->data == NULL) {
            return ngx_http_vol_invalid(ctx, &f->name, "is required");
        }

        value++;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_own_args(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_str_t             *value;
    ngx_http_vol_field_t  *f;

    value = ctx->args;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (ngx_http_vol_own_arg(r, ctx, f, value) != NGX_OK) {
            return NGX_ERROR;
        }

        value++;
    }

    ctx->nargs = value - ctx->args;

    return NGX_OK;
}


ngx_str_t *
ngx_http_vol_arg(ngx_http_vol_ctx_t *ctx, char *name)
{
    size_t                 len;
    ngx_str_t             *value;
    ngx_http_vol_field_t  *f;

    len = ngx_strlen(name);
    value = ctx->args;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->name.len == len && ngx_strncmp(f->name.data, name, len) == 0) {
            return value;
        }

        value++;
    }

    return NULL;
}


static ngx_int_t
ngx_http_vol_query_args(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    u_char     *p, *last, *end, *equal;
    ngx_int_t   rc;
    ngx_str_t   name, value;

    /* nginx leaves the data of none as they are */

    if (r->args.len == 0) {
        return NGX_OK;
    }

    p = r->args.data;
    last = p + r->args.len;

    while (p < last) {

        end = ngx_strlchr(p, last, '&');
        if (end == NULL) {
            end = last;
        }

        equal = ngx_strlchr(p, end, '=');
        if (equal == NULL) {
            equal = end;
        }

        name.data = p;
        name.len = equal - p;
        value.data = ngx_min(equal + 1, end);
        value.len = end - value.data;

        p = end + 1;

        if (name.len == 0 && value.len == 0) {
            continue;
        }

        rc = ngx_http_vol_unescape(ctx->pool, &name);

        if (rc == NGX_OK) {
            rc = ngx_http_vol_unescape(ctx->pool, &value);
        }

        if (rc == NGX_DECLINED) {
            return ngx_http_vol_invalid(ctx, &name,
                                        "has a bad percent-escape");
        }

        if (rc != NGX_OK) {
            return rc;
        }

        rc = ngx_http_vol_query_arg(ctx, &name, &value);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_query_arg(ngx_http_vol_ctx_t *ctx, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_str_t             *arg;
    ngx_http_vol_field_t  *f;

    arg = ctx->args;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->source == NGX_HTTP_VOL_QUERY
            && f->name.len == name->len
            && ngx_strncmp(f->name.data, name->data, name->len) == 0)
        {
            if (arg->data) {
                return ngx_http_vol_invalid(ctx, name,
                                            "is given more than once");
            }

            *arg = *value;

            return ngx_http_vol_text_arg(ctx, f, arg);
        }

        arg++;
    }

    if ((ctx->endpoint->flags & NGX_HTTP_VOL_CSV)
        && name->len == sizeof("format") - 1
        && ngx_strncmp(name->data, "format", name->len) == 0)
    {
        return ngx_http_vol_format(ctx, name, value);
    }

    return ngx_http_vol_invalid(ctx, name, "is not known here");
}


/* NGX_DECLINED for "%" without two hexadecimal digits */

static ngx_int_t
ngx_http_vol_unescape(ngx_pool_t *pool, ngx_str_t *text)
{
    u_char  *p, *last, *src, *dst;

    last = text->data + text->len;

    for (p = text->data; p < last; p++) {
        if (*p == '%'
            && (last - p < 3 || ngx_hextoi(p + 1, 2) == NGX_ERROR))
        {
            return NGX_DECLINED;
        }
    }

    dst = ngx_pnalloc(pool, text->len + 1);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    p = dst;
    src = text->data;

    ngx_unescape_uri(&dst, &src, text->len, 0);

    text->data = p;
    text->len = dst - p;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_body_args(ngx_http_vol_ctx_t *ctx)
{
    json_t                *json;
    ngx_int_t              rc;
    ngx_str_t             *value, name;
    const char            *key;
    ngx_http_vol_field_t  *f;

    if (ctx->body == NULL) {
        return NGX_OK;
    }

    json_object_foreach (ctx->body, key, json) {

        value = ctx->args;

        for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

            if (ngx_http_vol_in_body(ctx, f)
                && ngx_strcmp(f->name.data, key) == 0)
            {
                break;
            }

            value++;
        }

        if (ngx_http_vol_last_field(f)) {
            name.data = (u_char *) key;
            name.len = ngx_strlen(key);
            return ngx_http_vol_invalid(ctx, &name, "is not known here");
        }

        rc = ngx_http_vol_json_arg(ctx, f, json, value);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_vol_in_body(ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f)
{
    return f->source == NGX_HTTP_VOL_BODY
           || (ctx->line && f->source == NGX_HTTP_VOL_PATH);
}


/* a volunteer sees and spends only their own */

static ngx_int_t
ngx_http_vol_self(ngx_http_vol_ctx_t *ctx, ngx_str_t *value)
{
    ngx_str_t  *user;

    if (ctx->identity.role_bit != NGX_HTTP_VOL_VOLUNTEER) {
        return NGX_OK;
    }

    user = &ctx->identity.user;

    if (value->data == NULL) {
        *value = *user;
        return NGX_OK;
    }

    if (value->len != user->len
        || ngx_strncmp(value->data, user->data, user->len) != 0)
    {
        return ngx_http_vol_refuse(ctx, "forbidden", NULL,
                                   "the volunteer is another");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_own_arg(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, ngx_str_t *value)
{
    ngx_http_vol_case_t      *c;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    switch (f->source) {

    case NGX_HTTP_VOL_RULE:
        *value = vlcf->rules->values[f->type];
        return NGX_OK;

    case NGX_HTTP_VOL_CASE:
        ngx_str_set(value, "");

        c = ngx_http_vol_rules_case(vlcf->rules, ngx_http_vol_arg(ctx, "case"));
        if (c) {
            *value = c->values[f->type];
        }

        return NGX_OK;

    case NGX_HTTP_VOL_FRESH:
        value->len = (f->type == NGX_HTTP_VOL_SECRET) ? NGX_HTTP_VOL_SECRET_LEN
                                                      : NGX_HTTP_VOL_CODE_LEN;

        value->data = ngx_pnalloc(ctx->pool, value->len);
        if (value->data == NULL) {
            return NGX_ERROR;
        }

        if (f->type == NGX_HTTP_VOL_SECRET) {
            return ngx_http_vol_secret_new(value->data);
        }

        return ngx_http_vol_code_new(value->data, ngx_http_vol_digest(ctx));

    case NGX_HTTP_VOL_CALLER:
        break;

    default:
        return NGX_OK;
    }

    switch (f->type) {

    case NGX_HTTP_VOL_PREFIX:
        *value = ctx->identity.prefix;
        return NGX_OK;

    case NGX_HTTP_VOL_USER:
        *value = ctx->identity.user;
        return NGX_OK;

    case NGX_HTTP_VOL_ROLE:
        *value = ctx->identity.role;
        return NGX_OK;

    case NGX_HTTP_VOL_SCOPE:
        *value = ctx->identity.scope;
        return NGX_OK;

    case NGX_HTTP_VOL_FINGERPRINT:
        return ngx_http_vol_fingerprint(ctx, value);

    case NGX_HTTP_VOL_WINDOW:
        *value = vlcf->window;
        return NGX_OK;

    default: /* NGX_HTTP_VOL_NOBODY */
        ngx_str_set(value, "");
        return NGX_OK;
    }
}


/*
 * Of the endpoint, of who asks in which role and scope, and of all that was
 * given, by name: a field that comes to an endpoint later changes nothing.
 */

static ngx_int_t
ngx_http_vol_fingerprint(ngx_http_vol_ctx_t *ctx, ngx_str_t *value)
{
    ngx_str_t             *arg;
    ngx_sha1_t             sha1;
    ngx_http_vol_field_t  *f;

    if (ctx->key.len == 0) {
        ngx_str_set(value, "");
        return NGX_OK;
    }

    ngx_sha1_init(&sha1);
    ngx_http_vol_fingerprint_text(&sha1, &ctx->endpoint->path);
    ngx_http_vol_fingerprint_text(&sha1, &ctx->identity.role);
    ngx_http_vol_fingerprint_text(&sha1, &ctx->identity.scope);

    arg = ctx->args;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->source <= NGX_HTTP_VOL_BODY && arg->data) {
            ngx_http_vol_fingerprint_text(&sha1, &f->name);
            ngx_http_vol_fingerprint_text(&sha1, arg);
        }

        arg++;
    }

    value->data = ngx_pnalloc(ctx->pool, NGX_HTTP_VOL_SHA1_LEN);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    value->len = NGX_HTTP_VOL_SHA1_LEN;
    ngx_sha1_final(value->data, &sha1);

    return NGX_OK;
}


/* with its length, so that no two texts run together */

static void
ngx_http_vol_fingerprint_text(ngx_sha1_t *sha1, ngx_str_t *text)
{
    uint64_t  len;

    len = text->len;
    ngx_sha1_update(sha1, (u_char *) &len, sizeof(len));

    if (text->len) {
        ngx_sha1_update(sha1, text->data, text->len);
    }
}
