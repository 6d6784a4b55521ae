/* What a small fit costs over HTTP: mled beside bench_hello, on the same connections, in turn.

       bench_http HELLO MLED [rounds [seconds]] [NAME=PORT:PATH:PID ...]

   HELLO and MLED are programs to start. CPU is the server's time for a request (user and system,
   all its threads), the figure to trust on a shared machine; times and rates are those of a client
   that has the same cores. Each figure is the median of the rounds. NAME=PORT:PATH:PID are running
   services that take {"family":...,"data":[...]} (tests/bench/peers.sh). */
#include "tests/bench/load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 100, MANY_ROWS = 1000000, MOST_ROUNDS = 99, MOST_SERVERS = 8, BUSY = 200 };

/* --- bodies ---------------------------------------------------------------------------------- */

static double uniform(void)
{
    static unsigned long long state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

/* Sums of uniform numbers: normal, gamma and exponential enough, and with all their digits. */
static double draw(const char *family)
{
    double sum = uniform() + uniform() + uniform() + uniform();
    return strcmp(family, "poisson") == 0 ? (double)(int)(3 * sum) : 3 * sum;
}

/* Both spellings: mled's model and the peers' family. */
static struct bench_request make_fit(const char *path, const char *family, size_t n, bool peer)
{
    char *body;
    size_t size;
    FILE *to = open_memstream(&body, &size);
    fprintf(to, "{\"%s\":\"%s\",\"data\":[", peer ? "family" : "model", family);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%s%.17g", i ? ", " : "", draw(family));
    fprintf(to, "]}");
    fclose(to);
    struct bench_request request = bench_request_make(path, size, body);
    free(body);
    return request;
}

/* --- side by side ---------------------------------------------------------------------------- */

struct side {
    struct bench_server server;
    struct bench_request request;
};

struct figures {
    double cpu_us[MOST_ROUNDS], rate[MOST_ROUNDS], p50_us[MOST_ROUNDS], p99_us[MOST_ROUNDS];
};

/* A table of the servers, with the ratio of CPU and rate to the first. */
static bool compare(const char *what, size_t n, struct side *side, unsigned connections,
                    unsigned rounds, double seconds)
{
    static struct figures figures[MOST_SERVERS];
    for (unsigned round = 0; round < rounds; round++)
        for (size_t i = 0; i < n; i++) {
            struct bench_load load;
            if (!bench_load(&side[i].server, &side[i].request, connections, seconds, 0, &load))
                return false;
            figures[i].cpu_us[round] = load.cpu_us;
            figures[i].rate[round] = load.requests_a_second;
            figures[i].p50_us[round] = load.p50_us;
            figures[i].p99_us[round] = load.p99_us;
        }
    printf("\n%-26s %3u connections%10s%8s%11s%9s%9s%9s\n", what, connections, "CPU us", "ratio",
           "requests/s", "ratio", "p50 us", "p99 us");
    double cpu0 = bench_median(rounds, figures[0].cpu_us);
    double rate0 = bench_median(rounds, figures[0].rate);
    for (size_t i = 0; i < n; i++) {
        double cpu = bench_median(rounds, figures[i].cpu_us);
        double rate = bench_median(rounds, figures[i].rate);
        printf("  %-40s%10.2f%8.2f%11.0f%9.2f%9.0f%9.0f\n", side[i].server.name, cpu, cpu / cpu0,
               rate, rate0 / rate, bench_median(rounds, figures[i].p50_us),
               bench_median(rounds, figures[i].p99_us));
    }
    fflush(stdout);
    return true;
}

/* --- health under load ----------------------------------------------------------------------- */

struct busy {
    const struct side *side;
    double seconds;
    struct bench_load load;
    bool ok;
};

static void *keep_busy(void *context)
{
    struct busy *busy = context;
    busy->ok =
        bench_load(&busy->side->server, &busy->side->request, BUSY, busy->seconds, 0, &busy->load);
    return NULL;
}

/* GET /livez on its own connection every 2 ms while 200 others are busy with small fits. */
static bool health(const struct side *side, double seconds)
{
    struct busy busy = { .side = side, .seconds = seconds };
    struct bench_request request = bench_request_make("/livez", 0, NULL);
    struct bench_load load;
    pthread_t thread;
    if (pthread_create(&thread, NULL, keep_busy, &busy) != 0)
        return false;
    bool ok = bench_load(&side->server, &request, 1, 0.9 * seconds, 2000, &load);
    pthread_join(thread, NULL);
    free(request.bytes);
    if (ok && busy.ok)
        printf("%-20s /livez beside %d busy connections: p50 %.0f us, p99 %.0f us; fits: %.0f/s, "
               "%.2f us CPU, p50 %.0f us, p99 %.0f us\n",
               side->server.name, BUSY, load.p50_us, load.p99_us, busy.load.requests_a_second,
               busy.load.cpu_us, busy.load.p50_us, busy.load.p99_us);
    return ok && busy.ok;
}

/* --- memory ---------------------------------------------------------------------------------- */

/* How much the peak of a fresh server grows with one large body. */
static bool memory(const char *program)
{
    const char *const arguments[] = { program, "--listen", "127.0.0.1:0", NULL };
    struct bench_server server;
    if (!bench_server_start(&server, "mled", arguments))
        return false;
    struct bench_request small = make_fit("/v1/fits", "normal", ROWS, false);
    struct bench_request large = make_fit("/v1/fits", "normal", MANY_ROWS, false);
    bool ok = bench_ask(&server, &small) > 0;
    long before = bench_server_peak_kib(&server);
    ok = ok && bench_ask(&server, &large) > 0;
    long once = bench_server_peak_kib(&server);
    for (int i = 0; ok && i < 4; i++)
        ok = bench_ask(&server, &large) > 0;
    long often = bench_server_peak_kib(&server);
    double beyond = (double)(once - before) / 1024 - 8e-6 * MANY_ROWS * 1e6 / 1048576;
    if (ok)
        printf("\nmemory: peak %ld KiB, after %d values (%.1f MB of JSON) %ld KiB: 8 bytes a value "
               "and %.2f MiB; after five such bodies %ld KiB\n",
               before, MANY_ROWS, 1e-6 * (double)large.n, once, beyond, often);
    free(small.bytes);
    free(large.bytes);
    bench_server_stop(&server);
    return ok;
}

/* --- the runs -------------------------------------------------------------------------------- */

/* NAME=PORT:PATH:PID */
static bool read_peer(char *text, struct bench_server *server, const char **path)
{
    char *port = strchr(text, '='), *at = port ? strchr(port, ':') : NULL;
    char *pid = at ? strrchr(at + 1, ':') : NULL;
    if (!pid)
        return false;
    *port = *at = *pid = '\0';
    *server = (struct bench_server){ text, (pid_t)strtol(pid + 1, NULL, 10),
                                     (int)strtol(port + 1, NULL, 10), -1, -1 };
    *path = at + 1;
    return true;
}

static bool compare_peers(const struct bench_server *mled, int n, char *argument[], unsigned rounds,
                          double seconds)
{
    static const struct {
        const char *what, *family;
        size_t n;
    } fits[] = { { "normal, 100 values", "normal", 100 }, { "gamma, 1000 values", "gamma", 1000 } };
    struct side side[MOST_SERVERS] = { { .server = *mled } };
    const char *path[MOST_SERVERS] = { "/v1/fits" };
    size_t n_side = 1;
    for (int i = 0; i < n && n_side < MOST_SERVERS; i++, n_side++)
        if (!read_peer(argument[i], &side[n_side].server, &path[n_side]))
            return false;
    bool ok = true;
    for (size_t k = 0; ok && k < sizeof fits / sizeof *fits; k++) {
        for (size_t i = 0; i < n_side; i++)
            side[i].request = make_fit(path[i], fits[k].family, fits[k].n, i > 0);
        ok = compare(fits[k].what, n_side, side, 8, rounds, seconds);
        for (size_t i = 0; i < n_side; i++)
            free(side[i].request.bytes);
    }
    return ok;
}

/* Against a hello of the same size, for each family and number of connections. */
static bool compare_hello(const char *hello, const struct bench_server *mled, unsigned rounds,
                          double seconds)
{
    static const char *const families[] = { "normal", "exponential", "gamma", "poisson" };
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof families / sizeof *families; i++) {
        struct side side[2] = { { .server = { 0 } }, { .server = *mled } };
        char size[24];
        const char *const arguments[] = { hello, size, NULL };
        side[1].request = make_fit("/v1/fits", families[i], ROWS, false);
        side[0].request = side[1].request;
        snprintf(size, sizeof size, "%zu", bench_ask(mled, &side[1].request));
        ok = bench_server_start(&side[0].server, "hello", arguments);
        char what[64];
        snprintf(what, sizeof what, "%s, %d values", families[i], ROWS);
        ok = ok && compare(what, 2, side, 1, rounds, seconds) &&
             compare(what, 2, side, 8, rounds, seconds);
        if (ok && i == 0) {
            printf("\n");
            ok = health(&side[1], 4 * seconds);
        }
        bench_server_stop(&side[0].server);
        free(side[1].request.bytes);
    }
    return ok;
}

int main(int argc, char *argv[])
{
    int peers = 3;
    while (peers < argc && !strchr(argv[peers], '='))
        peers++;
    unsigned rounds = peers > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 5;
    double seconds = peers > 4 ? strtod(argv[4], NULL) : 1;
    if (argc < 3 || rounds < 1 || rounds > MOST_ROUNDS || !(seconds > 0)) {
        fprintf(stderr, "bench_http HELLO MLED [rounds [seconds]] [NAME=PORT:PATH:PID ...]\n");
        return 2;
    }
    const char *const arguments[] = { argv[2], "--listen", "127.0.0.1:0", NULL };
    struct bench_server mled;
    if (!bench_server_start(&mled, "mled", arguments))
        return 1;
    bool ok = peers < argc ? compare_peers(&mled, argc - peers, argv + peers, rounds, seconds)
                           : compare_hello(argv[1], &mled, rounds, seconds) && memory(argv[2]);
    bench_server_stop(&mled);
    return ok ? 0 : 1;
}
