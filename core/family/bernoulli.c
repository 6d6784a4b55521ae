#include "core/family/binary.h"
#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

/* log p from p and its complement: whichever has the digits. */
static double log_p(double p, double complement)
{
    return p < 0.5 ? log(p) : log1p(-complement);
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    for (size_t i = 0; i < obs->n; i++) {
        double p = mle_view_at(theta[0], i), y = obs->y[i];
        bool inside = y == 0 || y == 1;
        double below = obs->complement ? obs->complement[i] : 1 - p;
        double q = y == 1 ? p : -below; /* d log f / dp = 1 / q */
        ll[i] = !inside ? -INFINITY : y == 1 ? log_p(p, below) : log_p(below, p);
        if (grad)
            grad[i] = inside ? 1 / q : NAN;
        if (hess)
            hess[i] = inside ? -1 / (q * q) : NAN;
    }
}

static void solve(const struct mle_evidence *e, double theta[])
{
    theta[0] = mle_weighted_sum(e->obs.n, e->obs.y, e->w) / e->weight_sum;
}

static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (e->min < e->max)
        return;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
               "all values are %g: the likelihood p^k (1-p)^(n-k) has its maximum 1 at p = %g",
               e->min, e->min);
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = 0;
    x->theta[0] = e->min;
    x->limit_param = "p";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double p = theta[0];
    double value = y < 0    ? (tail.upper ? 1 : 0)
                   : y >= 1 ? (tail.upper ? 0 : 1)
                            : (tail.upper ? p : 1 - p);
    if (!tail.log_p)
        return value;
    return y >= 0 && y < 1 && !tail.upper ? log1p(-p) : log(value);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double value = tail.log_p ? exp(p) : p;
    if (!(value >= 0 && value <= 1))
        return NAN;
    return tail.upper ? (value < theta[0] ? 1 : 0) : (value <= 1 - theta[0] ? 0 : 1);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0];
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return -mle_xlogy(theta[0], theta[0]) - mle_xlog1py(1 - theta[0], -theta[0]);
}

static int recedes(double y, double trials)
{
    (void)trials;
    return y == 1 ? 1 : -1;
}

static double deviance(double y, const double theta[], double trials)
{
    (void)trials;
    return -2 * (y == 1 ? log(theta[0]) : log1p(-theta[0]));
}

static bool by_predictor(const struct mle_obs *obs, const struct mle_link *link, const double eta[],
                         double ll[], double d1[], double d2[])
{
    struct mle_log_of_eta p, q;
    for (size_t i = 0; i < obs->n; i++) {
        double y = obs->y[i];
        if (!mle_binary_logs(link, eta[i], &p, &q))
            return false;
        const struct mle_log_of_eta *mine = y == 1 ? &p : &q;
        bool inside = y == 0 || y == 1;
        ll[i] = inside ? mine->value : -INFINITY;
        if (d1)
            d1[i] = inside ? mine->d1 : NAN;
        if (d2)
            d2[i] = inside ? mine->d2 : NAN;
    }
    return true;
}

const struct mle_family mle_family_bernoulli = {
    .name = "bernoulli",
    .title = "Bernoulli",
    .doc = "log f(y) = y log p + (1 - y) log(1 - p). Johnson, Kemp & Kotz (2005) 3.2",
    .measure = MLE_COUNTING,
    .support = { 0, 1, .lower_closed = true, .upper_closed = true, .integer = true },
    .n_param = 1,
    .param = { { "p", MLE_UNIT_CLOSED, MLE_ACT_FIXED_UNIT, "probability of 1" } },
    .scipy = "scipy.stats.bernoulli(p={p})",
    .r = "dbinom(x, size = 1, prob = {p})",
    .row_cost_ns = 8,
    .conditional = { { 0, "mu" } },
    .concave = "logit probit cloglog loglog",
    .recedes = recedes,
    .deviance = deviance,
    .by_predictor = by_predictor,
    .rows = rows,
    .solve = solve,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
