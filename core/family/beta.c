#include "core/family/counts.h"
#include "core/family/existence.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"

/* log(y) and log(1 - y) from y and z = 1 - y, of which the smaller one is exact. */
static double log_of(double y, double z)
{
    return y < 0.5 ? log(y) : log1p(-z);
}

/* log density. With both shapes large the terms cancel to 1 / sqrt(a + b) of themselves, so they
   are put together around the mean: the binomial saddle point (Loader 2000). */
static double log_density(double y, double z, double a, double b)
{
    double n = a + b, log_yz = log_of(y, z) + log_of(z, y);
    if (a < 10 || b < 10)
        return (a - 1) * log_of(y, z) + (b - 1) * log_of(z, y) - mle_log_beta(a, b);
    double gap = a * z - b * y;
    double deviance = mle_deviance_by_gap(a, n * y, gap) + mle_deviance_by_gap(b, n * z, -gap);
    double errors = mle_stirling_error(n) - mle_stirling_error(a) - mle_stirling_error(b);
    return (errors - deviance) - log_yz + 0.5 * log(a / n * b) - MLE_HALF_LOG_2PI;
}

/* log y - E log Y: log y + psi(a + b) - psi(a), of which the logarithms meet first. */
static double slope(double y, double z, double a, double b)
{
    double ratio = (b * y - a * z) / a;
    double logs = fabs(ratio) < 0.5 ? log1p(ratio) : log_of(y, z) + log1p(b / a);
    return logs - mle_log_minus_digamma_diff(a, b);
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double a = mle_view_at(theta[0], i), b = mle_view_at(theta[1], i), y = obs->y[i];
        bool inside = y > 0 && y < 1;
        ll[i] = inside ? log_density(y, 1 - y, a, b) : -INFINITY;
        if (grad) {
            grad[i] = inside ? slope(y, 1 - y, a, b) : NAN;
            grad[n + i] = inside ? slope(1 - y, y, b, a) : NAN;
        }
        if (hess) {
            hess[i] = inside ? mle_trigamma_diff(a, b) : NAN;
            hess[n + i] = inside ? mle_trigamma(a + b) : NAN;
            hess[2 * n + i] = inside ? mle_trigamma_diff(b, a) : NAN;
        }
    }
}

/* --- sufficient statistics: weight, mean of y and of z = 1 - y, and their gaps sum w (log mean -
   log): the gamma family's, twice. Gaps are tiny when the values lie close together, so they are
   summed as such and never as a difference of large sums. */

enum { WEIGHT, MEAN_Y, MEAN_Z, GAP_Y, GAP_Z };

/* log(a / b) without loss where a and b are close. */
static double log_ratio(double a, double b)
{
    return fabs(a - b) < 0.5 * b ? log1p((a - b) / b) : log(a / b);
}

/* log m - log y + y/m - 1, which is as good as the gap under the sum, and never negative. */
static double gap_of(double y, double m)
{
    double t = (y - m) / m;
    return fabs(t) < 0.4 ? -mle_log1pmx(t) : t - log(y / m);
}

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    double weight = 0, y_sum = 0, z_sum = 0, gap_y = 0, gap_z = 0;
    for (size_t i = 0; i < obs->n; i++) {
        double each = w ? w[i] : 1;
        weight += each;
        y_sum += each * obs->y[i];
        z_sum += each * (1 - obs->y[i]);
    }
    double mean_y = y_sum / weight, mean_z = z_sum / weight;
    for (size_t i = 0; i < obs->n; i++) {
        gap_y += (w ? w[i] : 1) * gap_of(obs->y[i], mean_y);
        gap_z += (w ? w[i] : 1) * gap_of(1 - obs->y[i], mean_z);
    }
    stat[WEIGHT] = weight;
    stat[MEAN_Y] = mean_y;
    stat[MEAN_Z] = mean_z;
    stat[GAP_Y] = gap_y;
    stat[GAP_Z] = gap_z;
}

static void stat_merge(double into[], const double from[])
{
    double weight = into[WEIGHT] + from[WEIGHT], share = from[WEIGHT] / weight;
    for (int k = 0; k < 2; k++) {
        double *mean = &into[MEAN_Y + k], other = from[MEAN_Y + k];
        double pooled = *mean + (other - *mean) * share;
        into[GAP_Y + k] += from[GAP_Y + k] + into[WEIGHT] * log_ratio(pooled, *mean) +
                           from[WEIGHT] * log_ratio(pooled, other);
        *mean = pooled;
    }
    into[WEIGHT] = weight;
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double w = stat[WEIGHT], y = stat[MEAN_Y], z = stat[MEAN_Z], a = theta[0], b = theta[1];
    *ll = w * log_density(y, z, a, b) - (a - 1) * stat[GAP_Y] - (b - 1) * stat[GAP_Z];
    if (grad) {
        grad[0] = w * slope(y, z, a, b) - stat[GAP_Y];
        grad[1] = w * slope(z, y, b, a) - stat[GAP_Z];
    }
    if (hess) {
        hess[MLE_HESS(0, 0)] = w * mle_trigamma_diff(a, b);
        hess[MLE_HESS(1, 0)] = w * mle_trigamma(a + b);
        hess[MLE_HESS(1, 1)] = w * mle_trigamma_diff(b, a);
    }
}

static const struct mle_sufficient sufficient = {
    .n_stat = 5,
    .tile = stat_tile,
    .merge = stat_merge,
    .loglik = stat_loglik,
};

/* The moments, the variance being that of which both gaps are a half and the square of a mean. */
static void start(const struct mle_evidence *e, double theta[])
{
    const double *s = e->stat;
    double y = s[MEAN_Y], z = s[MEAN_Z], gap = (s[GAP_Y] + s[GAP_Z]) / s[WEIGHT];
    double n = fmax((z / y + y / z) / (2 * gap) - 1, 0.1); /* y z / variance - 1 */
    if (e->fixed && e->fixed[0])
        n = e->value[0] / y;
    else if (e->fixed && e->fixed[1])
        n = e->value[1] / z;
    theta[0] = fmin(fmax(n * y, 1e-3), 1e300);
    theta[1] = fmin(fmax(n * z, 1e-3), 1e300);
}

/* A regular exponential family with the statistics log y and log(1 - y), which no affine relation
   binds: the log-likelihood is strictly concave, and a maximum exists as soon as two values differ
   (Barndorff-Nielsen 1978, theorem 9.13), or one shape is given. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool any_fixed = e->fixed && (e->fixed[0] || e->fixed[1]);
    if (any_fixed || e->min < e->max)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               e->n == 1 ? "there is one row: the likelihood grows without limit as alpha and beta "
                           "grow with alpha / (alpha + beta) at its value"
                         : "all values are equal: the likelihood grows without limit as alpha and "
                           "beta grow with alpha / (alpha + beta) at that value");
    x->supremum = INFINITY;
    x->theta[0] = x->theta[1] = INFINITY;
    x->collapses = "alpha";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_beta_cdf(theta[0], theta[1], y, 1 - y, tail.upper, tail.log_p);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_beta_quantile(theta[0], theta[1], p, tail.upper, tail.log_p, NULL);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0] / (theta[0] + theta[1]);
}

/* -E log f: minus the log density at the mean, and the gaps that a sample would have. */
static double entropy(const double theta[], double trials)
{
    (void)trials;
    double a = theta[0], b = theta[1], n = a + b;
    return -log_density(a / n, b / n, a, b) - (a - 1) * mle_log_minus_digamma_diff(a, b) -
           (b - 1) * mle_log_minus_digamma_diff(b, a);
}

/* --- with predictors: mean mu and precision phi, alpha = mu phi, beta = (1 - mu) phi ------------
   Ferrari & Cribari-Neto (2004). */

static void mean_rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                      double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double mu = mle_view_at(theta[0], i), phi = mle_view_at(theta[1], i);
        double below = obs->complement ? obs->complement[i] : 1 - mu;
        double shape[2] = { mu * phi, below * phi }, g[2], h[3];
        struct mle_view view[2] = { { &shape[0], 0 }, { &shape[1], 0 } };
        struct mle_obs one = { 1, &obs->y[i], { NULL, 0 } };
        rows(&one, view, &ll[i], grad ? g : NULL, hess ? h : NULL);
        if (grad) {
            grad[i] = phi * (g[0] - g[1]);
            grad[n + i] = mu * g[0] + below * g[1];
        }
        if (hess) {
            hess[i] = phi * phi * (h[0] - 2 * h[1] + h[2]);
            hess[n + i] = g[0] - g[1] + phi * (mu * h[0] + (below - mu) * h[1] - below * h[2]);
            hess[2 * n + i] = mu * mu * h[0] + 2 * mu * below * h[1] + below * below * h[2];
        }
    }
}

static void to_canonical(const double theta[], double canonical[])
{
    canonical[0] = theta[0] * theta[1];
    canonical[1] = (1 - theta[0]) * theta[1];
}

static double mean_cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    double canonical[2];
    to_canonical(theta, canonical);
    return cdf(y, canonical, trials, tail);
}

static double mean_quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    double canonical[2];
    to_canonical(theta, canonical);
    return quantile(p, canonical, trials, tail);
}

static double mean_mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0];
}

static double mean_entropy(const double theta[], double trials)
{
    double canonical[2];
    to_canonical(theta, canonical);
    return entropy(canonical, trials);
}

static void mean_start(const struct mle_evidence *e, double theta[])
{
    double shape[2];
    start(e, shape);
    theta[0] = shape[0] / (shape[0] + shape[1]);
    theta[1] = fmin(shape[0] + shape[1], 1e6);
}

static const struct mle_family mean_form = {
    .name = "beta",
    .title = "Beta",
    .doc = "alpha = mu phi, beta = (1 - mu) phi",
    .measure = MLE_LEBESGUE,
    .support = { 0, 1 },
    .n_param = 2,
    .param = { { "mu", MLE_UNIT, MLE_ACT_FIXED_UNIT, "mean" },
               { "phi", MLE_POSITIVE, MLE_ACT_FIXED_UNIT, "precision" } },
    .row_cost_ns = 170,
    .rows = mean_rows,
    .sufficient = &sufficient,
    .start = mean_start,
    .exists = exists,
    .cdf = mean_cdf,
    .quantile = mean_quantile,
    .mean = mean_mean,
    .entropy = mean_entropy,
};

const struct mle_family mle_family_beta = {
    .name = "beta",
    .title = "Beta",
    .doc = "log f(y) = (alpha - 1) log y + (beta - 1) log(1 - y) - log B(alpha, beta). Johnson, "
           "Kotz & Balakrishnan (1995) 25.1",
    .measure = MLE_LEBESGUE,
    .support = { 0, 1 },
    .n_param = 2,
    .param = { { "alpha", MLE_POSITIVE, MLE_ACT_FIXED_UNIT, "shape at 0" },
               { "beta", MLE_POSITIVE, MLE_ACT_FIXED_UNIT, "shape at 1" } },
    .scipy = "scipy.stats.beta(a={alpha}, b={beta})",
    .r = "dbeta(x, shape1 = {alpha}, shape2 = {beta})",
    .regression = &mean_form,
    .row_cost_ns = 150,
    .rows = rows,
    .sufficient = &sufficient,
    .start = start,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
