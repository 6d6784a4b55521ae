/* Readers of the request's document: tables of fields say which members an object may have, what
   they must be and where their values go. One table reads, checks and reports; nothing else knows
   the names.

       static const struct mle_field fields[] = {
           { "tolerance", MLE_FIELD_NUMBER, offsetof(struct options, tolerance),
             .low = 0, .high = 0.01, .ends = MLE_LOW_OPEN },
           { "method", MLE_FIELD_WORD, offsetof(struct options, method), .words = methods },
       };
       static const struct mle_field_table table = MLE_FIELD_TABLE("options",
                                                                   MLE_PROBLEM_INVALID_OPTION,
   fields);
       ...
       MLE_TRY(mle_read_object(&table, object, &path, arena, &options, err));

   All faults of an object are listed, not only the first. A member that is absent leaves its target
   as it was, so defaults are set before. Texts are borrowed from the document. */
#ifndef MLE_API_READ_H
#define MLE_API_READ_H

#include "api/api.h"

#include <jansson.h>

/* --- where a value stands in the request ------------------------------------------------------ */

/* A step of a JSON Pointer, on the stack of whoever reads; NULL is the root. */
struct mle_path {
    const struct mle_path *up;
    const char *name; /* NULL: an element of an array */
    size_t index;
};

#define MLE_PATH(up, name)        (&(const struct mle_path){ (up), (name), 0 })
#define MLE_PATH_INDEX(up, index) (&(const struct mle_path){ (up), NULL, (index) })

/* The pointer as text ("/model/bounds/shape/0"), cut to whole steps that fit. Returns out. */
char *mle_path_text(const struct mle_path *path, size_t size, char out[]);

/* Adds a fault at the path. If err has no fault yet (or is none), it becomes an error of that
   problem first, with the detail as its text. To be called on an err that was cleared by
   mle_faults_begin. */
void mle_faults_begin(struct mle_error *err);
void mle_fault_path(struct mle_error *err, enum mle_problem problem, const struct mle_path *path,
                    const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The same for a pointer that is text already. */
void mle_fault_pointer(struct mle_error *err, enum mle_problem problem, const char *pointer,
                       const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* MLE_OK if no fault was added since mle_faults_begin, otherwise the status of the error. */
enum mle_status mle_faults_end(const struct mle_error *err);

/* --- fields ----------------------------------------------------------------------------------- */

/* The target of each kind, at offset in the record that is read into. */
enum mle_field_kind {
    MLE_FIELD_TEXT,    /* const char *: a string that is not empty */
    MLE_FIELD_TEXTS,   /* struct mle_text_list: a list of strings, or one string */
    MLE_FIELD_NUMBER,  /* double */
    MLE_FIELD_INTEGER, /* int64_t: 5 and 5.0, not 5.5; within +-2^53 unless the range says less */
    MLE_FIELD_BOOLEAN, /* bool */
    MLE_FIELD_WORD,    /* int: index into words */
    MLE_FIELD_WORDS,   /* unsigned: bit i for words[i], from a list of words, or one word */
    MLE_FIELD_NUMBERS, /* struct mle_named_numbers: an object of numbers, nested or not */
    MLE_FIELD_JSON,    /* const json_t *: any value, borrowed from the document */
    MLE_FIELD_IGNORED, /* no target: read elsewhere ("data"), or by a second table */
};

/* Which ends of the range [low, high] do not belong to it. low = high = 0: no range. */
enum { MLE_LOW_OPEN = 1, MLE_HIGH_OPEN = 2 };

struct mle_field {
    const char *name;
    enum mle_field_kind kind;
    size_t offset;
    bool required;
    bool nullable;    /* null is the same as absent */
    double low, high; /* -INFINITY and INFINITY for one-sided ranges */
    unsigned ends;
    bool is_name;             /* JSON: in a query, digits are the name of a column and no number */
    const char *const *words; /* NULL at the end */
};

struct mle_field_table {
    const char *what; /* "options": the name of the member it reads, "" for the request itself */
    enum mle_problem problem; /* of wrong values */
    size_t n;
    const struct mle_field *fields;
};

#define MLE_FIELD_TABLE(what, problem, fields)                                                     \
    {                                                                                              \
        (what), (problem), sizeof(fields) / sizeof *(fields), (fields)                             \
    }

struct mle_text_list {
    size_t n;
    const char *const *text; /* [n], in the arena */
};

/* {"mean": [1, 2], "weights": [..], "components": [{"mu": 0}]} as mean[0], mean[1], weights[0],
   components[0].mu, in the order of the document: the names that estimates have. */
struct mle_named_numbers {
    size_t n;
    const struct mle_named_number {
        const char *name;    /* in the arena, or the key itself */
        double value;        /* "Infinity" and "-Infinity" are taken too; the reader checks */
        const char *pointer; /* where it stands, in the arena */
    } * item;                /* [n], in the arena */
};

/* Reads object (which must be one; NULL or null counts as empty) into target. Fails with the first
   fault's problem and lists all: "unknown_member" (unknown-member, with did_you_mean), "required",
   "type", "range", "word" (the table's problem). path is where the object stands. */
enum mle_status mle_read_object(const struct mle_field_table *table, const json_t *object,
                                const struct mle_path *path, struct mle_arena *arena, void *target,
                                struct mle_error *err);

/* The parts of the above, for values that stand outside tables. Each adds a fault and returns false
   when the value is not what is wanted; out is untouched then. */
bool mle_read_number(const json_t *value, const struct mle_path *path, enum mle_problem problem,
                     double *out, struct mle_error *err);
bool mle_read_integer(const json_t *value, const struct mle_path *path, enum mle_problem problem,
                      int64_t low, int64_t high, int64_t *out, struct mle_error *err);
bool mle_read_text(const json_t *value, const struct mle_path *path, enum mle_problem problem,
                   const char **out, struct mle_error *err);
bool mle_read_numbers(const json_t *value, const struct mle_path *path, enum mle_problem problem,
                      struct mle_arena *arena, struct mle_named_numbers *out,
                      struct mle_error *err);

/* Adds the fault of a member that nobody reads. candidates[n] are the names there are. */
void mle_fault_unknown(struct mle_error *err, const struct mle_path *path, const char *name,
                       size_t n, const char *const candidates[]);

/* The value in at most 64 characters, for a detail: -3, "abc", an object. Returns out. */
char *mle_show_value(const json_t *value, size_t size, char out[]);

#endif
