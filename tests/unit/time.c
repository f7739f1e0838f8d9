
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_unit.h"
#include "ngx_http_vol_time.h"


/* no day, no second and no offset of the range */

#define NGX_HTTP_VOL_UNIT_REFUSED  (-777777)


typedef struct {
    const char  *text;
    int64_t      value;
} ngx_http_vol_unit_parsed_t;


static int64_t
ngx_http_vol_unit_date(const char *text)
{
    int64_t    days;
    ngx_str_t  date;

    date.data = (u_char *) text;
    date.len = ngx_strlen(text);

    days = NGX_HTTP_VOL_UNIT_REFUSED;

    if (ngx_http_vol_date_parse(&date, &days) != NGX_OK) {
        assert_int_equal(days, NGX_HTTP_VOL_UNIT_REFUSED);
    }

    return days;
}


static int64_t
ngx_http_vol_unit_seconds(const char *text)
{
    int64_t    seconds;
    ngx_str_t  time;

    time.data = (u_char *) text;
    time.len = ngx_strlen(text);

    seconds = NGX_HTTP_VOL_UNIT_REFUSED;

    if (ngx_http_vol_time_parse(&time, &seconds) != NGX_OK) {
        assert_int_equal(seconds, NGX_HTTP_VOL_UNIT_REFUSED);
    }

    return seconds;
}


static void
ngx_http_vol_unit_assert_formatted(u_char *buf, size_t size, u_char *p,
    const char *text)
{
    assert_ptr_equal(p, buf + size);

    *p = '\0';
    assert_string_equal(buf, text);
}


static void
date_is_read(void **state)
{
    ngx_uint_t  i;

    static ngx_http_vol_unit_parsed_t  dates[] = {
        { "1970-01-01", 0 },
        { "1970-01-31", 30 },
        { "1970-02-01", 31 },
        { "1971-01-01", 365 },
        { "1972-02-29", 789 },
        { "1999-12-31", 10956 },
        { "2000-02-29", 11016 },
        { "2000-03-01", 11017 },
        { "2024-02-29", 19782 },
        { "2026-04-08", 20551 },
        { "2100-02-28", 47540 },
        { "2100-03-01", 47541 },
        { "2400-02-29", 157113 },
        { "9999-12-31", 2932896 },
        { NULL, 0 }
    };

    for (i = 0; dates[i].text; i++) {
        assert_int_equal(ngx_http_vol_unit_date(dates[i].text),
                         dates[i].value);
    }
}


static void
date_that_is_not_one_is_refused(void **state)
{
    const char  **date;

    static const char  *dates[] = {
        "2026-02-29",
        "2100-02-29",
        "2200-02-29",
        "9900-02-29",
        "2024-02-30",
        "2026-01-32",
        "2026-03-32",
        "2026-04-31",
        "2026-05-32",
        "2026-06-31",
        "2026-07-32",
        "2026-08-32",
        "2026-09-31",
        "2026-10-32",
        "2026-11-31",
        "2026-12-32",
        "2026-00-01",
        "2026-13-01",
        "2026-01-00",
        "2026-99-99",
        "1969-12-31",
        "1900-02-28",
        "0000-01-01",
        "",
        "2026",
        "2026-1-1",
        "2026-01-1",
        "2026-01-011",
        "02026-01-01",
        "10000-01-01",
        "2026/01/01",
        "2026-01/01",
        "20260101",
        "2026-W01-1",
        "2026-01-0a",
        "2026-a1-01",
        "a026-01-01",
        "-026-01-01",
        "+026-01-01",
        "2026--1-01",
        "2026-01--1",
        "2026-+1-01",
        "2026- 1-01",
        " 026-01-01",
        " 2026-01-01",
        "2026-01-01 ",
        "2026-01-01T",
        "\xef\xbc\x92" "026-01-01",
        NULL
    };

    for (date = dates; *date; date++) {
        assert_int_equal(ngx_http_vol_unit_date(*date),
                         NGX_HTTP_VOL_UNIT_REFUSED);
    }
}


static void
date_ends_where_its_length_says(void **state)
{
    int64_t    days;
    ngx_str_t  date = ngx_string("2026-01-31");

    date.len--;
    assert_int_equal(ngx_http_vol_date_parse(&date, &days), NGX_ERROR);

    date.len = 0;
    date.data = NULL;
    assert_int_equal(ngx_http_vol_date_parse(&date, &days), NGX_ERROR);
}


/* every day of the range, against the calendar of the C library */

static void
every_day_is_written_and_read_back(void **state)
{
    time_t      clock;
    int64_t     day, parsed;
    struct tm   tm;
    ngx_str_t   date;
    u_char      buf[NGX_HTTP_VOL_DATE_LEN], expected[32];

    date.data = buf;
    date.len = NGX_HTTP_VOL_DATE_LEN;

    for (day = 0; day <= 2932896; day++) {
        clock = day * 86400;
        (void) gmtime_r(&clock, &tm);
        (void) strftime((char *) expected, sizeof(expected), "%Y-%m-%d", &tm);

        if (ngx_http_vol_date_format(buf, day) != buf + NGX_HTTP_VOL_DATE_LEN
            || ngx_memcmp(buf, expected, NGX_HTTP_VOL_DATE_LEN) != 0
            || ngx_http_vol_date_parse(&date, &parsed) != NGX_OK
            || parsed != day)
        {
            fail_msg("day %lld, %s", (long long) day, expected);
        }
    }

    assert_string_equal(expected, "9999-12-31");
}


static void
day_out_of_range_is_written_as_the_nearest(void **state)
{
    ngx_uint_t  i;
    u_char      buf[NGX_HTTP_VOL_DATE_LEN + 1];

    static ngx_http_vol_unit_parsed_t  days[] = {
        { "1970-01-01", -1 },
        { "1970-01-01", INT64_MIN },
        { "9999-12-31", 2932897 },
        { "9999-12-31", INT64_MAX },
        { NULL, 0 }
    };

    for (i = 0; days[i].text; i++) {
        ngx_http_vol_unit_assert_formatted(buf, NGX_HTTP_VOL_DATE_LEN,
                                 ngx_http_vol_date_format(buf, days[i].value),
                                 days[i].text);
    }
}


static void
time_is_read(void **state)
{
    ngx_uint_t  i;

    static ngx_http_vol_unit_parsed_t  times[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01T00:00:01Z", 1 },
        { "1970-01-01T08:00:00+08:00", 0 },
        { "1985-04-12T23:20:50.52Z", 482196050 },
        { "1996-12-19T16:39:57-08:00", 851042397 },
        { "2000-02-29T23:59:59Z", 951868799 },
        { "2000-03-01T00:00:00Z", 951868800 },
        { "2026-04-08T00:00:00+08:00", 1775577600 },
        { "2026-04-08T00:00:00-03:30", 1775619000 },
        { "2026-04-08T12:34:56+00:00", 1775651696 },
        { "2026-04-08T12:34:56-00:00", 1775651696 },
        { "2026-04-08t12:34:56z", 1775651696 },
        { "2026-04-08t12:34:56+00:00", 1775651696 },
        { "2026-04-08T12:34:56z", 1775651696 },
        { "2026-04-08T12:34:56.0Z", 1775651696 },
        { "2026-04-08T12:34:56.9Z", 1775651696 },
        { "2026-04-08T12:34:56.999999999999999999999999Z", 1775651696 },
        { "2026-04-08T12:34:56.5+08:00", 1775622896 },
        { "2026-04-08T12:34:56+14:00", 1775601296 },
        { "2026-04-08T12:34:56-14:00", 1775702096 },
        { "2038-01-19T03:14:08Z", 2147483648LL },
        { "2106-02-07T06:28:16Z", 4294967296LL },
        { "9999-12-31T23:59:59Z", 253402300799LL },
        { "9999-12-31T23:59:59+08:00", 253402271999LL },
        { NULL, 0 }
    };

    for (i = 0; times[i].text; i++) {
        assert_int_equal(ngx_http_vol_unit_seconds(times[i].text),
                         times[i].value);
    }
}


static void
time_that_is_not_one_is_refused(void **state)
{
    const char  **time;

    static const char  *times[] = {
        "",
        "Z",
        "2026-04-08",
        "2026-04-08T",
        "2026-04-08T12:34:56",
        "2026-04-08T12:34Z",
        "2026-04-08T12:34:5Z",
        "2026-04-08 12:34:56Z",
        "2026-04-08_12:34:56Z",
        "2026-04-08T12-34-56Z",
        "2026-04-08T12:34-56Z",
        "20260408T123456Z0000",
        "2026-04-08T24:00:00Z",
        "2026-04-08T12:60:00Z",
        "2026-04-08T12:00:60Z",
        "2016-12-31T23:59:60Z",
        "2026-04-08T-1:34:56Z",
        "2026-04-08T12:-1:56Z",
        "2026-04-08T12:34:-1Z",
        "2026-04-08T 2:34:56Z",
        "2026-04-08T1a:34:56Z",
        "2026-04-08T12:34:56.Z",
        "2026-04-08T12:34:56.",
        "2026-04-08T12:34:56.5",
        "2026-04-08T12:34:56.+08:00",
        "2026-04-08T12:34:56.5.5Z",
        "2026-04-08T12:34:56,5Z",
        "2026-04-08T12:34:56.-5Z",
        "2026-04-08T12:34:56ZZ",
        "2026-04-08T12:34:56Z ",
        "2026-04-08T12:34:56 Z",
        " 2026-04-08T12:34:56Z",
        "2026-04-08T12:34:56X",
        "2026-04-08T12:34:56+",
        "2026-04-08T12:34:56+8",
        "2026-04-08T12:34:56+08",
        "2026-04-08T12:34:56+0800",
        "2026-04-08T12:34:56+8:00",
        "2026-04-08T12:34:56+08:0",
        "2026-04-08T12:34:56+08:000",
        "2026-04-08T12:34:56+08:60",
        "2026-04-08T12:34:56+14:01",
        "2026-04-08T12:34:56+24:00",
        "2026-04-08T12:34:56Z+08:00",
        "2026-02-29T12:34:56Z",
        "2100-02-29T12:34:56Z",
        "2026-13-08T12:34:56Z",
        "10000-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "1969-12-31T23:00:00-01:00",
        NULL
    };

    for (time = times; *time; time++) {
        assert_int_equal(ngx_http_vol_unit_seconds(*time),
                         NGX_HTTP_VOL_UNIT_REFUSED);
    }
}


static void
time_that_leaves_the_range_by_its_offset_is_refused(void **state)
{
    assert_int_equal(ngx_http_vol_unit_seconds("1970-01-01T07:59:59+08:00"),
                     NGX_HTTP_VOL_UNIT_REFUSED);
    assert_int_equal(ngx_http_vol_unit_seconds("9999-12-31T20:30:00-03:30"),
                     NGX_HTTP_VOL_UNIT_REFUSED);
    assert_int_equal(ngx_http_vol_unit_seconds("9999-12-31T20:29:59-03:30"),
                     253402300799LL);
}


static void
time_is_written_with_its_offset(void **state)
{
    ngx_uint_t  i;
    u_char      buf[NGX_HTTP_VOL_TIME_LEN + 1];

    static struct {
        int64_t      seconds;
        ngx_int_t    utc_offset;
        const char  *text;
    } times[] = {
        { 0, 0, "1970-01-01T00:00:00+00:00" },
        { 0, 28800, "1970-01-01T08:00:00+08:00" },
        { 951868799, 0, "2000-02-29T23:59:59+00:00" },
        { 951868799, 28800, "2000-03-01T07:59:59+08:00" },
        { 1775577599, 28800, "2026-04-07T23:59:59+08:00" },
        { 1775577600, 28800, "2026-04-08T00:00:00+08:00" },
        { 1775619000, -12600, "2026-04-08T00:00:00-03:30" },
        { 1775618999, -12600, "2026-04-07T23:59:59-03:30" },
        { 1775651696, -1800, "2026-04-08T12:04:56-00:30" },
        { 1775651696, 20700, "2026-04-08T18:19:56+05:45" },
        { 1775651696, 50400, "2026-04-09T02:34:56+14:00" },
        { 1775651696, -50400, "2026-04-07T22:34:56-14:00" },
        { 253402300799LL, 0, "9999-12-31T23:59:59+00:00" },
        { 253402271999LL, 28800, "9999-12-31T23:59:59+08:00" },

        /* out of range: the nearest */

        { -1, 0, "1970-01-01T00:00:00+00:00" },
        { 0, -3600, "1970-01-01T00:00:00-01:00" },
        { INT64_MIN, -50400, "1970-01-01T00:00:00-14:00" },
        { INT64_MIN, 50400, "1970-01-01T00:00:00+14:00" },
        { 253402300799LL, 28800, "9999-12-31T23:59:59+08:00" },
        { INT64_MAX, 50400, "9999-12-31T23:59:59+14:00" },
        { INT64_MAX, -50400, "9999-12-31T23:59:59-14:00" },

        { 0, 0, NULL }
    };

    for (i = 0; times[i].text; i++) {
        ngx_http_vol_unit_assert_formatted(buf, NGX_HTTP_VOL_TIME_LEN,
                                 ngx_http_vol_time_format(buf,
                                                          times[i].seconds,
                                                          times[i].utc_offset),
                                 times[i].text);
    }
}


static void
time_written_is_read_back(void **state)
{
    int64_t    seconds, parsed;
    ngx_int_t  utc_offset;
    ngx_str_t  time;
    u_char     buf[NGX_HTTP_VOL_TIME_LEN];

    time.data = buf;
    time.len = NGX_HTTP_VOL_TIME_LEN;

    for (utc_offset = -50400; utc_offset <= 50400; utc_offset += 900) {

        for (seconds = 50400; seconds < 253402250399LL; seconds += 86399977) {

            (void) ngx_http_vol_time_format(buf, seconds, utc_offset);

            if (ngx_http_vol_time_parse(&time, &parsed) != NGX_OK
                || parsed != seconds)
            {
                fail_msg("%lld at %d", (long long) seconds, (int) utc_offset);
            }
        }
    }
}


static void
offset_is_read(void **state)
{
    ngx_int_t   utc_offset;
    ngx_str_t   offset;
    ngx_uint_t  i;

    static ngx_http_vol_unit_parsed_t  offsets[] = {
        { "Z", 0 },
        { "z", 0 },
        { "+00:00", 0 },
        { "-00:00", 0 },
        { "+08:00", 28800 },
        { "-08:00", -28800 },
        { "-03:30", -12600 },
        { "+05:45", 20700 },
        { "-00:01", -60 },
        { "+00:59", 3540 },
        { "+13:59", 50340 },
        { "+14:00", 50400 },
        { "-14:00", -50400 },
        { NULL, 0 }
    };

    for (i = 0; offsets[i].text; i++) {
        offset.data = (u_char *) offsets[i].text;
        offset.len = ngx_strlen(offsets[i].text);

        assert_int_equal(ngx_http_vol_offset_parse(&offset, &utc_offset),
                         NGX_OK);
        assert_int_equal(utc_offset, offsets[i].value);
    }
}


static void
offset_that_is_not_one_is_refused(void **state)
{
    ngx_int_t     utc_offset;
    ngx_str_t     offset;
    const char  **text;

    static const char  *offsets[] = {
        "",
        "X",
        "ZZ",
        "UTC",
        "0",
        "08:00",
        " 08:00",
        "+8:00",
        "+08",
        "+0800",
        "+08:0",
        "+08:000",
        "+08.00",
        "+08:60",
        "+08:99",
        "+14:01",
        "-14:01",
        "+15:00",
        "+99:00",
        "++8:00",
        "+-8:00",
        "+08:-1",
        "+0a:00",
        "+08:0a",
        "+08:00 ",
        "\xe2\x88\x92" "08:00",
        "Asia/Shanghai",
        NULL
    };

    for (text = offsets; *text; text++) {
        offset.data = (u_char *) *text;
        offset.len = ngx_strlen(*text);

        utc_offset = NGX_HTTP_VOL_UNIT_REFUSED;

        assert_int_equal(ngx_http_vol_offset_parse(&offset, &utc_offset),
                         NGX_ERROR);
        assert_int_equal(utc_offset, NGX_HTTP_VOL_UNIT_REFUSED);
    }
}


int
ngx_http_vol_unit_time(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(date_is_read),
        cmocka_unit_test(date_that_is_not_one_is_refused),
        cmocka_unit_test(date_ends_where_its_length_says),
        cmocka_unit_test(every_day_is_written_and_read_back),
        cmocka_unit_test(day_out_of_range_is_written_as_the_nearest),
        cmocka_unit_test(time_is_read),
        cmocka_unit_test(time_that_is_not_one_is_refused),
        cmocka_unit_test(time_that_leaves_the_range_by_its_offset_is_refused),
        cmocka_unit_test(time_is_written_with_its_offset),
        cmocka_unit_test(time_written_is_read_back),
        cmocka_unit_test(offset_is_read),
        cmocka_unit_test(offset_that_is_not_one_is_refused)
    };

    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
