#include "api/write.h"

#include "api/number.h"
#include "core/base/utf8.h"

#include <math.h>
#include <string.h>

void mle_writer_init(struct mle_writer *writer, struct mle_budget *budget, bool pretty)
{
    *writer = (struct mle_writer){ .pretty = pretty, .first = true };
    mle_buffer_init(&writer->buffer, budget);
}

void mle_writer_init_fixed(struct mle_writer *writer, size_t size, char out[], bool pretty)
{
    *writer = (struct mle_writer){ .pretty = pretty, .first = true, .fixed = true };
    writer->buffer = (struct mle_buffer){ .bytes = out, .capacity = size };
}

void mle_writer_finish(struct mle_writer *writer)
{
    if (!writer->fixed)
        mle_buffer_finish(&writer->buffer);
}

void mle_writer_restart(struct mle_writer *writer)
{
    writer->buffer.n = 0;
    writer->buffer.failed = writer->buffer.limited = false;
    writer->depth = 0;
    writer->first = true;
    writer->after_key = false;
}

bool mle_writer_failed(const struct mle_writer *writer)
{
    return writer->buffer.failed;
}

enum mle_status mle_writer_status(const struct mle_writer *writer, struct mle_error *err)
{
    if (!writer->buffer.failed)
        return MLE_OK;
    if (writer->buffer.limited)
        return mle_fail(err, MLE_MEMORY_LIMIT, "The answer needs more memory than it may use");
    return mle_fail(err, MLE_NO_MEMORY, "The process is out of memory");
}

const char *mle_writer_bytes(const struct mle_writer *writer)
{
    return writer->buffer.bytes;
}

size_t mle_writer_length(const struct mle_writer *writer)
{
    return writer->buffer.n;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static char *more_room(struct mle_writer *writer, size_t n)
{
    enum { FIRST_BYTES = 4096 }; /* most documents */
    struct mle_buffer *buffer = &writer->buffer;
    if (writer->fixed) {
        buffer->failed = true;
        return NULL;
    }
    if (buffer->capacity == 0 && n < FIRST_BYTES)
        n = FIRST_BYTES;
    return mle_buffer_reserve(buffer, n) ? buffer->bytes + buffer->n : NULL;
}

/* Room for n more bytes, and where they go; NULL when there is none. Inline, as put: most of a
   document are single bytes and short words. */
static inline char *room(struct mle_writer *writer, size_t n)
{
    struct mle_buffer *buffer = &writer->buffer;
    if (buffer->failed)
        return NULL;
    return n <= buffer->capacity - buffer->n ? buffer->bytes + buffer->n : more_room(writer, n);
}

static inline void put(struct mle_writer *writer, size_t n, const char bytes[])
{
    char *to = room(writer, n);
    if (!to)
        return;
    memcpy(to, bytes, n);
    writer->buffer.n += n;
}

static bool is_on_one_line(const struct mle_writer *writer)
{
    return !writer->pretty || (writer->is_flat >> writer->depth & 1);
}

static void new_line(struct mle_writer *writer)
{
    size_t n = 1 + 2 * (size_t)writer->depth;
    char *to = room(writer, n);
    if (!to)
        return;
    memset(to, ' ', n);
    *to = '\n';
    writer->buffer.n += n;
}

/* What stands before a value or a key: nothing, a comma, a new line. */
static void separate(struct mle_writer *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    bool first = writer->first;
    writer->first = false;
    if (!first)
        put(writer, 1, ",");
    if (writer->depth > 0 && !is_on_one_line(writer))
        new_line(writer);
    else if (!first && writer->pretty)
        put(writer, 1, " ");
}

static void begin(struct mle_writer *writer, char bracket, bool flat)
{
    separate(writer);
    put(writer, 1, &bracket);
    if (writer->depth + 1 >= MLE_WRITER_MAX_DEPTH) {
        writer->buffer.failed = true; /* no document of ours is that deep */
        return;
    }
    flat = flat || (writer->depth > 0 && (writer->is_flat >> writer->depth & 1));
    writer->depth++;
    writer->is_flat &= ~(UINT64_C(1) << writer->depth);
    writer->is_flat |= (uint64_t)flat << writer->depth;
    writer->first = true;
}

static void end(struct mle_writer *writer, char bracket)
{
    bool flat = is_on_one_line(writer);
    if (writer->depth > 0)
        writer->depth--;
    if (!writer->first && !flat)
        new_line(writer);
    put(writer, 1, &bracket);
    writer->first = false;
    if (writer->depth == 0 && writer->pretty)
        put(writer, 1, "\n"); /* people read it in a terminal */
}

void mle_write_begin_object(struct mle_writer *writer)
{
    begin(writer, '{', false);
}

void mle_write_end_object(struct mle_writer *writer)
{
    end(writer, '}');
}

void mle_write_begin_array(struct mle_writer *writer)
{
    begin(writer, '[', false);
}

void mle_write_begin_list(struct mle_writer *writer)
{
    begin(writer, '[', true);
}

void mle_write_end_array(struct mle_writer *writer)
{
    end(writer, ']');
}

/* --- text ------------------------------------------------------------------------------------- */

/* What stands in a string for the character at text; used says how many of its bytes that is. */
static size_t escaped(size_t n, const char text[], char out[static 8], size_t *used)
{
    static const char hex[] = "0123456789abcdef";
    static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
    unsigned char c = (unsigned char)text[0];
    const char *found = c != 0 ? strchr(from, (char)c) : NULL;
    *used = 1;
    if (found) {
        out[0] = '\\';
        out[1] = to[found - from];
        return 2;
    }
    if (c < 0x20) {
        memcpy(out, "\\u00", 4);
        out[4] = hex[c >> 4];
        out[5] = hex[c & 15];
        return 6;
    }
    size_t length = mle_utf8_length(n, text);
    if (length == 0) {
        memcpy(out, "\xEF\xBF\xBD", 3);
        return 3;
    }
    memcpy(out, text, length);
    *used = length;
    return length;
}

static bool is_plain(char c)
{
    return (unsigned char)(c - 0x20) < 0x60 && c != '"' && c != '\\';
}

/* Whether any of the 8 bytes is below 0x20, from 0x80 on, a quote or a backslash. A borrow only
   adds to what was found in a byte before. */
static bool has_special(const char text[8])
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t block;
    memcpy(&block, text, sizeof block);
    uint64_t quote = block ^ '"' * ones, backslash = block ^ '\\' * ones;
    return (((block - ' ' * ones) | block | (quote - ones) | (backslash - ones)) & high) != 0;
}

static bool is_all_plain(size_t n, const char text[])
{
    size_t i = 0;
    if (n < 8) {
        while (i < n && is_plain(text[i]))
            i++;
        return i == n;
    }
    for (; i < n - 8; i += 8)
        if (has_special(text + i))
            return false;
    return !has_special(text + n - 8);
}

static void quoted(struct mle_writer *writer, size_t n, const char text[])
{
    char *to = is_all_plain(n, text) ? room(writer, n + 2) : NULL;
    if (to) {
        to[0] = to[n + 1] = '"';
        memcpy(to + 1, text, n);
        writer->buffer.n += n + 2;
        return;
    }
    put(writer, 1, "\"");
    for (size_t i = 0; i < n;) {
        size_t begin_plain = i;
        while (i < n && is_plain(text[i]))
            i++;
        put(writer, i - begin_plain, text + begin_plain);
        if (i == n)
            break;
        char out[8];
        size_t used;
        size_t length = escaped(n - i, text + i, out, &used);
        put(writer, length, out);
        i += used;
    }
    put(writer, 1, "\"");
}

/* The separator, both quotes and the colon with one look at the room. */
void mle_write_plain_key(struct mle_writer *writer, size_t n, const char name[])
{
    if (writer->pretty) {
        separate(writer);
    } else if (!writer->first) {
        put(writer, 1, ",");
    }
    char *to = room(writer, n + 4);
    writer->first = false;
    writer->after_key = true;
    if (!to)
        return;
    *to++ = '"';
    memcpy(to, name, n);
    to += n;
    memcpy(to, "\": ", 3);
    writer->buffer.n += writer->pretty ? n + 4 : n + 3;
}

void mle_write_any_key(struct mle_writer *writer, const char *name)
{
    separate(writer);
    quoted(writer, strlen(name), name);
    if (writer->pretty)
        put(writer, 2, ": ");
    else
        put(writer, 1, ":");
    writer->after_key = true;
}

void mle_write_text(struct mle_writer *writer, size_t n, const char text[])
{
    separate(writer);
    quoted(writer, n, text);
}

void mle_write_string(struct mle_writer *writer, const char *text)
{
    mle_write_text(writer, strlen(text), text);
}

/* --- the other values ------------------------------------------------------------------------- */

void mle_write_number(struct mle_writer *writer, double value)
{
    if (!isfinite(value)) {
        mle_write_string(writer, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        return;
    }
    separate(writer);
    char *to = room(writer, MLE_NUMBER_TEXT);
    if (to)
        writer->buffer.n += mle_number_text(value, to);
}

void mle_write_number_or_null(struct mle_writer *writer, double value)
{
    if (isfinite(value))
        mle_write_number(writer, value);
    else
        mle_write_null(writer);
}

void mle_write_integer(struct mle_writer *writer, int64_t value)
{
    char text[20];
    size_t at = sizeof text;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        text[--at] = '-';
    separate(writer);
    put(writer, sizeof text - at, text + at);
}

void mle_write_bool(struct mle_writer *writer, bool value)
{
    separate(writer);
    put(writer, value ? 4 : 5, value ? "true" : "false");
}

void mle_write_null(struct mle_writer *writer)
{
    separate(writer);
    put(writer, 4, "null");
}

void mle_write_numbers(struct mle_writer *writer, size_t n, size_t stride, const double x[])
{
    mle_write_begin_list(writer);
    for (size_t i = 0; i < n; i++)
        mle_write_number(writer, x[i * stride]);
    mle_write_end_array(writer);
}

static bool is_scalar(const json_t *value)
{
    return !json_is_object(value) && !json_is_array(value);
}

static void write_tree(struct mle_writer *writer, const json_t *value)
{
    json_t *node = (json_t *)(uintptr_t)value; /* jansson iterates over what is not const */
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_object(node)) {
        mle_write_begin_object(writer);
        json_object_foreach(node, key, member)
        {
            mle_write_key(writer, key);
            mle_write_json(writer, member);
        }
        mle_write_end_object(writer);
        return;
    }
    bool flat = true;
    json_array_foreach(node, i, member) flat = flat && is_scalar(member);
    begin(writer, '[', flat);
    json_array_foreach(node, i, member) mle_write_json(writer, member);
    end(writer, ']');
}

/* Recursion is bounded by the depth that the decoder takes, and by begin(). */
void mle_write_json(struct mle_writer *writer, const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        if (!writer->buffer.failed)
            write_tree(writer, value);
        break;
    case JSON_STRING:
        mle_write_text(writer, json_string_length(value), json_string_value(value));
        break;
    case JSON_INTEGER:
        mle_write_integer(writer, json_integer_value(value));
        break;
    case JSON_REAL:
        mle_write_number(writer, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        mle_write_bool(writer, json_is_true(value));
        break;
    case JSON_NULL:
        mle_write_null(writer);
        break;
    }
}
