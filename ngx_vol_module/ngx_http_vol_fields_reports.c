
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fields.h"


/* reports */

ngx_http_vol_key_t  ngx_http_vol_get_obligations_keys[] = {
    vol_key("orgs", ""),
    vol_key("volunteers", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_obligations_fields[] = {
    vol_caller(PREFIX),
    vol_query("org", ID, 0, 0),
    vol_query("year", INTEGER, NGX_HTTP_VOL_YEAR_MIN, NGX_HTTP_VOL_YEAR_MAX),
    vol_query("kind", KIND, 0, 0),
    vol_query("limit", INTEGER, 1, NGX_HTTP_VOL_PAGE_MAX),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_PLACE_MAX),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_rule(UTC_OFFSET),
    vol_rule(OBLIGATIONS),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_commendations_fields[] = {
    vol_caller(PREFIX),
    vol_query("org", ID, 0, 0),
    vol_query("year", INTEGER, NGX_HTTP_VOL_YEAR_MIN, NGX_HTTP_VOL_YEAR_MAX),
    vol_query("stars", INTEGER, 1, NGX_HTTP_VOL_STARS_MAX),
    vol_query("limit", INTEGER, 1, NGX_HTTP_VOL_PAGE_MAX),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_BOARD_PLACE_MAX),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_rule(UTC_OFFSET),
    vol_rule(STARS),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_leaderboard_keys[] = {
    vol_key("orgs", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_leaderboard_fields[] = {
    vol_caller(PREFIX),
    vol_query("org", ID, 0, 0),
    vol_query("year", INTEGER, NGX_HTTP_VOL_YEAR_MIN, NGX_HTTP_VOL_YEAR_MAX),
    vol_query("limit", INTEGER, 1, NGX_HTTP_VOL_PAGE_MAX),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_stats_keys[] = {
    vol_key("books", ""),
    vol_key("orgs", ""),
    vol_key("teams", ""),
    vol_key("merchants", ""),
    vol_key("offers", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_stats_fields[] = {
    vol_caller(PREFIX),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_districts_fields[] = {
    vol_query("limit", INTEGER, 1, NGX_HTTP_VOL_DISTRICTS_PAGE_MAX),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_ID_MAX),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_transcript_fields[] = {
    vol_path_self("volunteer"),
    vol_query("from", DATE, 0, 0),
    vol_query("to", DATE, 0, 0),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_HISTORY_MAX),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_rule(UTC_OFFSET),
    vol_rule(TERMS),
    vol_null
};


/* the selection of outstanding volunteers */

#define vol_selection_rules                                                   \
    vol_rule(UTC_OFFSET), vol_rule(STARS), vol_rule(SELECTION)


ngx_http_vol_key_t  ngx_http_vol_get_selection_keys[] = {
    vol_key("selections", ""),
    vol_key("v:", "user"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_selection_fields[] = {
    vol_caller(PREFIX),
    vol_query("period", INTEGER, NGX_HTTP_VOL_YEAR_MIN, NGX_HTTP_VOL_YEAR_MAX),
    vol_query("state", ID, 0, 0),
    vol_query_page,
    vol_user_named("user"),
    vol_caller(ROLE),
    vol_selection_rules,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_own_selection_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_own_selection_fields[] = {
    vol_user_named("volunteer"),
    vol_caller(PREFIX),
    vol_selection_rules,
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_shortlist_volunteer_fields[] = {
    vol_path("volunteer", ID),
    vol_body_option("shortlisted", FLAG, 0, 0),
    vol_caller(PREFIX),
    vol_selection_rules,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_publish_selection_keys[] = {
    vol_key("selections", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_publish_selection_fields[] = {
    vol_caller(PREFIX),
    vol_selection_rules,
    vol_null
};


/* certificates */

ngx_http_vol_field_t  ngx_http_vol_get_certificate_fields[] = {
    vol_path_self("volunteer"),
    vol_query("from", DATE, 0, 0),
    vol_query("to", DATE, 0, 0),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_fresh("code"),
    vol_rule(UTC_OFFSET),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_check_certificate_keys[] = {
    vol_key("ct:", "code"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_check_certificate_fields[] = {
    vol_caller(PREFIX),
    vol_path("code", CODE),
    vol_null
};
