/* How well the model does on rows that it has not seen: fitted without some, their cross-entropy
   with its standard error. */
#ifndef MLE_CORE_FIT_HOLDOUT_H
#define MLE_CORE_FIT_HOLDOUT_H

#include "core/fit/fit.h"

struct mle_holdout {
    size_t rows;           /* held out */
    double cross_entropy;  /* of them, per unit of weight, nats; infinite where one has density 0 */
    double standard_error; /* of that mean, NaN for a single unit of weight */
    const char *why;       /* there is none, NULL: there is */
};

/* SETS held[n] to m random rows out of n, m = round(fraction n) but at least one and not all
   (n >= 2); each set of m is as likely (selection sampling, Knuth 3.4.2 S). Returns m. */
size_t mle_holdout_choose(size_t n, double fraction, uint64_t seed, bool held[]);

/* The weighted mean of x[i] over rows with held[i] and its standard error, sqrt(sum w (x - mean)^2
   /
   ((W - 1) W)); w NULL: ones. */
void mle_holdout_mean(size_t n, const bool held[], const double x[], const double w[], double *mean,
                      double *standard_error);

/* Fills fit->holdout by options->holdout_fraction and _seed: another fit of the same specification,
   without the held-out rows. A refit that has no maximum leaves none, and why. Errors: memory,
   MLE_CANCELLED, MLE_DEADLINE. */
enum mle_status mle_fit_holdout(struct mle_fit *fit, const struct mle_fit_options *options,
                                const struct mle_work *work, struct mle_error *err);

#endif
