
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_SCRIPT_H_INCLUDED_
#define _NGX_HTTP_VOL_SCRIPT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_http_vol_redis.h"


#define NGX_HTTP_VOL_SHA1_LEN      20
#define NGX_HTTP_VOL_SHA1_HEX_LEN  40


typedef struct ngx_http_vol_read_s  ngx_http_vol_read_t;


/*
 * What answers the calls of a script that only reads one hash, its first key,
 * where that tells enough: to run a script takes Redis several times as long.
 * Makes of the hash, a reply to HGETALL, the reply that the script would give,
 * which is there until the next one is made.  NULL when only the script can
 * tell.
 */

typedef redisReply *(*ngx_http_vol_reader_pt)(ngx_http_vol_read_t *read,
    redisReply *hash);


typedef struct {
    ngx_str_t                name;
    ngx_str_t                text;
    u_char                   sha1[NGX_HTTP_VOL_SHA1_HEX_LEN + 1];
    ngx_uint_t               index;         /* among all scripts */
    ngx_http_vol_reader_pt   reader;        /* NULL: it is always run */

    /* what the comment at its head says, for the OpenAPI document */
    ngx_str_t                about;
    ngx_str_t                statuses;      /* "201 200 " */
    ngx_str_t                problems;      /* "not-found forbidden " */
} ngx_http_vol_script_t;


typedef enum {
    NGX_HTTP_VOL_CALL_REPLIED = 0,          /* reply is an array */
    NGX_HTTP_VOL_CALL_UNAVAILABLE,          /* nothing was done */
    NGX_HTTP_VOL_CALL_UNKNOWN,              /* it may have been done */
    NGX_HTTP_VOL_CALL_CORRUPT               /* nothing was done; logged */
} ngx_http_vol_call_outcome_e;


/* what an error reply means; see ngx_http_vol_script_error() */

typedef enum {
    NGX_HTTP_VOL_ERROR_NOSCRIPT = 0,
    NGX_HTTP_VOL_ERROR_MOVED,               /* another node keeps it */
    NGX_HTTP_VOL_ERROR_MOVING,              /* none does whole, just now */
    NGX_HTTP_VOL_ERROR_UNFIT,               /* this Redis serves nobody now */
    NGX_HTTP_VOL_ERROR_REFUSED,             /* it refused this call alone */
    NGX_HTTP_VOL_ERROR_CORRUPT              /* it met what it must not */
} ngx_http_vol_error_e;


typedef struct ngx_http_vol_call_s  ngx_http_vol_call_t;


/* what a script is called with; all of it is copied */

typedef struct {
    ngx_http_vol_script_t          *script;
    ngx_str_t                      *prefix;     /* of the district's keys */
    ngx_str_t                      *argv;       /* the keys come first */
    ngx_uint_t                      nkeys;
    ngx_uint_t                      nargs;      /* behind the keys */
    ngx_uint_t                      nshared;    /* the last of them, which live
                                                   as long as the cycle does */

    unsigned                        write:1;    /* it may change anything */
    unsigned                        batch:1;    /* others may run beside it */
    unsigned                        ordered:1;  /* never before one that was
                                                   called before */
} ngx_http_vol_arguments_t;

typedef void (*ngx_http_vol_call_handler_pt)(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);


/* Fills in sha1, by which Redis knows a script, and index. */
void ngx_http_vol_script_init(ngx_http_vol_script_t *script,
    ngx_uint_t index);

/*
 * Runs a script.  Calls that come together and are of the same script, district
 * and shared arguments go to Redis as one command; see lua/lib/batch.lua.  Where
 * the script has a reader, that answers what it can without the script.  The
 * call has memory of its own and ends whether or not anybody still waits for
 * it.  NULL when Redis is away: nothing was sent, the handler is not called.
 */
ngx_http_vol_call_t *ngx_http_vol_script_call(ngx_http_vol_redis_t *redis,
    ngx_http_vol_arguments_t *arguments, ngx_http_vol_call_handler_pt handler,
    void *data);

/* The one who called is gone: the handler will not be called. */
void ngx_http_vol_script_abandon(ngx_http_vol_call_t *call);

/* Sends the calls that gathered; the handler of redis->gather. */
void ngx_http_vol_batch_gather_handler(ngx_event_t *ev);

/* The connection that could have waited for what was sent is gone. */
void ngx_http_vol_reach_lost(ngx_http_vol_node_t *node);


/* between ngx_http_vol_batch.c and ngx_http_vol_script.c */

/* Loads a script, unless that is under way. */
ngx_int_t ngx_http_vol_script_load(ngx_http_vol_node_t *node,
    ngx_http_vol_script_t *script);

/* What a reply means that is not of the form of one; it is logged. */
ngx_http_vol_call_outcome_e ngx_http_vol_script_failed(
    ngx_http_vol_node_t *node, ngx_http_vol_script_t *script,
    redisReply *reply);

/*
 * The meaning of an error reply; word is the code that told it, such as OOM.
 * Redis before 7 hides the code of an error inside a script in an ERR's text.
 */
ngx_http_vol_error_e ngx_http_vol_script_error(ngx_str_t *text,
    ngx_str_t *word);


#endif /* _NGX_HTTP_VOL_SCRIPT_H_INCLUDED_ */
