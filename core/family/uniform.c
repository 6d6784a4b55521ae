#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/family/tiles.h"
#include "core/math/logs.h"

/* log(upper - lower) of bounds whose difference may overflow. */
static double log_width(double lower, double upper)
{
    double width = upper - lower;
    return isfinite(width) ? log(width) : log(0.5 * upper - 0.5 * lower) + MLE_LN2;
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double lower = mle_view_at(theta[0], i), upper = mle_view_at(theta[1], i);
        bool inside = obs->y[i] >= lower && obs->y[i] <= upper;
        double slope = inside ? 1 / (upper - lower) : NAN;
        ll[i] = inside ? -log_width(lower, upper) : -INFINITY;
        ll[i] = isnan(obs->y[i]) ? NAN : ll[i];
        if (grad) {
            grad[i] = slope;
            grad[n + i] = -slope;
        }
        if (hess) {
            hess[i] = hess[2 * n + i] = slope * slope;
            hess[n + i] = -slope * slope;
        }
    }
}

static const char *refuse(const double theta[], unsigned *param)
{
    *param = 0;
    return theta[0] < theta[1] ? NULL : "lower is not below upper";
}

/* (upper - lower)^-n grows as the interval shrinks, down to the extreme values. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    double lower = tile_fixed(e, 0) ? e->value[0] : e->min;
    double upper = tile_fixed(e, 1) ? e->value[1] : e->max;
    x->theta[0] = lower;
    x->theta[1] = upper;
    if (e->min < lower || e->max > upper) {
        mle_settle(x, MLE_VERDICT_NO_INFORMATION, MLE_CERTIFICATE_ORDER_STATISTIC,
                   "there are values beyond the given %s: their density is 0 whatever %s is",
                   tile_fixed(e, 0) ? "lower" : "upper", tile_fixed(e, 0) ? "upper" : "lower");
        x->supremum = -INFINITY;
        x->theta[tile_fixed(e, 0) ? 1 : 0] = NAN;
        return;
    }
    if (lower == upper) {
        mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
                   "all values are equal: the density 1 / (upper - lower) at them grows without "
                   "limit as the interval shrinks to that value");
        x->supremum = INFINITY;
        x->collapses = tile_fixed(e, 1) ? "lower" : "upper";
        return;
    }
    mle_settle(x, MLE_VERDICT_INTERIOR, MLE_CERTIFICATE_ORDER_STATISTIC,
               "the likelihood falls with the width of the interval, so the maximum is attained "
               "at the extreme values");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = -e->weight_sum * log_width(lower, upper);
    x->no_error = "the maximum is at extreme values, where the likelihood has no derivative: their "
                  "errors are of order 1/n and not normal";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double width = theta[1] - theta[0];
    double from = fmin(fmax((tail.upper ? theta[1] - y : y - theta[0]) / width, 0), 1);
    if (!tail.log_p)
        return from;
    /* near 1 from what is missing */
    double missing = fmax((tail.upper ? y - theta[0] : theta[1] - y) / width, 0);
    return missing < 0.5 ? log1p(-missing) : log(from);
}

/* P(Y > y) = (upper - y) / (upper - lower). */
static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double a = theta[0], b = theta[1], width = b - a, part = upper ? b - y : y - a;
    if (!(y > a && y < b)) {
        bool all = upper ? y <= a : y >= b;
        mle_tail_constant(2, all ? 0 : -(double)INFINITY, log_p, grad, hess);
        return;
    }
    *log_p = log(part / width);
    if (grad) {
        grad[0] = 1 / width - (upper ? 0 : 1 / part);
        grad[1] = -1 / width + (upper ? 1 / part : 0);
    }
    if (hess) {
        hess[MLE_HESS(0, 0)] = 1 / (width * width) - (upper ? 0 : 1 / (part * part));
        hess[MLE_HESS(1, 0)] = -1 / (width * width);
        hess[MLE_HESS(1, 1)] = 1 / (width * width) - (upper ? 1 / (part * part) : 0);
    }
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double from = tail.log_p ? exp(p) : p, width = theta[1] - theta[0];
    bool near_upper = tail.upper == (from < 0.5);
    double part = from < 0.5 ? from : (tail.log_p ? -expm1(p) : 1 - p);
    return near_upper ? theta[1] - width * part : theta[0] + width * part;
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return 0.5 * theta[0] + 0.5 * theta[1];
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return log_width(theta[0], theta[1]);
}

const struct mle_family mle_family_uniform = {
    .name = "uniform",
    .title = "Uniform (continuous)",
    .doc = "log f(y) = -log(upper - lower) for lower <= y <= upper. "
           "Johnson, Kotz & Balakrishnan (1995) 26.1",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .depends = true },
    .n_param = 2,
    .param = { { "lower", MLE_REAL, MLE_ACT_LOCATION, "lower end" },
               { "upper", MLE_REAL, MLE_ACT_LOCATION, "upper end" } },
    .scipy = "scipy.stats.uniform(loc={lower}, scale={upper-lower})",
    .r = "dunif(x, min = {lower}, max = {upper})",
    .row_cost_ns = 3,
    .rows = rows,
    .exists = exists,
    .refuse = refuse,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
