#include "core/family/zero.h"

#include "core/family/counts.h"
#include "core/family/negative_binomial.h"
#include "core/math/logs.h"

#include <float.h>
#include <string.h>

/* --- one row ------------------------------------------------------------------------------------
 */

/* In (pi, mu, size). */
struct point {
    double ll, grad[3], hess[6];
};

/* log p from p and its complement: whichever has the digits. */
static double log_of(double p, double complement)
{
    return p < 0.5 ? log(p) : log1p(-complement);
}

/* log(pi + q e^zero), zero = log g(0): neither a small probability of 0 nor one near 1 cancels. */
static double log_zero(double pi, double q, double zero)
{
    double x = q * expm1(zero);
    return x > -0.5 ? log1p(x) : mle_log_sum_exp2(log_of(pi, q), log_of(q, pi) + zero);
}

static void inflated_zero(double pi, double q, double mu, double size, struct point *at)
{
    struct mle_nb g = mle_nb_derivatives(0, mu, size);
    double log_p = log_zero(pi, q, g.ll), inverse = exp(-log_p);
    double own = exp(log_of(q, pi) + g.ll - log_p); /* P(from g | 0) */
    double other = pi * inverse, slope = -expm1(g.ll) * inverse;
    double mixed = -exp(g.ll - log_p) * inverse;
    at->ll = log_p;
    at->grad[0] = slope;
    at->hess[MLE_HESS(0, 0)] = -slope * slope;
    for (int j = 0; j < 2; j++) {
        at->grad[1 + j] = own * g.grad[j];
        at->hess[MLE_HESS(1 + j, 0)] = mixed * g.grad[j];
        for (int i = 0; i <= j; i++)
            at->hess[MLE_HESS(1 + j, 1 + i)] =
                own * (g.hess[MLE_HESS(j, i)] + other * g.grad[j] * g.grad[i]);
    }
}

/* Zero-truncated Poisson: (y - 1) log mu - log y! - log((e^mu - 1) / mu). */
static struct mle_nb truncated_poisson(double y, double mu)
{
    struct mle_nb d = { 0 };
    double slope, curve;
    if (mu < 1) {
        d.ll = mle_xlogy(y - 1, mu) - mle_lgamma(y + 1) - mle_log_expm1_ratio(mu, &slope, &curve);
        d.grad[0] = (y > 1 ? (y - 1) / mu : 0) - slope;
        d.hess[0] = -(y > 1 ? (y - 1) / (mu * mu) : 0) - curve;
        return d;
    }
    double odds = 1 / expm1(mu);
    d.ll = mle_log_poisson(y, mu) - mle_log1mexp(-mu);
    d.grad[0] = (y - mu) / mu - odds;
    d.hess[0] = -y / mu / mu + odds * (1 + odds);
    return d;
}

/* g(y) / (1 - g(0)). */
static struct mle_nb truncated(double y, double mu, double size)
{
    if (isinf(size))
        return truncated_poisson(y, mu);
    struct mle_nb d = mle_nb_derivatives(y, mu, size), zero = mle_nb_derivatives(0, mu, size);
    double odds = 1 / expm1(-zero.ll); /* g(0) / (1 - g(0)) */
    d.ll -= mle_log1mexp(zero.ll);
    for (int j = 0; j < 2; j++) {
        d.grad[j] += odds * zero.grad[j];
        for (int i = 0; i <= j; i++)
            d.hess[MLE_HESS(j, i)] +=
                odds * zero.hess[MLE_HESS(j, i)] + odds * (1 + odds) * zero.grad[j] * zero.grad[i];
    }
    return d;
}

static void find_point(enum mle_zero_law law, double y, double pi, double q, double mu, double size,
                       struct point *at)
{
    memset(at, 0, sizeof *at);
    if (y == 0 && law == MLE_INFLATED) {
        inflated_zero(pi, q, mu, size, at);
        return;
    }
    if (y == 0) {
        at->ll = log_of(pi, q);
        at->grad[0] = 1 / pi;
        at->hess[0] = -1 / (pi * pi);
        return;
    }
    struct mle_nb g = law == MLE_HURDLE ? truncated(y, mu, size) : mle_nb_derivatives(y, mu, size);
    at->ll = log_of(q, pi) + g.ll;
    at->grad[0] = -1 / q;
    at->hess[MLE_HESS(0, 0)] = -1 / (q * q);
    for (int j = 0; j < 2; j++) {
        at->grad[1 + j] = g.grad[j];
        for (int i = 0; i <= j; i++)
            at->hess[MLE_HESS(1 + j, 1 + i)] = g.hess[MLE_HESS(j, i)];
    }
}

/* The log density alone. */
static double log_density(enum mle_zero_law law, double y, double pi, double q, double mu,
                          double size)
{
    double zero = mle_nb_log_density(0, mu, size);
    if (y == 0)
        return law == MLE_HURDLE ? log_of(pi, q) : log_zero(pi, q, zero);
    if (law == MLE_INFLATED)
        return log_of(q, pi) + mle_nb_log_density(y, mu, size);
    if (isinf(size))
        return log_of(q, pi) + truncated_poisson(y, mu).ll;
    return log_of(q, pi) + mle_nb_log_density(y, mu, size) - mle_log1mexp(zero);
}

void mle_zero_rows(enum mle_zero_law law, unsigned n_param, const struct mle_obs *obs,
                   const struct mle_view theta[], double ll[], double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double pi = mle_view_at(theta[0], i), mu = mle_view_at(theta[1], i), y = obs->y[i];
        double size = n_param > 2 ? mle_view_at(theta[2], i) : INFINITY;
        double q = obs->complement ? obs->complement[i] : 1 - pi;
        bool inside = y >= 0 && y == rint(y);
        struct point at;
        if (!inside) {
            for (int j = 0; j < 6; j++)
                at.hess[j] = at.grad[j / 2] = NAN;
            at.ll = -INFINITY;
        } else if (grad || hess) {
            find_point(law, y, pi, q, mu, size, &at);
        } else {
            at.ll = log_density(law, y, pi, q, mu, size);
        }
        ll[i] = at.ll;
        for (unsigned j = 0; grad && j < n_param; j++)
            grad[j * n + i] = at.grad[j];
        for (unsigned j = 0; hess && j < n_param * (n_param + 1) / 2; j++)
            hess[j * n + i] = at.hess[j];
    }
}

/* --- tails and moments ---------------------------------------------------------------------------
 */

double mle_zero_cdf(enum mle_zero_law law, double y, double pi, double mu, double size,
                    struct mle_tail tail)
{
    double k = floor(y), q = 1 - pi;
    if (k < 0)
        return tail.upper ? (tail.log_p ? 0 : 1) : (tail.log_p ? -INFINITY : 0);
    double zero = mle_nb_log_density(0, mu, size);
    double up = mle_nb_cdf(k, mu, size, (struct mle_tail){ true, true });
    double beyond = law == MLE_INFLATED ? 0 : mle_log1mexp(zero);
    /* at mu = 0 the truncated law is the point mass at 1 */
    double log_up =
        mu == 0 && law == MLE_HURDLE ? (k < 1 ? log1p(-pi) : -INFINITY) : log1p(-pi) + up - beyond;
    double log_p = fmin(log_up, 0);
    if (!tail.upper) {
        double low = mle_nb_cdf(k, mu, size, (struct mle_tail){ false, true });
        double rest = law == MLE_INFLATED ? low : mle_log_diff_exp(fmax(low, zero), zero) - beyond;
        log_p = log_up < -MLE_LN2 ? log1p(-exp(log_up))
                                  : mle_log_sum_exp2(log_of(pi, q), log_of(q, pi) + rest);
        log_p = fmin(log_p, 0);
    }
    return tail.log_p ? log_p : exp(log_p);
}

double mle_zero_mean(enum mle_zero_law law, double pi, double mu, double size)
{
    if (law == MLE_INFLATED)
        return (1 - pi) * mu;
    return mu == 0 ? 1 - pi : (1 - pi) * mu / -expm1(mle_nb_log_density(0, mu, size));
}

double mle_zero_quantile(enum mle_zero_law law,
                         double (*cdf)(double y, const double theta[], double trials,
                                       struct mle_tail tail),
                         double p, const double theta[], double size, struct mle_tail tail)
{
    double pi = theta[0], mu = theta[1], mean = mle_zero_mean(law, pi, mu, size);
    /* E Y^2 of g, and what the law makes of it */
    double square = mu + mu * mu * (1 + 1 / size);
    double variance = mu > 0 ? mean / mu * square - mean * mean : 0;
    struct mle_count_search search = {
        .cdf = cdf,
        .theta = theta,
        .trials = NAN,
        .upper = INFINITY,
        .mean = mean,
        .sd = sqrt(fmax(variance, 0)),
    };
    return mle_count_quantile(&search, p, tail);
}

/* --- evidence ------------------------------------------------------------------------------------
 */

struct mle_zero_counts mle_zero_count(const struct mle_evidence *e)
{
    struct mle_zero_counts c = { 0 };
    for (size_t i = 0; i < e->obs.n; i++) {
        double w = e->w ? e->w[i] : 1, y = e->obs.y[i];
        *(y == 0 ? &c.zeros : &c.positives) += w;
        c.sum += w * y;
        c.beyond += y > 1 ? w * (y - 1) : 0;
    }
    c.weight = c.zeros + c.positives;
    return c;
}

double mle_zero_loglik(enum mle_zero_law law, const struct mle_evidence *e, double pi, double mu,
                       double size)
{
    double sum = 0;
    for (size_t i = 0; i < e->obs.n; i++)
        sum += (e->w ? e->w[i] : 1) * log_density(law, e->obs.y[i], pi, 1 - pi, mu, size);
    return sum;
}

/* log(t / (1 - e^-t)) = log mean, concave in t: Newton from above. */
double mle_zero_truncated_lambda(const struct mle_zero_counts *c)
{
    double more = c->beyond / c->positives, value = log1p(more);
    double t = fmin(1 + more, 2 * more);
    for (int i = 0; i < 50 && t > 0; i++) {
        double rest = -expm1(-t), slope, now = t - mle_log_expm1_ratio(t, &slope, NULL);
        slope = 1 - slope;
        if (t >= 1) {
            now = log(t / rest);
            slope = 1 / t - exp(-t) / rest;
        }
        double next = t - (now - value) / slope;
        next = next > 0 ? next : t / 2;
        bool done = fabs(next - t) <= 2 * DBL_EPSILON * t;
        t = next;
        if (done)
            break;
    }
    return t;
}

/* --- verdicts ------------------------------------------------------------------------------------
 */

void mle_zero_settle_all_zero(const struct mle_evidence *e, unsigned n_param,
                              struct mle_existence *x)
{
    bool pi_fixed = mle_zero_is_fixed(e, 0), mu_fixed = mle_zero_is_fixed(e, 1);
    bool mu_zero = mu_fixed && e->value[1] == 0;
    const char *mean = n_param > 2 ? "mu" : "lambda";
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = 0;
    x->theta[0] = pi_fixed ? e->value[0] : 0;
    x->theta[1] = mu_fixed ? e->value[1] : 0;
    if (n_param > 2)
        x->theta[2] = mle_zero_is_fixed(e, 2) ? e->value[2] : NAN;
    if (mu_zero || (!pi_fixed && !mu_fixed)) {
        mle_settle(x, MLE_VERDICT_NON_UNIQUE, MLE_CERTIFICATE_FLAT_SET,
                   "all counts are 0: the likelihood has its maximum 1 wherever %s is 0 (the point "
                   "mass at 0), whatever the other parameters are, and at pi = 1",
                   mean);
        x->set_param = pi_fixed ? "size" : "pi";
        x->set_upper = pi_fixed ? INFINITY : 1;
        if (n_param > 2 && isnan(x->theta[2]))
            x->theta[2] = 1;
        return;
    }
    if (!mu_fixed) {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "all counts are 0: the likelihood has its maximum 1 at %s = 0", mean);
        x->limit_param = mean;
    } else if (!pi_fixed) {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "all counts are 0: the likelihood rises to 1 as pi rises to 1");
        x->theta[0] = 1;
        x->limit_param = "pi";
    } else {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "all counts are 0: the likelihood rises to 1 as size falls to 0");
        x->theta[2] = 0;
        x->limit_param = "size";
    }
}

void mle_zero_settle_hurdle_all_zero(const struct mle_evidence *e, unsigned n_param,
                                     struct mle_existence *x)
{
    bool pi_fixed = mle_zero_is_fixed(e, 0);
    for (unsigned j = 1; j < n_param; j++)
        x->theta[j] = mle_zero_is_fixed(e, j) ? e->value[j] : pi_fixed ? 1 : NAN;
    x->maximum = MLE_MAXIMUM_GLOBAL;
    if (!pi_fixed) {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "all counts are 0: the likelihood pi^n has its maximum 1 at pi = 1, and the "
                   "positive part has no data");
        x->theta[0] = 1;
        x->limit_param = "pi";
        x->supremum = 0;
        return;
    }
    x->theta[0] = e->value[0];
    mle_settle(x, MLE_VERDICT_NON_UNIQUE, MLE_CERTIFICATE_FLAT_SET,
               "all counts are 0: the positive part has no data");
    x->set_param = n_param > 2 ? (mle_zero_is_fixed(e, 1) ? "size" : "mu") : "lambda";
    x->set_upper = INFINITY;
    x->supremum = e->weight_sum * log(e->value[0]);
}

void mle_zero_close(enum mle_zero_law law, const struct mle_evidence *e, unsigned n_param,
                    struct mle_existence *x)
{
    for (unsigned j = 0; j < n_param; j++)
        if (mle_zero_is_fixed(e, j))
            x->theta[j] = e->value[j];
    x->rest_free = false;
    for (unsigned j = 0; j < n_param; j++)
        x->rest_free |= isnan(x->theta[j]);
    if (x->rest_free)
        return;
    double size = n_param > 2 ? x->theta[2] : INFINITY;
    x->supremum = mle_zero_loglik(law, e, x->theta[0], x->theta[1], size);
}
