#include "api/number.h"

#include "api/shortest.h"

bool mle_number_is_long(const char *from, const char *to)
{
    while (from < to && (*from == '0' || *from == '.'))
        from++;
    ptrdiff_t n = 0;
    for (; from < to; from++)
        n += *from != '.';
    return n > 19;
}

/* The power of ten of the first digit that is not 0, plus the exponent; INT64_MIN for a zero. */
static int64_t magnitude_of(size_t n, const char *text)
{
    size_t i = n > 0 && text[0] == '-';
    int64_t power = INT64_MIN, before_point = -1;
    int64_t place = 0; /* digits so far, without the leading zeros of the integer part */
    for (; i < n && (text[i] | 0x20) != 'e'; i++) {
        if (text[i] == '.') {
            before_point = place;
            continue;
        }
        if (power == INT64_MIN && text[i] != '0')
            power = place;
        place++;
    }
    if (power == INT64_MIN)
        return INT64_MIN;
    power = (before_point < 0 ? place : before_point) - power;
    int64_t shift = 0;
    bool down = i + 1 < n && text[i + 1] == '-';
    for (i += i + 1 < n && (down || text[i + 1] == '+') ? 2 : 1; i < n; i++)
        if (shift < 100000)
            shift = 10 * shift + (text[i] - '0');
    return power + (down ? -shift : shift);
}

enum mle_number_flaw mle_number_slow(size_t n, const char *text, double *value)
{
    double read = 0.0;
    bool in_range = mle_from_chars(n, text, &read);
    int64_t magnitude = magnitude_of(n, text);
    if (!in_range && magnitude > 0)
        return MLE_NUMBER_OVERFLOW;
    if (!in_range)
        read = text[0] == '-' ? -0.0 : 0.0;
    *value = read;
    return read == 0.0 && magnitude != INT64_MIN ? MLE_NUMBER_UNDERFLOW : MLE_NUMBER_FINE;
}

enum mle_number_flaw mle_number_cell(size_t n, const char *text, double *value)
{
    size_t sign = n > 0 && (text[0] == '-' || text[0] == '+');
    bool negative = sign && text[0] == '-';
    size_t i = sign, n_digit = 0;
    uint64_t digits = 0;
    int64_t exponent = 0;
    for (; i < n && mle_is_digit(text[i]); i++, n_digit++)
        digits = 10 * digits + (uint64_t)(text[i] - '0');
    if (i < n && text[i] == '.')
        for (i++; i < n && mle_is_digit(text[i]); i++, n_digit++, exponent--)
            digits = 10 * digits + (uint64_t)(text[i] - '0');
    if (n_digit == 0 || n > MLE_MAX_NUMBER_BYTES)
        return MLE_NUMBER_MALFORMED;
    size_t mantissa_end = i;
    if (i < n && (text[i] | 0x20) == 'e') {
        i++;
        bool down = i < n && text[i] == '-';
        i += i < n && (down || text[i] == '+');
        if (i == n)
            return MLE_NUMBER_MALFORMED;
        int64_t shift = 0;
        for (; i < n && mle_is_digit(text[i]); i++)
            if (shift < 100000)
                shift = 10 * shift + (text[i] - '0');
        exponent += down ? -shift : shift;
    }
    if (i != n)
        return MLE_NUMBER_MALFORMED;
    bool plain = n_digit <= 19 || !mle_number_is_long(text + sign, text + mantissa_end);
    if (plain && mle_decimal(digits, exponent, negative, value))
        return MLE_NUMBER_FINE;
    double magnitude = 0.0;
    enum mle_number_flaw flaw = mle_number_slow(n - sign, text + sign, &magnitude);
    if (flaw != MLE_NUMBER_OVERFLOW)
        *value = negative ? -magnitude : magnitude;
    return flaw;
}

/* Whole numbers up to here are written digit by digit, which is all that most counts need. */
static const double largest_plain = 1e15;

size_t mle_number_text(double value, char out[])
{
    if (value != 0.0 && value > -largest_plain && value < largest_plain) {
        int64_t whole = (int64_t)value;
        if ((double)whole == value) {
            char digits[20];
            size_t n = 0, sign = whole < 0;
            for (uint64_t rest = (uint64_t)(whole < 0 ? -whole : whole); rest > 0; rest /= 10)
                digits[n++] = (char)('0' + rest % 10);
            out[0] = '-';
            for (size_t i = 0; i < n; i++)
                out[sign + i] = digits[n - 1 - i];
            return sign + n;
        }
    }
    return mle_to_chars(value, MLE_NUMBER_TEXT, out);
}
