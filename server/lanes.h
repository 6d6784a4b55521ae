/* Admission: how much work may wait for the workers. A queue without a bound gives every client a
   time-out at ten times the load; a bounded one gives as many answers as the machine can make, and
   the rest an early 503. */
#ifndef MLED_SERVER_LANES_H
#define MLED_SERVER_LANES_H

#include "core/base/pool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mled_lanes {
    struct mle_pool *pool; /* borrowed */
    size_t most_waiting;
    double most_wait_ns;
    atomic_size_t waiting;                      /* admitted, not yet begun */
    atomic_uint_fast64_t waiting_ns[MLE_LANES]; /* estimated cost of those */
    atomic_size_t running;                      /* begun, not yet ended */
};

void mled_lanes_init(struct mled_lanes *lanes, struct mle_pool *pool, size_t most_waiting,
                     double most_wait_s);

/* A place for work of that estimated cost. On true the caller submits a task to *lane and calls
   mled_lanes_begun when it runs and mled_lanes_ended behind it; on false *retry_s says when to try
   again. The I/O thread only. */
bool mled_lanes_admit(struct mled_lanes *lanes, double cost_ns, enum mle_lane *lane,
                      unsigned *retry_s);
void mled_lanes_begun(struct mled_lanes *lanes, enum mle_lane lane, double cost_ns);
void mled_lanes_ended(struct mled_lanes *lanes);

/* Whether nothing more would be admitted, as far as can be told without a cost. */
bool mled_lanes_full(const struct mled_lanes *lanes);

/* How much work one thread may do between events, so that it stays ready for them: most_ns of
   every window. Only the I/O thread has one. */
struct mled_inline {
    int64_t window_start_ns, spent_ns;
};

/* Whether more work may begin now. */
bool mled_inline_may(struct mled_inline *budget, int64_t now_ns);
void mled_inline_spend(struct mled_inline *budget, int64_t ns);

/* Work up to this cost may run on the I/O thread, and is stopped there after the second. */
enum { MLED_INLINE_COST_NS = 200000, MLED_INLINE_STOP_NS = 500000 };

#endif
