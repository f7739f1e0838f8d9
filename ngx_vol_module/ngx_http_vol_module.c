
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"
#include "ngx_http_vol_certificate.h"
#include "ngx_http_vol_districts.h"
#include "ngx_http_vol_duty.h"
#include "ngx_http_vol_read.h"
#include "ngx_http_vol_scripts.h"
#include "ngx_http_vol_seal.h"


#define NGX_HTTP_VOL_WINDOW_MIN     (24 * 60 * 60)              /* seconds */
#define NGX_HTTP_VOL_WINDOW_MAX     (3660 * 24 * 60 * 60)

#define NGX_HTTP_VOL_INTERVAL       10000                       /* msec */
#define NGX_HTTP_VOL_INTERVAL_MIN   50
#define NGX_HTTP_VOL_INTERVAL_MAX   3600000


static char *ngx_http_vol(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_vol_rules(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_vol_window(ngx_conf_t *cf, void *post, void *data);
static char *ngx_http_vol_interval(ngx_conf_t *cf, void *post, void *data);
static char *ngx_http_vol_seal(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_vol_seal_algorithm(ngx_conf_t *cf, ngx_str_t *name);
static void *ngx_http_vol_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_vol_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_vol_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_vol_check_conf(ngx_conf_t *cf,
    ngx_http_vol_loc_conf_t *conf);
static ngx_int_t ngx_http_vol_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_vol_init_process(ngx_cycle_t *cycle);
static void ngx_http_vol_exit_process(ngx_cycle_t *cycle);


static ngx_conf_post_t  ngx_http_vol_window_post = { ngx_http_vol_window };
static ngx_conf_post_t  ngx_http_vol_interval_post = { ngx_http_vol_interval };


static ngx_command_t  ngx_http_vol_commands[] = {

    { ngx_string("vol"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_vol,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vol_user"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vol_loc_conf_t, user),
      NULL },

    { ngx_string("vol_role"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vol_loc_conf_t, role),
      NULL },

    { ngx_string("vol_scope"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vol_loc_conf_t, scope),
      NULL },

    { ngx_string("vol_rules"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_vol_rules,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vol_idempotency_window"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_sec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vol_loc_conf_t, idempotency_window),
      &ngx_http_vol_window_post },

    { ngx_string("vol_duties"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vol_loc_conf_t, duties),
      NULL },

    { ngx_string("vol_duty_interval"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vol_loc_conf_t, duty_interval),
      &ngx_http_vol_interval_post },

    { ngx_string("vol_seal"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_vol_seal,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vol_certificate_key"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_vol_certificate_key,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vol_origins"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_vol_origins,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vol_districts"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_vol_districts_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vol_redis"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_vol_redis_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vol_durability"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_vol_durability_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("vol_connect_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vol_loc_conf_t, connect_timeout),
      NULL },

    { ngx_string("vol_send_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vol_loc_conf_t, send_timeout),
      NULL },

    { ngx_string("vol_read_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_vol_loc_conf_t, read_timeout),
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_vol_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_vol_init,                     /* postconfiguration */

    ngx_http_vol_create_main_conf,         /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_vol_create_loc_conf,          /* create location configuration */
    ngx_http_vol_merge_loc_conf            /* merge location configuration */
};


ngx_module_t  ngx_http_vol_module = {
    NGX_MODULE_V1,
    &ngx_http_vol_module_ctx,              /* module context */
    ngx_http_vol_commands,                 /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_vol_init_process,             /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_vol_exit_process,             /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static char *
ngx_http_vol(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vol_loc_conf_t *vlcf = conf;

    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *clcf;

    if (vlcf->district) {
        return "is duplicate";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->named || clcf->exact_match || clcf->name.len == 0
#if (NGX_PCRE)
        || clcf->regex
#endif
       )
    {
        return "must be in a location given by a prefix";
    }

    value = cf->args->elts;

    if (ngx_http_vol_district(cf, &value[1], &vlcf->district) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    vlcf->base = clcf->name;
    clcf->handler = ngx_http_vol_handler;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_vol_district(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_complex_value_t **cv)
{
    if (ngx_http_vol_complex(cf, value, cv) != NGX_OK) {
        return NGX_ERROR;
    }

    if ((*cv)->lengths == NULL && !ngx_http_vol_is_id(value)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "district \"%V\" is not an id: 1 to 64 of "
                           "A-Z a-z 0-9 . _ -", value);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_complex(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_complex_value_t **cv)
{
    ngx_http_compile_complex_value_t  ccv;

    *cv = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (*cv == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = *cv;

    return ngx_http_compile_complex_value(&ccv);
}


ssize_t
ngx_http_vol_read_secret(ngx_conf_t *cf, ngx_str_t *file, u_char *buf,
    size_t size)
{
    ssize_t    n;
    ngx_fd_t   fd;
    ngx_err_t  err;

    if (ngx_conf_full_name(cf->cycle, file, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    fd = ngx_open_file(file->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", file);
        return NGX_ERROR;
    }

    n = ngx_read_fd(fd, buf, size);
    err = ngx_errno;

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", file);
    }

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, err,
                           ngx_read_fd_n " \"%V\" failed", file);
        return NGX_ERROR;
    }

    return n;
}


static char *
ngx_http_vol_rules(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vol_loc_conf_t *vlcf = conf;

    ngx_str_t  *value;

    if (vlcf->rules) {
        return "is duplicate";
    }

    value = cf->args->elts;

    vlcf->rules = ngx_http_vol_rules_load(cf, &value[1]);

    return vlcf->rules ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_vol_window(ngx_conf_t *cf, void *post, void *data)
{
    time_t *window = data;

    if (*window < NGX_HTTP_VOL_WINDOW_MIN || *window > NGX_HTTP_VOL_WINDOW_MAX)
    {
        return "must be from 24 hours to 3660 days";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_vol_interval(ngx_conf_t *cf, void *post, void *data)
{
    ngx_msec_t *interval = data;

    if (*interval < NGX_HTTP_VOL_INTERVAL_MIN
        || *interval > NGX_HTTP_VOL_INTERVAL_MAX)
    {
        return "must be from 50 milliseconds to one hour";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_vol_seal(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vol_loc_conf_t *vlcf = conf;

    ngx_int_t   entries;
    ngx_str_t  *value;

    if (vlcf->seal.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    entries = NGX_HTTP_VOL_SEAL_ENTRIES;

    if (cf->args->nelts == 3) {

        if (ngx_strcmp(value[1].data, "off") == 0
            || ngx_strncmp(value[2].data, "entries=", 8) != 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[2]);
            return NGX_CONF_ERROR;
        }

        entries = ngx_atoi(value[2].data + 8, value[2].len - 8);
    }

    if (entries < 1 || entries > NGX_HTTP_VOL_SEAL_ENTRIES_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\": a seal covers 1 to %d entries at most",
                           &value[2], NGX_HTTP_VOL_SEAL_ENTRIES_MAX);
        return NGX_CONF_ERROR;
    }

    vlcf->seal = value[1];
    vlcf->seal_entries = entries;

    return ngx_strcmp(value[1].data, "off") == 0
           ? NGX_CONF_OK : ngx_http_vol_seal_algorithm(cf, &value[1]);
}


/* one that OpenSSL can compute here */

static char *
ngx_http_vol_seal_algorithm(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_http_vol_seal_t  *seal;

    if (ngx_strcmp(name->data, "sha256") != 0
        && ngx_strcmp(name->data, "sm3") != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid algorithm \"%V\": expected \"sha256\", "
                           "\"sm3\" or \"off\"", name);
        return NGX_CONF_ERROR;
    }

    seal = ngx_http_vol_seal_create(cf->temp_pool);

    if (seal == NULL
        || ngx_http_vol_seal_begin(seal, name, &ngx_http_vol_seal_zeros)
           != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the OpenSSL that nginx uses here has no %V", name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_vol_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_vol_main_conf_t  *vmcf;

    vmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_vol_main_conf_t));
    if (vmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&vmcf->redises, cf->pool, 1,
                       sizeof(ngx_http_vol_redis_t *))
        != NGX_OK
        || ngx_array_init(&vmcf->served, cf->pool, 1,
                          sizeof(ngx_http_vol_loc_conf_t *))
           != NGX_OK)
    {
        return NULL;
    }

    return vmcf;
}


static void *
ngx_http_vol_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_vol_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_vol_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->district = NULL;
     *     conf->base = { 0, NULL };
     *     conf->user = NULL;
     *     conf->role = NULL;
     *     conf->scope = NULL;
     *     conf->rules = NULL;
     *     conf->window = { 0, NULL };
     *     conf->seal = { 0, NULL };
     *     conf->seal_entries = 0;
     *     conf->certificate_keys = NULL;
     *     conf->origins = NULL;
     *     conf->districts = NULL;
     *     conf->redis_conf = NULL;
     *     conf->durability = NULL;
     *     conf->reached = { 0, NULL };
     *     conf->redis = NULL;
     */

    conf->idempotency_window = NGX_CONF_UNSET;
    conf->duties = NGX_CONF_UNSET;
    conf->duty_interval = NGX_CONF_UNSET_MSEC;
    conf->connect_timeout = NGX_CONF_UNSET_MSEC;
    conf->send_timeout = NGX_CONF_UNSET_MSEC;
    conf->read_timeout = NGX_CONF_UNSET_MSEC;

    return conf;
}


static char *
ngx_http_vol_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_vol_loc_conf_t *prev = parent;
    ngx_http_vol_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    if (conf->user == NULL) {
        conf->user = prev->user;
    }

    if (conf->role == NULL) {
        conf->role = prev->role;
    }

    if (conf->scope == NULL) {
        conf->scope = prev->scope;
    }

    if (conf->rules == NULL) {
        conf->rules = prev->rules;
    }

    if (conf->certificate_keys == NULL) {
        conf->certificate_keys = prev->certificate_keys;
    }

    if (conf->origins == NULL) {
        conf->origins = prev->origins;
    }

    if (conf->districts == NULL) {
        conf->districts = prev->districts;
    }

    if (conf->redis_conf == NULL) {
        conf->redis_conf = prev->redis_conf;
    }

    if (conf->durability == NULL) {
        conf->durability = prev->durability;
    }

    if (conf->seal.data == NULL) {
        conf->seal_entries = prev->seal.data ? prev->seal_entries
                                             : NGX_HTTP_VOL_SEAL_ENTRIES;
    }

    ngx_conf_merge_str_value(conf->seal, prev->seal, "sha256");
    ngx_conf_merge_value(conf->duties, prev->duties, 1);
    ngx_conf_merge_msec_value(conf->duty_interval, prev->duty_interval,
                              NGX_HTTP_VOL_INTERVAL);
    ngx_conf_merge_sec_value(conf->idempotency_window,
                             prev->idempotency_window,
                             NGX_HTTP_VOL_WINDOW_MIN);
    ngx_conf_merge_msec_value(conf->connect_timeout,
                              prev->connect_timeout, 1000);
    ngx_conf_merge_msec_value(conf->send_timeout, prev->send_timeout, 1000);
    ngx_conf_merge_msec_value(conf->read_timeout, prev->read_timeout, 2000);

    /* a location inside the API belongs to it, unless it has its own content */

    if (conf->district == NULL && prev->district) {
        clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

        if (clcf->handler == NULL) {
            conf->district = prev->district;
            conf->base = prev->base;
            clcf->handler = ngx_http_vol_handler;
        }
    }

    if (conf->district == NULL) {
        return NGX_CONF_OK;
    }

    return ngx_http_vol_check_conf(cf, conf);
}


static char *
ngx_http_vol_check_conf(ngx_conf_t *cf, ngx_http_vol_loc_conf_t *conf)
{
    ngx_http_vol_loc_conf_t   **served;
    ngx_http_vol_main_conf_t   *vmcf;

    if (conf->user == NULL || conf->role == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"vol\" in location \"%V\" needs \"%s\": "
                           "who asks is known from nothing else", &conf->base,
                           conf->user ? "vol_role" : "vol_user");
        return NGX_CONF_ERROR;
    }

    conf->window.data = ngx_pnalloc(cf->pool, NGX_TIME_T_LEN);
    if (conf->window.data == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->window.len = ngx_sprintf(conf->window.data, "%T",
                                   conf->idempotency_window)
                       - conf->window.data;

    if (ngx_http_vol_use_redis(cf, conf, "vol") != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (!conf->duties) {
        return NGX_CONF_OK;
    }

    vmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_vol_module);

    served = ngx_array_push(&vmcf->served);
    if (served == NULL) {
        return NGX_CONF_ERROR;
    }

    *served = conf;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_vol_use_redis(ngx_conf_t *cf, ngx_http_vol_loc_conf_t *conf,
    char *directive)
{
    ngx_http_vol_redis_conf_t   rcf;
    ngx_http_vol_main_conf_t   *vmcf;

    if (conf->redis_conf == NULL || conf->rules == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%s\" needs \"%s\"",
                           directive,
                           conf->redis_conf ? "vol_rules" : "vol_redis");
        return NGX_ERROR;
    }

    rcf = *conf->redis_conf;
    rcf.connect_timeout = conf->connect_timeout;
    rcf.send_timeout = conf->send_timeout;
    rcf.read_timeout = conf->read_timeout;

    if (ngx_http_vol_durability_merge(cf, conf, &rcf.durability) != NGX_OK) {
        return NGX_ERROR;
    }

    vmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_vol_module);

    conf->redis = ngx_http_vol_redis_add(cf, &vmcf->redises, &rcf);

    return conf->redis ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_vol_prefix(ngx_pool_t *pool, ngx_str_t *district, ngx_str_t *prefix)
{
    prefix->len = sizeof("vol:{}:") - 1 + district->len;

    prefix->data = ngx_pnalloc(pool, prefix->len);
    if (prefix->data == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(prefix->data, "vol:{%V}:", district);

    return NGX_OK;
}


ngx_uint_t
ngx_http_vol_is_id(ngx_str_t *id)
{
    u_char  c;
    size_t  i;

    if (id->len == 0 || id->len > NGX_HTTP_VOL_ID_MAX) {
        return 0;
    }

    for (i = 0; i < id->len; i++) {
        c = id->data[i];

        if ((c < '0' || c > '9') && (c < 'A' || c > 'Z')
            && (c < 'a' || c > 'z') && c != '.' && c != '_' && c != '-')
        {
            return 0;
        }
    }

    return 1;
}


static ngx_int_t
ngx_http_vol_init(ngx_conf_t *cf)
{
    ngx_uint_t  i;

    for (i = 0; ngx_http_vol_scripts[i]; i++) {

        if (i == NGX_HTTP_VOL_SCRIPTS_MAX) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "there are more than %d scripts",
                               NGX_HTTP_VOL_SCRIPTS_MAX);
            return NGX_ERROR;
        }

        ngx_http_vol_script_init(ngx_http_vol_scripts[i], i);
    }

    ngx_http_vol_lua_get_account.reader = ngx_http_vol_read_account;

    if (ngx_http_vol_import_init(cf) != NGX_OK
        || ngx_http_vol_districts_init(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_vol_problem_init(cf);
}


static ngx_int_t
ngx_http_vol_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                  i;
    ngx_http_vol_redis_t      **redis;
    ngx_http_vol_main_conf_t   *vmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    vmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_vol_module);
    if (vmcf == NULL) {
        return NGX_OK;
    }

    redis = vmcf->redises.elts;

    for (i = 0; i < vmcf->redises.nelts; i++) {
        ngx_http_vol_redis_open(redis[i], cycle);
    }

    return ngx_http_vol_duty_init(cycle, vmcf);
}


static void
ngx_http_vol_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                  i;
    ngx_http_vol_redis_t      **redis;
    ngx_http_vol_main_conf_t   *vmcf;

    vmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_vol_module);
    if (vmcf == NULL) {
        return;
    }

    ngx_http_vol_duty_exit(vmcf);

    redis = vmcf->redises.elts;

    for (i = 0; i < vmcf->redises.nelts; i++) {
        ngx_http_vol_redis_quit(redis[i]);
    }
}
