#include "core/model/model.h"

#include "core/model/family_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MLE_MODEL(name) extern const struct mle_model_kind mle_model_kind_##name;
#include "core/model/models.def"
#undef MLE_MODEL

static const struct mle_model_kind *const kinds[] = {
#define MLE_MODEL(name) &mle_model_kind_##name,
#include "core/model/models.def"
#undef MLE_MODEL
};

size_t mle_model_kind_count(void)
{
    return sizeof kinds / sizeof *kinds;
}

const struct mle_model_kind *mle_model_kind_get(size_t i)
{
    return kinds[i];
}

static enum mle_status unknown_family(const char *name, struct mle_error *err)
{
    mle_fail(err, MLE_INVALID_MODEL, "there is no family '%.64s'", name);
    mle_fault_at(err, "/model/family", "unknown_family", "no family '%.64s'", name);
    mle_hint(err, "GET /v1/families lists all: normal, gamma, poisson and so on.");
    return MLE_INVALID_MODEL;
}

enum mle_status mle_model_refuse_member(const struct mle_model_spec *spec, const char *name,
                                        struct mle_error *err)
{
    char pointer[64];
    mle_fail(err, MLE_INVALID_MODEL, "%s does not take %s", spec->family, name);
    mle_pointer(sizeof pointer, pointer, "/model", name);
    mle_fault_at(err, pointer, "unknown_member", "not a member for this family");
    return MLE_INVALID_MODEL;
}

enum mle_status mle_model_refuse_members(const struct mle_model_spec *spec, struct mle_error *err)
{
    const struct mle_censoring *censoring = &spec->censoring;
    const struct mle_cut *lower = &spec->truncate_lower, *upper = &spec->truncate_upper;
    const struct {
        bool given;
        const char *name;
    } members[] = {
        { spec->n_bounds > 0, "bounds" },
        { spec->trials_column || !isnan(spec->trials), "trials" },
        { censoring->event || censoring->lower || censoring->upper, "censoring" },
        { lower->column || upper->column || !isnan(lower->value) || !isnan(upper->value),
          "truncation" },
        { !isnan(spec->resolution), "resolution" },
        { !isnan(spec->threshold), "threshold" },
        { spec->n_predictor > 0, "predictors" },
        { spec->n_link > 0, "link" },
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (members[i].given)
            return mle_model_refuse_member(spec, members[i].name, err);
    if (!spec->weights || spec->weight_type == MLE_FREQUENCY)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "%s does not take precision weights", spec->family);
    mle_fault_at(err, "/model/weights/type", "unknown_member", "not a member for this family");
    return MLE_INVALID_MODEL;
}

/* What only some models take. */
static enum mle_status check_members(const struct mle_model *model, struct mle_error *err)
{
    const struct mle_model_spec *spec = model->spec;
    if (spec->n_response > 1 && !model->kind->multivariate) {
        mle_fail(err, MLE_INVALID_MODEL, "%s has one response", spec->family);
        mle_fault_at(err, "/model/response", "too_many", "expected the name of one column");
        return MLE_INVALID_MODEL;
    }
    if (spec->no_response && model->kind->multivariate) {
        mle_fail(err, MLE_INVALID_MODEL, "%s gives no distribution of single numbers",
                 spec->family);
        mle_fault_at(err, "/model/family", "not_offered", "its response is a vector");
        return MLE_INVALID_MODEL;
    }
    if (spec->covariance != MLE_STRUCTURE_NONE && !model->kind->has_covariance)
        return mle_model_refuse_member(spec, "covariance", err);
    if (spec->custom && !model->kind->normalise)
        return mle_model_refuse_member(spec, spec->custom->member, err);
    return model->kind->multivariate ? mle_model_refuse_members(spec, err) : MLE_OK;
}

static enum mle_status check_multivariate(const struct mle_model *model, struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    if (!frame->y) {
        mle_fail(err, MLE_INVALID_DATA, "column '%.64s' holds text, and %s is a model of numbers",
                 frame->response->name, model->kind->name);
        mle_fault_row(err, mle_frame_origin(frame, 0), frame->response->name, "not_a_number",
                      "'%.64s' is not a number", frame->level[frame->codes[0]]);
        return MLE_INVALID_DATA;
    }
    return mle_model_refuse_levels(model, err);
}

enum mle_status mle_model_bind(const struct mle_model_spec *spec, const struct mle_data *data,
                               enum mle_missing missing, const struct mle_work *work,
                               struct mle_model *model, struct mle_error *err)
{
    *model = (struct mle_model){ .spec = spec, .data = data };
    for (size_t i = 0; i < mle_model_kind_count(); i++)
        if (strcmp(kinds[i]->name, spec->family) == 0)
            model->kind = kinds[i];
    if (!model->kind) {
        model->family = mle_family_find(spec->family);
        model->kind = &mle_model_kind_family;
        if (!model->family)
            return unknown_family(spec->family, err);
    }
    MLE_TRY(check_members(model, err));
    size_t n_more = 0;
    const struct mle_column *const *more = NULL;
    MLE_TRY(model->kind->columns ? model->kind->columns(model, work, &n_more, &more, err)
                                 : mle_design_columns(spec, data, work, &n_more, &more, err));
    MLE_TRY(mle_frame_bind(spec, data, n_more, more, missing, work, &model->frame, err));
    if (model->kind->multivariate || model->kind->normalise)
        MLE_TRY(check_multivariate(model, err));
    return model->kind->bind(model, spec, work, err);
}

size_t mle_model_find_param(const struct mle_model *model, const char *name)
{
    size_t j = 0;
    while (j < model->n_theta && strcmp(model->param[j].name, name) != 0)
        j++;
    return j;
}

/* --- levels -------------------------------------------------------------------------------------
 */

static enum mle_status bad_levels(const char *column, const char *code, const char *level,
                                  const char *what, struct mle_error *err)
{
    char pointer[sizeof err->fault[0].pointer];
    mle_pointer(sizeof pointer, pointer, "/model/levels", column);
    mle_fail(err, MLE_INVALID_MODEL, "levels of '%.64s': '%.64s' %s", column, level, what);
    mle_fault_at(err, pointer, code, "'%.64s' %s", level, what);
    return MLE_INVALID_MODEL;
}

/* Whether the column is a categorical predictor. */
static bool is_coded(const struct mle_model *model, const char *column)
{
    for (size_t i = 0; i < model->n_coded; i++)
        if (strcmp(model->coded[i].column, column) == 0)
            return true;
    return false;
}

enum mle_status mle_model_refuse_levels(const struct mle_model *model, struct mle_error *err)
{
    for (size_t i = 0; i < model->spec->n_levels; i++) {
        const char *column = model->spec->levels[i].column;
        if (!is_coded(model, column))
            return bad_levels(column, "not_levels", column, "is no categorical column of the model",
                              err);
    }
    return MLE_OK;
}

static size_t find_level(const struct mle_column_levels *order, size_t n, const char *level)
{
    size_t at = 0;
    while (at < n && strcmp(order->level[at], level) != 0)
        at++;
    return at;
}

static enum mle_status refuse_repeated(const struct mle_column_levels *order, struct mle_error *err)
{
    for (size_t i = 0; i < order->n; i++)
        if (find_level(order, i, order->level[i]) < i)
            return bad_levels(order->column, "repeated_level", order->level[i], "is listed twice",
                              err);
    return MLE_OK;
}

/* The column that is no predictor's is the response's. */
enum mle_status mle_model_given_levels(struct mle_model *model, struct mle_error *err)
{
    const struct mle_model_spec *spec = model->spec;
    for (size_t i = 0; i < spec->n_levels; i++) {
        if (is_coded(model, spec->levels[i].column))
            continue;
        MLE_TRY(refuse_repeated(&spec->levels[i], err));
        model->n_level = spec->levels[i].n;
        model->level = spec->levels[i].level;
    }
    return MLE_OK;
}

enum mle_status mle_model_order_levels(struct mle_model *model, uint32_t place[],
                                       struct mle_error *err)
{
    const struct mle_model_spec *spec = model->spec;
    const char *response = model->frame.response->name;
    for (size_t j = 0; j < model->n_level; j++)
        place[j] = (uint32_t)j;
    if (spec->n_levels == 0)
        return MLE_OK;
    const struct mle_column_levels *order = NULL;
    for (size_t i = 0; i < spec->n_levels; i++)
        if (strcmp(spec->levels[i].column, response) == 0)
            order = &spec->levels[i];
        else if (!is_coded(model, spec->levels[i].column))
            return bad_levels(spec->levels[i].column, "not_levels", spec->levels[i].column,
                              "is no categorical column of the model", err);
    if (!order)
        return MLE_OK;
    MLE_TRY(refuse_repeated(order, err));
    for (size_t j = 0; j < model->n_level; j++) {
        size_t at = find_level(order, order->n, model->level[j]);
        if (at == order->n)
            return bad_levels(response, "unknown_level", model->level[j],
                              "occurs but is not listed", err);
        place[j] = (uint32_t)at;
    }
    model->n_level = order->n;
    model->level = order->level;
    return MLE_OK;
}
