/* The general objective for every family: derivatives in u against differences, with predictors on
   all parameters, with censored rows, under truncation. */
#include "core/data/data.h"
#include "core/model/model.h"
#include "tests/support/per_family.h"

enum { ROWS = 60, MOST = 16 };

static double trials_of(const struct mle_family *f)
{
    return f->support.needs_trials ? 12 : NAN;
}

/* What a test asks of the model beside the family. */
enum form { PREDICTORS, CENSORED, TRUNCATED };

struct sample {
    double y[ROWS], x[ROWS], event[ROWS];
    struct mle_column column[3];
    struct mle_data data;
    struct mle_model_spec spec;
    struct mle_factor factor;
    struct mle_term term;
    struct mle_predictor predictor[MLE_MAX_PARAM];
    struct mle_arena arena;
    struct mle_work work;
    struct mle_model model;
};

static void make_rows(struct sample *s, const struct mle_family *f)
{
    double theta[MLE_MAX_PARAM];
    for (unsigned j = 0; j < f->n_param; j++) {
        theta[j] = mle_domain_from_u(f->param[j].domain, 0.3 + 0.4 * j);
        if (f->param[j].search.lower < f->param[j].search.upper)
            theta[j] = fmax(theta[j], f->param[j].search.lower + 0.5);
    }
    for (size_t i = 0; i < ROWS; i++) {
        double p = ((double)(i * 37 % ROWS) + 0.5) / ROWS;
        s->y[i] = mle_quantile(f, p, theta, trials_of(f), (struct mle_tail){ false, false });
        s->x[i] = sin((double)i * 1.7);
        s->event[i] = i % 4 != 0;
    }
}

/* The canonical names unless a family has others with predictors. */
static void ask_predictors(struct sample *s, const struct mle_family *f)
{
    const struct mle_family *with = f->regression ? f->regression : f;
    s->factor = (struct mle_factor){ .column = "x" };
    s->term = (struct mle_term){ 1, &s->factor };
    for (unsigned j = 0; j < with->n_param; j++) {
        bool renamed = with->conditional[0].name != NULL;
        s->predictor[j] = (struct mle_predictor){ .param = renamed ? with->conditional[j].name
                                                                   : with->param[j].name,
                                                  .n = 1,
                                                  .term = &s->term,
                                                  .pointer = "/model/predictors" };
    }
    s->spec.n_predictor = with->n_param;
    s->spec.predictor = s->predictor;
}

static enum mle_status make(struct sample *s, const struct mle_family *f, enum form form)
{
    struct mle_error err;
    make_rows(s, f);
    s->column[0] =
        (struct mle_column){ .name = "y", .type = MLE_FLOAT64, .n = ROWS, .values = s->y };
    s->column[1] =
        (struct mle_column){ .name = "x", .type = MLE_FLOAT64, .n = ROWS, .values = s->x };
    s->column[2] =
        (struct mle_column){ .name = "event", .type = MLE_FLOAT64, .n = ROWS, .values = s->event };
    s->data = (struct mle_data){ .n = ROWS, .n_column = 3, .column = s->column };
    s->spec = mle_model_spec_default;
    s->spec.family = f->name;
    s->spec.trials = trials_of(f);
    if (form == PREDICTORS)
        ask_predictors(s, f);
    if (form == CENSORED)
        s->spec.censoring.event = "event";
    if (form == TRUNCATED)
        s->spec.truncate_upper.value = 1e9;
    mle_arena_init(&s->arena, NULL, NULL);
    s->work = (struct mle_work){ { NULL }, NULL, &s->arena };
    enum mle_status status =
        mle_model_bind(&s->spec, &s->data, MLE_MISSING_ERROR, &s->work, &s->model, &err);
    return status ? status : s->model.kind->scan(&s->model, &s->work, &err);
}

static bool value_at(struct sample *s, const double u[], double *ll, double grad[], double hess[])
{
    assert_int_equal(s->model.kind->loglik(&s->model, &s->work, u, ll, grad, hess, NULL), MLE_OK);
    return isfinite(*ll);
}

static void check_derivatives(struct sample *s)
{
    size_t n = s->model.n_free;
    double u[MOST], grad[MOST], hess[MOST * MOST], up_grad[MOST], down_grad[MOST];
    double spare[MOST * MOST], ll, up, down;
    assert_in_range(n, 1, MOST);
    s->model.kind->start(&s->model, u);
    for (size_t i = 0; i < n; i++)
        u[i] += 0.02 * (double)(i + 1);
    if (!value_at(s, u, &ll, grad, hess))
        return; /* the start of a bounded support may lie outside for some row */
    for (size_t i = 0; i < n; i++) {
        double saved = u[i], h = 1e-5 * fmax(1, fabs(saved));
        u[i] = saved + h;
        bool both = value_at(s, u, &up, up_grad, spare);
        u[i] = saved - h;
        both &= value_at(s, u, &down, down_grad, spare);
        u[i] = saved;
        if (!both)
            continue;
        double scale = fabs(ll) + fabs(grad[i]) + ROWS;
        assert_close_tol((up - down) / (2 * h), grad[i], 1e-5, 1e-7 * scale);
        for (size_t j = 0; j < n; j++)
            assert_close_tol((up_grad[j] - down_grad[j]) / (2 * h), hess[i * n + j], 2e-4,
                             1e-6 * (scale + fabs(hess[i * n + i])));
    }
}

static void run(const struct mle_family *f, enum form form)
{
    struct sample *s = calloc(1, sizeof *s);
    assert_non_null(s);
    enum mle_status status = make(s, f, form);
    bool offered = (f->solve || f->start) && !(form != PREDICTORS && f->circular);
    if (!offered)
        assert_true(status != MLE_OK || !s->model.climbable || f->circular);
    else if (form == CENSORED && isfinite(f->support.upper))
        assert_true(status == MLE_OK || status == MLE_OUTSIDE_SUPPORT); /* nothing lies above 1 */
    else
        assert_int_equal(status, MLE_OK);
    if (offered && status == MLE_OK && s->model.climbable)
        check_derivatives(s);
    mle_arena_finish(&s->arena);
    free(s);
}

static void test_predictors(void **state)
{
    run(*state, PREDICTORS);
}

static void test_censored(void **state)
{
    run(*state, CENSORED);
}

static void test_truncated(void **state)
{
    run(*state, TRUNCATED);
}

static const struct property properties[] = {
    { "predictors", test_predictors },
    { "censored", test_censored },
    { "truncated", test_truncated },
};

int main(void)
{
    return run_per_family("objective", COUNT_OF(properties), properties);
}
