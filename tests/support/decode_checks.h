/* What must hold for the decoder of any kind of body. */
#ifndef MLE_TESTS_SUPPORT_DECODE_CHECKS_H
#define MLE_TESTS_SUPPORT_DECODE_CHECKS_H

#include "tests/support/decoded.h"

/* A body, and the line that describes what it becomes (tests/support/decoded.h). */
struct test_sample {
    const char *text, *expected;
};

/* In all of these kind says what the bodies are: csv and the texts that are missing. */

/* test_decode of a text; everything must be given back. */
void test_describe(const struct test_body *kind, const char *text, size_t chunk, size_t size,
                   char out[]);

/* Every sample becomes what it should, in pieces of several sizes. */
void test_samples(const struct test_body *kind, size_t n, const struct test_sample samples[]);

/* 20,000 copies of base, most with some bytes replaced by letters: the same in any pieces. */
void test_chunks(const struct test_body *kind, const char *base, const char *letters,
                 uint64_t seed);

/* With every limit of memory the body is refused for that or decoded, and nothing leaks. */
void test_memory_limits(const struct test_body *kind, const char *text, size_t chunk);

/* head, middle so many times, tail; to be freed. */
char *test_repeat(const char *head, const char *middle, size_t times, const char *tail);

/* That text becomes a line which begins with expected, in pieces of several sizes. */
void test_repeated(const struct test_body *kind, const char *head, const char *middle, size_t times,
                   const char *tail, const char *expected);

#endif
