
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_export.h"
#include "ngx_http_vol_fields.h"
#include "ngx_http_vol_shapes.h"
#include "ngx_http_vol_scripts.h"


/* what can be exported: its pages, its lists, and their columns in CSV */


ngx_http_vol_field_t  ngx_http_vol_after_fields[] = {
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_CURSOR_MAX),
    vol_null
};


ngx_http_vol_field_t  ngx_http_vol_prefix_after_fields[] = {
    vol_caller(PREFIX),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_CURSOR_MAX),
    vol_null
};


/* the place is an org's id, and another; or more */

ngx_http_vol_field_t  ngx_http_vol_prefix_place_fields[] = {
    vol_caller(PREFIX),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_PLACE_MAX),
    vol_null
};


static ngx_http_vol_key_t  ngx_http_vol_export_ledger_keys[] = {
    vol_key("ledger", ""),
    vol_key_null
};


vol_page(ledger, ngx_http_vol_export_ledger_keys, ngx_http_vol_after_fields,
         NULL);


static ngx_http_vol_column_t  ngx_http_vol_ledger_columns[] = {
    vol_column("entry"),
    { "at", "entry", NULL, NGX_HTTP_VOL_COLUMN_ENTRY_TIME },
    vol_column("type"),
    vol_column("volunteer"),
    vol_column("points"),
    vol_column("earned"),
    vol_column("balance"),
    vol_column("ref"),
    vol_column("voucher"),
    vol_column("merchant"),
    vol_column("on"),
    vol_column("minutes"),
    vol_column("points_per_hour"),
    vol_column_time("expires"),
    vol_column("amount"),
    vol_column("counted"),
    vol_column("by"),
    vol_column("role"),
    vol_column("scope"),
    vol_column("rules"),
    vol_column("org"),
    vol_column("note"),
    vol_column("evidence"),
    vol_column("proposal"),
    vol_column_end
};


static ngx_http_vol_key_t  ngx_http_vol_export_accounts_keys[] = {
    vol_key("volunteers", ""),
    vol_key_null
};


static ngx_http_vol_field_t  ngx_http_vol_export_accounts_fields[] = {
    vol_caller(PREFIX),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_CURSOR_MAX),
    vol_account_rules,
    vol_null
};


vol_page(accounts, ngx_http_vol_export_accounts_keys,
         ngx_http_vol_export_accounts_fields,
         ngx_http_vol_export_account_shape);


static ngx_http_vol_column_t  ngx_http_vol_accounts_columns[] = {
    vol_column("id"),
    vol_column("kind"),
    vol_column("balance"),
    vol_column("earned"),
    vol_column("stars"),
    vol_column("minutes"),
    { "year", "year", "year", NGX_HTTP_VOL_COLUMN_VALUE },
    vol_column_of("year", "earned"),
    vol_column_of("year", "owed"),
    vol_column("frozen"),
    vol_column("station"),
    vol_column("teams"),
    vol_column("tags"),
    vol_column("free"),
    vol_column("minor"),
    vol_column("listed"),
    vol_column("called"),
    vol_column("merged"),
    vol_column("erased"),
    vol_column_end
};


static ngx_http_vol_key_t  ngx_http_vol_export_vouchers_keys[] = {
    vol_key("books", ""),
    vol_key_null
};


vol_page(vouchers, ngx_http_vol_export_vouchers_keys,
         ngx_http_vol_prefix_after_fields, ngx_http_vol_export_voucher_shape);


static ngx_http_vol_column_t  ngx_http_vol_vouchers_columns[] = {
    vol_column("code"),
    vol_column("offer"),
    vol_column("merchant"),
    vol_column("volunteer"),
    vol_column("price"),
    vol_column("state"),
    vol_column_time("issued"),
    vol_column_time("expires"),
    vol_column_end
};


static ngx_http_vol_field_t  ngx_http_vol_export_seals_fields[] = {
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_CURSOR_MAX),
    vol_rule(UTC_OFFSET),
    vol_null
};


vol_page(seals, ngx_http_vol_get_seals_keys,
         ngx_http_vol_export_seals_fields, ngx_http_vol_seal_shape);


static ngx_http_vol_column_t  ngx_http_vol_seals_columns[] = {
    vol_column("seal"),
    vol_column("first"),
    vol_column("entries"),
    vol_column("digest"),
    vol_column("previous"),
    vol_column("algorithm"),
    vol_column("on"),
    vol_column("root"),
    vol_column_end
};


static ngx_http_vol_key_t  ngx_http_vol_export_merchants_keys[] = {
    vol_key("merchants", ""),
    vol_key_null
};


vol_page(merchants, ngx_http_vol_export_merchants_keys,
         ngx_http_vol_prefix_after_fields, ngx_http_vol_merchant_shape);


static ngx_http_vol_column_t  ngx_http_vol_merchants_columns[] = {
    vol_column("id"),
    vol_column("title"),
    vol_column("category"),
    vol_column_end
};


static ngx_http_vol_key_t  ngx_http_vol_export_offers_keys[] = {
    vol_key("offers", ""),
    vol_key_null
};


vol_page(offers, ngx_http_vol_export_offers_keys,
         ngx_http_vol_prefix_after_fields, ngx_http_vol_offer_shape);


static ngx_http_vol_column_t  ngx_http_vol_offers_columns[] = {
    vol_column("id"),
    vol_column("merchant"),
    vol_column("title"),
    vol_column("price"),
    vol_column("stock"),
    vol_column("min_stars"),
    vol_column("per_person"),
    vol_column_time("starts"),
    vol_column_time("ends"),
    vol_column("valid_days"),
    vol_column_end
};


vol_page(funds, ngx_http_vol_get_funds_keys,
         ngx_http_vol_prefix_after_fields, ngx_http_vol_fund_shape);


static ngx_http_vol_column_t  ngx_http_vol_funds_columns[] = {
    vol_column("id"),
    vol_column("title"),
    vol_column("donated"),
    vol_column_end
};


vol_page(orgs, ngx_http_vol_get_orgs_keys, ngx_http_vol_prefix_place_fields,
         ngx_http_vol_org_shape);


static ngx_http_vol_column_t  ngx_http_vol_orgs_columns[] = {
    vol_column("id"),
    vol_column("title"),
    vol_column("level"),
    vol_column("parent"),
    vol_column_end
};


static ngx_http_vol_endpoint_t  ngx_http_vol_export_goals = {
    NGX_HTTP_GET, ngx_string("export"), 0, 0,
    &ngx_http_vol_lua_export_goals,
    ngx_http_vol_get_orgs_keys,
    ngx_http_vol_prefix_place_fields,
    ngx_http_vol_export_goal_shape
};


vol_page(teams, ngx_http_vol_get_teams_keys, ngx_http_vol_prefix_place_fields,
         ngx_http_vol_team_shape);


static ngx_http_vol_column_t  ngx_http_vol_teams_columns[] = {
    vol_column("id"),
    vol_column("title"),
    vol_column("kind"),
    vol_column("org"),
    vol_column("leader"),
    vol_column("members"),
    vol_column_end
};


/* all that the ledger does not know; what points did, it does */

static char  *ngx_http_vol_org_members[] = {
    "title", "parent", NULL
};

static char  *ngx_http_vol_goal_members[] = {
    "org", "hours", "year", NULL
};

static char  *ngx_http_vol_team_members[] = {
    "title", "kind", "org", "leader", NULL
};

static char  *ngx_http_vol_volunteer_members[] = {
    "kind", "station", "teams", "tags", "free", "minor", "listed", "called",
    "erased", NULL
};

static char  *ngx_http_vol_merchant_members[] = {
    "title", "category", NULL
};

static char  *ngx_http_vol_offer_members[] = {
    "merchant", "title", "price", "stock", "min_stars", "per_person",
    "starts", "ends", "valid_days", NULL
};

static char  *ngx_http_vol_fund_members[] = {
    "title", NULL
};


static ngx_http_vol_export_list_t  ngx_http_vol_registry_lists[] = {
    { &ngx_http_vol_export_accounts, "volunteer",
      ngx_http_vol_volunteer_members },
    { &ngx_http_vol_export_merchants, "merchant",
      ngx_http_vol_merchant_members },
    { &ngx_http_vol_export_offers, "offer",
      ngx_http_vol_offer_members },
    { &ngx_http_vol_export_funds, "fund",
      ngx_http_vol_fund_members },
    { &ngx_http_vol_export_orgs, "org",
      ngx_http_vol_org_members },
    { &ngx_http_vol_export_goals, "goal",
      ngx_http_vol_goal_members },
    { &ngx_http_vol_export_teams, "team",
      ngx_http_vol_team_members },
    { &ngx_http_vol_export_projects, "project",
      ngx_http_vol_project_members },
    { &ngx_http_vol_export_activities, "activity",
      ngx_http_vol_activity_members },
    { &ngx_http_vol_export_signups, "signup",
      ngx_http_vol_signup_members },
    { &ngx_http_vol_export_shares, "share",
      ngx_http_vol_share_members },
    { &ngx_http_vol_export_thanks, "thanks",
      ngx_http_vol_thanks_members },
    { &ngx_http_vol_export_needs, "need",
      ngx_http_vol_need_members },
    { &ngx_http_vol_export_selections, "selection",
      ngx_http_vol_selection_members },
    { &ngx_http_vol_export_publications, "publication",
      ngx_http_vol_publication_members },
    { &ngx_http_vol_export_certificates, "certificate",
      ngx_http_vol_certificate_members },
    vol_list_end
};


static ngx_http_vol_column_t  ngx_http_vol_registry_columns[] = {
    vol_column("type"),
    vol_column("org"),
    vol_column("parent"),
    vol_column("hours"),
    vol_column("year"),
    vol_column("volunteer"),
    vol_column("kind"),
    vol_column("station"),
    vol_column("teams"),
    vol_column("tags"),
    vol_column("team"),
    vol_column("leader"),
    vol_column("free"),
    vol_column("minor"),
    vol_column("listed"),
    vol_column("called"),
    vol_column("merchant"),
    vol_column("offer"),
    vol_column("fund"),
    vol_column("title"),
    vol_column("category"),
    vol_column("price"),
    vol_column("stock"),
    vol_column("min_stars"),
    vol_column("per_person"),
    vol_column_time("starts"),
    vol_column_time("ends"),
    vol_column("valid_days"),
    vol_column("project"),
    vol_column("class"),
    vol_column("brand"),
    vol_column("activity"),
    vol_column_time("withdraw_until"),
    vol_column("place"),
    vol_column("latitude"),
    vol_column("longitude"),
    vol_column("radius"),
    vol_column("emergency"),
    vol_column("beneficiaries"),
    vol_column("posts"),
    vol_column("state"),
    vol_column_time("closed"),
    vol_column("post"),
    vol_column_time("signed_up"),
    vol_column_time("checked_in"),
    vol_column("minutes"),
    vol_column("entry"),
    vol_column_time("at"),
    vol_column("text"),
    vol_column("pictures"),
    vol_column("hidden"),
    vol_column("users"),
    vol_column("need"),
    vol_column("scope"),
    vol_column("on"),
    vol_column_time("until"),
    vol_column("note"),
    vol_column("resident"),
    vol_column("line"),
    vol_column_time("rises"),
    vol_column("by"),
    vol_column("period"),
    vol_column_time("published"),
    vol_column("code"),
    vol_column_time("issued"),
    vol_column("content"),
    vol_column("signature"),
    vol_column("erased"),
    vol_column_end
};


ngx_http_vol_export_what_t  ngx_http_vol_export_whats[] = {

    { ngx_string("ledger"), ngx_http_vol_ledger_lists,
      ngx_http_vol_ledger_columns },

    { ngx_string("accounts"), ngx_http_vol_accounts_lists,
      ngx_http_vol_accounts_columns },

    { ngx_string("vouchers"), ngx_http_vol_vouchers_lists,
      ngx_http_vol_vouchers_columns },

    { ngx_string("registry"), ngx_http_vol_registry_lists,
      ngx_http_vol_registry_columns },

    { ngx_string("seals"), ngx_http_vol_seals_lists,
      ngx_http_vol_seals_columns },

    { ngx_string("merchants"), ngx_http_vol_merchants_lists,
      ngx_http_vol_merchants_columns },

    { ngx_string("offers"), ngx_http_vol_offers_lists,
      ngx_http_vol_offers_columns },

    { ngx_string("funds"), ngx_http_vol_funds_lists,
      ngx_http_vol_funds_columns },

    { ngx_string("orgs"), ngx_http_vol_orgs_lists,
      ngx_http_vol_orgs_columns },

    { ngx_string("teams"), ngx_http_vol_teams_lists,
      ngx_http_vol_teams_columns },

    { ngx_string("projects"), ngx_http_vol_projects_lists,
      ngx_http_vol_projects_columns },

    { ngx_string("activities"), ngx_http_vol_activities_lists,
      ngx_http_vol_activities_columns },

    { ngx_string("signups"), ngx_http_vol_signups_lists,
      ngx_http_vol_signups_columns },

    { ngx_string("shares"), ngx_http_vol_shares_lists,
      ngx_http_vol_shares_columns },

    { ngx_string("needs"), ngx_http_vol_needs_lists,
      ngx_http_vol_needs_columns },

    { ngx_string("selections"), ngx_http_vol_selections_lists,
      ngx_http_vol_selections_columns },

    { ngx_string("certificates"), ngx_http_vol_certificates_lists,
      ngx_http_vol_certificates_columns },

    { ngx_null_string, NULL, NULL }
};


static struct {
    char                        *path;
    ngx_http_vol_export_what_t  *whats;
} ngx_http_vol_exports[] = {
    { "export", ngx_http_vol_export_whats },
    { "volunteers/:volunteer/data", ngx_http_vol_data_whats }
};


ngx_http_vol_export_what_t *
ngx_http_vol_export_of(ngx_http_vol_endpoint_t *endpoint)
{
    ngx_uint_t  i;

    /* the table of endpoints has no other */

    for (i = 0; i < sizeof(ngx_http_vol_exports)
                    / sizeof(ngx_http_vol_exports[0]) - 1; i++)
    {
        if (ngx_strcmp(endpoint->path.data, ngx_http_vol_exports[i].path) == 0)
        {
            break;
        }
    }

    return ngx_http_vol_exports[i].whats;
}
