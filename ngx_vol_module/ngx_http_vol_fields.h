
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_FIELDS_H_INCLUDED_
#define _NGX_HTTP_VOL_FIELDS_H_INCLUDED_


#include "ngx_http_vol_module.h"


/*
 * What a script is called with: fields stand in the order of its ARGV, keys in
 * that of its KEYS.
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

/* bytes of the next of a page; of a history that goes on in many accounts */
#define NGX_HTTP_VOL_CURSOR_MAX   80
#define NGX_HTTP_VOL_HISTORY_MAX  2048
#define NGX_HTTP_VOL_PLACE_MAX    (2 * NGX_HTTP_VOL_ID_MAX + 3)

/* an org, points and a volunteer */
#define NGX_HTTP_VOL_BOARD_PLACE_MAX  (NGX_HTTP_VOL_PLACE_MAX + 13)

/* the number of a list, an activity, what one told of it, and who thanked */
#define NGX_HTTP_VOL_EXPORT_PLACE_MAX  (3 * NGX_HTTP_VOL_ID_MAX + 33)

/* of a list that is answered page by page */
#define vol_query_page                                                        \
    vol_query("limit", INTEGER, 1, NGX_HTTP_VOL_PAGE_MAX),                    \
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_CURSOR_MAX)

#define vol_caller(what)                                                      \
    { ngx_null_string, NGX_HTTP_VOL_CALLER, NGX_HTTP_VOL_##what, 0, 0, 0 }

#define vol_rule(what)                                                        \
    { ngx_null_string, NGX_HTTP_VOL_RULE, NGX_HTTP_VOL_RULE_##what, 0, 0, 0 }

#define vol_case(bound)                                                       \
    { ngx_null_string, NGX_HTTP_VOL_CASE, NGX_HTTP_VOL_CASE_##bound, 0, 0, 0 }

#define vol_fresh(name)                                                       \
    { ngx_string(name), NGX_HTTP_VOL_FRESH, NGX_HTTP_VOL_CODE, 0, 0, 0 }

#define vol_secret                                                            \
    { ngx_string("secret"), NGX_HTTP_VOL_FRESH, NGX_HTTP_VOL_SECRET, 0, 0, 0 }

#define vol_user_named(name)                                                  \
    { ngx_string(name), NGX_HTTP_VOL_CALLER, NGX_HTTP_VOL_USER, 0, 0, 0 }

#define vol_null                                                              \
    { ngx_null_string, NGX_HTTP_VOL_PATH, 0, 0, 0, 0 }

#define vol_actor                                                             \
    vol_user_named("user"), vol_caller(ROLE), vol_caller(SCOPE)

#define vol_writer                                                            \
    vol_actor, vol_caller(FINGERPRINT), vol_caller(WINDOW)

/* what the portal says of a volunteer */
#define vol_volunteer                                                         \
    vol_path("volunteer", ID),                                                \
    vol_body("kind", KIND, 0, 0),                                             \
    vol_body_option("station", ID, 0, 0),                                     \
    vol_body_option("teams", IDS, 0, NGX_HTTP_VOL_IDS_MAX),                   \
    vol_body_option("tags", IDS, 0, NGX_HTTP_VOL_IDS_MAX),                    \
    vol_body_option("free", DAYS, 0, 0),                                      \
    vol_body_option("minor", FLAG, 0, 0),                                     \
    vol_body_option("listed", FLAG, 0, 0)

#define NGX_HTTP_VOL_TAGS_MAX     8             /* of an activity */
#define NGX_HTTP_VOL_NEED_TAGS_MAX  16
#define NGX_HTTP_VOL_RADIUS_MAX   100000        /* metres */
#define NGX_HTTP_VOL_LATITUDE     90000000      /* millionths of a degree */
#define NGX_HTTP_VOL_LONGITUDE    180000000

#define vol_place                                                             \
    vol_body_option("latitude", INTEGER, -NGX_HTTP_VOL_LATITUDE,              \
                    NGX_HTTP_VOL_LATITUDE),                                   \
    vol_body_option("longitude", INTEGER, -NGX_HTTP_VOL_LONGITUDE,            \
                    NGX_HTTP_VOL_LONGITUDE)

/* what its organizer says of an activity */
#define vol_activity                                                          \
    vol_path("activity", ID),                                                 \
    vol_body("title", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),                       \
    vol_body_option("org", ID, 0, 0),                                         \
    vol_body_option("project", ID, 0, 0),                                     \
    vol_body("starts", TIME, 0, 0),                                           \
    vol_body("ends", TIME, 0, 0),                                             \
    vol_body_option("withdraw_until", TIME, 0, 0),                            \
    vol_body("place", TEXT, 1, NGX_HTTP_VOL_TITLE_MAX),                       \
    vol_place,                                                                \
    vol_body_option("radius", INTEGER, 1, NGX_HTTP_VOL_RADIUS_MAX),           \
    vol_body_option("tags", IDS, 0, NGX_HTTP_VOL_TAGS_MAX),                   \
    vol_body_option("emergency", FLAG, 0, 0),                                 \
    vol_body_option("beneficiaries", INTEGER, 0, NGX_HTTP_VOL_NUMBER_MAX),    \
    vol_body("posts", POSTS, 0, 0)

#define vol_account_rules                                                     \
    vol_rule(UTC_OFFSET), vol_rule(POINTS_PER_HOUR), vol_rule(STARS),         \
    vol_rule(OBLIGATIONS)

#define vol_key(head, field)  { ngx_string(head), ngx_string(field) }
#define vol_key_null          { ngx_null_string, ngx_null_string }

/*
 * ":" is in no field's name.  Of the digest of user and Idempotency-Key: the
 * record, and the bucket in which a redemption has its own.
 */

#define vol_key_bucket        vol_key("x:", ":bucket")
#define vol_key_record        vol_key("i:", ":record"), vol_key_bucket


/* ngx_http_vol_fields.c: for the endpoints of the table */

/* volunteers */

extern ngx_http_vol_key_t  ngx_http_vol_account_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_me_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_post_hours_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_post_account_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_awards_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_record_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_merge_volunteer_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_post_reversal_keys[];

extern ngx_http_vol_field_t  ngx_http_vol_put_volunteer_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_volunteer_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_me_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_post_hours_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_post_award_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_awards_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_approve_award_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_refuse_award_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_freeze_volunteer_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_merge_volunteer_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_ledger_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_post_reversal_fields[];


/* alliance */

extern ngx_http_vol_key_t  ngx_http_vol_merchant_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_put_merchant_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_put_offer_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_offer_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_offers_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_restock_offer_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_redeem_offer_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_voucher_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_end_voucher_keys[];

extern ngx_http_vol_field_t  ngx_http_vol_put_merchant_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_merchant_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_put_offer_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_offer_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_offers_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_restock_offer_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_redeem_offer_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_voucher_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_end_voucher_fields[];


/* the books */

extern ngx_http_vol_key_t  ngx_http_vol_get_books_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_put_fund_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_fund_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_funds_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_post_donation_keys[];

extern ngx_http_vol_field_t  ngx_http_vol_no_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_put_fund_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_fund_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_funds_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_post_donation_fields[];


/* ngx_http_vol_fields_orgs.c */

extern ngx_http_vol_key_t  ngx_http_vol_org_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_put_org_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_orgs_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_team_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_put_team_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_teams_keys[];

extern ngx_http_vol_field_t  ngx_http_vol_put_org_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_org_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_orgs_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_org_stats_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_put_goal_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_put_team_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_team_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_teams_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_members_fields[];


/* ngx_http_vol_fields_service.c */

extern ngx_http_vol_key_t  ngx_http_vol_project_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_put_project_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_projects_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_activity_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_activities_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_post_signup_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_signups_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_my_signups_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_post_checkout_keys[];

extern ngx_http_vol_field_t  ngx_http_vol_put_project_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_project_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_projects_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_put_activity_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_activity_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_activities_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_activity_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_close_activity_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_repeat_activity_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_post_signup_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_post_withdraw_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_signups_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_my_signups_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_post_checkin_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_post_checkout_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_post_confirm_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_post_share_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_shares_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_thank_share_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_hide_share_fields[];


/* ngx_http_vol_fields_needs.c */

extern ngx_http_vol_key_t  ngx_http_vol_post_need_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_need_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_needs_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_accept_need_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_change_need_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_confirm_need_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_suggestions_keys[];

extern ngx_http_vol_field_t  ngx_http_vol_post_need_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_need_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_needs_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_accept_need_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_finish_need_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_change_need_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_confirm_need_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_candidates_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_suggestions_fields[];


/* ngx_http_vol_fields_reports.c */

extern ngx_http_vol_key_t  ngx_http_vol_get_obligations_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_leaderboard_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_check_certificate_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_publish_selection_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_own_selection_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_selection_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_stats_keys[];

extern ngx_http_vol_field_t  ngx_http_vol_get_obligations_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_commendations_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_leaderboard_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_check_certificate_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_certificate_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_publish_selection_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_shortlist_volunteer_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_own_selection_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_selection_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_transcript_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_stats_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_districts_fields[];


/* streams, which no script answers alone */

extern ngx_http_vol_field_t  ngx_http_vol_export_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_data_fields[];


/* seals */

extern ngx_http_vol_key_t  ngx_http_vol_get_seals_keys[];

extern ngx_http_vol_field_t  ngx_http_vol_get_seals_fields[];


/* the audit */

extern ngx_http_vol_key_t  ngx_http_vol_post_audit_keys[];
extern ngx_http_vol_key_t  ngx_http_vol_get_audit_keys[];

extern ngx_http_vol_field_t  ngx_http_vol_post_audit_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_get_audit_fields[];


#endif /* _NGX_HTTP_VOL_FIELDS_H_INCLUDED_ */
