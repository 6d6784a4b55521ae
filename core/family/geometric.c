#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    for (size_t i = 0; i < obs->n; i++) {
        double p = mle_view_at(theta[0], i), y = obs->y[i];
        double q = obs->complement ? obs->complement[i] : 1 - p;
        bool inside = y >= 0 && y == rint(y);
        double log_p = p < 0.5 ? log(p) : log1p(-q), log_q = p < 0.5 ? log1p(-p) : log(q);
        ll[i] = inside ? log_p + (y > 0 ? y * log_q : 0) : -INFINITY;
        if (grad)
            grad[i] = inside ? 1 / p - (y > 0 ? y / q : 0) : NAN;
        if (hess)
            hess[i] = inside ? -1 / (p * p) - (y > 0 ? y / (q * q) : 0) : NAN;
    }
}

/* --- sufficient statistics: weight, sum ---------------------------------------------------------
 */

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    stat[0] = w ? mle_sum(obs->n, w) : (double)obs->n;
    stat[1] = mle_weighted_sum(obs->n, obs->y, w);
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double p = theta[0], q = 1 - p;
    *ll = stat[0] * log(p) + mle_xlog1py(stat[1], -p);
    if (grad)
        grad[0] = stat[1] > 0 ? (stat[0] * q - stat[1] * p) / p / q : stat[0] / p;
    if (hess)
        hess[0] = -stat[0] / (p * p) - (stat[1] > 0 ? stat[1] / (q * q) : 0);
}

static const struct mle_sufficient sufficient = {
    .n_stat = 2,
    .tile = stat_tile,
    .loglik = stat_loglik,
};

static void solve(const struct mle_evidence *e, double theta[])
{
    /* not all counts are 0, whatever rounding says */
    theta[0] = fmin(e->stat[0] / (e->stat[0] + e->stat[1]), nextafter(1, 0));
}

/* w log p + sum log(1 - p) is strictly concave in p. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (e->max > 0)
        return;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
               "all counts are 0: the likelihood p^n has its maximum 1 at p = 1, the point mass "
               "at 0");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = 0;
    x->theta[0] = 1;
    x->limit_param = "p";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double k = floor(y), log_upper = k >= 0 ? (k + 1) * log1p(-theta[0]) : 0;
    if (tail.upper)
        return tail.log_p ? log_upper : exp(log_upper);
    return tail.log_p ? mle_log1mexp(log_upper) : -expm1(log_upper);
}

static bool reaches(double k, double p, const double theta[], struct mle_tail tail)
{
    double value = cdf(k, theta, NAN, tail);
    return tail.upper ? value <= p : value >= p;
}

/* log P(Y > y) = (y + 1) log(1 - p) */
static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double k = floor(y) + 1, q = 1 - theta[0];
    if (!(k > 0)) {
        mle_tail_constant(1, upper ? 0 : -(double)INFINITY, log_p, grad, hess);
        return;
    }
    *log_p = k * log1p(-theta[0]);
    if (grad)
        grad[0] = -k / q;
    if (hess)
        hess[0] = -k / (q * q);
    if (!upper)
        mle_tail_complement(1, log_p, grad, hess);
}

/* (k + 1) log(1 - p) <= log of the upper tail; what rounding does to that is put right by the
   cdf. */
static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_upper =
        tail.upper ? (tail.log_p ? p : log(p)) : (tail.log_p ? mle_log1mexp(p) : log1p(-p));
    double k = fmax(ceil(log_upper / log1p(-theta[0])) - 1, 0);
    if (isnan(log_upper) || isinf(k))
        return isnan(log_upper) ? log_upper : k;
    for (int i = 0; i < 4 && k > 0 && reaches(k - 1, p, theta, tail); i++)
        k--;
    for (int i = 0; i < 4 && !reaches(k, p, theta, tail); i++)
        k++;
    return k;
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return (1 - theta[0]) / theta[0];
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    double p = theta[0];
    return -log(p) - mle_xlog1py((1 - p) / p, -p);
}

const struct mle_family mle_family_geometric = {
    .name = "geometric",
    .title = "Geometric",
    .doc = "log f(y) = log p + y log(1 - p): failures before the first success. Johnson, Kemp & "
           "Kotz (2005) 5.2",
    .measure = MLE_COUNTING,
    .support = { 0, INFINITY, .lower_closed = true, .integer = true },
    .n_param = 1,
    .param = { { "p",
                 { 0, 1, .closed_lower = false, .closed_upper = true },
                 MLE_ACT_FIXED_UNIT,
                 "probability of success" } },
    .scipy = "scipy.stats.geom(p={p}, loc=-1)",
    .r = "dgeom(x, prob = {p})",
    .row_cost_ns = 12,
    .rows = rows,
    .sufficient = &sufficient,
    .solve = solve,
    .exists = exists,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
