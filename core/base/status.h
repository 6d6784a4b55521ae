/* Why something could not be done, and the record that says where.

   "Could not do it" is a status; how an optimisation ended is not (see core/opt/optimizer.h): a fit
   that stops at its iteration limit is an answer with MLE_OK. */
#ifndef MLE_CORE_BASE_STATUS_H
#define MLE_CORE_BASE_STATUS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, text): the only list of failures of core. */
#define MLE_STATUS_MAP(X)                                                                          \
    X(OK, "ok")                                                                                    \
    X(INVALID_MODEL, "the model specification is not valid")                                       \
    X(INVALID_OPTION, "an option is out of its range")                                             \
    X(INVALID_DATA, "the data cannot be used with this model")                                     \
    X(OUTSIDE_SUPPORT, "values lie outside the support of the distribution")                       \
    X(NO_DATA, "no row is left to learn from")                                                     \
    X(INCOMPARABLE, "the models cannot be compared")                                               \
    X(EXPRESSION, "the expression is not valid")                                                   \
    X(MEMORY_LIMIT, "the request needs more memory than it may use")                               \
    X(NO_MEMORY, "the process is out of memory")                                                   \
    X(CANCELLED, "the work was cancelled")                                                         \
    X(DEADLINE, "the deadline passed before anything could be computed")                           \
    X(INTERNAL, "internal error")

enum mle_status {
#define MLE_STATUS_ENUM(name, text) MLE_##name,
    MLE_STATUS_MAP(MLE_STATUS_ENUM)
#undef MLE_STATUS_ENUM
};

/* At most this many faults are listed; faults_total counts all of them. */
#define MLE_MAX_FAULTS 20

/* One place that is wrong. A fault in the data has a row (and a column where there is one) and an
   empty pointer: only the decoder knows how the row was spelled. A fault in the specification has
   a JSON Pointer into the request, whose members are the fields of the specification. */
struct mle_fault {
    char pointer[192];
    char column[64];       /* name of the column, "" if none */
    char code[32];         /* snake_case, stable */
    char detail[192];      /* one sentence without a full stop */
    char did_you_mean[64]; /* the word that was probably meant, "" if none */
    int64_t row;           /* from 0, -1: none */
    int64_t line;          /* of a text body, from 1, 0: none */
    int64_t column_number; /* of a text body, from 1, 0: none */
    int64_t byte;          /* offset in the body, -1: none */
};

/* Caller's memory, no allocation. Valid only after a call returned something else than MLE_OK. */
struct mle_error {
    enum mle_status status;
    int problem;    /* refines the status for the layer above core; 0: the status says it all */
    char text[320]; /* one sentence for a person */
    char hint[320]; /* what to try, "" if nothing is known */
    size_t faults_total;
    unsigned n_fault;
    struct mle_fault fault[MLE_MAX_FAULTS];
};

/* Constant strings; "?" for a value that is not in the list. */
const char *mle_status_name(enum mle_status status);
const char *mle_status_text(enum mle_status status);

/* Starts an error: sets status and text (printf format; what is no UTF-8 in it, as half a character
   behind %.64s, is left out), clears faults and hint. err may be NULL.
   Returns status, so that callers can write: return mle_fail(err, MLE_NO_DATA, "..."). */
enum mle_status mle_fail(struct mle_error *err, enum mle_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same without a text. err may be NULL. */
void mle_error_begin(struct mle_error *err, enum mle_status status);

/* Adds a fault with a pointer into the specification. Counts it even when the list is full. */
void mle_fault_at(struct mle_error *err, const char *pointer, const char *code, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));

/* Adds a fault at one row of the data; column may be NULL. */
void mle_fault_row(struct mle_error *err, size_t row, const char *column, const char *code,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Names the word that was probably meant at the fault added last (if it is listed); word may be
   NULL: none. err may be NULL. */
void mle_did_you_mean(struct mle_error *err, const char *word);

/* Sets the hint. err may be NULL. */
void mle_hint(struct mle_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies text, cut at the last whole UTF-8 character that fits, and ends it with NUL. size > 0. */
void mle_copy_text(size_t size, char *to, const char *text);

/* SETS out to the JSON Pointer base + "/" + name, ~ and / in name escaped (RFC 6901), cut if it
   does not fit. size > strlen(base). */
void mle_pointer(size_t size, char out[], const char *base, const char *name);

/* Early return on failure. Safe only where arenas leave nothing to clean up. */
#define MLE_TRY(call)                                                                              \
    do {                                                                                           \
        enum mle_status try_status_ = (call);                                                      \
        if (try_status_ != MLE_OK)                                                                 \
            return try_status_;                                                                    \
    } while (0)

#endif
