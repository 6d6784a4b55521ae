#include "core/family/existence.h"
#include "core/family/extreme.h"
#include "core/family/extreme_lanes.h"
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
        double sigma = mle_view_at(theta[0], i), xi = mle_view_at(theta[1], i);
        double z = obs->y[i] / sigma, k = 1 + xi;
        struct mle_extreme e = mle_extreme(xi, z);
        bool inside = z >= 0 && (e.w > 0 || (e.w == 0 && xi == -1));
        ll[i] = inside ? -log(sigma) - (k == 0 ? 0 : k * e.a) : -INFINITY;
        double first = -k / e.w, mixed = (k * z / e.w - 1) / e.w; /* in z; in z and xi */
        if (grad) {
            grad[i] = inside ? (-1 - z * first) / sigma : NAN;
            grad[n + i] = inside ? -e.a - k * e.b : NAN;
        }
        if (hess) {
            double second = k * xi / (e.w * e.w);
            hess[i] = inside ? (1 + 2 * z * first + z * z * second) / (sigma * sigma) : NAN;
            hess[n + i] = inside ? -z * mixed / sigma : NAN;
            hess[2 * n + i] = inside ? -2 * e.b - k * e.c : NAN;
        }
    }
}

/* The same for one set of parameters: SETS out to the sums of A, z/w, B, C, (z/w)^2 and the
   weights, of which everything is made, and last to the sum of the weights of rows outside the
   support. */
enum { S_A, S_R, S_B, S_C, S_RR, S_W, S_OUT, N_SUM };

MLE_LOCAL_KERNEL(void, row_sums,
                 (size_t n, const double *y, const double *w, double sigma, double xi, double *out),
                 (n, y, w, sigma, xi, out))
{
    double s[N_SUM][MLE_LANES] = { { 0 } };
    for (size_t i = 0; i < n; i += MLE_LANES) {
        struct mle_lane_group g;
        mle_lane_load(&g, n, i, y, w, 0);
        for (int k = 0; k < MLE_LANES; k++) {
            double z = g.y[k] / sigma, weight = g.w[k];
            struct mle_extreme e = mle_lane_extreme(xi, z);
            double r = z / e.w;
            s[S_A][k] += weight * e.a;
            s[S_R][k] += weight * r;
            s[S_B][k] += weight * e.b;
            s[S_C][k] += weight * e.c;
            s[S_RR][k] += weight * (r * r);
            s[S_W][k] += weight;
            s[S_OUT][k] += ((z >= 0) & (e.w > 0)) ? 0.0 : weight;
        }
    }
    for (int j = 0; j < N_SUM; j++)
        out[j] = mle_lane_total(s[j]);
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    double s[N_SUM], sigma = theta[0], xi = theta[1], k = 1 + xi;
    row_sums(obs->n, obs->y, w, sigma, xi, s);
    bool inside = s[S_OUT] == 0;
    out[0] += inside ? -s[S_W] * log(sigma) - k * s[S_A] : -INFINITY;
    out[1] += inside ? (k * s[S_R] - s[S_W]) / sigma : NAN;
    out[2] += -s[S_A] - k * s[S_B];
    out[3] += (s[S_W] - 2 * k * s[S_R] + k * xi * s[S_RR]) / (sigma * sigma);
    out[4] += (s[S_R] - k * s[S_RR]) / sigma;
    out[5] += -2 * s[S_B] - k * s[S_C];
}

/* --- the profile ---------------------------------------------------------------------------------
   Given b = xi / sigma > -1 / max the likelihood is maximal at xi = mean log(1 + b y), where it is
   -log(xi / b) - xi - 1 per unit of weight. Ref: Grimshaw (1993), Technometrics 35, 185. */

enum { GRID_BELOW = 40, GRID_ABOVE = 56, GRID = GRID_BELOW + GRID_ABOVE, LANES = 8, FEW = 1024 };

/* SETS out to sum w and sum w log(1 + b y) over every stride-th row. */
MLE_LOCAL_KERNEL(void, log_sums,
                 (size_t n, size_t stride, const double *y, const double *w, double b, double *out),
                 (n, stride, y, w, b, out))
{
    double weight[LANES] = { 0 }, total[LANES] = { 0 };
    for (size_t i = 0; i < n; i += LANES * stride) {
        for (size_t k = 0; k < LANES; k++) {
            size_t at = i + k * stride;
            double v = at >= n ? 0 : w ? w[at] : 1;
            weight[k] += v;
            total[k] += v * mle_lane_log1p(b * (at < n ? y[at] : 0));
        }
    }
    out[0] = out[1] = 0;
    for (int k = 0; k < LANES; k++) {
        out[0] += weight[k];
        out[1] += total[k];
    }
}

/* From next to -1 / max up to next to 0, then from there to the heaviest tails. */
static double grid(int i, double max)
{
    return i < GRID_BELOW ? -1 / (1 + exp(0.7 * i - 15)) / max
                          : exp(0.7 * (i - GRID_BELOW) - 12) / max;
}

static bool scan(const struct mle_evidence *e, size_t stride, bool heavy, struct mle_gpd_peak *peak)
{
    double value[GRID], xi[GRID];
    int best = -1;
    for (int i = 0; i < GRID; i++) {
        double b = grid(i, e->max), sums[2];
        log_sums(e->obs.n, stride, e->obs.y, e->w, b, sums);
        xi[i] = sums[1] / sums[0];
        value[i] = -log(xi[i] / b) - xi[i] - 1;
    }
    for (int i = heavy ? GRID_BELOW : 1; i < GRID - 1; i++)
        if (xi[i] > -1 && value[i] >= value[i - 1] && value[i] > value[i + 1] &&
            (best < 0 || value[i] > value[best]))
            best = i;
    if (best < 0)
        return false;
    *peak = (struct mle_gpd_peak){ grid(best, e->max), xi[best], value[best] };
    return true;
}

bool mle_gpd_find_peak(const struct mle_evidence *e, bool heavy, struct mle_gpd_peak *peak)
{
    size_t stride = e->obs.n / FEW;
    return (stride > 1 && scan(e, stride, heavy, peak)) || scan(e, 1, heavy, peak);
}

static void start(const struct mle_evidence *e, double theta[])
{
    struct mle_gpd_peak peak;
    bool found = mle_gpd_find_peak(e, false, &peak);
    theta[0] =
        found ? peak.xi / peak.b : mle_weighted_sum(e->obs.n, e->obs.y, e->w) / e->weight_sum;
    theta[1] = found ? peak.xi : 0;
}

double mle_share_of_zeros(const struct mle_evidence *e)
{
    double zeros = 0;
    for (size_t i = 0; e->min == 0 && i < e->obs.n; i++)
        zeros += e->obs.y[i] == 0 ? (e->w ? e->w[i] : 1) : 0;
    return zeros / e->weight_sum;
}

static void unbounded(struct mle_existence *x, const char *parameter, const char *why)
{
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS, "%s", why);
    x->supremum = INFINITY;
    x->collapses = parameter;
}

/* xi is given. In log sigma the score of a row is (1 + xi) z / (1 + xi z) - 1, which falls as sigma
   grows: one root, if it begins above 0. */
static void exists_given_xi(const struct mle_evidence *e, double xi, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_UNIQUE_ROOT;
    if (xi < -1) {
        unbounded(x, "sigma",
                  "for xi below -1 the density is infinite at the upper end of the "
                  "support, which sigma can move onto the largest value");
    } else if (xi == -1) {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_ORDER_STATISTIC,
                   "at xi = -1 the family is uniform on [0, sigma]: sigma is the largest value");
        x->maximum = MLE_MAXIMUM_GLOBAL;
        x->theta[0] = e->max;
        x->theta[1] = -1;
        x->supremum = -e->weight_sum * log(e->max);
        x->limit_param = "sigma";
        x->limit_family = "uniform";
    } else if (xi > 0 && (1 + xi) * (1 - mle_share_of_zeros(e)) < xi) {
        unbounded(x, "sigma",
                  "too large a share of the rows is 0: the density there grows without "
                  "limit as sigma falls to 0");
    }
}

/* Below xi = -1 the likelihood has no bound (density infinite at the end of the support), so the
   search ends there. At xi = -1 it is that of the uniform law on [0, sigma], best at sigma = max;
   when the profile has no peak before, that corner is the best point. Ref: Smith (1985), Biometrika
   72, 67; del Castillo & Serra (2015), Comput. Stat. Data Anal. 83, 116. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    struct mle_gpd_peak peak;
    bool sigma_fixed = e->fixed && e->fixed[0], xi_fixed = e->fixed && e->fixed[1];
    if (!sigma_fixed && e->max == 0) {
        unbounded(x, "sigma",
                  "all values are 0: the density there is 1 / sigma, which grows "
                  "without limit");
        return;
    }
    if (xi_fixed) {
        exists_given_xi(e, e->value[1], x);
        return;
    }
    x->supremum_infinite = !sigma_fixed || e->value[0] > e->max;
    if (sigma_fixed || mle_gpd_find_peak(e, false, &peak))
        return;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_LIMIT,
               "the profile likelihood has no local maximum with xi above -1: it rises up to the "
               "uniform law on [0, sigma] at xi = -1, where sigma is the largest value");
    x->maximum = MLE_MAXIMUM_LOCAL;
    x->theta[0] = e->max;
    x->theta[1] = -1;
    x->supremum = -e->weight_sum * log(e->max);
    x->limit_param = "xi";
    x->limit_family = "uniform";
}

const char *mle_extreme_irregular(double xi)
{
    return xi > -0.5 ? NULL
                     : "xi is not above -0.5: the end of the support depends on the parameters so "
                       "strongly that errors are not normal of order 1/sqrt(n) (Smith 1985)";
}

static const char *irregular(const double theta[])
{
    return mle_extreme_irregular(theta[1]);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = y > 0 ? y / theta[0] : 0, x = theta[1] * z;
    double log_upper = x <= -1 ? -INFINITY : x == 0 ? -z : -log1p(x) / theta[1];
    if (tail.upper)
        return tail.log_p ? log_upper : exp(log_upper);
    return tail.log_p ? mle_log1mexp(log_upper) : -expm1(log_upper);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double sigma = theta[0], z = y / sigma;
    struct mle_extreme e = mle_extreme(theta[1], z);
    if (!(z > 0) || !(e.w > 0)) {
        mle_tail_constant(2, upper == (z > 0) ? -MLE_INFINITY : 0, log_p, grad, hess);
        return;
    }
    *log_p = -e.a;
    if (grad) {
        grad[0] = z / e.w / sigma;
        grad[1] = -e.b;
    }
    if (hess) {
        double r = z / e.w;
        hess[MLE_HESS(0, 0)] = (theta[1] * r - 2) * r / sigma / sigma;
        hess[MLE_HESS(1, 0)] = -r * r / sigma;
        hess[MLE_HESS(1, 1)] = -e.c;
    }
    if (!upper)
        mle_tail_complement(2, log_p, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double log_upper =
        tail.upper ? (tail.log_p ? p : log(p)) : (tail.log_p ? mle_log1mexp(p) : log1p(-p));
    return theta[0] * mle_extreme_inverse(theta[1], -log_upper);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[1] < 1 ? theta[0] / (1 - theta[1]) : MLE_INFINITY;
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return 1 + theta[1] + log(theta[0]);
}

const struct mle_family mle_family_gpd = {
    .name = "gpd",
    .title = "Generalised Pareto",
    .doc = "log f(y) = -log sigma - (1 + 1/xi) log(1 + xi y/sigma), the excess over a known "
           "threshold; xi > 0 is a heavy tail, xi = 0 the exponential. Coles (2001) 4.2",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = true, .depends = true },
    .n_param = 2,
    .param = { { "sigma", MLE_POSITIVE, MLE_ACT_SCALE, "scale" },
               { "xi", MLE_REAL, MLE_ACT_NONE, "shape; scipy's c", .search = { -1, INFINITY } } },
    .scipy = "scipy.stats.genpareto(c={xi}, scale={sigma})",
    .r = "evd::dgpd(x, loc = 0, scale = {sigma}, shape = {xi})",
    .row_cost_ns = 60,
    .rows = rows,
    .sum = sum,
    .start = start,
    .exists = exists,
    .irregular = irregular,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
