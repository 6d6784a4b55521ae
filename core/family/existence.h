/* Existence before estimation: whether the maximum-likelihood estimate exists is answered by rule,
   apart from the optimiser, and every verdict carries a certificate that was checked. */
#ifndef MLE_CORE_FAMILY_EXISTENCE_H
#define MLE_CORE_FAMILY_EXISTENCE_H

#include "core/family/family.h"

struct mle_column;

/* X(NAME, "word of the API") */
#define MLE_VERDICT_MAP(X)                                                                         \
    X(OPEN, "not_certified") /* the rules say nothing against an interior maximum */               \
    X(INTERIOR, "interior")                                                                        \
    X(BOUNDARY, "boundary")                                                                        \
    X(NON_UNIQUE, "non_unique")                                                                    \
    X(INFINITE, "infinite")                                                                        \
    X(UNBOUNDED, "unbounded")                                                                      \
    X(NO_INFORMATION, "no_information")

enum mle_verdict {
#define MLE_VERDICT_ENUM(name, word) MLE_VERDICT_##name,
    MLE_VERDICT_MAP(MLE_VERDICT_ENUM)
#undef MLE_VERDICT_ENUM
};

/* Why a stationary point is the maximum, or why a verdict holds. */
#define MLE_CERTIFICATE_MAP(X)                                                                     \
    X(NONE, "none")                                                                                \
    X(STATIONARY_POINT, "stationary_point") /* gradient 0, information positive definite */        \
    X(STRICT_CONCAVITY, "strict_concavity") /* and the log-likelihood is strictly concave */       \
    X(UNIQUE_ROOT, "unique_root")           /* and the likelihood equation has one root */         \
    X(ORDER_STATISTIC, "order_statistic")   /* the maximum is attained at an extreme value */      \
    X(POINT_MASS, "point_mass")             /* all rows are alike: the density can grow at them */ \
    X(TIES, "ties")                         /* so many rows are alike that it can */               \
    X(MOMENT_INEQUALITY, "moment_inequality") /* a moment condition decides (s2 <= mean, ...) */   \
    X(SUPPORT_EDGE, "support_edge")           /* the maximum sits at the edge of the domain */     \
    X(KKT, "kkt")         /* at a bound the gradient points outwards, the rest is stationary */    \
    X(STIEMKE, "stiemke") /* weights of the rows show that no direction separates them; concave */ \
    X(SEPARATION, "separating_direction") /* a direction that does */                              \
    X(LIMIT, "limit") /* the limiting family has at least the likelihood of any point found */     \
    X(SINGLE_POINT,                                                                                \
      "single_point") /* all parameters are given: nothing is left to maximise over */             \
    X(RANK, "rank")   /* the rows lie in a hyperplane: the direction across it was checked */      \
    X(FLAT_SET, "flat_set") /* the likelihood is constant on a set */

enum mle_certificate {
#define MLE_CERTIFICATE_ENUM(name, word) MLE_CERTIFICATE_##name,
    MLE_CERTIFICATE_MAP(MLE_CERTIFICATE_ENUM)
#undef MLE_CERTIFICATE_ENUM
};

enum mle_maximum {
    MLE_MAXIMUM_NONE,
    MLE_MAXIMUM_GLOBAL,
    MLE_MAXIMUM_LOCAL,
    MLE_MAXIMUM_BEST_OF_STARTS
};

/* What one pass over the rows tells, for rules, starts and closed forms. */
struct mle_evidence {
    size_t n; /* rows with weight > 0 */
    double weight_sum;
    double min, max;    /* of y */
    const double *stat; /* sufficient statistics, NULL if the family has none */
    struct mle_obs obs; /* the rows; distinct values in ascending order if tabulated */
    const double *w;    /* [obs.n] their weights, NULL: all one */
    bool tabulated;
    const bool *fixed;   /* [k] which parameters are given, NULL: none */
    const double *value; /* [k] the given values, where fixed */
};

/* The answer of the rules. */
struct mle_existence {
    enum mle_verdict verdict;         /* OPEN: go and estimate */
    enum mle_certificate certificate; /* of the verdict; with OPEN: what will prove a stationary
                                         point to be the maximum (STATIONARY_POINT: nothing) */
    bool valid;                       /* the certificate was checked */
    enum mle_maximum maximum;
    bool supremum_infinite; /* log-likelihood is unbounded above (elsewhere, if the
                               verdict is INTERIOR) */
    double supremum;        /* of the log-likelihood, NaN if not known */
    size_t n;
    double *theta;          /* [n] not OPEN: values; NaN: does not exist, +-inf */
    double *standard_error; /* [n] of a settled interior, NaN: none; then no_error says why */
    const char *no_error;
    bool rest_free; /* BOUNDARY: the parameters whose theta is NaN are still estimated, in the
                       limit model, and have errors from it */
    const char *set_param; /* NON_UNIQUE: every value of this parameter in [set_lower, set_upper]
                              is a maximiser; theta is one representative */
    double set_lower, set_upper;
    const char *limit_family; /* BOUNDARY: the limiting family, NULL if there is none */
    const char *limit_param;  /* BOUNDARY: the parameter at its bound */
    const char *collapses;    /* UNBOUNDED: the parameter that runs to the edge */
    const char *limit_group;  /* BOUNDARY: a vector parameter of the limiting family, and its */
    size_t n_limit;           /* values; NULL: none */
    const double *limit_value;
    size_t
        n_null; /* directions along which the rows do not vary, or the predictors do not change */
    size_t n_column;
    const char *const *column; /* [n_column] names of columns, or of coefficients */
    const double *null;        /* [n_null][n_column] */
    const double *direction;   /* INFINITE: [n_column] along which the likelihood rises for ever */
    size_t n_separated; /* rows that it separates, and the first of them (rows of the data) */
    size_t separated[20];
    bool doubtful; /* OPEN: whether a maximum exists could not be shown: no interior is claimed */
    const bool *confounded; /* [n] scalars without a value of their own: no errors. NULL: none */
    char detail[256];
};

const char *mle_verdict_word(enum mle_verdict verdict);
const char *mle_certificate_word(enum mle_certificate certificate);
const char *mle_maximum_word(enum mle_maximum maximum); /* "" for none */

/* Starts an existence record for n parameters: OPEN, nothing known. theta and standard_error are
   the caller's, [n] each. */
void mle_existence_init(struct mle_existence *existence, size_t n, double theta[],
                        double standard_error[]);

/* Back to OPEN. */
void mle_existence_reset(struct mle_existence *existence);

/* Settles a verdict with a checked certificate; detail is a printf format. */
void mle_settle(struct mle_existence *existence, enum mle_verdict verdict,
                enum mle_certificate certificate, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
