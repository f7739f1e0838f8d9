
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_fuzz.h"
#include "ngx_http_vol_rulebook.h"
#include "ngx_http_vol_time.h"

#include <sys/mman.h>


/* a rulebook's file */


static void ngx_http_vol_fuzz_book(ngx_http_vol_rulebook_t *book);
static void ngx_http_vol_fuzz_case(ngx_http_vol_rulebook_case_t *c);


void
ngx_http_vol_fuzz_rules(u_char *data, size_t size)
{
    ngx_str_t                 file;
    ngx_uint_t                i;
    ngx_http_vol_case_t      *c;
    ngx_http_vol_rules_t     *rules;
    ngx_http_vol_rulebook_t  *book;
    u_char                    name[sizeof("/proc/self/fd/") + NGX_INT_T_LEN];

    static int  fd = -1;

    if (fd == -1) {
        fd = memfd_create("rules", 0);
        must(fd != -1);
    }

    must(ftruncate(fd, 0) == 0);
    must(pwrite(fd, data, size, 0) == (ssize_t) size);

    file.data = name;
    file.len = ngx_sprintf(name, "/proc/self/fd/%d%Z", fd) - name - 1;

    rules = ngx_http_vol_rules_load(ngx_http_vol_fuzz_cf, &file);

    if (rules == NULL) {
        must(ngx_http_vol_fuzz_logged);
        return;
    }

    must(ngx_http_vol_fuzz_logged == 0);
    must(ngx_abs(rules->utc_offset) <= 14 * 3600);

    for (i = 0; i < NGX_HTTP_VOL_RULE_N; i++) {
        must(rules->values[i].data);
        must(memchr(rules->values[i].data, '\0', rules->values[i].len)
             == NULL);
    }

    for (book = rules->newest; book; book = book->earlier) {
        ngx_http_vol_fuzz_book(book);
        must(book->earlier == NULL || book->earlier->from < book->from);
    }

    c = rules->cases.elts;

    for (i = 0; i < rules->cases.nelts; i++) {
        must(ngx_http_vol_is_id(&c[i].name));
        must(ngx_http_vol_rules_case(rules, &c[i].name) == &c[i]);
    }
}


static void
ngx_http_vol_fuzz_book(ngx_http_vol_rulebook_t *book)
{
    ngx_uint_t                     i;
    ngx_http_vol_rulebook_case_t  *c;

    must(ngx_http_vol_is_id(&book->version));
    must(book->from >= 0 && book->from <= NGX_HTTP_VOL_DAY_LAST);
    must(book->points_per_hour >= 1 && book->points_per_hour <= 1000);
    must(book->nstars <= NGX_HTTP_VOL_STARS_MAX);

    for (i = 0; i < book->nstars; i++) {
        must(book->stars[i] > (i ? book->stars[i - 1] : 0));
    }

    for (i = 0; i < NGX_HTTP_VOL_KINDS; i++) {
        must(book->points_per_year[i] >= 0);
    }

    must(book->valid_days >= 1 && book->kept_days >= 1);
    must(book->minutes_per_day >= 1 && book->minutes_per_day <= 1440);
    must(book->spendable_days >= -1);
    must(book->expiry.years >= 0 && book->expiry.on <= 1231);

    c = book->cases.elts;

    for (i = 0; i < book->cases.nelts; i++) {
        ngx_http_vol_fuzz_case(&c[i]);
    }
}


static void
ngx_http_vol_fuzz_case(ngx_http_vol_rulebook_case_t *c)
{
    must(ngx_http_vol_is_id(&c->name));
    must(c->title.len);
    must(c->min >= 1 && c->min <= c->max);
    must(c->approval == 0 || c->approval == 1);
}
