
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_REDIS_H_INCLUDED_
#define _NGX_HTTP_VOL_REDIS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_event_connect.h>
#include <hiredis/hiredis.h>


/* of a worker and a node */

#define NGX_HTTP_VOL_REDIS_OPS_MAX     4096
#define NGX_HTTP_VOL_REDIS_BYTES_MAX   (16 * 1024 * 1024)
#define NGX_HTTP_VOL_REDIS_HELLO       3       /* AUTH, SELECT, INFO */

#define NGX_HTTP_VOL_SCRIPTS_MAX       256


typedef struct ngx_http_vol_redis_s  ngx_http_vol_redis_t;


/* how an operation ended */

typedef enum {
    NGX_HTTP_VOL_REDIS_REPLIED = 0,
    NGX_HTTP_VOL_REDIS_UNAVAILABLE,         /* Redis has not received it */
    NGX_HTTP_VOL_REDIS_UNKNOWN              /* Redis may have received it */
} ngx_http_vol_redis_outcome_e;


/* reply is gone when the handler returns; NULL unless REPLIED */

typedef void (*ngx_http_vol_redis_handler_pt)(void *data,
    ngx_http_vol_redis_outcome_e outcome, redisReply *reply);


/*
 * A command on its way, or several.  It belongs to whoever made it, who keeps
 * it and its command until the handler is called: once for each reply, in
 * their order, or once instead of those that don't come.  It is never called
 * from inside ngx_http_vol_redis_send().
 */

typedef struct {
    ngx_queue_t                      queue;
    ngx_str_t                        command;   /* in the Redis protocol */
    ngx_http_vol_redis_handler_pt    handler;
    void                            *data;

    uint64_t                         end;       /* its place in the stream */
    ngx_msec_t                       deadline;
    ngx_uint_t                       replies;   /* one for each command */
    ngx_uint_t                       due;       /* of these are to come */
    ngx_uint_t                       weight;    /* operations it stands for,
                                                   0 begins the connection */
} ngx_http_vol_redis_op_t;


typedef struct {
    ngx_url_t                       *url;
    ngx_int_t                        db;
    ngx_str_t                        user;
    ngx_str_t                        password;

    ngx_msec_t                       connect_timeout;
    ngx_msec_t                       send_timeout;
    ngx_msec_t                       read_timeout;
} ngx_http_vol_redis_conf_t;


typedef enum {
    NGX_HTTP_VOL_REDIS_DOWN = 0,
    NGX_HTTP_VOL_REDIS_CONNECTING,
    NGX_HTTP_VOL_REDIS_HANDSHAKE,
    NGX_HTTP_VOL_REDIS_READY
} ngx_http_vol_redis_state_e;


/* batches of a kind; replies come in order, so the first sent is done first */

typedef struct {
    uint64_t                         sent;
    uint64_t                         done;
} ngx_http_vol_redis_flow_t;


struct ngx_http_vol_redis_s {
    ngx_http_vol_redis_conf_t     conf;
    ngx_http_vol_redis_op_t       hello[NGX_HTTP_VOL_REDIS_HELLO];
    ngx_uint_t                    nhello;

    ngx_http_vol_redis_state_e    state;
    ngx_peer_connection_t         peer;
    ngx_uint_t                    addr;         /* index of the next one */
    redisReader                  *reader;
    ngx_pool_t                   *pool;         /* of the reply that is read */

    ngx_queue_t                   waiting;      /* for the connection */
    ngx_queue_t                   sent;         /* for their replies */
    ngx_uint_t                    nops;         /* their weights, together */

    ngx_queue_t                   batches;      /* ngx_http_vol_batch.c: */
    ngx_uint_t                    ncalls;       /* calls that gather */
    ngx_http_vol_redis_flow_t     scripts;
    ngx_http_vol_redis_flow_t     reads;
    ngx_event_t                   gather;

    u_char                       *buf;          /* not written yet */
    size_t                        pos;
    size_t                        last;
    size_t                        size;
    uint64_t                      appended;     /* bytes of this connection */
    uint64_t                      written;

    ngx_event_t                   flush;
    ngx_event_t                   retry;
    ngx_connection_t              dummy;        /* data of these events */

    ngx_uint_t                    failures;     /* since it served last */
    ngx_msec_t                    since;        /* it is ready */
    ngx_str_t                     trouble;      /* as logged last */
    ngx_uint_t                    warned;       /* bits of what was logged */
    u_char                        loading[NGX_HTTP_VOL_SCRIPTS_MAX];

    ngx_log_t                     log;
    ngx_log_t                     mute;

    unsigned                      hold:1;       /* operations may wait */
    unsigned                      unfit:1;
    unsigned                      down:1;       /* and that was logged */
};


/*
 * Returns the connection for that configuration, the same for the same one,
 * out of nodes (ngx_http_vol_redis_t *).
 */
ngx_http_vol_redis_t *ngx_http_vol_redis_add(ngx_conf_t *cf,
    ngx_array_t *nodes, ngx_http_vol_redis_conf_t *conf);

/* Starts and ends the connections of a worker. */
void ngx_http_vol_redis_open(ngx_http_vol_redis_t *redis, ngx_cycle_t *cycle);
void ngx_http_vol_redis_quit(ngx_http_vol_redis_t *redis);

/*
 * Queues an operation; all that one turn of the event loop queues is written
 * together.  NGX_DECLINED when Redis is away or too much is queued: the
 * handler is not called then, and nothing was sent.
 */
ngx_int_t ngx_http_vol_redis_send(ngx_http_vol_redis_t *redis,
    ngx_http_vol_redis_op_t *op);

/* Whether so many operations would be taken now. */
ngx_uint_t ngx_http_vol_redis_takes(ngx_http_vol_redis_t *redis,
    ngx_uint_t weight);

/*
 * Redis answers, but not as one that can serve (LOADING, READONLY, ...): no
 * further operation is taken, and the connection is made anew once those
 * under way are answered.  Is logged once.
 */
void ngx_http_vol_redis_unfit(ngx_http_vol_redis_t *redis, char *what,
    ngx_str_t *why);

/*
 * Redis refused one operation (OOM, MISCONF, ...); logged when the reason is
 * another than the last time.  ngx_http_vol_redis_well() forgets it.
 */
void ngx_http_vol_redis_refused(ngx_http_vol_redis_t *redis, ngx_str_t *why);
void ngx_http_vol_redis_well(ngx_http_vol_redis_t *redis);


/* between ngx_http_vol_redis.c, its _reader.c and its _hello.c */

/* A reader whose replies are of the pool; NULL without memory. */
redisReader *ngx_http_vol_redis_reader(ngx_pool_t *pool);

/* Makes the commands that begin a connection: AUTH, SELECT, INFO. */
ngx_int_t ngx_http_vol_redis_prepare(ngx_conf_t *cf,
    ngx_http_vol_redis_t *redis);

/* Queues them; ends in ngx_http_vol_redis_ready() or _unfit(). */
ngx_int_t ngx_http_vol_redis_hello(ngx_http_vol_redis_t *redis);

/* Lets the operations through that waited for the connection. */
void ngx_http_vol_redis_ready(ngx_http_vol_redis_t *redis);

ngx_int_t ngx_http_vol_redis_append(ngx_http_vol_redis_t *redis,
    ngx_http_vol_redis_op_t *op);

/* The value of a line of INFO's reply, such as "role:"; "" without it. */
ngx_str_t ngx_http_vol_redis_info(ngx_str_t *info, char *name);


#endif /* _NGX_HTTP_VOL_REDIS_H_INCLUDED_ */
