/* libmicrohttpd: its daemons, their settings, its callbacks. */
#ifndef MLED_SERVER_HTTP_H
#define MLED_SERVER_HTTP_H

#include "core/base/status.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct mled_server;
struct mled_config;

/* An address with its daemon and its I/O thread. There is one for the service and one, if it is
   asked for, for those who run it: that one serves the routes with MLED_ROUTE_ADMIN only, without
   keys, and answers whatever the other is busy with. */
struct mled_listener {
    struct mled_server *server;
    struct MHD_Daemon *daemon; /* NULL: does not run */
    bool admin;
    bool loopback;      /* only this machine can reach it */
    uint16_t port;      /* the real one */
    char url[96];       /* http://127.0.0.1:8080 */
    uint64_t n_request; /* its I/O thread's */
};

enum { MLED_ADMIN_CONNECTIONS = 64 };

/* Binds the addresses of the configuration, exclusively, and starts the I/O threads. Sets the
   listeners of the server; on failure those that run are to be stopped by mled_http_stop. */
enum mle_status mled_http_start(struct mled_server *server, struct mle_error *err);

/* From now on libmicrohttpd ends the process with a line in the log when it finds its state broken.
   Part of mled_http_start. */
void mled_http_guard(void);

/* Whether these addresses may be served: they are numeric, and where others can reach them there
   are keys. Nothing is bound. */
enum mle_status mled_http_check(const struct mled_config *config, struct mle_error *err);

/* No connection may be suspended. */
void mled_http_stop(struct mled_server *server);

/* The service takes no more connections; those that are open go on. */
void mled_http_quiesce(struct mled_server *server);

#endif
