
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fuzz.h"
#include "ngx_http_vol_csv.h"


/* the JSON of a row, whose members are columns "a" to "h" */


#define NGX_HTTP_VOL_FUZZ_COLUMNS  8
#define NGX_HTTP_VOL_FUZZ_CELL     65536


static size_t ngx_http_vol_fuzz_written(ngx_http_vol_stream_t *stream,
    u_char **text);
static u_char *ngx_http_vol_fuzz_cell(u_char *p, u_char *last, u_char *cell,
    size_t *len);
static void ngx_http_vol_fuzz_same(json_t *json, u_char *cell, size_t len);


static ngx_http_vol_column_t  ngx_http_vol_fuzz_columns[] = {
    { "a", "a", NULL, NGX_HTTP_VOL_COLUMN_VALUE },
    { "b", "b", NULL, NGX_HTTP_VOL_COLUMN_VALUE },
    { "c", "c", NULL, NGX_HTTP_VOL_COLUMN_VALUE },
    { "d", "d", NULL, NGX_HTTP_VOL_COLUMN_VALUE },
    { "e", "e", NULL, NGX_HTTP_VOL_COLUMN_VALUE },
    { "f", "f", "f", NGX_HTTP_VOL_COLUMN_VALUE },
    { "g", "g", NULL, NGX_HTTP_VOL_COLUMN_TIME },
    { "h", "h", NULL, NGX_HTTP_VOL_COLUMN_ENTRY_TIME },
    { NULL, NULL, NULL, 0 }
};


void
ngx_http_vol_fuzz_csv(u_char *data, size_t size)
{
    u_char                 *text, *p, *last;
    size_t                  len;
    json_t                 *row, *json;
    ngx_uint_t              i;
    json_error_t            error;
    ngx_http_vol_ctx_t     *ctx;
    ngx_http_vol_stream_t   stream;

    static u_char  cell[NGX_HTTP_VOL_FUZZ_CELL];

    row = json_loadb((char *) data, size, JSON_ALLOW_NUL, &error);

    if (row == NULL) {
        return;
    }

    ctx = ngx_http_vol_fuzz_request(0);
    ngx_http_vol_stream_init(&stream, ctx->request);

    if (ngx_http_vol_csv_row(&stream, ngx_http_vol_fuzz_columns, row, 0)
        == NGX_OK)
    {
        len = ngx_http_vol_fuzz_written(&stream, &text);
        last = text + len;
        p = text;

        for (i = 0; i < NGX_HTTP_VOL_FUZZ_COLUMNS; i++) {
            p = ngx_http_vol_fuzz_cell(p, last, cell, &len);

            json = json_object_get(row, ngx_http_vol_fuzz_columns[i].member);

            if (ngx_http_vol_fuzz_columns[i].of == NULL
                && ngx_http_vol_fuzz_columns[i].type
                   == NGX_HTTP_VOL_COLUMN_VALUE)
            {
                ngx_http_vol_fuzz_same(json, cell, len);
            }

            if (i + 1 < NGX_HTTP_VOL_FUZZ_COLUMNS) {
                must(p < last && *p++ == ',');
            }
        }

        must(last - p == 2 && ngx_memcmp(p, CRLF, 2) == 0);
    }

    json_decref(row);
}


static size_t
ngx_http_vol_fuzz_written(ngx_http_vol_stream_t *stream, u_char **text)
{
    size_t        len;
    u_char       *p;
    ngx_chain_t  *cl;

    len = 0;

    for (cl = stream->out; cl; cl = cl->next) {
        len += cl->buf->last - cl->buf->pos;
    }

    *text = ngx_pnalloc(ngx_http_vol_fuzz_cf->pool, len);
    must(*text);

    p = *text;

    for (cl = stream->out; cl; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    return len;
}


/* reads a cell as RFC 4180 has it; returns the place behind */

static u_char *
ngx_http_vol_fuzz_cell(u_char *p, u_char *last, u_char *cell, size_t *len)
{
    *len = 0;

    if (p == last || *p != '"') {

        while (p < last && *p != ',' && *p != CR) {
            must(*p != '"' && *p != LF && *len < NGX_HTTP_VOL_FUZZ_CELL);
            cell[(*len)++] = *p++;
        }

        return p;
    }

    for (p++; /* void */ ; p++) {
        must(p < last && *len < NGX_HTTP_VOL_FUZZ_CELL);

        if (*p == '"') {
            p++;

            if (p == last || *p != '"') {
                return p;
            }
        }

        cell[(*len)++] = *p;
    }
}


/* a text is itself, but for an apostrophe before what may be a formula */

static void
ngx_http_vol_fuzz_same(json_t *json, u_char *cell, size_t len)
{
    if (len) {
        must(strchr("=+@\t\r\n", cell[0]) == NULL || cell[0] == '\0');
        must(cell[0] != '-' || json_is_integer(json));
    }

    if (!json_is_string(json)) {
        return;
    }

    if (len == json_string_length(json) + 1 && cell[0] == '\'') {
        cell++;
        len--;
    }

    must(len == json_string_length(json));
    must(ngx_memcmp(cell, json_string_value(json), len) == 0);
}
