
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


/*
 * Hands a target to libFuzzer when nginx has read the http block of its
 * configuration: the module is called with the pools, the strings and the log
 * of a real nginx.  VOL_FUZZ_TARGET names the target, VOL_FUZZ_ARGS holds what
 * libFuzzer is told, with spaces between.
 */


#include "ngx_http_vol_fuzz.h"


#define NGX_HTTP_VOL_FUZZ_ARGS   32
#define NGX_HTTP_VOL_FUZZ_POOLS  4


typedef struct {
    const char            *name;
    ngx_http_vol_fuzz_pt   run;
} ngx_http_vol_fuzz_target_t;


int LLVMFuzzerRunDriver(int *argc, char ***argv,
    int (*callback)(const uint8_t *data, size_t size));

static ngx_int_t ngx_http_vol_fuzz_run(ngx_conf_t *cf);
static ngx_int_t ngx_http_vol_fuzz_location(ngx_conf_t *cf);
static int ngx_http_vol_fuzz_one(const uint8_t *data, size_t size);
static void ngx_http_vol_fuzz_write_log(ngx_log_t *log, ngx_uint_t level,
    u_char *buf, size_t len);


ngx_conf_t  *ngx_http_vol_fuzz_cf;
size_t       ngx_http_vol_fuzz_logged;


static ngx_http_vol_fuzz_target_t  ngx_http_vol_fuzz_targets[] = {
    { "route", ngx_http_vol_fuzz_route },
    { "body",  ngx_http_vol_fuzz_body },
    { "lines", ngx_http_vol_fuzz_lines },
    { "rules", ngx_http_vol_fuzz_rules },
    { "reply", ngx_http_vol_fuzz_reply },
    { "nodes", ngx_http_vol_fuzz_nodes },
    { "shape", ngx_http_vol_fuzz_shape },
    { "csv",   ngx_http_vol_fuzz_csv },
    { "text",  ngx_http_vol_fuzz_text },
    { NULL, NULL }
};


static ngx_http_vol_fuzz_pt       ngx_http_vol_fuzz_target;
static ngx_log_t                  ngx_http_vol_fuzz_log;
static void                     **ngx_http_vol_fuzz_loc_conf;
static ngx_uint_t                 ngx_http_vol_fuzz_npools;
static ngx_pool_t                *ngx_http_vol_fuzz_pools[
                                      NGX_HTTP_VOL_FUZZ_POOLS];


static ngx_http_module_t  ngx_http_vol_fuzz_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_vol_fuzz_run,                 /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_vol_fuzz_module = {
    NGX_MODULE_V1,
    &ngx_http_vol_fuzz_module_ctx,         /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_vol_fuzz_run(ngx_conf_t *cf)
{
    int                          argc;
    char                        *p, *name, **argv;
    ngx_conf_t                   conf;
    ngx_http_vol_fuzz_target_t  *target;

    static char  *args[NGX_HTTP_VOL_FUZZ_ARGS + 1] = { "fuzz" };

    name = getenv("VOL_FUZZ_TARGET");

    for (target = ngx_http_vol_fuzz_targets; target->name; target++) {
        if (name && ngx_strcmp(target->name, name) == 0) {
            ngx_http_vol_fuzz_target = target->run;
        }
    }

    if (ngx_http_vol_fuzz_target == NULL
        || ngx_http_vol_fuzz_location(cf) != NGX_OK
        || ngx_http_vol_import_init(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    argc = 1;

    for (p = strtok(getenv("VOL_FUZZ_ARGS"), " ");
         p && argc < NGX_HTTP_VOL_FUZZ_ARGS;
         p = strtok(NULL, " "))
    {
        args[argc++] = p;
    }

    argv = args;

    ngx_http_vol_fuzz_log = *cf->log;
    ngx_http_vol_fuzz_log.writer = ngx_http_vol_fuzz_write_log;
    ngx_http_vol_fuzz_log.next = NULL;

    conf = *cf;
    conf.log = &ngx_http_vol_fuzz_log;
    ngx_http_vol_fuzz_cf = &conf;

    /* an nginx that starts repeats its [emerg] lines to the terminal */

    ngx_use_stderr = 0;

    exit(LLVMFuzzerRunDriver(&argc, &argv, ngx_http_vol_fuzz_one));
}


/* its rulebook is that of VOL_FUZZ_RULES */

static ngx_int_t
ngx_http_vol_fuzz_location(ngx_conf_t *cf)
{
    ngx_str_t                 file;
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_vol_loc_conf_t));
    ngx_http_vol_fuzz_loc_conf = ngx_pcalloc(cf->pool, ngx_http_max_module
                                                       * sizeof(void *));

    if (vlcf == NULL || ngx_http_vol_fuzz_loc_conf == NULL) {
        return NGX_ERROR;
    }

    file.data = (u_char *) getenv("VOL_FUZZ_RULES");
    file.len = ngx_strlen(file.data);

    vlcf->rules = ngx_http_vol_rules_load(cf, &file);
    if (vlcf->rules == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&vlcf->base, "/");
    ngx_str_set(&vlcf->window, "86400");

    ngx_http_vol_fuzz_loc_conf[ngx_http_vol_module.ctx_index] = vlcf;

    return NGX_OK;
}


static int
ngx_http_vol_fuzz_one(const uint8_t *data, size_t size)
{
    u_char  *copy;

    ngx_http_vol_fuzz_logged = 0;

    copy = malloc(size);
    must(copy || size == 0);

    ngx_memcpy(copy, data, size);

    ngx_http_vol_fuzz_cf->pool = ngx_http_vol_fuzz_pool();
    ngx_http_vol_fuzz_cf->temp_pool = ngx_http_vol_fuzz_pool();

    ngx_http_vol_fuzz_target(copy, size);

    while (ngx_http_vol_fuzz_npools) {
        ngx_destroy_pool(ngx_http_vol_fuzz_pools[--ngx_http_vol_fuzz_npools]);
    }

    free(copy);

    return 0;
}


ngx_pool_t *
ngx_http_vol_fuzz_pool(void)
{
    ngx_pool_t  *pool;

    must(ngx_http_vol_fuzz_npools < NGX_HTTP_VOL_FUZZ_POOLS);

    pool = ngx_create_pool(NGX_MIN_POOL_SIZE, &ngx_http_vol_fuzz_log);
    must(pool);

    pool->max = 0;

    ngx_http_vol_fuzz_pools[ngx_http_vol_fuzz_npools++] = pool;

    return pool;
}


ngx_http_vol_ctx_t *
ngx_http_vol_fuzz_request(ngx_uint_t role)
{
    ngx_pool_t           *pool;
    ngx_connection_t     *c;
    ngx_http_request_t   *r;
    ngx_http_vol_ctx_t   *ctx;
    ngx_http_vol_role_t  *known;

    pool = ngx_http_vol_fuzz_cf->pool;

    r = ngx_pcalloc(pool, sizeof(ngx_http_request_t));
    c = ngx_pcalloc(pool, sizeof(ngx_connection_t));
    ctx = ngx_pcalloc(pool, sizeof(ngx_http_vol_ctx_t));
    must(r && c && ctx);

    c->log = &ngx_http_vol_fuzz_log;
    c->pool = pool;

    r->connection = c;
    r->pool = pool;
    r->main = r;
    r->loc_conf = ngx_http_vol_fuzz_loc_conf;

    must(ngx_list_init(&r->headers_out.headers, pool, 4,
                       sizeof(ngx_table_elt_t))
         == NGX_OK);

    ctx->request = r;
    ctx->pool = pool;

    known = ngx_http_vol_roles;

    for (role %= 5; role; role--) {
        known++;
    }

    must(known->bit);

    ctx->identity.role = known->name;
    ctx->identity.role_bit = known->bit;

    ngx_str_set(&ctx->identity.district, "d");
    ngx_str_set(&ctx->identity.prefix, "vol:{d}:");
    ngx_str_set(&ctx->identity.user, "1001");
    ngx_str_set(&ctx->identity.scope, "o-1");

    return ctx;
}


void
ngx_http_vol_fuzz_copy(ngx_str_t *to, u_char *data, size_t size)
{
    to->data = ngx_pnalloc(ngx_http_vol_fuzz_cf->pool, size);
    must(to->data);

    ngx_memcpy(to->data, data, size);
    to->len = size;
}


u_char
ngx_http_vol_fuzz_byte(u_char **data, size_t *size)
{
    if (*size == 0) {
        return 0;
    }

    (*size)--;

    return *(*data)++;
}


void
ngx_http_vol_fuzz_failed(const char *file, ngx_uint_t line,
    const char *condition)
{
    fprintf(stderr, "%s:%lu: must hold: %s\n", file, (unsigned long) line,
            condition);
    abort();
}


static void
ngx_http_vol_fuzz_write_log(ngx_log_t *log, ngx_uint_t level, u_char *buf,
    size_t len)
{
    ngx_http_vol_fuzz_logged += len;
}
