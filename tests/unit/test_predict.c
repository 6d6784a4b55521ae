/* Variances by formula against the integral, and draws that depend on nothing but their place. */
#include "core/fit/expect.h"
#include "core/fit/predict.h"
#include "tests/support/test.h"

#include <stdio.h>

static double squared_distance(const void *ctx, double y)
{
    double d = y - *(const double *)ctx;
    return d * d;
}

/* Every family with a formula, and its record with predictors, where the integral has an answer. */
static size_t check_variance(const struct mle_family *f)
{
    static const double u[] = { 0.9, 1.1, 0.4, 0.2 };
    double theta[MLE_MAX_PARAM], trials = f->support.needs_trials ? 9 : 0, variance;
    unsigned at;
    for (unsigned j = 0; j < f->n_param; j++)
        theta[j] = mle_domain_from_u(f->param[j].domain, u[j]);
    if (f->refuse && f->refuse(theta, &at))
        theta[1] = theta[0] + 2;
    assert_int_equal(mle_variance(f, theta, trials, NULL, &variance, NULL), MLE_OK);
    double mean = f->mean && !f->circular ? f->mean(theta, trials) : NAN;
    if (!mle_variance_is_known(f) || !isfinite(mean))
        return 0;
    struct mle_integrand h = { squared_distance, &mean };
    struct mle_expectation e;
    assert_int_equal(mle_expect(f, theta, trials, &h, NAN, NULL, &e, NULL), MLE_OK);
    print_message("%s: %.15g, integral %.15g +- %.1g\n", f->name, variance, e.value, e.error);
    assert_close_tol(variance, e.value, 1e-10, 2 * e.error);
    return 1;
}

static void test_variance(void **state)
{
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < mle_family_count(); i++) {
        const struct mle_family *f = mle_family_get(i);
        n += check_variance(f);
        if (f->regression)
            n += check_variance(f->regression);
    }
    assert_true(n >= 20);
}

static void test_variance_edges(void **state)
{
    static const struct {
        const char *family;
        double theta[3], variance;
    } cases[] = {
        { "student_t", { 2, 0, 1 }, INFINITY },
        { "student_t", { 1, 0, 1 }, NAN },
        { "student_t", { 4, 5, 3 }, 18 },
        { "pareto", { 1.5, 1 }, INFINITY },
        { "pareto", { 1, 1 }, NAN },
        { "gpd", { 1, 0.5 }, INFINITY },
        { "cauchy", { 0, 1 }, NAN },
        { "von_mises", { 0, 1 }, NAN },
        { "lomax", { 1.5, 1 }, INFINITY },
        { "log_logistic", { 1.5, 1 }, INFINITY },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double variance = -1;
        const struct mle_family *f = mle_family_find(cases[i].family);
        assert_int_equal(mle_variance(f, cases[i].theta, NAN, NULL, &variance, NULL), MLE_OK);
        assert_close(variance, cases[i].variance, 1e-13);
    }
}

/* --- draws ------------------------------------------------------------------------------------ */

enum { ROWS = 3, SIZE = 2000 };

static void draw(struct mle_arena *arena, const size_t origin[], size_t n, size_t size,
                 uint64_t seed, struct mle_prediction *out)
{
    struct mle_model_spec spec = mle_model_spec_default;
    struct mle_data data = { .n = ROWS };
    struct mle_work work = { .arena = arena };
    struct mle_model model;
    struct mle_error err;
    spec.family = "gamma";
    spec.no_response = true;
    assert_int_equal(mle_model_bind(&spec, &data, MLE_MISSING_ERROR, &work, &model, &err), MLE_OK);
    model.frame.origin = origin;
    model.frame.n = n;
    struct mle_predict_options options = { .want = 1u << MLE_WANT_SAMPLE,
                                           .size = size,
                                           .seed = seed };
    static const double theta[] = { 2, 0.5 };
    assert_int_equal(mle_predict(&model, theta, &options, &work, out, &err), MLE_OK);
}

static void test_draws(void **state)
{
    static const size_t last[] = { 2 };
    struct mle_arena arena;
    struct mle_prediction all, some, other;
    double sum = 0, square = 0;
    (void)state;
    mle_arena_init(&arena, NULL, NULL);
    draw(&arena, NULL, ROWS, SIZE, 7, &all);
    draw(&arena, last, 1, SIZE / 2, 7, &some); /* without the rows before it, and fewer */
    draw(&arena, NULL, ROWS, SIZE, 8, &other);
    assert_all_bits_equal(SIZE / 2, some.sample, all.sample + 2 * SIZE);
    assert_true(all.sample[0] != all.sample[SIZE] && all.sample[0] != other.sample[0]);
    for (size_t i = 0; i < ROWS * SIZE; i++) {
        sum += all.sample[i];
        square += all.sample[i] * all.sample[i];
    }
    double mean = sum / (ROWS * SIZE), n = ROWS * SIZE;
    assert_close_abs(mean, 4, 5 * sqrt(8 / n)); /* mean 4, variance 8 */
    assert_close(square / n - mean * mean, 8, 0.15);
    mle_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variance),
        cmocka_unit_test(test_variance_edges),
        cmocka_unit_test(test_draws),
    };
    return cmocka_run_group_tests_name("predict", tests, NULL, NULL);
}
