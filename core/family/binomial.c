#include "core/family/binary.h"
#include "core/family/counts.h"
#include "core/family/existence.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

/* Up to here C(n, y) is a product that loses no digit worth a name, and much faster. */
static const double FEW = 64;

static double log_of_few(double y, double n, double p, double q)
{
    double failures = n - y, choose = 1, least = fmin(y, failures);
    for (double i = 0; i < least; i++)
        choose = choose * (n - i) / (i + 1);
    return log(choose) + y * (p < 0.5 ? log(p) : log1p(-q)) +
           failures * (p < 0.5 ? log1p(-p) : log(q));
}

/* log of C(n, y) p^y q^(n-y) in saddle-point form (Loader 2000); y - n p is rounded once, so that
   a million million trials cost no digits. */
static double log_density(double y, double n, double p, double q)
{
    double failures = n - y;
    if (p == 0 || q == 0)
        return y == (p == 0 ? 0 : n) ? 0 : -INFINITY;
    if (y == 0)
        return n * (p < 0.5 ? log1p(-p) : log(q));
    if (failures == 0)
        return n * (q < 0.5 ? log1p(-q) : log(p));
    if (n <= FEW)
        return log_of_few(y, n, p, q);
    double gap = p < 0.5 ? fma(-n, p, y) : -fma(-n, q, failures);
    double errors = mle_stirling_error(n) - mle_stirling_error(y) - mle_stirling_error(failures);
    double deviance =
        mle_deviance_by_gap(y, n * p, gap) + mle_deviance_by_gap(failures, n * q, -gap);
    return (errors - deviance) - (MLE_HALF_LOG_2PI + 0.5 * (log(y) + log1p(-y / n)));
}

/* d/dp and d2/dp2 of y log p + (n - y) log q; terms without observations are no 0 / 0. */
static double slope(double y, double n, double p, double q)
{
    if (y == 0)
        return -n / q;
    return y == n ? n / p : fma(-n, p, y) / p / q;
}

static double curvature(double y, double n, double p, double q)
{
    double successes = y > 0 ? y / (p * p) : 0;
    return -(successes + (n > y ? (n - y) / (q * q) : 0));
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    for (size_t i = 0; i < obs->n; i++) {
        double p = mle_view_at(theta[0], i), y = obs->y[i], n = mle_view_at(obs->trials, i);
        bool inside = y >= 0 && y <= n && y == rint(y);
        double q = obs->complement ? obs->complement[i] : 1 - p;
        ll[i] = inside ? log_density(y, n, p, q) : -INFINITY;
        if (grad)
            grad[i] = inside ? slope(y, n, p, q) : NAN;
        if (hess)
            hess[i] = inside ? curvature(y, n, p, q) : NAN;
    }
}

/* --- sufficient statistics: weight, successes, failures, and the log-likelihood at their own p ---
   log L(p) = log L(successes / trials) - deviance(p): no large constants are subtracted. */

enum { WEIGHT, SUCCESSES, FAILURES, BEST };

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    double successes = 0, failures = 0, best = 0;
    for (size_t i = 0; i < obs->n; i++) {
        double each = w ? w[i] : 1;
        successes += each * obs->y[i];
        failures += each * (mle_view_at(obs->trials, i) - obs->y[i]);
    }
    double trials = successes + failures, p = successes / trials, q = failures / trials;
    for (size_t i = 0; trials > 0 && i < obs->n; i++)
        best += (w ? w[i] : 1) * log_density(obs->y[i], mle_view_at(obs->trials, i), p, q);
    stat[WEIGHT] = w ? mle_sum(obs->n, w) : (double)obs->n;
    stat[SUCCESSES] = successes;
    stat[FAILURES] = failures;
    stat[BEST] = best;
}

/* How much log L falls from its own p to another one. */
static double deviance_of(const double stat[], double p, double q)
{
    double successes = stat[SUCCESSES], failures = stat[FAILURES], n = successes + failures;
    double gap = p < 0.5 ? fma(-n, p, successes) : -fma(-n, q, failures), sum = 0;
    if (n == 0)
        return 0;
    sum += successes > 0 ? mle_deviance_by_gap(successes, n * p, gap) : n * p;
    sum += failures > 0 ? mle_deviance_by_gap(failures, n * q, -gap) : n * q;
    if (successes == 0)
        return -n * log1p(-p);
    return failures == 0 ? -n * log(p) : sum;
}

static void stat_merge(double into[], const double from[])
{
    double successes = into[SUCCESSES] + from[SUCCESSES];
    double failures = into[FAILURES] + from[FAILURES], n = successes + failures;
    if (n > 0) {
        double p = successes / n, q = failures / n;
        into[BEST] += from[BEST] - deviance_of(into, p, q) - deviance_of(from, p, q);
    }
    into[WEIGHT] += from[WEIGHT];
    into[SUCCESSES] = successes;
    into[FAILURES] = failures;
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double p = theta[0], q = 1 - p, y = stat[SUCCESSES], n = y + stat[FAILURES];
    *ll = stat[BEST] - deviance_of(stat, p, q);
    if (grad)
        grad[0] = slope(y, n, p, q);
    if (hess)
        hess[0] = curvature(y, n, p, q);
}

static const struct mle_sufficient sufficient = {
    .n_stat = 4,
    .tile = stat_tile,
    .merge = stat_merge,
    .loglik = stat_loglik,
};

static void solve(const struct mle_evidence *e, double theta[])
{
    double successes = e->stat[SUCCESSES];
    /* not all trials were successes, whatever rounding says */
    theta[0] = fmin(successes / (successes + e->stat[FAILURES]), nextafter(1, 0));
}

/* Strictly concave in p where there are successes and failures. The sums are of numbers >= 0, so
   they are 0 only if all their terms are. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool some = e->stat[SUCCESSES] > 0, others = e->stat[FAILURES] > 0;
    if (some && others)
        return;
    if (!some && !others) {
        mle_settle(x, MLE_VERDICT_NO_INFORMATION, MLE_CERTIFICATE_FLAT_SET,
                   "no row has a trial: the likelihood does not depend on p");
        x->supremum = 0;
        return;
    }
    double p = some ? 1 : 0;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
               "all trials are %s: the likelihood p^k (1-p)^(n-k) has its maximum 1 at p = %g",
               some ? "successes" : "failures", p);
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = 0;
    x->theta[0] = p;
    x->limit_param = "p";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    double k = floor(y), p = theta[0];
    if (k < 0 || k >= trials) {
        bool certain = (k < 0) == tail.upper;
        return tail.log_p ? (certain ? 0 : -INFINITY) : certain;
    }
    /* P(Y > k) = I_p(k + 1, n - k) */
    return mle_beta_cdf(k + 1, trials - k, p, 1 - p, !tail.upper, tail.log_p);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    double q = 1 - theta[0], variance = trials * theta[0] * q;
    struct mle_count_search search = { cdf,
                                       theta,
                                       trials,
                                       0,
                                       trials,
                                       trials * theta[0],
                                       sqrt(variance),
                                       variance > 0 ? (q - theta[0]) / sqrt(variance) : 0 };
    return mle_count_quantile(&search, p, tail);
}

static double mean(const double theta[], double trials)
{
    return trials * theta[0];
}

/* -sum f log f over the values that carry probability; for a large variance v its expansion, whose
   next term is of the order 1 / v^2 (Jacquet & Szpankowski 1999). */
static double entropy(const double theta[], double trials)
{
    double p = theta[0], q = 1 - p, v = trials * p * q, sum = 0;
    if (v > 1e6)
        return 0.5 * (MLE_LOG_2PI + 1 + log(v)) + (4 * p * q - 1) / (12 * v);
    double half_width = 10 * sqrt(v) + 40;
    double from = floor(fmax(0, trials * p - half_width));
    double to = fmin(trials, ceil(trials * p + half_width));
    for (double y = from; y <= to; y++) {
        double log_f = log_density(y, trials, p, q);
        sum -= log_f > -700 ? exp(log_f) * log_f : 0;
    }
    return sum;
}

static int recedes(double y, double trials)
{
    return y == trials ? (trials == 0 ? 0 : 1) : y == 0 ? -1 : 0;
}

static double deviance(double y, const double theta[], double trials)
{
    return 2 *
           (mle_deviance(y, trials * theta[0]) + mle_deviance(trials - y, trials * (1 - theta[0])));
}

static bool by_predictor(const struct mle_obs *obs, const struct mle_link *link, const double eta[],
                         double ll[], double d1[], double d2[])
{
    struct mle_log_of_eta p, q;
    for (size_t i = 0; i < obs->n; i++) {
        double y = obs->y[i], trials = mle_view_at(obs->trials, i), z = trials - y;
        if (!mle_binary_logs(link, eta[i], &p, &q))
            return false;
        bool inside = y >= 0 && z >= 0 && y == rint(y);
        double of_p = y > 0 ? y * p.value : 0, of_q = z > 0 ? z * q.value : 0;
        ll[i] = inside ? mle_log_choose(trials, y) + of_p + of_q : -INFINITY;
        if (d1)
            d1[i] = inside ? y * p.d1 + z * q.d1 : NAN;
        if (d2)
            d2[i] = inside ? y * p.d2 + z * q.d2 : NAN;
    }
    return true;
}

const struct mle_family mle_family_binomial = {
    .name = "binomial",
    .title = "Binomial",
    .doc = "log f(y) = log C(n, y) + y log p + (n - y) log(1 - p). Johnson, Kemp & Kotz (2005) 3.2",
    .measure = MLE_COUNTING,
    .support = { 0, INFINITY, .lower_closed = true, .integer = true, .needs_trials = true },
    .n_param = 1,
    .param = { { "p", MLE_UNIT_CLOSED, MLE_ACT_FIXED_UNIT, "probability of success" } },
    .scipy = "scipy.stats.binom(n={trials}, p={p})",
    .r = "dbinom(x, size = {trials}, prob = {p})",
    .row_cost_ns = 60,
    .conditional = { { 0, "mu" } },
    .concave = "logit probit cloglog loglog",
    .recedes = recedes,
    .deviance = deviance,
    .by_predictor = by_predictor,
    .rows = rows,
    .sufficient = &sufficient,
    .solve = solve,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
