
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_RULES_H_INCLUDED_
#define _NGX_HTTP_VOL_RULES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_HTTP_VOL_STARS_MAX  5
#define NGX_HTTP_VOL_KINDS      3


/* what a script may take of the rules, as decimal numbers or plain strings */

typedef enum {
    NGX_HTTP_VOL_RULE_VERSION = 0,
    NGX_HTTP_VOL_RULE_UTC_OFFSET,           /* seconds east of UTC */
    NGX_HTTP_VOL_RULE_POINTS_PER_HOUR,
    NGX_HTTP_VOL_RULE_STARS,                /* "100,300,600,1000,1500" */
    NGX_HTTP_VOL_RULE_OBLIGATIONS,          /* "cadre=20", "" without any */
    NGX_HTTP_VOL_RULE_MINUTES_PER_DAY,
    NGX_HTTP_VOL_RULE_VALID_DAYS,
    NGX_HTTP_VOL_RULE_KEPT_DAYS,
    NGX_HTTP_VOL_RULE_ORGANIZER_MINUTES,
    NGX_HTTP_VOL_RULE_SPENDABLE_DAYS,
    NGX_HTTP_VOL_RULE_EXPIRY,
    NGX_HTTP_VOL_RULE_REDEMPTIONS,
    NGX_HTTP_VOL_RULE_N
} ngx_http_vol_rule_e;


typedef struct {
    ngx_str_t    name;
    ngx_str_t    title;
    ngx_int_t    min;                       /* points */
    ngx_int_t    max;                       /* points */
} ngx_http_vol_case_t;


typedef struct {
    ngx_str_t    title;
    ngx_int_t    every_years;
    ngx_int_t    first_year;
    ngx_int_t    min_stars;
} ngx_http_vol_selection_t;


typedef struct {
    ngx_str_t                  file;
    ngx_str_t                  version;
    ngx_int_t                  utc_offset;  /* seconds east of UTC */
    ngx_int_t                  points_per_hour;

    ngx_uint_t                 nstars;
    ngx_int_t                  stars[NGX_HTTP_VOL_STARS_MAX];

    ngx_array_t                cases;       /* ngx_http_vol_case_t */
    ngx_int_t                  points_per_year[NGX_HTTP_VOL_KINDS];
    ngx_http_vol_selection_t   selection;

    ngx_int_t                  valid_days;
    ngx_int_t                  kept_days;
    ngx_int_t                  minutes_per_day;

    ngx_str_t                  values[NGX_HTTP_VOL_RULE_N];
} ngx_http_vol_rules_t;


/* general, cadre, student; the order of points_per_year */
extern ngx_str_t  ngx_http_vol_kinds[];


/*
 * Reads a rulebook and checks every key of it.  Returns NULL after an [emerg]
 * that names the file, the place in it and what was expected.
 */
ngx_http_vol_rules_t *ngx_http_vol_rules_load(ngx_conf_t *cf, ngx_str_t *file);

/* Returns the case of that name, or NULL. */
ngx_http_vol_case_t *ngx_http_vol_rules_case(ngx_http_vol_rules_t *rules,
    ngx_str_t *name);


#endif /* _NGX_HTTP_VOL_RULES_H_INCLUDED_ */
