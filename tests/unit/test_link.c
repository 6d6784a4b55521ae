#include "core/math/link.h"
#include "core/math/logs.h"
#include "tests/support/test.h"

static void test_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < MLE_LINKS; i++) {
        const struct mle_link *link = &mle_links[i];
        for (double eta = -6; eta <= 6; eta += 0.31) {
            if (eta <= link->eta.lower || (link->eta.lower == 0 && eta < 0.01))
                continue;
            struct mle_link_value v;
            link->inverse(eta, &v);
            assert_true(v.mu > link->mu.lower && v.mu <= link->mu.upper);
            if (v.mu == link->mu.upper) { /* rounded; only the complement knows */
                assert_true(v.complement > 0);
                continue;
            }
            /* what one ulp of mu moves eta by */
            double ulp = 4e-16 * fabs(v.mu) / fabs(v.d1);
            assert_close_tol(link->link(v.mu), eta, 1e-13, 1e-14 + ulp);
            assert_close_tol(v.mu + v.complement, 1, 1e-15, 1e-15 * fabs(v.mu));
        }
    }
}

static void test_derivatives(void **state)
{
    (void)state;
    for (size_t i = 0; i < MLE_LINKS; i++) {
        const struct mle_link *link = &mle_links[i];
        for (double eta = -5; eta <= 5; eta += 0.37) {
            if (eta <= link->eta.lower || (link->eta.lower == 0 && eta < 0.1))
                continue;
            const double h = 1e-5;
            struct mle_link_value v, up, down;
            link->inverse(eta, &v);
            link->inverse(eta + h, &up);
            link->inverse(eta - h, &down);
            /* differences of the smaller one of mu and its complement lose least */
            double d1 =
                fabs(v.mu) < fabs(v.complement) ? up.mu - down.mu : down.complement - up.complement;
            assert_close_tol(d1 / (2 * h), v.d1, 1e-6, 1e-12);
            assert_close_tol((up.d1 - down.d1) / (2 * h), v.d2, 1e-6, 1e-7 * fabs(v.d1));
        }
    }
}

static void test_tails(void **state)
{
    (void)state;
    struct mle_link_value v;
    mle_links[MLE_LINK_logit].inverse(600, &v);
    assert_close(v.complement, exp(-600), 1e-14);
    assert_close(v.d1, exp(-600), 1e-14);
    assert_close(v.d2, -exp(-600), 1e-14);
    mle_links[MLE_LINK_probit].inverse(30, &v);
    assert_close(v.complement, 4.906713927148187e-198, 1e-13);
    assert_close(v.d1, 1.4736461348785476e-196, 1e-13);
    mle_links[MLE_LINK_cloglog].inverse(-40, &v);
    assert_close(v.mu, exp(-40), 1e-14);
    mle_links[MLE_LINK_cloglog].inverse(6, &v);
    assert_close(v.complement, exp(-exp(6)), 1e-13);
    mle_links[MLE_LINK_loglog].inverse(40, &v);
    assert_close(v.complement, exp(-40), 1e-14);
    mle_links[MLE_LINK_cauchit].inverse(1e20, &v);
    assert_close(v.complement, 1e-20 / M_PI, 1e-14);
    mle_links[MLE_LINK_cauchit].inverse(-1e200, &v);
    assert_close(v.mu, 1e-200 / M_PI, 1e-14);
    for (size_t i = 0; i < MLE_LINKS; i++) {
        const double far[] = { -INFINITY, -1e308, -800, 800, 1e308, INFINITY };
        for (size_t j = 0; j < COUNT_OF(far); j++) {
            if (far[j] < mle_links[i].eta.lower || isinf(far[j]))
                continue;
            mle_links[i].inverse(far[j], &v);
            assert_false(isnan(v.mu) || isnan(v.complement) || isnan(v.d1) || isnan(v.d2));
        }
        mle_links[i].inverse(NAN, &v);
        assert_true(isnan(v.mu) && isnan(v.d1) && isnan(v.d2));
        assert_true(isnan(mle_links[i].link(NAN)));
    }
    assert_true(isnan(mle_links[MLE_LINK_probit].link(1.5)));
    assert_true(isnan(mle_links[MLE_LINK_log].link(-1)));
}

static void test_columns(void **state)
{
    (void)state;
    enum { N = 300 };
    static double eta[N], mu[N], complement[N], d1[N], d2[N];
    for (size_t i = 0; i < N; i++)
        eta[i] = ((double)i - 150) * 0.5 + 0.013;
    eta[7] = NAN;
    for (size_t i = 0; i < MLE_LINKS; i++) {
        mle_link_inverse_column(&mle_links[i], N, eta, mu, complement, d1, d2);
        for (size_t k = 0; k < N; k++) {
            struct mle_link_value v;
            mle_links[i].inverse(eta[k], &v);
            assert_close(mu[k], v.mu, 1e-15);
            assert_close(complement[k], v.complement, 1e-15);
            assert_close(d1[k], v.d1, 2e-15);
            assert_close(d2[k], v.d2, 2e-15);
        }
        mle_link_inverse_column(&mle_links[i], N, eta, NULL, NULL, d1, NULL);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_ptr_equal(mle_link_find("cloglog"), &mle_links[MLE_LINK_cloglog]);
    assert_null(mle_link_find("none"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_derivatives),
        cmocka_unit_test(test_tails),      cmocka_unit_test(test_columns),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
