/* Predictors: which columns stand behind which parameter, how they are coded and named. */
#include "core/model/family_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum mle_status mle_design_columns(const struct mle_model_spec *spec, const struct mle_data *data,
                                   const struct mle_work *work, size_t *n,
                                   const struct mle_column *const **column, struct mle_error *err)
{
    (void)data;
    (void)work;
    (void)err;
    (void)spec;
    *n = 0;
    *column = NULL;
    return MLE_OK;
}

enum mle_status mle_design_bind(struct mle_model *model, const struct mle_data *data,
                                const struct mle_work *work, struct mle_error *err)
{
    (void)data;
    const struct mle_family *family = model->family;
    struct mle_family_self *self = model->self;
    size_t n = model->n_theta = model->n_group = family->n_param;
    self->param = mle_arena_alloc(work->arena, n * sizeof *self->param);
    self->group = mle_arena_alloc(work->arena, n * sizeof *self->group);
    if (!self->param || !self->group)
        return mle_arena_fail(work->arena, err);
    for (unsigned j = 0; j < family->n_param; j++) {
        self->block[j] = (struct mle_block){ .first = j, .n = 1 };
        self->param[j] = (struct mle_param){ family->param[j].name, family->param[j].domain };
        self->group[j] = (struct mle_param_group){ family->param[j].name, MLE_SCALAR, j, 1 };
    }
    return MLE_OK;
}

void mle_design_standardise(struct mle_model *model)
{
    (void)model;
}
