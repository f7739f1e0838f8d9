
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


/* the directive vol_durability, and what answers say of it */


#define NGX_HTTP_VOL_REPLICAS_MAX   100
#define NGX_HTTP_VOL_REACHED_LEN                                              \
    (sizeof("fsync, replicas=") + NGX_INT_T_LEN)


static char *ngx_http_vol_durability_parameter(ngx_conf_t *cf,
    ngx_http_vol_durability_t *durability, ngx_str_t *value);


char *
ngx_http_vol_durability_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vol_loc_conf_t *vlcf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (vlcf->durability) {
        return "is duplicate";
    }

    vlcf->durability = ngx_pcalloc(cf->pool,
                                   sizeof(ngx_http_vol_durability_t));
    if (vlcf->durability == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "redis") == 0) {
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_vol_durability_parameter(cf, vlcf->durability,
                                               &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (!vlcf->durability->fsync && !vlcf->durability->replicas) {
        return "needs \"fsync\" or \"replicas\"";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_vol_durability_parameter(ngx_conf_t *cf,
    ngx_http_vol_durability_t *durability, ngx_str_t *value)
{
    ngx_int_t  n;
    ngx_str_t  text;

    if (ngx_strcmp(value->data, "fsync") == 0) {
        durability->fsync = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "replicas=", 9) == 0) {
        n = ngx_atoi(value->data + 9, value->len - 9);

        if (n < 1 || n > NGX_HTTP_VOL_REPLICAS_MAX) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\": expected 1 to %d replicas", value,
                               NGX_HTTP_VOL_REPLICAS_MAX);
            return NGX_CONF_ERROR;
        }

        durability->replicas = n;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "timeout=", 8) == 0) {
        text.data = value->data + 8;
        text.len = value->len - 8;
        n = ngx_parse_time(&text, 0);

        if (n < 1) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\": expected a time above zero", value);
            return NGX_CONF_ERROR;
        }

        durability->timeout = n;
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                       value);
    return NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_vol_durability_merge(ngx_conf_t *cf, ngx_http_vol_loc_conf_t *conf,
    ngx_http_vol_durability_t *durability)
{
    u_char  *p;

    if (conf->durability) {
        *durability = *conf->durability;
    }

    if (!durability->fsync && !durability->replicas) {
        ngx_str_set(&conf->reached, "redis");
        return NGX_OK;
    }

    if (durability->timeout == 0) {
        durability->timeout = ngx_max(conf->read_timeout / 4 * 3, 1);

    } else if (durability->timeout >= conf->read_timeout) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "timeout of \"vol_durability\", %Mms, must be below "
                           "\"vol_read_timeout\", %Mms",
                           durability->timeout, conf->read_timeout);
        return NGX_ERROR;
    }

    p = ngx_pnalloc(cf->pool, NGX_HTTP_VOL_REACHED_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    conf->reached.data = p;

    if (durability->fsync) {
        p = ngx_cpymem(p, "fsync", 5);
    }

    if (durability->replicas) {
        p = ngx_sprintf(p, "%sreplicas=%ui", durability->fsync ? ", " : "",
                        durability->replicas);
    }

    conf->reached.len = p - conf->reached.data;

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_durability_header(ngx_http_request_t *r)
{
    ngx_http_vol_loc_conf_t  *vlcf;

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    return ngx_http_vol_add_header(r, "Vol-Durability", &vlcf->reached);
}
