#include "api/read.h"
#include "tests/support/test.h"

#include <stdio.h>

struct target {
    const char *family;
    double tolerance, any;
    int64_t seed, wide;
    bool store;
    int method;
    unsigned include;
    const json_t *extra;
};

#define AT(member) offsetof(struct target, member)

static const struct mle_field fields[] = {
    { .name = "family", .kind = MLE_FIELD_STRING, .offset = AT(family) },
    { .name = "tolerance", .kind = MLE_FIELD_REAL, .offset = AT(tolerance), .most = 0.01 },
    { .name = "any",
      .kind = MLE_FIELD_REAL,
      .offset = AT(any),
      .above = -INFINITY,
      .most = INFINITY },
    { .name = "seed", .kind = MLE_FIELD_COUNT, .offset = AT(seed), .most = 9007199254740991 },
    { .name = "wide",
      .kind = MLE_FIELD_COUNT,
      .offset = AT(wide),
      .least = -INFINITY,
      .most = INFINITY },
    { .name = "store", .kind = MLE_FIELD_BOOL, .offset = AT(store) },
    { .name = "method",
      .kind = MLE_FIELD_WORD,
      .offset = AT(method),
      .words = "auto|newton|lbfgs" },
    { .name = "include",
      .kind = MLE_FIELD_WORDS,
      .offset = AT(include),
      .words = "covariance|trace|pit" },
    { .name = "extra", .kind = MLE_FIELD_JSON, .offset = AT(extra) },
};
static const struct mle_field required[] = {
    { .name = "family", .kind = MLE_FIELD_STRING, .offset = AT(family), .required = true },
    { .name = "extra", .kind = MLE_FIELD_JSON, .offset = AT(extra), .required = true },
};

static const struct target untouched = { "f", 7, 7, 7, 7, true, 7, 7, NULL };
static struct mle_error err;
static struct target got;
static json_t *json;

static enum mle_status read_in(const char *pointer, const char *text)
{
    json_decref(json);
    json = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    got = untouched;
    memset(&err, 0, sizeof err);
    return mle_read_object(json, pointer, COUNT_OF(fields), fields, MLE_PROBLEM_INVALID_OPTION,
                           NULL, &got, &err);
}

static enum mle_status read_text(const char *text)
{
    return read_in("/options", text);
}

static enum mle_status ask_all(size_t n, const struct mle_pair query[])
{
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    got = untouched;
    memset(&err, 0, sizeof err);
    enum mle_status status = mle_read_query(n, query, COUNT_OF(fields), fields,
                                            MLE_PROBLEM_INVALID_OPTION, &arena, &got, &err);
    mle_arena_finish(&arena);
    return status;
}

static enum mle_status ask(const char *name, const char *value)
{
    return ask_all(1, &(struct mle_pair){ name, value });
}

static void check_fault(unsigned i, const char *pointer, const char *code, const char *detail)
{
    assert_true(i < err.n_fault);
    assert_string_equal(err.fault[i].pointer, pointer);
    assert_string_equal(err.fault[i].code, code);
    assert_string_equal(err.fault[i].detail, detail);
}

static void every_kind_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"family\":\"gamma\",\"tolerance\":1e-8,\"any\":-3,\"seed\":5.0,"
                               "\"wide\":-9223372036854775808,\"store\":false,"
                               "\"method\":\"lbfgs\",\"include\":[\"pit\",\"trace\",\"pit\"],"
                               "\"extra\":{\"a\":[1]}}"),
                     MLE_OK);
    assert_string_equal(got.family, "gamma");
    assert_bits_equal(got.tolerance, 1e-8);
    assert_bits_equal(got.any, -3);
    assert_int_equal(got.seed, 5);
    assert_true(got.wide == INT64_MIN);
    assert_false(got.store);
    assert_int_equal(got.method, 2);
    assert_int_equal(got.include, 6);
    assert_ptr_equal(got.extra, json_object_get(json, "extra"));
    assert_int_equal(read_text("{\"wide\":9223372036854775807,\"include\":[]}"), MLE_OK);
    assert_true(got.wide == INT64_MAX);
    assert_int_equal(got.include, 0);
}

static void what_is_not_given_stays(void **state)
{
    (void)state;
    static const char *const texts[] = { "{}", "null",
                                         "{\"family\":null,\"seed\":null,\"extra\":null}" };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(read_text(texts[i]), MLE_OK);
        assert_string_equal(got.family, "f");
        assert_int_equal(got.seed, 7);
        assert_null(got.extra);
    }
    assert_int_equal(mle_read_object(NULL, "/options", COUNT_OF(fields), fields,
                                     MLE_PROBLEM_INVALID_OPTION, NULL, &got, &err),
                     MLE_OK);
    assert_int_equal(read_in("", "null"), MLE_INVALID_OPTION);
    check_fault(0, "", "wrong_type", "expected an object, got null");
    assert_int_equal(read_text("[1]"), MLE_INVALID_OPTION);
    check_fault(0, "/options", "wrong_type", "expected an object, got a list");
}

static void bad_values_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *pointer, *code, *detail;
    } cases[] = {
        { "{\"tolerance\":0}", "/options/tolerance", "out_of_range",
          "expected a number above 0 and at most 0.01, got 0" },
        { "{\"tolerance\":\"x\"}", "/options/tolerance", "wrong_type",
          "expected a number, got 'x'" },
        { "{\"seed\":5.5}", "/options/seed", "wrong_type", "expected an integer, got 5.5" },
        { "{\"seed\":true}", "/options/seed", "wrong_type", "expected an integer, got true" },
        { "{\"seed\":9007199254740992}", "/options/seed", "out_of_range",
          "expected an integer of at least 0 and at most 9007199254740991, got "
          "9007199254740992" },
        { "{\"wide\":1e19}", "/options/wide", "out_of_range", "expected an integer, got 1e+19" },
        { "{\"store\":1}", "/options/store", "wrong_type", "expected true or false, got 1" },
        { "{\"family\":{}}", "/options/family", "wrong_type", "expected a string, got an object" },
        { "{\"method\":\"\"}", "/options/method", "unknown_word",
          "expected one of auto, newton, lbfgs, got ''" },
        { "{\"method\":1}", "/options/method", "wrong_type", "expected a word, got 1" },
        { "{\"include\":\"pit\"}", "/options/include", "wrong_type",
          "expected a list of words, got 'pit'" },
        { "{\"include\":[\"pit\",2]}", "/options/include/1", "wrong_type",
          "expected a word, got 2" },
        { "{\"include\":[\"pi\"]}", "/options/include/0", "unknown_word",
          "expected one of covariance, trace, pit, got 'pi'" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(read_text(cases[i].text), MLE_INVALID_OPTION);
        assert_int_equal(err.problem, MLE_PROBLEM_INVALID_OPTION);
        assert_int_equal(err.n_fault, 1);
        check_fault(0, cases[i].pointer, cases[i].code, cases[i].detail);
    }
    assert_string_equal(err.hint, "Did you mean 'pit'?");
}

static void all_bad_values_are_listed(void **state)
{
    (void)state;
    read_text("{\"tolerance\":1,\"seed\":-1,\"store\":0}");
    assert_int_equal(err.faults_total, 3);
    assert_string_equal(err.text, "/options/tolerance: expected a number above 0 and at most 0.01,"
                                  " got 1");
    assert_string_equal(err.fault[2].pointer, "/options/store");
}

static void values_are_cut(void **state)
{
    (void)state;
    char text[400], expected[400];
    char x[101];
    memset(x, 'x', 100);
    x[100] = '\0';
    snprintf(text, sizeof text, "{\"seed\":\"%s\"}", x);
    snprintf(expected, sizeof expected, "expected an integer, got '%.64s'...", x);
    read_text(text);
    check_fault(0, "/options/seed", "wrong_type", expected);
    snprintf(expected, sizeof expected, "there is no member '%.64s'...", x);
    snprintf(text, sizeof text, "{\"%s\":0}", x);
    read_text(text);
    assert_string_equal(err.fault[0].detail, expected);
}

static void unknown_members_are_refused(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"famly\":1,\"a/b~c\":2,\"seed\":-1}"), MLE_INVALID_MODEL);
    assert_int_equal(err.problem, MLE_PROBLEM_UNKNOWN_MEMBER);
    assert_int_equal(err.faults_total, 2);
    unsigned first = strcmp(err.fault[0].pointer, "/options/famly") == 0 ? 0 : 1;
    check_fault(first, "/options/famly", "unknown_member",
                "there is no member 'famly'; did you mean 'family'?");
    check_fault(1 - first, "/options/a~1b~0c", "unknown_member", "there is no member 'a/b~c'");
    assert_string_equal(err.hint, "Did you mean 'family'?");
    read_text("{\"sede\":1}");
    assert_string_equal(err.text, "there is no member 'sede'; did you mean 'seed'?");
    read_text("{\"zz\":1}");
    assert_string_equal(err.hint, "");
    read_text("{\"\":1}");
    check_fault(0, "/options/", "unknown_member", "there is no member ''");
}

static void very_many_unknown_members_are_counted(void **state)
{
    (void)state;
    json_t *object = json_object();
    for (int i = 0; i < 50; i++) {
        char name[16];
        snprintf(name, sizeof name, "seed%d", i);
        json_object_set_new(object, name, json_null());
    }
    mle_read_object(object, "", COUNT_OF(fields), fields, MLE_PROBLEM_INVALID_OPTION, NULL, &got,
                    &err);
    assert_int_equal(err.n_fault, MLE_MAX_FAULTS);
    assert_int_equal(err.faults_total, 50);
    assert_int_equal(mle_read_object(object, "", COUNT_OF(fields), fields,
                                     MLE_PROBLEM_INVALID_OPTION, NULL, &got, NULL),
                     MLE_INVALID_MODEL);
    json_decref(object);
}

static void required_members_must_be_there(void **state)
{
    (void)state;
    json_t *object = json_pack("{s:n}", "family");
    mle_read_object(object, "/model", COUNT_OF(required), required, MLE_PROBLEM_INVALID_MODEL, NULL,
                    &got, &err);
    assert_int_equal(err.problem, MLE_PROBLEM_INVALID_MODEL);
    check_fault(0, "/model/family", "required", "the member 'family' is required");
    check_fault(1, "/model/extra", "required", "the member 'extra' is required");
    json_decref(object);

    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    got = untouched;
    struct mle_pair query[] = { { "extra", "null" } };
    mle_read_query(1, query, COUNT_OF(required), required, MLE_PROBLEM_INVALID_MODEL, &arena, &got,
                   &err);
    assert_int_equal(err.faults_total, 2);
    check_fault(1, "?family", "required", "the argument 'family' is required");
    mle_arena_finish(&arena);
}

static void query_texts_are_converted(void **state)
{
    (void)state;
    struct mle_pair query[] = {
        { "family", "gamma" },    { "tolerance", "1e-8" },
        { "any", "-2.5E+3" },     { "seed", "5" },
        { "store", "false" },     { "wide", "9223372036854775807" },
        { "method", "newton" },   { "include", "pit,covariance,pit" },
        { "extra", "{\"a\":1}" },
    };
    assert_int_equal(ask_all(COUNT_OF(query), query), MLE_OK);
    assert_ptr_equal(got.family, query[0].value);
    assert_bits_equal(got.tolerance, 1e-8);
    assert_bits_equal(got.any, -2500);
    assert_int_equal(got.seed, 5);
    assert_true(got.wide == INT64_MAX);
    assert_false(got.store);
    assert_int_equal(got.method, 1);
    assert_int_equal(got.include, 5);
    assert_int_equal(json_integer_value(json_object_get(got.extra, "a")), 1);
    mle_read_query_release(COUNT_OF(fields), fields, &got);
    assert_null(got.extra);

    assert_int_equal(ask("extra", "{bad"), MLE_OK);
    assert_string_equal(json_string_value(got.extra), "{bad");
    mle_read_query_release(COUNT_OF(fields), fields, &got);
    assert_int_equal(ask("seed", "5.0"), MLE_OK);
    assert_int_equal(got.seed, 5);
    assert_int_equal(got.method, 7);
    assert_int_equal(ask("include", ""), MLE_OK);
    assert_int_equal(got.include, 0);
    assert_int_equal(ask_all(0, NULL), MLE_OK);
}

static void bad_query_texts_are_refused(void **state)
{
    (void)state;
    static const char *const numbers[] = { "",   " 1", "1 ", "0x10", "inf", "nan", "1,5",  "+1",
                                           "1.", ".5", "1e", "1e+",  "-",   "--1", "1.5.2" };
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        assert_int_equal(ask("any", numbers[i]), MLE_INVALID_OPTION);
        assert_string_equal(err.fault[0].code, "wrong_type");
    }
    ask("tolerance", "1e999");
    check_fault(0, "?tolerance", "out_of_range",
                "expected a number above 0 and at most 0.01, got '1e999'");
    ask("seed", "99999999999999999999");
    assert_string_equal(err.fault[0].code, "out_of_range");
    ask("wide", "9223372036854775808");
    assert_string_equal(err.fault[0].code, "out_of_range");
    ask("seed", "5.5");
    assert_string_equal(err.fault[0].code, "wrong_type");
    ask("store", "1");
    check_fault(0, "?store", "wrong_type", "expected true or false, got '1'");
    ask("include", "pit,");
    check_fault(0, "?include", "unknown_word", "expected one of covariance, trace, pit, got ''");
    ask("include", "tracee,pit");
    assert_string_equal(err.hint, "Did you mean 'trace'?");
    ask("extra", "\xff");
    assert_string_equal(err.fault[0].code, "wrong_type");
}

static void query_names_are_checked(void **state)
{
    (void)state;
    struct mle_pair query[] = { { "seed", "1" }, { "seed", "1" }, { "tolerence", "1" } };
    assert_int_equal(ask_all(COUNT_OF(query), query), MLE_INVALID_MODEL);
    assert_int_equal(err.problem, MLE_PROBLEM_UNKNOWN_MEMBER);
    check_fault(0, "?seed", "repeated_argument", "the argument 'seed' is given more than once");
    check_fault(1, "?tolerence", "unknown_member",
                "there is no argument 'tolerence'; did you mean 'tolerance'?");
    assert_string_equal(err.hint, "Did you mean 'tolerance'?");
    /* A JSON value read before the failure is given back (the leak checker sees it). */
    struct mle_pair late[] = { { "extra", "[1]" }, { "seed", "x" } };
    assert_int_equal(ask_all(2, late), MLE_INVALID_OPTION);
    assert_null(got.extra);
}

static void pointers_are_escaped_and_cut(void **state)
{
    (void)state;
    char out[32];
    mle_pointer(sizeof out, out, "/a", "x/y~z");
    assert_string_equal(out, "/a/x~1y~0z");
    mle_pointer(sizeof out, out, "", "");
    assert_string_equal(out, "/");
    mle_pointer(5, out, "/a", "/b");
    assert_string_equal(out, "/a/");
    mle_pointer(6, out, "/a", "b\xc3\xa9");
    assert_string_equal(out, "/a/b");
    mle_pointer(7, out, "/a", "b\xc3\xa9");
    assert_string_equal(out, "/a/b\xc3\xa9");
    for (size_t size = 1; size < 4; size++) {
        mle_pointer(size, out, "/abc", "d");
        assert_int_equal(strlen(out), size - 1);
    }
}

static int finish(void **state)
{
    (void)state;
    json_decref(json);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(what_is_not_given_stays),
        cmocka_unit_test(bad_values_are_named),
        cmocka_unit_test(all_bad_values_are_listed),
        cmocka_unit_test(values_are_cut),
        cmocka_unit_test(unknown_members_are_refused),
        cmocka_unit_test(very_many_unknown_members_are_counted),
        cmocka_unit_test(required_members_must_be_there),
        cmocka_unit_test(query_texts_are_converted),
        cmocka_unit_test(bad_query_texts_are_refused),
        cmocka_unit_test(query_names_are_checked),
        cmocka_unit_test(pointers_are_escaped_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, finish);
}
