
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_VERIFY_H_INCLUDED_
#define _NGX_HTTP_VOL_VERIFY_H_INCLUDED_


#include "ngx_http_vol_module.h"
#include "ngx_http_vol_place.h"
#include "ngx_http_vol_seal.h"


#define NGX_HTTP_VOL_VERIFY_FOUND_MAX  16       /* what is more is dropped */


/*
 * Verifies seals against the entries of the ledger, seal after seal: each is
 * given with its entries in order, as XRANGE gives them.  What is wrong is
 * found as JSON: {"what":"seal"|"entry","id","field","expected","found",
 * "detail"}, members without a value left out.
 *
 * A digest tells that something is wrong, the marks tell where: an entry that
 * was changed, put in or taken out is named when it is the first of its seal,
 * and after one that was put in the next is found too.  Behind an entry that
 * was changed or taken out nothing of that seal is known any more; the next
 * seal begins anew from the digest that it says is before it.
 */


typedef struct {
    ngx_http_vol_place_t    place;
    ngx_http_vol_place_t    first;
    ngx_str_t               id;             /* as text, like the others */
    ngx_str_t               first_id;
    ngx_str_t               digest;
    ngx_str_t               previous;
    ngx_str_t               algorithm;
    ngx_str_t               marks;
    int64_t                 entries;
    u_char                 *text;           /* where those stand */
    size_t                  size;
} ngx_http_vol_verified_t;


typedef struct {
    ngx_pool_t             *pool;
    json_t                 *found;          /* an array */

    /* the chain: the last seal that is done, and its digest */
    u_char                  chain[NGX_HTTP_VOL_DIGEST_LEN];
    ngx_http_vol_place_t    cursor;
    ngx_http_vol_place_t    last;           /* the entry that was taken last */

    /* the seal under way */
    ngx_http_vol_verified_t  seal;
    int64_t                 seen;           /* its entries */
    int64_t                 matched;        /* marks, one after another */
    int64_t                 astray;         /* entries since one did not */
    int64_t                 before;         /* entries of a seal missing */
    ngx_http_vol_place_t    lead;           /* the first entry seen */
    ngx_http_vol_place_t    stray;          /* the entry that did not match */
    u_char                  stray_mark[NGX_HTTP_VOL_MARK_LEN];
    ngx_http_vol_seal_t    *all;            /* over all entries seen */
    ngx_http_vol_seal_t     good;           /* over those that matched */
    ngx_http_vol_seal_t     gap;            /* over those of a seal missing */

    unsigned                open:1;         /* a seal is under way */
    unsigned                known:1;        /* the chain is */
    unsigned                broken:1;       /* this seal can't be verified */
    unsigned                torn:1;         /* it doesn't follow the chain */
    unsigned                unread:1;       /* one of its entries is none */
} ngx_http_vol_verify_t;


/* Zeroed before; lives as long as the pool. */
ngx_int_t ngx_http_vol_verify_init(ngx_http_vol_verify_t *v,
    ngx_pool_t *pool);

/* Goes on behind a seal, given by its id and digest; "" from the beginning. */
ngx_int_t ngx_http_vol_verify_from(ngx_http_vol_verify_t *v, ngx_str_t *id,
    ngx_str_t *digest);

/* A seal, the entries up to it, its end.  NGX_ERROR: no memory, no seal. */
ngx_int_t ngx_http_vol_verify_seal(ngx_http_vol_verify_t *v,
    redisReply *seal);
ngx_int_t ngx_http_vol_verify_entry(ngx_http_vol_verify_t *v,
    redisReply *entry, ngx_pool_t *page);
ngx_int_t ngx_http_vol_verify_end(ngx_http_vol_verify_t *v);

/* Adds to what was found; text that is NULL or empty is left out. */
ngx_int_t ngx_http_vol_verify_found(ngx_http_vol_verify_t *v, char *what,
    ngx_str_t *id, char *field, ngx_str_t *expected, ngx_str_t *found,
    char *detail);


#endif /* _NGX_HTTP_VOL_VERIFY_H_INCLUDED_ */
