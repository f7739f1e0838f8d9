
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_unit.h"
#include "ngx_http_vol_code.h"


#define NGX_HTTP_VOL_UNIT_CODES   10000
#define NGX_HTTP_VOL_UNIT_ROUNDS  100


static u_char  symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";


static ngx_int_t
ngx_http_vol_unit_parse(const char *text, u_char *code)
{
    ngx_str_t  typed;

    typed.data = (u_char *) text;
    typed.len = ngx_strlen(text);

    return ngx_http_vol_code_parse(&typed, code);
}


/* each from another digest, of which only the first three bytes matter */

static void
ngx_http_vol_unit_new(u_char *code)
{
    u_char  digest[3];

    static ngx_uint_t  n;

    digest[0] = n >> 16;
    digest[1] = n >> 8;
    digest[2] = n++;

    assert_int_equal(ngx_http_vol_code_new(code, digest), NGX_OK);
    code[NGX_HTTP_VOL_CODE_LEN] = '\0';
}


static int
ngx_http_vol_unit_compare(const void *one, const void *two)
{
    return ngx_memcmp(one, two, NGX_HTTP_VOL_CODE_LEN);
}


/* worked out apart from the module: 0..0, 0..01 and 2^85 - 1 modulo 37 */

static void
check_symbol_is_the_number_modulo_37(void **state)
{
    u_char  code[NGX_HTTP_VOL_CODE_LEN + 1];

    assert_int_equal(ngx_http_vol_unit_parse("000000000000000000", code),
                     NGX_OK);
    assert_int_equal(ngx_http_vol_unit_parse("000000000000000011", code),
                     NGX_OK);
    assert_int_equal(ngx_http_vol_unit_parse("0000000000000000ZZ", code),
                     NGX_OK);
    assert_int_equal(ngx_http_vol_unit_parse("000000000000000153", code),
                     NGX_ERROR);
    assert_int_equal(ngx_http_vol_unit_parse("000000000000000150", code),
                     NGX_OK);
    assert_int_equal(ngx_http_vol_unit_parse("000000000000000161", code),
                     NGX_OK);
    assert_int_equal(ngx_http_vol_unit_parse("ZZZZZZZZZZZZZZZZZE", code),
                     NGX_OK);
}


static void
fresh_codes_are_read_back_and_differ(void **state)
{
    u_char      *codes, *code;
    ngx_str_t    typed;
    ngx_uint_t   i;
    u_char       parsed[NGX_HTTP_VOL_CODE_LEN];

    static u_char  one[] = { 0, 0, 0 };

    /* all in one bucket: the others differ enough */

    codes = ngx_palloc(ngx_http_vol_unit_cf->temp_pool,
                       NGX_HTTP_VOL_UNIT_CODES * NGX_HTTP_VOL_CODE_LEN);
    assert_non_null(codes);

    code = codes;

    for (i = 0; i < NGX_HTTP_VOL_UNIT_CODES; i++) {
        assert_int_equal(ngx_http_vol_code_new(code, one), NGX_OK);

        typed.data = code;
        typed.len = NGX_HTTP_VOL_CODE_LEN;

        assert_int_equal(ngx_http_vol_code_parse(&typed, parsed), NGX_OK);
        assert_memory_equal(parsed, code, NGX_HTTP_VOL_CODE_LEN);

        code += NGX_HTTP_VOL_CODE_LEN;
    }

    qsort(codes, NGX_HTTP_VOL_UNIT_CODES, NGX_HTTP_VOL_CODE_LEN,
          ngx_http_vol_unit_compare);

    for (i = 1; i < NGX_HTTP_VOL_UNIT_CODES; i++) {
        code = codes + i * NGX_HTTP_VOL_CODE_LEN;
        assert_memory_not_equal(code - NGX_HTTP_VOL_CODE_LEN, code,
                                NGX_HTTP_VOL_CODE_LEN);
    }
}


/* its first symbols: 15 bits of the digest, worked out apart from the module */

static void
code_begins_with_its_bucket(void **state)
{
    ngx_uint_t  i;
    u_char      bucket[NGX_HTTP_VOL_CODE_BUCKET + 1];
    u_char      code[NGX_HTTP_VOL_CODE_LEN];

    static struct {
        u_char        digest[3];
        const char   *bucket;
    }  known[] = {
        { { 0x00, 0x00, 0x00 }, "000" },
        { { 0x00, 0x00, 0x01 }, "100" },
        { { 0x00, 0x00, 0x20 }, "010" },
        { { 0x00, 0x04, 0x00 }, "001" },
        { { 0x00, 0x7f, 0xff }, "ZZZ" },
        { { 0xff, 0x80, 0x00 }, "000" },
        { { 0xa9, 0x99, 0x3e }, "Y96" }
    };

    bucket[NGX_HTTP_VOL_CODE_BUCKET] = '\0';

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        ngx_http_vol_code_bucket(bucket, known[i].digest);
        assert_string_equal(bucket, known[i].bucket);

        assert_int_equal(ngx_http_vol_code_new(code, known[i].digest), NGX_OK);
        assert_memory_equal(code, bucket, NGX_HTTP_VOL_CODE_BUCKET);
    }
}


/*
 * Each symbol is expected 312 times at each place, with a deviation of about
 * 18: a fair draw leaves 150..500 less than once in 10^15 runs.  The places of
 * the bucket are not drawn.
 */

static void
every_drawn_place_holds_every_symbol_as_often(void **state)
{
    u_char      *symbol;
    ngx_uint_t   i, k;
    u_char       code[NGX_HTTP_VOL_CODE_LEN + 1];
    ngx_uint_t   seen[NGX_HTTP_VOL_CODE_LEN][sizeof(symbols) - 1];

    ngx_memzero(seen, sizeof(seen));

    for (i = 0; i < NGX_HTTP_VOL_UNIT_CODES; i++) {
        ngx_http_vol_unit_new(code);

        for (k = 0; k < NGX_HTTP_VOL_CODE_LEN; k++) {
            symbol = (u_char *) ngx_strchr(symbols, code[k]);
            assert_non_null(symbol);
            seen[k][symbol - symbols]++;
        }
    }

    for (k = NGX_HTTP_VOL_CODE_BUCKET; k < NGX_HTTP_VOL_CODE_LEN; k++) {
        for (i = 0; i < sizeof(symbols) - 1; i++) {
            assert_in_range(seen[k][i], 150, 500);
        }
    }
}


static void
nothing_is_written_behind_a_code(void **state)
{
    u_char     code[NGX_HTTP_VOL_CODE_LEN + 1];
    u_char     shown[NGX_HTTP_VOL_CODE_SHOWN_LEN + 1];
    u_char     bucket[NGX_HTTP_VOL_CODE_BUCKET + 1];
    ngx_str_t  typed;

    static u_char  digest[] = { 0xff, 0xff, 0xff };

    code[NGX_HTTP_VOL_CODE_LEN] = '?';
    assert_int_equal(ngx_http_vol_code_new(code, digest), NGX_OK);
    assert_int_equal(code[NGX_HTTP_VOL_CODE_LEN], '?');

    bucket[NGX_HTTP_VOL_CODE_BUCKET] = '?';
    ngx_http_vol_code_bucket(bucket, digest);
    assert_int_equal(bucket[NGX_HTTP_VOL_CODE_BUCKET], '?');

    shown[NGX_HTTP_VOL_CODE_SHOWN_LEN] = '?';
    assert_ptr_equal(ngx_http_vol_code_show(shown, code),
                     shown + NGX_HTTP_VOL_CODE_SHOWN_LEN);
    assert_int_equal(shown[NGX_HTTP_VOL_CODE_SHOWN_LEN], '?');

    typed.data = shown;
    typed.len = NGX_HTTP_VOL_CODE_SHOWN_LEN;
    assert_int_equal(ngx_http_vol_code_parse(&typed, code), NGX_OK);
    assert_int_equal(code[NGX_HTTP_VOL_CODE_LEN], '?');
}


static void
code_is_shown_in_groups_of_six(void **state)
{
    u_char  *p;
    u_char   code[] = "7ZK4QW0RX2MA9H3T8C";
    u_char   shown[NGX_HTTP_VOL_CODE_SHOWN_LEN + 1];

    p = ngx_http_vol_code_show(shown, code);
    assert_ptr_equal(p, shown + NGX_HTTP_VOL_CODE_SHOWN_LEN);

    *p = '\0';
    assert_string_equal(shown, "7ZK4QW-0RX2MA-9H3T8C");
}


static void
every_wrong_symbol_is_caught(void **state)
{
    u_char      right;
    ngx_uint_t  round, i, k;
    u_char      code[NGX_HTTP_VOL_CODE_LEN + 1];
    u_char      parsed[NGX_HTTP_VOL_CODE_LEN];

    for (round = 0; round < NGX_HTTP_VOL_UNIT_ROUNDS; round++) {
        ngx_http_vol_unit_new(code);

        for (i = 0; i < NGX_HTTP_VOL_CODE_LEN; i++) {
            right = code[i];

            for (k = 0; k < sizeof(symbols) - 1; k++) {
                code[i] = symbols[k];
                assert_int_equal(ngx_http_vol_unit_parse((char *) code,
                                                         parsed),
                                 symbols[k] == right ? NGX_OK : NGX_ERROR);
            }

            code[i] = right;
        }
    }
}


static void
every_swap_of_neighbours_is_caught(void **state)
{
    u_char      ch;
    ngx_uint_t  round, i;
    u_char      code[NGX_HTTP_VOL_CODE_LEN + 1];
    u_char      swapped[NGX_HTTP_VOL_CODE_LEN + 1];
    u_char      parsed[NGX_HTTP_VOL_CODE_LEN];

    for (round = 0; round < NGX_HTTP_VOL_UNIT_ROUNDS * 10; round++) {
        ngx_http_vol_unit_new(code);

        for (i = 0; i < NGX_HTTP_VOL_CODE_LEN - 1; i++) {
            ngx_memcpy(swapped, code, sizeof(code));

            ch = swapped[i];
            swapped[i] = swapped[i + 1];
            swapped[i + 1] = ch;

            assert_int_equal(ngx_http_vol_unit_parse((char *) swapped, parsed),
                             code[i] == code[i + 1] ? NGX_OK : NGX_ERROR);
        }
    }
}


static void
no_other_byte_is_a_symbol(void **state)
{
    ngx_uint_t  ch, taken;
    ngx_str_t   typed;
    u_char      code[NGX_HTTP_VOL_CODE_LEN + 1];
    u_char      parsed[NGX_HTTP_VOL_CODE_LEN];

    typed.data = code;
    typed.len = NGX_HTTP_VOL_CODE_LEN;

    taken = 0;

    /* 17 zeros and each byte where only the check symbol 0 is right */

    ngx_memset(code, '0', sizeof(code));

    for (ch = 0; ch < 256; ch++) {
        code[NGX_HTTP_VOL_CODE_LEN - 1] = ch;

        if (ngx_http_vol_code_parse(&typed, parsed) == NGX_OK) {
            assert_non_null(ngx_strchr("0Oo", ch));
            taken++;
        }
    }

    assert_int_equal(taken, 3);
}


static void
confusable_letters_are_read_as_digits(void **state)
{
    u_char  code[NGX_HTTP_VOL_CODE_LEN + 1];

    code[NGX_HTTP_VOL_CODE_LEN] = '\0';

    assert_int_equal(ngx_http_vol_unit_parse("OooOOOooo00000001I", code),
                     NGX_OK);
    assert_string_equal(code, "000000000000000011");

    assert_int_equal(ngx_http_vol_unit_parse("Oooooooooooooooolli", code),
                     NGX_ERROR);

    assert_int_equal(ngx_http_vol_unit_parse("0000000000000000lL", code),
                     NGX_OK);
    assert_string_equal(code, "000000000000000011");

    assert_int_equal(ngx_http_vol_unit_parse("0000000000000000iI", code),
                     NGX_OK);
    assert_string_equal(code, "000000000000000011");
}


static void
code_is_read_in_either_case_and_any_grouping(void **state)
{
    ngx_uint_t  i, k;
    u_char      typed[2 * NGX_HTTP_VOL_CODE_LEN];
    u_char      code[NGX_HTTP_VOL_CODE_LEN + 1];
    u_char      parsed[NGX_HTTP_VOL_CODE_LEN + 1];

    parsed[NGX_HTTP_VOL_CODE_LEN] = '\0';

    for (k = 0; k < NGX_HTTP_VOL_UNIT_ROUNDS; k++) {
        ngx_http_vol_unit_new(code);

        for (i = 0; i < NGX_HTTP_VOL_CODE_LEN; i++) {
            typed[2 * i] = ngx_tolower(code[i]);
            typed[2 * i + 1] = '-';
        }

        typed[2 * i - 1] = '\0';

        assert_int_equal(ngx_http_vol_unit_parse((char *) typed, parsed),
                         NGX_OK);
        assert_string_equal(parsed, code);
    }

    assert_int_equal(ngx_http_vol_unit_parse("000000--000000---000011",
                                             parsed),
                     NGX_OK);
    assert_string_equal(parsed, "000000000000000011");
}


static void
what_is_not_a_code_is_refused(void **state)
{
    u_char        code[NGX_HTTP_VOL_CODE_LEN];
    const char  **typed;

    static const char  *wrong[] = {
        "",
        "-",
        "0",
        "------------------",
        "00000000000000000",
        "0000000000000000000",
        "000000-000000-00000",
        "000000-000000-0000000",
        "-000000000000000000",
        "000000000000000000-",
        "-000000-000000-000000",
        "000000-000000-000000-",
        " 000000000000000000",
        "000000000000000000 ",
        "000000 000000 000000",
        "000000_000000_000000",
        "U00000000000000000",
        "u00000000000000000",
        "*00000000000000000",
        "00000000000000010*",
        "00000000000000014U",
        "00000000000000014u",
        "00000000000000011~",
        "00000000000000012$",
        "00000000000000013=",
        "00000000000000000\xef\xbc\x90",
        NULL
    };

    for (typed = wrong; *typed; typed++) {
        assert_int_equal(ngx_http_vol_unit_parse(*typed, code), NGX_ERROR);
    }
}


static void
code_ends_where_its_length_says(void **state)
{
    u_char     code[NGX_HTTP_VOL_CODE_LEN];
    ngx_str_t  typed = ngx_string("000000000000000000");

    typed.len--;
    assert_int_equal(ngx_http_vol_code_parse(&typed, code), NGX_ERROR);

    typed.len = 0;
    typed.data = NULL;
    assert_int_equal(ngx_http_vol_code_parse(&typed, code), NGX_ERROR);
}


int
ngx_http_vol_unit_code(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(check_symbol_is_the_number_modulo_37),
        cmocka_unit_test(fresh_codes_are_read_back_and_differ),
        cmocka_unit_test(code_begins_with_its_bucket),
        cmocka_unit_test(every_drawn_place_holds_every_symbol_as_often),
        cmocka_unit_test(nothing_is_written_behind_a_code),
        cmocka_unit_test(code_is_shown_in_groups_of_six),
        cmocka_unit_test(every_wrong_symbol_is_caught),
        cmocka_unit_test(every_swap_of_neighbours_is_caught),
        cmocka_unit_test(no_other_byte_is_a_symbol),
        cmocka_unit_test(confusable_letters_are_read_as_digits),
        cmocka_unit_test(code_is_read_in_either_case_and_any_grouping),
        cmocka_unit_test(what_is_not_a_code_is_refused),
        cmocka_unit_test(code_ends_where_its_length_says)
    };

    return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
