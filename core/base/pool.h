/* The worker threads, and the only locks of core.

   A task is referenced by nobody else while it is queued or running; its function cannot fail,
   errors live in the task (curl's thread queue has the same contract). The queue has no limit of
   its own: whoever submits has admitted the work before (server/lanes.h). */
#ifndef MLE_CORE_BASE_POOL_H
#define MLE_CORE_BASE_POOL_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum mle_lane {
    MLE_LANE_INTERACTIVE, /* short work; taken first, also between the blocks of batch work */
    MLE_LANE_BATCH,
    MLE_LANES
};

struct mle_task {
    void (*run)(struct mle_task *task); /* on a worker; may free the task */
    struct mle_task *next;              /* the pool's while queued */
};

struct mle_pool;

/* threads >= 1 workers with stack_bytes of stack each (0: 4 MiB). NULL with err set on failure.
   Signals are blocked in the workers. */
struct mle_pool *mle_pool_create(unsigned threads, size_t stack_bytes, struct mle_error *err);

/* Runs what is queued to its end, joins the threads, frees. NULL is allowed. */
void mle_pool_destroy(struct mle_pool *pool);

unsigned mle_pool_threads(const struct mle_pool *pool); /* 0 for NULL */

/* Queues task (borrowed until it has run). Never blocks, never fails. Any thread. */
void mle_pool_submit(struct mle_pool *pool, enum mle_lane lane, struct mle_task *task);

/* Calls run(ctx, i) once for each i in [0, n), on the calling thread and on workers that have
   nothing else to do, and returns when all calls have returned. Nested use cannot deadlock: the
   caller works too. In which order and where the calls happen is not defined, so results must go
   to places that depend on i alone. pool NULL: in order on the calling thread.
   On a batch worker, queued interactive tasks run between two calls. */
void mle_pool_for(struct mle_pool *pool, size_t n, void (*run)(void *ctx, size_t i), void *ctx);

#endif
