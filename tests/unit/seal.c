
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_unit.h"
#include "ngx_http_vol_seal.h"


#define ngx_http_vol_unit_assert_digest(seal, text)                           \
    assert_memory_equal((seal)->digest, text, NGX_HTTP_VOL_DIGEST_LEN)


static ngx_str_t  ngx_http_vol_unit_sha256 = ngx_string("sha256");
static ngx_str_t  ngx_http_vol_unit_sm3 = ngx_string("sm3");


/* { printf '%064d\n' 0; echo 'LINE'; } | openssl dgst -sha256, and so on */

static ngx_str_t  ngx_http_vol_unit_lines[] = {
    ngx_string("{\"entry\":\"1-0\"}"),
    ngx_string("{\"entry\":\"1-1\",\"note\":\"\xe5\xbf\x97\"}"),
    ngx_string("")
};


static const char  *ngx_http_vol_unit_sha256_digests[] = {
    "b5ddd3049be23bcc9805581b059ae5950d972a87ebaac130f853c9f1e1c0ed82",
    "47fc6133e179dc786c028a99f8ee0c949eefe2604410cf4893faf9a3e9c8c49a",
    "05ead4e30488be8152c85cc0771899ad9502376fc8c5940afe9d715d9aade4cb"
};


static const char  *ngx_http_vol_unit_sm3_digests[] = {
    "7dd178bbed63e118e39b8c6139e19554b5ebe55f573cf6edfd257adf95860d89",
    "10249431e13cab7503c8544c47750b220ee4d44b792a9355b93ac13cc67ae006",
    "bad2e30f9556ae3177aab5501bd3cd54525038b4eba8971a81e5bdffdd0a8687"
};


static ngx_http_vol_seal_t *
ngx_http_vol_unit_new(ngx_str_t *algorithm, ngx_str_t *previous)
{
    ngx_http_vol_seal_t  *seal;

    seal = ngx_http_vol_seal_create(ngx_http_vol_unit_cf->temp_pool);
    assert_non_null(seal);

    if (ngx_http_vol_seal_begin(seal, algorithm, previous) != NGX_OK) {
        return NULL;
    }

    return seal;
}


static void
ngx_http_vol_unit_assert_chain(ngx_str_t *algorithm, const char **digests)
{
    ngx_uint_t            i;
    ngx_http_vol_seal_t  *seal;

    seal = ngx_http_vol_unit_new(algorithm, &ngx_http_vol_seal_zeros);
    if (seal == NULL) {
        skip();
    }

    ngx_http_vol_unit_assert_digest(seal, ngx_http_vol_seal_zeros.data);

    for (i = 0; i < 3; i++) {
        assert_int_equal(ngx_http_vol_seal_line(seal,
                                                &ngx_http_vol_unit_lines[i]),
                         NGX_OK);
        ngx_http_vol_unit_assert_digest(seal, digests[i]);
    }
}


static void
sha256_digests_run_from_line_to_line(void **state)
{
    ngx_http_vol_unit_assert_chain(&ngx_http_vol_unit_sha256,
                                   ngx_http_vol_unit_sha256_digests);
}


static void
sm3_digests_run_from_line_to_line(void **state)
{
    ngx_http_vol_unit_assert_chain(&ngx_http_vol_unit_sm3,
                                   ngx_http_vol_unit_sm3_digests);
}


static void
one_algorithm_goes_on_from_the_other(void **state)
{
    ngx_str_t             previous;
    ngx_http_vol_seal_t  *seal;

    previous.data = (u_char *) ngx_http_vol_unit_sha256_digests[0];
    previous.len = NGX_HTTP_VOL_DIGEST_LEN;

    seal = ngx_http_vol_unit_new(&ngx_http_vol_unit_sm3, &previous);
    if (seal == NULL) {
        skip();
    }

    assert_int_equal(ngx_http_vol_seal_line(seal, &ngx_http_vol_unit_lines[1]),
                     NGX_OK);
    ngx_http_vol_unit_assert_digest(seal,
        "8f3c11555719a7790e0bf791b9dbc2ec97014d5f47003e7c6a6a45883faa28f0");

    /* the same structure serves for the next seal, whatever its algorithm */

    assert_int_equal(ngx_http_vol_seal_begin(seal, &ngx_http_vol_unit_sha256,
                                             &previous),
                     NGX_OK);
    assert_int_equal(ngx_http_vol_seal_line(seal, &ngx_http_vol_unit_lines[1]),
                     NGX_OK);
    ngx_http_vol_unit_assert_digest(seal, ngx_http_vol_unit_sha256_digests[1]);
}


static void
copy_goes_its_own_way(void **state)
{
    ngx_http_vol_seal_t  *seal, trial;

    seal = ngx_http_vol_unit_new(&ngx_http_vol_unit_sha256,
                                  &ngx_http_vol_seal_zeros);
    assert_non_null(seal);
    trial = *seal;

    assert_int_equal(ngx_http_vol_seal_line(&trial,
                                            &ngx_http_vol_unit_lines[2]),
                     NGX_OK);
    ngx_http_vol_unit_assert_digest(seal, ngx_http_vol_seal_zeros.data);

    assert_int_equal(ngx_http_vol_seal_line(seal, &ngx_http_vol_unit_lines[0]),
                     NGX_OK);
    ngx_http_vol_unit_assert_digest(seal, ngx_http_vol_unit_sha256_digests[0]);
}


static void
line_ends_where_its_length_says(void **state)
{
    ngx_str_t             line = ngx_string("{\"entry\":\"1-0\"}}}");
    ngx_http_vol_seal_t  *seal;

    line.len -= 2;

    seal = ngx_http_vol_unit_new(&ngx_http_vol_unit_sha256,
                                  &ngx_http_vol_seal_zeros);
    assert_non_null(seal);

    assert_int_equal(ngx_http_vol_seal_line(seal, &line), NGX_OK);
    ngx_http_vol_unit_assert_digest(seal, ngx_http_vol_unit_sha256_digests[0]);
}


static void
mark_is_the_first_bytes(void **state)
{
    u_char               mark[NGX_HTTP_VOL_MARK_LEN];
    ngx_str_t            digest = ngx_string(
                             "09afbe7f00000000000000000000000000000000000000000"
                             "000000000000000");
    ngx_http_vol_seal_t  seal;

    ngx_memcpy(seal.digest, digest.data, NGX_HTTP_VOL_DIGEST_LEN);
    ngx_http_vol_seal_mark(&seal, mark);

    assert_memory_equal(mark, "\x09\xaf\xbe\x7f", NGX_HTTP_VOL_MARK_LEN);
}


static void
other_algorithms_are_refused(void **state)
{
    ngx_str_t   name;
    ngx_uint_t  i;

    static const char  *names[] = { "", "md5", "sha1", "sha512", "SHA256",
                                    "sha25", "sha2566", "off", NULL };

    for (i = 0; names[i]; i++) {
        name.data = (u_char *) names[i];
        name.len = ngx_strlen(names[i]);

        assert_null(ngx_http_vol_unit_new(&name, &ngx_http_vol_seal_zeros));
    }
}


static void
digest_is_lowercase_hex(void **state)
{
    u_char     buf[NGX_HTTP_VOL_DIGEST_LEN + 1];
    ngx_str_t  text;

    text.data = buf;
    text.len = NGX_HTTP_VOL_DIGEST_LEN;

    ngx_memcpy(buf, ngx_http_vol_unit_sha256_digests[0], text.len);
    assert_true(ngx_http_vol_seal_is_digest(&text));

    buf[63] = 'F';
    assert_false(ngx_http_vol_seal_is_digest(&text));
    buf[63] = 'g';
    assert_false(ngx_http_vol_seal_is_digest(&text));
    buf[63] = '\0';
    assert_false(ngx_http_vol_seal_is_digest(&text));

    text.len--;
    assert_false(ngx_http_vol_seal_is_digest(&text));

    text.len = NGX_HTTP_VOL_DIGEST_LEN + 1;
    buf[63] = '0';
    buf[64] = '0';
    assert_false(ngx_http_vol_seal_is_digest(&text));
}


int
ngx_http_vol_unit_seal(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(sha256_digests_run_from_line_to_line),
        cmocka_unit_test(sm3_digests_run_from_line_to_line),
        cmocka_unit_test(one_algorithm_goes_on_from_the_other),
        cmocka_unit_test(copy_goes_its_own_way),
        cmocka_unit_test(line_ends_where_its_length_says),
        cmocka_unit_test(mark_is_the_first_bytes),
        cmocka_unit_test(other_algorithms_are_refused),
        cmocka_unit_test(digest_is_lowercase_hex)
    };

    return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
