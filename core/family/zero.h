/* Laws of counts whose zeros are apart, over a Poisson or negative binomial law g with the
   parameters mu and size (+inf: Poisson). No state; any thread.

   inflated (Lambert 1992):  f(0) = pi + (1 - pi) g(0),  f(y) = (1 - pi) g(y)
   hurdle (Mullahy 1986):    f(0) = pi,                  f(y) = (1 - pi) g(y) / (1 - g(0)) */
#ifndef MLE_CORE_FAMILY_ZERO_H
#define MLE_CORE_FAMILY_ZERO_H

#include "core/family/existence.h"
#include "core/family/family.h"

enum mle_zero_law { MLE_INFLATED, MLE_HURDLE };

/* rows() of a family with the parameters pi, mu and, if n_param is 3, size. */
void mle_zero_rows(enum mle_zero_law law, unsigned n_param, const struct mle_obs *obs,
                   const struct mle_view theta[], double ll[], double grad[], double hess[]);

double mle_zero_cdf(enum mle_zero_law law, double y, double pi, double mu, double size,
                    struct mle_tail tail);

double mle_zero_mean(enum mle_zero_law law, double pi, double mu, double size);

/* The quantile of a family with the given cdf, which is mle_zero_cdf at theta = pi, mu, size. */
double mle_zero_quantile(enum mle_zero_law law,
                         double (*cdf)(double y, const double theta[], double trials,
                                       struct mle_tail tail),
                         double p, const double theta[], double size, struct mle_tail tail);

/* --- evidence ------------------------------------------------------------------------------------
 */

struct mle_zero_counts {
    double weight, zeros, positives; /* weights of all rows, of y = 0, of y > 0 */
    double sum, beyond;              /* of y, and of y - 1 over y > 0 */
};

struct mle_zero_counts mle_zero_count(const struct mle_evidence *e);

/* The log-likelihood at one point. */
double mle_zero_loglik(enum mle_zero_law law, const struct mle_evidence *e, double pi, double mu,
                       double size);

/* lambda of the zero-truncated Poisson law whose mean is that of the positive counts. */
double mle_zero_truncated_lambda(const struct mle_zero_counts *c);

static inline bool mle_zero_is_fixed(const struct mle_evidence *e, unsigned j)
{
    return e->fixed && e->fixed[j];
}

/* Settles an inflated law of which all counts are 0: (1 - pi) (1 - g(0)) = 0 is all that a maximum
   needs. */
void mle_zero_settle_all_zero(const struct mle_evidence *e, unsigned n_param,
                              struct mle_existence *x);

/* Settles a hurdle law of which all counts are 0, theta = 1 and nothing else. */
void mle_zero_settle_hurdle_all_zero(const struct mle_evidence *e, unsigned n_param,
                                     struct mle_existence *x);

/* Fills in what is given, of a verdict that leaves nothing to estimate, and its log-likelihood. */
void mle_zero_close(enum mle_zero_law law, const struct mle_evidence *e, unsigned n_param,
                    struct mle_existence *x);

#endif
