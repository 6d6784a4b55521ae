/* The incomplete beta function and Student's t, which is made of it. */
#include "core/math/special.h"
#include "core/math/special_boost.h"
#include "core/math/special_incomplete.h"

#include <float.h>
#include <math.h>

enum { MAX_TERMS = 200000 };

/* a log(a/(n x)) + gap for n x = a - gap: one half of the deviance of (a, b) from n (x, y). */
static double half_deviance(double a, double nx, double gap)
{
    double v = gap / a;
    return fabs(v) < 0.4 ? -a * mle_log1pmx(-v) : -(a * log(nx / a) + gap);
}

/* log of x^a y^b / (a B(a, b)), in saddle-point form: with n = a + b, the deviance depends on
   a - n x = a y - b x, which is formed from products and not from the difference. */
static double log_front(double a, double b, double x, double y)
{
    if (a < 0.25 || b < 0.25)
        return a * log(x) + b * (x < 0.5 ? log1p(-x) : log(y)) - mle_log_beta(a, b) - log(a);
    double n = a + b, bx = b * x, gap = fma(a, y, -bx) - fma(b, x, -bx);
    double deviance = half_deviance(a, n * x, gap) + half_deviance(b, n * y, -gap);
    double errors = mle_stirling_error(n) - mle_stirling_error(a) - mle_stirling_error(b);
    return errors - deviance + 0.5 * log(b / a / n) - MLE_HALF_LOG_2PI;
}

/* log I_x(a, b) for x below the mean, by Lentz's method on the continued fraction of DiDonato &
   Morris (1992), Algorithm 708, BFRAC: like DLMF 8.17.22, but what cancels near the mean, a y - b
   x, enters as one number. */
static double log_fraction(double a, double b, double x, double y)
{
    double bx = b * x, gap = fma(a, y, -bx) - fma(b, x, -bx);
    double f = a * (gap + 1) / (a + 1), c = f, d = 0;
    for (int m = 1; m < MAX_TERMS; m++) {
        double s = a + 2 * m, w = m * (b - m) * x;
        double numerator = (a + m - 1) * (a + b + m - 1) * w * x / ((s - 1) * (s - 1));
        double term = m + w / (s - 1) + (a + m) * (gap + 1 + m * (1 + y)) / (s + 1);
        d = 1 / (term + numerator * d);
        c = term + numerator / c;
        double factor = c * d;
        f *= factor;
        if (fabs(factor - 1) < 1e-16)
            break;
    }
    return log_front(a, b, x, y) + log(a / f);
}

/* The lower (upper) tail within a few standard deviations of the mean for a and b that are both
   very large: Temme's uniform expansion (DLMF 8.18.9) with one term; the next one is below 1e-14.
 */
static double near_mean(double a, double b, double x, double y, bool upper)
{
    double n = a + b, bx = b * x, gap = fma(a, y, -bx) - fma(b, x, -bx);
    double deviance = half_deviance(a, n * x, gap) + half_deviance(b, n * y, -gap);
    double z = copysign(sqrt(2 * deviance), -gap), scale = sqrt(a) * sqrt(b);
    double delta = -gap / scale;
    double first = fabs(delta) < 1e-8 ? (b - a) / (3 * scale) : sqrt(n) / z - 1 / delta;
    double term = exp(-deviance) / (MLE_SQRT_2PI * sqrt(n)) * first;
    return upper ? mle_normal_cdf(-z) - term : mle_normal_cdf(z) + term;
}

/* With large parameters Boost's powers of x and y lose digits: sets the log of the tail that x lies
   in and returns true. The fraction takes some sqrt(min(a, b)) terms near the mean. */
static const double OWN_FROM = 1e3, SLOW_FROM = 1e8;

static bool own_tail(double a, double b, double x, double y, double *log_tail)
{
    double n = a + b;
    if (n < OWN_FROM)
        return false;
    double gap = x * (b / n) - y * (a / n);
    if (fmin(a, b) > SLOW_FROM && gap * gap * n < 16 * (a / n) * (b / n))
        *log_tail = log(near_mean(a, b, x, y, gap >= 0));
    else
        *log_tail = gap < 0 ? log_fraction(a, b, x, y) : log_fraction(b, a, y, x);
    return true;
}

/* The plain tail, through the smaller of x and y: the other one may have been rounded. */
static double plain(double a, double b, double x, double y, bool upper)
{
    double log_tail;
    if (a == 0.5 && b == 0.5) /* the arc sine law; Boost forms it from 1 - x */
        return 2 / M_PI * (upper ? atan2(sqrt(y), sqrt(x)) : atan2(sqrt(x), sqrt(y)));
    if (own_tail(a, b, x, y, &log_tail))
        return upper == (x * (b / (a + b)) >= y * (a / (a + b))) ? exp(log_tail) : -expm1(log_tail);
    if (x <= 0.5)
        return upper ? mle_boost_ibetac(a, b, x) : mle_boost_ibeta(a, b, x);
    return upper ? mle_boost_ibeta(b, a, y) : mle_boost_ibetac(b, a, y);
}

static double log_beta_cdf(double a, double b, double x, double y, bool upper)
{
    double log_tail;
    if (own_tail(a, b, x, y, &log_tail))
        return upper == (x * (b / (a + b)) >= y * (a / (a + b))) ? log_tail
                                                                 : mle_log1mexp(log_tail);
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
    for (int i = 0; i < 100; i++) {
        if (x < DBL_MIN) /* I_x = x^a / (a B(a, b)) this far down */
            return exp((log_p + log(a) + mle_log_beta(a, b)) / a);
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

static double normal_cdf(double z, bool log_p)
{
    return log_p ? mle_normal_log_cdf(z) : mle_normal_cdf(z);
}

double mle_student_cdf(double t, double nu, bool upper, bool log_p)
{
    if (isnan(t) || !(nu > 0))
        return MLE_NAN;
    if (nu >= NORMAL_FROM)
        return normal_cdf(upper ? -t : t, log_p);
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
        return (upper ? -1 : 1) * (log_p ? mle_normal_log_quantile(p) : mle_normal_quantile(p));
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
