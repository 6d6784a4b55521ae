#include "core/model/family_model.h"

#include "core/base/shortest.h"
#include "core/family/interval.h"
#include "core/math/kernels.h"
#include "core/model/recession.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* Bounds are those of the search; the domain's own are never left anyway. */
static enum mle_status read_bound(struct mle_model *model, struct mle_family_self *self,
                                  const struct mle_bound *bound, struct mle_error *err)
{
    size_t j = mle_model_find_param(model, bound->name);
    if (j == model->n_theta) {
        mle_fail(err, MLE_INVALID_MODEL, "'%.64s' is not a parameter of %s", bound->name,
                 model->family->name);
        mle_fault_at(err, bound->pointer, "unknown_parameter", "no such parameter");
        return MLE_INVALID_MODEL;
    }
    struct mle_domain domain = model->param[j].domain;
    double low = isnan(bound->lower) ? -INFINITY : bound->lower;
    double high = isnan(bound->upper) ? INFINITY : bound->upper;
    double from = fmax(low, self->lower[j]), to = fmin(high, self->upper[j]);
    if (!(from < to) || !(high > domain.lower) || !(low < domain.upper) || self->fixed[j]) {
        mle_fail(err, MLE_INVALID_MODEL, "the bounds of %s leave nothing to search", bound->name);
        mle_fault_at(err, bound->pointer, "invalid_bounds",
                     self->fixed[j] ? "the parameter is fixed"
                                    : "expected [lower, upper] that overlap the domain");
        return MLE_INVALID_MODEL;
    }
    self->lower[j] = from;
    self->upper[j] = to;
    return MLE_OK;
}

static enum mle_status read_given(struct mle_model *model, struct mle_family_self *self,
                                  const struct mle_work *work, struct mle_error *err)
{
    const struct mle_model_spec *spec = model->spec;
    bool *started = mle_arena_zeros(work->arena, model->n_theta, sizeof *started);
    size_t j;
    if (!started)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; i < spec->n_fixed; i++) {
        MLE_TRY(find_given(model, &spec->fixed[i], self->fixed, &j, err));
        model->n_free--;
        self->value[j] = spec->fixed[i].value;
    }
    for (size_t i = 0; i < spec->n_start; i++)
        MLE_TRY(find_given(model, &spec->start[i], started, &j, err));
    for (size_t i = 0; i < spec->n_bounds; i++)
        MLE_TRY(read_bound(model, self, &spec->bounds[i], err));
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

static enum mle_status check_precision(const struct mle_model *model, struct mle_error *err)
{
    bool any = false;
    for (unsigned j = 0; j < model->family->n_param; j++)
        any |= model->family->precision[j] != 0;
    if (!model->frame.precision || any)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "precision weights have no meaning for %s",
             model->family->name);
    mle_fault_at(err, "/model/weights/type", "not_offered",
                 "precision weights belong to normal, gamma and inverse_gaussian");
    return MLE_INVALID_MODEL;
}

static enum mle_status check_angles(const struct mle_model *model, struct mle_error *err)
{
    bool cut = model->frame.cut[0].at != NULL;
    if (!model->family->circular || (!cut && !model->frame.upper))
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "the values of %s are angles: they have no tails",
             model->family->name);
    mle_fault_at(err, cut ? "/model/truncation" : "/model/censoring", "not_offered",
                 "neither censoring nor truncation has a meaning on a circle");
    return MLE_INVALID_MODEL;
}

static enum mle_status bind_rows(struct mle_model *model, const struct mle_work *work,
                                 struct mle_error *err)
{
    struct mle_family_self *self = model->self;
    struct mle_frame *frame = &model->frame;
    MLE_TRY(check_trials(model, err));
    MLE_TRY(check_precision(model, err));
    self->exact = frame->n_part == 0;
    if (frame->n_part == 0)
        return mle_model_given_levels(model, err);
    MLE_TRY(numeric_response(model, work, err));
    MLE_TRY(mle_frame_observe(model->spec, model->data, model->measure == MLE_COUNTING, work, frame,
                              err));
    MLE_TRY(check_angles(model, err));
    self->exact = !frame->upper && !frame->cut[0].at && !frame->precision;
    return MLE_OK;
}

static enum mle_status bind(struct mle_model *model, const struct mle_model_spec *spec,
                            const struct mle_work *work, struct mle_error *err)
{
    struct mle_family_self *self = mle_arena_zeros(work->arena, 1, sizeof *self);
    if (!self)
        return mle_arena_fail(work->arena, err);
    if (spec->n_predictor > 0 && model->family->regression)
        model->family = model->family->regression;
    const struct mle_family *family = model->family;
    model->self = self;
    model->measure = family->measure;
    MLE_TRY(mle_design_bind(model, model->data, work, err));
    size_t n = model->n_theta;
    model->n_free = n;
    model->param = self->param;
    model->group = self->group;
    self->fixed = mle_arena_zeros(work->arena, n, sizeof *self->fixed);
    self->value = mle_arena_doubles(work->arena, n);
    self->lower = mle_arena_doubles(work->arena, n);
    self->upper = mle_arena_doubles(work->arena, n);
    if (!self->fixed || !self->value || !self->lower || !self->upper)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < n; j++) {
        self->value[j] = NAN;
        self->lower[j] = -INFINITY;
        self->upper[j] = INFINITY;
    }
    for (unsigned j = 0; j < family->n_param; j++) {
        const struct mle_search *search = &family->param[j].search;
        if (!self->block[j].link && search->lower < search->upper) {
            self->lower[self->block[j].first] = search->lower;
            self->upper[self->block[j].first] = search->upper;
        }
    }
    MLE_TRY(read_given(model, self, work, err));
    mle_design_standardise(model);
    MLE_TRY(bind_rows(model, work, err));
    /* a closed form knows no bounds */
    model->solvable = family->solve && model->n_free == n && self->exact && !self->conditional &&
                      model->spec->n_bounds == 0;
    model->climbable = family->solve || family->start;
    if (model->climbable || model->spec->n_bounds == 0)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "%s takes no bounds: its estimates are not searched for",
             family->name);
    mle_fault_at(err, "/model/bounds", "not_offered", "not offered for this family");
    return MLE_INVALID_MODEL;
}

/* --- transforms: u -> working scalars v -> theta -------------------------------------------------
   v are the family's parameters, or the coefficients of centred and scaled columns; theta is what
   people read. */

void mle_family_working(const struct mle_model *model, const double u[], double v[], double slope[],
                        double curve[])
{
    const struct mle_family_self *self = model->self;
    for (size_t j = 0, i = 0; j < model->n_theta; j++) {
        double unused;
        if (self->fixed[j])
            v[j] = self->value[j];
        else
            mle_domain_derivatives(self->param[j].domain, u[i++], &v[j],
                                   slope ? &slope[j] : &unused, curve ? &curve[j] : &unused);
    }
}

/* kept := R^-1 kept */
static void leave_basis(const struct mle_block *block, double v[])
{
    const struct mle_basis *b = block->basis;
    for (size_t i = b->n; i-- > 0;) {
        double sum = v[block->first + b->kept[i]];
        for (size_t j = i + 1; j < b->n; j++)
            sum -= b->r[i * b->n + j] * v[block->first + b->kept[j]];
        v[block->first + b->kept[i]] = sum / b->r[i * b->n + i];
    }
}

/* kept := R kept */
static void enter_basis(const struct mle_block *block, double v[])
{
    const struct mle_basis *b = block->basis;
    for (size_t i = 0; i < b->n; i++) {
        double sum = 0;
        for (size_t j = i; j < b->n; j++)
            sum += b->r[i * b->n + j] * v[block->first + b->kept[j]];
        v[block->first + b->kept[i]] = sum;
    }
}

/* Slopes in the units of the columns, the intercept at the origin of all of them. */
void mle_family_to_theta(const struct mle_model *model, double v[])
{
    const struct mle_family_self *self = model->self;
    for (unsigned j = 0; j < model->family->n_param; j++) {
        const struct mle_block *block = &self->block[j];
        if (block->basis)
            leave_basis(block, v);
        for (size_t a = block->intercept ? 1 : 0; block->link && a < block->n; a++) {
            const struct mle_design *d = &block->design[a];
            v[block->first + a] /= d->scale;
            if (block->intercept)
                v[block->first] -= v[block->first + a] * d->centre;
        }
    }
}

static size_t scalar_of(const struct mle_model *model, size_t i)
{
    const struct mle_family_self *self = model->self;
    for (size_t j = 0;; j++)
        if (!self->fixed[j] && i-- == 0)
            return j;
}

/* d theta / d u, one column for each u: the map to theta is linear. */
static void fill_jacobian(const struct mle_model *model, const double slope[], double jacobian[])
{
    const struct mle_family_self *self = model->self;
    double column[MLE_MAX_SCALAR];
    size_t n = model->n_free, k = model->n_theta;
    for (size_t i = 0; i < n; i++) {
        size_t j = scalar_of(model, i);
        memset(column, 0, k * sizeof *column);
        column[j] = slope[j];
        if (self->conditional)
            mle_family_to_theta(model, column);
        for (size_t a = 0; a < k; a++)
            jacobian[a * n + i] = self->fixed[a] ? 0 : column[a];
    }
}

static void natural(const struct mle_model *model, const double u[], double theta[],
                    double jacobian[])
{
    const struct mle_family_self *self = model->self;
    double slope[MLE_MAX_SCALAR];
    mle_family_working(model, u, theta, slope, NULL);
    if (self->conditional)
        mle_family_to_theta(model, theta);
    for (size_t j = 0; j < model->n_theta; j++)
        theta[j] = self->fixed[j] ? self->value[j] : theta[j];
    if (jacobian)
        fill_jacobian(model, slope, jacobian);
}

static void unconstrain(const struct mle_model *model, const double theta[], double u[])
{
    const struct mle_family_self *self = model->self;
    double v[MLE_MAX_SCALAR];
    memcpy(v, theta, model->n_theta * sizeof *v);
    for (unsigned j = 0; j < model->family->n_param; j++) {
        const struct mle_block *block = &self->block[j];
        for (size_t a = block->intercept ? 1 : 0; block->link && a < block->n; a++) {
            const struct mle_design *d = &block->design[a];
            if (block->intercept)
                v[block->first] += theta[block->first + a] * d->centre;
            v[block->first + a] *= d->scale;
        }
        if (block->basis)
            enter_basis(block, v);
    }
    for (size_t j = 0, i = 0; j < model->n_theta; j++)
        if (!self->fixed[j])
            u[i++] = mle_domain_to_u(self->param[j].domain, v[j]);
}

/* Blocks with bounds are not centred, so a bound of a coefficient is one of its working scalar. */
static void box(const struct mle_model *model, double lower[], double upper[])
{
    const struct mle_family_self *self = model->self;
    for (size_t i = 0; i < model->n_free; i++) {
        size_t j = scalar_of(model, i);
        struct mle_domain domain = self->param[j].domain;
        bool low = self->lower[j] > domain.lower, high = self->upper[j] < domain.upper;
        lower[i] = low ? mle_domain_to_u(domain, self->lower[j]) : -INFINITY;
        upper[i] = high ? mle_domain_to_u(domain, self->upper[j]) : INFINITY;
    }
}

static void pin(struct mle_model *model, size_t j, double at)
{
    struct mle_family_self *self = model->self;
    model->n_free -= !self->fixed[j];
    self->fixed[j] = true;
    self->value[j] = at;
    model->solvable = false;
}

static void unpin(struct mle_model *model, size_t j)
{
    struct mle_family_self *self = model->self;
    model->n_free += self->fixed[j];
    self->fixed[j] = false;
}

void mle_family_parameters(const struct mle_model *model, const double theta[], size_t i,
                           double parameter[])
{
    const struct mle_family_self *self = model->self;
    const double *precision = model->frame.precision;
    for (unsigned j = 0; j < model->family->n_param; j++) {
        const struct mle_block *block = &self->block[j];
        parameter[j] = theta[block->first];
        if (block->link) {
            struct mle_link_value value;
            double eta = block->offset ? block->offset[i] : 0;
            for (size_t a = 0; a < block->n; a++)
                eta += theta[block->first + a] * (block->design[a].x ? block->design[a].x[i] : 1);
            block->link->inverse(eta, &value);
            parameter[j] = value.mu;
        }
        if (precision && model->family->precision[j] != 0)
            parameter[j] *= pow(precision[i], model->family->precision[j]);
    }
}

static const char *refuse(const struct mle_model *model, const double theta[], const char **param)
{
    const struct mle_family_self *self = model->self;
    unsigned j = 0;
    if (!model->family->refuse || self->conditional)
        return NULL;
    const char *why = model->family->refuse(theta, &j);
    *param = model->family->param[j].name;
    return why;
}

/* P(Y <= y) of a row that is a value; among what can be seen, under truncation. */
static double cdf(const struct mle_model *model, const double theta[], size_t i)
{
    const struct mle_frame *frame = &model->frame;
    double trials = frame->trials.at ? mle_view_at(frame->trials, i) : NAN, y = frame->y[i];
    double parameter[MLE_MAX_PARAM], part, seen;
    if (frame->upper && frame->upper[i] != y)
        return NAN;
    mle_family_parameters(model, theta, i, parameter);
    if (!frame->cut[0].at)
        return model->family->cdf(y, parameter, trials, (struct mle_tail){ false, false });
    double low = mle_view_at(frame->cut[0], i), high = mle_view_at(frame->cut[1], i);
    mle_log_interval(model->family, low, y, parameter, trials, &part, NULL, NULL);
    mle_log_interval(model->family, low, high, parameter, trials, &seen, NULL, NULL);
    return exp(part - seen);
}

/* --- the rest: what the family says --------------------------------------------------------- */

static void edge(const struct mle_model *model, struct mle_existence *existence)
{
    const struct mle_family_self *self = model->self;
    bool plain = self->exact && !self->conditional && model->n_free == model->n_theta;
    if (plain && model->family->edge)
        model->family->edge(&model->evidence, existence);
}

static const char *irregular(const struct mle_model *model, const double theta[])
{
    const struct mle_family_self *self = model->self;
    return model->family->irregular && !self->conditional ? model->family->irregular(theta) : NULL;
}
static void solve(const struct mle_model *model, double theta[])
{
    model->family->solve(&model->evidence, theta);
}

/* The family's guess for all rows as one sample; slopes start at 0. */
static void guess(const struct mle_model *model, double theta[])
{
    const struct mle_family_self *self = model->self;
    const struct mle_family *family = model->family;
    double parameter[MLE_MAX_PARAM];
    if (family->start)
        family->start(&model->evidence, parameter);
    else
        family->solve(&model->evidence, parameter);
    for (unsigned j = 0; j < family->n_param; j++) {
        const struct mle_block *block = &self->block[j];
        for (size_t a = 0; a < block->n; a++)
            theta[block->first + a] = 0;
        if (!block->link) {
            theta[block->first] = parameter[j];
        } else if (block->intercept) {
            double eta = block->link->link(parameter[j]);
            theta[block->first] = isfinite(eta) ? eta : 0;
        }
    }
}

/* The family's guess, then the caller's. A guess that ignores what is given may lie outside its
   domain; Newton finds its way from the middle of the domain too. */
static void start(const struct mle_model *model, double u[])
{
    double theta[MLE_MAX_SCALAR];
    guess(model, theta);
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

/* Of the fitted distribution, averaged over the rows where it varies between them. */
static double entropy(const struct mle_model *model, const double theta[])
{
    const struct mle_family_self *self = model->self;
    const struct mle_frame *frame = &model->frame;
    const struct mle_family *family = model->family;
    if (frame->cut[0].at)
        return NAN;
    bool varies = frame->trials.stride > 0 || self->conditional || frame->precision;
    if (!varies)
        return mle_entropy(family, theta, frame->trials.at ? frame->trials.at[0] : NAN);
    if (!family->entropy)
        return NAN;
    double sum = 0, parameter[MLE_MAX_PARAM];
    for (size_t i = 0; i < frame->n; i++) {
        mle_family_parameters(model, theta, i, parameter);
        double trials = frame->trials.at ? mle_view_at(frame->trials, i) : NAN;
        sum += (frame->w ? frame->w[i] : 1) * family->entropy(parameter, trials);
    }
    return sum / frame->weight_sum;
}

const struct mle_model_kind mle_model_kind_family = {
    .bind = bind,
    .scan = mle_family_scan,
    .exists = mle_family_exists,
    .edge = edge,
    .irregular = irregular,
    .solve = solve,
    .start = start,
    .loglik = mle_family_loglik,
    .scores = mle_family_scores,
    .box = box,
    .pin = pin,
    .unpin = unpin,
    .recede = mle_family_recede,
    .errors = mle_family_errors,
    .scalar_of = scalar_of,
    .natural = natural,
    .unconstrain = unconstrain,
    .evaluate = mle_family_evaluate,
    .refuse = refuse,
    .parameters = mle_family_parameters,
    .cdf = cdf,
    .entropy = entropy,
};
