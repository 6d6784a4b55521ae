/* Derivatives of expressions: against differences for every operation, every family and random
   expressions; branches that must not leak; blocks that must not show; time linear in the work. */
#include "core/base/rng.h"
#include "core/base/stop.h"
#include "tests/support/expressions.h"
#include "tests/support/per_family.h"

#include <stdio.h>
#include <stdlib.h>

static void sum_at(const struct mle_expr *expr, const struct mle_expr_rows *rows,
                   const double theta[], double sum[])
{
    memset(sum, 0, TEST_SUM * sizeof *sum);
    mle_expr_sum(expr, rows, theta, true, NULL, sum);
}

/* d sum[at] / d theta[j] by differences of fourth order. */
static double difference(const struct mle_expr *expr, const struct mle_expr_rows *rows,
                         const double theta[], unsigned j, unsigned at)
{
    static const double step[4] = { 1, -1, 2, -2 }, factor[4] = { 8, -8, -1, 1 };
    double h = 1e-3 * fmax(fabs(theta[j]), 0.1), total = 0;
    for (int i = 0; i < 4; i++) {
        double moved[TEST_PARAMS], sum[TEST_SUM];
        memcpy(moved, theta, sizeof moved);
        moved[j] += step[i] * h;
        sum_at(expr, rows, moved, sum);
        total += factor[i] * sum[at];
    }
    return total / (12 * h);
}

/* False where a derivative is not what differences say. */
static bool agrees(const struct mle_expr *expr, const struct mle_expr_rows *rows,
                   const double theta[], double rtol)
{
    double sum[TEST_SUM], scale = 1;
    sum_at(expr, rows, theta, sum);
    for (unsigned i = 0; i < TEST_SUM; i++)
        scale = fmax(scale, fabs(sum[i]));
    for (unsigned j = 0; j < TEST_PARAMS; j++) {
        double numeric = difference(expr, rows, theta, j, 0);
        if (!test_is_close(sum[1 + j], numeric, rtol, rtol * scale)) {
            print_error("gradient %u is %.12g, differences say %.12g\n", j, sum[1 + j], numeric);
            return false;
        }
        for (unsigned l = 0; l < TEST_PARAMS; l++) {
            unsigned at = 1 + TEST_PARAMS + (j > l ? MLE_HESS(j, l) : MLE_HESS(l, j));
            numeric = difference(expr, rows, theta, j, 1 + l);
            if (!test_is_close(sum[at], numeric, rtol, rtol * scale)) {
                print_error("hessian %u %u is %.12g, differences say %.12g\n", j, l, sum[at],
                            numeric);
                return false;
            }
        }
    }
    return true;
}

static void check(const char *text, const double theta[])
{
    struct expressions e;
    struct mle_view view[MLE_EXPR_MAX_COLUMN];
    expressions_init(&e);
    const struct mle_expr *expr = expressions_parse(&e, text);
    if (!expr)
        fail_msg("%s: %s", text, e.err.text);
    struct mle_expr_rows rows = expressions_rows(expr, 0, TEST_ROWS, view);
    double sum[TEST_SUM];
    sum_at(expr, &rows, theta, sum);
    if (!isfinite(sum[0]))
        fail_msg("%s is %g", text, sum[0]);
    if (!agrees(expr, &rows, theta, 1e-7))
        fail_msg("%s: wrong derivatives", text);
    mle_arena_finish(&e.arena);
}

static void test_every_function(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a*y",
        "a/(b+y)",
        "(a*y)^b",
        "(a+x)^3",
        "(a*y)^2*b",
        "y^(a*b)",
        "-a*b*y",
        "abs(a*x)",
        "sqrt(a*y*b)",
        "exp(a*x*b)",
        "expm1(a*b*x)",
        "log(a*y+b)",
        "log1p(a*y*b)",
        "sin(a*x+b)",
        "cos(a*x*b)",
        "tan(a*b*x/4)",
        "atan(a*x*b)",
        "sinh(a*x*b)",
        "cosh(a*x*b)",
        "tanh(a*x*b)",
        "expit(a*x+b)",
        "logit(b*y/9)",
        "lgamma(a*y+b)",
        "digamma(a*y*b)",
        "lbeta(a*y, b+n)",
        "lchoose(a*9+n, b+n)",
        "erf(a*x*b)",
        "erfc(a*x+b)",
        "min(a*n, b*7-1, a+b+n)",
        "max(a*n-0.3, b*3)",
        "log_sum_exp(a*x, b*y, a*b)",
        "if(x > 0, a*b*x, exp(a)*x)",
        "if(x > 0, log(a*x), if(y > 1, b*y*a, a^2*b))",
        "if(a > b, a*b, y*log(-1))*y",
        "a*b",
        "3.5",
        "y*2",
        "a*b*c*d",
        "a^b^c*y + d",
        "exp(-a*b) * y + exp(a+d)*x*c",
    };
    const double theta[TEST_PARAMS] = { 0.9, 0.55, 0.8, -0.6 };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        check(texts[i], theta);
}

/* The value of a density, moved by parameters where it may be. */
static const char *value_for(const struct mle_family *f)
{
    static const struct {
        const char *family, *value;
    } special[] = {
        { "bernoulli", "if(n > 3, 1, 0)" },
        { "gev", "y*c + a*x + 3" },
        { "logarithmic", "n + 1" },
        { "zeta", "n + 1" },
        { "beta", "y/4" },
        { "uniform", "y/4 - b*x" },
        { "pareto", "a*y + 5" },
    };
    for (size_t i = 0; i < COUNT_OF(special); i++)
        if (strcmp(special[i].family, f->name) == 0)
            return special[i].value;
    if (f->measure == MLE_COUNTING)
        return "n";
    return f->support.lower < 0 ? "y*c + a*x" : "y*a*c";
}

/* Parameter j inside its domain, as a function of a, b, c, d. */
static const char *parameter_for(const struct mle_family *f, unsigned j)
{
    static const char *const positive[] = { "a", "b*(1.2+0.1*x)", "c", "d" };
    static const char *const unit[] = { "expit(a)", "0.2*b*(1.2+0.1*x)", "0.5*c", "0.1*d" };
    static const char *const above_one[] = { "1+a", "1+b*c", "1+c", "1+d" };
    static const char *const ends[] = { "-a*y-3", "b*y+9" };
    struct mle_domain d = f->param[j].domain;
    if (strcmp(f->name, "uniform") == 0)
        return ends[j];
    return d.upper == 1 ? unit[j] : d.lower >= 1 ? above_one[j] : positive[j];
}

static void test_family(void **state)
{
    const struct mle_family *f = *state;
    const double theta[TEST_PARAMS] = { 0.9, 0.55, 0.8, 1.3 };
    char text[512];
    size_t n = (size_t)snprintf(text, sizeof text, "%s_%s(%s", f->name,
                                f->measure == MLE_COUNTING ? "lpmf" : "lpdf", value_for(f));
    for (unsigned j = 0; j < f->n_param; j++)
        n += (size_t)snprintf(text + n, sizeof text - n, ", %s", parameter_for(f, j));
    snprintf(text + n, sizeof text - n, "%s)", f->support.needs_trials ? ", 12" : "");
    check(text, theta);
}

/* Only one side of an if counts, row by row, for values and both derivatives. */
static void test_branches_do_not_leak(void **state)
{
    (void)state;
    struct expressions e;
    struct mle_view view[MLE_EXPR_MAX_COLUMN];
    double theta[TEST_PARAMS] = { 0.7, 1.3, 0, 0 }, sum[TEST_SUM], expected[3] = { 0 };
    expressions_init(&e);
    const struct mle_expr *expr =
        expressions_parse(&e, "if(x > 0, log(a*x), b*x + sqrt(-x)*0 + log(0*a+1))");
    assert_non_null(expr);
    struct mle_expr_rows rows = expressions_rows(expr, 0, TEST_ROWS, view);
    sum_at(expr, &rows, theta, sum);
    for (size_t i = 0; i < TEST_ROWS; i++) {
        double x = e.value[1][i];
        expected[0] += x > 0 ? log(theta[0] * x) : theta[1] * x;
        expected[1] += x > 0 ? 1 / theta[0] : 0;
        expected[2] += x > 0 ? 0 : x;
    }
    assert_close(sum[0], expected[0], 1e-13);
    assert_close(sum[1], expected[1], 1e-13);
    assert_close(sum[2], expected[2], 1e-13);
    double count = expected[1] * theta[0];
    assert_close(sum[1 + TEST_PARAMS], -count / (theta[0] * theta[0]), 1e-13);
    mle_arena_finish(&e.arena);
}

/* --- random expressions -------------------------------------------------------------------------
 */

struct source {
    uint64_t seed, at;
};

static unsigned draw(struct source *s, unsigned n)
{
    unsigned value = (unsigned)(mle_random_uniform(s->seed, 7, s->at++) * n);
    return value < n ? value : n - 1;
}

static void append(char *text, size_t size, const char *part)
{
    size_t n = strlen(text);
    snprintf(text + n, size - n, "%s", part);
}

/* Functions that are smooth and tame wherever their operands are. */
static void grow(struct source *s, int depth, size_t size, char text[])
{
    static const char *const leaves[] = { "a", "b", "c", "d", "x", "y", "n", "0.5", "pi" };
    static const char *const calls[] = { "sin(",   "cos(", "atan(",   "tanh(",
                                         "expit(", "erf(", "log1p((", "sqrt(1+(" };
    if (depth == 0 || draw(s, 5) == 0) {
        append(text, size, leaves[draw(s, COUNT_OF(leaves))]);
        return;
    }
    unsigned what = draw(s, 8);
    if (what < 4) {
        static const char *const signs[] = { "+", "-", "*", "/(1.5+" };
        append(text, size, "(");
        grow(s, depth - 1, size, text);
        append(text, size, signs[what]);
        if (what == 3)
            append(text, size, "(");
        grow(s, depth - 1, size, text);
        append(text, size, what == 3 ? ")^2))" : ")");
    } else if (what < 6) {
        unsigned call = draw(s, COUNT_OF(calls));
        append(text, size, calls[call]);
        grow(s, depth - 1, size, text);
        append(text, size, call < 6 ? ")" : ")^2)");
    } else if (what == 6) {
        append(text, size, draw(s, 2) ? "if(x>0," : "if(n==2||y<1,");
        grow(s, depth - 1, size, text);
        append(text, size, ",");
        grow(s, depth - 1, size, text);
        append(text, size, ")");
    } else {
        append(text, size, "normal_lpdf(");
        grow(s, depth - 1, size, text);
        append(text, size, ",");
        grow(s, depth - 1, size, text);
        append(text, size, ",1.5+tanh(");
        grow(s, depth - 1, size, text);
        append(text, size, "))");
    }
}

static void test_random_expressions(void **state)
{
    (void)state;
    size_t taken = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        char text[6000] = "";
        struct source s = { seed, 0 };
        struct expressions e;
        struct mle_view view[MLE_EXPR_MAX_COLUMN];
        double theta[TEST_PARAMS], sum[TEST_SUM];
        grow(&s, 5, sizeof text, text);
        for (unsigned j = 0; j < TEST_PARAMS; j++)
            theta[j] = 0.3 + mle_random_uniform(seed, 8, j);
        expressions_init(&e);
        const struct mle_expr *expr = expressions_parse(&e, text);
        if (expr) {
            struct mle_expr_rows rows = expressions_rows(expr, 0, 40, view);
            sum_at(expr, &rows, theta, sum);
            if (isfinite(sum[0]) && fabs(sum[0]) < 1e6) {
                taken++;
                if (!agrees(expr, &rows, theta, 1e-6))
                    fail_msg("seed %d: %s", (int)seed, text);
            }
        }
        mle_arena_finish(&e.arena);
    }
    assert_true(taken > 300);
}

/* A row gives the same bits alone and inside any block; weights count rows. */
static void test_blocks_do_not_show(void **state)
{
    (void)state;
    struct expressions e;
    struct mle_view view[MLE_EXPR_MAX_COLUMN];
    const double theta[TEST_PARAMS] = { 0.9, 0.55, 0.8, -0.6 };
    double all[TEST_ROWS], alone, again[TEST_ROWS], w[TEST_ROWS], sum[TEST_SUM] = { 0 };
    expressions_init(&e);
    const struct mle_expr *expr = expressions_parse(
        &e, "if(x > b*0, normal_lpdf(y, a*x, b), lgamma(a*y) + exp(a*b)) + log_sum_exp(x, d)*c");
    assert_non_null(expr);
    struct mle_expr_rows rows = expressions_rows(expr, 0, TEST_ROWS, view);
    mle_expr_values(expr, &rows, theta, all);
    for (size_t i = 0; i < TEST_ROWS; i++) {
        struct mle_expr_rows one = expressions_rows(expr, i, 1, view);
        mle_expr_values(expr, &one, theta, &alone);
        assert_bits_equal(alone, all[i]);
        w[i] = (double)(i % 3);
    }
    rows = expressions_rows(expr, 0, TEST_ROWS, view);
    rows.w = w;
    mle_expr_sum(expr, &rows, theta, true, again, sum);
    assert_all_bits_equal(TEST_ROWS, again, all);
    double expected[TEST_SUM] = { 0 };
    for (size_t i = 0; i < TEST_ROWS; i++)
        for (int turn = 0; turn < (int)w[i]; turn++) {
            struct mle_expr_rows one = expressions_rows(expr, i, 1, view);
            mle_expr_sum(expr, &one, theta, true, NULL, expected);
        }
    for (unsigned i = 0; i < TEST_SUM; i++)
        assert_close_tol(sum[i], expected[i], 1e-12, 1e-11);
    mle_arena_finish(&e.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_function),
        cmocka_unit_test(test_branches_do_not_leak),
        cmocka_unit_test(test_random_expressions),
        cmocka_unit_test(test_blocks_do_not_show),
    };
    static const struct property properties[] = { { "derivatives", test_family } };
    int failed = cmocka_run_group_tests_name("expr-slopes", tests, NULL, NULL);
    return failed + run_per_family("expr-families", COUNT_OF(properties), properties);
}
