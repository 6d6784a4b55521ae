/* Derivatives of the Gaussian log-likelihood of weighted rows x in the mean and the elements of the
   covariance A, from sums alone:

       l = -W/2 log det(2 pi A) - 1/2 sum w (x - mu)' A^-1 (x - mu)

   Formulas: Magnus & Neudecker (1988), Matrix differential calculus, 15.3. */
#ifndef MLE_CORE_MODEL_GAUSSIAN_H
#define MLE_CORE_MODEL_GAUSSIAN_H

#include "core/model/spec.h"

#include <stdbool.h>

/* Matrices are [d][d] when full, else their diagonals [d]. With T = sum w (x - mu)(x - mu)'. */
struct mle_gaussian {
    size_t d;
    enum mle_structure structure; /* not NONE */
    double weight;                /* W */
    const double *inverse;        /* B = A^-1 */
    const double *spread;         /* G = B T B */
    const double *excess;         /* W B - G, which cancels if formed from them */
    const double *pull;           /* [d] B sum w (x - mu) */
};

/* Elements of the covariance: those of the lower triangle, of the diagonal, or one. */
size_t mle_gaussian_elements(size_t d, enum mle_structure structure);

/* SETS grad[n] and the full symmetric hess[n][n], n = d if mean, plus the elements if covariance.
   Each NULL: not wanted. */
void mle_gaussian_derivatives(const struct mle_gaussian *g, bool mean, bool covariance,
                              double grad[], double hess[]);

#endif
