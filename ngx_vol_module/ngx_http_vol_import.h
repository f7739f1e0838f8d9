
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_IMPORT_H_INCLUDED_
#define _NGX_HTTP_VOL_IMPORT_H_INCLUDED_


#include "ngx_http_vol_module.h"


#define NGX_HTTP_VOL_IMPORT_SENT  128       /* lines under way */


/*
 * An import reads its body as fast as its lines are done.  A line that was
 * read waits until it is sent to Redis, and again when it is to be repeated;
 * both queues are in the order of the lines.
 */

struct ngx_http_vol_import_s {
    ngx_http_request_t         *request;
    ngx_http_vol_ctx_t         *ctx;
    ngx_http_vol_stream_t       stream;

    ngx_chain_t                *in;         /* of the body, not read yet */
    u_char                     *pos;        /* the piece that is being read */
    u_char                     *last;
    u_char                     *file;       /* place for a piece of a file */

    u_char                     *text;       /* the line that is gathered */
    size_t                      len;

    ngx_queue_t                 waiting;
    ngx_queue_t                 sent;
    ngx_uint_t                  nsent;
    u_char                      scripts[NGX_HTTP_VOL_SCRIPTS_MAX];
                                            /* those that Redis has run */

    uint64_t                    number;     /* of the line read last */
    uint64_t                    lines;      /* without blank ones */
    uint64_t                    done;
    uint64_t                    replayed;
    uint64_t                    failed;

    uint64_t                    told;       /* lines, when progress was told */
    ngx_msec_t                  told_at;

    ngx_event_t                 turn;
    ngx_event_t                 retry;
    ngx_connection_t            dummy;      /* data of these two events */
    ngx_msec_t                  since;      /* Redis did not run a line */

    ngx_int_t                   broken;     /* status: the body's end is not */

    unsigned                    too_long:1; /* the line that is gathered */
    unsigned                    hungry:1;   /* waits for the client */
    unsigned                    blocked:1;  /* the client takes no answer */
    unsigned                    alone:1;    /* what is sent may be NOSCRIPT */
    unsigned                    repeat:1;   /* lines wait to be repeated */
    unsigned                    troubled:1; /* since is set */
};


typedef struct {
    ngx_queue_t                 queue;
    ngx_http_vol_import_t      *import;
    ngx_http_vol_ctx_t          ctx;        /* its pool is the line's */
    ngx_str_t                   argv[NGX_HTTP_VOL_ARGV_MAX];
    ngx_http_vol_arguments_t    arguments;
    uint64_t                    number;
    unsigned                    unknown:1;  /* whether it was run */
} ngx_http_vol_import_line_t;


/* ngx_http_vol_import_type.c */

typedef struct {
    ngx_str_t                   type;
    ngx_uint_t                  method;
    ngx_str_t                   path;
    ngx_http_vol_endpoint_t    *endpoint;
} ngx_http_vol_import_type_t;

/* What is empty behind the last one. */
extern ngx_http_vol_import_type_t  ngx_http_vol_import_types[];

/* The endpoint that does a line of that type; NULL when there is none. */
ngx_http_vol_endpoint_t *ngx_http_vol_import_type(ngx_str_t *type);


/* ngx_http_vol_restore.c: lines of a registry that only a rebuild needs */

extern ngx_http_vol_endpoint_t  ngx_http_vol_restore_signup;
extern ngx_http_vol_endpoint_t  ngx_http_vol_restore_share;
extern ngx_http_vol_endpoint_t  ngx_http_vol_restore_thanks;
extern ngx_http_vol_endpoint_t  ngx_http_vol_restore_need;
extern ngx_http_vol_endpoint_t  ngx_http_vol_restore_selection;
extern ngx_http_vol_endpoint_t  ngx_http_vol_restore_publication;
extern ngx_http_vol_endpoint_t  ngx_http_vol_restore_certificate;


/* ngx_http_vol_import_line.c */

/*
 * Takes a line: it waits from then on, or its failure is told; text is NULL
 * for one that is too long.
 */
ngx_int_t ngx_http_vol_import_line(ngx_http_vol_import_t *import,
    ngx_str_t *text);

/* Sends a waiting line; NGX_DECLINED when Redis is away. */
ngx_int_t ngx_http_vol_import_send(ngx_http_vol_import_line_t *line);

/* Forgets a line; what was sent is still done. */
void ngx_http_vol_import_forget(ngx_http_vol_import_line_t *line);

/* Lines that Redis did not run are to be repeated, after a while. */
void ngx_http_vol_import_trouble(ngx_http_vol_import_t *import);


#endif /* _NGX_HTTP_VOL_IMPORT_H_INCLUDED_ */
