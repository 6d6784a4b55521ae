#include "core/expr/lex.h"

#include "core/base/shortest.h"

#include <stdio.h>
#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_part(char c)
{
    return is_letter(c) || is_digit(c) || c == '.';
}

enum mle_status mle_lex_fail(const struct lexer *lexer, unsigned column, const char *code,
                             const char *format, ...)
{
    char what[160];
    struct mle_error *err = lexer->err;
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    mle_fail(err, MLE_EXPRESSION, "column %u of the expression: %s", column, what);
    mle_fault_at(err, lexer->names->pointer, code, "column %u: %s", column, what);
    if (err && err->n_fault > 0)
        err->fault[err->n_fault - 1].column_number = column;
    return MLE_EXPRESSION;
}

static void skip(struct lexer *lexer, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        lexer->next += (lexer->text[lexer->at + i] & 0xc0) != 0x80;
    lexer->at += bytes;
}

/* 12, 1.5, .5, 2., 1e-3 */
static enum mle_status lex_number(struct lexer *lexer)
{
    const char *s = lexer->text + lexer->at;
    size_t n = 0, digits = 0;
    for (; is_digit(s[n]); n++)
        digits++;
    if (s[n] == '.')
        for (n++; is_digit(s[n]); n++)
            digits++;
    size_t mantissa = n;
    if (digits > 0 && (s[n] == 'e' || s[n] == 'E')) {
        size_t exponent = n + 1 + (s[n + 1] == '+' || s[n + 1] == '-');
        n = exponent;
        while (is_digit(s[n]))
            n++;
        n = n > exponent ? n : mantissa;
    }
    if (digits == 0 || is_name_part(s[n]))
        return mle_lex_fail(lexer, lexer->column, "number", "this is not a number");
    /* from_chars knows no leading sign of the exponent beyond what is read here */
    if (!mle_from_chars(n, s, &lexer->number))
        return mle_lex_fail(lexer, lexer->column, "number", "the number has no double");
    lexer->token = TOKEN_NUMBER;
    skip(lexer, n);
    return MLE_OK;
}

static enum mle_status lex_quoted(struct lexer *lexer)
{
    const char *s = lexer->text + lexer->at + 1, *end = strchr(s, '`');
    if (!end || end == s)
        return mle_lex_fail(lexer, lexer->column, "syntax", "expected a name and a closing `");
    lexer->token = TOKEN_NAME;
    lexer->quoted = true;
    lexer->name = s;
    lexer->n_name = (size_t)(end - s);
    skip(lexer, lexer->n_name + 2);
    return MLE_OK;
}

static enum mle_status lex_sign(struct lexer *lexer)
{
    static const char *const signs[] = { "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+",
                                         "-",  "*",  "/",  "^",  "!",  "(",  ")", "," };
    const char *s = lexer->text + lexer->at;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i]);
        if (strncmp(s, signs[i], n) != 0)
            continue;
        lexer->token = TOKEN_SIGN;
        lexer->name = signs[i];
        lexer->n_name = n;
        skip(lexer, n);
        return MLE_OK;
    }
    char shown[8] = { s[0] };
    for (int i = 1; i < 4 && (s[i] & 0xc0) == 0x80; i++)
        shown[i] = s[i];
    bool printable = (unsigned char)s[0] >= 0x20 && s[0] != 0x7f;
    return mle_lex_fail(lexer, lexer->column, "syntax", "'%s' is not in the language",
                        printable ? shown : "a control character");
}

enum mle_status mle_lex_next(struct lexer *lexer)
{
    const char *s = lexer->text;
    while (s[lexer->at] == ' ' || s[lexer->at] == '\t' || s[lexer->at] == '\n' ||
           s[lexer->at] == '\r')
        skip(lexer, 1);
    char c = s[lexer->at];
    lexer->column = lexer->next;
    lexer->quoted = false;
    lexer->token = TOKEN_END;
    if (c == '\0')
        return MLE_OK;
    if (is_digit(c) || c == '.')
        return lex_number(lexer);
    if (c == '`')
        return lex_quoted(lexer);
    if (!is_letter(c))
        return lex_sign(lexer);
    size_t n = 1;
    while (is_name_part(s[lexer->at + n]))
        n++;
    lexer->token = TOKEN_NAME;
    lexer->name = s + lexer->at;
    lexer->n_name = n;
    skip(lexer, n);
    return MLE_OK;
}

bool mle_lex_is(const struct lexer *lexer, const char *sign)
{
    return lexer->token == TOKEN_SIGN && strcmp(lexer->name, sign) == 0;
}

bool mle_expr_is_name(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > 64 || !is_letter(name[0]) || strcmp(name, "pi") == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!is_name_part(name[i]))
            return false;
    for (unsigned op = 0; op < N_OPERATION; op++)
        if (mle_operations[op].word[0] && strcmp(mle_operations[op].word, name) == 0)
            return false;
    return true;
}
