#include "core/base/rng.h"
#include "core/math/linalg.h"
#include "tests/support/fault.h"
#include "tests/support/test.h"

#include <pthread.h>

void openblas_set_num_threads(int threads);

enum { MAX_K = 80 };

/* A = B B' + k/100 I with B of random numbers in (-1, 1). */
static void random_positive(size_t k, uint64_t stream, double a[])
{
    static _Thread_local double b[MAX_K * MAX_K];
    for (size_t i = 0; i < k * k; i++)
        b[i] = 2 * mle_random_uniform(11, stream, i) - 1;
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            double s = i == j ? 0.01 * (double)k : 0;
            for (size_t m = 0; m < k; m++)
                s += b[i * k + m] * b[j * k + m];
            a[i * k + j] = s;
        }
    }
}

static void test_cholesky(void **state)
{
    (void)state;
    static double a[MAX_K * MAX_K], l[MAX_K * MAX_K], inverse[MAX_K * MAX_K];
    for (size_t k = 1; k <= MAX_K; k += k < 6 ? 1 : 37) {
        double x[MAX_K], b[MAX_K], ratio;
        random_positive(k, k, a);
        memcpy(l, a, k * k * sizeof *a);
        assert_true(mle_cholesky_pivots(k, l, 1e-14, &ratio));
        assert_true(ratio > 0 && ratio <= 1);
        for (size_t i = 0; i < k; i++)
            x[i] = (double)i - 3;
        mle_symmetric_multiply(k, a, x, b);
        double form = 0;
        for (size_t i = 0; i < k; i++)
            form += x[i] * b[i];
        assert_close(mle_symmetric_form(k, a, x), form, 1e-12);
        mle_cholesky_solve(k, l, b);
        for (size_t i = 0; i < k; i++)
            assert_close_tol(b[i], x[i], 1e-10, 1e-10);
        mle_cholesky_multiply(k, l, b);
        mle_cholesky_forward(k, l, b);
        for (size_t i = 0; i < k; i++)
            assert_close_tol(b[i], x[i], 1e-10, 1e-10);
        memcpy(inverse, l, k * k * sizeof *l);
        mle_cholesky_inverse(k, inverse);
        for (size_t i = 0; i < k; i++) {
            for (size_t j = 0; j < k; j++) {
                double s = 0;
                for (size_t m = 0; m < k; m++)
                    s += a[i * k + m] * inverse[m * k + j];
                assert_close_abs(s, i == j, 1e-9);
                assert_bits_equal(inverse[i * k + j], inverse[j * k + i]);
            }
        }
    }
}

static void test_log_det(void **state)
{
    (void)state;
    double a[] = { 4, 0, 2, 5 }; /* det 16 */
    assert_true(mle_cholesky(2, a));
    assert_close(mle_cholesky_log_det(2, a), log(16), 1e-15);
}

static void test_not_positive(void **state)
{
    (void)state;
    double ratio;
    double singular[] = { 1, 0, 1, 1 };
    assert_false(mle_cholesky_pivots(2, singular, 1e-15, &ratio));
    assert_close_abs(ratio, 0, 1e-15);
    double nearly[] = { 1, 0, 0.9999999, 1 };
    assert_true(mle_cholesky_pivots(2, nearly, 1e-15, &ratio));
    assert_close(ratio, 2e-7, 1e-6);
    double again[] = { 1, 0, 0.9999999, 1 };
    assert_false(mle_cholesky_pivots(2, again, 1e-6, &ratio));
    double negative[] = { -1 };
    assert_false(mle_cholesky(1, negative));
    double nan[] = { 1, 0, NAN, 1 };
    assert_false(mle_cholesky(2, nan));
    static double large[MAX_K * MAX_K];
    random_positive(MAX_K, 5, large);
    large[60 * MAX_K + 60] = -1;
    assert_false(mle_cholesky_pivots(MAX_K, large, 1e-14, &ratio));
    assert_true(ratio <= 0);
}

static void test_eigen(void **state)
{
    (void)state;
    static double a[MAX_K * MAX_K], copy[MAX_K * MAX_K], vectors[MAX_K * MAX_K];
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    for (size_t k = 1; k <= 40; k += 3) {
        double values[MAX_K], y[MAX_K], only[MAX_K];
        random_positive(k, 100 + k, a);
        memcpy(copy, a, k * k * sizeof *a);
        assert_int_equal(mle_eigen(k, copy, values, vectors, &arena, NULL), MLE_OK);
        memcpy(copy, a, k * k * sizeof *a);
        assert_int_equal(mle_eigen(k, copy, only, NULL, &arena, NULL), MLE_OK);
        for (size_t i = 0; i < k; i++) {
            assert_close(only[i], values[i], 1e-11);
            assert_true(i == 0 || values[i] >= values[i - 1]);
            mle_symmetric_multiply(k, a, vectors + i * k, y);
            for (size_t j = 0; j < k; j++)
                assert_close_abs(y[j], values[i] * vectors[i * k + j], 1e-12 * values[k - 1]);
        }
        assert_true(mle_symmetric_eigenvalues(k, a, &arena, only));
        assert_close(only[k - 1], values[k - 1], 1e-11);
        assert_close(mle_condition_of(k, values), values[k - 1] / values[0], 0);
    }
    /* small eigenvalues of a badly scaled matrix keep their digits */
    double scaled[] = { 1e20, 0, 1e4, 1e-8 }, values[2];
    assert_int_equal(mle_eigen(2, scaled, values, NULL, &arena, NULL), MLE_OK);
    assert_close(values[0], 1e-8 - 1e-12, 1e-12);
    double bad[] = { 1, 0, NAN, 1 };
    assert_int_equal(mle_eigen(2, bad, values, NULL, &arena, NULL), MLE_INVALID_DATA);
    assert_close(mle_condition_of(2, (double[]){ 0, 1 }), INFINITY, 0);
    mle_arena_finish(&arena);
}

static void test_qr(void **state)
{
    (void)state;
    enum { N = 50, P = 5 };
    static double x[N * P], y[N], work[N];
    double beta[P], truth[P] = { 3, -2, 0.5, 1e-7, 0 }, rss;
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    for (size_t j = 0; j < P; j++) {
        for (size_t i = 0; i < N; i++)
            x[j * N + i] = mle_random_uniform(5, j, i) * (j == 3 ? 1e7 : 1);
    }
    for (size_t i = 0; i < N; i++) /* the last column is a combination of others */
        x[4 * N + i] = 2 * x[i] - x[N + i];
    for (size_t i = 0; i < N; i++) {
        y[i] = 0;
        for (size_t j = 0; j < P; j++)
            y[i] += truth[j] * x[j * N + i];
    }
    struct mle_qr qr;
    assert_int_equal(mle_qr_factor(N, P, x, 0, &arena, &qr, NULL), MLE_OK);
    assert_int_equal(qr.rank, 4);
    mle_qr_solve(&qr, y, work, beta, &rss);
    assert_close_abs(rss, 0, 1e-24);
    for (size_t i = 0; i < N; i++) {
        double fit = 0;
        for (size_t j = 0; j < P; j++)
            fit += beta[j] * x[j * N + i];
        assert_close_tol(fit, y[i], 1e-12, 1e-12);
    }
    double direction[P];
    mle_qr_null(&qr, 0, direction);
    for (size_t i = 0; i < N; i++) {
        double zero = 0;
        for (size_t j = 0; j < P; j++)
            zero += direction[j] * x[j * N + i];
        assert_close_abs(zero, 0, 1e-12);
    }
    /* four columns of full rank: the inverse of X'X */
    double gram[16] = { 0 }, inverse[16], square[16];
    assert_int_equal(mle_qr_factor(N, 4, x, 0, &arena, &qr, NULL), MLE_OK);
    assert_int_equal(qr.rank, 4);
    mle_qr_gram_inverse(&qr, square, inverse);
    for (size_t j = 0; j < 4; j++) {
        for (size_t k = 0; k < 4; k++) {
            for (size_t i = 0; i < N; i++)
                gram[j * 4 + k] += x[j * N + i] * x[k * N + i];
        }
    }
    assert_true(mle_cholesky(4, gram));
    mle_cholesky_inverse(4, gram);
    for (size_t i = 0; i < 16; i++)
        assert_close(inverse[i], gram[i], 1e-11);
    mle_arena_finish(&arena);
}

static void test_qr_edges(void **state)
{
    (void)state;
    struct mle_arena arena;
    struct mle_qr qr;
    mle_arena_init(&arena, NULL, NULL);
    const double wide[] = { 1, 2, 3, 4, 5, 6.5 }; /* 2 x 3 */
    assert_int_equal(mle_qr_factor(2, 3, wide, 0, &arena, &qr, NULL), MLE_OK);
    assert_int_equal(qr.rank, 2);
    const double zero[] = { 0, 0, 1, 2 };
    assert_int_equal(mle_qr_factor(2, 2, zero, 0, &arena, &qr, NULL), MLE_OK);
    assert_int_equal(qr.rank, 1);
    const double bad[] = { 1, NAN };
    assert_int_equal(mle_qr_factor(2, 1, bad, 0, &arena, &qr, NULL), MLE_INVALID_DATA);
    assert_int_equal(mle_qr_factor(3, 0, wide, 0, &arena, &qr, NULL), MLE_OK);
    assert_int_equal(qr.rank, 0);
    mle_arena_finish(&arena);
}

/* The serial build of OpenBLAS returned other numbers here when several threads called it. */
enum { THREADS = 8, ROUNDS = 300, SIZE = 60 };

static void factor_and_invert(double inverse[SIZE * SIZE])
{
    random_positive(SIZE, 77, inverse);
    if (!mle_cholesky(SIZE, inverse))
        inverse[0] = NAN;
    mle_cholesky_inverse(SIZE, inverse);
}

static void *many_times(void *arg)
{
    double *wrong = arg;
    static _Thread_local double first[SIZE * SIZE], again[SIZE * SIZE];
    factor_and_invert(first);
    for (int i = 0; i < ROUNDS; i++) {
        factor_and_invert(again);
        if (memcmp(first, again, sizeof first) != 0)
            wrong[0]++;
    }
    wrong[1] = first[0];
    wrong[2] = first[SIZE * SIZE - 1];
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    static double alone[SIZE * SIZE];
    factor_and_invert(alone);
    pthread_t thread[THREADS];
    double result[THREADS][3] = { { 0 } };
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, many_times, result[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        assert_close(result[i][0], 0, 0);
        assert_bits_equal(result[i][1], alone[0]);
        assert_bits_equal(result[i][2], alone[SIZE * SIZE - 1]);
    }
}

int main(void)
{
    openblas_set_num_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cholesky),     cmocka_unit_test(test_log_det),
        cmocka_unit_test(test_not_positive), cmocka_unit_test(test_eigen),
        cmocka_unit_test(test_qr),           cmocka_unit_test(test_qr_edges),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests_name("linalg", tests, NULL, NULL);
}
