
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_unit.h"
#include "ngx_http_vol_openapi.h"
#include "ngx_http_vol_fields.h"


/* a row that says too little of itself leaves no document at all */

static void
every_row_is_described(void **state)
{
    json_t                   *document, *paths, *item;
    size_t                    n;
    const char               *path;
    ngx_http_vol_endpoint_t  *ep;

    document = ngx_http_vol_openapi_document();
    assert_non_null(document);

    for (n = 0, ep = ngx_http_vol_endpoints; ep->method; ep++) {
        n++;
    }

    paths = json_object_get(document, "paths");

    json_object_foreach (paths, path, item) {
        n -= json_object_size(item);
    }

    assert_int_equal(n, 0);

    json_decref(document);
}


static void
problems_that_scripts_name_are_known(void **state)
{
    u_char                   *p, *end;
    ngx_http_vol_endpoint_t  *ep;
    ngx_http_vol_problem_t   *problem;

    for (ep = ngx_http_vol_endpoints; ep->method; ep++) {

        if (ep->script == NULL) {
            continue;
        }

        for (p = ep->script->problems.data; *p; p = end + 1) {
            end = (u_char *) strchr((char *) p, ' ');
            assert_non_null(end);

            for (problem = ngx_http_vol_problems; problem->status; problem++) {
                if (problem->type.len == (size_t) (end - p)
                    && ngx_strncmp(problem->type.data, p, end - p) == 0)
                {
                    break;
                }
            }

            if (problem->status == 0) {
                fail_msg("\"%s\" names \"%.*s\"", ep->script->name.data,
                         (int) (end - p), p);
            }
        }
    }
}


static void
fields_become_schemas(void **state)
{
    char        *text;
    json_t      *json;
    ngx_uint_t   sources;

    static ngx_http_vol_field_t  fields[] = {
        vol_caller(PREFIX),
        vol_path("volunteer", ID),
        vol_body("minutes", INTEGER, 1, 1440),
        vol_body("kind", KIND, 0, 0),
        vol_body_self("whom"),
        vol_body_option("teams", IDS, 0, 3),
        vol_query("bom", FLAG, 0, 0),
        vol_rule(VERSION),
        vol_null
    };

    sources = 1 << NGX_HTTP_VOL_BODY;
    json = ngx_http_vol_openapi_fields(fields, sources);
    text = json_dumps(json, JSON_COMPACT);

    assert_string_equal(text,
        "{\"type\":\"object\",\"required\":[\"minutes\",\"kind\"],"
        "\"properties\":{"
        "\"minutes\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1440},"
        "\"kind\":{\"type\":\"string\","
        "\"enum\":[\"general\",\"cadre\",\"student\"]},"
        "\"whom\":{\"$ref\":\"#/components/schemas/Id\"},"
        "\"teams\":{\"$ref\":\"#/components/schemas/Ids\",\"maxItems\":3}},"
        "\"additionalProperties\":false}");

    free(text);
    json_decref(json);
}


static void
shapes_become_schemas(void **state)
{
    char    *text;
    json_t  *json, *schemas;

    static ngx_http_vol_shape_t  inner_shape[] = {
        vol_shape("need", INTEGER),
        vol_shape_end
    };

    static ngx_http_vol_shape_t  shape[] = {
        vol_shape("id", STRING),
        vol_shape_null("ref", STRING),
        vol_shape_omit("on", DATE),
        { ngx_string("next"), NGX_HTTP_VOL_SHAPE_OBJECT, NGX_HTTP_VOL_NULL,
          inner_shape, "ngx_http_vol_next_star_shape" },
        vol_shape_end
    };

    schemas = json_object();
    json = ngx_http_vol_openapi_shape(schemas, shape,
                                      "ngx_http_vol_unit_shape");
    text = json_dumps(schemas, JSON_COMPACT|JSON_SORT_KEYS);

    assert_string_equal(json_string_value(json_object_get(json, "$ref")),
                        "#/components/schemas/Unit");
    assert_string_equal(text,
        "{\"NextStar\":{\"properties\":{\"need\":{\"type\":\"integer\"}},"
        "\"required\":[\"need\"],\"type\":\"object\"},"
        "\"Unit\":{\"properties\":{"
        "\"id\":{\"type\":\"string\"},"
        "\"next\":{\"anyOf\":[{\"$ref\":\"#/components/schemas/NextStar\"},"
        "{\"type\":\"null\"}]},"
        "\"on\":{\"$ref\":\"#/components/schemas/Date\"},"
        "\"ref\":{\"type\":[\"string\",\"null\"]}},"
        "\"required\":[\"id\",\"ref\",\"next\"],\"type\":\"object\"}}");

    free(text);
    json_decref(json);
    json_decref(schemas);
}


int
ngx_http_vol_unit_openapi(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(every_row_is_described),
        cmocka_unit_test(problems_that_scripts_name_are_known),
        cmocka_unit_test(fields_become_schemas),
        cmocka_unit_test(shapes_become_schemas)
    };

    return cmocka_run_group_tests_name("openapi", tests, NULL, NULL);
}
