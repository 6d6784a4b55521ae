/* The rows of a frame in ascending order of the response, for families whose likelihood depends on
   order statistics (medians, ranges). */
#ifndef MLE_CORE_MODEL_ORDER_H
#define MLE_CORE_MODEL_ORDER_H

#include "core/model/frame.h"

/* SETS *y and *w (NULL where the frame has no weights) to sorted copies in work->arena, [frame->n]
   each. The response has to be numeric and without trials per row. O(n): a radix sort of the bits.
   Errors: memory, stop. */
enum mle_status mle_order_rows(const struct mle_frame *frame, const struct mle_work *work,
                               const double **y, const double **w, struct mle_error *err);

#endif
