
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_CODE_H_INCLUDED_
#define _NGX_HTTP_VOL_CODE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * A voucher's code is 17 symbols of Crockford's base 32 and the check symbol of
 * that scheme (the number modulo 37).  The first three name the bucket that the
 * voucher is kept in, 15 bits of a digest that is given; the others are random.
 * Only codes whose check symbol is a digit or letter of the 32 are made, so
 * that a code is typed on any keyboard and stands in any path: 69.8 random
 * bits.  It is shown in groups, "7ZK4QW-0RX2MA-9H3T8C"; stored and looked up
 * as the 18 bare symbols.
 */

#define NGX_HTTP_VOL_CODE_LEN        18
#define NGX_HTTP_VOL_CODE_SHOWN_LEN  20
#define NGX_HTTP_VOL_CODE_BUCKET     3
#define NGX_HTTP_VOL_SECRET_LEN      40         /* 160 bits */


/*
 * Writes NGX_HTTP_VOL_CODE_LEN symbols; NGX_ERROR when the system has no
 * random bytes to give.
 */
ngx_int_t ngx_http_vol_code_new(u_char *code, u_char *digest);

/* Writes the NGX_HTTP_VOL_CODE_BUCKET symbols of a digest's bucket. */
void ngx_http_vol_code_bucket(u_char *bucket, u_char *digest);

/*
 * Reads what a person typed: either case, hyphens anywhere between symbols,
 * I and L for 1, O for 0.  NGX_ERROR when it is not a code (another length, a
 * symbol outside the scheme, a wrong check symbol).
 */
ngx_int_t ngx_http_vol_code_parse(ngx_str_t *typed, u_char *code);

/* Writes NGX_HTTP_VOL_CODE_SHOWN_LEN bytes, returns the place after them. */
u_char *ngx_http_vol_code_show(u_char *p, u_char *code);

/* Writes NGX_HTTP_VOL_SECRET_LEN random hexadecimal digits; as above. */
ngx_int_t ngx_http_vol_secret_new(u_char *secret);


#endif /* _NGX_HTTP_VOL_CODE_H_INCLUDED_ */
