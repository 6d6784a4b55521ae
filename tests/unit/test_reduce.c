#include "core/data/reduce.h"
#include "tests/support/test.h"

#include <stdlib.h>

static const size_t sizes[] = { 1, 7, 4095, 4096, 8191, 8192, 8193, 262144, 300007, 1000003 };

static void test_leaves_cover_the_rows(void **state)
{
    (void)state;
    assert_int_equal(mle_leaf_count(0), 0);
    for (size_t s = 0; s < COUNT_OF(sizes); s++) {
        size_t n = sizes[s], leaves = mle_leaf_count(n);
        assert_in_range(leaves, 1, MLE_MAX_LEAVES);
        assert_int_equal(mle_leaf_start(n, 0), 0);
        assert_int_equal(mle_leaf_start(n, leaves), n);
        for (size_t i = 0; i < leaves; i++) {
            size_t rows = mle_leaf_start(n, i + 1) - mle_leaf_start(n, i);
            assert_true(leaves == 1 || rows + 8 > MLE_LEAF_ROWS);
        }
    }
    /* near the largest size_t nothing overflows */
    size_t huge = SIZE_MAX - 63;
    for (size_t i = 0; i < 64; i++)
        assert_true(mle_leaf_start(huge, i) < mle_leaf_start(huge, i + 1));
}

/* Terms whose sum depends on the order in double precision. */
static double term(size_t i)
{
    return (i % 3 ? 1 : -1) * 1e10 / (double)(i + 1) + 1e-3 * (double)(i % 17);
}

static void add_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    (void)ctx;
    acc[0] = acc[1] = 0;
    for (size_t i = lo; i < hi; i++) {
        acc[0] += term(i);
        acc[1] += 1;
    }
}

static void test_same_bits_for_any_threads(void **state)
{
    (void)state;
    struct mle_sum sum = { .width = 2, .tile = add_tile, .row_cost_ns = 1e6 };
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    for (size_t s = 0; s < COUNT_OF(sizes); s++) {
        double one[2], many[2];
        long double exact = 0;
        struct mle_reducer alone = { NULL };
        assert_int_equal(mle_reduce(&alone, &sum, sizes[s], NULL, &arena, one, NULL), MLE_OK);
        for (size_t i = 0; i < sizes[s]; i++)
            exact += (long double)term(i);
        assert_close(one[0], (double)exact, 1e-12);
        assert_bits_equal(one[1], (double)sizes[s]);
        for (unsigned threads = 1; threads <= 5; threads++) {
            struct mle_reducer pooled = { mle_pool_create(threads, 0, NULL) };
            assert_int_equal(mle_reduce(&pooled, &sum, sizes[s], NULL, &arena, many, NULL), MLE_OK);
            assert_all_bits_equal(2, many, one);
            mle_pool_destroy(pooled.pool);
        }
    }
    mle_arena_finish(&arena);
}

/* A merge that keeps the first and last row it saw: it must be called with neighbours, in order. */
static void ends_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    (void)ctx;
    acc[0] = (double)lo;
    acc[1] = (double)hi;
}

static void join_ends(const void *ctx, double into[], const double from[])
{
    (void)ctx;
    if (into[1] != from[0])
        into[1] = NAN;
    else
        into[1] = from[1];
}

static void test_merge_joins_neighbours(void **state)
{
    (void)state;
    struct mle_sum sum = { .width = 2, .tile = ends_tile, .merge = join_ends, .row_cost_ns = 1 };
    struct mle_reducer alone = { NULL };
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    for (size_t s = 0; s < COUNT_OF(sizes); s++) {
        double ends[2];
        assert_int_equal(mle_reduce(&alone, &sum, sizes[s], NULL, &arena, ends, NULL), MLE_OK);
        assert_bits_equal(ends[0], 0);
        assert_bits_equal(ends[1], (double)sizes[s]);
    }
    mle_arena_finish(&arena);
}

static void test_no_rows_is_zero(void **state)
{
    (void)state;
    struct mle_sum sum = { .width = 2, .tile = add_tile, .row_cost_ns = 1 };
    struct mle_reducer alone = { NULL };
    struct mle_arena arena;
    double out[2] = { 1, 1 };
    mle_arena_init(&arena, NULL, NULL);
    assert_int_equal(mle_reduce(&alone, &sum, 0, NULL, &arena, out, NULL), MLE_OK);
    assert_bits_equal(out[0], 0);
    assert_bits_equal(out[1], 0);
    mle_arena_finish(&arena);
}

static void cancel_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    add_tile(NULL, lo, hi, acc);
    if (lo > 100000)
        mle_stop_cancel((struct mle_stop *)ctx);
}

static void test_stop_ends_it(void **state)
{
    (void)state;
    struct mle_stop stop;
    struct mle_error err;
    struct mle_reducer alone = { NULL };
    struct mle_sum sum = { .width = 2, .tile = cancel_tile, .ctx = &stop, .row_cost_ns = 1 };
    struct mle_arena arena;
    double out[2];
    mle_arena_init(&arena, NULL, NULL);
    mle_stop_init(&stop, 0);
    assert_int_equal(mle_reduce(&alone, &sum, 1000003, &stop, &arena, out, &err), MLE_CANCELLED);
    mle_stop_init(&stop, mle_now_ns() - 1);
    assert_int_equal(mle_reduce(&alone, &sum, 10, &stop, &arena, out, &err), MLE_DEADLINE);
    mle_arena_finish(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaves_cover_the_rows),
        cmocka_unit_test(test_same_bits_for_any_threads),
        cmocka_unit_test(test_merge_joins_neighbours),
        cmocka_unit_test(test_no_rows_is_zero),
        cmocka_unit_test(test_stop_ends_it),
    };
    return cmocka_run_group_tests_name("reduce", tests, NULL, NULL);
}
