/* Text built up in a caller's buffer: what does not fit is cut, never overrun. Headers and log
   lines are made on every request, so there is no printf in here. */
#ifndef MLED_SERVER_TEXT_H
#define MLED_SERVER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mled_text {
    char *bytes;
    size_t n, size; /* n < size; there is always a NUL at bytes[n] after mled_text_end */
    bool cut;       /* something did not fit */
};

static inline struct mled_text mled_text_in(size_t size, char buffer[])
{
    return (struct mled_text){ .bytes = buffer, .n = 0, .size = size };
}

static inline void mled_text_put(struct mled_text *text, size_t n, const char *bytes)
{
    size_t room = text->size - 1 - text->n;
    if (n > room) {
        text->cut = true;
        n = room;
    }
    memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
}

static inline void mled_text_add(struct mled_text *text, const char *string)
{
    mled_text_put(text, strlen(string), string);
}

static inline void mled_text_char(struct mled_text *text, char c)
{
    mled_text_put(text, 1, &c);
}

/* Decimal, with zeros in front up to width. */
void mled_text_number(struct mled_text *text, uint64_t number, unsigned width);

/* Nanoseconds as milliseconds with three decimals: 1234567 is "1.234". Negative is 0. */
void mled_text_ms(struct mled_text *text, int64_t ns);

/* Nanoseconds as seconds with six decimals. */
void mled_text_seconds(struct mled_text *text, int64_t ns);

/* A JSON string with its quotes; control bytes are escaped, bytes that are not ASCII are kept. */
void mled_text_json(struct mled_text *text, size_t n, const char *bytes);

/* For text logs: control bytes, quotes and everything that is not ASCII as \xNN. */
void mled_text_plain(struct mled_text *text, size_t n, const char *bytes);

/* JSON without blanks as JSON with two blanks for each level. */
void mled_text_indent(struct mled_text *text, size_t n, const char *json);

static inline char *mled_text_end(struct mled_text *text)
{
    text->bytes[text->n] = '\0';
    return text->bytes;
}

#endif
