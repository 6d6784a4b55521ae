#include "core/family/zero.h"
#include "core/math/logs.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    mle_zero_rows(MLE_HURDLE, 2, obs, theta, ll, grad, hess);
}

static void solve(const struct mle_evidence *e, double theta[])
{
    struct mle_zero_counts c = mle_zero_count(e);
    theta[0] = fmin(c.zeros / c.weight, nextafter(1, 0));
    theta[1] = mle_zero_truncated_lambda(&c);
}

/* Two parts that share no parameter: the zeros, strictly concave in pi, and the zero-truncated
   Poisson law of the rest, an exponential family. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    struct mle_zero_counts c = mle_zero_count(e);
    if (c.positives == 0) {
        mle_zero_settle_hurdle_all_zero(e, 2, x);
        return;
    }
    bool no_zero = c.zeros == 0 && !mle_zero_is_fixed(e, 0);
    bool ones = c.beyond == 0 && !mle_zero_is_fixed(e, 1);
    x->certificate = MLE_CERTIFICATE_UNIQUE_ROOT;
    if (!no_zero && !ones)
        return;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE, "%s%s%s",
               no_zero ? "no count is 0: the maximum is at pi = 0" : "",
               no_zero && ones ? "; " : "",
               ones ? "all positive counts are 1: the likelihood rises as lambda falls to 0, where "
                      "the positive part is the point mass at 1"
                    : "");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->theta[0] = no_zero ? 0 : NAN;
    x->theta[1] = ones ? 0 : NAN;
    x->limit_param = ones ? "lambda" : "pi";
    mle_zero_close(MLE_HURDLE, e, 2, x);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_zero_cdf(MLE_HURDLE, y, theta[0], theta[1], INFINITY, tail);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_zero_quantile(MLE_HURDLE, cdf, p, theta, INFINITY, tail);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return mle_zero_mean(MLE_HURDLE, theta[0], theta[1], INFINITY);
}

const struct mle_family mle_family_hurdle_poisson = {
    .name = "hurdle_poisson",
    .title = "Hurdle Poisson",
    .doc = "f(0) = pi, f(y) = (1 - pi) lambda^y / ((exp(lambda) - 1) y!). Mullahy (1986)",
    .measure = MLE_COUNTING,
    .support = { 0, INFINITY, .lower_closed = true, .integer = true },
    .n_param = 2,
    .param = { { "pi", MLE_UNIT_CLOSED, MLE_ACT_FIXED_UNIT, "probability of 0" },
               { "lambda", MLE_NON_NEGATIVE, MLE_ACT_FIXED_UNIT,
                 "mean of the Poisson law that is truncated at 0" } },
    .location = 1,
    .r = "VGAM::dzapois(x, lambda = {lambda}, pobs0 = {pi})",
    .row_cost_ns = 120,
    .rows = rows,
    .solve = solve,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
};
