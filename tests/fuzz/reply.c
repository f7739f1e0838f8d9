
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fuzz.h"
#include "ngx_http_vol_place.h"
#include "ngx_http_vol_unpack.h"


/*
 * A byte for the row of the table, one for the size of the pieces that come,
 * then replies in the Redis protocol.
 */


static void ngx_http_vol_fuzz_tree(redisReply *reply, ngx_uint_t depth,
    ngx_uint_t ended);
static void ngx_http_vol_fuzz_entry(redisReply *reply);


void
ngx_http_vol_fuzz_reply(u_char *data, size_t size)
{
    void                     *reply;
    size_t                    n;
    ngx_pool_t               *pool;
    ngx_uint_t                piece, row;
    redisReader              *reader;
    ngx_http_vol_endpoint_t  *ep;

    row = ngx_http_vol_fuzz_byte(&data, &size);
    piece = ngx_http_vol_fuzz_byte(&data, &size) + 1;

    for (ep = ngx_http_vol_endpoints; row && ep[1].method; row--) {
        ep++;
    }

    pool = ngx_http_vol_fuzz_pool();

    reader = ngx_http_vol_node_reader(pool);
    must(reader);

    reply = NULL;

    for ( /* void */ ; size; data += n, size -= n) {
        n = ngx_min(piece, size);

        if (redisReaderFeed(reader, (char *) data, n) != REDIS_OK) {
            break;
        }

        while (redisReaderGetReply(reader, &reply) == REDIS_OK && reply) {
            ngx_http_vol_fuzz_tree(reply, 0, 1);
            ngx_http_vol_fuzz_entry(reply);
            ngx_http_vol_fuzz_outcome(ep, reply);
            reply = NULL;
        }

        if (reader->err) {
            break;
        }
    }

    redisReaderFree(reader);
}


/* every piece of it can be read, and a string has its end, if ended is set */

static void
ngx_http_vol_fuzz_tree(redisReply *reply, ngx_uint_t depth, ngx_uint_t ended)
{
    size_t   i;
    json_t  *json;

    must(depth < 16);

    switch (reply->type) {

    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        must(!ended || reply->str[reply->len] == '\0');
        json = json_stringn(reply->str, reply->len);
        json_decref(json);
        break;

    case REDIS_REPLY_ARRAY:
        for (i = 0; i < reply->elements; i++) {
            ngx_http_vol_fuzz_tree(reply->element[i], depth + 1, ended);
        }

        break;

    case REDIS_REPLY_INTEGER:
    case REDIS_REPLY_NIL:
        break;

    default:
        must(!"a type of RESP2");
    }
}


/* as an entry of the ledger */

static void
ngx_http_vol_fuzz_entry(redisReply *reply)
{
    ngx_int_t             rc;
    ngx_str_t             line, text;
    ngx_http_vol_place_t  place, again;
    u_char                buf[NGX_HTTP_VOL_PLACE_LEN];

    rc = ngx_http_vol_line(ngx_http_vol_fuzz_cf->pool, reply, &line);

    if (rc == NGX_OK) {
        ngx_http_vol_fuzz_json(&line);

    } else {
        must(rc == NGX_DECLINED);
    }

    if (ngx_http_vol_place_of(reply, &place) == NGX_OK) {
        text.data = buf;
        text.len = ngx_http_vol_place_format(buf, &place) - buf;

        must(ngx_http_vol_place_parse(&text, &again) == NGX_OK);
        must(ngx_http_vol_place_compare(&place, &again) == 0);
    }
}


/* what a script of that row may have replied: packed or not, good or bad */

void
ngx_http_vol_fuzz_outcome(ngx_http_vol_endpoint_t *ep, redisReply *reply)
{
    size_t               n;
    ngx_int_t            rc;
    ngx_str_t            text, word;
    ngx_pool_t          *pool;
    ngx_http_vol_ctx_t  *ctx;

    pool = ngx_http_vol_fuzz_cf->pool;

    if (reply->type == REDIS_REPLY_ERROR) {
        text.data = (u_char *) reply->str;
        text.len = reply->len;

        (void) ngx_http_vol_script_error(&text, &word);
        return;
    }

    if (reply->type == REDIS_REPLY_STRING) {
        rc = ngx_http_vol_unpack_reply(pool, &reply);
        must(rc == NGX_OK || rc == NGX_DECLINED);
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) {
        return;
    }

    ngx_http_vol_fuzz_tree(reply, 0, 0);

    ctx = ngx_http_vol_fuzz_request(0);
    ctx->endpoint = ep;

    if (ep->script == NULL) {
        return;
    }

    if (ngx_http_vol_outcome(ctx, NGX_HTTP_VOL_CALL_REPLIED, reply) != NGX_OK)
    {
        if (ctx->problem) {
            ngx_http_vol_fuzz_refused(ctx);
        }

        return;
    }

    n = ngx_min(reply->elements, 2);

    rc = ngx_http_vol_shape(pool, ep->reply, reply->element, reply->elements,
                            &n, 8 * 3600, &text);

    must(rc == NGX_OK || rc == NGX_DECLINED);
    must(n <= reply->elements);

    if (rc == NGX_OK) {
        ngx_http_vol_fuzz_json(&text);
    }
}
