
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_duty.h"
#include "ngx_http_vol_scripts.h"


/* places in the reply */

#define NGX_HTTP_VOL_SWEEP_MORE   4
#define NGX_HTTP_VOL_SWEEP_FAULT  5


static ngx_int_t ngx_http_vol_duty_sweep_step(ngx_http_vol_duty_run_t *run,
    redisReply *reply);
static void ngx_http_vol_duty_sweep_log(ngx_http_vol_duty_run_t *run,
    redisReply *reply);


ngx_http_vol_duty_t  ngx_http_vol_duty_sweep = {
    ngx_string("sweep"),
    ngx_string("duty:sweep"),
    ngx_http_vol_duty_sweep_step
};


/* what time alone has made due, for as long as the script finds more */

static ngx_int_t
ngx_http_vol_duty_sweep_step(ngx_http_vol_duty_run_t *run, redisReply *reply)
{
    ngx_str_t              args[3];
    ngx_http_vol_rules_t  *rules;

    static char  *keys[] = { NULL };

    if (reply) {
        ngx_http_vol_duty_sweep_log(run, reply);

        if (ngx_http_vol_duty_number(reply, NGX_HTTP_VOL_SWEEP_MORE) == 0) {
            return NGX_DONE;
        }
    }

    rules = run->district->conf->rules;

    args[0] = rules->values[NGX_HTTP_VOL_RULE_VERSION];
    args[1] = rules->values[NGX_HTTP_VOL_RULE_UTC_OFFSET];
    args[2] = rules->values[NGX_HTTP_VOL_RULE_KEPT_DAYS];

    return ngx_http_vol_duty_call(run, &ngx_http_vol_lua_sweep, keys, 3, args);
}


/* what could not be swept, and is not tried again */

static void
ngx_http_vol_duty_sweep_log(ngx_http_vol_duty_run_t *run, redisReply *reply)
{
    redisReply  *fault;

    if (reply->elements <= NGX_HTTP_VOL_SWEEP_FAULT) {
        return;
    }

    fault = reply->element[NGX_HTTP_VOL_SWEEP_FAULT];

    if (fault->type == REDIS_REPLY_STRING && fault->len) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "the sweep of district \"%V\" left out what is not as "
                      "it must be: %*s", &run->district->sn.str,
                      (size_t) ngx_min(fault->len, 300), fault->str);
    }
}
