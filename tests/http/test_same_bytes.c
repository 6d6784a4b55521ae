/* The same request gives the same bytes, whatever the number of workers, the instruction set and
   the load. */
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Of a large request: many leaves of core/data/reduce.h, so that threads have something to take. */
enum { LARGE_ROWS = 300000, CLIENTS = 5, MAX_REQUESTS = 16 };

/* --- requests --------------------------------------------------------------------------------- */

struct request {
    const char *path;
    size_t n;
    char *body;
    size_t n_answer; /* the first answer, which all others must be */
    char *answer;
};

static struct request requests[MAX_REQUESTS];
static size_t n_request;

static void add(const char *path, char *body)
{
    assert_true(n_request < MAX_REQUESTS);
    requests[n_request++] = (struct request){ path, strlen(body), body, 0, NULL };
}

/* Values of some spread, the same in every run. */
static unsigned value_of(unsigned i)
{
    return (i * 2654435761u >> 8) % 10007;
}

static void put_real(size_t size, char out[], unsigned i)
{
    unsigned v = value_of(i);
    snprintf(out, size, "%u.%04u", 1 + v % 37, v);
}

static void put_count(size_t size, char out[], unsigned i)
{
    snprintf(out, size, "%u", value_of(i) % 9);
}

static void put_level(size_t size, char out[], unsigned i)
{
    static const char *const levels[] = { "\"a\"", "\"b\"", "\"c\"", "\"d\"", "\"e\"" };
    snprintf(out, size, "%s", levels[value_of(i) % COUNT_OF(levels)]);
}

static const struct {
    const char *family;
    void (*put)(size_t size, char out[], unsigned i);
} families[] = {
    { "normal", put_real },
    { "gamma", put_real },
    { "poisson", put_count },
    { "categorical", put_level },
};

static void add_fit(size_t family, unsigned rows)
{
    size_t size = (size_t)rows * 12 + 128;
    char *body = malloc(size), value[16];
    assert_non_null(body);
    size_t n = (size_t)snprintf(
        body, size, "{\"model\":\"%s\",\"options\":{\"include\":[\"covariance\"]},\"data\":[",
        families[family].family);
    for (unsigned i = 0; i < rows; i++) {
        families[family].put(sizeof value, value, i);
        n += (size_t)snprintf(body + n, size - n, i ? ",%s" : "%s", value);
    }
    snprintf(body + n, size - n, "]}");
    add("/v1/fits", body);
}

static void add_text(const char *path, const char *text)
{
    char *body = strdup(text);
    assert_non_null(body);
    add(path, body);
}

/* --- asking ----------------------------------------------------------------------------------- */

static struct test_server server;

/* Answers of one client, in the order of the requests. */
struct answers {
    unsigned client;
    int status[MAX_REQUESTS];
    size_t n[MAX_REQUESTS];
    char *body[MAX_REQUESTS];
};

/* Each client begins with another request and sends in other pieces. On a thread of its own, so
   what comes back is looked at later. */
static void *ask_all(void *arg)
{
    struct answers *answers = arg;
    struct test_response response;
    int fd = test_connect(&server);
    for (size_t k = 0; k < n_request; k++) {
        size_t i = (k + 3 * answers->client) % n_request;
        test_send_upload(fd, &(struct test_upload){ .path = requests[i].path,
                                                    .n = requests[i].n,
                                                    .body = requests[i].body,
                                                    .step = answers->client * 30011 });
        test_receive_all(fd, 100, &response, &answers->body[i]);
        answers->status[i] = response.status;
        answers->n[i] = response.n_body;
    }
    close(fd);
    return NULL;
}

static void check(struct answers *answers, const char *how)
{
    for (size_t i = 0; i < n_request; i++) {
        struct request *request = &requests[i];
        if (answers->status[i] != 200)
            fail_msg("%s, request %zu: status %d: %s", how, i, answers->status[i],
                     answers->body[i] ? answers->body[i] : "");
        if (!request->answer) {
            request->answer = answers->body[i];
            request->n_answer = answers->n[i];
            continue;
        }
        if (request->n_answer != answers->n[i] ||
            memcmp(request->answer, answers->body[i], answers->n[i]) != 0)
            fail_msg("%s, request %zu:\n%s\nnot\n%s", how, i, answers->body[i], request->answer);
        free(answers->body[i]);
    }
}

/* One client alone, then all at once. */
static void ask(const char *how)
{
    static struct answers answers[CLIENTS];
    pthread_t thread[CLIENTS];
    memset(answers, 0, sizeof answers);
    ask_all(&answers[0]);
    check(&answers[0], how);
    for (unsigned i = 0; i < CLIENTS; i++) {
        answers[i] = (struct answers){ .client = i };
        assert_int_equal(pthread_create(&thread[i], NULL, ask_all, &answers[i]), 0);
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        pthread_join(thread[i], NULL);
    for (unsigned i = 0; i < CLIENTS; i++)
        check(&answers[i], how);
}

static const struct setting {
    const char *workers, *isa; /* NULL: the best there is */
} settings[] = {
    { "1", NULL }, { "2", NULL }, { "3", NULL }, { "4", NULL },
    { "8", NULL }, { "1", "v3" }, { "4", "v3" }, { "3", "base" },
};

static void test_setting(void **state)
{
    const struct setting *setting = *state;
    const char *const flags[] = { "--workers",
                                  setting->workers,
                                  "--max-sync-seconds",
                                  "100",
                                  "--access-log",
                                  "off",
                                  "--queue-seconds",
                                  "100",
                                  NULL };
    char how[64];
    snprintf(how, sizeof how, "%s workers, %s", setting->workers,
             setting->isa ? setting->isa : "best");
    if (setting->isa)
        setenv("MLED_ISA", setting->isa, 1);
    else
        unsetenv("MLED_ISA");
    test_server_start(&server, flags);
    struct test_response version;
    test_ask(&server, "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n", &version);
    assert_int_equal(version.status, 200);
    if (setting->isa && strcmp(setting->isa, "base") == 0)
        assert_non_null(strstr(version.body, "\"isa\":\"base\""));
    ask(how);
    assert_int_equal(test_server_stop(&server), 0);
}

static int make_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        add_fit(i, LARGE_ROWS);
        add_fit(i, 40);
    }
    add_text("/v1/evaluations",
             "{\"model\":\"gamma\",\"data\":[1,2,4.5],\"at\":{\"shape\":2,\"rate\":0.7},"
             "\"compute\":[\"log_density\",\"score\",\"hessian\",\"cdf\"]}");
    add_text("/v1/validations", "{\"model\":\"normal\",\"data\":[1,2,4.5]}");
    return 0;
}

static int free_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_request; i++) {
        free(requests[i].body);
        free(requests[i].answer);
    }
    return 0;
}

int main(void)
{
    static struct CMUnitTest tests[COUNT_OF(settings)];
    static char names[COUNT_OF(settings)][64];
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        snprintf(names[i], sizeof names[i], "workers_%s_isa_%s", settings[i].workers,
                 settings[i].isa ? settings[i].isa : "best");
        tests[i] = (struct CMUnitTest){ names[i], test_setting, NULL, NULL,
                                        (void *)(uintptr_t)&settings[i] };
    }
    return _cmocka_run_group_tests("the same bytes", tests, COUNT_OF(tests), make_requests,
                                   free_requests);
}
