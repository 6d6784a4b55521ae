/* Densities of the families as operations. Derivatives in the parameters are the family's own.

   The derivative in y follows from what the parameters do when y becomes a + b y (enum mle_action):
   with l(y; theta) the log density,
       location   l(y + a; theta + a) = l(y; theta)
                  => l_y = -sum l_j over the locations j
       scale      l(b y; theta_b) = l(y; theta) - log b
                  => y l_y = -1 - sum s_j l_j,  s_j = d theta_j / d log b at b = 1,
   and so on for the second derivatives. Counts, proportions and ordered angles without a rotation
   have none. At y = 0 a scale says nothing: NaN. */
#include "core/base/shortest.h"
#include "core/expr/tape.h"

#include <math.h>
#include <string.h>

enum motion { MOTION_NONE, MOTION_LOCATION, MOTION_SCALE };

static enum motion motion_of(const struct mle_family *family)
{
    enum motion motion = MOTION_NONE;
    if (family->circular)
        return MOTION_LOCATION;
    for (unsigned j = 0; j < family->n_param; j++) {
        enum mle_action action = family->param[j].action;
        if (action == MLE_ACT_LOCATION)
            return MOTION_LOCATION;
        if (action == MLE_ACT_SCALE || action == MLE_ACT_INVERSE_SCALE ||
            action == MLE_ACT_LOG_SHIFT)
            motion = MOTION_SCALE;
    }
    return motion;
}

bool mle_density_moves(const struct mle_family *family)
{
    return family->measure == MLE_LEBESGUE && motion_of(family) != MOTION_NONE;
}

static bool is_location(const struct mle_family *family, unsigned j)
{
    return family->circular ? j == family->location : family->param[j].action == MLE_ACT_LOCATION;
}

/* --- which rows the kernel may see ------------------------------------------------------------ */

static double number(const struct operand *x, size_t i)
{
    return x->at[i * x->stride];
}

static bool is_legal(const struct mle_family *family, const struct operand arg[], size_t i)
{
    double theta[MLE_MAX_PARAM];
    unsigned k = family->n_param, at;
    for (unsigned j = 0; j < k; j++) {
        theta[j] = number(&arg[1 + j], i);
        if (!mle_domain_contains(family->param[j].domain, theta[j]))
            return false;
    }
    if (family->support.needs_trials) {
        double trials = number(&arg[1 + k], i);
        if (!(trials >= 0) || trials != rint(trials) || trials > 0x1p53)
            return false;
    }
    return !family->refuse || !family->refuse(theta, &at);
}

/* The family's derivatives of a run of rows, n numbers each. */
struct run {
    const struct mle_family *family;
    size_t n;
    const double *y;
    const double *grad, *hess;
};

/* --- derivatives in y --------------------------------------------------------------------------
 */

static const double *first_of(const struct run *r, unsigned j)
{
    return r->grad + j * r->n;
}

static const double *second_of(const struct run *r, unsigned j, unsigned l)
{
    return r->hess + (j > l ? MLE_HESS(j, l) : MLE_HESS(l, j)) * r->n;
}

static void fill(size_t n, double out[], double value)
{
    for (size_t i = 0; out && i < n; i++)
        out[i] = value;
}

/* SETS dy, dyy and dyj[k] from sums over the locations. */
static void by_location(const struct run *r, double dy[], double dyy[], double *const dyj[])
{
    unsigned k = r->family->n_param;
    fill(r->n, dy, 0);
    fill(r->n, dyy, 0);
    for (unsigned i = 0; i < k; i++)
        fill(r->n, dyj[i], 0);
    for (unsigned j = 0; j < k; j++) {
        if (!is_location(r->family, j))
            continue;
        for (size_t t = 0; dy && t < r->n; t++)
            dy[t] -= first_of(r, j)[t];
        for (unsigned i = 0; i < k; i++) {
            const double *h = second_of(r, i, j);
            for (size_t t = 0; dyj[i] && t < r->n; t++)
                dyj[i][t] -= h[t];
            for (size_t t = 0; dyy && is_location(r->family, i) && t < r->n; t++)
                dyy[t] += h[t];
        }
    }
}

/* d theta_j / d log b and its derivative in theta_j. */
static double speed(enum mle_action action, double theta, double *change)
{
    *change = action == MLE_ACT_SCALE ? 1 : action == MLE_ACT_INVERSE_SCALE ? -1 : 0;
    return action == MLE_ACT_LOG_SHIFT ? 1 : *change * theta;
}

static void by_scale(const struct run *r, const struct operand arg[], double dy[], double dyy[],
                     double *const dyj[])
{
    unsigned k = r->family->n_param;
    for (size_t t = 0; t < r->n; t++) {
        double s[MLE_MAX_PARAM], change[MLE_MAX_PARAM], y = r->y[t], sum = -1, own[MLE_MAX_PARAM];
        for (unsigned j = 0; j < k; j++) {
            s[j] = speed(r->family->param[j].action, number(&arg[1 + j], t), &change[j]);
            sum -= s[j] * first_of(r, j)[t];
        }
        double first = sum / y, second = -first;
        for (unsigned i = 0; i < k; i++) {
            own[i] = -change[i] * first_of(r, i)[t];
            for (unsigned j = 0; j < k; j++)
                own[i] -= s[j] * second_of(r, i, j)[t];
            own[i] /= y;
            second -= s[i] * own[i];
        }
        if (dy)
            dy[t] = first;
        if (dyy)
            dyy[t] = second / y;
        for (unsigned i = 0; i < k; i++)
            if (dyj[i])
                dyj[i][t] = own[i];
    }
}

/* --- a run of legal rows ------------------------------------------------------------------------
 */

static double *shifted(double *at, size_t lo)
{
    return at ? at + lo : NULL;
}

static void put_slopes(const struct run *r, const struct operand arg[], size_t lo,
                       const struct slopes *slopes)
{
    unsigned k = r->family->n_param;
    size_t bytes = r->n * sizeof(double);
    double *dyj[MLE_MAX_PARAM] = { NULL }, *dy = shifted(slopes->first[0], lo);
    for (unsigned j = 0; j < k; j++) {
        double *first = shifted(slopes->first[1 + j], lo);
        if (first)
            memcpy(first, first_of(r, j), bytes);
        for (unsigned l = 0; l <= j; l++) {
            double *second = shifted(slopes->second[MLE_HESS(1 + j, 1 + l)], lo);
            if (second)
                memcpy(second, second_of(r, j, l), bytes);
        }
        dyj[j] = shifted(slopes->second[MLE_HESS(1 + j, 0)], lo);
    }
    double *dyy = shifted(slopes->second[MLE_HESS(0, 0)], lo);
    if (!dy)
        return;
    if (motion_of(r->family) == MOTION_LOCATION)
        by_location(r, dy, dyy, dyj);
    else
        by_scale(r, arg, dy, dyy, dyj);
}

/* Rows [lo, hi), all legal. */
static void run_rows(const struct mle_family *family, size_t lo, size_t hi,
                     const struct operand arg[], double out[], const struct slopes *slopes)
{
    double grad[MLE_MAX_PARAM * MAX_BLOCK], hess[MLE_MAX_HESS * MAX_BLOCK], y[MAX_BLOCK];
    struct mle_view view[MLE_MAX_PARAM];
    struct operand from[MAX_ARG] = { { NULL, 0 } };
    unsigned k = family->n_param, n_arg = 1 + k + family->support.needs_trials;
    size_t n = hi - lo;
    for (unsigned j = 0; j < n_arg; j++)
        from[j] = (struct operand){ arg[j].at + lo * arg[j].stride, arg[j].stride };
    for (size_t i = 0; i < n; i++)
        y[i] = number(&from[0], i);
    for (unsigned j = 0; j < k; j++)
        view[j] = (struct mle_view){ from[1 + j].at, from[1 + j].stride };
    struct mle_obs obs = { .n = n, .y = y };
    if (family->support.needs_trials)
        obs.trials = (struct mle_view){ from[1 + k].at, from[1 + k].stride };
    family->rows(&obs, view, out + lo, slopes ? grad : NULL, slopes ? hess : NULL);
    struct run r = { family, n, y, grad, hess };
    if (slopes)
        put_slopes(&r, from, lo, slopes);
}

void mle_density_values(const struct mle_family *family, size_t n, const struct operand arg[],
                        double out[], const struct slopes *slopes)
{
    unsigned n_arg = 1 + family->n_param + family->support.needs_trials;
    for (size_t lo = 0; lo < n;) {
        size_t hi = lo;
        while (hi < n && is_legal(family, arg, hi))
            hi++;
        if (hi > lo)
            run_rows(family, lo, hi, arg, out, slopes);
        for (lo = hi; lo < n && !is_legal(family, arg, lo); lo++) {
            out[lo] = NAN;
            for (unsigned j = 0; slopes && j < n_arg * (n_arg + 1) / 2; j++) {
                if (j < n_arg && slopes->first[j])
                    slopes->first[j][lo] = NAN;
                if (slopes->second[j])
                    slopes->second[j][lo] = NAN;
            }
        }
    }
}
