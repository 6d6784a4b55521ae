#include "core/family/median.h"
#include "core/family/ties.h"
#include "tests/support/test.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Rows of whole weight, repeated and sorted: the middle one or two. */
static struct mle_medians by_sorting(const struct mle_evidence *e)
{
    size_t n = 0, total = (size_t)e->weight_sum;
    double *all = calloc(total + 1, sizeof *all);
    for (size_t i = 0; i < e->obs.n; i++)
        for (int k = 0; k < (e->w ? (int)e->w[i] : 1); k++)
            all[n++] = e->obs.y[i];
    assert_int_equal(n, total);
    qsort(all, n, sizeof *all, compare);
    struct mle_medians m = { all[(n - 1) / 2], all[n / 2] };
    free(all);
    return m;
}

static struct mle_evidence evidence(size_t n, const double y[], const double w[])
{
    struct mle_evidence e = { .n = n, .min = INFINITY, .max = -INFINITY, .obs = { n, y, { 0 } } };
    e.w = w;
    for (size_t i = 0; i < n; i++) {
        e.min = fmin(e.min, y[i]);
        e.max = fmax(e.max, y[i]);
        e.weight_sum += w ? w[i] : 1;
    }
    return e;
}

static void check(size_t n, const double y[], const double w[])
{
    struct mle_evidence e = evidence(n, y, w);
    struct mle_medians want = by_sorting(&e), got = mle_weighted_medians(&e);
    assert_true(got.lower == want.lower && got.upper == want.upper);
}

static unsigned next(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

enum { MOST = 300000 };
static double y[MOST], w[MOST];

/* Samples of every size and shape: spread out, heavily tied, sorted, with far rows. */
static void test_medians_of_many_samples(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 2, 3, 4, 7, 100, 8191, 8192, 8193, 50000, MOST - 1, MOST };
    static const unsigned distinct[] = { 1, 2, 3, 10, 5000, 1u << 23 };
    unsigned seed = 1;
    for (size_t s = 0; s < COUNT_OF(sizes); s++)
        for (size_t d = 0; d < COUNT_OF(distinct); d++)
            for (int shape = 0; shape < 3; shape++) {
                for (size_t i = 0; i < sizes[s]; i++) {
                    y[i] = (double)(next(&seed) % distinct[d]) - 2.5;
                    y[i] = shape == 1 && i % 5 == 0 ? y[i] * 1e300 : y[i];
                    w[i] = 1 + next(&seed) % 3;
                }
                if (shape == 2)
                    qsort(y, sizes[s], sizeof *y, compare);
                check(sizes[s], y, NULL);
                check(sizes[s], y, w);
            }
}

/* A sample that misleads: every row that thinning sees is far from the median. */
static void test_median_behind_a_misleading_sample(void **state)
{
    (void)state;
    for (size_t offset = 0; offset < 36; offset++) {
        for (size_t i = 0; i < MOST; i++)
            y[i] = i % 36 == offset ? 1e6 + (double)i : (double)(i * 7919 % MOST);
        check(MOST, y, NULL);
    }
}

static void test_half_of_the_weight(void **state)
{
    (void)state;
    double two[] = { 4, 1, 1, 9 }, weights[] = { 0.25, 0.25, 0.25, 0.75 };
    struct mle_evidence e = evidence(4, two, weights);
    struct mle_medians m = mle_weighted_medians(&e);
    assert_true(m.lower == 4 && m.upper == 9);
}

static void test_heaviest_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOST; i++) {
        y[i] = i % 2 ? 7 : (double)i;
        w[i] = 1;
    }
    y[0] = 7;
    struct mle_evidence e = evidence(MOST, y, NULL);
    assert_true(mle_heaviest(&e, 0.5).weight == MOST / 2 + 1);
    assert_true(mle_heaviest(&e, 0.5).at == 7);
    assert_true(mle_heaviest(&e, 0.1).at == 7);
    e.w = w;
    assert_true(mle_heaviest(&e, 0.3).at == 7);
    for (size_t i = 0; i < MOST; i++)
        y[i] = (double)(i % 4);
    e.w = NULL;
    assert_true(mle_heaviest(&e, 0.5).weight < MOST / 2);
    assert_true(mle_heaviest(&e, 0.24).weight == MOST / 4);
    w[5] = MOST;
    e.w = w;
    assert_true(mle_heaviest(&e, 0.5).at == 1);
    assert_true(mle_heaviest(&e, 1e-3).at == 1);
    double few[] = { 1, 2, 1, 3, 1 };
    e = evidence(5, few, NULL);
    assert_true(mle_heaviest(&e, 0.5).weight == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_medians_of_many_samples),
        cmocka_unit_test(test_median_behind_a_misleading_sample),
        cmocka_unit_test(test_half_of_the_weight),
        cmocka_unit_test(test_heaviest_value),
    };
    return cmocka_run_group_tests_name("median", tests, NULL, NULL);
}
