
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_shapes.h"


/* orgs and teams */

#define vol_org                                                               \
    vol_shape("id", STRING),                                                  \
    vol_shape("title", STRING),                                               \
    vol_shape("level", STRING),                                               \
    vol_shape_omit("parent", STRING)


ngx_http_vol_shape_t  ngx_http_vol_org_shape[] = {
    vol_org,
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_orgs_shape[] = {
    vol_shape_of("orgs", LIST, ngx_http_vol_org_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_goal_shape[] = {
    vol_shape("hours", INTEGER),
    vol_shape("done", INTEGER),
    vol_shape_end
};


/* a goal as a line of an import has it */

ngx_http_vol_shape_t  ngx_http_vol_export_goal_shape[] = {
    vol_shape("org", STRING),
    vol_shape("hours", INTEGER),
    vol_shape_omit("year", INTEGER),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_org_year_shape[] = {
    vol_shape("year", INTEGER),
    vol_shape("activities", INTEGER),
    vol_shape("minutes", INTEGER),
    vol_shape("points", INTEGER),
    vol_shape("beneficiaries", INTEGER),
    vol_shape_of("goal", OBJECT, ngx_http_vol_goal_shape, NGX_HTTP_VOL_NULL),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_org_stats_shape[] = {
    vol_org,
    vol_shape("volunteers", INTEGER),
    vol_shape("teams", INTEGER),
    vol_shape("activities", INTEGER),
    vol_shape("minutes", INTEGER),
    vol_shape("points", INTEGER),
    vol_shape("beneficiaries", INTEGER),
    vol_shape_of("goal", OBJECT, ngx_http_vol_goal_shape, NGX_HTTP_VOL_NULL),
    vol_shape_of("year", OBJECT, ngx_http_vol_org_year_shape, 0),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_team_shape[] = {
    vol_shape("id", STRING),
    vol_shape("title", STRING),
    vol_shape("kind", STRING),
    vol_shape_omit("org", STRING),
    vol_shape_omit("leader", STRING),
    vol_shape("members", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_teams_shape[] = {
    vol_shape_of("teams", LIST, ngx_http_vol_team_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};


static ngx_http_vol_shape_t  ngx_http_vol_member_shape[] = {
    vol_shape("volunteer", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_members_shape[] = {
    vol_shape_of("members", LIST, ngx_http_vol_member_shape, 0),
    vol_shape_omit("next", STRING),
    vol_shape_end
};
