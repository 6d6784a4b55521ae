#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"
#include "core/math/special.h"

/* log(2 / pi) / 2 */
#define HALF_LOG_2_OVER_PI (-0.22579135264472743236)

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    for (size_t i = 0; i < obs->n; i++) {
        double sigma = mle_view_at(theta[0], i), y = obs->y[i];
        bool inside = y >= 0;
        double z = inside ? y / sigma : MLE_NAN;
        ll[i] = inside ? HALF_LOG_2_OVER_PI - log(sigma) - 0.5 * z * z : -MLE_INFINITY;
        if (grad)
            grad[i] = (z * z - 1) / sigma;
        if (hess)
            hess[i] = (1 - 3 * z * z) / sigma / sigma;
    }
}

/* --- sufficient statistics: weight, sum of squares -----------------------------------------------
 */

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    struct mle_moments m = mle_moments_about(obs->n, obs->y, w, 0);
    stat[0] = m.weight;
    stat[1] = m.m2 + m.weight * m.mean * m.mean;
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double w = stat[0], sigma = theta[0], zz = stat[1] / sigma / sigma;
    *ll = w * (HALF_LOG_2_OVER_PI - log(sigma)) - 0.5 * zz;
    if (grad)
        grad[0] = (zz - w) / sigma;
    if (hess)
        hess[0] = (w - 3 * zz) / sigma / sigma;
}

static void solve(const struct mle_evidence *e, double theta[])
{
    theta[0] = sqrt(e->stat[1] / e->stat[0]);
}

static const struct mle_sufficient sufficient = {
    .n_stat = 2,
    .tile = stat_tile,
    .loglik = stat_loglik,
};

/* In 1 / sigma^2 the log-likelihood is strictly concave. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (e->max > 0)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               "all values are 0: the density at 0 grows without limit as sigma falls to 0");
    x->supremum = INFINITY;
    x->theta[0] = 0;
    x->collapses = "sigma";
}

/* --- the distribution ----------------------------------------------------------------------------
 */

/* P(Y <= y) = erf(z / sqrt 2), which keeps its digits near 0. */
static double lower(double z)
{
    return erf(z * 0.70710678118654752440);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = y > 0 ? y / theta[0] : 0;
    if (tail.upper)
        return tail.log_p ? MLE_LN2 + mle_normal_log_cdf(-z) : 2 * mle_normal_cdf(-z);
    if (!tail.log_p)
        return lower(z);
    return z < 1 ? log(lower(z)) : log1p(-2 * mle_normal_cdf(-z));
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    if (!(y > 0)) {
        mle_tail_constant(1, upper ? 0 : -MLE_INFINITY, log_p, grad, hess);
        return;
    }
    double sigma = theta[0], z = y / sigma, d1, d2;
    if (upper) {
        mle_tail_normal(z, log_p, &d1, &d2);
        *log_p += MLE_LN2;
    } else {
        *log_p = cdf(y, theta, trials, (struct mle_tail){ false, true });
        d1 = 2 * mle_normal_pdf(z) / lower(z);
        d2 = -d1 * (z + d1);
    }
    if (grad)
        grad[0] = -z * d1 / sigma;
    if (hess)
        hess[0] = z * (2 * d1 + z * d2) / sigma / sigma;
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z;
    if (tail.upper)
        z = tail.log_p ? -mle_normal_log_quantile(p - MLE_LN2) : -mle_normal_quantile(0.5 * p);
    else if (tail.log_p ? p < -1e-3 : p < 0.999) {
        /* 2 phi(0) z and a Newton step or two from there on: erf is odd and concave */
        double log_p = tail.log_p ? p : log(p);
        if (log_p < -30)
            return theta[0] * exp(log_p + 0.5 * (MLE_LOG_2PI - 2 * MLE_LN2));
        double at = exp(log_p);
        z = mle_normal_quantile(0.5 + 0.5 * at);
        for (int i = 0; i < 3; i++)
            z -= (lower(z) - at) / (2 * mle_normal_pdf(z));
    } else {
        z = -mle_normal_quantile(0.5 * (tail.log_p ? -expm1(p) : 1 - p));
    }
    return theta[0] * z;
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0] / sqrt(MLE_PI_2);
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return 0.5 - HALF_LOG_2_OVER_PI + log(theta[0]);
}

const struct mle_family mle_family_half_normal = {
    .name = "half_normal",
    .title = "Half-normal",
    .doc = "log f(y) = log(2 / pi)/2 - log sigma - (y / sigma)^2 / 2. "
           "Johnson, Kotz & Balakrishnan (1994) 13.10",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = true },
    .n_param = 1,
    .param = { { "sigma", MLE_POSITIVE, MLE_ACT_SCALE, "scale (root of the mean square)" } },
    .scipy = "scipy.stats.halfnorm(scale={sigma})",
    .r = "2 * dnorm(x, mean = 0, sd = {sigma})",
    .row_cost_ns = 4,
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
