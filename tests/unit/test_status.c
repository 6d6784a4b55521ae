#include "core/base/status.h"
#include "tests/support/test.h"

#include <stdio.h>

static void every_status_has_a_name_and_a_text(void **state)
{
    (void)state;
#define CHECK(name, text)                                                                          \
    assert_string_equal(mle_status_name(MLE_##name), #name);                                       \
    assert_string_equal(mle_status_text(MLE_##name), text);
    MLE_STATUS_MAP(CHECK)
#undef CHECK
    assert_string_equal(mle_status_name((enum mle_status)9999), "?");
    assert_string_equal(mle_status_text((enum mle_status)9999), "?");
    assert_string_equal(mle_status_name((enum mle_status) - 1), "?");
}

static void fail_starts_a_clean_record(void **state)
{
    (void)state;
    struct mle_error err;
    memset(&err, 0xEE, sizeof err);
    assert_int_equal(mle_fail(&err, MLE_NO_DATA, "%d of %s", 3, "x"), MLE_NO_DATA);
    assert_int_equal(err.status, MLE_NO_DATA);
    assert_string_equal(err.text, "3 of x");
    assert_string_equal(err.hint, "");
    assert_int_equal(err.problem, 0);
    assert_int_equal(err.n_fault, 0);
    assert_int_equal(err.faults_total, 0);

    mle_fault_at(&err, "/model", "code", "text");
    mle_hint(&err, "try %s", "this");
    assert_string_equal(err.hint, "try this");
    mle_fail(&err, MLE_INTERNAL, "again");
    assert_int_equal(err.n_fault, 0);
    assert_int_equal(err.faults_total, 0);
    assert_string_equal(err.hint, "");
}

static void a_missing_record_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(mle_fail(NULL, MLE_CANCELLED, "x"), MLE_CANCELLED);
    mle_fault_at(NULL, "/a", "c", "x");
    mle_fault_row(NULL, 3, "a", "c", "x");
    mle_hint(NULL, "x");
}

static void faults_are_counted_beyond_the_list(void **state)
{
    (void)state;
    struct mle_error err;
    memset(&err, 0xEE, sizeof err);
    mle_fail(&err, MLE_INVALID_DATA, "bad");
    for (size_t i = 0; i < MLE_MAX_FAULTS + 30; i++)
        mle_fault_row(&err, i, i % 2 ? "y" : NULL, "not_a_number", "value %zu", i);
    assert_int_equal(err.n_fault, MLE_MAX_FAULTS);
    assert_int_equal(err.faults_total, MLE_MAX_FAULTS + 30);
    for (unsigned i = 0; i < MLE_MAX_FAULTS; i++) {
        const struct mle_fault *fault = &err.fault[i];
        assert_int_equal(fault->row, i);
        assert_string_equal(fault->column, i % 2 ? "y" : "");
        assert_string_equal(fault->pointer, "");
        assert_string_equal(fault->code, "not_a_number");
        assert_int_equal(fault->line, 0);
        assert_int_equal(fault->column_number, 0);
        assert_int_equal(fault->byte, -1);
    }
}

static void a_fault_in_the_specification_has_a_pointer_and_no_row(void **state)
{
    (void)state;
    struct mle_error err;
    mle_fail(&err, MLE_INVALID_MODEL, "bad");
    mle_fault_at(&err, "/model/family", "unknown", "no family '%s'", "gama");
    assert_string_equal(err.fault[0].pointer, "/model/family");
    assert_string_equal(err.fault[0].detail, "no family 'gama'");
    assert_int_equal(err.fault[0].row, -1);
    assert_int_equal(err.fault[0].byte, -1);
}

static void long_texts_are_cut_at_whole_characters(void **state)
{
    (void)state;
    /* 2-, 3- and 4-byte characters, shifted so that the cut falls on each of their bytes */
    static const char *const unit[] = { "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9D\x92\xA9" };
    for (size_t u = 0; u < COUNT_OF(unit); u++) {
        for (size_t shift = 0; shift < 5; shift++) {
            char text[2000] = "xxxxx";
            text[shift] = '\0';
            while (strlen(text) + 5 < sizeof text)
                strncat(text, unit[u], 4);
            struct mle_error err;
            mle_fail(&err, MLE_INTERNAL, "%s", text);
            size_t n = strlen(err.text), width = strlen(unit[u]);
            assert_true(n < sizeof err.text && n + width > sizeof err.text - 1);
            assert_int_equal((n - shift) % width, 0);
            assert_memory_equal(err.text, text, n);
        }
    }
}

/* A precision counts bytes; whatever it leaves of a character is no text. */
static void texts_hold_whole_characters_only(void **state)
{
    (void)state;
    struct mle_error err;
    mle_fail(&err, MLE_INVALID_DATA, "'%.4s' and '%.3s'", "abc\xC3\xA4", "\xF0\x9D\x92\xA9");
    assert_string_equal(err.text, "'abc' and ''");
    mle_fault_at(&err, "/data", "bad", "'%.2s'", "\xE2\x82\xAC");
    assert_string_equal(err.fault[0].detail, "''");
    mle_fault_row(&err, 1, "y", "bad", "'%.3s'", "\xE2\x82\xAC");
    assert_string_equal(err.fault[1].detail, "'\xE2\x82\xAC'");
    mle_hint(&err, "\xFF%s\x80", "x");
    assert_string_equal(err.hint, "x");
}

static void copy_text_keeps_what_fits(void **state)
{
    (void)state;
    char to[4];
    mle_copy_text(sizeof to, to, "abc");
    assert_string_equal(to, "abc");
    mle_copy_text(sizeof to, to, "abcd");
    assert_string_equal(to, "abc");
    mle_copy_text(sizeof to, to, "ab\xE2\x82\xAC");
    assert_string_equal(to, "ab");
    mle_copy_text(sizeof to, to, "\xF0\x9D\x92\xA9");
    assert_string_equal(to, "");
    mle_copy_text(1, to, "abc");
    assert_string_equal(to, "");
    mle_copy_text(sizeof to, to, "\x80\x80\x80\x80\x80"); /* not UTF-8 at all: still bounded */
    assert_true(strlen(to) < sizeof to);
}

static enum mle_status tries(enum mle_status status, int *after)
{
    MLE_TRY(status);
    (*after)++;
    return MLE_OK;
}

static void try_returns_the_first_failure(void **state)
{
    (void)state;
    int after = 0;
    assert_int_equal(tries(MLE_DEADLINE, &after), MLE_DEADLINE);
    assert_int_equal(after, 0);
    assert_int_equal(tries(MLE_OK, &after), MLE_OK);
    assert_int_equal(after, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_and_a_text),
        cmocka_unit_test(fail_starts_a_clean_record),
        cmocka_unit_test(a_missing_record_is_allowed),
        cmocka_unit_test(faults_are_counted_beyond_the_list),
        cmocka_unit_test(a_fault_in_the_specification_has_a_pointer_and_no_row),
        cmocka_unit_test(long_texts_are_cut_at_whole_characters),
        cmocka_unit_test(texts_hold_whole_characters_only),
        cmocka_unit_test(copy_text_keeps_what_fits),
        cmocka_unit_test(try_returns_the_first_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
