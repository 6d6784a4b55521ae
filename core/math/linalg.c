#include "core/math/linalg.h"

#include <float.h>
#include <math.h>
#include <string.h>

bool mle_cholesky(size_t n, double a[])
{
    for (size_t j = 0; j < n; j++) {
        double diagonal = a[j * n + j], pivot = diagonal;
        for (size_t k = 0; k < j; k++)
            pivot -= a[j * n + k] * a[j * n + k];
        if (!(pivot > (double)n * DBL_EPSILON * diagonal) || !isfinite(pivot))
            return false;
        double root = a[j * n + j] = sqrt(pivot);
        for (size_t i = j + 1; i < n; i++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = sum / root;
        }
    }
    return true;
}

void mle_cholesky_solve(size_t n, const double l[], double x[])
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= l[i * n + k] * x[k];
        x[i] /= l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            x[i] -= l[k * n + i] * x[k];
        x[i] /= l[i * n + i];
    }
}

void mle_cholesky_inverse(size_t n, double l[])
{
    /* L^-1 in the lower triangle, then L^-T L^-1 */
    for (size_t j = 0; j < n; j++) {
        l[j * n + j] = 1 / l[j * n + j];
        for (size_t i = j + 1; i < n; i++) {
            double sum = 0;
            for (size_t k = j; k < i; k++)
                sum -= l[i * n + k] * l[k * n + j];
            l[i * n + j] = sum / l[i * n + i];
        }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = i; k < n; k++)
                sum += l[k * n + i] * l[k * n + j];
            l[j * n + i] = sum; /* the upper triangle is free */
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            l[i * n + j] = l[j * n + i];
}

/* One rotation that makes a[p][q] zero. */
static void rotate(size_t n, double a[], size_t p, size_t q)
{
    double apq = a[p * n + q];
    double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
    double t = (theta < 0 ? -1 : 1) / (fabs(theta) + hypot(theta, 1));
    double c = 1 / hypot(t, 1), s = t * c;
    for (size_t k = 0; k < n; k++) {
        double kp = a[k * n + p], kq = a[k * n + q];
        a[k * n + p] = c * kp - s * kq;
        a[k * n + q] = s * kp + c * kq;
    }
    for (size_t k = 0; k < n; k++) {
        double pk = a[p * n + k], qk = a[q * n + k];
        a[p * n + k] = c * pk - s * qk;
        a[q * n + k] = s * pk + c * qk;
    }
}

static void sort_ascending(size_t n, double value[])
{
    for (size_t i = 1; i < n; i++) {
        double x = value[i];
        size_t j = i;
        for (; j > 0 && value[j - 1] > x; j--)
            value[j] = value[j - 1];
        value[j] = x;
    }
}

bool mle_symmetric_eigenvalues(size_t n, const double a[], struct mle_arena *scratch,
                               double value[])
{
    struct mle_arena_mark mark = mle_arena_mark(scratch);
    double *work = mle_arena_doubles(scratch, n * n);
    if (!work)
        return false;
    memcpy(work, a, n * n * sizeof *a);
    for (int sweep = 0; sweep < 60; sweep++) {
        bool diagonal = true;
        for (size_t p = 0; p < n; p++)
            for (size_t q = p + 1; q < n; q++) {
                double size = sqrt(fabs(work[p * n + p])) * sqrt(fabs(work[q * n + q]));
                if (fabs(work[p * n + q]) <= DBL_EPSILON * size)
                    continue;
                diagonal = false;
                rotate(n, work, p, q);
            }
        if (diagonal)
            break;
    }
    bool numbers = true;
    for (size_t i = 0; i < n; i++) {
        value[i] = work[i * n + i];
        numbers &= isfinite(value[i]);
    }
    mle_arena_rewind(scratch, mark);
    sort_ascending(n, value);
    return numbers;
}
