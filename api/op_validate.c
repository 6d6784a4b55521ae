#include "api/call.h"

/* Everything of a fit but the fit: reading, binding and the look at the support. */
enum mle_status run_validate(struct mle_call *call, const struct mle_work *work,
                             struct mle_error *err)
{
    struct mle_asked asked;
    struct mle_model model;
    MLE_TRY(mle_call_bind(call, work, &asked, &model, err));
    MLE_TRY(mle_fit_check(&model, &asked.options, err));
    MLE_TRY(model.kind->scan(&model, work, err));
    mle_call_computed(call);
    struct mle_writer *w = &call->writer;
    mle_write_begin_object(w);
    mle_write_member_string(w, "object", "validation");
    mle_write_member_bool(w, "valid", true);
    mle_write_model(w, &model);
    mle_write_member_integer(w, "rows", (int64_t)(model.frame.n + model.frame.rows_weightless));
    mle_write_member_integer(w, "rows_omitted", (int64_t)model.frame.rows_omitted);
    mle_write_warnings(call, 0, NULL);
    mle_write_end_object(w);
    return MLE_OK;
}
