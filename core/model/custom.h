/* A custom log density bound to rows, shared by custom.c, custom_start.c and normalise.c. Others
   see a struct mle_model. */
#ifndef MLE_CORE_MODEL_CUSTOM_H
#define MLE_CORE_MODEL_CUSTOM_H

#include "core/expr/expr.h"
#include "core/model/model.h"

/* Node evaluations of one pass over all rows, derivatives included: more is refused. */
#define MLE_CUSTOM_MAX_WORK 2e10

struct mle_custom_self {
    const struct mle_expr *expr;
    const struct mle_custom_spec *spec;
    struct mle_view *column; /* [expr->n_column] the frame's rows */
    size_t response;         /* which of them is the response */
    double *given;           /* [n_theta] model->fixed: what is given or pinned */
    double *scale;         /* [n_theta] a parameter without bounds is scale times its u: the start's
                              size, so that no parameter is a thousand times another's length */
    struct mle_stop *stop; /* of the scan, for the search of a start */
    size_t sample;         /* rows that the search of a start looks at */
    double *sample_value;  /* [sample] scratch */
    double **sample_column; /* [expr->n_column][sample] */
};

/* Whether y lies in the support that the specification declares. */
bool mle_custom_inside(const struct mle_custom_spec *spec, double y);

/* Prepares mle_custom_start: copies an even sample of rows. */
enum mle_status mle_custom_sample(struct mle_model *model, const struct mle_work *work,
                                  struct mle_error *err);

/* Member start of struct mle_model_kind: what is given, the rest by a coarse search in u. */
void mle_custom_start(const struct mle_model *model, double u[]);

/* Member normalise. */
enum mle_status mle_custom_normalise(const struct mle_model *model, const struct mle_work *work,
                                     const double theta[], struct mle_normalisation *out,
                                     struct mle_error *err);

#endif
