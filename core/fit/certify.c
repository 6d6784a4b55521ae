/* The certificate of a maximum: gradient, information matrix and what they prove, computed apart
   from the optimiser. */
#include "core/fit/fit.h"
#include "core/math/kernels.h"
#include "core/math/linalg.h"
#include "core/math/special.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A gradient of so many standard errors moves no digit that anybody reads. */
static const double gradient_limit = 1e-6;

struct workspace {
    size_t n;
    double *grad, *hess; /* of the negative log-likelihood in u */
    double *inverse;     /* of hess: the covariance of u */
    double *eigenvalue;
    double *jacobian; /* d theta / d u, [n_theta][n] */
};

static enum mle_status allocate(struct workspace *s, const struct mle_model *model,
                                const struct mle_work *work, struct mle_error *err)
{
    size_t n = s->n = model->n_free;
    s->grad = mle_arena_doubles(work->arena, n);
    s->hess = mle_arena_doubles(work->arena, n * n);
    s->inverse = mle_arena_doubles(work->arena, n * n);
    s->eigenvalue = mle_arena_doubles(work->arena, n);
    s->jacobian = mle_arena_doubles(work->arena, model->n_theta * n);
    bool ok = s->grad && s->hess && s->inverse && s->eigenvalue && s->jacobian;
    return ok ? MLE_OK : mle_arena_fail(work->arena, err);
}

/* g' H^-1 g and the gradient in standard errors. */
static void measure_gradient(const struct workspace *s, struct mle_convergence *c)
{
    size_t n = s->n;
    double decrement = 0, in_errors = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            decrement += s->grad[i] * s->inverse[i * n + j] * s->grad[j];
        in_errors = fmax(in_errors, fabs(s->grad[i]) * sqrt(s->inverse[i * n + i]));
    }
    c->newton_decrement = fmax(decrement, 0);
    c->nll_gap = c->newton_decrement / 2;
    c->gradient_in_standard_errors = in_errors;
}

/* SETS the covariance of theta, J H^-1 J', and the standard errors. */
static enum mle_status propagate(struct mle_fit *fit, const struct workspace *s,
                                 const struct mle_work *work, struct mle_error *err)
{
    size_t k = fit->model->n_theta, n = s->n;
    double *covariance = mle_arena_zeros(work->arena, k * k, sizeof *covariance);
    double *row = mle_arena_doubles(work->arena, n); /* of J H^-1 */
    if (!covariance || !row)
        return mle_arena_fail(work->arena, err);
    for (size_t a = 0; a < k; a++) {
        if (n > 100 && mle_stop_check(work->stop) != MLE_STOP_NONE)
            return mle_stop_fail(work->stop, err);
        memset(row, 0, n * sizeof *row);
        for (size_t i = 0; i < n; i++) {
            double slope = s->jacobian[a * n + i];
            for (size_t j = 0; slope != 0 && j < n; j++)
                row[j] += slope * s->inverse[i * n + j];
        }
        for (size_t b = 0; b <= a; b++) {
            double sum = mle_weighted_sum(n, row, s->jacobian + b * n);
            covariance[a * k + b] = covariance[b * k + a] = sum;
        }
    }
    fit->covariance = covariance;
    for (size_t a = 0; a < k; a++) {
        double variance = covariance[a * k + a];
        fit->estimate[a].standard_error = variance > 0 ? sqrt(variance) : NAN;
    }
    return MLE_OK;
}

/* inverse := H^-1 (sum_i w_i s_i s_i') H^-1, the covariance of u even where the model is not true.
   Ref: Huber (1967), 5th Berkeley Symposium 1, 221; White (1982), Econometrica 50, 1. */
static enum mle_status make_sandwich(const struct workspace *s, const struct mle_model *model,
                                     const struct mle_work *work, const double u[],
                                     struct mle_error *err)
{
    size_t n = s->n;
    double *outer = mle_arena_doubles(work->arena, n * n);
    double *half = mle_arena_zeros(work->arena, n * n + 1, sizeof *half); /* H^-1 outer */
    if (!outer || !half)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(model->kind->scores(model, work, u, outer, err));
    for (size_t i = 0; i < n; i++)
        for (size_t l = 0; l < n; l++)
            for (size_t j = 0; j < n; j++)
                half[i * n + j] += s->inverse[i * n + l] * outer[l * n + j];
    memcpy(outer, s->inverse, n * n * sizeof *outer);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = mle_weighted_sum(n, half + i * n, outer + j * n);
            s->inverse[i * n + j] = s->inverse[j * n + i] = sum;
        }
    return MLE_OK;
}

/* How far from the maximum, in standard errors, the nearest double to the estimate may be: with an
   offset of 1e15 the mean of three values has two digits left, and that is not the optimiser's
   fault. */
static double representable(const struct mle_fit *fit)
{
    double worst = 0;
    for (size_t j = 0; j < fit->model->n_theta; j++) {
        const struct mle_estimate *e = &fit->estimate[j];
        if (e->standard_error > 0)
            worst = fmax(worst, 4 * DBL_EPSILON * fabs(e->value) / e->standard_error);
    }
    return worst;
}

/* Settles an open verdict: a stationary point with positive definite information is a maximum, and
   the family's rule may say that it is the only one. */
static void settle_open(struct mle_fit *fit)
{
    struct mle_existence *x = &fit->existence;
    double limit = gradient_limit + representable(fit);
    if (x->doubtful || !(fit->convergence.gradient_in_standard_errors <= limit) ||
        !(fit->convergence.hessian_min_eigenvalue > 0))
        return;
    x->supremum = x->supremum_infinite ? INFINITY : x->supremum;
    bool unique = x->certificate == MLE_CERTIFICATE_STRICT_CONCAVITY ||
                  x->certificate == MLE_CERTIFICATE_UNIQUE_ROOT ||
                  x->certificate == MLE_CERTIFICATE_STIEMKE;
    if (x->certificate == MLE_CERTIFICATE_NONE)
        x->certificate = MLE_CERTIFICATE_STATIONARY_POINT;
    x->verdict = MLE_VERDICT_INTERIOR;
    x->valid = true;
    x->maximum = unique            ? MLE_MAXIMUM_GLOBAL
                 : fit->starts > 1 ? MLE_MAXIMUM_BEST_OF_STARTS
                                   : MLE_MAXIMUM_LOCAL;
    if (x->n_null > 0) {
        mle_settle(x, MLE_VERDICT_NON_UNIQUE, MLE_CERTIFICATE_RANK,
                   "the predictors are linearly dependent: coefficients along the null space only "
                   "count together; those pinned at 0 make one representative");
        return;
    }
    if (unique)
        mle_copy_text(sizeof x->detail, x->detail,
                      "the gradient is zero, the information is positive definite and the "
                      "log-likelihood has no other stationary point");
    else
        mle_copy_text(sizeof x->detail, x->detail,
                      "the gradient is zero and the information is positive definite");
}

enum mle_status mle_fit_certify(struct mle_fit *fit, const struct mle_work *work, const double u[],
                                const double theta[], struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    struct mle_convergence *c = &fit->convergence;
    struct workspace s;
    double ll;
    MLE_TRY(allocate(&s, model, work, err));
    size_t n = s.n;
    MLE_TRY(model->kind->loglik(model, work, u, &ll, s.grad, s.hess, err));
    c->evaluations++;
    c->gradient_norm = 0;
    for (size_t i = 0; i < n; i++)
        c->gradient_norm = fmax(c->gradient_norm, fabs(s.grad[i]));
    for (size_t i = 0; i < n * n; i++)
        s.hess[i] = -s.hess[i];
    if (n > 0 && mle_symmetric_eigenvalues(n, s.hess, work->arena, s.eigenvalue)) {
        c->hessian_min_eigenvalue = s.eigenvalue[0];
        c->hessian_condition = s.eigenvalue[n - 1] / s.eigenvalue[0];
    }
    memcpy(s.inverse, s.hess, n * n * sizeof *s.hess);
    if (mle_cholesky(n, s.inverse)) {
        mle_cholesky_inverse(n, s.inverse);
        measure_gradient(&s, c);
        if (fit->sandwich && n > 0)
            MLE_TRY(make_sandwich(&s, model, work, u, err));
        double *again = mle_arena_doubles(work->arena, model->n_theta);
        if (!again)
            return mle_arena_fail(work->arena, err);
        model->kind->natural(model, u, again, s.jacobian);
        MLE_TRY(propagate(fit, &s, work, err));
    } else {
        fit->standard_error_absent = "the information matrix is not positive definite";
    }
    if (fit->existence.verdict == MLE_VERDICT_OPEN)
        settle_open(fit);
    bool limit = fit->existence.verdict == MLE_VERDICT_INFINITE;
    if (limit)
        fit->existence.supremum = ll;
    mle_fit_diagnose(fit, ll, limit ? NULL : theta);
    return MLE_OK;
}

void mle_fit_intervals(struct mle_fit *fit)
{
    double z = mle_normal_quantile(0.5 + fit->confidence_level / 2);
    for (size_t j = 0; j < fit->model->n_theta; j++) {
        struct mle_estimate *e = &fit->estimate[j];
        struct mle_domain domain = fit->model->param[j].domain;
        double slope;
        mle_domain_derivatives_at(domain, e->value, &slope, NULL);
        if (!(e->standard_error > 0) || !(slope > 0))
            continue;
        double u = mle_domain_to_u(domain, e->value), half = z * e->standard_error / slope;
        e->lower = mle_domain_from_u(domain, u - half);
        e->upper = mle_domain_from_u(domain, u + half);
    }
}
