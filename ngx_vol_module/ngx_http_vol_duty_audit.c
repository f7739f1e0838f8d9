
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_duty.h"
#include "ngx_http_vol_scripts.h"
#include "ngx_http_vol_verify.h"


#define NGX_HTTP_VOL_AUDIT_PAGE    200      /* entries of a step */
#define NGX_HTTP_VOL_AUDIT_ROOTS   NGX_HTTP_VOL_VERIFY_FOUND_MAX

/* of audit_step's reply */

#define NGX_HTTP_VOL_AUDIT_MORE    2
#define NGX_HTTP_VOL_AUDIT_KIND    3

#define NGX_HTTP_VOL_AUDIT_VERIFY  1        /* a kind: seals come now */

/* of audit_seals' reply */

#define NGX_HTTP_VOL_AUDIT_CURSOR  2
#define NGX_HTTP_VOL_AUDIT_DIGEST  3
#define NGX_HTTP_VOL_AUDIT_SEALS   4
#define NGX_HTTP_VOL_AUDIT_ENTRIES 5

/* of audit_roots' reply */

#define NGX_HTTP_VOL_AUDIT_NEXT    2
#define NGX_HTTP_VOL_AUDIT_NONE    3


/* what is gone on with: seals, then roots, then the script again */

typedef enum {
    NGX_HTTP_VOL_AUDIT_AT_SEALS = 0,
    NGX_HTTP_VOL_AUDIT_AT_ROOTS,
    NGX_HTTP_VOL_AUDIT_AT_END
} ngx_http_vol_audit_at_e;


typedef struct {
    ngx_http_vol_audit_at_e   at;
    ngx_int_t               (*handler)(ngx_http_vol_duty_run_t *run,
                                  redisReply *reply);
    ngx_http_vol_verify_t     verify;
    int64_t                   root;         /* the next one's rank */
    unsigned                  begun:1;
} ngx_http_vol_audit_state_t;


static ngx_int_t ngx_http_vol_duty_audit_step(ngx_http_vol_duty_run_t *run,
    redisReply *reply);
static ngx_int_t ngx_http_vol_audit_script(ngx_http_vol_duty_run_t *run);
static ngx_int_t ngx_http_vol_audit_begin(ngx_http_vol_duty_run_t *run);
static ngx_int_t ngx_http_vol_audit_go_on(ngx_http_vol_duty_run_t *run);
static ngx_int_t ngx_http_vol_audit_read_seals(ngx_http_vol_duty_run_t *run);
static ngx_int_t ngx_http_vol_audit_seals(ngx_http_vol_duty_run_t *run,
    redisReply *reply);
static ngx_int_t ngx_http_vol_audit_from(ngx_http_vol_audit_state_t *state,
    redisReply *cursor, redisReply *digest);
static ngx_int_t ngx_http_vol_audit_page(ngx_http_vol_duty_run_t *run,
    redisReply *seals, redisReply *entries);
static ngx_int_t ngx_http_vol_audit_feed(ngx_http_vol_duty_run_t *run,
    redisReply *entries, size_t *n);
static ngx_int_t ngx_http_vol_audit_read_roots(ngx_http_vol_duty_run_t *run);
static ngx_int_t ngx_http_vol_audit_roots(ngx_http_vol_duty_run_t *run,
    redisReply *reply);
static ngx_int_t ngx_http_vol_audit_report(ngx_http_vol_duty_run_t *run,
    char *phase);
static ngx_int_t ngx_http_vol_audit_reported(ngx_http_vol_duty_run_t *run,
    redisReply *reply);
static void ngx_http_vol_audit_cursor(ngx_http_vol_verify_t *v,
    ngx_str_t *args, u_char *buf);


ngx_http_vol_duty_t  ngx_http_vol_duty_audit = {
    ngx_string("audit"),
    ngx_string("duty:audit"),
    ngx_http_vol_duty_audit_step
};


/*
 * An audit is a script's, step after step, but for seals, which are verified
 * here; what is known of it is in Redis, so that another worker can go on.
 */

static ngx_int_t
ngx_http_vol_duty_audit_step(ngx_http_vol_duty_run_t *run, redisReply *reply)
{
    ngx_http_vol_audit_state_t  *state;

    if (reply == NULL) {
        return ngx_http_vol_audit_script(run);
    }

    state = run->state;

    if (state && state->handler) {
        return state->handler(run, reply);
    }

    if (ngx_http_vol_duty_number(reply, NGX_HTTP_VOL_AUDIT_KIND)
        == NGX_HTTP_VOL_AUDIT_VERIFY)
    {
        return ngx_http_vol_audit_begin(run);
    }

    if (ngx_http_vol_duty_number(reply, NGX_HTTP_VOL_AUDIT_MORE)) {
        return ngx_http_vol_audit_script(run);
    }

    return NGX_DONE;
}


static ngx_int_t
ngx_http_vol_audit_script(ngx_http_vol_duty_run_t *run)
{
    ngx_str_t                    args[2];
    ngx_http_vol_rules_t        *rules;
    ngx_http_vol_audit_state_t  *state;

    static char  *keys[] = { NULL };

    state = run->state;

    if (state) {
        state->handler = NULL;
    }

    rules = run->district->conf->rules;

    args[0] = rules->values[NGX_HTTP_VOL_RULE_VERSION];
    args[1] = rules->values[NGX_HTTP_VOL_RULE_UTC_OFFSET];

    return ngx_http_vol_duty_call(run, &ngx_http_vol_lua_audit_step, keys, 2,
                                  args);
}


static ngx_int_t
ngx_http_vol_audit_begin(ngx_http_vol_duty_run_t *run)
{
    ngx_http_vol_audit_state_t  *state;

    /* seals once a run: another audit has begun meanwhile */

    if (run->state) {
        return NGX_DECLINED;
    }

    state = ngx_http_vol_duty_state(run, sizeof(ngx_http_vol_audit_state_t));

    if (state == NULL
        || ngx_http_vol_verify_init(&state->verify, run->pool) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_vol_audit_read_seals(run);
}


static ngx_int_t
ngx_http_vol_audit_go_on(ngx_http_vol_duty_run_t *run)
{
    ngx_http_vol_audit_state_t  *state;

    state = run->state;

    switch (state->at) {

    case NGX_HTTP_VOL_AUDIT_AT_SEALS:
        return ngx_http_vol_audit_read_seals(run);

    case NGX_HTTP_VOL_AUDIT_AT_ROOTS:
        return ngx_http_vol_audit_read_roots(run);

    default: /* NGX_HTTP_VOL_AUDIT_AT_END */
        return ngx_http_vol_audit_script(run);
    }
}


static ngx_int_t
ngx_http_vol_audit_read_seals(ngx_http_vol_duty_run_t *run)
{
    u_char                       buf[NGX_HTTP_VOL_PLACE_LEN];
    u_char                       from[NGX_HTTP_VOL_PLACE_LEN];
    u_char                       left[NGX_INT64_LEN], limit[NGX_INT_T_LEN];
    ngx_str_t                    args[6];
    ngx_http_vol_verify_t       *v;
    ngx_http_vol_audit_state_t  *state;

    static char  *keys[] = { "audit", "seals", "ledger", NULL };

    state = run->state;
    state->handler = ngx_http_vol_audit_seals;

    v = &state->verify;

    ngx_memzero(args, sizeof(args));

    args[3].data = limit;
    args[3].len = ngx_sprintf(limit, "%d", NGX_HTTP_VOL_AUDIT_PAGE) - limit;

    if (state->begun) {
        ngx_http_vol_audit_cursor(v, &args[4], buf);

        args[0] = v->open ? v->seal.id : args[4];

        args[1].data = from;
        args[1].len = ngx_http_vol_place_format(from, &v->last) - from;
    }

    if (v->open) {
        args[2].data = left;
        args[2].len = ngx_sprintf(left, "%L",
                                  ngx_max(v->seal.entries - v->seen, 1))
                      - left;
    }

    return ngx_http_vol_duty_call(run, &ngx_http_vol_lua_audit_seals, keys, 6,
                                  args);
}


static ngx_int_t
ngx_http_vol_audit_seals(ngx_http_vol_duty_run_t *run, redisReply *reply)
{
    redisReply                  *seals, *entries;
    ngx_http_vol_audit_state_t  *state;

    state = run->state;

    if (reply->elements <= NGX_HTTP_VOL_AUDIT_ENTRIES) {
        return NGX_ERROR;
    }

    seals = reply->element[NGX_HTTP_VOL_AUDIT_SEALS];
    entries = reply->element[NGX_HTTP_VOL_AUDIT_ENTRIES];

    if (seals->type != REDIS_REPLY_ARRAY
        || entries->type != REDIS_REPLY_ARRAY)
    {
        return NGX_ERROR;
    }

    if (!state->begun
        && ngx_http_vol_audit_from(state,
                                   reply->element[NGX_HTTP_VOL_AUDIT_CURSOR],
                                   reply->element[NGX_HTTP_VOL_AUDIT_DIGEST])
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!state->verify.open && seals->elements == 0) {
        state->at = NGX_HTTP_VOL_AUDIT_AT_ROOTS;
        return ngx_http_vol_audit_go_on(run);
    }

    if (ngx_http_vol_audit_page(run, seals, entries) != NGX_OK) {
        return NGX_ERROR;
    }

    /* what was found of a seal is told when it is done, so that it is once */

    if (!state->verify.open && json_array_size(state->verify.found)) {
        return ngx_http_vol_audit_report(run, "");
    }

    return ngx_http_vol_audit_go_on(run);
}


static ngx_int_t
ngx_http_vol_audit_from(ngx_http_vol_audit_state_t *state, redisReply *cursor,
    redisReply *digest)
{
    ngx_str_t  id, text;

    if (cursor->type != REDIS_REPLY_STRING
        || digest->type != REDIS_REPLY_STRING)
    {
        return NGX_ERROR;
    }

    id.data = (u_char *) cursor->str;
    id.len = cursor->len;
    text.data = (u_char *) digest->str;
    text.len = digest->len;

    state->begun = 1;

    return ngx_http_vol_verify_from(&state->verify, &id, &text);
}


/* goes through a page until it is used up, or a seal has something wrong */

static ngx_int_t
ngx_http_vol_audit_page(ngx_http_vol_duty_run_t *run, redisReply *seals,
    redisReply *entries)
{
    size_t                       i, n;
    ngx_http_vol_verify_t       *v;
    ngx_http_vol_audit_state_t  *state;

    state = run->state;
    v = &state->verify;
    i = 0;
    n = 0;

    for ( ;; ) {

        if (!v->open) {

            if (i == seals->elements || json_array_size(v->found)) {
                return NGX_OK;
            }

            if (ngx_http_vol_verify_seal(v, seals->element[i++]) != NGX_OK) {
                return NGX_ERROR;
            }
        }

        if (ngx_http_vol_audit_feed(run, entries, &n) != NGX_OK) {
            return NGX_ERROR;
        }

        /* more of its entries may be behind those of this page */

        if (n == entries->elements
            && n == NGX_HTTP_VOL_AUDIT_PAGE
            && ngx_http_vol_place_compare(&v->last, &v->seal.place) < 0)
        {
            return NGX_OK;
        }

        if (ngx_http_vol_verify_end(v) != NGX_OK) {
            return NGX_ERROR;
        }
    }
}


/* the entries of the seal under way, from the n-th on */

static ngx_int_t
ngx_http_vol_audit_feed(ngx_http_vol_duty_run_t *run, redisReply *entries,
    size_t *n)
{
    redisReply                  *entry;
    ngx_http_vol_place_t         place;
    ngx_http_vol_verify_t       *v;
    ngx_http_vol_audit_state_t  *state;

    state = run->state;
    v = &state->verify;

    for ( /* void */ ; *n < entries->elements; (*n)++) {
        entry = entries->element[*n];

        if (ngx_http_vol_place_of(entry, &place) != NGX_OK) {
            return NGX_ERROR;
        }

        if (ngx_http_vol_place_compare(&place, &v->seal.place) > 0) {
            return NGX_OK;
        }

        if (ngx_http_vol_verify_entry(v, entry, run->page) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_audit_read_roots(ngx_http_vol_duty_run_t *run)
{
    u_char                       start[NGX_INT64_LEN], limit[NGX_INT_T_LEN];
    ngx_str_t                    args[2];
    ngx_http_vol_audit_state_t  *state;

    static char  *keys[] = { "audit", "seals", "roots", NULL };

    state = run->state;
    state->handler = ngx_http_vol_audit_roots;

    args[0].data = start;
    args[0].len = ngx_sprintf(start, "%L", state->root) - start;

    args[1].data = limit;
    args[1].len = ngx_sprintf(limit, "%d", NGX_HTTP_VOL_AUDIT_ROOTS) - limit;

    return ngx_http_vol_duty_call(run, &ngx_http_vol_lua_audit_roots, keys, 2,
                                  args);
}


static ngx_int_t
ngx_http_vol_audit_roots(ngx_http_vol_duty_run_t *run, redisReply *reply)
{
    size_t                       i;
    ngx_str_t                    id;
    redisReply                  *none;
    ngx_http_vol_audit_state_t  *state;

    state = run->state;

    if (reply->elements <= NGX_HTTP_VOL_AUDIT_NONE) {
        return NGX_ERROR;
    }

    none = reply->element[NGX_HTTP_VOL_AUDIT_NONE];

    if (none->type != REDIS_REPLY_ARRAY) {
        return NGX_ERROR;
    }

    for (i = 0; i < none->elements; i++) {
        id.data = (u_char *) none->element[i]->str;
        id.len = none->element[i]->len;

        if (ngx_http_vol_verify_found(&state->verify, "seal", &id, "root",
                                      NULL, NULL, "is the root of a day, but "
                                      "no seal of that day")
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    state->root = ngx_http_vol_duty_number(reply, NGX_HTTP_VOL_AUDIT_NEXT);

    if (state->root == 0) {
        state->at = NGX_HTTP_VOL_AUDIT_AT_END;
        return ngx_http_vol_audit_report(run, "done_seals");
    }

    if (json_array_size(state->verify.found)) {
        return ngx_http_vol_audit_report(run, "");
    }

    return ngx_http_vol_audit_go_on(run);
}


static ngx_int_t
ngx_http_vol_audit_report(ngx_http_vol_duty_run_t *run, char *phase)
{
    u_char                       buf[NGX_HTTP_VOL_PLACE_LEN];
    size_t                       i, n;
    json_t                      *found;
    ngx_str_t                    args[3 + NGX_HTTP_VOL_VERIFY_FOUND_MAX];
    ngx_http_vol_verify_t       *v;
    ngx_http_vol_audit_state_t  *state;

    static char  *keys[] = { "audit", "audit:found", NULL };

    state = run->state;
    state->handler = ngx_http_vol_audit_reported;

    v = &state->verify;

    ngx_http_vol_audit_cursor(v, args, buf);

    args[2].data = (u_char *) phase;
    args[2].len = ngx_strlen(phase);

    n = json_array_size(v->found);

    for (i = 0; i < n; i++) {
        found = json_incref(json_array_get(v->found, i));

        if (ngx_http_vol_dump(run->page, found, &args[3 + i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    json_array_clear(v->found);

    return ngx_http_vol_duty_call(run, &ngx_http_vol_lua_audit_found, keys,
                                  3 + n, args);
}


static ngx_int_t
ngx_http_vol_audit_reported(ngx_http_vol_duty_run_t *run, redisReply *reply)
{
    return ngx_http_vol_audit_go_on(run);
}


/* two arguments: the last seal verified and its digest, "" before the first */

static void
ngx_http_vol_audit_cursor(ngx_http_vol_verify_t *v, ngx_str_t *args,
    u_char *buf)
{
    ngx_memzero(args, 2 * sizeof(ngx_str_t));

    if (v->cursor.ms == 0 && v->cursor.n == 0) {
        return;
    }

    args[0].data = buf;
    args[0].len = ngx_http_vol_place_format(buf, &v->cursor) - buf;

    if (v->known) {
        args[1].data = v->chain;
        args[1].len = NGX_HTTP_VOL_DIGEST_LEN;
    }
}
