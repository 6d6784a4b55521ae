/* Every case of cases.list through the door of the api, against what is independently known. */
#include "tests/conformance/case_map.h"
#include "tests/support/door.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

struct the_case {
    const char *name;
    json_t *c;
    json_t *document; /* of the answer */
};

/* --- tolerances ------------------------------------------------------------------------------- */

/* The relative tolerance of "params.sigma": its own entry, one that ends in *, that of the group
   ("params"), or that of everything. 0: there is none, the value is not compared. */
static double tolerance_of(const struct the_case *t, const char *group, const char *name)
{
    const json_t *tolerance = json_object_get(t->c, "tolerance");
    char key[256];
    snprintf(key, sizeof key, "%s.%s", group, name);
    const json_t *found = json_object_get(tolerance, key);
    const char *pattern;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)tolerance, pattern, value)
    {
        size_t n = strlen(pattern);
        if (!found && n > 1 && pattern[n - 1] == '*' && !strncmp(pattern, key, n - 1))
            found = value;
    }
    if (!found)
        found = json_object_get(tolerance, group);
    if (!found)
        found = json_object_get(tolerance, "*");
    return json_number_value(found);
}

static void compare(const struct the_case *t, const char *what, const json_t *actual,
                    const json_t *expected, double rtol)
{
    if (json_is_array(expected)) {
        if (json_array_size(actual) != json_array_size(expected))
            fail_msg("%s: %s is not an array of %zu", t->name, what, json_array_size(expected));
        for (size_t i = 0; i < json_array_size(expected); i++)
            compare(t, what, json_array_get(actual, i), json_array_get(expected, i), rtol);
        return;
    }
    double a, b;
    if (!door_number(expected, &b))
        fail_msg("%s: expected %s is not a number", t->name, what);
    if (!door_number(actual, &a)) {
        char *text = json_dumps(actual, JSON_ENCODE_ANY);
        fail_msg("%s: %s is %s, expected %.17g", t->name, what, text ? text : "absent", b);
    }
    const json_t *floor = json_object_get(json_object_get(t->c, "tolerance"), "abs_floor");
    double atol = b != 0 ? 0 : floor ? json_number_value(floor) : rtol;
    if (!test_is_close(a, b, rtol, atol))
        fail_msg("%s: %s is %.17g, expected %.17g: relative difference %.3g, allowed %.3g", t->name,
                 what, a, b, fabs(a - b) / fmax(fabs(a), fabs(b)), rtol);
}

/* Compares the member of expect, if it is there and has a tolerance, with the value at path. */
static void compare_at(const struct the_case *t, const char *expected, const char *group,
                       const char *path)
{
    const json_t *value = json_object_get(json_object_get(t->c, "expect"), expected);
    double rtol = tolerance_of(t, expected, "");
    if (rtol == 0)
        rtol = tolerance_of(t, group, "");
    if (value && !json_is_null(value) && rtol > 0)
        compare(t, path, door_at(t->document, path), value, rtol);
}

static void check_text(const struct the_case *t, const char *path, const char *expected)
{
    const char *actual = json_string_value(door_at(t->document, path));
    if (!actual || strcmp(actual, expected) != 0)
        fail_msg("%s: %s is %s, expected %s", t->name, path, actual ? actual : "absent", expected);
}

static bool has_text(const struct the_case *t, const char *path, const char *expected)
{
    const char *actual = json_string_value(door_at(t->document, path));
    return actual && !strcmp(actual, expected);
}

/* --- fits ------------------------------------------------------------------------------------- */

static const json_t *estimate(const struct the_case *t, const char *name)
{
    const json_t *estimates = json_object_get(t->document, "estimates");
    for (size_t i = 0; i < json_array_size(estimates); i++) {
        const json_t *row = json_array_get(estimates, i);
        const char *its = json_string_value(json_object_get(row, "name"));
        if (its && !strcmp(its, name))
            return row;
    }
    return NULL;
}

static void check_parameters(const struct the_case *t, const char *group)
{
    const char *neutral;
    json_t *value;
    json_object_foreach(json_object_get(json_object_get(t->c, "expect"), group), neutral, value)
    {
        char name[256];
        double rtol = tolerance_of(t, "params", neutral);
        if (rtol == 0 || !case_parameter(t->c, neutral, sizeof name, name))
            continue;
        const json_t *parameters = json_object_get(t->document, "parameters");
        compare(t, neutral, json_object_get(parameters, name), value, rtol);
        if (json_is_number(value))
            compare(t, neutral, json_object_get(estimate(t, name), "value"), value, rtol);
    }
}

static void check_standard_errors(const struct the_case *t)
{
    const char *neutral;
    json_t *value;
    const json_t *expect = json_object_get(t->c, "expect");
    /* ours come from the observed information */
    const json_t *observed = json_object_get(expect, "se_observed_information");
    json_object_foreach((observed ? (json_t *)(uintptr_t)observed : json_object_get(expect, "se")),
                        neutral, value)
    {
        char name[256];
        double rtol = tolerance_of(t, "se", neutral);
        if (rtol == 0 || !case_parameter(t->c, neutral, sizeof name, name))
            continue;
        for (size_t i = 0; i < (json_is_array(value) ? json_array_size(value) : 1); i++) {
            char element[300];
            snprintf(element, sizeof element, json_is_array(value) ? "%s[%zu]" : "%s", name, i);
            compare(t, "standard error", json_object_get(estimate(t, element), "standard_error"),
                    json_is_array(value) ? json_array_get(value, i) : value, rtol);
        }
    }
}

/* The identities that hold in every document, whatever the case expects. */
static void check_identities(const struct the_case *t)
{
    double nll, ll, nats, bits, n, k, aic;
    const json_t *d = t->document;
    if (!door_number(door_at(d, "diagnostics.nll"), &nll) || !isfinite(nll))
        return;
    assert_true(door_number(door_at(d, "diagnostics.log_likelihood"), &ll));
    assert_true(door_number(door_at(d, "diagnostics.weight_sum"), &n));
    assert_true(door_number(door_at(d, "diagnostics.cross_entropy.nats"), &nats));
    assert_true(door_number(door_at(d, "diagnostics.cross_entropy.bits"), &bits));
    assert_true(ll == -nll);
    assert_close_tol(nats * n, nll, 1e-14, 1e-300);
    assert_close_tol(bits * log(2), nats, 1e-14, 1e-300);
    if (door_number(door_at(d, "diagnostics.aic"), &aic)) {
        assert_true(door_number(door_at(d, "diagnostics.free_parameters"), &k));
        assert_close_tol(aic, 2 * k + 2 * nll, 1e-14, 1e-300);
    }
}

static void check_numbers(const struct the_case *t)
{
    check_parameters(t, "params");
    check_parameters(t, "limit_params");
    check_standard_errors(t);
    compare_at(t, "loglik", "loglik", "diagnostics.log_likelihood");
    compare_at(t, "limit_loglik", "loglik", "diagnostics.log_likelihood");
    compare_at(t, "nll", "loglik", "diagnostics.nll");
    compare_at(t, "nll_per_obs", "loglik", "diagnostics.cross_entropy.nats");
    compare_at(t, "aic", "loglik", "diagnostics.aic");
    compare_at(t, "bic", "loglik", "diagnostics.bic");
    compare_at(t, "k", "loglik", "diagnostics.free_parameters");
    compare_at(t, "n", "loglik", "diagnostics.weight_sum");
    compare_at(t, "n_effective", "loglik", "diagnostics.weight_sum");
    if (json_object_get(json_object_get(t->c, "tolerance"), "deviance"))
        compare_at(t, "deviance", "deviance", "diagnostics.deviance");
}

static void check_interval(const struct the_case *t)
{
    const json_t *interval = json_object_get(json_object_get(t->c, "expect"), "mu_interval");
    double mu;
    if (!interval)
        return;
    assert_true(door_number(door_at(t->document, "parameters.mu"), &mu));
    assert_true(mu >= json_number_value(json_array_get(interval, 0)));
    assert_true(mu <= json_number_value(json_array_get(interval, 1)));
}

/* A maximum that is only local, said so; or no maximum. Never an unqualified success. */
static void check_qualified(const struct the_case *t)
{
    if (has_text(t, "status", "no_mle")) {
        check_text(t, "existence.verdict", "unbounded");
        return;
    }
    if (!has_text(t, "status", "boundary")) /* or the best point is at the edge of the search */
        check_text(t, "status", "converged");
    check_text(t, "existence.supremum", "Infinity");
    if (!has_text(t, "existence.maximum", "local"))
        check_text(t, "existence.maximum", "best_of_starts");
    double sigma;
    if (door_number(door_at(t->document, "parameters.sigma"), &sigma))
        assert_true(sigma > 1e-8);
}

static void check_limit_errors(const struct the_case *t)
{
    const char *neutral;
    json_t *value;
    const json_t *limits = json_object_get(json_object_get(t->c, "expect"), "limit_params");
    json_object_foreach((json_t *)(uintptr_t)limits, neutral, value)
    {
        char name[256];
        if (!case_parameter(t->c, neutral, sizeof name, name))
            continue;
        const json_t *row = estimate(t, name);
        assert_non_null(row);
        assert_true(json_is_null(json_object_get(row, "standard_error")));
    }
}

static void check_fit(const struct the_case *t)
{
    const json_t *expect = json_object_get(t->c, "expect");
    const char *status = json_string_value(json_object_get(expect, "status"));
    check_text(t, "object", "fit");
    check_identities(t);
    if (!status || !strcmp(status, "ok")) {
        check_text(t, "status", "converged");
        check_numbers(t);
    } else if (json_object_get(expect, "accept") || !strncmp(status, "ok with", 7)) {
        check_qualified(t);
    } else if (!strcmp(status, "no_mle")) {
        check_text(t, "status", "no_mle");
        check_text(t, "existence.verdict", "infinite");
        compare_at(t, "supremum_loglik", "loglik", "existence.supremum");
    } else if (strstr(status, "unbounded")) {
        check_text(t, "status", "no_mle");
        check_text(t, "existence.verdict", "unbounded");
    } else if (!strcmp(status, "boundary")) {
        check_text(t, "status", "boundary");
        check_text(t, "existence.verdict", "boundary");
        check_numbers(t);
        check_limit_errors(t);
    } else if (!strcmp(status, "non_unique") || !strcmp(status, "rank_deficient")) {
        check_text(t, "status", "non_unique");
        check_text(t, "existence.verdict", "non_unique");
        check_numbers(t);
        check_interval(t);
    } else {
        fail_msg("%s: the status '%s' is not known", t->name, status);
    }
}

/* --- the rest --------------------------------------------------------------------------------- */

static bool has_row(const json_t *document, json_int_t row)
{
    const json_t *errors = json_object_get(document, "errors");
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *at = json_object_get(json_array_get(errors, i), "row");
        if (json_is_integer(at) && json_integer_value(at) == row)
            return true;
    }
    return false;
}

/* A problem document that names what is wrong: a row, a column, or the kind of trouble. */
static void check_error(const struct the_case *t, unsigned http)
{
    const json_t *expect = json_object_get(t->c, "expect");
    const char *named = json_string_value(json_object_get(expect, "error_must_name"));
    char *text = json_dumps(t->document, JSON_COMPACT);
    print_message("%s: %u %s\n", t->name, http, text);
    assert_in_range(http, 400, 499);
    bool names = true;
    if (named && !strncmp(named, "row ", 4))
        names = has_row(t->document, strtol(named + 4, NULL, 10));
    else if (named && !strcmp(named, "dataset"))
        names = has_text(t, "type", "/problems/no-data");
    else if (named && !strcmp(named, "payload"))
        names = has_text(t, "type", "/problems/malformed-json") ||
                door_mentions(t->document, "/data"); /* a pointer at the payload names it too */
    else if (named)
        names = door_mentions(t->document, named);
    if (!names)
        fail_msg("%s: the error does not name %s: %s", t->name, named, text);
    free(text);
}

static void check_evaluation(const struct the_case *t)
{
    check_text(t, "object", "evaluation");
    compare_at(t, "loglik", "loglik", "results.0.log_likelihood");
    compare_at(t, "nll", "loglik", "results.0.nll");
}

static void check_divergence(const struct the_case *t)
{
    check_text(t, "object", "divergence");
    compare_at(t, "entropy_nats", "*", "entropy.nats");
    compare_at(t, "entropy_bits", "*", "entropy.bits");
    compare_at(t, "cross_entropy_nats", "*", "cross_entropy.nats");
    compare_at(t, "cross_entropy_bits", "*", "cross_entropy.bits");
    compare_at(t, "kl_nats", "*", "kl.nats");
    compare_at(t, "kl_bits", "*", "kl.bits");
    compare_at(t, "perplexity", "*", "perplexity");
}

static void run_case(void **state)
{
    struct the_case t = { *state, NULL, NULL };
    char path[512];
    snprintf(path, sizeof path, "%s/%s.json", CASES_DIR, t.name);
    t.c = door_load_json(path);
    char *body = case_body(t.c);
    if (!body)
        fail_msg("%s: a model of this kind is not mapped to a request", t.name);
    struct door_request request = {
        .op = case_op(t.c), .media = MLE_MEDIA_JSON, .n = strlen(body), .body = body
    };
    struct door_answer answer = door_ask(&request);
    t.document = answer.document;

    const json_t *status = json_object_get(json_object_get(t.c, "expect"), "status");
    bool must_fail = json_is_string(status) && !strcmp(json_string_value(status), "error");
    if (must_fail) {
        check_error(&t, answer.http);
    } else if (answer.http != 200) {
        char *text = json_dumps(answer.document, JSON_COMPACT);
        fail_msg("%s: refused with %u: %s\nrequest: %.2000s", t.name, answer.http, text, body);
    } else if (!strcmp(request.op, "fit")) {
        check_fit(&t);
    } else if (!strcmp(request.op, "evaluate")) {
        check_evaluation(&t);
    } else {
        check_divergence(&t);
    }
    free(body);
    door_answer_finish(&answer);
    json_decref(t.c);
}

/* One test for each line of the list; lines that begin with # do not count. */
int main(void)
{
    size_t n_text;
    char *list = door_load_text(CASES_LIST, &n_text);
    size_t n = 0, capacity = 1;
    for (size_t i = 0; i < n_text; i++)
        capacity += list[i] == '\n';
    struct CMUnitTest *tests = calloc(capacity, sizeof *tests);
    if (!tests)
        return 1;
    char *rest;
    for (char *line = strtok_r(list, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (*line != '#')
            tests[n++] = (struct CMUnitTest){ line, run_case, NULL, NULL, line };
    int failed = _cmocka_run_group_tests("cases", tests, n, NULL, NULL);
    free(tests);
    free(list);
    return failed;
}
