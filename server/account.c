#include "server/account.h"

#include "server/log.h"
#include "server/request.h"
#include "server/server.h"

/* 499: the client had left before its answer. */
static unsigned final_status(const struct mled_request *request)
{
    bool left = request->connection &&
                atomic_load_explicit(&request->connection->left, memory_order_relaxed);
    return left || mled_request_state(request) != MLED_SENT ? 499 : request->answer.http;
}

/* Whether the api worked on it, at once or on a worker. */
static bool has_run(const struct mled_request *request)
{
    return request->call && request->begun_ns;
}

static void log_request(const struct mled_request *request, unsigned status, int64_t duration_ns)
{
    bool quiet = request->route && request->route->flags & (MLED_ROUTE_PROBE | MLED_ROUTE_QUIET);
    enum mled_log_level level = quiet ? MLED_LOG_DEBUG : MLED_LOG_INFO;
    if (!request->server->config->access_log || !mled_log_wants(level))
        return;
    struct mled_access access = {
        .request_id = request->id,
        .method = mled_router_method_name(request->method),
        .route = request->route ? request->route->path : "",
        .key = request->key,
        .peer = request->connection ? request->connection->peer : "",
        .status = status,
        .bytes_in = request->body_bytes,
        .bytes_out = request->answer.n,
        .duration_ns = duration_ns,
    };
    if (has_run(request)) {
        struct mle_call_facts facts = mle_call_facts(request->call);
        access.family = facts.family;
        access.outcome = facts.outcome;
        access.rows = facts.rows;
        access.iterations = facts.iterations;
        access.queue_ns = request->begun_ns - request->complete_ns;
        access.compute_ns = mle_call_timing(request->call).compute_ns;
    }
    mled_log_access(level, &access);
}

static uint64_t positive(int64_t ns)
{
    return ns > 0 ? (uint64_t)ns : 0;
}

static void count_fit(struct mled_metrics *metrics, const struct mle_call_facts *facts,
                      uint64_t compute_ns)
{
    unsigned family = mled_metrics_word(metrics, MLED_LABEL_FAMILY, facts->family);
    mled_metrics_add(metrics, MLED_COUNT_FITS, 1, family,
                     mled_metrics_word(metrics, MLED_LABEL_STATUS, facts->outcome),
                     mled_metrics_word(metrics, MLED_LABEL_VERDICT, facts->verdict));
    mled_metrics_add(metrics, MLED_COUNT_EVALUATIONS, facts->evaluations, family, 0, 0);
    mled_metrics_observe(metrics, MLED_SPREAD_FIT_DURATION, compute_ns, family);
    mled_metrics_observe(metrics, MLED_SPREAD_FIT_ITERATIONS, facts->iterations, family);
}

static void count_work(struct mled_metrics *metrics, const struct mled_request *request)
{
    struct mle_call_facts facts = mle_call_facts(request->call);
    struct mle_timing timing = mle_call_timing(request->call);
    unsigned operation =
        mled_metrics_word(metrics, MLED_LABEL_OPERATION, mle_op_name(request->head.op));
    uint64_t compute_ns = positive(timing.compute_ns);
    if (request->task.run) /* it went through the queue */
        mled_metrics_observe(metrics, MLED_SPREAD_QUEUE_WAIT,
                             positive(request->begun_ns - request->complete_ns), 0);
    if (request->head.media != MLE_MEDIA_NONE) {
        unsigned format = mled_metrics_word(metrics, MLED_LABEL_FORMAT,
                                            mled_gate_media_word(request->head.media));
        mled_metrics_add(metrics, MLED_COUNT_PARSED, request->body_bytes, format, 0, 0);
        mled_metrics_observe(metrics, MLED_SPREAD_PARSE,
                             positive(request->feed_ns + timing.decode_ns), format);
    }
    mled_metrics_add(metrics, MLED_COUNT_ROWS, facts.rows, operation, 0, 0);
    mled_metrics_add(metrics, MLED_COUNT_COMPUTE, compute_ns, operation, 0, 0);
    if (*facts.outcome)
        count_fit(metrics, &facts, compute_ns);
}

static void count_request(const struct mled_request *request, unsigned status, int64_t duration_ns)
{
    struct mled_metrics *metrics = &request->server->metrics;
    unsigned route =
        mled_metrics_word(metrics, MLED_LABEL_ROUTE, request->route ? request->route->path : NULL);
    unsigned method = request->method; /* MLED_METHODS is "other" */
    mled_metrics_add(metrics, MLED_COUNT_REQUESTS, 1, method, route,
                     mled_metrics_code(metrics, status));
    mled_metrics_observe(metrics, MLED_SPREAD_DURATION, positive(duration_ns), route);
    mled_metrics_observe(metrics, MLED_SPREAD_REQUEST_SIZE, request->body_bytes, 0);
    mled_metrics_observe(metrics, MLED_SPREAD_RESPONSE_SIZE, request->answer.n, 0);
    if (has_run(request))
        count_work(metrics, request);
}

void mled_account(const struct mled_request *request)
{
    unsigned status = final_status(request);
    int64_t duration_ns = mle_now_ns() - request->arrived_ns;
    count_request(request, status, duration_ns);
    log_request(request, status, duration_ns);
}
