
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_redis.h"


/*
 * The set of sentinels is one node with many addresses: whichever answers is
 * asked for the address of the master, when the connection to it begins and
 * then again and again.  That the node at that address says it is the master is
 * looked at when the connection to that begins: sentinels may be late.
 */


static void ngx_http_vol_sentinel_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);


ngx_int_t
ngx_http_vol_sentinel_create(ngx_conf_t *cf, ngx_http_vol_redis_t *redis)
{
    ngx_http_vol_node_t  *sentinels;

    sentinels = ngx_http_vol_node_create(cf->pool, redis,
                                         NGX_HTTP_VOL_NODE_SENTINEL,
                                         &redis->conf.name);
    if (sentinels == NULL) {
        return NGX_ERROR;
    }

    sentinels->addrs = redis->conf.addrs;
    sentinels->naddrs = redis->conf.naddrs;

    redis->sentinels = sentinels;

    /* the question is the last of what begins a connection */

    redis->ask.command = sentinels->hello[sentinels->nhello - 1].command;
    redis->ask.handler = ngx_http_vol_sentinel_handler;
    redis->ask.data = redis;
    redis->ask.replies = 1;
    redis->ask.weight = 1;

    return NGX_OK;
}


void
ngx_http_vol_sentinel_open(ngx_http_vol_redis_t *redis)
{
    ngx_http_vol_node_t  *sentinels;

    sentinels = redis->sentinels;

    /* workers begin with another one each */

    sentinels->addr = ngx_worker % sentinels->naddrs;

    ngx_http_vol_node_open(sentinels);
}


void
ngx_http_vol_sentinel_ask(ngx_http_vol_redis_t *redis)
{
    if (!ngx_http_vol_node_is_ready(redis->sentinels)) {
        return;
    }

    if (ngx_http_vol_node_send(redis->sentinels, &redis->ask) == NGX_OK) {
        redis->asked = 1;
    }
}


static void
ngx_http_vol_sentinel_handler(void *data, ngx_http_vol_node_outcome_e outcome,
    redisReply *reply)
{
    ngx_http_vol_redis_t  *redis = data;

    redis->asked = 0;

    if (outcome == NGX_HTTP_VOL_NODE_REPLIED) {
        (void) ngx_http_vol_sentinel_told(redis->sentinels, reply);
    }
}


ngx_int_t
ngx_http_vol_sentinel_told(ngx_http_vol_node_t *sentinels, redisReply *reply)
{
    ngx_str_t              host, why;
    ngx_addr_t             addr;
    redisReply           **told;
    ngx_sockaddr_t         sockaddr;
    ngx_http_vol_redis_t  *redis;

    redis = sentinels->redis;

    if (reply->type == REDIS_REPLY_ERROR) {
        why.data = (u_char *) reply->str;
        why.len = reply->len;
        ngx_http_vol_node_unfit(sentinels, "is no sentinel:", &why);
        return NGX_DECLINED;
    }

    told = reply->element;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2
        || told[0]->type != REDIS_REPLY_STRING
        || told[1]->type != REDIS_REPLY_STRING)
    {
        ngx_http_vol_node_unfit(sentinels, "knows no master",
                                &redis->conf.master);
        return NGX_DECLINED;
    }

    host.data = (u_char *) told[0]->str;
    host.len = told[0]->len;

    if (ngx_http_vol_redis_addr(&addr, &sockaddr, &host,
                                ngx_atoi((u_char *) told[1]->str,
                                         told[1]->len))
        != NGX_OK)
    {
        ngx_http_vol_node_unfit(sentinels, "names a master by no IP address:",
                                &host);
        return NGX_DECLINED;
    }

    ngx_http_vol_node_move(redis->node, &addr);
    ngx_http_vol_node_again(redis->node);

    return NGX_OK;
}
