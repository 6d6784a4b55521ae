/* Modified Bessel functions I_0 and I_1, as the von Mises distribution needs them. */
#include "core/math/logs.h"
#include "core/math/special.h"

#include <math.h>
#include <stddef.h>

/* From here on the asymptotic expansions have 16 digits. */
static const double ASYMPTOTIC_FROM = 30;

/* I_0(k) - 1 and I_1(k), DLMF 10.25.2: positive terms only. */
static void power_series(double k, double *i0_minus_1, double *i1)
{
    double z = 0.25 * k * k, term = 1, sum0 = 0, sum1 = 1;
    for (int j = 1; j < 200; j++) {
        term *= z / ((double)j * j);
        sum0 += term;
        sum1 += term / (j + 1);
        if (term < 1e-17 * (1 + sum0) && j > 1)
            break;
    }
    *i0_minus_1 = sum0;
    *i1 = 0.5 * k * sum1;
}

double mle_log_bessel_i0(double kappa)
{
    if (!(kappa >= 0))
        return MLE_NAN;
    if (kappa < ASYMPTOTIC_FROM) {
        double sum, i1;
        power_series(kappa, &sum, &i1);
        return log1p(sum);
    }
    if (isinf(kappa))
        return kappa;
    double term = 1, sum = 0; /* DLMF 10.40.1 */
    for (int j = 1; j < 40; j++) {
        double odd = 2 * j - 1;
        term *= odd * odd / (8 * j * kappa);
        sum += term;
        if (term < 1e-17)
            break;
    }
    return kappa - (MLE_HALF_LOG_2PI + 0.5 * log(kappa)) + log1p(sum);
}

/* 1 - A(k) = sum_n c[n-1] k^-n. From A' = 1 - A/k - A^2:
   2 c_n = (n - 2) c_{n-1} + sum_{0<i<n} c_i c_{n-i}, c_1 = 1/2. */
enum { RATIO_TERMS = 24 };

static double ratio_series(double k, double *derivative)
{
    double c[RATIO_TERMS + 1] = { 0, 0.5 };
    double v = 1 / k, power = v, sum = 0.5 * v, slope = 0.5 * v;
    for (int n = 2; n <= RATIO_TERMS; n++) {
        double s = (n - 2) * c[n - 1];
        for (int i = 1; i < n; i++)
            s += c[i] * c[n - i];
        c[n] = 0.5 * s;
        power *= v;
        double term = c[n] * power;
        sum += term;
        slope += n * term;
        if (n * term < 1e-17 * slope)
            break;
    }
    *derivative = slope * v;
    return sum;
}

/* 1 - cos(2 pi j / 64). */
enum { HALF_CIRCLE = 32 };
static const double versine[HALF_CIRCLE + 1] = {
    0.0,
    0.004815273327803114,
    0.019214719596769552,
    0.043059664267791134,
    0.07612046748871325,
    0.11807873565164496,
    0.16853038769745476,
    0.22698954663726303,
    0.2928932188134525,
    0.3656067158363545,
    0.44442976698039777,
    0.5286032631740023,
    0.6173165676349103,
    0.7097153227455376,
    0.8049096779838717,
    0.9019828596704395,
    1.0,
    1.0980171403295607,
    1.1950903220161282,
    1.2902846772544623,
    1.3826834323650898,
    1.4713967368259977,
    1.5555702330196022,
    1.6343932841636455,
    1.7071067811865475,
    1.7730104533627369,
    1.8314696123025453,
    1.881921264348355,
    1.9238795325112867,
    1.9569403357322088,
    1.9807852804032304,
    1.995184726672197,
    2.0,
};

/* 1 - A and A' as mean and variance of 1 - cos over the circle with weight e^(-kappa (1 - cos)).
   The trapezoidal rule on a circle has 16 digits here with 64 points, and all its terms are
   positive. */
static double circle_mean(double kappa, double *variance)
{
    double weight[HALF_CIRCLE + 1], total = 0, sum = 0, square = 0;
    for (int j = 0; j <= HALF_CIRCLE; j++) {
        weight[j] = exp(-kappa * versine[j]);
        if (j == 0 || j == HALF_CIRCLE)
            weight[j] *= 0.5;
        total += weight[j];
        sum += weight[j] * versine[j];
    }
    double mean = sum / total;
    for (int j = 0; j <= HALF_CIRCLE; j++)
        square += weight[j] * (versine[j] - mean) * (versine[j] - mean);
    *variance = square / total;
    return mean;
}

double mle_bessel_ratio(double kappa, double *complement, double *derivative)
{
    double a = MLE_NAN, rest = MLE_NAN, slope = MLE_NAN;
    if (kappa >= 0 && kappa < 1) {
        double sum, i1;
        power_series(kappa, &sum, &i1);
        a = i1 / (1 + sum);
        rest = 1 - a;
        slope = kappa < 1e-8 ? 0.5 : 1 - a / kappa - a * a;
    } else if (kappa >= 1) {
        rest = kappa < ASYMPTOTIC_FROM ? circle_mean(kappa, &slope) : ratio_series(kappa, &slope);
        a = 1 - rest;
    }
    if (complement)
        *complement = rest;
    if (derivative)
        *derivative = slope;
    return a;
}

double mle_bessel_ratio_inverse(double r, double complement)
{
    if (!(r >= 0) || !(complement >= 0))
        return MLE_NAN;
    if (r == 0 || complement == 0)
        return r == 0 ? 0 : MLE_INFINITY;
    /* Best & Fisher (1981) */
    double k = r < 0.53   ? 2 * r + r * r * r + 5 * r * r * r * r * r / 6
               : r < 0.85 ? -0.4 + 1.39 * r + 0.43 / complement
                          : 0.5 / complement + 0.125;
    for (int i = 0; i < 50; i++) {
        double rest, slope, a = mle_bessel_ratio(k, &rest, &slope);
        double gap = k < ASYMPTOTIC_FROM ? a - r : complement - rest;
        double step = gap / slope, next = k - step;
        /* 1/(1-A) is nearly linear in k far out: Newton there, and never below zero */
        if (k >= ASYMPTOTIC_FROM)
            next = k + (rest - complement) / complement * rest / slope;
        k = next > 0 ? next : k / 2;
        if (fabs(step) <= 1e-16 * k)
            break;
    }
    return k;
}
