#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    for (size_t i = 0; i < obs->n; i++) {
        double sigma = mle_view_at(theta[0], i), y = obs->y[i];
        bool inside = y > 0;
        double z = inside ? y / sigma : MLE_NAN;
        ll[i] = inside ? log(z) - log(sigma) - 0.5 * z * z : -MLE_INFINITY;
        if (grad)
            grad[i] = (z * z - 2) / sigma;
        if (hess)
            hess[i] = (2 - 3 * z * z) / sigma / sigma;
    }
}

/* --- sufficient statistics: weight, sum of logs, sum of squares ----------------------------------
 */

enum { S_WEIGHT, S_LOG, S_SQUARE, N_STAT };

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    enum { CHUNK = 1024 };
    double square[CHUNK];
    stat[S_WEIGHT] = w ? mle_sum(obs->n, w) : (double)obs->n;
    stat[S_LOG] = mle_weighted_sum_log(obs->n, obs->y, w);
    stat[S_SQUARE] = 0;
    for (size_t lo = 0; lo < obs->n; lo += CHUNK) {
        size_t n = obs->n - lo < CHUNK ? obs->n - lo : CHUNK;
        for (size_t i = 0; i < n; i++)
            square[i] = obs->y[lo + i] * obs->y[lo + i];
        stat[S_SQUARE] += mle_weighted_sum(n, square, w ? w + lo : NULL);
    }
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double w = stat[S_WEIGHT], sigma = theta[0], zz = stat[S_SQUARE] / sigma / sigma;
    *ll = stat[S_LOG] - 2 * w * log(sigma) - 0.5 * zz;
    if (grad)
        grad[0] = (zz - 2 * w) / sigma;
    if (hess)
        hess[0] = (2 * w - 3 * zz) / sigma / sigma;
}

static void solve(const struct mle_evidence *e, double theta[])
{
    theta[0] = sqrt(e->stat[S_SQUARE] / e->stat[S_WEIGHT] / 2);
}

static const struct mle_sufficient sufficient = {
    .n_stat = N_STAT,
    .tile = stat_tile,
    .loglik = stat_loglik,
};

/* In 1 / sigma^2 the log-likelihood W log(1/sigma^2) - sum y^2 / sigma^2 / 2 is strictly concave,
   and no row is 0. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    (void)e;
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
}

/* --- the distribution: y^2 / (2 sigma^2) is exponential ------------------------------------------
 */

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = y > 0 ? y / theta[0] : 0, x = 0.5 * z * z;
    if (tail.upper)
        return tail.log_p ? -x : exp(-x);
    if (tail.log_p)
        return x < 1e-17 ? 2 * log(z) - MLE_LN2 : mle_log1mexp(-x);
    return -expm1(-x);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    if (!(y > 0)) {
        mle_tail_constant(1, upper ? 0 : -MLE_INFINITY, log_p, grad, hess);
        return;
    }
    double sigma = theta[0], z = y / sigma, zz = z * z;
    *log_p = -0.5 * zz;
    if (grad)
        grad[0] = zz / sigma;
    if (hess)
        hess[0] = -3 * zz / sigma / sigma;
    if (!upper && zz > 0)
        mle_tail_complement(1, log_p, grad, hess);
    else if (!upper)
        mle_tail_constant(1, 2 * log(z) - MLE_LN2, log_p, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double x; /* -log of the upper tail */
    if (tail.upper)
        x = tail.log_p ? -p : -log(p);
    else if (tail.log_p && p < -40)
        return theta[0] * exp(0.5 * (p + MLE_LN2));
    else
        x = tail.log_p ? -mle_log1mexp(p) : -log1p(-p);
    return theta[0] * sqrt(2 * x);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0] * sqrt(MLE_PI_2);
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return 1 + log(theta[0]) - 0.5 * MLE_LN2 + 0.5 * MLE_EULER_GAMMA;
}

const struct mle_family mle_family_rayleigh = {
    .name = "rayleigh",
    .title = "Rayleigh",
    .doc = "log f(y) = log y - 2 log sigma - (y / sigma)^2 / 2. "
           "Johnson, Kotz & Balakrishnan (1994) 18.10",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = false },
    .n_param = 1,
    .param = { { "sigma", MLE_POSITIVE, MLE_ACT_SCALE, "scale (the mode)" } },
    .scipy = "scipy.stats.rayleigh(scale={sigma})",
    .r = "x / {sigma}^2 * exp(-(x / {sigma})^2 / 2)",
    .row_cost_ns = 6,
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
