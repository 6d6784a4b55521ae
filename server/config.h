/* The settings of the process: flag over environment over file over default. */
#ifndef MLED_SERVER_CONFIG_H
#define MLED_SERVER_CONFIG_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mled_log_level { MLED_LOG_ERROR, MLED_LOG_WARNING, MLED_LOG_INFO, MLED_LOG_DEBUG };
enum mled_log_format { MLED_LOG_AUTO, MLED_LOG_TEXT, MLED_LOG_JSON };

/* Where a value comes from, the strongest last. */
enum mled_origin {
    MLED_FROM_DEFAULT,
    MLED_FROM_FILE,
    MLED_FROM_ENVIRONMENT,
    MLED_FROM_FLAG,
};

/* What a command line asks for besides serving. */
enum mled_action {
    MLED_ACT_SERVE,
    MLED_ACT_HELP,
    MLED_ACT_VERSION,
    MLED_ACT_PRINT_CONFIG,
    MLED_ACT_CHECK_CONFIG,
    MLED_ACT_GENERATE_KEY,
    MLED_ACT_HEALTHCHECK,
};

enum mled_setting {
#define MLED_CONFIG(name, type, value, least, most, doc) MLED_SETTING_##name,
#include "server/config.def"
#undef MLED_CONFIG
    MLED_SETTINGS
};

#define MLED_CONFIG_TEXT    const char *
#define MLED_CONFIG_SIZE    size_t
#define MLED_CONFIG_COUNT   size_t
#define MLED_CONFIG_SECONDS double
#define MLED_CONFIG_FLAG    bool
#define MLED_CONFIG_LEVEL   enum mled_log_level
#define MLED_CONFIG_FORMAT  enum mled_log_format

struct mled_config {
#define MLED_CONFIG(name, type, value, least, most, doc) MLED_CONFIG_##type name;
#include "server/config.def"
#undef MLED_CONFIG
    /* how each value was written, and where; texts are owned */
    struct {
        char *text;
        enum mled_origin origin;
        unsigned line; /* of the file */
    } source[MLED_SETTINGS];
    char *file; /* --config, owned, NULL: none */
    enum mled_action action;
    char *action_value; /* of --generate-key, owned, NULL: none */
};

/* Reads the command line, the environment and the file into config, in any case to be finished
   by mled_config_finish. On failure err says in one sentence what is wrong where. */
enum mle_status mled_config_read(struct mled_config *config, int argc, char *const argv[],
                                 struct mle_error *err);
void mled_config_finish(struct mled_config *config);

/* To stdout: the table as --help, and the values with their origins. */
void mled_config_help(void);
void mled_config_print(const struct mled_config *config);

/* An address such as 127.0.0.1:8080, [::1]:0 or localhost:80, cut in two. False if it is none. */
bool mled_config_address(const char *listen, size_t size, char host[], char port[8]);

#endif
