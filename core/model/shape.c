/* Vectors and matrices of parameters: which scalars they have, what those are called, and how
   values that a request gives find their places. */
#include "core/base/shortest.h"
#include "core/model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_matrix(const struct mle_param_group *group)
{
    return group->shape >= MLE_SYMMETRIC;
}

size_t mle_group_size(const struct mle_param_group *group)
{
    switch (group->shape) {
    case MLE_SYMMETRIC:
        return group->n * (group->n + 1) / 2;
    case MLE_VECTOR:
    case MLE_DIAGONAL:
        return group->n;
    case MLE_SCALAR:
    case MLE_SPHERICAL:
        break;
    }
    return 1;
}

size_t mle_group_element(const struct mle_param_group *group, size_t i, size_t k)
{
    size_t high = i > k ? i : k, low = i > k ? k : i;
    switch (group->shape) {
    case MLE_SYMMETRIC:
        return group->first + high * (high + 1) / 2 + low;
    case MLE_DIAGONAL:
        return i == k ? group->first + i : SIZE_MAX;
    case MLE_SPHERICAL:
        return i == k ? group->first : SIZE_MAX;
    case MLE_VECTOR:
    case MLE_SCALAR:
        break;
    }
    return group->first + i;
}

/* --- names ---------------------------------------------------------------------------------- */

static size_t write_name(const struct mle_param_group *group, size_t i, size_t k, size_t size,
                         char name[])
{
    if (group->shape == MLE_SCALAR)
        return (size_t)snprintf(name, size, "%.64s", group->name);
    if (group->shape == MLE_VECTOR)
        return (size_t)snprintf(name, size, "%.64s[%zu]", group->name, i);
    return (size_t)snprintf(name, size, "%.64s[%zu][%zu]", group->name, i, k);
}

enum mle_status mle_model_name_params(struct mle_model *model, const struct mle_domain domain[],
                                      const struct mle_work *work, struct mle_error *err)
{
    model->n_theta = 0;
    for (size_t g = 0; g < model->n_group; g++)
        model->n_theta += mle_group_size(&model->group[g]);
    struct mle_param *param = mle_arena_zeros(work->arena, model->n_theta, sizeof *param);
    if (!param)
        return mle_arena_fail(work->arena, err);
    for (size_t g = 0; g < model->n_group; g++) {
        const struct mle_param_group *group = &model->group[g];
        size_t rows = group->shape == MLE_SCALAR || group->shape == MLE_SPHERICAL ? 1 : group->n;
        for (size_t i = 0; i < rows; i++)
            for (size_t k = 0; k <= (is_matrix(group) ? i : 0); k++) {
                size_t j = mle_group_element(group, i, k);
                char name[128];
                if (j == SIZE_MAX)
                    continue;
                size_t n = write_name(group, i, k, sizeof name, name);
                param[j].name = mle_arena_text(work->arena, n, name);
                param[j].domain = domain[g];
                if (is_matrix(group) && i == k)
                    param[j].domain = (struct mle_domain)MLE_POSITIVE;
                if (!param[j].name)
                    return mle_arena_fail(work->arena, err);
            }
    }
    model->param = param;
    return MLE_OK;
}

/* "[12]" at *at: its number, below n, and *at behind it. SIZE_MAX if that is not there. */
static size_t read_index(const char **at, size_t n)
{
    char *end;
    if ((*at)[0] != '[' || (*at)[1] < '0' || (*at)[1] > '9')
        return SIZE_MAX;
    unsigned long index = strtoul(*at + 1, &end, 10);
    if (*end != ']' || index >= n)
        return SIZE_MAX;
    *at = end + 1;
    return index;
}

/* The element that a name means; false if none of the group. */
static bool is_element(const struct mle_param_group *group, const char *name, size_t *i, size_t *k)
{
    size_t n = strlen(group->name);
    if (strncmp(name, group->name, n) != 0)
        return false;
    const char *at = name + n;
    *i = *k = 0;
    if (group->shape != MLE_SCALAR && (*i = read_index(&at, group->n)) == SIZE_MAX)
        return false;
    if (is_matrix(group) && (*k = read_index(&at, group->n)) == SIZE_MAX)
        return false;
    return *at == '\0';
}

static const struct mle_param_group *find_element(const struct mle_model *model, const char *name,
                                                  size_t *i, size_t *k)
{
    for (size_t g = 0; g < model->n_group; g++)
        if (is_element(&model->group[g], name, i, k))
            return &model->group[g];
    return NULL;
}

/* --- values ----------------------------------------------------------------------------------- */

static const char *fault(size_t size, char text[], const char *code, const char *name,
                         const char *what)
{
    snprintf(text, size, "%.64s %s", name, what);
    return code;
}

const char *mle_model_take(const struct mle_model *model, const char *name, double value,
                           double theta[], size_t *j, size_t size, char text[])
{
    size_t i, k;
    char number[32];
    const struct mle_param_group *group = find_element(model, name, &i, &k);
    if (!group) {
        snprintf(text, size, "'%.64s' is not a parameter of this model", name);
        return "unknown_parameter";
    }
    *j = mle_group_element(group, i, k);
    if (*j == SIZE_MAX) {
        *j = group->first;
        return value == 0 ? NULL
                          : fault(size, text, "not_diagonal", name,
                                  "is not 0, and the model's covariance is diagonal");
    }
    if (!mle_domain_contains(model->param[*j].domain, value)) {
        snprintf(text, size, "%.64s cannot be %s", name, mle_show(value, number));
        return "outside_domain";
    }
    if (isnan(theta[*j]))
        theta[*j] = value;
    else if (!is_matrix(group))
        return fault(size, text, "repeated_parameter", name, "is given twice");
    else if (theta[*j] != value) {
        bool same = group->shape == MLE_SPHERICAL;
        return fault(size, text, same ? "not_spherical" : "not_symmetric", name,
                     same ? "differs from the other variances, and the model has one"
                          : "differs from the element that mirrors it");
    }
    return NULL;
}

static enum mle_status not_whole(const struct mle_model *model, const struct mle_param_group *group,
                                 const char *pointer, const char *missing, struct mle_error *err)
{
    mle_fail(err, MLE_INVALID_MODEL, "%s of %s is given in part", group->name, model->kind->name);
    mle_fault_at(err, pointer, "incomplete", "%s is missing: give all of '%s' or nothing of it",
                 missing, group->name);
    return MLE_INVALID_MODEL;
}

static enum mle_status check_whole(const struct mle_model *model, const char *pointer,
                                   const double theta[], struct mle_error *err)
{
    bool complete = true;
    for (size_t g = 0; g < model->n_group; g++) {
        const struct mle_param_group *group = &model->group[g];
        size_t n = mle_group_size(group), given = 0, absent = 0;
        for (size_t j = group->first; j < group->first + n; j++) {
            given += !isnan(theta[j]);
            absent = isnan(theta[j]) ? j : absent;
        }
        complete = complete && given == n;
        if (given > 0 && given < n)
            return not_whole(model, group, pointer, model->param[absent].name, err);
    }
    const char *param, *why = NULL;
    if (complete && model->kind->refuse)
        why = model->kind->refuse(model, theta, &param);
    if (!why)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "%s: %s", param, why);
    mle_fault_at(err, pointer, "not_a_distribution", "%s", why);
    return MLE_INVALID_MODEL;
}

enum mle_status mle_model_read_given(const struct mle_model *model, size_t n,
                                     const struct mle_named_value given[], double theta[],
                                     struct mle_error *err)
{
    for (size_t j = 0; j < model->n_theta; j++)
        theta[j] = NAN;
    for (size_t i = 0; i < n; i++) {
        size_t j;
        char text[160];
        const char *code =
            mle_model_take(model, given[i].name, given[i].value, theta, &j, sizeof text, text);
        if (!code)
            continue;
        mle_fail(err, MLE_INVALID_MODEL, "%s", text);
        mle_fault_at(err, given[i].pointer, code, "%s", text);
        return MLE_INVALID_MODEL;
    }
    return n > 0 ? check_whole(model, given[0].pointer, theta, err) : MLE_OK;
}
