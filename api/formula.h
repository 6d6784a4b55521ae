/* Wilkinson and Rogers' notation for a model: "y ~ x1 + C(site) * log(x2) - 1".

   + joins terms, : interacts, * is both (a * b = a + b + a:b), - takes terms away, 1 and 0 are the
   intercept and its absence, brackets group. A factor is a column, C(column) for its values as
   levels, log(..), exp(..), sqrt(..) or I(..) of arithmetic with columns (core/expr), poly(.., 2)
   orthogonal polynomials; offset(..) stands in the predictor with coefficient 1. A name that is no
   word stands in `backticks`. */
#ifndef MLE_API_FORMULA_H
#define MLE_API_FORMULA_H

#include "core/base/arena.h"
#include "core/base/status.h"
#include "core/model/spec.h"

enum { MLE_FORMULA_MAX_BYTES = 4096, MLE_FORMULA_MAX_FACTORS = 62, MLE_FORMULA_MAX_TERMS = 256 };

/* SETS *response to the name on the left and *predictor to what the right side says, terms by
   degree and then as they appear. Texts are kept in the arena. Faults at /model/formula name the
   column of the text, from 1. */
enum mle_status mle_read_formula(const char *text, struct mle_arena *arena, const char **response,
                                 struct mle_predictor *predictor, struct mle_error *err);

#endif
