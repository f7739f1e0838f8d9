
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fields.h"
#include "ngx_http_vol_shapes.h"
#include "ngx_http_vol_scripts.h"


/*
 * The table of endpoints.  A row says method, path, roles, the script with its
 * keys and fields, and the shape of its reply.
 */

ngx_http_vol_endpoint_t  ngx_http_vol_endpoints[] = {

    { NGX_HTTP_PUT, ngx_string("volunteers/:volunteer"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_ORGANIZER, NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_put_volunteer,
      ngx_http_vol_account_keys,
      ngx_http_vol_put_volunteer_fields,
      ngx_http_vol_account_shape },

    { NGX_HTTP_GET, ngx_string("volunteers/:volunteer"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ORGANIZER|NGX_HTTP_VOL_ADMIN
      |NGX_HTTP_VOL_AUDITOR, NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_get_account,
      ngx_http_vol_account_keys,
      ngx_http_vol_get_volunteer_fields,
      ngx_http_vol_account_shape },

    { NGX_HTTP_GET, ngx_string("me"),
      NGX_HTTP_VOL_ANY, NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_get_account,
      ngx_http_vol_get_me_keys,
      ngx_http_vol_get_me_fields,
      ngx_http_vol_account_shape },

    { NGX_HTTP_POST, ngx_string("volunteers/:volunteer/hours"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_ORGANIZER,
      NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_post_hours,
      ngx_http_vol_post_hours_keys,
      ngx_http_vol_post_hours_fields,
      ngx_http_vol_earning_shape },

    { NGX_HTTP_POST, ngx_string("volunteers/:volunteer/awards"),
      NGX_HTTP_VOL_ADMIN,
      NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_BATCH,
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
      NGX_HTTP_VOL_ADMIN,
      NGX_HTTP_VOL_KEY_OPTIONAL|NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_freeze_volunteer,
      ngx_http_vol_post_account_keys,
      ngx_http_vol_freeze_volunteer_fields,
      ngx_http_vol_account_shape },

    { NGX_HTTP_POST, ngx_string("volunteers/:volunteer/unfreeze"),
      NGX_HTTP_VOL_ADMIN,
      NGX_HTTP_VOL_KEY_OPTIONAL|NGX_HTTP_VOL_BATCH,
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
      NGX_HTTP_VOL_ANY, NGX_HTTP_VOL_BATCH,
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
      NGX_HTTP_VOL_ANY, NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_get_offer,
      ngx_http_vol_offer_keys,
      ngx_http_vol_get_offer_fields,
      ngx_http_vol_offer_shape },

    { NGX_HTTP_GET, ngx_string("offers"),
      NGX_HTTP_VOL_ANY, NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_get_offers,
      ngx_http_vol_get_offers_keys,
      ngx_http_vol_get_offers_fields,
      ngx_http_vol_offers_shape },

    { NGX_HTTP_POST, ngx_string("offers/:offer/restock"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_MERCHANT,
      NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_restock_offer,
      ngx_http_vol_restock_offer_keys,
      ngx_http_vol_restock_offer_fields,
      ngx_http_vol_offer_shape },

    { NGX_HTTP_POST, ngx_string("offers/:offer/redemptions"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ADMIN,
      NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_redeem_offer,
      ngx_http_vol_redeem_offer_keys,
      ngx_http_vol_redeem_offer_fields,
      ngx_http_vol_voucher_shape },

    { NGX_HTTP_GET, ngx_string("vouchers/:code"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_MERCHANT|NGX_HTTP_VOL_ADMIN
      |NGX_HTTP_VOL_AUDITOR, NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_get_voucher,
      ngx_http_vol_get_voucher_keys,
      ngx_http_vol_get_voucher_fields,
      ngx_http_vol_voucher_shape },

    { NGX_HTTP_POST, ngx_string("vouchers/:code/use"),
      NGX_HTTP_VOL_MERCHANT|NGX_HTTP_VOL_ADMIN,
      NGX_HTTP_VOL_KEY_OPTIONAL|NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_use_voucher,
      ngx_http_vol_end_voucher_keys,
      ngx_http_vol_end_voucher_fields,
      ngx_http_vol_voucher_shape },

    { NGX_HTTP_POST, ngx_string("vouchers/:code/cancel"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ADMIN,
      NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_BATCH,
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
      NGX_HTTP_VOL_ANY, NGX_HTTP_VOL_BATCH,
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
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ADMIN,
      NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_post_donation,
      ngx_http_vol_post_donation_keys,
      ngx_http_vol_post_donation_fields,
      ngx_http_vol_donation_shape },

    { NGX_HTTP_PUT, ngx_string("orgs/:org"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_ORGANIZER, 0,
      &ngx_http_vol_lua_put_org,
      ngx_http_vol_put_org_keys,
      ngx_http_vol_put_org_fields,
      ngx_http_vol_org_shape },

    { NGX_HTTP_GET, ngx_string("orgs/:org"),
      NGX_HTTP_VOL_ANY, NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_get_org,
      ngx_http_vol_org_keys,
      ngx_http_vol_get_org_fields,
      ngx_http_vol_org_shape },

    { NGX_HTTP_GET, ngx_string("orgs"),
      NGX_HTTP_VOL_ANY, 0,
      &ngx_http_vol_lua_get_orgs,
      ngx_http_vol_get_orgs_keys,
      ngx_http_vol_get_orgs_fields,
      ngx_http_vol_orgs_shape },

    { NGX_HTTP_GET, ngx_string("orgs/:org/stats"),
      NGX_HTTP_VOL_ANY, NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_get_org_stats,
      ngx_http_vol_org_keys,
      ngx_http_vol_get_org_stats_fields,
      ngx_http_vol_org_stats_shape },

    { NGX_HTTP_PUT, ngx_string("orgs/:org/goal"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_ORGANIZER, 0,
      &ngx_http_vol_lua_put_goal,
      ngx_http_vol_org_keys,
      ngx_http_vol_put_goal_fields,
      ngx_http_vol_org_stats_shape },

    { NGX_HTTP_PUT, ngx_string("teams/:team"),
      NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_ORGANIZER, 0,
      &ngx_http_vol_lua_put_team,
      ngx_http_vol_put_team_keys,
      ngx_http_vol_put_team_fields,
      ngx_http_vol_team_shape },

    { NGX_HTTP_GET, ngx_string("teams/:team"),
      NGX_HTTP_VOL_ANY, NGX_HTTP_VOL_BATCH,
      &ngx_http_vol_lua_get_team,
      ngx_http_vol_team_keys,
      ngx_http_vol_get_team_fields,
      ngx_http_vol_team_shape },

    { NGX_HTTP_GET, ngx_string("teams"),
      NGX_HTTP_VOL_ANY, 0,
      &ngx_http_vol_lua_get_teams,
      ngx_http_vol_get_teams_keys,
      ngx_http_vol_get_teams_fields,
      ngx_http_vol_teams_shape },

    { NGX_HTTP_GET, ngx_string("teams/:team/members"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ORGANIZER|NGX_HTTP_VOL_ADMIN
      |NGX_HTTP_VOL_AUDITOR, 0,
      &ngx_http_vol_lua_get_members,
      ngx_http_vol_team_keys,
      ngx_http_vol_get_members_fields,
      ngx_http_vol_members_shape },

    { NGX_HTTP_GET, ngx_string("reports/obligations"),
      NGX_HTTP_VOL_ORGANIZER|NGX_HTTP_VOL_ADMIN|NGX_HTTP_VOL_AUDITOR,
      NGX_HTTP_VOL_CSV,
      &ngx_http_vol_lua_get_obligations,
      ngx_http_vol_get_obligations_keys,
      ngx_http_vol_get_obligations_fields,
      ngx_http_vol_obligations_shape },

    { NGX_HTTP_GET, ngx_string("leaderboard"),
      NGX_HTTP_VOL_ANY, NGX_HTTP_VOL_CSV,
      &ngx_http_vol_lua_get_leaderboard,
      ngx_http_vol_get_leaderboard_keys,
      ngx_http_vol_get_leaderboard_fields,
      ngx_http_vol_leaderboard_shape },

    { NGX_HTTP_GET, ngx_string("stats"),
      NGX_HTTP_VOL_ANY, NGX_HTTP_VOL_BATCH|NGX_HTTP_VOL_CSV,
      &ngx_http_vol_lua_get_stats,
      ngx_http_vol_get_stats_keys,
      ngx_http_vol_get_stats_fields,
      ngx_http_vol_stats_shape },

    { NGX_HTTP_GET, ngx_string("reports/transcripts/:volunteer"),
      NGX_HTTP_VOL_VOLUNTEER|NGX_HTTP_VOL_ORGANIZER|NGX_HTTP_VOL_ADMIN
      |NGX_HTTP_VOL_AUDITOR, NGX_HTTP_VOL_CSV,
      &ngx_http_vol_lua_get_transcript,
      ngx_http_vol_account_keys,
      ngx_http_vol_get_transcript_fields,
      ngx_http_vol_transcript_shape },

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
