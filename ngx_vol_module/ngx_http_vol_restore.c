
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_import.h"
#include "ngx_http_vol_fields.h"
#include "ngx_http_vol_shapes.h"
#include "ngx_http_vol_scripts.h"


/*
 * Lines of a registry that are as the export wrote them: what only operations
 * bring about.  Lists and figures follow from them.
 */


#define NGX_HTTP_VOL_LINE_ORGS      3       /* a station and those above it */

#define vol_restore(name, keys, fields)                                       \
    ngx_http_vol_endpoint_t  ngx_http_vol_restore_##name = {                  \
        NGX_HTTP_POST, ngx_string("import"),                                  \
        NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_BATCH,                               \
        &ngx_http_vol_lua_restore_##name, keys, fields,                       \
        ngx_http_vol_nothing_shape                                            \
    }


static ngx_http_vol_field_t  ngx_http_vol_restore_signup_fields[] = {
    vol_caller(PREFIX),
    vol_body("activity", ID, 0, 0),
    vol_body("volunteer", ID, 0, 0),
    vol_body("post", ID, 0, 0),
    vol_body("state", ID, 0, 0),
    vol_body("signed_up", TIME, 0, 0),
    vol_body_option("checked_in", TIME, 0, 0),
    vol_body_option("minutes", INTEGER, 1, 1440),
    vol_body_option("entry", ID, 0, 0),
    vol_rule(UTC_OFFSET),
    vol_null
};


vol_restore(signup, ngx_http_vol_activity_keys,
            ngx_http_vol_restore_signup_fields);


static ngx_http_vol_field_t  ngx_http_vol_restore_share_fields[] = {
    vol_caller(PREFIX),
    vol_body("activity", ID, 0, 0),
    vol_body("volunteer", ID, 0, 0),
    vol_body("at", TIME, 0, 0),
    vol_body("text", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_body_option("pictures", IDS, 0, NGX_HTTP_VOL_PICTURES_MAX),
    vol_body_option("hidden", FLAG, 0, 0),
    vol_null
};


vol_restore(share, ngx_http_vol_activity_keys,
            ngx_http_vol_restore_share_fields);


static ngx_http_vol_field_t  ngx_http_vol_restore_thanks_fields[] = {
    vol_caller(PREFIX),
    vol_body("activity", ID, 0, 0),
    vol_body("volunteer", ID, 0, 0),
    vol_body("users", IDS, 0, NGX_HTTP_VOL_IDS_MAX),
    vol_null
};


vol_restore(thanks, ngx_http_vol_activity_keys,
            ngx_http_vol_restore_thanks_fields);


static ngx_http_vol_key_t  ngx_http_vol_restore_need_keys[] = {
    vol_key("n:", "need"),
    vol_key("needs:last", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_restore_need_fields[] = {
    vol_caller(PREFIX),
    vol_body("need", ID, 0, 0),
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),
    vol_body_option("tags", IDS, 0, NGX_HTTP_VOL_NEED_TAGS_MAX),
    vol_body("station", ID, 0, 0),
    vol_body("scope", ID, 0, 0),
    vol_body("on", DATE, 0, 0),
    vol_body_option("starts", TIME, 0, 0),
    vol_body("minutes", INTEGER, 1, 1440),
    vol_body("until", TIME, 0, 0),
    vol_body("state", NEED, 0, 0),
    vol_body_option("note", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_body_option("resident", ID, 0, 0),
    vol_body_option("volunteer", ID, 0, 0),
    vol_body_option("entry", ID, 0, 0),
    vol_body("line", IDS, 0, NGX_HTTP_VOL_LINE_ORGS),
    vol_body("rises", TIME, 0, 0),
    vol_body_option("by", ID, 0, 0),
    vol_rule(UTC_OFFSET),
    vol_null
};


vol_restore(need, ngx_http_vol_restore_need_keys,
            ngx_http_vol_restore_need_fields);


#define vol_selection_rules                                                   \
    vol_caller(PREFIX), vol_rule(UTC_OFFSET), vol_rule(STARS),                \
    vol_rule(SELECTION)


static ngx_http_vol_field_t  ngx_http_vol_restore_selection_fields[] = {
    vol_body("period", INTEGER, NGX_HTTP_VOL_YEAR_MIN, NGX_HTTP_VOL_YEAR_MAX),
    vol_body("volunteer", ID, 0, 0),
    vol_body("state", ID, 0, 0),
    vol_selection_rules,
    vol_null
};


vol_restore(selection, ngx_http_vol_account_keys,
            ngx_http_vol_restore_selection_fields);


static ngx_http_vol_field_t  ngx_http_vol_restore_publication_fields[] = {
    vol_body("period", INTEGER, NGX_HTTP_VOL_YEAR_MIN, NGX_HTTP_VOL_YEAR_MAX),
    vol_body("published", TIME, 0, 0),
    vol_selection_rules,
    vol_null
};


vol_restore(publication, ngx_http_vol_publish_selection_keys,
            ngx_http_vol_restore_publication_fields);


static ngx_http_vol_key_t  ngx_http_vol_restore_certificate_keys[] = {
    vol_key("ct:", "code"),
    vol_key("cl:", "volunteer"),
    vol_key("v:", "volunteer"),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_restore_certificate_fields[] = {
    vol_body("code", CODE, 0, 0),
    vol_body("volunteer", ID, 0, 0),
    vol_body("issued", TIME, 0, 0),
    vol_body("content", TEXT, 1, NGX_HTTP_VOL_BODY_MAX),
    vol_body("signature", ID, 0, 0),
    vol_null
};


vol_restore(certificate, ngx_http_vol_restore_certificate_keys,
            ngx_http_vol_restore_certificate_fields);
