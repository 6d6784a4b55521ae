/* The model of a request, read by tables into what core takes. */
#include "api/read_model.h"

#include "api/call.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The model as it stands in a request. */
struct model_text {
    const char *family;
    struct mle_text_list response;
    const json_t *weights, *trials, *levels, *bounds, *censoring, *truncation, *threshold;
    struct mle_named_numbers fixed, start;
    double resolution;
    struct mle_predictor_text predictor;
    int covariance;
    struct mle_custom_text custom;
};

static const char *const structure_words[] = { "full", "diagonal", "spherical", NULL };

static const struct mle_field model_fields[] = {
    { "family", MLE_FIELD_TEXT, offsetof(struct model_text, family), .required = true },
    { "response", MLE_FIELD_TEXTS, offsetof(struct model_text, response), .required = false },
    { "weights", MLE_FIELD_JSON, offsetof(struct model_text, weights), .nullable = true,
      .is_name = true },
    { "trials", MLE_FIELD_JSON, offsetof(struct model_text, trials), .nullable = true },
    { "covariance", MLE_FIELD_WORD, offsetof(struct model_text, covariance),
      .words = structure_words, .nullable = true },
    { "log_density", MLE_FIELD_TEXT, offsetof(struct model_text, custom.log_density) },
    { "parameters", MLE_FIELD_JSON, offsetof(struct model_text, custom.parameters),
      .nullable = true },
    { "support", MLE_FIELD_JSON, offsetof(struct model_text, custom.support), .nullable = true },
    { "discrete", MLE_FIELD_BOOLEAN, offsetof(struct model_text, custom.discrete) },
    { "levels", MLE_FIELD_JSON, offsetof(struct model_text, levels), .nullable = true },
    { "fixed", MLE_FIELD_NUMBERS, offsetof(struct model_text, fixed), .nullable = true },
    { "start", MLE_FIELD_NUMBERS, offsetof(struct model_text, start), .nullable = true },
    { "bounds", MLE_FIELD_JSON, offsetof(struct model_text, bounds), .nullable = true },
    { "censoring", MLE_FIELD_JSON, offsetof(struct model_text, censoring), .nullable = true },
    { "truncation", MLE_FIELD_JSON, offsetof(struct model_text, truncation), .nullable = true },
    { "resolution", MLE_FIELD_NUMBER, offsetof(struct model_text, resolution), .nullable = true,
      .low = 0, .high = INFINITY, .ends = MLE_LOW_OPEN | MLE_HIGH_OPEN },
    { "threshold", MLE_FIELD_JSON, offsetof(struct model_text, threshold), .nullable = true },
    { "predictors", MLE_FIELD_JSON, offsetof(struct model_text, predictor.predictors),
      .nullable = true },
    { "basis", MLE_FIELD_JSON, offsetof(struct model_text, predictor.basis), .nullable = true },
    { "formula", MLE_FIELD_TEXT, offsetof(struct model_text, predictor.formula), .nullable = true },
    { "intercept", MLE_FIELD_BOOLEAN, offsetof(struct model_text, predictor.intercept),
      .nullable = true },
    { "offset", MLE_FIELD_TEXT, offsetof(struct model_text, predictor.offset), .nullable = true },
    { "link", MLE_FIELD_JSON, offsetof(struct model_text, predictor.link), .nullable = true },
};
const struct mle_field_table mle_model_table =
    MLE_FIELD_TABLE("model", MLE_PROBLEM_INVALID_MODEL, model_fields);

struct weights_text {
    const char *column;
    int type;
};

static enum mle_status read_weights(const json_t *value, struct mle_arena *arena,
                                    struct mle_model_spec *spec, struct mle_error *err)
{
    static const char *const types[] = { "frequency", "precision", NULL };
    static const struct mle_field fields[] = {
        { "column", MLE_FIELD_TEXT, offsetof(struct weights_text, column), .required = true },
        { "type", MLE_FIELD_WORD, offsetof(struct weights_text, type), .words = types },
    };
    static const struct mle_field_table table =
        MLE_FIELD_TABLE("weights", MLE_PROBLEM_INVALID_MODEL, fields);
    struct weights_text text = { NULL, 0 };
    const struct mle_path *path = MLE_PATH(MLE_PATH(NULL, "model"), "weights");
    if (json_is_string(value))
        text.column = json_string_value(value);
    else if (value)
        MLE_TRY(mle_read_object(&table, value, path, arena, &text, err));
    spec->weights = text.column;
    spec->weight_type = (enum mle_weight_type)text.type;
    return MLE_OK;
}

struct censoring_text {
    const char *lower, *upper, *event;
    int side;
};

static enum mle_status read_censoring(const json_t *value, struct mle_arena *arena,
                                      struct mle_model_spec *spec, struct mle_error *err)
{
    static const char *const sides[] = { "right", "left", NULL };
    static const struct mle_field fields[] = {
        { "lower", MLE_FIELD_TEXT, offsetof(struct censoring_text, lower), .required = false },
        { "upper", MLE_FIELD_TEXT, offsetof(struct censoring_text, upper), .required = false },
        { "event", MLE_FIELD_TEXT, offsetof(struct censoring_text, event), .required = false },
        { "side", MLE_FIELD_WORD, offsetof(struct censoring_text, side), .words = sides },
    };
    static const struct mle_field_table table =
        MLE_FIELD_TABLE("censoring", MLE_PROBLEM_INVALID_MODEL, fields);
    struct censoring_text text = { NULL, NULL, NULL, 0 };
    if (!value)
        return MLE_OK;
    MLE_TRY(mle_read_object(&table, value, MLE_PATH(MLE_PATH(NULL, "model"), "censoring"), arena,
                            &text, err));
    spec->censoring = (struct mle_censoring){ text.lower, text.upper, text.event, text.side == 1 };
    if (!text.event == (text.lower || text.upper))
        return MLE_OK;
    mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL,
                     "censoring is said by an event column or by the ends of intervals");
    mle_fault_at(err, "/model/censoring", "required",
                 "expected either \"event\" or \"lower\" and \"upper\"");
    return err->status;
}

/* A number, the name of a column, or null for an open end. */
static enum mle_status read_cut(const json_t *value, const char *end, struct mle_cut *cut,
                                struct mle_error *err)
{
    const struct mle_path *path = MLE_PATH(MLE_PATH(MLE_PATH(NULL, "model"), "truncation"), end);
    mle_faults_begin(err);
    if (!value || json_is_null(value))
        return MLE_OK;
    if (json_is_string(value))
        cut->column = json_string_value(value);
    else
        mle_read_number(value, path, MLE_PROBLEM_INVALID_MODEL, &cut->value, err);
    return mle_faults_end(err);
}

static enum mle_status read_truncation(const json_t *value, struct mle_arena *arena,
                                       struct mle_model_spec *spec, struct mle_error *err)
{
    struct {
        const json_t *lower, *upper;
    } text = { NULL, NULL };
    static const struct mle_field fields[] = {
        { "lower", MLE_FIELD_JSON, 0, .nullable = true },
        { "upper", MLE_FIELD_JSON, sizeof(json_t *), .nullable = true },
    };
    static const struct mle_field_table table =
        MLE_FIELD_TABLE("truncation", MLE_PROBLEM_INVALID_MODEL, fields);
    if (!value)
        return MLE_OK;
    MLE_TRY(mle_read_object(&table, value, MLE_PATH(MLE_PATH(NULL, "model"), "truncation"), arena,
                            &text, err));
    MLE_TRY(read_cut(text.lower, "lower", &spec->truncate_lower, err));
    MLE_TRY(read_cut(text.upper, "upper", &spec->truncate_upper, err));
    bool numbers = !isnan(spec->truncate_lower.value) && !isnan(spec->truncate_upper.value);
    if (!numbers || spec->truncate_lower.value <= spec->truncate_upper.value)
        return MLE_OK;
    mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "the truncation leaves nothing to see");
    mle_fault_at(err, "/model/truncation", "range", "lower is above upper");
    return err->status;
}

/* {"shape": [0.5, null]} */
static enum mle_status read_bounds(const json_t *value, struct mle_arena *arena,
                                   struct mle_model_spec *spec, struct mle_error *err)
{
    if (!value)
        return MLE_OK;
    const struct mle_path *path = MLE_PATH(MLE_PATH(NULL, "model"), "bounds");
    size_t i = 0;
    struct mle_bound *list = mle_arena_alloc(arena, (json_object_size(value) + 1) * sizeof *list);
    if (!list)
        return mle_arena_fail(arena, err);
    mle_faults_begin(err);
    if (!json_is_object(value))
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, path, "type",
                       "expected {\"parameter\": [lower, upper]}");
    const char *name;
    json_t *ends;
    json_object_foreach((json_t *)value, name, ends)
    {
        const struct mle_path *at = MLE_PATH(path, name);
        double end[2] = { NAN, NAN };
        char pointer[192];
        if (json_array_size(ends) != 2)
            mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, at, "type",
                           "expected [lower, upper], null for an open end");
        for (size_t k = 0; json_array_size(ends) == 2 && k < 2; k++)
            if (!json_is_null(json_array_get(ends, k)))
                mle_read_number(json_array_get(ends, k), MLE_PATH_INDEX(at, k),
                                MLE_PROBLEM_INVALID_MODEL, &end[k], err);
        mle_path_text(at, sizeof pointer, pointer);
        const char *kept = mle_arena_text(arena, strlen(pointer), pointer);
        if (!kept)
            return mle_arena_fail(arena, err);
        list[i++] = (struct mle_bound){ name, end[0], end[1], kept };
    }
    spec->n_bounds = i;
    spec->bounds = list;
    return mle_faults_end(err);
}

static enum mle_status read_threshold(const json_t *value, struct mle_model_spec *spec,
                                      struct mle_error *err)
{
    mle_faults_begin(err);
    if (!value)
        return MLE_OK;
    if (json_is_string(value) && strcmp(json_string_value(value), "free") == 0)
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL,
                       MLE_PATH(MLE_PATH(NULL, "model"), "threshold"), "not_offered",
                       "a free threshold is not offered; give a number");
    else
        mle_read_number(value, MLE_PATH(MLE_PATH(NULL, "model"), "threshold"),
                        MLE_PROBLEM_INVALID_MODEL, &spec->threshold, err);
    return mle_faults_end(err);
}

static enum mle_status read_trials(const json_t *value, struct mle_model_spec *spec,
                                   struct mle_error *err)
{
    if (!value)
        return MLE_OK;
    if (json_is_string(value))
        spec->trials_column = json_string_value(value);
    else if (json_is_number(value))
        spec->trials = json_number_value(value);
    else {
        mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "trials is a number or a column");
        mle_fault_at(err, "/model/trials", "type", "expected a number or the name of a column");
        return err->status;
    }
    return MLE_OK;
}

static enum mle_status bad_levels(const char *pointer, struct mle_error *err)
{
    mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "levels lists the levels of columns");
    mle_fault_at(err, pointer, "type", "expected {\"column\": [\"level\", ...]}");
    return err->status;
}

static enum mle_status read_levels(const json_t *value, struct mle_arena *arena,
                                   struct mle_model_spec *spec, struct mle_error *err)
{
    if (!value)
        return MLE_OK;
    if (!json_is_object(value))
        return bad_levels("/model/levels", err);
    size_t n = json_object_size(value), i = 0;
    struct mle_column_levels *list = mle_arena_alloc(arena, (n + 1) * sizeof *list);
    if (!list)
        return mle_arena_fail(arena, err);
    const char *column;
    json_t *names;
    json_object_foreach((json_t *)value, column, names)
    {
        size_t k = json_array_size(names);
        const char **level = mle_arena_alloc(arena, (k + 1) * sizeof *level);
        if (!level)
            return mle_arena_fail(arena, err);
        for (size_t j = 0; j < k; j++)
            if (!(level[j] = json_string_value(json_array_get(names, j))))
                return bad_levels("/model/levels", err);
        if (k == 0)
            return bad_levels("/model/levels", err);
        list[i++] = (struct mle_column_levels){ column, k, level };
    }
    spec->n_levels = n;
    spec->levels = list;
    return MLE_OK;
}

static enum mle_status copy_values(const struct mle_named_numbers *numbers, struct mle_arena *arena,
                                   size_t *n, const struct mle_named_value **values,
                                   struct mle_error *err)
{
    struct mle_named_value *list = mle_arena_alloc(arena, (numbers->n + 1) * sizeof *list);
    if (!list)
        return mle_arena_fail(arena, err);
    for (size_t i = 0; i < numbers->n; i++)
        list[i] = (struct mle_named_value){ numbers->item[i].name, numbers->item[i].value,
                                            numbers->item[i].pointer };
    *n = numbers->n;
    *values = list;
    return MLE_OK;
}

enum mle_status mle_read_model(const json_t *model, const struct mle_path *path,
                               struct mle_arena *arena, struct mle_model_spec *spec,
                               struct mle_error *err)
{
    struct model_text text = { .resolution = NAN, .covariance = -1, .predictor.intercept = true };
    *spec = mle_model_spec_default;
    if (json_is_string(model))
        text.family = json_string_value(model);
    else
        MLE_TRY(mle_read_object(&mle_model_table, model, path, arena, &text, err));
    spec->family = text.family;
    spec->n_response = text.response.n;
    spec->covariance = (enum mle_structure)(text.covariance + 1); /* -1: not given */
    spec->response = text.response.text;
    MLE_TRY(read_weights(text.weights, arena, spec, err));
    MLE_TRY(read_trials(text.trials, spec, err));
    MLE_TRY(read_levels(text.levels, arena, spec, err));
    MLE_TRY(read_censoring(text.censoring, arena, spec, err));
    MLE_TRY(read_truncation(text.truncation, arena, spec, err));
    MLE_TRY(read_bounds(text.bounds, arena, spec, err));
    MLE_TRY(read_threshold(text.threshold, spec, err));
    spec->resolution = text.resolution;
    MLE_TRY(mle_read_custom(&text.custom, path, arena, spec, err));
    MLE_TRY(mle_read_predictors(&text.predictor, arena, spec, err));
    MLE_TRY(copy_values(&text.fixed, arena, &spec->n_fixed, &spec->fixed, err));
    return copy_values(&text.start, arena, &spec->n_start, &spec->start, err);
}
