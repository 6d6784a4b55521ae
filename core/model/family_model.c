#include "core/model/family_model.h"

#include "core/base/shortest.h"
#include "core/math/kernels.h"
#include "core/model/order.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rows of one call of a family's kernel: its outputs stay in the second-level cache. */
enum { CHUNK = 256, MAX_OUT = 1 + MLE_MAX_PARAM + MLE_MAX_HESS };

/* The scalars of u are the free parameters in their order. */
struct self {
    struct mle_param param[MLE_MAX_PARAM];
    struct mle_param_group group[MLE_MAX_PARAM];
    bool fixed[MLE_MAX_PARAM];   /* given, or pinned by a verdict */
    double value[MLE_MAX_PARAM]; /* of fixed parameters */
    double stat[MLE_MAX_STAT];
    bool known; /* the sums of the last pass, for who asks again at the same point */
    double known_theta[MLE_MAX_PARAM], known_acc[MAX_OUT];
};

/* --- binding -------------------------------------------------------------------------------- */

/* Finds the parameter that a member of "fixed" or "start" names, and checks its value. seen tells
   which were named before. */
static enum mle_status find_given(const struct mle_model *model,
                                  const struct mle_named_value *given, bool seen[], size_t *j,
                                  struct mle_error *err)
{
    *j = mle_model_find_param(model, given->name);
    if (*j == model->n_theta) {
        mle_fail(err, MLE_INVALID_MODEL, "'%.64s' is not a parameter of %s", given->name,
                 model->family->name);
        mle_fault_at(err, given->pointer, "unknown_parameter", "no such parameter");
        return MLE_INVALID_MODEL;
    }
    struct mle_domain domain = model->param[*j].domain;
    if (seen[*j]) {
        mle_fail(err, MLE_INVALID_MODEL, "%s is given twice", given->name);
        mle_fault_at(err, given->pointer, "repeated_parameter", "given twice");
        return MLE_INVALID_MODEL;
    }
    seen[*j] = true;
    if (mle_domain_contains(domain, given->value))
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "%s cannot be %s", given->name,
             mle_show(given->value, (char[32]){ 0 }));
    mle_fault_at(err, given->pointer, "outside_domain", "outside (%g, %g)", domain.lower,
                 domain.upper);
    return MLE_INVALID_MODEL;
}

static enum mle_status read_given(struct mle_model *model, struct self *self, struct mle_error *err)
{
    const struct mle_model_spec *spec = model->spec;
    bool started[MLE_MAX_PARAM] = { false };
    size_t j;
    for (size_t i = 0; i < spec->n_fixed; i++) {
        MLE_TRY(find_given(model, &spec->fixed[i], self->fixed, &j, err));
        model->n_free--;
        self->value[j] = spec->fixed[i].value;
    }
    for (size_t i = 0; i < spec->n_start; i++)
        MLE_TRY(find_given(model, &spec->start[i], started, &j, err));
    return MLE_OK;
}

static enum mle_status check_trials(const struct mle_model *model, struct mle_error *err)
{
    const struct mle_family *family = model->family;
    const struct mle_frame *frame = &model->frame;
    bool given = frame->trials.at != NULL;
    if (given == family->support.needs_trials) {
        if (!given || frame->trials.stride > 0)
            return MLE_OK;
        double trials = frame->trials.at[0];
        if (trials >= 1 && trials == rint(trials) && trials <= 0x1p53)
            return MLE_OK;
        mle_fail(err, MLE_INVALID_MODEL, "the number of trials must be a positive integer");
        mle_fault_at(err, "/model/trials", "invalid_trials", "%s is not a positive integer",
                     mle_show(trials, (char[32]){ 0 }));
        return MLE_INVALID_MODEL;
    }
    mle_fail(err, MLE_INVALID_MODEL, given ? "%s has no number of trials" : "%s needs 'trials'",
             family->name);
    mle_fault_at(err, "/model/trials", given ? "unknown_member" : "required",
                 given ? "not a member for this family" : "a number, or the column that holds it");
    return MLE_INVALID_MODEL;
}

/* A text response has a meaning only for bernoulli: two levels, the second is 1. */
static enum mle_status numeric_response(struct mle_model *model, const struct mle_work *work,
                                        struct mle_error *err)
{
    struct mle_frame *frame = &model->frame;
    const struct mle_column *response = frame->response;
    if (frame->y)
        return mle_model_refuse_levels(model, err);
    bool binary = strcmp(model->family->name, "bernoulli") == 0;
    if (!binary || frame->n_level > 2) {
        mle_fail(err, MLE_INVALID_DATA, "column '%.64s' holds text, and %s is a family of numbers",
                 response->name, model->family->name);
        mle_fault_row(err, mle_frame_origin(frame, 0), response->name, "not_a_number",
                      "'%.64s' is not a number", frame->level[frame->codes[0]]);
        if (binary)
            mle_hint(err, "bernoulli takes a text column of two levels; this one has %zu.",
                     frame->n_level);
        else
            mle_hint(err, "A text column is a response of the model 'categorical'.");
        return MLE_INVALID_DATA;
    }
    double *y = mle_arena_doubles(work->arena, frame->n);
    if (!y)
        return mle_arena_fail(work->arena, err);
    uint32_t place[2] = { 0, 1 };
    model->n_level = frame->n_level;
    model->level = frame->level;
    MLE_TRY(mle_model_order_levels(model, place, err));
    for (size_t i = 0; i < frame->n; i++)
        y[i] = place[frame->codes[i]];
    frame->y = y;
    frame->codes = NULL;
    if (model->n_level <= 2)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "bernoulli has two levels");
    mle_fault_at(err, "/model/levels", "too_many_levels", "%zu levels are listed", model->n_level);
    return MLE_INVALID_MODEL;
}

static enum mle_status bind(struct mle_model *model, const struct mle_model_spec *spec,
                            const struct mle_work *work, struct mle_error *err)
{
    (void)spec;
    const struct mle_family *family = model->family;
    struct self *self = mle_arena_zeros(work->arena, 1, sizeof *self);
    if (!self)
        return mle_arena_fail(work->arena, err);
    for (unsigned j = 0; j < family->n_param; j++) {
        self->param[j] = (struct mle_param){ family->param[j].name, family->param[j].domain };
        self->group[j] = (struct mle_param_group){ family->param[j].name, MLE_SCALAR, j, 1 };
    }
    model->self = self;
    model->measure = family->measure;
    model->n_theta = model->n_free = model->n_group = family->n_param;
    model->param = self->param;
    model->group = self->group;
    MLE_TRY(read_given(model, self, err));
    MLE_TRY(check_trials(model, err));
    model->solvable = family->solve && model->n_free == family->n_param;
    model->climbable = family->solve || family->start;
    return numeric_response(model, work, err);
}

/* --- scan ----------------------------------------------------------------------------------- */

enum { MIN, MAX, STAT }; /* the partial sum of a scan */

static struct mle_obs obs_of(const struct mle_evidence *e, size_t lo, size_t hi)
{
    struct mle_view trials = e->obs.trials;
    return (struct mle_obs){ hi - lo,
                             e->obs.y + lo,
                             { trials.at ? trials.at + lo * trials.stride : NULL, trials.stride } };
}

static void scan_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct mle_model *model = ctx;
    struct mle_obs obs = obs_of(&model->evidence, lo, hi);
    mle_range(obs.n, obs.y, &acc[MIN], &acc[MAX]);
    if (model->family->sufficient)
        model->family->sufficient->tile(&obs, model->evidence.w ? model->evidence.w + lo : NULL,
                                        &acc[STAT]);
}

static void scan_merge(const void *ctx, double into[], const double from[])
{
    const struct mle_model *model = ctx;
    const struct mle_sufficient *sufficient = model->family->sufficient;
    into[MIN] = from[MIN] < into[MIN] ? from[MIN] : into[MIN];
    into[MAX] = from[MAX] > into[MAX] ? from[MAX] : into[MAX];
    if (!sufficient)
        return;
    if (sufficient->merge) {
        sufficient->merge(&into[STAT], &from[STAT]);
        return;
    }
    for (unsigned j = 0; j < sufficient->n_stat; j++)
        into[STAT + j] += from[STAT + j];
}

static bool value_outside(const struct mle_support *support, double y, double trials)
{
    return !(y > support->lower || (support->lower_closed && y == support->lower)) ||
           !(y < support->upper || (support->upper_closed && y == support->upper)) ||
           (support->integer && y != rint(y)) || (support->needs_trials && !(y <= trials));
}

static void describe_outside(const struct mle_support *support, double value, double n_trials,
                             size_t size, char text[])
{
    char y[32], trials[32], lower[32], upper[32];
    mle_show(value, y);
    mle_show(n_trials, trials);
    mle_show(support->lower, lower);
    mle_show(support->upper, upper);
    if (support->integer && value != rint(value))
        snprintf(text, size, "%s is not an integer", y);
    else if (!(value > support->lower) && !support->lower_closed)
        snprintf(text, size, "%s is not greater than %s", y, lower);
    else if (!(value >= support->lower))
        snprintf(text, size, "%s is less than %s", y, lower);
    else if (support->needs_trials && !(value <= n_trials))
        snprintf(text, size, "%s is more than the %s trials", y, trials);
    else if (!support->upper_closed)
        snprintf(text, size, "%s is not less than %s", y, upper);
    else
        snprintf(text, size, "%s is greater than %s", y, upper);
}

enum mle_status mle_report_outside(const struct mle_model *model, struct mle_error *err)
{
    const struct mle_family *family = model->family;
    const struct mle_frame *frame = &model->frame;
    mle_fail(err, MLE_OUTSIDE_SUPPORT, "values lie outside the support of %s", family->name);
    for (size_t i = 0; i < frame->n; i++) {
        double y = frame->y[i], trials = frame->trials.at ? mle_view_at(frame->trials, i) : NAN;
        if (!value_outside(&family->support, y, trials))
            continue;
        char text[160] = "";
        if (err && err->n_fault < MLE_MAX_FAULTS) /* the rest is only counted */
            describe_outside(&family->support, y, trials, sizeof text, text);
        mle_fault_row(err, mle_frame_origin(frame, i), frame->response->name, "outside_support",
                      "%s", text);
    }
    if (err)
        snprintf(err->text, sizeof err->text,
                 "%zu value%s of column '%.64s' %s outside the support of %s", err->faults_total,
                 err->faults_total == 1 ? "" : "s", frame->response->name,
                 err->faults_total == 1 ? "is" : "are", family->name);
    return MLE_OUTSIDE_SUPPORT;
}

static bool all_inside(const struct mle_model *model)
{
    const struct mle_evidence *e = &model->evidence;
    const struct mle_support *support = &model->family->support;
    bool row_by_row = support->integer || support->needs_trials;
    if (!row_by_row)
        return !value_outside(support, e->min, NAN) && !value_outside(support, e->max, NAN);
    for (size_t i = 0; i < e->obs.n; i++)
        if (value_outside(support, e->obs.y[i],
                          e->obs.trials.at ? mle_view_at(e->obs.trials, i) : NAN))
            return false;
    return true;
}

/* The values are legal but their squares are not: refused, since any answer would be nonsense. */
static enum mle_status beyond_doubles(const struct mle_model *model, struct mle_error *err)
{
    const char *name = model->frame.response->name;
    mle_fail(err, MLE_INVALID_DATA, "the sums of column '%.64s' leave the range of doubles", name);
    mle_fault_at(err, "/model/response", "overflow", "the values of '%.64s' are too extreme", name);
    mle_hint(err, "Measure the column in another unit: divide it by a power of ten.");
    return MLE_INVALID_DATA;
}

static enum mle_status scan(struct mle_model *model, const struct mle_work *work,
                            struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    const struct mle_sufficient *sufficient = model->family->sufficient;
    struct self *self = model->self;
    struct mle_evidence *e = &model->evidence;
    *e = (struct mle_evidence){ .n = frame->n,
                                .weight_sum = frame->weight_sum,
                                .obs = { frame->n, frame->y, frame->trials },
                                .w = frame->w,
                                .fixed = self->fixed,
                                .value = self->value };
    if (model->measure == MLE_COUNTING && frame->trials.stride == 0)
        MLE_TRY(mle_tabulate(frame, work, &model->table, err));
    if (model->table) {
        e->obs.n = model->table->n;
        e->obs.y = model->table->y;
        e->w = model->table->w;
        e->tabulated = true;
    } else if (model->family->ordered) {
        MLE_TRY(mle_order_rows(frame, work, &e->obs.y, &e->w, err));
    }
    double acc[STAT + MLE_MAX_STAT];
    struct mle_sum sum = { .width = STAT + (sufficient ? sufficient->n_stat : 0),
                           .tile = scan_tile,
                           .merge = scan_merge,
                           .ctx = model,
                           .row_cost_ns = 0.5 };
    MLE_TRY(mle_reduce(&work->reducer, &sum, e->obs.n, work->stop, work->arena, acc, err));
    e->min = acc[MIN];
    e->max = acc[MAX];
    if (!all_inside(model))
        return mle_report_outside(model, err);
    for (unsigned j = 0; sufficient && j < sufficient->n_stat; j++)
        if (!isfinite(acc[STAT + j]))
            return beyond_doubles(model, err);
    if (sufficient) {
        memcpy(self->stat, &acc[STAT], sufficient->n_stat * sizeof *acc);
        e->stat = self->stat;
    }
    return MLE_OK;
}

/* --- transforms ----------------------------------------------------------------------------- */

static void natural(const struct mle_model *model, const double u[], double theta[],
                    double jacobian[])
{
    const struct self *self = model->self;
    if (jacobian)
        memset(jacobian, 0, model->n_theta * model->n_free * sizeof *jacobian);
    for (size_t j = 0, i = 0; j < model->n_theta; j++) {
        if (self->fixed[j]) {
            theta[j] = self->value[j];
            continue;
        }
        double slope;
        mle_domain_derivatives(self->param[j].domain, u[i], &theta[j], &slope, NULL);
        if (jacobian)
            jacobian[j * model->n_free + i] = slope;
        i++;
    }
}

static size_t scalar_of(const struct mle_model *model, size_t i)
{
    const struct self *self = model->self;
    for (size_t j = 0;; j++)
        if (!self->fixed[j] && i-- == 0)
            return j;
}

static void box(const struct mle_model *model, double lower[], double upper[])
{
    for (size_t i = 0; i < model->n_free; i++) {
        const struct mle_param_def *param = &model->family->param[scalar_of(model, i)];
        bool whole = param->search.lower == 0 && param->search.upper == 0;
        lower[i] = whole ? -INFINITY : mle_domain_to_u(param->domain, param->search.lower);
        upper[i] = whole ? INFINITY : mle_domain_to_u(param->domain, param->search.upper);
    }
}

static void pin(struct mle_model *model, size_t j, double at)
{
    struct self *self = model->self;
    model->n_free -= !self->fixed[j];
    self->fixed[j] = true;
    self->value[j] = at;
    model->solvable = false;
}

static void unpin(struct mle_model *model, size_t j)
{
    struct self *self = model->self;
    model->n_free += self->fixed[j];
    self->fixed[j] = false;
}

static void unconstrain(const struct mle_model *model, const double theta[], double u[])
{
    const struct self *self = model->self;
    for (size_t j = 0, i = 0; j < model->n_theta; j++)
        if (!self->fixed[j])
            u[i++] = mle_domain_to_u(self->param[j].domain, theta[j]);
}

/* --- the objective -------------------------------------------------------------------------- */

struct pass {
    const struct mle_model *model;
    const double *theta;
    double *log_density; /* [n] per row, NULL: not wanted */
    bool derivatives;
};

/* Adds the weighted sums of a family's kernel over one chunk of rows to acc. */
static void add_chunk(const struct pass *pass, const struct mle_obs *obs, const double w[],
                      double log_density[], double acc[])
{
    const struct mle_family *family = pass->model->family;
    unsigned k = family->n_param, kk = k * (k + 1) / 2;
    double out[MAX_OUT * CHUNK];
    struct mle_view theta[MLE_MAX_PARAM];
    for (unsigned j = 0; j < k; j++)
        theta[j] = (struct mle_view){ &pass->theta[j], 0 };
    double *ll = log_density ? log_density : out;
    if (pass->derivatives)
        family->rows(obs, theta, ll, out + obs->n, out + (1 + k) * obs->n);
    else
        family->rows(obs, theta, ll, NULL, NULL);
    acc[0] += mle_weighted_sum(obs->n, ll, w);
    for (unsigned j = 1; pass->derivatives && j < 1 + k + kk; j++)
        acc[j] += mle_weighted_sum(obs->n, out + j * obs->n, w);
}

static size_t pass_width(const struct pass *pass)
{
    unsigned k = pass->model->family->n_param;
    return pass->derivatives ? 1 + k + k * (k + 1) / 2 : 1;
}

static void pass_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct pass *pass = ctx;
    const struct mle_evidence *e = &pass->model->evidence;
    const struct mle_family *family = pass->model->family;
    memset(acc, 0, pass_width(pass) * sizeof *acc);
    if (family->sum && pass->derivatives && !pass->log_density) {
        struct mle_obs obs = obs_of(e, lo, hi);
        family->sum(&obs, e->w ? e->w + lo : NULL, pass->theta, acc);
        return;
    }
    for (; lo < hi; lo += CHUNK) {
        struct mle_obs obs = obs_of(e, lo, hi - lo < CHUNK ? hi : lo + CHUNK);
        add_chunk(pass, &obs, e->w ? e->w + lo : NULL,
                  pass->log_density ? pass->log_density + lo : NULL, acc);
    }
}

/* SETS acc to ll and the derivatives in theta, summed over the evidence's rows. */
static enum mle_status run_pass(const struct mle_work *work, const struct pass *pass, double acc[],
                                struct mle_error *err)
{
    const struct mle_model *model = pass->model;
    struct mle_sum sum = { .width = pass_width(pass),
                           .tile = pass_tile,
                           .ctx = pass,
                           .row_cost_ns = model->family->row_cost_ns };
    return mle_reduce(&work->reducer, &sum, model->evidence.obs.n, work->stop, work->arena, acc,
                      err);
}

/* Chain rule from theta to u, the maps of the domains being one-dimensional:
   g_u = g x', H_u = H x' x' + g x'' on the diagonal. */
static void to_unconstrained(const struct mle_model *model, const double u[], const double acc[],
                             double grad[], double hess[])
{
    const struct self *self = model->self;
    const double *g = acc + 1, *h = acc + 1 + model->n_theta;
    double slope[MLE_MAX_PARAM], curve[MLE_MAX_PARAM], x;
    size_t free_of[MLE_MAX_PARAM], n = 0;
    for (size_t j = 0; j < model->n_theta; j++)
        if (!self->fixed[j]) {
            mle_domain_derivatives(self->param[j].domain, u[n], &x, &slope[n], &curve[n]);
            free_of[n++] = j;
        }
    for (size_t a = 0; a < n; a++) {
        size_t j = free_of[a];
        grad[a] = g[j] * slope[a];
        for (size_t b = 0; b <= a; b++) {
            double value = h[MLE_HESS(j, free_of[b])] * slope[a] * slope[b];
            value += a == b ? g[j] * curve[a] : 0;
            hess[a * n + b] = hess[b * n + a] = value;
        }
    }
}

/* A pass over the rows, unless the last one was at the same parameters: the certificate asks for
   the derivatives where the optimiser ended. */
static enum mle_status pass_or_known(const struct mle_model *model, const struct mle_work *work,
                                     const double theta[], bool derivatives, double acc[],
                                     struct mle_error *err)
{
    struct self *self = model->self;
    size_t bytes = model->n_theta * sizeof *theta;
    if (self->known && memcmp(theta, self->known_theta, bytes) == 0) {
        memcpy(acc, self->known_acc, sizeof self->known_acc);
        return MLE_OK;
    }
    struct pass pass = { model, theta, NULL, derivatives };
    MLE_TRY(run_pass(work, &pass, acc, err));
    if (derivatives) {
        self->known = true;
        memcpy(self->known_theta, theta, bytes);
        memcpy(self->known_acc, acc, pass_width(&pass) * sizeof *acc);
    }
    return MLE_OK;
}

static enum mle_status loglik(const struct mle_model *model, const struct mle_work *work,
                              const double u[], double *ll, double grad[], double hess[],
                              struct mle_error *err)
{
    double theta[MLE_MAX_PARAM], acc[MAX_OUT];
    bool derivatives = grad != NULL;
    natural(model, u, theta, NULL);
    const struct mle_sufficient *sufficient = model->family->sufficient;
    if (sufficient) {
        sufficient->loglik(model->evidence.stat, theta, acc, derivatives ? acc + 1 : NULL,
                           derivatives ? acc + 1 + model->n_theta : NULL);
    } else {
        MLE_TRY(pass_or_known(model, work, theta, derivatives, acc, err));
    }
    *ll = acc[0];
    if (derivatives)
        to_unconstrained(model, u, acc, grad, hess);
    return MLE_OK;
}

static enum mle_status evaluate(const struct mle_model *model, const struct mle_work *work,
                                const double theta[], double ll[], double *sum, double score[],
                                double hess[], struct mle_error *err)
{
    /* by rows of the frame, whatever scan made of them */
    const struct mle_frame *frame = &model->frame;
    struct mle_model by_rows = *model;
    by_rows.evidence = (struct mle_evidence){ .n = frame->n,
                                              .weight_sum = frame->weight_sum,
                                              .obs = { frame->n, frame->y, frame->trials },
                                              .w = frame->w };
    struct pass pass = { &by_rows, theta, ll, score != NULL || hess != NULL };
    double acc[MAX_OUT];
    MLE_TRY(run_pass(work, &pass, acc, err));
    size_t k = model->n_theta;
    *sum = acc[0];
    for (size_t j = 0; score && j < k; j++)
        score[j] = acc[1 + j];
    for (size_t i = 0; hess && i < k; i++)
        for (size_t j = 0; j <= i; j++)
            hess[i * k + j] = hess[j * k + i] = acc[1 + k + MLE_HESS(i, j)];
    return MLE_OK;
}

static const char *refuse(const struct mle_model *model, const double theta[], const char **param)
{
    unsigned j = 0;
    const char *why = model->family->refuse ? model->family->refuse(theta, &j) : NULL;
    *param = model->family->param[j].name;
    return why;
}

static double cdf(const struct mle_model *model, const double theta[], size_t i)
{
    const struct mle_frame *frame = &model->frame;
    double trials = frame->trials.at ? mle_view_at(frame->trials, i) : NAN;
    struct mle_tail lower = { false, false };
    return model->family->cdf ? model->family->cdf(frame->y[i], theta, trials, lower) : NAN;
}

/* --- the rest: what the family says --------------------------------------------------------- */

static void exists(const struct mle_model *model, struct mle_existence *existence)
{
    if (model->n_free > 0) {
        model->family->exists(&model->evidence, existence);
        return;
    }
    const struct self *self = model->self;
    memcpy(existence->theta, self->value, model->n_theta * sizeof *self->value);
    mle_settle(existence, MLE_VERDICT_INTERIOR, MLE_CERTIFICATE_SINGLE_POINT,
               "all parameters are given: there is nothing to maximise over");
    existence->maximum = MLE_MAXIMUM_GLOBAL;
}

static void solve(const struct mle_model *model, double theta[])
{
    model->family->solve(&model->evidence, theta);
}

/* The family's guess, then the caller's. A guess that ignores what is given may lie outside its
   domain; Newton finds its way from the middle of the domain too. */
static void start(const struct mle_model *model, double u[])
{
    double theta[MLE_MAX_PARAM];
    const struct mle_family *family = model->family;
    if (family->start)
        family->start(&model->evidence, theta);
    else
        family->solve(&model->evidence, theta);
    for (size_t i = 0; i < model->spec->n_start; i++)
        theta[mle_model_find_param(model, model->spec->start[i].name)] =
            model->spec->start[i].value;
    for (size_t j = 0; j < model->n_theta; j++) {
        double at = mle_domain_to_u(model->param[j].domain, theta[j]);
        if (!isfinite(at))
            theta[j] = mle_domain_from_u(model->param[j].domain, 0);
    }
    unconstrain(model, theta, u);
}

static double entropy(const struct mle_model *model, const double theta[])
{
    const struct mle_frame *frame = &model->frame;
    if (frame->trials.stride > 0)
        return NAN;
    return mle_entropy(model->family, theta, frame->trials.at ? frame->trials.at[0] : NAN);
}

const struct mle_model_kind mle_model_kind_family = {
    .bind = bind,
    .scan = scan,
    .exists = exists,
    .solve = solve,
    .start = start,
    .loglik = loglik,
    .box = box,
    .pin = pin,
    .unpin = unpin,
    .scalar_of = scalar_of,
    .natural = natural,
    .unconstrain = unconstrain,
    .evaluate = evaluate,
    .refuse = refuse,
    .cdf = cdf,
    .entropy = entropy,
};
