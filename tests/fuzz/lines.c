
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fuzz.h"
#include "ngx_http_vol_import.h"


/* a byte for the role, then lines of an import */


static void ngx_http_vol_fuzz_waiting(ngx_http_vol_import_t *import);
static ngx_uint_t ngx_http_vol_fuzz_failures(ngx_http_vol_import_t *import);


void
ngx_http_vol_fuzz_lines(u_char *data, size_t size)
{
    u_char                 *end, *last;
    ngx_str_t               text;
    ngx_http_vol_ctx_t     *ctx;
    ngx_http_vol_import_t   import;

    ngx_memzero(&import, sizeof(ngx_http_vol_import_t));

    ctx = ngx_http_vol_fuzz_request(ngx_http_vol_fuzz_byte(&data, &size));

    import.request = ctx->request;
    import.ctx = ctx;

    ngx_queue_init(&import.waiting);
    ngx_queue_init(&import.sent);
    ngx_http_vol_stream_init(&import.stream, ctx->request);

    last = data + size;

    while (data < last) {
        end = ngx_strlchr(data, last, '\n');
        end = end ? end : last;

        ngx_http_vol_fuzz_copy(&text, data, end - data);
        data = end + 1;

        import.number++;

        must(ngx_http_vol_import_line(&import, &text) == NGX_OK);
        ngx_http_vol_fuzz_waiting(&import);
    }

    must(ngx_http_vol_fuzz_failures(&import) == import.failed);
    must(import.failed <= import.lines);
}


static void
ngx_http_vol_fuzz_waiting(ngx_http_vol_import_t *import)
{
    ngx_queue_t                 *q;
    ngx_http_vol_import_line_t  *line;

    if (ngx_queue_empty(&import->waiting)) {
        return;
    }

    q = ngx_queue_head(&import->waiting);
    line = ngx_queue_data(q, ngx_http_vol_import_line_t, queue);

    must(line->number == import->number);
    must(line->ctx.endpoint->script);
    must(line->ctx.endpoint->roles & line->ctx.identity.role_bit);
    must(line->ctx.key.len
         || !(line->ctx.endpoint->flags & NGX_HTTP_VOL_KEY_REQUIRED));

    ngx_http_vol_fuzz_accepted(&line->ctx);
    ngx_http_vol_import_forget(line);
}


/* each is told by a line of its own; gives their number */

static ngx_uint_t
ngx_http_vol_fuzz_failures(ngx_http_vol_import_t *import)
{
    u_char       *p, *last, *end;
    size_t        len;
    ngx_str_t     text, all;
    ngx_uint_t    n;
    ngx_chain_t  *cl;

    len = 0;

    for (cl = import->stream.out; cl; cl = cl->next) {
        len += cl->buf->last - cl->buf->pos;
    }

    all.data = ngx_pnalloc(import->request->pool, len);
    must(all.data);

    last = all.data;

    for (cl = import->stream.out; cl; cl = cl->next) {
        last = ngx_cpymem(last, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    n = 0;

    for (p = all.data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, '\n');
        must(end);

        text.data = p;
        text.len = end - p;

        ngx_http_vol_fuzz_json(&text);
        n++;
    }

    return n;
}
