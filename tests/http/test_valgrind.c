/* A few requests of every kind to the real program under valgrind, which looks at what the address
   sanitizer does not: values that nobody has set. The exit code says whether it found something. */
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <unistd.h>

#define END "HTTP/1.1\r\nHost: localhost\r\n\r\n"

static const struct {
    const char *path, *type, *body;
    size_t step;
    int status;
} uploads[] = {
    { "/v1/fits", NULL, "{\"model\":\"gamma\",\"data\":[2.1,1.9,3.4,2.8,1.2]}", 0, 200 },
    { "/v1/fits?pretty=1", NULL,
      "{\"data\":{\"rows\":[{\"y\":1,\"w\":2},{\"y\":3,\"w\":0},{\"y\":null,\"w\":1}]},"
      "\"model\":{\"family\":\"poisson\",\"weights\":\"w\"},\"options\":{\"missing\":\"omit\"}}",
      5, 200 },
    { "/v1/fits", NULL,
      "{\"model\":{\"family\":\"categorical\",\"response\":\"s\"},"
      "\"data\":{\"columns\":{\"s\":[\"a\",\"b\",\"a\"]}}}",
      1, 200 },
    { "/v1/fits?family=normal&missing_tokens=NA&missing=omit", "text/csv", "y\n1\nNA\n3\n", 3,
      200 },
    { "/v1/evaluations", NULL,
      "{\"model\":\"normal\",\"data\":[1,2,3],\"at\":{\"mu\":2,\"sigma\":1},"
      "\"compute\":[\"log_density\",\"score\",\"hessian\",\"cdf\"]}",
      0, 200 },
    { "/v1/validations", NULL, "{\"model\":\"normal\",\"data\":[1,2,3]}", 0, 200 },
    { "/v1/fits", NULL, "{\"model\":\"gamma\",\"data\":[1,-2]}", 0, 422 },
    { "/v1/fits", NULL, "{\"model\":1,\"model\":2}", 0, 400 },
    { "/v1/fits", NULL, "{\"model\":", 0, 400 },
    { "/v1/fits?nope=1", NULL, "{}", 0, 422 },
    { "/v1/fits", "text/plain", "{}", 0, 415 },
    { "/v1/nothing", NULL, "{}", 2, 404 },
};

static const struct {
    const char *request;
    int status;
} others[] = {
    { "GET /v1/families " END, 200 },      { "GET /v1/families/gamma " END, 200 },
    { "GET /v1/families/nope " END, 404 }, { "GET /v1 " END, 200 },
    { "GET /version " END, 200 },          { "GET /problems/no-data " END, 200 },
    { "GET /livez%00 " END, 400 },         { "GET /readyz " END, 200 },
};

static void requests_leave_nothing(void **state)
{
    static const char *const flags[] = { "--workers", "2", "--max-sync-seconds", "100", NULL };
    struct test_server server;
    struct test_response response;
    (void)state;
    test_server_start(&server, flags);
    for (size_t i = 0; i < COUNT_OF(uploads); i++) {
        int fd = test_connect(&server);
        test_send_upload(fd, &(struct test_upload){ .path = uploads[i].path,
                                                    .type = uploads[i].type,
                                                    .n = strlen(uploads[i].body),
                                                    .body = uploads[i].body,
                                                    .step = uploads[i].step });
        test_receive(fd, 60, false, &response);
        close(fd);
        if (response.status != uploads[i].status)
            fail_msg("%s %s: status %d", uploads[i].path, uploads[i].body, response.status);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        test_ask(&server, others[i].request, &response);
        if (response.status != others[i].status)
            fail_msg("%s: status %d", others[i].request, response.status);
    }
    assert_int_equal(test_server_stop(&server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_leave_nothing),
    };
    return cmocka_run_group_tests_name("valgrind", tests, NULL, NULL);
}
