#include "core/fit/fit.h"

#include "core/base/rng.h"
#include "core/fit/goodness.h"
#include "core/fit/holdout.h"
#include "core/fit/pit.h"
#include "core/math/special.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct mle_fit_options mle_fit_options_default = {
#define MLE_OPTION_WORD(name, doc, ...)                 .name = 0,
#define MLE_OPTION_REAL(name, value, above, most, doc)  .name = (value),
#define MLE_OPTION_COUNT(name, value, least, most, doc) .name = (value),
#define MLE_OPTION_WORDS(name, doc, ...)                .name = 0,
#include "core/fit/options.def"
#undef MLE_OPTION_WORD
#undef MLE_OPTION_REAL
#undef MLE_OPTION_COUNT
#undef MLE_OPTION_WORDS
};

#define MLE_OPTION_WORD(name, doc, ...)                                                            \
    const char *const mle_words_##name[] = { __VA_ARGS__, NULL };
#define MLE_OPTION_WORDS(name, doc, ...)                                                           \
    const char *const mle_words_##name[] = { __VA_ARGS__, NULL };
#define MLE_OPTION_REAL(name, value, above, most, doc)
#define MLE_OPTION_COUNT(name, value, least, most, doc)
#include "core/fit/options.def"
#undef MLE_OPTION_WORD
#undef MLE_OPTION_WORDS
#undef MLE_OPTION_REAL
#undef MLE_OPTION_COUNT

const char *mle_fit_status_word(enum mle_fit_status status)
{
    static const char *const words[] = {
#define WORD(name, word) word,
        MLE_FIT_STATUS_MAP(WORD)
    };
    return words[status];
}

/* --- what is asked for must be there ------------------------------------------------------------
 */

static enum mle_status not_offered(const char *option, const char *word, const char *family,
                                   struct mle_error *err)
{
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/options/%s", option);
    mle_fail(err, MLE_INVALID_OPTION, "%s '%s' is not offered for %s", option, word, family);
    mle_fault_at(err, pointer, "not_offered", "'%s' is not offered for this model", word);
    return MLE_INVALID_OPTION;
}

enum mle_status mle_fit_check(const struct mle_model *model, const struct mle_fit_options *options,
                              struct mle_error *err)
{
    const char *family = model->spec->family;
    if (options->method > MLE_METHOD_NEWTON ||
        (options->method == MLE_METHOD_CLOSED_FORM && !model->solvable && model->climbable) ||
        (options->method == MLE_METHOD_NEWTON && !model->climbable))
        return not_offered("method", mle_words_method[options->method], family, err);
    if (options->intervals != MLE_INTERVALS_WALD && options->intervals != MLE_INTERVALS_NONE)
        return not_offered("intervals", mle_words_intervals[options->intervals], family, err);
    bool sandwich = options->covariance == MLE_COVARIANCE_SANDWICH && model->kind->scores;
    if (options->covariance != MLE_COVARIANCE_OBSERVED && !sandwich)
        return not_offered("covariance", mle_words_covariance[options->covariance], family, err);
    for (unsigned i = 0; mle_words_include[i]; i++)
        if (options->include & 1u << i & ~(unsigned)MLE_INCLUDE_OFFERED)
            return not_offered("include", mle_words_include[i], family, err);
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

/* The rules have said that the maximum is inside; if the closed form is not, a sum of squares has
   underflowed or overflowed, and any number would be nonsense. */
static enum mle_status check_solution(const struct mle_model *model, const double theta[],
                                      struct mle_error *err)
{
    for (size_t j = 0; j < model->n_theta; j++) {
        if (mle_domain_contains(model->param[j].domain, theta[j]))
            continue;
        mle_fail(err, MLE_INVALID_DATA,
                 "%s cannot be computed from column '%.64s' in double precision",
                 model->param[j].name, model->frame.response->name);
        mle_fault_at(err, "/model/response", "precision",
                     "the values lie too close together or too "
                     "near the limits of doubles");
        mle_hint(err, "Measure the column in another unit or from another origin.");
        return MLE_INVALID_DATA;
    }
    return MLE_OK;
}

enum mle_status mle_fit_climb(struct mle_fit *fit, const struct mle_fit_options *options,
                              const struct mle_work *work, double theta[], double u[],
                              struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    struct mle_convergence *c = &fit->convergence;
    struct objective ctx = { model, work };
    struct mle_objective objective = { .dim = model->n_free, .eval = cross_entropy, .ctx = &ctx };
    struct mle_newton_options newton = { options->tolerance, (unsigned)options->max_iterations };
    struct mle_newton_result result;
    double *wall = mle_arena_doubles(work->arena, 2 * model->n_free);
    if (!wall)
        return mle_arena_fail(work->arena, err);
    if (model->kind->box) {
        objective.lower = wall;
        objective.upper = wall + model->n_free;
        model->kind->box(model, wall, wall + model->n_free);
    }
    MLE_TRY(mle_newton(&objective, &newton, work->stop, work->arena, u, &result, err));
    c->method = "newton";
    c->termination = result.outcome;
    c->iterations += result.iterations;
    c->evaluations += result.evaluations;
    model->kind->natural(model, u, theta, NULL);
    return MLE_OK;
}

/* A number that is larger for the better point; what has no value is the worst. */
static enum mle_status height(const struct mle_model *model, const struct mle_work *work,
                              const double u[], double *ll, struct mle_error *err)
{
    MLE_TRY(model->kind->loglik(model, work, u, ll, NULL, NULL, err));
    *ll = isnan(*ll) ? -INFINITY : *ll;
    return MLE_OK;
}

/* Climbs from options->starts - 1 more points, the model's start and a standard normal draw in each
   u, and keeps the best end in theta, u and convergence. Start number s uses random stream s. */
static enum mle_status start_again(struct mle_fit *fit, const struct mle_fit_options *options,
                                   const struct mle_work *work, double theta[], double u[],
                                   struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    struct mle_convergence *c = &fit->convergence, best = *c;
    size_t n = model->n_free;
    double *from = mle_arena_doubles(work->arena, 2 * n), *at = from + n, top, ll;
    if (!from)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(height(model, work, u, &top, err));
    model->kind->start(model, from);
    for (int64_t s = 1; s < options->starts && c->termination != MLE_OUTCOME_DEADLINE &&
                        c->termination != MLE_OUTCOME_CANCELLED;
         s++) {
        for (size_t i = 0; i < n; i++)
            at[i] = from[i] + mle_normal_quantile(
                                  mle_random_uniform((uint64_t)options->seed, (uint64_t)s, i));
        MLE_TRY(mle_fit_climb(fit, options, work, theta, at, err));
        MLE_TRY(height(model, work, at, &ll, err));
        fit->starts++;
        if (ll > top) {
            top = ll;
            best = *c;
            memcpy(u, at, n * sizeof *u);
        }
    }
    best.iterations = c->iterations;
    best.evaluations = c->evaluations;
    *c = best;
    model->kind->natural(model, u, theta, NULL);
    return MLE_OK;
}

/* SETS theta and u to the estimate. */
static enum mle_status estimate(struct mle_fit *fit, const struct mle_fit_options *options,
                                const struct mle_work *work, double theta[], double u[],
                                struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    struct mle_convergence *c = &fit->convergence;
    if (fit->existence.certificate == MLE_CERTIFICATE_SINGLE_POINT) {
        c->method = "none";
        c->termination = MLE_OUTCOME_NONE;
        model->kind->natural(model, u, theta, NULL);
        return MLE_OK;
    }
    if (model->solvable && options->method != MLE_METHOD_NEWTON) {
        c->method = "closed_form";
        c->termination = MLE_OUTCOME_CLOSED_FORM;
        model->kind->solve(model, theta);
        MLE_TRY(check_solution(model, theta, err));
        model->kind->unconstrain(model, theta, u);
        return MLE_OK;
    }
    if (!model->climbable) { /* its rules answer for plain rows only */
        mle_fail(err, MLE_INVALID_MODEL,
                 "%s is not fitted to rows like these: its estimates are not searched for",
                 model->spec->family);
        mle_fault_at(err, "/model", "not_offered",
                     "censoring, truncation, resolution and given parameters may not be offered "
                     "for this family");
        return MLE_INVALID_MODEL;
    }
    model->kind->start(model, u);
    MLE_TRY(mle_fit_climb(fit, options, work, theta, u, err));
    return options->starts > 1 ? start_again(fit, options, work, theta, u, err) : MLE_OK;
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

static const char *why_no_error(const struct mle_existence *x)
{
    if (x->no_error)
        return x->no_error;
    if (x->verdict == MLE_VERDICT_BOUNDARY)
        return "the estimate is on the boundary of its domain, where the theory of Wald errors "
               "fails";
    return "there is no estimate";
}

/* The rules have decided and nothing is left to estimate: their values are the answer. */
static void take_settled(struct mle_fit *fit, const struct mle_fit_options *options)
{
    const struct mle_existence *x = &fit->existence;
    bool fitted = x->verdict == MLE_VERDICT_BOUNDARY || x->verdict == MLE_VERDICT_INTERIOR ||
                  x->verdict == MLE_VERDICT_NON_UNIQUE;
    bool inside = x->verdict == MLE_VERDICT_INTERIOR, errors = false;
    for (size_t j = 0; j < fit->model->n_theta; j++) {
        fit->estimate[j].value = x->theta[j];
        fit->estimate[j].standard_error = x->standard_error[j];
        errors |= x->standard_error[j] > 0;
    }
    if (!fit->convergence.method) { /* no search came before */
        fit->convergence.method = inside ? "closed_form" : "none";
        fit->convergence.termination = inside ? MLE_OUTCOME_CLOSED_FORM : MLE_OUTCOME_NONE;
    }
    if (errors && options->covariance == MLE_COVARIANCE_SANDWICH) { /* theirs are of the model */
        errors = false;
        for (size_t j = 0; j < fit->model->n_theta; j++)
            fit->estimate[j].standard_error = NAN;
        fit->standard_error_absent = "the sandwich is of a stationary point, and this is none";
    } else if (!errors || x->no_error)
        fit->standard_error_absent = why_no_error(x);
    if (options->intervals == MLE_INTERVALS_WALD && errors)
        mle_fit_intervals(fit);
    mle_fit_diagnose(fit, isfinite(x->supremum) ? x->supremum : NAN, fitted ? x->theta : NULL);
}

/* The parameters that a verdict has settled leave the estimation. */
static void pin_settled(struct mle_fit *fit, struct mle_model *model)
{
    const struct mle_existence *x = &fit->existence;
    if (x->verdict != MLE_VERDICT_BOUNDARY || !x->rest_free || !model->kind->pin)
        return;
    for (size_t j = 0; j < model->n_theta; j++)
        if (!isnan(x->theta[j]))
            model->kind->pin(model, j, x->theta[j]);
}

/* Takes the errors back where their theory does not hold. */
static void drop_irregular_errors(struct mle_fit *fit, const double theta[])
{
    const struct mle_model *model = fit->model;
    const char *why = model->kind->irregular ? model->kind->irregular(model, theta) : NULL;
    if (!why)
        return;
    for (size_t j = 0; j < model->n_theta; j++)
        fit->estimate[j].standard_error = NAN;
    fit->covariance = NULL;
    fit->standard_error_absent = why;
}

/* Where the likelihood rises for ever along a direction, what is left in the limit is fitted: again
   and again, since that may rise along another one. */
static enum mle_status follow_recession(struct mle_fit *fit, struct mle_model *model,
                                        const struct mle_fit_options *options,
                                        const struct mle_work *work, double theta[], double u[],
                                        struct mle_error *err)
{
    bool again = model->kind->recede != NULL;
    while (again) {
        MLE_TRY(model->kind->recede(model, work, theta, &fit->existence, &again, err));
        if (!again)
            break;
        if (model->n_free > 0) {
            model->kind->start(model, u);
            MLE_TRY(mle_fit_climb(fit, options, work, theta, u, err));
        } else {
            model->kind->natural(model, u, theta, NULL);
        }
    }
    return MLE_OK;
}

/* Scalars that only count together with others have no value of their own and no error. In the
   limit of a separation they run away, if they move along its direction. */
static void drop_confounded(struct mle_fit *fit)
{
    const struct mle_existence *x = &fit->existence;
    for (size_t j = 0; x->confounded && j < fit->model->n_theta; j++) {
        if (!x->confounded[j])
            continue;
        if (x->verdict == MLE_VERDICT_INFINITE)
            fit->estimate[j].value = x->theta[j];
        fit->estimate[j].standard_error = NAN;
        fit->standard_error_absent =
            x->verdict == MLE_VERDICT_INFINITE
                ? "a coefficient along the separating direction has no finite value"
                : "a coefficient that takes part in the null space cannot be told from the others";
    }
}

static enum mle_status estimate_and_certify(struct mle_fit *fit, struct mle_model *model,
                                            const struct mle_fit_options *options,
                                            const struct mle_work *work, struct mle_error *err)
{
    double *theta = mle_arena_doubles(work->arena, model->n_theta);
    double *u = mle_arena_doubles(work->arena, model->n_free);
    if (!theta || !u)
        return mle_arena_fail(work->arena, err);
    pin_settled(fit, model);
    MLE_TRY(estimate(fit, options, work, theta, u, err));
    MLE_TRY(mle_fit_edges(fit, model, options, work, theta, u, err));
    if (fit->existence.verdict == MLE_VERDICT_BOUNDARY && !fit->existence.rest_free) {
        take_settled(fit, options);
        return MLE_OK;
    }
    MLE_TRY(follow_recession(fit, model, options, work, theta, u, err));
    for (size_t j = 0; j < model->n_theta; j++)
        fit->estimate[j].value = theta[j];
    MLE_TRY(mle_fit_certify(fit, work, u, theta, err));
    MLE_TRY(mle_fit_errors(fit, work, theta, err));
    drop_irregular_errors(fit, theta);
    drop_confounded(fit);
    if (model->spec->n_fixed > 0 && !fit->standard_error_absent)
        fit->standard_error_absent = "a given parameter has no error";
    if (options->intervals == MLE_INTERVALS_WALD)
        mle_fit_intervals(fit);
    else
        fit->interval_absent = "options.intervals is none";
    return MLE_OK;
}

/* The rules know no bounds. Whether their verdict is about a point that the bounds leave out. */
static bool is_out_of_bounds(const struct mle_model *model, const struct mle_existence *x)
{
    if (x->verdict == MLE_VERDICT_OPEN)
        return false;
    for (size_t i = 0; i < model->spec->n_bounds; i++) {
        const struct mle_bound *bound = &model->spec->bounds[i];
        size_t j = mle_model_find_param(model, bound->name);
        if (j == model->n_theta)
            continue;
        if (x->theta[j] < bound->lower || x->theta[j] > bound->upper)
            return true;
        /* a scale that falls to 0 has no value */
        if (x->collapses && strcmp(x->collapses, bound->name) == 0 && isnan(x->theta[j]) &&
            bound->lower > model->param[j].domain.lower)
            return true;
    }
    return false;
}

/* Families whose search follows an edge of the data, or ends in a limiting family, may leave the
   bounds. Then there is no answer: an estimate beyond its bounds would be none. */
static enum mle_status check_bounds(const struct mle_fit *fit, struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    for (size_t i = 0; i < model->spec->n_bounds; i++) {
        const struct mle_bound *bound = &model->spec->bounds[i];
        size_t j = mle_model_find_param(model, bound->name);
        double x = j < model->n_theta ? fit->estimate[j].value : NAN;
        double below = bound->lower - x, above = x - bound->upper, rounding = 1e-9 * fabs(x);
        if (!(below > rounding) && !(above > rounding))
            continue;
        mle_fail(err, MLE_INVALID_MODEL, "the search for these data leaves the bounds of %s",
                 bound->name);
        mle_fault_at(err, bound->pointer, "not_held", "the search ended at %.9g", x);
        return MLE_INVALID_MODEL;
    }
    return MLE_OK;
}

/* What does not integrate to 1 is no density: its likelihood stays, as the number that was
   maximised, but nothing is claimed of it. */
static enum mle_status check_normalisation(struct mle_fit *fit, const struct mle_work *work,
                                           struct mle_error *err)
{
    static const double tolerance = 1e-6;
    const struct mle_model *model = fit->model;
    struct mle_normalisation *x = &fit->normalisation;
    double *theta = mle_arena_doubles(work->arena, model->n_theta);
    if (!model->kind->normalise || !isfinite(fit->diagnostics.nll))
        return MLE_OK;
    if (!theta)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < model->n_theta; j++)
        theta[j] = fit->estimate[j].value;
    MLE_TRY(model->kind->normalise(model, work, theta, x, err));
    fit->normalised = true;
    char *warning = fit->warning[fit->n_warning];
    bool known = !isnan(x->value), off = !(fabs(x->value - 1) <= tolerance + x->error);
    if (known && !off && x->error > tolerance && x->error <= 1e-2) {
        snprintf(warning, sizeof *fit->warning,
                 "normalisation: it is known only to %.2g that the density integrates to 1",
                 x->error);
    } else if (!known || x->error > 1e-2) {
        snprintf(warning, sizeof *fit->warning,
                 "normalisation: it could not be shown that the density integrates to 1");
        mle_fit_withdraw(fit, "the density may not integrate to 1: see normalisation");
    } else if (off) {
        snprintf(warning, sizeof *fit->warning,
                 "normalisation: the density integrates to %.9g, not to 1, at the estimates",
                 x->value);
        mle_fit_withdraw(fit, "the density does not integrate to 1: see normalisation");
    } else {
        return MLE_OK;
    }
    fit->n_warning++;
    return MLE_OK;
}

enum mle_status mle_fit_run(struct mle_model *model, const struct mle_fit_options *options,
                            const struct mle_work *work, struct mle_fit *fit, struct mle_error *err)
{
    MLE_TRY(mle_fit_check(model, options, err));
    *fit = (struct mle_fit){ .model = model,
                             .confidence_level = options->confidence_level,
                             .starts = 1,
                             .sandwich = options->covariance == MLE_COVARIANCE_SANDWICH };
    fit->convergence = (struct mle_convergence){
        .gradient_norm = NAN,
        .gradient_in_standard_errors = NAN,
        .newton_decrement = NAN,
        .nll_gap = NAN,
        .hessian_min_eigenvalue = NAN,
        .hessian_condition = NAN,
    };
    fit->estimate = mle_arena_alloc(work->arena, model->n_theta * sizeof *fit->estimate);
    if (!fit->estimate)
        return mle_arena_fail(work->arena, err);
    fit->at_bound = mle_arena_zeros(work->arena, model->n_theta, sizeof *fit->at_bound);
    if (!fit->at_bound)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < model->n_theta; j++)
        fit->estimate[j] = (struct mle_estimate){ NAN, NAN, NAN, NAN };
    MLE_TRY(model->kind->scan(model, work, err));
    double *theta = mle_arena_doubles(work->arena, 2 * model->n_theta);
    if (!theta)
        return mle_arena_fail(work->arena, err);
    mle_existence_init(&fit->existence, model->n_theta, theta, theta + model->n_theta);
    model->kind->exists(model, &fit->existence);
    if (is_out_of_bounds(model, &fit->existence))
        mle_existence_reset(&fit->existence);
    fit->free_parameters = model->n_free;
    bool given = fit->existence.certificate == MLE_CERTIFICATE_SINGLE_POINT;
    if (fit->existence.verdict == MLE_VERDICT_OPEN || fit->existence.rest_free || given)
        MLE_TRY(estimate_and_certify(fit, model, options, work, err));
    else
        take_settled(fit, options);
    MLE_TRY(check_normalisation(fit, work, err));
    if (model->warning)
        mle_copy_text(sizeof *fit->warning, fit->warning[fit->n_warning++], model->warning);
    fit->status = status_of(fit);
    if (options->include & MLE_INCLUDE_ENTROPY)
        MLE_TRY(mle_fit_entropy(fit, work, err));
    if (options->include & MLE_INCLUDE_GOODNESS)
        MLE_TRY(mle_fit_goodness(fit, options, work, err));
    if (options->include & MLE_INCLUDE_PIT)
        MLE_TRY(mle_fit_pit(fit, work, err));
    if (options->holdout)
        MLE_TRY(mle_fit_holdout(fit, options, work, err));
    return check_bounds(fit, err);
}
