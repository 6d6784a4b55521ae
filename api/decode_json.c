/* application/json: the scanner's events, sorted into data (json_data.c) and document. */
#include "api/json.h"
#include "api/json_tree.h"

#include <stdio.h>
#include <string.h>

/* jansson's memory for one node, a bit more than was measured (test_decode_json.c measures again).
   Strings and keys add their bytes. */
enum {
    OBJECT_BYTES = 288,
    ARRAY_BYTES = 176,
    SCALAR_BYTES = 64,
    ELEMENT_BYTES = 32, /* a place in an array */
    DATASET_BYTES = OBJECT_BYTES + 512,
    MEMBER_BYTES = 176, /* a place in an object */
};

/* --- the document ----------------------------------------------------------------------------- */

void mle_json_begin_copy(struct json_decoder *decoder)
{
    const struct mle_json_scan *scan = &decoder->scan;
    if (decoder->n_piece < MAX_PIECES)
        decoder->piece[decoder->n_piece] = (struct piece){
            decoder->document.n, scan->chunk_byte + (uint64_t)(scan->at - scan->chunk),
            scan->line,          scan->line_byte,
            scan->continuations,
        };
    decoder->n_piece++;
    mle_json_scan_copy(&decoder->scan, &decoder->document);
}

/* Where in the body the byte of the document's text was. */
static void place_in_body(const struct json_decoder *decoder, size_t at, struct mle_fault *fault)
{
    size_t i = decoder->n_piece;
    while (i > 0 && (i > MAX_PIECES || decoder->piece[i - 1].at > at))
        i--;
    if (i == 0 || decoder->n_piece > MAX_PIECES)
        return;
    struct piece place = decoder->piece[i - 1];
    for (size_t k = place.at; k < at; k++, place.byte++) {
        char c = decoder->document.bytes[k];
        place.continuations += ((unsigned char)c & 0xC0) == 0x80;
        if (c == '\n') {
            place.line++;
            place.line_byte = place.byte + 1;
            place.continuations = 0;
        }
    }
    fault->byte = (int64_t)place.byte;
    fault->line = (int64_t)place.line;
    fault->column_number = (int64_t)(place.byte - place.line_byte - place.continuations) + 1;
}

bool mle_json_duplicate(struct json_decoder *decoder, size_t n, const char *text)
{
    bool cut = n > 64;
    return mle_json_scan_fail(&decoder->scan, decoder->scan.at, "duplicate_key",
                              "the member '%.*s%s' comes twice", cut ? 60 : (int)n, text,
                              cut ? "..." : "");
}

/* --- events ----------------------------------------------------------------------------------- */

bool mle_json_push(struct json_decoder *decoder, enum json_role role)
{
    decoder->role[++decoder->depth] = role;
    decoder->scan.keep_strings = role == JSON_VALUES || role == JSON_ROW;
    return true;
}

/* Whether what comes next belongs to the data. */
static bool is_data(const struct json_decoder *decoder)
{
    switch (mle_json_role(decoder)) {
    case JSON_OUTSIDE:
    case JSON_DOCUMENT:
        return false;
    case JSON_TOP:
        return decoder->at_data;
    default:
        return true;
    }
}

static bool top_key(struct json_decoder *decoder, size_t n, const char *text)
{
    decoder->at_data = n == 4 && memcmp(text, "data", 4) == 0;
    if (!decoder->at_data)
        return true;
    if (decoder->seen_data)
        return mle_json_duplicate(decoder, n, text);
    decoder->seen_data = true;
    return true;
}

static bool on_key(void *ctx, size_t n, const char *text)
{
    struct json_decoder *decoder = ctx;
    if (mle_json_role(decoder) != JSON_TOP && mle_json_role(decoder) != JSON_DOCUMENT)
        return mle_json_data_key(decoder, n, text);
    decoder->tree_bytes += MEMBER_BYTES + n;
    return mle_json_role(decoder) == JSON_DOCUMENT || top_key(decoder, n, text);
}

static bool on_open(void *ctx, char bracket)
{
    struct json_decoder *decoder = ctx;
    if (mle_json_role(decoder) == JSON_TOP && decoder->at_data)
        return mle_json_data_begin(decoder, bracket);
    if (is_data(decoder))
        return mle_json_data_open(decoder, bracket);
    decoder->tree_bytes += (bracket == '{' ? OBJECT_BYTES : ARRAY_BYTES) + ELEMENT_BYTES;
    if (mle_json_role(decoder) != JSON_OUTSIDE)
        return mle_json_push(decoder, JSON_DOCUMENT);
    mle_json_begin_copy(decoder);
    return mle_json_push(decoder, JSON_TOP);
}

/* The value of "data" is complete: something must stand for it in the document. */
static bool close_data(struct json_decoder *decoder)
{
    enum mle_form form = decoder->base.decoded.form;
    if (form == MLE_FORM_NONE)
        return mle_json_bad_value(decoder, "empty_object",
                                  "'data' needs one of values, columns, rows and dataset");
    const char *text = form == MLE_FORM_DATASET ? "}" : "null";
    mle_buffer_append(&decoder->document, strlen(text), text);
    mle_json_begin_copy(decoder);
    return true;
}

static bool on_close(void *ctx, char bracket)
{
    struct json_decoder *decoder = ctx;
    enum json_role role = mle_json_role(decoder);
    (void)bracket;
    decoder->depth--;
    decoder->scan.keep_strings = false;
    decoder->scan.numbers = NULL;
    if (role == JSON_TOP)
        mle_json_scan_stop_copy(&decoder->scan);
    if (role == JSON_TOP || role == JSON_DOCUMENT)
        return true;
    return mle_json_role(decoder) == JSON_TOP ? close_data(decoder)
                                              : mle_json_data_close(decoder, role);
}

static bool on_number(void *ctx, double value, size_t n, const char *text)
{
    struct json_decoder *decoder = ctx;
    (void)n, (void)text;
    if (is_data(decoder))
        return mle_json_data_number(decoder, value);
    decoder->tree_bytes += SCALAR_BYTES + ELEMENT_BYTES;
    return true;
}

static bool on_string(void *ctx, size_t n, const char *text)
{
    struct json_decoder *decoder = ctx;
    if (is_data(decoder))
        return mle_json_data_string(decoder, n, text);
    decoder->tree_bytes += SCALAR_BYTES + ELEMENT_BYTES;
    return true;
}

static bool on_long_string(void *ctx)
{
    char detail[64];
    snprintf(detail, sizeof detail, "a string of more than %d bytes", MLE_JSON_MAX_STRING);
    return mle_json_bad_value(ctx, "string_too_long", detail);
}

static bool on_word(void *ctx, enum mle_json_word word)
{
    struct json_decoder *decoder = ctx;
    if (is_data(decoder))
        return mle_json_data_word(decoder, word);
    decoder->tree_bytes += ELEMENT_BYTES;
    return true;
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

/* --- the decoder ------------------------------------------------------------------------------ */

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
        bool fine = mle_json_scan_feed(&decoder->scan, piece, bytes) && document_fits(decoder);
        base->document_bytes = decoder->document.n;
        if (!fine)
            return false;
        bytes += piece;
        n -= piece;
    }
    return true;
}

/* What the tree finds and the scanner of the body does not. */
static bool tree_failed(struct json_decoder *decoder, const struct mle_json_fault *fault)
{
    struct mle_error *err = &decoder->base.err;
    bool cut = strlen(fault->key) > 64;
    switch (fault->flaw) {
    case MLE_JSON_DUPLICATE:
        mle_problem_fail(err, MLE_PROBLEM_MALFORMED_JSON,
                         "The body is not valid JSON: a member comes twice");
        mle_fault_at(err, "", "duplicate_key", "the member '%.*s%s' comes twice", cut ? 60 : 64,
                     fault->key, cut ? "..." : "");
        break;
    case MLE_JSON_LONG:
        mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "A string of the request is too long");
        mle_fault_at(err, "", "string_too_long", "a string of more than %d bytes",
                     MLE_JSON_MAX_STRING);
        break;
    case MLE_JSON_NO_MEMORY:
        mle_fail(err, MLE_NO_MEMORY, "There is no memory to read the request");
        return false;
    default:
        mle_fail(err, MLE_INTERNAL, "two readers of JSON disagree");
        return false;
    }
    place_in_body(decoder, fault->at, &err->fault[0]);
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
    struct mle_json_fault fault;
    base->decoded.document = mle_json_tree(decoder->document.n, decoder->document.bytes, &fault);
    if (!base->decoded.document)
        return tree_failed(decoder, &fault);
    mle_buffer_finish(&decoder->document);
    base->decoded.underflows = decoder->scan.underflows;
    bool has_columns =
        base->decoded.form != MLE_FORM_NONE && base->decoded.form != MLE_FORM_DATASET;
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
    struct mle_decoder *base = mle_decoder_create(sizeof(struct json_decoder), limits, arena, err);
    if (!base)
        return NULL;
    struct json_decoder *decoder = (struct json_decoder *)base;
    base->feed = json_feed;
    base->end = json_end;
    base->finish = json_finish;
    mle_buffer_init(&decoder->document, arena->budget);
    mle_json_scan_init(&decoder->scan, &events, decoder, limits->max_depth, &base->err);
    decoder->tree_bytes = DATASET_BYTES;
    decoder->n_piece = 0;
    decoder->role[0] = JSON_OUTSIDE;
    decoder->depth = 0;
    decoder->at_data = decoder->seen_data = false;
    decoder->column = decoder->rows = decoder->next_column = 0;
    return base;
}
