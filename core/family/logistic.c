#include "core/family/logistic.h"

#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double sigma = mle_view_at(theta[1], i), s2 = sigma * sigma;
        double z = (obs->y[i] - mle_view_at(theta[0], i)) / sigma;
        struct mle_logistic g = mle_logistic_of(z);
        double zq = g.q == 0 ? 0 : z * g.q; /* 0 where z is infinite, too */
        ll[i] = g.log_g - log(sigma);
        if (grad) {
            grad[i] = g.h / sigma;
            grad[n + i] = (z * g.h - 1) / sigma;
        }
        if (hess) {
            hess[i] = -g.q / s2;
            hess[n + i] = -(g.h + zq) / s2;
            hess[2 * n + i] = (1 - 2 * z * g.h - z * zq) / s2;
        }
    }
}

/* --- the fused sums over a tile ------------------------------------------------------------------
 */

enum { S_W, S_A, S_H, S_ZH, S_Q, S_ZQ, S_ZZQ, N_SUM, S_LOG = N_SUM, N_OUT };

MLE_INLINE void add_group(const double *y, const double *w, const double c[2], bool weighted,
                          struct mle_softplus *p, double s[N_SUM][TILE_LANES])
{
    for (int k = 0; k < TILE_LANES; k++) {
        double z = (y[k] - c[0]) * c[1];
        struct mle_logistic_lane g = mle_lane_logistic(z);
        double wh = w[k] * g.h, wq = w[k] * g.q, wzq = wq * z;
        mle_softplus_add(p, k, g.e, w[k], weighted);
        s[S_W][k] += w[k];
        s[S_A][k] += w[k] * g.a;
        s[S_H][k] += wh;
        s[S_ZH][k] += wh * z;
        s[S_Q][k] += wq;
        s[S_ZQ][k] += wzq;
        s[S_ZZQ][k] += wzq * z;
    }
}

MLE_INLINE void sum_any(size_t n, const double *y, const double *w, const double *c, double *out,
                        bool weighted)
{
    double s[N_SUM][TILE_LANES] = { { 0 } }, rest_y[TILE_LANES], rest_w[TILE_LANES];
    struct mle_softplus p;
    mle_softplus_start(&p);
    size_t whole = tile_rest(n, y, w, c[0], rest_y, rest_w);
    for (size_t i = 0; i < whole; i += TILE_LANES)
        add_group(y + i, weighted ? w + i : tile_ones, c, weighted, &p, s);
    add_group(rest_y, rest_w, c, true, &p, s);
    for (int j = 0; j < N_SUM; j++)
        out[j] = tile_total(s[j]);
    out[S_LOG] = mle_softplus_total(&p);
}

/* c: mu and 1 / sigma. */
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

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    double sigma = theta[1], s2 = sigma * sigma, c[2] = { theta[0], 1 / sigma }, s[N_OUT];
    if (w)
        sum_weighted(obs->n, obs->y, w, c, s);
    else
        sum_plain(obs->n, obs->y, c, s);
    out[0] -= s[S_A] + 2 * s[S_LOG] + s[S_W] * log(sigma);
    out[1] += s[S_H] / sigma;
    out[2] += (s[S_ZH] - s[S_W]) / sigma;
    out[3 + MLE_HESS(0, 0)] -= s[S_Q] / s2;
    out[3 + MLE_HESS(1, 0)] -= (s[S_H] + s[S_ZQ]) / s2;
    out[3 + MLE_HESS(1, 1)] += (s[S_W] - 2 * s[S_ZH] - s[S_ZZQ]) / s2;
}

/* Median and middle half of a thinned sample: half of the law lies within log 3 of the centre. */
static void start(const struct mle_evidence *e, double theta[])
{
    enum { SAMPLE = 4096 };
    double y[SAMPLE], w[SAMPLE];
    size_t m = tile_thin(e, SAMPLE, y, w);
    theta[0] = tile_fixed(e, 0) ? e->value[0] : tile_select(m, y, m / 2);
    for (size_t i = 0; i < m; i++)
        y[i] = fabs(y[i] - theta[0]);
    theta[1] = tile_select(m, y, m / 2) / 1.0986122886681098;
    if (!(theta[1] > 0))
        theta[1] = 0.5 * fmax(e->max - theta[0], theta[0] - e->min);
}

/* In (1 / sigma, mu / sigma) the log-likelihood W log(1/sigma) + sum log g(y / sigma - mu / sigma)
   is strictly concave, g being strictly log-concave; since log g falls like -|z| it goes to -inf in
   every direction unless all values are equal. Ref: Burridge (1981), JRSS B 43, 41-45. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool away = tile_fixed(e, 0) && e->min != e->value[0];
    if (tile_fixed(e, 1) || e->min < e->max || away)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               e->n == 1 ? "there is one row: the density at it grows without limit as sigma falls "
                           "to 0 with mu at its value"
                         : "all values are equal: the density at them grows without limit as sigma "
                           "falls to 0 with mu at that value");
    x->supremum = INFINITY;
    x->theta[0] = e->min;
    x->collapses = "sigma";
}

/* --- the distribution ----------------------------------------------------------------------------
 */

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = (y - theta[0]) / theta[1];
    z = tail.upper ? -z : z;
    return tail.log_p ? mle_log_expit(z) : mle_expit(z);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double z = (y - theta[0]) / theta[1], up = mle_expit(z), down = mle_expit(-z);
    *log_p = mle_log_expit(upper ? -z : z);
    mle_tail_location_scale(theta[1], z, upper ? -up : down, -up * down, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return theta[0] + theta[1] * mle_logistic_quantile(p, tail);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0];
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return 2 + log(theta[1]);
}

const struct mle_family mle_family_logistic = {
    .name = "logistic",
    .title = "Logistic",
    .doc = "log f(y) = -z - 2 log(1 + e^-z) - log sigma, z = (y - mu) / sigma. "
           "Johnson, Kotz & Balakrishnan (1995) 23.1",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "mu", MLE_REAL, MLE_ACT_LOCATION, "mean" },
               { "sigma", MLE_POSITIVE, MLE_ACT_SCALE,
                 "scale (standard deviation times sqrt(3) / pi)" } },
    .scipy = "scipy.stats.logistic(loc={mu}, scale={sigma})",
    .r = "dlogis(x, location = {mu}, scale = {sigma})",
    .row_cost_ns = 12,
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
