#include "core/data/reduce.h"

#include "core/base/stop.h"

#include <string.h>

/* Below this much work in total, waking another thread costs more than it saves. */
static const double parallel_from_ns = 300e3;

size_t mle_leaf_count(size_t n)
{
    size_t leaves = n / MLE_LEAF_ROWS;
    return n == 0 ? 0 : leaves == 0 ? 1 : leaves > MLE_MAX_LEAVES ? MLE_MAX_LEAVES : leaves;
}

size_t mle_leaf_start(size_t n, size_t leaf)
{
    size_t leaves = mle_leaf_count(n);
    if (leaves == 0)
        return 0;
    /* n * leaf / leaves without overflow; starts are multiples of 8 rows, so that tiles of
       neighbouring leaves do not share a cache line */
    size_t start = n / leaves * leaf + n % leaves * leaf / leaves;
    return leaf == leaves ? n : start / 8 * 8;
}

static struct mle_pool *choose_pool(const struct mle_reducer *reducer, size_t n, double row_cost_ns)
{
    return (double)n * row_cost_ns < parallel_from_ns ? NULL : reducer->pool;
}

/* --- sums ----------------------------------------------------------------------------------- */

struct reduction {
    const struct mle_sum *sum;
    size_t n;
    struct mle_stop *stop;
    double *partial;  /* [leaves][width], then one tile accumulator per leaf [leaves][width] */
    double *tile;
};

static void merge(const struct mle_sum *sum, double into[], const double from[])
{
    if (sum->merge) {
        sum->merge(sum->ctx, into, from);
        return;
    }
    for (size_t j = 0; j < sum->width; j++)
        into[j] += from[j];
}

static void run_leaf(void *ctx, size_t leaf)
{
    const struct reduction *r = ctx;
    const struct mle_sum *sum = r->sum;
    double *acc = r->partial + leaf * sum->width, *tile = r->tile + leaf * sum->width;
    size_t lo = mle_leaf_start(r->n, leaf), end = mle_leaf_start(r->n, leaf + 1);
    for (bool first = true; lo < end && mle_stop_check(r->stop) == MLE_STOP_NONE; first = false) {
        size_t hi = end - lo > MLE_TILE_ROWS ? lo + MLE_TILE_ROWS : end;
        sum->tile(sum->ctx, lo, hi, first ? acc : tile);
        if (!first)
            merge(sum, acc, tile);
        lo = hi;
    }
}

enum mle_status mle_reduce(const struct mle_reducer *reducer, const struct mle_sum *sum, size_t n,
                           struct mle_stop *stop, struct mle_arena *scratch, double out[],
                           struct mle_error *err)
{
    size_t leaves = mle_leaf_count(n), width = sum->width;
    if (leaves == 0) {
        memset(out, 0, width * sizeof *out);
        return MLE_OK;
    }
    if (mle_stop_check(stop) != MLE_STOP_NONE)
        return mle_stop_fail(stop, err);
    struct mle_arena_mark mark = mle_arena_mark(scratch);
    double *partial = mle_arena_doubles(scratch, 2 * leaves * width);
    if (!partial)
        return mle_arena_fail(scratch, err);
    struct reduction r = { sum, n, stop, partial, partial + leaves * width };
    mle_pool_for(choose_pool(reducer, n, sum->row_cost_ns), leaves, run_leaf, &r);
    bool stopped = mle_stop_check(stop) != MLE_STOP_NONE;
    if (!stopped) {
        for (size_t step = 1; step < leaves; step *= 2)
            for (size_t i = 0; i + step < leaves; i += 2 * step)
                merge(sum, partial + i * width, partial + (i + step) * width);
        memcpy(out, partial, width * sizeof *out);
    }
    mle_arena_rewind(scratch, mark);
    return stopped ? mle_stop_fail(stop, err) : MLE_OK;
}

/* --- rows ----------------------------------------------------------------------------------- */

struct row_loop {
    size_t n;
    void (*run)(void *ctx, size_t lo, size_t hi);
    void *ctx;
    struct mle_stop *stop;
};

static void run_row_leaf(void *ctx, size_t leaf)
{
    const struct row_loop *loop = ctx;
    size_t end = mle_leaf_start(loop->n, leaf + 1);
    for (size_t lo = mle_leaf_start(loop->n, leaf);
         lo < end && mle_stop_check(loop->stop) == MLE_STOP_NONE; lo += MLE_TILE_ROWS)
        loop->run(loop->ctx, lo, end - lo > MLE_TILE_ROWS ? lo + MLE_TILE_ROWS : end);
}

enum mle_status mle_for_rows(const struct mle_reducer *reducer, size_t n, double row_cost_ns,
                             void (*run)(void *ctx, size_t lo, size_t hi), void *ctx,
                             struct mle_stop *stop, struct mle_error *err)
{
    struct row_loop loop = { n, run, ctx, stop };
    mle_pool_for(choose_pool(reducer, n, row_cost_ns), mle_leaf_count(n), run_row_leaf, &loop);
    return mle_stop_check(stop) == MLE_STOP_NONE ? MLE_OK : mle_stop_fail(stop, err);
}
