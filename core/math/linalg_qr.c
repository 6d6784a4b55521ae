/* QR with column pivoting: rank, least squares, and the directions that data do not determine. */
#include "core/math/linalg.h"

#include <lapack.h>
#include <math.h>
#include <string.h>

static const double DEFAULT_TOLERANCE = 1e-11;

static double norm(size_t n, const double x[])
{
    double largest = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        largest = fabs(x[i]) > largest ? fabs(x[i]) : largest;
    if (largest == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] / largest * (x[i] / largest);
    return largest * sqrt(sum);
}

/* Copies the columns, scaled to norm 1 (a zero column stays). False if a value is not finite. */
static bool copy_scaled(const struct mle_qr *qr, const double x[])
{
    for (size_t j = 0; j < qr->p; j++) {
        double size = norm(qr->n, x + j * qr->n);
        if (!isfinite(size))
            return false;
        qr->scale[j] = size > 0 ? size : 1;
        for (size_t i = 0; i < qr->n; i++) {
            double v = x[j * qr->n + i];
            if (isnan(v))
                return false;
            qr->qr[j * qr->n + i] = v / qr->scale[j];
        }
    }
    return true;
}

static enum mle_status no_memory(const struct mle_arena *arena, struct mle_error *err)
{
    return mle_fail(err, arena->limited ? MLE_MEMORY_LIMIT : MLE_NO_MEMORY,
                    "no memory for the QR factorisation of a design of this size");
}

static size_t rank_of(const struct mle_qr *qr, double tolerance)
{
    size_t most = qr->n < qr->p ? qr->n : qr->p, rank = 0;
    double limit = (tolerance > 0 ? tolerance : DEFAULT_TOLERANCE) * (most ? fabs(qr->qr[0]) : 0);
    while (rank < most && fabs(qr->qr[rank * qr->n + rank]) > limit)
        rank++;
    return rank;
}

enum mle_status mle_qr_factor(size_t n, size_t p, const double x[], double tolerance,
                              struct mle_arena *arena, struct mle_qr *qr, struct mle_error *err)
{
    size_t count;
    if (__builtin_mul_overflow(n, p, &count) || n > INT32_MAX || p > INT32_MAX / 64)
        return mle_fail(err, MLE_MEMORY_LIMIT, "the design is too large for a QR factorisation");
    size_t least = n < p ? n : p;
    *qr = (struct mle_qr){ .n = n,
                           .p = p,
                           .qr = mle_arena_doubles(arena, count),
                           .tau = mle_arena_doubles(arena, least),
                           .pivot = mle_arena_zeros(arena, p, sizeof *qr->pivot),
                           .scale = mle_arena_doubles(arena, p) };
    if (!qr->qr || !qr->tau || !qr->pivot || !qr->scale)
        return no_memory(arena, err);
    if (!copy_scaled(qr, x))
        return mle_fail(err, MLE_INVALID_DATA, "a design has an element that is no number");
    if (least == 0)
        return MLE_OK;
    struct mle_arena_mark mark = mle_arena_mark(arena);
    lapack_int rows = (lapack_int)n, columns = (lapack_int)p, info = 0;
    lapack_int lwork = 2 * columns + (columns + 1) * 32;
    double *work = mle_arena_doubles(arena, (size_t)lwork);
    if (!work)
        return no_memory(arena, err);
    LAPACK_dgeqp3(&rows, &columns, qr->qr, &rows, qr->pivot, qr->tau, work, &lwork, &info);
    mle_arena_rewind(arena, mark);
    for (size_t j = 0; j < p; j++)
        qr->pivot[j]--; /* Fortran counts from 1 */
    qr->rank = rank_of(qr, tolerance);
    return MLE_OK;
}

/* work := Q' work, one reflector after the other. */
static void apply_qt(const struct mle_qr *qr, double work[])
{
    size_t least = qr->n < qr->p ? qr->n : qr->p;
    for (size_t j = 0; j < least; j++) {
        const double *v = qr->qr + j * qr->n; /* v[j] is 1 and not stored */
        double s = work[j];
        for (size_t i = j + 1; i < qr->n; i++)
            s += v[i] * work[i];
        s *= qr->tau[j];
        work[j] -= s;
        for (size_t i = j + 1; i < qr->n; i++)
            work[i] -= s * v[i];
    }
}

/* b := R11^-1 b on the columns that count. */
static void back_substitute(const struct mle_qr *qr, double b[])
{
    for (size_t j = qr->rank; j-- > 0;) {
        const double *column = qr->qr + j * qr->n;
        b[j] /= column[j];
        for (size_t i = 0; i < j; i++)
            b[i] -= column[i] * b[j];
    }
}

void mle_qr_solve(const struct mle_qr *qr, const double y[], double work[], double beta[],
                  double *residual_ss)
{
    memcpy(work, y, qr->n * sizeof *work);
    apply_qt(qr, work);
    double size = norm(qr->n - qr->rank, work + qr->rank);
    if (residual_ss)
        *residual_ss = size * size;
    back_substitute(qr, work);
    for (size_t j = 0; j < qr->p; j++) {
        size_t column = (size_t)qr->pivot[j];
        beta[column] = j < qr->rank ? work[j] / qr->scale[column] : 0;
    }
}

void mle_qr_null(const struct mle_qr *qr, size_t j, double direction[])
{
    size_t dropped = qr->rank + j, own = (size_t)qr->pivot[dropped];
    const double *column = qr->qr + dropped * qr->n;
    /* direction is used in the order of the factorisation first: solve R11 d = -R12 column */
    double unit = qr->scale[own];
    for (size_t i = 0; i < qr->p; i++)
        direction[i] = 0;
    for (size_t i = qr->rank; i-- > 0;) {
        double s = -column[i];
        for (size_t m = i + 1; m < qr->rank; m++) {
            size_t at = (size_t)qr->pivot[m];
            s -= qr->qr[m * qr->n + i] * direction[at] * qr->scale[at] / unit;
        }
        size_t to = (size_t)qr->pivot[i];
        direction[to] = s / qr->qr[i * qr->n + i] / qr->scale[to] * unit;
    }
    direction[own] = 1;
}

void mle_qr_gram_inverse(const struct mle_qr *qr, double work[], double inverse[])
{
    size_t p = qr->p, rank = qr->rank;
    memset(work, 0, p * p * sizeof *work);
    memset(inverse, 0, p * p * sizeof *inverse);
    for (size_t c = 0; c < rank; c++) { /* column c of R11^-1 in row c of work */
        work[c * p + c] = 1;
        back_substitute(qr, work + c * p);
    }
    for (size_t i = 0; i < rank; i++) {
        for (size_t j = 0; j <= i; j++) {
            double s = 0;
            for (size_t c = i; c < rank; c++)
                s += work[c * p + i] * work[c * p + j];
            size_t row = (size_t)qr->pivot[i], column = (size_t)qr->pivot[j];
            s /= qr->scale[row] * qr->scale[column];
            inverse[row * p + column] = inverse[column * p + row] = s;
        }
    }
}
