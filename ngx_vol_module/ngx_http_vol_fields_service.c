
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fields.h"


#define NGX_HTTP_VOL_SHOWN_MAX    16            /* characters of a code */

/* "ORG:PROJECT" */
#define NGX_HTTP_VOL_PROJECT_CURSOR_MAX  (2 * NGX_HTTP_VOL_ID_MAX + 1)


/* projects */

ngx_http_vol_key_t  ngx_http_vol_project_keys[] = {
    vol_key("j:", "project"),
    vol_key_null
};


ngx_http_vol_key_t  ngx_http_vol_put_project_keys[] = {
    vol_key("j:", "project"),
    vol_key("projects", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_put_project_fields[] = {
    vol_caller(PREFIX),
    vol_path("project", ID),
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),
    vol_body("class", ID, 0, 0),
    vol_body_option("org", ID, 0, 0),
    vol_body_option("brand", FLAG, 0, 0),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_rule(PROJECT_CLASSES),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_project_fields[] = {
    vol_path("project", ID),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_projects_keys[] = {
    vol_key("projects", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_projects_fields[] = {
    vol_caller(PREFIX),
    vol_query("org", ID, 0, 0),
    vol_query("limit", INTEGER, 1, NGX_HTTP_VOL_PAGE_MAX),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_PROJECT_CURSOR_MAX),
    vol_null
};


/* activities */

ngx_http_vol_key_t  ngx_http_vol_activity_keys[] = {
    vol_key("a:", "activity"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_put_activity_fields[] = {
    vol_caller(PREFIX),
    vol_activity,
    vol_secret,
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_rule(UTC_OFFSET),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_activity_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_activities_keys[] = {
    vol_key("al:open", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_activities_fields[] = {
    vol_caller(PREFIX),
    vol_query("org", ID, 0, 0),
    vol_query("project", ID, 0, 0),
    vol_query("tag", ID, 0, 0),
    vol_query("day", DATE, 0, 0),
    vol_query("places", FLAG, 0, 0),
    vol_query("state", ID, 0, 0),
    vol_query_page,
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_null
};


/* of a step of its state, and of its code */

ngx_http_vol_field_t  ngx_http_vol_activity_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_close_activity_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_body_option("beneficiaries", INTEGER, 0, NGX_HTTP_VOL_NUMBER_MAX),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_rule(UTC_OFFSET),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_repeat_activity_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_body("every", ID, 0, 0),
    vol_body("until", DATE, 0, 0),
    vol_secret,
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_rule(UTC_OFFSET),
    vol_null
};


/* sign-ups */

ngx_http_vol_key_t  ngx_http_vol_post_signup_keys[] = {
    vol_key("a:", "activity"),
    vol_key("v:", "volunteer"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_post_signup_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_body_self("volunteer"),
    vol_body_option("post", ID, 0, 0),
    vol_writer,
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_post_withdraw_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_body_self("volunteer"),
    vol_writer,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_signups_keys[] = {
    vol_key("a:", "activity"),
    vol_key("so:", "activity"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_signups_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_query("state", ID, 0, 0),
    vol_query_page,
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_my_signups_keys[] = {
    vol_key("sv:", "me"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_my_signups_fields[] = {
    vol_caller(PREFIX),
    vol_user_named("me"),
    vol_query_page,
    vol_null
};


/* attendance */

ngx_http_vol_field_t  ngx_http_vol_post_checkin_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_body_self("volunteer"),
    vol_body_option("code", TEXT, 1, NGX_HTTP_VOL_SHOWN_MAX),
    vol_place,
    vol_writer,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_post_checkout_keys[] = {
    vol_key("a:", "activity"),
    vol_key("v:", "volunteer"),
    vol_key("u:", "user"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_post_checkout_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_body_self("volunteer"),
    vol_body_option("code", TEXT, 1, NGX_HTTP_VOL_SHOWN_MAX),
    vol_place,
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_rule(MINUTES_PER_DAY),
    vol_rule(ORGANIZER_MINUTES),
    vol_rule(SPENDABLE_DAYS),
    vol_rule(EXPIRY),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_post_confirm_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_body("volunteer", ID, 0, 0),
    vol_body("minutes", INTEGER, 1, 1440),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_rule(MINUTES_PER_DAY),
    vol_rule(ORGANIZER_MINUTES),
    vol_rule(SPENDABLE_DAYS),
    vol_rule(EXPIRY),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_post_share_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_body("text", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_body_option("pictures", IDS, 0, NGX_HTTP_VOL_PICTURES_MAX),
    vol_user_named("volunteer"),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_shares_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_query_page,
    vol_actor,
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_thank_share_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_path("volunteer", ID),
    vol_user_named("user"),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_hide_share_fields[] = {
    vol_caller(PREFIX),
    vol_path("activity", ID),
    vol_path("volunteer", ID),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_null
};
