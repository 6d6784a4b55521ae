#include "core/base/stop.h"

#include <time.h>

int64_t mle_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void mle_stop_init(struct mle_stop *stop, int64_t deadline_ns)
{
    atomic_init(&stop->cause, MLE_STOP_NONE);
    stop->deadline_ns = deadline_ns;
    atomic_init(&stop->evaluations, 0);
    atomic_init(&stop->iterations, 0);
    atomic_init(&stop->nll, 0);
    atomic_init(&stop->gradient_norm, 0);
}

static void set_cause(struct mle_stop *stop, int cause)
{
    int none = MLE_STOP_NONE;
    atomic_compare_exchange_strong_explicit(&stop->cause, &none, cause, memory_order_relaxed,
                                            memory_order_relaxed);
}

void mle_stop_cancel(struct mle_stop *stop)
{
    set_cause(stop, MLE_STOP_CANCELLED);
}

enum mle_stop_cause mle_stop_check(struct mle_stop *stop)
{
    if (!stop)
        return MLE_STOP_NONE;
    if (stop->deadline_ns && mle_now_ns() >= stop->deadline_ns)
        set_cause(stop, MLE_STOP_DEADLINE);
    return (enum mle_stop_cause)atomic_load_explicit(&stop->cause, memory_order_relaxed);
}

enum mle_status mle_stop_fail(const struct mle_stop *stop, struct mle_error *err)
{
    if (atomic_load_explicit(&stop->cause, memory_order_relaxed) == MLE_STOP_CANCELLED)
        return mle_fail(err, MLE_CANCELLED, "the work was cancelled");
    return mle_fail(err, MLE_DEADLINE, "the deadline passed before anything could be computed");
}
