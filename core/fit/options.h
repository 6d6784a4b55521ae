/* The options of a fit, a struct made of options.def. */
#ifndef MLE_CORE_FIT_OPTIONS_H
#define MLE_CORE_FIT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct mle_fit_options {
#define MLE_OPTION_WORD(name, doc, ...)                 int name;
#define MLE_OPTION_REAL(name, value, above, most, doc)  double name;
#define MLE_OPTION_COUNT(name, value, least, most, doc) int64_t name;
#define MLE_OPTION_WORDS(name, doc, ...)                unsigned name;
#include "core/fit/options.def"
#undef MLE_OPTION_WORD
#undef MLE_OPTION_REAL
#undef MLE_OPTION_COUNT
#undef MLE_OPTION_WORDS
    bool holdout; /* the next two are given */
    double holdout_fraction;
    int64_t holdout_seed;
};

/* The values of word options, in the order of their words. */
enum mle_method {
    MLE_METHOD_AUTO,
    MLE_METHOD_CLOSED_FORM,
    MLE_METHOD_NEWTON,
    MLE_METHOD_LBFGS,
    MLE_METHOD_EM,
    MLE_METHOD_NELDER_MEAD,
};
enum mle_intervals {
    MLE_INTERVALS_WALD,
    MLE_INTERVALS_PROFILE,
    MLE_INTERVALS_BOOTSTRAP,
    MLE_INTERVALS_NONE,
};
enum mle_covariance { MLE_COVARIANCE_OBSERVED, MLE_COVARIANCE_EXPECTED, MLE_COVARIANCE_SANDWICH };
/* Bits by the order of the words. */
enum mle_include {
    MLE_INCLUDE_COVARIANCE = 1,
    MLE_INCLUDE_GOODNESS = 1 << 2,
    MLE_INCLUDE_ENTROPY = 1 << 4,
    MLE_INCLUDE_PIT = 1 << 7,
    MLE_INCLUDE_OFFERED =
        MLE_INCLUDE_COVARIANCE | MLE_INCLUDE_GOODNESS | MLE_INCLUDE_ENTROPY | MLE_INCLUDE_PIT,
};

extern const struct mle_fit_options mle_fit_options_default;

/* The words of each word option, NULL at the end: mle_words_method and so on. */
#define MLE_OPTION_WORD(name, doc, ...)  extern const char *const mle_words_##name[];
#define MLE_OPTION_WORDS(name, doc, ...) extern const char *const mle_words_##name[];
#define MLE_OPTION_REAL(name, value, above, most, doc)
#define MLE_OPTION_COUNT(name, value, least, most, doc)
#include "core/fit/options.def"
#undef MLE_OPTION_WORD
#undef MLE_OPTION_WORDS
#undef MLE_OPTION_REAL
#undef MLE_OPTION_COUNT

#endif
