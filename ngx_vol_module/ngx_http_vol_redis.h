
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_REDIS_H_INCLUDED_
#define _NGX_HTTP_VOL_REDIS_H_INCLUDED_


#include "ngx_http_vol_node.h"
#include "ngx_http_vol_tls.h"


/*
 * What a vol_redis names: one node, one that sentinels know, or the nodes of a
 * cluster, over which the districts are spread.
 */

#define NGX_HTTP_VOL_NODES_MAX      1000    /* of a cluster, that keep slots */
#define NGX_HTTP_VOL_SLOTS          16384   /* of a cluster */


typedef enum {
    NGX_HTTP_VOL_REDIS_ONE = 0,
    NGX_HTTP_VOL_REDIS_SENTINEL,
    NGX_HTTP_VOL_REDIS_CLUSTER
} ngx_http_vol_redis_kind_e;


/* what a write has reached when it is acknowledged; zeros: Redis alone */

typedef struct {
    ngx_uint_t                    fsync;        /* its disk and theirs */
    ngx_uint_t                    replicas;
    ngx_msec_t                    timeout;      /* of a wait for that */
} ngx_http_vol_durability_t;


typedef struct {
    ngx_http_vol_redis_kind_e     kind;
    ngx_str_t                     name;         /* the addresses, as they are
                                                   configured */
    ngx_addr_t                   *addrs;
    ngx_str_t                    *hosts;        /* of these, where they have a
                                                   name; end with 0 */
    ngx_uint_t                    naddrs;
    ngx_str_t                     master;       /* as sentinels call it */

    ngx_int_t                     db;
    ngx_str_t                     user;
    ngx_str_t                     password;
    ngx_str_t                     sentinel_user;
    ngx_str_t                     sentinel_password;
    ngx_http_vol_tls_conf_t       tls;

    ngx_msec_t                    connect_timeout;
    ngx_msec_t                    send_timeout;
    ngx_msec_t                    read_timeout;
    ngx_http_vol_durability_t     durability;
} ngx_http_vol_redis_conf_t;

#define ngx_http_vol_redis_waits(conf)                                        \
    ((conf)->durability.fsync || (conf)->durability.replicas)


typedef struct ngx_http_vol_cluster_s  ngx_http_vol_cluster_t;


struct ngx_http_vol_redis_s {
    ngx_http_vol_redis_conf_t     conf;
    ngx_http_vol_redis_t         *reads;        /* the same, which never waits;
                                                   NULL: it is that itself */
    ngx_http_vol_node_t          *node;         /* the master; of a cluster one
                                                   of those configured */
    ngx_http_vol_node_t          *sentinels;    /* whichever answers */
    ngx_http_vol_cluster_t       *cluster;

    ngx_http_vol_node_op_t        ask;          /* who keeps what */
    ngx_event_t                   timer;        /* when that is asked */
    ngx_connection_t              dummy;        /* data of it */
    unsigned                      asked:1;      /* and not answered yet */
};


/*
 * Returns the Redis of that configuration, the same for the same one, out of
 * all (ngx_http_vol_redis_t *).
 */
ngx_http_vol_redis_t *ngx_http_vol_redis_add(ngx_conf_t *cf,
    ngx_array_t *all, ngx_http_vol_redis_conf_t *conf);

/* Starts and ends the connections of a worker. */
void ngx_http_vol_redis_open(ngx_http_vol_redis_t *redis, ngx_cycle_t *cycle);
void ngx_http_vol_redis_quit(ngx_http_vol_redis_t *redis);

/* The node that keeps a district, whose keys have that prefix. */
ngx_http_vol_node_t *ngx_http_vol_redis_node(ngx_http_vol_redis_t *redis,
    ngx_str_t *prefix);

/*
 * The node of a cluster that keeps a district instead of from, whose error says
 * "MOVED 3999 127.0.0.1:6381"; NULL when it can't be used.
 */
ngx_http_vol_node_t *ngx_http_vol_redis_moved(ngx_http_vol_node_t *from,
    ngx_str_t *error);

/* A node refuses what it does not keep, or not now: who keeps what is asked. */
void ngx_http_vol_redis_stale(ngx_http_vol_redis_t *redis);


/* between ngx_http_vol_redis.c and ngx_http_vol_node.c */

/* A node is connected and serves; its connection is lost. */
void ngx_http_vol_redis_ready(ngx_http_vol_node_t *node);
void ngx_http_vol_redis_lost(ngx_http_vol_node_t *node);

/* Whether a node waits for others to say that it is still the one. */
ngx_uint_t ngx_http_vol_redis_tells(ngx_http_vol_redis_t *redis,
    ngx_http_vol_node_t *node);


/* between ngx_http_vol_redis.c and its _sentinel.c and _cluster.c */

/* Asks in so many milliseconds, or sooner where that was said before. */
void ngx_http_vol_redis_ask_in(ngx_http_vol_redis_t *redis, ngx_msec_t delay);

/* Reads an IP address and a port; NGX_DECLINED when they are none. */
ngx_int_t ngx_http_vol_redis_addr(ngx_addr_t *addr, ngx_sockaddr_t *sockaddr,
    ngx_str_t *host, ngx_int_t port);

/*
 * A sentinel has told who is the master, to a node that begins its connection;
 * NGX_DECLINED when that makes it unfit.
 */
ngx_int_t ngx_http_vol_sentinel_told(ngx_http_vol_node_t *sentinels,
    redisReply *reply);

ngx_int_t ngx_http_vol_sentinel_create(ngx_conf_t *cf,
    ngx_http_vol_redis_t *redis);
void ngx_http_vol_sentinel_open(ngx_http_vol_redis_t *redis);
void ngx_http_vol_sentinel_ask(ngx_http_vol_redis_t *redis);

ngx_int_t ngx_http_vol_cluster_create(ngx_conf_t *cf,
    ngx_http_vol_redis_t *redis);
void ngx_http_vol_cluster_quit(ngx_http_vol_redis_t *redis);
void ngx_http_vol_cluster_ask(ngx_http_vol_redis_t *redis);
ngx_uint_t ngx_http_vol_cluster_complete(ngx_http_vol_redis_t *redis);
ngx_http_vol_node_t *ngx_http_vol_cluster_node(ngx_http_vol_redis_t *redis,
    ngx_str_t *prefix);
ngx_http_vol_node_t *ngx_http_vol_cluster_moved(ngx_http_vol_node_t *from,
    ngx_str_t *error);

/* Reads an error that says MOVED; its host may be empty. */
ngx_int_t ngx_http_vol_cluster_moved_to(ngx_str_t *error, ngx_uint_t *slot,
    ngx_str_t *host, ngx_int_t *port);


#endif /* _NGX_HTTP_VOL_REDIS_H_INCLUDED_ */
