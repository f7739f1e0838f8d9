
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_RULEBOOK_H_INCLUDED_
#define _NGX_HTTP_VOL_RULEBOOK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_vol_rules.h"


#define NGX_HTTP_VOL_EARLIER_MAX  32        /* rulebooks before the newest */
#define NGX_HTTP_VOL_PERIODS      4         /* day, month, quarter, year */


typedef struct {
    ngx_str_t                  name;
    ngx_str_t                  title;
    ngx_int_t                  min;         /* points */
    ngx_int_t                  max;         /* points */
    ngx_int_t                  approval;
} ngx_http_vol_rulebook_case_t;


typedef struct {
    ngx_int_t                  years;
    ngx_int_t                  on;          /* month * 100 + day, or 0 */
} ngx_http_vol_expiry_t;


/* the rules of one time; what is optional is 0 without, unless said so */

struct ngx_http_vol_rulebook_s {
    ngx_http_vol_rulebook_t   *earlier;     /* the next older one */

    ngx_str_t                  version;
    int64_t                    from;        /* day since 1970 */

    ngx_int_t                  points_per_hour;

    ngx_uint_t                 nstars;
    ngx_int_t                  stars[NGX_HTTP_VOL_STARS_MAX];

    ngx_array_t                cases;       /* ngx_http_vol_rulebook_case_t */
    ngx_int_t                  points_per_year[NGX_HTTP_VOL_KINDS];
    ngx_http_vol_expiry_t      expiry;

    ngx_int_t                  valid_days;
    ngx_int_t                  kept_days;

    ngx_int_t                  minutes_per_day;
    ngx_int_t                  organizer_minutes[2];   /* a day, a month */
    ngx_int_t                  spendable_days;         /* -1 without */

    /* by period: of all offers, then of one */
    ngx_int_t                  redemptions[2 * NGX_HTTP_VOL_PERIODS];
};


#define ngx_http_vol_rulebook_offset(member)                                  \
    offsetof(ngx_http_vol_rulebook_t, member)

#define ngx_http_vol_case_offset(member)                                      \
    offsetof(ngx_http_vol_rulebook_case_t, member)


/*
 * Joins what the rulebooks hold for the scripts: rules->values, rules->cases
 * and theirs.  Returns NGX_ERROR when there is no memory, or after an [emerg].
 */
ngx_int_t ngx_http_vol_rules_values(ngx_conf_t *cf,
    ngx_http_vol_rules_t *rules);


#endif /* _NGX_HTTP_VOL_RULEBOOK_H_INCLUDED_ */
