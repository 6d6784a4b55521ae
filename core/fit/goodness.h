/* Goodness of fit, for include: ["goodness_of_fit"]. The parameters were estimated from the same
   rows, so the tables of known parameters do not hold: p-values come from a parametric bootstrap,
   samples of the fitted distribution that are fitted again (Stute, Gonzalez Manteiga & Presedo
   Quindimil 1993, Metrika 40, 243). */
#ifndef MLE_CORE_FIT_GOODNESS_H
#define MLE_CORE_FIT_GOODNESS_H

#include "core/fit/fit.h"

enum { MLE_GOODNESS_REPLICATES = 199, MLE_GOODNESS_TESTS = 3 };

struct mle_goodness_test {
    const char *name;
    double statistic;
    double p_value; /* (1 + replicates at least as far) / (1 + replicates) */
};

struct mle_goodness {
    unsigned n; /* 0: there are none, and why */
    struct mle_goodness_test test[MLE_GOODNESS_TESTS];
    unsigned replicates; /* those whose refit has a maximum, of MLE_GOODNESS_REPLICATES */
    const char *why;
};

/* SETS statistic[0..2] of y[n] (ascending) to Kolmogorov-Smirnov's D, Anderson-Darling's A^2 (by
   log tails) and Cramer-von Mises' W^2. */
void mle_goodness_continuous(const struct mle_family *family, const double theta[], size_t n,
                             const double y[], double statistic[]);

/* Pearson's chi-square over every point of the support, without pooling: y[n] ascending; points
   that did not occur give the mass that is left. */
double mle_goodness_discrete(const struct mle_family *family, const double theta[], double trials,
                             size_t n, const double y[]);

/* Fills fit->goodness: for one response of a family, without predictors, with exact rows. Same bits
   for any number of threads: replicate r draws from stream r of options->seed. Errors: memory,
   MLE_CANCELLED, MLE_DEADLINE. */
enum mle_status mle_fit_goodness(struct mle_fit *fit, const struct mle_fit_options *options,
                                 const struct mle_work *work, struct mle_error *err);

#endif
