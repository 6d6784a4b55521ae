#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/tails.h"
#include "core/family/ties.h"
#include "core/family/tiles.h"
#include "core/math/kernels.h"

extern const struct mle_family mle_family_student_t; /* df = 1: its fused sums and its start */

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double sigma = mle_view_at(theta[1], i), s2 = sigma * sigma;
        double z = (obs->y[i] - mle_view_at(theta[0], i)) / sigma, a = z * z;
        bool far = fabs(z) > 1e150; /* z^2 overflows */
        double r = far ? 1 / z / z : 1 / (1 + a), zr = far ? 1 / z : z * r, b = far ? 1 : z * zr;
        ll[i] = -MLE_LOG_PI - log(sigma) - (far ? 2 * log(fabs(z)) : log1p(a));
        if (grad) {
            grad[i] = 2 * zr / sigma;
            grad[n + i] = (2 * b - 1) / sigma;
        }
        if (hess) {
            hess[i] = -2 * r * (1 - 2 * b) / s2;
            hess[n + i] = -4 * zr * r / s2;
            hess[2 * n + i] = (1 - 2 * b * (3 - 2 * b)) / s2;
        }
    }
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    double t[3] = { 1, theta[0], theta[1] }, part[10] = { 0 };
    const double *grad = part + 1, *hess = part + 4;
    mle_family_student_t.sum(obs, w, t, part);
    out[0] += part[0];
    out[1] += grad[1];
    out[2] += grad[2];
    out[3 + MLE_HESS(0, 0)] += hess[MLE_HESS(1, 1)];
    out[3 + MLE_HESS(1, 0)] += hess[MLE_HESS(2, 1)];
    out[3 + MLE_HESS(1, 1)] += hess[MLE_HESS(2, 2)];
}

/* With sigma given there may be many local maxima, each near a row (Copas 1975): the best of a
   thinned sample is the start. */
static double best_row(const struct mle_evidence *e, double sigma, double other)
{
    enum { TRIED = 128, SAMPLE = 4096 };
    double at[TRIED + 1], y[SAMPLE], w[SAMPLE], best = -INFINITY, mu = other;
    size_t n_at = tile_thin(e, TRIED, at, w), m = tile_thin(e, SAMPLE, y, w);
    struct mle_obs obs = { m, y, { NULL, 0 } };
    at[n_at++] = other;
    for (size_t i = 0; i < n_at; i++) {
        double theta[2] = { at[i], sigma }, part[6] = { 0 };
        sum(&obs, w, theta, part);
        if (part[0] > best) {
            best = part[0];
            mu = at[i];
        }
    }
    return mu;
}

static void start(const struct mle_evidence *e, double theta[])
{
    bool fixed[3] = { true, tile_fixed(e, 0), tile_fixed(e, 1) };
    double value[3] = { 1, fixed[1] ? e->value[0] : 0, fixed[2] ? e->value[1] : 0 }, t[3];
    struct mle_evidence student = *e;
    student.fixed = fixed;
    student.value = value;
    mle_family_student_t.start(&student, t);
    theta[0] = fixed[2] && !fixed[1] ? best_row(e, value[2], t[1]) : t[1];
    theta[1] = t[2];
}

/* --- existence ----------------------------------------------------------------------------------
   With k of the weight W at mu and sigma -> 0 the log-likelihood is (W - 2 k) log sigma + O(1). It
   is unbounded iff k > W/2; with k < W/2 at every value there is one stationary point, the maximum
   (Copas 1975, Biometrika 62, 701-704; for weights Kent & Tyler 1991). With k = W/2 no point
   inside attains the limit -W log pi - 2 sum w log |y - mu|, unless the other half is alike too:
   then it is attained on the half-circle through the two values. */

static void settle_ties(const struct mle_evidence *e, struct mle_tie tie, struct mle_existence *x)
{
    if (e->min == e->max)
        mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
                   e->n == 1 ? "there is one row: the density at it grows without limit as sigma "
                               "falls to 0 with mu at its value"
                             : "all values are equal: the density at them grows without limit as "
                               "sigma falls to 0 with mu at that value");
    else
        mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_TIES,
                   "%.9g of a weight of %.9g lie at %.9g, more than half: with mu there the "
                   "likelihood grows without limit as sigma falls to 0",
                   tie.weight, e->weight_sum, tie.at);
    x->supremum = INFINITY;
    x->theta[0] = tie.at;
    x->collapses = "sigma";
}

static void settle_circle(const struct mle_evidence *e, struct mle_existence *x)
{
    mle_settle(x, MLE_VERDICT_NON_UNIQUE, MLE_CERTIFICATE_FLAT_SET,
               "half of the weight lies at %.9g, half at %.9g: every mu between them with sigma = "
               "sqrt((mu - %.9g) (%.9g - mu)) has the same likelihood; the middle is given",
               e->min, e->max, e->min, e->max);
    double half = 0.5 * e->max - 0.5 * e->min;
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->theta[0] = 0.5 * e->max + 0.5 * e->min;
    x->theta[1] = half;
    x->supremum = -e->weight_sum * (MLE_LOG_PI + MLE_LN2 + log(half));
    x->set_param = "mu";
    x->set_lower = e->min;
    x->set_upper = e->max;
    x->no_error = "mu and sigma are only determined together, on a half-circle";
}

static void settle_half(const struct mle_evidence *e, double at, struct mle_existence *x)
{
    double sum = 0;
    for (size_t i = 0; i < e->obs.n; i++)
        if (e->obs.y[i] != at)
            sum += (e->w ? e->w[i] : 1) * log(fabs(e->obs.y[i] - at));
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_TIES,
               "half of the weight lies at %.9g: with mu there the likelihood rises to a finite "
               "limit as sigma falls to 0, which no point inside attains",
               at);
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = -e->weight_sum * MLE_LOG_PI - 2 * sum;
    x->theta[0] = at;
    x->theta[1] = 0;
    x->limit_param = "sigma";
}

static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    bool mu_given = tile_fixed(e, 0);
    if (tile_fixed(e, 1))
        return;
    x->certificate = MLE_CERTIFICATE_UNIQUE_ROOT;
    struct mle_tie tie = { mu_given ? e->value[0] : e->min, 0 };
    if (mu_given)
        tie.weight = mle_weight_at(e, tie.at);
    else if (e->min == e->max)
        tie.weight = e->weight_sum;
    else
        tie = mle_heaviest(e, 0.49999);
    if (2 * tie.weight > e->weight_sum)
        settle_ties(e, tie, x);
    else if (2 * tie.weight < e->weight_sum)
        return;
    else if (!mu_given && 2 * mle_weight_at(e, e->min) == e->weight_sum &&
             2 * mle_weight_at(e, e->max) == e->weight_sum)
        settle_circle(e, x);
    else
        settle_half(e, tie.at, x);
}

/* --- the distribution: upper tail A / pi with A = atan2(1, z) --------------------------------- */

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = (y - theta[0]) / theta[1];
    z = tail.upper ? z : -z;
    double p = atan2(1, z) / (2 * MLE_PI_2);
    if (!tail.log_p)
        return p;
    return p < 0.75 ? log(p) : log1p(-atan2(1, -z) / (2 * MLE_PI_2));
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    double z = (y - theta[0]) / theta[1], s = upper ? z : -z;
    double angle = atan2(1, s), u = angle + angle * s * s; /* (1 + s^2) A, finite as A s is */
    double d1 = -1 / u, d2 = (2 * s * angle - 1) / u / u;
    *log_p = cdf(y, theta, trials, (struct mle_tail){ upper, true });
    mle_tail_location_scale(theta[1], z, upper ? d1 : -d1, d2, grad, hess);
}

/* z with lower tail p <= 1/2. */
static double lower_quantile(double p)
{
    return p < 0.25 ? -1 / tan(2 * MLE_PI_2 * p) : tan(2 * MLE_PI_2 * (p - 0.5));
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double q = tail.log_p ? exp(p) : p, z;
    if (q <= 0.5)
        z = lower_quantile(q);
    else
        z = -lower_quantile(tail.log_p ? -expm1(p) : 1 - p);
    if (tail.log_p && p < -700)
        z = -exp(-p - MLE_LOG_PI);
    return theta[0] + theta[1] * (tail.upper ? -z : z);
}

static double mean(const double theta[], double trials)
{
    (void)theta;
    (void)trials;
    return MLE_NAN;
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    return MLE_LOG_PI + 2 * MLE_LN2 + log(theta[1]);
}

const struct mle_family mle_family_cauchy = {
    .name = "cauchy",
    .title = "Cauchy",
    .doc = "log f(y) = -log pi - log sigma - log(1 + ((y - mu)/sigma)^2). "
           "Johnson, Kotz & Balakrishnan (1994) 16.1",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "mu", MLE_REAL, MLE_ACT_LOCATION, "median" },
               { "sigma", MLE_POSITIVE, MLE_ACT_SCALE, "half the width at half height" } },
    .scipy = "scipy.stats.cauchy(loc={mu}, scale={sigma})",
    .r = "dcauchy(x, location = {mu}, scale = {sigma})",
    .row_cost_ns = 12,
    .rows = rows,
    .sum = sum,
    .start = start,
    .exists = exists,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
