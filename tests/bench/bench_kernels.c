/* What the kernels cost, as ratios to a plain read of the same memory in the same run.

       bench_kernels [n]          default n = 10,000,000; MLED_ISA lowers the instruction set

   Each figure is the best of several passes: the machine is shared, and the best pass is the one
   that was disturbed least. */
#include "core/base/rng.h"
#include "core/base/stop.h"
#include "core/math/clones.h"
#include "core/math/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { PASSES = 15, TILE = 4096, SMALL_REPEATS = 400 };

static double *x, *w, *out;
static volatile double sink;

/* Pages of 2 MiB, so that the pass is limited by memory and not by address translation. */
static double *column(size_t n)
{
    size_t page = (size_t)2 << 20, bytes = (n * sizeof(double) + page - 1) / page * page;
    double *p = aligned_alloc(page, bytes);
    if (!p)
        exit(1);
    madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}

typedef double pass_fn(size_t n);

static double pass_read(size_t n)
{
    return mle_sum(n, x);
}

static double pass_sum_log(size_t n)
{
    return mle_sum_log(n, x);
}

static double pass_log_sums(size_t n)
{
    return mle_log_sums(n, x, NULL).sum_log;
}

static double pass_moments(size_t n)
{
    return mle_moments(n, x, NULL).m2;
}

static double pass_sum_log1p(size_t n)
{
    return mle_sum_log1p(n, x);
}

static double pass_range(size_t n)
{
    double min, max;
    mle_range(n, x, &min, &max);
    return min + max;
}

static double pass_integers(size_t n)
{
    return mle_all_integers(n, w) ? 1 : 0;
}

static double pass_read_two(size_t n)
{
    return mle_weighted_sum(n, x, w);
}

static double pass_weighted_moments(size_t n)
{
    return mle_moments(n, x, w).m2;
}

static double pass_weighted_log_sums(size_t n)
{
    return mle_log_sums(n, x, w).sum_log;
}

static const struct {
    const char *name;
    pass_fn *pass;
    int columns;
} passes[] = {
    { "sum (the read pass)", pass_read, 1 },
    { "sum of logs", pass_sum_log, 1 },
    { "sum and sum of logs", pass_log_sums, 1 },
    { "mean and second moment", pass_moments, 1 },
    { "sum of log(1 + x)", pass_sum_log1p, 1 },
    { "range", pass_range, 1 },
    { "all integers", pass_integers, 1 },
    { "weighted sum (two columns)", pass_read_two, 2 },
    { "weighted moments", pass_weighted_moments, 2 },
    { "weighted sum and sum of logs", pass_weighted_log_sums, 2 },
};

enum { N_PASSES = sizeof passes / sizeof *passes };

/* Rounds over all passes, so that a disturbance does not hit one pass alone. */
static void bench_passes(size_t n, double best[N_PASSES])
{
    for (int k = 0; k < N_PASSES; k++)
        best[k] = 1e300;
    for (int round = 0; round < PASSES; round++) {
        for (int k = 0; k < N_PASSES; k++) {
            int64_t start = mle_now_ns();
            sink = passes[k].pass(n);
            best[k] = fmin(best[k], (double)(mle_now_ns() - start));
        }
    }
}

static void map_pow(size_t n, const double v[], double y[])
{
    mle_map_pow(n, v, 1.7, y);
}

static const struct {
    const char *name;
    void (*map)(size_t n, const double v[], double y[]);
} maps[] = {
    { "exp", mle_map_exp },           { "expm1", mle_map_expm1 },   { "log", mle_map_log },
    { "log1p", mle_map_log1p },       { "pow", map_pow },           { "expit", mle_map_expit },
    { "log1pexp", mle_map_log1pexp }, { "lgamma", mle_map_lgamma }, { "digamma", mle_map_digamma },
    { "trigamma", mle_map_trigamma },
};

static void bench_maps(void)
{
    for (size_t k = 0; k < sizeof maps / sizeof *maps; k++) {
        double best = 1e300;
        for (int r = 0; r < SMALL_REPEATS; r++) {
            int64_t start = mle_now_ns();
            maps[k].map(TILE, x, out);
            best = fmin(best, (double)(mle_now_ns() - start));
        }
        printf("  %-30s %7.3f ns\n", maps[k].name, best / TILE);
    }
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000000;
    if (n < TILE)
        n = TILE;
    x = column(n);
    w = column(n);
    out = column(TILE);
    mle_random_uniforms(1, 0, 0, n, x);
    for (size_t i = 0; i < n; i++) {
        x[i] = 20 * x[i];
        w[i] = (double)(1 + i % 3);
    }
    printf("%s, n = %zu; ns per value, GB/s, ratio to the read pass over as many columns\n",
           mle_isa_name(), n);
    double best[N_PASSES], read[3] = { 0 };
    bench_passes(n, best);
    for (int k = 0; k < N_PASSES; k++) {
        double ns = best[k] / (double)n;
        if (read[passes[k].columns] == 0)
            read[passes[k].columns] = ns;
        printf("  %-30s %7.3f ns %7.1f GB/s %6.2f\n", passes[k].name, ns,
               8.0 * passes[k].columns / ns, ns / read[passes[k].columns]);
    }
    printf("functions over a tile of %d values in cache\n", TILE);
    bench_maps();
    free(x);
    free(w);
    free(out);
    return 0;
}
