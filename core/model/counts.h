/* Rows of counts in several categories: what multinomial models learn from them. */
#ifndef MLE_CORE_MODEL_COUNTS_H
#define MLE_CORE_MODEL_COUNTS_H

#include "core/model/model.h"

struct mle_counts {
    size_t k;
    double *total;              /* [k] weighted sum of each category */
    double *share;              /* [k] total over their sum; 0 where all are 0 */
    double sum;                 /* of all totals */
    double least_row, most_row; /* smallest and largest total of a row */
    double mixed;               /* weight of rows with more than one category */
    size_t n_seen;
    size_t *seen;            /* [n_seen] categories that occur */
    double log_likelihood;   /* of the multinomial with p = share */
    const double *row_total; /* [n] */
};

/* Whether row i of the frame holds counts: non-negative integers up to 2^53. */
bool mle_counts_inside(const struct mle_frame *frame, size_t i);

/* log of the multinomial probability of row i (which is inside) with n trials: by way of Poisson
   probabilities, which cancel for no size of count. excess is sum p - 1, which rounding leaves and
   n multiplies. */
double mle_log_multinomial(const struct mle_frame *frame, size_t i, double n, const double p[],
                           double excess);

/* sum p - 1, without the rounding of the sum. */
double mle_excess(size_t k, const double p[]);

/* SETS counts, and model's table of distinct rows if all rows have the same total.
   MLE_OUTSIDE_SUPPORT with rows and columns. */
enum mle_status mle_counts_scan(struct mle_model *model, const struct mle_work *work,
                                struct mle_counts *counts, struct mle_error *err);

/* Sum of the counts of row i. */
double mle_counts_row_total(const struct mle_frame *frame, size_t i);

#endif
