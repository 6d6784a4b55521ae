/* Special functions of one or two numbers.

   All of them return numbers and never a status: NaN in gives NaN out, arguments outside the stated
   domain give NaN, overflow gives infinity. None allocates or keeps state; any thread. "Accuracy"
   is the largest relative error against mpmath over tests/golden/special.json, which reaches into
   the stated extremes.

   Distribution functions take two flags, as R's nmath does: upper asks for the upper tail, log_p
   for the logarithm. No caller ever forms 1 - p or log(p), so tails keep their digits and go on
   below 1e-308: log tails are computed as logarithms. Quantiles take p in the same four forms.

   Over columns use core/math/kernels.h. */
#ifndef MLE_CORE_MATH_SPECIAL_H
#define MLE_CORE_MATH_SPECIAL_H

#include <stdbool.h>

/* --- gamma function and its differences ----------------------------------------------------------
 */

/* log Gamma(x), x >= 0; +inf at 0. Accuracy 1e-15. (glibc's lgamma_r: no signgam, thread-safe.) */
double mle_lgamma(double x);

/* psi(x) = d/dx log Gamma(x), x > 0; -inf at 0. Accuracy 1e-15, absolute near its zero 1.4616.
   DLMF 5.2.2. */
double mle_digamma(double x);

/* psi'(x) and psi''(x), x > 0; +inf and -inf at 0. Accuracy 1e-15 and 2e-15. DLMF 5.15. */
double mle_trigamma(double x);
double mle_tetragamma(double x);

/* log x - psi(x) = 1/(2x) + 1/(12 x^2) - ... and x psi'(x) - 1 = 1/(2x) + 1/(6 x^2) - ..., x > 0,
   without the cancellation for large x: the gamma law's shape lives on them. Accuracy 1e-14.
   DLMF 5.11.2, 5.15.8. */
double mle_log_minus_digamma(double x);
double mle_a_trigamma_minus_1(double x);

/* log Gamma(x + a) - log Gamma(x), x > 0, x + a > 0, without the cancellation for large x (up to
   1e300) or small a. Accuracy 1e-14 of max(|result|, 1e-2 |a|). From DLMF 5.11.1, differences of
   powers taken by their common factor a. */
double mle_lgamma_diff(double x, double a);

/* psi(x + a) - psi(x) and psi'(x + a) - psi'(x) likewise. Accuracy 1e-14. */
double mle_digamma_diff(double x, double a);
double mle_trigamma_diff(double x, double a);

/* What is left of them without the leading logarithm: of log x - psi(x) from x to x + a, and of
   psi'(x) - 1/x. Of the order a / x^2 and a / x^3 for large x: overdispersion lives on them.
   Accuracy 1e-13 for a >= 1 (for x >= 10 any a). */
double mle_log_minus_digamma_diff(double x, double a);
double mle_trigamma_excess_diff(double x, double a);

/* log B(a, b), a, b >= 0. Accuracy 1e-14 where |result| > 0.1, absolute below. DLMF 5.12. */
double mle_log_beta(double a, double b);

/* log of the binomial coefficient, real 0 <= k <= n. Exactly 0 at k = 0 and k = n. */
double mle_log_choose(double n, double k);

/* --- pieces of densities in saddle-point form ----------------------------------------------------
   Ref: Loader (2000), Fast and accurate computation of binomial probabilities. */

/* log Gamma(x + 1) - (x + 1/2) log x + x - log(2 pi)/2, the error of Stirling's formula, x > 0.
   Accuracy 1e-14. */
double mle_stirling_error(double x);

/* x log(x / m) + m - x, the deviance of x from a mean m: x >= 0, m >= 0; 0 at x = m, without
   cancellation near it. Accuracy 1e-14 where x - m is exact. */
double mle_deviance(double x, double m);

/* log(1 + x) - x, x > -1, without cancellation for small x. Accuracy 1e-14. */
double mle_log1pmx(double x);

/* x log m - m - log Gamma(x + 1): the Poisson log probability, real x >= 0, m >= 0. */
double mle_log_poisson(double x, double m);

/* log of C(n, x) p^x q^(n-x) for real 0 <= x <= n and q = 1 - p as the caller knows it. */
double mle_log_binomial(double x, double n, double p, double q);

/* --- normal --------------------------------------------------------------------------------------
 */

double mle_normal_pdf(double z);     /* accuracy 1e-15 for every z */
double mle_normal_cdf(double z);     /* accuracy 2e-15 down to 1e-308 */
double mle_normal_log_cdf(double z); /* accuracy 2e-15 for every z. DLMF 7.12.1 */

/* phi(z) / (1 - Phi(z)), the hazard (inverse Mills ratio); z + 1/z + ... for large z. Accuracy
   2e-15. phi(z)/Phi(z) is mle_normal_hazard(-z). */
double mle_normal_hazard(double z);

/* z with Phi(z) = p, and with log Phi(z) = log_p for any log_p <= 0. Accuracy 1e-14. */
double mle_normal_quantile(double p);
double mle_normal_log_quantile(double log_p);

/* Owen's T(h, a) = 1/(2 pi) int_0^a exp(-h^2 (1 + x^2)/2) / (1 + x^2) dx, for the skew normal.
   Accuracy 1e-13. Ref: Patefield & Tandy (2000). */
double mle_owens_t(double h, double a);

/* --- incomplete gamma ----------------------------------------------------------------------------
 */

/* P(shape, x) or Q(shape, x), DLMF 8.2.4, shape > 0; x <= 0 is probability 0. Accuracy 1e-13,
   1e-12 for shapes above 1e6; log tails to -1e300. From shape 1e3 on by own expansions: Boost's
   lose as many digits as the shape has. */
double mle_gamma_cdf(double shape, double x, bool upper, bool log_p);

/* The four forms by name, for callers without flags. */
static inline double mle_gamma_p(double shape, double x)
{
    return mle_gamma_cdf(shape, x, false, false);
}

static inline double mle_gamma_q(double shape, double x)
{
    return mle_gamma_cdf(shape, x, true, false);
}

static inline double mle_log_gamma_p(double shape, double x)
{
    return mle_gamma_cdf(shape, x, false, true);
}

static inline double mle_log_gamma_q(double shape, double x)
{
    return mle_gamma_cdf(shape, x, true, true);
}

/* x of a probability. Accuracy 1e-12 in x. */
double mle_gamma_quantile(double shape, double p, bool upper, bool log_p);

/* --- incomplete beta -----------------------------------------------------------------------------
 */

/* I_x(a, b) or its complement, DLMF 8.17.2, a, b > 0, with y = 1 - x as the caller knows it (the
   smaller one of x and y decides). Accuracy 2e-13, 1e-12 from a + b = 1e5 on. */
double mle_beta_cdf(double a, double b, double x, double y, bool upper, bool log_p);

/* x of a probability; *complement = 1 - x without cancellation (NULL: not wanted). */
double mle_beta_quantile(double a, double b, double p, bool upper, bool log_p, double *complement);

/* Student's t with nu > 0 degrees of freedom (inf: normal). By the incomplete beta function. */
double mle_student_cdf(double t, double nu, bool upper, bool log_p);
double mle_student_quantile(double p, double nu, bool upper, bool log_p);

/* --- Bessel functions of the von Mises distribution ----------------------------------------------
 */

/* log I_0(kappa), kappa >= 0. Accuracy 1e-15. DLMF 10.25.2, 10.40.1. */
double mle_log_bessel_i0(double kappa);

/* A(kappa) = I_1(kappa) / I_0(kappa), the mean resultant length, kappa >= 0; *complement = 1 - A
   and *derivative = A'(kappa) without cancellation for large kappa (each may be NULL). Accuracy
   1e-15; the others 2e-15. */
double mle_bessel_ratio(double kappa, double *complement, double *derivative);

/* kappa with A(kappa) = r in [0, 1], from r and its complement 1 - r. +inf at r = 1. Accuracy
 * 1e-13. */
double mle_bessel_ratio_inverse(double r, double complement);

/* --- zeta ----------------------------------------------------------------------------------------
 */

/* log of the Hurwitz zeta function sum_{k>=0} (k + q)^-s and its first two derivatives in s, s > 1,
   q > 0. q = 1: Riemann's zeta function. Accuracy 1e-13. Euler-Maclaurin, DLMF 25.11.5. */
struct mle_zeta {
    double log, d1, d2;
};
struct mle_zeta mle_log_zeta(double s, double q);

#endif
