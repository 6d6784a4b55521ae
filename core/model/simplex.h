/* Probabilities on the simplex and concentrations alpha = A m, m on the simplex, in coordinates
   without constraints: m = softmax(0, v_1, ..., v_k-1), A = e^u. Means and the sum of the
   concentrations are nearly uncorrelated, and when rows differ little (A large) the information on
   A is not lost beside that on m, as it is in log alpha. */
#ifndef MLE_CORE_MODEL_SIMPLEX_H
#define MLE_CORE_MODEL_SIMPLEX_H

#include "core/model/model.h"

/* SETS m[k] from v[k - 1], and back. */
void mle_softmax(size_t k, const double v[], double m[]);
void mle_softmax_inverse(size_t k, const double m[], double v[]);

/* A function of alpha whose Hessian is a diagonal plus a constant. */
struct mle_concentration {
    size_t k;
    double sum;           /* A */
    const double *m;      /* [k] alpha / A */
    const double *slope;  /* [k] df / d alpha_j */
    const double *bend;   /* [k] -alpha_j^2 times the diagonal of the Hessian */
    const double *excess; /* [k] bend less any multiple of alpha, as the caller knows it exactly */
    double pull;          /* sum m slope, which cancels when alpha is large */
    double curvature;     /* sum_jl alpha_j alpha_l d2f / d alpha_j d alpha_l */
};

/* SETS grad[k] and the full symmetric hess[k][k] in (u, v_1, ..., v_k-1). */
void mle_concentration_derivatives(const struct mle_concentration *c, double grad[], double hess[]);

/* SETS alpha[k] and, unless NULL, its jacobian[k][k] from (u, v). */
void mle_concentration_natural(size_t k, const double u[], double alpha[], double jacobian[]);
void mle_concentration_unconstrain(size_t k, const double alpha[], double u[]);

/* Fails unless the response has at least two columns. */
enum mle_status mle_simplex_columns(const struct mle_model *model, struct mle_error *err);

/* Binds a model whose only parameter is a vector of one scalar for each column of the response;
   reads fixed and start into model->fixed and model->start. */
enum mle_status mle_simplex_bind(struct mle_model *model, const char *name,
                                 struct mle_domain domain, const struct mle_work *work,
                                 struct mle_error *err);

/* The verdict when all parameters are given. */
void mle_settle_given(const struct mle_model *model, struct mle_existence *x);

#endif
