#include "core/family/existence.h"
#include "core/family/extreme.h"
#include "core/family/extreme_lanes.h"
#include "core/family/family.h"
#include "core/family/gumbel.h"
#include "core/family/lane_sums.h"
#include "core/family/tails.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"

#include <stdlib.h>

/* With A = log(1 + xi z) / xi the log density is -log sigma - (1 + xi) A - e^-A. */
static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double sigma = mle_view_at(theta[1], i), xi = mle_view_at(theta[2], i);
        double z = (obs->y[i] - mle_view_at(theta[0], i)) / sigma, k = 1 + xi;
        struct mle_extreme e = mle_extreme(xi, z);
        bool inside = e.w > 0 || (e.w == 0 && xi == -1);
        double tail = exp(-e.a), slope = tail - k; /* in A */
        ll[i] = inside ? -log(sigma) - (k == 0 ? 0 : k * e.a) - tail : -INFINITY;
        double dz = slope / e.w, dzz = (-tail - xi * slope) / (e.w * e.w);
        double dzx = (-1 - tail * e.b - slope * z / e.w) / e.w;
        if (grad) {
            grad[i] = inside ? -dz / sigma : NAN;
            grad[n + i] = inside ? (-1 - z * dz) / sigma : NAN;
            grad[2 * n + i] = inside ? -e.a + slope * e.b : NAN;
        }
        if (hess) {
            double precision = inside ? 1 / (sigma * sigma) : NAN;
            hess[i] = dzz * precision;
            hess[n + i] = (dz + z * dzz) * precision;
            hess[2 * n + i] = (1 + 2 * z * dz + z * z * dzz) * precision;
            hess[3 * n + i] = inside ? -dzx / sigma : NAN;
            hess[4 * n + i] = inside ? -z * dzx / sigma : NAN;
            hess[5 * n + i] = inside ? -2 * e.b - tail * e.b * e.b + slope * e.c : NAN;
        }
    }
}

/* The same for one set of parameters, in the same order of terms. */
enum {
    S_LL,
    S_Z,
    S_SIGMA,
    S_XI,
    S_ZZ,
    S_ZSIGMA,
    S_SIGMA2,
    S_ZXI,
    S_SIGMAXI,
    S_XI2,
    S_W,
    S_OUT,
    N_SUM
};

MLE_LOCAL_KERNEL(void, row_sums,
                 (size_t n, const double *y, const double *w, const double *theta, double *out),
                 (n, y, w, theta, out))
{
    double s[N_SUM][MLE_LANES] = { { 0 } };
    double mu = theta[0], sigma = theta[1], xi = theta[2], k1 = 1 + xi;
    for (size_t i = 0; i < n; i += MLE_LANES) {
        struct mle_lane_group g;
        mle_lane_load(&g, n, i, y, w, mu);
        for (int k = 0; k < MLE_LANES; k++) {
            double z = (g.y[k] - mu) / sigma, weight = g.w[k];
            struct mle_extreme e = mle_lane_extreme(xi, z);
            double tail = mle_lane_exp(-e.a), slope = tail - k1, v = 1 / e.w;
            double dz = slope * v, dzz = (-tail - xi * slope) * v * v;
            double dzx = (-1 - tail * e.b - dz * z) * v;
            s[S_LL][k] -= weight * (k1 * e.a + tail);
            s[S_Z][k] += weight * dz;
            s[S_SIGMA][k] += weight * (z * dz);
            s[S_XI][k] += weight * (slope * e.b - e.a);
            s[S_ZZ][k] += weight * dzz;
            s[S_ZSIGMA][k] += weight * (dz + z * dzz);
            s[S_SIGMA2][k] += weight * (z * (2 * dz + z * dzz));
            s[S_ZXI][k] += weight * dzx;
            s[S_SIGMAXI][k] += weight * (z * dzx);
            s[S_XI2][k] += weight * (slope * e.c - e.b * (2 + tail * e.b));
            s[S_W][k] += weight;
            s[S_OUT][k] += e.w > 0 ? 0.0 : weight;
        }
    }
    for (int j = 0; j < N_SUM; j++)
        out[j] = mle_lane_total(s[j]);
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    double s[N_SUM], sigma = theta[1], precision = 1 / (sigma * sigma);
    row_sums(obs->n, obs->y, w, theta, s);
    if (s[S_OUT] > 0) {
        out[0] = -INFINITY;
        return; /* the derivatives of a point outside are not asked for */
    }
    out[0] += s[S_LL] - s[S_W] * log(sigma);
    out[1] -= s[S_Z] / sigma;
    out[2] -= (s[S_W] + s[S_SIGMA]) / sigma;
    out[3] += s[S_XI];
    out[4] += s[S_ZZ] * precision;
    out[5] += s[S_ZSIGMA] * precision;
    out[6] += (s[S_W] + s[S_SIGMA2]) * precision;
    out[7] -= s[S_ZXI] / sigma;
    out[8] -= s[S_SIGMAXI] / sigma;
    out[9] += s[S_XI2];
}

/* --- start ---------------------------------------------------------------------------------------
   Three quantiles whose -log p are in geometric proportion give xi in closed form, however heavy
   the tail is; moments would not. */

enum { FEW = 513 };

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* xi moved towards 0 until every row is inside the support. */
static double fit_support(const struct mle_evidence *e, const double theta[])
{
    double low = (e->min - theta[0]) / theta[1], high = (e->max - theta[0]) / theta[1];
    double xi = theta[2];
    while (fabs(xi) > 1e-3 && !(1 + xi * low > 0.05 && 1 + xi * high > 0.05))
        xi *= 0.8;
    return fabs(xi) > 1e-3 ? xi : 0;
}

static void start(const struct mle_evidence *e, double theta[])
{
    double value[FEW], v[3];
    static const double minus_log_p[3] = { 1.6, 0.6, 0.225 };
    size_t step = e->obs.n / FEW + 1, n = 0;
    for (size_t i = 0; i < e->obs.n; i += step)
        value[n++] = e->obs.y[i];
    qsort(value, n, sizeof *value, ascending);
    for (int j = 0; j < 3; j++) {
        double at = exp(-minus_log_p[j]) * (double)n - 0.5;
        size_t k = at > 0 ? (size_t)at : 0;
        v[j] = k + 1 < n ? value[k] + (at > 0 ? at - (double)k : 0) * (value[k + 1] - value[k])
                         : value[n - 1];
    }
    double ratio = (v[2] - v[1]) / (v[1] - v[0]);
    struct mle_moments m = mle_moments(e->obs.n, e->obs.y, e->w);
    theta[1] = sqrt(m.m2 / m.weight) * 0.7797;
    theta[0] = m.mean - MLE_EULER_GAMMA * theta[1];
    theta[2] = 0;
    if (!(ratio > 0.01 && ratio < 100))
        return;
    double xi = fmin(fmax(log(ratio) / log(1.6 / 0.6), -0.45), 3), q[3];
    for (int j = 0; j < 3; j++)
        q[j] = mle_extreme_inverse(xi, -log(minus_log_p[j]));
    theta[1] = (v[2] - v[0]) / (q[2] - q[0]);
    theta[0] = v[1] - theta[1] * q[1];
    theta[2] = xi;
    theta[2] = fit_support(e, theta);
}

/* --- existence -----------------------------------------------------------------------------------
   Below xi = -1 the density is infinite at the upper end of the support, which can be moved onto
   the largest value: the likelihood has no bound, and the search ends at -1. A stationary point
   inside is a local maximum. Ref: Smith (1985), Biometrika 72, 67; Buecher & Segers (2017),
   Extremes 20, 839. */

static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    const bool *fixed = e->fixed;
    bool mu_fixed = fixed && fixed[0], sigma_fixed = fixed && fixed[1],
         xi_fixed = fixed && fixed[2];
    if (xi_fixed && e->value[2] == 0)
        x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY; /* as in gumbel.c */
    x->supremum_infinite = !sigma_fixed && (!xi_fixed || e->value[2] < -1);
    bool away = mu_fixed && e->min != e->value[0];
    if (sigma_fixed || e->min < e->max || away)
        return;
    mle_settle(
        x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
        "%s: the density at %s grows without limit as sigma falls to 0 with mu at that value",
        e->n == 1 ? "there is one row" : "all values are equal", e->n == 1 ? "it" : "them");
    x->supremum = INFINITY;
    x->theta[0] = e->min;
    x->collapses = "sigma";
}

/* At xi = -1, sigma + mu is the upper end and the end minus Y is exponential with mean sigma. */
static void edge(const struct mle_evidence *e, struct mle_existence *x)
{
    struct mle_moments m = mle_moments_about(e->obs.n, e->obs.y, e->w, e->max);
    double sigma = -m.mean;
    if (!(sigma > 0))
        return;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_LIMIT,
               "the log-likelihood rises up to xi = -1, where the search ends: there the upper end "
               "of the support is the largest value and the distance from it is exponential");
    x->maximum = MLE_MAXIMUM_LOCAL;
    x->theta[0] = e->max - sigma;
    x->theta[1] = sigma;
    x->theta[2] = -1;
    x->supremum = -e->weight_sum * (log(sigma) + 1);
    x->limit_param = "xi";
    x->no_error = mle_extreme_irregular(-1);
}

static const char *irregular(const double theta[])
{
    return mle_extreme_irregular(theta[2]);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = (y - theta[0]) / theta[1], x = theta[2] * z;
    double a = x <= -1  ? (theta[2] > 0 ? -MLE_INFINITY : MLE_INFINITY)
               : x == 0 ? z
                        : log1p(x) / theta[2];
    return mle_gumbel_cdf(a, tail);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double z = (y - theta[0]) / theta[1], xi = theta[2], d1, d2;
    struct mle_extreme e = mle_extreme(xi, z);
    if (!(e.w > 0)) { /* below the lower end (xi > 0) or above the upper one */
        mle_tail_constant(3, upper == (xi > 0) ? 0 : -MLE_INFINITY, log_p, grad, hess);
        return;
    }
    mle_gumbel_tail(e.a, upper, log_p, &d1, &d2);
    double dz = d1 / e.w, dzz = (d2 - xi * d1) / (e.w * e.w);
    double dzx = (d2 * e.b - d1 * z / e.w) / e.w;
    mle_tail_location_scale(theta[1], z, dz, dzz, grad, hess);
    if (grad)
        grad[2] = d1 * e.b;
    if (hess) {
        hess[MLE_HESS(2, 0)] = -dzx / theta[1];
        hess[MLE_HESS(2, 1)] = -z * dzx / theta[1];
        hess[MLE_HESS(2, 2)] = d2 * e.b * e.b + d1 * e.c;
    }
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return theta[0] + theta[1] * mle_extreme_inverse(theta[2], mle_gumbel_quantile(p, tail));
}

/* mu + sigma (Gamma(1 - xi) - 1) / xi. */
static double mean(const double theta[], double trials)
{
    (void)trials;
    double xi = theta[2];
    if (xi >= 1)
        return MLE_INFINITY;
    double g = xi == 0 ? MLE_EULER_GAMMA : expm1(mle_lgamma_diff(1, -xi)) / xi;
    return theta[0] + theta[1] * g;
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return log(theta[1]) + 1 + MLE_EULER_GAMMA * (1 + theta[2]);
}

const struct mle_family mle_family_gev = {
    .name = "gev",
    .title = "Generalised extreme value",
    .doc = "log f(y) = -log sigma - (1 + 1/xi) log(1 + xi z) - (1 + xi z)^(-1/xi), "
           "z = (y - mu)/sigma; xi > 0 is Frechet, 0 Gumbel, < 0 Weibull. Coles (2001) 3.1",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .lower_closed = false, .depends = true },
    .n_param = 3,
    .param = { { "mu", MLE_REAL, MLE_ACT_LOCATION, "location" },
               { "sigma", MLE_POSITIVE, MLE_ACT_SCALE, "scale" },
               { "xi", MLE_REAL, MLE_ACT_NONE, "shape; scipy's c is -xi",
                 .search = { -1, INFINITY } } },
    .scipy = "scipy.stats.genextreme(c={-xi}, loc={mu}, scale={sigma})",
    .r = "evd::dgev(x, loc = {mu}, scale = {sigma}, shape = {xi})",
    .row_cost_ns = 90,
    .rows = rows,
    .sum = sum,
    .start = start,
    .exists = exists,
    .edge = edge,
    .irregular = irregular,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
