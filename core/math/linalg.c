/* Cholesky factors and symmetric matrices. */
#include "core/math/linalg.h"

#include <float.h>
#include <lapack.h>
#include <math.h>
#include <string.h>

/* From here on LAPACK's blocking wins over the plain loops. */
enum { LAPACK_FROM = 48 };

/* Row by row (Cholesky-Banachiewicz): inner products of rows, which lie in a row in memory. */
static bool factor_small(size_t k, double a[], double tolerance, double *min_ratio)
{
    for (size_t i = 0; i < k; i++) {
        double *row = a + i * k, before = row[i];
        for (size_t j = 0; j < i; j++) {
            const double *other = a + j * k;
            double s = row[j];
            for (size_t m = 0; m < j; m++)
                s -= row[m] * other[m];
            row[j] = s / other[j];
        }
        double s = before;
        for (size_t m = 0; m < i; m++)
            s -= row[m] * row[m];
        double ratio = before > 0 ? s / before : -1;
        if (!(ratio >= *min_ratio))
            *min_ratio = ratio;
        if (!(ratio > tolerance) || !isfinite(s))
            return false;
        row[i] = sqrt(s);
    }
    return true;
}

/* Row-major lower is column-major upper: A = U'U with U = L'. */
static bool factor_large(size_t k, double a[], const double diagonal[], double tolerance,
                         double *min_ratio)
{
    lapack_int n = (lapack_int)k, info = 0;
    LAPACK_dpotrf("U", &n, a, &n, &info);
    size_t done = info > 0 ? (size_t)info - 1 : k;
    for (size_t i = 0; i < done; i++) {
        double pivot = a[i * k + i], ratio = pivot * pivot / diagonal[i];
        if (!(ratio >= *min_ratio))
            *min_ratio = ratio;
    }
    if (done < k)
        *min_ratio = fmin(*min_ratio, 0);
    return done == k && *min_ratio > tolerance;
}

bool mle_cholesky_pivots(size_t k, double a[], double tolerance, double *min_ratio)
{
    enum { MAX_STACK = 1024 };
    *min_ratio = 1;
    if (k < LAPACK_FROM || k > MAX_STACK)
        return factor_small(k, a, tolerance, min_ratio);
    double diagonal[MAX_STACK];
    for (size_t i = 0; i < k; i++) {
        diagonal[i] = a[i * k + i];
        for (size_t j = 0; j <= i; j++) {
            if (!isfinite(a[i * k + j]))
                return *min_ratio = -1, false;
        }
    }
    return factor_large(k, a, diagonal, tolerance, min_ratio);
}

bool mle_cholesky(size_t k, double a[])
{
    double min_ratio;
    return mle_cholesky_pivots(k, a, (double)k * DBL_EPSILON, &min_ratio);
}

void mle_cholesky_forward(size_t k, const double l[], double b[])
{
    for (size_t i = 0; i < k; i++) {
        const double *row = l + i * k;
        double s = b[i];
        for (size_t j = 0; j < i; j++)
            s -= row[j] * b[j];
        b[i] = s / row[i];
    }
}

void mle_cholesky_backward(size_t k, const double l[], double b[])
{
    for (size_t i = k; i-- > 0;) {
        const double *row = l + i * k;
        b[i] /= row[i];
        for (size_t j = 0; j < i; j++)
            b[j] -= row[j] * b[i];
    }
}

void mle_cholesky_solve(size_t k, const double l[], double b[])
{
    mle_cholesky_forward(k, l, b);
    mle_cholesky_backward(k, l, b);
}

void mle_cholesky_multiply(size_t k, const double l[], double b[])
{
    for (size_t i = k; i-- > 0;) {
        double s = 0;
        for (size_t j = 0; j <= i; j++)
            s += l[i * k + j] * b[j];
        b[i] = s;
    }
}

void mle_cholesky_inverse(size_t k, double l[])
{
    if (k >= LAPACK_FROM) {
        lapack_int n = (lapack_int)k, info = 0;
        LAPACK_dpotri("U", &n, l, &n, &info);
        mle_symmetric_fill(k, l);
        return;
    }
    for (size_t j = 0; j < k; j++) { /* L^-1, column by column from the left */
        l[j * k + j] = 1 / l[j * k + j];
        for (size_t i = j + 1; i < k; i++) {
            double s = 0;
            for (size_t m = j; m < i; m++)
                s -= l[i * k + m] * l[m * k + j];
            l[i * k + j] = s / l[i * k + i];
        }
    }
    for (size_t i = 0; i < k; i++) { /* L'^-1 L^-1: element (i, j) needs rows from i on only */
        for (size_t j = 0; j <= i; j++) {
            double s = 0;
            for (size_t m = i; m < k; m++)
                s += l[m * k + i] * l[m * k + j];
            l[i * k + j] = s;
        }
    }
    mle_symmetric_fill(k, l);
}

double mle_cholesky_log_det(size_t k, const double l[])
{
    double sum = 0;
    for (size_t i = 0; i < k; i++)
        sum += log(l[i * k + i]);
    return 2 * sum;
}

void mle_symmetric_multiply(size_t k, const double a[], const double x[], double y[])
{
    for (size_t i = 0; i < k; i++)
        y[i] = 0;
    for (size_t i = 0; i < k; i++) {
        const double *row = a + i * k;
        double s = row[i] * x[i];
        for (size_t j = 0; j < i; j++) {
            s += row[j] * x[j];
            y[j] += row[j] * x[i];
        }
        y[i] += s;
    }
}

double mle_symmetric_form(size_t k, const double a[], const double x[])
{
    double sum = 0;
    for (size_t i = 0; i < k; i++) {
        double s = 0;
        for (size_t j = 0; j < i; j++)
            s += a[i * k + j] * x[j];
        sum += x[i] * (2 * s + a[i * k + i] * x[i]);
    }
    return sum;
}

void mle_symmetric_fill(size_t k, double a[])
{
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < i; j++)
            a[j * k + i] = a[i * k + j];
    }
}
