/* The real program over HTTP: what it prints at the start works, and the same request gives the
   same bytes however it arrives and wherever it is computed. */
#include "tests/support/client.h"
#include "tests/support/prometheus.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LARGE_ROWS = 200000 };

static struct test_server server;

static int start(void **state)
{
    (void)state;
    test_server_start(&server, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return test_server_stop(&server);
}

/* POST of n bytes in pieces of step bytes; step 0: with a length, in one piece. */
static void post(const char *path, size_t n, const char *body, size_t step,
                 struct test_response *response)
{
    int fd = test_connect(&server);
    test_send_upload(fd, &(struct test_upload){ .path = path, .n = n, .body = body, .step = step });
    test_receive(fd, 60, false, response);
    close(fd);
}

static void test_the_line_at_the_start(void **state)
{
    static const char body[] = "{\"model\":\"gamma\",\"data\":[2.1,1.9,3.4,2.8,1.2]}";
    struct test_response response;
    (void)state;
    post("/v1/fits?pretty=1", sizeof body - 1, body, 0, &response);
    assert_int_equal(response.status, 200);
    assert_non_null(strstr(response.body, "\"status\": \"converged\""));
}

static void test_pieces_do_not_matter(void **state)
{
    static const char body[] = "{\"model\":{\"family\":\"gamma\",\"response\":\"wait\"},"
                               "\"data\":{\"columns\":{\"wait\":[1.5,2.25,3e0,0.125,7.0]}}}";
    static const size_t steps[] = { 1, 2, 3, 7, 64 };
    struct test_response whole, pieces;
    (void)state;
    post("/v1/fits", sizeof body - 1, body, 0, &whole);
    assert_int_equal(whole.status, 200);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        post("/v1/fits", sizeof body - 1, body, steps[i], &pieces);
        assert_int_equal(pieces.status, 200);
        assert_string_equal(pieces.body, whole.body);
    }
}

/* A body that goes to the pool; its loops run on as many threads as are free. */
static void test_large_bodies_give_the_same_bytes(void **state)
{
    char *body = malloc((size_t)LARGE_ROWS * 24 + 64);
    struct test_response first, again;
    (void)state;
    assert_non_null(body);
    size_t n = (size_t)snprintf(body, 64, "{\"model\":\"gamma\",\"data\":[");
    for (unsigned i = 0; i < LARGE_ROWS; i++)
        n += (size_t)snprintf(body + n, 24, "%s%u.%03u", i ? "," : "", 1 + i * 7919 % 50,
                              i * 104729 % 1000);
    n += (size_t)snprintf(body + n, 24, "]}");
    post("/v1/fits", n, body, 0, &first);
    assert_int_equal(first.status, 200);
    for (size_t i = 0; i < 4; i++) {
        post("/v1/fits", n, body, i % 2 ? 10007 : 0, &again);
        assert_int_equal(again.status, 200);
        assert_string_equal(again.body, first.body);
    }
    free(body);
}

static void test_errors_are_problems(void **state)
{
    static const struct {
        const char *body;
        int status;
    } cases[] = {
        { "", 400 },
        { "{", 400 },
        { "{\"model\":\"nope\",\"data\":[1]}", 422 },
        { "{\"model\":\"gamma\",\"data\":[1,-2]}", 422 },
        { "{\"model\":\"gamma\",\"data\":[1,2],\"dta\":1}", 422 },
    };
    struct test_response response;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        post("/v1/fits", strlen(cases[i].body), cases[i].body, 0, &response);
        assert_int_equal(response.status, cases[i].status);
        assert_string_equal(test_header(&response, "Content-Type"), "application/problem+json");
        const char *type = strstr(response.body, "\"type\":\"/problems/");
        assert_non_null(type);
        char request[160]; /* the type leads to a page */
        snprintf(request, sizeof request, "GET %.*s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 (int)strcspn(type + 8, "\""), type + 8);
        test_ask(&server, request, &response);
        assert_int_equal(response.status, 200);
    }
}

static void test_metrics(void **state)
{
    static const char body[] = "{\"model\":\"normal\",\"data\":[2,2,2]}";
    struct test_response response;
    (void)state;
    post("/v1/fits", sizeof body - 1, body, 0, &response);
    test_sleep(0.02);
    test_ask(&server, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", &response);
    assert_int_equal(response.status, 200);
    prometheus_check(response.body);
    assert_true(prometheus_value(response.body,
                                 "mled_fits_total{family=\"normal\",status=\"no_mle\","
                                 "verdict=\"unbounded\"}") == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_line_at_the_start),
        cmocka_unit_test(test_pieces_do_not_matter),
        cmocka_unit_test(test_large_bodies_give_the_same_bytes),
        cmocka_unit_test(test_errors_are_problems),
        cmocka_unit_test(test_metrics),
    };
    return cmocka_run_group_tests_name("service", tests, start, stop);
}
