#include "core/model/frame.h"

#include "core/base/shortest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct mle_model_spec mle_model_spec_default = { .trials = NAN,
                                                       .truncate_lower = { NULL, NAN },
                                                       .truncate_upper = { NULL, NAN },
                                                       .resolution = NAN,
                                                       .threshold = NAN };

size_t mle_frame_origin(const struct mle_frame *frame, size_t i)
{
    return frame->origin ? frame->origin[i] : i;
}

/* --- columns -------------------------------------------------------------------------------- */

static enum mle_status no_such_column(const struct mle_data *data, const char *pointer,
                                      const char *name, struct mle_error *err)
{
    mle_fail(err, MLE_INVALID_MODEL, "the data have no column '%.64s'", name);
    mle_fault_at(err, pointer, "unknown_column", "no column '%.64s'", name);
    char list[256] = "";
    for (size_t j = 0; j < data->n_column && strlen(list) < 160; j++) {
        char item[80];
        mle_copy_text(sizeof item - 4, item, data->column[j].name);
        strncat(list, j ? ", " : "", sizeof list - strlen(list) - 1);
        strncat(list, item, sizeof list - strlen(list) - 1);
    }
    mle_hint(err, "The columns are: %s.", list);
    return MLE_INVALID_MODEL;
}

static enum mle_status find_column(const struct mle_data *data, const char *pointer,
                                   const char *name, const struct mle_column **column,
                                   struct mle_error *err)
{
    *column = NULL;
    if (!name)
        return MLE_OK;
    const struct mle_column *found = mle_data_find(data, name);
    if (!found)
        return no_such_column(data, pointer, name, err);
    *column = found;
    return MLE_OK;
}

static enum mle_status must_be_numbers(const struct mle_column *column, const char *pointer,
                                       struct mle_error *err)
{
    if (!column || column->type != MLE_CATEGORICAL)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_DATA, "column '%.64s' holds text where numbers are needed",
             column->name);
    mle_fault_at(err, pointer, "not_a_number", "column '%.64s' holds text", column->name);
    for (size_t i = 0; i < column->n && i < 3; i++)
        if (column->codes[i] != MLE_MISSING_CODE)
            mle_fault_row(err, i, column->name, "not_a_number", "'%.64s' is not a number",
                          column->levels[column->codes[i]]);
    return MLE_INVALID_DATA;
}

/* The response that is meant when none is named: "y", or the only column that has no other part. */
static enum mle_status default_response(const struct mle_data *data, struct mle_frame *frame,
                                        struct mle_error *err)
{
    frame->response = mle_data_find(data, "y");
    if (frame->response)
        return MLE_OK;
    size_t candidates = 0;
    for (size_t j = 0; j < data->n_column; j++) {
        const struct mle_column *column = &data->column[j];
        if (column == frame->weights || column == frame->trials_column || column == frame->event)
            continue;
        candidates++;
        frame->response = column;
    }
    if (candidates == 1)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "the model names no response and the data have no column 'y'");
    mle_fault_at(err, "/model/response", "required", "name the column that the model is about");
    return MLE_INVALID_MODEL;
}

static enum mle_status repeated_column(const char *pointer, const char *name, struct mle_error *err)
{
    mle_fail(err, MLE_INVALID_MODEL, "column '%.64s' is listed twice in the response", name);
    mle_fault_at(err, pointer, "repeated_column", "listed twice");
    return MLE_INVALID_MODEL;
}

static enum mle_status find_responses(const struct mle_model_spec *spec,
                                      const struct mle_data *data, const struct mle_work *work,
                                      struct mle_frame *frame, struct mle_error *err)
{
    if (spec->no_response)
        return MLE_OK;
    size_t n = frame->n_part = spec->n_response > 0 ? spec->n_response : 1;
    const struct mle_column **part = mle_arena_zeros(work->arena, n, sizeof *part);
    if (!part)
        return mle_arena_fail(work->arena, err);
    if (spec->n_response == 0 && !frame->response) /* interval data have one */
        MLE_TRY(default_response(data, frame, err));
    part[0] = frame->response;
    for (size_t j = 0; j < spec->n_response; j++) {
        char pointer[64] = "/model/response";
        if (n > 1)
            snprintf(pointer, sizeof pointer, "/model/response/%zu", j);
        MLE_TRY(find_column(data, pointer, spec->response[j], &part[j], err));
        for (size_t i = 0; i < j; i++)
            if (part[i] == part[j])
                return repeated_column(pointer, part[j]->name, err);
        if (n > 1)
            MLE_TRY(must_be_numbers(part[j], pointer, err));
    }
    frame->response = part[0];
    frame->part = part;
    return MLE_OK;
}

enum mle_status mle_frame_numbers(const struct mle_data *data, const char *pointer,
                                  const char *name, const struct mle_column **column,
                                  struct mle_error *err)
{
    MLE_TRY(find_column(data, pointer, name, column, err));
    return must_be_numbers(*column, pointer, err);
}

/* The columns of interval data stand where the response would. */
static enum mle_status find_intervals(const struct mle_model_spec *spec,
                                      const struct mle_data *data, struct mle_frame *frame,
                                      struct mle_error *err)
{
    const struct mle_censoring *c = &spec->censoring;
    if (!c->lower || !c->upper || spec->n_response > 0) {
        bool both = c->lower && c->upper;
        const char *pointer = both ? "/model/response" : "/model/censoring";
        mle_fail(err, MLE_INVALID_MODEL,
                 "interval data have a lower and an upper column, and no response");
        mle_fault_at(err, pointer, both ? "unknown_member" : "required",
                     both ? "the interval's columns stand for it"
                          : "expected both \"lower\" and \"upper\"");
        return MLE_INVALID_MODEL;
    }
    MLE_TRY(mle_frame_numbers(data, "/model/censoring/lower", c->lower, &frame->response, err));
    return mle_frame_numbers(data, "/model/censoring/upper", c->upper, &frame->upper_column, err);
}

static enum mle_status find_columns(const struct mle_model_spec *spec, const struct mle_data *data,
                                    const struct mle_work *work, struct mle_frame *frame,
                                    struct mle_error *err)
{
    MLE_TRY(find_column(data, "/model/weights", spec->weights, &frame->weights, err));
    MLE_TRY(find_column(data, "/model/trials", spec->trials_column, &frame->trials_column, err));
    MLE_TRY(mle_frame_numbers(data, "/model/censoring/event", spec->censoring.event, &frame->event,
                              err));
    if (spec->censoring.lower || spec->censoring.upper)
        MLE_TRY(find_intervals(spec, data, frame, err));
    MLE_TRY(find_responses(spec, data, work, frame, err));
    MLE_TRY(must_be_numbers(frame->weights, "/model/weights", err));
    return must_be_numbers(frame->trials_column, "/model/trials", err);
}

/* --- rows ----------------------------------------------------------------------------------- */

static bool is_missing(const struct mle_column *column, size_t i)
{
    return column->values ? isnan(column->values[i]) : column->codes[i] == MLE_MISSING_CODE;
}

static enum mle_status missing_values(const struct mle_column *const column[], size_t n_column,
                                      struct mle_error *err)
{
    size_t total = 0;
    for (size_t j = 0; j < n_column; j++)
        total += column[j]->missing;
    mle_fail(err, MLE_INVALID_DATA, "%zu missing value%s in the columns of the model", total,
             total == 1 ? "" : "s");
    for (size_t j = 0; j < n_column; j++)
        for (size_t i = 0, left = column[j]->missing; left > 0; i++)
            if (is_missing(column[j], i)) {
                mle_fault_row(err, i, column[j]->name, "missing", "the value is missing");
                left--;
            }
    mle_hint(err, "options.missing = \"omit\" drops rows with missing values and counts them.");
    return MLE_INVALID_DATA;
}

static enum mle_status check_weights(const struct mle_column *weights, struct mle_error *err)
{
    bool failed = false;
    for (size_t i = 0; i < weights->n; i++) {
        if (!(weights->values[i] < 0))
            continue;
        if (!failed)
            mle_fail(err, MLE_INVALID_DATA, "column '%.64s' has negative weights", weights->name);
        failed = true;
        mle_fault_row(err, i, weights->name, "negative_weight", "%s is a negative weight",
                      mle_show(weights->values[i], (char[32]){ 0 }));
    }
    return failed ? MLE_INVALID_DATA : MLE_OK;
}

/* Lists the rows to keep in frame->origin, unless all are kept. */
static enum mle_status select_rows(const struct mle_column *const column[], size_t n_column,
                                   const struct mle_work *work, struct mle_frame *frame,
                                   struct mle_error *err)
{
    const double *w = frame->weights ? frame->weights->values : NULL;
    size_t n = frame->rows_total, kept = 0, omitted = 0, weightless = 0;
    bool any_missing = false;
    for (size_t j = 0; j < n_column; j++)
        any_missing |= column[j]->missing > 0;
    for (size_t i = 0; w && !any_missing && i < n; i++)
        weightless += w[i] == 0;
    frame->n = n;
    if (!any_missing && weightless == 0)
        return MLE_OK;
    size_t *origin = mle_arena_alloc(work->arena, n * sizeof *origin);
    if (!origin)
        return mle_arena_fail(work->arena, err);
    weightless = 0;
    for (size_t i = 0; i < n; i++) {
        bool missing = false;
        for (size_t j = 0; j < n_column; j++)
            missing |= is_missing(column[j], i);
        if (missing)
            omitted++;
        else if (w && w[i] == 0)
            weightless++;
        else
            origin[kept++] = i;
    }
    frame->n = kept;
    frame->rows_omitted = omitted;
    frame->rows_weightless = weightless;
    frame->origin = origin;
    return MLE_OK;
}

const double *mle_frame_gather(const struct mle_frame *frame, const struct mle_column *column,
                               const struct mle_work *work)
{
    if (!frame->origin)
        return column->values;
    double *kept = mle_arena_doubles(work->arena, frame->n);
    for (size_t i = 0; kept && i < frame->n; i++)
        kept[i] = column->values[frame->origin[i]];
    return kept;
}

/* The codes of the kept rows; levels that no kept row has are dropped, for a row without weight has
   no influence at all. */
static enum mle_status gather_codes(const struct mle_work *work, struct mle_frame *frame,
                                    struct mle_error *err)
{
    const struct mle_column *response = frame->response;
    frame->codes = response->codes;
    frame->n_level = response->n_level;
    frame->level = response->levels;
    if (!frame->origin)
        return MLE_OK;
    uint32_t *kept = mle_arena_alloc(work->arena, frame->n * sizeof *kept);
    uint32_t *place = mle_arena_zeros(work->arena, response->n_level, sizeof *place);
    const char **level = mle_arena_alloc(work->arena, response->n_level * sizeof *level);
    if (!kept || !place || !level)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; i < frame->n; i++)
        place[response->codes[frame->origin[i]]] = 1;
    frame->n_level = 0;
    for (size_t j = 0; j < response->n_level; j++)
        if (place[j]) {
            place[j] = (uint32_t)frame->n_level;
            level[frame->n_level++] = response->levels[j];
        }
    for (size_t i = 0; i < frame->n; i++)
        kept[i] = place[response->codes[frame->origin[i]]];
    frame->codes = kept;
    frame->level = level;
    return MLE_OK;
}

static enum mle_status gather_rows(const struct mle_model_spec *spec, const struct mle_work *work,
                                   struct mle_frame *frame, struct mle_error *err)
{
    bool memory = true;
    const double **value = mle_arena_zeros(work->arena, frame->n_part, sizeof *value);
    if (!value)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < frame->n_part; j++)
        if (frame->part[j]->type == MLE_CATEGORICAL)
            MLE_TRY(gather_codes(work, frame, err));
        else
            memory &= (value[j] = mle_frame_gather(frame, frame->part[j], work)) != NULL;
    frame->y = frame->n_part > 0 ? value[0] : NULL;
    frame->value = value;
    if (frame->weights) {
        const double *w = mle_frame_gather(frame, frame->weights, work);
        memory &= w != NULL;
        if (spec->weight_type == MLE_PRECISION)
            frame->precision = w;
        else
            frame->w = w;
    }
    if (frame->trials_column) {
        frame->trials.stride = 1;
        frame->trials.at = mle_frame_gather(frame, frame->trials_column, work);
        memory &= frame->trials.at != NULL;
    } else if (!isnan(spec->trials)) {
        frame->trials = (struct mle_view){ &spec->trials, 0 };
    }
    return memory ? MLE_OK : mle_arena_fail(work->arena, err);
}

static void sum_weights_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const double *w = ctx;
    double sum = 0;
    for (size_t i = lo; i < hi; i++)
        sum += w[i];
    acc[0] = sum;
}

static enum mle_status sum_weights(const struct mle_work *work, struct mle_frame *frame,
                                   struct mle_error *err)
{
    frame->weight_sum = (double)frame->n;
    if (!frame->w)
        return MLE_OK;
    struct mle_sum sum = {
        .width = 1, .tile = sum_weights_tile, .ctx = frame->w, .row_cost_ns = 0.3
    };
    MLE_TRY(mle_reduce(&work->reducer, &sum, frame->n, work->stop, work->arena, &frame->weight_sum,
                       err));
    if (isfinite(frame->weight_sum))
        return MLE_OK;
    mle_fail(err, MLE_INVALID_DATA, "the sum of the weights in column '%.64s' is not finite",
             frame->weights->name);
    mle_fault_at(err, "/model/weights", "overflow", "the sum of the weights overflows");
    return MLE_INVALID_DATA;
}

static enum mle_status nothing_left(const struct mle_frame *frame, struct mle_error *err)
{
    if (frame->rows_total == 0) {
        mle_fail(err, MLE_NO_DATA, "the dataset has no rows: there are no observations");
        mle_fault_at(err, "/data", "no_data", "the dataset is empty");
        return MLE_NO_DATA;
    }
    if (frame->rows_weightless > 0) {
        mle_fail(err, MLE_NO_DATA, "the sum of the weights in column '%.64s' is 0",
                 frame->weights->name);
        mle_fault_at(err, "/model/weights", "all_zero", "all weights in column '%.64s' are 0",
                     frame->weights->name);
        return MLE_NO_DATA;
    }
    mle_fail(err, MLE_NO_DATA, "every row has a missing value");
    mle_fault_at(err, "/data", "no_data", "no row is left after options.missing = \"omit\"");
    return MLE_NO_DATA;
}

enum mle_status mle_frame_bind(const struct mle_model_spec *spec, const struct mle_data *data,
                               size_t n_more, const struct mle_column *const more[],
                               enum mle_missing missing, const struct mle_work *work,
                               struct mle_frame *frame, struct mle_error *err)
{
    *frame = (struct mle_frame){ .rows_total = data->n };
    if (data->n == 0)
        return nothing_left(frame, err);
    MLE_TRY(find_columns(spec, data, work, frame, err));
    /* a missing end of an interval is an open end, not a missing value */
    size_t n_column = frame->upper_column ? 0 : frame->n_part;
    const struct mle_column **column =
        mle_arena_alloc(work->arena, (frame->n_part + 3 + n_more) * sizeof *column);
    if (!column)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < n_column; j++)
        column[j] = frame->part[j];
    if (frame->weights)
        column[n_column++] = frame->weights;
    if (frame->trials_column)
        column[n_column++] = frame->trials_column;
    if (frame->event)
        column[n_column++] = frame->event;
    for (size_t j = 0; j < n_more; j++)
        column[n_column++] = more[j];
    for (size_t j = 0; j < n_column && missing == MLE_MISSING_ERROR; j++)
        if (column[j]->missing > 0)
            return missing_values(column, n_column, err);
    if (frame->weights)
        MLE_TRY(check_weights(frame->weights, err));
    MLE_TRY(select_rows(column, n_column, work, frame, err));
    if (frame->n == 0)
        return nothing_left(frame, err);
    MLE_TRY(gather_rows(spec, work, frame, err));
    return sum_weights(work, frame, err);
}
