/* From a model at a point to what it says of rows, whose response need not be known: the mean, the
   variance and quantiles of Y itself (whatever censoring or truncation let be seen of it),
   densities at given values, probabilities of levels, draws. */
#ifndef MLE_CORE_FIT_PREDICT_H
#define MLE_CORE_FIT_PREDICT_H

#include "core/model/model.h"

/* X(NAME, "word of the API"), in the order of the document. */
#define MLE_WANT_MAP(X)                                                                            \
    X(MEAN, "mean")                                                                                \
    X(VARIANCE, "variance")                                                                        \
    X(QUANTILE, "quantile")                                                                        \
    X(DENSITY, "density")                                                                          \
    X(LOG_DENSITY, "log_density")                                                                  \
    X(CDF, "cdf")                                                                                  \
    X(CLASS_PROBABILITIES, "class_probabilities")                                                  \
    X(SAMPLE, "sample")

enum mle_want {
#define MLE_WANT_ENUM(name, word) MLE_WANT_##name,
    MLE_WANT_MAP(MLE_WANT_ENUM)
#undef MLE_WANT_ENUM
        MLE_WANTS
};

/* Those that need the values of the response. */
enum {
    MLE_WANTS_RESPONSE = 1u << MLE_WANT_DENSITY | 1u << MLE_WANT_LOG_DENSITY | 1u << MLE_WANT_CDF,
};

struct mle_predict_options {
    unsigned want; /* bits 1 << MLE_WANT_* */
    size_t n_probability;
    const double *probability; /* [n_probability], in [0, 1] */
    size_t size;               /* draws for each row */
    uint64_t seed;
};

/* In work->arena; NULL what is not wanted. NaN where a number does not exist (the mean of a Cauchy
   law), infinities are values. n rows of the frame. */
struct mle_prediction {
    double *mean, *variance, *log_density, *cdf; /* [n] */
    double *quantile;                            /* [n_probability][n] */
    double *probability;                         /* [n][n_level] */
    double *sample;                              /* [n][size]; of levels: their index */
    size_t n_level;                              /* of levels that bernoulli has, too */
};

/* Why the model does not have it, NULL: it does. */
const char *mle_predict_refuse(const struct mle_model *model, enum mle_want want);

/* Fills out for the rows of the frame. Draw k of a row is a function of the seed, the row's place
   in the data and k alone (core/base/rng.h): neither the other rows nor threads change it. Errors:
   memory, MLE_CANCELLED, MLE_DEADLINE. */
enum mle_status mle_predict(const struct mle_model *model, const double theta[],
                            const struct mle_predict_options *options, const struct mle_work *work,
                            struct mle_prediction *out, struct mle_error *err);

/* SETS *variance of the family at theta: its formula (core/fit/variance.c), or the expectation of
   the squared distance from the mean. +inf where it is infinite, NaN where there is none (no mean,
   angles) or where it does not come to rest. */
enum mle_status mle_variance(const struct mle_family *family, const double theta[], double trials,
                             struct mle_stop *stop, double *variance, struct mle_error *err);

/* Whether mle_variance has a formula for the family: some nanoseconds instead of a millisecond. */
bool mle_variance_is_known(const struct mle_family *family);

#endif
