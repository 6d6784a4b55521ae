#include "core/math/domain.h"

#include "core/math/logs.h"

#include <float.h>
#include <stddef.h>

enum shape { WHOLE, ABOVE, BELOW, BETWEEN };

static enum shape shape_of(struct mle_domain domain)
{
    bool low = isfinite(domain.lower), high = isfinite(domain.upper);
    if (low)
        return high ? BETWEEN : ABOVE;
    return high ? BELOW : WHOLE;
}

/* e^u that stays a positive normal number for finite u: a parameter must not become 0 or infinite
   because a line search looked far away. */
static double exp_inside(double u)
{
    double e = exp(u);
    if (isinf(u))
        return e;
    if (e < DBL_MIN)
        return DBL_MIN;
    return e > DBL_MAX ? DBL_MAX : e;
}

/* x, or the neighbour of the end towards inside if rounding put x on the end. Zero ends need no
   such care: below them the exponential itself stays positive. */
static double keep_inside(struct mle_domain domain, double x)
{
    if (x <= domain.lower)
        return nextafter(domain.lower, MLE_INFINITY);
    if (x >= domain.upper)
        return nextafter(domain.upper, -MLE_INFINITY);
    return x;
}

bool mle_domain_contains(struct mle_domain domain, double x)
{
    if (!isfinite(x))
        return false;
    if (x == domain.lower)
        return domain.closed_lower;
    if (x == domain.upper)
        return domain.closed_upper;
    return x > domain.lower && x < domain.upper;
}

double mle_domain_to_u(struct mle_domain domain, double x)
{
    if (isnan(x) || x < domain.lower || x > domain.upper)
        return MLE_NAN;
    switch (shape_of(domain)) {
    case WHOLE:
        return x;
    case ABOVE:
        return log(x - domain.lower);
    case BELOW:
        return -log(domain.upper - x);
    case BETWEEN:
        break;
    }
    double width = domain.upper - domain.lower;
    return mle_logit_pq((x - domain.lower) / width, (domain.upper - x) / width);
}

double mle_domain_from_u(struct mle_domain domain, double u)
{
    double x = u;
    switch (shape_of(domain)) {
    case WHOLE:
        return x;
    case ABOVE:
        x = domain.lower + exp_inside(u);
        break;
    case BELOW:
        x = domain.upper - exp_inside(-u);
        break;
    case BETWEEN: {
        /* from the nearer end, so that both tails keep their digits */
        double width = domain.upper - domain.lower;
        x = u < 0 ? domain.lower + width * mle_expit(u) : domain.upper - width * mle_expit(-u);
        break;
    }
    }
    return isinf(u) || isnan(u) ? x : keep_inside(domain, x);
}

double mle_domain_complement(struct mle_domain domain, double u)
{
    switch (shape_of(domain)) {
    case WHOLE:
    case ABOVE:
        return isnan(u) ? u : MLE_INFINITY;
    case BELOW:
        return exp_inside(-u);
    case BETWEEN:
        break;
    }
    return (domain.upper - domain.lower) * mle_expit(-u);
}

static void set(double *to, double value)
{
    if (to)
        *to = value;
}

void mle_domain_derivatives(struct mle_domain domain, double u, double *x, double *dx, double *d2x)
{
    set(x, mle_domain_from_u(domain, u));
    switch (shape_of(domain)) {
    case WHOLE:
        set(dx, isnan(u) ? u : 1.0);
        set(d2x, isnan(u) ? u : 0.0);
        return;
    case ABOVE:
        set(dx, exp_inside(u));
        set(d2x, exp_inside(u));
        return;
    case BELOW:
        set(dx, exp_inside(-u));
        set(d2x, -exp_inside(-u));
        return;
    case BETWEEN:
        break;
    }
    /* d2x = width p q (q - p), and q - p = -tanh(u/2) without cancellation at u = 0 */
    double pq = mle_expit(u) * mle_expit(-u) * (domain.upper - domain.lower);
    set(dx, pq);
    set(d2x, -pq * tanh(u / 2));
}

void mle_domain_derivatives_at(struct mle_domain domain, double x, double *dx, double *d2x)
{
    double below = x - domain.lower, above = domain.upper - x;
    if (isnan(x) || below < 0 || above < 0) {
        set(dx, MLE_NAN);
        set(d2x, MLE_NAN);
        return;
    }
    switch (shape_of(domain)) {
    case WHOLE:
        set(dx, 1.0);
        set(d2x, 0.0);
        return;
    case ABOVE:
        set(dx, below);
        set(d2x, below);
        return;
    case BELOW:
        set(dx, above);
        set(d2x, -above);
        return;
    case BETWEEN:
        break;
    }
    double width = domain.upper - domain.lower;
    double p = below / width, q = above / width;
    set(dx, p * above);
    set(d2x, p * above * (q - p));
}
