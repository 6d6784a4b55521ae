#include "tests/support/door.h"

#include "tests/support/test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { PROBLEM_BYTES = 64 << 10 };

struct outcome {
    unsigned http;
    size_t n;
    char *bytes;
};

static struct outcome run_once(struct mle_call *call, struct mle_pool *pool)
{
    struct mle_env env = { pool, &mle_limits_default };
    struct mle_document document = { 0 };
    struct mle_error err;
    struct outcome outcome = { 0 };
    enum mle_status status = mle_call_run(call, &env, NULL, &document, &err);
    if (status == MLE_OK) {
        outcome = (struct outcome){ 200, document.n, malloc(document.n + 1) };
        assert_non_null(outcome.bytes);
        memcpy(outcome.bytes, document.bytes, document.n);
    } else {
        outcome.bytes = malloc(PROBLEM_BYTES);
        assert_non_null(outcome.bytes);
        outcome.http = mle_problem_http(mle_problem_of(&err));
        outcome.n = mle_problem_write(&err, NULL, false, PROBLEM_BYTES - 1, outcome.bytes);
    }
    outcome.bytes[outcome.n] = '\0';
    return outcome;
}

static void check_same(const struct outcome *first, struct outcome again, const char *how)
{
    if (first->http != again.http || first->n != again.n ||
        memcmp(first->bytes, again.bytes, first->n) != 0)
        fail_msg("%s gives another answer:\n%u %s\n%u %s", how, first->http, first->bytes,
                 again.http, again.bytes);
    free(again.bytes);
}

static struct mle_call *create(const struct door_request *request, struct mle_budget *budget,
                               struct mle_error *err)
{
    struct mle_call_head head = {
        .op = mle_op_find(request->op),
        .media = request->media,
        .format = MLE_FORMAT_JSON,
        .strict = request->strict,
        .name = request->name,
        .n_query = request->n_query,
        .query = request->query,
        .length_hint_bytes = request->n,
    };
    if (!head.op)
        fail_msg("there is no operation '%s'", request->op);
    return mle_call_create(&head, &mle_limits_default, budget, err);
}

/* Pieces of 1, 2, 3, 5, 8, ... bytes: every border falls somewhere inside of something. */
static void feed(struct mle_call *call, size_t n, const char *bytes)
{
    size_t piece = 1, before = 1;
    for (size_t at = 0; at < n;) {
        size_t take = piece < n - at ? piece : n - at;
        char *copy = malloc(take); /* so that a sanitizer sees a read beyond the piece */
        assert_non_null(copy);
        memcpy(copy, bytes + at, take);
        mle_call_feed(call, take, copy);
        free(copy);
        at += take;
        size_t next = piece + before;
        before = piece;
        piece = next > 4096 ? 1 : next;
    }
}

static struct door_answer as_answer(const struct outcome *outcome)
{
    json_error_t where;
    json_t *document = json_loadb(outcome->bytes, outcome->n, JSON_REJECT_DUPLICATES, &where);
    if (!document)
        fail_msg("the answer is not JSON (line %d: %s): %s", where.line, where.text,
                 outcome->bytes);
    if (outcome->http != 200)
        assert_int_equal(json_integer_value(json_object_get(document, "status")), outcome->http);
    return (struct door_answer){ outcome->http, document };
}

/* A call that could not even be created: what is in the head is wrong. */
static struct door_answer refused(const struct mle_error *err)
{
    struct outcome outcome = { mle_problem_http(mle_problem_of(err)), 0, malloc(PROBLEM_BYTES) };
    assert_non_null(outcome.bytes);
    outcome.n = mle_problem_write(err, NULL, false, PROBLEM_BYTES - 1, outcome.bytes);
    outcome.bytes[outcome.n] = '\0';
    struct door_answer answer = as_answer(&outcome);
    free(outcome.bytes);
    return answer;
}

struct door_answer door_ask(const struct door_request *request)
{
    struct mle_budget budget;
    struct mle_error err;
    mle_budget_init(&budget, (size_t)256 << 20, NULL);
    struct mle_call *call = create(request, &budget, &err);
    if (!call)
        return refused(&err);
    feed(call, request->n, request->body);
    struct outcome first = run_once(call, NULL);
    check_same(&first, run_once(call, NULL), "running again");
    struct mle_pool *pool = mle_pool_create(3, 0, NULL);
    assert_non_null(pool);
    check_same(&first, run_once(call, pool), "running on three threads");
    mle_pool_destroy(pool);
    mle_call_destroy(call);

    call = create(request, &budget, &err);
    assert_non_null(call);
    mle_call_feed(call, request->n, request->body);
    check_same(&first, run_once(call, NULL), "feeding in one piece");
    mle_call_destroy(call);
    assert_int_equal(atomic_load(&budget.used_bytes), 0);

    struct door_answer answer = as_answer(&first);
    free(first.bytes);
    return answer;
}

void door_answer_finish(struct door_answer *answer)
{
    json_decref(answer->document);
    answer->document = NULL;
}

const json_t *door_at(const json_t *value, const char *path)
{
    if (!value || !*path)
        return value;
    if (json_is_array(value)) {
        char *end;
        unsigned long i = strtoul(path, &end, 10);
        if (end == path || (*end && *end != '.'))
            return NULL;
        return door_at(json_array_get(value, i), *end ? end + 1 : end);
    }
    for (size_t n = strlen(path); n > 0; n--) {
        if (path[n] && path[n] != '.')
            continue;
        char name[256];
        if (n >= sizeof name)
            continue;
        memcpy(name, path, n);
        name[n] = '\0';
        const json_t *member = json_object_get(value, name);
        const json_t *found = member ? door_at(member, path[n] ? path + n + 1 : path + n) : NULL;
        if (found)
            return found;
    }
    return NULL;
}

bool door_number(const json_t *value, double *number)
{
    if (json_is_number(value)) {
        *number = json_number_value(value);
        return true;
    }
    const char *text = json_string_value(value);
    if (!text)
        return false;
    if (!strcmp(text, "Infinity") || !strcmp(text, "+inf"))
        *number = INFINITY;
    else if (!strcmp(text, "-Infinity") || !strcmp(text, "-inf"))
        *number = -INFINITY;
    else if (!strcmp(text, "NaN"))
        *number = NAN;
    else
        return false;
    return true;
}

json_t *door_load_json(const char *path)
{
    json_error_t where;
    json_t *json = json_load_file(path, 0, &where);
    if (!json)
        fail_msg("%s:%d: %s", path, where.line, where.text);
    return json;
}

char *door_load_text(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be read", path);
    size_t capacity = 1 << 20;
    char *text = malloc(capacity + 1);
    assert_non_null(text);
    *n = fread(text, 1, capacity, file);
    fclose(file);
    assert_true(*n < capacity);
    text[*n] = '\0';
    return text;
}

static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at++) {
        bool begins = at == text || !isalnum((unsigned char)at[-1]);
        bool ends = !isalnum((unsigned char)at[n]);
        if (begins && ends)
            return true;
    }
    return false;
}

bool door_mentions(const json_t *document, const char *word)
{
    if (json_is_string(document))
        return has_word(json_string_value(document), word);
    if (json_is_array(document)) {
        for (size_t i = 0; i < json_array_size(document); i++)
            if (door_mentions(json_array_get(document, i), word))
                return true;
        return false;
    }
    /* jansson has no const iteration */
    json_t *object = (json_t *)(uintptr_t)document;
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        if (door_mentions(json_object_iter_value(at), word))
            return true;
    return false;
}
