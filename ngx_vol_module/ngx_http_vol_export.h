
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_EXPORT_H_INCLUDED_
#define _NGX_HTTP_VOL_EXPORT_H_INCLUDED_


#include "ngx_http_vol_csv.h"


/*
 * A list that is exported page by page.  With a type its items become lines of
 * an import: the type, the id, where it has one, by its name, and those members.
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


#endif /* _NGX_HTTP_VOL_EXPORT_H_INCLUDED_ */
