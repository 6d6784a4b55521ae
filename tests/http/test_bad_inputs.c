/* Bad inputs against the real program: those that are too large for a folder of tests/cases, and
   the check that every item of bad_inputs.def has its test. */
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOST "Host: localhost\r\n"

static struct test_server server;

static int start(void **state)
{
    static const char *const flags[] = { "--max-rows", "100000", "--access-log", "off", NULL };
    (void)state;
    test_server_start(&server, flags);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return test_server_stop(&server);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct {
    int number;
    const char *where, *what;
} inputs[] = {
#define BAD_INPUT(number, where, what) { number, where, what },
#include "tests/http/bad_inputs.def"
#undef BAD_INPUT
};

enum { LAST_NUMBER = 120 };

/* Whether the file of a test has the text; a file that cannot be read has none. */
static bool file_has(const char *where, const char *what)
{
    static char text[1 << 17];
    char path[1024];
    snprintf(path, sizeof path, "%s/test_%s.c", TESTS, where);
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[n] = '\0';
    return strstr(text, what);
}

static bool folder_is_there(const char *where, const char *what)
{
    char path[1024];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s/%s/expect.json", FOLDERS, where, what);
    return stat(path, &status) == 0;
}

static void test_every_bad_input_has_a_test(void **state)
{
    bool seen[LAST_NUMBER + 1] = { false };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        const char *where = inputs[i].where, *what = inputs[i].what;
        assert_in_range(inputs[i].number, 1, LAST_NUMBER);
        seen[inputs[i].number] = true;
        if (strcmp(where, "none") == 0)
            continue;
        bool folder = strcmp(where, "valid") == 0 || strcmp(where, "invalid") == 0;
        if (!(folder ? folder_is_there(where, what) : file_has(where, what)))
            fail_msg("bad input %d: there is no '%s' in %s", inputs[i].number, what, where);
    }
    for (int number = 1; number <= LAST_NUMBER; number++)
        if (!seen[number])
            fail_msg("bad input %d has no test", number);
}

/* --- bodies that are made --------------------------------------------------------------------- */

/* A body: before, then each with the number of its turn (if it has a %d) times times, then after.
   CSV when the path has a query. */
static const struct body {
    const char *name, *path, *before, *each;
    unsigned times;
    const char *after;
    int status;
    const char *says; /* in the answer */
} bodies[] = {
    { "69 3,000,000 brackets", "/v1/fits", "", "[", 3000000, "", 400, "top_level" },
    { "69 3,000,000 brackets in the document", "/v1/fits", "{\"model\":", "[", 3000000, "", 400,
      "too_deep" },
    { "69 3,000,000 brackets in the data", "/v1/fits", "{\"data\":", "[", 3000000, "", 422,
      "nested" },
    { "70 a million arrays in the document", "/v1/fits", "{\"data\":[1],\"model\":[", "[],",
      1000000, "1]}", 413, "/problems/body-too-large" },
    { "70 as many as are taken", "/v1/fits", "{\"data\":[1],\"model\":[", "[],", 300000, "1]}", 422,
      "/problems/invalid-model" },
    { "70 a million arrays in the data", "/v1/fits", "{\"model\":\"normal\",\"data\":[", "[],",
      1000000, "1]}", 422, "nested" },
    { "71 a million objects in the document", "/v1/fits", "{\"data\":[1],\"model\":[", "{},",
      1000000, "1]}", 413, "/problems/body-too-large" },
    { "71 a million objects in the data", "/v1/fits", "{\"model\":\"normal\",\"data\":{\"rows\":[",
      "{},", 1000000, "{}]}}", 413, "/problems/too-many-rows" },
    { "72 500,000 members", "/v1/fits", "{", "\"k%d\":1,", 500000, "\"k\":1}", 413,
      "/problems/body-too-large" },
    { "72 50,000 members", "/v1/fits", "{\"data\":[1],\"model\":{", "\"k%d\":1,", 50000,
      "\"k\":1}}", 422, "\"errors_total\":50002" },
    { "73 a member name of 1 MB", "/v1/fits", "{\"", "k", 1000000, "\":1}", 400, "key_too_long" },
    { "74 a string of 16 MB in the document", "/v1/fits", "{\"model\":\"", "k", 16000000, "\"}",
      413, "/problems/body-too-large" },
    { "74 a string of 16 MB in the data", "/v1/fits", "{\"data\":[\"", "k", 16000000, "\"]}", 422,
      "string_too_long" },
    { "74 a string of 5,000 bytes", "/v1/fits", "{\"data\":[1],\"model\":\"", "k", 5000, "\"}", 422,
      "string_too_long" },
    { "91 5,000 columns", "/v1/fits?family=normal", "y", ",c%d", 5000, "\n1\n", 413,
      "too_many_columns" },
    { "92 too many rows", "/v1/fits", "{\"model\":\"normal\",\"data\":[1", ",2", 100000, "]}", 413,
      "/data/100000" },
    { "92 too many rows of CSV", "/v1/fits?family=normal", "y\n", "1\n", 100001, "", 413,
      "\"line\":100002" },
    { "92 as many rows as are taken", "/v1/fits?family=normal", "y\n1\n", "2\n", 99999, "", 200,
      "\"rows\":100000" },
    { "42 an argument twice", "/v1/fits?family=normal&family=gamma", "y\n", "1\n", 3, "", 422,
      "comes twice" },
};

static char *make_body(const struct body *body, size_t *n)
{
    bool numbered = strchr(body->each, '%');
    size_t width = strlen(body->each) + (numbered ? 8 : 0);
    size_t size = strlen(body->before) + width * body->times + strlen(body->after) + 1;
    char *text = malloc(size), *to = text;
    assert_non_null(text);
    to += snprintf(to, size, "%s", body->before);
    const char *number = numbered ? strchr(body->each, '%') : NULL;
    for (unsigned i = 0; i < body->times; i++) {
        if (numbered) {
            to += snprintf(to, width + 1, "%.*s%u%s", (int)(number - body->each), body->each, i,
                           number + 2);
            continue;
        }
        memcpy(to, body->each, width);
        to += width;
    }
    to += snprintf(to, strlen(body->after) + 1, "%s", body->after);
    *n = (size_t)(to - text);
    return text;
}

static void send_body(const struct body *body, size_t step)
{
    struct test_response response;
    size_t n;
    char *text = make_body(body, &n);
    int fd = test_connect(&server);
    test_send_upload(fd, &(struct test_upload){
                             .path = body->path,
                             .type = strchr(body->path, '?') ? "text/csv" : NULL,
                             .n = n,
                             .body = text,
                             .step = step,
                         });
    test_receive(fd, 60, false, &response);
    close(fd);
    free(text);
    if (response.status != body->status)
        fail_msg("%s: status %d, expected %d: %.500s", body->name, response.status, body->status,
                 response.body);
    if (!strstr(response.body, body->says))
        fail_msg("%s: the answer does not say %s: %.500s", body->name, body->says, response.body);
}

static void test_body(void **state)
{
    send_body(*state, 0);
}

/* --- others ----------------------------------------------------------------------------------- */

/* "29 5,000 headers": the buffer of a connection does not hold them. */
static void test_many_headers(void **state)
{
    enum { HEADERS = 5000 };
    static char text[HEADERS * 16 + 256];
    struct test_response response;
    (void)state;
    size_t n = (size_t)snprintf(text, sizeof text, "GET /livez HTTP/1.1\r\n" HOST);
    for (int i = 0; i < HEADERS; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "X-%d: 1\r\n", i);
    snprintf(text + n, sizeof text - n, "\r\n");
    test_ask(&server, text, &response);
    assert_int_equal(response.status, 431);
}

/* A million bytes, each in a chunk of its own: what it takes does not grow with their number. */
static void test_a_body_of_tiny_chunks(void **state)
{
    enum { BYTES = 1000000 };
    static const char head[] =
        "POST /v1/fits HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    static const char json[] = "{\"model\":\"normal\",\"data\":[1,2,4]";
    char *body = malloc((size_t)BYTES * 6 + 5);
    struct test_response response;
    (void)state;
    assert_non_null(body);
    for (size_t i = 0; i < BYTES; i++)
        memcpy(body + 6 * i, "1\r\n \r\n", 6);
    for (size_t i = 0; i < sizeof json - 1; i++)
        body[6 * i + 3] = json[i];
    body[6 * (BYTES - 1) + 3] = '}';
    memcpy(body + (size_t)6 * BYTES, "0\r\n\r\n", 5);
    size_t rss = test_server_rss_kib(&server);
    int fd = test_connect(&server);
    test_send(fd, sizeof head - 1, head);
    test_send(fd, (size_t)6 * BYTES + 5, body);
    test_receive(fd, 100, false, &response);
    assert_int_equal(response.status, 200);
    assert_in_range(test_server_rss_kib(&server), 1, rss + 8192);
    close(fd);
    free(body);
}

/* Those beyond the limit wait until others have gone; those within it are served all the while. */
static void test_more_connections_than_allowed(void **state)
{
    enum { MOST = 24, MORE = 8 };
    static const char alive[] = "GET /livez HTTP/1.1\r\n" HOST "\r\n";
    static const char *const flags[] = { "--connections", "24", NULL };
    struct test_server small;
    struct test_response response;
    int fd[MOST + MORE];
    (void)state;
    test_server_start(&small, flags);
    for (int i = 0; i < MOST + MORE; i++) {
        fd[i] = test_connect(&small);
        test_send(fd[i], sizeof alive - 1, alive);
    }
    for (int i = 0; i < MOST; i++) {
        test_receive(fd[i], 10, false, &response);
        assert_int_equal(response.status, 200);
    }
    test_send(fd[0], sizeof alive - 1, alive);
    test_receive(fd[0], 10, false, &response);
    assert_int_equal(response.status, 200);
    for (int i = 0; i < MOST; i++)
        close(fd[i]);
    for (int i = MOST; i < MOST + MORE; i++) {
        test_receive(fd[i], 10, false, &response);
        assert_int_equal(response.status, 200);
        close(fd[i]);
    }
    assert_int_equal(test_server_stop(&small), 0);
}

/* The server sees the end of a connection a little later than we do. */
static void settle(size_t descriptors)
{
    double end = test_seconds() + 10;
    while (test_server_descriptors(&server) > descriptors && test_seconds() < end)
        test_sleep(0.02);
}

static void test_nothing_is_left(void **state)
{
    static const size_t steps[] = { 0, 8191, 0, 100003 };
    struct test_response response;
    size_t rss = 0, descriptors = 0;
    (void)state;
    for (size_t round = 0; round < COUNT_OF(steps); round++) {
        for (size_t i = 0; i < COUNT_OF(bodies); i++)
            send_body(&bodies[i], steps[round]);
        if (round == 1) {
            test_sleep(0.2);
            rss = test_server_rss_kib(&server);
            descriptors = test_server_descriptors(&server);
        }
    }
    settle(descriptors);
    assert_in_range(test_server_descriptors(&server), 1, descriptors);
    assert_in_range(test_server_rss_kib(&server), 1, rss + 4096);
    test_ask(&server, "GET /livez HTTP/1.1\r\n" HOST "\r\n", &response);
    assert_int_equal(response.status, 200);
}

static const struct CMUnitTest others[] = {
    cmocka_unit_test(test_every_bad_input_has_a_test),
    cmocka_unit_test(test_many_headers),
    cmocka_unit_test(test_a_body_of_tiny_chunks),
    cmocka_unit_test(test_more_connections_than_allowed),
    cmocka_unit_test(test_nothing_is_left),
};

int main(void)
{
    static struct CMUnitTest tests[COUNT_OF(bodies) + COUNT_OF(others)];
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        tests[i] = (struct CMUnitTest){ bodies[i].name, test_body, NULL, NULL,
                                        (void *)(uintptr_t)&bodies[i] };
    memcpy(tests + COUNT_OF(bodies), others, sizeof others);
    return _cmocka_run_group_tests("bad inputs", tests, COUNT_OF(tests), start, stop);
}
