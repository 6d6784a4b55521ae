/* Predictors: which columns stand behind which parameter, and how they are named. */
#include "core/expr/expr.h"
#include "core/math/kernels.h"
#include "core/model/coding.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- columns ------------------------------------------------------------------------------------
 */

static enum mle_status find(const struct mle_data *data, const char *pointer, const char *name,
                            const struct mle_column **column, struct mle_error *err)
{
    *column = mle_data_find(data, name);
    if (*column)
        return MLE_OK;
    return mle_frame_numbers(data, pointer, name, column, err); /* says which there are */
}

/* Adds the columns that an expression names to list[*used]. */
static enum mle_status find_in(const struct mle_data *data, const char *text, const char *pointer,
                               const struct mle_work *work, const struct mle_column **list,
                               size_t *used, struct mle_error *err)
{
    const struct mle_expr_names names = { .data = data, .pointer = pointer };
    const struct mle_expr *expr;
    MLE_TRY(mle_expr_parse(text, &names, work->arena, &expr, err));
    for (size_t k = 0; k < expr->n_column; k++)
        list[(*used)++] = expr->column[k];
    return MLE_OK;
}

enum mle_status mle_design_columns(const struct mle_model_spec *spec, const struct mle_data *data,
                                   const struct mle_work *work, size_t *n,
                                   const struct mle_column *const **column, struct mle_error *err)
{
    size_t most = 1, used = 0;
    for (size_t p = 0; p < spec->n_predictor; p++) {
        most += MLE_EXPR_MAX_COLUMN;
        for (size_t t = 0; t < spec->predictor[p].n; t++)
            most += spec->predictor[p].term[t].n * MLE_EXPR_MAX_COLUMN;
    }
    const struct mle_column **list = mle_arena_alloc(work->arena, most * sizeof *list);
    if (!list)
        return mle_arena_fail(work->arena, err);
    for (size_t p = 0; p < spec->n_predictor; p++) {
        const struct mle_predictor *predictor = &spec->predictor[p];
        for (size_t t = 0; t < predictor->n; t++)
            for (size_t f = 0; f < predictor->term[t].n; f++) {
                const struct mle_factor *factor = &predictor->term[t].factor[f];
                if (factor->expression)
                    MLE_TRY(find_in(data, factor->expression, predictor->pointer, work, list, &used,
                                    err));
                else
                    MLE_TRY(find(data, predictor->pointer, factor->column, &list[used++], err));
            }
        if (predictor->offset && spec->formula)
            MLE_TRY(find_in(data, predictor->offset, predictor->pointer, work, list, &used, err));
        else if (predictor->offset)
            MLE_TRY(
                mle_frame_numbers(data, "/model/offset", predictor->offset, &list[used++], err));
    }
    *n = used;
    *column = list;
    return MLE_OK;
}

/* --- blocks -------------------------------------------------------------------------------------
 */

/* The links that parameters have by themselves. */
static const struct mle_link *default_link(struct mle_domain domain)
{
    if (domain.lower == 0 && domain.upper == 1)
        return &mle_links[MLE_LINK_logit];
    return domain.lower == 0 ? &mle_links[MLE_LINK_log] : &mle_links[MLE_LINK_identity];
}

static const char *name_of(const struct mle_family *family, unsigned j)
{
    for (unsigned i = 0; family->conditional[0].name && i < family->n_param; i++)
        if (family->conditional[i].param == j)
            return family->conditional[i].name;
    return family->param[j].name;
}

static unsigned location_of(const struct mle_family *family)
{
    return family->conditional[0].name ? family->conditional[0].param : family->location;
}

bool mle_is_location(const char *family, const char *param)
{
    const struct mle_family *f = mle_family_find(family);
    f = f && f->regression ? f->regression : f;
    return f && strcmp(name_of(f, location_of(f)), param) == 0;
}

/* Index of the parameter that a member names; n_param if there is none. */
static unsigned param_of(const struct mle_family *family, const char *name)
{
    if (!name)
        return location_of(family);
    unsigned j = 0;
    while (j < family->n_param && strcmp(name_of(family, j), name) != 0)
        j++;
    return j;
}

static enum mle_status unknown_param(const struct mle_family *family, const char *name,
                                     const char *pointer, struct mle_error *err)
{
    char list[128] = "";
    for (unsigned j = 0; j < family->n_param; j++) {
        strncat(list, j ? ", " : "", sizeof list - strlen(list) - 1);
        strncat(list, name_of(family, j), sizeof list - strlen(list) - 1);
    }
    mle_fail(err, MLE_INVALID_MODEL, "'%.64s' is not a parameter of %s with predictors", name,
             family->name);
    mle_fault_at(err, pointer, "unknown_parameter", "the parameters are %s", list);
    return MLE_INVALID_MODEL;
}

static enum mle_status find_link(const struct mle_model *model, unsigned j,
                                 const struct mle_link **link, struct mle_error *err)
{
    const struct mle_model_spec *spec = model->spec;
    const struct mle_family *family = model->family;
    *link = default_link(family->param[j].domain);
    for (size_t i = 0; i < spec->n_link; i++) {
        const struct mle_named_text *asked = &spec->link[i];
        unsigned at = param_of(family, asked->name);
        if (at == family->n_param)
            return unknown_param(family, asked->name, asked->pointer, err);
        if (at != j)
            continue;
        *link = mle_link_find(asked->text);
        if (*link)
            continue;
        mle_fail(err, MLE_INVALID_MODEL, "there is no link '%.64s'", asked->text);
        mle_fault_at(err, asked->pointer, "unknown_link", "no link '%.64s'", asked->text);
        char list[160] = "";
        for (size_t l = 0; l < MLE_LINKS; l++) {
            strncat(list, l ? ", " : "", sizeof list - strlen(list) - 1);
            strncat(list, mle_links[l].name, sizeof list - strlen(list) - 1);
        }
        mle_hint(err, "The links are: %s.", list);
        return MLE_INVALID_MODEL;
    }
    return MLE_OK;
}

struct building {
    struct mle_coder coder;
    size_t n; /* scalars so far */
};

static enum mle_status add_scalar(struct building *b, const char *param, const char *column,
                                  struct mle_domain domain)
{
    struct mle_family_self *self = b->coder.model->self;
    const char *name = column ? mle_coded_name(&b->coder, param, ".", column, "") : param;
    if (!name)
        return mle_arena_fail(b->coder.work->arena, b->coder.err);
    if (b->n == MLE_MAX_SCALAR) {
        mle_fail(b->coder.err, MLE_INVALID_MODEL, "the model has more than %d parameters",
                 MLE_MAX_SCALAR);
        mle_fault_at(b->coder.err, "/model/predictors", "too_many", "at most %d coefficients",
                     MLE_MAX_SCALAR);
        return MLE_INVALID_MODEL;
    }
    for (size_t j = 0; j < b->n; j++)
        if (strcmp(self->param[j].name, name) == 0) {
            mle_fail(b->coder.err, MLE_INVALID_MODEL, "two coefficients would be called %.128s",
                     name);
            mle_fault_at(b->coder.err,
                         b->coder.model->spec->formula ? "/model/formula" : "/model/predictors",
                         "repeated", "two coefficients would be called %.128s", name);
            return MLE_INVALID_MODEL;
        }
    self->param[b->n] = (struct mle_param){ name, domain };
    self->group[b->n] = (struct mle_param_group){ name, MLE_SCALAR, b->n, 1 };
    b->n++;
    return MLE_OK;
}

static enum mle_status bind_predictor(struct building *b, unsigned j,
                                      const struct mle_predictor *predictor)
{
    static const struct mle_domain real = MLE_REAL;
    struct mle_model *model = b->coder.model;
    struct mle_family_self *self = model->self;
    struct mle_block *block = &self->block[j];
    const char *param = name_of(model->family, j);
    struct mle_design *design =
        mle_arena_zeros(b->coder.work->arena, MLE_MAX_SCALAR, sizeof *design);
    bool constant = !predictor->no_intercept;
    if (!design)
        return mle_arena_fail(b->coder.work->arena, b->coder.err);
    MLE_TRY(find_link(model, j, &block->link, b->coder.err));
    block->first = b->n;
    block->design = design;
    block->intercept = constant;
    if (constant)
        MLE_TRY(add_scalar(b, param, "intercept", real));
    for (size_t t = 0; t < predictor->n; t++) {
        struct mle_coded coded;
        MLE_TRY(mle_code_term(&b->coder, predictor, t, &coded));
        for (size_t a = 0; a < coded.n; a++) {
            if (b->n < MLE_MAX_SCALAR)
                design[b->n - block->first].x = coded.x[a];
            MLE_TRY(add_scalar(b, param, coded.name[a], real));
        }
    }
    block->n = b->n - block->first;
    for (size_t a = 0; a < block->n; a++)
        design[a].scale = 1;
    if (predictor->offset && model->spec->formula) {
        MLE_TRY(mle_code_expression(&b->coder, "offset", predictor->offset, predictor->pointer,
                                    &block->offset));
    } else if (predictor->offset) {
        const struct mle_column *column = mle_data_find(b->coder.data, predictor->offset);
        block->offset = mle_frame_gather(&model->frame, column, b->coder.work);
        if (!block->offset)
            return mle_arena_fail(b->coder.work->arena, b->coder.err);
    }
    self->conditional = model->conditional = true;
    return MLE_OK;
}

static enum mle_status check_names(const struct mle_model *model, struct mle_error *err)
{
    const struct mle_model_spec *spec = model->spec;
    for (size_t p = 0; p < spec->n_predictor; p++)
        if (param_of(model->family, spec->predictor[p].param) == model->family->n_param)
            return unknown_param(model->family, spec->predictor[p].param,
                                 spec->predictor[p].pointer, err);
    bool searched = model->family->solve || model->family->start; /* else order statistics decide */
    if (spec->n_predictor > 0 && !searched) {
        mle_fail(err, MLE_INVALID_MODEL,
                 "%s has no regression: its likelihood has corners or a "
                 "moving support",
                 model->family->name);
        mle_fault_at(err, "/model/predictors", "not_offered", "no predictors for this family");
        return MLE_INVALID_MODEL;
    }
    return MLE_OK;
}

enum mle_status mle_design_bind(struct mle_model *model, const struct mle_data *data,
                                const struct mle_work *work, struct mle_error *err)
{
    const struct mle_family *family = model->family;
    const struct mle_model_spec *spec = model->spec;
    struct mle_family_self *self = model->self;
    struct building b = { { model, data, work, err }, 0 };
    bool conditional = spec->n_predictor > 0;
    size_t most = conditional ? MLE_MAX_SCALAR : family->n_param;
    self->param = mle_arena_alloc(work->arena, most * sizeof *self->param);
    self->group = mle_arena_alloc(work->arena, most * sizeof *self->group);
    if (!self->param || !self->group)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(check_names(model, err));
    for (unsigned i = 0; i < family->n_param; i++) {
        unsigned j = conditional && family->conditional[0].name ? family->conditional[i].param : i;
        const struct mle_predictor *predictor = NULL;
        for (size_t p = 0; p < spec->n_predictor; p++)
            if (param_of(family, spec->predictor[p].param) == j)
                predictor = &spec->predictor[p];
        if (predictor) {
            MLE_TRY(bind_predictor(&b, j, predictor));
            continue;
        }
        self->block[j] = (struct mle_block){ .first = b.n, .n = 1 };
        MLE_TRY(add_scalar(&b, conditional ? name_of(family, j) : family->param[j].name, NULL,
                           family->param[j].domain));
    }
    model->n_theta = model->n_group = b.n;
    self->name = mle_arena_alloc(work->arena, b.n * sizeof *self->name);
    if (!self->name)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < b.n; j++)
        self->name[j] = self->param[j].name;
    return MLE_OK;
}

/* --- working columns ----------------------------------------------------------------------------
 */

static bool has_given(const struct mle_family_self *self, const struct mle_block *block)
{
    for (size_t a = block->first; a < block->first + block->n; a++)
        if (self->fixed[a] || isfinite(self->lower[a]) || isfinite(self->upper[a]))
            return true;
    return false;
}

/* A coefficient that is given, or has bounds, means a column as it is: such blocks stay so. */
void mle_design_standardise(struct mle_model *model)
{
    struct mle_family_self *self = model->self;
    const struct mle_frame *frame = &model->frame;
    for (unsigned j = 0; j < model->family->n_param; j++) {
        struct mle_block *block = &self->block[j];
        if (!block->link || has_given(self, block))
            continue;
        for (size_t a = 0; a < block->n; a++) {
            struct mle_design *d = &block->design[a];
            if (!d->x)
                continue;
            struct mle_moments m = mle_moments(frame->n, d->x, frame->w);
            double spread = block->intercept ? m.m2 : m.m2 + m.weight * m.mean * m.mean;
            double scale = sqrt(spread / m.weight);
            d->centre = block->intercept && isfinite(m.mean) ? m.mean : 0;
            d->scale = scale > 0 && isfinite(scale) ? scale : 1;
        }
    }
}
