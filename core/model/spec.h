/* What a caller asks for: a model of the rows, in names. Plain data; the api's readers fill it, a
   model is bound from it (core/model/model.h). Members carry the names they have in a request, so
   that a fault's pointer ("/model/weights") names the same thing for both. */
#ifndef MLE_CORE_MODEL_SPEC_H
#define MLE_CORE_MODEL_SPEC_H

#include <stdbool.h>
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

/* A bound of the search, NaN: open. */
struct mle_bound {
    const char *name; /* of a scalar parameter */
    double lower, upper;
    const char *pointer;
};

/* One end of the truncation: a column, or one value for all rows; both absent (NULL, NaN): open. */
struct mle_cut {
    const char *column;
    double value;
};

/* How rows are observed that are not exact values. */
struct mle_censoring {
    const char *lower, *upper; /* columns with the ends of an interval, instead of a response */
    const char *event;         /* column: 1 observed, 0 censored */
    bool left;                 /* an event of 0 means Y <= y, else Y > y */
};

/* One factor of a term: a column, numeric or by levels, or an expression. */
struct mle_factor {
    const char *column;     /* its name; of an expression: what the coefficient is called */
    bool levels;            /* C(column): a number is a level too */
    const char *expression; /* over numeric columns (core/expr), NULL: the column itself */
    unsigned degree;        /* of orthogonal polynomials in the expression, 0: itself */
};

/* One term of a predictor: a product of factors (x1, x1:site). */
struct mle_term {
    size_t n;
    const struct mle_factor *factor;
};

/* The predictor of one parameter. */
struct mle_predictor {
    const char *param; /* NULL: the family's location */
    bool no_intercept;
    size_t n;
    const struct mle_term *term;
    const char *offset;  /* an expression over columns, NULL: none */
    const char *pointer; /* where it stands in the request */
};

struct mle_named_text {
    const char *name, *text, *pointer; /* name NULL: the location */
};

struct mle_column_levels {
    const char *column;
    size_t n;
    const char *const *level; /* the order asked for; the first is the base */
};

/* Orthogonal polynomials of a factor (core/model/polynomial.h). */
struct mle_polynomials {
    const char *name; /* of the factor, "poly(x,2)" */
    unsigned degree;
    const double *alpha, *beta; /* [degree], [degree + 1] */
};

/* A log density as the user writes it (core/expr/expr.h); bounds are infinite where open. */
struct mle_custom_param {
    const char *name;
    double lower, upper;
    double start; /* NaN: not given */
};

struct mle_custom_spec {
    const char *log_density; /* NULL: not given */
    size_t n_param;
    const struct mle_custom_param *param;
    double lower, upper; /* support of the response, both ends inside */
    bool discrete;       /* integers: the density is a probability */
    const char *member;  /* one of the request's that says so: "log_density", "support", ... */
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
    size_t n_bounds;
    const struct mle_bound *bounds;
    struct mle_censoring censoring;
    struct mle_cut truncate_lower, truncate_upper;
    double resolution;   /* width of the interval that a value stands for, NaN: values are exact */
    double threshold;    /* origin of a shifted family, NaN: not given */
    const char *formula; /* as it was given, NULL: predictors were listed */
    size_t n_basis;
    const struct mle_polynomials
        *basis; /* of earlier rows, to be used instead of those of these rows */
    size_t n_predictor;
    const struct mle_predictor *predictor;
    size_t n_link;
    const struct mle_named_text *link;
    bool no_response; /* rows to predict for: no column of the data is the response */
    const struct mle_custom_spec *custom; /* NULL: nothing of it is given */
};

/* Nothing asked for yet: family NULL, numbers NaN, frequency weights. */
extern const struct mle_model_spec mle_model_spec_default;

#endif
