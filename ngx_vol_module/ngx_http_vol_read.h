
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_READ_H_INCLUDED_
#define _NGX_HTTP_VOL_READ_H_INCLUDED_


#include "ngx_http_vol_script.h"


/* a call that is answered without its script */

struct ngx_http_vol_read_s {
    ngx_str_t   *argv;                  /* keys, and what is its own */
    ngx_str_t   *shared;
    int64_t      now;                   /* seconds, by the clock of Redis */
};


/* of get_account.lua: most accounts are no more than their hash */

redisReply *ngx_http_vol_read_account(ngx_http_vol_read_t *read,
    redisReply *hash);


#endif /* _NGX_HTTP_VOL_READ_H_INCLUDED_ */
