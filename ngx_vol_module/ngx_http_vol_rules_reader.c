
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <jansson.h>

#include "ngx_http_vol_rules_reader.h"


#define NGX_HTTP_VOL_RULES_SIZE_MAX      (1024 * 1024)
#define NGX_HTTP_VOL_RULES_EXPECTED_LEN  512


static ngx_int_t ngx_http_vol_rules_read_file(ngx_http_vol_rules_ctx_t *ctx,
    ngx_str_t *text);
static ngx_int_t ngx_http_vol_rules_read_fd(ngx_http_vol_rules_ctx_t *ctx,
    ngx_fd_t fd, ngx_str_t *text);
static ngx_int_t ngx_http_vol_rules_known(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *keys, json_t *object);


json_t *
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


ngx_int_t
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

        if (k->flags & ctx->skip) {
            continue;
        }

        if (member == NULL && !(k->flags & NGX_HTTP_VOL_KEY_REQUIRED)) {
            continue;
        }

        if (member == NULL) {
            ctx->fault = "missing, ";
        }

        end = ngx_http_vol_rules_enter(ctx, (char *) k->name.data);

        if (k->read(ctx, k, member, base) != NGX_OK) {
            return NGX_ERROR;
        }

        ctx->fault = "";
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
    u_char                     names[NGX_HTTP_VOL_RULES_EXPECTED_LEN];

    json_object_foreach(object, name, member) {

        p = names;
        last = names + NGX_HTTP_VOL_RULES_EXPECTED_LEN;

        for (k = keys; k->name.len; k++) {

            if (k->flags & ctx->skip) {
                continue;
            }

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


ngx_int_t
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


ngx_int_t
ngx_http_vol_rules_boolean(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_int_t  *boolean;

    if (!json_is_boolean(value)) {
        return ngx_http_vol_rules_expected(ctx, "true or false");
    }

    boolean = (ngx_int_t *) ((u_char *) base + key->offset);
    *boolean = json_is_true(value);

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_rules_text(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_int_t   n;
    ngx_str_t  *text;

    n = 0;

    if (json_is_string(value)) {
        n = ngx_utf8_length((u_char *) json_string_value(value),
                            json_string_length(value));
    }

    if (n < key->min || n > key->max) {
        return ngx_http_vol_rules_expected(ctx, "a string of %i to %i "
                                           "characters", key->min, key->max);
    }

    text = (ngx_str_t *) ((u_char *) base + key->offset);

    return ngx_http_vol_rules_copy(ctx, text, json_string_value(value));
}


ngx_int_t
ngx_http_vol_rules_name(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base)
{
    ngx_str_t  *name;

    if (!json_is_string(value)
        || !ngx_http_vol_rules_is_name(json_string_value(value)))
    {
        return ngx_http_vol_rules_expected(ctx, "a string of "
                                           NGX_HTTP_VOL_RULES_NAME_EXPECTED);
    }

    name = (ngx_str_t *) ((u_char *) base + key->offset);

    return ngx_http_vol_rules_copy(ctx, name, json_string_value(value));
}


ngx_uint_t
ngx_http_vol_rules_is_name(const char *name)
{
    size_t  len;

    len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "abcdefghijklmnopqrstuvwxyz"
                       "0123456789._-");

    return len >= 1 && len <= NGX_HTTP_VOL_RULES_NAME_MAX && name[len] == '\0';
}


ngx_int_t
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


u_char *
ngx_http_vol_rules_enter(ngx_http_vol_rules_ctx_t *ctx, const char *name)
{
    size_t   len;
    u_char  *end;

    end = ctx->place_end;

    /* a name that is no name may be of any length */

    len = ngx_min(ngx_strlen(name), NGX_HTTP_VOL_RULES_NAME_MAX);

    ctx->place_end = ngx_slprintf(end,
                                  ctx->place + NGX_HTTP_VOL_RULES_PLACE_LEN,
                                  "%s%*s", (end == ctx->place) ? "" : ".",
                                  len, name);
    return end;
}


u_char *
ngx_http_vol_rules_enter_item(ngx_http_vol_rules_ctx_t *ctx, ngx_uint_t i)
{
    u_char  *end;

    end = ctx->place_end;

    ctx->place_end = ngx_slprintf(end,
                                  ctx->place + NGX_HTTP_VOL_RULES_PLACE_LEN,
                                  "[%ui]", i);
    return end;
}


ngx_int_t
ngx_http_vol_rules_expected(ngx_http_vol_rules_ctx_t *ctx, const char *fmt,
    ...)
{
    u_char     *p;
    va_list     args;
    ngx_str_t   place;
    u_char      expected[NGX_HTTP_VOL_RULES_EXPECTED_LEN];

    va_start(args, fmt);
    p = ngx_vslprintf(expected, expected + NGX_HTTP_VOL_RULES_EXPECTED_LEN, fmt,
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
