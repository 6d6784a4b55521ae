/* theta = (alpha_0, ..., alpha_k-1), u = (log A, softmax coordinates of alpha / A) over the
   categories that occur (core/model/simplex.h). A row's probability is a sum over its counts apart
   from each other, so the rows are tabulated by column: a pass takes as long as there are different
   counts. */
#include "core/math/special.h"
#include "core/model/counts.h"
#include "core/model/simplex.h"

#include <math.h>
#include <string.h>

struct self {
    struct mle_counts counts;
    const struct mle_table **column;  /* [n_seen] weights of each count of a category */
    const struct mle_table *rows;     /* weights of each row total */
    double constant;                  /* sum of the logarithms of multinomial coefficients */
    double chance;                    /* sum of n (n - 1) / 2: pairs of draws */
    double dispersion;                /* d l / d (1/A) at 1/A = 0, see exists */
    double *alpha, *m, *slope, *bend; /* [k] scratch */
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
    MLE_TRY(mle_simplex_bind(model, "alpha", (struct mle_domain)MLE_NON_NEGATIVE, work, err));
    double **all[] = { &self->alpha, &self->m, &self->slope, &self->bend };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!(*all[i] = mle_arena_doubles(work->arena, model->n_theta)))
            return mle_arena_fail(work->arena, err);
    model->climbable = true;
    return MLE_OK;
}

/* --- scan ------------------------------------------------------------------------------------- */

static const char *refuse(const struct mle_model *model, const double theta[], const char **param)
{
    double sum = 0;
    for (size_t j = 0; j < model->n_theta; j++)
        sum += theta[j];
    *param = "alpha";
    return sum > 0 ? NULL : "all elements are 0";
}

/* The weights of each value of a column; with too many values, each row is one. */
static enum mle_status tabulate(const struct mle_frame *frame, const double y[],
                                const struct mle_work *work, const struct mle_table **table,
                                struct mle_error *err)
{
    struct mle_frame one = *frame;
    one.y = y;
    MLE_TRY(mle_tabulate(&one, work, table, err));
    if (*table)
        return MLE_OK;
    struct mle_table *all = mle_arena_zeros(work->arena, 1, sizeof *all);
    double *w = mle_arena_doubles(work->arena, frame->n);
    if (!all || !w)
        return mle_arena_fail(work->arena, err);
    for (size_t i = 0; i < frame->n; i++)
        w[i] = frame->w ? frame->w[i] : 1;
    *all = (struct mle_table){ .n = frame->n, .y = y, .w = w };
    *table = all;
    return MLE_OK;
}

static double pairs(const struct mle_table *table)
{
    double sum = 0;
    for (size_t i = 0; i < table->n; i++)
        sum += table->w[i] * (table->y[i] * (table->y[i] - 1) / 2);
    return sum;
}

static enum mle_status scan(struct mle_model *model, const struct mle_work *work,
                            struct mle_error *err)
{
    struct self *self = model->self;
    struct mle_counts *c = &self->counts;
    MLE_TRY(mle_counts_scan(model, work, c, err));
    self->column = mle_arena_zeros(work->arena, c->k, sizeof *self->column);
    if (!self->column)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(tabulate(&model->frame, c->row_total, work, &self->rows, err));
    self->chance = pairs(self->rows);
    self->dispersion = -self->chance;
    for (size_t j = 0; j < c->n_seen; j++) {
        size_t s = c->seen[j];
        MLE_TRY(tabulate(&model->frame, model->frame.value[s], work, &self->column[j], err));
        self->dispersion += pairs(self->column[j]) / c->share[s];
    }
    if (fabs(self->dispersion) <= 1e-13 * self->chance * (double)c->k)
        self->dispersion = 0; /* rounding */
    model->n_free = isnan(model->fixed[0]) ? c->n_seen : 0;
    return MLE_OK;
}

/* --- existence -------------------------------------------------------------------------------- */

static void settle_nothing(struct mle_existence *x)
{
    mle_settle(x, MLE_VERDICT_NO_INFORMATION, MLE_CERTIFICATE_FLAT_SET,
               "all counts are 0: every alpha gives the rows the probability 1");
    x->supremum = 0;
}

static void settle_flat(const struct mle_model *model, struct mle_existence *x)
{
    const struct self *self = model->self;
    for (size_t j = 0; j < model->n_theta; j++)
        x->theta[j] = self->counts.share[j];
    mle_settle(x, MLE_VERDICT_NON_UNIQUE, MLE_CERTIFICATE_FLAT_SET,
               "no row counts more than one: only the proportions of alpha matter, not their sum; "
               "here it is 1");
    x->supremum = self->counts.log_likelihood;
    x->maximum = MLE_MAXIMUM_GLOBAL;
}

static void settle_one_category(const struct mle_model *model, struct mle_existence *x)
{
    const struct self *self = model->self;
    for (size_t j = 0; j < model->n_theta; j++)
        x->theta[j] = 0;
    size_t only = self->counts.seen[0];
    x->theta[only] = 1;
    mle_settle(x, MLE_VERDICT_NON_UNIQUE, MLE_CERTIFICATE_FLAT_SET,
               "all counts are in one category: its probability is 1, the other elements of alpha "
               "are 0 and %s may be any positive number",
               model->param[only].name);
    x->supremum = 0;
    x->maximum = MLE_MAXIMUM_GLOBAL;
}

/* Every row is in one category: the sum of alpha falls to 0, and rows become categories. */
static void settle_whole_rows(const struct mle_model *model, struct mle_existence *x)
{
    const struct self *self = model->self;
    const struct mle_counts *c = &self->counts;
    const struct mle_frame *frame = &model->frame;
    double sum = 0, weight = 0, *m = self->m;
    memset(m, 0, c->k * sizeof *m);
    for (size_t i = 0; i < frame->n; i++)
        for (size_t j = 0; j < c->k; j++)
            if (frame->value[j][i] > 0)
                m[j] += frame->w ? frame->w[i] : 1;
    for (size_t j = 0; j < c->k; j++)
        weight += m[j];
    for (size_t j = 0; j < c->k; j++) {
        sum += m[j] > 0 ? m[j] * log(m[j] / weight) : 0;
        m[j] /= weight;
        x->theta[j] = 0;
    }
    mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
               "every row has all its counts in one category: the likelihood rises as the sum of "
               "alpha falls to 0, where a row is one draw of a category");
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->supremum = sum;
    x->limit_family = "categorical";
    x->limit_param = model->param[0].name;
    x->limit_group = "p";
    x->n_limit = c->k;
    x->limit_value = m;
}

/* As the sum A of alpha grows without limit the family becomes the multinomial, whose maximum is at
   p = share. There

       d l / d (1/A) = sum_j [sum_i w x_ij (x_ij - 1) / 2] / p_j - sum_i w n_i (n_i - 1) / 2

   (from log Gamma(a + x) - log Gamma(a) = x log a + x (x - 1) / (2 a) + ...). If it is not
   positive, the rows are no more dispersed than multinomial ones and that limit is a maximum; in
   one category of two it is the condition for the beta-binomial. If it is positive, points inside
   are better than every multinomial; and since some row has two categories, the likelihood falls to
   0 where A or an alpha_j of a category that occurs does: a maximum inside exists. Nothing proves
   that it is the only one. A category that never occurs only lowers the likelihood: its alpha is 0.
 */
static void exists(const struct mle_model *model, struct mle_existence *x)
{
    const struct self *self = model->self;
    const struct mle_counts *c = &self->counts;
    if (!isnan(model->fixed[0]))
        mle_settle_given(model, x);
    else if (c->n_seen == 0)
        settle_nothing(x);
    else if (c->n_seen == 1)
        settle_one_category(model, x);
    else if (c->most_row <= 1)
        settle_flat(model, x);
    else if (c->mixed == 0)
        settle_whole_rows(model, x);
    else if (self->dispersion <= 0) {
        for (size_t j = 0; j < c->k; j++)
            x->theta[j] = c->total[j] > 0 ? INFINITY : 0;
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_MOMENT_INEQUALITY,
                   "the rows vary no more than multinomial ones: the likelihood rises as the sum "
                   "of alpha grows without limit, where the family becomes the multinomial");
        x->maximum = MLE_MAXIMUM_LOCAL;
        x->supremum = c->log_likelihood;
        x->limit_family = "multinomial";
        x->limit_param = model->param[c->seen[0]].name;
        x->limit_group = "p";
        x->n_limit = c->k;
        x->limit_value = c->share;
    } else if (c->n_seen < c->k) {
        size_t empty = 0;
        while (c->total[empty] > 0)
            empty++;
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "%zu of %zu categories have no counts: their alpha is 0 (%s is the first)",
                   c->k - c->n_seen, c->k, model->param[empty].name);
        x->maximum = MLE_MAXIMUM_LOCAL;
        x->limit_param = model->param[empty].name;
        x->rest_free = true;
    }
}

/* --- u ---------------------------------------------------------------------------------------- */

/* alpha of the categories that occur, one after the other. */
static void compress(const struct self *self, const double theta[], double alpha[])
{
    for (size_t j = 0; j < self->counts.n_seen; j++)
        alpha[j] = theta[self->counts.seen[j]];
}

static void natural(const struct mle_model *model, const double u[], double theta[],
                    double jacobian[])
{
    const struct self *self = model->self;
    const struct mle_counts *c = &self->counts;
    size_t n = model->n_free;
    if (n == 0) {
        memcpy(theta, model->fixed, model->n_theta * sizeof *theta);
        return;
    }
    memset(theta, 0, c->k * sizeof *theta);
    if (jacobian)
        memset(jacobian, 0, c->k * n * sizeof *jacobian);
    mle_concentration_natural(n, u, self->alpha, jacobian);
    for (size_t j = n; j-- > 0;) {
        theta[c->seen[j]] = self->alpha[j];
        if (jacobian && c->seen[j] != j) {
            memcpy(jacobian + c->seen[j] * n, jacobian + j * n, n * sizeof *jacobian);
            memset(jacobian + j * n, 0, n * sizeof *jacobian);
        }
    }
}

static void unconstrain(const struct mle_model *model, const double theta[], double u[])
{
    const struct self *self = model->self;
    if (model->n_free == 0)
        return;
    compress(self, theta, self->alpha);
    mle_concentration_unconstrain(model->n_free, self->alpha, u);
}

/* --- the objective ---------------------------------------------------------------------------- */

/* The logarithms of factorials and gamma functions of large counts cancel. So every term is made a
   negative binomial probability of the same q: with

       f(x; a) = log Gamma(a + x) - log Gamma(a) - log x! + a log q + x log p,   p = 1 - q,

   log f(y) = sum_j f(y_j; alpha_j) - f(n; A) for any q, and A / (A + n) makes all of them small. */
struct odds {
    double p, q;
};

static struct odds odds_of(double sum, double n)
{
    return (struct odds){ n / (sum + n), sum / (sum + n) };
}

static double log_term(double x, double a, struct odds odds)
{
    if (x == 0)
        return a == 0 ? 0 : a * log1p(-odds.p);
    if (a == 0)
        return -INFINITY;
    return log(a / (a + x)) + mle_log_binomial(x, a + x, odds.p, odds.q);
}

/* A sum over a table: of w f(y; a), and of its first two derivatives in a. */
struct sums {
    const struct mle_table *table;
    double a;
    struct odds odds;
    bool derivatives;
};

enum { VALUE, FIRST, SECOND, SUMS };

static void sums_tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct sums *s = ctx;
    acc[VALUE] = acc[FIRST] = acc[SECOND] = 0;
    for (size_t i = lo; i < hi; i++) {
        double y = s->table->y[i], w = s->table->w[i];
        acc[VALUE] += w * log_term(y, s->a, s->odds);
        if (!s->derivatives || y == 0)
            continue;
        acc[FIRST] += w * mle_digamma_diff(s->a, y);
        acc[SECOND] += w * mle_trigamma_diff(s->a, y);
    }
}

static enum mle_status sum_table(const struct mle_work *work, const struct sums *s, double out[],
                                 struct mle_error *err)
{
    struct mle_sum sum = { SUMS, sums_tile, NULL, s, s->derivatives ? 250 : 80 };
    return mle_reduce(&work->reducer, &sum, s->table->n, work->stop, work->arena, out, err);
}

/* SETS ll and, if derivatives, slope, bend and the rest of c; theta are all elements of alpha. */
static enum mle_status by_tables(const struct mle_model *model, const struct mle_work *work,
                                 const double theta[], bool derivatives, double *ll,
                                 struct mle_concentration *c, struct mle_error *err)
{
    const struct self *self = model->self;
    const struct mle_counts *counts = &self->counts;
    double w = model->frame.weight_sum, sum = 0, of_sum[SUMS], of_one[SUMS];
    for (size_t j = 0; j < counts->k; j++)
        sum += theta[j];
    struct odds odds = odds_of(sum, counts->sum / w);
    struct sums all = { self->rows, sum, odds, derivatives };
    MLE_TRY(sum_table(work, &all, of_sum, err));
    *ll = -of_sum[VALUE];
    *c = (struct mle_concentration){ .k = counts->n_seen,
                                     .sum = sum,
                                     .m = self->m,
                                     .slope = self->slope,
                                     .bend = self->bend,
                                     .excess = self->bend,
                                     .curvature = -sum * sum * of_sum[SECOND] };
    for (size_t j = 0; j < counts->k; j++) /* where nothing is counted each row has f(0; a) */
        *ll += counts->total[j] > 0 ? 0 : w * log_term(0, theta[j], odds);
    for (size_t j = 0; j < counts->n_seen; j++) {
        double a = theta[counts->seen[j]];
        struct sums one = { self->column[j], a, odds, derivatives };
        MLE_TRY(sum_table(work, &one, of_one, err));
        *ll += of_one[VALUE];
        self->m[j] = a / sum;
        self->slope[j] = of_one[FIRST] - of_sum[FIRST];
        self->bend[j] = -a * a * of_one[SECOND];
        c->pull += self->m[j] * self->slope[j];
        c->curvature -= self->bend[j];
    }
    return MLE_OK;
}

static enum mle_status loglik(const struct mle_model *model, const struct mle_work *work,
                              const double u[], double *ll, double grad[], double hess[],
                              struct mle_error *err)
{
    struct mle_concentration c;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    double *theta = mle_arena_doubles(work->arena, model->n_theta);
    bool derivatives = grad && model->n_free > 0;
    if (!theta)
        return mle_arena_fail(work->arena, err);
    natural(model, u, theta, NULL);
    MLE_TRY(by_tables(model, work, theta, derivatives, ll, &c, err));
    if (derivatives)
        mle_concentration_derivatives(&c, grad, hess);
    mle_arena_rewind(work->arena, mark);
    return MLE_OK;
}

/* What the caller says, or the moments: E y_j (y_j - 1) = n (n - 1) p_j (A p_j + 1) / (A + 1), so
   that the pairs of equal draws, over p_j and added up, are to all pairs as A + k to A + 1. */
static void start(const struct mle_model *model, double u[])
{
    const struct self *self = model->self;
    const struct mle_counts *c = &self->counts;
    bool given = !isnan(model->start[0]);
    for (size_t j = 0; given && j < c->n_seen; j++)
        given = model->start[c->seen[j]] > 0;
    if (given) {
        unconstrain(model, model->start, u);
        return;
    }
    double above = self->dispersion / self->chance;
    compress(self, c->share, self->m);
    mle_concentration_unconstrain(c->n_seen, self->m, u);
    u[0] = log(fmax(((double)c->n_seen - 1 - above) / above, 0.01));
}

/* --- at any point ----------------------------------------------------------------------------- */

struct pass {
    const struct mle_frame *frame;
    const double *alpha;
    double sum;
    double *ll;
    bool derivatives;
};

static double log_probability(const struct pass *pass, size_t i)
{
    const struct mle_frame *frame = pass->frame;
    if (!mle_counts_inside(frame, i))
        return -INFINITY;
    double n = mle_counts_row_total(frame, i);
    if (n == 0)
        return 0;
    struct odds odds = odds_of(pass->sum, n);
    double ll = -log_term(n, pass->sum, odds);
    for (size_t j = 0; j < frame->n_part; j++)
        ll += log_term(frame->value[j][i], pass->alpha[j], odds);
    return ll;
}

/* acc: the log-likelihood, the derivatives in the sum and in each element. */
static void tile(const void *ctx, size_t lo, size_t hi, double acc[])
{
    const struct pass *pass = ctx;
    const struct mle_frame *frame = pass->frame;
    memset(acc, 0, (3 + 2 * frame->n_part) * sizeof *acc);
    for (size_t i = lo; i < hi; i++) {
        double w = frame->w ? frame->w[i] : 1;
        pass->ll[i] = log_probability(pass, i);
        acc[0] += w * pass->ll[i];
        if (!pass->derivatives || !isfinite(pass->ll[i]))
            continue;
        double n = mle_counts_row_total(frame, i);
        acc[1] -= w * (n > 0 ? mle_digamma_diff(pass->sum, n) : 0);
        acc[2] -= w * (n > 0 ? mle_trigamma_diff(pass->sum, n) : 0);
        for (size_t j = 0; j < frame->n_part; j++) {
            double x = frame->value[j][i];
            acc[3 + 2 * j] += x > 0 ? w * mle_digamma_diff(pass->alpha[j], x) : 0;
            acc[4 + 2 * j] += x > 0 ? w * mle_trigamma_diff(pass->alpha[j], x) : 0;
        }
    }
}

static enum mle_status evaluate(const struct mle_model *model, const struct mle_work *work,
                                const double theta[], double ll[], double *sum, double score[],
                                double hess[], struct mle_error *err)
{
    size_t k = model->n_theta;
    double *acc = mle_arena_doubles(work->arena, 3 + 2 * k);
    if (!acc)
        return mle_arena_fail(work->arena, err);
    struct pass pass = { &model->frame, theta, 0, ll, score || hess };
    for (size_t j = 0; j < k; j++)
        pass.sum += theta[j];
    struct mle_sum rows = { 3 + 2 * k, tile, NULL, &pass, 150 * (double)k };
    MLE_TRY(mle_reduce(&work->reducer, &rows, model->frame.n, work->stop, work->arena, acc, err));
    *sum = acc[0];
    bool finite = isfinite(*sum);
    for (size_t j = 0; score && j < k; j++)
        score[j] = finite ? acc[1] + acc[3 + 2 * j] : NAN;
    for (size_t j = 0; hess && j < k; j++)
        for (size_t i = 0; i < k; i++)
            hess[j * k + i] = finite ? acc[2] + (i == j ? acc[4 + 2 * j] : 0) : NAN;
    return MLE_OK;
}

/* -E log f, by columns: each count is beta-binomial with (alpha_j, A - alpha_j). For one n. */
static double entropy(const struct mle_model *model, const double theta[])
{
    const struct self *self = model->self;
    double n = self->counts.most_row, sum = 0;
    if (self->counts.least_row != n || !(n <= 1e5))
        return NAN;
    for (size_t j = 0; j < model->n_theta; j++)
        sum += theta[j];
    if (!isfinite(sum))
        return NAN;
    double value = n > 0 ? mle_lgamma_diff(sum, n) - mle_lgamma(n + 1) : 0;
    for (size_t j = 0; j < model->n_theta; j++) {
        double a = theta[j], b = sum - theta[j];
        for (double x = 1; x <= n && a > 0; x++) {
            double rest = x == n ? 0 : b > 0 ? mle_lgamma_diff(b, n - x) : -INFINITY;
            double log_p =
                mle_log_choose(n, x) + mle_lgamma_diff(a, x) + rest - mle_lgamma_diff(sum, n);
            value -= exp(log_p) * (mle_lgamma_diff(a, x) - mle_lgamma(x + 1));
        }
    }
    return value;
}

static const struct mle_kind_param kind_param = { "alpha", MLE_VECTOR, MLE_NON_NEGATIVE,
                                                  "one for each category, not all 0" };

const struct mle_model_kind mle_model_kind_dirichlet_multinomial = {
    .name = "dirichlet_multinomial",
    .title = "Dirichlet-multinomial (Polya)",
    .doc = "log f(y) = log n! - sum_j log y_j! + log Gamma(A) - log Gamma(A + n) + sum_j [log "
           "Gamma(alpha_j + y_j) - log Gamma(alpha_j)], A = sum alpha, n the sum of the row, which "
           "is given. Johnson, Kotz & Balakrishnan (1997) 35.13",
    .measure = MLE_COUNTING,
    .support = "vectors of non-negative integers, one column for each category",
    .scipy = "scipy.stats.dirichlet_multinomial(alpha={[alpha]}, n=x.sum())",
    .r = "extraDistr::ddirmnom(x, size = sum(x), alpha = {[alpha]})",
    .n_param = 1,
    .param = &kind_param,
    .no_cdf = "categories have no order",
    .multivariate = true,
    .bind = bind,
    .scan = scan,
    .exists = exists,
    .start = start,
    .loglik = loglik,
    .natural = natural,
    .unconstrain = unconstrain,
    .evaluate = evaluate,
    .refuse = refuse,
    .entropy = entropy,
};
