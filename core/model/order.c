#include "core/model/order.h"

#include <string.h>

enum { DIGIT = 11, BUCKETS = 1 << DIGIT, PASSES = 6 };

struct item {
    uint64_t key;
    double w;
};

/* Unsigned keys that are ordered as the doubles are; -0 becomes 0. */
static uint64_t key_of(double y)
{
    uint64_t bits;
    y += 0.0;
    memcpy(&bits, &y, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static double value_of(uint64_t key)
{
    double y;
    uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
    memcpy(&y, &bits, sizeof y);
    return y;
}

/* One pass of the sort by the digit at shift; false if all rows have the same digit. */
static bool pass(size_t n, const struct item from[], struct item to[], unsigned shift)
{
    size_t start[BUCKETS] = { 0 };
    for (size_t i = 0; i < n; i++)
        start[from[i].key >> shift & (BUCKETS - 1)]++;
    if (start[from[0].key >> shift & (BUCKETS - 1)] == n)
        return false;
    for (size_t b = 0, sum = 0; b < BUCKETS; b++) {
        size_t count = start[b];
        start[b] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[start[from[i].key >> shift & (BUCKETS - 1)]++] = from[i];
    return true;
}

enum mle_status mle_order_rows(const struct mle_frame *frame, const struct mle_work *work,
                               const double **y, const double **w, struct mle_error *err)
{
    size_t n = frame->n;
    double *sorted = mle_arena_doubles(work->arena, n);
    double *weight = frame->w ? mle_arena_doubles(work->arena, n) : NULL;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    struct item *from = mle_arena_alloc(work->arena, n * sizeof *from);
    struct item *to = mle_arena_alloc(work->arena, n * sizeof *to);
    if (!sorted || (frame->w && !weight) || !from || !to)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; i < n; i++)
        from[i] = (struct item){ key_of(frame->y[i]), frame->w ? frame->w[i] : 1 };
    for (unsigned p = 0; n > 0 && p < PASSES; p++) {
        if (mle_stop_check(work->stop) != MLE_STOP_NONE)
            return mle_stop_fail(work->stop, err);
        if (!pass(n, from, to, p * DIGIT))
            continue;
        struct item *swap = from;
        from = to;
        to = swap;
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = value_of(from[i].key);
        if (weight)
            weight[i] = from[i].w;
    }
    mle_arena_rewind(work->arena, mark);
    *y = sorted;
    *w = weight;
    return MLE_OK;
}
