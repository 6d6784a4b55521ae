#include "core/math/special.h"

#include "core/math/logs.h"

#include <float.h>
#include <math.h>

double mle_boost_gamma_quantile(double a, double p, bool upper); /* special_boost.cc */

double mle_lgamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* --- around Stirling's formula ------------------------------------------------------------------ */

double mle_log_minus_digamma(double x)
{
    if (x < 12)
        return log(x) - mle_digamma(x);
    double v = 1 / x, v2 = v * v;
    return v * (0.5 + v * (1.0 / 12 - v2 * (1.0 / 120 - v2 * (1.0 / 252 - v2 * (1.0 / 240 -
           v2 * (1.0 / 132 - v2 * (691.0 / 32760)))))));
}

double mle_a_trigamma_minus_1(double x)
{
    if (x < 12)
        return x * mle_trigamma(x) - 1;
    double v = 1 / x, v2 = v * v;
    return v * (0.5 + v * (1.0 / 6 - v2 * (1.0 / 30 - v2 * (1.0 / 42 - v2 * (1.0 / 30 -
           v2 * (5.0 / 66 - v2 * (691.0 / 2730)))))));
}

/* log(1 + x) - x = -2 s (s - (s^3/3 + s^5/5 + ...) / s ...) with s = x / (2 + x): the series of
   atanh converges fast and its first term cancels -x exactly to -x s. */
double mle_log1pmx(double x)
{
    if (!(fabs(x) < 0.4))
        return log1p(x) - x;
    double s = x / (2 + x), s2 = s * s, term = s2, sum = 0;
    for (int k = 3; k < 60; k += 2) {
        double add = term / k;
        sum += add;
        if (add < 1e-18 * sum)
            break;
        term *= s2;
    }
    return s * (2 * sum - x);
}

double mle_stirling_error(double x)
{
    double v = 1 / x, v2 = v * v;
    return v * (1.0 / 12 - v2 * (1.0 / 360 - v2 * (1.0 / 1260 - v2 * (1.0 / 1680 - v2 * (1.0 / 1188 -
           v2 * (691.0 / 360360 - v2 * (1.0 / 156)))))));
}

/* --- normal ------------------------------------------------------------------------------------- */

double mle_normal_cdf(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

/* Mills' ratio by its continued fraction, z << 0: Phi(z) = phi(z) / (t + 1/(t + 2/(t + 3/...))),
   t = -z. DLMF 7.9.1. */
static double log_cdf_tail(double z)
{
    double t = -z, fraction = t;
    for (int k = 60; k >= 1; k--)
        fraction = t + k / fraction;
    return -0.5 * z * z - MLE_HALF_LOG_2PI - log(fraction);
}

double mle_normal_log_cdf(double z)
{
    if (z < -10)
        return log_cdf_tail(z);
    return z > 0 ? log1p(-0.5 * erfc(z * M_SQRT1_2)) : log(mle_normal_cdf(z));
}

double mle_normal_log_quantile(double log_p)
{
    if (log_p > -600)
        return log_p > -0.1 ? -mle_normal_quantile(-expm1(log_p)) : mle_normal_quantile(exp(log_p));
    /* Newton on the logarithm from the leading term of the tail */
    double z = -sqrt(-2 * log_p);
    for (int i = 0; i < 10; i++) {
        double log_cdf = mle_normal_log_cdf(z);
        double slope = exp(-0.5 * z * z - MLE_HALF_LOG_2PI - log_cdf);
        double step = (log_cdf - log_p) / slope;
        z -= step;
        if (fabs(step) < 1e-15 * fabs(z))
            break;
    }
    return z;
}

/* --- incomplete gamma, logarithms ------------------------------------------------------------------ */

/* log(x^a e^-x / Gamma(a)), put together around x = a for large a. */
static double log_prefactor(double a, double x)
{
    if (a < 10)
        return a * log(x) - x - mle_lgamma(a);
    return a * mle_log1pmx(x / a - 1) + 0.5 * log(a) - MLE_HALF_LOG_2PI - mle_stirling_error(a);
}

/* Q(a, x) by the continued fraction (modified Lentz), x > a + 1. DLMF 8.9.2. */
static double log_q_fraction(double a, double x)
{
    double b = x + 1 - a, c = 1 / DBL_MIN, d = 1 / b, h = d;
    for (int i = 1; i < 10000; i++) {
        double an = -i * (i - a);
        b += 2;
        d = 1 / (an * d + b);
        c = b + an / c;
        h *= d * c;
        if (fabs(d * c - 1) < 1e-16)
            break;
    }
    return log_prefactor(a, x) + log(h);
}

/* P(a, x) by its series, x < a + 1. DLMF 8.11.4. */
static double log_p_series(double a, double x)
{
    double term = 1 / a, sum = term;
    for (int n = 1; n < 100000; n++) {
        term *= x / (a + n);
        sum += term;
        if (term < 1e-17 * sum)
            break;
    }
    return log_prefactor(a, x) + log(sum);
}

/* Boost's value where it is a normal number away from 1, the complement near 1, the log-space form
   where it underflows. */
double mle_log_gamma_q(double a, double x)
{
    double q = mle_gamma_q(a, x);
    if (q > 0.9)
        return log1p(-mle_gamma_p(a, x));
    if (q > 1e-280)
        return log(q);
    return x > a + 1 ? log_q_fraction(a, x) : log(q);
}

double mle_log_gamma_p(double a, double x)
{
    if (x == 0)
        return -INFINITY;
    double p = mle_gamma_p(a, x);
    if (p > 0.9)
        return log1p(-mle_gamma_q(a, x));
    if (p > 1e-280)
        return log(p);
    return x < a + 1 ? log_p_series(a, x) : log(p);
}

/* Where exp(p) underflows: Newton on log x with the log-space tails. */
static double log_tail_quantile(double a, double p, bool upper)
{
    double log_x = upper ? log(-p) : (p + mle_lgamma(a + 1)) / a;
    for (int i = 0; i < 60; i++) {
        double x = exp(log_x);
        double value = upper ? mle_log_gamma_q(a, x) : mle_log_gamma_p(a, x);
        double slope = exp(log_prefactor(a, x) - value) * (upper ? -1 : 1);
        double step = (value - p) / slope;
        step = step > 1 ? 1 : step < -1 ? -1 : step;
        log_x -= step;
        if (fabs(step) < 1e-15)
            break;
    }
    return exp(log_x);
}

double mle_gamma_quantile(double a, double p, bool upper, bool log_p)
{
    if (!log_p)
        return mle_boost_gamma_quantile(a, p, upper);
    if (p > -600)
        return p > -0.1 ? mle_boost_gamma_quantile(a, -expm1(p), !upper)
                        : mle_boost_gamma_quantile(a, exp(p), upper);
    return log_tail_quantile(a, p, upper);
}
