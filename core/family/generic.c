/* What every family has by the general way, from its kernel and its cdf. */
#include "core/base/rng.h"
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

/* --- continuous quantiles: the cdf inverted on a line that reaches all of the support -----------
 */

/* y of t: increasing, onto the support; far tails lie at moderate t. */
static double on_support(const struct mle_support *support, double t)
{
    bool lower = isfinite(support->lower), upper = isfinite(support->upper);
    if (lower && upper)
        return t < 0 ? support->lower + (support->upper - support->lower) * mle_expit(t)
                     : support->upper - (support->upper - support->lower) * mle_expit(-t);
    if (lower)
        return support->lower + exp(t);
    if (upper)
        return support->upper - exp(-t);
    return sinh(t);
}

/* Bisection over t of a cdf that rises (or, upper, falls) through p. */
static double continuous_quantile(const struct mle_family *family, double p, const double theta[],
                                  double trials, struct mle_tail tail)
{
    double low = -710, high = 710;
    for (int i = 0; i < 2000; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        double y = on_support(&family->support, middle);
        if (reaches(family, y, p, theta, trials, tail))
            high = middle;
        else
            low = middle;
    }
    return on_support(&family->support, high);
}

double mle_quantile(const struct mle_family *family, double p, const double theta[], double trials,
                    struct mle_tail tail)
{
    bool legal = tail.log_p ? p <= 0 : p >= 0 && p <= 1;
    if (!legal)
        return NAN;
    if (family->quantile)
        return family->quantile(p, theta, trials, tail);
    return family->measure == MLE_COUNTING ? integer_quantile(family, p, theta, trials, tail)
                                           : continuous_quantile(family, p, theta, trials, tail);
}

/* --- entropy ------------------------------------------------------------------------------------
 */

static double entropy_of_counts(const struct mle_family *family, const double theta[],
                                double trials)
{
    double low = mle_quantile(family, 1e-18, theta, trials, (struct mle_tail){ false, false });
    double high = mle_quantile(family, 1e-18, theta, trials, (struct mle_tail){ true, false });
    if (!(high - low < 1e6))
        return NAN;
    double sum = 0;
    for (double y = low; y <= high; y++) {
        double log_f = mle_log_density(family, theta, trials, y);
        sum -= log_f > -700 ? exp(log_f) * log_f : 0;
    }
    return sum;
}

/* -log f at the point that has probability p in the lower (upper) tail. */
static double surprise_at(const struct mle_family *family, const double theta[], double p,
                          bool upper)
{
    double y = mle_quantile(family, p, theta, NAN, (struct mle_tail){ upper, false });
    double log_f = mle_log_density(family, theta, NAN, y);
    return isfinite(log_f) ? -log_f : 0;
}

/* One half of the integral of -log f over probability: p = (1 - tanh(pi/2 sinh t)) / 2, t > 0, for
   either tail; step h, only odd multiples of it if odd. */
static double tail_sum(const struct mle_family *family, const double theta[], double h, bool odd)
{
    double sum = 0;
    for (int k = 1;; k += odd ? 2 : 1) {
        double t = k * h, s = MLE_PI_2 * sinh(t), p = mle_expit(-2 * s);
        if (p < 1e-300)
            return sum;
        double weight = MLE_PI_2 * cosh(t) * 2 * p * mle_expit(2 * s);
        sum +=
            weight * (surprise_at(family, theta, p, false) + surprise_at(family, theta, p, true));
    }
}

static double entropy_of_density(const struct mle_family *family, const double theta[])
{
    double h = 0.5, before = NAN;
    double sum = MLE_PI_2 / 2 * surprise_at(family, theta, 0.5, false);
    sum += tail_sum(family, theta, h, false);
    for (int level = 0; level < 7; level++) {
        double value = sum * h;
        if (fabs(value - before) <= 1e-9 * fmax(1, fabs(value)))
            return value;
        before = value;
        h /= 2;
        sum += tail_sum(family, theta, h, true);
    }
    return NAN;
}

double mle_entropy(const struct mle_family *family, const double theta[], double trials)
{
    if (family->entropy)
        return family->entropy(theta, trials);
    return family->measure == MLE_COUNTING ? entropy_of_counts(family, theta, trials)
                                           : entropy_of_density(family, theta);
}

/* --- sampling -----------------------------------------------------------------------------------
 */

double mle_sample(const struct mle_family *family, const double theta[], double trials,
                  uint64_t seed, uint64_t stream, uint64_t index)
{
    /* from the nearer end, so that both tails have the same resolution */
    double p = mle_random_uniform(seed, stream, index);
    bool upper = p > 0.5;
    return mle_quantile(family, upper ? 1 - p : p, theta, trials,
                        (struct mle_tail){ upper, false });
}
