#include "server/describe.h"

#include "api/openapi.h"
#include "server/router.h"

#include <stdlib.h>

static struct mle_openapi_route describe_route(const struct mled_route *route)
{
    return (struct mle_openapi_route){
        .method = mled_router_method_name(route->method),
        .path = route->path,
        .summary = route->summary,
        .scope = mled_scope_name(route->scope),
        .op = *route->op_name ? mle_op_find(route->op_name) : NULL,
        .answer = route->flags & MLED_ROUTE_TEXT   ? MLE_OPENAPI_TEXT
                  : route->flags & MLED_ROUTE_HTML ? MLE_OPENAPI_PAGE
                                                   : MLE_OPENAPI_JSON,
        .probe = route->flags & MLED_ROUTE_PROBE,
        .etag = route->flags & MLED_ROUTE_ETAG,
    };
}

enum mle_status mled_describe(struct mled_description *description, struct mle_error *err)
{
    size_t n = 0;
    while (mled_router_get(n))
        n++;
    struct mle_openapi_route *routes = calloc(n + 1, sizeof *routes); /* never of 0 bytes */
    if (!routes)
        return mle_fail(err, MLE_NO_MEMORY, "no memory to describe the routes");
    for (size_t i = 0; i < n; i++)
        routes[i] = describe_route(mled_router_get(i));
    description->bytes = mle_openapi(n, routes, false, &description->n, err);
    if (description->bytes)
        description->pretty = mle_openapi(n, routes, true, &description->n_pretty, err);
    free(routes);
    return description->pretty ? MLE_OK : err->status;
}

void mled_description_finish(struct mled_description *description)
{
    free(description->bytes);
    free(description->pretty);
    *description = (struct mled_description){ .bytes = NULL };
}
