/* core/fit/goodness.h */
#include "core/fit/goodness.h"
#include "tests/support/test.h"

/* Uniform on (0, 1): u = y, so the statistics are their definitions. */
static void test_continuous(void **state)
{
    (void)state;
    static const double y[] = { 0.1, 0.2, 0.7 }, theta[] = { 0, 1 };
    double t[MLE_GOODNESS_TESTS], a = 0;
    mle_goodness_continuous(mle_family_find("uniform"), theta, 3, y, t);
    assert_close(t[0], 2.0 / 3 - 0.2, 1e-14);
    for (int i = 0; i < 3; i++)
        a += (2 * i + 1) * (log(y[i]) + log1p(-y[2 - i]));
    assert_close(t[1], -3 - a / 3, 1e-13);
    double w = pow(0.1 - 1.0 / 6, 2) + pow(0.2 - 0.5, 2) + pow(0.7 - 5.0 / 6, 2) + 1.0 / 36;
    assert_close(t[2], w, 1e-13);
}

/* Bernoulli(0.25), 3 of 4 are 1: (1 - 3)^2 / 3 + (3 - 1)^2 / 1; all 1: 9 / 1 + 3 left. */
static void test_discrete(void **state)
{
    (void)state;
    static const double y[] = { 0, 1, 1, 1 }, ones[] = { 1, 1, 1, 1 }, theta[] = { 0.25 };
    const struct mle_family *f = mle_family_find("bernoulli");
    assert_close(mle_goodness_discrete(f, theta, NAN, 4, y), 4.0 / 3 + 4, 1e-13);
    assert_close(mle_goodness_discrete(f, theta, NAN, 4, ones), 12, 1e-13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_continuous),
        cmocka_unit_test(test_discrete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
