/* What a fit of a large column costs beside one read pass over the same memory, in the same run.

       bench_core [values [rounds]]         default 10,000,000 and 9

   The read pass is the vectorised sum of core/math. CPU is the time of all threads; ratios are
   medians over the rounds, in each of which every fit stands beside its own read pass. A fit with
   two threads must take no longer than with one. */
#include "core/fit/fit.h"
#include "core/math/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_ROUNDS = 99, MOST_THREADS = 2 };

struct spent {
    double cpu_ms, wall_ms;
};

static double milliseconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

static struct spent now(void)
{
    return (struct spent){ milliseconds(CLOCK_PROCESS_CPUTIME_ID), milliseconds(CLOCK_MONOTONIC) };
}

static struct spent since(struct spent begin)
{
    struct spent end = now();
    return (struct spent){ end.cpu_ms - begin.cpu_ms, end.wall_ms - begin.wall_ms };
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(size_t n, double x[])
{
    qsort(x, n, sizeof *x, by_value);
    return x[n / 2];
}

/* --- data ------------------------------------------------------------------------------------ */

static void stop_if(bool failed, const struct mle_error *err)
{
    if (!failed)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(1);
}

/* One column "y": sums of uniform numbers, positive; whole numbers if counts. */
static const struct mle_data *make_data(size_t n, bool counts)
{
    static struct mle_budget budget; /* the data give back to it */
    struct mle_builder builder;
    struct mle_error err;
    const struct mle_data *data = NULL;
    size_t index;
    uint64_t state = 1;
    mle_budget_init(&budget, SIZE_MAX, NULL);
    mle_builder_init(&builder, &budget, 0, 0);
    stop_if(mle_builder_add_column(&builder, 1, "y", &index, &err) != MLE_OK, &err);
    struct mle_column_builder *column = &builder.column[index];
    while (column->n < n) {
        stop_if(mle_builder_room(&builder, column, &err) != MLE_OK, &err);
        for (; column->n < n && column->n < column->capacity; column->n++) {
            double sum = 0.01;
            for (int i = 0; i < 4; i++) {
                state = state * 6364136223846793005u + 1442695040888963407u;
                sum += (double)(state >> 11) * 0x1p-53;
            }
            column->values[column->n] = counts ? floor(3 * sum) : 3 * sum;
        }
    }
    stop_if(mle_builder_data(&builder, &data, &err) != MLE_OK, &err);
    mle_builder_finish(&builder);
    return data;
}

/* --- passes ---------------------------------------------------------------------------------- */

static volatile double sink; /* keeps the read pass from being left out */

static struct spent read_pass(const struct mle_data *data)
{
    struct spent begin = now();
    sink = mle_sum(data->n, data->column[0].values);
    return since(begin);
}

static struct spent fit_pass(const char *family, const struct mle_data *data, struct mle_pool *pool)
{
    struct mle_budget budget;
    struct mle_arena arena;
    struct mle_error err;
    struct mle_model model;
    struct mle_fit fit;
    mle_budget_init(&budget, SIZE_MAX, NULL);
    mle_arena_init(&arena, &budget, NULL);
    struct mle_work work = { { pool }, NULL, &arena };
    struct mle_model_spec spec = mle_model_spec_default;
    spec.family = family;
    struct spent begin = now();
    enum mle_status status = mle_model_bind(&spec, data, MLE_MISSING_ERROR, &work, &model, &err);
    if (status == MLE_OK)
        status = mle_fit_run(&model, &mle_fit_options_default, &work, &fit, &err);
    struct spent spent = since(begin);
    stop_if(status != MLE_OK, &err);
    mle_arena_finish(&arena);
    return spent;
}

static void compare(const char *family, const struct mle_data *data, size_t rounds,
                    struct mle_pool *const pool[MOST_THREADS])
{
    double cpu[MOST_THREADS][MOST_ROUNDS], wall[MOST_THREADS][MOST_ROUNDS];
    double cpu_ratio[MOST_THREADS][MOST_ROUNDS], wall_ratio[MOST_THREADS][MOST_ROUNDS];
    fit_pass(family, data, NULL); /* to warm up */
    for (size_t i = 0; i < rounds; i++)
        for (int t = 0; t < MOST_THREADS; t++) {
            struct spent read = read_pass(data), fit = fit_pass(family, data, pool[t]);
            cpu[t][i] = fit.cpu_ms;
            wall[t][i] = fit.wall_ms;
            cpu_ratio[t][i] = fit.cpu_ms / read.cpu_ms;
            wall_ratio[t][i] = fit.wall_ms / read.wall_ms;
        }
    for (int t = 0; t < MOST_THREADS; t++)
        printf("  %-12s %d thread%s %8.2f ms CPU %6.2f x read %8.2f ms wall %6.2f x read\n", family,
               t + 1, t ? "s" : " ", median(rounds, cpu[t]), median(rounds, cpu_ratio[t]),
               median(rounds, wall[t]), median(rounds, wall_ratio[t]));
}

int main(int argc, char *argv[])
{
    static const char *const families[] = { "normal", "exponential", "gamma", "poisson" };
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000000;
    size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 9;
    struct mle_error err;
    /* the caller works too, so one worker makes two threads */
    struct mle_pool *pool[MOST_THREADS] = { NULL, mle_pool_create(1, 0, &err) };
    if (n < 1 || rounds < 1 || rounds > MOST_ROUNDS || !pool[1])
        return 2;
    printf("%zu values\n", n);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        const struct mle_data *data = make_data(n, strcmp(families[i], "poisson") == 0);
        compare(families[i], data, rounds, pool);
        mle_data_unref(data);
    }
    mle_pool_destroy(pool[1]);
    return 0;
}
