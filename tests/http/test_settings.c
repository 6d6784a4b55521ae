/* Settings: flag over environment over file over default, origins, and what is refused. */
#include "tests/support/client.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char file[] = "/tmp/mled-conf-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    close(fd);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(file);
    return 0;
}

static void write_file(const char *text)
{
    FILE *to = fopen(file, "w");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
}

/* The line of --print-config that begins with name. */
static const char *line_of(const char *out, const char *name)
{
    static char line[256];
    const char *at = strstr(out, name);
    assert_non_null(at);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

static void test_precedence(void **state)
{
    char out[8192];
    (void)state;
    write_file("# a comment\n\n max-rows = 11\nmax_columns = 12\nqueue=13\n");
    const char *const arguments[] = {
        "--print-config", "--config", file, "--max-rows", "31", NULL
    };
    assert_int_equal(test_run(arguments, "MLED_MAX_COLUMNS=22", sizeof out, out), 0);
    assert_non_null(strstr(line_of(out, "max-rows"), " = 31 "));
    assert_non_null(strstr(line_of(out, "max-rows"), "# flag"));
    assert_non_null(strstr(line_of(out, "max-columns"), " = 22 "));
    assert_non_null(strstr(line_of(out, "max-columns"), "# environment"));
    assert_non_null(strstr(line_of(out, "queue"), " = 13 "));
    assert_non_null(strstr(line_of(out, "queue"), "line 5"));
    assert_non_null(strstr(line_of(out, "max-body-bytes"), " = 256MiB "));
    assert_non_null(strstr(line_of(out, "max-body-bytes"), "# default"));
}

static const struct {
    const char *flag, *value, *environment, *says;
} refused[] = {
    { "--nonsense", "1", NULL, "--nonsense" },
    { "--max-rows", "x", NULL, "max_rows" },
    { "--max-rows", "-1", NULL, "max_rows" },
    { "--max-rows", "1.5", NULL, "max_rows" },
    { "--max-rows", "0", NULL, "max_rows" },
    { "--max-rows", "1MiB", NULL, "max_rows" },
    { "--max-body-bytes", "1MB", NULL, "KiB" },
    { "--max-body-bytes", "nan", NULL, "max_body_bytes" },
    { "--max-sync-seconds", "1e9", NULL, "max_sync_seconds" },
    { "--log-level", "loud", NULL, "error, warning, info or debug" },
    { "--log-format", "xml", NULL, "auto, text or json" },
    { "--listen", "8080", NULL, "listen" },
    { "--listen", "127.0.0.1:99999", NULL, "listen" },
    { "--listen", "::1:80", NULL, "listen" },
    { "--admin-listen", "8080", NULL, "admin_listen" },
    { "--access-log=maybe", NULL, NULL, "on or off" },
    { "--check-config", NULL, "MLED_MAX_ROW=5", "MLED_MAX_ROW" },
    { "--check-config", NULL, "MLED_ACCESS_LOG=maybe", "environment MLED_ACCESS_LOG" },
    { "--check-config", NULL, "MLED_CONFIG=/nonexistent", "/nonexistent" },
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        char out[8192];
        const char *const arguments[] = { refused[i].flag, refused[i].value, NULL };
        int code = test_run(arguments, refused[i].environment, sizeof out, out);
        if (code != 1 && code != 2)
            fail_msg("%s %s: exit code %d", refused[i].flag, refused[i].value, code);
        if (!strstr(out, refused[i].says))
            fail_msg("%s %s says: %s", refused[i].flag, refused[i].value, out);
        const char *end = strchr(out, '\n');
        assert_true(end && end[1] == '\0'); /* one line */
    }
}

/* --check-config looks at what a start would look at, but for what only the start can tell. */
static void test_check_config(void **state)
{
    static const struct {
        const char *name, *value, *says; /* NULL: fine */
    } cases[] = {
        { "--api-keys-file", "/nonexistent", "cannot read the API keys" },
        { "--api-keys-file", file, "line 1" },
        { "--listen", "0.0.0.0:8080", "others can reach" },
        { "--listen", "example.com:8080", "numeric address" },
        { "--admin-listen", "0.0.0.0:9090", "others can reach" },
        { "--admin-listen", "nowhere:9090", "numeric address" },
        { "--admin-listen", "127.0.0.1:9090", NULL },
        { "--listen", "[::1]:8080", NULL },
    };
    (void)state;
    write_file("no key\n");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[1024];
        const char *const arguments[] = { "--check-config", cases[i].name, cases[i].value, NULL };
        assert_int_equal(test_run(arguments, NULL, sizeof out, out), cases[i].says ? 1 : 0);
        if (cases[i].says && !strstr(out, cases[i].says))
            fail_msg("%s %s says: %s", cases[i].name, cases[i].value, out);
    }
}

static void test_files(void **state)
{
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        { "", 0 },
        { "max-rows = 5", 0 },
        { "max-rows 5\n", 1 },
        { "max-rows = \n", 1 },
        { "\n\nno-such = 5\n", 1 },
        { "access_log = yes\ninsecure-no-auth = off\n", 0 },
        { "max-body-bytes = 1GiB\r\n", 0 },
    };
    char out[1024];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        write_file(cases[i].text);
        const char *const arguments[] = { "--check-config", "--config", file, NULL };
        assert_int_equal(test_run(arguments, NULL, sizeof out, out), cases[i].code);
        if (cases[i].code)
            assert_non_null(strstr(out, "line "));
    }
}

static void test_files_that_cannot_be_read(void **state)
{
    static const char *const folder[] = { "--check-config", "--config", "/", NULL };
    const char *const nul[] = { "--check-config", "--config", file, NULL };
    char out[1024];
    (void)state;
    assert_int_equal(test_run(folder, NULL, sizeof out, out), 1);
    assert_non_null(strstr(out, "cannot read"));
    FILE *to = fopen(file, "w");
    assert_non_null(to);
    static const char bytes[] = "workers = 2\0junk\n";
    assert_int_equal(fwrite(bytes, 1, sizeof bytes - 1, to), sizeof bytes - 1);
    fclose(to);
    assert_int_equal(test_run(nul, NULL, sizeof out, out), 1);
    assert_non_null(strstr(out, "NUL"));
}

/* A Kubernetes service named mled puts such variables into every pod beside it. */
static void test_variables_of_kubernetes(void **state)
{
    static const char *const check[] = { "--check-config", NULL };
    char out[1024];
    (void)state;
    assert_int_equal(test_run(check, "MLED_PORT=tcp://10.0.0.1:80", sizeof out, out), 0);
    assert_int_equal(test_run(check, "MLED_SERVICE_HOST=10.0.0.1", sizeof out, out), 0);
    assert_int_equal(test_run(check, "MLED_PORT_80_TCP_ADDR=10.0.0.1", sizeof out, out), 0);
    assert_int_equal(test_run(check, "MLED_PROT=5", sizeof out, out), 1);
}

static void test_help_lists_every_setting(void **state)
{
    static char help[16384], config[16384];
    static const char *const print[] = { "--print-config", NULL }, *const ask[] = { "--help",
                                                                                    NULL };
    (void)state;
    assert_int_equal(test_run(ask, NULL, sizeof help, help), 0);
    assert_int_equal(test_run(print, NULL, sizeof config, config), 0);
    size_t n = 0;
    for (char *line = config; *line; line += strcspn(line, "\n") + 1) {
        char flag[64] = "--";
        size_t width = strcspn(line, " ");
        assert_in_range(width, 1, sizeof flag - 3);
        strncat(flag, line, width);
        if (!strstr(help, flag))
            fail_msg("--help does not know %s", flag);
        n++;
    }
    assert_true(n >= 20);
}

/* What --print-config prints is a file of settings. */
static void test_print_config_is_read_back(void **state)
{
    static char config[16384];
    char out[1024];
    static const char *const print[] = { "--print-config", "--max-rows", "77", NULL };
    (void)state;
    assert_int_equal(test_run(print, NULL, sizeof config, config), 0);
    write_file(config);
    const char *const check[] = { "--check-config", "--config", file, NULL };
    assert_int_equal(test_run(check, NULL, sizeof out, out), 0);
}

static void test_version(void **state)
{
    char out[256];
    static const char *const arguments[] = { "--version", NULL };
    (void)state;
    assert_int_equal(test_run(arguments, NULL, sizeof out, out), 0);
    assert_int_equal(strncmp(out, "mled 1.", 7), 0);
}

static void test_generated_keys_differ(void **state)
{
    char first[512], second[512];
    static const char *const arguments[] = { "--generate-key", NULL };
    (void)state;
    assert_int_equal(test_run(arguments, NULL, sizeof first, first), 0);
    assert_int_equal(test_run(arguments, NULL, sizeof second, second), 0);
    assert_string_not_equal(first, second);
    assert_non_null(strstr(first, "client:read,fit,data:"));
    static const char *const bad[] = { "--generate-key", "a:b", NULL };
    assert_int_equal(test_run(bad, NULL, sizeof first, first), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_check_config),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_help_lists_every_setting),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_variables_of_kubernetes),
        cmocka_unit_test(test_print_config_is_read_back),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_generated_keys_differ),
    };
    return cmocka_run_group_tests_name("settings", tests, make_file, remove_file);
}
