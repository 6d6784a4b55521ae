#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/numeric.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

extern const struct mle_family mle_family_skew_normal;

/* First and second derivative of log Phi at u: h = phi/Phi and -h (u + h). In the left tail u + h
   is small beside both, so it comes from the asymptotic series of the hazard (DLMF 7.12.1). */
struct tail_slopes {
    double first, second;
};

static struct tail_slopes log_phi_slopes(double u)
{
    double h = mle_normal_hazard(-u), sum = u + h;
    if (u < -25) {
        double t = 1 / u / u, term = 1, series = 0;
        for (int k = 1; k <= 19; k += 2) {
            term *= -k * t;
            series += term;
        }
        sum = u * series / (1 + series);
    }
    return (struct tail_slopes){ h, -h * sum };
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double omega = mle_view_at(theta[1], i), alpha = mle_view_at(theta[2], i);
        double z = (obs->y[i] - mle_view_at(theta[0], i)) / omega, u = alpha * z;
        ll[i] = MLE_LN2 - MLE_HALF_LOG_2PI - log(omega) - 0.5 * z * z + mle_normal_log_cdf(u);
        if (!grad && !hess)
            continue;
        struct tail_slopes s = log_phi_slopes(u);
        double dz = alpha * s.first - z, dzz = alpha * alpha * s.second - 1;
        double dza = s.first + u * s.second;
        if (grad) {
            grad[i] = -dz / omega;
            grad[n + i] = (-1 - z * dz) / omega;
            grad[2 * n + i] = z * s.first;
        }
        if (hess) {
            double precision = 1 / (omega * omega);
            hess[i] = dzz * precision;
            hess[n + i] = (dz + z * dzz) * precision;
            hess[2 * n + i] = (1 + 2 * z * dz + z * z * dzz) * precision;
            hess[3 * n + i] = -dza / omega;
            hess[4 * n + i] = -z * dza / omega;
            hess[5 * n + i] = z * z * s.second;
        }
    }
}

/* --- estimation ---------------------------------------------------------------------------------
 */

/* By moments, away from alpha = 0: there the information is singular and the normal fit is always
   stationary, whatever the sign of the skewness (Azzalini & Capitanio 2014, 3.1.3). */
static void start(const struct mle_evidence *e, double theta[])
{
    struct mle_moments m = mle_moments(e->obs.n, e->obs.y, e->w);
    double third = 0, sd = sqrt(m.m2 / m.weight);
    for (size_t i = 0; i < e->obs.n; i++) {
        double z = (e->obs.y[i] - m.mean) / sd;
        third += (e->w ? e->w[i] : 1) * (z * z * z);
    }
    double skew = third / m.weight, r = cbrt(2 * fabs(skew) / (4 - M_PI));
    double mean_z = fmin(fmax(r / sqrt(1 + r * r), 0.3), 0.78); /* delta sqrt(2 / pi) */
    double delta = mean_z * sqrt(MLE_PI_2), sign = skew < 0 ? -1 : 1;
    theta[2] = sign * delta / sqrt(1 - delta * delta);
    theta[1] = sd / sqrt(1 - mean_z * mean_z);
    theta[0] = m.mean - sign * theta[1] * mean_z;
}

/* Root mean square distance from xi. */
static double spread_about(const struct mle_evidence *e, double xi)
{
    struct mle_moments m = mle_moments_about(e->obs.n, e->obs.y, e->w, xi);
    return sqrt(m.m2 / m.weight + m.mean * m.mean);
}

static double half_normal(const struct mle_evidence *e, double omega, double spread)
{
    double r = spread / omega;
    return e->weight_sum * (MLE_LN2 - MLE_HALF_LOG_2PI - log(omega) - 0.5 * r * r);
}

/* xi is given and all rows lie on one side of it: log Phi(alpha z) rises with |alpha| in every
   row. */
static void one_sided(const struct mle_evidence *e, struct mle_existence *x)
{
    double xi = e->value[0], spread = spread_about(e, xi);
    double omega = e->fixed[1] ? e->value[1] : spread;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_LIMIT,
               "all rows lie %s the given xi: the likelihood rises with %salpha, and the limit is "
               "the half-normal law",
               e->min > xi ? "above" : "below", e->min > xi ? "" : "-");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = half_normal(e, omega, spread);
    x->theta[0] = xi;
    x->theta[1] = omega;
    x->theta[2] = e->min > xi ? INFINITY : -INFINITY;
    if (!e->fixed[1])
        x->standard_error[1] = omega / sqrt(2 * e->weight_sum);
    x->limit_param = "alpha";
    x->limit_family = "half_normal";
}

/* For a given alpha the density is log-concave, so that in (1 / omega, xi / omega) the
   log-likelihood is strictly concave. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    const bool *fixed = e->fixed;
    bool xi_fixed = fixed && fixed[0], omega_fixed = fixed && fixed[1];
    bool alpha_fixed = fixed && fixed[2];
    bool away = xi_fixed && e->min != e->value[0];
    if (alpha_fixed || (xi_fixed && omega_fixed))
        x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (!omega_fixed && e->min == e->max && !away) {
        mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
                   "%s: the density at %s grows without limit as omega falls to 0",
                   e->n == 1 ? "there is one row" : "all values are equal",
                   e->n == 1 ? "it" : "them");
        x->supremum = INFINITY;
        x->theta[0] = e->min;
        x->collapses = "omega";
    } else if (xi_fixed && !alpha_fixed && (e->min > e->value[0] || e->max < e->value[0])) {
        one_sided(e, x);
    }
}

/* As alpha grows without limit: the half-normal law above the smallest value, or below the largest.
   This happens with positive probability in every sample size (Azzalini & Capitanio 2014, 3.1.4).
 */
static void edge(const struct mle_evidence *e, struct mle_existence *x)
{
    double above = spread_about(e, e->min), below = spread_about(e, e->max);
    bool up = above <= below;
    double omega = up ? above : below;
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_LIMIT,
               "as %salpha grows without limit the family becomes the half-normal law %s, and no "
               "point found is more likely",
               up ? "" : "-", up ? "above the smallest value" : "below the largest value");
    x->maximum = MLE_MAXIMUM_LOCAL;
    x->supremum = half_normal(e, omega, omega);
    x->theta[0] = up ? e->min : e->max;
    x->theta[1] = omega;
    x->theta[2] = up ? INFINITY : -INFINITY;
    x->limit_param = "alpha";
    x->limit_family = "half_normal";
    x->no_error = "alpha is infinite and xi an extreme value of the sample: the theory of Wald "
                  "errors does not apply";
}

/* --- tails ---------------------------------------------------------------------------------------
 */

struct density {
    double alpha, log_at; /* log of the density's core where the tail begins */
};

static double core(double z, double alpha)
{
    return mle_normal_log_cdf(alpha * z) - 0.5 * z * z;
}

static double relative_density(double z, const void *ctx)
{
    const struct density *d = ctx;
    return exp(core(z, d->alpha) - d->log_at);
}

/* log P(Z > z). Owen's T where the tail is not small, else the density integrated until it has
   fallen by e^-40: it is log-concave, with a curvature of at least 1. */
static double log_upper(double z, double alpha)
{
    double near = mle_normal_cdf(-z) + 2 * mle_owens_t(z, alpha);
    if (near > 0.02)
        return log(near);
    struct tail_slopes s = log_phi_slopes(alpha * z);
    double slope = z - alpha * s.first, curve = alpha < 0 ? 1 - alpha * alpha * s.second : 1;
    struct density d = { alpha, core(z, alpha) };
    double length = 80 / (slope + sqrt(slope * slope + 80 * curve)), drop = 40;
    for (int i = 0; i < 60; i++) {
        drop = d.log_at - core(z + length, alpha);
        if (drop < 60)
            break;
        length *= 0.8;
    }
    double integral =
        mle_integrate(relative_density, &d, z, z + length, 2 + (int)fmin(drop / 5, 20));
    return MLE_LN2 - MLE_HALF_LOG_2PI + d.log_at + log(integral);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = (y - theta[0]) / theta[1], alpha = theta[2];
    bool upper = mle_normal_cdf(-z) + 2 * mle_owens_t(z, alpha) < 0.5; /* the smaller tail */
    double small = upper ? log_upper(z, alpha) : log_upper(-z, -alpha);
    if (isinf(z))
        return (z > 0) == tail.upper ? (tail.log_p ? -MLE_INFINITY : 0) : (tail.log_p ? 0 : 1);
    small = fmin(small, 0);
    if (upper == tail.upper)
        return tail.log_p ? small : exp(small);
    return tail.log_p ? mle_log1mexp(small) : -expm1(small);
}

static double mean_z(double alpha)
{
    return alpha / hypot(1, alpha) / sqrt(MLE_PI_2);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0] + theta[1] * mean_z(theta[2]);
}

/* Newton from the normal with the same mean and variance. */
static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    static const double standard[2] = { 0, 1 };
    double at[3] = { standard[0], standard[1], theta[2] }, m = mean_z(theta[2]);
    double z = tail.log_p ? mle_normal_log_quantile(p) : mle_normal_quantile(p);
    double begin = isfinite(z) ? m + sqrt(1 - m * m) * (tail.upper ? -z : z) : m;
    z = mle_invert_cdf(&mle_family_skew_normal, p, at, tail, -INFINITY, INFINITY, begin);
    return theta[0] + theta[1] * z;
}

/* --- entropy: that of the normal - log 2 - E log Phi(alpha Z) -----------------------------------
 */

/* 2 phi(z) Phi(alpha z) log Phi(alpha z). */
static double log_phi_term(double z, const void *ctx)
{
    double alpha = *(const double *)ctx, log_phi = mle_normal_log_cdf(alpha * z);
    return 2 * mle_normal_pdf(z) * exp(log_phi) * log_phi;
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    double alpha = fabs(theta[2]), unit = fmax(alpha, 1);
    double from = fmax(-9, -38 / unit), to = fmin(9, 9 / unit);
    double sum = mle_integrate(log_phi_term, &alpha, from, 0, 1 + (int)(-from * unit)) +
                 mle_integrate(log_phi_term, &alpha, 0, to, 1 + (int)(to * unit));
    return MLE_HALF_LOG_2PI + 0.5 + log(theta[1]) - MLE_LN2 - sum;
}

const struct mle_family mle_family_skew_normal = {
    .name = "skew_normal",
    .title = "Skew normal",
    .doc = "log f(y) = log 2 - log omega + log phi(z) + log Phi(alpha z), z = (y - xi)/omega. "
           "Azzalini (1985), Scand. J. Stat. 12, 171",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .lower_closed = false },
    .n_param = 3,
    .param = { { "xi", MLE_REAL, MLE_ACT_LOCATION, "location" },
               { "omega", MLE_POSITIVE, MLE_ACT_SCALE, "scale" },
               { "alpha", MLE_REAL, MLE_ACT_NONE, "shape; 0 is the normal law" } },
    .scipy = "scipy.stats.skewnorm(a={alpha}, loc={xi}, scale={omega})",
    .r = "sn::dsn(x, xi = {xi}, omega = {omega}, alpha = {alpha})",
    .row_cost_ns = 100,
    .rows = rows,
    .start = start,
    .exists = exists,
    .edge = edge,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
