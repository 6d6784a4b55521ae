/* core/model/polynomial.h: the discrete Chebyshev polynomials of 1..5, which R's poly(1:5, 2) gives
   too: (-2..2) / sqrt(10) and (2, -1, -2, -1, 2) / sqrt(14). */
#include "core/model/polynomial.h"
#include "tests/support/test.h"

#include <math.h>

static void test_by_hand(void **state)
{
    (void)state;
    static const double x[5] = { 1, 2, 3, 4, 5 }, quadratic[5] = { 2, -1, -2, -1, 2 };
    double alpha[2], beta[3], scratch[15], a[5], b[5], *p[2] = { a, b };
    assert_true(mle_polynomial_learn(5, x, NULL, 2, alpha, beta, scratch));
    mle_polynomial_values(5, x, 2, alpha, beta, p);
    for (int i = 0; i < 5; i++) {
        assert_true(test_is_close(a[i], (x[i] - 3) / sqrt(10), 1e-14, 1e-15));
        assert_true(test_is_close(b[i], quadratic[i] / sqrt(14), 1e-14, 1e-15));
    }
}

/* A weight is a number of equal rows; a row of weight 0 has no influence. */
static void test_weights(void **state)
{
    (void)state;
    static const double x[4] = { 1, 2, 7, 100 }, w[4] = { 2, 1, 3, 0 };
    static const double rows[6] = { 1, 1, 2, 7, 7, 7 };
    double alpha[2], beta[3], alpha_rows[2], beta_rows[3], scratch[18];
    assert_true(mle_polynomial_learn(4, x, w, 2, alpha, beta, scratch));
    assert_true(mle_polynomial_learn(6, rows, NULL, 2, alpha_rows, beta_rows, scratch));
    for (int k = 0; k < 2; k++)
        assert_true(test_is_close(alpha[k], alpha_rows[k], 1e-13, 0));
    for (int k = 0; k < 3; k++)
        assert_true(test_is_close(beta[k], beta_rows[k], 1e-13, 0));
}

/* Orthonormal far from 0, and where powers would overflow. */
static void test_orthonormal(void **state)
{
    (void)state;
    enum { N = 100, DEGREE = 6 };
    static const double places[][2] = { { 1e8, 1 }, { 0, 1e-200 }, { 0, 1e200 }, { 2000, 0.5 } };
    static double x[N], scratch[3 * N], values[DEGREE][N];
    double alpha[DEGREE], beta[DEGREE + 1], *p[DEGREE];
    for (size_t c = 0; c < COUNT_OF(places); c++) {
        for (int i = 0; i < N; i++)
            x[i] = places[c][0] + places[c][1] * i * i / N;
        for (int k = 0; k < DEGREE; k++)
            p[k] = values[k];
        assert_true(mle_polynomial_learn(N, x, NULL, DEGREE, alpha, beta, scratch));
        mle_polynomial_values(N, x, DEGREE, alpha, beta, p);
        for (int k = 0; k < DEGREE; k++)
            for (int l = 0; l <= k; l++) {
                double sum = 0, total = 0;
                for (int i = 0; i < N; i++) {
                    sum += values[k][i] * values[l][i];
                    total += values[k][i];
                }
                assert_true(test_is_close(sum, k == l, 1e-6, 1e-6));
                assert_true(fabs(total) < 1e-5);
            }
    }
}

static void test_too_few_values(void **state)
{
    (void)state;
    static const double x[5] = { 1, 2, 1, 2, 1 };
    double alpha[2], beta[3], scratch[15];
    assert_true(mle_polynomial_learn(5, x, NULL, 1, alpha, beta, scratch));
    assert_false(mle_polynomial_learn(5, x, NULL, 2, alpha, beta, scratch));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_orthonormal),
        cmocka_unit_test(test_too_few_values),
    };
    return cmocka_run_group_tests_name("polynomial", tests, NULL, NULL);
}
