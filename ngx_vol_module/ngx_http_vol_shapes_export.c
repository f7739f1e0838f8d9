
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_shapes.h"


/* what an export shows of service, needs and reports, as it is stored */

static ngx_http_vol_shape_t  ngx_http_vol_export_post_shape[] = {
    vol_shape("id", STRING),
    vol_shape("title", STRING),
    vol_shape("places", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_export_activity_shape[] = {
    vol_shape("id", STRING),
    vol_shape("title", STRING),
    vol_shape_omit("org", STRING),
    vol_shape_omit("project", STRING),
    vol_shape("state", STRING),
    vol_shape_omit("closed", TIME),
    vol_shape("starts", TIME),
    vol_shape("ends", TIME),
    vol_shape_omit("withdraw_until", TIME),
    vol_shape("place", STRING),
    vol_shape_omit("latitude", INTEGER),
    vol_shape_omit("longitude", INTEGER),
    vol_shape_omit("radius", INTEGER),
    vol_shape_omit("tags", IDS),
    vol_shape("emergency", BOOLEAN),
    vol_shape("beneficiaries", INTEGER),
    vol_shape_of("posts", LIST, ngx_http_vol_export_post_shape, 0),
    vol_shape("places", INTEGER),
    vol_shape("taken", INTEGER),
    vol_shape("served", INTEGER),
    vol_shape("minutes", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_export_signup_shape[] = {
    vol_shape("activity", STRING),
    vol_shape("volunteer", STRING),
    vol_shape("post", STRING),
    vol_shape("state", STRING),
    vol_shape("signed_up", TIME),
    vol_shape_omit("checked_in", TIME),
    vol_shape_omit("minutes", INTEGER),
    vol_shape_omit("entry", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_export_thanks_shape[] = {
    vol_shape("activity", STRING),
    vol_shape("volunteer", STRING),
    vol_shape("users", IDS),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_export_need_shape[] = {
    vol_shape("id", STRING),
    vol_shape("at", ENTRY_TIME),
    vol_shape("title", STRING),
    vol_shape_omit("tags", IDS),
    vol_shape("station", STRING),
    vol_shape("scope", STRING),
    vol_shape("on", DATE),
    vol_shape_omit("starts", TIME),
    vol_shape("minutes", INTEGER),
    vol_shape("until", TIME),
    vol_shape("state", STRING),
    vol_shape_omit("note", STRING),
    vol_shape_omit("resident", STRING),
    vol_shape_omit("volunteer", STRING),
    vol_shape_omit("entry", STRING),
    vol_shape("line", IDS),
    vol_shape("rises", TIME),
    vol_shape_omit("by", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_export_selection_shape[] = {
    vol_shape("period", INTEGER),
    vol_shape("volunteer", STRING),
    vol_shape("state", STRING),
    vol_shape_omit("published", TIME),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_export_publication_shape[] = {
    vol_shape("period", INTEGER),
    vol_shape("published", TIME),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_export_certificate_shape[] = {
    vol_shape("code", CODE),
    vol_shape("volunteer", STRING),
    vol_shape("from", DATE),
    vol_shape("to", DATE),
    vol_shape("issuer", STRING),
    vol_shape("issued", TIME),
    vol_shape("minutes", INTEGER),
    vol_shape("hours", INTEGER),
    vol_shape("signature", STRING),
    vol_shape("content", STRING),
    vol_shape_end
};
