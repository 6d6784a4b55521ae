/* A push scanner of JSON text (RFC 8259): fed chunks that may be cut anywhere, it checks the whole
   grammar, knows where it is, and tells a consumer what it sees. It builds nothing, allocates
   nothing, and its answers do not depend on where the chunks are cut.

   Used by decode_json.c alone. */
#ifndef MLE_API_SCAN_JSON_H
#define MLE_API_SCAN_JSON_H

#include "api/number.h"
#include "core/base/memory.h"
#include "core/base/status.h"

struct mle_column_builder;

enum { MLE_JSON_MAX_DEPTH = 64, MLE_JSON_MAX_KEY = 128, MLE_JSON_MAX_STRING = 4096 };

enum mle_json_word { MLE_JSON_NULL, MLE_JSON_FALSE, MLE_JSON_TRUE };

/* What the consumer is told, in the order of the text. false stops the scanner for good; the
   consumer has set the error then. Texts are decoded, without NUL, and valid during the call.
   scan->at is the first byte of what is opened, and the first byte behind everything else. */
struct mle_json_events {
    bool (*open)(void *ctx, char bracket);  /* '{' or '[' */
    bool (*close)(void *ctx, char bracket); /* '}' or ']' */
    bool (*key)(void *ctx, size_t n, const char *text);
    bool (*string)(void *ctx, size_t n, const char *text); /* text NULL unless keep_strings */
    bool (*long_string)(void *ctx); /* with keep_strings: more than MLE_JSON_MAX_STRING bytes */
    bool (*number)(void *ctx, double value, size_t n, const char *text);
    bool (*word)(void *ctx, enum mle_json_word word);
};

struct mle_json_scan {
    const struct mle_json_events *events;
    void *ctx;
    struct mle_error *err; /* borrowed */
    unsigned max_depth;    /* <= MLE_JSON_MAX_DEPTH */

    /* Set by the consumer. */
    bool keep_strings;                  /* it wants the text of strings that are values */
    struct mle_column_builder *numbers; /* inside an array of this column: numbers go there while
                                           there is room, without an event */
    size_t underflows;                  /* numbers that became 0 */

    /* The copy of the text without its data. */
    struct mle_buffer *copy; /* NULL: not copying now */
    const char *run;         /* first byte of the chunk that has not been copied yet */

    /* Where it is. */
    const char *chunk, *at, *end;
    const char *direct_end;   /* a number that begins before it ends inside the chunk */
    uint64_t chunk_byte;      /* offset of the chunk in the body */
    uint64_t line, line_byte; /* lines from 1, offset of the first byte of the line */
    uint64_t continuations;   /* bytes of the line that are not the first of their character */

    /* The grammar. */
    unsigned char state; /* enum state of scan_json.c */
    unsigned depth;
    bool is_object[MLE_JSON_MAX_DEPTH + 1];

    /* The token under way. */
    bool is_key, keep;
    unsigned char escape;              /* place inside an escape, 0 outside */
    unsigned char utf8_more;           /* bytes that the character still needs */
    unsigned char utf8_low, utf8_high; /* range of the next one */
    uint32_t unit, high_surrogate;
    const char *word; /* rest of true, false or null */
    enum mle_json_word word_value;
    size_t n_token;
    char token[MLE_JSON_MAX_STRING + MLE_NUMBER_SLACK + 1];
};

/* err and ctx are borrowed as long as the scanner is used. */
void mle_json_scan_init(struct mle_json_scan *scan, const struct mle_json_events *events, void *ctx,
                        unsigned max_depth, struct mle_error *err);

/* The next chunk. false after a failure; err is set then. Linear in n. */
bool mle_json_scan_feed(struct mle_json_scan *scan, size_t n, const char bytes[]);

/* The end of the body: false, and err set, unless it was one whole object. */
bool mle_json_scan_end(struct mle_json_scan *scan);

/* For the consumer, within an event: begins to copy the raw text into buffer from scan->at on, and
   ends that. When the buffer cannot grow, its failed is set and copying goes on in vain. */
void mle_json_scan_copy(struct mle_json_scan *scan, struct mle_buffer *buffer);
void mle_json_scan_stop_copy(struct mle_json_scan *scan);

/* Sets a malformed-json error at p, a byte of the current line in this chunk (or just behind it).
   Returns false. */
bool mle_json_scan_fail(struct mle_json_scan *scan, const char *p, const char *code,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The position of p for a fault that the consumer has added last. */
void mle_json_scan_place(const struct mle_json_scan *scan, const char *p);

#endif
