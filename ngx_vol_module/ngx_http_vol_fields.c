
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fields.h"


/* volunteers */

ngx_http_vol_field_t  ngx_http_vol_put_volunteer_fields[] = {
    vol_volunteer,
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_account_rules,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_account_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_volunteer_fields[] = {
    vol_path_self("volunteer"),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_account_rules,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_me_keys[] = {
    vol_key("v:", "me"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_me_fields[] = {
    vol_user_named("me"),
    vol_caller(NOBODY),
    vol_caller(NOBODY),
    vol_account_rules,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_post_hours_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key("u:", "user"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_post_hours_fields[] = {
    vol_path("volunteer", ID),
    vol_body("minutes", INTEGER, 1, 1440),
    vol_body_option("activity", ID, 0, 0),
    vol_body("on", DATE, 0, 0),
    vol_body_option("note", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_rule(MINUTES_PER_DAY),
    vol_rule(ORGANIZER_MINUTES),
    vol_rule(SPENDABLE_DAYS),
    vol_rule(EXPIRY),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_post_account_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_post_award_fields[] = {
    vol_path("volunteer", ID),
    vol_body("case", ID, 0, 0),
    vol_body("points", INTEGER, 1, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body("evidence", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_body_option("note", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_case(MIN),
    vol_case(MAX),
    vol_case(APPROVAL),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_rule(EXPIRY),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_awards_keys[] = {
    vol_key("waiting", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_awards_fields[] = {
    vol_caller(PREFIX),
    vol_query_self("volunteer"),
    vol_query_page,
    vol_caller(ROLE),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_record_keys[] = {
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_approve_award_fields[] = {
    vol_caller(PREFIX),
    vol_path("award", ID),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_rule(EXPIRY),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_refuse_award_fields[] = {
    vol_caller(PREFIX),
    vol_path("award", ID),
    vol_body("reason", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_freeze_volunteer_fields[] = {
    vol_path("volunteer", ID),
    vol_body("reason", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_merge_volunteer_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key("v:", "into"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_merge_volunteer_fields[] = {
    vol_path("volunteer", ID),
    vol_body("into", ID, 0, 0),
    vol_body("reason", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_ledger_fields[] = {
    vol_path_self("volunteer"),
    vol_query("limit", INTEGER, 1, NGX_HTTP_VOL_PAGE_MAX),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_HISTORY_MAX),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_post_reversal_keys[] = {
    vol_key("reversed", ""),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_post_reversal_fields[] = {
    vol_caller(PREFIX),
    vol_path("entry", ID),
    vol_body("reason", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_null
};


/* alliance */

ngx_http_vol_key_t  ngx_http_vol_merchant_keys[] = {
    vol_key("m:", "merchant"),
    vol_key_null
};


ngx_http_vol_key_t  ngx_http_vol_put_merchant_keys[] = {
    vol_key("m:", "merchant"),
    vol_key("merchants", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_put_merchant_fields[] = {
    vol_path("merchant", ID),
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),
    vol_body_option("category", TEXT, 0, NGX_HTTP_VOL_TITLE_MAX),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_merchant_fields[] = {
    vol_path("merchant", ID),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_put_offer_keys[] = {
    vol_key("o:", "offer"),
    vol_key("m:", "merchant"),
    vol_key("offers", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_put_offer_fields[] = {
    vol_caller(PREFIX),
    vol_path("offer", ID),
    vol_body("merchant", ID, 0, 0),
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),
    vol_body("price", INTEGER, 0, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body("stock", INTEGER, 0, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body_option("min_stars", INTEGER, 0, NGX_HTTP_VOL_STARS_MAX),
    vol_body_option("per_person", INTEGER, 1, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body_option("starts", TIME, 0, 0),
    vol_body_option("ends", TIME, 0, 0),
    vol_body_option("valid_days", INTEGER, 1, 3660),
    vol_actor,
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_offer_keys[] = {
    vol_key("o:", "offer"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_offer_fields[] = {
    vol_path("offer", ID),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_offers_keys[] = {
    vol_key("offers", ""),
    vol_key("v:", "me"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_offers_fields[] = {
    vol_caller(PREFIX),
    vol_user_named("me"),
    vol_query("merchant", ID, 0, 0),
    vol_query("affordable", FLAG, 0, 0),
    vol_query_page,
    vol_rule(UTC_OFFSET),
    vol_rule(STARS),
    vol_rule(REDEMPTIONS),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_restock_offer_keys[] = {
    vol_key("o:", "offer"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_restock_offer_fields[] = {
    vol_caller(PREFIX),
    vol_path("offer", ID),
    vol_body("stock", INTEGER, -1000000, 1000000),
    vol_writer,
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_redeem_offer_keys[] = {
    vol_key("o:", "offer"),
    vol_key("v:", "volunteer"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_redeem_offer_fields[] = {
    vol_path("offer", ID),
    vol_body_self("volunteer"),
    vol_fresh("code"),
    vol_actor,
    vol_caller(FINGERPRINT),
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_rule(STARS),
    vol_rule(VALID_DAYS),
    vol_rule(REDEMPTIONS),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_voucher_keys[] = {
    vol_key("x:", "code"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_voucher_fields[] = {
    vol_caller(PREFIX),
    vol_path("code", CODE),
    vol_actor,
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_rule(KEPT_DAYS),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_end_voucher_keys[] = {
    vol_key("x:", "code"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_end_voucher_fields[] = {
    vol_caller(PREFIX),
    vol_path("code", CODE),
    vol_writer,
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_rule(KEPT_DAYS),
    vol_null
};


/* the books */

ngx_http_vol_key_t  ngx_http_vol_get_books_keys[] = {
    vol_key("books", ""),
    vol_key("ledger", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_no_fields[] = {
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_put_fund_keys[] = {
    vol_key("f:", "fund"),
    vol_key("funds", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_put_fund_fields[] = {
    vol_path("fund", ID),
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_fund_keys[] = {
    vol_key("f:", "fund"),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_fund_fields[] = {
    vol_path("fund", ID),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_funds_keys[] = {
    vol_key("funds", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_funds_fields[] = {
    vol_caller(PREFIX),
    vol_query_page,
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_post_donation_keys[] = {
    vol_key("f:", "fund"),
    vol_key("v:", "volunteer"),
    vol_key_record,
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_post_donation_fields[] = {
    vol_path("fund", ID),
    vol_body("points", INTEGER, 1, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body_self("volunteer"),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_null
};


/* streams, which no script answers alone */

ngx_http_vol_field_t  ngx_http_vol_export_fields[] = {
    vol_query_required("what", ID, 0, 0),
    vol_query("format", ID, 0, 0),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_EXPORT_PLACE_MAX),
    vol_query("bom", FLAG, 0, 0),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_get_data_fields[] = {
    vol_path_self("volunteer"),
    vol_null
};


/* seals */

ngx_http_vol_key_t  ngx_http_vol_get_seals_keys[] = {
    vol_key("seals", ""),
    vol_key("roots", ""),
    vol_key("ledger", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_seals_fields[] = {
    vol_query("roots", FLAG, 0, 0),
    vol_query_page,
    vol_rule(UTC_OFFSET),
    vol_null
};


/* the audit */

ngx_http_vol_key_t  ngx_http_vol_post_audit_keys[] = {
    vol_key("audit", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_post_audit_fields[] = {
    vol_caller(PREFIX),
    vol_caller(USER),
    vol_null
};


ngx_http_vol_key_t  ngx_http_vol_get_audit_keys[] = {
    vol_key("audit", ""),
    vol_key("audit:found", ""),
    vol_key_null
};


ngx_http_vol_field_t  ngx_http_vol_get_audit_fields[] = {
    vol_caller(PREFIX),
    vol_query_page,
    vol_null
};
