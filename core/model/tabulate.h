/* Distinct values with their weights: the sufficient statistic of any discrete sample. The
   likelihood of counts is then a sum over a few distinct values instead of a pass over the rows,
   and the empirical distribution (5.59) is there for entropy and KL. */
#ifndef MLE_CORE_MODEL_TABULATE_H
#define MLE_CORE_MODEL_TABULATE_H

#include "core/model/frame.h"

struct mle_table {
    size_t n;             /* distinct values */
    const double *y;      /* [n] ascending */
    const double *w;      /* [n] sum of the weights of that value, > 0 */
    size_t singletons;    /* values with weight exactly 1 */
};

/* Tables the numeric response of a frame; NULL in *table when it has more than
   MLE_MAX_DISTINCT different values (not an error). Same bits for any number of threads. */
enum { MLE_MAX_DISTINCT = 1 << 16 };
enum mle_status mle_tabulate(const struct mle_frame *frame, const struct mle_work *work,
                             const struct mle_table **table, struct mle_error *err);

/* Plug-in entropy of the empirical distribution, nats: log W - sum w log w / W. */
double mle_table_entropy(const struct mle_table *table);

#endif
