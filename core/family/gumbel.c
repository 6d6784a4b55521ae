#include "core/family/gumbel.h"

#include "core/family/tails.h"
#include "core/math/kernels.h"
#include "core/math/lanes.h"
#include "core/math/logs.h"

void mle_gumbel_rows(const struct mle_obs *obs, const struct mle_view theta[], double sign,
                     double ll[], double grad[], double hess[])
{
    size_t n = obs->n;
    for (size_t i = 0; i < n; i++) {
        double mu = mle_view_at(theta[0], i), sigma = mle_view_at(theta[1], i);
        double z = sign * (obs->y[i] - mu) / sigma, e = exp(-z), slope = -expm1(-z);
        ll[i] = -log(sigma) - z - e;
        if (grad) {
            grad[i] = sign * slope / sigma;
            grad[n + i] = (z * slope - 1) / sigma;
        }
        if (hess) {
            double precision = 1 / (sigma * sigma);
            hess[i] = -e * precision;
            hess[n + i] = -sign * (slope + e * z) * precision;
            hess[2 * n + i] = (1 - 2 * z * slope - z * z * e) * precision;
        }
    }
}

/* --- sums over rows ------------------------------------------------------------------------------
   With t = sign (y - origin) rate the log-likelihood and all its derivatives are made of these. */

enum { WEIGHT, T, E, TE, TTE, SUMS, LANES = 8 };

/* SETS out to sum w, sum w t, sum w e^-t, sum w t e^-t and sum w t^2 e^-t. */
MLE_LOCAL_KERNEL(void, tilted_sums,
                 (size_t n, const double *y, const double *w, double origin, double rate,
                  double *out),
                 (n, y, w, origin, rate, out))
{
    static const double ones[LANES] = { 1, 1, 1, 1, 1, 1, 1, 1 }, none[LANES] = { 0 };
    double s[SUMS][LANES] = { { 0 } };
    for (size_t i = 0; i < n; i += LANES) {
        double last_y[LANES], last_w[LANES];
        const double *at = y + i, *v = w ? w + i : ones;
        if (n - i < LANES) { /* the last group is filled up with rows of weight 0 */
            memcpy(last_w, none, sizeof last_w);
            memcpy(last_w, v, (n - i) * sizeof *v);
            for (size_t k = 0; k < LANES; k++)
                last_y[k] = i + k < n ? at[k] : origin;
            at = last_y;
            v = last_w;
        }
        for (int k = 0; k < LANES; k++) {
            double t = (at[k] - origin) * rate, e = v[k] * mle_lane_exp(-t);
            s[WEIGHT][k] += v[k];
            s[T][k] += v[k] * t;
            s[E][k] += e;
            s[TE][k] += t * e;
            s[TTE][k] += t * t * e;
        }
    }
    for (int j = 0; j < SUMS; j++)
        out[j] = ((s[j][0] + s[j][4]) + (s[j][2] + s[j][6])) +
                 ((s[j][1] + s[j][5]) + (s[j][3] + s[j][7]));
}

void mle_gumbel_sum(const struct mle_obs *obs, const double w[], const double theta[], double sign,
                    double sum[])
{
    double s[SUMS], sigma = theta[1], precision = 1 / (sigma * sigma);
    tilted_sums(obs->n, obs->y, w, theta[0], sign / sigma, s);
    sum[0] += -s[WEIGHT] * log(sigma) - s[T] - s[E];
    sum[1] += sign * (s[WEIGHT] - s[E]) / sigma;
    sum[2] += (s[T] - s[TE] - s[WEIGHT]) / sigma;
    sum[3] += -s[E] * precision;
    sum[4] += -sign * (s[WEIGHT] - s[E] + s[TE]) * precision;
    sum[5] += (s[WEIGHT] - 2 * (s[T] - s[TE]) - s[TTE]) * precision;
}

/* The sums over all rows, of d = sign (y - origin) >= 0 at t = d / sigma. */
static void all_tilted(const struct mle_evidence *e, double origin, double rate, double out[SUMS])
{
    enum { CHUNK = 4096 };
    double part[SUMS];
    memset(out, 0, SUMS * sizeof *out);
    for (size_t lo = 0; lo < e->obs.n; lo += CHUNK) {
        size_t n = e->obs.n - lo < CHUNK ? e->obs.n - lo : CHUNK;
        tilted_sums(n, e->obs.y + lo, e->w ? e->w + lo : NULL, origin, rate, part);
        for (int j = 0; j < SUMS; j++)
            out[j] += part[j];
    }
}

/* sigma is the root of g(sigma) = sigma - mean d + (mean of d under weights e^(-d / sigma)), with d
   the distance from the extreme value. g' = 1 + (tilted variance) / sigma^2 > 1 and g < 0 at 0, so
   there is one root, below the mean of d. */
void mle_gumbel_solve(const struct mle_evidence *e, double sign, double theta[])
{
    double origin = sign > 0 ? e->min : e->max, s[SUMS];
    struct mle_moments m = mle_moments_about(e->obs.n, e->obs.y, e->w, origin);
    double mean = sign * m.mean, low = 0, high = mean;
    double sigma = fmin(sqrt(m.m2 / m.weight) * 0.7797, mean); /* sqrt(6) / pi: by moments */
    for (int i = 0; i < 100; i++) {
        all_tilted(e, origin, sign / sigma, s);
        double tilted = s[TE] / s[E], variance = s[TTE] / s[E] - tilted * tilted;
        double gap = sigma - mean + sigma * tilted;
        if (gap > 0)
            high = sigma;
        else
            low = sigma;
        double step = gap / (1 + fmax(variance, 0));
        if (fabs(step) <= 4e-16 * sigma)
            break;
        bool inside = sigma - step > low && sigma - step < high;
        sigma = inside ? sigma - step : low + (high - low) / 2;
    }
    all_tilted(e, origin, sign / sigma, s);
    theta[0] = origin - sign * sigma * log(s[E] / s[WEIGHT]);
    theta[1] = sigma;
}

/* In (1 / sigma, mu / sigma) the log-likelihood is n log(1/sigma) plus concave functions of linear
   forms, and strictly concave; it is bounded unless the rows can all sit at the mode. */
void mle_gumbel_exists(const struct mle_evidence *e, struct mle_existence *x)
{
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    bool mu_fixed = e->fixed && e->fixed[0], sigma_fixed = e->fixed && e->fixed[1];
    bool away = mu_fixed && e->min != e->value[0];
    if (sigma_fixed || e->min < e->max || away)
        return;
    mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
               "%s: the density at %s grows without limit as sigma falls to 0 with mu at that "
               "value",
               e->n == 1 ? "there is one row" : "all values are equal", e->n == 1 ? "it" : "them");
    x->supremum = INFINITY;
    x->theta[0] = e->min;
    x->collapses = "sigma";
}

double mle_gumbel_cdf(double z, struct mle_tail tail)
{
    double log_lower = -exp(-z);
    if (!tail.upper)
        return tail.log_p ? log_lower : exp(log_lower);
    if (!tail.log_p)
        return -expm1(log_lower);
    return z > 36 ? -z : mle_log1mexp(log_lower);
}

double mle_gumbel_quantile(double p, struct mle_tail tail)
{
    if (!tail.upper)
        return -log(tail.log_p ? -p : -log(p));
    if (tail.log_p)
        return p < -36 ? -p : -log(-mle_log1mexp(p));
    return -log(-log1p(-p));
}

void mle_gumbel_tail(double z, bool upper, double *log_p, double *d1, double *d2)
{
    double e = exp(-z);
    *log_p = -e;
    *d1 = e;
    *d2 = -e;
    if (!upper)
        return;
    /* with r = e / (exp(e) - 1): -r, and its derivative, -r (r - (1 - e)) = -e/2 + ... */
    double r = e > 0 ? e / expm1(e) : 1;
    *log_p = z > 36 ? -z : mle_log1mexp(-e);
    *d1 = -r;
    *d2 = e < 1e-8 ? -0.5 * e : isinf(e) ? 0 : -r * (r - (1 - e));
}

double mle_gumbel_entropy(const double theta[], double trials)
{
    (void)trials;
    return 1 + MLE_EULER_GAMMA + log(theta[1]);
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    mle_gumbel_rows(obs, theta, 1, ll, grad, hess);
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    mle_gumbel_sum(obs, w, theta, 1, out);
}

static void solve(const struct mle_evidence *e, double theta[])
{
    mle_gumbel_solve(e, 1, theta);
}

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return mle_gumbel_cdf((y - theta[0]) / theta[1], tail);
}

static void tail(double y, const double theta[], double trials, bool upper, double *log_p,
                 double grad[], double hess[])
{
    (void)trials;
    double d1, d2, z = (y - theta[0]) / theta[1];
    mle_gumbel_tail(z, upper, log_p, &d1, &d2);
    mle_tail_location_scale(theta[1], z, d1, d2, grad, hess);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return theta[0] + theta[1] * mle_gumbel_quantile(p, tail);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0] + MLE_EULER_GAMMA * theta[1];
}

const struct mle_family mle_family_gumbel = {
    .name = "gumbel",
    .title = "Gumbel (of maxima)",
    .doc = "log f(y) = -log sigma - z - exp(-z), z = (y - mu)/sigma. Johnson, Kotz & Balakrishnan "
           "(1995) 22.1",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .lower_closed = false },
    .n_param = 2,
    .param = { { "mu", MLE_REAL, MLE_ACT_LOCATION, "mode" },
               { "sigma", MLE_POSITIVE, MLE_ACT_SCALE, "scale" } },
    .scipy = "scipy.stats.gumbel_r(loc={mu}, scale={sigma})",
    .r = "evd::dgumbel(x, loc = {mu}, scale = {sigma})",
    .row_cost_ns = 8,
    .rows = rows,
    .sum = sum,
    .solve = solve,
    .exists = mle_gumbel_exists,
    .cdf = cdf,
    .tail = tail,
    .quantile = quantile,
    .mean = mean,
    .entropy = mle_gumbel_entropy,
};
