#include "server/config.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *value, *doc;
} rows[MLED_SETTINGS] = {
#define MLED_CONFIG(name, type, value, least, most, doc) { #name, value, doc },
#include "server/config.def"
#undef MLED_CONFIG
};

static void print_dashed(const char *name)
{
    for (; *name; name++)
        putchar(*name == '_' ? '-' : *name);
}

void mled_config_help(void)
{
    printf(
        "mled " MLED_VERSION " - a likelihood service: maximum-likelihood fits over HTTP\n\n"
        "Usage: mled [--config FILE] [--SETTING VALUE]...\n\n"
        "A setting is a flag (--max-rows 5), an environment variable (MLED_MAX_ROWS=5), a line\n"
        "of the file (max-rows = 5) or its default; the first that is there counts.\n"
        "Sizes take KiB, MiB and GiB.\n\n"
        "  --config FILE             file of settings, lines key = value, # for comments\n"
        "  --print-config            show every setting with its origin, and end\n"
        "  --check-config            check the settings, and end with 0 or 1\n"
        "  --generate-key [NAME]     print a new API key and its line of the file, and end\n"
        "  --healthcheck             ask --admin-listen, or --listen, whether it is ready: 0 or 1\n"
        "  --version, --help         show that, and end\n\n"
        "Settings:\n");
    for (int i = 0; i < MLED_SETTINGS; i++) {
        printf("  --");
        print_dashed(rows[i].name);
        int pad = 24 - (int)strlen(rows[i].name);
        printf("%*s%s%s%s%s\n", pad > 1 ? pad : 1, "", rows[i].doc, *rows[i].value ? " [" : "",
               rows[i].value, *rows[i].value ? "]" : "");
    }
    printf("\nSignals: SIGTERM and SIGINT drain and end, a second one ends at once; SIGHUP reads\n"
           "the API keys again.\n");
}

void mled_config_print(const struct mled_config *config)
{
    for (int i = 0; i < MLED_SETTINGS; i++) {
        print_dashed(rows[i].name);
        printf(" = %s", config->source[i].text);
        int pad = 48 - (int)(strlen(rows[i].name) + strlen(config->source[i].text));
        printf("%*s# ", pad > 1 ? pad : 1, "");
        switch (config->source[i].origin) {
        case MLED_FROM_DEFAULT:
            printf("default\n");
            break;
        case MLED_FROM_FILE:
            printf("file %s line %u\n", config->file, config->source[i].line);
            break;
        case MLED_FROM_ENVIRONMENT:
            printf("environment\n");
            break;
        case MLED_FROM_FLAG:
            printf("flag\n");
            break;
        }
    }
}
