
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_MODULE_H_INCLUDED_
#define _NGX_HTTP_VOL_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <jansson.h>
#include "ngx_http_vol_redis.h"
#include "ngx_http_vol_rules.h"
#include "ngx_http_vol_script.h"


/* the bounds of what a client sends */

#define NGX_HTTP_VOL_ID_MAX       64
#define NGX_HTTP_VOL_KEY_MAX      128           /* Idempotency-Key */
#define NGX_HTTP_VOL_BODY_MAX     65536
#define NGX_HTTP_VOL_NUMBER_MAX   1000000000
#define NGX_HTTP_VOL_POINTS_MAX   1000000000000LL
#define NGX_HTTP_VOL_IDS_MAX      32            /* ids in a list */
#define NGX_HTTP_VOL_TITLE_MAX    200           /* characters */
#define NGX_HTTP_VOL_TEXT_MAX     500           /* characters */
#define NGX_HTTP_VOL_PICTURES_MAX 8
#define NGX_HTTP_VOL_PAGE_MAX     100           /* items of a list */
#define NGX_HTTP_VOL_DISTRICTS_PAGE_MAX                                       \
    1000                                        /* of a list of districts */
#define NGX_HTTP_VOL_POSTS_MAX    32            /* of an activity */
#define NGX_HTTP_VOL_PLACES_MAX   10000         /* of a post */
#define NGX_HTTP_VOL_YEAR_MIN     1970
#define NGX_HTTP_VOL_YEAR_MAX     9999

#define NGX_HTTP_VOL_KEYS_MAX     8
#define NGX_HTTP_VOL_FIELDS_MAX   32
#define NGX_HTTP_VOL_ARGV_MAX                                                 \
    (NGX_HTTP_VOL_KEYS_MAX + NGX_HTTP_VOL_FIELDS_MAX)


/* who may call */

#define NGX_HTTP_VOL_VOLUNTEER    0x0001
#define NGX_HTTP_VOL_ORGANIZER    0x0002
#define NGX_HTTP_VOL_MERCHANT     0x0004
#define NGX_HTTP_VOL_ADMIN        0x0008
#define NGX_HTTP_VOL_AUDITOR      0x0010
#define NGX_HTTP_VOL_ANY          0x001f


/* where an argument of a script comes from */

typedef enum {
    NGX_HTTP_VOL_PATH = 0,
    NGX_HTTP_VOL_QUERY,
    NGX_HTTP_VOL_BODY,
    NGX_HTTP_VOL_CALLER,                /* type: ngx_http_vol_caller_e */
    NGX_HTTP_VOL_RULE,                  /* type: ngx_http_vol_rule_e */
    NGX_HTTP_VOL_CASE,                  /* of what "case" names, "" for none;
                                           type: ngx_http_vol_bound_e */
    NGX_HTTP_VOL_FRESH                  /* a new voucher's code, or secret */
} ngx_http_vol_source_e;


/* what the client sends, and what the script is given for it */

typedef enum {
    NGX_HTTP_VOL_ID = 0,                /* [A-Za-z0-9._-]{1,64} */
    NGX_HTTP_VOL_IDS,                   /* a list of them: "a,b" */
    NGX_HTTP_VOL_INTEGER,
    NGX_HTTP_VOL_TEXT,                  /* min to max characters */
    NGX_HTTP_VOL_DATE,                  /* days since 1970 */
    NGX_HTTP_VOL_TIME,                  /* seconds since 1970 */
    NGX_HTTP_VOL_FLAG,                  /* true or false: "1" or "0" */
    NGX_HTTP_VOL_KIND,                  /* of a volunteer */
    NGX_HTTP_VOL_TEAM,                  /* the kind of a team */
    NGX_HTTP_VOL_DAYS,                  /* a list of weekdays: "mon,sun" */
    NGX_HTTP_VOL_NEED,                  /* the state of a need */
    NGX_HTTP_VOL_CODE,                  /* of a voucher: its bare symbols */
    NGX_HTTP_VOL_CURSOR,                /* the next of a page before */
    NGX_HTTP_VOL_POSTS,                 /* of an activity: a line each of id,
                                           places and title, with tabs */
    NGX_HTTP_VOL_SECRET                 /* random bits in hexadecimal */
} ngx_http_vol_type_e;


typedef enum {
    NGX_HTTP_VOL_PREFIX = 0,            /* of the district's keys */
    NGX_HTTP_VOL_USER,
    NGX_HTTP_VOL_ROLE,
    NGX_HTTP_VOL_SCOPE,
    NGX_HTTP_VOL_FINGERPRINT,           /* of what is asked; "" without a key */
    NGX_HTTP_VOL_WINDOW,                /* seconds a key is known */
    NGX_HTTP_VOL_NOBODY                 /* "": the script need not ask who */
} ngx_http_vol_caller_e;


#define NGX_HTTP_VOL_REQUIRED     0x01
#define NGX_HTTP_VOL_SELF         0x02  /* a volunteer names only themself */


typedef struct {
    ngx_str_t                       name;
    ngx_http_vol_source_e           source;
    ngx_uint_t                      type;
    int64_t                         min;
    int64_t                         max;
    ngx_uint_t                      flags;
} ngx_http_vol_field_t;


#define ngx_http_vol_last_field(f)                                            \
    ((f)->name.data == NULL && (f)->source == NGX_HTTP_VOL_PATH)


/* a key below the district's prefix: head and the value of a field */

typedef struct {
    ngx_str_t                       head;
    ngx_str_t                       field;
} ngx_http_vol_key_t;


/* how a script's flat reply becomes JSON */

typedef enum {
    NGX_HTTP_VOL_SHAPE_STRING = 0,
    NGX_HTTP_VOL_SHAPE_INTEGER,
    NGX_HTTP_VOL_SHAPE_BOOLEAN,
    NGX_HTTP_VOL_SHAPE_DATE,
    NGX_HTTP_VOL_SHAPE_TIME,
    NGX_HTTP_VOL_SHAPE_ENTRY_TIME,      /* the time in an entry's id */
    NGX_HTTP_VOL_SHAPE_CODE,
    NGX_HTTP_VOL_SHAPE_IDS,
    NGX_HTTP_VOL_SHAPE_OBJECT,          /* its members follow in the reply */
    NGX_HTTP_VOL_SHAPE_LIST             /* an array of arrays */
} ngx_http_vol_shape_e;


/* a value that is not there, or empty: */

#define NGX_HTTP_VOL_OMIT         0x01  /* no member */
#define NGX_HTTP_VOL_NULL         0x02  /* null; of an object, its first one */


typedef struct ngx_http_vol_shape_s  ngx_http_vol_shape_t;

struct ngx_http_vol_shape_s {
    ngx_str_t                       name;
    ngx_http_vol_shape_e            type;
    ngx_uint_t                      flags;
    ngx_http_vol_shape_t           *of;
    char                           *label;      /* how the source calls "of" */
};


typedef struct ngx_http_vol_endpoint_s  ngx_http_vol_endpoint_t;
typedef struct ngx_http_vol_ctx_s  ngx_http_vol_ctx_t;
typedef struct ngx_http_vol_import_s  ngx_http_vol_import_t;
typedef struct ngx_http_vol_export_s  ngx_http_vol_export_t;


struct ngx_http_vol_endpoint_s {
    ngx_uint_t                      method;
    ngx_str_t                       path;       /* "offers/:offer" */
    ngx_uint_t                      roles;
    ngx_uint_t                      flags;
    ngx_http_vol_script_t          *script;
    ngx_http_vol_key_t             *keys;
    ngx_http_vol_field_t           *fields;     /* the script's ARGV */
    ngx_http_vol_shape_t           *reply;
};


#define NGX_HTTP_VOL_KEY_REQUIRED  0x01         /* points move */
#define NGX_HTTP_VOL_KEY_OPTIONAL  0x02
#define NGX_HTTP_VOL_IMPORT        0x04         /* a stream, not a script */
#define NGX_HTTP_VOL_EXPORT        0x08
#define NGX_HTTP_VOL_KICK          0x10         /* a duty has work at once */
#define NGX_HTTP_VOL_BATCH         0x20         /* short: many run as one */
#define NGX_HTTP_VOL_CSV           0x40         /* its list as a table, too */
#define NGX_HTTP_VOL_OPENAPI       0x80         /* the document of them all */
#define NGX_HTTP_VOL_PUBLIC        0x100        /* whoever asks */
#define NGX_HTTP_VOL_SIGNED        0x200        /* a certificate */
#define NGX_HTTP_VOL_DISTRICTS     0x400        /* of many, put together */


/* what no page of another origin may ask for: one that issues, too */

#define ngx_http_vol_endpoint_guarded(ep)                                     \
    ((ep)->method != NGX_HTTP_GET                                             \
     || ((ep)->flags & (NGX_HTTP_VOL_SIGNED|NGX_HTTP_VOL_PUBLIC))             \
        == NGX_HTTP_VOL_SIGNED)


typedef struct {
    ngx_uint_t                      status;
    ngx_str_t                       type;       /* "" is about:blank */
    ngx_str_t                       title;
} ngx_http_vol_problem_t;


typedef struct {
    ngx_str_t                       district;
    ngx_str_t                       prefix;     /* "vol:{tianyuan}:" */
    ngx_str_t                       user;
    ngx_str_t                       role;
    ngx_str_t                       scope;
    ngx_uint_t                      role_bit;
} ngx_http_vol_identity_t;


struct ngx_http_vol_ctx_s {
    ngx_http_request_t             *request;
    ngx_pool_t                     *pool;       /* a line's own, of an import */
    ngx_http_vol_endpoint_t        *endpoint;
    ngx_http_vol_identity_t         identity;
    ngx_http_vol_call_t            *call;

    ngx_str_t                       segments[NGX_HTTP_VOL_FIELDS_MAX];
    ngx_str_t                       args[NGX_HTTP_VOL_FIELDS_MAX];
    ngx_uint_t                      nargs;

    ngx_str_t                       key;        /* Idempotency-Key */
    u_char                          digest[NGX_HTTP_VOL_SHA1_LEN];
    json_t                         *body;

    ngx_http_vol_problem_t         *problem;
    ngx_str_t                       field;
    ngx_str_t                       detail;

    ngx_chain_t                    *substitute; /* for nginx's own error page */
    ngx_http_vol_import_t          *import;
    ngx_http_vol_export_t          *export;
    unsigned                        replied:1;
    unsigned                        line:1;     /* of an import */
    unsigned                        digested:1; /* digest is there */
    unsigned                        formatted:1; /* the query has "format" */
    unsigned                        csv:1;
};


typedef struct ngx_http_vol_duty_worker_s  ngx_http_vol_duty_worker_t;


typedef struct {
    ngx_array_t                     redises;    /* ngx_http_vol_redis_t * */
    ngx_array_t                     served;     /* ngx_http_vol_loc_conf_t * */
    ngx_http_vol_duty_worker_t     *worker;     /* NULL without duties */
} ngx_http_vol_main_conf_t;


typedef struct {
    ngx_http_complex_value_t       *district;
    ngx_str_t                       base;       /* paths stand below it */

    ngx_http_complex_value_t       *user;
    ngx_http_complex_value_t       *role;
    ngx_http_complex_value_t       *scope;

    ngx_http_vol_rules_t           *rules;
    time_t                          idempotency_window;
    ngx_str_t                       window;     /* the same, as a number */

    ngx_flag_t                      duties;
    ngx_msec_t                      duty_interval;
    ngx_str_t                       seal;       /* algorithm, "off" for none */
    ngx_uint_t                      seal_entries;

    ngx_array_t                    *certificate_keys;   /* ngx_str_t */
    ngx_array_t                    *origins;            /* ngx_str_t */
    ngx_array_t                    *districts;
                                            /* ngx_http_vol_district_t */

    ngx_http_vol_redis_conf_t      *redis_conf;
    ngx_msec_t                      connect_timeout;
    ngx_msec_t                      send_timeout;
    ngx_msec_t                      read_timeout;
    ngx_http_vol_durability_t      *durability;
    ngx_str_t                       reached;    /* the same, for clients */
    ngx_http_vol_redis_t           *redis;
} ngx_http_vol_loc_conf_t;


/* an answer that is written piece by piece */

typedef struct {
    ngx_http_request_t             *request;
    ngx_buf_t                      *buf;        /* has room */
    ngx_chain_t                    *out;        /* written, not passed on */
    ngx_chain_t                   **last;
    ngx_chain_t                    *busy;
    ngx_chain_t                    *free;
    unsigned                        begun:1;
} ngx_http_vol_stream_t;


extern ngx_module_t  ngx_http_vol_module;
extern ngx_http_vol_endpoint_t  ngx_http_vol_endpoints[];


/* ngx_http_vol_module.c */

/* Gives a location its connection; an [emerg] without vol_redis or vol_rules. */
ngx_int_t ngx_http_vol_use_redis(ngx_conf_t *cf, ngx_http_vol_loc_conf_t *conf,
    char *directive);

/* ngx_http_vol_redis_conf.c: vol_redis */

char *ngx_http_vol_redis_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* ngx_http_vol_durability.c: vol_durability */

char *ngx_http_vol_durability_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* Completes what a location has, for its connection and its answers. */
ngx_int_t ngx_http_vol_durability_merge(ngx_conf_t *cf,
    ngx_http_vol_loc_conf_t *conf, ngx_http_vol_durability_t *durability);

/* Adds to the answer of a write what that has reached: Vol-Durability. */
ngx_int_t ngx_http_vol_durability_header(ngx_http_request_t *r);


/* ngx_http_vol_module.c */

/* Reads a directive's district, or any other value that may hold variables. */
ngx_int_t ngx_http_vol_district(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_complex_value_t **cv);
ngx_int_t ngx_http_vol_complex(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_complex_value_t **cv);

/*
 * Reads the beginning of a file, whose name becomes the whole one: how many
 * bytes, or NGX_ERROR after an [emerg].
 */
ssize_t ngx_http_vol_read_secret(ngx_conf_t *cf, ngx_str_t *file, u_char *buf,
    size_t size);

/* Makes the prefix of a district's keys, "vol:{tianyuan}:". */
ngx_int_t ngx_http_vol_prefix(ngx_pool_t *pool, ngx_str_t *district,
    ngx_str_t *prefix);

/* [A-Za-z0-9._-]{1,64} */
ngx_uint_t ngx_http_vol_is_id(ngx_str_t *id);


/* ngx_http_vol_handler.c: a request's way */

ngx_int_t ngx_http_vol_handler(ngx_http_request_t *r);

/* What a request is finalized with after rc. */
ngx_int_t ngx_http_vol_end(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_int_t rc);


/* ngx_http_vol_wait.c */

/*
 * Lets a request wait for a call: NGX_AGAIN, NGX_DECLINED when there is no
 * call, NGX_ERROR.  A request that ends meanwhile abandons it.
 */
ngx_int_t ngx_http_vol_wait(ngx_http_request_t *r, ngx_http_vol_call_t **call);

/*
 * For the handler of a call: whether the request still goes the way of that
 * context of the module.
 */
ngx_uint_t ngx_http_vol_resume(ngx_http_request_t *r,
    ngx_http_vol_call_t **call, void *ctx, ngx_module_t *module);


/*
 * The steps of the way.  Each returns NGX_OK to go on, NGX_DECLINED when it
 * refused (ngx_http_vol_refuse() was called), NGX_ERROR without memory.
 */

ngx_int_t ngx_http_vol_route(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx);
ngx_int_t ngx_http_vol_check_origin(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
ngx_int_t ngx_http_vol_identify(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
ngx_int_t ngx_http_vol_read_key(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
ngx_int_t ngx_http_vol_check_body(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
ngx_int_t ngx_http_vol_parse_body(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);
ngx_int_t ngx_http_vol_read_args(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);


/* ngx_http_vol_route.c */

/* Writes the value of Allow for a path into the pool; "" when there is none. */
ngx_int_t ngx_http_vol_allow(ngx_pool_t *pool, ngx_str_t *path,
    ngx_str_t *allow);

/*
 * The row for a path below the base and a method; NGX_DECLINED when no row has
 * the path, NGX_ABORT when none has the method.  segments takes the values of
 * the path's fields in their order.
 */
ngx_int_t ngx_http_vol_find(ngx_str_t *path, ngx_uint_t method,
    ngx_http_vol_endpoint_t **endpoint, ngx_str_t *segments);


/* ngx_http_vol_origin.c: vol_origins */

char *ngx_http_vol_origins(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* ngx_http_vol_identity.c */

typedef struct {
    ngx_str_t                       name;
    ngx_uint_t                      bit;
} ngx_http_vol_role_t;

/* A bit of 0 behind the last. */
extern ngx_http_vol_role_t  ngx_http_vol_roles[];


/* ngx_http_vol_args.c */

/* The value of an argument of the endpoint, by its name. */
ngx_str_t *ngx_http_vol_arg(ngx_http_vol_ctx_t *ctx, char *name);

/* Those arguments that the module itself gives: who asks, rules, ... */
ngx_int_t ngx_http_vol_own_args(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);


/* ngx_http_vol_keys.c */

/*
 * What the script is called with; argv has room for NGX_HTTP_VOL_ARGV_MAX and
 * lives until the call is made.
 */
ngx_int_t ngx_http_vol_arguments(ngx_http_vol_ctx_t *ctx, ngx_str_t *argv,
    ngx_http_vol_arguments_t *arguments);


/* The SHA-1 of who asks and their Idempotency-Key, as long as ctx lives. */
u_char *ngx_http_vol_digest(ngx_http_vol_ctx_t *ctx);


/* ngx_http_vol_body.c */

/* Parses an object into ctx->body, for as long as ctx->pool lives. */
ngx_int_t ngx_http_vol_parse_json(ngx_http_vol_ctx_t *ctx, ngx_str_t *text);


/* ngx_http_vol_types.c: a field's value becomes what its script is given */

ngx_int_t ngx_http_vol_json_arg(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, json_t *json, ngx_str_t *value);
ngx_int_t ngx_http_vol_text_arg(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, ngx_str_t *value);

ngx_int_t ngx_http_vol_number(ngx_pool_t *pool, int64_t n, ngx_str_t *value);

/* The values of a type that is an enumeration; NULL of any other. */
ngx_str_t *ngx_http_vol_type_values(ngx_uint_t type, ngx_uint_t *n);

/* ngx_http_vol_posts.c: a list of objects, each of these fields */

extern ngx_http_vol_field_t  ngx_http_vol_posts_fields[];

ngx_int_t ngx_http_vol_json_posts(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_field_t *f, json_t *json, ngx_str_t *value);

/* Refuses a field by its name. */
ngx_int_t ngx_http_vol_invalid(ngx_http_vol_ctx_t *ctx, ngx_str_t *name,
    char *detail);


/* ngx_http_vol_shape.c */

/*
 * The JSON of a reply, in the pool: the elements from *n on, which moves past
 * those used.  NGX_DECLINED when they are not of the shape, NGX_ERROR without
 * memory.
 */
ngx_int_t ngx_http_vol_shape(ngx_pool_t *pool, ngx_http_vol_shape_t *shape,
    redisReply **elements, size_t nelements, size_t *n, ngx_int_t utc_offset,
    ngx_str_t *json);


/* ngx_http_vol_reply.c */

/* Sends a script's success. */
ngx_int_t ngx_http_vol_reply(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    redisReply *reply);

/*
 * How a step ends that has sent an answer: what the client has not taken yet is
 * nginx's, and NGX_AGAIN would be taken for a call that is awaited.
 */
#define ngx_http_vol_sent(rc)  ((rc) == NGX_AGAIN ? NGX_OK : (rc))

/* Sends a JSON document, or the table of it that was asked for. */
ngx_int_t ngx_http_vol_send_document(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_uint_t status, ngx_str_t *body);

/* The text of a JSON value, which is freed. */
ngx_int_t ngx_http_vol_dump(ngx_pool_t *pool, json_t *json, ngx_str_t *text);

/* Sends the header of an answer with that type; NULL for none. */
ngx_int_t ngx_http_vol_send_header(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx, ngx_uint_t status, ngx_str_t *type);

/* Sends a document; body is NULL for none. */
ngx_int_t ngx_http_vol_send(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_uint_t status, ngx_str_t *type, ngx_str_t *body);

ngx_int_t ngx_http_vol_add_header(ngx_http_request_t *r, char *name,
    ngx_str_t *value);


/* ngx_http_vol_table.c */

/* Takes "format" of a query: json or csv. */
ngx_int_t ngx_http_vol_format(ngx_http_vol_ctx_t *ctx, ngx_str_t *name,
    ngx_str_t *value);

/* Whether the client asks for CSV, by its query or by Accept. */
ngx_uint_t ngx_http_vol_wants_csv(ngx_http_request_t *r,
    ngx_http_vol_ctx_t *ctx);

/* Sends a document as CSV: the rows of its list, or itself as the only one. */
ngx_int_t ngx_http_vol_table(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx,
    ngx_str_t *document);


/* ngx_http_vol_import.c, ngx_http_vol_import_type.c */

/* Finds the endpoints of the types of lines; an [emerg] without one. */
ngx_int_t ngx_http_vol_import_init(ngx_conf_t *cf);

/* Answers a request by itself: NGX_DONE, or a status. */
ngx_int_t ngx_http_vol_import(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx);


/* ngx_http_vol_export.c */

/* A step that goes on by itself: NGX_AGAIN, or as the steps of the way. */
ngx_int_t ngx_http_vol_export(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx);


/* ngx_http_vol_stream.c */

void ngx_http_vol_stream_init(ngx_http_vol_stream_t *stream,
    ngx_http_request_t *r);

/* Sends the header; as ngx_http_send_header(). */
ngx_int_t ngx_http_vol_stream_begin(ngx_http_vol_stream_t *stream,
    ngx_http_vol_ctx_t *ctx, ngx_str_t *type);

ngx_int_t ngx_http_vol_stream_write(ngx_http_vol_stream_t *stream,
    u_char *data, size_t len);

/* A line of that text. */
ngx_int_t ngx_http_vol_stream_line(ngx_http_vol_stream_t *stream,
    ngx_str_t *text);

/* A line with that value, which is freed. */
ngx_int_t ngx_http_vol_stream_json(ngx_http_vol_stream_t *stream,
    json_t *json);

/*
 * Passes on what was written: NGX_OK when the client has taken all, NGX_AGAIN
 * when the write event is to be waited for, NGX_ERROR.
 */
ngx_int_t ngx_http_vol_stream_flush(ngx_http_vol_stream_t *stream);

/* For the write event: the same, or NGX_HTTP_REQUEST_TIME_OUT. */
ngx_int_t ngx_http_vol_stream_wake(ngx_http_vol_stream_t *stream);

/* Ends the answer; gives what to finalize the request with. */
ngx_int_t ngx_http_vol_stream_end(ngx_http_vol_stream_t *stream);


/* ngx_http_vol_line.c: an entry of the ledger, as export and seals know it */

/*
 * The canonical line of an entry of XRANGE's reply, in the pool and without a
 * newline; NGX_DECLINED when it is not as the scripts write one.
 */
ngx_int_t ngx_http_vol_line(ngx_pool_t *pool, redisReply *entry,
    ngx_str_t *line);

/* The same as JSON, or NULL. */
json_t *ngx_http_vol_entry(redisReply *entry);


/* ngx_http_vol_openapi.c */

/* A step that answers with the document of the table of endpoints. */
ngx_int_t ngx_http_vol_openapi(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx);


/* ngx_http_vol_problem.c */

#define NGX_HTTP_VOL_URN  "urn:ngx-vol:"

/* The steps refuse by the problem's name; always returns NGX_DECLINED. */
ngx_int_t ngx_http_vol_refuse(ngx_http_vol_ctx_t *ctx, char *type,
    ngx_str_t *field, char *detail);

/* The same with the strings of a script's reply. */
ngx_int_t ngx_http_vol_refuse_str(ngx_http_vol_ctx_t *ctx, ngx_str_t *type,
    ngx_str_t *field, ngx_str_t *detail);

/* NGX_OK for a script's success, else it refuses as the call ended. */
ngx_int_t ngx_http_vol_outcome(ngx_http_vol_ctx_t *ctx,
    ngx_http_vol_call_outcome_e outcome, redisReply *reply);

/* The members that say of a problem what and where it is; NULL: unknown. */
void ngx_http_vol_problem_json(json_t *json, ngx_http_vol_problem_t *problem,
    ngx_str_t *field, ngx_str_t *detail);

/* Every problem there is, by status; a status of 0 behind the last. */
extern ngx_http_vol_problem_t  ngx_http_vol_problems[];

/* The same by its name; without one, of a status of nginx's own. */
void ngx_http_vol_problem_named(json_t *json, char *type, ngx_uint_t status);

/* Sends the refusal. */
ngx_int_t ngx_http_vol_problem(ngx_http_request_t *r, ngx_http_vol_ctx_t *ctx);

/* Tells when to try again, of a status after which that may help. */
ngx_int_t ngx_http_vol_retry_after(ngx_http_request_t *r, ngx_uint_t status);

/* Installs the filter that makes problems of nginx's own error pages. */
ngx_int_t ngx_http_vol_problem_init(ngx_conf_t *cf);


#endif /* _NGX_HTTP_VOL_MODULE_H_INCLUDED_ */
