
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_import.h"
#include "ngx_http_vol_fields.h"
#include "ngx_http_vol_shapes.h"
#include "ngx_http_vol_scripts.h"


/* a volunteer, whose account no line is answered with */

static ngx_http_vol_field_t  ngx_http_vol_import_volunteer_fields[] = {
    vol_volunteer,
    vol_body_option("called", INTEGER, 0, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body_option("erased", FLAG, 0, 0),
    vol_rule(UTC_OFFSET),
    vol_null
};


static ngx_http_vol_endpoint_t  ngx_http_vol_volunteer_endpoint = {
    NGX_HTTP_PUT, ngx_string("volunteers/:volunteer"),
    NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_BATCH,
    &ngx_http_vol_lua_import_volunteer,
    ngx_http_vol_account_keys,
    ngx_http_vol_import_volunteer_fields,
    ngx_http_vol_nothing_shape
};


/* what a volunteer had in another system */

static ngx_http_vol_field_t  ngx_http_vol_opening_fields[] = {
    vol_body("volunteer", ID, 0, 0),
    vol_body("earned", INTEGER, 0, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body("balance", INTEGER, 0, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body_option("minutes", INTEGER, 0, 59),
    vol_body_option("year_earned", INTEGER, 0, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body_option("on", DATE, 0, 0),
    vol_body_option("note", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_writer,
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_rule(POINTS_PER_HOUR),
    vol_null
};


static ngx_http_vol_endpoint_t  ngx_http_vol_opening_endpoint = {
    NGX_HTTP_POST, ngx_string("opening"),
    NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_BATCH,
    &ngx_http_vol_lua_post_opening,
    ngx_http_vol_post_account_keys,
    ngx_http_vol_opening_fields,
    NULL
};


/* an entry of another ledger */

static ngx_http_vol_key_t  ngx_http_vol_restore_entry_keys[] = {
    vol_key("ledger", ""),
    vol_key("duty:sweep", ""),
    vol_key("sweep", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_restore_entry_fields[] = {
    vol_caller(PREFIX),
    vol_body("entry", ID, 0, 0),
    vol_body("type", ID, 0, 0),
    vol_body_option("volunteer", ID, 0, 0),
    vol_body("points", INTEGER, -NGX_HTTP_VOL_POINTS_MAX,
             NGX_HTTP_VOL_POINTS_MAX),
    vol_body("earned", INTEGER, -NGX_HTTP_VOL_POINTS_MAX,
             NGX_HTTP_VOL_POINTS_MAX),
    vol_body_option("balance", INTEGER, -NGX_HTTP_VOL_POINTS_MAX,
                    NGX_HTTP_VOL_POINTS_MAX),
    vol_body_option("ref", ID, 0, 0),
    vol_body_option("voucher", CODE, 0, 0),
    vol_body_option("merchant", ID, 0, 0),
    vol_body("on", DATE, 0, 0),
    vol_body_option("minutes", INTEGER, -1440, 1440),
    vol_body_option("points_per_hour", INTEGER, 1, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body_option("expires", TIME, 0, 0),
    vol_body_option("amount", INTEGER, -NGX_HTTP_VOL_POINTS_MAX,
                    NGX_HTTP_VOL_POINTS_MAX),
    vol_body_option("counted", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_body_option("by", TEXT, 0, NGX_HTTP_VOL_ID_MAX),
    vol_body_option("role", TEXT, 0, NGX_HTTP_VOL_ID_MAX),
    vol_body_option("scope", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_body_option("rules", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_body_option("org", ID, 0, 0),
    vol_body_option("note", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_body_option("evidence", TEXT, 0, NGX_HTTP_VOL_BODY_MAX),
    vol_body_option("proposal", ID, 0, 0),
    vol_rule(UTC_OFFSET),
    vol_rule(KEPT_DAYS),
    vol_null
};


static ngx_http_vol_endpoint_t  ngx_http_vol_restore_endpoint = {
    NGX_HTTP_POST, ngx_string("import"),
    NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_BATCH,
    &ngx_http_vol_lua_restore_entry,
    ngx_http_vol_restore_entry_keys,
    ngx_http_vol_restore_entry_fields,
    ngx_http_vol_nothing_shape
};


/* an activity in any state */

static ngx_http_vol_field_t  ngx_http_vol_import_activity_fields[] = {
    vol_caller(PREFIX),
    vol_activity,
    vol_body_option("state", ID, 0, 0),
    vol_body_option("closed", TIME, 0, 0),
    vol_secret,
    vol_rule(UTC_OFFSET),
    vol_null
};


static ngx_http_vol_endpoint_t  ngx_http_vol_activity_endpoint = {
    NGX_HTTP_PUT, ngx_string("activities/:activity"),
    NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_BATCH,
    &ngx_http_vol_lua_import_activity,
    ngx_http_vol_activity_keys,
    ngx_http_vol_import_activity_fields,
    ngx_http_vol_nothing_shape
};


/* who served in an activity, by a list on paper */

static ngx_http_vol_field_t  ngx_http_vol_attendance_fields[] = {
    vol_caller(PREFIX),
    vol_body("activity", ID, 0, 0),
    vol_body("volunteer", ID, 0, 0),
    vol_body_option("post", ID, 0, 0),
    vol_body("minutes", INTEGER, 1, 1440),
    vol_writer,
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_rule(POINTS_PER_HOUR),
    vol_rule(MINUTES_PER_DAY),
    vol_rule(SPENDABLE_DAYS),
    vol_rule(EXPIRY),
    vol_null
};


static ngx_http_vol_endpoint_t  ngx_http_vol_attendance_endpoint = {
    NGX_HTTP_POST, ngx_string("attendance"),
    NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_BATCH,
    &ngx_http_vol_lua_import_attendance,
    ngx_http_vol_post_signup_keys,
    ngx_http_vol_attendance_fields,
    ngx_http_vol_nothing_shape
};


/* an endpoint of the table by method and path, or one that is outside of it */

ngx_http_vol_import_type_t  ngx_http_vol_import_types[] = {

    { ngx_string("volunteer"), 0, ngx_null_string,
      &ngx_http_vol_volunteer_endpoint },

    { ngx_string("merchant"), NGX_HTTP_PUT,
      ngx_string("merchants/:merchant"), NULL },

    { ngx_string("offer"), NGX_HTTP_PUT,
      ngx_string("offers/:offer"), NULL },

    { ngx_string("fund"), NGX_HTTP_PUT,
      ngx_string("funds/:fund"), NULL },

    { ngx_string("org"), NGX_HTTP_PUT,
      ngx_string("orgs/:org"), NULL },

    { ngx_string("goal"), NGX_HTTP_PUT,
      ngx_string("orgs/:org/goal"), NULL },

    { ngx_string("team"), NGX_HTTP_PUT,
      ngx_string("teams/:team"), NULL },

    { ngx_string("project"), NGX_HTTP_PUT,
      ngx_string("projects/:project"), NULL },

    { ngx_string("activity"), 0, ngx_null_string,
      &ngx_http_vol_activity_endpoint },

    { ngx_string("hours"), NGX_HTTP_POST,
      ngx_string("volunteers/:volunteer/hours"), NULL },

    { ngx_string("attendance"), 0, ngx_null_string,
      &ngx_http_vol_attendance_endpoint },

    { ngx_string("award"), NGX_HTTP_POST,
      ngx_string("volunteers/:volunteer/awards"), NULL },

    { ngx_string("opening"), 0, ngx_null_string,
      &ngx_http_vol_opening_endpoint },

    { ngx_string("entry"), 0, ngx_null_string,
      &ngx_http_vol_restore_endpoint },

    { ngx_string("signup"), 0, ngx_null_string,
      &ngx_http_vol_restore_signup },

    { ngx_string("share"), 0, ngx_null_string,
      &ngx_http_vol_restore_share },

    { ngx_string("thanks"), 0, ngx_null_string,
      &ngx_http_vol_restore_thanks },

    { ngx_string("need"), 0, ngx_null_string,
      &ngx_http_vol_restore_need },

    { ngx_string("selection"), 0, ngx_null_string,
      &ngx_http_vol_restore_selection },

    { ngx_string("publication"), 0, ngx_null_string,
      &ngx_http_vol_restore_publication },

    { ngx_string("certificate"), 0, ngx_null_string,
      &ngx_http_vol_restore_certificate },

    { ngx_null_string, 0, ngx_null_string, NULL }
};


ngx_int_t
ngx_http_vol_import_init(ngx_conf_t *cf)
{
    ngx_str_t                    segments[NGX_HTTP_VOL_FIELDS_MAX];
    ngx_http_vol_import_type_t  *t;

    for (t = ngx_http_vol_import_types; t->type.len; t++) {

        if (t->method
            && ngx_http_vol_find(&t->path, t->method, &t->endpoint, segments)
               != NGX_OK)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "lines of type \"%V\" have no endpoint",
                               &t->type);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_http_vol_endpoint_t *
ngx_http_vol_import_type(ngx_str_t *type)
{
    ngx_http_vol_import_type_t  *t;

    for (t = ngx_http_vol_import_types; t->type.len; t++) {
        if (t->type.len == type->len
            && ngx_strncmp(t->type.data, type->data, type->len) == 0)
        {
            return t->endpoint;
        }
    }

    return NULL;
}
