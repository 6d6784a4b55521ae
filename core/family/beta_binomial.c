#include "core/family/counts.h"
#include "core/family/existence.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"

#include <float.h>

/* --- the law -----------------------------------------------------------------------------------
 */

/* Up to here factors are multiplied one by one. */
static const double FEW = 64;

/* log x! - (x log x - x), and log Gamma(x) - (x log x - x): what Stirling's formula leaves. */
static double left_of_factorial(double x)
{
    return x == 0 ? 0 : mle_stirling_error(x) + MLE_HALF_LOG_2PI + 0.5 * log(x);
}

static double left_of_gamma(double x)
{
    return mle_stirling_error(x) + MLE_HALF_LOG_2PI - 0.5 * log(x);
}

/* One factor (a + i) / (s + i) of the probability after the other: the draws of Polya's urn. */
static double log_by_draws(double y, double n, double a, double b)
{
    double product = 1, sum = 0;
    for (double i = 0; i < n; i++) {
        double own = i < y ? a + i : b + (i - y);
        product *= own / (a + b + i);
        if (product < 1e-280) {
            sum += log(product);
            product = 1;
        }
    }
    return mle_log_choose(n, y) + (sum + log(product));
}

/* Every count and shape x once as x log x, put together into deviances from the mean r of the data
   and the shapes taken together; all of them depend on one gap. Large terms meet nowhere. */
static double log_by_saddle(double y, double n, double a, double b)
{
    double z = n - y, s = a + b, all = n + s, r = (y + a) / all, q = (z + b) / all;
    double gap = y * (b / all) - z * (a / all);
    double deviance = mle_deviance_by_gap(a, s * r, -gap) + mle_deviance_by_gap(b, s * q, gap);
    deviance += y > 0 ? mle_deviance_by_gap(y, n * r, gap) : n * r;
    deviance += z > 0 ? mle_deviance_by_gap(z, n * q, -gap) : n * q;
    double counts = left_of_factorial(n) - left_of_factorial(y) - left_of_factorial(z);
    double prior = left_of_gamma(s) - left_of_gamma(a) - left_of_gamma(b);
    double posterior = left_of_gamma(y + a) + left_of_gamma(z + b) - left_of_gamma(all);
    return (counts + prior + posterior) - deviance;
}

static double log_density(double y, double n, double a, double b)
{
    return n <= FEW ? log_by_draws(y, n, a, b) : log_by_saddle(y, n, a, b);
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double a = mle_view_at(theta[0], i), b = mle_view_at(theta[1], i), y = obs->y[i];
        double trials = mle_view_at(obs->trials, i), z = trials - y;
        bool inside = y >= 0 && z >= 0 && y == rint(y);
        ll[i] = inside ? log_density(y, trials, a, b) : -INFINITY;
        if (grad) {
            double common = inside ? mle_digamma_diff(a + b, trials) : NAN;
            grad[i] = mle_digamma_diff(a, fmax(y, 0)) - common;
            grad[n + i] = mle_digamma_diff(b, fmax(z, 0)) - common;
        }
        if (hess) {
            double common = inside ? mle_trigamma_diff(a + b, trials) : NAN;
            hess[i] = mle_trigamma_diff(a, fmax(y, 0)) - common;
            hess[n + i] = -common;
            hess[2 * n + i] = mle_trigamma_diff(b, fmax(z, 0)) - common;
        }
    }
}

/* --- evidence ----------------------------------------------------------------------------------
 */

struct sums {
    double successes, failures;
    double pairs;         /* sum w n (n - 1) */
    double success_pairs; /* sum w y (y - 1) */
    double failure_pairs; /* sum w z (z - 1) */
    double mixed;         /* weight of rows with successes and failures */
    double all, none;     /* weight of rows with trials, and successes or failures only */
};

static struct sums sums_of(const struct mle_evidence *e)
{
    struct sums s = { 0 };
    for (size_t i = 0; i < e->obs.n; i++) {
        double w = e->w ? e->w[i] : 1, y = e->obs.y[i], n = mle_view_at(e->obs.trials, i);
        double z = n - y;
        s.successes += w * y;
        s.failures += w * z;
        s.pairs += w * n * (n - 1);
        s.success_pairs += w * y * (y - 1);
        s.failure_pairs += w * z * (z - 1);
        s.mixed += y > 0 && z > 0 ? w : 0;
        s.all += y > 0 && z == 0 ? w : 0;
        s.none += y == 0 && z > 0 ? w : 0;
    }
    return s;
}

/* The derivative of the log-likelihood in rho = 1 / (alpha + beta) at rho = 0 and p at the pooled
   proportion, twice: with m trials in each of N rows it is N ((s2 / (p q)) - m), s2 the variance
   with divisor N. Tarone (1979), Biometrika 66, 585-590. */
static double excess(const struct sums *s)
{
    double n = s->successes + s->failures, p = s->successes / n, q = s->failures / n;
    return s->success_pairs / p + s->failure_pairs / q - s->pairs;
}

static double binomial_loglik(const struct mle_evidence *e, const struct sums *s)
{
    double n = s->successes + s->failures, sum = 0;
    for (size_t i = 0; i < e->obs.n; i++)
        sum += (e->w ? e->w[i] : 1) * mle_log_binomial(e->obs.y[i], mle_view_at(e->obs.trials, i),
                                                       s->successes / n, s->failures / n);
    return sum;
}

static void start(const struct mle_evidence *e, double theta[])
{
    struct sums s = sums_of(e);
    double n = s.successes + s.failures, p = s.successes / n, q = s.failures / n;
    /* variance n p q (1 + (n - 1) rho): the first moment of the excess */
    double rho = excess(&s) / fmax(s.pairs, 1);
    rho = fmin(fmax(rho, 1e-6), 0.99);
    double size = 1 / rho - 1;
    if (e->fixed && e->fixed[0])
        size = e->value[0] / p;
    else if (e->fixed && e->fixed[1])
        size = e->value[1] / q;
    theta[0] = fmax(p * size, DBL_MIN);
    theta[1] = fmax(q * size, DBL_MIN);
}

/* --- existence ---------------------------------------------------------------------------------
 */

static void at_bound(struct mle_existence *x, double alpha, double beta, const char *param,
                     double supremum)
{
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->theta[0] = alpha;
    x->theta[1] = beta;
    x->limit_param = param;
    x->supremum = supremum;
}

/* Only successes, or only failures: their probability reaches 1 in the limit. */
static void exists_one_sided(const struct mle_evidence *e, bool successes, struct mle_existence *x)
{
    bool alpha_fixed = e->fixed && e->fixed[0], beta_fixed = e->fixed && e->fixed[1];
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
               "all trials are %s: the likelihood rises to 1 as %s",
               successes ? "successes" : "failures",
               successes ? (beta_fixed ? "alpha grows without limit" : "beta falls to 0")
                         : (alpha_fixed ? "beta grows without limit" : "alpha falls to 0"));
    if (successes)
        at_bound(x,
                 alpha_fixed  ? e->value[0]
                 : beta_fixed ? INFINITY
                              : NAN,
                 beta_fixed ? e->value[1] : 0, beta_fixed ? "alpha" : "beta", 0);
    else
        at_bound(x, alpha_fixed ? e->value[0] : 0,
                 beta_fixed    ? e->value[1]
                 : alpha_fixed ? INFINITY
                               : NAN,
                 alpha_fixed ? "beta" : "alpha", 0);
}

/* Each row is all or nothing. A factor (p + i rho) / (1 + i rho), i >= 1, rises with rho to 1, so
   for every p the likelihood has its supremum at rho = inf, alpha = beta = 0, where one draw
   decides the row; with one trial in a row it does not depend on rho at all. */
static void exists_all_or_nothing(const struct sums *s, struct mle_existence *x)
{
    double weight = s->all + s->none, p = s->all / weight, q = s->none / weight;
    double supremum = s->all * log(p) + s->none * log(q);
    if (s->pairs > 0) {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "each row has only successes or only failures: the likelihood rises as alpha "
                   "and beta fall to 0 with alpha / (alpha + beta) = %.6g, and one draw decides a "
                   "row",
                   p);
        at_bound(x, 0, 0, "alpha", supremum);
        return;
    }
    mle_settle(x, MLE_VERDICT_NON_UNIQUE, MLE_CERTIFICATE_FLAT_SET,
               "no row has two trials: the likelihood depends on alpha / (alpha + beta) alone, "
               "which is %.6g",
               p);
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->theta[0] = p;
    x->theta[1] = q;
    x->set_param = "alpha";
    x->set_lower = 0;
    x->set_upper = INFINITY;
    x->supremum = supremum;
}

/* If the derivative in rho at the binomial fit is not positive the binomial law is a local maximum
   of the closed parameter space; along its own alpha / (alpha + beta) it is the only one (Levin &
   Reeds 1977, Annals of Statistics 5, 79-87: unimodal in rho). If it is positive a maximum lies
   inside: the other edges have less. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    bool any_fixed = e->fixed && (e->fixed[0] || e->fixed[1]);
    struct sums s = sums_of(e);
    if (s.successes + s.failures == 0) {
        mle_settle(x, MLE_VERDICT_NO_INFORMATION, MLE_CERTIFICATE_FLAT_SET,
                   "no row has a trial: the likelihood does not depend on alpha and beta");
        x->supremum = 0;
    } else if (s.successes == 0 || s.failures == 0) {
        exists_one_sided(e, s.failures == 0, x);
    } else if (!any_fixed && s.mixed == 0) {
        exists_all_or_nothing(&s, x);
    } else if (!any_fixed && excess(&s) <= 1e-13 * s.pairs) {
        mle_settle(
            x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_KKT,
            "the counts vary no more than binomial counts: the likelihood rises as alpha and "
            "beta grow without limit with alpha / (alpha + beta) = %.9g",
            s.successes / (s.successes + s.failures));
        at_bound(x, INFINITY, INFINITY, "alpha", binomial_loglik(e, &s));
        x->maximum = MLE_MAXIMUM_LOCAL;
        x->limit_family = "binomial";
    }
}

/* --- tails -------------------------------------------------------------------------------------
 */

/* More terms than this are not summed: a value that takes seconds would hold up everybody else. */
enum { MOST_TERMS = 1000000 };

/* Sum of f(k), f(k + by), ... as a multiple of f(k); NaN if it takes too many terms. All terms are
   positive. */
static double ratio_sum(double k, double by, double n, const double theta[])
{
    double a = theta[0], b = theta[1], term = 1, sum = 1;
    int left = MOST_TERMS;
    for (double y = k; by > 0 ? y < n : y > 0; y += by) {
        if (left-- == 0)
            return NAN;
        double up = by > 0 ? y : y - 1; /* f(up + 1) / f(up) */
        double ratio = (n - up) / (up + 1) * ((a + up) / (b + (n - up - 1)));
        ratio = by > 0 ? ratio : 1 / ratio;
        term *= ratio;
        sum += term;
        if (ratio < 1 && term < 1e-17 * (1 - ratio) * sum && a >= 1 && b >= 1)
            break;
    }
    return sum;
}

static double log_tail(double k, const double theta[], double trials, bool upper)
{
    double at = upper ? k + 1 : k;
    return log_density(at, trials, theta[0], theta[1]) +
           log(ratio_sum(at, upper ? 1 : -1, trials, theta));
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    double k = floor(y);
    if (k < 0 || k >= trials) {
        bool certain = (k < 0) == tail.upper;
        return tail.log_p ? (certain ? 0 : -INFINITY) : certain;
    }
    double log_p = log_tail(k, theta, trials, tail.upper);
    if (log_p > -MLE_LN2) /* the smaller tail says more */
        log_p = mle_log1mexp(fmin(log_tail(k, theta, trials, !tail.upper), 0));
    return tail.log_p ? log_p : exp(log_p);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    double size = theta[0] + theta[1], share = theta[0] / size, other = theta[1] / size;
    double variance = trials * share * other * (1 + (trials - 1) / (size + 1));
    struct mle_count_search search = { cdf,    theta,          trials,         0,
                                       trials, trials * share, sqrt(variance), 0 };
    return mle_count_quantile(&search, p, tail);
}

static double mean(const double theta[], double trials)
{
    return trials * (theta[0] / (theta[0] + theta[1]));
}

const struct mle_family mle_family_beta_binomial = {
    .name = "beta_binomial",
    .title = "Beta-binomial",
    .doc = "log f(y) = log C(n, y) + log B(y + alpha, n - y + beta) - log B(alpha, beta). Johnson, "
           "Kemp & Kotz (2005) 6.2.2",
    .measure = MLE_COUNTING,
    .support = { 0, INFINITY, .lower_closed = true, .integer = true, .needs_trials = true },
    .n_param = 2,
    .param = { { "alpha", MLE_POSITIVE, MLE_ACT_FIXED_UNIT, "shape of successes" },
               { "beta", MLE_POSITIVE, MLE_ACT_FIXED_UNIT, "shape of failures" } },
    .scipy = "scipy.stats.betabinom(n={trials}, a={alpha}, b={beta})",
    .r = "extraDistr::dbbinom(x, size = {trials}, alpha = {alpha}, beta = {beta})",
    .row_cost_ns = 400,
    .rows = rows,
    .start = start,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
};
