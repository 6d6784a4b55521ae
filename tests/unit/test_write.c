/* The JSON writer: every document it makes is valid, and says what was written. */
#include "api/write.h"
#include "tests/support/test.h"

#include <stdlib.h>
#include <time.h>

static void is(struct mle_writer *writer, const char *expected)
{
    assert_false(mle_writer_failed(writer));
    assert_int_equal(mle_writer_length(writer), strlen(expected));
    assert_memory_equal(mle_writer_bytes(writer), expected, strlen(expected));
    json_t *tree = json_loadb(mle_writer_bytes(writer), mle_writer_length(writer),
                              JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(tree);
    json_decref(tree);
    mle_writer_finish(writer);
}

static void sample(struct mle_writer *writer)
{
    static const double x[] = { 1, 0.5, -1e300 };
    mle_write_begin_object(writer);
    mle_write_member_string(writer, "s", "a\"\\\n\x01\xC3\xA9");
    mle_write_member_number(writer, "n", 0.1);
    mle_write_member_number(writer, "i", (double)INFINITY);
    mle_write_member_number_or_null(writer, "z", (double)NAN);
    mle_write_member_integer(writer, "k", INT64_MIN);
    mle_write_member_bool(writer, "b", false);
    mle_write_member_null(writer, "e");
    mle_write_key(writer, "list");
    mle_write_numbers(writer, 3, 1, x);
    mle_write_key(writer, "items");
    mle_write_begin_array(writer);
    mle_write_begin_object(writer);
    mle_write_end_object(writer);
    mle_write_begin_array(writer);
    mle_write_end_array(writer);
    mle_write_end_array(writer);
    mle_write_end_object(writer);
}

static void compact_documents(void **state)
{
    (void)state;
    struct mle_writer writer;
    mle_writer_init(&writer, NULL, false);
    sample(&writer);
    is(&writer, "{\"s\":\"a\\\"\\\\\\n\\u0001\xC3\xA9\",\"n\":0.1,\"i\":\"Infinity\",\"z\":null,"
                "\"k\":-9223372036854775808,\"b\":false,\"e\":null,\"list\":[1,0.5,-1e+300],"
                "\"items\":[{},[]]}");
}

static void pretty_documents(void **state)
{
    (void)state;
    struct mle_writer writer;
    mle_writer_init(&writer, NULL, true);
    sample(&writer);
    is(&writer, "{\n  \"s\": \"a\\\"\\\\\\n\\u0001\xC3\xA9\",\n  \"n\": 0.1,\n  \"i\": "
                "\"Infinity\",\n  \"z\": null,\n  \"k\": -9223372036854775808,\n  \"b\": false,\n  "
                "\"e\": null,\n  \"list\": [1, 0.5, -1e+300],\n  \"items\": [\n    {},\n    "
                "[]\n  ]\n}\n");
}

static void odd_bytes_become_replacement_characters(void **state)
{
    (void)state;
    struct mle_writer writer;
    mle_writer_init(&writer, NULL, false);
    mle_write_string(&writer, "a\xFFz\xC3");
    is(&writer, "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\"");
    /* Every pair of bytes. */
    mle_writer_init(&writer, NULL, false);
    mle_write_begin_array(&writer);
    for (unsigned pair = 0; pair < 1 << 16; pair++) {
        const char text[2] = { (char)(pair >> 8), (char)pair };
        mle_write_text(&writer, 2, text);
    }
    mle_write_end_array(&writer);
    json_t *tree =
        json_loadb(mle_writer_bytes(&writer), mle_writer_length(&writer), JSON_ALLOW_NUL, NULL);
    assert_int_equal(json_array_size(tree), 1 << 16);
    json_decref(tree);
    mle_writer_finish(&writer);
}

static void trees_are_embedded(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1,2.5,\"x\",null,true,{\"b\":[]}],\"c\":{}}";
    struct mle_writer writer;
    json_t *tree = json_loads(text, 0, NULL);
    mle_writer_init(&writer, NULL, false);
    mle_write_json(&writer, tree);
    is(&writer, text);
    mle_writer_init(&writer, NULL, false);
    mle_write_json(&writer, NULL);
    is(&writer, "null");
    json_decref(tree);
}

static void failures_are_kept(void **state)
{
    (void)state;
    struct mle_error err;
    struct mle_budget budget;
    struct mle_writer writer;
    mle_budget_init(&budget, 2000, NULL);
    mle_writer_init(&writer, &budget, false);
    assert_int_equal(mle_writer_status(&writer, &err), MLE_OK);
    mle_write_begin_array(&writer);
    for (int i = 0; i < 1000; i++)
        mle_write_number(&writer, 0.1);
    mle_write_end_array(&writer);
    assert_true(mle_writer_failed(&writer));
    assert_int_equal(mle_writer_status(&writer, &err), MLE_MEMORY_LIMIT);
    mle_writer_finish(&writer);
    assert_int_equal(atomic_load(&budget.used_bytes), 0);

    char small[300];
    for (size_t size = 0; size < sizeof small; size++) {
        memset(small, '#', sizeof small);
        mle_writer_init_fixed(&writer, size, small, false);
        sample(&writer);
        assert_int_equal(small[size], '#');
        if (!mle_writer_failed(&writer))
            break;
    }
    assert_false(mle_writer_failed(&writer));
}

/* A fit document has about 60 numbers. Generous, for slow and busy machines. */
static void writing_is_fast(void **state)
{
    (void)state;
    enum { DOCUMENTS = 20000, NUMBERS = 60 };
    struct mle_writer writer;
    struct timespec begin, end;
    mle_writer_init(&writer, NULL, false);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    for (int i = 0; i < DOCUMENTS; i++) {
        mle_writer_restart(&writer);
        mle_write_begin_object(&writer);
        for (int k = 0; k < NUMBERS; k++)
            mle_write_member_number(&writer, "log_likelihood", 1.0 / (i + k + 3));
        mle_write_end_object(&writer);
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    double ns =
        ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) /
        DOCUMENTS;
    print_message("%.0f ns for %d members\n", ns, NUMBERS);
    mle_writer_finish(&writer);
    assert_true(ns < 100e3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compact_documents),
        cmocka_unit_test(pretty_documents),
        cmocka_unit_test(odd_bytes_become_replacement_characters),
        cmocka_unit_test(trees_are_embedded),
        cmocka_unit_test(failures_are_kept),
        cmocka_unit_test(writing_is_fast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
