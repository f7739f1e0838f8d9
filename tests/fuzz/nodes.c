
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fuzz.h"
#include "ngx_http_vol_redis.h"


/*
 * What nodes say of nodes: a byte, even for a reply to CLUSTER SLOTS and odd for
 * a sentinel's, then the reply in the Redis protocol; an error among them is
 * read as one that says MOVED, a string as the reply to INFO.
 */


static ngx_http_vol_redis_t *ngx_http_vol_fuzz_redis(
    ngx_http_vol_redis_kind_e kind);
static void ngx_http_vol_fuzz_moved(redisReply *reply);
static void ngx_http_vol_fuzz_info(redisReply *reply);


static ngx_str_t  ngx_http_vol_fuzz_host = ngx_string("127.0.0.1");


void
ngx_http_vol_fuzz_nodes(u_char *data, size_t size)
{
    void                  *reply;
    ngx_pool_t            *pool;
    redisReader           *reader;
    ngx_http_vol_node_t   *node;
    ngx_http_vol_redis_t  *redis;

    static ngx_http_vol_redis_t  *cluster, *sentinels;

    if (cluster == NULL) {
        ngx_queue_init(&ngx_posted_events);
        cluster = ngx_http_vol_fuzz_redis(NGX_HTTP_VOL_REDIS_CLUSTER);
        sentinels = ngx_http_vol_fuzz_redis(NGX_HTTP_VOL_REDIS_SENTINEL);
    }

    redis = (ngx_http_vol_fuzz_byte(&data, &size) & 1) ? sentinels : cluster;
    node = redis->sentinels ? redis->sentinels : redis->node;

    pool = ngx_http_vol_fuzz_pool();

    reader = ngx_http_vol_node_reader(pool);
    must(reader);

    reply = NULL;

    if (redisReaderFeed(reader, (char *) data, size) == REDIS_OK
        && redisReaderGetReply(reader, &reply) == REDIS_OK && reply)
    {
        ngx_http_vol_fuzz_moved(reply);
        ngx_http_vol_fuzz_info(reply);

        /* it is ready, has been asked, and answers */

        node->flush.log = &node->log;
        node->state = NGX_HTTP_VOL_NODE_READY;
        node->peer.sockaddr = redis->conf.addrs->sockaddr;
        node->peer.socklen = redis->conf.addrs->socklen;

        if (redis->cluster) {
            ngx_http_vol_cluster_ask(redis);

        } else {
            ngx_http_vol_sentinel_ask(redis);
        }

        must(redis->asked);

        ngx_queue_remove(&redis->ask.queue);
        node->nops = 0;

        redis->ask.handler(redis, NGX_HTTP_VOL_NODE_REPLIED, reply);

        must(!redis->asked);

        if (redis->cluster) {
            (void) ngx_http_vol_cluster_complete(redis);
        }

        must(redis->node->name.len);

        ngx_http_vol_node_quit(node);
    }

    redisReaderFree(reader);
}


/* one of its own, for it outlives the input; nothing of it is open */

static ngx_http_vol_redis_t *
ngx_http_vol_fuzz_redis(ngx_http_vol_redis_kind_e kind)
{
    ngx_conf_t                  cf;
    ngx_addr_t                 *addr;
    ngx_array_t                 all;
    ngx_sockaddr_t             *sockaddr;
    ngx_http_vol_redis_t       *redis;
    ngx_http_vol_redis_conf_t   conf;

    cf = *ngx_http_vol_fuzz_cf;
    cf.pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, cf.log);
    must(cf.pool);

    addr = ngx_pcalloc(cf.pool, sizeof(ngx_addr_t));
    sockaddr = ngx_palloc(cf.pool, sizeof(ngx_sockaddr_t));
    must(addr && sockaddr);
    must(ngx_http_vol_redis_addr(addr, sockaddr, &ngx_http_vol_fuzz_host, 6379)
         == NGX_OK);

    ngx_memzero(&conf, sizeof(ngx_http_vol_redis_conf_t));

    conf.kind = kind;
    conf.name = ngx_http_vol_fuzz_host;
    conf.addrs = addr;
    conf.naddrs = 1;

    if (kind == NGX_HTTP_VOL_REDIS_SENTINEL) {
        ngx_str_set(&conf.master, "points");
    }

    must(ngx_array_init(&all, cf.pool, 2, sizeof(ngx_http_vol_redis_t *))
         == NGX_OK);

    redis = ngx_http_vol_redis_add(&cf, &all, &conf);
    must(redis);

    return redis;
}


static void
ngx_http_vol_fuzz_moved(redisReply *reply)
{
    ngx_int_t   port;
    ngx_str_t   error, host;
    ngx_uint_t  slot;

    if (reply->type != REDIS_REPLY_ERROR) {
        return;
    }

    ngx_http_vol_fuzz_copy(&error, (u_char *) reply->str, reply->len);

    if (ngx_http_vol_cluster_moved_to(&error, &slot, &host, &port) != NGX_OK) {
        return;
    }

    must(slot < NGX_HTTP_VOL_SLOTS);
    must(port >= 0);
    must(host.data > error.data);
    must(host.data + host.len < error.data + error.len);
    must(host.data[host.len] == ':');
}


static void
ngx_http_vol_fuzz_info(redisReply *reply)
{
    ngx_str_t  info, value;

    if (reply->type != REDIS_REPLY_STRING) {
        return;
    }

    ngx_http_vol_fuzz_copy(&info, (u_char *) reply->str, reply->len);

    value = ngx_http_vol_node_info(&info, "role:");

    if (value.data) {
        must(value.data > info.data);
        must(value.data + value.len <= info.data + info.len);
        must(ngx_strlchr(value.data, value.data + value.len, LF) == NULL);
    }
}
