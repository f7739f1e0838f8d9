
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_export.h"
#include "ngx_http_vol_fields.h"
#include "ngx_http_vol_shapes.h"
#include "ngx_http_vol_scripts.h"


/*
 * All that is held of a volunteer, list by list.  Every page is asked for in
 * the same way: by the volunteer, and where it begins.
 */


static ngx_http_vol_field_t  ngx_http_vol_data_fields[] = {
    vol_caller(PREFIX),
    vol_path_self("volunteer"),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_HISTORY_MAX),
    vol_caller(ROLE),
    vol_account_rules,
    vol_null
};


#define vol_data(name, shape)                                                 \
    static ngx_http_vol_endpoint_t  ngx_http_vol_data_##name = {              \
        NGX_HTTP_GET, ngx_string("volunteers/:volunteer/data"), 0, 0,         \
        &ngx_http_vol_lua_data_##name, ngx_http_vol_account_keys,             \
        ngx_http_vol_data_fields, shape                                       \
    }


vol_data(account, ngx_http_vol_data_account_shape);
vol_data(merged, ngx_http_vol_data_merged_shape);
vol_data(entries, ngx_http_vol_entry_shape);
vol_data(vouchers, ngx_http_vol_export_voucher_shape);
vol_data(awards, ngx_http_vol_data_award_shape);
vol_data(signups, ngx_http_vol_my_signup_shape);
vol_data(shares, ngx_http_vol_share_shape);
vol_data(thanks, ngx_http_vol_data_thanks_shape);
vol_data(asked, ngx_http_vol_need_shape);
vol_data(taken, ngx_http_vol_need_shape);
vol_data(selections, ngx_http_vol_data_selection_shape);
vol_data(certificates, ngx_http_vol_certificate_shape);
vol_data(teams, ngx_http_vol_data_team_shape);


static ngx_http_vol_export_list_t  ngx_http_vol_data_lists[] = {
    { &ngx_http_vol_data_account, "account", NULL },
    { &ngx_http_vol_data_merged, "merged", NULL },
    { &ngx_http_vol_data_entries, "entry", NULL },
    { &ngx_http_vol_data_vouchers, "voucher", NULL },
    { &ngx_http_vol_data_awards, "award", NULL },
    { &ngx_http_vol_data_signups, "signup", NULL },
    { &ngx_http_vol_data_shares, "share", NULL },
    { &ngx_http_vol_data_thanks, "thanks", NULL },
    { &ngx_http_vol_data_asked, "need-asked", NULL },
    { &ngx_http_vol_data_taken, "need-taken", NULL },
    { &ngx_http_vol_data_selections, "selection", NULL },
    { &ngx_http_vol_data_certificates, "certificate", NULL },
    { &ngx_http_vol_data_teams, "team-led", NULL },
    { NULL, NULL, NULL }
};


ngx_http_vol_export_what_t  ngx_http_vol_data_whats[] = {
    { ngx_string("data"), ngx_http_vol_data_lists, NULL },
    { ngx_null_string, NULL, NULL }
};
