
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_certificate.h"
#include "ngx_http_vol_fields.h"
#include "ngx_http_vol_shapes.h"
#include "ngx_http_vol_scripts.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>


/*
 * A certificate carries the HMAC-SHA256 of what it says.  Redis never has the
 * key: the script makes the certificate, the worker signs it, and a second
 * script keeps the signature.  So whoever may write to Redis makes none.
 */


#define NGX_HTTP_VOL_CERTIFICATE_FILE     4096
#define NGX_HTTP_VOL_CERTIFICATE_KEYS     8
#define NGX_HTTP_VOL_CERTIFICATE_KEY_MIN  32        /* bytes */
#define NGX_HTTP_VOL_CERTIFICATE_KEY_MAX  256

#define NGX_HTTP_VOL_HMAC_LEN             32
#define NGX_HTTP_VOL_SIGNATURE_LEN        (2 * NGX_HTTP_VOL_HMAC_LEN)


/* of a reply: status, replayed, what is signed, signature, the rest */

enum {
    NGX_HTTP_VOL_SIGNED_TEXT = 2,
    NGX_HTTP_VOL_SIGNED_SIGNATURE,
    NGX_HTTP_VOL_SIGNED_CODE,
    NGX_HTTP_VOL_SIGNED_HEAD = NGX_HTTP_VOL_SIGNED_CODE
};


typedef struct {
    ngx_http_vol_ctx_t      *ctx;
    ngx_http_vol_ctx_t       sign;          /* of the second script */
    ngx_str_t                body;
} ngx_http_vol_certificate_t;


static char *ngx_http_vol_certificate_lines(ngx_conf_t *cf, ngx_str_t *file,
    ngx_array_t *keys, u_char *p, u_char *last);
static ngx_int_t ngx_http_vol_certificate_hmac(ngx_str_t *key, u_char *data,
    size_t len, u_char *signature);
static ngx_uint_t ngx_http_vol_certificate_is_right(
    ngx_http_vol_loc_conf_t *vlcf, redisReply *text, redisReply *signature);
static ngx_int_t ngx_http_vol_certificate_body(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, redisReply *reply, ngx_str_t *signature,
    ngx_str_t *body);
static ngx_int_t ngx_http_vol_certificate_sign(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_str_t *code, ngx_str_t *signature,
    ngx_str_t *before, ngx_str_t *body);
static void ngx_http_vol_certificate_handler(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);


static ngx_http_vol_key_t  ngx_http_vol_sign_keys[] = {
    vol_key("ct:", "code"),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_sign_fields[] = {
    vol_body("code", CODE, 0, 0),
    vol_body("signature", TEXT, 0, NGX_HTTP_VOL_SIGNATURE_LEN),
    vol_body("before", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_null
};


static ngx_http_vol_endpoint_t  ngx_http_vol_sign_endpoint = {
    NGX_HTTP_POST, ngx_string("certificates/:code"),
    0, 0,
    &ngx_http_vol_lua_sign_certificate,
    ngx_http_vol_sign_keys,
    ngx_http_vol_sign_fields,
    ngx_http_vol_nothing_shape
};


char *
ngx_http_vol_certificate_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vol_loc_conf_t *vlcf = conf;

    char         *rv;
    u_char        buf[NGX_HTTP_VOL_CERTIFICATE_FILE];
    ssize_t       n;
    ngx_str_t    *value;
    ngx_array_t  *keys;

    if (vlcf->certificate_keys) {
        return "is duplicate";
    }

    value = cf->args->elts;

    n = ngx_http_vol_read_secret(cf, &value[1], buf, sizeof(buf));
    if (n == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    if (n == sizeof(buf)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is too long for a file of keys", &value[1]);
        return NGX_CONF_ERROR;
    }

    keys = ngx_array_create(cf->pool, 1, sizeof(ngx_str_t));
    if (keys == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_vol_certificate_lines(cf, &value[1], keys, buf, buf + n);

    ngx_explicit_memzero(buf, sizeof(buf));

    vlcf->certificate_keys = keys;

    return rv;
}


static char *
ngx_http_vol_certificate_lines(ngx_conf_t *cf, ngx_str_t *file,
    ngx_array_t *keys, u_char *p, u_char *last)
{
    u_char     *end;
    ngx_str_t  *key, line;

    for ( /* void */ ; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, LF);
        if (end == NULL) {
            end = last;
        }

        line.data = p;
        line.len = end - p;

        if (line.len && p[line.len - 1] == CR) {
            line.len--;
        }

        if (line.len == 0) {
            continue;
        }

        if (line.len < NGX_HTTP_VOL_CERTIFICATE_KEY_MIN
            || line.len > NGX_HTTP_VOL_CERTIFICATE_KEY_MAX
            || keys->nelts == NGX_HTTP_VOL_CERTIFICATE_KEYS)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" must have 1 to %d keys, each a line of "
                               "%d to %d bytes", file,
                               NGX_HTTP_VOL_CERTIFICATE_KEYS,
                               NGX_HTTP_VOL_CERTIFICATE_KEY_MIN,
                               NGX_HTTP_VOL_CERTIFICATE_KEY_MAX);
            return NGX_CONF_ERROR;
        }

        key = ngx_array_push(keys);
        if (key == NULL) {
            return NGX_CONF_ERROR;
        }

        key->len = line.len;
        key->data = ngx_pstrdup(cf->pool, &line);
        if (key->data == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (keys->nelts == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "no key in \"%V\"", file);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_vol_certificate(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    redisReply *reply)
{
    u_char                   *p;
    ngx_int_t                 rc;
    ngx_str_t                 signature, before, code, body;
    ngx_uint_t                right;
    redisReply               *text, *found, *shown;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    if (reply->elements <= NGX_HTTP_VOL_SIGNED_HEAD) {
        return ngx_http_vol_refuse(ctx, "store-corrupt", NULL, NULL);
    }

    text = reply->element[NGX_HTTP_VOL_SIGNED_TEXT];
    found = reply->element[NGX_HTTP_VOL_SIGNED_SIGNATURE];
    shown = reply->element[NGX_HTTP_VOL_SIGNED_CODE];

    if (text->type != REDIS_REPLY_STRING || found->type != REDIS_REPLY_STRING
        || shown->type != REDIS_REPLY_STRING
        || found->len > NGX_HTTP_VOL_TEXT_MAX)
    {
        return ngx_http_vol_refuse(ctx, "store-corrupt", NULL, NULL);
    }

    right = ngx_http_vol_certificate_is_right(vlcf, text, found);

    if (!right && found->len) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "the signature of a certificate is by none of the keys");
    }

    /* what the ledger says now is signed anew, what somebody shows is not */

    if (!right && (ctx->endpoint->flags & NGX_HTTP_VOL_PUBLIC)) {
        return ngx_http_vol_refuse(ctx, "not-found", NULL,
                                   "its signature is not right");
    }

    p = ngx_pnalloc(r->pool, NGX_HTTP_VOL_SIGNATURE_LEN + found->len
                             + shown->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    signature.data = p;
    signature.len = NGX_HTTP_VOL_SIGNATURE_LEN;

    before.data = p + signature.len;
    before.len = found->len;
    code.data = ngx_cpymem(before.data, found->str, found->len);

    code.len = shown->len;
    ngx_memcpy(code.data, shown->str, shown->len);

    if (right) {
        ngx_memcpy(signature.data, found->str, signature.len);

    } else if (ngx_http_vol_certificate_hmac(vlcf->certificate_keys->elts,
                                             (u_char *) text->str, text->len,
                                             signature.data)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_vol_certificate_body(r, ctx, reply, &signature, &body);
    if (rc != NGX_OK) {
        return rc;
    }

    if (!right) {
        return ngx_http_vol_certificate_sign(r, ctx, &code, &signature,
                                             &before, &body);
    }

    return ngx_http_vol_send_document(r, ctx, NGX_HTTP_OK, &body);
}


static ngx_int_t
ngx_http_vol_certificate_hmac(ngx_str_t *key, u_char *data, size_t len,
    u_char *signature)
{
    u_char        md[EVP_MAX_MD_SIZE];
    unsigned int  n;

    if (HMAC(EVP_sha256(), key->data, key->len, data, len, md, &n) == NULL
        || n != NGX_HTTP_VOL_HMAC_LEN)
    {
        return NGX_ERROR;
    }

    ngx_hex_dump(signature, md, n);

    return NGX_OK;
}


static ngx_uint_t
ngx_http_vol_certificate_is_right(ngx_http_vol_loc_conf_t *vlcf,
    redisReply *text, redisReply *signature)
{
    u_char       expected[NGX_HTTP_VOL_SIGNATURE_LEN];
    ngx_str_t   *key;
    ngx_uint_t   i, right;

    if (signature->len != NGX_HTTP_VOL_SIGNATURE_LEN) {
        return 0;
    }

    key = vlcf->certificate_keys->elts;
    right = 0;

    for (i = 0; i < vlcf->certificate_keys->nelts; i++) {

        if (ngx_http_vol_certificate_hmac(&key[i], (u_char *) text->str,
                                          text->len, expected)
            != NGX_OK)
        {
            return 0;
        }

        right |= (CRYPTO_memcmp(expected, signature->str, sizeof(expected))
                  == 0);
    }

    return right;
}


/* the document: the certificate, and behind it the signature */

static ngx_int_t
ngx_http_vol_certificate_body(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    redisReply *reply, ngx_str_t *signature, ngx_str_t *body)
{
    size_t                    n, nelements;
    ngx_int_t                 rc;
    redisReply              **elements, last;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    nelements = reply->elements - NGX_HTTP_VOL_SIGNED_HEAD + 1;

    elements = ngx_palloc(r->pool, nelements * sizeof(redisReply *));
    if (elements == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(elements, reply->element + NGX_HTTP_VOL_SIGNED_HEAD,
               (nelements - 1) * sizeof(redisReply *));

    ngx_memzero(&last, sizeof(redisReply));
    last.type = REDIS_REPLY_STRING;
    last.str = (char *) signature->data;
    last.len = signature->len;

    elements[nelements - 1] = &last;

    n = 0;
    rc = ngx_http_vol_shape(r->pool, ctx->endpoint->reply, elements, nelements,
                            &n, vlcf->rules->utc_offset, body);

    if (rc == NGX_DECLINED || (rc == NGX_OK && n != nelements)) {
        return ngx_http_vol_refuse(ctx, "store-corrupt", NULL, NULL);
    }

    return rc;
}


static ngx_int_t
ngx_http_vol_certificate_sign(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_str_t *code, ngx_str_t *signature, ngx_str_t *before, ngx_str_t *body)
{
    ngx_str_t                    argv[NGX_HTTP_VOL_ARGV_MAX];
    ngx_http_vol_ctx_t          *sign;
    ngx_http_vol_loc_conf_t     *vlcf;
    ngx_http_vol_arguments_t     arguments;
    ngx_http_vol_certificate_t  *certificate;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    certificate = ngx_pcalloc(r->pool, sizeof(ngx_http_vol_certificate_t));
    if (certificate == NULL) {
        return NGX_ERROR;
    }

    certificate->ctx = ctx;
    certificate->body = *body;

    sign = &certificate->sign;
    sign->request = r;
    sign->pool = r->pool;
    sign->identity = ctx->identity;
    sign->endpoint = &ngx_http_vol_sign_endpoint;

    *ngx_http_vol_arg(sign, "code") = *code;
    *ngx_http_vol_arg(sign, "signature") = *signature;
    *ngx_http_vol_arg(sign, "before") = *before;

    if (ngx_http_vol_own_args(r, sign) != NGX_OK
        || ngx_http_vol_arguments(sign, argv, &arguments) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* the cleanup of the first call is that of this one too */

    ctx->call = ngx_http_vol_script_call(vlcf->redis, &arguments,
                                         ngx_http_vol_certificate_handler,
                                         certificate);

    return ctx->call ? NGX_AGAIN
           : ngx_http_vol_refuse(ctx, "store-unavailable", NULL, NULL);
}


static void
ngx_http_vol_certificate_handler(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_certificate_t *certificate = data;

    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;
    ngx_http_vol_ctx_t  *ctx, *sign;

    ctx = certificate->ctx;
    sign = &certificate->sign;
    r = ctx->request;
    c = r->connection;

    if (!ngx_http_vol_resume(r, &ctx->call, ctx, &ngx_http_vol_module)) {
        return;
    }

    rc = ngx_http_vol_outcome(sign, outcome, reply);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_durability_header(r);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_vol_send_document(r, ctx, NGX_HTTP_OK,
                                        &certificate->body);

    } else if (rc == NGX_DECLINED) {
        ctx->problem = sign->problem;
        ctx->field = sign->field;
        ctx->detail = sign->detail;
    }

    ngx_http_finalize_request(r, ngx_http_vol_end(r, ctx, rc));

    ngx_http_run_posted_requests(c);
}
