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

/* --- small counts: one pass, in parallel --------------------------------------------------------
 */

/* Values 0 to cells - 1 of a window guessed from the first tile. A partial sum is the count of each
   value, then how many values lie outside of the window (then the table is made another way). */
struct window {
    const struct mle_frame *frame;
    size_t cells;
};

enum { LEAST_WINDOW = 64, MOST_WINDOW = 1024, TABLES = 4 };

static void count_equal(size_t n, const uint16_t at[], size_t cells, double acc[])
{
    uint32_t count[TABLES][MOST_WINDOW + 1];
    for (int t = 0; t < TABLES; t++)
        memset(count[t], 0, (cells + 1) * sizeof count[t][0]);
    size_t whole = n / TABLES * TABLES;
    for (size_t i = 0; i < whole; i += TABLES)
        for (int t = 0; t < TABLES; t++)
            count[t][at[i + t]]++;
    for (size_t i = whole; i < n; i++)
        count[0][at[i]]++;
    for (size_t c = 0; c <= cells; c++)
        acc[c] = (double)((count[0][c] + count[1][c]) + (count[2][c] + count[3][c]));
}

static void count_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct window *window = ctx;
    const double *w = window->frame->w;
    uint16_t at[MLE_TILE_ROWS];
    size_t n = hi - lo;
    mle_small_integers(n, window->frame->y + lo, (unsigned)window->cells, at);
    if (!w) {
        count_equal(n, at, window->cells, acc);
        return;
    }
    memset(acc, 0, (window->cells + 1) * sizeof *acc);
    for (size_t i = 0; i < n; i++) /* where y is outside, any mark will do */
        acc[at[i]] += at[i] < window->cells ? w[lo + i] : 1;
}

/* The window for what begins like the first tile, with room for values twice as large; 0: none. */
static size_t window_cells(const struct mle_frame *frame)
{
    uint16_t at[MLE_TILE_ROWS];
    size_t n = frame->n < MLE_TILE_ROWS ? frame->n : MLE_TILE_ROWS, largest = 0;
    mle_small_integers(n, frame->y, MOST_WINDOW, at);
    for (size_t i = 0; i < n; i++)
        largest = at[i] > largest ? at[i] : largest;
    if (largest == MOST_WINDOW)
        return 0;
    size_t cells = LEAST_WINDOW;
    while (cells < MOST_WINDOW && cells < 2 * (largest + 1))
        cells *= 2;
    return cells;
}

/* Leaves table in NULL if a value lies outside. */
static enum mle_status tabulate_window(const struct mle_frame *frame, const struct mle_work *work,
                                       size_t cells, const struct mle_table **table,
                                       struct mle_error *err)
{
    double acc[MOST_WINDOW + 1];
    struct cell list[MOST_WINDOW];
    size_t distinct = 0;
    struct window window = { frame, cells };
    struct mle_sum sum = {
        .width = cells + 1, .tile = count_tile, .ctx = &window, .row_cost_ns = 1
    };
    MLE_TRY(mle_reduce(&work->reducer, &sum, frame->n, work->stop, work->arena, acc, err));
    if (acc[cells] > 0)
        return MLE_OK;
    for (size_t c = 0; c < cells; c++)
        if (acc[c] > 0)
            list[distinct++] = (struct cell){ (double)c, acc[c] };
    *table = make_table(work, distinct, list);
    return *table ? MLE_OK : mle_arena_fail(work->arena, err);
}

/* --- any values ---------------------------------------------------------------------------------
 */

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
    size_t cells = frame->n > 0 ? window_cells(frame) : 0;
    if (cells > 0)
        MLE_TRY(tabulate_window(frame, work, cells, table, err));
    if (*table)
        return MLE_OK;
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
