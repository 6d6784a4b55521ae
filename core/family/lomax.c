#include "core/family/existence.h"
#include "core/family/extreme.h"
#include "core/family/family.h"
#include "core/family/lane_sums.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double a = mle_view_at(theta[0], i), s = mle_view_at(theta[1], i), y = obs->y[i];
        bool inside = y >= 0;
        double over = inside ? log1p(y / s) : NAN, p = inside ? y / (y + s) : NAN;
        ll[i] = inside ? log(a) - log(s) - (a + 1) * over : -INFINITY;
        if (grad) {
            grad[i] = 1 / a - over;
            grad[n + i] = ((a + 1) * p - 1) / s;
        }
        if (hess) {
            hess[i] = inside ? -1 / (a * a) : NAN;
            hess[n + i] = p / s;
            hess[2 * n + i] = (1 - (a + 1) * p * (2 - p)) / (s * s);
        }
    }
}

/* The same for one set of parameters: sums of w, log(1 + y/scale), p and p (2 - p), p = y/(y +
 * scale).
 */
enum { S_W, S_L, S_P, S_PP, N_SUM };

MLE_LOCAL_KERNEL(void, row_sums,
                 (size_t n, const double *y, const double *w, double scale, double *out),
                 (n, y, w, scale, out))
{
    double s[N_SUM][MLE_LANES] = { { 0 } };
    for (size_t i = 0; i < n; i += MLE_LANES) {
        struct mle_lane_group g;
        mle_lane_load(&g, n, i, y, w, 0);
        for (int k = 0; k < MLE_LANES; k++) {
            double p = g.y[k] / (g.y[k] + scale);
            s[S_W][k] += g.w[k];
            s[S_L][k] += g.w[k] * mle_lane_log1p(g.y[k] / scale);
            s[S_P][k] += g.w[k] * p;
            s[S_PP][k] += g.w[k] * (p * (2 - p));
        }
    }
    for (int j = 0; j < N_SUM; j++)
        out[j] = mle_lane_total(s[j]);
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    double s[N_SUM], a = theta[0], scale = theta[1];
    row_sums(obs->n, obs->y, w, scale, s);
    out[0] += s[S_W] * (log(a) - log(scale)) - (a + 1) * s[S_L];
    out[1] += s[S_W] / a - s[S_L];
    out[2] += ((a + 1) * s[S_P] - s[S_W]) / scale;
    out[3] -= s[S_W] / (a * a);
    out[4] += s[S_P] / scale;
    out[5] += (s[S_W] - (a + 1) * s[S_PP]) / (scale * scale);
}

static struct mle_moments moments(const struct mle_evidence *e)
{
    return mle_moments(e->obs.n, e->obs.y, e->w);
}

/* Whether the squared coefficient of variation is above 1. */
static bool spread(const struct mle_moments *m)
{
    return m->m2 / m->weight / m->mean / m->mean > 1;
}

static void start(const struct mle_evidence *e, double theta[])
{
    struct mle_gpd_peak peak;
    struct mle_moments m = moments(e);
    if (mle_gpd_find_peak(e, true, &peak)) {
        theta[0] = 1 / peak.xi;
        theta[1] = 1 / peak.b;
        return;
    }
    double v = m.m2 / m.weight / m.mean / m.mean;
    theta[0] = v > 1.0001 ? 2 * v / (v - 1) : 2e4; /* by moments */
    theta[1] = m.mean * (theta[0] - 1);
}

static void unbounded(struct mle_existence *x, const char *parameter, const char *why)
{
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS, "%s", why);
    x->supremum = INFINITY;
    x->collapses = parameter;
}

/* In log scale the score of a row is (shape + 1) y / (y + scale) - 1, which falls as scale grows:
   one root, if it begins above 0. */
static void exists_given_shape(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_UNIQUE_ROOT;
    if ((e->value[0] + 1) * (1 - mle_share_of_zeros(e)) < 1)
        unbounded(x, "scale",
                  "too large a share of the rows is 0: the density there grows without "
                  "limit as scale falls to 0");
}

/* The profile in b = 1 / scale (core/family/gpd.c) is -log mean - 1 + b (m2 / (2 mean) - mean) +
   ... next to the exponential law b = 0, m2 the mean square: it rises from there, and an interior
   maximum exists, if m2 > 2 mean^2, that is if the coefficient of variation is above 1 (del
   Castillo & Daoudi 2009, Stat. Probab. Lett. 79, 684). The reverse does not hold: of 100 values 49
   may be 1e-9 and the rest 1, with a coefficient below 1 and a maximum near b = 1e9. So below 1 the
   profile is also searched on a grid, and the verdict rests on the comparison.

   Zeros make the likelihood unbounded: with a small shape the density at them outgrows the rest as
   scale falls to 0. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    struct mle_gpd_peak peak;
    bool shape_fixed = e->fixed && e->fixed[0], scale_fixed = e->fixed && e->fixed[1];
    if (!(scale_fixed && shape_fixed) && e->max == 0) {
        unbounded(
            x, scale_fixed ? "shape" : "scale",
            "all values are 0: the density there is shape / scale, which grows without limit");
        return;
    }
    if (scale_fixed) {
        x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
        return;
    }
    if (shape_fixed) {
        exists_given_shape(e, x);
        return;
    }
    struct mle_moments m = moments(e);
    x->supremum_infinite = e->min == 0;
    double at_limit = -log(m.mean) - 1;
    bool found = mle_gpd_find_peak(e, true, &peak);
    if (spread(&m) && !found && e->min == 0) {
        unbounded(x, "scale",
                  "the likelihood has no local maximum, and with a small shape the "
                  "density at the rows that are 0 grows without limit as scale falls "
                  "to 0");
        return;
    }
    if (spread(&m) || (found && peak.value > at_limit))
        return;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_LIMIT,
               "the coefficient of variation, %.4g, is not above 1 and no point found is more "
               "likely than the limit: as shape and scale grow the family becomes the exponential "
               "with rate %.9g",
               sqrt(m.m2 / m.weight) / m.mean, 1 / m.mean);
    x->maximum = MLE_MAXIMUM_LOCAL;
    x->supremum = m.weight * at_limit;
    x->theta[0] = x->theta[1] = INFINITY;
    x->limit_param = "shape";
    x->limit_family = "exponential";
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_upper = y > 0 ? -theta[0] * log1p(y / theta[1]) : 0;
    if (tail.upper)
        return tail.log_p ? log_upper : exp(log_upper);
    return tail.log_p ? mle_log1mexp(log_upper) : -expm1(log_upper);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double a = theta[0], s = theta[1], over = log1p(y / s), p = y / (y + s);
    if (!(y > 0)) {
        mle_tail_constant(2, upper ? 0 : -MLE_INFINITY, log_p, grad, hess);
        return;
    }
    *log_p = -a * over;
    if (grad) {
        grad[0] = -over;
        grad[1] = a * p / s;
    }
    if (hess) {
        hess[MLE_HESS(0, 0)] = 0;
        hess[MLE_HESS(1, 0)] = p / s;
        hess[MLE_HESS(1, 1)] = -a * p * (2 - p) / s / s;
    }
    if (!upper)
        mle_tail_complement(2, log_p, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_upper =
        tail.upper ? (tail.log_p ? p : log(p)) : (tail.log_p ? mle_log1mexp(p) : log1p(-p));
    return theta[1] * expm1(-log_upper / theta[0]);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0] > 1 ? theta[1] / (theta[0] - 1) : MLE_INFINITY;
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return log(theta[1]) - log(theta[0]) + 1 + 1 / theta[0];
}

const struct mle_family mle_family_lomax = {
    .name = "lomax",
    .title = "Lomax (Pareto type II)",
    .doc = "log f(y) = log shape - log scale - (shape + 1) log(1 + y/scale). Johnson, Kotz & "
           "Balakrishnan (1994) 20.3",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = true },
    .n_param = 2,
    .param = { { "shape", MLE_POSITIVE, MLE_ACT_NONE, "tail index" },
               { "scale", MLE_POSITIVE, MLE_ACT_SCALE, "scale" } },
    .location = 1,
    .scipy = "scipy.stats.lomax(c={shape}, scale={scale})",
    .r = "actuar::dpareto2(x, min = 0, shape = {shape}, scale = {scale})",
    .row_cost_ns = 30,
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
