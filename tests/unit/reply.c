
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_unit.h"
#include "ngx_http_vol_shapes.h"


#define NGX_HTTP_VOL_UNIT_OFFSET  (8 * 60 * 60)


static ngx_http_vol_shape_t  ngx_http_vol_unit_inner[] = {
    vol_shape("stars", INTEGER),
    vol_shape("need", INTEGER),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_unit_shape[] = {
    vol_shape("id", STRING),
    vol_shape("n", INTEGER),
    vol_shape_of("next", OBJECT, ngx_http_vol_unit_inner, NGX_HTTP_VOL_NULL),
    vol_shape_null("ref", STRING),
    vol_shape("frozen", BOOLEAN),
    vol_shape_omit("on", DATE),
    vol_shape("at", ENTRY_TIME),
    vol_shape("issued", TIME),
    vol_shape("code", CODE),
    vol_shape_omit("tags", IDS),
    vol_shape_of("list", LIST, ngx_http_vol_unit_inner, 0),
    vol_shape_end
};


/* the JSON of a reply in the Redis protocol; "" when it is not of the shape */

static void
ngx_http_vol_unit_json(const char *protocol, char *json, size_t size)
{
    size_t        n;
    ngx_str_t     text;
    redisReply   *reply;
    redisReader  *reader;

    reader = redisReaderCreate();
    assert_int_equal(redisReaderFeed(reader, protocol, strlen(protocol)),
                     REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, (void **) &reply), REDIS_OK);
    assert_non_null(reply);
    assert_int_equal(reply->type, REDIS_REPLY_ARRAY);

    n = 0;
    json[0] = '\0';

    if (ngx_http_vol_shape(ngx_http_vol_unit_cf->temp_pool,
                           ngx_http_vol_unit_shape, reply->element,
                           reply->elements, &n, NGX_HTTP_VOL_UNIT_OFFSET, &text)
        == NGX_OK && n == reply->elements)
    {
        assert_true(text.len < size);
        ngx_memcpy(json, text.data, text.len);
        json[text.len] = '\0';
    }

    freeReplyObject(reply);
    redisReaderFree(reader);
}


static void
flat_reply_takes_its_shape(void **state)
{
    char  json[1024];

    ngx_http_vol_unit_json("*12\r\n$4\r\n1001\r\n:-5\r\n:2\r\n:40\r\n"
                           "$4\r\ncase\r\n:1\r\n$5\r\n20454\r\n"
                           "$15\r\n1767196800999-7\r\n:1767196800\r\n"
                           "$18\r\n7ZK4QW0RX2MA9H3T8C\r\n$3\r\na,b\r\n"
                           "*2\r\n*2\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n",
                           json, sizeof(json));

    assert_string_equal(json,
        "{\"id\":\"1001\",\"n\":-5,\"next\":{\"stars\":2,\"need\":40},"
        "\"ref\":\"case\",\"frozen\":true,\"on\":\"2026-01-01\","
        "\"at\":\"2026-01-01T00:00:00+08:00\","
        "\"issued\":\"2026-01-01T00:00:00+08:00\","
        "\"code\":\"7ZK4QW-0RX2MA-9H3T8C\",\"tags\":[\"a\",\"b\"],"
        "\"list\":[{\"stars\":1,\"need\":2},{\"stars\":3,\"need\":4}]}");
}


static void
absent_values_are_null_or_left_out(void **state)
{
    char  json[1024];

    ngx_http_vol_unit_json("*12\r\n$1\r\na\r\n:0\r\n$-1\r\n$-1\r\n$0\r\n\r\n"
                           ":0\r\n$-1\r\n$3\r\n0-1\r\n:0\r\n"
                           "$18\r\n7ZK4QW0RX2MA9H3T8C\r\n$0\r\n\r\n*0\r\n",
                           json, sizeof(json));

    assert_string_equal(json,
        "{\"id\":\"a\",\"n\":0,\"next\":null,\"ref\":null,\"frozen\":false,"
        "\"at\":\"1970-01-01T08:00:00+08:00\","
        "\"issued\":\"1970-01-01T08:00:00+08:00\","
        "\"code\":\"7ZK4QW-0RX2MA-9H3T8C\",\"list\":[]}");
}


static void
reply_of_another_shape_is_none(void **state)
{
    char        json[1024];
    ngx_uint_t  i;

    static const char  *replies[] = {
        "*0\r\n",
        "*1\r\n$1\r\na\r\n",
        "*2\r\n:1\r\n:1\r\n",                       /* an id that is none */
        "*3\r\n$1\r\na\r\n$1\r\nx\r\n:1\r\n",       /* not a number */
        "*3\r\n$1\r\na\r\n*0\r\n:1\r\n",
        "*4\r\n$1\r\na\r\n:1\r\n$-1\r\n$-1\r\n",    /* ends early */
        "*13\r\n$1\r\na\r\n:0\r\n$-1\r\n$-1\r\n$-1\r\n:0\r\n$-1\r\n"
        "$3\r\n0-1\r\n:0\r\n$18\r\n7ZK4QW0RX2MA9H3T8C\r\n$-1\r\n*0\r\n"
        ":1\r\n",                                   /* and goes on */
        "*12\r\n$1\r\na\r\n:0\r\n$-1\r\n$-1\r\n$-1\r\n:0\r\n$-1\r\n"
        "$3\r\n0-1\r\n:0\r\n$17\r\n7ZK4QW0RX2MA9H3T8\r\n$-1\r\n*0\r\n",
        "*12\r\n$1\r\na\r\n:0\r\n$-1\r\n$-1\r\n$-1\r\n:0\r\n$-1\r\n"
        "$3\r\n0-1\r\n:0\r\n$18\r\n7ZK4QW\"0RX2MA9H3T8\r\n$-1\r\n*0\r\n",
        "*12\r\n$1\r\na\r\n:0\r\n$-1\r\n$-1\r\n$-1\r\n:0\r\n$-1\r\n"
        "$3\r\n0-1\r\n:0\r\n$18\r\n7ZK4QW0RX2MA9H3T8C\r\n$-1\r\n"
        "*1\r\n:1\r\n",                             /* a list of no rows */
        NULL
    };

    for (i = 0; replies[i]; i++) {
        ngx_http_vol_unit_json(replies[i], json, sizeof(json));
        assert_string_equal(json, "");
    }
}


/* the reply with a text of that length as its id */

static void
ngx_http_vol_unit_text(const char *text, char *json, size_t size)
{
    char  protocol[256];

    (void) snprintf(protocol, sizeof(protocol),
                    "*12\r\n$%zu\r\n%s\r\n:0\r\n$-1\r\n$-1\r\n$-1\r\n"
                    ":0\r\n$-1\r\n$3\r\n0-1\r\n:0\r\n"
                    "$18\r\n7ZK4QW0RX2MA9H3T8C\r\n$-1\r\n*0\r\n",
                    strlen(text), text);

    ngx_http_vol_unit_json(protocol, json, size);
}


static void
text_that_is_no_utf8_is_none(void **state)
{
    char        json[1024];
    ngx_uint_t  i;

    static const char  *good[] = {
        "a", "\xc2\xa0", "\xe5\xbf\x97", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", NULL
    };

    static const char  *bad[] = {
        "\xff\xfe", "\x80", "\xc2", "\xe5\xbf", "\xf0\x9f\x98",
        "\xcb\xcb", "\xe4\xb8\xff", "\xe4\xf8\x80",  /* another begins */
        "\xc1\x81", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",       /* too long */
        "\xed\xa0\x80",                              /* a surrogate */
        "\xf4\x90\x80\x80",                          /* behind the last */
        NULL
    };

    for (i = 0; good[i]; i++) {
        ngx_http_vol_unit_text(good[i], json, sizeof(json));
        assert_memory_equal(json + sizeof("{\"id\":\"") - 1, good[i],
                            strlen(good[i]));
    }

    for (i = 0; bad[i]; i++) {
        ngx_http_vol_unit_text(bad[i], json, sizeof(json));
        assert_string_equal(json, "");
    }
}


static int
ngx_http_vol_unit_head(const char *head, const char *element)
{
    int           rc;
    void         *reply;
    redisReader  *reader;

    reader = ngx_http_vol_node_reader(ngx_http_vol_unit_cf->temp_pool);
    assert_non_null(reader);

    assert_int_equal(redisReaderFeed(reader, head, strlen(head)), REDIS_OK);
    assert_int_equal(redisReaderFeed(reader, element, strlen(element)),
                     REDIS_OK);

    rc = redisReaderGetReply(reader, &reply);

    redisReaderFree(reader);

    return rc;
}


static void
array_of_too_many_elements_is_not_waited_for(void **state)
{
    assert_int_equal(ngx_http_vol_unit_head("*131072\r\n", ":1\r\n"),
                     REDIS_OK);
    assert_int_equal(ngx_http_vol_unit_head("*131073\r\n", ":1\r\n"),
                     REDIS_ERR);
    assert_int_equal(ngx_http_vol_unit_head("*2\r\n*131073\r\n", ":1\r\n"),
                     REDIS_ERR);
}


static void
error_replies_are_understood(void **state)
{
    ngx_str_t   text, word;
    ngx_uint_t  i;

    static struct {
        const char            *text;
        ngx_http_vol_error_e   error;
        const char            *word;
    } cases[] = {
        { "NOSCRIPT No matching script. Please use EVAL.",
          NGX_HTTP_VOL_ERROR_NOSCRIPT, "NOSCRIPT" },
        { "LOADING Redis is loading the dataset in memory",
          NGX_HTTP_VOL_ERROR_UNFIT, "LOADING" },
        { "READONLY You can't write against a read only replica. script: 1, "
          "on @user_script:5.",
          NGX_HTTP_VOL_ERROR_UNFIT, "READONLY" },
        { "ERR Error running script (call to f_12): @user_script:5: "
          "@user_script: 5: -READONLY You can't write against a read only "
          "replica.",
          NGX_HTTP_VOL_ERROR_UNFIT, "READONLY" },
        { "ERR Error running script (call to f_12): @user_script:5: "
          "@user_script: 5: -OOM command not allowed",
          NGX_HTTP_VOL_ERROR_REFUSED, "OOM" },
        { "OOM command not allowed when used memory > 'maxmemory'.",
          NGX_HTTP_VOL_ERROR_REFUSED, "OOM" },
        { "BUSY Redis is busy running a script.",
          NGX_HTTP_VOL_ERROR_REFUSED, "BUSY" },
        { "NOAUTH Authentication required.",
          NGX_HTTP_VOL_ERROR_UNFIT, "NOAUTH" },
        { "NOPERM this user has no permissions to run the 'evalsha' command",
          NGX_HTTP_VOL_ERROR_REFUSED, "NOPERM" },
        { "ERR The user executing the script can't run this command or "
          "subcommand script: 1, on @user_script:5.",
          NGX_HTTP_VOL_ERROR_REFUSED, "NOPERM" },
        { "ERR @user_script: 5: The user executing the script can't access at "
          "least one of the keys mentioned in the command arguments",
          NGX_HTTP_VOL_ERROR_REFUSED, "NOPERM" },
        { "ERR ACL failure in script: User vol has no permissions to run the "
          "'time' command",
          NGX_HTTP_VOL_ERROR_REFUSED, "NOPERM" },
        { "CORRUPT key The user executing the script can't run",
          NGX_HTTP_VOL_ERROR_CORRUPT, "" },
        { "WRONGTYPE Operation against a key", NGX_HTTP_VOL_ERROR_CORRUPT,
          "" },
        { "ERR user_script:12: CORRUPT vol:{a}:v:1 balance",
          NGX_HTTP_VOL_ERROR_CORRUPT, "" },
        { "OOMS of another kind", NGX_HTTP_VOL_ERROR_CORRUPT, "" },
        { "ERR the id of a key is OOM here", NGX_HTTP_VOL_ERROR_CORRUPT, "" },
        { "", NGX_HTTP_VOL_ERROR_CORRUPT, "" },
        { NULL, 0, NULL }
    };

    for (i = 0; cases[i].text; i++) {
        text.data = (u_char *) cases[i].text;
        text.len = ngx_strlen(cases[i].text);

        assert_int_equal(ngx_http_vol_script_error(&text, &word),
                         cases[i].error);
        assert_int_equal(word.len, ngx_strlen(cases[i].word));
        assert_memory_equal(word.data, cases[i].word, word.len);
    }
}


static void
lines_of_info_are_found_whole(void **state)
{
    ngx_str_t  value;

    static ngx_str_t  info = ngx_string("# Replication\r\nrole:master\r\n"
                                        "xrole:slave\r\nempty:\r\nlast:1");

    value = ngx_http_vol_node_info(&info, "role:");
    assert_int_equal(value.len, 6);
    assert_memory_equal(value.data, "master", 6);

    value = ngx_http_vol_node_info(&info, "last:");
    assert_int_equal(value.len, 1);

    value = ngx_http_vol_node_info(&info, "empty:");
    assert_int_equal(value.len, 0);

    value = ngx_http_vol_node_info(&info, "ole:");
    assert_int_equal(value.len, 0);
    assert_null(value.data);
}


int
ngx_http_vol_unit_reply(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(flat_reply_takes_its_shape),
        cmocka_unit_test(absent_values_are_null_or_left_out),
        cmocka_unit_test(reply_of_another_shape_is_none),
        cmocka_unit_test(text_that_is_no_utf8_is_none),
        cmocka_unit_test(array_of_too_many_elements_is_not_waited_for),
        cmocka_unit_test(error_replies_are_understood),
        cmocka_unit_test(lines_of_info_are_found_whole)
    };

    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
