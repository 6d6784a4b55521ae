#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/median.h"
#include "core/family/tails.h"
#include "core/family/tiles.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"

/* At y = mu the density has a corner: the derivative in mu is taken as 0, the middle of its two
   one-sided values, and the second derivative as 0. */
static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double sigma = mle_view_at(theta[1], i), d = obs->y[i] - mle_view_at(theta[0], i);
        double z = fabs(d) / sigma, side = d > 0 ? 1 : d < 0 ? -1 : d * 0;
        ll[i] = -MLE_LN2 - log(sigma) - z;
        if (grad) {
            grad[i] = side / sigma;
            grad[n + i] = (z - 1) / sigma;
        }
        if (hess) {
            hess[i] = side * 0;
            hess[n + i] = -side / sigma / sigma;
            hess[2 * n + i] = (1 - 2 * z) / sigma / sigma;
        }
    }
}

/* --- existence: everything follows from the medians ------------------------------------------- */

/* sum w |y - mu| */
static double deviations(const struct mle_evidence *e, double mu)
{
    enum { CHUNK = 4096 };
    double part[CHUNK], total = 0;
    for (size_t lo = 0; lo < e->obs.n; lo += CHUNK) {
        size_t n = e->obs.n - lo < CHUNK ? e->obs.n - lo : CHUNK;
        for (size_t i = 0; i < n; i++)
            part[i] = fabs(e->obs.y[lo + i] - mu);
        total += mle_weighted_sum(n, part, e->w ? e->w + lo : NULL);
    }
    return total;
}

static void settle_unbounded(const struct mle_evidence *e, double mu, struct mle_existence *x)
{
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               e->n == 1 ? "there is one row: the density at it grows without limit as sigma falls "
                           "to 0 with mu at its value"
                         : "all values are equal: the density at them grows without limit as sigma "
                           "falls to 0 with mu at that value");
    x->supremum = INFINITY;
    x->theta[0] = mu;
    x->collapses = "sigma";
}

/* Errors from the expected information, W / sigma^2 for both parameters, uncorrelated (the observed
   one is 0 for mu); Johnson, Kotz & Balakrishnan (1995) 24.4. */
static void set_errors(const struct mle_evidence *e, double sigma, bool unique,
                       struct mle_existence *x)
{
    double error = sigma / sqrt(e->weight_sum);
    bool mu_given = tile_fixed(e, 0), sigma_given = tile_fixed(e, 1);
    x->standard_error[0] = mu_given || !unique ? MLE_NAN : error;
    x->standard_error[1] = sigma_given ? MLE_NAN : error;
    if (!unique)
        x->no_error = "every value of mu between the two middle rows is a maximum";
    else if (mu_given || sigma_given)
        x->no_error = "a given parameter has no error";
}

/* For any sigma the likelihood is maximal in mu at the medians, where sum w |y - mu| is least, and
   then -W log sigma - sum / sigma has its maximum at the mean deviation. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    bool mu_given = tile_fixed(e, 0), sigma_given = tile_fixed(e, 1);
    struct mle_medians set = mle_weighted_medians(e);
    double mu = mu_given ? e->value[0] : 0.5 * set.lower + 0.5 * set.upper;
    double sum = deviations(e, mu), sigma = sigma_given ? e->value[1] : sum / e->weight_sum;
    bool unique = mu_given || set.lower == set.upper;
    if (unique && !mu_given)
        mu = set.lower;
    if (!(sigma > 0)) {
        settle_unbounded(e, mu, x);
        return;
    }
    if (unique)
        mle_settle(x, MLE_VERDICT_INTERIOR, MLE_CERTIFICATE_ORDER_STATISTIC,
                   mu_given ? "the likelihood in sigma has its maximum at the mean distance from mu"
                            : "the median minimises the sum of distances, their mean is sigma; "
                              "errors are from the expected information");
    else
        mle_settle(x, MLE_VERDICT_NON_UNIQUE, MLE_CERTIFICATE_FLAT_SET,
                   "half of the weight lies on either side of an interval without rows: every mu "
                   "in it has the same likelihood; the middle is given");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->theta[0] = mu;
    x->theta[1] = sigma;
    x->supremum = -e->weight_sum * (MLE_LN2 + log(sigma)) - sum / sigma;
    if (!unique) {
        x->set_param = "mu";
        x->set_lower = set.lower;
        x->set_upper = set.upper;
    }
    set_errors(e, sigma, unique, x);
}

/* --- the distribution ------------------------------------------------------------------------- */

/* In the tail towards which z points the probability is e^-z / 2. */
static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = (y - theta[0]) / theta[1];
    z = tail.upper ? z : -z;
    if (z >= 0)
        return tail.log_p ? -MLE_LN2 - z : 0.5 * exp(-z);
    return tail.log_p ? log1p(-0.5 * exp(z)) : 1 - 0.5 * exp(z);
}

/* The tail beyond y on the side away from mu is exp(-|z|) / 2. */
static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double z = (y - theta[0]) / theta[1];
    bool away = upper == (z > 0);
    *log_p = -fabs(z) - MLE_LN2;
    mle_tail_location_scale(theta[1], z, z > 0 ? -1 : 1, 0, grad, hess);
    if (!away)
        mle_tail_complement(2, log_p, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_p = tail.log_p ? p : log(p), z;
    if (log_p < -MLE_LN2)
        z = -MLE_LN2 - log_p;
    else
        z = MLE_LN2 + (tail.log_p ? log(-expm1(p)) : log1p(-p));
    return theta[0] + theta[1] * (tail.upper ? z : -z);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0];
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return 1 + MLE_LN2 + log(theta[1]);
}

const struct mle_family mle_family_laplace = {
    .name = "laplace",
    .title = "Laplace (double exponential)",
    .doc = "log f(y) = -log(2 sigma) - |y - mu| / sigma. Its cross-entropy is mean absolute error "
           "up to constants. Johnson, Kotz & Balakrishnan (1995) 24.1",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "mu", MLE_REAL, MLE_ACT_LOCATION, "median" },
               { "sigma", MLE_POSITIVE, MLE_ACT_SCALE, "mean distance from the median" } },
    .scipy = "scipy.stats.laplace(loc={mu}, scale={sigma})",
    .r = "exp(-abs(x - {mu}) / {sigma}) / (2 * {sigma})",
    .row_cost_ns = 8,
    .rows = rows,
    .exists = exists,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
