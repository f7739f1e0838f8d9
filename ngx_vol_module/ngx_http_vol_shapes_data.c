
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#include "ngx_http_vol_shapes.h"


/* what is held of a volunteer, where no other reply has it so */

ngx_http_vol_shape_t  ngx_http_vol_data_account_shape[] = {
    vol_shape("ids", IDS),
    vol_shape("called", INTEGER),
    vol_shape_of("account", OBJECT, ngx_http_vol_account_shape, 0),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_data_merged_shape[] = {
    vol_shape("id", STRING),
    vol_shape("into", STRING),
    vol_shape("kind", STRING),
    vol_shape_omit("station", STRING),
    vol_shape_omit("teams", IDS),
    vol_shape_omit("tags", IDS),
    vol_shape_omit("free", IDS),
    vol_shape_omit("minor", BOOLEAN),
    vol_shape_omit("listed", BOOLEAN),
    vol_shape("called", INTEGER),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_data_award_shape[] = {
    vol_shape("award", STRING),
    vol_shape("at", ENTRY_TIME),
    vol_shape("case", STRING),
    vol_shape("points", INTEGER),
    vol_shape("evidence", STRING),
    vol_shape_omit("note", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_data_thanks_shape[] = {
    vol_shape("activity", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_data_selection_shape[] = {
    vol_shape("from", INTEGER),
    vol_shape("state", STRING),
    vol_shape_end
};


ngx_http_vol_shape_t  ngx_http_vol_data_team_shape[] = {
    vol_shape("team", STRING),
    vol_shape_end
};
