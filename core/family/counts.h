/* What families of counts share. No allocation, no state; any thread. */
#ifndef MLE_CORE_FAMILY_COUNTS_H
#define MLE_CORE_FAMILY_COUNTS_H

#include "core/family/family.h"
#include "core/math/special.h"

#include <math.h>

/* x log(x / m) + m - x for x > 0 from gap = x - m, which the caller knows without rounding x and m
   against each other (Loader 2000). */
static inline double mle_deviance_by_gap(double x, double m, double gap)
{
    double v = gap / x;
    return fabs(v) < 0.4 ? -x * mle_log1pmx(-v) : x * log(x / m) - gap;
}

/* The smallest integer from lower on whose lower (upper) tail by cdf reaches p, upper (infinity
   allowed) if there is none before it: outwards from the normal approximation with the third
   moment (Cornish & Fisher 1938), then by bisection. An approximation that is off costs time and
   nothing else. */
struct mle_count_search {
    double (*cdf)(double y, const double theta[], double trials, struct mle_tail tail);
    const double *theta;
    double trials, lower, upper;
    double mean, sd, skewness;
    bool flat; /* mean is the guess itself */
};

double mle_count_quantile(const struct mle_count_search *search, double p, struct mle_tail tail);

/* Of a family of one parameter: from the log of one tail and its derivatives those of the other, of
   which log_other is the value. */
static inline void mle_other_tail(double log_tail, double log_other, double *grad, double *hess)
{
    double odds = exp(log_tail - log_other), slope = *grad;
    *grad = -odds * slope;
    *hess = -odds * (*hess + slope * slope) - *grad * *grad;
}

/* log((e^t - 1) / t), t >= 0, and its first two derivatives (each may be NULL): the normalising
   constant of zero-truncated Poisson and logarithmic laws. No cancellation for small t, no overflow
   for large t. */
double mle_log_expm1_ratio(double t, double *slope, double *curvature);

/* t of its value. */
double mle_log_expm1_ratio_inverse(double value);

#endif
