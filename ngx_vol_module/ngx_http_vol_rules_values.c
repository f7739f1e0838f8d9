
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_vol_rulebook.h"


/* 33 rulebooks, of which none has more to say than 142 bytes of REDEMPTIONS */

#define NGX_HTTP_VOL_RULES_VALUE_LEN  (256 * (1 + NGX_HTTP_VOL_EARLIER_MAX))


/* writes what stands in field, returns the place after it */

typedef u_char *(*ngx_http_vol_rules_write_pt)(u_char *p, u_char *last,
    void *field);

typedef struct {
    ngx_uint_t                    index;    /* of values */
    ngx_http_vol_rules_write_pt   write;
    size_t                        offset;
} ngx_http_vol_rules_value_t;


static ngx_int_t ngx_http_vol_rules_selection_value(ngx_conf_t *cf,
    ngx_http_vol_rules_t *rules);
static ngx_int_t ngx_http_vol_rules_merge_cases(ngx_conf_t *cf,
    ngx_http_vol_rules_t *rules);
static ngx_int_t ngx_http_vol_rules_join(ngx_conf_t *cf,
    ngx_http_vol_rules_t *rules, ngx_http_vol_rules_value_t *value,
    ngx_str_t *name, ngx_str_t *to);
static void *ngx_http_vol_rules_find(ngx_array_t *cases, ngx_str_t *name);

static u_char *ngx_http_vol_rules_write_string(u_char *p, u_char *last,
    void *field);
static u_char *ngx_http_vol_rules_write_number(u_char *p, u_char *last,
    void *field);
static u_char *ngx_http_vol_rules_write_stars(u_char *p, u_char *last,
    void *field);
static u_char *ngx_http_vol_rules_write_obligations(u_char *p, u_char *last,
    void *field);
static u_char *ngx_http_vol_rules_write_organizer(u_char *p, u_char *last,
    void *field);
static u_char *ngx_http_vol_rules_write_expiry(u_char *p, u_char *last,
    void *field);
static u_char *ngx_http_vol_rules_write_redemptions(u_char *p, u_char *last,
    void *field);
static u_char *ngx_http_vol_rules_write_named(u_char *p, u_char *last,
    ngx_str_t *names, ngx_int_t *numbers, ngx_uint_t n);


ngx_str_t  ngx_http_vol_kinds[NGX_HTTP_VOL_KINDS] = {
    ngx_string("general"),
    ngx_string("cadre"),
    ngx_string("student")
};


/* the order of redemptions */

static ngx_str_t  ngx_http_vol_periods[2 * NGX_HTTP_VOL_PERIODS] = {
    ngx_string("day"),
    ngx_string("month"),
    ngx_string("quarter"),
    ngx_string("year"),
    ngx_string("offer-day"),
    ngx_string("offer-month"),
    ngx_string("offer-quarter"),
    ngx_string("offer-year")
};


static ngx_http_vol_rules_value_t  ngx_http_vol_rulebook_values[] = {

    { NGX_HTTP_VOL_RULE_VERSION,
      ngx_http_vol_rules_write_string,
      ngx_http_vol_rulebook_offset(version) },

    { NGX_HTTP_VOL_RULE_POINTS_PER_HOUR,
      ngx_http_vol_rules_write_number,
      ngx_http_vol_rulebook_offset(points_per_hour) },

    { NGX_HTTP_VOL_RULE_STARS,
      ngx_http_vol_rules_write_stars,
      0 },

    { NGX_HTTP_VOL_RULE_OBLIGATIONS,
      ngx_http_vol_rules_write_obligations,
      ngx_http_vol_rulebook_offset(points_per_year) },

    { NGX_HTTP_VOL_RULE_MINUTES_PER_DAY,
      ngx_http_vol_rules_write_number,
      ngx_http_vol_rulebook_offset(minutes_per_day) },

    { NGX_HTTP_VOL_RULE_VALID_DAYS,
      ngx_http_vol_rules_write_number,
      ngx_http_vol_rulebook_offset(valid_days) },

    { NGX_HTTP_VOL_RULE_KEPT_DAYS,
      ngx_http_vol_rules_write_number,
      ngx_http_vol_rulebook_offset(kept_days) },

    { NGX_HTTP_VOL_RULE_ORGANIZER_MINUTES,
      ngx_http_vol_rules_write_organizer,
      ngx_http_vol_rulebook_offset(organizer_minutes) },

    { NGX_HTTP_VOL_RULE_SPENDABLE_DAYS,
      ngx_http_vol_rules_write_number,
      ngx_http_vol_rulebook_offset(spendable_days) },

    { NGX_HTTP_VOL_RULE_EXPIRY,
      ngx_http_vol_rules_write_expiry,
      ngx_http_vol_rulebook_offset(expiry) },

    { NGX_HTTP_VOL_RULE_REDEMPTIONS,
      ngx_http_vol_rules_write_redemptions,
      ngx_http_vol_rulebook_offset(redemptions) },

    { 0, NULL, 0 }
};


static ngx_http_vol_rules_value_t  ngx_http_vol_case_values[] = {

    { NGX_HTTP_VOL_CASE_MIN,
      ngx_http_vol_rules_write_number,
      ngx_http_vol_case_offset(min) },

    { NGX_HTTP_VOL_CASE_MAX,
      ngx_http_vol_rules_write_number,
      ngx_http_vol_case_offset(max) },

    { NGX_HTTP_VOL_CASE_APPROVAL,
      ngx_http_vol_rules_write_number,
      ngx_http_vol_case_offset(approval) },

    { 0, NULL, 0 }
};


ngx_int_t
ngx_http_vol_rules_values(ngx_conf_t *cf, ngx_http_vol_rules_t *rules)
{
    ngx_str_t                   *to;
    ngx_uint_t                   i;
    ngx_http_vol_case_t         *cases;
    ngx_http_vol_rules_value_t  *v;

    to = &rules->values[NGX_HTTP_VOL_RULE_UTC_OFFSET];

    to->data = ngx_pnalloc(cf->pool, NGX_INT_T_LEN);
    if (to->data == NULL) {
        return NGX_ERROR;
    }

    to->len = ngx_sprintf(to->data, "%i", rules->utc_offset) - to->data;

    for (v = ngx_http_vol_rulebook_values; v->write; v++) {

        if (ngx_http_vol_rules_join(cf, rules, v, NULL,
                                    &rules->values[v->index])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (rules->values[NGX_HTTP_VOL_RULE_TERMS].data == NULL) {
        ngx_str_set(&rules->values[NGX_HTTP_VOL_RULE_TERMS], "");
    }

    if (ngx_http_vol_rules_selection_value(cf, rules) != NGX_OK
        || ngx_http_vol_rules_merge_cases(cf, rules) != NGX_OK)
    {
        return NGX_ERROR;
    }

    cases = rules->cases.elts;

    for (i = 0; i < rules->cases.nelts; i++) {

        for (v = ngx_http_vol_case_values; v->write; v++) {

            if (ngx_http_vol_rules_join(cf, rules, v, &cases[i].name,
                                        &cases[i].values[v->index])
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


ngx_http_vol_case_t *
ngx_http_vol_rules_case(ngx_http_vol_rules_t *rules, ngx_str_t *name)
{
    return ngx_http_vol_rules_find(&rules->cases, name);
}


static ngx_int_t
ngx_http_vol_rules_selection_value(ngx_conf_t *cf, ngx_http_vol_rules_t *rules)
{
    ngx_str_t                 *to;
    ngx_http_vol_selection_t  *selection;

    selection = &rules->selection;
    to = &rules->values[NGX_HTTP_VOL_RULE_SELECTION];

    if (selection->every_years == 0) {
        ngx_str_set(to, "");
        return NGX_OK;
    }

    to->data = ngx_pnalloc(cf->pool, 3 * (NGX_INT_T_LEN + 1)
                                     + selection->title.len);
    if (to->data == NULL) {
        return NGX_ERROR;
    }

    to->len = ngx_sprintf(to->data, "%i,%i,%i,%V", selection->first_year,
                          selection->every_years, selection->min_stars,
                          &selection->title)
              - to->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_rules_merge_cases(ngx_conf_t *cf, ngx_http_vol_rules_t *rules)
{
    ngx_uint_t                     i;
    ngx_http_vol_case_t           *vc;
    ngx_http_vol_rulebook_t       *book;
    ngx_http_vol_rulebook_case_t  *cases;

    if (ngx_array_init(&rules->cases, cf->pool, 8,
                       sizeof(ngx_http_vol_case_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (book = rules->newest; book; book = book->earlier) {
        cases = book->cases.elts;

        for (i = 0; i < book->cases.nelts; i++) {

            if (ngx_http_vol_rules_case(rules, &cases[i].name)) {
                continue;
            }

            vc = ngx_array_push(&rules->cases);
            if (vc == NULL) {
                return NGX_ERROR;
            }

            vc->name = cases[i].name;
            vc->title = cases[i].title;
        }
    }

    return NGX_OK;
}


/* a value of every rulebook, or of the case that name is in it */

static ngx_int_t
ngx_http_vol_rules_join(ngx_conf_t *cf, ngx_http_vol_rules_t *rules,
    ngx_http_vol_rules_value_t *value, ngx_str_t *name, ngx_str_t *to)
{
    void                     *base;
    u_char                   *p, *last;
    ngx_str_t                 joined;
    ngx_http_vol_rulebook_t  *book;
    u_char                    text[NGX_HTTP_VOL_RULES_VALUE_LEN];

    p = text;
    last = text + NGX_HTTP_VOL_RULES_VALUE_LEN;

    for (book = rules->newest; book; book = book->earlier) {

        if (rules->newest->earlier) {
            p = ngx_slprintf(p, last, "%s%L:", (p == text) ? "" : ";",
                             book->earlier ? book->from : 0);
        }

        base = name ? ngx_http_vol_rules_find(&book->cases, name) : book;

        if (base) {
            p = value->write(p, last, (u_char *) base + value->offset);
        }
    }

    if (p == last) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "vol_rules \"%V\": more than %d bytes of one rule",
                           &rules->file, NGX_HTTP_VOL_RULES_VALUE_LEN);
        return NGX_ERROR;
    }

    joined.data = text;
    joined.len = p - text;

    to->data = ngx_pstrdup(cf->pool, &joined);
    if (to->data == NULL) {
        return NGX_ERROR;
    }

    to->len = joined.len;

    return NGX_OK;
}


/* of cases of either type: both begin with their name */

static void *
ngx_http_vol_rules_find(ngx_array_t *cases, ngx_str_t *name)
{
    u_char      *p;
    ngx_str_t   *found;
    ngx_uint_t   i;

    p = cases->elts;

    for (i = 0; i < cases->nelts; i++) {
        found = (ngx_str_t *) p;

        if (found->len == name->len
            && ngx_strncmp(found->data, name->data, name->len) == 0)
        {
            return p;
        }

        p += cases->size;
    }

    return NULL;
}


static u_char *
ngx_http_vol_rules_write_string(u_char *p, u_char *last, void *field)
{
    return ngx_slprintf(p, last, "%V", (ngx_str_t *) field);
}


/* below zero there is none */

static u_char *
ngx_http_vol_rules_write_number(u_char *p, u_char *last, void *field)
{
    ngx_int_t  *number = field;

    return (*number < 0) ? p : ngx_slprintf(p, last, "%i", *number);
}


static u_char *
ngx_http_vol_rules_write_stars(u_char *p, u_char *last, void *field)
{
    ngx_http_vol_rulebook_t  *book = field;

    ngx_uint_t  i;

    for (i = 0; i < book->nstars; i++) {
        p = ngx_slprintf(p, last, "%s%i", i ? "," : "", book->stars[i]);
    }

    return p;
}


static u_char *
ngx_http_vol_rules_write_obligations(u_char *p, u_char *last, void *field)
{
    return ngx_http_vol_rules_write_named(p, last, ngx_http_vol_kinds, field,
                                          NGX_HTTP_VOL_KINDS);
}


static u_char *
ngx_http_vol_rules_write_organizer(u_char *p, u_char *last, void *field)
{
    ngx_int_t  *minutes = field;

    if (minutes[0] == 0 && minutes[1] == 0) {
        return p;
    }

    if (minutes[0]) {
        p = ngx_slprintf(p, last, "%i", minutes[0]);
    }

    p = ngx_slprintf(p, last, ",");

    if (minutes[1]) {
        p = ngx_slprintf(p, last, "%i", minutes[1]);
    }

    return p;
}


static u_char *
ngx_http_vol_rules_write_expiry(u_char *p, u_char *last, void *field)
{
    ngx_http_vol_expiry_t  *expiry = field;

    if (expiry->years == 0 && expiry->on == 0) {
        return p;
    }

    p = ngx_slprintf(p, last, "%i,", expiry->years);

    return expiry->on ? ngx_slprintf(p, last, "%04i", expiry->on) : p;
}


static u_char *
ngx_http_vol_rules_write_redemptions(u_char *p, u_char *last, void *field)
{
    return ngx_http_vol_rules_write_named(p, last, ngx_http_vol_periods, field,
                                          2 * NGX_HTTP_VOL_PERIODS);
}


/* "a=1,b=2" of the numbers that are not zero */

static u_char *
ngx_http_vol_rules_write_named(u_char *p, u_char *last, ngx_str_t *names,
    ngx_int_t *numbers, ngx_uint_t n)
{
    char        *comma;
    ngx_uint_t   i;

    comma = "";

    for (i = 0; i < n; i++) {

        if (numbers[i]) {
            p = ngx_slprintf(p, last, "%s%V=%i", comma, &names[i], numbers[i]);
            comma = ",";
        }
    }

    return p;
}
