
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_import.h"


#define NGX_HTTP_VOL_LINE_POOL     4096
#define NGX_HTTP_VOL_IMPORT_RETRY  200      /* msec */


static ngx_int_t ngx_http_vol_line_read(ngx_http_vol_import_line_t *line,
    ngx_str_t *text);
static ngx_int_t ngx_http_vol_line_type(ngx_http_vol_ctx_t *ctx);
static ngx_int_t ngx_http_vol_line_key(ngx_http_vol_ctx_t *ctx);
static void ngx_http_vol_line_handler(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);
static ngx_uint_t ngx_http_vol_line_first(ngx_http_vol_import_line_t *line);
static void ngx_http_vol_line_wait(ngx_http_vol_import_line_t *line);
static ngx_int_t ngx_http_vol_line_failed(ngx_http_vol_import_line_t *line);


ngx_int_t
ngx_http_vol_import_line(ngx_http_vol_import_t *import, ngx_str_t *text)
{
    ngx_int_t                    rc;
    ngx_pool_t                  *pool;
    ngx_http_vol_import_line_t  *line;

    pool = ngx_create_pool(NGX_HTTP_VOL_LINE_POOL,
                           import->request->connection->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    line = ngx_pcalloc(pool, sizeof(ngx_http_vol_import_line_t));
    if (line == NULL) {
        ngx_destroy_pool(pool);
        return NGX_ERROR;
    }

    line->import = import;
    line->number = import->number;
    line->ctx.request = import->request;
    line->ctx.pool = pool;
    line->ctx.identity = import->ctx->identity;
    line->ctx.line = 1;

    rc = ngx_http_vol_line_read(line, text);

    if (rc == NGX_DONE) {
        ngx_destroy_pool(pool);
        return NGX_OK;
    }

    import->lines++;

    if (rc == NGX_OK) {
        ngx_http_vol_line_wait(line);
        return NGX_OK;
    }

    if (rc == NGX_DECLINED) {
        rc = ngx_http_vol_line_failed(line);
    }

    ngx_destroy_pool(pool);

    return rc;
}


/*
 * The same steps as those of a request; NGX_DONE of the line that ends an
 * export, which asks for nothing.
 */

static ngx_int_t
ngx_http_vol_line_read(ngx_http_vol_import_line_t *line, ngx_str_t *text)
{
    ngx_int_t            rc;
    ngx_http_vol_ctx_t  *ctx;

    ctx = &line->ctx;

    if (text == NULL) {
        return ngx_http_vol_refuse(ctx, "body-too-large", NULL,
                                   "the line is longer than 65536 bytes");
    }

    rc = ngx_http_vol_parse_json(ctx, text);

    if (rc == NGX_OK
        && json_object_size(ctx->body) == 1
        && json_is_object(json_object_get(ctx->body, "end")))
    {
        return NGX_DONE;
    }

    if (rc == NGX_OK) {
        rc = ngx_http_vol_line_key(ctx);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_vol_line_type(ctx);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_vol_read_args(ctx->request, ctx);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_vol_arguments(ctx, line->argv, &line->arguments);
    }

    return rc;
}


/* takes the type out of the object; that of an entry is the entry's own */

static ngx_int_t
ngx_http_vol_line_type(ngx_http_vol_ctx_t *ctx)
{
    json_t     *json;
    ngx_str_t   type;

    static ngx_str_t  field = ngx_string("type");
    static ngx_str_t  key = ngx_string("key");
    static ngx_str_t  entry = ngx_string("entry");

    json = json_object_get(ctx->body, "type");

    if (json_is_string(json)) {
        type.data = (u_char *) json_string_value(json);
        type.len = json_string_length(json);
        ctx->endpoint = ngx_http_vol_import_type(&type);
    }

    if (json_object_get(ctx->body, "entry")
        && (ctx->endpoint == NULL || !ngx_http_vol_arg(ctx, "entry")))
    {
        ctx->endpoint = ngx_http_vol_import_type(&entry);

    } else if (!json_is_string(json)) {
        return ngx_http_vol_invalid(ctx, &field, "is required: a string");

    } else if (ctx->endpoint == NULL) {
        return ngx_http_vol_invalid(ctx, &field,
                                    "is not one that lines may have");

    } else {
        (void) json_object_del(ctx->body, "type");
    }

    if ((ctx->endpoint->roles & ctx->identity.role_bit) == 0) {
        return ngx_http_vol_refuse(ctx, "forbidden", NULL,
                                   "the role may not do this");
    }

    if ((ctx->endpoint->flags & NGX_HTTP_VOL_KEY_REQUIRED)
        && ctx->key.len == 0)
    {
        return ngx_http_vol_refuse(ctx, "idempotency-key-required", &key,
                                   NULL);
    }

    return NGX_OK;
}


/* takes the key out of the object */

static ngx_int_t
ngx_http_vol_line_key(ngx_http_vol_ctx_t *ctx)
{
    u_char     *p;
    json_t     *json;
    ngx_str_t   key;

    static ngx_str_t  field = ngx_string("key");

    json = json_object_get(ctx->body, "key");
    if (json == NULL) {
        return NGX_OK;
    }

    key.data = (u_char *) json_string_value(json);
    key.len = json_string_length(json);

    if (key.len == 0 || key.len > NGX_HTTP_VOL_KEY_MAX) {
        return ngx_http_vol_invalid(ctx, &field,
                                    "must be a string of 1 to 128 characters");
    }

    for (p = key.data; p < key.data + key.len; p++) {
        if (*p < 0x21 || *p > 0x7e) {
            return ngx_http_vol_invalid(ctx, &field, "is not visible ASCII");
        }
    }

    ctx->key.data = ngx_pstrdup(ctx->pool, &key);
    if (ctx->key.data == NULL) {
        return NGX_ERROR;
    }

    ctx->key.len = key.len;

    (void) json_object_del(ctx->body, "key");

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_import_send(ngx_http_vol_import_line_t *line)
{
    ngx_http_vol_ctx_t       *ctx;
    ngx_http_vol_import_t    *import;
    ngx_http_vol_loc_conf_t  *vlcf;

    ctx = &line->ctx;
    import = line->import;

    vlcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_vol_module);

    ctx->call = ngx_http_vol_script_call(vlcf->redis, &line->arguments,
                                         ngx_http_vol_line_handler, line);
    if (ctx->call == NULL) {
        return NGX_DECLINED;
    }

    ngx_queue_remove(&line->queue);
    ngx_queue_insert_tail(&import->sent, &line->queue);
    import->nsent++;

    return NGX_OK;
}


static void
ngx_http_vol_line_handler(void *data, ngx_http_vol_call_outcome_e outcome,
    redisReply *reply)
{
    ngx_http_vol_import_line_t  *line = data;

    ngx_int_t               rc;
    ngx_uint_t              first;
    ngx_http_vol_import_t  *import;

    import = line->import;
    first = ngx_http_vol_line_first(line);

    line->ctx.call = NULL;
    ngx_queue_remove(&line->queue);
    import->nsent--;
    import->alone = 0;

    ngx_post_event(&import->turn, &ngx_posted_events);

    if (outcome == NGX_HTTP_VOL_CALL_UNAVAILABLE
        || outcome == NGX_HTTP_VOL_CALL_UNKNOWN)
    {
        line->unknown |= (outcome == NGX_HTTP_VOL_CALL_UNKNOWN);
        ngx_http_vol_line_wait(line);
        ngx_http_vol_import_trouble(import);
        return;
    }

    import->troubled = 0;
    import->scripts[line->ctx.endpoint->script->index] = 1;

    rc = ngx_http_vol_outcome(&line->ctx, outcome, reply);

    /* what is refused may lack what a line before it will do when repeated */

    if (rc != NGX_OK && !first) {
        ngx_http_vol_line_wait(line);
        import->repeat = 1;
        return;
    }

    if (rc != NGX_OK) {
        (void) ngx_http_vol_line_failed(line);

    } else if (reply->elements > 1 && reply->element[1]->integer) {
        import->replayed++;

    } else {
        import->done++;
    }

    ngx_destroy_pool(line->ctx.pool);
}


/* whether all lines before it have ended */

static ngx_uint_t
ngx_http_vol_line_first(ngx_http_vol_import_line_t *line)
{
    ngx_queue_t                 *q;
    ngx_http_vol_import_t       *import;
    ngx_http_vol_import_line_t  *other;

    import = line->import;

    if (ngx_queue_head(&import->sent) != &line->queue) {
        return 0;
    }

    if (ngx_queue_empty(&import->waiting)) {
        return 1;
    }

    q = ngx_queue_head(&import->waiting);
    other = ngx_queue_data(q, ngx_http_vol_import_line_t, queue);

    return line->number < other->number;
}


static void
ngx_http_vol_line_wait(ngx_http_vol_import_line_t *line)
{
    ngx_queue_t                 *q, *waiting;
    ngx_http_vol_import_line_t  *other;

    waiting = &line->import->waiting;

    for (q = ngx_queue_last(waiting);
         q != ngx_queue_sentinel(waiting);
         q = ngx_queue_prev(q))
    {
        other = ngx_queue_data(q, ngx_http_vol_import_line_t, queue);

        if (other->number < line->number) {
            break;
        }
    }

    ngx_queue_insert_after(q, &line->queue);
}


void
ngx_http_vol_import_trouble(ngx_http_vol_import_t *import)
{
    if (!import->troubled) {
        import->troubled = 1;
        import->since = ngx_current_msec;
    }

    /* another Redis may know no script */

    ngx_memzero(import->scripts, sizeof(import->scripts));
    import->repeat = 1;

    if (!import->retry.timer_set) {
        ngx_add_timer(&import->retry, NGX_HTTP_VOL_IMPORT_RETRY);
    }
}


static ngx_int_t
ngx_http_vol_line_failed(ngx_http_vol_import_line_t *line)
{
    json_t              *json;
    ngx_http_vol_ctx_t  *ctx;

    ctx = &line->ctx;

    line->import->failed++;

    json = json_pack("{s:I}", "line", (json_int_t) line->number);

    ngx_http_vol_problem_json(json, ctx->problem, &ctx->field, &ctx->detail);

    if (ctx->key.len) {
        (void) json_object_set_new(json, "key",
                                   json_stringn((char *) ctx->key.data,
                                                ctx->key.len));
    }

    return ngx_http_vol_stream_json(&line->import->stream, json);
}


void
ngx_http_vol_import_forget(ngx_http_vol_import_line_t *line)
{
    if (line->ctx.call) {
        ngx_http_vol_script_abandon(line->ctx.call);
    }

    ngx_queue_remove(&line->queue);
    ngx_destroy_pool(line->ctx.pool);
}
