/* The standard logistic density in a form without overflow, shared by the logistic and, of logs,
   the log-logistic law: with e = exp(-|z|) log g = -|z| - 2 log(1 + e), g'/g = -tanh(z/2) = -h and
   -(log g)'' = q = 2 e / (1 + e)^2. */
#ifndef MLE_CORE_FAMILY_LOGISTIC_H
#define MLE_CORE_FAMILY_LOGISTIC_H

#include "core/family/tiles.h"

struct mle_logistic {
    double log_g, h, q;
};

static inline struct mle_logistic mle_logistic_of(double z)
{
    double e = exp(-fabs(z)), p = 1 / (1 + e), h = -expm1(-fabs(z)) * p;
    return (struct mle_logistic){ -fabs(z) - 2 * log1p(e), z < 0 ? -h : h, 2 * e * p * p };
}

/* The same over lanes, with log g in two parts: log g = -a - 2 log(1 + e). */
struct mle_logistic_lane {
    double a, e, h, q;
};

MLE_INLINE struct mle_logistic_lane mle_lane_logistic(double z)
{
    double a = fabs(z), e = tile_exp(-a), p = 1 / (1 + e), h = (1 - e) * p;
    return (struct mle_logistic_lane){ a, e, z < 0 ? -h : h, 2 * e * p * p };
}

/* sum w log(1 + e) of a tile: without weights as the log of products, whose 256 factors of a lane
   lie in [1, 2]; with weights a logarithm for each row. */
struct mle_softplus {
    double product[TILE_LANES], sum[TILE_LANES];
};

MLE_INLINE void mle_softplus_start(struct mle_softplus *s)
{
    for (int k = 0; k < TILE_LANES; k++) {
        s->product[k] = 1;
        s->sum[k] = 0;
    }
}

MLE_INLINE void mle_softplus_add(struct mle_softplus *s, int k, double e, double w, bool weighted)
{
    if (weighted)
        s->sum[k] += w * mle_lane_log1p(e);
    else
        s->product[k] *= 1 + e;
}

MLE_INLINE double mle_softplus_total(const struct mle_softplus *s)
{
    double total = tile_total(s->sum);
    for (int k = 0; k < TILE_LANES; k++)
        total += mle_lane_log(s->product[k]);
    return total;
}

/* log P(Z > z) and its derivatives are -log(1 + e^z), -expit(z) and -expit(z) expit(-z). */

/* z of a probability. */
static inline double mle_logistic_quantile(double p, struct mle_tail tail)
{
    double z;
    if (tail.log_p)
        z = p - mle_log1mexp(p);
    else
        z = mle_logit(p);
    return tail.upper ? -z : z;
}

#endif
