/* theta = (p_0, ..., p_k-1) on the simplex, u their softmax coordinates over the categories that
   occur; the log-likelihood is strictly concave there. What all rows say is the totals of their
   categories. */
#include "core/math/logs.h"
#include "core/math/special.h"
#include "core/model/counts.h"
#include "core/model/simplex.h"

#include <math.h>
#include <string.h>

struct self {
    struct mle_counts counts;
    double *scratch; /* [k] */
};

static enum mle_status bind(struct mle_model *model, const struct mle_model_spec *spec,
                            const struct mle_work *work, struct mle_error *err)
{
    (void)spec;
    struct self *self = mle_arena_zeros(work->arena, 1, sizeof *self);
    if (!self)
        return mle_arena_fail(work->arena, err);
    model->self = self;
    model->measure = MLE_COUNTING;
    MLE_TRY(mle_simplex_bind(model, "p", (struct mle_domain)MLE_UNIT_CLOSED, work, err));
    self->scratch = mle_arena_doubles(work->arena, model->n_theta);
    if (!self->scratch)
        return mle_arena_fail(work->arena, err);
    model->solvable = model->climbable = isnan(model->fixed[0]);
    return MLE_OK;
}

static enum mle_status scan(struct mle_model *model, const struct mle_work *work,
                            struct mle_error *err)
{
    struct self *self = model->self;
    MLE_TRY(mle_counts_scan(model, work, &self->counts, err));
    bool free = isnan(model->fixed[0]) && self->counts.n_seen > 0;
    model->n_free = free ? self->counts.n_seen - 1 : 0;
    return MLE_OK;
}

static void exists(const struct mle_model *model, struct mle_existence *x)
{
    const struct self *self = model->self;
    const struct mle_counts *c = &self->counts;
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (!isnan(model->fixed[0])) {
        mle_settle_given(model, x);
        return;
    }
    if (c->n_seen == 0) {
        mle_settle(x, MLE_VERDICT_NO_INFORMATION, MLE_CERTIFICATE_FLAT_SET,
                   "all counts are 0: every p gives the rows the probability 1");
        x->supremum = 0;
        return;
    }
    if (c->n_seen == c->k)
        return;
    size_t empty = 0;
    while (c->total[empty] > 0)
        empty++;
    char name[65];
    mle_copy_text(sizeof name, name, model->frame.part[c->n_seen == 1 ? c->seen[0] : empty]->name);
    if (c->n_seen == 1)
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "all counts are in the category '%s': its probability is 1", name);
    else
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "%zu of %zu categories have no counts ('%s' is the first): their probability "
                   "is 0",
                   c->k - c->n_seen, c->k, name);
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->limit_param = model->param[c->n_seen == 1 ? c->seen[0] : empty].name;
    x->rest_free = true;
}

static void solve(const struct mle_model *model, double theta[])
{
    const struct self *self = model->self;
    memcpy(theta, self->counts.share, model->n_theta * sizeof *theta);
}

/* --- u ---------------------------------------------------------------------------------------- */

static void natural(const struct mle_model *model, const double u[], double theta[],
                    double jacobian[])
{
    const struct self *self = model->self;
    const struct mle_counts *c = &self->counts;
    size_t n = model->n_free;
    double *m = self->scratch;
    if (!isnan(model->fixed[0])) {
        memcpy(theta, model->fixed, c->k * sizeof *theta);
        return;
    }
    mle_softmax(n + 1, u, m);
    memset(theta, 0, c->k * sizeof *theta);
    for (size_t j = 0; j <= n; j++)
        theta[c->seen[j]] = m[j];
    if (!jacobian)
        return;
    memset(jacobian, 0, c->k * n * sizeof *jacobian);
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 1; j <= n; j++)
            jacobian[c->seen[i] * n + j - 1] = m[i] * ((i == j) - m[j]);
}

static void unconstrain(const struct mle_model *model, const double theta[], double u[])
{
    const struct self *self = model->self;
    const struct mle_counts *c = &self->counts;
    for (size_t j = 0; j < model->n_free; j++)
        u[j] = log(theta[c->seen[j + 1]] / theta[c->seen[0]]);
}

static void start(const struct mle_model *model, double u[])
{
    const struct self *self = model->self;
    memset(u, 0, model->n_free * sizeof *u);
    bool inside = !isnan(model->start[0]);
    for (size_t j = 0; j < self->counts.n_seen; j++)
        inside = inside && model->start[self->counts.seen[j]] > 0;
    if (inside)
        unconstrain(model, model->start, u);
}

/* From the estimate's log-likelihood, and so without the large logarithms of factorials:
   l(p) = l(share) - sum total log(share / p). */
static enum mle_status loglik(const struct mle_model *model, const struct mle_work *work,
                              const double u[], double *ll, double grad[], double hess[],
                              struct mle_error *err)
{
    const struct self *self = model->self;
    const struct mle_counts *c = &self->counts;
    size_t n = model->n_free;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    double *p = mle_arena_doubles(work->arena, c->k);
    if (!p)
        return mle_arena_fail(work->arena, err);
    natural(model, u, p, NULL);
    *ll = c->log_likelihood;
    for (size_t j = 0; j < c->n_seen; j++) {
        size_t s = c->seen[j];
        double ratio = (c->share[s] - p[s]) / p[s];
        *ll -= c->total[s] * (fabs(ratio) < 0.5 ? log1p(ratio) : log(c->share[s] / p[s]));
    }
    for (size_t i = 0; grad && i < n; i++) {
        double p_i = p[c->seen[i + 1]];
        grad[i] = c->total[c->seen[i + 1]] - c->sum * p_i;
        for (size_t j = 0; j < n; j++)
            hess[i * n + j] = -c->sum * p_i * ((i == j) - p[c->seen[j + 1]]);
    }
    mle_arena_rewind(work->arena, mark);
    return MLE_OK;
}

/* --- at any point ----------------------------------------------------------------------------- */

struct pass {
    const struct mle_frame *frame;
    const double *p;
    double excess;
    double *ll;
};

/* acc: the log-likelihood, then the totals. */
static void tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct pass *pass = ctx;
    const struct mle_frame *frame = pass->frame;
    memset(acc, 0, (1 + frame->n_part) * sizeof *acc);
    for (size_t i = lo; i < hi; i++) {
        double w = frame->w ? frame->w[i] : 1;
        pass->ll[i] = -INFINITY;
        if (mle_counts_inside(frame, i))
            pass->ll[i] = mle_log_multinomial(frame, i, mle_counts_row_total(frame, i), pass->p,
                                              pass->excess);
        acc[0] += w * pass->ll[i];
        for (size_t j = 0; j < frame->n_part; j++)
            acc[1 + j] += w * frame->value[j][i];
    }
}

static enum mle_status evaluate(const struct mle_model *model, const struct mle_work *work,
                                const double theta[], double ll[], double *sum, double score[],
                                double hess[], struct mle_error *err)
{
    size_t k = model->n_theta;
    struct pass pass = { &model->frame, theta, mle_excess(k, theta), ll };
    double *acc = mle_arena_doubles(work->arena, 1 + k);
    if (!acc)
        return mle_arena_fail(work->arena, err);
    struct mle_sum rows = { 1 + k, tile, NULL, &pass, 40 * (double)k };
    MLE_TRY(mle_reduce(&work->reducer, &rows, model->frame.n, work->stop, work->arena, acc, err));
    *sum = acc[0];
    if (hess)
        memset(hess, 0, k * k * sizeof *hess);
    for (size_t j = 0; j < k; j++) {
        double total = acc[1 + j];
        double slope = total == 0 ? 0 : total / theta[j];
        if (score)
            score[j] = isfinite(*sum) ? slope : NAN;
        if (hess)
            hess[j * k + j] = !isfinite(*sum) ? NAN : total == 0 ? 0 : -slope / theta[j];
    }
    return MLE_OK;
}

static const char *refuse(const struct mle_model *model, const double theta[], const char **param)
{
    double sum = 0;
    for (size_t j = 0; j < model->n_theta; j++)
        sum += theta[j];
    *param = "p";
    return fabs(sum - 1) <= 1e-9 ? NULL : "the probabilities do not sum to 1";
}

/* H = -log n! - n sum p log p + sum_j E log x_j!, x_j binomial. For one n: with several the model
   is conditional on them. */
static double entropy(const struct mle_model *model, const double theta[])
{
    const struct self *self = model->self;
    double n = self->counts.most_row;
    if (self->counts.least_row != n || !(n <= 1e5))
        return NAN;
    double sum = -mle_lgamma(n + 1);
    for (size_t j = 0; j < model->n_theta; j++) {
        double p = theta[j];
        sum -= n * mle_xlogy(p, p);
        for (double x = 2; x <= n && p > 0; x++)
            sum += exp(mle_log_binomial(x, n, p, 1 - p)) * mle_lgamma(x + 1);
    }
    return sum;
}

static const struct mle_kind_param kind_param = { "p", MLE_VECTOR, MLE_UNIT_CLOSED,
                                                  "one for each category; their sum is 1" };

const struct mle_model_kind mle_model_kind_multinomial = {
    .name = "multinomial",
    .title = "Multinomial",
    .doc = "log f(y) = log n! - sum_j log y_j! + sum_j y_j log p_j, n the sum of the row, which is "
           "given. One column of counts for each category. Johnson, Kotz & Balakrishnan (1997) "
           "35.1",
    .measure = MLE_COUNTING,
    .support = "vectors of non-negative integers, one column for each category",
    .scipy = "scipy.stats.multinomial(n=x.sum(), p={[p]})",
    .r = "dmultinom(x, prob = {[p]})",
    .n_param = 1,
    .param = &kind_param,
    .no_cdf = "categories have no order",
    .multivariate = true,
    .bind = bind,
    .scan = scan,
    .exists = exists,
    .solve = solve,
    .start = start,
    .loglik = loglik,
    .natural = natural,
    .unconstrain = unconstrain,
    .evaluate = evaluate,
    .refuse = refuse,
    .entropy = entropy,
};
