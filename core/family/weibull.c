#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/family/tiles.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

/* With t = log(y / scale) and x = (y / scale)^shape = e^(shape t):
   log f = log shape - log scale + (shape - 1) t - x. */

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double k = mle_view_at(theta[0], i), scale = mle_view_at(theta[1], i), y = obs->y[i];
        bool inside = y > 0, near = fabs(y - scale) < 2 * scale;
        double t = inside ? row_log_ratio(y, scale) : NAN;
        /* the error of e^(kt) grows with |k t|, that of r^k with k */
        double x = near || k > 100 ? exp(k * t) : pow(y / scale, k);
        double x1 = near ? expm1(k * t) : x - 1;
        ll[i] = inside ? log(k) - log(scale) + (k - 1) * t - x : -INFINITY;
        if (grad) {
            grad[i] = 1 / k - t * x1;
            grad[n + i] = k / scale * x1;
        }
        if (hess) {
            hess[i] = -1 / (k * k) - t * t * x;
            hess[n + i] = (x1 + k * x * t) / scale;
            hess[2 * n + i] = -k / scale / scale * (x1 + k * x);
        }
    }
}

/* --- the fused sums over a tile: w t, w x, w x t, w x t^2 ----------------------------------------
 */

enum { S_W, S_T, S_X, S_XT, S_XTT, N_SUM };

/* c: shape, scale and its inverse. One loop, or gcc would take the sums apart again. */
MLE_INLINE void add_group(const double *y, const double *w, const double c[3], bool weighted,
                          double s[N_SUM][TILE_LANES], uint64_t odd[TILE_LANES])
{
    for (int k = 0; k < TILE_LANES; k++) {
        double t = tile_log_ratio_normal(y[k], c[1], c[2], &odd[k]);
        double x = tile_exp(c[0] * t), weight = weighted ? w[k] : 1;
        double wt = weighted ? weight * t : t, wx = weighted ? weight * x : x, wxt = wx * t;
        if (weighted)
            s[S_W][k] += weight;
        s[S_T][k] += wt;
        s[S_X][k] += wx;
        s[S_XT][k] += wxt;
        s[S_XTT][k] += wxt * t;
    }
}

MLE_INLINE void sum_any(size_t n, const double *y, const double *w, const double *c, double *out,
                        bool weighted)
{
    double s[N_SUM][TILE_LANES] = { { 0 } }, rest_y[TILE_LANES], rest_w[TILE_LANES];
    uint64_t odd[TILE_LANES] = { 0 };
    size_t whole = tile_rest(n, y, w, c[1], rest_y, rest_w);
    for (size_t i = 0; i < whole; i += TILE_LANES)
        add_group(y + i, weighted ? w + i : y + i, c, weighted, s, odd);
    if (whole < n)
        add_group(rest_y, rest_w, c, true, s, odd);
    for (int j = 0; j < N_SUM; j++)
        out[j] = tile_total(s[j]);
    if (!weighted)
        out[S_W] = (double)n;
    if (tile_is_odd(odd))
        out[S_X] = MLE_NAN;
}

MLE_LOCAL_KERNEL(void, sum_plain, (size_t n, const double *y, const double *c, double *out),
                 (n, y, c, out))
{
    sum_any(n, y, NULL, c, out, false);
}

MLE_LOCAL_KERNEL(void, sum_weighted,
                 (size_t n, const double *y, const double *w, const double *c, double *out),
                 (n, y, w, c, out))
{
    sum_any(n, y, w, c, out, true);
}

/* The way for a y / scale that is no normal number: Newton may look there, no estimate is. */
static void sum_one_by_one(size_t n, const double y[], const double w[], const double c[3],
                           double s[N_SUM])
{
    memset(s, 0, N_SUM * sizeof *s);
    for (size_t i = 0; i < n; i++) {
        double t = row_log_ratio(y[i], c[1]), weight = w ? w[i] : 1, wx = weight * exp(c[0] * t);
        s[S_W] += weight;
        s[S_T] += weight * t;
        s[S_X] += wx;
        s[S_XT] += wx * t;
        s[S_XTT] += wx * t * t;
    }
}

/* SETS s for the rows. */
static void sums_of(size_t n, const double y[], const double w[], double shape, double scale,
                    double s[N_SUM])
{
    double c[3] = { shape, scale, 1 / scale };
    if (w)
        sum_weighted(n, y, w, c, s);
    else
        sum_plain(n, y, c, s);
    if (isnan(s[S_X]))
        sum_one_by_one(n, y, w, c, s);
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    double k = theta[0], scale = theta[1], s[N_SUM];
    sums_of(obs->n, obs->y, w, k, scale, s);
    double x1 = s[S_X] - s[S_W];
    out[0] += s[S_W] * (log(k) - log(scale)) + (k - 1) * s[S_T] - s[S_X];
    out[1] += s[S_W] / k + s[S_T] - s[S_XT];
    out[2] += k / scale * x1;
    out[3 + MLE_HESS(0, 0)] += -s[S_W] / (k * k) - s[S_XTT];
    out[3 + MLE_HESS(1, 0)] += (x1 + k * s[S_XT]) / scale;
    out[3 + MLE_HESS(1, 1)] += -k / scale / scale * (x1 + k * s[S_X]);
}

/* --- start ------------------------------------------------------------------------------------ */

enum { SAMPLE = 8192 };

/* The root of the profile equation 1/k + mean t - sum x t / sum x = 0 on a sample, by Newton from
   the moments of log y (its standard deviation is pi / sqrt(6) / k). t = log(y / c) with c the
   largest value, so that x = e^(kt) <= 1. The left side falls with k. */
static double profile_shape(size_t m, const double y[], const double w[], double c)
{
    double mean = 0, square = 0, s[N_SUM];
    for (size_t i = 0; i < m; i++)
        mean += row_log_ratio(y[i], c);
    mean /= (double)m;
    for (size_t i = 0; i < m; i++) {
        double d = row_log_ratio(y[i], c) - mean;
        square += d * d;
    }
    double k = 1.28254983016186 / sqrt(square / (double)m), low = 0, high = INFINITY;
    for (int i = 0; i < 50 && isfinite(k); i++) {
        sums_of(m, y, w, k, c, s);
        double a = s[S_XT] / s[S_X], g = 1 / k + s[S_T] / s[S_W] - a;
        double slope = -1 / (k * k) - (s[S_XTT] / s[S_X] - a * a), next = k - g / slope;
        if (g > 0)
            low = k;
        else
            high = k;
        if (!(next > low && next < high))
            next = isfinite(high) ? 0.5 * (low + high) : 2 * k;
        bool done = fabs(next - k) < 1e-9 * k;
        k = next;
        if (done)
            break;
    }
    return k;
}

static void start(const struct mle_evidence *e, double theta[])
{
    double y[SAMPLE], w[SAMPLE], s[N_SUM], top = 0;
    size_t m = tile_thin(e, SAMPLE, y, w);
    for (size_t i = 0; i < m; i++)
        top = fmax(top, y[i]);
    double k = tile_fixed(e, 0) ? e->value[0] : profile_shape(m, y, w, top);
    if (!(k > 0 && isfinite(k))) /* the sample is all alike, the rows are not */
        k = 1 / row_log_ratio(e->max, e->min);
    sums_of(m, y, w, k, top, s);
    theta[0] = k;
    theta[1] = top * exp(log(s[S_X] / s[S_W]) / k);
}

/* With scale profiled out the score in the shape is 1/k + mean log y - sum y^k log y / sum y^k,
   which falls strictly with k (the last term is the mean of log y under weights y^k, its slope
   their variance) from +inf to mean log y - log max < 0 unless all values are equal: one root.
   With either parameter given the log-likelihood is strictly concave in log scale or in shape.
   Ref: Farnum & Booth (1997), IEEE Trans. Reliability 46, 523-525. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    bool shape_fixed = tile_fixed(e, 0), away = tile_fixed(e, 1) && e->min != e->value[1];
    x->certificate = MLE_CERTIFICATE_UNIQUE_ROOT;
    if (shape_fixed || e->min < e->max || away)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               e->n == 1 ? "there is one row: the likelihood grows without limit as shape grows "
                           "with scale at its value"
                         : "all values are equal: the likelihood grows without limit as shape "
                           "grows with scale at that value");
    x->supremum = INFINITY;
    x->theta[0] = INFINITY;
    x->theta[1] = e->min;
    x->collapses = "shape";
}

/* --- the distribution ------------------------------------------------------------------------- */

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_x = y > 0 ? theta[0] * row_log_ratio(y, theta[1]) : -MLE_INFINITY;
    double x = exp(log_x);
    if (tail.upper)
        return tail.log_p ? -x : exp(-x);
    if (tail.log_p)
        return log_x < -40 ? log_x : mle_log1mexp(-x);
    return -expm1(-x);
}

/* log P(Y > y) = -e^t, t = shape log(y / scale). */
static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    if (!(y > 0)) {
        mle_tail_constant(2, upper ? 0 : -(double)INFINITY, log_p, grad, hess);
        return;
    }
    double log_ratio = log(y / theta[1]), power = exp(theta[0] * log_ratio);
    *log_p = -power;
    mle_tail_shape_scale(theta[0], theta[1], log_ratio, -power, -power, grad, hess);
    if (!upper)
        mle_tail_complement(2, log_p, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_x;
    if (tail.upper)
        log_x = log(tail.log_p ? -p : -log(p));
    else if (tail.log_p)
        log_x = p < -40 ? p : log(-mle_log1mexp(p));
    else
        log_x = log(-log1p(-p));
    return theta[1] * exp(log_x / theta[0]);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[1] * exp(mle_lgamma(1 + 1 / theta[0]));
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return MLE_EULER_GAMMA * (1 - 1 / theta[0]) + log(theta[1]) - log(theta[0]) + 1;
}

const struct mle_family mle_family_weibull = {
    .name = "weibull",
    .title = "Weibull",
    .doc = "log f(y) = log(shape / scale) + (shape - 1) log(y / scale) - (y / scale)^shape. "
           "Johnson, Kotz & Balakrishnan (1994) 21.1",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "shape", MLE_POSITIVE, MLE_ACT_NONE, "shape" },
               { "scale", MLE_POSITIVE, MLE_ACT_SCALE, "scale" } },
    .location = 1,
    .scipy = "scipy.stats.weibull_min(c={shape}, scale={scale})",
    .r = "dweibull(x, shape = {shape}, scale = {scale})",
    .row_cost_ns = 15,
    .conditional = { { 1, "scale" }, { 0, "shape" } },
    .rows = rows,
    .sum = sum,
    .start = start,
    .exists = exists,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
