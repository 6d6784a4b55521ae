#include "core/fit/predict.h"

#include "core/base/rng.h"
#include "core/math/logs.h"

#include <math.h>
#include <string.h>

static bool wants(const struct mle_predict_options *options, enum mle_want want)
{
    return options->want >> want & 1;
}

/* --- what a model has ---------------------------------------------------------------------------
 */

static bool is_bernoulli(const struct mle_model *model)
{
    return model->family && strcmp(model->family->name, "bernoulli") == 0;
}

const char *mle_predict_refuse(const struct mle_model *model, enum mle_want want)
{
    const struct mle_model_kind *kind = model->kind;
    switch (want) {
    case MLE_WANT_MEAN:
    case MLE_WANT_VARIANCE:
    case MLE_WANT_QUANTILE:
        return kind->parameters      ? NULL
               : kind->probabilities ? "levels have neither an order nor a mean"
                                     : "the response is no single number of a family";
    case MLE_WANT_CDF:
        return kind->cdf ? NULL : kind->no_cdf ? kind->no_cdf : "there is none";
    case MLE_WANT_CLASS_PROBABILITIES:
        return kind->probabilities || is_bernoulli(model) ? NULL : "the response has no levels";
    case MLE_WANT_SAMPLE:
        return kind->parameters || kind->probabilities ? NULL : "this model is not sampled";
    case MLE_WANT_DENSITY:
    case MLE_WANT_LOG_DENSITY:
    case MLE_WANTS:
        break;
    }
    return NULL;
}

/* --- rows ---------------------------------------------------------------------------------------
 */

struct rows {
    const struct mle_model *model;
    const double *theta;
    const struct mle_predict_options *options;
    const struct mle_work *work;
    const struct mle_prediction *out;
    double origin; /* of a shifted family */
};

/* The distribution of one row. */
struct law {
    double parameter[MLE_MAX_PARAM], trials;
};

static struct law law_of(const struct rows *rows, size_t i)
{
    const struct mle_view *trials = &rows->model->frame.trials;
    struct law law;
    memset(&law, 0, sizeof law); /* compared as bytes */
    rows->model->kind->parameters(rows->model, rows->theta, i, law.parameter);
    law.trials = trials->at ? mle_view_at(*trials, i) : 0;
    return law;
}

/* Everything of a row that depends on its distribution alone. */
static void describe(const struct rows *rows, size_t i, const struct law *law)
{
    const struct mle_predict_options *options = rows->options;
    const struct mle_family *family = rows->model->family;
    const struct mle_prediction *out = rows->out;
    size_t n = rows->model->frame.n;
    if (out->mean)
        out->mean[i] =
            family->mean ? family->mean(law->parameter, law->trials) + rows->origin : MLE_NAN;
    if (out->variance) {
        out->variance[i] = MLE_NAN;
        mle_variance(family, law->parameter, law->trials, rows->work->stop, &out->variance[i],
                     NULL); /* stopped: mle_for_rows says so */
    }
    for (size_t k = 0; out->quantile && k < options->n_probability; k++)
        out->quantile[k * n + i] = mle_quantile(family, options->probability[k], law->parameter,
                                                law->trials, (struct mle_tail){ false, false }) +
                                   rows->origin;
    if (out->probability && is_bernoulli(rows->model)) {
        out->probability[2 * i] = 1 - law->parameter[0];
        out->probability[2 * i + 1] = law->parameter[0];
    }
}

/* Row i has the distribution of row i - 1. */
static void repeat(const struct rows *rows, size_t i)
{
    const struct mle_prediction *out = rows->out;
    size_t n = rows->model->frame.n;
    if (out->mean)
        out->mean[i] = out->mean[i - 1];
    if (out->variance)
        out->variance[i] = out->variance[i - 1];
    for (size_t k = 0; out->quantile && k < rows->options->n_probability; k++)
        out->quantile[k * n + i] = out->quantile[k * n + i - 1];
    if (out->probability)
        memcpy(&out->probability[2 * i], &out->probability[2 * (i - 1)], 2 * sizeof(double));
}

static void draw_numbers(const struct rows *rows, size_t i, const struct law *law)
{
    const struct mle_predict_options *options = rows->options;
    uint64_t stream = mle_frame_origin(&rows->model->frame, i);
    double *sample = rows->out->sample + i * options->size;
    for (size_t k = 0; k < options->size; k++)
        sample[k] =
            mle_sample(rows->model->family, law->parameter, law->trials, options->seed, stream, k) +
            rows->origin;
}

static void fill_family(void *ctx, size_t lo, size_t hi)
{
    const struct rows *rows = ctx;
    struct law before, law;
    for (size_t i = lo; i < hi; i++) {
        if (i % 16 == 0 && mle_stop_check(rows->work->stop) != MLE_STOP_NONE)
            return;
        law = law_of(rows, i);
        if (i > lo && memcmp(&law, &before, sizeof law) == 0)
            repeat(rows, i);
        else
            describe(rows, i, &law);
        if (rows->out->sample)
            draw_numbers(rows, i, &law);
        before = law;
    }
}

/* --- levels -------------------------------------------------------------------------------------
 */

/* The level whose share of (0, 1) holds u; the last one that has a share where rounding leaves a
   gap at the end. */
static size_t find_share(size_t n, const double p[], double u)
{
    size_t last = 0;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        if (!(p[j] > 0))
            continue;
        last = j;
        sum += p[j];
        if (u < sum)
            break;
    }
    return last;
}

static void fill_levels(void *ctx, size_t lo, size_t hi)
{
    const struct rows *rows = ctx;
    const struct mle_predict_options *options = rows->options;
    size_t n = rows->out->n_level;
    for (size_t i = lo; i < hi; i++) {
        double *p = rows->out->probability + i * n;
        uint64_t stream = mle_frame_origin(&rows->model->frame, i);
        if (i % 16 == 0 && mle_stop_check(rows->work->stop) != MLE_STOP_NONE)
            return;
        rows->model->kind->probabilities(rows->model, rows->theta, i, p);
        for (size_t k = 0; rows->out->sample && k < options->size; k++)
            rows->out->sample[i * options->size + k] =
                (double)find_share(n, p, mle_random_uniform(options->seed, stream, k));
    }
}

/* --- given values -------------------------------------------------------------------------------
 */

static void fill_cdf(void *ctx, size_t lo, size_t hi)
{
    const struct rows *rows = ctx;
    for (size_t i = lo; i < hi; i++)
        rows->out->cdf[i] = rows->model->kind->cdf(rows->model, rows->theta, i);
}

/* --- all ----------------------------------------------------------------------------------------
 */

static bool allocate(const struct mle_model *model, const struct mle_predict_options *options,
                     struct mle_arena *arena, struct mle_prediction *out)
{
    size_t n = model->frame.n;
    bool levels = model->kind->probabilities != NULL;
    bool classes = wants(options, MLE_WANT_CLASS_PROBABILITIES);
    bool density = wants(options, MLE_WANT_DENSITY) || wants(options, MLE_WANT_LOG_DENSITY);
    out->n_level = levels ? model->n_level : is_bernoulli(model) ? 2 : 0;
    const struct {
        double **array;
        bool wanted;
        size_t each;
    } parts[] = {
        { &out->mean, wants(options, MLE_WANT_MEAN), 1 },
        { &out->variance, wants(options, MLE_WANT_VARIANCE), 1 },
        { &out->log_density, density, 1 },
        { &out->cdf, wants(options, MLE_WANT_CDF), 1 },
        { &out->quantile, wants(options, MLE_WANT_QUANTILE), options->n_probability },
        { &out->probability, classes || (levels && wants(options, MLE_WANT_SAMPLE)), out->n_level },
        { &out->sample, wants(options, MLE_WANT_SAMPLE), options->size },
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t count;
        if (!parts[i].wanted)
            continue;
        if (__builtin_mul_overflow(n, parts[i].each, &count))
            count = SIZE_MAX;
        *parts[i].array = mle_arena_doubles(arena, count);
        if (!*parts[i].array)
            return false;
    }
    return true;
}

/* Nanoseconds of a row, to decide on threads. */
static double cost_of(const struct mle_model *model, const struct mle_predict_options *options)
{
    double quantile = model->family && model->family->quantile ? 200 : 5000, cost = 50;
    if (wants(options, MLE_WANT_VARIANCE) && model->family)
        cost += mle_variance_is_known(model->family) ? 10 : 1e5;
    if (wants(options, MLE_WANT_QUANTILE))
        cost += quantile * (double)options->n_probability;
    if (wants(options, MLE_WANT_SAMPLE))
        cost += quantile * (double)options->size;
    return cost;
}

enum mle_status mle_predict(const struct mle_model *model, const double theta[],
                            const struct mle_predict_options *options, const struct mle_work *work,
                            struct mle_prediction *out, struct mle_error *err)
{
    size_t n = model->frame.n;
    double threshold = model->spec->threshold, sum;
    *out = (struct mle_prediction){ 0 };
    if (!allocate(model, options, work->arena, out))
        return mle_arena_fail(work->arena, err);
    struct rows rows = { model, theta, options, work, out, isnan(threshold) ? 0 : threshold };
    bool described = out->mean || out->variance || out->quantile || out->probability || out->sample;
    if (described)
        MLE_TRY(mle_for_rows(&work->reducer, n, cost_of(model, options),
                             model->kind->parameters ? fill_family : fill_levels, &rows, work->stop,
                             err));
    if (out->log_density)
        MLE_TRY(model->kind->evaluate(model, work, theta, out->log_density, &sum, NULL, NULL, err));
    if (out->cdf)
        MLE_TRY(mle_for_rows(&work->reducer, n, 200, fill_cdf, &rows, work->stop, err));
    if (mle_stop_check(work->stop) != MLE_STOP_NONE)
        return mle_stop_fail(work->stop, err);
    return MLE_OK;
}
