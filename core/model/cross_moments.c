#include "core/model/cross_moments.h"

#include "core/math/kernels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Doubles of a tile's scratch: two buffers of 32 KiB. */
enum { BUFFER = 4096, MAX_COLUMNS = BUFFER / 8 };

/* --- first pass: ranges and means
 * --------------------------------------------------------------------------- */

enum { MIN, MAX, WEIGHT, MEAN, M2, FIRST }; /* of each column */

static void first_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct mle_frame *frame = ctx;
    const double *w = frame->w ? frame->w + lo : NULL;
    for (size_t j = 0; j < frame->n_part; j++, acc += FIRST) {
        const double *x = frame->value[j];
        mle_range(hi - lo, x + lo, &acc[MIN], &acc[MAX]);
        struct mle_moments m = mle_moments_about(hi - lo, x + lo, w, x[0]);
        acc[WEIGHT] = m.weight;
        acc[MEAN] = m.mean;
        acc[M2] = m.m2;
    }
}

static void first_merge(const void *ctx, double into[], const double from[])
{
    const struct mle_frame *frame = ctx;
    for (size_t j = 0; j < frame->n_part; j++, into += FIRST, from += FIRST) {
        into[MIN] = fmin(into[MIN], from[MIN]);
        into[MAX] = fmax(into[MAX], from[MAX]);
        struct mle_moments a = { into[WEIGHT], into[MEAN], into[M2] };
        const struct mle_moments b = { from[WEIGHT], from[MEAN], from[M2] };
        mle_moments_merge(&a, &b);
        into[WEIGHT] = a.weight;
        into[MEAN] = a.mean;
        into[M2] = a.m2;
    }
}

static enum mle_status overflows(const struct mle_frame *frame, size_t j, struct mle_error *err)
{
    const char *name = frame->part[j]->name;
    char pointer[64] = "/model/response";
    if (frame->n_part > 1)
        snprintf(pointer, sizeof pointer, "/model/response/%zu", j);
    mle_fail(err, MLE_INVALID_DATA, "the sums of column '%.64s' leave the range of doubles", name);
    mle_fault_at(err, pointer, "overflow", "the values of '%.64s' are too extreme", name);
    mle_hint(err, "Measure the column in another unit: divide it by a power of ten.");
    return MLE_INVALID_DATA;
}

/* The power of two at or below x, so that 1 / it is a double; 1 for 0. */
static double power_below(double x)
{
    return x > 0 ? ldexp(1, x < 0x1p-1000 ? -1000 : ilogb(x)) : 1;
}

static enum mle_status first_pass(const struct mle_frame *frame, const double about[],
                                  const struct mle_work *work, struct mle_cross_moments *m,
                                  double centre[], double unit[], double largest[],
                                  struct mle_error *err)
{
    double *acc = mle_arena_doubles(work->arena, m->d * FIRST);
    if (!acc)
        return mle_arena_fail(work->arena, err);
    struct mle_sum sum = { .width = m->d * FIRST,
                           .tile = first_tile,
                           .merge = first_merge,
                           .ctx = frame,
                           .row_cost_ns = (double)m->d };
    MLE_TRY(mle_reduce(&work->reducer, &sum, frame->n, work->stop, work->arena, acc, err));
    for (size_t j = 0; j < m->d; j++) {
        const double *a = acc + j * FIRST;
        centre[j] = about ? about[j] : frame->value[j][0] + a[MEAN];
        if (a[MIN] == a[MAX] && !about)
            centre[j] = a[MIN];
        double reach = fmax(a[MAX] - centre[j], centre[j] - a[MIN]);
        if (!isfinite(reach) || reach > 0x1p1000)
            return overflows(frame, j, err);
        unit[j] = power_below(reach);
        largest[j] = fmax(fabs(a[MIN]), fabs(a[MAX])) / unit[j];
    }
    return MLE_OK;
}

/* --- second pass: products of differences
 * ------------------------------------------------------------------------ */

struct second {
    const struct mle_frame *frame;
    const double *centre, *unit;
    bool diagonal;
};

static size_t products_of(size_t d, bool diagonal)
{
    return diagonal ? d : d * (d + 1) / 2;
}

/* Adds rows [lo, hi): acc has d sums of differences, then the products. */
static void add_products(const struct second *pass, size_t lo, size_t hi, double acc[])
{
    const struct mle_frame *frame = pass->frame;
    size_t d = frame->n_part, n = hi - lo;
    double plain[BUFFER], weighted[BUFFER];
    for (size_t j = 0; j < d; j++) {
        const double *x = frame->value[j] + lo;
        double *out = plain + j * n, *out_w = weighted + j * n;
        double centre = pass->centre[j], scale = 1 / pass->unit[j];
        for (size_t i = 0; i < n; i++)
            out[i] = (x[i] - centre) * scale;
        for (size_t i = 0; i < n; i++)
            out_w[i] = frame->w ? out[i] * frame->w[lo + i] : out[i];
        acc[j] += mle_sum(n, out_w);
        double *product = acc + d + (pass->diagonal ? j : j * (j + 1) / 2);
        for (size_t k = pass->diagonal ? j : 0; k <= j; k++)
            *product++ += mle_weighted_sum(n, plain + k * n, out_w);
    }
}

static void second_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct second *pass = ctx;
    size_t d = pass->frame->n_part, chunk = BUFFER / d;
    memset(acc, 0, (d + products_of(d, pass->diagonal)) * sizeof *acc);
    for (; lo < hi; lo += chunk)
        add_products(pass, lo, hi - lo < chunk ? hi : lo + chunk, acc);
}

/* The covariance from sums of differences s and of their products: (q - s s' / W) / W. */
static struct mle_twice centred(struct mle_twice q, struct mle_twice s, struct mle_twice t,
                                double weight, bool about)
{
    const struct mle_twice w = { weight, 0 };
    if (!about)
        q = mle_twice_subtract(q, mle_twice_divide(mle_twice_multiply(s, t), w));
    return mle_twice_divide(q, w);
}

/* SETS means and covariances from acc, whose numbers are pairs if exact. */
static enum mle_status finish(const struct mle_frame *frame, const double about[],
                              const double acc[], const struct mle_work *work,
                              struct mle_cross_moments *m, struct mle_error *err)
{
    size_t d = m->d, n = d + products_of(d, m->diagonal), step = m->exact ? 2 : 1;
    double *mean = mle_arena_doubles(work->arena, d);
    struct mle_twice *all = mle_arena_alloc(work->arena, n * sizeof *all);
    struct mle_twice *covariance =
        mle_arena_alloc(work->arena, (m->diagonal ? d : d * d) * sizeof *covariance);
    if (!mean || !all || !covariance)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct mle_twice){ acc[i * step], m->exact ? acc[i * step + 1] : 0 };
    const struct mle_twice *q = all + d;
    double w = frame->weight_sum;
    for (size_t j = 0; j < d; j++) {
        mean[j] = about ? about[j] : m->centre[j] + m->unit[j] * (all[j].high / w);
        for (size_t k = m->diagonal ? j : 0; k <= j; k++) {
            struct mle_twice value = centred(*q++, all[j], all[k], w, about != NULL);
            if (!isfinite(value.high))
                return overflows(frame, j, err);
            covariance[m->diagonal ? j : j * d + k] = value;
            if (!m->diagonal)
                covariance[k * d + j] = value;
        }
    }
    m->mean = mean;
    m->covariance = covariance;
    return MLE_OK;
}

enum mle_status mle_cross_moments(const struct mle_frame *frame, const double about[],
                                  bool diagonal, const struct mle_work *work,
                                  struct mle_cross_moments *moments, struct mle_error *err)
{
    size_t d = frame->n_part, n = d + products_of(d, diagonal);
    double *centre = mle_arena_doubles(work->arena, d), *unit = mle_arena_doubles(work->arena, d);
    double *largest = mle_arena_doubles(work->arena, d), *acc = mle_arena_doubles(work->arena, n);
    if (!centre || !unit || !largest || !acc)
        return mle_arena_fail(work->arena, err);
    *moments = (struct mle_cross_moments){
        .d = d, .diagonal = diagonal, .centre = centre, .unit = unit, .largest = largest
    };
    MLE_TRY(first_pass(frame, about, work, moments, centre, unit, largest, err));
    struct second pass = { frame, centre, unit, diagonal };
    struct mle_sum sum = {
        .width = n, .tile = second_tile, .ctx = &pass, .row_cost_ns = 0.5 * (double)n
    };
    MLE_TRY(mle_reduce(&work->reducer, &sum, frame->n, work->stop, work->arena, acc, err));
    return finish(frame, about, acc, work, moments, err);
}

/* --- the same in twice the precision
 * ----------------------------------------------------------------------------- */

static void add_pair(double pair[], struct mle_twice x)
{
    x = mle_twice_add((struct mle_twice){ pair[0], pair[1] }, x);
    pair[0] = x.high;
    pair[1] = x.low;
}

static void exact_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct second *pass = ctx;
    const struct mle_frame *frame = pass->frame;
    size_t d = frame->n_part;
    struct mle_twice row[MAX_COLUMNS];
    memset(acc, 0, 2 * (d + products_of(d, false)) * sizeof *acc);
    for (size_t i = lo; i < hi; i++) {
        double *product = acc + 2 * d;
        const struct mle_twice w = { frame->w ? frame->w[i] : 1, 0 };
        for (size_t j = 0; j < d; j++) {
            double scale = 1 / pass->unit[j];
            struct mle_twice x = mle_twice_sum(frame->value[j][i], -pass->centre[j]);
            row[j] = (struct mle_twice){ x.high * scale, x.low * scale };
            struct mle_twice weighted = frame->w ? mle_twice_multiply(row[j], w) : row[j];
            add_pair(acc + 2 * j, weighted);
            for (size_t k = 0; k <= j; k++, product += 2)
                add_pair(product, mle_twice_multiply(weighted, row[k]));
        }
    }
}

static void exact_merge(const void *ctx, double into[], const double from[])
{
    const struct second *pass = ctx;
    size_t d = pass->frame->n_part, n = d + products_of(d, false);
    for (size_t i = 0; i < n; i++)
        add_pair(into + 2 * i, (struct mle_twice){ from[2 * i], from[2 * i + 1] });
}

enum mle_status mle_cross_moments_exact(const struct mle_frame *frame, const double about[],
                                        const struct mle_work *work,
                                        struct mle_cross_moments *moments, struct mle_error *err)
{
    size_t n = moments->d + products_of(moments->d, false);
    double *acc = mle_arena_doubles(work->arena, 2 * n);
    if (!acc)
        return mle_arena_fail(work->arena, err);
    struct second pass = { frame, moments->centre, moments->unit, false };
    struct mle_sum sum = { .width = 2 * n,
                           .tile = exact_tile,
                           .merge = exact_merge,
                           .ctx = &pass,
                           .row_cost_ns = 15 * (double)n };
    MLE_TRY(mle_reduce(&work->reducer, &sum, frame->n, work->stop, work->arena, acc, err));
    moments->exact = true;
    return finish(frame, about, acc, work, moments, err);
}
