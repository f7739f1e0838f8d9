
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_csv.h"


/*
 * A report as CSV: the rows of its list, or, without one, itself as the only
 * row.  The columns are the members of the shape.  Where a list goes on, a Link
 * with rel="next" (RFC 8288) says so, for a table has no place for it.
 */


#define NGX_HTTP_VOL_TABLE_COLUMNS  16


static ngx_uint_t ngx_http_vol_accepts_csv(ngx_http_request_t *r);
static ngx_http_vol_shape_t *ngx_http_vol_table_list(
    ngx_http_vol_shape_t *shape);
static void ngx_http_vol_table_columns(ngx_http_vol_shape_t *shape,
    ngx_http_vol_column_t *columns);
static ngx_int_t ngx_http_vol_table_rows(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_http_vol_stream_t *stream, json_t *json);
static ngx_int_t ngx_http_vol_table_link(ngx_http_request_t *r, json_t *json);


ngx_int_t
ngx_http_vol_format(ngx_http_vol_ctx_t *ctx, ngx_str_t *name,
    ngx_str_t *value)
{
    if (ctx->formatted) {
        return ngx_http_vol_invalid(ctx, name, "is given more than once");
    }

    ctx->formatted = 1;

    if (value->len == 3 && ngx_strncmp(value->data, "csv", 3) == 0) {
        ctx->csv = 1;
        return NGX_OK;
    }

    if (value->len == 4 && ngx_strncmp(value->data, "json", 4) == 0) {
        return NGX_OK;
    }

    return ngx_http_vol_invalid(ctx, name, "must be json or csv");
}


ngx_uint_t
ngx_http_vol_wants_csv(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    return ctx->csv
           || ((ctx->endpoint->flags & NGX_HTTP_VOL_CSV)
               && !ctx->formatted
               && ngx_http_vol_accepts_csv(r));
}


/* a client that names text/csv alone, or first */

static ngx_uint_t
ngx_http_vol_accepts_csv(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static ngx_str_t  accept = ngx_string("Accept");
    static ngx_str_t  csv = ngx_string("text/csv");

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                return 0;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].key.len == accept.len
            && ngx_strncasecmp(h[i].key.data, accept.data, accept.len) == 0)
        {
            return h[i].value.len >= csv.len
                   && ngx_strncasecmp(h[i].value.data, csv.data, csv.len) == 0
                   && (h[i].value.len == csv.len
                       || ngx_strchr(",; ", h[i].value.data[csv.len]));
        }
    }
}


ngx_int_t
ngx_http_vol_table(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_str_t *document)
{
    json_t                 *json;
    ngx_int_t               rc;
    ngx_http_vol_stream_t   stream;

    static ngx_str_t  type = ngx_string("text/csv; charset=utf-8");

    json = json_loadb((char *) document->data, document->len, 0, NULL);
    if (json == NULL) {
        return NGX_ERROR;
    }

    ngx_http_vol_stream_init(&stream, r);

    rc = ngx_http_vol_table_link(r, json);

    if (rc == NGX_OK) {
        rc = ngx_http_vol_table_rows(r, ctx, &stream, json);
    }

    json_decref(json);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_vol_stream_begin(&stream, ctx, &type);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    rc = ngx_http_vol_stream_end(&stream);

    return ngx_http_vol_sent(rc);
}


static ngx_int_t
ngx_http_vol_table_rows(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_stream_t *stream, json_t *json)
{
    size_t                    i;
    json_t                   *list, *row;
    ngx_http_vol_shape_t     *shape;
    ngx_http_vol_column_t     columns[NGX_HTTP_VOL_TABLE_COLUMNS + 1];
    ngx_http_vol_loc_conf_t  *vlcf;

    static ngx_str_t  bom = ngx_string("\xef\xbb\xbf");

    vlcf = ngx_http_get_module_loc_conf(r, ngx_http_vol_module);

    shape = ngx_http_vol_table_list(ctx->endpoint->reply);

    ngx_http_vol_table_columns(shape ? shape->of : ctx->endpoint->reply,
                               columns);

    if (ngx_http_vol_stream_write(stream, bom.data, bom.len) != NGX_OK
        || ngx_http_vol_csv_head(stream, columns) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (shape == NULL) {
        return ngx_http_vol_csv_row(stream, columns, json,
                                    vlcf->rules->utc_offset);
    }

    list = json_object_get(json, (char *) shape->name.data);

    json_array_foreach (list, i, row) {

        if (ngx_http_vol_csv_row(stream, columns, row, vlcf->rules->utc_offset)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_http_vol_shape_t *
ngx_http_vol_table_list(ngx_http_vol_shape_t *shape)
{
    for ( /* void */ ; shape->name.len; shape++) {
        if (shape->type == NGX_HTTP_VOL_SHAPE_LIST) {
            return shape;
        }
    }

    return NULL;
}


static void
ngx_http_vol_table_columns(ngx_http_vol_shape_t *shape,
    ngx_http_vol_column_t *columns)
{
    ngx_uint_t  n;

    n = 0;

    for ( /* void */ ; shape->name.len; shape++) {

        if (n == NGX_HTTP_VOL_TABLE_COLUMNS) {
            break;
        }

        columns[n].name = (char *) shape->name.data;
        columns[n].member = (char *) shape->name.data;
        columns[n].of = NULL;
        columns[n].type = NGX_HTTP_VOL_COLUMN_VALUE;
        n++;
    }

    columns[n].name = NULL;
}


/* the same request with another after, which needs no escape */

static ngx_int_t
ngx_http_vol_table_link(ngx_http_request_t *r, json_t *json)
{
    u_char     *p, *q, *end, *last;
    json_t     *next;
    ngx_str_t   value;

    next = json_object_get(json, "next");

    if (!json_is_string(next)) {
        return NGX_OK;
    }

    value.data = ngx_pnalloc(r->pool, sizeof("<?after=>; rel=\"next\"")
                                      + r->args.len + json_string_length(next)
                                      + 1);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(value.data, "<?", 2);

    last = r->args.data + r->args.len;

    for (q = r->args.data; q < last; q = end + 1) {

        end = ngx_strlchr(q, last, '&');
        if (end == NULL) {
            end = last;
        }

        if (end == q
            || (end - q >= 6 && ngx_strncmp(q, "after=", 6) == 0)
            || ngx_strlchr(q, end, '>'))
        {
            continue;
        }

        p = ngx_cpymem(p, q, end - q);
        *p++ = '&';
    }

    p = ngx_sprintf(p, "after=%s>; rel=\"next\"", json_string_value(next));

    value.len = p - value.data;

    return ngx_http_vol_add_header(r, "Link", &value);
}
