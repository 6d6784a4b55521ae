/* Push decoders: the bytes of a body in, as they arrive; a small document and columns of data out.

   The data never become a tree. Numbers go straight from the chunk into their column; everything
   else of a JSON body is collected, with the data replaced by null, and made a tree at the end
   (json_tree.h). What comes out does not depend on where the chunks are cut, and the work is linear
   in the bytes.

   Life: create, feed (any number of times), end, read the result, finish. One thread at a time. */
#ifndef MLE_API_DECODE_H
#define MLE_API_DECODE_H

#include "api/api.h"
#include "core/data/data.h"

#include <jansson.h>

/* How the data were spelled; the request's errors point into that spelling. */
enum mle_form {
    MLE_FORM_NONE,    /* no data */
    MLE_FORM_ARRAY,   /* "data": [1, 2] */
    MLE_FORM_VALUES,  /* "data": {"values": [1, 2]} */
    MLE_FORM_COLUMNS, /* "data": {"columns": {"y": [1, 2]}} */
    MLE_FORM_ROWS,    /* "data": {"rows": [{"y": 1}, {"y": 2}]} */
    MLE_FORM_DATASET, /* "data": {"dataset": "sha256-..."}: data is NULL, the document has it */
    MLE_FORM_CSV
};

/* CSV: records from this row on begin so many lines later than row + 2. */
struct mle_line_shift {
    size_t row, lines;
};

/* What a body said. Belongs to the decoder. */
struct mle_decoded {
    json_t *document; /* JSON: an object; "data" is null in it, or {"dataset": "..."}. Text bodies:
                         NULL, the query string is their document (query.h) */
    const struct mle_data *data; /* at least one row; NULL for NONE and DATASET */
    enum mle_form form;
    size_t underflows; /* numbers nearer to 0 than to any other double, taken as 0 */
    size_t n_shift;    /* CSV: records that span lines, in order */
    const struct mle_line_shift *shift;
};

struct mle_decoder;

/* The decoder for application/json. limits are borrowed; the decoder itself lives in arena, its
   buffers and the columns take from the arena's budget. NULL and err set when there is no memory.
   A member "data" of the top level is the data. */
struct mle_decoder *mle_decoder_json(const struct mle_limits *limits, struct mle_arena *arena,
                                     struct mle_error *err);

/* The decoder for text/csv (RFC 4180, header line required, "\n" and "\r\n", a byte order mark is
   skipped). missing[n_missing] are the tokens that stand for a missing value beside the empty cell
   and NaN (borrowed). Cells that are numbers make a float64 column, anything else a categorical
   one; the first cell that is not missing decides, and text in a column of numbers is an error. */
struct mle_decoder *mle_decoder_csv(const struct mle_limits *limits, size_t n_missing,
                                    const char *const missing[], struct mle_arena *arena,
                                    struct mle_error *err);

/* The next bytes of the body. After the first failure the rest is discarded. */
void mle_decoder_feed(struct mle_decoder *decoder, size_t n, const char bytes[]);

/* Whether the body has failed already. */
bool mle_decoder_failed(const struct mle_decoder *decoder);

/* The body is complete; told again, it says the same. On MLE_OK the result may be read; otherwise
   err is the first failure:
   malformed-json, malformed-csv, invalid-data, unknown-member, no-data (no rows), too-many-rows,
   body-too-large (the document without data) or a status of memory. */
enum mle_status mle_decoder_end(struct mle_decoder *decoder, struct mle_error *err);

/* The result, valid from mle_decoder_end to mle_decoder_finish; take a reference to data to keep it
   longer. */
const struct mle_decoded *mle_decoder_result(const struct mle_decoder *decoder);

/* Frees what is not in the arena. NULL is allowed. */
void mle_decoder_finish(struct mle_decoder *decoder);

/* Completes the faults that core reported by row and column: the pointer into a JSON request
   ("/data/columns/wait/17"), line and number of the field in CSV. Faults that have a place already
   stay as they are. decoded may be NULL. */
void mle_decode_locate(const struct mle_decoded *decoded, struct mle_error *err);

/* --- for the decoders themselves -------------------------------------------------------------- */

/* What all decoders have; the first member of each. */
struct mle_decoder {
    bool (*feed)(struct mle_decoder *decoder, size_t n, const char bytes[]); /* false: err is set */
    bool (*end)(struct mle_decoder *decoder);
    void (*finish)(struct mle_decoder *decoder);
    const struct mle_limits *limits;
    struct mle_budget *budget;
    struct mle_builder builder;
    struct mle_decoded decoded;
    size_t charged_bytes;  /* for the document */
    size_t document_bytes; /* of its text, so far */
    bool failed, ended;
    struct mle_error err;
};

/* A zeroed decoder of that size in the arena, with the common part set. NULL and err set when there
   is no memory. */
struct mle_decoder *mle_decoder_create(size_t size, const struct mle_limits *limits,
                                       struct mle_arena *arena, struct mle_error *err);

/* Turns the columns into data, refuses to end without a row. False: the decoder's err is set. */
bool mle_decoder_settle(struct mle_decoder *decoder);

/* After a call of the builder failed: gives the error its problem (too many rows) and its place.
   Returns false. */
bool mle_decoder_data_failed(struct mle_decoder *decoder);

/* Whether rows of n_column cells each are within the limit; otherwise the error is set. */
bool mle_decoder_cells_fit(struct mle_decoder *decoder, size_t rows, size_t n_column);

/* The JSON Pointer to the data, to a column (row < 0, column not NULL) or to a value, spelled as
   the form wants it; cut to a parent if it does not fit. */
void mle_data_pointer(enum mle_form form, const char *column, int64_t row, size_t size, char out[]);

/* Appends "/" and the segment, escaped (RFC 6901), to the pointer in out; false, and out as it was,
   if it does not fit. */
bool mle_pointer_append(size_t size, char out[], const char *segment);

#endif
