/* core/opt/newton.h: in the open, and in a box. */
#include "core/opt/newton.h"
#include "tests/support/test.h"

/* Rosenbrock's valley, a = 1, b = 100. */
static enum mle_status valley(void *ctx, const double u[], double *f, double grad[], double hess[],
                              struct mle_error *err)
{
    (void)ctx;
    (void)err;
    double x = u[0], d = u[1] - x * x;
    *f = (1 - x) * (1 - x) + 100 * d * d;
    if (!grad)
        return MLE_OK;
    grad[0] = -2 * (1 - x) - 400 * x * d;
    grad[1] = 200 * d;
    hess[0] = 2 - 400 * d + 800 * x * x;
    hess[1] = hess[2] = -400 * x;
    hess[3] = 200;
    return MLE_OK;
}

static struct mle_newton_result minimise(const double lower[], const double upper[], double u[])
{
    struct mle_objective objective = { 2, valley, NULL, lower, upper };
    struct mle_newton_options options = { 1e-14, 200 };
    struct mle_newton_result result;
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    assert_int_equal(mle_newton(&objective, &options, NULL, &arena, u, &result, NULL), MLE_OK);
    mle_arena_finish(&arena);
    return result;
}

static void test_open(void **state)
{
    (void)state;
    double u[2] = { -1.2, 1 };
    assert_int_equal(minimise(NULL, NULL, u).outcome, MLE_OUTCOME_GRADIENT);
    assert_close(u[0], 1, 1e-12);
    assert_close(u[1], 1, 1e-12);
}

/* x <= 0.5: the minimum on the wall is (0.5, 0.25), and the wall is reached exactly. */
static void test_stops_at_a_wall(void **state)
{
    (void)state;
    const double lower[2] = { -INFINITY, -INFINITY }, upper[2] = { 0.5, INFINITY };
    double u[2] = { -1.2, 1 };
    assert_int_equal(minimise(lower, upper, u).outcome, MLE_OUTCOME_GRADIENT);
    assert_bits_equal(u[0], 0.5);
    assert_close(u[1], 0.25, 1e-12);
}

static void test_leaves_a_wall(void **state)
{
    (void)state;
    const double lower[2] = { -2, -1 }, upper[2] = { 3, 5 };
    double u[2] = { -2, 5 };
    assert_int_equal(minimise(lower, upper, u).outcome, MLE_OUTCOME_GRADIENT);
    assert_close(u[0], 1, 1e-10);
    assert_close(u[1], 1, 1e-10);
}

static void test_a_start_outside_is_moved_in(void **state)
{
    (void)state;
    const double lower[2] = { 1.5, -INFINITY }, upper[2] = { 3, 2 };
    double u[2] = { -7, 9 };
    assert_int_equal(minimise(lower, upper, u).outcome, MLE_OUTCOME_GRADIENT);
    assert_bits_equal(u[0], 1.5);
    assert_bits_equal(u[1], 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_stops_at_a_wall),
        cmocka_unit_test(test_leaves_a_wall),
        cmocka_unit_test(test_a_start_outside_is_moved_in),
    };
    return cmocka_run_group_tests_name("newton", tests, NULL, NULL);
}
