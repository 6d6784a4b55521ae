#include "core/opt/newton.h"

#include "core/math/linalg.h"

#include <float.h>
#include <math.h>
#include <string.h>

const char *mle_outcome_word(enum mle_outcome outcome)
{
    static const char *const words[] = {
#define WORD(name, word) word,
        MLE_OUTCOME_MAP(WORD)
    };
    return words[outcome];
}

struct point {
    double f, *u, *grad, *hess;
};

struct newton {
    const struct mle_objective *objective;
    const struct mle_newton_options *options;
    struct mle_stop *stop;
    size_t dim;
    struct point now, next;
    double *step, *factor;
    bool *held;     /* [dim] coordinates at a wall that f pushes against */
    bool loose;     /* one of them is held although f falls away from its wall */
    bool cut;       /* the step ends at a wall */
    double damping; /* lambda of (H + lambda D) step = -grad, D = max(|diag H|, floor) */
    struct mle_newton_result *result;
};

static enum mle_status eval(struct newton *s, struct point *p, struct mle_error *err)
{
    s->result->evaluations++;
    if (s->stop)
        atomic_fetch_add_explicit(&s->stop->evaluations, 1, memory_order_relaxed);
    return s->objective->eval(s->objective->ctx, p->u, &p->f, p->grad, p->hess, err);
}

static bool all_finite(size_t n, const double x[])
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * 0;
    return sum == 0;
}

static bool usable(const struct newton *s, const struct point *p)
{
    return isfinite(p->f) && all_finite(s->dim, p->grad) && all_finite(s->dim * s->dim, p->hess);
}

static double dot(size_t n, const double a[], const double b[])
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double lower(const struct newton *s, size_t i)
{
    return s->objective->lower ? s->objective->lower[i] : -INFINITY;
}

static double upper(const struct newton *s, size_t i)
{
    return s->objective->upper ? s->objective->upper[i] : INFINITY;
}

static double clip(const struct newton *s, size_t i, double u)
{
    return fmin(fmax(u, lower(s, i)), upper(s, i));
}

/* SETS the next point to the end of the step. A wall within rounding is reached. */
static void move(struct newton *s)
{
    for (size_t i = 0; i < s->dim; i++) {
        double u = clip(s, i, s->now.u[i] + s->step[i]);
        double wall = s->step[i] < 0 ? lower(s, i) : upper(s, i);
        bool reached = isfinite(wall) && fabs(wall - u) <= 8 * DBL_EPSILON * (1 + fabs(wall));
        s->next.u[i] = reached ? wall : u;
    }
}

/* Which coordinates stay where they are. */
static void find_held(struct newton *s)
{
    for (size_t i = 0; i < s->dim; i++) {
        double g = s->now.grad[i];
        s->held[i] = (s->now.u[i] <= lower(s, i) && g > 0) || (s->now.u[i] >= upper(s, i) && g < 0);
    }
}

/* The factor's row and column of a held coordinate become those of the identity. */
static void hold(const struct newton *s, size_t i)
{
    size_t n = s->dim;
    for (size_t j = 0; j < n; j++)
        s->factor[i * n + j] = s->factor[j * n + i] = i == j ? 1 : 0;
}

/* SETS step to the solution of (H + damping D) step = -grad in the coordinates that are not held.
   False if the matrix is not positive definite. */
static bool solve_damped(struct newton *s)
{
    size_t n = s->dim;
    double largest = 0;
    memcpy(s->factor, s->now.hess, n * n * sizeof *s->factor);
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(s->now.hess[i * n + i]));
    for (size_t i = 0; i < n; i++) {
        double diagonal = fmax(fabs(s->now.hess[i * n + i]), largest * 1e-8 + DBL_MIN);
        s->factor[i * n + i] += s->damping * diagonal;
        s->step[i] = s->held[i] ? 0 : -s->now.grad[i];
    }
    for (size_t i = 0; i < n; i++)
        if (s->held[i])
            hold(s, i);
    if (!mle_cholesky(n, s->factor))
        return false;
    mle_cholesky_solve(n, s->factor, s->step);
    return all_finite(n, s->step);
}

/* A coordinate that leaves the box where it starts; dim if there is none. */
static size_t leaving(const struct newton *s)
{
    for (size_t i = 0; i < s->dim; i++)
        if ((s->step[i] < 0 && s->now.u[i] <= lower(s, i)) ||
            (s->step[i] > 0 && s->now.u[i] >= upper(s, i)))
            return i;
    return s->dim;
}

/* Ends the step where it meets the first wall. */
static void cut_step(struct newton *s)
{
    double most = 1;
    for (size_t i = 0; i < s->dim; i++) {
        double wall = s->step[i] < 0 ? lower(s, i) : upper(s, i);
        if (s->step[i] != 0 && isfinite(wall))
            most = fmin(most, (wall - s->now.u[i]) / s->step[i]);
    }
    s->cut = most < 1;
    for (size_t i = 0; s->cut && i < s->dim; i++)
        s->step[i] *= most;
}

/* The step, with the least damping from the present one on that gives one. A coordinate that the
   step would take out of the box is held for this step, unless strict: then only as far as damping
   turns it inwards. False: there is none. */
static bool solve_step(struct newton *s, bool strict)
{
    find_held(s);
    s->loose = false;
    for (int tries = 0; tries < 60;) {
        size_t out = s->dim;
        if (solve_damped(s)) {
            out = leaving(s);
            if (out == s->dim) {
                cut_step(s);
                return true;
            }
        }
        if (out < s->dim && !strict) {
            s->held[out] = s->loose = true;
            continue;
        }
        s->damping = s->damping == 0 ? 1e-6 : s->damping * 10;
        tries++;
    }
    return false;
}

/* The decrease of f that the quadratic model expects of the step. */
static double predicted_decrease(const struct newton *s)
{
    size_t n = s->dim;
    double quadratic = 0;
    for (size_t i = 0; i < n; i++)
        quadratic += s->step[i] * dot(n, &s->now.hess[i * n], s->step);
    return -dot(n, s->now.grad, s->step) - quadratic / 2;
}

/* Differences of f below this are rounding: f is in nats per unit of weight, a sum of terms of some
   size that may well cancel to 0. */
static double noise(double f)
{
    return 4 * DBL_EPSILON * (1 + fabs(f));
}

static void publish(const struct newton *s)
{
    if (!s->stop)
        return;
    double norm = 0;
    for (size_t i = 0; i < s->dim; i++)
        norm = fmax(norm, fabs(s->now.grad[i]));
    atomic_store_explicit(&s->stop->iterations, s->result->iterations, memory_order_relaxed);
    atomic_store_explicit(&s->stop->nll, s->now.f, memory_order_relaxed);
    atomic_store_explicit(&s->stop->gradient_norm, norm, memory_order_relaxed);
}

static void accept(struct newton *s)
{
    struct point old = s->now;
    s->now = s->next;
    s->next = old;
    publish(s);
}

/* The largest component of a gradient that is not held. */
static double slope(const struct newton *s, const double grad[])
{
    double norm = 0;
    for (size_t i = 0; i < s->dim; i++)
        norm = s->held[i] ? norm : fmax(norm, fabs(grad[i]));
    return norm;
}

/* One trial of the current step. Sets *moved if it was taken. */
static enum mle_status try_step(struct newton *s, double predicted, bool *moved,
                                struct mle_error *err)
{
    move(s);
    MLE_TRY(eval(s, &s->next, err));
    *moved = false;
    if (!usable(s, &s->next)) {
        s->damping = s->damping == 0 ? 1e-2 : s->damping * 10;
        return MLE_OK;
    }
    double actual = s->now.f - s->next.f;
    /* at the level of rounding f cannot judge; a smaller gradient can */
    bool by_gradient =
        fabs(predicted) <= noise(s->now.f) && slope(s, s->next.grad) < slope(s, s->now.grad);
    if (actual > 1e-4 * predicted || by_gradient) {
        s->damping = actual > 0.5 * predicted || by_gradient ? s->damping / 10 : s->damping;
        if (s->damping < 1e-10)
            s->damping = 0;
        *moved = true;
        accept(s);
        return MLE_OK;
    }
    s->damping = s->damping == 0 ? 1e-3 : s->damping * 4;
    return MLE_OK;
}

/* Takes full steps while they make the gradient smaller: the quadratic end of Newton costs one or
   two evaluations and leaves a gradient at the level of rounding. */
static enum mle_status polish(struct newton *s, struct mle_error *err)
{
    for (int i = 0; i < 3; i++) {
        s->damping = 0;
        if (!solve_step(s, false) || s->damping != 0 || s->loose || slope(s, s->now.grad) == 0)
            return MLE_OK;
        /* the step is as short as its own rounding */
        if (i > 0 && predicted_decrease(s) <= 1e-26)
            return MLE_OK;
        double before = slope(s, s->now.grad);
        move(s);
        MLE_TRY(eval(s, &s->next, err));
        if (!usable(s, &s->next) || slope(s, s->next.grad) >= before ||
            s->next.f > s->now.f + noise(s->now.f))
            return MLE_OK;
        accept(s);
    }
    return MLE_OK;
}

/* The next step and what it promises. Near the end neither damping nor a coordinate held without
   need may hide how close it is. */
static bool next_step(struct newton *s, double *predicted)
{
    if (!solve_step(s, false))
        return false;
    *predicted = predicted_decrease(s);
    bool close = !s->cut && *predicted <= s->options->tolerance;
    if (close && (s->damping > 0 || s->loose)) {
        s->damping = 0;
        if (!solve_step(s, s->loose))
            return false;
        *predicted = predicted_decrease(s);
    }
    return true;
}

static enum mle_status iterate(struct newton *s, struct mle_error *err)
{
    for (unsigned rejected = 0;;) {
        if (s->result->iterations >= s->options->max_iterations) {
            s->result->outcome = MLE_OUTCOME_MAX_ITERATIONS;
            return MLE_OK;
        }
        double predicted;
        if (!next_step(s, &predicted)) {
            s->result->outcome = MLE_OUTCOME_STALLED;
            return MLE_OK;
        }
        if (s->damping == 0 && !s->cut && predicted <= s->options->tolerance) {
            s->result->outcome = MLE_OUTCOME_GRADIENT;
            return polish(s, err);
        }
        bool moved;
        s->result->iterations++;
        MLE_TRY(try_step(s, predicted, &moved, err));
        rejected = moved ? 0 : rejected + 1;
        if (rejected == 30) {
            s->result->outcome = MLE_OUTCOME_STALLED;
            return MLE_OK;
        }
    }
}

static bool allocate(struct newton *s, struct mle_arena *scratch)
{
    size_t n = s->dim;
    struct point *points[] = { &s->now, &s->next };
    for (int i = 0; i < 2; i++) {
        points[i]->u = mle_arena_doubles(scratch, n);
        points[i]->grad = mle_arena_doubles(scratch, n);
        points[i]->hess = mle_arena_doubles(scratch, n * n);
        if (!points[i]->u || !points[i]->grad || !points[i]->hess)
            return false;
    }
    s->step = mle_arena_doubles(scratch, n);
    s->factor = mle_arena_doubles(scratch, n * n);
    s->held = mle_arena_zeros(scratch, n ? n : 1, sizeof *s->held);
    return s->step && s->factor && s->held;
}

/* A stop after the first evaluation is an outcome: there is a best point to answer with. */
static enum mle_status stop_is_outcome(enum mle_status status, struct mle_newton_result *result)
{
    if (status == MLE_DEADLINE)
        result->outcome = MLE_OUTCOME_DEADLINE;
    else if (status == MLE_CANCELLED)
        result->outcome = MLE_OUTCOME_CANCELLED;
    else
        return status;
    return MLE_OK;
}

enum mle_status mle_newton(const struct mle_objective *objective,
                           const struct mle_newton_options *options, struct mle_stop *stop,
                           struct mle_arena *scratch, double u[], struct mle_newton_result *result,
                           struct mle_error *err)
{
    struct mle_arena_mark mark = mle_arena_mark(scratch);
    struct newton s = { .objective = objective,
                        .options = options,
                        .stop = stop,
                        .dim = objective->dim,
                        .result = result };
    *result = (struct mle_newton_result){ .outcome = MLE_OUTCOME_NONE };
    if (!allocate(&s, scratch)) {
        mle_arena_rewind(scratch, mark);
        return mle_arena_fail(scratch, err);
    }
    for (size_t i = 0; i < s.dim; i++)
        s.now.u[i] = clip(&s, i, u[i]);
    enum mle_status status = eval(&s, &s.now, err);
    if (status == MLE_OK && !usable(&s, &s.now)) {
        result->outcome = MLE_OUTCOME_NOT_FINITE;
    } else if (status == MLE_OK) {
        publish(&s);
        status = stop_is_outcome(iterate(&s, err), result);
        memcpy(u, s.now.u, s.dim * sizeof *u);
    }
    mle_arena_rewind(scratch, mark);
    return status;
}
