#include "core/model/model.h"

#include "core/model/family_model.h"

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
    char list[288] = "";
    for (size_t i = 0; i < mle_family_count(); i++) {
        strncat(list, mle_family_get(i)->name, sizeof list - strlen(list) - 1);
        strncat(list, ", ", sizeof list - strlen(list) - 1);
    }
    for (size_t i = 0; i < mle_model_kind_count(); i++) {
        strncat(list, i ? ", " : "", sizeof list - strlen(list) - 1);
        strncat(list, kinds[i]->name, sizeof list - strlen(list) - 1);
    }
    mle_hint(err, "The families are: %s.", list);
    return MLE_INVALID_MODEL;
}

enum mle_status mle_model_bind(const struct mle_model_spec *spec, const struct mle_data *data,
                               enum mle_missing missing, const struct mle_work *work,
                               struct mle_model *model, struct mle_error *err)
{
    *model = (struct mle_model){ .spec = spec };
    for (size_t i = 0; i < mle_model_kind_count(); i++)
        if (strcmp(kinds[i]->name, spec->family) == 0)
            model->kind = kinds[i];
    if (!model->kind) {
        model->family = mle_family_find(spec->family);
        model->kind = &mle_model_kind_family;
        if (!model->family)
            return unknown_family(spec->family, err);
    }
    MLE_TRY(mle_frame_bind(spec, data, missing, work, &model->frame, err));
    return model->kind->bind(model, spec, work, err);
}

size_t mle_model_find_param(const struct mle_model *model, const char *name)
{
    size_t j = 0;
    while (j < model->n_theta && strcmp(model->param[j].name, name) != 0)
        j++;
    return j;
}
