/* Parts of the reader of models (api/read_model.c). */
#ifndef MLE_API_READ_MODEL_H
#define MLE_API_READ_MODEL_H

#include "api/read.h"
#include "core/model/model.h"

/* What a model says of its predictors. */
struct mle_predictor_text {
    const json_t *predictors, *link; /* NULL: absent */
    const json_t *basis;
    const char *offset, *formula;
    bool intercept;
};

/* Fills predictor and link of spec, whose family is read. */
enum mle_status mle_read_predictors(const struct mle_predictor_text *text, struct mle_arena *arena,
                                    struct mle_model_spec *spec, struct mle_error *err);

/* What a model says of a density of its own. */
struct mle_custom_text {
    const char *log_density; /* NULL: absent */
    const json_t *parameters, *support;
    bool discrete;
};

/* Fills custom of spec, unless nothing of it is given. */
enum mle_status mle_read_custom(const struct mle_custom_text *text, const struct mle_path *path,
                                struct mle_arena *arena, struct mle_model_spec *spec,
                                struct mle_error *err);

#endif
