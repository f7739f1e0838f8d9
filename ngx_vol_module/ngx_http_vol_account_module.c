
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include "ngx_http_vol_scripts.h"


/*
 * An account in a portal's own pages: variables to show it and tiers that open
 * a location.  The work is done in PRECONTENT, behind auth_request, whose
 * variables may tell the user.
 */


#define NGX_HTTP_VOL_ACCOUNT_RULES  4       /* the last arguments */


/* what get_account replies, in its order */

typedef enum {
    NGX_HTTP_VOL_ACCOUNT_ID = 0,
    NGX_HTTP_VOL_ACCOUNT_KIND,
    NGX_HTTP_VOL_ACCOUNT_BALANCE,
    NGX_HTTP_VOL_ACCOUNT_EARNED,
    NGX_HTTP_VOL_ACCOUNT_STARS,
    NGX_HTTP_VOL_ACCOUNT_NEXT_STARS,
    NGX_HTTP_VOL_ACCOUNT_NEXT_NEED,
    NGX_HTTP_VOL_ACCOUNT_MINUTES,
    NGX_HTTP_VOL_ACCOUNT_YEAR,
    NGX_HTTP_VOL_ACCOUNT_YEAR_EARNED,
    NGX_HTTP_VOL_ACCOUNT_OWED,
    NGX_HTTP_VOL_ACCOUNT_FROZEN,
    NGX_HTTP_VOL_ACCOUNT_N
} ngx_http_vol_account_e;


typedef struct {
    ngx_uint_t                 figure;      /* ngx_http_vol_account_e */
    ngx_int_t                  least;
} ngx_http_vol_require_t;


typedef struct {
    ngx_http_complex_value_t  *district;    /* NULL: off */
    ngx_http_complex_value_t  *user;
    ngx_flag_t                 required;
    ngx_array_t               *requires;    /* ngx_http_vol_require_t */
} ngx_http_vol_account_conf_t;


typedef struct {
    ngx_http_request_t        *request;
    ngx_http_vol_call_t       *call;
    ngx_str_t                  values[NGX_HTTP_VOL_ACCOUNT_N];

    unsigned                   anonymous:1;
    unsigned                   failed:1;
} ngx_http_vol_account_ctx_t;


static ngx_int_t ngx_http_vol_account_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_vol_account_read(ngx_http_request_t *r,
    ngx_http_vol_account_ctx_t *ctx);
static void ngx_http_vol_account_call_handler(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);
static ngx_int_t ngx_http_vol_account_keep(ngx_http_request_t *r,
    ngx_http_vol_account_ctx_t *ctx, redisReply *reply);
static ngx_int_t ngx_http_vol_account_decide(ngx_http_request_t *r,
    ngx_http_vol_account_ctx_t *ctx);
static ngx_int_t ngx_http_vol_account_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static char *ngx_http_vol_account(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_vol_require(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_vol_account_add_variables(ngx_conf_t *cf);
static void *ngx_http_vol_account_create_conf(ngx_conf_t *cf);
static char *ngx_http_vol_account_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_vol_account_init(ngx_conf_t *cf);


static ngx_command_t  ngx_http_vol_account_commands[] = {

    { ngx_string("vol_account"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_vol_account,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vol_account_required"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vol_account_conf_t, required),
      NULL },

    { ngx_string("vol_require"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_http_vol_require,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_vol_account_module_ctx = {
    ngx_http_vol_account_add_variables,    /* preconfiguration */
    ngx_http_vol_account_init,             /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_vol_account_create_conf,      /* create location configuration */
    ngx_http_vol_account_merge_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_vol_account_module = {
    NGX_MODULE_V1,
    &ngx_http_vol_account_module_ctx,      /* module context */
    ngx_http_vol_account_commands,         /* module directives */
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


static ngx_http_variable_t  ngx_http_vol_account_vars[] = {

    { ngx_string("vol_kind"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_KIND, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vol_balance"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_BALANCE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vol_earned"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_EARNED, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vol_stars"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_STARS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vol_next_stars"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_NEXT_STARS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vol_next_need"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_NEXT_NEED, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vol_minutes"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_MINUTES, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vol_year"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_YEAR, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vol_year_earned"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_YEAR_EARNED, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vol_owed"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_OWED, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("vol_frozen"), NULL, ngx_http_vol_account_variable,
      NGX_HTTP_VOL_ACCOUNT_FROZEN, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static struct {
    ngx_str_t   name;
    ngx_uint_t  figure;
} ngx_http_vol_require_figures[] = {
    { ngx_string("stars"),   NGX_HTTP_VOL_ACCOUNT_STARS },
    { ngx_string("earned"),  NGX_HTTP_VOL_ACCOUNT_EARNED },
    { ngx_string("balance"), NGX_HTTP_VOL_ACCOUNT_BALANCE },
    { ngx_null_string, 0 }
};


static ngx_int_t
ngx_http_vol_account_handler(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_http_vol_account_ctx_t   *ctx;
    ngx_http_vol_account_conf_t  *acf;

    acf = ngx_http_get_module_loc_conf(r, ngx_http_vol_account_module);

    if (acf->district == NULL) {
        return NGX_DECLINED;
    }

    if (acf->district == NGX_CONF_UNSET_PTR) {
        return acf->requires ? NGX_HTTP_FORBIDDEN : NGX_DECLINED;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_vol_account_module);

    if (ctx) {
        return ctx->call ? NGX_AGAIN : ngx_http_vol_account_decide(r, ctx);
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_vol_account_ctx_t));
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->request = r;
    ngx_http_set_ctx(r, ctx, ngx_http_vol_account_module);

    rc = ngx_http_vol_account_read(r, ctx);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return rc == NGX_AGAIN ? NGX_AGAIN : ngx_http_vol_account_decide(r, ctx);
}


/* NGX_AGAIN when the account is on its way, NGX_OK when there is none to get */

static ngx_int_t
ngx_http_vol_account_read(ngx_http_request_t *r,
    ngx_http_vol_account_ctx_t *ctx)
{
    u_char                       *p;
    ngx_str_t                     district, user, prefix, argv[8], *arg;
    ngx_http_vol_arguments_t      arguments;
    ngx_int_t                     rc;
    ngx_http_vol_loc_conf_t      *vlcf;
    ngx_http_vol_account_conf_t  *acf;

    acf = ngx_http_get_module_loc_conf(r, ngx_http_vol_account_module);
    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    if (ngx_http_complex_value(r, acf->district, &district) != NGX_OK
        || ngx_http_complex_value(r, acf->user, &user) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ngx_http_vol_is_id(&district) || !ngx_http_vol_is_id(&user)) {
        ctx->anonymous = 1;
        return NGX_OK;
    }

    if (ngx_http_vol_prefix(r->pool, &district, &prefix) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(r->pool, prefix.len + sizeof("v:") - 1 + user.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    arg = argv;
    arg->data = p;
    arg->len = ngx_sprintf(p, "%Vv:%V", &prefix, &user) - p;
    arg++;

    *arg++ = user;
    ngx_str_set(arg, "");               /* role */
    arg++;
    ngx_str_set(arg, "");               /* scope */
    arg++;
    *arg++ = vlcf->rules->values[NGX_HTTP_VOL_RULE_UTC_OFFSET];
    *arg++ = vlcf->rules->values[NGX_HTTP_VOL_RULE_POINTS_PER_HOUR];
    *arg++ = vlcf->rules->values[NGX_HTTP_VOL_RULE_STARS];
    *arg++ = vlcf->rules->values[NGX_HTTP_VOL_RULE_OBLIGATIONS];

    ngx_memzero(&arguments, sizeof(ngx_http_vol_arguments_t));

    arguments.script = &ngx_http_vol_lua_get_account;
    arguments.prefix = &prefix;
    arguments.argv = argv;
    arguments.nkeys = 1;
    arguments.nargs = arg - argv - 1;
    arguments.nshared = NGX_HTTP_VOL_ACCOUNT_RULES;
    arguments.batch = 1;

    ctx->call = ngx_http_vol_script_call(vlcf->redis, &arguments,
                                         ngx_http_vol_account_call_handler,
                                         ctx);
    rc = ngx_http_vol_wait(r, &ctx->call);

    if (rc == NGX_DECLINED) {
        ctx->failed = 1;
        return NGX_OK;
    }

    return rc;
}


static void
ngx_http_vol_account_call_handler(void *data,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_account_ctx_t  *ctx = data;

    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = ctx->request;
    c = r->connection;

    if (!ngx_http_vol_resume(r, &ctx->call, ctx, &ngx_http_vol_account_module))
    {
        return;
    }

    if (outcome != NGX_HTTP_VOL_CALL_REPLIED
        || ngx_http_vol_account_keep(r, ctx, reply) != NGX_OK)
    {
        ctx->failed = 1;
    }

    if (r == r->main) {
        r->read_event_handler = ngx_http_block_reading;
    }

    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_http_vol_account_keep(ngx_http_request_t *r,
    ngx_http_vol_account_ctx_t *ctx, redisReply *reply)
{
    ngx_str_t    *value;
    ngx_uint_t    i;
    redisReply  **element;

    /* anything but a success is not-found */

    if (reply->element[0]->type != REDIS_REPLY_INTEGER) {
        return NGX_OK;
    }

    /* the status and the replayed flag come first */

    if (reply->elements < 2 + NGX_HTTP_VOL_ACCOUNT_N) {
        return NGX_ERROR;
    }

    element = reply->element + 2;
    value = ctx->values;

    for (i = 0; i < NGX_HTTP_VOL_ACCOUNT_N; i++) {

        if (element[i]->type == REDIS_REPLY_INTEGER) {
            value[i].data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
            if (value[i].data == NULL) {
                return NGX_ERROR;
            }

            value[i].len = ngx_sprintf(value[i].data, "%L",
                                       (int64_t) element[i]->integer)
                           - value[i].data;

        } else if (element[i]->type == REDIS_REPLY_STRING) {
            value[i].len = element[i]->len;
            value[i].data = ngx_pnalloc(r->pool, value[i].len + 1);
            if (value[i].data == NULL) {
                return NGX_ERROR;
            }

            ngx_memcpy(value[i].data, element[i]->str, value[i].len);
        }
    }

    return NGX_OK;
}


/* NGX_DECLINED lets the request pass */

static ngx_int_t
ngx_http_vol_account_decide(ngx_http_request_t *r,
    ngx_http_vol_account_ctx_t *ctx)
{
    ngx_str_t                    *value;
    ngx_int_t                     figure;
    ngx_uint_t                    i, minus;
    ngx_http_vol_require_t       *require;
    ngx_http_vol_account_conf_t  *acf;

    acf = ngx_http_get_module_loc_conf(r, ngx_http_vol_account_module);

    if (ctx->failed && (acf->required || acf->requires)) {

        if (ngx_http_vol_retry_after(r, NGX_HTTP_SERVICE_UNAVAILABLE)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (acf->requires == NULL) {
        return NGX_DECLINED;
    }

    if (ctx->anonymous) {
        return NGX_HTTP_UNAUTHORIZED;
    }

    require = acf->requires->elts;

    for (i = 0; i < acf->requires->nelts; i++) {
        value = &ctx->values[require[i].figure];

        if (value->len == 0) {
            return NGX_HTTP_FORBIDDEN;
        }

        minus = (value->data[0] == '-');
        figure = ngx_atoi(value->data + minus, value->len - minus);

        if ((minus ? -figure : figure) < require[i].least) {
            return NGX_HTTP_FORBIDDEN;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_vol_account_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                   *value;
    ngx_http_vol_account_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_vol_account_module);

    if (ctx == NULL || ctx->values[data].data == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    value = &ctx->values[data];

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = value->len;
    v->data = value->data;

    return NGX_OK;
}


static char *
ngx_http_vol_account(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vol_account_conf_t *acf = conf;

    ngx_str_t  *value;

    if (acf->district != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2) {

        if (ngx_strcmp(value[1].data, "off") != 0) {
            return "takes a district and a user, or \"off\"";
        }

        acf->district = NULL;
        return NGX_CONF_OK;
    }

    if (ngx_http_vol_district(cf, &value[1], &acf->district) != NGX_OK
        || ngx_http_vol_complex(cf, &value[2], &acf->user) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_vol_require(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vol_account_conf_t *acf = conf;

    ngx_int_t                least;
    ngx_str_t               *value;
    ngx_uint_t               i;
    ngx_http_vol_require_t  *require;

    value = cf->args->elts;

    for (i = 0; ngx_http_vol_require_figures[i].name.len; i++) {
        if (value[1].len == ngx_http_vol_require_figures[i].name.len
            && ngx_strcmp(value[1].data,
                          ngx_http_vol_require_figures[i].name.data)
               == 0)
        {
            break;
        }
    }

    least = ngx_atoi(value[2].data, value[2].len);

    if (ngx_http_vol_require_figures[i].name.len == 0 || least == NGX_ERROR) {
        return "takes \"stars\", \"earned\" or \"balance\" and the least "
               "that opens the location";
    }

    if (ngx_http_vol_require_figures[i].figure == NGX_HTTP_VOL_ACCOUNT_STARS
        && least > NGX_HTTP_VOL_STARS_MAX)
    {
        return "asks for more than five stars";
    }

    if (acf->requires == NGX_CONF_UNSET_PTR) {
        acf->requires = ngx_array_create(cf->pool, 1,
                                         sizeof(ngx_http_vol_require_t));
        if (acf->requires == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    require = ngx_array_push(acf->requires);
    if (require == NULL) {
        return NGX_CONF_ERROR;
    }

    require->figure = ngx_http_vol_require_figures[i].figure;
    require->least = least;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_vol_account_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_vol_account_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static void *
ngx_http_vol_account_create_conf(ngx_conf_t *cf)
{
    ngx_http_vol_account_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_vol_account_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->user = NULL;
     */

    conf->district = NGX_CONF_UNSET_PTR;
    conf->required = NGX_CONF_UNSET;
    conf->requires = NGX_CONF_UNSET_PTR;

    return conf;
}


static char *
ngx_http_vol_account_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_vol_account_conf_t *prev = parent;
    ngx_http_vol_account_conf_t *conf = child;

    ngx_http_vol_loc_conf_t  *vlcf;

    if (conf->district == NGX_CONF_UNSET_PTR) {
        conf->district = prev->district;
        conf->user = prev->user;
    }

    if (conf->requires != NGX_CONF_UNSET_PTR
        && (conf->district == NGX_CONF_UNSET_PTR || conf->district == NULL))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"vol_require\" needs \"vol_account\"");
        return NGX_CONF_ERROR;
    }

    ngx_conf_merge_value(conf->required, prev->required, 0);
    ngx_conf_merge_ptr_value(conf->requires, prev->requires, NULL);

    if (conf->district == NGX_CONF_UNSET_PTR || conf->district == NULL) {
        return NGX_CONF_OK;
    }

    vlcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_vol_module);

    return ngx_http_vol_use_redis(cf, vlcf, "vol_account") == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_vol_account_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_vol_account_handler;

    return NGX_OK;
}
