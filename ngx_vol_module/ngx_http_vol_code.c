
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <openssl/rand.h>

#include "ngx_http_vol_code.h"


#define NGX_HTTP_VOL_CODE_BASE    32
#define NGX_HTTP_VOL_CODE_CHECK   37
#define NGX_HTTP_VOL_CODE_RANDOM  (NGX_HTTP_VOL_CODE_LEN - 1)
#define NGX_HTTP_VOL_CODE_GROUP   6


static ngx_int_t ngx_http_vol_code_value(u_char ch);


static u_char  ngx_http_vol_code_symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";


ngx_int_t
ngx_http_vol_code_new(u_char *code)
{
    u_char      random[NGX_HTTP_VOL_CODE_RANDOM];
    ngx_uint_t  i, value, check;

    do {
        if (RAND_bytes(random, NGX_HTTP_VOL_CODE_RANDOM) != 1) {
            return NGX_ERROR;
        }

        check = 0;

        for (i = 0; i < NGX_HTTP_VOL_CODE_RANDOM; i++) {
            value = random[i] % NGX_HTTP_VOL_CODE_BASE;

            check = (check * NGX_HTTP_VOL_CODE_BASE + value)
                    % NGX_HTTP_VOL_CODE_CHECK;

            code[i] = ngx_http_vol_code_symbols[value];
        }

    } while (check >= NGX_HTTP_VOL_CODE_BASE);

    code[i] = ngx_http_vol_code_symbols[check];

    return NGX_OK;
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

        if (n < NGX_HTTP_VOL_CODE_RANDOM) {
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
