/* The process: everything that lives as long as it does, and its life from start to drain. */
#ifndef MLED_SERVER_SERVER_H
#define MLED_SERVER_SERVER_H

#include "api/api.h"
#include "server/auth.h"
#include "server/config.h"
#include "server/connections.h"
#include "server/describe.h"
#include "server/http.h"
#include "server/lanes.h"
#include "server/metrics.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mled_server {
    const struct mled_config *config; /* borrowed */
    struct mle_limits limits;
    struct mle_budget memory; /* of all requests */
    struct mle_pool *pool;
    struct mled_lanes lanes;
    struct mled_inline inline_budget; /* of the service's I/O thread */
    struct mled_auth auth;
    struct mled_metrics metrics;
    struct mled_description description;
    struct mled_connections connections;
    size_t most_connections; /* of the service: the setting, or what descriptors are there for */
    struct mled_listener service, admin;

    char id_prefix[17];   /* of request ids: 16 random digits */
    atomic_size_t active; /* requests begun whose answer is not yet sent, but
                             those refused while draining */
    atomic_size_t suspended;
    atomic_bool unready;    /* /readyz says 503 */
    atomic_bool draining;   /* new work is refused, answers close their connection */
    atomic_bool cancelling; /* running work is told to stop */
};

/* Keeps SIGTERM, SIGINT and SIGHUP for mled_server_run; before there are threads. */
void mled_server_block_signals(void);

/* What can be said of the settings without serving: the keys can be read, the addresses served. */
enum mle_status mled_server_check(const struct mled_config *config, struct mle_error *err);

/* Starts to serve. On failure everything is undone. */
enum mle_status mled_server_start(struct mled_server *server, const struct mled_config *config,
                                  struct mle_error *err);

/* Serves until SIGTERM or SIGINT, drains, and ends everything. Returns the exit code of the
   process. */
int mled_server_run(struct mled_server *server);

#endif
