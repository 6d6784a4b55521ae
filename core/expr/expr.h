/* Expressions over columns and parameters: what a user writes as a log density.

   Text is parsed once into a tape of operations in postfix order, checked for types and limits; the
   tape then runs over blocks of rows and gives values, the weighted sum, and its exact first and
   second derivatives in the parameters (reverse mode; forward over reverse). Nothing is compiled,
   nothing recurses: text of any shape costs time and memory linear in its length.

   The language: numbers, pi, names of parameters and columns (a name that is none in the language
   stands in `backticks`), || && ! (a tight prefix, as in C), comparisons == != < <= > >=, + - * /,
   unary minus, ^ (right-associative, binds tighter than unary minus: -x^2 is -(x^2)), calls of the
   functions in operations.def, if(c, a, b), and NAME_lpdf or NAME_lpmf for every row of
   core/family/families.def: NAME_lpdf(y, parameters in their order[, trials]).

   if() chooses before it evaluates: a branch sees only the rows that take it, so that what another
   row would be there (log of a negative number) leaks neither into values nor into derivatives.

   The first argument of a density may depend on parameters where the family has a location or a
   scale: the derivative in y follows from that of the parameters (density.c). Trials may not. */
#ifndef MLE_CORE_EXPR_EXPR_H
#define MLE_CORE_EXPR_EXPR_H

#include "core/base/arena.h"
#include "core/data/data.h"
#include "core/family/family.h"

enum {
    MLE_EXPR_MAX_BYTES = 4096,
    MLE_EXPR_MAX_NODES = 512,
    MLE_EXPR_MAX_DEPTH = 64, /* of brackets, calls, prefixes and powers inside each other */
    MLE_EXPR_MAX_PARAM = 32,
    MLE_EXPR_MAX_COLUMN = 64,
};

/* What names may mean. */
struct mle_expr_names {
    size_t n_param;              /* at most MLE_EXPR_MAX_PARAM */
    const char *const *param;    /* [n_param] */
    const struct mle_data *data; /* columns; NULL: there are none */
    const char *pointer;         /* where the text stands in the request: "/model/log_density" */
};

struct mle_expr_node;
struct mle_expr_region;

/* Immutable once parsed; any thread. */
struct mle_expr {
    size_t n_node;
    const struct mle_expr_node
        *node;       /* [n_node] operands before operations, the last is the root */
    size_t n_param;  /* as in the names */
    uint32_t params; /* bit j: parameter j occurs */
    size_t n_column;
    const struct mle_column *const
        *column;                          /* [n_column] those that occur, in order of occurrence */
    size_t n_region;                      /* branches of ifs, and the whole: the first */
    const struct mle_expr_region *region; /* [n_region] */
    size_t n_wide, n_narrow;              /* scratch slots: per row, per block */
    size_t rows;                          /* of a block */
    double row_cost_ns;                   /* of a row with all derivatives, estimate */
};

/* Whether name may name a parameter: a letter or _, then letters, digits, _ and '.', at most 64
   bytes, and no word of the language. */
bool mle_expr_is_name(const char *name);

/* Parses text into *expr, in the arena; names and columns are borrowed. MLE_EXPRESSION with one
   fault at names->pointer, its column (from 1, in characters) in the fault and in the text; codes
   syntax, number, unknown_name, unknown_function, arguments, type, not_a_number (a column of text),
   not_differentiable, too_long, too_deep, too_many_nodes, too_many_columns. */
enum mle_status mle_expr_parse(const char *text, const struct mle_expr_names *names,
                               struct mle_arena *arena, const struct mle_expr **expr,
                               struct mle_error *err);

/* The rows that an expression runs over. */
struct mle_expr_rows {
    size_t n;
    const struct mle_view *column; /* [expr->n_column] */
    const double *w;               /* [n] weights, NULL: all one */
};

/* SETS value[n] to the expression at param[n_param]. NaN and infinities are values. Scratch is 256
   KiB of stack; nothing is allocated. Any thread. */
void mle_expr_values(const struct mle_expr *expr, const struct mle_expr_rows *rows,
                     const double param[], double value[]);

/* ADDS to sum: the weighted sum of the values and, if derivatives, its n_param first and n_param
   (n_param + 1) / 2 second derivatives (MLE_HESS). SETS value[n] too unless NULL. */
void mle_expr_sum(const struct mle_expr *expr, const struct mle_expr_rows *rows,
                  const double param[], bool derivatives, double value[], double sum[]);

#endif
