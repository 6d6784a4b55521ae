/* The tape: types, what depends on what, branches, places in the scratch. */
#include "core/expr/tape.h"

#include "core/expr/parse.h"

#include <stdio.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

enum mle_status mle_tape_begin(const struct mle_expr_names *names, struct mle_arena *arena,
                               struct mle_tape **tape, struct mle_error *err)
{
    struct mle_tape *t = mle_arena_zeros(arena, 1, sizeof *t);
    if (!t)
        return mle_arena_fail(arena, err);
    t->names = names;
    t->node = mle_arena_zeros(arena, MLE_EXPR_MAX_NODES, sizeof *t->node);
    t->column = mle_arena_zeros(arena, MLE_EXPR_MAX_COLUMN, sizeof *t->column);
    t->region = mle_arena_zeros(arena, MAX_REGION, sizeof *t->region);
    *tape = t;
    return t->node && t->column && t->region ? MLE_OK : mle_arena_fail(arena, err);
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_name(const struct lexer *lexer, const char *name)
{
    return strlen(name) == lexer->n_name && memcmp(name, lexer->name, lexer->n_name) == 0;
}

static enum mle_status unknown_name(const struct mle_tape *tape, const struct lexer *lexer)
{
    const struct mle_expr_names *names = tape->names;
    char list[224] = "";
    size_t n = names->n_param + (names->data ? names->data->n_column : 0);
    for (size_t i = 0; i < n && strlen(list) < 140; i++) {
        const char *name =
            i < names->n_param ? names->param[i] : names->data->column[i - names->n_param].name;
        char item[80];
        mle_copy_text(sizeof item - 4, item, name);
        strncat(list, i ? ", " : "", sizeof list - strlen(list) - 1);
        strncat(list, item, sizeof list - strlen(list) - 1);
    }
    mle_lex_fail(lexer, lexer->column, "unknown_name", "'%.*s' is no parameter and no column",
                 lexer->n_name < 64 ? (int)lexer->n_name : 64, lexer->name);
    mle_hint(lexer->err, "Parameters and columns are: %s.", list);
    return MLE_EXPRESSION;
}

static enum mle_status find_column(struct mle_tape *tape, const struct lexer *lexer,
                                   const struct mle_column *column, struct mle_expr_node *node)
{
    size_t j = 0;
    while (j < tape->n_column && tape->column[j] != column)
        j++;
    if (column->type == MLE_CATEGORICAL)
        return mle_lex_fail(lexer, lexer->column, "not_a_number", "column '%.64s' holds text",
                            column->name);
    if (j == MLE_EXPR_MAX_COLUMN)
        return mle_lex_fail(lexer, lexer->column, "too_many_columns",
                            "more than %d different columns", MLE_EXPR_MAX_COLUMN);
    if (j == tape->n_column)
        tape->column[tape->n_column++] = column;
    node->op = OP_COLUMN;
    node->index = (unsigned)j;
    node->varies = true;
    return MLE_OK;
}

enum mle_status mle_tape_name(struct mle_tape *tape, const struct lexer *lexer,
                              struct mle_expr_node *node)
{
    const struct mle_expr_names *names = tape->names;
    for (size_t j = 0; !lexer->quoted && j < names->n_param; j++)
        if (is_name(lexer, names->param[j])) {
            node->op = OP_PARAM;
            node->index = (unsigned)j;
            node->params = UINT32_C(1) << j;
            return MLE_OK;
        }
    if (!lexer->quoted && is_name(lexer, "pi")) {
        node->op = OP_NUMBER;
        node->number = pi;
        return MLE_OK;
    }
    for (size_t j = 0; names->data && j < names->data->n_column; j++)
        if (is_name(lexer, names->data->column[j].name))
            return find_column(tape, lexer, &names->data->column[j], node);
    return unknown_name(tape, lexer);
}

/* --- types ------------------------------------------------------------------------------------ */

static enum mle_status check_types(const struct mle_tape *tape, const struct lexer *lexer,
                                   const struct mle_expr_node *node)
{
    enum kind kind = mle_operations[node->op].kind;
    for (unsigned i = 0; i < node->n_arg; i++) {
        const struct mle_expr_node *arg = &tape->node[node->arg[i]];
        bool truth = kind == KIND_LOGIC || (kind == KIND_CHOICE && i == 0);
        if (truth == arg->truth)
            continue;
        return mle_lex_fail(lexer, arg->column_number, "type",
                            truth ? "expected a condition such as 'y > 0', found a number"
                                  : "expected a number, found a condition");
    }
    if (kind != KIND_DENSITY)
        return MLE_OK;
    const struct mle_family *family = node->family;
    const struct mle_expr_node *y = &tape->node[node->arg[0]];
    if (y->params && !mle_density_moves(family))
        return mle_lex_fail(lexer, y->column_number, "not_differentiable",
                            "the value of a density of %s may not depend on parameters",
                            family->name);
    const struct mle_expr_node *trials = &tape->node[node->arg[node->n_arg - 1]];
    if (family->support.needs_trials && trials->params)
        return mle_lex_fail(lexer, trials->column_number, "not_differentiable",
                            "the number of trials may not depend on parameters");
    return MLE_OK;
}

enum mle_status mle_tape_add(struct mle_tape *tape, const struct lexer *lexer,
                             const struct mle_expr_node *node, uint16_t *at)
{
    if (tape->n_node == MLE_EXPR_MAX_NODES)
        return mle_lex_fail(lexer, node->column_number, "too_many_nodes",
                            "more than %d numbers, names and operations", MLE_EXPR_MAX_NODES);
    MLE_TRY(check_types(tape, lexer, node));
    struct mle_expr_node *to = &tape->node[tape->n_node];
    enum kind kind = mle_operations[node->op].kind;
    *to = *node;
    to->truth = kind == KIND_TEST || kind == KIND_LOGIC;
    for (unsigned i = 0; i < node->n_arg; i++) {
        const struct mle_expr_node *arg = &tape->node[node->arg[i]];
        to->varies |= arg->varies;
        if (to->truth || (kind == KIND_CHOICE && i == 0) || !arg->params)
            continue; /* a truth value has no derivatives */
        to->params |= arg->params;
        to->active[to->n_active++] = (uint8_t)i;
    }
    *at = (uint16_t)tape->n_node++;
    return MLE_OK;
}

/* --- branches and places ---------------------------------------------------------------------- */

static uint16_t add_region(struct mle_tape *tape, uint16_t parent, uint16_t condition, bool when)
{
    tape->region[tape->n_region] =
        (struct mle_expr_region){ .parent = parent, .condition = condition, .when = when };
    return (uint16_t)tape->n_region++;
}

/* Which rows reach a node: from the root down, for a node stands behind its operands. */
static void find_regions(struct mle_tape *tape)
{
    add_region(tape, 0, 0, true);
    for (size_t i = tape->n_node; i-- > 0;) {
        const struct mle_expr_node *node = &tape->node[i];
        for (unsigned a = 0; a < node->n_arg; a++)
            tape->node[node->arg[a]].region =
                node->op == OP_IF && a > 0 ? add_region(tape, node->region, node->arg[0], a == 1)
                                           : node->region;
    }
}

/* Nothing inside a condition has derivatives that count: the root's do, and those of the arguments
   through which something that counts depends on parameters. */
static void find_differentiated(struct mle_tape *tape)
{
    bool counts[MLE_EXPR_MAX_NODES] = { false };
    counts[tape->n_node - 1] = true;
    for (size_t i = tape->n_node; i-- > 0;) {
        struct mle_expr_node *node = &tape->node[i];
        if (!counts[i]) {
            node->params = 0;
            node->n_active = 0;
        }
        for (unsigned k = 0; k < node->n_active; k++)
            counts[node->arg[node->active[k]]] = true;
    }
}

static uint16_t take(size_t *n, size_t count)
{
    size_t at = *n;
    *n += count;
    return (uint16_t)at;
}

static void place(struct mle_expr *expr, struct mle_expr_node *node)
{
    size_t *n = node->varies ? &expr->n_wide : &expr->n_narrow;
    enum kind kind = mle_operations[node->op].kind;
    unsigned k = node->n_active;
    node->value = take(n, 1);
    if (!node->params)
        return;
    if (kind == KIND_VALUE || kind == KIND_LINEAR || kind == KIND_DENSITY)
        node->first = take(n, k);
    if (kind == KIND_VALUE || kind == KIND_DENSITY)
        node->second = take(n, k * (k + 1) / 2);
    node->tangent = take(n, 1);
    node->adjoint = take(n, 1);
    node->adjoint_tangent = take(n, 1);
}

/* Arithmetic of the derivatives: local ones, and a forward and a reverse step for each direction.
 */
static double cost_of(const struct mle_expr_node *node)
{
    double cost = mle_operations[node->op].cost_ns;
    if (node->op == OP_DENSITY)
        cost = node->family->row_cost_ns;
    if (!node->varies)
        return 0;
    unsigned k = node->n_active;
    double directions = (double)__builtin_popcount(node->params);
    return node->params ? 3 * cost + directions * (double)(k + k * k) : cost;
}

enum mle_status mle_tape_end(struct mle_tape *tape, const struct lexer *lexer,
                             struct mle_arena *arena, const struct mle_expr **expr)
{
    const struct mle_expr_node *root = &tape->node[tape->n_node - 1];
    if (root->truth)
        return mle_lex_fail(lexer, root->column_number, "type",
                            "expected a number, found a condition");
    struct mle_expr *e = mle_arena_zeros(arena, 1, sizeof *e);
    if (!e)
        return mle_arena_fail(arena, lexer->err);
    find_regions(tape);
    for (size_t i = 0; i < tape->n_node; i++)
        e->params |= tape->node[i].op == OP_PARAM ? tape->node[i].params : 0;
    find_differentiated(tape);
    for (size_t i = 0; i < tape->n_node; i++) {
        place(e, &tape->node[i]);
        e->row_cost_ns += cost_of(&tape->node[i]);
    }
    for (size_t i = 0; i < tape->n_region; i++)
        tape->region[i].slot = take(&e->n_wide, 1);
    e->n_node = tape->n_node;
    e->node = tape->node;
    e->n_param = tape->names->n_param;
    e->n_column = tape->n_column;
    e->column = tape->column;
    e->n_region = tape->n_region;
    e->region = tape->region;
    e->rows = (SCRATCH_DOUBLES - e->n_narrow) / (e->n_wide ? e->n_wide : 1);
    e->rows = e->rows >= MAX_BLOCK ? MAX_BLOCK : e->rows >= 8 ? e->rows / 8 * 8 : e->rows;
    *expr = e;
    return MLE_OK;
}
