/* The two conversions that the C++ library has and the C library lacks: exact, without a locale,
   without allocation. No errors but the return value; any thread. */
#ifndef MLE_API_SHORTEST_H
#define MLE_API_SHORTEST_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#define MLE_NOEXCEPT noexcept
#else
#define MLE_NOEXCEPT
#endif

/* The double nearest to the decimal number text[n]; false, and value as it was, if it is beyond the
   range of a double. */
bool mle_from_chars(size_t n, const char *text, double *value) MLE_NOEXCEPT;

/* The shortest text that reads back as value, which must be finite: "0.1", "1500000", "1e-07".
   Returns its length. size >= 32. */
size_t mle_to_chars(double value, size_t size, char *out) MLE_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
