/* Existence where rows are intervals. What decides is whether one value is compatible with every
   row: then a distribution that collapses onto it explains the data perfectly, and if the family
   can collapse the maximum is not inside.

   A family can collapse if its own rule says so of a sample of equal values. */
#include "core/base/shortest.h"
#include "core/model/family_model.h"

#include <math.h>

struct compatible {
    double lower, upper;       /* values that every row allows */
    size_t exact, right, left; /* rows that are values, that have no upper (lower) end */
};

static struct compatible look(const struct mle_model *model)
{
    const struct mle_frame *frame = &model->frame;
    const struct mle_support *s = &model->family->support;
    struct compatible c = { -INFINITY, INFINITY, 0, 0, 0 };
    for (size_t i = 0; i < frame->n; i++) {
        c.lower = fmax(c.lower, frame->y[i]);
        c.upper = fmin(c.upper, frame->upper[i]);
        c.exact += frame->y[i] == frame->upper[i];
        c.right += frame->upper[i] >= s->upper;
        c.left += frame->y[i] <= s->lower;
    }
    return c;
}

/* The family's verdict on a sample that consists of the value y alone. */
static void collapse(const struct mle_model *model, double y, struct mle_existence *x)
{
    struct mle_evidence e = model->evidence;
    double values[2] = { y, y }, stat[MLE_MAX_STAT];
    e.n = 2;
    e.weight_sum = 2;
    e.min = e.max = y;
    e.obs = (struct mle_obs){ 2, values, { e.obs.trials.at, 0 } };
    e.w = NULL;
    e.tabulated = false;
    if (model->family->sufficient)
        model->family->sufficient->tile(&e.obs, NULL, stat);
    e.stat = model->family->sufficient ? stat : NULL;
    model->family->exists(&e, x);
}

static void no_information(const struct mle_model *model, bool right, struct mle_existence *x)
{
    const char *side = right ? "right" : "left";
    for (size_t j = 0; j < model->n_theta; j++)
        x->theta[j] = NAN;
    mle_settle(x, MLE_VERDICT_NO_INFORMATION, MLE_CERTIFICATE_FLAT_SET,
               "every row is %s-censored: a distribution far enough to the %s has likelihood 1, "
               "whatever its other parameters are",
               side, side);
    x->supremum = 0;
}

/* The exponential has nothing but its rate, which goes to 0. */
static void rate_zero(struct mle_existence *x)
{
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
               "every row is right-censored: the likelihood exp(-rate t) has its supremum 1 at "
               "rate = 0");
    x->supremum = 0;
    x->theta[0] = 0;
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->limit_param = "rate";
}

void mle_censored_exists(const struct mle_model *model, struct mle_existence *x)
{
    const struct mle_support *s = &model->family->support;
    struct compatible c = look(model);
    size_t n = model->frame.n;
    bool scale_only =
        model->family->n_param == 1 && model->family->param[0].action == MLE_ACT_INVERSE_SCALE;
    if (c.right == n && c.exact == 0 && c.lower > s->lower && !isfinite(s->upper)) {
        if (scale_only)
            rate_zero(x);
        else
            no_information(model, true, x);
        return;
    }
    if (c.lower > c.upper)
        return; /* no value explains every row */
    double y = isfinite(c.lower) ? (isfinite(c.upper) ? c.lower + (c.upper - c.lower) / 2 : c.lower)
                                 : c.upper;
    if (!isfinite(y))
        return;
    collapse(model, y, x);
    if (x->verdict != MLE_VERDICT_UNBOUNDED) {
        mle_existence_reset(x);
        return;
    }
    if (c.exact > 0) {
        mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
                   "every exact row is %s and no other row excludes that value: the density at it "
                   "grows without limit as the distribution collapses onto it",
                   mle_show(y, (char[32]){ 0 }));
        return;
    }
    x->collapses = NULL;
    if (c.left == n) {
        no_information(model, false, x);
        return;
    }
    mle_settle(
        x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_POINT_MASS,
        "one value, for instance %s, lies in every interval: the likelihood has its supremum "
        "1 where the distribution collapses onto it",
        mle_show(y, (char[32]){ 0 }));
    x->supremum = 0;
    x->maximum = MLE_MAXIMUM_GLOBAL;
    for (size_t j = 0; j < model->n_theta; j++)
        x->theta[j] = NAN;
}
