/* A predictor that goes through every observation: the dispersion then collapses and the density
   grows without limit. */
#include "core/base/shortest.h"
#include "core/model/recession.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Least squares of z on the working columns, by Gram-Schmidt; what is left is returned in z, and v
   has the coefficients (working scalars of the block, 0 where they are pinned). */
static enum mle_status project_out(const struct mle_model *model, const struct mle_block *block,
                                   const struct mle_work *work, double z[], double v[],
                                   struct mle_error *err)
{
    const struct mle_family_self *self = model->self;
    size_t n = model->frame.n, kept = 0;
    size_t m = block->n + 1, *column = mle_arena_alloc(work->arena, m * sizeof *column);
    double **q = mle_arena_alloc(work->arena, m * sizeof *q);
    double *r = mle_arena_zeros(work->arena, m * m, sizeof *r); /* r[j * m + a]: a along q_j */
    if (!q || !r || !column)
        return mle_arena_fail(work->arena, err);
    for (size_t a = 0; a <= block->n; a++) {
        const struct mle_design *d = &block->design[a];
        bool response = a == block->n;
        double *x = response ? z : mle_arena_doubles(work->arena, n), size = 0;
        if (!x)
            return mle_arena_fail(work->arena, err);
        if (!response && self->fixed[block->first + a])
            continue;
        for (size_t i = 0; !response && i < n; i++)
            x[i] = d->work ? d->work[i] : d->x ? (d->x[i] - d->centre) / d->scale : 1;
        for (int turn = 0; turn < 2; turn++)
            for (size_t j = 0; j < kept; j++) {
                double part = 0;
                for (size_t i = 0; i < n; i++)
                    part += q[j][i] * x[i];
                for (size_t i = 0; i < n; i++)
                    x[i] -= part * q[j][i];
                r[j * m + a] += part;
            }
        for (size_t i = 0; i < n; i++)
            size += x[i] * x[i];
        for (size_t i = 0; !response && i < n; i++)
            x[i] /= sqrt(size);
        if (response)
            break;
        r[kept * m + a] = sqrt(size);
        column[kept] = a;
        q[kept++] = x;
    }
    for (size_t k = kept; k-- > 0;) {
        double sum = r[k * m + block->n];
        for (size_t l = k + 1; l < kept; l++)
            sum -= r[k * m + column[l]] * v[column[l]];
        v[column[k]] = sum / r[k * m + column[k]];
    }
    return MLE_OK;
}

/* A free number beside the location that a perfect fit sends to the edge of its domain. */
static const char *dispersion(const struct mle_model *model, const struct mle_block *location)
{
    const struct mle_family_self *self = model->self;
    for (unsigned j = 0; j < model->family->n_param; j++)
        if (&self->block[j] != location && !self->fixed[self->block[j].first])
            return self->param[self->block[j].first].name;
    return NULL;
}

enum mle_status mle_family_perfect_fit(const struct mle_model *model, const struct mle_work *work,
                                       double theta[], struct mle_existence *x,
                                       struct mle_error *err)
{
    const struct mle_family_self *self = model->self;
    double v[MLE_MAX_SCALAR] = { 0 };
    const struct mle_frame *frame = &model->frame;
    const struct mle_block *block = mle_family_location(model);
    if (model->measure != MLE_LEBESGUE || !block || !self->exact || frame->n > 100000 ||
        !dispersion(model, block))
        return MLE_OK;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    double *z = mle_arena_doubles(work->arena, frame->n), largest = 0, left = 0;
    if (!z)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; i < frame->n; i++) {
        z[i] = block->link->link(frame->y[i]) - (block->offset ? block->offset[i] : 0);
        largest = fmax(largest, fabs(z[i]));
    }
    if (isfinite(largest)) {
        MLE_TRY(project_out(model, block, work, z, v + block->first, err));
        for (size_t i = 0; i < frame->n; i++)
            left = fmax(left, fabs(z[i]));
    }
    mle_arena_rewind(work->arena, mark);
    if (!isfinite(largest) || !(left <= 64 * DBL_EPSILON * largest))
        return MLE_OK;
    const char *name = dispersion(model, block);
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               "%zu coefficients fit all %zu rows exactly: the density grows without limit as %s "
               "goes to the edge of its domain",
               block->n, frame->n, name);
    x->supremum = INFINITY;
    x->collapses = name;
    mle_family_to_theta(model, v);
    for (size_t j = 0; j < model->n_theta; j++) {
        bool coefficient = j >= block->first && j < block->first + block->n;
        theta[j] = coefficient ? v[j] : NAN;
    }
    return MLE_OK;
}
