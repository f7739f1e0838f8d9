
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_EXPORT_H_INCLUDED_
#define _NGX_HTTP_VOL_EXPORT_H_INCLUDED_


#include "ngx_http_vol_csv.h"
#include "ngx_http_vol_fields.h"


/*
 * A list that is exported page by page.  With a type its items become lines of
 * an import: the type, the id, where it has one, by its name, and those members.
 * Without members they are lines that say by "what" of which type they are.
 */

typedef struct {
    ngx_http_vol_endpoint_t    *page;
    char                       *type;
    char                      **members;
} ngx_http_vol_export_list_t;


typedef struct {
    ngx_str_t                    what;
    ngx_http_vol_export_list_t  *lists;     /* page is NULL behind the last */
    ngx_http_vol_column_t       *columns;
} ngx_http_vol_export_what_t;


/* a page is items, after, whether there are more; a list of it alone */

#define vol_page_of(name, keys, fields, shape)                                \
    {                                                                         \
        NGX_HTTP_GET, ngx_string("export"), 0, 0,                             \
        &ngx_http_vol_lua_export_##name, keys, fields, shape                  \
    }

#define vol_list_of(name)                                                     \
    { &ngx_http_vol_export_##name, NULL, NULL }

#define vol_page(name, keys, fields, shape)                                   \
    static ngx_http_vol_endpoint_t  ngx_http_vol_export_##name =              \
        vol_page_of(name, keys, fields, shape);                               \
                                                                              \
    static ngx_http_vol_export_list_t  ngx_http_vol_##name##_lists[] = {      \
        vol_list_of(name),                                                    \
        vol_list_end                                                          \
    }

#define vol_list_end           { NULL, NULL, NULL }

#define vol_column(name)       { name, name, NULL, NGX_HTTP_VOL_COLUMN_VALUE }
#define vol_column_of(a, b)                                                   \
    { a "_" b, a, b, NGX_HTTP_VOL_COLUMN_VALUE }
#define vol_column_time(name)  { name, name, NULL, NGX_HTTP_VOL_COLUMN_TIME }
#define vol_column_end         { NULL, NULL, NULL, 0 }


/* ngx_http_vol_export_what.c; what is empty behind the last one */
extern ngx_http_vol_export_what_t  ngx_http_vol_export_whats[];

extern ngx_http_vol_field_t  ngx_http_vol_after_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_prefix_after_fields[];
extern ngx_http_vol_field_t  ngx_http_vol_prefix_place_fields[];


/* ngx_http_vol_export_service.c: activities and what belongs to them, ... */

extern ngx_http_vol_endpoint_t  ngx_http_vol_export_projects;
extern ngx_http_vol_endpoint_t  ngx_http_vol_export_activities;
extern ngx_http_vol_endpoint_t  ngx_http_vol_export_signups;
extern ngx_http_vol_endpoint_t  ngx_http_vol_export_shares;
extern ngx_http_vol_endpoint_t  ngx_http_vol_export_thanks;
extern ngx_http_vol_endpoint_t  ngx_http_vol_export_needs;
extern ngx_http_vol_endpoint_t  ngx_http_vol_export_selections;
extern ngx_http_vol_endpoint_t  ngx_http_vol_export_publications;
extern ngx_http_vol_endpoint_t  ngx_http_vol_export_certificates;

extern ngx_http_vol_export_list_t  ngx_http_vol_projects_lists[];
extern ngx_http_vol_export_list_t  ngx_http_vol_activities_lists[];
extern ngx_http_vol_export_list_t  ngx_http_vol_signups_lists[];
extern ngx_http_vol_export_list_t  ngx_http_vol_shares_lists[];
extern ngx_http_vol_export_list_t  ngx_http_vol_needs_lists[];
extern ngx_http_vol_export_list_t  ngx_http_vol_selections_lists[];
extern ngx_http_vol_export_list_t  ngx_http_vol_certificates_lists[];

extern ngx_http_vol_column_t  ngx_http_vol_projects_columns[];
extern ngx_http_vol_column_t  ngx_http_vol_activities_columns[];
extern ngx_http_vol_column_t  ngx_http_vol_signups_columns[];
extern ngx_http_vol_column_t  ngx_http_vol_shares_columns[];
extern ngx_http_vol_column_t  ngx_http_vol_needs_columns[];
extern ngx_http_vol_column_t  ngx_http_vol_selections_columns[];
extern ngx_http_vol_column_t  ngx_http_vol_certificates_columns[];

/* the members of their lines of an import */

extern char  *ngx_http_vol_project_members[];
extern char  *ngx_http_vol_activity_members[];
extern char  *ngx_http_vol_signup_members[];
extern char  *ngx_http_vol_share_members[];
extern char  *ngx_http_vol_thanks_members[];
extern char  *ngx_http_vol_need_members[];
extern char  *ngx_http_vol_selection_members[];
extern char  *ngx_http_vol_publication_members[];
extern char  *ngx_http_vol_certificate_members[];


/* ngx_http_vol_export_data.c: what is held of a volunteer, as whats are */
extern ngx_http_vol_export_what_t  ngx_http_vol_data_whats[];

/* Those that an endpoint exports; the first one where its query names none. */
ngx_http_vol_export_what_t *ngx_http_vol_export_of(
    ngx_http_vol_endpoint_t *endpoint);


#endif /* _NGX_HTTP_VOL_EXPORT_H_INCLUDED_ */
