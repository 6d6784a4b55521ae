#include "tests/support/prometheus.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_SERIES = 20000, MOST_FAMILIES = 200, LINE = 512 };

/* The family whose samples come now, and the bucket before. */
struct checker {
    char family[LINE], type[32];
    unsigned n_family, n_series;
    char families[MOST_FAMILIES][96];
    char **series;    /* their names with labels */
    char group[LINE]; /* labels of the histogram but le */
    double last_end, last_count;
    bool infinite; /* the bucket +Inf was there */
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t name_length(const char *text, bool colon)
{
    size_t n = 0;
    while (is_letter(text[n]) || (n > 0 && text[n] >= '0' && text[n] <= '9') ||
           (colon && text[n] == ':'))
        n++;
    return n;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static void begin_family(struct checker *c, const char *name)
{
    assert_true(c->n_family < MOST_FAMILIES);
    if (name_length(name, true) != strlen(name))
        fail_msg("the name '%s' is not legal", name);
    for (unsigned i = 0; i < c->n_family; i++)
        if (strcmp(c->families[i], name) == 0)
            fail_msg("%s comes twice", name);
    snprintf(c->families[c->n_family++], sizeof c->families[0], "%s", name);
    snprintf(c->family, sizeof c->family, "%s", name);
    c->type[0] = '\0';
    snprintf(c->group, sizeof c->group, "%s", "?"); /* no labels look so */
    c->infinite = false;
}

static void check_type(struct checker *c, const char *name, const char *type)
{
    if (strcmp(name, c->family) != 0)
        fail_msg("TYPE of %s comes behind HELP of %s", name, c->family);
    if (strcmp(type, "counter") != 0 && strcmp(type, "gauge") != 0 &&
        strcmp(type, "histogram") != 0)
        fail_msg("%s has the type %s", name, type);
    if ((strcmp(type, "counter") == 0) != ends_with(name, "_total"))
        fail_msg("%s is a %s", name, type);
    snprintf(c->type, sizeof c->type, "%s", type);
}

static void check_comment(struct checker *c, char *line)
{
    char *word = line + 2, *name = strchr(word, ' '), *rest = name ? strchr(name + 1, ' ') : NULL;
    if (strncmp(line, "# ", 2) != 0 || !rest || rest[1] == '\0')
        fail_msg("cannot read '%s'", line);
    *name++ = *rest++ = '\0';
    if (strcmp(word, "HELP") == 0)
        begin_family(c, name);
    else if (strcmp(word, "TYPE") == 0)
        check_type(c, name, rest);
    else
        fail_msg("'%s' is neither HELP nor TYPE", word);
}

/* Checks {a="x",b="y"}, returns its end; puts the value of le, if there is one, into end and the
   rest into group. */
static const char *check_labels(const char *at, char le[64], char group[LINE])
{
    size_t n_group = 0;
    le[0] = group[0] = '\0';
    if (*at != '{')
        return at;
    do {
        const char *name = ++at;
        size_t n = name_length(name, false);
        if (n == 0 || strncmp(name, "__", 2) == 0 || strncmp(name + n, "=\"", 2) != 0)
            fail_msg("a label is not legal at '%s'", name);
        at = name + n + 2;
        size_t m = strcspn(at, "\"\\\n");
        assert_int_equal(at[m], '"');
        if (n == 2 && strncmp(name, "le", 2) == 0)
            snprintf(le, 64, "%.*s", (int)m, at);
        else
            n_group +=
                (size_t)snprintf(group + n_group, LINE - n_group, "%.*s;", (int)(n + 2 + m), name);
        at += m + 1;
    } while (*at == ',');
    assert_int_equal(*at, '}');
    return at + 1;
}

static void check_bucket(struct checker *c, const char *le, const char *group, double value)
{
    double end = strcmp(le, "+Inf") == 0 ? INFINITY : strtod(le, NULL);
    if (strcmp(group, c->group) != 0 || c->infinite) {
        snprintf(c->group, sizeof c->group, "%s", group);
        c->last_end = -INFINITY;
        c->last_count = 0;
    }
    if (*le == '\0' || !(end > c->last_end) || value < c->last_count)
        fail_msg("the buckets of %s do not rise at le=%s", c->family, le);
    c->last_end = end;
    c->last_count = value;
    c->infinite = isinf(end);
}

static void check_histogram(struct checker *c, const char *part, const char *le, const char *group,
                            double value)
{
    if (strcmp(part, "_bucket") == 0) {
        check_bucket(c, le, group, value);
        return;
    }
    if (!c->infinite || strcmp(group, c->group) != 0)
        fail_msg("%s%s does not follow the bucket +Inf", c->family, part);
    if (strcmp(part, "_count") == 0)
        assert_true(value == c->last_count);
    else if (strcmp(part, "_sum") != 0)
        fail_msg("%s%s is no part of a histogram", c->family, part);
}

static void remember(struct checker *c, size_t n, const char *series)
{
    assert_true(c->n_series < MOST_SERIES);
    for (unsigned i = 0; i < c->n_series; i++)
        if (strlen(c->series[i]) == n && strncmp(c->series[i], series, n) == 0)
            fail_msg("%s comes twice", c->series[i]);
    c->series[c->n_series++] = strndup(series, n);
}

static void check_sample(struct checker *c, const char *line)
{
    char le[64], group[LINE], part[32] = "", *end;
    size_t n = name_length(line, true), m = strlen(c->family);
    if (n < m || strncmp(line, c->family, m) != 0 || c->type[0] == '\0')
        fail_msg("'%s' stands under %s", line, c->family);
    snprintf(part, sizeof part, "%.*s", (int)(n - m), line + m);
    const char *at = check_labels(line + n, le, group);
    remember(c, (size_t)(at - line), line);
    if (*at != ' ')
        fail_msg("'%s' has no value", line);
    double value = strtod(at + 1, &end);
    if (end == at + 1 || *end != '\0' || isnan(value))
        fail_msg("'%s' has no value that can be read", line);
    if (strcmp(c->type, "histogram") == 0)
        check_histogram(c, part, le, group, value);
    else if (part[0] != '\0')
        fail_msg("'%s' stands under %s", line, c->family);
    else if (strcmp(c->type, "counter") == 0)
        assert_true(value >= 0);
}

unsigned prometheus_check(const char *text)
{
    struct checker *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->series = calloc(MOST_SERIES, sizeof *c->series);
    assert_non_null(c->series);
    while (*text) {
        char line[LINE];
        size_t n = strcspn(text, "\n");
        assert_true(n < sizeof line && text[n] == '\n');
        memcpy(line, text, n);
        line[n] = '\0';
        text += n + 1;
        if (line[0] == '#')
            check_comment(c, line);
        else
            check_sample(c, line);
    }
    unsigned n_series = c->n_series;
    for (unsigned i = 0; i < n_series; i++)
        free(c->series[i]);
    free(c->series);
    free(c);
    return n_series;
}

double prometheus_value(const char *text, const char *series)
{
    size_t n = strlen(series);
    for (const char *at = text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, series, n) == 0 && at[n] == ' ')
            return strtod(at + n, NULL);
    }
    fail_msg("there is no %s", series);
    return NAN;
}
