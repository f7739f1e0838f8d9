
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_export.h"
#include "ngx_http_vol_fields.h"


#define NGX_HTTP_VOL_EXPORT_POOL   16384
#define NGX_HTTP_VOL_EXPORT_AFTER  NGX_HTTP_VOL_HISTORY_MAX

/* of a page's reply: status, replayed, items, after, more */

#define NGX_HTTP_VOL_EXPORT_REPLY  5


struct ngx_http_vol_export_s {
    ngx_http_request_t          *request;
    ngx_http_vol_ctx_t          *ctx;
    ngx_http_vol_stream_t        stream;
    ngx_http_vol_export_what_t  *what;
    ngx_http_vol_export_list_t  *list;

    ngx_pool_t                  *pool;      /* of a page */
    ngx_http_vol_call_t         *call;

    ngx_str_t                    after;     /* of the list */
    u_char                       place[NGX_HTTP_VOL_EXPORT_AFTER];
    ngx_int_t                    utc_offset;
    uint64_t                     lines;

    unsigned                     csv:1;
    unsigned                     bom:1;
    unsigned                     blocked:1; /* the client takes no page */
};


static ngx_int_t ngx_http_vol_export_query(ngx_http_vol_export_t *export);
static ngx_int_t ngx_http_vol_export_format(ngx_http_vol_export_t *export,
    ngx_str_t *format);
static ngx_int_t ngx_http_vol_export_after(ngx_http_vol_export_t *export,
    ngx_str_t *after);
static void ngx_http_vol_export_place(ngx_http_vol_export_t *export,
    u_char *data, size_t len);
static ngx_int_t ngx_http_vol_export_ask(ngx_http_vol_export_t *export);
static void ngx_http_vol_export_path_args(ngx_http_vol_export_t *export,
    ngx_http_vol_ctx_t *page);
static void ngx_http_vol_export_handler(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_export_write(ngx_http_request_t *r);
static ngx_int_t ngx_http_vol_export_go_on(ngx_http_vol_export_t *export,
    ngx_int_t rc);
static ngx_int_t ngx_http_vol_export_page(ngx_http_vol_export_t *export,
    ngx_http_vol_ctx_t *page, redisReply *reply);
static ngx_int_t ngx_http_vol_export_item(ngx_http_vol_export_t *export,
    redisReply *item);
static json_t *ngx_http_vol_export_line(ngx_http_vol_export_list_t *list,
    json_t *item);
static ngx_int_t ngx_http_vol_export_head(ngx_http_vol_export_t *export);
static ngx_int_t ngx_http_vol_export_begin(ngx_http_vol_export_t *export);
static ngx_int_t ngx_http_vol_export_end(ngx_http_vol_export_t *export);
static void ngx_http_vol_export_cursor(ngx_http_vol_export_t *export,
    json_t *end);
static void ngx_http_vol_export_finalize(ngx_http_vol_export_t *export,
    ngx_int_t rc);
static void ngx_http_vol_export_cleanup(void *data);


ngx_int_t
ngx_http_vol_export(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t                 rc;
    ngx_http_cleanup_t       *cln;
    ngx_http_vol_export_t    *export;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    export = ngx_pcalloc(r->pool, sizeof(ngx_http_vol_export_t));
    cln = ngx_http_cleanup_add(r, 0);
    if (export == NULL || cln == NULL) {
        return NGX_ERROR;
    }

    export->request = r;
    export->ctx = ctx;
    export->utc_offset = vlcf->rules->utc_offset;
    ctx->export = export;

    ngx_http_vol_stream_init(&export->stream, r);

    rc = ngx_http_vol_export_query(export);
    if (rc != NGX_OK) {
        return rc;
    }

    export->pool = ngx_create_pool(NGX_HTTP_VOL_EXPORT_POOL,
                                   r->connection->log);
    if (export->pool == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_vol_export_cleanup;
    cln->data = export;

    rc = ngx_http_vol_export_ask(export);
    if (rc != NGX_OK) {
        return rc;
    }

    r->write_event_handler = ngx_http_vol_export_write;

    if (r == r->main) {
        r->read_event_handler = ngx_http_test_reading;

        if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_vol_export_query(ngx_http_vol_export_t *export)
{
    ngx_int_t                    rc;
    ngx_str_t                   *what, *format, *after, field;
    ngx_http_vol_ctx_t          *ctx;
    ngx_http_vol_export_what_t  *w;

    ctx = export->ctx;

    what = ngx_http_vol_arg(ctx, "what");
    format = ngx_http_vol_arg(ctx, "format");
    after = ngx_http_vol_arg(ctx, "after");

    for (w = ngx_http_vol_export_of(ctx->endpoint); w->what.len; w++) {
        if (what == NULL
            || (w->what.len == what->len
                && ngx_strncmp(w->what.data, what->data, what->len) == 0))
        {
            break;
        }
    }

    if (w->what.len == 0) {
        ngx_str_set(&field, "what");
        return ngx_http_vol_invalid(ctx, &field,
                                    "is not one of the lists that can be "
                                    "exported");
    }

    export->what = w;
    export->list = w->lists;

    if (format) {
        rc = ngx_http_vol_export_format(export, format);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return after ? ngx_http_vol_export_after(export, after) : NGX_OK;
}


static ngx_int_t
ngx_http_vol_export_format(ngx_http_vol_export_t *export, ngx_str_t *format)
{
    ngx_str_t  *bom, field;

    if (format->len == 3 && ngx_strncmp(format->data, "csv", 3) == 0) {
        bom = ngx_http_vol_arg(export->ctx, "bom");

        export->csv = 1;
        export->bom = (bom->data == NULL || bom->data[0] == '1');

    } else if (format->data
               && (format->len != 6
                   || ngx_strncmp(format->data, "ndjson", 6) != 0))
    {
        ngx_str_set(&field, "format");
        return ngx_http_vol_invalid(export->ctx, &field,
                                    "must be ndjson or csv");
    }

    return NGX_OK;
}


/* with several lists it says which one: "2:" and the place in that one */

static ngx_int_t
ngx_http_vol_export_after(ngx_http_vol_export_t *export, ngx_str_t *after)
{
    u_char     *p, *last;
    ngx_int_t   n;
    ngx_str_t   field;

    p = after->data;

    if (p == NULL || export->list[1].page == NULL) {
        ngx_http_vol_export_place(export, p, after->len);
        return NGX_OK;
    }

    last = p + after->len;
    p = ngx_strlchr(p, last, ':');
    n = p ? ngx_atoi(after->data, p - after->data) : NGX_ERROR;

    if (n == NGX_ERROR) {
        ngx_str_set(&field, "after");
        return ngx_http_vol_invalid(export->ctx, &field,
                                    "is not the after of an export");
    }

    while (n && export->list[1].page) {
        export->list++;
        n--;
    }

    p++;
    ngx_http_vol_export_place(export, p, last - p);

    return NGX_OK;
}


static void
ngx_http_vol_export_place(ngx_http_vol_export_t *export, u_char *data,
    size_t len)
{
    export->after.data = export->place;
    export->after.len = ngx_min(len, NGX_HTTP_VOL_EXPORT_AFTER);

    if (export->after.len) {
        ngx_memcpy(export->place, data, export->after.len);
    }
}


/* asks for the next page; the ctx of its call is in the page's memory */

static ngx_int_t
ngx_http_vol_export_ask(ngx_http_vol_export_t *export)
{
    ngx_str_t                  argv[NGX_HTTP_VOL_ARGV_MAX];
    ngx_http_vol_ctx_t        *page;
    ngx_http_vol_loc_conf_t   *vlcf;
    ngx_http_vol_arguments_t   arguments;

    vlcf = ngx_http_get_module_loc_conf(export->request, ngx_http_vol_module);

    ngx_reset_pool(export->pool);

    page = ngx_pcalloc(export->pool, sizeof(ngx_http_vol_ctx_t));
    if (page == NULL) {
        return NGX_ERROR;
    }

    page->request = export->request;
    page->pool = export->pool;
    page->identity = export->ctx->identity;
    page->endpoint = export->list->page;
    page->export = export;

    ngx_http_vol_export_path_args(export, page);
    *ngx_http_vol_arg(page, "after") = export->after;

    if (ngx_http_vol_own_args(export->request, page) != NGX_OK
        || ngx_http_vol_arguments(page, argv, &arguments) != NGX_OK)
    {
        return NGX_ERROR;
    }

    export->call = ngx_http_vol_script_call(vlcf->redis, &arguments,
                                            ngx_http_vol_export_handler, page);

    return export->call ? NGX_OK
           : ngx_http_vol_refuse(export->ctx, "store-unavailable", NULL, NULL);
}


/* a page is asked for of what the path names */

static void
ngx_http_vol_export_path_args(ngx_http_vol_export_t *export,
    ngx_http_vol_ctx_t *page)
{
    ngx_str_t             *value;
    ngx_http_vol_field_t  *f;

    value = page->args;

    for (f = page->endpoint->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->source == NGX_HTTP_VOL_PATH) {
            *value = *ngx_http_vol_arg(export->ctx, (char *) f->name.data);
        }

        value++;
    }
}


static void
ngx_http_vol_export_handler(void *data, ngx_http_vol_call_outcome_e outcome,
    redisReply *reply)
{
    ngx_http_vol_ctx_t  *page = data;

    ngx_int_t               rc;
    ngx_connection_t       *c;
    ngx_http_request_t     *r;
    ngx_http_vol_export_t  *export;

    r = page->request;
    c = r->connection;
    export = page->export;

    if (!ngx_http_vol_resume(r, &export->call, export->ctx,
                             &ngx_http_vol_module))
    {
        return;
    }

    rc = ngx_http_vol_outcome(page, outcome, reply);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_export_page(export, page, reply);
    }

    if (rc == NGX_DECLINED) {
        export->ctx->problem = page->problem;
        export->ctx->field = page->field;
        export->ctx->detail = page->detail;

    } else {
        rc = ngx_http_vol_export_go_on(export, rc);
    }

    if (rc != NGX_AGAIN) {
        ngx_http_vol_export_finalize(export, rc);
    }

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_vol_export_write(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_http_vol_ctx_t     *ctx;
    ngx_http_vol_export_t  *export;

    ctx = ngx_http_get_module_ctx(r, ngx_http_vol_module);
    export = ctx->export;

    if (!export->blocked) {
        return;
    }

    rc = ngx_http_vol_stream_wake(&export->stream);

    rc = ngx_http_vol_export_go_on(export, rc);

    if (rc != NGX_AGAIN) {
        ngx_http_vol_export_finalize(export, rc);
    }
}


/*
 * The next page is asked for when the client has taken the last one, which rc
 * tells: NGX_OK, NGX_AGAIN, NGX_DONE after the last page, or what to end with.
 */

static ngx_int_t
ngx_http_vol_export_go_on(ngx_http_vol_export_t *export, ngx_int_t rc)
{
    export->blocked = (rc == NGX_AGAIN);

    if (rc == NGX_DONE) {
        return ngx_http_vol_export_end(export);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_vol_export_ask(export);

    return rc == NGX_OK ? NGX_AGAIN : rc;
}


static ngx_int_t
ngx_http_vol_export_page(ngx_http_vol_export_t *export,
    ngx_http_vol_ctx_t *page, redisReply *reply)
{
    size_t       i;
    ngx_int_t    rc;
    redisReply  *items, *after;
    ngx_uint_t   more;

    if (reply->elements != NGX_HTTP_VOL_EXPORT_REPLY
        || reply->element[2]->type != REDIS_REPLY_ARRAY
        || reply->element[3]->type != REDIS_REPLY_STRING)
    {
        return ngx_http_vol_refuse(page, "store-corrupt", NULL, NULL);
    }

    items = reply->element[2];
    after = reply->element[3];
    more = (reply->element[4]->integer != 0);

    if (!export->stream.begun
        && ngx_http_vol_export_head(export) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < items->elements; i++) {

        if (ngx_http_vol_export_item(export, items->element[i]) != NGX_OK) {

            ngx_log_error(NGX_LOG_ERR, export->request->connection->log, 0,
                          "export of \"%V\" stopped after \"%V\": the next "
                          "%uz. is not as it must be", &export->what->what,
                          &export->after, i + 1);

            return ngx_http_vol_refuse(page, "store-corrupt", NULL, NULL);
        }
    }

    export->lines += items->elements;

    ngx_http_vol_export_place(export, (u_char *) after->str, after->len);

    if (!more && export->list[1].page) {
        export->list++;
        export->after.len = 0;
        more = 1;
    }

    if (!export->stream.begun) {

        rc = ngx_http_vol_export_begin(export);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    /* what is written of the last page goes with the end */

    return more ? ngx_http_vol_stream_flush(&export->stream) : NGX_DONE;
}


static ngx_int_t
ngx_http_vol_export_item(ngx_http_vol_export_t *export, redisReply *item)
{
    size_t                       n;
    json_t                      *json;
    ngx_int_t                    rc;
    ngx_str_t                    text;
    ngx_http_vol_shape_t        *shape;
    ngx_http_vol_export_list_t  *list;

    list = export->list;
    shape = list->page->reply;
    json = NULL;

    if (shape == NULL) {
        json = ngx_http_vol_entry(item);

    } else if (item->type == REDIS_REPLY_ARRAY) {
        n = 0;

        if (ngx_http_vol_shape(export->pool, shape, item->element,
                               item->elements, &n, export->utc_offset, &text)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (list->type == NULL && !export->csv) {
            return ngx_http_vol_stream_line(&export->stream, &text);
        }

        json = json_loadb((char *) text.data, text.len, 0, NULL);
    }

    if (json == NULL) {
        return NGX_ERROR;
    }

    if (list->type) {
        json = ngx_http_vol_export_line(list, json);
    }

    if (!export->csv) {
        return ngx_http_vol_stream_json(&export->stream, json);
    }

    rc = ngx_http_vol_csv_row(&export->stream, export->what->columns, json,
                              export->utc_offset);

    json_decref(json);

    return rc;
}


/* makes a line of an item, which is freed */

static json_t *
ngx_http_vol_export_line(ngx_http_vol_export_list_t *list, json_t *item)
{
    char    **member;
    json_t   *line, *value;

    if (list->members == NULL) {
        line = json_pack("{s:s}", "what", list->type);
        (void) json_object_update(line, item);
        json_decref(item);

        return line;
    }

    line = json_pack("{s:s}", "type", list->type);
    value = json_object_get(item, "id");

    if (value) {
        (void) json_object_set(line, list->type, value);
    }

    for (member = list->members; *member; member++) {

        value = json_object_get(item, *member);

        /* the ledger knows what came to a stock, and what went */

        if (ngx_strcmp(*member, "stock") == 0) {
            (void) json_object_set_new(line, *member, json_integer(0));

        } else if (value) {
            (void) json_object_set(line, *member, value);
        }
    }

    json_decref(item);

    return line;
}


/* what stands before the first item of CSV */

static ngx_int_t
ngx_http_vol_export_head(ngx_http_vol_export_t *export)
{
    static ngx_str_t  bom = ngx_string("\xef\xbb\xbf");

    if (!export->csv) {
        return NGX_OK;
    }

    if (export->bom
        && ngx_http_vol_stream_write(&export->stream, bom.data, bom.len)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_vol_csv_head(&export->stream, export->what->columns);
}


/* NGX_OK to go on, or what to end with */

static ngx_int_t
ngx_http_vol_export_begin(ngx_http_vol_export_t *export)
{
    u_char               *p;
    ngx_int_t             rc;
    ngx_str_t             value, *district, *what;
    ngx_http_request_t   *r;

    static ngx_str_t  csv = ngx_string("text/csv; charset=utf-8");
    static ngx_str_t  ndjson = ngx_string("application/x-ndjson");

    r = export->request;
    district = &export->ctx->identity.district;
    what = &export->what->what;

    p = ngx_pnalloc(r->pool, sizeof("attachment; filename=\"-.ndjson\"")
                             + district->len + what->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "attachment; filename=\"%V-%V.%s\"", district,
                            what, export->csv ? "csv" : "ndjson")
                - p;

    if (ngx_http_vol_add_header(r, "Content-Disposition", &value) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_vol_stream_begin(&export->stream, export->ctx,
                                   export->csv ? &csv : &ndjson);

    return rc == NGX_OK && r->header_only ? NGX_DONE : rc;
}


static ngx_int_t
ngx_http_vol_export_end(ngx_http_vol_export_t *export)
{
    json_t     *end;
    ngx_int_t   rc;

    if (export->request->header_only) {
        return NGX_OK;
    }

    if (!export->csv) {
        end = json_pack("{s:I}", "lines", (json_int_t) export->lines);

        if (export->after.len && ngx_http_vol_arg(export->ctx, "after")) {
            ngx_http_vol_export_cursor(export, end);
        }

        end = json_pack("{s:o}", "end", end);

        if (ngx_http_vol_stream_json(&export->stream, end) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    rc = ngx_http_vol_stream_end(&export->stream);

    return ngx_http_vol_sent(rc);
}


static void
ngx_http_vol_export_cursor(ngx_http_vol_export_t *export, json_t *end)
{
    u_char      text[NGX_HTTP_VOL_EXPORT_AFTER + NGX_INT_T_LEN + 2], *last;
    ngx_uint_t  i;

    last = text;
    i = export->list - export->what->lists;

    if (export->what->lists[1].page) {
        last = ngx_sprintf(last, "%ui:", i);
    }

    last = ngx_cpymem(last, export->after.data, export->after.len);

    (void) json_object_set_new(end, "after",
                               json_stringn((char *) text, last - text));
}


/* an answer that has begun is cut, so that it is not taken for whole */

static void
ngx_http_vol_export_finalize(ngx_http_vol_export_t *export, ngx_int_t rc)
{
    ngx_http_request_t  *r;

    r = export->request;

    if (rc == NGX_DECLINED && !export->stream.begun) {
        rc = ngx_http_vol_problem(r, export->ctx);

    } else if (rc == NGX_ERROR && !export->stream.begun) {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else if (rc == NGX_DECLINED) {
        rc = NGX_ERROR;
    }

    ngx_http_vol_export_cleanup(export);
    ngx_http_finalize_request(r, rc);
}


static void
ngx_http_vol_export_cleanup(void *data)
{
    ngx_http_vol_export_t  *export = data;

    if (export->call) {
        ngx_http_vol_script_abandon(export->call);
        export->call = NULL;
    }

    if (export->pool) {
        ngx_destroy_pool(export->pool);
        export->pool = NULL;
    }
}
