#include "core/fit/expect.h"

#include "core/math/logs.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define SETTLED 1e-8 /* relative to max(1, |value|): more than that is no answer */

static enum mle_status finish(double value, double error, struct mle_expectation *out)
{
    bool settled = isinf(value) || error <= SETTLED * fmax(1, fabs(value));
    *out = (struct mle_expectation){ settled ? value : MLE_NAN, isinf(value) ? 0 : error };
    return MLE_OK;
}

/* --- counts -------------------------------------------------------------------------------------
 */

struct count_sum {
    const struct mle_family *family;
    const double *theta;
    double trials;
    const struct mle_integrand *h;
    struct mle_stop *stop;
    size_t terms;
    double sum, low_bits; /* compensated (Neumaier 1974) */
    double size;          /* sum of |terms| */
    double rest;          /* what lies beyond the ends */
    bool infinite;
};

static void add(struct count_sum *s, double term)
{
    double total = s->sum + term;
    s->low_bits += fabs(s->sum) >= fabs(term) ? (s->sum - total) + term : (term - total) + s->sum;
    s->sum = total;
    s->size += fabs(term);
}

/* Whether next to nothing lies beyond y: a second mode may follow a gap (inflated zeros). */
static bool is_end(const struct count_sum *s, double y, bool upper)
{
    return s->family->cdf(upper ? y : y - 1, s->theta, s->trials,
                          (struct mle_tail){ upper, false }) < 1e-12;
}

/* The terms at y, y + step, ... up to end. What is left behind a term is the geometric series of
   the last ratio; of tails heavier than that nothing ends but the number of terms. False: too many,
   or stopped. */
static bool walk(struct count_sum *s, double y, double step, double end)
{
    double before = MLE_NAN; /* no ratio yet */
    for (; step > 0 ? y <= end : y >= end; y += step) {
        if (++s->terms > MLE_MAX_TERMS)
            return false;
        if (s->terms % 1024 == 0 && mle_stop_check(s->stop) != MLE_STOP_NONE)
            return false;
        double log_f = mle_log_density(s->family, s->theta, s->trials, y);
        double h = isinf(log_f) ? 0 : s->h->at(s->h->ctx, y), f = exp(log_f);
        if (isinf(h) && h > 0) {
            s->infinite = true;
            return true;
        }
        add(s, f * h);
        double mass = f * (1 + fabs(h)), ratio = mass / before;
        before = mass;
        double rest = mass > 0 ? mass * ratio / (1 - ratio) : 0;
        bool falls = mass == 0 || ratio < 1;
        if (falls && rest <= 1e-18 * s->size && is_end(s, y, step > 0)) {
            s->rest += rest;
            return true;
        }
    }
    return true;
}

static enum mle_status expect_count(const struct mle_family *family, const double theta[],
                                    double trials, const struct mle_integrand *h,
                                    struct mle_stop *stop, struct mle_expectation *out,
                                    struct mle_error *err)
{
    const struct mle_support *support = &family->support;
    double end = support->needs_trials ? trials : support->upper;
    double middle = mle_quantile(family, 0.5, theta, trials, (struct mle_tail){ false, false });
    struct count_sum s = {
        .family = family, .theta = theta, .trials = trials, .h = h, .stop = stop
    };
    if (!isfinite(middle))
        return finish(MLE_NAN, MLE_INFINITY, out);
    bool whole = walk(&s, middle, 1, end);
    whole = whole && (s.infinite || walk(&s, middle - 1, -1, support->lower));
    if (mle_stop_check(stop) != MLE_STOP_NONE)
        return mle_stop_fail(stop, err);
    if (s.infinite)
        return finish(MLE_INFINITY, 0, out);
    return finish(s.sum + s.low_bits, whole ? 8 * DBL_EPSILON * s.size + s.rest : MLE_INFINITY,
                  out);
}

/* --- densities: one tail ------------------------------------------------------------------------
 */

/* t from FROM to TO: x from e^-41 to e^12. */
#define FROM (-3.75)
#define TO   12.0
enum { FIRST_STEPS = 4, LEVELS = 7 }; /* steps to a unit of t; they double at every level */

struct tail_integral {
    const struct mle_family *family;
    const double *theta;
    double trials;
    const struct mle_integrand *h;
    bool upper;
    double log_whole; /* log probability of this side of the cut */
    double last;      /* t up to which there are points */
    double rest;      /* bound of what lies beyond */
    double sum, size; /* of the terms, and of their absolute values, for step 1 */
    bool infinite, undecided;
};

struct tail_point {
    double L, y, h, term; /* -log probability beyond y; h(y); h e^-L dL/dt */
};

/* e^-L h dL/dt without under- or overflow on the way. */
static double term_of(double log_mass, double h, double slope)
{
    if (h == 0)
        return 0;
    return copysign(exp(log_mass + log(fabs(h)) + log(slope)), h);
}

static struct tail_point point_at(const struct tail_integral *tail, double t)
{
    double e = exp(-t), x = exp(t - e);
    struct tail_point p = { .L = x - tail->log_whole };
    p.y = mle_quantile(tail->family, -p.L, tail->theta, tail->trials,
                       (struct mle_tail){ tail->upper, true });
    p.h = isfinite(p.y) ? tail->h->at(tail->h->ctx, p.y) : MLE_NAN;
    p.term = term_of(-p.L, p.h, x * (1 + e));
    return p;
}

/* How fast log |h| grows with L between two points. */
static double growth(const struct tail_point *a, const struct tail_point *b)
{
    double slope = (log(fabs(b->h)) - log(fabs(a->h))) / (b->L - a->L);
    return isfinite(slope) ? slope : 0;
}

static double log_probability(const struct tail_integral *tail, double y)
{
    return tail->family->cdf(y, tail->theta, tail->trials, (struct mle_tail){ tail->upper, true });
}

/* Whether the quantile is one: searches give up in tails far below what doubles hold. */
static bool is_quantile(const struct tail_integral *tail, const struct tail_point *p)
{
    return fabs(log_probability(tail, p->y) + p->L) <= 1e-3 * (1 + p->L);
}

/* Walks outwards over the coarse points: where the end is, how the integrand grows there, and what
   is beyond. A regularly varying tail has a growth that has settled; one that still falls at the
   end of what doubles can hold is not known. */
static void look_ahead(struct tail_integral *tail)
{
    struct tail_point seen[3] = { { 0 } };
    size_t n = 0;
    for (double t = FROM; t <= TO; t += 1.0 / FIRST_STEPS) {
        struct tail_point p = point_at(tail, t);
        if (!isfinite(p.h) || !is_quantile(tail, &p))
            break; /* doubles end here, or the support does */
        seen[0] = seen[1];
        seen[1] = seen[2];
        seen[2] = p;
        n++;
        tail->last = t;
    }
    if (n < 3) {
        tail->rest = MLE_INFINITY;
        return;
    }
    double before = growth(&seen[0], &seen[1]), now = growth(&seen[1], &seen[2]);
    tail->infinite = now >= 1 - 1e-9 && now >= before - 1e-6 && seen[2].h > 0;
    tail->undecided = now >= 1 - 1e-9 && !tail->infinite;
    tail->rest = now < 1 ? fabs(term_of(-seen[2].L, seen[2].h, 1)) / (1 - fmax(now, 0)) : 0;
}

/* ADDS the points at FROM + (first, first + stride, ...) / steps. */
static void add_points(struct tail_integral *tail, int steps, int first, int stride)
{
    for (int k = first; FROM + (double)k / steps <= tail->last; k += stride) {
        struct tail_point p = point_at(tail, FROM + (double)k / steps);
        if (isnan(p.term))
            continue; /* between the last points that exist */
        tail->sum += p.term;
        tail->size += fabs(p.term);
    }
}

/* --- densities ----------------------------------------------------------------------------------
 */

static enum mle_status refine(struct tail_integral side[2], struct mle_stop *stop,
                              struct mle_expectation *out, struct mle_error *err)
{
    double before = MLE_NAN, value = MLE_NAN, change = MLE_INFINITY, size = 0;
    int steps = FIRST_STEPS;
    for (int level = 0; level < LEVELS; level++, steps *= 2) {
        for (int i = 0; i < 2; i++)
            add_points(&side[i], steps, level > 0, level > 0 ? 2 : 1);
        if (mle_stop_check(stop) != MLE_STOP_NONE)
            return mle_stop_fail(stop, err);
        value = (side[0].sum + side[1].sum) / steps;
        size = (side[0].size + side[1].size) / steps;
        change = fabs(value - before);
        before = value;
        if (change <= 4e-14 * fmax(1e-300, size))
            break;
    }
    double rest = side[0].rest + side[1].rest;
    return finish(value, change + 16 * DBL_EPSILON * size + rest, out);
}

static enum mle_status expect_density(const struct mle_family *family, const double theta[],
                                      double trials, const struct mle_integrand *h, double corner,
                                      struct mle_stop *stop, struct mle_expectation *out,
                                      struct mle_error *err)
{
    struct tail_integral side[2];
    double cut = corner;
    if (isnan(cut))
        cut = mle_quantile(family, 0.5, theta, trials, (struct mle_tail){ false, false });
    for (int i = 0; i < 2; i++) {
        side[i] = (struct tail_integral){
            .family = family, .theta = theta, .trials = trials, .h = h, .upper = i == 1
        };
        side[i].log_whole = log_probability(&side[i], cut);
        if (side[i].log_whole < -700) { /* nothing on this side of the corner */
            side[i].last = FROM - 1;
            continue;
        }
        look_ahead(&side[i]);
        if (mle_stop_check(stop) != MLE_STOP_NONE)
            return mle_stop_fail(stop, err);
    }
    if (side[0].undecided || side[1].undecided)
        return finish(MLE_NAN, MLE_INFINITY, out);
    if (side[0].infinite || side[1].infinite)
        return finish(MLE_INFINITY, 0, out);
    return refine(side, stop, out, err);
}

enum mle_status mle_expect(const struct mle_family *family, const double theta[], double trials,
                           const struct mle_integrand *h, double corner, struct mle_stop *stop,
                           struct mle_expectation *out, struct mle_error *err)
{
    if (family->measure == MLE_COUNTING)
        return expect_count(family, theta, trials, h, stop, out, err);
    return expect_density(family, theta, trials, h, corner, stop, out, err);
}
