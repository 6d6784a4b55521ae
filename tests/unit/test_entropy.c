/* core/fit/entropy.h */
#include "core/fit/entropy.h"
#include "core/math/special.h"
#include "tests/support/test.h"

static const double sample[] = { 0.1, 0.4, 1.1, 1.5, 2.9, 5.3 };
enum { N = sizeof sample / sizeof *sample };

/* The definitions, without order: all pairs. */
static double neighbours_by_pairs(size_t n, const double y[], size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double kth = 0; /* the smallest distance that at least k others do not exceed */
        kth = INFINITY;
        for (size_t j = 0; j < n; j++) {
            size_t within = 0;
            for (size_t l = 0; j != i && l < n; l++)
                within += l != i && fabs(y[l] - y[i]) <= fabs(y[j] - y[i]);
            if (within >= k)
                kth = fmin(kth, fabs(y[j] - y[i]));
        }
        sum += log(kth);
    }
    return sum / (double)n + mle_digamma((double)n) - mle_digamma((double)k) + log(2);
}

static void test_spacings(void **state)
{
    (void)state;
    /* differences 1.0, 1.4, 2.8, 4.9, 4.2, 3.8 */
    double expected = (log(1.0) + log(1.4) + log(2.8) + log(4.9) + log(4.2) + log(3.8)) / 6;
    assert_close(mle_entropy_spacings(N, sample, 2), expected + log(6.0 / 4), 1e-14);
    assert_true(isnan(mle_entropy_spacings(N, sample, 3)));
    assert_true(isnan(mle_entropy_spacings(N, sample, 0)));
    assert_int_equal(mle_entropy_window(100), 10);
    assert_int_equal(mle_entropy_window(6), 2);
    assert_int_equal(mle_entropy_window(4), 1);
    assert_int_equal(mle_entropy_window(1), 0);
    assert_int_equal(mle_entropy_window(0), 0);
}

static void test_neighbours(void **state)
{
    (void)state;
    double y[97], at = -3;
    for (size_t i = 0; i < 97; i++)
        y[i] = at += 0.01 + (double)(i * i * 31 % 89);
    for (size_t k = 1; k < 6; k++) {
        assert_close(mle_entropy_neighbours(N, sample, k), neighbours_by_pairs(N, sample, k),
                     1e-13);
        assert_close(mle_entropy_neighbours(97, y, k), neighbours_by_pairs(97, y, k), 1e-13);
    }
    assert_true(isnan(mle_entropy_neighbours(3, sample, 3)));
}

/* Quantiles of the standard normal at equal steps: its entropy is log(2 pi e) / 2. */
static void test_normal(void **state)
{
    (void)state;
    enum { M = 20000 };
    static double y[M];
    for (size_t i = 0; i < M; i++)
        y[i] = mle_normal_quantile(((double)i + 0.5) / M);
    double expected = 0.5 * log(2 * M_PI * M_E);
    assert_close(mle_entropy_spacings(M, y, mle_entropy_window(M)), expected, 0.01);
    /* without noise all three neighbours are as near as they can be: the distance is 2 steps, where
       a Poisson process has exp(psi(3)) / 2 on the mean */
    assert_close(mle_entropy_neighbours(M, y, 3), expected + log(4) - mle_digamma(3), 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spacings),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
