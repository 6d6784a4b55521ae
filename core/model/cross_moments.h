/* Weighted means and covariances of the response columns of a frame, by sums of differences from
   the mean and never of products of values: a common offset of 1e8 costs no digit. Both passes add
   up over rows in the tree of core/data/reduce.h, so results have the same bits for any number of
   threads. */
#ifndef MLE_CORE_MODEL_CROSS_MOMENTS_H
#define MLE_CORE_MODEL_CROSS_MOMENTS_H

#include "core/math/twice.h"
#include "core/model/frame.h"

/* Everything lies in the arena it was made in. Covariances are those of columns measured in their
   own unit, a power of two near their range, so that no square overflows or underflows. */
struct mle_cross_moments {
    size_t d;
    const double *unit;                 /* [d] */
    const double *largest;              /* [d] max |x|, in units */
    const double *mean;                 /* [d] in the unit of the data */
    const double *centre;               /* [d] where differences are taken from */
    const struct mle_twice *covariance; /* [d][d] symmetric, or its diagonal [d]; divisor: the sum
                                           of the weights; in units */
    bool diagonal;
    bool exact; /* summed in twice the precision; otherwise the low parts are 0 */
};

/* SETS moments. about[d], unless NULL: second moments around a given point instead of the mean.
   Errors: MLE_INVALID_DATA when differences overflow, stop, memory. */
enum mle_status mle_cross_moments(const struct mle_frame *frame, const double about[],
                                  bool diagonal, const struct mle_work *work,
                                  struct mle_cross_moments *moments, struct mle_error *err);

/* Sums once more, in twice the precision; for columns that nearly depend on each other. */
enum mle_status mle_cross_moments_exact(const struct mle_frame *frame, const double about[],
                                        const struct mle_work *work,
                                        struct mle_cross_moments *moments, struct mle_error *err);

#endif
