/* theta = (alpha_0, ..., alpha_k-1), u = (log A, softmax coordinates of alpha / A)
   (core/model/simplex.h). What all rows say is the mean of log x_j. It is kept as the logarithm of
   the arithmetic mean less a gap >= 0, since the gaps are what tells A, and rows that differ by
   1e-6 have gaps of 1e-12. For the same reason sums that are 1 are never formed from rounded parts:
   excess is what the rows themselves are above 1. */
#include "core/base/shortest.h"
#include "core/math/logs.h"
#include "core/math/special.h"
#include "core/math/twice.h"
#include "core/model/simplex.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A row must sum to 1 within this: scipy's tolerance, and more than ten decimals leave. */
static const double tolerance = 1e-9;

/* Gaps below so many roundings say that the rows are equal. */
static const double roundings = 32;

/* When all of alpha are above this, they are found without Minka's inverse. */
static const double large = 1e4;

struct self {
    double *mean;                           /* [k] arithmetic mean of each column */
    double *gap;                            /* [k] mean of e - log(1 + e), x = mean (1 + e) */
    double *lift;                           /* [k] mean of e, which is the rounding of mean */
    double excess;                          /* mean of the row sums, less 1 */
    double total_gap;                       /* 1 + excess - sum of the geometric means */
    double *m, *slope, *bend, *excess_bend; /* [k] scratch */
};

static enum mle_status bind(struct mle_model *model, const struct mle_model_spec *spec,
                            const struct mle_work *work, struct mle_error *err)
{
    (void)spec;
    struct self *self = mle_arena_zeros(work->arena, 1, sizeof *self);
    if (!self)
        return mle_arena_fail(work->arena, err);
    model->self = self;
    model->measure = MLE_LEBESGUE;
    MLE_TRY(mle_simplex_bind(model, "alpha", (struct mle_domain)MLE_POSITIVE, work, err));
    double **all[] = { &self->mean,  &self->gap,  &self->lift,       &self->m,
                       &self->slope, &self->bend, &self->excess_bend };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!(*all[i] = mle_arena_doubles(work->arena, model->n_theta)))
            return mle_arena_fail(work->arena, err);
    model->n_free = isnan(model->fixed[0]) ? model->n_theta : 0;
    model->climbable = true;
    return MLE_OK;
}

/* --- scan ------------------------------------------------------------------------------------- */

/* Sum of a row, less 1. */
static double row_excess(const struct mle_frame *frame, size_t i)
{
    struct mle_twice sum = { -1, 0 };
    for (size_t j = 0; j < frame->n_part; j++)
        sum = mle_twice_add(sum, (struct mle_twice){ frame->value[j][i], 0 });
    return sum.high;
}

static bool inside(const struct mle_frame *frame, size_t i)
{
    bool positive = true;
    for (size_t j = 0; j < frame->n_part; j++)
        positive &= frame->value[j][i] > 0;
    return positive && fabs(row_excess(frame, i)) <= tolerance;
}

static enum mle_status report_outside(const struct mle_model *model, struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    size_t rows = 0;
    mle_fail(err, MLE_OUTSIDE_SUPPORT, "rows lie outside the support of dirichlet");
    for (size_t i = 0; i < frame->n; i++) {
        if (inside(frame, i))
            continue;
        size_t row = mle_frame_origin(frame, i), bad = 0;
        char number[32];
        for (size_t j = 0; j < frame->n_part; j++) {
            double x = frame->value[j][i];
            bad += !(x > 0);
            if (!(x > 0))
                mle_fault_row(err, row, frame->part[j]->name, "outside_support",
                              "%s is not greater than 0", mle_show(x, number));
        }
        if (bad == 0)
            mle_fault_row(err, row, frame->response->name, "outside_support",
                          "the row sums to %s, not to 1 (within %g)",
                          mle_show(1 + row_excess(frame, i), number), tolerance);
        rows++;
    }
    if (err)
        snprintf(err->text, sizeof err->text, "%zu row%s outside the support of dirichlet", rows,
                 rows == 1 ? " lies" : "s lie");
    mle_hint(err, "Each row is a composition: positive parts whose sum is 1.");
    return MLE_OUTSIDE_SUPPORT;
}

/* acc: rows outside, their excess, then the sum of each column. */
static void first_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct mle_frame *frame = ctx;
    memset(acc, 0, (2 + frame->n_part) * sizeof *acc);
    for (size_t i = lo; i < hi; i++) {
        double w = frame->w ? frame->w[i] : 1;
        acc[0] += !inside(frame, i);
        acc[1] += w * row_excess(frame, i);
        for (size_t j = 0; j < frame->n_part; j++)
            acc[2 + j] += w * frame->value[j][i];
    }
}

struct second {
    const struct mle_frame *frame;
    const double *mean;
};

/* acc: of each column the sums of log(1 + e) - e and of e, x = mean (1 + e). */
static void second_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct second *pass = ctx;
    const struct mle_frame *frame = pass->frame;
    memset(acc, 0, 2 * frame->n_part * sizeof *acc);
    for (size_t j = 0; j < frame->n_part; j++, acc += 2)
        for (size_t i = lo; i < hi; i++) {
            double w = frame->w ? frame->w[i] : 1, x = frame->value[j][i], mean = pass->mean[j];
            double e = (x - mean) / mean;
            acc[0] += w * (fabs(e) < 0.5 ? mle_log1pmx(e) : log(x / mean) - e);
            acc[1] += w * e;
        }
}

static enum mle_status scan(struct mle_model *model, const struct mle_work *work,
                            struct mle_error *err)
{
    struct self *self = model->self;
    const struct mle_frame *frame = &model->frame;
    size_t k = model->n_theta;
    double *acc = mle_arena_doubles(work->arena, 2 + 2 * k);
    if (!acc)
        return mle_arena_fail(work->arena, err);
    struct mle_sum sum = { 2 + k, first_tile, NULL, frame, 2 * (double)k };
    MLE_TRY(mle_reduce(&work->reducer, &sum, frame->n, work->stop, work->arena, acc, err));
    if (acc[0] > 0)
        return report_outside(model, err);
    self->excess = acc[1] / frame->weight_sum;
    for (size_t j = 0; j < k; j++)
        self->mean[j] = acc[2 + j] / frame->weight_sum;
    struct second second = { frame, self->mean };
    sum = (struct mle_sum){ 2 * k, second_tile, NULL, &second, 15 * (double)k };
    MLE_TRY(mle_reduce(&work->reducer, &sum, frame->n, work->stop, work->arena, acc, err));
    self->total_gap = 0;
    for (size_t j = 0; j < k; j++) {
        self->gap[j] = -acc[2 * j] / frame->weight_sum;
        self->lift[j] = acc[2 * j + 1] / frame->weight_sum;
        self->total_gap -= self->mean[j] * expm1(-self->gap[j]);
    }
    model->evidence = (struct mle_evidence){ .n = frame->n, .weight_sum = frame->weight_sum };
    return MLE_OK;
}

/* The family is a regular exponential family in alpha with the statistics log x_j, so its
   log-likelihood is strictly concave in alpha, and the maximum exists exactly if their mean lies
   inside the convex hull of the surface sum e^t_j = 1, which is sum e^t_j < 1 (Barndorff-Nielsen
   1978, Information and exponential families, 9.3): the geometric means of the columns must sum to
   less than 1. By the inequality of the means they do unless all rows are equal. */
static void exists(const struct mle_model *model, struct mle_existence *x)
{
    const struct self *self = model->self;
    x->certificate = MLE_CERTIFICATE_UNIQUE_ROOT;
    if (model->n_free == 0) {
        mle_settle_given(model, x);
        return;
    }
    if (self->total_gap > roundings * DBL_EPSILON)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               model->frame.n == 1
                   ? "there is one row: the density at it grows without limit as the sum of alpha "
                     "does, with alpha in proportion to it"
                   : "all rows are equal, to the last digit: the density at them grows without "
                     "limit as the sum of alpha does, with alpha in proportion to them");
    for (size_t j = 0; j < model->n_theta; j++)
        x->theta[j] = INFINITY;
    x->supremum = INFINITY;
    x->supremum_infinite = true;
    x->collapses = "alpha";
}

/* --- u ---------------------------------------------------------------------------------------- */

static void natural(const struct mle_model *model, const double u[], double theta[],
                    double jacobian[])
{
    if (model->n_free == 0)
        memcpy(theta, model->fixed, model->n_theta * sizeof *theta);
    else
        mle_concentration_natural(model->n_theta, u, theta, jacobian);
}

static void unconstrain(const struct mle_model *model, const double theta[], double u[])
{
    if (model->n_free > 0)
        mle_concentration_unconstrain(model->n_theta, theta, u);
}

/* One step of Newton in alpha, whose Hessian is a diagonal plus rank one and is inverted by hand:
   cost k. False when it led out of the domain or changed nothing.
   Ref: Minka (2000), Estimating a Dirichlet distribution. */
static bool minka_step(const struct self *self, size_t k, double alpha[])
{
    double sum = 0, top = 0, bottom = 0, moved = 0;
    for (size_t j = 0; j < k; j++)
        sum += alpha[j];
    bottom = 1 / mle_trigamma(sum);
    double *g = self->slope, *q = self->bend;
    for (size_t j = 0; j < k; j++) {
        g[j] = mle_digamma(sum) - mle_digamma(alpha[j]) + log(self->mean[j]) - self->gap[j];
        q[j] = -mle_trigamma(alpha[j]);
        top += g[j] / q[j];
        bottom += 1 / q[j];
    }
    for (size_t j = 0; j < k; j++) {
        double next = alpha[j] - (g[j] - top / bottom) / q[j];
        if (!(next > 0) || !isfinite(next))
            return false;
        g[j] = next;
    }
    for (size_t j = 0; j < k; j++) {
        moved = fmax(moved, fabs(g[j] - alpha[j]) / alpha[j]);
        alpha[j] = g[j];
    }
    return moved > 1e-8;
}

/* Where A is so large that Minka's inverse cancels, its equations are nearly solved:

       m_j = mean_j exp(lambda(alpha_j) - lambda(A) - gap_j),   sum_j m_j = 1,

   lambda(a) = log a - psi(a) = 1 / (2 a) + ..., so that the excess of the sum over 1 is about
   (k - 1) / 2 (1 / A - 1 / A at the solution). Each step gains as many digits as alpha has. */
static void settle_large(const struct self *self, size_t k, double alpha[])
{
    double sum = 0;
    for (size_t j = 0; j < k; j++)
        sum += alpha[j];
    for (unsigned i = 0; i < 8; i++) {
        double excess = 0, lambda = mle_log_minus_digamma(sum);
        for (size_t j = 0; j < k; j++) {
            double by = expm1(mle_log_minus_digamma(alpha[j]) - lambda - self->gap[j]);
            excess += self->mean[j] * by;
            self->slope[j] = self->mean[j] * (1 + by);
        }
        double next = sum / (1 - 2 * sum * excess / ((double)k - 1));
        if (!(next > 0) || !isfinite(next))
            return;
        sum = next;
        for (size_t j = 0; j < k; j++)
            alpha[j] = sum * self->slope[j];
    }
}

/* A of the moments: the gaps of a Dirichlet with a large A are (k - 1) / (2 A) on the whole. */
static void start(const struct mle_model *model, double u[])
{
    const struct self *self = model->self;
    size_t k = model->n_theta;
    double *alpha = self->m;
    double sum = ((double)k - 1) / 2 / self->total_gap, least = INFINITY;
    for (size_t j = 0; j < k; j++) {
        alpha[j] = sum * self->mean[j];
        least = fmin(least, alpha[j]);
    }
    if (!isnan(model->start[0]))
        memcpy(alpha, model->start, k * sizeof *alpha);
    else if (least > large)
        settle_large(self, k, alpha);
    else
        for (unsigned i = 0; i < 50 && minka_step(self, k, alpha); i++)
            continue;
    mle_concentration_unconstrain(k, alpha, u);
}

/* --- the objective ----------------------------------------------------------------------------
   With m = alpha / A, r_j = mean_j / m_j - 1 and lambda(a) = log a - psi(a), and since the m_j sum
   to 1 and the mean_j (1 + lift_j) to 1 + excess,

       mean log x_j = log m_j + log(1 + r_j) + lift_j - gap_j =: log m_j + b_j
       sum m_j b_j = excess + sum m_j [log(1 + r_j) - r_j - gap_j]
       l / W = A sum m_j b_j - sum_j mean log x_j + [log Gamma(A) - sum_j log Gamma(alpha_j)
               - sum_j alpha_j log m_j], the last by Stirling's formula and its error,
       d l / d alpha_j = W (b_j + lambda(alpha_j) - lambda(A))

   and not one term grows with A. */

/* log(1 + r) - r */
static double log_less(double r)
{
    return fabs(r) < 0.5 ? mle_log1pmx(r) : log1p(r) - r;
}

static double log_ratio(double x, double m)
{
    double e = (x - m) / m;
    return fabs(e) < 0.5 ? log1p(e) : log(x) - log(m);
}

/* Of -log B(alpha) - sum alpha_j log m_j. */
static double log_norm(size_t k, double sum, const double alpha[])
{
    double value = mle_stirling_error(sum) - 0.5 * log(sum) - ((double)k - 1) * MLE_HALF_LOG_2PI;
    for (size_t j = 0; j < k; j++)
        value -= mle_stirling_error(alpha[j]) - 0.5 * log(alpha[j]);
    return value;
}

static enum mle_status loglik(const struct mle_model *model, const struct mle_work *work,
                              const double u[], double *ll, double grad[], double hess[],
                              struct mle_error *err)
{
    const struct self *self = model->self;
    size_t k = model->n_theta;
    double w = model->frame.weight_sum, sum = 0, *m = self->m;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    double *alpha = mle_arena_doubles(work->arena, k);
    if (!alpha)
        return mle_arena_fail(work->arena, err);
    natural(model, u, alpha, NULL);
    for (size_t j = 0; j < k; j++)
        sum += alpha[j];
    if (model->n_free > 0)
        mle_softmax(k, u + 1, m);
    double of_sum = mle_log_minus_digamma(sum), tail = sum * mle_a_trigamma_minus_1(sum);
    double value = 0, match = self->excess, pull = -of_sum;
    for (size_t j = 0; j < k; j++) {
        if (model->n_free == 0)
            m[j] = alpha[j] / sum;
        double of_one = mle_log_minus_digamma(alpha[j]);
        double rest = self->lift[j] - self->gap[j], ratio = log_ratio(self->mean[j], m[j]);
        match += m[j] * (log_less((self->mean[j] - m[j]) / m[j]) - self->gap[j]);
        pull += m[j] * of_one;
        value -= log(self->mean[j]) + rest;
        self->slope[j] = w * (ratio + rest + of_one - of_sum);
        self->excess_bend[j] = w * alpha[j] * mle_a_trigamma_minus_1(alpha[j]);
        self->bend[j] = w * alpha[j] + self->excess_bend[j];
        tail -= self->excess_bend[j] / w;
    }
    *ll = w * (value + sum * match + log_norm(k, sum, alpha));
    if (grad && model->n_free > 0) {
        struct mle_concentration c = {
            k, sum, m, self->slope, self->bend, self->excess_bend, w * (match + pull), w * tail
        };
        mle_concentration_derivatives(&c, grad, hess);
    }
    mle_arena_rewind(work->arena, mark);
    return MLE_OK;
}

/* --- at any point ----------------------------------------------------------------------------- */

struct pass {
    const struct mle_frame *frame;
    const double *alpha, *m;
    double constant;
    double *ll;
};

/* acc: the log-likelihood, then the sums of log(x_j / m_j). */
static void tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct pass *pass = ctx;
    const struct mle_frame *frame = pass->frame;
    memset(acc, 0, (1 + frame->n_part) * sizeof *acc);
    for (size_t i = lo; i < hi; i++) {
        double w = frame->w ? frame->w[i] : 1, ll = pass->constant;
        for (size_t j = 0; j < frame->n_part; j++) {
            double x = frame->value[j][i], ratio = x > 0 ? log_ratio(x, pass->m[j]) : NAN;
            ll += pass->alpha[j] * ratio - log(x);
            acc[1 + j] += w * ratio;
        }
        pass->ll[i] = inside(frame, i) ? ll : -INFINITY;
        acc[0] += w * pass->ll[i];
    }
}

static enum mle_status evaluate(const struct mle_model *model, const struct mle_work *work,
                                const double theta[], double ll[], double *sum, double score[],
                                double hess[], struct mle_error *err)
{
    size_t k = model->n_theta;
    double *acc = mle_arena_doubles(work->arena, 1 + k), *m = mle_arena_doubles(work->arena, k);
    if (!acc || !m)
        return mle_arena_fail(work->arena, err);
    double total = 0, w = model->frame.weight_sum;
    for (size_t j = 0; j < k; j++)
        total += theta[j];
    for (size_t j = 0; j < k; j++)
        m[j] = theta[j] / total;
    struct pass pass = { &model->frame, theta, m, log_norm(k, total, theta), ll };
    struct mle_sum rows = { 1 + k, tile, NULL, &pass, 30 * (double)k };
    MLE_TRY(mle_reduce(&work->reducer, &rows, model->frame.n, work->stop, work->arena, acc, err));
    *sum = acc[0];
    bool finite = isfinite(*sum);
    double lambda = mle_log_minus_digamma(total), curve = w * mle_trigamma(total);
    for (size_t j = 0; score && j < k; j++)
        score[j] = finite ? acc[1 + j] + w * (mle_log_minus_digamma(theta[j]) - lambda) : NAN;
    for (size_t j = 0; hess && j < k; j++)
        for (size_t i = 0; i < k; i++)
            hess[j * k + i] = finite ? curve - (i == j ? w * mle_trigamma(theta[j]) : 0) : NAN;
    return MLE_OK;
}

/* log B(alpha) + (A - k) psi(A) - sum (alpha_j - 1) psi(alpha_j), with psi(a) = log a - lambda(a)
   so that nothing grows with A. */
static double entropy(const struct mle_model *model, const double theta[])
{
    size_t k = model->n_theta;
    double sum = 0;
    for (size_t j = 0; j < k; j++)
        sum += theta[j];
    double value = -log_norm(k, sum, theta) - (sum - (double)k) * mle_log_minus_digamma(sum);
    for (size_t j = 0; j < k; j++)
        value += log_ratio(theta[j], sum) + (theta[j] - 1) * mle_log_minus_digamma(theta[j]);
    return value;
}

static const struct mle_kind_param kind_param = { "alpha", MLE_VECTOR, MLE_POSITIVE,
                                                  "one for each column: its mean is alpha over "
                                                  "their sum, which is the precision" };

const struct mle_model_kind mle_model_kind_dirichlet = {
    .name = "dirichlet",
    .title = "Dirichlet",
    .doc = "log f(y) = log Gamma(sum alpha) - sum_j log Gamma(alpha_j) + sum_j (alpha_j - 1) "
           "log y_j, with respect to all columns but one. Kotz, Balakrishnan & Johnson (2000) 49",
    .measure = MLE_LEBESGUE,
    .support = "vectors of positive numbers that sum to 1 (within 1e-9), one column for each "
               "element",
    .scipy = "scipy.stats.dirichlet(alpha={[alpha]})",
    .r = "DirichletReg::ddirichlet(x, alpha = {[alpha]})",
    .n_param = 1,
    .param = &kind_param,
    .no_cdf = "the probability of a corner of several dimensions has no formula",
    .multivariate = true,
    .bind = bind,
    .scan = scan,
    .exists = exists,
    .start = start,
    .loglik = loglik,
    .natural = natural,
    .unconstrain = unconstrain,
    .evaluate = evaluate,
    .entropy = entropy,
};
