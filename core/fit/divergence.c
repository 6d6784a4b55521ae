#include "core/fit/divergence.h"

#include "core/fit/expect.h"
#include "core/math/logs.h"
#include "core/math/special.h"

#include <float.h>
#include <math.h>
#include <string.h>

const char *mle_divergence_method_word(enum mle_divergence_method method)
{
    static const char *const words[] = {
#define MLE_DIVERGENCE_WORD(name, word) word,
        MLE_DIVERGENCE_METHOD_MAP(MLE_DIVERGENCE_WORD)
#undef MLE_DIVERGENCE_WORD
    };
    return words[method];
}

static void absent(struct mle_divergence *d, const char *name, const char *why)
{
    if (d->n_absent < MLE_DIVERGENCE_ABSENT)
        d->absent[d->n_absent++] = (struct mle_absence){ name, why };
}

/* What rounding makes of a formula of that value. */
static double rounding(double value)
{
    return isfinite(value) ? 32 * DBL_EPSILON * (1 + fabs(value)) : 0;
}

static bool is_density(const struct mle_law *law)
{
    return law->family && law->family->measure == MLE_LEBESGUE;
}

/* --- what can be compared -----------------------------------------------------------------------
 */

static enum mle_status incomparable(const char *why, struct mle_error *err)
{
    mle_fail(err, MLE_INCOMPARABLE, "%s", why);
    mle_fault_at(err, "/q", "incomparable", "%s", why);
    return MLE_INCOMPARABLE;
}

static enum mle_status check_pair(const struct mle_law *p, const struct mle_law *q,
                                  struct mle_error *err)
{
    if (is_density(p) != is_density(q) && !(p->empirical && is_density(q)))
        return incomparable("one side is a density and the other a mass function: they have no "
                            "common base measure",
                            err);
    if (p->labels != q->labels)
        return incomparable("one side has labels and the other numbers", err);
    bool both = p->family && q->family;
    if (both && p->family->circular != q->family->circular)
        return incomparable("one side is a distribution of angles and the other one of numbers",
                            err);
    return MLE_OK;
}

/* --- logarithms of the sides --------------------------------------------------------------------
 */

/* Index of y among the values of a law, n if it is none of them. */
static size_t find_value(const struct mle_law *law, double y)
{
    size_t low = 0, high = law->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (law->y[middle] < y)
            low = middle + 1;
        else
            high = middle;
    }
    return low < law->n && law->y[low] == y ? low : law->n;
}

static double log_of(const struct mle_law *law, double y)
{
    if (law->family)
        return mle_log_density(law->family, law->theta, law->trials, y);
    size_t i = find_value(law, y);
    return i < law->n ? log(law->p[i]) : -MLE_INFINITY;
}

static double surprise_at(const void *ctx, double y)
{
    return -log_of(ctx, y);
}

struct pair {
    const struct mle_law *p, *q;
};

static double log_ratio_at(const void *ctx, double y)
{
    const struct pair *pair = ctx;
    return log_of(pair->p, y) - log_of(pair->q, y);
}

/* --- support ------------------------------------------------------------------------------------
 */

/* Where the support of a family at theta ends. */
static double end_of(const struct mle_law *law, bool upper)
{
    const struct mle_support *support = &law->family->support;
    if (support->depends)
        return mle_quantile(law->family, 0, law->theta, law->trials,
                            (struct mle_tail){ upper, false });
    if (upper && support->needs_trials)
        return law->trials;
    return upper ? support->upper : support->lower;
}

/* Whether a density has mass where the other one ends. */
static bool density_misses(const struct mle_law *p, const struct mle_law *q)
{
    for (int upper = 0; upper < 2 && !p->family->circular; upper++) {
        double end = end_of(q, upper);
        double own = end_of(p, upper);
        if (isfinite(end) && (upper ? own > end : own < end) &&
            p->family->cdf(end, p->theta, p->trials, (struct mle_tail){ upper, true }) >
                -MLE_INFINITY)
            return true;
    }
    return false;
}

/* The same for counts; a sample or a list of probabilities may have gaps as well. */
static bool count_misses(const struct mle_law *p, const struct mle_law *q)
{
    double low = q->family ? end_of(q, false) : q->y[0];
    double high = q->family ? end_of(q, true) : q->y[q->n - 1];
    if (log_of(p, ceil(low) - 1) > -MLE_INFINITY || log_of(p, floor(high) + 1) > -MLE_INFINITY)
        return true;
    for (size_t i = 0; !q->family && i + 1 < q->n; i++) {
        double next = floor(q->y[i]) + 1; /* the first integer of a gap stands for all of it */
        if (next < q->y[i + 1] && log_of(p, next) > -MLE_INFINITY)
            return true;
    }
    return false;
}

/* --- p is a family ------------------------------------------------------------------------------
 */

static enum mle_status entropy_of_family(const struct mle_law *p, const struct mle_work *work,
                                         struct mle_divergence *out, struct mle_error *err)
{
    bool density = is_density(p);
    out->method = density ? MLE_BY_CLOSED_FORM : MLE_BY_EXACT_SUM;
    if (p->family->entropy) {
        out->entropy = p->family->entropy(p->theta, p->trials);
        out->absolute_error = rounding(out->entropy);
    }
    if (!isnan(out->entropy))
        return MLE_OK;
    struct mle_expectation e;
    struct mle_integrand h = { surprise_at, p };
    MLE_TRY(mle_expect(p->family, p->theta, p->trials, &h, MLE_NAN, work->stop, &e, err));
    out->entropy = e.value;
    out->absolute_error = e.error;
    out->method = density ? MLE_BY_QUADRATURE : MLE_BY_EXACT_SUM;
    return MLE_OK;
}

/* A density is the same whatever p is: its cross-entropy needs no integral. */
static double constant_density(const struct mle_law *q)
{
    bool uniform = q->family && strcmp(q->family->name, "uniform") == 0;
    return uniform ? log(q->theta[1] - q->theta[0]) : MLE_NAN;
}

/* Where log q has a corner, so that the integral must be cut there: |y - mu|. */
static double corner_of(const struct mle_law *q)
{
    return q->family && strcmp(q->family->name, "laplace") == 0 ? q->theta[0] : MLE_NAN;
}

/* Counts: KL is summed too, for the difference of two sums would lose its digits. */
static enum mle_status sum_counts(const struct mle_law *p, const struct mle_law *q,
                                  const struct mle_work *work, struct mle_divergence *out,
                                  struct mle_error *err)
{
    struct pair pair = { p, q };
    struct mle_integrand cross = { surprise_at, q }, ratio = { log_ratio_at, &pair };
    struct mle_expectation c, k;
    MLE_TRY(mle_expect(p->family, p->theta, p->trials, &cross, MLE_NAN, work->stop, &c, err));
    MLE_TRY(mle_expect(p->family, p->theta, p->trials, &ratio, MLE_NAN, work->stop, &k, err));
    out->method = MLE_BY_EXACT_SUM;
    out->cross_entropy = c.value;
    out->kl = k.value;
    out->absolute_error = fmax(out->absolute_error, fmax(c.error, k.error));
    return MLE_OK;
}

static enum mle_status integrate(const struct mle_law *p, const struct mle_law *q,
                                 const struct mle_work *work, struct mle_divergence *out,
                                 struct mle_error *err)
{
    struct mle_integrand cross = { surprise_at, q };
    struct mle_expectation c;
    MLE_TRY(mle_expect(p->family, p->theta, p->trials, &cross, corner_of(q), work->stop, &c, err));
    out->method = MLE_BY_QUADRATURE;
    out->cross_entropy = c.value;
    out->kl = c.value - out->entropy;
    out->absolute_error += c.error;
    return MLE_OK;
}

static enum mle_status from_family(const struct mle_law *p, const struct mle_law *q,
                                   const struct mle_work *work, struct mle_divergence *out,
                                   struct mle_error *err)
{
    MLE_TRY(entropy_of_family(p, work, out, err));
    if (!q)
        return MLE_OK;
    double kl = q->family ? mle_divergence_closed(p, q) : MLE_NAN;
    bool density = is_density(p);
    if (isnan(kl) && (density ? density_misses(p, q) : count_misses(p, q)))
        kl = MLE_INFINITY;
    double cross = kl + out->entropy;
    if (isnan(kl) && density)
        kl = (cross = constant_density(q)) - out->entropy;
    if (isnan(kl))
        return density ? integrate(p, q, work, out, err) : sum_counts(p, q, work, out, err);
    out->method = MLE_BY_CLOSED_FORM;
    out->kl = kl;
    out->cross_entropy = isinf(kl) ? kl : cross;
    out->absolute_error += rounding(kl);
    return MLE_OK;
}

/* --- p is a list of values ----------------------------------------------------------------------
 */

/* Both are lists: sum of p log(p / q) + q - p over the values of either, every term of which is >=
 * 0.
 */
static double kl_of_lists(const struct mle_law *p, const struct mle_law *q)
{
    double kl = 0;
    for (size_t i = 0, j = 0; i < p->n || j < q->n;) {
        bool in_p = i < p->n && (j == q->n || p->y[i] <= q->y[j]);
        bool in_q = j < q->n && (i == p->n || q->y[j] <= p->y[i]);
        kl += mle_deviance(in_p ? p->p[i] : 0, in_q ? q->p[j] : 0);
        i += in_p;
        j += in_q;
    }
    return kl;
}

static enum mle_status from_list(const struct mle_law *p, const struct mle_law *q,
                                 const struct mle_work *work, struct mle_divergence *out,
                                 struct mle_error *err)
{
    double entropy = 0, cross = 0, kl = 0, size = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (i % 4096 == 0 && mle_stop_check(work->stop) != MLE_STOP_NONE)
            return mle_stop_fail(work->stop, err);
        if (p->p[i] == 0)
            continue;
        double log_p = log(p->p[i]), log_q = q ? log_of(q, p->y[i]) : 0;
        entropy -= p->p[i] * log_p;
        cross -= p->p[i] * log_q;
        kl += p->p[i] * (log_p - log_q);
        size += p->p[i] * (1 + fabs(log_p) + (isinf(log_q) ? 0 : fabs(log_q)));
    }
    out->method = MLE_BY_EXACT_SUM;
    out->absolute_error = 8 * DBL_EPSILON * size;
    if (!q || !is_density(q))
        out->entropy = entropy;
    if (!q)
        return MLE_OK;
    out->cross_entropy = cross;
    if (!is_density(q))
        out->kl = q->family ? kl : kl_of_lists(p, q);
    return MLE_OK;
}

/* --- the answer ---------------------------------------------------------------------------------
 */

/* Why a number is not there. */
static void explain(const struct mle_law *p, const struct mle_law *q, struct mle_divergence *d)
{
    static const char unsettled[] = "the integral or sum did not come to rest within 1e-8: the "
                                    "tails are too heavy, too long or "
                                    "too close to the ends of what a double can hold";
    bool atoms = q && !p->family && is_density(q);
    if (isnan(d->entropy))
        absent(d, "entropy",
               atoms ? "a sample is a sum of atoms: its entropy is not defined against a density"
                     : unsettled);
    if (isnan(d->cross_entropy))
        absent(d, "cross_entropy", q ? unsettled : "there is no q");
    if (isnan(d->kl))
        absent(d, "kl",
               atoms ? "a sample is a sum of atoms: its KL divergence from a density is not defined"
               : q   ? unsettled
                     : "there is no q");
    if (isnan(d->perplexity))
        absent(d, "perplexity", q ? "the cross-entropy is absent" : "there is no q");
}

enum mle_status mle_divergence(const struct mle_law *p, const struct mle_law *q,
                               const struct mle_work *work, struct mle_divergence *out,
                               struct mle_error *err)
{
    struct mle_divergence d = { .entropy = MLE_NAN, .cross_entropy = MLE_NAN, .kl = MLE_NAN };
    if (q)
        MLE_TRY(check_pair(p, q, err));
    MLE_TRY(p->family ? from_family(p, q, work, &d, err) : from_list(p, q, work, &d, err));
    if (d.kl <= 0 && d.kl > -fmax(d.absolute_error, rounding(d.entropy)))
        d.kl = 0; /* rounding: KL >= 0 */
    d.perplexity = exp(d.cross_entropy);
    explain(p, q, &d);
    if (!isfinite(d.absolute_error))
        d.absolute_error = MLE_NAN;
    *out = d;
    return MLE_OK;
}
