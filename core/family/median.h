/* The weighted medians of rows in any order, without sorting them. */
#ifndef MLE_CORE_FAMILY_MEDIAN_H
#define MLE_CORE_FAMILY_MEDIAN_H

#include "core/family/existence.h"

struct mle_medians {
    double lower, upper; /* equal if there is one median */
};

/* All points with at most half of the weight on either side. A thinned sample brackets them, a pass
   over the rows counts what lies outside the bracket and thins what lies inside, until all rows in
   the bracket are at hand: two or three passes. Ref: Floyd & Rivest (1975). Sums of weights are
   compared as they are, so whole numbers decide exactly. */
struct mle_medians mle_weighted_medians(const struct mle_evidence *evidence);

#endif
