/* Whether a custom density is one: its integral, or its sum, over the declared support at the
   fitted parameters, given the other columns.

   Densities: the support is cut where the density is seen to live (around the mode near a row's
   value, and at quartiles of the response), infinite ends are mapped onto (0, 1], and each piece is
   integrated by tanh-sinh (Takahasi & Mori 1974) and halved where two steps of it disagree, so that
   kinks, jumps and singular ends cost halvings and no digits. Counts: outwards from a row's value
   in batches of doubling length; what is behind the last one is extrapolated and stands in the
   error. */
#include "core/math/logs.h"
#include "core/model/custom.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 8,   /* rows whose other columns are tried */
    STEPS = 52, /* nodes on each side of the middle of a piece */
    NODES = 2 * STEPS + 1,
    PIECES = 96,
    CUTS = 24,
    MOST_TERMS = 1 << 17,
    BATCH = 256,
};

/* The density given the other columns of one row. */
struct slice {
    const struct mle_custom_self *self;
    const double *theta;
    struct mle_view column[MLE_EXPR_MAX_COLUMN];
};

static void log_density(struct slice *s, size_t n, const double y[], double out[])
{
    s->column[s->self->response] = (struct mle_view){ y, 1 };
    struct mle_expr_rows rows = { n, s->column, NULL };
    mle_expr_values(s->self->expr, &rows, s->theta, out);
}

static double log_density_at(struct slice *s, double y)
{
    double out;
    log_density(s, 1, &y, &out);
    return isnan(out) ? -(double)INFINITY : out;
}

/* --- densities -------------------------------------------------------------------------------- */

/* A stretch of the support: y = origin + z, or beyond the origin y = origin +- scale (1/z - 1). */
struct piece {
    int tail; /* -1, 0, 1 */
    double origin, scale, a, b, value, error;
};

/* SETS value and error of a piece. */
static void integrate(struct slice *s, struct piece *p)
{
    double y[NODES], weight[NODES], log_f[NODES], coarse = 0, fine = 0, width = p->b - p->a;
    const double h = 1.0 / 16;
    bool even[NODES];
    size_t n = 0;
    for (int j = -STEPS; j <= STEPS; j++) {
        double t = j * h, q = mle_expit(-2 * MLE_PI_2 * sinh(fabs(t))), rest = 1 - q;
        double z = t < 0 ? p->a + width * q : p->b - width * q;
        double jacobian = p->tail ? p->scale / (z * z) : 1;
        y[n] = p->tail ? p->origin + p->tail * p->scale * ((1 - z) / z) : p->origin + z;
        weight[n] = h * 2 * MLE_PI_2 * cosh(t) * q * rest * width * jacobian;
        even[n] = j % 2 == 0;
        n += z > p->a && z < p->b && isfinite(y[n]) && isfinite(weight[n]);
    }
    log_density(s, n, y, log_f);
    for (size_t i = 0; i < n; i++) {
        double term = exp(log_f[i]) * weight[i];
        fine += term;
        coarse += even[i] ? 2 * term : 0;
    }
    p->value = fine;
    p->error = fabs(fine - coarse);
}

/* Moves uphill from y in steps that halve; *width_up and *width_down become distances over which
   the logarithm falls by about 1. */
static double find_mode(struct slice *s, double y, double scale, double *down, double *up)
{
    const struct mle_custom_spec *spec = s->self->spec;
    double best = log_density_at(s, y), step = scale;
    for (int i = 0; i < 48; i++, step /= 2)
        for (int moves = 0, side = -1; side <= 1; side += 2)
            while (moves++ < 40 && y + side * step > spec->lower && y + side * step < spec->upper) {
                double value = log_density_at(s, y + side * step);
                if (!(value > best))
                    break;
                y += side * step;
                best = value;
            }
    double *width[2] = { down, up };
    for (int side = 0; side < 2; side++) {
        double d = scale;
        int sign = side ? 1 : -1;
        for (int i = 0; i < 60 && best - log_density_at(s, y + sign * d) > 1; i++)
            d /= 2;
        for (int i = 0; i < 60 && best - log_density_at(s, y + sign * d) < 1 &&
                        y + sign * d > spec->lower && y + sign * d < spec->upper;
             i++)
            d *= 2;
        *width[side] = d;
    }
    return y;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* SETS cut to where the support is cut, ascending, inside it; returns how many. */
static size_t find_cuts(struct slice *s, const double sample[5], double y, double cut[],
                        double *down, double *up)
{
    static const double reach[] = { 1, 4, 16 };
    const struct mle_custom_spec *spec = s->self->spec;
    double scale = sample[4] - sample[0], all[CUTS];
    size_t n = 0, kept = 0;
    scale = scale > 0 ? scale : fabs(y) > 0 ? fabs(y) : 1;
    double mode = find_mode(s, y, scale / 4, down, up);
    all[n++] = mode;
    for (size_t i = 0; i < sizeof reach / sizeof *reach; i++) {
        all[n++] = mode - reach[i] * *down;
        all[n++] = mode + reach[i] * *up;
    }
    for (size_t i = 0; i < 5; i++)
        all[n++] = sample[i];
    qsort(all, n, sizeof *all, ascending);
    for (size_t i = 0; i < n; i++)
        if (all[i] > spec->lower && all[i] < spec->upper && (kept == 0 || all[i] > cut[kept - 1]))
            cut[kept++] = all[i];
    return kept;
}

static size_t lay_out(const struct mle_custom_spec *spec, size_t n, const double cut[], double down,
                      double up, struct piece piece[])
{
    size_t m = 0;
    if (isfinite(spec->lower))
        piece[m++] = (struct piece){ .origin = spec->lower, .b = cut[0] - spec->lower };
    else
        piece[m++] = (struct piece){ .tail = -1, .origin = cut[0], .scale = down, .b = 1 };
    for (size_t i = 0; i + 1 < n; i++)
        piece[m++] = (struct piece){ .origin = cut[i], .b = cut[i + 1] - cut[i] };
    double last = cut[n - 1];
    if (isfinite(spec->upper)) /* measured from the end, where a singularity would be */
        piece[m++] = (struct piece){ .origin = spec->upper, .a = last - spec->upper };
    else
        piece[m++] = (struct piece){ .tail = 1, .origin = last, .scale = up, .b = 1 };
    return m;
}

static void integral(struct slice *s, const double sample[5], double y, struct mle_stop *stop,
                     struct mle_normalisation *out)
{
    struct piece piece[PIECES];
    double cut[CUTS], down, up;
    size_t n = find_cuts(s, sample, y, cut, &down, &up);
    if (n == 0)
        cut[n++] = s->self->spec->lower + (s->self->spec->upper - s->self->spec->lower) / 2;
    size_t m = lay_out(s->self->spec, n, cut, down, up, piece);
    for (size_t i = 0; i < m; i++)
        integrate(s, &piece[i]);
    for (;;) {
        size_t worst = 0;
        out->value = out->error = 0;
        for (size_t i = 0; i < m; i++) {
            out->value += piece[i].value;
            out->error += piece[i].error;
            worst = piece[i].error > piece[worst].error ? i : worst;
        }
        if (!(out->error > 1e-10 * fabs(out->value)) || m == PIECES || !isfinite(out->value) ||
            mle_stop_check(stop) != MLE_STOP_NONE)
            return;
        double middle = piece[worst].a + (piece[worst].b - piece[worst].a) / 2;
        piece[m] = piece[worst];
        piece[m].a = piece[worst].b = middle;
        integrate(s, &piece[worst]);
        integrate(s, &piece[m++]);
    }
}

/* --- counts ----------------------------------------------------------------------------------- */

/* Adds the terms from, from + side, ... to the end of the support. */
static void add_side(struct slice *s, double from, int side, struct mle_stop *stop,
                     struct mle_normalisation *out)
{
    const struct mle_custom_spec *spec = s->self->spec;
    double y[BATCH], log_f[BATCH], before = 0, batch = 0;
    size_t terms = 0, length = 64;
    bool finished = false;
    while (!finished && terms < MOST_TERMS && mle_stop_check(stop) == MLE_STOP_NONE) {
        before = batch;
        batch = 0;
        for (size_t left = length; left > 0 && !finished;) {
            size_t n = 0;
            while (n < BATCH && n < left && from >= spec->lower && from <= spec->upper) {
                y[n++] = from;
                from += side;
            }
            finished = n < BATCH && n < left;
            log_density(s, n, y, log_f);
            for (size_t i = 0; i < n; i++)
                batch += exp(log_f[i]);
            left -= n;
            terms += n;
        }
        length *= 2;
        out->value += batch;
        finished |= !(batch > 1e-17 * out->value) && out->value > 0;
    }
    if (finished)
        return;
    double ratio = before > 0 ? batch / before : 1;
    double rest = ratio < 0.99 ? batch * ratio / (1 - ratio) : (double)INFINITY;
    out->error += rest;
    out->value += isfinite(rest) ? rest : 0;
}

static void total(struct slice *s, double y, struct mle_stop *stop, struct mle_normalisation *out)
{
    out->value = out->error = 0;
    add_side(s, y, 1, stop, out);
    add_side(s, y - 1, -1, stop, out);
}

/* --- the rows --------------------------------------------------------------------------------- */

/* Smallest, quartiles, largest of the sampled response. */
static void quartiles(const struct mle_custom_self *self, double out[5])
{
    double y[512];
    size_t n = self->sample < 512 ? self->sample : 512;
    memcpy(y, self->sample_column[self->response], n * sizeof *y);
    qsort(y, n, sizeof *y, ascending);
    for (size_t i = 0; i < 5; i++)
        out[i] = y[(n - 1) * i / 4];
}

/* How far from 1 a result may be. */
static double distance(const struct mle_normalisation *x)
{
    double d = fabs(x->value - 1) + x->error;
    return isnan(d) ? (double)INFINITY : d;
}

enum mle_status mle_custom_normalise(const struct mle_model *model, const struct mle_work *work,
                                     const double theta[], struct mle_normalisation *out,
                                     struct mle_error *err)
{
    const struct mle_custom_self *self = model->self;
    struct slice slice = { .self = self, .theta = theta };
    size_t n = model->frame.n, rows = self->expr->n_column == 1 || n == 1 ? 1 : n < ROWS ? n : ROWS;
    double sample[5];
    (void)err;
    quartiles(self, sample);
    for (size_t r = 0; r < rows; r++) {
        size_t i = rows == 1 ? 0 : r * (n - 1) / (rows - 1);
        double y = rows == 1 ? sample[2] : model->frame.y[i];
        struct mle_normalisation one = { .value = NAN, .error = NAN };
        for (size_t j = 0; j < self->expr->n_column; j++)
            slice.column[j] = (struct mle_view){ &self->column[j].at[i], 0 };
        if (self->spec->discrete)
            total(&slice, y, work->stop, &one);
        else
            integral(&slice, sample, y, work->stop, &one);
        if (mle_stop_check(work->stop) != MLE_STOP_NONE) {
            *out = (struct mle_normalisation){ .value = NAN,
                                               .error = NAN,
                                               .absent = "the work was stopped before" };
            return MLE_OK;
        }
        if (r == 0 || distance(&one) > distance(out))
            *out = one;
    }
    if (isnan(out->value))
        out->absent = "the density is not a number somewhere in the declared support";
    return MLE_OK;
}
