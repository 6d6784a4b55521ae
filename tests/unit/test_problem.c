#include "api/api.h"
#include "tests/support/test.h"

#include <jansson.h>

static void every_problem_is_in_the_table(void **state)
{
    (void)state;
    for (enum mle_problem p = MLE_PROBLEM_NONE + 1; p < MLE_PROBLEM_COUNT; p++) {
        assert_in_range(mle_problem_http(p), 400, 599);
        assert_true(strlen(mle_problem_slug(p)) > 0 && strlen(mle_problem_slug(p)) < 50);
        assert_true(strlen(mle_problem_title(p)) > 0);
        assert_true(strlen(mle_problem_about(p)) > 0);
        assert_true(strlen(mle_problem_advice(p)) > 0);
    }
    assert_int_equal(mle_problem_http(MLE_PROBLEM_NOT_FOUND), 404);
    assert_string_equal(mle_problem_slug(MLE_PROBLEM_INVALID_DATA), "invalid-data");
    assert_int_equal(mle_problem_http(MLE_PROBLEM_COUNT), 500);
}

static void every_status_has_a_problem(void **state)
{
    (void)state;
    static const enum mle_problem expected[] = {
        MLE_PROBLEM_NONE,         MLE_PROBLEM_INVALID_MODEL,   MLE_PROBLEM_INVALID_OPTION,
        MLE_PROBLEM_INVALID_DATA, MLE_PROBLEM_OUTSIDE_SUPPORT, MLE_PROBLEM_NO_DATA,
        MLE_PROBLEM_INCOMPARABLE, MLE_PROBLEM_EXPRESSION,      MLE_PROBLEM_MEMORY_LIMIT,
        MLE_PROBLEM_OVERLOADED,   MLE_PROBLEM_CANCELLED,       MLE_PROBLEM_DEADLINE_EXCEEDED,
        MLE_PROBLEM_INTERNAL,
    };
    struct mle_error err;
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        mle_fail(&err, (enum mle_status)i, "x");
        assert_int_equal(mle_problem_of(&err), expected[i]);
    }
    err.status = (enum mle_status)999;
    assert_int_equal(mle_problem_of(&err), MLE_PROBLEM_INTERNAL);
}

static void fail_keeps_the_problem(void **state)
{
    (void)state;
    struct mle_error err;
    assert_int_equal(mle_problem_fail(&err, MLE_PROBLEM_NOT_FOUND, "no %s", "such thing"),
                     MLE_INVALID_MODEL);
    assert_int_equal(mle_problem_of(&err), MLE_PROBLEM_NOT_FOUND);
    assert_string_equal(err.text, "no such thing");
    assert_int_equal(mle_problem_fail(&err, MLE_PROBLEM_NO_DATA, "x"), MLE_NO_DATA);
    assert_int_equal(mle_problem_fail(&err, MLE_PROBLEM_OVERLOADED, "x"), MLE_NO_MEMORY);
    assert_int_equal(mle_problem_fail(NULL, MLE_PROBLEM_INTERNAL, "x"), MLE_INTERNAL);
    mle_problem_fail(&err, MLE_PROBLEM_NOT_FOUND, "%0*d\xC3\xA9", (int)sizeof err.text - 2, 0);
    assert_int_equal(strlen(err.text), sizeof err.text - 2); /* no half character */
}

static void a_document_lists_the_faults(void **state)
{
    (void)state;
    struct mle_error err;
    char out[4096];
    mle_fail(&err, MLE_INVALID_DATA, "Bad \"data\"");
    mle_fault_at(&err, "/model/y", "missing", "y is needed");
    mle_fault_row(&err, 0, "wait", "not_a_number", "x");
    err.fault[1].line = 2;
    err.fault[1].column_number = 3;
    err.fault[1].byte = 0;
    mle_hint(&err, "try");
    size_t n = mle_problem_write(&err, "r1", false, sizeof out, out);
    const char *expected =
        "{\"type\":\"/problems/invalid-data\",\"title\":\"The data cannot be used\",\"status\":422,"
        "\"detail\":\"Bad \\\"data\\\"\",\"request_id\":\"r1\",\"errors\":["
        "{\"pointer\":\"/model/y\",\"code\":\"missing\",\"detail\":\"y is needed\"},"
        "{\"line\":2,\"column_number\":3,\"byte\":0,\"row\":0,\"column\":\"wait\","
        "\"code\":\"not_a_number\",\"detail\":\"x\"}],\"errors_total\":2,\"hint\":\"try\"}";
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(out, expected, n);
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    struct mle_error err;
    char out[4096];
    mle_problem_fail(&err, MLE_PROBLEM_NOT_FOUND, "Nothing here");
    size_t n = mle_problem_write(&err, NULL, true, sizeof out, out);
    const char *expected = "{\n  \"type\": \"/problems/not-found\",\n"
                           "  \"title\": \"There is nothing at this path\",\n"
                           "  \"status\": 404,\n  \"detail\": \"Nothing here\"\n}\n";
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(out, expected, n);
}

static void internal_text_does_not_leak(void **state)
{
    (void)state;
    struct mle_error err;
    char out[4097];
    mle_fail(&err, MLE_INTERNAL, "SECRET");
    mle_fault_at(&err, "/SECRET", "SECRET", "SECRET");
    mle_hint(&err, "SECRET");
    size_t n = mle_problem_write(&err, "r1", false, sizeof out - 1, out);
    out[n] = '\0';
    assert_null(strstr(out, "SECRET"));
    assert_non_null(strstr(out, "\"request_id\":\"r1\""));
    assert_non_null(strstr(out, "\"status\":500"));
}

static json_t *written(const struct mle_error *err, const char *request_id, size_t size)
{
    static char out[8192];
    memset(out, '#', sizeof out);
    size_t n = mle_problem_write(err, request_id, true, size, out);
    assert_in_range(n, 1, size);
    for (size_t i = size; i < sizeof out; i++)
        assert_int_equal(out[i], '#');
    json_t *document = json_loadb(out, n, 0, NULL);
    assert_non_null(document);
    return document;
}

static void long_lists_are_cut_to_whole_faults(void **state)
{
    (void)state;
    struct mle_error err;
    mle_fail(&err, MLE_OUTSIDE_SUPPORT, "Bad");
    for (size_t i = 0; i < 50; i++)
        mle_fault_row(&err, i, "y", "outside_support", "%0150d", 0);
    size_t before = 0;
    for (size_t size = 4096; size <= 8000; size += 61) {
        json_t *document = written(&err, "r1", size);
        size_t n = json_array_size(json_object_get(document, "errors"));
        assert_in_range(n, before, MLE_MAX_FAULTS);
        before = n;
        assert_int_equal(json_integer_value(json_object_get(document, "errors_total")), 50);
        json_decref(document);
    }
    assert_int_equal(before, MLE_MAX_FAULTS);
}

static void the_worst_texts_still_give_a_document(void **state)
{
    (void)state;
    struct mle_error err;
    static char id[5000];
    mle_fail(&err, MLE_INVALID_DATA, "x");
    memset(err.text, 1, sizeof err.text - 1);
    memset(err.hint, 1, sizeof err.hint - 1);
    err.text[sizeof err.text - 1] = err.hint[sizeof err.hint - 1] = '\0';
    memset(id, 'i', sizeof id - 1);
    json_t *document = written(&err, id, 4096);
    assert_int_equal(json_integer_value(json_object_get(document, "status")), 422);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_problem_is_in_the_table),
        cmocka_unit_test(every_status_has_a_problem),
        cmocka_unit_test(fail_keeps_the_problem),
        cmocka_unit_test(a_document_lists_the_faults),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(internal_text_does_not_leak),
        cmocka_unit_test(long_lists_are_cut_to_whole_faults),
        cmocka_unit_test(the_worst_texts_still_give_a_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
