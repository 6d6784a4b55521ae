/* Newton's method with a trust region: minimises a smooth f(u), in a box if one is given, whose
   exact gradient and Hessian are known. Knows no data.

   In a box it is the projected method: coordinates that lie at a bound against which f still falls
   are left out of the step, and steps end at the walls. Ref: Bertsekas (1982), Projected Newton
   methods for optimization problems with simple constraints.

   How it ended is an outcome, not a status: whatever the outcome, u is the best point seen. */
#ifndef MLE_CORE_OPT_NEWTON_H
#define MLE_CORE_OPT_NEWTON_H

#include "core/base/arena.h"
#include "core/base/stop.h"

/* X(NAME, "word of the API") */
#define MLE_OUTCOME_MAP(X)                                                                         \
    X(CLOSED_FORM, "closed_form") /* nothing was iterated */                                       \
    X(GRADIENT, "gradient")       /* the predicted gain fell below the tolerance */                \
    X(STALLED, "stalled")         /* no step improves any more, at the limit of rounding */        \
    X(MAX_ITERATIONS, "max_iterations")                                                            \
    X(DEADLINE, "deadline")                                                                        \
    X(CANCELLED, "cancelled")                                                                      \
    X(NOT_FINITE, "not_finite") /* the objective has no finite value near the start */             \
    X(NONE, "none")             /* nothing was estimated: see the verdict */

enum mle_outcome {
#define MLE_OUTCOME_ENUM(name, word) MLE_OUTCOME_##name,
    MLE_OUTCOME_MAP(MLE_OUTCOME_ENUM)
#undef MLE_OUTCOME_ENUM
};

const char *mle_outcome_word(enum mle_outcome outcome);

struct mle_objective {
    size_t dim;
    /* SETS f, grad[dim] and the full symmetric hess[dim][dim] (grad and hess NULL: not wanted). f =
       +inf or NaN outside the domain is an answer; a failure ends the optimisation. */
    enum mle_status (*eval)(void *ctx, const double u[], double *f, double grad[], double hess[],
                            struct mle_error *err);
    void *ctx;
    const double *lower, *upper; /* [dim] the box, infinities allowed; both NULL: none */
};

struct mle_newton_options {
    double tolerance; /* stop when the predicted decrease of f is at most this */
    unsigned max_iterations;
};

struct mle_newton_result {
    enum mle_outcome outcome;
    unsigned iterations, evaluations;
};

/* u in: start (moved into the box), out: best point. Scratch is given back. Errors: those of eval,
   but MLE_DEADLINE and MLE_CANCELLED after the first evaluation become outcomes. */
enum mle_status mle_newton(const struct mle_objective *objective,
                           const struct mle_newton_options *options, struct mle_stop *stop,
                           struct mle_arena *scratch, double u[], struct mle_newton_result *result,
                           struct mle_error *err);

#endif
