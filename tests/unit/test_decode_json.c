/* JSON bodies: what comes out, what is refused and where, whatever the chunks. */
#include "tests/support/decode_checks.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct test_body json = { .csv = false };

static const struct test_sample accepted[] = {
    { "{}", "none {}" },
    { " \r\n\t{ \"a\" : [ true , null ] } \n", "none {\"a\":[true,null]}" },
    { "{\"data\":[1,2.5,-3e2,null, 17],\"model\":\"gamma\"}",
      "array y:f 1 2.5 -300 ? 17 | {\"data\":null,\"model\":\"gamma\"}" },
    { "{\"data\":{\"values\":[0.1,-0]}}", "values y:f 0.10000000000000001 -0 | {\"data\":null}" },
    { "{\"data\":{\"columns\":{\"y\":[1,2,3],\"s\":[\"b\",\"a\",null],\"t\":[null,true,false],"
      "\"z\":[null,null,null]}},\"options\":{\"seed\":7}}",
      "columns y:f 1 2 3 | s:c b a ? | t:b ? 1 0 | z:f ? ? ? | "
      "{\"data\":null,\"options\":{\"seed\":7}}" },
    { "{\"data\":{\"rows\":[{\"y\":1,\"x\":\"q\"},{\"x\":\"r\",\"w\":3},{},{\"y\":4}]}}",
      "rows y:f 1 ? ? 4 | x:c q r ? ? | w:f ? 3 ? ? | {\"data\":null}" },
    { "{\"data\":{\"dataset\" : \"sha256-12\" },\"a\":1}",
      "dataset {\"data\":{\"dataset\":\"sha256-12\"},\"a\":1}" },
    { "{\"d\\u0061ta\":[\"\\u00e9\\ud83d\\ude00\\n\\\"\\/\",\"\xC3\xA9\"]}",
      "array y:c \xC3\xA9\xF0\x9F\x98\x80\n\"/ \xC3\xA9 | {\"data\":null}" },
    { "{\"a\":12345678901234567890,\"b\":-9223372036854775808,\"c\":1e300}",
      "none "
      "{\"a\":1.2345678901234567e19,\"b\":-9223372036854775808,\"c\":1.0000000000000001e300}" },
    { "{\"a\":[9223372036854775807,9223372036854775808,-9223372036854775809,1234567890123456789]}",
      "none {\"a\":[9223372036854775807,9.2233720368547758e18,-9.2233720368547758e18,"
      "1234567890123456789]}" },
    { "{\"data\":[1e-400,-1e-999,0e9,9007199254740993]}",
      "array y:f 0 -0 0 9007199254740992 | underflows 2 {\"data\":null}" },
    { "{\"data\":[18446744073709551617,0.1000000000000000055511151231257827021181583404541015625]}",
      "array y:f 1.8446744073709552e+19 0.10000000000000001 | {\"data\":null}" },
    { "{\"p\":{\"data\":[1,2]},\"q\":[[[[[[1]]]]]]}", "none {\"p\":{\"data\":[1,2]},"
                                                      "\"q\":[[[[[[1]]]]]]}" },
    { "{\"data\":[\"\",\"a\"]}", "array y:c  a | {\"data\":null}" },
};

static const struct test_sample malformed[] = {
    { "", "malformed-json empty_body line 1:1 byte 0" },
    { " \n ", "malformed-json empty_body line 2:2 byte 3" },
    { "{", "malformed-json truncated line 1:2 byte 1" },
    { "{\"a\":\"x", "malformed-json truncated line 1:8 byte 7" },
    { "{\"a\":[1", "malformed-json truncated line 1:8 byte 7" },
    { "[1]", "malformed-json top_level line 1:1 byte 0" },
    { "17", "malformed-json top_level line 1:1 byte 0" },
    { "\xEF\xBB\xBF{}", "malformed-json byte_order_mark line 1:1 byte 0" },
    { "{} {}", "malformed-json trailing_text line 1:4 byte 3" },
    { "{}\nx", "malformed-json trailing_text line 2:1 byte 3" },
    { "{\"data\":[1,2,]}", "malformed-json trailing_comma line 1:14 byte 13" },
    { "{\"a\":1,}", "malformed-json trailing_comma line 1:8 byte 7" },
    { "{\"a\":,}", "malformed-json syntax line 1:6 byte 5" },
    { "{,}", "malformed-json syntax line 1:2 byte 1" },
    { "{\"a\" 1}", "malformed-json syntax line 1:6 byte 5" },
    { "{\"a\":1 \"b\":2}", "malformed-json syntax line 1:8 byte 7" },
    { "{\"data\":[1,2 3]}", "malformed-json syntax line 1:14 byte 13" },
    { "{\"data\":[1}", "malformed-json syntax line 1:11 byte 10" },
    { "{\"a\":1]", "malformed-json syntax line 1:7 byte 6" },
    { "{\"data\":[1,NaN]}", "malformed-json not_a_number line 1:12 byte 11" },
    { "{\"data\":[1,-Infinity]}", "malformed-json not_a_number line 1:13 byte 12" },
    { "{\"data\":[Infinity]}", "malformed-json not_a_number line 1:10 byte 9" },
    { "{\"data\":[1,nan]}", "malformed-json word line 1:13 byte 12" },
    { "{\"data\":[True]}", "malformed-json word line 1:10 byte 9" },
    { "{\"data\":[trux]}", "malformed-json word line 1:13 byte 12" },
    { "{'a':1}", "malformed-json single_quotes line 1:2 byte 1" },
    { "{\"a\":'b'}", "malformed-json single_quotes line 1:6 byte 5" },
    { "{a:1}", "malformed-json syntax line 1:2 byte 1" },
    { "{\"a\":1 // x\n}", "malformed-json comment line 1:8 byte 7" },
    { "{/* x */}", "malformed-json comment line 1:2 byte 1" },
    { "{\"data\":[01]}", "malformed-json bad_number line 1:11 byte 10" },
    { "{\"data\":[1.5.2]}", "malformed-json bad_number line 1:13 byte 12" },
    { "{\"data\":[1.]}", "malformed-json bad_number line 1:12 byte 11" },
    { "{\"data\":[+1]}", "malformed-json bad_number line 1:10 byte 9" },
    { "{\"data\":[.5]}", "malformed-json bad_number line 1:10 byte 9" },
    { "{\"data\":[1e]}", "malformed-json bad_number line 1:12 byte 11" },
    { "{\"data\":[-]}", "malformed-json bad_number line 1:11 byte 10" },
    { "{\"data\":[1,2,1e400]}", "malformed-json number_range line 1:14 byte 13" },
    { "{\"a\":\n  -1e400}", "malformed-json number_range line 2:3 byte 8" },
    { "{\"a\":\"\\ud800\"}", "malformed-json lone_surrogate line 1:13 byte 12" },
    { "{\"a\":\"\\udc00\"}", "malformed-json lone_surrogate line 1:12 byte 11" },
    { "{\"a\":\"\\ud800\\n\"}", "malformed-json lone_surrogate line 1:14 byte 13" },
    { "{\"a\":\"\\ud800\\ud800\"}", "malformed-json lone_surrogate line 1:18 byte 17" },
    { "{\"a\":\"\\u0000\"}", "malformed-json null_character line 1:12 byte 11" },
    { "{\"a\":\"\\u00g0\"}", "malformed-json bad_escape line 1:11 byte 10" },
    { "{\"a\":\"\\x\"}", "malformed-json bad_escape line 1:8 byte 7" },
    { "{\"a\":\"\xC3\xA9\t\"}", "malformed-json control_character line 1:8 byte 8" },
    { "{\"a\":\"\xFF\"}", "malformed-json bad_utf8 line 1:7 byte 6" },
    { "{\"a\":\"\xC0\x80\"}", "malformed-json bad_utf8 line 1:7 byte 6" },
    { "{\"a\":\"\xE0\x80\x80\"}", "malformed-json bad_utf8 line 1:8 byte 7" },
    { "{\"a\":\"\xED\xA0\x80\"}", "malformed-json bad_utf8 line 1:8 byte 7" },
    { "{\"a\":\"\xF4\x90\x80\x80\"}", "malformed-json bad_utf8 line 1:8 byte 7" },
    { "{\"a\":\"\xC3\"}", "malformed-json bad_utf8 line 1:8 byte 7" },
    { "{\"a\":1,\n \"\\u0061\":2}", "malformed-json duplicate_key line 2:10 byte 17" },
    { "{\"data\":[1,\n2],\"a\":1,\"a\":2}", "malformed-json duplicate_key line 2:13 byte 24" },
    { "{\"b\":{\"a\":1,\"a\":2}}", "malformed-json duplicate_key line 1:16 byte 15" },
    { "{\"d\\u0061ta\":[1,2],\"data\":[2]}", "malformed-json duplicate_key line 1:26 byte 25" },
    { "{\"data\":{\"columns\":{\"a\":[1],\"a\":[1]}}}",
      "malformed-json duplicate_key line 1:32 byte 31" },
    { "{\"data\":{\"rows\":[{\"a\":1,\"a\":2}]}}",
      "malformed-json duplicate_key line 1:28 byte 27" },
    { "{\"data\":{\"values\":[1],\"values\":[1]}}",
      "malformed-json duplicate_key line 1:31 byte 30" },
    { "{\"a\":[[[[[[[[1]]]]]]]]}", "malformed-json too_deep line 1:13 byte 12" },
};

static const struct test_sample unusable[] = {
    { "{\"data\":null}", "invalid-data type /data line 1:13 byte 12" },
    { "{\"data\":5}", "invalid-data type /data line 1:10 byte 9" },
    { "{\"data\":\"x\"}", "invalid-data type /data line 1:12 byte 11" },
    { "{\"data\":{}}", "invalid-data empty_object /data line 1:11 byte 10" },
    { "{\"data\":{\"colums\":{}}}",
      "unknown-member unknown_member /data/colums line 1:18 byte 17 did_you_mean columns" },
    { "{\"data\":{\"zzz\":{}}}", "unknown-member unknown_member /data/zzz line 1:15 byte 14" },
    { "{\"data\":{\"values\":[1],\"rows\":[]}}", "invalid-data two_forms /data line 1:29 byte 28" },
    { "{\"data\":{\"values\":{}}}", "invalid-data type /data/values line 1:19 byte 18" },
    { "{\"data\":{\"values\":1}}", "invalid-data type /data/values line 1:20 byte 19" },
    { "{\"data\":{\"columns\":[]}}", "invalid-data type /data/columns line 1:20 byte 19" },
    { "{\"data\":{\"columns\":{\"a\":1}}}", "invalid-data type /data/columns/a line 1:26 byte 25" },
    { "{\"data\":{\"columns\":{\"a\":{}}}}",
      "invalid-data type /data/columns/a line 1:25 byte 24" },
    { "{\"data\":{\"rows\":{}}}", "invalid-data type /data/rows line 1:17 byte 16" },
    { "{\"data\":{\"rows\":[{\"a\":1},[1]]}}", "invalid-data type /data/rows/1 line 1:26 byte 25" },
    { "{\"data\":{\"rows\":[{\"a\":1},5]}}", "invalid-data type /data/rows/1 line 1:27 byte 26" },
    { "{\"data\":{\"rows\":[{\"a\":1},{\"a\":[]}]}}",
      "invalid-data nested /data/rows/1/a line 1:31 byte 30" },
    { "{\"data\":{\"dataset\":5}}", "invalid-data type /data/dataset line 1:21 byte 20" },
    { "{\"data\":{\"dataset\":null}}", "invalid-data type /data/dataset line 1:24 byte 23" },
    { "{\"data\":{\"dataset\":{}}}", "invalid-data type /data/dataset line 1:20 byte 19" },
    { "{\"data\":[1,{\"y\":1}]}", "invalid-data nested /data/1 line 1:12 byte 11" },
    { "{\"data\":[[1]]}", "invalid-data nested /data/0 line 1:10 byte 9" },
    { "{\"data\":[1,\"a\"]}", "invalid-data type_mismatch /data/1 row 1" },
    { "{\"data\":[true,1]}", "invalid-data type_mismatch /data/1 row 1" },
    { "{\"data\":{\"columns\":{\"a/b~\":[1,2,\"x\"]}}}",
      "invalid-data type_mismatch /data/columns/a~1b~0/2 row 2" },
    { "{\"data\":{\"rows\":[{\"a\":\"x\"},{\"a\":1}]}}",
      "invalid-data type_mismatch /data/rows/1/a row 1" },
    { "{\"data\":{\"columns\":{\"a\":[1,2],\"b\":[1]}}}",
      "invalid-data ragged /data/columns/b row 1" },
    { "{\"data\":{\"columns\":{\"a\":[1],\"b\":[1,2]}}}",
      "invalid-data ragged /data/columns/a row 1" },
    { "{\"data\":[]}", "no-data no_rows /data" },
    { "{\"data\":{\"columns\":{}}}", "no-data no_rows /data/columns" },
    { "{\"data\":{\"columns\":{\"a\":[]}}}", "no-data no_rows /data/columns" },
    { "{\"data\":{\"rows\":[]}}", "no-data no_rows /data/rows" },
    { "{\"data\":{\"columns\":{\"\":[1]}}}", "invalid-data column_name /data/columns line 1:23 byte 22" },
};

static void bodies_become_columns(void **state)
{
    (void)state;
    test_samples(&json, COUNT_OF(accepted), accepted);
}

static void syntax_errors_have_a_place(void **state)
{
    (void)state;
    test_samples(&json, COUNT_OF(malformed), malformed);
}

static void unusable_data_have_a_pointer(void **state)
{
    (void)state;
    test_samples(&json, COUNT_OF(unusable), unusable);
}

static void limited(const char *head, const char *middle, size_t times, const char *tail,
                    const char *expected)
{
    test_repeated(&json, head, middle, times, tail, expected);
}

static void limits_hold(void **state)
{
    (void)state;
    limited("{\"data\":[1", ",2", 1000, "]}", "too-many-rows too_many_rows /data/1000 row 1000");
    limited("{\"data\":[1", ",null", 1000, "]}", "too-many-rows too_many_rows /data/1000 row 1000");
    limited("{\"data\":[null", ",null", 1000, "]}", "too-many-rows too_many_rows /data/1000");
    limited("{\"data\":{\"rows\":[{}", ",{}", 1000, "]}}",
            "too-many-rows too_many_rows /data/rows");
    limited("{\"data\":{\"rows\":[{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1}", ",{}", 999,
            "]}}", "too-many-rows too_many_cells /data/rows/833 row 833");
    limited("{\"data\":{\"columns\":{\"a0\":[],\"a1\":[],\"a2\":[],\"a3\":[],\"a4\":[],\"a5\":[],"
            "\"a6\":[],\"a7\":[],\"a8\":[],\"a9\":[]",
            ",\"b\":[]", 1, "}}}", "too-many-rows too_many_columns");
    limited("{\"a\":\"", "x", 5000, "\"}", "body-too-large");
    limited("{\"a\":[", "[],", 5000, "1]}", "body-too-large");
    limited("{\"data\":[\"", "x", 5000, "\"]}", "invalid-data string_too_long /data/0");
    limited("{\"", "k", 129, "\":1}", "malformed-json key_too_long line 1:131 byte 130");
    limited("{\"data\":[", "1", 2049, "]}", "malformed-json number_too_long line 1:10 byte 9");
    limited("{\"data\":[0.", "0", 2040, "1]}", "array y:f 0 | underflows 1");
    limited("", "[", 100000, "", "malformed-json top_level");
    limited("{\"a\":", "[", 100000, "", "malformed-json too_deep line 1:13 byte 12");
}

/* Random structure-less noise and damaged bodies: the same answer for all chunks. */
static void chunks_do_not_matter(void **state)
{
    (void)state;
    static const char base[] =
        "{\"data\":{\"columns\":{\"y\":[1.25,-3e-2,17,0.1234567890123456789,null],\"s\":[\"a\","
        "\"\\u00e9\",\"\xC3\xA9\",\"b\",null],\"t\":[true,false,null,true,false]}},\n\"model\":"
        "{\"family\":\"normal\",\"link\":{\"mu\":\"log\"}},\"options\":{\"seed\":12}}";
    static const char letters[] = "{}[]\",:0123456789.-+eEtrufalsn \n\\\xC3\xA9\x01/'";
    test_chunks(&json, base, letters, 42);
}

static void every_memory_limit_fails_cleanly(void **state)
{
    (void)state;
    static const char text[] =
        "{\"data\":{\"columns\":{\"y\":[1.25,-3e-2,null],\"s\":[\"a\",\"b\",null]}},"
        "\"model\":{\"family\":\"normal\"}}";
    test_memory_limits(&json, text, 11);
}

/* --- jansson's memory is paid for in advance -------------------------------------------------- */

static size_t tree_bytes, tree_most;

static void *count_malloc(size_t n)
{
    size_t *block = malloc(n + 2 * sizeof *block);
    if (!block)
        return NULL;
    block[0] = n + 2 * sizeof *block;
    tree_bytes += block[0];
    tree_most = tree_bytes > tree_most ? tree_bytes : tree_most;
    return block + 2;
}

static void count_free(void *p)
{
    size_t *block = p;
    if (!block)
        return;
    tree_bytes -= block[-2];
    free(block - 2);
}

static void the_tree_costs_no_more_than_charged(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "[],",
        "{},",
        "1,",
        "1.5,",
        "\"\",",
        "\"abcdefghijklmnopqrstuvwxyz\",",
        "null,",
        "[[]],",
        "{\"a\":1},",
        "{\"a\":{},\"b\":[1,2,3,4,5,6,7,8,9]},",
        "[1,2,3,4,5,6,7,8,9],",
    };
    const struct mle_limits limits = { .max_document_bytes = 1 << 20, .max_depth = 32 };
    json_set_alloc_funcs(count_malloc, count_free);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        char *text = test_repeat("{\"a\":[", parts[i], 20000, "1]}");
        struct mle_budget budget;
        struct mle_arena arena;
        struct mle_error err;
        mle_budget_init(&budget, SIZE_MAX, NULL);
        mle_arena_init(&arena, &budget, NULL);
        tree_most = tree_bytes = 0;
        struct mle_decoder *decoder = mle_decoder_json(&limits, &arena, &err);
        mle_decoder_feed(decoder, strlen(text), text);
        assert_int_equal(mle_decoder_end(decoder, &err), MLE_OK);
        assert_true(tree_most > 0 && tree_most <= decoder->charged_bytes);
        mle_decoder_finish(decoder);
        mle_arena_finish(&arena);
        assert_int_equal(tree_bytes, 0);
        free(text);
    }
    json_set_alloc_funcs(malloc, free);
}

/* --- work is linear ----------------------------------------------------------------------------
 */

/* Rows that leave out most of many columns, and name the others in an order that nobody expects.
   What they cost is measured by tests/bench/bench_json.c. */
static void sparse_rows_are_padded(void **state)
{
    (void)state;
    const struct mle_limits limits = { .max_columns = 2000, .max_depth = 32 };
    char *head = malloc(1 << 16), *to = head;
    to += snprintf(to, 64, "{\"data\":{\"rows\":[{\"z\":1");
    for (int i = 0; i < 1000; i++)
        to += snprintf(to, 32, ",\"column %d\":1", i);
    snprintf(to, 8, "}");
    char *text = test_repeat(head, ",{\"column 500\":1,\"column 3\":2}", 5000, "]}}");
    struct mle_budget budget;
    struct mle_arena arena;
    struct mle_error err;
    mle_budget_init(&budget, SIZE_MAX, NULL);
    mle_arena_init(&arena, &budget, NULL);
    struct mle_decoder *decoder = mle_decoder_json(&limits, &arena, &err);
    mle_decoder_feed(decoder, strlen(text), text);
    assert_false(mle_decoder_failed(decoder));
    assert_int_equal(mle_decoder_end(decoder, &err), MLE_OK);
    const struct mle_data *data = mle_decoder_result(decoder)->data;
    assert_int_equal(data->n, 5001);
    assert_int_equal(data->n_column, 1001);
    assert_int_equal(mle_data_find(data, "z")->missing, 5000);
    assert_int_equal(mle_data_find(data, "column 4")->missing, 5000);
    assert_int_equal(mle_data_find(data, "column 3")->missing, 0);
    assert_bits_equal(mle_data_find(data, "column 3")->values[5000], 2);
    assert_bits_equal(mle_data_find(data, "column 500")->values[5000], 1);
    assert_true(isnan(mle_data_find(data, "column 999")->values[1]));
    mle_decoder_finish(decoder);
    mle_arena_finish(&arena);
    free(text);
    free(head);
}

static void faults_of_core_are_located(void **state)
{
    (void)state;
    struct mle_error err;
    struct mle_decoded decoded = { .form = MLE_FORM_COLUMNS };
    mle_fail(&err, MLE_OUTSIDE_SUPPORT, "no");
    mle_fault_row(&err, 17, "a/b", "c", "d");
    mle_fault_row(&err, 17, NULL, "c", "d");
    mle_fault_at(&err, "/model", "c", "d");
    mle_decode_locate(&decoded, &err);
    assert_string_equal(err.fault[0].pointer, "/data/columns/a~1b/17");
    assert_string_equal(err.fault[1].pointer, "/data/columns");
    assert_string_equal(err.fault[2].pointer, "/model");
    decoded.form = MLE_FORM_ROWS;
    err.fault[0].pointer[0] = err.fault[1].pointer[0] = '\0';
    mle_decode_locate(&decoded, &err);
    assert_string_equal(err.fault[0].pointer, "/data/rows/17/a~1b");
    assert_string_equal(err.fault[1].pointer, "/data/rows/17");
    mle_decode_locate(NULL, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_become_columns),
        cmocka_unit_test(syntax_errors_have_a_place),
        cmocka_unit_test(unusable_data_have_a_pointer),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(chunks_do_not_matter),
        cmocka_unit_test(every_memory_limit_fails_cleanly),
        cmocka_unit_test(the_tree_costs_no_more_than_charged),
        cmocka_unit_test(sparse_rows_are_padded),
        cmocka_unit_test(faults_of_core_are_located),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
