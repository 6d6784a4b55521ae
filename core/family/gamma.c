#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

#include <float.h>

/* log density of y = x / rate without the log of the rate's Jacobian:
   (a - 1) log x - x - log Gamma(a). For large a the three terms cancel to 1/sqrt(a) of themselves,
   so they are put together around x = a (saddle point; Loader 2000). */
static double log_density(double a, double x)
{
    if (a < 10)
        return (a - 1) * log(x) - x - mle_lgamma(a);
    return -mle_deviance(a, x) - log(x) + 0.5 * log(a) - MLE_HALF_LOG_2PI - mle_stirling_error(a);
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double a = mle_view_at(theta[0], i), b = mle_view_at(theta[1], i), y = obs->y[i];
        bool inside = y > 0;
        ll[i] = inside ? log_density(a, b * y) + log(b) : -INFINITY;
        if (grad) {
            grad[i] = inside ? log(b * y / a) + mle_log_minus_digamma(a) : NAN;
            grad[n + i] = inside ? a / b - y : NAN;
        }
        if (hess) {
            hess[i] = inside ? -mle_trigamma(a) : NAN;
            hess[n + i] = inside ? 1 / b : NAN;
            hess[2 * n + i] = inside ? -a / (b * b) : NAN;
        }
    }
}

/* --- sufficient statistics: weight, mean, gap = sum w (log mean - log y) -------------------------
   The gap decides the shape (its mean is log a - digamma(a)) and is tiny when the values lie close
   together, so it is summed as such and never as a difference of large sums. */

enum { CHUNK = 2048 };

/* sum w (t - log(1 + t)), t = y / mean - 1: each term is positive. For |t| well below 1. */
static double gap_close(const struct mle_obs *obs, const double w[], double mean)
{
    double sum = 0;
    for (size_t i = 0; i < obs->n; i++)
        sum -= (w ? w[i] : 1) * mle_log1pmx((obs->y[i] - mean) / mean);
    return sum;
}

/* The same from sums of logs, in units of the power of two next to the mean. */
static double gap_wide(const struct mle_obs *obs, const double w[], double weight, double mean)
{
    int shift = mean > 0 && mean <= DBL_MAX ? (int)floor(log2(mean)) : 0;
    double scaled[CHUNK], unit = exp2(-shift), sum = weight * log(mean * unit);
    if (!w)
        return sum - mle_sum_log_scaled(obs->n, obs->y, shift);
    for (size_t lo = 0; lo < obs->n; lo += CHUNK) {
        size_t n = obs->n - lo < CHUNK ? obs->n - lo : CHUNK;
        for (size_t i = 0; i < n; i++)
            scaled[i] = obs->y[lo + i] * unit;
        sum -= mle_weighted_sum_log(n, scaled, w + lo);
    }
    return sum;
}

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    struct mle_log_sums sums = mle_log_sums(obs->n, obs->y, w);
    double weight = sums.weight, mean = sums.sum / weight;
    bool near = mean > 0.125 && mean < 8;
    double gap = near ? weight * log(mean) - sums.sum_log : gap_wide(obs, w, weight, mean);
    if (gap < 2e-3 * weight) {
        double min, max;
        mle_range(obs->n, obs->y, &min, &max);
        gap = max - min < 0.5 * min ? gap_close(obs, w, mean) : gap;
    }
    stat[0] = weight;
    stat[1] = mean;
    stat[2] = gap;
}

/* log(a / b) without loss where a and b are close. */
static double log_ratio(double a, double b)
{
    return fabs(a - b) < 0.5 * b ? log1p((a - b) / b) : log(a / b);
}

static void stat_merge(double into[], const double from[])
{
    double weight = into[0] + from[0];
    double mean = into[1] + (from[1] - into[1]) * (from[0] / weight);
    into[2] += from[2] + into[0] * log_ratio(mean, into[1]) + from[0] * log_ratio(mean, from[1]);
    into[0] = weight;
    into[1] = mean;
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double w = stat[0], mean = stat[1], a = theta[0], b = theta[1];
    *ll = w * (log_density(a, b * mean) + log(b)) - (a - 1) * stat[2];
    if (grad) {
        grad[0] = w * (log_ratio(b * mean, a) + mle_log_minus_digamma(a)) - stat[2];
        grad[1] = w * (a / b - mean);
    }
    if (hess) {
        hess[MLE_HESS(0, 0)] = -w * mle_trigamma(a);
        hess[MLE_HESS(1, 0)] = w / b;
        hess[MLE_HESS(1, 1)] = -w * a / (b * b);
    }
}

/* The root of log a - digamma(a) = gap, by Newton on 1 / a, where the equation is almost a line.
   Ref: Minka (2002), Estimating a Gamma distribution. */
static void solve(const struct mle_evidence *e, double theta[])
{
    double c = e->stat[2] / e->stat[0];
    double a = c < 1e-8 ? 0.5 / c : (3 - c + sqrt((c - 3) * (c - 3) + 24 * c)) / (12 * c);
    for (int i = 0; i < 20; i++) {
        double step = (c - mle_log_minus_digamma(a)) / (a * mle_a_trigamma_minus_1(a));
        double next = 1 / (1 / a + step);
        if (!(next > 0) || !isfinite(next))
            break;
        bool done = fabs(next - a) <= 2e-16 * a;
        a = next;
        if (done)
            break;
    }
    theta[0] = a;
    theta[1] = a / e->stat[1];
}

static const struct mle_sufficient sufficient = {
    .n_stat = 3,
    .tile = stat_tile,
    .merge = stat_merge,
    .loglik = stat_loglik,
};

/* The Hessian is w [-trigamma(a), 1/b; 1/b, -a/b^2] with a trigamma(a) > 1, so the log-likelihood
   is strictly concave; it is bounded unless all values are alike. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool any_fixed = e->fixed && (e->fixed[0] || e->fixed[1]);
    if (any_fixed || e->min < e->max)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               e->n == 1
                   ? "there is one row: the likelihood grows without limit as shape grows "
                     "with the mean at its value"
                   : "all values are equal: the likelihood grows without limit as shape grows "
                     "with the mean at that value");
    x->supremum = INFINITY;
    x->theta[0] = x->theta[1] = INFINITY;
    x->collapses = "shape";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double x = y > 0 ? theta[1] * y : 0;
    if (tail.log_p)
        return tail.upper ? mle_log_gamma_q(theta[0], x) : mle_log_gamma_p(theta[0], x);
    return tail.upper ? mle_gamma_q(theta[0], x) : mle_gamma_p(theta[0], x);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_gamma_quantile(theta[0], p, tail.upper, tail.log_p) / theta[1];
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0] / theta[1];
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    double a = theta[0];
    /* a - log b + lgamma(a) + (1 - a) digamma(a), rearranged around large a */
    return -log_density(a, a) - log(theta[1]) + (a - 1) * mle_log_minus_digamma(a);
}

/* --- with predictors: mean mu and shape, rate = shape / mu ------------------------------------ */

static void mean_rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                      double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double mu = mle_view_at(theta[0], i), a = mle_view_at(theta[1], i), y = obs->y[i];
        bool inside = y > 0;
        double r = y / mu, excess = (y - mu) / mu;
        ll[i] = inside ? log_density(a, a * r) + log(a) - log(mu) : -INFINITY;
        if (grad) {
            grad[i] = inside ? a * excess / mu : NAN;
            grad[n + i] = inside ? log(r) - excess + mle_log_minus_digamma(a) : NAN;
        }
        if (hess) {
            hess[i] = inside ? -a * (2 * excess + 1) / (mu * mu) : NAN;
            hess[n + i] = inside ? excess / mu : NAN;
            hess[2 * n + i] = inside ? -mle_a_trigamma_minus_1(a) / a : NAN;
        }
    }
}

static void to_canonical(const double theta[], double canonical[])
{
    canonical[0] = theta[1];
    canonical[1] = theta[1] / theta[0];
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
    solve(e, theta);
    double shape = isfinite(theta[0]) ? theta[0] : 1e3;
    theta[0] = e->stat[1];
    theta[1] = shape;
}

static double deviance(double y, const double theta[], double trials)
{
    (void)trials;
    return -2 * mle_log1pmx((y - theta[0]) / theta[0]);
}

static const struct mle_family mean_form = {
    .name = "gamma",
    .title = "Gamma",
    .doc = "shape and rate = shape / mu",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "mu", MLE_POSITIVE, MLE_ACT_SCALE, "mean" },
               { "shape", MLE_POSITIVE, MLE_ACT_NONE, "shape" } },
    .precision = { 0, 1 },
    .row_cost_ns = 40,
    .concave = "log",
    .deviance = deviance,
    .rows = mean_rows,
    .sufficient = &sufficient,
    .start = mean_start,
    .exists = exists,
    .cdf = mean_cdf,
    .quantile = mean_quantile,
    .mean = mean_mean,
    .entropy = mean_entropy,
};

const struct mle_family mle_family_gamma = {
    .name = "gamma",
    .title = "Gamma",
    .doc = "log f(y) = shape log rate - log Gamma(shape) + (shape - 1) log y - rate y. "
           "Johnson, Kotz & Balakrishnan (1994) 17.8",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "shape", MLE_POSITIVE, MLE_ACT_NONE, "shape" },
               { "rate", MLE_POSITIVE, MLE_ACT_INVERSE_SCALE, "1 / scale" } },
    .scipy = "scipy.stats.gamma(a={shape}, scale={1/rate})",
    .r = "dgamma(x, shape = {shape}, rate = {rate})",
    .precision = { 1, 1 },
    .regression = &mean_form,
    .row_cost_ns = 40,
    .rows = rows,
    .sufficient = &sufficient,
    .solve = solve,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
