/* Decimal text to double and back, exact in both directions and without a locale.

   Reading goes through three doors. Nearly every number has at most 19 significant digits and ends
   in mle_decimal (Eisel-Lemire: the digits times a 128-bit power of ten decide the rounding). The
   rest, subnormal results included, takes std::from_chars. Every result is bit-equal to strtod's.
   Ref: D. Lemire, "Number parsing at a gigabyte per second", Softw. Pract. Exper. 51 (2021). */
#ifndef MLE_API_NUMBER_H
#define MLE_API_NUMBER_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* No number may be longer. The exact decimal expansion of the smallest double has 1,076 bytes. */
#define MLE_MAX_NUMBER_BYTES 2048

/* The scanners look at 8 bytes at a time: so many must be readable behind the first byte that
   does not belong to the number. */
#define MLE_NUMBER_SLACK 8

enum mle_number_flaw {
    MLE_NUMBER_FINE,
    MLE_NUMBER_MALFORMED,
    MLE_NUMBER_OVERFLOW,  /* larger than any double: 1e400 */
    MLE_NUMBER_UNDERFLOW, /* not zero, but nearer to zero than to any other double: 1e-400 */
};

/* 10^(i - 342), rounded to 128 bits with the highest bit set: {high, low} half. Made at build time
   by power_table.py. */
extern const uint64_t mle_powers_of_ten[][2];

#define MLE_FIRST_POWER (-342)
#define MLE_LAST_POWER  308

/* The longest number that begins at p with digits (or a minus sign) by the grammar of JSON. Returns
   the first byte behind it, or the offending byte if it is MLE_NUMBER_MALFORMED. value is set
   unless it is malformed or overflows; 0 after an underflow. p must have a byte that cannot belong
   to a number, and MLE_NUMBER_SLACK bytes behind that. */
static inline __attribute__((always_inline)) const char *
mle_number_scan(const char *p, double *value, enum mle_number_flaw *flaw);

/* The same for a text that must be one number as a whole; no slack is needed. */
enum mle_number_flaw mle_number_read(size_t n, const char *text, double *value);

/* The same for a cell of a CSV file, which is more liberal: "+1", ".5", "5." and "007" are numbers.
   The whole of text[n] must be the number. */
enum mle_number_flaw mle_number_cell(size_t n, const char *text, double *value);

/* Slow and exact; text[n] must be a number by the grammar of JSON, or of a cell without "+". */
enum mle_number_flaw mle_number_slow(size_t n, const char *text, double *value);

/* Writes the shortest text that reads back as value, a number of JSON, without NUL. Returns its
   length, at most MLE_NUMBER_TEXT. value must be finite. */
size_t mle_number_text(double value, char out[]);

#define MLE_NUMBER_TEXT 32

/* --- the fast path, inline because it is most of the work of reading data --------------------- */

static inline bool mle_is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Whether c may stand in a number, so that a number cannot end before it. */
static inline bool mle_in_number(char c)
{
    return mle_is_digit(c) || c == '-' || c == '+' || c == '.' || (c | 0x20) == 'e';
}

/* Numbers that begin in bytes[n] before the last byte that stands in no number end at it or before;
   with MLE_NUMBER_SLACK bytes behind it they may be scanned without looking for the end of bytes.
 */
static inline const char *mle_number_limit(size_t n, const char bytes[])
{
    if (n <= MLE_NUMBER_SLACK)
        return bytes;
    const char *p = bytes + n - MLE_NUMBER_SLACK - 1;
    while (p > bytes && mle_in_number(*p))
        p--;
    return p;
}

/* The value of 8 digits, first digit in the lowest byte; bytes of 0 count as the digit 0. */
static inline uint64_t mle_eight_digits(uint64_t block)
{
    block = (block & 0x0F0F0F0F0F0F0F0Fu) * (10 * 256 + 1) >> 8;
    block = (block & 0x00FF00FF00FF00FFu) * (100 * 65536 + 1) >> 16;
    return (block & 0x0000FFFF0000FFFFu) * ((UINT64_C(10000) << 32) + 1) >> 32;
}

/* Appends the digits at p to *digits (modulo 2^64) and returns the first byte that is none. How
   many there are decides no branch within a block: 17-digit numbers come in all lengths. */
static inline const char *mle_digit_run(const char *p, uint64_t *digits)
{
    static const uint32_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000 };
    for (;;) {
        uint64_t block;
        memcpy(&block, p, sizeof block);
        block = le64toh(block);
        uint64_t zeroed = block ^ 0x3030303030303030u;
        /* The high bit of each byte that is not 0..9; carries disturb only bytes behind the first.
         */
        uint64_t others = ((zeroed + 0x7676767676767676u) | zeroed) & 0x8080808080808080u;
        if (others == 0) {
            *digits = *digits * 100000000u + mle_eight_digits(block);
            p += 8;
            continue;
        }
        unsigned n = (unsigned)__builtin_ctzll(others) / 8;
        /* Moves the n digits to the end and zeros before them; two shifts, as n may be 0. */
        block = block << 8 * (7 - n) << 8;
        *digits = *digits * powers[n] + mle_eight_digits(block);
        return p + n;
    }
}

/* digits * 10^exponent with the sign, correctly rounded; false if this way cannot tell (overflow,
   subnormal, or within 2^-128 of half way between two doubles). */
static inline bool mle_decimal(uint64_t digits, int64_t exponent, bool negative, double *value)
{
    if (digits == 0) {
        *value = negative ? -0.0 : 0.0;
        return true;
    }
    if (exponent < MLE_FIRST_POWER || exponent > MLE_LAST_POWER)
        return false;
    const uint64_t *power = mle_powers_of_ten[exponent - MLE_FIRST_POWER];
    int zeros = __builtin_clzll(digits);
    uint64_t scaled = digits << zeros;
    __uint128_t product = (__uint128_t)scaled * power[0];
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if ((high & 0x1FF) == 0x1FF) {
        /* The bits below the 54 that count are all ones: the low half of the power may carry. */
        uint64_t more = (uint64_t)((__uint128_t)scaled * power[1] >> 64);
        high += __builtin_add_overflow(low, more, &low);
        if (low == UINT64_MAX && (exponent < -27 || exponent > 55))
            return false;
    }
    unsigned top = (unsigned)(high >> 63);
    unsigned shift = top + 9;
    uint64_t mantissa = high >> shift; /* 54 bits, the last one decides the rounding */
    /* floor(exponent * log2(10)) by a multiplication; 63 for the place of the top bit. */
    int64_t binary = (217706 * exponent >> 16) + 63 + top - zeros + 1023;
    if (binary <= 0)
        return false;
    /* Exactly half way, which is possible only for small powers: to even. */
    if (low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 &&
        mantissa << shift == high)
        mantissa &= ~UINT64_C(1);
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    if (mantissa == UINT64_C(1) << 53) {
        mantissa >>= 1;
        binary++;
    }
    if (binary >= 0x7FF)
        return false;
    uint64_t bits =
        (mantissa & ~(UINT64_C(1) << 52)) | (uint64_t)binary << 52 | (uint64_t)negative << 63;
    memcpy(value, &bits, sizeof bits);
    return true;
}

/* The digits of a number of more than 19: without leading zeros, are there still too many? */
bool mle_number_is_long(const char *from, const char *to);

static inline const char *mle_number_scan(const char *p, double *value, enum mle_number_flaw *flaw)
{
    const char *start = p;
    bool negative = *p == '-';
    p += negative;
    const char *first = p;
    uint64_t digits = 0;
    while (mle_is_digit(*p))
        digits = 10 * digits + (uint64_t)(*p++ - '0');
    ptrdiff_t n_digit = p - first;
    int64_t exponent = 0;
    bool malformed = n_digit == 0 || (n_digit > 1 && *first == '0');
    if (malformed) {
        *flaw = MLE_NUMBER_MALFORMED;
        return n_digit == 0 ? p : first + 1;
    }
    if (*p == '.') {
        const char *fraction = ++p;
        p = mle_digit_run(p, &digits);
        if (p == fraction) {
            *flaw = MLE_NUMBER_MALFORMED;
            return p;
        }
        exponent = fraction - p;
        n_digit -= exponent;
    }
    const char *mantissa_end = p;
    if ((*p | 0x20) == 'e') {
        p++;
        bool down = *p == '-';
        p += down || *p == '+';
        int64_t shift = 0;
        if (!mle_is_digit(*p)) {
            *flaw = MLE_NUMBER_MALFORMED;
            return p;
        }
        for (; mle_is_digit(*p); p++)
            if (shift < 100000)
                shift = 10 * shift + (*p - '0');
        exponent += down ? -shift : shift;
    }
    bool plain = n_digit <= 19 || !mle_number_is_long(first, mantissa_end);
    if (__builtin_expect(plain && mle_decimal(digits, exponent, negative, value), 1)) {
        *flaw = MLE_NUMBER_FINE;
        return p;
    }
    *flaw = mle_number_slow((size_t)(p - start), start, value);
    return p;
}

#endif
