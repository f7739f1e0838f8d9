
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


static ngx_int_t ngx_http_vol_refuse_reply(ngx_http_vol_ctx_t *ctx,
    redisReply *reply);
static ngx_http_vol_problem_t *ngx_http_vol_problem_find(ngx_str_t *type);
static ngx_int_t ngx_http_vol_problem_text(ngx_pool_t *pool,
    ngx_http_vol_problem_t *problem, ngx_str_t *field, ngx_str_t *detail,
    ngx_str_t *text);
static void ngx_http_vol_problem_copy(ngx_pool_t *pool, ngx_str_t *to,
    ngx_str_t *from);
static ngx_int_t ngx_http_vol_problem_header_filter(ngx_http_request_t *r);
static void ngx_http_vol_problem_of_status(ngx_uint_t status,
    ngx_http_vol_problem_t *problem);
static ngx_int_t ngx_http_vol_problem_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


static ngx_str_t  ngx_http_vol_problem_type =
    ngx_string("application/problem+json");


/*
 * RFC 9457.  The first row of a status is what an error of nginx's own with
 * that status becomes.
 */

ngx_http_vol_problem_t  ngx_http_vol_problems[] = {

    { 400, ngx_string("malformed-json"),
      ngx_string("The body is not the JSON it must be") },
    { 400, ngx_string("idempotency-key-required"),
      ngx_string("Points move here: an Idempotency-Key is required") },
    { 401, ngx_string("no-identity"),
      ngx_string("It is not known who asks") },
    { 403, ngx_string("forbidden"),
      ngx_string("The caller may not do this") },
    { 403, ngx_string("forbidden-origin"),
      ngx_string("A page of another origin may not do this") },
    { 404, ngx_string("not-found"),
      ngx_string("There is no such thing") },
    { 405, ngx_string("method-not-allowed"),
      ngx_string("The method is not one of Allow") },
    { 409, ngx_string("insufficient-points"),
      ngx_string("The balance is below the price") },
    { 409, ngx_string("out-of-stock"),
      ngx_string("Nothing is left of the offer") },
    { 409, ngx_string("limit-reached"),
      ngx_string("A limit is reached") },
    { 409, ngx_string("stars-too-low"),
      ngx_string("More stars are needed") },
    { 409, ngx_string("not-started"),
      ngx_string("It has not started yet") },
    { 409, ngx_string("ended"),
      ngx_string("The offer has ended") },
    { 409, ngx_string("frozen"),
      ngx_string("The account is frozen") },
    { 409, ngx_string("voucher-used"),
      ngx_string("The voucher was used") },
    { 409, ngx_string("voucher-cancelled"),
      ngx_string("The voucher was cancelled") },
    { 409, ngx_string("voucher-expired"),
      ngx_string("The voucher has expired") },
    { 409, ngx_string("already-reversed"),
      ngx_string("The entry was reversed already") },
    { 409, ngx_string("not-reversible"),
      ngx_string("The entry cannot be reversed any more") },
    { 409, ngx_string("already-decided"),
      ngx_string("The award was approved or refused already") },
    { 409, ngx_string("not-open"),
      ngx_string("The activity is not open for this") },
    { 409, ngx_string("too-early"),
      ngx_string("It is too early for this") },
    { 409, ngx_string("too-late"),
      ngx_string("It is too late for this") },
    { 409, ngx_string("overlapping"),
      ngx_string("The volunteer is elsewhere at that time") },
    { 409, ngx_string("already-signed-up"),
      ngx_string("The volunteer has another post of the activity") },
    { 409, ngx_string("not-signed-up"),
      ngx_string("The volunteer has no place in the activity") },
    { 409, ngx_string("not-checked-in"),
      ngx_string("The volunteer has not checked in") },
    { 409, ngx_string("already-served"),
      ngx_string("The service of the volunteer is recorded already") },
    { 409, ngx_string("not-served"),
      ngx_string("The volunteer has not served in the activity") },
    { 409, ngx_string("too-far"),
      ngx_string("This is not the place of the activity") },
    { 409, ngx_string("merged"),
      ngx_string("The account was merged into another") },
    { 409, ngx_string("need-open"),
      ngx_string("Nobody has taken the need") },
    { 409, ngx_string("need-accepted"),
      ngx_string("Somebody has taken the need") },
    { 409, ngx_string("need-done"),
      ngx_string("The need is said to be done") },
    { 409, ngx_string("need-confirmed"),
      ngx_string("The need was confirmed") },
    { 409, ngx_string("need-withdrawn"),
      ngx_string("The need was withdrawn") },
    { 409, ngx_string("need-expired"),
      ngx_string("The need has expired") },
    { 409, ngx_string("selection-closed"),
      ngx_string("The list of the period is published") },
    { 410, ngx_string("erased"),
      ngx_string("The account was erased") },
    { 413, ngx_string("body-too-large"),
      ngx_string("The body is too large") },
    { 415, ngx_string("unsupported-media-type"),
      ngx_string("The body must be application/json") },
    { 422, ngx_string("invalid-field"),
      ngx_string("A field is not what it must be") },
    { 422, ngx_string("idempotency-key-reused"),
      ngx_string("The Idempotency-Key was used for another request") },
    { 500, ngx_string("store-corrupt"),
      ngx_string("The stored data is not as it must be; nothing was changed") },
    { 503, ngx_string("store-unavailable"),
      ngx_string("The store is not available; nothing was done") },
    { 503, ngx_string("outcome-unknown"),
      ngx_string("The store did not answer: repeat with the same "
                 "Idempotency-Key") },

    { 0, ngx_null_string, ngx_null_string }
};


ngx_int_t
ngx_http_vol_refuse(ngx_http_vol_ctx_t *ctx, char *type, ngx_str_t *field,
    char *detail)
{
    ngx_str_t  name, text;

    name.data = (u_char *) type;
    name.len = ngx_strlen(type);

    text.data = (u_char *) detail;
    text.len = detail ? ngx_strlen(detail) : 0;

    return ngx_http_vol_refuse_str(ctx, &name, field, &text);
}


ngx_int_t
ngx_http_vol_refuse_str(ngx_http_vol_ctx_t *ctx, ngx_str_t *type,
    ngx_str_t *field, ngx_str_t *detail)
{
    ctx->problem = ngx_http_vol_problem_find(type);

    if (ctx->problem == NULL) {
        ngx_log_error(NGX_LOG_ERR, ctx->request->connection->log, 0,
                      "script \"%V\" refused with an unknown problem \"%V\"",
                      &ctx->endpoint->script->name, type);
    }

    ngx_http_vol_problem_copy(ctx->pool, &ctx->field, field);
    ngx_http_vol_problem_copy(ctx->pool, &ctx->detail, detail);

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_vol_outcome(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply)
{
    switch (outcome) {

    case NGX_HTTP_VOL_CALL_UNAVAILABLE:
        return ngx_http_vol_refuse(ctx, "store-unavailable", NULL, NULL);

    case NGX_HTTP_VOL_CALL_UNKNOWN:
        return ngx_http_vol_refuse(ctx, "outcome-unknown", NULL, NULL);

    case NGX_HTTP_VOL_CALL_CORRUPT:
        return ngx_http_vol_refuse(ctx, "store-corrupt", NULL, NULL);

    default: /* NGX_HTTP_VOL_CALL_REPLIED */
        break;
    }

    if (reply->element[0]->type == REDIS_REPLY_INTEGER) {
        return NGX_OK;
    }

    return ngx_http_vol_refuse_reply(ctx, reply);
}


/* a script's refusal: the problem's name, then, where needed, detail, field */

static ngx_int_t
ngx_http_vol_refuse_reply(ngx_http_vol_ctx_t *ctx, redisReply *reply)
{
    size_t     i;
    ngx_str_t  text[3];

    ngx_memzero(text, sizeof(text));

    for (i = 0; i < ngx_min(reply->elements, 3); i++) {

        if (reply->element[i]->type == REDIS_REPLY_STRING
            && reply->element[i]->len)
        {
            text[i].data = (u_char *) reply->element[i]->str;
            text[i].len = reply->element[i]->len;
        }
    }

    return ngx_http_vol_refuse_str(ctx, &text[0], &text[2], &text[1]);
}


static ngx_http_vol_problem_t *
ngx_http_vol_problem_find(ngx_str_t *type)
{
    ngx_http_vol_problem_t  *p;

    for (p = ngx_http_vol_problems; p->status; p++) {
        if (p->type.len == type->len
            && ngx_strncmp(p->type.data, type->data, type->len) == 0)
        {
            return p;
        }
    }

    return NULL;
}


static void
ngx_http_vol_problem_copy(ngx_pool_t *pool, ngx_str_t *to, ngx_str_t *from)
{
    ngx_str_null(to);

    if (from && from->data) {
        to->data = ngx_pnalloc(pool, from->len + 1);

        if (to->data) {
            ngx_memcpy(to->data, from->data, from->len);
            to->len = from->len;
        }
    }
}


ngx_int_t
ngx_http_vol_problem(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_str_t  text;

    if (ctx->problem == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_vol_problem_text(r->pool, ctx->problem, &ctx->field,
                                  &ctx->detail, &text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_vol_retry_after(r, ctx->problem->status) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_vol_send(r, ctx, ctx->problem->status,
                             &ngx_http_vol_problem_type, &text);
}


ngx_int_t
ngx_http_vol_retry_after(ngx_http_request_t *r, ngx_uint_t status)
{
    static ngx_str_t  soon = ngx_string("1");

    if (status != NGX_HTTP_SERVICE_UNAVAILABLE
        && status != NGX_HTTP_TOO_MANY_REQUESTS)
    {
        return NGX_OK;
    }

    return ngx_http_vol_add_header(r, "Retry-After", &soon);
}


static ngx_int_t
ngx_http_vol_problem_text(ngx_pool_t *pool, ngx_http_vol_problem_t *problem,
    ngx_str_t *field, ngx_str_t *detail, ngx_str_t *text)
{
    json_t  *json;

    json = json_object();

    ngx_http_vol_problem_json(json, problem, field, detail);

    (void) json_object_set_new(json, "title",
                               json_stringn((char *) problem->title.data,
                                            problem->title.len));

    return ngx_http_vol_dump(pool, json, text);
}


void
ngx_http_vol_problem_json(json_t *json, ngx_http_vol_problem_t *problem,
    ngx_str_t *field, ngx_str_t *detail)
{
    u_char      urn[sizeof(NGX_HTTP_VOL_URN) + NGX_HTTP_VOL_ID_MAX];
    ngx_uint_t  status;

    status = problem ? problem->status : NGX_HTTP_INTERNAL_SERVER_ERROR;

    if (problem && problem->type.len) {
        ngx_sprintf(urn, NGX_HTTP_VOL_URN "%V%Z", &problem->type);

    } else {
        ngx_sprintf(urn, "about:blank%Z");
    }

    (void) json_object_set_new(json, "type", json_string((char *) urn));
    (void) json_object_set_new(json, "status", json_integer(status));

    /* what is not UTF-8 is left out */

    if (detail && detail->len) {
        (void) json_object_set_new(json, "detail",
                                   json_stringn((char *) detail->data,
                                                detail->len));
    }

    if (field && field->data) {
        (void) json_object_set_new(json, "field",
                                   json_stringn((char *) field->data,
                                                field->len));
    }
}


void
ngx_http_vol_problem_named(json_t *json, char *type, ngx_uint_t status)
{
    ngx_str_t                name;
    ngx_http_vol_problem_t   problem, *found;

    ngx_memzero(&problem, sizeof(ngx_http_vol_problem_t));
    problem.status = status;

    found = NULL;

    if (type) {
        name.data = (u_char *) type;
        name.len = ngx_strlen(type);
        found = ngx_http_vol_problem_find(&name);
    }

    ngx_http_vol_problem_json(json, found ? found : &problem, NULL, NULL);
}


/*
 * An error that nginx answers by itself in a location of the API (a limit, a
 * refused subrequest, a body too large) is a problem document as well.
 */

static ngx_int_t
ngx_http_vol_problem_header_filter(ngx_http_request_t *r)
{
    ngx_str_t                 text;
    ngx_buf_t                *b;
    ngx_chain_t              *cl;
    ngx_http_vol_ctx_t       *ctx;
    ngx_http_vol_problem_t    problem;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    if (vlcf->district == NULL || r != r->main
        || r->headers_out.status < NGX_HTTP_BAD_REQUEST)
    {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_vol_module);

    if (ctx == NULL) {
        ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_vol_ctx_t));
        if (ctx == NULL) {
            return NGX_ERROR;
        }

        ngx_http_set_ctx(r, ctx, ngx_http_vol_module);

    } else if (ctx->replied) {
        return ngx_http_next_header_filter(r);
    }

    ngx_http_vol_problem_of_status(r->headers_out.status, &problem);

    b = ngx_calloc_buf(r->pool);
    cl = ngx_alloc_chain_link(r->pool);

    if (b == NULL || cl == NULL
        || ngx_http_vol_retry_after(r, problem.status) != NGX_OK
        || ngx_http_vol_problem_text(r->pool, &problem, NULL, NULL, &text)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    b->pos = text.data;
    b->last = text.data + text.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    cl->buf = b;
    cl->next = NULL;
    ctx->substitute = cl;

    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);

    r->headers_out.content_length_n = text.len;
    r->headers_out.content_type = ngx_http_vol_problem_type;
    r->headers_out.content_type_len = ngx_http_vol_problem_type.len;
    r->headers_out.content_type_lowcase = NULL;

    return ngx_http_next_header_filter(r);
}


static void
ngx_http_vol_problem_of_status(ngx_uint_t status,
    ngx_http_vol_problem_t *problem)
{
    ngx_http_vol_problem_t  *p;

    /* 400, 500 and 503 of nginx are not those of the first such rows */

    if (status > NGX_HTTP_BAD_REQUEST
        && status < NGX_HTTP_INTERNAL_SERVER_ERROR)
    {
        for (p = ngx_http_vol_problems; p->status; p++) {
            if (p->status == status) {
                *problem = *p;
                return;
            }
        }
    }

    problem->status = status;
    ngx_str_null(&problem->type);

    if (status < NGX_HTTP_INTERNAL_SERVER_ERROR) {
        ngx_str_set(&problem->title, "The server refused the request");

    } else {
        ngx_str_set(&problem->title, "The server could not answer");
    }
}


static ngx_int_t
ngx_http_vol_problem_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_uint_t           last;
    ngx_chain_t         *cl;
    ngx_http_vol_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_vol_module);

    if (ctx == NULL || ctx->substitute == NULL || in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    last = 0;

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
        last |= cl->buf->last_buf;
    }

    if (!last) {
        return NGX_OK;
    }

    cl = ctx->substitute;
    ctx->substitute = NULL;

    return ngx_http_next_body_filter(r, cl);
}


ngx_int_t
ngx_http_vol_problem_init(ngx_conf_t *cf)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_vol_problem_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_vol_problem_body_filter;

    return NGX_OK;
}
