/* How much weight lies at one value: where so many rows are alike, a density that can shrink around
   them grows without limit. */
#ifndef MLE_CORE_FAMILY_TIES_H
#define MLE_CORE_FAMILY_TIES_H

#include "core/family/existence.h"

struct mle_tie {
    double at;     /* the value; NaN: none was found */
    double weight; /* of the rows that have it, exactly */
};

/* The heaviest value, if more than `share` of the weight lies there; else some value, or none. One
   pass finds all candidates, a second weighs them (Boyer & Moore 1981; Misra & Gries 1982). A share
   below 1/64 is not searched: then it is the heaviest single row. */
struct mle_tie mle_heaviest(const struct mle_evidence *evidence, double share);

/* The weight of the rows with y = at. */
double mle_weight_at(const struct mle_evidence *evidence, double at);

#endif
