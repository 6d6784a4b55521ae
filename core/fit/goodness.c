#include "core/fit/goodness.h"

#include "core/model/order.h"

#include <math.h>

void mle_goodness_continuous(const struct mle_family *family, const double theta[], size_t n,
                             const double y[], double statistic[])
{
    const struct mle_tail lower = { false, false }, log_lower = { false, true },
                          log_upper = { true, true };
    double ks = 0, ad = 0, cvm = 0, m = (double)n;
    for (size_t i = 0; i < n; i++) {
        double u = family->cdf(y[i], theta, NAN, lower), d = u - ((double)i + 0.5) / m;
        double odd = 2 * (double)i + 1;
        ks = fmax(ks, fmax(((double)i + 1) / m - u, u - (double)i / m));
        cvm += d * d;
        ad += odd * (family->cdf(y[i], theta, NAN, log_lower) +
                     family->cdf(y[n - 1 - i], theta, NAN, log_upper));
    }
    statistic[0] = ks;
    statistic[1] = -m - ad / m;
    statistic[2] = cvm + 1 / (12 * m);
}

double mle_goodness_discrete(const struct mle_family *family, const double theta[], double trials,
                             size_t n, const double y[])
{
    double sum = 0, left = (double)n;
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && y[next] == y[i];)
            next++;
        double expected = (double)n * exp(mle_log_density(family, theta, trials, y[i]));
        double d = (double)(next - i) - expected;
        sum += d == 0 ? 0 : d * d / expected;
        left -= expected;
    }
    return sum + fmax(left, 0);
}

/* --- replicates ------------------------------------------------------------------------------- */

static const char *const continuous_names[] = { "kolmogorov_smirnov", "anderson_darling",
                                                "cramer_von_mises" };

static const char *why_not(const struct mle_fit *fit)
{
    const struct mle_model *model = fit->model;
    const struct mle_frame *frame = &model->frame;
    if (model->conditional)
        return "a regression: the rows have no distribution in common";
    if (frame->upper || frame->cut[0].at)
        return "censored, truncated or rounded response";
    if (!model->family || !frame->y || !model->family->cdf)
        return "offered for one numeric response of a family with a cdf";
    if (frame->precision || frame->trials.stride || !isnan(model->spec->threshold))
        return "not offered with precision weights, trials by row or a threshold";
    for (size_t i = 0; frame->w && i < frame->n; i++)
        if (frame->w[i] != 1)
            return "not offered with weights";
    if (fit->status == MLE_FIT_NO_MLE || fit->status == MLE_FIT_NOT_CONVERGED)
        return "there is no fitted distribution";
    for (size_t j = 0; j < model->n_theta; j++)
        if (!isfinite(fit->estimate[j].value))
            return "a parameter has no finite value";
    return NULL;
}

/* SETS statistic of the rows of a fitted model. */
static enum mle_status measure(const struct mle_fit *fit, const struct mle_work *work,
                               double statistic[], struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    const struct mle_frame *frame = &model->frame;
    double theta[MLE_MAX_PARAM];
    const double *y, *w;
    for (size_t j = 0; j < model->n_theta; j++)
        theta[j] = fit->estimate[j].value;
    MLE_TRY(mle_order_rows(frame, work, &y, &w, err));
    if (model->measure == MLE_LEBESGUE)
        mle_goodness_continuous(model->family, theta, frame->n, y, statistic);
    else
        statistic[0] =
            mle_goodness_discrete(model->family, theta, model->spec->trials, frame->n, y);
    return MLE_OK;
}

/* SETS statistic of a sample from the fit that is fitted again, to NaN if it has no maximum. */
static enum mle_status replicate(const struct mle_fit *fit, const struct mle_fit_options *options,
                                 uint64_t stream, const struct mle_work *work, double statistic[],
                                 struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    size_t n = model->frame.n;
    double theta[MLE_MAX_PARAM], *y = mle_arena_doubles(work->arena, n);
    if (!y)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < model->n_theta; j++)
        theta[j] = fit->estimate[j].value;
    for (size_t i = 0; i < n; i++)
        y[i] = mle_sample(model->family, theta, model->spec->trials, (uint64_t)options->seed,
                          stream, i);
    static const char *const response[] = { "y" };
    struct mle_column column = { .name = "y", .type = MLE_FLOAT64, .n = n, .values = y };
    struct mle_data data = { .n = n, .n_column = 1, .column = &column };
    struct mle_model_spec spec = *model->spec;
    struct mle_fit_options plain = *options;
    struct mle_model again;
    struct mle_fit refit;
    spec.n_response = 1;
    spec.response = response;
    spec.weights = NULL;
    plain.include = 0;
    plain.holdout = false;
    plain.intervals = MLE_INTERVALS_NONE;
    statistic[0] = NAN;
    enum mle_status status = mle_model_bind(&spec, &data, MLE_MISSING_ERROR, work, &again, err);
    if (status == MLE_OK)
        status = mle_fit_run(&again, &plain, work, &refit, err);
    if (status == MLE_INVALID_DATA || status == MLE_INVALID_MODEL || status == MLE_OUTSIDE_SUPPORT)
        return MLE_OK;
    MLE_TRY(status);
    return why_not(&refit) ? MLE_OK : measure(&refit, work, statistic, err);
}

enum mle_status mle_fit_goodness(struct mle_fit *fit, const struct mle_fit_options *options,
                                 const struct mle_work *work, struct mle_error *err)
{
    struct mle_goodness *out = mle_arena_zeros(work->arena, 1, sizeof *out);
    double statistic[MLE_GOODNESS_TESTS], far[MLE_GOODNESS_TESTS] = { 0 };
    if (!out)
        return mle_arena_fail(work->arena, err);
    fit->goodness = out;
    out->why = why_not(fit);
    if (out->why)
        return MLE_OK;
    bool density = fit->model->measure == MLE_LEBESGUE;
    unsigned n = density ? MLE_GOODNESS_TESTS : 1;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    MLE_TRY(measure(fit, work, statistic, err));
    for (unsigned r = 1; r <= MLE_GOODNESS_REPLICATES; r++) {
        double other[MLE_GOODNESS_TESTS];
        mle_arena_rewind(work->arena, mark);
        if (mle_stop_check(work->stop) != MLE_STOP_NONE)
            return mle_stop_fail(work->stop, err);
        MLE_TRY(replicate(fit, options, r, work, other, err));
        out->replicates += !isnan(other[0]);
        /* rounding of a statistic that is 0 for a saturated model is no distance */
        for (unsigned t = 0; t < n; t++)
            far[t] += other[0] >= 0 && other[t] >= statistic[t] - 1e-9 * (1 + statistic[t]);
    }
    mle_arena_rewind(work->arena, mark);
    out->n = n;
    for (unsigned t = 0; t < n; t++)
        out->test[t] =
            (struct mle_goodness_test){ density ? continuous_names[t] : "chi_square", statistic[t],
                                        (1 + far[t]) / (1 + (double)out->replicates) };
    return MLE_OK;
}
