
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_unit.h"
#include "ngx_http_vol_unpack.h"


#define ngx_http_vol_unit_unpacks(bytes, reply)                               \
    assert_int_equal(ngx_http_vol_unit_read(bytes, sizeof(bytes) - 1, reply), \
                     NGX_OK)

#define ngx_http_vol_unit_declines(bytes)                                     \
    do {                                                                      \
        redisReply  *declined;                                                \
                                                                              \
        assert_int_equal(ngx_http_vol_unit_read(bytes, sizeof(bytes) - 1,     \
                                                &declined),                   \
                         NGX_DECLINED);                                       \
    } while (0)


typedef struct {
    const char  *bytes;
    size_t       len;
    int64_t      n;
} ngx_http_vol_unit_integer_t;


#define vol_integer(bytes, n)  { bytes, sizeof(bytes) - 1, n }


static ngx_http_vol_unit_integer_t  ngx_http_vol_unit_integers[] = {
    vol_integer("\x00", 0),
    vol_integer("\x7f", 127),
    vol_integer("\xe0", -32),
    vol_integer("\xff", -1),
    vol_integer("\xc3", 1),
    vol_integer("\xcc\x00", 0),
    vol_integer("\xcc\xff", 255),
    vol_integer("\xcd\x01\x00", 256),
    vol_integer("\xcd\xff\xff", 65535),
    vol_integer("\xce\xff\xff\xff\xff", 4294967295),
    vol_integer("\xcf\x00\x00\x00\x01\x00\x00\x00\x00", 4294967296),
    vol_integer("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", INT64_MAX),
    vol_integer("\xd0\x7f", 127),
    vol_integer("\xd0\x80", -128),
    vol_integer("\xd1\x80\x00", -32768),
    vol_integer("\xd1\x7f\xff", 32767),
    vol_integer("\xd2\x80\x00\x00\x00", INT32_MIN),
    vol_integer("\xd2\x7f\xff\xff\xff", INT32_MAX),
    vol_integer("\xd3\xff\xff\xff\xff\xff\xff\xff\xff", -1),
    vol_integer("\xd3\x80\x00\x00\x00\x00\x00\x00\x00", INT64_MIN),
    { NULL, 0, 0 }
};


/* a copy without a byte to spare, so that the sanitizers see one too far */

static ngx_int_t
ngx_http_vol_unit_read(const char *bytes, size_t len, redisReply **reply)
{
    u_char     *copy;
    ngx_int_t   rc;

    copy = ngx_alloc(len ? len : 1, ngx_http_vol_unit_cf->log);
    assert_non_null(copy);

    ngx_memcpy(copy, bytes, len);

    rc = ngx_http_vol_unpack(ngx_http_vol_unit_cf->temp_pool,
                             len ? copy : copy + 1, len, reply);
    ngx_free(copy);

    return rc;
}


static void
integers_of_every_width_are_read(void **state)
{
    size_t                        len;
    redisReply                   *reply;
    ngx_http_vol_unit_integer_t  *i;

    for (i = ngx_http_vol_unit_integers; i->bytes; i++) {
        assert_int_equal(ngx_http_vol_unit_read(i->bytes, i->len, &reply),
                         NGX_OK);
        assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
        assert_true(reply->integer == i->n);

        for (len = 0; len < i->len; len++) {
            assert_int_equal(ngx_http_vol_unit_read(i->bytes, len, &reply),
                             NGX_DECLINED);
        }
    }

    /* above what an integer holds */

    ngx_http_vol_unit_declines("\xcf\x80\x00\x00\x00\x00\x00\x00\x00");
    ngx_http_vol_unit_declines("\xcf\xff\xff\xff\xff\xff\xff\xff\xff");
}


static void
nil_and_false_are_nil(void **state)
{
    redisReply  *reply;

    ngx_http_vol_unit_unpacks("\xc0", &reply);
    assert_int_equal(reply->type, REDIS_REPLY_NIL);

    ngx_http_vol_unit_unpacks("\xc2", &reply);
    assert_int_equal(reply->type, REDIS_REPLY_NIL);
}


static void
ngx_http_vol_unit_string(const char *head, size_t size, size_t len)
{
    char         bytes[70000];
    redisReply  *reply;

    assert_true(size + len <= sizeof(bytes));

    ngx_memcpy(bytes, head, size);
    ngx_memset(bytes + size, 'x', len);

    assert_int_equal(ngx_http_vol_unit_read(bytes, size + len, &reply),
                     NGX_OK);
    assert_int_equal(reply->type, REDIS_REPLY_STRING);
    assert_int_equal(reply->len, len);
    assert_memory_equal(reply->str, bytes + size, len);
    assert_int_equal(reply->str[len], '\0');

    if (len) {
        assert_int_equal(ngx_http_vol_unit_read(bytes, size + len - 1,
                                                &reply),
                         NGX_DECLINED);
    }
}


static void
strings_of_every_width_are_read(void **state)
{
    redisReply  *reply;

    ngx_http_vol_unit_string("\xa0", 1, 0);
    ngx_http_vol_unit_string("\xbf", 1, 31);
    ngx_http_vol_unit_string("\xd9\x00", 2, 0);
    ngx_http_vol_unit_string("\xd9\xff", 2, 255);
    ngx_http_vol_unit_string("\xda\x01\x00", 3, 256);
    ngx_http_vol_unit_string("\xda\xff\xff", 3, 65535);
    ngx_http_vol_unit_string("\xdb\x00\x01\x00\x00", 5, 65536);

    ngx_http_vol_unit_unpacks("\xa3" "a\0b", &reply);
    assert_int_equal(reply->len, 3);
    assert_memory_equal(reply->str, "a\0b", 4);
}


static void
arrays_hold_what_they_say(void **state)
{
    char         bytes[70000];
    size_t       len;
    ngx_uint_t   i;
    redisReply  *reply;

    static const char  mixed[] = "\x94\xc0\x93\x01\xa2ok\xd1\x01\x00\x90\xc3";

    ngx_http_vol_unit_unpacks("\x90", &reply);
    assert_int_equal(reply->type, REDIS_REPLY_ARRAY);
    assert_int_equal(reply->elements, 0);

    ngx_http_vol_unit_unpacks("\xdc\x00\x00", &reply);
    assert_int_equal(reply->elements, 0);

    ngx_http_vol_unit_unpacks("\xdd\x00\x00\x00\x00", &reply);
    assert_int_equal(reply->elements, 0);

    assert_int_equal(ngx_http_vol_unit_read(mixed, sizeof(mixed) - 1,
                                            &reply),
                     NGX_OK);
    assert_int_equal(reply->elements, 4);
    assert_int_equal(reply->element[0]->type, REDIS_REPLY_NIL);
    assert_int_equal(reply->element[1]->type, REDIS_REPLY_ARRAY);
    assert_int_equal(reply->element[1]->elements, 3);
    assert_int_equal(reply->element[1]->element[0]->integer, 1);
    assert_string_equal(reply->element[1]->element[1]->str, "ok");
    assert_int_equal(reply->element[1]->element[2]->integer, 256);
    assert_int_equal(reply->element[2]->elements, 0);
    assert_int_equal(reply->element[3]->integer, 1);

    for (len = 0; len < sizeof(mixed) - 1; len++) {
        assert_int_equal(ngx_http_vol_unit_read(mixed, len, &reply),
                         NGX_DECLINED);
    }

    /* the last of the shorter heads, the first of the longer ones */

    ngx_memcpy(bytes, "\xdd\x00\x01\x00\x00", 5);
    ngx_memset(bytes + 5, 7, 65536);

    assert_int_equal(ngx_http_vol_unit_read(bytes, 5 + 65536, &reply),
                     NGX_OK);
    assert_int_equal(reply->elements, 65536);

    for (i = 0; i < 65536; i++) {
        assert_int_equal(reply->element[i]->integer, 7);
    }

    ngx_memcpy(bytes, "\xdc\xff\xff", 3);
    ngx_memset(bytes + 3, 7, 65535);

    assert_int_equal(ngx_http_vol_unit_read(bytes, 3 + 65535, &reply),
                     NGX_OK);
    assert_int_equal(reply->elements, 65535);

    assert_int_equal(ngx_http_vol_unit_read(bytes, 3 + 65534, &reply),
                     NGX_DECLINED);
}


static void
depth_has_a_bound(void **state)
{
    char         bytes[NGX_HTTP_VOL_UNPACK_DEPTH + 2];
    redisReply  *reply;

    /* so many arrays, one in another, and nil in the innermost */

    ngx_memset(bytes, 0x91, sizeof(bytes));
    bytes[NGX_HTTP_VOL_UNPACK_DEPTH] = (char) 0xc0;

    assert_int_equal(ngx_http_vol_unit_read(bytes,
                                            NGX_HTTP_VOL_UNPACK_DEPTH + 1,
                                            &reply),
                     NGX_OK);

    bytes[NGX_HTTP_VOL_UNPACK_DEPTH] = (char) 0x91;
    bytes[NGX_HTTP_VOL_UNPACK_DEPTH + 1] = (char) 0xc0;

    assert_int_equal(ngx_http_vol_unit_read(bytes,
                                            NGX_HTTP_VOL_UNPACK_DEPTH + 2,
                                            &reply),
                     NGX_DECLINED);
}


static ngx_int_t
ngx_http_vol_unit_whole(const char *bytes, size_t len, redisReply **reply)
{
    static redisReply  string;

    ngx_memzero(&string, sizeof(string));

    string.type = REDIS_REPLY_STRING;
    string.str = (char *) ngx_pnalloc(ngx_http_vol_unit_cf->temp_pool, len);
    string.len = len;

    assert_non_null(string.str);
    ngx_memcpy(string.str, bytes, len);

    *reply = &string;

    return ngx_http_vol_unpack_reply(ngx_http_vol_unit_cf->temp_pool, reply);
}


static void
a_string_may_be_a_reply(void **state)
{
    redisReply   *reply;
    const char  **none;

    static const char  *nones[] = {
        "", "ERR wrong", "CORRUPT v: kind", "201", "x\t0", "201\tx\ty",
        "2x1\t0\ty", "\t\t", "\x91", NULL
    };

    assert_int_equal(ngx_http_vol_unit_whole("201\t1\tab\t\t-7", 12, &reply),
                     NGX_OK);
    assert_int_equal(reply->type, REDIS_REPLY_ARRAY);
    assert_int_equal(reply->elements, 5);
    assert_int_equal(reply->element[0]->integer, 201);
    assert_int_equal(reply->element[1]->integer, 1);
    assert_int_equal(reply->element[2]->type, REDIS_REPLY_STRING);
    assert_int_equal(reply->element[2]->len, 2);
    assert_memory_equal(reply->element[2]->str, "ab", 2);
    assert_int_equal(reply->element[3]->len, 0);
    assert_memory_equal(reply->element[4]->str, "-7", 2);

    assert_int_equal(ngx_http_vol_unit_whole("200\t0", 5, &reply), NGX_OK);
    assert_int_equal(reply->elements, 2);

    assert_int_equal(ngx_http_vol_unit_whole("\x92\xcc\xc8\x00", 4, &reply),
                     NGX_OK);
    assert_int_equal(reply->elements, 2);
    assert_int_equal(reply->element[0]->integer, 200);

    for (none = nones; *none; none++) {
        assert_int_equal(ngx_http_vol_unit_whole(*none, ngx_strlen(*none),
                                                 &reply),
                         NGX_DECLINED);
        assert_int_equal(reply->type, REDIS_REPLY_STRING);
    }
}


/* none of these may be believed, nor memory taken for them */

static void
sizes_that_lie_are_declined(void **state)
{
    ngx_http_vol_unit_declines("");
    ngx_http_vol_unit_declines("\x91");
    ngx_http_vol_unit_declines("\x9f\x01\x02");
    ngx_http_vol_unit_declines("\xbf" "short");
    ngx_http_vol_unit_declines("\xd9\xff" "short");
    ngx_http_vol_unit_declines("\xda\xff\xff" "short");
    ngx_http_vol_unit_declines("\xdb\xff\xff\xff\xff" "short");
    ngx_http_vol_unit_declines("\xdc\xff\xff\x01");
    ngx_http_vol_unit_declines("\xdd\xff\xff\xff\xff\x01");
    ngx_http_vol_unit_declines("\x92\xdd\x7f\xff\xff\xff\x01\x01");
}


static void
other_types_are_declined(void **state)
{
    char         type;
    ngx_uint_t   i;
    redisReply  *reply;

    static const u_char  others[] = {
        0x80, 0x81, 0x8f,                           /* fixmap */
        0xc1,                                       /* never used */
        0xc4, 0xc5, 0xc6,                           /* bin */
        0xc7, 0xc8, 0xc9,                           /* ext */
        0xca, 0xcb,                                 /* float */
        0xd4, 0xd5, 0xd6, 0xd7, 0xd8,               /* fixext */
        0xde, 0xdf                                  /* map */
    };

    for (i = 0; i < sizeof(others); i++) {
        type = (char) others[i];
        assert_int_equal(ngx_http_vol_unit_read(&type, 1, &reply),
                         NGX_DECLINED);
    }

    ngx_http_vol_unit_declines("\x92\x01\xcb\x3f\xf8\0\0\0\0\0\0");
}


static void
bytes_behind_the_value_are_declined(void **state)
{
    ngx_http_vol_unit_declines("\x01\x01");
    ngx_http_vol_unit_declines("\xc0\xc0");
    ngx_http_vol_unit_declines("\xa1" "ab");
    ngx_http_vol_unit_declines("\x90\x90");
    ngx_http_vol_unit_declines("\x91\x01\x02");
}


int
ngx_http_vol_unit_unpack(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(integers_of_every_width_are_read),
        cmocka_unit_test(nil_and_false_are_nil),
        cmocka_unit_test(strings_of_every_width_are_read),
        cmocka_unit_test(arrays_hold_what_they_say),
        cmocka_unit_test(depth_has_a_bound),
        cmocka_unit_test(a_string_may_be_a_reply),
        cmocka_unit_test(sizes_that_lie_are_declined),
        cmocka_unit_test(other_types_are_declined),
        cmocka_unit_test(bytes_behind_the_value_are_declined),
    };

    return cmocka_run_group_tests_name("unpack", tests, NULL, NULL);
}
