
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_SEAL_H_INCLUDED_
#define _NGX_HTTP_VOL_SEAL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <openssl/evp.h>


#define NGX_HTTP_VOL_DIGEST_LEN        64       /* 256 bits as hex */
#define NGX_HTTP_VOL_MARK_LEN          4        /* bytes of a digest */

#define NGX_HTTP_VOL_SEAL_ENTRIES      1000
#define NGX_HTTP_VOL_SEAL_ENTRIES_MAX  10000


/*
 * The running digest of the ledger: D(0) is 64 zeros and D(i) the digest of
 * D(i-1), a newline, the line of entry i and a newline; each D is lowercase
 * hex.  A copy of the structure goes its own way from the same digest.
 */

typedef struct {
    EVP_MD_CTX      *ctx;
    const EVP_MD    *md;
    u_char           digest[NGX_HTTP_VOL_DIGEST_LEN];
} ngx_http_vol_seal_t;


/* The digest before the first entry. */
extern ngx_str_t  ngx_http_vol_seal_zeros;


/* A digest without an algorithm, which lives as long as the pool; or NULL. */
ngx_http_vol_seal_t *ngx_http_vol_seal_create(ngx_pool_t *pool);

/*
 * Goes on from a digest, whatever algorithm made that, by "sha256" or "sm3".
 * NGX_DECLINED when there is no such algorithm, or OpenSSL hasn't got it.
 */
ngx_int_t ngx_http_vol_seal_begin(ngx_http_vol_seal_t *seal,
    ngx_str_t *algorithm, ngx_str_t *previous);

/* Takes the next line, which has no newline; the digest is in the structure. */
ngx_int_t ngx_http_vol_seal_line(ngx_http_vol_seal_t *seal, ngx_str_t *line);

/* Writes the first NGX_HTTP_VOL_MARK_LEN bytes that the digest is the hex of. */
void ngx_http_vol_seal_mark(ngx_http_vol_seal_t *seal, u_char *mark);

/* Whether the text is a digest in lowercase hex. */
ngx_uint_t ngx_http_vol_seal_is_digest(ngx_str_t *text);


#endif /* _NGX_HTTP_VOL_SEAL_H_INCLUDED_ */
