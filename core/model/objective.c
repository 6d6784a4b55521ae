/* The log-likelihood of the general model: a sum over rows of log f(y; theta_i), of log P(interval)
   where a row is one, less log P(seen) under truncation, and its derivatives by the chain rule from
   the family's parameters to the working scalars. */
#include "core/family/interval.h"
#include "core/math/kernels.h"
#include "core/model/family_model.h"

#include <math.h>
#include <string.h>

/* Rows of one call of a family's kernel: its outputs stay in the second-level cache. */
enum {
    CHUNK = 256,
    MAX_OUT = 1 + MLE_MAX_PARAM + MLE_MAX_HESS,
    DESIGN_DOUBLES = MLE_MAX_SCALAR * 64, /* working columns of one chunk */
};

struct pass {
    const struct mle_model *model;
    const double *v;  /* working scalars */
    bool raw;         /* v is theta: columns as they are */
    bool by_frame;    /* rows of the frame, not of the evidence (a table) */
    bool derivatives; /* wanted */
    bool outer;       /* ... the second: sums of products of scores in the place of the Hessian */
    double *log_density; /* [n] per row, NULL: not wanted */
    double seen;         /* log P(seen), where it is the same for all rows; else NaN */
    double seen_grad[MLE_MAX_PARAM], seen_hess[MLE_MAX_HESS];
};

/* One chunk of rows in work: lo is its first row. */
struct chunk {
    size_t lo, n;
    struct mle_obs obs;
    const double *upper, *w;
    struct mle_view view[MLE_MAX_PARAM];
    double parameter[MLE_MAX_PARAM][CHUNK], slope[MLE_MAX_PARAM][CHUNK],
        curve[MLE_MAX_PARAM][CHUNK];
    double complement[CHUNK];
    bool per_row[MLE_MAX_PARAM]; /* the parameter varies: slope and curve are filled */
    double eta[CHUNK];           /* of the first parameter, where by_predictor is to be used */
    bool by_predictor;
    double x[DESIGN_DOUBLES];    /* working columns, n doubles each, in the order of the scalars */
    double out[MAX_OUT * CHUNK]; /* ll, gradient, Hessian in the family's parameters */
};

static size_t width(const struct pass *pass)
{
    size_t k = pass->model->n_theta;
    return pass->derivatives ? 1 + k + k * (k + 1) / 2 : 1;
}

/* --- parameters of the rows ------------------------------------------------------------------ */

/* The working columns of a block and its linear predictor. */
static void predict(const struct pass *pass, const struct mle_block *block, struct chunk *c,
                    double eta[])
{
    for (size_t i = 0; i < c->n; i++)
        eta[i] = block->offset ? block->offset[c->lo + i] : 0;
    for (size_t a = 0; a < block->n; a++) {
        const struct mle_design *d = &block->design[a];
        double *x = c->x + (block->first + a) * c->n, v = pass->v[block->first + a];
        double centre = pass->raw ? 0 : d->centre, per = pass->raw ? 1 : 1 / d->scale;
        if (d->work && !pass->raw)
            memcpy(x, d->work + c->lo, c->n * sizeof *x);
        else
            for (size_t i = 0; i < c->n; i++)
                x[i] = d->x ? (d->x[c->lo + i] - centre) * per : 1;
        for (size_t i = 0; i < c->n; i++)
            eta[i] += v * x[i];
    }
}

static void fill_parameters(const struct pass *pass, struct chunk *c)
{
    const struct mle_family_self *self = pass->model->self;
    const struct mle_family *family = pass->model->family;
    const double *precision = pass->model->frame.precision;
    c->by_predictor = family->by_predictor && family->n_param == 1 && self->block[0].link &&
                      !c->upper && !pass->model->frame.cut[0].at;
    for (unsigned j = 0; j < family->n_param; j++) {
        const struct mle_block *block = &self->block[j];
        double power = precision ? family->precision[j] : 0;
        c->per_row[j] = block->link || power != 0;
        if (!c->per_row[j]) {
            c->view[j] = (struct mle_view){ &pass->v[block->first], 0 };
            continue;
        }
        c->view[j] = (struct mle_view){ c->parameter[j], 1 };
        if (block->link) {
            double eta[CHUNK];
            predict(pass, block, c, eta);
            if (c->by_predictor)
                memcpy(c->eta, eta, c->n * sizeof *eta);
            mle_link_inverse_column(block->link, c->n, eta, c->parameter[j],
                                    j == 0 ? c->complement : NULL, c->slope[j], c->curve[j]);
            if (j == 0 && block->link->mu.upper == 1)
                c->obs.complement = c->complement;
        } else {
            for (size_t i = 0; i < c->n; i++) {
                c->parameter[j][i] = pass->v[block->first];
                c->slope[j][i] = 1;
                c->curve[j][i] = 0;
            }
        }
        for (size_t i = 0; power != 0 && i < c->n; i++) {
            double factor = pow(precision[c->lo + i], power);
            c->parameter[j][i] *= factor;
            c->slope[j][i] *= factor;
            c->curve[j][i] *= factor;
        }
    }
}

/* --- rows that are intervals, and truncation
 * ------------------------------------------------------
 */

static void parameters_of(const struct pass *pass, const struct chunk *c, size_t i, double theta[])
{
    for (unsigned j = 0; j < pass->model->family->n_param; j++)
        theta[j] = mle_view_at(c->view[j], i);
}

static double trials_at(const struct chunk *c, size_t i)
{
    return c->obs.trials.at ? mle_view_at(c->obs.trials, i) : NAN;
}

/* Puts the probability of its interval in the place of a row's density. */
static void put_interval(const struct pass *pass, struct chunk *c, size_t i)
{
    double theta[MLE_MAX_PARAM], grad[MLE_MAX_PARAM], hess[MLE_MAX_HESS], *out = c->out;
    unsigned k = pass->model->family->n_param;
    bool d = pass->derivatives;
    parameters_of(pass, c, i, theta);
    mle_log_interval(pass->model->family, c->obs.y[i], c->upper[i], theta, trials_at(c, i), &out[i],
                     d ? grad : NULL, d ? hess : NULL);
    for (unsigned j = 0; d && j < k; j++)
        out[(1 + j) * c->n + i] = grad[j];
    for (unsigned j = 0; d && j < k * (k + 1) / 2; j++)
        out[(1 + k + j) * c->n + i] = hess[j];
}

/* Exact rows go to the family's kernel together; intervals one by one. */
static void fill_mixed(const struct pass *pass, struct chunk *c)
{
    const struct mle_family *family = pass->model->family;
    unsigned k = family->n_param, parts = pass->derivatives ? 1 + k + k * (k + 1) / 2 : 1;
    double y[CHUNK], trials[CHUNK], parameter[MLE_MAX_PARAM][CHUNK], out[MAX_OUT * CHUNK];
    struct mle_view view[MLE_MAX_PARAM];
    size_t at[CHUNK], n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->obs.y[i] != c->upper[i]) {
            put_interval(pass, c, i);
            continue;
        }
        y[n] = c->obs.y[i];
        trials[n] = trials_at(c, i);
        for (unsigned j = 0; j < k; j++)
            parameter[j][n] = mle_view_at(c->view[j], i);
        at[n++] = i;
    }
    if (n == 0)
        return;
    for (unsigned j = 0; j < k; j++)
        view[j] = (struct mle_view){ parameter[j], 1 };
    struct mle_obs obs = { n, y, { c->obs.trials.at ? trials : NULL, 1 } };
    family->rows(&obs, view, out, pass->derivatives ? out + n : NULL,
                 pass->derivatives ? out + (1 + k) * n : NULL);
    for (unsigned part = 0; part < parts; part++)
        for (size_t i = 0; i < n; i++)
            c->out[part * c->n + at[i]] = out[part * n + i];
}

/* Subtracts log P(seen) and its derivatives. */
static void subtract_seen(const struct pass *pass, struct chunk *c)
{
    const struct mle_family *family = pass->model->family;
    const struct mle_frame *frame = &pass->model->frame;
    double theta[MLE_MAX_PARAM], grad[MLE_MAX_PARAM], hess[MLE_MAX_HESS], seen = pass->seen;
    unsigned k = family->n_param;
    bool d = pass->derivatives, same = !isnan(pass->seen);
    const double *g = same ? pass->seen_grad : grad, *h = same ? pass->seen_hess : hess;
    for (size_t i = 0; i < c->n; i++) {
        if (!same) {
            parameters_of(pass, c, i, theta);
            mle_log_interval(family, mle_view_at(frame->cut[0], c->lo + i),
                             mle_view_at(frame->cut[1], c->lo + i), theta, trials_at(c, i), &seen,
                             d ? grad : NULL, d ? hess : NULL);
        }
        c->out[i] -= seen;
        for (unsigned j = 0; d && j < k; j++)
            c->out[(1 + j) * c->n + i] -= g[j];
        for (unsigned j = 0; d && j < k * (k + 1) / 2; j++)
            c->out[(1 + k + j) * c->n + i] -= h[j];
    }
}

/* Where neither parameters nor bounds vary, log P(seen) is computed once for the pass. */
static void prepare_seen(struct pass *pass)
{
    const struct mle_frame *frame = &pass->model->frame;
    const struct mle_family_self *self = pass->model->self;
    pass->seen = NAN;
    if (!frame->cut[0].at || self->conditional || frame->precision || frame->cut[0].stride ||
        frame->cut[1].stride || frame->trials.stride)
        return;
    mle_log_interval(pass->model->family, frame->cut[0].at[0], frame->cut[1].at[0], pass->v,
                     frame->trials.at ? frame->trials.at[0] : NAN, &pass->seen,
                     pass->derivatives ? pass->seen_grad : NULL,
                     pass->derivatives ? pass->seen_hess : NULL);
}

/* --- sums ----------------------------------------------------------------------------------------
 */

/* q[i] = w[i] d log f / d parameter_j d parameter_l in terms of the predictors (or numbers). */
static void weigh_curvature(const struct pass *pass, const struct chunk *c, unsigned j, unsigned l,
                            double q[])
{
    unsigned k = pass->model->family->n_param;
    const double *g = c->out + (1 + j) * c->n, *h = c->out + (1 + k + MLE_HESS(j, l)) * c->n;
    const double *other = c->out + (1 + l) * c->n;
    for (size_t i = 0; i < c->n; i++) {
        double value = pass->outer ? g[i] * other[i] : h[i];
        value *= c->per_row[j] ? c->slope[j][i] : 1;
        value *= c->per_row[l] ? c->slope[l][i] : 1;
        if (j == l && c->per_row[j] && !pass->outer)
            value += g[i] * c->curve[j][i];
        q[i] = c->w ? value * c->w[i] : value;
    }
}

/* Adds sum_i q[i] x_a[i] x_b[i] for every pair of scalars of two blocks. */
static void add_products(const struct chunk *c, const struct mle_block *one,
                         const struct mle_block *other, const double q[], double hess[])
{
    double t[CHUNK];
    for (size_t a = 0; a < one->n; a++) {
        const double *x = one->link ? c->x + (one->first + a) * c->n : NULL;
        for (size_t i = 0; i < c->n; i++)
            t[i] = x ? q[i] * x[i] : q[i];
        size_t last = one == other ? a + 1 : other->n;
        for (size_t b = 0; b < last; b++) {
            const double *z = other->link ? c->x + (other->first + b) * c->n : NULL;
            size_t i = one->first + a, j = other->first + b; /* blocks may stand in another order */
            hess[i > j ? MLE_HESS(i, j) : MLE_HESS(j, i)] +=
                z ? mle_weighted_sum(c->n, t, z) : mle_sum(c->n, t);
        }
    }
}

static void add_chunk(const struct pass *pass, const struct chunk *c, double acc[])
{
    const struct mle_family_self *self = pass->model->self;
    unsigned k = pass->model->family->n_param;
    double *grad = acc + 1, *hess = acc + 1 + pass->model->n_theta, q[CHUNK];
    bool any_per_row = false;
    for (unsigned j = 0; j < k; j++)
        any_per_row |= c->per_row[j];
    acc[0] += mle_weighted_sum(c->n, c->out, c->w);
    for (unsigned j = 0; pass->derivatives && j < k; j++) {
        const struct mle_block *block = &self->block[j];
        const double *g = c->out + (1 + j) * c->n;
        if (!any_per_row && !pass->outer) {
            grad[j] += mle_weighted_sum(c->n, g, c->w);
            for (unsigned l = 0; l <= j; l++)
                hess[MLE_HESS(j, l)] +=
                    mle_weighted_sum(c->n, c->out + (1 + k + MLE_HESS(j, l)) * c->n, c->w);
            continue;
        }
        for (size_t i = 0; i < c->n; i++)
            q[i] = (c->per_row[j] ? g[i] * c->slope[j][i] : g[i]) * (c->w ? c->w[i] : 1);
        for (size_t a = 0; a < block->n; a++)
            grad[block->first + a] +=
                block->link ? mle_weighted_sum(c->n, q, c->x + (block->first + a) * c->n)
                            : mle_sum(c->n, q);
        for (unsigned l = 0; l <= j; l++) {
            weigh_curvature(pass, c, j, l, q);
            add_products(c, block, &self->block[l], q, hess);
        }
    }
}

/* The rows in terms of the predictor itself: the chain rule is left out. */
static bool use_predictor(const struct pass *pass, struct chunk *c)
{
    const struct mle_family_self *self = pass->model->self;
    bool d = pass->derivatives;
    if (!pass->model->family->by_predictor(&c->obs, self->block[0].link, c->eta, c->out,
                                           d ? c->out + c->n : NULL, d ? c->out + 2 * c->n : NULL))
        return false;
    for (size_t i = 0; i < c->n; i++) {
        c->slope[0][i] = 1;
        c->curve[0][i] = 0;
    }
    return true;
}

static void run_chunk(const struct pass *pass, struct chunk *c, double acc[])
{
    const struct mle_family *family = pass->model->family;
    const struct mle_frame *frame = &pass->model->frame;
    unsigned k = family->n_param;
    fill_parameters(pass, c);
    bool done = c->by_predictor && use_predictor(pass, c);
    if (c->upper)
        fill_mixed(pass, c);
    else if (!done)
        family->rows(&c->obs, c->view, c->out, pass->derivatives ? c->out + c->n : NULL,
                     pass->derivatives ? c->out + (1 + k) * c->n : NULL);
    if (frame->cut[0].at)
        subtract_seen(pass, c);
    if (pass->log_density)
        memcpy(pass->log_density + c->lo, c->out, c->n * sizeof *c->out);
    add_chunk(pass, c, acc);
}

static size_t chunk_rows(const struct mle_model *model)
{
    const struct mle_family_self *self = model->self;
    if (!self->conditional)
        return CHUNK;
    size_t fit = DESIGN_DOUBLES / model->n_theta / 8 * 8;
    return fit < CHUNK ? fit : CHUNK;
}

static void pass_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct pass *pass = ctx;
    const struct mle_model *model = pass->model;
    const struct mle_frame *frame = &model->frame;
    const struct mle_evidence *e = &model->evidence;
    const struct mle_family_self *self = model->self;
    struct mle_evidence by_frame = { .obs = { frame->n, frame->y, frame->trials }, .w = frame->w };
    e = pass->by_frame ? &by_frame : e;
    memset(acc, 0, width(pass) * sizeof *acc);
    if (model->family->sum && self->exact && !self->conditional && pass->derivatives &&
        !pass->log_density && !pass->outer) {
        struct mle_obs obs = mle_evidence_rows(e, lo, hi);
        model->family->sum(&obs, e->w ? e->w + lo : NULL, pass->v, acc);
        return;
    }
    struct chunk c;
    for (size_t step = chunk_rows(model); lo < hi; lo += step) {
        size_t end = hi - lo < step ? hi : lo + step;
        c.lo = lo;
        c.n = end - lo;
        c.obs = mle_evidence_rows(e, lo, end);
        c.upper = frame->upper ? frame->upper + lo : NULL;
        c.w = e->w ? e->w + lo : NULL;
        run_chunk(pass, &c, acc);
    }
}

static enum mle_status run_pass(const struct mle_work *work, struct pass *pass, size_t n,
                                double acc[], struct mle_error *err)
{
    const struct mle_family *family = pass->model->family;
    const struct mle_family_self *self = pass->model->self;
    double each = family->row_cost_ns + (pass->model->frame.upper ? 1000 : 0) +
                  (self->conditional ? (double)width(pass) : 0);
    struct mle_sum sum = {
        .width = width(pass), .tile = pass_tile, .ctx = pass, .row_cost_ns = each
    };
    prepare_seen(pass);
    return mle_reduce(&work->reducer, &sum, n, work->stop, work->arena, acc, err);
}

/* --- the objective ---------------------------------------------------------------------------- */

/* Chain rule from working scalars to u, one-dimensional for each: g_u = g x', H_u = H x' x' and
   g x'' on the diagonal. */
static void to_unconstrained(const struct mle_model *model, const double slope[],
                             const double curve[], const double acc[], double grad[], double hess[])
{
    const double *g = acc + 1, *h = acc + 1 + model->n_theta;
    size_t n = model->n_free;
    for (size_t a = 0; a < n; a++) {
        size_t j = model->kind->scalar_of(model, a);
        grad[a] = g[j] * slope[j];
        for (size_t b = 0; b <= a; b++) {
            size_t l = model->kind->scalar_of(model, b);
            double value = h[MLE_HESS(j, l)] * slope[j] * slope[l];
            value += a == b ? g[j] * curve[j] : 0;
            hess[a * n + b] = hess[b * n + a] = value;
        }
    }
}

/* A pass over the rows, unless the last one was at the same point: the certificate asks for the
   derivatives where the optimiser ended. Kept for few scalars. */
static enum mle_status pass_or_known(const struct mle_work *work, struct pass *pass, double acc[],
                                     struct mle_error *err)
{
    struct mle_family_self *self = pass->model->self;
    size_t k = pass->model->n_theta, bytes = k * sizeof *pass->v;
    bool few = k <= MLE_MAX_PARAM;
    if (few && self->known && memcmp(pass->v, self->known_at, bytes) == 0) {
        memcpy(acc, self->known_sums, width(pass) * sizeof *acc);
        return MLE_OK;
    }
    MLE_TRY(run_pass(work, pass, pass->model->evidence.obs.n, acc, err));
    if (few && pass->derivatives) {
        self->known = true;
        memcpy(self->known_at, pass->v, bytes);
        memcpy(self->known_sums, acc, width(pass) * sizeof *acc);
    }
    return MLE_OK;
}

enum mle_status mle_family_loglik(const struct mle_model *model, const struct mle_work *work,
                                  const double u[], double *ll, double grad[], double hess[],
                                  struct mle_error *err)
{
    const struct mle_family_self *self = model->self;
    const struct mle_sufficient *sufficient = model->family->sufficient;
    size_t k = model->n_theta, small_width = 1 + MLE_MAX_PARAM + MLE_MAX_HESS;
    double small[1 + MLE_MAX_PARAM + MLE_MAX_HESS], small_v[3 * MLE_MAX_PARAM];
    bool derivatives = grad != NULL;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    double *acc = small, *v = small_v;
    if (1 + k + k * (k + 1) / 2 > small_width || k > MLE_MAX_PARAM) {
        acc = mle_arena_doubles(work->arena, 1 + k + k * (k + 1) / 2);
        v = mle_arena_doubles(work->arena, 3 * k);
        if (!acc || !v)
            return mle_arena_fail(work->arena, err);
    }
    mle_family_working(model, u, v, v + k, v + 2 * k);
    enum mle_status status = MLE_OK;
    if (sufficient && self->exact && !self->conditional) {
        sufficient->loglik(model->evidence.stat, v, acc, derivatives ? acc + 1 : NULL,
                           derivatives ? acc + 1 + k : NULL);
    } else {
        /* evidence of intervals is made up for the start */
        struct pass pass = { .model = model,
                             .v = v,
                             .by_frame = model->frame.upper != NULL,
                             .derivatives = derivatives };
        status = pass_or_known(work, &pass, acc, err);
    }
    if (status == MLE_OK)
        *ll = acc[0];
    if (status == MLE_OK && derivatives)
        to_unconstrained(model, v + k, v + 2 * k, acc, grad, hess);
    mle_arena_rewind(work->arena, mark);
    return status;
}

enum mle_status mle_family_scores(const struct mle_model *model, const struct mle_work *work,
                                  const double u[], double outer[], struct mle_error *err)
{
    size_t k = model->n_theta, n = model->n_free;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    double *acc = mle_arena_doubles(work->arena, 1 + k + k * (k + 1) / 2);
    double *v = mle_arena_doubles(work->arena, 2 * k), *slope = v + k;
    if (!acc || !v)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < k; j++)
        slope[j] = 0;
    mle_family_working(model, u, v, slope, NULL);
    struct pass pass = {
        .model = model, .v = v, .by_frame = true, .derivatives = true, .outer = true
    };
    enum mle_status status = run_pass(work, &pass, model->frame.n, acc, err);
    for (size_t a = 0; status == MLE_OK && a < n; a++)
        for (size_t b = 0; b <= a; b++) {
            size_t j = model->kind->scalar_of(model, a), l = model->kind->scalar_of(model, b);
            double value = acc[1 + k + MLE_HESS(j, l)] * slope[j] * slope[l];
            outer[a * n + b] = outer[b * n + a] = value;
        }
    mle_arena_rewind(work->arena, mark);
    return status;
}

enum mle_status mle_family_evaluate(const struct mle_model *model, const struct mle_work *work,
                                    const double theta[], double ll[], double *sum, double score[],
                                    double hess[], struct mle_error *err)
{
    size_t k = model->n_theta;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    double *acc = mle_arena_doubles(work->arena, 1 + k + k * (k + 1) / 2);
    if (!acc)
        return mle_arena_fail(work->arena, err);
    struct pass pass = { .model = model,
                         .v = theta,
                         .raw = true,
                         .by_frame = true,
                         .derivatives = score || hess,
                         .log_density = ll };
    enum mle_status status = run_pass(work, &pass, model->frame.n, acc, err);
    *sum = status == MLE_OK ? acc[0] : *sum;
    for (size_t j = 0; status == MLE_OK && score && j < k; j++)
        score[j] = acc[1 + j];
    for (size_t i = 0; status == MLE_OK && hess && i < k; i++)
        for (size_t j = 0; j <= i; j++)
            hess[i * k + j] = hess[j * k + i] = acc[1 + k + MLE_HESS(i, j)];
    mle_arena_rewind(work->arena, mark);
    return status;
}
