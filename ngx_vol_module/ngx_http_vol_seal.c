
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_seal.h"


#define NGX_HTTP_VOL_DIGEST_BYTES  (NGX_HTTP_VOL_DIGEST_LEN / 2)


static void ngx_http_vol_seal_cleanup(void *data);
static u_char ngx_http_vol_seal_nibble(u_char c);


static ngx_str_t  ngx_http_vol_seal_algorithms[] = {
    ngx_string("sha256"),
    ngx_string("sm3"),
    ngx_null_string
};


ngx_str_t  ngx_http_vol_seal_zeros = ngx_string(
    "0000000000000000000000000000000000000000000000000000000000000000");


ngx_http_vol_seal_t *
ngx_http_vol_seal_create(ngx_pool_t *pool)
{
    ngx_pool_cleanup_t   *cln;
    ngx_http_vol_seal_t  *seal;

    seal = ngx_pcalloc(pool, sizeof(ngx_http_vol_seal_t));
    cln = ngx_pool_cleanup_add(pool, 0);
    if (seal == NULL || cln == NULL) {
        return NULL;
    }

    seal->ctx = EVP_MD_CTX_new();
    if (seal->ctx == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_vol_seal_cleanup;
    cln->data = seal->ctx;

    return seal;
}


static void
ngx_http_vol_seal_cleanup(void *data)
{
    EVP_MD_CTX  *ctx = data;

    EVP_MD_CTX_free(ctx);
}


ngx_int_t
ngx_http_vol_seal_begin(ngx_http_vol_seal_t *seal, ngx_str_t *algorithm,
    ngx_str_t *previous)
{
    ngx_str_t  *name;

    for (name = ngx_http_vol_seal_algorithms; name->len; name++) {
        if (name->len == algorithm->len
            && ngx_strncmp(name->data, algorithm->data, name->len) == 0)
        {
            break;
        }
    }

    if (name->len == 0) {
        return NGX_DECLINED;
    }

    /* one that is known by its name may still have nobody who computes it */

    seal->md = EVP_get_digestbyname((char *) name->data);

    if (seal->md == NULL
        || EVP_MD_size(seal->md) != NGX_HTTP_VOL_DIGEST_BYTES
        || EVP_DigestInit_ex(seal->ctx, seal->md, NULL) != 1)
    {
        return NGX_DECLINED;
    }

    ngx_memcpy(seal->digest, previous->data, NGX_HTTP_VOL_DIGEST_LEN);

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_seal_line(ngx_http_vol_seal_t *seal, ngx_str_t *line)
{
    u_char         bytes[EVP_MAX_MD_SIZE];
    unsigned int   len;

    if (EVP_DigestInit_ex(seal->ctx, seal->md, NULL) != 1
        || EVP_DigestUpdate(seal->ctx, seal->digest, NGX_HTTP_VOL_DIGEST_LEN)
           != 1
        || EVP_DigestUpdate(seal->ctx, "\n", 1) != 1
        || EVP_DigestUpdate(seal->ctx, line->data, line->len) != 1
        || EVP_DigestUpdate(seal->ctx, "\n", 1) != 1
        || EVP_DigestFinal_ex(seal->ctx, bytes, &len) != 1
        || len != NGX_HTTP_VOL_DIGEST_BYTES)
    {
        return NGX_ERROR;
    }

    ngx_hex_dump(seal->digest, bytes, len);

    return NGX_OK;
}


void
ngx_http_vol_seal_mark(ngx_http_vol_seal_t *seal, u_char *mark)
{
    u_char      *p;
    ngx_uint_t   i;

    p = seal->digest;

    for (i = 0; i < NGX_HTTP_VOL_MARK_LEN; i++) {
        mark[i] = ngx_http_vol_seal_nibble(p[0]) << 4
                  | ngx_http_vol_seal_nibble(p[1]);
        p += 2;
    }
}


static u_char
ngx_http_vol_seal_nibble(u_char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}


ngx_uint_t
ngx_http_vol_seal_is_digest(ngx_str_t *text)
{
    u_char  c;
    size_t  i;

    if (text->len != NGX_HTTP_VOL_DIGEST_LEN) {
        return 0;
    }

    for (i = 0; i < text->len; i++) {
        c = text->data[i];

        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
            return 0;
        }
    }

    return 1;
}
