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

bool mle_alias(const char *pattern, const struct mle_model *model, const double theta[],
               size_t size, char out[])
{
    size_t n = 0;
    for (const char *p = pattern; *p; p++) {
        if (n + 40 > size)
            return false;
        if (*p != '{') {
            out[n++] = *p;
            continue;
        }
        struct reader r = { p + 1, model, theta };
        double value = read_sum(&r);
        if (!isfinite(value) || *r.at != '}')
            return false;
        n += mle_to_chars(value, 32, out + n);
        p = r.at;
    }
    out[n] = '\0';
    return true;
}
