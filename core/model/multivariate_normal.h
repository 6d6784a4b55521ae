/* Inside of the multivariate normal model: what its files share. */
#ifndef MLE_CORE_MODEL_MULTIVARIATE_NORMAL_H
#define MLE_CORE_MODEL_MULTIVARIATE_NORMAL_H

#include "core/model/cross_moments.h"
#include "core/model/gaussian.h"
#include "core/model/model.h"

/* A covariance as L L'. Columns are measured in units, powers of two. */
struct mle_mvn_factor {
    double *unit;        /* [d] */
    struct mle_twice *l; /* [d][d] of the matrix in units; full matrices only */
    double *deviation;   /* [d] standard deviations; diagonal matrices only */
    double log_det;      /* of the matrix in the user's units */
    double min_ratio;    /* smallest pivot over its diagonal element */
};

struct mle_mvn {
    size_t d;
    enum mle_structure structure;
    struct mle_param_group group[2];
    double *given; /* [n_theta] NaN where nothing is fixed */
    bool mean_fixed, covariance_fixed;
    struct mle_cross_moments moments;
    struct mle_mvn_factor factor;  /* of the covariance to report; after scan */
    struct mle_mvn_factor scratch; /* for points that are asked about */
    double trace;                  /* of factor's inverse times the second moments */
    size_t n_null;                 /* directions in which the rows do not vary */
    double *null;                  /* [n_null][d] */
    const char **part_name;        /* [d] */
};

enum mle_status mle_mvn_factor_alloc(const struct mle_mvn *self, const struct mle_work *work,
                                     struct mle_mvn_factor *factor, struct mle_error *err);

/* SETS factor to the covariance in theta's elements; false if it is not positive definite. */
bool mle_mvn_factor_set(const struct mle_mvn *self, const double covariance[],
                        struct mle_mvn_factor *factor);

/* Gathers the moments, their factor or the null directions: kind->scan. */
enum mle_status mle_mvn_scan(struct mle_model *model, const struct mle_work *work,
                             struct mle_error *err);

/* kind->evaluate */
enum mle_status mle_mvn_evaluate(const struct mle_model *model, const struct mle_work *work,
                                 const double theta[], double ll[], double *sum, double score[],
                                 double hess[], struct mle_error *err);

#endif
