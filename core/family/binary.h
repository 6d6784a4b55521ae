/* log p and log(1 - p) of a probability behind a link, as functions of the predictor: exact where p
   itself is 0 or 1 in doubles. Shared by bernoulli and binomial. */
#ifndef MLE_CORE_FAMILY_BINARY_H
#define MLE_CORE_FAMILY_BINARY_H

#include "core/family/family.h"

/* A logarithm and its first two derivatives in eta. */
struct mle_log_of_eta {
    double value, d1, d2;
};

/* SETS p and q to log p and log(1 - p). False for links other than logit, probit and cloglog. */
bool mle_binary_logs(const struct mle_link *link, double eta, struct mle_log_of_eta *p,
                     struct mle_log_of_eta *q);

#endif
