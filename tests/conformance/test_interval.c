/* core/family/interval.h for every family: values against the cdf, derivatives against differences,
   the general way against the family's own tails. */
#include "core/family/interval.h"
#include "tests/support/per_family.h"

static double trials_of(const struct mle_family *f)
{
    return f->support.needs_trials ? 12 : NAN;
}

static void make_theta(const struct mle_family *f, double theta[])
{
    for (unsigned j = 0; j < f->n_param; j++)
        theta[j] = mle_domain_from_u(f->param[j].domain, 0.3 + 0.5 * j);
}

struct piece {
    double lower, upper;
};

/* Intervals by their probabilities: tails, middles, narrow ones. */
static size_t make_pieces(const struct mle_family *f, const double theta[], struct piece piece[])
{
    static const double ends[][2] = { { 0.3, 1 }, { 0.95, 1 },  { 1 - 1e-9, 1 }, { 0, 0.2 },
                                      { 0, 0.8 }, { 0.2, 0.7 }, { 0.6, 0.602 },  { 0.01, 0.0101 } };
    struct mle_tail lower = { false, false };
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        piece[i].lower =
            ends[i][0] == 0 ? -INFINITY : mle_quantile(f, ends[i][0], theta, trials_of(f), lower);
        piece[i].upper =
            ends[i][1] == 1 ? INFINITY : mle_quantile(f, ends[i][1], theta, trials_of(f), lower);
    }
    return COUNT_OF(ends);
}

static void test_value_is_the_cdf(void **state)
{
    const struct mle_family *f = *state;
    double theta[MLE_MAX_PARAM], log_p, n = trials_of(f);
    struct piece piece[16];
    make_theta(f, theta);
    size_t n_piece = make_pieces(f, theta, piece);
    struct mle_tail lower = { false, false }, upper = { true, false };
    double step = f->measure == MLE_COUNTING ? 1 : 0;
    for (size_t i = 0; i < n_piece; i++) {
        double a = piece[i].lower, b = piece[i].upper, expected;
        mle_log_interval(f, a, b, theta, n, &log_p, NULL, NULL);
        if (isinf(b))
            expected = f->cdf(a - step, theta, n, upper);
        else
            expected =
                f->cdf(b, theta, n, lower) - (isinf(a) ? 0 : f->cdf(a - step, theta, n, lower));
        assert_close_tol(exp(log_p), expected, 1e-12, 1e-14);
    }
}

static void test_derivatives(void **state)
{
    const struct mle_family *f = *state;
    double theta[MLE_MAX_PARAM], grad[MLE_MAX_PARAM], hess[MLE_MAX_HESS], n = trials_of(f), log_p;
    struct piece piece[16];
    make_theta(f, theta);
    if (f->circular) {
        assert_true(f->circular); /* the cut of the circle moves with mu */
        return;
    }
    size_t n_piece = make_pieces(f, theta, piece);
    for (size_t i = 0; i < n_piece; i++) {
        double a = piece[i].lower, b = piece[i].upper;
        mle_log_interval(f, a, b, theta, n, &log_p, grad, hess);
        if (!isfinite(log_p))
            continue;
        for (unsigned j = 0; j < f->n_param; j++) {
            double h = 1e-4 * fmax(fabs(theta[j]), 0.1), saved = theta[j];
            double up, down, up_grad[MLE_MAX_PARAM], down_grad[MLE_MAX_PARAM], unused[MLE_MAX_HESS];
            theta[j] = saved + h;
            double width = theta[j];
            mle_log_interval(f, a, b, theta, n, &up, up_grad, unused);
            theta[j] = saved - h;
            width -= theta[j];
            mle_log_interval(f, a, b, theta, n, &down, down_grad, unused);
            theta[j] = saved;
            if (isinf(up) || isinf(down))
                continue; /* the edge of the support passed the interval */
            assert_close_tol((up - down) / width, grad[j], 1e-5, 1e-6);
            for (unsigned l = 0; l <= j; l++)
                assert_close_tol((up_grad[l] - down_grad[l]) / width, hess[MLE_HESS(j, l)], 1e-4,
                                 1e-5);
        }
    }
}

static bool has_corner(const struct mle_family *f)
{
    return !strcmp(f->name, "laplace");
}

static void test_tails_and_the_general_way_agree(void **state)
{
    const struct mle_family *f = *state;
    if (!f->tail) {
        assert_null(f->tail);
        return;
    }
    struct mle_family plain = *f;
    plain.tail = NULL;
    double theta[MLE_MAX_PARAM], a_grad[MLE_MAX_PARAM], a_hess[MLE_MAX_HESS], a, b;
    double b_grad[MLE_MAX_PARAM], b_hess[MLE_MAX_HESS], n = trials_of(f);
    struct piece piece[16];
    make_theta(f, theta);
    /* a sum of counts to the end of a power law would not come to an end */
    if (f->measure == MLE_COUNTING &&
        mle_quantile(f, -41, theta, n, (struct mle_tail){ true, true }) > 1e7)
        return;
    size_t n_piece = make_pieces(f, theta, piece);
    for (size_t i = 0; i < n_piece; i++) {
        mle_log_interval(f, piece[i].lower, piece[i].upper, theta, n, &a, a_grad, a_hess);
        mle_log_interval(&plain, piece[i].lower, piece[i].upper, theta, n, &b, b_grad, b_hess);
        assert_close_tol(a, b, 1e-12, 1e-13);
        if (!isfinite(a) || f->support.depends || has_corner(f) || isnan(b_grad[0]))
            continue; /* a moving edge has no score inside, nor a corner a second derivative;
                         NaN: more terms than are added up */
        for (unsigned j = 0; j < f->n_param; j++)
            assert_close_tol(a_grad[j], b_grad[j], 1e-9, 1e-10);
        for (unsigned j = 0; j < f->n_param * (f->n_param + 1) / 2; j++)
            assert_close_tol(a_hess[j], b_hess[j], 1e-7, 1e-8);
    }
}

static void test_the_whole_and_nothing(void **state)
{
    const struct mle_family *f = *state;
    double theta[MLE_MAX_PARAM], grad[MLE_MAX_PARAM], hess[MLE_MAX_HESS], n = trials_of(f), log_p;
    make_theta(f, theta);
    mle_log_interval(f, -INFINITY, INFINITY, theta, n, &log_p, grad, hess);
    assert_bits_equal(log_p, 0);
    assert_bits_equal(grad[0], 0);
    mle_log_interval(f, 3, 2, theta, n, &log_p, grad, hess);
    assert_bits_equal(log_p, -INFINITY);
}

static const struct property properties[] = {
    { "value_is_the_cdf", test_value_is_the_cdf },
    { "derivatives", test_derivatives },
    { "tails_and_the_general_way_agree", test_tails_and_the_general_way_agree },
    { "the_whole_and_nothing", test_the_whole_and_nothing },
};

int main(void)
{
    return run_per_family("interval", COUNT_OF(properties), properties);
}
