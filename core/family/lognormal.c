#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/family/tiles.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double mu = mle_view_at(theta[0], i), sigma = mle_view_at(theta[1], i), y = obs->y[i];
        double log_y = y > 0 ? log(y) : NAN, z = (log_y - mu) / sigma;
        ll[i] = y > 0 ? -MLE_HALF_LOG_2PI - log(sigma) - 0.5 * z * z - log_y : -INFINITY;
        if (grad) {
            grad[i] = z / sigma;
            grad[n + i] = (z * z - 1) / sigma;
        }
        if (hess) {
            double precision = 1 / (sigma * sigma);
            hess[i] = y > 0 ? -precision : NAN;
            hess[n + i] = -2 * z * precision;
            hess[2 * n + i] = (1 - 3 * z * z) * precision;
        }
    }
}

/* --- sufficient statistics: weight, geometric mean, sum of squares of log y about its mean ------
   The centre is kept as a value of y: log y of values close together has lost the digits by which
   they differ, log(y / centre) has them. */

enum { S_WEIGHT, S_CENTRE, S_SQUARES, N_STAT };
enum { CHUNK = 4096 };

MLE_LOCAL_KERNEL(void, log_ratios, (size_t n, const double *y, double centre, double *out),
                 (n, y, centre, out))
{
    double inverse = 1 / centre;
    for (size_t i = 0; i < n; i++)
        out[i] = tile_log_ratio(y[i], centre, inverse);
}

static void stat_merge(double into[], const double from[])
{
    double weight = into[S_WEIGHT] + from[S_WEIGHT], share = from[S_WEIGHT] / weight;
    double gap = row_log_ratio(from[S_CENTRE], into[S_CENTRE]);
    into[S_CENTRE] *= exp(gap * share);
    into[S_SQUARES] += from[S_SQUARES] + gap * gap * (into[S_WEIGHT] * share);
    into[S_WEIGHT] = weight;
}

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    double t[CHUNK], part[N_STAT];
    for (size_t lo = 0; lo < obs->n; lo += CHUNK) {
        size_t n = obs->n - lo < CHUNK ? obs->n - lo : CHUNK;
        double centre = obs->y[lo];
        if (!(centre > 0 && isfinite(centre))) { /* outside the support: refused after the scan */
            stat[S_WEIGHT] = stat[S_CENTRE] = stat[S_SQUARES] = NAN;
            return;
        }
        centre = fmin(fmax(centre, 1e-300), 1e300);
        log_ratios(n, obs->y + lo, centre, t);
        struct mle_moments m = mle_moments_about(n, t, w ? w + lo : NULL, 0);
        part[S_WEIGHT] = m.weight;
        part[S_CENTRE] = centre * exp(m.mean);
        part[S_SQUARES] = m.m2;
        if (lo > 0)
            stat_merge(stat, part);
        else
            memcpy(stat, part, sizeof part);
    }
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double w = stat[S_WEIGHT], centre = log(stat[S_CENTRE]), sigma = theta[1];
    double d = centre - theta[0], z2 = (stat[S_SQUARES] + w * d * d) / sigma / sigma;
    *ll = -w * (MLE_HALF_LOG_2PI + log(sigma) + centre) - 0.5 * z2;
    if (grad) {
        grad[0] = w * d / sigma / sigma;
        grad[1] = (z2 - w) / sigma;
    }
    if (hess) {
        double precision = 1 / (sigma * sigma);
        hess[MLE_HESS(0, 0)] = -w * precision;
        hess[MLE_HESS(1, 0)] = -2 * w * d * precision / sigma;
        hess[MLE_HESS(1, 1)] = (w - 3 * z2) * precision;
    }
}

static void solve(const struct mle_evidence *e, double theta[])
{
    theta[0] = log(e->stat[S_CENTRE]);
    theta[1] = sqrt(e->stat[S_SQUARES] / e->stat[S_WEIGHT]);
}

static const struct mle_sufficient sufficient = {
    .n_stat = N_STAT,
    .tile = stat_tile,
    .merge = stat_merge,
    .loglik = stat_loglik,
};

/* log y is normal, and its likelihood differs by the constant sum of log y: as there. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool away = tile_fixed(e, 0) && log(e->min) != e->value[0];
    if (tile_fixed(e, 1) || e->min < e->max || away)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               e->n == 1 ? "there is one row: the density at it grows without limit as sigma falls "
                           "to 0 with mu at its logarithm"
                         : "all values are equal: the density at them grows without limit as sigma "
                           "falls to 0 with mu at their logarithm");
    x->supremum = INFINITY;
    x->theta[0] = log(e->min);
    x->collapses = "sigma";
}

/* --- the distribution ------------------------------------------------------------------------- */

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = y > 0 ? (log(y) - theta[0]) / theta[1] : -MLE_INFINITY;
    z = tail.upper ? -z : z;
    return tail.log_p ? mle_normal_log_cdf(z) : mle_normal_cdf(z);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    if (!(y > 0) || !isfinite(y)) {
        bool all = upper == !(y > 0);
        mle_tail_constant(2, all ? 0 : -(double)INFINITY, log_p, grad, hess);
        return;
    }
    double z = (log(y) - theta[0]) / theta[1], d1, d2;
    mle_tail_normal(upper ? z : -z, log_p, &d1, &d2);
    mle_tail_location_scale(theta[1], z, upper ? d1 : -d1, d2, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = tail.log_p ? mle_normal_log_quantile(p) : mle_normal_quantile(p);
    return exp(theta[0] + theta[1] * (tail.upper ? -z : z));
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return exp(theta[0] + 0.5 * theta[1] * theta[1]);
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return MLE_HALF_LOG_2PI + 0.5 + log(theta[1]) + theta[0];
}

const struct mle_family mle_family_lognormal = {
    .name = "lognormal",
    .title = "Lognormal",
    .doc = "log f(y) = -log(2 pi)/2 - log sigma - log y - ((log y - mu)/sigma)^2/2. "
           "Johnson, Kotz & Balakrishnan (1994) 14.1",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "mu", MLE_REAL, MLE_ACT_LOG_SHIFT, "mean of log y" },
               { "sigma", MLE_POSITIVE, MLE_ACT_NONE,
                 "standard deviation of log y (ML: divisor n)" } },
    .scipy = "scipy.stats.lognorm(s={sigma}, scale={exp(mu)})",
    .r = "dlnorm(x, meanlog = {mu}, sdlog = {sigma})",
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
