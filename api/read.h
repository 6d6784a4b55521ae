/* Reading of members by table: one row per member says its name, kind and range, and where its
   value goes. The same table reads a JSON object and a query string.

   All that is wrong is collected: first the members nobody reads, and if there are none, every bad
   or missing value. The target may be partly filled after a failure. */
#ifndef MLE_API_READ_H
#define MLE_API_READ_H

#include "api/api.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The type behind the offset stands in parentheses. */
enum mle_field_kind {
    MLE_FIELD_STRING, /* (const char *) borrowed from the object or the query */
    MLE_FIELD_REAL,   /* (double) above < value <= most */
    MLE_FIELD_COUNT,  /* (int64_t) least <= value <= most; 5.0 is 5 */
    MLE_FIELD_BOOL,   /* (bool) */
    MLE_FIELD_WORD,   /* (int) index of the word in "a|b|c" */
    MLE_FIELD_WORDS,  /* (unsigned) list of words as a set of bits, at most 32 words */
    MLE_FIELD_JSON    /* (const json_t *) anything but null; see mle_read_query_release */
};

/* Ranges are taken literally: a number without a limit has above -INFINITY and most INFINITY.
   Those of a COUNT are exact up to 2^53. */
struct mle_field {
    const char *name;
    enum mle_field_kind kind;
    size_t offset; /* of the value in the target */
    bool required;
    const char *words;         /* WORD, WORDS: "a|b|c" */
    double above, least, most; /* REAL: above, most; COUNT: least, most */
};

/* Reads the members of object into target; those not given stay untouched. null is the same as not
   given, and so is an object that is NULL (or null where pointer is not ""). pointer is the JSON
   Pointer of the object ("/options"). Bad values fail with the problem wrong, members without a
   field with MLE_PROBLEM_UNKNOWN_MEMBER. The object must outlive the target. arena is scratch for
   the time of the call. */
enum mle_status mle_read_object(const json_t *object, const char *pointer, size_t n_field,
                                const struct mle_field field[], enum mle_problem wrong,
                                struct mle_arena *arena, void *target, struct mle_error *err);

/* The same for arguments, whose text is converted by the kind of the field: WORDS are separated by
   commas, JSON is JSON or else a string. Faults point at "?name". The query must outlive the
   target. JSON values are new references: they must be NULL before, and on MLE_OK the caller gives
   them back with mle_read_query_release (nothing to do in a table without JSON). */
enum mle_status mle_read_query(size_t n, const struct mle_pair query[], size_t n_field,
                               const struct mle_field field[], enum mle_problem wrong,
                               struct mle_arena *arena, void *target, struct mle_error *err);

/* Gives back the JSON values of mle_read_query and sets them to NULL. Never for a target that
   mle_read_object has filled: its values are borrowed. */
void mle_read_query_release(size_t n_field, const struct mle_field field[], void *target);

/* base + "/" + name, with ~ and / in name escaped, cut at a whole character. size > 0; out must
   not overlap base or name. */
void mle_pointer(size_t size, char out[], const char *base, const char *name);

#endif
