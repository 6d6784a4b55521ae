/* KL(p || q) = E_p[log p - log q] of two members of one family, where it is elementary. Each is put
   together from terms that are not negative and do not cancel for q near p: r - 1 - log r of a
   ratio r, and the deviance x log(x / m) + m - x. Sources: Gil, Alajaji & Linder
   (2013), Inf. Sci. 249, 124 for most; the others follow from the same two expectations. */
#include "core/fit/divergence.h"
#include "core/math/logs.h"
#include "core/math/special.h"

#include <math.h>

#define MLE_FAMILY(name) extern const struct mle_family mle_family_##name;
#include "core/family/families.def"
#undef MLE_FAMILY

/* r - 1 - log r, r > 0. */
static double surplus(double r)
{
    return mle_deviance(1, r);
}

/* Densities of location and scale: r = scale of p / scale of q. */

static double normal(const double p[], const double q[], double trials)
{
    (void)trials;
    double r = p[1] / q[1], d = (p[0] - q[0]) / q[1];
    return 0.5 * surplus(r * r) + 0.5 * d * d;
}

static double half_normal(const double p[], const double q[], double trials)
{
    (void)trials;
    double r = p[0] / q[0];
    return 0.5 * surplus(r * r);
}

static double rayleigh(const double p[], const double q[], double trials)
{
    (void)trials;
    double r = p[0] / q[0];
    return surplus(r * r);
}

static double laplace(const double p[], const double q[], double trials)
{
    (void)trials;
    double r = p[1] / q[1], x = fabs(p[0] - q[0]) / p[1];
    return surplus(r) + r * (x + expm1(-x));
}

/* Chyzak & Nielsen (2019), arXiv 1905.10965. */
static double cauchy(const double p[], const double q[], double trials)
{
    (void)trials;
    double d = p[0] - q[0], gap = p[1] - q[1];
    return log1p(gap / p[1] * (gap / q[1]) / 4 + d / p[1] * (d / q[1]) / 4);
}

/* E_p[z_q] and E_p[e^-z_q], z the standardised value; d = shift of the location in units of q's
   scale, in the direction of the long tail. */
static double extreme(double r, double d)
{
    double shape = mle_lgamma(1 + r) - d;
    return expm1(shape) + d - log(r) + MLE_EULER_GAMMA * (r - 1);
}

static double gumbel(const double p[], const double q[], double trials)
{
    (void)trials;
    return extreme(p[1] / q[1], (p[0] - q[0]) / q[1]);
}

static double gumbel_min(const double p[], const double q[], double trials)
{
    (void)trials;
    return extreme(p[1] / q[1], (q[0] - p[0]) / q[1]);
}

/* -log of a Weibull is a Gumbel: location -log scale, scale 1 / shape. */
static double weibull(const double p[], const double q[], double trials)
{
    (void)trials;
    return extreme(q[0] / p[0], q[0] * (log(q[1]) - log(p[1])));
}

/* --- other densities ----------------------------------------------------------------------------
 */

static double exponential(const double p[], const double q[], double trials)
{
    (void)trials;
    return surplus(q[0] / p[0]);
}

/* (shape, rate) */
static double gamma_law(const double p[], const double q[], double trials)
{
    (void)trials;
    double d = q[0] - p[0], r = q[1] / p[1];
    return mle_lgamma_diff(p[0], d) - d * mle_digamma(p[0]) + q[0] * surplus(r) - d * (r - 1);
}

/* (mu, lambda) */
static double inverse_gaussian(const double p[], const double q[], double trials)
{
    (void)trials;
    double d = (p[0] - q[0]) / q[0];
    return 0.5 * surplus(q[1] / p[1]) + 0.5 * q[1] / p[0] * d * d;
}

/* (shape, scale): the scale is where the support begins. */
static double pareto(const double p[], const double q[], double trials)
{
    (void)trials;
    if (p[1] < q[1])
        return MLE_INFINITY;
    return surplus(q[0] / p[0]) + q[0] * log(p[1] / q[1]);
}

static double uniform(const double p[], const double q[], double trials)
{
    (void)trials;
    if (p[0] < q[0] || p[1] > q[1])
        return MLE_INFINITY;
    return log1p(((p[0] - q[0]) + (q[1] - p[1])) / (p[1] - p[0]));
}

static double beta(const double p[], const double q[], double trials)
{
    (void)trials;
    double a = q[0] - p[0], b = q[1] - p[1], all = p[0] + p[1];
    return mle_lgamma_diff(p[0], a) - a * mle_digamma(p[0]) + mle_lgamma_diff(p[1], b) -
           b * mle_digamma(p[1]) - mle_lgamma_diff(all, a + b) + (a + b) * mle_digamma(all);
}

/* (mu, kappa) */
static double von_mises(const double p[], const double q[], double trials)
{
    (void)trials;
    double half = sin(0.5 * (p[0] - q[0]));
    double ratio = mle_bessel_ratio(p[1], NULL, NULL);
    return mle_log_bessel_i0(q[1]) - mle_log_bessel_i0(p[1]) +
           ratio * (p[1] - q[1] + 2 * q[1] * half * half);
}

/* --- masses -------------------------------------------------------------------------------------
 */

static double bernoulli(const double p[], const double q[], double trials)
{
    (void)trials;
    return mle_deviance(p[0], q[0]) + mle_deviance(1 - p[0], 1 - q[0]);
}

static double binomial(const double p[], const double q[], double trials)
{
    return trials * bernoulli(p, q, trials);
}

static double geometric(const double p[], const double q[], double trials)
{
    return bernoulli(p, q, trials) / p[0];
}

static double poisson(const double p[], const double q[], double trials)
{
    (void)trials;
    return mle_deviance(p[0], q[0]);
}

/* (mu, size), of one size: E[log C(y + size - 1, y)] is the same in both. */
static double negative_binomial(const double p[], const double q[], double trials)
{
    (void)trials;
    if (p[1] != q[1] || isinf(p[1]))
        return MLE_NAN;
    return mle_deviance(p[0], q[0]) - mle_deviance(p[1] + p[0], q[1] + q[0]);
}

/* E[log y] = -d log zeta(s) / ds. */
static double zeta(const double p[], const double q[], double trials)
{
    (void)trials;
    struct mle_zeta a = mle_log_zeta(p[0], 1), b = mle_log_zeta(q[0], 1);
    return b.log - a.log - (q[0] - p[0]) * a.d1;
}

/* --- the table ----------------------------------------------------------------------------------
 */

static const struct {
    const struct mle_family *family;
    double (*kl)(const double p[], const double q[], double trials);
} closed[] = {
    { &mle_family_normal, normal },
    { &mle_family_lognormal, normal }, /* of the logarithms: KL knows no unit */
    { &mle_family_exponential, exponential },
    { &mle_family_gamma, gamma_law },
    { &mle_family_weibull, weibull },
    { &mle_family_beta, beta },
    { &mle_family_cauchy, cauchy },
    { &mle_family_laplace, laplace },
    { &mle_family_uniform, uniform },
    { &mle_family_pareto, pareto },
    { &mle_family_gumbel, gumbel },
    { &mle_family_gumbel_min, gumbel_min },
    { &mle_family_rayleigh, rayleigh },
    { &mle_family_half_normal, half_normal },
    { &mle_family_inverse_gaussian, inverse_gaussian },
    { &mle_family_von_mises, von_mises },
    { &mle_family_bernoulli, bernoulli },
    { &mle_family_binomial, binomial },
    { &mle_family_poisson, poisson },
    { &mle_family_geometric, geometric },
    { &mle_family_negative_binomial, negative_binomial },
    { &mle_family_zeta, zeta },
};

double mle_divergence_closed(const struct mle_law *p, const struct mle_law *q)
{
    bool same_trials = !p->family->support.needs_trials || p->trials == q->trials;
    for (size_t i = 0; i < sizeof closed / sizeof *closed && same_trials; i++)
        if (closed[i].family == p->family && closed[i].family == q->family)
            return closed[i].kl(p->theta, q->theta, p->trials);
    return MLE_NAN;
}
