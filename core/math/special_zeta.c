/* The Hurwitz zeta function with two derivatives, by Euler-Maclaurin summation. */
#include "core/math/logs.h"
#include "core/math/special.h"

#include <math.h>

enum { TERMS = 12 };

/* B_2k / (2k)! */
static const double bernoulli[TERMS] = {
    8.3333333333333333e-02,  -1.3888888888888889e-03, 3.3068783068783069e-05,
    -8.2671957671957672e-07, 2.0876756987868099e-08,  -5.2841901386874932e-10,
    1.3382536530684679e-11,  -3.3896802963225829e-13, 8.5860620562778446e-15,
    -2.1748686985580619e-16, 5.5090028283602295e-18,  -1.3954464685812523e-19,
};

/* Sums of w, w l, w l^2 over the terms w = ((k+q)/q)^-s with l = log((k+q)/q), k >= 1. */
struct sums {
    double w, wl, wll;
};

/* Adds a term of value t whose logarithm has the derivatives g and g2 in s. */
static void add(struct sums *s, double t, double g, double g2)
{
    s->w += t;
    s->wl -= t * g;
    s->wll += t * (g * g + g2);
}

/* All terms from x = n + q on: integral, half of the first, and the corrections. Everything is
   relative to q, so that q^-s never underflows. */
static void add_tail(struct sums *sums, double s, double q, double x)
{
    double l = log(x / q), w = exp(-s * l);
    add(sums, w * x / (s - 1), -l - 1 / (s - 1), 1 / ((s - 1) * (s - 1)));
    add(sums, 0.5 * w, -l, 0);
    double rising = s, g = 1 / s, g2 = -1 / (s * s), power = w / x;
    for (int k = 0; k < TERMS; k++) {
        double t = bernoulli[k] * rising * power;
        add(sums, t, g - l, g2);
        for (int i = 1; i <= 2; i++) {
            double factor = s + 2 * k + i;
            rising *= factor;
            g += 1 / factor;
            g2 -= 1 / (factor * factor);
        }
        power /= x * x;
    }
}

struct mle_zeta mle_log_zeta(double s, double q)
{
    struct mle_zeta z = { MLE_NAN, MLE_NAN, MLE_NAN };
    if (!(s > 1) || !(q > 0) || isinf(q))
        return z;
    struct sums sums = { 0, 0, 0 };
    for (double k = 1; isfinite(s); k++) {
        double x = k + q;
        if (x >= 16 + s) {
            add_tail(&sums, s, q, x);
            break;
        }
        double l = log1p(k / q), w = exp(-s * l);
        add(&sums, w, -l, 0);
        if (w <= 1e-30 * sums.w) /* s is so large that nothing follows */
            break;
    }
    double total = 1 + sums.w, mean = sums.wl / total;
    z.log = log1p(sums.w) - s * log(q);
    z.d1 = -mean - log(q);
    z.d2 = sums.wll / total - mean * mean;
    return z;
}
