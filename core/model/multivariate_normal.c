/* theta = (mean, covariance). The maximum is a closed form, so u needs no more than to be where
   information is well conditioned: around the estimate m, S = L L',

       mean = m + L u_1,   covariance = S + L U L',

   U symmetric with the elements of u_2 (diagonal, or a multiple of the identity, as the covariance
   is). At u = 0 the information is W for each u_1, W for elements of U off the diagonal and W/2 on
   it, whatever the data; carried back to theta it is the covariance of the estimates, S/W and
   Wishart's (s_ik s_jl + s_il s_jk)/W. */
#include "core/model/multivariate_normal.h"

#include "core/base/shortest.h"
#include "core/math/linalg.h"
#include "core/math/logs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FULL = 50, MAX_DIAGONAL = 512 };

/* --- binding -------------------------------------------------------------------------------- */

static enum mle_status check_columns(const struct mle_model *model, const struct mle_mvn *self,
                                     struct mle_error *err)
{
    size_t most = self->structure == MLE_STRUCTURE_FULL ? MAX_FULL : MAX_DIAGONAL;
    if (self->d <= most)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "%s takes at most %zu columns", model->kind->name, most);
    mle_fault_at(err, "/model/response", "too_many", "%zu columns, %zu are allowed", self->d, most);
    if (most == MAX_FULL)
        mle_hint(err, "A diagonal or spherical covariance takes %d columns.", MAX_DIAGONAL);
    return MLE_INVALID_MODEL;
}

static enum mle_status read_given(struct mle_model *model, struct mle_mvn *self,
                                  const struct mle_work *work, struct mle_error *err)
{
    const struct mle_model_spec *spec = model->spec;
    double *start = mle_arena_doubles(work->arena, model->n_theta);
    self->given = mle_arena_doubles(work->arena, model->n_theta);
    if (!self->given || !start)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(mle_model_read_given(model, spec->n_fixed, spec->fixed, self->given, err));
    MLE_TRY(mle_model_read_given(model, spec->n_start, spec->start, start, err));
    self->mean_fixed = !isnan(self->given[0]);
    self->covariance_fixed = !isnan(self->given[self->d]);
    model->fixed = self->given;
    model->start = start;
    const char *param, *why = NULL;
    if (self->covariance_fixed)
        why = model->kind->refuse(model, self->given, &param);
    if (!why)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "%s", why);
    mle_fault_at(err, "/model/fixed/covariance", "not_a_distribution", "%s", why);
    return MLE_INVALID_MODEL;
}

static enum mle_status bind(struct mle_model *model, const struct mle_model_spec *spec,
                            const struct mle_work *work, struct mle_error *err)
{
    static const struct mle_domain domain[] = { MLE_REAL, MLE_REAL };
    static const enum mle_shape shape[] = { MLE_SYMMETRIC, MLE_SYMMETRIC, MLE_DIAGONAL,
                                            MLE_SPHERICAL };
    struct mle_mvn *self = mle_arena_zeros(work->arena, 1, sizeof *self);
    if (!self)
        return mle_arena_fail(work->arena, err);
    size_t d = self->d = model->frame.n_part;
    self->structure =
        spec->covariance == MLE_STRUCTURE_NONE ? MLE_STRUCTURE_FULL : spec->covariance;
    self->group[0] = (struct mle_param_group){ "mean", MLE_VECTOR, 0, d };
    self->group[1] = (struct mle_param_group){ "covariance", shape[self->structure], d, d };
    model->self = self;
    model->measure = MLE_LEBESGUE;
    model->n_group = 2;
    model->group = self->group;
    MLE_TRY(check_columns(model, self, err));
    MLE_TRY(mle_model_name_params(model, domain, work, err));
    MLE_TRY(mle_mvn_factor_alloc(self, work, &self->factor, err));
    MLE_TRY(mle_mvn_factor_alloc(self, work, &self->scratch, err));
    MLE_TRY(read_given(model, self, work, err));
    model->n_free =
        (self->mean_fixed ? 0 : d) + (self->covariance_fixed ? 0 : mle_group_size(&self->group[1]));
    model->solvable = true;
    return MLE_OK;
}

static const char *refuse(const struct mle_model *model, const double theta[], const char **param)
{
    struct mle_mvn *self = model->self;
    *param = "covariance";
    return mle_mvn_factor_set(self, theta + self->d, &self->scratch)
               ? NULL
               : "the covariance is not positive definite";
}

/* --- existence ------------------------------------------------------------------------------ */

/* "-2 x + y", as far as it fits. */
static void describe(const struct mle_model *model, const double direction[], size_t size,
                     char text[])
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t j = 0; j < model->frame.n_part && n + 60 < size; j++) {
        double c = direction[j];
        if (c == 0)
            continue;
        char number[32] = "", name[33];
        mle_copy_text(sizeof name, name, model->frame.part[j]->name);
        if (fabs(c) != 1)
            snprintf(number, sizeof number, "%.6g ", fabs(c));
        n += (size_t)snprintf(text + n, size - n, "%s%s%s",
                              n == 0 ? (c < 0 ? "-" : "") : (c < 0 ? " - " : " + "), number, name);
    }
}

/* Where the rows do not vary, along c, the likelihood with c' covariance c = s grows as s^-W/2.
   With as many columns as rows, or more, there always is such a direction. Elsewhere the likelihood
   of this exponential family is strictly concave in (covariance^-1 mean, covariance^-1) and the
   second moments are inside its domain, so the one stationary point is the maximum. Anderson
   (2003), An introduction to multivariate statistical analysis, 3.2. */
static void exists(const struct mle_model *model, struct mle_existence *x)
{
    const struct mle_mvn *self = model->self;
    size_t d = self->d, n = model->frame.n;
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (model->n_free == 0) {
        memcpy(x->theta, self->given, model->n_theta * sizeof *x->theta);
        mle_settle(x, MLE_VERDICT_INTERIOR, MLE_CERTIFICATE_SINGLE_POINT,
                   "all parameters are given: there is nothing to maximise over");
        x->maximum = MLE_MAXIMUM_GLOBAL;
        return;
    }
    if (self->covariance_fixed || self->n_null == 0)
        return;
    char direction[128];
    describe(model, self->null, sizeof direction, direction);
    if (n <= d && self->structure == MLE_STRUCTURE_FULL)
        mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_RANK,
                   "%zu row%s cannot span %zu dimensions: %s is the same in all of them, and the "
                   "density grows without limit as its variance falls to 0",
                   n, n == 1 ? "" : "s", d, direction);
    else
        mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_RANK,
                   "%s is the same in all rows, to the last digit: the density grows without limit "
                   "as its variance falls to 0",
                   direction);
    memcpy(x->theta, self->moments.mean, d * sizeof *x->theta);
    x->supremum = INFINITY;
    x->supremum_infinite = true;
    x->collapses = "covariance";
    x->n_null = self->n_null;
    x->null = self->null;
    x->n_column = d;
    x->column = self->part_name;
}

static void solve(const struct mle_model *model, double theta[])
{
    const struct mle_mvn *self = model->self;
    const struct mle_cross_moments *m = &self->moments;
    size_t d = self->d;
    memcpy(theta, m->mean, d * sizeof *theta);
    if (self->covariance_fixed) {
        memcpy(theta + d, self->given + d, (model->n_theta - d) * sizeof *theta);
        return;
    }
    if (self->structure == MLE_STRUCTURE_SPHERICAL) {
        theta[d] = self->factor.deviation[0] * self->factor.deviation[0];
        return;
    }
    for (size_t i = 0, at = d; i < d; i++)
        for (size_t j = m->diagonal ? i : 0; j <= i; j++)
            theta[at++] = m->covariance[m->diagonal ? i : i * d + j].high * m->unit[i] * m->unit[j];
}

/* --- u ---------------------------------------------------------------------------------------- */

/* Element (i, j) of L in the user's units. */
static double lower(const struct mle_mvn *self, size_t i, size_t j)
{
    const struct mle_mvn_factor *f = &self->factor;
    if (!f->l)
        return i == j ? f->deviation[i] : 0;
    return j <= i ? f->l[i * self->d + j].high * f->unit[i] : 0;
}

/* d covariance_ij / d U_pq */
static double slope(const struct mle_mvn *self, size_t i, size_t j, size_t p, size_t q)
{
    double x = lower(self, i, p) * lower(self, j, q);
    return p == q ? x : x + lower(self, i, q) * lower(self, j, p);
}

static void full_natural(const struct mle_mvn *self, const double u[], double theta[], size_t n,
                         double jacobian[])
{
    size_t d = self->d;
    for (size_t i = 0, at = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++, at++)
            for (size_t p = 0, a = 0; p <= i; p++)
                for (size_t q = 0; q <= p; q++, a++) {
                    double s = slope(self, i, j, p, q);
                    theta[at] += s * u[a];
                    if (jacobian)
                        jacobian[at * n + a] = s;
                }
}

static void natural(const struct mle_model *model, const double u[], double theta[],
                    double jacobian[])
{
    const struct mle_mvn *self = model->self;
    size_t d = self->d, n = model->n_free, from = self->mean_fixed ? 0 : d;
    solve(model, theta);
    if (jacobian)
        memset(jacobian, 0, model->n_theta * n * sizeof *jacobian);
    for (size_t i = 0; !self->mean_fixed && i < d; i++)
        for (size_t j = 0; j <= i; j++) {
            theta[i] += lower(self, i, j) * u[j];
            if (jacobian)
                jacobian[i * n + j] = lower(self, i, j);
        }
    if (self->covariance_fixed)
        return;
    if (jacobian)
        jacobian += d * n + from;
    if (self->structure == MLE_STRUCTURE_FULL) {
        full_natural(self, u + from, theta + d, n, jacobian);
        return;
    }
    for (size_t a = 0; a < n - from; a++) {
        double variance = theta[d + a];
        theta[d + a] += variance * u[from + a];
        if (jacobian)
            jacobian[a * n + a] = variance;
    }
}

/* Only the estimate itself is ever asked for: there is no search. */
static void unconstrain(const struct mle_model *model, const double theta[], double u[])
{
    (void)theta;
    memset(u, 0, model->n_free * sizeof *u);
}

/* At u = 0, the only point there is: B = I, T = W I or, if the covariance is given, tr T counts. */
static enum mle_status loglik(const struct mle_model *model, const struct mle_work *work,
                              const double u[], double *ll, double grad[], double hess[],
                              struct mle_error *err)
{
    (void)u;
    const struct mle_mvn *self = model->self;
    size_t d = self->d, n = self->structure == MLE_STRUCTURE_FULL ? d * d : d;
    double w = model->frame.weight_sum;
    *ll = -0.5 * w * ((double)d * MLE_LOG_2PI + self->factor.log_det + self->trace);
    if (!grad)
        return MLE_OK;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    double *one = mle_arena_zeros(work->arena, n, sizeof *one);
    double *spread = mle_arena_zeros(work->arena, n, sizeof *spread);
    double *zero = mle_arena_zeros(work->arena, n, sizeof *zero);
    if (!one || !spread || !zero)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < d; j++) {
        one[n == d ? j : j * (d + 1)] = 1;
        spread[n == d ? j : j * (d + 1)] = w;
    }
    struct mle_gaussian g = { d, self->structure, w, one, spread, zero, zero };
    mle_gaussian_derivatives(&g, !self->mean_fixed, !self->covariance_fixed, grad, hess);
    mle_arena_rewind(work->arena, mark);
    return MLE_OK;
}

static double entropy(const struct mle_model *model, const double theta[])
{
    struct mle_mvn *self = model->self;
    if (!mle_mvn_factor_set(self, theta + self->d, &self->scratch))
        return NAN;
    return 0.5 * ((double)self->d * (1 + MLE_LOG_2PI) + self->scratch.log_det);
}

static const struct mle_kind_param kind_param[] = {
    { "mean", MLE_VECTOR, MLE_REAL, "one for each column" },
    { "covariance", MLE_SYMMETRIC, MLE_POSITIVE,
      "symmetric, positive definite (ML: divisor n); \"covariance\" in the model may ask for a "
      "diagonal or a spherical one" },
};

const struct mle_model_kind mle_model_kind_multivariate_normal = {
    .name = "multivariate_normal",
    .title = "Multivariate normal",
    .doc = "log f(y) = -d log(2 pi)/2 - log det(covariance)/2 - (y - mean)' covariance^-1 "
           "(y - mean)/2. Kotz, Balakrishnan & Johnson (2000) 45",
    .measure = MLE_LEBESGUE,
    .support = "vectors of real numbers, one column for each element",
    .scipy = "scipy.stats.multivariate_normal(mean={[mean]}, cov={[covariance]})",
    .r = "mvtnorm::dmvnorm(x, mean = {[mean]}, sigma = {[covariance]})",
    .n_param = 2,
    .param = kind_param,
    .no_cdf = "the probability of a corner of several dimensions has no formula",
    .multivariate = true,
    .has_covariance = true,
    .bind = bind,
    .scan = mle_mvn_scan,
    .exists = exists,
    .solve = solve,
    .loglik = loglik,
    .natural = natural,
    .unconstrain = unconstrain,
    .evaluate = mle_mvn_evaluate,
    .refuse = refuse,
    .entropy = entropy,
};
