#include "server/intake.h"

#include "server/negotiate.h"
#include "server/reply.h"
#include "server/server.h"
#include "server/uri.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOWEST_BYTES_A_SECOND = 64 << 10,
    INLINE_BODY_BYTES = 64 << 10, /* a larger body will need a worker */
    DISCARD_BYTES = 1 << 20, /* of a refused body; many clients lose an answer before its end */
    DISCARD_SECONDS = 5,
    SECOND_NS = 1000000000,
};

static int64_t seconds_ns(double seconds)
{
    return (int64_t)(seconds * 1e9);
}

/* --- the head -------------------------------------------------------------------------------- */

/* A client's id is echoed if it cannot do harm in a header or a log. */
static bool is_sane_id(size_t n, const char *id)
{
    return n > 0 && n <= 64 &&
           n == strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:");
}

static void set_id(struct mled_request *request, const char *incoming)
{
    struct mled_server *server = request->server;
    struct mled_text text = mled_text_in(sizeof request->id, request->id);
    size_t n = incoming ? mled_value_length(incoming) : 0;
    if (is_sane_id(n, incoming)) {
        mled_text_put(&text, n, incoming);
    } else {
        mled_text_put(&text, sizeof server->id_prefix - 1, server->id_prefix);
        mled_text_add(&text, request->listener->admin ? "-admin-" : "-");
        mled_text_number(&text, ++request->listener->n_request, 1);
    }
    mled_text_end(&text);
}

/* A buffer for the decoded path and query, which are never longer than they were. */
static bool text_for(struct mled_request *request, const struct mled_head *head, const char *url,
                     struct mled_text *text)
{
    size_t need = strlen(url) + 2;
    for (unsigned i = 0; i < head->n_argument; i++)
        need += head->argument[i].n_name + head->argument[i].n_value + 2;
    if (need <= sizeof request->text) {
        *text = mled_text_in(sizeof request->text, request->text);
        return true;
    }
    request->more_text = malloc(need);
    if (request->more_text)
        *text = mled_text_in(need, request->more_text);
    return request->more_text;
}

/* Whether ?pretty is there, before the query is read: what is refused earlier is pretty too. */
static bool wants_pretty(const struct mled_head *head)
{
    for (unsigned i = 0; i < head->n_argument; i++)
        if (head->argument[i].n_name == 6 && memcmp(head->argument[i].name, "pretty", 6) == 0)
            return !head->argument[i].value || strcmp(head->argument[i].value, "1") == 0 ||
                   strcmp(head->argument[i].value, "true") == 0;
    return false;
}

static enum mle_status set_pretty(struct mled_request *request, const char *value, bool again,
                                  struct mle_error *err)
{
    if (again || (strcmp(value, "0") != 0 && strcmp(value, "1") != 0 &&
                  strcmp(value, "false") != 0 && strcmp(value, "true") != 0))
        return mle_problem_fail(err, MLE_PROBLEM_INVALID_OPTION,
                                "the query argument pretty is 1 or 0, once");
    request->head.pretty = *value == '1' || *value == 't';
    return MLE_OK;
}

static enum mle_status read_query(struct mled_request *request, const struct mled_head *head,
                                  struct mled_text *text, struct mle_error *err)
{
    bool pretty = false;
    for (unsigned i = 0; i < head->n_argument; i++) {
        const char *name = mled_uri_decode(head->argument[i].n_name, head->argument[i].name, text);
        const char *raw = head->argument[i].value ? head->argument[i].value : "";
        const char *value = mled_uri_decode(head->argument[i].n_value, raw, text);
        if (!name || !value)
            return mle_problem_fail(err, MLE_PROBLEM_BAD_REQUEST,
                                    "the query has a bad escape, a NUL or is not UTF-8");
        if (strcmp(name, "pretty") == 0) {
            MLE_TRY(set_pretty(request, head->argument[i].value ? value : "1", pretty, err));
            pretty = true;
            continue;
        }
        request->query[request->head.n_query++] = (struct mle_pair){ name, value };
    }
    if (request->head.n_query > 0 && !request->head.op &&
        !(request->route->flags & MLED_ROUTE_PROBE))
        return mle_problem_fail(err, MLE_PROBLEM_UNKNOWN_MEMBER,
                                "this route has no query argument but pretty");
    return MLE_OK;
}

static enum mle_status check_route(struct mled_request *request, const struct mled_match *match,
                                   struct mle_error *err)
{
    if (request->method == MLED_METHODS)
        return mle_problem_fail(err, MLE_PROBLEM_NOT_IMPLEMENTED, "this method is not known");
    if (!match->allowed)
        return mle_problem_fail(err, MLE_PROBLEM_NOT_FOUND, "there is nothing at this path");
    if (request->listener->admin && match->route && !(match->route->flags & MLED_ROUTE_ADMIN))
        return mle_problem_fail(err, MLE_PROBLEM_NOT_FOUND,
                                "this is the admin address; the service is at another one");
    if (!match->route) {
        request->answer.allowed = match->allowed;
        return mle_problem_fail(err, MLE_PROBLEM_METHOD_NOT_ALLOWED, "the path does not take %s",
                                mled_router_method_name(request->method));
    }
    if (!match->op && *match->route->op_name)
        return mle_problem_fail(err, MLE_PROBLEM_NOT_IMPLEMENTED,
                                "this build does not have the operation %s", match->route->op_name);
    return MLE_OK;
}

static enum mle_status check_key(struct mled_request *request, const struct mled_head *head,
                                 struct mle_error *err)
{
    if (request->listener->admin) /* who reaches it may; the keys are the other thread's */
        return MLE_OK;
    switch (mled_auth_check(&request->server->auth, head->value[MLED_HEADER_AUTHORIZATION],
                            request->route->scope, request->key, &request->answer.retry_s)) {
    case MLED_ALLOWED:
        return MLE_OK;
    case MLED_UNAUTHENTICATED:
        return mle_problem_fail(err, MLE_PROBLEM_UNAUTHENTICATED,
                                "send a valid key as 'Authorization: Bearer KEY'");
    case MLED_FORBIDDEN:
        return mle_problem_fail(err, MLE_PROBLEM_FORBIDDEN,
                                "the scopes of the key do not cover this route");
    case MLED_OVER_QUOTA:
        break;
    }
    return mle_problem_fail(err, MLE_PROBLEM_TOO_MANY_REQUESTS, "the key has used up its quota");
}

/* What can be known about load before the body is read. */
static enum mle_status check_load(struct mled_request *request, const struct mled_head *head,
                                  struct mle_error *err)
{
    struct mled_server *server = request->server;
    if (atomic_load_explicit(&server->draining, memory_order_relaxed))
        return mle_problem_fail(err, MLE_PROBLEM_DRAINING, "the service is shutting down");
    bool large = head->chunked || head->length > INLINE_BODY_BYTES;
    if (large && mled_lanes_full(&server->lanes))
        return mle_problem_fail(err, MLE_PROBLEM_OVERLOADED, "the queue is full");
    size_t used = atomic_load_explicit(&server->memory.used_bytes, memory_order_relaxed);
    if (large && used > 0 &&
        (used >= server->memory.limit_bytes || head->length > server->memory.limit_bytes - used))
        return mle_problem_fail(err, MLE_PROBLEM_OVERLOADED, "memory is short");
    return MLE_OK;
}

static enum mle_status create_call(struct mled_request *request, const struct mled_head *head,
                                   struct mle_error *err)
{
    struct mled_server *server = request->server;
    request->head.strict = mled_negotiate_strict(head);
    request->head.query = request->query;
    request->head.length_hint_bytes = (size_t)head->length;
    mle_budget_init(&request->budget, server->config->request_memory, &server->memory);
    request->call = mle_call_create(&request->head, &server->limits, &request->budget, err);
    return request->call ? MLE_OK : err->status;
}

/* How a page for people is wanted: programs get JSON unless they say otherwise. */
static enum mled_content liked_content(const struct mled_head *head)
{
    unsigned json = mled_negotiate_weight(head, "application/json");
    unsigned text = mled_negotiate_weight(head, "text/plain");
    unsigned html = mled_negotiate_weight(head, "text/html");
    if (html > json && html >= text)
        return MLED_CONTENT_HTML;
    return text > json ? MLED_CONTENT_TEXT : MLED_CONTENT_JSON;
}

/* Every rule that is not one of framing. */
static enum mle_status judge(struct mled_request *request, const struct mled_head *head,
                             const struct mled_match *match, struct mled_text *text,
                             struct mle_error *err)
{
    struct mled_server *server = request->server;
    const struct mled_config *config = server->config;
    MLE_TRY(check_route(request, match, err));
    assert(match->route);
    request->head.op = match->op;
    request->head.name = match->name;
    if (!(match->route->flags & MLED_ROUTE_PROBE))
        MLE_TRY(mled_gate_host(head, config->allowed_hosts, request->listener->loopback, err));
    MLE_TRY(check_key(request, head, err));
    MLE_TRY(mled_gate_body(head, match->op, &request->head.media, err));
    if (head->length > config->max_body_bytes)
        return mle_problem_fail(err, MLE_PROBLEM_BODY_TOO_LARGE,
                                "the body is larger than the limit of %zu bytes",
                                config->max_body_bytes);
    request->answer.negotiated = match->op || match->route->flags & MLED_ROUTE_HTML;
    if (match->route->flags & MLED_ROUTE_HTML)
        request->likes = liked_content(head);
    if (!(match->route->flags & (MLED_ROUTE_PROBE | MLED_ROUTE_HTML | MLED_ROUTE_TEXT)) &&
        !mled_negotiate_format(head, match->op, &request->head.format))
        return mle_problem_fail(err, MLE_PROBLEM_NOT_ACCEPTABLE,
                                "this route answers in none of the types that Accept names");
    MLE_TRY(read_query(request, head, text, err));
    if (!match->op)
        return MLE_OK;
    MLE_TRY(check_load(request, head, err));
    return create_call(request, head, err);
}

/* --- refusal --------------------------------------------------------------------------------- */

/* Sets the answer now, to be sent when the body has been read and thrown away. */
static void refuse(struct mled_request *request, const struct mle_error *err)
{
    const struct mled_config *config = request->server->config;
    bool too_large = mle_problem_of(err) == MLE_PROBLEM_BODY_TOO_LARGE;
    mled_answer_problem(request, err);
    request->refused = true;
    if (request->counted &&
        atomic_load_explicit(&request->server->draining, memory_order_relaxed)) {
        /* new clients must not keep a drain from its end */
        request->counted = false;
        atomic_fetch_sub_explicit(&request->server->active, 1, memory_order_relaxed);
    }
    request->answer.close |= too_large;
    request->discard_bytes = too_large ? 4 * (uint64_t)config->max_body_bytes : DISCARD_BYTES;
    request->discard_until_ns = mle_now_ns() + DISCARD_SECONDS * (int64_t)SECOND_NS;
}

static enum MHD_Result send_at_once(struct mled_request *request)
{
    request->answer.close = true; /* libmicrohttpd reads no further after an early answer */
    mled_request_move(request, MLED_READY);
    return mled_reply_send(request);
}

enum MHD_Result mled_intake_begin(struct mled_listener *listener, struct MHD_Connection *mhd,
                                  const char *url, const char *method, const char *version,
                                  struct mled_request **request_out)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct mled_request *request =
        mled_request_create(listener, mhd, info ? info->socket_context : NULL);
    *request_out = request;
    if (!request)
        return MHD_NO;
    request->counted = !listener->admin; /* probes must not keep a drain from its end */
    if (request->counted)
        atomic_fetch_add_explicit(&listener->server->active, 1, memory_order_relaxed);
    request->arrived_ns = mle_now_ns();

    struct mled_head head;
    struct mled_text text;
    struct mled_path path;
    struct mle_error err;
    mled_head_read(&head, mhd, method, version);
    request->method = head.method;
    request->if_none_match = head.value[MLED_HEADER_IF_NONE_MATCH];
    request->head.pretty = wants_pretty(&head);
    set_id(request, head.value[MLED_HEADER_REQUEST_ID]);
    bool readable = text_for(request, &head, url, &text) && mled_path_read(&path, url, &text);
    struct mled_match match = { .route = NULL };
    if (readable)
        match = mled_router_find(head.method, &path);
    request->route = match.route;
    enum mle_status status =
        mled_gate_framing(&head, match.route && match.route->flags & MLED_ROUTE_BODY, &err);
    if (status == MLE_OK && !readable)
        status = mle_problem_fail(&err, MLE_PROBLEM_BAD_REQUEST,
                                  "the path has a bad escape, a NUL or is not UTF-8");
    if (status != MLE_OK) {
        mled_answer_problem(request, &err);
        return send_at_once(request);
    }
    if (judge(request, &head, &match, &text, &err) != MLE_OK) {
        refuse(request, &err);
        bool waits = head.count[MLED_HEADER_EXPECT] > 0;
        if (head.has_body && (waits || head.length > request->discard_bytes))
            return send_at_once(request);
        if (!match.route && head.unframed)
            return send_at_once(request);
    }
    mled_request_move(request, MLED_BODY);
    if (head.has_body)
        mled_connection_due(request->connection,
                            request->arrived_ns +
                                seconds_ns(listener->server->config->body_seconds) +
                                (int64_t)(head.length / SLOWEST_BYTES_A_SECOND) * SECOND_NS);
    return MHD_YES;
}

/* --- the body -------------------------------------------------------------------------------- */

static enum MHD_Result discard(struct mled_request *request)
{
    if (request->body_bytes <= request->discard_bytes && mle_now_ns() <= request->discard_until_ns)
        return MHD_YES;
    mled_reply_raw(request);
    return MHD_NO;
}

enum MHD_Result mled_intake_body(struct mled_request *request, size_t n, const char bytes[])
{
    size_t limit = request->server->config->max_body_bytes;
    request->body_bytes += n;
    if (request->refused)
        return discard(request);
    if (request->body_bytes > limit) { /* chunked: the length was not known before */
        struct mle_error err;
        mle_problem_fail(&err, MLE_PROBLEM_BODY_TOO_LARGE,
                         "the body is larger than the limit of %zu bytes", limit);
        refuse(request, &err);
        mle_call_destroy(request->call); /* its memory is of use to others */
        request->call = NULL;
        return MHD_YES;
    }
    if (!request->head.length_hint_bytes) /* chunked: the time grows with what has come */
        mled_connection_due(
            request->connection,
            request->arrived_ns + seconds_ns(request->server->config->body_seconds) +
                (int64_t)(request->body_bytes / SLOWEST_BYTES_A_SECOND) * SECOND_NS);
    int64_t begin_ns = mle_now_ns();
    mle_call_feed(request->call, n, bytes);
    request->feed_ns += mle_now_ns() - begin_ns;
    return MHD_YES;
}

/* --- the end --------------------------------------------------------------------------------- */

void mled_intake_resumed(struct mled_request *request)
{
    struct mled_server *server = request->server;
    if (!request->suspended)
        return;
    assert(mled_request_state(request) == MLED_READY);
    request->suspended = false;
    mled_connections_watch(&server->connections, request->connection, NULL);
    atomic_fetch_sub_explicit(&server->suspended, 1, memory_order_relaxed);
}

enum MHD_Result mled_intake_end(struct mled_request *request)
{
    if (request->suspended) {
        mled_intake_resumed(request);
        return mled_reply_send(request);
    }
    request->complete_ns = mle_now_ns();
    mled_connection_due(request->connection, 0);
    if (request->refused)
        mled_request_move(request, MLED_READY);
    else
        request->route->handle(request);
    return request->suspended ? MHD_YES : mled_reply_send(request);
}
