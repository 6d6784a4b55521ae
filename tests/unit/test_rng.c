#include "core/base/rng.h"
#include "core/math/draw.h"
#include "tests/support/test.h"

#include <Random123/philox.h>

/* Random123's own known answers for philox4x32-10 (kat_vectors). */
static void test_known_answers(void **state)
{
    (void)state;
    philox4x32_ctr_t zero = { { 0 } };
    philox4x32_key_t key = { { 0 } };
    philox4x32_ctr_t r = philox4x32(zero, key);
    assert_int_equal(r.v[0], 0x6627e8d5);
    assert_true(mle_random_bits(0, 0, 0) == (r.v[0] | (uint64_t)r.v[1] << 32));
    assert_true(mle_random_bits(0, 0, 1) == (r.v[2] | (uint64_t)r.v[3] << 32));
}

static void test_independence_of_order(void **state)
{
    (void)state;
    enum { N = 101 };
    double all[N];
    for (uint64_t first = 0; first < 3; first++) {
        mle_random_uniforms(42, 7, first, N, all);
        for (size_t i = N; i-- > 0;)
            assert_bits_equal(all[i], mle_random_uniform(42, 7, first + i));
    }
    assert_true(mle_random_bits(1, 0, 0) != mle_random_bits(2, 0, 0));
    assert_true(mle_random_bits(1, 0, 0) != mle_random_bits(1, 1, 0));
    assert_true(mle_random_bits(1, UINT64_MAX, UINT64_MAX) != mle_random_bits(1, 0, UINT64_MAX));
}

static void test_moments(void **state)
{
    (void)state;
    enum { N = 200000 };
    double sum = 0, square = 0, least = 1, most = 0, normal = 0, normal2 = 0;
    for (uint64_t i = 0; i < N; i++) {
        double u = mle_random_uniform(3, 1, i), z = mle_draw_normal(3, 2, i);
        sum += u;
        square += (u - 0.5) * (u - 0.5);
        least = fmin(least, u);
        most = fmax(most, u);
        normal += z;
        normal2 += z * z;
    }
    assert_close_abs(sum / N, 0.5, 0.003);
    assert_close_abs(square / N, 1.0 / 12, 0.001);
    assert_true(least > 0 && least < 1e-4 && most < 1 && most > 1 - 1e-4);
    assert_close_abs(normal / N, 0, 0.01);
    assert_close_abs(normal2 / N, 1, 0.015);
}

static void test_below(void **state)
{
    (void)state;
    size_t count[7] = { 0 };
    for (uint64_t i = 0; i < 70000; i++)
        count[mle_random_below(9, 9, i, 7)]++;
    for (size_t k = 0; k < 7; k++)
        assert_in_range(count[k], 9600, 10400);
    assert_int_equal(mle_random_below(9, 9, 5, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_independence_of_order),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_below),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
