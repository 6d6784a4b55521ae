#include "core/model/counts.h"

#include "core/base/shortest.h"
#include "core/math/special.h"
#include "core/math/twice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool mle_counts_inside(const struct mle_frame *frame, size_t i)
{
    bool inside = true;
    for (size_t j = 0; j < frame->n_part; j++) {
        double x = frame->value[j][i];
        inside &= x >= 0 && x == rint(x) && x <= 0x1p53;
    }
    return inside;
}

double mle_counts_row_total(const struct mle_frame *frame, size_t i)
{
    double sum = 0;
    for (size_t j = 0; j < frame->n_part; j++)
        sum += frame->value[j][i];
    return sum;
}

double mle_excess(size_t k, const double p[])
{
    struct mle_twice sum = { -1, 0 };
    for (size_t j = 0; j < k; j++)
        sum = mle_twice_add(sum, (struct mle_twice){ p[j], 0 });
    return sum.high;
}

double mle_log_multinomial(const struct mle_frame *frame, size_t i, double n, const double p[],
                           double excess)
{
    double sum = n * excess - mle_log_poisson(n, n);
    for (size_t j = 0; j < frame->n_part; j++) {
        double x = frame->value[j][i];
        if (x > 0 || p[j] > 0)
            sum += x > 0 && p[j] == 0 ? -INFINITY : mle_log_poisson(x, n * p[j]);
    }
    return sum;
}

/* --- support ---------------------------------------------------------------------------------- */

static enum mle_status report_outside(const struct mle_model *model, struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    mle_fail(err, MLE_OUTSIDE_SUPPORT, "values lie outside the support of %s", model->kind->name);
    for (size_t i = 0; i < frame->n; i++) {
        if (mle_counts_inside(frame, i))
            continue;
        for (size_t j = 0; j < frame->n_part; j++) {
            double x = frame->value[j][i];
            const char *what = x < 0            ? "is less than 0"
                               : x != rint(x)   ? "is not an integer"
                               : !(x <= 0x1p53) ? "is more than a double can count to"
                                                : NULL;
            if (what)
                mle_fault_row(err, mle_frame_origin(frame, i), frame->part[j]->name,
                              "outside_support", "%s %s", mle_show(x, (char[32]){ 0 }), what);
        }
    }
    if (err)
        snprintf(err->text, sizeof err->text, "%zu value%s outside the support of %s",
                 err->faults_total, err->faults_total == 1 ? " is" : "s are", model->kind->name);
    return MLE_OUTSIDE_SUPPORT;
}

/* --- sums ------------------------------------------------------------------------------------- */

enum { OUTSIDE, LEAST, MOST, MIXED, TOTAL };

struct first {
    const struct mle_frame *frame;
    double *row_total;
};

static void first_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct first *pass = ctx;
    const struct mle_frame *frame = pass->frame;
    memset(acc, 0, (TOTAL + frame->n_part) * sizeof *acc);
    acc[LEAST] = INFINITY;
    for (size_t i = lo; i < hi; i++) {
        double w = frame->w ? frame->w[i] : 1, total = 0;
        unsigned categories = 0;
        for (size_t j = 0; j < frame->n_part; j++) {
            double x = frame->value[j][i];
            total += x;
            categories += x > 0;
            acc[TOTAL + j] += w * x;
        }
        acc[OUTSIDE] += !mle_counts_inside(frame, i);
        acc[LEAST] = fmin(acc[LEAST], total);
        acc[MOST] = fmax(acc[MOST], total);
        acc[MIXED] += categories > 1 ? w : 0;
        pass->row_total[i] = total;
    }
}

static void first_merge(const void *ctx, double into[], const double from[])
{
    const struct first *pass = ctx;
    double least = fmin(into[LEAST], from[LEAST]), most = fmax(into[MOST], from[MOST]);
    for (size_t j = 0; j < TOTAL + pass->frame->n_part; j++)
        into[j] += from[j];
    into[LEAST] = least;
    into[MOST] = most;
}

struct second {
    const struct mle_frame *frame;
    const struct mle_counts *counts;
    double excess;
};

static void second_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct second *pass = ctx;
    acc[0] = 0;
    for (size_t i = lo; i < hi; i++)
        acc[0] += (pass->frame->w ? pass->frame->w[i] : 1) *
                  mle_log_multinomial(pass->frame, i, pass->counts->row_total[i],
                                      pass->counts->share, pass->excess);
}

/* --- distinct rows ---------------------------------------------------------------------------- */

struct cell {
    size_t row; /* the first one of its kind */
    double w;   /* 0: the slot is free */
};

static size_t hash(const struct mle_frame *frame, size_t i)
{
    uint64_t bits, h = 0;
    for (size_t j = 0; j < frame->n_part; j++) {
        double x = frame->value[j][i] + 0.0;
        memcpy(&bits, &x, sizeof bits);
        h = (h ^ bits) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    return (size_t)h;
}

static bool same(const struct mle_frame *frame, size_t a, size_t b)
{
    bool equal = true;
    for (size_t j = 0; equal && j < frame->n_part; j++)
        equal = frame->value[j][a] == frame->value[j][b];
    return equal;
}

/* The empirical distribution of whole rows; y are the numbers of their first rows. No table when
   there are too many different ones. */
static enum mle_status tabulate(struct mle_model *model, const struct mle_work *work,
                                struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    size_t slots = 16, n = 0;
    while (slots < 2 * frame->n && slots < 2 * MLE_MAX_DISTINCT)
        slots *= 2;
    struct cell *cells = mle_arena_zeros(work->arena, slots, sizeof *cells);
    struct mle_table *table = mle_arena_zeros(work->arena, 1, sizeof *table);
    if (!cells || !table)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; i < frame->n; i++) {
        if (i % MLE_TILE_ROWS == 0 && mle_stop_check(work->stop) != MLE_STOP_NONE)
            return mle_stop_fail(work->stop, err);
        size_t slot = hash(frame, i) & (slots - 1);
        while (cells[slot].w != 0 && !same(frame, cells[slot].row, i))
            slot = (slot + 1) & (slots - 1);
        if (cells[slot].w == 0) {
            if (++n > MLE_MAX_DISTINCT / 2)
                return MLE_OK;
            cells[slot].row = i;
        }
        cells[slot].w += frame->w ? frame->w[i] : 1;
    }
    double *y = mle_arena_doubles(work->arena, n), *w = mle_arena_doubles(work->arena, n);
    if (!y || !w)
        return mle_arena_fail(work->arena, err);
    for (size_t slot = 0; slot < slots; slot++) {
        if (cells[slot].w == 0)
            continue;
        y[table->n] = (double)cells[slot].row;
        w[table->n++] = cells[slot].w;
        table->singletons += cells[slot].w == 1;
    }
    table->y = y;
    table->w = w;
    model->table = table;
    return MLE_OK;
}

/* --- all of it -------------------------------------------------------------------------------- */

static enum mle_status too_large(const struct mle_model *model, struct mle_error *err)
{
    mle_fail(err, MLE_INVALID_DATA, "the sums of the counts leave the range of doubles");
    mle_fault_at(err, "/model/weights", "overflow", "counts times weights of %s are too large",
                 model->kind->name);
    return MLE_INVALID_DATA;
}

enum mle_status mle_counts_scan(struct mle_model *model, const struct mle_work *work,
                                struct mle_counts *counts, struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    size_t k = frame->n_part;
    double *acc = mle_arena_doubles(work->arena, TOTAL + k);
    double *share = mle_arena_zeros(work->arena, k, sizeof *share);
    double *row_total = mle_arena_doubles(work->arena, frame->n);
    size_t *seen = mle_arena_alloc(work->arena, k * sizeof *seen);
    if (!acc || !share || !row_total || !seen)
        return mle_arena_fail(work->arena, err);
    struct first first = { frame, row_total };
    struct mle_sum sum = { TOTAL + k, first_tile, first_merge, &first, 2 * (double)k };
    MLE_TRY(mle_reduce(&work->reducer, &sum, frame->n, work->stop, work->arena, acc, err));
    if (acc[OUTSIDE] > 0)
        return report_outside(model, err);
    *counts = (struct mle_counts){ .k = k,
                                   .total = acc + TOTAL,
                                   .share = share,
                                   .least_row = acc[LEAST],
                                   .most_row = acc[MOST],
                                   .mixed = acc[MIXED],
                                   .seen = seen,
                                   .row_total = row_total };
    for (size_t j = 0; j < k; j++)
        counts->sum += counts->total[j];
    if (!isfinite(counts->sum))
        return too_large(model, err);
    for (size_t j = 0; j < k; j++) {
        share[j] = counts->sum > 0 ? counts->total[j] / counts->sum : 0;
        if (counts->total[j] > 0)
            seen[counts->n_seen++] = j;
    }
    struct second second = { frame, counts, counts->sum > 0 ? mle_excess(k, share) : 0 };
    sum = (struct mle_sum){ 1, second_tile, NULL, &second, 40 * (double)k };
    MLE_TRY(mle_reduce(&work->reducer, &sum, frame->n, work->stop, work->arena,
                       &counts->log_likelihood, err));
    model->evidence = (struct mle_evidence){ .n = frame->n, .weight_sum = frame->weight_sum };
    model->trials_differ = counts->least_row != counts->most_row;
    return model->trials_differ ? MLE_OK : tabulate(model, work, err);
}
