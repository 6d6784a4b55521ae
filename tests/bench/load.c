#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_BYTES = 64 << 10, MOST_LATENCIES = 4 << 20 };

/* --- servers --------------------------------------------------------------------------------- */

static void become(const char *const arguments[], int in, int out)
{
    int null = open("/dev/null", O_WRONLY);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    closefrom(STDERR_FILENO + 1);
    execv(arguments[0], (char *const *)(const void *)arguments);
    _exit(127);
}

static bool read_port(struct bench_server *server)
{
    char text[1024];
    size_t n = 0;
    for (;;) {
        ssize_t got = read(server->out, text + n, sizeof text - 1 - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
        text[n] = '\0';
        const char *address = strstr(text, "http://");
        const char *port = address ? strchr(address + 7, ':') : NULL;
        if (port && strchr(port, '\n'))
            return (server->port = (int)strtol(port + 1, NULL, 10)) > 0;
    }
}

bool bench_server_start(struct bench_server *server, const char *name,
                        const char *const arguments[])
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        return false;
    *server = (struct bench_server){ .name = name, .in = in[1], .out = out[0] };
    server->pid = fork();
    if (server->pid == 0)
        become(arguments, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    if (server->pid > 0 && read_port(server))
        return true;
    fprintf(stderr, "%s does not start\n", arguments[0]);
    return false;
}

void bench_server_stop(struct bench_server *server)
{
    close(server->in);
    kill(server->pid, SIGTERM);
    waitpid(server->pid, NULL, 0);
    close(server->out);
}

double bench_server_cpu_seconds(const struct bench_server *server)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(server->pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return 0;
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

long bench_server_peak_kib(const struct bench_server *server)
{
    char line[256];
    long kib = -1;
    snprintf(line, sizeof line, "/proc/%d/status", (int)server->pid);
    FILE *file = fopen(line, "r");
    while (file && kib < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return kib;
}

/* --- figures --------------------------------------------------------------------------------- */

double bench_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(size_t n, double x[])
{
    qsort(x, n, sizeof *x, by_value);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

static int by_time(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* --- requests -------------------------------------------------------------------------------- */

struct bench_request bench_request_make(const char *path, size_t n, const char *body)
{
    struct bench_request request;
    FILE *to = open_memstream(&request.bytes, &request.n);
    fprintf(to, "%s %s HTTP/1.1\r\nHost: localhost\r\n", body ? "POST" : "GET", path);
    if (body)
        fprintf(to, "Content-Type: application/json\r\nContent-Length: %zu\r\n", n);
    fprintf(to, "\r\n");
    if (body)
        fwrite(body, 1, n, to);
    fclose(to);
    return request;
}

struct client {
    int fd;
    double sent;  /* when */
    size_t n;     /* of the answer */
    size_t n_all; /* its length; 0: not known yet */
    char *answer;
};

static bool client_open(struct client *client, const struct bench_server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)server->port),
                                   .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
    int one = 1;
    *client = (struct client){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    client->answer = malloc(ANSWER_BYTES + 1);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return client->answer &&
           connect(client->fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static void client_close(struct client *client)
{
    close(client->fd);
    free(client->answer);
}

static bool client_send(struct client *client, const struct bench_request *request)
{
    client->n = client->n_all = 0;
    client->sent = bench_seconds();
    for (size_t at = 0; at < request->n;) {
        ssize_t n = send(client->fd, request->bytes + at, request->n - at, MSG_NOSIGNAL);
        if (n < 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

/* The length of the whole answer once its head is there; the head says 200 and its length. */
static size_t whole(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    const char *length = end ? strcasestr(answer, "\r\ncontent-length:") : NULL;
    if (!length || length > end || strncmp(answer, "HTTP/1.1 200", 12) != 0)
        return 0;
    return (size_t)(end + 4 - answer) + strtoul(length + 17, NULL, 10);
}

/* 1: the answer is complete, 0: more is to come, -1: it is not as expected. */
static int client_receive(struct client *client)
{
    ssize_t n = recv(client->fd, client->answer + client->n, ANSWER_BYTES - client->n, 0);
    if (n <= 0)
        return -1;
    client->n += (size_t)n;
    client->answer[client->n] = '\0';
    if (client->n_all == 0)
        client->n_all = whole(client->answer);
    if (client->n_all > ANSWER_BYTES || (client->n_all == 0 && strstr(client->answer, "\r\n\r\n")))
        return -1;
    return client->n_all > 0 && client->n >= client->n_all;
}

size_t bench_ask(const struct bench_server *server, const struct bench_request *request)
{
    struct client client;
    int done = client_open(&client, server) && client_send(&client, request) ? 0 : -1;
    while (done == 0)
        done = client_receive(&client);
    size_t n = done < 0
                   ? 0
                   : client.n_all - (size_t)(strstr(client.answer, "\r\n\r\n") + 4 - client.answer);
    client_close(&client);
    return n;
}

/* --- load ------------------------------------------------------------------------------------ */

struct run {
    const struct bench_request *request;
    unsigned n_client, pause_us;
    struct client *client;
    int epoll;
    size_t n_latency;
    float *latency_us;
};

static bool run_open(struct run *run, const struct bench_server *server)
{
    for (unsigned i = 0; i < run->n_client; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = &run->client[i] } };
        if (!client_open(&run->client[i], server) ||
            epoll_ctl(run->epoll, EPOLL_CTL_ADD, run->client[i].fd, &event) != 0 ||
            !client_send(&run->client[i], run->request))
            return false;
    }
    return true;
}

static bool run_event(struct run *run, struct client *client)
{
    int done = client_receive(client);
    if (done <= 0)
        return done == 0;
    if (run->n_latency < MOST_LATENCIES)
        run->latency_us[run->n_latency++] = (float)(1e6 * (bench_seconds() - client->sent));
    if (run->pause_us)
        usleep(run->pause_us);
    return client_send(client, run->request);
}

static bool run_until(struct run *run, double until)
{
    struct epoll_event events[64];
    while (bench_seconds() < until) {
        int n = epoll_wait(run->epoll, events, 64, 1000);
        for (int i = 0; i < n; i++)
            if (!run_event(run, events[i].data.ptr))
                return false;
    }
    return true;
}

static void sum_up(struct run *run, double seconds, double cpu, struct bench_load *load)
{
    size_t n = run->n_latency;
    qsort(run->latency_us, n, sizeof *run->latency_us, by_time);
    *load = (struct bench_load){
        .requests = n,
        .seconds = seconds,
        .cpu_us = 1e6 * cpu / (double)n,
        .p50_us = (double)run->latency_us[n / 2],
        .p99_us = (double)run->latency_us[n - 1 - n / 100],
        .requests_a_second = (double)n / seconds,
    };
}

/* A client that is waked runs when the server waits, not in its place: otherwise a server that is
   slower than the client pays for a switch of tasks with every answer. */
static void yield_to_server(void)
{
    struct sched_param none = { 0 };
    sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &none);
}

bool bench_load(const struct bench_server *server, const struct bench_request *request,
                unsigned connections, double seconds, unsigned pause_us, struct bench_load *load)
{
    yield_to_server();
    struct run run = { .request = request,
                       .n_client = connections,
                       .pause_us = pause_us,
                       .epoll = epoll_create1(EPOLL_CLOEXEC) };
    run.client = calloc(connections, sizeof *run.client);
    run.latency_us = malloc(MOST_LATENCIES * sizeof *run.latency_us);
    bool ok = run.client && run.latency_us && run_open(&run, server) &&
              run_until(&run, bench_seconds() + 0.1 * seconds);
    run.n_latency = 0; /* that was to warm up */
    double begin = bench_seconds(), cpu = bench_server_cpu_seconds(server);
    ok = ok && run_until(&run, begin + seconds) && run.n_latency > 0;
    if (ok)
        sum_up(&run, bench_seconds() - begin, bench_server_cpu_seconds(server) - cpu, load);
    else
        fprintf(stderr, "%s: an answer is not as expected\n", server->name);
    for (unsigned i = 0; run.client && i < connections; i++)
        client_close(&run.client[i]);
    free(run.client);
    free(run.latency_us);
    close(run.epoll);
    return ok;
}
