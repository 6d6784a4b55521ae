/* The edges of the search: bounds that the likelihood pushes against, and limiting families. */
#include "core/fit/fit.h"
#include "core/math/logs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* From here on a parameter with a limiting family may as well be infinite. */
static const double far = 1e3;

/* So near to a bound, relatively, the bound itself is tried. */
static const double close_by = 1e-5;

static enum mle_status value_at(const struct mle_model *model, const struct mle_work *work,
                                const double u[], double *ll, struct mle_error *err)
{
    return model->kind->loglik(model, work, u, ll, NULL, NULL, err);
}

/* The verdict for a parameter that is where theta has it, at an edge. */
static void settle(struct mle_fit *fit, size_t j, double at, enum mle_certificate certificate,
                   const char *family)
{
    struct mle_existence *x = &fit->existence;
    const char *name = fit->model->param[j].name;
    x->theta[j] = at;
    x->limit_param = name;
    x->limit_family = family;
    x->rest_free = true;
    x->maximum = MLE_MAXIMUM_LOCAL;
    x->supremum = x->supremum_infinite ? MLE_INFINITY : x->supremum;
    fit->at_bound[j] = true;
    if (family)
        mle_settle(x, MLE_VERDICT_BOUNDARY, certificate,
                   "as %s grows without limit the family becomes %s, and no point found has a "
                   "larger likelihood than that",
                   name, family);
    else
        mle_settle(x, MLE_VERDICT_BOUNDARY, certificate,
                   "the log-likelihood still rises where the search ends, at %s = %.9g", name, at);
}

/* The family that remains when scalar j is infinite, NULL if there is none. */
static const char *limit_of(const struct mle_model *model, size_t j)
{
    for (unsigned i = 0; i < model->family->n_param; i++)
        if (strcmp(model->family->param[i].name, model->param[j].name) == 0)
            return model->family->param[i].limit;
    return NULL;
}

/* Fits the limiting family of parameter j from where the search ended, and keeps it if it is at
   least as likely. */
static enum mle_status try_limit(struct mle_fit *fit, struct mle_model *model, size_t j, double at,
                                 const char *family, const struct mle_fit_options *options,
                                 const struct mle_work *work, double theta[], double u[],
                                 struct mle_error *err)
{
    struct mle_convergence before = fit->convergence;
    double found, limit;
    double *saved = mle_arena_doubles(work->arena, model->n_theta);
    double *saved_u = mle_arena_doubles(work->arena, model->n_free);
    if (!saved || !saved_u)
        return mle_arena_fail(work->arena, err);
    memcpy(saved, theta, model->n_theta * sizeof *theta);
    memcpy(saved_u, u, model->n_free * sizeof *u);
    MLE_TRY(value_at(model, work, u, &found, err));
    model->kind->pin(model, j, at);
    model->kind->unconstrain(model, theta, u);
    if (model->n_free > 0)
        MLE_TRY(mle_fit_climb(fit, options, work, theta, u, err));
    else
        model->kind->natural(model, u, theta, NULL);
    MLE_TRY(value_at(model, work, u, &limit, err));
    if (limit >= found - 1e-9 - 1e-14 * fabs(found)) {
        settle(fit, j, at, family ? MLE_CERTIFICATE_LIMIT : MLE_CERTIFICATE_KKT, family);
        return MLE_OK;
    }
    model->kind->unpin(model, j);
    memcpy(theta, saved, model->n_theta * sizeof *theta);
    memcpy(u, saved_u, model->n_free * sizeof *u);
    fit->convergence = before;
    return MLE_OK;
}

/* Pins what lies at a wall with the gradient outwards: the rest is stationary already. */
static enum mle_status pin_at_walls(struct mle_fit *fit, struct mle_model *model,
                                    const struct mle_work *work, double theta[], double u[],
                                    struct mle_error *err)
{
    size_t n = model->n_free, n_at = 0;
    size_t *at = mle_arena_alloc(work->arena, (n + 1) * sizeof *at);
    double *lower = mle_arena_doubles(work->arena, 3 * n), *upper = lower + n, *grad = upper + n;
    double *hess = mle_arena_doubles(work->arena, n * n), ll;
    if (!at || !lower || !hess)
        return mle_arena_fail(work->arena, err);
    model->kind->box(model, lower, upper);
    bool near = false;
    for (size_t i = 0; i < n; i++)
        near |= u[i] <= lower[i] || u[i] >= upper[i];
    if (!near)
        return MLE_OK;
    MLE_TRY(model->kind->loglik(model, work, u, &ll, grad, hess, err));
    for (size_t i = 0; i < n; i++)
        if ((u[i] <= lower[i] && grad[i] < 0) || (u[i] >= upper[i] && grad[i] > 0))
            at[n_at++] = model->kind->scalar_of(model, i);
    for (size_t i = 0; i < n_at; i++) {
        model->kind->pin(model, at[i], theta[at[i]]);
        settle(fit, at[i], theta[at[i]], MLE_CERTIFICATE_KKT, NULL);
    }
    if (n_at > 0)
        model->kind->unconstrain(model, theta, u);
    return MLE_OK;
}

/* Takes the edge that the family knows in closed form, if no point found is more likely. A
   stationary maximum below an infinite supremum is the answer whatever lies at the edges. */
static enum mle_status take_edge(struct mle_fit *fit, const struct mle_model *model,
                                 const struct mle_work *work, const double u[],
                                 struct mle_error *err)
{
    struct mle_existence edge;
    double found, *theta = mle_arena_doubles(work->arena, 2 * model->n_theta);
    bool stationary = fit->convergence.termination == MLE_OUTCOME_GRADIENT;
    if (!theta)
        return mle_arena_fail(work->arena, err);
    mle_existence_init(&edge, model->n_theta, theta, theta + model->n_theta);
    model->kind->edge(model, &edge);
    if (edge.verdict == MLE_VERDICT_OPEN || (stationary && fit->existence.supremum_infinite))
        return MLE_OK;
    MLE_TRY(value_at(model, work, u, &found, err));
    if (edge.supremum < found - 1e-9 - 1e-14 * fabs(found))
        return MLE_OK;
    edge.supremum_infinite = fit->existence.supremum_infinite;
    fit->existence = edge;
    for (size_t j = 0; j < model->n_theta; j++)
        fit->at_bound[j] = !isfinite(theta[j]);
    return MLE_OK;
}

/* The end of parameter j's domain that theta is next to, NaN if none is near. */
static double near_end(const struct mle_model *model, size_t j, double theta)
{
    struct mle_domain d = model->param[j].domain;
    double reach = isfinite(d.lower) && isfinite(d.upper) ? d.upper - d.lower : 1;
    reach = fmin(reach, fmax(1, fmax(isfinite(d.lower) ? fabs(d.lower) : 0,
                                     isfinite(d.upper) ? fabs(d.upper) : 0)));
    if (theta - d.lower < close_by * reach)
        return d.lower;
    return d.upper - theta < close_by * reach ? d.upper : NAN;
}

/* Models whose parameters have bounds of the user's, which the search nears without end: the bound
   itself is the answer where it is at least as likely. */
static enum mle_status pin_at_ends(struct mle_fit *fit, struct mle_model *model,
                                   const struct mle_fit_options *options,
                                   const struct mle_work *work, double theta[], double u[],
                                   struct mle_error *err)
{
    for (size_t j = 0; j < model->n_theta; j++) {
        double end = near_end(model, j, theta[j]);
        bool free = isnan(model->fixed[j]);
        if (free && !isnan(end))
            MLE_TRY(try_limit(fit, model, j, end, NULL, options, work, theta, u, err));
    }
    return MLE_OK;
}

enum mle_status mle_fit_edges(struct mle_fit *fit, struct mle_model *model,
                              const struct mle_fit_options *options, const struct mle_work *work,
                              double theta[], double u[], struct mle_error *err)
{
    if (model->kind->normalise && fit->existence.verdict == MLE_VERDICT_OPEN)
        return pin_at_ends(fit, model, options, work, theta, u, err);
    if (!model->family || !model->kind->box || fit->existence.verdict != MLE_VERDICT_OPEN ||
        fit->convergence.termination == MLE_OUTCOME_CLOSED_FORM)
        return MLE_OK;
    if (model->kind->edge)
        MLE_TRY(take_edge(fit, model, work, u, err));
    if (fit->existence.verdict != MLE_VERDICT_OPEN)
        return MLE_OK;
    MLE_TRY(pin_at_walls(fit, model, work, theta, u, err));
    for (size_t i = 0; i < model->n_free; i++) {
        size_t j = model->kind->scalar_of(model, i);
        const char *limit = limit_of(model, j);
        if (!limit || !(theta[j] > far))
            continue;
        MLE_TRY(try_limit(fit, model, j, INFINITY, limit, options, work, theta, u, err));
        break;
    }
    return MLE_OK;
}
