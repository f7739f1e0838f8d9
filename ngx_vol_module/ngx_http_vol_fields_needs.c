
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fields.h"


/* needs of residents */

/* a resident asks for themself; others need not say for whom */

#define vol_body_resident                                                     \
    { ngx_string("resident"), NGX_HTTP_VOL_BODY, NGX_HTTP_VOL_ID, 0, 0,       \
      NGX_HTTP_VOL_SELF }


ngx_http_vol_key_t  ngx_http_vol_post_need_keys[] = {
    vol_key("needs:last", ""),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_post_need_fields[] = {
    vol_caller(PREFIX),
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),
    vol_body_option("tags", IDS, 0, NGX_HTTP_VOL_NEED_TAGS_MAX),
    vol_body("station", ID, 0, 0),
    vol_body("on", DATE, 0, 0),
    vol_body_option("starts", TIME, 0, 0),
    vol_body("minutes", INTEGER, 1, 1440),
    vol_body_option("note", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_body_option("until", TIME, 0, 0),
    vol_body_resident,
    vol_writer,
    vol_rule(UTC_OFFSET),
    vol_rule(MINUTES_PER_DAY),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_need_keys[] = {
    vol_key("n:", "need"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_need_fields[] = {
    vol_path("need", ID),
    vol_actor,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_needs_keys[] = {
    vol_key("needs:due", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_needs_fields[] = {
    vol_caller(PREFIX),
    vol_query("org", ID, 0, 0),
    vol_query("state", NEED, 0, 0),
    vol_query("resident", ID, 0, 0),
    vol_query("volunteer", ID, 0, 0),
    vol_query_page,
    vol_actor,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_accept_need_keys[] = {
    vol_key("n:", "need"),
    vol_key("v:", "volunteer"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_accept_need_fields[] = {
    vol_path("need", ID),
    vol_body_self("volunteer"),
    vol_writer,
    vol_rule(UTC_OFFSET),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_change_need_keys[] = {
    vol_key("n:", "need"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_finish_need_fields[] = {
    vol_path("need", ID),
    vol_writer,
    vol_rule(UTC_OFFSET),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_change_need_fields[] = {
    vol_path("need", ID),
    vol_writer,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_confirm_need_keys[] = {
    vol_key("n:", "need"),
    vol_key("u:", "user"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_confirm_need_fields[] = {
    vol_path("need", ID),
    vol_writer,
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_rule(POINTS_PER_HOUR),
    vol_rule(MINUTES_PER_DAY),
    vol_rule(ORGANIZER_MINUTES),
    vol_rule(SPENDABLE_DAYS),
    vol_rule(EXPIRY),
    vol_null
};


/* matching */

ngx_http_vol_field_t  ngx_http_vol_get_candidates_fields[] = {
    vol_caller(PREFIX),
    vol_path("need", ID),
    vol_query("limit", INTEGER, 1, NGX_HTTP_VOL_PAGE_MAX),
    vol_actor,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_suggestions_keys[] = {
    vol_key("v:", "me"),
    vol_key("needs:due", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_suggestions_fields[] = {
    vol_user_named("me"),
    vol_query("limit", INTEGER, 1, NGX_HTTP_VOL_PAGE_MAX),
    vol_rule(UTC_OFFSET),
    vol_null
};
