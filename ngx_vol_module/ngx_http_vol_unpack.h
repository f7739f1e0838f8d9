
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_UNPACK_H_INCLUDED_
#define _NGX_HTTP_VOL_UNPACK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <hiredis/hiredis.h>


#define NGX_HTTP_VOL_UNPACK_DEPTH  8


/*
 * Reads what cmsgpack.pack() makes of a script's replies (MessagePack: arrays,
 * strings, integers, nil and booleans; true is 1 and false is nil, as Redis
 * itself gives them).  The tree is in the pool, its strings end with a NUL.
 * NGX_DECLINED when it is anything else, NGX_ERROR without memory.
 */
ngx_int_t ngx_http_vol_unpack(ngx_pool_t *pool, u_char *data, size_t len,
    redisReply **reply);

/*
 * The same for a string that is a script's reply by itself: packed, or a text
 * with tabs between its values.  The first two of a text, its status and
 * whether it is replayed, are integers, the others strings.  NGX_DECLINED for
 * any other string, which is left as it is.
 */
ngx_int_t ngx_http_vol_unpack_reply(ngx_pool_t *pool, redisReply **reply);


#endif /* _NGX_HTTP_VOL_UNPACK_H_INCLUDED_ */
