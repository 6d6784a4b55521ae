/* What a row says about the response: a value, an interval, and what it could have been at all. */
#include "core/base/shortest.h"
#include "core/model/frame.h"

#include <math.h>
#include <stdio.h>

struct observe {
    const struct mle_model_spec *spec;
    struct mle_frame *frame;
    bool counts;
    double *lower, *upper; /* [n], being filled */
};

static void fault(struct mle_error *err, const struct mle_frame *frame, size_t i,
                  const struct mle_column *column, const char *code, const char *text)
{
    if (err && err->status == MLE_OK)
        mle_fail(err, MLE_INVALID_DATA, "rows of column '%.64s' are not what the model says",
                 column->name);
    mle_fault_row(err, mle_frame_origin(frame, i), column->name, code, "%s", text);
}

/* event 0, right: Y > y; left: Y <= y. */
static void read_events(const struct observe *o, const double event[], struct mle_error *err)
{
    struct mle_frame *frame = o->frame;
    for (size_t i = 0; i < frame->n; i++) {
        if (event[i] == 1)
            continue;
        if (event[i] != 0) {
            fault(err, frame, i, frame->event, "invalid_event", "an event is 0 or 1");
        } else if (o->spec->censoring.left) {
            o->lower[i] = -INFINITY;
        } else {
            o->lower[i] = o->counts ? floor(o->lower[i]) + 1 : o->lower[i];
            o->upper[i] = INFINITY;
        }
    }
}

static void read_ends(const struct observe *o, const double upper[], struct mle_error *err)
{
    struct mle_frame *frame = o->frame;
    for (size_t i = 0; i < frame->n; i++) {
        if (isnan(o->lower[i]))
            o->lower[i] = -INFINITY;
        o->upper[i] = isnan(upper[i]) ? INFINITY : upper[i];
        if (o->lower[i] > o->upper[i])
            fault(err, frame, i, frame->upper_column, "invalid_interval",
                  "the upper end is below the lower end");
    }
}

/* Exact values become intervals of the width they were recorded with. */
static void widen(const struct observe *o)
{
    double half = o->spec->resolution / 2;
    for (size_t i = 0; i < o->frame->n; i++)
        if (o->lower[i] == o->upper[i]) {
            o->lower[i] -= half;
            o->upper[i] += half;
        }
}

static void shift(const struct observe *o)
{
    for (size_t i = 0; i < o->frame->n; i++) {
        o->lower[i] -= o->spec->threshold;
        o->upper[i] -= o->spec->threshold;
    }
}

/* --- truncation ---------------------------------------------------------------------------------
 */

static enum mle_status bind_cut(const struct mle_model_spec *spec, const struct mle_data *data,
                                int side, const struct mle_work *work, struct mle_frame *frame,
                                struct mle_error *err)
{
    static const double open[2] = { -INFINITY, INFINITY };
    const struct mle_cut *cut = side ? &spec->truncate_upper : &spec->truncate_lower;
    const struct mle_column *column;
    double threshold = isnan(spec->threshold) ? 0 : spec->threshold;
    if (cut->column) {
        MLE_TRY(mle_frame_numbers(data,
                                  side ? "/model/truncation/upper" : "/model/truncation/lower",
                                  cut->column, &column, err));
        double *at = mle_arena_doubles(work->arena, frame->n);
        if (!at)
            return mle_arena_fail(work->arena, err);
        for (size_t i = 0; i < frame->n; i++) {
            double end = column->values[mle_frame_origin(frame, i)];
            at[i] = isnan(end) ? open[side] : end - threshold;
        }
        frame->cut[side] = (struct mle_view){ at, 1 };
        return MLE_OK;
    }
    double *at = mle_arena_doubles(work->arena, 1);
    if (!at)
        return mle_arena_fail(work->arena, err);
    *at = isnan(cut->value) ? open[side] : cut->value - threshold;
    frame->cut[side] = (struct mle_view){ at, 0 };
    return MLE_OK;
}

/* Rows must be where they can be seen; an interval is cut to that. */
static void cut_rows(const struct observe *o, struct mle_error *err)
{
    struct mle_frame *frame = o->frame;
    for (size_t i = 0; i < frame->n; i++) {
        double low = mle_view_at(frame->cut[0], i), high = mle_view_at(frame->cut[1], i);
        if (!(o->lower[i] <= high) || !(o->upper[i] >= low)) {
            char text[96], a[32], b[32];
            snprintf(text, sizeof text, "rows are seen only from %s to %s", mle_show(low, a),
                     mle_show(high, b));
            fault(err, frame, i, frame->response, "outside_truncation", text);
        }
        o->lower[i] = fmax(o->lower[i], low);
        o->upper[i] = fmin(o->upper[i], high);
    }
}

static bool any_cut(const struct mle_cut *cut)
{
    return cut->column || !isnan(cut->value);
}

enum mle_status mle_frame_observe(const struct mle_model_spec *spec, const struct mle_data *data,
                                  bool counts, const struct mle_work *work, struct mle_frame *frame,
                                  struct mle_error *err)
{
    bool cut = any_cut(&spec->truncate_lower) || any_cut(&spec->truncate_upper);
    bool moved = !isnan(spec->threshold) && spec->threshold != 0;
    bool rounded = !isnan(spec->resolution);
    struct mle_error own;
    if (!frame->event && !frame->upper_column && !cut && !moved && !rounded)
        return MLE_OK;
    err = err ? err : &own;
    err->status = MLE_OK;
    size_t n = frame->n;
    struct observe o = { spec, frame, counts, mle_arena_doubles(work->arena, n),
                         mle_arena_doubles(work->arena, n) };
    if (!o.lower || !o.upper)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; i < n; i++)
        o.lower[i] = o.upper[i] = frame->y[i];
    const struct mle_column *more = frame->event ? frame->event : frame->upper_column;
    const double *values = more ? mle_frame_gather(frame, more, work) : NULL;
    if (more && !values)
        return mle_arena_fail(work->arena, err);
    if (frame->event)
        read_events(&o, values, err);
    else if (frame->upper_column)
        read_ends(&o, values, err);
    if (rounded)
        widen(&o);
    if (moved)
        shift(&o);
    if (cut && err->status == MLE_OK) {
        MLE_TRY(bind_cut(spec, data, 0, work, frame, err));
        MLE_TRY(bind_cut(spec, data, 1, work, frame, err));
        cut_rows(&o, err);
    }
    if (err->status != MLE_OK)
        return err->status;
    frame->y = o.lower;
    bool exact = true;
    for (size_t i = 0; i < n; i++)
        exact &= o.lower[i] == o.upper[i];
    frame->upper = exact ? NULL : o.upper;
    return MLE_OK;
}
