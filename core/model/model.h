/* A model bound to rows: one objective, the log-likelihood of unconstrained parameters u, and what
   belongs to it. Univariate families and vector-valued models (models.def) look alike from here on;
   core/fit knows nothing else. */
#ifndef MLE_CORE_MODEL_MODEL_H
#define MLE_CORE_MODEL_MODEL_H

#include "core/family/existence.h"
#include "core/model/frame.h"
#include "core/model/tabulate.h"

/* One scalar of theta. */
struct mle_param {
    const char *name; /* "shape", "p[2]" */
    struct mle_domain domain;
};

/* How scalars form the parameters that people write. */
enum mle_shape {
    MLE_SCALAR,
    MLE_VECTOR,    /* n scalars: p[0], p[1], ... */
    MLE_SYMMETRIC, /* n x n: the lower triangle by rows, n (n + 1) / 2 scalars s[0][0], s[1][0], ..
                    */
    MLE_DIAGONAL,  /* n x n: n scalars s[0][0], s[1][1], ..., the rest is 0 */
    MLE_SPHERICAL, /* n x n: one scalar s[0][0] times the identity */
};

struct mle_param_group {
    const char *name;
    enum mle_shape shape;
    size_t first, n;
};

/* A parameter as the catalogue describes it. */
struct mle_kind_param {
    const char *name;
    enum mle_shape shape;
    struct mle_domain domain; /* of each scalar */
    const char *doc;
};

struct mle_model;

/* The integral (sum) of a fitted density over its support, and how far off that may be. Of several
   rows the worst. */
struct mle_normalisation {
    double value, error; /* NaN: not known */
    const char *absent;  /* why, NULL: it is known */
};

/* How far the rows lie from a fitted regression; NaN: not defined. */
struct mle_errors {
    double deviance, null_deviance; /* unscaled, as of R's glm */
    double mean_squared;            /* of y about the fitted mean, per unit of weight */
};

/* One row of models.def, or the general model of a univariate family. */
struct mle_model_kind {
    const char *name, *title, *doc; /* of the catalogue; NULL for the general model */
    enum mle_measure measure;
    const char *support;   /* in words */
    const char *scipy, *r; /* as in a family; {[mean]} writes a vector or matrix */
    size_t n_param;
    const struct mle_kind_param *param;
    const char *no_cdf;  /* why there is none */
    bool multivariate;   /* the response is a list of numeric columns */
    bool has_covariance; /* takes the member "covariance" */

    /* Before the frame is bound: SETS *n and *column to the columns that the model needs beside
       response and weights (for the missing policy). NULL: those of the predictors. */
    enum mle_status (*columns)(struct mle_model *model, const struct mle_work *work, size_t *n,
                               const struct mle_column *const **column, struct mle_error *err);

    /* Validates spec against the frame of model and fills the rest of model. */
    enum mle_status (*bind)(struct mle_model *model, const struct mle_model_spec *spec,
                            const struct mle_work *work, struct mle_error *err);

    /* The one pass before estimation: checks the support (MLE_OUTSIDE_SUPPORT with the rows) and
       gathers the evidence for exists, start and solve. */
    enum mle_status (*scan)(struct mle_model *model, const struct mle_work *work,
                            struct mle_error *err);

    void (*exists)(const struct mle_model *model, struct mle_existence *existence);

    /* SETS theta to the maximiser without iterating; only if model->solvable. */
    void (*solve)(const struct mle_model *model, double theta[]);

    void (*start)(const struct mle_model *model, double u[]);

    /* The family's edge and irregular (core/family/family.h) where they apply; NULL: they never do.
       irregular says why, NULL: it is regular. */
    void (*edge)(const struct mle_model *model, struct mle_existence *existence);
    const char *(*irregular)(const struct mle_model *model, const double theta[]);

    /* SETS ll (nats, complete density) and, unless NULL, grad[n_free] and the full symmetric
       hess[n_free][n_free], the derivatives in u. */
    enum mle_status (*loglik)(const struct mle_model *model, const struct mle_work *work,
                              const double u[], double *ll, double grad[], double hess[],
                              struct mle_error *err);

    /* SETS outer[n_free][n_free] to sum_i w_i s_i s_i', s_i the score of row i in u: a row of
       frequency weight w counts as w equal rows. NULL: not offered. */
    enum mle_status (*scores)(const struct mle_model *model, const struct mle_work *work,
                              const double u[], double outer[], struct mle_error *err);

    /* SETS the box of u, [n_free], infinities where it is open. NULL: there is none. */
    void (*box)(const struct mle_model *model, double lower[], double upper[]);

    /* Takes scalar j out of u, or puts it back: from now on it has the value at, which may be the
       infinity of a limiting family. NULL: not offered. */
    void (*pin)(struct mle_model *model, size_t j, double at);
    void (*unpin)(struct mle_model *model, size_t j);

    /* After the search: whether it climbs for ever (core/model/recession.h). NULL: it cannot. */
    enum mle_status (*recede)(struct mle_model *model, const struct mle_work *work,
                              const double theta[], struct mle_existence *existence, bool *again,
                              struct mle_error *err);

    /* SETS out for a regression at theta. NULL: not offered. */
    enum mle_status (*errors)(const struct mle_model *model, const struct mle_work *work,
                              const double theta[], struct mle_errors *out, struct mle_error *err);

    /* The scalar of theta that u[i] stands for; only with box. */
    size_t (*scalar_of)(const struct mle_model *model, size_t i);

    /* SETS theta[n_theta] and, unless NULL, jacobian[n_theta][n_free] = d theta / d u. */
    void (*natural)(const struct mle_model *model, const double u[], double theta[],
                    double jacobian[]);

    /* SETS u from theta, which is inside its domain. */
    void (*unconstrain)(const struct mle_model *model, const double theta[], double u[]);

    /* SETS what theta gives for the rows: log densities ll[n] in the order of the frame, their
       weighted sum and, unless NULL, the weighted sums of their first and second derivatives in
       theta (score[n_theta], hess[n_theta][n_theta]). A row outside the support has log density
       -inf and makes the derivatives NaN. Needs no scan. */
    enum mle_status (*evaluate)(const struct mle_model *model, const struct mle_work *work,
                                const double theta[], double ll[], double *sum, double score[],
                                double hess[], struct mle_error *err);

    /* Why theta, each scalar of which is in its domain, is no point of the model (NULL: it is one);
       param is the member at fault. NULL: every such theta is one. */
    const char *(*refuse)(const struct mle_model *model, const double theta[], const char **param);

    /* SETS the parameters of model->family in row i of the frame under theta: the distribution of
       its response, whatever was seen of it. NULL: it is not one of families.def. */
    void (*parameters)(const struct mle_model *model, const double theta[], size_t i,
                       double parameter[]);

    /* SETS p[model->n_level], the probabilities of the levels of the response in row i. NULL: it
       has no levels. */
    void (*probabilities)(const struct mle_model *model, const double theta[], size_t i,
                          double p[]);

    /* P(Y <= y) of row i of the frame under theta. NULL: not offered. */
    double (*cdf)(const struct mle_model *model, const double theta[], size_t i);

    /* Entropy of the fitted distribution (nats), averaged over the rows where it varies. NULL or
       NaN: not known. */
    double (*entropy)(const struct mle_model *model, const double theta[]);

    /* SETS out to what the density integrates to at theta; after scan. NULL: 1 by proof. */
    enum mle_status (*normalise)(const struct mle_model *model, const struct mle_work *work,
                                 const double theta[], struct mle_normalisation *out,
                                 struct mle_error *err);
};

struct mle_model {
    const struct mle_model_kind *kind;
    const struct mle_family *family; /* NULL: vector-valued */
    const struct mle_model_spec *spec;
    const struct mle_data *data;
    struct mle_frame frame;
    enum mle_measure measure;
    size_t n_theta, n_free;
    const struct mle_param *param; /* [n_theta] */
    size_t n_group;
    const struct mle_param_group *group;
    size_t n_level; /* of a categorical response */
    const char *const *level;
    bool conditional; /* some parameter has a predictor */
    size_t n_coded;   /* categorical predictors, and the levels by which they are coded */
    struct mle_column_levels coded[16];
    size_t n_basis; /* of polynomials among the predictors */
    struct mle_polynomials basis[16];
    const double *fixed, *start;   /* of vector-valued models: [n_theta] as given, NaN where not;
                                      NULL: nothing is */
    bool solvable;                 /* kind->solve may be called */
    bool climbable;                /* kind->start may be called */
    const struct mle_table *table; /* distinct values of a discrete response, NULL: not made */
    const char *no_table;          /* why, NULL: what the measure and the trials say */
    bool trials_differ;            /* ... because the rows have different totals */
    const char *warning;          /* after scan: what a reader of the fit should know, NULL: none */
    struct mle_evidence evidence; /* after scan */
    void *self;                   /* of the kind */
};

/* Validates spec against data and binds: family or model found by name, columns, rows, parameters.
   Everything is allocated in work->arena; data and spec are borrowed. */
enum mle_status mle_model_bind(const struct mle_model_spec *spec, const struct mle_data *data,
                               enum mle_missing missing, const struct mle_work *work,
                               struct mle_model *model, struct mle_error *err);

/* Whether a list of predictors of the family predicts this parameter. */
bool mle_is_location(const char *family, const char *param);

/* The rows of models.def. */
size_t mle_model_kind_count(void);
const struct mle_model_kind *mle_model_kind_get(size_t i);

/* SETS place[model->n_level] to where spec->levels puts each level of the response (as it is
   without them), and model's levels to that order. Fails when the list leaves out a level that
   occurs, repeats one, or is for another column. */
enum mle_status mle_model_order_levels(struct mle_model *model, uint32_t place[],
                                       struct mle_error *err);

/* Fails when spec has a member that means nothing for vector-valued models: it is refused, not
   ignored. */
enum mle_status mle_model_refuse_members(const struct mle_model_spec *spec, struct mle_error *err);
enum mle_status mle_model_refuse_member(const struct mle_model_spec *spec, const char *name,
                                        struct mle_error *err);

/* SETS model's levels to those that spec->levels gives the response: for rows without one. Fails
   when the list repeats a level. */
enum mle_status mle_model_given_levels(struct mle_model *model, struct mle_error *err);

/* Fails when spec->levels is given, for a response that has none. */
enum mle_status mle_model_refuse_levels(const struct mle_model *model, struct mle_error *err);

/* Index of the scalar parameter of that name, n_theta if there is none. */
size_t mle_model_find_param(const struct mle_model *model, const char *name);

/* --- vectors and matrices (core/model/shape.c)
 * --------------------------------------------------- */

/* Scalars of a group. */
size_t mle_group_size(const struct mle_param_group *group);

/* theta's index of element (i, k) of a group (k = 0 for vectors, both 0 for scalars), SIZE_MAX for
   an element that is 0 by its shape. */
size_t mle_group_element(const struct mle_param_group *group, size_t i, size_t k);

/* Fills model's param and n_theta from its groups: names "mean[0]", "covariance[1][0]". domain[] is
   one for each group; the diagonal of a matrix is positive. */
enum mle_status mle_model_name_params(struct mle_model *model, const struct mle_domain domain[],
                                      const struct mle_work *work, struct mle_error *err);

/* Puts a value that a request gives under a scalar's name into theta, where NaN means: not given
   yet. Elements above the diagonal, and those that a shape makes 0 or equal, are taken when they
   agree. SETS *j to the scalar. NULL, or the code of the fault with its sentence in text. */
const char *mle_model_take(const struct mle_model *model, const char *name, double value,
                           double theta[], size_t *j, size_t size, char text[]);

/* SETS theta[n_theta] to what the n members of spec->fixed or spec->start say, NaN elsewhere. Fails
   unless each group is given whole or not at all, or the kind refuses what is given. */
enum mle_status mle_model_read_given(const struct mle_model *model, size_t n,
                                     const struct mle_named_value given[], double theta[],
                                     struct mle_error *err);

#endif
