/* Numerical tools of families whose tails or quantiles have no formula. */
#ifndef MLE_CORE_FAMILY_NUMERIC_H
#define MLE_CORE_FAMILY_NUMERIC_H

#include "core/family/family.h"

/* Integral of f from a to b: Gauss-Legendre with ten points in each of so many equal panels. With
   panels in which log f changes by at most 5 it has 15 digits of a positive smooth f. */
double mle_integrate(double (*f)(double x, const void *ctx), const void *ctx, double a, double b,
                     int panels);

/* The quantile by Newton on the log of the tail that is at most 1/2, inside a bracket [low, high]
   (infinities allowed), from start; bisection where Newton leaves the bracket. */
double mle_invert_cdf(const struct mle_family *family, double p, const double theta[],
                      struct mle_tail tail, double low, double high, double start);

#endif
