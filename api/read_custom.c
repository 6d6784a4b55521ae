/* The members of a model that only a custom density has. */
#include "api/read_model.h"

#include <math.h>

struct support_text {
    double lower, upper;
};

struct param_text {
    double lower, upper, start;
};

/* {"lower": 0, "upper": null}: null is open. */
static enum mle_status read_support(const json_t *value, const struct mle_path *path,
                                    struct mle_arena *arena, struct mle_custom_spec *custom,
                                    struct mle_error *err)
{
    static const struct mle_field fields[] = {
        { "lower", MLE_FIELD_NUMBER, offsetof(struct support_text, lower), .nullable = true },
        { "upper", MLE_FIELD_NUMBER, offsetof(struct support_text, upper), .nullable = true },
    };
    static const struct mle_field_table table =
        MLE_FIELD_TABLE("support", MLE_PROBLEM_INVALID_MODEL, fields);
    struct support_text text = { -INFINITY, INFINITY };
    MLE_TRY(mle_read_object(&table, value, path, arena, &text, err));
    custom->lower = text.lower;
    custom->upper = text.upper;
    return MLE_OK;
}

/* {"rate": {"lower": 0, "upper": null, "start": 1}} */
static enum mle_status read_params(const json_t *value, const struct mle_path *path,
                                   struct mle_arena *arena, struct mle_custom_spec *custom,
                                   struct mle_error *err)
{
    static const struct mle_field fields[] = {
        { "lower", MLE_FIELD_NUMBER, offsetof(struct param_text, lower), .nullable = true },
        { "upper", MLE_FIELD_NUMBER, offsetof(struct param_text, upper), .nullable = true },
        { "start", MLE_FIELD_NUMBER, offsetof(struct param_text, start), .nullable = true },
    };
    static const struct mle_field_table table =
        MLE_FIELD_TABLE("parameters", MLE_PROBLEM_INVALID_MODEL, fields);
    if (!json_is_object(value)) {
        mle_faults_begin(err);
        mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, path, "type",
                       "expected {\"name\": {\"lower\": .., \"upper\": .., \"start\": ..}}");
        return mle_faults_end(err);
    }
    struct mle_custom_param *list =
        mle_arena_alloc(arena, (json_object_size(value) + 1) * sizeof *list);
    if (!list)
        return mle_arena_fail(arena, err);
    const char *name;
    json_t *bounds;
    json_object_foreach((json_t *)value, name, bounds)
    {
        struct param_text text = { -INFINITY, INFINITY, NAN };
        MLE_TRY(mle_read_object(&table, bounds, MLE_PATH(path, name), arena, &text, err));
        list[custom->n_param++] =
            (struct mle_custom_param){ name, text.lower, text.upper, text.start };
    }
    custom->param = list;
    return MLE_OK;
}

enum mle_status mle_read_custom(const struct mle_custom_text *text, const struct mle_path *path,
                                struct mle_arena *arena, struct mle_model_spec *spec,
                                struct mle_error *err)
{
    const char *member = text->log_density  ? "log_density"
                         : text->parameters ? "parameters"
                         : text->support    ? "support"
                         : text->discrete   ? "discrete"
                                            : NULL;
    if (!member)
        return MLE_OK;
    struct mle_custom_spec *custom = mle_arena_zeros(arena, 1, sizeof *custom);
    if (!custom)
        return mle_arena_fail(arena, err);
    custom->member = member;
    custom->log_density = text->log_density;
    custom->discrete = text->discrete;
    custom->lower = -(double)INFINITY;
    custom->upper = INFINITY;
    if (text->parameters)
        MLE_TRY(read_params(text->parameters, MLE_PATH(path, "parameters"), arena, custom, err));
    if (text->support)
        MLE_TRY(read_support(text->support, MLE_PATH(path, "support"), arena, custom, err));
    spec->custom = custom;
    return MLE_OK;
}
