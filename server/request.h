/* The record of one request, from its first line to the last byte of its answer.

   It owns the call, the memory budget, the stop record and the answer. The connection holds one
   reference, a worker another; whoever is last frees it. Only the I/O thread touches the
   connection; a worker does nothing with it but to resume it, once. */
#ifndef MLED_SERVER_REQUEST_H
#define MLED_SERVER_REQUEST_H

#include "api/api.h"
#include "core/base/arena.h"
#include "core/base/pool.h"
#include "core/base/stop.h"
#include "server/connections.h"
#include "server/gate.h"
#include "server/router.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mled_server;
struct mled_listener;

enum mled_state {
    MLED_NEW,     /* the head is being judged */
    MLED_BODY,    /* bytes are expected, fed or thrown away */
    MLED_QUEUED,  /* suspended, waits for a worker */
    MLED_RUNNING, /* on a worker, or on the I/O thread */
    MLED_READY,   /* there is an answer */
    MLED_SENT,    /* the answer was handed to libmicrohttpd */
    MLED_STATES
};

enum mled_content {
    MLED_CONTENT_JSON, /* the order of enum mle_format */
    MLED_CONTENT_TEXT,
    MLED_CONTENT_CSV,
    MLED_CONTENT_PROBLEM,
    MLED_CONTENT_HTML,
    MLED_CONTENT_METRICS,
    MLED_CONTENTS
};

struct mled_answer {
    unsigned http;
    enum mled_content content;
    size_t n;
    const char *bytes; /* the call's, constant, or owned */
    char *owned;       /* freed with the request, NULL: none */
    bool close, etag, challenge, negotiated;
    unsigned retry_s;    /* 0: no Retry-After */
    unsigned allowed;    /* methods, for 405 */
    const char *caching; /* Cache-Control */
};

struct mled_request {
    atomic_uint references;
    atomic_int state; /* enum mled_state */
    struct mled_server *server;
    struct mled_listener *listener;
    struct MHD_Connection *mhd;
    struct mled_connection *connection;
    const struct mled_route *route; /* NULL: none was found */
    enum mled_method method;
    const char *if_none_match;

    struct mle_call_head head;
    struct mle_call *call; /* NULL for what the server answers itself */
    struct mle_budget budget;
    struct mle_stop stop;
    struct mle_task task;
    enum mle_lane lane;
    double cost_ns;

    enum mled_content likes; /* of a page for people: HTML, JSON or TEXT */
    bool counted;            /* in server->active */
    bool refused;            /* the answer is known, what comes of the body is thrown away */
    bool suspended;          /* the I/O thread's */
    uint64_t body_bytes, discard_bytes; /* received; most to throw away */
    int64_t discard_until_ns;
    int64_t feed_ns; /* the api has spent on the body as it came */
    int64_t arrived_ns, complete_ns, begun_ns, answered_ns;
    struct mled_answer answer;

    char id[68], key[64];
    struct mle_pair query[MLED_MAX_ARGUMENTS];
    char *more_text; /* what did not fit into text, owned, NULL: none */
    char text[256];  /* decoded path and query */
};

/* A record in state NEW with one reference, NULL without memory. */
struct mled_request *mled_request_create(struct mled_listener *listener, struct MHD_Connection *mhd,
                                         struct mled_connection *connection);
void mled_request_ref(struct mled_request *request);
void mled_request_unref(struct mled_request *request);

/* Checked against the table of allowed moves when asserts are on. */
void mled_request_move(struct mled_request *request, enum mled_state to);
enum mled_state mled_request_state(const struct mled_request *request);

/* Sets the answer: constant bytes, or the problem that err tells. */
void mled_answer_constant(struct mled_request *request, unsigned http, enum mled_content content,
                          size_t n, const char *bytes);
/* The same with a copy of the bytes; 500 without memory. */
void mled_answer_copy(struct mled_request *request, unsigned http, enum mled_content content,
                      size_t n, const char *bytes);
/* The same with bytes from malloc, which are the request's from now on; NULL: 500. */
void mled_answer_owned(struct mled_request *request, unsigned http, enum mled_content content,
                       size_t n, char *bytes);
void mled_answer_problem(struct mled_request *request, const struct mle_error *err);

#endif
