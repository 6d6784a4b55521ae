/* What happens when libmicrohttpd finds its state broken: a line in the log, and the end. It is
   made to by stopping a daemon that has a suspended connection, which the server never does. */
#include "server/http.h"
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static enum MHD_Result suspend(void *ctx, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *bytes,
                               size_t *n, void **context)
{
    (void)url;
    (void)method;
    (void)version;
    (void)bytes;
    (void)n;
    (void)context;
    MHD_suspend_connection(connection);
    *(volatile bool *)ctx = true;
    return MHD_YES;
}

/* In the child: never returns. */
static void break_it(void)
{
    static volatile bool suspended;
    struct rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none);
    mled_http_guard();
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME, 0,
                         NULL, NULL, suspend, (void *)(uintptr_t)&suspended, MHD_OPTION_END);
    if (!daemon)
        _exit(1);
    struct test_server server = {
        .port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port
    };
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    test_send(test_connect(&server), sizeof request - 1, request);
    while (!suspended)
        test_sleep(0.01);
    MHD_stop_daemon(daemon);
    _exit(2);
}

static void test_panic(void **state)
{
    int ends[2], status;
    char text[1024] = "";
    size_t n = 0;
    ssize_t got;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        break_it();
    }
    close(ends[1]);
    while (n < sizeof text - 1 && (got = read(ends[0], text + n, sizeof text - 1 - n)) > 0)
        n += (size_t)got;
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    const char *line = strstr(text, "event=panic \"libmicrohttpd found its state broken: ");
    if (!line || !strchr(line, '\n'))
        fail_msg("it says '%s'", text);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_panic) };
    return cmocka_run_group_tests_name("panic", tests, NULL, NULL);
}
