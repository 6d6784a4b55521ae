/* Estimates of the entropy of what the rows were drawn from, for include: ["entropy"], and the KL
   divergence from the model by each: cross-entropy - entropy (5.60), never clipped, so that an
   estimate below 0 shows its own noise. */
#ifndef MLE_CORE_FIT_ENTROPY_H
#define MLE_CORE_FIT_ENTROPY_H

#include <stddef.h>

enum { MLE_ENTROPY_ESTIMATES = 2, MLE_NEIGHBOUR = 3 };

struct mle_entropy_estimate {
    const char *estimator; /* "plug_in", "miller_madow"; "vasicek", "kozachenko_leonenko" */
    size_t order;          /* m of the spacings, k of the neighbours; 0: it has none */
    double entropy, kl;    /* nats, NaN where they do not exist */
};

struct mle_entropy {
    unsigned n; /* 0: there are none, and why */
    struct mle_entropy_estimate estimate[MLE_ENTROPY_ESTIMATES];
    double coverage;   /* of discrete data: 1 - f1 / n (Good & Turing), NaN else */
    double resolution; /* what equal values propose as resolution of the model, NaN: nothing */
    const char *why;   /* no estimate, or no kl; NULL: all are there */
};

/* Of y[n] in strictly ascending order, nats. NaN where n is too small for the estimator.

   Vasicek (1976), JRSS B 38, 54: mean of log(n / (2 m) (y[i+m] - y[i-m])), indices clamped to the
   sample. n > 2 m.
   Kozachenko & Leonenko (1987): psi(n) - psi(k) + log 2 + mean log of the distance to the k-th
   nearest neighbour; in one dimension it lies among the 2 k next in order, O(n k). n > k.
   No allocation; any thread. */
double mle_entropy_spacings(size_t n, const double y[], size_t m);
double mle_entropy_neighbours(size_t n, const double y[], size_t k);

/* The window that spacings take by default: floor(sqrt(n) + 1/2), less where n is tiny. */
size_t mle_entropy_window(size_t n);

#endif
