#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/logistic.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"

/* log y is logistic with mean log scale and scale 1 / shape. With t = log(y / scale), v = shape t
   and the logistic density g: log f = log shape - log y + log g(v). */

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double k = mle_view_at(theta[0], i), scale = mle_view_at(theta[1], i), y = obs->y[i];
        bool inside = y > 0;
        double t = inside ? row_log_ratio(y, scale) : MLE_NAN;
        struct mle_logistic g = mle_logistic_of(k * t);
        ll[i] = inside ? log(k) - log(y) + g.log_g : -MLE_INFINITY;
        if (grad) {
            grad[i] = 1 / k - t * g.h;
            grad[n + i] = k / scale * g.h;
        }
        if (hess) {
            hess[i] = -1 / (k * k) - t * t * g.q;
            hess[n + i] = (g.h + k * t * g.q) / scale;
            hess[2 * n + i] = -k / scale / scale * (g.h + k * g.q);
        }
    }
}

/* --- the fused sums over a tile ------------------------------------------------------------------
 */

enum { S_W, S_T, S_A, S_H, S_TH, S_Q, S_TQ, S_TTQ, N_SUM, S_LOG = N_SUM, N_OUT };

MLE_INLINE void add_group(const double *y, const double *w, const double c[3], bool weighted,
                          struct mle_softplus *p, double s[N_SUM][TILE_LANES],
                          uint64_t odd[TILE_LANES])
{
    for (int k = 0; k < TILE_LANES; k++) {
        double t = tile_log_ratio_normal(y[k], c[1], c[2], &odd[k]);
        struct mle_logistic_lane g = mle_lane_logistic(c[0] * t);
        double wh = w[k] * g.h, wq = w[k] * g.q, wtq = wq * t;
        mle_softplus_add(p, k, g.e, w[k], weighted);
        s[S_W][k] += w[k];
        s[S_T][k] += w[k] * t;
        s[S_A][k] += w[k] * g.a;
        s[S_H][k] += wh;
        s[S_TH][k] += wh * t;
        s[S_Q][k] += wq;
        s[S_TQ][k] += wtq;
        s[S_TTQ][k] += wtq * t;
    }
}

MLE_INLINE bool sum_any(size_t n, const double *y, const double *w, const double *c, double *out,
                        bool weighted)
{
    double s[N_SUM][TILE_LANES] = { { 0 } }, rest_y[TILE_LANES], rest_w[TILE_LANES];
    uint64_t odd[TILE_LANES] = { 0 };
    struct mle_softplus p;
    mle_softplus_start(&p);
    size_t whole = tile_rest(n, y, w, c[1], rest_y, rest_w);
    for (size_t i = 0; i < whole; i += TILE_LANES)
        add_group(y + i, weighted ? w + i : tile_ones, c, weighted, &p, s, odd);
    add_group(rest_y, rest_w, c, true, &p, s, odd);
    for (int j = 0; j < N_SUM; j++)
        out[j] = tile_total(s[j]);
    out[S_LOG] = mle_softplus_total(&p);
    return !tile_is_odd(odd);
}

/* c: shape, scale and its inverse. */
MLE_LOCAL_KERNEL(bool, sum_plain, (size_t n, const double *y, const double *c, double *out),
                 (n, y, c, out))
{
    return sum_any(n, y, NULL, c, out, false);
}

MLE_LOCAL_KERNEL(bool, sum_weighted,
                 (size_t n, const double *y, const double *w, const double *c, double *out),
                 (n, y, w, c, out))
{
    return sum_any(n, y, w, c, out, true);
}

/* The way for a y / scale that is no normal number. */
static void sum_one_by_one(size_t n, const double y[], const double w[], const double c[3],
                           double s[N_OUT])
{
    memset(s, 0, N_OUT * sizeof *s);
    for (size_t i = 0; i < n; i++) {
        double t = row_log_ratio(y[i], c[1]), weight = w ? w[i] : 1;
        struct mle_logistic g = mle_logistic_of(c[0] * t);
        s[S_W] += weight;
        s[S_T] += weight * t;
        s[S_A] -= weight * g.log_g;
        s[S_H] += weight * g.h;
        s[S_TH] += weight * g.h * t;
        s[S_Q] += weight * g.q;
        s[S_TQ] += weight * g.q * t;
        s[S_TTQ] += weight * g.q * t * t;
    }
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    double k = theta[0], scale = theta[1], c[3] = { k, scale, 1 / scale }, s[N_OUT];
    bool usual = w ? sum_weighted(obs->n, obs->y, w, c, s) : sum_plain(obs->n, obs->y, c, s);
    if (!usual)
        sum_one_by_one(obs->n, obs->y, w, c, s);
    out[0] += s[S_W] * (log(k) - log(scale)) - s[S_T] - s[S_A] - 2 * s[S_LOG];
    out[1] += s[S_W] / k - s[S_TH];
    out[2] += k / scale * s[S_H];
    out[3 + MLE_HESS(0, 0)] -= s[S_W] / (k * k) + s[S_TTQ];
    out[3 + MLE_HESS(1, 0)] += (s[S_H] + k * s[S_TQ]) / scale;
    out[3 + MLE_HESS(1, 1)] -= k / scale / scale * (s[S_H] + k * s[S_Q]);
}

/* Median and middle half of the logs of a thinned sample. */
static void start(const struct mle_evidence *e, double theta[])
{
    enum { SAMPLE = 4096 };
    double y[SAMPLE], w[SAMPLE];
    size_t m = tile_thin(e, SAMPLE, y, w);
    theta[1] = tile_fixed(e, 1) ? e->value[1] : tile_select(m, y, m / 2);
    for (size_t i = 0; i < m; i++)
        y[i] = fabs(row_log_ratio(y[i], theta[1]));
    double half = tile_select(m, y, m / 2);
    if (!(half > 0))
        half = fmax(fabs(row_log_ratio(e->max, theta[1])), fabs(row_log_ratio(e->min, theta[1])));
    theta[0] = 1.0986122886681098 / half;
}

/* As for the logistic law of log y: strictly concave in (shape, shape log scale). */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool away = tile_fixed(e, 1) && e->min != e->value[1];
    if (tile_fixed(e, 0) || e->min < e->max || away)
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

/* --- the distribution ----------------------------------------------------------------------------
 */

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double v = y > 0 ? theta[0] * row_log_ratio(y, theta[1]) : -MLE_INFINITY;
    v = tail.upper ? -v : v;
    return tail.log_p ? mle_log_expit(v) : mle_expit(v);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    if (!(y > 0)) {
        mle_tail_constant(2, upper ? 0 : -MLE_INFINITY, log_p, grad, hess);
        return;
    }
    double t = row_log_ratio(y, theta[1]), v = theta[0] * t;
    double up = mle_expit(v), down = mle_expit(-v);
    *log_p = mle_log_expit(upper ? -v : v);
    mle_tail_shape_scale(theta[0], theta[1], t, upper ? -up : down, -up * down, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return theta[1] * exp(mle_logistic_quantile(p, tail) / theta[0]);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    double angle = 2 * MLE_PI_2 / theta[0];
    return theta[0] > 1 ? theta[1] * angle / sin(angle) : MLE_INFINITY;
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return 2 - log(theta[0]) + log(theta[1]);
}

const struct mle_family mle_family_log_logistic = {
    .name = "log_logistic",
    .title = "Log-logistic",
    .doc = "log f(y) = log(shape / scale) + (shape - 1) log(y / scale) - 2 log(1 + (y / "
           "scale)^shape). Johnson, Kotz & Balakrishnan (1995) 23.11",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "shape", MLE_POSITIVE, MLE_ACT_NONE, "shape" },
               { "scale", MLE_POSITIVE, MLE_ACT_SCALE, "scale (the median)" } },
    .location = 1,
    .scipy = "scipy.stats.fisk(c={shape}, scale={scale})",
    .r = "actuar::dllogis(x, shape = {shape}, scale = {scale})",
    .row_cost_ns = 18,
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
