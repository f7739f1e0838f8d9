
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_openapi.h"
#include "ngx_http_vol_export.h"
#include "ngx_http_vol_import.h"


/*
 * The endpoints that no script answers alone.  OpenAPI 3.1 has no word for an
 * answer line by line: "x-line" is the schema of each line.
 */


#define NGX_HTTP_VOL_NDJSON  "application/x-ndjson"


static json_t *ngx_http_vol_openapi_import_line(
    ngx_http_vol_import_type_t *type);
static json_t *ngx_http_vol_openapi_import(json_t *schemas);
static json_t *ngx_http_vol_openapi_export(json_t *schemas,
    ngx_http_vol_endpoint_t *ep);
static ngx_int_t ngx_http_vol_openapi_export_lines(json_t *schemas,
    ngx_http_vol_export_what_t *what, json_t *lines);
static json_t *ngx_http_vol_openapi_what_line(json_t *schemas,
    ngx_http_vol_export_list_t *list);


static ngx_str_t  ngx_http_vol_openapi_about_import = ngx_string(
    "every line of the body is an operation. Lines are done in their order, "
    "by the same checks as requests; a failed line is told, and stops no "
    "other. The answer comes while the body is still sent; its last line is "
    "the result, without which it was cut off.");

static ngx_str_t  ngx_http_vol_openapi_about_export = ngx_string(
    "all of a list, line by line. The last line of NDJSON tells where to go "
    "on later, and that nothing is missing; where there is none, the "
    "connection is broken too.");

static ngx_str_t  ngx_http_vol_openapi_about_data = ngx_string(
    "all that is held of a volunteer, line by line; \"what\" says what a line "
    "is. The ids of other people are not in it. Without the last line "
    "something is missing.");

static ngx_str_t  ngx_http_vol_openapi_about_districts = ngx_string(
    "the figures of several districts, and their total. A district that does "
    "not answer has a problem instead, and the total is not complete. The "
    "first page has the total, of all districts; of the others it is null.");

static ngx_str_t  ngx_http_vol_openapi_about_document = ngx_string(
    "this document.");


ngx_str_t *
ngx_http_vol_openapi_about(ngx_http_vol_endpoint_t *ep)
{
    if (ep->flags & NGX_HTTP_VOL_IMPORT) {
        return &ngx_http_vol_openapi_about_import;
    }

    if (ep->flags & NGX_HTTP_VOL_EXPORT) {
        return ngx_http_vol_export_of(ep) == ngx_http_vol_data_whats
               ? &ngx_http_vol_openapi_about_data
               : &ngx_http_vol_openapi_about_export;
    }

    if (ep->flags & NGX_HTTP_VOL_DISTRICTS) {
        return &ngx_http_vol_openapi_about_districts;
    }

    if (ep->flags & NGX_HTTP_VOL_OPENAPI) {
        return &ngx_http_vol_openapi_about_document;
    }

    return NULL;
}


json_t *
ngx_http_vol_openapi_values(ngx_http_vol_endpoint_t *ep,
    ngx_http_vol_field_t *f)
{
    json_t                      *values;
    ngx_http_vol_export_what_t  *what;

    if (!(ep->flags & NGX_HTTP_VOL_EXPORT)) {
        return NULL;
    }

    if (ngx_strcmp(f->name.data, "format") == 0) {
        return json_pack("[s,s]", "ndjson", "csv");
    }

    if (ngx_strcmp(f->name.data, "what") != 0) {
        return NULL;
    }

    values = json_array();

    for (what = ngx_http_vol_export_of(ep); what->what.len; what++) {
        (void) json_array_append_new(values,
                                     ngx_http_vol_openapi_str(&what->what));
    }

    return values;
}


json_t *
ngx_http_vol_openapi_lines(json_t *schemas)
{
    json_t                      *lines;
    ngx_http_vol_import_type_t  *type;

    lines = json_array();

    for (type = ngx_http_vol_import_types; type->type.len; type++) {
        if (json_array_append_new(lines,
                                  ngx_http_vol_openapi_import_line(type)))
        {
            return NULL;
        }
    }

    if (json_object_set_new(schemas, "ImportLine",
                            json_pack("{s:o}", "anyOf", lines)))
    {
        return NULL;
    }

    return json_pack("{s:{s:{s:s},s:o},s:{s:{s:s},s:o}}",
                     NGX_HTTP_VOL_NDJSON,
                     "schema", "type", "string",
                     "x-line", ngx_http_vol_openapi_ref("ImportLine"),
                     "application/ndjson",
                     "schema", "type", "string",
                     "x-line", ngx_http_vol_openapi_ref("ImportLine"));
}


/* the type of an entry is a field of its own */

static json_t *
ngx_http_vol_openapi_import_line(ngx_http_vol_import_type_t *type)
{
    json_t  *json, *properties, *required;

    json = ngx_http_vol_openapi_fields(type->endpoint->fields,
                                       1 << NGX_HTTP_VOL_PATH
                                       | 1 << NGX_HTTP_VOL_BODY);

    properties = json_object_get(json, "properties");
    required = json_object_get(json, "required");

    if (json_object_get(properties, "type") == NULL
        && (json_object_set_new(properties, "type",
                                json_pack("{s:o}", "const",
                                    ngx_http_vol_openapi_str(&type->type)))
            || json_array_append_new(required, json_string("type"))))
    {
        return NULL;
    }

    if ((type->endpoint->flags & NGX_HTTP_VOL_KEY_REQUIRED)
        && (json_object_set_new(properties, "key",
                                ngx_http_vol_openapi_ref("Key"))
            || json_array_append_new(required, json_string("key"))))
    {
        return NULL;
    }

    return json;
}


json_t *
ngx_http_vol_openapi_stream(json_t *schemas, ngx_http_vol_endpoint_t *ep)
{
    if (ep->flags & NGX_HTTP_VOL_IMPORT) {
        return ngx_http_vol_openapi_import(schemas);
    }

    if (ep->flags & NGX_HTTP_VOL_EXPORT) {
        return ngx_http_vol_openapi_export(schemas, ep);
    }

    return json_pack("{s:s,s:{s:{s:{s:s},s:s}},s:{s:{s:{s:s}}}}",
                     "description", "The document",
                     "headers",
                     "ETag", "schema", "type", "string",
                     "description", "for If-None-Match",
                     "content",
                     "application/json", "schema", "type", "object");
}


static json_t *
ngx_http_vol_openapi_import(json_t *schemas)
{
    json_t  *failed, *progress, *result;

    failed = json_pack(
        "{s:s,s:[s,s,s],s:{s:{s:s},s:{s:s},s:{s:s},s:{s:s},s:{s:s},s:{s:s}}}",
        "type", "object",
        "required", "line", "type", "status",
        "properties",
        "line", "type", "integer",
        "type", "type", "string",
        "status", "type", "integer",
        "detail", "type", "string",
        "field", "type", "string",
        "key", "type", "string");

    progress = json_pack(
        "{s:s,s:[s,s,s,s],s:{s:{s:s},s:{s:s},s:{s:s},s:{s:s}}}",
        "type", "object",
        "required", "lines", "done", "replayed", "failed",
        "properties",
        "lines", "type", "integer",
        "done", "type", "integer",
        "replayed", "type", "integer",
        "failed", "type", "integer");

    result = json_deep_copy(progress);

    if (json_array_append_new(json_object_get(result, "required"),
                              json_string("complete"))
        || json_object_set_new(json_object_get(result, "properties"),
                               "complete",
                               json_pack("{s:s}", "type", "boolean"))
        || json_object_set_new(json_object_get(result, "properties"),
                               "problem",
                               json_pack("{s:s}", "type", "object")))
    {
        return NULL;
    }

    if (json_object_set_new(schemas, "ImportAnswer", json_pack(
            "{s:[o,{s:s,s:[s],s:{s:o}},{s:s,s:[s],s:{s:o}}]}",
            "anyOf",
            failed,
            "type", "object", "required", "progress",
            "properties", "progress", progress,
            "type", "object", "required", "result",
            "properties", "result", result)))
    {
        return NULL;
    }

    return json_pack("{s:s,s:o,s:{s:{s:{s:s},s:o}}}",
                     "description", "What became of the lines",
                     "headers", ngx_http_vol_openapi_durability(),
                     "content",
                     NGX_HTTP_VOL_NDJSON, "schema", "type", "string",
                     "x-line", ngx_http_vol_openapi_ref("ImportAnswer"));
}


static json_t *
ngx_http_vol_openapi_export(json_t *schemas, ngx_http_vol_endpoint_t *ep)
{
    char                        *name;
    json_t                      *lines, *response;
    ngx_http_vol_export_what_t  *what;

    lines = json_pack("[{s:s,s:[s],s:{s:{s:s,s:[s],s:{s:{s:s},s:{s:s}}}}}]",
                      "type", "object", "required", "end",
                      "properties",
                      "end", "type", "object", "required", "lines",
                      "properties",
                      "lines", "type", "integer", "after", "type", "string");

    what = ngx_http_vol_export_of(ep);
    name = (what == ngx_http_vol_data_whats) ? "DataLine" : "ExportLine";

    response = json_pack("{s:s,s:{s:{s:{s:s}}},s:{s:{s:{s:s},s:o}}}",
                         "description", "The list",
                         "headers",
                         "Content-Disposition", "schema", "type", "string",
                         "content",
                         NGX_HTTP_VOL_NDJSON, "schema", "type", "string",
                         "x-line", ngx_http_vol_openapi_ref(name));

    if (what->columns
        && json_object_set_new(json_object_get(response, "content"),
                               "text/csv",
                               json_pack("{s:{s:s,s:s}}",
                                         "schema", "type", "string",
                                         "description", "RFC 4180")))
    {
        return NULL;
    }

    for ( /* void */ ; what->what.len; what++) {
        if (ngx_http_vol_openapi_export_lines(schemas, what, lines) != NGX_OK)
        {
            return NULL;
        }
    }

    if (json_object_set_new(schemas, name,
                            json_pack("{s:o}", "anyOf", lines)))
    {
        return NULL;
    }

    return response;
}


/* the shapes of its lists; what has none is made of lines of an import */

static ngx_int_t
ngx_http_vol_openapi_export_lines(json_t *schemas,
    ngx_http_vol_export_what_t *what, json_t *lines)
{
    size_t                       i;
    json_t                      *line, *known;
    ngx_http_vol_export_list_t  *list;

    for (list = what->lists; list->page; list++) {

        if (list->type && list->members == NULL) {
            line = ngx_http_vol_openapi_what_line(schemas, list);

        } else if (list->type || list->page->reply == NULL) {
            line = ngx_http_vol_openapi_ref("ImportLine");

        } else {
            line = ngx_http_vol_openapi_reply(schemas, list->page->reply);
        }

        json_array_foreach (lines, i, known) {
            if (json_equal(known, line)) {
                break;
            }
        }

        if (i < json_array_size(lines)) {
            json_decref(line);

        } else if (json_array_append_new(lines, line)) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* the members of a shape behind what they are */

static json_t *
ngx_http_vol_openapi_what_line(json_t *schemas,
    ngx_http_vol_export_list_t *list)
{
    json_t      *ref, *line, *required;
    const char  *name;

    ref = ngx_http_vol_openapi_reply(schemas, list->page->reply);
    name = json_string_value(json_object_get(ref, "$ref"));

    if (name == NULL) {
        return NULL;
    }

    line = json_deep_copy(json_object_get(schemas, strrchr(name, '/') + 1));

    json_decref(ref);

    required = json_object_get(line, "required");

    if (json_array_insert_new(required, 0, json_string("what"))
        || json_object_set_new(json_object_get(line, "properties"), "what",
                               json_pack("{s:s}", "const", list->type)))
    {
        return NULL;
    }

    return line;
}
