#include "core/model/gaussian.h"

#include <string.h>

size_t mle_gaussian_elements(size_t d, enum mle_structure structure)
{
    return structure == MLE_STRUCTURE_FULL       ? d * (d + 1) / 2
           : structure == MLE_STRUCTURE_DIAGONAL ? d
                                                 : 1;
}

struct place {
    size_t n;    /* of hess */
    size_t from; /* where the covariance begins: 0 or d */
    double *hess;
};

static void put(const struct place *to, size_t i, size_t j, double x)
{
    to->hess[i * to->n + j] = to->hess[j * to->n + i] = x;
}

/* --- full: element a = (p, q), p >= q, moves A along E = e_p e_q' + e_q e_p' (once if p = q) -----
 */

/* -1/2 tr(excess E) */
static void full_gradient(const struct mle_gaussian *g, double grad[])
{
    for (size_t p = 0, a = 0; p < g->d; p++)
        for (size_t q = 0; q <= p; q++, a++)
            grad[a] = (p == q ? -0.5 : -1) * g->excess[p * g->d + q];
}

/* What the pair of terms e_p e_q' of b and e_k e_l' of a adds to
   W/2 tr(B E_b B E_a) - tr(G E_b B E_a). */
static double term(const struct mle_gaussian *g, size_t p, size_t q, size_t k, size_t l)
{
    size_t d = g->d;
    double b = g->inverse[q * d + k];
    return b * (0.5 * g->weight * g->inverse[l * d + p] - g->spread[l * d + p]);
}

static double full_second(const struct mle_gaussian *g, size_t p, size_t q, size_t k, size_t l)
{
    double sum = term(g, p, q, k, l);
    if (p != q)
        sum += term(g, q, p, k, l);
    if (k != l)
        sum += term(g, p, q, l, k);
    if (p != q && k != l)
        sum += term(g, q, p, l, k);
    return sum;
}

static void full_hessian(const struct mle_gaussian *g, const struct place *to)
{
    for (size_t p = 0, b = to->from; p < g->d; p++)
        for (size_t q = 0; q <= p; q++, b++)
            for (size_t k = 0, a = to->from; k <= p; k++)
                for (size_t l = 0; l <= k && a <= b; l++, a++)
                    put(to, b, a, full_second(g, p, q, k, l));
}

/* -B E v, for each element */
static void full_cross(const struct mle_gaussian *g, const struct place *to)
{
    size_t d = g->d;
    for (size_t p = 0, a = d; p < d; p++)
        for (size_t q = 0; q <= p; q++, a++)
            for (size_t i = 0; i < d; i++) {
                double x = -g->inverse[i * d + p] * g->pull[q];
                put(to, i, a, p == q ? x : x - g->inverse[i * d + q] * g->pull[p]);
            }
}

/* --- diagonal matrices: their elements, or the sum over them
 * --------------------------------------
 */

static void diagonal_gradient(const struct mle_gaussian *g, double grad[])
{
    size_t step = g->structure == MLE_STRUCTURE_DIAGONAL;
    for (size_t p = 0; p < g->d; p++)
        grad[p * step] -= 0.5 * g->excess[p];
}

static void diagonal_hessian(const struct mle_gaussian *g, const struct place *to)
{
    size_t step = g->structure == MLE_STRUCTURE_DIAGONAL;
    for (size_t p = 0; p < g->d; p++) {
        double b = g->inverse[p];
        to->hess[(to->from + p * step) * (to->n + 1)] += b * (0.5 * g->weight * b - g->spread[p]);
    }
}

static void diagonal_cross(const struct mle_gaussian *g, const struct place *to)
{
    size_t step = g->structure == MLE_STRUCTURE_DIAGONAL;
    for (size_t p = 0; p < g->d; p++)
        put(to, p, g->d + p * step, -g->inverse[p] * g->pull[p]);
}

static void mean_hessian(const struct mle_gaussian *g, const struct place *to)
{
    size_t d = g->d;
    bool full = g->structure == MLE_STRUCTURE_FULL;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++)
            if (full || i == j)
                put(to, i, j, -g->weight * g->inverse[full ? i * d + j : i]);
}

void mle_gaussian_derivatives(const struct mle_gaussian *g, bool mean, bool covariance,
                              double grad[], double hess[])
{
    size_t from = mean ? g->d : 0;
    size_t elements = covariance ? mle_gaussian_elements(g->d, g->structure) : 0;
    bool full = g->structure == MLE_STRUCTURE_FULL;
    const struct place to = { from + elements, from, hess };
    if (grad) {
        memset(grad, 0, to.n * sizeof *grad);
        if (mean)
            memcpy(grad, g->pull, g->d * sizeof *grad);
        if (covariance)
            (full ? full_gradient : diagonal_gradient)(g, grad + from);
    }
    if (!hess)
        return;
    memset(hess, 0, to.n * to.n * sizeof *hess);
    if (mean)
        mean_hessian(g, &to);
    if (covariance)
        (full ? full_hessian : diagonal_hessian)(g, &to);
    if (mean && covariance)
        (full ? full_cross : diagonal_cross)(g, &to);
}
