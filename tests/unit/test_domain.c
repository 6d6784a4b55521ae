/* core/math/domain.h and logs.h. */
#include "core/math/domain.h"
#include "core/math/logs.h"
#include "tests/support/test.h"

#include <float.h>

static const struct mle_domain domains[] = {
    MLE_REAL,
    MLE_POSITIVE,
    MLE_NON_NEGATIVE,
    MLE_NEGATIVE,
    MLE_UNIT,
    MLE_CORRELATION,
    MLE_AT_LEAST(1),
    MLE_GREATER_THAN(-3),
    MLE_BETWEEN(2, 1e6),
    MLE_BETWEEN(-1e-3, 1e3),
};

static void test_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(domains); i++) {
        for (double u = -30; u <= 30; u += 0.7) {
            double x = mle_domain_from_u(domains[i], u);
            assert_true(mle_domain_contains(domains[i], x));
            /* next to an end that is not 0, x has lost digits of u */
            double dx;
            mle_domain_derivatives(domains[i], u, NULL, &dx, NULL);
            double lost = 4 * DBL_EPSILON * fabs(x) / dx;
            assert_close_tol(mle_domain_to_u(domains[i], x), u, 1e-14, 1e-14 + lost);
        }
    }
}

static void test_derivatives(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(domains); i++) {
        for (double u = -8; u <= 8; u += 0.37) {
            const double h = 1e-4;
            double x, dx, d2x, down, up, at_dx, at_d2x;
            mle_domain_derivatives(domains[i], u, &x, &dx, &d2x);
            mle_domain_derivatives(domains[i], u - h, NULL, &down, NULL);
            mle_domain_derivatives(domains[i], u + h, NULL, &up, NULL);
            double slope =
                (mle_domain_from_u(domains[i], u + h) - mle_domain_from_u(domains[i], u - h)) /
                (2 * h);
            assert_close_tol(slope, dx, 1e-7, 1e-10 * (1 + fabs(x)));
            assert_close_tol((up - down) / (2 * h), d2x, 1e-7, 1e-8 * fabs(dx));
            mle_domain_derivatives_at(domains[i], x, &at_dx, &at_d2x);
            double loss = 1e-14 + 4 * DBL_EPSILON * fabs(x) / dx;
            assert_close(at_dx, dx, loss);
            assert_close_tol(at_d2x, d2x, loss, loss * dx);
        }
    }
}

static void test_extremes(void **state)
{
    (void)state;
    const double us[] = { -1e308, -1e4, -800, -745, 745, 800, 1e4, 1e308 };
    for (size_t i = 0; i < COUNT_OF(domains); i++) {
        for (size_t j = 0; j < COUNT_OF(us); j++) {
            double x, dx, d2x;
            mle_domain_derivatives(domains[i], us[j], &x, &dx, &d2x);
            assert_true(mle_domain_contains(domains[i], x));
            assert_true(isfinite(dx) && dx >= 0 && isfinite(d2x));
        }
        assert_true(isnan(mle_domain_from_u(domains[i], NAN)));
        assert_true(isnan(mle_domain_to_u(domains[i], NAN)));
        assert_close(mle_domain_from_u(domains[i], INFINITY), domains[i].upper, 0);
        assert_close(mle_domain_from_u(domains[i], -INFINITY), domains[i].lower, 0);
        assert_close(mle_domain_to_u(domains[i], domains[i].upper), INFINITY, 0);
        assert_close(mle_domain_to_u(domains[i], domains[i].lower), -INFINITY, 0);
    }
    struct mle_domain unit = MLE_UNIT;
    assert_close(mle_domain_complement(unit, 100), exp(-100), 1e-15);
    assert_true(isnan(mle_domain_to_u(unit, 1.5)));
    assert_close(mle_domain_to_u(unit, 1e-300), log(1e-300), 1e-15);
}

static void test_contains(void **state)
{
    (void)state;
    struct mle_domain closed = MLE_UNIT_CLOSED, open = MLE_UNIT, least = MLE_AT_LEAST(1);
    assert_true(mle_domain_contains(closed, 0) && mle_domain_contains(closed, 1));
    assert_false(mle_domain_contains(open, 0) || mle_domain_contains(open, 1));
    assert_true(mle_domain_contains(least, 1));
    assert_false(mle_domain_contains(least, INFINITY));
    assert_false(mle_domain_contains(least, NAN));
}

static void test_logs(void **state)
{
    (void)state;
    assert_close(mle_log1mexp(-1e-20), log(1e-20), 1e-15);
    assert_close(mle_log1mexp(-50), -exp(-50), 1e-15);
    assert_close(mle_log1mexp(0), -INFINITY, 0);
    assert_close(mle_log1pexp(-800), 0, 0);
    assert_close(mle_log1pexp(-40), exp(-40), 1e-15);
    assert_close(mle_log1pexp(800), 800, 0);
    assert_close(mle_expit(-700), exp(-700), 1e-15);
    assert_close(mle_expit(INFINITY), 1, 0);
    assert_close(mle_log_expit(-1e6), -1e6, 0);
    assert_close(mle_logit(0.5 + 1e-10), 4e-10, 1e-6);
    assert_close(mle_logit(0), -INFINITY, 0);
    assert_close(mle_logit(1), INFINITY, 0);
    assert_true(isnan(mle_logit(1.1)) && isnan(mle_logit(-0.1)));
    assert_close(mle_xlogy(0, 0), 0, 0);
    assert_true(isnan(mle_xlogy(0, NAN)));
    assert_close(mle_xlog1py(0, -1), 0, 0);
}

static void test_log_sums(void **state)
{
    (void)state;
    assert_close(mle_log_sum_exp2(1000, 1000), 1000 + log(2), 1e-15);
    assert_close(mle_log_sum_exp2(-INFINITY, 3), 3, 0);
    assert_close(mle_log_sum_exp2(-INFINITY, -INFINITY), -INFINITY, 0);
    assert_close(mle_log_sum_exp2(INFINITY, INFINITY), INFINITY, 0);
    assert_close(mle_log_sum_exp2(INFINITY, -INFINITY), INFINITY, 0);
    assert_true(isnan(mle_log_sum_exp2(NAN, INFINITY)));
    assert_close(mle_log_diff_exp(1000 + log(3), 1000), 1000 + log(2), 1e-15);
    assert_close(mle_log_diff_exp(5, 5), -INFINITY, 0);
    assert_close(mle_log_diff_exp(5, -INFINITY), 5, 0);
    assert_true(isnan(mle_log_diff_exp(1, 2)));
    const double a[] = { -1000, -1001, -INFINITY, -999 };
    assert_close(mle_log_sum_exp(4, a), -999 + log1p(exp(-1) + exp(-2)), 1e-15);
    assert_close(mle_log_sum_exp(0, NULL), -INFINITY, 0);
    assert_close(mle_log_sum_exp(1, a + 2), -INFINITY, 0);
    const double b[] = { 1, NAN };
    assert_true(isnan(mle_log_sum_exp(2, b)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_derivatives),
        cmocka_unit_test(test_extremes),   cmocka_unit_test(test_contains),
        cmocka_unit_test(test_logs),       cmocka_unit_test(test_log_sums),
    };
    return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
