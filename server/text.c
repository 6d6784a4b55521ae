#include "server/text.h"

void mled_text_number(struct mled_text *text, uint64_t number, unsigned width)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && at > 0);
    while (sizeof digits - at < width && at > 0)
        digits[--at] = '0';
    mled_text_put(text, sizeof digits - at, digits + at);
}

void mled_text_ms(struct mled_text *text, int64_t ns)
{
    uint64_t us = ns > 0 ? (uint64_t)ns / 1000 : 0;
    mled_text_number(text, us / 1000, 1);
    mled_text_char(text, '.');
    mled_text_number(text, us % 1000, 3);
}

void mled_text_seconds(struct mled_text *text, int64_t ns)
{
    uint64_t us = ns > 0 ? (uint64_t)ns / 1000 : 0;
    mled_text_number(text, us / 1000000, 1);
    mled_text_char(text, '.');
    mled_text_number(text, us % 1000000, 6);
}

static void put_hex(struct mled_text *text, const char *before, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    char pair[2] = { hex[byte >> 4], hex[byte & 15] };
    mled_text_add(text, before);
    mled_text_put(text, sizeof pair, pair);
}

void mled_text_json(struct mled_text *text, size_t n, const char *bytes)
{
    mled_text_char(text, '"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c == 0x7f) {
            put_hex(text, "\\u00", c);
            continue;
        }
        if (c == '"' || c == '\\')
            mled_text_char(text, '\\');
        mled_text_char(text, (char)c);
    }
    mled_text_char(text, '"');
}

void mled_text_plain(struct mled_text *text, size_t n, const char *bytes)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            put_hex(text, "\\x", c);
        else
            mled_text_char(text, (char)c);
    }
}

static void new_line(struct mled_text *text, unsigned depth)
{
    mled_text_char(text, '\n');
    while (depth-- > 0)
        mled_text_add(text, "  ");
}

void mled_text_indent(struct mled_text *text, size_t n, const char *json)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        char c = json[i];
        if (quoted || c == '"') {
            mled_text_char(text, c);
            if (c == '\\')
                mled_text_char(text, json[++i]);
            else if (c == '"')
                quoted = !quoted;
            continue;
        }
        if (c == '}' || c == ']')
            new_line(text, --depth);
        mled_text_char(text, c);
        if (c == '{' || c == '[')
            new_line(text, ++depth);
        else if (c == ',')
            new_line(text, depth);
        else if (c == ':')
            mled_text_char(text, ' ');
    }
}
