#include "core/fit/fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct mle_fit_options mle_fit_options_default = {
#define MLE_OPTION_WORD(name, doc, ...)               .name = 0,
#define MLE_OPTION_REAL(name, value, above, most, doc)  .name = (value),
#define MLE_OPTION_COUNT(name, value, least, most, doc) .name = (value),
#define MLE_OPTION_WORDS(name, doc, ...)              .name = 0,
#include "core/fit/options.def"
#undef MLE_OPTION_WORD
#undef MLE_OPTION_REAL
#undef MLE_OPTION_COUNT
#undef MLE_OPTION_WORDS
};

const char *mle_fit_status_word(enum mle_fit_status status)
{
    static const char *const words[] = {
#define WORD(name, word) word,
        MLE_FIT_STATUS_MAP(WORD)
    };
    return words[status];
}

/* --- what is asked for must be there ------------------------------------------------------------ */

static enum mle_status not_offered(const char *option, const char *word, const char *family,
                                   struct mle_error *err)
{
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/options/%s", option);
    mle_fail(err, MLE_INVALID_OPTION, "%s '%s' is not offered for %s", option, word, family);
    mle_fault_at(err, pointer, "not_offered", "'%s' is not offered for this model", word);
    return MLE_INVALID_OPTION;
}

static enum mle_status check_options(const struct mle_model *model,
                                     const struct mle_fit_options *options, struct mle_error *err)
{
    static const char *const methods[] = { "auto", "closed_form", "newton", "lbfgs", "em",
                                           "nelder_mead" };
    static const char *const intervals[] = { "wald", "profile", "bootstrap", "none" };
    static const char *const covariances[] = { "observed", "expected", "sandwich" };
    const char *family = model->spec->family;
    if (options->method > MLE_METHOD_NEWTON ||
        (options->method == MLE_METHOD_CLOSED_FORM && !model->solvable))
        return not_offered("method", methods[options->method], family, err);
    if (options->intervals != MLE_INTERVALS_WALD && options->intervals != MLE_INTERVALS_NONE)
        return not_offered("intervals", intervals[options->intervals], family, err);
    if (options->covariance != MLE_COVARIANCE_OBSERVED)
        return not_offered("covariance", covariances[options->covariance], family, err);
    if (options->include & ~(unsigned)MLE_INCLUDE_COVARIANCE)
        return not_offered("include", "of this part", family, err);
    return MLE_OK;
}

/* --- estimating ------------------------------------------------------------------------------- */

struct objective {
    const struct mle_model *model;
    const struct mle_work *work;
};

/* The negative log-likelihood per unit of weight: the cross-entropy (5.61). */
static enum mle_status cross_entropy(void *ctx, const double u[], double *f, double grad[],
                                     double hess[], struct mle_error *err)
{
    const struct objective *o = ctx;
    size_t n = o->model->n_free;
    double scale = -1 / o->model->frame.weight_sum;
    MLE_TRY(o->model->kind->loglik(o->model, o->work, u, f, grad, hess, err));
    *f *= scale;
    for (size_t i = 0; grad && i < n; i++)
        grad[i] *= scale;
    for (size_t i = 0; hess && i < n * n; i++)
        hess[i] *= scale;
    return MLE_OK;
}

/* SETS theta and u to the estimate. */
static enum mle_status estimate(struct mle_fit *fit, const struct mle_fit_options *options,
                                const struct mle_work *work, double theta[], double u[],
                                struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    struct mle_convergence *c = &fit->convergence;
    if (model->solvable && options->method != MLE_METHOD_NEWTON) {
        c->method = "closed_form";
        c->termination = MLE_OUTCOME_CLOSED_FORM;
        model->kind->solve(model, theta);
        model->kind->unconstrain(model, theta, u);
        return MLE_OK;
    }
    struct objective ctx = { model, work };
    struct mle_objective objective = { model->n_free, cross_entropy, &ctx };
    struct mle_newton_options newton = { options->tolerance, (unsigned)options->max_iterations };
    struct mle_newton_result result;
    model->kind->start(model, u);
    MLE_TRY(mle_newton(&objective, &newton, work->stop, work->arena, u, &result, err));
    c->method = "newton";
    c->termination = result.outcome;
    c->iterations = result.iterations;
    c->evaluations = result.evaluations;
    model->kind->natural(model, u, theta, NULL);
    return MLE_OK;
}

static enum mle_fit_status status_of(const struct mle_fit *fit)
{
    switch (fit->existence.verdict) {
    case MLE_VERDICT_INTERIOR:
        return MLE_FIT_CONVERGED;
    case MLE_VERDICT_BOUNDARY:
        return MLE_FIT_BOUNDARY;
    case MLE_VERDICT_NON_UNIQUE:
        return MLE_FIT_NON_UNIQUE;
    case MLE_VERDICT_OPEN:
        return fit->convergence.termination == MLE_OUTCOME_GRADIENT ? MLE_FIT_CONVERGED
                                                                    : MLE_FIT_NOT_CONVERGED;
    case MLE_VERDICT_INFINITE:
    case MLE_VERDICT_UNBOUNDED:
    case MLE_VERDICT_NO_INFORMATION:
        break;
    }
    return MLE_FIT_NO_MLE;
}

/* The rules have decided and nothing is left to estimate: their values are the answer. */
static void take_settled(struct mle_fit *fit)
{
    for (size_t j = 0; j < fit->model->n_theta; j++)
        fit->estimate[j].value = fit->existence.theta[j];
    fit->convergence.method = "none";
    fit->convergence.termination = MLE_OUTCOME_NONE;
    fit->standard_error_absent =
        fit->existence.verdict == MLE_VERDICT_BOUNDARY
            ? "the estimate is on the boundary of its domain, where the theory of Wald errors fails"
            : "there is no estimate";
    double supremum = fit->existence.supremum;
    bool fitted = fit->existence.verdict == MLE_VERDICT_BOUNDARY;
    mle_fit_diagnose(fit, isfinite(supremum) ? supremum : NAN,
                     fitted ? fit->existence.theta : NULL);
}

static enum mle_status estimate_and_certify(struct mle_fit *fit,
                                            const struct mle_fit_options *options,
                                            const struct mle_work *work, struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    double *theta = mle_arena_doubles(work->arena, model->n_theta);
    double *u = mle_arena_doubles(work->arena, model->n_free);
    if (!theta || !u)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(estimate(fit, options, work, theta, u, err));
    for (size_t j = 0; j < model->n_theta; j++)
        fit->estimate[j].value = theta[j];
    MLE_TRY(mle_fit_certify(fit, work, u, theta, err));
    if (options->intervals == MLE_INTERVALS_WALD)
        mle_fit_intervals(fit);
    return MLE_OK;
}

enum mle_status mle_fit_run(struct mle_model *model, const struct mle_fit_options *options,
                            const struct mle_work *work, struct mle_fit *fit,
                            struct mle_error *err)
{
    MLE_TRY(check_options(model, options, err));
    *fit = (struct mle_fit){ .model = model, .confidence_level = options->confidence_level };
    fit->convergence = (struct mle_convergence){
        .gradient_norm = NAN, .gradient_in_standard_errors = NAN, .newton_decrement = NAN,
        .nll_gap = NAN, .hessian_min_eigenvalue = NAN, .hessian_condition = NAN,
    };
    fit->estimate = mle_arena_alloc(work->arena, model->n_theta * sizeof *fit->estimate);
    if (!fit->estimate)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < model->n_theta; j++)
        fit->estimate[j] = (struct mle_estimate){ NAN, NAN, NAN, NAN };
    MLE_TRY(model->kind->scan(model, work, err));
    mle_existence_init(&fit->existence);
    model->kind->exists(model, &fit->existence);
    if (fit->existence.verdict == MLE_VERDICT_OPEN || fit->existence.rest_free)
        MLE_TRY(estimate_and_certify(fit, options, work, err));
    else
        take_settled(fit);
    fit->status = status_of(fit);
    return MLE_OK;
}
