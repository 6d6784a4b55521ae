#include "tests/support/client.h"

#include "tests/support/test.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 40 };

double test_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void test_sleep(double seconds)
{
    struct timespec time = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };
    while (nanosleep(&time, &time) != 0 && errno == EINTR)
        continue;
}

/* --- the process ----------------------------------------------------------------------------- */

static const char *program(void)
{
    const char *path = getenv("MLED_UNDER_TEST");
    assert_non_null(path);
    return path;
}

static pid_t spawn(const char *const arguments[], const char *environment, int out, int err)
{
    char *argv[MOST_ARGUMENTS] = { (char *)(uintptr_t)program() };
    for (int i = 0; arguments[i]; i++) {
        assert_true(i + 2 < MOST_ARGUMENTS);
        argv[i + 1] = (char *)(uintptr_t)arguments[i];
    }
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    unsetenv("MLED_UNDER_TEST");
    if (environment)
        putenv((char *)(uintptr_t)environment);
    execv(argv[0], argv);
    _exit(127);
}

void test_server_start(struct test_server *server, const char *const flags[])
{
    test_server_start_on(server, flags, -1);
}

void test_server_start_on(struct test_server *server, const char *const flags[], int err)
{
    const char *arguments[MOST_ARGUMENTS] = { "--listen", "127.0.0.1:0" };
    size_t n = 2;
    for (size_t i = 0; flags && flags[i] && n + 1 < MOST_ARGUMENTS; i++)
        arguments[n++] = flags[i];
    int out[2];
    assert_int_equal(pipe(out), 0);
    snprintf(server->log, sizeof server->log, "/tmp/mled-test-XXXXXX");
    int log = mkstemp(server->log);
    assert_true(log >= 0);
    fcntl(out[0], F_SETFD, FD_CLOEXEC);
    server->pid = spawn(arguments, NULL, out[1], err >= 0 ? err : log);
    close(out[1]);
    close(log);
    char line[512] = "";
    size_t got = 0;
    while (got < sizeof line - 1 && !strchr(line, '\n')) {
        ssize_t more = read(out[0], line + got, sizeof line - 1 - got);
        if (more <= 0)
            break;
        got += (size_t)more;
        line[got] = '\0';
    }
    close(out[0]);
    const char *colon = strstr(line, "127.0.0.1:");
    if (!colon)
        fail_msg("the server did not start: %s", line);
    server->port = (int)strtol(colon + strlen("127.0.0.1:"), NULL, 10);
    snprintf(server->address, sizeof server->address, "127.0.0.1:%d", server->port);
}

static int exit_code(int status)
{
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int test_server_wait(struct test_server *server, double seconds)
{
    int status;
    double end = test_seconds() + seconds;
    while (waitpid(server->pid, &status, WNOHANG) == 0) {
        if (test_seconds() > end) {
            kill(server->pid, SIGKILL);
            waitpid(server->pid, &status, 0);
            print_error("the server did not end within %g s\n", seconds);
            break;
        }
        test_sleep(0.005);
    }
    server->pid = 0;
    int code = exit_code(status);
    char log[8192];
    if (code != 0 && test_server_log(server, sizeof log, log) > 0)
        print_error("its log ends: %s\n", log);
    unlink(server->log);
    return code;
}

int test_server_stop(struct test_server *server)
{
    kill(server->pid, SIGTERM);
    return test_server_wait(server, 30);
}

int test_run(const char *const arguments[], const char *environment, size_t size, char out[])
{
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    pid_t pid = spawn(arguments, environment, ends[1], ends[1]);
    close(ends[1]);
    size_t n = 0;
    ssize_t got;
    while ((got = read(ends[0], out + n, size - 1 - n)) > 0)
        n += (size_t)got;
    out[n] = '\0';
    close(ends[0]);
    waitpid(pid, &status, 0);
    return exit_code(status);
}

size_t test_server_log(const struct test_server *server, size_t size, char out[])
{
    FILE *file = fopen(server->log, "r");
    size_t n = 0;
    if (file) {
        if (fseek(file, -(long)(size - 1), SEEK_END) != 0)
            rewind(file);
        n = fread(out, 1, size - 1, file);
        fclose(file);
    }
    out[n] = '\0';
    return n;
}

size_t test_server_rss_kib(const struct test_server *server)
{
    char path[64], line[128];
    size_t kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)server->pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtoul(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return kib;
}

/* Counts under /proc/PID/fdinfo need the same rights as fd, which a process that is not dumpable
   gives to root only. */
size_t test_server_descriptors(const struct test_server *server)
{
    char path[64];
    size_t n = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)server->pid);
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        n++;
    if (folder)
        closedir(folder);
    return n;
}

double test_server_cpu_seconds(const struct test_server *server)
{
    char path[64], line[1024] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)server->pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    bool read = fgets(line, sizeof line, file);
    fclose(file);
    char *at = read ? strrchr(line, ')') : NULL;
    unsigned long user = 0, system = 0;
    for (int field = 2; at && field < 15; field++) {
        at = strchr(at + 1, ' ');
        if (at && field == 13)
            user = strtoul(at + 1, NULL, 10);
        if (at && field == 14)
            system = strtoul(at + 1, NULL, 10);
    }
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* --- the client ------------------------------------------------------------------------------ */

int test_connect(const struct test_server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)server->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    assert_true(fd >= 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail_msg("cannot connect: %s", strerror(errno));
    return fd;
}

void test_send(int fd, size_t n, const char *bytes)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        n -= (size_t)sent;
    }
}

void test_reset(int fd)
{
    struct linger linger = { 1, 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
}

/* Reads until bytes[*n] holds want more than skip; false at the end of the stream or the time. */
static bool fill(int fd, double end, size_t size, char bytes[], size_t *n, size_t want)
{
    while (*n < want) {
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
        int wait = (int)((end - test_seconds()) * 1000);
        if (wait <= 0 || poll(&poll_fd, 1, wait) <= 0)
            return false;
        ssize_t got =
            recv(fd, bytes + *n, size - 1 - *n < want - *n ? size - 1 - *n : want - *n, 0);
        if (got <= 0)
            return false;
        *n += (size_t)got;
        bytes[*n] = '\0';
    }
    return true;
}

const char *test_header(const struct test_response *response, const char *name)
{
    static _Thread_local char value[1024];
    size_t n = strlen(name);
    const char *line = response->bytes;
    while ((line = strstr(line, "\r\n")) && line < response->bytes + response->n_head) {
        line += 2;
        if (strncasecmp(line, name, n) != 0 || line[n] != ':')
            continue;
        line += n + 1;
        line += strspn(line, " ");
        size_t length = strcspn(line, "\r");
        if (length >= sizeof value)
            length = sizeof value - 1;
        memcpy(value, line, length);
        value[length] = '\0';
        return value;
    }
    return NULL;
}

/* One byte at a time: what follows the head must stay for the next response. */
static bool receive_head(int fd, double end, struct test_response *response)
{
    size_t n = 0;
    while (n + 2 < sizeof response->bytes) {
        if (!fill(fd, end, sizeof response->bytes, response->bytes, &n, n + 1))
            return false;
        if (n >= 4 && memcmp(response->bytes + n - 4, "\r\n\r\n", 4) == 0) {
            response->n_head = n;
            return true;
        }
    }
    return false;
}

/* all: where the whole body goes, NULL: what does not fit into the response is thrown away. */
static void receive(int fd, double seconds, bool head_only, struct test_response *response,
                    char **all)
{
    double end = test_seconds() + seconds;
    response->status = 0;
    response->closes = false;
    response->n_head = response->n_body = 0;
    response->bytes[0] = '\0';
    response->body = "";
    if (!receive_head(fd, end, response) || strncmp(response->bytes, "HTTP/1.", 7) != 0)
        return;
    const char *length = test_header(response, "Content-Length");
    bool bodiless = head_only || strncmp(response->bytes + 9, "304", 3) == 0;
    size_t want = length && !bodiless ? strtoul(length, NULL, 10) : 0;
    const char *connection = test_header(response, "Connection");
    response->closes = connection && strcasecmp(connection, "close") == 0;
    size_t room = sizeof response->bytes - 1 - response->n_head;
    size_t n = response->n_head, kept = want < room ? want : room;
    if (!fill(fd, end, sizeof response->bytes, response->bytes, &n, response->n_head + kept))
        return;
    if (all) {
        *all = malloc(want + 1);
        assert_non_null(*all);
        memcpy(*all, response->bytes + response->n_head, kept);
        (*all)[want] = '\0';
    }
    for (size_t at = kept; at < want;) {
        char rest[4096];
        size_t got = 0, step = want - at < sizeof rest - 1 ? want - at : sizeof rest - 1;
        if (!fill(fd, end, sizeof rest, rest, &got, step))
            return;
        if (all)
            memcpy(*all + at, rest, step);
        at += step;
    }
    response->n_body = want;
    response->body = response->bytes + response->n_head;
    response->status = (int)strtol(response->bytes + 9, NULL, 10);
}

void test_receive(int fd, double seconds, bool head_only, struct test_response *response)
{
    receive(fd, seconds, head_only, response, NULL);
}

void test_receive_all(int fd, double seconds, struct test_response *response, char **body)
{
    *body = NULL;
    receive(fd, seconds, false, response, body);
}

bool test_closed(int fd, double seconds)
{
    char bytes[4096];
    double end = test_seconds() + seconds;
    for (;;) {
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
        int wait = (int)((end - test_seconds()) * 1000);
        if (wait <= 0 || poll(&poll_fd, 1, wait) <= 0)
            return false;
        if (recv(fd, bytes, sizeof bytes, 0) <= 0)
            return true;
    }
}

void test_ask(const struct test_server *server, const char *request, struct test_response *response)
{
    int fd = test_connect(server);
    test_send(fd, strlen(request), request);
    test_receive(fd, 10, strncmp(request, "HEAD", 4) == 0, response);
    close(fd);
}

void test_post(int fd, const char *body)
{
    char request[2048];
    int n = snprintf(request, sizeof request,
                     "POST /v1/fits HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
                     "\r\nContent-Length: %zu\r\n\r\n%s",
                     strlen(body), body);
    assert_true(n > 0 && (size_t)n < sizeof request);
    test_send(fd, (size_t)n, request);
}

void test_send_upload(int fd, const struct test_upload *upload)
{
    char head[8192], framing[64] = "Transfer-Encoding: chunked";
    if (upload->step == 0)
        snprintf(framing, sizeof framing, "Content-Length: %zu", upload->n);
    int n = snprintf(head, sizeof head,
                     "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n%s%s\r\n\r\n",
                     upload->path, upload->type ? upload->type : "application/json",
                     upload->headers ? upload->headers : "", framing);
    assert_true(n > 0 && (size_t)n < sizeof head);
    test_send(fd, (size_t)n, head);
    if (upload->step == 0) {
        test_send(fd, upload->n, upload->body);
        return;
    }
    for (size_t i = 0; i < upload->n; i += upload->step) {
        size_t piece = upload->n - i < upload->step ? upload->n - i : upload->step;
        n = snprintf(head, sizeof head, "%zx\r\n", piece);
        test_send(fd, (size_t)n, head);
        test_send(fd, piece, upload->body + i);
        test_send(fd, 2, "\r\n");
    }
    test_send(fd, 5, "0\r\n\r\n");
}
