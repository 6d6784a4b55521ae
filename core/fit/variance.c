/* Variances of families, where they are elementary. Johnson, Kotz & Balakrishnan (1994, 1995);
   Johnson, Kemp & Kotz (2005). */
#include "core/fit/expect.h"
#include "core/fit/predict.h"
#include "core/math/logs.h"
#include "core/math/special.h"

#include <math.h>

#define MLE_FAMILY(name) extern const struct mle_family mle_family_##name;
#include "core/family/families.def"
#undef MLE_FAMILY

#define PI 3.14159265358979323846

static double square(double x)
{
    return x * x;
}

#define VARIANCE(name, ...)                                                                        \
    static double name(const double t[], double trials)                                            \
    {                                                                                              \
        (void)trials;                                                                              \
        return __VA_ARGS__;                                                                        \
    }

VARIANCE(normal, square(t[1]))
VARIANCE(exponential, 1 / square(t[0]))
VARIANCE(scale_form, square(t[0]))
VARIANCE(gamma_law, t[0] / square(t[1]))
VARIANCE(gamma_mean, square(t[0]) / t[1])
VARIANCE(bernoulli, t[0] * (1 - t[0]))
VARIANCE(binomial, trials *t[0] * (1 - t[0]))
VARIANCE(poisson, t[0])
VARIANCE(lognormal, expm1(square(t[1])) * exp(2 * t[0] + square(t[1])))
VARIANCE(uniform, square(t[1] - t[0]) / 12)
VARIANCE(laplace, 2 * square(t[1]))
VARIANCE(logistic, square(PI *t[1]) / 3)
VARIANCE(student_t, t[0] > 2   ? square(t[2]) * (isinf(t[0]) ? 1 : t[0] / (t[0] - 2))
                    : t[0] > 1 ? MLE_INFINITY
                               : MLE_NAN)
VARIANCE(geometric, (1 - t[0]) / square(t[0]))
VARIANCE(negative_binomial, t[0] + square(t[0]) / t[1])
VARIANCE(beta, t[0] / (t[0] + t[1]) * (t[1] / (t[0] + t[1])) / (t[0] + t[1] + 1))
VARIANCE(beta_mean, t[0] * (1 - t[0]) / (1 + t[1]))
VARIANCE(beta_binomial, trials *t[0] / (t[0] + t[1]) * (t[1] / (t[0] + t[1])) *
                            ((t[0] + t[1] + trials) / (t[0] + t[1] + 1)))
VARIANCE(gumbel, square(PI *t[1]) / 6)
VARIANCE(inverse_gaussian, square(t[0]) * t[0] / t[1])
VARIANCE(pareto, t[0] > 2   ? square(t[1] / (t[0] - 1)) * t[0] / (t[0] - 2)
                 : t[0] > 1 ? MLE_INFINITY
                            : MLE_NAN)
VARIANCE(gpd, t[1] < 0.5 ? square(t[0] / (1 - t[1])) / (1 - 2 * t[1])
              : t[1] < 1 ? MLE_INFINITY
                         : MLE_NAN)
VARIANCE(rayleigh, (4 - PI) / 2 * square(t[0]))
VARIANCE(half_normal, (1 - 2 / PI) * square(t[0]))

/* regression: the record that stands in with predictors. */
static const struct {
    const struct mle_family *family;
    bool regression;
    double (*variance)(const double theta[], double trials);
} known[] = {
    { &mle_family_normal, false, normal },
    { &mle_family_exponential, false, exponential },
    { &mle_family_exponential, true, scale_form },
    { &mle_family_gamma, false, gamma_law },
    { &mle_family_gamma, true, gamma_mean },
    { &mle_family_bernoulli, false, bernoulli },
    { &mle_family_binomial, false, binomial },
    { &mle_family_poisson, false, poisson },
    { &mle_family_lognormal, false, lognormal },
    { &mle_family_uniform, false, uniform },
    { &mle_family_laplace, false, laplace },
    { &mle_family_logistic, false, logistic },
    { &mle_family_student_t, false, student_t },
    { &mle_family_geometric, false, geometric },
    { &mle_family_negative_binomial, false, negative_binomial },
    { &mle_family_beta, false, beta },
    { &mle_family_beta, true, beta_mean },
    { &mle_family_beta_binomial, false, beta_binomial },
    { &mle_family_gumbel, false, gumbel },
    { &mle_family_gumbel_min, false, gumbel },
    { &mle_family_inverse_gaussian, false, inverse_gaussian },
    { &mle_family_pareto, false, pareto },
    { &mle_family_gpd, false, gpd },
    { &mle_family_rayleigh, false, rayleigh },
    { &mle_family_half_normal, false, half_normal },
};
enum { KNOWN = sizeof known / sizeof *known };

/* KNOWN: there is none. */
static size_t find(const struct mle_family *family)
{
    size_t i = 0;
    while (i < KNOWN &&
           family != (known[i].regression ? known[i].family->regression : known[i].family))
        i++;
    return i;
}

bool mle_variance_is_known(const struct mle_family *family)
{
    return find(family) < KNOWN || family->circular;
}

static double squared_distance(const void *ctx, double y)
{
    const double *mean = ctx;
    return square(y - *mean);
}

enum mle_status mle_variance(const struct mle_family *family, const double theta[], double trials,
                             struct mle_stop *stop, double *variance, struct mle_error *err)
{
    size_t i = find(family);
    if (i < KNOWN) {
        *variance = known[i].variance(theta, trials);
        return MLE_OK;
    }
    double mean = family->mean && !family->circular ? family->mean(theta, trials) : MLE_NAN;
    struct mle_integrand h = { squared_distance, &mean };
    struct mle_expectation e = { MLE_NAN, 0 };
    if (isfinite(mean))
        MLE_TRY(mle_expect(family, theta, trials, &h, MLE_NAN, stop, &e, err));
    *variance = e.value;
    return MLE_OK;
}
