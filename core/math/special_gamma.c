/* The gamma function, its logarithmic derivatives, and differences of them. */
#include "core/math/logs.h"
#include "core/math/special.h"
#include "core/math/special_boost.h"

#include <math.h>

/* From here on Stirling's series has 16 digits with the terms below. */
static const double STIRLING_FROM = 10;

enum { TERMS = 8 };

/* B_2k / (2k (2k-1)), B_2k / (2k) and B_2k. */
static const double lgamma_terms[TERMS] = { 1.0 / 12,    -1.0 / 360,      1.0 / 1260,
                                            -1.0 / 1680, 1.0 / 1188,      -691.0 / 360360,
                                            1.0 / 156,   -3617.0 / 122400 };
static const double digamma_terms[TERMS] = { 1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                             1.0 / 132, -691.0 / 32760, 1.0 / 12,  -3617.0 / 8160 };
static const double trigamma_terms[TERMS] = { 1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                              5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510 };

double mle_lgamma(double x)
{
    int sign;
    return x < 0 ? MLE_NAN : lgamma_r(x, &sign);
}

double mle_digamma(double x)
{
    if (!(x > 0))
        return x == 0 ? -MLE_INFINITY : MLE_NAN;
    return x > 1e300 ? log(x) : mle_boost_digamma(x);
}

double mle_trigamma(double x)
{
    if (!(x > 0))
        return x == 0 ? MLE_INFINITY : MLE_NAN;
    if (x < 1e-150 || x > 1e150)
        return 1 / x / (x < 1 ? x : 1);
    return mle_boost_trigamma(x);
}

double mle_log_minus_digamma(double x)
{
    if (x < STIRLING_FROM)
        return log(x) - mle_digamma(x);
    double v = 1 / x, v2 = v * v, series = 0;
    for (int k = TERMS - 1; k >= 0; k--)
        series = series * v2 + digamma_terms[k];
    return 0.5 * v + v2 * series;
}

double mle_a_trigamma_minus_1(double x)
{
    if (x < 1e-9) /* psi'(x) = 1/x^2 + ..., which may overflow */
        return 1 / x - 1;
    if (x < STIRLING_FROM)
        return x * mle_trigamma(x) - 1;
    double v = 1 / x, v2 = v * v, series = 0;
    for (int k = TERMS - 1; k >= 0; k--)
        series = series * v2 + trigamma_terms[k];
    return 0.5 * v + v2 * series;
}

/* The recurrence to 15, then DLMF 5.15.8 differentiated. */
double mle_tetragamma(double x)
{
    if (!(x > 0))
        return x == 0 ? -MLE_INFINITY : MLE_NAN;
    double sum = 0;
    for (; x < 15; x++)
        sum -= 2 / x / x / x;
    double v = 1 / x, v2 = v * v;
    double series =
        -1.0 / 2 +
        v2 * (1.0 / 6 + v2 * (-1.0 / 6 + v2 * (3.0 / 10 + v2 * (-5.0 / 6 + v2 * (691.0 / 210 -
                                                                                 v2 * 35.0 / 2)))));
    return sum - v2 * (1 + v * (1 + v * (-series)));
}

double mle_log1pmx(double x)
{
    if (fabs(x) > 0.4)
        return log1p(x) - x;
    /* With s = x/(2+x): log(1+x) = 2 atanh s and x = 2s/(1-s), so the difference is
       s (2 s^2/3 + 2 s^4/5 + ...) - s x. */
    double s = x / (2 + x), z = s * s, term = 1, sum = 0;
    for (int k = 3; k < 60; k += 2) {
        term *= z;
        double add = term / k;
        sum += add;
        if (add < 1e-17 * sum)
            break;
    }
    return s * (2 * sum - x);
}

/* --- differences ---------------------------------------------------------------------------------
   With u = 1/x and v = 1/(x+a), u^k - v^k = (u - v)(u^(k-1) + ... + v^(k-1)) and u - v = a u v: the
   small factor a stands in front, nothing cancels. */

struct powers {
    double u, v, gap; /* gap = u - v */
    double du, dv;    /* d_k = u^k - v^k = u d_{k-1} + gap v^{k-1}; dv = v^(k-1), du = d_k */
};

static struct powers powers_start(double x, double a)
{
    double u = 1 / x, v = 1 / (x + a), gap = a * u * v;
    return (struct powers){ u, v, gap, gap, 1 };
}

static void powers_next(struct powers *p)
{
    p->dv *= p->v;
    p->du = p->u * p->du + p->gap * p->dv;
}

/* sum_j c[j] (u^k - v^k) over k = first, first + 2, ... */
static double power_series(double x, double a, int first, int n, const double c[])
{
    struct powers p = powers_start(x, a);
    for (int k = 1; k < first; k++)
        powers_next(&p);
    double sum = 0;
    for (int j = 0; j < n; j++) {
        sum += c[j] * p.du;
        powers_next(&p);
        powers_next(&p);
    }
    return sum;
}

double mle_lgamma_diff(double x, double a)
{
    if (!(x > 0) || !(x + a > 0))
        return x + a == 0 && x > 0 ? MLE_INFINITY : MLE_NAN;
    if (a < 0)
        return -mle_lgamma_diff(x + a, -a);
    if (a == 0)
        return 0;
    if (a == 1)
        return log(x);
    if (x < STIRLING_FROM && a >= 0.5)
        return mle_lgamma(x + a) - mle_lgamma(x);
    double shift = 0;
    for (; x < STIRLING_FROM; x++)
        shift += log1p(a / x);
    double t = a / x;
    double series = power_series(x, a, 1, TERMS, lgamma_terms);
    return (x * mle_log1pmx(t) + a * log(x + a)) - 0.5 * log1p(t) - series - shift;
}

double mle_digamma_diff(double x, double a)
{
    if (!(x > 0) || !(x + a > 0))
        return MLE_NAN;
    if (a < 0)
        return -mle_digamma_diff(x + a, -a);
    double shift = 0;
    for (; x < STIRLING_FROM; x++)
        shift += a / x / (x + a);
    double gap = a / x / (x + a);
    return shift + log1p(a / x) + 0.5 * gap + power_series(x, a, 2, TERMS, digamma_terms);
}

double mle_trigamma_diff(double x, double a)
{
    if (!(x > 0) || !(x + a > 0))
        return MLE_NAN;
    if (a < 0)
        return -mle_trigamma_diff(x + a, -a);
    double shift = 0;
    for (; x < STIRLING_FROM; x++)
        shift += a / x / (x + a) * (1 / x + 1 / (x + a));
    double gap = a / x / (x + a);
    double square = gap * (1 / x + 1 / (x + a));
    return -(shift + gap + 0.5 * square + power_series(x, a, 3, TERMS, trigamma_terms));
}

double mle_log_minus_digamma_diff(double x, double a)
{
    if (!(x > 0) || !(x + a > 0))
        return MLE_NAN;
    if (a < 0)
        return -mle_log_minus_digamma_diff(x + a, -a);
    if (x < STIRLING_FROM)
        return mle_log_minus_digamma(x + a) - mle_log_minus_digamma(x);
    return -(0.5 * (a / x / (x + a)) + power_series(x, a, 2, TERMS, digamma_terms));
}

double mle_trigamma_excess_diff(double x, double a)
{
    if (!(x > 0) || !(x + a > 0))
        return MLE_NAN;
    if (a < 0)
        return -mle_trigamma_excess_diff(x + a, -a);
    if (x < STIRLING_FROM)
        return mle_trigamma_diff(x, a) + a / x / (x + a);
    double gap = a / x / (x + a);
    double square = gap * (1 / x + 1 / (x + a));
    return -(0.5 * square + power_series(x, a, 3, TERMS, trigamma_terms));
}

double mle_log_beta(double a, double b)
{
    double low = a < b ? a : b, high = a < b ? b : a;
    if (!(low >= 0) || isnan(high))
        return MLE_NAN;
    if (low == 0)
        return MLE_INFINITY;
    if (isinf(high))
        return -MLE_INFINITY;
    if (low < STIRLING_FROM)
        return mle_lgamma(low) - mle_lgamma_diff(high, low);
    /* both large: Stirling's formula three times, with p = low / (low + high) */
    double sum = low + high, p = low / sum;
    double series = mle_stirling_error(low) + mle_stirling_error(high) - mle_stirling_error(sum);
    return MLE_HALF_LOG_2PI + 0.5 * (log(sum) - log(low) - log(high)) + low * log(p) +
           high * log1p(-p) + series;
}

double mle_log_choose(double n, double k)
{
    if (!(k >= 0) || !(k <= n))
        return MLE_NAN;
    double low = k < n - k ? k : n - k;
    if (low == 0)
        return 0;
    if (low == 1)
        return log(n);
    if (low < STIRLING_FROM)
        return mle_lgamma_diff(n - low + 1, low) - mle_lgamma(low + 1);
    return -mle_log_beta(low + 1, n - low + 1) - log1p(n);
}

/* --- saddle point --------------------------------------------------------------------------------
 */

/* What the error of Stirling's formula loses from x to x + 1: (x + 1/2) log(1 + 1/x) - 1. */
static double stirling_step(double x)
{
    if (x < 1)
        return (x + 0.5) * log1p(1 / x) - 1;
    double y = 1 / (2 * x + 1), z = y * y, term = 1, sum = 0;
    for (int k = 3; k < 50; k += 2) {
        term *= z;
        sum += term / k;
        if (term < 1e-17 * sum)
            break;
    }
    return sum;
}

double mle_stirling_error(double x)
{
    if (!(x > 0))
        return x == 0 ? MLE_INFINITY : MLE_NAN;
    if (x < 1e-8) /* lgamma(x + 1) is nothing here, and 1/x may overflow */
        return -(x + 0.5) * log(x) + x - MLE_HALF_LOG_2PI - MLE_EULER_GAMMA * x;
    double sum = 0;
    for (; x < STIRLING_FROM; x++)
        sum += stirling_step(x);
    double v = 1 / x, v2 = v * v, series = 0;
    for (int k = TERMS - 1; k >= 0; k--)
        series = series * v2 + lgamma_terms[k];
    return sum + v * series;
}

double mle_deviance(double x, double m)
{
    if (!(x >= 0) || !(m >= 0))
        return MLE_NAN;
    if (x == 0)
        return m;
    if (m == 0 || isinf(x) || isinf(m))
        return x == m ? 0 : MLE_INFINITY;
    double gap = x - m;
    if (fabs(gap) > 0.1 * (x + m)) {
        double ratio = x / m;
        double log_ratio = ratio > 0 && isfinite(ratio) ? log(ratio) : log(x) - log(m);
        return x * log_ratio - gap;
    }
    /* x log((1 + v)/(1 - v)) - gap, v = gap / (x + m); the first term of the series is gap v */
    double v = gap / (x + m), z = v * v, term = 2 * x * v, sum = gap * v;
    for (int k = 3; k < 60; k += 2) {
        term *= z;
        double add = term / k;
        sum += add;
        if (fabs(add) < 1e-17 * fabs(sum))
            break;
    }
    return sum;
}

double mle_log_poisson(double x, double m)
{
    if (!(x >= 0) || !(m >= 0))
        return MLE_NAN;
    if (x == 0)
        return -m;
    if (m == 0 || isinf(m) || isinf(x))
        return -MLE_INFINITY;
    if (x < 1)
        return x * log(m) - m - mle_lgamma(x + 1);
    return -mle_stirling_error(x) - mle_deviance(x, m) - (MLE_HALF_LOG_2PI + 0.5 * log(x));
}

double mle_log_binomial(double x, double n, double p, double q)
{
    if (!(x >= 0) || !(x <= n) || !(p >= 0) || !(q >= 0))
        return MLE_NAN;
    if (p == 0 || q == 0)
        return x == (p == 0 ? 0 : n) ? 0 : -MLE_INFINITY;
    double y = n - x;
    if (x == 0)
        return n * (p < 0.5 ? log1p(-p) : log(q));
    if (y == 0)
        return n * (q < 0.5 ? log1p(-q) : log(p));
    if (x < 1 || y < 1)
        return mle_log_choose(n, x) + x * (q < 0.5 ? log1p(-q) : log(p)) +
               y * (p < 0.5 ? log1p(-p) : log(q));
    double errors = mle_stirling_error(n) - mle_stirling_error(x) - mle_stirling_error(y);
    double gaps = mle_deviance(x, n * p) + mle_deviance(y, n * q);
    return (errors - gaps) - (MLE_HALF_LOG_2PI + 0.5 * (log(x) + log1p(-x / n)));
}
