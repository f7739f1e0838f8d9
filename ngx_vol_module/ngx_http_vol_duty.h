
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_DUTY_H_INCLUDED_
#define _NGX_HTTP_VOL_DUTY_H_INCLUDED_


#include "ngx_http_vol_module.h"


/*
 * Work off the request path.  Every worker goes through the districts it
 * serves again and again; a district's duty is done by the one worker whose
 * token is in the duty's lease, a key in Redis.  A duty is done in bounded
 * steps, each a call of a script, one call at a time for a Redis.
 */


#define NGX_HTTP_VOL_DUTIES          3
#define NGX_HTTP_VOL_DISTRICTS_MAX   4096       /* of a worker */
#define NGX_HTTP_VOL_TOKEN_MAX       64

#define NGX_HTTP_VOL_DUTY_KEYS_MAX   6
#define NGX_HTTP_VOL_DUTY_ARGS_MAX   32


typedef struct ngx_http_vol_duty_node_s  ngx_http_vol_duty_node_t;
typedef struct ngx_http_vol_duty_run_s  ngx_http_vol_duty_run_t;


typedef struct {
    ngx_str_node_t                  sn;         /* by its name */
    ngx_queue_t                     queue;      /* of those whose time is */
    ngx_http_vol_duty_node_t       *node;
    ngx_http_vol_loc_conf_t        *conf;
    ngx_str_t                       prefix;     /* of its keys */
    ngx_event_t                     timer;

    /* of each duty; one that fails is left alone for longer and longer */
    ngx_uint_t                      failures[NGX_HTTP_VOL_DUTIES];
    ngx_msec_t                      after[NGX_HTTP_VOL_DUTIES];

    unsigned                        ready:1;    /* is in the queue */
    unsigned                        again:1;
} ngx_http_vol_duty_district_t;


typedef struct {
    ngx_str_t                       name;
    ngx_str_t                       lease;      /* a key of the district */

    /*
     * Is called with NULL to begin, then with each reply of the calls it made;
     * what the script gave is behind the reply's first two elements.
     * NGX_AGAIN after ngx_http_vol_duty_call(), NGX_DONE when there is nothing
     * (more) to do now, NGX_ERROR when it can't go on.
     */
    ngx_int_t                     (*step)(ngx_http_vol_duty_run_t *run,
                                        redisReply *reply);
} ngx_http_vol_duty_t;


/* a duty being done for a district */

struct ngx_http_vol_duty_run_s {
    ngx_http_vol_duty_district_t   *district;   /* NULL when none is done */
    ngx_http_vol_duty_node_t       *node;
    ngx_uint_t                      duty;
    void                           *state;      /* of the duty, in the pool */
    ngx_pool_t                     *pool;       /* for as long as it is done */
    ngx_pool_t                     *page;       /* for one step */
};


extern ngx_http_vol_duty_t  ngx_http_vol_duty_sweep;
extern ngx_http_vol_duty_t  ngx_http_vol_duty_seal;
extern ngx_http_vol_duty_t  ngx_http_vol_duty_audit;


/* for the module: a worker begins and ends, a request names its district */

ngx_int_t ngx_http_vol_duty_init(ngx_cycle_t *cycle,
    ngx_http_vol_main_conf_t *vmcf);
void ngx_http_vol_duty_exit(ngx_http_vol_main_conf_t *vmcf);
void ngx_http_vol_duty_serve(ngx_http_request_t *r,
    ngx_http_vol_identity_t *identity);

/*
 * Goes to the duties of a request's district at once; does nothing where
 * vol_duties is off.
 */
void ngx_http_vol_duty_kick(ngx_http_request_t *r);


/* for duties */

/* Zeroed memory for the run's state, with the pool it lives in; or NULL. */
void *ngx_http_vol_duty_state(ngx_http_vol_duty_run_t *run, size_t size);

/*
 * Calls a script.  KEYS are the duty's lease and those named, below the
 * district's prefix; ARGV are prefix, token and milliseconds of the lease, then
 * those given.  A reply that begins with 409 ends the run.
 */
ngx_int_t ngx_http_vol_duty_call(ngx_http_vol_duty_run_t *run,
    ngx_http_vol_script_t *script, char **keys, ngx_uint_t nargs,
    ngx_str_t *args);

/* A number of a reply, 0 when it isn't there. */
int64_t ngx_http_vol_duty_number(redisReply *reply, size_t place);


#endif /* _NGX_HTTP_VOL_DUTY_H_INCLUDED_ */
