/* Pieces of tail(): derivatives of log tail probabilities (core/family/family.h). grad and hess may
   be NULL together. */
#ifndef MLE_CORE_FAMILY_TAILS_H
#define MLE_CORE_FAMILY_TAILS_H

#include "core/family/family.h"
#include "core/math/logs.h"

/* log q, its gradient and Hessian become those of log(1 - q). Exact where q is near 1 as far as log
   q is. */
static inline void mle_tail_complement(unsigned k, double *log_p, double grad[], double hess[])
{
    double r = 1 / expm1(-*log_p); /* q / (1 - q) */
    for (unsigned i = 0; hess && i < k; i++)
        for (unsigned j = 0; j <= i; j++) {
            double product = grad[i] * grad[j];
            hess[MLE_HESS(i, j)] =
                r == 0 ? 0 : -r * (hess[MLE_HESS(i, j)] + product) - r * r * product;
        }
    for (unsigned i = 0; grad && i < k; i++)
        grad[i] = r == 0 ? 0 : -r * grad[i];
    *log_p = mle_log1mexp(*log_p);
}

/* SETS the derivatives in location and scale of L(z), z = (y - location) / scale, from L' and L''.
 */
static inline void mle_tail_location_scale(double scale, double z, double d1, double d2,
                                           double grad[], double hess[])
{
    if (grad) {
        grad[0] = -d1 / scale;
        grad[1] = -z * d1 / scale;
    }
    if (hess) {
        hess[MLE_HESS(0, 0)] = d2 / scale / scale;
        hess[MLE_HESS(1, 0)] = (d1 + z * d2) / scale / scale;
        hess[MLE_HESS(1, 1)] = z * (2 * d1 + z * d2) / scale / scale;
    }
}

/* The same in shape k and scale s of L(t), t = k log(y / s): log-location-scale families. */
static inline void mle_tail_shape_scale(double shape, double scale, double log_ratio, double d1,
                                        double d2, double grad[], double hess[])
{
    if (grad) {
        grad[0] = log_ratio * d1;
        grad[1] = -shape / scale * d1;
    }
    if (hess) {
        hess[MLE_HESS(0, 0)] = log_ratio * log_ratio * d2;
        hess[MLE_HESS(1, 0)] = -(d1 + shape * log_ratio * d2) / scale;
        hess[MLE_HESS(1, 1)] = shape / scale / scale * (d1 + shape * d2);
    }
}

/* A probability of 0 or 1 for all parameters nearby. */
static inline void mle_tail_constant(unsigned k, double value, double *log_p, double grad[],
                                     double hess[])
{
    *log_p = value;
    for (unsigned i = 0; grad && i < k; i++)
        grad[i] = 0;
    for (unsigned i = 0; hess && i < k * (k + 1) / 2; i++)
        hess[i] = 0;
}

/* log of the upper tail of the standard normal and its first two derivatives: -h and -h (h - z), h
   the hazard; h - z by its asymptotic series where the difference has no digits. */
void mle_tail_normal(double z, double *log_p, double *d1, double *d2);

#endif
