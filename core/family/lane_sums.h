/* Sums over rows in eight fixed lanes, for the fused kernels of families whose likelihood needs a
   pass over the rows each time (MLE_KERNEL, core/math/clones.h). */
#ifndef MLE_CORE_FAMILY_LANE_SUMS_H
#define MLE_CORE_FAMILY_LANE_SUMS_H

#include "core/math/lanes.h"

#include <stdbool.h>
#include <stddef.h>

enum { MLE_LANES = 8 };

/* A group of MLE_LANES rows with their weights; the last one is filled up with rows of weight 0 at
   the value `filler`, which is inside the support. */
struct mle_lane_group {
    double y[MLE_LANES], w[MLE_LANES];
};

MLE_INLINE void mle_lane_load(struct mle_lane_group *g, size_t n, size_t i, const double *y,
                              const double *w, double filler)
{
    if (n - i >= MLE_LANES) {
        for (int k = 0; k < MLE_LANES; k++) {
            g->y[k] = y[i + (size_t)k];
            g->w[k] = 1;
        }
        if (w) {
            for (int k = 0; k < MLE_LANES; k++)
                g->w[k] = w[i + (size_t)k];
        }
        return;
    }
    for (size_t k = 0; k < MLE_LANES; k++) {
        bool real = i + k < n;
        g->y[k] = real ? y[i + k] : filler;
        g->w[k] = real ? (w ? w[i + k] : 1) : 0;
    }
}

MLE_INLINE double mle_lane_total(const double s[MLE_LANES])
{
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

#endif
