/* libmicrohttpd: its daemon, its settings, its callbacks. */
#ifndef MLED_SERVER_HTTP_H
#define MLED_SERVER_HTTP_H

#include "core/base/status.h"

struct mled_server;

/* Binds the address of the configuration, exclusively, and starts the I/O thread. Sets daemon,
   port, url and loopback of the server. */
enum mle_status mled_http_start(struct mled_server *server, struct mle_error *err);

/* No connection may be suspended. */
void mled_http_stop(struct mled_server *server);

/* Takes no more connections; those that are open go on. */
void mled_http_quiesce(struct mled_server *server);

#endif
