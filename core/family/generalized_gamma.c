#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

/* With w = (log y - mu) / sigma, x = q w and k = 1 / q^2 the log density is
   -log sqrt(2 pi) - log sigma - log y - D(q) - F(w, q),
   F = k (e^x - 1 - x), which is w^2 / 2 at q = 0 (the lognormal law), and D the error of Stirling's
   formula for Gamma(k), which is 0 there. */

/* --- D and its derivatives in q -----------------------------------------------------------------
 */

struct derivatives {
    double value, first, second;
};

/* D = q^2/12 - q^6/360 + q^10/1260 - ... (DLMF 5.11.1) for small q. */
static struct derivatives stirling(double q)
{
    static const double c[] = { 1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                                1.0 / 1188, -691.0 / 360360, 1.0 / 156 };
    struct derivatives d = { 0, 0, 0 };
    double v = q * q, k = 1 / v;
    if (v > 1.0 / 16) {
        double d1 = 0.5 / k - mle_log_minus_digamma(k); /* in k */
        double d2 = mle_a_trigamma_minus_1(k) / k - 0.5 / (k * k);
        d.value = mle_stirling_error(k);
        d.first = -2 * d1 * k / q;
        d.second = (4 * d2 * k + 6 * d1) * k * k;
        return d;
    }
    double power = 1; /* q^(4 j) */
    for (int j = 0; j < 7; j++) {
        double n = 4 * j + 2;
        d.value += c[j] * power * v;
        d.first += c[j] * n * power * q;
        d.second += c[j] * n * (n - 1) * power;
        power *= v * v;
    }
    return d;
}

/* --- F and its derivatives -----------------------------------------------------------------------
 */

struct bend {
    double f, w, ww, q, qq, wq; /* F and its derivatives */
};

/* h(x) = (e^x - 1 - x) / x^2, h', h'' and (1 + e^x (x - 1)) / x^2 by their series. */
static void series(double x, double *h, double *h1, double *h2, double *cross)
{
    double power = 1, factorial = 2; /* x^j, (j + 2)! */
    *h = *h1 = *h2 = *cross = 0;
    for (int j = 0; j < 22; j++) {
        *h += power / factorial;
        *cross += power * (j + 1) / factorial;
        factorial *= j + 3; /* of the next j, whose derivatives have the present power */
        *h1 += power * (j + 1) / factorial;
        *h2 += power * (j + 1) * (j + 2) / (factorial * (j + 4));
        power *= x;
    }
}

static struct bend bend(double w, double q)
{
    double x = q * w, e = exp(x), e1 = expm1(x), h, h1, h2, cross;
    if (fabs(x) < 1) {
        series(x, &h, &h1, &h2, &cross);
    } else {
        h = (e1 - x) / (x * x);
        cross = (1 + e * (x - 1)) / (x * x);
        h1 = (e * (x - 2) + x + 2) / (x * x * x);
        h2 = cross / x - 3 * h1 / x;
    }
    struct bend b = { .ww = e };
    b.f = w * w * h;
    b.w = x == 0 ? w : w * (e1 / x);
    b.q = w * w * w * h1;
    b.qq = w * w * w * w * h2;
    b.wq = w * w * cross;
    return b;
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    double last_q = NAN;
    struct derivatives d = { 0, 0, 0 };
    for (size_t i = 0; i < n; i++) {
        double sigma = mle_view_at(theta[1], i), q = mle_view_at(theta[2], i), y = obs->y[i];
        bool inside = y > 0;
        double log_y = inside ? log(y) : NAN, w = (log_y - mle_view_at(theta[0], i)) / sigma;
        struct bend b = bend(w, q);
        if (q != last_q)
            d = stirling(q);
        last_q = q;
        ll[i] = inside ? -MLE_HALF_LOG_2PI - log(sigma) - log_y - d.value - b.f : -INFINITY;
        if (grad) {
            grad[i] = b.w / sigma;
            grad[n + i] = (w * b.w - 1) / sigma;
            grad[2 * n + i] = -d.first - b.q;
        }
        if (hess) {
            double precision = 1 / (sigma * sigma);
            hess[i] = inside ? -b.ww * precision : NAN;
            hess[n + i] = -(b.w + w * b.ww) * precision;
            hess[2 * n + i] = (1 - 2 * w * b.w - w * w * b.ww) * precision;
            hess[3 * n + i] = b.wq / sigma;
            hess[4 * n + i] = w * b.wq / sigma;
            hess[5 * n + i] = -d.second - b.qq;
        }
    }
}

/* --- estimation ---------------------------------------------------------------------------------
 */

/* Mean, standard deviation and skewness of log y. */
struct log_moments {
    double weight, mean, sd, skew;
};

static struct log_moments log_moments(const struct mle_evidence *e)
{
    struct log_moments m = { .weight = e->weight_sum };
    double origin = log(e->min), second = 0, third = 0;
    for (size_t i = 0; i < e->obs.n; i++)
        m.mean += (e->w ? e->w[i] : 1) * (log(e->obs.y[i]) - origin);
    m.mean /= m.weight;
    for (size_t i = 0; i < e->obs.n; i++) {
        double d = log(e->obs.y[i]) - origin - m.mean, v = (e->w ? e->w[i] : 1) * d * d;
        second += v;
        third += v * d;
    }
    m.mean += origin;
    m.sd = sqrt(second / m.weight);
    m.skew = third / m.weight / (m.sd * m.sd * m.sd);
    return m;
}

/* log y has skewness -q + ..., variance sigma^2 trigamma(k) / q^2 and mean
   mu + sigma (digamma(k) - log k) / q. */
static void start(const struct mle_evidence *e, double theta[])
{
    struct log_moments m = log_moments(e);
    double q = fmin(fmax(-m.skew, -1.5), 1.5);
    if (!(fabs(q) > 0.05))
        q = 0;
    double k = 1 / (q * q);
    theta[1] = q == 0 ? m.sd : m.sd * fabs(q) / sqrt(mle_trigamma(k));
    theta[0] = q == 0 ? m.mean : m.mean + theta[1] * mle_log_minus_digamma(k) / q;
    theta[2] = q;
}

/* For a given q the density of log y is log-concave: in (1 / sigma, mu / sigma) the log-likelihood
   is strictly concave. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    const bool *fixed = e->fixed;
    bool mu_fixed = fixed && fixed[0], sigma_fixed = fixed && fixed[1];
    if (fixed && fixed[2])
        x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool away = mu_fixed && log(e->min) != e->value[0];
    if (sigma_fixed || e->min < e->max || away)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               "%s: the density at %s grows without limit as sigma falls to 0",
               e->n == 1 ? "there is one row" : "all values are equal", e->n == 1 ? "it" : "them");
    x->supremum = INFINITY;
    x->theta[0] = log(e->min);
    x->collapses = "sigma";
}

/* As |q| grows with beta = |q| sigma fixed, Gamma(k) goes to 1/k and the law of log y to an
   exponential: for q > 0 mu - log y has mean beta (a power law below e^mu), for q < 0 log y - mu
   has (the Pareto law above e^mu). Their maxima are at the extreme values. */
static void edge(const struct mle_evidence *e, struct mle_existence *x)
{
    struct log_moments m = log_moments(e);
    double below = log(e->max) - m.mean, above = m.mean - log(e->min);
    bool power = below < above;
    double beta = power ? below : above;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_LIMIT,
               "as %sq grows without limit the family becomes the %s law with exponent %.9g %s "
               "value, and no point found is more likely",
               power ? "" : "-", power ? "power" : "Pareto", 1 / beta,
               power ? "below the largest" : "above the smallest");
    x->maximum = MLE_MAXIMUM_LOCAL;
    x->supremum = -m.weight * (log(beta) + m.mean + 1);
    x->theta[0] = log(power ? e->max : e->min);
    x->theta[1] = 0;
    x->theta[2] = power ? INFINITY : -INFINITY;
    x->limit_param = "q";
    x->limit_family = power ? NULL : "pareto";
}

/* --- tails ---------------------------------------------------------------------------------------
   e^(q w) / q^2 has the gamma law with shape 1 / q^2. Below this |q| that shape is beyond all
   digits, and the first terms in q serve: Phi(w + q (w^2 + 2) / 6). */
static const double nearly_normal = 1e-7;

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double w = y > 0 ? (log(y) - theta[0]) / theta[1] : -INFINITY, q = theta[2];
    if (fabs(q) < nearly_normal || isinf(w)) {
        double z = isinf(w) ? w : w + q * (w * w + 2) / 6;
        z = tail.upper ? -z : z;
        return tail.log_p ? mle_normal_log_cdf(z) : mle_normal_cdf(z);
    }
    double k = 1 / (q * q);
    return mle_gamma_cdf(k, k * exp(q * w), tail.upper != (q < 0), tail.log_p);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double q = theta[2], k = 1 / (q * q), w;
    if (fabs(q) < nearly_normal) {
        double z = tail.log_p ? mle_normal_log_quantile(p) : mle_normal_quantile(p);
        z = tail.upper ? -z : z;
        w = isinf(z) ? z : z - q * (z * z + 2) / 6;
    } else {
        w = log(mle_gamma_quantile(k, p, tail.upper != (q < 0), tail.log_p) / k) / q;
    }
    return exp(theta[0] + theta[1] * w);
}

/* e^mu E (G / k)^(sigma / q) with G of the gamma law; by cumulants where q is next to 0. */
static double mean(const double theta[], double trials)
{
    (void)trials;
    double sigma = theta[1], q = theta[2], k = 1 / (q * q);
    if (fabs(q) < 1e-5)
        return exp(theta[0] + sigma * (0.5 * sigma - q * (3 + sigma * sigma) / 6));
    if (!(k + sigma / q > 0))
        return MLE_INFINITY;
    return exp(theta[0] + mle_lgamma_diff(k, sigma / q) - sigma / q * log(k));
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    double sigma = theta[1], q = theta[2], k = 1 / (q * q);
    double gap = isinf(k) ? 0 : mle_log_minus_digamma(k); /* 1 / (2 k) + ... */
    double mean_log = theta[0] - (q == 0 || isinf(k) ? 0 : sigma * gap / q);
    return MLE_HALF_LOG_2PI + stirling(q).value + log(sigma) + mean_log +
           (isinf(k) ? 0.5 : k * gap);
}

const struct mle_family mle_family_generalized_gamma = {
    .name = "generalized_gamma",
    .title = "Generalised gamma (Prentice)",
    .doc =
        "With w = (log y - mu)/sigma and k = 1/q^2: log f(y) = log|q| + k log k - log Gamma(k) + "
        "k (q w - exp(q w)) - log sigma - log y; q = 0 is lognormal, 1 Weibull, sigma gamma. "
        "Prentice (1974), Biometrika 61, 539",
    .measure = MLE_LEBESGUE,
    .support = { 0, INFINITY, .lower_closed = false },
    .n_param = 3,
    .param = { { "mu", MLE_REAL, MLE_ACT_LOG_SHIFT, "location of log y" },
               { "sigma", MLE_POSITIVE, MLE_ACT_NONE, "scale of log y" },
               { "q", MLE_REAL, MLE_ACT_NONE, "shape" } },
    .scipy =
        "scipy.stats.gengamma(a={1/(q*q)}, c={q/sigma}, scale={exp(mu+2*sigma/q*log(sqrt(q*q)))})",
    .r = "flexsurv::dgengamma(x, mu = {mu}, sigma = {sigma}, Q = {q})",
    .row_cost_ns = 120,
    .rows = rows,
    .start = start,
    .exists = exists,
    .edge = edge,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
