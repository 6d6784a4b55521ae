/* Sums of logarithms without a logarithm per value.

   x = m 2^e with m in [1, 2): the product of the m of one lane of a block stays below 2^128 (4,096
   values over 32 lanes), so it needs no care until the block ends; the e are added as integers. */
#include "core/math/kernels.h"
#include "core/math/kernels_internal.h"

#define EXPONENT_ONE   0x3ff0000000000000U
#define MANTISSA_BITS  0x000fffffffffffffU
#define LEAST_NORMAL   0x0010000000000000U
#define LARGEST_FINITE 0x7fefffffffffffffU
#define SIGN_BIT       0x8000000000000000U

struct log_product {
    double product[WIDTH];
    uint64_t exponent[WIDTH]; /* sums of biased exponents */
    uint64_t odd[WIDTH];      /* sign bit set: a value was not a positive normal number */
};

MLE_INLINE void product_start(struct log_product *p)
{
    for (int k = 0; k < WIDTH; k++) {
        p->product[k] = 1;
        p->exponent[k] = p->odd[k] = 0;
    }
}

MLE_INLINE void product_add(struct log_product *p, int k, double x)
{
    uint64_t bits = mle_bits_of(x);
    p->odd[k] |= (bits - LEAST_NORMAL) | (LARGEST_FINITE - bits);
    p->exponent[k] += bits >> 52;
    p->product[k] *= mle_of_bits((bits & MANTISSA_BITS) | EXPONENT_ONE);
}

MLE_INLINE bool product_is_odd(const struct log_product *p)
{
    uint64_t any = 0;
    for (int k = 0; k < WIDTH; k++)
        any |= p->odd[k];
    return (any & SIGN_BIT) != 0;
}

/* The log of all values that went in, over 2^scale; count of them, with the padding. */
MLE_INLINE double product_log_over(const struct log_product *p, size_t count, int64_t scale)
{
    uint64_t exponent = 0;
    double product = 1;
    for (int k = 0; k < WIDTH; k++) {
        uint64_t bits = mle_bits_of(p->product[k]);
        exponent += p->exponent[k] + (bits >> 52);
        product *= mle_of_bits((bits & MANTISSA_BITS) | EXPONENT_ONE);
    }
    double e = (double)((int64_t)(exponent - 1023 * ((uint64_t)count + WIDTH)) - scale);
    return e * MLE_LN2_HIGH + (e * MLE_LN2_LOW + mle_lane_log(product));
}

MLE_INLINE double product_log(const struct log_product *p, size_t count)
{
    return product_log_over(p, count, 0);
}

/* The way for blocks with zeros, denormals, infinities, NaN or negative values. */
static double sum_log_one_by_one(size_t n, const double *x)
{
    double s[WIDTH] = { 0 };
    for (size_t i = 0; i < n; i++)
        s[i % WIDTH] += mle_lane_log(x[i]);
    return add_lanes(s);
}

MLE_LOCAL_KERNEL(void, sum_log_block, (size_t n, const double *x, const double *w, double *out),
                 (n, x, w, out))
{
    (void)w;
    struct log_product p;
    double pad[WIDTH];
    product_start(&p);
    size_t whole = fill_group(n, x, 1, pad);
    for (size_t i = 0; i < whole; i += WIDTH) {
        fetch_ahead(x + i);
        for (int k = 0; k < WIDTH; k++)
            product_add(&p, k, x[i + k]);
    }
    for (int k = 0; k < WIDTH; k++)
        product_add(&p, k, pad[k]);
    out[0] = product_is_odd(&p) ? sum_log_one_by_one(n, x) : product_log(&p, whole + WIDTH);
}

double mle_sum_log(size_t n, const double x[])
{
    double sums[MAX_SUMS];
    mle_sum_blocks(sum_log_block, n, x, NULL, sums);
    return sums[0];
}

/* The log of the quotient where that is a normal number, else the difference of logs. Two factors,
   since 2^-shift alone may be no double. */
static double scaled_one_by_one(size_t n, const double *x, int shift)
{
    double s[WIDTH] = { 0 }, half = exp2(-(shift / 2)), rest = exp2(-(shift - shift / 2));
    double unit = shift * MLE_LN2_HIGH + shift * MLE_LN2_LOW;
    for (size_t i = 0; i < n; i++) {
        double quotient = x[i] * half * rest;
        bool normal = quotient >= DBL_MIN && quotient <= DBL_MAX;
        s[i % WIDTH] += normal ? mle_lane_log(quotient) : mle_lane_log(x[i]) - unit;
    }
    return add_lanes(s);
}

MLE_LOCAL_KERNEL(double, scaled_block, (size_t n, const double *x, int shift), (n, x, shift))
{
    struct log_product p;
    double pad[WIDTH];
    product_start(&p);
    size_t whole = fill_group(n, x, 1, pad);
    for (size_t i = 0; i < whole; i += WIDTH) {
        fetch_block_ahead(x + i); /* the caller has just had the block for its mean */
        for (int k = 0; k < WIDTH; k++)
            product_add(&p, k, x[i + k]);
    }
    for (int k = 0; k < WIDTH; k++)
        product_add(&p, k, pad[k]);
    return product_is_odd(&p) ? scaled_one_by_one(n, x, shift)
                              : product_log_over(&p, whole + WIDTH, (int64_t)n * shift);
}

double mle_sum_log_scaled(size_t n, const double x[], int shift)
{
    double sum = 0;
    for (size_t i = 0; i < n; i += BLOCK)
        sum += scaled_block(n - i < BLOCK ? n - i : BLOCK, x + i, shift);
    return sum;
}

/* log(1 + t) = log(u) + lost / u with u = 1 + t rounded and lost what rounding took (two-sum). */
MLE_INLINE void log1p_add(struct log_product *p, double lost[WIDTH], int k, double t)
{
    double u = 1.0 + t, back = u - 1.0;
    product_add(p, k, u);
    lost[k] += ((1.0 - (u - back)) + (t - back)) / u;
}

static double sum_log1p_one_by_one(size_t n, const double *t)
{
    double s[WIDTH] = { 0 };
    for (size_t i = 0; i < n; i++)
        s[i % WIDTH] += mle_lane_log1p(t[i]);
    return add_lanes(s);
}

MLE_LOCAL_KERNEL(void, sum_log1p_block, (size_t n, const double *t, const double *w, double *out),
                 (n, t, w, out))
{
    (void)w;
    struct log_product p;
    double lost[WIDTH] = { 0 }, pad[WIDTH];
    product_start(&p);
    size_t whole = fill_group(n, t, 0, pad);
    for (size_t i = 0; i < whole; i += WIDTH) {
        fetch_ahead(t + i);
        for (int k = 0; k < WIDTH; k++)
            log1p_add(&p, lost, k, t[i + k]);
    }
    for (int k = 0; k < WIDTH; k++)
        log1p_add(&p, lost, k, pad[k]);
    out[0] = product_is_odd(&p) ? sum_log1p_one_by_one(n, t)
                                : product_log(&p, whole + WIDTH) + add_lanes(lost);
}

double mle_sum_log1p(size_t n, const double t[])
{
    double sums[MAX_SUMS];
    mle_sum_blocks(sum_log1p_block, n, t, NULL, sums);
    return sums[0];
}

/* --- fused with the plain sum ---------------------------------------------------------------- */

MLE_LOCAL_KERNEL(void, log_sums_block, (size_t n, const double *x, const double *w, double *out),
                 (n, x, w, out))
{
    (void)w;
    struct log_product p;
    double s[WIDTH] = { 0 }, pad[WIDTH], pad_zero[WIDTH];
    product_start(&p);
    size_t whole = fill_group(n, x, 1, pad);
    fill_group(n, x, 0, pad_zero);
    for (size_t i = 0; i < whole; i += WIDTH) {
        fetch_ahead(x + i);
        for (int k = 0; k < WIDTH; k++) {
            s[k] += x[i + k];
            product_add(&p, k, x[i + k]);
        }
    }
    for (int k = 0; k < WIDTH; k++) {
        s[k] += pad_zero[k];
        product_add(&p, k, pad[k]);
    }
    out[0] = (double)n;
    out[1] = add_lanes(s);
    out[2] = product_is_odd(&p) ? sum_log_one_by_one(n, x) : product_log(&p, whole + WIDTH);
}

/* A weight has no product form, so this one takes a log per value; weight 0 counts nothing even at
   x = 0. */
MLE_INLINE void weighted_group(const double *x, const double *w, double weight[WIDTH],
                               double sum[WIDTH], double sum_log[WIDTH])
{
    double term[WIDTH];
    for (int k = 0; k < WIDTH; k++)
        term[k] = w[k] == 0 ? 0.0 : w[k] * mle_lane_log(x[k]);
    for (int k = 0; k < WIDTH; k++) {
        weight[k] += w[k];
        sum[k] += w[k] * x[k];
        sum_log[k] += term[k];
    }
}

MLE_LOCAL_KERNEL(void, weighted_log_sums_block,
                 (size_t n, const double *x, const double *w, double *out), (n, x, w, out))
{
    double weight[WIDTH] = { 0 }, sum[WIDTH] = { 0 }, sum_log[WIDTH] = { 0 };
    double pad[WIDTH], pad_w[WIDTH];
    size_t whole = fill_group(n, x, 1, pad);
    fill_group(n, w, 0, pad_w);
    for (size_t i = 0; i < whole; i += WIDTH) {
        weighted_group(x + i, w + i, weight, sum, sum_log);
    }
    weighted_group(pad, pad_w, weight, sum, sum_log);
    out[0] = add_lanes(weight);
    out[1] = add_lanes(sum);
    out[2] = add_lanes(sum_log);
}

struct mle_log_sums mle_log_sums(size_t n, const double x[], const double w[])
{
    double sums[MAX_SUMS];
    mle_sum_blocks(w ? weighted_log_sums_block : log_sums_block, n, x, w, sums);
    return (struct mle_log_sums){ sums[0], sums[1], sums[2] };
}

double mle_weighted_sum_log(size_t n, const double x[], const double w[])
{
    return w ? mle_log_sums(n, x, w).sum_log : mle_sum_log(n, x);
}
