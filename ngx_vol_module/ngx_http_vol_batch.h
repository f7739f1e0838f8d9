
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_BATCH_H_INCLUDED_
#define _NGX_HTTP_VOL_BATCH_H_INCLUDED_


#include "ngx_http_vol_read.h"
#include "ngx_http_vol_script.h"


/* between ngx_http_vol_batch.c and ngx_http_vol_batch_format.c */

/* calls that go to Redis as one command; all is in its pool */

typedef struct {
    ngx_http_vol_node_op_t         op;
    ngx_queue_t                     queue;      /* while it is open */
    ngx_pool_t                     *pool;
    ngx_http_vol_node_t           *node;
    ngx_http_vol_arguments_t        arguments;  /* of the first call; ordered
                                                   when any of them is */
    ngx_queue_t                     calls;
    ngx_uint_t                      ncalls;
    size_t                          bytes;
    uint64_t                        after;      /* so many sent before it */
    ngx_uint_t                      tries;

    redisReply                     *replies;    /* kept until the wait ends */
    unsigned                        waits:1;    /* queue is that of a wait */

    ngx_http_vol_reader_pt          reader;     /* NULL: the script is run */
    ngx_http_vol_read_t             read;
    ngx_queue_t                    *next;       /* call to be answered */
} ngx_http_vol_batch_t;


struct ngx_http_vol_call_s {
    ngx_queue_t                     queue;
    ngx_str_t                      *argv;       /* keys, and what is its own */

    ngx_http_vol_call_handler_pt    handler;    /* NULL when abandoned */
    void                           *data;
};


/* Makes the command of a batch: EVALSHA, as lua/lib/batch.lua reads it. */
ngx_int_t ngx_http_vol_batch_format(ngx_http_vol_batch_t *batch);

/*
 * The same for what its reader answers: TIME, for there is one clock, and an
 * HGETALL for each call.  Most of an account's fields are asked for, and to look
 * for each takes Redis longer than to give all.
 */
ngx_int_t ngx_http_vol_batch_format_reads(ngx_http_vol_batch_t *batch);


/* between ngx_http_vol_batch.c and ngx_http_vol_reach.c */

/* A batch was sent to a node whose writes are waited for. */
void ngx_http_vol_reach_sent(ngx_http_vol_batch_t *batch);

/* It is to be waited for no more. */
void ngx_http_vol_reach_leave(ngx_http_vol_batch_t *batch);

/* Sends one wait for all that was sent, unless one is under way. */
void ngx_http_vol_reach_send(ngx_http_vol_node_t *node);

/* The wait for a batch has ended: what it wrote is where it must be, or not. */
void ngx_http_vol_batch_waited(ngx_http_vol_batch_t *batch,
    ngx_uint_t reached);


#endif /* _NGX_HTTP_VOL_BATCH_H_INCLUDED_ */
