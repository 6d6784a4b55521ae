/* Servers as child processes, and a client that keeps their connections busy. */
#ifndef MLE_TESTS_BENCH_LOAD_H
#define MLE_TESTS_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct bench_server {
    const char *name;
    pid_t pid;
    int port;
    int in, out; /* pipes to its stdin and from its stdout; -1: not our child */
};

/* Starts the program and waits until it prints "http://ADDRESS:PORT". Its stderr, the log, goes to
   /dev/null. False, and a message, if it does not start. */
bool bench_server_start(struct bench_server *server, const char *name,
                        const char *const arguments[]);
void bench_server_stop(struct bench_server *server);

double bench_server_cpu_seconds(const struct bench_server *server);
long bench_server_peak_kib(const struct bench_server *server); /* VmHWM; -1: not known */

double bench_seconds(void);                /* monotonic clock */
double bench_median(size_t n, double x[]); /* sorts x */

struct bench_request {
    size_t n;
    char *bytes; /* head and body, malloc'd */
};

/* POST of a JSON body, or (body NULL) GET. */
struct bench_request bench_request_make(const char *path, size_t n, const char *body);

struct bench_load {
    size_t requests;
    double seconds, cpu_us; /* the server's CPU time for a request */
    double p50_us, p99_us;  /* latency */
    double requests_a_second;
};

/* Keep-alive connections that each send the request again as soon as its answer is there; pause_us
   waits between. False, and a message, if an answer is not 200. */
bool bench_load(const struct bench_server *server, const struct bench_request *request,
                unsigned connections, double seconds, unsigned pause_us, struct bench_load *load);

/* One request on its own connection; the length of the answer's body, 0: none, or not 200. */
size_t bench_ask(const struct bench_server *server, const struct bench_request *request);

#endif
