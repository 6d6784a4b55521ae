#include "core/math/link.h"

#include "core/math/lanes.h"
#include "core/math/logs.h"
#include "core/math/special.h"

#include <stdbool.h>
#include <string.h>

static void set(struct mle_link_value *v, double mu, double complement, double d1, double d2)
{
    *v = (struct mle_link_value){ mu, complement, d1, d2 };
}

static bool inside_unit(double mu)
{
    return mu >= 0 && mu <= 1;
}

static double identity_link(double mu)
{
    return mu;
}

static void identity_inverse(double eta, struct mle_link_value *v)
{
    double zero = eta - eta; /* NaN where eta is no number */
    set(v, eta, 1 - eta, 1 + zero, zero);
}

static double log_link(double mu)
{
    return log(mu);
}

static void log_inverse(double eta, struct mle_link_value *v)
{
    double mu = exp(eta);
    set(v, mu, -expm1(eta), mu, mu);
}

static double logit_link(double mu)
{
    return mle_logit(mu);
}

static void logit_inverse(double eta, struct mle_link_value *v)
{
    double p = mle_expit(eta), q = mle_expit(-eta);
    set(v, p, q, p * q, -p * q * tanh(eta / 2));
}

static double probit_link(double mu)
{
    return inside_unit(mu) ? mle_normal_quantile(mu) : MLE_NAN;
}

static void probit_inverse(double eta, struct mle_link_value *v)
{
    double density = mle_normal_pdf(eta);
    double slope = density > 0 ? -eta * density : density * 0;
    set(v, mle_normal_cdf(eta), mle_normal_cdf(-eta), density, slope);
}

static double cloglog_link(double mu)
{
    return inside_unit(mu) ? log(-log1p(-mu)) : MLE_NAN;
}

/* mu = 1 - exp(-t) with t = exp(eta), d1 = t exp(-t), d2 = (1 - t) d1; 0 and not inf 0 when t
   overflows. */
static void cloglog_inverse(double eta, struct mle_link_value *v)
{
    double t = exp(eta), q = exp(-t);
    double d1 = exp(eta - t);
    double d2 = d1 > 0 ? (1 - t) * d1 : d1 * 0;
    if (isinf(t))
        d1 = d2 = 0;
    set(v, -expm1(-t), q, d1, d2);
}

static double loglog_link(double mu)
{
    return inside_unit(mu) ? -log(-log(mu)) : MLE_NAN;
}

/* The mirror image: mu(eta) = 1 - cloglog(-eta). */
static void loglog_inverse(double eta, struct mle_link_value *v)
{
    struct mle_link_value mirror;
    cloglog_inverse(-eta, &mirror);
    set(v, mirror.complement, mirror.mu, mirror.d1, -mirror.d2);
}

static double cauchit_link(double mu)
{
    if (!inside_unit(mu))
        return MLE_NAN;
    if (mu == 0.5)
        return 0;
    /* tan(pi (mu - 1/2)) as a cotangent of the small angle */
    return mu < 0.5 ? -1 / tan(M_PI * mu) : 1 / tan(M_PI * (1 - mu));
}

/* Far out 1/2 + atan(eta)/pi cancels; atan2 gives the small angle itself. */
static void cauchit_inverse(double eta, struct mle_link_value *v)
{
    double mu = atan2(1, -eta) / M_PI, complement = atan2(1, eta) / M_PI;
    double d1, d2;
    if (fabs(eta) > 1e100) {
        d1 = 1 / eta / eta / M_PI;
        d2 = -2 * d1 / eta;
    } else {
        double square = 1 + eta * eta;
        d1 = 1 / (M_PI * square);
        d2 = -2 * eta * d1 / square;
    }
    set(v, mu, complement, d1, d2);
}

static double inverse_link(double mu)
{
    return mu > 0 ? 1 / mu : MLE_NAN;
}

static void inverse_inverse(double eta, struct mle_link_value *v)
{
    double mu = eta > 0 ? 1 / eta : MLE_NAN;
    set(v, mu, 1 - mu, -mu * mu, 2 * mu * mu * mu);
}

static double inverse_squared_link(double mu)
{
    return mu > 0 ? 1 / (mu * mu) : MLE_NAN;
}

static void inverse_squared_inverse(double eta, struct mle_link_value *v)
{
    double mu = eta > 0 ? 1 / sqrt(eta) : MLE_NAN;
    set(v, mu, 1 - mu, -0.5 * mu / eta, 0.75 * mu / eta / eta);
}

static double sqrt_link(double mu)
{
    return mu >= 0 ? sqrt(mu) : MLE_NAN;
}

static void sqrt_inverse(double eta, struct mle_link_value *v)
{
    double at = eta >= 0 ? eta : MLE_NAN;
    set(v, at * at, 1 - at * at, 2 * at, 2 + 0 * at);
}

const struct mle_link mle_links[MLE_LINKS] = {
#define MLE_LINK(name, doc, mu, eta) { #name, doc, mu, eta, name##_link, name##_inverse },
#include "core/math/links.def"
#undef MLE_LINK
};

const struct mle_link *mle_link_find(const char *name)
{
    for (size_t i = 0; i < MLE_LINKS; i++) {
        if (!strcmp(mle_links[i].name, name))
            return &mle_links[i];
    }
    return NULL;
}

/* --- columns --------------------------------------------------------------------------------- */

enum { TILE = 64 };

struct tile {
    double mu[TILE], complement[TILE], d1[TILE], d2[TILE];
};

MLE_LOCAL_KERNEL(void, log_tile, (size_t n, const double *eta, struct tile *t), (n, eta, t))
{
    for (size_t i = 0; i < n; i++) {
        t->mu[i] = t->d1[i] = t->d2[i] = mle_lane_exp(eta[i]);
        t->complement[i] = -mle_lane_expm1(eta[i]);
    }
}

MLE_LOCAL_KERNEL(void, logit_tile, (size_t n, const double *eta, struct tile *t), (n, eta, t))
{
    for (size_t i = 0; i < n; i++) {
        double size = fabs(eta[i]);
        double e = mle_lane_exp(-size);
        double large = 1.0 / (1.0 + e), small = e * large;
        double sign = eta[i] < 0 ? 1.0 : -1.0;
        t->mu[i] = eta[i] < 0 ? small : large;
        t->complement[i] = eta[i] < 0 ? large : small;
        t->d1[i] = large * small;
        /* large - small = (1 - e) large, from expm1 because e is 1 at 0 */
        t->d2[i] = sign * large * small * (-mle_lane_expm1(-size) * large);
    }
}

static void copy(size_t n, const double *from, double *to)
{
    if (to)
        memcpy(to, from, n * sizeof *to);
}

void mle_link_inverse_column(const struct mle_link *link, size_t n, const double eta[], double mu[],
                             double complement[], double d1[], double d2[])
{
    struct tile t;
    for (size_t i = 0; i < n; i += TILE) {
        size_t many = n - i < TILE ? n - i : TILE;
        if (link == &mle_links[MLE_LINK_log]) {
            log_tile(many, eta + i, &t);
        } else if (link == &mle_links[MLE_LINK_logit]) {
            logit_tile(many, eta + i, &t);
        } else {
            for (size_t k = 0; k < many; k++) {
                struct mle_link_value v;
                link->inverse(eta[i + k], &v);
                t.mu[k] = v.mu;
                t.complement[k] = v.complement;
                t.d1[k] = v.d1;
                t.d2[k] = v.d2;
            }
        }
        copy(many, t.mu, mu ? mu + i : NULL);
        copy(many, t.complement, complement ? complement + i : NULL);
        copy(many, t.d1, d1 ? d1 + i : NULL);
        copy(many, t.d2, d2 ? d2 + i : NULL);
    }
}
