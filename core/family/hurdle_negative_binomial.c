#include "core/family/counts.h"
#include "core/family/negative_binomial.h"
#include "core/family/zero.h"
#include "core/math/logs.h"
#include "core/math/special.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    mle_zero_rows(MLE_HURDLE, 3, obs, theta, ll, grad, hess);
}

/* --- the edges of the positive part --------------------------------------------------------------
   The zero-truncated law ends in the zero-truncated Poisson law (size -> inf) and in the
   logarithmic law (size and mu -> 0, with p = mu / (mu + size) fixed). At the best law of either
   edge the derivative inwards tells whether that is a maximum with the edge. */

struct edge {
    double inwards; /* derivative of the log-likelihood of the positive counts */
    double loglik;  /* of them */
};

/* In 1 / size, twice: log g(y) changes by (y - mu)^2 - y, log g(0) by mu^2. */
static struct edge poisson_edge(const struct mle_evidence *e, const struct mle_zero_counts *c)
{
    double lambda = mle_zero_truncated_lambda(c), sum = 0;
    double zero = lambda > 0 ? lambda * lambda / expm1(lambda) : 0;
    for (size_t i = 0; i < e->obs.n; i++) {
        double y = e->obs.y[i], w = e->w ? e->w[i] : 1;
        sum += y > 0 ? w * ((y - lambda) * (y - lambda) - y + zero) : 0;
    }
    return (struct edge){ sum, mle_zero_loglik(MLE_HURDLE, e, 0.5, lambda, INFINITY) +
                                   c->weight * MLE_LN2 };
}

/* In size at p: log Gamma(y + size) / Gamma(1 + size) changes by psi(y) - psi(1), the log of size /
   ((1 - p)^-size - 1) by log(1 - p) / 2. */
static struct edge logarithmic_edge(const struct mle_evidence *e, const struct mle_zero_counts *c)
{
    /* the mean of the logarithmic law is (e^t - 1) / t, t = -log(1 - p) */
    double t = mle_log_expm1_ratio_inverse(log1p(c->beyond / c->positives));
    double log_p = mle_log1mexp(-t);
    struct edge edge = { -c->positives * t / 2, -c->positives * log(t) };
    for (size_t i = 0; i < e->obs.n; i++) {
        double y = e->obs.y[i], w = e->w ? e->w[i] : 1;
        if (y == 0)
            continue;
        edge.inwards += w * mle_digamma_diff(1, y - 1);
        edge.loglik += w * (y * log_p - log(y));
    }
    return edge;
}

/* --- existence ---------------------------------------------------------------------------------
 */

/* A limit of the positive part in which mu and size say nothing more: pi is the share of zeros. */
static void settle_share(const struct mle_evidence *e, const struct mle_zero_counts *c, double size,
                         double loglik, struct mle_existence *x)
{
    double pi = c->zeros / c->weight, q = c->positives / c->weight;
    bool fixed = mle_zero_is_fixed(e, 0);
    if (fixed) {
        pi = e->value[0];
        q = 1 - pi;
    } else if (c->zeros > 0) {
        x->standard_error[0] = sqrt(pi * q / c->weight);
    }
    x->theta[0] = pi;
    x->theta[1] = 0;
    x->theta[2] = size;
    x->supremum = mle_xlogy(c->zeros, pi) + mle_xlogy(c->positives, q) + loglik;
}

static void settle_ones(const struct mle_evidence *e, const struct mle_zero_counts *c,
                        struct mle_existence *x)
{
    mle_settle(
        x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
        "all positive counts are 1: the likelihood rises as mu falls to 0, where the positive "
        "part is the point mass at 1 whatever size is");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->limit_param = "mu";
    settle_share(e, c, mle_zero_is_fixed(e, 2) ? e->value[2] : NAN, 0, x);
}

/* False if neither edge is a maximum. */
static bool settle_edge(const struct mle_evidence *e, const struct mle_zero_counts *c,
                        struct mle_existence *x)
{
    struct edge poisson = poisson_edge(e, c), series = logarithmic_edge(e, c);
    double rounding = 1e-13 * (c->sum + c->positives);
    bool at_poisson = poisson.inwards <= rounding, at_series = series.inwards <= rounding;
    if (at_poisson && (!at_series || poisson.loglik >= series.loglik)) {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_KKT,
                   "the positive counts vary no more than those of the zero-truncated Poisson law "
                   "of their mean: the likelihood rises as size grows without limit");
        x->theta[0] = c->zeros == 0 ? 0 : NAN;
        x->theta[2] = INFINITY;
        x->limit_family = "hurdle_poisson";
        mle_zero_close(MLE_HURDLE, e, 3, x);
    } else if (at_series) {
        mle_settle(
            x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_KKT,
            "the likelihood rises as mu and size fall to 0 with mu / (mu + size) = %.9g, where "
            "the positive part is the logarithmic law",
            -expm1(-mle_log_expm1_ratio_inverse(log1p(c->beyond / c->positives))));
        settle_share(e, c, 0, series.loglik, x);
        x->limit_family = "logarithmic";
    } else {
        return false;
    }
    x->limit_param = "size";
    x->maximum = MLE_MAXIMUM_LOCAL;
    return true;
}

/* The zeros and the rest share no parameter. Of the rest the edges are tried; if the likelihood
   rises inwards from both a maximum lies between. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    struct mle_zero_counts c = mle_zero_count(e);
    bool mu_fixed = mle_zero_is_fixed(e, 1), size_fixed = mle_zero_is_fixed(e, 2);
    if (c.positives == 0) {
        mle_zero_settle_hurdle_all_zero(e, 3, x);
        return;
    }
    if (c.beyond == 0 && !mu_fixed) {
        settle_ones(e, &c, x);
        return;
    }
    if (!mu_fixed && !size_fixed && settle_edge(e, &c, x))
        return;
    x->certificate = MLE_CERTIFICATE_NONE;
    if (c.zeros > 0 || mle_zero_is_fixed(e, 0))
        return;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
               "no count is 0: the maximum is at pi = 0");
    x->maximum = MLE_MAXIMUM_LOCAL;
    x->theta[0] = 0;
    x->limit_param = "pi";
    mle_zero_close(MLE_HURDLE, e, 3, x);
}

/* Size 1 and the mean of the positive counts, which is then mu + 1; lambda where size is infinite.
 */
static void start(const struct mle_evidence *e, double theta[])
{
    struct mle_zero_counts c = mle_zero_count(e);
    bool poisson = mle_zero_is_fixed(e, 2) && isinf(e->value[2]);
    theta[0] = c.zeros / c.weight;
    theta[1] = poisson ? mle_zero_truncated_lambda(&c) : fmax(c.beyond / c.positives, 0.01);
    theta[2] = 1;
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_zero_cdf(MLE_HURDLE, y, theta[0], theta[1], theta[2], tail);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_zero_quantile(MLE_HURDLE, cdf, p, theta, theta[2], tail);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return mle_zero_mean(MLE_HURDLE, theta[0], theta[1], theta[2]);
}

const struct mle_family mle_family_hurdle_negative_binomial = {
    .name = "hurdle_negative_binomial",
    .title = "Hurdle negative binomial",
    .doc = "f(0) = pi, f(y) = (1 - pi) g(y) / (1 - g(0)), g negative binomial (mu, size). Mullahy "
           "(1986)",
    .measure = MLE_COUNTING,
    .support = { 0, INFINITY, .lower_closed = true, .integer = true },
    .n_param = 3,
    .param = { { "pi", MLE_UNIT_CLOSED, MLE_ACT_FIXED_UNIT, "probability of 0" },
               { "mu", MLE_NON_NEGATIVE, MLE_ACT_FIXED_UNIT,
                 "mean of the negative binomial law that is truncated at 0" },
               { "size", MLE_POSITIVE, MLE_ACT_FIXED_UNIT, "dispersion of that law",
                 .limit = "hurdle_poisson" } },
    .location = 1,
    .r = "VGAM::dzanegbin(x, size = {size}, munb = {mu}, pobs0 = {pi})",
    .row_cost_ns = 300,
    .rows = rows,
    .start = start,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
};
