#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/numeric.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

extern const struct mle_family mle_family_von_mises;

/* 1 - cos x, without cancellation. */
static double versine(double x)
{
    double s = sin(0.5 * x);
    return 2 * s * s;
}

/* log I_0(kappa) - kappa. */
static double log_scaled_i0(double kappa)
{
    if (kappa < 50)
        return mle_log_bessel_i0(kappa) - kappa;
    double term = 1, sum = 0; /* DLMF 10.40.1 */
    for (int j = 1; j < 30 && term > 1e-18; j++) {
        double odd = 2 * j - 1;
        term *= odd * odd / (8 * j * kappa);
        sum += term;
    }
    return log1p(sum) - MLE_HALF_LOG_2PI - 0.5 * log(kappa);
}

/* What depends on kappa alone, kept from one row to the next. */
struct shape {
    double kappa, log_norm, complement, slope;
};

static void set_shape(struct shape *s, double kappa)
{
    if (s->kappa == kappa)
        return;
    s->kappa = kappa;
    s->log_norm = MLE_LOG_2PI + log_scaled_i0(kappa);
    mle_bessel_ratio(kappa, &s->complement, &s->slope);
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    struct shape s = { .kappa = NAN };
    for (size_t i = 0; i < n; i++) {
        double kappa = mle_view_at(theta[1], i), x = obs->y[i] - mle_view_at(theta[0], i);
        set_shape(&s, kappa);
        double v = versine(x);
        ll[i] = -s.log_norm - kappa * v;
        if (grad) {
            grad[i] = kappa * sin(x);
            grad[n + i] = s.complement - v;
        }
        if (hess) {
            hess[i] = -kappa * (1 - v);
            hess[n + i] = sin(x);
            hess[2 * n + i] = -s.slope;
        }
    }
}

/* --- sufficient statistics: weight, mean direction, weight minus resultant length ----------------
   The last is what kappa is made of and tiny for concentrated data: a sum of 1 - cos(y - direction)
   and never a difference. */

static void stat_tile(const struct mle_obs *obs, const double w[], double stat[])
{
    double c = 0, s = 0, weight = 0, lost = 0, off = 0;
    for (size_t i = 0; i < obs->n; i++) {
        double v = w ? w[i] : 1;
        weight += v;
        c += v * cos(obs->y[i]);
        s += v * sin(obs->y[i]);
    }
    double direction = atan2(s, c);
    for (size_t i = 0; i < obs->n; i++) {
        double v = w ? w[i] : 1, x = obs->y[i] - direction;
        lost += v * versine(x);
        off += v * sin(x);
    }
    /* what rounding left of the direction */
    double along = weight - lost, length = hypot(along, off);
    stat[0] = weight;
    stat[1] = remainder(direction + atan2(off, along), 2 * M_PI);
    stat[2] = along > 0 ? lost - off / (along + length) * off : weight - length;
}

static void stat_merge(double into[], const double from[])
{
    double a = into[0] - into[2], b = from[0] - from[2], turn = from[1] - into[1];
    double v = versine(turn), along = a + b - b * v, across = b * sin(turn);
    double length = hypot(along, across), both = a + b + length;
    /* (a + b)^2 - length^2 = 2 a b (1 - cos) */
    into[2] += from[2] + (both > 0 ? 2 * a * b * v / both : 0);
    into[1] = remainder(into[1] + atan2(across, along), 2 * M_PI);
    into[0] += from[0];
}

static void stat_loglik(const double stat[], const double theta[], double *ll, double grad[],
                        double hess[])
{
    double w = stat[0], length = w - stat[2], kappa = theta[1], x = stat[1] - theta[0];
    double v = versine(x), lost = stat[2] + length * v; /* sum w (1 - cos(y - mu)) */
    struct shape s = { .kappa = NAN };
    set_shape(&s, kappa);
    *ll = -w * s.log_norm - kappa * lost;
    if (grad) {
        grad[0] = kappa * length * sin(x);
        grad[1] = w * s.complement - lost;
    }
    if (hess) {
        hess[MLE_HESS(0, 0)] = -kappa * length * (1 - v);
        hess[MLE_HESS(1, 0)] = length * sin(x);
        hess[MLE_HESS(1, 1)] = -w * s.slope;
    }
}

static const struct mle_sufficient sufficient = {
    .n_stat = 3,
    .tile = stat_tile,
    .merge = stat_merge,
    .loglik = stat_loglik,
};

static void solve(const struct mle_evidence *e, double theta[])
{
    double complement = e->stat[2] / e->stat[0];
    theta[0] = e->stat[1];
    theta[1] = mle_bessel_ratio_inverse(1 - complement, complement);
}

/* Resultants of n unit vectors that cancel leave rounding of this size. */
static const double nothing = 1e-14;

static void any_direction(const struct mle_evidence *e, bool kappa_fixed, struct mle_existence *x)
{
    double ll = -e->weight_sum * MLE_LOG_2PI;
    if (kappa_fixed) {
        double theta[2] = { 0, e->value[1] };
        mle_settle(x, MLE_VERDICT_NON_UNIQUE, MLE_CERTIFICATE_FLAT_SET,
                   "the resultant of the directions is 0: every mu has the same likelihood");
        stat_loglik(e->stat, theta, &ll, NULL, NULL);
        x->set_param = "mu";
        x->set_lower = -M_PI;
        x->set_upper = M_PI;
        x->theta[0] = 0;
        x->theta[1] = e->value[1];
    } else {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "the resultant of the directions is 0: the likelihood falls with kappa, and at "
                   "kappa = 0 the family is uniform on the circle, whatever mu is");
        x->limit_param = "kappa";
        x->theta[1] = 0;
    }
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = ll;
}

static void collapse(const struct mle_evidence *e, double mu, struct mle_existence *x)
{
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               "%s: the likelihood grows without limit as kappa grows with mu there",
               e->n == 1 ? "there is one row" : "all directions are equal");
    x->supremum = INFINITY;
    x->theta[0] = mu;
    x->theta[1] = INFINITY;
    x->collapses = "kappa";
}

/* In (kappa cos mu, kappa sin mu) the log-likelihood of this exponential family is strictly
   concave; for a given mu it is so in kappa, with slope sum cos(y - mu) at kappa = 0. For a given
   kappa mu has one maximum, the mean direction. */
static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    bool mu_fixed = e->fixed && e->fixed[0], kappa_fixed = e->fixed && e->fixed[1];
    double w = e->stat[0], length = w - e->stat[2];
    if (!mu_fixed && (length <= nothing * w || (kappa_fixed && e->value[1] == 0))) {
        any_direction(e, kappa_fixed, x);
        return;
    }
    if (kappa_fixed)
        return;
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    double mu = mu_fixed ? e->value[0] : e->stat[1];
    double v = mu_fixed ? versine(e->stat[1] - mu) : 0, along = length * (1 - v);
    if (e->stat[2] + length * v <= 1e-30 * w) {
        collapse(e, mu, x);
    } else if (along <= nothing * w) {
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "the mean of cos(y - mu) is not positive: the log-likelihood, concave in kappa, "
                   "falls from kappa = 0, the uniform law on the circle");
        x->maximum = MLE_MAXIMUM_GLOBAL;
        x->supremum = -w * MLE_LOG_2PI;
        x->theta[0] = mu;
        x->theta[1] = 0;
        x->limit_param = "kappa";
    }
}

/* --- tails ---------------------------------------------------------------------------------------
   The circle is cut opposite to mu: Y - mu runs from -pi to pi. The tail beyond a is an integral of
   exp(kappa (cos t - cos a)) over a positive smooth function that falls, times what is known. */

struct from {
    double kappa, a;
};

static double falling(double t, const void *ctx)
{
    const struct from *f = ctx;
    return exp(-2 * f->kappa * sin(0.5 * (t - f->a)) * sin(0.5 * (t + f->a)));
}

/* log P(|Y - mu| > a) / 2 for 0 <= a <= pi. */
static double log_tail(double a, double kappa)
{
    struct from f = { kappa, a };
    double half = sin(0.5 * a), left = cos(0.5 * a), drop = 2 * kappa * left * left;
    double end = M_PI;
    if (a >= M_PI)
        return -MLE_INFINITY;
    if (drop > 40) { /* where the integrand has fallen by e^-40 */
        drop = 40;
        end = fmin(M_PI, 2 * asin(fmin(1, sqrt(half * half + 20 / kappa))));
    }
    double integral = mle_integrate(falling, &f, a, end, 2 + (int)(drop / 5));
    return log(integral) - 2 * kappa * half * half - MLE_LOG_2PI - log_scaled_i0(kappa);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double x = y - theta[0];
    x = fabs(x) <= M_PI ? x : remainder(x, 2 * M_PI);
    double small = fmin(log_tail(fabs(x), theta[1]), -MLE_LN2);
    if ((x > 0) == tail.upper)
        return tail.log_p ? small : exp(small);
    return tail.log_p ? mle_log1mexp(small) : -expm1(small);
}

/* Newton from the normal of the same concentration, or from the uniform. */
static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double mu = theta[0], kappa = theta[1];
    double z = tail.log_p ? mle_normal_log_quantile(p) : mle_normal_quantile(p);
    double at = kappa > 2 ? z / sqrt(kappa) : 2 * M_PI * (mle_normal_cdf(z) - 0.5);
    at = fmin(fmax(at, -3.1), 3.1);
    return mle_invert_cdf(&mle_family_von_mises, p, theta, tail, mu - M_PI, mu + M_PI,
                          mu + (tail.upper ? -at : at));
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0];
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    double complement;
    mle_bessel_ratio(theta[1], &complement, NULL);
    return MLE_LOG_2PI + log_scaled_i0(theta[1]) + theta[1] * complement;
}

const struct mle_family mle_family_von_mises = {
    .name = "von_mises",
    .title = "Von Mises",
    .doc = "log f(y) = kappa cos(y - mu) - log(2 pi I_0(kappa)), y an angle in radians, whatever "
           "turn it is given in. Its mean is a direction; tails are counted from mu - pi. Mardia & "
           "Jupp (2000) 3.5.4",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "mu", MLE_REAL, MLE_ACT_FIXED_UNIT, "mean direction, estimated in [-pi, pi]" },
               { "kappa", MLE_NON_NEGATIVE, MLE_ACT_FIXED_UNIT, "concentration" } },
    .scipy = "scipy.stats.vonmises(kappa={kappa}, loc={mu})",
    .r = "circular::dvonmises(x, mu = {mu}, kappa = {kappa})",
    .row_cost_ns = 40,
    .circular = true,
    .rows = rows,
    .sufficient = &sufficient,
    .solve = solve,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
