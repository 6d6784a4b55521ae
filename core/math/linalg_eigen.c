/* Symmetric eigenvalues: Jacobi rotations for small matrices, dsyevr for large ones. */
#include "core/math/linalg.h"
#include "core/math/logs.h"

#include <float.h>
#include <lapack.h>
#include <math.h>
#include <string.h>

enum { JACOBI_UP_TO = 12, MAX_SWEEPS = 60 };

/* Rotates rows and columns p < q of the full matrix a, and rows p, q of the vectors. */
static void rotate(size_t k, double *a, double *v, size_t p, size_t q, double c, double s)
{
    for (size_t i = 0; i < k; i++) {
        double x = a[i * k + p], y = a[i * k + q];
        a[i * k + p] = c * x - s * y;
        a[i * k + q] = s * x + c * y;
    }
    for (size_t i = 0; i < k; i++) {
        double x = a[p * k + i], y = a[q * k + i];
        a[p * k + i] = c * x - s * y;
        a[q * k + i] = s * x + c * y;
        if (!v)
            continue;
        x = v[p * k + i];
        y = v[q * k + i];
        v[p * k + i] = c * x - s * y;
        v[q * k + i] = s * x + c * y;
    }
}

/* One sweep over all pairs; false when nothing was left to rotate. The test is relative to the two
   diagonal elements, which is what keeps small eigenvalues accurate. */
static bool sweep(size_t k, double *a, double *v)
{
    bool any = false;
    for (size_t p = 0; p + 1 < k; p++) {
        for (size_t q = p + 1; q < k; q++) {
            double apq = a[p * k + q], app = a[p * k + p], aqq = a[q * k + q];
            if (fabs(apq) <= 0.5 * DBL_EPSILON * sqrt(fabs(app)) * sqrt(fabs(aqq)) ||
                fabs(apq) < DBL_MIN)
                continue;
            any = true;
            double theta = (aqq - app) / (2 * apq);
            double t = 1 / (fabs(theta) + hypot(1, theta));
            t = theta < 0 ? -t : t;
            double c = 1 / sqrt(1 + t * t);
            rotate(k, a, v, p, q, c, t * c);
            a[p * k + q] = a[q * k + p] = 0;
            a[p * k + p] = app - t * apq;
            a[q * k + q] = aqq + t * apq;
        }
    }
    return any;
}

static void swap_rows(size_t k, double *v, size_t i, size_t j)
{
    for (size_t m = 0; m < k; m++) {
        double x = v[i * k + m];
        v[i * k + m] = v[j * k + m];
        v[j * k + m] = x;
    }
}

static void jacobi(size_t k, double *a, double *values, double *v)
{
    mle_symmetric_fill(k, a);
    for (size_t i = 0; v && i < k * k; i++)
        v[i] = i % (k + 1) == 0 ? 1 : 0;
    for (int i = 0; i < MAX_SWEEPS && sweep(k, a, v); i++)
        ;
    for (size_t i = 0; i < k; i++)
        values[i] = a[i * k + i];
    for (size_t i = 0; i < k; i++) {
        size_t least = i;
        for (size_t j = i + 1; j < k; j++)
            least = values[j] < values[least] ? j : least;
        if (least == i)
            continue;
        double x = values[i];
        values[i] = values[least];
        values[least] = x;
        if (v)
            swap_rows(k, v, i, least);
    }
}

static enum mle_status no_memory(const struct mle_arena *arena, struct mle_error *err)
{
    return mle_fail(err, arena->limited ? MLE_MEMORY_LIMIT : MLE_NO_MEMORY,
                    "no memory for the workspace of a matrix factorisation");
}

static enum mle_status with_lapack(size_t k, double *a, double *values, double *vectors,
                                   struct mle_arena *arena, struct mle_error *err)
{
    lapack_int n = (lapack_int)k, found = 0, info = 0, index = 0;
    double none = 0;
    /* the documented minimum is 26 n and 10 n; a little more lets it block */
    lapack_int lwork = 32 * n, liwork = 10 * n;
    double *work = mle_arena_doubles(arena, (size_t)lwork);
    double *z = vectors ? vectors : mle_arena_doubles(arena, 1);
    lapack_int *iwork = mle_arena_zeros(arena, (size_t)liwork, sizeof *iwork);
    lapack_int *support = mle_arena_zeros(arena, 2 * k, sizeof *support);
    if (!work || !z || !iwork || !support)
        return no_memory(arena, err);
    /* column-major eigenvectors are rows of a row-major matrix */
    LAPACK_dsyevr(vectors ? "V" : "N", "A", "U", &n, a, &n, &none, &none, &index, &index, &none,
                  &found, values, z, &n, support, work, &lwork, iwork, &liwork, &info);
    if (info != 0)
        return mle_fail(err, MLE_INTERNAL, "the eigenvalue iteration did not converge");
    return MLE_OK;
}

enum mle_status mle_eigen(size_t k, double a[], double values[], double vectors[],
                          struct mle_arena *arena, struct mle_error *err)
{
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j <= i; j++) {
            if (!isfinite(a[i * k + j]))
                return mle_fail(err, MLE_INVALID_DATA, "a matrix has an element that is no number");
        }
    }
    if (k <= JACOBI_UP_TO) {
        jacobi(k, a, values, vectors);
        return MLE_OK;
    }
    struct mle_arena_mark mark = mle_arena_mark(arena);
    enum mle_status status = with_lapack(k, a, values, vectors, arena, err);
    mle_arena_rewind(arena, mark);
    return status;
}

bool mle_symmetric_eigenvalues(size_t k, const double a[], struct mle_arena *scratch,
                               double value[])
{
    struct mle_arena_mark mark = mle_arena_mark(scratch);
    double *copy = k > 0 ? mle_arena_doubles(scratch, k * k) : NULL;
    bool done = k == 0;
    if (copy) {
        memcpy(copy, a, k * k * sizeof *a);
        done = mle_eigen(k, copy, value, NULL, scratch, NULL) == MLE_OK;
    }
    mle_arena_rewind(scratch, mark);
    return done;
}

double mle_condition_of(size_t k, const double values[])
{
    double least = MLE_INFINITY, most = 0;
    for (size_t i = 0; i < k; i++) {
        double size = fabs(values[i]);
        if (isnan(size))
            return size;
        least = size < least ? size : least;
        most = size > most ? size : most;
    }
    if (k == 0)
        return 1;
    return least > 0 ? most / least : MLE_INFINITY;
}
