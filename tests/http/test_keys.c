/* API keys: who may do what, what is never told, reading the file again. */
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct test_server server;
static char keys_file[] = "/tmp/mled-keys-XXXXXX";
static char all[128], reader[128], slow[128]; /* the keys themselves */

/* Makes a key with --generate-key and returns its line with other scopes. */
static void make_key(const char *name, const char *scopes, const char *quota, char key[128],
                     char line[256])
{
    const char *const arguments[] = { "--generate-key", name, NULL };
    char out[512];
    assert_int_equal(test_run(arguments, NULL, sizeof out, out), 0);
    const char *at = strstr(out, "mled_");
    assert_non_null(at);
    snprintf(key, 128, "%.*s", (int)strcspn(at, "\n"), at);
    char *digest = strrchr(out, ':');
    assert_non_null(digest);
    digest[1 + 64] = '\0';
    snprintf(line, 256, "%s:%s%s%s\n", name, scopes, digest, quota);
}

static void write_keys(const char *text)
{
    FILE *file = fopen(keys_file, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static char lines[3][256];

static int start(void **state)
{
    (void)state;
    int fd = mkstemp(keys_file);
    assert_true(fd >= 0);
    close(fd);
    make_key("everything", "read,fit,data", "", all, lines[0]);
    make_key("reader", "read", "", reader, lines[1]);
    make_key("slow", "read,fit", ":2", slow, lines[2]);
    char text[1024];
    snprintf(text, sizeof text, "# keys\n\n%s%s%s", lines[0], lines[1], lines[2]);
    write_keys(text);
    const char *const flags[] = { "--api-keys-file", keys_file, NULL };
    test_server_start(&server, flags);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    int code = test_server_stop(&server);
    unlink(keys_file);
    return code;
}

static int ask(const char *line, const char *authorization, struct test_response *response)
{
    char text[1024];
    snprintf(text, sizeof text,
             "%s HTTP/1.1\r\nHost: localhost\r\n%s%s%sContent-Type: application/json\r\n%s\r\n%s",
             line, authorization ? "Authorization: " : "", authorization ? authorization : "",
             authorization ? "\r\n" : "", *line == 'P' ? "Content-Length: 2\r\n" : "",
             *line == 'P' ? "{}" : "");
    test_ask(&server, text, response);
    return response->status;
}

static int ask_with(const char *line, const char *key)
{
    char value[256];
    struct test_response response;
    snprintf(value, sizeof value, "Bearer %s", key);
    return ask(line, value, &response);
}

static void test_no_key(void **state)
{
    struct test_response response;
    (void)state;
    assert_int_equal(ask("POST /v1/fits", NULL, &response), 401);
    assert_non_null(strstr(test_header(&response, "WWW-Authenticate"), "Bearer"));
    assert_int_equal(ask("GET /v1/families", NULL, &response), 401);
    assert_int_equal(ask("GET /metrics", NULL, &response), 401);
    assert_int_equal(ask("GET /livez", NULL, &response), 200);
    assert_int_equal(ask("GET /readyz", NULL, &response), 200);
}

static void test_wrong_keys(void **state)
{
    static const char *const values[] = {
        "Bearer wrong",       "Bearer ", "Bearer",
        "Basic dXNlcjpwYXNz", "mled_x",  "Bearer mled_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    struct test_response none, response;
    (void)state;
    assert_int_equal(ask("POST /v1/fits", NULL, &none), 401);
    *strstr(none.bytes + none.n_head, "\"request_id\"") = '\0';
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        assert_int_equal(ask("POST /v1/fits", values[i], &response), 401);
        *strstr(response.bytes + response.n_head, "\"request_id\"") = '\0';
        assert_string_equal(response.body, none.body); /* the same words */
    }
}

static void test_key_in_the_url(void **state)
{
    char line[256];
    struct test_response response;
    (void)state;
    snprintf(line, sizeof line, "GET /v1?api_key=%s", all);
    assert_int_equal(ask(line, NULL, &response), 401);
}

static void test_scopes(void **state)
{
    (void)state;
    assert_int_equal(ask_with("POST /v1/fits", all), 200);
    assert_int_equal(ask_with("GET /v1/families", all), 200);
    assert_int_equal(ask_with("GET /v1/families", reader), 200);
    assert_int_equal(ask_with("POST /v1/fits", reader), 403);
    assert_int_equal(ask_with("GET /metrics", reader), 200);
    char lower[256];
    struct test_response response;
    snprintf(lower, sizeof lower, "bearer  %s", all);
    assert_int_equal(ask("POST /v1/fits", lower, &response), 200);
    snprintf(lower, sizeof lower, "Bearer %s \t", all);
    assert_int_equal(ask("POST /v1/fits", lower, &response), 200);
}

static void test_quota(void **state)
{
    char value[256];
    struct test_response response;
    int refused = 0;
    (void)state;
    snprintf(value, sizeof value, "Bearer %s", slow);
    for (int i = 0; i < 6; i++) {
        if (ask("POST /v1/fits", value, &response) != 429)
            continue;
        refused++;
        assert_non_null(test_header(&response, "Retry-After"));
    }
    assert_in_range(refused, 3, 5);
    assert_int_equal(ask_with("POST /v1/fits", all), 200);
}

static void test_reload(void **state)
{
    char text[1024];
    (void)state;
    write_keys("broken line\n"); /* the old keys stay */
    kill(server.pid, SIGHUP);
    test_sleep(0.2);
    assert_int_equal(ask_with("GET /v1/families", reader), 200);
    snprintf(text, sizeof text, "%s", lines[0]);
    write_keys(text);
    for (int i = 0; i < 20; i++) {
        kill(server.pid, SIGHUP);
        test_sleep(0.01);
        assert_int_equal(ask_with("GET /v1/families", all), 200);
    }
    test_sleep(0.2);
    assert_int_equal(ask_with("GET /v1/families", reader), 401);
    assert_int_equal(ask_with("GET /v1/families", all), 200);
}

static void test_keys_are_not_logged(void **state)
{
    static char log[1 << 16];
    (void)state;
    test_sleep(0.1);
    assert_true(test_server_log(&server, sizeof log, log) > 0);
    assert_null(strstr(log, "mled_"));
    assert_null(strstr(log, "Bearer"));
    assert_non_null(strstr(log, "\"key_name\":\"everything\""));
}

static void test_files_that_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "# nothing\n",
        "a\n",
        "a:read:1234\n",
        "a:read:\n",
        "a:write:0000000000000000000000000000000000000000000000000000000000000000\n",
        ":read:0000000000000000000000000000000000000000000000000000000000000000\n",
        "a:read:000000000000000000000000000000000000000000000000000000000000000g\n",
        "a:read:0000000000000000000000000000000000000000000000000000000000000000:x\n",
    };
    char path[] = "/tmp/mled-badkeys-XXXXXX", out[1024];
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, texts[i], strlen(texts[i]), 0), (int)strlen(texts[i]));
        const char *const arguments[] = { "--listen", "127.0.0.1:0", "--api-keys-file", path,
                                          NULL };
        assert_int_equal(test_run(arguments, NULL, sizeof out, out), 2);
        assert_non_null(strstr(out, "mled: "));
    }
    close(fd);
    unlink(path);
}

static void test_exposed_without_keys(void **state)
{
    static const char *const arguments[] = { "--listen", "0.0.0.0:0", NULL };
    char out[1024];
    (void)state;
    assert_int_equal(test_run(arguments, NULL, sizeof out, out), 2);
    assert_non_null(strstr(out, "insecure_no_auth"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_key),
        cmocka_unit_test(test_wrong_keys),
        cmocka_unit_test(test_key_in_the_url),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_quota),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_keys_are_not_logged),
        cmocka_unit_test(test_files_that_are_refused),
        cmocka_unit_test(test_exposed_without_keys),
    };
    return cmocka_run_group_tests_name("keys", tests, start, stop);
}
