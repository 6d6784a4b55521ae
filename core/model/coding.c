/* Coding of predictors into columns of numbers. Categorical columns are coded by treatment
   contrasts against their first level. As in R, a factor of a term is coded by contrasts if earlier
   terms span the term without it, and by all its levels if not: then the columns span what the term
   says, whatever else is there. */
#include "core/model/coding.h"

#include "core/base/shortest.h"
#include "core/expr/expr.h"
#include "core/model/polynomial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEVELS = 200 };

/* --- coding -------------------------------------------------------------------------------------
 */

static enum mle_status allocate(const struct mle_coder *c, size_t n, struct mle_coded *coded)
{
    coded->n = n;
    coded->x = mle_arena_alloc(c->work->arena, (n + 1) * sizeof *coded->x);
    coded->name = mle_arena_alloc(c->work->arena, (n + 1) * sizeof *coded->name);
    return coded->x && coded->name ? MLE_OK : mle_arena_fail(c->work->arena, c->err);
}

/* a, middle, b and end in one string of the arena; NULL for want of memory. */
const char *mle_coded_name(const struct mle_coder *c, const char *a, const char *middle,
                           const char *b, const char *end)
{
    size_t size = strlen(a) + strlen(middle) + strlen(b) + strlen(end) + 1;
    char *name = mle_arena_alloc(c->work->arena, size);
    if (name)
        snprintf(name, size, "%s%s%s%s", a, middle, b, end);
    return name;
}

/* The levels of a column in the rows of the frame, in the order asked for or ascending. */
struct level_list {
    size_t n;
    const char **text;
    uint32_t *code; /* [frame->n] index into text */
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const struct mle_column_levels *order_of(const struct mle_model_spec *spec,
                                                const char *column)
{
    for (size_t i = 0; i < spec->n_levels; i++)
        if (strcmp(spec->levels[i].column, column) == 0)
            return &spec->levels[i];
    return NULL;
}

static enum mle_status too_many(const struct mle_coder *c, const char *column)
{
    mle_fail(c->err, MLE_INVALID_DATA, "column '%.64s' has more than %d levels", column,
             MAX_LEVELS);
    mle_fault_at(c->err, "/model/predictors", "too_many_levels", "column '%.64s'", column);
    return MLE_INVALID_DATA;
}

/* The distinct values of a numeric column as levels, ascending. */
static enum mle_status number_levels(const struct mle_coder *c, const struct mle_column *column,
                                     const double x[], struct level_list *list)
{
    size_t n = c->model->frame.n, k = 0;
    double value[MAX_LEVELS];
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;
        while (at < k && value[at] < x[i])
            at++;
        if (at < k && value[at] == x[i])
            continue;
        if (k == MAX_LEVELS)
            return too_many(c, column->name);
        memmove(value + at + 1, value + at, (k - at) * sizeof *value);
        value[at] = x[i];
        k++;
    }
    for (size_t j = 0; j < k; j++) {
        char text[32];
        mle_show(value[j], text);
        if (!(list->text[j] = mle_arena_text(c->work->arena, strlen(text), text)))
            return mle_arena_fail(c->work->arena, c->err);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            if (value[j] == x[i])
                list->code[i] = (uint32_t)j;
    list->n = k;
    return MLE_OK;
}

/* Levels of a text column that occur in the frame. */
static enum mle_status text_levels(const struct mle_coder *c, const struct mle_column *column,
                                   struct level_list *list)
{
    const struct mle_frame *frame = &c->model->frame;
    bool *seen = mle_arena_zeros(c->work->arena, column->n_level, sizeof *seen);
    if (!seen)
        return mle_arena_fail(c->work->arena, c->err);
    for (size_t i = 0; i < frame->n; i++)
        seen[column->codes[mle_frame_origin(frame, i)]] = true;
    for (size_t j = 0; j < column->n_level; j++) {
        if (!seen[j])
            continue;
        if (list->n == MAX_LEVELS)
            return too_many(c, column->name);
        list->text[list->n++] = column->levels[j];
    }
    qsort(list->text, list->n, sizeof *list->text, by_text);
    for (size_t i = 0; i < frame->n; i++) {
        const char *level = column->levels[column->codes[mle_frame_origin(frame, i)]];
        const char **at = bsearch(&level, list->text, list->n, sizeof *list->text, by_text);
        list->code[i] = (uint32_t)(at - list->text);
    }
    return MLE_OK;
}

/* Puts the levels into the order that the specification asks for; one that occurs has to be there.
 */
static enum mle_status reorder(const struct mle_coder *c, const struct mle_column *column,
                               struct level_list *list)
{
    const struct mle_column_levels *order = order_of(c->model->spec, column->name);
    uint32_t place[MAX_LEVELS];
    if (!order)
        return MLE_OK;
    if (order->n > MAX_LEVELS)
        return too_many(c, column->name);
    for (size_t j = 0; j < list->n; j++) {
        size_t at = 0;
        while (at < order->n && strcmp(order->level[at], list->text[j]) != 0)
            at++;
        if (at == order->n) {
            char pointer[192];
            mle_pointer(sizeof pointer, pointer, "/model/levels", column->name);
            mle_fail(c->err, MLE_INVALID_DATA, "level '%.64s' of column '%.64s' is not listed",
                     list->text[j], column->name);
            mle_fault_at(c->err, pointer, "unknown_level", "'%.64s' occurs but is not listed",
                         list->text[j]);
            return MLE_INVALID_DATA;
        }
        place[j] = (uint32_t)at;
    }
    for (size_t i = 0; i < c->model->frame.n; i++)
        list->code[i] = place[list->code[i]];
    list->n = order->n;
    memcpy(list->text, order->level, order->n * sizeof *order->level);
    return MLE_OK;
}

enum mle_status mle_design_remember_levels(struct mle_model *model, const char *column, size_t n,
                                           const char *const level[], const struct mle_work *work,
                                           struct mle_error *err)
{
    for (size_t i = 0; i < model->n_coded; i++)
        if (strcmp(model->coded[i].column, column) == 0)
            return MLE_OK;
    if (model->n_coded == sizeof model->coded / sizeof *model->coded) {
        mle_fail(err, MLE_INVALID_MODEL, "the model has too many categorical predictors");
        mle_fault_at(err, "/model/predictors", "too_many", "at most %zu categorical columns",
                     model->n_coded);
        return MLE_INVALID_MODEL;
    }
    const char **kept = mle_arena_alloc(work->arena, (n + 1) * sizeof *kept);
    if (!kept)
        return mle_arena_fail(work->arena, err);
    memcpy(kept, level, n * sizeof *kept);
    model->coded[model->n_coded++] = (struct mle_column_levels){ column, n, kept };
    return MLE_OK;
}

/* C(x) is named as a column of text would be: "x[2]". */
static enum mle_status code_levels(const struct mle_coder *c, const struct mle_column *column,
                                   bool contrasts, struct mle_coded *out)
{
    const struct mle_frame *frame = &c->model->frame;
    struct level_list list = { 0 };
    list.text = mle_arena_alloc(c->work->arena, MAX_LEVELS * sizeof *list.text);
    list.code = mle_arena_alloc(c->work->arena, (frame->n + 1) * sizeof *list.code);
    if (!list.text || !list.code)
        return mle_arena_fail(c->work->arena, c->err);
    if (column->type == MLE_CATEGORICAL) {
        MLE_TRY(text_levels(c, column, &list));
    } else {
        const double *x = mle_frame_gather(frame, column, c->work);
        if (!x)
            return mle_arena_fail(c->work->arena, c->err);
        MLE_TRY(number_levels(c, column, x, &list));
    }
    MLE_TRY(reorder(c, column, &list));
    MLE_TRY(mle_design_remember_levels(c->model, column->name, list.n, list.text, c->work, c->err));
    size_t first = contrasts ? 1 : 0;
    MLE_TRY(allocate(c, list.n - (list.n ? first : 0), out));
    for (size_t j = first; j < list.n; j++) {
        double *x = mle_arena_doubles(c->work->arena, frame->n);
        if (!x)
            return mle_arena_fail(c->work->arena, c->err);
        for (size_t i = 0; i < frame->n; i++)
            x[i] = list.code[i] == j;
        out->x[j - first] = x;
        out->name[j - first] = mle_coded_name(c, column->name, "[", list.text[j], "]");
        if (!out->name[j - first])
            return mle_arena_fail(c->work->arena, c->err);
    }
    return MLE_OK;
}

/* Reports the rows where x, which is name, is not finite; column may be NULL. */
static enum mle_status must_be_finite(const struct mle_coder *c, const char *name,
                                      const char *column, const double x[])
{
    bool failed = false;
    for (size_t i = 0; i < c->model->frame.n; i++) {
        if (isfinite(x[i]))
            continue;
        if (!failed)
            mle_fail(c->err, MLE_INVALID_DATA, "%.64s is not a finite number in all rows", name);
        failed = true;
        mle_fault_row(c->err, mle_frame_origin(&c->model->frame, i), column, "not_finite",
                      "%.64s is %s", name, mle_show(x[i], (char[32]){ 0 }));
    }
    return failed ? MLE_INVALID_DATA : MLE_OK;
}

enum mle_status mle_code_expression(const struct mle_coder *c, const char *name, const char *text,
                                    const char *pointer, const double **x)
{
    const struct mle_frame *frame = &c->model->frame;
    const struct mle_expr_names names = { .data = c->data, .pointer = pointer };
    const struct mle_expr *expr;
    struct mle_view view[MLE_EXPR_MAX_COLUMN];
    MLE_TRY(mle_expr_parse(text, &names, c->work->arena, &expr, c->err));
    double *value = mle_arena_doubles(c->work->arena, frame->n);
    if (!value)
        return mle_arena_fail(c->work->arena, c->err);
    for (size_t k = 0; k < expr->n_column; k++) {
        view[k] = (struct mle_view){ mle_frame_gather(frame, expr->column[k], c->work), 1 };
        if (!view[k].at)
            return mle_arena_fail(c->work->arena, c->err);
    }
    struct mle_expr_rows rows = { frame->n, view, NULL };
    mle_expr_values(expr, &rows, NULL, value);
    *x = value;
    return must_be_finite(c, name, expr->n_column ? expr->column[0]->name : NULL, value);
}

/* --- polynomials --------------------------------------------------------------------------------
 */

static const struct mle_polynomials *find_basis(size_t n, const struct mle_polynomials basis[],
                                                const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(basis[i].name, name) == 0)
            return &basis[i];
    return NULL;
}

static enum mle_status refuse_polynomial(const struct mle_coder *c, const char *code,
                                         const char *name, const char *why)
{
    mle_fail(c->err, MLE_INVALID_MODEL, "%.64s: %s", name, why);
    mle_fault_at(c->err, "/model/formula", code, "%.64s: %s", name, why);
    return MLE_INVALID_MODEL;
}

/* The basis of these rows, or the one that the specification brings; the model keeps it. */
static enum mle_status make_basis(const struct mle_coder *c, const struct mle_factor *factor,
                                  const double x[], const struct mle_polynomials **basis)
{
    struct mle_model *model = c->model;
    const struct mle_frame *frame = &model->frame;
    struct mle_arena *arena = c->work->arena;
    *basis = find_basis(model->n_basis, model->basis, factor->column);
    if (*basis)
        return MLE_OK;
    if (model->n_basis == sizeof model->basis / sizeof *model->basis)
        return refuse_polynomial(c, "too_many", factor->column, "too many polynomials");
    struct mle_polynomials *kept = &model->basis[model->n_basis];
    const struct mle_polynomials *given =
        find_basis(model->spec->n_basis, model->spec->basis, factor->column);
    if (given) {
        *kept = *given;
    } else {
        double *alpha = mle_arena_doubles(arena, factor->degree);
        double *beta = mle_arena_doubles(arena, factor->degree + 1);
        double *scratch = frame->n <= SIZE_MAX / 3 ? mle_arena_doubles(arena, 3 * frame->n) : NULL;
        if (!alpha || !beta || !scratch)
            return mle_arena_fail(arena, c->err);
        if (!mle_polynomial_learn(frame->n, x, frame->w, factor->degree, alpha, beta, scratch))
            return refuse_polynomial(c, "degree", factor->column,
                                     "the degree must be less than the number of distinct values");
        *kept = (struct mle_polynomials){ factor->column, factor->degree, alpha, beta };
    }
    model->n_basis++;
    *basis = kept;
    return MLE_OK;
}

static enum mle_status code_polynomial(const struct mle_coder *c, const struct mle_factor *factor,
                                       const double x[], struct mle_coded *out)
{
    size_t n = c->model->frame.n;
    const struct mle_polynomials *basis;
    double *p[MLE_POLYNOMIAL_MAX];
    MLE_TRY(make_basis(c, factor, x, &basis));
    MLE_TRY(allocate(c, factor->degree, out));
    for (unsigned k = 0; k < factor->degree; k++) {
        char number[16];
        snprintf(number, sizeof number, "%u", k + 1);
        out->x[k] = p[k] = mle_arena_doubles(c->work->arena, n);
        out->name[k] = mle_coded_name(c, factor->column, "[", number, "]");
        if (!p[k] || !out->name[k])
            return mle_arena_fail(c->work->arena, c->err);
    }
    mle_polynomial_values(n, x, factor->degree, basis->alpha, basis->beta, p);
    for (unsigned k = 0; k < factor->degree; k++)
        MLE_TRY(must_be_finite(c, out->name[k], NULL, p[k]));
    return MLE_OK;
}

/* --- terms --------------------------------------------------------------------------------------
 */

static bool is_levels(const struct mle_coder *c, const struct mle_factor *factor)
{
    return !factor->expression &&
           (factor->levels || mle_data_find(c->data, factor->column)->type == MLE_CATEGORICAL);
}

static enum mle_status code_factor(const struct mle_coder *c, const struct mle_factor *factor,
                                   bool contrasts, struct mle_coded *out)
{
    if (factor->expression) {
        const double *x;
        MLE_TRY(mle_code_expression(c, factor->column, factor->expression, "/model/formula", &x));
        if (factor->degree > 0)
            return code_polynomial(c, factor, x, out);
        MLE_TRY(allocate(c, 1, out));
        out->name[0] = factor->column;
        out->x[0] = x;
        return MLE_OK;
    }
    const struct mle_column *column = mle_data_find(c->data, factor->column);
    if (is_levels(c, factor))
        return code_levels(c, column, contrasts, out);
    MLE_TRY(allocate(c, 1, out));
    out->x[0] = mle_frame_gather(&c->model->frame, column, c->work);
    out->name[0] = column->name;
    return out->x[0] ? MLE_OK : mle_arena_fail(c->work->arena, c->err);
}

/* Every column of a times every column of b. */
static enum mle_status multiply(const struct mle_coder *c, const struct mle_coded *a,
                                const struct mle_coded *b, struct mle_coded *out)
{
    size_t n = c->model->frame.n, at = 0;
    MLE_TRY(allocate(c, a->n * b->n, out));
    for (size_t j = 0; j < b->n; j++)
        for (size_t i = 0; i < a->n; i++, at++) {
            double *x = mle_arena_doubles(c->work->arena, n);
            out->name[at] = mle_coded_name(c, a->name[i], ":", b->name[j], "");
            if (!x || !out->name[at])
                return mle_arena_fail(c->work->arena, c->err);
            for (size_t row = 0; row < n; row++)
                x[row] = a->x[i][row] * b->x[j][row];
            out->x[at] = x;
            MLE_TRY(must_be_finite(c, out->name[at], NULL, x));
        }
    return MLE_OK;
}

static bool same_factor(const struct mle_coder *c, const struct mle_factor *a,
                        const struct mle_factor *b)
{
    return !a->expression == !b->expression && is_levels(c, a) == is_levels(c, b) &&
           strcmp(a->column, b->column) == 0;
}

static bool has_factor(const struct mle_coder *c, const struct mle_term *term,
                       const struct mle_factor *factor)
{
    for (size_t f = 0; f < term->n; f++)
        if (same_factor(c, &term->factor[f], factor))
            return true;
    return false;
}

/* Whether the columns of earlier terms span term t without its factor f. A term spans what it is
   without some of its categorical factors, whose levels add up to the constant, but not what it is
   without a number. */
static bool has_margin(const struct mle_coder *c, const struct mle_predictor *predictor, size_t t,
                       size_t f)
{
    const struct mle_term *term = &predictor->term[t];
    if (term->n == 1 && !predictor->no_intercept)
        return true;
    for (size_t other = 0; other < t; other++) {
        const struct mle_term *earlier = &predictor->term[other];
        bool spans = true;
        for (size_t g = 0; g < term->n; g++)
            spans &= g == f || has_factor(c, earlier, &term->factor[g]);
        for (size_t h = 0; h < earlier->n; h++)
            spans &= is_levels(c, &earlier->factor[h]) || has_factor(c, term, &earlier->factor[h]);
        if (spans)
            return true;
    }
    return false;
}

enum mle_status mle_code_term(const struct mle_coder *c, const struct mle_predictor *predictor,
                              size_t t, struct mle_coded *out)
{
    const struct mle_term *term = &predictor->term[t];
    for (size_t f = 0; f < term->n; f++) {
        struct mle_coded one, product;
        bool contrasts = has_margin(c, predictor, t, f);
        MLE_TRY(code_factor(c, &term->factor[f], contrasts, f == 0 ? out : &one));
        if (f == 0)
            continue;
        MLE_TRY(multiply(c, out, &one, &product));
        *out = product;
    }
    return MLE_OK;
}
