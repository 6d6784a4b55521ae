#include "tests/support/decoded.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct mle_limits test_limits = {
    .max_document_bytes = 4096,
    .max_rows = 1000,
    .max_columns = 10,
    .max_cells = 5000,
    .max_depth = 8,
};

struct line {
    size_t size, n;
    char *out;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->out + line->n, line->size - line->n, format, args);
    va_end(args);
    size_t room = line->size - line->n - 1;
    line->n += (size_t)n < room ? (size_t)n : room;
}

static void add_column(struct line *line, const struct mle_column *column)
{
    static const char *const types[] = { "f", "b", "c" };
    add(line, " %s:%s", column->name, types[column->type]);
    for (size_t i = 0; i < column->n; i++) {
        bool missing =
            column->values ? isnan(column->values[i]) : column->codes[i] == MLE_MISSING_CODE;
        if (missing)
            add(line, " ?");
        else if (column->values)
            add(line, " %.17g", column->values[i]);
        else
            add(line, " %s", column->levels[column->codes[i]]);
    }
    add(line, " |");
}

static void add_result(struct line *line, const struct mle_decoded *decoded)
{
    static const char *const forms[] = { "none", "array",   "values", "columns",
                                         "rows", "dataset", "csv" };
    add(line, "%s", forms[decoded->form]);
    for (size_t i = 0; decoded->data && i < decoded->data->n_column; i++)
        add_column(line, &decoded->data->column[i]);
    if (decoded->underflows > 0)
        add(line, " underflows %zu", decoded->underflows);
    for (size_t i = 0; i < decoded->n_shift; i++)
        add(line, " shift %zu+%zu", decoded->shift[i].row, decoded->shift[i].lines);
    if (!decoded->document)
        return;
    char *text = json_dumps(decoded->document, JSON_COMPACT);
    add(line, " %s", text ? text : "(no memory)");
    free(text);
}

static void add_error(struct line *line, const struct mle_error *err)
{
    add(line, "%s", mle_problem_slug(mle_problem_of(err)));
    for (unsigned i = 0; i < err->n_fault; i++) {
        const struct mle_fault *fault = &err->fault[i];
        add(line, " %s", fault->code);
        if (fault->pointer[0])
            add(line, " %s", fault->pointer);
        if (fault->row >= 0)
            add(line, " row %lld", (long long)fault->row);
        if (fault->line > 0)
            add(line, " line %lld:%lld", (long long)fault->line, (long long)fault->column_number);
        if (fault->byte >= 0)
            add(line, " byte %lld", (long long)fault->byte);
        if (fault->did_you_mean[0])
            add(line, " did_you_mean %s", fault->did_you_mean);
    }
}

static void feed(struct mle_decoder *decoder, size_t n, const char *bytes)
{
    char *block = malloc(n);
    memcpy(block, bytes, n);
    mle_decoder_feed(decoder, n, block);
    free(block);
}

char *test_decode(const struct test_body *body, size_t limit_bytes, size_t *left_bytes, size_t size,
                  char out[])
{
    struct mle_budget budget;
    struct mle_arena arena;
    struct mle_error err;
    struct line line = { size, 0, out };
    uint64_t state = body->n * 2654435761u + 1;
    mle_budget_init(&budget, limit_bytes ? limit_bytes : SIZE_MAX, NULL);
    mle_arena_init(&arena, &budget, NULL);
    struct mle_decoder *decoder =
        body->csv ? mle_decoder_csv(&test_limits, body->n_missing, body->missing, &arena, &err)
                  : mle_decoder_json(&test_limits, &arena, &err);
    if (!decoder) {
        add_error(&line, &err);
    } else {
        for (size_t i = 0; i < body->n;) {
            size_t piece = body->chunk;
            if (piece == 0) {
                state = state * 6364136223846793005u + 1442695040888963407u;
                piece = 1 + (size_t)(state >> 33) % (state >> 60 ? 40 : 4000);
            }
            piece = piece < body->n - i ? piece : body->n - i;
            feed(decoder, piece, body->bytes + i);
            i += piece;
        }
        if (mle_decoder_end(decoder, &err) == MLE_OK)
            add_result(&line, mle_decoder_result(decoder));
        else
            add_error(&line, &err);
    }
    mle_decoder_finish(decoder);
    mle_arena_finish(&arena);
    *left_bytes = atomic_load(&budget.used_bytes);
    return out;
}
