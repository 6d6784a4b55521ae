#include "core/family/counts.h"
#include "core/family/existence.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"

#include <float.h>

/* The mean p / (-q log q) is 1 + c[0] p + c[1] p^2 + ...: the coefficients of Adams and Bashforth.
   What the normalising constant does to the score is that mean, and near p = 0 nothing is left of
   the closed forms. */
enum { TERMS = 14 };
static const double SMALL = 0.03;
static const double coefficients[TERMS] = {
    1.0 / 2,
    5.0 / 12,
    3.0 / 8,
    251.0 / 720,
    95.0 / 288,
    19087.0 / 60480,
    5257.0 / 17280,
    1070017.0 / 3628800,
    25713.0 / 89600,
    26842253.0 / 95800320,
    4777223.0 / 17418240,
    703604254357.0 / 2615348736000,
    106364763817.0 / 402361344000,
    1166309819657.0 / 4483454976000,
};

/* h = (mean - 1) / p and its derivative in p; q = 1 - p. */
static void above_one(double p, double q, double *h, double *slope)
{
    if (p < SMALL) {
        double value = 0, first = 0;
        for (int k = TERMS - 1; k >= 0; k--) {
            first = first * p + (k + 1 < TERMS ? (k + 1) * coefficients[k + 1] : 0);
            value = value * p + coefficients[k];
        }
        *h = value;
        *slope = first;
        return;
    }
    double l = p < 0.5 ? -log1p(-p) : -log(q), ql = q * l;
    double more = p < 0.5 ? -mle_log1pmx(-p) : l - p; /* l - p */
    *h = (p * p - q * more) / (p * ql);
    *slope = (l - 1) / (ql * ql) + 1 / (p * p);
}

/* log(-log(1 - p) / p) */
static double log_norm(double p, double q)
{
    return p < 0.5 ? log1p(-mle_log1pmx(-p) / p) : log(-log(q) / p);
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    for (size_t i = 0; i < obs->n; i++) {
        double p = mle_view_at(theta[0], i), y = obs->y[i], h, slope;
        double q = obs->complement ? obs->complement[i] : 1 - p;
        double log_p = p < 0.5 ? log(p) : log1p(-q);
        bool inside = y >= 1 && y == rint(y);
        ll[i] = inside ? (y > 1 ? (y - 1) * log_p - log(y) : 0) - log_norm(p, q) : -INFINITY;
        if (grad || hess)
            above_one(p, q, &h, &slope);
        if (grad)
            grad[i] = inside ? (y > 1 ? (y - 1) / p : 0) - h : NAN;
        if (hess)
            hess[i] = inside ? -(y > 1 ? (y - 1) / (p * p) : 0) - slope : NAN;
    }
}

/* --- sufficient statistics: weight, sum of y - 1, sum of logs -----------------------------------
 */

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    stat[0] = w ? mle_sum(obs->n, w) : (double)obs->n;
    stat[1] = 0;
    for (size_t i = 0; i < obs->n; i++)
        stat[1] += (w ? w[i] : 1) * (obs->y[i] - 1);
    stat[2] = mle_weighted_sum_log(obs->n, obs->y, w);
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double p = theta[0], h, slope;
    *ll = mle_xlogy(stat[1], p) - stat[0] * log_norm(p, 1 - p) - stat[2];
    above_one(p, 1 - p, &h, &slope);
    if (grad)
        grad[0] = stat[1] / p - stat[0] * h;
    if (hess)
        hess[0] = -stat[1] / (p * p) - stat[0] * slope;
}

static const struct mle_sufficient sufficient = {
    .n_stat = 3,
    .tile = stat_tile,
    .loglik = stat_loglik,
};

/* The mean is (e^t - 1) / t with t = -log(1 - p). */
static void solve(const struct mle_evidence *e, double theta[])
{
    theta[0] = -expm1(-mle_log_expm1_ratio_inverse(log1p(e->stat[1] / e->stat[0])));
    theta[0] = fmin(theta[0], nextafter(1, 0));
}

/* An exponential family with the statistic y and the natural parameter log p. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_UNIQUE_ROOT;
    if (e->max > 1)
        return;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
               "all values are 1: the likelihood rises to 1 as p falls to 0, the point mass at 1");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = 0;
    x->theta[0] = 0;
    x->limit_param = "p";
}

/* --- tails -------------------------------------------------------------------------------------
 */

enum { DIRECT = 2000, MAX_TERMS = 1000000 };

static double lower_sum(double k, double p, double l)
{
    double sum = 0, power = 1;
    for (double y = 1; y <= k; y++) {
        power *= p;
        sum += power / y;
    }
    return sum / l;
}

/* log P(Y > k): p^a / (a l) 2F1(a, 1; a + 1; p), a = k + 1, by Gauss's continued fraction (DLMF
   15.7.1) and Lentz's method. */
static double log_upper(double k, double p, double l)
{
    double a = k + 1, f = 1, c = 1, d = 0;
    for (int m = 1; m < MAX_TERMS; m++) {
        double j = floor(m / 2.0), first = a + 2 * j;
        double term =
            m % 2 ? (a + j) / first * ((a + j) / (first + 1)) : j / (first - 1) * (j / first);
        d = 1 / (1 - term * p * d);
        c = 1 - term * p / c;
        f *= c * d;
        if (fabs(c * d - 1) < 1e-16)
            break;
    }
    return a * log(p) - log(a * l) - log(f);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double k = floor(y), p = theta[0], l = -log1p(-p);
    if (k < 1 || isinf(k)) {
        bool certain = (k < 1) == tail.upper;
        return tail.log_p ? (certain ? 0 : -INFINITY) : certain;
    }
    double lower = k <= DIRECT ? lower_sum(k, p, l) : 1;
    double log_p;
    if (lower < 0.5) {
        log_p = tail.upper ? log1p(-lower) : log(lower);
    } else {
        log_p = fmin(log_upper(k, p, l), 0);
        log_p = tail.upper ? log_p : mle_log1mexp(log_p);
    }
    return tail.log_p ? log_p : exp(log_p);
}

/* P(Y > k) = -B(p; k + 1, 0) / log q, so with U its value and c = -1 / (q log q) its logarithm has
   the slope c (p^k / U - 1). */
static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    double k = floor(y), p = theta[0], l = -log1p(-p), ql = (1 - p) * l;
    *log_p = cdf(y, theta, trials, (struct mle_tail){ upper, true });
    if (!grad)
        return;
    double above = upper ? *log_p : cdf(y, theta, trials, (struct mle_tail){ true, true });
    double ratio = exp(k * log(p) - above), slope = (ratio - 1) / ql;
    double curve = ratio * (k / p - slope) / ql + (ratio - 1) * (l - 1) / (ql * ql);
    grad[0] = slope;
    if (!upper)
        mle_other_tail(above, *log_p, grad, &curve);
    if (hess)
        hess[0] = curve;
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    double p = theta[0], h, slope;
    above_one(p, 1 - p, &h, &slope);
    return 1 + p * h;
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    double m = mean(theta, NAN), variance = m * (1 / (1 - theta[0]) - m);
    struct mle_count_search search = { cdf, theta, trials, 1, INFINITY, m, sqrt(fmax(variance, 0)),
                                       1 };
    return mle_count_quantile(&search, p, tail);
}

const struct mle_family mle_family_logarithmic = {
    .name = "logarithmic",
    .title = "Logarithmic (log-series)",
    .doc = "log f(y) = y log p - log y - log(-log(1 - p)). Johnson, Kemp & Kotz (2005) 7.1",
    .measure = MLE_COUNTING,
    .support = { 1, INFINITY, .lower_closed = true, .integer = true },
    .n_param = 1,
    .param = { { "p", MLE_UNIT, MLE_ACT_FIXED_UNIT, "parameter of the series" } },
    .scipy = "scipy.stats.logser(p={p})",
    .r = "extraDistr::dlgser(x, theta = {p})",
    .row_cost_ns = 60,
    .rows = rows,
    .sufficient = &sufficient,
    .solve = solve,
    .exists = exists,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
};
