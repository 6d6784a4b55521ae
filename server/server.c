#include "server/server.h"

#include "server/log.h"
#include "server/machine.h"
#include "server/router.h"

#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_NS = 50000000,    /* a client that left is seen within this */
    SETTLE_NS = 100000000, /* without a request for so long: a drained daemon may end */
    CANCEL_SECONDS = 3,    /* for cancelled work to stop */
    WATCHDOG_SECONDS = 5,  /* after the end of the drain: something hangs */
    WATCHDOG_EXIT = 70,
    DESCRIPTORS_BESIDE = 32, /* those that are no connections */
    FEWEST_CONNECTIONS = 16,
};

static const struct mled_server unstarted;

static void set_limits(struct mled_server *server, const struct mled_config *config)
{
    server->limits = mle_limits_default;
    server->limits.max_rows = config->max_rows;
    server->limits.max_columns = config->max_columns;
    server->limits.max_deadline_seconds = config->max_deadline_seconds;
    size_t limit = config->memory_limit;
    if (limit == 0)
        limit = mled_machine_memory_bytes() / 4 * 3;
    mle_budget_init(&server->memory, limit, NULL);
}

/* Room for all connections, as far as the process may open so much; with less it serves fewer,
   because at the end of its descriptors libmicrohttpd stops to accept anything. */
static enum mle_status fit_descriptors(struct mled_server *server, struct mle_error *err)
{
    const struct mled_config *config = server->config;
    size_t beside = DESCRIPTORS_BESIDE + (*config->admin_listen ? MLED_ADMIN_CONNECTIONS : 0);
    struct rlimit limit;
    server->most_connections = config->connections;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return MLE_OK;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        limit.rlim_cur = before;
    size_t room = limit.rlim_cur > beside ? (size_t)limit.rlim_cur - beside : 0;
    if (room >= config->connections)
        return MLE_OK;
    if (room < FEWEST_CONNECTIONS)
        return mle_fail(err, MLE_INVALID_OPTION,
                        "the process may open %zu files, and needs %zu beside its connections: "
                        "raise the limit (ulimit -n, LimitNOFILE)",
                        (size_t)limit.rlim_cur, beside);
    mled_log(MLED_LOG_WARNING, "start",
             "connections are limited to %zu instead of %zu: the process may open %zu files", room,
             config->connections, (size_t)limit.rlim_cur);
    server->most_connections = room;
    return MLE_OK;
}

/* At the limit of connections a client hangs in the backlog, while a full queue answers 503. */
static void compare_limits(const struct mled_server *server)
{
    size_t busy = server->config->queue + mle_pool_threads(server->pool);
    if (server->most_connections <= busy)
        mled_log(MLED_LOG_WARNING, "start",
                 "%zu connections cannot fill a queue of %zu: clients will wait for a connection "
                 "instead of being refused",
                 server->most_connections, server->config->queue);
}

static enum mle_status start(struct mled_server *server, struct mle_error *err)
{
    const struct mled_config *config = server->config;
    unsigned char random[8];
    const char *missing;
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(server->id_prefix, sizeof server->id_prefix, random, sizeof random);
    if (!mled_router_init(&missing))
        mled_log(MLED_LOG_WARNING, "start", "the api has no operation %s", missing);
    if (!mled_metrics_init(&server->metrics))
        return mle_fail(err, MLE_NO_MEMORY, "no memory for metrics");
    MLE_TRY(mled_describe(&server->description, err));
    set_limits(server, config);
    MLE_TRY(fit_descriptors(server, err));
    MLE_TRY(
        mled_auth_init(&server->auth, *config->api_keys_file ? config->api_keys_file : NULL, err));
    if (!mled_connections_init(&server->connections, server->most_connections))
        return mle_fail(err, MLE_NO_MEMORY, "no memory for %zu connections",
                        server->most_connections);
    unsigned workers = config->workers ? (unsigned)config->workers : mled_machine_cpus();
    server->pool = mle_pool_create(workers, 0, err);
    if (!server->pool)
        return err->status;
    mled_lanes_init(&server->lanes, server->pool, config->queue, config->queue_seconds);
    compare_limits(server);
    return mled_http_start(server, err);
}

/* In the order in which threads depend on each other. */
static void stop(struct mled_server *server)
{
    mled_http_stop(server);
    mle_pool_destroy(server->pool);
    server->pool = NULL;
    mled_connections_finish(&server->connections);
    mled_auth_finish(&server->auth);
    mled_metrics_finish(&server->metrics);
    mled_description_finish(&server->description);
}

enum mle_status mled_server_start(struct mled_server *server, const struct mled_config *config,
                                  struct mle_error *err)
{
    *server = unstarted;
    server->config = config;
    if (sodium_init() < 0)
        return mle_fail(err, MLE_INTERNAL, "libsodium does not start");
    enum mle_status status = start(server, err);
    if (status != MLE_OK)
        stop(server);
    return status;
}

enum mle_status mled_server_check(const struct mled_config *config, struct mle_error *err)
{
    struct mled_auth auth = { .file = NULL };
    if (sodium_init() < 0)
        return mle_fail(err, MLE_INTERNAL, "libsodium does not start");
    enum mle_status status =
        mled_auth_init(&auth, *config->api_keys_file ? config->api_keys_file : NULL, err);
    mled_auth_finish(&auth);
    return status == MLE_OK ? mled_http_check(config, err) : status;
}

/* --- signals --------------------------------------------------------------------------------- */

static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
enum { SIGNALS = sizeof signals / sizeof *signals };

/* Signals that came to a thread which does not block them. Each of ours does, but OpenBLAS starts
   threads before main, and a signal that one of those gets would end the process at once. */
static atomic_int caught_end, caught_reload;

static void catch_signal(int signal)
{
    atomic_store(signal == SIGHUP ? &caught_reload : &caught_end, 1);
}

static void watched_signals(sigset_t *set)
{
    sigemptyset(set);
    for (int i = 0; i < SIGNALS; i++)
        sigaddset(set, signals[i]);
}

void mled_server_block_signals(void)
{
    struct sigaction action = { .sa_handler = catch_signal, .sa_flags = SA_RESTART };
    sigset_t set;
    watched_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, NULL);
}

static void reload(struct mled_server *server)
{
    struct mle_error err;
    if (mled_auth_reload(&server->auth, &err) == MLE_OK)
        mled_log(MLED_LOG_INFO, "reload", "API keys read again");
    else
        mled_log(MLED_LOG_ERROR, "reload", "the old API keys stay: %s", err.text);
}

/* One turn of the main thread: looks at the connections, takes signals. True after a signal that
   asks for the end. */
static bool turn(struct mled_server *server)
{
    sigset_t set;
    struct timespec tick = { 0, TICK_NS };
    watched_signals(&set);
    int signal = sigtimedwait(&set, NULL, &tick);
    mled_connections_tick(&server->connections, mle_now_ns());
    if (atomic_exchange(&caught_reload, 0) || signal == SIGHUP)
        reload(server);
    return atomic_exchange(&caught_end, 0) || signal == SIGTERM || signal == SIGINT;
}

/* Turns until the time has come. True, at once, after a signal that asks for the end. */
static bool turn_until(struct mled_server *server, int64_t until_ns)
{
    while (mle_now_ns() < until_ns)
        if (turn(server))
            return true;
    return false;
}

/* --- drain ----------------------------------------------------------------------------------- */

static void *watch(void *seconds)
{
    struct timespec time = { *(const time_t *)seconds, 0 };
    while (nanosleep(&time, &time) != 0)
        continue;
    static const char message[] = "mled: the drain hangs\n";
    (void)!write(STDERR_FILENO, message, sizeof message - 1);
    _exit(WATCHDOG_EXIT);
}

static void start_watchdog(double drain_timeout_s)
{
    static time_t seconds; /* outlives every thread */
    pthread_t thread;
    seconds = (time_t)drain_timeout_s + CANCEL_SECONDS + WATCHDOG_SECONDS;
    if (pthread_create(&thread, NULL, watch, &seconds) == 0)
        pthread_detach(thread);
}

static bool is_busy(struct mled_server *server)
{
    return atomic_load(&server->active) > 0 || atomic_load(&server->suspended) > 0;
}

/* Until nothing has been going on for a moment, the time is over, or a signal says so. */
static void wait_idle(struct mled_server *server, int64_t until_ns)
{
    int64_t idle_since = 0;
    while (mle_now_ns() < until_ns) {
        if (is_busy(server))
            idle_since = 0;
        else if (!idle_since)
            idle_since = mle_now_ns();
        else if (mle_now_ns() - idle_since >= SETTLE_NS)
            return;
        if (turn(server))
            return;
    }
}

static void drain(struct mled_server *server)
{
    const struct mled_config *config = server->config;
    atomic_store(&server->unready, true);
    mled_log(MLED_LOG_INFO, "drain", "%zu requests are being answered",
             atomic_load(&server->active));
    bool hurry = turn_until(server, mle_now_ns() + (int64_t)(config->drain_delay * 1e9));
    start_watchdog(config->drain_timeout);
    atomic_store(&server->draining, true);
    if (!hurry)
        wait_idle(server, mle_now_ns() + (int64_t)(config->drain_timeout * 1e9));
    mled_http_quiesce(server);
    if (!is_busy(server)) /* what was accepted a moment ago still gets its 503 */
        turn_until(server, mle_now_ns() + SETTLE_NS);
    if (is_busy(server)) {
        atomic_store(&server->cancelling, true);
        mled_log(MLED_LOG_WARNING, "drain", "cancelling %zu requests",
                 atomic_load(&server->active));
        mled_connections_cancel(&server->connections);
        wait_idle(server, mle_now_ns() + CANCEL_SECONDS * INT64_C(1000000000));
    }
    /* libmicrohttpd aborts if it is stopped with a suspended connection; the watchdog bounds this
     */
    while (atomic_load(&server->suspended) > 0) {
        mled_connections_cancel(&server->connections);
        turn(server);
    }
}

int mled_server_run(struct mled_server *server)
{
    while (!turn(server))
        continue;
    drain(server);
    stop(server);
    mled_log(MLED_LOG_INFO, "stop", "drained");
    return 0;
}
