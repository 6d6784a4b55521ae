/* The open connections, for what libmicrohttpd does not watch: clients that are slow on purpose
   (its timeout counts silence only) and clients that leave while their connection is suspended. */
#ifndef MLED_SERVER_CONNECTIONS_H
#define MLED_SERVER_CONNECTIONS_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct mle_stop;

struct mled_connection {
    struct mled_connection *next, *previous; /* under the lock */
    int fd;
    atomic_int_fast64_t deadline_ns; /* the phase must have ended by then, 0: no limit */
    struct mle_stop *watched;        /* work to cancel when the client leaves, NULL: none; lock */
    atomic_bool left;                /* the client has left while it was watched */
    char peer[64];
};

struct mled_connections {
    pthread_mutex_t lock;
    struct mled_connection *first;
    struct pollfd *polled; /* scratch of the tick, room for most */
    struct mled_connection **polled_owner;
    size_t most;
    atomic_size_t open, opened, reaped;
};

bool mled_connections_init(struct mled_connections *all, size_t most);
void mled_connections_finish(struct mled_connections *all);

/* NULL without memory. remove frees; it must come before the descriptor is closed. */
struct mled_connection *mled_connections_add(struct mled_connections *all, int fd,
                                             const struct sockaddr *peer, int64_t deadline_ns);
void mled_connections_remove(struct mled_connections *all, struct mled_connection *connection);

/* What to cancel if the client leaves from now on; NULL ends the watch. */
void mled_connections_watch(struct mled_connections *all, struct mled_connection *connection,
                            struct mle_stop *stop);

/* Cuts off who is late, cancels the work of who has left. Called every few ms by one thread. */
void mled_connections_tick(struct mled_connections *all, int64_t now_ns);

/* Cancels all watched work: the end of a drain. */
void mled_connections_cancel(struct mled_connections *all);

static inline void mled_connection_due(struct mled_connection *connection, int64_t deadline_ns)
{
    if (connection)
        atomic_store_explicit(&connection->deadline_ns, deadline_ns, memory_order_relaxed);
}

/* The same, unless an earlier deadline stands. */
static inline void mled_connection_due_by(struct mled_connection *connection, int64_t deadline_ns)
{
    if (!connection)
        return;
    int64_t stands = atomic_load_explicit(&connection->deadline_ns, memory_order_relaxed);
    if (stands == 0 || stands > deadline_ns)
        atomic_store_explicit(&connection->deadline_ns, deadline_ns, memory_order_relaxed);
}

#endif
