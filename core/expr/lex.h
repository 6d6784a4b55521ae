/* Words of an expression, and how a fault of it is told. Inside of core/expr. */
#ifndef MLE_CORE_EXPR_LEX_H
#define MLE_CORE_EXPR_LEX_H

#include "core/expr/tape.h"

enum token { TOKEN_END, TOKEN_NUMBER, TOKEN_NAME, TOKEN_SIGN };

struct lexer {
    const char *text;
    const struct mle_expr_names *names;
    struct mle_error *err;
    size_t at;             /* byte of what comes next */
    unsigned column, next; /* of the token and of what comes next, from 1, in characters */
    enum token token;
    double number;
    const char *name; /* of a name; a sign of one or two characters */
    size_t n_name;
    bool quoted; /* in backticks: a column, whatever it is called */
};

/* Reads the next token. */
enum mle_status mle_lex_next(struct lexer *lexer);

bool mle_lex_is(const struct lexer *lexer, const char *sign);

/* Fails at a column of the text. */
enum mle_status mle_lex_fail(const struct lexer *lexer, unsigned column, const char *code,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
