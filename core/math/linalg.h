/* Small dense linear algebra.

   A symmetric matrix is k x k, full, row-major; only its lower triangle a[i*k + j], j <= i, is
   read. A Cholesky factor L is written over the lower triangle and the upper one is left alone.
   Small sizes are done by hand (a 2 x 2 system takes some tens of nanoseconds), large ones by
   LAPACK. NaN in gives a failed factorisation, never a wrong answer. Any thread, provided that
   OpenBLAS was told to use one thread (openblas_set_num_threads(1), first thing in main). */
#ifndef MLE_CORE_MATH_LINALG_H
#define MLE_CORE_MATH_LINALG_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* --- Cholesky ------------------------------------------------------------------------------------
 */

/* A = L L'. False, and a spoilt, if A is not positive definite to working precision: each pivot has
   to be above k eps of its diagonal element. */
bool mle_cholesky(size_t k, double a[]);

/* The same with another tolerance. *min_ratio is the smallest pivot over its diagonal element, 1
   minus the squared multiple correlation of the worst column; it is set on failure too. */
bool mle_cholesky_pivots(size_t k, double a[], double tolerance, double *min_ratio);

/* b := A^-1 b, b := L^-1 b, b := L b and b := L' b; L from mle_cholesky. */
void mle_cholesky_solve(size_t k, const double l[], double b[]);
void mle_cholesky_forward(size_t k, const double l[], double b[]);
void mle_cholesky_backward(size_t k, const double l[], double b[]); /* b := L'^-1 b */
void mle_cholesky_multiply(size_t k, const double l[], double b[]); /* b := L b */

/* Replaces L by A^-1, both triangles. */
void mle_cholesky_inverse(size_t k, double l[]);

double mle_cholesky_log_det(size_t k, const double l[]); /* of A = L L' */

/* --- symmetric matrices --------------------------------------------------------------------------
 */

/* y = A x */
void mle_symmetric_multiply(size_t k, const double a[], const double x[], double y[]);

/* x' A x */
double mle_symmetric_form(size_t k, const double a[], const double x[]);

/* Writes the lower triangle onto the upper one. */
void mle_symmetric_fill(size_t k, double a[]);

/* Eigenvalues, ascending, and orthonormal eigenvectors in the rows of vectors[k*k] (NULL: values
   only). a is spoilt. By Jacobi rotations up to k = 12, which finds small eigenvalues of scaled
   matrices to full relative accuracy (Demmel & Veselic 1992), by dsyevr above. The arena gives
   workspace for dsyevr and has it back on return. Fails with MLE_INVALID_DATA for a matrix that is
   not finite, and for want of memory. */
enum mle_status mle_eigen(size_t k, double a[], double values[], double vectors[],
                          struct mle_arena *arena, struct mle_error *err);

/* SETS value[k] to the eigenvalues of a[k*k], which is kept. False when memory is short or a is not
   finite. */
bool mle_symmetric_eigenvalues(size_t k, const double a[], struct mle_arena *scratch,
                               double value[]);

/* Ratio of the largest to the smallest absolute eigenvalue; +inf if that is 0. */
double mle_condition_of(size_t k, const double values[]);

/* --- QR with column pivoting ---------------------------------------------------------------------
 */

/* X P = Q R of a column-major n x p matrix. Everything is the arena's. */
struct mle_qr {
    size_t n, p, rank;
    double *qr;    /* [n*p] column-major: R above and on the diagonal, reflectors below (dgeqp3) */
    double *tau;   /* [min(n,p)] */
    int *pivot;    /* [p] column pivot[j] of X is column j of the factorisation */
    double *scale; /* [p] the norms by which the columns were divided before */
};

/* Copies x (columns scaled to norm 1, so that rank does not depend on units) and factors it. A
   diagonal element of R counts for the rank when it is above tolerance (0: 1e-11) times the first.
 */
enum mle_status mle_qr_factor(size_t n, size_t p, const double x[], double tolerance,
                              struct mle_arena *arena, struct mle_qr *qr, struct mle_error *err);

/* Least squares: beta[p] minimises |y - X beta|; dropped columns get 0. residual_ss (NULL: not
   wanted) is the sum of squares left. work[n] is overwritten with Q'y. */
void mle_qr_solve(const struct mle_qr *qr, const double y[], double work[], double beta[],
                  double *residual_ss);

/* The j-th direction (0 <= j < p - rank) that X maps to 0: what makes an answer non-unique. The
   element of the dropped column is 1. */
void mle_qr_null(const struct mle_qr *qr, size_t j, double direction[]);

/* inverse[p*p] of X'X on the columns that were kept, 0 in the rows and columns of the others.
   work[p*p] is overwritten. */
void mle_qr_gram_inverse(const struct mle_qr *qr, double work[], double inverse[]);

#endif
