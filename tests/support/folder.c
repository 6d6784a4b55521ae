#include "tests/support/folder.h"

#include "tests/support/door.h"
#include "tests/support/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

struct place {
    const struct folder *folder;
    char path[512];
};

static const char *dump(const json_t *value)
{
    static char text[1024];
    char *whole = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    snprintf(text, sizeof text, "%s", whole ? whole : "absent");
    free(whole);
    return text;
}

/* --- comparing a part of a document ----------------------------------------------------------- */

static struct place below(const struct place *place, const char *member)
{
    struct place at = { place->folder, "" };
    size_t n = strlen(place->path);
    memcpy(at.path, place->path, n);
    if (n > 0 && n + 1 < sizeof at.path)
        at.path[n++] = '.';
    mle_copy_text(sizeof at.path - n, at.path + n, member);
    return at;
}

static double tolerance_at(const struct place *place)
{
    const json_t *expect = place->folder->expect;
    const json_t *own = json_object_get(json_object_get(expect, "tolerances"), place->path);
    if (!own)
        own = json_object_get(expect, "tolerance");
    return own ? json_number_value(own) : 1e-12;
}

static void differ(const struct place *place, const json_t *actual, const json_t *expected)
{
    char wanted[1024];
    snprintf(wanted, sizeof wanted, "%s", dump(expected));
    fail_msg("%s: %s is %s, expected %s", place->folder->name, place->path, dump(actual), wanted);
}

static void match(const struct place *place, const json_t *actual, const json_t *expected);

static void match_object(const struct place *place, const json_t *actual, const json_t *expected)
{
    const char *name;
    json_t *value;
    if (!json_is_object(actual))
        differ(place, actual, expected);
    json_object_foreach((json_t *)(uintptr_t)expected, name, value)
    {
        struct place at = below(place, name);
        const json_t *member = json_object_get(actual, name);
        if (json_is_true(json_object_get(value, "absent"))) {
            if (member)
                differ(&at, member, value);
        } else {
            match(&at, member, value);
        }
    }
}

static void match_array(const struct place *place, const json_t *actual, const json_t *expected)
{
    size_t n = json_array_size(expected);
    bool may_be_longer = json_is_object(json_array_get(expected, 0));
    if (!json_is_array(actual) || json_array_size(actual) < n ||
        (json_array_size(actual) > n && !may_be_longer))
        differ(place, actual, expected);
    for (size_t i = 0; i < n; i++) {
        char index[24];
        snprintf(index, sizeof index, "%zu", i);
        struct place at = below(place, index);
        match(&at, json_array_get(actual, i), json_array_get(expected, i));
    }
}

static void match(const struct place *place, const json_t *actual, const json_t *expected)
{
    if (json_is_object(expected)) {
        match_object(place, actual, expected);
    } else if (json_is_array(expected)) {
        match_array(place, actual, expected);
    } else if (json_is_number(expected)) {
        double a = 0, b = json_number_value(expected), rtol = tolerance_at(place);
        if (!json_is_number(actual))
            differ(place, actual, expected);
        a = json_number_value(actual);
        bool same = json_is_integer(expected) && b != 0
                        ? test_is_close(a, b, rtol, 0)
                        : test_is_close(a, b, rtol, b == 0 ? rtol : 0);
        if (!same)
            differ(place, actual, expected);
    } else if (!actual || !json_equal(actual, expected)) {
        differ(place, actual, expected);
    }
}

/* --- the whole answer ------------------------------------------------------------------------- */

static void check_status(const struct folder *folder, unsigned status, const json_t *document)
{
    const json_t *http = json_object_get(folder->expect, "http");
    unsigned usual = folder->name[0] == 'v' ? 200 : 422;
    bool ok = http ? json_is_integer(http) && json_integer_value(http) == status : usual == status;
    for (size_t i = 0; i < json_array_size(http); i++)
        ok = ok || json_integer_value(json_array_get(http, i)) == status;
    if (!ok)
        fail_msg("%s: answered %u: %s", folder->name, status, dump(document));
}

/* What holds in every problem document. */
static void check_problem(const struct folder *folder, const json_t *document)
{
    static const char *const texts[] = { "type", "title", "detail" };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (!json_is_string(json_object_get(document, texts[i])))
            fail_msg("%s: the problem has no %s: %s", folder->name, texts[i], dump(document));
    const char *type = json_string_value(json_object_get(document, "type"));
    assert_int_equal(strncmp(type, "/problems/", 10), 0);
    const json_t *errors = json_object_get(document, "errors");
    assert_true(json_array_size(errors) <= 20);
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *error = json_array_get(errors, i);
        const char *code = json_string_value(json_object_get(error, "code"));
        const json_t *pointer = json_object_get(error, "pointer");
        if (!code || !*code || strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") < strlen(code))
            fail_msg("%s: an error has no code in snake_case: %s", folder->name, dump(error));
        if (pointer && *json_string_value(pointer) && *json_string_value(pointer) != '/')
            fail_msg("%s: not a JSON Pointer: %s", folder->name, dump(error));
    }
}

void folder_check(const struct folder *folder, unsigned http, const json_t *document)
{
    check_status(folder, http, document);
    if (http != 200)
        check_problem(folder, document);
    const json_t *expected = json_object_get(folder->expect, "document");
    struct place top = { folder, "" };
    if (expected)
        match(&top, document, expected);
    const json_t *mentions = json_object_get(folder->expect, "mentions");
    for (size_t i = 0; i < json_array_size(mentions); i++) {
        const char *word = json_string_value(json_array_get(mentions, i));
        if (!door_mentions(document, word))
            fail_msg("%s: the answer does not mention '%s': %s", folder->name, word,
                     dump(document));
    }
}

/* --- files ------------------------------------------------------------------------------------ */

static bool exists(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

void folder_load(const char *root, struct folder *folder)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/expect.json", root, folder->name);
    folder->expect = door_load_json(path);
    snprintf(path, sizeof path, "%s/%s/request.csv", root, folder->name);
    folder->is_csv = exists(path);
    if (!folder->is_csv)
        snprintf(path, sizeof path, "%s/%s/request.json", root, folder->name);
    folder->body = door_load_text(path, &folder->n);
}

void folder_finish(struct folder *folder)
{
    json_decref(folder->expect);
    free(folder->body);
    folder->expect = NULL;
    folder->body = NULL;
}

const char *folder_text(const struct folder *folder, const char *name, const char *otherwise)
{
    const json_t *value = json_object_get(folder->expect, name);
    return value ? json_string_value(value) : otherwise;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct folder *)a)->name, ((const struct folder *)b)->name);
}

static size_t find(const char *root, const char *kind, size_t n, struct folder folder[])
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", root, kind);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.' || n == FOLDER_MAX || strlen(entry->d_name) > 200)
            continue;
        snprintf(folder[n++].name, sizeof folder->name, "%s/%.200s", kind, entry->d_name);
    }
    if (dir)
        closedir(dir);
    return n;
}

size_t folder_find_all(const char *root, struct folder folder[])
{
    size_t n = find(root, "valid", 0, folder);
    n = find(root, "invalid", n, folder);
    qsort(folder, n, sizeof *folder, by_name);
    return n;
}
