/* text/csv: records into columns. Fields that lie whole in the chunk are read where they lie; one
   that is cut, quoted or otherwise odd is collected byte by byte first. */
#include "api/csv.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- errors ----------------------------------------------------------------------------------- */

bool mle_csv_malformed(struct csv_decoder *decoder, const char *code, const char *detail)
{
    struct mle_error *err = &decoder->base.err;
    mle_problem_fail(err, MLE_PROBLEM_MALFORMED_CSV, "The body is not valid CSV: %s", detail);
    mle_fault_at(err, "", code, "%s", detail);
    struct mle_fault *fault = &err->fault[0];
    fault->line = (int64_t)decoder->record_line;
    fault->column_number = (int64_t)decoder->field + 1;
    fault->byte = (int64_t)(decoder->chunk_byte + (uint64_t)(decoder->at - decoder->chunk));
    return false;
}

/* The cell at hand cannot be used. */
static bool bad_cell(struct csv_decoder *decoder, const char *code, const char *detail)
{
    struct mle_error *err = &decoder->base.err;
    const char *column = decoder->base.builder.column[decoder->field].name;
    mle_fail(err, MLE_INVALID_DATA, "Column '%s' has a value that cannot be used in line %llu",
             column, (unsigned long long)decoder->record_line);
    mle_fault_row(err, decoder->rows, column, code, "%s", detail);
    err->fault[0].line = (int64_t)decoder->record_line;
    err->fault[0].column_number = (int64_t)decoder->field + 1;
    return false;
}

static bool builder_failed(struct csv_decoder *decoder)
{
    struct mle_error *err = &decoder->base.err;
    if (err->n_fault > 0) {
        err->fault[0].line = (int64_t)decoder->record_line;
        err->fault[0].column_number = (int64_t)decoder->field + 1;
    }
    return mle_decoder_data_failed(&decoder->base);
}

/* --- the header ------------------------------------------------------------------------------- */

static bool header_field(struct csv_decoder *decoder, size_t n, const char *text)
{
    struct mle_builder *builder = &decoder->base.builder;
    struct mle_error *err = &decoder->base.err;
    size_t index;
    double value;
    if (mle_builder_add_column(builder, n, text, &index, err) != MLE_OK) {
        bool malformed = err->n_fault > 0 && strcmp(err->fault[0].code, "too_many_columns") != 0;
        if (malformed)
            err->problem = MLE_PROBLEM_MALFORMED_CSV;
        return builder_failed(decoder);
    }
    if (mle_number_cell(n, text, &value) == MLE_NUMBER_MALFORMED)
        decoder->has_header = true;
    decoder->odd_separator =
        decoder->odd_separator || memchr(text, ';', n) || memchr(text, '\t', n);
    return true;
}

static bool end_header(struct csv_decoder *decoder)
{
    if (!decoder->has_header) {
        mle_csv_malformed(decoder, "no_header", "the first line has numbers, not names");
        mle_hint(&decoder->base.err, "The first line must name the columns.");
        return false;
    }
    decoder->in_header = false;
    return true;
}

/* --- cells ------------------------------------------------------------------------------------ */

static bool is_missing(const struct csv_decoder *decoder, size_t n, const char *text)
{
    if (n == 0 || (n == 3 && (memcmp(text, "NaN", 3) == 0 || memcmp(text, "nan", 3) == 0)))
        return true;
    for (size_t i = 0; i < decoder->n_missing; i++)
        if (strlen(decoder->missing[i]) == n && memcmp(decoder->missing[i], text, n) == 0)
            return true;
    return false;
}

static bool is_infinity(size_t n, const char *text)
{
    size_t sign = n > 0 && (text[0] == '-' || text[0] == '+');
    n -= sign;
    return (n == 3 && strncasecmp(text + sign, "inf", n) == 0) ||
           (n == 8 && strncasecmp(text + sign, "infinity", n) == 0);
}

/* Text where a number must be: what to do depends on what people mean by it. */
static bool not_a_number(struct csv_decoder *decoder, size_t n, const char *text)
{
    char detail[128];
    if (is_infinity(n, text))
        return bad_cell(decoder, "infinite", "a value must be finite");
    snprintf(detail, sizeof detail, "\"%.*s\" in a column that began with a number",
             (int)(n > 60 ? 60 : n), text);
    bad_cell(decoder, "type_mismatch", detail);
    mle_hint(&decoder->base.err,
             "If this token stands for a missing value, name it in missing_tokens.");
    return false;
}

static bool number_cell(struct csv_decoder *decoder, struct mle_column_builder *column, size_t n,
                        const char *text)
{
    struct mle_builder *builder = &decoder->base.builder;
    struct mle_error *err = &decoder->base.err;
    double value = 0.0;
    enum mle_number_flaw flaw = mle_number_cell(n, text, &value);
    if (flaw == MLE_NUMBER_OVERFLOW)
        return bad_cell(decoder, "number_range", "the number is beyond a double");
    if (flaw == MLE_NUMBER_MALFORMED && column->kind == MLE_UNDECIDED && !is_infinity(n, text))
        return mle_builder_string(builder, column, n, text, err) == MLE_OK ||
               builder_failed(decoder);
    if (flaw == MLE_NUMBER_MALFORMED)
        return not_a_number(decoder, n, text);
    decoder->base.decoded.underflows += flaw == MLE_NUMBER_UNDERFLOW;
    return mle_builder_number(builder, column, value, err) == MLE_OK || builder_failed(decoder);
}

static bool cell(struct csv_decoder *decoder, size_t n, const char *text)
{
    struct mle_builder *builder = &decoder->base.builder;
    struct mle_error *err = &decoder->base.err;
    struct mle_column_builder *column = &builder->column[decoder->field];
    if (is_missing(decoder, n, text))
        return mle_builder_missing(builder, column, err) == MLE_OK || builder_failed(decoder);
    if (column->kind == MLE_STRINGS)
        return mle_builder_string(builder, column, n, text, err) == MLE_OK ||
               builder_failed(decoder);
    return number_cell(decoder, column, n, text);
}

static void trim(size_t *n, const char **text)
{
    while (*n > 0 && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*n)--;
    }
    while (*n > 0 && ((*text)[*n - 1] == ' ' || (*text)[*n - 1] == '\t'))
        (*n)--;
}

/* --- fields and records ----------------------------------------------------------------------- */

/* A line that is empty has one empty field, which is a missing value if there is one column. With
   more columns it is an error, unless nothing follows but more of them. */
static bool blank_line(struct csv_decoder *decoder)
{
    if (decoder->blank_line == 0)
        decoder->blank_line = decoder->record_line;
    return true;
}

static bool too_few_fields(struct csv_decoder *decoder)
{
    char detail[96];
    snprintf(detail, sizeof detail, "%zu fields where the header has %zu", decoder->field + 1,
             decoder->base.builder.n_column);
    return mle_csv_malformed(decoder, "ragged", detail);
}

bool mle_csv_end_record(struct csv_decoder *decoder)
{
    bool ok = true;
    if (decoder->in_header)
        ok = end_header(decoder);
    else if (decoder->is_blank)
        ok = blank_line(decoder);
    else if (decoder->field + 1 < decoder->base.builder.n_column)
        ok = too_few_fields(decoder);
    else
        decoder->rows++;
    decoder->field = 0;
    decoder->record_line = ++decoder->line;
    decoder->is_blank = false;
    return ok;
}

/* The first field of a record has begun. */
static bool begin_row(struct csv_decoder *decoder)
{
    const size_t n_column = decoder->base.builder.n_column;
    if (decoder->blank_line > 0) {
        decoder->record_line = decoder->blank_line;
        mle_csv_malformed(decoder, "blank_line", "a line is empty");
        decoder->base.err.fault[0].byte = -1; /* that was earlier */
        return false;
    }
    if (!mle_decoder_cells_fit(&decoder->base, decoder->rows + 1, n_column))
        return false;
    size_t shift = decoder->record_line - 2 - decoder->rows;
    if (shift == decoder->last_shift)
        return true;
    struct mle_line_shift added = { decoder->rows, shift };
    decoder->last_shift = shift;
    if (mle_buffer_append(&decoder->shifts, sizeof added, &added))
        return true;
    mle_fail(&decoder->base.err, decoder->shifts.limited ? MLE_MEMORY_LIMIT : MLE_NO_MEMORY,
             "There is no memory to read the request");
    return false;
}

bool mle_csv_field(struct csv_decoder *decoder, size_t n, const char *text, bool quoted, bool last)
{
    if (!quoted)
        trim(&n, &text);
    if (decoder->in_header)
        return header_field(decoder, n, text);
    size_t n_column = decoder->base.builder.n_column;
    decoder->is_blank = n == 0 && !quoted && last && decoder->field == 0 && n_column > 1;
    if (decoder->is_blank)
        return true;
    if (decoder->field == 0 && !begin_row(decoder))
        return false;
    if (decoder->field >= n_column) {
        mle_csv_malformed(decoder, "ragged", "more fields than the header has");
        if (decoder->odd_separator)
            mle_hint(&decoder->base.err, "Fields are separated by commas.");
        return false;
    }
    return cell(decoder, n, text);
}

/* The inner loop: numbers that lie in the chunk, into columns that hold numbers. Stops before
   anything else; what it has not read is left to the general way. */
bool mle_csv_number_run(struct csv_decoder *decoder)
{
    struct mle_builder *builder = &decoder->base.builder;
    const size_t n_column = builder->n_column;
    const char *p = decoder->at, *last = decoder->direct_end;
    size_t field = decoder->field;
    while (p < last) {
        struct mle_column_builder *column = &builder->column[field];
        if (column->kind != MLE_NUMBERS || column->n >= column->capacity ||
            decoder->begins_missing[(unsigned char)*p])
            break;
        enum mle_number_flaw flaw;
        const char *end = mle_number_scan(p, column->values + column->n, &flaw);
        bool ends_record = field + 1 == n_column;
        size_t skip = 1 + (size_t)(ends_record && *end == '\r');
        if (flaw != MLE_NUMBER_FINE || end - p > MLE_MAX_NUMBER_BYTES ||
            end[skip - 1] != (ends_record ? '\n' : ','))
            break;
        if (field == 0 && !begin_row(decoder))
            return false;
        column->n++;
        p = end + skip;
        field++;
        if (ends_record) {
            field = 0;
            decoder->rows++;
            decoder->record_line = ++decoder->line;
        }
    }
    decoder->begun = p > decoder->at ? field > 0 : decoder->begun;
    decoder->field = field;
    decoder->at = p;
    return true;
}

/* --- the decoder ------------------------------------------------------------------------------ */

static bool csv_end(struct mle_decoder *base)
{
    struct csv_decoder *decoder = (struct csv_decoder *)base;
    if (!mle_csv_scan_end(decoder))
        return false;
    base->decoded.n_shift = decoder->shifts.n / sizeof(struct mle_line_shift);
    base->decoded.shift = (const struct mle_line_shift *)(const void *)decoder->shifts.bytes;
    return mle_decoder_settle(base);
}

static void csv_finish(struct mle_decoder *base)
{
    struct csv_decoder *decoder = (struct csv_decoder *)base;
    mle_buffer_finish(&decoder->shifts);
}

struct mle_decoder *mle_decoder_csv(const struct mle_limits *limits, size_t n_missing,
                                    const char *const missing[], struct mle_arena *arena,
                                    struct mle_error *err)
{
    struct mle_decoder *base = mle_decoder_create(sizeof(struct csv_decoder), limits, arena, err);
    if (!base)
        return NULL;
    struct csv_decoder *decoder = (struct csv_decoder *)base;
    base->feed = mle_csv_scan_feed;
    base->end = csv_end;
    base->finish = csv_finish;
    base->decoded.form = MLE_FORM_CSV;
    memset((char *)decoder + sizeof *base, 0, offsetof(struct csv_decoder, token) - sizeof *base);
    mle_buffer_init(&decoder->shifts, arena->budget);
    decoder->missing = missing;
    decoder->n_missing = n_missing;
    for (size_t i = 0; i < n_missing; i++)
        decoder->begins_missing[(unsigned char)missing[i][0]] = true;
    decoder->in_header = true;
    decoder->line = decoder->record_line = 1;
    return base;
}
