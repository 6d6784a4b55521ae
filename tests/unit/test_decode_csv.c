/* CSV bodies: what comes out, what is refused and where, whatever the chunks. */
#include "tests/support/decode_checks.h"
#include "tests/support/test.h"

static const char *const missing[] = { "NA", "-", "-999" };
static const struct test_body csv = { .csv = true,
                                      .n_missing = COUNT_OF(missing),
                                      .missing = missing };

static const struct test_sample accepted[] = {
    { "y,x\n1,2\n3,4\n", "csv y:f 1 3 | x:f 2 4 |" },
    { "y,x\r\n1,2\r\n3,4", "csv y:f 1 3 | x:f 2 4 |" },
    { "\xEF\xBB\xBFy\n1\n", "csv y:f 1 |" },
    { "y\n1", "csv y:f 1 |" },
    { "y,x\n1,", "csv y:f 1 | x:f ? |" },
    { "y,x\n,\n1,2\n", "csv y:f ? 1 | x:f ? 2 |" },
    { " y , x \n 1 ,\t2 \n", "csv y:f 1 | x:f 2 |" },
    { "y,s\n1,abc\nNA, d e \n-,-\n3,\"\"\n-999,f\n", "csv y:f 1 ? ? 3 ? | s:c abc d e ? ? f |" },
    { "y\n1\nNaN\nnan\n2\n", "csv y:f 1 ? ? 2 |" },
    { "s\nx\n1\nNaN\n", "csv s:c x 1 ? |" },
    { "\"a \"\"q\"\"\",\"b,c\"\n\"1\",\"x\"\"y\"\n2,\"u,v\"\n",
      "csv a \"q\":f 1 2 | b,c:c x\"y u,v |" },
    { "y,s\n1,\"a\nb\"\n2,c\n3,\"d\n\n\"\n4,e\n",
      "csv y:f 1 2 3 4 | s:c a\nb c d\n\n e | shift 1+1 shift 3+3" },
    { "\"y\n\",s\n1,a\n", "csv y\n:f 1 | s:c a | shift 0+1" },
    { "y\n1\n\n2\n\n", "csv y:f 1 ? 2 ? |" },
    { "y,x\n1,2\n\n\n", "csv y:f 1 | x:f 2 |" },
    { "y,x\n1,2\r\n\r\n", "csv y:f 1 | x:f 2 |" },
    { "a,b,c\n007,+1,5.\n.5,-.5,1E3\n", "csv a:f 7 0.5 | b:f 1 -0.5 | c:f 5 1000 |" },
    { "y\n1e-400\n", "csv y:f 0 | underflows 1" },
    { "t\ntrue\nfalse\n", "csv t:c true false |" },
    { "s\n\xC3\xA9\n", "csv s:c \xC3\xA9 |" },
    { "1,x\n1,2\n", "csv 1:f 1 | x:f 2 |" },
    { "a,b\n1,2\n3,4\n5,6\n7,8\n9,10\n11,12\n13,14\n15,16\n17,18\n19,20\n-999,21\n22,23\n",
      "csv a:f 1 3 5 7 9 11 13 15 17 19 ? 22 | b:f 2 4 6 8 10 12 14 16 18 20 21 23 |" },
};

static const struct test_sample refused[] = {
    { "", "malformed-csv empty_body line 1:1 byte 0" },
    { "\xEF\xBB\xBF", "malformed-csv empty_body line 1:1 byte 3" },
    { "\xEF\xBB"
      "y",
      "malformed-csv bad_utf8 line 1:1 byte 2" },
    { "y", "no-data no_rows" },
    { "y,x\n", "no-data no_rows" },
    { "1,2\n3,4\n", "malformed-csv no_header line 1:2 byte 4" },
    { "\n1\n", "malformed-csv column_name line 1:1" },
    { "y,\n1,2\n", "malformed-csv column_name line 1:2" },
    { "y,y\n1,2\n", "malformed-csv duplicate_column line 1:2" },
    { "y,x\n1\n", "malformed-csv ragged line 2:1 byte 6" },
    { "y,x\n1,2\n1,2,3\n", "malformed-csv ragged line 3:3 byte 13" },
    { "y,x\n1,2\na,2,3,4,5,6,7,8,9\n", "invalid-data type_mismatch row 1 line 3:1" },
    { "y,x\n1,2\n3,\"2\",3,4,5,6,7,8,9\n", "malformed-csv ragged line 3:3 byte 15" },
    { "y,x\n1,2\n\n3,4\n", "malformed-csv blank_line line 3:1" },
    { "y\n\"abc", "malformed-csv open_quote line 2:1 byte 6" },
    { "y\n\"abc\"d", "malformed-csv text_after_quote line 2:1 byte 7" },
    { "y\na\"b\n", "malformed-csv stray_quote line 2:1 byte 3" },
    { "y\n1\r2\n", "malformed-csv line_end line 2:1 byte 4" },
    { "y\n1\r", "malformed-csv line_end line 2:1 byte 4" },
    { "y\na\x01\n", "malformed-csv control_character line 2:1 byte 3" },
    { "y\n\"a\x7F\"\n", "malformed-csv control_character line 2:1 byte 4" },
    { "y\na\xFF\n", "malformed-csv bad_utf8 line 2:1 byte 4" },
    { "y\n\xED\xA0\x80\n", "malformed-csv bad_utf8 line 2:1 byte 5" },
    { "y,x\n1,2\n3,abc\n", "invalid-data type_mismatch row 1 line 3:2" },
    { "y,x\n1,2\n3,1.5x\n", "invalid-data type_mismatch row 1 line 3:2" },
    { "y\n1\ninf\n", "invalid-data infinite row 1 line 3:1" },
    { "y\n-Infinity\n", "invalid-data infinite row 0 line 2:1" },
    { "y,s\n1,\"a\nb\"\n1e400,c\n", "invalid-data number_range row 1 line 4:1" },
};

static void bodies_become_columns(void **state)
{
    (void)state;
    test_samples(&csv, COUNT_OF(accepted), accepted);
}

static void errors_have_a_place(void **state)
{
    (void)state;
    test_samples(&csv, COUNT_OF(refused), refused);
}

static void limits_hold(void **state)
{
    (void)state;
    static const struct {
        const char *head, *middle;
        size_t times;
        const char *expected;
    } limits[] = {
        { "y\n", "1\n", 1001, "too-many-rows too_many_rows row 1000 line 1002:1" },
        { "a,b,c,d,e,f\n", "1,2,3,4,5,6\n", 1000,
          "too-many-rows too_many_cells row 833 line 835:0" },
        { "", "abcde,", 12, "malformed-csv duplicate_column" },
        { "a,b,c,d,e,f,g,h,i,j,k\n", "", 0, "too-many-rows too_many_columns line 1:11" },
        { "y\n", "x", 4097, "malformed-csv field_too_long line 2:1 byte 4098" },
        { "y\n\"", "x", 4097, "malformed-csv field_too_long line 2:1 byte 4099" },
        { "y\n0.", "0", 2047, "csv y:c 0.000" }, /* longer than any number: text */
    };
    for (size_t i = 0; i < COUNT_OF(limits); i++)
        test_repeated(&csv, limits[i].head, limits[i].middle, limits[i].times, "",
                      limits[i].expected);
}

static void chunks_do_not_matter(void **state)
{
    (void)state;
    static const char base[] = "y,s,z\n1.25,a,3\n-3e-2,\"b\"\"c\",4\n17,\"d\ne\",5\nNA,,6\n"
                               "0.1234567890123456789,f,7\r\n-999,\xC3\xA9,8\n12345678,g,9\n";
    static const char letters[] = ",\"\n\r 0123456789.-+eENAab\xC3\xA9\x01;\t";
    test_chunks(&csv, base, letters, 7);
}

static void every_memory_limit_fails_cleanly(void **state)
{
    (void)state;
    test_memory_limits(&csv, "y,s\n1.25,a\n3,\"b\nc\"\n4,d\n", 5);
}

static void rows_have_lines(void **state)
{
    (void)state;
    static const struct mle_line_shift shift[] = { { 1, 1 }, { 3, 4 } };
    static const int64_t lines[] = { 2, 4, 5, 9, 10 };
    struct mle_decoded decoded = { .form = MLE_FORM_CSV, .n_shift = 2, .shift = shift };
    for (size_t row = 0; row < COUNT_OF(lines); row++) {
        struct mle_error err;
        mle_fail(&err, MLE_OUTSIDE_SUPPORT, "no");
        mle_fault_row(&err, row, "y", "c", "d");
        mle_decode_locate(&decoded, &err);
        assert_int_equal(err.fault[0].line, lines[row]);
        assert_string_equal(err.fault[0].pointer, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_become_columns),
        cmocka_unit_test(errors_have_a_place),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(chunks_do_not_matter),
        cmocka_unit_test(every_memory_limit_fails_cleanly),
        cmocka_unit_test(rows_have_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
