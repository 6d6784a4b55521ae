/* The general model: one univariate family for all rows. (A predictor for each parameter will make
   it conditional; without one every parameter is a single number.) */
#ifndef MLE_CORE_MODEL_FAMILY_MODEL_H
#define MLE_CORE_MODEL_FAMILY_MODEL_H

#include "core/model/model.h"

extern const struct mle_model_kind mle_model_kind_family;

/* Reports the rows of a numeric response that lie outside the support; MLE_OUTSIDE_SUPPORT. */
enum mle_status mle_report_outside(const struct mle_model *model, struct mle_error *err);

#endif
