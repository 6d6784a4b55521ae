#include "core/math/twice.h"

struct mle_twice mle_twice_cholesky_row(size_t k, struct mle_twice a[], size_t i, const bool skip[])
{
    struct mle_twice *row = a + i * k, pivot = row[i];
    for (size_t j = 0; j < i; j++) {
        const struct mle_twice *other = a + j * k;
        if (skip && skip[j]) {
            row[j] = (struct mle_twice){ 0, 0 };
            continue;
        }
        struct mle_twice s = row[j];
        for (size_t m = 0; m < j; m++)
            s = mle_twice_subtract(s, mle_twice_multiply(row[m], other[m]));
        row[j] = mle_twice_divide(s, other[j]);
        pivot = mle_twice_subtract(pivot, mle_twice_multiply(row[j], row[j]));
    }
    return pivot;
}

bool mle_twice_cholesky(size_t k, struct mle_twice a[], double *min_ratio)
{
    *min_ratio = 1;
    for (size_t i = 0; i < k; i++) {
        double before = a[i * k + i].high;
        struct mle_twice pivot = mle_twice_cholesky_row(k, a, i, NULL);
        double ratio = before > 0 ? pivot.high / before : -1;
        if (!(ratio >= *min_ratio))
            *min_ratio = ratio;
        if (!(ratio > 0) || !isfinite(pivot.high))
            return false;
        a[i * k + i] = mle_twice_sqrt(pivot);
    }
    return true;
}

void mle_twice_forward(size_t k, const struct mle_twice l[], struct mle_twice b[])
{
    for (size_t i = 0; i < k; i++) {
        struct mle_twice s = b[i];
        for (size_t m = 0; m < i; m++)
            s = mle_twice_subtract(s, mle_twice_multiply(l[i * k + m], b[m]));
        b[i] = mle_twice_divide(s, l[i * k + i]);
    }
}

void mle_twice_backward(size_t k, const struct mle_twice l[], size_t i, const bool skip[],
                        struct mle_twice b[])
{
    while (i-- > 0) {
        if (skip && skip[i]) {
            b[i] = (struct mle_twice){ 0, 0 };
            continue;
        }
        b[i] = mle_twice_divide(b[i], l[i * k + i]);
        for (size_t m = 0; m < i; m++)
            b[m] = mle_twice_subtract(b[m], mle_twice_multiply(l[i * k + m], b[i]));
    }
}

void mle_twice_inverse(size_t k, const struct mle_twice l[], struct mle_twice work[],
                       double inverse[])
{
    for (size_t j = 0; j < k; j++) {
        for (size_t i = 0; i < k; i++)
            work[i] = (struct mle_twice){ i == j, 0 };
        mle_twice_forward(k, l, work);
        for (size_t i = 0; i < k; i++)
            inverse[i * k + j] = work[i].high;
    }
}
