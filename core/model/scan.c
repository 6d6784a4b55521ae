/* The pass before estimation: is every row inside the support, and what do starts, closed forms and
   verdicts need to know. */
#include "core/base/shortest.h"
#include "core/math/kernels.h"
#include "core/model/family_model.h"
#include "core/model/order.h"
#include "core/model/recession.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MIN, MAX, STAT }; /* the partial sum of a scan; MIN and MAX are an obs.range */

struct mle_obs mle_evidence_rows(const struct mle_evidence *e, size_t lo, size_t hi)
{
    struct mle_view trials = e->obs.trials;
    return (struct mle_obs){ hi - lo,
                             e->obs.y + lo,
                             { trials.at ? trials.at + lo * trials.stride : NULL, trials.stride } };
}

static void scan_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct mle_model *model = ctx;
    struct mle_obs obs = mle_evidence_rows(&model->evidence, lo, hi);
    mle_range(obs.n, obs.y, &acc[MIN], &acc[MAX]);
    obs.range = &acc[MIN];
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

/* A column of trials is checked row by row like the response. */
static bool is_count(double trials)
{
    return trials >= 0 && trials == rint(trials) && trials <= 0x1p53;
}

static bool value_outside(const struct mle_support *support, double y, double trials)
{
    return !(y > support->lower || (support->lower_closed && y == support->lower)) ||
           !(y < support->upper || (support->upper_closed && y == support->upper)) ||
           (support->integer && y != rint(y)) ||
           (support->needs_trials && !(is_count(trials) && y <= trials));
}

static void describe_outside(const struct mle_support *support, double value, double n_trials,
                             size_t size, char text[])
{
    char y[32], trials[32], lower[32], upper[32];
    mle_show(value, y);
    mle_show(n_trials, trials);
    mle_show(support->lower, lower);
    mle_show(support->upper, upper);
    if (support->needs_trials && !is_count(n_trials))
        snprintf(text, size, "%s is no number of trials", trials);
    else if (support->integer && value != rint(value))
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

/* Whether row i of the frame cannot be: a value outside the support, or an interval that misses it.
 */
static bool row_outside(const struct mle_model *model, size_t i)
{
    const struct mle_support *support = &model->family->support;
    const struct mle_frame *frame = &model->frame;
    double trials = frame->trials.at ? mle_view_at(frame->trials, i) : NAN, y = frame->y[i];
    if (!frame->upper || frame->upper[i] == y)
        return value_outside(support, y, trials);
    double upper = frame->upper[i], top = support->needs_trials ? trials : support->upper;
    bool below = support->lower_closed ? upper < support->lower : upper <= support->lower;
    bool above = support->upper_closed ? y > top : y >= top;
    return below || (above && isfinite(top)) || (support->integer && ceil(y) > floor(upper));
}

static void describe_interval(const struct mle_frame *frame, size_t i, size_t size, char text[])
{
    char a[32], b[32];
    snprintf(text, size, "no value from %s to %s lies inside the support", mle_show(frame->y[i], a),
             mle_show(frame->upper[i], b));
}

enum mle_status mle_report_outside(const struct mle_model *model, struct mle_error *err)
{
    const struct mle_family *family = model->family;
    const struct mle_frame *frame = &model->frame;
    mle_fail(err, MLE_OUTSIDE_SUPPORT, "values lie outside the support of %s", family->name);
    for (size_t i = 0; i < frame->n; i++) {
        if (!row_outside(model, i))
            continue;
        char text[160] = "";
        bool interval = frame->upper && frame->upper[i] != frame->y[i];
        if (err && err->n_fault < MLE_MAX_FAULTS) { /* the rest is only counted */
            if (interval)
                describe_interval(frame, i, sizeof text, text);
            else
                describe_outside(&family->support, frame->y[i],
                                 frame->trials.at ? mle_view_at(frame->trials, i) : NAN,
                                 sizeof text, text);
        }
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
    if (model->frame.upper) {
        for (size_t i = 0; i < model->frame.n; i++)
            if (row_outside(model, i))
                return false;
        return true;
    }
    if (!row_by_row)
        return !value_outside(support, e->min, NAN) && !value_outside(support, e->max, NAN);
    for (size_t i = 0; i < e->obs.n; i++)
        if (value_outside(support, e->obs.y[i],
                          e->obs.trials.at ? mle_view_at(e->obs.trials, i) : NAN))
            return false;
    return true;
}

/* --- evidence of rows that are intervals: a value inside each, good enough to start from ---------
 */

static double inside(const struct mle_support *s, double lower, double upper, double trials)
{
    double low = fmax(lower, s->lower), high = fmin(upper, s->needs_trials ? trials : s->upper);
    double y = isfinite(low) && isfinite(high) ? low + (high - low) / 2
               : isfinite(low)                 ? low
               : isfinite(high)                ? high
                                               : 0;
    y = s->integer ? rint(y) : y;
    return value_outside(s, y, trials) ? NAN : y;
}

static enum mle_status impute(const struct mle_model *model, const struct mle_work *work,
                              const double **y, struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    const struct mle_support *s = &model->family->support;
    double *imputed = mle_arena_doubles(work->arena, frame->n), any = NAN;
    if (!imputed)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; i < frame->n; i++) {
        double trials = frame->trials.at ? mle_view_at(frame->trials, i) : NAN;
        bool exact = frame->y[i] == frame->upper[i];
        imputed[i] = exact ? frame->y[i] : inside(s, frame->y[i], frame->upper[i], trials);
        any = isnan(any) ? imputed[i] : any;
    }
    any = isnan(any) ? (isfinite(s->upper) ? (s->lower + s->upper) / 2 : s->lower + 1) : any;
    for (size_t i = 0; i < frame->n; i++)
        imputed[i] = isnan(imputed[i]) ? any : imputed[i];
    *y = imputed;
    return MLE_OK;
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

/* Equal rows may be put together, and rows in another order, where each counts by its value alone.
 */
static enum mle_status arrange(struct mle_model *model, const struct mle_work *work,
                               struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    const struct mle_family_self *self = model->self;
    struct mle_evidence *e = &model->evidence;
    if (frame->upper)
        return impute(model, work, &e->obs.y, err);
    if (self->conditional || frame->precision || frame->cut[0].stride || frame->cut[1].stride)
        return MLE_OK;
    if (model->measure == MLE_COUNTING && frame->trials.stride == 0)
        MLE_TRY(mle_tabulate(frame, work, &model->table, err));
    if (model->table) {
        e->obs.n = model->table->n;
        e->obs.y = model->table->y;
        e->w = model->table->w;
        e->tabulated = true;
    } else if (model->family->ordered) {
        return mle_order_rows(frame, work, &e->obs.y, &e->w, err);
    }
    return MLE_OK;
}

enum mle_status mle_family_scan(struct mle_model *model, const struct mle_work *work,
                                struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    const struct mle_sufficient *sufficient = model->family->sufficient;
    struct mle_family_self *self = model->self;
    struct mle_evidence *e = &model->evidence;
    *e = (struct mle_evidence){ .n = frame->n,
                                .weight_sum = frame->weight_sum,
                                .obs = { frame->n, frame->y, frame->trials },
                                .w = frame->w,
                                .fixed = self->conditional ? NULL : self->fixed,
                                .value = self->conditional ? NULL : self->value };
    if (self->conditional) {
        MLE_TRY(mle_design_rank(model, work, err));
        self->perfect_theta = mle_arena_doubles(work->arena, model->n_theta);
        if (!self->perfect_theta)
            return mle_arena_fail(work->arena, err);
        MLE_TRY(mle_family_perfect_fit(model, work, self->perfect_theta, &self->perfect, err));
    }
    MLE_TRY(arrange(model, work, err));
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
