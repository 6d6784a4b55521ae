/* What the decoders share: life cycle, limits, places of faults. */
#include "api/decode.h"

#include <stdio.h>
#include <string.h>

struct mle_decoder *mle_decoder_create(size_t size, const struct mle_limits *limits,
                                       struct mle_arena *arena, struct mle_error *err)
{
    struct mle_decoder *decoder = mle_arena_alloc(arena, size);
    if (!decoder) {
        mle_fail(err, arena->limited ? MLE_MEMORY_LIMIT : MLE_NO_MEMORY,
                 "There is no memory to read the request");
        return NULL;
    }
    /* The error record is most of it, and needs no zeros. */
    memset(decoder, 0, offsetof(struct mle_decoder, err));
    decoder->limits = limits;
    decoder->budget = arena->budget;
    mle_builder_init(&decoder->builder, arena->budget, limits->max_columns, limits->max_rows);
    return decoder;
}

void mle_decoder_feed(struct mle_decoder *decoder, size_t n, const char bytes[])
{
    if (!decoder->failed && n > 0)
        decoder->failed = !decoder->feed(decoder, n, bytes);
}

bool mle_decoder_failed(const struct mle_decoder *decoder)
{
    return decoder->failed;
}

enum mle_status mle_decoder_end(struct mle_decoder *decoder, struct mle_error *err)
{
    if (!decoder->failed && !decoder->ended)
        decoder->failed = !decoder->end(decoder);
    decoder->ended = true;
    if (!decoder->failed)
        return MLE_OK;
    if (err)
        *err = decoder->err;
    return decoder->err.status;
}

const struct mle_decoded *mle_decoder_result(const struct mle_decoder *decoder)
{
    return &decoder->decoded;
}

void mle_decoder_finish(struct mle_decoder *decoder)
{
    if (!decoder)
        return;
    decoder->finish(decoder);
    mle_builder_finish(&decoder->builder);
    mle_data_unref(decoder->decoded.data);
    json_decref(decoder->decoded.document);
    mle_budget_give(decoder->budget, decoder->charged_bytes);
    decoder->charged_bytes = 0;
    decoder->decoded = (struct mle_decoded){ .document = NULL };
}

/* --- data ------------------------------------------------------------------------------------- */

bool mle_decoder_data_failed(struct mle_decoder *decoder)
{
    struct mle_error *err = &decoder->err;
    if (err->status == MLE_INVALID_DATA && err->n_fault > 0 &&
        (strcmp(err->fault[0].code, "too_many_rows") == 0 ||
         strcmp(err->fault[0].code, "too_many_columns") == 0))
        err->problem = MLE_PROBLEM_TOO_MANY_ROWS;
    mle_decode_locate(&decoder->decoded, err);
    return false;
}

bool mle_decoder_cells_fit(struct mle_decoder *decoder, size_t rows, size_t n_column)
{
    size_t max = decoder->limits->max_cells, cells;
    if (!__builtin_mul_overflow(rows, n_column, &cells) && (max == 0 || cells <= max))
        return true;
    mle_problem_fail(&decoder->err, MLE_PROBLEM_TOO_MANY_ROWS, "The data have more than %zu values",
                     max);
    mle_fault_row(&decoder->err, rows - 1, NULL, "too_many_cells", "at most %zu values are taken",
                  max);
    mle_decode_locate(&decoder->decoded, &decoder->err);
    return false;
}

bool mle_decoder_settle(struct mle_decoder *decoder)
{
    struct mle_error *err = &decoder->err;
    const struct mle_data *data = NULL;
    if (mle_builder_data(&decoder->builder, &data, err) != MLE_OK)
        return mle_decoder_data_failed(decoder);
    decoder->decoded.data = data;
    if (data->n > 0)
        return true;
    char pointer[sizeof err->fault[0].pointer];
    mle_fail(err, MLE_NO_DATA, "The data have no rows");
    mle_data_pointer(decoder->decoded.form, NULL, -1, sizeof pointer, pointer);
    mle_fault_at(err, pointer, "no_rows", "at least one row is needed");
    return false;
}

/* --- places ----------------------------------------------------------------------------------- */

bool mle_pointer_append(size_t size, char out[], const char *segment)
{
    size_t begin = strlen(out), n = begin;
    if (n + 1 >= size)
        return false;
    out[n++] = '/';
    for (; *segment != '\0'; segment++) {
        bool escaped = *segment == '~' || *segment == '/';
        if (n + escaped + 1 >= size) {
            out[begin] = '\0';
            return false;
        }
        if (escaped)
            out[n++] = '~';
        out[n++] = *segment == '~' ? '0' : *segment == '/' ? '1' : *segment;
    }
    out[n] = '\0';
    return true;
}

void mle_data_pointer(enum mle_form form, const char *column, int64_t row, size_t size, char out[])
{
    static const char *const roots[] = {
        [MLE_FORM_NONE] = "/data",
        [MLE_FORM_ARRAY] = "/data",
        [MLE_FORM_VALUES] = "/data/values",
        [MLE_FORM_COLUMNS] = "/data/columns",
        [MLE_FORM_ROWS] = "/data/rows",
        [MLE_FORM_DATASET] = "/data/dataset",
        [MLE_FORM_CSV] = "",
    };
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)row);
    mle_copy_text(size, out, roots[form]);
    bool has_column = column && column[0] != '\0';
    switch (form) {
    case MLE_FORM_ARRAY:
    case MLE_FORM_VALUES:
        if (row >= 0)
            mle_pointer_append(size, out, number);
        break;
    case MLE_FORM_COLUMNS:
        if (has_column && mle_pointer_append(size, out, column) && row >= 0)
            mle_pointer_append(size, out, number);
        break;
    case MLE_FORM_ROWS:
        if (row >= 0 && mle_pointer_append(size, out, number) && has_column)
            mle_pointer_append(size, out, column);
        break;
    case MLE_FORM_NONE:
    case MLE_FORM_DATASET:
    case MLE_FORM_CSV:
        break;
    }
}

/* The index of the column that a fault names; its record may hold only the beginning of a name. */
static size_t find_column(const struct mle_data *data, const char *name)
{
    size_t n = strlen(name);
    bool cut = n >= sizeof((struct mle_fault *)0)->column - 4;
    for (size_t i = 0; data && name[0] != '\0' && i < data->n_column; i++) {
        const char *other = data->column[i].name;
        if (cut ? strncmp(other, name, n) == 0 : strcmp(other, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

static int64_t line_of(const struct mle_decoded *decoded, int64_t row)
{
    /* The last shift at or before the row. */
    size_t low = 0, high = decoded->n_shift;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (decoded->shift[middle].row <= (size_t)row)
            low = middle + 1;
        else
            high = middle;
    }
    return row + 2 + (low > 0 ? (int64_t)decoded->shift[low - 1].lines : 0);
}

void mle_decode_locate(const struct mle_decoded *decoded, struct mle_error *err)
{
    if (!decoded || !err || decoded->form == MLE_FORM_NONE)
        return;
    for (unsigned i = 0; i < err->n_fault; i++) {
        struct mle_fault *fault = &err->fault[i];
        bool known = fault->pointer[0] != '\0' || fault->line > 0;
        if (known || (fault->row < 0 && fault->column[0] == '\0'))
            continue;
        size_t index = find_column(decoded->data, fault->column);
        const char *column = index < SIZE_MAX ? decoded->data->column[index].name : fault->column;
        if (decoded->form != MLE_FORM_CSV) {
            mle_data_pointer(decoded->form, column, fault->row, sizeof fault->pointer,
                             fault->pointer);
            continue;
        }
        fault->line = fault->row >= 0 ? line_of(decoded, fault->row) : 1;
        fault->column_number = index < SIZE_MAX ? (int64_t)index + 1 : 0;
    }
}
