#include "core/fit/pit.h"

#include <math.h>

struct rows {
    const struct mle_model *model;
    const double *theta;
    double *value;
};

static void fill(void *ctx, size_t lo, size_t hi)
{
    const struct rows *rows = ctx;
    for (size_t i = lo; i < hi; i++)
        rows->value[i] = rows->model->kind->cdf(rows->model, rows->theta, i);
}

static const char *why_not(const struct mle_fit *fit)
{
    const struct mle_model *model = fit->model;
    if (model->measure != MLE_LEBESGUE)
        return "discrete response: F(Y) is not uniform";
    if (model->frame.upper || model->frame.cut[0].at)
        return "censored, truncated or rounded response";
    if (!model->kind->cdf)
        return model->kind->no_cdf ? model->kind->no_cdf : "the model has no cdf";
    if (fit->status == MLE_FIT_NO_MLE)
        return "there is no fitted distribution";
    for (size_t j = 0; j < model->n_theta; j++)
        if (!isfinite(fit->estimate[j].value))
            return "a parameter has no finite value";
    return NULL;
}

enum mle_status mle_fit_pit(struct mle_fit *fit, const struct mle_work *work, struct mle_error *err)
{
    enum { ROW_NS = 200 };
    const struct mle_model *model = fit->model;
    size_t n = model->frame.n;
    struct mle_pit *out = mle_arena_zeros(work->arena, 1, sizeof *out);
    if (!out)
        return mle_arena_fail(work->arena, err);
    fit->pit = out;
    out->why = why_not(fit);
    if (out->why)
        return MLE_OK;
    double *value = mle_arena_doubles(work->arena, n);
    double *theta = mle_arena_doubles(work->arena, model->n_theta);
    if (!value || !theta)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < model->n_theta; j++)
        theta[j] = fit->estimate[j].value;
    struct rows rows = { model, theta, value };
    MLE_TRY(mle_for_rows(&work->reducer, n, ROW_NS, fill, &rows, work->stop, err));
    out->value = value;
    return MLE_OK;
}
