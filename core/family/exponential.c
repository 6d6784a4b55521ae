#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    for (size_t i = 0; i < obs->n; i++) {
        double rate = mle_view_at(theta[0], i), y = obs->y[i];
        ll[i] = y < 0 ? -INFINITY : log(rate) - rate * y;
        if (grad)
            grad[i] = y < 0 ? NAN : 1 / rate - y;
        if (hess)
            hess[i] = y < 0 ? NAN : -1 / (rate * rate);
    }
}

/* --- sufficient statistics: weight, sum --------------------------------------------------------
 */

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    stat[0] = w ? mle_sum(obs->n, w) : (double)obs->n;
    stat[1] = mle_weighted_sum(obs->n, obs->y, w);
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double rate = theta[0];
    *ll = stat[0] * log(rate) - rate * stat[1];
    if (grad)
        grad[0] = stat[0] / rate - stat[1];
    if (hess)
        hess[0] = -stat[0] / rate / rate;
}

static void solve(const struct mle_evidence *e, double theta[])
{
    theta[0] = e->stat[0] / e->stat[1];
}

static const struct mle_sufficient sufficient = {
    .n_stat = 2,
    .tile = stat_tile,
    .loglik = stat_loglik,
};

/* w log rate - rate * sum is strictly concave in rate. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (e->max > 0)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               "all values are 0: the density at 0 is the rate, which grows without limit");
    x->supremum = INFINITY;
    x->theta[0] = INFINITY;
    x->collapses = "rate";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_upper = y > 0 ? -theta[0] * y : 0;
    if (tail.upper)
        return tail.log_p ? log_upper : exp(log_upper);
    return tail.log_p ? mle_log1mexp(log_upper) : -expm1(log_upper);
}

/* log P(Y > y) = -rate y */
static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    if (!(y > 0)) {
        mle_tail_constant(1, upper ? 0 : -(double)INFINITY, log_p, grad, hess);
        return;
    }
    *log_p = -theta[0] * y;
    if (grad)
        grad[0] = -y;
    if (hess)
        hess[0] = 0;
    if (!upper)
        mle_tail_complement(1, log_p, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_upper =
        tail.upper ? (tail.log_p ? p : log(p)) : (tail.log_p ? mle_log1mexp(p) : log1p(-p));
    return -log_upper / theta[0];
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return 1 / theta[0];
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return 1 - log(theta[0]);
}

/* --- with predictors: scale = 1 / rate, the mean -----------------------------------------------
 */

static void scale_rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                       double grad[], double hess[])
{
    for (size_t i = 0; i < obs->n; i++) {
        double scale = mle_view_at(theta[0], i), y = obs->y[i], excess = (y - scale) / scale;
        bool inside = y >= 0;
        ll[i] = inside ? -log(scale) - y / scale : -INFINITY;
        if (grad)
            grad[i] = inside ? excess / scale : NAN;
        if (hess)
            hess[i] = inside ? -(2 * excess + 1) / (scale * scale) : NAN;
    }
}

static double scale_cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    double rate = 1 / theta[0];
    return cdf(y, &rate, trials, tail);
}

/* log P(Y > y) = -y / scale */
static void scale_tail(double y, const double theta[], double trials, bool upper, double *log_p,
                       double grad[], double hess[])
{
    (void)trials;
    double scale = theta[0];
    if (!(y > 0)) {
        mle_tail_constant(1, upper ? 0 : -(double)INFINITY, log_p, grad, hess);
        return;
    }
    *log_p = -y / scale;
    if (grad)
        grad[0] = y / (scale * scale);
    if (hess)
        hess[0] = -2 * y / (scale * scale * scale);
    if (!upper)
        mle_tail_complement(1, log_p, grad, hess);
}

static double scale_quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    double rate = 1 / theta[0];
    return quantile(p, &rate, trials, tail);
}

static double scale_mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0];
}

static double scale_entropy(const double theta[], double trials)
{
    (void)trials;
    return 1 + log(theta[0]);
}

static void scale_start(const struct mle_evidence *e, double theta[])
{
    solve(e, theta);
    theta[0] = 1 / theta[0];
}

static double deviance(double y, const double theta[], double trials)
{
    (void)trials;
    return -2 * mle_log1pmx((y - theta[0]) / theta[0]);
}

static const struct mle_family scale_form = {
    .name = "exponential",
    .title = "Exponential",
    .doc = "rate = 1 / scale",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = true },
    .n_param = 1,
    .param = { { "scale", MLE_POSITIVE, MLE_ACT_SCALE, "mean" } },
    .row_cost_ns = 5,
    .concave = "log",
    .deviance = deviance,
    .rows = scale_rows,
    .sufficient = &sufficient,
    .start = scale_start,
    .exists = exists,
    .cdf = scale_cdf,
    .tail = scale_tail,
    .quantile = scale_quantile,
    .mean = scale_mean,
    .entropy = scale_entropy,
};

const struct mle_family mle_family_exponential = {
    .name = "exponential",
    .title = "Exponential",
    .doc = "log f(y) = log rate - rate y. Johnson, Kotz & Balakrishnan (1994) 19.1",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = true },
    .n_param = 1,
    .param = { { "rate", MLE_POSITIVE, MLE_ACT_INVERSE_SCALE, "1 / mean" } },
    .scipy = "scipy.stats.expon(scale={1/rate})",
    .r = "dexp(x, rate = {rate})",
    .row_cost_ns = 2,
    .regression = &scale_form,
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
