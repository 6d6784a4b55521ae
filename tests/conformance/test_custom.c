/* What a fit of a custom density promises: the bits do not depend on threads, the answer is that of
   the family it spells out, derivatives are those of differences, and the integral is found
   wherever the mass lies. */
#include "core/fit/fit.h"
#include "tests/support/test.h"

#include <stdlib.h>

enum { MAX_ROWS = 100003 };

struct bound {
    struct mle_arena arena;
    struct mle_column column[2];
    struct mle_data data;
    struct mle_custom_spec custom;
    struct mle_custom_param param[3];
    struct mle_model_spec spec;
    struct mle_work work;
    struct mle_model model;
    struct mle_error err;
};

static void bind(struct bound *b, const char *text, size_t n_param, size_t n, const double *y,
                 const double *x, struct mle_pool *pool)
{
    static const char *const names[] = { "a", "b", "c" };
    memset(b, 0, sizeof *b);
    mle_arena_init(&b->arena, NULL, NULL);
    b->column[0] = (struct mle_column){ .name = "y", .type = MLE_FLOAT64, .n = n, .values = y };
    b->column[1] = (struct mle_column){ .name = "x", .type = MLE_FLOAT64, .n = n, .values = x };
    b->data = (struct mle_data){ .n = n, .n_column = x ? 2 : 1, .column = b->column };
    /* a is any number, b and c are positive */
    for (size_t j = 0; j < n_param; j++)
        b->param[j] =
            (struct mle_custom_param){ names[j], j ? 0 : -(double)INFINITY, INFINITY, NAN };
    b->custom = (struct mle_custom_spec){ .log_density = text,
                                          .n_param = n_param,
                                          .param = b->param,
                                          .lower = -(double)INFINITY,
                                          .upper = INFINITY,
                                          .member = "log_density" };
    b->spec = mle_model_spec_default;
    b->spec.family = "custom";
    b->spec.custom = &b->custom;
    b->work = (struct mle_work){ { pool }, NULL, &b->arena };
}

static void open_model(struct bound *b)
{
    enum mle_status status =
        mle_model_bind(&b->spec, &b->data, MLE_MISSING_ERROR, &b->work, &b->model, &b->err);
    if (status != MLE_OK)
        fail_msg("%s", b->err.text);
}

static void fit(struct bound *b, struct mle_fit *answer)
{
    open_model(b);
    assert_int_equal(mle_fit_run(&b->model, &mle_fit_options_default, &b->work, answer, &b->err),
                     MLE_OK);
}

static double quantile(size_t i, size_t n)
{
    return mle_quantile(mle_family_find("normal"), ((double)(i * 7919 % n) + 0.5) / (double)n,
                        (const double[]){ 3, 2 }, NAN, (struct mle_tail){ false, false });
}

static void test_threads_give_the_same_bits(void **state)
{
    (void)state;
    double *y = calloc(MAX_ROWS, sizeof *y), *x = calloc(MAX_ROWS, sizeof *x);
    struct bound one, many;
    struct mle_fit first, other;
    for (size_t i = 0; i < MAX_ROWS; i++) {
        x[i] = (double)(i % 11) - 5;
        y[i] = quantile(i, MAX_ROWS) + 0.5 * x[i];
    }
    static const char text[] = "if(x > 0, normal_lpdf(y, a + 0.5*x, b), "
                               "-log(b*sqrt(2*pi)) - ((y-a-0.5*x)/b)^2/2) + 0*lgamma(c)";
    bind(&one, text, 3, MAX_ROWS, y, x, NULL);
    one.param[2].start = 2;
    one.spec.n_fixed = 1;
    one.spec.fixed = &(const struct mle_named_value){ "c", 1.5, "/model/fixed/c" };
    fit(&one, &first);
    assert_int_equal(first.status, MLE_FIT_CONVERGED);
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct mle_pool *pool = mle_pool_create(threads, 0, NULL);
        bind(&many, text, 3, MAX_ROWS, y, x, pool);
        many.spec.n_fixed = 1;
        many.spec.fixed = one.spec.fixed;
        many.param[2].start = 2;
        fit(&many, &other);
        assert_bits_equal(other.diagnostics.nll, first.diagnostics.nll);
        for (size_t j = 0; j < 3; j++)
            assert_bits_equal(other.estimate[j].value, first.estimate[j].value);
        assert_bits_equal(other.estimate[0].standard_error, first.estimate[0].standard_error);
        assert_bits_equal(other.normalisation.value, first.normalisation.value);
        mle_arena_finish(&many.arena);
        mle_pool_destroy(pool);
    }
    assert_close(first.estimate[0].value, 3, 1e-6);
    assert_close(first.normalisation.value, 1, 1e-10);
    mle_arena_finish(&one.arena);
    free(x);
    free(y);
}

/* The same rows by the family and by its formula. */
static void test_it_is_the_family(void **state)
{
    (void)state;
    enum { ROWS = 201 };
    double y[ROWS];
    struct bound b;
    struct mle_fit custom, family;
    for (size_t i = 0; i < ROWS; i++)
        y[i] = exp(quantile(i, ROWS) / 3);
    bind(&b, "b*log(c) - lgamma(b) + (b-1)*log(y - 0*a) - c*y", 3, ROWS, y, NULL, NULL);
    b.custom.lower = 0;
    b.spec.n_fixed = 1;
    b.spec.fixed = &(const struct mle_named_value){ "a", 1, "/model/fixed/a" };
    fit(&b, &custom);
    struct mle_model_spec spec = mle_model_spec_default;
    struct mle_model model;
    spec.family = "gamma";
    assert_int_equal(mle_model_bind(&spec, &b.data, MLE_MISSING_ERROR, &b.work, &model, &b.err),
                     MLE_OK);
    assert_int_equal(mle_fit_run(&model, &mle_fit_options_default, &b.work, &family, &b.err),
                     MLE_OK);
    assert_int_equal(custom.status, MLE_FIT_CONVERGED);
    assert_int_equal(custom.existence.maximum, MLE_MAXIMUM_LOCAL);
    assert_close(custom.diagnostics.nll, family.diagnostics.nll, 1e-12);
    for (size_t j = 0; j < 2; j++) {
        assert_close(custom.estimate[1 + j].value, family.estimate[j].value, 1e-8);
        assert_close(custom.estimate[1 + j].standard_error, family.estimate[j].standard_error,
                     1e-7);
    }
    mle_arena_finish(&b.arena);
}

/* The objective in u, whose chain rule is the model's own. */
static void test_derivatives_in_u(void **state)
{
    (void)state;
    enum { ROWS = 50 };
    double y[ROWS], x[ROWS], u[3] = { 0.3, 0.4, -0.2 }, ll, grad[3], hess[9], other[9], up[3],
                             down[3];
    struct bound b;
    for (size_t i = 0; i < ROWS; i++) {
        y[i] = quantile(i, ROWS);
        x[i] = (double)(i % 5);
    }
    bind(&b, "student_t_lpdf(y, b, a*x, c)", 3, ROWS, y, x, NULL);
    b.param[1].upper = 7;
    open_model(&b);
    const struct mle_model_kind *kind = b.model.kind;
    assert_int_equal(kind->loglik(&b.model, &b.work, u, &ll, grad, hess, &b.err), MLE_OK);
    for (size_t j = 0; j < 3; j++) {
        double high, low, h = 1e-5, v[3] = { u[0], u[1], u[2] };
        v[j] = u[j] + h;
        kind->loglik(&b.model, &b.work, v, &high, up, other, &b.err);
        v[j] = u[j] - h;
        kind->loglik(&b.model, &b.work, v, &low, down, other, &b.err);
        assert_close_tol(grad[j], (high - low) / (2 * h), 1e-6, 1e-5);
        for (size_t l = 0; l < 3; l++)
            assert_close_tol(hess[l * 3 + j], (up[l] - down[l]) / (2 * h), 1e-6, 1e-5);
    }
    mle_arena_finish(&b.arena);
}

/* What a density with all parameters given integrates to. */
static void check_integral(const char *text, double lower, double upper, bool discrete, double y,
                           double expected)
{
    static const struct mle_named_value given[] = { { "a", 1.5, "/model/fixed/a" },
                                                    { "b", 0.25, "/model/fixed/b" } };
    struct bound b;
    struct mle_fit answer;
    double rows[3] = { y, y, y };
    bind(&b, text, 2, 3, rows, NULL, NULL);
    b.custom.lower = lower;
    b.custom.upper = upper;
    b.custom.discrete = discrete;
    b.spec.n_fixed = 2;
    b.spec.fixed = given;
    fit(&b, &answer);
    bool one = expected == 1;
    if (!test_is_close(answer.normalisation.value, expected, 1e-7, 0))
        fail_msg("%s: %.12g +- %.2g", text, answer.normalisation.value, answer.normalisation.error);
    assert_int_equal(answer.n_warning, one ? 0 : 1);
    assert_true(isnan(answer.diagnostics.cross_entropy) == !one);
    assert_false(isnan(answer.diagnostics.nll));
    mle_arena_finish(&b.arena);
}

static void test_integrals(void **state)
{
    (void)state;
    const double inf = INFINITY;
    check_integral("normal_lpdf(y, a, b)", -inf, inf, false, 1.2, 1);
    check_integral("normal_lpdf(y, a*1e6, b*1e-3)", -inf, inf, false, 1.5e6, 1);
    check_integral("cauchy_lpdf(y, a, b)", -inf, inf, false, 3, 1);
    check_integral("laplace_lpdf(y, a, b)", -inf, inf, false, 3, 1);
    check_integral("student_t_lpdf(y, b*4, a, b)", -inf, inf, false, 3, 1);
    check_integral("log_sum_exp(log(0.5)+normal_lpdf(y,a,b), log(0.5)+normal_lpdf(y,-4,0.5))", -inf,
                   inf, false, 1, 1);
    check_integral("gamma_lpdf(y, b, a)", 0, inf, false, 0.5, 1);
    check_integral("beta_lpdf(y, 0.5+b*0, a)", 0, 1, false, 0.5, 1);
    check_integral("if(y < a, log(b), log(1-b*a) - (y-a))", 0, inf, false, 0.5, 1);
    check_integral("-y^2*b*4 + 0*a", -inf, inf, false, 0.5, 1.77245385090551602730);
    check_integral("log(2*b) + 0*a*y", 0, 1, false, 0.5, 0.5);
    check_integral("poisson_lpmf(y, a*1000+0*b)", 0, inf, true, 1400, 1);
    check_integral("binomial_lpmf(y, b+0*a, 12)", 0, 12, true, 4, 1);
    check_integral("-a*y + 0*b", 0, inf, true, 4, 1 / (1 - exp(-1.5)));
}

/* 3 + 2 * 200 nodes, 4 passes, and as many rows as that may not have. The rows are not looked at
   before: one page of zeros would do. */
static void test_work_is_limited(void **state)
{
    (void)state;
    const size_t many = 13000000;
    struct bound b;
    double *y = calloc(many, sizeof *y);
    char text[600] = "a*y*b*c";
    for (size_t n = strlen(text); n < 400; n += 2)
        memcpy(text + n, "+y", 3);
    assert_non_null(y);
    for (int turn = 0; turn < 2; turn++) {
        bind(&b, text, 3, turn ? many : many / 2, y, NULL, NULL);
        enum mle_status status =
            mle_model_bind(&b.spec, &b.data, MLE_MISSING_ERROR, &b.work, &b.model, &b.err);
        assert_int_equal(status, turn ? MLE_EXPRESSION : MLE_OK);
        if (turn)
            assert_string_equal(b.err.fault[0].code, "cost");
        mle_arena_finish(&b.arena);
    }
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_give_the_same_bits),
        cmocka_unit_test(test_it_is_the_family),
        cmocka_unit_test(test_derivatives_in_u),
        cmocka_unit_test(test_integrals),
        cmocka_unit_test(test_work_is_limited),
    };
    return cmocka_run_group_tests_name("custom", tests, NULL, NULL);
}
