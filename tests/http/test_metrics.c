/* /metrics: its form, and that it counts what happened. */
#include "tests/support/client.h"
#include "tests/support/prometheus.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <unistd.h>

#define HOST    "Host: localhost\r\n"
#define METRICS "GET /metrics HTTP/1.1\r\n" HOST

static struct test_server server;
static struct test_response response;

static int start(void **state)
{
    static const char *const flags[] = { "--workers",        "2",     "--queue", "2",
                                         "--max-body-bytes", "64KiB", NULL };
    (void)state;
    test_server_start(&server, flags);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return test_server_stop(&server);
}

/* A request is counted when libmicrohttpd is through with it, a moment after its answer. */
static const char *read_metrics(void)
{
    test_sleep(0.02);
    test_ask(&server, METRICS "\r\n", &response);
    assert_int_equal(response.status, 200);
    assert_string_equal(test_header(&response, "Content-Type"),
                        "text/plain; version=0.0.4; charset=utf-8");
    assert_true(response.n_body < sizeof response.bytes - response.n_head);
    prometheus_check(response.body);
    return response.body;
}

static void post(const char *body)
{
    static struct test_response answer;
    int fd = test_connect(&server);
    test_post(fd, body);
    test_receive(fd, 10, false, &answer);
    close(fd);
}

static void get(const char *line)
{
    static struct test_response answer;
    char text[256];
    snprintf(text, sizeof text, "%s HTTP/1.1\r\n" HOST "\r\n", line);
    test_ask(&server, text, &answer);
}

static void test_form(void **state)
{
    (void)state;
    assert_true(prometheus_check(read_metrics()) > 50);
    post("{}");
    post("{\"cost_ns\":1e9}");
    get("GET /nothing");
    assert_true(prometheus_check(read_metrics()) > 100);
}

static void test_requests(void **state)
{
    static const char fits[] =
        "mled_http_requests_total{method=\"POST\",route=\"/v1/fits\",code=\"200\"}";
    static const char refused[] =
        "mled_http_requests_total{method=\"POST\",route=\"/v1/fits\",code=\"422\"}";
    (void)state;
    post("{}");
    post("{\"fail\":1}");
    const char *text = read_metrics();
    double before = prometheus_value(text, fits), before_422 = prometheus_value(text, refused);
    double seconds =
        prometheus_value(text, "mled_http_request_duration_seconds_count{route=\"/v1/fits\"}");
    double invalid = prometheus_value(text, "mled_http_rejected_total{reason=\"invalid\"}");
    double bytes = prometheus_value(text, "mled_parse_bytes_total{format=\"json\"}");
    for (int i = 0; i < 5; i++)
        post("{}");
    post("{\"fail\":1}");
    text = read_metrics();
    assert_true(prometheus_value(text, fits) == before + 5);
    assert_true(prometheus_value(text, refused) == before_422 + 1);
    assert_true(
        prometheus_value(text, "mled_http_request_duration_seconds_count{route=\"/v1/fits\"}") ==
        seconds + 6);
    assert_true(prometheus_value(text, "mled_http_rejected_total{reason=\"invalid\"}") ==
                invalid + 1);
    assert_true(prometheus_value(text, "mled_parse_bytes_total{format=\"json\"}") == bytes + 20);
}

static void test_fits(void **state)
{
    static const char series[] =
        "mled_fits_total{family=\"fake\",status=\"converged\",verdict=\"interior\"}";
    (void)state;
    post("{}");
    const char *text = read_metrics();
    double before = prometheus_value(text, series);
    double rows = prometheus_value(text, "mled_rows_total{operation=\"fit\"}");
    double waits = prometheus_value(text, "mled_queue_wait_seconds_count");
    double compute = prometheus_value(text, "mled_compute_seconds_total{operation=\"fit\"}");
    post("{}");
    post("{\"cost_ns\":1e9,\"sleep_ms\":50}");
    text = read_metrics();
    assert_true(prometheus_value(text, series) == before + 2);
    assert_true(prometheus_value(text, "mled_rows_total{operation=\"fit\"}") == rows + 31);
    assert_true(prometheus_value(text, "mled_queue_wait_seconds_count") == waits + 1);
    double took = prometheus_value(text, "mled_compute_seconds_total{operation=\"fit\"}") - compute;
    assert_true(took > 0.045 && took < 1);
    assert_true(prometheus_value(text, "mled_fit_iterations_sum{family=\"fake\"}") ==
                prometheus_value(text, "mled_fit_iterations_count{family=\"fake\"}"));
}

static void test_load(void **state)
{
    enum { CLIENTS = 6 };
    static struct test_response answer;
    int fd[CLIENTS];
    (void)state;
    for (int i = 0; i < CLIENTS; i++) {
        fd[i] = test_connect(&server);
        test_post(fd[i], "{\"cost_ns\":1e9,\"sleep_ms\":600}");
        test_sleep(0.03); /* a worker takes it before the next one comes */
    }
    const char *text = read_metrics();
    assert_true(prometheus_value(text, "mled_queue_depth") == 2);
    assert_true(prometheus_value(text, "mled_queue_capacity") == 2);
    assert_true(prometheus_value(text, "mled_workers") == 2);
    assert_true(prometheus_value(text, "mled_workers_busy") == 2);
    assert_true(prometheus_value(text, "mled_http_connections") >= 7);
    assert_true(prometheus_value(text, "mled_http_rejected_total{reason=\"overloaded\"}") == 2);
    for (int i = 0; i < CLIENTS; i++) {
        test_receive(fd[i], 5, false, &answer);
        close(fd[i]);
    }
    test_sleep(0.1);
    text = read_metrics();
    assert_true(prometheus_value(text, "mled_queue_depth") == 0);
    assert_true(prometheus_value(text, "mled_workers_busy") == 0);
    assert_true(prometheus_value(text, "mled_http_requests_in_flight") == 1); /* this one */
}

static void test_clients_that_leave(void **state)
{
    static const char series[] =
        "mled_http_requests_total{method=\"POST\",route=\"/v1/fits\",code=\"499\"}";
    (void)state;
    int fd = test_connect(&server);
    test_post(fd, "{\"cost_ns\":1e9,\"sleep_ms\":5000}");
    test_sleep(0.1);
    close(fd);
    test_sleep(0.2);
    const char *text = read_metrics();
    assert_true(prometheus_value(text, series) == 1);
    assert_true(prometheus_value(text, "mled_workers_busy") == 0);
}

/* Nothing that a client sends becomes a label. */
static void test_no_words_of_clients(void **state)
{
    (void)state;
    get("GET /canary/one?canary=two");
    get("CANARY /livez");
    get("GET /v1/families/canary");
    post("{\"model\":\"canary\"}");
    const char *text = read_metrics();
    assert_null(strstr(text, "canary"));
    assert_null(strstr(text, "CANARY"));
    assert_true(prometheus_value(text, "mled_http_requests_total{method=\"GET\",route=\"other\","
                                       "code=\"404\"}") >= 1);
    assert_true(prometheus_value(text, "mled_http_requests_total{method=\"other\",route=\"other\","
                                       "code=\"501\"}") >= 1);
}

/* What scrapers accept, and HEAD. */
static void test_scrapers(void **state)
{
    (void)state;
    test_ask(&server, METRICS "Accept: application/openmetrics-text;version=1.0.0\r\n\r\n",
             &response);
    assert_int_equal(response.status, 200);
    test_ask(&server, "HEAD /metrics HTTP/1.1\r\n" HOST "\r\n", &response);
    assert_int_equal(response.status, 200);
    test_ask(&server, "POST /metrics HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", &response);
    assert_int_equal(response.status, 405);
}

static void test_process(void **state)
{
    (void)state;
    const char *text = read_metrics();
    double resident = prometheus_value(text, "process_resident_memory_bytes");
    double seen = (double)test_server_rss_kib(&server) * 1024;
    assert_true(resident > 0.5 * seen && resident < 2 * seen);
    assert_true(prometheus_value(text, "process_open_fds") >= 6);
    assert_true(prometheus_value(text, "process_threads") >= 5);
    assert_true(prometheus_value(text, "process_start_time_seconds") > 1.7e9);
    assert_true(prometheus_value(text, "mled_ready") == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_clients_that_leave),
        cmocka_unit_test(test_no_words_of_clients),
        cmocka_unit_test(test_scrapers),
        cmocka_unit_test(test_process),
    };
    return cmocka_run_group_tests_name("metrics", tests, start, stop);
}
