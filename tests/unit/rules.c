
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_unit.h"
#include "ngx_http_vol_rulebook.h"
#include "ngx_http_vol_time.h"

#include <jansson.h>


#define NGX_HTTP_VOL_UNIT_FILE  "rules.json"

#define NAME_64                                                               \
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._"
#define NAME_61                                                               \
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
#define HANZI_10   "\xe5\xbf\x97\xe6\x84\xbf\xe6\x9c\x8d\xe5\x8a\xa1\xe7\xa7"  \
                   "\xaf\xe5\x88\x86\xe6\xa8\xa1\xe5\x9d\x97\xe5\xa5\xbd\xe4"  \
                   "\xba\xba"
#define HANZI_100  HANZI_10 HANZI_10 HANZI_10 HANZI_10 HANZI_10               \
                   HANZI_10 HANZI_10 HANZI_10 HANZI_10 HANZI_10

#define NAME_EXPECTED                                                         \
    "1 to 64 of the characters A-Z a-z 0-9 \".\" \"_\" \"-\""
#define TOP_KEYS                                                              \
    "version, from, timezone, points_per_hour, stars, cases, obligations, "   \
    "selection, project_classes, terms, expiry, voucher, limits, earlier"
#define EARLIER_KEYS                                                          \
    "version, from, points_per_hour, stars, cases, obligations, expiry, "     \
    "voucher, limits"
#define LIMITS_KEYS                                                           \
    "minutes_per_day, organizer_minutes_per_day, "                            \
    "organizer_minutes_per_month, spendable_within_days, "                    \
    "redemptions_per_day, redemptions_per_month, redemptions_per_quarter, "   \
    "redemptions_per_year, offer_redemptions_per_day, "                       \
    "offer_redemptions_per_month, offer_redemptions_per_quarter, "            \
    "offer_redemptions_per_year"


/* a change of one value of a rulebook, and what comes of it */

typedef struct {
    const char  *place;         /* keys and indexes joined by "/" */
    const char  *json;          /* NULL: the key is deleted */
    const char  *error;
} ngx_http_vol_unit_change_t;


static const char  full[] =
    "{"
    "\"version\": \"tianyuan-2026-04-08\","
    "\"timezone\": \"+08:00\","
    "\"points_per_hour\": 1,"
    "\"stars\": [100, 300, 600, 1000, 1500],"
    "\"cases\": {"
    "    \"blood_donation\": {\"title\": \"" HANZI_10 "\", \"min\": 3,"
    "                         \"max\": 20},"
    "    \"bravery\": {\"title\": \"Bravery\", \"min\": 10, \"max\": 100,"
    "                  \"approval\": true}"
    "},"
    "\"obligations\": {\"student\": {\"points_per_year\": 10},"
    "                  \"cadre\": {\"points_per_year\": 20}},"
    "\"selection\": {\"title\": \"Ten outstanding\", \"every_years\": 2,"
    "                \"first_year\": 2021, \"min_stars\": 5},"
    "\"terms\": [{\"id\": \"spring\", \"title\": \"Spring term\","
    "             \"starts\": \"02-15\"},"
    "            {\"id\": \"autumn\", \"title\": \"" HANZI_10 "\","
    "             \"starts\": \"09-01\"}],"
    "\"expiry\": {\"years\": 3, \"on\": \"07-01\"},"
    "\"voucher\": {\"valid_days\": 60, \"kept_days\": 700},"
    "\"limits\": {\"minutes_per_day\": 720,"
    "             \"organizer_minutes_per_day\": 30000,"
    "             \"organizer_minutes_per_month\": 600000,"
    "             \"spendable_within_days\": 14,"
    "             \"redemptions_per_day\": 1, \"redemptions_per_month\": 2,"
    "             \"redemptions_per_quarter\": 3, \"redemptions_per_year\": 4,"
    "             \"offer_redemptions_per_day\": 5,"
    "             \"offer_redemptions_per_month\": 6,"
    "             \"offer_redemptions_per_quarter\": 7,"
    "             \"offer_redemptions_per_year\": 8}"
    "}";


static const char  least[] =
    "{\"version\": \"v1\", \"timezone\": \"Z\", \"points_per_hour\": 10,"
    " \"stars\": [5]}";


/* three rulebooks of one district; what is in each, none of the others has */

static const char  dated[] =
    "{\"version\": \"v3\", \"from\": \"2026-07-01\", \"timezone\": \"+08:00\","
    " \"points_per_hour\": 10, \"stars\": [100, 300],"
    " \"cases\": {\"bravery\": {\"title\": \"New\", \"min\": 10, \"max\": 100,"
    "                         \"approval\": true},"
    "            \"ideas\": {\"title\": \"Ideas\", \"min\": 1, \"max\": 2}},"
    " \"expiry\": {\"on\": \"12-31\"},"
    " \"limits\": {\"spendable_within_days\": 0,"
    "              \"organizer_minutes_per_month\": 6000},"
    " \"earlier\": ["
    "  {\"version\": \"v2\", \"from\": \"2026-01-01\", \"points_per_hour\": 2,"
    "   \"stars\": [50],"
    "   \"cases\": {\"customs\": {\"title\": \"Customs\","
    "                           \"min\": 5, \"max\": 6}},"
    "   \"obligations\": {\"cadre\": {\"points_per_year\": 20}},"
    "   \"expiry\": {\"years\": 2},"
    "   \"limits\": {\"redemptions_per_quarter\": 1}},"
    "  {\"version\": \"v1\", \"points_per_hour\": 1, \"stars\": [10],"
    "   \"cases\": {\"bravery\": {\"title\": \"Old\", \"min\": 3, \"max\": 4}},"
    "   \"voucher\": {\"valid_days\": 7, \"kept_days\": 8},"
    "   \"limits\": {\"minutes_per_day\": 480,"
    "                \"organizer_minutes_per_day\": 600}}"
    " ]}";


/* all that a rulebook can say, at its longest */

static const char  longest[] =
    "{\"points_per_hour\": 1000, \"stars\": [999999996, 999999997,"
    " 999999998, 999999999, 1000000000], \"obligations\": {"
    " \"general\": {\"points_per_year\": 10000},"
    " \"student\": {\"points_per_year\": 10000},"
    " \"cadre\": {\"points_per_year\": 10000}},"
    " \"cases\": {\"" NAME_64 "\": {\"title\": \"T\", \"min\": 10000,"
    " \"max\": 10000, \"approval\": true}},"
    " \"expiry\": {\"years\": 100, \"on\": \"12-31\"},"
    " \"voucher\": {\"valid_days\": 3660, \"kept_days\": 3660},"
    " \"limits\": {\"minutes_per_day\": 1440,"
    " \"organizer_minutes_per_day\": 1000000000,"
    " \"organizer_minutes_per_month\": 1000000000,"
    " \"spendable_within_days\": 3660,"
    " \"redemptions_per_day\": 1000000,"
    " \"redemptions_per_month\": 1000000,"
    " \"redemptions_per_quarter\": 1000000,"
    " \"redemptions_per_year\": 1000000,"
    " \"offer_redemptions_per_day\": 1000000,"
    " \"offer_redemptions_per_month\": 1000000,"
    " \"offer_redemptions_per_quarter\": 1000000,"
    " \"offer_redemptions_per_year\": 1000000}}";


/* and what comes of it, in the order of ngx_http_vol_rule_e */

static const char  *longest_values[NGX_HTTP_VOL_RULE_N] = {
    NULL, NULL, "1000",
    "999999996,999999997,999999998,999999999,1000000000",
    "general=10000,cadre=10000,student=10000", "1440", "3660", "3660",
    "1000000000,1000000000", "3660", "100,1231",
    "day=1000000,month=1000000,quarter=1000000,year=1000000,"
    "offer-day=1000000,offer-month=1000000,offer-quarter=1000000,"
    "offer-year=1000000",
    NULL
};


static char *
ngx_http_vol_unit_path(const char *name)
{
    static char  path[NGX_MAX_PATH];

    (void) ngx_snprintf((u_char *) path, NGX_MAX_PATH, "%V%s%Z",
                        &ngx_http_vol_unit_cf->cycle->conf_prefix, name);
    return path;
}


static void
ngx_http_vol_unit_write(const char *text, size_t len)
{
    FILE  *file;

    file = fopen(ngx_http_vol_unit_path(NGX_HTTP_VOL_UNIT_FILE), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}


static ngx_http_vol_rules_t *
ngx_http_vol_unit_load_file(const char *name)
{
    ngx_str_t  file;

    ngx_http_vol_unit_forget();

    file.data = (u_char *) name;
    file.len = ngx_strlen(name);

    return ngx_http_vol_rules_load(ngx_http_vol_unit_cf, &file);
}


static ngx_http_vol_rules_t *
ngx_http_vol_unit_load(const char *text, size_t len)
{
    ngx_http_vol_unit_write(text, len);

    return ngx_http_vol_unit_load_file(NGX_HTTP_VOL_UNIT_FILE);
}


static ngx_http_vol_rules_t *
ngx_http_vol_unit_load_changed(const char *rulebook,
    ngx_http_vol_unit_change_t *change)
{
    char                  *text, *key, *next;
    char                   place[256];
    json_t                *root, *object, *value;
    ngx_http_vol_rules_t  *rules;

    root = json_loads(rulebook, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);

    object = root;
    (void) ngx_cpystrn((u_char *) place, (u_char *) change->place,
                       sizeof(place));

    for (key = place; (next = strchr(key, '/')) != NULL; key = next) {
        *next++ = '\0';
        object = json_is_array(object) ? json_array_get(object, atoi(key))
                                       : json_object_get(object, key);
        assert_non_null(object);
    }

    if (change->json) {
        value = json_loads(change->json, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        assert_int_equal(json_object_set_new(object, key, value), 0);

    } else {
        assert_int_equal(json_object_del(object, key), 0);
    }

    text = json_dumps(root, 0);
    json_decref(root);
    assert_non_null(text);

    rules = ngx_http_vol_unit_load(text, ngx_strlen(text));
    free(text);

    return rules;
}


/* one [emerg] that names the file, and no more of the error than is expected */

static void
ngx_http_vol_unit_assert_logged(const char *name, const char *error)
{
    char  *emerg;
    char   expected[1024];

    (void) ngx_snprintf((u_char *) expected, sizeof(expected),
                        "vol_rules \"%s\": %s in %s%Z",
                        ngx_http_vol_unit_path(name), error,
                        ngx_http_vol_unit_cf->conf_file->file.name.data);

    if (ngx_strstr(ngx_http_vol_unit_logged.data, expected) == NULL) {
        fail_msg("expected: %s\nlogged: %s", expected,
                 ngx_http_vol_unit_logged.data);
    }

    emerg = ngx_strstr(ngx_http_vol_unit_logged.data, "[emerg]");
    assert_non_null(emerg);
    assert_null(ngx_strstr(emerg + 1, "[emerg]"));
}


static void
ngx_http_vol_unit_assert_refused(const char *text, size_t len,
    const char *error)
{
    assert_null(ngx_http_vol_unit_load(text, len));
    ngx_http_vol_unit_assert_logged(NGX_HTTP_VOL_UNIT_FILE, error);
}


static void
ngx_http_vol_unit_assert_str(ngx_str_t *str, const char *expected)
{
    assert_int_equal(str->len, ngx_strlen(expected));
    assert_memory_equal(str->data, expected, str->len);
}


static void
ngx_http_vol_unit_assert_values(ngx_http_vol_rules_t *rules,
    const char **expected)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_VOL_RULE_N; i++) {
        ngx_http_vol_unit_assert_str(&rules->values[i], expected[i]);
    }
}


static void
ngx_http_vol_unit_assert_case(ngx_http_vol_case_t *vc, const char *title,
    const char *min, const char *max, const char *approval)
{
    assert_non_null(vc);
    ngx_http_vol_unit_assert_str(&vc->title, title);
    ngx_http_vol_unit_assert_str(&vc->values[NGX_HTTP_VOL_CASE_MIN], min);
    ngx_http_vol_unit_assert_str(&vc->values[NGX_HTTP_VOL_CASE_MAX], max);
    ngx_http_vol_unit_assert_str(&vc->values[NGX_HTTP_VOL_CASE_APPROVAL],
                                 approval);
}


static void
ngx_http_vol_unit_assert_changes(const char *rulebook,
    ngx_http_vol_unit_change_t *change)
{
    for ( /* void */ ; change->place; change++) {

        if (change->error) {
            assert_null(ngx_http_vol_unit_load_changed(rulebook, change));
            ngx_http_vol_unit_assert_logged(NGX_HTTP_VOL_UNIT_FILE,
                                            change->error);
            continue;
        }

        if (ngx_http_vol_unit_load_changed(rulebook, change) == NULL) {
            fail_msg("%s", ngx_http_vol_unit_logged.data);
        }

        assert_int_equal(ngx_http_vol_unit_logged.len, 0);
    }
}


static ngx_http_vol_case_t *
ngx_http_vol_unit_case(ngx_http_vol_rules_t *rules, const char *text)
{
    ngx_str_t  name;

    name.data = (u_char *) text;
    name.len = ngx_strlen(text);

    return ngx_http_vol_rules_case(rules, &name);
}


static void
full_rulebook_is_read(void **state)
{
    ngx_uint_t                     i;
    ngx_http_vol_rules_t          *rules;
    ngx_http_vol_rulebook_t       *book;
    ngx_http_vol_rulebook_case_t  *bc;

    static ngx_int_t  stars[] = { 100, 300, 600, 1000, 1500 };

    rules = ngx_http_vol_unit_load(full, sizeof(full) - 1);
    assert_non_null(rules);
    assert_int_equal(ngx_http_vol_unit_logged.len, 0);

    ngx_http_vol_unit_assert_str(&rules->file,
                              ngx_http_vol_unit_path(NGX_HTTP_VOL_UNIT_FILE));
    assert_int_equal(rules->utc_offset, 28800);

    ngx_http_vol_unit_assert_str(&rules->selection.title, "Ten outstanding");
    assert_int_equal(rules->selection.every_years, 2);
    assert_int_equal(rules->selection.first_year, 2021);
    assert_int_equal(rules->selection.min_stars, 5);

    ngx_http_vol_unit_assert_str(&rules->values[NGX_HTTP_VOL_RULE_SELECTION],
                                 "2021,2,5,Ten outstanding");
    ngx_http_vol_unit_assert_str(&rules->values[NGX_HTTP_VOL_RULE_TERMS],
                                 "0215\tspring\tSpring term\n"
                                 "0901\tautumn\t" HANZI_10 "\n");

    book = rules->newest;
    assert_non_null(book);
    assert_null(book->earlier);

    ngx_http_vol_unit_assert_str(&book->version, "tianyuan-2026-04-08");
    assert_int_equal(book->points_per_hour, 1);

    assert_int_equal(book->nstars, 5);
    for (i = 0; i < 5; i++) {
        assert_int_equal(book->stars[i], stars[i]);
    }

    assert_int_equal(book->cases.nelts, 2);
    bc = book->cases.elts;

    ngx_http_vol_unit_assert_str(&bc[0].name, "blood_donation");
    ngx_http_vol_unit_assert_str(&bc[0].title, HANZI_10);
    assert_int_equal(bc[0].min, 3);
    assert_int_equal(bc[0].max, 20);
    assert_int_equal(bc[0].approval, 0);

    ngx_http_vol_unit_assert_str(&bc[1].name, "bravery");
    ngx_http_vol_unit_assert_str(&bc[1].title, "Bravery");
    assert_int_equal(bc[1].min, 10);
    assert_int_equal(bc[1].max, 100);
    assert_int_equal(bc[1].approval, 1);

    assert_int_equal(book->points_per_year[0], 0);
    assert_int_equal(book->points_per_year[1], 20);
    assert_int_equal(book->points_per_year[2], 10);

    assert_int_equal(book->expiry.years, 3);
    assert_int_equal(book->expiry.on, 701);

    assert_int_equal(book->valid_days, 60);
    assert_int_equal(book->kept_days, 700);

    assert_int_equal(book->minutes_per_day, 720);
    assert_int_equal(book->organizer_minutes[0], 30000);
    assert_int_equal(book->organizer_minutes[1], 600000);
    assert_int_equal(book->spendable_days, 14);

    for (i = 0; i < 2 * NGX_HTTP_VOL_PERIODS; i++) {
        assert_int_equal(book->redemptions[i], i + 1);
    }
}


static void
least_rulebook_has_defaults(void **state)
{
    ngx_uint_t                i;
    ngx_http_vol_rules_t     *rules;
    ngx_http_vol_rulebook_t  *book;

    rules = ngx_http_vol_unit_load(least, sizeof(least) - 1);
    assert_non_null(rules);
    assert_int_equal(ngx_http_vol_unit_logged.len, 0);

    assert_int_equal(rules->utc_offset, 0);
    assert_int_equal(rules->cases.nelts, 0);
    assert_int_equal(rules->selection.title.len, 0);
    assert_int_equal(rules->selection.every_years, 0);
    assert_int_equal(rules->values[NGX_HTTP_VOL_RULE_SELECTION].len, 0);
    assert_int_equal(rules->values[NGX_HTTP_VOL_RULE_TERMS].len, 0);

    book = rules->newest;
    assert_non_null(book);
    assert_null(book->earlier);

    assert_int_equal(book->from, 0);
    assert_int_equal(book->points_per_hour, 10);
    assert_int_equal(book->nstars, 1);
    assert_int_equal(book->stars[0], 5);
    assert_int_equal(book->cases.nelts, 0);

    for (i = 0; i < NGX_HTTP_VOL_KINDS; i++) {
        assert_int_equal(book->points_per_year[i], 0);
    }

    assert_int_equal(book->expiry.years, 0);
    assert_int_equal(book->expiry.on, 0);
    assert_int_equal(book->valid_days, 30);
    assert_int_equal(book->kept_days, 365);
    assert_int_equal(book->minutes_per_day, 1440);
    assert_int_equal(book->organizer_minutes[0], 0);
    assert_int_equal(book->organizer_minutes[1], 0);
    assert_int_equal(book->spendable_days, -1);

    for (i = 0; i < 2 * NGX_HTTP_VOL_PERIODS; i++) {
        assert_int_equal(book->redemptions[i], 0);
    }
}


static void
earlier_rulebooks_are_read_newest_first(void **state)
{
    ngx_http_vol_rules_t     *rules;
    ngx_http_vol_rulebook_t  *book;

    rules = ngx_http_vol_unit_load(dated, sizeof(dated) - 1);
    assert_non_null(rules);
    assert_int_equal(ngx_http_vol_unit_logged.len, 0);

    book = rules->newest;
    ngx_http_vol_unit_assert_str(&book->version, "v3");
    assert_int_equal(book->from, 20635);
    assert_int_equal(book->points_per_hour, 10);

    book = book->earlier;
    ngx_http_vol_unit_assert_str(&book->version, "v2");
    assert_int_equal(book->from, 20454);
    assert_int_equal(book->points_per_hour, 2);

    book = book->earlier;
    ngx_http_vol_unit_assert_str(&book->version, "v1");
    assert_int_equal(book->from, 0);
    assert_int_equal(book->points_per_hour, 1);

    assert_null(book->earlier);
}


/* in the order of ngx_http_vol_rule_e */

static void
values_are_what_scripts_take(void **state)
{
    ngx_http_vol_rules_t  *rules;

    static const char  *expected[] = {
        "tianyuan-2026-04-08", "28800", "1", "100,300,600,1000,1500",
        "cadre=20,student=10", "720", "60", "700", "30000,600000", "14",
        "3,0701",
        "day=1,month=2,quarter=3,year=4,"
        "offer-day=5,offer-month=6,offer-quarter=7,offer-year=8",
        "0215\tspring\tSpring term\n0901\tautumn\t" HANZI_10 "\n",
        "2021,2,5,Ten outstanding", ""
    };

    rules = ngx_http_vol_unit_load(full, sizeof(full) - 1);
    assert_non_null(rules);
    ngx_http_vol_unit_assert_values(rules, expected);
}


static void
values_of_the_least_rulebook_are_its_defaults(void **state)
{
    ngx_http_vol_rules_t  *rules;

    static const char  *expected[] = {
        "v1", "0", "10", "5", "", "1440", "30", "365", "", "", "", "",
        "", "", ""
    };

    rules = ngx_http_vol_unit_load(least, sizeof(least) - 1);
    assert_non_null(rules);
    ngx_http_vol_unit_assert_values(rules, expected);
}


static void
values_with_earlier_rulebooks_are_dated(void **state)
{
    ngx_http_vol_rules_t  *rules;

    static const char  *expected[] = {
        "20635:v3;20454:v2;0:v1",
        "28800",
        "20635:10;20454:2;0:1",
        "20635:100,300;20454:50;0:10",
        "20635:;20454:cadre=20;0:",
        "20635:1440;20454:1440;0:480",
        "20635:30;20454:30;0:7",
        "20635:365;20454:365;0:8",
        "20635:,6000;20454:;0:600,",
        "20635:0;20454:;0:",
        "20635:0,1231;20454:2,;0:",
        "20635:;20454:quarter=1;0:",
        "", "", ""
    };

    rules = ngx_http_vol_unit_load(dated, sizeof(dated) - 1);
    assert_non_null(rules);
    ngx_http_vol_unit_assert_values(rules, expected);
}


static void
value_of_a_rule_has_its_form(void **state)
{
    ngx_uint_t             i;
    ngx_http_vol_rules_t  *rules;

    static struct {
        ngx_http_vol_unit_change_t   change;
        ngx_http_vol_rule_e          rule;
        const char                  *value;
    } rows[] = {
        { { "expiry", "{\"years\": 1}", NULL },
          NGX_HTTP_VOL_RULE_EXPIRY, "1," },
        { { "expiry", "{\"years\": 100}", NULL },
          NGX_HTTP_VOL_RULE_EXPIRY, "100," },
        { { "expiry", "{\"on\": \"01-01\"}", NULL },
          NGX_HTTP_VOL_RULE_EXPIRY, "0,0101" },
        { { "expiry", "{\"years\": 0, \"on\": \"12-31\"}", NULL },
          NGX_HTTP_VOL_RULE_EXPIRY, "0,1231" },
        { { "expiry", "{\"years\": 2, \"on\": \"10-09\"}", NULL },
          NGX_HTTP_VOL_RULE_EXPIRY, "2,1009" },
        { { "limits", "{\"organizer_minutes_per_day\": 1}", NULL },
          NGX_HTTP_VOL_RULE_ORGANIZER_MINUTES, "1," },
        { { "limits", "{\"organizer_minutes_per_month\": 1}", NULL },
          NGX_HTTP_VOL_RULE_ORGANIZER_MINUTES, ",1" },
        { { "limits", "{\"spendable_within_days\": 0}", NULL },
          NGX_HTTP_VOL_RULE_SPENDABLE_DAYS, "0" },
        { { "limits", "{\"redemptions_per_quarter\": 1}", NULL },
          NGX_HTTP_VOL_RULE_REDEMPTIONS, "quarter=1" },
        { { "limits", "{\"offer_redemptions_per_year\": 1000000,"
                      " \"redemptions_per_month\": 3}", NULL },
          NGX_HTTP_VOL_RULE_REDEMPTIONS, "month=3,offer-year=1000000" },
        { { "from", "\"2026-07-01\"", NULL },
          NGX_HTTP_VOL_RULE_VERSION, "tianyuan-2026-04-08" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rules = ngx_http_vol_unit_load_changed(full, &rows[i].change);
        assert_non_null(rules);
        ngx_http_vol_unit_assert_str(&rules->values[rows[i].rule],
                                     rows[i].value);
    }
}


/* the first day of a year, in days since 1970 */

static int64_t
ngx_http_vol_unit_january(ngx_int_t year)
{
    int64_t    days;
    ngx_str_t  date;
    u_char     text[NGX_HTTP_VOL_DATE_LEN];

    date.data = text;
    date.len = ngx_sprintf(text, "%04i-01-01", year) - text;

    assert_int_equal(ngx_http_vol_date_parse(&date, &days), NGX_OK);

    return days;
}


/* a rulebook and n earlier ones, each of a year, "v00" the newest */

static char *
ngx_http_vol_unit_rulebooks(const char *rulebook, ngx_int_t n)
{
    char        *text;
    json_t      *newest, *book, *earlier;
    ngx_int_t    i;
    char         version[65], from[11];

    newest = NULL;
    earlier = json_array();

    for (i = 0; i <= n; i++) {
        book = json_loads(rulebook, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(book);

        (void) ngx_sprintf((u_char *) version, "v%02i" NAME_61 "%Z", i);
        json_object_set_new(book, "version", json_string(version));

        (void) ngx_sprintf((u_char *) from, "%04i-01-01%Z", 9999 - i);
        json_object_set_new(book, "from", json_string(from));

        if (i == 0) {
            newest = book;
            json_object_set_new(newest, "timezone", json_string("-14:00"));
            json_object_set_new(newest, "earlier", earlier);

        } else {
            json_array_append_new(earlier, book);
        }
    }

    text = json_dumps(newest, 0);
    assert_non_null(text);
    json_decref(newest);

    return text;
}


/* what value is when all of these rulebooks have the same */

static void
ngx_http_vol_unit_assert_dated(ngx_str_t *value, const char *same,
    ngx_int_t n)
{
    u_char     *p, *last;
    int64_t     from;
    ngx_int_t   i;
    u_char      expected[8192];

    p = expected;
    last = expected + sizeof(expected) - 1;

    for (i = 0; i <= n; i++) {
        from = (i == n) ? 0 : ngx_http_vol_unit_january(9999 - i);

        p = ngx_slprintf(p, last, "%s%L:", i ? ";" : "", from);
        p = same ? ngx_slprintf(p, last, "%s", same)
                 : ngx_slprintf(p, last, "v%02i" NAME_61, i);
    }

    assert_true(p < last);
    *p = '\0';

    ngx_http_vol_unit_assert_str(value, (char *) expected);
}


static void
values_at_their_longest(void **state)
{
    char                  *text;
    ngx_uint_t             i;
    ngx_http_vol_case_t   *vc;
    ngx_http_vol_rules_t  *rules;

    text = ngx_http_vol_unit_rulebooks(longest, NGX_HTTP_VOL_EARLIER_MAX);
    rules = ngx_http_vol_unit_load(text, ngx_strlen(text));
    free(text);

    assert_non_null(rules);
    assert_int_equal(ngx_http_vol_unit_logged.len, 0);

    /* the last two are never dated */

    for (i = 0; i < NGX_HTTP_VOL_RULE_TERMS; i++) {

        if (i == NGX_HTTP_VOL_RULE_UTC_OFFSET) {
            ngx_http_vol_unit_assert_str(&rules->values[i], "-50400");
            continue;
        }

        if (i >= NGX_HTTP_VOL_RULE_PROJECT_CLASSES) {   /* never dated */
            ngx_http_vol_unit_assert_str(&rules->values[i], "");
            continue;
        }

        ngx_http_vol_unit_assert_dated(&rules->values[i], longest_values[i],
                                       NGX_HTTP_VOL_EARLIER_MAX);
    }

    assert_int_equal(rules->cases.nelts, 1);

    vc = ngx_http_vol_unit_case(rules, NAME_64);
    assert_non_null(vc);

    for (i = 0; i < NGX_HTTP_VOL_CASE_N; i++) {
        ngx_http_vol_unit_assert_dated(&vc->values[i],
                                       (i == NGX_HTTP_VOL_CASE_APPROVAL)
                                       ? "1" : "10000",
                                       NGX_HTTP_VOL_EARLIER_MAX);
    }
}


static void
case_is_found_by_its_name(void **state)
{
    ngx_str_t              name = ngx_string("bravery, and more");
    ngx_http_vol_case_t   *vc;
    ngx_http_vol_rules_t  *rules;

    rules = ngx_http_vol_unit_load(full, sizeof(full) - 1);
    assert_non_null(rules);

    vc = rules->cases.elts;

    assert_ptr_equal(ngx_http_vol_unit_case(rules, "blood_donation"), &vc[0]);
    assert_ptr_equal(ngx_http_vol_unit_case(rules, "bravery"), &vc[1]);

    assert_null(ngx_http_vol_unit_case(rules, ""));
    assert_null(ngx_http_vol_unit_case(rules, "braver"));
    assert_null(ngx_http_vol_unit_case(rules, "bravery2"));
    assert_null(ngx_http_vol_unit_case(rules, "Bravery"));
    assert_null(ngx_http_vol_unit_case(rules, "title"));

    name.len = sizeof("bravery") - 1;
    assert_ptr_equal(ngx_http_vol_rules_case(rules, &name), &vc[1]);

    rules = ngx_http_vol_unit_load(least, sizeof(least) - 1);
    assert_non_null(rules);
    assert_null(ngx_http_vol_unit_case(rules, "bravery"));
}


static void
case_has_its_bounds_as_scripts_take_them(void **state)
{
    ngx_http_vol_rules_t  *rules;

    rules = ngx_http_vol_unit_load(full, sizeof(full) - 1);
    assert_non_null(rules);

    ngx_http_vol_unit_assert_case(
                             ngx_http_vol_unit_case(rules, "blood_donation"),
                             HANZI_10, "3", "20", "0");
    ngx_http_vol_unit_assert_case(ngx_http_vol_unit_case(rules, "bravery"),
                                  "Bravery", "10", "100", "1");
}


static void
cases_of_all_rulebooks_are_merged(void **state)
{
    ngx_http_vol_rules_t  *rules;

    rules = ngx_http_vol_unit_load(dated, sizeof(dated) - 1);
    assert_non_null(rules);
    assert_int_equal(rules->cases.nelts, 3);

    ngx_http_vol_unit_assert_case(ngx_http_vol_unit_case(rules, "bravery"),
                                  "New", "20635:10;20454:;0:3",
                                  "20635:100;20454:;0:4",
                                  "20635:1;20454:;0:0");
    ngx_http_vol_unit_assert_case(ngx_http_vol_unit_case(rules, "ideas"),
                                  "Ideas", "20635:1;20454:;0:",
                                  "20635:2;20454:;0:",
                                  "20635:0;20454:;0:");
    ngx_http_vol_unit_assert_case(ngx_http_vol_unit_case(rules, "customs"),
                                  "Customs", "20635:;20454:5;0:",
                                  "20635:;20454:6;0:",
                                  "20635:;20454:0;0:");

    assert_null(ngx_http_vol_unit_case(rules, "unheard_of"));
}


static void
kinds_are_in_the_order_of_their_obligations(void **state)
{
    ngx_http_vol_unit_assert_str(&ngx_http_vol_kinds[0], "general");
    ngx_http_vol_unit_assert_str(&ngx_http_vol_kinds[1], "cadre");
    ngx_http_vol_unit_assert_str(&ngx_http_vol_kinds[2], "student");
}


static void
value_in_its_bounds_is_taken(void **state)
{
    static ngx_http_vol_unit_change_t  changes[] = {
        { "version", "\"1\"", NULL },
        { "version", "\"" NAME_64 "\"", NULL },
        { "version", "\"-._\"", NULL },
        { "timezone", "\"Z\"", NULL },
        { "timezone", "\"-03:30\"", NULL },
        { "timezone", "\"+14:00\"", NULL },
        { "points_per_hour", "1", NULL },
        { "points_per_hour", "1000", NULL },
        { "stars", "[1, 2, 3, 4, 5]", NULL },
        { "stars", "[100, 300, 600, 1000, 1000000000]", NULL },
        { "cases", NULL, NULL },
        { "cases", "{}", NULL },
        { "cases/" NAME_64,
          "{\"title\": \"A\", \"min\": 1, \"max\": 10000}", NULL },
        { "cases/bravery/title", "\"" HANZI_100 HANZI_100 "\"", NULL },
        { "cases/bravery/title", "\"\\ud83c\\udf1f\"", NULL },
        { "cases/bravery/min", "1", NULL },
        { "cases/bravery/min", "100", NULL },
        { "cases/bravery/max", "10", NULL },
        { "cases/bravery/max", "10000", NULL },
        { "obligations", NULL, NULL },
        { "obligations", "{}", NULL },
        { "obligations/general", "{\"points_per_year\": 1}", NULL },
        { "obligations/general", "{\"points_per_year\": 10000}", NULL },
        { "selection", NULL, NULL },
        { "selection/every_years", "1", NULL },
        { "selection/every_years", "100", NULL },
        { "selection/first_year", "1970", NULL },
        { "selection/first_year", "9999", NULL },
        { "selection/min_stars", "0", NULL },
        { "terms", NULL, NULL },
        { "terms/0/starts", "\"01-01\"", NULL },
        { "terms/0/starts", "\"08-31\"", NULL },
        { "terms/1/starts", "\"12-31\"", NULL },
        { "selection/min_stars", "5", NULL },
        { "cases/bravery/approval", "true", NULL },
        { "cases/bravery/approval", "false", NULL },
        { "cases/bravery/approval", NULL, NULL },
        { "from", "\"1970-01-01\"", NULL },
        { "from", "\"9999-12-31\"", NULL },
        { "expiry", NULL, NULL },
        { "expiry/years", "100", NULL },
        { "expiry/years", "0", NULL },
        { "expiry/years", NULL, NULL },
        { "expiry/on", "\"02-28\"", NULL },
        { "expiry/on", "\"12-31\"", NULL },
        { "expiry", "{\"years\": 1}", NULL },
        { "voucher", NULL, NULL },
        { "voucher", "{}", NULL },
        { "voucher/valid_days", NULL, NULL },
        { "voucher/valid_days", "1", NULL },
        { "voucher/valid_days", "3660", NULL },
        { "voucher/kept_days", NULL, NULL },
        { "voucher/kept_days", "1", NULL },
        { "voucher/kept_days", "3660", NULL },
        { "limits", NULL, NULL },
        { "limits", "{}", NULL },
        { "limits/minutes_per_day", "1", NULL },
        { "limits/minutes_per_day", "1440", NULL },
        { "limits/organizer_minutes_per_day", "1", NULL },
        { "limits/organizer_minutes_per_day", "1000000000", NULL },
        { "limits/organizer_minutes_per_month", "1", NULL },
        { "limits/organizer_minutes_per_month", "1000000000", NULL },
        { "limits/spendable_within_days", "0", NULL },
        { "limits/spendable_within_days", "3660", NULL },
        { "limits/redemptions_per_day", "1", NULL },
        { "limits/offer_redemptions_per_year", "1000000", NULL },
        { NULL, NULL, NULL }
    };

    ngx_http_vol_unit_assert_changes(full, changes);
}


static void
wrong_value_is_refused_by_its_place(void **state)
{
    static ngx_http_vol_unit_change_t  changes[] = {

        { "version", "1",
          "version: expected a string of " NAME_EXPECTED },
        { "version", "\"\"",
          "version: expected a string of " NAME_EXPECTED },
        { "version", "\"2026 04\"",
          "version: expected a string of " NAME_EXPECTED },
        { "version", "\"v,1\"",
          "version: expected a string of " NAME_EXPECTED },
        { "version", "\"" NAME_64 "x\"",
          "version: expected a string of " NAME_EXPECTED },
        { "version", "\"\xc3\xa9\"",
          "version: expected a string of " NAME_EXPECTED },
        { "version", "\"v1\\n\"",
          "version: expected a string of " NAME_EXPECTED },

        { "timezone", "8",
          "timezone: expected an offset from UTC such as \"+08:00\", "
          "of at most 14 hours" },
        { "timezone", "\"Asia/Shanghai\"",
          "timezone: expected an offset from UTC such as \"+08:00\", "
          "of at most 14 hours" },
        { "timezone", "\"+14:01\"",
          "timezone: expected an offset from UTC such as \"+08:00\", "
          "of at most 14 hours" },

        { "points_per_hour", "0",
          "points_per_hour: expected an integer from 1 to 1000" },
        { "points_per_hour", "1001",
          "points_per_hour: expected an integer from 1 to 1000" },
        { "points_per_hour", "-1",
          "points_per_hour: expected an integer from 1 to 1000" },
        { "points_per_hour", "1.0",
          "points_per_hour: expected an integer from 1 to 1000" },
        { "points_per_hour", "1e2",
          "points_per_hour: expected an integer from 1 to 1000" },
        { "points_per_hour", "\"1\"",
          "points_per_hour: expected an integer from 1 to 1000" },
        { "points_per_hour", "true",
          "points_per_hour: expected an integer from 1 to 1000" },
        { "points_per_hour", "null",
          "points_per_hour: expected an integer from 1 to 1000" },
        { "points_per_hour", "[1]",
          "points_per_hour: expected an integer from 1 to 1000" },
        { "points_per_hour", "4294967297",
          "points_per_hour: expected an integer from 1 to 1000" },
        { "points_per_hour", "9223372036854775807",
          "points_per_hour: expected an integer from 1 to 1000" },

        { "stars", "100",
          "stars: expected an array of 1 to 5 integers in ascending order" },
        { "stars", "{\"0\": 100}",
          "stars: expected an array of 1 to 5 integers in ascending order" },
        { "stars", "[]",
          "stars: expected an array of 1 to 5 integers in ascending order" },
        { "stars", "[1, 2, 3, 4, 5, 6]",
          "stars: expected an array of 1 to 5 integers in ascending order" },
        { "stars", "[0, 2, 3, 4, 5]",
          "stars[0]: expected an integer from 1 to 1000000000" },
        { "stars", "[\"1\"]",
          "stars[0]: expected an integer from 1 to 1000000000" },
        { "stars", "[100, 100]",
          "stars[1]: expected an integer from 101 to 1000000000" },
        { "stars", "[100, 300, 200]",
          "stars[2]: expected an integer from 301 to 1000000000" },
        { "stars", "[1, 2, 3, 4, 1000000001]",
          "stars[4]: expected an integer from 5 to 1000000000" },
        { "stars", "[1, 2, 3, 4, null]",
          "stars[4]: expected an integer from 5 to 1000000000" },

        { "cases", "[]", "cases: expected an object" },
        { "cases", "null", "cases: expected an object" },
        { "cases/", "{}",
          "cases.: expected a name of " NAME_EXPECTED },
        { "cases/two words", "{}",
          "cases.two words: expected a name of " NAME_EXPECTED },
        { "cases/" NAME_64 "x", "{}",
          "cases." NAME_64 ": expected a name of " NAME_EXPECTED },
        { "cases/bravery", "10",
          "cases.bravery: expected an object" },
        { "cases/bravery", "{}",
          "cases.bravery.title: missing, expected a string of 1 to 200 "
          "characters" },
        { "cases/bravery/title", NULL,
          "cases.bravery.title: missing, expected a string of 1 to 200 "
          "characters" },
        { "cases/bravery/title", "\"\"",
          "cases.bravery.title: expected a string of 1 to 200 characters" },
        { "cases/bravery/title", "1",
          "cases.bravery.title: expected a string of 1 to 200 characters" },
        { "cases/bravery/title", "\"" HANZI_100 HANZI_100 "x\"",
          "cases.bravery.title: expected a string of 1 to 200 characters" },
        { "cases/bravery/min", NULL,
          "cases.bravery.min: missing, expected an integer from 1 to 10000" },
        { "cases/bravery/min", "0",
          "cases.bravery.min: expected an integer from 1 to 10000" },
        { "cases/bravery/min", "10001",
          "cases.bravery.min: expected an integer from 1 to 10000" },
        { "cases/blood_donation/min", "\"3\"",
          "cases.blood_donation.min: expected an integer from 1 to 10000" },
        { "cases/bravery/min", "101",
          "cases.bravery.max: expected an integer from 101 to 10000" },
        { "cases/bravery/max", NULL,
          "cases.bravery.max: missing, expected an integer from 10 to 10000" },
        { "cases/bravery/max", "9",
          "cases.bravery.max: expected an integer from 10 to 10000" },
        { "cases/bravery/max", "10001",
          "cases.bravery.max: expected an integer from 10 to 10000" },
        { "cases/bravery/maximum", "100",
          "cases.bravery.maximum: unknown key, expected one of "
          "title, min, max, approval" },
        { "cases/bravery/approval", "1",
          "cases.bravery.approval: expected true or false" },
        { "cases/bravery/approval", "null",
          "cases.bravery.approval: expected true or false" },

        { "obligations", "20", "obligations: expected an object" },
        { "obligations/cadre", "20",
          "obligations.cadre: expected an object" },
        { "obligations/cadre", "{}",
          "obligations.cadre.points_per_year: missing, expected an integer "
          "from 1 to 10000" },
        { "obligations/cadre/points_per_year", "0",
          "obligations.cadre.points_per_year: expected an integer "
          "from 1 to 10000" },
        { "obligations/student/points_per_year", "10001",
          "obligations.student.points_per_year: expected an integer "
          "from 1 to 10000" },
        { "obligations/general", "{\"points_per_year\": \"1\"}",
          "obligations.general.points_per_year: expected an integer "
          "from 1 to 10000" },
        { "obligations/cadre/points_per_month", "2",
          "obligations.cadre.points_per_month: unknown key, expected one of "
          "points_per_year" },
        { "obligations/retired", "{\"points_per_year\": 1}",
          "obligations.retired: unknown key, expected one of "
          "general, cadre, student" },

        { "terms", "{}", "terms: expected an array of 1 to 12 terms" },
        { "terms", "[]", "terms: expected an array of 1 to 12 terms" },
        { "terms", "[1]", "terms[0]: expected an object" },
        { "terms/0/id", "\"a b\"",
          "terms[0].id: expected a string of " NAME_EXPECTED },
        { "terms/1/id", "\"spring\"",
          "terms[1].id: expected an id that no term before has" },
        { "terms/0/title", "\"\"",
          "terms[0].title: expected a string of 1 to 200 characters" },
        { "terms/0/title", "\"a\\tb\"",
          "terms[0].title: expected a string without control characters" },
        { "terms/0/starts", NULL,
          "terms[0].starts: missing, expected a day that every year has, "
          "such as \"12-31\"" },
        { "terms/0/starts", "\"02-29\"",
          "terms[0].starts: expected a day that every year has, "
          "such as \"12-31\"" },
        { "terms/1/starts", "\"02-15\"",
          "terms[1].starts: expected a day behind that of the term before" },
        { "terms/0/ends", "1",
          "terms[0].ends: unknown key, expected one of id, title, starts" },

        { "selection", "[]", "selection: expected an object" },
        { "selection", "{}",
          "selection.title: missing, expected a string of 1 to 200 "
          "characters" },
        { "selection/title", "\"\"",
          "selection.title: expected a string of 1 to 200 characters" },
        { "selection/every_years", NULL,
          "selection.every_years: missing, expected an integer from 1 to "
          "100" },
        { "selection/every_years", "0",
          "selection.every_years: expected an integer from 1 to 100" },
        { "selection/every_years", "101",
          "selection.every_years: expected an integer from 1 to 100" },
        { "selection/first_year", NULL,
          "selection.first_year: missing, expected an integer from 1970 to "
          "9999" },
        { "selection/first_year", "1969",
          "selection.first_year: expected an integer from 1970 to 9999" },
        { "selection/first_year", "10000",
          "selection.first_year: expected an integer from 1970 to 9999" },
        { "selection/min_stars", NULL,
          "selection.min_stars: missing, expected an integer from 0 to 5" },
        { "selection/min_stars", "-1",
          "selection.min_stars: expected an integer from 0 to 5" },
        { "selection/min_stars", "6",
          "selection.min_stars: expected an integer from 0 to 5" },
        { "stars", "[100, 300, 600]",
          "selection.min_stars: expected an integer from 0 to 3" },
        { "selection/number", "10",
          "selection.number: unknown key, expected one of "
          "title, every_years, first_year, min_stars" },

        { "from", "20635",
          "from: expected a date from 1970-01-01 to 9999-12-31" },
        { "from", "\"2026-7-1\"",
          "from: expected a date from 1970-01-01 to 9999-12-31" },
        { "from", "\"2026-02-29\"",
          "from: expected a date from 1970-01-01 to 9999-12-31" },
        { "from", "\"1969-12-31\"",
          "from: expected a date from 1970-01-01 to 9999-12-31" },
        { "from", "\"2026-07-01T00:00:00Z\"",
          "from: expected a date from 1970-01-01 to 9999-12-31" },
        { "from", "null",
          "from: expected a date from 1970-01-01 to 9999-12-31" },

        { "expiry", "3", "expiry: expected an object" },
        { "expiry", "{}",
          "expiry.years: missing, expected an integer from 1 to 100" },
        { "expiry", "{\"years\": 0}",
          "expiry.years: expected an integer from 1 to 100" },
        { "expiry", "{\"years\": 101}",
          "expiry.years: expected an integer from 1 to 100" },
        { "expiry/years", "-1",
          "expiry.years: expected an integer from 0 to 100" },
        { "expiry/years", "101",
          "expiry.years: expected an integer from 0 to 100" },
        { "expiry/months", "6",
          "expiry.months: unknown key, expected one of on, years" },
        { "expiry/on", "\"02-29\"",
          "expiry.on: expected a day that every year has, "
          "such as \"12-31\"" },
        { "expiry/on", "\"02-30\"",
          "expiry.on: expected a day that every year has, "
          "such as \"12-31\"" },
        { "expiry/on", "\"00-01\"",
          "expiry.on: expected a day that every year has, "
          "such as \"12-31\"" },
        { "expiry/on", "\"13-01\"",
          "expiry.on: expected a day that every year has, "
          "such as \"12-31\"" },
        { "expiry/on", "\"1-1\"",
          "expiry.on: expected a day that every year has, "
          "such as \"12-31\"" },
        { "expiry/on", "\"12/31\"",
          "expiry.on: expected a day that every year has, "
          "such as \"12-31\"" },
        { "expiry/on", "\"12-31 \"",
          "expiry.on: expected a day that every year has, "
          "such as \"12-31\"" },
        { "expiry/on", "\"1 -31\"",
          "expiry.on: expected a day that every year has, "
          "such as \"12-31\"" },
        { "expiry/on", "1231",
          "expiry.on: expected a day that every year has, "
          "such as \"12-31\"" },
        { "expiry/on", "null",
          "expiry.on: expected a day that every year has, "
          "such as \"12-31\"" },

        { "voucher", "30", "voucher: expected an object" },
        { "voucher/valid_days", "0",
          "voucher.valid_days: expected an integer from 1 to 3660" },
        { "voucher/valid_days", "3661",
          "voucher.valid_days: expected an integer from 1 to 3660" },
        { "voucher/kept_days", "0",
          "voucher.kept_days: expected an integer from 1 to 3660" },
        { "voucher/kept_days", "3661",
          "voucher.kept_days: expected an integer from 1 to 3660" },
        { "voucher/valid", "30",
          "voucher.valid: unknown key, expected one of "
          "valid_days, kept_days" },

        { "limits", "null", "limits: expected an object" },
        { "limits/minutes_per_day", "0",
          "limits.minutes_per_day: expected an integer from 1 to 1440" },
        { "limits/minutes_per_day", "1441",
          "limits.minutes_per_day: expected an integer from 1 to 1440" },
        { "limits/hours_per_day", "12",
          "limits.hours_per_day: unknown key, expected one of "
          LIMITS_KEYS },

        { "limits/organizer_minutes_per_day", "0",
          "limits.organizer_minutes_per_day: expected an integer "
          "from 1 to 1000000000" },
        { "limits/organizer_minutes_per_day", "1000000001",
          "limits.organizer_minutes_per_day: expected an integer "
          "from 1 to 1000000000" },
        { "limits/organizer_minutes_per_month", "0",
          "limits.organizer_minutes_per_month: expected an integer "
          "from 1 to 1000000000" },
        { "limits/organizer_minutes_per_month", "1000000001",
          "limits.organizer_minutes_per_month: expected an integer "
          "from 1 to 1000000000" },
        { "limits/spendable_within_days", "-1",
          "limits.spendable_within_days: expected an integer "
          "from 0 to 3660" },
        { "limits/spendable_within_days", "3661",
          "limits.spendable_within_days: expected an integer "
          "from 0 to 3660" },
        { "limits/redemptions_per_day", "0",
          "limits.redemptions_per_day: expected an integer "
          "from 1 to 1000000" },
        { "limits/redemptions_per_day", "1000001",
          "limits.redemptions_per_day: expected an integer "
          "from 1 to 1000000" },
        { "limits/redemptions_per_month", "0",
          "limits.redemptions_per_month: expected an integer "
          "from 1 to 1000000" },
        { "limits/redemptions_per_month", "1000001",
          "limits.redemptions_per_month: expected an integer "
          "from 1 to 1000000" },
        { "limits/redemptions_per_quarter", "0",
          "limits.redemptions_per_quarter: expected an integer "
          "from 1 to 1000000" },
        { "limits/redemptions_per_quarter", "1000001",
          "limits.redemptions_per_quarter: expected an integer "
          "from 1 to 1000000" },
        { "limits/redemptions_per_year", "0",
          "limits.redemptions_per_year: expected an integer "
          "from 1 to 1000000" },
        { "limits/redemptions_per_year", "1000001",
          "limits.redemptions_per_year: expected an integer "
          "from 1 to 1000000" },
        { "limits/offer_redemptions_per_day", "0",
          "limits.offer_redemptions_per_day: expected an integer "
          "from 1 to 1000000" },
        { "limits/offer_redemptions_per_day", "1000001",
          "limits.offer_redemptions_per_day: expected an integer "
          "from 1 to 1000000" },
        { "limits/offer_redemptions_per_month", "0",
          "limits.offer_redemptions_per_month: expected an integer "
          "from 1 to 1000000" },
        { "limits/offer_redemptions_per_month", "1000001",
          "limits.offer_redemptions_per_month: expected an integer "
          "from 1 to 1000000" },
        { "limits/offer_redemptions_per_quarter", "0",
          "limits.offer_redemptions_per_quarter: expected an integer "
          "from 1 to 1000000" },
        { "limits/offer_redemptions_per_quarter", "1000001",
          "limits.offer_redemptions_per_quarter: expected an integer "
          "from 1 to 1000000" },
        { "limits/offer_redemptions_per_year", "0",
          "limits.offer_redemptions_per_year: expected an integer "
          "from 1 to 1000000" },
        { "limits/offer_redemptions_per_year", "1000001",
          "limits.offer_redemptions_per_year: expected an integer "
          "from 1 to 1000000" },

        { "version", NULL,
          "version: missing, expected a string of " NAME_EXPECTED },
        { "timezone", NULL,
          "timezone: missing, expected an offset from UTC such as "
          "\"+08:00\", of at most 14 hours" },
        { "points_per_hour", NULL,
          "points_per_hour: missing, expected an integer from 1 to 1000" },
        { "stars", NULL,
          "stars: missing, expected an array of 1 to 5 integers "
          "in ascending order" },

        { "Version", "1",
          "Version: unknown key, expected one of " TOP_KEYS },
        { "stars_", "[]",
          "stars_: unknown key, expected one of " TOP_KEYS },
        { NAME_64 NAME_64, "1",
          NAME_64 ": unknown key, expected one of " TOP_KEYS },

        { NULL, NULL, NULL }
    };

    ngx_http_vol_unit_assert_changes(full, changes);
}


static void
earlier_rulebook_is_checked_as_the_newest(void **state)
{
    static ngx_http_vol_unit_change_t  changes[] = {

        { "earlier/1/from", "\"2025-12-31\"", NULL },
        { "earlier/1/from", "\"1970-01-01\"", NULL },
        { "earlier/0/from", "\"2026-06-30\"", NULL },
        { "earlier/0/from", "\"1970-01-02\"", NULL },
        { "from", "\"2026-01-02\"", NULL },
        { "earlier", NULL, NULL },

        { "earlier", "{}",
          "earlier: expected an array of 1 to 32 rulebooks, newest first" },
        { "earlier", "[]",
          "earlier: expected an array of 1 to 32 rulebooks, newest first" },
        { "earlier", "null",
          "earlier: expected an array of 1 to 32 rulebooks, newest first" },
        { "earlier", "[[]]",
          "earlier[0]: expected an object" },
        { "earlier", "[{\"version\": \"v1\", \"points_per_hour\": 1,"
                     " \"stars\": [1], \"expiry\": {\"on\": \"01-01\"}}, 1]",
          "earlier[0].from: missing, expected a date "
          "from 1970-01-02 to 2026-06-30" },
        { "earlier", "[{\"version\": \"v1\", \"from\": \"2026-01-01\","
                     " \"points_per_hour\": 1, \"stars\": [1],"
                     " \"expiry\": {\"on\": \"01-01\"}}, 1]",
          "earlier[1]: expected an object" },

        { "from", NULL,
          "from: missing, expected a date from 1970-01-02 to 9999-12-31" },
        { "from", "\"1970-01-01\"",
          "from: expected a date from 1970-01-02 to 9999-12-31" },
        { "from", "\"2026-01-01\"",
          "earlier[0].from: expected a date from 1970-01-02 to 2025-12-31" },
        { "earlier/0/from", NULL,
          "earlier[0].from: missing, expected a date "
          "from 1970-01-02 to 2026-06-30" },
        { "earlier/0/from", "\"2026-07-01\"",
          "earlier[0].from: expected a date from 1970-01-02 to 2026-06-30" },
        { "earlier/0/from", "\"2027-01-01\"",
          "earlier[0].from: expected a date from 1970-01-02 to 2026-06-30" },
        { "earlier/0/from", "\"1970-01-01\"",
          "earlier[0].from: expected a date from 1970-01-02 to 2026-06-30" },
        { "earlier/1/from", "\"2026-01-01\"",
          "earlier[1].from: expected a date from 1970-01-01 to 2025-12-31" },
        { "earlier/1/from", "0",
          "earlier[1].from: expected a date from 1970-01-01 to 2025-12-31" },

        { "version", "\"v2\"",
          "earlier[0].version: expected a version that no newer rulebook "
          "has" },
        { "earlier/0/version", "\"v3\"",
          "earlier[0].version: expected a version that no newer rulebook "
          "has" },
        { "earlier/1/version", "\"v3\"",
          "earlier[1].version: expected a version that no newer rulebook "
          "has" },
        { "earlier/1/version", "\"v2\"",
          "earlier[1].version: expected a version that no newer rulebook "
          "has" },
        { "earlier/1/version", "\"v\"", NULL },
        { "earlier/1/version", "\"v22\"", NULL },
        { "earlier/1/version", "\"v 1\"",
          "earlier[1].version: expected a string of " NAME_EXPECTED },

        { "earlier/0/timezone", "\"+08:00\"",
          "earlier[0].timezone: unknown key, expected one of " EARLIER_KEYS },
        { "earlier/0/earlier", "[]",
          "earlier[0].earlier: unknown key, expected one of " EARLIER_KEYS },
        { "earlier/1/selection", "{}",
          "earlier[1].selection: unknown key, expected one of "
          EARLIER_KEYS },

        { "earlier/1/points_per_hour", NULL,
          "earlier[1].points_per_hour: missing, expected an integer "
          "from 1 to 1000" },
        { "earlier/1/stars", "[1, 1]",
          "earlier[1].stars[1]: expected an integer from 2 to 1000000000" },
        { "earlier/1/cases/bravery/max", "2",
          "earlier[1].cases.bravery.max: expected an integer "
          "from 3 to 10000" },
        { "earlier/0/expiry", "{}",
          "earlier[0].expiry.years: missing, expected an integer "
          "from 1 to 100" },
        { "earlier/0/limits/redemptions_per_quarter", "0",
          "earlier[0].limits.redemptions_per_quarter: expected an integer "
          "from 1 to 1000000" },

        { NULL, NULL, NULL }
    };

    ngx_http_vol_unit_assert_changes(dated, changes);
}


static void
stars_of_the_newest_bound_the_selection(void **state)
{
    static ngx_http_vol_unit_change_t  changes[] = {
        { "selection", "{\"title\": \"T\", \"every_years\": 1,"
                       " \"first_year\": 2021, \"min_stars\": 2}", NULL },
        { "selection", "{\"title\": \"T\", \"every_years\": 1,"
                       " \"first_year\": 2021, \"min_stars\": 3}",
          "selection.min_stars: expected an integer from 0 to 2" },
        { NULL, NULL, NULL }
    };

    ngx_http_vol_unit_assert_changes(dated, changes);
}


static void
number_of_earlier_rulebooks_is_bounded(void **state)
{
    char  *text;

    text = ngx_http_vol_unit_rulebooks(longest, NGX_HTTP_VOL_EARLIER_MAX);
    assert_non_null(ngx_http_vol_unit_load(text, ngx_strlen(text)));
    free(text);

    text = ngx_http_vol_unit_rulebooks(longest, NGX_HTTP_VOL_EARLIER_MAX + 1);
    ngx_http_vol_unit_assert_refused(text, ngx_strlen(text),
                                     "earlier: expected an array of "
                                     "1 to 32 rulebooks, newest first");
    free(text);
}


static void
rulebook_that_is_no_object_is_refused(void **state)
{
    const char  **text;

    static const char  *texts[] = {
        "[]", "[{}]", "1", "1.5", "\"{}\"", "true", "null", NULL
    };

    for (text = texts; *text; text++) {
        ngx_http_vol_unit_assert_refused(*text, ngx_strlen(*text),
                                         "top level: expected an object");
    }
}


static void
syntax_error_names_its_line_and_column(void **state)
{
    ngx_uint_t  i;

    static struct {
        const char  *text;
        size_t       len;
        const char  *error;
    } texts[] = {
        { "", 0,
          "line 1, column 0: unexpected token near end of file" },
        { "{", 1,
          "line 1, column 1: string or '}' expected near end of file" },
        { "{\n\"version\":\n  x}", 16,
          "line 3, column 3: invalid token near 'x'" },
        { "{} {}", 5,
          "line 1, column 4: end of file expected near '{'" },
        { "{\"version\": 1,}", 15,
          "line 1, column 15: string or '}' expected near '}'" },
        { "{\"stars\": [1],\n \"stars\": [1]}", 30,
          "line 2, column 8: duplicate object key near '\"stars\"'" },
        { "{\"points_per_hour\": 9223372036854775808}", 40,
          "line 1, column 39: too big integer near '9223372036854775808'" },
        { "{\"version\": \"\xff\"}", 16,
          "line 1, column 13: unable to decode byte 0xff near '\"'" },
        { "{\"version\": \"\\u0000\"}", 21,
          "line 1, column 20: \\u0000 is not allowed without JSON_ALLOW_NUL "
          "near '\"\\u0000\"'" },
        { NULL, 0, NULL }
    };

    for (i = 0; texts[i].text; i++) {
        ngx_http_vol_unit_assert_refused(texts[i].text, texts[i].len,
                                         texts[i].error);
    }
}


static void
every_rulebook_cut_short_is_refused(void **state)
{
    size_t  len;

    for (len = 0; len < sizeof(full) - 1; len++) {
        assert_null(ngx_http_vol_unit_load(full, len));
        assert_non_null(ngx_strstr(ngx_http_vol_unit_logged.data,
                                   "/" NGX_HTTP_VOL_UNIT_FILE "\": line "));
    }
}


static void
deep_nesting_is_refused(void **state)
{
    u_char                *text;
    ngx_http_vol_rules_t  *rules;

    text = malloc(100000);
    assert_non_null(text);

    ngx_memset(text, '[', 100000);
    rules = ngx_http_vol_unit_load((char *) text, 100000);
    free(text);

    assert_null(rules);
    assert_non_null(ngx_strstr(ngx_http_vol_unit_logged.data,
                               "maximum parsing depth reached"));
}


static void
size_of_the_file_is_bounded(void **state)
{
    size_t   size;
    u_char  *text;

    size = 1024 * 1024;

    text = malloc(size + 1);
    assert_non_null(text);

    ngx_memset(text, ' ', size + 1);
    ngx_memcpy(text, least, sizeof(least) - 1);

    assert_non_null(ngx_http_vol_unit_load((char *) text, size));

    ngx_http_vol_unit_assert_refused((char *) text, size + 1,
                                     "file: expected a regular file of "
                                     "at most 1048576 bytes");
    free(text);
}


static void
file_that_cannot_be_read_is_refused(void **state)
{
    assert_null(ngx_http_vol_unit_load_file("absent.json"));
    ngx_http_vol_unit_assert_logged("absent.json", "open() failed "
                                    "(2: No such file or directory)");

    assert_int_equal(mkdir(ngx_http_vol_unit_path("directory"), 0700), 0);
    assert_null(ngx_http_vol_unit_load_file("directory"));
    ngx_http_vol_unit_assert_logged("directory", "file: expected a regular "
                                    "file of at most 1048576 bytes");

    assert_int_equal(mkfifo(ngx_http_vol_unit_path("fifo"), 0600), 0);
    assert_null(ngx_http_vol_unit_load_file("fifo"));
    ngx_http_vol_unit_assert_logged("fifo", "file: expected a regular "
                                    "file of at most 1048576 bytes");
}


static void
absolute_path_is_taken_as_it_is(void **state)
{
    char                  *path;
    ngx_http_vol_rules_t  *rules;

    ngx_http_vol_unit_write(least, sizeof(least) - 1);

    path = ngx_http_vol_unit_path(NGX_HTTP_VOL_UNIT_FILE);
    rules = ngx_http_vol_unit_load_file(path);

    assert_non_null(rules);
    ngx_http_vol_unit_assert_str(&rules->file, path);
}


static void
descriptors_are_closed(void **state)
{
    int  before, after;

    before = dup(STDOUT_FILENO);
    (void) close(before);

    assert_non_null(ngx_http_vol_unit_load(full, sizeof(full) - 1));
    assert_null(ngx_http_vol_unit_load("{", 1));
    assert_null(ngx_http_vol_unit_load("{}", 2));
    assert_null(ngx_http_vol_unit_load_file("."));

    after = dup(STDOUT_FILENO);
    (void) close(after);

    assert_int_equal(after, before);
}


int
ngx_http_vol_unit_rules(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(full_rulebook_is_read),
        cmocka_unit_test(least_rulebook_has_defaults),
        cmocka_unit_test(earlier_rulebooks_are_read_newest_first),
        cmocka_unit_test(values_are_what_scripts_take),
        cmocka_unit_test(values_of_the_least_rulebook_are_its_defaults),
        cmocka_unit_test(values_with_earlier_rulebooks_are_dated),
        cmocka_unit_test(value_of_a_rule_has_its_form),
        cmocka_unit_test(values_at_their_longest),
        cmocka_unit_test(case_is_found_by_its_name),
        cmocka_unit_test(case_has_its_bounds_as_scripts_take_them),
        cmocka_unit_test(cases_of_all_rulebooks_are_merged),
        cmocka_unit_test(kinds_are_in_the_order_of_their_obligations),
        cmocka_unit_test(value_in_its_bounds_is_taken),
        cmocka_unit_test(wrong_value_is_refused_by_its_place),
        cmocka_unit_test(earlier_rulebook_is_checked_as_the_newest),
        cmocka_unit_test(stars_of_the_newest_bound_the_selection),
        cmocka_unit_test(number_of_earlier_rulebooks_is_bounded),
        cmocka_unit_test(rulebook_that_is_no_object_is_refused),
        cmocka_unit_test(syntax_error_names_its_line_and_column),
        cmocka_unit_test(every_rulebook_cut_short_is_refused),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(size_of_the_file_is_bounded),
        cmocka_unit_test(file_that_cannot_be_read_is_refused),
        cmocka_unit_test(absolute_path_is_taken_as_it_is),
        cmocka_unit_test(descriptors_are_closed)
    };

    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
