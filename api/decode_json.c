/* application/json: the scanner's events, sorted into data and document. */
#include "api/decode.h"
#include "api/near.h"
#include "api/scan_json.h"

#include <stdio.h>
#include <string.h>

/* What a bracket that is open belongs to. */
enum role {
    OUTSIDE,
    TOP,      /* the members of the request */
    DOCUMENT, /* anything below it that is not data */
    DATA,     /* {"columns": ...} and its like */
    VALUES,   /* the values of one column */
    COLUMNS,  /* arrays by name */
    ROWS,     /* objects */
    ROW       /* values by name */
};

struct json_decoder {
    struct mle_decoder base;
    struct mle_json_scan scan;
    struct mle_buffer document; /* the text for jansson */
    size_t tree_bytes;          /* what jansson will need for it, at most */
    enum role role[MLE_JSON_MAX_DEPTH + 1]; /* [depth] */
    unsigned depth;
    bool at_data, seen_data; /* the last key of the request was "data"; some key was */
    size_t column;           /* under way */
    size_t rows;             /* complete rows; in ROW the number of this one */
    size_t next_column;      /* of the row, if its members come as in the row before */
};

/* The members of "data", in the order of enum mle_form. */
static const char *const form_words[] = {
    [MLE_FORM_VALUES] = "values",
    [MLE_FORM_COLUMNS] = "columns",
    [MLE_FORM_ROWS] = "rows",
    [MLE_FORM_DATASET] = "dataset",
};

/* jansson's memory for one node, a bit more than was measured (test_decode_json.c measures again).
   Strings and keys add their bytes. */
enum {
    OBJECT_BYTES = 288,
    ARRAY_BYTES = 176,
    SCALAR_BYTES = 64,
    ELEMENT_BYTES = 32,  /* a place in an array */
    MEMBER_BYTES = 176,  /* a place in an object */
};

static enum role role_of(const struct json_decoder *decoder)
{
    return decoder->role[decoder->depth];
}

static struct mle_column_builder *current(struct json_decoder *decoder)
{
    return &decoder->base.builder.column[decoder->column];
}

/* --- errors ------------------------------------------------------------------------------------ */

/* The pointer to what comes next in the data. */
static void here(const struct json_decoder *decoder, size_t size, char out[])
{
    enum mle_form form = decoder->base.decoded.form;
    const char *column = NULL;
    int64_t row = -1;
    switch (role_of(decoder)) {
    case VALUES:
        column = decoder->base.builder.column[decoder->column].name;
        row = (int64_t)decoder->base.builder.column[decoder->column].n;
        break;
    case ROW:
        column = decoder->base.builder.column[decoder->column].name;
        row = (int64_t)decoder->rows;
        break;
    case COLUMNS:
        column = decoder->base.builder.column[decoder->column].name;
        break;
    case ROWS:
        row = (int64_t)decoder->rows;
        break;
    default:
        break;
    }
    mle_data_pointer(form, column, row, size, out);
}

/* The value at hand is not what the data need. */
static bool bad_value(struct json_decoder *decoder, const char *code, const char *detail)
{
    struct mle_error *err = &decoder->base.err;
    char pointer[sizeof err->fault[0].pointer];
    here(decoder, sizeof pointer, pointer);
    mle_fail(err, MLE_INVALID_DATA, "The data cannot be read at %s", pointer);
    mle_fault_at(err, pointer, code, "%s", detail);
    mle_json_scan_place(&decoder->scan, decoder->scan.at);
    return false;
}

static bool builder_failed(struct json_decoder *decoder)
{
    return mle_decoder_data_failed(&decoder->base);
}

static bool duplicate(struct json_decoder *decoder, size_t n, const char *text)
{
    bool cut = n > 64;
    return mle_json_scan_fail(&decoder->scan, decoder->scan.at, "duplicate_key",
                              "the member '%.*s%s' comes twice", cut ? 60 : (int)n, text,
                              cut ? "..." : "");
}

/* --- keys -------------------------------------------------------------------------------------- */

static bool is_word(const char *word, size_t n, const char *text)
{
    return strlen(word) == n && memcmp(word, text, n) == 0;
}

static bool top_key(struct json_decoder *decoder, size_t n, const char *text)
{
    decoder->at_data = is_word("data", n, text);
    if (!decoder->at_data)
        return true;
    if (decoder->seen_data)
        return duplicate(decoder, n, text);
    decoder->seen_data = true;
    return true;
}

static bool unknown_form(struct json_decoder *decoder, size_t n, const char *text)
{
    struct mle_error *err = &decoder->base.err;
    struct mle_near near;
    char name[MLE_JSON_MAX_KEY + 1], pointer[sizeof err->fault[0].pointer] = "/data";
    memcpy(name, text, n);
    name[n] = '\0';
    mle_near_init(&near, n, name);
    for (int form = MLE_FORM_VALUES; form <= MLE_FORM_DATASET; form++)
        mle_near_offer(&near, form_words[form]);
    mle_pointer_append(sizeof pointer, pointer, name);
    mle_problem_fail(err, MLE_PROBLEM_UNKNOWN_MEMBER, "'data' has no member '%.64s'", name);
    mle_fault_at(err, pointer, "unknown_member",
                 "the members of 'data' are values, columns, rows and dataset");
    mle_did_you_mean(err, near.best);
    mle_json_scan_place(&decoder->scan, decoder->scan.at);
    return false;
}

static bool data_key(struct json_decoder *decoder, size_t n, const char *text)
{
    struct mle_decoded *decoded = &decoder->base.decoded;
    int form = MLE_FORM_VALUES;
    while (form <= MLE_FORM_DATASET && !is_word(form_words[form], n, text))
        form++;
    if (form > MLE_FORM_DATASET)
        return unknown_form(decoder, n, text);
    if (decoded->form == (enum mle_form)form)
        return duplicate(decoder, n, text);
    if (decoded->form != MLE_FORM_NONE) {
        decoded->form = MLE_FORM_NONE; /* so that the error points at /data */
        return bad_value(decoder, "two_forms",
                         "'data' has one of values, columns, rows and dataset, not two");
    }
    decoded->form = (enum mle_form)form;
    if (form == MLE_FORM_DATASET) {
        /* The document keeps this one; its text is written again from here on. */
        static const char text_before[] = "{\"dataset\"";
        mle_buffer_append(&decoder->document, sizeof text_before - 1, text_before);
        mle_json_scan_copy(&decoder->scan, &decoder->document);
    }
    return true;
}

static bool add_column(struct json_decoder *decoder, size_t n, const char *text)
{
    struct mle_builder *builder = &decoder->base.builder;
    if (mle_builder_add_column(builder, n, text, &decoder->column, &decoder->base.err) == MLE_OK)
        return true;
    return builder_failed(decoder);
}

static bool columns_key(struct json_decoder *decoder, size_t n, const char *text)
{
    if (mle_builder_find(&decoder->base.builder, n, text) != SIZE_MAX)
        return duplicate(decoder, n, text);
    return add_column(decoder, n, text);
}

/* A column that this row leaves out is padded when it comes again, or at the end: a row costs what
   it says, not what it leaves out. */
static bool row_key(struct json_decoder *decoder, size_t n, const char *text)
{
    struct mle_builder *builder = &decoder->base.builder;
    size_t index = decoder->next_column;
    if (index >= builder->n_column || !is_word(builder->column[index].name, n, text))
        index = mle_builder_find(builder, n, text);
    if (index == SIZE_MAX) {
        if (!mle_decoder_cells_fit(&decoder->base, decoder->rows + 1, builder->n_column + 1) ||
            !add_column(decoder, n, text))
            return false;
        index = decoder->column;
    }
    decoder->column = index;
    decoder->next_column = index + 1;
    struct mle_column_builder *column = &builder->column[index];
    if (column->n > decoder->rows)
        return duplicate(decoder, n, text);
    if (mle_builder_pad(builder, column, decoder->rows, &decoder->base.err) != MLE_OK)
        return builder_failed(decoder);
    return true;
}

static bool on_key(void *ctx, size_t n, const char *text)
{
    struct json_decoder *decoder = ctx;
    decoder->tree_bytes += MEMBER_BYTES + n;
    switch (role_of(decoder)) {
    case TOP:
        return top_key(decoder, n, text);
    case DATA:
        return data_key(decoder, n, text);
    case COLUMNS:
        return columns_key(decoder, n, text);
    case ROW:
        return row_key(decoder, n, text);
    default:
        return true;
    }
}

/* --- brackets ---------------------------------------------------------------------------------- */

static bool push(struct json_decoder *decoder, enum role role)
{
    decoder->role[++decoder->depth] = role;
    decoder->scan.keep_strings = role == VALUES || role == ROW;
    return true;
}

static bool open_data(struct json_decoder *decoder, char bracket)
{
    mle_json_scan_stop_copy(&decoder->scan);
    if (bracket == '{')
        return push(decoder, DATA);
    decoder->base.decoded.form = MLE_FORM_ARRAY;
    return add_column(decoder, 1, "y") && push(decoder, VALUES);
}

static bool open_form(struct json_decoder *decoder, char bracket)
{
    switch (decoder->base.decoded.form) {
    case MLE_FORM_VALUES:
        if (bracket == '[')
            return add_column(decoder, 1, "y") && push(decoder, VALUES);
        return bad_value(decoder, "type", "'values' must be an array");
    case MLE_FORM_COLUMNS:
        if (bracket == '{')
            return push(decoder, COLUMNS);
        return bad_value(decoder, "type", "'columns' must be an object of arrays");
    case MLE_FORM_ROWS:
        if (bracket == '[')
            return push(decoder, ROWS);
        return bad_value(decoder, "type", "'rows' must be an array of objects");
    default:
        return bad_value(decoder, "type", "'dataset' must be a string");
    }
}

/* A column may hold what the cells before it have left of max_cells. */
static bool open_column(struct json_decoder *decoder)
{
    struct mle_builder *builder = &decoder->base.builder;
    const struct mle_limits *limits = decoder->base.limits;
    size_t rows = builder->column[0].n;
    builder->max_rows = limits->max_rows;
    if (builder->n_column > 1 && rows > 0) {
        if (!mle_decoder_cells_fit(&decoder->base, rows, builder->n_column))
            return false;
    } else if (limits->max_cells > 0 &&
               (limits->max_rows == 0 || limits->max_cells < limits->max_rows)) {
        builder->max_rows = limits->max_cells;
    }
    return push(decoder, VALUES);
}

static bool open_row(struct json_decoder *decoder)
{
    const struct mle_limits *limits = decoder->base.limits;
    struct mle_error *err = &decoder->base.err;
    decoder->next_column = 0;
    if (limits->max_rows == 0 || decoder->rows < limits->max_rows)
        return mle_decoder_cells_fit(&decoder->base, decoder->rows + 1,
                                     decoder->base.builder.n_column) &&
               push(decoder, ROW);
    mle_problem_fail(err, MLE_PROBLEM_TOO_MANY_ROWS, "The data have more than %zu rows",
                     limits->max_rows);
    mle_fault_row(err, decoder->rows, NULL, "too_many_rows", "at most %zu rows are taken",
                  limits->max_rows);
    return builder_failed(decoder);
}

static bool nested(struct json_decoder *decoder, char bracket)
{
    bad_value(decoder, "nested", bracket == '{' ? "an object where a value should be"
                                                : "an array where a value should be");
    if (decoder->base.decoded.form == MLE_FORM_ARRAY && bracket == '{')
        mle_hint(&decoder->base.err, "Records go into {\"data\": {\"rows\": [...]}}.");
    return false;
}

static bool on_open(void *ctx, char bracket)
{
    struct json_decoder *decoder = ctx;
    switch (role_of(decoder)) {
    case OUTSIDE:
        mle_json_scan_copy(&decoder->scan, &decoder->document);
        decoder->tree_bytes += OBJECT_BYTES;
        return push(decoder, TOP);
    case TOP:
        if (decoder->at_data)
            return open_data(decoder, bracket);
        break;
    case DOCUMENT:
        break;
    case DATA:
        return open_form(decoder, bracket);
    case COLUMNS:
        if (bracket == '[')
            return open_column(decoder);
        return bad_value(decoder, "type", "a column must be an array");
    case ROWS:
        if (bracket == '{')
            return open_row(decoder);
        bad_value(decoder, "type", "a row must be an object");
        mle_hint(&decoder->base.err, "Arrays go into {\"columns\": {\"name\": [...]}}.");
        return false;
    case VALUES:
    case ROW:
        return nested(decoder, bracket);
    }
    decoder->tree_bytes += (bracket == '{' ? OBJECT_BYTES : ARRAY_BYTES) + ELEMENT_BYTES;
    return push(decoder, DOCUMENT);
}

/* A column is complete: as long as the first one? */
static bool close_column(struct json_decoder *decoder)
{
    const struct mle_column_builder *column = current(decoder);
    const struct mle_column_builder *first = decoder->base.builder.column;
    struct mle_error *err = &decoder->base.err;
    if (column->n == first->n)
        return true;
    const struct mle_column_builder *shorter = column->n < first->n ? column : first;
    mle_fail(err, MLE_INVALID_DATA, "Column '%s' has %zu values, but column '%s' has %zu",
             column->name, column->n, first->name, first->n);
    char pointer[sizeof err->fault[0].pointer];
    mle_data_pointer(MLE_FORM_COLUMNS, shorter->name, -1, sizeof pointer, pointer);
    mle_fault_at(err, pointer, "ragged", "the column ends at row %zu", shorter->n);
    err->fault[0].row = (int64_t)shorter->n;
    mle_copy_text(sizeof err->fault[0].column, err->fault[0].column, shorter->name);
    return false;
}

static bool close_rows(struct json_decoder *decoder)
{
    struct mle_builder *builder = &decoder->base.builder;
    for (size_t i = 0; i < builder->n_column; i++)
        if (mle_builder_pad(builder, &builder->column[i], decoder->rows, &decoder->base.err) !=
            MLE_OK)
            return builder_failed(decoder);
    return true;
}

/* The value of "data" is complete: something must stand for it in the document. */
static bool close_data(struct json_decoder *decoder)
{
    enum mle_form form = decoder->base.decoded.form;
    if (form == MLE_FORM_NONE)
        return bad_value(decoder, "empty_object",
                         "'data' needs one of values, columns, rows and dataset");
    const char *text = form == MLE_FORM_DATASET ? "}" : "null";
    mle_buffer_append(&decoder->document, strlen(text), text);
    mle_json_scan_copy(&decoder->scan, &decoder->document);
    return true;
}

static bool on_close(void *ctx, char bracket)
{
    struct json_decoder *decoder = ctx;
    enum role role = role_of(decoder);
    (void)bracket;
    decoder->depth--;
    decoder->scan.keep_strings = false;
    decoder->scan.numbers = NULL;
    switch (role) {
    case TOP:
        mle_json_scan_stop_copy(&decoder->scan);
        return true;
    case VALUES:
        if (role_of(decoder) == TOP)
            return close_data(decoder);
        return role_of(decoder) == DATA || close_column(decoder);
    case DATA:
        return close_data(decoder);
    case ROWS:
        return close_rows(decoder);
    case ROW:
        decoder->rows++;
        return true;
    default:
        return true;
    }
}

/* --- scalars ----------------------------------------------------------------------------------- */

/* Whether the scalar at hand belongs into a column; if not, and it is wrong where it stands, failed
   is set. what names it. */
static bool is_cell(struct json_decoder *decoder, size_t text_bytes, bool *failed)
{
    switch (role_of(decoder)) {
    case VALUES:
    case ROW:
        return true;
    case TOP:
        if (decoder->at_data) {
            *failed = !bad_value(decoder, "type", "'data' must be an array or an object");
            return false;
        }
        break;
    case DATA:
        if (decoder->base.decoded.form != MLE_FORM_DATASET)
            *failed = !bad_value(decoder, "type", "an array or an object must come here");
        break;
    case COLUMNS:
        *failed = !bad_value(decoder, "type", "a column must be an array");
        break;
    case ROWS:
        *failed = !bad_value(decoder, "type", "a row must be an object");
        break;
    default:
        break;
    }
    decoder->tree_bytes += SCALAR_BYTES + ELEMENT_BYTES + text_bytes;
    return false;
}

static bool stored(struct json_decoder *decoder, enum mle_status status)
{
    return status == MLE_OK || builder_failed(decoder);
}

/* jansson refuses integers beyond 64 bits; as reals they are read like any other number. */
static void widen_integer(struct json_decoder *decoder, size_t n, const char *text)
{
    if (n < 19 || memchr(text, '.', n) || memchr(text, 'e', n) || memchr(text, 'E', n))
        return;
    mle_json_scan_stop_copy(&decoder->scan);
    mle_buffer_append(&decoder->document, 2, ".0");
    mle_json_scan_copy(&decoder->scan, &decoder->document);
}

static bool on_number(void *ctx, double value, size_t n, const char *text)
{
    struct json_decoder *decoder = ctx;
    bool failed = false;
    if (is_cell(decoder, n, &failed)) {
        enum mle_status status = mle_builder_number(&decoder->base.builder, current(decoder), value,
                                                    &decoder->base.err);
        if (role_of(decoder) == VALUES)
            decoder->scan.numbers = current(decoder);
        return stored(decoder, status);
    }
    if (!failed && decoder->scan.copy)
        widen_integer(decoder, n, text);
    if (!failed && role_of(decoder) == DATA)
        return bad_value(decoder, "type", "'dataset' must be a string");
    return !failed;
}

static bool on_string(void *ctx, size_t n, const char *text)
{
    struct json_decoder *decoder = ctx;
    bool failed = false;
    if (is_cell(decoder, n, &failed))
        return stored(decoder, mle_builder_string(&decoder->base.builder, current(decoder), n, text,
                                                  &decoder->base.err));
    if (!failed && role_of(decoder) == DATA)
        mle_json_scan_stop_copy(&decoder->scan);
    return !failed;
}

static bool on_long_string(void *ctx)
{
    char detail[64];
    snprintf(detail, sizeof detail, "a string of more than %d bytes", MLE_JSON_MAX_STRING);
    return bad_value(ctx, "string_too_long", detail);
}

static bool on_word(void *ctx, enum mle_json_word word)
{
    struct json_decoder *decoder = ctx;
    struct mle_builder *builder = &decoder->base.builder;
    bool failed = false;
    if (is_cell(decoder, 0, &failed)) {
        enum mle_status status =
            word == MLE_JSON_NULL
                ? mle_builder_missing(builder, current(decoder), &decoder->base.err)
                : mle_builder_truth(builder, current(decoder), word == MLE_JSON_TRUE,
                                    &decoder->base.err);
        return stored(decoder, status);
    }
    if (!failed && role_of(decoder) == DATA)
        return bad_value(decoder, "type", "'dataset' must be a string");
    return !failed;
}

static const struct mle_json_events events = {
    .open = on_open,
    .close = on_close,
    .key = on_key,
    .string = on_string,
    .long_string = on_long_string,
    .number = on_number,
    .word = on_word,
};

/* --- the decoder ------------------------------------------------------------------------------- */

static bool document_fits(struct json_decoder *decoder)
{
    struct mle_error *err = &decoder->base.err;
    size_t max = decoder->base.limits->max_document_bytes;
    if (decoder->document.failed) {
        mle_fail(err, decoder->document.limited ? MLE_MEMORY_LIMIT : MLE_NO_MEMORY,
                 "There is no memory to read the request");
        return false;
    }
    if (max == 0 || decoder->document.n <= max)
        return true;
    mle_problem_fail(err, MLE_PROBLEM_BODY_TOO_LARGE,
                     "The request without its data has more than %zu bytes", max);
    mle_hint(err, "Large arrays belong into the member 'data' of the request.");
    return false;
}

static bool json_feed(struct mle_decoder *base, size_t n, const char bytes[])
{
    struct json_decoder *decoder = (struct json_decoder *)base;
    /* The limit is looked at after each piece, so that a chunk of any size stays bounded. */
    enum { PIECE_BYTES = 1 << 18 };
    while (n > 0) {
        size_t piece = n < PIECE_BYTES ? n : PIECE_BYTES;
        if (!mle_json_scan_feed(&decoder->scan, piece, bytes) || !document_fits(decoder))
            return false;
        bytes += piece;
        n -= piece;
    }
    return true;
}

/* The one thing that jansson finds and the scanner does not: members that come twice. Their line is
   not known any more, as the document has lost its data. */
static bool tree_failed(struct json_decoder *decoder, const json_error_t *error)
{
    struct mle_error *err = &decoder->base.err;
    if (json_error_code(error) != json_error_duplicate_key) {
        mle_fail(err, MLE_NO_MEMORY, "There is no memory to read the request");
        return false;
    }
    const char *quote = strchr(error->text, '"');
    int n = quote ? (int)strcspn(quote + 1, "'\n") : 0;
    n = n > 60 ? 60 : n;
    if (n > 0 && quote[n] == '"')
        n--;
    mle_problem_fail(err, MLE_PROBLEM_MALFORMED_JSON,
                     "The body is not valid JSON: a member comes twice");
    mle_fault_at(err, "", "duplicate_key", "the member '%.*s' comes twice", n,
                 quote ? quote + 1 : "");
    return false;
}

static bool json_end(struct mle_decoder *base)
{
    struct json_decoder *decoder = (struct json_decoder *)base;
    if (!mle_json_scan_end(&decoder->scan))
        return false;
    size_t bytes = decoder->tree_bytes + 2 * decoder->document.n;
    if (!mle_budget_take(base->budget, bytes)) {
        mle_fail(&base->err, MLE_MEMORY_LIMIT,
                 "The request without its data needs more memory than it may use");
        return false;
    }
    base->charged_bytes = bytes;
    json_error_t error;
    base->decoded.document = json_loadb(decoder->document.bytes, decoder->document.n,
                                        JSON_REJECT_DUPLICATES, &error);
    mle_buffer_finish(&decoder->document);
    if (!base->decoded.document)
        return tree_failed(decoder, &error);
    base->decoded.underflows = decoder->scan.underflows;
    bool has_columns = base->decoded.form != MLE_FORM_NONE &&
                       base->decoded.form != MLE_FORM_DATASET;
    return !has_columns || mle_decoder_settle(base);
}

static void json_finish(struct mle_decoder *base)
{
    struct json_decoder *decoder = (struct json_decoder *)base;
    mle_buffer_finish(&decoder->document);
}

struct mle_decoder *mle_decoder_json(const struct mle_limits *limits, struct mle_arena *arena,
                                     struct mle_error *err)
{
    struct mle_decoder *base =
        mle_decoder_create(sizeof(struct json_decoder), limits, arena, err);
    if (!base)
        return NULL;
    struct json_decoder *decoder = (struct json_decoder *)base;
    base->feed = json_feed;
    base->end = json_end;
    base->finish = json_finish;
    mle_buffer_init(&decoder->document, arena->budget);
    mle_json_scan_init(&decoder->scan, &events, decoder, limits->max_depth, &base->err);
    decoder->tree_bytes = 0;
    decoder->role[0] = OUTSIDE;
    decoder->depth = 0;
    decoder->at_data = decoder->seen_data = false;
    decoder->column = decoder->rows = decoder->next_column = 0;
    return base;
}
