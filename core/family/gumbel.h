/* What the Gumbel laws of maxima (sign 1) and of minima (sign -1) share: Y has the one if and only
   if -Y has the other, with mu to -mu. */
#ifndef MLE_CORE_FAMILY_GUMBEL_H
#define MLE_CORE_FAMILY_GUMBEL_H

#include "core/family/existence.h"
#include "core/family/family.h"

void mle_gumbel_rows(const struct mle_obs *obs, const struct mle_view theta[], double sign,
                     double ll[], double grad[], double hess[]);
void mle_gumbel_sum(const struct mle_obs *obs, const double w[], const double theta[], double sign,
                    double sum[]);
void mle_gumbel_solve(const struct mle_evidence *e, double sign, double theta[]);
void mle_gumbel_exists(const struct mle_evidence *e, struct mle_existence *x);

/* P(Z <= z) = exp(-exp(-z)) of the standard law of maxima or its complement, and its inverse; the
   generalised extreme value law needs them too. */
double mle_gumbel_cdf(double z, struct mle_tail tail);
double mle_gumbel_quantile(double p, struct mle_tail tail);

/* The log of a tail at z and its first two derivatives in z. */
void mle_gumbel_tail(double z, bool upper, double *log_p, double *d1, double *d2);

double mle_gumbel_entropy(const double theta[], double trials);

#endif
