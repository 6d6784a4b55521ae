/* The grammar of JSON: what may stand where. Strings are in scan_string.c. */
#include "api/scan_json.h"

#include "api/api.h"
#include "api/scan_string.h"
#include "core/data/data.h"

#include <stdio.h>

enum state {
    START,       /* before the object */
    VALUE,       /* a value must come */
    FIRST_VALUE, /* a value or ']' */
    FIRST_KEY,   /* a key or '}' */
    KEY,         /* a key must come */
    COLON,
    NEXT, /* ',' or the closing bracket */
    DONE, /* only white space may come */
    IN_STRING,
    IN_NUMBER,
    IN_WORD,
    FAILED,
    STATES
};

void mle_json_scan_init(struct mle_json_scan *scan, const struct mle_json_events *events, void *ctx,
                        unsigned max_depth, struct mle_error *err)
{
    *scan = (struct mle_json_scan){
        .events = events,
        .ctx = ctx,
        .err = err,
        .max_depth = max_depth < MLE_JSON_MAX_DEPTH ? max_depth : MLE_JSON_MAX_DEPTH,
        .line = 1,
        .state = START,
    };
}

/* --- positions and errors --------------------------------------------------------------------- */

void mle_json_scan_place(const struct mle_json_scan *scan, const char *p)
{
    struct mle_error *err = scan->err;
    if (err->n_fault == 0)
        return;
    struct mle_fault *fault = &err->fault[err->n_fault - 1];
    uint64_t byte = (uint64_t)((int64_t)scan->chunk_byte + (p - scan->chunk));
    fault->byte = (int64_t)byte;
    fault->line = (int64_t)scan->line;
    fault->column_number = (int64_t)(byte - scan->line_byte - scan->continuations) + 1;
}

bool mle_json_scan_fail(struct mle_json_scan *scan, const char *p, const char *code,
                        const char *format, ...)
{
    char text[sizeof scan->err->fault[0].detail];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    mle_problem_fail(scan->err, MLE_PROBLEM_MALFORMED_JSON, "The body is not valid JSON: %s", text);
    mle_fault_at(scan->err, "", code, "%s", text);
    mle_json_scan_place(scan, p);
    scan->state = FAILED;
    return false;
}

/* Shows a byte of the body in an error. */
static const char *shown(char c, char out[static 8])
{
    snprintf(out, 8, c > ' ' && c < 0x7F ? "'%c'" : "0x%02x", (unsigned char)c);
    return out;
}

static bool unexpected(struct mle_json_scan *scan, const char *wanted)
{
    char c[8];
    return mle_json_scan_fail(scan, scan->at, "syntax", "expected %s, found %s", wanted,
                              shown(*scan->at, c));
}

/* Bytes that people write where JSON wants a value, a key or the end, and what to tell them. */
static const struct {
    const char *bytes, *code, *detail, *hint;
} mistakes[] = {
    { "/#", "comment", "JSON has no comments", "Remove the comment." },
    { "'", "single_quotes", "strings are written in double quotes", "Write \"text\", not 'text'." },
    { "NI", "not_a_number", "JSON has no NaN, Infinity or None",
      "Write null for a missing value." },
    { "TF", "word", "true and false are written in lower case", "" },
    { "+", "bad_number", "a number does not begin with '+'", "" },
    { ".", "bad_number", "a number does not begin with a point", "Write 0.5, not .5." },
};

/* The mistake that the byte at the scanner stands for, if it is a known one. */
static bool known_mistake(struct mle_json_scan *scan)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        if (!strchr(mistakes[i].bytes, *scan->at) || *scan->at == '\0')
            continue;
        mle_json_scan_fail(scan, scan->at, mistakes[i].code, "%s", mistakes[i].detail);
        mle_hint(scan->err, "%s", mistakes[i].hint);
        return true;
    }
    return false;
}

/* --- the copy --------------------------------------------------------------------------------- */

void mle_json_scan_copy(struct mle_json_scan *scan, struct mle_buffer *buffer)
{
    scan->copy = buffer;
    scan->run = scan->at;
}

static void flush_copy(struct mle_json_scan *scan)
{
    if (scan->copy)
        mle_buffer_append(scan->copy, (size_t)(scan->at - scan->run), scan->run);
    scan->run = scan->at;
}

void mle_json_scan_stop_copy(struct mle_json_scan *scan)
{
    flush_copy(scan);
    scan->copy = NULL;
}

/* --- values ----------------------------------------------------------------------------------- */

static bool told(struct mle_json_scan *scan, bool go_on)
{
    if (!go_on)
        scan->state = FAILED;
    return go_on;
}

static bool open_bracket(struct mle_json_scan *scan, char bracket)
{
    if (scan->depth == scan->max_depth)
        return mle_json_scan_fail(scan, scan->at, "too_deep", "more than %u levels of nesting",
                                  scan->max_depth);
    scan->state = bracket == '{' ? FIRST_KEY : FIRST_VALUE;
    if (!told(scan, scan->events->open(scan->ctx, bracket)))
        return false;
    scan->is_object[++scan->depth] = bracket == '{';
    scan->at++;
    return true;
}

static bool close_bracket(struct mle_json_scan *scan)
{
    char bracket = *scan->at++;
    scan->depth--;
    scan->state = scan->depth > 0 ? NEXT : DONE;
    return told(scan, scan->events->close(scan->ctx, bracket));
}

static bool number_done(struct mle_json_scan *scan, const char *text, size_t n, double value,
                        enum mle_number_flaw flaw)
{
    if (flaw == MLE_NUMBER_OVERFLOW) {
        mle_json_scan_fail(scan, scan->at - n, "number_range", "%.*s%s is beyond a double",
                           n > 64 ? 64 : (int)n, text, n > 64 ? "..." : "");
        return false;
    }
    scan->underflows += flaw == MLE_NUMBER_UNDERFLOW;
    scan->state = NEXT;
    return told(scan, scan->events->number(scan->ctx, value, n, text));
}

/* Numbers are scanned where they lie if they end inside the chunk, otherwise they are collected in
   the token first. Both ways fail alike: at the first byte that cannot continue the number. */
static bool number_scanned(struct mle_json_scan *scan, const char *text, size_t n, double value,
                           enum mle_number_flaw flaw, const char *behind)
{
    if (n > MLE_MAX_NUMBER_BYTES)
        return mle_json_scan_fail(scan, scan->at - n, "number_too_long",
                                  "a number of more than %d bytes", MLE_MAX_NUMBER_BYTES);
    if (flaw == MLE_NUMBER_MALFORMED && n == 1 && *scan->at == 'I') {
        mle_json_scan_fail(scan, behind, "not_a_number", "JSON has no -Infinity");
        mle_hint(scan->err, "Write null for a missing value.");
        return false;
    }
    if (flaw == MLE_NUMBER_MALFORMED)
        return mle_json_scan_fail(scan, behind, "bad_number", "this is not a number of JSON");
    return number_done(scan, text, n, value, flaw);
}

static bool direct_number(struct mle_json_scan *scan)
{
    const char *text = scan->at, *end = text;
    while (mle_in_number(*end))
        end++;
    double value = 0.0;
    enum mle_number_flaw flaw;
    const char *behind = mle_number_scan(text, &value, &flaw);
    if (behind < end)
        flaw = MLE_NUMBER_MALFORMED;
    scan->at = end;
    return number_scanned(scan, text, (size_t)(end - text), value, flaw, behind);
}

static bool in_number(struct mle_json_scan *scan)
{
    /* One byte more than allowed is kept, so that number_scanned sees that it is too long. */
    const char *p = scan->at;
    while (p < scan->end && mle_in_number(*p)) {
        if (scan->n_token <= MLE_MAX_NUMBER_BYTES)
            scan->token[scan->n_token++] = *p;
        p++;
        if (scan->n_token > MLE_MAX_NUMBER_BYTES) {
            scan->at = p;
            return number_scanned(scan, scan->token, scan->n_token, 0.0, MLE_NUMBER_FINE, p);
        }
    }
    scan->at = p;
    if (p == scan->end)
        return true;
    memset(scan->token + scan->n_token, 0, MLE_NUMBER_SLACK + 1);
    double value = 0.0;
    enum mle_number_flaw flaw;
    const char *behind = mle_number_scan(scan->token, &value, &flaw);
    size_t used = (size_t)(behind - scan->token);
    if (used < scan->n_token)
        flaw = MLE_NUMBER_MALFORMED;
    return number_scanned(scan, scan->token, scan->n_token, value, flaw, p - scan->n_token + used);
}

/* The inner loop of the service: numbers of one array, one after the other, into their column. Ends
   before anything that needs more thought and leaves it to the general way. */
static bool number_run(struct mle_json_scan *scan)
{
    struct mle_column_builder *column = scan->numbers;
    const char *p = scan->at, *last = scan->direct_end;
    double *to = column->values + column->n, *full = column->values + column->capacity;
    unsigned char state = VALUE;
    while (to < full && p < last) {
        enum mle_number_flaw flaw;
        const char *end = mle_number_scan(p, to, &flaw);
        if (flaw != MLE_NUMBER_FINE || mle_in_number(*end) || end - p > MLE_MAX_NUMBER_BYTES)
            break;
        to++;
        p = end;
        if (*p != ',') {
            state = NEXT;
            break;
        }
        p++;
        p += *p == ' ';
    }
    bool moved = p > scan->at;
    column->n = (size_t)(to - column->values);
    scan->at = p;
    scan->state = moved ? state : scan->state;
    return moved;
}

static bool begin_number(struct mle_json_scan *scan)
{
    if (scan->at < scan->direct_end) {
        if (scan->numbers && number_run(scan))
            return true;
        return direct_number(scan);
    }
    scan->n_token = 0;
    scan->state = IN_NUMBER;
    return true;
}

static bool begin_word(struct mle_json_scan *scan, const char *word, enum mle_json_word value)
{
    scan->word = word;
    scan->word_value = value;
    scan->state = IN_WORD;
    return true;
}

static bool in_word(struct mle_json_scan *scan)
{
    while (*scan->word != '\0' && scan->at < scan->end) {
        if (*scan->at != *scan->word) {
            mle_json_scan_fail(scan, scan->at, "word", "only true, false and null are words");
            mle_hint(scan->err, "JSON has no NaN: write null for a missing value.");
            return false;
        }
        scan->word++;
        scan->at++;
    }
    if (*scan->word != '\0')
        return true;
    scan->state = NEXT;
    return told(scan, scan->events->word(scan->ctx, scan->word_value));
}

static bool begin_string(struct mle_json_scan *scan, bool is_key)
{
    scan->at++;
    scan->state = IN_STRING;
    mle_json_string_begin(scan, is_key);
    return true;
}

static bool in_string(struct mle_json_scan *scan)
{
    size_t n;
    const char *text;
    switch (mle_json_string_more(scan, &n, &text)) {
    case MLE_STRING_OPEN:
        return true;
    case MLE_STRING_BAD:
        return false; /* the error is set */
    case MLE_STRING_LONG:
        return told(scan, scan->events->long_string(scan->ctx));
    case MLE_STRING_WHOLE:
        break;
    }
    scan->state = scan->is_key ? COLON : NEXT;
    return told(scan, scan->is_key ? scan->events->key(scan->ctx, n, text)
                                   : scan->events->string(scan->ctx, n, text));
}

/* --- the states ------------------------------------------------------------------------------- */

static bool at_start(struct mle_json_scan *scan)
{
    if (*scan->at == '{')
        return open_bracket(scan, '{');
    if ((unsigned char)*scan->at == 0xEF) {
        mle_json_scan_fail(scan, scan->at, "byte_order_mark", "the body begins with 0xef");
        mle_hint(scan->err, "Send UTF-8 without a byte order mark.");
        return false;
    }
    if (known_mistake(scan))
        return false;
    char c[8];
    return mle_json_scan_fail(scan, scan->at, "top_level", "the body must be an object, found %s",
                              shown(*scan->at, c));
}

static bool at_value(struct mle_json_scan *scan)
{
    char c = *scan->at;
    if (mle_is_digit(c) || c == '-')
        return begin_number(scan);
    switch (c) {
    case '{':
    case '[':
        return open_bracket(scan, c);
    case '"':
        return begin_string(scan, false);
    case 't':
        return begin_word(scan, "true", MLE_JSON_TRUE);
    case 'f':
        return begin_word(scan, "false", MLE_JSON_FALSE);
    case 'n':
        return begin_word(scan, "null", MLE_JSON_NULL);
    case ']':
    case '}':
        if (scan->state == FIRST_VALUE && c == ']')
            return close_bracket(scan);
        if (scan->state == VALUE && !scan->is_object[scan->depth])
            return mle_json_scan_fail(scan, scan->at, "trailing_comma",
                                      "a comma stands before the closing bracket");
        break;
    default:
        if (known_mistake(scan))
            return false;
    }
    return unexpected(scan, "a value");
}

static bool at_key(struct mle_json_scan *scan)
{
    if (*scan->at == '"')
        return begin_string(scan, true);
    if (*scan->at == '}' && scan->state == FIRST_KEY)
        return close_bracket(scan);
    if (*scan->at == '}')
        return mle_json_scan_fail(scan, scan->at, "trailing_comma",
                                  "a comma stands before the closing bracket");
    if (strchr("/#'", *scan->at) && *scan->at != '\0' && known_mistake(scan))
        return false;
    return unexpected(scan, "a member name in double quotes");
}

static bool at_colon(struct mle_json_scan *scan)
{
    if (*scan->at != ':')
        return unexpected(scan, "':'");
    scan->at++;
    scan->state = VALUE;
    return true;
}

static bool at_next(struct mle_json_scan *scan)
{
    bool object = scan->is_object[scan->depth];
    if (*scan->at == ',') {
        scan->at++;
        scan->state = object ? KEY : VALUE;
        return true;
    }
    if (*scan->at == (object ? '}' : ']'))
        return close_bracket(scan);
    if (strchr("/#", *scan->at) && *scan->at != '\0' && known_mistake(scan))
        return false;
    return unexpected(scan, object ? "',' or '}'" : "',' or ']'");
}

static bool at_done(struct mle_json_scan *scan)
{
    return mle_json_scan_fail(scan, scan->at, "trailing_text", "text follows the object");
}

static bool at_failure(struct mle_json_scan *scan)
{
    (void)scan;
    return false;
}

static bool (*const steps[STATES])(struct mle_json_scan *scan) = {
    [START] = at_start,      [VALUE] = at_value,  [FIRST_VALUE] = at_value,
    [FIRST_KEY] = at_key,    [KEY] = at_key,      [COLON] = at_colon,
    [NEXT] = at_next,        [DONE] = at_done,    [IN_STRING] = in_string,
    [IN_NUMBER] = in_number, [IN_WORD] = in_word, [FAILED] = at_failure,
};

/* Line ends occur in white space only, so this is the one place that counts them. */
static void skip_space(struct mle_json_scan *scan)
{
    const char *p = scan->at;
    for (; p < scan->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'); p++) {
        if (*p != '\n')
            continue;
        scan->line++;
        scan->line_byte = scan->chunk_byte + (uint64_t)(p - scan->chunk) + 1;
        scan->continuations = 0;
    }
    scan->at = p;
}

bool mle_json_scan_feed(struct mle_json_scan *scan, size_t n, const char bytes[])
{
    if (n == 0)
        return scan->state != FAILED;
    scan->chunk = scan->at = scan->run = bytes;
    scan->end = bytes + n;
    scan->direct_end = mle_number_limit(n, bytes);
    while (scan->at < scan->end) {
        if (scan->state < IN_STRING) {
            skip_space(scan);
            if (scan->at == scan->end)
                break;
        }
        if (!steps[scan->state](scan))
            return false;
    }
    flush_copy(scan);
    scan->chunk_byte += n;
    scan->chunk = scan->at = scan->run = scan->end = NULL;
    return true;
}

bool mle_json_scan_end(struct mle_json_scan *scan)
{
    if (scan->state == DONE)
        return true;
    if (scan->state == FAILED)
        return false;
    if (scan->state == START)
        return mle_json_scan_fail(scan, scan->at, "empty_body", "the body is empty");
    return mle_json_scan_fail(scan, scan->at, "truncated", "the body ends inside %s",
                              scan->state == IN_STRING       ? "a string"
                              : scan->is_object[scan->depth] ? "an object"
                                                             : "an array");
}
