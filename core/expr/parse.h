/* How the parser writes the tape. Inside of core/expr. */
#ifndef MLE_CORE_EXPR_PARSE_H
#define MLE_CORE_EXPR_PARSE_H

#include "core/expr/lex.h"

/* A tape under construction. */
struct mle_tape {
    const struct mle_expr_names *names;
    size_t n_node, n_column, n_region;
    struct mle_expr_node *node;       /* [MLE_EXPR_MAX_NODES] */
    const struct mle_column **column; /* [MLE_EXPR_MAX_COLUMN] */
    struct mle_expr_region *region;   /* [MAX_REGION] */
};

enum mle_status mle_tape_begin(const struct mle_expr_names *names, struct mle_arena *arena,
                               struct mle_tape **tape, struct mle_error *err);

/* Adds a node whose operands are on the tape: types are checked, and what it depends on is known
   from then on. */
enum mle_status mle_tape_add(struct mle_tape *tape, const struct lexer *lexer,
                             const struct mle_expr_node *node, uint16_t *at);

/* Makes node what the lexer's name means: pi, a parameter, a column. */
enum mle_status mle_tape_name(struct mle_tape *tape, const struct lexer *lexer,
                              struct mle_expr_node *node);

/* Branches, slots of the scratch, costs. The root has to be a number. */
enum mle_status mle_tape_end(struct mle_tape *tape, const struct lexer *lexer,
                             struct mle_arena *arena, const struct mle_expr **expr);

#endif
