/* Columns under construction. */
#include "core/data/data.h"
#include "core/data/texts.h"

#include <math.h>
#include <string.h>

enum {
    MAX_NAME_BYTES = 128,
    FIRST_ELEMENTS = 32,
    STEP_ELEMENTS = 8192, /* the budget pays at least this many at a time */
};

static enum mle_status no_memory(struct mle_error *err, bool limited)
{
    return limited ? mle_fail(err, MLE_MEMORY_LIMIT,
                              "The columns need more memory than the request may use")
                   : mle_fail(err, MLE_NO_MEMORY, "The process is out of memory");
}

void mle_builder_init(struct mle_builder *builder, struct mle_budget *budget, size_t max_columns,
                      size_t max_rows)
{
    *builder = (struct mle_builder){
        .budget = budget,
        .max_columns = max_columns,
        .max_rows = max_rows,
    };
}

static size_t element_bytes(const struct mle_column_builder *column)
{
    return column->kind == MLE_STRINGS ? sizeof *column->codes : sizeof *column->values;
}

static void drop_texts(struct mle_budget *budget, struct mle_texts **texts)
{
    if (!*texts)
        return;
    mle_texts_finish(*texts);
    mle_memory_free(*texts, sizeof **texts);
    mle_budget_give(budget, sizeof **texts);
    *texts = NULL;
}

static bool make_texts(struct mle_budget *budget, struct mle_texts **texts, bool *limited)
{
    *limited = !mle_budget_take(budget, sizeof **texts);
    if (*limited)
        return false;
    *texts = mle_memory_resize(NULL, 0, sizeof **texts);
    if (!*texts) {
        mle_budget_give(budget, sizeof **texts);
        return false;
    }
    mle_texts_init(*texts, budget);
    return true;
}

static void drop_column(struct mle_builder *builder, struct mle_column_builder *column)
{
    size_t bytes = element_bytes(column);
    mle_memory_free(column->values, column->reserved * bytes);
    mle_memory_free(column->codes, column->reserved * bytes);
    mle_budget_give(builder->budget, column->capacity * bytes);
    drop_texts(builder->budget, &column->texts);
}

void mle_builder_finish(struct mle_builder *builder)
{
    for (size_t i = 0; i < builder->n_column; i++)
        drop_column(builder, &builder->column[i]);
    size_t bytes = builder->column_capacity * sizeof *builder->column;
    mle_memory_free(builder->column, bytes);
    mle_budget_give(builder->budget, bytes);
    drop_texts(builder->budget, &builder->names);
    mle_builder_init(builder, builder->budget, builder->max_columns, builder->max_rows);
}

size_t mle_builder_find(const struct mle_builder *builder, size_t n_name, const char *name)
{
    uint32_t number = builder->names ? mle_texts_find(builder->names, n_name, name) : MLE_NO_TEXT;
    return number == MLE_NO_TEXT ? SIZE_MAX : number;
}

static enum mle_status check_name(const struct mle_builder *builder, size_t n_name,
                                  const char *name, struct mle_error *err)
{
    if (n_name == 0 || n_name > MAX_NAME_BYTES) {
        mle_fail(err, MLE_INVALID_DATA, "The name of a column must have 1 to %d bytes",
                 MAX_NAME_BYTES);
        mle_fault_at(err, "", "column_name", "the name of column %zu has %zu bytes",
                     builder->n_column + 1, n_name);
        return MLE_INVALID_DATA;
    }
    if (mle_builder_find(builder, n_name, name) != SIZE_MAX) {
        mle_fail(err, MLE_INVALID_DATA, "Two columns have the name '%.*s'", (int)n_name, name);
        mle_fault_at(err, "", "duplicate_column", "column %zu has the name of an earlier one",
                     builder->n_column + 1);
        return MLE_INVALID_DATA;
    }
    if (builder->max_columns > 0 && builder->n_column >= builder->max_columns) {
        mle_fail(err, MLE_INVALID_DATA, "The data have more than %zu columns",
                 builder->max_columns);
        mle_fault_at(err, "", "too_many_columns", "at most %zu columns are taken",
                     builder->max_columns);
        return MLE_INVALID_DATA;
    }
    return MLE_OK;
}

static bool grow_columns(struct mle_builder *builder, bool *limited)
{
    size_t capacity = builder->column_capacity ? 2 * builder->column_capacity : 8;
    size_t old_bytes = builder->column_capacity * sizeof *builder->column;
    size_t new_bytes = capacity * sizeof *builder->column;
    *limited = !mle_budget_take(builder->budget, new_bytes - old_bytes);
    if (*limited)
        return false;
    struct mle_column_builder *column = mle_memory_resize(builder->column, old_bytes, new_bytes);
    if (!column) {
        mle_budget_give(builder->budget, new_bytes - old_bytes);
        return false;
    }
    builder->column = column;
    builder->column_capacity = capacity;
    return true;
}

enum mle_status mle_builder_add_column(struct mle_builder *builder, size_t n_name, const char *name,
                                       size_t *index, struct mle_error *err)
{
    bool limited = false;
    MLE_TRY(check_name(builder, n_name, name, err));
    if (builder->n_column == builder->column_capacity && !grow_columns(builder, &limited))
        return no_memory(err, limited);
    if (!builder->names && !make_texts(builder->budget, &builder->names, &limited))
        return no_memory(err, limited);
    if (mle_texts_add(builder->names, n_name, name) == MLE_NO_TEXT)
        return no_memory(err, mle_texts_limited(builder->names));
    builder->column[builder->n_column++] = (struct mle_column_builder){ .kind = MLE_UNDECIDED };
    const char *last = mle_texts_get(builder->names, builder->n_column - 1);
    builder->column[builder->n_column - 1].name = last;
    if (builder->column[0].name != mle_texts_get(builder->names, 0)) /* the pool has moved */
        for (size_t i = 0; i < builder->n_column; i++)
            builder->column[i].name = mle_texts_get(builder->names, i);
    *index = builder->n_column - 1;
    return MLE_OK;
}

static enum mle_status too_many_rows(const struct mle_builder *builder,
                                     const struct mle_column_builder *column, struct mle_error *err)
{
    mle_fail(err, MLE_INVALID_DATA, "The data have more than %zu rows", builder->max_rows);
    mle_fault_row(err, builder->max_rows, column->name, "too_many_rows",
                  "at most %zu rows are taken", builder->max_rows);
    return MLE_INVALID_DATA;
}

static bool is_full(const struct mle_builder *builder, const struct mle_column_builder *column)
{
    return builder->max_rows > 0 && column->n >= builder->max_rows;
}

/* Allocates for at least need elements; half as many more, so that growth is linear in all. */
static bool reserve(struct mle_column_builder *column, size_t need)
{
    size_t bytes = element_bytes(column);
    size_t want = column->reserved + column->reserved / 2;
    if (want < FIRST_ELEMENTS)
        want = FIRST_ELEMENTS;
    if (want < need)
        want = need;
    if (want > SIZE_MAX / 2 / bytes)
        return false;
    void *old = column->kind == MLE_STRINGS ? (void *)column->codes : (void *)column->values;
    void *block = mle_memory_resize(old, column->reserved * bytes, want * bytes);
    if (!block)
        return false;
    if (column->kind == MLE_STRINGS)
        column->codes = block;
    else
        column->values = block;
    column->reserved = want;
    return true;
}

/* Room for at least one more element of a decided column. */
static enum mle_status more_room(struct mle_builder *builder, struct mle_column_builder *column,
                                 struct mle_error *err)
{
    if (is_full(builder, column))
        return too_many_rows(builder, column, err);
    size_t need = column->n + 1;
    if (need <= column->capacity)
        return MLE_OK;
    if (need > column->reserved && !reserve(column, need))
        return no_memory(err, false);
    size_t step = column->capacity / 8 > STEP_ELEMENTS ? column->capacity / 8 : STEP_ELEMENTS;
    size_t capacity = column->capacity + step;
    if (capacity < need)
        capacity = need;
    if (capacity > column->reserved)
        capacity = column->reserved;
    if (builder->max_rows > 0 && capacity > builder->max_rows)
        capacity = builder->max_rows;
    size_t size = element_bytes(column);
    if (!mle_budget_take(builder->budget, (capacity - column->capacity) * size))
        return no_memory(err, true);
    mle_memory_touch(column->kind == MLE_STRINGS ? (void *)column->codes : (void *)column->values,
                     column->reserved * size, column->capacity * size, capacity * size);
    column->capacity = capacity;
    return MLE_OK;
}

static const char *kind_text(enum mle_column_kind kind)
{
    static const char *const texts[] = { "nothing", "a number", "true or false", "a string" };
    return texts[kind];
}

/* Makes an undecided column one of that kind and gives it room; the missing values that it only
   counted so far are written. */
static enum mle_status decide(struct mle_builder *builder, struct mle_column_builder *column,
                              enum mle_column_kind kind, struct mle_error *err)
{
    bool limited = false;
    column->kind = kind;
    if (kind == MLE_STRINGS && !make_texts(builder->budget, &column->texts, &limited))
        return no_memory(err, limited);
    MLE_TRY(more_room(builder, column, err));
    for (size_t i = 0; i < column->n; i++) {
        if (kind == MLE_STRINGS)
            column->codes[i] = MLE_MISSING_CODE;
        else
            column->values[i] = NAN;
    }
    return MLE_OK;
}

/* Room for one more value of that kind. */
static enum mle_status room_for(struct mle_builder *builder, struct mle_column_builder *column,
                                enum mle_column_kind kind, struct mle_error *err)
{
    if (column->kind == MLE_UNDECIDED)
        return decide(builder, column, kind, err);
    if (column->kind != kind) {
        mle_fail(err, MLE_INVALID_DATA, "Column '%s' mixes values of different types",
                 column->name);
        mle_fault_row(err, column->n, column->name, "type_mismatch",
                      "%s in a column that began with %s", kind_text(kind),
                      kind_text(column->kind));
        return MLE_INVALID_DATA;
    }
    return column->n < column->capacity ? MLE_OK : more_room(builder, column, err);
}

enum mle_status mle_builder_room(struct mle_builder *builder, struct mle_column_builder *column,
                                 struct mle_error *err)
{
    return room_for(builder, column, MLE_NUMBERS, err);
}

enum mle_status mle_builder_number(struct mle_builder *builder, struct mle_column_builder *column,
                                   double value, struct mle_error *err)
{
    MLE_TRY(room_for(builder, column, MLE_NUMBERS, err));
    column->values[column->n++] = value;
    return MLE_OK;
}

enum mle_status mle_builder_truth(struct mle_builder *builder, struct mle_column_builder *column,
                                  bool value, struct mle_error *err)
{
    MLE_TRY(room_for(builder, column, MLE_TRUTHS, err));
    column->values[column->n++] = value ? 1.0 : 0.0;
    return MLE_OK;
}

enum mle_status mle_builder_string(struct mle_builder *builder, struct mle_column_builder *column,
                                   size_t n, const char *text, struct mle_error *err)
{
    MLE_TRY(room_for(builder, column, MLE_STRINGS, err));
    uint32_t code = mle_texts_add(column->texts, n, text);
    if (code == MLE_NO_TEXT)
        return no_memory(err, mle_texts_limited(column->texts));
    column->codes[column->n++] = code;
    return MLE_OK;
}

enum mle_status mle_builder_missing(struct mle_builder *builder, struct mle_column_builder *column,
                                    struct mle_error *err)
{
    if (is_full(builder, column))
        return too_many_rows(builder, column, err);
    if (column->kind != MLE_UNDECIDED) {
        MLE_TRY(room_for(builder, column, column->kind, err));
        if (column->kind == MLE_STRINGS)
            column->codes[column->n] = MLE_MISSING_CODE;
        else
            column->values[column->n] = NAN;
    }
    column->n++;
    column->missing++;
    return MLE_OK;
}

enum mle_status mle_builder_pad(struct mle_builder *builder, struct mle_column_builder *column,
                                size_t rows, struct mle_error *err)
{
    while (column->n < rows)
        MLE_TRY(mle_builder_missing(builder, column, err));
    return MLE_OK;
}
