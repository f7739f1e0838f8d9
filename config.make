cat << END                                                    >> $NGX_MAKEFILE

$NGX_OBJS/ngx_http_vol_scripts.c: `echo $ngx_addon_dir/lua/*.lua \
    $ngx_addon_dir/lua/lib/*.lua` $ngx_addon_dir/lua/embed
	sh $ngx_addon_dir/lua/embed $ngx_addon_dir/lua $NGX_OBJS

$NGX_OBJS/ngx_http_vol_scripts.h: $NGX_OBJS/ngx_http_vol_scripts.c

$NGX_OBJS/ngx_http_vol_shape_names.c: \
    $ngx_addon_dir/ngx_vol_module/ngx_http_vol_shapes.h \
    $ngx_addon_dir/ngx_vol_module/shape_names
	sh $ngx_addon_dir/ngx_vol_module/shape_names \
	    $ngx_addon_dir/ngx_vol_module/ngx_http_vol_shapes.h $NGX_OBJS

END
