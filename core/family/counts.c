#include "core/family/counts.h"

#include "core/math/logs.h"

#include <float.h>

static bool reaches(const struct mle_count_search *s, double k, double p, struct mle_tail tail)
{
    double value = s->cdf(k, s->theta, s->trials, tail);
    return tail.upper ? value <= p : value >= p;
}

static double guess(const struct mle_count_search *s, double p, struct mle_tail tail)
{
    double z = tail.log_p ? mle_normal_log_quantile(p) : mle_normal_quantile(p);
    z = fmax(-40, fmin(40, tail.upper ? -z : z));
    double normal = s->sd * (z + s->skewness * (z * z - 1) / 6);
    double at = floor(s->mean + (s->flat ? 0 : normal));
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

/* t/2 + t^2/24 - t^4/2880 + ...: B_k t^k / (k k!), DLMF 24.2.1; 17 digits up to t = 1. */
enum { TERMS = 11 };
static const double even_terms[TERMS] = {
    1.0 / 24,
    -1.0 / 2880,
    1.0 / 181440,
    -1.0 / 9676800,
    1.0 / 479001600,
    -691.0 / 15692092416000,
    1.0 / 1046139494400,
    -3617.0 / 170729965486080000,
    43867.0 / 91963695909076992000.0,
    -174611.0 / 16057153253965824e6,
    77683.0 / 310224200866619719.68e6,
};

double mle_log_expm1_ratio(double t, double *slope, double *curvature)
{
    double value, first, second;
    if (t < 1) {
        double z = t * t, sum = 0, one = 0, two = 0;
        for (int k = TERMS - 1; k >= 0; k--) {
            double power = 2 * (k + 1);
            sum = sum * z + even_terms[k];
            one = one * z + power * even_terms[k];
            two = two * z + power * (power - 1) * even_terms[k];
        }
        value = 0.5 * t + z * sum;
        first = 0.5 + t * one;
        second = two;
    } else {
        double e = exp(-t), rest = -expm1(-t); /* e^t - 1 = rest / e */
        value = t + log(rest / t);
        first = 1 / rest - 1 / t;
        second = 1 / (t * t) - e / (rest * rest);
    }
    if (slope)
        *slope = first;
    if (curvature)
        *curvature = second;
    return value;
}

/* Newton; the function is convex with slopes from 1/2 to 1. */
double mle_log_expm1_ratio_inverse(double value)
{
    double t = value < 1 ? 2 * value : value + log1p(value);
    for (int i = 0; i < 50; i++) {
        double slope, gap = mle_log_expm1_ratio(t, &slope, NULL) - value;
        double next = fmax(t - gap / slope, 0);
        bool done = fabs(next - t) <= 2 * DBL_EPSILON * t;
        t = next;
        if (done)
            break;
    }
    return t;
}
