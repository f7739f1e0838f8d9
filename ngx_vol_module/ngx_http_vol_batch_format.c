
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_batch.h"
#include "ngx_http_vol_command.h"


#define NGX_HTTP_VOL_SCRIPT_HEAD    3       /* EVALSHA sha1 numkeys */
#define NGX_HTTP_VOL_SCRIPT_COUNTS  2       /* calls shared */


ngx_int_t
ngx_http_vol_batch_format(ngx_http_vol_batch_t *batch)
{
    u_char                    *p;
    size_t                     size;
    ngx_int_t                  ncalls;
    ngx_uint_t                 i, nkeys, nargs, nwords;
    ngx_queue_t               *q;
    ngx_http_vol_call_t       *call;
    ngx_http_vol_arguments_t  *first;

    first = &batch->arguments;
    nkeys = first->nkeys;
    nargs = first->nargs - first->nshared;

    nwords = NGX_HTTP_VOL_SCRIPT_HEAD + NGX_HTTP_VOL_SCRIPT_COUNTS
             + first->nshared + batch->ncalls * (nkeys + nargs);

    size = (nwords + 1) * NGX_HTTP_VOL_COMMAND_WORD + sizeof("EVALSHA")
           + NGX_HTTP_VOL_SHA1_HEX_LEN + 3 * NGX_INT_T_LEN + batch->bytes;

    for (i = 0; i < first->nshared; i++) {
        size += first->argv[i].len;
    }

    p = ngx_pnalloc(batch->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    batch->op.command.data = p;

    p = ngx_http_vol_command_head(p, nwords);
    p = ngx_http_vol_command_word(p, (u_char *) "EVALSHA",
                                  sizeof("EVALSHA") - 1);
    p = ngx_http_vol_command_word(p, first->script->sha1,
                                  NGX_HTTP_VOL_SHA1_HEX_LEN);
    p = ngx_http_vol_command_number(p, batch->ncalls * nkeys);

    for (q = ngx_queue_head(&batch->calls);
         q != ngx_queue_sentinel(&batch->calls);
         q = ngx_queue_next(q))
    {
        call = ngx_queue_data(q, ngx_http_vol_call_t, queue);
        p = ngx_http_vol_command_words(p, call->argv, nkeys);
    }

    /* below zero in a cluster, where the script asks whether all is there */

    ncalls = batch->ncalls;

    p = ngx_http_vol_command_number(p, batch->node->redis->cluster ? -ncalls
                                                                   : ncalls);
    p = ngx_http_vol_command_number(p, first->nshared);
    p = ngx_http_vol_command_words(p, first->argv, first->nshared);

    for (q = ngx_queue_head(&batch->calls);
         q != ngx_queue_sentinel(&batch->calls);
         q = ngx_queue_next(q))
    {
        call = ngx_queue_data(q, ngx_http_vol_call_t, queue);
        p = ngx_http_vol_command_words(p, call->argv + nkeys, nargs);
    }

    batch->op.command.len = p - batch->op.command.data;

    return NGX_OK;
}


ngx_int_t
ngx_http_vol_batch_format_reads(ngx_http_vol_batch_t *batch)
{
    u_char               *p;
    size_t                size;
    ngx_queue_t          *q;
    ngx_http_vol_call_t  *call;

    batch->next = NULL;
    batch->read.shared = batch->arguments.argv;

    /* TIME takes no more than HGETALL without a key */

    size = NGX_HTTP_VOL_COMMAND_HEAD + 2 * NGX_HTTP_VOL_COMMAND_WORD
           + sizeof("HGETALL") - 1;

    p = ngx_pnalloc(batch->pool, (1 + batch->ncalls) * size + batch->bytes);
    if (p == NULL) {
        return NGX_ERROR;
    }

    batch->op.command.data = p;

    p = ngx_http_vol_command_head(p, 1);
    p = ngx_http_vol_command_word(p, (u_char *) "TIME", sizeof("TIME") - 1);

    for (q = ngx_queue_head(&batch->calls);
         q != ngx_queue_sentinel(&batch->calls);
         q = ngx_queue_next(q))
    {
        call = ngx_queue_data(q, ngx_http_vol_call_t, queue);

        p = ngx_http_vol_command_head(p, 2);
        p = ngx_http_vol_command_word(p, (u_char *) "HGETALL",
                                      sizeof("HGETALL") - 1);
        p = ngx_http_vol_command_words(p, call->argv, 1);
    }

    batch->op.command.len = p - batch->op.command.data;

    return NGX_OK;
}
