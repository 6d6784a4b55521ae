/* The operations of the api: at once on the I/O thread when they are small, else on the pool. */
#include "server/on.h"
#include "server/request.h"
#include "server/server.h"

/* Short of memory because others have it: trying again helps, so it is not the client's 413. */
static bool others_have_memory(const struct mled_request *request)
{
    const struct mle_budget *own = &request->budget, *all = own->parent;
    size_t mine = atomic_load_explicit(&own->used_bytes, memory_order_relaxed);
    size_t used = atomic_load_explicit(&all->used_bytes, memory_order_relaxed);
    size_t rest = own->limit_bytes > mine ? own->limit_bytes - mine : 0;
    return used > mine && used + rest > all->limit_bytes;
}

static void answer_error(struct mled_request *request, struct mle_error *err)
{
    if (err->status == MLE_MEMORY_LIMIT && others_have_memory(request))
        mle_problem_fail(err, MLE_PROBLEM_OVERLOADED, "memory is short");
    if (err->status == MLE_CANCELLED &&
        atomic_load_explicit(&request->server->cancelling, memory_order_relaxed))
        mle_problem_fail(err, MLE_PROBLEM_DRAINING,
                         "the service is shutting down and did not finish this request");
    mled_answer_problem(request, err);
}

static bool was_stopped(const struct mled_request *request)
{
    return atomic_load_explicit(&request->stop.cause, memory_order_relaxed) != MLE_STOP_NONE;
}

/* Runs the call and sets the answer, unless it was stopped and keep_stopped is false. */
static bool run(struct mled_request *request, struct mle_pool *pool, bool keep_stopped)
{
    struct mle_env env = { .pool = pool, .limits = &request->server->limits };
    struct mle_document document;
    struct mle_error err;
    enum mle_status status = mle_call_run(request->call, &env, &request->stop, &document, &err);
    if (!keep_stopped && was_stopped(request))
        return false;
    if (status != MLE_OK) {
        answer_error(request, &err);
        return true;
    }
    mled_answer_constant(request, 200, (enum mled_content)document.format, document.n,
                         document.bytes);
    if (request->route->flags & MLED_ROUTE_ETAG) {
        request->answer.etag = true;
        request->answer.caching = "no-cache";
    }
    return true;
}

/* On a worker. After the resume the connection belongs to the I/O thread again. */
static void run_task(struct mle_task *task)
{
    struct mled_request *request =
        (struct mled_request *)(void *)((char *)task - offsetof(struct mled_request, task));
    struct MHD_Connection *mhd = request->mhd;
    mled_lanes_begun(&request->server->lanes, request->lane, request->cost_ns);
    mled_request_move(request, MLED_RUNNING);
    request->begun_ns = mle_now_ns();
    if (mle_stop_check(&request->stop) == MLE_STOP_NONE) {
        run(request, request->server->pool, true);
    } else { /* cancelled or too old before it began */
        struct mle_error err;
        mle_stop_fail(&request->stop, &err);
        answer_error(request, &err);
    }
    mled_lanes_ended(&request->server->lanes);
    mled_request_move(request, MLED_READY);
    MHD_resume_connection(mhd);
    mled_request_unref(request);
}

static void start_stop(struct mled_request *request)
{
    double seconds = request->server->config->max_sync_seconds;
    mle_stop_init(&request->stop, request->complete_ns + (int64_t)(seconds * 1e9));
}

/* Suspends first: the worker may have resumed before this returns. */
static void enqueue(struct mled_request *request)
{
    struct mled_server *server = request->server;
    if (!mled_lanes_admit(&server->lanes, request->cost_ns, &request->lane,
                          &request->answer.retry_s)) {
        struct mle_error err;
        mle_problem_fail(&err, MLE_PROBLEM_OVERLOADED, "too much work is waiting already");
        mled_answer_problem(request, &err);
        mled_request_move(request, MLED_READY);
        return;
    }
    start_stop(request);
    mled_request_move(request, MLED_QUEUED);
    mled_request_ref(request);
    request->task.run = run_task;
    request->suspended = true;
    atomic_fetch_add_explicit(&server->suspended, 1, memory_order_relaxed);
    mled_connections_watch(&server->connections, request->connection, &request->stop);
    MHD_suspend_connection(request->mhd);
    mle_pool_submit(server->pool, request->lane, &request->task);
}

/* Whether it came to an end within the time that the I/O thread has for it. */
static bool run_inline(struct mled_request *request)
{
    struct mled_server *server = request->server;
    request->begun_ns = request->complete_ns;
    mle_stop_init(&request->stop, request->begun_ns + MLED_INLINE_STOP_NS);
    mled_request_move(request, MLED_RUNNING);
    bool done = run(request, NULL, false);
    mled_inline_spend(&server->inline_budget, mle_now_ns() - request->begun_ns);
    return done;
}

void mled_on_op(struct mled_request *request)
{
    struct mled_server *server = request->server;
    request->cost_ns = mle_call_cost_ns(request->call);
    bool small = mle_call_failed(request->call) || request->cost_ns <= MLED_INLINE_COST_NS;
    if (small && mled_inline_may(&server->inline_budget, request->complete_ns) &&
        run_inline(request)) {
        mled_request_move(request, MLED_READY);
        return;
    }
    enqueue(request);
}
