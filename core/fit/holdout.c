#include "core/fit/holdout.h"

#include "core/base/rng.h"

#include <math.h>
#include <string.h>

size_t mle_holdout_choose(size_t n, double fraction, uint64_t seed, bool held[])
{
    double wanted = round(fraction * (double)n);
    size_t m = wanted < 1 ? 1 : wanted > (double)(n - 1) ? n - 1 : (size_t)wanted;
    for (size_t i = 0, left = m; i < n; i++) {
        held[i] = mle_random_uniform(seed, 0, i) * (double)(n - i) < (double)left;
        left -= held[i];
    }
    return m;
}

void mle_holdout_mean(size_t n, const bool held[], const double x[], const double w[], double *mean,
                      double *standard_error)
{
    double weight = 0, sum = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        weight += held[i] ? w ? w[i] : 1 : 0;
        sum += held[i] ? w ? w[i] * x[i] : x[i] : 0;
    }
    *mean = sum / weight;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - *mean;
        square += held[i] ? (w ? w[i] : 1) * d * d : 0;
    }
    *standard_error = weight > 1 ? sqrt(square / (weight - 1) / weight) : NAN;
}

/* --- rows that are left ----------------------------------------------------------------------- */

static enum mle_status take_column(const struct mle_column *from, size_t n, const size_t row[],
                                   struct mle_arena *arena, struct mle_column *to,
                                   struct mle_error *err)
{
    double *values = from->values ? mle_arena_doubles(arena, n) : NULL;
    uint32_t *codes = from->codes ? mle_arena_alloc(arena, n * sizeof *codes) : NULL;
    if ((from->values && !values) || (from->codes && !codes))
        return mle_arena_fail(arena, err);
    *to = *from;
    to->n = n;
    to->missing = 0;
    to->values = values;
    to->codes = codes;
    for (size_t i = 0; i < n; i++) {
        if (values)
            values[i] = from->values[row[i]];
        if (codes)
            codes[i] = from->codes[row[i]];
        to->missing += values ? isnan(values[i]) != 0 : codes[i] == MLE_MISSING_CODE;
    }
    return MLE_OK;
}

static enum mle_status take_rows(const struct mle_model *model, const bool held[], size_t n,
                                 struct mle_arena *arena, struct mle_data *data,
                                 struct mle_error *err)
{
    const struct mle_data *all = model->data;
    struct mle_column *column = mle_arena_alloc(arena, all->n_column * sizeof *column);
    size_t *row = mle_arena_alloc(arena, n * sizeof *row);
    if (!column || !row)
        return mle_arena_fail(arena, err);
    for (size_t i = 0, at = 0; i < model->frame.n; i++)
        if (!held[i])
            row[at++] = mle_frame_origin(&model->frame, i);
    for (size_t j = 0; j < all->n_column; j++)
        MLE_TRY(take_column(&all->column[j], n, row, arena, &column[j], err));
    *data = (struct mle_data){ .n = n, .n_column = all->n_column, .column = column };
    return MLE_OK;
}

/* --- fitting without them, asking them -------------------------------------------------------- */

/* An orthogonal polynomial has other columns on other rows. */
static bool depends_on_rows(const struct mle_model *model)
{
    return model->spec->formula && strstr(model->spec->formula, "poly(");
}

static bool same_parameters(const struct mle_model *a, const struct mle_model *b)
{
    bool same = a->n_theta == b->n_theta;
    for (size_t j = 0; same && j < a->n_theta; j++)
        same = strcmp(a->param[j].name, b->param[j].name) == 0;
    return same;
}

static bool is_stopped(enum mle_status status)
{
    return status == MLE_MEMORY_LIMIT || status == MLE_NO_MEMORY || status == MLE_CANCELLED ||
           status == MLE_DEADLINE || status == MLE_INTERNAL;
}

/* SETS theta to the estimate from the rows that are left, or *why. */
static enum mle_status refit(const struct mle_model *model, const bool held[], size_t n,
                             const struct mle_fit_options *options, const struct mle_work *work,
                             double theta[], const char **why, struct mle_error *err)
{
    struct mle_fit_options plain = *options;
    struct mle_data data;
    struct mle_model rest;
    struct mle_fit fit;
    plain.holdout = false;
    plain.include = 0;
    plain.intervals = MLE_INTERVALS_NONE;
    MLE_TRY(take_rows(model, held, n, work->arena, &data, err));
    enum mle_status status =
        mle_model_bind(model->spec, &data, (enum mle_missing)options->missing, work, &rest, err);
    if (status == MLE_OK && !same_parameters(model, &rest)) {
        *why = "a level of the held-out rows does not occur in the others";
        return MLE_OK;
    }
    if (status == MLE_OK)
        status = mle_fit_run(&rest, &plain, work, &fit, err);
    if (is_stopped(status))
        return status;
    if (status != MLE_OK || fit.status == MLE_FIT_NO_MLE || fit.status == MLE_FIT_NOT_CONVERGED) {
        *why = "the rows that are left have no maximum, or it was not found";
        return MLE_OK;
    }
    for (size_t j = 0; j < model->n_theta; j++)
        theta[j] = fit.estimate[j].value;
    return MLE_OK;
}

static enum mle_status ask(const struct mle_model *model, const struct mle_fit_options *options,
                           const struct mle_work *work, const bool held[], const double theta[],
                           struct mle_holdout *out, struct mle_error *err)
{
    struct mle_model all; /* the fit may have pinned parameters of its own */
    size_t n = model->frame.n;
    double sum, *ll = mle_arena_doubles(work->arena, n);
    if (!ll)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(mle_model_bind(model->spec, model->data, (enum mle_missing)options->missing, work, &all,
                           err));
    MLE_TRY(all.kind->evaluate(&all, work, theta, ll, &sum, NULL, NULL, err));
    for (size_t i = 0; i < n; i++)
        ll[i] = 0 - ll[i];
    mle_holdout_mean(n, held, ll, model->frame.w, &out->cross_entropy, &out->standard_error);
    if (isnan(out->cross_entropy))
        out->why = "the log density of a held-out row could not be computed";
    return MLE_OK;
}

enum mle_status mle_fit_holdout(struct mle_fit *fit, const struct mle_fit_options *options,
                                const struct mle_work *work, struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    size_t n = model->frame.n;
    struct mle_holdout *out = mle_arena_alloc(work->arena, sizeof *out);
    bool *held = mle_arena_zeros(work->arena, n, sizeof *held);
    double *theta = mle_arena_doubles(work->arena, model->n_theta);
    if (!out || !held || !theta)
        return mle_arena_fail(work->arena, err);
    *out = (struct mle_holdout){ .cross_entropy = NAN, .standard_error = NAN };
    fit->holdout = out;
    if (n < 2)
        out->why = "there is one row";
    else if (depends_on_rows(model))
        out->why = "poly() has other columns on other rows";
    if (out->why)
        return MLE_OK;
    out->rows =
        mle_holdout_choose(n, options->holdout_fraction, (uint64_t)options->holdout_seed, held);
    MLE_TRY(refit(model, held, n - out->rows, options, work, theta, &out->why, err));
    return out->why ? MLE_OK : ask(model, options, work, held, theta, out, err);
}
