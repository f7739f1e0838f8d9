
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fields.h"


/* orgs and teams */

ngx_http_vol_key_t  ngx_http_vol_org_keys[] = {
    vol_key("g:", "org"),
    vol_key_null
};


ngx_http_vol_key_t  ngx_http_vol_put_org_keys[] = {
    vol_key("g:", "org"),
    vol_key("orgs", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_put_org_fields[] = {
    vol_caller(PREFIX),
    vol_path("org", ID),
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),
    vol_body_option("parent", ID, 0, 0),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_org_fields[] = {
    vol_caller(PREFIX),
    vol_path("org", ID),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_orgs_keys[] = {
    vol_key("orgs", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_orgs_fields[] = {
    vol_caller(PREFIX),
    vol_query("parent", ID, 0, 0),
    vol_query_page,
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_org_stats_fields[] = {
    vol_caller(PREFIX),
    vol_path("org", ID),
    vol_query("year", INTEGER, NGX_HTTP_VOL_YEAR_MIN, NGX_HTTP_VOL_YEAR_MAX),
    vol_rule(UTC_OFFSET),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_put_goal_fields[] = {
    vol_caller(PREFIX),
    vol_path("org", ID),
    vol_body("hours", INTEGER, 0, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body_option("year", INTEGER, NGX_HTTP_VOL_YEAR_MIN,
                    NGX_HTTP_VOL_YEAR_MAX),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_rule(UTC_OFFSET),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_team_keys[] = {
    vol_key("t:", "team"),
    vol_key_null
};


ngx_http_vol_key_t  ngx_http_vol_put_team_keys[] = {
    vol_key("t:", "team"),
    vol_key("teams", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_put_team_fields[] = {
    vol_caller(PREFIX),
    vol_path("team", ID),
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),
    vol_body("kind", TEAM, 0, 0),
    vol_body_option("org", ID, 0, 0),
    vol_body_option("leader", ID, 0, 0),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_team_fields[] = {
    vol_caller(PREFIX),
    vol_path("team", ID),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_teams_keys[] = {
    vol_key("teams", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_teams_fields[] = {
    vol_caller(PREFIX),
    vol_query("org", ID, 0, 0),
    vol_query_page,
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_members_fields[] = {
    vol_caller(PREFIX),
    vol_path("team", ID),
    vol_query_page,
    vol_actor,
    vol_null
};
