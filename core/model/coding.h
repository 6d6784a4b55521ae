/* From the terms of a predictor to columns of numbers. Inside of core/model (design.c). */
#ifndef MLE_CORE_MODEL_CODING_H
#define MLE_CORE_MODEL_CODING_H

#include "core/model/family_model.h"

/* The columns that one factor becomes, or the product of several. */
struct mle_coded {
    size_t n;
    const double **x;  /* [n], each [frame->n] */
    const char **name; /* [n] */
};

struct mle_coder {
    struct mle_model *model;
    const struct mle_data *data;
    const struct mle_work *work;
    struct mle_error *err;
};

/* SETS out to the columns of term t; names as people read them ("x1", "site[b]", "x1:site[b]",
   "poly(x,2)[1]"). */
enum mle_status mle_code_term(const struct mle_coder *c, const struct mle_predictor *predictor,
                              size_t t, struct mle_coded *out);

/* SETS *x, [frame->n], to the expression over columns, which faults call name; values that are not
   finite are faults. */
enum mle_status mle_code_expression(const struct mle_coder *c, const char *name, const char *text,
                                    const char *pointer, const double **x);

/* a, middle, b and end in one string of the arena; NULL for want of memory. */
const char *mle_coded_name(const struct mle_coder *c, const char *a, const char *middle,
                           const char *b, const char *end);

#endif
