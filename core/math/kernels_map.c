/* Maps over columns: one loop each; the arithmetic is in lanes.h. */
#include "core/math/kernels.h"
#include "core/math/lanes.h"

/* ivdep: out may be x itself, and never overlaps it otherwise. */
#define MAP(name, function)                                                                        \
    MLE_KERNEL(void, name, (size_t n, const double *x, double *out), (n, x, out))                  \
    {                                                                                              \
        _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++) out[i] = function(x[i]);               \
    }

MAP(mle_map_exp, mle_lane_exp)
MAP(mle_map_expm1, mle_lane_expm1)
MAP(mle_map_log, mle_lane_log)
MAP(mle_map_log1p, mle_lane_log1p)
MAP(mle_map_expit, mle_lane_expit)
MAP(mle_map_log1pexp, mle_lane_log1pexp)
MAP(mle_map_lgamma, mle_lane_lgamma)
MAP(mle_map_digamma, mle_lane_digamma)
MAP(mle_map_trigamma, mle_lane_trigamma)

MLE_KERNEL(void, mle_map_pow, (size_t n, const double *x, double y, double *out), (n, x, y, out))
{
    struct mle_exponent e = mle_lane_exponent(y);
#pragma GCC ivdep
    for (size_t i = 0; i < n; i++)
        out[i] = mle_lane_pow(x[i], e);
}

MLE_LOCAL_KERNEL(void, expit_pair, (size_t n, const double *x, double *p, double *q), (n, x, p, q))
{
#pragma GCC ivdep
    for (size_t i = 0; i < n; i++) {
        double e = mle_lane_exp(-fabs(x[i]));
        double large = 1.0 / (1.0 + e), small = e * large;
        int negative = x[i] < 0;
        p[i] = negative ? small : large;
        q[i] = negative ? large : small;
    }
}

void mle_map_expit_pair(size_t n, const double x[], double p[], double q[])
{
    if (p && q) {
        expit_pair(n, x, p, q);
        return;
    }
    if (p)
        mle_map_expit(n, x, p);
    if (!q)
        return;
    for (size_t i = 0; i < n; i++)
        q[i] = -x[i];
    mle_map_expit(n, q, q);
}
