/* Modified Bessel functions I_0 and I_1, as the von Mises distribution needs them. */
#include "core/math/special.h"

#include "core/math/logs.h"

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

double mle_bessel_ratio(double kappa, double *complement, double *derivative)
{
    double a = MLE_NAN, rest = MLE_NAN, slope = MLE_NAN;
    if (kappa >= 0 && kappa < ASYMPTOTIC_FROM) {
        double sum, i1;
        power_series(kappa, &sum, &i1);
        a = i1 / (1 + sum);
        rest = 1 - a;
        slope = kappa < 1e-8 ? 0.5 : 1 - a / kappa - a * a;
    } else if (kappa >= ASYMPTOTIC_FROM) {
        rest = ratio_series(kappa, &slope);
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
