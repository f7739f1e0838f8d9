
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_shapes.h"


/*
 * The shapes of replies: the members of a document, in the order in which the
 * script's reply has their values.
 */


/* volunteers */

static ngx_http_vol_shape_t  ngx_http_vol_next_star_shape[] = {
    vol_shape("stars", INTEGER),
    vol_shape("need", INTEGER),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_year_shape[] = {
    vol_shape("year", INTEGER),
    vol_shape("earned", INTEGER),
    vol_shape("owed", INTEGER),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_expiring_shape[] = {
    vol_shape("points", INTEGER),
    vol_shape("on", DATE),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_account_shape[] = {
    vol_shape("id", STRING),
    vol_shape("kind", STRING),
    vol_shape("balance", INTEGER),
    vol_shape("earned", INTEGER),
    vol_shape("stars", INTEGER),
    vol_shape_of("next_star", OBJECT, ngx_http_vol_next_star_shape,
                 NGX_HTTP_VOL_NULL),
    vol_shape("minutes", INTEGER),
    vol_shape_of("year", OBJECT, ngx_http_vol_year_shape, 0),
    vol_shape("frozen", BOOLEAN),
    vol_shape_of("expiring", OBJECT, ngx_http_vol_expiring_shape,
                 NGX_HTTP_VOL_NULL),
    vol_shape_omit("station", STRING),
    vol_shape_omit("teams", IDS),
    vol_shape_omit("tags", IDS),
    vol_shape_omit("free", IDS),
    vol_shape_omit("minor", BOOLEAN),
    vol_shape_omit("listed", BOOLEAN),
    vol_shape_omit("erased", BOOLEAN),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_earning_shape[] = {
    vol_shape("entry", STRING),
    vol_shape("points", INTEGER),
    vol_shape("earned", INTEGER),
    vol_shape_omit("state", STRING),
    vol_shape_of("account", OBJECT, ngx_http_vol_account_shape, 0),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_correction_shape[] = {
    vol_shape("entry", STRING),
    vol_shape_of("account", OBJECT, ngx_http_vol_account_shape, 0),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_entry_shape[] = {
    vol_shape("entry", STRING),
    vol_shape("at", ENTRY_TIME),
    vol_shape("type", STRING),
    vol_shape("points", INTEGER),
    vol_shape("earned", INTEGER),
    vol_shape("balance", INTEGER),
    vol_shape_null("ref", STRING),
    vol_shape_omit("voucher", CODE),
    vol_shape_omit("merchant", STRING),
    vol_shape("on", DATE),
    vol_shape_omit("minutes", INTEGER),
    vol_shape_omit("expires", TIME),
    vol_shape_omit("amount", INTEGER),
    vol_shape_omit("by", STRING),
    vol_shape_omit("role", STRING),
    vol_shape_omit("scope", STRING),
    vol_shape("rules", STRING),
    vol_shape_omit("note", STRING),
    vol_shape_omit("evidence", STRING),
    vol_shape_omit("proposal", STRING),
    vol_shape_omit("org", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_ledger_shape[] = {
    vol_shape_of("entries", LIST, ngx_http_vol_entry_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_award_shape[] = {
    vol_shape("award", STRING),
    vol_shape("at", ENTRY_TIME),
    vol_shape("volunteer", STRING),
    vol_shape("case", STRING),
    vol_shape("points", INTEGER),
    vol_shape("by", STRING),
    vol_shape("evidence", STRING),
    vol_shape_omit("note", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_awards_shape[] = {
    vol_shape_of("awards", LIST, ngx_http_vol_award_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


/* alliance */

ngx_http_vol_shape_t  ngx_http_vol_merchant_shape[] = {
    vol_shape("id", STRING),
    vol_shape("title", STRING),
    vol_shape_omit("category", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_offer_shape[] = {
    vol_shape("id", STRING),
    vol_shape("merchant", STRING),
    vol_shape("title", STRING),
    vol_shape("price", INTEGER),
    vol_shape("stock", INTEGER),
    vol_shape("min_stars", INTEGER),
    vol_shape_omit("per_person", INTEGER),
    vol_shape_omit("starts", TIME),
    vol_shape_omit("ends", TIME),
    vol_shape_omit("valid_days", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_offers_shape[] = {
    vol_shape_of("offers", LIST, ngx_http_vol_offer_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_voucher_shape[] = {
    vol_shape("code", CODE),
    vol_shape("offer", STRING),
    vol_shape("merchant", STRING),
    vol_shape("volunteer", STRING),
    vol_shape("price", INTEGER),
    vol_shape("state", STRING),
    vol_shape("issued", TIME),
    vol_shape("expires", TIME),
    vol_shape_omit("balance", INTEGER),
    vol_shape_end
};


/* the books */

ngx_http_vol_shape_t  ngx_http_vol_fund_shape[] = {
    vol_shape("id", STRING),
    vol_shape("title", STRING),
    vol_shape("donated", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_funds_shape[] = {
    vol_shape_of("funds", LIST, ngx_http_vol_fund_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_donation_shape[] = {
    vol_shape("entry", STRING),
    vol_shape("points", INTEGER),
    vol_shape_of("fund", OBJECT, ngx_http_vol_fund_shape, 0),
    vol_shape_of("account", OBJECT, ngx_http_vol_account_shape, 0),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_books_shape[] = {
    vol_shape("volunteers", INTEGER),
    vol_shape("entries", INTEGER),
    vol_shape("minutes", INTEGER),
    vol_shape("earned", INTEGER),
    vol_shape("reversed", INTEGER),
    vol_shape("unspendable", INTEGER),
    vol_shape("spent", INTEGER),
    vol_shape("used", INTEGER),
    vol_shape("outstanding", INTEGER),
    vol_shape("returned", INTEGER),
    vol_shape("expired", INTEGER),
    vol_shape("donated", INTEGER),
    vol_shape("balance", INTEGER),
    vol_shape("law", STRING),
    vol_shape_end
};


/* what an export shows of an account and of a voucher */

ngx_http_vol_shape_t  ngx_http_vol_export_account_shape[] = {
    vol_shape("id", STRING),
    vol_shape("kind", STRING),
    vol_shape("balance", INTEGER),
    vol_shape("earned", INTEGER),
    vol_shape("stars", INTEGER),
    vol_shape("minutes", INTEGER),
    vol_shape_of("year", OBJECT, ngx_http_vol_year_shape, 0),
    vol_shape("frozen", BOOLEAN),
    vol_shape_omit("station", STRING),
    vol_shape_omit("teams", IDS),
    vol_shape_omit("tags", IDS),
    vol_shape_omit("free", IDS),
    vol_shape_omit("minor", BOOLEAN),
    vol_shape_omit("listed", BOOLEAN),
    vol_shape_omit("called", INTEGER),
    vol_shape_omit("merged", STRING),
    vol_shape_omit("erased", BOOLEAN),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_export_voucher_shape[] = {
    vol_shape("code", CODE),
    vol_shape("offer", STRING),
    vol_shape("merchant", STRING),
    vol_shape("volunteer", STRING),
    vol_shape("price", INTEGER),
    vol_shape("state", STRING),
    vol_shape("issued", TIME),
    vol_shape("expires", TIME),
    vol_shape_end
};


/* seals */

ngx_http_vol_shape_t  ngx_http_vol_seal_shape[] = {
    vol_shape("seal", STRING),
    vol_shape("first", STRING),
    vol_shape("entries", INTEGER),
    vol_shape("digest", STRING),
    vol_shape("previous", STRING),
    vol_shape("algorithm", STRING),
    vol_shape("on", DATE),
    vol_shape_omit("root", BOOLEAN),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_seals_shape[] = {
    vol_shape_of("seals", LIST, ngx_http_vol_seal_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


/* the audit */

static ngx_http_vol_shape_t  ngx_http_vol_done_shape[] = {
    vol_shape("done", INTEGER),
    vol_shape("total", INTEGER),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_progress_shape[] = {
    vol_shape_of("entries", OBJECT, ngx_http_vol_done_shape, 0),
    vol_shape_of("accounts", OBJECT, ngx_http_vol_done_shape, 0),
    vol_shape_of("offers", OBJECT, ngx_http_vol_done_shape, 0),
    vol_shape_of("keys", OBJECT, ngx_http_vol_done_shape, 0),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_finding_shape[] = {
    vol_shape("what", STRING),
    vol_shape_omit("id", STRING),
    vol_shape_omit("field", STRING),
    vol_shape_omit("expected", STRING),
    vol_shape_omit("found", STRING),
    vol_shape_omit("detail", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_audit_shape[] = {
    vol_shape("audit", INTEGER),
    vol_shape("state", STRING),
    vol_shape("phase", STRING),
    vol_shape("by", STRING),
    vol_shape("started", TIME),
    vol_shape_null("finished", TIME),
    vol_shape("mismatches", INTEGER),
    vol_shape_null("verdict", STRING),
    vol_shape_of("progress", OBJECT, ngx_http_vol_progress_shape, 0),
    vol_shape_of("found", LIST, ngx_http_vol_finding_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


/* what is done without a word */

ngx_http_vol_shape_t  ngx_http_vol_nothing_shape[] = {
    vol_shape_end
};
