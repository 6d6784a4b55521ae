/* Expectations under one distribution: E[h(Y)], with an estimate of what it may be off by. Counts
   are summed, both tails cut where what is left is known to be nothing; densities are integrated
   over the probability of either tail, so that a tail that is heavy enough to make the expectation
   infinite is seen and said. */
#ifndef MLE_CORE_FIT_EXPECT_H
#define MLE_CORE_FIT_EXPECT_H

#include "core/base/stop.h"
#include "core/family/family.h"

/* h; +inf stands for a value that makes the expectation infinite, -inf and NaN do not occur where
   the distribution has mass. */
struct mle_integrand {
    double (*at)(const void *ctx, double y);
    const void *ctx;
};

struct mle_expectation {
    double value; /* may be infinite; NaN: undecided, error then has what it was off by */
    double error; /* absolute, an estimate that is on the safe side */
};

/* SETS out to E[h(Y)] for Y of the family at theta. corner is a point where h or the density has a
   corner, so that the integral is cut there; NaN: none is known. Errors: MLE_CANCELLED,
   MLE_DEADLINE. A value that does not come to rest within 1e-8 max(1, |value|), or a sum of more
   than MLE_MAX_TERMS terms, is NaN. No allocation; any thread.

   Densities: each tail is the integral over x > 0 of h(y) e^-(L0 + x), L0 + x = -log of the
   probability beyond y, by x = exp(t - exp(-t)) and the trapezoidal rule in t (Takahasi & Mori
   1974, Publ. RIMS 9, 721), halved until it rests. Where h grows like e^(s L) at the far end, the
   tail is infinite for s >= 1, and s < 1 bounds what lies beyond the last point. */
enum { MLE_MAX_TERMS = 1 << 22 };
enum mle_status mle_expect(const struct mle_family *family, const double theta[], double trials,
                           const struct mle_integrand *h, double corner, struct mle_stop *stop,
                           struct mle_expectation *out, struct mle_error *err);

#endif
