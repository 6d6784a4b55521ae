/* core/fit/holdout.h */
#include "core/fit/holdout.h"
#include "tests/support/test.h"

static void test_choose(void **state)
{
    (void)state;
    enum { N = 1000 };
    bool held[N], other[N];
    static const struct {
        size_t n;
        double fraction;
        size_t m;
    } cases[] = {
        { 1000, 0.2, 200 }, { 2, 0.01, 1 }, { 2, 0.99, 1 }, { 7, 0.5, 4 }, { 9, 0.99, 8 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t count = 0;
        assert_int_equal(mle_holdout_choose(cases[i].n, cases[i].fraction, 1, held), cases[i].m);
        for (size_t j = 0; j < cases[i].n; j++)
            count += held[j];
        assert_int_equal(count, cases[i].m);
    }
    mle_holdout_choose(N, 0.2, 1, held);
    mle_holdout_choose(N, 0.2, 1, other);
    assert_memory_equal(held, other, sizeof held);
    mle_holdout_choose(N, 0.2, 2, other);
    assert_memory_not_equal(held, other, sizeof held);
}

/* Each row is held out as often: 2 of 5 in 4,000 draws, 5 standard deviations of the binomial. */
static void test_choose_evenly(void **state)
{
    (void)state;
    double count[5] = { 0 };
    bool held[5];
    for (uint64_t seed = 0; seed < 4000; seed++) {
        mle_holdout_choose(5, 0.4, seed, held);
        for (size_t i = 0; i < 5; i++)
            count[i] += held[i];
    }
    for (size_t i = 0; i < 5; i++)
        assert_true(fabs(count[i] - 1600) < 5 * sqrt(4000 * 0.4 * 0.6));
}

static void test_mean(void **state)
{
    (void)state;
    static const bool held[] = { true, false, true, true };
    static const double x[] = { 1, 100, 2, 6 }, w[] = { 1, 7, 2, 1 };
    double mean, error;
    mle_holdout_mean(4, held, x, NULL, &mean, &error);
    assert_close(mean, 3, 1e-15);
    assert_close(error, sqrt(14.0 / 2 / 3), 1e-15);
    mle_holdout_mean(4, held, x, w, &mean, &error); /* as 1, 2, 2, 6 */
    assert_close(mean, 2.75, 1e-15);
    assert_close(error, sqrt(14.75 / 3 / 4), 1e-15);
    mle_holdout_mean(1, held, x, NULL, &mean, &error);
    assert_close(mean, 1, 1e-15);
    assert_true(isnan(error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose),
        cmocka_unit_test(test_choose_evenly),
        cmocka_unit_test(test_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
