#include "api/shortest.h"
#include "api/write.h"
#include "tests/support/test.h"

#include <float.h>
#include <jansson.h>
#include <stdlib.h>

static void assert_text(const struct mle_writer *writer, const char *expected)
{
    assert_false(writer->failed);
    assert_int_equal(writer->n, strlen(expected));
    assert_memory_equal(writer->bytes, expected, writer->n);
}

static void write_sample(struct mle_writer *writer)
{
    mle_write_begin_object(writer);
    mle_write_member_string(writer, "s", "x");
    mle_write_member_number(writer, "n", 0.1);
    mle_write_member_number_or_null(writer, "m", NAN);
    mle_write_member_integer(writer, "i", -7);
    mle_write_member_bool(writer, "b", true);
    mle_write_key(writer, "a");
    mle_write_begin_array(writer);
    mle_write_null(writer);
    mle_write_boolean(writer, false);
    mle_write_begin_object(writer);
    mle_write_end_object(writer);
    mle_write_begin_array(writer);
    mle_write_end_array(writer);
    mle_write_end_array(writer);
    mle_write_member_integer(writer, "z", 0);
    mle_write_end_object(writer);
}

static void compact_has_no_spaces(void **state)
{
    (void)state;
    struct mle_writer writer;
    mle_write_init(&writer, NULL, false);
    write_sample(&writer);
    assert_text(&writer, "{\"s\":\"x\",\"n\":0.1,\"m\":null,\"i\":-7,\"b\":true,"
                         "\"a\":[null,false,{},[]],\"z\":0}");
    mle_write_finish(&writer);
}

static void pretty_indents_by_two_and_ends_with_a_newline(void **state)
{
    (void)state;
    struct mle_writer writer;
    mle_write_init(&writer, NULL, true);
    write_sample(&writer);
    assert_text(&writer, "{\n  \"s\": \"x\",\n  \"n\": 0.1,\n  \"m\": null,\n  \"i\": -7,\n"
                         "  \"b\": true,\n  \"a\": [\n    null,\n    false,\n    {},\n    []\n"
                         "  ],\n  \"z\": 0\n}\n");
    mle_write_finish(&writer);
    mle_write_init(&writer, NULL, true);
    mle_write_begin_object(&writer);
    mle_write_end_object(&writer);
    assert_text(&writer, "{}\n");
    mle_write_finish(&writer);
}

static void assert_string_becomes(size_t n, const char *text, const char *expected)
{
    struct mle_writer writer;
    mle_write_init(&writer, NULL, false);
    mle_write_stringn(&writer, n, text);
    assert_text(&writer, expected);
    mle_write_finish(&writer);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    assert_string_becomes(0, "", "\"\"");
    assert_string_becomes(3, "a\0b", "\"a\\u0000b\"");
    assert_string_becomes(10, "\"\\/\n\r\t\b\f\x1f\x7f", "\"\\\"\\\\/\\n\\r\\t\\b\\f\\u001f\x7f\"");
    assert_string_becomes(9, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
                          "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
}

#define FFFD "\xEF\xBF\xBD"

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
    (void)state;
    assert_string_becomes(3, "a\x80z", "\"a" FFFD "z\"");
    assert_string_becomes(2, "\xC0\xAF", "\"" FFFD FFFD "\"");          /* overlong */
    assert_string_becomes(3, "\xE0\x9F\xBF", "\"" FFFD FFFD FFFD "\""); /* overlong */
    assert_string_becomes(3, "\xED\xA0\x80", "\"" FFFD FFFD FFFD "\""); /* surrogate */
    assert_string_becomes(2, "\xF5x", "\"" FFFD "x\"");                 /* beyond U+10FFFF */
    assert_string_becomes(4, "\xF4\x90\x80\x80", "\"" FFFD FFFD FFFD FFFD "\"");
    assert_string_becomes(2, "\xE2\x82", "\"" FFFD FFFD "\"");   /* cut off */
    assert_string_becomes(3, "\xC3\"\n", "\"" FFFD "\\\"\\n\""); /* swallows nothing */
}

/* Any bytes give a document that an independent reader takes. */
static void any_bytes_are_valid_json(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int round = 0; round < 2000; round++) {
        char text[40];
        for (size_t i = 0; i < sizeof text; i++) {
            random = random * 1664525 + 1013904223;
            text[i] = (char)(random >> 24);
        }
        struct mle_writer writer;
        mle_write_init(&writer, NULL, round % 2);
        mle_write_begin_array(&writer);
        mle_write_stringn(&writer, sizeof text, text);
        mle_write_end_array(&writer);
        json_t *read = json_loadb(writer.bytes, writer.n, JSON_ALLOW_NUL, NULL);
        assert_non_null(read);
        json_decref(read);
        mle_write_finish(&writer);
    }
}

static void assert_number_becomes(double value, const char *expected)
{
    struct mle_writer writer;
    mle_write_init(&writer, NULL, false);
    mle_write_number(&writer, value);
    assert_text(&writer, expected);
    mle_write_finish(&writer);
}

static void numbers_are_short(void **state)
{
    (void)state;
    assert_number_becomes(0.1, "0.1");
    assert_number_becomes(0, "0");
    assert_number_becomes(-0.0, "-0");
    assert_number_becomes(100000, "100000");
    assert_number_becomes(-9007199254740991, "-9007199254740991");
    assert_number_becomes(1e300, "1e+300");
    assert_number_becomes(5e-324, "5e-324");
    assert_number_becomes(INFINITY, "\"Infinity\"");
    assert_number_becomes(-INFINITY, "\"-Infinity\"");
    assert_number_becomes(NAN, "\"NaN\"");
}

static void only_nan_is_null(void **state)
{
    (void)state;
    struct mle_writer writer;
    mle_write_init(&writer, NULL, false);
    mle_write_begin_array(&writer);
    mle_write_number_or_null(&writer, 2.5);
    mle_write_number_or_null(&writer, NAN);
    mle_write_number_or_null(&writer, INFINITY);
    mle_write_number_or_null(&writer, -INFINITY);
    mle_write_integer(&writer, INT64_MIN);
    mle_write_integer(&writer, INT64_MAX);
    mle_write_end_array(&writer);
    assert_text(&writer, "[2.5,null,\"Infinity\",\"-Infinity\",-9223372036854775808,"
                         "9223372036854775807]");
    mle_write_finish(&writer);
}

static void numbers_read_back(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int i = 0; i < 20000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        double value;
        memcpy(&value, &random, sizeof value);
        if (i % 2)
            value = (double)(random >> 20) * 1e-6;
        if (!isfinite(value))
            continue;
        char text[33];
        size_t n = mle_to_chars(value, 32, text);
        assert_in_range(n, 1, 25);
        text[n] = '\0';
        assert_bits_equal(strtod(text, NULL), value);
    }
}

static void the_budget_is_charged_and_given_back(void **state)
{
    (void)state;
    struct mle_budget budget;
    struct mle_writer writer;
    mle_budget_init(&budget, 1 << 20, NULL);
    mle_write_init(&writer, &budget, false);
    assert_int_equal(budget.used_bytes, 0);
    mle_write_begin_array(&writer);
    for (int i = 0; i < 20000; i++)
        mle_write_integer(&writer, i);
    mle_write_end_array(&writer);
    assert_false(writer.failed);
    assert_int_equal(mle_write_status(&writer, NULL), MLE_OK);
    assert_int_equal(budget.used_bytes, writer.capacity);
    mle_write_finish(&writer);
    assert_int_equal(budget.used_bytes, 0);
    mle_write_finish(&writer);
}

static void passing_the_limit_is_kept(void **state)
{
    (void)state;
    struct mle_budget budget;
    struct mle_writer writer;
    struct mle_error err;
    mle_budget_init(&budget, 3000, NULL);
    mle_write_init(&writer, &budget, false);
    mle_write_begin_array(&writer);
    size_t before = 0;
    while (!writer.failed) {
        before = writer.n;
        mle_write_string(&writer, "0123456789");
    }
    assert_in_range(before, 3000 - 13, 3000); /* the last bytes of the budget are used too */
    size_t n = writer.n;
    mle_write_null(&writer);
    mle_write_end_array(&writer);
    assert_int_equal(writer.n, n);
    assert_int_equal(mle_write_status(&writer, &err), MLE_MEMORY_LIMIT);
    mle_write_finish(&writer);
    assert_int_equal(budget.used_bytes, 0);
}

static void fixed_bytes_do_not_grow(void **state)
{
    (void)state;
    char out[9];
    struct mle_writer writer;
    memset(out, '#', sizeof out);
    mle_write_init_fixed(&writer, 8, out, false);
    mle_write_string(&writer, "123456");
    assert_text(&writer, "\"123456\"");
    mle_write_finish(&writer);
    mle_write_init_fixed(&writer, 8, out, false);
    mle_write_string(&writer, "1234567");
    assert_true(writer.failed);
    assert_int_equal(out[8], '#');
    mle_write_finish(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compact_has_no_spaces),
        cmocka_unit_test(pretty_indents_by_two_and_ends_with_a_newline),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
        cmocka_unit_test(any_bytes_are_valid_json),
        cmocka_unit_test(numbers_are_short),
        cmocka_unit_test(only_nan_is_null),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(the_budget_is_charged_and_given_back),
        cmocka_unit_test(passing_the_limit_is_kept),
        cmocka_unit_test(fixed_bytes_do_not_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
