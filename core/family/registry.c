#include "core/family/existence.h"
#include "core/family/family.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MLE_FAMILY(name) extern const struct mle_family mle_family_##name;
#include "core/family/families.def"
#undef MLE_FAMILY

static const struct mle_family *const families[] = {
#define MLE_FAMILY(name) &mle_family_##name,
#include "core/family/families.def"
#undef MLE_FAMILY
};

size_t mle_family_count(void)
{
    return sizeof families / sizeof *families;
}

const struct mle_family *mle_family_get(size_t i)
{
    return families[i];
}

const struct mle_family *mle_family_find(const char *name)
{
    for (size_t i = 0; i < mle_family_count(); i++)
        if (strcmp(families[i]->name, name) == 0)
            return families[i];
    return NULL;
}

/* --- existence ------------------------------------------------------------------------------ */

const char *mle_verdict_word(enum mle_verdict verdict)
{
    static const char *const words[] = {
#define WORD(name, word) word,
        MLE_VERDICT_MAP(WORD)
    };
    return words[verdict];
}

const char *mle_certificate_word(enum mle_certificate certificate)
{
    static const char *const words[] = { MLE_CERTIFICATE_MAP(WORD) };
    return words[certificate];
}

const char *mle_maximum_word(enum mle_maximum maximum)
{
    static const char *const words[] = { "", "global", "local", "best_of_starts" };
    return words[maximum];
}

void mle_existence_init(struct mle_existence *existence, size_t n, double theta[],
                        double standard_error[])
{
    *existence = (struct mle_existence){
        .supremum = NAN, .n = n, .theta = theta, .standard_error = standard_error
    };
    for (size_t j = 0; j < n; j++)
        theta[j] = standard_error[j] = NAN;
}

void mle_existence_reset(struct mle_existence *existence)
{
    mle_existence_init(existence, existence->n, existence->theta, existence->standard_error);
}

void mle_settle(struct mle_existence *existence, enum mle_verdict verdict,
                enum mle_certificate certificate, const char *format, ...)
{
    existence->verdict = verdict;
    existence->certificate = certificate;
    existence->valid = true;
    va_list args;
    va_start(args, format);
    vsnprintf(existence->detail, sizeof existence->detail, format, args);
    va_end(args);
}
