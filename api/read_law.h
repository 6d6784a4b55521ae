/* A distribution that a request states: a model at a point, a sample, or probabilities. */
#ifndef MLE_API_READ_LAW_H
#define MLE_API_READ_LAW_H

#include "api/call.h"
#include "core/fit/divergence.h"

struct mle_stated_law {
    struct mle_law law;       /* in the arena */
    const char *const *label; /* [law.n] ascending (strcmp), of a law of labels */
    bool unnamed;             /* probabilities without labels: the values are 0, 1, 2, ... */
};

/* Reads the object that stands at /{name}: {"model", "parameters" (, "trials")}, {"data"
   (, "weights")} or {"probabilities" (, "labels")}. A label's code is its place in the order of the
   labels until mle_match_laws. */
enum mle_status mle_read_law(const json_t *value, const char *name, const struct mle_work *work,
                             struct mle_stated_law *out, struct mle_error *err);

/* Gives the labels of both sides codes that mean the same. MLE_INCOMPARABLE: probabilities without
   labels against labels, or of another number. */
enum mle_status mle_match_laws(struct mle_stated_law *p, struct mle_stated_law *q,
                               const struct mle_work *work, struct mle_error *err);

#endif
