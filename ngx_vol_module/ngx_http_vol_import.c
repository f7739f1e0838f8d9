
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_import.h"


#define NGX_HTTP_VOL_IMPORT_FILE      16384     /* read of a file at once */
#define NGX_HTTP_VOL_IMPORT_TURN      1000      /* lines, then others' turn */
#define NGX_HTTP_VOL_IMPORT_PATIENCE  10000     /* msec, with Redis away */
#define NGX_HTTP_VOL_IMPORT_PROGRESS  1000      /* lines */
#define NGX_HTTP_VOL_IMPORT_PAUSE     1000      /* msec between progress */


static void ngx_http_vol_import_body_handler(ngx_http_request_t *r);
static void ngx_http_vol_import_turn(ngx_event_t *ev);
static void ngx_http_vol_import_read(ngx_http_request_t *r);
static void ngx_http_vol_import_write(ngx_http_request_t *r);
static void ngx_http_vol_import_run(ngx_http_vol_import_t *import);
static ngx_int_t ngx_http_vol_import_pump(ngx_http_vol_import_t *import);
static ngx_int_t ngx_http_vol_import_push(ngx_http_vol_import_t *import);
static ngx_int_t ngx_http_vol_import_pull(ngx_http_vol_import_t *import);
static ngx_int_t ngx_http_vol_import_piece(ngx_http_vol_import_t *import);
static ngx_int_t ngx_http_vol_import_file(ngx_http_vol_import_t *import,
    ngx_buf_t *b);
static ngx_int_t ngx_http_vol_import_text(ngx_http_vol_import_t *import);
static ngx_int_t ngx_http_vol_import_flush(ngx_http_vol_import_t *import);
static json_t *ngx_http_vol_import_figures(ngx_http_vol_import_t *import);
static ngx_int_t ngx_http_vol_import_result(ngx_http_vol_import_t *import);
static void ngx_http_vol_import_finalize(ngx_http_vol_import_t *import,
    ngx_int_t rc);
static void ngx_http_vol_import_cleanup(void *data);


ngx_int_t
ngx_http_vol_import(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t               rc;
    ngx_http_cleanup_t     *cln;
    ngx_http_vol_import_t  *import;

    import = ngx_pcalloc(r->pool, sizeof(ngx_http_vol_import_t));
    cln = ngx_http_cleanup_add(r, 0);
    if (import == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    import->text = ngx_palloc(r->pool, NGX_HTTP_VOL_BODY_MAX);
    if (import->text == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    import->request = r;
    import->ctx = ctx;
    import->told_at = ngx_current_msec;

    ngx_http_vol_stream_init(&import->stream, r);
    ngx_queue_init(&import->waiting);
    ngx_queue_init(&import->sent);

    import->dummy.fd = (ngx_socket_t) -1;
    import->dummy.data = import;

    import->turn.data = &import->dummy;
    import->turn.handler = ngx_http_vol_import_turn;
    import->turn.log = r->connection->log;

    import->retry = import->turn;

    cln->handler = ngx_http_vol_import_cleanup;
    cln->data = import;

    ctx->import = import;

    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r,
                                           ngx_http_vol_import_body_handler);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static void
ngx_http_vol_import_body_handler(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_http_vol_ctx_t     *ctx;
    ngx_http_vol_import_t  *import;

    static ngx_str_t  type = ngx_string("application/x-ndjson");

    ctx = ngx_http_get_module_ctx(r, ngx_http_vol_module);
    import = ctx->import;

    if (r->request_body) {
        import->in = r->request_body->bufs;
        r->request_body->bufs = NULL;
    }

    r->read_event_handler = ngx_http_vol_import_read;
    r->write_event_handler = ngx_http_vol_import_write;

    rc = ngx_http_vol_durability_header(r);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_stream_begin(&import->stream, ctx, &type);
    }

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        ngx_http_vol_import_finalize(import, rc);
        return;
    }

    ngx_http_vol_import_run(import);
}


/* after replies, and when lines are to be repeated */

static void
ngx_http_vol_import_turn(ngx_event_t *ev)
{
    ngx_connection_t       *dummy = ev->data;
    ngx_http_vol_import_t  *import = dummy->data;

    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = import->request;
    c = r->connection;

    /* a redirect meanwhile, as post_action makes one, has begun anew */

    if (r->ctx[ngx_http_vol_module.ctx_index] != import->ctx) {
        return;
    }

    ngx_http_set_log_request(c->log, r);

    ngx_http_vol_import_run(import);

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_vol_import_read(ngx_http_request_t *r)
{
    ngx_connection_t       *c;
    ngx_http_vol_ctx_t     *ctx;
    ngx_http_vol_import_t  *import;

    ctx = ngx_http_get_module_ctx(r, ngx_http_vol_module);
    import = ctx->import;
    c = r->connection;

    if (!r->reading_body) {
        ngx_http_test_reading(r);
        return;
    }

    if (c->error) {
        ngx_http_vol_import_finalize(import, NGX_HTTP_CLIENT_CLOSED_REQUEST);
        return;
    }

    if (import->hungry) {
        ngx_http_vol_import_run(import);
        return;
    }

    /* what comes meanwhile is left where it is, for as long as it takes */

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    c->read->timedout = 0;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_vol_import_finalize(import, NGX_ERROR);
    }
}


static void
ngx_http_vol_import_write(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_http_vol_ctx_t     *ctx;
    ngx_http_vol_import_t  *import;

    ctx = ngx_http_get_module_ctx(r, ngx_http_vol_module);
    import = ctx->import;

    rc = ngx_http_vol_stream_wake(&import->stream);

    if (rc == NGX_AGAIN) {
        return;
    }

    if (rc != NGX_OK) {
        ngx_http_vol_import_finalize(import, rc);
        return;
    }

    if (import->blocked) {
        import->blocked = 0;
        ngx_http_vol_import_run(import);
    }
}


/* does what can be done now, and ends the import when all is done */

static void
ngx_http_vol_import_run(ngx_http_vol_import_t *import)
{
    ngx_int_t          rc;
    ngx_event_t       *rev;

    import->hungry = 0;

    rc = ngx_http_vol_import_pump(import);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_import_result(import);

    } else if (rc == NGX_AGAIN) {

        rev = import->request->connection->read;

        if (!import->hungry && rev->timer_set) {
            ngx_del_timer(rev);
        }

        if (ngx_http_vol_import_flush(import) == NGX_OK) {
            return;
        }

        rc = NGX_ERROR;
    }

    ngx_http_vol_import_finalize(import, rc);
}


/* NGX_OK: it is over, NGX_AGAIN: to be called again, or what to end with */

static ngx_int_t
ngx_http_vol_import_pump(ngx_http_vol_import_t *import)
{
    ngx_int_t   rc;
    ngx_uint_t  n;

    for (n = 0; n < NGX_HTTP_VOL_IMPORT_TURN; n++) {

        rc = ngx_http_vol_import_push(import);

        if (rc != NGX_OK) {
            return rc == NGX_DONE ? NGX_OK : rc;
        }

        /* nothing waits: there is a place for a line more */

        rc = ngx_http_vol_import_pull(import);

        if (rc == NGX_DONE) {
            return import->nsent ? NGX_AGAIN : NGX_OK;
        }

        if (rc != NGX_OK) {
            return rc;
        }

        /* a line that fails is answered without Redis's pace */

        if (import->stream.out && import->stream.out->next) {

            if (ngx_http_vol_import_flush(import) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    ngx_post_event(&import->turn, &ngx_posted_next_events);

    return NGX_AGAIN;
}


/*
 * Sends what waits.  Redis runs lines in their order: what is sent behind a
 * script that it may not know, or behind a line that it did not run, could
 * overtake.  NGX_OK: nothing waits, NGX_DONE: Redis is away for too long.
 */

static ngx_int_t
ngx_http_vol_import_push(ngx_http_vol_import_t *import)
{
    ngx_queue_t                 *q;
    ngx_uint_t                   known;
    ngx_http_vol_import_line_t  *line;

    for ( ;; ) {

        if (import->blocked) {
            return NGX_AGAIN;
        }

        if (import->repeat) {

            if (import->nsent || import->retry.timer_set) {
                return NGX_AGAIN;
            }

            if (import->troubled
                && ngx_current_msec - import->since
                   > NGX_HTTP_VOL_IMPORT_PATIENCE)
            {
                return NGX_DONE;
            }

            import->repeat = 0;
        }

        if (import->alone || import->nsent >= NGX_HTTP_VOL_IMPORT_SENT) {
            return NGX_AGAIN;
        }

        if (ngx_queue_empty(&import->waiting)) {
            return NGX_OK;
        }

        q = ngx_queue_head(&import->waiting);
        line = ngx_queue_data(q, ngx_http_vol_import_line_t, queue);

        known = import->scripts[line->ctx.endpoint->script->index];

        if (!known && import->nsent) {
            return NGX_AGAIN;
        }

        if (ngx_http_vol_import_send(line) != NGX_OK) {
            ngx_http_vol_import_trouble(import);
            return NGX_AGAIN;
        }

        import->alone = !known;
    }
}


/* takes a line of the body: NGX_OK, NGX_AGAIN, NGX_DONE or a status */

static ngx_int_t
ngx_http_vol_import_pull(ngx_http_vol_import_t *import)
{
    u_char     *p;
    size_t      n;
    ngx_int_t   rc;

    for ( ;; ) {

        if (import->pos == import->last) {

            rc = ngx_http_vol_import_piece(import);

            if (rc == NGX_DONE && (import->len || import->too_long)
                && !import->broken)
            {
                return ngx_http_vol_import_text(import);
            }

            if (rc != NGX_OK) {
                return rc;
            }
        }

        p = ngx_strlchr(import->pos, import->last, LF);
        n = (p ? p : import->last) - import->pos;

        if (n > NGX_HTTP_VOL_BODY_MAX - import->len) {
            import->too_long = 1;
            import->len = 0;
        }

        if (!import->too_long) {
            ngx_memcpy(import->text + import->len, import->pos, n);
            import->len += n;
        }

        import->pos += n;

        if (p) {
            import->pos++;
            return ngx_http_vol_import_text(import);
        }
    }
}


/* what was gathered is a line; a blank one is only counted */

static ngx_int_t
ngx_http_vol_import_text(ngx_http_vol_import_t *import)
{
    u_char     *p;
    ngx_str_t   text;

    static ngx_str_t  bom = ngx_string("\xef\xbb\xbf");

    text.data = import->text;
    text.len = import->len;

    import->number++;
    import->len = 0;

    if (import->too_long) {
        import->too_long = 0;
        return ngx_http_vol_import_line(import, NULL);
    }

    if (import->number == 1 && text.len >= bom.len
        && ngx_memcmp(text.data, bom.data, bom.len) == 0)
    {
        text.data += bom.len;
        text.len -= bom.len;
    }

    for (p = text.data; p < text.data + text.len; p++) {
        if (*p != ' ' && *p != '\t' && *p != CR) {
            return ngx_http_vol_import_line(import, &text);
        }
    }

    return NGX_OK;
}


/* the next piece of the body: NGX_OK, NGX_AGAIN, NGX_DONE or a status */

static ngx_int_t
ngx_http_vol_import_piece(ngx_http_vol_import_t *import)
{
    ngx_int_t            rc;
    ngx_buf_t           *b;
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = import->request;

    for ( ;; ) {

        while (import->in) {
            cl = import->in;
            b = cl->buf;

            if (!ngx_buf_in_memory(b) && b->in_file
                && b->file_pos < b->file_last)
            {
                return ngx_http_vol_import_file(import, b);
            }

            import->in = cl->next;
            ngx_free_chain(r->pool, cl);

            /* its place is not used again before it is asked for more */

            import->pos = b->pos;
            import->last = b->last;
            b->pos = b->last;

            if (import->pos < import->last) {
                return NGX_OK;
            }
        }

        if (!r->reading_body || import->broken) {
            return NGX_DONE;
        }

        rc = ngx_http_read_unbuffered_request_body(r);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {

            if (r->connection->error || rc == NGX_HTTP_REQUEST_TIME_OUT) {
                return rc;
            }

            /* lines that are under way end first */

            import->broken = rc;
            return NGX_DONE;
        }

        import->in = r->request_body->bufs;
        r->request_body->bufs = NULL;

        if (import->in == NULL && r->reading_body) {
            import->hungry = 1;
            return NGX_AGAIN;
        }
    }
}


/* another module may have had the body read before, into a file */

static ngx_int_t
ngx_http_vol_import_file(ngx_http_vol_import_t *import, ngx_buf_t *b)
{
    size_t   size;
    ssize_t  n;

    if (import->file == NULL) {

        import->file = ngx_palloc(import->request->pool,
                                  NGX_HTTP_VOL_IMPORT_FILE);
        if (import->file == NULL) {
            return NGX_ERROR;
        }
    }

    size = ngx_min(b->file_last - b->file_pos, NGX_HTTP_VOL_IMPORT_FILE);

    n = ngx_read_file(b->file, import->file, size, b->file_pos);

    if (n != (ssize_t) size) {
        return NGX_ERROR;
    }

    b->file_pos += n;

    import->pos = import->file;
    import->last = import->file + n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_import_flush(ngx_http_vol_import_t *import)
{
    json_t     *json;
    ngx_int_t   rc;

    if (import->lines - import->told >= NGX_HTTP_VOL_IMPORT_PROGRESS
        && ngx_current_msec - import->told_at >= NGX_HTTP_VOL_IMPORT_PAUSE)
    {
        import->told = import->lines;
        import->told_at = ngx_current_msec;

        json = json_pack("{s:o}", "progress",
                         ngx_http_vol_import_figures(import));

        if (ngx_http_vol_stream_json(&import->stream, json) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (import->stream.out == NULL) {
        return NGX_OK;
    }

    rc = ngx_http_vol_stream_flush(&import->stream);

    import->blocked = (rc == NGX_AGAIN);

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


static json_t *
ngx_http_vol_import_figures(ngx_http_vol_import_t *import)
{
    return json_pack("{s:I, s:I, s:I, s:I}",
                     "lines", (json_int_t) import->lines,
                     "done", (json_int_t) import->done,
                     "replayed", (json_int_t) import->replayed,
                     "failed", (json_int_t) import->failed);
}


/* the last line of the answer */

static ngx_int_t
ngx_http_vol_import_result(ngx_http_vol_import_t *import)
{
    char                        *type;
    json_t                      *json, *problem;
    ngx_uint_t                   complete;
    ngx_queue_t                 *q;
    ngx_http_vol_import_line_t  *line;

    complete = (!import->broken && ngx_queue_empty(&import->waiting));

    json = ngx_http_vol_import_figures(import);
    (void) json_object_set_new(json, "complete", json_boolean(complete));

    if (!complete) {
        type = "store-unavailable";

        for (q = ngx_queue_head(&import->waiting);
             q != ngx_queue_sentinel(&import->waiting);
             q = ngx_queue_next(q))
        {
            line = ngx_queue_data(q, ngx_http_vol_import_line_t, queue);

            if (line->unknown) {
                type = "outcome-unknown";
            }
        }

        if (import->broken) {
            type = (import->broken == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE)
                   ? "body-too-large" : NULL;
        }

        problem = json_object();
        ngx_http_vol_problem_named(problem, type, import->broken);
        (void) json_object_set_new(json, "problem", problem);
    }

    json = json_pack("{s:o}", "result", json);

    if (ngx_http_vol_stream_json(&import->stream, json) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_vol_stream_end(&import->stream);
}


static void
ngx_http_vol_import_finalize(ngx_http_vol_import_t *import, ngx_int_t rc)
{
    ngx_http_vol_import_cleanup(import);
    ngx_http_finalize_request(import->request, rc);
}


/* what was sent is still done */

static void
ngx_http_vol_import_cleanup(void *data)
{
    ngx_http_vol_import_t  *import = data;

    ngx_uint_t                   i;
    ngx_queue_t                 *q;
    ngx_http_vol_import_line_t  *line;

    ngx_queue_t  *queues[] = { &import->waiting, &import->sent };

    for (i = 0; i < 2; i++) {
        while (!ngx_queue_empty(queues[i])) {
            q = ngx_queue_head(queues[i]);
            line = ngx_queue_data(q, ngx_http_vol_import_line_t, queue);
            ngx_http_vol_import_forget(line);
        }
    }

    if (import->turn.posted) {
        ngx_delete_posted_event(&import->turn);
    }

    if (import->retry.timer_set) {
        ngx_del_timer(&import->retry);
    }
}
