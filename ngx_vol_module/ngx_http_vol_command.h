
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_COMMAND_H_INCLUDED_
#define _NGX_HTTP_VOL_COMMAND_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Commands in the Redis protocol, written by hand: redisFormatCommandArgv()
 * asks the C library to print each length, which takes longer than all else
 * that is done for a call.
 */

/* what a word takes beside its bytes; what the head of a command takes */

#define NGX_HTTP_VOL_COMMAND_WORD  (sizeof("$" CRLF CRLF) - 1 + NGX_SIZE_T_LEN)
#define NGX_HTTP_VOL_COMMAND_HEAD  (sizeof("*" CRLF) - 1 + NGX_INT_T_LEN)


/* Each writes at p and returns the place behind it. */

u_char *ngx_http_vol_command_head(u_char *p, ngx_uint_t nwords);
u_char *ngx_http_vol_command_word(u_char *p, u_char *data, size_t len);
u_char *ngx_http_vol_command_words(u_char *p, ngx_str_t *words, ngx_uint_t n);
u_char *ngx_http_vol_command_number(u_char *p, ngx_int_t n);


#endif /* _NGX_HTTP_VOL_COMMAND_H_INCLUDED_ */
