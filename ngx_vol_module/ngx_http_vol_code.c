
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <openssl/rand.h>

#include "ngx_http_vol_code.h"


#define NGX_HTTP_VOL_CODE_BASE    32
#define NGX_HTTP_VOL_CODE_CHECK   37
#define NGX_HTTP_VOL_CODE_CHECKED (NGX_HTTP_VOL_CODE_LEN - 1)
#define NGX_HTTP_VOL_CODE_RANDOM  (NGX_HTTP_VOL_CODE_CHECKED                  \
                                   - NGX_HTTP_VOL_CODE_BUCKET)
#define NGX_HTTP_VOL_CODE_POOL    64        /* codes */
#define NGX_HTTP_VOL_CODE_GROUP   6


static u_char *ngx_http_vol_code_random(void);
static ngx_int_t ngx_http_vol_code_value(u_char ch);


static u_char  ngx_http_vol_code_symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";


ngx_int_t
ngx_http_vol_code_new(u_char *code, u_char *digest)
{
    u_char      *random;
    ngx_int_t    value;
    ngx_uint_t   i, check;

    ngx_http_vol_code_bucket(code, digest);

    do {
        random = ngx_http_vol_code_random();
        if (random == NULL) {
            return NGX_ERROR;
        }

        check = 0;

        for (i = 0; i < NGX_HTTP_VOL_CODE_CHECKED; i++) {

            if (i >= NGX_HTTP_VOL_CODE_BUCKET) {
                value = *random % NGX_HTTP_VOL_CODE_BASE;
                code[i] = ngx_http_vol_code_symbols[value];
                *random++ = 0;

            } else {
                value = ngx_http_vol_code_value(code[i]);
            }

            check = (check * NGX_HTTP_VOL_CODE_BASE + value)
                    % NGX_HTTP_VOL_CODE_CHECK;
        }

    } while (check >= NGX_HTTP_VOL_CODE_BASE);

    code[i] = ngx_http_vol_code_symbols[check];

    return NGX_OK;
}


/*
 * Bytes for one code, each given once; NULL when the system has none.  Drawing
 * them for each code alone would cost more than all else that makes it.
 */

static u_char *
ngx_http_vol_code_random(void)
{
    u_char  *random;

    static u_char     pool[NGX_HTTP_VOL_CODE_POOL * NGX_HTTP_VOL_CODE_RANDOM];
    static size_t     left;
    static ngx_pid_t  pid;

    /* never what a process had before it forked */

    if (left == 0 || pid != ngx_pid) {

        if (RAND_bytes(pool, sizeof(pool)) != 1) {
            left = 0;
            return NULL;
        }

        left = NGX_HTTP_VOL_CODE_POOL;
        pid = ngx_pid;
    }

    random = pool + --left * NGX_HTTP_VOL_CODE_RANDOM;

    return random;
}


void
ngx_http_vol_code_bucket(u_char *bucket, u_char *digest)
{
    ngx_uint_t  i, bits;

    bits = digest[0] << 16 | digest[1] << 8 | digest[2];

    for (i = 0; i < NGX_HTTP_VOL_CODE_BUCKET; i++) {
        bucket[i] = ngx_http_vol_code_symbols[bits % NGX_HTTP_VOL_CODE_BASE];
        bits /= NGX_HTTP_VOL_CODE_BASE;
    }
}


ngx_int_t
ngx_http_vol_code_parse(ngx_str_t *typed, u_char *code)
{
    u_char      *p, *last;
    ngx_int_t    value;
    ngx_uint_t   n, check;

    p = typed->data;
    last = p + typed->len;

    if (typed->len < NGX_HTTP_VOL_CODE_LEN || *p == '-' || last[-1] == '-') {
        return NGX_ERROR;
    }

    n = 0;
    check = 0;

    for ( /* void */ ; p < last; p++) {

        if (*p == '-') {
            continue;
        }

        value = ngx_http_vol_code_value(*p);

        if (value == NGX_ERROR || n == NGX_HTTP_VOL_CODE_LEN) {
            return NGX_ERROR;
        }

        if (n < NGX_HTTP_VOL_CODE_CHECKED) {
            check = (check * NGX_HTTP_VOL_CODE_BASE + value)
                    % NGX_HTTP_VOL_CODE_CHECK;

        } else if (check != (ngx_uint_t) value) {
            return NGX_ERROR;
        }

        code[n++] = ngx_http_vol_code_symbols[value];
    }

    return (n == NGX_HTTP_VOL_CODE_LEN) ? NGX_OK : NGX_ERROR;
}


u_char *
ngx_http_vol_code_show(u_char *p, u_char *code)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_VOL_CODE_LEN; i++) {

        if (i && i % NGX_HTTP_VOL_CODE_GROUP == 0) {
            *p++ = '-';
        }

        *p++ = code[i];
    }

    return p;
}


static ngx_int_t
ngx_http_vol_code_value(u_char ch)
{
    u_char  *symbol;

    ch = ngx_toupper(ch);

    switch (ch) {

    case 'I':
    case 'L':
        ch = '1';
        break;

    case 'O':
        ch = '0';
        break;
    }

    symbol = ngx_strlchr(ngx_http_vol_code_symbols,
                         ngx_http_vol_code_symbols + NGX_HTTP_VOL_CODE_BASE,
                         ch);

    return symbol ? symbol - ngx_http_vol_code_symbols : NGX_ERROR;
}


ngx_int_t
ngx_http_vol_secret_new(u_char *secret)
{
    u_char  random[NGX_HTTP_VOL_SECRET_LEN / 2];

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return NGX_ERROR;
    }

    (void) ngx_hex_dump(secret, random, sizeof(random));
    ngx_explicit_memzero(random, sizeof(random));

    return NGX_OK;
}
