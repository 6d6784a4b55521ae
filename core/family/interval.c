#include "core/family/interval.h"

#include "core/math/logs.h"

#include <string.h>

enum { NODES = 128, MAX_COUNTS = 1 << 20, MAX_OUT = 1 + MLE_MAX_PARAM + MLE_MAX_HESS };

static const double negligible = 41; /* nats: e^-41 is below the rounding of a double */
static const double log_half = -MLE_LN2;

/* Sums over nodes of probability mass, in units of e^unit; scores are measured from s0, so that a
   covariance is no difference of large numbers. */
struct expectation {
    const struct mle_family *family;
    const double *theta;
    double trials;
    bool derivatives, begun;
    double unit, s0[MLE_MAX_PARAM];
    double mass, score[MLE_MAX_PARAM], curve[MLE_MAX_HESS];
};

/* Adds n <= NODES values y with weights e^log_weight. */
static void add_nodes(struct expectation *e, size_t n, const double y[], const double log_weight[])
{
    double out[MAX_OUT * NODES];
    struct mle_view view[MLE_MAX_PARAM];
    unsigned k = e->family->n_param;
    struct mle_obs obs = { n, y, { &e->trials, 0 } };
    const double *ll = out, *grad = out + n, *hess = out + (1 + k) * n;
    for (unsigned j = 0; j < k; j++)
        view[j] = (struct mle_view){ &e->theta[j], 0 };
    e->family->rows(&obs, view, out, e->derivatives ? out + n : NULL,
                    e->derivatives ? out + (1 + k) * n : NULL);
    for (size_t i = 0; i < n; i++) {
        double log_mass = ll[i] + log_weight[i];
        if (!(log_mass > -INFINITY))
            continue;
        if (!e->begun) {
            e->begun = true;
            e->unit = log_mass;
            for (unsigned j = 0; j < k && e->derivatives; j++)
                e->s0[j] = grad[j * n + i];
        }
        double mass = exp(log_mass - e->unit);
        if (mass == 0)
            continue;
        e->mass += mass;
        for (unsigned j = 0; j < k && e->derivatives; j++) {
            double s = grad[j * n + i] - e->s0[j];
            e->score[j] += mass * s;
            for (unsigned l = 0; l <= j; l++)
                e->curve[MLE_HESS(j, l)] +=
                    mass * (hess[MLE_HESS(j, l) * n + i] + s * (grad[l * n + i] - e->s0[l]));
        }
    }
}

/* --- densities: tanh-sinh quadrature of f over [a, b]
   --------------------------------------------- y = a + (b - a) / (1 + e^-2s), s = pi/2 sinh t:
   nodes crowd at both ends without bound, so that neither a singularity at an edge nor a mass that
   sits close to one is missed. Ref: Takahasi & Mori (1974). */

/* Adds the nodes t = k h; only odd k if odd. */
static void add_level(struct expectation *e, double a, double b, double h, bool odd)
{
    double y[NODES], log_weight[NODES], width = b - a;
    size_t n = 0;
    int last = (int)(6.0 / h);
    for (int turn = odd ? 1 : 0; turn <= last; turn += odd ? 2 : 1)
        for (int sign = 1; sign >= (turn == 0 ? 1 : -1); sign -= 2) {
            double t = turn * h, s = MLE_PI_2 * sinh(t), p = mle_expit(-2 * s);
            y[n] = sign > 0 ? b - width * p : a + width * p;
            log_weight[n] =
                log(width) + log(2 * MLE_PI_2 * cosh(t)) + log(h) + log(p) - mle_log1pexp(-2 * s);
            bool inside = y[n] > a && y[n] < b;
            n += inside;
            if (n == NODES) {
                add_nodes(e, n, y, log_weight);
                n = 0;
            }
        }
    if (n > 0)
        add_nodes(e, n, y, log_weight);
}

static bool at_rest(const struct expectation *now, const struct expectation *before)
{
    double scale = 0;
    for (unsigned j = 0; j < now->family->n_param && now->derivatives; j++) {
        double move = now->score[j] / now->mass - before->score[j] / before->mass;
        scale = fmax(scale, fabs(move) / (1e-300 + fabs(now->s0[j] + now->score[j] / now->mass) +
                                          sqrt(fabs(now->curve[MLE_HESS(j, j)] / now->mass))));
    }
    return fabs(now->mass - before->mass) <= 1e-12 * now->mass && scale <= 1e-10;
}

static void scale(struct expectation *e, double factor)
{
    unsigned k = e->family->n_param;
    e->mass *= factor;
    for (unsigned j = 0; j < k; j++)
        e->score[j] *= factor;
    for (unsigned j = 0; j < k * (k + 1) / 2; j++)
        e->curve[j] *= factor;
}

/* SETS e to the integrals over [a, b]: halving the step halves what was there and adds the nodes
   between. */
static void integrate(struct expectation *e, double a, double b)
{
    double h = 0.125;
    add_level(e, a, b, h, false);
    for (int level = 0; level < 5; level++) {
        struct expectation before = *e;
        scale(e, 0.5);
        h /= 2;
        add_level(e, a, b, h, true);
        if (at_rest(e, &before))
            return;
    }
}

/* Adds what `part` has to e, in e's units. */
static void join(struct expectation *e, const struct expectation *part)
{
    unsigned k = e->family->n_param;
    if (part->mass == 0)
        return;
    if (e->mass == 0) {
        *e = *part;
        return;
    }
    double factor = exp(part->unit - e->unit), shift[MLE_MAX_PARAM];
    for (unsigned j = 0; j < k; j++)
        shift[j] = part->s0[j] - e->s0[j];
    for (unsigned j = 0; j < k; j++)
        for (unsigned l = 0; l <= j; l++)
            e->curve[MLE_HESS(j, l)] +=
                factor * (part->curve[MLE_HESS(j, l)] + shift[j] * part->score[l] +
                          shift[l] * part->score[j] + shift[j] * shift[l] * part->mass);
    for (unsigned j = 0; j < k; j++)
        e->score[j] += factor * (part->score[j] + shift[j] * part->mass);
    e->mass += factor * part->mass;
}

/* --- counts ---------------------------------------------------------------------------------- */

static void add_counts(struct expectation *e, double a, double b)
{
    double y[NODES], log_weight[NODES] = { 0 };
    if (!(b - a < MAX_COUNTS) || !(fabs(b) < 0x1p53) || !(fabs(a) < 0x1p53)) {
        e->mass = NAN; /* too many to add up: no derivatives rather than an endless answer */
        return;
    }
    for (double from = a; from <= b; from += NODES) {
        size_t n = 0;
        for (double value = from; value <= b && n < NODES; value++)
            y[n++] = value;
        add_nodes(e, n, y, log_weight);
    }
}

/* --- the interval ------------------------------------------------------------------------------
 */

struct interval {
    const struct mle_family *family;
    const double *theta;
    double trials;
    double lower, upper;     /* inside the support */
    bool below, above;       /* something of the support lies below, above */
    double log_up, log_down; /* log P(Y >= lower), log P(Y <= upper) */
};

static double log_tail(const struct interval *x, double y, bool upper)
{
    /* P(Y >= y) of counts is P(Y > y - 1) */
    double at = upper && x->family->measure == MLE_COUNTING ? ceil(y) - 1 : y;
    return x->family->cdf(at, x->theta, x->trials, (struct mle_tail){ upper, true });
}

static double log_quantile(const struct interval *x, double log_p, bool upper)
{
    return mle_quantile(x->family, log_p, x->theta, x->trials, (struct mle_tail){ upper, true });
}

/* The part of the interval that holds all its probability but e^-41. */
static void narrow(const struct interval *x, double *a, double *b)
{
    *a = x->lower;
    *b = x->upper;
    bool high = x->below && x->log_up < log_half, low = x->above && x->log_down < log_half;
    if (!low) {
        double end = log_quantile(x, (high ? x->log_up : 0) - negligible, true);
        *b = end > *a ? fmin(*b, end) : *b;
    }
    if (!high) {
        double end = log_quantile(x, (low ? x->log_down : 0) - negligible, false);
        *a = end < *b ? fmax(*a, end) : *a;
    }
}

static void expect(const struct interval *x, struct expectation *e)
{
    double a, b, median = log_quantile(x, log_half, false);
    narrow(x, &a, &b);
    if (x->family->measure == MLE_COUNTING) {
        add_counts(e, ceil(a), floor(b));
        return;
    }
    if (!(median > a && median < b)) {
        integrate(e, a, b);
        return;
    }
    struct expectation part = *e;
    integrate(e, a, median);
    integrate(&part, median, b);
    join(e, &part);
}

static void by_expectation(const struct interval *x, double *log_p, double grad[], double hess[])
{
    struct expectation e = {
        .family = x->family, .theta = x->theta, .trials = x->trials, .derivatives = grad != NULL
    };
    unsigned k = x->family->n_param;
    bool one_sided = !x->below || !x->above;
    *log_p = !x->below && !x->above ? 0 : x->below ? x->log_up : x->log_down;
    if (one_sided && !grad)
        return;
    expect(x, &e);
    if (!one_sided)
        *log_p = e.mass > 0 ? e.unit + log(e.mass) : -INFINITY;
    for (unsigned j = 0; grad && j < k; j++) {
        double mean = e.score[j] / e.mass;
        grad[j] = e.s0[j] + mean;
        for (unsigned l = 0; hess && l <= j; l++)
            hess[MLE_HESS(j, l)] = e.curve[MLE_HESS(j, l)] / e.mass - mean * (e.score[l] / e.mass);
    }
}

/* --- families with elementary tails ------------------------------------------------------------
 */

struct tail {
    double log_p, grad[MLE_MAX_PARAM], hess[MLE_MAX_HESS];
};

static void ask_tail(const struct interval *x, double y, bool upper, bool derivatives,
                     struct tail *t)
{
    double at = upper && x->family->measure == MLE_COUNTING ? ceil(y) - 1 : y;
    x->family->tail(at, x->theta, x->trials, upper, &t->log_p, derivatives ? t->grad : NULL,
                    derivatives ? t->hess : NULL);
}

/* log(e^A - e^B) from two tails, B the smaller one. False when they are so close, their ratio above
   limit, that the difference would lose digits. */
static bool subtract(const struct tail *a, const struct tail *b, double limit, unsigned k,
                     double *log_p, double grad[], double hess[])
{
    double r = exp(b->log_p - a->log_p);
    if (!(r < limit))
        return false;
    *log_p = a->log_p + log1p(-r);
    for (unsigned j = 0; grad && j < k; j++)
        grad[j] = (a->grad[j] - (r > 0 ? r * b->grad[j] : 0)) / (1 - r);
    for (unsigned j = 0; hess && j < k; j++)
        for (unsigned l = 0; l <= j; l++) {
            unsigned at = MLE_HESS(j, l);
            double of_b = r > 0 ? r * (b->hess[at] + b->grad[j] * b->grad[l]) : 0;
            hess[at] = (a->hess[at] + a->grad[j] * a->grad[l] - of_b) / (1 - r) - grad[j] * grad[l];
        }
    return true;
}

static bool by_tails(const struct interval *x, double *log_p, double grad[], double hess[])
{
    struct tail a = { 0 }, b = { 0 };
    unsigned k = x->family->n_param;
    bool derivatives = grad != NULL;
    if (!x->family->tail)
        return false;
    if (!x->below || !x->above) {
        ask_tail(x, x->below ? x->lower : x->upper, x->below, derivatives, &a);
        *log_p = a.log_p;
        if (derivatives)
            memcpy(grad, a.grad, k * sizeof *grad);
        if (hess)
            memcpy(hess, a.hess, k * (k + 1) / 2 * sizeof *hess);
        return true;
    }
    bool upper = x->log_up < x->log_down; /* work in the smaller tail */
    double step = x->family->measure == MLE_COUNTING ? 1 : 0;
    ask_tail(x, upper ? x->lower : x->upper, upper, derivatives, &a);
    ask_tail(x, upper ? x->upper + step : x->lower - step, upper, derivatives, &b);
    /* a sum over millions of counts would take too long; then some digits may go */
    double limit = step > 0 && x->upper - x->lower > 1e6 ? 1 : 0.9;
    return subtract(&a, &b, limit, k, log_p, grad, hess);
}

static void fill(double value, unsigned k, double grad[], double hess[])
{
    for (unsigned j = 0; grad && j < k; j++)
        grad[j] = value;
    for (unsigned j = 0; hess && j < k * (k + 1) / 2; j++)
        hess[j] = value;
}

void mle_log_interval(const struct mle_family *family, double lower, double upper,
                      const double theta[], double trials, double *log_p, double grad[],
                      double hess[])
{
    const struct mle_support *s = &family->support;
    double top = s->needs_trials ? trials : s->upper;
    unsigned k = family->n_param;
    if (s->integer) {
        lower = ceil(lower);
        upper = floor(upper);
    }
    bool counts = family->measure == MLE_COUNTING;
    struct interval x = { .family = family,
                          .theta = theta,
                          .trials = trials,
                          .lower = fmax(lower, s->lower),
                          .upper = fmin(upper, top),
                          .below = lower > s->lower,
                          .above = upper < top };
    bool empty = counts ? x.lower > x.upper : !(x.lower < x.upper);
    if (empty || isnan(lower) || isnan(upper)) {
        *log_p = isnan(lower) || isnan(upper) ? NAN : -(double)INFINITY;
        fill(NAN, k, grad, hess);
        return;
    }
    x.log_up = x.below ? log_tail(&x, x.lower, true) : 0;
    x.log_down = x.above ? log_tail(&x, x.upper, false) : 0;
    bool certain = (!x.below || x.log_up == 0) && (!x.above || x.log_down == 0);
    if (certain && (!x.below || !x.above)) { /* what is left out has no weight in doubles */
        *log_p = 0;
        fill(0, k, grad, hess);
        return;
    }
    if (!by_tails(&x, log_p, grad, hess))
        by_expectation(&x, log_p, grad, hess);
    if (!(*log_p > -INFINITY))
        fill(NAN, k, grad, hess);
}
