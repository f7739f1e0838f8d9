
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_shapes.h"


/* needs of residents, and who suits them */

#define vol_need                                                              \
    vol_shape("id", STRING),                                                  \
    vol_shape("at", ENTRY_TIME),                                              \
    vol_shape("title", STRING),                                               \
    vol_shape_omit("tags", IDS),                                              \
    vol_shape("station", STRING),                                             \
    vol_shape("scope", STRING),                                               \
    vol_shape("on", DATE),                                                    \
    vol_shape_omit("starts", TIME),                                           \
    vol_shape("minutes", INTEGER),                                            \
    vol_shape("until", TIME),                                                 \
    vol_shape("state", STRING),                                               \
    vol_shape_omit("note", STRING),                                           \
    vol_shape_omit("resident", STRING),                                       \
    vol_shape_omit("volunteer", STRING),                                      \
    vol_shape_omit("entry", STRING)


ngx_http_vol_shape_t  ngx_http_vol_need_shape[] = {
    vol_need,
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_needs_shape[] = {
    vol_shape_of("needs", LIST, ngx_http_vol_need_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_confirmed_shape[] = {
    vol_shape("entry", STRING),
    vol_shape("points", INTEGER),
    vol_shape("earned", INTEGER),
    vol_shape_of("need", OBJECT, ngx_http_vol_need_shape, 0),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_candidate_shape[] = {
    vol_shape("volunteer", STRING),
    vol_shape("station", STRING),
    vol_shape("distance", INTEGER),
    vol_shape_omit("common", IDS),
    vol_shape_omit("free", BOOLEAN),
    vol_shape("called", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_candidates_shape[] = {
    vol_shape_of("candidates", LIST, ngx_http_vol_candidate_shape, 0),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_suggestion_shape[] = {
    vol_need,
    vol_shape("distance", INTEGER),
    vol_shape_omit("common", IDS),
    vol_shape_omit("free", BOOLEAN),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_suggestions_shape[] = {
    vol_shape_of("needs", LIST, ngx_http_vol_suggestion_shape, 0),
    vol_shape_end
};
