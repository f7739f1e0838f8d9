cat << END                                                    >> $NGX_MAKEFILE

$NGX_OBJS/ngx_http_vol_fuzz_module.so: $NGX_OBJS/ngx_http_vol_module.so

END
