/* Orthogonal polynomials over rows, as R's poly(): p_1 .. p_degree are orthonormal over the rows
   and orthogonal to the constant, their leading coefficients positive.

       p_0 = 1 / beta[0]
       beta[k+1] p_{k+1} = (x - alpha[k]) p_k - beta[k] p_{k-1}      (p_{-1} = 0)

   This is R's recurrence (alpha the same, beta[k]^2 = norm2[k+2] / norm2[k+1] in R's counting) in
   numbers that have the unit of x at every degree, so that nothing overflows. Source: Forsythe,
   J. SIAM 5 (1957) 74-88. */
#ifndef MLE_CORE_MODEL_POLYNOMIAL_H
#define MLE_CORE_MODEL_POLYNOMIAL_H

#include <stdbool.h>
#include <stddef.h>

enum { MLE_POLYNOMIAL_MAX = 20 };

/* SETS alpha[degree] and beta[degree + 1] from x[n] with weights w (NULL: all one), which count as
   equal rows; scratch[3 * n]. False if x has no more than degree distinct values. x is finite,
   1 <= degree <= MLE_POLYNOMIAL_MAX. */
bool mle_polynomial_learn(size_t n, const double x[], const double w[], unsigned degree,
                          double alpha[], double beta[], double scratch[]);

/* SETS p[k][i] to p_{k+1}(x[i]), k < degree. */
void mle_polynomial_values(size_t n, const double x[], unsigned degree, const double alpha[],
                           const double beta[], double *const p[]);

#endif
