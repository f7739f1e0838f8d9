
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


static ngx_int_t ngx_http_vol_identity_value(ngx_http_request_t *r,
    ngx_http_complex_value_t *cv, ngx_str_t *value);
static ngx_uint_t ngx_http_vol_identity_role(ngx_str_t *role);


ngx_http_vol_role_t  ngx_http_vol_roles[] = {
    { ngx_string("volunteer"), NGX_HTTP_VOL_VOLUNTEER },
    { ngx_string("organizer"), NGX_HTTP_VOL_ORGANIZER },
    { ngx_string("merchant"),  NGX_HTTP_VOL_MERCHANT },
    { ngx_string("admin"),     NGX_HTTP_VOL_ADMIN },
    { ngx_string("auditor"),   NGX_HTTP_VOL_AUDITOR },
    { ngx_null_string, 0 }
};


/*
 * Who asks, in which role, for which org or merchant: from the variables that
 * the administrator configured, and from nothing else.
 */

ngx_int_t
ngx_http_vol_identify(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_http_vol_identity_t  *id;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);
    id = &ctx->identity;

    if (ngx_http_vol_identity_value(r, vlcf->district, &id->district) != NGX_OK
        || ngx_http_vol_identity_value(r, vlcf->user, &id->user) != NGX_OK
        || ngx_http_vol_identity_value(r, vlcf->role, &id->role) != NGX_OK
        || ngx_http_vol_identity_value(r, vlcf->scope, &id->scope) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ngx_http_vol_is_id(&id->district)) {
        return ngx_http_vol_refuse(ctx, "not-found", NULL,
                                   "there is no such district");
    }

    if (ctx->endpoint->flags & NGX_HTTP_VOL_PUBLIC) {

        /* the answer is the same, whoever asks */

        ngx_str_set(&id->user, "");
        ngx_str_set(&id->role, "");
        ngx_str_set(&id->scope, "");

        return ngx_http_vol_prefix(r->pool, &id->district, &id->prefix);
    }

    if (id->user.len == 0) {
        return ngx_http_vol_refuse(ctx, "no-identity", NULL, NULL);
    }

    if (!ngx_http_vol_is_id(&id->user)) {
        return ngx_http_vol_refuse(ctx, "no-identity", NULL,
                                   "the user is not an id");
    }

    id->role_bit = ngx_http_vol_identity_role(&id->role);

    if ((id->role_bit & ctx->endpoint->roles) == 0) {
        return ngx_http_vol_refuse(ctx, "forbidden", NULL,
                                   "the role may not do this");
    }

    if (!ngx_http_vol_is_id(&id->scope)) {

        if (id->role_bit & (NGX_HTTP_VOL_ORGANIZER|NGX_HTTP_VOL_MERCHANT)) {
            return ngx_http_vol_refuse(ctx, "forbidden", NULL,
                                       "the role has no scope");
        }

        /* nor does it bind the others, and into the ledger go ids alone */

        ngx_str_set(&id->scope, "");
    }

    return ngx_http_vol_prefix(r->pool, &id->district, &id->prefix);
}


static ngx_int_t
ngx_http_vol_identity_value(ngx_http_request_t *r,
    ngx_http_complex_value_t *cv, ngx_str_t *value)
{
    if (cv == NULL) {
        ngx_str_set(value, "");
        return NGX_OK;
    }

    return ngx_http_complex_value(r, cv, value);
}


static ngx_uint_t
ngx_http_vol_identity_role(ngx_str_t *role)
{
    ngx_uint_t  i;

    for (i = 0; ngx_http_vol_roles[i].bit; i++) {
        if (ngx_http_vol_roles[i].name.len == role->len
            && ngx_strncmp(ngx_http_vol_roles[i].name.data, role->data,
                           role->len)
               == 0)
        {
            return ngx_http_vol_roles[i].bit;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_vol_read_key(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    u_char           *p;
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("Idempotency-Key");

    if ((ctx->endpoint->flags
         & (NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_KEY_OPTIONAL))
        == 0)
    {
        return NGX_OK;
    }

    part = &r->headers_in.headers.part;
    h = part->elts;
    n = 0;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].key.len == name.len
            && ngx_strncasecmp(h[i].key.data, name.data, name.len) == 0)
        {
            ctx->key = h[i].value;
            n++;
        }
    }

    if (n == 0 || (n == 1 && ctx->key.len == 0)) {

        if (ctx->endpoint->flags & NGX_HTTP_VOL_KEY_REQUIRED) {
            return ngx_http_vol_refuse(ctx, "idempotency-key-required", &name,
                                       NULL);
        }

        return NGX_OK;
    }

    if (n > 1) {
        return ngx_http_vol_refuse(ctx, "invalid-field", &name,
                                   "is given more than once");
    }

    if (ctx->key.len > NGX_HTTP_VOL_KEY_MAX) {
        return ngx_http_vol_refuse(ctx, "invalid-field", &name,
                                   "is longer than 128 characters");
    }

    for (p = ctx->key.data; p < ctx->key.data + ctx->key.len; p++) {
        if (*p < 0x21 || *p > 0x7e) {
            return ngx_http_vol_refuse(ctx, "invalid-field", &name,
                                       "is not visible ASCII");
        }
    }

    return NGX_OK;
}
