#include "core/family/negative_binomial.h"

#include "core/family/counts.h"
#include "core/family/existence.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

#include <float.h>

/* --- the law -------------------------------------------------------------------------------------
   Written with t = (y - mu) / (size + mu), on which everything depends for large size: gamma
   functions and logarithms of size 1e12 would leave no digit of the difference to Poisson. */

/* Below this many terms products are taken one by one. */
static const double FEW = 10;

/* log of (size / (size + mu))^size */
static double log_zero(double mu, double size)
{
    double ratio = mu / size;
    if (isfinite(ratio))
        return -size * log1p(ratio);
    return size * (log(size) - log(mu));
}

/* log(mu / (size + mu)) */
static double log_other(double mu, double size)
{
    return mu > size ? -log1p(size / mu) : log(mu / (size + mu));
}

/* log1p(t) - t from t and 1 + t. */
static double log1p_minus(double t, double one_plus_t)
{
    return t < -0.5 ? log(one_plus_t) - t : mle_log1pmx(t);
}

/* The saddle point in y and size (Loader 2000), both not small. The deviances are those of a
   binomial law with y + size trials, and both depend on the same gap. */
static double log_saddle(double y, double mu, double size)
{
    double n = y + size, m = mu + size, t = (y - mu) / m, gap = size * t;
    double errors = mle_stirling_error(n) - mle_stirling_error(size) - mle_stirling_error(y);
    double deviance = mle_deviance_by_gap(y, mu * (n / m), gap) - size * log1p_minus(t, n / m);
    return (errors - deviance) - MLE_HALF_LOG_2PI - 0.5 * (log(y) + log(n / size));
}

double mle_nb_log_density(double y, double mu, double size)
{
    if (isinf(size))
        return mle_log_poisson(y, mu);
    if (y == 0)
        return log_zero(mu, size);
    if (mu == 0)
        return -INFINITY;
    if (y < FEW) {
        double sum = 0, m = size + mu;
        for (double i = 0; i < y; i++)
            sum += log((size + i) / m);
        return sum + y * log(mu) - mle_lgamma(y + 1) + log_zero(mu, size);
    }
    if (size >= FEW)
        return log_saddle(y, mu, size);
    return mle_lgamma_diff(y + 1, size - 1) - mle_lgamma(size) + log_zero(mu, size) +
           y * log_other(mu, size);
}

static struct mle_nb poisson_derivatives(double y, double mu)
{
    struct mle_nb d = { mle_log_poisson(y, mu), { -1, 0 }, { 0, 0, 0 } };
    if (y > 0) {
        d.grad[0] = (y - mu) / mu;
        d.hess[0] = -y / mu / mu;
    }
    return d;
}

struct mle_nb mle_nb_derivatives(double y, double mu, double size)
{
    if (isinf(size))
        return poisson_derivatives(y, mu);
    struct mle_nb d = { .ll = mle_nb_log_density(y, mu, size) };
    double n = y + size, m = mu + size, p = size / m, t = (y - mu) / m;
    if (y > 0) {
        d.grad[0] = p * (y - mu) / mu;
        d.hess[MLE_HESS(0, 0)] = p * (-t / mu - y / mu / mu);
        d.grad[1] = log1p_minus(t, n / m) - mle_log_minus_digamma_diff(size, y);
        d.hess[MLE_HESS(1, 1)] = t * t / n + mle_trigamma_excess_diff(size, y);
    } else {
        d.grad[0] = -p;
        d.hess[MLE_HESS(0, 0)] = p / m;
        d.grad[1] = log1p_minus(t, p);
        d.hess[MLE_HESS(1, 1)] = t * t / size;
    }
    d.hess[MLE_HESS(1, 0)] = t / m;
    return d;
}

double mle_nb_cdf(double y, double mu, double size, struct mle_tail tail)
{
    double k = floor(y), m = mu + size;
    if (k < 0 || mu == 0) {
        bool certain = (k < 0) == tail.upper;
        return tail.log_p ? (certain ? 0 : -INFINITY) : certain;
    }
    if (isinf(size))
        return mle_gamma_cdf(k + 1, mu, !tail.upper, tail.log_p);
    return mle_beta_cdf(size, k + 1, size / m, mu / m, tail.upper, tail.log_p);
}

/* --- the family ---------------------------------------------------------------------------------
 */

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double mu = mle_view_at(theta[0], i), size = mle_view_at(theta[1], i), y = obs->y[i];
        struct mle_nb d = { -INFINITY, { NAN, NAN }, { NAN, NAN, NAN } };
        if (y >= 0 && y == rint(y)) {
            if (grad || hess)
                d = mle_nb_derivatives(y, mu, size);
            else
                d.ll = mle_nb_log_density(y, mu, size);
        }
        ll[i] = d.ll;
        for (size_t j = 0; grad && j < 2; j++)
            grad[j * n + i] = d.grad[j];
        for (size_t j = 0; hess && j < 3; j++)
            hess[j * n + i] = d.hess[j];
    }
}

static double mean_of(const struct mle_evidence *e)
{
    return mle_weighted_sum(e->obs.n, e->obs.y, e->w) / e->weight_sum;
}

/* Sums around an integer. */
double mle_nb_excess(const struct mle_evidence *e, double mu)
{
    double center = rint(isnan(mu) ? mean_of(e) : mu);
    long double n = 0, first = 0, second = 0;
    for (size_t i = 0; i < e->obs.n; i++) {
        long double w = e->w ? e->w[i] : 1, d = e->obs.y[i] - center;
        n += w;
        first += w * d;
        second += w * d * d;
    }
    long double shift = isnan(mu) ? first / n : (long double)(mu - center);
    if (isnan(mu)) /* (n second - first^2 - n (first + n center)) / n^2 */
        return (double)((n * second - first * first - n * (first + n * center)) / (n * n));
    return (double)((second - 2 * shift * first) / n + shift * shift - first / n - center);
}

/* Score of size with mu at the mean, per unit of weight, and its derivative. */
static void profile(const struct mle_evidence *e, double mu, double size, double *score,
                    double *slope)
{
    double s = 0, h = 0, m = mu + size;
    for (size_t i = 0; i < e->obs.n; i++) {
        double y = e->obs.y[i], w = e->w ? e->w[i] : 1, n = y + size, t = (y - mu) / m;
        s += w * log1p_minus(t, n / m);
        h += w * t * t / n;
        if (y > 0) {
            s -= w * mle_log_minus_digamma_diff(size, y);
            h += w * mle_trigamma_excess_diff(size, y);
        }
    }
    *score = s / e->weight_sum;
    *slope = h / e->weight_sum;
}

static void start(const struct mle_evidence *e, double theta[])
{
    double mu = mean_of(e), more = mle_nb_excess(e, NAN);
    theta[0] = mu;
    theta[1] = more > 0 ? fmax(mu * (mu / more), 1e-8) : 1e6;
}

/* The root of the profile score, which falls through 0 once: Newton on size^2 score as a function
   of 1 / size, which is almost a line near the Poisson edge; bisection of log size where that
   leaves the bracket. */
static void solve(const struct mle_evidence *e, double theta[])
{
    start(e, theta);
    double low = 0, high = INFINITY, size = theta[1], score, slope;
    for (int i = 0; i < 200; i++) {
        profile(e, theta[0], size, &score, &slope);
        if (score == 0)
            break;
        *(score > 0 ? &low : &high) = size;
        double v = 1 / size + score / (size * (2 * score + size * slope));
        double next = 1 / v;
        if (!(next > low && next < high) || !(v > 0))
            next = low == 0 ? high / 16 : isinf(high) ? low * 16 : sqrt(low) * sqrt(high);
        bool done = fabs(next - size) <= 2 * DBL_EPSILON * size || next < DBL_MIN || next > DBL_MAX;
        size = done && !(next >= DBL_MIN && next <= DBL_MAX) ? size : next;
        if (done)
            break;
    }
    theta[1] = size;
}

void mle_nb_solve(const struct mle_evidence *e, double theta[2])
{
    if (mle_nb_excess(e, NAN) > 0) {
        solve(e, theta);
        return;
    }
    theta[0] = mean_of(e);
    theta[1] = INFINITY;
}

/* mu = 0, or there are only zeros: what is left of size. */
static void exists_at_zero(const struct mle_evidence *e, struct mle_existence *x)
{
    bool mu_fixed = e->fixed && e->fixed[0];
    x->supremum = 0;
    x->maximum = MLE_MAXIMUM_GLOBAL;
    if (mu_fixed && e->value[0] == 0) {
        mle_settle(x, MLE_VERDICT_NON_UNIQUE, MLE_CERTIFICATE_FLAT_SET,
                   "mu is 0: all counts are 0 with certainty whatever size is");
        x->set_param = "size";
        x->set_lower = 0;
        x->set_upper = INFINITY;
        x->theta[0] = 0;
        x->theta[1] = 1;
        return;
    }
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
               mu_fixed
                   ? "all counts are 0: the likelihood (1 + mu / size)^(-n size) rises to 1 as "
                     "size falls to 0, the point mass at 0"
                   : "all counts are 0: the likelihood has its maximum 1 at mu = 0, the point "
                     "mass at 0, where size says nothing");
    x->theta[0] = mu_fixed ? e->value[0] : 0;
    x->theta[1] = mu_fixed ? 0 : e->fixed && e->fixed[1] ? e->value[1] : NAN;
    x->limit_param = mu_fixed ? "size" : "mu";
}

/* With both free the maximum is at mu = mean, and the profile likelihood of size has a maximum, and
   then one only, if and only if the variance (divisor n) is larger than the mean; else it rises
   towards Poisson: Levin & Reeds (1977), Annals of Statistics 5, 79-87; Aragon, Eberly & Eberly
   (1992), Statistics & Probability Letters 15, 375-379. With size given the likelihood is strictly
   concave in log mu. With mu given nothing is known. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    bool mu_fixed = e->fixed && e->fixed[0], size_fixed = e->fixed && e->fixed[1];
    if (e->max == 0) {
        exists_at_zero(e, x);
        return;
    }
    x->certificate =
        mu_fixed ? MLE_CERTIFICATE_NONE
                 : (size_fixed ? MLE_CERTIFICATE_STRICT_CONCAVITY : MLE_CERTIFICATE_UNIQUE_ROOT);
    if (mu_fixed || size_fixed)
        return;
    double more = mle_nb_excess(e, NAN), mu = mean_of(e);
    if (more > 0)
        return;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_MOMENT_INEQUALITY,
               "the variance %.6g (divisor n) is not larger than the mean %.6g, so the likelihood "
               "rises with size for ever: the limit is poisson (Aragon, Eberly & Eberly 1992)",
               fmax(0, mu + more), mu);
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->theta[0] = NAN;
    x->theta[1] = INFINITY;
    x->rest_free = true;
    x->limit_family = "poisson";
    x->limit_param = "size";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_nb_cdf(y, theta[0], theta[1], tail);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    double mu = theta[0], size = theta[1];
    double sd = sqrt(mu) * sqrt(1 + mu / size);
    struct mle_count_search search = {
        cdf, theta, trials, 0, INFINITY, mu, sd, sd > 0 ? (1 + 2 * mu / size) / sd : 0
    };
    return mle_count_quantile(&search, p, tail);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0];
}

static int recedes(double y, double trials)
{
    (void)trials;
    return y == 0 ? -1 : 0;
}

static double deviance(double y, const double theta[], double trials)
{
    (void)trials;
    double mu = theta[0], size = theta[1];
    if (isinf(size))
        return 2 * mle_deviance(y, mu);
    return 2 * (mle_xlogy(y, y / mu) - (y + size) * log1p((y - mu) / (mu + size)));
}

const struct mle_family mle_family_negative_binomial = {
    .name = "negative_binomial",
    .title = "Negative binomial",
    .doc = "log f(y) = log Gamma(y + size) - log Gamma(size) - log y! + size log(size / (size + "
           "mu)) + y log(mu / (size + mu)); variance mu + mu^2 / size. Johnson, Kemp & Kotz (2005) "
           "5.1",
    .measure = MLE_COUNTING,
    .support = { 0, INFINITY, .lower_closed = true, .integer = true },
    .n_param = 2,
    .param = { { "mu", MLE_NON_NEGATIVE, MLE_ACT_FIXED_UNIT, "mean" },
               { "size", MLE_POSITIVE, MLE_ACT_FIXED_UNIT,
                 "dispersion: the variance is mu + mu^2 / size", .limit = "poisson" } },
    .scipy = "scipy.stats.nbinom(n={size}, p={size/(size+mu)})",
    .r = "dnbinom(x, size = {size}, mu = {mu})",
    .row_cost_ns = 150,
    .recedes = recedes,
    .deviance = deviance,
    .rows = rows,
    .solve = solve,
    .start = start,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
};
