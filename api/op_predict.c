#include "api/call.h"
#include "core/fit/predict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- reading ------------------------------------------------------------------------------------
 */

static const char *const want_words[] = {
#define WANT_WORD(name, word) word,
    MLE_WANT_MAP(WANT_WORD)
#undef WANT_WORD
        NULL
};

struct predict_text {
    const json_t *fit, *model, *parameters, *probabilities, *options;
    unsigned want;
    int64_t size, seed;
};

#define AT(name) offsetof(struct predict_text, name)
static const struct mle_field predict_fields[] = {
    { "fit", MLE_FIELD_JSON, AT(fit), .required = false },
    { "model", MLE_FIELD_JSON, AT(model), .required = false },
    { "parameters", MLE_FIELD_JSON, AT(parameters), .required = false },
    { "data", MLE_FIELD_IGNORED, 0, .nullable = true },
    { "want", MLE_FIELD_WORDS, AT(want), .required = true, .words = want_words },
    { "probabilities", MLE_FIELD_JSON, AT(probabilities), .nullable = true },
    { "size", MLE_FIELD_INTEGER, AT(size), .low = 1, .high = INFINITY },
    { "seed", MLE_FIELD_INTEGER, AT(seed), .low = 0, .high = 0x1p53 - 1 },
    { "options", MLE_FIELD_JSON, AT(options), .nullable = true },
};
const struct mle_field_table mle_predict_table =
    MLE_FIELD_TABLE("", MLE_PROBLEM_INVALID_MODEL, predict_fields);

/* Everything a prediction is made of. */
struct request {
    struct predict_text text;
    struct mle_fit_options fit_options;
    struct mle_predict_options options;
    const json_t *model, *parameters;
    const struct mle_path *model_path, *parameters_path;
    const char *base; /* of the model's pointer: "" or "/fit" */
    bool truncated;
};

/* The answer of a fit: of its members only the model and the parameters matter here, and newer ones
   may have more. */
static enum mle_status open_fit(struct request *r, struct mle_error *err)
{
    static const struct mle_path fit = { NULL, "fit", 0 };
    static const struct mle_path model = { &fit, "model", 0 }, at = { &fit, "parameters", 0 };
    const json_t *document = r->text.fit;
    const char *object = json_string_value(json_object_get(document, "object"));
    mle_faults_begin(err);
    if (json_is_string(document))
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, &fit, "unknown_fit",
                       "there are no stored fits here: send the answer of the fit itself, or model "
                       "and parameters");
    else if (!json_is_object(document) || (object && strcmp(object, "fit") != 0))
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, &fit, "type",
                       "expected the document that a fit is answered with");
    MLE_TRY(mle_faults_end(err));
    r->model = json_object_get(document, "model");
    r->parameters = json_object_get(document, "parameters");
    r->model_path = &model;
    r->parameters_path = &at;
    r->base = "/fit";
    return MLE_OK;
}

static enum mle_status find_model(struct request *r, struct mle_error *err)
{
    static const struct mle_path model = { NULL, "model", 0 }, at = { NULL, "parameters", 0 };
    const struct predict_text *text = &r->text;
    r->model = text->model;
    r->parameters = text->parameters;
    r->model_path = &model;
    r->parameters_path = &at;
    r->base = "";
    mle_faults_begin(err);
    if (text->fit && (text->model || text->parameters))
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, MLE_PATH(NULL, "fit"), "ambiguous",
                       "expected either \"fit\" or \"model\" and \"parameters\"");
    MLE_TRY(mle_faults_end(err));
    if (text->fit)
        MLE_TRY(open_fit(r, err));
    mle_faults_begin(err);
    if (!r->model)
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, r->model_path, "required",
                       "this member is required");
    if (!r->parameters)
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, r->parameters_path, "required",
                       "this member is required");
    return mle_faults_end(err);
}

static enum mle_status read_probabilities(struct request *r, struct mle_arena *arena,
                                          struct mle_error *err)
{
    const struct mle_path *path = MLE_PATH(NULL, "probabilities");
    const json_t *list = r->text.probabilities;
    size_t n = json_array_size(list);
    bool wanted = r->text.want >> MLE_WANT_QUANTILE & 1;
    double *p = mle_arena_doubles(arena, n + 1);
    if (!p)
        return mle_arena_fail(arena, err);
    mle_faults_begin(err);
    if ((list || wanted) && n == 0)
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, path, list ? "type" : "required",
                       "expected a list of probabilities, which \"quantile\" needs");
    for (size_t i = 0; i < n; i++) {
        const struct mle_path *at = MLE_PATH_INDEX(path, i);
        char shown[160];
        if (!mle_read_number(json_array_get(list, i), at, MLE_PROBLEM_INVALID_MODEL, &p[i], err))
            continue;
        if (!(p[i] >= 0 && p[i] <= 1))
            mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, at, "range",
                           "expected a number in [0, 1], found %s",
                           mle_show_value(json_array_get(list, i), sizeof shown, shown));
    }
    r->options.n_probability = n;
    r->options.probability = p;
    return mle_faults_end(err);
}

static enum mle_status read_request(struct mle_call *call, struct request *r, struct mle_error *err)
{
    struct mle_arena *arena = &call->run_arena;
    *r = (struct request){ .text = { .size = 1, .seed = 1 } };
    MLE_TRY(
        mle_read_object(&mle_predict_table, mle_call_document(call), NULL, arena, &r->text, err));
    MLE_TRY(
        mle_read_options(call, &mle_evaluate_options_table, r->text.options, &r->fit_options, err));
    MLE_TRY(find_model(r, err));
    MLE_TRY(read_probabilities(r, arena, err));
    r->options.want = r->text.want;
    r->options.size = (size_t)r->text.size;
    r->options.seed = (uint64_t)r->text.seed;
    return MLE_OK;
}

/* --- binding ------------------------------------------------------------------------------------
 */

static bool is_truncated(const struct mle_model_spec *spec)
{
    return spec->truncate_lower.column || spec->truncate_upper.column ||
           !isnan(spec->truncate_lower.value) || !isnan(spec->truncate_upper.value);
}

/* An orthogonal basis belongs to the rows that were fitted: another one would be made of these. */
static enum mle_status check_basis(const struct mle_model *model, struct mle_error *err)
{
    if (model->n_basis <= model->spec->n_basis)
        return MLE_OK;
    mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "the basis of the polynomials is missing");
    mle_fault_at(err, "/model/basis", "required",
                 "the model that a fit answers has it: these rows would have another one");
    return err->status;
}

static enum mle_status bind(struct request *r, const struct mle_data *data,
                            const struct mle_work *work, struct mle_model_spec *spec,
                            struct mle_model *model, struct mle_error *err)
{
    bool response = r->options.want & MLE_WANTS_RESPONSE;
    enum mle_status status = mle_read_model(r->model, r->model_path, work->arena, spec, err);
    r->truncated = status == MLE_OK && is_truncated(spec);
    if (status == MLE_OK && response && !data) {
        mle_problem_fail(err, MLE_PROBLEM_INVALID_DATA, "density and cdf need values");
        mle_fault_at(err, "/data", "required", "expected data with the response");
        return err->status;
    }
    if (status == MLE_OK)
        status = mle_bind_law(spec, data, response, (enum mle_missing)r->fit_options.missing, work,
                              model, err);
    if (status == MLE_OK)
        status = check_basis(model, err);
    if (status != MLE_OK)
        mle_move_faults(err, r->base, json_is_string(r->model));
    return status;
}

/* Whether the model has it all, and the answer is of a size that a small request may have. */
static enum mle_status check(const struct mle_call *call, const struct request *r,
                             const struct mle_model *model, struct mle_error *err)
{
    const struct mle_predict_options *o = &r->options;
    mle_faults_begin(err);
    for (int i = 0; i < MLE_WANTS; i++) {
        const char *why = mle_predict_refuse(model, (enum mle_want)i);
        if (o->want >> i & 1 && why)
            mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, MLE_PATH(NULL, "want"), "not_offered",
                           "%s: %s", want_words[i], why);
    }
    MLE_TRY(mle_faults_end(err));
    double each = 0, rows = (double)model->frame.rows_total;
    if (o->want >> MLE_WANT_QUANTILE & 1)
        each += (double)o->n_probability;
    if (o->want >> MLE_WANT_SAMPLE & 1)
        each += (double)o->size;
    if (o->want >> MLE_WANT_CLASS_PROBABILITIES & 1)
        each += model->n_level > 0 ? (double)model->n_level : 2;
    if (each * rows > (double)call->limits->max_answer_numbers)
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL,
                       MLE_PATH(NULL, o->want >> MLE_WANT_SAMPLE & 1 ? "size" : "want"), "too_many",
                       "%.0f numbers for %.0f rows, %zu are allowed", each * rows, rows,
                       call->limits->max_answer_numbers);
    return mle_faults_end(err);
}

/* --- writing ------------------------------------------------------------------------------------
 */

/* A list for each row of the data; null where the row was dropped. Levels by their names. */
static void write_lists(struct mle_writer *w, const char *name, const struct mle_model *model,
                        size_t each, const double x[], bool names)
{
    const struct mle_frame *frame = &model->frame;
    mle_write_key(w, name);
    mle_write_begin_array(w);
    for (size_t row = 0, i = 0; row < frame->rows_total; row++) {
        if (i >= frame->n || mle_frame_origin(frame, i) != row) {
            mle_write_null(w);
            continue;
        }
        mle_write_begin_list(w);
        for (size_t k = 0; k < each; k++)
            if (names)
                mle_write_string(w, model->level[(size_t)x[i * each + k]]);
            else
                mle_write_element(w, x[i * each + k]);
        mle_write_end_array(w);
        i++;
    }
    mle_write_end_array(w);
}

static void write_quantiles(struct mle_writer *w, const struct mle_frame *frame,
                            const struct mle_predict_options *o, const double quantile[])
{
    mle_write_key(w, "probabilities");
    mle_write_numbers(w, o->n_probability, 1, o->probability);
    mle_write_key(w, "quantile");
    mle_write_begin_array(w);
    for (size_t k = 0; k < o->n_probability; k++)
        mle_write_row_list(w, frame, quantile + k * frame->n);
    mle_write_end_array(w);
}

static void write_levels(struct mle_writer *w, const struct mle_model *model)
{
    static const char *const truth[] = { "0", "1" };
    size_t n = model->n_level > 0 ? model->n_level : 2;
    mle_write_key(w, "levels");
    mle_write_begin_list(w);
    for (size_t j = 0; j < n; j++)
        mle_write_string(w, model->n_level > 0 ? model->level[j] : truth[j]);
    mle_write_end_array(w);
}

static void to_density(size_t n, double x[])
{
    for (size_t i = 0; i < n; i++)
        x[i] = exp(x[i]);
}

static void write_parts(struct mle_writer *w, const struct mle_model *model,
                        const struct mle_predict_options *o, struct mle_prediction *p)
{
    const struct mle_frame *frame = &model->frame;
    if (p->mean)
        mle_write_rows(w, "mean", frame, p->mean);
    if (p->variance)
        mle_write_rows(w, "variance", frame, p->variance);
    if (p->quantile)
        write_quantiles(w, frame, o, p->quantile);
    if (o->want >> MLE_WANT_LOG_DENSITY & 1)
        mle_write_rows(w, "log_density", frame, p->log_density);
    if (o->want >> MLE_WANT_DENSITY & 1) {
        to_density(frame->n, p->log_density);
        mle_write_rows(w, "density", frame, p->log_density);
    }
    if (p->cdf)
        mle_write_rows(w, "cdf", frame, p->cdf);
    if (o->want >> MLE_WANT_CLASS_PROBABILITIES & 1) {
        write_levels(w, model);
        write_lists(w, "class_probabilities", model, p->n_level, p->probability, false);
    }
    if (p->sample)
        write_lists(w, "sample", model, o->size, p->sample, model->kind->probabilities != NULL);
}

static bool any_nan(size_t n, const double x[])
{
    bool any = false;
    for (size_t i = 0; x && i < n; i++)
        any |= isnan(x[i]);
    return any;
}

static void write_absent(struct mle_writer *w, const struct mle_model *model,
                         const struct mle_prediction *p)
{
    bool circular = model->family && model->family->circular;
    size_t n = model->frame.n;
    mle_write_key(w, "absent");
    mle_write_begin_object(w);
    if (any_nan(n, p->mean))
        mle_write_member_string(w, "mean", "the distribution has no mean");
    if (any_nan(n, p->variance))
        mle_write_member_string(w, "variance",
                                circular ? "values are angles: they have no variance"
                                         : "the distribution has no variance, or its integral did "
                                           "not come to rest");
    if (n < model->frame.rows_total)
        mle_write_member_string(w, "rows", "null stands at rows that are missing");
    mle_write_end_object(w);
}

static void write_prediction(struct mle_call *call, const struct request *r,
                             const struct mle_model *model, struct mle_prediction *p)
{
    static const char truncated[1][160] = {
        "predictions are of Y itself: truncation says which rows are seen, not how Y falls"
    };
    struct mle_writer *w = &call->writer;
    mle_write_begin_object(w);
    mle_write_member_string(w, "object", "prediction");
    mle_write_member_integer(w, "rows", (int64_t)model->frame.rows_total);
    write_parts(w, model, &r->options, p);
    write_absent(w, model, p);
    mle_write_warnings(call, r->truncated, truncated);
    mle_write_end_object(w);
}

/* --- the operation ------------------------------------------------------------------------------
 */

enum mle_status run_predict(struct mle_call *call, const struct mle_work *work,
                            struct mle_error *err)
{
    struct request r;
    struct mle_model_spec spec;
    struct mle_model model;
    struct mle_prediction prediction;
    const struct mle_data *data = NULL;
    MLE_TRY(read_request(call, &r, err));
    if (mle_call_has_data(call))
        MLE_TRY(mle_call_data(call, &data, err));
    mle_call_set_deadline(call, work, r.fit_options.deadline_seconds);
    MLE_TRY(bind(&r, data, work, &spec, &model, err));
    MLE_TRY(check(call, &r, &model, err));
    call->facts.rows = model.frame.rows_total;
    call->facts.family = model.family ? model.family->name : model.kind->name;
    double *theta = mle_arena_doubles(work->arena, model.n_theta);
    if (!theta)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(mle_read_point(&model, r.parameters, r.parameters_path, work->arena, theta, err));
    MLE_TRY(mle_predict(&model, theta, &r.options, work, &prediction, err));
    mle_call_computed(call);
    write_prediction(call, &r, &model, &prediction);
    return MLE_OK;
}
