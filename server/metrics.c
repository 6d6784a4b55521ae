#include "server/metrics.h"

#include "core/base/shortest.h"
#include "server/gate.h"
#include "server/log.h"
#include "server/machine.h"
#include "server/process.h"
#include "server/server.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LABELS = 3, MOST_BOUNDS = 16, MOST_STATUSES = 8 };

enum unit { ONE, SECONDS };
static const double unit_size[] = { [ONE] = 1, [SECONDS] = 1e-9 };

/* Upper ends of buckets in the unit of the metric; +Inf is added. */
enum bounds { TIMES, WORK_TIMES, SIZES, COUNTS };
static const struct {
    size_t n;
    double end[MOST_BOUNDS];
} bounds[] = {
    [TIMES] = { 15,
                { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
                  60 } },
    [WORK_TIMES] = { 9, { 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 60, 600 } },
    [SIZES] = { 11,
                { 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
                  268435456 } },
    [COUNTS] = { 12, { 0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10000 } },
};

/* The labels by the names that metrics.def gives them. */
enum {
    NONE = MLED_LABEL_NONE,
#define SHORT_NAME(name, text) name = MLED_LABEL_##name,
    MLED_LABEL_MAP(SHORT_NAME)
#undef SHORT_NAME
};

static const char *const label_names[MLED_LABELS] = {
#define LABEL_NAME(name, text) [MLED_LABEL_##name] = (text),
    MLED_LABEL_MAP(LABEL_NAME)
#undef LABEL_NAME
};

#define UNPACK(...) __VA_ARGS__

static const struct counter {
    const char *name, *help;
    enum unit unit;
    unsigned label[MOST_LABELS];
} counters[] = {
#define MLED_COUNTER(id, name, unit, labels, help) { name, help, unit, { UNPACK labels } },
#include "server/metrics.def"
};

static const struct histogram {
    const char *name, *help;
    enum unit unit;
    unsigned label;
    enum bounds bounds;
} histograms[] = {
#define MLED_HISTOGRAM(id, name, unit, label, bounds, help)                                        \
    { name, help, unit, UNPACK label, bounds },
#include "server/metrics.def"
};

static const struct {
    const char *name;
    unsigned http[MOST_STATUSES];
} reasons[] = {
#define MLED_REASON(name, ...) { #name, { __VA_ARGS__ } },
#include "server/metrics.def"
};
enum { REASONS = sizeof reasons / sizeof *reasons };

/* --- labels ---------------------------------------------------------------------------------- */

static const char *method_word(size_t i)
{
    return i < MLED_METHODS ? mled_router_method_name((enum mled_method)i) : NULL;
}

static const char *route_word(size_t i)
{
    const struct mled_route *route = mled_router_get(i);
    return route ? route->path : NULL;
}

static const char *operation_word(size_t i)
{
    const struct mled_route *route = mled_router_get(i);
    return route ? route->op_name : NULL;
}

static const char *reason_word(size_t i)
{
    return i < REASONS ? reasons[i].name : NULL;
}

/* What the service answers by itself, then what the problems say. */
static const char *code_word(size_t i)
{
    static const char *const own[] = { "200", "201", "202", "204", "304", "499" };
    static char text[MLE_PROBLEM_COUNT][8];
    enum { OWN = sizeof own / sizeof *own };
    if (i < OWN)
        return own[i];
    enum mle_problem problem = (enum mle_problem)(i - OWN + MLE_PROBLEM_NONE + 1);
    if (problem >= MLE_PROBLEM_COUNT)
        return NULL;
    snprintf(text[problem], sizeof text[problem], "%u", mle_problem_http(problem));
    return text[problem];
}

static const char *format_word(size_t i)
{
    return i + 1 < MLE_MEDIA_COUNT ? mled_gate_media_word((enum mle_media)(i + 1)) : NULL;
}

static const char *family_word(size_t i)
{
    return mle_fact_word(MLE_FACT_FAMILY, i);
}

static const char *status_word(size_t i)
{
    return mle_fact_word(MLE_FACT_STATUS, i);
}

static const char *verdict_word(size_t i)
{
    return mle_fact_word(MLE_FACT_VERDICT, i);
}

/* NULL behind the last; words may repeat and be empty, which counts as absent. */
static const char *(*const label_words[MLED_LABELS])(size_t i) = {
    [MLED_LABEL_METHOD] = method_word,       [MLED_LABEL_ROUTE] = route_word,
    [MLED_LABEL_CODE] = code_word,           [MLED_LABEL_REASON] = reason_word,
    [MLED_LABEL_OPERATION] = operation_word, [MLED_LABEL_FORMAT] = format_word,
    [MLED_LABEL_FAMILY] = family_word,       [MLED_LABEL_STATUS] = status_word,
    [MLED_LABEL_VERDICT] = verdict_word,
};

static bool has_word(size_t n, const char *const words[], const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static bool init_label(struct mled_metrics *metrics, enum mled_label label)
{
    const char *(*word)(size_t) = label_words[label];
    size_t most = 0, n = 0;
    while (word && word(most))
        most++;
    const char **list = calloc(most + 1, sizeof *list);
    if (!list)
        return false;
    for (size_t i = 0; i < most; i++)
        if (*word(i) && !has_word(n, list, word(i)))
            list[n++] = word(i);
    list[n++] = "other";
    metrics->label[label].n = n;
    metrics->label[label].word = list;
    return true;
}

unsigned mled_metrics_word(const struct mled_metrics *metrics, enum mled_label label,
                           const char *word)
{
    const char *const *words = metrics->label[label].word;
    unsigned other = (unsigned)metrics->label[label].n - 1;
    if (!word)
        return other;
    for (unsigned i = 0; i < other; i++) /* most callers have the very text of the table */
        if (words[i] == word)
            return i;
    for (unsigned i = 0; i < other; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return other;
}

unsigned mled_metrics_code(const struct mled_metrics *metrics, unsigned http)
{
    return metrics->code[http < MLED_STATUSES ? http : 0];
}

unsigned mled_metrics_reason(enum mle_problem problem)
{
    unsigned http = problem == MLE_PROBLEM_DRAINING ? 0 : mle_problem_http(problem);
    for (unsigned i = 0; i < REASONS; i++)
        for (unsigned j = 0; j < MOST_STATUSES; j++)
            if (reasons[i].http[j] == http && (j == 0 || http != 0))
                return i;
    return REASONS; /* "other" */
}

/* --- numbers --------------------------------------------------------------------------------- */

static size_t series_of(const struct mled_metrics *metrics, const struct counter *counter)
{
    size_t n = 1;
    for (unsigned i = 0; i < MOST_LABELS; i++)
        n *= metrics->label[counter->label[i]].n;
    return n;
}

/* Numbers of one label of a histogram: its buckets, +Inf, the sum. */
static size_t numbers_of(const struct histogram *histogram)
{
    return bounds[histogram->bounds].n + 2;
}

bool mled_metrics_init(struct mled_metrics *metrics)
{
    bool done = true;
    *metrics = (struct mled_metrics){ .counter = { NULL } };
    for (int i = 0; i < MLED_LABELS; i++)
        done &= init_label(metrics, (enum mled_label)i);
    for (unsigned http = 0; done && http < MLED_STATUSES; http++) {
        char text[8];
        snprintf(text, sizeof text, "%u", http);
        metrics->code[http] = (unsigned char)mled_metrics_word(metrics, MLED_LABEL_CODE, text);
    }
    for (int i = 0; done && i < MLED_COUNTERS; i++) {
        metrics->counter[i] =
            calloc(series_of(metrics, &counters[i]), sizeof(atomic_uint_fast64_t));
        done &= metrics->counter[i] != NULL;
    }
    for (int i = 0; done && i < MLED_HISTOGRAMS; i++) {
        size_t n = metrics->label[histograms[i].label].n * numbers_of(&histograms[i]);
        metrics->histogram[i] = calloc(n, sizeof(atomic_uint_fast64_t));
        done &= metrics->histogram[i] != NULL;
    }
    return done;
}

void mled_metrics_finish(struct mled_metrics *metrics)
{
    for (int i = 0; i < MLED_LABELS; i++)
        free(metrics->label[i].word);
    for (int i = 0; i < MLED_COUNTERS; i++)
        free(metrics->counter[i]);
    for (int i = 0; i < MLED_HISTOGRAMS; i++)
        free(metrics->histogram[i]);
    *metrics = (struct mled_metrics){ .counter = { NULL } };
}

void mled_metrics_add(struct mled_metrics *metrics, enum mled_counter which, uint64_t n, unsigned a,
                      unsigned b, unsigned c)
{
    const unsigned *label = counters[which].label;
    size_t at =
        (a * metrics->label[label[1]].n + b) * metrics->label[label[2]].n + c; /* NONE has one */
    atomic_fetch_add_explicit(&metrics->counter[which][at], n, memory_order_relaxed);
}

void mled_metrics_observe(struct mled_metrics *metrics, enum mled_histogram which, uint64_t value,
                          unsigned label)
{
    const struct histogram *histogram = &histograms[which];
    size_t n = bounds[histogram->bounds].n, bucket = 0;
    double x = (double)value * unit_size[histogram->unit];
    while (bucket < n && x > bounds[histogram->bounds].end[bucket])
        bucket++;
    atomic_uint_fast64_t *number = metrics->histogram[which] + label * numbers_of(histogram);
    atomic_fetch_add_explicit(&number[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&number[n + 1], value, memory_order_relaxed);
}

/* --- text ------------------------------------------------------------------------------------ */

static void write_head(FILE *to, const char *name, const char *type, const char *help)
{
    fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_value(FILE *to, double value)
{
    char text[32];
    fprintf(to, " %s\n", mle_show(value, text));
}

static uint64_t load(const atomic_uint_fast64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

/* The labels of series number at. */
static void write_labels(const struct mled_metrics *metrics, const struct counter *counter,
                         size_t at, FILE *to)
{
    size_t number[MOST_LABELS];
    for (unsigned i = MOST_LABELS; i-- > 0;) {
        number[i] = at % metrics->label[counter->label[i]].n;
        at /= metrics->label[counter->label[i]].n;
    }
    for (unsigned i = 0; i < MOST_LABELS && counter->label[i] != MLED_LABEL_NONE; i++)
        fprintf(to, "%s%s=\"%s\"", i ? "," : "{", label_names[counter->label[i]],
                metrics->label[counter->label[i]].word[number[i]]);
    if (counter->label[0] != MLED_LABEL_NONE)
        fputc('}', to);
}

/* Combinations of labels are many and most never come, so they are shown when they have; series of
   one label are there from the start, so that a rate can be taken of their first count. */
static void write_counter(const struct mled_metrics *metrics, enum mled_counter which, FILE *to)
{
    const struct counter *counter = &counters[which];
    size_t n = series_of(metrics, counter);
    bool always = counter->label[1] == MLED_LABEL_NONE;
    write_head(to, counter->name, "counter", counter->help);
    for (size_t i = 0; i < n; i++) {
        uint64_t value = load(&metrics->counter[which][i]);
        if (value == 0 && (!always || (n > 1 && i == n - 1)))
            continue;
        fputs(counter->name, to);
        write_labels(metrics, counter, i, to);
        write_value(to, (double)value * unit_size[counter->unit]);
    }
}

static void write_buckets(const struct histogram *histogram, const char *label, const char *word,
                          const atomic_uint_fast64_t number[], FILE *to)
{
    size_t n = bounds[histogram->bounds].n;
    uint64_t count = 0, sum = load(&number[n + 1]);
    const char *equals = label ? "=\"" : "", *quote = label ? "\"" : "", *comma = label ? "," : "";
    const char *name = label ? label : "";
    for (size_t i = 0; i <= n; i++) {
        char end[32] = "+Inf";
        if (i < n)
            mle_show(bounds[histogram->bounds].end[i], end);
        count += load(&number[i]);
        fprintf(to, "%s_bucket{%s%s%s%s%sle=\"%s\"} %llu\n", histogram->name, name, equals, word,
                quote, comma, end, (unsigned long long)count);
    }
    const char *open = label ? "{" : "", *close = label ? "}" : "";
    fprintf(to, "%s_sum%s%s%s%s%s%s", histogram->name, open, name, equals, word, quote, close);
    write_value(to, (double)sum * unit_size[histogram->unit]);
    fprintf(to, "%s_count%s%s%s%s%s%s %llu\n", histogram->name, open, name, equals, word, quote,
            close, (unsigned long long)count);
}

static void write_histogram(const struct mled_metrics *metrics, enum mled_histogram which, FILE *to)
{
    const struct histogram *histogram = &histograms[which];
    const char *label = label_names[histogram->label];
    size_t stride = numbers_of(histogram);
    write_head(to, histogram->name, "histogram", histogram->help);
    for (size_t i = 0; i < metrics->label[histogram->label].n; i++) {
        const atomic_uint_fast64_t *number = metrics->histogram[which] + i * stride;
        uint64_t count = 0;
        for (size_t j = 0; j + 1 < stride; j++)
            count += load(&number[j]);
        if (count > 0 || !label)
            write_buckets(histogram, label, label ? metrics->label[histogram->label].word[i] : "",
                          number, to);
    }
}

#define LOAD(number) ((double)atomic_load_explicit(&(number), memory_order_relaxed))
#define TYPE_GAUGE   "gauge"
#define TYPE_COUNTER "counter"

void mled_metrics_write(const struct mled_server *s, FILE *to)
{
    struct mled_process process, *p = &process;
    mled_process_read(p);
    write_head(to, "mled_build_info", "gauge", "always 1; the labels say what runs");
    fprintf(to, "mled_build_info{version=\"%s\",compiler=\"%s\",isa=\"%s\"} 1\n", MLED_VERSION,
            __VERSION__, mled_machine_isa());
#define MLED_COUNTER(id, ...)   write_counter(&s->metrics, MLED_COUNT_##id, to);
#define MLED_HISTOGRAM(id, ...) write_histogram(&s->metrics, MLED_SPREAD_##id, to);
#define MLED_READING(type, name, value, help)                                                      \
    write_head(to, name, TYPE_##type, help);                                                       \
    fputs(name, to);                                                                               \
    write_value(to, value);
#include "server/metrics.def"
}
