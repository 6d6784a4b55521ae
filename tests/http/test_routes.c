/* Methods, paths, negotiation, queries, headers of answers; inline against pool; HEAD. */
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <unistd.h>

static struct test_server server;

static int start(void **state)
{
    static const char *const flags[] = { "--max-sync-seconds", "0.5", "--log-level", "error",
                                         NULL };
    (void)state;
    test_server_start(&server, flags);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return test_server_stop(&server);
}

#define HOST "Host: localhost\r\n"
#define JSON "Content-Type: application/json\r\nContent-Length: 2\r\n"
#define END  "\r\n"
#define FIT  "POST /v1/fits HTTP/1.1\r\n" HOST

/* A status, and a header with a value that it must have (NULL: no matter). */
static const struct row {
    const char *name, *bytes;
    int status;
    const char *header, *value;
} rows[] = {
    { "31 unknown path", "GET /nothing HTTP/1.1\r\n" HOST END, 404, "Content-Type",
      "application/problem+json" },
    { "31 path too deep", "GET /v1/a/b/c/d/e/f/g/h/i HTTP/1.1\r\n" HOST END, 404, NULL, NULL },
    { "31 slash at the end", "GET /v1/families/ HTTP/1.1\r\n" HOST END, 404, NULL, NULL },
    { "32 wrong method", "GET /v1/fits HTTP/1.1\r\n" HOST END, 405, "Allow", "POST" },
    { "32 wrong method, GET route", "DELETE /livez HTTP/1.1\r\n" HOST END, 405, "Allow",
      "GET, HEAD" },
    { "32 OPTIONS", "OPTIONS /v1/fits HTTP/1.1\r\n" HOST END, 405, "Allow", "POST" },
    { "33 unknown method", "FOO /livez HTTP/1.1\r\n" HOST END, 501, NULL, NULL },
    { "33 small method", "get /livez HTTP/1.1\r\n" HOST END, 501, NULL, NULL },
    { "35 dots", "GET /v1/../livez HTTP/1.1\r\n" HOST END, 404, NULL, NULL },
    { "35 dots in escapes", "GET /v1/%2e%2e/livez HTTP/1.1\r\n" HOST END, 404, NULL, NULL },
    { "35 slash in an escape", "GET /v1%2ffamilies HTTP/1.1\r\n" HOST END, 404, NULL, NULL },
    { "36 NUL in an escape", "GET /livez%00 HTTP/1.1\r\n" HOST END, 400, NULL, NULL },
    { "36 bad escape", "GET /livez%zz HTTP/1.1\r\n" HOST END, 400, NULL, NULL },
    { "36 cut escape", "GET /livez%4 HTTP/1.1\r\n" HOST END, 400, NULL, NULL },
    { "36 no UTF-8", "GET /livez%ff HTTP/1.1\r\n" HOST END, 400, NULL, NULL },
    { "36 surrogate", "GET /livez%ed%a0%80 HTTP/1.1\r\n" HOST END, 400, NULL, NULL },
    { "escaped letters", "GET /%6civez HTTP/1.1\r\n" HOST END, 200, NULL, NULL },
    { "37 no Content-Type", FIT "Content-Length: 2\r\n" END "{}", 415, "Accept",
      "application/json, text/csv" },
    { "37 text/plain", FIT "Content-Type: text/plain\r\nContent-Length: 2\r\n" END "{}", 415, NULL,
      NULL },
    { "38 latin1",
      FIT "Content-Type: application/json; charset=latin1\r\nContent-Length: 2\r\n" END "{}", 415,
      NULL, NULL },
    { "38 utf-8",
      FIT "Content-Type: Application/JSON ; charset=\"UTF-8\"\r\nContent-Length: 2\r\n" END "{}",
      200, NULL, NULL },
    { "csv", FIT "Content-Type: text/csv; header=present\r\nContent-Length: 2\r\n" END "y\n", 200,
      NULL, NULL },
    { "39 Content-Encoding", FIT JSON "Content-Encoding: gzip\r\n" END "{}", 415, NULL, NULL },
    { "40 Accept text/xml", FIT JSON "Accept: text/xml\r\n" END "{}", 406, NULL, NULL },
    { "40 Accept refuses all", FIT JSON "Accept: */*;q=0\r\n" END "{}", 406, NULL, NULL },
    { "Accept text", FIT JSON "Accept: text/plain\r\n" END "{}", 200, "Content-Type",
      "text/plain; charset=utf-8" },
    { "Accept csv before the rest", FIT JSON "Accept: */*;q=0.1, text/csv\r\n" END "{}", 200,
      "Content-Type", "text/csv; charset=utf-8" },
    { "Accept all but json", FIT JSON "Accept: */*, application/json;q=0\r\n" END "{}", 200,
      "Content-Type", "text/plain; charset=utf-8" },
    { "Accept in two lines", FIT JSON "Accept: text/xml\r\nAccept: text/csv;q=0.5\r\n" END "{}",
      200, "Content-Type", "text/csv; charset=utf-8" },
    { "Accept of a browser",
      "GET /v1 HTTP/1.1\r\n" HOST "Accept: text/html,application/xml;q=0.9,*/*;q=0.8\r\n" END, 200,
      "Content-Type", "application/json" },
    { "Accept of a probe", "GET /livez HTTP/1.1\r\n" HOST "Accept: text/xml\r\n" END, 200, NULL,
      NULL },
    { "Vary where it was negotiated", FIT JSON END "{}", 200, "Vary", "Accept" },
    { "42 unknown argument", "POST /v1/fits?nope=1 HTTP/1.1\r\n" HOST JSON END "{}", 422, NULL,
      NULL },
    { "42 unknown argument of the server", "GET /v1?nope=1 HTTP/1.1\r\n" HOST END, 422, NULL,
      NULL },
    { "42 argument of a probe", "GET /livez?t=1 HTTP/1.1\r\n" HOST END, 200, NULL, NULL },
    { "known argument", "POST /v1/fits?family=gamma HTTP/1.1\r\n" HOST JSON END "{}", 200, NULL,
      NULL },
    { "NUL in an argument", "POST /v1/fits?family=%00 HTTP/1.1\r\n" HOST JSON END "{}", 400, NULL,
      NULL },
    { "pretty", "GET /v1?pretty=1 HTTP/1.1\r\n" HOST END, 200, NULL, NULL },
    { "pretty alone", "GET /v1?pretty HTTP/1.1\r\n" HOST END, 200, NULL, NULL },
    { "pretty twice", "GET /v1?pretty=1&pretty=1 HTTP/1.1\r\n" HOST END, 422, NULL, NULL },
    { "pretty of nonsense", "GET /v1?pretty=2 HTTP/1.1\r\n" HOST END, 422, NULL, NULL },
    { "17 arguments", "GET /v1?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q HTTP/1.1\r\n" HOST END, 400, NULL,
      NULL },
    { "Host with a port", "GET /v1 HTTP/1.1\r\nHost: 127.0.0.1:99\r\n" END, 200, NULL, NULL },
    { "Host IPv6", "GET /v1 HTTP/1.1\r\nHost: [::1]:8080\r\n" END, 200, NULL, NULL },
    { "Host app.localhost", "GET /v1 HTTP/1.1\r\nHost: app.localhost\r\n" END, 200, NULL, NULL },
    { "Host that looks local", "GET /v1 HTTP/1.1\r\nHost: 127.0.0.1.evil.com\r\n" END, 421, NULL,
      NULL },
    { "Host of a probe", "GET /livez HTTP/1.1\r\nHost: 203.0.113.7:8080\r\n" END, 200, NULL, NULL },
    { "sane id is echoed", "GET /livez HTTP/1.1\r\n" HOST "X-Request-Id: abc-1.2\r\n" END, 200,
      "X-Request-Id", "abc-1.2" },
    { "nosniff", "GET /livez HTTP/1.1\r\n" HOST END, 200, "X-Content-Type-Options", "nosniff" },
    { "Prefer in two lines",
      FIT JSON "Prefer: respond-async\r\nPrefer: handling=strict\r\n" END "{}", 200,
      "Preference-Applied", "handling=strict" },
    { "Prefer quoted", FIT JSON "Prefer: handling = \"strict\"\r\n" END "{}", 200,
      "Preference-Applied", "handling=strict" },
    { "handling=strict", FIT JSON "Prefer: wait=5, handling=strict\r\n" END "{}", 200,
      "Preference-Applied", "handling=strict" },
    { "no store", FIT JSON END "{}", 200, "Cache-Control", "no-store" },
    { "a name in the path", "GET /v1/families/gamma HTTP/1.1\r\n" HOST END, 200, NULL, NULL },
    { "an unknown name", "GET /v1/families/x HTTP/1.1\r\n" HOST END, 404, NULL, NULL },
    { "blanks behind Host", "GET /v1 HTTP/1.1\r\nHost: localhost \t\r\n" END, 200, NULL, NULL },
    { "blanks behind a port", "GET /v1 HTTP/1.1\r\nHost: localhost:80 \r\n" END, 200, NULL, NULL },
    { "blanks inside Host", "GET /v1 HTTP/1.1\r\nHost: localhost x\r\n" END, 421, NULL, NULL },
    { "blanks behind an id", "GET /livez HTTP/1.1\r\n" HOST "X-Request-Id: abc \r\n" END, 200,
      "X-Request-Id", "abc" },
    { "blanks behind Expect", FIT JSON "Expect: 100-continue \r\n" END "{}", 200, NULL, NULL },
    { "no length, no body, no such method", "POST /v1/families HTTP/1.1\r\n" HOST END, 405, "Allow",
      "GET, HEAD" },
    { "no length, nothing there", "POST /nothing HTTP/1.1\r\n" HOST END, 404, "Connection",
      "close" },
    { "a page for people", "GET /problems/no-data HTTP/1.1\r\n" HOST "Accept: text/html\r\n" END,
      200, "Content-Type", "text/html; charset=utf-8" },
    { "a page of a browser",
      "GET /problems/no-data HTTP/1.1\r\n" HOST
      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" END,
      200, "Content-Type", "text/html; charset=utf-8" },
    { "a page runs nothing", "GET /problems/no-data HTTP/1.1\r\n" HOST "Accept: text/html\r\n" END,
      200, "Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'" },
    { "a page for programs", "GET /problems/no-data HTTP/1.1\r\n" HOST END, 200, "Content-Type",
      "application/json" },
    { "a page for terminals",
      "GET /problems/no-data HTTP/1.1\r\n" HOST "Accept: text/plain\r\n" END, 200, "Content-Type",
      "text/plain; charset=utf-8" },
    { "no such page", "GET /problems/nope HTTP/1.1\r\n" HOST END, 404, NULL, NULL },
    { "a body that is bad",
      FIT "Content-Type: application/json\r\nContent-Length: 9\r\n" END "{\"bad\":1}", 400, NULL,
      NULL },
    { "a model that is bad",
      FIT "Content-Type: application/json\r\nContent-Length: 10\r\n" END "{\"fail\":1}", 422,
      "Content-Type", "application/problem+json" },
    { "an empty body of an operation",
      FIT "Content-Type: application/json\r\nContent-Length: 0\r\n" END, 200, NULL, NULL },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct test_response response;
    test_ask(&server, row->bytes, &response);
    if (response.status != row->status)
        fail_msg("%s: status %d, expected %d: %s", row->name, response.status, row->status,
                 response.body);
    assert_non_null(test_header(&response, "X-Request-Id"));
    assert_non_null(test_header(&response, "Server-Timing"));
    if (!row->header)
        return;
    const char *value = test_header(&response, row->header);
    if (!value || strcmp(value, row->value) != 0)
        fail_msg("%s: %s is %s, expected %s", row->name, row->header, value ? value : "absent",
                 row->value);
}

static void test_ids(void **state)
{
    char first[128];
    struct test_response response;
    (void)state;
    test_ask(&server, "GET /livez HTTP/1.1\r\n" HOST "X-Request-Id: a b\"\r\n" END, &response);
    assert_null(strchr(test_header(&response, "X-Request-Id"), '"'));
    snprintf(first, sizeof first, "%s", test_header(&response, "X-Request-Id"));
    test_ask(&server, "GET /livez HTTP/1.1\r\n" HOST END, &response);
    assert_string_not_equal(first, test_header(&response, "X-Request-Id"));
}

static void test_heads(void **state)
{
    static const char *const paths[] = { "/livez",       "/readyz",           "/version", "/v1",
                                         "/v1/families", "/problems/no-data", "/nothing" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        char text[128], length[32];
        struct test_response get, head;
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" HOST END, paths[i]);
        test_ask(&server, text, &get);
        snprintf(length, sizeof length, "%s", test_header(&get, "Content-Length"));
        int fd = test_connect(&server);
        snprintf(text, sizeof text, "HEAD %s HTTP/1.1\r\n" HOST END, paths[i]);
        test_send(fd, strlen(text), text);
        test_receive(fd, 5, true, &head);
        assert_int_equal(head.status, get.status);
        if (get.status == 200)
            assert_string_equal(test_header(&head, "Content-Length"), length);
        test_send(fd, strlen("GET /livez HTTP/1.1\r\n" HOST END),
                  "GET /livez HTTP/1.1\r\n" HOST END); /* no byte of a body before its answer */
        test_receive(fd, 5, false, &head);
        assert_int_equal(head.status, 200);
        close(fd);
    }
}

static void test_etags(void **state)
{
    char tag[64], text[256], length[32];
    struct test_response response;
    (void)state;
    test_ask(&server, "GET /v1/families HTTP/1.1\r\n" HOST END, &response);
    assert_int_equal(response.status, 200);
    snprintf(tag, sizeof tag, "%s", test_header(&response, "ETag"));
    snprintf(length, sizeof length, "%s", test_header(&response, "Content-Length"));
    snprintf(text, sizeof text, "GET /v1/families HTTP/1.1\r\n" HOST "If-None-Match: %s\r\n" END,
             tag);
    test_ask(&server, text, &response);
    assert_int_equal(response.status, 304);
    assert_int_equal(response.n_body, 0);
    assert_string_equal(test_header(&response, "Content-Length"), length);
    assert_string_equal(test_header(&response, "ETag"), tag);
    test_ask(&server, "GET /v1/families HTTP/1.1\r\n" HOST "If-None-Match: \"x\"\r\n" END,
             &response);
    assert_int_equal(response.status, 200);
}

/* The first instance of a preference counts. */
static void test_lenient_before_strict(void **state)
{
    struct test_response response;
    (void)state;
    test_ask(&server, FIT JSON "Prefer: handling=lenient, handling=strict\r\n" END "{}", &response);
    assert_int_equal(response.status, 200);
    assert_null(test_header(&response, "Preference-Applied"));
}

/* The answer is the same whether the I/O thread or a worker makes it. */
static void test_inline_and_pool_agree(void **state)
{
    static const char *const costs[] = { "1000", "1e6", "1e9" };
    char first[512] = "";
    (void)state;
    for (size_t i = 0; i < COUNT_OF(costs); i++) {
        char body[64];
        struct test_response response;
        int fd = test_connect(&server);
        snprintf(body, sizeof body, "{\"n\":%d,\"cost_ns\":%s%*s}", 1, costs[i],
                 (int)(8 - strlen(costs[i])), "");
        test_post(fd, body);
        test_receive(fd, 5, false, &response);
        assert_int_equal(response.status, 200);
        assert_non_null(strstr(response.body, "\"op\":\"fit\""));
        char *sum = strstr(response.bytes, "\"sum\"");
        memset(sum, '-', strcspn(sum, "p")); /* the digest is of different bodies */
        if (i == 0)
            snprintf(first, sizeof first, "%s", response.body);
        assert_string_equal(response.body, first);
        close(fd);
    }
}

/* Cheaper than it is: the I/O thread gives it up after 500 us and the pool does it again. */
static void test_estimate_too_low(void **state)
{
    struct test_response response;
    (void)state;
    int fd = test_connect(&server);
    test_post(fd, "{\"cost_ns\":1000,\"sleep_ms\":100}");
    test_sleep(0.02);
    double start = test_seconds();
    struct test_response alive;
    test_ask(&server, "GET /livez HTTP/1.1\r\n" HOST END, &alive);
    assert_int_equal(alive.status, 200);
    assert_true(test_seconds() - start < 0.05);
    test_receive(fd, 5, false, &response);
    assert_int_equal(response.status, 200);
    close(fd);
}

static void test_time_for_an_answer(void **state)
{
    struct test_response response;
    (void)state;
    int fd = test_connect(&server);
    double start = test_seconds();
    test_post(fd, "{\"cost_ns\":1e9,\"sleep_ms\":5000}");
    test_receive(fd, 5, false, &response);
    assert_int_equal(response.status, 504);
    double took = test_seconds() - start;
    assert_true(took > 0.45 && took < 0.9);
    close(fd);
}

static void test_large_answers(void **state)
{
    struct test_response response;
    (void)state;
    int fd = test_connect(&server);
    for (int i = 0; i < 3; i++) {
        test_post(fd, i == 1 ? "{\"cost_ns\":1e9,\"answer_bytes\":5000000}"
                             : "{\"answer_bytes\":5000000}");
        test_receive(fd, 10, false, &response);
        assert_int_equal(response.status, 200);
        assert_true(response.n_body > 5000000);
    }
    close(fd);
}

static void test_documents_of_the_server(void **state)
{
    struct test_response response;
    (void)state;
    test_ask(&server, "GET /v1?pretty=1 HTTP/1.1\r\n" HOST END, &response);
    assert_non_null(strstr(response.body, "{\n  \"name\": \"mled\",\n"));
    test_ask(&server, "GET /version HTTP/1.1\r\n" HOST END, &response);
    assert_non_null(strstr(response.body, "\"libmicrohttpd\":\"0.9"));
    test_ask(&server, "GET /readyz HTTP/1.1\r\n" HOST END, &response);
    assert_non_null(strstr(response.body, "\"status\":\"ready\""));
}

/* Also what is refused before the query is read. */
static void test_pretty_refusals(void **state)
{
    static const char *const requests[] = {
        "GET /nothing?pretty=1 HTTP/1.1\r\n" HOST END,
        "GET /v1?pretty HTTP/1.1\r\n" HOST HOST END,
        "GET /v1?pretty=true HTTP/1.1\r\nHost: evil.example\r\n" END,
        "GET /v1?pretty=1 HTTP/1.1\r\n" HOST "Accept: text/xml\r\n" END,
    };
    struct test_response response;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        test_ask(&server, requests[i], &response);
        if (strncmp(response.body, "{\n  \"type\": \"/problems/", 23) != 0)
            fail_msg("%s answers %s", requests[i], response.body);
    }
}

static const struct CMUnitTest others[] = {
    cmocka_unit_test(test_pretty_refusals),
    cmocka_unit_test(test_ids),
    cmocka_unit_test(test_heads),
    cmocka_unit_test(test_etags),
    cmocka_unit_test(test_lenient_before_strict),
    cmocka_unit_test(test_inline_and_pool_agree),
    cmocka_unit_test(test_estimate_too_low),
    cmocka_unit_test(test_time_for_an_answer),
    cmocka_unit_test(test_large_answers),
    cmocka_unit_test(test_documents_of_the_server),
};

int main(void)
{
    static struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(others)];
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tests[i] =
            (struct CMUnitTest){ rows[i].name, check_row, NULL, NULL, (void *)(uintptr_t)&rows[i] };
    memcpy(tests + COUNT_OF(rows), others, sizeof others);
    return _cmocka_run_group_tests("routes", tests, COUNT_OF(tests), start, stop);
}
