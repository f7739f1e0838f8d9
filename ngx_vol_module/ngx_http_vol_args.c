
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include <ngx_sha1.h>
#include "ngx_http_vol_code.h"
#include "ngx_http_vol_time.h"


#define NGX_HTTP_VOL_CURSOR_MAX     80
#define NGX_HTTP_VOL_FIELD_MAX      64      /* bytes of a name given back */
#define NGX_HTTP_VOL_DIGEST_LEN     20      /* SHA-1 */


#define ngx_http_vol_last_field(f)                                            \
    ((f)->name.data == NULL && (f)->source == NGX_HTTP_VOL_PATH)


static ngx_int_t ngx_http_vol_query_args(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
static ngx_int_t ngx_http_vol_query_arg(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_vol_unescape(ngx_pool_t *pool, ngx_str_t *text);
static ngx_int_t ngx_http_vol_body_args(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
static ngx_int_t ngx_http_vol_json_arg(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f, json_t *json,
    ngx_str_t *value);
static ngx_int_t ngx_http_vol_json_ids(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f, json_t *json,
    ngx_str_t *value);
static ngx_int_t ngx_http_vol_text_arg(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f, ngx_str_t *value);
static ngx_int_t ngx_http_vol_text_integer(ngx_str_t *text, int64_t *n);
static ngx_int_t ngx_http_vol_integer(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f, int64_t n,
    ngx_str_t *value);
static ngx_int_t ngx_http_vol_number(ngx_pool_t *pool, int64_t n,
    ngx_str_t *value);
static ngx_int_t ngx_http_vol_plain_text(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, ngx_str_t *value);
static ngx_uint_t ngx_http_vol_is_cursor(ngx_str_t *text);
static ngx_int_t ngx_http_vol_self(ngx_http_vol_ctx_t *ctx,
    ngx_str_t *value);
static ngx_int_t ngx_http_vol_own_arg(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_http_vol_field_t *f, ngx_str_t *value);
static ngx_int_t ngx_http_vol_fingerprint(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_vol_invalid(ngx_http_vol_ctx_t *ctx,
    ngx_str_t *name, char *detail);


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
    "must be a case of the rulebook",
    "must be a voucher's code",
    "must be the next of a page"
};


ngx_int_t
ngx_http_vol_read_args(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t              rc;
    ngx_str_t             *value, *segment;
    ngx_http_vol_field_t  *f;

    segment = ctx->segments;
    value = ctx->args;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->source == NGX_HTTP_VOL_PATH) {
            *value = *segment++;

            rc = ngx_http_vol_text_arg(r, ctx, f, value);
            if (rc != NGX_OK) {
                return rc;
            }
        }

        value++;
    }

    ctx->nargs = value - ctx->args;

    rc = ngx_http_vol_query_args(r, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_vol_body_args(r, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

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

    if (ctx->endpoint->check) {
        rc = ctx->endpoint->check(r, ctx);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    /* the module's own come last: a fingerprint covers what the client sent */

    value = ctx->args;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (ngx_http_vol_own_arg(r, ctx, f, value) != NGX_OK) {
            return NGX_ERROR;
        }

        value++;
    }

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

        if (ngx_http_vol_unescape(r->pool, &name) != NGX_OK) {
            return ngx_http_vol_invalid(ctx, &name,
                                        "has a bad percent-escape");
        }

        if (ngx_http_vol_unescape(r->pool, &value) != NGX_OK) {
            return ngx_http_vol_invalid(ctx, &name,
                                        "has a bad percent-escape");
        }

        rc = ngx_http_vol_query_arg(r, ctx, &name, &value);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_query_arg(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_str_t *name, ngx_str_t *value)
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

            return ngx_http_vol_text_arg(r, ctx, f, arg);
        }

        arg++;
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
        return NGX_DECLINED;
    }

    p = dst;
    src = text->data;

    ngx_unescape_uri(&dst, &src, text->len, 0);

    text->data = p;
    text->len = dst - p;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_body_args(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
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

            if (f->source == NGX_HTTP_VOL_BODY
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

        rc = ngx_http_vol_json_arg(r, ctx, f, json, value);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_json_arg(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, json_t *json, ngx_str_t *value)
{
    switch (f->type) {

    case NGX_HTTP_VOL_INTEGER:
        if (!json_is_integer(json)) {
            return ngx_http_vol_invalid(ctx, &f->name,
                                        ngx_http_vol_expected[f->type]);
        }

        return ngx_http_vol_integer(r, ctx, f, json_integer_value(json),
                                    value);

    case NGX_HTTP_VOL_FLAG:
        if (!json_is_boolean(json)) {
            return ngx_http_vol_invalid(ctx, &f->name,
                                        ngx_http_vol_expected[f->type]);
        }

        return ngx_http_vol_number(r->pool, json_is_true(json), value);

    case NGX_HTTP_VOL_IDS:
        return ngx_http_vol_json_ids(r, ctx, f, json, value);

    default:
        if (!json_is_string(json)) {
            return ngx_http_vol_invalid(ctx, &f->name,
                                        ngx_http_vol_expected[f->type]);
        }

        value->data = (u_char *) json_string_value(json);
        value->len = json_string_length(json);

        return ngx_http_vol_text_arg(r, ctx, f, value);
    }
}


static ngx_int_t
ngx_http_vol_json_ids(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, json_t *json, ngx_str_t *value)
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

    p = ngx_pnalloc(r->pool, n * (NGX_HTTP_VOL_ID_MAX + 1) + 1);
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


/* turns the text a client sent into what the script is given */

static ngx_int_t
ngx_http_vol_text_arg(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, ngx_str_t *value)
{
    u_char                   *code;
    int64_t                   n;
    ngx_uint_t                i;
    ngx_http_vol_loc_conf_t  *vlcf;

    switch (f->type) {

    case NGX_HTTP_VOL_ID:
        if (ngx_http_vol_is_id(value)) {
            return NGX_OK;
        }

        break;

    case NGX_HTTP_VOL_INTEGER:
        if (ngx_http_vol_text_integer(value, &n) == NGX_OK) {
            return ngx_http_vol_integer(r, ctx, f, n, value);
        }

        break;

    case NGX_HTTP_VOL_TEXT:
        return ngx_http_vol_plain_text(ctx, f, value);

    case NGX_HTTP_VOL_DATE:
        if (ngx_http_vol_date_parse(value, &n) == NGX_OK) {
            return ngx_http_vol_number(r->pool, n, value);
        }

        break;

    case NGX_HTTP_VOL_TIME:
        if (ngx_http_vol_time_parse(value, &n) == NGX_OK) {
            return ngx_http_vol_number(r->pool, n, value);
        }

        break;

    case NGX_HTTP_VOL_FLAG:
        if (value->len == 4 && ngx_strncmp(value->data, "true", 4) == 0) {
            return ngx_http_vol_number(r->pool, 1, value);
        }

        if (value->len == 5 && ngx_strncmp(value->data, "false", 5) == 0) {
            return ngx_http_vol_number(r->pool, 0, value);
        }

        break;

    case NGX_HTTP_VOL_KIND:
        for (i = 0; i < NGX_HTTP_VOL_KINDS; i++) {
            if (value->len == ngx_http_vol_kinds[i].len
                && ngx_strncmp(value->data, ngx_http_vol_kinds[i].data,
                               value->len)
                   == 0)
            {
                return NGX_OK;
            }
        }

        break;

    case NGX_HTTP_VOL_CASE:
        vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

        if (ngx_http_vol_rules_case(vlcf->rules, value)) {
            return NGX_OK;
        }

        break;

    case NGX_HTTP_VOL_CODE:
        code = ngx_pnalloc(r->pool, NGX_HTTP_VOL_CODE_LEN);
        if (code == NULL) {
            return NGX_ERROR;
        }

        if (ngx_http_vol_code_parse(value, code) != NGX_OK) {
            return ngx_http_vol_refuse(ctx, "not-found", &f->name,
                                       "this is no voucher's code");
        }

        value->data = code;
        value->len = NGX_HTTP_VOL_CODE_LEN;

        return NGX_OK;

    case NGX_HTTP_VOL_CURSOR:
        if (ngx_http_vol_is_cursor(value)) {
            return NGX_OK;
        }

        break;

    default: /* NGX_HTTP_VOL_IDS */
        break;
    }

    return ngx_http_vol_invalid(ctx, &f->name, ngx_http_vol_expected[f->type]);
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
ngx_http_vol_integer(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, int64_t n, ngx_str_t *value)
{
    u_char  detail[sizeof("must be an integer from  to ")
                   + 2 * NGX_INT64_LEN + 1];

    if (n >= f->min && n <= f->max) {
        return ngx_http_vol_number(r->pool, n, value);
    }

    ngx_sprintf(detail, "must be an integer from %L to %L%Z", f->min, f->max);

    return ngx_http_vol_invalid(ctx, &f->name, (char *) detail);
}


static ngx_int_t
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
ngx_http_vol_is_cursor(ngx_str_t *text)
{
    u_char      c;
    ngx_uint_t  i;

    if (text->len == 0 || text->len > NGX_HTTP_VOL_CURSOR_MAX) {
        return 0;
    }

    for (i = 0; i < text->len; i++) {
        c = text->data[i];

        if ((c < '0' || c > '9') && (c < 'A' || c > 'Z')
            && (c < 'a' || c > 'z')
            && c != '.' && c != '_' && c != '-' && c != ':')
        {
            return 0;
        }
    }

    return 1;
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
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    switch (f->source) {

    case NGX_HTTP_VOL_RULE:
        *value = vlcf->rules->values[f->type];
        return NGX_OK;

    case NGX_HTTP_VOL_FRESH:
        value->len = NGX_HTTP_VOL_CODE_LEN;
        value->data = ngx_pnalloc(r->pool, NGX_HTTP_VOL_CODE_LEN);
        if (value->data == NULL) {
            return NGX_ERROR;
        }

        return ngx_http_vol_code_new(value->data);

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
        return ngx_http_vol_fingerprint(r, ctx, value);

    case NGX_HTTP_VOL_WINDOW:
        *value = vlcf->window;
        return NGX_OK;

    default: /* NGX_HTTP_VOL_NOBODY */
        ngx_str_set(value, "");
        return NGX_OK;
    }
}


/* of the endpoint and of all that the client gave it, each with its length */

static ngx_int_t
ngx_http_vol_fingerprint(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_str_t             *arg;
    ngx_sha1_t             sha1;
    ngx_http_vol_field_t  *f;

    if (ctx->key.len == 0) {
        ngx_str_set(value, "");
        return NGX_OK;
    }

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, ctx->endpoint->path.data, ctx->endpoint->path.len);

    arg = ctx->args;

    for (f = ctx->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->source <= NGX_HTTP_VOL_BODY) {
            ngx_sha1_update(&sha1, (u_char *) &arg->len, sizeof(arg->len));
            ngx_sha1_update(&sha1, arg->data, arg->len);
        }

        arg++;
    }

    value->data = ngx_pnalloc(r->pool, NGX_HTTP_VOL_DIGEST_LEN);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    value->len = NGX_HTTP_VOL_DIGEST_LEN;
    ngx_sha1_final(value->data, &sha1);

    return NGX_OK;
}


/* a name that the client made up is given back shortened */

static ngx_int_t
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
