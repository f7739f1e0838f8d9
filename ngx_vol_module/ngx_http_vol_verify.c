
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_verify.h"


#define NGX_HTTP_VOL_VERIFY_DETAIL  200     /* bytes */


typedef struct {
    ngx_str_t                name;
    size_t                   offset;
} ngx_http_vol_verify_field_t;


static void ngx_http_vol_verify_cleanup(void *data);
static ngx_int_t ngx_http_vol_verify_read(ngx_http_vol_verify_t *v,
    redisReply *seal);
static ngx_int_t ngx_http_vol_verify_keep(ngx_http_vol_verify_t *v,
    redisReply *seal);
static char *ngx_http_vol_verify_wrong(ngx_http_vol_verified_t *seal);
static ngx_int_t ngx_http_vol_verify_gap(ngx_http_vol_verify_t *v,
    ngx_str_t *line);
static ngx_int_t ngx_http_vol_verify_base(ngx_http_vol_verify_t *v,
    ngx_str_t *line);
static ngx_int_t ngx_http_vol_verify_match(ngx_http_vol_verify_t *v,
    ngx_http_vol_place_t *place, ngx_str_t *line);
static ngx_int_t ngx_http_vol_verify_judge(ngx_http_vol_verify_t *v);
static ngx_int_t ngx_http_vol_verify_torn(ngx_http_vol_verify_t *v);
static ngx_int_t ngx_http_vol_verify_whole(ngx_http_vol_verify_t *v);
static ngx_int_t ngx_http_vol_verify_missing(ngx_http_vol_verify_t *v,
    int64_t n);
static ngx_int_t ngx_http_vol_verify_changed(ngx_http_vol_verify_t *v);
static ngx_int_t ngx_http_vol_verify_inserted(ngx_http_vol_verify_t *v);
static ngx_int_t ngx_http_vol_verify_entry_found(ngx_http_vol_verify_t *v,
    ngx_http_vol_place_t *place, char *field, ngx_str_t *expected,
    ngx_str_t *found, char *detail);
static ngx_uint_t ngx_http_vol_verify_same(u_char *digest, ngx_str_t *text);
static ngx_int_t ngx_http_vol_verify_set(json_t *json, char *name,
    ngx_str_t *value);


static ngx_str_t  ngx_http_vol_verify_entries = ngx_string("entries");


static ngx_http_vol_verify_field_t  ngx_http_vol_verify_fields[] = {
    { ngx_string("first"),
      offsetof(ngx_http_vol_verified_t, first_id) },
    { ngx_string("digest"),
      offsetof(ngx_http_vol_verified_t, digest) },
    { ngx_string("previous"),
      offsetof(ngx_http_vol_verified_t, previous) },
    { ngx_string("algorithm"),
      offsetof(ngx_http_vol_verified_t, algorithm) },
    { ngx_string("marks"),
      offsetof(ngx_http_vol_verified_t, marks) },
    { ngx_null_string, 0 }
};


ngx_int_t
ngx_http_vol_verify_init(ngx_http_vol_verify_t *v, ngx_pool_t *pool)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    v->pool = pool;
    v->all = ngx_http_vol_seal_create(pool);
    v->found = json_array();

    if (v->all == NULL || v->found == NULL) {
        json_decref(v->found);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_vol_verify_cleanup;
    cln->data = v;

    return NGX_OK;
}


static void
ngx_http_vol_verify_cleanup(void *data)
{
    ngx_http_vol_verify_t  *v = data;

    json_decref(v->found);

    if (v->seal.text) {
        ngx_free(v->seal.text);
    }
}


ngx_int_t
ngx_http_vol_verify_from(ngx_http_vol_verify_t *v, ngx_str_t *id,
    ngx_str_t *digest)
{
    v->known = 1;

    if (id->len == 0) {
        digest = &ngx_http_vol_seal_zeros;

    } else if (ngx_http_vol_place_parse(id, &v->cursor) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ngx_http_vol_seal_is_digest(digest)) {
        v->known = 0;
        digest = &ngx_http_vol_seal_zeros;
    }

    ngx_memcpy(v->chain, digest->data, NGX_HTTP_VOL_DIGEST_LEN);
    v->last = v->cursor;

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_verify_seal(ngx_http_vol_verify_t *v, redisReply *seal)
{
    char                     *wrong;
    ngx_http_vol_verified_t  *s;

    s = &v->seal;

    if (ngx_http_vol_place_of(seal, &s->place) != NGX_OK
        || ngx_http_vol_place_compare(&s->place, &v->cursor) <= 0
        || ngx_http_vol_verify_keep(v, seal) != NGX_OK)
    {
        return NGX_ERROR;
    }

    v->open = 1;
    v->seen = 0;
    v->matched = 0;
    v->astray = 0;
    v->before = 0;
    v->torn = 0;
    v->unread = 0;

    wrong = ngx_http_vol_verify_wrong(s);

    v->broken = (wrong != NULL);

    if (wrong) {
        return ngx_http_vol_verify_found(v, "seal", &s->id, wrong, NULL, NULL,
                                         "is not as a seal has it");
    }

    if (ngx_http_vol_seal_begin(v->all, &s->algorithm, &s->previous)
        != NGX_OK)
    {
        v->broken = 1;
        return ngx_http_vol_verify_found(v, "seal", &s->id, "algorithm", NULL,
                                         &s->algorithm,
                                         "can't be computed here");
    }

    v->good = *v->all;
    v->gap = *v->all;
    ngx_memcpy(v->gap.digest, v->chain, NGX_HTTP_VOL_DIGEST_LEN);

    v->torn = (v->known
               && !ngx_http_vol_verify_same(v->chain, &s->previous));

    return NGX_OK;
}


/* the reply is gone before the seal's last entry comes: its text is copied */

static ngx_int_t
ngx_http_vol_verify_keep(ngx_http_vol_verify_t *v, redisReply *seal)
{
    size_t       i, size;
    redisReply  *fields;

    fields = seal->element[1];

    if (fields->type != REDIS_REPLY_ARRAY) {
        return NGX_ERROR;
    }

    size = seal->element[0]->len;

    for (i = 0; i < fields->elements; i++) {
        if (fields->element[i]->type != REDIS_REPLY_STRING) {
            return NGX_ERROR;
        }

        size += fields->element[i]->len;
    }

    if (size > v->seal.size) {

        if (v->seal.text) {
            ngx_free(v->seal.text);
        }

        v->seal.size = 0;

        v->seal.text = ngx_alloc(size, v->pool->log);
        if (v->seal.text == NULL) {
            return NGX_ERROR;
        }

        v->seal.size = size;
    }

    return ngx_http_vol_verify_read(v, seal);
}


static ngx_int_t
ngx_http_vol_verify_read(ngx_http_vol_verify_t *v, redisReply *seal)
{
    u_char                       *p;
    size_t                        i;
    ngx_str_t                    *value, entries;
    redisReply                   *name, *text, *fields;
    ngx_http_vol_verify_field_t  *f;

    p = v->seal.text;

    v->seal.id.data = p;
    v->seal.id.len = seal->element[0]->len;
    p = ngx_cpymem(p, seal->element[0]->str, seal->element[0]->len);

    v->seal.entries = NGX_ERROR;

    for (f = ngx_http_vol_verify_fields; f->name.len; f++) {
        value = (ngx_str_t *) ((u_char *) &v->seal + f->offset);
        ngx_str_null(value);
    }

    fields = seal->element[1];

    for (i = 0; i + 1 < fields->elements; i += 2) {
        name = fields->element[i];
        text = fields->element[i + 1];

        if (name->len == ngx_http_vol_verify_entries.len
            && ngx_strncmp(name->str, ngx_http_vol_verify_entries.data,
                           name->len) == 0)
        {
            entries.data = (u_char *) text->str;
            entries.len = text->len;
            v->seal.entries = ngx_atoof(entries.data, entries.len);
            continue;
        }

        for (f = ngx_http_vol_verify_fields; f->name.len; f++) {

            if (f->name.len == name->len
                && ngx_strncmp(f->name.data, name->str, name->len) == 0)
            {
                value = (ngx_str_t *) ((u_char *) &v->seal + f->offset);
                value->data = p;
                value->len = text->len;
                p = ngx_cpymem(p, text->str, text->len);
                break;
            }
        }
    }

    return NGX_OK;
}


/* the field of a seal that no seal has so, or NULL */

static char *
ngx_http_vol_verify_wrong(ngx_http_vol_verified_t *seal)
{
    if (!ngx_http_vol_seal_is_digest(&seal->digest)) {
        return "digest";
    }

    if (!ngx_http_vol_seal_is_digest(&seal->previous)) {
        return "previous";
    }

    if (seal->first_id.len == 0
        || ngx_http_vol_place_parse(&seal->first_id, &seal->first) != NGX_OK
        || ngx_http_vol_place_compare(&seal->first, &seal->place) > 0)
    {
        return "first";
    }

    if (seal->entries < 1 || seal->entries > NGX_MAX_INT32_VALUE) {
        return "entries";
    }

    if (seal->marks.len != (size_t) seal->entries * NGX_HTTP_VOL_MARK_LEN) {
        return "marks";
    }

    return NULL;
}


ngx_int_t
ngx_http_vol_verify_entry(ngx_http_vol_verify_t *v, redisReply *entry,
    ngx_pool_t *page)
{
    ngx_int_t             rc;
    ngx_str_t             line;
    ngx_http_vol_place_t  place;

    if (ngx_http_vol_place_of(entry, &place) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_vol_place_compare(&place, &v->last) <= 0) {
        return ngx_http_vol_verify_entry_found(v, &place, NULL, NULL, NULL,
                                               "is out of order");
    }

    v->last = place;

    if (v->broken) {
        return NGX_OK;
    }

    rc = ngx_http_vol_line(page, entry, &line);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {

        /* of no seal: no line is empty */

        ngx_str_null(&line);
        v->unread = 1;
    }

    if (v->torn && v->seen == 0
        && ngx_http_vol_place_compare(&place, &v->seal.first) < 0)
    {
        return ngx_http_vol_verify_gap(v, &line);
    }

    if (v->seen == 0) {
        v->lead = place;

        if (ngx_http_vol_verify_base(v, &line) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    v->seen++;

    if (ngx_http_vol_seal_line(v->all, &line) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_vol_verify_match(v, &place, &line);
}


/* an entry of a seal that should be between this one and the one before */

static ngx_int_t
ngx_http_vol_verify_gap(ngx_http_vol_verify_t *v, ngx_str_t *line)
{
    v->before++;

    return ngx_http_vol_seal_line(&v->gap, line);
}


/*
 * A seal that doesn't follow the chain goes on from what it says itself, or
 * from the chain when that is what its first mark was made from.
 */

static ngx_int_t
ngx_http_vol_verify_base(ngx_http_vol_verify_t *v, ngx_str_t *line)
{
    u_char               mark[NGX_HTTP_VOL_MARK_LEN];
    ngx_http_vol_seal_t  trial;

    if (!v->torn || v->before) {
        return NGX_OK;
    }

    trial = v->gap;

    if (ngx_http_vol_seal_line(&trial, line) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_vol_seal_mark(&trial, mark);

    if (ngx_memcmp(mark, v->seal.marks.data, NGX_HTTP_VOL_MARK_LEN) == 0) {
        v->good = v->gap;
        *v->all = v->gap;
    }

    return NGX_OK;
}


/* from an entry that doesn't match on, each is tried in its place */

static ngx_int_t
ngx_http_vol_verify_match(ngx_http_vol_verify_t *v,
    ngx_http_vol_place_t *place, ngx_str_t *line)
{
    u_char               mark[NGX_HTTP_VOL_MARK_LEN];
    ngx_http_vol_seal_t  trial;

    trial = v->good;

    if (ngx_http_vol_seal_line(&trial, line) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_vol_seal_mark(&trial, mark);

    if (v->matched < v->seal.entries
        && ngx_memcmp(mark, v->seal.marks.data
                            + v->matched * NGX_HTTP_VOL_MARK_LEN,
                      NGX_HTTP_VOL_MARK_LEN)
           == 0)
    {
        v->good = trial;
        v->matched++;

        return v->astray ? ngx_http_vol_verify_inserted(v) : NGX_OK;
    }

    if (v->astray++ == 0) {
        v->stray = *place;
        ngx_memcpy(v->stray_mark, mark, NGX_HTTP_VOL_MARK_LEN);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_verify_end(ngx_http_vol_verify_t *v)
{
    ngx_http_vol_verified_t  *s;

    s = &v->seal;

    if (!v->broken && ngx_http_vol_verify_judge(v) != NGX_OK) {
        return NGX_ERROR;
    }

    v->open = 0;
    v->cursor = s->place;

    if (ngx_http_vol_place_compare(&v->last, &v->cursor) < 0) {
        v->last = v->cursor;
    }

    v->known = ngx_http_vol_seal_is_digest(&s->digest);

    if (v->known) {
        ngx_memcpy(v->chain, s->digest.data, NGX_HTTP_VOL_DIGEST_LEN);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_verify_judge(ngx_http_vol_verify_t *v)
{
    int64_t                   left;
    ngx_str_t                 digest;
    ngx_http_vol_verified_t  *s;

    s = &v->seal;
    left = s->entries - v->matched;

    if (v->torn && ngx_http_vol_verify_torn(v) != NGX_OK) {
        return NGX_ERROR;
    }

    if (v->seen == s->entries && !v->unread
        && ngx_http_vol_verify_same(v->all->digest, &s->digest))
    {
        return ngx_http_vol_verify_whole(v);
    }

    if (left > v->astray) {
        return ngx_http_vol_verify_missing(v, left - v->astray);
    }

    if (left) {
        return ngx_http_vol_verify_changed(v);
    }

    if (v->astray && ngx_http_vol_verify_inserted(v) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_vol_verify_same(v->good.digest, &s->digest)) {
        return NGX_OK;
    }

    digest.data = v->good.digest;
    digest.len = NGX_HTTP_VOL_DIGEST_LEN;

    return ngx_http_vol_verify_found(v, "seal", &s->id, "digest", &digest,
                                     &s->digest,
                                     "its entries have another digest");
}


static ngx_int_t
ngx_http_vol_verify_torn(ngx_http_vol_verify_t *v)
{
    u_char     detail[NGX_HTTP_VOL_VERIFY_DETAIL];
    ngx_str_t  chain;

    chain.data = v->chain;
    chain.len = NGX_HTTP_VOL_DIGEST_LEN;

    if (v->before == 0) {
        ngx_sprintf(detail, "is not the digest of the seal before%Z");

    } else {
        ngx_sprintf(detail, "a seal before this one is missing; its %L "
                            "entries are %s%Z", v->before,
                    ngx_http_vol_verify_same(v->gap.digest, &v->seal.previous)
                    ? "as it sealed them" : "not as it sealed them");
    }

    return ngx_http_vol_verify_found(v, "seal", &v->seal.id, "previous",
                                     &chain, &v->seal.previous,
                                     (char *) detail);
}


/* the entries are right: is what the seal says of them? */

static ngx_int_t
ngx_http_vol_verify_whole(ngx_http_vol_verify_t *v)
{
    u_char                    id[NGX_HTTP_VOL_PLACE_LEN];
    ngx_str_t                 lead;
    ngx_http_vol_verified_t  *s;

    s = &v->seal;

    if (ngx_http_vol_place_compare(&v->lead, &s->first) != 0) {
        lead.data = id;
        lead.len = ngx_http_vol_place_format(id, &v->lead) - id;

        if (ngx_http_vol_verify_found(v, "seal", &s->id, "first", &lead,
                                      &s->first_id,
                                      "is not its first entry")
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (v->matched == s->entries) {
        return NGX_OK;
    }

    return ngx_http_vol_verify_found(v, "seal", &s->id, "marks", NULL, NULL,
                                     "are not those of its entries");
}


/* the first or last that the seal covers is known by its name */

static ngx_int_t
ngx_http_vol_verify_missing(ngx_http_vol_verify_t *v, int64_t n)
{
    u_char                    detail[NGX_HTTP_VOL_VERIFY_DETAIL];
    u_char                    expected[NGX_INT64_LEN], seen[NGX_INT64_LEN];
    ngx_str_t                 e, f;
    ngx_http_vol_place_t     *place;
    ngx_http_vol_verified_t  *s;

    s = &v->seal;

    e.data = expected;
    e.len = ngx_sprintf(expected, "%L", s->entries) - expected;
    f.data = seen;
    f.len = ngx_sprintf(seen, "%L", v->seen) - seen;

    if (v->matched == 0
        && (v->seen == 0
            || ngx_http_vol_place_compare(&v->lead, &s->first) != 0))
    {
        place = &s->first;
        ngx_sprintf(detail, "is missing; %L of its seal are%Z", n);

    } else if (v->astray) {
        place = &v->stray;
        ngx_sprintf(detail, "%L of its seal are missing, the first before it, "
                            "or it was changed and they are missing behind "
                            "it%Z", n);

    } else {
        place = &s->place;
        ngx_sprintf(detail, "%s%L of its seal are missing%Z",
                    ngx_http_vol_place_compare(&v->last, &s->place)
                    ? "is missing; " : "", n);
    }

    return ngx_http_vol_verify_entry_found(v, place, "entries", &e, &f,
                                           (char *) detail);
}


static ngx_int_t
ngx_http_vol_verify_changed(ngx_http_vol_verify_t *v)
{
    u_char     expected[2 * NGX_HTTP_VOL_MARK_LEN];
    u_char     found[2 * NGX_HTTP_VOL_MARK_LEN];
    ngx_str_t  e, f;

    e.data = expected;
    e.len = sizeof(expected);
    ngx_hex_dump(expected, v->seal.marks.data
                           + v->matched * NGX_HTTP_VOL_MARK_LEN,
                 NGX_HTTP_VOL_MARK_LEN);

    f.data = found;
    f.len = sizeof(found);
    ngx_hex_dump(found, v->stray_mark, NGX_HTTP_VOL_MARK_LEN);

    return ngx_http_vol_verify_entry_found(v, &v->stray, "mark", &e, &f,
                                           v->seal.entries == v->seen
                                           ? "was changed"
                                           : "was changed, or put in");
}


static ngx_int_t
ngx_http_vol_verify_inserted(ngx_http_vol_verify_t *v)
{
    int64_t  n;
    u_char   detail[NGX_HTTP_VOL_VERIFY_DETAIL];

    n = v->astray;
    v->astray = 0;

    if (n == 1) {
        ngx_sprintf(detail, "was put in: no seal covers it%Z");

    } else {
        ngx_sprintf(detail, "was put in: no seal covers it and the %L behind "
                            "it%Z", n - 1);
    }

    return ngx_http_vol_verify_entry_found(v, &v->stray, NULL, NULL, NULL,
                                           (char *) detail);
}


static ngx_int_t
ngx_http_vol_verify_entry_found(ngx_http_vol_verify_t *v,
    ngx_http_vol_place_t *place, char *field, ngx_str_t *expected,
    ngx_str_t *found, char *detail)
{
    u_char     buf[NGX_HTTP_VOL_PLACE_LEN];
    ngx_str_t  id;

    id.data = buf;
    id.len = ngx_http_vol_place_format(buf, place) - buf;

    return ngx_http_vol_verify_found(v, "entry", &id, field, expected, found,
                                     detail);
}


static ngx_uint_t
ngx_http_vol_verify_same(u_char *digest, ngx_str_t *text)
{
    return ngx_memcmp(digest, text->data, NGX_HTTP_VOL_DIGEST_LEN) == 0;
}


ngx_int_t
ngx_http_vol_verify_found(ngx_http_vol_verify_t *v, char *what, ngx_str_t *id,
    char *field, ngx_str_t *expected, ngx_str_t *found, char *detail)
{
    json_t  *json;

    if (json_array_size(v->found) >= NGX_HTTP_VOL_VERIFY_FOUND_MAX) {
        return NGX_OK;
    }

    json = json_object();

    if (json_object_set_new(json, "what", json_string(what)) != 0
        || ngx_http_vol_verify_set(json, "id", id) != NGX_OK
        || (field
            && json_object_set_new(json, "field", json_string(field)) != 0)
        || ngx_http_vol_verify_set(json, "expected", expected) != NGX_OK
        || ngx_http_vol_verify_set(json, "found", found) != NGX_OK
        || json_object_set_new(json, "detail", json_string(detail)) != 0)
    {
        json_decref(json);
        return NGX_ERROR;
    }

    return json_array_append_new(v->found, json) == 0 ? NGX_OK : NGX_ERROR;
}


/* what is no UTF-8 is not shown: it was written by nobody of ours */

static ngx_int_t
ngx_http_vol_verify_set(json_t *json, char *name, ngx_str_t *value)
{
    json_t  *text;

    if (value == NULL || value->len == 0) {
        return NGX_OK;
    }

    text = json_stringn((char *) value->data, value->len);
    if (text == NULL) {
        text = json_string("?");
    }

    return json_object_set_new(json, name, text) == 0 ? NGX_OK : NGX_ERROR;
}
