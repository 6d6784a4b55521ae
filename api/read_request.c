/* A request with a model, read by tables into what core takes. */
#include "api/call.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- tables -------------------------------------------------------------------------------------
 */

/* The model as it stands in a request. */
struct model_text {
    const char *family;
    struct mle_text_list response;
    const json_t *weights, *trials, *levels;
    int covariance;
    struct mle_named_numbers fixed, start;
};

static const char *const structure_words[] = { "full", "diagonal", "spherical", NULL };

static const struct mle_field model_fields[] = {
    { "family", MLE_FIELD_TEXT, offsetof(struct model_text, family), .required = true },
    { "response", MLE_FIELD_TEXTS, offsetof(struct model_text, response), .required = false },
    { "weights", MLE_FIELD_JSON, offsetof(struct model_text, weights), .nullable = true },
    { "trials", MLE_FIELD_JSON, offsetof(struct model_text, trials), .nullable = true },
    { "covariance", MLE_FIELD_WORD, offsetof(struct model_text, covariance),
      .words = structure_words, .nullable = true },
    { "levels", MLE_FIELD_JSON, offsetof(struct model_text, levels), .nullable = true },
    { "fixed", MLE_FIELD_NUMBERS, offsetof(struct model_text, fixed), .nullable = true },
    { "start", MLE_FIELD_NUMBERS, offsetof(struct model_text, start), .nullable = true },
};
const struct mle_field_table mle_model_table =
    MLE_FIELD_TABLE("model", MLE_PROBLEM_INVALID_MODEL, model_fields);

/* Options of the contract that are taken at their defaults only. */
struct options_text {
    struct mle_fit_options options;
    const json_t *holdout, *penalty, *covariance_floor, *derived;
    bool store;
};

#define AT(name) offsetof(struct options_text, options.name)
static const struct mle_field option_fields[] = {
#define MLE_OPTION_WORD(name, doc, ...)                                                            \
    { #name, MLE_FIELD_WORD, AT(name), .words = mle_words_##name },
#define MLE_OPTION_WORDS(name, doc, ...)                                                           \
    { #name, MLE_FIELD_WORDS, AT(name), .words = mle_words_##name },
#define MLE_OPTION_REAL(name, value, above, most, doc)                                             \
    { #name, MLE_FIELD_NUMBER, AT(name), .low = (above), .high = (most), .ends = MLE_LOW_OPEN },
#define MLE_OPTION_COUNT(name, value, least, most, doc)                                            \
    { #name, MLE_FIELD_INTEGER, AT(name), .low = (least), .high = (most) },
#include "core/fit/options.def"
#undef MLE_OPTION_WORD
#undef MLE_OPTION_WORDS
#undef MLE_OPTION_REAL
#undef MLE_OPTION_COUNT
#define LATER(name)                                                                                \
    {                                                                                              \
#name, MLE_FIELD_JSON, offsetof(struct options_text, name), .nullable = true               \
    }
    LATER(holdout),
    LATER(penalty),
    LATER(covariance_floor),
    LATER(derived),
#undef LATER
    { "store", MLE_FIELD_BOOLEAN, offsetof(struct options_text, store), .required = false },
};
/* What an evaluation has of them. */
static const struct mle_field evaluate_option_fields[] = {
    { "missing", MLE_FIELD_WORD, AT(missing), .words = mle_words_missing },
    { "deadline_seconds", MLE_FIELD_NUMBER, AT(deadline_seconds), .low = 0, .high = INFINITY,
      .ends = MLE_LOW_OPEN },
};
static const struct mle_field_table evaluate_options_table =
    MLE_FIELD_TABLE("options", MLE_PROBLEM_INVALID_OPTION, evaluate_option_fields);
const struct mle_field_table mle_options_table =
    MLE_FIELD_TABLE("options", MLE_PROBLEM_INVALID_OPTION, option_fields);

static const char *const compute_words[] = { "log_likelihood", "log_density", "score",
                                             "hessian",        "cdf",         NULL };

struct request_text {
    const json_t *model, *options, *at;
    unsigned compute;
};

static const struct mle_field request_fields[] = {
    { "model", MLE_FIELD_JSON, offsetof(struct request_text, model), .required = true },
    { "data", MLE_FIELD_IGNORED, 0, .nullable = true },
    { "options", MLE_FIELD_JSON, offsetof(struct request_text, options), .nullable = true },
};
static const struct mle_field evaluate_fields[] = {
    { "model", MLE_FIELD_JSON, offsetof(struct request_text, model), .required = true },
    { "data", MLE_FIELD_IGNORED, 0, .nullable = true },
    { "options", MLE_FIELD_JSON, offsetof(struct request_text, options), .nullable = true },
    { "at", MLE_FIELD_JSON, offsetof(struct request_text, at), .required = true },
    { "compute", MLE_FIELD_WORDS, offsetof(struct request_text, compute), .words = compute_words },
};
static const struct mle_field_table request_table =
    MLE_FIELD_TABLE("", MLE_PROBLEM_INVALID_MODEL, request_fields);
static const struct mle_field_table evaluate_table =
    MLE_FIELD_TABLE("", MLE_PROBLEM_INVALID_MODEL, evaluate_fields);

/* What the query of a text body may say beside model and options. */
static const struct mle_field text_body_fields[] = {
    { "missing_tokens", MLE_FIELD_TEXTS, .required = false },
    { "at", MLE_FIELD_JSON, .required = false },
    { "compute", MLE_FIELD_WORDS, 0, .words = compute_words },
};
const struct mle_field_table mle_text_body_table =
    MLE_FIELD_TABLE("", MLE_PROBLEM_INVALID_MODEL, text_body_fields);

/* --- the model
 * ------------------------------------------------------------------------------------ */

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
    if (spec->weight_type == MLE_FREQUENCY)
        return MLE_OK;
    mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "precision weights are not offered yet");
    mle_fault_at(err, "/model/weights/type", "not_offered", "only frequency weights are offered");
    return err->status;
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

static enum mle_status read_model(const json_t *model, struct mle_arena *arena,
                                  struct mle_model_spec *spec, struct mle_error *err)
{
    struct model_text text = { .covariance = -1 };
    *spec = mle_model_spec_default;
    if (json_is_string(model))
        text.family = json_string_value(model);
    else
        MLE_TRY(
            mle_read_object(&mle_model_table, model, MLE_PATH(NULL, "model"), arena, &text, err));
    spec->family = text.family;
    spec->n_response = text.response.n;
    spec->response = text.response.text;
    spec->covariance = (enum mle_structure)(text.covariance + 1); /* -1: not given */
    MLE_TRY(read_weights(text.weights, arena, spec, err));
    MLE_TRY(read_trials(text.trials, spec, err));
    MLE_TRY(read_levels(text.levels, arena, spec, err));
    MLE_TRY(copy_values(&text.fixed, arena, &spec->n_fixed, &spec->fixed, err));
    return copy_values(&text.start, arena, &spec->n_start, &spec->start, err);
}

static enum mle_status read_options(const struct mle_field_table *table, const json_t *options,
                                    struct mle_arena *arena, struct mle_fit_options *out,
                                    struct mle_error *err)
{
    struct options_text text = { .options = mle_fit_options_default };
    MLE_TRY(mle_read_object(table, options, MLE_PATH(NULL, "options"), arena, &text, err));
    *out = text.options;
    const char *later = text.holdout            ? "holdout"
                        : text.penalty          ? "penalty"
                        : text.covariance_floor ? "covariance_floor"
                        : text.derived          ? "derived"
                        : text.store            ? "store"
                                                : NULL;
    if (!later)
        return MLE_OK;
    mle_faults_begin(err);
    mle_fault_path(err, MLE_PROBLEM_INVALID_OPTION, MLE_PATH(MLE_PATH(NULL, "options"), later),
                   "not_offered", "'%s' is not offered", later);
    return mle_faults_end(err);
}

/* --- the request
 * ---------------------------------------------------------------------------------- */

static enum mle_status check_deadline(const struct mle_call *call, double seconds,
                                      struct mle_error *err)
{
    if (seconds <= call->limits->max_deadline_seconds)
        return MLE_OK;
    mle_problem_fail(err, MLE_PROBLEM_DEADLINE_TOO_LONG, "a deadline is at most %g seconds",
                     call->limits->max_deadline_seconds);
    mle_fault_at(err, "/options/deadline_seconds", "range", "%g is more than %g", seconds,
                 call->limits->max_deadline_seconds);
    return err->status;
}

enum mle_status mle_read_request(struct mle_call *call, struct mle_asked *asked,
                                 struct mle_error *err)
{
    struct request_text text = { .compute = MLE_COMPUTE_LOG_LIKELIHOOD };
    struct mle_arena *arena = &call->run_arena;
    bool evaluates = strcmp(call->head.op->name, "evaluate") == 0;
    /* a query has missing_tokens too, which the decoder has read */
    json_t *document = (json_t *)mle_call_document(call);
    if (call->head.media != MLE_MEDIA_JSON)
        json_object_del(document, "missing_tokens");
    *asked = (struct mle_asked){ .options = mle_fit_options_default };
    MLE_TRY(mle_read_object(evaluates ? &evaluate_table : &request_table, document, NULL, arena,
                            &text, err));
    MLE_TRY(read_model(text.model, arena, &asked->spec, err));
    MLE_TRY(read_options(evaluates ? &evaluate_options_table : &mle_options_table, text.options,
                         arena, &asked->options, err));
    asked->at = text.at;
    asked->compute = text.compute;
    return check_deadline(call, asked->options.deadline_seconds, err);
}
