#include "api/write.h"

#include "api/shortest.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024, NUMBER_BYTES = 32 };

void mle_write_init(struct mle_writer *writer, struct mle_budget *budget, bool pretty)
{
    *writer = (struct mle_writer){ .budget = budget, .pretty = pretty };
}

void mle_write_init_fixed(struct mle_writer *writer, size_t size, char out[], bool pretty)
{
    *writer =
        (struct mle_writer){ .bytes = out, .capacity = size, .fixed = true, .pretty = pretty };
}

void mle_write_finish(struct mle_writer *writer)
{
    if (!writer->fixed) {
        free(writer->bytes);
        mle_budget_give(writer->budget, writer->capacity);
    }
    *writer = (struct mle_writer){ 0 };
}

enum mle_status mle_write_status(const struct mle_writer *writer, struct mle_error *err)
{
    if (!writer->failed)
        return MLE_OK;
    if (writer->limited)
        return mle_fail(err, MLE_MEMORY_LIMIT, "The answer needs more memory than it may use");
    return mle_fail(err, MLE_NO_MEMORY, "The process is out of memory");
}

/* --- bytes ----------------------------------------------------------------------------------- */

static bool fail(struct mle_writer *writer, bool limited)
{
    writer->failed = true;
    writer->limited = limited;
    return false;
}

/* Makes room for more bytes behind the n that are there. */
static bool grow(struct mle_writer *writer, size_t more)
{
    size_t need, old = writer->capacity;
    if (writer->failed)
        return false;
    if (writer->fixed || __builtin_add_overflow(writer->n, more, &need) || need > SIZE_MAX / 4)
        return fail(writer, true);
    size_t want = old ? 2 * old : FIRST_CAPACITY;
    if (want < need)
        want = need;
    /* Near the limit doubling may be too much where the bytes themselves still fit. */
    if (!mle_budget_take(writer->budget, want - old)) {
        want = need;
        if (!mle_budget_take(writer->budget, want - old))
            return fail(writer, true);
    }
    char *bytes = realloc(writer->bytes, want);
    if (!bytes) {
        mle_budget_give(writer->budget, want - old);
        return fail(writer, false);
    }
    writer->bytes = bytes;
    writer->capacity = want;
    return true;
}

static inline bool has_room(struct mle_writer *writer, size_t more)
{
    if (!writer->failed && more <= writer->capacity - writer->n)
        return true;
    return grow(writer, more);
}

static inline void put(struct mle_writer *writer, size_t n, const char bytes[])
{
    /* An empty run must not reach memcpy: the buffer may still be NULL. */
    if (n == 0 || !has_room(writer, n))
        return;
    memcpy(writer->bytes + writer->n, bytes, n);
    writer->n += n;
}

static inline void put_byte(struct mle_writer *writer, char byte)
{
    if (has_room(writer, 1))
        writer->bytes[writer->n++] = byte;
}

/* --- structure ------------------------------------------------------------------------------- */

static void new_line(struct mle_writer *writer)
{
    size_t n = 1 + 2 * (size_t)writer->depth;
    if (!has_room(writer, n))
        return;
    memset(writer->bytes + writer->n, ' ', n);
    writer->bytes[writer->n] = '\n';
    writer->n += n;
}

/* What stands before a value or a key. */
static void separate(struct mle_writer *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (writer->need_comma)
        put_byte(writer, ',');
    if (writer->pretty && writer->depth > 0)
        new_line(writer);
}

/* What follows a value. */
static void value_ends(struct mle_writer *writer)
{
    writer->need_comma = true;
    if (writer->pretty && writer->depth == 0)
        put_byte(writer, '\n');
}

static void begin(struct mle_writer *writer, char bracket)
{
    separate(writer);
    put_byte(writer, bracket);
    writer->depth++;
    writer->need_comma = false;
}

static void end(struct mle_writer *writer, char bracket)
{
    assert(writer->depth > 0 && !writer->after_key);
    writer->depth--;
    if (writer->pretty && writer->need_comma)
        new_line(writer);
    put_byte(writer, bracket);
    value_ends(writer);
}

void mle_write_begin_object(struct mle_writer *writer)
{
    begin(writer, '{');
}

void mle_write_end_object(struct mle_writer *writer)
{
    end(writer, '}');
}

void mle_write_begin_array(struct mle_writer *writer)
{
    begin(writer, '[');
}

void mle_write_end_array(struct mle_writer *writer)
{
    end(writer, ']');
}

/* --- text ------------------------------------------------------------------------------------ */

/* The length of the character at text, 0 if it is not UTF-8 (RFC 3629: shortest form, no
   surrogates, nothing above U+10FFFF). n > 0. */
static size_t character_length(size_t n, const unsigned char text[])
{
    unsigned char lead = text[0], low = 0x80, high = 0xBF;
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length > n)
        return 0;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

static void put_escape(struct mle_writer *writer, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
    const char *found = memchr(from, c, sizeof from - 1);
    char out[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
    if (found)
        out[1] = to[found - from];
    put(writer, found ? 2 : 6, out);
}

static inline bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Copies whole runs that stand as they are; only what breaks a run is looked at closely. */
static void put_quoted(struct mle_writer *writer, size_t n, const char text[])
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t run = 0, i = 0;
    put_byte(writer, '"');
    while (i < n) {
        if (is_plain(bytes[i])) {
            i++;
            continue;
        }
        size_t length = character_length(n - i, bytes + i);
        if (length > 1) {
            i += length;
            continue;
        }
        put(writer, i - run, text + run);
        if (length == 1)
            put_escape(writer, bytes[i]);
        else
            put(writer, 3, "\xEF\xBF\xBD");
        run = ++i;
    }
    put(writer, n - run, text + run);
    put_byte(writer, '"');
}

void mle_write_key(struct mle_writer *writer, const char *name)
{
    assert(writer->depth > 0 && !writer->after_key);
    separate(writer);
    put_quoted(writer, strlen(name), name);
    put(writer, writer->pretty ? 2 : 1, ": ");
    writer->after_key = true;
}

void mle_write_string(struct mle_writer *writer, const char *text)
{
    mle_write_stringn(writer, strlen(text), text);
}

void mle_write_stringn(struct mle_writer *writer, size_t n, const char text[])
{
    separate(writer);
    put_quoted(writer, n, text);
    value_ends(writer);
}

/* --- the other values ------------------------------------------------------------------------ */

/* A value whose text needs no escapes. */
static void write_raw(struct mle_writer *writer, size_t n, const char text[])
{
    separate(writer);
    put(writer, n, text);
    value_ends(writer);
}

void mle_write_number(struct mle_writer *writer, double value)
{
    if (!isfinite(value)) {
        mle_write_string(writer, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        return;
    }
    char text[NUMBER_BYTES];
    write_raw(writer, mle_to_chars(value, sizeof text, text), text);
}

void mle_write_number_or_null(struct mle_writer *writer, double value)
{
    if (isnan(value))
        mle_write_null(writer);
    else
        mle_write_number(writer, value);
}

void mle_write_integer(struct mle_writer *writer, int64_t value)
{
    char text[20]; /* -9223372036854775808 */
    size_t at = sizeof text;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        text[--at] = '-';
    write_raw(writer, sizeof text - at, text + at);
}

void mle_write_boolean(struct mle_writer *writer, bool value)
{
    write_raw(writer, value ? 4 : 5, value ? "true" : "false");
}

void mle_write_null(struct mle_writer *writer)
{
    write_raw(writer, 4, "null");
}

/* --- members --------------------------------------------------------------------------------- */

void mle_write_member_string(struct mle_writer *writer, const char *name, const char *text)
{
    mle_write_key(writer, name);
    mle_write_string(writer, text);
}

void mle_write_member_number(struct mle_writer *writer, const char *name, double value)
{
    mle_write_key(writer, name);
    mle_write_number(writer, value);
}

void mle_write_member_number_or_null(struct mle_writer *writer, const char *name, double value)
{
    mle_write_key(writer, name);
    mle_write_number_or_null(writer, value);
}

void mle_write_member_integer(struct mle_writer *writer, const char *name, int64_t value)
{
    mle_write_key(writer, name);
    mle_write_integer(writer, value);
}

void mle_write_member_bool(struct mle_writer *writer, const char *name, bool value)
{
    mle_write_key(writer, name);
    mle_write_boolean(writer, value);
}
