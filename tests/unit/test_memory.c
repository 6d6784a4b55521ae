/* Each allocation of a request fails once, and each budget is too small by a little: a clean
   problem, nothing left behind, and the next request is as good as ever. */
#include "api/api.h"
#include "tests/support/scarce.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_BYTES = 1 << 20, LARGE_ROWS = 20000, MAX_QUERY = 8, BUDGET_BYTES = 64 << 20 };

struct request {
    const char *name, *op;
    enum mle_media media;
    enum mle_format format;
    struct mle_pair query[MAX_QUERY]; /* ends at the first without a name */
    const char *body;                 /* NULL: LARGE_ROWS rows, made by start */
    const char *family;               /* of the path */
};

#define JSON MLE_MEDIA_JSON, MLE_FORMAT_JSON
#define CSV  MLE_MEDIA_CSV, MLE_FORMAT_JSON
#define NO_QUERY                                                                                   \
    {                                                                                              \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }
#define QUERY(...)                                                                                 \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }

static const struct request requests[] = {
    { "fit", "fit", JSON, NO_QUERY, "{\"model\":\"gamma\",\"data\":[2.1,1.9,3.4,2.8,1.2]}", NULL },
    { "fit of rows", "fit", JSON, NO_QUERY,
      "{\"data\":{\"rows\":[{\"y\":1,\"w\":2},{\"y\":3,\"w\":1},{\"y\":null,\"w\":1}]},"
      "\"model\":{\"family\":\"poisson\",\"weights\":{\"column\":\"w\"},\"start\":{\"lambda\":1}},"
      "\"options\":{\"missing\":\"omit\",\"include\":[\"covariance\"],\"method\":\"newton\"}}",
      NULL },
    { "fit of levels", "fit", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"categorical\",\"response\":\"s\",\"levels\":{\"s\":[\"b\",\"a\","
      "\"c\"]}},\"data\":{\"columns\":{\"s\":[\"a\",\"b\",\"c\",\"a\"]}}}",
      NULL },
    { "fit with a given parameter", "fit", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"normal\",\"fixed\":{\"mu\":1}},\"data\":{\"values\":[1,2,4]}}",
      NULL },
    { "fit without an estimate", "fit", JSON, NO_QUERY, "{\"model\":\"normal\",\"data\":[3]}",
      NULL },
    { "fit of truth values", "fit", JSON, NO_QUERY,
      "{\"model\":\"bernoulli\",\"data\":[true,false,true]}", NULL },
    { "fit of CSV", "fit", CSV,
      QUERY({ "family", "gamma" }, { "weights", "w" }, { "missing", "omit" },
            { "missing_tokens", "NA,-" }, { "start", "{\"shape\":1,\"rate\":2}" }),
      "y,w,\"site \"\"x\"\"\"\n1.5,1,a\n2,2,b\nNA,1,a\n\n", NULL },
    { "fit with bounds", "fit", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"gamma\",\"bounds\":{\"shape\":[0.5,null]},\"truncation\":{"
      "\"lower\":"
      "0.1},\"resolution\":0.01},\"data\":[2.1,1.9,3.4,2.8]}",
      NULL },
    { "fit of censored rows", "fit", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"exponential\",\"censoring\":{\"lower\":\"a\",\"upper\":\"b\"}},"
      "\"data\":"
      "{\"columns\":{\"a\":[1,2,null],\"b\":[1,null,4]}}}",
      NULL },
    { "fit as text", "fit", MLE_MEDIA_JSON, MLE_FORMAT_TEXT, NO_QUERY,
      "{\"model\":\"exponential\",\"data\":[2.1,1.9,3.4]}", NULL },
    { "fit as CSV", "fit", MLE_MEDIA_JSON, MLE_FORMAT_CSV, NO_QUERY,
      "{\"model\":\"exponential\",\"data\":[2.1,1.9,3.4]}", NULL },
    { "large fit", "fit", JSON, NO_QUERY, NULL, NULL },
    { "large fit of CSV", "fit", CSV, QUERY({ "family", "gamma" }), NULL, NULL },
    { "evaluate", "evaluate", JSON, NO_QUERY,
      "{\"model\":\"normal\",\"data\":[1,2,3],\"at\":[{\"mu\":2,\"sigma\":1},{\"mu\":1,\"sigma\":2}"
      "],\"compute\":[\"log_likelihood\",\"log_density\",\"score\",\"hessian\",\"cdf\"]}",
      NULL },
    { "evaluate levels", "evaluate", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"categorical\",\"response\":\"s\"},\"data\":{\"columns\":{\"s\":["
      "\"a\",\"b\"]}},\"at\":{\"p\":[0.25,0.75]},\"compute\":[\"log_density\",\"score\"]}",
      NULL },
    { "evaluate CSV", "evaluate", CSV,
      QUERY({ "family", "poisson" }, { "at", "{\"lambda\":2}" }, { "compute", "score,hessian" }),
      "y\n1\n2\n", NULL },
    { "fit of columns", "fit", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"multivariate_normal\",\"response\":[\"x\",\"y\"]},"
      "\"data\":{\"columns\":{\"x\":[1,2,4,5],\"y\":[2,4,7,3]}}}",
      NULL },
    { "fit of dependent columns", "fit", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"multivariate_normal\",\"response\":[\"x\",\"y\"]},"
      "\"data\":{\"columns\":{\"x\":[1,2,4,5],\"y\":[2,4,8,10]}}}",
      NULL },
    { "fit with a given covariance", "fit", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"multivariate_normal\",\"response\":[\"x\",\"y\"],\"fixed\":{"
      "\"covariance\":[[2,1],[1,2]]}},"
      "\"data\":{\"columns\":{\"x\":[1,2,4,5],\"y\":[2,4,7,3]}}}",
      NULL },
    { "fit of counts", "fit", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"multinomial\",\"response\":[\"x\",\"y\",\"z\"]},"
      "\"data\":{\"columns\":{\"x\":[9,2,0,5],\"y\":[1,8,10,5],\"z\":[0,0,0,0]}}}",
      NULL },
    { "fit of scattered counts", "fit", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"dirichlet_multinomial\",\"response\":[\"x\",\"y\",\"z\"]},"
      "\"data\":{\"columns\":{\"x\":[9,2,0,5],\"y\":[1,8,10,5],\"z\":[0,0,0,0]}}}",
      NULL },
    { "fit of compositions", "fit", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"dirichlet\",\"response\":[\"x\",\"y\"]},"
      "\"data\":{\"columns\":{\"x\":[0.25,0.5,0.375],\"y\":[0.75,0.5,0.625]}}}",
      NULL },
    { "evaluate columns", "evaluate", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"multivariate_normal\",\"response\":[\"x\",\"y\"]},"
      "\"data\":{\"columns\":{\"x\":[1,2,4,5],\"y\":[2,4,7,3]}},\"at\":{\"mean\":[3,4],"
      "\"covariance\":[[2],[1,2]]},"
      "\"compute\":[\"score\",\"hessian\",\"log_density\"]}",
      NULL },
    { "evaluate compositions", "evaluate", JSON, NO_QUERY,
      "{\"model\":{\"family\":\"dirichlet\",\"response\":[\"x\",\"y\"]},"
      "\"data\":{\"columns\":{\"x\":[0.25,0.5,0.375],\"y\":[0.75,0.5,0.625]}},\"at\":{\"alpha\":[3,"
      "4]},"
      "\"compute\":[\"score\",\"hessian\"]}",
      NULL },
    { "validate", "validate", JSON, NO_QUERY, "{\"model\":\"normal\",\"data\":[1,2,3]}", NULL },
    { "validate CSV", "validate", CSV, QUERY({ "family", "normal" }), "y\n1\n2\n", NULL },
    { "families", "families", MLE_MEDIA_NONE, MLE_FORMAT_JSON, NO_QUERY, "", NULL },
    { "a family", "families", MLE_MEDIA_NONE, MLE_FORMAT_JSON, NO_QUERY, "", "gamma" },
    { "no such family", "families", MLE_MEDIA_NONE, MLE_FORMAT_JSON, NO_QUERY, "", "nope" },
    { "a member twice", "fit", JSON, NO_QUERY, "{\"model\":1,\"model\":2}", NULL },
    { "outside the support", "fit", JSON, NO_QUERY, "{\"model\":\"gamma\",\"data\":[1,-2]}", NULL },
    { "unknown members", "fit", JSON, NO_QUERY,
      "{\"model\":{\"famly\":\"x\"},\"data\":[1],\"options\":{\"seeds\":1}}", NULL },
    { "bad CSV", "fit", CSV, QUERY({ "family", "normal" }), "y,x\n1,2\n3\n", NULL },
};

/* The two bodies that are made. */
static char *large[2];

static int start(void **state)
{
    (void)state;
    scarce_init();
    for (int csv = 0; csv < 2; csv++) {
        size_t n = 0, size = (size_t)LARGE_ROWS * 16 + 64;
        large[csv] = malloc(size);
        assert_non_null(large[csv]);
        n += (size_t)snprintf(large[csv], size, "%s",
                              csv ? "y" : "{\"model\":\"gamma\",\"data\":[1");
        for (unsigned i = 0; i < LARGE_ROWS; i++)
            n += (size_t)snprintf(large[csv] + n, size - n, "%s%u.%u", csv ? "\n" : ",",
                                  1 + i * 7919 % 50, i % 10);
        snprintf(large[csv] + n, size - n, csv ? "\n" : "]}");
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    free(large[0]);
    free(large[1]);
    return 0;
}

/* --- one request ------------------------------------------------------------------------------ */

struct answer {
    enum mle_problem problem;
    size_t n;
    char bytes[ANSWER_BYTES];
};

static void keep(struct answer *answer, const struct mle_document *document)
{
    answer->problem = MLE_PROBLEM_NONE;
    answer->n = document->n;
    assert_true(document->n <= sizeof answer->bytes);
    memcpy(answer->bytes, document->bytes, document->n);
}

static void keep_problem(struct answer *answer, const struct mle_error *err)
{
    answer->problem = mle_problem_of(err);
    answer->n = mle_problem_write(err, NULL, false, sizeof answer->bytes, answer->bytes);
}

static void run(const struct request *request, size_t budget_bytes, struct answer *answer)
{
    struct mle_env env = { NULL, &mle_limits_default };
    struct mle_budget budget;
    struct mle_document document;
    struct mle_error err;
    const char *body = request->body ? request->body : large[request->media == MLE_MEDIA_CSV];
    struct mle_call_head head = {
        .op = mle_op_find(request->op),
        .media = request->media,
        .format = request->format,
        .query = request->query,
        .name = request->family,
    };
    assert_non_null(head.op);
    while (request->query[head.n_query].name)
        head.n_query++;
    mle_budget_init(&budget, budget_bytes, NULL);
    struct mle_call *call = mle_call_create(&head, &mle_limits_default, &budget, &err);
    if (!call) {
        keep_problem(answer, &err);
    } else {
        mle_call_feed(call, strlen(body), body);
        if (mle_call_run(call, &env, NULL, &document, &err) == MLE_OK)
            keep(answer, &document);
        else
            keep_problem(answer, &err);
    }
    mle_call_destroy(call);
    assert_int_equal(atomic_load(&budget.used_bytes), 0);
}

static bool same(const struct answer *a, const struct answer *b)
{
    return a->problem == b->problem && a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

static void check(const struct request *request, const struct answer *right,
                  const struct answer *answer, enum mle_problem want, size_t k)
{
    if (answer->problem != want && !same(answer, right))
        fail_msg("%s, %zu: %.*s", request->name, k, (int)answer->n, answer->bytes);
}

/* --- the sweeps ------------------------------------------------------------------------------- */

static struct answer right, answer;

/* Until nothing fails any more. Returns how many allocations there are. */
static size_t fail_each(const struct request *request, bool and_after)
{
    for (size_t k = 1;; k++) {
        scarce_begin(k, and_after);
        run(request, BUDGET_BYTES, &answer);
        bool reached = scarce_end();
        if (scarce_live() != 0)
            fail_msg("%s, allocation %zu fails: %ld blocks are left", request->name, k,
                     scarce_live());
        if (!reached) {
            assert_true(same(&answer, &right));
            return k - 1;
        }
        check(request, &right, &answer, MLE_PROBLEM_OVERLOADED, k);
        if (k % 16 != 1)
            continue;
        run(request, BUDGET_BYTES, &answer);
        assert_true(same(&answer, &right));
    }
}

static void every_allocation_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        run(&requests[i], BUDGET_BYTES, &right);
        size_t n = fail_each(&requests[i], false);
        assert_int_equal(fail_each(&requests[i], true), n);
        assert_true(n > 0);
    }
}

static void every_budget_is_too_small(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        const struct request *request = &requests[i];
        size_t step = request->body ? 512 : 64 << 10, n = 0;
        run(request, BUDGET_BYTES, &right);
        do {
            scarce_begin(0, false);
            run(request, n, &answer);
            scarce_end();
            if (scarce_live() != 0)
                fail_msg("%s, %zu bytes: %ld blocks are left", request->name, n, scarce_live());
            check(request, &right, &answer, MLE_PROBLEM_MEMORY_LIMIT, n);
            n += step;
        } while (!same(&answer, &right));
        assert_true(n > step && n < BUDGET_BYTES); /* it had failed before */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails),
        cmocka_unit_test(every_budget_is_too_small),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
