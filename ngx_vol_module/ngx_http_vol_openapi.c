
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include <ngx_sha1.h>
#include "ngx_http_vol_openapi.h"


#define NGX_HTTP_VOL_OPENAPI_PATH   256
#define NGX_HTTP_VOL_OPENAPI_TEXT   2048


static ngx_int_t ngx_http_vol_openapi_make(void);
static ngx_int_t ngx_http_vol_openapi_etag(ngx_http_request_t *r);
static json_t *ngx_http_vol_openapi_paths(json_t *components);
static void ngx_http_vol_openapi_path(char *path, ngx_str_t *pattern);
static json_t *ngx_http_vol_openapi_operation(json_t *components,
    ngx_http_vol_endpoint_t *ep);
static void ngx_http_vol_openapi_id(char *id, ngx_http_vol_endpoint_t *ep);
static ngx_uint_t ngx_http_vol_openapi_is_first(ngx_http_vol_endpoint_t *ep);
static const char *ngx_http_vol_openapi_method(ngx_http_vol_endpoint_t *ep);
static ngx_int_t ngx_http_vol_openapi_summary(json_t *operation,
    ngx_str_t *about);
static json_t *ngx_http_vol_openapi_tag(ngx_http_vol_endpoint_t *ep);
static json_t *ngx_http_vol_openapi_roles(ngx_http_vol_endpoint_t *ep);
static json_t *ngx_http_vol_openapi_parameters(ngx_http_vol_endpoint_t *ep);
static json_t *ngx_http_vol_openapi_parameter(ngx_http_vol_endpoint_t *ep,
    ngx_http_vol_field_t *f);
static json_t *ngx_http_vol_openapi_body(json_t *schemas,
    ngx_http_vol_endpoint_t *ep);


/* the document, once it was asked for, and its entity tag with the quotes */

static ngx_str_t  ngx_http_vol_openapi_text;
static u_char     ngx_http_vol_openapi_tag_text[2 * NGX_HTTP_VOL_SHA1_LEN + 2];


ngx_int_t
ngx_http_vol_openapi(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    static ngx_str_t  no_cache = ngx_string("no-cache");

    if (ngx_http_vol_openapi_text.len == 0
        && ngx_http_vol_openapi_make() != NGX_OK)
    {
        return NGX_ERROR;
    }

    b = ngx_calloc_buf(r->pool);

    if (b == NULL
        || ngx_http_vol_openapi_etag(r) != NGX_OK
        || ngx_http_vol_add_header(r, "Cache-Control", &no_cache) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->replied = 1;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = ngx_http_vol_openapi_text.len;
    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->pos = ngx_http_vol_openapi_text.data;
    b->last = b->pos + ngx_http_vol_openapi_text.len;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/* for as long as the process lives: the table is the same in every cycle */

static ngx_int_t
ngx_http_vol_openapi_make(void)
{
    u_char      *p, digest[NGX_HTTP_VOL_SHA1_LEN];
    json_t      *document;
    ngx_str_t    text;
    ngx_sha1_t   sha1;

    document = ngx_http_vol_openapi_document();
    text.data = (u_char *) json_dumps(document, JSON_COMPACT);
    json_decref(document);

    if (text.data == NULL) {
        return NGX_ERROR;
    }

    text.len = ngx_strlen(text.data);

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, text.data, text.len);
    ngx_sha1_final(digest, &sha1);

    p = ngx_http_vol_openapi_tag_text;
    *p++ = '"';
    p = ngx_hex_dump(p, digest, sizeof(digest));
    *p = '"';

    ngx_http_vol_openapi_text = text;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_openapi_etag(ngx_http_request_t *r)
{
    ngx_str_t         value;
    ngx_list_part_t  *part;

    value.data = ngx_http_vol_openapi_tag_text;
    value.len = sizeof(ngx_http_vol_openapi_tag_text);

    if (ngx_http_vol_add_header(r, "ETag", &value) != NGX_OK) {
        return NGX_ERROR;
    }

    /* by this nginx's filters find it */

    part = r->headers_out.headers.last;
    r->headers_out.etag = (ngx_table_elt_t *) part->elts + part->nelts - 1;

    return NGX_OK;
}


json_t *
ngx_http_vol_openapi_document(void)
{
    json_t  *components, *paths;

    components = json_pack("{s:o,s:{s:{s:s,s:{s:{s:{s:s,s:{s:{s:[s,s]}}}}}}}}",
                           "schemas", ngx_http_vol_openapi_types(),
                           "responses",
                           "default",
                           "description", "What nginx itself refuses",
                           "content", "application/problem+json", "schema",
                           "$ref", "#/components/schemas/Problem",
                           "properties", "type", "enum",
                           "about:blank", NGX_HTTP_VOL_URN "body-too-large");

    paths = ngx_http_vol_openapi_paths(components);

    return json_pack("{s:s,s:{s:s,s:s,s:s,s:{s:s,s:s}},s:[{s:s}],s:o,s:o}",
                     "openapi", "3.1.0",
                     "info",
                     "title", "ngx_vol: the points API",
                     "version", "1",
                     "description",
                     "Points of a volunteer portal. Who asks is said by the "
                     "portal's nginx, never by the request; x-roles are those "
                     "that may, and whoever asks where it is x-public. HEAD "
                     "goes where GET goes.",
                     "license",
                     "name", "BSD-2-Clause", "identifier", "BSD-2-Clause",
                     "servers", "url", ".",
                     "paths", paths,
                     "components", components);
}


static json_t *
ngx_http_vol_openapi_paths(json_t *components)
{
    char                      path[NGX_HTTP_VOL_OPENAPI_PATH];
    json_t                   *paths, *item;
    ngx_http_vol_endpoint_t  *ep;

    paths = json_object();

    for (ep = ngx_http_vol_endpoints; ep->method; ep++) {

        ngx_http_vol_openapi_path(path, &ep->path);

        item = json_object_get(paths, path);

        if (item == NULL) {
            item = json_object();

            if (json_object_set_new(paths, path, item)) {
                return NULL;
            }
        }

        if (json_object_set_new(item, ngx_http_vol_openapi_method(ep),
                                ngx_http_vol_openapi_operation(components,
                                                               ep)))
        {
            return NULL;
        }
    }

    return paths;
}


/* "offers/:offer/restock" is "/offers/{offer}/restock" */

static void
ngx_http_vol_openapi_path(char *path, ngx_str_t *pattern)
{
    char        *last;
    size_t       i;
    ngx_uint_t   field;

    last = path + NGX_HTTP_VOL_OPENAPI_PATH - 3;
    field = 0;

    *path++ = '/';

    for (i = 0; i < pattern->len && path < last; i++) {

        if (pattern->data[i] == ':') {
            *path++ = '{';
            field = 1;
            continue;
        }

        if (pattern->data[i] == '/' && field) {
            *path++ = '}';
            field = 0;
        }

        *path++ = pattern->data[i];
    }

    if (field) {
        *path++ = '}';
    }

    *path = '\0';
}


static json_t *
ngx_http_vol_openapi_operation(json_t *components, ngx_http_vol_endpoint_t *ep)
{
    char        id[NGX_HTTP_VOL_OPENAPI_PATH];
    json_t     *operation, *parameters, *body;
    ngx_str_t  *about;

    about = ep->script ? &ep->script->about : ngx_http_vol_openapi_about(ep);

    ngx_http_vol_openapi_id(id, ep);

    operation = json_pack("{s:s,s:[o],s:o}",
                          "operationId", id,
                          "tags", ngx_http_vol_openapi_tag(ep),
                          "x-roles", ngx_http_vol_openapi_roles(ep));

    if (ngx_http_vol_openapi_summary(operation, about) != NGX_OK) {
        return NULL;
    }

    if ((ep->flags & NGX_HTTP_VOL_PUBLIC)
        && json_object_set_new(operation, "x-public", json_true()))
    {
        return NULL;
    }

    parameters = ngx_http_vol_openapi_parameters(ep);

    if (json_array_size(parameters) == 0) {
        json_decref(parameters);

    } else if (json_object_set_new(operation, "parameters", parameters)) {
        return NULL;
    }

    if (ep->method != NGX_HTTP_GET) {
        body = ngx_http_vol_openapi_body(json_object_get(components,
                                                         "schemas"), ep);

        if (json_object_set_new(operation, "requestBody", body)) {
            return NULL;
        }
    }

    if (json_object_set_new(operation, "responses",
                            ngx_http_vol_openapi_responses(components, ep)))
    {
        return NULL;
    }

    return operation;
}


/*
 * By its script, "put_volunteer" is "putVolunteer"; where another row has the
 * same, or there is none, by method and path.
 */

static void
ngx_http_vol_openapi_id(char *id, ngx_http_vol_endpoint_t *ep)
{
    char        *last;
    u_char      *p, *end, text[NGX_HTTP_VOL_OPENAPI_PATH];
    ngx_uint_t   upper;

    if (ep->script && ngx_http_vol_openapi_is_first(ep)) {
        end = ngx_snprintf(text, sizeof(text), "%V", &ep->script->name);

    } else {
        end = ngx_snprintf(text, sizeof(text), "%s_%V",
                           ngx_http_vol_openapi_method(ep), &ep->path);
    }

    last = id + NGX_HTTP_VOL_OPENAPI_PATH - 1;
    upper = 0;

    for (p = text; p < end && id < last; p++) {

        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9'))) {
            upper = 1;
            continue;
        }

        *id++ = upper ? ngx_toupper(*p) : *p;
        upper = 0;
    }

    *id = '\0';
}


static ngx_uint_t
ngx_http_vol_openapi_is_first(ngx_http_vol_endpoint_t *ep)
{
    ngx_http_vol_endpoint_t  *first;

    for (first = ngx_http_vol_endpoints; first != ep; first++) {
        if (first->script == ep->script) {
            return 0;
        }
    }

    return 1;
}


static const char *
ngx_http_vol_openapi_method(ngx_http_vol_endpoint_t *ep)
{
    switch (ep->method) {

    case NGX_HTTP_GET:
        return "get";

    case NGX_HTTP_PUT:
        return "put";

    default: /* NGX_HTTP_POST */
        return "post";
    }
}


/* the first statement, as a title, and where there are more of them all */

static ngx_int_t
ngx_http_vol_openapi_summary(json_t *operation, ngx_str_t *about)
{
    size_t  len;
    u_char  text[NGX_HTTP_VOL_OPENAPI_TEXT];

    if (about == NULL || about->len == 0 || about->len > sizeof(text)) {
        return NGX_ERROR;
    }

    ngx_memcpy(text, about->data, about->len);
    text[0] = ngx_toupper(text[0]);

    for (len = 0; len < about->len; len++) {
        if ((text[len] == '.' || text[len] == ';')
            && (len + 1 == about->len || text[len + 1] == ' '))
        {
            break;
        }
    }

    if (json_object_set_new(operation, "summary",
                            json_stringn((char *) text, len)))
    {
        return NGX_ERROR;
    }

    if (len + 1 < about->len
        && json_object_set_new(operation, "description",
                               json_stringn((char *) text, about->len)))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static json_t *
ngx_http_vol_openapi_tag(ngx_http_vol_endpoint_t *ep)
{
    size_t  len;

    for (len = 0; len < ep->path.len && ep->path.data[len] != '/'; len++) {
        /* void */
    }

    return json_stringn((char *) ep->path.data, len);
}


static json_t *
ngx_http_vol_openapi_roles(ngx_http_vol_endpoint_t *ep)
{
    json_t               *roles;
    ngx_http_vol_role_t  *role;

    roles = json_array();

    for (role = ngx_http_vol_roles; role->bit; role++) {
        if ((ep->roles & role->bit)
            && json_array_append_new(roles,
                                     ngx_http_vol_openapi_str(&role->name)))
        {
            return NULL;
        }
    }

    return roles;
}


static json_t *
ngx_http_vol_openapi_parameters(ngx_http_vol_endpoint_t *ep)
{
    json_t                *parameters;
    ngx_http_vol_field_t  *f;

    parameters = json_array();

    for (f = ep->fields; !ngx_http_vol_last_field(f); f++) {

        if (f->source != NGX_HTTP_VOL_PATH && f->source != NGX_HTTP_VOL_QUERY)
        {
            continue;
        }

        if (json_array_append_new(parameters,
                                  ngx_http_vol_openapi_parameter(ep, f)))
        {
            return NULL;
        }
    }

    if ((ep->flags & NGX_HTTP_VOL_CSV)
        && json_array_append_new(parameters, json_pack(
               "{s:s,s:s,s:{s:s,s:[s,s]}}",
               "name", "format", "in", "query",
               "schema", "type", "string", "enum", "json", "csv")))
    {
        return NULL;
    }

    if ((ep->flags & NGX_HTTP_VOL_KEYED)
        && json_array_append_new(parameters, json_pack(
               "{s:s,s:s,s:b,s:o}",
               "name", "Idempotency-Key", "in", "header",
               "required", (ep->flags & NGX_HTTP_VOL_KEY_REQUIRED) != 0,
               "schema", ngx_http_vol_openapi_ref("Key"))))
    {
        return NULL;
    }

    return parameters;
}


static json_t *
ngx_http_vol_openapi_parameter(ngx_http_vol_endpoint_t *ep,
    ngx_http_vol_field_t *f)
{
    json_t  *parameter, *schema, *values;

    schema = ngx_http_vol_openapi_field(f);
    values = ngx_http_vol_openapi_values(ep, f);

    if (values && json_object_set_new(schema, "enum", values)) {
        return NULL;
    }

    parameter = json_pack("{s:o,s:s,s:b,s:o}",
                          "name", ngx_http_vol_openapi_str(&f->name),
                          "in", f->source == NGX_HTTP_VOL_PATH ? "path"
                                                               : "query",
                          "required", (f->flags & NGX_HTTP_VOL_REQUIRED) != 0,
                          "schema", schema);

    if ((f->flags & NGX_HTTP_VOL_SELF)
        && json_object_set_new(parameter, "description",
                               json_string("a volunteer names only themself")))
    {
        return NULL;
    }

    return parameter;
}


static json_t *
ngx_http_vol_openapi_body(json_t *schemas, ngx_http_vol_endpoint_t *ep)
{
    json_t  *schema;

    if (ep->flags & NGX_HTTP_VOL_IMPORT) {
        return json_pack("{s:o}", "content",
                         ngx_http_vol_openapi_lines(schemas));
    }

    schema = ngx_http_vol_openapi_fields(ep->fields, 1 << NGX_HTTP_VOL_BODY);

    return json_pack("{s:b,s:{s:{s:o}}}",
                     "required", json_object_get(schema, "required") != NULL,
                     "content", "application/json", "schema", schema);
}
