
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_NODE_H_INCLUDED_
#define _NGX_HTTP_VOL_NODE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_event_connect.h>
#include <hiredis/hiredis.h>


/* of a worker and a node */

#define NGX_HTTP_VOL_NODE_OPS_MAX      4096
#define NGX_HTTP_VOL_NODE_BYTES_MAX    (16 * 1024 * 1024)
#define NGX_HTTP_VOL_NODE_HELLO        4       /* AUTH, SELECT, WAIT, INFO */
#define NGX_HTTP_VOL_NODE_ELEMENTS_MAX 131072  /* of an array in a reply */

#define NGX_HTTP_VOL_SCRIPTS_MAX       256


typedef struct ngx_http_vol_node_s   ngx_http_vol_node_t;
typedef struct ngx_http_vol_redis_s  ngx_http_vol_redis_t;
typedef struct ngx_http_vol_reach_s  ngx_http_vol_reach_t;


/* how an operation ended */

typedef enum {
    NGX_HTTP_VOL_NODE_REPLIED = 0,
    NGX_HTTP_VOL_NODE_UNAVAILABLE,         /* Redis has not received it */
    NGX_HTTP_VOL_NODE_UNKNOWN              /* Redis may have received it */
} ngx_http_vol_node_outcome_e;


/* reply is gone when the handler returns; NULL unless REPLIED */

typedef void (*ngx_http_vol_node_handler_pt)(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);


/*
 * A command on its way, or several.  It belongs to whoever made it, who keeps
 * it and its command until the handler is called: once for each reply, in
 * their order, or once instead of those that don't come.  It is never called
 * from inside ngx_http_vol_node_send().
 */

typedef struct {
    ngx_queue_t                      queue;
    ngx_str_t                        command;   /* in the Redis protocol */
    ngx_http_vol_node_handler_pt     handler;
    void                            *data;

    uint64_t                         end;       /* its place in the stream */
    ngx_msec_t                       deadline;
    ngx_uint_t                       replies;   /* one for each command */
    ngx_uint_t                       due;       /* of these are to come */
    ngx_uint_t                       weight;    /* operations it stands for,
                                                   0 begins the connection */
} ngx_http_vol_node_op_t;


/* what a node is asked for, and so what it must be */

typedef enum {
    NGX_HTTP_VOL_NODE_MASTER = 0,           /* keeps districts */
    NGX_HTTP_VOL_NODE_MEMBER,               /* of a cluster, some of them */
    NGX_HTTP_VOL_NODE_SENTINEL              /* tells who is the master */
} ngx_http_vol_node_role_e;


typedef enum {
    NGX_HTTP_VOL_NODE_DOWN = 0,
    NGX_HTTP_VOL_NODE_CONNECTING,
    NGX_HTTP_VOL_NODE_TLS,
    NGX_HTTP_VOL_NODE_HANDSHAKE,
    NGX_HTTP_VOL_NODE_READY
} ngx_http_vol_node_state_e;


/* batches of a kind; replies come in order, so the first sent is done first */

typedef struct {
    uint64_t                         sent;
    uint64_t                         done;
} ngx_http_vol_node_flow_t;


struct ngx_http_vol_node_s {
    ngx_http_vol_redis_t         *redis;
    ngx_http_vol_node_role_e      role;
    ngx_str_t                     name;         /* in logs */
    ngx_addr_t                   *addrs;        /* tried in turn */
    ngx_uint_t                    naddrs;       /* 0: not known yet */
    ngx_addr_t                    learned;      /* one that was told */
    ngx_sockaddr_t                sockaddr;
    u_char                        text[NGX_SOCKADDR_STRLEN];
    ngx_str_t                     host;         /* that it connects to */
    u_char                        ip[NGX_SOCKADDR_STRLEN + 1];

    ngx_http_vol_node_op_t        hello[NGX_HTTP_VOL_NODE_HELLO];
    ngx_uint_t                    nhello;

    ngx_http_vol_node_state_e     state;
    ngx_peer_connection_t         peer;
    ngx_uint_t                    addr;         /* index of the next one */
    redisReader                  *reader;
    ngx_pool_t                   *pool;         /* of the reply that is read */

    ngx_queue_t                   waiting;      /* for the connection */
    ngx_queue_t                   sent;         /* for their replies */
    ngx_uint_t                    nops;         /* their weights, together */

    ngx_queue_t                   batches;      /* ngx_http_vol_batch.c: */
    ngx_uint_t                    ncalls;       /* calls that gather */
    ngx_http_vol_node_flow_t      scripts;
    ngx_http_vol_node_flow_t      reads;
    ngx_event_t                   gather;

    ngx_queue_t                   unwaited;     /* ngx_http_vol_reach.c: batches
                                                   without a wait behind them */
    ngx_http_vol_reach_t         *reach;        /* the wait under way */

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
    ngx_str_t                     trouble;      /* it refuses operations */
    ngx_str_t                     said;         /* of that, logged last */
    ngx_msec_t                    said_at;
    ngx_uint_t                    warned;       /* bits of what was logged */
    u_char                        loading[NGX_HTTP_VOL_SCRIPTS_MAX];

    ngx_log_t                     log;
    ngx_log_t                     mute;

    unsigned                      open:1;
    unsigned                      hold:1;       /* operations may wait */
    unsigned                      unfit:1;
    unsigned                      unfit_said:1; /* since it served last */
    unsigned                      down:1;       /* and that was logged */
    unsigned                      loud:1;       /* the trouble was */
};


/*
 * Makes a node of a Redis, with what begins its connections.  It has no address
 * yet; its name is what logs call it until it is moved.
 */
ngx_http_vol_node_t *ngx_http_vol_node_create(ngx_pool_t *pool,
    ngx_http_vol_redis_t *redis, ngx_http_vol_node_role_e role,
    ngx_str_t *name);

/* Starts and ends the connection of a worker; it may be opened again. */
void ngx_http_vol_node_open(ngx_http_vol_node_t *node);
void ngx_http_vol_node_quit(ngx_http_vol_node_t *node);

/*
 * Gives a node another address: what is under way at the one before has failed,
 * what comes waits for the connection to this one.  Nothing when it is the same.
 */
void ngx_http_vol_node_move(ngx_http_vol_node_t *node, ngx_addr_t *addr);

/* Connects, where that is not to be done by the node itself after a while. */
void ngx_http_vol_node_again(ngx_http_vol_node_t *node);

/* Lets nothing wait any longer for an address that nobody tells. */
void ngx_http_vol_node_forsake(ngx_http_vol_node_t *node);

/* Whether it is connected, and can serve. */
ngx_uint_t ngx_http_vol_node_is_ready(ngx_http_vol_node_t *node);

/*
 * Queues an operation; all that one turn of the event loop queues is written
 * together.  NGX_DECLINED when Redis is away or too much is queued: the
 * handler is not called then, and nothing was sent.
 */
ngx_int_t ngx_http_vol_node_send(ngx_http_vol_node_t *node,
    ngx_http_vol_node_op_t *op);

/* Whether so many operations would be taken now. */
ngx_uint_t ngx_http_vol_node_takes(ngx_http_vol_node_t *node,
    ngx_uint_t weight);

/*
 * Redis answers, but not as one that can serve (LOADING, READONLY, ...): no
 * further operation is taken, and the connection is made anew once those
 * under way are answered.  Is logged once until it serves again.
 */
void ngx_http_vol_node_unfit(ngx_http_vol_node_t *node, char *what,
    ngx_str_t *why);

/*
 * Redis refused one operation (OOM, MISCONF, ...); the text of why is to stay.
 * Logged when it is another than the last time, or was not said for a while.
 * ngx_http_vol_node_well() forgets it, when a write was done.
 */
void ngx_http_vol_node_refused(ngx_http_vol_node_t *node, ngx_str_t *why);
void ngx_http_vol_node_well(ngx_http_vol_node_t *node);


/* between ngx_http_vol_node.c and its _io.c, _reader.c and _hello.c */

/* Handlers of its events, and of what is to be written in this turn. */
void ngx_http_vol_node_read_handler(ngx_event_t *rev);
void ngx_http_vol_node_write_handler(ngx_event_t *wev);
void ngx_http_vol_node_flush_handler(ngx_event_t *ev);

/* It is connected, or is not; goes on with TLS. */
void ngx_http_vol_node_connected(ngx_http_vol_node_t *node);
void ngx_http_vol_node_handshake(ngx_http_vol_node_t *node);

/*
 * Leaves the connection: what was under way has failed.  After close() it is
 * made anew; why is NULL when it was logged already.
 */
void ngx_http_vol_node_close(ngx_http_vol_node_t *node, char *why);
void ngx_http_vol_node_drop(ngx_http_vol_node_t *node);

/* A reader whose replies are of the pool; NULL without memory. */
redisReader *ngx_http_vol_node_reader(ngx_pool_t *pool);

/*
 * Makes the commands that begin a connection: AUTH, SELECT, INFO; a sentinel is
 * asked for the master instead.
 */
ngx_int_t ngx_http_vol_node_prepare(ngx_pool_t *pool,
    ngx_http_vol_node_t *node);

/* Queues them; ends in ngx_http_vol_node_ready() or _unfit(). */
ngx_int_t ngx_http_vol_node_hello(ngx_http_vol_node_t *node);

/* Lets the operations through that waited for the connection. */
void ngx_http_vol_node_ready(ngx_http_vol_node_t *node);

ngx_int_t ngx_http_vol_node_append(ngx_http_vol_node_t *node,
    ngx_http_vol_node_op_t *op);

/* The value of a line of INFO's reply, such as "role:"; "" without it. */
ngx_str_t ngx_http_vol_node_info(ngx_str_t *info, char *name);


#endif /* _NGX_HTTP_VOL_NODE_H_INCLUDED_ */
