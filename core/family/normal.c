#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double mu = mle_view_at(theta[0], i), sigma = mle_view_at(theta[1], i);
        double z = (obs->y[i] - mu) / sigma;
        ll[i] = -MLE_HALF_LOG_2PI - log(sigma) - 0.5 * z * z;
        if (grad) {
            grad[i] = z / sigma;
            grad[n + i] = (z * z - 1) / sigma;
        }
        if (hess) {
            double precision = 1 / (sigma * sigma);
            hess[i] = -precision;
            hess[n + i] = -2 * z * precision;
            hess[2 * n + i] = (1 - 3 * z * z) * precision;
        }
    }
}

/* --- sufficient statistics: weight, mean, sum of squares about the mean ------------------------
 */

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    struct mle_moments m = mle_moments(obs->n, obs->y, w);
    stat[0] = m.weight;
    stat[1] = m.mean;
    stat[2] = m.m2;
}

static void stat_merge(double into[], const double from[])
{
    struct mle_moments a = { into[0], into[1], into[2] }, b = { from[0], from[1], from[2] };
    mle_moments_merge(&a, &b);
    into[0] = a.weight;
    into[1] = a.mean;
    into[2] = a.m2;
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double w = stat[0], d = stat[1] - theta[0], sigma = theta[1];
    double m2 = stat[2] + w * d * d; /* about mu */
    double z2 = m2 / sigma / sigma;
    *ll = -w * (MLE_HALF_LOG_2PI + log(sigma)) - 0.5 * z2;
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
    theta[0] = e->stat[1];
    theta[1] = sqrt(e->stat[2] / e->stat[0]);
}

static const struct mle_sufficient sufficient = {
    .n_stat = 3,
    .tile = stat_tile,
    .merge = stat_merge,
    .loglik = stat_loglik,
};

/* In the natural parameters (mu / sigma^2, -1 / (2 sigma^2)) the log-likelihood of an exponential
   family is strictly concave, so a stationary point is the maximum; only when all values are alike
   does the density grow without bound as sigma falls to 0. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool mu_fixed = e->fixed && e->fixed[0], sigma_fixed = e->fixed && e->fixed[1];
    bool away = mu_fixed && e->min != e->value[0]; /* from a given mu: sigma stays above 0 */
    if (sigma_fixed || e->min < e->max || away)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               e->n == 1 ? "there is one row: the density at it grows without limit as sigma falls "
                           "to 0 with mu at its value"
                         : "all values are equal: the density at them grows without limit as sigma "
                           "falls to 0 with mu at that value");
    x->supremum = INFINITY;
    x->theta[0] = e->min;
    x->collapses = "sigma";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = (y - theta[0]) / theta[1];
    z = tail.upper ? -z : z;
    return tail.log_p ? mle_normal_log_cdf(z) : mle_normal_cdf(z);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double z = (y - theta[0]) / theta[1], d1, d2;
    mle_tail_normal(upper ? z : -z, log_p, &d1, &d2);
    mle_tail_location_scale(theta[1], z, upper ? d1 : -d1, d2, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = tail.log_p ? mle_normal_log_quantile(p) : mle_normal_quantile(p);
    return theta[0] + theta[1] * (tail.upper ? -z : z);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0];
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return MLE_HALF_LOG_2PI + 0.5 + log(theta[1]);
}

static double mean_squared_error(const struct mle_evidence *e, const double theta[])
{
    double d = e->stat[1] - theta[0];
    return e->stat[2] / e->stat[0] + d * d;
}

static double deviance(double y, const double theta[], double trials)
{
    (void)trials;
    return (y - theta[0]) * (y - theta[0]);
}

const struct mle_family mle_family_normal = {
    .name = "normal",
    .title = "Normal (Gaussian)",
    .doc = "log f(y) = -log(2 pi)/2 - log sigma - ((y - mu)/sigma)^2/2. Its cross-entropy is mean "
           "squared error up to constants. Johnson, Kotz & Balakrishnan (1994) 13.1",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "mu", MLE_REAL, MLE_ACT_LOCATION, "mean" },
               { "sigma", MLE_POSITIVE, MLE_ACT_SCALE, "standard deviation (ML: divisor n)" } },
    .scipy = "scipy.stats.norm(loc={mu}, scale={sigma})",
    .r = "dnorm(x, mean = {mu}, sd = {sigma})",
    .precision = { 0, -0.5 },
    .row_cost_ns = 4,
    .concave = "identity",
    .deviance = deviance,
    .rows = rows,
    .sufficient = &sufficient,
    .solve = solve,
    .exists = exists,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
    .mean_squared_error = mean_squared_error,
};
