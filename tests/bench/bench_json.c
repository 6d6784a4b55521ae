/* How fast bodies become columns: 1e6 doubles as Python prints them, in chunks of 64 KiB, beside a
   loop of strtod and beside jansson. Fails if a bit differs from strtod.

       bench_json [values] [repetitions] */
#include "api/decode.h"
#include "api/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { CHUNK_BYTES = 64 << 10 };

static const struct mle_limits limits = {
    .max_document_bytes = 1 << 20,
    .max_rows = 50000000,
    .max_columns = 1000,
    .max_cells = 100000000,
    .max_depth = 32,
};

struct text {
    char *bytes;
    size_t n;
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Roughly normal numbers with all their digits. */
static double draw(uint64_t *state)
{
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(*state >> 11) * 0x1p-53;
    }
    return 2.0 * (sum - 1.5);
}

static struct text make_text(size_t n, const double x[], size_t n_column, bool csv)
{
    struct text text = { malloc(n * (MLE_NUMBER_TEXT + 2) + 256), 0 };
    char *to = text.bytes;
    if (csv)
        for (size_t c = 0; c < n_column; c++)
            to += sprintf(to, "x%zu%c", c, c + 1 < n_column ? ',' : '\n');
    else
        to += sprintf(to, "{\"data\": [");
    for (size_t i = 0; i < n; i++) {
        to += mle_number_text(x[i], to);
        if (csv) {
            *to++ = (i + 1) % n_column == 0 ? '\n' : ',';
        } else if (i + 1 < n) {
            *to++ = ',';
            *to++ = ' ';
        }
    }
    if (!csv)
        to += sprintf(to, "], \"model\": \"normal\"}");
    text.n = (size_t)(to - text.bytes);
    *to = '\0';
    return text;
}

/* The body through a decoder; the data are checked against x if that is not NULL. */
static bool decode(const struct text *text, bool csv, size_t n, const double x[])
{
    struct mle_budget budget;
    struct mle_arena arena;
    struct mle_error err;
    mle_budget_init(&budget, SIZE_MAX, NULL);
    mle_arena_init(&arena, &budget, NULL);
    struct mle_decoder *decoder = csv ? mle_decoder_csv(&limits, 0, NULL, &arena, &err)
                                      : mle_decoder_json(&limits, &arena, &err);
    for (size_t i = 0; i < text->n; i += CHUNK_BYTES)
        mle_decoder_feed(decoder, text->n - i < CHUNK_BYTES ? text->n - i : CHUNK_BYTES,
                         text->bytes + i);
    bool ok = mle_decoder_end(decoder, &err) == MLE_OK;
    if (!ok)
        fprintf(stderr, "%s\n", err.text);
    const struct mle_data *data = ok ? mle_decoder_result(decoder)->data : NULL;
    for (size_t i = 0; ok && x && i < n; i++) {
        size_t column = i % data->n_column;
        ok = memcmp(&data->column[column].values[i / data->n_column], &x[i], sizeof *x) == 0;
    }
    mle_decoder_finish(decoder);
    mle_arena_finish(&arena);
    return ok;
}

static bool loop_strtod(const struct text *text, bool csv, size_t n, const double x[])
{
    const char *p = strchr(text->bytes, csv ? '\n' : '[') + 1;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        char *end;
        double value = strtod(p, &end);
        if (x && memcmp(&value, &x[i], sizeof value) != 0)
            return false;
        sum += value;
        p = end;
        while (*p == ',' || *p == ' ' || *p == '\n')
            p++;
    }
    return sum == sum;
}

static bool load_jansson(const struct text *text, bool csv, size_t n, const double x[])
{
    (void)csv;
    json_t *tree = json_loadb(text->bytes, text->n, 0, NULL);
    json_t *list = json_object_get(tree, "data");
    bool ok = json_array_size(list) == n;
    for (size_t i = 0; ok && x && i < n; i++)
        ok = json_number_value(json_array_get(list, i)) == x[i];
    json_decref(tree);
    return ok;
}

static long resident_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static bool report(const char *name, bool (*run)(const struct text *, bool, size_t, const double *),
                   const struct text *text, bool csv, size_t n, const double x[], int repetitions)
{
    long before = resident_kib();
    bool ok = run(text, csv, n, NULL);
    long after = resident_kib();
    ok = ok && run(text, csv, n, x);
    double best = 1e300;
    for (int i = 0; ok && i < repetitions; i++) {
        double begin = seconds();
        ok = run(text, csv, n, NULL);
        double took = seconds() - begin;
        best = took < best ? took : best;
    }
    printf("%-28s %7.2f ms %6.3f GB/s %6.1f ns/value  peak +%ld KiB  %s\n", name, 1e3 * best,
           1e-9 * (double)text->n / best, 1e9 * best / (double)n, after - before,
           ok ? "bits equal" : "FAILED");
    return ok;
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    int repetitions = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 15;
    double *x = malloc(n * sizeof *x);
    uint64_t state = 1;
    for (size_t i = 0; i < n; i++)
        x[i] = draw(&state);
    struct text json = make_text(n, x, 1, false), one = make_text(n, x, 1, true);
    struct text csv = make_text(n / 20 * 20, x, 20, true);
    printf("%zu values, JSON %.2f MB, CSV %.2f MB\n", n, 1e-6 * (double)json.n,
           1e-6 * (double)csv.n);
    bool ok = report("JSON decoder", decode, &json, false, n, x, repetitions);
    ok = report("CSV decoder, 1 column", decode, &one, true, n, x, repetitions) && ok;
    ok = report("CSV decoder, 20 columns", decode, &csv, true, n / 20 * 20, x, repetitions) && ok;
    ok = report("strtod over the JSON", loop_strtod, &json, false, n, x, repetitions / 3 + 1) && ok;
    ok = report("jansson", load_jansson, &json, false, n, x, repetitions / 5 + 1) && ok;
    free(json.bytes);
    free(one.bytes);
    free(csv.bytes);
    free(x);
    return ok ? 0 : 1;
}
