
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_export.h"
#include "ngx_http_vol_shapes.h"
#include "ngx_http_vol_scripts.h"


/* projects, activities with what belongs to them, needs, reports */


#define vol_service_page(name, keys, fields, shape)                           \
    ngx_http_vol_endpoint_t  ngx_http_vol_export_##name =                     \
        vol_page_of(name, keys, fields, shape)

#define vol_service_list(name)                                                \
    ngx_http_vol_export_list_t  ngx_http_vol_##name##_lists[] = {             \
        vol_list_of(name),                                                    \
        vol_list_end                                                          \
    }


/* projects */

vol_service_page(projects, ngx_http_vol_get_projects_keys,
                 ngx_http_vol_prefix_place_fields, ngx_http_vol_project_shape);


vol_service_list(projects);


ngx_http_vol_column_t  ngx_http_vol_projects_columns[] = {
    vol_column("id"),
    vol_column("title"),
    vol_column("class"),
    vol_column("org"),
    vol_column("brand"),
    vol_column_end
};


char  *ngx_http_vol_project_members[] = {
    "title", "class", "org", "brand", NULL
};


/* activities */

vol_service_page(activities, ngx_http_vol_get_activities_keys,
                 ngx_http_vol_prefix_place_fields,
                 ngx_http_vol_export_activity_shape);


vol_service_list(activities);


ngx_http_vol_column_t  ngx_http_vol_activities_columns[] = {
    vol_column("id"),
    vol_column("title"),
    vol_column("org"),
    vol_column("project"),
    vol_column("state"),
    vol_column_time("closed"),
    vol_column_time("starts"),
    vol_column_time("ends"),
    vol_column_time("withdraw_until"),
    vol_column("place"),
    vol_column("latitude"),
    vol_column("longitude"),
    vol_column("radius"),
    vol_column("tags"),
    vol_column("emergency"),
    vol_column("beneficiaries"),
    vol_column("posts"),
    vol_column("places"),
    vol_column("taken"),
    vol_column("served"),
    vol_column("minutes"),
    vol_column_end
};


char  *ngx_http_vol_activity_members[] = {
    "title", "org", "project", "state", "closed", "starts", "ends",
    "withdraw_until", "place", "latitude", "longitude", "radius", "tags",
    "emergency", "beneficiaries", "posts", NULL
};


/* who signed up, and what they told */

vol_service_page(signups, ngx_http_vol_get_activities_keys,
                 ngx_http_vol_prefix_place_fields,
                 ngx_http_vol_export_signup_shape);


vol_service_list(signups);


ngx_http_vol_column_t  ngx_http_vol_signups_columns[] = {
    vol_column("activity"),
    vol_column("volunteer"),
    vol_column("post"),
    vol_column("state"),
    vol_column_time("signed_up"),
    vol_column_time("checked_in"),
    vol_column("minutes"),
    vol_column("entry"),
    vol_column_end
};


char  *ngx_http_vol_signup_members[] = {
    "activity", "volunteer", "post", "state", "signed_up", "checked_in",
    "minutes", "entry", NULL
};


vol_service_page(shares, ngx_http_vol_get_activities_keys,
                 ngx_http_vol_prefix_place_fields, ngx_http_vol_share_shape);


vol_service_list(shares);


ngx_http_vol_column_t  ngx_http_vol_shares_columns[] = {
    vol_column("activity"),
    vol_column("volunteer"),
    vol_column_time("at"),
    vol_column("text"),
    vol_column("pictures"),
    vol_column("thanks"),
    vol_column("hidden"),
    vol_column_end
};


char  *ngx_http_vol_share_members[] = {
    "activity", "volunteer", "at", "text", "pictures", "hidden", NULL
};


vol_service_page(thanks, ngx_http_vol_get_activities_keys,
                 ngx_http_vol_prefix_place_fields,
                 ngx_http_vol_export_thanks_shape);


char  *ngx_http_vol_thanks_members[] = {
    "activity", "volunteer", "users", NULL
};


/* needs */

static ngx_http_vol_key_t  ngx_http_vol_export_needs_keys[] = {
    vol_key("needs:last", ""),
    vol_key_null
};


vol_service_page(needs, ngx_http_vol_export_needs_keys,
                 ngx_http_vol_prefix_after_fields,
                 ngx_http_vol_export_need_shape);


vol_service_list(needs);


ngx_http_vol_column_t  ngx_http_vol_needs_columns[] = {
    vol_column("id"),
    vol_column_time("at"),
    vol_column("title"),
    vol_column("tags"),
    vol_column("station"),
    vol_column("scope"),
    vol_column("on"),
    vol_column_time("starts"),
    vol_column("minutes"),
    vol_column_time("until"),
    vol_column("state"),
    vol_column("note"),
    vol_column("resident"),
    vol_column("volunteer"),
    vol_column("entry"),
    vol_column("line"),
    vol_column_time("rises"),
    vol_column("by"),
    vol_column_end
};


char  *ngx_http_vol_need_members[] = {
    "title", "tags", "station", "scope", "on", "starts", "minutes", "until",
    "state", "note", "resident", "volunteer", "entry", "line", "rises", "by",
    NULL
};


/* selections */

static ngx_http_vol_field_t  ngx_http_vol_export_selections_fields[] = {
    vol_caller(PREFIX),
    vol_query("after", CURSOR, 1, NGX_HTTP_VOL_CURSOR_MAX),
    vol_rule(UTC_OFFSET),
    vol_null
};


vol_service_page(selections, ngx_http_vol_publish_selection_keys,
                 ngx_http_vol_export_selections_fields,
                 ngx_http_vol_export_selection_shape);


vol_service_list(selections);


ngx_http_vol_column_t  ngx_http_vol_selections_columns[] = {
    vol_column("period"),
    vol_column("volunteer"),
    vol_column("state"),
    vol_column_time("published"),
    vol_column_end
};


char  *ngx_http_vol_selection_members[] = {
    "period", "volunteer", "state", NULL
};


vol_service_page(publications, ngx_http_vol_publish_selection_keys,
                 ngx_http_vol_after_fields,
                 ngx_http_vol_export_publication_shape);


char  *ngx_http_vol_publication_members[] = {
    "period", "published", NULL
};


/* certificates */

static ngx_http_vol_key_t  ngx_http_vol_export_certificates_keys[] = {
    vol_key("volunteers", ""),
    vol_key_null
};


vol_service_page(certificates, ngx_http_vol_export_certificates_keys,
                 ngx_http_vol_prefix_after_fields,
                 ngx_http_vol_export_certificate_shape);


vol_service_list(certificates);


ngx_http_vol_column_t  ngx_http_vol_certificates_columns[] = {
    vol_column("code"),
    vol_column("volunteer"),
    vol_column("from"),
    vol_column("to"),
    vol_column("issuer"),
    vol_column_time("issued"),
    vol_column("minutes"),
    vol_column("hours"),
    vol_column("signature"),
    vol_column("content"),
    vol_column_end
};


char  *ngx_http_vol_certificate_members[] = {
    "code", "volunteer", "issued", "content", "signature", NULL
};
