/* From text to the tape: operator precedence with stacks of our own (Pratt 1973 without recursion),
   so that the shape of a text costs no stack of the process. */
#include "core/expr/parse.h"

#include "core/expr/lex.h"

#include <stdio.h>
#include <string.h>

enum { MAX_FRAME = 8 * MLE_EXPR_MAX_DEPTH };

enum precedence { NO_OPERATOR, BY_OR, BY_AND, BY_TEST, BY_SUM, BY_PRODUCT, BY_PREFIX, BY_POWER };

/* What waits for operands: an operator, or a bracket that is still open. */
struct frame {
    enum { OPERATOR, BRACKET, CALL } kind;
    enum operation op;
    enum precedence precedence;
    const struct mle_family *family; /* of a call of a density */
    unsigned n_arg, column;
    bool nests; /* counts for the depth */
};

struct parser {
    struct lexer lexer;
    struct mle_tape *tape;
    size_t n_frame, n_operand, depth;
    struct frame frame[MAX_FRAME];
    uint16_t operand[MLE_EXPR_MAX_NODES];
};

static enum mle_status push_frame(struct parser *p, struct frame frame)
{
    p->depth += frame.nests;
    if (p->n_frame == MAX_FRAME || p->depth > MLE_EXPR_MAX_DEPTH)
        return mle_lex_fail(&p->lexer, frame.column, "too_deep",
                            "more than %d brackets, calls, prefixes or powers inside each other",
                            MLE_EXPR_MAX_DEPTH);
    p->frame[p->n_frame++] = frame;
    return MLE_OK;
}

static struct frame pop_frame(struct parser *p)
{
    struct frame frame = p->frame[--p->n_frame];
    p->depth -= frame.nests;
    return frame;
}

/* Puts a node on the tape; its operands are the last n_arg on the stack, and it takes their place.
 */
static enum mle_status push_node(struct parser *p, struct mle_expr_node node)
{
    p->n_operand -= node.n_arg;
    for (unsigned i = 0; i < node.n_arg; i++)
        node.arg[i] = p->operand[p->n_operand + i];
    uint16_t at;
    MLE_TRY(mle_tape_add(p->tape, &p->lexer, &node, &at));
    p->operand[p->n_operand++] = at;
    return MLE_OK;
}

/* --- operators -------------------------------------------------------------------------------- */

static const struct {
    const char *sign;
    enum operation op;
    enum precedence precedence;
} operators[] = {
    { "||", OP_OR, BY_OR },    { "&&", OP_AND, BY_AND },    { "==", OP_EQ, BY_TEST },
    { "!=", OP_NE, BY_TEST },  { "<", OP_LT, BY_TEST },     { "<=", OP_LE, BY_TEST },
    { ">", OP_GT, BY_TEST },   { ">=", OP_GE, BY_TEST },    { "+", OP_ADD, BY_SUM },
    { "-", OP_SUB, BY_SUM },   { "*", OP_MUL, BY_PRODUCT }, { "/", OP_DIV, BY_PRODUCT },
    { "^", OP_POW, BY_POWER },
};

/* Builds what binds at least as tightly as an operator of the given precedence that comes now. */
static enum mle_status reduce(struct parser *p, enum precedence precedence)
{
    while (p->n_frame > 0 && p->frame[p->n_frame - 1].kind == OPERATOR) {
        enum precedence top = p->frame[p->n_frame - 1].precedence;
        if (top < precedence || (top == precedence && precedence == BY_POWER))
            break;
        struct frame frame = pop_frame(p);
        struct mle_expr_node node = { .op = frame.op,
                                      .n_arg = mle_operations[frame.op].n_arg,
                                      .column_number = frame.column };
        MLE_TRY(push_node(p, node));
    }
    return MLE_OK;
}

static enum mle_status push_operator(struct parser *p, enum operation op,
                                     enum precedence precedence)
{
    struct frame frame = { .kind = OPERATOR,
                           .op = op,
                           .precedence = precedence,
                           .column = p->lexer.column,
                           .nests = precedence >= BY_PREFIX };
    return push_frame(p, frame);
}

/* --- calls ------------------------------------------------------------------------------------ */

static bool is_word(const struct lexer *lexer, const char *word)
{
    return strlen(word) == lexer->n_name && memcmp(word, lexer->name, lexer->n_name) == 0;
}

/* The family whose density the name is: "gamma_lpdf", "poisson_lpmf". */
static const struct mle_family *find_density(const struct lexer *lexer)
{
    for (size_t i = 0; i < mle_family_count(); i++) {
        char word[96];
        const struct mle_family *family = mle_family_get(i);
        snprintf(word, sizeof word, "%s_%s", family->name,
                 family->measure == MLE_COUNTING ? "lpmf" : "lpdf");
        if (is_word(lexer, word))
            return family;
    }
    return NULL;
}

/* The name before a bracket. */
static enum mle_status find_function(const struct lexer *lexer, struct frame *frame)
{
    frame->family = lexer->quoted ? NULL : find_density(lexer);
    frame->op = OP_DENSITY;
    for (unsigned op = 0; op < N_OPERATION && !frame->family && !lexer->quoted; op++)
        if (mle_operations[op].word[0] && is_word(lexer, mle_operations[op].word)) {
            frame->op = (enum operation)op;
            return MLE_OK;
        }
    if (frame->family)
        return MLE_OK;
    mle_lex_fail(lexer, lexer->column, "unknown_function", "there is no function '%.*s'",
                 lexer->n_name < 64 ? (int)lexer->n_name : 64, lexer->name);
    mle_hint(lexer->err,
             "Functions are if, abs, exp, log, ... and NAME_lpdf or NAME_lpmf for every "
             "family of GET /v1/families.");
    return MLE_EXPRESSION;
}

static enum mle_status close_call(struct parser *p, const struct frame *call)
{
    const struct operation_info *info = &mle_operations[call->op];
    const struct mle_family *family = call->family;
    unsigned wanted = family ? 1 + family->n_param + family->support.needs_trials : info->n_arg;
    bool enough = info->least > 0 ? call->n_arg >= info->least : call->n_arg == wanted;
    if (!enough) {
        mle_lex_fail(&p->lexer, call->column, "arguments", "expected %s%u argument%s, found %u",
                     info->least > 0 ? "at least " : "", info->least > 0 ? info->least : wanted,
                     wanted == 1 ? "" : "s", call->n_arg);
        if (family)
            mle_hint(p->lexer.err, "A density takes the value, the family's parameters in their "
                                   "order, then the number of trials where it has one.");
        return MLE_EXPRESSION;
    }
    struct mle_expr_node node = {
        .op = call->op, .family = family, .n_arg = wanted, .column_number = call->column
    };
    for (unsigned left = call->n_arg; info->least > 0 && left > wanted; left--)
        MLE_TRY(push_node(p, node));
    return push_node(p, node);
}

/* --- the loop --------------------------------------------------------------------------------- */

/* Where an operand is expected. Sets *operand when it was one. */
static enum mle_status take_operand(struct parser *p, bool *operand)
{
    struct lexer *lexer = &p->lexer;
    struct frame frame = { .column = lexer->column, .n_arg = 1, .nests = true };
    *operand = lexer->token == TOKEN_NUMBER;
    if (lexer->token == TOKEN_NUMBER) {
        struct mle_expr_node node = { .op = OP_NUMBER,
                                      .number = lexer->number,
                                      .column_number = lexer->column };
        MLE_TRY(push_node(p, node));
        return mle_lex_next(lexer);
    }
    if (lexer->token == TOKEN_NAME) {
        struct lexer name = *lexer;
        MLE_TRY(mle_lex_next(lexer));
        if (mle_lex_is(lexer, "(")) {
            frame.kind = CALL;
            MLE_TRY(find_function(&name, &frame));
            MLE_TRY(push_frame(p, frame));
            return mle_lex_next(lexer);
        }
        struct mle_expr_node node = { .op = OP_NUMBER, .column_number = name.column };
        MLE_TRY(mle_tape_name(p->tape, &name, &node));
        *operand = true;
        return push_node(p, node);
    }
    if (mle_lex_is(lexer, "("))
        MLE_TRY(push_frame(p, (frame.kind = BRACKET, frame)));
    else if (mle_lex_is(lexer, "-"))
        MLE_TRY(push_operator(p, OP_NEG, BY_PREFIX));
    else if (mle_lex_is(lexer, "!"))
        MLE_TRY(push_operator(p, OP_NOT, BY_PREFIX));
    else
        return mle_lex_fail(lexer, lexer->column, "syntax",
                            "expected a number, a name, '(', '-' or '!'");
    return mle_lex_next(lexer);
}

static enum mle_status take_close(struct parser *p, bool *operand)
{
    bool comma = mle_lex_is(&p->lexer, ",");
    MLE_TRY(reduce(p, NO_OPERATOR));
    struct frame *open = p->n_frame > 0 ? &p->frame[p->n_frame - 1] : NULL;
    if (!open || (comma && open->kind != CALL))
        return mle_lex_fail(&p->lexer, p->lexer.column, "syntax", "'%s' without a call or bracket",
                            comma ? "," : ")");
    if (comma) {
        open->n_arg++;
        *operand = false;
    } else {
        struct frame frame = pop_frame(p);
        if (frame.kind == CALL)
            MLE_TRY(close_call(p, &frame));
    }
    return mle_lex_next(&p->lexer);
}

/* Where an operator is expected. Sets *operand when an operand has to follow. */
static enum mle_status take_operator(struct parser *p, bool *operand)
{
    if (mle_lex_is(&p->lexer, ")") || mle_lex_is(&p->lexer, ","))
        return take_close(p, operand);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (!mle_lex_is(&p->lexer, operators[i].sign))
            continue;
        MLE_TRY(reduce(p, operators[i].precedence));
        MLE_TRY(push_operator(p, operators[i].op, operators[i].precedence));
        *operand = false;
        return mle_lex_next(&p->lexer);
    }
    return mle_lex_fail(&p->lexer, p->lexer.column, "syntax", "expected an operator%s",
                        p->n_frame > 0 ? " or ')'" : "");
}

static enum mle_status parse(struct parser *p)
{
    bool operand = false; /* the last thing read was one */
    MLE_TRY(mle_lex_next(&p->lexer));
    while (!operand || p->lexer.token != TOKEN_END) {
        if (operand)
            MLE_TRY(take_operator(p, &operand));
        else
            MLE_TRY(take_operand(p, &operand));
    }
    MLE_TRY(reduce(p, NO_OPERATOR));
    if (p->n_frame > 0)
        return mle_lex_fail(&p->lexer, p->frame[p->n_frame - 1].column, "syntax",
                            "the bracket is never closed");
    return MLE_OK;
}

enum mle_status mle_expr_parse(const char *text, const struct mle_expr_names *names,
                               struct mle_arena *arena, const struct mle_expr **expr,
                               struct mle_error *err)
{
    struct parser *p = mle_arena_zeros(arena, 1, sizeof *p);
    if (!p)
        return mle_arena_fail(arena, err);
    p->lexer = (struct lexer){ .text = text, .names = names, .err = err, .next = 1, .column = 1 };
    if (strlen(text) > MLE_EXPR_MAX_BYTES)
        return mle_lex_fail(&p->lexer, 1, "too_long", "the expression is longer than %d bytes",
                            MLE_EXPR_MAX_BYTES);
    MLE_TRY(mle_tape_begin(names, arena, &p->tape, err));
    MLE_TRY(parse(p));
    return mle_tape_end(p->tape, &p->lexer, arena, expr);
}
