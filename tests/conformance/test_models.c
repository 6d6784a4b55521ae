/* What holds for every model of models.def whose response is a list of columns: golden values of
   mpmath (tests/golden/make_models.py), and what a fit promises. */
#include "core/fit/fit.h"
#include "core/math/linalg.h"
#include "tests/support/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_COLUMNS = 5, MAX_THETA = 12 };

/* --- a model on some rows --------------------------------------------------------------------- */

struct rows {
    size_t n, d;
    double *value[MAX_COLUMNS], *w; /* w NULL: none */
};

struct bound {
    struct mle_arena arena;
    struct mle_work work;
    struct mle_column column[MAX_COLUMNS + 1];
    struct mle_data data;
    struct mle_model_spec spec;
    struct mle_model model;
    struct mle_error err;
};

static const char *const names[] = { "a", "b", "c", "d", "e" };

static void bind(struct bound *b, const struct mle_model_kind *kind, const struct rows *rows,
                 enum mle_structure structure, struct mle_pool *pool)
{
    memset(b, 0, sizeof *b);
    for (size_t j = 0; j < rows->d; j++)
        b->column[j] = (struct mle_column){
            .name = names[j], .type = MLE_FLOAT64, .n = rows->n, .values = rows->value[j]
        };
    b->column[rows->d] =
        (struct mle_column){ .name = "w", .type = MLE_FLOAT64, .n = rows->n, .values = rows->w };
    b->data = (struct mle_data){ .n = rows->n,
                                 .n_column = rows->d + (rows->w != NULL),
                                 .column = b->column };
    mle_arena_init(&b->arena, NULL, NULL);
    b->work = (struct mle_work){ { pool }, NULL, &b->arena };
    b->spec = mle_model_spec_default;
    b->spec.family = kind->name;
    b->spec.n_response = rows->d;
    b->spec.response = names;
    b->spec.weights = rows->w ? "w" : NULL;
    b->spec.covariance = structure;
    assert_int_equal(
        mle_model_bind(&b->spec, &b->data, MLE_MISSING_ERROR, &b->work, &b->model, &b->err),
        MLE_OK);
}

static void done(struct bound *b)
{
    mle_arena_finish(&b->arena);
}

static double evaluate(struct bound *b, const double theta[], double ll[], double score[],
                       double hess[])
{
    double sum;
    assert_int_equal(
        b->model.kind->evaluate(&b->model, &b->work, theta, ll, &sum, score, hess, &b->err),
        MLE_OK);
    return sum;
}

/* --- golden values ---------------------------------------------------------------------------- */

static double element(const json_t *list, size_t i)
{
    return json_number_value(json_array_get(list, i));
}

static void read_rows(const json_t *point, struct rows *rows)
{
    const json_t *list = json_object_get(point, "rows");
    const json_t *weights = json_object_get(point, "weights");
    *rows =
        (struct rows){ .n = json_array_size(list), .d = json_array_size(json_array_get(list, 0)) };
    assert_in_range(rows->d, 1, MAX_COLUMNS);
    for (size_t j = 0; j < rows->d; j++) {
        rows->value[j] = calloc(rows->n, sizeof(double));
        for (size_t i = 0; i < rows->n; i++)
            rows->value[j][i] = element(json_array_get(list, i), j);
    }
    if (weights)
        rows->w = calloc(rows->n, sizeof(double));
    for (size_t i = 0; weights && i < rows->n; i++)
        rows->w[i] = element(weights, i);
}

static void free_rows(struct rows *rows)
{
    for (size_t j = 0; j < rows->d; j++)
        free(rows->value[j]);
    free(rows->w);
}

static enum mle_structure structure_of(const json_t *point)
{
    const char *word = json_string_value(json_object_get(point, "covariance"));
    return !word                           ? MLE_STRUCTURE_NONE
           : strcmp(word, "diagonal") == 0 ? MLE_STRUCTURE_DIAGONAL
                                           : MLE_STRUCTURE_SPHERICAL;
}

/* Terms of a derivative cancel where it has a zero; their size is the information's. */
static void check_point(const struct mle_model_kind *kind, const json_t *point)
{
    struct rows rows;
    struct bound b;
    double theta[MAX_THETA], score[MAX_THETA], hess[MAX_THETA * MAX_THETA], ll[16];
    const json_t *golden = json_object_get(point, "hessian");
    read_rows(point, &rows);
    bind(&b, kind, &rows, structure_of(point), NULL);
    size_t k = b.model.n_theta;
    assert_int_equal(json_array_size(json_object_get(point, "theta")), k);
    for (size_t j = 0; j < k; j++)
        theta[j] = element(json_object_get(point, "theta"), j);
    evaluate(&b, theta, ll, score, hess);
    for (size_t i = 0; i < rows.n; i++)
        assert_close_tol(ll[i], element(json_object_get(point, "log_density"), i), 1e-13, 1e-13);
    for (size_t i = 0, at = 0; i < k; i++) {
        double own = sqrt(fabs(element(golden, i * (i + 3) / 2)));
        assert_close_tol(score[i], element(json_object_get(point, "score"), i), 1e-11, 1e-14 * own);
        for (size_t j = 0; j <= i; j++, at++) {
            double other = sqrt(fabs(element(golden, j * (j + 3) / 2)));
            assert_close_tol(hess[i * k + j], element(golden, at), 1e-11,
                             1e-13 * own * other + 1e-25);
            assert_bits_equal(hess[i * k + j], hess[j * k + i]);
        }
    }
    done(&b);
    free_rows(&rows);
}

static void test_golden(void **state)
{
    const struct mle_model_kind *kind = *state;
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/models/%s.json", getenv("MLE_GOLDEN"), kind->name);
    json_t *file = json_load_file(path, 0, &error), *point;
    size_t i;
    if (!file)
        fail_msg("%s: %s", path, error.text);
    assert_true(json_array_size(json_object_get(file, "points")) >= 6);
    json_array_foreach(json_object_get(file, "points"), i, point) check_point(kind, point);
    json_decref(file);
}

/* --- samples without chance ------------------------------------------------------------------- */

/* Fractions of multiples of square roots: even, and the same everywhere. */
static double even(size_t i, size_t j)
{
    static const double step[] = { 1.4142135623730951, 1.7320508075688772, 2.23606797749979,
                                   2.6457513110645907 };
    double x = (double)(i + 1) * step[j];
    return x - floor(x);
}

/* Rows that every model takes: counts with more spread than a multinomial's, whose multiples of
   1/64 are compositions after a division. */
static void make_rows(const struct mle_model_kind *kind, size_t n, struct rows *rows)
{
    bool counts = kind->measure == MLE_COUNTING;
    *rows = (struct rows){ .n = n, .d = 3 };
    for (size_t j = 0; j < 3; j++)
        rows->value[j] = calloc(n, sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double a = 1 + floor(60 * even(i, 0)), b = 1 + floor((62 - a) * even(i, 1));
        double c = 64 - a - b, unit = counts ? 1 : 64;
        rows->value[0][i] = a / unit;
        rows->value[1][i] = b / unit;
        rows->value[2][i] = (counts ? c - 1 : c) / unit;
        if (!strcmp(kind->name, "multivariate_normal"))
            rows->value[2][i] = floor(1024 * even(i, 2)) / 1024 + a / 32;
    }
}

struct result {
    double value[MAX_THETA], error[MAX_THETA], covariance[MAX_THETA * MAX_THETA], ll;
    size_t n_theta;
    enum mle_fit_status status;
    enum mle_verdict verdict;
};

static struct result fit(const struct mle_model_kind *kind, const struct rows *rows,
                         enum mle_structure structure, struct mle_pool *pool)
{
    struct bound b;
    struct mle_fit answer;
    bind(&b, kind, rows, structure, pool);
    assert_int_equal(mle_fit_run(&b.model, &mle_fit_options_default, &b.work, &answer, &b.err),
                     MLE_OK);
    struct result r = { .ll = answer.diagnostics.log_likelihood,
                        .n_theta = b.model.n_theta,
                        .status = answer.status,
                        .verdict = answer.existence.verdict };
    assert_true(r.n_theta <= MAX_THETA);
    for (size_t j = 0; j < r.n_theta; j++) {
        r.value[j] = answer.estimate[j].value;
        r.error[j] = answer.estimate[j].standard_error;
    }
    if (answer.covariance)
        memcpy(r.covariance, answer.covariance, r.n_theta * r.n_theta * sizeof(double));
    done(&b);
    return r;
}

/* --- properties ------------------------------------------------------------------------------- */

static void test_threads_give_the_same_bits(void **state)
{
    const struct mle_model_kind *kind = *state;
    struct rows rows;
    make_rows(kind, 100003, &rows);
    struct result one = fit(kind, &rows, MLE_STRUCTURE_NONE, NULL);
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct mle_pool *pool = mle_pool_create(threads, 0, NULL);
        assert_non_null(pool);
        struct result many = fit(kind, &rows, MLE_STRUCTURE_NONE, pool);
        assert_bits_equal(many.ll, one.ll);
        assert_all_bits_equal(one.n_theta, many.value, one.value);
        assert_all_bits_equal(one.n_theta, many.error, one.error);
        mle_pool_destroy(pool);
    }
    free_rows(&rows);
}

static void test_weights_are_replication(void **state)
{
    const struct mle_model_kind *kind = *state;
    enum { N = 101 };
    struct rows rows, all;
    make_rows(kind, N, &rows);
    make_rows(kind, 3 * N, &all);
    rows.w = calloc(N, sizeof(double));
    all.n = 0;
    for (size_t i = 0; i < N; i++) {
        rows.w[i] = (double)(i % 4);
        for (size_t r = 0; r < i % 4; r++, all.n++)
            for (size_t j = 0; j < rows.d; j++)
                all.value[j][all.n] = rows.value[j][i];
    }
    struct result weighted = fit(kind, &rows, MLE_STRUCTURE_NONE, NULL);
    struct result replicated = fit(kind, &all, MLE_STRUCTURE_NONE, NULL);
    assert_close(weighted.ll, replicated.ll, 1e-12);
    for (size_t j = 0; j < weighted.n_theta; j++) {
        assert_close_tol(weighted.value[j], replicated.value[j], 1e-9, 1e-11);
        assert_close(weighted.error[j], replicated.error[j], 1e-8);
    }
    free_rows(&rows);
    free_rows(&all);
}

static void test_order_of_rows_does_not_matter(void **state)
{
    const struct mle_model_kind *kind = *state;
    enum { N = 8209 };
    struct rows rows, turned;
    make_rows(kind, N, &rows);
    make_rows(kind, N, &turned);
    for (size_t j = 0; j < rows.d; j++)
        for (size_t i = 0; i < N; i++)
            turned.value[j][i] = rows.value[j][N - 1 - i];
    struct result a = fit(kind, &rows, MLE_STRUCTURE_NONE, NULL);
    struct result b = fit(kind, &turned, MLE_STRUCTURE_NONE, NULL);
    assert_close(a.ll, b.ll, 1e-12);
    for (size_t j = 0; j < a.n_theta; j++)
        assert_close_tol(a.value[j], b.value[j], 1e-9, 1e-9);
    free_rows(&rows);
    free_rows(&turned);
}

static bool on_simplex(const struct mle_model_kind *kind)
{
    return !strcmp(kind->name, "multinomial");
}

/* The document's log-likelihood is that of its parameters, the score there is 0 (on the simplex:
   the same for all elements), and the covariance is the inverse of the information, whose
   derivatives are those of another computation. */
static void check_certificate(const struct mle_model_kind *kind, enum mle_structure structure)
{
    struct rows rows;
    struct bound b;
    make_rows(kind, 1009, &rows);
    struct result r = fit(kind, &rows, structure, NULL);
    assert_int_equal(r.status, MLE_FIT_CONVERGED);
    assert_int_equal(r.verdict, MLE_VERDICT_INTERIOR);
    size_t k = r.n_theta;
    double score[MAX_THETA], hess[MAX_THETA * MAX_THETA], *ll = calloc(rows.n, sizeof *ll);
    bind(&b, kind, &rows, structure, NULL);
    assert_close(evaluate(&b, r.value, ll, score, hess), r.ll, 1e-12);
    for (size_t j = 0; j < k; j++) {
        double expected = on_simplex(kind) ? score[0] : 0;
        assert_close_tol(score[j] * r.error[j], expected * r.error[j], 1e-12, 1e-7);
    }
    for (size_t i = 0; i < k * k; i++)
        hess[i] = -hess[i];
    if (!on_simplex(kind)) {
        assert_true(mle_cholesky(k, hess));
        mle_cholesky_inverse(k, hess);
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < k; j++)
                assert_close_tol(r.covariance[i * k + j], hess[i * k + j], 1e-9,
                                 1e-9 * r.error[i] * r.error[j]);
    }
    free(ll);
    done(&b);
    free_rows(&rows);
}

static void test_certificate(void **state)
{
    const struct mle_model_kind *kind = *state;
    check_certificate(kind, MLE_STRUCTURE_NONE);
    if (kind->has_covariance) {
        check_certificate(kind, MLE_STRUCTURE_DIAGONAL);
        check_certificate(kind, MLE_STRUCTURE_SPHERICAL);
    }
}

/* No point near the estimate is more likely. */
static void test_it_is_a_maximum(void **state)
{
    const struct mle_model_kind *kind = *state;
    struct rows rows;
    struct bound b;
    make_rows(kind, 211, &rows);
    struct result r = fit(kind, &rows, MLE_STRUCTURE_NONE, NULL);
    bind(&b, kind, &rows, MLE_STRUCTURE_NONE, NULL);
    double *ll = calloc(rows.n, sizeof *ll);
    for (size_t i = 0; i < r.n_theta; i++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double theta[MAX_THETA], step = sign * 0.1 * r.error[i];
            memcpy(theta, r.value, sizeof theta);
            theta[i] += step;
            if (on_simplex(kind))
                theta[(i + 1) % r.n_theta] -= step;
            assert_true(evaluate(&b, theta, ll, NULL, NULL) < r.ll);
        }
    free(ll);
    done(&b);
    free_rows(&rows);
}

/* --- only the multivariate normal ------------------------------------------------------------- */

static const struct mle_model_kind *find(const char *name)
{
    for (size_t i = 0; i < mle_model_kind_count(); i++)
        if (!strcmp(mle_model_kind_get(i)->name, name))
            return mle_model_kind_get(i);
    fail_msg("there is no model %s", name);
    return NULL;
}

/* Another origin and other units change the covariance by what they are, and nothing else. */
static void test_origin_and_units(void **state)
{
    (void)state;
    const struct mle_model_kind *kind = find("multivariate_normal");
    static const double unit[] = { 1e8, 1e-8, 0x1p-400 };
    struct rows rows, other;
    make_rows(kind, 1009, &rows);
    make_rows(kind, 1009, &other);
    struct result here = fit(kind, &rows, MLE_STRUCTURE_NONE, NULL);
    for (size_t j = 0; j < 3; j++)
        for (size_t i = 0; i < rows.n; i++)
            other.value[j][i] = rows.value[j][i] + 1e8; /* exact: multiples of 2^-10 */
    struct result far = fit(kind, &other, MLE_STRUCTURE_NONE, NULL);
    assert_close(far.ll, here.ll, 1e-13);
    for (size_t j = 3; j < here.n_theta; j++)
        assert_close(far.value[j], here.value[j], 1e-14);
    double shift = 0;
    for (size_t j = 0; j < 3; j++) {
        for (size_t i = 0; i < rows.n; i++)
            other.value[j][i] = rows.value[j][i] * unit[j];
        shift += (double)rows.n * log(unit[j]);
    }
    struct result there = fit(kind, &other, MLE_STRUCTURE_NONE, NULL);
    assert_int_equal(there.verdict, MLE_VERDICT_INTERIOR);
    assert_close(there.ll, here.ll - shift, 1e-13);
    for (size_t i = 0, at = 3; i < 3; i++)
        for (size_t j = 0; j <= i; j++, at++) {
            double expected = here.value[at] * unit[i] * unit[j];
            assert_close(there.value[at], expected, 1e-12);
        }
    free_rows(&rows);
    free_rows(&other);
}

/* y = x + e for e from 1e-3 to 4e-12: as long as e can be seen, its variance is found, in twice the
   precision of doubles. */
static void test_nearly_collinear(void **state)
{
    (void)state;
    const struct mle_model_kind *kind = find("multivariate_normal");
    enum { N = 64 };
    for (int k = 10; k <= 38; k += 4) {
        struct rows rows = { .n = N, .d = 2 };
        double e = ldexp(1, -k), sum = 0, squares = 0;
        rows.value[0] = calloc(N, sizeof(double));
        rows.value[1] = calloc(N, sizeof(double));
        for (size_t i = 0; i < N; i++) {
            double x = (double)(i % 8) - 3.5, d = (double)(i / 8) - 3.5; /* uncorrelated */
            rows.value[0][i] = x;
            rows.value[1][i] = x + e * d; /* exact */
            sum += x * x;
            squares += d * d;
        }
        struct result r = fit(kind, &rows, MLE_STRUCTURE_NONE, NULL);
        assert_int_equal(r.verdict, MLE_VERDICT_INTERIOR);
        double log_det = log(sum / N) + log(squares / N) + 2 * log(e);
        assert_close(r.ll, -N / 2.0 * (2 * log(2 * M_PI) + log_det + 2), k <= 30 ? 1e-13 : 1e-9);
        free_rows(&rows);
    }
}

static const struct {
    const char *name;
    CMUnitTestFunction test; /* *state is the kind */
} properties[] = {
    { "golden", test_golden },
    { "threads_give_the_same_bits", test_threads_give_the_same_bits },
    { "weights_are_replication", test_weights_are_replication },
    { "order_of_rows_does_not_matter", test_order_of_rows_does_not_matter },
    { "certificate", test_certificate },
    { "it_is_a_maximum", test_it_is_a_maximum },
};

int main(void)
{
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_origin_and_units),
        cmocka_unit_test(test_nearly_collinear),
    };
    size_t kinds = mle_model_kind_count(), n = 0;
    struct CMUnitTest *tests = calloc(kinds * COUNT_OF(properties), sizeof *tests);
    char(*titles)[96] = calloc(kinds * COUNT_OF(properties), sizeof *titles);
    if (!tests || !titles)
        return 1;
    for (size_t i = 0; i < kinds; i++)
        for (size_t p = 0; mle_model_kind_get(i)->multivariate && p < COUNT_OF(properties); p++) {
            const struct mle_model_kind *kind = mle_model_kind_get(i);
            snprintf(titles[n], sizeof *titles, "%s: %s", kind->name, properties[p].name);
            tests[n] = (struct CMUnitTest){ .name = titles[n],
                                            .test_func = properties[p].test,
                                            .initial_state = (void *)(uintptr_t)kind };
            n++;
        }
    int failed = _cmocka_run_group_tests("models", tests, n, NULL, NULL);
    failed += cmocka_run_group_tests_name("models once", once, NULL, NULL);
    free(titles);
    free(tests);
    return failed;
}
