/* The description of the service, /openapi.json: made once, at the start, of routes.def and what
   the api knows. */
#ifndef MLED_SERVER_DESCRIBE_H
#define MLED_SERVER_DESCRIBE_H

#include "core/base/status.h"

struct mled_description {
    char *bytes, *pretty; /* owned */
    size_t n, n_pretty;
};

/* After mled_router_init. Finish in any case. */
enum mle_status mled_describe(struct mled_description *description, struct mle_error *err);
void mled_description_finish(struct mled_description *description);

#endif
