/* The tree against jansson's own reader. */
#include "api/json_tree.h"
#include "tests/support/test.h"

#include <stdlib.h>

/* What mle_json_tree makes of the text must be what jansson makes of it, or nothing if jansson
   refuses; jansson refuses integers beyond 64 bits, which are reals here. */
static void compare(size_t n, const char *text)
{
    struct mle_json_fault fault;
    json_error_t error = { .line = 0 };
    json_t *ours = mle_json_tree(n, text, &fault);
    json_t *theirs = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    bool wide = !theirs && json_error_code(&error) == json_error_numeric_overflow;
    bool same = ours ? json_equal(ours, theirs) || wide : !theirs;
    if (!same)
        print_error("%.*s\nours: %d, theirs: %s\n", (int)n, text, ours ? 0 : (int)fault.flaw,
                    theirs ? "a tree" : error.text);
    assert_true(same);
    json_decref(ours);
    json_decref(theirs);
}

static void every_kind_of_value(void **state)
{
    static const char *const texts[] = {
        "{}",
        "{\"a\":[],\"b\":{},\"c\":[[],{}],\"d\":null,\"e\":true,\"f\":false}",
        "{\"a\":[0,-0,1,-1,9223372036854775807,-9223372036854775808,1.0,-0.0,1e5,1E-400]}",
        "{\"a\":9223372036854775808}",
        "{\"\":\"\",\"\\u00e9\":\"\\ud83d\\ude00\\n\\\"\\/"
        "\\\\\",\"\xC3\xA9\xC3\xA9\":\"\xF0\x9F\x98"
        "\x80\"}",
        " {\n\"a\" : { \"a\" : { \"a\" : 1 } } }\r\n",
        "{\"a\":1,\"b\":{\"a\":2},\"c\":[{\"a\":3},{\"a\":4}]}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{\"a\":1}{}",
        "{\"a\":1},\"b\":{}",
        "",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        compare(strlen(texts[i]), texts[i]);
}

static void damaged_texts(void **state)
{
    static const char base[] =
        "{\"model\":{\"family\":\"normal\",\"start\":{\"mu\":1.25e-3,\"sigma\":17}},\n\"options\":{"
        "\"seed\":12,\"include\":[\"covariance\",\"\\u00e9\",null,true]},\"model \":[[1,2],[]]}";
    static const char letters[] = "{}[]\",:0123456789.-+eEtrufalsn \n\\\xC3\xA9\x01/'ab";
    uint64_t random = 7;
    (void)state;
    for (int i = 0; i < 30000; i++) {
        char text[sizeof base];
        memcpy(text, base, sizeof base);
        for (int k = i % 4; k >= 0; k--) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[(random >> 33) % (sizeof base - 1)] =
                letters[(random >> 20) % (sizeof letters - 1)];
        }
        compare(sizeof base - 1, text);
    }
}

static void faults_have_a_place(void **state)
{
    static const char twice[] = "{\"a\":{\"b\":1,\"\\u0062\" :1}}";
    struct mle_json_fault fault;
    (void)state;
    assert_null(mle_json_tree(sizeof twice - 1, twice, &fault));
    assert_int_equal(fault.flaw, MLE_JSON_DUPLICATE);
    assert_string_equal(fault.key, "b");
    assert_int_equal(fault.at, strlen("{\"a\":{\"b\":1,\"\\u0062\""));

    char text[MLE_JSON_MAX_STRING + 16] = "{\"a\":\"";
    for (size_t n = MLE_JSON_MAX_STRING; n < MLE_JSON_MAX_STRING + 2; n++) {
        memset(text + 6, 'x', n);
        memcpy(text + 6 + n, "\"}", 2);
        json_t *tree = mle_json_tree(n + 8, text, &fault);
        assert_int_equal(fault.flaw, n > MLE_JSON_MAX_STRING ? MLE_JSON_LONG : MLE_JSON_FINE);
        assert_int_equal(tree != NULL, fault.flaw == MLE_JSON_FINE);
        json_decref(tree);
    }
    assert_null(mle_json_tree(1, "{", &fault));
    assert_int_equal(fault.flaw, MLE_JSON_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value),
        cmocka_unit_test(damaged_texts),
        cmocka_unit_test(faults_have_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
