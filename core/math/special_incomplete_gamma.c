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

/* The outer tail by the uniform expansion DLMF 8.12.3-8.12.10 with three terms, for large shapes.
   dev = a eta^2 / 2 is the deviance of a from x, which is exact where powers of x/a are not; this
   far out (dev > 8) the cancellation inside c0, c1, c2 no longer counts. */
static double log_tail_uniform(double a, double x)
{
    double dev = mle_deviance(a, x), t = sqrt(2 * dev), mu = (x - a) / a;
    double eta = copysign(t / sqrt(a), mu), e2 = eta * eta, v = 1 / mu;
    double c0 = v - 1 / eta;
    double c1 = 1 / (eta * e2) - v * (v * (v + 1) + 1.0 / 12);
    double c2 =
        -3 / (eta * e2 * e2) + v * (v * (v * (v * (3 * v + 5) + 25.0 / 12) + 1.0 / 12) + 1.0 / 288);
    double c = (c0 + (c1 + c2 / a) / a) / sqrt(a);
    return log(1 / mle_normal_hazard(t) + (mu > 0 ? c : -c)) - dev - MLE_HALF_LOG_2PI;
}

/* For shapes above FAR_SHAPE and x at least 4.5 standard deviations from it Boost's power of x/a
   loses as many digits as a has: sets the log of the tail that x lies in and returns true. */
static const double FAR_SHAPE = 1e3, UNIFORM_SHAPE = 1e4;

static bool far_tail(double a, double x, double *log_tail)
{
    double gap = x - a;
    if (a < FAR_SHAPE || gap * gap < 20 * a)
        return false;
    if (a >= UNIFORM_SHAPE)
        *log_tail = log_tail_uniform(a, x);
    else
        *log_tail = gap > 0 ? log_q_fraction(a, x) : log_p_series(a, x);
    return true;
}

/* Around the mean of shapes so large that Boost's series fails: DLMF 8.12.3 with the first term of
   the expansion, c0 by its Taylor series (8.12.12); eta is below 5e-5 there. */
static const double HUGE_SHAPE = 1e10;

static double near_mean(double a, double x, bool upper)
{
    double dev = mle_deviance(a, x), t = copysign(sqrt(2 * dev), x - a), eta = t / sqrt(a);
    double c0 = -1.0 / 3 + eta * (1.0 / 12 - eta * (2.0 / 135));
    double rest = exp(-dev - MLE_HALF_LOG_2PI) * c0 / sqrt(a);
    return upper ? 0.5 * erfc(t * M_SQRT1_2) + rest : 0.5 * erfc(-t * M_SQRT1_2) - rest;
}

static double plain(double a, double x, bool upper)
{
    double log_tail;
    if (far_tail(a, x, &log_tail))
        return upper == (x > a) ? exp(log_tail) : -expm1(log_tail);
    if (a >= HUGE_SHAPE)
        return near_mean(a, x, upper);
    return upper ? mle_boost_gamma_q(a, x) : mle_boost_gamma_p(a, x);
}

static double log_gamma_cdf(double a, double x, bool upper)
{
    double log_tail;
    if (far_tail(a, x, &log_tail))
        return upper == (x > a) ? log_tail : mle_log1mexp(log_tail);
    double p = plain(a, x, upper);
    if (p > 0.75)
        return log1p(-plain(a, x, !upper));
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
    return log_p ? log_gamma_cdf(shape, x, upper) : plain(shape, x, upper);
}

/* Newton on the log tail; it is concave in log x (lower) and in x (upper), so the steps settle on
   one side. The start is where the plain probability ends. */
static double quantile_of_log(double a, double log_p, bool upper)
{
    if (isinf(log_p))
        return upper ? MLE_INFINITY : 0;
    double x = upper ? mle_boost_gamma_q_inv(a, MLE_TINY_PROBABILITY)
                     : mle_boost_gamma_p_inv(a, MLE_TINY_PROBABILITY);
    for (int i = 0; i < 100; i++) {
        if (x < DBL_MIN) /* P(a, x) = x^a / Gamma(a+1) this far down */
            return exp((log_p + mle_lgamma(a + 1)) / a);
        double log_tail = log_gamma_cdf(a, x, upper);
        /* x density / tail */
        double rate = exp(mle_log_poisson(a, x) + log(a) - log_tail);
        double gap = (log_tail - log_p) / rate, before = x;
        x = upper ? fmax(x + x * gap, before / 2) : x * exp(-gap);
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
