/* /openapi.json: it lists what there is, it is whole, and the service does what it says. */
#include "tests/support/client.h"
#include "tests/support/schema.h"
#include "tests/support/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOST "Host: localhost\r\n"

/* The table of routes, seen from here: what the handlers are does not matter. */
static const struct {
    const char *method, *path, *op;
} routes[] = {
#define MLED_ROUTE(method, path, handler, op, scope, flags, summary) { #method, path, op },
#include "server/routes.def"
#undef MLED_ROUTE
};

static const char *const options[] = {
#define MLE_OPTION_WORD(name, ...)  #name,
#define MLE_OPTION_REAL(name, ...)  #name,
#define MLE_OPTION_COUNT(name, ...) #name,
#define MLE_OPTION_WORDS(name, ...) #name,
#include "core/fit/options.def"
};

static const char *const slugs[] = {
#define MLE_PROBLEM(name, slug, ...) slug,
#include "api/problems.def"
};

static struct test_server server;
static struct test_response response;
static json_t *document;

static int start(void **state)
{
    (void)state;
    test_server_start(&server, NULL);
    test_ask(&server, "GET /openapi.json HTTP/1.1\r\n" HOST "\r\n", &response);
    if (response.status != 200)
        return -1;
    document = json_loadb(response.body, response.n_body, JSON_REJECT_DUPLICATES, NULL);
    return document ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    json_decref(document);
    return test_server_stop(&server);
}

static const json_t *at(const json_t *value, const char *name)
{
    return json_object_get(value, name);
}

static const char *text_at(const json_t *value, const char *name)
{
    return json_string_value(at(value, name));
}

static const json_t *schema_of(const char *name)
{
    const json_t *schema = at(at(at(document, "components"), "schemas"), name);
    assert_non_null(schema);
    return schema;
}

static const json_t *operation_of(const char *method, const char *path)
{
    char small[16];
    size_t n = 0;
    for (; method[n]; n++)
        small[n] = (char)(method[n] | 0x20);
    small[n] = '\0';
    return at(at(at(document, "paths"), path), small);
}

static void test_every_route(void **state)
{
    size_t n = 0;
    const char *path, *method;
    json_t *operations, *operation;
    (void)state;
    assert_string_equal(text_at(document, "openapi"), "3.1.0");
    for (size_t i = 0; i < COUNT_OF(routes); i++)
        if (!operation_of(routes[i].method, routes[i].path))
            fail_msg("%s %s is not described", routes[i].method, routes[i].path);
    json_object_foreach((json_t *)at(document, "paths"), path, operations)
    {
        json_object_foreach(operations, method, operation) n++;
    }
    assert_int_equal(n, COUNT_OF(routes));
}

/* Every $ref leads somewhere; returns how many there are. */
static size_t follow(const json_t *value)
{
    size_t n = 0, i;
    const char *name;
    json_t *member;
    if (json_is_object(value)) {
        const char *reference = text_at(value, "$ref");
        n += reference != NULL;
        if (reference && !schema_resolve(document, reference))
            fail_msg("%s leads nowhere", reference);
        json_object_foreach((json_t *)value, name, member) n += follow(member);
    }
    json_array_foreach(value, i, member) n += follow(member);
    return n;
}

static void test_references(void **state)
{
    (void)state;
    assert_true(follow(document) > 100);
}

/* The parameters of an operation, $ref followed. */
static bool has_parameter(const json_t *operation, const char *in, const char *name, size_t n)
{
    const json_t *parameters = at(operation, "parameters");
    for (size_t i = 0; i < json_array_size(parameters); i++) {
        const json_t *parameter = json_array_get(parameters, i);
        if (at(parameter, "$ref"))
            parameter = schema_resolve(document, text_at(parameter, "$ref"));
        const char *called = text_at(parameter, "name");
        if (strcmp(text_at(parameter, "in"), in) == 0 && strlen(called) == n &&
            strncmp(called, name, n) == 0)
            return true;
    }
    return false;
}

static void test_operations(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const json_t *operation = operation_of(routes[i].method, routes[i].path);
        const char *id = text_at(operation, "operationId");
        if (!id || strchr(id, ' '))
            fail_msg("api/openapi.json says nothing of %s %s", routes[i].method, routes[i].path);
        assert_true(strlen(text_at(operation, "summary")) > 10);
        assert_non_null(at(at(operation, "responses"), "200"));
        assert_non_null(at(at(operation, "responses"), "default"));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(
                id, text_at(operation_of(routes[j].method, routes[j].path), "operationId"));
        for (const char *open = strchr(routes[i].path, '{'); open; open = strchr(open + 1, '{'))
            assert_true(has_parameter(operation, "path", open + 1, strcspn(open + 1, "}")));
        if (*routes[i].op && strcmp(routes[i].method, "POST") == 0)
            assert_non_null(at(operation, "requestBody"));
    }
    const json_t *evaluate = operation_of("POST", "/v1/evaluations");
    assert_true(has_parameter(evaluate, "query", "at", 2));
    assert_false(has_parameter(evaluate, "query", "tolerance", 9));
    assert_true(has_parameter(operation_of("POST", "/v1/fits"), "query", "tolerance", 9));
    assert_false(has_parameter(operation_of("POST", "/v1/fits"), "query", "at", 2));
}

static bool lists(const json_t *array, const char *word)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (strcmp(json_string_value(json_array_get(array, i)), word) == 0)
            return true;
    return false;
}

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        const json_t *option = at(at(schema_of("Options"), "properties"), options[i]);
        if (!at(option, "description") || !at(option, "default"))
            fail_msg("the option %s is not described", options[i]);
    }
    const char *name;
    json_t *field;
    json_object_foreach((json_t *)at(schema_of("Model"), "properties"), name, field)
    {
        if (!at(field, "description") && !at(field, "$ref"))
            fail_msg("api/openapi.json says nothing of model.%s", name);
    }
    for (size_t i = 0; i < COUNT_OF(slugs); i++)
        assert_true(lists(at(schema_of("ProblemName"), "enum"), slugs[i]));
    assert_true(lists(at(schema_of("FamilyName"), "enum"), "gamma"));
    assert_true(lists(at(schema_of("FamilyName"), "enum"), "categorical"));
    assert_true(lists(at(schema_of("FitStatus"), "enum"), "no_mle"));
    assert_true(lists(at(schema_of("Verdict"), "enum"), "not_certified"));
}

/* --- what it says is so ------------------------------------------------------------------------
 */

static void ask(const char *method, const char *path, const char *more, const char *body)
{
    static char text[1 << 20];
    snprintf(text, sizeof text, "%s %s HTTP/1.1\r\n" HOST "%s", method, path, more);
    size_t n = strlen(text);
    if (body)
        n += (size_t)snprintf(text + n, sizeof text - n, "Content-Length: %zu\r\n", strlen(body));
    snprintf(text + n, sizeof text - n, "\r\n%s", body ? body : "");
    test_ask(&server, text, &response);
}

static void check_answer(const char *what, const json_t *schema)
{
    char why[512];
    json_t *answer = json_loadb(response.body, response.n_body, JSON_REJECT_DUPLICATES, NULL);
    if (!answer)
        fail_msg("%s: the answer is no JSON: %.200s", what, response.body);
    if (!schema_check(document, schema, answer, true, sizeof why, why))
        fail_msg("%s: the answer is not as described: %s", what, why);
    json_decref(answer);
}

static const json_t *answer_schema(const json_t *operation)
{
    const json_t *content = at(at(at(operation, "responses"), "200"), "content");
    return at(at(content, "application/json"), "schema");
}

static void check_json_example(const char *path, const json_t *operation, const char *name,
                               const json_t *example)
{
    static const char json[] = "Content-Type: application/json\r\n";
    char what[256], why[512];
    const json_t *content = at(at(operation, "requestBody"), "content");
    snprintf(what, sizeof what, "%s example %s", path, name);
    if (!schema_check(document, at(at(content, "application/json"), "schema"), at(example, "value"),
                      true, sizeof why, why))
        fail_msg("%s is not as described: %s", what, why);
    char *body = json_dumps(at(example, "value"), JSON_COMPACT);
    ask("POST", path, json, body);
    free(body);
    if (response.status != 200)
        fail_msg("%s: %d %s", what, response.status, response.body);
    check_answer(what, answer_schema(operation));
}

static void test_examples(void **state)
{
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const json_t *operation = operation_of(routes[i].method, routes[i].path);
        const json_t *content = at(at(operation, "requestBody"), "content");
        const char *name;
        json_t *example;
        json_object_foreach((json_t *)at(at(content, "application/json"), "examples"), name,
                            example)
        {
            check_json_example(routes[i].path, operation, name, example);
            n++;
        }
        const json_t *csv = at(content, "text/csv");
        if (!at(csv, "example"))
            continue;
        char path[512];
        snprintf(path, sizeof path, "%s?%s", routes[i].path, text_at(csv, "x-query"));
        ask("POST", path, "Content-Type: text/csv\r\n", text_at(csv, "example"));
        if (response.status != 200)
            fail_msg("%s as CSV: %d %s", path, response.status, response.body);
        check_answer(path, answer_schema(operation));
        n++;
    }
    assert_true(n >= 8);
}

/* The path with its examples filled in. */
static void fill(const char *path, const json_t *operation, size_t size, char out[])
{
    const char *open = strchr(path, '{');
    const char *example = text_at(json_array_get(at(operation, "parameters"), 0), "example");
    if (open && example)
        snprintf(out, size, "%.*s%s%s", (int)(open - path), path, example, strchr(open, '}') + 1);
    else
        snprintf(out, size, "%s", path);
}

static void test_gets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        char path[256];
        const json_t *operation = operation_of(routes[i].method, routes[i].path);
        if (strcmp(routes[i].method, "GET") != 0)
            continue;
        fill(routes[i].path, operation, sizeof path, path);
        ask("GET", path, "", NULL);
        if (response.status != 200)
            fail_msg("GET %s: %d", path, response.status);
        if (answer_schema(operation))
            check_answer(path, answer_schema(operation));
    }
}

/* Fits of every verdict that these families have, and evaluations with all parts. */
static void test_other_answers(void **state)
{
    static const struct {
        const char *path, *body, *schema;
    } cases[] = {
        { "/v1/fits", "{\"model\":\"poisson\",\"data\":[0,0,0]}", "Fit" },
        { "/v1/fits", "{\"model\":\"gamma\",\"data\":[2,2]}", "Fit" },
        { "/v1/fits", "{\"model\":\"normal\",\"data\":[1]}", "Fit" },
        { "/v1/fits", "{\"model\":\"bernoulli\",\"data\":[\"a\",\"b\",\"a\"]}", "Fit" },
        { "/v1/fits",
          "{\"model\":{\"family\":\"gamma\",\"fixed\":{\"shape\":2},\"start\":{\"rate\":1}},"
          "\"data\":[1,2,3],\"options\":{\"include\":[\"covariance\"]}}",
          "Fit" },
        { "/v1/fits",
          "{\"model\":\"gamma\",\"data\":[1,2,3.5,4.25,7],"
          "\"options\":{\"include\":[\"entropy\"]}}",
          "Fit" },
        { "/v1/fits",
          "{\"model\":\"gamma\",\"data\":[1,2,2,4.25,7],"
          "\"options\":{\"include\":[\"entropy\"]}}",
          "Fit" },
        { "/v1/fits",
          "{\"model\":\"gamma\",\"data\":[1,2,3,4.25,7],"
          "\"options\":{\"holdout\":{\"fraction\":0.4,\"seed\":3}}}",
          "Fit" },
        { "/v1/fits",
          "{\"model\":\"gamma\",\"data\":[1,2,3,4.25,7],"
          "\"options\":{\"include\":[\"pit\",\"goodness_of_fit\"]}}",
          "Fit" },
        { "/v1/evaluations",
          "{\"model\":\"gamma\",\"data\":[1,-1,2],\"at\":{\"shape\":1,\"rate\":1},"
          "\"compute\":[\"log_density\",\"score\",\"hessian\",\"cdf\"]}",
          "Evaluation" },
        { "/v1/evaluations",
          "{\"model\":\"categorical\",\"data\":[\"a\",\"b\"],\"at\":{\"p\":[0.5,0.5]},"
          "\"compute\":[\"score\"]}",
          "Evaluation" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ask("POST", cases[i].path, "Content-Type: application/json\r\n", cases[i].body);
        if (response.status != 200)
            fail_msg("%s: %s", cases[i].body, response.body);
        check_answer(cases[i].body, schema_of(cases[i].schema));
    }
}

/* What is refused is a Problem, of a status that the route lists. */
static void test_problems(void **state)
{
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "{\"model\":\"gama\",\"data\":[1]}",
        "{\"model\":\"gamma\",\"data\":[1,-2]}",
        "{\"model\":\"gamma\",\"data\":[1,2],\"dta\":1}",
        "{\"model\":\"gamma\",\"data\":[1,\"x\"]}",
        "{\"model\":\"gamma\",\"data\":[1,2],\"options\":{\"tolerance\":2,\"seed\":-1}}",
    };
    const json_t *responses = at(operation_of("POST", "/v1/fits"), "responses");
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        char http[16];
        ask("POST", "/v1/fits", "Content-Type: application/json\r\n", bodies[i]);
        snprintf(http, sizeof http, "%d", response.status);
        if (!at(responses, http))
            fail_msg("%s: %s is not listed", bodies[i], http);
        check_answer(bodies[i], schema_of("Problem"));
    }
}

/* A request of tests/cases/valid is one that the description allows, and its answer is as it is
   described. False: there is none (CSV). */
static bool check_case(const char *name)
{
    char path[512], why[512];
    snprintf(path, sizeof path, FOLDERS "/valid/%s/request.json", name);
    json_t *request = json_load_file(path, 0, NULL);
    snprintf(path, sizeof path, FOLDERS "/valid/%s/expect.json", name);
    json_t *expected = json_load_file(path, 0, NULL);
    const char *op = text_at(expected, "op") ? text_at(expected, "op") : "fit";
    for (size_t i = 0; request && i < COUNT_OF(routes); i++) {
        if (strcmp(routes[i].op, op) != 0)
            continue;
        const json_t *operation = operation_of(routes[i].method, routes[i].path);
        const json_t *content = at(at(operation, "requestBody"), "content");
        const json_t *schema = at(at(content, "application/json"), "schema");
        if (!schema_check(document, schema, request, true, sizeof why, why))
            fail_msg("%s: the request is not as described: %s", name, why);
        char *body = json_dumps(request, JSON_COMPACT);
        ask("POST", routes[i].path, "Content-Type: application/json\r\n", body);
        free(body);
        check_answer(name,
                     response.status == 200 ? answer_schema(operation) : schema_of("Problem"));
    }
    bool checked = request;
    json_decref(request);
    json_decref(expected);
    return checked;
}

static void test_valid_cases(void **state)
{
    size_t n = 0;
    (void)state;
    DIR *cases = opendir(FOLDERS "/valid");
    assert_non_null(cases);
    for (const struct dirent *entry; (entry = readdir(cases));)
        n += check_case(entry->d_name);
    closedir(cases);
    assert_true(n > 20);
}

static void test_caching(void **state)
{
    char more[128];
    (void)state;
    ask("GET", "/openapi.json", "", NULL);
    assert_string_equal(test_header(&response, "Content-Type"), "application/json");
    snprintf(more, sizeof more, "If-None-Match: %s\r\n", test_header(&response, "ETag"));
    ask("GET", "/openapi.json", more, NULL);
    assert_int_equal(response.status, 304);
    ask("GET", "/openapi.json?pretty=1", "", NULL);
    assert_int_equal(strncmp(response.body, "{\n  \"openapi\": \"3.1.0\"", 22), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route),   cmocka_unit_test(test_references),
        cmocka_unit_test(test_operations),    cmocka_unit_test(test_tables),
        cmocka_unit_test(test_examples),      cmocka_unit_test(test_gets),
        cmocka_unit_test(test_other_answers), cmocka_unit_test(test_problems),
        cmocka_unit_test(test_caching),       cmocka_unit_test(test_valid_cases),
    };
    return cmocka_run_group_tests_name("openapi", tests, start, stop);
}
