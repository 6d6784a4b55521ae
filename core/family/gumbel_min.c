#include "core/family/gumbel.h"
#include "core/family/tails.h"
#include "core/math/logs.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    mle_gumbel_rows(obs, theta, -1, ll, grad, hess);
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    mle_gumbel_sum(obs, w, theta, -1, out);
}

static void solve(const struct mle_evidence *e, double theta[])
{
    mle_gumbel_solve(e, -1, theta);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    tail.upper = !tail.upper;
    return mle_gumbel_cdf((theta[0] - y) / theta[1], tail);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double d1, d2, z = (y - theta[0]) / theta[1];
    mle_gumbel_tail(-z, !upper, log_p, &d1, &d2);
    mle_tail_location_scale(theta[1], z, -d1, d2, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    tail.upper = !tail.upper;
    return theta[0] - theta[1] * mle_gumbel_quantile(p, tail);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0] - MLE_EULER_GAMMA * theta[1];
}

const struct mle_family mle_family_gumbel_min = {
    .name = "gumbel_min",
    .title = "Gumbel of minima",
    .doc = "log f(y) = -log sigma + z - exp(z), z = (y - mu)/sigma: the log of a Weibull variable. "
           "Johnson, Kotz & Balakrishnan (1995) 22.1",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "mu", MLE_REAL, MLE_ACT_LOCATION, "mode" },
               { "sigma", MLE_POSITIVE, MLE_ACT_SCALE, "scale" } },
    .scipy = "scipy.stats.gumbel_l(loc={mu}, scale={sigma})",
    .r = "evd::dgumbel(-x, loc = {-mu}, scale = {sigma})",
    .row_cost_ns = 8,
    .rows = rows,
    .sum = sum,
    .solve = solve,
    .exists = mle_gumbel_exists,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = mle_gumbel_entropy,
};
