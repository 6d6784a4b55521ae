/* What a caller asks for: a model of the rows, in names. Plain data; the api's readers fill it, a
   model is bound from it (core/model/model.h). Members carry the names they have in a request, so
   that a fault's pointer ("/model/weights") names the same thing for both. */
#ifndef MLE_CORE_MODEL_SPEC_H
#define MLE_CORE_MODEL_SPEC_H

#include <stddef.h>

enum mle_weight_type {
    MLE_FREQUENCY, /* a row of weight w counts as w equal rows */
    MLE_PRECISION, /* a row of weight w has a dispersion smaller by w */
};

/* Which matrices a covariance may be. */
enum mle_structure {
    MLE_STRUCTURE_NONE, /* not given: full, where there is one */
    MLE_STRUCTURE_FULL,
    MLE_STRUCTURE_DIAGONAL,
    MLE_STRUCTURE_SPHERICAL, /* a multiple of the identity */
};

enum mle_missing { MLE_MISSING_ERROR, MLE_MISSING_OMIT };

struct mle_named_value {
    const char *name; /* of a scalar parameter: "shape", "p[2]" */
    double value;
    const char *pointer; /* where it stands in the request: "/model/fixed/p/2" */
};

struct mle_column_levels {
    const char *column;
    size_t n;
    const char *const *level; /* the order asked for; the first is the base */
};

struct mle_model_spec {
    const char *family;
    size_t n_response; /* 0: the column "y", or the only column */
    const char *const *response;
    const char *weights; /* column, NULL: all one */
    enum mle_weight_type weight_type;
    const char *trials_column; /* NULL: trials holds for all rows */
    double trials;             /* NaN: not given */
    enum mle_structure covariance;
    size_t n_levels;
    const struct mle_column_levels *levels;
    size_t n_fixed;
    const struct mle_named_value *fixed;
    size_t n_start;
    const struct mle_named_value *start;
};

/* Nothing asked for yet: family NULL, trials NaN, frequency weights. */
extern const struct mle_model_spec mle_model_spec_default;

#endif
