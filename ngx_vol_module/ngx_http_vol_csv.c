
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_csv.h"
#include "ngx_http_vol_time.h"


static ngx_int_t ngx_http_vol_csv_value(ngx_http_vol_stream_t *stream,
    ngx_http_vol_column_t *column, json_t *json, ngx_int_t utc_offset);
static ngx_int_t ngx_http_vol_csv_time(ngx_http_vol_stream_t *stream,
    ngx_http_vol_column_t *column, ngx_str_t *text, ngx_int_t utc_offset);
static ngx_int_t ngx_http_vol_csv_list(ngx_http_vol_stream_t *stream,
    json_t *list);
static ngx_int_t ngx_http_vol_csv_json(ngx_http_vol_stream_t *stream,
    json_t *json);
static ngx_int_t ngx_http_vol_csv_text(ngx_http_vol_stream_t *stream,
    ngx_str_t *text);
static ngx_uint_t ngx_http_vol_csv_formula(ngx_str_t *text);
static ngx_int_t ngx_http_vol_csv_put(ngx_http_vol_stream_t *stream,
    char *text);


ngx_int_t
ngx_http_vol_csv_head(ngx_http_vol_stream_t *stream,
    ngx_http_vol_column_t *columns)
{
    ngx_http_vol_column_t  *column;

    for (column = columns; column->name; column++) {

        if (column != columns && ngx_http_vol_csv_put(stream, ",") != NGX_OK) {
            return NGX_ERROR;
        }

        if (ngx_http_vol_csv_put(stream, column->name) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_http_vol_csv_put(stream, CRLF);
}


ngx_int_t
ngx_http_vol_csv_row(ngx_http_vol_stream_t *stream,
    ngx_http_vol_column_t *columns, json_t *row, ngx_int_t utc_offset)
{
    json_t                 *json;
    ngx_http_vol_column_t  *column;

    for (column = columns; column->name; column++) {

        if (column != columns && ngx_http_vol_csv_put(stream, ",") != NGX_OK) {
            return NGX_ERROR;
        }

        json = json_object_get(row, column->member);

        if (column->of) {
            json = json_object_get(json, column->of);
        }

        if (ngx_http_vol_csv_value(stream, column, json, utc_offset)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_vol_csv_put(stream, CRLF);
}


static ngx_int_t
ngx_http_vol_csv_value(ngx_http_vol_stream_t *stream,
    ngx_http_vol_column_t *column, json_t *json, ngx_int_t utc_offset)
{
    u_char     buf[NGX_INT64_LEN + 1];
    ngx_str_t  text;

    switch (json ? json_typeof(json) : JSON_NULL) {

    case JSON_INTEGER:
        ngx_sprintf(buf, "%L%Z", (int64_t) json_integer_value(json));
        return ngx_http_vol_csv_put(stream, (char *) buf);

    case JSON_TRUE:
        return ngx_http_vol_csv_put(stream, "true");

    case JSON_FALSE:
        return ngx_http_vol_csv_put(stream, "false");

    case JSON_ARRAY:
        return ngx_http_vol_csv_list(stream, json);

    case JSON_STRING:
        text.data = (u_char *) json_string_value(json);
        text.len = json_string_length(json);

        if (column->type != NGX_HTTP_VOL_COLUMN_VALUE) {
            return ngx_http_vol_csv_time(stream, column, &text, utc_offset);
        }

        return ngx_http_vol_csv_text(stream, &text);

    default: /* not there */
        return NGX_OK;
    }
}


/* with the rulebook's offset, whatever the JSON has */

static ngx_int_t
ngx_http_vol_csv_time(ngx_http_vol_stream_t *stream,
    ngx_http_vol_column_t *column, ngx_str_t *text, ngx_int_t utc_offset)
{
    u_char   buf[NGX_HTTP_VOL_TIME_LEN], *p;
    int64_t  seconds;

    if (column->type == NGX_HTTP_VOL_COLUMN_ENTRY_TIME) {

        /* the milliseconds before the hyphen */

        p = ngx_strlchr(text->data, text->data + text->len, '-');

        seconds = ngx_atoof(text->data, p ? (size_t) (p - text->data) : 0);

        if (seconds == NGX_ERROR) {
            return NGX_ERROR;
        }

        seconds /= 1000;

    } else if (ngx_http_vol_time_parse(text, &seconds) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ngx_http_vol_time_format(buf, seconds, utc_offset);

    return ngx_http_vol_stream_write(stream, buf, p - buf);
}


/* ids, which have no spaces, with spaces between; of objects their JSON */

static ngx_int_t
ngx_http_vol_csv_list(ngx_http_vol_stream_t *stream, json_t *list)
{
    size_t      i, len;
    json_t     *item;
    u_char      buf[NGX_HTTP_VOL_IDS_MAX * (NGX_HTTP_VOL_ID_MAX + 1)], *p;
    ngx_str_t   text;

    if (json_is_object(json_array_get(list, 0))) {
        return ngx_http_vol_csv_json(stream, list);
    }

    p = buf;

    json_array_foreach (list, i, item) {

        len = json_string_length(item);

        if (!json_is_string(item)
            || len + 1 > (size_t) (buf + sizeof(buf) - p))
        {
            return NGX_ERROR;
        }

        if (i) {
            *p++ = ' ';
        }

        p = ngx_cpymem(p, json_string_value(item), len);
    }

    text.data = buf;
    text.len = p - buf;

    return ngx_http_vol_csv_text(stream, &text);
}


static ngx_int_t
ngx_http_vol_csv_json(ngx_http_vol_stream_t *stream, json_t *json)
{
    char       *dump;
    ngx_int_t   rc;
    ngx_str_t   text;

    dump = json_dumps(json, JSON_COMPACT);
    if (dump == NULL) {
        return NGX_ERROR;
    }

    text.data = (u_char *) dump;
    text.len = ngx_strlen(dump);

    rc = ngx_http_vol_csv_text(stream, &text);

    free(dump);

    return rc;
}


/* RFC 4180: quotes around what would end a cell, and each quote twice */

static ngx_int_t
ngx_http_vol_csv_text(ngx_http_vol_stream_t *stream, ngx_str_t *text)
{
    u_char      *p, *from, *last;
    ngx_uint_t   quoted;

    last = text->data + text->len;
    quoted = 0;

    for (p = text->data; p < last; p++) {
        if (*p == ',' || *p == '"' || *p == CR || *p == LF) {
            quoted = 1;
        }
    }

    if (quoted && ngx_http_vol_csv_put(stream, "\"") != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_vol_csv_formula(text)
        && ngx_http_vol_csv_put(stream, "'") != NGX_OK)
    {
        return NGX_ERROR;
    }

    from = text->data;

    for (p = text->data; p < last; p++) {

        if (*p == '"') {

            /* a quote ends this piece and begins the next */

            if (ngx_http_vol_stream_write(stream, from, p + 1 - from)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            from = p;
        }
    }

    if (ngx_http_vol_stream_write(stream, from, last - from) != NGX_OK) {
        return NGX_ERROR;
    }

    return quoted ? ngx_http_vol_csv_put(stream, "\"") : NGX_OK;
}


/*
 * Whether a spreadsheet would take the text for a formula: one that begins
 * with = + - @, their full-width forms included, a tab or a line's end (OWASP,
 * CSV Injection).
 */

static ngx_uint_t
ngx_http_vol_csv_formula(ngx_str_t *text)
{
    u_char  *p;

    p = text->data;

    if (text->len == 0) {
        return 0;
    }

    if (ngx_strchr("=+-@\t\r\n", *p)) {
        return 1;
    }

    /* U+FF0B, U+FF0D, U+FF1D, U+FF20 */

    return text->len >= 3 && p[0] == 0xef && p[1] == 0xbc
           && (p[2] == 0x8b || p[2] == 0x8d || p[2] == 0x9d || p[2] == 0xa0);
}


static ngx_int_t
ngx_http_vol_csv_put(ngx_http_vol_stream_t *stream, char *text)
{
    return ngx_http_vol_stream_write(stream, (u_char *) text,
                                     ngx_strlen(text));
}
