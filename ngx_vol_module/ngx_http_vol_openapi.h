
/*
 * Copyright (c) 2026, the ngx_vol authors
 */


#ifndef _NGX_HTTP_VOL_OPENAPI_H_INCLUDED_
#define _NGX_HTTP_VOL_OPENAPI_H_INCLUDED_


#include "ngx_http_vol_shapes.h"


/*
 * The OpenAPI document of the table of endpoints.  Every function that returns
 * JSON gives NULL without memory, and takes a NULL that another gave: what is
 * not whole becomes NULL in the end.
 */


#define NGX_HTTP_VOL_KEYED                                                    \
    (NGX_HTTP_VOL_KEY_REQUIRED|NGX_HTTP_VOL_KEY_OPTIONAL)


typedef struct {
    ngx_http_vol_shape_t           *shape;
    char                           *label;      /* as the source calls it */
} ngx_http_vol_shape_name_t;


/* made from ngx_http_vol_shapes.h; NULL behind the last */
extern ngx_http_vol_shape_name_t  ngx_http_vol_shape_names[];


/* ngx_http_vol_openapi.c */

/* The whole document. */
json_t *ngx_http_vol_openapi_document(void);


/* ngx_http_vol_openapi_response.c */

/* Those of a row; what rows have in common is put among the components. */
json_t *ngx_http_vol_openapi_responses(json_t *components,
    ngx_http_vol_endpoint_t *ep);

/* The headers that every write answers with. */
json_t *ngx_http_vol_openapi_durability(void);


/* ngx_http_vol_openapi_schema.c: components/schemas */

/* Those of types, which others refer to. */
json_t *ngx_http_vol_openapi_types(void);

/* Of what a client sends in a field. */
json_t *ngx_http_vol_openapi_field(ngx_http_vol_field_t *f);

/*
 * Of an object whose members are fields of these sources, a bit for each
 * ngx_http_vol_source_e.
 */
json_t *ngx_http_vol_openapi_fields(ngx_http_vol_field_t *fields,
    ngx_uint_t sources);

/* A reference to that of a shape, which is put among the schemas. */
json_t *ngx_http_vol_openapi_shape(json_t *schemas,
    ngx_http_vol_shape_t *shape, char *label);

/* The same of a shape of the header, whose name is found. */
json_t *ngx_http_vol_openapi_reply(json_t *schemas,
    ngx_http_vol_shape_t *shape);

/* A reference to a schema by its name. */
json_t *ngx_http_vol_openapi_ref(const char *name);

json_t *ngx_http_vol_openapi_str(ngx_str_t *text);


/* ngx_http_vol_openapi_stream.c: what no script answers alone */

/* What is said of it, or NULL. */
ngx_str_t *ngx_http_vol_openapi_about(ngx_http_vol_endpoint_t *ep);

/* The values of a field that its type does not tell, or NULL. */
json_t *ngx_http_vol_openapi_values(ngx_http_vol_endpoint_t *ep,
    ngx_http_vol_field_t *f);

/* The content of the body of an import. */
json_t *ngx_http_vol_openapi_lines(json_t *schemas);

/* The answer 200 of such an endpoint. */
json_t *ngx_http_vol_openapi_stream(json_t *schemas,
    ngx_http_vol_endpoint_t *ep);


#endif /* _NGX_HTTP_VOL_OPENAPI_H_INCLUDED_ */
