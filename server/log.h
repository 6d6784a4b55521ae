/* Lines on stderr: one for each request and one for each event of the process. Never data, keys,
   bodies or headers.

   Lines are put into a buffer under a lock that is held for a copy only, and written by a thread
   of the log, so that a reader of stderr who is slow or gone never holds up a request: lines are
   then dropped and counted. */
#ifndef MLED_SERVER_LOG_H
#define MLED_SERVER_LOG_H

#include "core/base/status.h"
#include "server/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts the log's thread. Before that, lines are written at once. */
enum mle_status mled_log_start(enum mled_log_level level, enum mled_log_format format,
                               struct mle_error *err);
void mled_log_stop(void); /* writes what is left; later lines are written at once */

/* Whether lines of this level are wanted; look before making one. */
bool mled_log_wants(enum mled_log_level level);

/* An event in words (printf format); not for the way of a request. */
void mled_log(enum mled_log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What one line of the access log says. Texts are borrowed for the call. */
struct mled_access {
    const char *request_id, *method, *route, *family, *outcome, *key, *peer;
    unsigned status; /* 499: the client left */
    uint64_t bytes_in, bytes_out, rows, iterations;
    int64_t duration_ns, queue_ns, compute_ns;
};
void mled_log_access(enum mled_log_level level, const struct mled_access *access);

/* A message of libmicrohttpd: at most a few a second, control bytes escaped. */
void mled_log_library(const char *message);

/* How many lines were dropped because nobody read them. */
uint64_t mled_log_dropped(void);

#endif
