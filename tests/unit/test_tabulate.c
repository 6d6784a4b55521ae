#include "core/model/tabulate.h"
#include "tests/support/test.h"

#include <stdlib.h>

static const struct mle_table *table_of(size_t n, const double y[], const double w[],
                                        struct mle_arena *arena)
{
    struct mle_frame frame = { .n = n, .y = y, .w = w };
    struct mle_work work = { { NULL }, NULL, arena };
    const struct mle_table *table;
    assert_int_equal(mle_tabulate(&frame, &work, &table, NULL), MLE_OK);
    return table;
}

static void check(const struct mle_table *table, size_t n, const double y[], const double w[])
{
    assert_non_null(table);
    assert_int_equal(table->n, n);
    assert_all_bits_equal(n, table->y, y);
    assert_all_bits_equal(n, table->w, w);
}

static void test_small_integers_and_others(void **state)
{
    (void)state;
    static const double integers[] = { 3, 0, 3, -2, 0, 3 }, want[] = { -2, 0, 3 };
    static const double reals[] = { 0.5, -0.0, 1e300, 0.0, 0.5 }, want_reals[] = { 0, 0.5, 1e300 };
    static const double wide[] = { 1e15, 0, 1e15, 7 }, want_wide[] = { 0, 7, 1e15 };
    static const double counts[] = { 1, 2, 3 }, two_two_one[] = { 2, 2, 1 },
                        one_one_two[] = { 1, 1, 2 };
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    check(table_of(6, integers, NULL, &arena), 3, want, counts);
    check(table_of(5, reals, NULL, &arena), 3, want_reals, two_two_one);
    check(table_of(4, wide, NULL, &arena), 3, want_wide, one_one_two);
    mle_arena_finish(&arena);
}

static void test_weights_and_singletons(void **state)
{
    (void)state;
    static const double y[] = { 1, 2, 1, 5 }, w[] = { 0.5, 1, 2, 1 };
    static const double want[] = { 1, 2, 5 }, sums[] = { 2.5, 1, 1 };
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    const struct mle_table *table = table_of(4, y, w, &arena);
    check(table, 3, want, sums);
    assert_int_equal(table->singletons, 2);
    mle_arena_finish(&arena);
}

static void test_too_many_distinct(void **state)
{
    (void)state;
    size_t n = MLE_MAX_DISTINCT + 1;
    double *y = malloc(n * sizeof *y);
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    assert_non_null(y);
    for (size_t i = 0; i < n; i++)
        y[i] = (double)i + 0.5;
    assert_null(table_of(n, y, NULL, &arena));
    assert_int_equal(table_of(n - 1, y, NULL, &arena)->n, n - 1);
    free(y);
    mle_arena_finish(&arena);
}

/* H(1/2, 1/4, 1/4) = 3/2 log 2, by hand. */
static void test_entropy(void **state)
{
    (void)state;
    static const double y[] = { 0, 1, 2, 0 };
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    assert_close(mle_table_entropy(table_of(4, y, NULL, &arena)), 1.5 * log(2), 1e-15);
    static const double w[] = { 40, 40, 5e-324, 0 }; /* the last but one has a share of 0 */
    assert_close(mle_table_entropy(table_of(4, y, w, &arena)), log(2), 1e-15);
    mle_arena_finish(&arena);
}

/* Many small counts: the same bits with one thread and with three, whole and fractional weights;
   and the same table when a late value falls out of the window that the first rows suggest. */
static void test_many_counts(void **state)
{
    (void)state;
    enum { N = 1000003, VALUES = 37 };
    double *y = malloc(N * sizeof *y), *w = malloc(N * sizeof *w), want[VALUES + 1] = { 0 };
    struct mle_pool *pool = mle_pool_create(2, 0, NULL);
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    assert_true(y && w && pool);
    for (size_t i = 0; i < N; i++) {
        y[i] = (double)(i * i % VALUES);
        w[i] = 0.1 + (double)(i % 13);
        want[i * i % VALUES]++;
    }
    for (int weighted = 0; weighted < 2; weighted++) {
        struct mle_frame frame = { .n = N, .y = y, .w = weighted ? w : NULL };
        struct mle_work work = { { pool }, NULL, &arena };
        const struct mle_table *one = table_of(N, y, frame.w, &arena), *three;
        assert_int_equal(mle_tabulate(&frame, &work, &three, NULL), MLE_OK);
        check(three, one->n, one->y, one->w);
        for (size_t i = 0; !weighted && i < one->n; i++)
            assert_close(one->w[i], want[(size_t)one->y[i]], 0);
    }
    static const double odd[] = { 5000, -3, 0.25, 1e300, 64 };
    for (size_t k = 0; k < COUNT_OF(odd); k++) {
        double usual = y[N - 5];
        y[N - 5] = odd[k];
        const struct mle_table *table = table_of(N, y, NULL, &arena);
        size_t at = 0;
        while (at < table->n && table->y[at] != odd[k])
            at++;
        assert_true(at < table->n);
        assert_close(table->w[at], 1, 0);
        y[N - 5] = usual;
    }
    mle_pool_destroy(pool);
    mle_arena_finish(&arena);
    free(y);
    free(w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_integers_and_others),
        cmocka_unit_test(test_weights_and_singletons),
        cmocka_unit_test(test_too_many_distinct),
        cmocka_unit_test(test_entropy),
        cmocka_unit_test(test_many_counts),
    };
    return cmocka_run_group_tests_name("tabulate", tests, NULL, NULL);
}
