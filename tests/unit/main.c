
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


/*
 * Runs the tests when nginx has read the http block of its configuration, and
 * exits: the functions of the module under test, loaded before, are called
 * with the pools, the strings and the log of a real nginx.
 */


#include "ngx_http_vol_unit.h"


static ngx_int_t ngx_http_vol_unit_run(ngx_conf_t *cf);
static void ngx_http_vol_unit_write_log(ngx_log_t *log, ngx_uint_t level,
    u_char *buf, size_t len);


ngx_conf_t  *ngx_http_vol_unit_cf;
ngx_str_t    ngx_http_vol_unit_logged;


static u_char  ngx_http_vol_unit_log_buf[4 * NGX_MAX_ERROR_STR];


static int (*ngx_http_vol_unit_subjects[])(void) = {
    ngx_http_vol_unit_time,
    ngx_http_vol_unit_code,
    ngx_http_vol_unit_rules,
    ngx_http_vol_unit_route,
    ngx_http_vol_unit_reply,
    ngx_http_vol_unit_seal,
    ngx_http_vol_unit_unpack,
    ngx_http_vol_unit_openapi,
    NULL
};


static ngx_http_module_t  ngx_http_vol_unit_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_vol_unit_run,                 /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_vol_unit_module = {
    NGX_MODULE_V1,
    &ngx_http_vol_unit_module_ctx,         /* module context */
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
ngx_http_vol_unit_run(ngx_conf_t *cf)
{
    int         failed;
    ngx_log_t   log;
    ngx_uint_t  i;
    ngx_conf_t  conf;

    log = *cf->log;
    log.writer = ngx_http_vol_unit_write_log;
    log.next = NULL;

    conf = *cf;
    conf.log = &log;

    /* an nginx that starts repeats its [emerg] lines to the terminal */

    ngx_use_stderr = 0;

    ngx_http_vol_unit_cf = &conf;
    ngx_http_vol_unit_forget();

    failed = 0;

    for (i = 0; ngx_http_vol_unit_subjects[i]; i++) {
        failed += ngx_http_vol_unit_subjects[i]();
    }

    exit(failed ? 1 : 0);
}


void
ngx_http_vol_unit_forget(void)
{
    ngx_http_vol_unit_logged.data = ngx_http_vol_unit_log_buf;
    ngx_http_vol_unit_logged.len = 0;

    ngx_http_vol_unit_log_buf[0] = '\0';
}


static void
ngx_http_vol_unit_write_log(ngx_log_t *log, ngx_uint_t level, u_char *buf,
    size_t len)
{
    u_char  *p, *last;

    p = ngx_http_vol_unit_logged.data + ngx_http_vol_unit_logged.len;
    last = ngx_http_vol_unit_log_buf + sizeof(ngx_http_vol_unit_log_buf) - 1;

    p = ngx_slprintf(p, last, "%*s", len, buf);
    *p = '\0';

    ngx_http_vol_unit_logged.len = p - ngx_http_vol_unit_logged.data;
}
