/* How long a fit takes, for every family, with one thread and with two.

       bench_fit [n [family ...]]       default n = 1,000,000; all families

   One line each: family, rows, milliseconds with one and with two threads (best of several runs;
   the column is in memory already), iterations, evaluations, status. peers_fit.py puts scipy
   beside it. */
#include "core/base/rng.h"
#include "core/fit/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 25 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double trials_of(const struct mle_family *f)
{
    return f->support.needs_trials ? 12 : (double)NAN;
}

/* The parameters of peers_fit.py: 1.5, 2.5, ... where the domain and the search have them. */
static void make_theta(const struct mle_family *f, double theta[])
{
    for (unsigned j = 0; j < f->n_param; j++) {
        theta[j] = 1.5 + j;
        if (!mle_domain_contains(f->param[j].domain, theta[j]))
            theta[j] = mle_domain_from_u(f->param[j].domain, 0.4 + j);
        if (f->param[j].search.upper > f->param[j].search.lower)
            theta[j] = fmax(theta[j], f->param[j].search.lower + 0.5);
    }
    if (!strcmp(f->name, "student_t"))
        theta[0] = 4.5;
}

/* Families that search their quantiles repeat some thousands of values: only the time counts. */
static double *sample(const struct mle_family *f, size_t n)
{
    double theta[MLE_MAX_PARAM], *y = malloc(n * sizeof *y);
    size_t own = f->quantile ? n : 8191;
    if (!y)
        exit(1);
    make_theta(f, theta);
    for (size_t i = 0; i < n; i++)
        y[i] = i < own ? mle_sample(f, theta, trials_of(f), 1, 1, i) : y[i % own];
    return y;
}

static double best_of_runs(const struct mle_family *f, size_t n, const double y[], unsigned threads,
                           struct mle_fit *answer)
{
    struct mle_column column = { .name = "y", .type = MLE_FLOAT64, .n = n, .values = y };
    struct mle_data data = { .n = n, .n_column = 1, .column = &column };
    struct mle_pool *pool = threads > 1 ? mle_pool_create(threads, 0, NULL) : NULL;
    struct mle_model_spec spec = mle_model_spec_default;
    double best = INFINITY;
    spec.family = f->name;
    spec.trials = trials_of(f);
    for (int run = 0; run < RUNS; run++) {
        struct mle_arena arena;
        struct mle_model model;
        struct mle_error err;
        mle_arena_init(&arena, NULL, NULL);
        struct mle_work work = { { pool }, NULL, &arena };
        double from = now_ms();
        if (mle_model_bind(&spec, &data, MLE_MISSING_ERROR, &work, &model, &err) != MLE_OK ||
            mle_fit_run(&model, &mle_fit_options_default, &work, answer, &err) != MLE_OK)
            exit(1);
        best = fmin(best, now_ms() - from);
        mle_arena_finish(&arena);
    }
    if (pool)
        mle_pool_destroy(pool);
    return best;
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    printf("%-28s %10s %9s %9s %5s %5s %s\n", "# family", "rows", "1 thread", "2 threads", "iter",
           "eval", "status");
    for (size_t i = 0; i < mle_family_count(); i++) {
        const struct mle_family *f = mle_family_get(i);
        bool wanted = argc <= 2;
        for (int a = 2; a < argc; a++)
            wanted |= !strcmp(argv[a], f->name);
        if (!wanted)
            continue;
        struct mle_fit fit;
        double *y = sample(f, n), one = best_of_runs(f, n, y, 1, &fit);
        double two = best_of_runs(f, n, y, 2, &fit);
        printf("%-28s %10zu %9.3f %9.3f %5u %5u %s\n", f->name, n, one, two,
               fit.convergence.iterations, fit.convergence.evaluations,
               mle_fit_status_word(fit.status));
        fflush(stdout);
        free(y);
    }
    return 0;
}
