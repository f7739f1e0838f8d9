
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_RULES_READER_H_INCLUDED_
#define _NGX_HTTP_VOL_RULES_READER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <jansson.h>

#include "ngx_http_vol_rules.h"


/*
 * Reads a JSON file by tables of keys: what is in an object, in which order it
 * is read, and what it must be.  Every function returns NGX_ERROR after an
 * [emerg] that names the file, the place in it and what was expected.
 */


#define NGX_HTTP_VOL_RULES_NAME_EXPECTED                                      \
    "1 to 64 of the characters A-Z a-z 0-9 \".\" \"_\" \"-\""

#define NGX_HTTP_VOL_RULES_NAME_MAX   64      /* bytes */
#define NGX_HTTP_VOL_RULES_PLACE_LEN  256


typedef struct {
    ngx_conf_t                *cf;
    ngx_http_vol_rules_t      *rules;

    ngx_http_vol_rulebook_t   *newer;       /* than the one that is read */
    ngx_uint_t                 older;       /* how many come after it */
    ngx_uint_t                 skip;        /* flags of keys not known here */

    const char                *fault;       /* if more than a wrong value */
    u_char                    *place_end;
    u_char                     place[NGX_HTTP_VOL_RULES_PLACE_LEN];
} ngx_http_vol_rules_ctx_t;


typedef struct ngx_http_vol_rules_key_s  ngx_http_vol_rules_key_t;

/* takes the value into what stands at the key's offset from base */

typedef ngx_int_t (*ngx_http_vol_rules_read_pt)(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);

/* a missing key is not read; but a missing required one is, as NULL */

#define NGX_HTTP_VOL_KEY_REQUIRED  0x01
#define NGX_HTTP_VOL_KEY_TOP       0x02     /* not in an earlier rulebook */

struct ngx_http_vol_rules_key_s {
    ngx_str_t                    name;
    ngx_uint_t                   flags;
    ngx_http_vol_rules_read_pt   read;
    size_t                       offset;
    ngx_int_t                    min;
    ngx_int_t                    max;
    ngx_http_vol_rules_key_t    *keys;
};


/* Returns what the file holds, to be given back by json_decref(), or NULL. */
json_t *ngx_http_vol_rules_parse(ngx_http_vol_rules_ctx_t *ctx);

/* An object that has no keys but those of the table key->keys. */
ngx_int_t ngx_http_vol_rules_object(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);

/* An ngx_int_t from key->min to key->max. */
ngx_int_t ngx_http_vol_rules_integer(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);

/* An ngx_int_t, 1 for true. */
ngx_int_t ngx_http_vol_rules_boolean(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);

/* An ngx_str_t of key->min to key->max characters. */
ngx_int_t ngx_http_vol_rules_text(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);

/* An ngx_str_t of NGX_HTTP_VOL_RULES_NAME_EXPECTED. */
ngx_int_t ngx_http_vol_rules_name(ngx_http_vol_rules_ctx_t *ctx,
    ngx_http_vol_rules_key_t *key, json_t *value, void *base);

ngx_uint_t ngx_http_vol_rules_is_name(const char *name);
ngx_int_t ngx_http_vol_rules_copy(ngx_http_vol_rules_ctx_t *ctx,
    ngx_str_t *to, const char *from);

/* Both return the end of the place left, to go back to. */
u_char *ngx_http_vol_rules_enter(ngx_http_vol_rules_ctx_t *ctx,
    const char *name);
u_char *ngx_http_vol_rules_enter_item(ngx_http_vol_rules_ctx_t *ctx,
    ngx_uint_t i);

/* Logs that this was expected here; returns NGX_ERROR. */
ngx_int_t ngx_http_vol_rules_expected(ngx_http_vol_rules_ctx_t *ctx,
    const char *fmt, ...);


#endif /* _NGX_HTTP_VOL_RULES_READER_H_INCLUDED_ */
