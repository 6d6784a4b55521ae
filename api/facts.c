/* The words that the facts of a call are made of. */
#include "api/call.h"

const char *mle_fact_word(enum mle_fact fact, size_t i)
{
#define WORD(name, word) word,
    static const char *const statuses[] = { MLE_FIT_STATUS_MAP(WORD) };
    static const char *const verdicts[] = { MLE_VERDICT_MAP(WORD) };
#undef WORD
    enum { STATUSES = sizeof statuses / sizeof *statuses };
    enum { VERDICTS = sizeof verdicts / sizeof *verdicts };
    switch (fact) {
    case MLE_FACT_FAMILY:
        if (i < mle_family_count())
            return mle_family_get(i)->name;
        i -= mle_family_count();
        return i < mle_model_kind_count() ? mle_model_kind_get(i)->name : NULL;
    case MLE_FACT_STATUS:
        return i < STATUSES ? statuses[i] : NULL;
    case MLE_FACT_VERDICT:
        return i < VERDICTS ? verdicts[i] : NULL;
    }
    return NULL;
}
