
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_read.h"
#include "ngx_http_vol_time.h"


/*
 * GET /me and all that shows an account: what get_account.lua replies, out of
 * the fields of the account's hash.  Where there is more to it, points that
 * end, a merge, an erasure, another's station, a field that is not as the
 * scripts write it, the script tells.
 */


#define NGX_HTTP_VOL_READ_DIGITS   15           /* of an integer in Redis */
#define NGX_HTTP_VOL_YEAR_LEN      4
#define NGX_HTTP_VOL_HOUR_MINUTES  60           /* sixtieths of a point */


/* the arguments of get_account.lua */

enum {
    NGX_HTTP_VOL_READ_KEY = 0,
    NGX_HTTP_VOL_READ_VOLUNTEER,
    NGX_HTTP_VOL_READ_ROLE,
    NGX_HTTP_VOL_READ_SCOPE
};

enum {
    NGX_HTTP_VOL_READ_UTC_OFFSET = 0,
    NGX_HTTP_VOL_READ_POINTS_PER_HOUR,
    NGX_HTTP_VOL_READ_STARS,
    NGX_HTTP_VOL_READ_OBLIGATIONS
};


/* fields of the hash; the last is that of the year, "y2026" */

enum {
    NGX_HTTP_VOL_READ_KIND = 0,
    NGX_HTTP_VOL_READ_BALANCE,
    NGX_HTTP_VOL_READ_EARNED,
    NGX_HTTP_VOL_READ_CARRY,
    NGX_HTTP_VOL_READ_FROZEN,
    NGX_HTTP_VOL_READ_LIMITED,
    NGX_HTTP_VOL_READ_MERGED,
    NGX_HTTP_VOL_READ_ERASED,
    NGX_HTTP_VOL_READ_STATION,
    NGX_HTTP_VOL_READ_TEAMS,
    NGX_HTTP_VOL_READ_TAGS,
    NGX_HTTP_VOL_READ_FREE,
    NGX_HTTP_VOL_READ_MINOR,
    NGX_HTTP_VOL_READ_UNLISTED,
    NGX_HTTP_VOL_READ_YEAR,
    NGX_HTTP_VOL_READ_FIELDS
};


static ngx_str_t  ngx_http_vol_read_names[] = {
    ngx_string("kind"),
    ngx_string("balance"),
    ngx_string("earned"),
    ngx_string("carry"),
    ngx_string("frozen"),
    ngx_string("limited"),
    ngx_string("merged"),
    ngx_string("erased"),
    ngx_string("station"),
    ngx_string("teams"),
    ngx_string("tags"),
    ngx_string("free"),
    ngx_string("minor"),
    ngx_string("unlisted")
};


/* the reply of get_account.lua */

enum {
    NGX_HTTP_VOL_MADE_STATUS = 0,
    NGX_HTTP_VOL_MADE_REPLAYED,
    NGX_HTTP_VOL_MADE_ID,
    NGX_HTTP_VOL_MADE_KIND,
    NGX_HTTP_VOL_MADE_BALANCE,
    NGX_HTTP_VOL_MADE_EARNED,
    NGX_HTTP_VOL_MADE_STARS,
    NGX_HTTP_VOL_MADE_NEXT_STARS,
    NGX_HTTP_VOL_MADE_NEED,
    NGX_HTTP_VOL_MADE_MINUTES,
    NGX_HTTP_VOL_MADE_YEAR,
    NGX_HTTP_VOL_MADE_YEAR_EARNED,
    NGX_HTTP_VOL_MADE_OWED,
    NGX_HTTP_VOL_MADE_FROZEN,
    NGX_HTTP_VOL_MADE_ENDING,
    NGX_HTTP_VOL_MADE_ENDS,
    NGX_HTTP_VOL_MADE_STATION,
    NGX_HTTP_VOL_MADE_TEAMS,
    NGX_HTTP_VOL_MADE_TAGS,
    NGX_HTTP_VOL_MADE_FREE,
    NGX_HTTP_VOL_MADE_MINOR,
    NGX_HTTP_VOL_MADE_LISTED,
    NGX_HTTP_VOL_MADE_ERASED,
    NGX_HTTP_VOL_MADE_N
};


static void ngx_http_vol_account_fields(ngx_http_vol_read_t *read,
    redisReply *hash, redisReply **field);
static ngx_uint_t ngx_http_vol_read_is(redisReply *name, ngx_str_t *text);
static ngx_int_t ngx_http_vol_account_flag(redisReply *field,
    redisReply *made, int64_t value);
static ngx_uint_t ngx_http_vol_account_foreign(ngx_http_vol_read_t *read,
    redisReply *station);
static ngx_int_t ngx_http_vol_account_figures(ngx_http_vol_read_t *read,
    redisReply **field, redisReply *made);
static void ngx_http_vol_account_stars(redisReply *made, ngx_str_t *stars,
    int64_t earned);
static int64_t ngx_http_vol_account_owes(ngx_str_t *obligations,
    redisReply *kind);
static int64_t ngx_http_vol_read_day(ngx_http_vol_read_t *read);
static ngx_int_t ngx_http_vol_read_year(int64_t day);
static ngx_int_t ngx_http_vol_in_force(ngx_str_t *rule, int64_t day,
    ngx_str_t *value);
static ngx_int_t ngx_http_vol_read_integer(redisReply *field, int64_t *n);
static ngx_int_t ngx_http_vol_read_natural(redisReply *field, int64_t *n);
static ngx_uint_t ngx_http_vol_read_is_name(redisReply *field,
    ngx_uint_t ids);
static void ngx_http_vol_made_integer(redisReply *value, int64_t n);


redisReply *
ngx_http_vol_read_account(ngx_http_vol_read_t *read, redisReply *hash)
{
    ngx_str_t    *volunteer;
    ngx_uint_t    i;
    redisReply   *field[NGX_HTTP_VOL_READ_FIELDS];

    static redisReply   made[NGX_HTTP_VOL_MADE_N];
    static redisReply  *elements[NGX_HTTP_VOL_MADE_N];
    static redisReply   reply;

    if (hash->type != REDIS_REPLY_ARRAY) {
        return NULL;
    }

    ngx_http_vol_account_fields(read, hash, field);

    if (field[NGX_HTTP_VOL_READ_LIMITED]->type != REDIS_REPLY_NIL
        || field[NGX_HTTP_VOL_READ_MERGED]->type != REDIS_REPLY_NIL
        || field[NGX_HTTP_VOL_READ_ERASED]->type != REDIS_REPLY_NIL
        || !ngx_http_vol_read_is_name(field[NGX_HTTP_VOL_READ_KIND], 0))
    {
        return NULL;
    }

    for (i = NGX_HTTP_VOL_READ_STATION; i <= NGX_HTTP_VOL_READ_FREE; i++) {

        if (field[i]->type != REDIS_REPLY_NIL
            && !ngx_http_vol_read_is_name(field[i], 1))
        {
            return NULL;
        }
    }

    if (ngx_http_vol_account_flag(field[NGX_HTTP_VOL_READ_MINOR],
                                  &made[NGX_HTTP_VOL_MADE_MINOR], 1)
        != NGX_OK
        || ngx_http_vol_account_flag(field[NGX_HTTP_VOL_READ_UNLISTED],
                                     &made[NGX_HTTP_VOL_MADE_LISTED], 0)
           != NGX_OK)
    {
        return NULL;
    }

    if (ngx_http_vol_account_foreign(read, field[NGX_HTTP_VOL_READ_STATION])
        || ngx_http_vol_account_figures(read, field, made) != NGX_OK)
    {
        return NULL;
    }

    volunteer = &read->argv[NGX_HTTP_VOL_READ_VOLUNTEER];

    made[NGX_HTTP_VOL_MADE_ID].type = REDIS_REPLY_STRING;
    made[NGX_HTTP_VOL_MADE_ID].str = (char *) volunteer->data;
    made[NGX_HTTP_VOL_MADE_ID].len = volunteer->len;
    made[NGX_HTTP_VOL_MADE_ENDING].type = REDIS_REPLY_NIL;
    made[NGX_HTTP_VOL_MADE_ENDS].type = REDIS_REPLY_NIL;
    made[NGX_HTTP_VOL_MADE_ERASED].type = REDIS_REPLY_NIL;

    for (i = 0; i < NGX_HTTP_VOL_MADE_N; i++) {
        elements[i] = &made[i];
    }

    elements[NGX_HTTP_VOL_MADE_KIND] = field[NGX_HTTP_VOL_READ_KIND];
    elements[NGX_HTTP_VOL_MADE_STATION] = field[NGX_HTTP_VOL_READ_STATION];
    elements[NGX_HTTP_VOL_MADE_TEAMS] = field[NGX_HTTP_VOL_READ_TEAMS];
    elements[NGX_HTTP_VOL_MADE_TAGS] = field[NGX_HTTP_VOL_READ_TAGS];
    elements[NGX_HTTP_VOL_MADE_FREE] = field[NGX_HTTP_VOL_READ_FREE];

    reply.type = REDIS_REPLY_ARRAY;
    reply.elements = NGX_HTTP_VOL_MADE_N;
    reply.element = elements;

    return &reply;
}


/* the values of the fields that are asked for */

static void
ngx_http_vol_account_fields(ngx_http_vol_read_t *read, redisReply *hash,
    redisReply **field)
{
    size_t       i;
    u_char       buf[sizeof("y") - 1 + NGX_INT_T_LEN];
    ngx_str_t    year;
    ngx_uint_t   n;
    redisReply  *name;

    static redisReply  nil = { .type = REDIS_REPLY_NIL };

    for (n = 0; n < NGX_HTTP_VOL_READ_FIELDS; n++) {
        field[n] = &nil;
    }

    n = ngx_http_vol_read_year(ngx_http_vol_read_day(read));

    year.data = buf;
    year.len = ngx_sprintf(buf, "y%ui", n) - buf;

    for (i = 0; i + 1 < hash->elements; i += 2) {
        name = hash->element[i];

        for (n = 0; n < NGX_HTTP_VOL_READ_YEAR; n++) {
            if (ngx_http_vol_read_is(name, &ngx_http_vol_read_names[n])) {
                break;
            }
        }

        if (n < NGX_HTTP_VOL_READ_YEAR || ngx_http_vol_read_is(name, &year)) {
            field[n] = hash->element[i + 1];
        }
    }
}


static ngx_uint_t
ngx_http_vol_read_is(redisReply *name, ngx_str_t *text)
{
    return name->type == REDIS_REPLY_STRING
           && (size_t) name->len == text->len
           && ngx_memcmp(name->str, text->data, text->len) == 0;
}


/* a flag that is set is told by that value */

static ngx_int_t
ngx_http_vol_account_flag(redisReply *field, redisReply *made, int64_t value)
{
    made->type = REDIS_REPLY_NIL;

    if (field->type == REDIS_REPLY_NIL) {
        return NGX_OK;
    }

    if (field->type != REDIS_REPLY_STRING
        || field->len != 1 || field->str[0] != '1')
    {
        return NGX_DECLINED;
    }

    ngx_http_vol_made_integer(made, value);

    return NGX_OK;
}


/* an organizer reaches those of their own station, or without one */

static ngx_uint_t
ngx_http_vol_account_foreign(ngx_http_vol_read_t *read, redisReply *station)
{
    ngx_str_t  *role, *scope;

    static ngx_str_t  organizer = ngx_string("organizer");

    role = &read->argv[NGX_HTTP_VOL_READ_ROLE];
    scope = &read->argv[NGX_HTTP_VOL_READ_SCOPE];

    return station->type != REDIS_REPLY_NIL
           && role->len == organizer.len
           && ngx_memcmp(role->data, organizer.data, organizer.len) == 0
           && ((size_t) station->len != scope->len
               || ngx_memcmp(station->str, scope->data, scope->len) != 0);
}


/* as account_values() of lua/lib/account.lua */

static ngx_int_t
ngx_http_vol_account_figures(ngx_http_vol_read_t *read, redisReply **field,
    redisReply *made)
{
    int64_t     day, balance, earned, carry, frozen, year_earned, owes;
    ngx_int_t   rate, year;
    ngx_str_t   points_per_hour, stars, obligations;

    day = ngx_http_vol_read_day(read);
    year = ngx_http_vol_read_year(day);

    if (ngx_http_vol_in_force(&read->shared[NGX_HTTP_VOL_READ_POINTS_PER_HOUR],
                              day, &points_per_hour)
        != NGX_OK
        || ngx_http_vol_in_force(&read->shared[NGX_HTTP_VOL_READ_STARS], day,
                                 &stars)
           != NGX_OK
        || ngx_http_vol_in_force(&read->shared[NGX_HTTP_VOL_READ_OBLIGATIONS],
                                 day, &obligations)
           != NGX_OK)
    {
        return NGX_DECLINED;
    }

    rate = ngx_atoi(points_per_hour.data, points_per_hour.len);

    if (rate < 1
        || field[NGX_HTTP_VOL_READ_BALANCE]->type == REDIS_REPLY_NIL
        || field[NGX_HTTP_VOL_READ_EARNED]->type == REDIS_REPLY_NIL
        || ngx_http_vol_read_integer(field[NGX_HTTP_VOL_READ_BALANCE],
                                     &balance)
           != NGX_OK
        || ngx_http_vol_read_natural(field[NGX_HTTP_VOL_READ_EARNED], &earned)
           != NGX_OK
        || ngx_http_vol_read_natural(field[NGX_HTTP_VOL_READ_CARRY], &carry)
           != NGX_OK
        || ngx_http_vol_read_natural(field[NGX_HTTP_VOL_READ_FROZEN], &frozen)
           != NGX_OK
        || ngx_http_vol_read_natural(field[NGX_HTTP_VOL_READ_YEAR],
                                     &year_earned)
           != NGX_OK)
    {
        return NGX_DECLINED;
    }

    year_earned /= NGX_HTTP_VOL_HOUR_MINUTES;
    owes = ngx_http_vol_account_owes(&obligations,
                                     field[NGX_HTTP_VOL_READ_KIND]);

    ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_STATUS], 200);
    ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_REPLAYED], 0);
    ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_BALANCE], balance);
    ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_EARNED], earned);
    ngx_http_vol_account_stars(made, &stars, earned);
    ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_MINUTES], carry / rate);
    ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_YEAR], year);
    ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_YEAR_EARNED],
                              year_earned);
    ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_OWED],
                              ngx_max(owes - year_earned, 0));
    ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_FROZEN], frozen);

    return NGX_OK;
}


/* the tier that is reached, and the next; stars are thresholds, "100,300" */

static void
ngx_http_vol_account_stars(redisReply *made, ngx_str_t *stars, int64_t earned)
{
    u_char   *p, *last;
    int64_t   tier, threshold;

    last = stars->data + stars->len;
    tier = 0;

    made[NGX_HTTP_VOL_MADE_NEXT_STARS].type = REDIS_REPLY_NIL;
    made[NGX_HTTP_VOL_MADE_NEED].type = REDIS_REPLY_NIL;

    for (p = stars->data; p < last; p++) {

        for (threshold = 0; p < last && *p != ','; p++) {
            threshold = threshold * 10 + *p - '0';
        }

        if (threshold > earned) {
            ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_NEXT_STARS],
                                      tier + 1);
            ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_NEED],
                                      threshold - earned);
            break;
        }

        tier++;
    }

    ngx_http_vol_made_integer(&made[NGX_HTTP_VOL_MADE_STARS], tier);
}


/* how many points a year the kind owes; obligations are "cadre=20,..." */

static int64_t
ngx_http_vol_account_owes(ngx_str_t *obligations, redisReply *kind)
{
    u_char   *p, *end, *last;
    size_t    len;

    p = obligations->data;
    last = p + obligations->len;
    len = kind->len;

    for ( /* void */ ; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, ',');
        if (end == NULL) {
            end = last;
        }

        if ((size_t) (end - p) > len + 1
            && p[len] == '='
            && ngx_memcmp(p, kind->str, len) == 0)
        {
            return ngx_atoi(p + len + 1, end - p - len - 1);
        }
    }

    return 0;
}


/* days since 1970 in the rulebook's time zone */

static int64_t
ngx_http_vol_read_day(ngx_http_vol_read_t *read)
{
    ngx_int_t   utc_offset;
    ngx_str_t  *offset;

    offset = &read->shared[NGX_HTTP_VOL_READ_UTC_OFFSET];

    if (offset->len && offset->data[0] == '-') {
        utc_offset = - ngx_atoi(offset->data + 1, offset->len - 1);

    } else {
        utc_offset = ngx_atoi(offset->data, offset->len);
    }

    return ngx_max(read->now + utc_offset, 0) / NGX_HTTP_VOL_DAY_SECONDS;
}


static ngx_int_t
ngx_http_vol_read_year(int64_t day)
{
    u_char  date[NGX_HTTP_VOL_DATE_LEN];

    static int64_t    of = -1;
    static ngx_int_t  year;

    if (day != of) {
        (void) ngx_http_vol_date_format(date, day);
        year = ngx_atoi(date, NGX_HTTP_VOL_YEAR_LEN);
        of = day;
    }

    return year;
}


/*
 * What the value of a rule is on a day: plain, or "FROMDAY:value;..." with the
 * newest first, as lua/lib/rules.lua reads it.
 */

static ngx_int_t
ngx_http_vol_in_force(ngx_str_t *rule, int64_t day, ngx_str_t *value)
{
    u_char     *p, *end, *last, *colon;
    ngx_int_t   from;

    p = rule->data;
    last = p + rule->len;

    if (ngx_strlchr(p, last, ';') == NULL) {
        *value = *rule;
        return NGX_OK;
    }

    for ( /* void */ ; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, ';');
        if (end == NULL) {
            end = last;
        }

        colon = ngx_strlchr(p, end, ':');
        if (colon == NULL) {
            return NGX_DECLINED;
        }

        from = ngx_atoi(p, colon - p);

        if (from != NGX_ERROR && day >= from) {
            value->data = colon + 1;
            value->len = end - value->data;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* an integer as the scripts write it, 0 where the field is absent */

static ngx_int_t
ngx_http_vol_read_integer(redisReply *field, int64_t *n)
{
    u_char      *p;
    size_t       len;
    ngx_uint_t   minus;

    *n = 0;

    if (field->type == REDIS_REPLY_NIL) {
        return NGX_OK;
    }

    if (field->type != REDIS_REPLY_STRING
        || field->len == 0 || field->len > NGX_HTTP_VOL_READ_DIGITS)
    {
        return NGX_DECLINED;
    }

    p = (u_char *) field->str;
    len = field->len;
    minus = (*p == '-');

    if (minus) {
        p++;
        len--;
    }

    if (len == 0 || (*p == '0' && field->len > 1)) {
        return NGX_DECLINED;
    }

    for ( /* void */ ; len; len--, p++) {

        if (*p < '0' || *p > '9') {
            return NGX_DECLINED;
        }

        *n = *n * 10 + (*p - '0');
    }

    if (minus) {
        *n = - *n;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_read_natural(redisReply *field, int64_t *n)
{
    return ngx_http_vol_read_integer(field, n) == NGX_OK && *n >= 0
           ? NGX_OK : NGX_DECLINED;
}


/* lower-case letters, or ids with commas between */

static ngx_uint_t
ngx_http_vol_read_is_name(redisReply *field, ngx_uint_t ids)
{
    u_char  ch;
    size_t  i;

    if (field->type != REDIS_REPLY_STRING || field->len == 0) {
        return 0;
    }

    for (i = 0; i < (size_t) field->len; i++) {
        ch = field->str[i];

        if (ch >= 'a' && ch <= 'z') {
            continue;
        }

        if (!ids
            || ((ch < 'A' || ch > 'Z') && (ch < '0' || ch > '9')
                && ch != '.' && ch != '_' && ch != '-' && ch != ','))
        {
            return 0;
        }
    }

    return 1;
}


static void
ngx_http_vol_made_integer(redisReply *value, int64_t n)
{
    value->type = REDIS_REPLY_INTEGER;
    value->integer = n;
}
