#include "core/model/polynomial.h"

#include <math.h>

/* Whether x takes more than degree values. */
static bool enough_values(size_t n, const double x[], unsigned degree)
{
    double seen[MLE_POLYNOMIAL_MAX + 1];
    unsigned k = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned j = 0;
        while (j < k && seen[j] != x[i])
            j++;
        if (j < k)
            continue;
        if (k == degree)
            return true;
        seen[k++] = x[i];
    }
    return false;
}

static double weight(const double w[], size_t i)
{
    return w ? w[i] : 1;
}

/* Mean and a scale of x, for working numbers near 1. */
static void standard(size_t n, const double x[], const double w[], double *mean, double *scale)
{
    double total = 0, low = x[0], high = x[0];
    for (size_t i = 0; i < n; i++) {
        total += weight(w, i);
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    double from = low / 2 + high / 2, sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += weight(w, i) * (x[i] - from);
    *mean = from + sum / total;
    *scale = high / 2 - low / 2;
}

/* The next orthogonal polynomial's values and its norm come from the last two. */
bool mle_polynomial_learn(size_t n, const double x[], const double w[], unsigned degree,
                          double alpha[], double beta[], double scratch[])
{
    double mean, scale, *t = scratch, *before = scratch + n, *now = scratch + 2 * n;
    if (!enough_values(n, x, degree))
        return false;
    standard(n, x, w, &mean, &scale);
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += weight(w, i);
    beta[0] = sqrt(total);
    for (size_t i = 0; i < n; i++) {
        t[i] = (x[i] - mean) / scale;
        before[i] = 0;
        now[i] = 1 / beta[0];
    }
    double last = 0;
    for (unsigned k = 0; k < degree; k++) {
        double centre = 0, norm = 0;
        for (size_t i = 0; i < n; i++)
            centre += weight(w, i) * t[i] * now[i] * now[i];
        for (size_t i = 0; i < n; i++) {
            double next = (t[i] - centre) * now[i] - last * before[i];
            norm += weight(w, i) * next * next;
            before[i] = now[i];
            now[i] = next;
        }
        last = sqrt(norm);
        if (!(last > 0))
            return false;
        for (size_t i = 0; i < n; i++)
            now[i] /= last;
        alpha[k] = mean + scale * centre;
        beta[k + 1] = scale * last;
    }
    return true;
}

void mle_polynomial_values(size_t n, const double x[], unsigned degree, const double alpha[],
                           const double beta[], double *const p[])
{
    for (size_t i = 0; i < n; i++) {
        double before = 0, now = 1 / beta[0];
        for (unsigned k = 0; k < degree; k++) {
            double next = ((x[i] - alpha[k]) * now - (k ? beta[k] * before : 0)) / beta[k + 1];
            before = now;
            p[k][i] = now = next;
        }
    }
}
