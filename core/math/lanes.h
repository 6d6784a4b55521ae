/* Elementary functions for loops inside MLE_KERNEL: branch-free, inlined, so that the compiler
   turns a loop over them into vector code. Scalar calls give the same bits as vectors, and every
   instruction set gives the same bits: plain polynomials in a fixed order, no FMA, no tables.

   Domain and special values follow libm; NaN in gives NaN out. No allocation, any thread. The error
   bounds are the largest seen by tests/unit/test_kernels.c against libm. */
#ifndef MLE_CORE_MATH_LANES_H
#define MLE_CORE_MATH_LANES_H

#include "core/math/clones.h"
#include "core/math/logs.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

MLE_INLINE uint64_t mle_bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

MLE_INLINE double mle_of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* log 2 in two parts; the first has 21 trailing zeros, so its product with an exponent is exact. */
#define MLE_LN2_HIGH 6.93147180369123816490e-01
#define MLE_LN2_LOW  1.90821492927058770002e-10

/* Adding and subtracting this rounds to an integer, and leaves the integer in the low bits. */
#define MLE_ROUND_SHIFT 0x1.8p52

/* e^r - 1 - r for |r| <= log(2)/2 by its series to r^13, pairs first (Estrin): the remainder is
   below 5e-18. */
MLE_INLINE double mle_lane_exp_tail(double r)
{
    double r2 = r * r, r4 = r2 * r2;
    double a = 1.0 / 2 + r * (1.0 / 6);
    double b = 1.0 / 24 + r * (1.0 / 120);
    double c = 1.0 / 720 + r * (1.0 / 5040);
    double d = 1.0 / 40320 + r * (1.0 / 362880);
    double e = 1.0 / 3628800 + r * (1.0 / 39916800);
    double f = 1.0 / 479001600 + r * (1.0 / 6227020800);
    double low = a + r2 * b, middle = c + r2 * d, high = e + r2 * f;
    return r2 * (low + r4 * (middle + r4 * high));
}

/* 2^k for an integer k (as a double) with -1022 <= k <= 1023. */
MLE_INLINE double mle_lane_power_of_2(double k)
{
    return mle_of_bits((mle_bits_of(k + (MLE_ROUND_SHIFT + 1023)) << 52));
}

/* e^(x + low) for a correction |low| far below x's last digit. Within 1 ulp (2 for denormals). */
MLE_INLINE double mle_lane_exp_sum(double x, double low)
{
    x = x > 710 ? 710 : x;
    x = x < -746 ? -746 : x;
    double k = (x * 1.44269504088896340736 + MLE_ROUND_SHIFT) - MLE_ROUND_SHIFT;
    double r = (x - k * MLE_LN2_HIGH) - (k * MLE_LN2_LOW - low);
    double y = 1.0 + (r + mle_lane_exp_tail(r));
    /* in two steps: 2^k itself may be no normal number when the result is one */
    double half = (k * 0.5 + MLE_ROUND_SHIFT) - MLE_ROUND_SHIFT;
    return y * mle_lane_power_of_2(half) * mle_lane_power_of_2(k - half);
}

/* e^x. Within 1 ulp (2 for denormal results). */
MLE_INLINE double mle_lane_exp(double x)
{
    return mle_lane_exp_sum(x, 0.0);
}

/* e^x - 1. Within 2 ulp. */
MLE_INLINE double mle_lane_expm1(double x)
{
    double at = x > 710 ? 710 : x;
    at = at < -50 ? -50 : at;
    double k = (at * 1.44269504088896340736 + MLE_ROUND_SHIFT) - MLE_ROUND_SHIFT;
    double r = (at - k * MLE_LN2_HIGH) - k * MLE_LN2_LOW;
    double tail = mle_lane_exp_tail(r);
    /* half of 2^k, because 2^1024 does not exist; the tail goes in last: it is the smallest */
    double half = mle_lane_power_of_2(k - 1);
    double y = 2 * ((half - 0.5) + half * (r + tail));
    return fabs(x) < 0x1p-54 ? x : y;
}

/* The parts of log x = k log 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt(2)), for x > 0, finite. */
struct mle_log_parts {
    double k, f;
};

MLE_INLINE struct mle_log_parts mle_lane_log_split(double x)
{
    int tiny = x < DBL_MIN;
    double at = tiny ? x * 0x1p54 : x;
    uint64_t bits = mle_bits_of(at) + (0x3ff0000000000000 - 0x3fe6a09e00000000);
    /* the exponent as a double, without a conversion that AVX2 lacks */
    double k = mle_of_bits((bits >> 52) | 0x4330000000000000) - (0x1p52 + 1023);
    double m = mle_of_bits((bits & 0x000fffffffffffff) + 0x3fe6a09e00000000);
    return (struct mle_log_parts){ k - (tiny ? 54.0 : 0.0), m - 1.0 };
}

/* log(1 + f) - f + f^2/2 for 1 + f in [sqrt(1/2), sqrt(2)), half_square = f^2/2: s (f^2/2 + R) with
   s = f / (2 + f). Coefficients: FreeBSD msun e_log.c (Sun Microsystems, 1993). */
MLE_INLINE double mle_lane_log_cubic(double f, double half_square)
{
    double s = f / (2.0 + f), z = s * s, w = z * z;
    double even = w * (3.999999999940941908e-01 +
                       w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double odd = z * (6.666666666666735130e-01 +
                      w * (2.857142874366239149e-01 +
                           w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    return s * (half_square + (even + odd));
}

/* log(1 + f) - f. */
MLE_INLINE double mle_lane_log_tail(double f)
{
    double half_square = 0.5 * f * f;
    return mle_lane_log_cubic(f, half_square) - half_square;
}

/* What a logarithm gives outside (0, inf): -inf at 0, inf at inf, NaN for negative and NaN. */
MLE_INLINE double mle_lane_log_special(double x, double inside)
{
    double end = x > 0 ? x : MLE_NAN;
    end = x == 0 ? -MLE_INFINITY : end;
    return ((x > 0) & (x < MLE_INFINITY)) ? inside : end;
}

/* log x. Within 1 ulp. */
MLE_INLINE double mle_lane_log(double x)
{
    struct mle_log_parts p = mle_lane_log_split(x);
    double y = (p.k * MLE_LN2_LOW + mle_lane_log_tail(p.f)) + p.f + p.k * MLE_LN2_HIGH;
    return mle_lane_log_special(x, y);
}

/* log(1 + x). Within 2 ulp. */
MLE_INLINE double mle_lane_log1p(double x)
{
    double u = 1.0 + x;
    struct mle_log_parts p = mle_lane_log_split(u);
    int direct = p.k == 0;
    double f = direct ? x : p.f;
    /* what 1 + x lost by rounding */
    double lost = u >= 2 ? 1.0 - (u - x) : x - (u - 1.0);
    lost = direct ? 0.0 : lost / u;
    double y = (p.k * MLE_LN2_LOW + lost + mle_lane_log_tail(f)) + f + p.k * MLE_LN2_HIGH;
    y = fabs(x) < 0x1p-54 ? x : y;
    return mle_lane_log_special(u, y);
}

/* The upper 26 bits of x (Veltkamp); x minus them is exact too. |x| < 1e290. */
MLE_INLINE double mle_lane_upper_half(double x)
{
    double c = 134217729.0 * x;
    return c - (c - x);
}

/* a b - product, exact when the halves are those of a and b (Dekker). */
MLE_INLINE double mle_lane_product_error(double a, double a_high, double b, double b_high,
                                         double product)
{
    double a_low = a - a_high, b_low = b - b_high;
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
}

/* An exponent y prepared for mle_lane_pow: a loop over x with one y makes it before the loop. */
struct mle_exponent {
    double y, high;        /* high: the upper half of y */
    double zero, infinite; /* 0^y and inf^y */
};

MLE_INLINE struct mle_exponent mle_lane_exponent(double y)
{
    double at = y > 1e290 ? 1e290 : y;
    at = at < -1e290 ? -1e290 : at;
    double zero = y > 0 ? 0.0 : 1.0 + y, infinite = y > 0 ? y + MLE_INFINITY : 1.0 + y;
    zero = y < 0 ? MLE_INFINITY : zero;
    infinite = y < 0 ? 0.0 : infinite;
    return (struct mle_exponent){ at, mle_lane_upper_half(at), zero, infinite };
}

/* x^y for x >= 0: e^(y log x) with log x in two parts and an exact product. Within 4 + |y|/12 ulp.
   x = 0 gives 0, 1 or inf by the sign of y; negative x gives NaN, and so does a NaN x or y. */
MLE_INLINE double mle_lane_pow(double x, struct mle_exponent e)
{
    struct mle_log_parts p = mle_lane_log_split(x);
    /* f - f^2/2 and what it lost, then k log 2 and what that lost */
    double f_high = mle_lane_upper_half(p.f), square = p.f * p.f, half = 0.5 * square;
    double lost = -0.5 * mle_lane_product_error(p.f, f_high, p.f, f_high, square);
    double near = p.f - half;
    lost += (p.f - near) - half;
    double k = p.k * MLE_LN2_HIGH, high = k + near;
    lost += p.k == 0 ? 0.0 : (k - high) + near;
    double low = lost + (p.k * MLE_LN2_LOW + mle_lane_log_cubic(p.f, half));
    double sum = high + low;
    low = (high - sum) + low;
    double product = e.y * sum;
    double error = mle_lane_product_error(e.y, e.high, sum, mle_lane_upper_half(sum), product);
    double z = mle_lane_exp_sum(product, fabs(product) < 800 ? error + e.y * low : 0.0);
    z = x == 0 ? e.zero : z;
    z = x == MLE_INFINITY ? e.infinite : z;
    return x >= 0 ? z : MLE_NAN;
}

/* 1 / (1 + e^-x); the complement is mle_lane_expit(-x). Within 2 ulp. */
MLE_INLINE double mle_lane_expit(double x)
{
    double e = mle_lane_exp(-fabs(x));
    return (x < 0 ? e : 1.0) / (1.0 + e);
}

/* log(1 + e^x). Within 2 ulp. */
MLE_INLINE double mle_lane_log1pexp(double x)
{
    double y = mle_lane_log1p(mle_lane_exp(-fabs(x)));
    return (x > 0 ? x : 0.0) + y;
}

/* --- gamma function ------------------------------------------------------------------------------
   For x > 0 (NaN for x < 0; +inf, -inf, +inf at 0). Below 8 the argument is shifted by 8 with the
   recurrence; from there Stirling's series (DLMF 5.11.1, 5.11.2, 5.15.9) has 16 digits. */

/* log Gamma(x). Relative error below 1e-14 outside [0.5, 3], absolute below 1e-14 inside; exactly
   0 at 1 and 2. */
MLE_INLINE double mle_lane_lgamma(double x)
{
    int small = x < 8;
    double others = (x + 1) * (x + 2) * (x + 3) * (x + 4) * ((x + 5) * (x + 6) * (x + 7));
    double product = small ? x * others : 1.0;
    double z = small ? x + 8 : x;
    double v = 1.0 / z, v2 = v * v, v4 = v2 * v2;
    double series =
        (1.0 / 12 - v2 * (1.0 / 360)) + v4 * (1.0 / 1260 - v2 * (1.0 / 1680)) +
        v4 * v4 *
            ((1.0 / 1188 - v2 * (691.0 / 360360)) + v4 * (1.0 / 156 - v2 * (3617.0 / 122400)));
    double y = (z - 0.5) * (mle_lane_log(z) - 1.0) +
               ((MLE_HALF_LOG_2PI - 0.5) + (v * series - mle_lane_log(product)));
    y = ((x == 1) | (x == 2)) ? 0.0 : y;
    y = x == MLE_INFINITY ? x : y;
    return x < 0 ? MLE_NAN : y;
}

/* p = (x+1) (x+2) ... (x+7), d = p' and e = p''/2, one factor after the other. */
MLE_INLINE void mle_lane_rising(double x, double *p, double *d, double *e)
{
    double p2 = (x + 1) * (x + 2), d2 = (x + 2) + (x + 1);
    double p3 = p2 * (x + 3), d3 = d2 * (x + 3) + p2, e3 = (x + 3) + d2;
    double p4 = p3 * (x + 4), d4 = d3 * (x + 4) + p3, e4 = e3 * (x + 4) + d3;
    double p5 = p4 * (x + 5), d5 = d4 * (x + 5) + p4, e5 = e4 * (x + 5) + d4;
    double p6 = p5 * (x + 6), d6 = d5 * (x + 6) + p5, e6 = e5 * (x + 6) + d5;
    *p = p6 * (x + 7);
    *d = d6 * (x + 7) + p6;
    *e = e6 * (x + 7) + d6;
}

/* psi(x). Absolute error below 4e-15 max(1, |psi|). */
MLE_INLINE double mle_lane_digamma(double x)
{
    int small = x < 8;
    /* sum of 1/(x+k) over k = 1..7 as p'/p, and 1/x apart: it may overflow alone */
    double p, d, e;
    mle_lane_rising(x, &p, &d, &e);
    double shift = small ? d / p + 1.0 / x : 0.0;
    double z = small ? x + 8 : x;
    double v = 1.0 / z, v2 = v * v, v4 = v2 * v2;
    double series =
        (1.0 / 12 - v2 * (1.0 / 120)) + v4 * (1.0 / 252 - v2 * (1.0 / 240)) +
        v4 * v4 * ((1.0 / 132 - v2 * (691.0 / 32760)) + v4 * (1.0 / 12 - v2 * (3617.0 / 8160)));
    double y = (mle_lane_log(z) - (0.5 * v + v2 * series)) - shift;
    return x < 0 ? MLE_NAN : y;
}

/* psi'(x). Relative error below 4e-15. */
MLE_INLINE double mle_lane_trigamma(double x)
{
    int small = x < 8;
    double p, d, e;
    mle_lane_rising(x, &p, &d, &e);
    double ratio = d / p;
    double shift = small ? 1.0 / (x * x) + (ratio * ratio - 2 * e / p) : 0.0;
    double z = small ? x + 8 : x;
    double v = 1.0 / z, v2 = v * v, v4 = v2 * v2;
    double series =
        (1.0 / 6 - v2 * (1.0 / 30)) + v4 * (1.0 / 42 - v2 * (1.0 / 30)) +
        v4 * v4 * ((5.0 / 66 - v2 * (691.0 / 2730)) + v4 * (7.0 / 6 - v2 * (3617.0 / 510)));
    double y = v + (0.5 * v2 + v2 * v * series) + shift;
    return x < 0 ? MLE_NAN : y;
}

#endif
