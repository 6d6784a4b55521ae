/* The rank of a design: which columns say nothing new, and a better basis where it is close.

   The cross products of standardised columns decide the clear cases in one pass. If a pivot is
   small, Gram-Schmidt with reorthogonalisation on the columns themselves decides (Bjorck
   1996, 2.4.5: twice is enough), to the precision of the columns, which is worse the farther they
   are from their mean. */
#include "core/math/kernels.h"
#include "core/model/family_model.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double clear_pivot = 1e-8; /* of cross products: four digits of the columns are left */

enum { CHUNK = 256, COLUMNS = MLE_MAX_SCALAR };

struct products {
    const struct mle_block *block;
    size_t n; /* columns */
};

static double column_at(const struct mle_design *d, size_t i)
{
    return d->x ? (d->x[i] - d->centre) / d->scale : 1;
}

static void products_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct products *p = ctx;
    const struct mle_block *block = p->block;
    double x[COLUMNS * 64];
    size_t step = sizeof x / sizeof *x / p->n / 8 * 8;
    step = step < CHUNK ? step : CHUNK;
    memset(acc, 0, p->n * (p->n + 1) / 2 * sizeof *acc);
    for (; lo < hi; lo += step) {
        size_t n = hi - lo < step ? hi - lo : step;
        for (size_t a = 0; a < p->n; a++)
            for (size_t i = 0; i < n; i++)
                x[a * n + i] = column_at(&block->design[a], lo + i);
        for (size_t a = 0; a < p->n; a++)
            for (size_t b = 0; b <= a; b++)
                acc[MLE_HESS(a, b)] += mle_weighted_sum(n, x + a * n, x + b * n);
    }
}

/* The smallest pivot of the Cholesky factorisation over its diagonal element. g is spoilt. */
static double smallest_pivot(size_t n, double g[])
{
    double smallest = 1;
    for (size_t j = 0; j < n; j++) {
        double whole = g[MLE_HESS(j, j)];
        for (size_t k = 0; k < j; k++)
            g[MLE_HESS(j, j)] -= g[MLE_HESS(j, k)] * g[MLE_HESS(j, k)];
        double pivot = g[MLE_HESS(j, j)];
        smallest = fmin(smallest, whole > 0 ? pivot / whole : 0);
        if (!(pivot > 0))
            return 0;
        double root = sqrt(pivot);
        g[MLE_HESS(j, j)] = root;
        for (size_t i = j + 1; i < n; i++) {
            double sum = g[MLE_HESS(i, j)];
            for (size_t k = 0; k < j; k++)
                sum -= g[MLE_HESS(i, k)] * g[MLE_HESS(j, k)];
            g[MLE_HESS(i, j)] = sum / root;
        }
    }
    return smallest;
}

/* --- Gram-Schmidt -------------------------------------------------------------------------------
 */

struct schmidt {
    struct mle_model *model;
    struct mle_block *block;
    size_t rows, n, kept;
    double **q;     /* [kept] orthonormal in the mean square */
    size_t *column; /* [kept] */
    double *r;      /* [n][n] r[j * n + a]: column a's part along q_j */
    double smallest;
};

static double mean_product(size_t n, const double a[], const double b[])
{
    return mle_weighted_sum(n, a, b) / (double)n;
}

/* Column a less its parts along the basis; its size is returned. */
static double reduce(struct schmidt *s, size_t a, double z[])
{
    for (size_t i = 0; i < s->rows; i++)
        z[i] = column_at(&s->block->design[a], i);
    for (int turn = 0; turn < 2; turn++)
        for (size_t j = 0; j < s->kept; j++) {
            double part = mean_product(s->rows, s->q[j], z);
            s->r[j * s->n + a] += part;
            for (size_t i = 0; i < s->rows; i++)
                z[i] -= part * s->q[j][i];
        }
    return sqrt(mean_product(s->rows, z, z));
}

/* How exact a standardised column is. */
static double noise_of(const struct mle_design *d)
{
    return 1e-13 + 16 * DBL_EPSILON * fabs(d->centre) / d->scale;
}

/* Keeps the direction along which column a is a combination of those before: theta = null t changes
   nothing. */
static enum mle_status keep_null(struct schmidt *s, size_t a, const struct mle_work *work,
                                 struct mle_error *err)
{
    struct mle_family_self *self = s->model->self;
    size_t k = s->model->n_theta;
    double *direction = mle_arena_zeros(work->arena, k, sizeof *direction);
    if (!direction)
        return mle_arena_fail(work->arena, err);
    for (size_t i = s->kept; i-- > 0;) { /* R c = r_a, the answer is 1 at a and -c elsewhere */
        double sum = s->r[i * s->n + a];
        for (size_t j = i + 1; j < s->kept; j++)
            sum += s->r[i * s->n + s->column[j]] * direction[s->block->first + s->column[j]];
        direction[s->block->first + s->column[i]] = -sum / s->r[i * s->n + s->column[i]];
    }
    direction[s->block->first + a] = 1;
    mle_family_to_theta(s->model, direction);
    double unit = direction[s->block->first + a], largest = 0;
    for (size_t j = 0; j < k; j++)
        largest = fmax(largest, fabs(direction[j] /= unit));
    for (size_t j = 0; j < k; j++)
        direction[j] = fabs(direction[j]) < 1e-9 * largest ? 0 : direction[j];
    memcpy(self->null + self->n_null++ * k, direction, k * sizeof *direction);
    for (size_t j = 0; j < k; j++)
        self->confounded[j] |= direction[j] != 0;
    return MLE_OK;
}

static enum mle_status make_basis(struct schmidt *s, const struct mle_work *work,
                                  struct mle_error *err)
{
    struct mle_basis *basis = mle_arena_alloc(work->arena, sizeof *basis);
    double *r = mle_arena_doubles(work->arena, s->kept * s->kept);
    if (!basis || !r)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; i < s->kept; i++) {
        for (size_t j = 0; j < s->kept; j++)
            r[i * s->kept + j] = s->r[i * s->n + s->column[j]];
        s->block->design[s->column[i]].work = s->q[i];
    }
    *basis = (struct mle_basis){ s->kept, s->column, r };
    s->block->basis = basis;
    return MLE_OK;
}

static enum mle_status orthogonalise(struct schmidt *s, const struct mle_work *work,
                                     struct mle_error *err)
{
    for (size_t a = 0; a < s->n; a++) {
        double *z = mle_arena_doubles(work->arena, s->rows);
        if (!z)
            return mle_arena_fail(work->arena, err);
        double size = reduce(s, a, z);
        if (!(size > noise_of(&s->block->design[a]))) {
            MLE_TRY(keep_null(s, a, work, err));
            s->model->kind->pin(s->model, s->block->first + a, 0);
            continue;
        }
        for (size_t i = 0; i < s->rows; i++)
            z[i] /= size;
        s->r[s->kept * s->n + a] = size;
        s->smallest = fmin(s->smallest, size);
        s->column[s->kept] = a;
        s->q[s->kept++] = z;
    }
    return MLE_OK;
}

static enum mle_status look_closer(struct mle_model *model, struct mle_block *block,
                                   const struct mle_work *work, struct mle_error *err)
{
    struct mle_family_self *self = model->self;
    size_t n = block->n, k = model->n_theta;
    struct schmidt s = { .model = model, .block = block, .rows = model->frame.n, .n = n };
    s.q = mle_arena_alloc(work->arena, n * sizeof *s.q);
    s.column = mle_arena_alloc(work->arena, n * sizeof *s.column);
    s.r = mle_arena_zeros(work->arena, n * n, sizeof *s.r);
    if (!self->null) {
        self->null = mle_arena_doubles(work->arena, k * k);
        self->confounded = mle_arena_zeros(work->arena, k, sizeof *self->confounded);
    }
    if (!s.q || !s.column || !s.r || !self->null || !self->confounded)
        return mle_arena_fail(work->arena, err);
    s.smallest = 1;
    MLE_TRY(orthogonalise(&s, work, err));
    return s.smallest < sqrt(clear_pivot) ? make_basis(&s, work, err) : MLE_OK;
}

static bool any_fixed(const struct mle_family_self *self, const struct mle_block *block)
{
    for (size_t a = block->first; a < block->first + block->n; a++)
        if (self->fixed[a] || isfinite(self->lower[a]) || isfinite(self->upper[a]))
            return true;
    return false;
}

enum mle_status mle_design_rank(struct mle_model *model, const struct mle_work *work,
                                struct mle_error *err)
{
    struct mle_family_self *self = model->self;
    for (unsigned j = 0; j < model->family->n_param; j++) {
        struct mle_block *block = &self->block[j];
        if (!block->link || block->n == 0 || any_fixed(self, block))
            continue;
        size_t n = block->n, width = n * (n + 1) / 2;
        struct mle_arena_mark mark = mle_arena_mark(work->arena);
        double *g = mle_arena_doubles(work->arena, width);
        if (!g)
            return mle_arena_fail(work->arena, err);
        struct products products = { block, n };
        struct mle_sum sum = {
            .width = width, .tile = products_tile, .ctx = &products, .row_cost_ns = (double)width
        };
        MLE_TRY(mle_reduce(&work->reducer, &sum, model->frame.n, work->stop, work->arena, g, err));
        double pivot = smallest_pivot(n, g);
        mle_arena_rewind(work->arena, mark);
        if (!(pivot > clear_pivot))
            MLE_TRY(look_closer(model, block, work, err));
    }
    return MLE_OK;
}
