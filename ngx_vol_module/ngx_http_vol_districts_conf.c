
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_districts.h"


/*
 * vol_districts: the districts whose figures a location shows together.  Which
 * they are is the administrator's word, so they are names and no variables.
 */


#define NGX_HTTP_VOL_LISTED_MAX  4096


static ngx_int_t ngx_http_vol_districts_add(ngx_conf_t *cf,
    ngx_array_t *districts, ngx_str_t *id);
static ngx_int_t ngx_http_vol_districts_once(ngx_conf_t *cf,
    ngx_array_t *districts);
static int ngx_libc_cdecl ngx_http_vol_districts_cmp(const void *one,
    const void *two);


char *
ngx_http_vol_districts_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_vol_loc_conf_t *vlcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i, n;

    if (vlcf->districts) {
        return "is duplicate";
    }

    value = cf->args->elts;
    n = cf->args->nelts - 1;

    if (n > NGX_HTTP_VOL_LISTED_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "vol_districts: there are %ui districts, which is "
                           "more than %d", n, NGX_HTTP_VOL_LISTED_MAX);
        return NGX_CONF_ERROR;
    }

    vlcf->districts = ngx_array_create(cf->pool, n,
                                       sizeof(ngx_http_vol_district_t));
    if (vlcf->districts == NULL) {
        return NGX_CONF_ERROR;
    }

    if (n == 1 && ngx_strcmp(value[1].data, "none") == 0) {
        return NGX_CONF_OK;
    }

    for (i = 1; i <= n; i++) {
        if (ngx_http_vol_districts_add(cf, vlcf->districts, &value[i])
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_vol_districts_once(cf, vlcf->districts) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_vol_districts_add(ngx_conf_t *cf, ngx_array_t *districts,
    ngx_str_t *id)
{
    ngx_http_vol_district_t  *district;

    if (!ngx_http_vol_is_id(id)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "vol_districts: district \"%V\" is not an id: 1 to "
                           "64 of A-Z a-z 0-9 . _ -", id);
        return NGX_ERROR;
    }

    if (ngx_strcmp(id->data, "none") == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "vol_districts: \"none\" must stand alone");
        return NGX_ERROR;
    }

    district = ngx_array_push(districts);
    if (district == NULL) {
        return NGX_ERROR;
    }

    district->id = *id;

    return ngx_http_vol_prefix(cf->pool, id, &district->prefix);
}


static ngx_int_t
ngx_http_vol_districts_once(ngx_conf_t *cf, ngx_array_t *districts)
{
    ngx_uint_t                i;
    ngx_http_vol_district_t  *sorted;

    sorted = ngx_palloc(cf->temp_pool, districts->nelts * districts->size);
    if (sorted == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(sorted, districts->elts, districts->nelts * districts->size);

    ngx_qsort(sorted, districts->nelts, districts->size,
              ngx_http_vol_districts_cmp);

    for (i = 1; i < districts->nelts; i++) {

        if (ngx_http_vol_districts_cmp(&sorted[i - 1], &sorted[i]) == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "vol_districts: district \"%V\" is given twice",
                               &sorted[i].id);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static int ngx_libc_cdecl
ngx_http_vol_districts_cmp(const void *one, const void *two)
{
    const ngx_http_vol_district_t *first = one;
    const ngx_http_vol_district_t *second = two;

    return ngx_strcmp(first->id.data, second->id.data);
}
