/* What every family has by the general way, from its kernel and its cdf. */
#include "core/family/family.h"

#include "core/math/logs.h"

#include <math.h>

double mle_log_density(const struct mle_family *family, const double theta[], double trials,
                       double y)
{
    struct mle_view view[MLE_MAX_PARAM];
    for (unsigned j = 0; j < family->n_param; j++)
        view[j] = (struct mle_view){ &theta[j], 0 };
    struct mle_obs obs = { 1, &y, { &trials, 0 } };
    double ll;
    family->rows(&obs, view, &ll, NULL, NULL);
    return ll;
}

/* Whether k is at or above the quantile: P(Y <= k) >= p, said in the tail that was asked for. */
static bool reaches(const struct mle_family *family, double k, double p, const double theta[],
                    double trials, struct mle_tail tail)
{
    double value = family->cdf(k, theta, trials, tail);
    return tail.upper ? value <= p : value >= p;
}

/* The smallest integer that reaches p: doubling steps from the bottom, then bisection. */
static double integer_quantile(const struct mle_family *family, double p, const double theta[],
                               double trials, struct mle_tail tail)
{
    double low = family->support.lower - 1, high = family->support.lower, step = 1;
    double end = family->support.needs_trials ? trials : family->support.upper;
    while (!reaches(family, high, p, theta, trials, tail)) {
        if (high >= end || high > 0x1p52)
            return end;
        low = high;
        high = fmin(high + step, end);
        step *= 2;
    }
    while (high - low > 1) {
        double middle = floor(low + (high - low) / 2);
        if (reaches(family, middle, p, theta, trials, tail))
            high = middle;
        else
            low = middle;
    }
    return high;
}

double mle_quantile(const struct mle_family *family, double p, const double theta[], double trials,
                    struct mle_tail tail)
{
    bool legal = tail.log_p ? p <= 0 : p >= 0 && p <= 1;
    if (!legal)
        return NAN;
    if (family->quantile)
        return family->quantile(p, theta, trials, tail);
    if (family->measure == MLE_COUNTING && family->cdf)
        return integer_quantile(family, p, theta, trials, tail);
    return NAN;
}
