#include "core/family/existence.h"
#include "core/family/family.h"
#include "core/family/ties.h"
#include "core/family/tiles.h"
#include "core/math/kernels.h"
#include "core/math/logs.h"
#include "core/math/special.h"

/* With z = (y - mu) / sigma, a = z^2 / df, r = 1 / (1 + a) and b = 1 - r = a / (1 + a):
   log f = c(df) - log(2 pi)/2 - log sigma - (df + 1)/2 log(1 + a), where
   c(df) = log Gamma((df + 1)/2) - log Gamma(df/2) - log(df/2)/2 = -1/(4 df) + ... */

/* --- the constant and its derivatives -----------------------------------------------------------
   From df = 32 on by c = sum_k 2^(2k-1) (B_2k(1/2) - B_2k) / (2k (2k-1)) df^(1-2k) (DLMF 5.11.8):
   the difference of the gamma functions would lose as many digits as df^2 has. */

struct constant {
    double value, d1, d2;
};

static struct constant series(double df)
{
    static const double coefficient[8] = { -1.0 / 4,   1.0 / 24,   -1.0 / 20,    17.0 / 112,
                                           -31.0 / 36, 691.0 / 88, -5461.0 / 52, 929569.0 / 480 };
    double v = 1 / df, v2 = v * v;
    struct constant c = { 0, 0, 0 };
    for (int k = 7; k >= 0; k--) {
        int power = 2 * k + 1;
        c.value = c.value * v2 + coefficient[k];
        c.d1 = c.d1 * v2 - power * coefficient[k];
        c.d2 = c.d2 * v2 + power * (power + 1) * coefficient[k];
    }
    return (struct constant){ c.value * v, c.d1 * v2, c.d2 * v2 * v };
}

static struct constant constant_of(double df)
{
    if (df >= 32)
        return series(df);
    double x = df / 2;
    return (struct constant){ mle_lgamma_diff(x, 0.5) - 0.5 * log(x),
                              0.5 * mle_digamma_diff(x, 0.5) - 0.5 / df,
                              0.25 * mle_trigamma_diff(x, 0.5) + 0.5 / df / df };
}

/* --- one row ------------------------------------------------------------------------------------
 */

struct row {
    double half;     /* (df + 1)/2 log(1 + a) */
    double zr, b, r; /* z / (1 + a), a / (1 + a), 1 / (1 + a) */
    double excess;   /* log(1 + a) - b, without cancellation */
    double q;        /* (df + 1) b: z^2 for df = inf */
};

static struct row row_of(double z, double df)
{
    double more = 1 + 1 / df; /* (df + 1) / df */
    if (fabs(z) > 1e150) {    /* z^2 overflows: a is all of 1 + a, unless df is as large */
        double r = df / z / z, log_a = 2 * log(fabs(z)) - log(df);
        if (log_a > 100)
            return (struct row){ 0.5 * (df + 1) * log_a, df / z, 1, r, log_a - 1, df + 1 };
    }
    double a = z * z / df, r = 1 / (1 + a), b = a < 1 ? a * r : 1 - r;
    double half = a < 1e-17 ? 0.5 * more * z * z : 0.5 * (df + 1) * log1p(a);
    double excess = a < 1 ? mle_log1pmx(a) + a * b : log1p(a) - b;
    return (struct row){ half, z * r, b, r, excess, more * z * (z * r) };
}

static void rows(const struct mle_obs *obs, const struct mle_view theta[], double ll[],
                 double grad[], double hess[])
{
    size_t n = obs->n;
    double last = NAN;
    struct constant c = { 0, 0, 0 };
    for (size_t i = 0; i < n; i++) {
        double df = mle_view_at(theta[0], i), sigma = mle_view_at(theta[2], i), v = 1 / df;
        double z = (obs->y[i] - mle_view_at(theta[1], i)) / sigma, more = 1 + v;
        if (df != last) {
            c = constant_of(df);
            last = df;
        }
        struct row t = row_of(z, df);
        ll[i] = c.value - MLE_HALF_LOG_2PI - log(sigma) - t.half;
        if (grad) {
            grad[i] = c.d1 - 0.5 * t.excess + 0.5 * v * t.b;
            grad[n + i] = more * t.zr / sigma;
            grad[2 * n + i] = (t.q - 1) / sigma;
        }
        if (hess) {
            double slope = (t.b - v * t.r) * v / sigma, s2 = sigma * sigma;
            hess[i] = c.d2 + 0.5 * v * (t.b * t.b - v * t.b * (2 - t.b));
            hess[n + i] = t.zr * slope;
            hess[2 * n + i] = -more * t.r * (1 - 2 * t.b) / s2;
            hess[3 * n + i] = z * (t.zr * slope);
            hess[4 * n + i] = -2 * more * t.zr * t.r / s2;
            hess[5 * n + i] = (1 - t.q * (3 - 2 * t.b)) / s2;
        }
    }
}

/* --- the fused sums over a tile -----------------------------------------------------------------
 */

enum { S_W, S_LOG, S_R, S_B, S_BB, S_ZR, S_ZRB, N_SUM };

#define MANTISSA_BITS 0x000fffffffffffffU
#define EXPONENT_ONE  0x3ff0000000000000U

/* Sums of logs without a log per row: mantissas are multiplied (a lane of a tile takes 256 values
   below 2), exponents added. */
struct log_product {
    double product[TILE_LANES];
    uint64_t exponent[TILE_LANES];
};

MLE_INLINE double product_log(const struct log_product *p, size_t count)
{
    double total = 0, exponents = 0;
    for (int k = 0; k < TILE_LANES; k++) {
        total += mle_lane_log(p->product[k]);
        exponents += (double)p->exponent[k];
    }
    exponents -= 1023.0 * (double)count;
    return exponents * MLE_LN2_HIGH + (exponents * MLE_LN2_LOW + total);
}

/* c: mu, 1 / sigma, 1 / df. */
MLE_INLINE void add_group(const double *y, const double *w, const double c[3], bool by_product,
                          struct log_product *p, double s[N_SUM][TILE_LANES])
{
    for (int k = 0; k < TILE_LANES; k++) {
        double z = (y[k] - c[0]) * c[1], a = z * z * c[2], u = 1 + a, r = 1 / u;
        double b = a < 1 ? a * r : 1 - r, wb = w[k] * b, wzr = w[k] * (z * r);
        if (by_product) {
            uint64_t bits = mle_bits_of(u);
            p->exponent[k] += bits >> 52;
            p->product[k] *= mle_of_bits((bits & MANTISSA_BITS) | EXPONENT_ONE);
        } else {
            s[S_LOG][k] += w[k] * mle_lane_log1p(a);
        }
        s[S_W][k] += w[k];
        s[S_R][k] += w[k] * r;
        s[S_B][k] += wb;
        s[S_BB][k] += wb * b;
        s[S_ZR][k] += wzr;
        s[S_ZRB][k] += wzr * b;
    }
}

MLE_INLINE void sum_any(size_t n, const double *y, const double *w, const double *c, double *out,
                        bool by_product)
{
    double s[N_SUM][TILE_LANES] = { { 0 } }, rest_y[TILE_LANES], rest_w[TILE_LANES];
    struct log_product p;
    for (int k = 0; k < TILE_LANES; k++) {
        p.product[k] = 1;
        p.exponent[k] = 0;
    }
    size_t whole = tile_rest(n, y, w, c[0], rest_y, rest_w);
    for (size_t i = 0; i < whole; i += TILE_LANES)
        add_group(y + i, w ? w + i : tile_ones, c, by_product, &p, s);
    add_group(rest_y, rest_w, c, by_product, &p, s); /* neutral: log(1 + 0) */
    for (int j = 0; j < N_SUM; j++)
        out[j] = tile_total(s[j]);
    if (by_product)
        out[S_LOG] = product_log(&p, whole + TILE_LANES);
}

MLE_LOCAL_KERNEL(void, sum_product, (size_t n, const double *y, const double *c, double *out),
                 (n, y, c, out))
{
    sum_any(n, y, NULL, c, out, true);
}

MLE_LOCAL_KERNEL(void, sum_log1p,
                 (size_t n, const double *y, const double *w, const double *c, double *out),
                 (n, y, w, c, out))
{
    sum_any(n, y, w, c, out, false);
}

/* SETS s. The product keeps log(1 + a) to 1e-16, not to its own digits, which count times df. */
static void sums_of(const struct mle_obs *obs, const double w[], const double theta[],
                    double s[N_SUM])
{
    double c[3] = { theta[1], 1 / theta[2], 1 / theta[0] };
    if (!w && theta[0] < 1000 && obs->n <= 4096)
        sum_product(obs->n, obs->y, c, s);
    else
        sum_log1p(obs->n, obs->y, w, c, s);
}

/* df = inf: the normal law, whose derivatives in df are 0. */
static void sum_normal(const struct mle_obs *obs, const double w[], const double theta[],
                       double out[])
{
    double sigma = theta[2], s2 = sigma * sigma;
    struct mle_moments m = mle_moments_about(obs->n, obs->y, w, theta[1]);
    double z = m.weight * m.mean / sigma, zz = (m.m2 + m.weight * m.mean * m.mean) / s2;
    out[0] -= m.weight * (MLE_HALF_LOG_2PI + log(sigma)) + 0.5 * zz;
    out[2] += z / sigma;
    out[3] += (zz - m.weight) / sigma;
    out[4 + MLE_HESS(1, 1)] -= m.weight / s2;
    out[4 + MLE_HESS(2, 1)] -= 2 * z / s2;
    out[4 + MLE_HESS(2, 2)] += (m.weight - 3 * zz) / s2;
}

static void sum(const struct mle_obs *obs, const double w[], const double theta[], double out[])
{
    double df = theta[0], sigma = theta[2], v = 1 / df, more = 1 + v, s2 = sigma * sigma, s[N_SUM];
    if (isinf(df)) {
        sum_normal(obs, w, theta, out);
        return;
    }
    sums_of(obs, w, theta, s);
    struct constant c = constant_of(df);
    double zrr = s[S_ZR] - s[S_ZRB], rb = s[S_B] - s[S_BB];
    out[0] += s[S_W] * (c.value - MLE_HALF_LOG_2PI - log(sigma)) - 0.5 * (df + 1) * s[S_LOG];
    out[1] += s[S_W] * c.d1 - 0.5 * s[S_LOG] + 0.5 * more * s[S_B];
    out[2] += more * s[S_ZR] / sigma;
    out[3] += ((df + 1) * s[S_B] - s[S_W]) / sigma;
    double *h = out + 4;
    h[MLE_HESS(0, 0)] += s[S_W] * c.d2 + 0.5 * v * (more * s[S_BB] - 2 * v * s[S_B]);
    h[MLE_HESS(1, 0)] += (s[S_ZRB] - v * zrr) * v / sigma;
    h[MLE_HESS(1, 1)] -= more * (s[S_R] - 2 * rb) / s2;
    h[MLE_HESS(2, 0)] += (s[S_BB] - v * rb) / sigma;
    h[MLE_HESS(2, 1)] -= 2 * more * zrr / s2;
    h[MLE_HESS(2, 2)] += (s[S_W] - (df + 1) * (3 * s[S_B] - 2 * s[S_BB])) / s2;
}

/* --- start --------------------------------------------------------------------------------------
 */

enum { SAMPLE = 8192 };

/* Median and half the middle half of a sample, robust against any tail. */
static void middle(const struct mle_evidence *e, size_t m, const double y[], double theta[])
{
    double copy[SAMPLE];
    memcpy(copy, y, m * sizeof *copy);
    theta[1] = tile_fixed(e, 1) ? e->value[1] : tile_select(m, copy, m / 2);
    for (size_t i = 0; i < m; i++)
        copy[i] = fabs(y[i] - theta[1]);
    double sigma = tile_select(m, copy, m / 2), mean = 0;
    for (size_t i = 0; i < m && !(sigma > 0); i++)
        mean += fabs(y[i] - theta[1]) / (double)m;
    sigma = sigma > 0 ? sigma : mean;
    theta[2] = sigma > 0 ? sigma : 0.5 * e->max - 0.5 * e->min;
}

/* One step of ECME with parameter expansion: reweighted mean and scale, and a Newton step for
   log df. Returns the largest relative change. Ref: Liu, Rubin & Wu (1998), Biometrika 85. */
static double expand(const struct mle_evidence *e, const struct mle_obs *obs, const double w[],
                     double theta[])
{
    double s[N_SUM], df = theta[0], sigma = theta[2], v = 1 / df, change = 0;
    sums_of(obs, w, theta, s);
    double shift = tile_fixed(e, 1) ? 0 : s[S_ZR] / s[S_R];
    if (!tile_fixed(e, 2)) {
        double ratio = sqrt(df * s[S_B] / s[S_R] - shift * shift);
        theta[2] *= ratio > 0 && isfinite(ratio) ? ratio : 1;
        change = fabs(ratio - 1);
    }
    theta[1] += sigma * shift;
    change = fmax(change, fabs(shift));
    if (!tile_fixed(e, 0)) {
        struct constant c = constant_of(df);
        double g = s[S_W] * c.d1 - 0.5 * s[S_LOG] + 0.5 * (1 + v) * s[S_B];
        double h = s[S_W] * c.d2 + 0.5 * v * ((1 + v) * s[S_BB] - 2 * v * s[S_B]);
        double curve = h * df * df + g * df, step = curve < 0 ? -g * df / curve : copysign(1, g);
        theta[0] = fmax(df * exp(fmin(fmax(step, -1), 1)), 1);
        change = fmax(change, fabs(theta[0] / df - 1));
    }
    return change;
}

/* Where the sample leaves df large, the fourth moment of all rows says whether the likelihood rises
   towards the normal law: its derivative in 1/df there is W (kurtosis - 3)/4. */
static void near_normal(const struct mle_evidence *e, double theta[])
{
    enum { CHUNK = 4096 };
    double part[CHUNK], fourth = 0;
    struct mle_moments m = mle_moments(e->obs.n, e->obs.y, e->w);
    double mu = tile_fixed(e, 1) ? e->value[1] : m.mean;
    double d = m.mean - mu, variance = m.m2 / m.weight + d * d, scale = 1 / sqrt(variance);
    for (size_t lo = 0; lo < e->obs.n; lo += CHUNK) {
        size_t n = e->obs.n - lo < CHUNK ? e->obs.n - lo : CHUNK;
        for (size_t i = 0; i < n; i++) {
            double z = (e->obs.y[lo + i] - mu) * scale;
            part[i] = z * z * (z * z);
        }
        fourth += mle_weighted_sum(n, part, e->w ? e->w + lo : NULL);
    }
    double excess = fourth / m.weight - 3;
    theta[0] = excess > 0 ? fmin(fmax(4 + 6 / excess, 5), 1e6) : 1e12;
    theta[1] = mu;
    theta[2] = sqrt(variance * (1 - 2 / theta[0]));
}

static void start(const struct mle_evidence *e, double theta[])
{
    double y[SAMPLE], w[SAMPLE];
    size_t m = tile_thin(e, SAMPLE, y, w);
    middle(e, m, y, theta);
    theta[0] = tile_fixed(e, 0) ? e->value[0] : 4;
    theta[2] = tile_fixed(e, 2) ? e->value[2] : theta[2];
    struct mle_obs obs = { m, y, { NULL, 0 } };
    for (int i = 0; i < 100 && theta[0] < 1000; i++)
        if (expand(e, &obs, w, theta) < 1e-4)
            break;
    if (theta[0] >= 1000 && !tile_fixed(e, 0) && !tile_fixed(e, 2))
        near_normal(e, theta);
}

/* --- existence ----------------------------------------------------------------------------------
   With sigma free and k of n rows at mu, sigma -> 0 gives the log-likelihood
   -k log sigma + (n - k) df log sigma + O(1): unbounded iff k / n > df / (df + 1). Ref: Fernandez &
   Steel (1999), Biometrika 86, 153-167. So with df free no data have a bounded likelihood (df < 1 /
   (n - 1), mu at any row); the search begins at df = 1, where more than half must be alike.

   With df >= 1 given and no such ties there is exactly one stationary point: location and scale of
   a line are the scatter of (y, 1) in the plane, whose log-likelihood is geodesically convex. Ref:
   Kent & Tyler (1991), Annals of Statistics 19, 2102-2119; Kent, Tyler & Vardi (1994). With mu
   given too, sum (df + 1) z^2 / (df + z^2) = n falls strictly with sigma. */

static void settle_ties(const struct mle_evidence *e, struct mle_tie tie, double df,
                        struct mle_existence *x)
{
    bool all = e->min == e->max;
    if (all)
        mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_POINT_MASS,
                   e->n == 1 ? "there is one row: the density at it grows without limit as sigma "
                               "falls to 0 with mu at its value"
                             : "all values are equal: the density at them grows without limit as "
                               "sigma falls to 0 with mu at that value");
    else
        mle_settle(x, MLE_VERDICT_UNBOUNDED, MLE_CERTIFICATE_TIES,
                   "%.9g of a weight of %.9g lie at %.9g, more than df/(df + 1) of it at df = "
                   "%.9g: with mu there the likelihood grows without limit as sigma falls to 0",
                   tie.weight, e->weight_sum, tie.at, df);
    x->supremum = INFINITY;
    x->theta[0] = tile_fixed(e, 0) ? e->value[0] : MLE_NAN;
    x->theta[1] = tie.at;
    x->collapses = "sigma";
}

static void exists(const struct mle_evidence *e, struct mle_existence *x)
{
    bool df_given = tile_fixed(e, 0), mu_given = tile_fixed(e, 1);
    if (tile_fixed(e, 2))
        return;
    double df = df_given ? e->value[0] : 1, share = df / (df + 1);
    struct mle_tie tie = { mu_given ? e->value[1] : e->min, 0 };
    if (mu_given)
        tie.weight = mle_weight_at(e, tie.at);
    else if (e->min == e->max)
        tie.weight = e->weight_sum;
    else
        tie = mle_heaviest(e, share);
    if (tie.weight > share * e->weight_sum) {
        settle_ties(e, tie, df, x);
        return;
    }
    if (df_given && (mu_given || df >= 1))
        x->certificate = MLE_CERTIFICATE_UNIQUE_ROOT;
    x->supremum_infinite = !df_given && (!mu_given || tie.weight > 0);
}

/* --- the distribution ---------------------------------------------------------------------------
 */

static double cdf(double y, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    double z = (y - theta[1]) / theta[2], df = theta[0];
    if (!(fabs(z) > 1e150) || df > 1e150)
        return mle_student_cdf(z, df, tail.upper, tail.log_p);
    /* z^2 overflows; there the tail is a power to all digits */
    double log_tail =
        constant_of(df).value - MLE_HALF_LOG_2PI + 0.5 * (df - 1) * log(df) - df * log(fabs(z));
    if (tail.upper == (z > 0))
        return tail.log_p ? log_tail : exp(log_tail);
    return tail.log_p ? log1p(-exp(log_tail)) : -expm1(log_tail);
}

static double quantile(double p, const double theta[], double trials, struct mle_tail tail)
{
    (void)trials;
    return theta[1] + theta[2] * mle_student_quantile(p, theta[0], tail.upper, tail.log_p);
}

static double mean(const double theta[], double trials)
{
    (void)trials;
    return theta[0] > 1 ? theta[1] : MLE_NAN;
}

static double entropy(const double theta[], double trials)
{
    (void)trials;
    double df = theta[0];
    double spread = isinf(df) ? 0.5 : 0.5 * (df + 1) * mle_digamma_diff(df / 2, 0.5);
    return spread - constant_of(df).value + MLE_HALF_LOG_2PI + log(theta[2]);
}

const struct mle_family mle_family_student_t = {
    .name = "student_t",
    .title = "Student's t with location and scale",
    .doc = "log f(y) = log Gamma((df + 1)/2) - log Gamma(df/2) - log(df pi)/2 - log sigma - "
           "(df + 1)/2 log(1 + ((y - mu)/sigma)^2 / df). Johnson, Kotz & Balakrishnan (1995) 28.2",
    .measure = MLE_LEBESGUE,
    .support = { -INFINITY, INFINITY, .lower_closed = false },
    .n_param = 3,
    .param = { { "df",
                 MLE_POSITIVE,
                 MLE_ACT_NONE,
                 "degrees of freedom",
                 { 1, INFINITY },
                 "normal" },
               { "mu", MLE_REAL, MLE_ACT_LOCATION, "centre" },
               { "sigma", MLE_POSITIVE, MLE_ACT_SCALE, "scale (not the standard deviation)" } },
    .location = 1,
    .scipy = "scipy.stats.t(df={df}, loc={mu}, scale={sigma})",
    .r = "dt((x - {mu}) / {sigma}, df = {df}) / {sigma}",
    .row_cost_ns = 25,
    .conditional = { { 1, "mu" }, { 2, "sigma" }, { 0, "df" } },
    .rows = rows,
    .sum = sum,
    .start = start,
    .exists = exists,
    .cdf = cdf,
    .quantile = quantile,
    .mean = mean,
    .entropy = entropy,
};
