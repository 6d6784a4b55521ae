#include "core/family/negative_binomial.h"
#include "core/family/zero.h"
#include "core/math/logs.h"

#include <float.h>

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    mle_zero_rows(MLE_INFLATED, 3, obs, theta, ll, grad, hess);
}

/* The best law with pi = 0, as far as mu and size are free. False if that is not known: mu given.
 */
static bool best_without(const struct mle_evidence *e, const struct mle_zero_counts *c,
                         double theta[2])
{
    if (mle_zero_is_fixed(e, 1))
        return false;
    theta[0] = c->sum / c->weight;
    theta[1] = mle_zero_is_fixed(e, 2) ? e->value[2] : INFINITY;
    if (!mle_zero_is_fixed(e, 2))
        mle_nb_solve(e, theta);
    return true;
}

/* pi = 0 is the edge of the domain. There the score of pi is (zeros / g(0) - all) at the best
   negative binomial law g; if it is not positive that law is a maximum with the edge (Karush, Kuhn
   & Tucker), though others may lie inside. If it is positive there is none on the edge. Without
   zeros the likelihood falls in pi everywhere. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    struct mle_zero_counts c = mle_zero_count(e);
    double best[2];
    if (c.positives == 0) {
        mle_zero_settle_all_zero(e, 3, x);
        return;
    }
    x->certificate = MLE_CERTIFICATE_NONE;
    if (mle_zero_is_fixed(e, 0))
        return;
    bool known = best_without(e, &c, best);
    if (known) {
        double log_zero = mle_nb_log_density(0, best[0], best[1]);
        if (log(c.zeros / c.weight) > log_zero + 1e-13 * (1 - log_zero))
            return;
        mle_settle(
            x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_KKT,
            "%.6g %% of the counts are 0, no more than the %.6g %% of the fitted %s law: the "
            "maximum is at pi = 0",
            100 * c.zeros / c.weight, 100 * exp(log_zero),
            isinf(best[1]) ? "Poisson" : "negative binomial");
    } else if (c.zeros == 0) {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_KKT,
                   "no count is 0: the likelihood falls as pi rises");
        best[1] = mle_zero_is_fixed(e, 2) || mle_nb_excess(e, e->value[1]) > 0 ? 1 : INFINITY;
    } else {
        return;
    }
    x->maximum = known && c.zeros == 0 ? MLE_MAXIMUM_GLOBAL : MLE_MAXIMUM_LOCAL;
    x->theta[0] = 0;
    x->theta[2] = isinf(best[1]) ? INFINITY : NAN;
    x->limit_family = isinf(best[1]) ? "poisson" : "negative_binomial";
    x->limit_param = "pi";
    mle_zero_close(MLE_INFLATED, e, 3, x);
}

/* Size 1 and the mean of the positive counts, which is then mu + 1; at the edge the best law there.
 */
static void start(const struct mle_evidence *e, double theta[])
{
    struct mle_zero_counts c = mle_zero_count(e);
    if (mle_zero_is_fixed(e, 0) && e->value[0] == 0 && best_without(e, &c, theta + 1)) {
        theta[0] = 0;
        return;
    }
    double mu = fmax(c.beyond / c.positives, 0.01), zero = c.zeros / c.weight;
    theta[0] = fmin(fmax((zero - 1 / (1 + mu)) / (1 - 1 / (1 + mu)), 0.02), 0.98);
    theta[1] = mu;
    theta[2] = 1;
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_zero_cdf(MLE_INFLATED, y, theta[0], theta[1], theta[2], tail);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_zero_quantile(MLE_INFLATED, cdf, p, theta, theta[2], tail);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return mle_zero_mean(MLE_INFLATED, theta[0], theta[1], theta[2]);
}

const struct mle_family mle_family_zero_inflated_negative_binomial = {
    .name = "zero_inflated_negative_binomial",
    .title = "Zero-inflated negative binomial",
    .doc =
        "f(0) = pi + (1 - pi) g(0), f(y) = (1 - pi) g(y), g negative binomial (mu, size). Greene "
        "(1994)",
    .measure = MLE_COUNTING,
    .support = { 0, INFINITY, .lower_closed = true, .integer = true },
    .n_param = 3,
    .param = { { "pi",
                 { 0, 1, .closed_lower = true, .closed_upper = false },
                 MLE_ACT_FIXED_UNIT,
                 "probability of an extra zero",
                 .search = { 1e-12, 1 } },
               { "mu", MLE_NON_NEGATIVE, MLE_ACT_FIXED_UNIT, "mean of the negative binomial part" },
               { "size", MLE_POSITIVE, MLE_ACT_FIXED_UNIT,
                 "dispersion of the negative binomial part", .limit = "zero_inflated_poisson" } },
    .location = 1,
    .r = "VGAM::dzinegbin(x, size = {size}, munb = {mu}, pstr0 = {pi})",
    .row_cost_ns = 250,
    .rows = rows,
    .start = start,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
};
