#include "tests/support/decode_checks.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { WHOLE = 1 << 20, COPIES = 20000 };

void test_describe(const struct test_body *kind, const char *text, size_t chunk, size_t size,
                   char out[])
{
    struct test_body body = *kind;
    size_t left;
    body.n = strlen(text);
    body.bytes = text;
    body.chunk = chunk;
    test_decode(&body, 0, &left, size, out);
    assert_int_equal(left, 0);
}

void test_samples(const struct test_body *kind, size_t n, const struct test_sample samples[])
{
    static const size_t chunks[] = { WHOLE, 1, 2, 3, 7, 16, 0 };
    char line[8192];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < COUNT_OF(chunks); k++) {
            test_describe(kind, samples[i].text, chunks[k], sizeof line, line);
            if (strcmp(line, samples[i].expected) != 0)
                print_error("%s in chunks of %zu\n", samples[i].text, chunks[k]);
            assert_string_equal(line, samples[i].expected);
        }
}

void test_chunks(const struct test_body *kind, const char *base, const char *letters, uint64_t seed)
{
    size_t n = strlen(base), n_letter = strlen(letters);
    char text[1024], whole[4096], cut[4096];
    assert_true(n < sizeof text);
    for (int i = 0; i < COPIES; i++) {
        memcpy(text, base, n + 1);
        for (int k = i % 4; k > 0; k--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[(seed >> 33) % n] = letters[(seed >> 20) % n_letter];
        }
        test_describe(kind, text, WHOLE, sizeof whole, whole);
        test_describe(kind, text, (size_t)i % 9, sizeof cut, cut);
        if (strcmp(whole, cut) != 0)
            print_error("%s in chunks of %d\n", text, i % 9);
        assert_string_equal(cut, whole);
    }
}

void test_memory_limits(const struct test_body *kind, const char *text, size_t chunk)
{
    char line[1024], whole[1024];
    struct test_body body = *kind;
    body.n = strlen(text);
    body.bytes = text;
    body.chunk = chunk;
    test_describe(kind, text, WHOLE, sizeof whole, whole);
    for (size_t limit = 1;; limit += 61) {
        size_t left;
        test_decode(&body, limit, &left, sizeof line, line);
        assert_int_equal(left, 0);
        if (strcmp(line, whole) == 0)
            break;
        assert_string_equal(line, "memory-limit");
    }
}

char *test_repeat(const char *head, const char *middle, size_t times, const char *tail)
{
    size_t n = strlen(middle);
    char *text = malloc(strlen(head) + n * times + strlen(tail) + 1), *to = text;
    assert_non_null(text);
    to += snprintf(to, strlen(head) + 1, "%s", head);
    for (size_t i = 0; i < times; i++, to += n)
        memcpy(to, middle, n);
    memcpy(to, tail, strlen(tail) + 1);
    return text;
}

void test_repeated(const struct test_body *kind, const char *head, const char *middle, size_t times,
                   const char *tail, const char *expected)
{
    static const size_t chunks[] = { WHOLE, 1, 0 };
    char line[512], *text = test_repeat(head, middle, times, tail);
    for (size_t k = 0; k < COUNT_OF(chunks); k++) {
        test_describe(kind, text, chunks[k], sizeof line, line);
        if (strncmp(line, expected, strlen(expected)) != 0)
            print_error("%.40s... : %s\n", text, line);
        assert_memory_equal(line, expected, strlen(expected));
    }
    free(text);
}
