
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_shapes.h"
#include "ngx_http_vol_scripts.h"


/*
 * The table of endpoints.  A row says method, path, roles, the script with its
 * keys and arguments, and the shape of its reply; fields stand in the order of
 * the script's ARGV, keys in that of its KEYS.
 */


#define vol_path(name, type)                                                  \
    { ngx_string(name), NGX_HTTP_VOL_PATH, NGX_HTTP_VOL_##type, 0, 0,         \
      NGX_HTTP_VOL_REQUIRED }

/* a volunteer who may be only the caller, when that is a volunteer */
#define vol_path_self(name)                                                   \
    { ngx_string(name), NGX_HTTP_VOL_PATH, NGX_HTTP_VOL_ID, 0, 0,             \
      NGX_HTTP_VOL_REQUIRED|NGX_HTTP_VOL_SELF }

#define vol_body_self(name)                                                   \
    { ngx_string(name), NGX_HTTP_VOL_BODY, NGX_HTTP_VOL_ID, 0, 0,             \
      NGX_HTTP_VOL_REQUIRED|NGX_HTTP_VOL_SELF }

#define vol_body(name, type, min, max)                                        \
    { ngx_string(name), NGX_HTTP_VOL_BODY, NGX_HTTP_VOL_##type, min, max,     \
      NGX_HTTP_VOL_REQUIRED }

#define vol_body_option(name, type, min, max)                                 \
    { ngx_string(name), NGX_HTTP_VOL_BODY, NGX_HTTP_VOL_##type, min, max, 0 }

#define vol_query(name, type, min, max)                                       \
    { ngx_string(name), NGX_HTTP_VOL_QUERY, NGX_HTTP_VOL_##type, min, max, 0 }

/* the same, of a query where others may leave it out */
#define vol_query_self(name)                                                  \
    { ngx_string(name), NGX_HTTP_VOL_QUERY, NGX_HTTP_VOL_ID, 0, 0,            \
      NGX_HTTP_VOL_SELF }

#define vol_query_required(name, type, min, max)                              \
    { ngx_string(name), NGX_HTTP_VOL_QUERY, NGX_HTTP_VOL_##type, min, max,    \
      NGX_HTTP_VOL_REQUIRED }

#define vol_caller(what)                                                      \
    { ngx_null_string, NGX_HTTP_VOL_CALLER, NGX_HTTP_VOL_##what, 0, 0, 0 }

#define vol_rule(what)                                                        \
    { ngx_null_string, NGX_HTTP_VOL_RULE, NGX_HTTP_VOL_RULE_##what, 0, 0, 0 }

#define vol_case(bound)                                                       \
    { ngx_null_string, NGX_HTTP_VOL_CASE, NGX_HTTP_VOL_CASE_##bound, 0, 0, 0 }

#define vol_fresh(name)                                                       \
    { ngx_string(name), NGX_HTTP_VOL_FRESH, NGX_HTTP_VOL_CODE, 0, 0, 0 }

#define vol_user_named(name)                                                  \
    { ngx_string(name), NGX_HTTP_VOL_CALLER, NGX_HTTP_VOL_USER, 0, 0, 0 }

#define vol_null                                                              \
    { ngx_null_string, NGX_HTTP_VOL_PATH, 0, 0, 0, 0 }

#define vol_actor                                                             \
    vol_user_named("user"), vol_caller(ROLE), vol_caller(SCOPE)

#define vol_writer                                                            \
    vol_actor, vol_caller(FINGERPRINT), vol_caller(WINDOW)

#define vol_account_rules                                                     \
    vol_rule(UTC_OFFSET), vol_rule(POINTS_PER_HOUR), vol_rule(STARS),         \
    vol_rule(OBLIGATIONS)

#define vol_key(head, field)  { ngx_string(head), ngx_string(field) }
#define vol_key_null          { ngx_null_string, ngx_null_string }

/* ":" is in no field's name: the digest of user and Idempotency-Key */
#define vol_key_record        vol_key("i:", ":key")


/* volunteers */

static ngx_http_vol_key_t  ngx_http_vol_put_volunteer_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key("books", ""),
    vol_key("volunteers", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_put_volunteer_fields[] = {
    vol_path("volunteer", ID),
    vol_body("kind", KIND, 0, 0),
    vol_body_option("station", ID, 0, 0),
    vol_body_option("teams", IDS, 0, NGX_HTTP_VOL_IDS_MAX),
    vol_body_option("tags", IDS, 0, NGX_HTTP_VOL_IDS_MAX),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_account_rules,
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_account_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_volunteer_fields[] = {
    vol_path_self("volunteer"),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_account_rules,
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_get_me_keys[] = {
    vol_key("v:", "me"),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_me_fields[] = {
    vol_user_named("me"),
    vol_caller(NOBODY),
    vol_caller(NOBODY),
    vol_account_rules,
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_post_hours_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key("u:", "user"),
    vol_key_record,
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_post_hours_fields[] = {
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


static ngx_http_vol_key_t  ngx_http_vol_post_account_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key_record,
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_post_award_fields[] = {
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


static ngx_http_vol_key_t  ngx_http_vol_get_awards_keys[] = {
    vol_key("waiting", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_awards_fields[] = {
    vol_caller(PREFIX),
    vol_query_self("volunteer"),
    vol_query("limit", INTEGER, 1, 100),
    vol_query("after", CURSOR, 0, 0),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_record_keys[] = {
    vol_key_record,
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_approve_award_fields[] = {
    vol_caller(PREFIX),
    vol_path("award", ID),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_rule(EXPIRY),
    vol_null
};


static ngx_http_vol_field_t  ngx_http_vol_refuse_award_fields[] = {
    vol_caller(PREFIX),
    vol_path("award", ID),
    vol_body("reason", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_null
};


static ngx_http_vol_field_t  ngx_http_vol_freeze_volunteer_fields[] = {
    vol_path("volunteer", ID),
    vol_body("reason", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_merge_volunteer_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key("v:", "into"),
    vol_key_record,
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_merge_volunteer_fields[] = {
    vol_path("volunteer", ID),
    vol_body("into", ID, 0, 0),
    vol_body("reason", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_ledger_fields[] = {
    vol_path_self("volunteer"),
    vol_query("limit", INTEGER, 1, 100),
    vol_query("after", CURSOR, 0, 0),
    vol_caller(ROLE),
    vol_caller(SCOPE),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_post_reversal_keys[] = {
    vol_key("reversed", ""),
    vol_key_record,
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_post_reversal_fields[] = {
    vol_caller(PREFIX),
    vol_path("entry", ID),
    vol_body("reason", TEXT, 1, NGX_HTTP_VOL_TEXT_MAX),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_null
};


/* alliance */

static ngx_http_vol_key_t  ngx_http_vol_merchant_keys[] = {
    vol_key("m:", "merchant"),
    vol_key_null
};


static ngx_http_vol_key_t  ngx_http_vol_put_merchant_keys[] = {
    vol_key("m:", "merchant"),
    vol_key("merchants", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_put_merchant_fields[] = {
    vol_path("merchant", ID),
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),
    vol_body_option("category", TEXT, 0, NGX_HTTP_VOL_TITLE_MAX),
    vol_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_merchant_fields[] = {
    vol_path("merchant", ID),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_put_offer_keys[] = {
    vol_key("o:", "offer"),
    vol_key("m:", "merchant"),
    vol_key("offers", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_put_offer_fields[] = {
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


static ngx_http_vol_key_t  ngx_http_vol_offer_keys[] = {
    vol_key("o:", "offer"),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_offer_fields[] = {
    vol_path("offer", ID),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_get_offers_keys[] = {
    vol_key("offers", ""),
    vol_key("v:", "me"),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_offers_fields[] = {
    vol_caller(PREFIX),
    vol_user_named("me"),
    vol_query("merchant", ID, 0, 0),
    vol_query("affordable", FLAG, 0, 0),
    vol_query("limit", INTEGER, 1, 100),
    vol_query("after", CURSOR, 0, 0),
    vol_rule(UTC_OFFSET),
    vol_rule(STARS),
    vol_rule(REDEMPTIONS),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_restock_offer_keys[] = {
    vol_key("o:", "offer"),
    vol_key_record,
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_restock_offer_fields[] = {
    vol_caller(PREFIX),
    vol_path("offer", ID),
    vol_body("stock", INTEGER, -1000000, 1000000),
    vol_writer,
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_redeem_offer_keys[] = {
    vol_key("o:", "offer"),
    vol_key("v:", "volunteer"),
    vol_key("p:", "offer"),
    vol_key("x:", "code"),
    vol_key_record,
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_redeem_offer_fields[] = {
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


static ngx_http_vol_key_t  ngx_http_vol_get_voucher_keys[] = {
    vol_key("x:", "code"),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_voucher_fields[] = {
    vol_caller(PREFIX),
    vol_path("code", CODE),
    vol_actor,
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_rule(KEPT_DAYS),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_end_voucher_keys[] = {
    vol_key("x:", "code"),
    vol_key_record,
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_end_voucher_fields[] = {
    vol_caller(PREFIX),
    vol_path("code", CODE),
    vol_writer,
    vol_rule(VERSION),
    vol_rule(UTC_OFFSET),
    vol_rule(KEPT_DAYS),
    vol_null
};


/* the books */

static ngx_http_vol_key_t  ngx_http_vol_get_books_keys[] = {
    vol_key("books", ""),
    vol_key("ledger", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_no_fields[] = {
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_put_fund_keys[] = {
    vol_key("f:", "fund"),
    vol_key("funds", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_put_fund_fields[] = {
    vol_path("fund", ID),
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_get_fund_keys[] = {
    vol_key("f:", "fund"),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_fund_fields[] = {
    vol_path("fund", ID),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_get_funds_keys[] = {
    vol_key("funds", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_funds_fields[] = {
    vol_caller(PREFIX),
    vol_query("limit", INTEGER, 1, 100),
    vol_query("after", CURSOR, 0, 0),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_post_donation_keys[] = {
    vol_key("f:", "fund"),
    vol_key("v:", "volunteer"),
    vol_key_record,
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_post_donation_fields[] = {
    vol_path("fund", ID),
    vol_body("points", INTEGER, 1, NGX_HTTP_VOL_NUMBER_MAX),
    vol_body_self("volunteer"),
    vol_writer,
    vol_rule(VERSION),
    vol_account_rules,
    vol_null
};


/* lines of an import alone */

static ngx_http_vol_key_t  ngx_http_vol_opening_keys[] = {
    vol_key("v:", "volunteer"),
    vol_key_record,
    vol_key_null
};


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


ngx_http_vol_endpoint_t  ngx_http_vol_line_opening = {
    NGX_HTTP_POST, ngx_string("opening"),
    NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED,
    &ngx_http_vol_lua_post_opening,
    ngx_http_vol_opening_keys,
    ngx_http_vol_opening_fields,
    NULL
};


/* streams, which no script answers alone */

static ngx_http_vol_field_t  ngx_http_vol_export_fields[] = {
    vol_query_required("what", ID, 0, 0),
    vol_query("format", ID, 0, 0),
    vol_query("after", CURSOR, 0, 0),
    vol_query("bom", FLAG, 0, 0),
    vol_null
};


/* the pages of an export: items, after, whether there are more */

#define vol_page(name, keys, fields, shape)                                   \
    ngx_http_vol_endpoint_t  ngx_http_vol_export_##name = {                   \
        NGX_HTTP_GET, ngx_string("export"), 0, 0,                             \
        &ngx_http_vol_lua_export_##name, keys, fields, shape                  \
    }


static ngx_http_vol_field_t  ngx_http_vol_after_fields[] = {
    vol_query("after", CURSOR, 0, 0),
    vol_null
};


static ngx_http_vol_field_t  ngx_http_vol_prefix_after_fields[] = {
    vol_caller(PREFIX),
    vol_query("after", CURSOR, 0, 0),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_export_ledger_keys[] = {
    vol_key("ledger", ""),
    vol_key_null
};


vol_page(ledger, ngx_http_vol_export_ledger_keys, ngx_http_vol_after_fields,
         NULL);


static ngx_http_vol_key_t  ngx_http_vol_export_accounts_keys[] = {
    vol_key("volunteers", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_export_accounts_fields[] = {
    vol_caller(PREFIX),
    vol_query("after", CURSOR, 0, 0),
    vol_account_rules,
    vol_null
};


vol_page(accounts, ngx_http_vol_export_accounts_keys,
         ngx_http_vol_export_accounts_fields,
         ngx_http_vol_export_account_shape);


static ngx_http_vol_key_t  ngx_http_vol_export_merchants_keys[] = {
    vol_key("merchants", ""),
    vol_key_null
};


vol_page(merchants, ngx_http_vol_export_merchants_keys,
         ngx_http_vol_prefix_after_fields, ngx_http_vol_merchant_shape);


static ngx_http_vol_key_t  ngx_http_vol_export_offers_keys[] = {
    vol_key("offers", ""),
    vol_key_null
};


vol_page(offers, ngx_http_vol_export_offers_keys,
         ngx_http_vol_prefix_after_fields, ngx_http_vol_offer_shape);


static ngx_http_vol_key_t  ngx_http_vol_export_funds_keys[] = {
    vol_key("funds", ""),
    vol_key_null
};


vol_page(funds, ngx_http_vol_export_funds_keys,
         ngx_http_vol_prefix_after_fields, ngx_http_vol_fund_shape);


static ngx_http_vol_key_t  ngx_http_vol_export_vouchers_keys[] = {
    vol_key("books", ""),
    vol_key_null
};


vol_page(vouchers, ngx_http_vol_export_vouchers_keys,
         ngx_http_vol_prefix_after_fields, ngx_http_vol_export_voucher_shape);


static ngx_http_vol_key_t  ngx_http_vol_export_seals_keys[] = {
    vol_key("seals", ""),
    vol_key("roots", ""),
    vol_key("ledger", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_export_seals_fields[] = {
    vol_query("after", CURSOR, 0, 0),
    vol_rule(UTC_OFFSET),
    vol_null
};


vol_page(seals, ngx_http_vol_export_seals_keys,
         ngx_http_vol_export_seals_fields, ngx_http_vol_seal_shape);


/* seals */

static ngx_http_vol_key_t  ngx_http_vol_get_seals_keys[] = {
    vol_key("seals", ""),
    vol_key("roots", ""),
    vol_key("ledger", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_seals_fields[] = {
    vol_query("roots", FLAG, 0, 0),
    vol_query("limit", INTEGER, 1, 100),
    vol_query("after", CURSOR, 0, 0),
    vol_rule(UTC_OFFSET),
    vol_null
};


/* the audit */

static ngx_http_vol_key_t  ngx_http_vol_post_audit_keys[] = {
    vol_key("audit", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_post_audit_fields[] = {
    vol_caller(PREFIX),
    vol_caller(USER),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_get_audit_keys[] = {
    vol_key("audit", ""),
    vol_key("audit:found", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_get_audit_fields[] = {
    vol_caller(PREFIX),
    vol_query("limit", INTEGER, 1, 100),
    vol_query("after", CURSOR, 0, 0),
    vol_null
};


/* a line of an import that is an entry of another ledger */

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
    vol_body_option("note", TEXT, 0, NGX_HTTP_VOL_TEXT_MAX),
    vol_body_option("evidence", TEXT, 0, NGX_HTTP_VOL_BODY_MAX),
    vol_body_option("proposal", ID, 0, 0),
    vol_rule(UTC_OFFSET),
    vol_rule(KEPT_DAYS),
    vol_rule(ORGANIZER_MINUTES),
    vol_null
};


ngx_http_vol_endpoint_t  ngx_http_vol_restore_endpoint = {
    NGX_HTTP_POST, ngx_string("import"),
    NGX_HTTP_VOL_ADMIN, 0,
    &ngx_http_vol_lua_restore_entry,
    ngx_http_vol_restore_entry_keys,
    ngx_http_vol_restore_entry_fields,
    ngx_http_vol_nothing_shape
};


ngx_http_vol_endpoint_t  ngx_http_vol_endpoints[] = {

    { NGX_HTTP_PUT, ngx_string("volunteers/:volunteer"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_ORGANIZER, 0,
      &ngx_http_vol_lua_put_volunteer,
      ngx_http_vol_put_volunteer_keys,
      ngx_http_vol_put_volunteer_fields,
      ngx_http_vol_account_shape },

    { NGX_HTTP_GET, ngx_string("volunteers/:volunteer"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ORGANIZER|NGX_HTTP_VOL_ADMIN
      |NGX_HTTP_VOL_AUDITOR, 0,
      &ngx_http_vol_lua_get_account,
      ngx_http_vol_account_keys,
      ngx_http_vol_get_volunteer_fields,
      ngx_http_vol_account_shape },

    { NGX_HTTP_GET, ngx_string("me"),
      NGX_HTTP_VOL_ANY, 0,
      &ngx_http_vol_lua_get_account,
      ngx_http_vol_get_me_keys,
      ngx_http_vol_get_me_fields,
      ngx_http_vol_account_shape },

    { NGX_HTTP_POST, ngx_string("volunteers/:volunteer/hours"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_ORGANIZER, NGX_HTTP_VOL_KEY_REQUIRED,
      &ngx_http_vol_lua_post_hours,
      ngx_http_vol_post_hours_keys,
      ngx_http_vol_post_hours_fields,
      ngx_http_vol_earning_shape },

    { NGX_HTTP_POST, ngx_string("volunteers/:volunteer/awards"),
      NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED,
      &ngx_http_vol_lua_post_award,
      ngx_http_vol_post_account_keys,
      ngx_http_vol_post_award_fields,
      ngx_http_vol_earning_shape },

    { NGX_HTTP_GET, ngx_string("awards"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ADMIN
      |NGX_HTTP_VOL_AUDITOR, 0,
      &ngx_http_vol_lua_get_awards,
      ngx_http_vol_get_awards_keys,
      ngx_http_vol_get_awards_fields,
      ngx_http_vol_awards_shape },

    { NGX_HTTP_POST, ngx_string("awards/:award/approve"),
      NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED,
      &ngx_http_vol_lua_approve_award,
      ngx_http_vol_record_keys,
      ngx_http_vol_approve_award_fields,
      ngx_http_vol_earning_shape },

    { NGX_HTTP_POST, ngx_string("awards/:award/refuse"),
      NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED,
      &ngx_http_vol_lua_refuse_award,
      ngx_http_vol_record_keys,
      ngx_http_vol_refuse_award_fields,
      ngx_http_vol_correction_shape },

    { NGX_HTTP_GET, ngx_string("volunteers/:volunteer/ledger"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ORGANIZER|NGX_HTTP_VOL_ADMIN
      |NGX_HTTP_VOL_AUDITOR, 0,
      &ngx_http_vol_lua_get_ledger,
      ngx_http_vol_account_keys,
      ngx_http_vol_get_ledger_fields,
      ngx_http_vol_ledger_shape },

    { NGX_HTTP_POST, ngx_string("ledger/:entry/reverse"),
      NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED,
      &ngx_http_vol_lua_post_reversal,
      ngx_http_vol_post_reversal_keys,
      ngx_http_vol_post_reversal_fields,
      ngx_http_vol_correction_shape },

    { NGX_HTTP_POST, ngx_string("volunteers/:volunteer/freeze"),
      NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_OPTIONAL,
      &ngx_http_vol_lua_freeze_volunteer,
      ngx_http_vol_post_account_keys,
      ngx_http_vol_freeze_volunteer_fields,
      ngx_http_vol_account_shape },

    { NGX_HTTP_POST, ngx_string("volunteers/:volunteer/unfreeze"),
      NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_OPTIONAL,
      &ngx_http_vol_lua_unfreeze_volunteer,
      ngx_http_vol_post_account_keys,
      ngx_http_vol_freeze_volunteer_fields,
      ngx_http_vol_account_shape },

    { NGX_HTTP_POST, ngx_string("volunteers/:volunteer/merge"),
      NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED,
      &ngx_http_vol_lua_merge_volunteer,
      ngx_http_vol_merge_volunteer_keys,
      ngx_http_vol_merge_volunteer_fields,
      ngx_http_vol_correction_shape },

    { NGX_HTTP_PUT, ngx_string("merchants/:merchant"),
      NGX_HTTP_VOL_ADMIN, 0,
      &ngx_http_vol_lua_put_merchant,
      ngx_http_vol_put_merchant_keys,
      ngx_http_vol_put_merchant_fields,
      ngx_http_vol_merchant_shape },

    { NGX_HTTP_GET, ngx_string("merchants/:merchant"),
      NGX_HTTP_VOL_ANY, 0,
      &ngx_http_vol_lua_get_merchant,
      ngx_http_vol_merchant_keys,
      ngx_http_vol_get_merchant_fields,
      ngx_http_vol_merchant_shape },

    { NGX_HTTP_PUT, ngx_string("offers/:offer"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_MERCHANT, 0,
      &ngx_http_vol_lua_put_offer,
      ngx_http_vol_put_offer_keys,
      ngx_http_vol_put_offer_fields,
      ngx_http_vol_offer_shape },

    { NGX_HTTP_GET, ngx_string("offers/:offer"),
      NGX_HTTP_VOL_ANY, 0,
      &ngx_http_vol_lua_get_offer,
      ngx_http_vol_offer_keys,
      ngx_http_vol_get_offer_fields,
      ngx_http_vol_offer_shape },

    { NGX_HTTP_GET, ngx_string("offers"),
      NGX_HTTP_VOL_ANY, 0,
      &ngx_http_vol_lua_get_offers,
      ngx_http_vol_get_offers_keys,
      ngx_http_vol_get_offers_fields,
      ngx_http_vol_offers_shape },

    { NGX_HTTP_POST, ngx_string("offers/:offer/restock"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_MERCHANT, NGX_HTTP_VOL_KEY_REQUIRED,
      &ngx_http_vol_lua_restock_offer,
      ngx_http_vol_restock_offer_keys,
      ngx_http_vol_restock_offer_fields,
      ngx_http_vol_offer_shape },

    { NGX_HTTP_POST, ngx_string("offers/:offer/redemptions"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED,
      &ngx_http_vol_lua_redeem_offer,
      ngx_http_vol_redeem_offer_keys,
      ngx_http_vol_redeem_offer_fields,
      ngx_http_vol_voucher_shape },

    { NGX_HTTP_GET, ngx_string("vouchers/:code"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_MERCHANT|NGX_HTTP_VOL_ADMIN
      |NGX_HTTP_VOL_AUDITOR, 0,
      &ngx_http_vol_lua_get_voucher,
      ngx_http_vol_get_voucher_keys,
      ngx_http_vol_get_voucher_fields,
      ngx_http_vol_voucher_shape },

    { NGX_HTTP_POST, ngx_string("vouchers/:code/use"),
      NGX_HTTP_VOL_MERCHANT|NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_OPTIONAL,
      &ngx_http_vol_lua_use_voucher,
      ngx_http_vol_end_voucher_keys,
      ngx_http_vol_end_voucher_fields,
      ngx_http_vol_voucher_shape },

    { NGX_HTTP_POST, ngx_string("vouchers/:code/cancel"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED,
      &ngx_http_vol_lua_cancel_voucher,
      ngx_http_vol_end_voucher_keys,
      ngx_http_vol_end_voucher_fields,
      ngx_http_vol_voucher_shape },

    { NGX_HTTP_PUT, ngx_string("funds/:fund"),
      NGX_HTTP_VOL_ADMIN, 0,
      &ngx_http_vol_lua_put_fund,
      ngx_http_vol_put_fund_keys,
      ngx_http_vol_put_fund_fields,
      ngx_http_vol_fund_shape },

    { NGX_HTTP_GET, ngx_string("funds/:fund"),
      NGX_HTTP_VOL_ANY, 0,
      &ngx_http_vol_lua_get_fund,
      ngx_http_vol_get_fund_keys,
      ngx_http_vol_get_fund_fields,
      ngx_http_vol_fund_shape },

    { NGX_HTTP_GET, ngx_string("funds"),
      NGX_HTTP_VOL_ANY, 0,
      &ngx_http_vol_lua_get_funds,
      ngx_http_vol_get_funds_keys,
      ngx_http_vol_get_funds_fields,
      ngx_http_vol_funds_shape },

    { NGX_HTTP_POST, ngx_string("funds/:fund/donations"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_KEY_REQUIRED,
      &ngx_http_vol_lua_post_donation,
      ngx_http_vol_post_donation_keys,
      ngx_http_vol_post_donation_fields,
      ngx_http_vol_donation_shape },

    { NGX_HTTP_GET, ngx_string("books"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_AUDITOR, 0,
      &ngx_http_vol_lua_get_books,
      ngx_http_vol_get_books_keys,
      ngx_http_vol_no_fields,
      ngx_http_vol_books_shape },

    { NGX_HTTP_POST, ngx_string("import"),
      NGX_HTTP_VOL_ADMIN, NGX_HTTP_VOL_IMPORT,
      NULL, NULL,
      ngx_http_vol_no_fields,
      NULL },

    { NGX_HTTP_GET, ngx_string("export"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_AUDITOR, NGX_HTTP_VOL_EXPORT,
      NULL, NULL,
      ngx_http_vol_export_fields,
      NULL },

    { NGX_HTTP_GET, ngx_string("seals"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_AUDITOR, 0,
      &ngx_http_vol_lua_get_seals,
      ngx_http_vol_get_seals_keys,
      ngx_http_vol_get_seals_fields,
      ngx_http_vol_seals_shape },

    { NGX_HTTP_POST, ngx_string("audit"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_AUDITOR, NGX_HTTP_VOL_KICK,
      &ngx_http_vol_lua_post_audit,
      ngx_http_vol_post_audit_keys,
      ngx_http_vol_post_audit_fields,
      ngx_http_vol_audit_shape },

    { NGX_HTTP_GET, ngx_string("audit"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_AUDITOR, 0,
      &ngx_http_vol_lua_get_audit,
      ngx_http_vol_get_audit_keys,
      ngx_http_vol_get_audit_fields,
      ngx_http_vol_audit_shape },

    { 0, ngx_null_string, 0, 0, NULL, NULL, NULL, NULL }
};
