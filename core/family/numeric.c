#include "core/family/numeric.h"

#include "core/math/logs.h"

#include <float.h>

double mle_integrate(double (*f)(double x, const void *ctx), const void *ctx, double a, double b,
                     int panels)
{
    static const double node[5] = { 0.1488743389816312109, 0.4333953941292471908,
                                    0.6794095682990244063, 0.8650633666889845108,
                                    0.9739065285171717201 };
    static const double weight[5] = { 0.2955242247147528702, 0.2692667193099963551,
                                      0.2190863625159820440, 0.1494513491505805932,
                                      0.0666713443086881376 };
    double half = (b - a) / panels / 2, sum = 0;
    for (int p = 0; p < panels; p++) {
        double middle = a + (2 * p + 1) * half, part = 0;
        for (int k = 0; k < 5; k++)
            part += weight[k] * (f(middle - half * node[k], ctx) + f(middle + half * node[k], ctx));
        sum += part;
    }
    return sum * half;
}

/* Half way between finite ends; towards an infinite end by doubling the distance from the other. */
static double between(double low, double high, double at)
{
    if (isfinite(low) && isfinite(high))
        return low + (high - low) / 2;
    double reach = 2 * fmax(fabs(at), DBL_MIN);
    return isfinite(low) ? fmax(low, at) + reach : fmin(high, at) - reach;
}

double mle_invert_cdf(const struct mle_family *family, double p, const double theta[],
                      struct mle_tail tail, double low, double high, double start)
{
    double log_p = tail.log_p ? p : log(p), at = start;
    bool end = log_p == 0 || log_p == -INFINITY;
    if (end)
        return (log_p == 0) == tail.upper ? low : high;
    if (log_p > -MLE_LN2) {
        log_p = tail.log_p ? mle_log1mexp(p) : log1p(-p);
        tail.upper = !tail.upper;
    }
    tail.log_p = true;
    double sign = tail.upper ? -1 : 1;
    for (int i = 0; i < 200; i++) {
        double log_tail = family->cdf(at, theta, NAN, tail);
        double gap = sign * (log_tail - log_p); /* rises with the value */
        if (gap == 0)
            return at;
        if (gap > 0)
            high = at;
        else
            low = at;
        double slope = exp(mle_log_density(family, theta, NAN, at) - log_tail);
        double step = gap / slope;
        if (fabs(step) <= 2 * DBL_EPSILON * fabs(at))
            return at - step;
        double next = at - step;
        if (!(next > low && next < high))
            next = between(low, high, at);
        if (next == at)
            return at;
        at = next;
    }
    return at;
}
