/* The door of the service without HTTP: bytes of a request in, bytes of a document out. Used by
   the server, the tests and the fuzzers alike.

   A call lives in four steps: mle_call_create when the head of a request is known, mle_call_feed
   for each chunk of its body as it arrives (numbers go straight into columns), mle_call_run once
   the body is complete, mle_call_destroy. Feeding and running may happen on different threads, one
   after the other. Running is pure: it may be stopped and run again. */
#ifndef MLE_API_API_H
#define MLE_API_API_H

#include "core/base/arena.h"
#include "core/base/pool.h"
#include "core/base/status.h"
#include "core/base/stop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- what can be asked (ops.def) ------------------------------------------------------------ */

struct mle_op; /* one row of ops.def */

const struct mle_op *mle_op_find(const char *name); /* "fit", "evaluate", "families", ... or NULL */
const char *mle_op_name(const struct mle_op *op);

/* Media types of bodies; each names one decoder. */
enum mle_media {
    MLE_MEDIA_NONE, /* no body */
    MLE_MEDIA_JSON, /* application/json */
    MLE_MEDIA_CSV,  /* text/csv */
    MLE_MEDIA_COUNT
};

/* Media types of answers, all UTF-8. */
enum mle_format {
    MLE_FORMAT_JSON, /* application/json */
    MLE_FORMAT_TEXT, /* text/plain: a summary for a terminal */
    MLE_FORMAT_CSV,  /* text/csv: the estimates table */
    MLE_FORMAT_COUNT
};

const char *mle_media_name(enum mle_media media);    /* "application/json"; NULL for none */
const char *mle_format_name(enum mle_format format); /* "text/plain" */

/* Whether the operation reads bodies of this type / answers in this format. */
bool mle_op_takes(const struct mle_op *op, enum mle_media media);
bool mle_op_answers(const struct mle_op *op, enum mle_format format);

/* --- limits, the same for every call of a process ------------------------------------------- */

struct mle_limits {
    size_t max_document_bytes; /* the body without its data: what becomes a tree; 1 MiB */
    size_t max_rows, max_columns, max_cells;
    size_t max_answer_numbers; /* per-row numbers of an evaluation at several points */
    unsigned max_depth;        /* of nesting in JSON; 32 */
    double max_deadline_seconds;
};

extern const struct mle_limits mle_limits_default;

/* --- a call ---------------------------------------------------------------------------------- */

struct mle_pair {
    const char *name, *value; /* percent-decoded, UTF-8, no NUL inside */
};

/* What is known before the body. Everything is borrowed until mle_call_destroy. */
struct mle_call_head {
    const struct mle_op *op;
    enum mle_media media;
    enum mle_format format;
    bool pretty;      /* indent JSON by two spaces */
    bool strict;      /* no_mle and not_converged become errors */
    const char *name; /* the last segment of a path like /v1/families/{name}, or NULL */
    size_t n_query;
    const struct mle_pair *query; /* without "pretty" */
    size_t length_hint_bytes;     /* Content-Length, 0 if not known */
};

struct mle_env {
    struct mle_pool *pool;           /* for parallel work inside one call; NULL: one thread */
    const struct mle_limits *limits; /* borrowed */
};

/* Bytes of an answer; they belong to the call and live until it is destroyed or run again. */
struct mle_document {
    size_t n;
    const char *bytes;
    enum mle_format format;
};

struct mle_call;

/* NULL with err set on failure. All memory of the call is taken from budget (borrowed until
   destroy). The limits are borrowed. */
struct mle_call *mle_call_create(const struct mle_call_head *head, const struct mle_limits *limits,
                                 struct mle_budget *budget, struct mle_error *err);

/* Next bytes of the body. Work is linear in n, nothing else. After a failure the first error is
   kept (mle_call_run answers it) and the rest of the body is discarded. */
void mle_call_feed(struct mle_call *call, size_t n, const char bytes[]);

/* Whether feeding has failed already, so that more body is not worth reading. */
bool mle_call_failed(const struct mle_call *call);

/* After the last byte: estimated CPU time of mle_call_run in nanoseconds, for admission. */
double mle_call_cost_ns(const struct mle_call *call);

/* Does the work. On MLE_OK the document is set; otherwise err is. stop (NULL: never) ends it
   early: MLE_CANCELLED or MLE_DEADLINE, or a document that says so. The deadline the client asked
   for is added to stop by the call. May be called again after it returned. */
enum mle_status mle_call_run(struct mle_call *call, const struct mle_env *env,
                             struct mle_stop *stop, struct mle_document *document,
                             struct mle_error *err);

/* How long the phases of the last run took, for Server-Timing; 0 for a phase that did not run. */
struct mle_timing {
    int64_t decode_ns, compute_ns, encode_ns;
};
struct mle_timing mle_call_timing(const struct mle_call *call);

/* What the log and the metrics may say of a call: counts and names from tables, never data. */
struct mle_call_facts {
    const char *family;  /* from families.def or models.def, "" if there is none */
    const char *outcome; /* "converged", "no_mle", ...; "" if there is none */
    const char *verdict; /* "interior", "unbounded", ...; "" if there is none */
    size_t rows;
    uint64_t iterations, evaluations; /* of the likelihood */
};
struct mle_call_facts mle_call_facts(const struct mle_call *call);

/* The i-th word that a fact of this kind can be, NULL behind the last. */
enum mle_fact { MLE_FACT_FAMILY, MLE_FACT_STATUS, MLE_FACT_VERDICT };
const char *mle_fact_word(enum mle_fact fact, size_t i);

void mle_call_destroy(struct mle_call *call); /* NULL is allowed */

/* --- errors as documents (problems.def) ------------------------------------------------------ */

/* Rows of problems.def: enum mle_problem { MLE_PROBLEM_NONE, ... }. Each core
   status has its problem; the rest is used by api and server through mle_problem_fail. */
enum mle_problem {
    MLE_PROBLEM_NONE,
#define MLE_PROBLEM(name, ...) MLE_PROBLEM_##name,
#include "api/problems.def"
#undef MLE_PROBLEM
    MLE_PROBLEM_COUNT
};

/* Starts an error of that problem (status MLE_INVALID_MODEL or what fits); like mle_fail. */
enum mle_status mle_problem_fail(struct mle_error *err, enum mle_problem problem,
                                 const char *format, ...) __attribute__((format(printf, 3, 4)));

enum mle_problem mle_problem_of(const struct mle_error *err);
unsigned mle_problem_http(enum mle_problem problem);      /* 422 */
const char *mle_problem_slug(enum mle_problem problem);   /* "invalid-data" */
const char *mle_problem_title(enum mle_problem problem);  /* "The data cannot be used ..." */
const char *mle_problem_about(enum mle_problem problem);  /* what it means, for people */
const char *mle_problem_advice(enum mle_problem problem); /* what to do */

/* Writes application/problem+json for err into out, cut to whole faults that fit (size >= 4096).
   Returns the number of bytes. request_id may be NULL. */
size_t mle_problem_write(const struct mle_error *err, const char *request_id, bool pretty,
                         size_t size, char out[]);

#endif
