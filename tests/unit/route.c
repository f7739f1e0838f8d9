
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_unit.h"
#include "ngx_http_vol_module.h"


static ngx_int_t
ngx_http_vol_unit_find(const char *text, ngx_uint_t method,
    ngx_http_vol_endpoint_t **ep, ngx_str_t *segments)
{
    ngx_str_t  path;

    path.data = (u_char *) text;
    path.len = ngx_strlen(text);

    return ngx_http_vol_find(&path, method, ep, segments);
}


static void
every_row_is_found_by_its_own_path(void **state)
{
    ngx_str_t                 segments[NGX_HTTP_VOL_FIELDS_MAX];
    ngx_http_vol_endpoint_t  *ep, *found;

    for (ep = ngx_http_vol_endpoints; ep->method; ep++) {
        assert_int_equal(ngx_http_vol_find(&ep->path, ep->method, &found,
                                           segments),
                         NGX_OK);
        assert_ptr_equal(found, ep);
    }
}


static void
segments_are_the_values_of_the_path(void **state)
{
    ngx_str_t                 segments[NGX_HTTP_VOL_FIELDS_MAX];
    ngx_http_vol_endpoint_t  *ep;

    assert_int_equal(ngx_http_vol_unit_find("volunteers/1001/hours",
                                            NGX_HTTP_POST, &ep, segments),
                     NGX_OK);
    assert_int_equal(segments[0].len, 4);
    assert_memory_equal(segments[0].data, "1001", 4);
}


static void
what_no_row_has_is_declined(void **state)
{
    ngx_str_t                 segments[NGX_HTTP_VOL_FIELDS_MAX];
    ngx_uint_t                i;
    ngx_http_vol_endpoint_t  *ep;

    static const char  *paths[] = {
        "", "/", "me/", "/me", "mee", "m", "volunteers", "volunteers/",
        "volunteers//hours", "volunteers/1/hours/", "volunteers/1/hour",
        "volunteers/1/hourss", "volunteers/1/hours/2", "offers/",
        "vouchers/x/use/again", NULL
    };

    for (i = 0; paths[i]; i++) {
        assert_int_equal(ngx_http_vol_unit_find(paths[i], NGX_HTTP_GET, &ep,
                                                segments),
                         NGX_DECLINED);
    }
}


static void
another_method_is_told_from_another_path(void **state)
{
    ngx_str_t                 segments[NGX_HTTP_VOL_FIELDS_MAX];
    ngx_http_vol_endpoint_t  *ep;

    assert_int_equal(ngx_http_vol_unit_find("me", NGX_HTTP_POST, &ep,
                                            segments),
                     NGX_ABORT);
    assert_int_equal(ngx_http_vol_unit_find("offers/a/restock", NGX_HTTP_GET,
                                            &ep, segments),
                     NGX_ABORT);
}


static void
allow_has_every_method_of_a_path(void **state)
{
    ngx_str_t   path, allow;
    ngx_uint_t  i;

    static const char  *cases[][2] = {
        { "me", "GET, HEAD, OPTIONS" },
        { "volunteers/1", "PUT, GET, HEAD, OPTIONS" },
        { "volunteers/1/hours", "POST, OPTIONS" },
        { "nothing", "" },
        { NULL, NULL }
    };

    for (i = 0; cases[i][0]; i++) {
        path.data = (u_char *) cases[i][0];
        path.len = ngx_strlen(cases[i][0]);

        assert_int_equal(ngx_http_vol_allow(ngx_http_vol_unit_cf->pool, &path,
                                            &allow),
                         NGX_OK);
        assert_int_equal(allow.len, ngx_strlen(cases[i][1]));
        assert_memory_equal(allow.data, cases[i][1], allow.len);
    }
}


/* what the arrays that a request's way fills can hold */

static void
every_row_fits_the_bounds(void **state)
{
    ngx_uint_t                n;
    ngx_http_vol_key_t       *key;
    ngx_http_vol_field_t     *f;
    ngx_http_vol_endpoint_t  *ep;

    for (ep = ngx_http_vol_endpoints; ep->method; ep++) {
        n = 0;

        for (f = ep->fields; f->name.data || f->source; f++) {
            n++;
        }

        assert_in_range(n, 0, NGX_HTTP_VOL_FIELDS_MAX);

        if (ep->script == NULL) {
            assert_true(ep->flags
                        & (NGX_HTTP_VOL_IMPORT|NGX_HTTP_VOL_EXPORT
                           |NGX_HTTP_VOL_OPENAPI|NGX_HTTP_VOL_DISTRICTS));
            continue;
        }

        n = 0;

        for (key = ep->keys; key->head.len; key++) {
            n++;

            if (key->field.len == 0 || key->field.data[0] == ':') {
                continue;
            }

            for (f = ep->fields; f->name.data || f->source; f++) {
                if (f->name.len == key->field.len
                    && ngx_strncmp(f->name.data, key->field.data, f->name.len)
                       == 0)
                {
                    break;
                }
            }

            assert_non_null(f->name.data);
        }

        assert_in_range(n, 1, NGX_HTTP_VOL_KEYS_MAX);
    }
}


static void
ids_are_of_their_alphabet_and_length(void **state)
{
    u_char      text[NGX_HTTP_VOL_ID_MAX + 1];
    ngx_str_t   id;
    ngx_uint_t  c;

    id.data = text;
    id.len = 1;

    for (c = 0; c < 256; c++) {
        text[0] = (u_char) c;

        assert_int_equal(ngx_http_vol_is_id(&id),
                         (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                         || (c >= '0' && c <= '9')
                         || c == '.' || c == '_' || c == '-');
    }

    ngx_memset(text, 'a', sizeof(text));

    id.len = 0;
    assert_false(ngx_http_vol_is_id(&id));

    id.len = NGX_HTTP_VOL_ID_MAX;
    assert_true(ngx_http_vol_is_id(&id));

    id.len = NGX_HTTP_VOL_ID_MAX + 1;
    assert_false(ngx_http_vol_is_id(&id));
}


int
ngx_http_vol_unit_route(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_own_path),
        cmocka_unit_test(segments_are_the_values_of_the_path),
        cmocka_unit_test(what_no_row_has_is_declined),
        cmocka_unit_test(another_method_is_told_from_another_path),
        cmocka_unit_test(allow_has_every_method_of_a_path),
        cmocka_unit_test(every_row_fits_the_bounds),
        cmocka_unit_test(ids_are_of_their_alphabet_and_length)
    };

    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
