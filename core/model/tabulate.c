#include "core/model/tabulate.h"

#include "core/math/kernels.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cell {
    double y, w; /* w 0: the slot is free */
};

struct range {
    double min, max;
    bool integers;
};

/* Tile by tile, so that the second look finds it in cache; ends at the first fraction. */
static struct range find_range(const double *y, size_t n)
{
    struct range all = { y[0], y[0], true };
    for (size_t lo = 0; all.integers && lo < n; lo += MLE_TILE_ROWS) {
        size_t many = n - lo > MLE_TILE_ROWS ? MLE_TILE_ROWS : n - lo;
        double min, max;
        mle_range(many, y + lo, &min, &max);
        all.min = min < all.min ? min : all.min;
        all.max = max > all.max ? max : all.max;
        all.integers = mle_all_integers(many, y + lo);
    }
    return all;
}

/* Counts integers of a small range in an array indexed by value. Four arrays take turns, since
   equal neighbours would otherwise wait for each other's store. */
static void count_small(const struct mle_frame *frame, struct mle_stop *stop, double min,
                        size_t cells, double *count)
{
    const double *y = frame->y, *w = frame->w;
    memset(count, 0, 4 * cells * sizeof *count);
    for (size_t lo = 0; lo < frame->n && mle_stop_check(stop) == MLE_STOP_NONE;
         lo += MLE_TILE_ROWS) {
        size_t hi = frame->n - lo > MLE_TILE_ROWS ? lo + MLE_TILE_ROWS : frame->n;
        for (size_t i = lo; i < hi; i++)
            count[(i & 3) * cells + (size_t)(int64_t)(y[i] - min)] += w ? w[i] : 1;
    }
    for (size_t c = 0; c < cells; c++)
        count[c] = (count[c] + count[cells + c]) + (count[2 * cells + c] + count[3 * cells + c]);
}

static size_t slot_of(double y, size_t mask)
{
    uint64_t bits;
    y += 0.0; /* -0 and 0 are one value */
    memcpy(&bits, &y, sizeof bits);
    bits *= 0x9E3779B97F4A7C15u;
    return (size_t)(bits >> 32) & mask;
}

/* False when there are too many distinct values. */
static bool count_hashed(const struct mle_frame *frame, struct mle_stop *stop, size_t mask,
                         struct cell *cells, size_t *distinct)
{
    *distinct = 0;
    for (size_t i = 0; i < frame->n; i++) {
        if (i % MLE_TILE_ROWS == 0 && mle_stop_check(stop) != MLE_STOP_NONE)
            return false;
        double y = frame->y[i] + 0.0;
        size_t slot = slot_of(y, mask);
        while (cells[slot].w != 0 && cells[slot].y != y)
            slot = (slot + 1) & mask;
        if (cells[slot].w == 0) {
            if (*distinct == MLE_MAX_DISTINCT)
                return false;
            ++*distinct;
            cells[slot].y = y;
        }
        cells[slot].w += frame->w ? frame->w[i] : 1;
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    double x = ((const struct cell *)a)->y, y = ((const struct cell *)b)->y;
    return (x > y) - (x < y);
}

/* The non-empty cells in ascending order. */
static const struct mle_table *make_table(const struct mle_work *work, size_t n,
                                          const struct cell *cells)
{
    struct mle_table *table = mle_arena_alloc(work->arena, sizeof *table);
    double *y = mle_arena_doubles(work->arena, n), *w = mle_arena_doubles(work->arena, n);
    if (!table || !y || !w)
        return NULL;
    *table = (struct mle_table){ .n = n, .y = y, .w = w };
    for (size_t i = 0; i < n; i++) {
        y[i] = cells[i].y;
        w[i] = cells[i].w;
        table->singletons += cells[i].w == 1;
    }
    return table;
}

static enum mle_status tabulate_small(const struct mle_frame *frame, const struct mle_work *work,
                                      struct range range, const struct mle_table **table,
                                      struct mle_error *err)
{
    size_t cells = (size_t)(range.max - range.min) + 1, distinct = 0;
    double *count = mle_arena_doubles(work->arena, 4 * cells);
    struct cell *list = mle_arena_alloc(work->arena, cells * sizeof *list);
    if (!count || !list)
        return mle_arena_fail(work->arena, err);
    count_small(frame, work->stop, range.min, cells, count);
    for (size_t c = 0; c < cells; c++)
        if (count[c] > 0)
            list[distinct++] = (struct cell){ range.min + (double)c, count[c] };
    *table = make_table(work, distinct, list);
    return *table ? MLE_OK : mle_arena_fail(work->arena, err);
}

static enum mle_status tabulate_hashed(const struct mle_frame *frame, const struct mle_work *work,
                                       const struct mle_table **table, struct mle_error *err)
{
    size_t slots = 16, distinct;
    while (slots < 2 * frame->n && slots < 2 * MLE_MAX_DISTINCT)
        slots *= 2;
    struct cell *cells = mle_arena_zeros(work->arena, slots, sizeof *cells);
    if (!cells)
        return mle_arena_fail(work->arena, err);
    if (!count_hashed(frame, work->stop, slots - 1, cells, &distinct))
        return MLE_OK;
    size_t used = 0;
    for (size_t slot = 0; slot < slots; slot++)
        if (cells[slot].w != 0)
            cells[used++] = cells[slot];
    qsort(cells, used, sizeof *cells, by_value);
    *table = make_table(work, used, cells);
    return *table ? MLE_OK : mle_arena_fail(work->arena, err);
}

enum mle_status mle_tabulate(const struct mle_frame *frame, const struct mle_work *work,
                             const struct mle_table **table, struct mle_error *err)
{
    *table = NULL;
    struct range range = find_range(frame->y, frame->n);
    double widest = frame->n > 1024 ? (double)MLE_MAX_DISTINCT : 1024;
    bool small = range.integers && range.max - range.min < widest;
    MLE_TRY(small ? tabulate_small(frame, work, range, table, err)
                  : tabulate_hashed(frame, work, table, err));
    return mle_stop_check(work->stop) == MLE_STOP_NONE ? MLE_OK : mle_stop_fail(work->stop, err);
}

double mle_table_entropy(const struct mle_table *table)
{
    double weight_sum = 0, sum = 0;
    for (size_t i = 0; i < table->n; i++)
        weight_sum += table->w[i];
    for (size_t i = 0; i < table->n; i++) {
        double share = table->w[i] / weight_sum; /* 0 when it underflows, and so is its term */
        sum -= share > 0 ? table->w[i] * log(share) : 0;
    }
    return sum / weight_sum;
}
