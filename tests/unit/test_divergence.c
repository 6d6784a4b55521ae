/* Entropy, cross-entropy and KL against mpmath (tests/golden/make_divergence.py) and against what
   theory says of them. */
#include "core/fit/divergence.h"
#include "core/fit/expect.h"
#include "tests/support/test.h"

#include <jansson.h>
#include <stdlib.h>

static const struct mle_work work; /* no pool, no stop, no memory: none is needed */

static double number(const json_t *value)
{
    if (json_is_string(value))
        return INFINITY;
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static struct mle_law family_law(const char *name, const double theta[], double trials)
{
    struct mle_law law = { .family = mle_family_find(name), .theta = theta, .trials = trials };
    assert_non_null(law.family);
    return law;
}

static struct mle_law list_law(size_t n, const double y[], const double p[])
{
    return (struct mle_law){ .n = n, .y = y, .p = p };
}

static struct mle_divergence between(const struct mle_law *p, const struct mle_law *q)
{
    struct mle_divergence d;
    struct mle_error err;
    if (mle_divergence(p, q, &work, &d, &err) != MLE_OK)
        fail_msg("%s", err.text);
    return d;
}

/* --- golden numbers ------------------------------------------------------------------------- */

static void read_law(const json_t *pair, const char *side, double theta[], struct mle_law *law)
{
    char key[16];
    snprintf(key, sizeof key, "%s_theta", side);
    const json_t *list = json_object_get(pair, key);
    for (size_t j = 0; j < json_array_size(list); j++)
        theta[j] = number(json_array_get(list, j));
    snprintf(key, sizeof key, "%s_trials", side);
    *law = family_law(json_string_value(json_object_get(pair, side)), theta,
                      number(json_object_get(pair, key)));
    assert_int_equal(json_array_size(list), law->family->n_param);
}

/* 1e-12 for closed forms and sums, as the stated error says for integrals. */
static void check_pair(const json_t *pair)
{
    double theta_p[MLE_MAX_PARAM], theta_q[MLE_MAX_PARAM];
    struct mle_law p, q;
    read_law(pair, "p", theta_p, &p);
    read_law(pair, "q", theta_q, &q);
    struct mle_divergence d = between(&p, &q);
    double kl = number(json_object_get(pair, "kl"));
    double cross = number(json_object_get(pair, "cross_entropy"));
    double entropy = number(json_object_get(pair, "entropy"));
    print_message("%s || %s: kl %.17g (%.17g) by %s, off by %.1g, said %.1g\n", p.family->name,
                  q.family->name, d.kl, kl, mle_divergence_method_word(d.method), d.kl - kl,
                  d.absolute_error);
    assert_close_tol(d.cross_entropy, cross, 1e-12, d.absolute_error);
    if (isinf(kl)) {
        assert_close(d.kl, kl, 0);
        return;
    }
    assert_close_tol(d.kl, kl, 0, fmax(d.absolute_error, 1e-15));
    assert_close_tol(d.entropy, entropy, 1e-12, d.absolute_error);
    assert_true(d.absolute_error < 1e-11 * (1 + fabs(cross)));
    assert_true(d.kl >= 0);
    assert_close(d.perplexity, exp(cross), 1e-11);
}

static void test_golden(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/divergence.json", getenv("MLE_GOLDEN"));
    json_t *file = json_load_file(path, 0, NULL), *pair;
    size_t i;
    assert_true(json_array_size(json_object_get(file, "pairs")) >= 50);
    json_array_foreach(json_object_get(file, "pairs"), i, pair) check_pair(pair);
    json_decref(file);
}

/* The general way agrees with every closed form: the same law as a family and through mle_expect.
 */
static double surprise(const void *ctx, double y)
{
    const struct mle_law *law = ctx;
    return -mle_log_density(law->family, law->theta, law->trials, y);
}

static void test_general_way(void **state)
{
    static const struct {
        const char *name;
        double p[3], q[3];
    } laws[] = {
        { "normal", { 1, 2 }, { -0.5, 3 } },       { "gamma", { 2, 3 }, { 4, 1 } },
        { "gamma", { 0.4, 1 }, { 2, 1 } },         { "weibull", { 1.5, 2 }, { 0.75, 1 } },
        { "cauchy", { 0, 1 }, { 2, 0.25 } },       { "pareto", { 1.25, 2 }, { 1.5, 1 } },
        { "gumbel", { 1, 2 }, { 0, 1.5 } },        { "beta", { 2, 3.5 }, { 1.25, 0.5 } },
        { "von_mises", { 0.5, 2 }, { -1, 0.75 } }, { "inverse_gaussian", { 1, 2 }, { 2, 0.5 } },
        { "poisson", { 400 }, { 390 } },           { "geometric", { 0.01 }, { 0.02 } },
        { "laplace", { 0, 1 }, { 0.5, 2 } },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(laws); i++) {
        struct mle_law p = family_law(laws[i].name, laws[i].p, NAN);
        struct mle_law q = family_law(laws[i].name, laws[i].q, NAN);
        struct mle_divergence d = between(&p, &q);
        struct mle_expectation e;
        struct mle_integrand h = { surprise, &q };
        double corner = strcmp(laws[i].name, "laplace") == 0 ? laws[i].q[0] : NAN;
        assert_int_equal(d.method, MLE_BY_CLOSED_FORM);
        assert_int_equal(mle_expect(p.family, p.theta, NAN, &h, corner, NULL, &e, NULL), MLE_OK);
        print_message("%s: off by %.1g, said %.1g\n", laws[i].name, e.value - d.cross_entropy,
                      e.error);
        assert_close_tol(e.value, d.cross_entropy, 1e-13, e.error);
        assert_true(e.error <= 1e-8 * fmax(1, fabs(e.value)));
    }
}

/* --- theory ----------------------------------------------------------------------------------- */

static void test_same_law(void **state)
{
    (void)state;
    for (size_t i = 0; i < mle_family_count(); i++) {
        const struct mle_family *f = mle_family_get(i);
        double theta[MLE_MAX_PARAM];
        for (unsigned j = 0; j < f->n_param; j++)
            theta[j] = mle_domain_from_u(f->param[j].domain, j == 0 ? 0.75 : 0.25);
        unsigned at;
        if (f->refuse && f->refuse(theta, &at))
            theta[1] = theta[0] + 1;
        struct mle_law law = family_law(f->name, theta, f->support.needs_trials ? 9 : NAN);
        struct mle_divergence d = between(&law, &law);
        print_message("%s: kl %.2g, said %.2g\n", f->name, d.kl, d.absolute_error);
        if (isnan(d.entropy) || isinf(d.entropy))
            continue;
        assert_close_abs(d.kl, 0, 1e-12);
        assert_close_tol(d.cross_entropy, d.entropy, 1e-12, 1e-12);
    }
}

/* 5.60: what exceeds the entropy of the sample is KL, and the sample's frequencies make it 0. */
static void test_lists(void **state)
{
    static const double y[] = { 0, 1, 2 }, p[] = { 0.5, 0.25, 0.25 }, q[] = { 0.25, 0.25, 0.5 };
    static const double none[] = { 0.5, 0.5, 0 }, other[] = { 0, 1, 3 };
    struct mle_law a = list_law(3, y, p), b = list_law(3, y, q), c = list_law(3, y, none);
    struct mle_law e = list_law(3, other, q);
    (void)state;
    struct mle_divergence d = between(&a, &b);
    assert_close(d.entropy, 1.5 * log(2), 1e-15);
    assert_close(d.cross_entropy, 1.75 * log(2), 1e-15);
    assert_close(d.kl, 0.25 * log(2), 1e-14);
    assert_close(d.perplexity, pow(2, 1.75), 1e-15);
    assert_true(between(&a, &a).kl == 0);
    assert_true(between(&c, &a).kl < INFINITY); /* 0 log 0 = 0 */
    assert_true(between(&a, &c).kl == INFINITY);
    assert_true(between(&a, &c).perplexity == INFINITY);
    assert_true(between(&a, &e).kl == INFINITY);
    d = between(&a, NULL);
    assert_close(d.entropy, 1.5 * log(2), 1e-15);
    assert_true(isnan(d.kl) && isnan(d.cross_entropy) && d.n_absent == 3);
}

/* Tiny differences keep their digits: KL of nearly equal lists is half the chi-squared distance. */
static void test_small_kl(void **state)
{
    static const double y[] = { 0, 1 };
    double p[] = { 0.5, 0.5 }, q[] = { 0.5 + 1e-9, 0.5 - 1e-9 };
    struct mle_law a = list_law(2, y, p), b = list_law(2, y, q);
    (void)state;
    assert_close(between(&a, &b).kl, 2e-18, 1e-6);
    struct mle_law m = family_law("bernoulli", &(double){ 0.5 }, NAN);
    struct mle_law n = family_law("bernoulli", &(double){ 0.5 + 1e-9 }, NAN);
    assert_close(between(&m, &n).kl, 2e-18, 1e-6);
}

static void test_lists_and_counts(void **state)
{
    static const double y[] = { 0, 1 }, p[] = { 0.25, 0.75 }, gap[] = { 0, 2 };
    struct mle_law list = list_law(2, y, p), gaps = list_law(2, gap, p);
    struct mle_law bernoulli = family_law("bernoulli", &(double){ 0.75 }, NAN);
    struct mle_law poisson = family_law("poisson", &(double){ 0.75 }, NAN);
    struct mle_law never = family_law("poisson", &(double){ 0 }, NAN);
    (void)state;
    assert_close_abs(between(&list, &bernoulli).kl, 0, 1e-15);
    assert_close_abs(between(&bernoulli, &list).kl, 0, 1e-15);
    assert_true(between(&poisson, &list).kl == INFINITY);
    assert_true(between(&bernoulli, &gaps).kl == INFINITY);
    assert_close(between(&never, &gaps).kl, -log(0.25), 1e-15);
    assert_close(between(&list, &poisson).cross_entropy, 0.75 - 0.75 * log(0.75), 1e-15);
}

/* 5.59: against a density a sample has a mean negative log-likelihood, and nothing else. */
static void test_sample_and_density(void **state)
{
    static const double y[] = { -1, 0, 2 }, p[] = { 0.25, 0.25, 0.5 }, theta[] = { 0, 1 };
    struct mle_law sample = list_law(3, y, p), normal = family_law("normal", theta, NAN);
    struct mle_divergence d;
    struct mle_error err;
    (void)state;
    assert_int_equal(mle_divergence(&sample, &normal, &work, &d, &err), MLE_INCOMPARABLE);
    assert_string_equal(err.fault[0].pointer, "/q");
    sample.empirical = true;
    d = between(&sample, &normal);
    assert_close(d.cross_entropy, 0.5 * log(2 * acos(-1)) + 0.5 * (0.25 + 0.5 * 4), 1e-15);
    assert_true(isnan(d.kl) && isnan(d.entropy));
    assert_int_equal(d.n_absent, 2);
    assert_int_equal(mle_divergence(&normal, &sample, &work, &d, &err), MLE_INCOMPARABLE);
}

static void test_incomparable(void **state)
{
    static const double y[] = { 0, 1 }, p[] = { 0.25, 0.75 }, theta[] = { 0, 1 };
    struct mle_law labels = list_law(2, y, p), numbers = list_law(2, y, p);
    struct mle_law angles = family_law("von_mises", theta, NAN);
    struct mle_law line = family_law("normal", theta, NAN);
    struct mle_law counts = family_law("poisson", theta + 1, NAN);
    struct mle_divergence d;
    (void)state;
    labels.labels = true;
    assert_int_equal(mle_divergence(&labels, &numbers, &work, &d, NULL), MLE_INCOMPARABLE);
    assert_int_equal(mle_divergence(&labels, &counts, &work, &d, NULL), MLE_INCOMPARABLE);
    assert_int_equal(mle_divergence(&angles, &line, &work, &d, NULL), MLE_INCOMPARABLE);
    assert_int_equal(mle_divergence(&counts, &line, &work, &d, NULL), MLE_INCOMPARABLE);
    assert_int_equal(mle_divergence(&line, &counts, &work, &d, NULL), MLE_INCOMPARABLE);
}

/* Where doubles end before the integral does, there is no number instead of a wrong one. */
static void test_no_wrong_number(void **state)
{
    static const double heavy[] = { 0, 40 }, spike[] = { 0.001, 1 }, other[] = { 3, 1 };
    static const double beta[] = { 2, 0.01 }, normal[] = { 0, 1 };
    struct mle_law p = family_law("lognormal", heavy, NAN);
    struct mle_law q = family_law("exponential", &(double){ 1 }, NAN);
    (void)state;
    struct mle_divergence d = between(&p, &q); /* e^800 */
    assert_true(isnan(d.kl) && isnan(d.absolute_error) && d.n_absent == 3);
    p = family_law("gamma", spike, NAN);
    q = family_law("weibull", other, NAN); /* E[log y] lies below what doubles hold */
    d = between(&p, &q);
    assert_true(isnan(d.kl));
    p = family_law("beta", beta, NAN);
    q = family_law("normal", normal, NAN); /* smooth at 1, where the mass is */
    d = between(&p, &q);
    assert_true(isnan(d.kl) || fabs(d.cross_entropy - (0.5 * log(2 * acos(-1)) +
                                                       0.5 * (2 * 3 / (2.01 * 3.01)))) < 1e-7);
    p = family_law("poisson", &(double){ 1e15 }, NAN);
    q = family_law("geometric", &(double){ 1e-15 }, NAN);
    d = between(&p, &q);
    assert_true(isnan(d.kl));
}

/* --- stopping --------------------------------------------------------------------------------- */

static void test_stop(void **state)
{
    struct mle_stop stop;
    struct mle_work stopped = { .stop = &stop };
    struct mle_divergence d;
    struct mle_error err;
    static const double a[] = { 0, 1, 3 }, b[] = { 0.75, 0.75 }, flat[] = { 1e5, 0.1 };
    struct mle_law p = family_law("skew_normal", a, NAN), q = family_law("normal", b, NAN);
    (void)state;
    mle_stop_init(&stop, 0);
    mle_stop_cancel(&stop);
    assert_int_equal(mle_divergence(&p, &q, &stopped, &d, &err), MLE_CANCELLED);
    p = family_law("negative_binomial", flat, NAN);
    q = family_law("poisson", &(double){ 1e5 }, NAN);
    assert_int_equal(mle_divergence(&p, &q, &stopped, &d, &err), MLE_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_general_way),
        cmocka_unit_test(test_same_law),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_small_kl),
        cmocka_unit_test(test_lists_and_counts),
        cmocka_unit_test(test_sample_and_density),
        cmocka_unit_test(test_incomparable),
        cmocka_unit_test(test_no_wrong_number),
        cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests_name("divergence", tests, NULL, NULL);
}
