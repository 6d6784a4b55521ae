/* The contract of core/family/family.h, checked for every row of families.def. */
#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/math/kernels.h"
#include "tests/support/per_family.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_THETA = 3, N_Y = 257 };

/* Values that are inside a domain, in steps from ordinary to less so. */
static double inside(struct mle_domain domain, int step)
{
    static const double u[N_THETA] = { 0.2, 1.1, -0.9 };
    return mle_domain_from_u(domain, u[step]);
}

static void make_theta(const struct mle_family *family, int step, double theta[])
{
    for (unsigned j = 0; j < family->n_param; j++)
        theta[j] = inside(family->param[j].domain, (step + (int)j) % N_THETA);
    unsigned at;
    if (family->refuse && family->refuse(theta, &at)) { /* bounds the wrong way round */
        double swap = theta[0];
        theta[0] = theta[1];
        theta[1] = swap;
        assert_null(family->refuse(theta, &at));
    }
}

static double trials_of(const struct mle_family *family)
{
    return family->support.needs_trials ? 12 : NAN;
}

/* Quantiles at equal steps of probability: a sample without noise. */
static void make_sample(const struct mle_family *family, const double theta[], size_t n, double y[])
{
    for (size_t i = 0; i < n; i++)
        y[i] = mle_quantile(family, ((double)i + 0.5) / (double)n, theta, trials_of(family),
                            (struct mle_tail){ false, false });
}

static struct mle_obs obs_of(const struct mle_family *family, size_t n, const double y[],
                             const double *trials)
{
    (void)family;
    return (struct mle_obs){ n, y, { trials, 0 } };
}

static void constant_views(const struct mle_family *family, const double theta[],
                           struct mle_view view[])
{
    for (unsigned j = 0; j < family->n_param; j++)
        view[j] = (struct mle_view){ &theta[j], 0 };
}

static void test_record_is_complete(void **state)
{
    const struct mle_family *f = *state;
    assert_non_null(f->name);
    assert_non_null(f->title);
    assert_non_null(f->doc);
    assert_non_null(f->rows);
    assert_non_null(f->exists);
    assert_non_null(f->cdf);
    assert_in_range(f->n_param, 1, MLE_MAX_PARAM);
    assert_true(f->location < f->n_param);
    assert_true(f->row_cost_ns > 0);
    for (unsigned j = 0; j < f->n_param; j++) {
        assert_non_null(f->param[j].name);
        assert_non_null(f->param[j].doc);
        assert_true(f->param[j].domain.lower < f->param[j].domain.upper);
    }
    assert_ptr_equal(mle_family_find(f->name), f);
}

/* First derivatives against central differences of the log density, second against those of the
   first. */
static void test_derivatives(void **state)
{
    enum { N = 10 }; /* even: no row at the median, where a density may have a corner */
    const struct mle_family *f = *state;
    unsigned k = f->n_param;
    for (int step = 0; step < N_THETA; step++) {
        double theta[MLE_MAX_PARAM], y[N], trials = trials_of(f);
        make_theta(f, step, theta);
        make_sample(f, theta, N, y);
        struct mle_obs obs = obs_of(f, N, y, &trials);
        struct mle_view view[MLE_MAX_PARAM];
        double ll[N], grad[N * MLE_MAX_PARAM], hess[N * MLE_MAX_HESS];
        constant_views(f, theta, view);
        f->rows(&obs, view, ll, grad, hess);
        for (unsigned j = 0; j < k; j++) {
            double h = 1e-5 * fmax(fabs(theta[j]), 0.1), saved = theta[j];
            double up_ll[N], up_grad[N * MLE_MAX_PARAM], down_ll[N], down_grad[N * MLE_MAX_PARAM];
            theta[j] = saved + h;
            double up = theta[j];
            f->rows(&obs, view, up_ll, up_grad, NULL);
            theta[j] = saved - h;
            double width = up - theta[j];
            f->rows(&obs, view, down_ll, down_grad, NULL);
            theta[j] = saved;
            for (size_t i = 0; i < N; i++) {
                double scale = 1 + fabs(ll[i]) + fabs(grad[j * N + i]);
                assert_close_tol((up_ll[i] - down_ll[i]) / width, grad[j * N + i], 1e-6,
                                 1e-8 * scale);
                for (unsigned l = 0; l < k; l++) {
                    size_t at = (j > l ? MLE_HESS(j, l) : MLE_HESS(l, j)) * N + i;
                    assert_close_tol((up_grad[l * N + i] - down_grad[l * N + i]) / width, hess[at],
                                     1e-6, 1e-7 * (1 + fabs(grad[l * N + i]) + fabs(hess[at])));
                }
            }
        }
    }
}

/* A view with stride 1 means row i's own parameter. */
static void test_views_per_row(void **state)
{
    const struct mle_family *f = *state;
    unsigned k = f->n_param;
    double theta[N_THETA][MLE_MAX_PARAM], column[MLE_MAX_PARAM][N_THETA], y[N_THETA];
    double trials = trials_of(f);
    struct mle_view view[MLE_MAX_PARAM];
    for (int i = 0; i < N_THETA; i++) {
        make_theta(f, i, theta[i]);
        make_sample(f, theta[i], 1, &y[i]);
        for (unsigned j = 0; j < k; j++)
            column[j][i] = theta[i][j];
    }
    for (unsigned j = 0; j < k; j++)
        view[j] = (struct mle_view){ column[j], 1 };
    struct mle_obs obs = obs_of(f, N_THETA, y, &trials);
    double ll[N_THETA];
    f->rows(&obs, view, ll, NULL, NULL);
    for (int i = 0; i < N_THETA; i++)
        assert_bits_equal(ll[i], mle_log_density(f, theta[i], trials, y[i]));
}

static void test_outside_the_support(void **state)
{
    const struct mle_family *f = *state;
    double theta[MLE_MAX_PARAM], trials = trials_of(f);
    make_theta(f, 0, theta);
    if (isfinite(f->support.lower)) {
        assert_bits_equal(mle_log_density(f, theta, trials, f->support.lower - 1), -INFINITY);
        if (!f->support.lower_closed)
            assert_bits_equal(mle_log_density(f, theta, trials, f->support.lower), -INFINITY);
    }
    if (isfinite(f->support.upper) || f->support.needs_trials) {
        double upper = f->support.needs_trials ? trials : f->support.upper;
        assert_bits_equal(mle_log_density(f, theta, trials, upper + 1), -INFINITY);
    }
    if (f->support.integer)
        assert_bits_equal(mle_log_density(f, theta, trials, f->support.lower + 0.5), -INFINITY);
}

/* Densities are integrated over a line on which neither a singularity at an edge of the support nor
   a tail as heavy as a power hurts: log y where the support starts at 0, logit y where it is (0,
   1), asinh y on the real line. */
static bool starts_at_zero(const struct mle_family *f)
{
    return f->support.lower == 0;
}

static double to_line(const struct mle_family *f, double y)
{
    if (starts_at_zero(f))
        return f->support.upper == 1 ? log(y / (1 - y)) : log(y);
    return isfinite(f->support.lower) ? y : asinh(y);
}

static double of_line(const struct mle_family *f, double t, double *slope)
{
    double y = 1 / (1 + exp(-t));
    if (starts_at_zero(f) && f->support.upper == 1) {
        *slope = y * (1 - y);
        return y;
    }
    if (starts_at_zero(f))
        return *slope = exp(t);
    if (isfinite(f->support.lower)) {
        *slope = 1;
        return t;
    }
    *slope = cosh(t);
    return sinh(t);
}

/* Total probability, by a sum over integers or by differences of the cdf against the density. */
static void test_total_probability(void **state)
{
    const struct mle_family *f = *state;
    for (int step = 0; step < N_THETA; step++) {
        double theta[MLE_MAX_PARAM], trials = trials_of(f);
        make_theta(f, step, theta);
        struct mle_tail lower = { false, false };
        double low = mle_quantile(f, 1e-13, theta, trials, lower);
        double high = mle_quantile(f, 1e-13, theta, trials, (struct mle_tail){ true, false });
        if (f->measure == MLE_COUNTING) {
            /* the far tail of a law that has one is left to the cdf */
            double last = fmin(high, low + 1e6), sum = 0;
            for (double y = low; y <= last; y++)
                sum += exp(mle_log_density(f, theta, trials, y));
            sum += f->cdf(last, theta, trials, (struct mle_tail){ true, false });
            assert_close_abs(sum, 1, 1e-11);
            continue;
        }
        /* an even number of slices: a corner at the median lies between two of them.
           Gauss-Legendre between quantiles: the mass of a slice is the difference of the cdf */
        static const double x[3] = { -0.77459666924148337704, 0, 0.77459666924148337704 };
        static const double w[3] = { 5.0 / 9, 8.0 / 9, 5.0 / 9 };
        for (int slice = 1; slice < 4001; slice++) {
            double a = mle_quantile(f, slice / 4002.0, theta, trials, lower);
            double b = mle_quantile(f, (slice + 1) / 4002.0, theta, trials, lower);
            double mass = 0;
            double from = to_line(f, a), to = to_line(f, b), slope;
            for (int i = 0; i < 3; i++) {
                double t = (from + to) / 2 + (to - from) / 2 * x[i];
                double y = of_line(f, t, &slope);
                mass += w[i] * (to - from) / 2 * slope * exp(mle_log_density(f, theta, trials, y));
            }
            /* three nodes are few where a heavy tail doubles within a slice */
            bool far = slice < 20 || slice > 3981;
            assert_close(mass, 1 / 4002.0, far ? 1e-3 : 1e-6);
        }
    }
}

static void test_quantile_inverts_cdf(void **state)
{
    const struct mle_family *f = *state;
    static const double p[] = { 1e-12, 1e-4, 0.03, 0.2, 0.5, 0.77, 0.999 };
    for (int step = 0; step < N_THETA; step++) {
        double theta[MLE_MAX_PARAM], trials = trials_of(f);
        make_theta(f, step, theta);
        for (size_t i = 0; i < COUNT_OF(p); i++)
            for (int flags = 0; flags < 4; flags++) {
                struct mle_tail tail = { flags & 1, flags & 2 };
                double asked = tail.log_p ? log(p[i]) : p[i];
                double y = mle_quantile(f, asked, theta, trials, tail);
                double back = f->cdf(y, theta, trials, tail);
                if (f->measure == MLE_LEBESGUE) {
                    /* next to a bound that is not 0 there are too few doubles */
                    double one = f->cdf(nextafter(y, -INFINITY), theta, trials, tail);
                    double other = f->cdf(nextafter(y, INFINITY), theta, trials, tail);
                    if (!(fmin(one, other) <= asked && asked <= fmax(one, other)))
                        assert_close(back, asked, 1e-9);
                    continue;
                }
                double below = f->cdf(fmin(y - 1, nextafter(y, 0)), theta, trials, tail);
                if (tail.upper)
                    assert_true(back <= asked && (below > asked || y == f->support.lower));
                else
                    assert_true(back >= asked && (below < asked || y == f->support.lower));
            }
    }
}

/* cdf and its complement, on both scales. */
static void test_tails_agree(void **state)
{
    const struct mle_family *f = *state;
    double theta[MLE_MAX_PARAM], y[31], trials = trials_of(f);
    make_theta(f, 1, theta);
    make_sample(f, theta, 31, y);
    for (int i = 0; i < 31; i++) {
        double lower = f->cdf(y[i], theta, trials, (struct mle_tail){ false, false });
        double upper = f->cdf(y[i], theta, trials, (struct mle_tail){ true, false });
        assert_close_abs(lower + upper, 1, 1e-13);
        assert_close_tol(f->cdf(y[i], theta, trials, (struct mle_tail){ false, true }), log(lower),
                         1e-12, 1e-13);
        assert_close_tol(f->cdf(y[i], theta, trials, (struct mle_tail){ true, true }), log(upper),
                         1e-11, 1e-12);
    }
}

/* Entropy is the mean of -log density. */
static void test_entropy(void **state)
{
    const struct mle_family *f = *state;
    double theta[MLE_MAX_PARAM], trials = trials_of(f);
    for (int step = 0; step < N_THETA; step++) {
        make_theta(f, step, theta);
        double entropy = mle_entropy(f, theta, trials), sum = 0;
        if (f->measure == MLE_COUNTING) {
            double high = mle_quantile(f, 1e-15, theta, trials, (struct mle_tail){ true, false });
            if (!(high < 1e6)) /* too many to sum */
                continue;
            for (double y = f->support.lower; y <= high && y < 1e6; y++) {
                double ll = mle_log_density(f, theta, trials, y);
                sum -= ll > -700 ? exp(ll) * ll : 0;
            }
            assert_close_tol(entropy, sum, 1e-9, 1e-9);
            continue;
        }
        enum { STEPS = 200000 };
        for (int i = 0; i < STEPS; i++)
            sum -= mle_log_density(f, theta, trials,
                                   mle_quantile(f, (i + 0.5) / STEPS, theta, trials,
                                                (struct mle_tail){ false, false }));
        assert_close_tol(entropy, sum / STEPS, 2e-4, 2e-4);
    }
}

/* --- sufficient statistics ----------------------------------------------------------------------
 */

struct sums {
    double ll, grad[MLE_MAX_PARAM], hess[MLE_MAX_HESS];
};

static struct sums sum_rows(const struct mle_family *f, size_t n, const double y[],
                            const double w[], const double theta[])
{
    static double out[(1 + MLE_MAX_PARAM + MLE_MAX_HESS) * N_Y];
    struct mle_view view[MLE_MAX_PARAM] = { { NULL, 0 } };
    unsigned k = f->n_param;
    double trials = trials_of(f);
    struct mle_obs obs = obs_of(f, n, y, &trials);
    constant_views(f, theta, view);
    f->rows(&obs, view, out, out + n, out + (1 + k) * n);
    struct sums s = { .ll = mle_weighted_sum(n, out, w) };
    for (unsigned j = 0; j < k; j++)
        s.grad[j] = mle_weighted_sum(n, out + (1 + j) * n, w);
    for (unsigned j = 0; j < k * (k + 1) / 2; j++)
        s.hess[j] = mle_weighted_sum(n, out + (1 + k + j) * n, w);
    return s;
}

static void make_weights(size_t n, double w[])
{
    for (size_t i = 0; i < n; i++)
        w[i] = 0.25 + (double)(i * 7 % 13);
}

static void test_statistics_are_sufficient(void **state)
{
    const struct mle_family *f = *state;
    const struct mle_sufficient *s = f->sufficient;
    double theta[MLE_MAX_PARAM], at[MLE_MAX_PARAM], y[N_Y], w[N_Y], stat[MLE_MAX_STAT];
    double trials = trials_of(f);
    if (!s) {
        assert_null(s);
        return;
    }
    for (int step = 0; step < N_THETA; step++)
        for (int weighted = 0; weighted < 2; weighted++) {
            make_theta(f, step, theta);
            make_theta(f, (step + 1) % N_THETA, at);
            make_sample(f, theta, N_Y, y);
            make_weights(N_Y, w);
            struct mle_obs obs = obs_of(f, N_Y, y, &trials);
            s->tile(&obs, weighted ? w : NULL, stat);
            struct sums want = sum_rows(f, N_Y, y, weighted ? w : NULL, at), got = { 0 };
            s->loglik(stat, at, &got.ll, got.grad, got.hess);
            double scale = fabs(want.ll) + stat[0];
            assert_close_tol(got.ll, want.ll, 1e-12, 1e-13 * scale);
            for (unsigned j = 0; j < f->n_param; j++)
                assert_close_tol(got.grad[j], want.grad[j], 1e-10, 1e-12 * scale);
            for (unsigned j = 0; j < f->n_param * (f->n_param + 1) / 2; j++)
                assert_close_tol(got.hess[j], want.hess[j], 1e-10, 1e-12 * scale);
        }
}

/* The fused kernel is the sum of the rows, and adds to what is there. */
static void test_sum_is_the_sum_of_rows(void **state)
{
    const struct mle_family *f = *state;
    double theta[MLE_MAX_PARAM], y[N_Y], w[N_Y], trials = trials_of(f);
    unsigned k = f->n_param;
    if (!f->sum) {
        assert_null(f->sum);
        return;
    }
    for (int step = 0; step < N_THETA; step++)
        for (int weighted = 0; weighted < 2; weighted++) {
            double got[1 + MLE_MAX_PARAM + MLE_MAX_HESS] = { 1 };
            make_theta(f, step, theta);
            make_sample(f, theta, N_Y, y);
            make_weights(N_Y, w);
            struct mle_obs obs = obs_of(f, N_Y, y, &trials);
            struct sums want = sum_rows(f, N_Y, y, weighted ? w : NULL, theta);
            f->sum(&obs, weighted ? w : NULL, theta, got);
            double scale = fabs(want.ll) + (weighted ? mle_sum(N_Y, w) : N_Y);
            assert_close_tol(got[0] - 1, want.ll, 1e-12, 1e-12 * scale);
            for (unsigned j = 0; j < k; j++)
                assert_close_tol(got[1 + j], want.grad[j], 1e-10, 1e-11 * scale);
            for (unsigned j = 0; j < k * (k + 1) / 2; j++)
                assert_close_tol(got[1 + k + j], want.hess[j], 1e-9, 1e-10 * scale);
        }
}

static void merge_into(const struct mle_sufficient *s, double into[], const double from[])
{
    if (s->merge) {
        s->merge(into, from);
        return;
    }
    for (unsigned j = 0; j < s->n_stat; j++)
        into[j] += from[j];
}

/* The statistics of the whole are those of the parts put together, in any grouping. */
static void test_statistics_merge(void **state)
{
    const struct mle_family *f = *state;
    const struct mle_sufficient *s = f->sufficient;
    double theta[MLE_MAX_PARAM], y[N_Y], whole[MLE_MAX_STAT], part[3][MLE_MAX_STAT];
    double trials = trials_of(f), left[MLE_MAX_STAT];
    static const size_t cut[4] = { 0, 40, 41, N_Y };
    if (!s) {
        assert_null(s);
        return;
    }
    make_theta(f, 0, theta);
    make_sample(f, theta, N_Y, y);
    struct mle_obs obs = obs_of(f, N_Y, y, &trials);
    s->tile(&obs, NULL, whole);
    for (int p = 0; p < 3; p++) {
        struct mle_obs piece = obs_of(f, cut[p + 1] - cut[p], y + cut[p], &trials);
        s->tile(&piece, NULL, part[p]);
    }
    memcpy(left, part[0], sizeof left);
    merge_into(s, left, part[1]);
    merge_into(s, left, part[2]);
    merge_into(s, part[1], part[2]);
    merge_into(s, part[0], part[1]);
    for (unsigned j = 0; j < s->n_stat; j++) {
        assert_close_tol(left[j], whole[j], 1e-12, 1e-12);
        assert_close_tol(part[0][j], whole[j], 1e-12, 1e-12);
    }
}

/* --- one cmocka test per family and property ------------------------------------------------ */

static const struct property properties[] = {
    { "record_is_complete", test_record_is_complete },
    { "derivatives", test_derivatives },
    { "views_per_row", test_views_per_row },
    { "outside_the_support", test_outside_the_support },
    { "total_probability", test_total_probability },
    { "quantile_inverts_cdf", test_quantile_inverts_cdf },
    { "tails_agree", test_tails_agree },
    { "entropy", test_entropy },
    { "statistics_are_sufficient", test_statistics_are_sufficient },
    { "sum_is_the_sum_of_rows", test_sum_is_the_sum_of_rows },
    { "statistics_merge", test_statistics_merge },
};

int main(void)
{
    return run_per_family("family", COUNT_OF(properties), properties);
}
