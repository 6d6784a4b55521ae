/* What a fit promises, for every family: the same bits for any number of threads, the same maximum
   by the closed form and by Newton, rows that count as often as their weight says. */
#include "core/data/data.h"
#include "core/fit/fit.h"
#include "tests/support/per_family.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 200003 };

static double trials_of(const struct mle_family *f)
{
    return f->support.needs_trials ? 12 : NAN;
}

/* Inside the domain, and of the search where there is one. */
static void make_theta(const struct mle_family *f, double theta[])
{
    for (unsigned j = 0; j < f->n_param; j++) {
        theta[j] = mle_domain_from_u(f->param[j].domain, 0.4 + j);
        if (f->param[j].search.upper > f->param[j].search.lower)
            theta[j] = fmax(theta[j], f->param[j].search.lower + 0.5);
    }
}

/* Quantiles at equal steps of probability, shuffled: a sample without noise. */
static double *sample(const struct mle_family *f, size_t n)
{
    double theta[MLE_MAX_PARAM], *y = calloc(n, sizeof *y);
    make_theta(f, theta);
    for (size_t i = 0; i < n; i++) {
        double p = ((double)(i * 7919 % n) + 0.5) / (double)n;
        y[i] = mle_quantile(f, p, theta, trials_of(f), (struct mle_tail){ false, false });
    }
    return y;
}

struct result {
    double value[MLE_MAX_PARAM], error[MLE_MAX_PARAM], ll, mse, cross_entropy;
    enum mle_fit_status status;
    enum mle_verdict verdict;
};

static struct result fit(const struct mle_family *f, size_t n, const double y[], const double w[],
                         int method, struct mle_pool *pool)
{
    struct mle_column columns[2] = {
        { .name = "y", .type = MLE_FLOAT64, .n = n, .values = y },
        { .name = "w", .type = MLE_FLOAT64, .n = n, .values = w },
    };
    struct mle_data data = { .n = n, .n_column = w ? 2 : 1, .column = columns };
    struct mle_model_spec spec = mle_model_spec_default;
    struct mle_fit_options options = mle_fit_options_default;
    struct mle_arena arena;
    struct mle_model model;
    struct mle_fit answer;
    struct mle_error err;
    mle_arena_init(&arena, NULL, NULL);
    struct mle_work work = { { pool }, NULL, &arena };
    spec.family = f->name;
    spec.weights = w ? "w" : NULL;
    spec.trials = trials_of(f);
    options.method = method;
    assert_int_equal(mle_model_bind(&spec, &data, MLE_MISSING_ERROR, &work, &model, &err), MLE_OK);
    assert_int_equal(mle_fit_run(&model, &options, &work, &answer, &err), MLE_OK);
    struct result r = { .ll = answer.diagnostics.log_likelihood,
                        .mse = answer.diagnostics.mean_squared_error,
                        .cross_entropy = answer.diagnostics.cross_entropy,
                        .status = answer.status,
                        .verdict = answer.existence.verdict };
    for (unsigned j = 0; j < f->n_param; j++) {
        r.value[j] = answer.estimate[j].value;
        r.error[j] = answer.estimate[j].standard_error;
    }
    mle_arena_finish(&arena);
    return r;
}

/* Families without solve or start are settled by order statistics, without a method. */
static int newton_of(const struct mle_family *f)
{
    return f->solve || f->start ? MLE_METHOD_NEWTON : MLE_METHOD_AUTO;
}

static void test_threads_give_the_same_bits(void **state)
{
    const struct mle_family *f = *state;
    double *y = sample(f, ROWS);
    struct result one = fit(f, ROWS, y, NULL, newton_of(f), NULL);
    for (unsigned threads = 1; threads <= 8; threads++) {
        struct mle_pool *pool = mle_pool_create(threads, 0, NULL);
        assert_non_null(pool);
        struct result many = fit(f, ROWS, y, NULL, newton_of(f), pool);
        assert_bits_equal(many.ll, one.ll);
        assert_all_bits_equal(f->n_param, many.value, one.value);
        assert_all_bits_equal(f->n_param, many.error, one.error);
        mle_pool_destroy(pool);
    }
    free(y);
}

static void test_newton_finds_the_closed_form(void **state)
{
    const struct mle_family *f = *state;
    if (!f->solve) {
        assert_null(f->solve);
        return;
    }
    double *y = sample(f, 1009);
    struct result exact = fit(f, 1009, y, NULL, MLE_METHOD_CLOSED_FORM, NULL);
    struct result newton = fit(f, 1009, y, NULL, MLE_METHOD_NEWTON, NULL);
    assert_int_equal(newton.status, MLE_FIT_CONVERGED);
    assert_int_equal(exact.verdict, MLE_VERDICT_INTERIOR);
    assert_close(newton.ll, exact.ll, 1e-13);
    for (unsigned j = 0; j < f->n_param; j++) {
        assert_close_tol(newton.value[j], exact.value[j], 1e-9, 1e-9);
        assert_close(newton.error[j], exact.error[j], 1e-7);
    }
    free(y);
}

static void test_weights_are_replication(void **state)
{
    const struct mle_family *f = *state;
    enum { N = 101 };
    double *y = sample(f, N), w[N], *all = calloc(3 * N, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < N; i++) {
        w[i] = (double)(i % 4);
        for (size_t k = 0; k < i % 4; k++)
            all[n++] = y[i];
    }
    struct result weighted = fit(f, N, y, w, MLE_METHOD_AUTO, NULL);
    struct result replicated = fit(f, n, all, NULL, MLE_METHOD_AUTO, NULL);
    assert_close(weighted.ll, replicated.ll, 1e-12);
    for (unsigned j = 0; j < f->n_param; j++) {
        assert_close(weighted.value[j], replicated.value[j], 1e-11);
        assert_close(weighted.error[j], replicated.error[j], 1e-11);
    }
    free(all);
    free(y);
}

/* Which row comes first does not matter. */
static void test_order_of_rows_does_not_matter(void **state)
{
    const struct mle_family *f = *state;
    enum { N = 8209 };
    double *y = sample(f, N), *turned = calloc(N, sizeof *turned);
    for (size_t i = 0; i < N; i++)
        turned[i] = y[N - 1 - i];
    struct result a = fit(f, N, y, NULL, MLE_METHOD_AUTO, NULL);
    struct result b = fit(f, N, turned, NULL, MLE_METHOD_AUTO, NULL);
    assert_close(a.ll, b.ll, 1e-12);
    for (unsigned j = 0; j < f->n_param; j++)
        assert_close_tol(a.value[j], b.value[j], 1e-9, 1e-9);
    free(turned);
    free(y);
}

/* What a parameter becomes when y becomes b y (a location too: the origin stays). */
static double rescaled(enum mle_action action, double theta, double b)
{
    switch (action) {
    case MLE_ACT_LOCATION:
    case MLE_ACT_SCALE:
        return b * theta;
    case MLE_ACT_INVERSE_SCALE:
        return theta / b;
    case MLE_ACT_LOG_SHIFT:
        return theta + log(b);
    case MLE_ACT_NONE:
    case MLE_ACT_FIXED_UNIT:
        break;
    }
    return theta;
}

/* Another unit of measurement changes no shape, and scales by what they are. */
static void test_unit_does_not_matter(void **state)
{
    const struct mle_family *f = *state;
    static const double units[] = { 1e8, 1e-8, 3 };
    enum { N = 1009 };
    double *y = sample(f, N), *other = calloc(N, sizeof *other);
    struct result here = fit(f, N, y, NULL, MLE_METHOD_AUTO, NULL);
    bool has_unit = true;
    for (unsigned j = 0; j < f->n_param; j++)
        has_unit &= f->param[j].action != MLE_ACT_FIXED_UNIT;
    for (size_t k = 0; has_unit && k < COUNT_OF(units); k++) {
        for (size_t i = 0; i < N; i++)
            other[i] = units[k] * y[i];
        struct result there = fit(f, N, other, NULL, MLE_METHOD_AUTO, NULL);
        assert_int_equal(there.status, here.status);
        assert_close_tol(there.ll, here.ll - N * log(units[k]), 1e-10, 1e-8);
        for (unsigned j = 0; j < f->n_param; j++) {
            double expected = rescaled(f->param[j].action, here.value[j], units[k]);
            double size = fabs(rescaled(f->param[j].action, here.error[j], units[k]));
            assert_close_tol(there.value[j], expected, 1e-8, isfinite(size) ? 1e-7 * size : 0);
        }
    }
    free(other);
    free(y);
}

/* A sample of the family gives its parameters back, within five of the errors the fit claims. */
static void test_sample_then_fit(void **state)
{
    const struct mle_family *f = *state;
    enum { N = 20001 }; /* odd: the median is unique */
    double theta[MLE_MAX_PARAM], *y = calloc(N, sizeof *y);
    make_theta(f, theta);
    for (size_t i = 0; i < N; i++)
        y[i] = mle_sample(f, theta, trials_of(f), 7, 1, i);
    struct result r = fit(f, N, y, NULL, MLE_METHOD_AUTO, NULL);
    assert_int_equal(r.status, MLE_FIT_CONVERGED);
    assert_int_equal(r.verdict, MLE_VERDICT_INTERIOR);
    for (unsigned j = 0; j < f->n_param; j++) {
        /* families settled by order statistics claim no errors */
        double error = r.error[j] > 0 ? r.error[j] : fabs(theta[j]) / sqrt(N);
        assert_close_abs(r.value[j], theta[j], 5 * error);
    }
    free(y);
}

/* 5.58: a million densities multiply to 0 in double precision; their logs add up. */
static void test_no_underflow(void **state)
{
    (void)state;
    const struct mle_family *f = mle_family_find("normal");
    enum { N = 1000000 };
    double *y = sample(f, N), product = 1;
    struct result r = fit(f, N, y, NULL, MLE_METHOD_AUTO, NULL);
    long double sum = 0;
    for (size_t i = 0; i < N; i++) {
        double log_density = mle_log_density(f, r.value, NAN, y[i]);
        product *= exp(log_density);
        sum += (long double)log_density;
    }
    assert_true(product == 0);
    assert_close(r.ll, (double)sum, 1e-12);
    free(y);
}

/* Mean squared error is the cross-entropy with a Gaussian model. */
static void test_squared_error_is_cross_entropy(void **state)
{
    (void)state;
    const struct mle_family *f = mle_family_find("normal");
    double *y = sample(f, 1009);
    struct result r = fit(f, 1009, y, NULL, MLE_METHOD_AUTO, NULL);
    assert_close(r.cross_entropy, 0.5 * log(2 * M_PI * r.mse) + 0.5, 1e-14);
    free(y);
}

static const struct property properties[] = {
    { "threads_give_the_same_bits", test_threads_give_the_same_bits },
    { "newton_finds_the_closed_form", test_newton_finds_the_closed_form },
    { "weights_are_replication", test_weights_are_replication },
    { "order_of_rows_does_not_matter", test_order_of_rows_does_not_matter },
    { "unit_does_not_matter", test_unit_does_not_matter },
    { "sample_then_fit", test_sample_then_fit },
};

int main(void)
{
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_no_underflow),
        cmocka_unit_test(test_squared_error_is_cross_entropy),
    };
    int failed = run_per_family("fit", COUNT_OF(properties), properties);
    return failed + cmocka_run_group_tests_name("fit once", once, NULL, NULL);
}
