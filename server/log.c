#include "server/log.h"

#include "core/base/stop.h"
#include "server/text.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_BYTES = 1024,
    BUFFER_BYTES = 256 << 10,
    PAUSE_NS = 5000000,        /* lines of so long are written together */
    LIBRARY_LINES_A_SECOND = 5, /* a bad client makes one for every request */
};

/* The only log of the process, like stderr itself. */
static struct {
    atomic_int level;
    bool json;
    bool running, ending;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    size_t n;                    /* in the buffer that is being filled */
    unsigned filling;            /* which of the two */
    char buffer[2][BUFFER_BYTES];
    atomic_uint_fast64_t dropped;
    time_t second;               /* that stamp is for; under the lock */
    char stamp[24];              /* 2026-01-31T12:00:00 */
} log_ = {
    .level = MLED_LOG_INFO,
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .filled = PTHREAD_COND_INITIALIZER,
};

static const char *const level_names[] = { "error", "warning", "info", "debug" };

static void write_all(size_t n, const char *bytes)
{
    while (n > 0) {
        ssize_t wrote = write(STDERR_FILENO, bytes, n);
        if (wrote <= 0)
            return; /* nobody to tell */
        bytes += wrote;
        n -= (size_t)wrote;
    }
}

static void *write_lines(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&log_.lock);
    for (;;) {
        while (log_.n == 0 && !log_.ending)
            pthread_cond_wait(&log_.filled, &log_.lock);
        if (log_.n == 0)
            break;
        bool last = log_.ending;
        pthread_mutex_unlock(&log_.lock);
        if (!last) {
            struct timespec pause = { 0, PAUSE_NS };
            nanosleep(&pause, NULL);
        }
        pthread_mutex_lock(&log_.lock);
        const char *bytes = log_.buffer[log_.filling];
        size_t n = log_.n;
        log_.filling ^= 1;
        log_.n = 0;
        pthread_mutex_unlock(&log_.lock);
        write_all(n, bytes);
        pthread_mutex_lock(&log_.lock);
    }
    pthread_mutex_unlock(&log_.lock);
    return NULL;
}

enum mle_status mled_log_start(enum mled_log_level level, enum mled_log_format format,
                               struct mle_error *err)
{
    atomic_store(&log_.level, (int)level);
    log_.json = format == MLED_LOG_JSON || (format == MLED_LOG_AUTO && !isatty(STDERR_FILENO));
    log_.ending = false;
    if (pthread_create(&log_.thread, NULL, write_lines, NULL) != 0)
        return mle_fail(err, MLE_NO_MEMORY, "cannot start the thread of the log");
    log_.running = true;
    return MLE_OK;
}

void mled_log_stop(void)
{
    if (!log_.running)
        return;
    pthread_mutex_lock(&log_.lock);
    log_.ending = true;
    pthread_cond_signal(&log_.filled);
    pthread_mutex_unlock(&log_.lock);
    pthread_join(log_.thread, NULL);
    log_.running = false;
}

bool mled_log_wants(enum mled_log_level level)
{
    return (int)level <= atomic_load_explicit(&log_.level, memory_order_relaxed);
}

uint64_t mled_log_dropped(void)
{
    return atomic_load_explicit(&log_.dropped, memory_order_relaxed);
}

/* --- lines ----------------------------------------------------------------------------------- */

/* gmtime is made once a second. The lock is held. */
static void put_time_locked(struct mled_text *line)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != log_.second || log_.stamp[0] == '\0') {
        struct tm parts;
        gmtime_r(&now.tv_sec, &parts);
        strftime(log_.stamp, sizeof log_.stamp, "%Y-%m-%dT%H:%M:%S", &parts);
        log_.second = now.tv_sec;
    }
    mled_text_add(line, log_.stamp);
    mled_text_char(line, '.');
    mled_text_number(line, (uint64_t)now.tv_nsec / 1000000, 3);
    mled_text_char(line, 'Z');
}

/* Puts the time before rest, which ends without a line feed, and hands the line over. */
static void emit(const struct mled_text *rest)
{
    char bytes[LINE_BYTES + 64];
    struct mled_text line = mled_text_in(sizeof bytes, bytes);
    pthread_mutex_lock(&log_.lock);
    if (log_.json)
        mled_text_add(&line, "{\"ts\":\"");
    put_time_locked(&line);
    if (log_.json)
        mled_text_add(&line, "\",");
    else
        mled_text_char(&line, ' ');
    mled_text_put(&line, rest->n, rest->bytes);
    mled_text_add(&line, log_.json ? "}\n" : "\n");
    if (!log_.running) {
        write_all(line.n, line.bytes);
    } else if (line.n > BUFFER_BYTES - log_.n) {
        atomic_fetch_add_explicit(&log_.dropped, 1, memory_order_relaxed);
    } else {
        memcpy(log_.buffer[log_.filling] + log_.n, line.bytes, line.n);
        log_.n += line.n;
        if (log_.n == line.n) /* was empty: the writer sleeps */
            pthread_cond_signal(&log_.filled);
    }
    pthread_mutex_unlock(&log_.lock);
}

static void put_key(struct mled_text *line, const char *key)
{
    if (log_.json) {
        if (line->n > 0)
            mled_text_char(line, ',');
        mled_text_char(line, '"');
        mled_text_add(line, key);
        mled_text_add(line, "\":");
    } else {
        if (line->n > 0)
            mled_text_char(line, ' ');
        mled_text_add(line, key);
        mled_text_char(line, '=');
    }
}

static void put_word(struct mled_text *line, const char *key, const char *value)
{
    if (!value || !*value)
        return;
    put_key(line, key);
    if (log_.json)
        mled_text_json(line, strlen(value), value);
    else
        mled_text_plain(line, strlen(value), value);
}

static void put_count(struct mled_text *line, const char *key, uint64_t value)
{
    put_key(line, key);
    mled_text_number(line, value, 1);
}

static void put_seconds(struct mled_text *line, const char *key, int64_t ns)
{
    put_key(line, key);
    mled_text_seconds(line, ns);
}

void mled_log(enum mled_log_level level, const char *event, const char *format, ...)
{
    if (!mled_log_wants(level))
        return;
    char message[512], bytes[LINE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    struct mled_text line = mled_text_in(sizeof bytes, bytes);
    put_word(&line, "level", level_names[level]);
    put_word(&line, "event", event);
    if (log_.json) {
        put_word(&line, "message", message);
    } else {
        mled_text_add(&line, " \"");
        mled_text_plain(&line, strlen(message), message);
        mled_text_char(&line, '"');
    }
    emit(&line);
}

void mled_log_access(enum mled_log_level level, const struct mled_access *access)
{
    if (!mled_log_wants(level))
        return;
    char bytes[LINE_BYTES];
    struct mled_text line = mled_text_in(sizeof bytes, bytes);
    put_word(&line, "level", level_names[level]);
    put_word(&line, "event", "request");
    put_word(&line, "request_id", access->request_id);
    put_word(&line, "method", access->method);
    put_word(&line, "route", access->route);
    put_count(&line, "status", access->status);
    put_seconds(&line, "duration_seconds", access->duration_ns);
    put_count(&line, "bytes_in", access->bytes_in);
    put_count(&line, "bytes_out", access->bytes_out);
    if (access->queue_ns > 0)
        put_seconds(&line, "queue_seconds", access->queue_ns);
    if (access->compute_ns > 0)
        put_seconds(&line, "fit_seconds", access->compute_ns);
    put_word(&line, "family", access->family);
    if (access->rows > 0)
        put_count(&line, "rows", access->rows);
    if (access->iterations > 0)
        put_count(&line, "iterations", access->iterations);
    put_word(&line, "fit_status", access->outcome);
    put_word(&line, "key_name", access->key);
    put_word(&line, "peer", access->peer);
    emit(&line);
}

void mled_log_library(const char *message)
{
    static atomic_int_fast64_t second;
    static atomic_uint lines;
    if (!mled_log_wants(MLED_LOG_WARNING))
        return;
    int64_t now = mle_now_ns() / 1000000000;
    if (atomic_exchange_explicit(&second, now, memory_order_relaxed) != now)
        atomic_store_explicit(&lines, 0, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&lines, 1, memory_order_relaxed) >= LIBRARY_LINES_A_SECOND)
        return;
    size_t n = strcspn(message, "\r\n");
    mled_log(MLED_LOG_WARNING, "libmicrohttpd", "%.*s", (int)(n > 400 ? 400 : n), message);
}
