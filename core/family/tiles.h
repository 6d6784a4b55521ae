/* What the fused sums of families share: groups of lanes over a tile, and a thinned sample for
   starting points. Inline only; include it in family files, never elsewhere. */
#ifndef MLE_CORE_FAMILY_TILES_H
#define MLE_CORE_FAMILY_TILES_H

#include "core/family/existence.h"
#include "core/math/lanes.h"

/* Running sums are kept in arrays of so many lanes with constant inner loops, which gcc turns into
   registers of whatever width there is; the order of additions is the same for all of them. */
enum { TILE_LANES = 16 };

static const double tile_ones[TILE_LANES] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

MLE_INLINE double tile_total(const double s[TILE_LANES])
{
    double t[8];
    for (int k = 0; k < 8; k++)
        t[k] = s[k] + s[k + 8];
    return ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]));
}

/* The rows behind the last whole group, filled up with a neutral value of weight 0. Returns how
   many rows come before them. */
MLE_INLINE size_t tile_rest(size_t n, const double *y, const double *w, double neutral,
                            double rest_y[TILE_LANES], double rest_w[TILE_LANES])
{
    size_t whole = n / TILE_LANES * TILE_LANES;
    for (size_t i = 0; i < TILE_LANES; i++) {
        bool inside = whole + i < n;
        rest_y[i] = inside ? y[whole + i] : neutral;
        rest_w[i] = inside ? (w ? w[whole + i] : 1) : 0;
    }
    return whole;
}

/* log(x / c), c > 0 and normal, inverse = 1 / c: keeps its digits where x is close to c. */
MLE_INLINE double tile_log_ratio(double x, double c, double inverse)
{
    double r = x * inverse;
    struct mle_log_parts p = mle_lane_log_split(r);
    /* x - c is exact within a factor of two */
    double f = p.k == 0 ? (x - c) * inverse : p.f;
    double y = (p.k * MLE_LN2_LOW + mle_lane_log_tail(f)) + f + p.k * MLE_LN2_HIGH;
    return mle_lane_log_special(r, y);
}

/* The same in fewer steps for an x / c that is positive, finite and normal; the sign bit of *odd is
   set for any other. */
MLE_INLINE double tile_log_ratio_normal(double x, double c, double inverse, uint64_t *odd)
{
    double r = x * inverse;
    uint64_t own = mle_bits_of(r);
    *odd |= (own - 0x0010000000000000U) | (0x7fefffffffffffffU - own);
    uint64_t bits = own + (0x3ff0000000000000 - 0x3fe6a09e00000000);
    double k = mle_of_bits((bits >> 52) | 0x4330000000000000) - (0x1p52 + 1023);
    double m = mle_of_bits((bits & 0x000fffffffffffff) + 0x3fe6a09e00000000);
    double f = k == 0 ? (x - c) * inverse : m - 1.0;
    return (k * MLE_LN2_LOW + mle_lane_log_tail(f)) + f + k * MLE_LN2_HIGH;
}

MLE_INLINE bool tile_is_odd(const uint64_t odd[TILE_LANES])
{
    uint64_t any = 0;
    for (int k = 0; k < TILE_LANES; k++)
        any |= odd[k];
    return any >> 63;
}

/* e^x as far as it is a normal number, held at e^-708 and e^709. */
MLE_INLINE double tile_exp(double x)
{
    x = x < 709 ? x : 709;
    x = x > -708 ? x : -708;
    double k = (x * 1.44269504088896340736 + MLE_ROUND_SHIFT) - MLE_ROUND_SHIFT;
    double r = (x - k * MLE_LN2_HIGH) - k * MLE_LN2_LOW;
    return (1.0 + (r + mle_lane_exp_tail(r))) * mle_lane_power_of_2(k);
}

/* log(x / c) of one row, for any x, c > 0. */
static inline double row_log_ratio(double x, double c)
{
    if (fabs(x - c) < 0.5 * c)
        return log1p((x - c) / c);
    double r = x / c;
    return r >= DBL_MIN && r <= DBL_MAX ? log(r) : log(x) - log(c);
}

/* Every stride-th row of the evidence, at most max of them: a sample on which a start is found. w
   gets their weights, ones if there are none. Returns how many. */
static inline size_t tile_thin(const struct mle_evidence *e, size_t max, double y[], double w[])
{
    size_t n = e->obs.n, stride = (n + max - 1) / max, m = 0;
    for (size_t i = stride / 2; i < n; i += stride, m++) {
        y[m] = e->obs.y[i];
        w[m] = e->w ? e->w[i] : 1;
    }
    return m;
}

/* Moves the k-th smallest value to y[k], smaller ones before it (Hoare 1961, middle as pivot). */
static inline double tile_select(size_t n, double y[], size_t k)
{
    size_t lo = 0, hi = n - 1;
    while (lo < hi) {
        double pivot = y[lo + (hi - lo) / 2];
        size_t i = lo, j = hi;
        for (;;) {
            while (y[i] < pivot)
                i++;
            while (y[j] > pivot)
                j--;
            if (i >= j)
                break;
            double swap = y[i];
            y[i++] = y[j];
            y[j--] = swap;
        }
        if (k <= j) /* rows to j are <= pivot, from j + 1 on >= pivot */
            hi = j;
        else
            lo = j + 1;
    }
    return y[k];
}

static inline bool tile_fixed(const struct mle_evidence *e, unsigned j)
{
    return e->fixed && e->fixed[j];
}

#endif
