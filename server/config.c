#include "server/config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

enum type { TEXT, SIZE, COUNT, SECONDS, FLAG, LEVEL, FORMAT };

static const struct setting {
    const char *name;
    enum type type;
    const char *value;
    double least, most;
    size_t offset;
} settings[MLED_SETTINGS] = {
#define MLED_CONFIG(name, type, value, least, most, doc)                                           \
    { #name, type, value, least, most, offsetof(struct mled_config, name) },
#include "server/config.def"
#undef MLED_CONFIG
};

static const char *const levels[] = { "error", "warning", "info", "debug" };
static const char *const formats[] = { "auto", "text", "json" };

static const struct {
    const char *flag;
    enum mled_action action;
} actions[] = {
    { "--help", MLED_ACT_HELP },
    { "-h", MLED_ACT_HELP },
    { "--version", MLED_ACT_VERSION },
    { "--print-config", MLED_ACT_PRINT_CONFIG },
    { "--check-config", MLED_ACT_CHECK_CONFIG },
    { "--generate-key", MLED_ACT_GENERATE_KEY },
    { "--healthcheck", MLED_ACT_HEALTHCHECK },
};

/* --- values --------------------------------------------------------------------------------- */

/* A number and the unit behind it, which is one of units (a list of "name", factor). */
static bool parse_number(const char *text, bool sizes, double *number)
{
    static const struct {
        const char *name;
        double factor;
    } units[] = { { "KiB", 1024.0 }, { "MiB", 1048576.0 }, { "GiB", 1073741824.0 } };
    if (*text < '0' || *text > '9')
        return false;
    char *end;
    errno = 0;
    *number = strtod(text, &end);
    if (errno != 0 || !isfinite(*number) || strpbrk(text, "xXpPnN") != NULL)
        return false;
    if (*end == '\0')
        return true;
    for (size_t i = 0; sizes && i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].name) == 0) {
            *number *= units[i].factor;
            return true;
        }
    }
    return !sizes && strcmp(end, "s") == 0;
}

static bool parse_word(const char *text, size_t n, const char *const words[], unsigned *index)
{
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(text, words[i]) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

static bool parse_flag(const char *text, bool *on)
{
    static const char *const words[] = { "off", "on", "false", "true", "no", "yes", "0", "1" };
    unsigned index;
    if (!parse_word(text, sizeof words / sizeof *words, words, &index))
        return false;
    *on = index % 2 == 1;
    return true;
}

/* Writes the value into its member. False if text is no value of the type. */
static bool parse_value(struct mled_config *config, const struct setting *setting, char *text)
{
    void *member = (char *)config + setting->offset;
    double number;
    unsigned index;
    switch (setting->type) {
    case TEXT:
        *(const char **)member = text;
        return true;
    case SIZE:
    case COUNT:
        if (!parse_number(text, setting->type == SIZE, &number) || number != floor(number) ||
            number < setting->least || number > setting->most)
            return false;
        *(size_t *)member = (size_t)number;
        return true;
    case SECONDS:
        if (!parse_number(text, false, &number) || number < setting->least ||
            number > setting->most)
            return false;
        *(double *)member = number;
        return true;
    case FLAG:
        return parse_flag(text, member);
    case LEVEL:
        if (!parse_word(text, sizeof levels / sizeof *levels, levels, &index))
            return false;
        *(enum mled_log_level *)member = (enum mled_log_level)index;
        return true;
    case FORMAT:
        if (!parse_word(text, sizeof formats / sizeof *formats, formats, &index))
            return false;
        *(enum mled_log_format *)member = (enum mled_log_format)index;
        return true;
    }
    return false;
}

static enum mle_status refuse_value(const struct setting *setting, const char *text,
                                    const char *where, struct mle_error *err)
{
    char wanted[96] = "on or off";
    if (setting->type == SIZE || setting->type == COUNT)
        snprintf(wanted, sizeof wanted, "a whole number%s from %.10g to %.10g",
                 setting->type == SIZE ? " of bytes (KiB, MiB, GiB)" : "", setting->least,
                 setting->most);
    else if (setting->type == SECONDS)
        snprintf(wanted, sizeof wanted, "seconds from %.10g to %.10g", setting->least,
                 setting->most);
    else if (setting->type == LEVEL)
        snprintf(wanted, sizeof wanted, "error, warning, info or debug");
    else if (setting->type == FORMAT)
        snprintf(wanted, sizeof wanted, "auto, text or json");
    return mle_fail(err, MLE_INVALID_OPTION, "%s: '%s' is not a value of %s, which is %s", where,
                    text, setting->name, wanted);
}

/* Takes text as the value of a setting unless a stronger origin has given one already. */
static enum mle_status set(struct mled_config *config, enum mled_setting which, const char *text,
                           enum mled_origin origin, unsigned line, const char *where,
                           struct mle_error *err)
{
    char *copy = strdup(text);
    if (!copy)
        return mle_fail(err, MLE_NO_MEMORY, "out of memory");
    struct mled_config trial = *config; /* a weaker value must be valid too */
    bool weaker = config->source[which].text && config->source[which].origin > origin;
    if (!parse_value(weaker ? &trial : config, &settings[which], copy)) {
        enum mle_status status = refuse_value(&settings[which], text, where, err);
        free(copy);
        return status;
    }
    if (weaker) {
        free(copy);
        return MLE_OK;
    }
    free(config->source[which].text);
    config->source[which].text = copy;
    config->source[which].origin = origin;
    config->source[which].line = line;
    return MLE_OK;
}

/* The setting called name, where dashes and underscores are the same; -1 if there is none. */
static int find(size_t n, const char *name)
{
    for (int i = 0; i < MLED_SETTINGS; i++) {
        const char *known = settings[i].name;
        size_t at = 0;
        while (at < n && known[at] && (name[at] == '-' ? '_' : name[at]) == known[at])
            at++;
        if (at == n && known[n] == '\0')
            return i;
    }
    return -1;
}

/* --- where values come from ------------------------------------------------------------------ */

static enum mle_status read_defaults(struct mled_config *config, struct mle_error *err)
{
    for (int i = 0; i < MLED_SETTINGS; i++)
        MLE_TRY(set(config, (enum mled_setting)i, settings[i].value, MLED_FROM_DEFAULT, 0,
                    "default", err));
    return MLE_OK;
}

static char *trim(char *text)
{
    text += strspn(text, " \t\r\n");
    size_t n = strlen(text);
    while (n > 0 && strchr(" \t\r\n", text[n - 1]))
        text[--n] = '\0';
    return text;
}

static enum mle_status read_line(struct mled_config *config, char *text, unsigned line,
                                 struct mle_error *err)
{
    char where[160];
    snprintf(where, sizeof where, "%.120s line %u", config->file, line);
    for (char *at = text; (at = strchr(at, '#')); at++) {
        if (at == text || at[-1] == ' ' || at[-1] == '\t') {
            *at = '\0'; /* a comment begins the line or follows a blank */
            break;
        }
    }
    text = trim(text);
    if (*text == '\0')
        return MLE_OK;
    char *equals = strchr(text, '=');
    if (!equals)
        return mle_fail(err, MLE_INVALID_OPTION, "%s: there is no '=' in '%s'", where, text);
    *equals = '\0';
    const char *name = trim(text);
    int which = find(strlen(name), name);
    if (which < 0)
        return mle_fail(err, MLE_INVALID_OPTION, "%s: there is no setting '%s'", where, name);
    return set(config, (enum mled_setting)which, trim(equals + 1), MLED_FROM_FILE, line, where,
               err);
}

static enum mle_status read_file(struct mled_config *config, struct mle_error *err)
{
    FILE *file = fopen(config->file, "re");
    if (!file)
        return mle_fail(err, MLE_INVALID_OPTION, "cannot read the configuration file %s: %s",
                        config->file, strerrordesc_np(errno));
    enum mle_status status = MLE_OK;
    char *text = NULL;
    size_t size = 0;
    ssize_t n;
    for (unsigned line = 1; status == MLE_OK && (n = getline(&text, &size, file)) >= 0; line++) {
        if (strlen(text) != (size_t)n)
            status =
                mle_fail(err, MLE_INVALID_OPTION, "%s line %u has a NUL byte", config->file, line);
        else
            status = read_line(config, text, line, err);
    }
    if (status == MLE_OK && ferror(file))
        status = mle_fail(err, MLE_INVALID_OPTION, "cannot read the configuration file %s: %s",
                          config->file, strerrordesc_np(errno));
    free(text);
    fclose(file);
    return status;
}

/* MLED_MAX_ROWS=5 sets max_rows. Other variables that begin so are mistakes, except those that
   the rest of the program reads. */
static enum mle_status read_environment(struct mled_config *config, struct mle_error *err)
{
    static const char *const elsewhere[] = { "CONFIG", "ISA", "PORT" };
    /* Kubernetes sets these in every pod beside a service named mled */
    static const char *const links[] = { "MLED_SERVICE_", "MLED_PORT_" };
    for (char **at = environ; *at; at++) {
        if (strncmp(*at, "MLED_", 5) != 0)
            continue;
        char name[64];
        size_t n = strcspn(*at + 5, "=");
        bool link = false;
        for (size_t i = 0; i < sizeof links / sizeof *links; i++)
            link |= strncmp(*at, links[i], strlen(links[i])) == 0;
        if (link || (*at)[5 + n] != '=')
            continue;
        if (n >= sizeof name)
            return mle_fail(err, MLE_INVALID_OPTION, "environment: MLED_%.64s... is no setting",
                            *at + 5);
        for (size_t i = 0; i <= n; i++)
            name[i] = (*at)[5 + i];
        name[n] = '\0';
        unsigned ignored;
        if (parse_word(name, sizeof elsewhere / sizeof *elsewhere, elsewhere, &ignored))
            continue;
        for (size_t i = 0; i < n; i++)
            if (name[i] >= 'A' && name[i] <= 'Z')
                name[i] = (char)(name[i] - 'A' + 'a');
        int which = find(n, name);
        if (which < 0)
            return mle_fail(err, MLE_INVALID_OPTION, "environment: MLED_%.*s is no setting", (int)n,
                            *at + 5);
        char where[96];
        snprintf(where, sizeof where, "environment MLED_%.*s", (int)n, *at + 5);
        MLE_TRY(set(config, (enum mled_setting)which, *at + 6 + n, MLED_FROM_ENVIRONMENT, 0, where,
                    err));
    }
    return MLE_OK;
}

static bool take_action(struct mled_config *config, const char *flag, size_t n)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strlen(actions[i].flag) == n && strncmp(flag, actions[i].flag, n) == 0) {
            config->action = actions[i].action;
            return true;
        }
    }
    return false;
}

/* One flag and its value, which is behind '=' or the next argument. Returns through *used how many
   arguments were read. */
static enum mle_status read_flag(struct mled_config *config, int argc, char *const argv[],
                                 int *used, struct mle_error *err)
{
    const char *flag = argv[0];
    size_t n = strcspn(flag, "=");
    const char *value = flag[n] == '=' ? flag + n + 1 : NULL;
    const char *next = argc > 1 && strncmp(argv[1], "--", 2) != 0 ? argv[1] : NULL;
    *used = 1;
    bool action = take_action(config, flag, n);
    bool file = strncmp(flag, "--config", n) == 0 && n == strlen("--config");
    int which = strncmp(flag, "--", 2) == 0 ? find(n - 2, flag + 2) : -1;
    if (!action && !file && which < 0)
        return mle_fail(err, MLE_INVALID_OPTION, "there is no flag '%.*s'; see --help", (int)n,
                        flag);
    bool wants =
        action ? config->action == MLED_ACT_GENERATE_KEY : file || settings[which].type != FLAG;
    bool ignored;
    if (!action && !file && settings[which].type == FLAG && next && parse_flag(next, &ignored))
        wants = true;
    if (!value && wants && next) {
        value = next;
        *used = 2;
    }
    if (action) {
        config->action_value = value ? strdup(value) : NULL;
        return MLE_OK;
    }
    if (!value && wants)
        return mle_fail(err, MLE_INVALID_OPTION, "%.*s needs a value; see --help", (int)n, flag);
    if (file) {
        free(config->file);
        config->file = strdup(value);
        return config->file ? MLE_OK : mle_fail(err, MLE_NO_MEMORY, "out of memory");
    }
    char where[96];
    snprintf(where, sizeof where, "%.*s", (int)n, flag);
    return set(config, (enum mled_setting)which, value ? value : "on", MLED_FROM_FLAG, 0, where,
               err);
}

static enum mle_status check_address(const char *name, const char *address, struct mle_error *err)
{
    char host[256], port[8];
    if (mled_config_address(address, sizeof host, host, port))
        return MLE_OK;
    return mle_fail(err, MLE_INVALID_OPTION,
                    "%s: '%s' is not an address and a port such as 127.0.0.1:8080", name, address);
}

enum mle_status mled_config_read(struct mled_config *config, int argc, char *const argv[],
                                 struct mle_error *err)
{
    *config = (struct mled_config){ .action = MLED_ACT_SERVE };
    MLE_TRY(read_defaults(config, err));
    const char *file = getenv("MLED_CONFIG");
    if (file && *file)
        config->file = strdup(file);
    for (int i = 1, used; i < argc; i += used)
        MLE_TRY(read_flag(config, argc - i, argv + i, &used, err));
    MLE_TRY(read_environment(config, err));
    if (config->file)
        MLE_TRY(read_file(config, err));
    MLE_TRY(check_address("listen", config->listen, err));
    return *config->admin_listen ? check_address("admin_listen", config->admin_listen, err)
                                 : MLE_OK;
}

void mled_config_finish(struct mled_config *config)
{
    for (int i = 0; i < MLED_SETTINGS; i++)
        free(config->source[i].text);
    free(config->file);
    free(config->action_value);
    *config = (struct mled_config){ .action = MLED_ACT_SERVE };
}

bool mled_config_address(const char *listen, size_t size, char host[], char port[8])
{
    const char *colon = strrchr(listen, ':');
    if (!colon || colon == listen)
        return false;
    size_t n = (size_t)(colon - listen), digits = strlen(colon + 1);
    if (*listen == '[' && colon[-1] == ']') {
        listen++;
        n -= 2;
    } else if (memchr(listen, ':', n)) {
        return false; /* IPv6 needs brackets, or the port could not be told */
    }
    if (n == 0 || n >= size || digits == 0 || digits > 5 ||
        strspn(colon + 1, "0123456789") != digits || strtoul(colon + 1, NULL, 10) > 65535)
        return false;
    memcpy(host, listen, n);
    host[n] = '\0';
    memcpy(port, colon + 1, digits + 1);
    return true;
}
