/* The incomplete gamma function: Boost where the probability is a number, logarithms below. */
#include "core/math/special.h"

#include "core/math/special_boost.h"
#include "core/math/special_incomplete.h"

#include <float.h>
#include <math.h>

enum { MAX_TERMS = 2000000 };

/* log P for x far below the shape: x^a e^-x / Gamma(a+1) (1 + x/(a+1) + ...). DLMF 8.7.1 */
static double log_p_series(double a, double x)
{
    double term = 1, sum = 0;
    for (int k = 1; k < MAX_TERMS; k++) {
        term *= x / (a + k);
        sum += term;
        if (term <= 1e-17 * (1 + sum))
            break;
    }
    return mle_log_poisson(a, x) + log1p(sum);
}

/* log Q for x far above the shape: the continued fraction DLMF 8.9.2 by Lentz's method; every
   partial denominator is positive there. */
static double log_q_fraction(double a, double x)
{
    double b = x + 1 - a, c = 1 / DBL_MIN, d = 1 / b, h = d;
    for (int k = 1; k < MAX_TERMS; k++) {
        double numerator = -k * (k - a);
        b += 2;
        d = 1 / (b + numerator * d);
        c = b + numerator / c;
        double factor = c * d;
        h *= factor;
        if (fabs(factor - 1) < 1e-16)
            break;
    }
    return mle_log_poisson(a, x) + log(a) + log(h);
}

static double log_gamma_cdf(double a, double x, bool upper)
{
    double p = upper ? mle_boost_gamma_q(a, x) : mle_boost_gamma_p(a, x);
    if (p > 0.75)
        return log1p(-(upper ? mle_boost_gamma_p(a, x) : mle_boost_gamma_q(a, x)));
    if (p > MLE_TINY_PROBABILITY)
        return log(p);
    return upper ? log_q_fraction(a, x) : log_p_series(a, x);
}

double mle_gamma_cdf(double shape, double x, bool upper, bool log_p)
{
    if (isnan(x) || !(shape > 0) || isinf(shape))
        return MLE_NAN;
    if (x <= 0 || isinf(x))
        return mle_certain((x > 0) != upper, log_p);
    if (log_p)
        return log_gamma_cdf(shape, x, upper);
    return upper ? mle_boost_gamma_q(shape, x) : mle_boost_gamma_p(shape, x);
}

/* Newton on the log tail; it is concave in log x (lower) and in x (upper), so the steps settle on one
   side. The start is where the plain probability ends. */
static double quantile_of_log(double a, double log_p, bool upper)
{
    if (isinf(log_p))
        return upper ? MLE_INFINITY : 0;
    double x = upper ? mle_boost_gamma_q_inv(a, MLE_TINY_PROBABILITY)
                     : mle_boost_gamma_p_inv(a, MLE_TINY_PROBABILITY);
    if (x < DBL_MIN) /* P(a, x) = x^a / Gamma(a+1) this far down */
        return exp((log_p + mle_lgamma(a + 1)) / a);
    for (int i = 0; i < 100; i++) {
        double log_tail = log_gamma_cdf(a, x, upper);
        /* x density / tail */
        double rate = exp(mle_log_poisson(a, x) + log(a) - log_tail);
        double gap = (log_tail - log_p) / rate, before = x;
        x = upper ? x + x * gap : x * exp(-gap);
        if (x <= 0)
            x = before / 2;
        if (fabs(x - before) <= 2e-16 * x)
            break;
    }
    return x;
}

double mle_gamma_quantile(double shape, double p, bool upper, bool log_p)
{
    struct mle_tail_probability t = mle_tail_of(p, upper, log_p);
    if (!t.valid || !(shape > 0) || isinf(shape))
        return MLE_NAN;
    if (t.log_only)
        return quantile_of_log(shape, t.p, t.upper);
    if (t.p == 0 || t.p == 1)
        return (t.p == 0) == t.upper ? MLE_INFINITY : 0;
    return t.upper ? mle_boost_gamma_q_inv(shape, t.p) : mle_boost_gamma_p_inv(shape, t.p);
}
