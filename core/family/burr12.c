#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/lane_sums.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

/* log(y / s), without loss where they are close. */
static double log_ratio(double y, double s)
{
    return fabs(y - s) < 0.5 * s ? log1p((y - s) / s) : log(y) - log(s);
}

/* With v = log(y / scale), t = c v and L = log(1 + e^t) the log density is
   log c + log d - log y + t - (d + 1) L. */
static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double c = mle_view_at(theta[0], i), d = mle_view_at(theta[1], i);
        double s = mle_view_at(theta[2], i), y = obs->y[i];
        bool inside = y > 0;
        double v = inside ? log_ratio(y, s) : NAN, t = c * v, over = mle_log1pexp(t);
        double p = mle_expit(t), q = mle_expit(-t);
        ll[i] = inside ? log(c) + log(d) - log(y) + t - (d + 1) * over : -INFINITY;
        double slope = q - d * p, curve = -(d + 1) * p * q; /* in t */
        if (grad) {
            grad[i] = 1 / c + v * slope;
            grad[n + i] = 1 / d - over;
            grad[2 * n + i] = -c / s * slope;
        }
        if (hess) {
            hess[i] = v * v * curve - 1 / (c * c);
            hess[n + i] = -p * v;
            hess[2 * n + i] = inside ? -1 / (d * d) : NAN;
            hess[3 * n + i] = -(slope + t * curve) / s;
            hess[4 * n + i] = c / s * p;
            hess[5 * n + i] = c / s / s * (slope + c * curve);
        }
    }
}

/* The same for one set of parameters: with p = 1 / (1 + e^-t) and q = 1 - p all is made of these.
 */
enum { S_W, S_V, S_L, S_P, S_PV, S_PQ, S_PQV, S_PQVV, N_SUM };

MLE_LOCAL_KERNEL(void, row_sums,
                 (size_t n, const double *y, const double *w, double c, double scale, double *out),
                 (n, y, w, c, scale, out))
{
    double s[N_SUM][MLE_LANES] = { { 0 } };
    for (size_t i = 0; i < n; i += MLE_LANES) {
        struct mle_lane_group g;
        mle_lane_load(&g, n, i, y, w, scale);
        for (int k = 0; k < MLE_LANES; k++) {
            double v = mle_lane_log(g.y[k] / scale), t = c * v, e = mle_lane_exp(-fabs(t));
            double far = 1 / (1 + e),
                   near = e * far; /* p or q, whichever is larger, and the other */
            double p = t > 0 ? far : near, pq = far * near, weight = g.w[k];
            s[S_W][k] += weight;
            s[S_V][k] += weight * v;
            s[S_L][k] += weight * ((t > 0 ? t : 0.0) + mle_lane_log1p(e));
            s[S_P][k] += weight * p;
            s[S_PV][k] += weight * (p * v);
            s[S_PQ][k] += weight * pq;
            s[S_PQV][k] += weight * (pq * v);
            s[S_PQVV][k] += weight * (pq * v * v);
        }
    }
    for (int j = 0; j < N_SUM; j++)
        out[j] = mle_lane_total(s[j]);
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    double s[N_SUM], c = theta[0], d = theta[1], scale = theta[2], m = d + 1;
    row_sums(obs->n, obs->y, w, c, scale, s);
    double slope = s[S_W] - m * s[S_P], curve = -m * s[S_PQ]; /* in t */
    out[0] += s[S_W] * (log(c) + log(d) - log(scale)) + (c - 1) * s[S_V] - m * s[S_L];
    out[1] += s[S_W] / c + s[S_V] - m * s[S_PV];
    out[2] += s[S_W] / d - s[S_L];
    out[3] -= c / scale * slope;
    out[4] -= s[S_W] / (c * c) + m * s[S_PQVV];
    out[5] -= s[S_PV];
    out[6] -= s[S_W] / (d * d);
    out[7] -= (slope - c * m * s[S_PQV]) / scale;
    out[8] += c / scale * s[S_P];
    out[9] += c / scale / scale * (slope + c * curve);
}

/* --- the Weibull law -----------------------------------------------------------------------------
   With scale = sigma d^(1/c) the density goes to that of weibull(c, sigma) as d grows. */

struct weibull {
    double c, log_sigma;
    double log_likelihood;
    double mean_x2; /* of x = (y / sigma)^c, whose mean is 1 */
    double error;   /* of c, from the observed information */
};

/* Sums over rows with e = w (y / max)^c and l = log(y / max) <= 0. */
struct powers {
    double weight, e, el, ell, ee, l;
};

static struct powers power_sums(const struct mle_evidence *e, double c)
{
    struct powers s = { 0 };
    double top = log(e->max);
    for (size_t i = 0; i < e->obs.n; i++) {
        double w = e->w ? e->w[i] : 1, l = log(e->obs.y[i]) - top, x = exp(c * l);
        s.weight += w;
        s.l += w * l;
        s.e += w * x;
        s.el += w * x * l;
        s.ell += w * x * l * l;
        s.ee += w * x * x;
    }
    return s;
}

/* The root of 1/c + mean l - sum e l / sum e, which falls in c: safeguarded Newton. */
static struct weibull fit_weibull(const struct mle_evidence *e)
{
    struct powers s = power_sums(e, 0);
    double low = 0, high = INFINITY,
           variance = s.ell / s.weight - s.l / s.weight * (s.l / s.weight);
    double c = 1.28 / sqrt(fmax(variance, 1e-300));
    for (int i = 0; i < 100; i++) {
        s = power_sums(e, c);
        double ratio = s.el / s.e, gap = 1 / c + s.l / s.weight - ratio;
        double slope = -1 / (c * c) - (s.ell / s.e - ratio * ratio);
        if (gap > 0)
            low = c;
        else
            high = c;
        double next = c - gap / slope;
        if (fabs(next - c) <= 1e-15 * c)
            break;
        c = next > low && next < high ? next : isinf(high) ? 2 * c : low + (high - low) / 2;
    }
    struct weibull w = { .c = c };
    double mean = s.e / s.weight, w_sum = s.weight, top = log(e->max);
    w.log_sigma = top + log(mean) / c;
    w.mean_x2 = s.ee / w_sum / mean / mean;
    w.log_likelihood = w_sum * (log(c) - log(mean) - 1) + (c - 1) * s.l - w_sum * top;
    /* information of c with sigma profiled out */
    double ratio = s.el / s.e;
    w.error = 1 / sqrt(w_sum * (1 / (c * c) + s.ell / s.e - ratio * ratio));
    return w;
}

static void start(const struct mle_evidence *e, double theta[])
{
    struct weibull w = fit_weibull(e);
    double d = w.mean_x2 > 2 ? fmax(2, 4 / (w.mean_x2 - 2)) : 10;
    d = fmin(d, 1e3);
    theta[0] = w.c * (d < 10 ? 1.3 : 1);
    theta[1] = d;
    theta[2] = exp(w.log_sigma + log(d) / theta[0]);
}

/* Whatever c and scale are, d alone makes the log-likelihood concave (n log d - (d + 1) sum L). */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    bool c_fixed = e->fixed && e->fixed[0], d_fixed = e->fixed && e->fixed[1];
    bool s_fixed = e->fixed && e->fixed[2];
    if (c_fixed && s_fixed)
        x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool away = s_fixed && d_fixed && e->min != e->value[2];
    if (c_fixed || e->min < e->max || away)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               "%s: the density at %s grows without limit as c grows with scale at that value",
               e->n == 1 ? "there is one row" : "all values are equal", e->n == 1 ? "it" : "them");
    x->supremum = INFINITY;
    x->theta[0] = INFINITY;
    x->theta[2] = e->min;
    x->collapses = "c";
}

/* Next to the Weibull law, 1/d = 0, the log-likelihood rises with 1/d by mean x^2 / 2 - mean x per
   row, x = (y / sigma)^c, and the Weibull estimate has mean x = 1: with mean x^2 <= 2 the law is a
   local maximum of the closed parameter space (the envelope theorem takes care of c and sigma). As
   d falls to 0 and c grows with c d fixed it becomes the Pareto law above the smallest value. */
static void edge(const struct mle_evidence *e, struct mle_existence *x)
{
    struct weibull w = fit_weibull(e);
    struct powers s = power_sums(e, 0);
    double over = s.l / s.weight - (log(e->min) - log(e->max)), alpha = 1 / over;
    double pareto = s.weight * (log(alpha) - log(e->max) - 1) - s.l;
    x->maximum = MLE_MAXIMUM_LOCAL;
    if (pareto > w.log_likelihood) {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_LIMIT,
                   "as c grows and d falls to 0 the family becomes the Pareto law with shape %.9g "
                   "above the smallest value, and no point found is more likely",
                   alpha);
        x->theta[0] = INFINITY;
        x->theta[1] = 0;
        x->theta[2] = e->min;
        x->supremum = pareto;
        x->limit_param = "c";
        x->limit_family = "pareto";
        return;
    }
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_LIMIT,
               "as d grows, and scale with it, the family becomes the Weibull law with shape %.9g "
               "and scale %.9g, and no point found is more likely",
               w.c, exp(w.log_sigma));
    x->theta[0] = w.c;
    x->theta[1] = x->theta[2] = INFINITY;
    x->standard_error[0] = w.error;
    x->supremum = w.log_likelihood;
    x->limit_param = "d";
    x->limit_family = "weibull";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double t = y > 0 ? theta[0] * log_ratio(y, theta[2]) : -INFINITY;
    double log_upper = -theta[1] * mle_log1pexp(t);
    if (tail.upper)
        return tail.log_p ? log_upper : exp(log_upper);
    if (log_upper > -1e-280 && y > 0) /* e^t itself has underflowed, not its log */
        return tail.log_p ? log(theta[1]) + t : theta[1] * exp(t);
    return tail.log_p ? mle_log1mexp(log_upper) : -expm1(log_upper);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double c = theta[0], d = theta[1], s = theta[2];
    if (!(y > 0)) {
        mle_tail_constant(3, upper ? 0 : -MLE_INFINITY, log_p, grad, hess);
        return;
    }
    double v = log_ratio(y, s), t = c * v, p = mle_expit(t), q = mle_expit(-t);
    double over = mle_log1pexp(t);
    *log_p = -d * over;
    if (grad) {
        grad[0] = -d * p * v;
        grad[1] = -over;
        grad[2] = d * p * c / s;
    }
    if (hess) {
        hess[MLE_HESS(0, 0)] = -d * p * q * v * v;
        hess[MLE_HESS(1, 0)] = -p * v;
        hess[MLE_HESS(1, 1)] = 0;
        hess[MLE_HESS(2, 0)] = d * p * (1 + t * q) / s;
        hess[MLE_HESS(2, 1)] = p * c / s;
        hess[MLE_HESS(2, 2)] = -d * c * p * (1 + c * q) / s / s;
    }
    if (!upper)
        mle_tail_complement(3, log_p, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_upper =
        tail.upper ? (tail.log_p ? p : log(p)) : (tail.log_p ? mle_log1mexp(p) : log1p(-p));
    double over = -log_upper / theta[1];
    double t = over > 36 ? over : log(expm1(over));
    return theta[2] * exp(t / theta[0]);
}

/* scale d B(d - 1/c, 1 + 1/c). */
static double mean(const double theta[], double trials)
{
    (void)trials;
    double c = theta[0], d = theta[1];
    if (c * d <= 1)
        return MLE_INFINITY;
    return theta[2] * exp(mle_lgamma(1 + 1 / c) + mle_lgamma_diff(d, -1 / c));
}

/* E L = 1/d and E t = digamma(1) - digamma(d): t is the log of a ratio of gamma variables. */
static double entropy(const double theta[], double trials)
{
    (void)trials;
    double c = theta[0], d = theta[1], mean_t = -MLE_EULER_GAMMA - mle_digamma(d);
    return log(theta[2]) - log(c) - log(d) + mean_t / c - mean_t + 1 + 1 / d;
}

const struct mle_family mle_family_burr12 = {
    .name = "burr12",
    .title = "Burr type XII (Singh-Maddala)",
    .doc = "log f(y) = log c + log d - log y + c log(y/scale) - (d + 1) log(1 + (y/scale)^c). "
           "Johnson, Kotz & Balakrishnan (1994) 12.4.5",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = false },
    .n_param = 3,
    .param = { { "c", MLE_POSITIVE, MLE_ACT_NONE, "shape near 0" },
               { "d", MLE_POSITIVE, MLE_ACT_NONE, "shape; c d is the tail index" },
               { "scale", MLE_POSITIVE, MLE_ACT_SCALE, "scale" } },
    .location = 2,
    .scipy = "scipy.stats.burr12(c={c}, d={d}, scale={scale})",
    .r = "actuar::dburr(x, shape1 = {d}, shape2 = {c}, scale = {scale})",
    .row_cost_ns = 90,
    .rows = rows,
    .sum = sum,
    .start = start,
    .exists = exists,
    .edge = edge,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
