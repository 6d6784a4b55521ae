#include "core/base/shortest.h"
#include "core/math/logs.h"
#include "core/model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* theta = (p_0, ..., p_k-1) on the simplex. With u_j = log(p_j+1 / p_r), r a level that occurs, the
   log-likelihood is strictly concave; levels that never occur have p = 0 and leave u. */

enum { MAX_LEVELS = 4096 };

struct self {
    size_t k;
    double *count; /* [k] weight of each level */
    size_t n_seen;
    size_t *seen;   /* [n_seen] levels that occur; the first is the reference */
    uint32_t *code; /* [n] level of each row of the frame */
};

/* --- binding -------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum mle_status too_many_levels(const struct mle_model *model, size_t k,
                                       struct mle_error *err)
{
    mle_fail(err, MLE_INVALID_DATA, "column '%.64s' has more than %d different values",
             model->frame.response->name, MAX_LEVELS);
    mle_fault_at(err, "/model/response", "too_many_levels", "%zu or more levels", k);
    return MLE_INVALID_DATA;
}

/* A numeric response: its distinct values in ascending order are the levels. */
static enum mle_status number_levels(struct mle_model *model, struct self *self,
                                     const struct mle_work *work, struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    const struct mle_table *table;
    MLE_TRY(mle_tabulate(frame, work, &table, err));
    if (!table || table->n > MAX_LEVELS)
        return too_many_levels(model, MAX_LEVELS + 1, err);
    const char **level = mle_arena_alloc(work->arena, table->n * sizeof *level);
    uint32_t *code = mle_arena_alloc(work->arena, frame->n * sizeof *code);
    if (!level || !code)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < table->n; j++) {
        char number[32];
        const char *text = mle_show(table->y[j], number);
        if (frame->response->type == MLE_BOOLEAN)
            text = table->y[j] != 0 ? "true" : "false";
        level[j] = mle_arena_text(work->arena, strlen(text), text);
        if (!level[j])
            return mle_arena_fail(work->arena, err);
    }
    for (size_t i = 0; i < frame->n; i++) {
        const double *at = bsearch(&frame->y[i], table->y, table->n, sizeof *at, by_number);
        code[i] = (uint32_t)(at - table->y);
    }
    model->n_level = table->n;
    model->level = level;
    self->code = code;
    return MLE_OK;
}

static enum mle_status find_levels(struct mle_model *model, struct self *self,
                                   const struct mle_work *work, struct mle_error *err)
{
    const struct mle_frame *frame = &model->frame;
    if (frame->n_part == 0) {
        MLE_TRY(mle_model_given_levels(model, err));
        if (model->n_level > 0)
            return MLE_OK;
        mle_fail(err, MLE_INVALID_MODEL, "without a response the levels must be given");
        mle_fault_at(err, "/model/levels", "required", "expected {\"column\": [\"level\", ...]}");
        return MLE_INVALID_MODEL;
    }
    if (frame->codes) {
        self->code = mle_arena_alloc(work->arena, frame->n * sizeof *self->code);
        if (!self->code)
            return mle_arena_fail(work->arena, err);
        memcpy(self->code, frame->codes, frame->n * sizeof *self->code);
        model->n_level = frame->n_level;
        model->level = frame->level;
        if (model->n_level > MAX_LEVELS)
            return too_many_levels(model, model->n_level, err);
    } else {
        MLE_TRY(number_levels(model, self, work, err));
    }
    uint32_t *place = mle_arena_alloc(work->arena, model->n_level * sizeof *place);
    if (!place)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(mle_model_order_levels(model, place, err));
    for (size_t i = 0; i < frame->n; i++)
        self->code[i] = place[self->code[i]];
    if (model->n_level > MAX_LEVELS)
        return too_many_levels(model, model->n_level, err);
    return MLE_OK;
}

static enum mle_status bind(struct mle_model *model, const struct mle_model_spec *spec,
                            const struct mle_work *work, struct mle_error *err)
{
    MLE_TRY(mle_model_refuse_members(spec, err));
    if (spec->n_fixed > 0 || spec->n_start > 0)
        return mle_model_refuse_member(spec, spec->n_fixed > 0 ? "fixed" : "start", err);
    struct self *self = mle_arena_zeros(work->arena, 1, sizeof *self);
    if (!self)
        return mle_arena_fail(work->arena, err);
    MLE_TRY(find_levels(model, self, work, err));
    size_t k = self->k = model->n_level;
    struct mle_param *param = mle_arena_alloc(work->arena, k * sizeof *param);
    struct mle_param_group *group = mle_arena_alloc(work->arena, sizeof *group);
    self->count = mle_arena_zeros(work->arena, k, sizeof *self->count);
    self->seen = mle_arena_alloc(work->arena, k * sizeof *self->seen);
    if (!param || !group || !self->count || !self->seen)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < k; j++) {
        char name[32];
        int n = snprintf(name, sizeof name, "p[%zu]", j);
        param[j] =
            (struct mle_param){ mle_arena_text(work->arena, (size_t)n, name), MLE_UNIT_CLOSED };
        if (!param[j].name)
            return mle_arena_fail(work->arena, err);
    }
    *group = (struct mle_param_group){ "p", MLE_VECTOR, 0, k };
    model->self = self;
    model->measure = MLE_COUNTING;
    model->n_theta = k;
    model->param = param;
    model->n_group = 1;
    model->group = group;
    model->solvable = true;
    model->climbable = true;
    return MLE_OK;
}

/* --- scan: the counts are all there is to know ------------------------------------------------ */

static enum mle_status scan(struct mle_model *model, const struct mle_work *work,
                            struct mle_error *err)
{
    struct self *self = model->self;
    const struct mle_frame *frame = &model->frame;
    for (size_t i = 0; i < frame->n; i++) {
        if (i % MLE_TILE_ROWS == 0 && mle_stop_check(work->stop) != MLE_STOP_NONE)
            return mle_stop_fail(work->stop, err);
        self->count[self->code[i]] += frame->w ? frame->w[i] : 1;
    }
    for (size_t j = 0; j < self->k; j++)
        if (self->count[j] > 0)
            self->seen[self->n_seen++] = j;
    model->n_free = self->n_seen - 1;
    struct mle_table *table = mle_arena_zeros(work->arena, 1, sizeof *table);
    double *y = mle_arena_doubles(work->arena, self->n_seen);
    double *w = mle_arena_doubles(work->arena, self->n_seen);
    if (!table || !y || !w)
        return mle_arena_fail(work->arena, err);
    for (size_t j = 0; j < self->n_seen; j++) {
        y[j] = (double)self->seen[j];
        w[j] = self->count[self->seen[j]];
        table->singletons += w[j] == 1;
    }
    table->n = self->n_seen;
    table->y = y;
    table->w = w;
    model->table = table;
    model->evidence = (struct mle_evidence){ .n = frame->n,
                                             .weight_sum = frame->weight_sum,
                                             .min = y[0],
                                             .max = y[self->n_seen - 1],
                                             .obs = { table->n, y, { NULL, 0 } },
                                             .w = w,
                                             .tabulated = true };
    return MLE_OK;
}

static void solve(const struct mle_model *model, double theta[])
{
    const struct self *self = model->self;
    for (size_t j = 0; j < self->k; j++)
        theta[j] = self->count[j] / model->frame.weight_sum;
}

static void exists(const struct mle_model *model, struct mle_existence *x)
{
    const struct self *self = model->self;
    x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (self->n_seen == self->k && self->k > 1)
        return;
    size_t empty = 0;
    while (empty < self->k && self->count[empty] > 0)
        empty++;
    if (self->k == 1)
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "all rows have the level '%.64s': its probability is 1", model->level[0]);
    else
        mle_settle(x, MLE_VERDICT_BOUNDARY, MLE_CERTIFICATE_SUPPORT_EDGE,
                   "%zu of %zu levels never occur ('%.64s' is the first): their probability is 0",
                   self->k - self->n_seen, self->k, model->level[empty]);
    x->maximum = MLE_MAXIMUM_GLOBAL;
    x->limit_param = model->param[self->k == 1 ? 0 : empty].name;
    x->rest_free = true;
}

/* --- the objective in u ------------------------------------------------------------------------
 */

static void natural(const struct mle_model *model, const double u[], double theta[],
                    double jacobian[])
{
    const struct self *self = model->self;
    size_t n = model->n_free;
    double largest = 0, sum = 0;
    for (size_t j = 0; j < n; j++)
        largest = fmax(largest, u[j]);
    memset(theta, 0, self->k * sizeof *theta);
    for (size_t j = 0; j <= n; j++) {
        double e = exp((j == 0 ? 0 : u[j - 1]) - largest);
        theta[self->seen[j]] = e;
        sum += e;
    }
    for (size_t j = 0; j <= n; j++)
        theta[self->seen[j]] /= sum;
    if (!jacobian)
        return;
    memset(jacobian, 0, self->k * n * sizeof *jacobian);
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j < n; j++) {
            double p = theta[self->seen[i]], q = theta[self->seen[j + 1]];
            jacobian[self->seen[i] * n + j] = p * ((i == j + 1) - q);
        }
}

static void unconstrain(const struct mle_model *model, const double theta[], double u[])
{
    const struct self *self = model->self;
    for (size_t j = 0; j < model->n_free; j++)
        u[j] = log(theta[self->seen[j + 1]] / theta[self->seen[0]]);
}

static void start(const struct mle_model *model, double u[])
{
    memset(u, 0, model->n_free * sizeof *u);
}

static enum mle_status loglik(const struct mle_model *model, const struct mle_work *work,
                              const double u[], double *ll, double grad[], double hess[],
                              struct mle_error *err)
{
    const struct self *self = model->self;
    size_t n = model->n_free;
    struct mle_arena_mark mark = mle_arena_mark(work->arena);
    double *p = mle_arena_doubles(work->arena, self->k);
    if (!p)
        return mle_arena_fail(work->arena, err);
    natural(model, u, p, NULL);
    double w = model->frame.weight_sum;
    *ll = 0;
    for (size_t j = 0; j < self->n_seen; j++)
        *ll += mle_xlogy(self->count[self->seen[j]], p[self->seen[j]]);
    for (size_t i = 0; grad && i < n; i++) {
        double p_i = p[self->seen[i + 1]];
        grad[i] = self->count[self->seen[i + 1]] - w * p_i;
        for (size_t j = 0; j < n; j++)
            hess[i * n + j] = -w * p_i * ((i == j) - p[self->seen[j + 1]]);
    }
    mle_arena_rewind(work->arena, mark);
    return MLE_OK;
}

static enum mle_status evaluate(const struct mle_model *model, const struct mle_work *work,
                                const double theta[], double ll[], double *sum, double score[],
                                double hess[], struct mle_error *err)
{
    const struct self *self = model->self;
    const struct mle_frame *frame = &model->frame;
    size_t k = self->k;
    *sum = 0;
    if (score)
        memset(score, 0, k * sizeof *score);
    if (hess)
        memset(hess, 0, k * k * sizeof *hess);
    for (size_t i = 0; i < frame->n; i++) {
        if (i % MLE_TILE_ROWS == 0 && mle_stop_check(work->stop) != MLE_STOP_NONE)
            return mle_stop_fail(work->stop, err);
        size_t j = self->code[i];
        double w = frame->w ? frame->w[i] : 1;
        ll[i] = log(theta[j]);
        *sum += w * ll[i];
        if (score)
            score[j] += w / theta[j];
        if (hess)
            hess[j * k + j] -= w / (theta[j] * theta[j]);
    }
    return MLE_OK;
}

/* The sum may be off by the rounding of each term. */
static const char *refuse(const struct mle_model *model, const double theta[], const char **param)
{
    double sum = 0;
    for (size_t j = 0; j < model->n_theta; j++)
        sum += theta[j];
    *param = "p";
    return fabs(sum - 1) <= 1e-9 ? NULL : "the probabilities do not sum to 1";
}

static void probabilities(const struct mle_model *model, const double theta[], size_t i, double p[])
{
    (void)i;
    memcpy(p, theta, model->n_level * sizeof *p);
}

static double entropy(const struct mle_model *model, const double theta[])
{
    double sum = 0;
    for (size_t j = 0; j < model->n_theta; j++)
        sum -= mle_xlogy(theta[j], theta[j]);
    return sum;
}

static const struct mle_kind_param kind_param = { "p", MLE_VECTOR, MLE_UNIT_CLOSED,
                                                  "one for each level; their sum is 1" };

const struct mle_model_kind mle_model_kind_categorical = {
    .name = "categorical",
    .title = "Categorical",
    .doc = "log f(y) = log p[y]; one probability for each level. The levels of a text column are "
           "in the order of their bytes unless 'levels' gives another. Johnson, Kotz & "
           "Balakrishnan (1997) 35.1",
    .measure = MLE_COUNTING,
    .support = "levels of a column",
    .r = "dmultinom(x, prob = {[p]})",
    .n_param = 1,
    .param = &kind_param,
    .no_cdf = "levels have no order",
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
    .probabilities = probabilities,
    .entropy = entropy,
};
