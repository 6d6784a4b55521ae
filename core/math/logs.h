/* Arithmetic on logarithms: the places where a naive formula underflows, overflows or cancels.

   Everything here is inline, allocates nothing, is safe in any thread, takes any double, and gives
   NaN for NaN. Relative error is about 2 ulp unless an entry says otherwise. */
#ifndef MLE_CORE_MATH_LOGS_H
#define MLE_CORE_MATH_LOGS_H

#include <math.h>
#include <stddef.h>

/* INFINITY and NAN are floats; gcc warns where one meets a double in a conditional. */
#define MLE_INFINITY ((double)INFINITY)
#define MLE_NAN      ((double)NAN)

#define MLE_LN2          0.69314718055994530942
#define MLE_LOG_2PI      1.83787706640934548356
#define MLE_HALF_LOG_2PI 0.91893853320467274178
#define MLE_PI_2         1.57079632679489661923
#define MLE_LOG_PI       1.14472988584940017414
#define MLE_SQRT_2PI     2.50662827463100050242
#define MLE_EULER_GAMMA  0.57721566490153286061

/* log(1 - e^x) for x <= 0; -inf at 0; NaN for x > 0.
   The switch at -log 2 keeps both forms exact. Ref: Maechler (2012), Rmpfr vignette "log1mexp". */
static inline double mle_log1mexp(double x)
{
    return x > -MLE_LN2 ? log(-expm1(x)) : log1p(-exp(x));
}

/* log(1 + e^x), the softplus, for any x: no overflow, and e^x itself in the left tail. */
static inline double mle_log1pexp(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* 1 / (1 + e^-x). In the left tail e^x without loss; the complement is mle_expit(-x), exact where
   1 - mle_expit(x) would be 0. */
static inline double mle_expit(double x)
{
    double e = exp(-fabs(x));
    return (x < 0 ? e : 1.0) / (1.0 + e);
}

/* log(1 / (1 + e^-x)) = -log1pexp(-x); log of the complement is mle_log_expit(-x). */
static inline double mle_log_expit(double x)
{
    return -mle_log1pexp(-x);
}

/* log(p / (1-p)) for p in [0, 1], infinite at the ends, NaN outside. Around 1/2 the quotient form
   would lose what p differs from 1/2 by; log1p keeps it. */
static inline double mle_logit(double p)
{
    if (p > 0.25 && p < 0.75)
        return log1p((2 * p - 1) / (1 - p));
    return log(p / (1 - p));
}

/* The same from p and its complement q = 1 - p when the caller knows q exactly (p near 1). */
static inline double mle_logit_pq(double p, double q)
{
    if (p > 0.25 && p < 0.75)
        return log1p((p - q) / q);
    return log(p) - log(q);
}

/* x log y with 0 log y = 0 for every y that is not NaN: the convention of entropy and of
   likelihoods with counts. */
static inline double mle_xlogy(double x, double y)
{
    return x == 0 && !isnan(y) ? 0.0 : x * log(y);
}

/* x log(1 + y) with 0 log(1 + y) = 0. */
static inline double mle_xlog1py(double x, double y)
{
    return x == 0 && !isnan(y) ? 0.0 : x * log1p(y);
}

/* log(e^a + e^b), infinities included. */
static inline double mle_log_sum_exp2(double a, double b)
{
    if (isnan(a) || isnan(b))
        return a + b;
    double high = a > b ? a : b;
    double low = a > b ? b : a;
    return isinf(high) ? high : high + log1p(exp(low - high));
}

/* log(e^a - e^b) for a >= b; -inf at a = b, NaN for a < b. */
static inline double mle_log_diff_exp(double a, double b)
{
    if (isinf(b) && b < 0)
        return a;
    return a == b ? -MLE_INFINITY : a + mle_log1mexp(b - a);
}

/* log sum_i e^a[i]: -inf for n = 0 and when all are -inf, +inf if one is. The largest term is taken
   out and added back by log1p, so that a dominating term costs no digits. */
static inline double mle_log_sum_exp(size_t n, const double a[])
{
    size_t top = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(a[i]))
            return a[i];
        if (a[i] > a[top])
            top = i;
    }
    if (n == 0)
        return -MLE_INFINITY;
    if (isinf(a[top]))
        return a[top];
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += i == top ? 0.0 : exp(a[i] - a[top]);
    return a[top] + log1p(sum);
}

#endif
