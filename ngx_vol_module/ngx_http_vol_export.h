
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_EXPORT_H_INCLUDED_
#define _NGX_HTTP_VOL_EXPORT_H_INCLUDED_


#include "ngx_http_vol_csv.h"


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


/* ngx_http_vol_export_what.c; what is empty behind the last one */
extern ngx_http_vol_export_what_t  ngx_http_vol_export_whats[];

/* ngx_http_vol_export_data.c: the same of what is held of a volunteer */
extern ngx_http_vol_export_what_t  ngx_http_vol_data_whats[];

/* Those that an endpoint exports; the first one where its query names none. */
ngx_http_vol_export_what_t *ngx_http_vol_export_of(
    ngx_http_vol_endpoint_t *endpoint);


#endif /* _NGX_HTTP_VOL_EXPORT_H_INCLUDED_ */
