/* Ready calls of scipy and R with {expressions} in the parameters: "scale={exp(mu)}". The patterns
   are constants of the families, so the small parser below trusts them. */
#include "api/call.h"
#include "core/base/shortest.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *at;
    const struct mle_model *model;
    const double *theta;
};

static double read_sum(struct reader *r);

static bool is_word(const char *name, const char *at, size_t n)
{
    return strlen(name) == n && memcmp(name, at, n) == 0;
}

/* A parameter, the number of trials, or exp, log and sqrt of what follows in brackets. NaN for
   anything else. */
static double read_word(struct reader *r)
{
    const char *start = r->at;
    while (isalnum((unsigned char)*r->at) || *r->at == '_')
        r->at++;
    size_t n = (size_t)(r->at - start);
    for (size_t j = 0; j < r->model->n_theta; j++)
        if (is_word(r->model->param[j].name, start, n))
            return r->theta[j];
    const struct mle_view *trials = &r->model->frame.trials;
    if (is_word("trials", start, n))
        return trials->at && trials->stride == 0 ? trials->at[0] : NAN;
    if (*r->at != '(')
        return NAN;
    r->at++;
    double x = read_sum(r);
    r->at += *r->at == ')';
    return is_word("exp", start, n)    ? exp(x)
           : is_word("log", start, n)  ? log(x)
           : is_word("sqrt", start, n) ? sqrt(x)
                                       : NAN;
}

static double read_factor(struct reader *r)
{
    if (*r->at == '-') {
        r->at++;
        return -read_factor(r);
    }
    if (*r->at == '(') {
        r->at++;
        double x = read_sum(r);
        r->at += *r->at == ')';
        return x;
    }
    if (!isdigit((unsigned char)*r->at))
        return read_word(r);
    double x = 0; /* patterns have small whole numbers only */
    while (isdigit((unsigned char)*r->at))
        x = 10 * x + (*r->at++ - '0');
    return x;
}

static double read_product(struct reader *r)
{
    double x = read_factor(r);
    while (*r->at == '*' || *r->at == '/') {
        bool divide = *r->at++ == '/';
        double y = read_factor(r);
        x = divide ? x / y : x * y;
    }
    return x;
}

static double read_sum(struct reader *r)
{
    double x = read_product(r);
    while (*r->at == '+' || *r->at == '-') {
        bool minus = *r->at++ == '-';
        double y = read_product(r);
        x = minus ? x - y : x + y;
    }
    return x;
}

/* --- text that grows ---------------------------------------------------------------------------
 */

struct text {
    size_t n, size;
    char *out;
};

static bool put(struct text *text, size_t n, const char *piece)
{
    if (text->n + n + 1 > text->size)
        return false;
    memcpy(text->out + text->n, piece, n);
    text->n += n;
    text->out[text->n] = '\0';
    return true;
}

static bool put_number(struct text *text, double x)
{
    char number[40];
    return isfinite(x) && put(text, mle_to_chars(x, sizeof number, number), number);
}

/* Elements (i, 0 .. n - 1), or those of a vector, with commas. */
static bool put_elements(struct text *text, const struct mle_param_group *group, size_t i,
                         const double theta[])
{
    bool ok = true;
    for (size_t k = 0; ok && k < group->n; k++) {
        size_t j = group->shape == MLE_VECTOR ? group->first + k : mle_group_element(group, i, k);
        ok = (k == 0 || put(text, 2, ", ")) && put_number(text, j == SIZE_MAX ? 0 : theta[j]);
    }
    return ok;
}

/* [1, 2], [[1, 0], [0, 1]]; c(1, 2), matrix(c(1, 0, 0, 1), 2). The matrices are symmetric, so R's
   order by columns is theirs too. */
static bool put_group(struct text *text, enum mle_language language,
                      const struct mle_param_group *group, const double theta[])
{
    bool matrix = group->shape != MLE_VECTOR, python = language == MLE_PYTHON;
    if (!matrix)
        return put(text, python ? 1 : 2, python ? "[" : "c(") &&
               put_elements(text, group, 0, theta) && put(text, 1, python ? "]" : ")");
    bool ok = put(text, python ? 1 : 9, python ? "[" : "matrix(c(");
    for (size_t i = 0; ok && i < group->n; i++)
        ok = (i == 0 || put(text, 2, ", ")) && (!python || put(text, 1, "[")) &&
             put_elements(text, group, i, theta) && (!python || put(text, 1, "]"));
    if (python)
        return ok && put(text, 1, "]");
    return ok && put(text, 3, "), ") && put_number(text, (double)group->n) && put(text, 1, ")");
}

/* "[name]}": the group of that name. *end is behind the brace. */
static const struct mle_param_group *find_group(const struct mle_model *model, const char *at,
                                                const char **end)
{
    size_t n = strcspn(at + 1, "]");
    *end = at + 1 + n + 2;
    for (size_t g = 0; g < model->n_group; g++)
        if (is_word(model->group[g].name, at + 1, n))
            return &model->group[g];
    return NULL;
}

bool mle_alias(const char *pattern, enum mle_language language, const struct mle_model *model,
               const double theta[], size_t size, char out[])
{
    struct text text = { 0, size, out };
    bool ok = true;
    for (const char *p = pattern; ok && *p;) {
        if (*p != '{') {
            ok = put(&text, 1, p++);
        } else if (p[1] == '[') {
            const struct mle_param_group *group = find_group(model, p + 1, &p);
            ok = group && put_group(&text, language, group, theta);
        } else {
            struct reader r = { p + 1, model, theta };
            double value = read_sum(&r);
            ok = *r.at == '}' && put_number(&text, value);
            p = r.at + 1;
        }
    }
    return ok;
}
