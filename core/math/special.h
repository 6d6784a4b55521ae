/* Special functions. Those that Boost.Math has come from it through one C++ file; what it lacks in
   the tails is done in log space here.

   NaN in gives NaN out; a pole or an argument outside the domain gives NaN or an infinity, never an
   exception. No allocation; safe in any thread. */
#ifndef MLE_CORE_MATH_SPECIAL_H
#define MLE_CORE_MATH_SPECIAL_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* log |Gamma(x)|. DLMF 5.2. */
double mle_lgamma(double x);

/* psi(x) and psi'(x), x > 0. DLMF 5.2.2, 5.15. */
double mle_digamma(double x);
double mle_trigamma(double x);

/* log x - psi(x) for x > 0, without the cancellation at large x: 1/(2x) + 1/(12 x^2) - ...
   DLMF 5.11.2. */
double mle_log_minus_digamma(double x);

/* x psi'(x) - 1 for x > 0, likewise: 1/(2x) + 1/(6 x^2) - ... DLMF 5.15.8. */
double mle_a_trigamma_minus_1(double x);

/* log(1 + x) - x for x > -1, exact around 0, where it is -x^2/2. */
double mle_log1pmx(double x);

/* lgamma(x) - ((x - 1/2) log x - x + log(2 pi)/2) for x >= 10: the error of Stirling's formula,
   1/(12 x) - ... DLMF 5.11.1. */
double mle_stirling_error(double x);

/* Standard normal distribution function, its logarithm (exact in the far tail: -z^2/2 - ...), and
   their inverses. */
double mle_normal_cdf(double z);
double mle_normal_log_cdf(double z);
double mle_normal_quantile(double p);
double mle_normal_log_quantile(double log_p);

/* Regularised incomplete gamma functions P(a, x) and Q(a, x), a > 0, x >= 0, and their logarithms,
   which stay finite where P or Q underflow. DLMF 8.2. */
double mle_gamma_p(double a, double x);
double mle_gamma_q(double a, double x);
double mle_log_gamma_p(double a, double x);
double mle_log_gamma_q(double a, double x);

/* x with P(a, x) = p (upper: Q(a, x) = p); log_p: p is a logarithm. */
double mle_gamma_quantile(double a, double p, bool upper, bool log_p);

#ifdef __cplusplus
}
#endif
#endif
