/* A(xi, z) = log(1 + xi z) / xi, in which the generalised extreme value and Pareto laws are
   written, and its derivatives in xi, through xi = 0 (A = z) without loss. */
#ifndef MLE_CORE_FAMILY_EXTREME_H
#define MLE_CORE_FAMILY_EXTREME_H

#include "core/family/family.h"
#include "core/math/special.h"

#include <math.h>

struct mle_extreme {
    double w;       /* 1 + xi z; at most 0 outside the support */
    double a, b, c; /* A, dA/dxi, d2A/dxi2 */
};

/* With x = xi z and f(x) = log(1 + x) / x these are z f, z^2 f' and z^3 f''. */
static inline struct mle_extreme mle_extreme(double xi, double z)
{
    double x = xi * z;
    struct mle_extreme e = { .w = 1 + x, .a = x == 0 ? z : log1p(x) / xi };
    if (x > 1) {
        double r = z / e.w;
        e.b = (r - e.a) / xi;
        e.c = (-r * r - 2 * e.b) / xi;
        return e;
    }
    double gap = fabs(x) < 1e-8 ? -0.5 + x / 3 : mle_log1pmx(x) / (x * x);
    double f1 = -1 / e.w - gap, f2 = (-1 / (e.w * e.w) - 2 * f1) / x;
    if (fabs(x) < 0.03) { /* f'' = sum (-1)^k k (k - 1) x^(k - 2) / (k + 1) */
        double power = 1;
        f2 = 0;
        for (int k = 2; k < 13; k++) {
            f2 += power * k * (k - 1) / (k + 1);
            power *= -x;
        }
    }
    e.b = z * z * f1;
    e.c = z * z * z * f2;
    return e;
}

/* The inverse of A in z: (e^(xi a) - 1) / xi. */
static inline double mle_extreme_inverse(double xi, double a)
{
    return xi * a == 0 ? a : expm1(xi * a) / xi;
}

/* Why there are no Wald errors at this xi, NULL: there are. */
const char *mle_extreme_irregular(double xi);

/* A local maximum of the generalised Pareto law's profile in b = xi / sigma, found on a grid: a
   start. value is the log-likelihood there per unit of weight. */
struct mle_gpd_peak {
    double b, xi, value;
};

/* The highest peak with xi > -1 (heavy: with xi > 0); false if the profile has none there. */
bool mle_gpd_find_peak(const struct mle_evidence *evidence, bool heavy, struct mle_gpd_peak *peak);

/* The share of the rows that are 0, by weight. */
double mle_share_of_zeros(const struct mle_evidence *evidence);

#endif
