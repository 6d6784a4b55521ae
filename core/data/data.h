/* The rows: immutable columns of equal length, reference counted, shared by requests without a
   copy. Built by a decoder through mle_builder, then never changed again. */
#ifndef MLE_CORE_DATA_DATA_H
#define MLE_CORE_DATA_DATA_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include <stdint.h>

enum mle_column_type {
    MLE_FLOAT64,     /* numbers; NaN is a missing value, infinities cannot occur */
    MLE_BOOLEAN,     /* 0 or 1 in values; NaN is missing */
    MLE_CATEGORICAL, /* codes into levels; MLE_MISSING_CODE is missing */
};

#define MLE_MISSING_CODE UINT32_MAX

struct mle_column {
    const char *name;
    enum mle_column_type type;
    size_t n;
    size_t missing;        /* how many of the n are missing */
    const double *values;  /* [n], float64 and boolean; NULL for categorical */
    const uint32_t *codes; /* [n], categorical; index into levels */
    size_t n_level;
    const char *const *levels; /* [n_level], sorted by bytes (strcmp), no two alike */
};

struct mle_data {
    size_t n; /* rows */
    size_t n_column;
    const struct mle_column *column; /* [n_column], in the order in which they came */
    size_t bytes;                    /* what the columns occupy */
};

/* Another reference to the same data; any thread. */
const struct mle_data *mle_data_ref(const struct mle_data *data);

/* Gives a reference back; the last one frees. NULL is allowed. Any thread. */
void mle_data_unref(const struct mle_data *data);

/* The column of that name, NULL if there is none. */
const struct mle_column *mle_data_find(const struct mle_data *data, const char *name);

/* --- building --------------------------------------------------------------------------------- */

struct mle_texts;

/* Decided by the first value that is not missing. */
enum mle_column_kind { MLE_UNDECIDED, MLE_NUMBERS, MLE_TRUTHS, MLE_STRINGS };

/* One column under construction. While kind is MLE_NUMBERS a decoder may write finite numbers
   straight into values[n..capacity) and advance n; mle_builder_room gives more room. Everything
   else goes through the calls below. */
struct mle_column_builder {
    const char *name; /* valid until the next column is added */
    enum mle_column_kind kind;
    double *values;  /* [capacity], numbers and truth values */
    uint32_t *codes; /* [capacity], strings: numbers in texts */
    size_t n;        /* values so far; an undecided column stores none of its missing ones */
    size_t capacity; /* elements that may be written: their bytes are taken from the budget */
    size_t reserved; /* elements allocated; pages behind capacity were never touched */
    size_t missing;
    struct mle_texts *texts; /* strings only */
};

struct mle_builder {
    struct mle_budget *budget; /* borrowed; bytes of the columns are taken from it */
    size_t n_column;
    struct mle_column_builder *column; /* [n_column], moves when a column is added */
    size_t column_capacity;
    struct mle_texts *names; /* number i is the name of column i */
    size_t max_columns;
    size_t max_rows; /* may be changed between two calls */
};

/* Limits of 0 mean none. Allocates nothing yet. */
void mle_builder_init(struct mle_builder *builder, struct mle_budget *budget, size_t max_columns,
                      size_t max_rows);
void mle_builder_finish(struct mle_builder *builder); /* frees what was not turned into data */

/* Index of a new column; the name is copied. MLE_INVALID_DATA, with the code of the fault, when the
   name is taken ("duplicate_column"), empty or longer than 128 bytes ("column_name"), or when there
   are too many columns ("too_many_columns"). */
enum mle_status mle_builder_add_column(struct mle_builder *builder, size_t n_name, const char *name,
                                       size_t *index, struct mle_error *err);

/* Index of the column of that name, SIZE_MAX if there is none. */
size_t mle_builder_find(const struct mle_builder *builder, size_t n_name, const char *name);

/* Makes room for at least one more number and so decides an undecided column. Memory grows by half
   of itself; large columns move pages instead of copying, and the budget pays for what is written
   (at most an eighth more), not for what is reserved. Fails like the calls below. */
enum mle_status mle_builder_room(struct mle_builder *builder, struct mle_column_builder *column,
                                 struct mle_error *err);

/* One more value; a number must be finite. A column holds numbers, truth values or strings, not a
   mixture: otherwise MLE_INVALID_DATA with a fault at the row, code "type_mismatch". More than
   max_rows: MLE_INVALID_DATA, code "too_many_rows". MLE_MEMORY_LIMIT, MLE_NO_MEMORY. */
enum mle_status mle_builder_number(struct mle_builder *builder, struct mle_column_builder *column,
                                   double value, struct mle_error *err);
enum mle_status mle_builder_truth(struct mle_builder *builder, struct mle_column_builder *column,
                                  bool value, struct mle_error *err);
enum mle_status mle_builder_string(struct mle_builder *builder, struct mle_column_builder *column,
                                   size_t n, const char *text, struct mle_error *err);
enum mle_status mle_builder_missing(struct mle_builder *builder, struct mle_column_builder *column,
                                    struct mle_error *err);

/* Appends missing values until the column has rows values (for row-wise input, where a member may
   be absent). */
enum mle_status mle_builder_pad(struct mle_builder *builder, struct mle_column_builder *column,
                                size_t rows, struct mle_error *err);

/* Turns the columns into immutable data (a new reference) and empties the builder: levels are
   sorted, columns of unequal length are MLE_INVALID_DATA, code "ragged", with the row where the
   shorter one ends. A column with nothing but missing values is float64. The bytes stay taken from
   the builder's budget until the last reference is gone, so that must live as long. */
enum mle_status mle_builder_data(struct mle_builder *builder, const struct mle_data **data,
                                 struct mle_error *err);

#endif
