#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

/* y log lambda - lambda - log y!, put together around y = lambda for large y (Loader 2000). */
static double log_density(double y, double lambda)
{
    if (y < 16)
        return mle_xlogy(y, lambda) - lambda - mle_lgamma(y + 1);
    return -mle_deviance(y, lambda) - 0.5 * log(y) - MLE_HALF_LOG_2PI - mle_stirling_error(y);
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    for (size_t i = 0; i < obs->n; i++) {
        double lambda = mle_view_at(theta[0], i), y = obs->y[i];
        bool inside = y >= 0 && y == rint(y);
        ll[i] = inside ? log_density(y, lambda) : -INFINITY;
        if (grad)
            grad[i] = !inside ? NAN : y > 0 ? y / lambda - 1 : -1;
        if (hess)
            hess[i] = !inside ? NAN : y > 0 ? -y / (lambda * lambda) : 0;
    }
}

static void solve(const struct mle_evidence *e, double theta[])
{
    theta[0] = mle_weighted_sum(e->obs.n, e->obs.y, e->w) / e->weight_sum;
}

static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (e->max > 0)
        return;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
               "all counts are 0: the likelihood exp(-n lambda) has its maximum 1 at lambda = 0, "
               "the point mass at 0");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = 0;
    x->theta[0] = 0;
    x->limit_param = "lambda";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double k = floor(y);
    if (k < 0)
        return tail.upper ? (tail.log_p ? 0 : 1) : (tail.log_p ? -INFINITY : 0);
    /* P(Y <= k) = Q(k + 1, lambda) */
    if (tail.log_p)
        return tail.upper ? mle_log_gamma_p(k + 1, theta[0]) : mle_log_gamma_q(k + 1, theta[0]);
    return tail.upper ? mle_gamma_p(k + 1, theta[0]) : mle_gamma_q(k + 1, theta[0]);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0];
}

/* -sum f log f over the values that carry probability; the terms left out are below 1e-17 each. */
static double entropy(const double theta[], double trials)
{
    (void)trials;
    double lambda = theta[0], sum = 0;
    if (lambda == 0)
        return 0;
    if (lambda > 1e6) {
        /* Stirling series of the entropy: Evans, Boersma, Blachman & Jagerman (1988) */
        double v = 1 / lambda;
        return 0.5 * (MLE_LOG_2PI + 1 + log(lambda)) -
               v * (1.0 / 12 + v * (1.0 / 24 + v * 19 / 360));
    }
    double half_width = 10 * sqrt(lambda) + 40;
    double from = floor(fmax(0, lambda - half_width)), to = ceil(lambda + half_width);
    for (double y = from; y <= to; y++) {
        double log_f = log_density(y, lambda);
        sum -= log_f > -700 ? exp(log_f) * log_f : 0;
    }
    return sum;
}

static int recedes(double y, double trials)
{
    (void)trials;
    return y == 0 ? -1 : 0;
}

static double deviance(double y, const double theta[], double trials)
{
    (void)trials;
    return 2 * mle_deviance(y, theta[0]);
}

const struct mle_family mle_family_poisson = {
    .name = "poisson",
    .title = "Poisson",
    .doc = "log f(y) = y log lambda - lambda - log y!. Johnson, Kemp & Kotz (2005) 4.1",
    .measure = MLE_COUNTING,
    .support = { 0, INFINITY, .lower_closed = true, .integer = true },
    .n_param = 1,
    .param = { { "lambda", MLE_NON_NEGATIVE, MLE_ACT_FIXED_UNIT, "mean" } },
    .scipy = "scipy.stats.poisson(mu={lambda})",
    .r = "dpois(x, lambda = {lambda})",
    .row_cost_ns = 20,
    .conditional = { { 0, "mu" } },
    .concave = "log",
    .recedes = recedes,
    .deviance = deviance,
    .rows = rows,
    .solve = solve,
    .exists = exists,
    .cdf = cdf,
    .mean = mean,
    .entropy = entropy,
};
