/* The probability of an interval, and its derivatives in the parameters: what censoring, truncation
   and rounding add to a likelihood, once for all families.

   With S the score and I = [lower, upper], closed at both ends,
       d   log P(I) = E[S | Y in I]
       d^2 log P(I) = E[dS | Y in I] + Cov[S | Y in I]        (Louis 1982)
   The expectations are taken over rows(): by tanh-sinh quadrature for densities, by a sum for
   counts. A family with elementary tails gives tail() and is asked that instead, except for
   intervals so narrow that a difference of tails would lose digits. */
#ifndef MLE_CORE_FAMILY_INTERVAL_H
#define MLE_CORE_FAMILY_INTERVAL_H

#include "core/family/family.h"

/* SETS *log_p to log P(lower <= Y <= upper) and, unless NULL, grad[k] and hess[k (k + 1) / 2].
   Infinite ends are open. -inf and NaN derivatives for an interval without probability. Any thread,
   no allocation. */
void mle_log_interval(const struct mle_family *family, double lower, double upper,
                      const double theta[], double trials, double *log_p, double grad[],
                      double hess[]);

#endif
