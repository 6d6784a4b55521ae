#include "core/model/recession.h"

#include "core/math/linalg.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double tiny = 1e-7; /* of the largest: a row that lies on the separating plane */

/* The location's predictor, its free columns, and what each row says. */
struct rows {
    struct mle_model *model;
    const struct mle_block *block;
    const struct mle_work *work;
    size_t n, p;
    size_t *column;    /* [p] indices into block->design */
    signed char *side; /* [n] 1: U, -1: D, 0: B; 2: the row has no weight */
    double *score;     /* [n] weight times d log f / d eta */
    double *rise;      /* [n] x'd along the direction that is tried */
};

static double column_at(const struct rows *r, size_t a, size_t i)
{
    const struct mle_design *d = &r->block->design[r->column[a]];
    return d->work ? d->work[i] : d->x ? (d->x[i] - d->centre) / d->scale : 1;
}

static void row_of(const struct rows *r, size_t i, double x[])
{
    for (size_t a = 0; a < r->p; a++)
        x[a] = column_at(r, a, i);
}

static double dot(size_t n, const double a[], const double b[])
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* g += weight x x', the lower triangle: all that is read of it. */
static void add_square(size_t p, const double x[], double weight, double g[])
{
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b <= a; b++)
            g[a * p + b] += weight * x[a] * x[b];
}

/* --- what the rows say --------------------------------------------------------------------------
 */

static void score_row(struct rows *r, const double theta[], size_t i)
{
    const struct mle_model *model = r->model;
    const struct mle_frame *frame = &model->frame;
    const struct mle_family *family = model->family;
    double parameter[MLE_MAX_PARAM],
        trials = frame->trials.at ? mle_view_at(frame->trials, i) : NAN;
    double weight = frame->w ? frame->w[i] : 1, ll, grad[MLE_MAX_PARAM];
    size_t j = (size_t)(r->block - ((const struct mle_family_self *)model->self)->block);
    struct mle_view view[MLE_MAX_PARAM];
    struct mle_link_value value;
    double eta = r->block->offset ? r->block->offset[i] : 0;
    for (size_t a = 0; a < r->block->n; a++)
        eta += theta[r->block->first + a] * (r->block->design[a].x ? r->block->design[a].x[i] : 1);
    r->block->link->inverse(eta, &value);
    mle_family_parameters(model, theta, i, parameter);
    for (unsigned k = 0; k < family->n_param; k++)
        view[k] = (struct mle_view){ &parameter[k], 0 };
    struct mle_obs obs = { 1, &frame->y[i], { &trials, 0 }, NULL };
    obs.complement = r->block->link->mu.upper == 1 && j == 0 ? &value.complement : NULL;
    family->rows(&obs, view, &ll, grad, NULL);
    r->side[i] = weight > 0 ? (signed char)family->recedes(frame->y[i], trials) : 2;
    r->score[i] = weight > 0 ? weight * grad[j] * value.d1 : 0;
}

static enum mle_status prepare(struct rows *r, const double theta[], struct mle_error *err)
{
    const struct mle_family_self *self = r->model->self;
    struct mle_arena *arena = r->work->arena;
    r->n = r->model->frame.n;
    r->column = mle_arena_alloc(arena, (r->block->n + 1) * sizeof *r->column);
    r->side = mle_arena_alloc(arena, r->n * sizeof *r->side);
    r->score = mle_arena_doubles(arena, r->n);
    r->rise = mle_arena_doubles(arena, r->n);
    if (!r->column || !r->side || !r->score || !r->rise)
        return mle_arena_fail(arena, err);
    for (size_t a = 0; a < r->block->n; a++)
        if (!self->fixed[r->block->first + a])
            r->column[r->p++] = a;
    for (size_t i = 0; i < r->n; i++) {
        if (i % MLE_TILE_ROWS == 0 && mle_stop_check(r->work->stop) != MLE_STOP_NONE)
            return mle_stop_fail(r->work->stop, err);
        score_row(r, theta, i);
    }
    return MLE_OK;
}

/* --- a proof that there is no direction ----------------------------------------------------------
   The scores r sum to X'r = g, almost 0. r - r^2 x'(X'R^2X)^-1 g sums to 0 exactly; if it has the
   signs of the rows they are Stiemke's weights. */

static bool has_weights(const struct rows *r, double g[], double gram[])
{
    double x[MLE_MAX_SCALAR];
    memset(g, 0, r->p * sizeof *g);
    memset(gram, 0, r->p * r->p * sizeof *gram);
    for (size_t i = 0; i < r->n; i++) {
        if (r->side[i] == 2)
            continue;
        row_of(r, i, x);
        for (size_t a = 0; a < r->p; a++)
            g[a] += r->score[i] * x[a];
        add_square(r->p, x, r->score[i] * r->score[i], gram);
    }
    if (!mle_cholesky(r->p, gram))
        return false;
    mle_cholesky_solve(r->p, gram, g);
    for (size_t i = 0; i < r->n; i++) {
        if (r->side[i] == 0 || r->side[i] == 2)
            continue;
        row_of(r, i, x);
        double kept = 1 - r->score[i] * dot(r->p, x, g);
        if (!(kept > 0.01) || !(r->score[i] * r->side[i] > 0))
            return false;
    }
    return true;
}

/* --- a direction
 * ---------------------------------------------------------------------------------- */

/* SETS basis[q][p] to the directions in which the rows that `which` picks do not change. */
static enum mle_status null_of(const struct rows *r, bool (*which)(const struct rows *r, size_t i),
                               double basis[], size_t *q, struct mle_error *err)
{
    size_t p = r->p;
    *q = 0;
    struct mle_arena_mark mark = mle_arena_mark(r->work->arena);
    double *gram = mle_arena_zeros(r->work->arena, p * p, sizeof *gram), x[MLE_MAX_SCALAR];
    double *value = mle_arena_doubles(r->work->arena, p), largest = 0;
    double *vector = mle_arena_doubles(r->work->arena, p * p);
    if (!gram || !value || !vector)
        return mle_arena_fail(r->work->arena, err);
    for (size_t i = 0; i < r->n; i++)
        if (which(r, i)) {
            row_of(r, i, x);
            add_square(p, x, 1, gram);
            largest = fmax(largest, dot(p, x, x));
        }
    MLE_TRY(mle_eigen(p, gram, value, vector, r->work->arena, err));
    for (size_t k = 0; k < p; k++)
        if (value[k] <= 1e-11 * largest * (double)r->n)
            memcpy(basis + (*q)++ * p, vector + k * p, p * sizeof *basis);
    mle_arena_rewind(r->work->arena, mark);
    return MLE_OK;
}

static bool is_held(const struct rows *r, size_t i)
{
    return r->side[i] == 0;
}

static bool is_flat(const struct rows *r, size_t i)
{
    return r->side[i] != 2 && (r->side[i] == 0 || r->rise[i] == 0);
}

/* Rise of every row along d, signed so that U and D rows have to rise; the smallest and largest. */
static void climb(const struct rows *r, const double d[], double *low, double *high)
{
    double x[MLE_MAX_SCALAR];
    *low = *high = 0;
    for (size_t i = 0; i < r->n; i++) {
        r->rise[i] = 0;
        if (r->side[i] == 0 || r->side[i] == 2)
            continue;
        row_of(r, i, x);
        r->rise[i] = r->side[i] * dot(r->p, x, d);
        *low = fmin(*low, r->rise[i]);
        *high = fmax(*high, r->rise[i]);
    }
}

/* The iterative rectifier: least squares of what is positive in the last fit, until nothing
   negative is left. Ref: Correia, Guimaraes & Zylkin (2019) 3.2. False: none was found. */
static enum mle_status rectify(const struct rows *r, size_t q, const double basis[], double d[],
                               bool *found, struct mle_error *err)
{
    size_t p = r->p;
    double *gram = mle_arena_zeros(r->work->arena, q * q, sizeof *gram);
    double x[MLE_MAX_SCALAR], z[MLE_MAX_SCALAR], b[MLE_MAX_SCALAR], low, high;
    *found = false;
    if (!gram)
        return mle_arena_fail(r->work->arena, err);
    for (int turn = 0; turn < 400; turn++) {
        if (mle_stop_check(r->work->stop) != MLE_STOP_NONE)
            return mle_stop_fail(r->work->stop, err);
        memset(b, 0, q * sizeof *b);
        for (size_t i = 0; i < r->n; i++) {
            double u = turn == 0 ? 1 : fmax(r->rise[i], 0);
            if (r->side[i] == 0 || r->side[i] == 2 || u == 0)
                continue;
            row_of(r, i, x);
            for (size_t k = 0; k < q; k++)
                z[k] = r->side[i] * dot(p, basis + k * p, x);
            for (size_t k = 0; k < q; k++)
                b[k] += u * z[k];
            if (turn == 0)
                add_square(q, z, 1, gram);
        }
        if (turn == 0 && !mle_cholesky(q, gram))
            return MLE_OK;
        mle_cholesky_solve(q, gram, b);
        memset(d, 0, p * sizeof *d);
        for (size_t k = 0; k < q; k++)
            for (size_t a = 0; a < p; a++)
                d[a] += b[k] * basis[k * p + a];
        climb(r, d, &low, &high);
        if (!(high > 1e-9))
            return MLE_OK;
        if (low >= -tiny * high) {
            *found = true;
            return MLE_OK;
        }
    }
    return MLE_OK;
}

/* Rows within rounding of the plane are put on it, and the direction into their null space; then
   every sign is checked. */
static enum mle_status check_direction(const struct rows *r, double basis[], double d[],
                                       bool *valid, struct mle_error *err)
{
    double low, high, turned[MLE_MAX_SCALAR] = { 0 };
    size_t q;
    climb(r, d, &low, &high);
    for (size_t i = 0; i < r->n; i++)
        r->rise[i] = r->rise[i] > 10 * tiny * high ? r->rise[i] : 0;
    MLE_TRY(null_of(r, is_flat, basis, &q, err));
    for (size_t k = 0; k < q; k++) {
        double part = dot(r->p, basis + k * r->p, d);
        for (size_t a = 0; a < r->p; a++)
            turned[a] += part * basis[k * r->p + a];
    }
    climb(r, turned, &low, &high);
    *valid = q > 0 && high > 0 && low >= -1e-10 * high;
    for (size_t i = 0; i < r->n; i++)
        r->rise[i] = r->rise[i] > tiny * high ? r->rise[i] : 0;
    memcpy(d, turned, r->p * sizeof *d);
    return MLE_OK;
}

/* --- what is left -------------------------------------------------------------------------------
 */

/* A direction of working columns as one of theta, in units of its largest element. */
static const double *direction_of_theta(const struct rows *r, const double d[],
                                        struct mle_error *err)
{
    size_t k = r->model->n_theta;
    double *theta = mle_arena_zeros(r->work->arena, k, sizeof *theta), largest = 0;
    if (!theta) {
        mle_arena_fail(r->work->arena, err);
        return NULL;
    }
    for (size_t a = 0; a < r->p; a++)
        theta[r->block->first + r->column[a]] = d[a];
    mle_family_to_theta(r->model, theta);
    for (size_t j = 0; j < k; j++)
        largest = fmax(largest, fabs(theta[j]));
    for (size_t j = 0; j < k; j++)
        theta[j] = fabs(theta[j]) > 1e-9 * largest ? theta[j] / largest : 0;
    return theta;
}

/* Separated rows lose their weight: in the limit their likelihood is 1 whatever the rest is. */
static enum mle_status drop_rows(const struct rows *r, struct mle_existence *x,
                                 struct mle_error *err)
{
    struct mle_frame *frame = &r->model->frame;
    double *w = mle_arena_doubles(r->work->arena, r->n);
    if (!w)
        return mle_arena_fail(r->work->arena, err);
    for (size_t i = 0; i < r->n; i++) {
        w[i] = frame->w ? frame->w[i] : 1;
        if (!(r->rise[i] > 0))
            continue;
        w[i] = 0;
        r->side[i] = 2;
        if (x->n_separated < sizeof x->separated / sizeof *x->separated)
            x->separated[x->n_separated] = mle_frame_origin(frame, i);
        x->n_separated++;
    }
    frame->w = r->model->evidence.w = w;
    return MLE_OK;
}

static bool is_left(const struct rows *r, size_t i)
{
    return r->side[i] != 2;
}

/* The rows that are left do not tell all coefficients apart: one for each lost direction is pinned
   at 0, and those that take part in one have no value of their own. */
static enum mle_status pin_lost(const struct rows *r, double basis[], const double direction[],
                                struct mle_existence *x, struct mle_error *err)
{
    struct mle_family_self *self = r->model->self;
    size_t q, p = r->p;
    bool *confounded = self->confounded;
    MLE_TRY(null_of(r, is_left, basis, &q, err));
    if (!confounded)
        confounded = mle_arena_zeros(r->work->arena, r->model->n_theta, sizeof *confounded);
    if (!confounded)
        return mle_arena_fail(r->work->arena, err);
    for (size_t k = 0; k < q; k++) {
        const double *theta = direction_of_theta(r, basis + k * p, err);
        if (!theta)
            return err ? err->status : MLE_NO_MEMORY;
        for (size_t j = 0; j < r->model->n_theta; j++)
            confounded[j] |= theta[j] != 0;
        size_t pivot = 0;
        for (size_t a = 0; a < p; a++)
            if (fabs(basis[k * p + a]) > fabs(basis[k * p + pivot]))
                pivot = a;
        for (size_t l = k + 1; l < q; l++) { /* the others without that column */
            double factor = basis[l * p + pivot] / basis[k * p + pivot];
            for (size_t a = 0; a < p; a++)
                basis[l * p + a] -= factor * basis[k * p + a];
        }
        r->model->kind->pin(r->model, r->block->first + r->column[pivot], 0);
    }
    self->confounded = confounded;
    x->confounded = confounded;
    for (size_t j = 0; j < r->model->n_theta; j++)
        if (confounded[j] && direction[j] != 0 && isnan(x->theta[j]))
            x->theta[j] = direction[j] > 0 ? INFINITY : -INFINITY;
    return MLE_OK;
}

static enum mle_status separate(const struct rows *r, double basis[], const double d[],
                                struct mle_existence *x, struct mle_error *err)
{
    const double *direction = direction_of_theta(r, d, err);
    if (!direction)
        return err ? err->status : MLE_NO_MEMORY;
    if (!x->direction)
        x->direction = direction;
    MLE_TRY(drop_rows(r, x, err));
    MLE_TRY(pin_lost(r, basis, direction, x, err));
    mle_settle(
        x, MLE_VERDICT_INFINITE, MLE_CERTIFICATE_SEPARATION,
        "%zu row%s separated: along the direction given their likelihood rises to 1 and that "
        "of the other rows does not change, so that no finite coefficients are best",
        x->n_separated, x->n_separated == 1 ? " is" : "s are");
    x->maximum = MLE_MAXIMUM_NONE;
    return MLE_OK;
}

enum mle_status mle_family_recede(struct mle_model *model, const struct mle_work *work,
                                  const double theta[], struct mle_existence *x, bool *again,
                                  struct mle_error *err)
{
    const struct mle_block *block = mle_family_receding(model);
    *again = false;
    if (!block)
        return MLE_OK;
    struct rows r = { .model = model, .block = block, .work = work };
    MLE_TRY(prepare(&r, theta, err));
    size_t p = r.p, q;
    double *basis = mle_arena_doubles(work->arena, p * p + 1), d[MLE_MAX_SCALAR];
    double *gram = mle_arena_doubles(work->arena, p * p + 1);
    if (!basis || !gram)
        return mle_arena_fail(work->arena, err);
    if (p == 0)
        return MLE_OK;
    bool found = false, proven = has_weights(&r, d, gram);
    if (!proven) {
        MLE_TRY(null_of(&r, is_held, basis, &q, err));
        proven = q == 0;
        if (q > 0)
            MLE_TRY(rectify(&r, q, basis, d, &found, err));
        if (found)
            MLE_TRY(check_direction(&r, basis, d, &found, err));
    }
    if (found) {
        *again = true;
        return separate(&r, basis, d, x, err);
    }
    if (x->verdict != MLE_VERDICT_OPEN)
        return MLE_OK;
    if (proven && x->certificate == MLE_CERTIFICATE_STRICT_CONCAVITY)
        x->certificate = MLE_CERTIFICATE_STIEMKE;
    x->doubtful = !proven;
    return MLE_OK;
}
