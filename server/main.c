/* mled: reads its settings, serves until a signal, drains, ends. */
#include "server/auth.h"
#include "server/config.h"
#include "server/healthcheck.h"
#include "server/log.h"
#include "server/machine.h"
#include "server/server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

/* Exit codes: 0 ended as asked, 1 said no (check, healthcheck), 2 could not start. */
enum { OK = 0, SAID_NO = 1, CANNOT_START = 2 };

/* Before there are threads. */
static void prepare_process(void)
{
    mled_machine_prepare_libraries();
    signal(SIGPIPE, SIG_IGN);
    mled_server_block_signals();
    prctl(PR_SET_DUMPABLE, 0); /* keys and data stay out of core files */
}

static void greet(const struct mled_server *server)
{
    printf("mled " MLED_VERSION " listens on %s\n"
           "try: curl -s '%s/v1/fits?pretty=1' -H 'Content-Type: application/json' %s"
           "-d '{\"model\":\"gamma\",\"data\":[2.1,1.9,3.4,2.8,1.2]}'\n",
           server->service.url, server->service.url,
           server->auth.file ? "-H 'Authorization: Bearer KEY' " : "");
    if (server->admin.daemon)
        printf("health and metrics: %s/readyz %s/metrics\n", server->admin.url, server->admin.url);
    fflush(stdout);
    mled_log(MLED_LOG_INFO, "start", "mled " MLED_VERSION " on %s, %u workers", server->service.url,
             mle_pool_threads(server->pool));
    if (server->admin.daemon)
        mled_log(MLED_LOG_INFO, "start", "admin on %s", server->admin.url);
}

static int serve(const struct mled_config *config)
{
    struct mle_error err;
    static struct mled_server server; /* large, and there is one */
    if (mled_log_start(config->log_level, config->log_format, &err) != MLE_OK ||
        mled_server_start(&server, config, &err) != MLE_OK) {
        mled_log_stop();
        fprintf(stderr, "mled: %s\n", err.text);
        return CANNOT_START;
    }
    greet(&server);
    int code = mled_server_run(&server);
    mled_log_stop();
    return code;
}

static int check(const struct mled_config *config)
{
    struct mle_error err;
    if (mled_server_check(config, &err) != MLE_OK) {
        fprintf(stderr, "mled: %s\n", err.text);
        return SAID_NO;
    }
    printf("the settings are valid\n");
    return OK;
}

static int act(const struct mled_config *config)
{
    switch (config->action) {
    case MLED_ACT_HELP:
        mled_config_help();
        return OK;
    case MLED_ACT_VERSION:
        printf("mled " MLED_VERSION "\n");
        return OK;
    case MLED_ACT_PRINT_CONFIG:
        mled_config_print(config);
        return OK;
    case MLED_ACT_CHECK_CONFIG:
        return check(config);
    case MLED_ACT_GENERATE_KEY:
        return mled_auth_generate(config->action_value) ? OK : SAID_NO;
    case MLED_ACT_HEALTHCHECK:
        return mled_healthcheck(*config->admin_listen ? config->admin_listen : config->listen);
    case MLED_ACT_SERVE:
        break;
    }
    prepare_process();
    return serve(config);
}

int main(int argc, char *argv[])
{
    struct mled_config config;
    struct mle_error err;
    if (mled_config_read(&config, argc, argv, &err) != MLE_OK) {
        fprintf(stderr, "mled: %s\n", err.text);
        bool checking = config.action == MLED_ACT_CHECK_CONFIG;
        mled_config_finish(&config);
        return checking ? SAID_NO : CANNOT_START;
    }
    int code = act(&config);
    mled_config_finish(&config);
    return code;
}
