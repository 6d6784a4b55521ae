/* What a call says of itself before it runs. */
#include "api/api.h"
#include "tests/support/test.h"

#include <stdlib.h>

/* The estimated cost of a fit whose body is n bytes. */
static double cost_of(size_t n, const char *body)
{
    struct mle_budget budget;
    struct mle_error err;
    struct mle_call_head head = { .op = mle_op_find("fit"), .media = MLE_MEDIA_JSON };
    mle_budget_init(&budget, (size_t)1 << 30, NULL);
    struct mle_call *call = mle_call_create(&head, &mle_limits_default, &budget, &err);
    assert_non_null(call);
    mle_call_feed(call, n, body);
    double cost = mle_call_cost_ns(call);
    mle_call_destroy(call);
    return cost;
}

/* The server runs what is cheap where it must not wait: neither many rows nor a large document may
   look cheap. */
static void cost_grows_with_rows_and_document(void **state)
{
    (void)state;
    enum { LARGE = 500000 };
    static const char small[] = "{\"model\":\"normal\",\"data\":[1,2]}";
    char *body = malloc(LARGE);
    assert_non_null(body);
    double least = cost_of(sizeof small - 1, small);
    assert_true(least > 0 && least < 1e5);

    memset(body, ' ', LARGE);
    memcpy(body, "{\"model\":[", 10);
    for (size_t i = 10; i + 3 < LARGE; i += 3)
        memcpy(body + i, "[],", 3);
    assert_true(cost_of(LARGE, body) > 1e7);

    memset(body, ' ', LARGE);
    memcpy(body, "{\"data\":[", 9);
    for (size_t i = 9; i + 2 < LARGE; i += 2)
        memcpy(body + i, "1,", 2);
    assert_true(cost_of(LARGE, body) > 1e6);
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cost_grows_with_rows_and_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
