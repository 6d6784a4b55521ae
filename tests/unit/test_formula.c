/* api/formula.h: terms by R's rules, and where the faults are. */
#include "api/formula.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

/* The terms in one string: "x1 x1:x2 |o" with | before the offset and - for no intercept. */
static void spell(const struct mle_predictor *p, size_t size, char out[])
{
    size_t n = 0;
    out[0] = '\0';
    if (p->no_intercept)
        n += (size_t)snprintf(out + n, size - n, "- ");
    for (size_t t = 0; t < p->n; t++) {
        for (size_t f = 0; f < p->term[t].n; f++) {
            const struct mle_factor *factor = &p->term[t].factor[f];
            n += (size_t)snprintf(out + n, size - n, factor->levels ? "%sC(%s)" : "%s%s",
                                  f ? ":" : "", factor->column);
        }
        n += (size_t)snprintf(out + n, size - n, "%s", t + 1 < p->n ? " " : "");
    }
    if (p->offset)
        snprintf(out + n, size - n, " |%s", p->offset + strspn(p->offset, " "));
}

static const struct {
    const char *formula, *terms;
} good[] = {
    { "y ~ x", "x" },
    { "y~x1+x2", "x1 x2" },
    { "y ~ 1", "" },
    { "y ~ x - 1", "- x" },
    { "y ~ 0 + x", "- x" },
    { "y ~ a*b", "a b a:b" },
    { "y ~ a:b + c", "c a:b" },
    { "y ~ a*b*c - a:b:c", "a b c a:b a:c b:c" },
    { "y ~ (a + b):c", "a:c b:c" },
    { "y ~ a + a + a:a", "a" },
    { "y ~ C(site) + log(x3) + I(x^2)", "C(site) log(x3) I(x^2)" },
    { "y ~ x + offset(log(t))", "x |log(t)" },
    { "y ~ a*(b + c) - c", "a b a:b a:c" },
    { "y ~ `a b` + 1", "a b" },
    { "y ~ poly( x , 2 ) + log( x )", "poly(x,2) log(x)" },
    { "y ~ I(x ^ 2):a", "I(x^2):a" },
};

static const struct {
    const char *formula, *code;
    int column;
} bad[] = {
    { "y", "syntax", 2 },
    { "y ~ ", "syntax", 5 },
    { "y ~ x +", "syntax", 8 },
    { "y ~ (x", "syntax", 7 },
    { "y ~ x)", "syntax", 6 },
    { "log(y) ~ x", "response", 1 },
    { "y ~ foo(x)", "unknown_function", 5 },
    { "y ~ log(x", "syntax", 8 },
    { "y ~ 2*x", "syntax", 5 },
    { "y ~ offset(a) + offset(b)", "repeated", 17 },
    { "y ~ C(x + z)", "syntax", 9 },
    { "~ x", "syntax", 1 },
    { "y ~ x ~ z", "syntax", 7 },
    { "y ~ poly(x)", "degree", 10 },
    { "y ~ poly(x, 0)", "degree", 12 },
    { "y ~ poly(x, 21)", "degree", 12 },
    { "y ~ 1:x", "syntax", 8 },
    { "y ~ x*0", "syntax", 8 },
};

static void test_terms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct mle_arena arena;
        struct mle_predictor predictor;
        struct mle_error err;
        const char *response;
        char terms[256];
        mle_arena_init(&arena, NULL, NULL);
        assert_int_equal(mle_read_formula(good[i].formula, &arena, &response, &predictor, &err),
                         MLE_OK);
        spell(&predictor, sizeof terms, terms);
        assert_string_equal(terms, good[i].terms);
        assert_string_equal(response, "y");
        mle_arena_finish(&arena);
    }
}

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct mle_arena arena;
        struct mle_predictor predictor;
        struct mle_error err;
        const char *response;
        mle_arena_init(&arena, NULL, NULL);
        assert_int_equal(mle_read_formula(bad[i].formula, &arena, &response, &predictor, &err),
                         MLE_EXPRESSION);
        assert_string_equal(err.fault[0].code, bad[i].code);
        assert_int_equal(err.fault[0].column_number, bad[i].column);
        assert_string_equal(err.fault[0].pointer, "/model/formula");
        mle_arena_finish(&arena);
    }
}

static void test_limits(void **state)
{
    (void)state;
    static char text[6000];
    struct mle_arena arena;
    struct mle_predictor predictor;
    struct mle_error err;
    const char *response;
    mle_arena_init(&arena, NULL, NULL);
    memcpy(text, "y ~ ", 4);
    memset(text + 4, '(', 200);
    assert_int_equal(mle_read_formula(text, &arena, &response, &predictor, &err), MLE_EXPRESSION);
    assert_string_equal(err.fault[0].code, "too_deep");
    memset(text + 4, 'x', 5000);
    assert_int_equal(mle_read_formula(text, &arena, &response, &predictor, &err), MLE_EXPRESSION);
    assert_string_equal(err.fault[0].code, "too_long");
    mle_arena_finish(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terms),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("formula", tests, NULL, NULL);
}
