
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_RULES_H_INCLUDED_
#define _NGX_HTTP_VOL_RULES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_HTTP_VOL_STARS_MAX  5
#define NGX_HTTP_VOL_KINDS      3


/*
 * What a script may take of the rules, as decimal numbers or plain strings.
 * A rule that may change is dated when there are earlier rulebooks:
 * "DAY:value;DAY:value;0:value", newest first, each with the day since 1970
 * from which it holds; lua/lib/rules.lua finds the value of a day.
 */

typedef enum {
    NGX_HTTP_VOL_RULE_VERSION = 0,
    NGX_HTTP_VOL_RULE_UTC_OFFSET,           /* seconds east; never dated */
    NGX_HTTP_VOL_RULE_POINTS_PER_HOUR,
    NGX_HTTP_VOL_RULE_STARS,                /* "100,300,600,1000,1500" */
    NGX_HTTP_VOL_RULE_OBLIGATIONS,          /* "cadre=20", "" without any */
    NGX_HTTP_VOL_RULE_MINUTES_PER_DAY,
    NGX_HTTP_VOL_RULE_VALID_DAYS,
    NGX_HTTP_VOL_RULE_KEPT_DAYS,
    NGX_HTTP_VOL_RULE_ORGANIZER_MINUTES,    /* "DAY,MONTH", each may be "";
                                               "" without any */
    NGX_HTTP_VOL_RULE_SPENDABLE_DAYS,       /* "" without */
    NGX_HTTP_VOL_RULE_EXPIRY,               /* "YEARS," or "YEARS,MMDD",
                                               "" without */
    NGX_HTTP_VOL_RULE_REDEMPTIONS,          /* "day=1,offer-quarter=1",
                                               "" without any */
    NGX_HTTP_VOL_RULE_TERMS,                /* "0901\tID\tTITLE\n" of each,
                                               "" without; never dated */
    NGX_HTTP_VOL_RULE_SELECTION,            /* "FIRST,EVERY,STARS,TITLE",
                                               "" without; never dated */
    NGX_HTTP_VOL_RULE_PROJECT_CLASSES,      /* "helping,publicity", "" without
                                               any; never dated */
    NGX_HTTP_VOL_RULE_N
} ngx_http_vol_rule_e;


/* and of a case, dated as well; "" while a rulebook lacks it */

typedef enum {
    NGX_HTTP_VOL_CASE_MIN = 0,              /* points */
    NGX_HTTP_VOL_CASE_MAX,                  /* points */
    NGX_HTTP_VOL_CASE_APPROVAL,             /* "1" or "0" */
    NGX_HTTP_VOL_CASE_N
} ngx_http_vol_bound_e;


typedef struct {
    ngx_str_t                  name;
    ngx_str_t                  title;       /* of the newest that has it */
    ngx_str_t                  values[NGX_HTTP_VOL_CASE_N];
} ngx_http_vol_case_t;


typedef struct {
    ngx_str_t                  title;
    ngx_int_t                  every_years;
    ngx_int_t                  first_year;
    ngx_int_t                  min_stars;
} ngx_http_vol_selection_t;


typedef struct ngx_http_vol_rulebook_s  ngx_http_vol_rulebook_t;


typedef struct {
    ngx_str_t                  file;
    ngx_int_t                  utc_offset;  /* seconds east of UTC */
    ngx_http_vol_selection_t   selection;

    ngx_http_vol_rulebook_t   *newest;
    ngx_array_t                cases;       /* ngx_http_vol_case_t, of all */

    ngx_str_t                  values[NGX_HTTP_VOL_RULE_N];
} ngx_http_vol_rules_t;


/* general, cadre, student */
extern ngx_str_t  ngx_http_vol_kinds[];


/*
 * Reads a rulebook with its earlier ones and checks every key.  Returns NULL
 * after an [emerg] that names the file, the place in it and what was expected.
 */
ngx_http_vol_rules_t *ngx_http_vol_rules_load(ngx_conf_t *cf, ngx_str_t *file);

/* Returns the case that any of the rulebooks has by that name, or NULL. */
ngx_http_vol_case_t *ngx_http_vol_rules_case(ngx_http_vol_rules_t *rules,
    ngx_str_t *name);


#endif /* _NGX_HTTP_VOL_RULES_H_INCLUDED_ */
