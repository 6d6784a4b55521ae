/* Sums, range and the check for integers; the pairwise addition of blocks. */
#include "core/math/kernels.h"

#include "core/math/kernels_internal.h"

/* --- pairwise addition of blocks ------------------------------------------------------------- */

/* Sums of 2^k blocks wait at level k for their neighbour (a binary counter). */
struct cascade {
    size_t blocks;
    double level[52][MAX_SUMS];
};

static void cascade_push(struct cascade *c, double sums[MAX_SUMS])
{
    unsigned k = 0;
    for (size_t b = c->blocks++; b & 1; b >>= 1, k++) {
        for (unsigned j = 0; j < MAX_SUMS; j++)
            sums[j] += c->level[k][j];
    }
    for (unsigned j = 0; j < MAX_SUMS; j++)
        c->level[k][j] = sums[j];
}

static void cascade_total(const struct cascade *c, double sums[MAX_SUMS])
{
    for (unsigned j = 0; j < MAX_SUMS; j++)
        sums[j] = 0;
    unsigned k = 0;
    for (size_t b = c->blocks; b; b >>= 1, k++) {
        if (!(b & 1))
            continue;
        for (unsigned j = 0; j < MAX_SUMS; j++)
            sums[j] += c->level[k][j];
    }
}

void mle_sum_blocks(mle_block_fn *block, size_t n, const double *x, const double *w,
                    double sums[MAX_SUMS])
{
    if (n <= BLOCK) {
        block(n, x, w, sums);
        return;
    }
    struct cascade c;
    c.blocks = 0;
    for (size_t i = 0; i < n; i += BLOCK) {
        double part[MAX_SUMS] = { 0 };
        block(n - i < BLOCK ? n - i : BLOCK, x + i, w ? w + i : NULL, part);
        cascade_push(&c, part);
    }
    cascade_total(&c, sums);
}

/* --- sums ------------------------------------------------------------------------------------ */

MLE_LOCAL_KERNEL(void, sum_block, (size_t n, const double *x, const double *w, double *out),
                 (n, x, w, out))
{
    (void)w;
    double s[WIDTH] = { 0 }, pad[WIDTH];
    size_t whole = fill_group(n, x, 0, pad);
    for (size_t i = 0; i < whole; i += WIDTH) {
        for (int k = 0; k < WIDTH; k++)
            s[k] += x[i + k];
    }
    for (int k = 0; k < WIDTH; k++)
        s[k] += pad[k];
    out[0] = add_lanes(s);
}

double mle_sum(size_t n, const double x[])
{
    double sums[MAX_SUMS];
    mle_sum_blocks(sum_block, n, x, NULL, sums);
    return sums[0];
}

MLE_LOCAL_KERNEL(void, weighted_sum_block,
                 (size_t n, const double *x, const double *w, double *out), (n, x, w, out))
{
    double s[WIDTH] = { 0 }, pad[WIDTH], pad_w[WIDTH];
    size_t whole = fill_group(n, x, 0, pad);
    fill_group(n, w, 0, pad_w);
    for (size_t i = 0; i < whole; i += WIDTH) {
        for (int k = 0; k < WIDTH; k++)
            s[k] += w[i + k] * x[i + k];
    }
    for (int k = 0; k < WIDTH; k++)
        s[k] += pad_w[k] * pad[k];
    out[0] = add_lanes(s);
}

double mle_weighted_sum(size_t n, const double x[], const double w[])
{
    double sums[MAX_SUMS];
    mle_sum_blocks(w ? weighted_sum_block : sum_block, n, x, w, sums);
    return sums[0];
}

/* --- range and integers ---------------------------------------------------------------------- */

MLE_LOCAL_KERNEL(void, range_kernel, (size_t n, const double *x, double *out), (n, x, out))
{
    double low[WIDTH], high[WIDTH], nan[WIDTH], pad[WIDTH];
    size_t whole = fill_group(n, x, n > 0 ? x[0] : 0, pad);
    for (int k = 0; k < WIDTH; k++) {
        low[k] = high[k] = pad[k];
        nan[k] = pad[k] == pad[k] ? 0 : 1;
    }
    for (size_t i = 0; i < whole; i += WIDTH) {
        fetch_ahead(x + i);
#pragma GCC unroll 1
        for (int k = 0; k < WIDTH; k++) {
            low[k] = x[i + k] < low[k] ? x[i + k] : low[k];
            high[k] = x[i + k] > high[k] ? x[i + k] : high[k];
            nan[k] = x[i + k] == x[i + k] ? nan[k] : 1;
        }
    }
    for (int k = 1; k < WIDTH; k++) {
        low[0] = low[k] < low[0] ? low[k] : low[0];
        high[0] = high[k] > high[0] ? high[k] : high[0];
    }
    bool any = add_lanes(nan) > 0;
    out[0] = any ? MLE_NAN : low[0];
    out[1] = any ? MLE_NAN : high[0];
}

void mle_range(size_t n, const double x[], double *min, double *max)
{
    double out[2] = { MLE_INFINITY, -MLE_INFINITY };
    if (n > 0)
        range_kernel(n, x, out);
    *min = out[0];
    *max = out[1];
}

/* The sum of the distances to the nearest integer: 0 only if all are integers, NaN for infinities.
 */
MLE_INLINE double integer_gap(double x)
{
    double v = fabs(x), rounded = (v + 0x1p52) - 0x1p52;
    /* from 2^52 on every double is an integer; the shift must not see them */
    rounded = v < 0x1p52 ? rounded : v;
    return fabs(rounded - v);
}

MLE_LOCAL_KERNEL(bool, integers_block, (size_t n, const double *x), (n, x))
{
    double s[WIDTH] = { 0 }, pad[WIDTH];
    size_t whole = fill_group(n, x, 0, pad);
    for (size_t i = 0; i < whole; i += WIDTH) {
        for (int k = 0; k < WIDTH; k++)
            s[k] += integer_gap(x[i + k]);
    }
    for (int k = 0; k < WIDTH; k++)
        s[k] += integer_gap(pad[k]);
    return add_lanes(s) == 0;
}

bool mle_all_integers(size_t n, const double x[])
{
    for (size_t i = 0; i < n; i += BLOCK) {
        if (!integers_block(n - i < BLOCK ? n - i : BLOCK, x + i))
            return false;
    }
    return true;
}

/* After adding 2^52 the low bits are the integer nearest to x. */
MLE_INLINE uint64_t small_integer(double x, double below)
{
    double value = x >= 0 ? x : below;
    value = value < below ? value : below;
    double shifted = value + 0x1p52;
    return mle_bits_of(shifted - 0x1p52 == value ? shifted : below + 0x1p52);
}

MLE_LOCAL_KERNEL(void, small_integers, (size_t n, const double *x, double below, uint16_t *at),
                 (n, x, below, at))
{
    size_t whole = n / WIDTH * WIDTH;
    for (size_t i = 0; i < whole; i += WIDTH) {
        fetch_ahead(x + i);
#pragma GCC unroll 1
        for (int k = 0; k < WIDTH; k++)
            at[i + k] = (uint16_t)small_integer(x[i + k], below);
    }
    for (size_t i = whole; i < n; i++)
        at[i] = (uint16_t)small_integer(x[i], below);
}

void mle_small_integers(size_t n, const double x[], unsigned below, uint16_t at[])
{
    small_integers(n, x, below, at);
}
