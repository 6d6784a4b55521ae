#include "api/call.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct point {
    double *theta, *ll, *cdf, *score, *hess, sum;
};

/* --- writing -------------------------------------------------------------------------------- */

static void write_matrix(struct mle_writer *w, const char *name, size_t n, const double a[])
{
    mle_write_key(w, name);
    mle_write_begin_array(w);
    for (size_t i = 0; i < n; i++) {
        mle_write_begin_list(w);
        for (size_t j = 0; j < n; j++)
            mle_write_element(w, a[i * n + j]);
        mle_write_end_array(w);
    }
    mle_write_end_array(w);
}

static void write_order(struct mle_writer *w, const struct mle_model *model)
{
    mle_write_key(w, "order");
    mle_write_begin_list(w);
    for (size_t j = 0; j < model->n_theta; j++)
        mle_write_string(w, model->param[j].name);
    mle_write_end_array(w);
}

static bool any_nan(size_t n, const double x[])
{
    bool any = false;
    for (size_t i = 0; i < n; i++)
        any |= isnan(x[i]);
    return any;
}

static void write_absent(struct mle_writer *w, const struct mle_model *model,
                         const struct mle_asked *asked, const struct point *p)
{
    static const char why[] = "a row has density 0 here: the log-likelihood has no derivatives";
    size_t k = model->n_theta;
    mle_write_key(w, "absent");
    mle_write_begin_object(w);
    if (isnan(p->sum))
        mle_write_member_string(w, "log_likelihood",
                                "the log density of a row is not a number here");
    if ((asked->compute & MLE_COMPUTE_SCORE) && any_nan(k, p->score))
        mle_write_member_string(w, "score", why);
    if ((asked->compute & MLE_COMPUTE_HESSIAN) && any_nan(k * k, p->hess))
        mle_write_member_string(w, "hessian", why);
    if ((asked->compute & MLE_COMPUTE_CDF) && any_nan(model->frame.n, p->cdf))
        mle_write_member_string(w, "cdf",
                                "null stands at rows that are intervals, or whose sum of "
                                "probabilities has too many terms");
    bool per_row = asked->compute & (MLE_COMPUTE_LOG_DENSITY | MLE_COMPUTE_CDF);
    if (per_row && model->frame.n < model->frame.rows_total)
        mle_write_member_string(w, "rows", "null stands at rows that are missing or have weight 0");
    mle_write_end_object(w);
}

static void write_result(struct mle_writer *w, const struct mle_model *model,
                         const struct mle_asked *asked, struct point *p)
{
    mle_write_begin_object(w);
    mle_write_key(w, "at");
    mle_write_parameters(w, model, p->theta);
    mle_write_value(w, "log_likelihood", p->sum);
    mle_write_value(w, "nll", 0 - p->sum);
    mle_write_nats(w, "cross_entropy", 0 - p->sum / model->frame.weight_sum);
    if (asked->compute & MLE_COMPUTE_LOG_DENSITY)
        mle_write_rows(w, "log_density", &model->frame, p->ll);
    if (asked->compute & MLE_COMPUTE_SCORE) {
        mle_write_key(w, "score");
        mle_write_begin_object(w);
        for (size_t j = 0; j < model->n_theta; j++)
            mle_write_value(w, model->param[j].name, p->score[j]);
        mle_write_end_object(w);
    }
    if (asked->compute & MLE_COMPUTE_HESSIAN)
        write_matrix(w, "hessian", model->n_theta, p->hess);
    if (asked->compute & MLE_COMPUTE_CDF)
        mle_write_rows(w, "cdf", &model->frame, p->cdf);
    write_order(w, model);
    write_absent(w, model, asked, p);
    mle_write_end_object(w);
}

/* --- the operation -------------------------------------------------------------------------- */

/* Whether the model has what is asked for. And a small request must not make an answer of
   gigabytes: one point may have all its rows, many points share a limit. */
static enum mle_status check_request(const struct mle_call *call, const struct mle_model *model,
                                     const struct mle_asked *asked, struct mle_error *err)
{
    if ((asked->compute & MLE_COMPUTE_CDF) && !model->kind->cdf) {
        mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "%s has no cdf", asked->spec.family);
        mle_fault_at(err, "/compute", "not_offered", "%s",
                     model->kind->no_cdf ? model->kind->no_cdf : "there is none");
        return err->status;
    }
    size_t points = json_is_array(asked->at) ? json_array_size(asked->at) : 1;
    size_t parts =
        !!(asked->compute & MLE_COMPUTE_LOG_DENSITY) + !!(asked->compute & MLE_COMPUTE_CDF);
    double numbers = (double)points * (double)parts * (double)model->frame.rows_total;
    if (points == 0 || (points > 1 && numbers > (double)call->limits->max_answer_numbers)) {
        mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL,
                         points ? "the answer would be too large"
                                : "there is no point to evaluate");
        mle_fault_at(err, "/at", points ? "too_many" : "required",
                     points ? "%.0f numbers, %zu are allowed" : "expected at least one point",
                     numbers, call->limits->max_answer_numbers);
        return err->status;
    }
    return MLE_OK;
}

static enum mle_status allocate(const struct mle_model *model, struct mle_arena *arena,
                                struct point *p, struct mle_error *err)
{
    size_t k = model->n_theta;
    p->theta = mle_arena_doubles(arena, k);
    p->ll = mle_arena_doubles(arena, model->frame.n);
    p->cdf = mle_arena_doubles(arena, model->frame.n);
    p->score = mle_arena_doubles(arena, k);
    p->hess = mle_arena_doubles(arena, k * k);
    return p->theta && p->ll && p->cdf && p->score && p->hess ? MLE_OK : mle_arena_fail(arena, err);
}

struct cdf_rows {
    const struct mle_model *model;
    struct point *point;
};

static void fill_cdf(void *ctx, size_t lo, size_t hi)
{
    const struct cdf_rows *rows = ctx;
    for (size_t i = lo; i < hi; i++)
        rows->point->cdf[i] = rows->model->kind->cdf(rows->model, rows->point->theta, i);
}

static enum mle_status evaluate_point(struct mle_call *call, const struct mle_model *model,
                                      const struct mle_asked *asked, const json_t *at,
                                      const struct mle_path *path, struct point *p,
                                      const struct mle_work *work, struct mle_error *err)
{
    if (mle_stop_check(work->stop) != MLE_STOP_NONE)
        return mle_stop_fail(work->stop, err);
    bool derivatives = asked->compute & (MLE_COMPUTE_SCORE | MLE_COMPUTE_HESSIAN);
    MLE_TRY(mle_read_point(model, at, path, work->arena, p->theta, err));
    MLE_TRY(model->kind->evaluate(model, work, p->theta, p->ll, &p->sum,
                                  derivatives ? p->score : NULL, derivatives ? p->hess : NULL,
                                  err));
    if (asked->compute & MLE_COMPUTE_CDF) {
        struct cdf_rows rows = { model, p };
        MLE_TRY(
            mle_for_rows(&work->reducer, model->frame.n, 200, fill_cdf, &rows, work->stop, err));
    }
    write_result(&call->writer, model, asked, p);
    return MLE_OK;
}

/* "at" is one point or an array of them. */
static enum mle_status evaluate_points(struct mle_call *call, const struct mle_model *model,
                                       const struct mle_asked *asked, struct point *p,
                                       const struct mle_work *work, struct mle_error *err)
{
    const struct mle_path *path = MLE_PATH(NULL, "at");
    if (!json_is_array(asked->at))
        return evaluate_point(call, model, asked, asked->at, path, p, work, err);
    for (size_t i = 0; i < json_array_size(asked->at); i++)
        MLE_TRY(evaluate_point(call, model, asked, json_array_get(asked->at, i),
                               MLE_PATH_INDEX(path, i), p, work, err));
    return MLE_OK;
}

enum mle_status run_evaluate(struct mle_call *call, const struct mle_work *work,
                             struct mle_error *err)
{
    struct mle_asked asked;
    struct mle_model model;
    struct point p;
    MLE_TRY(mle_call_bind(call, work, &asked, &model, err));
    MLE_TRY(check_request(call, &model, &asked, err));
    MLE_TRY(allocate(&model, work->arena, &p, err));
    struct mle_writer *w = &call->writer;
    mle_write_begin_object(w);
    mle_write_member_string(w, "object", "evaluation");
    mle_write_model(w, &model);
    mle_write_member_integer(w, "rows", (int64_t)model.frame.rows_total);
    mle_write_key(w, "results");
    mle_write_begin_array(w);
    MLE_TRY(evaluate_points(call, &model, &asked, &p, work, err));
    mle_write_end_array(w);
    mle_write_warnings(call, 0, NULL);
    mle_write_end_object(w);
    mle_call_computed(call);
    return MLE_OK;
}
