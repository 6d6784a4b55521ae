/* core/math/kernels.h, lanes.h and clones.h: accuracy against long double and libm, special values,
   and the same bits from every instruction set. */
#include "core/base/rng.h"
#include "core/math/clones.h"
#include "core/math/kernels.h"
#include "core/math/lanes.h"
#include "tests/support/test.h"

#include <stdlib.h>

enum { N = 20011 };

static double x[N], w[N], out[N], again[N];

/* Log-uniform values over 2^(+-spread), weights in (0, 2). */
static void fill(double spread)
{
    for (size_t i = 0; i < N; i++) {
        x[i] = exp2(spread * (2 * mle_random_uniform(1, 1, i) - 1));
        w[i] = 2 * mle_random_uniform(1, 2, i);
    }
}

static const size_t sizes[] = { 0, 1, 7, 8, 15, 16, 17, 31, 100, 4095, 4096, 4097, 8192, N };

static void test_sums(void **state)
{
    (void)state;
    fill(10);
    for (size_t s = 0; s < COUNT_OF(sizes); s++) {
        long double sum = 0, weighted = 0, weight = 0, log_sum = 0, weighted_log = 0, log1p_sum = 0;
        size_t n = sizes[s];
        for (size_t i = 0; i < n; i++) {
            sum += (long double)x[i];
            weight += (long double)w[i];
            weighted += (long double)w[i] * (long double)x[i];
            log_sum += logl((long double)x[i]);
            weighted_log += (long double)w[i] * logl((long double)x[i]);
            log1p_sum += log1pl((long double)x[i]);
        }
        double scale = 1 + (double)n;
        assert_close(mle_sum(n, x), (double)sum, 1e-15);
        assert_close(mle_weighted_sum(n, x, w), (double)weighted, 1e-15);
        assert_bits_equal(mle_weighted_sum(n, x, NULL), mle_sum(n, x));
        assert_close_abs(mle_sum_log(n, x), (double)log_sum, 1e-16 * scale);
        for (int shift = -1000; shift <= 1000; shift += 500)
            assert_close_tol(mle_sum_log_scaled(n, x, shift),
                             (double)(log_sum - (long double)n * shift * logl(2)), 1e-15,
                             1e-16 * scale);
        assert_close_tol(mle_sum_log1p(n, x), (double)log1p_sum, 1e-15, 1e-16 * scale);
        assert_close_abs(mle_weighted_sum_log(n, x, w), (double)weighted_log, 1e-15 * scale);
        struct mle_log_sums plain = mle_log_sums(n, x, NULL), both = mle_log_sums(n, x, w);
        assert_close(plain.weight, (double)n, 0);
        assert_bits_equal(plain.sum, mle_sum(n, x));
        assert_bits_equal(plain.sum_log, mle_sum_log(n, x));
        assert_close(both.weight, (double)weight, 1e-15);
        assert_close(both.sum, (double)weighted, 1e-15);
    }
}

static void test_log_sums_of_extremes(void **state)
{
    (void)state;
    fill(1000); /* nearly the whole range */
    long double log_sum = 0;
    for (size_t i = 0; i < N; i++)
        log_sum += logl((long double)x[i]);
    assert_close_abs(mle_sum_log(N, x), (double)log_sum, 1e-9);
    x[77] = 5e-324;
    x[5000] = 3e-310;
    x[9000] = 0x1.fffffffffffffp1023;
    log_sum = 0;
    for (size_t i = 0; i < N; i++)
        log_sum += logl((long double)x[i]);
    assert_close_abs(mle_sum_log(N, x), (double)log_sum, 1e-9);
    assert_close_abs(mle_sum_log_scaled(N, x, 3), (double)(log_sum - N * 3 * logl(2)), 1e-9);
    x[3] = 0;
    assert_close(mle_sum_log(N, x), -INFINITY, 0);
    assert_close(mle_sum_log_scaled(N, x, -7), -INFINITY, 0);
    assert_close(mle_log_sums(N, x, NULL).sum_log, -INFINITY, 0);
    w[3] = 0;
    assert_true(isfinite(mle_log_sums(N, x, w).sum_log));
    x[3] = -1;
    assert_true(isnan(mle_sum_log(N, x)));
    assert_true(isnan(mle_sum_log_scaled(N, x, 5)));
    x[3] = -0.0;
    assert_close(mle_sum_log(N, x), -INFINITY, 0);
    x[3] = NAN;
    assert_true(isnan(mle_sum_log(N, x)) && isnan(mle_sum(N, x)));
    x[3] = INFINITY;
    assert_close(mle_sum_log(N, x), INFINITY, 0);
    for (size_t i = 0; i < N; i++)
        x[i] = 1e-17 * (double)(i % 10);
    assert_close(mle_sum_log1p(N, x), mle_sum(N, x), 1e-14);
    x[3] = -1;
    assert_close(mle_sum_log1p(N, x), -INFINITY, 0);
}

static void check_moments(double offset, const double *weights)
{
    /* integers, so that the offset is exact and the truth is that of the small numbers */
    long double weight = 0, sum = 0, square = 0;
    for (size_t i = 0; i < N; i++) {
        double v = (double)mle_random_below(2, 3, i, 1000);
        long double u = weights ? (long double)weights[i] : 1;
        x[i] = offset + v;
        weight += u;
        sum += u * (long double)v;
        square += u * (long double)v * (long double)v;
    }
    struct mle_moments m = mle_moments(N, x, weights);
    double m2 = (double)(square - sum * sum / weight);
    assert_close(m.weight, (double)weight, 1e-15);
    assert_close(m.mean, offset + (double)(sum / weight), 1e-15);
    assert_close(m.m2, m2, 1e-14);
    struct mle_moments left = mle_moments_about(777, x, weights, x[0]);
    struct mle_moments right =
        mle_moments_about(N - 777, x + 777, weights ? weights + 777 : NULL, x[0]);
    struct mle_moments none = { 0, 0, 0 };
    mle_moments_merge(&none, &left);
    mle_moments_merge(&none, &right);
    mle_moments_merge(&none, &(struct mle_moments){ 0, 0, 0 });
    assert_close(none.mean + x[0], m.mean, 1e-15);
    assert_close(none.m2, m.m2, 1e-12);
}

static void test_moments(void **state)
{
    (void)state;
    fill(1);
    check_moments(0, NULL);
    check_moments(0, w);
    check_moments(1e15, NULL);
    check_moments(1e15, w);
    for (size_t i = 0; i < N; i++)
        x[i] = 0.1;
    struct mle_moments m = mle_moments(N, x, NULL);
    assert_close(m.mean, 0.1, 0);
    assert_close(m.m2, 0, 0);
    assert_close(mle_moments(0, x, NULL).weight, 0, 0);
    w[0] = w[1] = 0;
    assert_close(mle_moments(2, x, w).weight, 0, 0);
    x[100] = NAN;
    assert_true(isnan(mle_moments(N, x, NULL).mean));
}

static void test_range(void **state)
{
    (void)state;
    fill(10);
    double min, max;
    for (size_t s = 1; s < COUNT_OF(sizes); s++) {
        double low = x[0], high = x[0];
        for (size_t i = 0; i < sizes[s]; i++) {
            low = fmin(low, x[i]);
            high = fmax(high, x[i]);
        }
        mle_range(sizes[s], x, &min, &max);
        assert_bits_equal(min, low);
        assert_bits_equal(max, high);
    }
    mle_range(0, x, &min, &max);
    assert_true(min == MLE_INFINITY && max == -MLE_INFINITY);
    x[N - 1] = NAN;
    mle_range(N, x, &min, &max);
    assert_true(isnan(min) && isnan(max));
}

static void test_integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++)
        x[i] = (double)i - 5000;
    x[8] = 1e300;
    x[9] = -0.0;
    x[10] = 0x1p53 + 2;
    assert_true(mle_all_integers(N, x));
    const double others[] = { 0.5, 1e15 + 0.5, NAN, INFINITY, 5e-324 };
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        x[N - 2] = others[i];
        assert_false(mle_all_integers(N, x));
    }
    assert_true(mle_all_integers(0, x));
}

/* --- functions against libm, which is within 1 ulp ------------------------------------------- */

static double ulps(double got, double expected)
{
    if (got == expected || (isnan(got) && isnan(expected)))
        return 0;
    double ulp = nextafter(fabs(expected), INFINITY) - fabs(expected);
    return fabs(got - expected) / ulp;
}

struct lane_case {
    const char *name;
    void (*map)(size_t n, const double x[], double out[]);
    double (*truth)(double);
    double low, high, limit_ulps;
};

static double long_expit(double v)
{
    return (double)(1 / (1 + expl(-(long double)v)));
}

static double long_log1pexp(double v)
{
    long double e = expl(-fabsl((long double)v));
    return (double)((v > 0 ? (long double)v : 0) + log1pl(e));
}

static const struct lane_case cases[] = {
    { "exp", mle_map_exp, exp, -745, 710, 2 },
    { "exp", mle_map_exp, exp, -1, 1, 1 },
    { "expm1", mle_map_expm1, expm1, -60, 710, 2 },
    { "expm1", mle_map_expm1, expm1, -1, 1, 2 },
    { "log1p", mle_map_log1p, log1p, -1, 3, 2 },
    { "log1p", mle_map_log1p, log1p, -1e-3, 1e-3, 2 },
    { "log1p", mle_map_log1p, log1p, 0, 1e300, 2 },
    { "log", mle_map_log, log, 0, 3, 1 },
    { "log", mle_map_log, log, 0.9, 1.1, 1 },
    { "log", mle_map_log, log, 0, 1e-307, 1 },
    { "log", mle_map_log, log, 0, 1e308, 1 },
    { "expit", mle_map_expit, long_expit, -740, 740, 3 },
    { "expit", mle_map_expit, long_expit, -3, 3, 3 },
    { "log1pexp", mle_map_log1pexp, long_log1pexp, -740, 740, 3 },
    { "log1pexp", mle_map_log1pexp, long_log1pexp, -3, 3, 3 },
};

static void test_functions(void **state)
{
    (void)state;
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        const struct lane_case *t = &cases[c];
        for (size_t i = 0; i < N; i++)
            x[i] = t->low + (t->high - t->low) * mle_random_uniform(4, c, i);
        t->map(N, x, out);
        double worst = 0;
        for (size_t i = 0; i < N; i++) {
            double error = ulps(out[i], t->truth(x[i]));
            worst = error > worst ? error : worst;
            if (error > t->limit_ulps)
                print_error("%s(%.17g) is %.17g, off by %g ulp\n", t->name, x[i], out[i], error);
            assert_true(error <= t->limit_ulps);
        }
        if (getenv("MLE_TEST_VERBOSE"))
            print_message("%-9s [%g, %g]: worst %g ulp\n", t->name, t->low, t->high, worst);
    }
}

static void test_pow(void **state)
{
    (void)state;
    const double exponents[] = { -300, -2, -0.5, 0, 1e-10, 0.5, 1, 1.7, 2, 30, 1000 };
    double worst = 0;
    fill(40);
    x[0] = 0;
    x[1] = INFINITY;
    x[2] = 1;
    x[3] = 5e-324;
    for (size_t e = 0; e < COUNT_OF(exponents); e++) {
        mle_map_pow(N, x, exponents[e], out);
        for (size_t i = 0; i < N; i++) {
            double error = ulps(out[i], pow(x[i], exponents[e]));
            worst = error > worst ? error : worst;
            double limit = 4 + fabs(exponents[e]) / 12;
            if (error > limit)
                print_error("%.17g ^ %g is %.17g, off by %g ulp\n", x[i], exponents[e], out[i],
                            error);
            assert_true(error <= limit);
        }
    }
    if (getenv("MLE_TEST_VERBOSE"))
        print_message("pow: worst %g ulp\n", worst);
    double bad[] = { -1, NAN, 2 }, y[3];
    mle_map_pow(3, bad, 0.5, y);
    assert_true(isnan(y[0]) && isnan(y[1]));
    mle_map_pow(3, bad, NAN, y);
    assert_true(isnan(y[2]));
}

static void test_special_values(void **state)
{
    (void)state;
    const double v[] = { 0, -0.0, INFINITY, -INFINITY, NAN, -1, 800, -800, 5e-324, 1, -2 };
    double y[COUNT_OF(v)];
    const struct {
        void (*map)(size_t, const double[], double[]);
        double (*truth)(double);
    } f[] = { { mle_map_exp, exp }, { mle_map_expm1, expm1 }, { mle_map_log1p, log1p } };
    for (size_t k = 0; k < COUNT_OF(f); k++) {
        f[k].map(COUNT_OF(v), v, y);
        for (size_t i = 0; i < COUNT_OF(v); i++)
            assert_close(y[i], f[k].truth(v[i]), 1e-15);
    }
    mle_map_log(COUNT_OF(v), v, y);
    const double logs[] = { -INFINITY, -INFINITY, INFINITY,    NAN, NAN, NAN,
                            log(800),  NAN,       log(5e-324), 0,   NAN };
    for (size_t i = 0; i < COUNT_OF(v); i++)
        assert_close(y[i], logs[i], 1e-15);
    mle_map_lgamma(COUNT_OF(v), v, y);
    assert_true(y[0] == MLE_INFINITY && y[2] == MLE_INFINITY && isnan(y[4]) && isnan(y[5]) &&
                y[9] == 0);
    mle_map_digamma(COUNT_OF(v), v, y);
    assert_true(y[0] == -MLE_INFINITY && y[2] == MLE_INFINITY && isnan(y[4]) && isnan(y[5]));
    mle_map_trigamma(COUNT_OF(v), v, y);
    assert_true(y[0] == MLE_INFINITY && y[2] == 0 && isnan(y[4]) && isnan(y[5]));
    mle_map_expit(COUNT_OF(v), v, y);
    assert_true(y[2] == 1 && y[3] == 0 && isnan(y[4]));
    mle_map_log1pexp(COUNT_OF(v), v, y);
    assert_true(y[2] == MLE_INFINITY && y[3] == 0 && isnan(y[4]) && y[6] == 800);
}

static void test_expit_pair(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++)
        x[i] = 1400 * mle_random_uniform(6, 0, i) - 700;
    mle_map_expit_pair(N, x, out, again);
    for (size_t i = 0; i < N; i++) {
        assert_true(ulps(out[i], long_expit(x[i])) <= 3);
        assert_true(ulps(again[i], long_expit(-x[i])) <= 3);
    }
    mle_map_expit_pair(N, x, NULL, again);
    assert_true(ulps(again[9], long_expit(-x[9])) <= 3);
}

static void test_in_place(void **state)
{
    (void)state;
    fill(10);
    mle_map_log(N, x, out);
    mle_map_log(N, x, x);
    assert_all_bits_equal(N, x, out);
}

/* --- the same bits from every instruction set ------------------------------------------------ */

static void (*const maps[])(size_t, const double[], double[]) = {
    mle_map_exp,      mle_map_expm1,  mle_map_log,     mle_map_log1p,    mle_map_expit,
    mle_map_log1pexp, mle_map_lgamma, mle_map_digamma, mle_map_trigamma,
};

static void all_sums(double s[12])
{
    struct mle_moments m = mle_moments(N, x, NULL), v = mle_moments(N, x, w);
    struct mle_log_sums l = mle_log_sums(N, x, w);
    const double all[12] = { mle_sum(N, x),
                             mle_weighted_sum(N, x, w),
                             mle_sum_log(N, x),
                             mle_sum_log1p(N, x),
                             m.mean,
                             m.m2,
                             v.weight,
                             v.mean,
                             v.m2,
                             l.weight,
                             l.sum,
                             l.sum_log };
    memcpy(s, all, sizeof all);
}

static void test_isas(void **state)
{
    (void)state;
    enum mle_isa usual = mle_isa_chosen;
    double base[12], other[12];
    for (int isa = MLE_ISA_V3; isa < MLE_ISAS; isa++) {
        fill(8);
        mle_isa_use(MLE_ISA_BASE);
        all_sums(base);
        mle_isa_use((enum mle_isa)isa);
        all_sums(other);
        assert_all_bits_equal(12, other, base);
        for (size_t k = 0; k < COUNT_OF(maps); k++) {
            mle_isa_use(MLE_ISA_BASE);
            maps[k](N, x, out);
            mle_isa_use((enum mle_isa)isa);
            maps[k](N, x, again);
            assert_all_bits_equal(N, again, out);
        }
        mle_isa_use(MLE_ISA_BASE);
        mle_map_pow(N, x, 1.7, out);
        mle_isa_use((enum mle_isa)isa);
        mle_map_pow(N, x, 1.7, again);
        assert_all_bits_equal(N, again, out);
    }
    assert_string_equal(mle_isa_name() ? "named" : "", "named");
    mle_isa_use(usual);
}

/* Logs near 0 keep their digits where the values are far from 1: the sum over 2^900 (1 + small). */
static void test_scaled_logs_near_the_unit(void **state)
{
    (void)state;
    long double sum = 0;
    for (size_t i = 0; i < N; i++) {
        double small = 1e-6 * mle_random_uniform(1, 3, i);
        x[i] = ldexp(1 + small, 900);
        sum += log1pl((long double)(1 + small) - 1);
    }
    assert_close(mle_sum_log_scaled(N, x, 900), (double)sum, 1e-11);
}

/* All kinds of values at every place of a group, with every instruction set. */
static void test_small_integers(void **state)
{
    (void)state;
    static const double kinds[] = { 0,      -0.0,   1,      63,     64,     0.5,      62.5,
                                    63.5,   -1,     65,     NAN,    1e300,  INFINITY, -INFINITY,
                                    0x1p52, 0x1p53, 0x1p64, 1e-300, 5e-324, 17 };
    static uint16_t at[N];
    enum mle_isa usual = mle_isa_chosen;
    for (size_t i = 0; i < N; i++)
        x[i] = kinds[(i * 7 + i / 20) % COUNT_OF(kinds)];
    for (int isa = MLE_ISA_BASE; isa < MLE_ISAS; isa++) {
        mle_isa_use((enum mle_isa)isa);
        mle_small_integers(N, x, 64, at);
        for (size_t i = 0; i < N; i++) {
            bool inside = x[i] >= 0 && x[i] < 64 && x[i] == rint(x[i]);
            assert_int_equal(at[i], inside ? (int)x[i] : 64);
        }
    }
    mle_isa_use(usual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_log_sums_of_extremes),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_pow),
        cmocka_unit_test(test_special_values),
        cmocka_unit_test(test_expit_pair),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_isas),
        cmocka_unit_test(test_scaled_logs_near_the_unit),
        cmocka_unit_test(test_small_integers),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
