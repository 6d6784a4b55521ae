/* The rules that a request must pass before anything reads it. libmicrohttpd lets requests be
   smuggled (a blank before the colon, folded lines, two lengths, length and coding, ...), so the
   framing is judged here, from the headers it hands over, in one pass. */
#ifndef MLED_SERVER_GATE_H
#define MLED_SERVER_GATE_H

#include "core/base/status.h"
#include "server/router.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mled_header {
#define MLED_HEADER(name, text) MLED_HEADER_##name,
#include "server/headers.def"
#undef MLED_HEADER
    MLED_HEADERS
};

enum { MLED_MAX_HEADERS = 64, MLED_MAX_ARGUMENTS = 16, MLED_LISTED = 4 };

/* What the first lines of a request say; texts are libmicrohttpd's until the request has ended. */
struct mled_head {
    enum mled_method method;
    bool http_1_0;
    const char *value[MLED_HEADERS]; /* the first of each, NULL: absent */
    unsigned count[MLED_HEADERS];
    const char *accept[MLED_LISTED]; /* these may come in several lines */
    const char *prefer[MLED_LISTED];
    unsigned n_header, n_argument;
    struct {
        const char *name, *value; /* not decoded; value may be NULL */
        size_t n_name, n_value;
    } argument[MLED_MAX_ARGUMENTS];
    const char *fault; /* the first thing wrong with names and values, NULL: none */
    bool chunked, has_body;
    bool unframed;   /* the method has a body, but nothing says how long it is */
    uint64_t length; /* of the body if it is known, else 0 */
};

void mled_head_read(struct mled_head *head, struct MHD_Connection *connection, const char *method,
                    const char *version);

/* Length of a header value without the blanks behind it, which libmicrohttpd leaves there though
   they are no part of it (RFC 9110, 5.5). Where they decide how a body is framed they are judged as
   they stand, because that is how libmicrohttpd read them. */
size_t mled_value_length(const char *value);

/* Rules of framing; a request that fails is answered at once and its connection closed, because
   nobody can tell where the next one begins. Sets has_body, chunked and length. needs_body: the
   route of a POST reads one. */
enum mle_status mled_gate_framing(struct mled_head *head, bool needs_body, struct mle_error *err);

/* Whether Host names this service. hosts is --allowed-hosts, "" for none; on a loopback address
   only its names pass then, which keeps web pages of strangers out (DNS rebinding). */
enum mle_status mled_gate_host(const struct mled_head *head, const char *hosts, bool loopback,
                               struct mle_error *err);

/* The short name of a type of bodies, "json" or "csv"; NULL for none. */
const char *mled_gate_media_word(enum mle_media media);

/* Expect, Content-Encoding and Content-Type of a body; sets media. op NULL: no body is read. */
enum mle_status mled_gate_body(const struct mled_head *head, const struct mle_op *op,
                               enum mle_media *media, struct mle_error *err);

#endif
