/* Parameter domains and their maps onto the whole line.

   A domain is an interval whose ends may be infinite. Optimisers work on u in R, families on x in
   the domain; everything that is a transform of a parameter belongs here and not to a family.

       (-inf, inf)      x = u
       (lower, inf)     x = lower + e^u
       (-inf, upper)    x = upper - e^-u
       (lower, upper)   x = lower + (upper - lower) / (1 + e^-u)

   All maps rise with u, so that signs of scores agree. No allocation; safe in any thread. */
#ifndef MLE_CORE_MATH_DOMAIN_H
#define MLE_CORE_MATH_DOMAIN_H

#include <math.h>
#include <stdbool.h>

/* The ends are open for the transform. closed_* says that the family allows the end itself (a
   binomial p of 0): mle_domain_contains accepts it, and a fit may end there (a boundary). */
struct mle_domain {
    double lower, upper;
    bool closed_lower, closed_upper;
};

/* Initialisers, for tables: static const struct mle_domain d = MLE_POSITIVE; */
/* clang-format off */
#define MLE_REAL            { -INFINITY, INFINITY, false, false }
#define MLE_POSITIVE        { 0, INFINITY, false, false }
#define MLE_NON_NEGATIVE    { 0, INFINITY, true, false }
#define MLE_NEGATIVE        { -INFINITY, 0, false, false }
#define MLE_UNIT            { 0, 1, false, false }
#define MLE_UNIT_CLOSED     { 0, 1, true, true }
#define MLE_CORRELATION     { -1, 1, false, false }
#define MLE_AT_LEAST(a)     { (a), INFINITY, true, false }
#define MLE_GREATER_THAN(a) { (a), INFINITY, false, false }
#define MLE_BETWEEN(a, b)   { (a), (b), false, false }
/* clang-format on */

/* Whether x is a value of the domain; ends only if they are closed. False for NaN, +-inf. */
bool mle_domain_contains(struct mle_domain domain, double x);

/* u of x. An end gives an infinite u, x outside or NaN gives NaN. */
double mle_domain_to_u(struct mle_domain domain, double x);

/* x of u. Never leaves the open domain for finite u as far as doubles allow: e^u is held inside
   [DBL_MIN, DBL_MAX] and x is moved to the next double inside when it would round to an end that is
   not zero. NaN gives NaN, infinite u gives the end. */
double mle_domain_from_u(struct mle_domain domain, double u);

/* upper - x of u for domains with a finite upper end, without the cancellation near that end
   (1 - p of a probability); +inf for the others. */
double mle_domain_complement(struct mle_domain domain, double u);

/* dx/du and d2x/du2 at u; each output may be NULL. x is mle_domain_from_u(u). */
void mle_domain_derivatives(struct mle_domain domain, double u, double *x, double *dx, double *d2x);

/* The same derivatives from x (for a parameter that came from a closed form): no u is needed.
   At a closed end both are 0. */
void mle_domain_derivatives_at(struct mle_domain domain, double x, double *dx, double *d2x);

#endif
