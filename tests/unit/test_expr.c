/* The language of custom densities: what texts mean, and which are refused where. */
#include "tests/support/expressions.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

static const double theta[TEST_PARAMS] = { 2, 0.5, -1.25, 3 };

static double value_of(const char *text)
{
    struct expressions e;
    struct mle_view view[MLE_EXPR_MAX_COLUMN];
    expressions_init(&e);
    const struct mle_expr *expr = expressions_parse(&e, text);
    if (!expr)
        fail_msg("%s: %s", text, e.err.text);
    struct mle_expr_rows rows = expressions_rows(expr, 0, 1, view);
    double value;
    mle_expr_values(expr, &rows, theta, &value);
    mle_arena_finish(&e.arena);
    return value;
}

/* y = 0.3, x = -1.5, n = 0 in the first row. */
static void test_meaning(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        { "1 + 2 * 3", 7 },
        { "(1 + 2) * 3", 9 },
        { "7 - 2 - 1", 4 },
        { "12 / 2 / 3", 2 },
        { "2 ^ 3 ^ 2", 512 },
        { "-2 ^ 2", -4 },
        { "(-2) ^ 2", 4 },
        { "2 ^ -1", 0.5 },
        { "2 ^ -2 ^ 2", 0.0625 },
        { "2 * -3", -6 },
        { "2 - -3", 5 },
        { "--3", 3 },
        { "-a * b", -1 },
        { "2 ^ -1 * 4", 2 },
        { ".5 + 1.5e1 + 2.", 17.5 },
        { "1e+2 + 1E-2", 100.01 },
        { "pi", 3.14159265358979323846 },
        { "a + b + c + d", 4.25 },
        { "y + x", -1.2 },
        { "`my column` * 2", 5 },
        { "if(a > b, 1, 2)", 1 },
        { "if(a > b && c > 0 || d == 3, 1, 2)", 1 },
        { "if(a > b && (c > 0 || d != 3), 1, 2)", 2 },
        { "if(!(a < b), 1, 2)", 1 },
        { "if(a + 1 >= 3 && 2 <= b * 4, 1, 2)", 1 },
        { "if(x > 0, log(x), x)", -1.5 },
        { "if(x > 0, log(x), if(y > 0, 10, log(0)))", 10 },
        { "min(3, 1, 2) + max(1, 5, 4)", 6 },
        { "log_sum_exp(0, 0, 0)", 1.09861228866810969140 },
        { "abs(c) + sqrt(4) + exp(0) + expm1(0) + log(1) + log1p(0)", 4.25 },
        { "sin(0) + cos(0) + tan(0) + atan(1) * 4 / pi", 2 },
        { "sinh(0) + cosh(0) + tanh(0) + expit(0) + logit(0.5)", 1.5 },
        { "lgamma(5) - log(24) + digamma(1)", -0.57721566490153286061 },
        { "lbeta(2, 3) - log(1 / 12)", 0 },
        { "lchoose(5, 2) - log(10)", 0 },
        { "erf(0.5) + erfc(0.5)", 1 },
        { "normal_lpdf(1, 1, 1) + log(2 * pi) / 2", 0 },
        { "poisson_lpmf(n, 2)", -2 },
        { "binomial_lpmf(1, 0.5, 2)", -0.69314718055994530942 },
        { "normal_lpdf(0, 0, -1)", NAN },
        { "uniform_lpdf(0.5, 1, 0)", NAN },
        { "binomial_lpmf(1, 0.5, 2.5)", NAN },
        { "exponential_lpdf(-1, 2)", -INFINITY },
        { "poisson_lpmf(0.5, 2)", -INFINITY },
        { "log(-1)", NAN },
        { "-1 / 0", -INFINITY },
        { "  a\n\t+ b ", 2.5 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double value = value_of(cases[i].text);
        if (!test_is_close(value, cases[i].value, 1e-14, 1e-14))
            fail_msg("%s is %.17g, expected %.17g", cases[i].text, value, cases[i].value);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int column;
        const char *code;
    } cases[] = {
        { "", 1, "syntax" },
        { "   ", 4, "syntax" },
        { "1 +", 4, "syntax" },
        { "1 2", 3, "syntax" },
        { "(1", 1, "syntax" },
        { "1)", 2, "syntax" },
        { "()", 2, "syntax" },
        { "a, b", 2, "syntax" },
        { "(a, b)", 3, "syntax" },
        { "exp()", 5, "syntax" },
        { "exp(1,)", 7, "syntax" },
        { "* 2", 1, "syntax" },
        { "+2", 1, "syntax" },
        { "a ^", 4, "syntax" },
        { "a = b", 3, "syntax" },
        { "a & b", 3, "syntax" },
        { "a # b", 3, "syntax" },
        { "a + \xc3\xa4", 5, "syntax" },
        { "`\xc3\xa4` + q", 1, "unknown_name" },
        { "`my column` + q", 15, "unknown_name" },
        { "a + \x01", 5, "syntax" },
        { "``", 1, "syntax" },
        { "`y", 1, "syntax" },
        { "1.2.3", 1, "number" },
        { "1e400", 1, "number" },
        { "2x", 1, "number" },
        { ".", 1, "number" },
        { "a + zeta1", 5, "unknown_name" },
        { "`a`", 1, "unknown_name" }, /* quoted names are columns */
        { "a + foo(1)", 5, "unknown_function" },
        { "categorical_lpmf(1, 2)", 1, "unknown_function" },
        { "gamma_lpmf(1, 2, 3)", 1, "unknown_function" },
        { "y(1)", 1, "unknown_function" },
        { "exp(1, 2)", 1, "arguments" },
        { "1 + if(a > 1, 2)", 5, "arguments" },
        { "min(1)", 1, "arguments" },
        { "normal_lpdf(y, a)", 1, "arguments" },
        { "binomial_lpmf(y, a)", 1, "arguments" },
        { "a > b", 3, "type" },
        { "a < b < c", 3, "type" },
        { "(a > b) + 1", 4, "type" },
        { "if(a, 1, 2)", 4, "type" },
        { "if(a > b, 1, c > d)", 16, "type" },
        { "if(a > b && c, 1, 2)", 13, "type" },
        { "!a", 2, "type" },
        { "exp(a > b)", 7, "type" },
        { "t + 1", 1, "not_a_number" },
        { "poisson_lpmf(a, b)", 14, "not_differentiable" },
        { "beta_lpdf(a * y, b, c)", 13, "not_differentiable" },
        { "binomial_lpmf(n, b, a)", 21, "not_differentiable" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct expressions e;
        expressions_init(&e);
        if (expressions_parse(&e, cases[i].text))
            fail_msg("%s is taken", cases[i].text);
        assert_int_equal(e.err.status, MLE_EXPRESSION);
        assert_int_equal(e.err.n_fault, 1);
        const struct mle_fault *fault = &e.err.fault[0];
        if (strcmp(fault->code, cases[i].code) != 0 || fault->column_number != cases[i].column)
            fail_msg("%s: %s at %d, expected %s at %d", cases[i].text, fault->code,
                     (int)fault->column_number, cases[i].code, cases[i].column);
        assert_string_equal(fault->pointer, "/model/log_density");
        mle_arena_finish(&e.arena);
    }
}

/* Repeats part n times between head and tail. Returns malloc'd text. */
static char *repeat(const char *head, size_t n, const char *part, const char *tail)
{
    size_t size = strlen(head) + n * strlen(part) + strlen(tail) + 1;
    char *text = malloc(size);
    assert_non_null(text);
    char *at = text + snprintf(text, size, "%s", head);
    for (size_t i = 0; i < n; i++, at += strlen(part))
        memcpy(at, part, strlen(part));
    snprintf(at, size - (size_t)(at - text), "%s", tail);
    return text;
}

static void check_limit(char *text, const char *code)
{
    struct expressions e;
    expressions_init(&e);
    const struct mle_expr *expr = expressions_parse(&e, text);
    if ((expr == NULL) != (code != NULL))
        fail_msg("%.40s...: %s", text, expr ? "is taken" : e.err.text);
    if (code)
        assert_string_equal(e.err.fault[0].code, code);
    mle_arena_finish(&e.arena);
    free(text);
}

static void test_limits(void **state)
{
    (void)state;
    check_limit(repeat("a", 4095, " ", ""), NULL);
    check_limit(repeat("a", 4096, " ", ""), "too_long");
    check_limit(repeat("a", 255, "+a", ""), NULL);             /* 511 nodes */
    check_limit(repeat("-a", 255, "+a", ""), NULL);            /* 512 */
    check_limit(repeat("a", 256, "+a", ""), "too_many_nodes"); /* 513 */
    check_limit(
        repeat("", 64, "(", "a))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))"),
        NULL);
    check_limit(repeat("", 65, "(", "a"), "too_deep");
    check_limit(repeat("", 2000, "(", "a"), "too_deep");
    check_limit(repeat("", 64, "-", "a"), NULL);
    check_limit(repeat("", 65, "-", "a"), "too_deep");
    check_limit(repeat("", 64, "a^", "a"), NULL);
    check_limit(repeat("", 65, "a^", "a"), "too_deep");
    check_limit(repeat("log_sum_exp(a", 255, ",a", ")"), NULL);
    check_limit(repeat("log_sum_exp(a", 256, ",a", ")"), "too_many_nodes");
}

/* Nested as deep as the limit allows, with an if at each level. */
static void test_many_branches(void **state)
{
    (void)state;
    char *text = repeat("", 62, "if(y<a,y,", "x");
    char *whole = repeat(text, 62, ")", "");
    struct expressions e;
    struct mle_view view[MLE_EXPR_MAX_COLUMN];
    expressions_init(&e);
    const struct mle_expr *expr = expressions_parse(&e, whole);
    assert_non_null(expr);
    double value[TEST_ROWS];
    struct mle_expr_rows rows = expressions_rows(expr, 0, TEST_ROWS, view);
    mle_expr_values(expr, &rows, theta, value);
    for (size_t i = 0; i < TEST_ROWS; i++)
        assert_true(value[i] == (e.value[0][i] < theta[0] ? e.value[0][i] : e.value[1][i]));
    mle_arena_finish(&e.arena);
    free(whole);
    free(text);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const good[] = { "a", "_x", "rate.1", "Sigma_2", "normal_lpdf" };
    static const char *const bad[] = { "",   "1a",  ".a",          "a b", "pi",
                                       "if", "exp", "log_sum_exp", "a-b", "\xc3\xa4" };
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(mle_expr_is_name(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(mle_expr_is_name(bad[i]));
}

static void test_what_occurs(void **state)
{
    (void)state;
    struct expressions e;
    expressions_init(&e);
    const struct mle_expr *expr = expressions_parse(&e, "b * x + x * n - d");
    assert_non_null(expr);
    assert_int_equal(expr->params, 0xa);
    assert_int_equal(expr->n_column, 2);
    assert_string_equal(expr->column[0]->name, "x");
    assert_string_equal(expr->column[1]->name, "n");
    assert_true(expr->row_cost_ns > 0);
    e.names.data = NULL;
    assert_non_null(expressions_parse(&e, "a * b"));
    assert_null(expressions_parse(&e, "a * y"));
    mle_arena_finish(&e.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meaning),       cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_limits),        cmocka_unit_test(test_names),
        cmocka_unit_test(test_many_branches), cmocka_unit_test(test_what_occurs),
    };
    return cmocka_run_group_tests_name("expr", tests, NULL, NULL);
}
