#include "server/connections.h"

#include "core/base/stop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

bool mled_connections_init(struct mled_connections *all, size_t most)
{
    *all = (struct mled_connections){ .most = most };
    pthread_mutex_init(&all->lock, NULL);
    all->polled = calloc(most, sizeof *all->polled);
    all->polled_owner = calloc(most, sizeof(struct mled_connection *));
    return all->polled && all->polled_owner;
}

void mled_connections_finish(struct mled_connections *all)
{
    free(all->polled);
    free(all->polled_owner);
    all->polled = NULL;
    all->polled_owner = NULL;
    pthread_mutex_destroy(&all->lock);
}

static void name_peer(const struct sockaddr *peer, size_t size, char out[])
{
    out[0] = '\0';
    if (peer && peer->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, out,
                  (socklen_t)size);
    else if (peer && peer->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr, out,
                  (socklen_t)size);
}

struct mled_connection *mled_connections_add(struct mled_connections *all, int fd,
                                             const struct sockaddr *peer, int64_t deadline_ns)
{
    struct mled_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    connection->fd = fd;
    atomic_init(&connection->deadline_ns, deadline_ns);
    name_peer(peer, sizeof connection->peer, connection->peer);
    pthread_mutex_lock(&all->lock);
    connection->next = all->first;
    if (all->first)
        all->first->previous = connection;
    all->first = connection;
    pthread_mutex_unlock(&all->lock);
    atomic_fetch_add_explicit(&all->open, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&all->opened, 1, memory_order_relaxed);
    return connection;
}

void mled_connections_remove(struct mled_connections *all, struct mled_connection *connection)
{
    if (!connection)
        return;
    pthread_mutex_lock(&all->lock);
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        all->first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    pthread_mutex_unlock(&all->lock);
    atomic_fetch_sub_explicit(&all->open, 1, memory_order_relaxed);
    free(connection);
}

void mled_connections_watch(struct mled_connections *all, struct mled_connection *connection,
                            struct mle_stop *stop)
{
    if (!connection)
        return;
    pthread_mutex_lock(&all->lock);
    if (stop) /* a new piece of work: what was said of the one before is over */
        atomic_store_explicit(&connection->left, false, memory_order_relaxed);
    connection->watched = stop;
    pthread_mutex_unlock(&all->lock);
}

/* A closed and a half-closed connection look alike (FIN); both count as left, as in nginx. */
static void cancel_left_locked(struct mled_connections *all, size_t n)
{
    if (n == 0 || poll(all->polled, (nfds_t)n, 0) <= 0)
        return;
    for (size_t i = 0; i < n; i++) {
        struct mled_connection *connection = all->polled_owner[i];
        if (!(all->polled[i].revents & (POLLRDHUP | POLLHUP | POLLERR)))
            continue;
        atomic_store_explicit(&connection->left, true, memory_order_relaxed);
        mle_stop_cancel(connection->watched);
        connection->watched = NULL;
    }
}

void mled_connections_tick(struct mled_connections *all, int64_t now_ns)
{
    size_t n = 0;
    pthread_mutex_lock(&all->lock);
    for (struct mled_connection *at = all->first; at; at = at->next) {
        int64_t deadline = atomic_load_explicit(&at->deadline_ns, memory_order_relaxed);
        /* the I/O thread may be giving a new deadline just now: then the old one is void */
        if (deadline && now_ns > deadline &&
            atomic_compare_exchange_strong_explicit(&at->deadline_ns, &deadline, 0,
                                                    memory_order_relaxed, memory_order_relaxed)) {
            /* libmicrohttpd sees the end of the stream and closes */
            shutdown(at->fd, SHUT_RDWR);
            atomic_fetch_add_explicit(&all->reaped, 1, memory_order_relaxed);
        }
        if (at->watched && n < all->most) {
            all->polled[n] = (struct pollfd){ .fd = at->fd, .events = POLLRDHUP };
            all->polled_owner[n++] = at;
        }
    }
    cancel_left_locked(all, n);
    pthread_mutex_unlock(&all->lock);
}

void mled_connections_cancel(struct mled_connections *all)
{
    pthread_mutex_lock(&all->lock);
    for (struct mled_connection *at = all->first; at; at = at->next)
        if (at->watched)
            mle_stop_cancel(at->watched);
    pthread_mutex_unlock(&all->lock);
}
