#include "core/family/counts.h"

static bool reaches(const struct mle_count_search *s, double k, double p, struct mle_tail tail)
{
    double value = s->cdf(k, s->theta, s->trials, tail);
    return tail.upper ? value <= p : value >= p;
}

static double guess(const struct mle_count_search *s, double p, struct mle_tail tail)
{
    double z = tail.log_p ? mle_normal_log_quantile(p) : mle_normal_quantile(p);
    z = fmax(-40, fmin(40, tail.upper ? -z : z));
    double at = floor(s->mean + s->sd * (z + s->skewness * (z * z - 1) / 6));
    return at > s->lower ? fmin(at, s->upper) : s->lower;
}

/* SETS (low, high] to hold the quantile; false if nothing below upper reaches p. */
static bool bracket(const struct mle_count_search *s, double p, struct mle_tail tail, double *low,
                    double *high)
{
    double at = guess(s, p, tail), step = 1 + floor(s->sd / 64);
    if (reaches(s, at, p, tail)) {
        for (*high = at;; *high = *low, step *= 4) {
            *low = fmax(*high - step, s->lower - 1);
            if (*low < s->lower || !reaches(s, *low, p, tail))
                return true;
        }
    }
    for (*low = at;; *low = *high, step *= 4) {
        *high = fmin(*low + step, s->upper);
        if (!(*high < s->upper) || isinf(*high))
            return isfinite(*high);
        if (reaches(s, *high, p, tail))
            return true;
    }
}

double mle_count_quantile(const struct mle_count_search *s, double p, struct mle_tail tail)
{
    double low, high, value = tail.log_p ? exp(p) : p;
    if (!(value >= 0 && value <= 1) || !isfinite(s->mean))
        return (double)NAN;
    bool all =
        tail.upper ? (tail.log_p ? isinf(p) : p == 0) : value == 1 && (!tail.log_p || p == 0);
    if (all && isinf(s->upper))
        return s->upper;
    if (!bracket(s, p, tail, &low, &high))
        return s->upper;
    while (high - low > 1) {
        double middle = floor(low + (high - low) / 2);
        if (middle <= low || middle >= high)
            break;
        if (reaches(s, middle, p, tail))
            high = middle;
        else
            low = middle;
    }
    return high;
}
