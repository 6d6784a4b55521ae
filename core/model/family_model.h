/* The general model: one univariate family for all rows, and for each of its parameters either one
   number or a linear predictor behind a link. Everything unconditional is the case without
   predictors. Inside of core/model; others see a struct mle_model.

   family_model.c  binding, transforms, what the family says
   design.c        predictors: columns, coding, names
   scan.c          the pass before estimation: support, evidence
   objective.c     the sum over rows and its derivatives
   family_exists.c verdicts before the search; censored.c, perfect_fit.c, recession.c
   rank.c          dependent columns
   observe.c       censoring, truncation, resolution */
#ifndef MLE_CORE_MODEL_FAMILY_MODEL_H
#define MLE_CORE_MODEL_FAMILY_MODEL_H

#include "core/math/link.h"
#include "core/model/model.h"

enum { MLE_MAX_SCALAR = 256 }; /* scalars of a model: coefficients and others */

/* One column of a design. Inside, columns are centred and scaled; theta is in the caller's units.
 */
struct mle_design {
    const double *x;      /* [frame->n], NULL: the intercept */
    double centre, scale; /* the working column is (x - centre) / scale, */
    const double *work;   /* [frame->n] or this one: see basis */
};

/* Columns that are nearly dependent are replaced by an orthonormal basis: x_kept = work R. */
struct mle_basis {
    size_t n;
    size_t *kept; /* [n] indices into design */
    double *r;    /* [n][n] upper triangle */
};

/* One parameter of the family: scalars theta[first .. first + n). */
struct mle_block {
    size_t first, n;
    const struct mle_link *link; /* NULL: the parameter is one number, theta[first] */
    struct mle_design *design;
    const double *offset;          /* [frame->n], NULL: none */
    bool intercept;                /* design[0] is one */
    const struct mle_basis *basis; /* NULL: working columns are as struct mle_design says */
};

struct mle_family_self {
    struct mle_block block[MLE_MAX_PARAM];
    struct mle_param *param;       /* [n_theta] */
    struct mle_param_group *group; /* [n_theta] */
    const char **name;             /* [n_theta] */
    bool *fixed;                   /* [n_theta] given, or pinned by a verdict */
    double *value;                 /* [n_theta] of fixed scalars */
    double *lower, *upper;         /* [n_theta] where the search ends, infinite: nowhere */
    double stat[MLE_MAX_STAT];
    size_t n_null;                /* directions along which the predictors do not change: */
    double *null;                 /* [n_null][n_theta] in theta */
    bool *confounded;             /* [n_theta] the scalar takes part in one; NULL: none does */
    double *perfect_theta;        /* [n_theta] the coefficients of a perfect fit */
    struct mle_existence perfect; /* the verdict of a perfect fit, OPEN: it is none */
    bool conditional;             /* some parameter has a predictor */
    bool exact; /* every row is a value, without truncation and precision weights */
    bool known; /* the sums of the last pass, for who asks again at the same point */
    double known_at[MLE_MAX_PARAM], known_sums[1 + MLE_MAX_PARAM + MLE_MAX_HESS];
};

extern const struct mle_model_kind mle_model_kind_family;

/* Fills block, param, group and n_theta from the predictors of the specification. */
enum mle_status mle_design_bind(struct mle_model *model, const struct mle_data *data,
                                const struct mle_work *work, struct mle_error *err);

/* Keeps the levels of a predictor for the answer: model->n_coded, model->coded. */
enum mle_status mle_design_remember_levels(struct mle_model *model, const char *column, size_t n,
                                           const char *const level[], const struct mle_work *work,
                                           struct mle_error *err);

/* Chooses centres and scales of the design columns: after fixed values and bounds are known. */
void mle_design_standardise(struct mle_model *model);

/* Finds columns that depend on those before them: their coefficients are pinned at 0 and the
   directions kept in null. Nearly dependent ones get a basis. */
enum mle_status mle_design_rank(struct mle_model *model, const struct mle_work *work,
                                struct mle_error *err);

/* The linear map from working scalars to theta, in place (values pinned or given are not touched by
   it: they are the same in both). */
void mle_family_to_theta(const struct mle_model *model, double v[]);

/* The columns that the predictors need, for the missing policy: SETS *n and *column (in the arena).
   Before the frame is bound. */
enum mle_status mle_design_columns(const struct mle_model_spec *spec, const struct mle_data *data,
                                   const struct mle_work *work, size_t *n,
                                   const struct mle_column *const **column, struct mle_error *err);

/* The block of the location, NULL if it has no predictor. */
const struct mle_block *mle_family_location(const struct mle_model *model);

/* The location's block if rows can recede along it (core/model/recession.h), else NULL. */
const struct mle_block *mle_family_receding(const struct mle_model *model);

/* Members of struct mle_model_kind. */
enum mle_status mle_family_errors(const struct mle_model *model, const struct mle_work *work,
                                  const double theta[], struct mle_errors *out,
                                  struct mle_error *err);
void mle_family_exists(const struct mle_model *model, struct mle_existence *existence);
enum mle_status mle_family_scan(struct mle_model *model, const struct mle_work *work,
                                struct mle_error *err);
enum mle_status mle_family_loglik(const struct mle_model *model, const struct mle_work *work,
                                  const double u[], double *ll, double grad[], double hess[],
                                  struct mle_error *err);
enum mle_status mle_family_scores(const struct mle_model *model, const struct mle_work *work,
                                  const double u[], double outer[], struct mle_error *err);
enum mle_status mle_family_evaluate(const struct mle_model *model, const struct mle_work *work,
                                    const double theta[], double ll[], double *sum, double score[],
                                    double hess[], struct mle_error *err);

/* SETS the working scalars (numbers of the family's parameters, coefficients of working columns)
   and, unless NULL, their first two derivatives in u, one for one. */
void mle_family_working(const struct mle_model *model, const double u[], double v[], double slope[],
                        double curve[]);

/* SETS the family's parameters of row i of the frame under theta. */
void mle_family_parameters(const struct mle_model *model, const double theta[], size_t i,
                           double parameter[]);

/* The verdict for rows of which some are intervals (core/model/censored.c). */
void mle_censored_exists(const struct mle_model *model, struct mle_existence *x);

/* Rows [lo, hi) of the evidence. */
struct mle_obs mle_evidence_rows(const struct mle_evidence *e, size_t lo, size_t hi);

/* Reports the rows of a numeric response that lie outside the support; MLE_OUTSIDE_SUPPORT. */
enum mle_status mle_report_outside(const struct mle_model *model, struct mle_error *err);

#endif
