/* Mean and centred second moment: sums of differences, never of squares of values. */
#include "core/math/kernels.h"
#include "core/math/kernels_internal.h"

/* Sum of x - shift, then of x - shift - mean and its square; the first of those two is the rounding
   error of the mean and corrects the second. */
MLE_LOCAL_KERNEL(void, moments_block,
                 (size_t n, const double *x, double shift, struct mle_moments *out),
                 (n, x, shift, out))
{
    double s[WIDTH] = { 0 }, first[WIDTH] = { 0 }, second[WIDTH] = { 0 }, pad[WIDTH];
    size_t whole = fill_group(n, x, shift, pad);
    for (size_t i = 0; i < whole; i += WIDTH) {
        for (int k = 0; k < WIDTH; k++)
            s[k] += x[i + k] - shift;
    }
    for (int k = 0; k < WIDTH; k++)
        s[k] += pad[k] - shift;
    double m = (double)n, mean = add_lanes(s) / m;
    for (size_t i = 0; i < whole; i += WIDTH) {
        fetch_block_ahead(x + i);
        for (int k = 0; k < WIDTH; k++) {
            double d = (x[i + k] - shift) - mean;
            first[k] += d;
            second[k] += d * d;
        }
    }
    for (size_t i = whole; i < n; i++) { /* no padding is exactly at the mean */
        double d = (x[i] - shift) - mean;
        first[i - whole] += d;
        second[i - whole] += d * d;
    }
    double error = add_lanes(first);
    *out = (struct mle_moments){ m, mean + error / m, add_lanes(second) - error * (error / m) };
}

MLE_LOCAL_KERNEL(void, weighted_moments_block,
                 (size_t n, const double *x, const double *w, double shift,
                  struct mle_moments *out),
                 (n, x, w, shift, out))
{
    double weights[WIDTH] = { 0 }, s[WIDTH] = { 0 }, first[WIDTH] = { 0 }, second[WIDTH] = { 0 };
    double pad[WIDTH], pad_w[WIDTH];
    size_t whole = fill_group(n, x, shift, pad);
    fill_group(n, w, 0, pad_w);
    for (size_t i = 0; i < whole; i += WIDTH) {
        for (int k = 0; k < WIDTH; k++) {
            weights[k] += w[i + k];
            s[k] += w[i + k] * (x[i + k] - shift);
        }
    }
    for (int k = 0; k < WIDTH; k++) {
        weights[k] += pad_w[k];
        s[k] += pad_w[k] * (pad[k] - shift);
    }
    double weight = add_lanes(weights), sum = add_lanes(s);
    double mean = weight > 0 ? sum / weight : 0 * sum;
    for (size_t i = 0; i < whole + WIDTH; i += WIDTH) {
        const double *at = i < whole ? x + i : pad, *at_w = i < whole ? w + i : pad_w;
        fetch_block_ahead(at);
        fetch_block_ahead(at_w);
        for (int k = 0; k < WIDTH; k++) {
            double d = (at[k] - shift) - mean, v = at_w[k] * d;
            first[k] += v;
            second[k] += v * d;
        }
    }
    double error = add_lanes(first), correction = weight > 0 ? error / weight : 0;
    *out =
        (struct mle_moments){ weight, mean + correction, add_lanes(second) - error * correction };
}

void mle_moments_merge(struct mle_moments *into, const struct mle_moments *from)
{
    double weight = into->weight + from->weight;
    if (from->weight == 0)
        return;
    if (into->weight == 0) {
        *into = *from;
        return;
    }
    double gap = from->mean - into->mean;
    double share = from->weight / weight;
    into->mean += gap * share;
    into->m2 += from->m2 + gap * gap * (into->weight * share);
    into->weight = weight;
}

struct mle_moments mle_moments_about(size_t n, const double x[], const double w[], double shift)
{
    struct mle_moments level[52], total = { 0, 0, 0 };
    size_t blocks = 0;
    for (size_t i = 0; i < n; i += BLOCK) {
        struct mle_moments part;
        size_t many = n - i < BLOCK ? n - i : BLOCK;
        if (w)
            weighted_moments_block(many, x + i, w + i, shift, &part);
        else
            moments_block(many, x + i, shift, &part);
        unsigned k = 0;
        for (size_t b = blocks++; b & 1; b >>= 1, k++) {
            mle_moments_merge(&level[k], &part);
            part = level[k];
        }
        level[k] = part;
    }
    unsigned k = 0;
    for (size_t b = blocks; b; b >>= 1, k++) {
        if (b & 1)
            mle_moments_merge(&total, &level[k]);
    }
    return total;
}

struct mle_moments mle_moments(size_t n, const double x[], const double w[])
{
    double shift = n > 0 ? x[0] : 0;
    struct mle_moments m = mle_moments_about(n, x, w, shift);
    m.mean += shift;
    return m;
}
