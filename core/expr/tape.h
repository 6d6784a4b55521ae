/* The tape, shared by the files of core/expr. Others see core/expr/expr.h. */
#ifndef MLE_CORE_EXPR_TAPE_H
#define MLE_CORE_EXPR_TAPE_H

#include "core/expr/expr.h"

enum operation {
#define MLE_OPERATION(name, word, arguments, least, kind, cost) OP_##name,
#include "core/expr/operations.def"
#undef MLE_OPERATION
    N_OPERATION
};

enum kind { KIND_VALUE, KIND_LINEAR, KIND_TEST, KIND_LOGIC, KIND_LEAF, KIND_CHOICE, KIND_DENSITY };

struct operation_info {
    const char *word;
    unsigned n_arg, least;
    enum kind kind;
    double cost_ns;
};

extern const struct operation_info mle_operations[N_OPERATION];

enum {
    MAX_ARG = MLE_MAX_PARAM + 2, /* of a density: y, parameters, trials */
    MAX_REGION = 256,            /* an if is at least six nodes and makes two */
    MAX_BLOCK = 256,             /* rows */
    SCRATCH_DOUBLES = 32768,
};

/* One operation. Operands have one parent each: the expression is a tree, and a node's adjoint is
   set once. */
struct mle_expr_node {
    enum operation op;
    unsigned n_arg;
    uint16_t arg[MAX_ARG];  /* nodes before this one */
    unsigned column_number; /* in the text, from 1 */
    double number;          /* NUMBER */
    unsigned index;         /* PARAM, COLUMN */
    const struct mle_family *family;
    bool truth;      /* a truth value, not a number */
    bool varies;     /* between rows; otherwise computed once for a block */
    uint32_t params; /* bit j: depends on parameter j */
    uint16_t region; /* rows that reach it */

    /* Arguments that depend on parameters, and where in the scratch the node keeps its value, its
       first derivatives in those (n_active slots), its second ones (MLE_HESS order), its tangent,
       its adjoint and the adjoint's tangent. Slots are MAX_BLOCK-independent: of the block's rows
       where the node varies, of one number otherwise. */
    unsigned n_active;
    uint8_t active[MAX_ARG];
    uint16_t value, first, second, tangent, adjoint, adjoint_tangent;
};

/* The rows of a branch: those of the region around it where the condition is what it should be. */
struct mle_expr_region {
    uint16_t parent, condition; /* region, node */
    bool when;
    uint16_t slot; /* of its row numbers */
};

/* Numbers of an operand: stride 0 where it does not vary. */
struct operand {
    const double *at;
    size_t stride;
};

/* Derivatives of a node for n rows; NULL where they are not wanted. */
struct slopes {
    double *first[MAX_ARG], *second[MAX_ARG * (MAX_ARG + 1) / 2]; /* by argument */
};

/* SETS out[n]. */
void mle_operation_values(enum operation op, size_t n, const struct operand arg[], double out[]);

/* SETS the slopes of an operation that is KIND_VALUE or KIND_LINEAR. */
void mle_operation_slopes(enum operation op, size_t n, const struct operand arg[],
                          const double value[], const struct slopes *slopes);

/* The same of a density: arg[0] is y, then the parameters, then trials. n <= MAX_BLOCK. NaN where a
   parameter is outside its domain. slopes NULL: not wanted. */
void mle_density_values(const struct mle_family *family, size_t n, const struct operand arg[],
                        double out[], const struct slopes *slopes);

/* Whether the density has derivatives in y. */
bool mle_density_moves(const struct mle_family *family);

#endif
