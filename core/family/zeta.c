#include "core/family/counts.h"
#include "core/family/existence.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"

#include <float.h>

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    struct mle_zeta z = { NAN, NAN, NAN };
    for (size_t i = 0; i < obs->n; i++) {
        double s = mle_view_at(theta[0], i), y = obs->y[i];
        bool inside = y >= 1 && y == rint(y);
        if (i == 0 || theta[0].stride > 0)
            z = mle_log_zeta(s, 1);
        ll[i] = inside ? -s * log(y) - z.log : -INFINITY;
        if (grad)
            grad[i] = inside ? -log(y) - z.d1 : NAN;
        if (hess)
            hess[i] = inside ? -z.d2 : NAN;
    }
}

/* --- sufficient statistics: weight, sum of logs -------------------------------------------------
 */

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    stat[0] = w ? mle_sum(obs->n, w) : (double)obs->n;
    stat[1] = mle_weighted_sum_log(obs->n, obs->y, w);
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    struct mle_zeta z = mle_log_zeta(theta[0], 1);
    *ll = -theta[0] * stat[1] - stat[0] * z.log;
    if (grad)
        grad[0] = -stat[1] - stat[0] * z.d1;
    if (hess)
        hess[0] = -stat[0] * z.d2;
}

static const struct mle_sufficient sufficient = {
    .n_stat = 2,
    .tile = stat_tile,
    .loglik = stat_loglik,
};

/* The root of -zeta'(s) / zeta(s) = mean log y: Newton on the logarithms of both sides over
   log(s - 1), in which they are almost a line near s = 1 and concave beyond, held by a bracket. */
static void solve(const struct mle_evidence *e, double theta[])
{
    double mean = e->stat[1] / e->stat[0], low = 0, high = INFINITY;
    double above = mean > 0.1 ? 1 / mean : log(MLE_LN2 / mean) / MLE_LN2; /* s - 1 */
    for (int i = 0; i < 200; i++) {
        struct mle_zeta z = mle_log_zeta(1 + above, 1);
        double gap = log(-z.d1 / mean);
        *(gap > 0 ? &low : &high) = above;
        double next = above * exp(gap * z.d1 / (z.d2 * above));
        if (!(next > low && next < high))
            next = isinf(high) ? 2 * above : low > 0 ? sqrt(low * high) : high / 16;
        bool done = fabs(next - above) <= 2 * DBL_EPSILON * above;
        above = next;
        if (done)
            break;
    }
    theta[0] = fmax(1 + above, nextafter(1, 2));
}

/* An exponential family with the statistic log y: strictly concave in s. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (e->max > 1)
        return;
    mle_settle(
        x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
        "all values are 1: the likelihood zeta(s)^-n rises to 1 as s grows without limit, the "
        "point mass at 1");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = 0;
    x->theta[0] = INFINITY;
    x->limit_param = "s";
}

/* --- tails -------------------------------------------------------------------------------------
 */

/* sum of y^-s over y = 1 .. k. From 64 on by Euler & Maclaurin (DLMF 2.10.1), whose next term is
   below 1e-16 of the sum for every s that leaves such a tail. */
static double partial_sum(double s, double k)
{
    enum { DIRECT = 64 };
    double sum = 0;
    for (double y = 1; y <= k && y <= DIRECT; y++)
        sum += exp(-s * log(y));
    if (k <= DIRECT)
        return sum;
    double m = DIRECT, fm = exp(-s * log(m)), fk = exp(-s * log(k)), r = s - 1;
    double integral = fm * m * (r == 0 ? log(k / m) : -expm1(-r * log(k / m)) / r);
    double d1 = s * (fm / m - fk / k);
    double d3 = s * (s + 1) * (s + 2) * (fm / (m * m * m) - fk / k / k / k);
    double d5 = (s + 3) * (s + 4) * s * (s + 1) * (s + 2) * (fm / pow(m, 5) - fk / pow(k, 5));
    return sum + integral + 0.5 * (fk - fm) + d1 / 12 - d3 / 720 + d5 / 30240;
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double k = floor(y), s = theta[0];
    if (k < 1 || isinf(k)) {
        bool certain = (k < 1) == tail.upper;
        return tail.log_p ? (certain ? 0 : -INFINITY) : certain;
    }
    double log_zeta = mle_log_zeta(s, 1).log;
    double log_lower = log(partial_sum(s, k)) - log_zeta;
    double log_upper = mle_log_zeta(s, k + 1).log - log_zeta;
    /* each from the other one where that is the smaller and says more */
    double log_p = tail.upper ? (log_lower < -MLE_LN2 ? mle_log1mexp(log_lower) : log_upper)
                              : (log_upper < -MLE_LN2 ? mle_log1mexp(log_upper) : log_lower);
    log_p = fmin(log_p, 0);
    return tail.log_p ? log_p : exp(log_p);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    *log_p = cdf(y, theta, trials, (struct mle_tail){ upper, true });
    if (!grad)
        return;
    struct mle_zeta all = mle_log_zeta(theta[0], 1), rest = mle_log_zeta(theta[0], floor(y) + 1);
    double curve = rest.d2 - all.d2;
    grad[0] = rest.d1 - all.d1;
    if (!upper)
        mle_other_tail(cdf(y, theta, trials, (struct mle_tail){ true, true }), *log_p, grad,
                       &curve);
    if (hess)
        hess[0] = curve;
}

/* Far out P(Y > k) = k^(1 - s) / ((s - 1) zeta(s)). */
static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    double s = theta[0];
    double log_upper =
        tail.upper ? (tail.log_p ? p : log(p)) : (tail.log_p ? mle_log1mexp(p) : log1p(-p));
    double at = exp(-(log_upper + log(s - 1) + mle_log_zeta(s, 1).log) / (s - 1));
    if (!(at < DBL_MAX)) /* NaN for p outside [0, 1] */
        return at;
    struct mle_count_search search = { cdf, theta, trials, 1, INFINITY, fmax(at, 1), at / 100, 0 };
    search.flat = true;
    return mle_count_quantile(&search, p, tail);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    double s = theta[0];
    return s > 2 ? exp(mle_log_zeta(s - 1, 1).log - mle_log_zeta(s, 1).log) : INFINITY;
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    struct mle_zeta z = mle_log_zeta(theta[0], 1);
    return z.log - theta[0] * z.d1;
}

const struct mle_family mle_family_zeta = {
    .name = "zeta",
    .title = "Zeta (Zipf)",
    .doc = "log f(y) = -s log y - log zeta(s). Johnson, Kemp & Kotz (2005) 11.2.20",
    .measure = MLE_COUNTING,
    .support = { 1, INFINITY, .lower_closed = true, .integer = true },
    .n_param = 1,
    .param = { { "s", MLE_GREATER_THAN(1), MLE_ACT_FIXED_UNIT, "exponent" } },
    .scipy = "scipy.stats.zipf(a={s})",
    .r = "VGAM::dzeta(x, shape = {s-1})",
    .row_cost_ns = 20,
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
