/* Draws from distributions, each from one uniform number by the quantile function: a draw is as
   repeatable as core/base/rng.h and monotone in the uniform. */
#ifndef MLE_CORE_MATH_DRAW_H
#define MLE_CORE_MATH_DRAW_H

#include "core/base/rng.h"
#include "core/math/special.h"

#include <math.h>

static inline double mle_draw_normal(uint64_t seed, uint64_t stream, uint64_t index)
{
    return mle_normal_quantile(mle_random_uniform(seed, stream, index));
}

/* Mean 1. */
static inline double mle_draw_exponential(uint64_t seed, uint64_t stream, uint64_t index)
{
    return -log(mle_random_uniform(seed, stream, index));
}

#endif
