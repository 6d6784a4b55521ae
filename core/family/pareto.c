#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"

/* log(y / scale) for y >= scale, without loss where they are close. */
static double log_over(double y, double scale)
{
    return y < 2 * scale ? log1p((y - scale) / scale) : log(y) - log(scale);
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double a = mle_view_at(theta[0], i), s = mle_view_at(theta[1], i), y = obs->y[i];
        bool inside = y >= s;
        double over = inside ? log_over(y, s) : NAN;
        ll[i] = inside ? log(a) - log(y) - a * over : -INFINITY;
        if (grad) {
            grad[i] = 1 / a - over;
            grad[n + i] = inside ? a / s : NAN;
        }
        if (hess) {
            hess[i] = inside ? -1 / (a * a) : NAN;
            hess[n + i] = inside ? 1 / s : NAN;
            hess[2 * n + i] = inside ? -a / (s * s) : NAN;
        }
    }
}

/* --- sufficient statistics: weight, smallest value, sum w log(y / smallest) ---------------------
 */

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    double max;
    mle_range(obs->n, obs->y, &stat[1], &max);
    stat[0] = w ? mle_sum(obs->n, w) : (double)obs->n;
    stat[2] = 0;
    for (size_t i = 0; i < obs->n; i++)
        stat[2] += (w ? w[i] : 1) * log_over(obs->y[i], stat[1]);
}

static void stat_merge(double into[], const double from[])
{
    double least = fmin(into[1], from[1]);
    into[2] += into[0] * log_over(into[1], least) + from[2] + from[0] * log_over(from[1], least);
    into[0] += from[0];
    into[1] = least;
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double w = stat[0], a = theta[0], s = theta[1];
    bool inside = stat[1] >= s;
    double over = inside ? stat[2] + w * log_over(stat[1], s) : NAN; /* sum w log(y / s) */
    *ll = inside ? w * (log(a) - log(s)) - (a + 1) * over : -INFINITY;
    if (grad) {
        grad[0] = w / a - over;
        grad[1] = inside ? w * a / s : NAN;
    }
    if (hess) {
        hess[MLE_HESS(0, 0)] = inside ? -w / (a * a) : NAN;
        hess[MLE_HESS(1, 0)] = inside ? w / s : NAN;
        hess[MLE_HESS(1, 1)] = inside ? -w * a / (s * s) : NAN;
    }
}

static const struct mle_sufficient sufficient = {
    .n_stat = 3,
    .tile = stat_tile,
    .merge = stat_merge,
    .loglik = stat_loglik,
};

static void unbounded(const struct mle_evidence *e, struct mle_existence *x)
{
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               "%s: the likelihood grows without limit as shape grows with scale at %s",
               e->n == 1 ? "there is one row" : "all values are equal",
               e->n == 1 ? "its value" : "that value");
    x->supremum = INFINITY;
    x->theta[0] = INFINITY;
    x->theta[1] = e->min;
    x->collapses = "shape";
}

/* The likelihood is 0 as soon as one value lies below the scale. */
static void impossible(const struct mle_evidence *e, struct mle_existence *x)
{
    mle_settle(x, MLE_VERDICT_NO_INFORMATION, MLE_CERTIFICATE_FLAT_SET,
               "the smallest value, %.9g, lies below the given scale %.9g: the likelihood is 0 for "
               "every shape",
               e->min, e->value[1]);
    x->supremum = -INFINITY;
    x->theta[1] = e->value[1];
}

/* The likelihood rises with scale up to the smallest value and is 0 above it; in shape it is
   log-concave with the closed form 1 / mean log(y / scale). Everything is settled here. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    bool shape_fixed = e->fixed && e->fixed[0], scale_fixed = e->fixed && e->fixed[1];
    double w = e->stat[0], scale = scale_fixed ? e->value[1] : e->min;
    if (e->min < scale) {
        impossible(e, x);
        return;
    }
    double over = e->stat[2] + w * log_over(e->min, scale);
    if (!shape_fixed && !(over > 0)) {
        unbounded(e, x);
        return;
    }
    double theta[2] = { shape_fixed ? e->value[0] : w / over, scale };
    mle_settle(x, MLE_VERDICT_INTERIOR,
               scale_fixed ? MLE_CERTIFICATE_STRICT_CONCAVITY : MLE_CERTIFICATE_ORDER_STATISTIC,
               scale_fixed ? "the log-likelihood is strictly concave in shape, and its maximum is "
                             "1 / mean log(y / scale)"
                           : "the likelihood rises with scale up to the smallest value and is 0 "
                             "above it; given that, shape is 1 / mean log(y / scale)");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->theta[0] = theta[0];
    x->theta[1] = theta[1];
    stat_loglik(e->stat, theta, &x->supremum, NULL, NULL);
    if (scale_fixed)
        x->standard_error[0] = theta[0] / sqrt(w);
    else
        x->no_error = "scale is the smallest value: its error is of order 1/n and not normal, so "
                      "the theory of Wald errors does not apply";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_upper = y > theta[1] ? -theta[0] * log_over(y, theta[1]) : 0;
    if (tail.upper)
        return tail.log_p ? log_upper : exp(log_upper);
    return tail.log_p ? mle_log1mexp(log_upper) : -expm1(log_upper);
}

/* log P(Y > y) = -shape log(y / scale) */
static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double shape = theta[0], scale = theta[1], log_ratio = log(y / scale);
    if (!(y > scale)) {
        mle_tail_constant(2, upper ? 0 : -(double)INFINITY, log_p, grad, hess);
        return;
    }
    *log_p = -shape * log_ratio;
    mle_tail_shape_scale(shape, scale, log_ratio, -1, 0, grad, hess);
    if (!upper)
        mle_tail_complement(2, log_p, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_upper =
        tail.upper ? (tail.log_p ? p : log(p)) : (tail.log_p ? mle_log1mexp(p) : log1p(-p));
    return theta[1] * exp(-log_upper / theta[0]);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0] > 1 ? theta[0] * theta[1] / (theta[0] - 1) : MLE_INFINITY;
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return log(theta[1]) - log(theta[0]) + 1 + 1 / theta[0];
}

const struct mle_family mle_family_pareto = {
    .name = "pareto",
    .title = "Pareto (type I)",
    .doc =
        "log f(y) = log shape + shape log scale - (shape + 1) log y, y >= scale. Johnson, Kotz & "
        "Balakrishnan (1994) 20.3",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = false, .depends = true },
    .n_param = 2,
    .param = { { "shape", MLE_POSITIVE, MLE_ACT_NONE, "tail index" },
               { "scale", MLE_POSITIVE, MLE_ACT_SCALE, "smallest possible value" } },
    .scipy = "scipy.stats.pareto(b={shape}, scale={scale})",
    .r = "actuar::dpareto1(x, shape = {shape}, min = {scale})",
    .row_cost_ns = 12,
    .rows = rows,
    .sufficient = &sufficient,
    .exists = exists,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
