
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_redis.h"


/*
 * Who keeps a district: one node, the master that sentinels name, or a master of
 * a cluster.  Where it may be another it is asked for each now and then, and at
 * once when a node was lost or refuses what it does not keep.
 */


/* msec */

#define NGX_HTTP_VOL_REDIS_ASK_SOON    50       /* what is known is not so */
#define NGX_HTTP_VOL_REDIS_ASK_LOST    25       /* doubled by each failure */
#define NGX_HTTP_VOL_REDIS_ASK_AGAIN   200      /* while a node is away */
#define NGX_HTTP_VOL_REDIS_ASK_MASTER  250
#define NGX_HTTP_VOL_REDIS_ASK_SLOTS   10000


static ngx_uint_t ngx_http_vol_redis_whole(ngx_http_vol_redis_t *redis);
static void ngx_http_vol_redis_timer_handler(ngx_event_t *ev);


ngx_http_vol_redis_t *
ngx_http_vol_redis_add(ngx_conf_t *cf, ngx_array_t *all,
    ngx_http_vol_redis_conf_t *conf)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_http_vol_redis_t       *redis, **added;
    ngx_http_vol_redis_conf_t   reads;

    added = all->elts;

    for (i = 0; i < all->nelts; i++) {
        if (ngx_memcmp(&added[i]->conf, conf, sizeof(*conf)) == 0) {
            return added[i];
        }
    }

    added = ngx_array_push(all);
    redis = ngx_pcalloc(cf->pool, sizeof(ngx_http_vol_redis_t));
    if (added == NULL || redis == NULL) {
        return NULL;
    }

    *added = redis;

    redis->conf = *conf;

    if (ngx_http_vol_redis_waits(conf)) {
        reads = *conf;
        ngx_memzero(&reads.durability, sizeof(ngx_http_vol_durability_t));

        redis->reads = ngx_http_vol_redis_add(cf, all, &reads);
        if (redis->reads == NULL) {
            return NULL;
        }
    }

    redis->dummy.fd = (ngx_socket_t) -1;
    redis->dummy.data = redis;

    redis->timer.data = &redis->dummy;
    redis->timer.handler = ngx_http_vol_redis_timer_handler;
    redis->timer.cancelable = 1;

    redis->node = ngx_http_vol_node_create(cf->pool, redis,
                                           conf->kind
                                           == NGX_HTTP_VOL_REDIS_CLUSTER
                                           ? NGX_HTTP_VOL_NODE_MEMBER
                                           : NGX_HTTP_VOL_NODE_MASTER,
                                           &conf->name);
    if (redis->node == NULL) {
        return NULL;
    }

    rc = NGX_OK;

    if (conf->kind == NGX_HTTP_VOL_REDIS_SENTINEL) {
        rc = ngx_http_vol_sentinel_create(cf, redis);

    } else {
        redis->node->addrs = conf->addrs;
        redis->node->naddrs = conf->naddrs;
    }

    if (conf->kind == NGX_HTTP_VOL_REDIS_CLUSTER) {
        rc = ngx_http_vol_cluster_create(cf, redis);
    }

    return rc == NGX_OK ? redis : NULL;
}


void
ngx_http_vol_redis_open(ngx_http_vol_redis_t *redis, ngx_cycle_t *cycle)
{
    redis->timer.log = cycle->log;

    ngx_http_vol_node_open(redis->node);

    if (redis->sentinels) {
        ngx_http_vol_sentinel_open(redis);
    }
}


void
ngx_http_vol_redis_quit(ngx_http_vol_redis_t *redis)
{
    if (redis->timer.timer_set) {
        ngx_del_timer(&redis->timer);
    }

    ngx_http_vol_node_quit(redis->node);

    if (redis->sentinels) {
        ngx_http_vol_node_quit(redis->sentinels);
    }

    if (redis->cluster) {
        ngx_http_vol_cluster_quit(redis);
    }
}


ngx_http_vol_node_t *
ngx_http_vol_redis_node(ngx_http_vol_redis_t *redis, ngx_str_t *prefix)
{
    return redis->cluster ? ngx_http_vol_cluster_node(redis, prefix)
                          : redis->node;
}


ngx_http_vol_node_t *
ngx_http_vol_redis_moved(ngx_http_vol_node_t *from, ngx_str_t *error)
{
    ngx_http_vol_node_t  *node;

    node = from->redis->cluster ? ngx_http_vol_cluster_moved(from, error)
                                : NULL;

    ngx_http_vol_redis_stale(from->redis);

    return node;
}


void
ngx_http_vol_redis_stale(ngx_http_vol_redis_t *redis)
{
    ngx_http_vol_redis_ask_in(redis, NGX_HTTP_VOL_REDIS_ASK_SOON);
}


void
ngx_http_vol_redis_ready(ngx_http_vol_node_t *node)
{
    /* what could not be asked can be now */

    if (!ngx_http_vol_redis_whole(node->redis)) {
        ngx_http_vol_redis_ask_in(node->redis, 1);

    } else {
        ngx_http_vol_redis_ask_in(node->redis, NGX_HTTP_VOL_REDIS_ASK_MASTER);
    }
}


/* whether all nodes that are needed are known, and serve */

static ngx_uint_t
ngx_http_vol_redis_whole(ngx_http_vol_redis_t *redis)
{
    return redis->cluster ? ngx_http_vol_cluster_complete(redis)
                          : ngx_http_vol_node_is_ready(redis->node);
}


void
ngx_http_vol_redis_lost(ngx_http_vol_node_t *node)
{
    ngx_http_vol_redis_t  *redis;

    redis = node->redis;

    /* at once, then farther apart while whoever is told cannot be reached */

    if (node != redis->sentinels) {
        ngx_http_vol_redis_ask_in(redis, NGX_HTTP_VOL_REDIS_ASK_LOST
                                         << ngx_min(node->failures, 3));
        return;
    }

    ngx_http_vol_node_again(redis->node);

    /* when none of them answers, nobody can tell who is the master */

    if (node->failures >= node->naddrs) {
        ngx_http_vol_node_forsake(redis->node);
    }
}


ngx_uint_t
ngx_http_vol_redis_tells(ngx_http_vol_redis_t *redis,
    ngx_http_vol_node_t *node)
{
    return redis->sentinels && node == redis->node
           && ngx_http_vol_node_is_ready(redis->sentinels);
}


void
ngx_http_vol_redis_ask_in(ngx_http_vol_redis_t *redis, ngx_msec_t delay)
{
    if (redis->conf.kind == NGX_HTTP_VOL_REDIS_ONE) {
        return;
    }

    if (redis->timer.timer_set) {

        if ((ngx_msec_int_t) (redis->timer.timer.key
                              - (ngx_current_msec + delay))
            <= 0)
        {
            return;
        }

        ngx_del_timer(&redis->timer);
    }

    ngx_add_timer(&redis->timer, delay);
}


static void
ngx_http_vol_redis_timer_handler(ngx_event_t *ev)
{
    ngx_connection_t      *dummy = ev->data;
    ngx_http_vol_redis_t  *redis = dummy->data;

    ngx_msec_t  delay;

    if (!redis->asked) {

        if (redis->cluster) {
            ngx_http_vol_cluster_ask(redis);

        } else {
            ngx_http_vol_sentinel_ask(redis);
        }
    }

    delay = !ngx_http_vol_redis_whole(redis) ? NGX_HTTP_VOL_REDIS_ASK_AGAIN
            : redis->cluster ? NGX_HTTP_VOL_REDIS_ASK_SLOTS
            : NGX_HTTP_VOL_REDIS_ASK_MASTER;

    /* workers do not ask all at once */

    ngx_http_vol_redis_ask_in(redis, delay / 2 + ngx_random() % delay);
}


ngx_int_t
ngx_http_vol_redis_addr(ngx_addr_t *addr, ngx_sockaddr_t *sockaddr,
    ngx_str_t *host, ngx_int_t port)
{
    in_addr_t             inaddr;
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    u_char                address[16];
    struct sockaddr_in6  *sin6;
#endif

    if (port < 1 || port > 65535) {
        return NGX_DECLINED;
    }

    ngx_memzero(sockaddr, sizeof(ngx_sockaddr_t));
    ngx_memzero(addr, sizeof(ngx_addr_t));

    addr->sockaddr = &sockaddr->sockaddr;

    inaddr = ngx_inet_addr(host->data, host->len);

    if (inaddr != INADDR_NONE) {
        sin = &sockaddr->sockaddr_in;
        sin->sin_family = AF_INET;
        sin->sin_addr.s_addr = inaddr;
        sin->sin_port = htons((in_port_t) port);
        addr->socklen = sizeof(struct sockaddr_in);

        return NGX_OK;
    }

#if (NGX_HAVE_INET6)

    if (ngx_inet6_addr(host->data, host->len, address) == NGX_OK) {
        sin6 = &sockaddr->sockaddr_in6;
        sin6->sin6_family = AF_INET6;
        ngx_memcpy(sin6->sin6_addr.s6_addr, address, 16);
        sin6->sin6_port = htons((in_port_t) port);
        addr->socklen = sizeof(struct sockaddr_in6);

        return NGX_OK;
    }

#endif

    return NGX_DECLINED;
}
