/* One record that can stop a computation and that shows how far it is: cancel flag, deadline,
   counters and progress. Sums over rows look at it before each tile of 4,096 rows, so that a cancel
   or a deadline takes effect within a millisecond (the idea of NLopt's nlopt_stopping). Single
   plain passes that select or copy rows, of about a nanosecond a row, do not. */
#ifndef MLE_CORE_BASE_STOP_H
#define MLE_CORE_BASE_STOP_H

#include "core/base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum mle_stop_cause {
    MLE_STOP_NONE,
    MLE_STOP_CANCELLED, /* somebody called mle_stop_cancel */
    MLE_STOP_DEADLINE,  /* deadline_ns passed */
};

struct mle_stop {
    atomic_int cause;    /* enum mle_stop_cause; the first cause stays */
    int64_t deadline_ns; /* CLOCK_MONOTONIC, 0: none; set before the work starts */
    /* progress, written by the worker, read by anybody */
    atomic_uint_fast64_t evaluations; /* of the objective */
    atomic_uint_fast64_t iterations;
    _Atomic double nll, gradient_norm;
};

/* deadline_ns: CLOCK_MONOTONIC, 0 for none. */
void mle_stop_init(struct mle_stop *stop, int64_t deadline_ns);
void mle_stop_cancel(struct mle_stop *stop);

/* Whether to stop now, and why. Looks at the clock if there is a deadline (about 20 ns). NULL
   never stops. Any thread. */
enum mle_stop_cause mle_stop_check(struct mle_stop *stop);

/* The status of work that was stopped before it had an answer. */
enum mle_status mle_stop_fail(const struct mle_stop *stop, struct mle_error *err);

int64_t mle_now_ns(void); /* CLOCK_MONOTONIC */

#endif
