#include "core/model/simplex.h"

#include <math.h>
#include <string.h>

void mle_softmax(size_t k, const double v[], double m[])
{
    double largest = 0, sum = 0;
    for (size_t j = 1; j < k; j++)
        largest = fmax(largest, v[j - 1]);
    for (size_t j = 0; j < k; j++) {
        m[j] = exp((j == 0 ? 0 : v[j - 1]) - largest);
        sum += m[j];
    }
    for (size_t j = 0; j < k; j++)
        m[j] /= sum;
}

void mle_softmax_inverse(size_t k, const double m[], double v[])
{
    for (size_t j = 1; j < k; j++)
        v[j - 1] = log(m[j] / m[0]);
}

void mle_concentration_natural(size_t k, const double u[], double alpha[], double jacobian[])
{
    double sum = exp(u[0]);
    mle_softmax(k, u + 1, alpha);
    for (size_t j = 0; jacobian && j < k; j++)
        for (size_t i = 0; i < k; i++)
            jacobian[j * k + i] = sum * alpha[j] * (i == 0 ? 1 : (i == j) - alpha[i]);
    for (size_t j = 0; j < k; j++)
        alpha[j] *= sum;
}

void mle_concentration_unconstrain(size_t k, const double alpha[], double u[])
{
    double sum = 0;
    for (size_t j = 0; j < k; j++)
        sum += alpha[j];
    u[0] = log(sum);
    mle_softmax_inverse(k, alpha, u + 1);
}

/* With a = A m, s the slopes, S = sum m s, q the bends, r their excess:
     g_u = A S                      g_i = a_i (s_i - S)
     H_uu = curvature + A S         H_ui = -(r_i - m_i sum r) + a_i (s_i - S)
     H_il = -[i=l] q_i + m_l q_i + m_i q_l - m_i m_l sum q
            + [i=l] a_i (s_i - S) - m_l a_i s_i - m_i a_l s_l + 2 m_i m_l A S
   since moving v leaves the sum A as it is. */
void mle_concentration_derivatives(const struct mle_concentration *c, double grad[], double hess[])
{
    size_t k = c->k;
    double mean = c->pull, bends = 0, excess = 0;
    for (size_t j = 0; j < k; j++) {
        bends += c->bend[j];
        excess += c->excess[j];
    }
    grad[0] = c->sum * mean;
    hess[0] = c->curvature + c->sum * mean;
    for (size_t i = 1; i < k; i++) {
        double m = c->m[i], a = c->sum * m;
        grad[i] = a * (c->slope[i] - mean);
        hess[i] = hess[i * k] = grad[i] - (c->excess[i] - m * excess);
        for (size_t l = 1; l <= i; l++) {
            double n = c->m[l];
            double x = n * (c->bend[i] - a * c->slope[i]) +
                       m * (c->bend[l] - c->sum * n * c->slope[l]) -
                       m * n * (bends - 2 * c->sum * mean);
            x += i == l ? grad[i] - c->bend[i] : 0;
            hess[i * k + l] = hess[l * k + i] = x;
        }
    }
}

/* --- binding ---------------------------------------------------------------------------------- */

enum mle_status mle_simplex_columns(const struct mle_model *model, struct mle_error *err)
{
    enum { MAX_COLUMNS = 1024 };
    size_t k = model->frame.n_part;
    if (k >= 2 && k <= MAX_COLUMNS)
        return MLE_OK;
    mle_fail(err, MLE_INVALID_MODEL, "%s takes 2 to %d columns, not %zu", model->kind->name,
             MAX_COLUMNS, k);
    mle_fault_at(err, "/model/response", k < 2 ? "too_few" : "too_many",
                 "expected a list of 2 to %d columns", MAX_COLUMNS);
    return MLE_INVALID_MODEL;
}

enum mle_status mle_simplex_bind(struct mle_model *model, const char *name,
                                 struct mle_domain domain, const struct mle_work *work,
                                 struct mle_error *err)
{
    const struct mle_model_spec *spec = model->spec;
    MLE_TRY(mle_simplex_columns(model, err));
    struct mle_param_group *group = mle_arena_alloc(work->arena, sizeof *group);
    double *given = mle_arena_doubles(work->arena, 2 * model->frame.n_part);
    if (!group || !given)
        return mle_arena_fail(work->arena, err);
    *group = (struct mle_param_group){ name, MLE_VECTOR, 0, model->frame.n_part };
    model->n_group = 1;
    model->group = group;
    MLE_TRY(mle_model_name_params(model, &domain, work, err));
    MLE_TRY(mle_model_read_given(model, spec->n_fixed, spec->fixed, given, err));
    MLE_TRY(mle_model_read_given(model, spec->n_start, spec->start, given + model->n_theta, err));
    model->fixed = given;
    model->start = given + model->n_theta;
    return MLE_OK;
}

void mle_settle_given(const struct mle_model *model, struct mle_existence *x)
{
    memcpy(x->theta, model->fixed, model->n_theta * sizeof *x->theta);
    mle_settle(x, MLE_VERDICT_INTERIOR, MLE_CERTIFICATE_SINGLE_POINT,
               "all parameters are given: there is nothing to maximise over");
    x->maximum = MLE_MAXIMUM_GLOBAL;
}
