/* Deviances and squared errors of a fitted regression: sums over its rows. */
#include "core/model/family_model.h"

#include <math.h>
#include <string.h>

struct fitted {
    const struct mle_model *model;
    const double *theta;
    unsigned location;
    double level; /* location of the null model */
};

enum { DEVIANCE, NULL_DEVIANCE, SQUARES, WIDTH };

static void add_rows(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct fitted *f = ctx;
    const struct mle_frame *frame = &f->model->frame;
    const struct mle_family *family = f->model->family;
    double parameter[MLE_MAX_PARAM];
    memset(acc, 0, WIDTH * sizeof *acc);
    for (size_t i = lo; i < hi; i++) {
        double y = frame->y[i], w = frame->w ? frame->w[i] : 1;
        double trials = frame->trials.at ? mle_view_at(frame->trials, i) : NAN;
        mle_family_parameters(f->model, f->theta, i, parameter);
        double error = y - family->mean(parameter, trials);
        acc[SQUARES] += w * error * error;
        if (!family->deviance)
            continue;
        acc[DEVIANCE] += w * family->deviance(y, parameter, trials);
        parameter[f->location] = f->level;
        acc[NULL_DEVIANCE] += w * family->deviance(y, parameter, trials);
    }
}

struct level {
    const struct mle_frame *frame;
};

static void add_levels(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct mle_frame *frame = ((const struct level *)ctx)->frame;
    acc[0] = acc[1] = 0;
    for (size_t i = lo; i < hi; i++) {
        double w = frame->w ? frame->w[i] : 1;
        acc[0] += w * frame->y[i];
        acc[1] += w * (frame->trials.at ? mle_view_at(frame->trials, i) : 1);
    }
}

enum mle_status mle_family_errors(const struct mle_model *model, const struct mle_work *work,
                                  const double theta[], struct mle_errors *out,
                                  struct mle_error *err)
{
    const struct mle_family *family = model->family;
    const struct mle_family_self *self = model->self;
    const struct mle_block *block = mle_family_location(model);
    *out = (struct mle_errors){ NAN, NAN, NAN };
    if (!block || !self->exact || !family->mean)
        return MLE_OK;
    double level[2], acc[WIDTH];
    struct level means = { &model->frame };
    struct mle_sum sum = { .width = 2, .tile = add_levels, .ctx = &means, .row_cost_ns = 2 };
    size_t n = model->frame.n;
    MLE_TRY(mle_reduce(&work->reducer, &sum, n, work->stop, work->arena, level, err));
    struct fitted fitted = { model, theta, (unsigned)(block - self->block), level[0] / level[1] };
    sum = (struct mle_sum){ .width = WIDTH, .tile = add_rows, .ctx = &fitted, .row_cost_ns = 50 };
    MLE_TRY(mle_reduce(&work->reducer, &sum, n, work->stop, work->arena, acc, err));
    out->mean_squared = acc[SQUARES] / model->frame.weight_sum;
    if (!family->deviance)
        return MLE_OK;
    out->deviance = acc[DEVIANCE];
    /* with an offset, or without an intercept, the null model is no constant */
    out->null_deviance = block->offset || !block->intercept ? NAN : acc[NULL_DEVIANCE];
    return MLE_OK;
}
