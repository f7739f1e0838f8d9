
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_command.h"


u_char *
ngx_http_vol_command_head(u_char *p, ngx_uint_t nwords)
{
    return ngx_sprintf(p, "*%ui" CRLF, nwords);
}


u_char *
ngx_http_vol_command_words(u_char *p, ngx_str_t *words, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        p = ngx_http_vol_command_word(p, words[i].data, words[i].len);
    }

    return p;
}


u_char *
ngx_http_vol_command_word(u_char *p, u_char *data, size_t len)
{
    *p++ = '$';

    if (len < 10) {
        *p++ = '0' + len;

    } else if (len < 100) {
        *p++ = '0' + len / 10;
        *p++ = '0' + len % 10;

    } else {
        p = ngx_sprintf(p, "%uz", len);
    }

    *p++ = CR;
    *p++ = LF;

    p = ngx_cpymem(p, data, len);

    *p++ = CR;
    *p++ = LF;

    return p;
}


u_char *
ngx_http_vol_command_number(u_char *p, ngx_int_t n)
{
    u_char  number[NGX_INT_T_LEN];

    return ngx_http_vol_command_word(p, number,
                                     ngx_sprintf(number, "%i", n) - number);
}
