/* The few functions that come from Boost.Math, with C linkage; internal to core/math. Errors give
   NaN or infinities, exceptions do not exist here, doubles are not promoted. */
#ifndef MLE_CORE_MATH_SPECIAL_BOOST_H
#define MLE_CORE_MATH_SPECIAL_BOOST_H

#ifdef __cplusplus
#define MLE_NOEXCEPT noexcept
extern "C" {
#else
#define MLE_NOEXCEPT
#endif

double mle_boost_digamma(double x) MLE_NOEXCEPT;
double mle_boost_trigamma(double x) MLE_NOEXCEPT;
double mle_boost_gamma_p(double a, double x) MLE_NOEXCEPT;
double mle_boost_gamma_q(double a, double x) MLE_NOEXCEPT;
double mle_boost_gamma_p_inv(double a, double p) MLE_NOEXCEPT;
double mle_boost_gamma_q_inv(double a, double q) MLE_NOEXCEPT;
double mle_boost_ibeta(double a, double b, double x) MLE_NOEXCEPT;
double mle_boost_ibetac(double a, double b, double x) MLE_NOEXCEPT;
double mle_boost_ibeta_inv(double a, double b, double p, double *complement) MLE_NOEXCEPT;
double mle_boost_ibetac_inv(double a, double b, double q, double *complement) MLE_NOEXCEPT;
double mle_boost_erfc_inv(double q) MLE_NOEXCEPT;
double mle_boost_owens_t(double h, double a) MLE_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
