/* A model at a point: parameters by their names, and the distribution that they give. */
#include "api/call.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum mle_status mle_read_point(const struct mle_model *model, const json_t *at,
                               const struct mle_path *path, struct mle_arena *arena, double theta[],
                               struct mle_error *err)
{
    struct mle_named_numbers numbers = { 0 };
    mle_faults_begin(err);
    if (!mle_read_numbers(at, path, MLE_PROBLEM_INVALID_MODEL, arena, &numbers, err))
        return err->status;
    for (size_t j = 0; j < model->n_theta; j++)
        theta[j] = NAN;
    for (size_t i = 0; i < numbers.n; i++) {
        const struct mle_named_number *given = &numbers.item[i];
        size_t j = model->n_theta;
        char text[160];
        const char *code =
            mle_model_take(model, given->name, given->value, theta, &j, sizeof text, text);
        if (code)
            mle_fault_pointer(err, MLE_PROBLEM_INVALID_MODEL, given->pointer, code, "%s", text);
        if (code && j < model->n_theta && isnan(theta[j]))
            theta[j] = given->value; /* is there, only wrong */
    }
    for (size_t j = 0; j < model->n_theta; j++)
        if (isnan(theta[j]))
            mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, path, "required", "%s is missing",
                           model->param[j].name);
    MLE_TRY(mle_faults_end(err));
    const char *param, *why = NULL;
    if (model->kind->refuse)
        why = model->kind->refuse(model, theta, &param);
    if (why)
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, MLE_PATH(path, param), "not_a_distribution",
                       "%s", why);
    return mle_faults_end(err);
}

enum mle_status mle_bind_law(struct mle_model_spec *spec, const struct mle_data *data,
                             bool response, enum mle_missing missing, const struct mle_work *work,
                             struct mle_model *model, struct mle_error *err)
{
    static const struct mle_data one_row = { .n = 1 };
    const struct mle_model_spec *none = &mle_model_spec_default;
    if (spec->weight_type == MLE_FREQUENCY)
        spec->weights = NULL;
    spec->censoring = none->censoring;
    spec->truncate_lower = none->truncate_lower;
    spec->truncate_upper = none->truncate_upper;
    spec->resolution = none->resolution;
    spec->n_fixed = spec->n_start = spec->n_bounds = 0;
    spec->no_response = !response;
    return mle_model_bind(spec, data ? data : &one_row, missing, work, model, err);
}

/* "/model..." -> base + "/model..." */
static void move(const char *base, bool by_name, size_t size, char text[])
{
    static const char model[] = "/model";
    size_t n = sizeof model - 1;
    if (strncmp(text, model, n) != 0 || !strchr("/:", text[n]))
        return; /* NUL is found too */
    char moved[512];
    const char *rest = text + n;
    rest += by_name ? strcspn(rest, ":") : 0;
    snprintf(moved, sizeof moved, "%s%s%s", base, model, rest);
    mle_copy_text(size, text, moved);
}

void mle_move_faults(struct mle_error *err, const char *base, bool by_name)
{
    if (!err)
        return;
    move(base, by_name, sizeof err->text, err->text);
    for (unsigned i = 0; i < err->n_fault; i++)
        move(base, by_name, sizeof err->fault[i].pointer, err->fault[i].pointer);
}
