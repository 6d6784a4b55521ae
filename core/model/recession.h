/* Whether the likelihood of a regression has a maximum: the directions in which it does not fall.

   Each row rises for ever, falls for ever or neither as its predictor eta grows: a success rises to
   its supremum as eta -> inf (U), a failure or a count of 0 as eta -> -inf (D), any other row falls
   on both sides (B). A direction d of the coefficients is one of recession if x'd >= 0 in rows U,
   <= 0 in rows D and = 0 in rows B, not all 0: along it the likelihood rises without a maximum
   (separation; Albert & Anderson 1984, Correia, Guimaraes & Zylkin 2019). By Stiemke's lemma there
   is none if and only if the rows can be weighted, w > 0 in rows U, < 0 in D, so that sum w x = 0.
   At the maximum the scores are such weights. Inside of core/model. */
#ifndef MLE_CORE_MODEL_RECESSION_H
#define MLE_CORE_MODEL_RECESSION_H

#include "core/model/family_model.h"

/* Looks for a direction of recession of the location's predictor at theta, where the search ended.
   None, and shown: the certificate of x is STIEMKE. One: its rows lose their weight, dependent
   coefficients are pinned, x becomes INFINITE and *again true: what is left is to be fitted.
   Neither could be shown: x is left as it is. */
enum mle_status mle_family_recede(struct mle_model *model, const struct mle_work *work,
                                  const double theta[], struct mle_existence *x, bool *again,
                                  struct mle_error *err);

/* Before the search: whether a predictor fits the response exactly, so that a dispersion collapses.
   Then theta[n_theta] are its coefficients, NaN for what has no value. */
enum mle_status mle_family_perfect_fit(const struct mle_model *model, const struct mle_work *work,
                                       double theta[], struct mle_existence *x,
                                       struct mle_error *err);

#endif
