
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_shapes.h"


/* reports */

static ngx_http_vol_shape_t  ngx_http_vol_obligation_shape[] = {
    vol_shape("volunteer", STRING),
    vol_shape("kind", STRING),
    vol_shape_null("station", STRING),
    vol_shape("earned", INTEGER),
    vol_shape("owed", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_obligations_shape[] = {
    vol_shape("year", INTEGER),
    vol_shape_of("obligations", LIST, ngx_http_vol_obligation_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_commendation_shape[] = {
    vol_shape("volunteer", STRING),
    vol_shape_null("station", STRING),
    vol_shape("stars", INTEGER),
    vol_shape("before", INTEGER),
    vol_shape("earned", INTEGER),
    vol_shape("points", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_commendations_shape[] = {
    vol_shape("year", INTEGER),
    vol_shape_of("commendations", LIST, ngx_http_vol_commendation_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_leader_shape[] = {
    vol_shape("rank", INTEGER),
    vol_shape("volunteer", STRING),
    vol_shape("points", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_leaderboard_shape[] = {
    vol_shape_null("year", INTEGER),
    vol_shape_of("leaders", LIST, ngx_http_vol_leader_shape, 0),
    vol_shape_end
};


/* NGX_HTTP_VOL_FIGURES of a district */

#define vol_figures(shape)                                                    \
    shape("volunteers", INTEGER),                                             \
    shape("teams", INTEGER),                                                  \
    shape("orgs", INTEGER),                                                   \
    shape("activities", INTEGER),                                             \
    shape("minutes", INTEGER),                                                \
    shape("hours", INTEGER),                                                  \
    shape("points", INTEGER),                                                 \
    shape("beneficiaries", INTEGER),                                          \
    shape("merchants", INTEGER),                                              \
    shape("offers", INTEGER),                                                 \
    shape("redeemed", INTEGER)


ngx_http_vol_shape_t  ngx_http_vol_stats_shape[] = {
    vol_figures(vol_shape),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_district_shape[] = {
    vol_shape("district", STRING),
    vol_figures(vol_shape_omit),
    vol_shape_omit("problem", STRING),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_districts_total_shape[] = {
    vol_shape("districts", INTEGER),
    vol_figures(vol_shape),
    vol_shape("complete", BOOLEAN),
    vol_shape("missing", IDS),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_districts_shape[] = {
    vol_shape_of("districts", LIST, ngx_http_vol_district_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_of("total", OBJECT, ngx_http_vol_districts_total_shape,
                 NGX_HTTP_VOL_NULL),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_term_shape[] = {
    vol_shape("term", STRING),
    vol_shape_omit("title", STRING),
    vol_shape("starts", DATE),
    vol_shape("ends", DATE),
    vol_shape("minutes", INTEGER),
    vol_shape("hours", INTEGER),
    vol_shape("points", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_transcript_shape[] = {
    vol_shape("volunteer", STRING),
    vol_shape("kind", STRING),
    vol_shape_of("terms", LIST, ngx_http_vol_term_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


/* the selection of outstanding volunteers */

static ngx_http_vol_shape_t  ngx_http_vol_period_shape[] = {
    vol_shape("from", INTEGER),
    vol_shape("to", INTEGER),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_applicant_shape[] = {
    vol_shape("volunteer", STRING),
    vol_shape("state", STRING),
    vol_shape_omit("earned", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_selection_shape[] = {
    vol_shape("title", STRING),
    vol_shape_of("period", OBJECT, ngx_http_vol_period_shape, 0),
    vol_shape("min_stars", INTEGER),
    vol_shape("points", INTEGER),
    vol_shape_null("published", TIME),
    vol_shape_omit("eligible", BOOLEAN),
    vol_shape_omit("state", STRING),
    vol_shape_of("volunteers", LIST, ngx_http_vol_applicant_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_selected_shape[] = {
    vol_shape_of("period", OBJECT, ngx_http_vol_period_shape, 0),
    vol_shape("volunteer", STRING),
    vol_shape_null("state", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_published_shape[] = {
    vol_shape_of("period", OBJECT, ngx_http_vol_period_shape, 0),
    vol_shape("published", TIME),
    vol_shape("volunteers", INTEGER),
    vol_shape_end
};


/* certificates */

static ngx_http_vol_shape_t  ngx_http_vol_certified_shape[] = {
    vol_shape_omit("activity", STRING),
    vol_shape("recorded_by", STRING),
    vol_shape("minutes", INTEGER),
    vol_shape("hours", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_certificate_shape[] = {
    vol_shape("code", CODE),
    vol_shape("volunteer", STRING),
    vol_shape("from", DATE),
    vol_shape("to", DATE),
    vol_shape("issuer", STRING),
    vol_shape("issued", TIME),
    vol_shape("minutes", INTEGER),
    vol_shape("hours", INTEGER),
    vol_shape_of("activities", LIST, ngx_http_vol_certified_shape, 0),
    vol_shape("signature", STRING),
    vol_shape_end
};
