
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


/*
 * An answer without a known end.  What is written gathers in buffers that are
 * used again once the client has taken them, so that its memory is bounded by
 * what is written between two calls of ngx_http_vol_stream_flush().
 */


#define NGX_HTTP_VOL_STREAM_BUFFER  16384


static ngx_buf_t *ngx_http_vol_stream_buf(ngx_http_vol_stream_t *stream);


void
ngx_http_vol_stream_init(ngx_http_vol_stream_t *stream, ngx_http_request_t *r)
{
    ngx_memzero(stream, sizeof(ngx_http_vol_stream_t));

    stream->request = r;
    stream->last = &stream->out;
}


ngx_int_t
ngx_http_vol_stream_begin(ngx_http_vol_stream_t *stream,
    ngx_http_vol_ctx_t *ctx, ngx_str_t *type)
{
    stream->begun = 1;

    return ngx_http_vol_send_header(stream->request, ctx, NGX_HTTP_OK, type);
}


ngx_int_t
ngx_http_vol_stream_write(ngx_http_vol_stream_t *stream, u_char *data,
    size_t len)
{
    size_t      n;
    ngx_buf_t  *b;

    while (len) {

        b = stream->buf;

        if (b == NULL || b->last == b->end) {

            b = ngx_http_vol_stream_buf(stream);
            if (b == NULL) {
                return NGX_ERROR;
            }
        }

        n = ngx_min(len, (size_t) (b->end - b->last));

        b->last = ngx_cpymem(b->last, data, n);

        data += n;
        len -= n;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_stream_json(ngx_http_vol_stream_t *stream, json_t *json)
{
    char       *dump;
    ngx_int_t   rc;
    ngx_str_t   text;

    dump = json_dumps(json, JSON_COMPACT);
    json_decref(json);

    if (dump == NULL) {
        return NGX_ERROR;
    }

    text.data = (u_char *) dump;
    text.len = ngx_strlen(dump);

    rc = ngx_http_vol_stream_line(stream, &text);

    free(dump);

    return rc;
}


ngx_int_t
ngx_http_vol_stream_line(ngx_http_vol_stream_t *stream, ngx_str_t *text)
{
    ngx_int_t  rc;

    rc = ngx_http_vol_stream_write(stream, text->data, text->len);

    return rc == NGX_OK ? ngx_http_vol_stream_write(stream, (u_char *) "\n", 1)
                        : rc;
}


static ngx_buf_t *
ngx_http_vol_stream_buf(ngx_http_vol_stream_t *stream)
{
    ngx_buf_t    *b;
    ngx_pool_t   *pool;
    ngx_chain_t  *cl;

    pool = stream->request->pool;

    cl = ngx_chain_get_free_buf(pool, &stream->free);
    if (cl == NULL) {
        return NULL;
    }

    b = cl->buf;

    if (b->start == NULL) {

        b->start = ngx_palloc(pool, NGX_HTTP_VOL_STREAM_BUFFER);
        if (b->start == NULL) {
            return NULL;
        }

        b->end = b->start + NGX_HTTP_VOL_STREAM_BUFFER;
        b->pos = b->start;
        b->last = b->start;
        b->temporary = 1;
        b->tag = (ngx_buf_tag_t) &ngx_http_vol_module;
    }

    b->flush = 0;

    *stream->last = cl;
    stream->last = &cl->next;
    stream->buf = b;

    return b;
}


ngx_int_t
ngx_http_vol_stream_flush(ngx_http_vol_stream_t *stream)
{
    ngx_int_t                  rc;
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = stream->request;
    c = r->connection;

    if (stream->buf) {
        stream->buf->flush = 1;
    }

    rc = ngx_http_output_filter(r, stream->out);

    ngx_chain_update_chains(r->pool, &stream->free, &stream->busy,
                            &stream->out,
                            (ngx_buf_tag_t) &ngx_http_vol_module);

    stream->last = &stream->out;
    stream->buf = NULL;

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (!r->buffered && !r->postponed && (r != r->main || !c->buffered)) {

        if (c->write->timer_set && !c->write->delayed) {
            ngx_del_timer(c->write);
        }

        return NGX_OK;
    }

    clcf = ngx_http_get_module_loc_conf(r->main, ngx_http_core_module);

    if (!c->write->delayed) {
        ngx_add_timer(c->write, clcf->send_timeout);
    }

    return ngx_handle_write_event(c->write, clcf->send_lowat) == NGX_OK
           ? NGX_AGAIN : NGX_ERROR;
}


ngx_int_t
ngx_http_vol_stream_wake(ngx_http_vol_stream_t *stream)
{
    ngx_connection_t  *c;

    c = stream->request->connection;

    if (c->write->timedout) {
        ngx_log_error(NGX_LOG_INFO, c->log, NGX_ETIMEDOUT, "client timed out");
        c->timedout = 1;
        return NGX_HTTP_REQUEST_TIME_OUT;
    }

    return ngx_http_vol_stream_flush(stream);
}


ngx_int_t
ngx_http_vol_stream_end(ngx_http_vol_stream_t *stream)
{
    ngx_buf_t           *b;
    ngx_chain_t          cl;
    ngx_http_request_t  *r;

    r = stream->request;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->last_buf = (r == r->main);
    b->last_in_chain = 1;
    b->sync = 1;

    cl.buf = b;
    cl.next = NULL;

    *stream->last = &cl;

    return ngx_http_output_filter(r, stream->out);
}
