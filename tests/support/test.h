/* What every test includes first: cmocka behind the headers it needs, and the assertions on
   doubles that it lacks (its own compare in single precision). */
#ifndef MLE_TESTS_SUPPORT_TEST_H
#define MLE_TESTS_SUPPORT_TEST_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* |a - b| <= rtol * max(|a|, |b|). Equal infinities are close, two NaN are close (a test that
   expects NaN says NAN), NaN is never close to a number. b is the expected value. */
#define assert_close(a, b, rtol) test_close((a), (b), (rtol), 0, #a, __FILE__, __LINE__)

/* |a - b| <= atol, with the same rules. For values whose truth is 0, or for differences. */
#define assert_close_abs(a, b, atol) test_close((a), (b), 0, (atol), #a, __FILE__, __LINE__)

/* |a - b| <= max(atol, rtol * max(|a|, |b|)). */
#define assert_close_tol(a, b, rtol, atol)                                                         \
    test_close((a), (b), (rtol), (atol), #a, __FILE__, __LINE__)

/* The same 64 bits: tells 0 from -0, and a NaN equals the same NaN. */
#define assert_bits_equal(a, b) test_bits((a), (b), #a, __FILE__, __LINE__)

/* n doubles, all of the same bits. */
#define assert_all_bits_equal(n, a, b) test_all_bits((n), (a), (b), #a, __FILE__, __LINE__)

static inline bool test_is_close(double a, double b, double rtol, double atol)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    if (isinf(a) || isinf(b))
        return a == b;
    double difference = fabs(a - b);
    return difference <= atol || difference <= rtol * fmax(fabs(a), fabs(b));
}

static inline void test_close(double a, double b, double rtol, double atol, const char *what,
                              const char *file, int line)
{
    if (test_is_close(a, b, rtol, atol))
        return;
    double size = fmax(fabs(a), fabs(b));
    print_error("%s is %.17g, expected %.17g: off by %.3g (relative %.3g), allowed %.3g "
                "(relative %.3g)\n",
                what, a, b, fabs(a - b), fabs(a - b) / size, atol, rtol);
    _fail(file, line);
}

static inline uint64_t test_bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline void test_bits(double a, double b, const char *what, const char *file, int line)
{
    if (test_bits_of(a) == test_bits_of(b))
        return;
    print_error("%s is %.17g (%016llx), expected the bits of %.17g (%016llx)\n", what, a,
                (unsigned long long)test_bits_of(a), b, (unsigned long long)test_bits_of(b));
    _fail(file, line);
}

static inline void test_all_bits(size_t n, const double a[], const double b[], const char *what,
                                 const char *file, int line)
{
    for (size_t i = 0; i < n; i++) {
        if (test_bits_of(a[i]) == test_bits_of(b[i]))
            continue;
        print_error("%s[%zu] is %.17g, expected the bits of %.17g\n", what, i, a[i], b[i]);
        _fail(file, line);
    }
}

#endif
