/* Shared by the incomplete gamma and beta functions; internal to core/math. */
#ifndef MLE_CORE_MATH_SPECIAL_INCOMPLETE_H
#define MLE_CORE_MATH_SPECIAL_INCOMPLETE_H

#include "core/math/logs.h"

#include <stdbool.h>

/* Below this a probability has lost digits or will; its log is computed as a log. */
#define MLE_TINY_PROBABILITY 1e-290

/* A probability of 0 or 1 in the form asked for. */
static inline double mle_certain(bool one, bool log_p)
{
    if (log_p)
        return one ? 0.0 : -MLE_INFINITY;
    return one ? 1.0 : 0.0;
}

/* The four forms in which a quantile takes its probability, made two: a plain probability p of the
   tail `upper`, or (log_only) a logarithm that has no plain form. valid is false for p outside. */
struct mle_tail_probability {
    double p;
    bool upper, log_only, valid;
};

static inline struct mle_tail_probability mle_tail_of(double p, bool upper, bool log_p)
{
    struct mle_tail_probability t = { p, upper, false, true };
    t.valid = log_p ? p <= 0 : p >= 0 && p <= 1;
    if (!log_p || !t.valid)
        return t;
    if (p > -MLE_LN2) {
        t.p = -expm1(p);
        t.upper = !upper;
    } else if (p > -660) {
        t.p = exp(p);
    } else {
        t.log_only = true;
    }
    return t;
}

#endif
