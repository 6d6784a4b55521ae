#include "core/family/zero.h"
#include "core/math/logs.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    mle_zero_rows(MLE_INFLATED, 2, obs, theta, ll, grad, hess);
}

/* In the probability of 0 and lambda the likelihood is a product: the share of zeros, and the
   zero-truncated Poisson law of the rest. pi follows from both. */
static void solve(const struct mle_evidence *e, double theta[])
{
    struct mle_zero_counts c = mle_zero_count(e);
    double lambda = mle_zero_truncated_lambda(&c), zero = c.zeros / c.weight;
    theta[0] = fmax((zero - exp(-lambda)) / -expm1(-lambda), 1e-300);
    theta[1] = lambda;
}

/* That likelihood has one maximum, strictly concave as it is in log lambda and in the probability
   of 0, which must be at least e^-lambda. With s the share of zeros and m the mean of the positive
   counts its maximum is allowed iff s > e^-lambda, where lambda / (1 - e^-lambda) = m. Now log s +
   (1 - s) m is concave in s and is 0 at s = 1 and at s = e^-lambda, so this is log s + mean > 0:
   there are more zeros than in a Poisson law of that mean. If not, the maximum lies at the edge pi
   = 0, since inside there is no stationary point: Poisson. With lambda given log L is concave in
   pi. With pi given nothing is known. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    bool pi_fixed = mle_zero_is_fixed(e, 0), lambda_fixed = mle_zero_is_fixed(e, 1);
    struct mle_zero_counts c = mle_zero_count(e);
    if (c.positives == 0) {
        mle_zero_settle_all_zero(e, 2, x);
        return;
    }
    x->certificate = pi_fixed ? MLE_CERTIFICATE_NONE : MLE_CERTIFICATE_UNIQUE_ROOT;
    double lambda = lambda_fixed ? e->value[1] : c.sum / c.weight;
    double more = log(c.zeros / c.weight) + lambda;
    if (pi_fixed || more > 1e-13 * (1 + lambda))
        return;
    mle_settle(
        x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_KKT,
        "%.6g %% of the counts are 0, no more than the %.6g %% of a Poisson law with the mean "
        "%.6g: the maximum is at pi = 0",
        100 * c.zeros / c.weight, 100 * exp(-lambda), lambda);
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->theta[0] = 0;
    x->limit_family = "poisson";
    x->limit_param = "pi";
    mle_zero_close(MLE_INFLATED, e, 2, x);
}

static void start(const struct mle_evidence *e, double theta[])
{
    struct mle_zero_counts c = mle_zero_count(e);
    theta[0] = c.zeros / c.weight / 2;
    theta[1] = mle_zero_is_fixed(e, 0) ? c.sum / c.weight / (1 - e->value[0])
                                       : mle_zero_truncated_lambda(&c);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_zero_cdf(MLE_INFLATED, y, theta[0], theta[1], INFINITY, tail);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_zero_quantile(MLE_INFLATED, cdf, p, theta, INFINITY, tail);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return mle_zero_mean(MLE_INFLATED, theta[0], theta[1], INFINITY);
}

const struct mle_family mle_family_zero_inflated_poisson = {
    .name = "zero_inflated_poisson",
    .title = "Zero-inflated Poisson",
    .doc = "f(0) = pi + (1 - pi) exp(-lambda), f(y) = (1 - pi) exp(-lambda) lambda^y / y!. Lambert "
           "(1992)",
    .measure = MLE_COUNTING,
    .support = { 0, INFINITY, .lower_closed = true, .integer = true },
    .n_param = 2,
    .param = { { "pi",
                 { 0, 1, .closed_lower = true, .closed_upper = false },
                 MLE_ACT_FIXED_UNIT,
                 "probability of an extra zero",
                 .search = { 1e-12, 1 } },
               { "lambda", MLE_NON_NEGATIVE, MLE_ACT_FIXED_UNIT, "mean of the Poisson part" } },
    .location = 1,
    .r = "VGAM::dzipois(x, lambda = {lambda}, pstr0 = {pi})",
    .row_cost_ns = 120,
    .rows = rows,
    .solve = solve,
    .start = start,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
};
