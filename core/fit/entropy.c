#include "core/fit/entropy.h"

#include "core/fit/fit.h"
#include "core/math/logs.h"
#include "core/math/special.h"
#include "core/model/order.h"

#include <math.h>

/* --- continuous ------------------------------------------------------------------------------- */

size_t mle_entropy_window(size_t n)
{
    size_t m = (size_t)(sqrt((double)n) + 0.5), most = n > 0 ? (n - 1) / 2 : 0;
    return m < most ? m : most;
}

double mle_entropy_spacings(size_t n, const double y[], size_t m)
{
    double sum = 0;
    if (m == 0 || n <= 2 * m)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        size_t low = i > m ? i - m : 0, high = i + m < n ? i + m : n - 1;
        sum += log(y[high] - y[low]);
    }
    return sum / (double)n + log((double)n / (2 * (double)m));
}

double mle_entropy_neighbours(size_t n, const double y[], size_t k)
{
    double sum = 0;
    if (k == 0 || n <= k)
        return NAN;
    /* the k nearest are a run of k + 1 rows around i, which moves to the right with i */
    for (size_t i = 0, low = 0; i < n; i++) {
        while (low + k < i || (low + k + 1 < n && low < i && y[low + k + 1] - y[i] < y[i] - y[low]))
            low++;
        sum += log(fmax(y[i] - y[low], y[low + k] - y[i]));
    }
    return sum / (double)n + mle_digamma((double)n) - mle_digamma((double)k) + MLE_LN2;
}

/* The smallest distance of different values, without the rounding of their difference: of 2.1 and
   2.2 it is 0.1. NaN if all are distinct (SETS *ties) or all equal. */
static double find_ties(size_t n, const double y[], bool *ties)
{
    double gap = INFINITY;
    *ties = false;
    for (size_t i = 1; i < n; i++) {
        double d = y[i] - y[i - 1];
        *ties |= d == 0;
        gap = d > 0 && d < gap ? d : gap;
    }
    if (!*ties || isinf(gap))
        return NAN;
    /* nine digits of it: powers of ten are exact as far as that */
    int digits = 8 - (int)floor(log10(gap));
    if (digits < 0 || digits > 22)
        return gap;
    double power = pow(10, digits);
    return round(gap * power) / power;
}

static bool has_weights(const struct mle_frame *frame)
{
    for (size_t i = 0; frame->w && i < frame->n; i++)
        if (frame->w[i] != 1)
            return true;
    return frame->precision != NULL;
}

static const char *why_not_continuous(const struct mle_model *model)
{
    if (!model->frame.y || model->frame.n_part > 1)
        return "offered for one numeric response";
    if (model->family && model->family->circular)
        return "not offered for angles";
    if (has_weights(&model->frame))
        return "weights: rows that stand for several have no distances";
    return NULL;
}

static enum mle_status continuous(struct mle_entropy *out, const struct mle_model *model,
                                  double cross_entropy, const struct mle_work *work,
                                  struct mle_error *err)
{
    const double *y, *w;
    size_t n = model->frame.n, m = mle_entropy_window(n);
    bool ties;
    out->why = why_not_continuous(model);
    if (out->why)
        return MLE_OK;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    MLE_TRY(mle_order_rows(&model->frame, work, &y, &w, err));
    out->resolution = find_ties(n, y, &ties);
    if (ties)
        out->why = "ties: equal values are rounded ones, and a density gives them no probability; "
                   "say what a value stands for with the model's resolution";
    else if (n <= MLE_NEIGHBOUR)
        out->why = "too few rows";
    if (!out->why) {
        double spacings = mle_entropy_spacings(n, y, m);
        double neighbours = mle_entropy_neighbours(n, y, MLE_NEIGHBOUR);
        out->n = 2;
        out->estimate[0] =
            (struct mle_entropy_estimate){ "vasicek", m, spacings, cross_entropy - spacings };
        out->estimate[1] = (struct mle_entropy_estimate){ "kozachenko_leonenko", MLE_NEIGHBOUR,
                                                          neighbours, cross_entropy - neighbours };
        if (isnan(cross_entropy))
            out->why = "there is no cross-entropy: see diagnostics.absent";
    }
    mle_arena_rewind(work->arena, mark);
    return MLE_OK;
}

/* --- discrete --------------------------------------------------------------------------------- */

static void discrete(struct mle_entropy *out, const struct mle_model *model,
                     const struct mle_diagnostics *d)
{
    const struct mle_table *table = model->table;
    double w = model->frame.weight_sum;
    if (isnan(d->entropy)) {
        out->why = "there is no empirical distribution: see diagnostics.absent";
        return;
    }
    /* Miller (1955): the plug-in lacks (cells - 1) / (2 n) in expectation */
    double corrected = d->entropy + ((double)table->n - 1) / (2 * w);
    out->n = 2;
    out->coverage = 1 - (double)table->singletons / w;
    out->estimate[0] = (struct mle_entropy_estimate){ "plug_in", 0, d->entropy, d->kl };
    out->estimate[1] =
        (struct mle_entropy_estimate){ "miller_madow", 0, corrected,
                                       isnan(d->kl) ? NAN : d->cross_entropy - corrected };
    if (isnan(d->kl))
        out->why = "kl: see diagnostics.absent";
}

enum mle_status mle_fit_entropy(struct mle_fit *fit, const struct mle_work *work,
                                struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    struct mle_entropy *out = mle_arena_alloc(work->arena, sizeof *out);
    if (!out)
        return mle_arena_fail(work->arena, err);
    *out = (struct mle_entropy){ .coverage = NAN, .resolution = NAN };
    fit->entropy = out;
    if (model->conditional)
        out->why = "a regression: the rows have no distribution in common";
    else if (model->frame.upper || model->frame.cut[0].at)
        out->why = "censored, truncated or rounded response: the empirical distribution is not "
                   "observed";
    else if (model->measure == MLE_LEBESGUE)
        return continuous(out, model, fit->diagnostics.cross_entropy, work, err);
    else
        discrete(out, model, &fit->diagnostics);
    return MLE_OK;
}
