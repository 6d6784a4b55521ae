/* Link functions g: eta = g(mu), the bridge between a linear predictor and a parameter.

   links.def is the only list of them. Values are exact in the tails where the inverse allows it:
   for links onto (0, 1) the complement 1 - mu is its own output, because 1 - mu formed by a caller
   is 0 from eta = 37 on. NaN gives NaN; no allocation; any thread. */
#ifndef MLE_CORE_MATH_LINK_H
#define MLE_CORE_MATH_LINK_H

#include "core/math/domain.h"

#include <stddef.h>

/* mu = h(eta), its complement and derivatives with respect to eta. */
struct mle_link_value {
    double mu;
    double complement; /* 1 - mu, exact where mu is near 1 */
    double d1, d2;     /* dmu/deta, d2mu/deta2 */
};

struct mle_link {
    const char *name;
    const char *doc;           /* the formula */
    struct mle_domain mu;      /* what h can give */
    struct mle_domain eta;     /* where h is defined; outside the values are NaN */
    double (*link)(double mu); /* g(mu); NaN outside the domain */
    void (*inverse)(double eta, struct mle_link_value *value);
};

enum mle_link_id {
#define MLE_LINK(name, doc, mu, eta) MLE_LINK_##name,
#include "core/math/links.def"
#undef MLE_LINK
    MLE_LINKS
};

/* The table, in the order of links.def: mle_links[MLE_LINK_logit]. */
extern const struct mle_link mle_links[MLE_LINKS];

/* The link of that name, NULL if there is none. */
const struct mle_link *mle_link_find(const char *name);

/* h and its derivatives over a column; every output may be NULL. Vectorised for identity, log and
   logit. eta[n], outputs [n]; outputs must not overlap each other or eta. */
void mle_link_inverse_column(const struct mle_link *link, size_t n, const double eta[], double mu[],
                             double complement[], double d1[], double d2[]);

#endif
