/* Finished columns: one block for everything small, a mapping of its own for every large array. */
#include "core/data/data.h"

#include "core/data/texts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };

struct shared_data {
    struct mle_data data; /* first: a pointer to it is a pointer to this */
    atomic_size_t references;
    struct mle_budget *budget;
    void *block; /* holds this record; malloc's alignment is less than ours */
    size_t block_bytes;
};

/* Takes pieces of a block one after the other; without a block it only adds up their sizes. */
struct pieces {
    char *block;
    size_t n;
};

static void *piece(struct pieces *pieces, size_t bytes)
{
    void *at = pieces->block ? pieces->block + pieces->n : NULL;
    pieces->n += (bytes + ALIGN - 1) / ALIGN * ALIGN;
    return at;
}

static size_t array_bytes(const struct mle_column *column)
{
    return column->n * (column->values ? sizeof *column->values : sizeof *column->codes);
}

const struct mle_data *mle_data_ref(const struct mle_data *data)
{
    struct shared_data *shared = (struct shared_data *)(uintptr_t)data;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return data;
}

void mle_data_unref(const struct mle_data *data)
{
    struct shared_data *shared = (struct shared_data *)(uintptr_t)data;
    if (!shared || atomic_fetch_sub_explicit(&shared->references, 1, memory_order_acq_rel) != 1)
        return;
    struct mle_budget *budget = shared->budget;
    for (size_t i = 0; i < data->n_column; i++) {
        const struct mle_column *column = &data->column[i];
        size_t bytes = array_bytes(column);
        if (bytes >= MLE_LARGE_BYTES)
            mle_memory_free(column->values ? (void *)(uintptr_t)column->values
                                           : (void *)(uintptr_t)column->codes,
                            bytes);
    }
    size_t bytes = data->bytes;
    mle_memory_free(shared->block, shared->block_bytes);
    mle_budget_give(budget, bytes);
}

const struct mle_column *mle_data_find(const struct mle_data *data, const char *name)
{
    for (size_t i = 0; i < data->n_column; i++)
        if (strcmp(data->column[i].name, name) == 0)
            return &data->column[i];
    return NULL;
}

/* --- from a builder --------------------------------------------------------------------------- */

static enum mle_status no_memory(struct mle_error *err, bool limited)
{
    return limited ? mle_fail(err, MLE_MEMORY_LIMIT,
                              "The columns need more memory than the request may use")
                   : mle_fail(err, MLE_NO_MEMORY, "The process is out of memory");
}

static enum mle_status check_lengths(const struct mle_builder *builder, struct mle_error *err)
{
    for (size_t i = 1; i < builder->n_column; i++) {
        const struct mle_column_builder *a = &builder->column[0], *b = &builder->column[i];
        if (a->n == b->n)
            continue;
        const struct mle_column_builder *shorter = a->n < b->n ? a : b;
        mle_fail(err, MLE_INVALID_DATA, "Column '%s' has %zu values, but column '%s' has %zu",
                 b->name, b->n, a->name, a->n);
        mle_fault_row(err, shorter->n, shorter->name, "ragged", "the column ends before this row");
        return MLE_INVALID_DATA;
    }
    return MLE_OK;
}

/* A column with nothing but missing values has stored none of them. */
static enum mle_status write_missing(struct mle_builder *builder, struct mle_column_builder *column,
                                     struct mle_error *err)
{
    size_t bytes = column->n * sizeof *column->values;
    if (!mle_budget_take(builder->budget, bytes))
        return no_memory(err, true);
    column->values = mle_memory_resize(NULL, 0, bytes);
    if (!column->values) {
        mle_budget_give(builder->budget, bytes);
        return no_memory(err, false);
    }
    column->kind = MLE_NUMBERS;
    column->capacity = column->reserved = column->n;
    for (size_t i = 0; i < column->n; i++)
        column->values[i] = NAN;
    return MLE_OK;
}

static int compare_texts(const void *a, const void *b, void *texts)
{
    return strcmp(mle_texts_get(texts, *(const uint32_t *)a),
                  mle_texts_get(texts, *(const uint32_t *)b));
}

/* Numbers the levels in the order of their bytes. order[n_level] gets the texts in that order,
   rank[n_level] is scratch. */
static void sort_levels(struct mle_column_builder *column, size_t n_level, uint32_t order[],
                        uint32_t rank[])
{
    for (size_t i = 0; i < n_level; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, n_level, sizeof *order, compare_texts, column->texts);
    for (size_t i = 0; i < n_level; i++)
        rank[order[i]] = (uint32_t)i;
    for (size_t i = 0; i < column->n; i++)
        if (column->codes[i] != MLE_MISSING_CODE)
            column->codes[i] = rank[column->codes[i]];
}

/* The levels of a column in the block, sorted; scratch holds 2 * n_level numbers. */
static void place_levels(struct pieces *pieces, struct mle_column_builder *from,
                         struct mle_column *to, uint32_t *scratch)
{
    to->n_level = from->texts->n;
    const char **levels = piece(pieces, to->n_level * sizeof *levels);
    char *pool = piece(pieces, from->texts->pool.n);
    to->levels = levels;
    if (!pieces->block)
        return;
    if (to->n_level == 0)
        return; /* then there may be no scratch */
    sort_levels(from, to->n_level, scratch, scratch + to->n_level);
    memcpy(pool, from->texts->pool.bytes, from->texts->pool.n);
    for (size_t i = 0; i < to->n_level; i++)
        levels[i] = pool + (mle_texts_get(from->texts, scratch[i]) - from->texts->pool.bytes);
}

/* The array of a column: a small one moves into the block, a large one keeps its mapping. */
static void place_array(struct pieces *pieces, struct mle_column_builder *from,
                        struct mle_column *to)
{
    bool strings = from->kind == MLE_STRINGS;
    size_t size = strings ? sizeof *from->codes : sizeof *from->values;
    size_t bytes = from->n * size;
    void *array = strings ? (void *)from->codes : (void *)from->values;
    if (!pieces->block) {
        if (bytes < MLE_LARGE_BYTES)
            piece(pieces, bytes);
        return;
    }
    if (bytes < MLE_LARGE_BYTES) {
        void *copy = piece(pieces, bytes);
        if (bytes > 0)
            memcpy(copy, array, bytes);
        mle_memory_free(array, from->reserved * size);
        array = copy;
    } else {
        void *shrunk = mle_memory_resize(array, from->reserved * size, bytes);
        array = shrunk ? shrunk : array; /* shrinking a mapping does not fail */
    }
    from->values = NULL; /* no longer the builder's */
    from->codes = NULL;
    from->reserved = 0;
    if (strings)
        to->codes = array;
    else
        to->values = array;
}

/* Everything but the large arrays, into the block or only measured. */
static struct shared_data *place(struct pieces *pieces, struct mle_builder *builder,
                                 uint32_t *scratch)
{
    static const enum mle_column_type types[] = { MLE_FLOAT64, MLE_FLOAT64, MLE_BOOLEAN,
                                                  MLE_CATEGORICAL };
    struct mle_column dry;
    struct shared_data *shared = piece(pieces, sizeof *shared);
    struct mle_column *columns = piece(pieces, builder->n_column * sizeof *columns);
    for (size_t i = 0; i < builder->n_column; i++) {
        struct mle_column_builder *from = &builder->column[i];
        struct mle_column *to = pieces->block ? &columns[i] : &dry;
        size_t name_bytes = strlen(from->name) + 1;
        char *name = piece(pieces, name_bytes);
        if (name)
            memcpy(name, from->name, name_bytes);
        *to = (struct mle_column){
            .name = name, .type = types[from->kind], .n = from->n, .missing = from->missing
        };
        if (from->kind == MLE_STRINGS)
            place_levels(pieces, from, to, scratch);
        place_array(pieces, from, to);
    }
    if (pieces->block)
        shared->data = (struct mle_data){
            .n = builder->n_column > 0 ? builder->column[0].n : 0,
            .n_column = builder->n_column,
            .column = columns,
        };
    return shared;
}

static size_t large_bytes(const struct mle_builder *builder)
{
    size_t sum = 0;
    for (size_t i = 0; i < builder->n_column; i++) {
        const struct mle_column_builder *column = &builder->column[i];
        size_t size = column->kind == MLE_STRINGS ? sizeof *column->codes : sizeof *column->values;
        size_t bytes = column->n * size;
        sum += bytes >= MLE_LARGE_BYTES ? bytes : 0;
    }
    return sum;
}

static size_t scratch_bytes(const struct mle_builder *builder)
{
    size_t most = 0;
    for (size_t i = 0; i < builder->n_column; i++)
        if (builder->column[i].texts && builder->column[i].texts->n > most)
            most = builder->column[i].texts->n;
    return most * 2 * sizeof(uint32_t);
}

/* Of the bytes that the builder has taken for arrays, gives back all but those of large ones: the
   small arrays move, one after the other, into the block, which is paid for as a whole. */
static void give_moving_bytes(struct mle_builder *builder)
{
    for (size_t i = 0; i < builder->n_column; i++) {
        struct mle_column_builder *column = &builder->column[i];
        size_t size = column->kind == MLE_STRINGS ? sizeof *column->codes : sizeof *column->values;
        size_t kept = column->n * size < MLE_LARGE_BYTES ? 0 : column->n;
        mle_budget_give(builder->budget, (column->capacity - kept) * size);
        column->capacity = kept;
    }
}

/* Makes the record; the arrays are its own then. */
static enum mle_status settle(struct mle_builder *builder, const struct mle_data **data,
                              struct mle_error *err)
{
    struct pieces pieces = { NULL, 0 };
    place(&pieces, builder, NULL);
    size_t block_bytes = pieces.n + ALIGN;
    size_t bytes = block_bytes + large_bytes(builder);
    size_t scratch_size = scratch_bytes(builder);
    give_moving_bytes(builder);
    if (!mle_budget_take(builder->budget, block_bytes + scratch_size))
        return no_memory(err, true);
    char *block = mle_memory_resize(NULL, 0, block_bytes);
    uint32_t *scratch = scratch_size > 0 ? mle_memory_resize(NULL, 0, scratch_size) : NULL;
    bool ok = block && (scratch || scratch_size == 0);
    if (ok) {
        size_t skip = (ALIGN - (uintptr_t)block % ALIGN) % ALIGN;
        pieces = (struct pieces){ block + skip, 0 };
        struct shared_data *shared = place(&pieces, builder, scratch);
        atomic_init(&shared->references, 1);
        shared->data.bytes = bytes;
        shared->budget = builder->budget;
        shared->block = block;
        shared->block_bytes = block_bytes;
        *data = &shared->data;
        for (size_t i = 0; i < builder->n_column; i++)
            builder->column[i].capacity = 0; /* the large ones are the record's to pay */
    } else {
        mle_memory_free(block, block_bytes);
        mle_budget_give(builder->budget, block_bytes);
    }
    mle_memory_free(scratch, scratch_size);
    mle_budget_give(builder->budget, scratch_size);
    return ok ? MLE_OK : no_memory(err, false);
}

enum mle_status mle_builder_data(struct mle_builder *builder, const struct mle_data **data,
                                 struct mle_error *err)
{
    MLE_TRY(check_lengths(builder, err));
    for (size_t i = 0; i < builder->n_column; i++) {
        struct mle_column_builder *column = &builder->column[i];
        if (column->kind == MLE_UNDECIDED && column->n > 0)
            MLE_TRY(write_missing(builder, column, err));
    }
    MLE_TRY(settle(builder, data, err));
    mle_builder_finish(builder);
    return MLE_OK;
}
