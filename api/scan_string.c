#include "api/scan_string.h"

enum { FIRST_HEX = 2, LAST_HEX = 5 }; /* values of scan->escape; 1: behind the backslash */

/* Bytes that need no thought: printable ASCII but the quote and the backslash. */
static bool is_plain(char c)
{
    return (unsigned char)(c - 0x20) < 0x60 && c != '"' && c != '\\';
}

void mle_json_string_begin(struct mle_json_scan *scan, bool is_key)
{
    scan->is_key = is_key;
    scan->keep = is_key || scan->keep_strings;
    scan->n_token = 0;
    scan->escape = scan->utf8_more = 0;
    scan->high_surrogate = 0;
}

/* Appends to the token; false if it becomes too long. */
static bool keep(struct mle_json_scan *scan, size_t n, const char *bytes)
{
    size_t limit = scan->is_key ? MLE_JSON_MAX_KEY : MLE_JSON_MAX_STRING;
    if (!scan->keep)
        return true;
    if (n > limit - scan->n_token)
        return false;
    memcpy(scan->token + scan->n_token, bytes, n);
    scan->n_token += n;
    return true;
}

static enum mle_string_state too_long(struct mle_json_scan *scan)
{
    if (!scan->is_key)
        return MLE_STRING_LONG;
    mle_json_scan_fail(scan, scan->at, "key_too_long", "a member name of more than %d bytes",
                       MLE_JSON_MAX_KEY);
    return MLE_STRING_BAD;
}

static enum mle_string_state bad(struct mle_json_scan *scan, const char *code, const char *detail)
{
    mle_json_scan_fail(scan, scan->at, code, "%s", detail);
    return MLE_STRING_BAD;
}

/* --- escapes ---------------------------------------------------------------------------------- */

static enum mle_string_state keep_character(struct mle_json_scan *scan, uint32_t c)
{
    char bytes[4];
    size_t n;
    if (c < 0x80) {
        n = 1;
        bytes[0] = (char)c;
    } else if (c < 0x800) {
        n = 2;
        bytes[0] = (char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        n = 3;
        bytes[0] = (char)(0xE0 | c >> 12);
    } else {
        n = 4;
        bytes[0] = (char)(0xF0 | c >> 18);
    }
    for (size_t i = n; i-- > 1; c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3F));
    return keep(scan, n, bytes) ? MLE_STRING_OPEN : too_long(scan);
}

/* Four hexadecimal digits have come. */
static enum mle_string_state unit_done(struct mle_json_scan *scan)
{
    uint32_t unit = scan->unit, high = scan->high_surrogate;
    bool is_low = unit >= 0xDC00 && unit < 0xE000;
    scan->escape = 0;
    scan->high_surrogate = 0;
    if ((high != 0) != is_low)
        return bad(scan, "lone_surrogate", "half of a surrogate pair");
    if (is_low)
        return keep_character(scan, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
    if (unit >= 0xD800 && unit < 0xDC00) {
        scan->high_surrogate = unit; /* a second escape must follow */
        return MLE_STRING_OPEN;
    }
    if (unit == 0)
        return bad(scan, "null_character", "\\u0000 is not taken");
    return keep_character(scan, unit);
}

static int hex_value(char c)
{
    if (mle_is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum mle_string_state escape_byte(struct mle_json_scan *scan, char c)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (scan->escape >= FIRST_HEX) {
        int value = hex_value(c);
        if (value < 0)
            return bad(scan, "bad_escape", "\\u needs four hexadecimal digits");
        scan->unit = scan->unit << 4 | (uint32_t)value;
        return scan->escape++ < LAST_HEX ? MLE_STRING_OPEN : unit_done(scan);
    }
    if (c == 'u') {
        scan->escape = FIRST_HEX;
        scan->unit = 0;
        return MLE_STRING_OPEN;
    }
    const char *found = c != '\0' ? strchr(from, c) : NULL;
    if (!found)
        return bad(scan, "bad_escape", "there is no such escape");
    if (scan->high_surrogate)
        return bad(scan, "lone_surrogate", "half of a surrogate pair");
    scan->escape = 0;
    return keep(scan, 1, &to[found - from]) ? MLE_STRING_OPEN : too_long(scan);
}

/* --- UTF-8 ------------------------------------------------------------------------------------ */

/* First bytes of characters of more than one byte: how many follow, and the range of the second
   byte, which keeps out overlong forms, surrogates and everything above U+10FFFF. */
static const struct {
    unsigned char first, last, more, low, high;
} leads[] = {
    { 0xC2, 0xDF, 1, 0x80, 0xBF }, { 0xE0, 0xE0, 2, 0xA0, 0xBF }, { 0xE1, 0xEC, 2, 0x80, 0xBF },
    { 0xED, 0xED, 2, 0x80, 0x9F }, { 0xEE, 0xEF, 2, 0x80, 0xBF }, { 0xF0, 0xF0, 3, 0x90, 0xBF },
    { 0xF1, 0xF3, 3, 0x80, 0xBF }, { 0xF4, 0xF4, 3, 0x80, 0x8F },
};

static enum mle_string_state utf8_byte(struct mle_json_scan *scan, unsigned char c)
{
    if (scan->utf8_more > 0) {
        if (c < scan->utf8_low || c > scan->utf8_high)
            return bad(scan, "bad_utf8", "the text is not UTF-8");
        scan->utf8_more--;
        scan->utf8_low = 0x80;
        scan->utf8_high = 0xBF;
        scan->continuations++;
    } else {
        size_t i = 0;
        while (i < sizeof leads / sizeof *leads && (c < leads[i].first || c > leads[i].last))
            i++;
        if (i == sizeof leads / sizeof *leads)
            return bad(scan, "bad_utf8", "the text is not UTF-8");
        scan->utf8_more = leads[i].more;
        scan->utf8_low = leads[i].low;
        scan->utf8_high = leads[i].high;
    }
    return keep(scan, 1, (const char *)&c) ? MLE_STRING_OPEN : too_long(scan);
}

/* --- the string ------------------------------------------------------------------------------- */

/* A byte that is not plain, and not the closing quote. */
static enum mle_string_state special_byte(struct mle_json_scan *scan, char c)
{
    if (scan->escape)
        return escape_byte(scan, c);
    if (scan->high_surrogate && c != '\\')
        return bad(scan, "lone_surrogate", "half of a surrogate pair");
    if (scan->utf8_more > 0 || (unsigned char)c >= 0x80)
        return utf8_byte(scan, (unsigned char)c);
    if (c == '\\') {
        scan->escape = 1;
        return MLE_STRING_OPEN;
    }
    if ((unsigned char)c < 0x20)
        return bad(scan, "control_character", "a control character must be escaped in a string");
    return keep(scan, 1, &c) ? MLE_STRING_OPEN : too_long(scan);
}

static bool is_between_characters(const struct mle_json_scan *scan)
{
    return !scan->escape && scan->utf8_more == 0 && !scan->high_surrogate;
}

enum mle_string_state mle_json_string_more(struct mle_json_scan *scan, size_t *n, const char **text)
{
    while (scan->at < scan->end) {
        if (is_between_characters(scan)) {
            const char *begin = scan->at, *p = begin;
            while (p < scan->end && is_plain(*p))
                p++;
            size_t limit = scan->is_key ? MLE_JSON_MAX_KEY : MLE_JSON_MAX_STRING;
            *n = (size_t)(p - begin);
            if (p < scan->end && *p == '"' && scan->n_token == 0 && *n <= limit) {
                *text = scan->keep ? begin : NULL;
                scan->at = p + 1;
                return MLE_STRING_WHOLE;
            }
            /* Too long a text is found at the same byte wherever the chunks are cut. */
            if (scan->keep && *n > limit - scan->n_token) {
                scan->at = begin + (limit - scan->n_token);
                return too_long(scan);
            }
            keep(scan, *n, begin);
            scan->at = p;
            if (p == scan->end)
                break;
            if (*p == '"') {
                *n = scan->n_token;
                *text = scan->keep ? scan->token : NULL;
                scan->at++;
                return MLE_STRING_WHOLE;
            }
        }
        enum mle_string_state state = special_byte(scan, *scan->at);
        if (state != MLE_STRING_OPEN)
            return state;
        scan->at++;
    }
    return MLE_STRING_OPEN;
}
