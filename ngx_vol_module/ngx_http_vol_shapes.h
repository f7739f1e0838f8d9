
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_SHAPES_H_INCLUDED_
#define _NGX_HTTP_VOL_SHAPES_H_INCLUDED_


#include "ngx_http_vol_module.h"


#define vol_shape(name, type)                                                 \
    { ngx_string(name), NGX_HTTP_VOL_SHAPE_##type, 0, NULL, NULL }

#define vol_shape_omit(name, type)                                            \
    { ngx_string(name), NGX_HTTP_VOL_SHAPE_##type, NGX_HTTP_VOL_OMIT, NULL,   \
      NULL }

#define vol_shape_null(name, type)                                            \
    { ngx_string(name), NGX_HTTP_VOL_SHAPE_##type, NGX_HTTP_VOL_NULL, NULL,   \
      NULL }

#define vol_shape_of(name, type, of, flags)                                   \
    { ngx_string(name), NGX_HTTP_VOL_SHAPE_##type, flags, of, #of }

#define vol_shape_end                                                         \
    { ngx_null_string, NGX_HTTP_VOL_SHAPE_STRING, 0, NULL, NULL }


/* the documents that the replies of scripts become */

extern ngx_http_vol_shape_t  ngx_http_vol_account_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_earning_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_correction_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_entry_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_ledger_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_awards_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_merchant_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_offer_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_offers_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_voucher_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_fund_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_funds_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_donation_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_books_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_export_account_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_export_voucher_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_seal_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_seals_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_audit_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_nothing_shape[];

/* ngx_http_vol_shapes_orgs.c */

extern ngx_http_vol_shape_t  ngx_http_vol_org_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_orgs_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_org_stats_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_export_goal_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_team_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_teams_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_members_shape[];

/* ngx_http_vol_shapes_service.c */

extern ngx_http_vol_shape_t  ngx_http_vol_project_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_projects_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_activity_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_activities_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_repeated_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_signup_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_signups_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_my_signup_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_my_signups_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_activity_code_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_service_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_share_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_shares_shape[];

/* ngx_http_vol_shapes_needs.c */

extern ngx_http_vol_shape_t  ngx_http_vol_need_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_needs_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_confirmed_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_candidates_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_suggestions_shape[];

/* ngx_http_vol_shapes_reports.c */

extern ngx_http_vol_shape_t  ngx_http_vol_obligations_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_commendations_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_leaderboard_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_certificate_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_published_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_selected_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_selection_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_transcript_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_stats_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_districts_shape[];

#define NGX_HTTP_VOL_FIGURES  11                /* of a district's stats */

/* ngx_http_vol_shapes_data.c */

extern ngx_http_vol_shape_t  ngx_http_vol_data_account_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_data_merged_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_data_award_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_data_thanks_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_data_selection_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_data_team_shape[];

/* ngx_http_vol_shapes_export.c */

extern ngx_http_vol_shape_t  ngx_http_vol_export_activity_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_export_signup_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_export_thanks_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_export_need_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_export_selection_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_export_publication_shape[];
extern ngx_http_vol_shape_t  ngx_http_vol_export_certificate_shape[];


#endif /* _NGX_HTTP_VOL_SHAPES_H_INCLUDED_ */
