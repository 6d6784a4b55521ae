/* A request with a model, read by tables into what core takes. */
#include "api/call.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- tables -------------------------------------------------------------------------------------
 */

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
const struct mle_field_table mle_evaluate_options_table =
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
const struct mle_field_table mle_request_table =
    MLE_FIELD_TABLE("", MLE_PROBLEM_INVALID_MODEL, request_fields);
const struct mle_field_table mle_evaluate_table =
    MLE_FIELD_TABLE("", MLE_PROBLEM_INVALID_MODEL, evaluate_fields);

/* What the query of a text body may say beside model and options. */
static const struct mle_field text_body_fields[] = {
    { "missing_tokens", MLE_FIELD_TEXTS, .required = false },
    { "at", MLE_FIELD_JSON, .required = false },
    { "compute", MLE_FIELD_WORDS, 0, .words = compute_words },
};
const struct mle_field_table mle_text_body_table =
    MLE_FIELD_TABLE("", MLE_PROBLEM_INVALID_MODEL, text_body_fields);

static const struct mle_field holdout_fields[] = {
    { "fraction", MLE_FIELD_NUMBER, offsetof(struct mle_fit_options, holdout_fraction), .low = 0,
      .high = 1, .ends = MLE_LOW_OPEN | MLE_HIGH_OPEN },
    { "seed", MLE_FIELD_INTEGER, offsetof(struct mle_fit_options, holdout_seed), .low = 0,
      .high = 9007199254740991 },
};
static const struct mle_field_table holdout_table =
    MLE_FIELD_TABLE("holdout", MLE_PROBLEM_INVALID_OPTION, holdout_fields);

static enum mle_status read_holdout(const json_t *holdout, struct mle_arena *arena,
                                    struct mle_fit_options *out, struct mle_error *err)
{
    if (!holdout)
        return MLE_OK;
    out->holdout = true;
    out->holdout_fraction = 0.2;
    out->holdout_seed = 1;
    return mle_read_object(&holdout_table, holdout, MLE_PATH(MLE_PATH(NULL, "options"), "holdout"),
                           arena, out, err);
}

static enum mle_status read_options(const struct mle_field_table *table, const json_t *options,
                                    struct mle_arena *arena, struct mle_fit_options *out,
                                    struct mle_error *err)
{
    struct options_text text = { .options = mle_fit_options_default };
    MLE_TRY(mle_read_object(table, options, MLE_PATH(NULL, "options"), arena, &text, err));
    *out = text.options;
    MLE_TRY(read_holdout(text.holdout, arena, out, err));
    const char *later = text.penalty            ? "penalty"
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

enum mle_status mle_read_options(struct mle_call *call, const struct mle_field_table *table,
                                 const json_t *options, struct mle_fit_options *out,
                                 struct mle_error *err)
{
    MLE_TRY(read_options(table, options, &call->run_arena, out, err));
    return check_deadline(call, out->deadline_seconds, err);
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
    MLE_TRY(mle_read_object(evaluates ? &mle_evaluate_table : &mle_request_table, document, NULL,
                            arena, &text, err));
    MLE_TRY(mle_read_model(text.model, MLE_PATH(NULL, "model"), arena, &asked->spec, err));
    asked->at = text.at;
    asked->compute = text.compute;
    return mle_read_options(call, evaluates ? &mle_evaluate_options_table : &mle_options_table,
                            text.options, &asked->options, err);
}
