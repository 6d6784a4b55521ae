/* Too much work, too little memory, clients that leave: who is refused, who is not held up. */
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <unistd.h>

#define HOST "Host: localhost\r\n"

static void start(struct test_server *server, const char *const flags[])
{
    test_server_start(server, flags);
}

static double alive_seconds(const struct test_server *server)
{
    struct test_response response;
    double begin = test_seconds();
    test_ask(server, "GET /livez HTTP/1.1\r\n" HOST "\r\n", &response);
    assert_int_equal(response.status, 200);
    return test_seconds() - begin;
}

/* Two run, two wait, the rest is refused at once and told when to come back. */
static void test_queue_full(void **state)
{
    enum { CLIENTS = 10, RUNNING = 2, WAITING = 2 };
    static const char *const flags[] = { "--workers", "2", "--queue", "2", "--queue-seconds",
                                         "100", NULL };
    struct test_server server;
    struct test_response response;
    int fd[CLIENTS], served = 0, refused = 0;
    (void)state;
    start(&server, flags);
    for (int i = 0; i < CLIENTS; i++) {
        fd[i] = test_connect(&server);
        test_post(fd[i], "{\"cost_ns\":1e9,\"sleep_ms\":500}");
        test_sleep(0.02);
    }
    for (int i = 0; i < CLIENTS; i++) {
        test_receive(fd[i], 10, false, &response);
        served += response.status == 200;
        if (response.status == 503) {
            refused++;
            assert_non_null(test_header(&response, "Retry-After"));
            assert_non_null(strstr(response.body, "/problems/overloaded"));
        }
        close(fd[i]);
    }
    assert_int_equal(served, RUNNING + WAITING);
    assert_int_equal(refused, CLIENTS - RUNNING - WAITING);
    assert_int_equal(test_server_stop(&server), 0);
}

/* The queue has places, but the work in it is too long. */
static void test_predicted_wait(void **state)
{
    static const char *const flags[] = { "--workers", "1", "--queue", "100", "--queue-seconds",
                                         "1", NULL };
    struct test_server server;
    struct test_response response;
    int fd[5], statuses[5];
    (void)state;
    start(&server, flags);
    for (int i = 0; i < 5; i++) {
        fd[i] = test_connect(&server);
        test_post(fd[i], "{\"cost_ns\":8e8,\"sleep_ms\":300}");
        test_sleep(0.03);
    }
    for (int i = 0; i < 5; i++) {
        test_receive(fd[i], 10, false, &response);
        statuses[i] = response.status;
        close(fd[i]);
    }
    /* one runs, one waits (0.8 s), a second may (0.8 s is not more than 1 s), then 1.6 s is */
    assert_int_equal(statuses[0], 200);
    assert_int_equal(statuses[1], 200);
    assert_int_equal(statuses[2], 200);
    assert_int_equal(statuses[3], 503);
    assert_int_equal(statuses[4], 503);
    assert_int_equal(test_server_stop(&server), 0);
}

/* Small work runs while large work fills all workers; health never waits. */
static void test_lanes(void **state)
{
    static const char *const flags[] = { "--workers", "2", NULL };
    struct test_server server;
    struct test_response response;
    int large[6];
    (void)state;
    start(&server, flags);
    for (int i = 0; i < 6; i++) {
        large[i] = test_connect(&server);
        test_post(large[i], "{\"cost_ns\":4e8,\"sleep_ms\":400}");
    }
    test_sleep(0.05);
    assert_true(alive_seconds(&server) < 0.1);
    int small = test_connect(&server);
    double begin = test_seconds();
    test_post(small, "{}"); /* inline */
    test_receive(small, 5, false, &response);
    assert_int_equal(response.status, 200);
    assert_true(test_seconds() - begin < 0.1);
    test_post(small, "{\"cost_ns\":1e6}"); /* interactive: before the large ones that wait */
    test_receive(small, 5, false, &response);
    assert_int_equal(response.status, 200);
    assert_true(test_seconds() - begin < 0.6);
    for (int i = 0; i < 6; i++) {
        test_receive(large[i], 10, false, &response);
        assert_int_equal(response.status, 200);
        close(large[i]);
    }
    close(small);
    assert_int_equal(test_server_stop(&server), 0);
}

/* One request that is too large for itself is the client's fault, one that finds no room because of
   others is not. */
static void test_memory(void **state)
{
    static const char *const flags[] = { "--workers", "2", "--memory-limit", "64MiB",
                                         "--request-memory", "48MiB", NULL };
    struct test_server server;
    struct test_response response;
    (void)state;
    start(&server, flags);
    int fd = test_connect(&server), other = test_connect(&server);
    test_post(fd, "{\"cost_ns\":1e9,\"take_bytes\":60000000}");
    test_receive(fd, 5, false, &response);
    assert_int_equal(response.status, 413);
    test_post(fd, "{\"cost_ns\":1e9,\"take_bytes\":40000000,\"sleep_ms\":400}");
    test_sleep(0.1);
    test_post(other, "{\"cost_ns\":1e9,\"take_bytes\":40000000}");
    test_receive(other, 5, false, &response);
    assert_int_equal(response.status, 503);
    assert_non_null(test_header(&response, "Retry-After"));
    test_receive(fd, 5, false, &response);
    assert_int_equal(response.status, 200);
    test_post(other, "{\"cost_ns\":1e9,\"take_bytes\":40000000}");
    test_receive(other, 5, false, &response);
    assert_int_equal(response.status, 200);
    close(fd);
    close(other);
    assert_int_equal(test_server_stop(&server), 0);
}

/* FIN or RST while it computes: the work stops, the line in the log says 499. */
static void leave(const struct test_server *server, bool reset, bool queued)
{
    int busy[2];
    struct test_response response;
    for (int i = 0; queued && i < 2; i++) {
        busy[i] = test_connect(server);
        test_post(busy[i], "{\"cost_ns\":1e9,\"sleep_ms\":300}");
    }
    test_sleep(0.05);
    int fd = test_connect(server);
    test_post(fd, "{\"cost_ns\":1e9,\"sleep_ms\":8000,\"spin\":1}");
    test_sleep(0.1);
    if (reset)
        test_reset(fd);
    else
        close(fd);
    for (int i = 0; queued && i < 2; i++) {
        test_receive(busy[i], 5, false, &response);
        assert_int_equal(response.status, 200);
        close(busy[i]);
    }
    test_sleep(0.15);
    double before = test_server_cpu_seconds(server);
    test_sleep(0.3);
    assert_true(test_server_cpu_seconds(server) - before < 0.1);
}

static void test_clients_leave(void **state)
{
    static const char *const flags[] = { "--workers", "2", NULL };
    static char log[1 << 16];
    struct test_server server;
    (void)state;
    start(&server, flags);
    for (int i = 0; i < 4; i++)
        leave(&server, i & 1, i & 2);
    assert_true(test_server_log(&server, sizeof log, log) > 0);
    int left = 0;
    for (const char *at = log; (at = strstr(at, "\"status\":499")); at++)
        left++;
    assert_int_equal(left, 4);
    assert_int_equal(test_server_stop(&server), 0);
}

/* Hundreds that come and go at once: nothing is lost, nothing stays. */
static void test_many(void **state)
{
    enum { CLIENTS = 64, ROUNDS = 30 };
    static const char *const bodies[] = {
        "{}", "{\"cost_ns\":1e6}", "{\"cost_ns\":1e8}", "{\"fail\":1}", "{\"cost_ns\":1e6,\"bad\":1}",
        "{\"cost_ns\":1e9,\"sleep_ms\":3}",
    };
    static const char *const flags[] = { "--workers", "2", "--access-log", "off", NULL };
    struct test_server server;
    struct test_response response;
    int fd[CLIENTS];
    (void)state;
    start(&server, flags);
    size_t descriptors = 0, rss = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < CLIENTS; i++) {
            fd[i] = test_connect(&server);
            test_post(fd[i], bodies[(size_t)(i + round) % COUNT_OF(bodies)]);
        }
        for (int i = 0; i < CLIENTS; i++) {
            if (i % 7 == 0) {
                test_reset(fd[i]);
                continue;
            }
            test_receive(fd[i], 20, false, &response);
            if (response.status != 200 && response.status != 400 && response.status != 422 &&
                response.status != 503)
                fail_msg("status %d", response.status);
            close(fd[i]);
        }
        if (round == ROUNDS / 3) {
            test_sleep(0.2);
            rss = test_server_rss_kib(&server);
            descriptors = test_server_descriptors(&server);
        }
    }
    test_sleep(0.3);
    assert_in_range(test_server_descriptors(&server), 0, descriptors + 2);
    assert_in_range(test_server_rss_kib(&server), 0, rss + 8192);
    assert_int_equal(test_server_stop(&server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue_full),    cmocka_unit_test(test_predicted_wait),
        cmocka_unit_test(test_lanes),         cmocka_unit_test(test_memory),
        cmocka_unit_test(test_clients_leave), cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
