
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_duty.h"
#include <openssl/rand.h>


#define NGX_HTTP_VOL_DUTY_PAGE        16384     /* bytes */
#define NGX_HTTP_VOL_DUTY_LEASE_MIN   1000      /* msec */
#define NGX_HTTP_VOL_DUTY_ROUNDS      3         /* that a lease outlasts */
#define NGX_HTTP_VOL_DUTY_REST_MAX    3600000   /* msec */

#define NGX_HTTP_VOL_DUTY_LEASED      409


/* a Redis, however many connections the locations have to it */

struct ngx_http_vol_duty_node_s {
    ngx_http_vol_duty_worker_t  *worker;
    ngx_http_vol_redis_t        *redis;
    ngx_rbtree_t                 tree;          /* of the districts */
    ngx_rbtree_node_t            sentinel;
    ngx_queue_t                  ready;
    ngx_http_vol_call_t         *call;          /* the one under way */
    ngx_http_vol_duty_run_t      run;
};


struct ngx_http_vol_duty_worker_s {
    ngx_http_vol_duty_node_t    *nodes;
    ngx_uint_t                   nnodes;
    ngx_uint_t                   ndistricts;
    u_char                       token[NGX_HTTP_VOL_TOKEN_MAX];
    size_t                       token_len;
    unsigned                     full:1;        /* and that was logged */
};


static ngx_int_t ngx_http_vol_duty_token(ngx_http_vol_duty_worker_t *worker);
static ngx_http_vol_duty_node_t *ngx_http_vol_duty_node(
    ngx_http_vol_duty_worker_t *worker, ngx_http_vol_redis_t *redis);
static ngx_uint_t ngx_http_vol_duty_same(ngx_http_vol_redis_t *one,
    ngx_http_vol_redis_t *two);
static ngx_http_vol_duty_district_t *ngx_http_vol_duty_district(
    ngx_http_vol_duty_worker_t *worker, ngx_http_vol_loc_conf_t *conf,
    ngx_str_t *name);
static ngx_http_vol_duty_district_t *ngx_http_vol_duty_add(
    ngx_http_vol_duty_node_t *node, ngx_http_vol_loc_conf_t *conf,
    ngx_str_t *name, uint32_t hash);
static void ngx_http_vol_duty_timer_handler(ngx_event_t *ev);
static void ngx_http_vol_duty_next(ngx_http_vol_duty_node_t *node);
static ngx_int_t ngx_http_vol_duty_take(ngx_http_vol_duty_node_t *node);
static void ngx_http_vol_duty_end(ngx_http_vol_duty_run_t *run, ngx_int_t rc);
static void ngx_http_vol_duty_rest(ngx_http_vol_duty_district_t *district);
static void ngx_http_vol_duty_handler(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);
static ngx_int_t ngx_http_vol_duty_reply(ngx_http_vol_duty_run_t *run,
    redisReply *reply);
static void ngx_http_vol_duty_clear(ngx_http_vol_duty_run_t *run);


static ngx_http_vol_duty_t  *ngx_http_vol_duties[] = {
    &ngx_http_vol_duty_sweep,
    &ngx_http_vol_duty_seal,
    &ngx_http_vol_duty_audit
};


ngx_int_t
ngx_http_vol_duty_init(ngx_cycle_t *cycle, ngx_http_vol_main_conf_t *vmcf)
{
    ngx_str_t                     name;
    ngx_uint_t                    i;
    ngx_http_vol_loc_conf_t     **conf;
    ngx_http_vol_duty_worker_t   *worker;

    if (vmcf->served.nelts == 0) {
        return NGX_OK;
    }

    worker = ngx_pcalloc(cycle->pool, sizeof(ngx_http_vol_duty_worker_t));
    if (worker == NULL) {
        return NGX_ERROR;
    }

    worker->nodes = ngx_pcalloc(cycle->pool,
                                vmcf->redises.nelts
                                * sizeof(ngx_http_vol_duty_node_t));
    if (worker->nodes == NULL || ngx_http_vol_duty_token(worker) != NGX_OK) {
        return NGX_ERROR;
    }

    vmcf->worker = worker;
    conf = vmcf->served.elts;

    for (i = 0; i < vmcf->served.nelts; i++) {

        /* a district with variables is known when a request names it */

        if (conf[i]->district->lengths) {
            continue;
        }

        name = conf[i]->district->value;
        (void) ngx_http_vol_duty_district(worker, conf[i], &name);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_duty_token(ngx_http_vol_duty_worker_t *worker)
{
    uint64_t  random;

    if (RAND_bytes((u_char *) &random, sizeof(random)) != 1) {
        return NGX_ERROR;
    }

    worker->token_len = ngx_sprintf(worker->token, "%P-%016xL", ngx_pid,
                                    random)
                        - worker->token;
    return NGX_OK;
}


/* a call under way is finished by nobody, timers end with the worker */

void
ngx_http_vol_duty_exit(ngx_http_vol_main_conf_t *vmcf)
{
    ngx_uint_t                 i;
    ngx_http_vol_duty_node_t  *node;

    if (vmcf->worker == NULL) {
        return;
    }

    node = vmcf->worker->nodes;

    for (i = 0; i < vmcf->worker->nnodes; i++) {

        if (node[i].call) {
            ngx_http_vol_script_abandon(node[i].call);
            node[i].call = NULL;
        }

        ngx_http_vol_duty_clear(&node[i].run);

        if (node[i].run.page) {
            ngx_destroy_pool(node[i].run.page);
            node[i].run.page = NULL;
        }
    }
}


void
ngx_http_vol_duty_serve(ngx_http_request_t *r,
    ngx_http_vol_identity_t *identity)
{
    ngx_http_vol_loc_conf_t   *vlcf;
    ngx_http_vol_main_conf_t  *vmcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);
    vmcf = ngx_http_get_module_main_conf(r, ngx_http_vol_module);

    if (vlcf->duties && vlcf->district->lengths && vmcf->worker) {
        (void) ngx_http_vol_duty_district(vmcf->worker, vlcf,
                                          &identity->district);
    }
}


void
ngx_http_vol_duty_kick(ngx_http_request_t *r)
{
    ngx_http_vol_ctx_t            *ctx;
    ngx_http_vol_loc_conf_t       *vlcf;
    ngx_http_vol_main_conf_t      *vmcf;
    ngx_http_vol_duty_district_t  *district;

    ctx = ngx_http_get_module_ctx(r, ngx_http_vol_module);
    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);
    vmcf = ngx_http_get_module_main_conf(r, ngx_http_vol_module);

    if (!vlcf->duties || vmcf->worker == NULL) {
        return;
    }

    district = ngx_http_vol_duty_district(vmcf->worker, vlcf,
                                          &ctx->identity.district);
    if (district == NULL || district->ready) {
        return;
    }

    if (district->node->run.district == district) {
        district->again = 1;
        return;
    }

    if (district->timer.timer_set) {
        ngx_del_timer(&district->timer);
    }

    ngx_http_vol_duty_timer_handler(&district->timer);
}


static ngx_http_vol_duty_node_t *
ngx_http_vol_duty_node(ngx_http_vol_duty_worker_t *worker,
    ngx_http_vol_redis_t *redis)
{
    ngx_uint_t                 i;
    ngx_http_vol_duty_node_t  *node;

    node = worker->nodes;

    for (i = 0; i < worker->nnodes; i++) {
        if (ngx_http_vol_duty_same(node[i].redis, redis)) {
            return &node[i];
        }
    }

    node = &node[worker->nnodes];

    node->run.page = ngx_create_pool(NGX_HTTP_VOL_DUTY_PAGE, ngx_cycle->log);
    if (node->run.page == NULL) {
        return NULL;
    }

    node->worker = worker;
    node->redis = redis;
    node->run.node = node;
    ngx_queue_init(&node->ready);
    ngx_rbtree_init(&node->tree, &node->sentinel, ngx_str_rbtree_insert_value);

    worker->nnodes++;

    return node;
}


/* two connections that differ by their timeouts lead to the same districts */

static ngx_uint_t
ngx_http_vol_duty_same(ngx_http_vol_redis_t *one, ngx_http_vol_redis_t *two)
{
    ngx_http_vol_redis_conf_t  *a, *b;

    a = &one->conf;
    b = &two->conf;

    return one == two
           || (a->kind == b->kind
               && a->db == b->db
               && a->name.len == b->name.len
               && ngx_strncmp(a->name.data, b->name.data, a->name.len) == 0
               && a->master.len == b->master.len
               && (a->master.len == 0
                   || ngx_strncmp(a->master.data, b->master.data,
                                  a->master.len)
                      == 0));
}


static ngx_http_vol_duty_district_t *
ngx_http_vol_duty_district(ngx_http_vol_duty_worker_t *worker,
    ngx_http_vol_loc_conf_t *conf, ngx_str_t *name)
{
    uint32_t                   hash;
    ngx_str_node_t            *sn;
    ngx_http_vol_duty_node_t  *node;

    node = ngx_http_vol_duty_node(worker, conf->redis);
    if (node == NULL) {
        return NULL;
    }

    hash = ngx_crc32_short(name->data, name->len);

    sn = ngx_str_rbtree_lookup(&node->tree, name, hash);
    if (sn) {
        return (ngx_http_vol_duty_district_t *)
                   ((u_char *) sn
                    - offsetof(ngx_http_vol_duty_district_t, sn));
    }

    if (worker->ndistricts < NGX_HTTP_VOL_DISTRICTS_MAX) {
        return ngx_http_vol_duty_add(node, conf, name, hash);
    }

    if (!worker->full) {
        worker->full = 1;
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "more than %d districts: the duties of \"%V\" and "
                      "others are not done by this worker",
                      NGX_HTTP_VOL_DISTRICTS_MAX, name);
    }

    return NULL;
}


/* what is known of a district lives as long as the worker */

static ngx_http_vol_duty_district_t *
ngx_http_vol_duty_add(ngx_http_vol_duty_node_t *node,
    ngx_http_vol_loc_conf_t *conf, ngx_str_t *name, uint32_t hash)
{
    ngx_pool_t                    *pool;
    ngx_http_vol_duty_district_t  *district;

    pool = ngx_cycle->pool;

    district = ngx_pcalloc(pool, sizeof(ngx_http_vol_duty_district_t));
    if (district == NULL
        || ngx_http_vol_prefix(pool, name, &district->prefix) != NGX_OK)
    {
        return NULL;
    }

    /* the name stands in the prefix, "vol:{tianyuan}:" */

    district->sn.str.data = district->prefix.data + sizeof("vol:{") - 1;
    district->sn.str.len = name->len;
    district->sn.node.key = hash;
    district->node = node;
    district->conf = conf;

    district->timer.handler = ngx_http_vol_duty_timer_handler;
    district->timer.data = district;
    district->timer.log = ngx_cycle->log;
    district->timer.cancelable = 1;

    ngx_rbtree_insert(&node->tree, &district->sn.node);
    node->worker->ndistricts++;

    /* workers that start together come apart */

    ngx_add_timer(&district->timer,
                  1 + (ngx_msec_t) ngx_random() % conf->duty_interval);

    return district;
}


static void
ngx_http_vol_duty_timer_handler(ngx_event_t *ev)
{
    ngx_http_vol_duty_district_t  *district = ev->data;

    ngx_http_vol_duty_node_t  *node;

    if (ngx_exiting) {
        return;
    }

    node = district->node;

    district->ready = 1;
    ngx_queue_insert_tail(&node->ready, &district->queue);

    if (node->run.district == NULL) {
        ngx_http_vol_duty_next(node);
    }
}


/* goes on until a call is under way or nothing is left to do */

static void
ngx_http_vol_duty_next(ngx_http_vol_duty_node_t *node)
{
    ngx_int_t                 rc;
    ngx_http_vol_duty_run_t  *run;

    run = &node->run;

    while (ngx_http_vol_duty_take(node) == NGX_OK) {

        rc = ngx_http_vol_duties[run->duty]->step(run, NULL);

        if (rc == NGX_AGAIN) {
            return;
        }

        ngx_http_vol_duty_end(run, rc);
    }
}


/* the next duty of the district, or the first of the next district */

static ngx_int_t
ngx_http_vol_duty_take(ngx_http_vol_duty_node_t *node)
{
    ngx_queue_t                   *q;
    ngx_http_vol_duty_run_t       *run;
    ngx_http_vol_duty_district_t  *district;

    run = &node->run;

    for ( ;; ) {
        district = run->district;

        if (district == NULL) {

            if (ngx_queue_empty(&node->ready)) {
                return NGX_DONE;
            }

            q = ngx_queue_head(&node->ready);
            ngx_queue_remove(q);

            district = ngx_queue_data(q, ngx_http_vol_duty_district_t, queue);
            district->ready = 0;

            run->district = district;
            run->duty = 0;
        }

        for ( /* void */ ; run->duty < NGX_HTTP_VOL_DUTIES; run->duty++) {

            if (district->failures[run->duty] == 0
                || (ngx_msec_int_t) (district->after[run->duty]
                                     - ngx_current_msec) <= 0)
            {
                return NGX_OK;
            }
        }

        run->district = NULL;
        ngx_http_vol_duty_rest(district);
    }
}


/*
 * A Redis that is away is met again the next time.  What failed though Redis
 * answers was logged, and would be each time: it is tried less and less often.
 */

static void
ngx_http_vol_duty_end(ngx_http_vol_duty_run_t *run, ngx_int_t rc)
{
    ngx_uint_t                     n;
    ngx_msec_t                     rest;
    ngx_http_vol_duty_district_t  *district;

    district = run->district;
    n = run->duty++;

    ngx_http_vol_duty_clear(run);

    if (rc == NGX_DONE) {
        district->failures[n] = 0;
        return;
    }

    if (rc == NGX_DECLINED) {
        return;
    }

    rest = district->conf->duty_interval
           << ngx_min(++district->failures[n], 16);

    district->after[n] = ngx_current_msec
                         + ngx_min(rest, NGX_HTTP_VOL_DUTY_REST_MAX);
}


static void
ngx_http_vol_duty_rest(ngx_http_vol_duty_district_t *district)
{
    ngx_msec_t  interval;

    if (district->again) {
        district->again = 0;
        district->ready = 1;
        ngx_queue_insert_tail(&district->node->ready, &district->queue);
        return;
    }

    interval = district->conf->duty_interval;

    ngx_add_timer(&district->timer,
                  interval + (ngx_msec_t) ngx_random() % (interval / 10 + 1));
}


void *
ngx_http_vol_duty_state(ngx_http_vol_duty_run_t *run, size_t size)
{
    run->pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, ngx_cycle->log);
    if (run->pool == NULL) {
        return NULL;
    }

    run->state = ngx_pcalloc(run->pool, size);

    return run->state;
}


static void
ngx_http_vol_duty_clear(ngx_http_vol_duty_run_t *run)
{
    if (run->pool) {
        ngx_destroy_pool(run->pool);
        run->pool = NULL;
    }

    run->state = NULL;
}


ngx_int_t
ngx_http_vol_duty_call(ngx_http_vol_duty_run_t *run,
    ngx_http_vol_script_t *script, char **keys, ngx_uint_t nargs,
    ngx_str_t *args)
{
    u_char                        *p, *last, *name;
    u_char                         buf[1024], ms[NGX_INT64_LEN];
    ngx_str_t                      argv[NGX_HTTP_VOL_DUTY_KEYS_MAX + 3
                                        + NGX_HTTP_VOL_DUTY_ARGS_MAX];
    ngx_str_t                     *arg;
    ngx_uint_t                     nkeys;
    ngx_http_vol_arguments_t       arguments;
    ngx_http_vol_duty_district_t  *district;

    district = run->district;
    arg = argv;
    p = buf;
    last = buf + sizeof(buf);

    name = ngx_http_vol_duties[run->duty]->lease.data;

    for (nkeys = 0; name && nkeys < NGX_HTTP_VOL_DUTY_KEYS_MAX; nkeys++) {
        arg->data = p;
        p = ngx_slprintf(p, last, "%V%s", &district->prefix, name);
        arg->len = p - arg->data;
        arg++;

        name = (u_char *) keys[nkeys];
    }

    *arg++ = district->prefix;

    arg->data = run->node->worker->token;
    arg->len = run->node->worker->token_len;
    arg++;

    arg->data = ms;
    arg->len = ngx_sprintf(ms, "%M",
                           ngx_max(NGX_HTTP_VOL_DUTY_ROUNDS
                                   * district->conf->duty_interval,
                                   NGX_HTTP_VOL_DUTY_LEASE_MIN))
               - ms;
    arg++;

    ngx_memcpy(arg, args, nargs * sizeof(ngx_str_t));
    arg += nargs;

    ngx_memzero(&arguments, sizeof(ngx_http_vol_arguments_t));

    arguments.script = script;
    arguments.prefix = &district->prefix;
    arguments.argv = argv;
    arguments.nkeys = nkeys;
    arguments.nargs = arg - argv - nkeys;
    arguments.write = 1;

    run->node->call = ngx_http_vol_script_call(run->node->redis, &arguments,
                                               ngx_http_vol_duty_handler,
                                               run->node);

    return run->node->call ? NGX_AGAIN : NGX_DECLINED;
}


static void
ngx_http_vol_duty_handler(void *data, ngx_http_vol_call_outcome_e outcome,
    redisReply *reply)
{
    ngx_http_vol_duty_node_t  *node = data;

    ngx_int_t                 rc;
    ngx_http_vol_duty_run_t  *run;

    node->call = NULL;
    run = &node->run;

    /* a worker that shuts down leaves the rest to the others */

    if (ngx_exiting) {
        ngx_http_vol_duty_clear(run);
        return;
    }

    if (outcome == NGX_HTTP_VOL_CALL_REPLIED) {
        ngx_reset_pool(run->page);
        rc = ngx_http_vol_duty_reply(run, reply);

    } else if (ngx_http_vol_node_is_ready(
                   ngx_http_vol_redis_node(node->redis,
                                           &run->district->prefix)))
    {
        rc = NGX_ERROR;

    } else {
        rc = NGX_DECLINED;
    }

    if (rc == NGX_AGAIN) {
        return;
    }

    ngx_http_vol_duty_end(run, rc);
    ngx_http_vol_duty_next(node);
}


static ngx_int_t
ngx_http_vol_duty_reply(ngx_http_vol_duty_run_t *run, redisReply *reply)
{
    ngx_http_vol_duty_t  *duty;

    duty = ngx_http_vol_duties[run->duty];

    if (ngx_http_vol_duty_number(reply, 0) == NGX_HTTP_VOL_DUTY_LEASED) {
        return NGX_DONE;
    }

    if (ngx_http_vol_duty_number(reply, 0) != NGX_HTTP_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "the duty \"%V\" of district \"%V\" was refused",
                      &duty->name, &run->district->sn.str);
        return NGX_ERROR;
    }

    return duty->step(run, reply);
}


int64_t
ngx_http_vol_duty_number(redisReply *reply, size_t place)
{
    if (place >= reply->elements
        || reply->element[place]->type != REDIS_REPLY_INTEGER)
    {
        return 0;
    }

    return reply->element[place]->integer;
}
