
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_duty.h"
#include "ngx_http_vol_place.h"
#include "ngx_http_vol_scripts.h"
#include "ngx_http_vol_seal.h"


#define NGX_HTTP_VOL_SEAL_PAGE  200         /* entries of a step */


/* of get_unsealed's reply */

#define NGX_HTTP_VOL_UNSEALED_LAST     2
#define NGX_HTTP_VOL_UNSEALED_DIGEST   3
#define NGX_HTTP_VOL_UNSEALED_ENTRIES  4


typedef enum {
    NGX_HTTP_VOL_SEAL_READS = 0,
    NGX_HTTP_VOL_SEAL_POSTS
} ngx_http_vol_seal_phase_e;


typedef struct {
    ngx_http_vol_seal_phase_e   phase;
    ngx_http_vol_seal_t        *seal;

    u_char                      before[NGX_HTTP_VOL_PLACE_LEN];
    size_t                      before_len;     /* the seal before this one */
    u_char                      previous[NGX_HTTP_VOL_DIGEST_LEN];

    ngx_http_vol_place_t        first;
    ngx_http_vol_place_t        last;
    ngx_uint_t                  entries;
    int64_t                     on;
    u_char                     *marks;
    ngx_uint_t                  asked;          /* entries of this page */

    unsigned                    more:1;         /* entries behind this seal */
    unsigned                    broken:1;       /* the next one is no entry */
} ngx_http_vol_seal_state_t;


static ngx_int_t ngx_http_vol_duty_seal_step(ngx_http_vol_duty_run_t *run,
    redisReply *reply);
static ngx_int_t ngx_http_vol_seal_read(ngx_http_vol_duty_run_t *run);
static ngx_int_t ngx_http_vol_seal_page(ngx_http_vol_duty_run_t *run,
    redisReply *reply);
static ngx_int_t ngx_http_vol_seal_start(ngx_http_vol_duty_run_t *run,
    redisReply *last, redisReply *digest);
static ngx_int_t ngx_http_vol_seal_entry(ngx_http_vol_duty_run_t *run,
    redisReply *entry);
static ngx_int_t ngx_http_vol_seal_post(ngx_http_vol_duty_run_t *run);
static ngx_int_t ngx_http_vol_seal_posted(ngx_http_vol_duty_run_t *run);


ngx_http_vol_duty_t  ngx_http_vol_duty_seal = {
    ngx_string("seal"),
    ngx_string("duty:seal"),
    ngx_http_vol_duty_seal_step
};


static ngx_int_t
ngx_http_vol_duty_seal_step(ngx_http_vol_duty_run_t *run, redisReply *reply)
{
    ngx_http_vol_seal_state_t  *state;

    if (ngx_strcmp(run->district->conf->seal.data, "off") == 0) {
        return NGX_DONE;
    }

    if (reply == NULL) {
        state = ngx_http_vol_duty_state(run,
                                        sizeof(ngx_http_vol_seal_state_t));

        return state ? ngx_http_vol_seal_read(run) : NGX_ERROR;
    }

    state = run->state;

    return state->phase == NGX_HTTP_VOL_SEAL_READS
           ? ngx_http_vol_seal_page(run, reply)
           : ngx_http_vol_seal_posted(run);
}


/* asks for no more entries than the seal has room for */

static ngx_int_t
ngx_http_vol_seal_read(ngx_http_vol_duty_run_t *run)
{
    u_char                      after[NGX_HTTP_VOL_PLACE_LEN];
    u_char                      limit[NGX_INT_T_LEN];
    ngx_str_t                   args[2];
    ngx_http_vol_seal_state_t  *state;

    static char  *keys[] = { "seals", "ledger", NULL };

    state = run->state;

    state->phase = NGX_HTTP_VOL_SEAL_READS;
    state->asked = ngx_min(run->district->conf->seal_entries - state->entries,
                           NGX_HTTP_VOL_SEAL_PAGE);

    args[0].data = after;
    args[0].len = 0;

    if (state->entries) {
        args[0].len = ngx_http_vol_place_format(after, &state->last) - after;
    }

    args[1].data = limit;
    args[1].len = ngx_sprintf(limit, "%ui", state->asked) - limit;

    return ngx_http_vol_duty_call(run, &ngx_http_vol_lua_get_unsealed, keys, 2,
                                  args);
}


static ngx_int_t
ngx_http_vol_seal_page(ngx_http_vol_duty_run_t *run, redisReply *reply)
{
    size_t                      i;
    ngx_int_t                   rc;
    redisReply                 *entries, *last, *digest;
    ngx_http_vol_seal_state_t  *state;

    state = run->state;

    if (reply->elements <= NGX_HTTP_VOL_UNSEALED_ENTRIES) {
        return NGX_ERROR;
    }

    last = reply->element[NGX_HTTP_VOL_UNSEALED_LAST];
    digest = reply->element[NGX_HTTP_VOL_UNSEALED_DIGEST];
    entries = reply->element[NGX_HTTP_VOL_UNSEALED_ENTRIES];

    if (last->type != REDIS_REPLY_STRING
        || digest->type != REDIS_REPLY_STRING
        || entries->type != REDIS_REPLY_ARRAY)
    {
        return NGX_ERROR;
    }

    if (entries->elements && state->entries == 0) {
        rc = ngx_http_vol_seal_start(run, last, digest);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    for (i = 0; i < entries->elements && !state->more; i++) {
        rc = ngx_http_vol_seal_entry(run, entries->element[i]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (state->entries == run->district->conf->seal_entries) {
        state->more = 1;
    }

    if (!state->more && entries->elements == state->asked) {
        return ngx_http_vol_seal_read(run);
    }

    if (state->entries) {
        return ngx_http_vol_seal_post(run);
    }

    return state->broken ? NGX_ERROR : NGX_DONE;
}


static ngx_int_t
ngx_http_vol_seal_start(ngx_http_vol_duty_run_t *run, redisReply *last,
    redisReply *digest)
{
    ngx_str_t                   previous;
    ngx_http_vol_loc_conf_t    *conf;
    ngx_http_vol_seal_state_t  *state;

    state = run->state;
    conf = run->district->conf;

    if (state->seal == NULL) {
        state->seal = ngx_http_vol_seal_create(run->pool);
        state->marks = ngx_pnalloc(run->pool, conf->seal_entries
                                              * NGX_HTTP_VOL_MARK_LEN);
        if (state->seal == NULL || state->marks == NULL) {
            return NGX_ERROR;
        }
    }

    if (last->len > sizeof(state->before)) {
        return NGX_ERROR;
    }

    ngx_memcpy(state->before, last->str, last->len);
    state->before_len = last->len;

    previous.data = (u_char *) digest->str;
    previous.len = digest->len;

    if (last->len == 0) {
        previous = ngx_http_vol_seal_zeros;
    }

    if (!ngx_http_vol_seal_is_digest(&previous)
        || ngx_http_vol_seal_begin(state->seal, &conf->seal, &previous)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memcpy(state->previous, previous.data, NGX_HTTP_VOL_DIGEST_LEN);

    return NGX_OK;
}


/* sets "more" when the entry, and all behind it, are for another seal */

static ngx_int_t
ngx_http_vol_seal_entry(ngx_http_vol_duty_run_t *run, redisReply *entry)
{
    int64_t                     on;
    ngx_int_t                   rc;
    ngx_str_t                   line;
    ngx_http_vol_place_t        place;
    ngx_http_vol_seal_state_t  *state;

    state = run->state;

    if (ngx_http_vol_place_of(entry, &place) != NGX_OK) {
        return NGX_ERROR;
    }

    on = ngx_http_vol_place_day(&place, run->district->conf->rules->utc_offset);

    if (state->entries && on != state->on) {
        state->more = 1;
        return NGX_OK;
    }

    rc = ngx_http_vol_line(run->page, entry, &line);

    if (rc == NGX_DECLINED) {
        state->more = 1;
        state->broken = 1;

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "entry %s of district \"%V\" is not as the module writes "
                      "one: it can't be sealed, nor can those behind it",
                      entry->element[0]->str, &run->district->sn.str);
        return NGX_OK;
    }

    if (rc != NGX_OK
        || ngx_http_vol_seal_line(state->seal, &line) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (state->entries == 0) {
        state->first = place;
        state->on = on;
    }

    ngx_http_vol_seal_mark(state->seal, state->marks + state->entries
                                                       * NGX_HTTP_VOL_MARK_LEN);
    state->entries++;
    state->last = place;

    return NGX_OK;
}


static ngx_int_t
ngx_http_vol_seal_post(ngx_http_vol_duty_run_t *run)
{
    u_char                     *p;
    u_char                      buf[2 * NGX_HTTP_VOL_PLACE_LEN
                                    + 2 * NGX_INT64_LEN];
    ngx_str_t                   args[9], *arg;
    ngx_http_vol_seal_state_t  *state;

    static char  *keys[] = { "seals", "ledger", "roots", NULL };

    state = run->state;
    state->phase = NGX_HTTP_VOL_SEAL_POSTS;

    arg = args;
    p = buf;

    arg->data = state->before;
    arg->len = state->before_len;
    arg++;

    arg->data = p;
    p = ngx_http_vol_place_format(p, &state->last);
    arg->len = p - arg->data;
    arg++;

    arg->data = p;
    p = ngx_http_vol_place_format(p, &state->first);
    arg->len = p - arg->data;
    arg++;

    arg->data = p;
    p = ngx_sprintf(p, "%ui", state->entries);
    arg->len = p - arg->data;
    arg++;

    arg->data = state->seal->digest;
    arg->len = NGX_HTTP_VOL_DIGEST_LEN;
    arg++;

    arg->data = state->previous;
    arg->len = NGX_HTTP_VOL_DIGEST_LEN;
    arg++;

    *arg++ = run->district->conf->seal;

    arg->data = p;
    p = ngx_sprintf(p, "%L", state->on);
    arg->len = p - arg->data;
    arg++;

    arg->data = state->marks;
    arg->len = state->entries * NGX_HTTP_VOL_MARK_LEN;
    arg++;

    return ngx_http_vol_duty_call(run, &ngx_http_vol_lua_post_seal, keys,
                                  arg - args, args);
}


static ngx_int_t
ngx_http_vol_seal_posted(ngx_http_vol_duty_run_t *run)
{
    ngx_http_vol_seal_state_t  *state;

    state = run->state;

    if (state->broken) {
        return NGX_ERROR;
    }

    if (!state->more) {
        return NGX_DONE;
    }

    state->entries = 0;
    state->more = 0;

    return ngx_http_vol_seal_read(run);
}
