/* Counters and histograms of the process (metrics.def), and their text for Prometheus.

   Every number is an atomic of its own: writers never wait, and a reader sees numbers that are each
   right, if not of the same moment. */
#ifndef MLED_SERVER_METRICS_H
#define MLED_SERVER_METRICS_H

#include "api/api.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct mled_server;

enum mled_counter {
#define MLED_COUNTER(name, ...) MLED_COUNT_##name,
#include "server/metrics.def"
    MLED_COUNTERS
};

enum mled_histogram {
#define MLED_HISTOGRAM(name, ...) MLED_SPREAD_##name,
#include "server/metrics.def"
    MLED_HISTOGRAMS
};

/* What a label can say: X(NAME, "name"). The last value of each is "other". */
#define MLED_LABEL_MAP(X)                                                                          \
    X(METHOD, "method")                                                                            \
    X(ROUTE, "route") /* templates of routes.def */                                                \
    X(CODE, "code")   /* statuses that the service answers with */                                 \
    X(REASON, "reason")                                                                            \
    X(OPERATION, "operation") /* names of ops.def that have a route */                             \
    X(FORMAT, "format")       /* of bodies */                                                      \
    X(FAMILY, "family")                                                                            \
    X(STATUS, "status") /* of fits */                                                              \
    X(VERDICT, "verdict")

enum mled_label {
    MLED_LABEL_NONE,
#define MLED_LABEL_ENUM(name, text) MLED_LABEL_##name,
    MLED_LABEL_MAP(MLED_LABEL_ENUM)
#undef MLED_LABEL_ENUM
        MLED_LABELS
};

enum { MLED_STATUSES = 600 };

struct mled_metrics {
    struct {
        size_t n;
        const char **word; /* [n], words borrowed from tables */
    } label[MLED_LABELS];
    unsigned char code[MLED_STATUSES];                /* number of the word of a status */
    atomic_uint_fast64_t *counter[MLED_COUNTERS];     /* one for each combination of labels */
    atomic_uint_fast64_t *histogram[MLED_HISTOGRAMS]; /* for each label: buckets, sum */
};

/* Before there are threads, after mled_router_init. False without memory; finish in any case. */
bool mled_metrics_init(struct mled_metrics *metrics);
void mled_metrics_finish(struct mled_metrics *metrics);

/* The number of a word, that of "other" if the label does not have it (or it is NULL). */
unsigned mled_metrics_word(const struct mled_metrics *metrics, enum mled_label label,
                           const char *word);
unsigned mled_metrics_code(const struct mled_metrics *metrics, unsigned http);
unsigned mled_metrics_reason(enum mle_problem problem);

/* a, b, c: the numbers of the counter's labels in their order, 0 for those it does not have. Any
   thread. */
void mled_metrics_add(struct mled_metrics *metrics, enum mled_counter which, uint64_t n, unsigned a,
                      unsigned b, unsigned c);
void mled_metrics_observe(struct mled_metrics *metrics, enum mled_histogram which, uint64_t value,
                          unsigned label);

/* Everything, in the text format 0.0.4. Waits for nothing. Any thread. */
void mled_metrics_write(const struct mled_server *server, FILE *to);

#endif
