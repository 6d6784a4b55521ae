#include "api/read_law.h"

#include "core/base/shortest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBLEM MLE_PROBLEM_INVALID_MODEL

struct law_text {
    const json_t *model, *parameters, *data, *weights, *probabilities, *labels;
    double trials;
};

#define AT(name) offsetof(struct law_text, name)
static const struct mle_field law_fields[] = {
    { "model", MLE_FIELD_JSON, AT(model), .required = false },
    { "parameters", MLE_FIELD_JSON, AT(parameters), .required = false },
    { "trials", MLE_FIELD_NUMBER, AT(trials), .nullable = true },
    { "data", MLE_FIELD_JSON, AT(data), .required = false },
    { "weights", MLE_FIELD_JSON, AT(weights), .nullable = true },
    { "probabilities", MLE_FIELD_JSON, AT(probabilities), .required = false },
    { "labels", MLE_FIELD_JSON, AT(labels), .nullable = true },
};
const struct mle_field_table mle_law_table =
    MLE_FIELD_TABLE("distribution", MLE_PROBLEM_INVALID_MODEL, law_fields);

/* --- lists --------------------------------------------------------------------------------------
 */

/* One value of a list with its weight. */
struct atom {
    const char *label; /* NULL: a number */
    double y, w;
};

static int by_value(const void *a, const void *b)
{
    const struct atom *x = a, *y = b;
    if (x->label)
        return strcmp(x->label, y->label);
    return (x->y > y->y) - (x->y < y->y);
}

/* A number, a truth value or a text; all of a list are of one kind. */
static bool read_value(const json_t *value, const struct mle_path *path, const json_t *first,
                       struct atom *out, struct mle_error *err)
{
    bool text = json_is_string(value), number = json_is_number(value),
         truth = json_is_boolean(value);
    bool same = json_is_string(first) == text && json_is_boolean(first) == truth;
    char shown[160];
    if ((text || number || truth) && same) {
        out->label = text ? json_string_value(value) : NULL;
        out->y = number ? json_number_value(value) : json_is_true(value);
        return true;
    }
    mle_fault_path(err, PROBLEM, path, "type", "expected %s, found %s",
                   json_is_string(first) ? "a string, as before"
                                         : "numbers, or strings, or truth values alone",
                   mle_show_value(value, sizeof shown, shown));
    return false;
}

static void read_weight(const json_t *value, const struct mle_path *path, double most,
                        struct atom *out, struct mle_error *err)
{
    if (!mle_read_number(value, path, PROBLEM, &out->w, err))
        return;
    if (!(out->w >= 0 && out->w <= most))
        mle_fault_path(err, PROBLEM, path, "range", "%s is not %s",
                       mle_show(out->w, (char[32]){ 0 }),
                       isinf(most) ? "a weight: at least 0" : "a probability: in [0, 1]");
}

static bool is_list(const json_t *value, const struct mle_path *path, size_t n,
                    struct mle_error *err)
{
    if (json_is_array(value) && json_array_size(value) > 0 &&
        (n == 0 || json_array_size(value) == n))
        return true;
    if (n == 0)
        mle_fault_path(err, PROBLEM, path, "type", "expected a list that is not empty");
    else
        mle_fault_path(err, PROBLEM, path, "length", "expected a list of %zu", n);
    return false;
}

/* Sorts, adds up equal values, and divides by the sum. */
static enum mle_status settle_list(struct atom atom[], size_t n, const struct mle_work *work,
                                   struct mle_stated_law *out, struct mle_error *err)
{
    double *y = mle_arena_doubles(work->arena, n), *p = mle_arena_doubles(work->arena, n), sum = 0;
    const char **label = mle_arena_alloc(work->arena, n * sizeof *label);
    if (!y || !p || !label)
        return mle_arena_fail(work->arena, err);
    qsort(atom, n, sizeof *atom, by_value);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || by_value(&atom[i - 1], &atom[i]) != 0) {
            label[distinct] = atom[i].label;
            y[distinct] = atom[i].label ? (double)distinct : atom[i].y;
            p[distinct++] = 0;
        }
        p[distinct - 1] += atom[i].w;
        sum += atom[i].w;
    }
    for (size_t i = 0; i < distinct; i++)
        p[i] /= sum;
    out->law = (struct mle_law){ .n = distinct, .y = y, .p = p, .labels = atom[0].label };
    out->label = label;
    return MLE_OK;
}

static double sum_of(const struct atom atom[], size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += atom[i].w;
    return sum;
}

/* --- a sample -----------------------------------------------------------------------------------
 */

static enum mle_status read_sample(const struct law_text *text, const struct mle_path *path,
                                   const struct mle_work *work, struct mle_stated_law *out,
                                   struct mle_error *err)
{
    const struct mle_path *at = MLE_PATH(path, "data"), *weights = MLE_PATH(path, "weights");
    size_t n = json_array_size(text->data);
    struct atom *atom = mle_arena_zeros(work->arena, n + 1, sizeof *atom);
    if (!atom)
        return mle_arena_fail(work->arena, err);
    mle_faults_begin(err);
    if (is_list(text->data, at, 0, err) &&
        (!text->weights || is_list(text->weights, weights, n, err)))
        for (size_t i = 0; i < n; i++) {
            read_value(json_array_get(text->data, i), MLE_PATH_INDEX(at, i),
                       json_array_get(text->data, 0), &atom[i], err);
            atom[i].w = 1;
            if (text->weights)
                read_weight(json_array_get(text->weights, i), MLE_PATH_INDEX(weights, i), INFINITY,
                            &atom[i], err);
        }
    MLE_TRY(mle_faults_end(err));
    double sum = sum_of(atom, n);
    if (!(sum > 0) || isinf(sum))
        mle_fault_path(err, PROBLEM, weights, sum > 0 ? "overflow" : "all_zero",
                       "the sum of the weights is %s", sum > 0 ? "not finite" : "0");
    MLE_TRY(mle_faults_end(err));
    MLE_TRY(settle_list(atom, n, work, out, err));
    out->law.empirical = true;
    return MLE_OK;
}

/* --- probabilities ------------------------------------------------------------------------------
 */

/* probabilities stand at one path, the labels of them (NULL: none) at another. */
static enum mle_status read_probabilities(const json_t *probabilities, const struct mle_path *path,
                                          const json_t *labels, const struct mle_path *label_path,
                                          const struct mle_work *work, struct mle_stated_law *out,
                                          struct mle_error *err)
{
    size_t n = json_array_size(probabilities);
    struct atom *atom = mle_arena_zeros(work->arena, n + 1, sizeof *atom);
    if (!atom)
        return mle_arena_fail(work->arena, err);
    mle_faults_begin(err);
    if (is_list(probabilities, path, 0, err) && (!labels || is_list(labels, label_path, n, err)))
        for (size_t i = 0; i < n; i++) {
            atom[i].y = (double)i;
            if (labels)
                read_value(json_array_get(labels, i), MLE_PATH_INDEX(label_path, i),
                           json_array_get(labels, 0), &atom[i], err);
            read_weight(json_array_get(probabilities, i), MLE_PATH_INDEX(path, i), 1, &atom[i],
                        err);
        }
    MLE_TRY(mle_faults_end(err));
    double sum = sum_of(atom, n);
    if (fabs(sum - 1) > 1e-9)
        mle_fault_path(err, PROBLEM, path, "not_a_distribution",
                       "the probabilities sum to %s instead of 1", mle_show(sum, (char[32]){ 0 }));
    MLE_TRY(mle_faults_end(err));
    MLE_TRY(settle_list(atom, n, work, out, err));
    if (out->law.n < n)
        mle_fault_path(err, PROBLEM, label_path, "repeated_label", "a label comes twice");
    out->unnamed = !labels;
    return mle_faults_end(err);
}

/* --- a model at a point -------------------------------------------------------------------------
 */

/* A categorical model is a list of probabilities with its levels. */
static enum mle_status read_categorical(const struct law_text *text, const struct mle_path *path,
                                        const struct mle_work *work, struct mle_stated_law *out,
                                        struct mle_error *err)
{
    const struct mle_path *at = MLE_PATH(path, "parameters");
    const json_t *p = json_object_get(text->parameters, "p"), *levels = NULL;
    const char *column = "";
    json_t *names;
    mle_faults_begin(err);
    if (!p || json_object_size(text->parameters) != 1)
        mle_fault_path(err, PROBLEM, at, "required", "expected {\"p\": [probabilities]}");
    MLE_TRY(mle_faults_end(err));
    json_object_foreach(json_object_get(text->model, "levels"), column, names) levels = names;
    return read_probabilities(p, MLE_PATH(at, "p"), levels,
                              MLE_PATH(MLE_PATH(MLE_PATH(path, "model"), "levels"), column), work,
                              out, err);
}

/* What a model has that a distribution alone does not. */
static enum mle_status refuse_members(const struct mle_model_spec *spec, struct mle_error *err)
{
    const char *pointer = NULL, *why = "a stated distribution has no rows that could differ";
    for (size_t i = 0; i < spec->n_predictor; i++)
        if (spec->predictor[i].n > 0 || spec->predictor[i].offset)
            pointer = "/model/predictors";
    if (!isnan(spec->truncate_lower.value) || !isnan(spec->truncate_upper.value) ||
        spec->truncate_lower.column || spec->truncate_upper.column) {
        pointer = "/model/truncation";
        why = "divergences of truncated distributions are not offered";
    }
    if (!isnan(spec->threshold) && spec->threshold != 0) {
        pointer = "/model/threshold";
        why = "divergences of shifted distributions are not offered";
    }
    if (!pointer)
        return MLE_OK;
    mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "%s", why);
    mle_fault_at(err, pointer, "not_offered", "%s", why);
    return err->status;
}

static enum mle_status bind_model(const struct law_text *text, const struct mle_path *path,
                                  const struct mle_work *work, struct mle_model *model,
                                  struct mle_error *err)
{
    struct mle_model_spec *spec = mle_arena_alloc(work->arena, sizeof *spec);
    if (!spec)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(mle_read_model(text->model, MLE_PATH(path, "model"), work->arena, spec, err));
    if (!isnan(text->trials)) {
        spec->trials = text->trials;
        spec->trials_column = NULL;
    }
    spec->weights = NULL;
    MLE_TRY(refuse_members(spec, err));
    return mle_bind_law(spec, NULL, false, MLE_MISSING_ERROR, work, model, err);
}

static enum mle_status read_family(const struct law_text *text, const struct mle_path *path,
                                   const struct mle_work *work, struct mle_stated_law *out,
                                   struct mle_error *err)
{
    struct mle_model *model = mle_arena_alloc(work->arena, sizeof *model);
    double *own = mle_arena_doubles(work->arena, MLE_MAX_PARAM);
    if (!model || !own)
        return mle_arena_fail(work->arena, err);
    if (bind_model(text, path, work, model, err) != MLE_OK) {
        mle_move_faults(err, (char[2 + 1]){ '/', path->name[0] }, json_is_string(text->model));
        return err->status;
    }
    if (!model->kind->parameters) {
        mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "%s has no divergences",
                         model->kind->name);
        mle_fault_path(err, PROBLEM, MLE_PATH(path, "model"), "not_offered",
                       "not a family of single numbers");
        return err->status;
    }
    double *theta = mle_arena_doubles(work->arena, model->n_theta);
    if (!theta)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(mle_read_point(model, text->parameters, MLE_PATH(path, "parameters"), work->arena,
                           theta, err));
    model->kind->parameters(model, theta, 0, own);
    const struct mle_view *trials = &model->frame.trials;
    out->law = (struct mle_law){ .family = model->family,
                                 .theta = own,
                                 .trials = trials->at ? trials->at[0] : (double)NAN };
    return MLE_OK;
}

static bool is_categorical(const json_t *model)
{
    const char *name =
        json_string_value(json_is_string(model) ? model : json_object_get(model, "family"));
    return name && strcmp(name, "categorical") == 0;
}

/* --- one side -----------------------------------------------------------------------------------
 */

/* Each form has members of its own. */
static enum mle_status check_form(const struct law_text *text, const struct mle_path *path,
                                  struct mle_error *err)
{
    int forms = !!text->model + !!text->data + !!text->probabilities;
    const struct {
        const char *name, *with;
        bool given, belongs;
    } members[] = {
        { "parameters", "model", text->parameters, text->model },
        { "trials", "model", !isnan(text->trials), text->model },
        { "weights", "data", text->weights, text->data },
        { "labels", "probabilities", text->labels, text->probabilities },
    };
    mle_faults_begin(err);
    if (forms != 1)
        mle_fault_path(err, PROBLEM, path, forms ? "ambiguous" : "required",
                       "expected one of model, data and probabilities");
    for (size_t i = 0; forms == 1 && i < sizeof members / sizeof *members; i++)
        if (members[i].given && !members[i].belongs)
            mle_fault_path(err, PROBLEM, MLE_PATH(path, members[i].name), "without",
                           "this member belongs to \"%s\"", members[i].with);
    if (text->model && !text->parameters)
        mle_fault_path(err, PROBLEM, MLE_PATH(path, "parameters"), "required",
                       "a model is a distribution only at its parameters");
    return mle_faults_end(err);
}

enum mle_status mle_read_law(const json_t *value, const char *name, const struct mle_work *work,
                             struct mle_stated_law *out, struct mle_error *err)
{
    struct law_text text = { .trials = NAN };
    const struct mle_path *path = MLE_PATH(NULL, name);
    *out = (struct mle_stated_law){ 0 };
    MLE_TRY(mle_read_object(&mle_law_table, value, path, work->arena, &text, err));
    MLE_TRY(check_form(&text, path, err));
    if (text.data)
        return read_sample(&text, path, work, out, err);
    if (text.probabilities)
        return read_probabilities(text.probabilities, MLE_PATH(path, "probabilities"), text.labels,
                                  MLE_PATH(path, "labels"), work, out, err);
    return is_categorical(text.model) ? read_categorical(&text, path, work, out, err)
                                      : read_family(&text, path, work, out, err);
}

/* --- both sides ---------------------------------------------------------------------------------
 */

static enum mle_status incomparable(const char *why, struct mle_error *err)
{
    mle_fail(err, MLE_INCOMPARABLE, "%s", why);
    mle_fault_at(err, "/q", "incomparable", "%s", why);
    mle_hint(err, "\"labels\" beside \"probabilities\" say what they are probabilities of.");
    return MLE_INCOMPARABLE;
}

enum mle_status mle_match_laws(struct mle_stated_law *p, struct mle_stated_law *q,
                               const struct mle_work *work, struct mle_error *err)
{
    bool labels = p->law.labels || q->law.labels;
    if (labels && (p->unnamed || q->unnamed))
        return incomparable("one side has labels and the other probabilities without labels", err);
    if (p->unnamed && q->unnamed && p->law.n != q->law.n)
        return incomparable("the sides have different numbers of probabilities", err);
    if (!p->law.labels || !q->law.labels)
        return MLE_OK;
    double *a = mle_arena_doubles(work->arena, p->law.n);
    double *b = mle_arena_doubles(work->arena, q->law.n);
    if (!a || !b)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0, j = 0, code = 0; i < p->law.n || j < q->law.n; code++) {
        int order = i == p->law.n ? 1 : j == q->law.n ? -1 : strcmp(p->label[i], q->label[j]);
        if (order <= 0)
            a[i++] = (double)code;
        if (order >= 0)
            b[j++] = (double)code;
    }
    p->law.y = a;
    q->law.y = b;
    return MLE_OK;
}
