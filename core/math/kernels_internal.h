/* What the reduction kernels share; internal to core/math.

   A reduction keeps WIDTH running sums in arrays with a constant inner loop: gcc turns that into
   registers of whatever width the instruction set has, and the order of additions is the same for
   all of them. */
#ifndef MLE_CORE_MATH_KERNELS_INTERNAL_H
#define MLE_CORE_MATH_KERNELS_INTERNAL_H

#include "core/math/lanes.h"

#include <stddef.h>

/* Two AVX-512 or four AVX2 registers: enough to hide the latency of an addition. */
enum { WIDTH = 16, BLOCK = 4096, MAX_SUMS = 3 };

MLE_INLINE double add_lanes(const double s[WIDTH])
{
    double t[8];
    for (int k = 0; k < 8; k++)
        t[k] = s[k] + s[k + 8];
    return ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]));
}

/* Asks for the group that comes FETCH_DISTANCE values later: the processor's own prefetching does
   not keep up with a loop that computes. Beyond the column it does nothing. */
enum { FETCH_DISTANCE = 512 };

MLE_INLINE void fetch_ahead(const double *x)
{
    uintptr_t at = (uintptr_t)x + FETCH_DISTANCE * sizeof *x;
    __builtin_prefetch((const void *)at);
    __builtin_prefetch((const void *)(at + 64));
}

/* For a second pass over a block, which finds it in cache and leaves the memory idle. The next
   block goes to the second level: the first has no room for both. */
MLE_INLINE void fetch_block_ahead(const double *x)
{
    enum { SECOND_LEVEL = 2 };
    uintptr_t at = (uintptr_t)x + BLOCK * sizeof *x;
    __builtin_prefetch((const void *)at, 0, SECOND_LEVEL);
    __builtin_prefetch((const void *)(at + 64), 0, SECOND_LEVEL);
}

/* Copies the values behind the last whole group of WIDTH, filled up with neutral ones. Returns how
   many come before them. */
MLE_INLINE size_t fill_group(size_t n, const double *x, double neutral, double pad[WIDTH])
{
    size_t whole = n / WIDTH * WIDTH;
    for (size_t i = 0; i < WIDTH; i++)
        pad[i] = whole + i < n ? x[whole + i] : neutral;
    return whole;
}

/* Up to MAX_SUMS sums of one block of at most BLOCK values. */
typedef void mle_block_fn(size_t n, const double *x, const double *w, double out[MAX_SUMS]);

/* Sets sums[] to the pairwise sum of block() over the blocks of x. */
void mle_sum_blocks(mle_block_fn *block, size_t n, const double *x, const double *w,
                    double sums[MAX_SUMS]);

#endif
