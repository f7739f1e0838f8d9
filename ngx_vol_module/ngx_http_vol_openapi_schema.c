
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_openapi.h"


#define NGX_HTTP_VOL_LABEL      (sizeof("ngx_http_vol_") - 1)
#define NGX_HTTP_VOL_LABEL_MAX  64
#define NGX_HTTP_VOL_SCHEMAS    "#/components/schemas/"

/* of a voucher's code, as it is shown */
#define NGX_HTTP_VOL_SYMBOLS    "[0-9A-HJKMNP-TV-Z]{6}"


static json_t *ngx_http_vol_openapi_text(ngx_http_vol_field_t *f);
static json_t *ngx_http_vol_openapi_enum(ngx_uint_t type);
static json_t *ngx_http_vol_openapi_members(json_t *schemas,
    ngx_http_vol_shape_t *shape);
static json_t *ngx_http_vol_openapi_member(json_t *schemas,
    ngx_http_vol_shape_t *shape);
static void ngx_http_vol_openapi_name(char *name, const char *label);


json_t *
ngx_http_vol_openapi_types(void)
{
    return json_pack(
        "{s:{s:s,s:s}"
        ",s:{s:s,s:o,s:b,s:i}"
        ",s:{s:s,s:s,s:s,s:s}"
        ",s:{s:s,s:s,s:s,s:s}"
        ",s:{s:s,s:s,s:s}"
        ",s:{s:s,s:s,s:i,s:s}"
        ",s:{s:s,s:s,s:s}"
        ",s:{s:s,s:s,s:s}"
        ",s:{s:s,s:s,s:[s,s,s],s:{s:{s:s,s:s},s:{s:s},s:{s:s},s:{s:s}"
        ",s:{s:s,s:s}}}}",

        "Id", "type", "string", "pattern", "^[A-Za-z0-9._-]{1,64}$",

        "Ids", "type", "array", "items", ngx_http_vol_openapi_ref("Id"),
        "uniqueItems", 1, "maxItems", NGX_HTTP_VOL_IDS_MAX,

        "Date", "type", "string", "format", "date",
        "pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "description", "a day, in the time zone of the rulebook",

        "Time", "type", "string", "format", "date-time",
        "pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}"
                   "(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
        "description", "answered with the offset of the rulebook",

        "Code", "type", "string",
        "pattern", "^" NGX_HTTP_VOL_SYMBOLS "-" NGX_HTTP_VOL_SYMBOLS "-"
                   NGX_HTTP_VOL_SYMBOLS "$",
        "description", "the code of a voucher",

        "TypedCode", "type", "string",
        "pattern", "^[0-9A-Za-z][0-9A-Za-z-]*[0-9A-Za-z]$", "minLength", 18,
        "description", "the code of a voucher, in either case, with hyphens "
                       "between symbols or none",

        "Cursor", "type", "string", "pattern", "^[A-Za-z0-9._:,-]+$",
        "description", "the next of a page; nothing is to be read in it",

        "Key", "type", "string", "pattern", "^[!-~]{1,128}$",
        "description", "chosen by the client: a new one for each thing it "
                       "wants done, the same one when it repeats",

        "Problem", "type", "object", "description", "RFC 9457",
        "required", "type", "title", "status",
        "properties",
        "type", "type", "string", "format", "uri",
        "title", "type", "string",
        "status", "type", "integer",
        "detail", "type", "string",
        "field", "type", "string", "description", "what is at fault");
}


json_t *
ngx_http_vol_openapi_field(ngx_http_vol_field_t *f)
{
    switch ((ngx_http_vol_type_e) f->type) {

    case NGX_HTTP_VOL_ID:
        return ngx_http_vol_openapi_ref("Id");

    case NGX_HTTP_VOL_IDS:
        return json_pack("{s:s,s:I}", "$ref", NGX_HTTP_VOL_SCHEMAS "Ids",
                         "maxItems", (json_int_t) f->max);

    case NGX_HTTP_VOL_INTEGER:
        return json_pack("{s:s,s:I,s:I}", "type", "integer",
                         "minimum", (json_int_t) f->min,
                         "maximum", (json_int_t) f->max);

    case NGX_HTTP_VOL_TEXT:
        return ngx_http_vol_openapi_text(f);

    case NGX_HTTP_VOL_DATE:
        return ngx_http_vol_openapi_ref("Date");

    case NGX_HTTP_VOL_TIME:
        return ngx_http_vol_openapi_ref("Time");

    case NGX_HTTP_VOL_FLAG:
        return json_pack("{s:s}", "type", "boolean");

    case NGX_HTTP_VOL_KIND:
    case NGX_HTTP_VOL_TEAM:
    case NGX_HTTP_VOL_NEED:
        return ngx_http_vol_openapi_enum(f->type);

    case NGX_HTTP_VOL_DAYS:
        return json_pack("{s:s,s:b,s:o}", "type", "array", "uniqueItems", 1,
                         "items", ngx_http_vol_openapi_enum(f->type));

    case NGX_HTTP_VOL_CODE:
        return ngx_http_vol_openapi_ref("TypedCode");

    case NGX_HTTP_VOL_CURSOR:
        return json_pack("{s:s,s:I}", "$ref", NGX_HTTP_VOL_SCHEMAS "Cursor",
                         "maxLength", (json_int_t) f->max);

    case NGX_HTTP_VOL_POSTS:
        return json_pack("{s:s,s:i,s:i,s:o}", "type", "array", "minItems", 1,
                         "maxItems", NGX_HTTP_VOL_POSTS_MAX, "items",
                         ngx_http_vol_openapi_fields(
                                                    ngx_http_vol_posts_fields,
                                                    1 << NGX_HTTP_VOL_BODY));

    case NGX_HTTP_VOL_SECRET:       /* no client sends one */
        break;
    }

    return NULL;
}


/* without control characters */

static json_t *
ngx_http_vol_openapi_text(ngx_http_vol_field_t *f)
{
    json_t  *json;

    json = json_pack("{s:s,s:s,s:I}", "type", "string",
                     "pattern", "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
                     "maxLength", (json_int_t) f->max);

    if (f->min && json_object_set_new(json, "minLength", json_integer(f->min)))
    {
        return NULL;
    }

    return json;
}


static json_t *
ngx_http_vol_openapi_enum(ngx_uint_t type)
{
    json_t      *values;
    ngx_str_t   *value;
    ngx_uint_t   i, n;

    n = 0;
    values = json_array();
    value = ngx_http_vol_type_values(type, &n);

    for (i = 0; i < n; i++) {
        if (json_array_append_new(values, ngx_http_vol_openapi_str(&value[i])))
        {
            return NULL;
        }
    }

    return json_pack("{s:s,s:o}", "type", "string", "enum", values);
}


json_t *
ngx_http_vol_openapi_fields(ngx_http_vol_field_t *fields, ngx_uint_t sources)
{
    json_t                *json, *properties, *required;
    ngx_http_vol_field_t  *f;

    properties = json_object();
    required = json_array();

    for (f = fields; !ngx_http_vol_last_field(f); f++) {

        if (!(sources & (1 << f->source))) {
            continue;
        }

        if (json_object_set_new(properties, (char *) f->name.data,
                                ngx_http_vol_openapi_field(f)))
        {
            return NULL;
        }

        /* that of a volunteer is their own */

        if ((f->flags & NGX_HTTP_VOL_REQUIRED)
            && !(f->flags & NGX_HTTP_VOL_SELF)
            && json_array_append_new(required,
                                     ngx_http_vol_openapi_str(&f->name)))
        {
            return NULL;
        }
    }

    json = json_pack("{s:s,s:O,s:o,s:b}", "type", "object",
                     "required", required, "properties", properties,
                     "additionalProperties", 0);

    if (json_array_size(required) == 0) {
        (void) json_object_del(json, "required");
    }

    json_decref(required);

    return json;
}


json_t *
ngx_http_vol_openapi_reply(json_t *schemas, ngx_http_vol_shape_t *shape)
{
    ngx_http_vol_shape_name_t  *name;

    for (name = ngx_http_vol_shape_names; name->shape; name++) {
        if (name->shape == shape) {
            return ngx_http_vol_openapi_shape(schemas, shape, name->label);
        }
    }

    return NULL;
}


json_t *
ngx_http_vol_openapi_shape(json_t *schemas, ngx_http_vol_shape_t *shape,
    char *label)
{
    char  name[NGX_HTTP_VOL_LABEL_MAX];

    ngx_http_vol_openapi_name(name, label);

    if (json_object_get(schemas, name) == NULL
        && json_object_set_new(schemas, name,
                               ngx_http_vol_openapi_members(schemas, shape)))
    {
        return NULL;
    }

    return ngx_http_vol_openapi_ref(name);
}


static json_t *
ngx_http_vol_openapi_members(json_t *schemas, ngx_http_vol_shape_t *shape)
{
    json_t  *json, *properties, *required;

    properties = json_object();
    required = json_array();

    for ( /* void */ ; shape->name.len; shape++) {

        if (json_object_set_new(properties, (char *) shape->name.data,
                                ngx_http_vol_openapi_member(schemas, shape)))
        {
            return NULL;
        }

        if (!(shape->flags & NGX_HTTP_VOL_OMIT)
            && json_array_append_new(required,
                                     ngx_http_vol_openapi_str(&shape->name)))
        {
            return NULL;
        }
    }

    json = json_pack("{s:s,s:O,s:o}", "type", "object", "required", required,
                     "properties", properties);

    if (json_array_size(required) == 0) {
        (void) json_object_del(json, "required");
    }

    json_decref(required);

    return json;
}


static json_t *
ngx_http_vol_openapi_member(json_t *schemas, ngx_http_vol_shape_t *shape)
{
    char    *type;
    json_t  *json;

    type = NULL;
    json = NULL;

    switch (shape->type) {

    case NGX_HTTP_VOL_SHAPE_STRING:
        type = "string";
        break;

    case NGX_HTTP_VOL_SHAPE_INTEGER:
        type = "integer";
        break;

    case NGX_HTTP_VOL_SHAPE_BOOLEAN:
        type = "boolean";
        break;

    case NGX_HTTP_VOL_SHAPE_DATE:
        json = ngx_http_vol_openapi_ref("Date");
        break;

    case NGX_HTTP_VOL_SHAPE_TIME:
    case NGX_HTTP_VOL_SHAPE_ENTRY_TIME:
        json = ngx_http_vol_openapi_ref("Time");
        break;

    case NGX_HTTP_VOL_SHAPE_CODE:
        json = ngx_http_vol_openapi_ref("Code");
        break;

    case NGX_HTTP_VOL_SHAPE_IDS:
        json = json_pack("{s:s,s:o}", "type", "array", "items",
                         ngx_http_vol_openapi_ref("Id"));
        break;

    case NGX_HTTP_VOL_SHAPE_OBJECT:
        json = ngx_http_vol_openapi_shape(schemas, shape->of, shape->label);
        break;

    case NGX_HTTP_VOL_SHAPE_LIST:
        json = json_pack("{s:s,s:o}", "type", "array", "items",
                         ngx_http_vol_openapi_shape(schemas, shape->of,
                                                    shape->label));
        break;
    }

    if (!(shape->flags & NGX_HTTP_VOL_NULL)) {
        return type ? json_pack("{s:s}", "type", type) : json;
    }

    return type ? json_pack("{s:[s,s]}", "type", type, "null")
                : json_pack("{s:[o,{s:s}]}", "anyOf", json, "type", "null");
}


/* "ngx_http_vol_org_stats_shape" is "OrgStats" */

static void
ngx_http_vol_openapi_name(char *name, const char *label)
{
    char        *last;
    ngx_uint_t   upper;

    last = name + NGX_HTTP_VOL_LABEL_MAX - 1;
    upper = 1;

    for (label += NGX_HTTP_VOL_LABEL; *label && name < last; label++) {

        if (*label == '_') {
            if (ngx_strcmp(label, "_shape") == 0) {
                break;
            }

            upper = 1;
            continue;
        }

        *name++ = upper ? ngx_toupper(*label) : *label;
        upper = 0;
    }

    *name = '\0';
}


json_t *
ngx_http_vol_openapi_ref(const char *name)
{
    char  ref[sizeof(NGX_HTTP_VOL_SCHEMAS) + NGX_HTTP_VOL_LABEL_MAX];

    ngx_sprintf((u_char *) ref, NGX_HTTP_VOL_SCHEMAS "%s%Z", name);

    return json_pack("{s:s}", "$ref", ref);
}


json_t *
ngx_http_vol_openapi_str(ngx_str_t *text)
{
    return json_stringn((char *) text->data, text->len);
}
