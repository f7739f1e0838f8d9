
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_districts.h"
#include "ngx_http_vol_shapes.h"


/*
 * GET /stats/districts: GET /stats is called in each of the districts that the
 * administrator has listed, at whichever node keeps it, so many at a time.  A
 * district that does not tell its figures is shown with the reason, and the
 * total says that it lacks them.
 */


#define NGX_HTTP_VOL_DISTRICTS_CALLS  64    /* under way, of a request */
#define NGX_HTTP_VOL_DISTRICTS_LIMIT  100   /* of a page, when none is asked */
#define NGX_HTTP_VOL_DISTRICTS_POOL   1024

/* of a reply: status, replayed */

#define NGX_HTTP_VOL_DISTRICTS_HEAD   2


typedef struct ngx_http_vol_gather_s  ngx_http_vol_gather_t;


/* what is known of a district: a problem where it did not tell */

typedef struct {
    int64_t                     figures[NGX_HTTP_VOL_FIGURES];
    ngx_http_vol_problem_t     *problem;
} ngx_http_vol_told_t;


/* a call at a time */

typedef struct {
    ngx_http_vol_gather_t      *gather;
    ngx_http_vol_call_t        *call;
    ngx_http_vol_told_t        *told;
} ngx_http_vol_ask_t;


struct ngx_http_vol_gather_s {
    ngx_http_request_t         *request;
    ngx_http_vol_ctx_t         *ctx;
    ngx_http_vol_ctx_t          of;         /* of the calls */

    ngx_http_vol_district_t    *districts;  /* that are asked */
    ngx_http_vol_told_t        *told;
    ngx_uint_t                  n;
    ngx_uint_t                  shown;      /* of them, the page */
    ngx_uint_t                  next;       /* to be asked */
    ngx_uint_t                  under_way;

    ngx_http_vol_ask_t          asks[NGX_HTTP_VOL_DISTRICTS_CALLS];

    unsigned                    total:1;
    unsigned                    more:1;     /* behind the page */
};


static ngx_int_t ngx_http_vol_districts_page(ngx_http_vol_gather_t *gather,
    ngx_array_t *listed);
static ngx_int_t ngx_http_vol_districts_behind(ngx_http_vol_ctx_t *ctx,
    ngx_array_t *listed, ngx_uint_t *first);
static ngx_int_t ngx_http_vol_districts_ask(ngx_http_vol_ask_t *ask);
static ngx_int_t ngx_http_vol_districts_call(ngx_http_vol_ask_t *ask,
    ngx_http_vol_district_t *district);
static void ngx_http_vol_districts_handler(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);
static void ngx_http_vol_districts_told(ngx_http_vol_ask_t *ask,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);
static ngx_int_t ngx_http_vol_districts_figures(ngx_http_vol_told_t *told,
    redisReply *reply);
static void ngx_http_vol_districts_leave(ngx_http_vol_gather_t *gather);
static ngx_int_t ngx_http_vol_districts_answer(ngx_http_vol_gather_t *gather);
static ngx_http_vol_problem_t *ngx_http_vol_districts_silent(
    ngx_http_vol_gather_t *gather);
static redisReply *ngx_http_vol_districts_list(ngx_http_vol_gather_t *gather);
static ngx_int_t ngx_http_vol_districts_total(ngx_http_vol_gather_t *gather,
    redisReply **value);
static ngx_int_t ngx_http_vol_districts_missing(ngx_http_vol_gather_t *gather,
    ngx_str_t *ids);
static redisReply *ngx_http_vol_districts_array(ngx_pool_t *pool,
    ngx_uint_t n);
static void ngx_http_vol_districts_integer(redisReply *value, int64_t n);
static void ngx_http_vol_districts_string(redisReply *value, ngx_str_t *text);


/* the row that is called in each district */

static ngx_http_vol_endpoint_t  *ngx_http_vol_districts_stats;


ngx_int_t
ngx_http_vol_districts_init(ngx_conf_t *cf)
{
    ngx_str_t  segments[NGX_HTTP_VOL_FIELDS_MAX];

    static ngx_str_t  path = ngx_string("stats");

    if (ngx_http_vol_find(&path, NGX_HTTP_GET, &ngx_http_vol_districts_stats,
                          segments)
        != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "there is no endpoint \"%V\"", &path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_districts(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t                 rc;
    ngx_uint_t                i;
    ngx_http_vol_ask_t       *ask;
    ngx_http_vol_gather_t    *gather;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    if (vlcf->districts == NULL || vlcf->districts->nelts == 0) {
        return ngx_http_vol_refuse(ctx, "not-found", NULL,
                                   "no districts are listed here");
    }

    gather = ngx_pcalloc(r->pool, sizeof(ngx_http_vol_gather_t));
    if (gather == NULL) {
        return NGX_ERROR;
    }

    gather->request = r;
    gather->ctx = ctx;

    gather->of.request = r;
    gather->of.pool = r->pool;
    gather->of.identity = ctx->identity;
    gather->of.endpoint = ngx_http_vol_districts_stats;

    rc = ngx_http_vol_districts_page(gather, vlcf->districts);
    if (rc != NGX_OK) {
        return rc;
    }

    for (i = 0; i < NGX_HTTP_VOL_DISTRICTS_CALLS; i++) {
        ask = &gather->asks[i];
        ask->gather = gather;

        rc = ngx_http_vol_districts_ask(ask);

        if (rc == NGX_AGAIN) {
            rc = ngx_http_vol_wait(r, &ask->call);
        }

        if (rc == NGX_ERROR) {
            ngx_http_vol_districts_leave(gather);
            return NGX_ERROR;
        }
    }

    return gather->under_way ? NGX_AGAIN
                             : ngx_http_vol_districts_answer(gather);
}


/* the first page has the total, for which all are asked; a table has none */

static ngx_int_t
ngx_http_vol_districts_page(ngx_http_vol_gather_t *gather, ngx_array_t *listed)
{
    ngx_int_t            rc;
    ngx_str_t           *limit;
    ngx_uint_t           first, left;
    ngx_http_vol_ctx_t  *ctx;

    ctx = gather->ctx;
    limit = ngx_http_vol_arg(ctx, "limit");
    first = 0;

    rc = ngx_http_vol_districts_behind(ctx, listed, &first);
    if (rc != NGX_OK) {
        return rc;
    }

    left = listed->nelts - first;

    gather->districts = (ngx_http_vol_district_t *) listed->elts + first;
    gather->shown = limit->data ? (ngx_uint_t) ngx_atoi(limit->data, limit->len)
                                : NGX_HTTP_VOL_DISTRICTS_LIMIT;
    gather->more = (gather->shown < left);
    gather->shown = ngx_min(gather->shown, left);
    gather->total = (ngx_http_vol_arg(ctx, "after")->data == NULL
                     && !ngx_http_vol_wants_csv(gather->request, ctx));
    gather->n = gather->total ? left : gather->shown;

    gather->told = ngx_pcalloc(ctx->pool,
                               gather->n * sizeof(ngx_http_vol_told_t) + 1);

    return gather->told ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_vol_districts_behind(ngx_http_vol_ctx_t *ctx, ngx_array_t *listed,
    ngx_uint_t *first)
{
    ngx_str_t                *after, field;
    ngx_uint_t                i;
    ngx_http_vol_district_t  *district;

    after = ngx_http_vol_arg(ctx, "after");

    if (after->data == NULL) {
        return NGX_OK;
    }

    district = listed->elts;

    for (i = 0; i < listed->nelts; i++) {
        if (district[i].id.len == after->len
            && ngx_memcmp(district[i].id.data, after->data, after->len) == 0)
        {
            *first = i + 1;
            return NGX_OK;
        }
    }

    ngx_str_set(&field, "after");

    return ngx_http_vol_invalid(ctx, &field,
                                "is not a district that is listed");
}


/* calls the next one: NGX_AGAIN, or NGX_OK when there is none that takes it */

static ngx_int_t
ngx_http_vol_districts_ask(ngx_http_vol_ask_t *ask)
{
    ngx_uint_t              i;
    ngx_http_vol_gather_t  *gather;

    gather = ask->gather;

    while (gather->next < gather->n) {
        i = gather->next++;
        ask->told = &gather->told[i];

        if (ngx_http_vol_districts_call(ask, &gather->districts[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (ask->call) {
            gather->under_way++;
            return NGX_AGAIN;
        }

        ngx_http_vol_districts_told(ask, NGX_HTTP_VOL_CALL_UNAVAILABLE, NULL);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_districts_call(ngx_http_vol_ask_t *ask,
    ngx_http_vol_district_t *district)
{
    ngx_int_t                  rc;
    ngx_str_t                  argv[NGX_HTTP_VOL_ARGV_MAX];
    ngx_pool_t                *pool;
    ngx_http_vol_ctx_t        *of;
    ngx_http_request_t        *r;
    ngx_http_vol_loc_conf_t   *vlcf;
    ngx_http_vol_arguments_t   arguments;

    of = &ask->gather->of;
    r = ask->gather->request;
    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    /* what the call is given is copied, and there may be thousands */

    pool = ngx_create_pool(NGX_HTTP_VOL_DISTRICTS_POOL, r->connection->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    of->pool = pool;
    of->identity.district = district->id;
    of->identity.prefix = district->prefix;

    rc = ngx_http_vol_own_args(r, of);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_arguments(of, argv, &arguments);
    }

    if (rc == NGX_OK) {
        ask->call = ngx_http_vol_script_call(vlcf->redis, &arguments,
                                             ngx_http_vol_districts_handler,
                                             ask);
    }

    of->pool = r->pool;
    ngx_destroy_pool(pool);

    return rc;
}


static void
ngx_http_vol_districts_handler(void *data, ngx_http_vol_call_outcome_e outcome,
    redisReply *reply)
{
    ngx_http_vol_ask_t  *ask = data;

    ngx_int_t               rc;
    ngx_connection_t       *c;
    ngx_http_request_t     *r;
    ngx_http_vol_gather_t  *gather;

    gather = ask->gather;
    r = gather->request;
    c = r->connection;

    if (!ngx_http_vol_resume(r, &ask->call, gather->ctx, &ngx_http_vol_module))
    {
        return;
    }

    gather->under_way--;

    ngx_http_vol_districts_told(ask, outcome, reply);

    rc = ngx_http_vol_districts_ask(ask);

    if (rc != NGX_ERROR && gather->under_way) {
        return;
    }

    if (rc == NGX_OK) {
        rc = ngx_http_vol_districts_answer(gather);
    }

    ngx_http_vol_districts_leave(gather);

    ngx_http_finalize_request(r, ngx_http_vol_end(r, gather->ctx, rc));

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_vol_districts_told(ngx_http_vol_ask_t *ask,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_ctx_t  *of;

    of = &ask->gather->of;

    if (ngx_http_vol_outcome(of, outcome, reply) == NGX_OK
        && ngx_http_vol_districts_figures(ask->told, reply) == NGX_OK)
    {
        return;
    }

    if (of->problem == NULL) {
        ngx_log_error(NGX_LOG_ERR, ask->gather->request->connection->log, 0,
                      "script \"%V\" gave figures that are none",
                      &of->endpoint->script->name);

        (void) ngx_http_vol_refuse(of, "store-corrupt", NULL, NULL);
    }

    ask->told->problem = of->problem;
    of->problem = NULL;
}


/* so many points as nobody has would make of the sums what no integer holds */

static ngx_int_t
ngx_http_vol_districts_figures(ngx_http_vol_told_t *told, redisReply *reply)
{
    ngx_uint_t   i;
    redisReply  *figure;

    if (reply->elements != NGX_HTTP_VOL_DISTRICTS_HEAD + NGX_HTTP_VOL_FIGURES)
    {
        return NGX_DECLINED;
    }

    for (i = 0; i < NGX_HTTP_VOL_FIGURES; i++) {
        figure = reply->element[NGX_HTTP_VOL_DISTRICTS_HEAD + i];

        if (figure->type != REDIS_REPLY_INTEGER
            || figure->integer > NGX_HTTP_VOL_POINTS_MAX
            || figure->integer < -NGX_HTTP_VOL_POINTS_MAX)
        {
            return NGX_DECLINED;
        }

        told->figures[i] = figure->integer;
    }

    return NGX_OK;
}


/* whoever still answers answers nobody */

static void
ngx_http_vol_districts_leave(ngx_http_vol_gather_t *gather)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_VOL_DISTRICTS_CALLS; i++) {

        if (gather->asks[i].call) {
            ngx_http_vol_script_abandon(gather->asks[i].call);
            gather->asks[i].call = NULL;
        }
    }
}


static ngx_int_t
ngx_http_vol_districts_answer(ngx_http_vol_gather_t *gather)
{
    size_t                    n;
    ngx_int_t                 rc;
    ngx_str_t                 body;
    redisReply               *reply;
    ngx_http_vol_ctx_t       *ctx;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(gather->request, ngx_http_vol_module);
    ctx = gather->ctx;

    ctx->problem = ngx_http_vol_districts_silent(gather);
    if (ctx->problem) {
        return NGX_DECLINED;
    }

    /* as a script would reply: the list, the next, the total */

    n = gather->total ? NGX_HTTP_VOL_FIGURES + 3 : 1;

    reply = ngx_http_vol_districts_array(ctx->pool, 2 + n);
    if (reply == NULL) {
        return NGX_ERROR;
    }

    reply->element[0] = ngx_http_vol_districts_list(gather);
    if (reply->element[0] == NULL) {
        return NGX_ERROR;
    }

    if (gather->more) {
        ngx_http_vol_districts_string(reply->element[1],
                                  &gather->districts[gather->shown - 1].id);
    }

    if (gather->total
        && ngx_http_vol_districts_total(gather, &reply->element[2]) != NGX_OK)
    {
        return NGX_ERROR;
    }

    n = 0;

    if (ngx_http_vol_shape(ctx->pool, ctx->endpoint->reply, reply->element,
                           reply->elements, &n, vlcf->rules->utc_offset, &body)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_vol_send_document(gather->request, ctx, NGX_HTTP_OK, &body);

    return ngx_http_vol_sent(rc);
}


/* when none has told anything: why; one that is away may be back soon */

static ngx_http_vol_problem_t *
ngx_http_vol_districts_silent(ngx_http_vol_gather_t *gather)
{
    ngx_uint_t               i;
    ngx_http_vol_problem_t  *problem;

    problem = NULL;

    for (i = 0; i < gather->n; i++) {

        if (gather->told[i].problem == NULL) {
            return NULL;
        }

        if (problem == NULL
            || gather->told[i].problem->status > problem->status)
        {
            problem = gather->told[i].problem;
        }
    }

    return problem;
}


static redisReply *
ngx_http_vol_districts_list(ngx_http_vol_gather_t *gather)
{
    ngx_uint_t            i, k;
    redisReply           *list, *row;
    ngx_http_vol_told_t  *told;

    list = ngx_http_vol_districts_array(gather->ctx->pool, gather->shown);
    if (list == NULL) {
        return NULL;
    }

    for (i = 0; i < gather->shown; i++) {
        told = &gather->told[i];

        row = ngx_http_vol_districts_array(gather->ctx->pool,
                                           1 + NGX_HTTP_VOL_FIGURES + 1);
        if (row == NULL) {
            return NULL;
        }

        list->element[i] = row;

        ngx_http_vol_districts_string(row->element[0],
                                      &gather->districts[i].id);

        if (told->problem) {
            ngx_http_vol_districts_string(
                                     row->element[1 + NGX_HTTP_VOL_FIGURES],
                                     &told->problem->type);
            continue;
        }

        for (k = 0; k < NGX_HTTP_VOL_FIGURES; k++) {
            ngx_http_vol_districts_integer(row->element[1 + k],
                                           told->figures[k]);
        }
    }

    return list;
}


static ngx_int_t
ngx_http_vol_districts_total(ngx_http_vol_gather_t *gather, redisReply **value)
{
    int64_t     sum;
    ngx_str_t   missing;
    ngx_uint_t  i, k;

    if (ngx_http_vol_districts_missing(gather, &missing) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_vol_districts_integer(*value++, gather->n);

    for (k = 0; k < NGX_HTTP_VOL_FIGURES; k++) {
        sum = 0;

        for (i = 0; i < gather->n; i++) {
            sum += gather->told[i].problem ? 0 : gather->told[i].figures[k];
        }

        ngx_http_vol_districts_integer(*value++, sum);
    }

    ngx_http_vol_districts_integer(*value++, missing.len == 0);
    ngx_http_vol_districts_string(*value, &missing);

    return NGX_OK;
}


/* those that the total lacks, with commas between */

static ngx_int_t
ngx_http_vol_districts_missing(ngx_http_vol_gather_t *gather, ngx_str_t *ids)
{
    u_char      *p;
    size_t       len;
    ngx_uint_t   i;

    len = 1;

    for (i = 0; i < gather->n; i++) {
        len += gather->told[i].problem ? gather->districts[i].id.len + 1 : 0;
    }

    p = ngx_pnalloc(gather->ctx->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ids->data = p;

    for (i = 0; i < gather->n; i++) {

        if (gather->told[i].problem) {

            if (p > ids->data) {
                *p++ = ',';
            }

            p = ngx_cpymem(p, gather->districts[i].id.data,
                           gather->districts[i].id.len);
        }
    }

    ids->len = p - ids->data;

    return NGX_OK;
}


/* so many values, none of which is there */

static redisReply *
ngx_http_vol_districts_array(ngx_pool_t *pool, ngx_uint_t n)
{
    ngx_uint_t   i;
    redisReply  *array;

    array = ngx_pcalloc(pool, (1 + n) * sizeof(redisReply));
    if (array == NULL) {
        return NULL;
    }

    array->type = REDIS_REPLY_ARRAY;
    array->elements = n;

    array->element = ngx_palloc(pool, n * sizeof(redisReply *) + 1);
    if (array->element == NULL) {
        return NULL;
    }

    for (i = 0; i < n; i++) {
        array->element[i] = &array[1 + i];
        array->element[i]->type = REDIS_REPLY_NIL;
    }

    return array;
}


static void
ngx_http_vol_districts_integer(redisReply *value, int64_t n)
{
    value->type = REDIS_REPLY_INTEGER;
    value->integer = n;
}


static void
ngx_http_vol_districts_string(redisReply *value, ngx_str_t *text)
{
    value->type = REDIS_REPLY_STRING;
    value->str = (char *) text->data;
    value->len = text->len;
}
