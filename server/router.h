/* From method and path to a row of routes.def. */
#ifndef MLED_SERVER_ROUTER_H
#define MLED_SERVER_ROUTER_H

#include "api/api.h"
#include "server/auth.h"
#include "server/text.h"

#include <stdbool.h>
#include <stddef.h>

struct mled_request;

enum mled_method {
    MLED_GET,
    MLED_HEAD,
    MLED_POST,
    MLED_PUT,
    MLED_PATCH,
    MLED_DELETE,
    MLED_OPTIONS,
    MLED_TRACE,
    MLED_CONNECT,
    MLED_METHODS /* none of these */
};

enum {
    MLED_ROUTE_BODY = 1,
    MLED_ROUTE_PROBE = 2,
    MLED_ROUTE_ETAG = 4,
    MLED_ROUTE_HTML = 8,
    MLED_ROUTE_ADMIN = 16,
    MLED_ROUTE_QUIET = 32,
    MLED_ROUTE_TEXT = 64,
};

struct mled_route {
    enum mled_method method;
    const char *path;
    void (*handle)(struct mled_request *request); /* on the I/O thread; sets the answer or queues */
    const char *op_name;
    enum mled_scope scope;
    unsigned flags;
    const char *summary;
};

/* The rows of routes.def, NULL behind the last. */
const struct mled_route *mled_router_get(size_t i);

struct mled_match {
    const struct mled_route *route; /* NULL: none */
    const struct mle_op *op;        /* NULL: the server's own */
    const char *name;               /* what {name} stands for, decoded, NULL if there is none */
    unsigned allowed;               /* bit 1 << method: what the path takes; 0: no such path */
};

/* Looks up the operations of the routes, once, before the daemon starts. False, with the name of
   the first that is missing, if the api does not have one; such routes answer 501. */
bool mled_router_init(const char **missing);

enum mled_method mled_router_method(const char *method); /* case counts */
const char *mled_router_method_name(enum mled_method method);

enum { MLED_SEGMENTS = 8 };

/* A path cut at its slashes, each segment decoded: what a '%2F' stands for never separates. */
struct mled_path {
    size_t n; /* MLED_SEGMENTS + 1: more than any route has */
    const char *segment[MLED_SEGMENTS];
};

/* False if raw is no path (see mled_uri_decode). The segments are put into text. */
bool mled_path_read(struct mled_path *path, const char *raw, struct mled_text *text);

/* The result borrows from the path's text. */
struct mled_match mled_router_find(enum mled_method method, const struct mled_path *path);

/* The value of Allow for a set of methods. */
void mled_router_allow(unsigned allowed, size_t size, char out[]);

#endif
