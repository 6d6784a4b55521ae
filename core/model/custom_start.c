/* Where the search for a custom density begins: what the user says, and for the other parameters
   the best of a coarse grid of u, on a sample of the rows. Nobody knows what a parameter means, so
   the grid has ordinary numbers and those of the response's own location and scale. */
#include "core/model/custom.h"

#include <math.h>
#include <string.h>

enum { SAMPLE = 256, NODE_ROWS = 16384, SWEEPS = 3, JOINT = 64, MAX_CANDIDATE = 24 };

enum mle_status mle_custom_sample(struct mle_model *model, const struct mle_work *work,
                                  struct mle_error *err)
{
    struct mle_custom_self *self = model->self;
    size_t n = model->frame.n, most = NODE_ROWS / self->expr->n_node;
    most = most < SAMPLE ? most : SAMPLE;
    size_t m = n < most ? n : most;
    self->sample = m;
    self->sample_value = mle_arena_doubles(work->arena, m);
    self->sample_column =
        mle_arena_alloc(work->arena, self->expr->n_column * sizeof *self->sample_column);
    if (!self->sample_value || !self->sample_column)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < self->expr->n_column; j++) {
        double *to = self->sample_column[j] = mle_arena_doubles(work->arena, m);
        if (!to)
            return mle_arena_fail(work->arena, err);
        for (size_t i = 0; i < m; i++)
            to[i] = self->column[j].at[(size_t)((double)n / (double)m * (double)i)];
    }
    return MLE_OK;
}

/* Log-likelihood of the sample; -inf where it is no number. */
static double look(const struct mle_model *model, const double u[])
{
    const struct mle_custom_self *self = model->self;
    struct mle_view column[MLE_EXPR_MAX_COLUMN];
    double theta[MLE_EXPR_MAX_PARAM], sum = 0;
    for (size_t j = 0; j < self->expr->n_column; j++)
        column[j] = (struct mle_view){ self->sample_column[j], 1 };
    struct mle_expr_rows rows = { self->sample, column, NULL };
    model->kind->natural(model, u, theta, NULL);
    mle_expr_values(self->expr, &rows, theta, self->sample_value);
    for (size_t i = 0; i < self->sample; i++)
        sum += self->sample_value[i];
    return isfinite(sum) ? sum : -(double)INFINITY;
}

/* Mean and deviation of the sampled response. */
static void summarise(const struct mle_model *model, double *mean, double *deviation)
{
    const struct mle_custom_self *self = model->self;
    const double *y = self->sample_column[self->response];
    double sum = 0, square = 0, n = (double)self->sample;
    for (size_t i = 0; i < self->sample; i++)
        sum += y[i];
    *mean = sum / n;
    for (size_t i = 0; i < self->sample; i++)
        square += (y[i] - *mean) * (y[i] - *mean);
    *deviation = sqrt(square / n);
    if (!(*deviation > 0))
        *deviation = fabs(*mean) > 0 ? fabs(*mean) : 1;
}

/* SETS out to values of u worth trying for a parameter; returns how many. */
static size_t candidates(const struct mle_model *model, struct mle_domain domain, double out[])
{
    static const double steps[] = { 0, -1, 1, -2, 2, -4, 4, -7, 7 };
    static const double plain[] = { 1,     -1,   0.1,   -0.1, 0.01, -0.01, 1e-3,
                                    -1e-3, 1e-4, -1e-4, 10,   -10,  100,   -100 };
    bool line = isinf(domain.lower) && isinf(domain.upper);
    double mean, deviation;
    size_t n = 0;
    summarise(model, &mean, &deviation);
    const double own[] = { mean,      mean + deviation, mean - deviation,
                           deviation, 1 / deviation,    -deviation };
    for (size_t i = 0; line && i < sizeof plain / sizeof *plain; i++)
        out[n++] = plain[i];
    for (size_t i = 0; !line && i < sizeof steps / sizeof *steps; i++)
        out[n++] = steps[i];
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        double u = mle_domain_to_u(domain, own[i]);
        if (isfinite(u))
            out[n++] = u;
    }
    return n;
}

/* The i-th number of van der Corput's sequence in a base: evenly spread over (0, 1). */
static double spread(size_t i, size_t base)
{
    double value = 0, part = 1;
    for (; i > 0; i /= base) {
        part /= (double)base;
        value += part * (double)(i % base);
    }
    return value;
}

/* Some point where the density is a number, if the first guess is none. */
static double search_jointly(const struct mle_model *model, const bool given[], double u[],
                             double best)
{
    double at[MLE_EXPR_MAX_PARAM], from[MLE_EXPR_MAX_PARAM];
    memcpy(from, u, model->n_free * sizeof *u);
    for (size_t i = 1; i <= JOINT && !(best > -INFINITY); i++) {
        for (size_t a = 0; a < model->n_free; a++)
            at[a] = given[a] ? from[a] : 8 * spread(i, 2 + a) - 4;
        best = look(model, at);
        if (best > -INFINITY)
            memcpy(u, at, model->n_free * sizeof *u);
    }
    return best;
}

/* One parameter after the other, keeping what is better. */
static void search_each(const struct mle_model *model, const bool given[], double u[], double best)
{
    const struct mle_custom_self *self = model->self;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (size_t j = 0, a = 0; j < model->n_theta; j++) {
            double list[MAX_CANDIDATE];
            if (!isnan(model->fixed[j]))
                continue;
            size_t n = given[a] ? 0 : candidates(model, model->param[j].domain, list);
            for (size_t i = 0; i < n && mle_stop_check(self->stop) == MLE_STOP_NONE; i++) {
                double kept = u[a];
                u[a] = list[i];
                double value = look(model, u);
                if (value > best)
                    best = value;
                else
                    u[a] = kept;
            }
            a++;
        }
}

/* From now on u of a parameter without bounds is measured in the size of its start. */
static void set_scales(const struct mle_model *model, double u[])
{
    const struct mle_custom_self *self = model->self;
    for (size_t j = 0, a = 0; j < model->n_theta; j++) {
        struct mle_domain domain = model->param[j].domain;
        if (!isnan(model->fixed[j]))
            continue;
        if (isinf(domain.lower) && isinf(domain.upper) && u[a] != 0) {
            self->scale[j] = fabs(u[a]);
            u[a] /= self->scale[j];
        }
        a++;
    }
}

void mle_custom_start(const struct mle_model *model, double u[])
{
    const struct mle_custom_self *self = model->self;
    bool given[MLE_EXPR_MAX_PARAM], all = true;
    for (size_t j = 0, a = 0; j < model->n_theta; j++) {
        double start = isnan(model->start[j]) ? self->spec->param[j].start : model->start[j];
        if (!isnan(model->fixed[j]))
            continue;
        u[a] = isnan(start) ? 0 : mle_domain_to_u(model->param[j].domain, start);
        given[a] = isfinite(u[a]) && !isnan(start);
        /* a coefficient of 0 hides what it is multiplied with */
        u[a] = given[a] ? u[a] : isinf(model->param[j].domain.lower) ? 1 : 0;
        all &= given[a++];
    }
    if (!all)
        search_each(model, given, u, search_jointly(model, given, u, look(model, u)));
    set_scales(model, u);
}
