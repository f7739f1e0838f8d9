
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_READ_H_INCLUDED_
#define _NGX_HTTP_VOL_READ_H_INCLUDED_


#include "ngx_http_vol_script.h"


/*
 * What answers the calls of a script that only reads one hash, its first key,
 * where fields of that tell enough: to run a script takes Redis several times
 * as long.
 */

#define NGX_HTTP_VOL_READ_FIELDS_MAX  16


/* a call; times are seconds since 1970 */

typedef struct {
    ngx_str_t   *argv;                  /* keys, and what is its own */
    ngx_str_t   *shared;
    int64_t      asked;                 /* by the clock of the worker */
    int64_t      answered;              /* by that of Redis */
} ngx_http_vol_read_t;


struct ngx_http_vol_reader_s {

    /* Names the fields, for all calls that share their arguments; how many. */

    ngx_uint_t (*fields)(ngx_http_vol_read_t *read, ngx_str_t *fields);

    /*
     * Makes of the values of these fields, a reply to HMGET, the reply that the
     * script would give.  It is there until the next one is made.  NULL when
     * only the script can tell.
     */
    redisReply *(*reply)(ngx_http_vol_read_t *read, redisReply *values);
};


/* of get_account.lua: most accounts are no more than their hash */

extern ngx_http_vol_reader_t  ngx_http_vol_account_reader;


#endif /* _NGX_HTTP_VOL_READ_H_INCLUDED_ */
