#include "server/reply.h"

#include "server/server.h"
#include "server/text.h"

#include <sodium.h>
#include <string.h>
#include <sys/socket.h>

enum { WRITE_SECONDS = 30, SLOWEST_BYTES_A_SECOND = 64 << 10 };

static const char *const content_types[MLED_CONTENTS] = {
    [MLED_CONTENT_JSON] = "application/json",
    [MLED_CONTENT_TEXT] = "text/plain; charset=utf-8",
    [MLED_CONTENT_CSV] = "text/csv; charset=utf-8",
    [MLED_CONTENT_PROBLEM] = "application/problem+json",
    [MLED_CONTENT_HTML] = "text/html; charset=utf-8",
    [MLED_CONTENT_METRICS] = "text/plain; version=0.0.4; charset=utf-8",
};

static void put_phase(struct mled_text *text, const char *name, int64_t ns)
{
    if (text->n > 0)
        mled_text_char(text, ',');
    mled_text_add(text, name);
    mled_text_add(text, ";dur=");
    mled_text_ms(text, ns);
}

static void add_timing(struct mled_request *request, struct MHD_Response *response)
{
    char value[160];
    struct mled_text text = mled_text_in(sizeof value, value);
    if (request->call) {
        struct mle_timing timing = mle_call_timing(request->call);
        put_phase(&text, "decode", request->feed_ns + timing.decode_ns);
        put_phase(&text, "queue", request->begun_ns ? request->begun_ns - request->complete_ns : 0);
        put_phase(&text, "compute", timing.compute_ns);
        put_phase(&text, "encode", timing.encode_ns);
    }
    put_phase(&text, "total", request->answered_ns - request->arrived_ns);
    MHD_add_response_header(response, "Server-Timing", mled_text_end(&text));
}

/* The validator is a hash of the bytes, so it changes with the build and the format too. */
static void make_etag(const struct mled_answer *answer, char tag[24])
{
    static const unsigned char key[crypto_shorthash_KEYBYTES] = "mled etag";
    unsigned char hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, (const unsigned char *)answer->bytes, answer->n, key);
    tag[0] = '"';
    sodium_bin2hex(tag + 1, 2 * sizeof hash + 1, hash, sizeof hash);
    tag[1 + 2 * sizeof hash] = '"';
    tag[2 + 2 * sizeof hash] = '\0';
}

static bool is_known(const char *if_none_match, const char *tag)
{
    return if_none_match && (*if_none_match == '*' || strstr(if_none_match, tag));
}

/* Where headers go: a response of libmicrohttpd, or (response NULL) text. */
struct headers {
    struct MHD_Response *response;
    struct mled_text *text;
};

static void add_header(struct headers *to, const char *name, const char *value)
{
    if (to->response) {
        MHD_add_response_header(to->response, name, value);
        return;
    }
    mled_text_add(to->text, name);
    mled_text_add(to->text, ": ");
    mled_text_add(to->text, value);
    mled_text_add(to->text, "\r\n");
}

/* The headers that every answer has. */
static void add_common(const struct mled_request *request, struct headers *to)
{
    add_header(to, "X-Request-Id", request->id);
    add_header(to, "X-Content-Type-Options", "nosniff");
    add_header(to, "Cache-Control", request->answer.caching);
}

/* The headers that only some answers have. */
static void add_rare(struct mled_request *request, struct headers *to)
{
    const struct mled_answer *answer = &request->answer;
    char value[192];
    struct mled_text text = mled_text_in(sizeof value, value);
    if (answer->content == MLED_CONTENT_HTML)
        add_header(to, "Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
    if (answer->close)
        add_header(to, "Connection", "close");
    if (answer->challenge)
        add_header(to, "WWW-Authenticate", "Bearer realm=\"mled\"");
    if (answer->allowed) {
        mled_router_allow(answer->allowed, sizeof value, value);
        add_header(to, "Allow", value);
    }
    if (answer->retry_s) {
        mled_text_number(&text, answer->retry_s, 1);
        add_header(to, "Retry-After", mled_text_end(&text));
    }
    if (answer->http == 415 && request->head.op) {
        text.n = 0;
        for (int i = MLE_MEDIA_NONE + 1; i < MLE_MEDIA_COUNT; i++) {
            if (!mle_op_takes(request->head.op, (enum mle_media)i))
                continue;
            mled_text_add(&text, text.n > 0 ? ", " : "");
            mled_text_add(&text, mle_media_name((enum mle_media)i));
        }
        add_header(to, "Accept", mled_text_end(&text));
    }
    if (request->head.strict)
        add_header(to, "Preference-Applied", "handling=strict");
}

static struct MHD_Response *make_response(struct mled_request *request, unsigned *http)
{
    struct mled_answer *answer = &request->answer;
    char tag[24];
    *http = answer->http;
    if (answer->etag) {
        make_etag(answer, tag);
        if (is_known(request->if_none_match, tag))
            *http = 304; /* libmicrohttpd sends its length, but no body (RFC 9110, 8.6) */
    }
    /* The cast is the signature's: persistent bytes are only read. */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->n, (void *)answer->bytes, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return NULL;
    if (*http != 304)
        MHD_add_response_header(response, "Content-Type", content_types[answer->content]);
    struct headers headers = { response, NULL };
    add_common(request, &headers);
    if (answer->negotiated)
        MHD_add_response_header(response, "Vary", "Accept");
    if (answer->etag)
        MHD_add_response_header(response, "ETag", tag);
    add_timing(request, response);
    add_rare(request, &headers);
    return response;
}

enum MHD_Result mled_reply_send(struct mled_request *request)
{
    unsigned http;
    request->answered_ns = mle_now_ns();
    if (atomic_load_explicit(&request->server->draining, memory_order_relaxed))
        request->answer.close = true;
    struct MHD_Response *response = make_response(request, &http);
    if (!response)
        return MHD_NO;
    mled_connection_due(request->connection,
                        request->answered_ns + WRITE_SECONDS * INT64_C(1000000000) +
                            (int64_t)(request->answer.n / SLOWEST_BYTES_A_SECOND) * 1000000000);
    enum MHD_Result result = MHD_queue_response(request->mhd, http, response);
    MHD_destroy_response(response);
    request->answer.http = http;
    if (http == 304)
        request->answer.n = 0;
    mled_request_move(request, MLED_SENT);
    return result;
}

void mled_reply_raw(struct mled_request *request)
{
    char bytes[32 << 10]; /* a problem and its headers */
    struct mled_text text = mled_text_in(sizeof bytes, bytes);
    mled_text_add(&text, "HTTP/1.1 ");
    mled_text_number(&text, request->answer.http, 3);
    mled_text_add(&text, " Refused\r\nContent-Type: application/problem+json\r\n");
    struct headers headers = { NULL, &text };
    request->answer.close = true;
    add_common(request, &headers);
    add_rare(request, &headers);
    mled_text_add(&text, "Content-Length: ");
    mled_text_number(&text, request->answer.n, 1);
    mled_text_add(&text, "\r\n\r\n");
    mled_text_put(&text, request->answer.n, request->answer.bytes);
    if (!text.cut && request->connection)
        (void)!send(request->connection->fd, text.bytes, text.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    request->answered_ns = mle_now_ns();
    mled_request_move(request, MLED_READY);
    mled_request_move(request, MLED_SENT);
}
