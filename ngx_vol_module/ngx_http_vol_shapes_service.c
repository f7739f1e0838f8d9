
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_shapes.h"


/* projects */

ngx_http_vol_shape_t  ngx_http_vol_project_shape[] = {
    vol_shape("id", STRING),
    vol_shape("title", STRING),
    vol_shape("class", STRING),
    vol_shape_omit("org", STRING),
    vol_shape("brand", BOOLEAN),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_projects_shape[] = {
    vol_shape_of("projects", LIST, ngx_http_vol_project_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


/* activities */

static ngx_http_vol_shape_t  ngx_http_vol_post_shape[] = {
    vol_shape("id", STRING),
    vol_shape("title", STRING),
    vol_shape("places", INTEGER),
    vol_shape("taken", INTEGER),
    vol_shape_omit("waiting", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_activity_shape[] = {
    vol_shape("id", STRING),
    vol_shape("title", STRING),
    vol_shape_omit("org", STRING),
    vol_shape_omit("project", STRING),
    vol_shape("state", STRING),
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
    vol_shape_of("posts", LIST, ngx_http_vol_post_shape, 0),
    vol_shape("served", INTEGER),
    vol_shape("minutes", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_activities_shape[] = {
    vol_shape_of("activities", LIST, ngx_http_vol_activity_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_repeated_shape[] = {
    vol_shape("activity", STRING),
    vol_shape("made", INTEGER),
    vol_shape("activities", IDS),
    vol_shape_end
};


/* sign-ups */

#define vol_signup                                                            \
    vol_shape("post", STRING),                                                \
    vol_shape("state", STRING),                                               \
    vol_shape_omit("position", INTEGER),                                      \
    vol_shape_omit("signed_up", TIME),                                        \
    vol_shape_omit("checked_in", TIME),                                       \
    vol_shape_omit("minutes", INTEGER),                                       \
    vol_shape_omit("entry", STRING)


ngx_http_vol_shape_t  ngx_http_vol_signup_shape[] = {
    vol_shape("activity", STRING),
    vol_shape("volunteer", STRING),
    vol_signup,
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_signups_shape[] = {
    vol_shape_of("signups", LIST, ngx_http_vol_signup_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_my_signup_shape[] = {
    vol_shape("activity", STRING),
    vol_shape("title", STRING),
    vol_shape("activity_state", STRING),
    vol_shape("starts", TIME),
    vol_shape("ends", TIME),
    vol_shape("place", STRING),
    vol_signup,
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_my_signups_shape[] = {
    vol_shape_of("signups", LIST, ngx_http_vol_my_signup_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


/* attendance */

ngx_http_vol_shape_t  ngx_http_vol_activity_code_shape[] = {
    vol_shape("activity", STRING),
    vol_shape("code", STRING),
    vol_shape("until", TIME),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_service_shape[] = {
    vol_shape("activity", STRING),
    vol_shape("volunteer", STRING),
    vol_shape("minutes", INTEGER),
    vol_shape("entry", STRING),
    vol_shape("points", INTEGER),
    vol_shape("earned", INTEGER),
    vol_shape_of("account", OBJECT, ngx_http_vol_account_shape,
                 NGX_HTTP_VOL_NULL),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_share_shape[] = {
    vol_shape("activity", STRING),
    vol_shape("volunteer", STRING),
    vol_shape("at", TIME),
    vol_shape("text", STRING),
    vol_shape_omit("pictures", IDS),
    vol_shape("thanks", INTEGER),
    vol_shape_omit("hidden", BOOLEAN),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_shares_shape[] = {
    vol_shape_of("shares", LIST, ngx_http_vol_share_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};
