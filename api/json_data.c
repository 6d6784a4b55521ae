/* The data of a JSON body: five spellings, one set of columns. */
#include "api/json.h"
#include "api/near.h"

#include <stdio.h>
#include <string.h>

/* The members of "data", in the order of enum mle_form. */
static const char *const form_words[] = {
    [MLE_FORM_VALUES] = "values",
    [MLE_FORM_COLUMNS] = "columns",
    [MLE_FORM_ROWS] = "rows",
    [MLE_FORM_DATASET] = "dataset",
};

static struct mle_column_builder *current(struct json_decoder *decoder)
{
    return &decoder->base.builder.column[decoder->column];
}

/* --- errors ----------------------------------------------------------------------------------- */

/* The pointer to what comes next in the data. */
static void here(const struct json_decoder *decoder, size_t size, char out[])
{
    enum mle_form form = decoder->base.decoded.form;
    const char *column = NULL;
    int64_t row = -1;
    switch (mle_json_role(decoder)) {
    case JSON_VALUES:
        column = decoder->base.builder.column[decoder->column].name;
        row = (int64_t)decoder->base.builder.column[decoder->column].n;
        break;
    case JSON_ROW:
        column = decoder->base.builder.column[decoder->column].name;
        row = (int64_t)decoder->rows;
        break;
    case JSON_COLUMNS:
        column = decoder->base.builder.column[decoder->column].name;
        break;
    case JSON_ROWS:
        row = (int64_t)decoder->rows;
        break;
    default:
        break;
    }
    mle_data_pointer(form, column, row, size, out);
}

/* The value at hand is not what the data need. */
bool mle_json_bad_value(struct json_decoder *decoder, const char *code, const char *detail)
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

/* --- keys ------------------------------------------------------------------------------------- */

static bool is_word(const char *word, size_t n, const char *text)
{
    return strlen(word) == n && memcmp(word, text, n) == 0;
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
        return mle_json_duplicate(decoder, n, text);
    if (decoded->form != MLE_FORM_NONE) {
        decoded->form = MLE_FORM_NONE; /* so that the error points at /data */
        return mle_json_bad_value(decoder, "two_forms",
                                  "'data' has one of values, columns, rows and dataset, not two");
    }
    decoded->form = (enum mle_form)form;
    if (form == MLE_FORM_DATASET) {
        /* The document keeps this one; its text is written again from here on. */
        static const char text_before[] = "{\"dataset\"";
        mle_buffer_append(&decoder->document, sizeof text_before - 1, text_before);
        mle_json_begin_copy(decoder);
    }
    return true;
}

static bool add_column(struct json_decoder *decoder, size_t n, const char *text)
{
    struct mle_builder *builder = &decoder->base.builder;
    if (mle_builder_add_column(builder, n, text, &decoder->column, &decoder->base.err) == MLE_OK)
        return true;
    struct mle_fault *fault = &decoder->base.err.fault[0];
    if (decoder->base.err.n_fault > 0) { /* of the name, which no column has yet */
        int64_t row = mle_json_role(decoder) == JSON_ROW ? (int64_t)decoder->rows : -1;
        mle_data_pointer(decoder->base.decoded.form, NULL, row, sizeof fault->pointer,
                         fault->pointer);
        mle_json_scan_place(&decoder->scan, decoder->scan.at);
    }
    return builder_failed(decoder);
}

static bool columns_key(struct json_decoder *decoder, size_t n, const char *text)
{
    if (mle_builder_find(&decoder->base.builder, n, text) != SIZE_MAX)
        return mle_json_duplicate(decoder, n, text);
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
        return mle_json_duplicate(decoder, n, text);
    if (mle_builder_pad(builder, column, decoder->rows, &decoder->base.err) != MLE_OK)
        return builder_failed(decoder);
    return true;
}

bool mle_json_data_key(struct json_decoder *decoder, size_t n, const char *text)
{
    switch (mle_json_role(decoder)) {
    case JSON_DATA:
        return data_key(decoder, n, text);
    case JSON_COLUMNS:
        return columns_key(decoder, n, text);
    case JSON_ROW:
        return row_key(decoder, n, text);
    default:
        return true;
    }
}

/* --- brackets --------------------------------------------------------------------------------- */

bool mle_json_data_begin(struct json_decoder *decoder, char bracket)
{
    mle_json_scan_stop_copy(&decoder->scan);
    if (bracket == '{')
        return mle_json_push(decoder, JSON_DATA);
    decoder->base.decoded.form = MLE_FORM_ARRAY;
    return add_column(decoder, 1, "y") && mle_json_push(decoder, JSON_VALUES);
}

static bool open_form(struct json_decoder *decoder, char bracket)
{
    switch (decoder->base.decoded.form) {
    case MLE_FORM_VALUES:
        if (bracket == '[')
            return add_column(decoder, 1, "y") && mle_json_push(decoder, JSON_VALUES);
        return mle_json_bad_value(decoder, "type", "'values' must be an array");
    case MLE_FORM_COLUMNS:
        if (bracket == '{')
            return mle_json_push(decoder, JSON_COLUMNS);
        return mle_json_bad_value(decoder, "type", "'columns' must be an object of arrays");
    case MLE_FORM_ROWS:
        if (bracket == '[')
            return mle_json_push(decoder, JSON_ROWS);
        return mle_json_bad_value(decoder, "type", "'rows' must be an array of objects");
    default:
        return mle_json_bad_value(decoder, "type", "'dataset' must be a string");
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
    return mle_json_push(decoder, JSON_VALUES);
}

static bool open_row(struct json_decoder *decoder)
{
    const struct mle_limits *limits = decoder->base.limits;
    struct mle_error *err = &decoder->base.err;
    decoder->next_column = 0;
    if (limits->max_rows == 0 || decoder->rows < limits->max_rows)
        return mle_decoder_cells_fit(&decoder->base, decoder->rows + 1,
                                     decoder->base.builder.n_column) &&
               mle_json_push(decoder, JSON_ROW);
    mle_problem_fail(err, MLE_PROBLEM_TOO_MANY_ROWS, "The data have more than %zu rows",
                     limits->max_rows);
    mle_fault_row(err, decoder->rows, NULL, "too_many_rows", "at most %zu rows are taken",
                  limits->max_rows);
    return builder_failed(decoder);
}

static bool nested(struct json_decoder *decoder, char bracket)
{
    mle_json_bad_value(decoder, "nested",
                       bracket == '{' ? "an object where a value should be"
                                      : "an array where a value should be");
    if (decoder->base.decoded.form == MLE_FORM_ARRAY && bracket == '{')
        mle_hint(&decoder->base.err, "Records go into {\"data\": {\"rows\": [...]}}.");
    return false;
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

bool mle_json_data_open(struct json_decoder *decoder, char bracket)
{
    switch (mle_json_role(decoder)) {
    case JSON_DATA:
        return open_form(decoder, bracket);
    case JSON_COLUMNS:
        if (bracket == '[')
            return open_column(decoder);
        return mle_json_bad_value(decoder, "type", "a column must be an array");
    case JSON_ROWS:
        if (bracket == '{')
            return open_row(decoder);
        mle_json_bad_value(decoder, "type", "a row must be an object");
        mle_hint(&decoder->base.err, "Arrays go into {\"columns\": {\"name\": [...]}}.");
        return false;
    default:
        return nested(decoder, bracket);
    }
}

bool mle_json_data_close(struct json_decoder *decoder, enum json_role role)
{
    switch (role) {
    case JSON_VALUES:
        return mle_json_role(decoder) != JSON_COLUMNS || close_column(decoder);
    case JSON_ROWS:
        return close_rows(decoder);
    case JSON_ROW:
        decoder->rows++;
        return true;
    default:
        return true;
    }
}

/* --- values ----------------------------------------------------------------------------------- */

/* Whether a value may stand here; otherwise the error is set. */
static bool takes_value(struct json_decoder *decoder)
{
    switch (mle_json_role(decoder)) {
    case JSON_VALUES:
    case JSON_ROW:
        return true;
    case JSON_DATA:
        return mle_json_bad_value(decoder, "type",
                                  decoder->base.decoded.form == MLE_FORM_DATASET
                                      ? "'dataset' must be a string"
                                      : "an array or an object must come here");
    case JSON_COLUMNS:
        return mle_json_bad_value(decoder, "type", "a column must be an array");
    case JSON_ROWS:
        return mle_json_bad_value(decoder, "type", "a row must be an object");
    default:
        return mle_json_bad_value(decoder, "type", "'data' must be an array or an object");
    }
}

static bool stored(struct json_decoder *decoder, enum mle_status status)
{
    return status == MLE_OK || builder_failed(decoder);
}

bool mle_json_data_number(struct json_decoder *decoder, double value)
{
    if (!takes_value(decoder))
        return false;
    enum mle_status status =
        mle_builder_number(&decoder->base.builder, current(decoder), value, &decoder->base.err);
    if (mle_json_role(decoder) == JSON_VALUES)
        decoder->scan.numbers = current(decoder); /* the next ones need no event */
    return stored(decoder, status);
}

bool mle_json_data_string(struct json_decoder *decoder, size_t n, const char *text)
{
    if (mle_json_role(decoder) == JSON_DATA && decoder->base.decoded.form == MLE_FORM_DATASET) {
        mle_json_scan_stop_copy(&decoder->scan);
        return true;
    }
    return takes_value(decoder) &&
           stored(decoder, mle_builder_string(&decoder->base.builder, current(decoder), n, text,
                                              &decoder->base.err));
}

bool mle_json_data_word(struct json_decoder *decoder, enum mle_json_word word)
{
    struct mle_builder *builder = &decoder->base.builder;
    struct mle_error *err = &decoder->base.err;
    if (!takes_value(decoder))
        return false;
    if (word == MLE_JSON_NULL)
        return stored(decoder, mle_builder_missing(builder, current(decoder), err));
    return stored(decoder,
                  mle_builder_truth(builder, current(decoder), word == MLE_JSON_TRUE, err));
}
