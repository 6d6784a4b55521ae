#ifndef MLE_CORE_BASE_UTF8_H
#define MLE_CORE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of the UTF-8 character that text[n] begins with, n > 0; 0 if it is none (overlong
   forms, surrogates and everything above U+10FFFF are none). */
static inline size_t mle_utf8_length(size_t n, const char text[])
{
    const unsigned char *u = (const unsigned char *)text;
    unsigned char c = u[0];
    size_t length = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    if (length == 0 || length > n)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((u[i] & 0xC0) != 0x80)
            return 0;
    bool bad = (c == 0xE0 && u[1] < 0xA0) || (c == 0xED && u[1] > 0x9F) ||
               (c == 0xF0 && u[1] < 0x90) || (c == 0xF4 && u[1] > 0x8F);
    return bad ? 0 : length;
}

static inline bool mle_utf8_valid(size_t n, const char text[])
{
    for (size_t i = 0; i < n;) {
        size_t length = mle_utf8_length(n - i, text + i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

#endif
