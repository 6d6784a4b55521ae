#include "server/lanes.h"

#include <math.h>

enum {
    INTERACTIVE_NS = 50000000, /* work up to this is interactive */
    /* Half of the time: what small work costs here is less than to hand it over, and health waits
       for it no longer than for the rest of the traffic. Measured: without a bound 1,000
       connections put /livez at 200 ms; with 2 ms of 10 the workers take a third more CPU. */
    WINDOW_NS = 4000000,
    WINDOW_WORK_NS = 2000000,
};

void mled_lanes_init(struct mled_lanes *lanes, struct mle_pool *pool, size_t most_waiting,
                     double most_wait_s)
{
    lanes->pool = pool;
    lanes->most_waiting = most_waiting;
    lanes->most_wait_ns = most_wait_s * 1e9;
    atomic_init(&lanes->waiting, 0);
    for (int lane = 0; lane < MLE_LANES; lane++)
        atomic_init(&lanes->waiting_ns[lane], 0);
    atomic_init(&lanes->running, 0);
}

/* What has to be done before new work of this lane begins; running work is not counted, because
   how far it is nobody knows. */
static double wait_ns(const struct mled_lanes *lanes, enum mle_lane lane)
{
    double sum = 0;
    for (int i = 0; i <= (int)lane; i++)
        sum += (double)atomic_load_explicit(&lanes->waiting_ns[i], memory_order_relaxed);
    return sum / mle_pool_threads(lanes->pool);
}

static uint64_t whole_ns(double cost_ns)
{
    return cost_ns > 0 ? (uint64_t)fmin(cost_ns, 1e15) : 0;
}

bool mled_lanes_full(const struct mled_lanes *lanes)
{
    return atomic_load_explicit(&lanes->waiting, memory_order_relaxed) >= lanes->most_waiting;
}

bool mled_lanes_admit(struct mled_lanes *lanes, double cost_ns, enum mle_lane *lane,
                      unsigned *retry_s)
{
    *lane = cost_ns <= INTERACTIVE_NS ? MLE_LANE_INTERACTIVE : MLE_LANE_BATCH;
    double wait = wait_ns(lanes, *lane);
    if (mled_lanes_full(lanes) || wait > lanes->most_wait_ns) {
        *retry_s = (unsigned)fmin(fmax(ceil(wait * 1e-9), 1), 60);
        return false;
    }
    atomic_fetch_add_explicit(&lanes->waiting, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&lanes->waiting_ns[*lane], whole_ns(cost_ns), memory_order_relaxed);
    return true;
}

void mled_lanes_begun(struct mled_lanes *lanes, enum mle_lane lane, double cost_ns)
{
    atomic_fetch_add_explicit(&lanes->running, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&lanes->waiting, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&lanes->waiting_ns[lane], whole_ns(cost_ns), memory_order_relaxed);
}

void mled_lanes_ended(struct mled_lanes *lanes)
{
    atomic_fetch_sub_explicit(&lanes->running, 1, memory_order_relaxed);
}

bool mled_inline_may(struct mled_inline *budget, int64_t now_ns)
{
    if (now_ns - budget->window_start_ns >= WINDOW_NS) {
        budget->window_start_ns = now_ns;
        budget->spent_ns = 0;
    }
    return budget->spent_ns < WINDOW_WORK_NS;
}

void mled_inline_spend(struct mled_inline *budget, int64_t ns)
{
    budget->spent_ns += ns;
}
