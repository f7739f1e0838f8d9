
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_redis.h"


/*
 * A cluster spreads slots over its masters, and a district is in one slot, by
 * the hash tag of its keys.  Which node keeps which slots is asked of any node
 * that answers; where a node says that a slot has MOVED, it is taken at its word
 * until the whole is known again.  Nodes are connected to when they are needed.
 *
 * While a slot is on its way a script would find some of a district's keys here
 * and some there: it is run by neither node then (lua/lib/batch.lua), and ASK,
 * which leads to the keys that have gone ahead, is never followed.
 */


struct ngx_http_vol_cluster_s {
    ngx_http_vol_node_t    *nodes[NGX_HTTP_VOL_NODES_MAX];
    ngx_uint_t              nnodes;
    ngx_http_vol_node_t    *asked;
    u_char                  keeps[NGX_HTTP_VOL_NODES_MAX];  /* any slot */
    uint16_t                slots[NGX_HTTP_VOL_SLOTS];      /* 1 + node, or 0 */
    unsigned                complete:1;
};


static void ngx_http_vol_cluster_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);
static ngx_int_t ngx_http_vol_cluster_told(ngx_http_vol_redis_t *redis,
    redisReply *reply, uint16_t *slots);
static ngx_uint_t ngx_http_vol_cluster_find(ngx_http_vol_redis_t *redis,
    ngx_http_vol_node_t *from, ngx_str_t *host, ngx_int_t port);
static ngx_int_t ngx_http_vol_cluster_beside(ngx_http_vol_node_t *node,
    ngx_addr_t *addr, ngx_sockaddr_t *sockaddr, ngx_int_t port);
static ngx_http_vol_node_t *ngx_http_vol_cluster_free(
    ngx_http_vol_redis_t *redis, ngx_uint_t *index);
static ngx_uint_t ngx_http_vol_cluster_idle(ngx_http_vol_node_t *node);
static ngx_uint_t ngx_http_vol_cluster_slot(ngx_str_t *prefix);


static ngx_str_t  ngx_http_vol_cluster_question = ngx_string(
    "*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n");


ngx_int_t
ngx_http_vol_cluster_create(ngx_conf_t *cf, ngx_http_vol_redis_t *redis)
{
    redis->cluster = ngx_pcalloc(cf->pool, sizeof(ngx_http_vol_cluster_t));
    if (redis->cluster == NULL) {
        return NGX_ERROR;
    }

    redis->ask.command = ngx_http_vol_cluster_question;
    redis->ask.handler = ngx_http_vol_cluster_handler;
    redis->ask.data = redis;
    redis->ask.replies = 1;
    redis->ask.weight = 1;

    return NGX_OK;
}


void
ngx_http_vol_cluster_quit(ngx_http_vol_redis_t *redis)
{
    ngx_uint_t  i;

    for (i = 0; i < redis->cluster->nnodes; i++) {
        ngx_http_vol_node_quit(redis->cluster->nodes[i]);
    }
}


/* whether all slots have a node, and each of these that is used can serve */

ngx_uint_t
ngx_http_vol_cluster_complete(ngx_http_vol_redis_t *redis)
{
    ngx_uint_t               i;
    ngx_http_vol_cluster_t  *cluster;

    cluster = redis->cluster;

    for (i = 0; i < cluster->nnodes; i++) {
        if (cluster->keeps[i] && cluster->nodes[i]->open
            && !ngx_http_vol_node_is_ready(cluster->nodes[i]))
        {
            return 0;
        }
    }

    return cluster->complete;
}


ngx_http_vol_node_t *
ngx_http_vol_cluster_node(ngx_http_vol_redis_t *redis, ngx_str_t *prefix)
{
    ngx_uint_t               i;
    ngx_http_vol_node_t     *node;
    ngx_http_vol_cluster_t  *cluster;

    cluster = redis->cluster;

    i = cluster->slots[ngx_http_vol_cluster_slot(prefix)];

    if (i == 0) {
        return redis->node;
    }

    node = cluster->nodes[i - 1];

    if (!node->open) {
        ngx_http_vol_node_open(node);
    }

    return node;
}


ngx_http_vol_node_t *
ngx_http_vol_cluster_moved(ngx_http_vol_node_t *from, ngx_str_t *error)
{
    ngx_int_t                port;
    ngx_str_t                host;
    ngx_uint_t               i, slot;
    ngx_http_vol_redis_t    *redis;
    ngx_http_vol_cluster_t  *cluster;

    redis = from->redis;
    cluster = redis->cluster;

    if (ngx_http_vol_cluster_moved_to(error, &slot, &host, &port) != NGX_OK) {
        return NULL;
    }

    i = ngx_http_vol_cluster_find(redis, from, &host, port);
    if (i == 0) {
        return NULL;
    }

    cluster->slots[slot] = i;
    cluster->keeps[i - 1] = 1;

    if (!cluster->nodes[i - 1]->open) {
        ngx_http_vol_node_open(cluster->nodes[i - 1]);
    }

    return cluster->nodes[i - 1];
}


ngx_int_t
ngx_http_vol_cluster_moved_to(ngx_str_t *error, ngx_uint_t *slot,
    ngx_str_t *host, ngx_int_t *port)
{
    u_char     *p, *last, *space, *colon;
    ngx_int_t   n;

    if (error->len < sizeof("MOVED ") - 1) {
        return NGX_DECLINED;
    }

    p = error->data + sizeof("MOVED ") - 1;
    last = error->data + error->len;

    space = ngx_strlchr(p, last, ' ');
    if (space == NULL) {
        return NGX_DECLINED;
    }

    /* an IPv6 address has colons of its own */

    for (colon = last - 1; *colon != ':'; colon--) {
        if (colon == space) {
            return NGX_DECLINED;
        }
    }

    n = ngx_atoi(p, space - p);
    *port = ngx_atoi(colon + 1, last - colon - 1);

    if (n == NGX_ERROR || n >= NGX_HTTP_VOL_SLOTS || *port == NGX_ERROR) {
        return NGX_DECLINED;
    }

    *slot = n;
    host->data = space + 1;
    host->len = colon - host->data;

    return NGX_OK;
}


void
ngx_http_vol_cluster_ask(ngx_http_vol_redis_t *redis)
{
    ngx_uint_t               i;
    ngx_http_vol_node_t     *node;
    ngx_http_vol_cluster_t  *cluster;

    cluster = redis->cluster;
    node = redis->node;

    for (i = 0; !ngx_http_vol_node_is_ready(node); i++) {

        if (i == cluster->nnodes) {
            return;
        }

        node = cluster->nodes[i];
    }

    if (ngx_http_vol_node_send(node, &redis->ask) == NGX_OK) {
        redis->asked = 1;
        cluster->asked = node;
    }
}


static void
ngx_http_vol_cluster_handler(void *data, ngx_http_vol_node_outcome_e outcome,
    redisReply *reply)
{
    ngx_http_vol_redis_t  *redis = data;

    ngx_str_t                why;
    ngx_uint_t               i;
    ngx_http_vol_node_t     *node;
    ngx_http_vol_cluster_t  *cluster;

    static uint16_t  slots[NGX_HTTP_VOL_SLOTS];

    redis->asked = 0;
    cluster = redis->cluster;

    if (outcome != NGX_HTTP_VOL_NODE_REPLIED) {
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        why.data = (u_char *) reply->str;
        why.len = reply->len;
        ngx_http_vol_node_unfit(cluster->asked, "is no cluster:", &why);
        return;
    }

    /* one that was taken out of it, or is new: others know */

    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 0) {
        ngx_str_set(&why, "slots of a cluster");
        ngx_http_vol_node_unfit(cluster->asked, "knows no", &why);
        return;
    }

    ngx_memzero(slots, sizeof(slots));

    if (ngx_http_vol_cluster_told(redis, reply, slots) != NGX_OK) {
        ngx_str_set(&why, "of CLUSTER SLOTS");
        ngx_http_vol_node_unfit(cluster->asked, "gives no reply", &why);
        return;
    }

    ngx_memcpy(cluster->slots, slots, sizeof(slots));
    ngx_memzero(cluster->keeps, sizeof(cluster->keeps));

    cluster->complete = 1;

    for (i = 0; i < NGX_HTTP_VOL_SLOTS; i++) {

        if (slots[i]) {
            cluster->keeps[slots[i] - 1] = 1;

        } else {
            cluster->complete = 0;
        }
    }

    for (i = 0; i < cluster->nnodes; i++) {
        node = cluster->nodes[i];

        if (!cluster->keeps[i] && node != cluster->asked
            && ngx_http_vol_cluster_idle(node))
        {
            ngx_http_vol_node_quit(node);
        }
    }
}


/* ranges of slots, each with the master that keeps it and then its replicas */

static ngx_int_t
ngx_http_vol_cluster_told(ngx_http_vol_redis_t *redis, redisReply *reply,
    uint16_t *slots)
{
    size_t        i;
    long long     slot;
    ngx_str_t     host;
    ngx_uint_t    node;
    redisReply  **range, **at;

    if (reply->type != REDIS_REPLY_ARRAY) {
        return NGX_ERROR;
    }

    for (i = 0; i < reply->elements; i++) {
        range = reply->element[i]->element;

        if (reply->element[i]->type != REDIS_REPLY_ARRAY
            || reply->element[i]->elements < 3
            || range[0]->type != REDIS_REPLY_INTEGER
            || range[1]->type != REDIS_REPLY_INTEGER
            || range[0]->integer < 0
            || range[1]->integer >= NGX_HTTP_VOL_SLOTS
            || range[2]->type != REDIS_REPLY_ARRAY
            || range[2]->elements < 2)
        {
            return NGX_ERROR;
        }

        at = range[2]->element;

        if (at[1]->type != REDIS_REPLY_INTEGER) {
            return NGX_ERROR;
        }

        ngx_str_null(&host);

        if (at[0]->type == REDIS_REPLY_STRING) {
            host.data = (u_char *) at[0]->str;
            host.len = at[0]->len;
        }

        node = ngx_http_vol_cluster_find(redis, redis->cluster->asked, &host,
                                         at[1]->integer);

        for (slot = range[0]->integer; slot <= range[1]->integer; slot++) {
            slots[slot] = node;
        }
    }

    return NGX_OK;
}


/*
 * 1 + the index of the node with an address, which is made when there is none;
 * without a host it is at that of the node which told.  0 when it can't be used.
 */

static ngx_uint_t
ngx_http_vol_cluster_find(ngx_http_vol_redis_t *redis,
    ngx_http_vol_node_t *from, ngx_str_t *host, ngx_int_t port)
{
    ngx_int_t                rc;
    ngx_uint_t               i;
    ngx_addr_t               addr;
    ngx_sockaddr_t           sockaddr;
    ngx_http_vol_node_t     *node;
    ngx_http_vol_cluster_t  *cluster;

    cluster = redis->cluster;

    if (host->len == 0) {
        rc = ngx_http_vol_cluster_beside(from, &addr, &sockaddr, port);

    } else {
        rc = ngx_http_vol_redis_addr(&addr, &sockaddr, host, port);
    }

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, &from->log, 0,
                      "redis %V names a node by no IP address: \"%V\"",
                      &from->name, host);
        return 0;
    }

    for (i = 0; i < cluster->nnodes; i++) {
        node = cluster->nodes[i];

        if (ngx_cmp_sockaddr(node->addrs->sockaddr, node->addrs->socklen,
                             addr.sockaddr, addr.socklen, 1)
            == NGX_OK)
        {
            /* and is not free for another one that is told of */
            cluster->keeps[i] = 1;
            return 1 + i;
        }
    }

    node = ngx_http_vol_cluster_free(redis, &i);
    if (node == NULL) {
        return 0;
    }

    ngx_http_vol_node_move(node, &addr);

    return 1 + i;
}


/* another port of the host to which a node is connected */

static ngx_int_t
ngx_http_vol_cluster_beside(ngx_http_vol_node_t *node, ngx_addr_t *addr,
    ngx_sockaddr_t *sockaddr, ngx_int_t port)
{
    if (node->peer.sockaddr == NULL
        || node->peer.sockaddr->sa_family == AF_UNIX
        || port < 1 || port > 65535)
    {
        return NGX_DECLINED;
    }

    ngx_memcpy(sockaddr, node->peer.sockaddr, node->peer.socklen);
    ngx_inet_set_port(&sockaddr->sockaddr, (in_port_t) port);

    addr->sockaddr = &sockaddr->sockaddr;
    addr->socklen = node->peer.socklen;

    return NGX_OK;
}


/* a node that keeps nothing any more, or a new one */

static ngx_http_vol_node_t *
ngx_http_vol_cluster_free(ngx_http_vol_redis_t *redis, ngx_uint_t *index)
{
    ngx_uint_t               i;
    ngx_http_vol_node_t     *node;
    ngx_http_vol_cluster_t  *cluster;

    cluster = redis->cluster;

    for (i = 0; i < cluster->nnodes; i++) {

        if (!cluster->keeps[i] && !cluster->nodes[i]->open) {
            cluster->keeps[i] = 1;
            *index = i;
            return cluster->nodes[i];
        }
    }

    if (cluster->nnodes == NGX_HTTP_VOL_NODES_MAX) {
        return NULL;
    }

    node = ngx_http_vol_node_create(ngx_cycle->pool, redis,
                                    NGX_HTTP_VOL_NODE_MEMBER,
                                    &redis->conf.name);
    if (node) {
        cluster->keeps[cluster->nnodes] = 1;
        *index = cluster->nnodes;
        cluster->nodes[cluster->nnodes++] = node;
    }

    return node;
}


static ngx_uint_t
ngx_http_vol_cluster_idle(ngx_http_vol_node_t *node)
{
    return node->nops == 0 && ngx_queue_empty(&node->batches)
           && ngx_queue_empty(&node->unwaited) && node->reach == NULL;
}


/* CRC-16 (XMODEM) of the hash tag, as the Redis Cluster specification has it */

static ngx_uint_t
ngx_http_vol_cluster_slot(ngx_str_t *prefix)
{
    u_char      *p, *last;
    uint16_t     crc;
    ngx_uint_t   bit;

    p = ngx_strlchr(prefix->data, prefix->data + prefix->len, '{') + 1;
    last = prefix->data + prefix->len;
    crc = 0;

    for ( /* void */ ; p < last && *p != '}'; p++) {
        crc ^= (uint16_t) *p << 8;

        for (bit = 0; bit < 8; bit++) {
            crc = (crc & 0x8000) ? (crc << 1) ^ 0x1021 : crc << 1;
        }
    }

    return crc % NGX_HTTP_VOL_SLOTS;
}
