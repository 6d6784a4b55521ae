#include "server/request.h"

#include "server/server.h"
#include "server/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PROBLEM_BYTES = 16 << 10 };

/* Bit 1 << to in the row of from; looked at by an assert only. */
static const unsigned allowed[MLED_STATES] __attribute__((unused)) = {
    [MLED_NEW] = 1u << MLED_BODY | 1u << MLED_READY,
    [MLED_BODY] = 1u << MLED_QUEUED | 1u << MLED_RUNNING | 1u << MLED_READY,
    [MLED_QUEUED] = 1u << MLED_RUNNING,
    [MLED_RUNNING] = 1u << MLED_READY | 1u << MLED_QUEUED, /* back: it took too long inline */
    [MLED_READY] = 1u << MLED_SENT,
};

struct mled_request *mled_request_create(struct mled_listener *listener, struct MHD_Connection *mhd,
                                         struct mled_connection *connection)
{
    struct mled_request *request = malloc(sizeof *request);
    if (!request)
        return NULL;
    memset(request, 0, offsetof(struct mled_request, query));
    request->more_text = NULL;
    atomic_init(&request->references, 1);
    atomic_init(&request->state, MLED_NEW);
    request->server = listener->server;
    request->listener = listener;
    request->mhd = mhd;
    request->connection = connection;
    return request;
}

void mled_request_ref(struct mled_request *request)
{
    atomic_fetch_add_explicit(&request->references, 1, memory_order_relaxed);
}

void mled_request_unref(struct mled_request *request)
{
    if (atomic_fetch_sub_explicit(&request->references, 1, memory_order_acq_rel) != 1)
        return;
    mle_call_destroy(request->call);
    free(request->answer.owned);
    free(request->more_text);
    free(request);
}

enum mled_state mled_request_state(const struct mled_request *request)
{
    return (enum mled_state)atomic_load_explicit(&request->state, memory_order_acquire);
}

/* Release: what a worker wrote before is seen by the I/O thread that reads the state. */
void mled_request_move(struct mled_request *request, enum mled_state to)
{
    assert(allowed[mled_request_state(request)] & 1u << to);
    atomic_store_explicit(&request->state, (int)to, memory_order_release);
}

void mled_answer_constant(struct mled_request *request, unsigned http, enum mled_content content,
                          size_t n, const char *bytes)
{
    struct mled_answer *answer = &request->answer;
    answer->http = http;
    answer->content = content;
    answer->n = n;
    answer->bytes = bytes;
    answer->caching = "no-store";
}

void mled_answer_owned(struct mled_request *request, unsigned http, enum mled_content content,
                       size_t n, char *bytes)
{
    static const char internal[] =
        "{\"type\":\"/problems/internal\",\"title\":\"Internal error\",\"status\":500}\n";
    free(request->answer.owned);
    request->answer.owned = bytes;
    if (bytes)
        mled_answer_constant(request, http, content, n, bytes);
    else
        mled_answer_constant(request, 500, MLED_CONTENT_PROBLEM, sizeof internal - 1, internal);
}

void mled_answer_copy(struct mled_request *request, unsigned http, enum mled_content content,
                      size_t n, const char *bytes)
{
    char *copy = malloc(n + 1);
    if (copy)
        memcpy(copy, bytes, n);
    mled_answer_owned(request, http, content, n, copy);
}

void mled_answer_problem(struct mled_request *request, const struct mle_error *err)
{
    char bytes[PROBLEM_BYTES];
    enum mle_problem problem = mle_problem_of(err);
    size_t n = mle_problem_write(err, request->id, request->head.pretty, sizeof bytes, bytes);
    mled_answer_copy(request, mle_problem_http(problem), MLED_CONTENT_PROBLEM, n, bytes);
    mled_metrics_add(&request->server->metrics, MLED_COUNT_REJECTED, 1,
                     mled_metrics_reason(problem), 0, 0);
    request->answer.challenge = problem == MLE_PROBLEM_UNAUTHENTICATED;
    if (!request->answer.retry_s &&
        (problem == MLE_PROBLEM_OVERLOADED || problem == MLE_PROBLEM_DRAINING ||
         problem == MLE_PROBLEM_TOO_MANY_REQUESTS))
        request->answer.retry_s = 1;
}
