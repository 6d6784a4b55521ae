#include "server/http.h"

#include "server/account.h"
#include "server/intake.h"
#include "server/listen.h"
#include "server/log.h"
#include "server/reply.h"
#include "server/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int64_t seconds_from_now(double seconds)
{
    return mle_now_ns() + (int64_t)(seconds * 1e9);
}

static struct mled_connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* --- callbacks, all on the I/O thread of their listener (ctx)
 * -------------------------------------------------------- */

static void on_connection(void *ctx, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct mled_server *server = ((struct mled_listener *)ctx)->server;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        mled_connections_remove(&server->connections, *socket_context);
        *socket_context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *peer =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    *socket_context = fd ? mled_connections_add(&server->connections, fd->connect_fd,
                                                peer ? peer->client_addr : NULL,
                                                seconds_from_now(server->config->header_seconds))
                         : NULL;
}

/* The request line is there: from now on the headers have their time, those of a new connection no
   more than is left since it was accepted. The result is where libmicrohttpd begins the context of
   the request, so it must be NULL. */
static void *on_request_line(void *ctx, const char *uri, struct MHD_Connection *mhd)
{
    struct mled_server *server = ((struct mled_listener *)ctx)->server;
    (void)uri;
    mled_connection_due_by(connection_of(mhd), seconds_from_now(server->config->header_seconds));
    return NULL;
}

/* Escapes stay as they are; server/uri.h decodes them and sees the bad ones. */
static size_t keep_escapes(void *ctx, struct MHD_Connection *mhd, char *text)
{
    (void)ctx;
    (void)mhd;
    return strlen(text);
}

static enum MHD_Result on_access(void *ctx, struct MHD_Connection *mhd, const char *url,
                                 const char *method, const char *version, const char *bytes,
                                 size_t *n, void **context)
{
    if (!*context)
        return mled_intake_begin(ctx, mhd, url, method, version,
                                 (struct mled_request **)(void *)context);
    if (*n == 0)
        return mled_intake_end(*context);
    size_t taken = *n;
    *n = 0;
    return mled_intake_body(*context, taken, bytes);
}

static void on_completed(void *ctx, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct mled_server *server = ((struct mled_listener *)ctx)->server;
    struct mled_request *request = *context;
    (void)code; /* says "completed" for clients that left, too */
    mled_connection_due(connection_of(mhd), seconds_from_now(server->config->connection_timeout +
                                                             server->config->header_seconds));
    *context = NULL;
    if (!request)
        return;
    mled_intake_resumed(request);
    mled_account(request);
    bool counted = request->counted;
    mled_request_unref(request);
    if (counted) /* last: when it is 0, a drained daemon may end */
        atomic_fetch_sub_explicit(&server->active, 1, memory_order_relaxed);
}

static void on_message(void *ctx, const char *format, va_list args)
{
    (void)ctx;
    if (!mled_log_wants(MLED_LOG_WARNING))
        return;
    char message[512];
    vsnprintf(message, sizeof message, format, args);
    mled_log_library(message);
}

/* Its state cannot be trusted any more, so the process ends and is started again from outside. It
   is a thread of libmicrohttpd that is here, outside of any callback, so the log may be used. */
static void on_panic(void *ctx, const char *file, unsigned int line, const char *reason)
{
    (void)ctx;
    (void)file;
    (void)line;
    mled_log(MLED_LOG_ERROR, "panic", "libmicrohttpd found its state broken: %.*s",
             reason ? (int)strcspn(reason, "\r\n") : 1, reason ? reason : "?");
    mled_log_stop(); /* writes what is left */
    abort();
}

void mled_http_guard(void)
{
    MHD_set_panic_func(on_panic, NULL);
}

/* --- the daemons ----------------------------------------------------------------------------- */

/* Both listeners have the same rule: the one of those who run the service has no keys at all, so
   being reachable is a decision there too. */
static enum mle_status check_exposed(const struct mled_config *config, const char *address,
                                     bool loopback, struct mle_error *err)
{
    if (loopback || *config->api_keys_file || config->insecure_no_auth)
        return MLE_OK;
    return mle_fail(err, MLE_INVALID_OPTION,
                    "others can reach %s, and there are no API keys: set api_keys_file (see "
                    "--generate-key), or insecure_no_auth if something in front checks",
                    address);
}

/* The daemon on a socket that listens. The socket is the daemon's if it starts. */
static bool start_daemon(struct mled_listener *listener, int fd, size_t connections,
                         size_t connections_per_address)
{
    const struct mled_config *config = listener->server->config;
    struct MHD_OptionItem options[] = {
        { MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_message, NULL },
        { MHD_OPTION_LISTEN_SOCKET, fd, NULL },
        { MHD_OPTION_CONNECTION_LIMIT, (intptr_t)connections, NULL },
        { MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t)connections_per_address, NULL },
        { MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)(config->connection_timeout + 0.999), NULL },
        { MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)config->connection_memory, NULL },
        { MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
        { MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL },
        { MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, listener },
        { MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, listener },
        { MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_request_line, listener },
        { MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)keep_escapes, NULL },
        { MHD_OPTION_END, 0, NULL },
    };
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
        0, NULL, NULL, on_access, listener, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    return listener->daemon;
}

static enum mle_status start_listener(struct mled_listener *listener, const char *address,
                                      size_t connections, size_t connections_per_address,
                                      struct mle_error *err)
{
    int fd;
    MLE_TRY(mled_listen(address, &fd, err));
    mled_listen_name(fd, sizeof listener->url, listener->url, &listener->port, &listener->loopback);
    enum mle_status status =
        check_exposed(listener->server->config, address, listener->loopback, err);
    if (status == MLE_OK && !start_daemon(listener, fd, connections, connections_per_address))
        status = mle_fail(err, MLE_INTERNAL, "libmicrohttpd does not start");
    if (status != MLE_OK)
        close(fd);
    return status;
}

enum mle_status mled_http_start(struct mled_server *server, struct mle_error *err)
{
    const struct mled_config *config = server->config;
    server->service = (struct mled_listener){ .server = server };
    server->admin = (struct mled_listener){ .server = server, .admin = true };
    mled_http_guard();
    if (*config->admin_listen)
        MLE_TRY(
            start_listener(&server->admin, config->admin_listen, MLED_ADMIN_CONNECTIONS, 0, err));
    return start_listener(&server->service, config->listen, server->most_connections,
                          config->connections_per_address, err);
}

enum mle_status mled_http_check(const struct mled_config *config, struct mle_error *err)
{
    const char *const addresses[] = { config->listen, config->admin_listen };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        bool loopback;
        if (*addresses[i] == '\0')
            continue;
        MLE_TRY(mled_listen_check(addresses[i], &loopback, err));
        MLE_TRY(check_exposed(config, addresses[i], loopback, err));
    }
    return MLE_OK;
}

void mled_http_quiesce(struct mled_server *server)
{
    int fd = MHD_quiesce_daemon(server->service.daemon);
    /* It listens no more, but is not closed: libmicrohttpd's thread may be at epoll_ctl with its
       number just now. The end of the process is near and closes it. */
    if (fd >= 0)
        shutdown(fd, SHUT_RDWR);
}

static void stop_listener(struct mled_listener *listener)
{
    if (listener->daemon)
        MHD_stop_daemon(listener->daemon);
    listener->daemon = NULL;
}

/* The service first: until it has ended, the other one says what is going on. */
void mled_http_stop(struct mled_server *server)
{
    stop_listener(&server->service);
    stop_listener(&server->admin);
}
