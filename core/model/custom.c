/* A density that the user writes (core/expr/expr.h), with parameters between bounds. Nothing is
   known of its shape: a stationary point is a local maximum, and no verdict comes before. */
#include "core/model/custom.h"

#include "core/base/shortest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- binding: names, then columns, then parameters -------------------------------------------- */

static enum mle_status bad_parameter(const char *name, const char *code, const char *what,
                                     struct mle_error *err)
{
    char pointer[sizeof err->fault[0].pointer];
    mle_pointer(sizeof pointer, pointer, "/model/parameters", name);
    mle_fail(err, MLE_INVALID_MODEL, "parameter '%.64s' %s", name, what);
    mle_fault_at(err, pointer, code, "%s", what);
    return MLE_INVALID_MODEL;
}

static enum mle_status check_parameters(const struct mle_custom_spec *spec,
                                        const struct mle_data *data, struct mle_error *err)
{
    for (size_t j = 0; j < spec->n_param; j++) {
        const struct mle_custom_param *p = &spec->param[j];
        if (!mle_expr_is_name(p->name))
            return bad_parameter(p->name, "name",
                                 "is no name that an expression can have: a letter, then letters, "
                                 "digits, _ and '.'",
                                 err);
        if (mle_data_find(data, p->name))
            return bad_parameter(p->name, "ambiguous", "has the name of a column", err);
        if (!(p->lower < p->upper))
            return bad_parameter(p->name, "invalid_bounds", "has no room between its bounds", err);
        if (!isnan(p->start) && !(p->start > p->lower && p->start < p->upper))
            return bad_parameter(p->name, "outside_domain", "has a start outside its bounds", err);
    }
    return MLE_OK;
}

static enum mle_status check_spec(const struct mle_model_spec *spec, struct mle_error *err)
{
    const struct mle_custom_spec *custom = spec->custom;
    const char *missing = !custom || !custom->log_density ? "log_density"
                          : custom->n_param == 0          ? "parameters"
                                                          : NULL;
    char pointer[64];
    MLE_TRY(mle_model_refuse_members(spec, err));
    if (missing) {
        mle_pointer(sizeof pointer, pointer, "/model", missing);
        mle_fail(err, MLE_INVALID_MODEL, "custom needs '%s'", missing);
        mle_fault_at(err, pointer, "required", "this member is required");
        return MLE_INVALID_MODEL;
    }
    if (custom->n_param > MLE_EXPR_MAX_PARAM) {
        mle_fail(err, MLE_INVALID_MODEL, "custom has at most %d parameters", MLE_EXPR_MAX_PARAM);
        mle_fault_at(err, "/model/parameters", "too_many", "%zu parameters", custom->n_param);
        return MLE_INVALID_MODEL;
    }
    if (custom->lower < custom->upper)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "the support is empty");
    mle_fault_at(err, "/model/support", "invalid_bounds", "lower is not below upper");
    return MLE_INVALID_MODEL;
}

/* Parses: the columns that the expression names are those of the model. */
static enum mle_status columns(struct mle_model *model, const struct mle_work *work, size_t *n,
                               const struct mle_column *const **column, struct mle_error *err)
{
    MLE_TRY(check_spec(model->spec, err));
    const struct mle_custom_spec *spec = model->spec->custom;
    MLE_TRY(check_parameters(spec, model->data, err));
    struct mle_custom_self *self = mle_arena_zeros(work->arena, 1, sizeof *self);
    const char **name = mle_arena_alloc(work->arena, spec->n_param * sizeof *name);
    struct mle_expr_names *names = mle_arena_alloc(work->arena, sizeof *names);
    if (!self || !name || !names)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < spec->n_param; j++)
        name[j] = spec->param[j].name;
    *names = (struct mle_expr_names){ spec->n_param, name, model->data, "/model/log_density" };
    MLE_TRY(mle_expr_parse(spec->log_density, names, work->arena, &self->expr, err));
    for (size_t j = 0; j < spec->n_param; j++)
        if (!(self->expr->params & UINT32_C(1) << j))
            return bad_parameter(name[j], "not_used", "does not occur in log_density", err);
    self->spec = spec;
    model->self = self;
    *n = self->expr->n_column;
    *column = self->expr->column;
    return MLE_OK;
}

static enum mle_status bind_columns(struct mle_model *model, const struct mle_work *work,
                                    struct mle_error *err)
{
    struct mle_custom_self *self = model->self;
    const struct mle_frame *frame = &model->frame;
    size_t n = self->expr->n_column;
    self->column = mle_arena_alloc(work->arena, (n + 1) * sizeof *self->column);
    if (!self->column)
        return mle_arena_fail(work->arena, err);
    self->response = n;
    for (size_t j = 0; j < n; j++) {
        if (self->expr->column[j] == frame->response)
            self->response = j;
        self->column[j] =
            (struct mle_view){ mle_frame_gather(frame, self->expr->column[j], work), 1 };
        if (!self->column[j].at)
            return mle_arena_fail(work->arena, err);
    }
    if (self->response < n)
        return MLE_OK;
    mle_fail(err, MLE_EXPRESSION, "the expression does not name the response '%.64s'",
             frame->response->name);
    mle_fault_at(err, "/model/log_density", "no_response", "'%.64s' does not occur",
                 frame->response->name);
    mle_hint(err, "'response' names another column as the one that the density is of.");
    return MLE_EXPRESSION;
}

static enum mle_status bind_parameters(struct mle_model *model, const struct mle_work *work,
                                       struct mle_error *err)
{
    struct mle_custom_self *self = model->self;
    size_t k = self->spec->n_param;
    struct mle_param_group *group = mle_arena_alloc(work->arena, k * sizeof *group);
    struct mle_domain *domain = mle_arena_alloc(work->arena, k * sizeof *domain);
    double *given = mle_arena_doubles(work->arena, 2 * k);
    self->given = given;
    self->scale = mle_arena_doubles(work->arena, k);
    if (!group || !domain || !given || !self->scale)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < k; j++) {
        const struct mle_custom_param *p = &self->spec->param[j];
        group[j] = (struct mle_param_group){ p->name, MLE_SCALAR, j, 1 };
        domain[j] =
            (struct mle_domain){ p->lower, p->upper, isfinite(p->lower), isfinite(p->upper) };
    }
    model->n_group = k;
    model->group = group;
    MLE_TRY(mle_model_name_params(model, domain, work, err));
    MLE_TRY(mle_model_read_given(model, model->spec->n_fixed, model->spec->fixed, given, err));
    MLE_TRY(mle_model_read_given(model, model->spec->n_start, model->spec->start, given + k, err));
    model->fixed = given;
    model->start = given + k;
    model->n_free = 0;
    for (size_t j = 0; j < k; j++) {
        self->scale[j] = 1;
        model->n_free += isnan(given[j]);
    }
    return MLE_OK;
}

/* A pass of 512 nodes over 50 million rows is a denial of service, not a fit. */
static enum mle_status check_work(const struct mle_model *model, struct mle_error *err)
{
    const struct mle_custom_self *self = model->self;
    double work = (double)self->expr->n_node * (double)model->frame.n * (double)(1 + model->n_free);
    if (work <= MLE_CUSTOM_MAX_WORK)
        return MLE_OK;
    mle_fail(err, MLE_EXPRESSION,
             "%zu numbers, names and operations, %zu rows and %zu free parameters are %.3g steps "
             "for one pass; %.0e are allowed",
             self->expr->n_node, model->frame.n, model->n_free, work, MLE_CUSTOM_MAX_WORK);
    mle_fault_at(err, "/model/log_density", "cost", "%.3g steps", work);
    return MLE_EXPRESSION;
}

static enum mle_status bind(struct mle_model *model, const struct mle_model_spec *spec,
                            const struct mle_work *work, struct mle_error *err)
{
    MLE_TRY(mle_model_refuse_levels(model, err));
    MLE_TRY(bind_columns(model, work, err));
    model->measure = spec->custom->discrete ? MLE_COUNTING : MLE_LEBESGUE;
    model->climbable = true;
    MLE_TRY(bind_parameters(model, work, err));
    return check_work(model, err);
}

/* --- scan: the declared support --------------------------------------------------------------- */

bool mle_custom_inside(const struct mle_custom_spec *spec, double y)
{
    return y >= spec->lower && y <= spec->upper && (!spec->discrete || y == rint(y));
}

static void report_outside(const struct mle_model *model, struct mle_error *err)
{
    const struct mle_custom_self *self = model->self;
    const struct mle_frame *frame = &model->frame;
    mle_fail(err, MLE_OUTSIDE_SUPPORT, "values of column '%.64s' lie outside the declared support",
             frame->response->name);
    for (size_t i = 0; i < frame->n; i++) {
        char y[32], end[32];
        double value = frame->y[i];
        bool below = value < self->spec->lower, whole = value == rint(value);
        if (mle_custom_inside(self->spec, value))
            continue;
        mle_show(value, y);
        mle_show(below ? self->spec->lower : self->spec->upper, end);
        if (below || value > self->spec->upper)
            mle_fault_row(err, mle_frame_origin(frame, i), frame->response->name, "outside_support",
                          "%s is %s than %s", y, below ? "less" : "greater", end);
        else if (!whole)
            mle_fault_row(err, mle_frame_origin(frame, i), frame->response->name, "outside_support",
                          "%s is not an integer", y);
    }
}

static enum mle_status scan(struct mle_model *model, const struct mle_work *work,
                            struct mle_error *err)
{
    struct mle_custom_self *self = model->self;
    const struct mle_frame *frame = &model->frame;
    struct mle_evidence *e = &model->evidence;
    bool inside = true;
    *e = (struct mle_evidence){ .n = frame->n,
                                .weight_sum = frame->weight_sum,
                                .min = INFINITY,
                                .max = -INFINITY,
                                .obs = { .n = frame->n, .y = frame->y },
                                .w = frame->w };
    for (size_t i = 0; i < frame->n; i++) {
        e->min = fmin(e->min, frame->y[i]);
        e->max = fmax(e->max, frame->y[i]);
        inside &= mle_custom_inside(self->spec, frame->y[i]);
    }
    if (!inside) {
        report_outside(model, err);
        return MLE_OUTSIDE_SUPPORT;
    }
    if (self->expr->n_column > 1)
        model->no_table = "the density is conditional on other columns";
    else if (self->spec->discrete)
        MLE_TRY(mle_tabulate(frame, work, &model->table, err));
    self->stop = work->stop;
    return mle_custom_sample(model, work, err);
}

static void exists(const struct mle_model *model, struct mle_existence *x)
{
    if (model->n_free > 0)
        return;
    memcpy(x->theta, model->fixed, model->n_theta * sizeof *x->theta);
    mle_settle(x, MLE_VERDICT_INTERIOR, MLE_CERTIFICATE_SINGLE_POINT,
               "all parameters are given: there is nothing to maximise over");
    x->maximum = MLE_MAXIMUM_GLOBAL;
}

/* --- u <-> theta ------------------------------------------------------------------------------ */

static void natural(const struct mle_model *model, const double u[], double theta[],
                    double jacobian[])
{
    const struct mle_custom_self *self = model->self;
    size_t n = model->n_free;
    if (jacobian)
        memset(jacobian, 0, model->n_theta * n * sizeof *jacobian);
    for (size_t j = 0, i = 0; j < model->n_theta; j++) {
        theta[j] = model->fixed[j];
        if (!isnan(theta[j]))
            continue;
        double slope;
        mle_domain_derivatives(model->param[j].domain, u[i] * self->scale[j], &theta[j], &slope,
                               NULL);
        if (jacobian)
            jacobian[j * n + i] = slope * self->scale[j];
        i++;
    }
}

static void unconstrain(const struct mle_model *model, const double theta[], double u[])
{
    const struct mle_custom_self *self = model->self;
    for (size_t j = 0, i = 0; j < model->n_theta; j++)
        if (isnan(model->fixed[j]))
            u[i++] = mle_domain_to_u(model->param[j].domain, theta[j]) / self->scale[j];
}

static void pin(struct mle_model *model, size_t j, double at)
{
    const struct mle_custom_self *self = model->self;
    model->n_free -= isnan(self->given[j]);
    self->given[j] = at;
}

static void unpin(struct mle_model *model, size_t j)
{
    const struct mle_custom_self *self = model->self;
    model->n_free += !isnan(self->given[j]);
    self->given[j] = NAN;
}

/* --- the sum over rows ------------------------------------------------------------------------ */

enum { MAX_SUM = 1 + MLE_EXPR_MAX_PARAM + MLE_EXPR_MAX_PARAM * (MLE_EXPR_MAX_PARAM + 1) / 2 };

struct pass {
    const struct mle_model *model;
    const double *theta;
    bool derivatives;
    double *log_density; /* [n], NULL: not wanted; then rows are known to be in the support */
    struct mle_stop *stop;
};

static size_t width_of(const struct pass *pass)
{
    size_t k = pass->model->n_theta;
    return pass->derivatives ? 1 + k + k * (k + 1) / 2 : 1;
}

static void pass_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct pass *pass = ctx;
    const struct mle_custom_self *self = pass->model->self;
    const struct mle_frame *frame = &pass->model->frame;
    struct mle_view column[MLE_EXPR_MAX_COLUMN];
    memset(acc, 0, width_of(pass) * sizeof *acc);
    for (size_t end; lo < hi; lo = end) {
        end = hi - lo < self->expr->rows ? hi : lo + self->expr->rows;
        /* long expressions: a tile may take many milliseconds */
        if (mle_stop_check(pass->stop) != MLE_STOP_NONE)
            return;
        for (size_t j = 0; j < self->expr->n_column; j++)
            column[j] = (struct mle_view){ self->column[j].at + lo, 1 };
        struct mle_expr_rows rows = { end - lo, column, frame->w ? frame->w + lo : NULL };
        mle_expr_sum(self->expr, &rows, pass->theta, pass->derivatives,
                     pass->log_density ? pass->log_density + lo : NULL, acc);
        for (size_t i = lo; pass->log_density && i < end; i++)
            if (!mle_custom_inside(self->spec, frame->y[i]))
                acc[0] = pass->log_density[i] = -(double)INFINITY;
    }
}

static enum mle_status run_pass(const struct mle_work *work, struct pass *pass, double acc[],
                                struct mle_error *err)
{
    const struct mle_custom_self *self = pass->model->self;
    struct mle_sum sum = { .width = width_of(pass),
                           .tile = pass_tile,
                           .ctx = pass,
                           .row_cost_ns = self->expr->row_cost_ns };
    pass->stop = work->stop;
    MLE_TRY(
        mle_reduce(&work->reducer, &sum, pass->model->frame.n, work->stop, work->arena, acc, err));
    for (size_t i = 1; i < sum.width && !isfinite(acc[0]); i++)
        acc[i] = NAN;
    return MLE_OK;
}

/* d theta_j / d u and the second derivative (unless NULL). */
static void slopes_of(const struct mle_model *model, size_t j, double u, double *slope,
                      double *curve)
{
    const struct mle_custom_self *self = model->self;
    double scale = self->scale[j];
    mle_domain_derivatives(model->param[j].domain, u * scale, NULL, slope, curve);
    *slope *= scale;
    if (curve)
        *curve *= scale * scale;
}

static enum mle_status loglik(const struct mle_model *model, const struct mle_work *work,
                              const double u[], double *ll, double grad[], double hess[],
                              struct mle_error *err)
{
    size_t k = model->n_theta, n = model->n_free;
    double theta[MLE_EXPR_MAX_PARAM], acc[MAX_SUM];
    struct pass pass = { .model = model, .theta = theta, .derivatives = grad != NULL };
    natural(model, u, theta, NULL);
    MLE_TRY(run_pass(work, &pass, acc, err));
    *ll = acc[0];
    for (size_t j = 0, a = 0; grad && j < k; j++) {
        double slope, curve;
        if (!isnan(model->fixed[j]))
            continue;
        slopes_of(model, j, u[a], &slope, &curve);
        grad[a] = acc[1 + j] * slope;
        for (size_t l = 0, b = 0; l <= j; l++) {
            double other;
            if (!isnan(model->fixed[l]))
                continue;
            slopes_of(model, l, u[b], &other, NULL);
            double h = acc[1 + k + MLE_HESS(j, l)] * slope * other;
            hess[a * n + b] = hess[b * n + a] = h + (j == l ? acc[1 + j] * curve : 0);
            b++;
        }
        a++;
    }
    return MLE_OK;
}

static enum mle_status evaluate(const struct mle_model *model, const struct mle_work *work,
                                const double theta[], double ll[], double *sum, double score[],
                                double hess[], struct mle_error *err)
{
    size_t k = model->n_theta;
    double acc[MAX_SUM];
    struct pass pass = {
        .model = model, .theta = theta, .derivatives = score || hess, .log_density = ll
    };
    MLE_TRY(run_pass(work, &pass, acc, err));
    *sum = acc[0];
    for (size_t j = 0; score && j < k; j++)
        score[j] = acc[1 + j];
    for (size_t i = 0; hess && i < k; i++)
        for (size_t j = 0; j <= i; j++)
            hess[i * k + j] = hess[j * k + i] = acc[1 + k + MLE_HESS(i, j)];
    return MLE_OK;
}

const struct mle_model_kind mle_model_kind_custom = {
    .name = "custom",
    .title = "Custom log density",
    .doc =
        "log f(y) is the expression 'log_density' in the parameters and columns. Derivatives are "
        "automatic; parameters lie between the bounds of 'parameters'",
    .measure = MLE_LEBESGUE,
    .support = "as declared: 'support', integers if 'discrete'",
    .no_cdf = "an expression has no cdf",
    .columns = columns,
    .bind = bind,
    .scan = scan,
    .exists = exists,
    .start = mle_custom_start,
    .loglik = loglik,
    .pin = pin,
    .unpin = unpin,
    .natural = natural,
    .unconstrain = unconstrain,
    .evaluate = evaluate,
    .normalise = mle_custom_normalise,
};
