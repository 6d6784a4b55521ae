/* Log densities of rows under a given mean and covariance, and what they sum to. Rows are whitened,
   z = L^-1 (x - mu): every sum is one of numbers of size 1, and the derivatives come back from them
   without cancellation. */
#include "core/math/linalg.h"
#include "core/math/logs.h"
#include "core/model/multivariate_normal.h"

#include <math.h>
#include <string.h>

/* With less unexplained variance than this, rows are whitened in twice the precision. */
static const double delicate = 1e-4;

enum { MAX_COLUMNS = 512 };

struct pass {
    const struct mle_frame *frame;
    const struct mle_mvn *self;
    const struct mle_mvn_factor *factor;
    const double *mean;
    const double *lower; /* [d][d] the factor in doubles, full matrices only */
    double constant;
    double *ll;
    bool products, exact;
};

static void whiten(const struct pass *pass, size_t i, double z[])
{
    const struct mle_mvn_factor *factor = pass->factor;
    size_t d = pass->self->d;
    for (size_t j = 0; j < d; j++) {
        double x = pass->frame->value[j][i] - pass->mean[j];
        z[j] = x / (factor->l ? factor->unit[j] : factor->deviation[j]);
    }
    if (factor->l)
        mle_cholesky_forward(d, pass->lower, z);
}

static void whiten_exactly(const struct pass *pass, size_t i, double z[])
{
    struct mle_twice row[MAX_COLUMNS];
    size_t d = pass->self->d;
    for (size_t j = 0; j < d; j++) {
        struct mle_twice x = mle_twice_sum(pass->frame->value[j][i], -pass->mean[j]);
        row[j] =
            (struct mle_twice){ x.high / pass->factor->unit[j], x.low / pass->factor->unit[j] };
    }
    mle_twice_forward(d, pass->factor->l, row);
    for (size_t j = 0; j < d; j++)
        z[j] = row[j].high;
}

/* acc: log-likelihood, sum w z, sum w z z' (its lower triangle or its diagonal). */
static void tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct pass *pass = ctx;
    size_t d = pass->self->d, n = pass->factor->l ? d * (d + 1) / 2 : d;
    double z[MAX_COLUMNS];
    memset(acc, 0, (pass->products ? 1 + d + n : 1) * sizeof *acc);
    for (size_t i = lo; i < hi; i++) {
        double w = pass->frame->w ? pass->frame->w[i] : 1, q = 0;
        (pass->exact ? whiten_exactly : whiten)(pass, i, z);
        for (size_t j = 0; j < d; j++)
            q += z[j] * z[j];
        pass->ll[i] = pass->constant - 0.5 * q;
        acc[0] += w * pass->ll[i];
        double *product = acc + 1 + d;
        for (size_t j = 0; pass->products && j < d; j++) {
            double wz = w * z[j];
            acc[1 + j] += wz;
            for (size_t k = pass->factor->l ? 0 : j; k <= j; k++)
                *product++ += wz * z[k];
        }
    }
}

/* --- from whitened sums to derivatives
 * --------------------------------------------------------------------------- */

struct sums {
    double *inverse, *spread, *excess, *pull, *t, *half;
    struct mle_twice *work;
};

static enum mle_status allocate(size_t d, bool full, const struct mle_work *work, struct sums *s,
                                struct mle_error *err)
{
    size_t n = full ? d * d : d;
    double **all[] = { &s->inverse, &s->spread, &s->excess, &s->t, &s->half };
    s->pull = mle_arena_doubles(work->arena, d);
    s->work = mle_arena_alloc(work->arena, d * sizeof *s->work);
    bool ok = s->pull && s->work;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ok = (*all[i] = mle_arena_doubles(work->arena, n)) && ok;
    return ok ? MLE_OK : mle_arena_fail(work->arena, err);
}

/* out := K' t K for symmetric t and lower triangular K, all [d][d]. */
static void sandwich(size_t d, const double k[], const double t[], double half[], double out[])
{
    memset(half, 0, d * d * sizeof *half);
    for (size_t i = 0; i < d; i++)
        for (size_t m = 0; m < d; m++)
            for (size_t j = 0; j <= m; j++)
                half[i * d + j] += t[i * d + m] * k[m * d + j];
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++) {
            double sum = 0;
            for (size_t m = i; m < d; m++)
                sum += k[m * d + i] * half[m * d + j];
            out[i * d + j] = sum;
        }
}

/* B, G = B T B, W B - G and B sum w (x - mu) from K = L^-1: B = K'K, G = K' T_z K, and so on. */
static void unwhiten(const struct pass *pass, double weight, const double acc[], struct sums *s)
{
    size_t d = pass->self->d;
    const struct mle_mvn_factor *factor = pass->factor;
    double *k = s->inverse;
    const double *product = acc + 1 + d;
    mle_twice_inverse(d, factor->l, s->work, k);
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++)
            k[i * d + j] /= factor->unit[j];
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++)
            s->t[i * d + j] = s->t[j * d + i] = *product++;
    sandwich(d, k, s->t, s->half, s->spread);
    for (size_t i = 0; i < d * d; i++)
        s->t[i] = weight * (i % (d + 1) == 0) - s->t[i];
    sandwich(d, k, s->t, s->half, s->excess);
    for (size_t j = 0; j < d; j++) {
        s->pull[j] = 0;
        for (size_t i = j; i < d; i++)
            s->pull[j] += k[i * d + j] * acc[1 + i];
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++) {
            double sum = 0;
            for (size_t m = i > j ? i : j; m < d; m++)
                sum += k[m * d + i] * k[m * d + j];
            s->half[i * d + j] = sum;
        }
    memcpy(s->inverse, s->half, d * d * sizeof *s->half);
}

static void unwhiten_diagonal(const struct pass *pass, double weight, const double acc[],
                              struct sums *s)
{
    size_t d = pass->self->d;
    for (size_t j = 0; j < d; j++) {
        double k = 1 / pass->factor->deviation[j], t = acc[1 + d + j];
        s->inverse[j] = k * k;
        s->spread[j] = k * k * t;
        s->excess[j] = k * k * (weight - t);
        s->pull[j] = k * acc[1 + j];
    }
}

enum mle_status mle_mvn_evaluate(const struct mle_model *model, const struct mle_work *work,
                                 const double theta[], double ll[], double *sum, double score[],
                                 double hess[], struct mle_error *err)
{
    struct mle_mvn *self = model->self;
    size_t d = self->d;
    bool full = self->structure == MLE_STRUCTURE_FULL, products = score || hess;
    if (!mle_mvn_factor_set(self, theta + d, &self->scratch))
        return mle_fail(err, MLE_INVALID_MODEL, "the covariance is not positive definite");
    struct pass pass = { .frame = &model->frame,
                         .self = self,
                         .factor = &self->scratch,
                         .mean = theta,
                         .constant = -(double)d * MLE_HALF_LOG_2PI - 0.5 * self->scratch.log_det,
                         .ll = ll,
                         .products = products,
                         .exact = full && self->scratch.min_ratio < delicate };
    struct mle_sum rows = { .width = products ? 1 + d + (full ? d * (d + 1) / 2 : d) : 1,
                            .tile = tile,
                            .ctx = &pass,
                            .row_cost_ns = (double)(d * d) * (pass.exact ? 15 : 1) };
    double *lower = mle_arena_doubles(work->arena, d * d);
    double *acc = mle_arena_doubles(work->arena, rows.width);
    if (!lower || !acc)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; full && i < d * d; i++)
        lower[i] = self->scratch.l[i].high;
    pass.lower = lower;
    MLE_TRY(mle_reduce(&work->reducer, &rows, model->frame.n, work->stop, work->arena, acc, err));
    *sum = acc[0];
    if (!products)
        return MLE_OK;
    struct sums s;
    MLE_TRY(allocate(d, full, work, &s, err));
    double weight = model->frame.weight_sum;
    (full ? unwhiten : unwhiten_diagonal)(&pass, weight, acc, &s);
    struct mle_gaussian g = { d, self->structure, weight, s.inverse, s.spread, s.excess, s.pull };
    mle_gaussian_derivatives(&g, true, true, score, hess);
    return MLE_OK;
}
