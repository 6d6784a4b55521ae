#include "server/router.h"

#include "server/on.h"
#include "server/uri.h"

#include <string.h>

static const struct mled_route routes[] = {
#define MLED_ROUTE(method, path, handler, op, scope, flags, summary)                               \
    { MLED_##method, path, handler, op, MLED_SCOPE_##scope, flags, summary },
#include "server/routes.def"
#undef MLED_ROUTE
};

enum { ROUTES = sizeof routes / sizeof *routes };

/* Filled once by mled_router_init, before there are threads. */
static const struct mle_op *ops[ROUTES];

static const char *const methods[MLED_METHODS] = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
};

const struct mled_route *mled_router_get(size_t i)
{
    return i < ROUTES ? &routes[i] : NULL;
}

bool mled_router_init(const char **missing)
{
    *missing = NULL;
    for (size_t i = 0; i < ROUTES; i++) {
        if (*routes[i].op_name == '\0')
            continue;
        ops[i] = mle_op_find(routes[i].op_name);
        if (!ops[i] && !*missing)
            *missing = routes[i].op_name;
    }
    return !*missing;
}

enum mled_method mled_router_method(const char *method)
{
    int i = 0;
    while (i < MLED_METHODS && strcmp(method, methods[i]) != 0)
        i++;
    return (enum mled_method)i;
}

const char *mled_router_method_name(enum mled_method method)
{
    return method < MLED_METHODS ? methods[method] : "OTHER";
}

bool mled_path_read(struct mled_path *path, const char *raw, struct mled_text *text)
{
    path->n = 0;
    if (*raw != '/')
        return false;
    do {
        raw++;
        size_t n = strcspn(raw, "/");
        const char *segment = mled_uri_decode(n, raw, text);
        if (!segment)
            return false;
        if (path->n < MLED_SEGMENTS)
            path->segment[path->n] = segment;
        if (path->n <= MLED_SEGMENTS)
            path->n++;
        raw += n;
    } while (*raw == '/');
    return true;
}

/* Whether the path has the shape of the pattern; name is set to what {name} stands for. */
static bool matches(const char *pattern, const struct mled_path *path, const char **name)
{
    *name = NULL;
    for (size_t i = 0; i < path->n && i < MLED_SEGMENTS; i++) {
        if (*pattern != '/')
            return false;
        pattern++;
        size_t n = strcspn(pattern, "/");
        if (*pattern == '{') {
            if (*path->segment[i] == '\0')
                return false;
            *name = path->segment[i];
        } else if (strncmp(pattern, path->segment[i], n) != 0 || path->segment[i][n] != '\0') {
            return false;
        }
        pattern += n;
    }
    return *pattern == '\0' && path->n <= MLED_SEGMENTS;
}

struct mled_match mled_router_find(enum mled_method method, const struct mled_path *path)
{
    enum mled_method wanted = method == MLED_HEAD ? MLED_GET : method;
    struct mled_match match = { .route = NULL };
    const char *name;
    for (size_t i = 0; i < ROUTES; i++) {
        if (!matches(routes[i].path, path, &name))
            continue;
        match.allowed |= 1u << routes[i].method;
        if (routes[i].method == MLED_GET)
            match.allowed |= 1u << MLED_HEAD;
        if (routes[i].method == wanted && !match.route) {
            match.route = &routes[i];
            match.op = ops[i];
            match.name = name;
        }
    }
    return match;
}

void mled_router_allow(unsigned allowed, size_t size, char out[])
{
    struct mled_text text = mled_text_in(size, out);
    for (int i = 0; i < MLED_METHODS; i++) {
        if (!(allowed & 1u << i))
            continue;
        if (text.n > 0)
            mled_text_add(&text, ", ");
        mled_text_add(&text, methods[i]);
    }
    mled_text_end(&text);
}
