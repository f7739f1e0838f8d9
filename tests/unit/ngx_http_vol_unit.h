
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_UNIT_H_INCLUDED_
#define _NGX_HTTP_VOL_UNIT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <setjmp.h>
#include <cmocka.h>


/*
 * The configuration of the http block under test.  What is logged through it
 * is not written anywhere but kept, from the last call of
 * ngx_http_vol_unit_forget() on, in ngx_http_vol_unit_logged.
 */

extern ngx_conf_t  *ngx_http_vol_unit_cf;
extern ngx_str_t    ngx_http_vol_unit_logged;

void ngx_http_vol_unit_forget(void);


/* a subject is a file with one group of tests; returns the number of failed */

int ngx_http_vol_unit_time(void);
int ngx_http_vol_unit_code(void);
int ngx_http_vol_unit_rules(void);
int ngx_http_vol_unit_route(void);
int ngx_http_vol_unit_reply(void);
int ngx_http_vol_unit_seal(void);
int ngx_http_vol_unit_unpack(void);
int ngx_http_vol_unit_openapi(void);


#endif /* _NGX_HTTP_VOL_UNIT_H_INCLUDED_ */
