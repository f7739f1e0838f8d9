
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_module.h"


static void ngx_http_vol_wait_cleanup(void *data);


ngx_int_t
ngx_http_vol_wait(ngx_http_request_t *r, ngx_http_vol_call_t **call)
{
    ngx_http_cleanup_t  *cln;

    if (*call == NULL) {
        return NGX_DECLINED;
    }

    cln = ngx_http_cleanup_add(r, 0);

    if (cln == NULL) {
        ngx_http_vol_wait_cleanup(call);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_vol_wait_cleanup;
    cln->data = call;

    r->write_event_handler = ngx_http_request_empty_handler;

    if (r != r->main) {
        return NGX_AGAIN;
    }

    /* a client that goes away is noticed; what it asked for is still done */

    r->read_event_handler = ngx_http_test_reading;

    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


static void
ngx_http_vol_wait_cleanup(void *data)
{
    ngx_http_vol_call_t  **call = data;

    if (*call) {
        ngx_http_vol_script_abandon(*call);
        *call = NULL;
    }
}


ngx_uint_t
ngx_http_vol_resume(ngx_http_request_t *r, ngx_http_vol_call_t **call,
    void *ctx, ngx_module_t *module)
{
    *call = NULL;

    /* a redirect meanwhile, as post_action makes one, has begun anew */

    if (r->ctx[module->ctx_index] != ctx) {
        return 0;
    }

    ngx_http_set_log_request(r->connection->log, r);

    return 1;
}
