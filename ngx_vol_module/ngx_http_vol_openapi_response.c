
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_openapi.h"
#include "ngx_http_vol_export.h"


#define NGX_HTTP_VOL_LISTS      7
#define NGX_HTTP_VOL_LIST_MAX   2048
#define NGX_HTTP_VOL_RESPONSES  "#/components/responses/"


static ngx_int_t ngx_http_vol_openapi_successes(json_t *responses,
    json_t *schemas, ngx_http_vol_endpoint_t *ep);
static json_t *ngx_http_vol_openapi_success(json_t *schemas,
    ngx_http_vol_endpoint_t *ep, char *description);
static ngx_int_t ngx_http_vol_openapi_problems(json_t *responses,
    json_t *known, ngx_http_vol_endpoint_t *ep);
static ngx_uint_t ngx_http_vol_openapi_has(ngx_http_vol_endpoint_t *ep,
    ngx_str_t *problem);
static ngx_uint_t ngx_http_vol_openapi_names(const char *names,
    ngx_str_t *word);
static json_t *ngx_http_vol_openapi_problem(ngx_uint_t status, json_t *types,
    char *titles);


static struct {
    char  *status;
    char  *description;
} ngx_http_vol_openapi_statuses[] = {
    { "201", "Created" },
    { "202", "Accepted: it waits" },
    { NULL, "Done" }
};


json_t *
ngx_http_vol_openapi_responses(json_t *components, ngx_http_vol_endpoint_t *ep)
{
    json_t  *responses, *schemas, *known;

    schemas = json_object_get(components, "schemas");
    known = json_object_get(components, "responses");
    responses = json_object();

    if (ngx_http_vol_openapi_successes(responses, schemas, ep) != NGX_OK
        || ngx_http_vol_openapi_problems(responses, known, ep) != NGX_OK
        || json_object_set_new(responses, "default",
                               json_pack("{s:s}", "$ref",
                                         NGX_HTTP_VOL_RESPONSES "default")))
    {
        return NULL;
    }

    return responses;
}


static ngx_int_t
ngx_http_vol_openapi_successes(json_t *responses, json_t *schemas,
    ngx_http_vol_endpoint_t *ep)
{
    u_char      *p, status[sizeof("200")];
    ngx_uint_t   i;

    if (ep->script == NULL && ep->reply) {
        return json_object_set_new(responses, "200",
                                   ngx_http_vol_openapi_success(schemas, ep,
                                                                "Done"))
               ? NGX_ERROR : NGX_OK;
    }

    if (ep->script == NULL) {
        if (json_object_set_new(responses, "200",
                                ngx_http_vol_openapi_stream(schemas, ep)))
        {
            return NGX_ERROR;
        }

        if (ep->flags & NGX_HTTP_VOL_OPENAPI) {
            return json_object_set_new(responses, "304",
                                       json_pack("{s:s}", "description",
                                                 "It is the one of "
                                                 "If-None-Match"))
                   ? NGX_ERROR : NGX_OK;
        }

        return NGX_OK;
    }

    for (p = ep->script->statuses.data; *p; p += sizeof("200 ") - 1) {

        if (*p != '2') {
            return NGX_ERROR;
        }

        ngx_cpystrn(status, p, sizeof(status));

        for (i = 0; ngx_http_vol_openapi_statuses[i].status; i++) {
            if (ngx_strcmp(status, ngx_http_vol_openapi_statuses[i].status)
                == 0)
            {
                break;
            }
        }

        if (json_object_set_new(responses, (char *) status,
                ngx_http_vol_openapi_success(schemas, ep,
                    ngx_http_vol_openapi_statuses[i].description)))
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


json_t *
ngx_http_vol_openapi_durability(void)
{
    return json_pack("{s:{s:s,s:{s:s}}}", "Vol-Durability",
                     "description", "what the write has reached: redis, fsync, "
                     "replicas=1",
                     "schema", "type", "string");
}


static json_t *
ngx_http_vol_openapi_success(json_t *schemas, ngx_http_vol_endpoint_t *ep,
    char *description)
{
    json_t  *response, *headers;

    response = json_pack("{s:s,s:{s:{s:o}}}", "description", description,
                         "content", "application/json",
                         "schema", ngx_http_vol_openapi_reply(schemas,
                                                              ep->reply));

    if ((ep->flags & NGX_HTTP_VOL_CSV)
        && json_object_set_new(json_object_get(response, "content"),
                               "text/csv",
                               json_pack("{s:{s:s}}", "schema", "type",
                                         "string")))
    {
        return NULL;
    }

    if (ep->method == NGX_HTTP_GET) {
        return response;
    }

    headers = ngx_http_vol_openapi_durability();

    if ((ep->flags & NGX_HTTP_VOL_KEYED)
        && json_object_set_new(headers, "Idempotent-Replayed", json_pack(
               "{s:s,s:{s:s,s:s}}",
               "description", "the answer of the first time, told again",
               "schema", "type", "string", "const", "true")))
    {
        return NULL;
    }

    return json_object_set_new(response, "headers", headers) ? NULL
                                                             : response;
}


/*
 * The table of problems is in the order of statuses.  Responses with the same
 * types are one, "not-found" or "limit-reached.frozen".
 */

static ngx_int_t
ngx_http_vol_openapi_problems(json_t *responses, json_t *known,
    ngx_http_vol_endpoint_t *ep)
{
    char                     code[NGX_INT_T_LEN + 1];
    u_char                   names[NGX_HTTP_VOL_LIST_MAX];
    u_char                   titles[NGX_HTTP_VOL_LIST_MAX];
    u_char                  *name, *title, *last;
    json_t                  *types;
    ngx_uint_t               status;
    ngx_http_vol_problem_t  *p;

    p = ngx_http_vol_problems;

    while (p->status) {
        status = p->status;
        types = json_array();

        name = ngx_cpymem(names, NGX_HTTP_VOL_RESPONSES,
                          sizeof(NGX_HTTP_VOL_RESPONSES) - 1);
        title = titles;

        for ( /* void */ ; p->status == status; p++) {

            if (!ngx_http_vol_openapi_has(ep, &p->type)) {
                continue;
            }

            last = names + sizeof(names) - 1;
            name = ngx_slprintf(name, last, "%V.", &p->type);

            last = titles + sizeof(titles) - 1;
            title = ngx_slprintf(title, last, "%V. ", &p->title);

            if (json_array_append_new(types, json_pack("s+",
                                          NGX_HTTP_VOL_URN, p->type.data)))
            {
                return NGX_ERROR;
            }
        }

        if (json_array_size(types) == 0) {
            json_decref(types);
            continue;
        }

        name[-1] = '\0';
        title[-2] = '\0';
        name = names + sizeof(NGX_HTTP_VOL_RESPONSES) - 1;

        if (json_object_get(known, (char *) name)) {
            json_decref(types);

        } else if (json_object_set_new(known, (char *) name,
                                       ngx_http_vol_openapi_problem(status,
                                           types, (char *) titles)))
        {
            return NGX_ERROR;
        }

        ngx_sprintf((u_char *) code, "%ui%Z", status);

        if (json_object_set_new(responses, code,
                                json_pack("{s:s}", "$ref", names)))
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* whether a row can give a problem: by what it is, or as its script says */

static ngx_uint_t
ngx_http_vol_openapi_has(ngx_http_vol_endpoint_t *ep, ngx_str_t *problem)
{
    ngx_uint_t                i, n;
    const char               *names[NGX_HTTP_VOL_LISTS];
    ngx_http_vol_endpoint_t  *page;

    n = 0;

    names[n++] = "no-identity forbidden not-found invalid-field ";

    if (!(ep->flags & NGX_HTTP_VOL_OPENAPI)) {
        names[n++] = "store-corrupt store-unavailable ";
    }

    if (ep->method != NGX_HTTP_GET) {
        names[n++] = "malformed-json body-too-large unsupported-media-type "
                     "outcome-unknown ";
    }

    if (ngx_http_vol_endpoint_guarded(ep)) {
        names[n++] = "forbidden-origin ";
    }

    if (ep->flags & NGX_HTTP_VOL_KEY_REQUIRED) {
        names[n++] = "idempotency-key-required ";
    }

    if (ep->script) {
        names[n++] = (char *) ep->script->problems.data;
    }

    /* the answer begins with its first page */

    if (ep->flags & NGX_HTTP_VOL_EXPORT) {
        page = ngx_http_vol_export_of(ep)->lists->page;
        names[n++] = (char *) page->script->problems.data;
    }

    for (i = 0; i < n; i++) {
        if (ngx_http_vol_openapi_names(names[i], problem)) {
            return 1;
        }
    }

    return 0;
}


/* whether a word is one of those, behind each of which is a space */

static ngx_uint_t
ngx_http_vol_openapi_names(const char *names, ngx_str_t *word)
{
    const char  *p, *end;

    for (p = names; *p; p = end + 1) {
        end = strchr(p, ' ');

        if (end == NULL) {
            return 0;
        }

        if ((size_t) (end - p) == word->len
            && ngx_strncmp(p, word->data, word->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* nginx itself has statuses without a type of ours */

static json_t *
ngx_http_vol_openapi_problem(ngx_uint_t status, json_t *types, char *titles)
{
    json_t  *response;

    if ((status == NGX_HTTP_BAD_REQUEST
         || status >= NGX_HTTP_INTERNAL_SERVER_ERROR)
        && json_array_append_new(types, json_string("about:blank")))
    {
        return NULL;
    }

    response = json_pack("{s:s,s:{s:{s:{s:s,s:{s:{s:o},s:{s:I}}}}}}",
                         "description", titles,
                         "content", "application/problem+json", "schema",
                         "$ref", "#/components/schemas/Problem",
                         "properties", "type", "enum", types,
                         "status", "const", (json_int_t) status);

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE
        && json_object_set_new(response, "headers", json_pack(
               "{s:{s:s,s:{s:s}}}", "Retry-After",
               "description", "in seconds", "schema", "type", "string")))
    {
        return NULL;
    }

    return response;
}
