/* core/model/order.h */
#include "core/model/order.h"
#include "tests/support/test.h"

#include <float.h>
#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_ascending(void **state)
{
    (void)state;
    enum { N = 5003 };
    static double y[N], expected[N];
    for (size_t i = 0; i < N; i++)
        y[i] = sin((double)i * 12.9898) * pow(10, (double)(i * 37 % 600) - 300);
    y[7] = -DBL_MAX;
    y[8] = DBL_MAX;
    y[9] = -0.0;
    y[10] = 5e-324;
    memcpy(expected, y, sizeof y);
    expected[9] = 0;
    qsort(expected, N, sizeof *expected, by_number);
    struct mle_frame frame = { .n = N, .y = y };
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    struct mle_work work = { { NULL }, NULL, &arena };
    const double *sorted, *w;
    assert_int_equal(mle_order_rows(&frame, &work, &sorted, &w, NULL), MLE_OK);
    assert_null(w);
    assert_all_bits_equal(N, sorted, expected);
    mle_arena_finish(&arena);
}

static void test_weights_move_with_their_rows(void **state)
{
    (void)state;
    const double y[5] = { 3, -1, 2, 3, 0 }, w[5] = { 1, 2, 3, 4, 5 };
    const double expected[5] = { -1, 0, 2, 3, 3 }, expected_w[5] = { 2, 5, 3, 1, 4 };
    struct mle_frame frame = { .n = 5, .y = y, .w = w };
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    struct mle_work work = { { NULL }, NULL, &arena };
    const double *sorted, *sorted_w;
    assert_int_equal(mle_order_rows(&frame, &work, &sorted, &sorted_w, NULL), MLE_OK);
    assert_all_bits_equal(5, sorted, expected);
    assert_all_bits_equal(5, sorted_w, expected_w);
    mle_arena_finish(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ascending),
        cmocka_unit_test(test_weights_move_with_their_rows),
    };
    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
