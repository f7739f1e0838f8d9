
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_sha1.h>
#include "ngx_http_vol_script.h"


#define NGX_HTTP_VOL_SCRIPT_TEXT   300      /* bytes of an error logged */
#define NGX_HTTP_VOL_SCRIPT_SAID   64       /* errors remembered */
#define NGX_HTTP_VOL_SCRIPT_TIMES  100      /* one is logged */
#define NGX_HTTP_VOL_SCRIPT_SPAN   10000    /* msec */


typedef struct {
    ngx_http_vol_node_op_t         op;
    ngx_http_vol_node_t           *node;
    ngx_http_vol_script_t          *script;
} ngx_http_vol_load_t;


typedef struct {
    ngx_str_t                       word;
    ngx_http_vol_error_e            error;
} ngx_http_vol_script_word_t;


static void ngx_http_vol_script_load_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply);
static ngx_uint_t ngx_http_vol_script_said(ngx_http_vol_script_t *script,
    ngx_str_t *text);


static ngx_http_vol_script_word_t  ngx_http_vol_script_words[] = {
    { ngx_string("NOSCRIPT"),    NGX_HTTP_VOL_ERROR_NOSCRIPT },
    { ngx_string("LOADING"),     NGX_HTTP_VOL_ERROR_UNFIT },
    { ngx_string("READONLY"),    NGX_HTTP_VOL_ERROR_UNFIT },
    { ngx_string("MASTERDOWN"),  NGX_HTTP_VOL_ERROR_UNFIT },
    { ngx_string("NOAUTH"),      NGX_HTTP_VOL_ERROR_UNFIT },
    { ngx_string("OOM"),         NGX_HTTP_VOL_ERROR_REFUSED },
    { ngx_string("MISCONF"),     NGX_HTTP_VOL_ERROR_REFUSED },
    { ngx_string("NOREPLICAS"),  NGX_HTTP_VOL_ERROR_REFUSED },
    { ngx_string("BUSY"),        NGX_HTTP_VOL_ERROR_REFUSED },
    { ngx_string("NOPERM"),      NGX_HTTP_VOL_ERROR_REFUSED },
    { ngx_string("MOVED"),       NGX_HTTP_VOL_ERROR_MOVED },
    { ngx_string("ASK"),         NGX_HTTP_VOL_ERROR_MOVING },
    { ngx_string("TRYAGAIN"),    NGX_HTTP_VOL_ERROR_MOVING },
    { ngx_string("CLUSTERDOWN"), NGX_HTTP_VOL_ERROR_MOVING },
    { ngx_null_string,           NGX_HTTP_VOL_ERROR_CORRUPT }
};


/* what Redis 6.2 and 7.0, and later ones, say of a right that a script lacks */

static char  *ngx_http_vol_script_rights[] = {
    "The user executing the script can't ",
    "ACL failure in script: ",
    NULL
};


void
ngx_http_vol_script_init(ngx_http_vol_script_t *script, ngx_uint_t index)
{
    u_char       digest[NGX_HTTP_VOL_SHA1_LEN];
    ngx_sha1_t   sha1;

    script->index = index;

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, script->text.data, script->text.len);
    ngx_sha1_final(digest, &sha1);

    *ngx_hex_dump(script->sha1, digest, sizeof(digest)) = '\0';
}


/*
 * Replies come in order: every call that Redis answered with NOSCRIPT before
 * it answers the first SCRIPT LOAD is sent again behind that one.
 */

ngx_int_t
ngx_http_vol_script_load(ngx_http_vol_node_t *node,
    ngx_http_vol_script_t *script)
{
    int                   len;
    char                 *text;
    size_t                lens[3];
    const char           *args[3];
    ngx_http_vol_load_t  *load;

    if (node->loading[script->index]) {
        return NGX_OK;
    }

    load = ngx_calloc(sizeof(ngx_http_vol_load_t), ngx_cycle->log);
    if (load == NULL) {
        return NGX_ERROR;
    }

    load->node = node;
    load->script = script;
    load->op.handler = ngx_http_vol_script_load_handler;
    load->op.data = load;
    load->op.replies = 1;
    load->op.weight = 1;

    args[0] = "SCRIPT";
    lens[0] = sizeof("SCRIPT") - 1;
    args[1] = "LOAD";
    lens[1] = sizeof("LOAD") - 1;
    args[2] = (char *) script->text.data;
    lens[2] = script->text.len;

    len = redisFormatCommandArgv(&text, 3, args, lens);
    if (len < 0) {
        ngx_free(load);
        return NGX_ERROR;
    }

    load->op.command.data = (u_char *) text;
    load->op.command.len = len;

    if (ngx_http_vol_node_send(node, &load->op) != NGX_OK) {
        redisFreeCommand((char *) load->op.command.data);
        ngx_free(load);
        return NGX_ERROR;
    }

    node->loading[script->index] = 1;

    return NGX_OK;
}


static void
ngx_http_vol_script_load_handler(void *data,
    ngx_http_vol_node_outcome_e outcome, redisReply *reply)
{
    ngx_http_vol_load_t  *load = data;

    ngx_str_t  text;

    load->node->loading[load->script->index] = 0;

    if (outcome == NGX_HTTP_VOL_NODE_REPLIED
        && reply->type == REDIS_REPLY_ERROR)
    {
        text.data = (u_char *) reply->str;
        text.len = ngx_min(reply->len, NGX_HTTP_VOL_SCRIPT_TEXT);

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "redis does not load script \"%V\": %V",
                      &load->script->name, &text);
    }

    redisFreeCommand((char *) load->op.command.data);
    ngx_free(load);
}


ngx_http_vol_call_outcome_e
ngx_http_vol_script_failed(ngx_http_vol_node_t *node,
    ngx_http_vol_script_t *script, redisReply *reply)
{
    ngx_str_t             text, word;
    ngx_http_vol_error_e  error;

    if (reply->type != REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "script \"%V\" gave a reply of type %d",
                      &script->name, reply->type);
        return NGX_HTTP_VOL_CALL_CORRUPT;
    }

    text.data = (u_char *) reply->str;
    text.len = reply->len;

    error = ngx_http_vol_script_error(&text, &word);

    switch (error) {

    case NGX_HTTP_VOL_ERROR_MOVED:
    case NGX_HTTP_VOL_ERROR_MOVING:
        ngx_http_vol_redis_stale(node->redis);
        ngx_http_vol_node_refused(node, &word);
        return NGX_HTTP_VOL_CALL_UNAVAILABLE;

    case NGX_HTTP_VOL_ERROR_UNFIT:
        ngx_http_vol_node_unfit(node, "answers a script with", &word);
        return NGX_HTTP_VOL_CALL_UNAVAILABLE;

    case NGX_HTTP_VOL_ERROR_NOSCRIPT:
    case NGX_HTTP_VOL_ERROR_REFUSED:
        ngx_http_vol_node_refused(node, &word);
        return NGX_HTTP_VOL_CALL_UNAVAILABLE;

    default: /* NGX_HTTP_VOL_ERROR_CORRUPT */
        text.len = ngx_min(text.len, NGX_HTTP_VOL_SCRIPT_TEXT);

        if (!ngx_http_vol_script_said(script, &text)) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "script \"%V\" stopped, nothing was changed: %V",
                          &script->name, &text);
        }

        return NGX_HTTP_VOL_CALL_CORRUPT;
    }
}


/* whether the log has it often enough: many may ask for what is corrupt */

static ngx_uint_t
ngx_http_vol_script_said(ngx_http_vol_script_t *script, ngx_str_t *text)
{
    uint32_t  crc;

    static struct {
        uint32_t    crc;
        ngx_uint_t  times;
        ngx_msec_t  end;
    } said[NGX_HTTP_VOL_SCRIPT_SAID], *s;

    ngx_crc32_init(crc);
    ngx_crc32_update(&crc, script->sha1, NGX_HTTP_VOL_SHA1_HEX_LEN);
    ngx_crc32_update(&crc, text->data, text->len);
    ngx_crc32_final(crc);

    s = &said[crc % NGX_HTTP_VOL_SCRIPT_SAID];

    if (s->crc != crc || (ngx_msec_int_t) (s->end - ngx_current_msec) <= 0) {
        s->crc = crc;
        s->times = 0;
        s->end = ngx_current_msec + NGX_HTTP_VOL_SCRIPT_SPAN;
    }

    return ++s->times > NGX_HTTP_VOL_SCRIPT_TIMES;
}


ngx_http_vol_error_e
ngx_http_vol_script_error(ngx_str_t *text, ngx_str_t *word)
{
    u_char                      *p, *last;
    size_t                       len;
    char                       **right;
    ngx_http_vol_script_word_t  *w;

    last = text->data + text->len;

    for (w = ngx_http_vol_script_words; w->word.len; w++) {

        /* the code itself begins the text, or stands behind "-" in an ERR's */

        for (p = text->data; p < last; p++) {
            len = last - p;

            if (len >= w->word.len
                && (len == w->word.len || p[w->word.len] == ' ')
                && ngx_strncmp(p, w->word.data, w->word.len) == 0
                && (p == text->data
                    || (p[-1] == '-' && p - text->data > 1 && p[-2] == ' ')))
            {
                *word = w->word;
                return w->error;
            }

            if (text->len < 4 || ngx_strncmp(text->data, "ERR ", 4) != 0) {
                break;
            }
        }
    }

    ngx_str_null(word);

    if (text->len < 4 || ngx_strncmp(text->data, "ERR ", 4) != 0) {
        return NGX_HTTP_VOL_ERROR_CORRUPT;
    }

    for (right = ngx_http_vol_script_rights; *right; right++) {

        if (ngx_strnstr(text->data, *right, text->len)) {
            ngx_str_set(word, "NOPERM");
            return NGX_HTTP_VOL_ERROR_REFUSED;
        }
    }

    return NGX_HTTP_VOL_ERROR_CORRUPT;
}
