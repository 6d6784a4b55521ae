/* From rows to an answer: start -> closed form or optimiser -> verdict -> information matrix ->
   intervals -> diagnostics. */
#ifndef MLE_CORE_FIT_FIT_H
#define MLE_CORE_FIT_FIT_H

#include "core/fit/entropy.h"
#include "core/fit/options.h"
#include "core/model/model.h"
#include "core/opt/newton.h"

/* X(NAME, "word of the API") */
#define MLE_FIT_STATUS_MAP(X)                                                                      \
    X(CONVERGED, "converged")                                                                      \
    X(BOUNDARY, "boundary")                                                                        \
    X(NON_UNIQUE, "non_unique")                                                                    \
    X(NO_MLE, "no_mle")                                                                            \
    X(NOT_CONVERGED, "not_converged")

enum mle_fit_status {
#define MLE_FIT_STATUS_ENUM(name, word) MLE_FIT_##name,
    MLE_FIT_STATUS_MAP(MLE_FIT_STATUS_ENUM)
#undef MLE_FIT_STATUS_ENUM
};

const char *mle_fit_status_word(enum mle_fit_status status);

/* One scalar parameter. NaN: the number does not exist; infinities are values. */
struct mle_estimate {
    double value, standard_error, lower, upper;
};

/* How the optimisation ended. Norms and the Hessian are those of the negative log-likelihood in
   the unconstrained parameters u, at the answer. NaN where nothing was computed. */
struct mle_convergence {
    enum mle_outcome termination;
    const char *method;
    unsigned iterations, evaluations;
    double gradient_norm;               /* max |d nll / d u| */
    double gradient_in_standard_errors; /* max |d nll / d u_i| se(u_i): how far, in errors, the
                                           maximum may be */
    double newton_decrement;            /* g' H^-1 g */
    double nll_gap; /* half of it: the predicted distance to the minimum, nats */
    double hessian_min_eigenvalue, hessian_condition;
};

/* A member of the answer that does not exist, and why. Constant strings. */
struct mle_absence {
    const char *name, *why;
};

enum { MLE_MAX_ABSENT = 16, MLE_MAX_WARNINGS = 8 };

/* Numbers are NaN where they do not exist; then absent has the reason. Nats. */
struct mle_diagnostics {
    double log_likelihood, nll; /* sums (5.58) */
    double cross_entropy;       /* nll per unit of weight (5.59, 5.61) */
    double perplexity;          /* e^cross_entropy */
    double model_entropy;       /* of the fitted distribution */
    double entropy;             /* plug-in, of the empirical distribution of discrete data */
    double kl;                  /* cross_entropy - entropy (5.60) */
    double kl_expected;         /* of data that come from the model: (cells - 1 - k) / (2 n) */
    double aic, aicc, bic;
    double mean_squared_error;
    double deviance, null_deviance; /* of regressions */
    size_t free_parameters;
    unsigned n_absent;
    struct mle_absence absent[MLE_MAX_ABSENT];
};

struct mle_fit {
    enum mle_fit_status status;
    const struct mle_model *model;
    double confidence_level;
    struct mle_estimate *estimate;     /* [model->n_theta] */
    size_t free_parameters;            /* of the model as it was asked for */
    bool *at_bound;                    /* [n_theta] */
    double *covariance;                /* [n_theta][n_theta] of theta, NULL: does not exist */
    bool sandwich;                     /* the covariance is H^-1 (sum w s s') H^-1, not H^-1 */
    unsigned starts;                   /* points from which the search began; 1 for a closed form */
    bool include_covariance;           /* the caller wants to see it */
    const char *interval_absent;       /* why, NULL: where errors exist, they exist */
    const char *standard_error_absent; /* why, NULL: they exist */
    struct mle_existence existence;
    struct mle_convergence convergence;
    struct mle_diagnostics diagnostics;
    const struct mle_entropy *entropy;      /* NULL: not asked for */
    const struct mle_holdout *holdout;      /* NULL: not asked for (core/fit/holdout.h) */
    const struct mle_pit *pit;              /* NULL: not asked for (core/fit/pit.h) */
    const struct mle_goodness *goodness;    /* NULL: not asked for (core/fit/goodness.h) */
    bool normalised;                        /* the next was computed */
    struct mle_normalisation normalisation; /* of a custom density */
    unsigned n_warning;
    char warning[MLE_MAX_WARNINGS][160];
};

/* MLE_INVALID_OPTION if options ask for something that the model does not have. */
enum mle_status mle_fit_check(const struct mle_model *model, const struct mle_fit_options *options,
                              struct mle_error *err);

/* Fits a bound model. model is scanned (its evidence is filled); fit is allocated in work->arena.
   Errors: MLE_OUTSIDE_SUPPORT, MLE_INVALID_OPTION (a method the model does not have), MLE_DEADLINE
   and MLE_CANCELLED if not even one point was evaluated, memory. A fit that did not converge is an
   answer. */
enum mle_status mle_fit_run(struct mle_model *model, const struct mle_fit_options *options,
                            const struct mle_work *work, struct mle_fit *fit,
                            struct mle_error *err);

/* --- parts, shared inside core/fit --------------------------------------------------------------
 */

/* After the optimiser: parameters that ended at a bound, or whose limiting family is at least as
   good, are pinned there, theta and u become the maximum of what is left, and the verdict is
   BOUNDARY (core/fit/edges.c). */
enum mle_status mle_fit_edges(struct mle_fit *fit, struct mle_model *model,
                              const struct mle_fit_options *options, const struct mle_work *work,
                              double theta[], double u[], struct mle_error *err);

/* Newton from u to the maximum over the free parameters; sets convergence, theta and u. */
enum mle_status mle_fit_climb(struct mle_fit *fit, const struct mle_fit_options *options,
                              const struct mle_work *work, double theta[], double u[],
                              struct mle_error *err);

/* At theta (u): gradient, information, their checks; sets convergence numbers, the covariance and
   standard errors, and settles an OPEN existence by its certificate. */
enum mle_status mle_fit_certify(struct mle_fit *fit, const struct mle_work *work, const double u[],
                                const double theta[], struct mle_error *err);

/* Wald intervals from the standard errors, on the unconstrained scale of each parameter. */
void mle_fit_intervals(struct mle_fit *fit);

/* Adds deviances and squared errors of a regression to the diagnostics. */
enum mle_status mle_fit_errors(struct mle_fit *fit, const struct mle_work *work,
                               const double theta[], struct mle_error *err);

/* Fills fit->entropy of a diagnosed fit (core/fit/entropy.c). Errors: memory, stop. */
enum mle_status mle_fit_entropy(struct mle_fit *fit, const struct mle_work *work,
                                struct mle_error *err);

/* Fills fit->diagnostics for the log-likelihood (NaN: unbounded) at theta. */
void mle_fit_diagnose(struct mle_fit *fit, double log_likelihood, const double theta[]);

/* Takes back what only a density can claim: cross-entropy, perplexity and the criteria. */
void mle_fit_withdraw(struct mle_fit *fit, const char *why);

#endif
