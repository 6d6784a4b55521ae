/* Small dense symmetric matrices, row-major and full. For the few parameters of a fit a plain loop
   beats a library call; eigenvalues come from Jacobi rotations, which are exact for what is small
   and well scaled. */
#ifndef MLE_CORE_MATH_LINALG_H
#define MLE_CORE_MATH_LINALG_H

#include "core/base/arena.h"

/* Replaces the lower triangle of a[n][n] by L with L L' = a. False, and a undefined, unless a is
   positive definite beyond rounding (each pivot more than n eps of its diagonal). */
bool mle_cholesky(size_t n, double a[]);

/* Replaces x[n] by the solution of L L' x = b. */
void mle_cholesky_solve(size_t n, const double l[], double x[]);

/* Replaces L by the full symmetric inverse of L L'. */
void mle_cholesky_inverse(size_t n, double l[]);

/* SETS value[n] to the eigenvalues of the symmetric a[n][n], ascending. Scratch is given back.
   False when memory is short or a has NaN. Ref: Golub & Van Loan (2013) 8.5. */
bool mle_symmetric_eigenvalues(size_t n, const double a[], struct mle_arena *scratch,
                               double value[]);

#endif
