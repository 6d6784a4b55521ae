#include "tests/conformance/case_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMETERS = 4 };

/* Which family and parameters of the service stand behind the words of a case. A parameter that is
   not in the list keeps its name. */
static const struct {
    const char *neutral, *family;
    const char *parameter[MAX_PARAMETERS][2];
} families[] = {
    { "normal", "normal", { { "mean", "mu" }, { "sd", "sigma" } } },
    { "lognormal", "lognormal", { { "meanlog", "mu" }, { "sdlog", "sigma" } } },
    { "beta", "beta", { { "shape1", "alpha" }, { "shape2", "beta" } } },
    { "laplace", "laplace", { { "b", "sigma" } } },
    { "logistic", "logistic", { { "location", "mu" }, { "scale", "sigma" } } },
    { "cauchy", "cauchy", { { "location", "mu" }, { "scale", "sigma" } } },
    { "gumbel", "gumbel", { { "loc", "mu" }, { "scale", "sigma" } } },
    { "gev", "gev", { { "loc", "mu" }, { "scale", "sigma" }, { "shape", "xi" } } },
    { "gpd", "gpd", { { "scale", "sigma" }, { "shape", "xi" } } },
    { "student_t", "student_t", { { "loc", "mu" }, { "scale", "sigma" } } },
    { "uniform", "uniform", { { "min", "lower" }, { "max", "upper" } } },
    { "geometric", "geometric", { { "prob", "p" } } },
    { "pareto_I", "pareto", { { "xm", "scale" }, { "alpha", "shape" } } },
    { "loglogistic", "log_logistic", { { NULL, NULL } } },
    { "lognormal_3p", "lognormal", { { "meanlog", "mu" }, { "sdlog", "sigma" } } },
};

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text ? text : "";
}

static const char *family_of(const json_t *model)
{
    const char *neutral = text_of(model, "family");
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (!strcmp(families[i].neutral, neutral))
            return families[i].family;
    return neutral;
}

static bool is_kind(const json_t *model, const char *kind)
{
    return !strcmp(text_of(model, "kind"), kind);
}

static bool is_regression(const json_t *model)
{
    return is_kind(model, "glm") || is_kind(model, "linear");
}

const char *case_op(const json_t *c)
{
    const json_t *model = json_object_get(c, "model");
    if (is_kind(model, "kl") || json_object_get(model, "probabilities_q"))
        return "divergence";
    if (!strcmp(text_of(c, "task"), "fit"))
        return "fit";
    return !strcmp(text_of(c, "task"), "evaluate") ? "evaluate" : NULL;
}

/* --- names of parameters ---------------------------------------------------------------------- */

/* "sprayB" is level B of column spray. */
static bool level_name(const json_t *c, const char *neutral, size_t size, char name[])
{
    const char *column;
    json_t *values;
    json_object_foreach(json_object_get(c, "columns"), column, values)
    {
        size_t n = strlen(column);
        if (!strncmp(neutral, column, n) && json_is_string(json_array_get(values, 0))) {
            snprintf(name, size, neutral[n] == '[' ? "mu.%s%s" : "mu.%s[%s]", column, neutral + n);
            return true;
        }
    }
    return false;
}

/* A power is arithmetic in a formula: x^2 -> I(x^2). */
static void term_name(const char *term, size_t size, char name[])
{
    snprintf(name, size, strchr(term, '^') ? "I(%s)" : "%s", term);
}

/* b0 is the intercept, b1 the first term. */
static bool numbered_name(const json_t *c, const char *neutral, size_t size, char name[])
{
    const json_t *terms = json_object_get(json_object_get(c, "model"), "terms");
    if (neutral[0] != 'b' || neutral[1] < '0' || neutral[1] > '9' || !terms)
        return false;
    size_t i = strtoul(neutral + 1, NULL, 10);
    if (i == 0) {
        snprintf(name, size, "mu.intercept");
        return true;
    }
    const char *term = json_string_value(json_array_get(terms, i - 1));
    char spelled[128];
    if (!term)
        return false;
    term_name(term, sizeof spelled, spelled);
    snprintf(name, size, "mu.%s", spelled);
    return true;
}

static bool coefficient_name(const json_t *c, const char *neutral, size_t size, char name[])
{
    if (!strcmp(neutral, "(Intercept)") || !strcmp(neutral, "intercept"))
        snprintf(name, size, "mu.intercept");
    else if (json_object_get(json_object_get(c, "columns"), neutral))
        snprintf(name, size, "mu.%s", neutral);
    else if (!strcmp(neutral, "theta"))
        snprintf(name, size, "size");
    else if (!numbered_name(c, neutral, size, name) && !level_name(c, neutral, size, name))
        snprintf(name, size, "%s", neutral);
    return true;
}

bool case_parameter(const json_t *c, const char *neutral, size_t size, char name[])
{
    const json_t *model = json_object_get(c, "model");
    if (is_regression(model))
        return coefficient_name(c, neutral, size, name);
    if (!is_kind(model, "distribution") && !is_kind(model, "categorical") &&
        !is_kind(model, "custom"))
        return false;
    snprintf(name, size, "%s", neutral);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (strcmp(families[i].neutral, text_of(model, "family")) != 0)
            continue;
        for (size_t k = 0; k < MAX_PARAMETERS && families[i].parameter[k][0]; k++)
            if (!strcmp(families[i].parameter[k][0], neutral))
                snprintf(name, size, "%s", families[i].parameter[k][1]);
    }
    return true;
}

/* --- the request ------------------------------------------------------------------------------ */

static void set_response(const json_t *c, json_t *spec)
{
    const json_t *model = json_object_get(c, "model");
    const json_t *censoring = json_object_get(c, "censoring");
    const json_t *response = json_object_get(model, "response");
    const json_t *interval = json_object_get(response, "interval");
    if (interval) {
        json_object_set_new(spec, "censoring",
                            json_pack("{s:O, s:O}", "lower", json_array_get(interval, 0), "upper",
                                      json_array_get(interval, 1)));
        return;
    }
    if (response)
        json_object_set_new(spec, "response", json_deep_copy(response));
    if (censoring)
        json_object_set_new(spec, "censoring",
                            json_pack("{s:O, s:O}", "event",
                                      json_object_get(censoring, "event_column"), "side",
                                      json_object_get(censoring, "type")));
}

static bool has_powers(const json_t *terms)
{
    for (size_t i = 0; i < json_array_size(terms); i++)
        if (strchr(json_string_value(json_array_get(terms, i)), '^'))
            return true;
    return false;
}

/* "y ~ x + I(x^2)" */
static json_t *make_formula(const json_t *model)
{
    char formula[512];
    const json_t *terms = json_object_get(model, "terms");
    size_t n = (size_t)snprintf(formula, sizeof formula, "%s ~ ", text_of(model, "response"));
    for (size_t i = 0; i < json_array_size(terms) && n < sizeof formula; i++) {
        char spelled[128];
        term_name(json_string_value(json_array_get(terms, i)), sizeof spelled, spelled);
        n += (size_t)snprintf(formula + n, sizeof formula - n, i ? " + %s" : "%s", spelled);
    }
    return json_string(formula);
}

static void set_predictors(const json_t *model, json_t *spec)
{
    const json_t *formula = json_object_get(model, "formula");
    const json_t *terms = json_object_get(model, "terms");
    if (formula || has_powers(terms)) {
        json_object_del(spec, "response");
        json_object_set_new(spec, "formula",
                            formula ? json_deep_copy(formula) : make_formula(model));
    } else {
        json_object_set_new(spec, "predictors", json_deep_copy(terms));
    }
    if (json_is_false(json_object_get(model, "intercept")))
        json_object_set_new(spec, "intercept", json_false());
    const json_t *link = json_object_get(model, "link");
    if (link)
        json_object_set_new(spec, "link", json_deep_copy(link));
}

/* A mean of its own under normal errors: {"b1": {"start": ..}, ..} from the second of NIST's
   starts, which is near enough for a method that never leaves the likelihood. */
static json_t *make_mean(const json_t *model)
{
    char expression[512];
    json_t *parameters = json_object(), *name;
    size_t i;
    snprintf(expression, sizeof expression, "normal_lpdf(%s, %s, sigma)",
             text_of(model, "response"), text_of(model, "mean_expression"));
    json_array_foreach(json_object_get(model, "params"), i, name)
    {
        const char *text = json_string_value(name);
        const json_t *start = json_object_get(json_object_get(model, "start_2"), text);
        json_object_set_new(parameters, text,
                            start ? json_pack("{s:O}", "start", start)
                                  : json_pack("{s:i}", "lower", 0));
    }
    return json_pack("{s:s, s:s, s:o, s:O}", "family", "custom", "log_density", expression,
                     "parameters", parameters, "response", json_object_get(model, "response"));
}

/* "r^2 (r=1-p-q)": the remark is cut off, and done. */
static size_t cell_text(const char *cell, size_t size, char out[])
{
    size_t n = 0;
    for (; *cell && *cell != ' ' && n + 8 < size; cell++)
        n += (size_t)snprintf(out + n, size - n, "%.*s", *cell == 'r' ? 7 : 1,
                              *cell == 'r' ? "(1-p-q)" : cell);
    return n;
}

/* Probabilities of cells 1, 2, ...: if(cell == 1, log(..), if(cell == 2, .., log(..))) */
static json_t *make_cells(const json_t *c)
{
    char expression[1024] = "";
    const json_t *model = json_object_get(c, "model");
    const json_t *cells = json_object_get(model, "cell_probabilities");
    size_t n = json_array_size(cells), at = 0;
    for (size_t i = 0; i < n; i++) {
        char cell[256];
        cell_text(json_string_value(json_array_get(cells, i)), sizeof cell, cell);
        if (i + 1 < n)
            at += (size_t)snprintf(expression + at, sizeof expression - at, "if(cell == %zu, ",
                                   i + 1);
        at += (size_t)snprintf(expression + at, sizeof expression - at, "log(%s)%s", cell,
                               i + 1 < n ? ", " : "");
    }
    for (size_t i = 1; i < n; i++)
        at += (size_t)snprintf(expression + at, sizeof expression - at, ")");
    return json_pack("{s:s, s:s, s:{s:{s:i, s:i}, s:{s:i, s:i}}, s:{s:i, s:i}, s:b, s:O}", "family",
                     "custom", "log_density", expression, "parameters", "p", "lower", 0, "upper", 1,
                     "q", "lower", 0, "upper", 1, "support", "lower", 1, "upper", (int)n,
                     "discrete", 1, "weights", json_object_get(c, "weights"));
}

static json_t *make_model(const json_t *c)
{
    const json_t *model = json_object_get(c, "model");
    if (is_kind(model, "custom"))
        return json_object_get(model, "mean_expression") ? make_mean(model) : make_cells(c);
    if (!is_kind(model, "distribution") && !is_regression(model))
        return NULL;
    /* a proportion with a number of trials needs a column of counts, which the case lacks */
    if (!strncmp(text_of(model, "weights_meaning"), "number of trials", 16))
        return NULL;
    const char *family = family_of(model);
    bool binary = is_regression(model) && !strcmp(family, "binomial");
    json_t *spec = json_pack("{s:s}", "family", binary ? "bernoulli" : family);
    set_response(c, spec);
    if (is_regression(model))
        set_predictors(model, spec);
    if (json_is_string(json_object_get(c, "weights")))
        json_object_set_new(spec, "weights", json_deep_copy(json_object_get(c, "weights")));
    if (json_object_get(c, "levels") && json_object_size(json_object_get(c, "levels")))
        json_object_set_new(spec, "levels", json_deep_copy(json_object_get(c, "levels")));
    if (json_object_get(model, "size"))
        json_object_set_new(spec, "trials", json_deep_copy(json_object_get(model, "size")));
    if (!strcmp(text_of(model, "family"), "lognormal_3p"))
        json_object_set_new(spec, "threshold", json_string("free"));
    return spec;
}

static json_t *make_at(const json_t *c)
{
    json_t *at = json_object();
    const char *neutral;
    json_t *value;
    json_object_foreach(json_object_get(json_object_get(c, "model"), "params"), neutral, value)
    {
        char name[256];
        if (case_parameter(c, neutral, sizeof name, name))
            json_object_set_new(at, name, json_deep_copy(value));
    }
    return at;
}

/* {"family": "gamma", "shape": 2, "rate": 3} -> {"model": .., "parameters": {..}} */
static json_t *make_side(const json_t *side)
{
    json_t *parameters = json_deep_copy(side);
    json_object_del(parameters, "family");
    return json_pack("{s:O, s:o}", "model", json_object_get(side, "family"), "parameters",
                     parameters);
}

static json_t *make_divergence(const json_t *c)
{
    const json_t *model = json_object_get(c, "model");
    if (is_kind(model, "kl"))
        return json_pack("{s:o, s:o}", "p", make_side(json_object_get(model, "p")), "q",
                         make_side(json_object_get(model, "q")));
    const json_t *p = json_object_get(json_object_get(c, "columns"), text_of(c, "weights"));
    return json_pack("{s:{s:o}, s:{s:o}}", "p", "probabilities", json_deep_copy(p), "q",
                     "probabilities", json_deep_copy(json_object_get(model, "probabilities_q")));
}

char *case_body(const json_t *c)
{
    const char *op = case_op(c);
    if (!op)
        return NULL;
    json_t *request;
    if (!strcmp(op, "divergence")) {
        request = make_divergence(c);
    } else {
        json_t *model = make_model(c);
        if (!model)
            return NULL;
        request = json_pack("{s:o, s:{s:O}}", "model", model, "data", "columns",
                            json_object_get(c, "columns"));
        if (!strcmp(op, "evaluate")) {
            json_object_set_new(request, "at", make_at(c));
            json_object_set_new(request, "compute", json_pack("[s]", "log_likelihood"));
        }
    }
    char *body = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    const char *raw = json_string_value(json_object_get(c, "raw_dataset"));
    char *place = raw && body ? strstr(body, "{\"columns\":{}}") : NULL;
    if (!place)
        return body;
    size_t head = (size_t)(place - body) + strlen("{\"columns\":");
    size_t size = strlen(body) + strlen(raw) + 1;
    char *whole = malloc(size);
    if (whole)
        snprintf(whole, size, "%.*s%s%s", (int)head, body, raw, body + head + 2);
    free(body);
    return whole;
}
