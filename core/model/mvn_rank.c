/* The scan of the multivariate normal model: second moments, and whether they have full rank. */
#include "core/model/multivariate_normal.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Below this share of unexplained variance the second moments are summed in twice the precision: a
   double's rounding would show in the sixth digit of what is left. */
static const double delicate = 1e-6;

/* From here on the elements of the covariance, as doubles, lose what is left. */
static const double unwritable = 1e-10;

/* A column that others explain up to so many roundings of its values, and of theirs, depends on
   them: what is left cannot be told from the rounding of the data themselves. */
static const double roundings = 4;

enum mle_status mle_mvn_factor_alloc(const struct mle_mvn *self, const struct mle_work *work,
                                     struct mle_mvn_factor *factor, struct mle_error *err)
{
    size_t d = self->d;
    bool full = self->structure == MLE_STRUCTURE_FULL;
    *factor = (struct mle_mvn_factor){ .unit = mle_arena_doubles(work->arena, d) };
    if (full)
        factor->l = mle_arena_zeros(work->arena, d * d, sizeof *factor->l);
    else
        factor->deviation = mle_arena_doubles(work->arena, d);
    bool ok = factor->unit && (full ? factor->l != NULL : factor->deviation != NULL);
    return ok ? MLE_OK : mle_arena_fail(work->arena, err);
}

static double log_det(const struct mle_mvn *self, const struct mle_mvn_factor *factor)
{
    double sum = 0;
    for (size_t j = 0; j < self->d; j++)
        sum += factor->l ? log(factor->l[j * (self->d + 1)].high) + log(factor->unit[j])
                         : log(factor->deviation[j]);
    return 2 * sum;
}

bool mle_mvn_factor_set(const struct mle_mvn *self, const double covariance[],
                        struct mle_mvn_factor *factor)
{
    size_t d = self->d;
    factor->min_ratio = 1;
    if (self->structure != MLE_STRUCTURE_FULL) {
        size_t step = self->structure == MLE_STRUCTURE_DIAGONAL;
        for (size_t j = 0; j < d; j++)
            factor->deviation[j] = sqrt(covariance[j * step]);
        factor->log_det = log_det(self, factor);
        return true;
    }
    for (size_t j = 0; j < d; j++) {
        double variance = covariance[j * (j + 1) / 2 + j];
        factor->unit[j] = ldexp(1, ilogb(variance) / 2);
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++)
            factor->l[i * d + j] = (struct mle_twice){
                covariance[i * (i + 1) / 2 + j] / factor->unit[i] / factor->unit[j], 0
            };
    if (!mle_twice_cholesky(d, factor->l, &factor->min_ratio))
        return false;
    factor->log_det = log_det(self, factor);
    return true;
}

/* --- dependent columns
 * ------------------------------------------------------------------------------ */

/* What column i is of the columns before it: x_i = sum b_k x_k + const, in units. */
static void explain(const struct mle_mvn *self, size_t i, const bool skip[], struct mle_twice b[])
{
    memcpy(b, self->factor.l + i * self->d, i * sizeof *b);
    mle_twice_backward(self->d, self->factor.l, i, skip, b);
}

/* The standard deviation that rounding alone would leave. */
static double rounding_of(const struct mle_mvn *self, size_t i, const struct mle_twice b[])
{
    const double *largest = self->moments.largest;
    double sum = largest[i];
    for (size_t k = 0; k < i; k++)
        sum += fabs(b[k].high) * largest[k];
    return roundings * DBL_EPSILON * sum;
}

/* Adds the direction x_i - sum b_k x_k, in the user's units. */
static void add_direction(struct mle_mvn *self, size_t i, const struct mle_twice b[])
{
    const struct mle_cross_moments *m = &self->moments;
    double *direction = self->null + self->n_null++ * self->d;
    size_t d = self->d;
    memset(direction, 0, d * sizeof *direction);
    direction[i] = 1;
    double own = sqrt(m->covariance[i * (d + 1)].high);
    for (size_t k = 0; k < i; k++)
        if (fabs(b[k].high) * sqrt(m->covariance[k * (d + 1)].high) > 1e-14 * own)
            direction[k] = -b[k].high * (m->unit[i] / m->unit[k]);
}

/* Factors the second moments column by column, setting aside those that the columns before explain.
   n rows around their mean cannot have more than n - 1 independent columns. */
static void find_rank(struct mle_mvn *self, size_t most, bool skip[], struct mle_twice b[])
{
    size_t d = self->d, independent = 0;
    struct mle_twice *l = self->factor.l;
    self->n_null = 0;
    self->factor.min_ratio = 1;
    memcpy(l, self->moments.covariance, d * d * sizeof *l);
    for (size_t i = 0; i < d; i++) {
        double before = l[i * (d + 1)].high;
        struct mle_twice pivot = mle_twice_cholesky_row(d, l, i, skip);
        double ratio = before > 0 ? pivot.high / before : 0;
        self->factor.min_ratio = fmin(self->factor.min_ratio, ratio);
        skip[i] = independent == most || !(pivot.high > 0);
        if (skip[i] || ratio < delicate) {
            explain(self, i, skip, b);
            double rounding = rounding_of(self, i, b);
            skip[i] = skip[i] || pivot.high <= rounding * rounding;
        }
        if (skip[i])
            add_direction(self, i, b);
        independent += !skip[i];
        l[i * (d + 1)] = skip[i] ? (struct mle_twice){ 0, 0 } : mle_twice_sqrt(pivot);
    }
}

static enum mle_status scan_full(struct mle_model *model, const double about[],
                                 const struct mle_work *work, struct mle_error *err)
{
    struct mle_mvn *self = model->self;
    const struct mle_frame *frame = &model->frame;
    size_t d = self->d, most = about ? frame->n : frame->n - 1;
    bool *skip = mle_arena_zeros(work->arena, d, sizeof *skip);
    struct mle_twice *b = mle_arena_zeros(work->arena, d, sizeof *b);
    if (!skip || !b)
        return mle_arena_fail(work->arena, err);
    memcpy(self->factor.unit, self->moments.unit, d * sizeof *self->factor.unit);
    find_rank(self, most, skip, b);
    if (self->n_null > 0 || self->factor.min_ratio < delicate) {
        MLE_TRY(mle_cross_moments_exact(frame, about, work, &self->moments, err));
        memset(skip, 0, d * sizeof *skip);
        find_rank(self, most, skip, b);
    }
    if (self->n_null == 0)
        self->factor.log_det = log_det(self, &self->factor);
    if (self->n_null == 0 && self->factor.min_ratio < unwritable)
        model->warning = "the columns are nearly collinear: the log-likelihood is that of the "
                         "exact covariance, which its elements, rounded to doubles, do not hold";
    return MLE_OK;
}

static void scan_diagonal(struct mle_mvn *self)
{
    const struct mle_cross_moments *m = &self->moments;
    size_t d = self->d;
    double scale = 0, sum = 0; /* of the common variance */
    for (size_t j = 0; j < d; j++) {
        self->factor.deviation[j] = m->unit[j] * sqrt(m->covariance[j].high);
        scale = fmax(scale, self->factor.deviation[j]);
        if (m->covariance[j].high > 0)
            continue;
        memset(self->null + self->n_null * d, 0, d * sizeof *self->null);
        self->null[self->n_null++ * d + j] = 1;
    }
    if (self->structure == MLE_STRUCTURE_SPHERICAL && self->n_null < d) {
        self->n_null = 0;
        for (size_t j = 0; j < d; j++)
            sum += self->factor.deviation[j] / scale * (self->factor.deviation[j] / scale);
        for (size_t j = 0; j < d; j++)
            self->factor.deviation[j] = scale * sqrt(sum / (double)d);
    }
    self->factor.min_ratio = 1;
    if (self->n_null == 0)
        self->factor.log_det = log_det(self, &self->factor);
}

/* --- a given covariance
 * -------------------------------------------------------------------------------- */

/* tr(A^-1 S) by S = sum of columns c c' is not at hand; solve L X = S, then L Y = X', and add the
   diagonal. */
static enum mle_status given_trace(struct mle_mvn *self, const struct mle_work *work,
                                   struct mle_error *err)
{
    const struct mle_cross_moments *m = &self->moments;
    size_t d = self->d;
    self->trace = 0;
    if (!self->factor.l) {
        for (size_t j = 0; j < d; j++) {
            double ratio = m->unit[j] / self->factor.deviation[j];
            self->trace += m->covariance[j].high * ratio * ratio;
        }
        return MLE_OK;
    }
    struct mle_twice *x = mle_arena_alloc(work->arena, d * d * sizeof *x);
    struct mle_twice *row = mle_arena_alloc(work->arena, d * sizeof *row);
    if (!x || !row)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < d; j++) {
        for (size_t i = 0; i < d; i++) {
            double scale = m->unit[i] / self->factor.unit[i] * (m->unit[j] / self->factor.unit[j]);
            struct mle_twice s = m->covariance[i * d + j];
            x[j * d + i] = (struct mle_twice){ s.high * scale, s.low * scale };
        }
        mle_twice_forward(d, self->factor.l, x + j * d);
    }
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < d; j++)
            row[j] = x[j * d + i];
        mle_twice_forward(d, self->factor.l, row);
        self->trace += row[i].high;
    }
    return MLE_OK;
}

enum mle_status mle_mvn_scan(struct mle_model *model, const struct mle_work *work,
                             struct mle_error *err)
{
    struct mle_mvn *self = model->self;
    const struct mle_frame *frame = &model->frame;
    size_t d = self->d;
    bool diagonal = self->structure != MLE_STRUCTURE_FULL;
    const double *about = self->mean_fixed ? self->given : NULL;
    MLE_TRY(mle_cross_moments(frame, about, diagonal, work, &self->moments, err));
    model->evidence = (struct mle_evidence){ .n = frame->n, .weight_sum = frame->weight_sum };
    if (self->covariance_fixed) {
        mle_mvn_factor_set(self, self->given + d, &self->factor);
        return given_trace(self, work, err);
    }
    self->null = mle_arena_doubles(work->arena, d * d);
    self->part_name = mle_arena_alloc(work->arena, d * sizeof *self->part_name);
    if (!self->null || !self->part_name)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < d; j++)
        self->part_name[j] = model->frame.part[j]->name;
    self->trace = (double)d;
    if (!diagonal)
        return scan_full(model, about, work, err);
    scan_diagonal(self);
    return MLE_OK;
}
