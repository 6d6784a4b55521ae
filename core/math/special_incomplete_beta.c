/* The incomplete beta function and Student's t, which is made of it. */
#include "core/math/special.h"

#include "core/math/special_boost.h"
#include "core/math/special_incomplete.h"

#include <float.h>
#include <math.h>

enum { MAX_TERMS = 200000 };

/* log of x^a y^b / (a B(a, b)). */
static double log_front(double a, double b, double x, double y)
{
    if (a < 1 || b < 1)
        return a * log(x) + b * (x < 0.5 ? log1p(-x) : log(y)) - mle_log_beta(a, b) - log(a);
    return mle_log_binomial(a, a + b, x, y) + log(b / (a + b));
}

/* log I_x(a, b) for x below the mean: the continued fraction DLMF 8.17.22 by Lentz's method. */
static double log_fraction(double a, double b, double x, double y)
{
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
    double h = d;
    for (int m = 1; m < MAX_TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / (1 + even * d);
        c = 1 + even / c;
        h *= c * d;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / (1 + odd * d);
        c = 1 + odd / c;
        double factor = c * d;
        h *= factor;
        if (fabs(factor - 1) < 1e-16)
            break;
    }
    return log_front(a, b, x, y) + log(h);
}

/* The plain tail, through the smaller of x and y: the other one may have been rounded. */
static double plain(double a, double b, double x, double y, bool upper)
{
    if (x <= 0.5)
        return upper ? mle_boost_ibetac(a, b, x) : mle_boost_ibeta(a, b, x);
    return upper ? mle_boost_ibeta(b, a, y) : mle_boost_ibetac(b, a, y);
}

static double log_beta_cdf(double a, double b, double x, double y, bool upper)
{
    double p = plain(a, b, x, y, upper);
    if (p > 0.75)
        return log1p(-plain(a, b, x, y, !upper));
    if (p > MLE_TINY_PROBABILITY)
        return log(p);
    return upper ? log_fraction(b, a, y, x) : log_fraction(a, b, x, y);
}

double mle_beta_cdf(double a, double b, double x, double y, bool upper, bool log_p)
{
    if (isnan(x) || isnan(y) || !(a > 0) || !(b > 0) || isinf(a) || isinf(b))
        return MLE_NAN;
    if (x <= 0 || y <= 0)
        return mle_certain((x > 0) != upper, log_p);
    return log_p ? log_beta_cdf(a, b, x, y, upper) : plain(a, b, x, y, upper);
}

/* The x far below the mean with log I_x(a, b) = log_p, by Newton in log x. */
static double quantile_of_log(double a, double b, double log_p)
{
    if (isinf(log_p))
        return 0;
    double y, x = mle_boost_ibeta_inv(a, b, MLE_TINY_PROBABILITY, &y);
    if (x < DBL_MIN) /* I_x = x^a / (a B(a, b)) this far down */
        return exp((log_p + log(a) + mle_log_beta(a, b)) / a);
    for (int i = 0; i < 100; i++) {
        double log_tail = log_beta_cdf(a, b, x, 1 - x, false);
        double rate = a / (1 - x) * exp(log_front(a, b, x, 1 - x) - log_tail);
        double before = x;
        x *= exp((log_p - log_tail) / rate);
        if (x >= 1)
            x = 0.5 * (before + 1);
        if (fabs(x - before) <= 2e-16 * x)
            break;
    }
    return x;
}

double mle_beta_quantile(double a, double b, double p, bool upper, bool log_p, double *complement)
{
    struct mle_tail_probability t = mle_tail_of(p, upper, log_p);
    double x = MLE_NAN, y = MLE_NAN;
    if (!t.valid || !(a > 0) || !(b > 0) || isinf(a) || isinf(b)) {
        x = y = MLE_NAN;
    } else if (t.log_only) {
        x = t.upper ? quantile_of_log(b, a, t.p) : quantile_of_log(a, b, t.p);
        y = 1 - x;
        if (t.upper) {
            double swap = x;
            x = y;
            y = swap;
        }
    } else if (t.p == 0 || t.p == 1) {
        x = (t.p == 0) == t.upper ? 1 : 0;
        y = 1 - x;
    } else {
        x = t.upper ? mle_boost_ibetac_inv(a, b, t.p, &y) : mle_boost_ibeta_inv(a, b, t.p, &y);
    }
    if (complement)
        *complement = y;
    return x;
}

/* --- Student's t ----------------------------------------------------------------------------- */

/* Above this the normal distribution is the same to 16 digits wherever a tail is a number. */
static const double NORMAL_FROM = 1e20;

double mle_student_cdf(double t, double nu, bool upper, bool log_p)
{
    if (isnan(t) || !(nu > 0))
        return MLE_NAN;
    if (nu >= NORMAL_FROM)
        return log_p ? mle_normal_log_cdf(t, upper) : mle_normal_cdf(t, upper);
    if (isinf(t))
        return mle_certain((t > 0) != upper, log_p);
    /* x = nu/(nu + t^2) and y = 1 - x, without t^2 overflowing */
    double r = t / sqrt(nu), square = r * r;
    double x = isinf(square) ? 1 / r / r : 1 / (1 + square);
    double y = isinf(square) ? 1 : square / (1 + square);
    bool far = (t < 0) != upper; /* the tail asked for is the smaller one */
    if (log_p && far)
        return mle_beta_cdf(nu / 2, 0.5, x, y, false, true) - MLE_LN2;
    double tail = 0.5 * mle_beta_cdf(nu / 2, 0.5, x, y, false, false);
    if (log_p)
        return log1p(-tail);
    return far ? tail : 1 - tail;
}

double mle_student_quantile(double p, double nu, bool upper, bool log_p)
{
    struct mle_tail_probability tail = mle_tail_of(p, upper, log_p);
    if (!tail.valid || !(nu > 0))
        return MLE_NAN;
    if (nu >= NORMAL_FROM)
        return mle_normal_quantile(p, upper, log_p);
    bool positive = tail.upper; /* sign of t when the probability is below 1/2 */
    double x, y;
    if (tail.log_only) {
        x = mle_beta_quantile(nu / 2, 0.5, tail.p + MLE_LN2, false, true, &y);
    } else {
        double half = tail.p;
        if (half > 0.5) {
            half = 1 - half;
            positive = !positive;
        }
        if (half == 0)
            return positive ? MLE_INFINITY : -MLE_INFINITY;
        x = mle_beta_quantile(nu / 2, 0.5, 2 * half, false, false, &y);
    }
    double t = sqrt(nu) * sqrt(y / x);
    return positive ? t : -t;
}
