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

MLE_INLINE void add_group(const double *y, const double *w, const double c[3],
                          double s[N_SUM][TILE_LANES])
{
    double t[TILE_LANES], x[TILE_LANES];
    for (int k = 0; k < TILE_LANES; k++) {
        t[k] = tile_log_ratio(y[k], c[1], c[2]);
        x[k] = mle_lane_exp(c[0] * t[k]);
    }
    for (int k = 0; k < TILE_LANES; k++) {
        double wt = w[k] * t[k], wx = w[k] * x[k], wxt = wx * t[k];
        s[S_W][k] += w[k];
        s[S_T][k] += wt;
        s[S_X][k] += wx;
        s[S_XT][k] += wxt;
        s[S_XTT][k] += wxt * t[k];
    }
}

/* c: shape, scale and its inverse. */
MLE_LOCAL_KERNEL(void, sum_tile,
                 (size_t n, const double *y, const double *w, const double *c, double *out),
                 (n, y, w, c, out))
{
    double s[N_SUM][TILE_LANES] = { { 0 } }, rest_y[TILE_LANES], rest_w[TILE_LANES];
    size_t whole = tile_rest(n, y, w, c[1], rest_y, rest_w);
    for (size_t i = 0; i < whole; i += TILE_LANES)
        add_group(y + i, w ? w + i : tile_ones, c, s);
    add_group(rest_y, rest_w, c, s);
    for (int j = 0; j < N_SUM; j++)
        out[j] = tile_total(s[j]);
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    double k = theta[0], scale = theta[1], c[3] = { k, scale, 1 / scale }, s[N_SUM];
    sum_tile(obs->n, obs->y, w, c, s);
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
    double mean = 0, square = 0, scaled[2] = { c, 1 / c }, s[N_SUM];
    for (size_t i = 0; i < m; i++)
        mean += row_log_ratio(y[i], c);
    mean /= (double)m;
    for (size_t i = 0; i < m; i++) {
        double d = row_log_ratio(y[i], c) - mean;
        square += d * d;
    }
    double k = 1.28254983016186 / sqrt(square / (double)m), low = 0, high = INFINITY;
    for (int i = 0; i < 50 && isfinite(k); i++) {
        double at[3] = { k, scaled[0], scaled[1] };
        sum_tile(m, y, w, at, s);
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
    double at[3] = { k, top, 1 / top };
    sum_tile(m, y, w, at, s);
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
