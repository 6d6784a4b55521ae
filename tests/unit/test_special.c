/* core/math/special.h against tests/golden/special.json, and what no golden point says: special
   values, quantiles as inverses, continuity where a method changes. */
#include "core/math/lanes.h"
#include "core/math/special.h"
#include "tests/support/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

struct row {
    const char *name;
    double (*function)(const double a[]);
    double rtol; /* the accuracy that special.h promises */
    double atol; /* where the value has a zero */
};

/* clang-format off */
#define CALL(name, expression)                                                                     \
    static double call_##name(const double a[]) { return expression; }

CALL(lgamma, mle_lgamma(a[0]))
CALL(digamma, mle_digamma(a[0]))
CALL(trigamma, mle_trigamma(a[0]))
CALL(log_minus_digamma, mle_log_minus_digamma(a[0]))
CALL(a_trigamma_minus_1, mle_a_trigamma_minus_1(a[0]))
CALL(tetragamma, mle_tetragamma(a[0]))
CALL(lgamma_diff, mle_lgamma_diff(a[0], a[1]))
CALL(digamma_diff, mle_digamma_diff(a[0], a[1]))
CALL(trigamma_diff, mle_trigamma_diff(a[0], a[1]))
CALL(log_minus_digamma_diff, mle_log_minus_digamma_diff(a[0], a[1]))
CALL(trigamma_excess_diff, mle_trigamma_excess_diff(a[0], a[1]))
CALL(log_beta, mle_log_beta(a[0], a[1]))
CALL(log_choose, mle_log_choose(a[0], a[1]))
CALL(stirling_error, mle_stirling_error(a[0]))
CALL(log1pmx, mle_log1pmx(a[0]))
CALL(deviance, mle_deviance(a[0], a[1]))
CALL(log_poisson, mle_log_poisson(a[0], a[1]))
CALL(log_binomial, mle_log_binomial(a[0], a[1], a[2], 1 - a[2]))
CALL(normal_pdf, mle_normal_pdf(a[0]))
CALL(normal_cdf, mle_normal_cdf(a[1] > 0 ? -a[0] : a[0]))
CALL(normal_log_cdf, mle_normal_log_cdf(a[1] > 0 ? -a[0] : a[0]))
CALL(normal_hazard, mle_normal_hazard(a[0]))
CALL(normal_quantile, mle_normal_quantile(a[0]))
CALL(owens_t, mle_owens_t(a[0], a[1]))
CALL(gamma_cdf, mle_gamma_cdf(a[0], a[1], a[2] > 0, false))
CALL(gamma_log_cdf, mle_gamma_cdf(a[0], a[1], a[2] > 0, true))
CALL(beta_cdf, mle_beta_cdf(a[0], a[1], a[2], 1 - a[2], a[3] > 0, false))
CALL(beta_log_cdf, mle_beta_cdf(a[0], a[1], a[2], 1 - a[2], a[3] > 0, true))
CALL(student_cdf, mle_student_cdf(a[0], a[1], a[2] > 0, false))
CALL(student_log_cdf, mle_student_cdf(a[0], a[1], a[2] > 0, true))
CALL(log_bessel_i0, mle_log_bessel_i0(a[0]))
CALL(bessel_ratio, mle_bessel_ratio(a[0], NULL, NULL))
CALL(log_zeta, mle_log_zeta(a[0], a[1]).log)
CALL(log_zeta_d1, mle_log_zeta(a[0], a[1]).d1)
CALL(log_zeta_d2, mle_log_zeta(a[0], a[1]).d2)
CALL(lane_lgamma, mle_lane_lgamma(a[0]))
CALL(lane_digamma, mle_lane_digamma(a[0]))
CALL(lane_trigamma, mle_lane_trigamma(a[0]))
/* clang-format on */

static double call_bessel_complement(const double a[])
{
    double complement;
    mle_bessel_ratio(a[0], &complement, NULL);
    return complement;
}

static double call_bessel_derivative(const double a[])
{
    double derivative;
    mle_bessel_ratio(a[0], NULL, &derivative);
    return derivative;
}

#define ROW(name, rtol, atol)                                                                      \
    {                                                                                              \
#name, call_##name, rtol, atol                                                             \
    }

static const struct row rows[] = {
    ROW(lgamma, 1e-15, 1e-16),
    ROW(digamma, 1e-15, 1e-15),
    ROW(trigamma, 1e-15, 0),
    ROW(log_minus_digamma, 1e-14, 0),
    ROW(a_trigamma_minus_1, 1e-14, 0),
    ROW(tetragamma, 2e-15, 0),
    ROW(lgamma_diff, 1e-14, 1e-15),
    ROW(digamma_diff, 1e-14, 0),
    ROW(trigamma_diff, 1e-14, 0),
    ROW(log_minus_digamma_diff, 1e-13, 0),
    ROW(trigamma_excess_diff, 1e-13, 0),
    ROW(log_beta, 1e-14, 1e-14),
    ROW(log_choose, 1e-14, 1e-15),
    ROW(stirling_error, 1e-14, 0),
    ROW(log1pmx, 1e-14, 0),
    ROW(deviance, 1e-14, 0),
    ROW(log_poisson, 1e-14, 0),
    ROW(log_binomial, 1e-14, 0),
    ROW(normal_pdf, 1e-15, 0),
    ROW(normal_cdf, 2e-15, 0),
    ROW(normal_log_cdf, 2e-15, 0),
    ROW(normal_hazard, 2e-15, 0),
    ROW(normal_quantile, 1e-14, 1e-15),
    ROW(owens_t, 1e-13, 1e-18),
    ROW(gamma_cdf, 1e-13, 0),
    ROW(gamma_log_cdf, 1e-13, 0),
    { "gamma_log_cdf_large", call_gamma_log_cdf, 1e-12, 0 },
    ROW(beta_cdf, 2e-13, 0),
    ROW(beta_log_cdf, 2e-13, 0),
    { "beta_log_cdf_large", call_beta_log_cdf, 1e-12, 0 },
    ROW(student_cdf, 1e-13, 0),
    ROW(student_log_cdf, 1e-13, 0),
    ROW(log_bessel_i0, 1e-15, 0),
    ROW(bessel_ratio, 1e-15, 0),
    ROW(bessel_complement, 2e-15, 0),
    ROW(bessel_derivative, 2e-15, 0),
    ROW(log_zeta, 1e-13, 1e-15),
    ROW(log_zeta_d1, 1e-13, 1e-15),
    ROW(log_zeta_d2, 1e-13, 0),
};

static json_t *golden;

static int load_golden(void **state)
{
    (void)state;
    char path[1024];
    json_error_t err;
    const char *folder = getenv("MLE_GOLDEN");
    snprintf(path, sizeof path, "%s/special.json", folder ? folder : "tests/golden");
    golden = json_load_file(path, 0, &err);
    if (!golden)
        print_error("%s: %s\n", err.source, err.text);
    return golden ? 0 : -1;
}

static int free_golden(void **state)
{
    (void)state;
    json_decref(golden);
    return 0;
}

/* All points of one function; prints the worst when MLE_TEST_VERBOSE is set. */
static void check_points(const struct row *row, const char *name)
{
    json_t *points = json_object_get(json_object_get(golden, "values"), name);
    assert_non_null(points);
    double worst = 0;
    size_t bad = 0, worst_at = 0;
    for (size_t i = 0; i < json_array_size(points); i++) {
        json_t *point = json_array_get(points, i);
        size_t n = json_array_size(point) - 1;
        double a[4] = { 0 };
        for (size_t j = 0; j < n; j++)
            a[j] = json_number_value(json_array_get(point, j));
        double expected = json_number_value(json_array_get(point, n));
        double got = row->function(a);
        double error = got == expected ? 0 : fabs(got - expected) / fabs(expected);
        bool ok = test_is_close(got, expected, row->rtol, row->atol);
        if (!ok && bad++ < 12)
            print_error("%s(%.17g, %.17g, %.17g, %.17g) is %.17g, expected %.17g: off by %.2g\n",
                        row->name, a[0], a[1], a[2], a[3], got, expected, error);
        if (error > worst && fabs(got - expected) > row->atol) {
            worst = error;
            worst_at = i;
        }
    }
    if (getenv("MLE_TEST_VERBOSE"))
        print_message("%-22s %4zu points, worst %.2g at point %zu, allowed %.2g\n", row->name,
                      json_array_size(points), worst, worst_at, row->rtol);
    assert_int_equal(bad, 0);
}

static void test_golden(void **state)
{
    const struct row *row = *state;
    check_points(row, row->name);
}

static void test_lanes(void **state)
{
    (void)state;
    const struct row lgamma_row = { "lane_lgamma", call_lane_lgamma, 1e-14, 1e-14 };
    const struct row digamma_row = { "lane_digamma", call_lane_digamma, 4e-15, 4e-15 };
    const struct row trigamma_row = { "lane_trigamma", call_lane_trigamma, 4e-15, 0 };
    check_points(&lgamma_row, "lgamma");
    check_points(&digamma_row, "digamma");
    check_points(&trigamma_row, "trigamma");
}

#include "tests/unit/test_special_more.h"

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 16];
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tests[n++] = (struct CMUnitTest){ rows[i].name, test_golden, NULL, NULL, (void *)&rows[i] };
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_lanes);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_nan);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_ends);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_gamma_quantile);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_beta_quantile);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_student_quantile);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_normal_quantile);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_bessel_inverse);
    return _cmocka_run_group_tests("special", tests, n, load_golden, free_golden);
}
