#include "server/uri.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Length of the valid sequence that begins at bytes, 0 if there is none (RFC 3629 table). */
static size_t sequence(size_t n, const unsigned char bytes[])
{
    unsigned char c = bytes[0], low = 0x80, high = 0xBF;
    size_t more;
    if (c < 0x80)
        return 1;
    if (c >= 0xC2 && c <= 0xDF) {
        more = 1;
    } else if (c >= 0xE0 && c <= 0xEF) {
        more = 2;
        low = c == 0xE0 ? 0xA0 : low;
        high = c == 0xED ? 0x9F : high; /* surrogates */
    } else if (c >= 0xF0 && c <= 0xF4) {
        more = 3;
        low = c == 0xF0 ? 0x90 : low;
        high = c == 0xF4 ? 0x8F : high;
    } else {
        return 0;
    }
    if (more >= n || bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i <= more; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    return more + 1;
}

bool mled_utf8_valid(size_t n, const char bytes[])
{
    for (size_t i = 0; i < n;) {
        size_t step = sequence(n - i, (const unsigned char *)bytes + i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

const char *mled_uri_decode(size_t n, const char raw[], struct mled_text *out)
{
    size_t start = out->n;
    for (size_t i = 0; i < n; i++) {
        char c = raw[i];
        if (c == '%') {
            int high = n - i > 2 ? hex_value(raw[i + 1]) : -1;
            int low = n - i > 2 ? hex_value(raw[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0')
            return NULL;
        mled_text_char(out, c);
    }
    if (!mled_utf8_valid(out->n - start, out->bytes + start))
        return NULL;
    mled_text_put(out, 1, "");
    return out->cut ? NULL : out->bytes + start;
}
