/* A test seam: the operations of the api (api/api.h) without any mathematics, linked in place of
   the real ones by the tests of the server. What a call does is told by members of its body:

   {"cost_ns":N}    what mle_call_cost_ns says; 1000 without
   {"sleep_ms":N}   mle_call_run takes so long, looking at the stop record every 100 us
   {"spin":true}    ... with a busy CPU instead of sleeping
   {"ignore_stop":true} ... without looking
   {"take_bytes":N} memory that the run takes from the budget
   {"fail":true}    422 invalid-model
   {"answer_bytes":N} length of the answer
   {"bad":true}     feeding fails

   The answer names the op, the format, the bytes fed and a digest of them. */
#include "api/api.h"
#include "api/openapi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEPT_BYTES = 4096 };

struct mle_op {
    const char *name;
    bool body, csv, text;
};

static const struct mle_op ops[] = {
    { "fit", true, true, true },
    { "evaluate", true, true, false },
    { "validate", true, true, false },
    { "families", false, false, false },
};

const struct mle_limits mle_limits_default = {
    .max_document_bytes = 1 << 20,
    .max_rows = 50000000,
    .max_columns = 4096,
    .max_cells = 200000000,
    .max_depth = 32,
    .max_deadline_seconds = 3600,
};

struct mle_call {
    struct mle_call_head head;
    struct mle_budget *budget;
    struct mle_arena arena;
    size_t fed_bytes, kept;
    uint32_t sum;
    bool failed;
    struct mle_timing timing;
    char *answer;
    char body[KEPT_BYTES + 1];
};

const struct mle_op *mle_op_find(const char *name)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].name, name) == 0)
            return &ops[i];
    return NULL;
}

const char *mle_op_name(const struct mle_op *op)
{
    return op->name;
}

bool mle_op_takes(const struct mle_op *op, enum mle_media media)
{
    return media == MLE_MEDIA_NONE ? !op->body : op->body && (media == MLE_MEDIA_JSON || op->csv);
}

bool mle_op_answers(const struct mle_op *op, enum mle_format format)
{
    return format == MLE_FORMAT_JSON || op->text;
}

struct mle_call *mle_call_create(const struct mle_call_head *head, const struct mle_limits *limits,
                                 struct mle_budget *budget, struct mle_error *err)
{
    (void)limits;
    for (size_t i = 0; i < head->n_query; i++) {
        if (strcmp(head->query[i].name, "family") == 0)
            continue;
        mle_problem_fail(err, MLE_PROBLEM_UNKNOWN_MEMBER, "there is no query argument %.64s",
                         head->query[i].name);
        return NULL;
    }
    struct mle_arena arena;
    mle_arena_init(&arena, budget, NULL);
    struct mle_call *call = mle_arena_zeros(&arena, 1, sizeof *call);
    if (!call) {
        mle_arena_fail(&arena, err);
        return NULL;
    }
    call->head = *head;
    call->budget = budget;
    call->arena = arena;
    return call;
}

static bool has(const struct mle_call *call, const char *member)
{
    return strstr(call->body, member);
}

static double number(const struct mle_call *call, const char *member, double none)
{
    const char *at = strstr(call->body, member);
    at = at ? strchr(at, ':') : NULL;
    return at ? strtod(at + 1, NULL) : none;
}

void mle_call_feed(struct mle_call *call, size_t n, const char bytes[])
{
    size_t keep = KEPT_BYTES - call->kept;
    if (keep > n)
        keep = n;
    memcpy(call->body + call->kept, bytes, keep);
    call->kept += keep;
    call->fed_bytes += n;
    for (size_t i = 0; i < n; i++)
        call->sum = call->sum * 31 + (unsigned char)bytes[i];
    call->failed |= has(call, "\"bad\"");
}

bool mle_call_failed(const struct mle_call *call)
{
    return call->failed;
}

double mle_call_cost_ns(const struct mle_call *call)
{
    return number(call, "\"cost_ns\"", 1000);
}

/* False if it was stopped. */
static bool pass_time(const struct mle_call *call, struct mle_stop *stop)
{
    int64_t end = mle_now_ns() + (int64_t)(number(call, "\"sleep_ms\"", 0) * 1e6);
    bool spin = has(call, "\"spin\""), ignore = has(call, "\"ignore_stop\"");
    while (mle_now_ns() < end) {
        if (!ignore && mle_stop_check(stop) != MLE_STOP_NONE)
            return false;
        struct timespec pause = { 0, 100000 };
        if (!spin)
            nanosleep(&pause, NULL);
    }
    return true;
}

static enum mle_status write_answer(struct mle_call *call, struct mle_document *document,
                                    struct mle_error *err)
{
    size_t size = (size_t)number(call, "\"answer_bytes\"", 0) + 256;
    call->answer = mle_arena_alloc(&call->arena, size);
    if (!call->answer)
        return mle_arena_fail(&call->arena, err);
    int n = snprintf(call->answer, size,
                     "{\"op\":\"%s\",\"format\":%d,\"fed\":%zu,\"sum\":%" PRIu32
                     ",\"pretty\":%s,\"strict\":%s,\"name\":\"%s\"}\n",
                     call->head.op->name, (int)call->head.format, call->fed_bytes, call->sum,
                     call->head.pretty ? "true" : "false", call->head.strict ? "true" : "false",
                     call->head.name ? call->head.name : "");
    if (size > 256)
        memset(call->answer + n, ' ', size - 256);
    document->n = (size_t)n + size - 256;
    document->bytes = call->answer;
    document->format = call->head.format;
    return MLE_OK;
}

enum mle_status mle_call_run(struct mle_call *call, const struct mle_env *env,
                             struct mle_stop *stop, struct mle_document *document,
                             struct mle_error *err)
{
    (void)env;
    int64_t start = mle_now_ns();
    if (call->failed)
        return mle_problem_fail(err, MLE_PROBLEM_MALFORMED_JSON, "the body is bad");
    if (has(call, "\"fail\"")) {
        mle_problem_fail(err, MLE_PROBLEM_INVALID_MODEL, "the model is bad");
        mle_fault_at(err, "/model", "unknown_family", "there is no such family");
        return err->status;
    }
    if (strcmp(call->head.op->name, "families") == 0 && call->head.name &&
        strcmp(call->head.name, "gamma") != 0)
        return mle_problem_fail(err, MLE_PROBLEM_NOT_FOUND, "there is no family %.64s",
                                call->head.name);
    struct mle_arena_mark mark = mle_arena_mark(&call->arena);
    double take = number(call, "\"take_bytes\"", 0);
    if (take > 0 && !mle_arena_alloc(&call->arena, (size_t)take))
        return mle_arena_fail(&call->arena, err);
    bool done = pass_time(call, stop);
    mle_arena_rewind(&call->arena, mark);
    call->timing.compute_ns = mle_now_ns() - start;
    return done ? write_answer(call, document, err) : mle_stop_fail(stop, err);
}

struct mle_timing mle_call_timing(const struct mle_call *call)
{
    return call->timing;
}

struct mle_call_facts mle_call_facts(const struct mle_call *call)
{
    bool fit = strcmp(call->head.op->name, "fit") == 0;
    return (struct mle_call_facts){
        fit ? "fake" : "", fit ? "converged" : "", fit ? "interior" : "", call->fed_bytes, 1, 2
    };
}

const char *mle_fact_word(enum mle_fact fact, size_t i)
{
    static const char *const words[] = { "fake", "converged", "interior" };
    return i == 0 ? words[fact] : NULL;
}

char *mle_openapi(size_t n, const struct mle_openapi_route routes[], bool pretty, size_t *n_bytes,
                  struct mle_error *err)
{
    (void)routes;
    (void)pretty;
    (void)err;
    char *bytes = malloc(64);
    *n_bytes = bytes ? (size_t)snprintf(bytes, 64, "{\"routes\":%zu}\n", n) : 0;
    return bytes;
}

void mle_call_destroy(struct mle_call *call)
{
    if (!call)
        return;
    struct mle_arena arena = call->arena; /* the call lies inside */
    mle_arena_finish(&arena);
}
