/* Writes JSON straight into bytes: no tree, no allocation per value. A document is a sequence of
   calls in the order of its text. Failure (no memory) is kept: look once, at the end. */
#ifndef MLE_API_WRITE_H
#define MLE_API_WRITE_H

#include "core/base/memory.h"
#include "core/base/status.h"

#include <jansson.h>
#include <stdint.h>

enum { MLE_WRITER_MAX_DEPTH = 64 };

struct mle_writer {
    struct mle_buffer buffer;
    bool fixed;            /* the bytes are the caller's and do not grow */
    bool pretty;           /* a line for each member, indented by two spaces */
    bool after_key, first; /* of the innermost object or array */
    unsigned depth;
    uint64_t is_flat; /* bit d: the array at depth d stays on one line, even when pretty */
};

/* Grows against budget (borrowed, NULL: unlimited). */
void mle_writer_init(struct mle_writer *writer, struct mle_budget *budget, bool pretty);

/* Writes into out[size]; a document that is longer has failed. */
void mle_writer_init_fixed(struct mle_writer *writer, size_t size, char out[], bool pretty);

/* Frees the bytes. Accepts a zeroed writer. */
void mle_writer_finish(struct mle_writer *writer);

/* Forgets what was written, keeps the memory. */
void mle_writer_restart(struct mle_writer *writer);

bool mle_writer_failed(const struct mle_writer *writer);
/* The status of a failed writer with a text for err: MLE_MEMORY_LIMIT or MLE_NO_MEMORY. MLE_OK, and
   err as it was, if it has not failed. */
enum mle_status mle_writer_status(const struct mle_writer *writer, struct mle_error *err);
const char *mle_writer_bytes(const struct mle_writer *writer); /* until finish; no NUL at the end */
size_t mle_writer_length(const struct mle_writer *writer);

/* Objects and arrays. A list of plain values is begun by mle_write_begin_list: pretty documents
   keep it on one line. Ended by mle_write_end_array. */
void mle_write_begin_object(struct mle_writer *writer);
void mle_write_end_object(struct mle_writer *writer);
void mle_write_begin_array(struct mle_writer *writer);
void mle_write_begin_list(struct mle_writer *writer);
void mle_write_end_array(struct mle_writer *writer);

/* The name of the member whose value comes next. Most are literals: their length is known when this
   is compiled, and so is that they need no escapes. */
void mle_write_any_key(struct mle_writer *writer, const char *name);
void mle_write_plain_key(struct mle_writer *writer, size_t n, const char name[]);
static inline __attribute__((always_inline)) void mle_write_key(struct mle_writer *writer,
                                                                const char *name)
{
    if (__builtin_constant_p(__builtin_strlen(name)) && !__builtin_strchr(name, '"') &&
        !__builtin_strchr(name, '\\'))
        mle_write_plain_key(writer, __builtin_strlen(name), name);
    else
        mle_write_any_key(writer, name);
}

/* Values. Text is UTF-8; a byte that is not becomes U+FFFD, so that the document is always valid. A
   number is written as the shortest text that reads back as the same double; one that is not finite
   as the string "Infinity", "-Infinity" or "NaN". */
void mle_write_string(struct mle_writer *writer, const char *text);
void mle_write_text(struct mle_writer *writer, size_t n, const char text[]);
void mle_write_number(struct mle_writer *writer, double value);
void mle_write_integer(struct mle_writer *writer, int64_t value);
void mle_write_bool(struct mle_writer *writer, bool value);
void mle_write_null(struct mle_writer *writer);
void mle_write_json(struct mle_writer *writer, const json_t *value); /* NULL: null */

/* The number, or null if it is not finite: for a statistic that does not exist. */
void mle_write_number_or_null(struct mle_writer *writer, double value);

/* A list of n numbers, each stride apart. */
void mle_write_numbers(struct mle_writer *writer, size_t n, size_t stride, const double x[]);

/* Members: a key and its value. */
static inline void mle_write_member_string(struct mle_writer *writer, const char *name,
                                           const char *text)
{
    mle_write_key(writer, name);
    mle_write_string(writer, text);
}

static inline void mle_write_member_number(struct mle_writer *writer, const char *name,
                                           double value)
{
    mle_write_key(writer, name);
    mle_write_number(writer, value);
}

static inline void mle_write_member_number_or_null(struct mle_writer *writer, const char *name,
                                                   double value)
{
    mle_write_key(writer, name);
    mle_write_number_or_null(writer, value);
}

static inline void mle_write_member_integer(struct mle_writer *writer, const char *name,
                                            int64_t value)
{
    mle_write_key(writer, name);
    mle_write_integer(writer, value);
}

static inline void mle_write_member_bool(struct mle_writer *writer, const char *name, bool value)
{
    mle_write_key(writer, name);
    mle_write_bool(writer, value);
}

static inline void mle_write_member_null(struct mle_writer *writer, const char *name)
{
    mle_write_key(writer, name);
    mle_write_null(writer);
}

#endif
