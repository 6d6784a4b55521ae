/* The folders of tests/cases over HTTP, against the real program: the same answers as through the
   door of the api, however they are sent, and nothing that stays behind in the process. */
#include "tests/support/client.h"
#include "tests/support/folder.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct test_server server;
static struct folder folder[FOLDER_MAX];
static size_t n_folder;

static int start(void **state)
{
    static const char *const flags[] = { "--access-log", "off", NULL };
    (void)state;
    test_server_start(&server, flags);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return test_server_stop(&server);
}

/* --- a folder as a request -------------------------------------------------------------------- */

static const struct {
    const char *op, *path;
} routes[] = {
    { "fit", "/v1/fits" },
    { "evaluate", "/v1/evaluations" },
    { "validate", "/v1/validations" },
    { "divergence", "/v1/divergences" },
    { "predict", "/v1/predictions" },
};

static void append_escaped(size_t size, char out[], const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    size_t n = strlen(out);
    for (; *text; text++) {
        assert_true(n + 4 < size);
        bool is_plain = strchr(plain, *text);
        n += (size_t)snprintf(out + n, size - n, is_plain ? "%c" : "%%%02X", (unsigned char)*text);
    }
}

static void make_path(const struct folder *at, size_t size, char path[])
{
    const char *op = folder_text(at, "op", "fit"), *name;
    json_t *value;
    size_t i = 0;
    while (i < COUNT_OF(routes) && strcmp(routes[i].op, op) != 0)
        i++;
    if (i == COUNT_OF(routes))
        fail_msg("%s: no route has the operation %s", at->name, op);
    snprintf(path, size, "%s", routes[i].path);
    char separator[2] = "?";
    json_object_foreach(json_object_get(at->expect, "query"), name, value)
    {
        strncat(path, separator, size - strlen(path) - 1);
        append_escaped(size, path, name);
        strncat(path, "=", size - strlen(path) - 1);
        append_escaped(size, path, json_string_value(value));
        separator[0] = '&';
    }
}

/* What holds for the headers of every answer. */
static void check_headers(const struct folder *at, const struct test_response *response,
                          const json_t *document)
{
    const char *type = test_header(response, "Content-Type");
    assert_non_null(type);
    assert_string_equal(type,
                        response->status == 200 ? "application/json" : "application/problem+json");
    if (response->status == 200)
        return;
    if (json_integer_value(json_object_get(document, "status")) != response->status)
        fail_msg("%s: the document has another status than %d", at->name, response->status);
    const char *id = json_string_value(json_object_get(document, "request_id"));
    assert_non_null(id);
    assert_string_equal(id, test_header(response, "X-Request-Id"));
}

/* Sends the folder on the connection and checks what comes back. Returns whether it stays open. */
static bool ask(int fd, struct folder *at, size_t step)
{
    char path[2048], *body;
    struct test_response response;
    folder_load(FOLDERS, at);
    make_path(at, sizeof path, path);
    test_send_upload(fd, &(struct test_upload){
                             .path = path,
                             .type = at->is_csv ? "text/csv" : NULL,
                             .headers = json_is_true(json_object_get(at->expect, "strict"))
                                            ? "Prefer: handling=strict\r\n"
                                            : NULL,
                             .n = at->n,
                             .body = at->body,
                             .step = step,
                         });
    test_receive_all(fd, 60, &response, &body);
    if (response.status == 0)
        fail_msg("%s: no answer", at->name);
    json_error_t where;
    json_t *document = json_loadb(body, response.n_body, JSON_REJECT_DUPLICATES, &where);
    if (!document)
        fail_msg("%s: the answer is not JSON (%s): %s", at->name, where.text, body);
    folder_check(at, (unsigned)response.status, document);
    check_headers(at, &response, document);
    json_decref(document);
    free(body);
    folder_finish(at);
    return !response.closes;
}

static void test_folder(void **state)
{
    int fd = test_connect(&server);
    ask(fd, *state, 0);
    close(fd);
}

/* --- all of them, again and again ------------------------------------------------------------- */

/* Each round another way: one connection for all of them with a length, or with chunks. */
static void ask_all(size_t step)
{
    int fd = test_connect(&server);
    for (size_t i = 0; i < n_folder; i++) {
        if (ask(fd, &folder[i], step))
            continue;
        close(fd);
        fd = test_connect(&server);
    }
    close(fd);
}

/* The server sees the end of a connection a little later than we do. */
static size_t settled_descriptors(size_t want)
{
    double end = test_seconds() + 10;
    size_t n = test_server_descriptors(&server);
    while (n > want && test_seconds() < end) {
        test_sleep(0.02);
        n = test_server_descriptors(&server);
    }
    return n;
}

/* A sanitizer's own bookkeeping is not flat. */
#ifdef __SANITIZE_ADDRESS__
enum { SLACK_KIB = 16384 };
#else
enum { SLACK_KIB = 2048 };
#endif

static void test_nothing_is_left(void **state)
{
    static const size_t steps[] = { 1, 7, 0, 4096, 3 };
    struct test_response response;
    (void)state;
    ask_all(0);
    ask_all(5);
    test_sleep(0.2);
    size_t descriptors = test_server_descriptors(&server);
    size_t rss = test_server_rss_kib(&server);
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        ask_all(steps[i]);
    assert_in_range(settled_descriptors(descriptors), 1, descriptors);
    assert_in_range(test_server_rss_kib(&server), 1, rss + SLACK_KIB);
    test_ask(&server, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", &response);
    assert_int_equal(response.status, 200);
}

int main(void)
{
    static struct CMUnitTest tests[FOLDER_MAX + 1];
    n_folder = folder_find_all(FOLDERS, folder);
    for (size_t i = 0; i < n_folder; i++)
        tests[i] = (struct CMUnitTest){ folder[i].name, test_folder, NULL, NULL, &folder[i] };
    tests[n_folder] = (struct CMUnitTest)cmocka_unit_test(test_nothing_is_left);
    return _cmocka_run_group_tests("folders over HTTP", tests, n_folder + 1, start, stop);
}
