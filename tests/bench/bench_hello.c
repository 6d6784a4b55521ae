/* The floor of bench_http: a server that reads the body of a POST and answers so many constant
   bytes of JSON. libmicrohttpd runs as in server/http.c, and nothing else does.

       bench_hello BYTES            prints the address it listens on; ends when stdin does */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t n_answer;
static char *answer;

static enum MHD_Result on_access(void *ctx, struct MHD_Connection *mhd, const char *url,
                                 const char *method, const char *version, const char *bytes,
                                 size_t *n, void **context)
{
    (void)ctx;
    (void)url;
    (void)method;
    (void)version;
    (void)bytes;
    if (!*context) { /* the head */
        *context = answer;
        return MHD_YES;
    }
    if (*n > 0) {
        *n = 0;
        return MHD_YES;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(n_answer, answer, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(mhd, 200, response);
    MHD_destroy_response(response);
    return result;
}

int main(int argc, char *argv[])
{
    n_answer = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    answer = malloc(n_answer + 2);
    if (!answer || n_answer < 2)
        return 2;
    memset(answer, ' ', n_answer);
    answer[0] = '{';
    answer[n_answer - 1] = '}';
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
        0, NULL, NULL, on_access, NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT,
        1024u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32 << 10, MHD_OPTION_CONNECTION_TIMEOUT,
        30u, MHD_OPTION_END);
    if (!daemon)
        return 2;
    printf("hello listens on http://127.0.0.1:%u\n",
           MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    MHD_stop_daemon(daemon);
    free(answer);
    return 0;
}
