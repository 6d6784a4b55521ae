/* Properties of the special functions; part of test_special.c, apart only for its length. */

static void test_nan(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t bad = 0; bad < 2; bad++) {
            double a[4] = { 0.5, 0.5, 0.5, 0 };
            a[bad] = NAN;
            bool has_second = strcmp(rows[i].name, "owens_t") == 0 ||
                              strstr(rows[i].name, "diff") || strstr(rows[i].name, "beta") ||
                              strstr(rows[i].name, "zeta");
            if (bad == 0 || has_second)
                assert_true(isnan(rows[i].function(a)));
        }
    }
    assert_true(isnan(mle_normal_quantile(1.5)));
    assert_true(isnan(mle_normal_log_quantile(0.5)));
    assert_true(isnan(mle_gamma_quantile(1, -0.1, false, false)));
    assert_true(isnan(mle_beta_quantile(1, 1, 0.1, false, true, NULL)));
    assert_true(isnan(mle_gamma_cdf(-1, 1, false, false)));
    assert_true(isnan(mle_lgamma(-0.5)));
    assert_true(isnan(mle_digamma(-0.5)));
}

static void test_ends(void **state)
{
    (void)state;
    assert_close(mle_lgamma(0), INFINITY, 0);
    assert_close(mle_digamma(0), -INFINITY, 0);
    assert_close(mle_trigamma(0), INFINITY, 0);
    for (int upper = 0; upper < 2; upper++) {
        assert_close(mle_gamma_cdf(2, 0, upper, false), upper, 0);
        assert_close(mle_gamma_cdf(2, INFINITY, upper, false), 1 - upper, 0);
        assert_close(mle_gamma_cdf(2, 0, upper, true), upper ? 0 : -INFINITY, 0);
        assert_close(mle_beta_cdf(2, 3, 0, 1, upper, false), upper, 0);
        assert_close(mle_beta_cdf(2, 3, 1, 0, upper, true), upper ? -INFINITY : 0, 0);
        assert_close(mle_student_cdf(-INFINITY, 3, upper, false), upper, 0);
        assert_close(mle_gamma_quantile(2, 0, upper, false), upper ? INFINITY : 0, 0);
    }
    assert_close(mle_normal_cdf(INFINITY), 1, 0);
    assert_close(mle_normal_cdf(-INFINITY), 0, 0);
    assert_close(mle_normal_quantile(0), -INFINITY, 0);
    assert_close(mle_normal_quantile(1), INFINITY, 0);
    assert_close(mle_normal_log_quantile(0), INFINITY, 0);
    assert_close(mle_normal_log_quantile(-INFINITY), -INFINITY, 0);
    assert_close(mle_normal_log_cdf(-INFINITY), -INFINITY, 0);
    assert_close(mle_normal_hazard(-INFINITY), 0, 0);
    assert_close(mle_bessel_ratio(INFINITY, NULL, NULL), 1, 0);
    assert_close(mle_bessel_ratio_inverse(1, 0), INFINITY, 0);
    assert_close(mle_log_poisson(0, 0), 0, 0);
    assert_close(mle_log_binomial(0, 5, 0, 1), 0, 0);
    assert_close(mle_log_binomial(2, 5, 0, 1), -INFINITY, 0);
    assert_close(mle_deviance(3, 3), 0, 0);
}

static const double log_tails[] = { -1e-12, -0.01, -0.5, -0.7, -3, -50, -659, -661, -1e3, -1e5 };

static void test_gamma_quantile(void **state)
{
    (void)state;
    const double shapes[] = { 0.3, 1, 2.5, 40, 1e4 };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        for (size_t j = 0; j < COUNT_OF(log_tails); j++) {
            for (int upper = 0; upper < 2; upper++) {
                double x = mle_gamma_quantile(shapes[i], log_tails[j], upper, true);
                if (x < 1e-290)
                    continue;
                double back = mle_gamma_cdf(shapes[i], x, upper, true);
                /* one ulp of x costs about shape ulps of the probability */
                assert_close_tol(back, log_tails[j], 1e-11, 1e-12);
                double p = exp(log_tails[j]);
                if (p > 1e-280 && p < 0.995)
                    assert_close(mle_gamma_quantile(shapes[i], p, upper, false), x, 1e-9);
            }
        }
    }
}

static void test_beta_quantile(void **state)
{
    (void)state;
    const double shapes[][2] = { { 0.5, 0.5 }, { 2, 3 }, { 30, 0.7 }, { 500, 2000 } };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        for (size_t j = 0; j < COUNT_OF(log_tails); j++) {
            for (int upper = 0; upper < 2; upper++) {
                double a = shapes[i][0], b = shapes[i][1], y;
                double x = mle_beta_quantile(a, b, log_tails[j], upper, true, &y);
                if (x < 1e-290 || y < 1e-290)
                    continue;
                assert_close(x + y, 1, 1e-15);
                assert_close_tol(mle_beta_cdf(a, b, x, y, upper, true), log_tails[j], 1e-11, 1e-12);
            }
        }
    }
}

static void test_student_quantile(void **state)
{
    (void)state;
    const double nus[] = { 0.7, 1, 2, 7, 100, 1e4, 1e25 };
    for (size_t i = 0; i < COUNT_OF(nus); i++) {
        for (size_t j = 0; j < COUNT_OF(log_tails); j++) {
            for (int upper = 0; upper < 2; upper++) {
                double t = mle_student_quantile(log_tails[j], nus[i], upper, true);
                if (fabs(t) > 1e140)
                    continue;
                assert_close_tol(mle_student_cdf(t, nus[i], upper, true), log_tails[j], 1e-11,
                                 1e-13);
            }
        }
    }
    assert_close_abs(mle_student_quantile(0.5, 3, false, false), 0, 1e-15);
}

static void test_normal_quantile(void **state)
{
    (void)state;
    for (size_t j = 0; j < COUNT_OF(log_tails); j++) {
        double z = mle_normal_log_quantile(log_tails[j]);
        assert_close(mle_normal_log_cdf(z), log_tails[j], 1e-12);
    }
}

static void test_bessel_inverse(void **state)
{
    (void)state;
    for (double kappa = 1e-6; kappa < 1e12; kappa *= 1.7) {
        double rest, r = mle_bessel_ratio(kappa, &rest, NULL);
        assert_close(mle_bessel_ratio_inverse(r, rest), kappa, 1e-12);
    }
}
