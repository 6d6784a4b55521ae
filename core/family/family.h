/* A family of distributions over one real number per row, as a constant record of data and
   functions. One file per distribution, one line in families.def; everything else (objective,
   verdicts, intervals, documents, tests) iterates over these records.

   Kernels return numbers, never status: NaN in gives NaN out, a row outside the support has log
   density -inf, parameters outside their domain are the caller's fault. No kernel allocates, locks
   or keeps state; all are safe in any thread. */
#ifndef MLE_CORE_FAMILY_FAMILY_H
#define MLE_CORE_FAMILY_FAMILY_H

#include "core/math/domain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MLE_MAX_PARAM = 4,                                      /* scalar parameters of a family */
    MLE_MAX_HESS = MLE_MAX_PARAM * (MLE_MAX_PARAM + 1) / 2, /* lower triangle, packed by rows */
    MLE_MAX_STAT = 8,                                       /* sufficient statistics of a family */
};

/* Position of (i, j), i >= j, in a packed lower triangle. */
#define MLE_HESS(i, j) ((i) * ((i) + 1) / 2 + (j))

/* What happens to a parameter when y becomes a + b y, b > 0. Standardisation of the data and the
   test that no shape depends on the unit iterate over it. */
enum mle_action {
    MLE_ACT_NONE,          /* nothing: a shape */
    MLE_ACT_LOCATION,      /* a + b p */
    MLE_ACT_SCALE,         /* b p (only a = 0 unless the family has a location) */
    MLE_ACT_INVERSE_SCALE, /* p / b */
    MLE_ACT_LOG_SHIFT,     /* p + log b: the location of a log */
    MLE_ACT_FIXED_UNIT,    /* the family has no scale: counts, proportions, angles */
};

/* Where estimation looks for a parameter; {0, 0}: in its whole domain. It makes "interior" well
   posed where the likelihood runs to infinity at some edge of the domain: df >= 1, xi >= -1. */
struct mle_search {
    double lower, upper;
};

struct mle_param_def {
    const char *name;
    struct mle_domain domain;
    enum mle_action action;
    const char *doc;
    struct mle_search search;
    const char *limit; /* the family that remains when the parameter is +inf, which rows() then
                          takes, with derivatives 0 in it (size -> inf: "poisson"). NULL: none */
};

enum mle_measure { MLE_LEBESGUE, MLE_COUNTING };

/* Where the density is positive. Bounds that depend on parameters are checked by the kernel (log
   density -inf); this is the part that holds for all parameters. */
struct mle_support {
    double lower, upper;
    bool lower_closed, upper_closed;
    bool integer;
    bool depends;      /* the parameters narrow it further */
    bool needs_trials; /* upper is the row's number of trials */
};

/* One parameter for the rows of a tile: row i has at[i * stride]; stride 0 is a constant. */
struct mle_view {
    const double *at;
    size_t stride;
};

static inline double mle_view_at(struct mle_view view, size_t i)
{
    return view.at[i * view.stride];
}

/* The observations of a tile. */
struct mle_obs {
    size_t n;
    const double *y;          /* [n] */
    struct mle_view trials;   /* of families with needs_trials; at is NULL otherwise */
    const double *complement; /* [n] 1 - theta[0] where the caller knows it better than 1 - theta[0]
                                 says (a probability behind a link); NULL otherwise */
    const double *range;      /* [2] smallest and largest y where the caller has found them; NULL
                                 otherwise */
};

/* Which tail, on which scale: probabilities are never formed as 1 - p or log(p) by the caller
   (the two flags of R's nmath). */
struct mle_tail {
    bool upper; /* P(Y > y) instead of P(Y <= y) */
    bool log_p;
};

/* Sufficient statistics: the log-likelihood of all rows as a function of a few mergeable sums.
   stat[0] is the sum of the weights. */
struct mle_sufficient {
    unsigned n_stat;

    /* SETS stat to the statistics of the rows of a tile; w[n] are weights > 0, NULL: all one. */
    void (*tile)(const struct mle_obs *obs, const double w[], double stat[]);

    /* Combines two sets of statistics (Chan, Golub & LeVeque 1983 for centred moments). */
    void (*merge)(double into[], const double from[]);

    /* SETS ll (nats, complete density), and grad[k] and hess[k (k + 1) / 2] unless NULL: the
       derivatives in the parameters. */
    void (*loglik)(const double stat[], const double theta[], double *ll, double grad[],
                   double hess[]);
};

struct mle_evidence;
struct mle_existence;
struct mle_link;

struct mle_family {
    const char *name;
    const char *title;
    const char *doc; /* the density and its source */
    enum mle_measure measure;
    struct mle_support support;
    unsigned n_param;
    struct mle_param_def param[MLE_MAX_PARAM]; /* canonical order of the API */
    unsigned location; /* index of the parameter that a list of predictors predicts */
    const struct mle_family *regression; /* the record used with predictors (mean form), in the same
                                            file; NULL: this one */
    /* With predictors: the order of the parameters and what they are called then, the location
       first. name NULL: as they are. */
    struct {
        unsigned param;
        const char *name;
    } conditional[MLE_MAX_PARAM];
    const char *scipy, *r;           /* calls with {expressions} in the parameters, NULL: none */
    double precision[MLE_MAX_PARAM]; /* under precision weights parameter j of a row is theta_j
                                        w^this; all 0: they have no meaning for the family */
    double row_cost_ns;              /* of rows() with derivatives, estimate for admission */
    bool circular; /* values are angles: no tails, so neither censoring nor truncation */
    bool ordered;  /* the evidence holds the rows in ascending order */

    /* Mandatory. SETS ll[n] to the log densities; unless NULL, grad[k][n] and hess[k(k+1)/2][n] to
       the first and second derivatives in the parameters (n doubles for each, one after the
       other). */
    void (*rows)(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[]);

    /* Of families with one parameter: rows() in terms of the predictor behind the link, exact where
       the parameter is not. SETS ll[n] and, unless NULL, the derivatives d1[n], d2[n] in eta.
       False: not for this link. NULL: by rows() and the chain rule. */
    bool (*by_predictor)(const struct mle_obs *obs, const struct mle_link *link, const double eta[],
                         double ll[], double d1[], double d2[]);

    /* Optional; NULL: the general way is used, or the thing is not offered. */
    const struct mle_sufficient *sufficient;

    /* ADDS to sum: ll, then k first, then k(k+1)/2 second derivatives, weighted (w NULL: ones), for
       parameters that are the same in all rows. A faster rows(). */
    void (*sum)(const struct mle_obs *obs, const double w[], const double theta[], double sum[]);

    /* SETS theta to the maximiser without iterating over rows; called only after exists() left the
       question open, and only when no parameter is fixed. */
    void (*solve)(const struct mle_evidence *evidence, double theta[]);

    /* A point from which Newton converges; theta is inside the domains. A family with neither solve
       nor start is always settled by exists (order statistics). */
    void (*start)(const struct mle_evidence *evidence, double theta[]);

    /* The rule for when no interior maximum exists, by proof, before anything is estimated
       (core/family/existence.h). */
    void (*exists)(const struct mle_evidence *evidence, struct mle_existence *existence);

    /* The best point of those edges of the parameter space that have a closed form (half-normal of
       the skew normal, exponential of the lomax): settles existence as BOUNDARY with its supremum,
       or leaves it OPEN. Asked after the search, when no parameter is fixed; kept if no point found
       is more likely. NULL: there is none. */
    void (*edge)(const struct mle_evidence *evidence, struct mle_existence *existence);

    /* Why the theory of Wald errors does not hold at theta (a support that depends on it too
       strongly); NULL: it does. */
    const char *(*irregular)(const double theta[]);

    /* Why theta, each in its domain, is no member of the family (NULL: it is one); *param is the
       one at fault: "lower is not below upper". */
    const char *(*refuse)(const double theta[], unsigned *param);

    /* Unit deviance: twice what log f(y) lacks to the best of any location, in units of the
       dispersion (R's glm); 0 where the row is fitted exactly. NULL: not offered. */
    double (*deviance)(double y, const double theta[], double trials);

    /* With predictors: the links of the location under which the log-likelihood has no second
       stationary point ("logit probit"), and how a row's likelihood behaves in its predictor: 1
       rises to its supremum as that grows, -1 as it falls, 0 neither (core/model/recession.h). */
    const char *concave;
    int (*recedes)(double y, double trials);

    double (*cdf)(double y, const double theta[], double trials, struct mle_tail tail);

    /* SETS log P(Y > y) (upper) or log P(Y <= y) and, unless NULL, its derivatives: where the tails
       are elementary. A faster way to the probability of an interval (core/family/interval.h). */
    void (*tail)(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[]);

    double (*quantile)(double p, const double theta[], double trials, struct mle_tail tail);
    double (*mean)(const double theta[], double trials);
    double (*entropy)(const double theta[], double trials); /* nats, differential for densities;
                                                               NULL: mle_entropy integrates */

    /* Mean of (y - mean)^2 over the rows; only where it is the family's loss. */
    double (*mean_squared_error)(const struct mle_evidence *evidence, const double theta[]);
};

/* The rows of families.def, in their order. */
size_t mle_family_count(void);
const struct mle_family *mle_family_get(size_t i);
const struct mle_family *mle_family_find(const char *name); /* NULL if there is none */

/* Log density of one value at constant parameters (a convenience over rows()). */
double mle_log_density(const struct mle_family *family, const double theta[], double trials,
                       double y);

/* The value whose lower (upper) tail is p: the family's quantile, or a search of its cdf. NaN for p
   outside [0, 1]. */
double mle_quantile(const struct mle_family *family, double p, const double theta[], double trials,
                    struct mle_tail tail);

/* Entropy of the distribution, nats, differential for densities: the family's formula, or -log f
   summed (counts) or integrated over probability (densities; tanh-sinh, Takahasi & Mori 1974). NaN
   if that does not come to rest within 1e-8. */
double mle_entropy(const struct mle_family *family, const double theta[], double trials);

/* The index-th draw of a stream (core/base/rng.h), by inversion: one uniform number gives one
   value, so a sample has the same bits whoever draws it. */
double mle_sample(const struct mle_family *family, const double theta[], double trials,
                  uint64_t seed, uint64_t stream, uint64_t index);

#endif
