
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_FUZZ_H_INCLUDED_
#define _NGX_HTTP_VOL_FUZZ_H_INCLUDED_


#include "ngx_http_vol_module.h"


/*
 * A target is a file: what it calls with the bytes that libFuzzer made up, and
 * what must hold whatever these are.  Its head says how it reads the bytes.
 */

typedef void (*ngx_http_vol_fuzz_pt)(u_char *data, size_t size);

void ngx_http_vol_fuzz_route(u_char *data, size_t size);
void ngx_http_vol_fuzz_body(u_char *data, size_t size);
void ngx_http_vol_fuzz_lines(u_char *data, size_t size);
void ngx_http_vol_fuzz_rules(u_char *data, size_t size);
void ngx_http_vol_fuzz_reply(u_char *data, size_t size);
void ngx_http_vol_fuzz_nodes(u_char *data, size_t size);
void ngx_http_vol_fuzz_shape(u_char *data, size_t size);
void ngx_http_vol_fuzz_csv(u_char *data, size_t size);
void ngx_http_vol_fuzz_text(u_char *data, size_t size);


/* Ends the run when what must hold does not; libFuzzer keeps the input. */

#define must(condition)                                                       \
    if (!(condition)) {                                                       \
        ngx_http_vol_fuzz_failed(__FILE__, __LINE__, #condition);             \
    }

void ngx_http_vol_fuzz_failed(const char *file, ngx_uint_t line,
    const char *condition);


/* the configuration under which it is called; its pools are the input's own */

extern ngx_conf_t  *ngx_http_vol_fuzz_cf;

/* bytes of the log since the input began */

extern size_t  ngx_http_vol_fuzz_logged;


/*
 * A request of a location with a rulebook, by a role (its number counts round),
 * with a context.  Its memory comes from ngx_http_vol_fuzz_pool(), and goes
 * with the input.
 */
ngx_http_vol_ctx_t *ngx_http_vol_fuzz_request(ngx_uint_t role);

/*
 * A pool that takes every piece from malloc(), so that AddressSanitizer sees
 * where each ends; it lives as long as the input.
 */
ngx_pool_t *ngx_http_vol_fuzz_pool(void);

/* A copy with nothing behind it. */
void ngx_http_vol_fuzz_copy(ngx_str_t *to, u_char *data, size_t size);

/* The next byte, or 0 without one. */
u_char ngx_http_vol_fuzz_byte(u_char **data, size_t *size);


/* holds.c */

/* The text is one JSON value in UTF-8, and in an object no name is twice. */
void ngx_http_vol_fuzz_json(ngx_str_t *text);

/* What was refused can be told. */
void ngx_http_vol_fuzz_refused(ngx_http_vol_ctx_t *ctx);

/* What a script will be given is of its types and within its bounds. */
void ngx_http_vol_fuzz_accepted(ngx_http_vol_ctx_t *ctx);

/* reply.c: the JSON of a reply is JSON, its refusal can be told. */
void ngx_http_vol_fuzz_outcome(ngx_http_vol_endpoint_t *ep, redisReply *reply);


#endif /* _NGX_HTTP_VOL_FUZZ_H_INCLUDED_ */
