/* The admin listener: what it serves, to whom, and that nothing holds it up. Limits of connections
   and descriptors. */
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define HOST "Host: localhost\r\n"

/* Starts a server with an admin listener and says where that is: the same server at another port.
 */
static void start(struct test_server *server, struct test_server *admin, const char *const flags[])
{
    const char *arguments[32] = { "--admin-listen", "127.0.0.1:0" };
    for (size_t i = 0; flags && flags[i] && i + 3 < COUNT_OF(arguments); i++)
        arguments[i + 2] = flags[i];
    test_server_start(server, arguments);
    static const char says[] = "admin on http://127.0.0.1:";
    static char log[8192];
    const char *at = NULL;
    for (int i = 0; !at && i < 200; i++) {
        test_sleep(0.01);
        test_server_log(server, sizeof log, log);
        at = strstr(log, says);
    }
    assert_non_null(at);
    *admin = *server;
    admin->port = (int)strtol(at + sizeof says - 1, NULL, 10);
}

static int ask(const struct test_server *server, const char *line, struct test_response *response)
{
    char text[512];
    snprintf(text, sizeof text, "%s HTTP/1.1\r\n" HOST "%s\r\n", line,
             *line == 'P' ? "Content-Length: 0\r\n" : "");
    test_ask(server, text, response);
    return response->status;
}

static void test_what_it_serves(void **state)
{
    static const char *const served[] = { "/livez", "/readyz", "/version", "/metrics" };
    static const char *const not_served[] = { "GET /v1",      "GET /v1/families",
                                              "GET /nothing", "POST /v1/fits",
                                              "GET /",        "GET /problems/no-data" };
    struct test_server server, admin;
    struct test_response response;
    (void)state;
    start(&server, &admin, NULL);
    for (size_t i = 0; i < COUNT_OF(served); i++) {
        char line[64];
        snprintf(line, sizeof line, "GET %s", served[i]);
        assert_int_equal(ask(&admin, line, &response), 200);
        assert_int_equal(ask(&server, line, &response), 200);
    }
    for (size_t i = 0; i < COUNT_OF(not_served); i++)
        assert_int_equal(ask(&admin, not_served[i], &response), 404);
    test_ask(&admin, "GET /version HTTP/1.1\r\nHost: evil.example\r\n\r\n", &response);
    assert_int_equal(response.status, 421);
    char address[32], out[256];
    snprintf(address, sizeof address, "127.0.0.1:%d", admin.port);
    const char *const check[] = { "--healthcheck",  "--listen", "127.0.0.1:1",
                                  "--admin-listen", address,    NULL };
    assert_int_equal(test_run(check, NULL, sizeof out, out), 0);
    assert_int_equal(test_server_stop(&server), 0);
}

/* Every connection of the service is taken, its I/O thread is fed, its workers are busy. */
static void test_saturated(void **state)
{
    enum { CONNECTIONS = 24, ROUNDS = 200 };
    static const char *const flags[] = { "--connections", "24",  "--workers", "2",
                                         "--access-log",  "off", NULL };
    struct test_server server, admin;
    struct test_response response;
    int fd[CONNECTIONS];
    double worst = 0;
    (void)state;
    start(&server, &admin, flags);
    for (int i = 0; i < CONNECTIONS; i++) {
        fd[i] = test_connect(&server);
        test_post(fd[i], i % 2 ? "{\"cost_ns\":1e9,\"sleep_ms\":3000}" : "{\"spin\":1}");
    }
    test_sleep(0.1);
    int late = test_connect(&server); /* hangs in the backlog */
    test_send(late, strlen("GET /livez HTTP/1.1\r\n" HOST "\r\n"),
              "GET /livez HTTP/1.1\r\n" HOST "\r\n");
    test_receive(late, 0.2, false, &response);
    assert_int_equal(response.status, 0);
    for (int i = 0; i < ROUNDS; i++) {
        for (int k = 0; k < CONNECTIONS; k += 2) /* inline work for the other I/O thread */
            test_post(fd[k], "{\"sleep_ms\":1,\"spin\":1}");
        double begin = test_seconds();
        assert_int_equal(ask(&admin, "GET /livez", &response), 200);
        double took = test_seconds() - begin;
        worst = took > worst ? took : worst;
    }
    assert_int_equal(ask(&admin, "GET /metrics", &response), 200);
    if (worst > 0.5)
        fail_msg("the worst /livez took %g s", worst);
    for (int i = 0; i < CONNECTIONS; i++)
        close(fd[i]);
    close(late);
    assert_int_equal(test_server_stop(&server), 0);
}

/* It goes on while the service drains, and its clients do not hold the drain. */
static void test_drain(void **state)
{
    struct test_server server, admin;
    struct test_response response;
    (void)state;
    start(&server, &admin, NULL);
    int running = test_connect(&server), probe = test_connect(&admin);
    test_post(running, "{\"cost_ns\":1e9,\"sleep_ms\":500}");
    test_sleep(0.1);
    kill(server.pid, SIGTERM);
    test_sleep(0.1);
    test_send(probe, strlen("GET /readyz"), "GET /readyz"); /* a request that never ends */
    assert_int_equal(ask(&admin, "GET /livez", &response), 200);
    assert_int_equal(ask(&admin, "GET /readyz", &response), 503);
    test_receive(running, 5, false, &response);
    assert_int_equal(response.status, 200);
    assert_int_equal(test_server_wait(&server, 3), 0);
    close(running);
    close(probe);
}

/* The keys of the service are nothing to it. */
static void test_no_keys(void **state)
{
    char path[] = "/tmp/mled-admin-XXXXXX";
    static const char key[] =
        "a:fit:0000000000000000000000000000000000000000000000000000000000000000\n";
    struct test_server server, admin;
    struct test_response response;
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, key, sizeof key - 1), (int)sizeof key - 1);
    close(fd);
    const char *const flags[] = { "--api-keys-file", path, NULL };
    start(&server, &admin, flags);
    assert_int_equal(ask(&server, "GET /metrics", &response), 401);
    assert_int_equal(ask(&server, "GET /version", &response), 401);
    assert_int_equal(ask(&admin, "GET /metrics", &response), 200);
    assert_int_equal(ask(&admin, "GET /version", &response), 200);
    assert_int_equal(test_server_stop(&server), 0);
    unlink(path);
}

static void test_exposed(void **state)
{
    static const char *const arguments[] = { "--listen", "127.0.0.1:0", "--admin-listen",
                                             "0.0.0.0:0", NULL };
    char out[1024];
    (void)state;
    assert_int_equal(test_run(arguments, NULL, sizeof out, out), 2);
    assert_non_null(strstr(out, "others can reach 0.0.0.0:0"));
}

/* One client may have two connections; the third is closed, and taken when another has ended. */
static void test_connections_of_one_address(void **state)
{
    static const char *const flags[] = { "--connections-per-address", "2", NULL };
    struct test_server server;
    struct test_response response;
    (void)state;
    test_server_start(&server, flags);
    int first = test_connect(&server), second = test_connect(&server);
    test_post(first, "{}");
    test_receive(first, 5, false, &response);
    assert_int_equal(response.status, 200);
    test_post(second, "{}");
    test_receive(second, 5, false, &response);
    assert_int_equal(response.status, 200);
    int third = test_connect(&server);
    assert_true(test_closed(third, 5));
    close(third);
    close(second);
    test_sleep(0.1);
    assert_int_equal(ask(&server, "GET /livez", &response), 200);
    close(first);
    assert_int_equal(test_server_stop(&server), 0);
}

/* Last, because the limit of this process cannot be raised again. */
static void test_few_descriptors(void **state)
{
    static const char *const flags[] = { "--connections", "500", "--queue", "4", NULL };
    static const char *const few[] = { "--listen", "127.0.0.1:0", NULL };
    static char log[8192];
    struct rlimit limit = { 40, 100 };
    struct test_server server;
    char out[1024];
    (void)state;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    test_server_start(&server, flags);
    test_sleep(0.1);
    test_server_log(&server, sizeof log, log);
    assert_non_null(strstr(log, "limited to 68 instead of 500"));
    assert_int_equal(test_server_stop(&server), 0);
    limit.rlim_cur = limit.rlim_max = 40;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(test_run(few, NULL, sizeof out, out), 2);
    assert_non_null(strstr(out, "raise the limit"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_serves),  cmocka_unit_test(test_saturated),
        cmocka_unit_test(test_drain),           cmocka_unit_test(test_no_keys),
        cmocka_unit_test(test_exposed),         cmocka_unit_test(test_connections_of_one_address),
        cmocka_unit_test(test_few_descriptors),
    };
    return cmocka_run_group_tests_name("admin", tests, NULL, NULL);
}
