/* Writes JSON straight into bytes: no tree, no allocation per value. A document is a sequence of
   calls in the order of its text. Running out of room is kept: look once, at the end. One thread.
 */
#ifndef MLE_API_WRITE_H
#define MLE_API_WRITE_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mle_writer {
    char *bytes; /* n of them are written; no NUL at the end */
    size_t n, capacity;
    struct mle_budget *budget; /* borrowed, NULL: unlimited; the capacity is taken from it */
    unsigned depth;            /* open objects and arrays */
    bool pretty;
    bool fixed;      /* the bytes are the caller's and do not grow */
    bool failed;     /* sticky: what is written after it is dropped, bytes are a part only */
    bool limited;    /* it failed because of the limit, not because malloc did */
    bool need_comma; /* a value stands before, in the innermost object or array */
    bool after_key;  /* the next value belongs to the key just written */
};

/* Allocates nothing yet. Pretty documents have a line for each member and element, indented by two
   spaces, and end with a newline. */
void mle_write_init(struct mle_writer *writer, struct mle_budget *budget, bool pretty);

/* Writes into out[size] and never allocates; a longer document fails. */
void mle_write_init_fixed(struct mle_writer *writer, size_t size, char out[], bool pretty);

/* Frees the bytes and gives them back to the budget. Accepts a zeroed writer. */
void mle_write_finish(struct mle_writer *writer);

/* MLE_OK, and err as it was, unless the writer failed: MLE_MEMORY_LIMIT or MLE_NO_MEMORY. */
enum mle_status mle_write_status(const struct mle_writer *writer, struct mle_error *err);

void mle_write_begin_object(struct mle_writer *writer);
void mle_write_end_object(struct mle_writer *writer);
void mle_write_begin_array(struct mle_writer *writer);
void mle_write_end_array(struct mle_writer *writer);

/* The name of the member whose value comes next. */
void mle_write_key(struct mle_writer *writer, const char *name);

/* Text is UTF-8; every byte that is not becomes U+FFFD, so that the document is always valid. */
void mle_write_string(struct mle_writer *writer, const char *text);
void mle_write_stringn(struct mle_writer *writer, size_t n, const char text[]);

/* The shortest text that reads back as the same double; "Infinity", "-Infinity" or "NaN" (strings)
   for what JSON has no number for. */
void mle_write_number(struct mle_writer *writer, double value);

/* The same with null for NaN: a statistic that does not exist. */
void mle_write_number_or_null(struct mle_writer *writer, double value);

void mle_write_integer(struct mle_writer *writer, int64_t value);
void mle_write_boolean(struct mle_writer *writer, bool value);
void mle_write_null(struct mle_writer *writer);

/* A key and its value. */
void mle_write_member_string(struct mle_writer *writer, const char *name, const char *text);
void mle_write_member_number(struct mle_writer *writer, const char *name, double value);
void mle_write_member_number_or_null(struct mle_writer *writer, const char *name, double value);
void mle_write_member_integer(struct mle_writer *writer, const char *name, int64_t value);
void mle_write_member_bool(struct mle_writer *writer, const char *name, bool value);

#endif
