
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_CSV_H_INCLUDED_
#define _NGX_HTTP_VOL_CSV_H_INCLUDED_


#include "ngx_http_vol_module.h"


typedef enum {
    NGX_HTTP_VOL_COLUMN_VALUE = 0,          /* whatever the member is */
    NGX_HTTP_VOL_COLUMN_TIME,
    NGX_HTTP_VOL_COLUMN_ENTRY_TIME          /* the time in an entry's id */
} ngx_http_vol_column_e;


/* name is NULL behind the last one */

typedef struct {
    char                       *name;
    char                       *member;     /* of the row's object */
    char                       *of;         /* of that member, or NULL */
    ngx_http_vol_column_e       type;
} ngx_http_vol_column_t;


/* RFC 4180: the names of the columns, and a row of them. */
ngx_int_t ngx_http_vol_csv_head(ngx_http_vol_stream_t *stream,
    ngx_http_vol_column_t *columns);
ngx_int_t ngx_http_vol_csv_row(ngx_http_vol_stream_t *stream,
    ngx_http_vol_column_t *columns, json_t *row, ngx_int_t utc_offset);


#endif /* _NGX_HTTP_VOL_CSV_H_INCLUDED_ */
