/* The negative binomial law as zero-inflated and hurdle families need it too. No state; any thread.

   log f(y) = log Gamma(y + size) - log Gamma(size) - log y! + size log(size / (size + mu)) +
              y log(mu / (size + mu));   size = +inf: Poisson, with derivatives 0 in size */
#ifndef MLE_CORE_FAMILY_NEGATIVE_BINOMIAL_H
#define MLE_CORE_FAMILY_NEGATIVE_BINOMIAL_H

#include "core/family/family.h"

/* Derivatives in (mu, size), second ones packed as MLE_HESS. y = 0, 1, ... */
struct mle_nb {
    double ll, grad[2], hess[3];
};

double mle_nb_log_density(double y, double mu, double size);
struct mle_nb mle_nb_derivatives(double y, double mu, double size); /* ll too */

/* P(Y <= y) or P(Y > y). */
double mle_nb_cdf(double y, double mu, double size, struct mle_tail tail);

struct mle_evidence;

/* sum w ((y - mu)^2 - y) / sum w: positive if the counts are more dispersed than Poisson counts of
   that mean. mu = NaN: the mean of the counts. Exact for whole weights: equality is equality. */
double mle_nb_excess(const struct mle_evidence *e, double mu);

/* SETS theta to the maximiser of both parameters, size +inf where there is none. */
void mle_nb_solve(const struct mle_evidence *e, double theta[2]);

#endif
