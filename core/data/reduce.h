/* A sum over rows, the one idea of the program (5.58): everything mled computes is one.

   Rows [0, n) are cut into at most 64 leaves of at least 4,096 rows, with bounds from n alone. One
   thread computes a leaf, tile by tile in ascending order; leaves are combined in a tree by leaf
   index. So the result has the same bits for any number of threads, and threads only take leaves. */
#ifndef MLE_CORE_DATA_REDUCE_H
#define MLE_CORE_DATA_REDUCE_H

#include "core/base/arena.h"
#include "core/base/pool.h"
#include "core/base/stop.h"

enum {
    MLE_MAX_LEAVES = 64,
    MLE_LEAF_ROWS = 4096, /* at least so many rows in a leaf, if there is more than one */
    MLE_TILE_ROWS = 4096, /* at most so many rows in a tile: 32 KiB of doubles, they stay in L1 */
};

/* What is summed. A partial sum is width doubles. */
struct mle_sum {
    size_t width;

    /* SETS acc to the partial sum of rows [lo, hi), at most MLE_TILE_ROWS of them. Any thread. */
    void (*tile)(const void *ctx, size_t lo, size_t hi, double acc[]);

    /* Combines two neighbouring partial sums; NULL adds them. Must be associative up to rounding. */
    void (*merge)(const void *ctx, double into[], const double from[]);

    const void *ctx;     /* borrowed */
    double row_cost_ns;  /* estimate; decides whether more threads are worth waking */
};

/* Where rows are, and how partial sums come together. Today threads of one process; a distributed
   engine would be another value of this hook, with the same tree over shards. */
struct mle_reducer {
    struct mle_pool *pool; /* NULL: the calling thread alone */
};

/* SETS out[sum->width] to the sum over rows [0, n); n may be 0 only if merge is NULL (zeros).
   Looks at stop before each tile: MLE_CANCELLED or MLE_DEADLINE, out then undefined.
   Scratch: 64 * width doubles, given back. */
enum mle_status mle_reduce(const struct mle_reducer *reducer, const struct mle_sum *sum, size_t n,
                           struct mle_stop *stop, struct mle_arena *scratch, double out[],
                           struct mle_error *err);

/* The cut of n rows into leaves: their number (1 to 64, 0 for n = 0) and the first row of leaf i
   (leaf i ends where leaf i + 1 starts). */
size_t mle_leaf_count(size_t n);
size_t mle_leaf_start(size_t n, size_t leaf);

/* Calls run(ctx, lo, hi) for tiles that cover [0, n), leaf by leaf as above, for work that writes
   per-row results instead of summing. */
enum mle_status mle_for_rows(const struct mle_reducer *reducer, size_t n, double row_cost_ns,
                             void (*run)(void *ctx, size_t lo, size_t hi), void *ctx,
                             struct mle_stop *stop, struct mle_error *err);

#endif
