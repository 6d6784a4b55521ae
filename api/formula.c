#include "api/formula.h"

#include "api/read.h"
#include "core/model/polynomial.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 32 };

#define NO_INTERCEPT UINT64_MAX /* what a 0 is, among terms */

/* A set of terms; a term is a set of factors, a bit for each; 0 is the intercept. */
struct terms {
    size_t n;
    uint64_t term[MLE_FORMULA_MAX_TERMS];
};

struct parser {
    const char *text, *at;
    struct mle_arena *arena;
    struct mle_error *err;
    size_t n_factor;
    struct mle_factor factor[MLE_FORMULA_MAX_FACTORS];
    const char *offset;
    int depth;
};

static enum mle_status fail(const struct parser *p, const char *at, const char *code,
                            const char *what)
{
    size_t column = 1;
    for (const char *c = p->text; c < at; c++)
        column += ((unsigned char)*c & 0xC0) != 0x80; /* characters, not bytes */
    mle_problem_fail(p->err, MLE_PROBLEM_EXPRESSION, "formula, column %zu: %s", column, what);
    mle_fault_at(p->err, "/model/formula", code, "column %zu: %s", column, what);
    if (p->err && p->err->n_fault > 0)
        p->err->fault[0].column_number = (int64_t)column;
    return MLE_EXPRESSION;
}

static void skip(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n')
        p->at++;
}

static bool take(struct parser *p, char c)
{
    skip(p);
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

/* --- factors -------------------------------------------------------------------------------------
 */

static bool is_name_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || ((unsigned char)c & 0x80);
}

static enum mle_status keep(const struct parser *p, const char *from, const char *to,
                            const char **out)
{
    *out = mle_arena_text(p->arena, (size_t)(to - from), from);
    return *out ? MLE_OK : mle_arena_fail(p->arena, p->err);
}

/* An expression for core/expr, behind so many blanks that its columns are those of the formula. */
static enum mle_status keep_in_place(const struct parser *p, const char *from, const char *to,
                                     const char **out)
{
    size_t blanks = 0, n = (size_t)(to - from);
    for (const char *c = p->text; c < from; c++)
        blanks += ((unsigned char)*c & 0xC0) != 0x80;
    char *kept = mle_arena_alloc(p->arena, blanks + n + 1);
    if (!kept)
        return mle_arena_fail(p->arena, p->err);
    memset(kept, ' ', blanks);
    memcpy(kept + blanks, from, n);
    kept[blanks + n] = '\0';
    *out = kept;
    return MLE_OK;
}

/* The same without blanks, but for those of names in backticks: what coefficients are called. */
static enum mle_status keep_compact(const struct parser *p, const char *from, const char *to,
                                    const char **out)
{
    char *kept = mle_arena_alloc(p->arena, (size_t)(to - from) + 1);
    size_t n = 0;
    bool quoted = false;
    if (!kept)
        return mle_arena_fail(p->arena, p->err);
    for (const char *c = from; c < to; c++) {
        quoted ^= *c == '`';
        if (quoted || !strchr(" \t\n", *c))
            kept[n++] = *c;
    }
    kept[n] = '\0';
    *out = kept;
    return MLE_OK;
}

static enum mle_status read_name(struct parser *p, const char **name)
{
    skip(p);
    const char *start = p->at;
    if (*start == '`') {
        const char *end = strchr(start + 1, '`');
        if (!end || end == start + 1)
            return fail(p, start, "syntax", "a name in backticks has no end");
        p->at = end + 1;
        return keep(p, start + 1, end, name);
    }
    if (isdigit((unsigned char)*start))
        return fail(p, start, "syntax",
                    "a term is a column, not a number; write I(2*x) for arithmetic");
    while (is_name_byte(*p->at))
        p->at++;
    if (p->at == start)
        return fail(p, start, "syntax",
                    *start ? "a column was expected here" : "the formula ends early");
    return keep(p, start, p->at, name);
}

/* What stands between the bracket that was just taken and the one that closes it. */
static enum mle_status read_brackets(struct parser *p, const char **from, const char **to)
{
    const char *open = p->at - 1;
    int depth = 1;
    bool quoted = false;
    *from = p->at;
    for (; *p->at && depth > 0; p->at++) {
        quoted ^= *p->at == '`';
        depth += quoted ? 0 : (*p->at == '(') - (*p->at == ')');
    }
    *to = p->at - 1;
    return depth == 0 ? MLE_OK : fail(p, open, "syntax", "this bracket is not closed");
}

/* The bit of a factor; one that was seen before is the same. */
static enum mle_status add_factor(struct parser *p, const char *start, struct mle_factor factor,
                                  uint64_t *bit)
{
    size_t i = 0;
    while (i < p->n_factor && (p->factor[i].levels != factor.levels ||
                               !p->factor[i].expression != !factor.expression ||
                               strcmp(p->factor[i].column, factor.column) != 0))
        i++;
    if (i == MLE_FORMULA_MAX_FACTORS)
        return fail(p, start, "too_many", "more factors than a formula may have");
    if (i == p->n_factor)
        p->factor[p->n_factor++] = factor;
    *bit = UINT64_C(1) << i;
    return MLE_OK;
}

/* poly(expression, degree) */
static enum mle_status read_polynomial(struct parser *p, const char *start, const char *from,
                                       const char *to, uint64_t *bit)
{
    struct mle_factor factor = { 0 };
    const char *comma = to;
    while (comma > from && comma[-1] != ',')
        comma--;
    const char *c = comma;
    while (c < to && strchr(" \t\n", *c))
        c++;
    while (c < to && isdigit((unsigned char)*c) && factor.degree <= MLE_POLYNOMIAL_MAX)
        factor.degree = 10 * factor.degree + (unsigned)(*c++ - '0');
    while (c < to && strchr(" \t\n", *c))
        c++;
    if (comma == from || c < to || factor.degree < 1 || factor.degree > MLE_POLYNOMIAL_MAX)
        return fail(p, comma, "degree", "poly() takes a column and a degree from 1 to 20");
    MLE_TRY(keep_compact(p, start, to + 1, &factor.column));
    MLE_TRY(keep_in_place(p, from, comma - 1, &factor.expression));
    return add_factor(p, start, factor, bit);
}

/* name( was read: C, offset, poly, or a function of columns. */
static enum mle_status read_call(struct parser *p, const char *start, const char *name,
                                 bool *is_offset, uint64_t *bit)
{
    static const char *const functions[] = { "log", "exp", "sqrt", "I" };
    const char *from, *to;
    struct mle_factor factor = { 0 };
    MLE_TRY(read_brackets(p, &from, &to));
    *is_offset = strcmp(name, "offset") == 0;
    if (*is_offset)
        return p->offset ? fail(p, start, "repeated", "there is an offset already")
                         : keep_in_place(p, from, to, &p->offset);
    if (strcmp(name, "C") == 0) {
        struct parser inner = { .text = p->text, .at = from, .arena = p->arena, .err = p->err };
        MLE_TRY(read_name(&inner, &factor.column));
        skip(&inner);
        if (inner.at != to)
            return fail(p, inner.at, "syntax", "C() takes the name of one column");
        factor.levels = true;
        return add_factor(p, start, factor, bit);
    }
    if (strcmp(name, "poly") == 0)
        return read_polynomial(p, start, from, to, bit);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(name, functions[i]) != 0)
            continue;
        bool identity = name[0] == 'I';
        MLE_TRY(keep_compact(p, start, p->at, &factor.column));
        MLE_TRY(
            keep_in_place(p, identity ? from : start, identity ? to : p->at, &factor.expression));
        return add_factor(p, start, factor, bit);
    }
    return fail(p, start, "unknown_function",
                "the functions of a formula are C, log, exp, sqrt, I, poly and offset");
}

/* --- terms
 * ---------------------------------------------------------------------------------------- */

static enum mle_status add_term(const struct parser *p, struct terms *set, uint64_t term)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->term[i] == term)
            return MLE_OK;
    if (set->n == MLE_FORMULA_MAX_TERMS)
        return fail(p, p->at, "too_many", "more terms than a formula may have");
    set->term[set->n++] = term;
    return MLE_OK;
}

static void remove_term(struct terms *set, uint64_t term)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->n; i++)
        if (set->term[i] != term)
            set->term[kept++] = set->term[i];
    set->n = kept;
}

static enum mle_status cross(const struct parser *p, const struct terms *a, const struct terms *b,
                             struct terms *out)
{
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < b->n; j++) {
            bool alone = a->term[i] == 0 || b->term[j] == 0 || a->term[i] == NO_INTERCEPT ||
                         b->term[j] == NO_INTERCEPT;
            if (alone)
                return fail(p, p->at, "syntax", "1 and 0 stand between + and -, not in products");
            MLE_TRY(add_term(p, out, a->term[i] | b->term[j]));
        }
    return MLE_OK;
}

static enum mle_status read_sum(struct parser *p, struct terms *out);

static enum mle_status read_atom(struct parser *p, struct terms *out)
{
    const char *name, *start;
    uint64_t bit = 0;
    bool is_offset = false;
    skip(p);
    start = p->at;
    if (take(p, '(')) {
        if (++p->depth > MAX_DEPTH)
            return fail(p, start, "too_deep", "too many brackets inside each other");
        MLE_TRY(read_sum(p, out));
        p->depth--;
        return take(p, ')') ? MLE_OK
                            : fail(p, p->at, "syntax", "a closing bracket was expected here");
    }
    if ((*start == '0' || *start == '1') && !is_name_byte(start[1])) {
        p->at++;
        if (*start == '1')
            return add_term(p, out, 0);
        return add_term(p, out, NO_INTERCEPT); /* "no intercept"; read_sum knows it */
    }
    MLE_TRY(read_name(p, &name));
    if (*p->at == '(') {
        p->at++;
        MLE_TRY(read_call(p, start, name, &is_offset, &bit));
        return is_offset ? MLE_OK : add_term(p, out, bit);
    }
    MLE_TRY(add_factor(p, start, (struct mle_factor){ .column = name }, &bit));
    return add_term(p, out, bit);
}

static enum mle_status read_interaction(struct parser *p, struct terms *out)
{
    struct terms left = { 0 };
    MLE_TRY(read_atom(p, &left));
    while (take(p, ':')) {
        struct terms right = { 0 }, both = { 0 };
        MLE_TRY(read_atom(p, &right));
        MLE_TRY(cross(p, &left, &right, &both));
        left = both;
    }
    for (size_t i = 0; i < left.n; i++)
        MLE_TRY(add_term(p, out, left.term[i]));
    return MLE_OK;
}

static enum mle_status read_product(struct parser *p, struct terms *out)
{
    struct terms left = { 0 };
    MLE_TRY(read_interaction(p, &left));
    while (take(p, '*')) {
        struct terms right = { 0 }, both = left;
        MLE_TRY(read_interaction(p, &right));
        for (size_t i = 0; i < right.n; i++)
            MLE_TRY(add_term(p, &both, right.term[i]));
        MLE_TRY(cross(p, &left, &right, &both));
        left = both;
    }
    for (size_t i = 0; i < left.n; i++)
        MLE_TRY(add_term(p, out, left.term[i]));
    return MLE_OK;
}

static enum mle_status read_sum(struct parser *p, struct terms *out)
{
    bool minus = take(p, '-');
    for (;;) {
        struct terms one = { 0 };
        MLE_TRY(read_product(p, &one));
        for (size_t i = 0; i < one.n; i++) {
            bool zero = one.term[i] == NO_INTERCEPT;
            if (zero == minus)
                MLE_TRY(add_term(p, out, zero ? 0 : one.term[i]));
            else
                remove_term(out, zero ? 0 : one.term[i]);
        }
        if (take(p, '+'))
            minus = false;
        else if (take(p, '-'))
            minus = true;
        else
            return MLE_OK;
    }
}

/* --- the formula
 * ---------------------------------------------------------------------------------- */

static unsigned degree(uint64_t term)
{
    unsigned n = 0;
    for (; term; term &= term - 1)
        n++;
    return n;
}

static enum mle_status make_term(const struct parser *p, uint64_t bits, struct mle_term *term)
{
    struct mle_factor *factor = mle_arena_alloc(p->arena, degree(bits) * sizeof *factor);
    if (!factor)
        return mle_arena_fail(p->arena, p->err);
    term->n = 0;
    term->factor = factor;
    for (size_t i = 0; i < p->n_factor; i++)
        if (bits >> i & 1)
            factor[term->n++] = p->factor[i];
    return MLE_OK;
}

static enum mle_status finish(struct parser *p, const struct terms *set,
                              struct mle_predictor *predictor)
{
    struct mle_term *term = mle_arena_alloc(p->arena, (set->n + 1) * sizeof *term);
    if (!term)
        return mle_arena_fail(p->arena, p->err);
    *predictor = (struct mle_predictor){
        .no_intercept = true, .term = term, .offset = p->offset, .pointer = "/model/formula"
    };
    for (unsigned d = 0; d <= MLE_FORMULA_MAX_FACTORS; d++)
        for (size_t i = 0; i < set->n; i++) {
            if (degree(set->term[i]) != d)
                continue;
            if (d == 0)
                predictor->no_intercept = false;
            else
                MLE_TRY(make_term(p, set->term[i], &term[predictor->n++]));
        }
    return MLE_OK;
}

static enum mle_status read_left(struct parser *p, const char **response)
{
    skip(p);
    const char *start = p->at;
    MLE_TRY(read_name(p, response));
    if (*p->at == '(') {
        fail(p, start, "response", "the left side is a bare column");
        mle_hint(p->err, "A transformed response needs its Jacobian: take a family of the log "
                         "(lognormal), or a column that is transformed already.");
        return MLE_EXPRESSION;
    }
    return take(p, '~') ? MLE_OK : fail(p, p->at, "syntax", "expected ~ after the response");
}

enum mle_status mle_read_formula(const char *text, struct mle_arena *arena, const char **response,
                                 struct mle_predictor *predictor, struct mle_error *err)
{
    struct parser p = { .text = text, .at = text, .arena = arena, .err = err };
    struct terms set = { 1, { 0 } };
    if (strlen(text) > MLE_FORMULA_MAX_BYTES)
        return fail(&p, text, "too_long", "the formula is too long");
    MLE_TRY(read_left(&p, response));
    MLE_TRY(read_sum(&p, &set));
    skip(&p);
    if (*p.at != 0)
        return fail(&p, p.at, "syntax", "nothing more was expected here");
    return finish(&p, &set, predictor);
}
