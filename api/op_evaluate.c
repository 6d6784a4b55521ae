#include "api/call.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct point {
    double *theta, *ll, *score, *hess, sum;
};

/* --- reading the point ------------------------------------------------------------------------------ */

static enum mle_status read_point(const struct mle_model *model, const json_t *at,
                                  const struct mle_path *path, struct mle_arena *arena,
                                  double theta[], struct mle_error *err)
{
    struct mle_named_numbers numbers = { 0 };
    mle_faults_begin(err);
    mle_read_numbers(at, path, MLE_PROBLEM_INVALID_MODEL, arena, &numbers, err);
    for (size_t j = 0; j < model->n_theta; j++)
        theta[j] = NAN;
    for (size_t i = 0; i < numbers.n; i++) {
        const char *name = numbers.item[i].name;
        double value = numbers.item[i].value;
        size_t j = mle_model_find_param(model, name);
        if (j == model->n_theta) {
            mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, MLE_PATH(path, name),
                           "unknown_parameter", "'%.64s' is not a parameter of this model", name);
        } else if (!mle_domain_contains(model->param[j].domain, value)) {
            mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, MLE_PATH(path, name), "outside_domain",
                           "%s cannot be %.17g", name, value);
            theta[j] = value;
        } else {
            theta[j] = value;
        }
    }
    for (size_t j = 0; j < model->n_theta; j++)
        if (isnan(theta[j]))
            mle_fault_path(err, MLE_PROBLEM_INVALID_MODEL, path, "required", "%s is missing",
                           model->param[j].name);
    return mle_faults_end(err);
}

/* --- writing ---------------------------------------------------------------------------------------- */

/* A value for each row of the data; null where the row was dropped. */
static void write_rows(struct mle_writer *w, const char *name, const struct mle_model *model,
                       const double x[])
{
    const struct mle_frame *frame = &model->frame;
    mle_write_key(w, name);
    mle_write_begin_list(w);
    for (size_t row = 0, i = 0; row < frame->rows_total; row++) {
        bool kept = i < frame->n && mle_frame_origin(frame, i) == row;
        if (!kept || isnan(x[i]))
            mle_write_null(w);
        else
            mle_write_number(w, x[i]);
        i += kept;
    }
    mle_write_end_array(w);
}

static void write_matrix(struct mle_writer *w, const char *name, size_t n, const double a[])
{
    mle_write_key(w, name);
    mle_write_begin_array(w);
    for (size_t i = 0; i < n; i++) {
        mle_write_begin_list(w);
        for (size_t j = 0; j < n; j++)
            mle_write_number_or_null(w, a[i * n + j]);
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
        write_rows(w, "log_density", model, p->ll);
    if (asked->compute & MLE_COMPUTE_SCORE) {
        mle_write_key(w, "score");
        mle_write_begin_object(w);
        for (size_t j = 0; j < model->n_theta; j++)
            mle_write_value(w, model->param[j].name, p->score[j]);
        mle_write_end_object(w);
    }
    if (asked->compute & MLE_COMPUTE_HESSIAN)
        write_matrix(w, "hessian", model->n_theta, p->hess);
    if (asked->compute & MLE_COMPUTE_CDF) {
        for (size_t i = 0; i < model->frame.n; i++)
            p->ll[i] = model->kind->cdf(model, p->theta, i);
        write_rows(w, "cdf", model, p->ll);
    }
    write_order(w, model);
    mle_write_end_object(w);
}

/* --- the operation ------------------------------------------------------------------------------------ */

static enum mle_status allocate(const struct mle_model *model, struct mle_arena *arena,
                                struct point *p, struct mle_error *err)
{
    size_t k = model->n_theta;
    p->theta = mle_arena_doubles(arena, k);
    p->ll = mle_arena_doubles(arena, model->frame.n);
    p->score = mle_arena_doubles(arena, k);
    p->hess = mle_arena_doubles(arena, k * k);
    return p->theta && p->ll && p->score && p->hess ? MLE_OK : mle_arena_fail(arena, err);
}

static enum mle_status evaluate_point(struct mle_call *call, const struct mle_model *model,
                                      const struct mle_asked *asked, const json_t *at,
                                      const struct mle_path *path, struct point *p,
                                      const struct mle_work *work, struct mle_error *err)
{
    bool derivatives = asked->compute & (MLE_COMPUTE_SCORE | MLE_COMPUTE_HESSIAN);
    MLE_TRY(read_point(model, at, path, work->arena, p->theta, err));
    MLE_TRY(model->kind->evaluate(model, work, p->theta, p->ll, &p->sum,
                                  derivatives ? p->score : NULL, derivatives ? p->hess : NULL, err));
    write_result(&call->writer, model, asked, p);
    return MLE_OK;
}

enum mle_status run_evaluate(struct mle_call *call, const struct mle_work *work,
                             struct mle_error *err)
{
    struct mle_asked asked;
    struct mle_model model;
    struct point p;
    const struct mle_data *data;
    MLE_TRY(mle_read_request(call, &asked, err));
    MLE_TRY(mle_call_data(call, &data, err));
    call->facts.rows = data->n;
    MLE_TRY(mle_model_bind(&asked.spec, data, (enum mle_missing)asked.options.missing, work, &model,
                           err));
    call->facts.family = model.family ? model.family->name : model.kind->name;
    if ((asked.compute & MLE_COMPUTE_CDF) && !model.kind->cdf) {
        mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "%s has no cdf", asked.spec.family);
        mle_fault_at(err, "/compute", "not_offered", "levels have no order");
        return err->status;
    }
    MLE_TRY(allocate(&model, work->arena, &p, err));
    struct mle_writer *w = &call->writer;
    mle_write_begin_object(w);
    mle_write_member_string(w, "object", "evaluation");
    mle_write_model(w, &model);
    mle_write_member_integer(w, "rows", (int64_t)model.frame.rows_total);
    mle_write_key(w, "results");
    mle_write_begin_array(w);
    const struct mle_path *path = MLE_PATH(NULL, "at");
    if (json_is_array(asked.at)) {
        for (size_t i = 0; i < json_array_size(asked.at); i++)
            MLE_TRY(evaluate_point(call, &model, &asked, json_array_get(asked.at, i),
                                   MLE_PATH_INDEX(path, i), &p, work, err));
    } else {
        MLE_TRY(evaluate_point(call, &model, &asked, asked.at, path, &p, work, err));
    }
    mle_write_end_array(w);
    mle_write_end_object(w);
    mle_call_computed(call);
    return MLE_OK;
}
