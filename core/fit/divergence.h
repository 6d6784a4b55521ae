/* Entropy, cross-entropy and KL divergence between two distributions that are stated, not fitted
   (Goodfellow, Bengio & Courville 2016, 3.50, 5.59 - 5.61):

       H(p) = E_p[-log p],   H(p, q) = E_p[-log q],   KL(p || q) = H(p, q) - H(p) >= 0.

   Maximum likelihood is the choice of q that makes the second smallest for the empirical p; the
   first does not depend on q. */
#ifndef MLE_CORE_FIT_DIVERGENCE_H
#define MLE_CORE_FIT_DIVERGENCE_H

#include "core/fit/fit.h"

/* A family at a point, or finitely many values with their probabilities. Borrowed. */
struct mle_law {
    const struct mle_family *family; /* NULL: the values */
    const double *theta;             /* [family->n_param], a member of the family */
    double trials;                   /* of families that have them */
    size_t n;
    const double *y; /* [n] ascending, no two alike: numbers, or codes of labels */
    const double *p; /* [n] >= 0, of sum 1 */
    bool labels;     /* y are codes: numbers of another law mean something else */
    bool empirical;  /* the values are a sample */
};

#define MLE_DIVERGENCE_METHOD_MAP(X)                                                               \
    X(CLOSED_FORM, "closed_form")                                                                  \
    X(QUADRATURE, "quadrature")                                                                    \
    X(EXACT_SUM, "exact_sum")

enum mle_divergence_method {
#define MLE_DIVERGENCE_ENUM(name, word) MLE_BY_##name,
    MLE_DIVERGENCE_METHOD_MAP(MLE_DIVERGENCE_ENUM)
#undef MLE_DIVERGENCE_ENUM
};

const char *mle_divergence_method_word(enum mle_divergence_method method);

enum { MLE_DIVERGENCE_ABSENT = 4 };

/* Nats; NaN where a number does not exist, then absent has the reason. */
struct mle_divergence {
    double entropy;       /* of p; differential for a density */
    double cross_entropy; /* +inf: q has no mass where p has some, or the mean is infinite */
    double kl;
    double perplexity;                 /* e^cross_entropy */
    enum mle_divergence_method method; /* of the cross-entropy; without q of the entropy */
    double absolute_error;             /* of each of the three, an estimate on the safe side */
    unsigned n_absent;
    struct mle_absence absent[MLE_DIVERGENCE_ABSENT];
};

/* SETS out; q NULL: the entropy alone. Where p is a sample and q a density the cross-entropy is the
   mean negative log-likelihood (5.59), but neither entropy nor KL is defined: p is a sum of atoms.
   Errors: MLE_INCOMPARABLE (with the pointer /q) for a density and a mass function, numbers and
   labels, angles and numbers; MLE_CANCELLED, MLE_DEADLINE. Uses work->stop alone; any thread. */
enum mle_status mle_divergence(const struct mle_law *p, const struct mle_law *q,
                               const struct mle_work *work, struct mle_divergence *out,
                               struct mle_error *err);

/* KL(p || q) of two laws with families, NaN where it has no closed form
   (core/fit/divergence_closed.c). */
double mle_divergence_closed(const struct mle_law *p, const struct mle_law *q);

#endif
