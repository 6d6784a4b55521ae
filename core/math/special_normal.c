/* The normal distribution, exact in both tails. */
#include "core/math/logs.h"
#include "core/math/special.h"
#include "core/math/special_boost.h"

#include <math.h>

/* From here on the asymptotic series of the tail (DLMF 7.12.1) has 17 digits with ten terms. */
static const double SERIES_FROM = 25;

/* e^(-z^2/2), with the rounding error of z^2 put back: at z = 37 it is worth 1e-13. */
static double exp_half_square(double z)
{
    double square = z * z;
    if (square > 1500)
        return 0;
    return exp(-0.5 * square) * (1 - 0.5 * fma(z, z, -square));
}

double mle_normal_pdf(double z)
{
    if (isnan(z))
        return z;
    return exp_half_square(z) / MLE_SQRT_2PI;
}

/* (1 - Phi(z)) z / phi(z) = 1 - 1/z^2 + 3/z^4 - 15/z^6 + ... for z >= SERIES_FROM, minus 1. */
static double tail_series(double z)
{
    double t = 1 / z / z, term = 1, sum = 0;
    for (int k = 1; k <= 19; k += 2) {
        term *= -k * t;
        sum += term;
    }
    return sum;
}

/* Phi(-z), z > 0. */
static double tail(double z)
{
    if (z >= SERIES_FROM)
        return mle_normal_pdf(z) / z * (1 + tail_series(z));
    /* what z/sqrt(2) lost by rounding, times the hazard of erfc (about 2x + 1/x) */
    double x = z * M_SQRT1_2;
    double lost = fma(-x, M_SQRT2, z) * M_SQRT1_2 + x * 6.8387187170706e-17;
    double hazard = x > 1 ? 2 * x + 1 / x : 2;
    return 0.5 * erfc(x) * (1 - lost * hazard);
}

double mle_normal_cdf(double z)
{
    return z < 0 ? tail(-z) : 0.5 * erfc(-z * M_SQRT1_2);
}

double mle_normal_log_cdf(double z)
{
    if (z > 0)
        return log1p(-tail(z));
    if (z > -1)
        return log1p(-0.5 * erfc(z * M_SQRT1_2));
    if (z > -SERIES_FROM)
        return log(tail(-z));
    return -0.5 * z * z - (MLE_HALF_LOG_2PI + log(-z)) + log1p(isinf(z) ? 0 : tail_series(-z));
}

double mle_normal_hazard(double z)
{
    if (isnan(z))
        return z;
    if (z >= SERIES_FROM)
        return isinf(z) ? z : z / (1 + tail_series(z));
    return mle_normal_pdf(z) / mle_normal_cdf(-z);
}

/* z < 0 with log Phi(z) = log_p, for log_p so small that p itself is no number. */
static double quantile_of_log(double log_p)
{
    if (isinf(log_p))
        return log_p;
    double z = -sqrt(-2 * log_p);
    for (int i = 0; i < 20; i++) {
        double step = (mle_normal_log_cdf(z) - log_p) / mle_normal_hazard(-z);
        z -= step;
        if (fabs(step) <= 1e-16 * fabs(z))
            break;
    }
    return z;
}

double mle_normal_quantile(double p)
{
    return p >= 0 && p <= 1 ? -M_SQRT2 * mle_boost_erfc_inv(2 * p) : MLE_NAN;
}

double mle_normal_log_quantile(double log_p)
{
    if (!(log_p <= 0))
        return MLE_NAN;
    if (log_p > -MLE_LN2) /* through the other tail, which is exact there */
        return -mle_normal_quantile(-expm1(log_p));
    return log_p > -700 ? mle_normal_quantile(exp(log_p)) : quantile_of_log(log_p);
}

double mle_owens_t(double h, double a)
{
    return isnan(h) || isnan(a) ? MLE_NAN : mle_boost_owens_t(h, a);
}
