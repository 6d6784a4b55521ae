/* A server under test as a child process, and a client that speaks raw bytes to it. */
#ifndef MLE_TESTS_SUPPORT_CLIENT_H
#define MLE_TESTS_SUPPORT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct test_server {
    pid_t pid;
    int port;
    char address[32]; /* 127.0.0.1:PORT */
    char log[64];     /* file of its stderr, removed by test_server_stop */
};

/* Starts $MLED_UNDER_TEST with --listen 127.0.0.1:0 and the given flags (a NULL at the end), and
   waits until it says its port. Fails the test otherwise. */
void test_server_start(struct test_server *server, const char *const flags[]);

/* The same with another stderr; the log stays empty. */
void test_server_start_on(struct test_server *server, const char *const flags[], int err);

/* SIGTERM, and its exit code; -signal if a signal ended it. Kills it after 30 s. */
int test_server_stop(struct test_server *server);

/* Waits for its end without a signal. */
int test_server_wait(struct test_server *server, double seconds);

/* Runs the program with these arguments to its end; its stdout and stderr, cut to size, in out.
   Returns the exit code. environment: "NAME=value" to add, NULL: none. */
int test_run(const char *const arguments[], const char *environment, size_t size, char out[]);

/* What is in the log now, cut to size. */
size_t test_server_log(const struct test_server *server, size_t size, char out[]);

size_t test_server_rss_kib(const struct test_server *server);
size_t test_server_descriptors(const struct test_server *server);
double test_server_cpu_seconds(const struct test_server *server);

double test_seconds(void); /* monotonic clock */
void test_sleep(double seconds);

int test_connect(const struct test_server *server);  /* fails the test if it cannot */
void test_send(int fd, size_t n, const char *bytes); /* an error (reset) is no failure */
void test_reset(int fd);                             /* closes with RST */

/* One response. The head is in bytes, NUL-terminated, the body behind it. */
struct test_response {
    int status;  /* 0: the connection ended, or the time was over, before a whole response */
    bool closes; /* Connection: close is said */
    size_t n_head, n_body; /* the body is cut to what bytes holds */
    char bytes[262144];
    const char *body;
};

/* Reads one response; head_only: of a HEAD request. */
void test_receive(int fd, double seconds, bool head_only, struct test_response *response);

/* Whether the peer has closed within the time (FIN or RST). */
bool test_closed(int fd, double seconds);

/* The value of a header in a buffer of the thread, NULL: absent. */
const char *test_header(const struct test_response *response, const char *name);

/* Connects, sends a text, receives one response, closes. */
void test_ask(const struct test_server *server, const char *request,
              struct test_response *response);

/* POST /v1/fits of a JSON body on a connection. */
void test_post(int fd, const char *body);

/* A POST of any size. */
struct test_upload {
    const char *path;    /* with its query */
    const char *type;    /* NULL: application/json */
    const char *headers; /* more of them, each with its end of line; NULL: none */
    size_t n;
    const char *body;
    size_t step; /* of the chunks, 0: a Content-Length and one piece */
};
void test_send_upload(int fd, const struct test_upload *upload);

/* The next response on the connection, of any size: its body in *body, malloc'd, a NUL behind it.
   Headers and status are in the response. */
void test_receive_all(int fd, double seconds, struct test_response *response, char **body);

#endif
