/* Bytes on the wire and what must come of them: framing, slow clients, bodies that are too large
   (the first 30 rows of the list of bad inputs). */
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LIMIT = 65536 };

static struct test_server server;

static int start(void **state)
{
    static const char *const flags[] = { "--max-body-bytes",
                                         "64KiB",
                                         "--header-seconds",
                                         "1",
                                         "--body-seconds",
                                         "1",
                                         "--log-level",
                                         "error",
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

#define POST    "POST /v1/fits HTTP/1.1\r\n"
#define HOST    "Host: localhost\r\n"
#define JSON    "Content-Type: application/json\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define GET     "GET /livez HTTP/1.1\r\n"

enum { ANY = -1 };

/* An answer of status and, when closes, the end of the connection; else the connection must take
   another request and answer it, which a smuggled one would disturb. ANY close: not looked at,
   because libmicrohttpd answers itself. */
static const struct row {
    const char *name, *bytes;
    int status, closes;
} rows[] = {
    { "1 no Host", "GET /livez HTTP/1.1\r\n\r\n", 400, true },
    { "2 two Hosts", GET HOST HOST "\r\n", 400, true },
    { "3 Host not allowed", "GET /v1 HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, false },
    { "4 length and coding", POST HOST JSON "Content-Length: 2\r\n" CHUNKED "\r\n0\r\n\r\n", 400,
      true },
    { "5 two lengths", POST HOST JSON "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400,
      true },
    { "6 the same length twice", POST HOST JSON "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
      400, true },
    { "7 list of lengths", POST HOST JSON "Content-Length: 5, 5\r\n\r\nabcde", 400, ANY },
    { "8 length +5", POST HOST JSON "Content-Length: +5\r\n\r\nabcde", 400, ANY },
    { "8 length -5", POST HOST JSON "Content-Length: -5\r\n\r\nabcde", 400, ANY },
    { "8 length 0x5", POST HOST JSON "Content-Length: 0x5\r\n\r\nabcde", 400, ANY },
    { "8 empty length", POST HOST JSON "Content-Length: \r\n\r\n", 400, ANY },
    { "9 length 2^64", POST HOST JSON "Content-Length: 18446744073709551616\r\n\r\n", 413, ANY },
    { "10 length 2^64-1", POST HOST JSON "Content-Length: 18446744073709551615\r\n\r\n", 413,
      true },
    { "10 length 2^63", POST HOST JSON "Content-Length: 9223372036854775808\r\n\r\n", 413, true },
    { "11 too long, with Expect",
      POST HOST JSON "Content-Length: 65537\r\nExpect: 100-continue\r\n\r\n", 413, true },
    { "11 far too long", POST HOST JSON "Content-Length: 300000\r\n\r\n", 413, true },
    { "12 coding gzip", POST HOST JSON "Transfer-Encoding: gzip\r\n\r\n", 501, true },
    { "12 coding identity", POST HOST JSON "Transfer-Encoding: identity\r\n\r\n", 501, true },
    { "12 coding xchunked", POST HOST JSON "Transfer-Encoding: xchunked\r\n\r\n", 501, true },
    { "12 coding gzip, chunked", POST HOST JSON "Transfer-Encoding: gzip, chunked\r\n\r\n", 501,
      true },
    { "13 two codings", POST HOST JSON CHUNKED CHUNKED "\r\n0\r\n\r\n", 400, true },
    { "14 blank before the colon",
      POST HOST JSON "Content-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400,
      true },
    { "15 folded coding", POST HOST JSON "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400,
      true },
    { "15 folded name of a coding", GET HOST "Transfer-Encodin: chunked\r\n g\r\n\r\n0\r\n\r\n",
      400, true },
    { "16 folded length", POST HOST JSON "Content-Length:\r\n 5\r\n\r\nabcde", 400, true },
    { "17 coding in HTTP/1.0", "POST /v1/fits HTTP/1.0\r\n" HOST JSON CHUNKED "\r\n0\r\n\r\n", 400,
      true },
    { "18 chunk size zz", POST HOST JSON CHUNKED "\r\nzz\r\n", 400, ANY },
    { "18 chunk size 0x5", POST HOST JSON CHUNKED "\r\n0x5\r\nabcde\r\n0\r\n\r\n", 400, ANY },
    { "19 chunk size of 17 digits", POST HOST JSON CHUNKED "\r\n11111111111111111\r\n", 413, ANY },
    { "23 trailer with a length",
      POST HOST JSON CHUNKED "\r\n2\r\n{}\r\n0\r\nContent-Length: 77\r\n\r\n", 200, false },
    { "24 no length", POST HOST JSON "\r\n", 411, true },
    { "25 GET with a body", GET HOST "Content-Length: 5\r\n\r\nabcde", 400, true },
    { "25 GET with chunks", GET HOST CHUNKED "\r\n0\r\n\r\n", 400, true },
    { "25 DELETE with a body", "DELETE /livez HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 400,
      true },
    { "26 bare LF", "GET /livez HTTP/1.1\nHost: localhost\n\n", 200, false },
    { "27 bare CR in a value", GET HOST "X-A: a\rb\r\n\r\n", 400, true },
    { "27 0x0b in a value",
      GET HOST "X-A: a\x0b"
               "b\r\n\r\n",
      400, true },
    { "28 no colon", GET HOST "nonsense\r\n\r\n", 400, ANY },
    { "30 HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, ANY },
    { "34 TRACE", "TRACE /livez HTTP/1.1\r\n" HOST "\r\n", 501, true },
    { "34 CONNECT", "CONNECT localhost:1 HTTP/1.1\r\n" HOST "\r\n", 501, true },
    { "41 unknown expectation", POST HOST JSON "Content-Length: 2\r\nExpect: foo\r\n\r\n{}", 417,
      true },
    { "46 two keys", GET HOST "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 400,
      true },
    { "length 0 and GET", GET HOST "Content-Length: 0\r\n\r\n", 200, false },
    { "chunks of a body", POST HOST JSON CHUNKED "\r\n1\r\n{\r\n1;ext=1\r\n}\r\n0\r\n\r\n", 200,
      false },
    { "HTTP/1.0 with a length",
      "POST /v1/fits HTTP/1.0\r\nHost: localhost\r\n" JSON "Content-Length: 2\r\n\r\n{}", 200,
      ANY },
    { "HTTP/1.0 without Host", "GET /livez HTTP/1.0\r\n\r\n", 200, ANY },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct test_response response;
    int fd = test_connect(&server);
    test_send(fd, strlen(row->bytes), row->bytes);
    test_receive(fd, 10, false, &response);
    if (response.status != row->status)
        fail_msg("%s: status %d, expected %d", row->name, response.status, row->status);
    if (row->closes == true) {
        if (!test_closed(fd, 5))
            fail_msg("%s: the connection stays open", row->name);
        assert_true(response.closes);
    } else if (row->closes == false) {
        test_send(fd, strlen(GET HOST "\r\n"), GET HOST "\r\n");
        test_receive(fd, 10, false, &response);
        if (response.status != 200)
            fail_msg("%s: the next request got %d", row->name, response.status);
    }
    close(fd);
}

/* The same second request behind every refused one: if it were answered, the first would have been
   taken for less than it is. */
static void test_nothing_is_smuggled(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].closes != true)
            continue;
        struct test_response response;
        int fd = test_connect(&server);
        test_send(fd, strlen(rows[i].bytes), rows[i].bytes);
        test_send(fd, strlen(GET HOST "\r\n"), GET HOST "\r\n");
        test_receive(fd, 10, false, &response);
        assert_int_equal(response.status, rows[i].status);
        test_receive(fd, 10, false, &response);
        if (response.status != 0)
            fail_msg("%s: a second answer with status %d", rows[i].name, response.status);
        close(fd);
    }
}

static char *filled(const char *before, char with, size_t n, const char *after)
{
    size_t head = strlen(before), tail = strlen(after);
    char *text = malloc(head + n + tail + 1);
    assert_non_null(text);
    memcpy(text, before, head);
    memset(text + head, with, n);
    memcpy(text + head + n, after, tail + 1);
    return text;
}

static void expect_filled(const char *before, char with, size_t n, const char *after, int status)
{
    struct test_response response;
    char *text = filled(before, with, n, after);
    int fd = test_connect(&server);
    test_send(fd, strlen(text), text);
    test_receive(fd, 10, false, &response);
    assert_int_equal(response.status, status);
    close(fd);
    free(text);
}

static void test_large_heads(void **state)
{
    (void)state;
    expect_filled("GET /", 'a', 40000, " HTTP/1.1\r\n" HOST "\r\n", 414);
    expect_filled(GET HOST "X-A: ", 'a', 40000, "\r\n\r\n", 431);
    expect_filled("GET /", 'a', 3000, " HTTP/1.1\r\n" HOST "\r\n", 404);
    expect_filled("GET /v1?a=", 'a', 3000, " HTTP/1.1\r\n" HOST "\r\n", 422);
    char many[20000] = GET HOST;
    size_t n = strlen(many);
    for (int i = 0; i < 64; i++)
        n += (size_t)snprintf(many + n, sizeof many - n, "X-%d: 1\r\n", i);
    memcpy(many + n, "\r\n", 3);
    struct test_response response;
    test_ask(&server, many, &response);
    assert_int_equal(response.status, 400);
}

static void test_nul_and_bytes_that_are_not_text(void **state)
{
    static const char nul[] = GET HOST "X-A: a\0b\r\n\r\n";
    struct test_response response;
    (void)state;
    int fd = test_connect(&server);
    test_send(fd, sizeof nul - 1, nul);
    test_receive(fd, 10, false, &response);
    assert_true(response.status == 200 || response.status == 400); /* cut before we see it */
    close(fd);
    test_ask(&server, "GET /\xff HTTP/1.1\r\n" HOST "\r\n", &response);
    assert_int_equal(response.status, 400);
}

/* 0.9 has no version in its line, TLS no line at all: an answer or an end, nothing that hangs. */
static void test_other_protocols(void **state)
{
    static const char tls[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    (void)state;
    int fd = test_connect(&server);
    test_send(fd, sizeof tls - 1, tls);
    assert_true(test_closed(fd, 4));
    close(fd);
    fd = test_connect(&server);
    test_send(fd, 13, "GET /livez\r\n\r\n");
    assert_true(test_closed(fd, 4));
    close(fd);
}

/* One byte in a chunk, a million times less three: the cost must stay linear and the stack flat. */
static void test_tiny_chunks(void **state)
{
    enum { CHUNKS = 60000 };
    static char body[CHUNKS * 6 + 16];
    struct test_response response;
    (void)state;
    for (size_t i = 0; i < CHUNKS; i++)
        memcpy(body + 6 * i, "1\r\n \r\n", 6);
    memcpy(body + (size_t)6 * CHUNKS, "0\r\n\r\n", 6);
    int fd = test_connect(&server);
    test_send(fd, strlen(POST HOST JSON CHUNKED "\r\n"), POST HOST JSON CHUNKED "\r\n");
    double before = test_server_cpu_seconds(&server);
    test_send(fd, strlen(body), body);
    test_receive(fd, 10, false, &response);
    assert_int_equal(response.status, 200);
    assert_non_null(strstr(response.body, "\"fed\":60000"));
    assert_true(test_server_cpu_seconds(&server) - before < 2);
    close(fd);
}

static void test_long_chunk_extension(void **state)
{
    struct test_response response;
    (void)state;
    char *text = filled(POST HOST JSON CHUNKED "\r\n1;", 'x', 30000, "\r\n \r\n0\r\n\r\n");
    int fd = test_connect(&server);
    test_send(fd, strlen(text), text);
    test_receive(fd, 10, false, &response);
    /* libmicrohttpd skips an extension that its buffer holds; nothing of it reaches us */
    assert_true(response.status == 200 || response.status == 400 || response.status == 413 ||
                response.status == 0);
    close(fd);
    free(text);
}

/* Too large without Expect: read, thrown away, answered, closed. */
static void post_of(size_t length, bool chunked, struct test_response *response)
{
    char head[256];
    char *body = filled("", ' ', length, "");
    snprintf(head, sizeof head,
             chunked ? POST HOST JSON CHUNKED "\r\n%zx\r\n"
                     : POST HOST JSON "Content-Length: %zu\r\n\r\n",
             length);
    int fd = test_connect(&server);
    test_send(fd, strlen(head), head);
    test_send(fd, length, body);
    if (chunked)
        test_send(fd, 7, "\r\n0\r\n\r\n");
    test_receive(fd, 10, false, response);
    if (response->status != 200)
        assert_true(test_closed(fd, 5));
    close(fd);
    free(body);
}

static void test_bodies_around_the_limit(void **state)
{
    static const struct {
        size_t length;
        int status;
    } cases[] = { { LIMIT, 200 }, { LIMIT + 1, 413 }, { 4 * LIMIT, 413 } };
    struct test_response response;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int chunked = 0; chunked < 2; chunked++) {
            post_of(cases[i].length, chunked, &response);
            assert_int_equal(response.status, cases[i].status);
            if (response.status == 413)
                assert_true(response.closes);
        }
    }
}

/* Beyond what is thrown away the answer comes in the middle of the body. */
static void test_body_without_end(void **state)
{
    struct test_response response;
    (void)state;
    int fd = test_connect(&server);
    test_send(fd, strlen(POST HOST JSON CHUNKED "\r\n80000\r\n"),
              POST HOST JSON CHUNKED "\r\n80000\r\n");
    char *body = filled("", ' ', 4 * LIMIT + 40000, "");
    test_send(fd, 4 * LIMIT + 40000, body);
    test_receive(fd, 10, false, &response);
    assert_true(response.status == 413 || response.status == 0);
    close(fd);
    free(body);
}

/* A refusal that is no matter of framing leaves the connection open when the body is read. */
static void test_refusal_keeps_the_connection(void **state)
{
    struct test_response response;
    (void)state;
    int fd = test_connect(&server);
    for (int i = 0; i < 3; i++) {
        static const char text[] =
            POST HOST "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nabcde";
        test_send(fd, sizeof text - 1, text);
        test_receive(fd, 10, false, &response);
        assert_int_equal(response.status, 415);
        assert_false(response.closes);
    }
    test_post(fd, "{}");
    test_receive(fd, 10, false, &response);
    assert_int_equal(response.status, 200);
    close(fd);
}

static void test_client_ends_in_the_body(void **state)
{
    struct test_response response;
    (void)state;
    int fd = test_connect(&server);
    test_send(fd, strlen(POST HOST JSON CHUNKED "\r\n2\r\n{}\r\n"),
              POST HOST JSON CHUNKED "\r\n2\r\n{}\r\n");
    close(fd);
    test_ask(&server, GET HOST "\r\n", &response);
    assert_int_equal(response.status, 200);
}

/* A byte now and then is no silence, so libmicrohttpd alone would wait for ever. */
static void drip(const char *before, const char *byte, double least, double most)
{
    int fd = test_connect(&server);
    double start = test_seconds();
    test_send(fd, strlen(before), before);
    while (test_seconds() - start < most + 1 && !test_closed(fd, 0.1))
        test_send(fd, 1, byte);
    double took = test_seconds() - start;
    close(fd);
    if (took < least || took > most)
        fail_msg("closed after %g s, expected %g to %g", took, least, most);
}

static void test_slow_clients(void **state)
{
    (void)state;
    drip(GET, "a", 0.8, 2.5);
    drip(POST HOST JSON "Content-Length: 1000\r\n\r\n", " ", 0.8, 2.5);
    drip("", "", 0.8, 2.5);
}

/* Headers have their time once, not again when the request line is complete. */
static void test_time_of_headers(void **state)
{
    (void)state;
    int fd = test_connect(&server);
    double start = test_seconds();
    test_send(fd, 4, "GET ");
    test_sleep(0.6);
    test_send(fd, strlen("/livez HTTP/1.1\r\nX-A: "), "/livez HTTP/1.1\r\nX-A: ");
    while (test_seconds() - start < 3 && !test_closed(fd, 0.1))
        test_send(fd, 1, "a");
    double took = test_seconds() - start;
    close(fd);
    if (took > 1.5)
        fail_msg("closed after %g s", took);
}

static void test_pipelining(void **state)
{
    static const char slow[] = "{\"cost_ns\":1e7,\"sleep_ms\":50}";
    struct test_response response;
    (void)state;
    int fd = test_connect(&server);
    test_post(fd, slow);
    test_post(fd, "{ }");
    test_send(fd, strlen(GET HOST "\r\n"), GET HOST "\r\n");
    test_receive(fd, 10, false, &response);
    assert_int_equal(response.status, 200);
    char fed[32];
    snprintf(fed, sizeof fed, "\"fed\":%zu,", sizeof slow - 1);
    assert_non_null(strstr(response.body, fed));
    test_receive(fd, 10, false, &response);
    assert_non_null(strstr(response.body, "\"fed\":3,"));
    test_receive(fd, 10, false, &response);
    assert_string_equal(response.body, "{\"status\":\"alive\"}\n");
    close(fd);
}

/* After a thousand bad requests of every kind: the same descriptors, no more memory. */
static void test_nothing_is_left(void **state)
{
    (void)state;
    enum { ROUNDS = 100 };
    size_t rss = 0, descriptors = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            struct test_response response;
            int fd = test_connect(&server);
            test_send(fd, strlen(rows[i].bytes), rows[i].bytes);
            if (i % 3 == 0) {
                test_reset(fd);
                continue;
            }
            test_receive(fd, 10, false, &response);
            close(fd);
        }
        if (round == ROUNDS / 4) {
            test_sleep(0.2);
            rss = test_server_rss_kib(&server);
            descriptors = test_server_descriptors(&server);
        }
    }
    test_sleep(0.2);
    assert_in_range(test_server_descriptors(&server), 0, descriptors + 2);
    assert_in_range(test_server_rss_kib(&server), 0, rss + 4096);
}

static const struct CMUnitTest others[] = {
    cmocka_unit_test(test_nothing_is_smuggled),
    cmocka_unit_test(test_large_heads),
    cmocka_unit_test(test_nul_and_bytes_that_are_not_text),
    cmocka_unit_test(test_other_protocols),
    cmocka_unit_test(test_tiny_chunks),
    cmocka_unit_test(test_long_chunk_extension),
    cmocka_unit_test(test_bodies_around_the_limit),
    cmocka_unit_test(test_body_without_end),
    cmocka_unit_test(test_refusal_keeps_the_connection),
    cmocka_unit_test(test_client_ends_in_the_body),
    cmocka_unit_test(test_slow_clients),
    cmocka_unit_test(test_time_of_headers),
    cmocka_unit_test(test_pipelining),
    cmocka_unit_test(test_nothing_is_left),
};

int main(void)
{
    static struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(others)];
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tests[i] =
            (struct CMUnitTest){ rows[i].name, check_row, NULL, NULL, (void *)(uintptr_t)&rows[i] };
    memcpy(tests + COUNT_OF(rows), others, sizeof others);
    return _cmocka_run_group_tests("framing", tests, COUNT_OF(tests), start, stop);
}
