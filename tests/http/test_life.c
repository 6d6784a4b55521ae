/* Start, drain, end: what was accepted is answered, whatever signal comes when. */
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST  "Host: localhost\r\n"
#define READY "GET /readyz HTTP/1.1\r\n" HOST "\r\n"

static void test_drain_waits_for_work(void **state)
{
    static const char *const flags[] = { "--workers", "2", NULL };
    struct test_server server;
    struct test_response response;
    (void)state;
    test_server_start(&server, flags);
    int running = test_connect(&server), queued = test_connect(&server);
    int third = test_connect(&server), idle = test_connect(&server);
    test_post(running, "{\"cost_ns\":1e9,\"sleep_ms\":400}");
    test_post(queued, "{\"cost_ns\":1e9,\"sleep_ms\":400}");
    test_post(third, "{\"cost_ns\":1e9,\"sleep_ms\":400}");
    test_sleep(0.1);
    kill(server.pid, SIGTERM);
    test_sleep(0.1);

    test_send(idle, strlen(READY), READY); /* an open connection is still served */
    test_receive(idle, 5, false, &response);
    assert_int_equal(response.status, 503);
    assert_non_null(strstr(response.body, "draining"));
    assert_true(response.closes);
    int late = test_connect(&server);
    test_post(late, "{}");
    test_receive(late, 5, false, &response);
    assert_int_equal(response.status, 503);
    assert_true(response.closes);
    assert_non_null(test_header(&response, "Retry-After"));

    int fds[] = { running, queued, third };
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        test_receive(fds[i], 5, false, &response);
        assert_int_equal(response.status, 200);
        close(fds[i]);
    }
    close(late);
    close(idle);
    assert_int_equal(test_server_wait(&server, 5), 0);
}

static void test_drain_delay(void **state)
{
    static const char *const flags[] = { "--drain-delay", "0.5", NULL };
    struct test_server server;
    struct test_response response;
    (void)state;
    test_server_start(&server, flags);
    kill(server.pid, SIGTERM);
    test_sleep(0.15);
    test_ask(&server, READY, &response);
    assert_int_equal(response.status, 503);
    int fd = test_connect(&server);
    test_post(fd, "{}"); /* load balancers have not seen it yet */
    test_receive(fd, 5, false, &response);
    assert_int_equal(response.status, 200);
    close(fd);
    assert_int_equal(test_server_wait(&server, 5), 0);
}

static void test_drain_timeout_cancels(void **state)
{
    static const char *const flags[] = { "--workers", "1", "--drain-timeout", "0.3", NULL };
    struct test_server server;
    struct test_response response;
    (void)state;
    test_server_start(&server, flags);
    int running = test_connect(&server), queued = test_connect(&server);
    test_post(running, "{\"cost_ns\":1e9,\"sleep_ms\":9000}");
    test_post(queued, "{\"cost_ns\":1e9,\"sleep_ms\":9000}");
    test_sleep(0.1);
    double begin = test_seconds();
    kill(server.pid, SIGTERM);
    test_receive(running, 5, false, &response);
    assert_int_equal(response.status, 503);
    assert_non_null(strstr(response.body, "/problems/draining"));
    test_receive(queued, 5, false, &response);
    assert_int_equal(response.status, 503);
    assert_int_equal(test_server_wait(&server, 5), 0);
    double took = test_seconds() - begin;
    assert_true(took > 0.25 && took < 1.5);
    close(running);
    close(queued);
}

static void test_second_signal(void **state)
{
    static const char *const flags[] = { "--workers", "1", NULL };
    struct test_server server;
    struct test_response response;
    (void)state;
    test_server_start(&server, flags);
    int running = test_connect(&server);
    test_post(running, "{\"cost_ns\":1e9,\"sleep_ms\":9000}");
    test_sleep(0.1);
    double begin = test_seconds();
    kill(server.pid, SIGTERM);
    test_sleep(0.2);
    kill(server.pid, SIGINT);
    test_receive(running, 5, false, &response);
    assert_int_equal(response.status, 503);
    assert_int_equal(test_server_wait(&server, 5), 0);
    assert_true(test_seconds() - begin < 1.5);
    close(running);
}

/* Work that does not listen must not keep the process for ever. */
static void test_watchdog(void **state)
{
    static const char *const flags[] = { "--workers", "1", "--drain-timeout", "0", NULL };
    struct test_server server;
    (void)state;
    test_server_start(&server, flags);
    int fd = test_connect(&server);
    test_post(fd, "{\"cost_ns\":1e9,\"sleep_ms\":60000,\"ignore_stop\":1}");
    test_sleep(0.1);
    double begin = test_seconds();
    kill(server.pid, SIGTERM);
    assert_int_equal(test_server_wait(&server, 20), 70);
    assert_in_range((unsigned)(test_seconds() - begin), 4, 10);
    close(fd);
}

/* A body on its way when the drain begins has been accepted. */
static void test_drain_with_a_body_on_its_way(void **state)
{
    static const char head[] = "POST /v1/fits HTTP/1.1\r\n" HOST
                               "Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{";
    struct test_server server;
    struct test_response response;
    (void)state;
    test_server_start(&server, NULL);
    int fd = test_connect(&server);
    test_send(fd, sizeof head - 1, head);
    test_sleep(0.1);
    kill(server.pid, SIGTERM);
    test_sleep(0.3);
    test_send(fd, 19, "                  }");
    test_receive(fd, 5, false, &response);
    assert_int_equal(response.status, 200);
    assert_true(response.closes);
    close(fd);
    assert_int_equal(test_server_wait(&server, 5), 0);
}

/* Sends what it has; true if the whole answer came, or none because the connection was closed
   before the request could be read. */
static bool answered(int fd, struct test_response *response)
{
    test_receive(fd, 10, false, response);
    return response->status == 200 || response->status == 503;
}

/* SIGTERM at a random moment of load, many times. */
static void test_drains_under_load(void **state)
{
    enum { DRAINS = 10, CLIENTS = 32 };
    static const char *const bodies[] = { "{}", "{\"cost_ns\":1e6,\"sleep_ms\":1}",
                                          "{\"cost_ns\":1e9,\"sleep_ms\":20}",
                                          "{\"answer_bytes\":300000}" };
    static const char *const flags[] = { "--workers", "2", "--access-log", "off", NULL };
    (void)state;
    for (unsigned drain = 0; drain < DRAINS; drain++) {
        struct test_server server;
        struct test_response response;
        int fd[CLIENTS];
        test_server_start(&server, flags);
        for (unsigned i = 0; i < CLIENTS; i++) {
            fd[i] = test_connect(&server);
            test_post(fd[i], bodies[(i + drain) % COUNT_OF(bodies)]);
            if (i == CLIENTS - 1 - drain)
                test_sleep(0.002 * (double)drain);
        }
        test_sleep(0.03); /* they are read: accepted */
        kill(server.pid, SIGTERM);
        for (unsigned i = 0; i < CLIENTS; i++) {
            if (!answered(fd[i], &response))
                fail_msg("drain %u, client %u: no answer", drain, i);
            close(fd[i]);
        }
        assert_int_equal(test_server_wait(&server, 10), 0);
    }
}

static void test_signal_right_after_the_start(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct test_server server;
        test_server_start(&server, NULL);
        assert_int_equal(test_server_stop(&server), 0);
    }
}

static void test_port_is_taken(void **state)
{
    struct test_server server;
    char out[1024];
    (void)state;
    test_server_start(&server, NULL);
    const char *const arguments[] = { "--listen", server.address, NULL };
    assert_int_equal(test_run(arguments, NULL, sizeof out, out), 2);
    assert_non_null(strstr(out, "Address already in use"));
    assert_int_equal(test_server_stop(&server), 0);
}

static void test_healthcheck(void **state)
{
    struct test_server server;
    char out[1024];
    (void)state;
    test_server_start(&server, NULL);
    const char *const arguments[] = { "--healthcheck", "--listen", server.address, NULL };
    assert_int_equal(test_run(arguments, NULL, sizeof out, out), 0);
    assert_string_equal(out, "ready\n");
    assert_int_equal(test_server_stop(&server), 0);
    assert_int_equal(test_run(arguments, NULL, sizeof out, out), 1);
}

/* Nobody reads the log: requests go on, lines are dropped. */
static void test_log_of_a_request(void **state)
{
    static const char *const flags[] = { "--log-format", "text", NULL };
    static char log[1 << 16];
    struct test_server server;
    struct test_response response;
    (void)state;
    test_server_start(&server, flags);
    test_ask(&server,
             "POST /v1/fits?family=secretcanary HTTP/1.1\r\n" HOST
             "X-Request-Id: id-7\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
             "{\"a\":\"canary2\"}",
             &response);
    assert_int_equal(response.status, 200);
    test_ask(&server, "GET /livez HTTP/1.1\r\n" HOST "\r\n", &response);
    test_sleep(0.1);
    assert_true(test_server_log(&server, sizeof log, log) > 0);
    assert_non_null(strstr(log, "request_id=id-7 method=POST route=/v1/fits status=200"));
    assert_null(strstr(log, "canary"));
    assert_null(strstr(log, "livez"));
    assert_int_equal(test_server_stop(&server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drain_waits_for_work),
        cmocka_unit_test(test_drain_delay),
        cmocka_unit_test(test_drain_timeout_cancels),
        cmocka_unit_test(test_second_signal),
        cmocka_unit_test(test_watchdog),
        cmocka_unit_test(test_drain_with_a_body_on_its_way),
        cmocka_unit_test(test_drains_under_load),
        cmocka_unit_test(test_signal_right_after_the_start),
        cmocka_unit_test(test_port_is_taken),
        cmocka_unit_test(test_healthcheck),
        cmocka_unit_test(test_log_of_a_request),
    };
    return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
