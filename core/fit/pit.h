/* Probability integral transforms, for include: ["pit"]: F(y) of every row under the fit, uniform
   where the model is true and its parameters known (Rosenblatt 1952). */
#ifndef MLE_CORE_FIT_PIT_H
#define MLE_CORE_FIT_PIT_H

#include "core/fit/fit.h"

struct mle_pit {
    const double *value; /* [frame->n], NULL: there is none, and why */
    const char *why;
};

/* Fills fit->pit: of regressions by each row's own distribution. There is none for discrete
   responses (F(Y) is not uniform), for rows that are not exact values, without a fitted
   distribution, and for kinds without a cdf. Errors: memory, MLE_CANCELLED, MLE_DEADLINE. */
enum mle_status mle_fit_pit(struct mle_fit *fit, const struct mle_work *work,
                            struct mle_error *err);

#endif
