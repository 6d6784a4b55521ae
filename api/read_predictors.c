/* Predictors, offset and links of a request's model. */
#include "api/call.h"
#include "api/formula.h"
#include "api/read_model.h"

#include <string.h>

/* The columns of one predictor: each is a term of its own. */
static enum mle_status read_terms(const json_t *value, const struct mle_path *path,
                                  struct mle_arena *arena, struct mle_predictor *predictor,
                                  struct mle_error *err)
{
    size_t n = json_array_size(value);
    struct mle_term *term = mle_arena_zeros(arena, n + 1, sizeof *term);
    struct mle_factor *factor = mle_arena_zeros(arena, n + 1, sizeof *factor);
    char text[192];
    mle_path_text(path, sizeof text, text);
    predictor->pointer = mle_arena_text(arena, strlen(text), text);
    if (!term || !factor || !predictor->pointer)
        return mle_arena_fail(arena, err);
    mle_faults_begin(err);
    if (!json_is_array(value))
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, path, "type", "expected a list of columns");
    for (size_t i = 0; i < n; i++) {
        mle_read_text(json_array_get(value, i), MLE_PATH_INDEX(path, i), MLE_PROBLEM_INVALID_MODEL,
                      &factor[i].column, err);
        term[i] = (struct mle_term){ 1, &factor[i] };
        for (size_t k = 0; k < i && factor[i].column; k++)
            if (factor[k].column && strcmp(factor[k].column, factor[i].column) == 0)
                mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, MLE_PATH_INDEX(path, i), "repeated",
                               "'%.64s' is listed twice", factor[i].column);
    }
    predictor->n = n;
    predictor->term = term;
    return mle_faults_end(err);
}

static enum mle_status read_predictors(const struct mle_predictor_text *text,
                                       struct mle_arena *arena, struct mle_model_spec *spec,
                                       struct mle_error *err)
{
    const struct mle_path *path = MLE_PATH(MLE_PATH(NULL, "model"), "predictors");
    bool by_name = json_is_object(text->predictors);
    size_t n = by_name ? json_object_size(text->predictors) : text->predictors ? 1 : 0, i = 0;
    struct mle_predictor *list = mle_arena_zeros(arena, n + 1, sizeof *list);
    if (!list)
        return mle_arena_fail(arena, err);
    const char *name;
    json_t *terms;
    json_object_foreach((json_t *)(by_name ? text->predictors : NULL), name, terms)
    {
        list[i].param = name;
        MLE_TRY(read_terms(terms, MLE_PATH(path, name), arena, &list[i++], err));
    }
    if (n == 1 && !by_name)
        MLE_TRY(read_terms(text->predictors, path, arena, &list[0], err));
    spec->n_predictor = n;
    spec->predictor = list;
    return MLE_OK;
}

static enum mle_status needs_predictors(const char *member, struct mle_error *err)
{
    mle_faults_begin(err);
    mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, MLE_PATH(MLE_PATH(NULL, "model"), member),
                   "needs_predictors",
                   "it belongs to predictors; \"predictors\": [] is the intercept alone");
    return mle_faults_end(err);
}

/* "log" for the location, or {"mu": "log"}. */
static enum mle_status read_link(const json_t *value, struct mle_arena *arena,
                                 struct mle_model_spec *spec, struct mle_error *err)
{
    const struct mle_path *path = MLE_PATH(MLE_PATH(NULL, "model"), "link");
    bool by_name = json_is_object(value);
    size_t n = by_name ? json_object_size(value) : 1, i = 0;
    struct mle_named_text *list = mle_arena_zeros(arena, n + 1, sizeof *list);
    if (!list)
        return mle_arena_fail(arena, err);
    mle_faults_begin(err);
    const char *name;
    json_t *link;
    json_object_foreach((json_t *)(by_name ? value : NULL), name, link)
    {
        char text[192];
        mle_path_text(MLE_PATH(path, name), sizeof text, text);
        list[i].name = name;
        list[i].pointer = mle_arena_text(arena, strlen(text), text);
        if (!list[i].pointer)
            return mle_arena_fail(arena, err);
        mle_read_text(link, MLE_PATH(path, name), MLE_PROBLEM_INVALID_MODEL, &list[i++].text, err);
    }
    if (!by_name) {
        list[0].pointer = "/model/link";
        mle_read_text(value, path, MLE_PROBLEM_INVALID_MODEL, &list[0].text, err);
    }
    spec->n_link = n;
    spec->link = list;
    return mle_faults_end(err);
}

/* Numbers of a basis, n of them; positive: none may be below or at 0. */
static enum mle_status read_basis_numbers(const json_t *value, size_t n, bool positive,
                                          const struct mle_path *path, struct mle_arena *arena,
                                          const double **out, struct mle_error *err)
{
    double *number = mle_arena_doubles(arena, n);
    if (!number)
        return mle_arena_fail(arena, err);
    mle_faults_begin(err);
    if (json_array_size(value) != n)
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, path, "type", "expected %zu numbers", n);
    for (size_t i = 0; i < n && json_array_size(value) == n; i++) {
        number[i] = 1;
        mle_read_number(json_array_get(value, i), MLE_PATH_INDEX(path, i),
                        MLE_PROBLEM_INVALID_MODEL, &number[i], err);
        if (positive && !(number[i] > 0))
            mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, MLE_PATH_INDEX(path, i), "range",
                           "expected a positive number");
    }
    *out = number;
    return mle_faults_end(err);
}

static const struct mle_factor *find_polynomial(const struct mle_predictor *predictor,
                                                const char *name)
{
    for (size_t t = 0; t < predictor->n; t++)
        for (size_t f = 0; f < predictor->term[t].n; f++) {
            const struct mle_factor *factor = &predictor->term[t].factor[f];
            if (factor->degree > 0 && strcmp(factor->column, name) == 0)
                return factor;
        }
    return NULL;
}

/* {"poly(x,2)": {"alpha": [2 numbers], "beta": [3 numbers]}}, as models answer it: polynomials of
   the rows that they were fitted to. */
static enum mle_status read_basis(const json_t *value, struct mle_arena *arena,
                                  struct mle_model_spec *spec, struct mle_error *err)
{
    static const struct mle_field fields[] = {
        { "alpha", MLE_FIELD_JSON, 0, .required = true },
        { "beta", MLE_FIELD_JSON, sizeof(json_t *), .required = true },
    };
    static const struct mle_field_table table =
        MLE_FIELD_TABLE("basis", MLE_PROBLEM_INVALID_MODEL, fields);
    const struct mle_path *path = MLE_PATH(MLE_PATH(NULL, "model"), "basis");
    struct mle_polynomials *list =
        mle_arena_zeros(arena, json_object_size(value) + 1, sizeof *list);
    const char *name;
    json_t *member;
    if (!list)
        return mle_arena_fail(arena, err);
    mle_faults_begin(err);
    if (!json_is_object(value))
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, path, "type",
                       "expected an object like {\"poly(x,2)\": {\"alpha\": .., \"beta\": ..}}");
    MLE_TRY(mle_faults_end(err));
    spec->basis = list;
    json_object_foreach((json_t *)value, name, member)
    {
        const struct mle_factor *factor = find_polynomial(spec->predictor, name);
        const struct mle_path *at = MLE_PATH(path, name);
        struct mle_polynomials *basis = &list[spec->n_basis++];
        struct {
            const json_t *alpha, *beta;
        } text = { NULL, NULL };
        if (!factor) {
            mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, at, "unknown_polynomial",
                           "the formula has no %.64s", name);
            return mle_faults_end(err);
        }
        *basis = (struct mle_polynomials){ .name = factor->column, .degree = factor->degree };
        MLE_TRY(mle_read_object(&table, member, at, arena, &text, err));
        MLE_TRY(read_basis_numbers(text.alpha, factor->degree, false, MLE_PATH(at, "alpha"), arena,
                                   &basis->alpha, err));
        MLE_TRY(read_basis_numbers(text.beta, factor->degree + 1, true, MLE_PATH(at, "beta"), arena,
                                   &basis->beta, err));
    }
    return MLE_OK;
}

/* The formula says response, predictors, intercept and offset of the location. */
static enum mle_status use_formula(const struct mle_predictor_text *text, struct mle_arena *arena,
                                   struct mle_model_spec *spec, struct mle_error *err)
{
    const char *member = spec->n_response > 0 ? "response"
                         : text->predictors   ? "predictors"
                         : text->offset       ? "offset"
                         : !text->intercept   ? "intercept"
                                              : NULL;
    if (member) {
        mle_faults_begin(err);
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, MLE_PATH(MLE_PATH(NULL, "model"), member),
                       "repeated", "the formula says it");
        return mle_faults_end(err);
    }
    const char **response = mle_arena_alloc(arena, sizeof *response);
    struct mle_predictor *predictor = mle_arena_zeros(arena, 1, sizeof *predictor);
    if (!response || !predictor)
        return mle_arena_fail(arena, err);
    MLE_TRY(mle_read_formula(text->formula, arena, response, predictor, err));
    spec->formula = text->formula;
    spec->n_response = 1;
    spec->response = response;
    spec->n_predictor = 1;
    spec->predictor = predictor;
    if (text->basis)
        MLE_TRY(read_basis(text->basis, arena, spec, err));
    return text->link ? read_link(text->link, arena, spec, err) : MLE_OK;
}

enum mle_status mle_read_predictors(const struct mle_predictor_text *text, struct mle_arena *arena,
                                    struct mle_model_spec *spec, struct mle_error *err)
{
    if (text->formula)
        return use_formula(text, arena, spec, err);
    if (text->basis) {
        mle_faults_begin(err);
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, MLE_PATH(MLE_PATH(NULL, "model"), "basis"),
                       "needs_formula", "it belongs to the polynomials of a formula");
        return mle_faults_end(err);
    }
    if (!text->predictors) {
        const char *member = text->link ? "link" : text->offset ? "offset" : NULL;
        return member ? needs_predictors(member, err) : MLE_OK;
    }
    MLE_TRY(read_predictors(text, arena, spec, err));
    /* intercept and offset are those of the location, which is the first by name or NULL */
    struct mle_predictor *location = NULL;
    for (size_t i = 0; i < spec->n_predictor; i++)
        if (!spec->predictor[i].param || mle_is_location(spec->family, spec->predictor[i].param))
            location = (struct mle_predictor *)&spec->predictor[i];
    if ((text->offset || !text->intercept) && !location)
        return needs_predictors(text->offset ? "offset" : "intercept", err);
    if (location) {
        location->offset = text->offset;
        location->no_intercept = !text->intercept;
    }
    return text->link ? read_link(text->link, arena, spec, err) : MLE_OK;
}
