#include "api/call.h"

#include "api/shortest.h"

#include <math.h>
#include <string.h>

/* The value of {name} or {1/name}; NaN for a name that is no parameter. */
static double value_of(const char *expression, size_t n, const struct mle_model *model,
                       const double theta[])
{
    bool inverse = n > 2 && memcmp(expression, "1/", 2) == 0;
    const char *name = expression + (inverse ? 2 : 0);
    size_t length = n - (inverse ? 2 : 0);
    for (size_t j = 0; j < model->n_theta; j++)
        if (strlen(model->param[j].name) == length && memcmp(model->param[j].name, name, length) == 0)
            return inverse ? 1 / theta[j] : theta[j];
    return NAN;
}

void mle_alias(const char *pattern, const struct mle_model *model, const double theta[],
               size_t size, char out[])
{
    size_t n = 0;
    for (const char *p = pattern; *p && n + 40 < size;) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (!end) {
            out[n++] = *p++;
            continue;
        }
        double value = value_of(p + 1, (size_t)(end - p) - 1, model, theta);
        n += isfinite(value) ? mle_to_chars(value, 32, out + n) : 0;
        p = end + 1;
    }
    out[n] = '\0';
}
