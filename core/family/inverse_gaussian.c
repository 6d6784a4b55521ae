#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/numeric.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

extern const struct mle_family mle_family_inverse_gaussian;

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double mu = mle_view_at(theta[0], i), lambda = mle_view_at(theta[1], i), y = obs->y[i];
        bool inside = y > 0;
        double r = y / mu - 1, half = 0.5 * r * r / y; /* (y - mu)^2 / (2 mu^2 y) */
        ll[i] = inside ? 0.5 * log(lambda) - MLE_HALF_LOG_2PI - 1.5 * log(y) - lambda * half
                       : -INFINITY;
        if (grad) {
            grad[i] = inside ? lambda * r / mu / mu : NAN;
            grad[n + i] = inside ? 0.5 / lambda - half : NAN;
        }
        if (hess) {
            hess[i] = inside ? -lambda * (1 + 3 * r) / mu / mu / mu : NAN;
            hess[n + i] = inside ? r / mu / mu : NAN;
            hess[2 * n + i] = inside ? -0.5 / (lambda * lambda) : NAN;
        }
    }
}

/* --- sufficient statistics: weight, mean, gap = sum w (1/y - 1/mean), sum w log y ----------------
   The gap is a sum of positive terms (y - mean)^2 / (y mean^2), so lambda keeps its digits when the
   values lie close together. */

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    stat[0] = w ? mle_sum(obs->n, w) : (double)obs->n;
    stat[1] = mle_moments(obs->n, obs->y, w).mean;
    stat[2] = 0;
    for (size_t i = 0; i < obs->n; i++) {
        double r = (obs->y[i] - stat[1]) / stat[1];
        stat[2] += (w ? w[i] : 1) * (r * r / obs->y[i]);
    }
    stat[3] = mle_weighted_sum_log(obs->n, obs->y, w);
}

static void stat_merge(double into[], const double from[])
{
    double weight = into[0] + from[0], gap = from[1] - into[1];
    double mean = into[1] + gap * (from[0] / weight);
    double between = into[0] * (from[0] / weight) * (gap / mean) * (gap / into[1]) / from[1];
    into[0] = weight;
    into[1] = mean;
    into[2] += from[2] + between;
    into[3] += from[3];
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double w = stat[0], mu = theta[0], lambda = theta[1], r = stat[1] / mu - 1;
    double half = 0.5 * (stat[2] + w * (r * r / stat[1]));
    *ll = w * (0.5 * log(lambda) - MLE_HALF_LOG_2PI) - 1.5 * stat[3] - lambda * half;
    if (grad) {
        grad[0] = w * lambda * r / mu / mu;
        grad[1] = 0.5 * w / lambda - half;
    }
    if (hess) {
        hess[MLE_HESS(0, 0)] = -w * lambda * (1 + 3 * r) / mu / mu / mu;
        hess[MLE_HESS(1, 0)] = w * r / mu / mu;
        hess[MLE_HESS(1, 1)] = -0.5 * w / (lambda * lambda);
    }
}

static void solve(const struct mle_evidence *e, double theta[])
{
    theta[0] = e->stat[1];
    theta[1] = e->stat[0] / e->stat[2];
}

static const struct mle_sufficient sufficient = {
    .n_stat = 4,
    .tile = stat_tile,
    .merge = stat_merge,
    .loglik = stat_loglik,
};

/* In the natural parameters (lambda / mu^2, lambda) of the exponential family the log-likelihood is
   strictly concave; so it is in 1 / mu for a given lambda, and in lambda for a given mu. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool mu_fixed = e->fixed && e->fixed[0], lambda_fixed = e->fixed && e->fixed[1];
    bool away = mu_fixed && e->min != e->value[0];
    if (lambda_fixed || e->min < e->max || away)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               "%s: the likelihood grows without limit as lambda grows with mu at %s",
               e->n == 1 ? "there is one row" : "all values are equal",
               e->n == 1 ? "its value" : "that value");
    x->supremum = INFINITY;
    x->theta[0] = e->min;
    x->theta[1] = INFINITY;
    x->collapses = "lambda";
}

/* --- tails ---------------------------------------------------------------------------------------
   With a = sqrt(lambda / y) (y / mu - 1), b = sqrt(lambda / y) (y / mu + 1) and R the Mills ratio
   1 / hazard, the upper tail is phi(a) (R(a) - R(b)) and the lower one phi(a) (R(-a) + R(b)): the
   factor exp(2 lambda / mu) of the textbooks is gone. Ref: Giner & Smyth (2016), statmod:
   Probability calculations for the inverse Gaussian distribution. */

/* -R'(t) = 1 - t R(t). */
static double mills_fall(double t, const void *ctx)
{
    (void)ctx;
    double h = mle_normal_hazard(t);
    return (h - t) / h;
}

/* log(R(a) - R(b)), 0 < b - a = gap. */
static double log_mills_difference(double a, double b, double gap)
{
    double hazard_a = mle_normal_hazard(a), hazard_b = mle_normal_hazard(b);
    if (hazard_a < 0.5 * hazard_b)
        return log((hazard_b - hazard_a) / hazard_b) - log(hazard_a);
    if (a < 25)
        return log(mle_integrate(mills_fall, NULL, a, b, 1 + (int)(gap / 2)));
    /* R(t) = 1/t - 1/t^3 + 3/t^5 - ..., DLMF 7.12.1, term by term */
    double log_ratio = log1p(gap / a), sum = 0, factor = 1;
    for (int k = 1; k <= 19; k += 2) {
        sum -= factor * expm1(-k * log_ratio);
        factor *= -k / a / a;
    }
    return log(sum) - log(a);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double mu = theta[0], root = sqrt(theta[1] / y), value;
    if (!(y > 0) || isinf(y))
        return (y > 0) == tail.upper ? (tail.log_p ? -MLE_INFINITY : 0) : (tail.log_p ? 0 : 1);
    double a = root * ((y - mu) / mu), b = root * (y / mu + 1);
    double log_phi = -0.5 * a * a - MLE_HALF_LOG_2PI;
    if (tail.upper)
        value = a > -5
                    ? log_phi + log_mills_difference(a, b, 2 * root)
                    : log1p(-exp(log_phi) * (1 / mle_normal_hazard(-a) + 1 / mle_normal_hazard(b)));
    else
        value = a < 5 ? log_phi + log(1 / mle_normal_hazard(-a) + 1 / mle_normal_hazard(b))
                      : mle_log1mexp(log_phi + log_mills_difference(a, b, 2 * root));
    value = fmin(value, 0);
    return tail.log_p ? value : exp(value);
}

/* Newton from the lognormal with the same mean and variance. */
static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double s2 = log1p(theta[0] / theta[1]);
    double z = tail.log_p ? mle_normal_log_quantile(p) : mle_normal_quantile(p);
    double start = theta[0] * exp(sqrt(s2) * (tail.upper ? -z : z) - 0.5 * s2);
    if (!(start > 0) || isinf(start))
        start = theta[0];
    return mle_invert_cdf(&mle_family_inverse_gaussian, p, theta, tail, 0, INFINITY, start);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0];
}

/* e^x E_1(x): the series DLMF 6.6.2 below 1, the continued fraction 6.9.1 (contracted) above. */
static double scaled_e1(double x)
{
    if (x < 1) {
        double sum = 0, term = 1;
        for (int k = 1; k < 30; k++) {
            term *= -x / k;
            sum += term / k;
        }
        return exp(x) * (-MLE_EULER_GAMMA - log(x) - sum);
    }
    double value = 0; /* from the far end: 1/(x+1 - 1/(x+3 - 4/(x+5 - ...))) */
    for (int k = 100; k >= 1; k--)
        value = (double)k * k / (x + 2 * k + 1 - value);
    return 1 / (x + 1 - value);
}

/* log(2 pi e / lambda) / 2 + (3/2) E log y, E log y = log mu - e^x E_1(x), x = 2 lambda / mu. */
static double entropy(const double theta[], double trials)
{
    (void)trials;
    double mean_log = log(theta[0]) - scaled_e1(2 * theta[1] / theta[0]);
    return MLE_HALF_LOG_2PI + 0.5 - 0.5 * log(theta[1]) + 1.5 * mean_log;
}

static double deviance(double y, const double theta[], double trials)
{
    (void)trials;
    double d = (y - theta[0]) / theta[0];
    return d * d / y;
}

const struct mle_family mle_family_inverse_gaussian = {
    .name = "inverse_gaussian",
    .title = "Inverse Gaussian (Wald)",
    .doc =
        "log f(y) = log(lambda / (2 pi y^3))/2 - lambda (y - mu)^2 / (2 mu^2 y). Johnson, Kotz & "
        "Balakrishnan (1994) 15.4",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "mu", MLE_POSITIVE, MLE_ACT_SCALE, "mean" },
               { "lambda", MLE_POSITIVE, MLE_ACT_SCALE, "mean^3 / variance" } },
    .scipy = "scipy.stats.invgauss(mu={mu/lambda}, scale={lambda})",
    .r = "statmod::dinvgauss(x, mean = {mu}, shape = {lambda})",
    .precision = { 0, 1 },
    .row_cost_ns = 12,
    .deviance = deviance,
    .rows = rows,
    .sufficient = &sufficient,
    .solve = solve,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
