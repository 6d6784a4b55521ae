/* Sockets to listen on. */
#ifndef MLED_SERVER_LISTEN_H
#define MLED_SERVER_LISTEN_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Binds "127.0.0.1:8080" or "[::1]:0" for this process alone: a second one fails instead of taking
   half of the traffic. */
enum mle_status mled_listen(const char *address, int *fd, struct mle_error *err);

/* Whether it is such an address; nothing is bound. *loopback: only this machine could reach it. */
enum mle_status mled_listen_check(const char *address, bool *loopback, struct mle_error *err);

/* Where it listens really: the base of the URL for a client on this machine, the port, and whether
   only this machine can reach it. */
void mled_listen_name(int fd, size_t size, char url[], uint16_t *port, bool *loopback);

/* Connects to such an address; a wildcard stands for loopback. -1 on failure. */
int mled_connect(const char *address, double timeout_s);

#endif
