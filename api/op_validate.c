#include "api/call.h"

/* Everything of a fit but the fit: reading, binding and the look at the support. */
enum mle_status run_validate(struct mle_call *call, const struct mle_work *work,
                             struct mle_error *err)
{
    struct mle_asked asked;
    struct mle_model model;
    const struct mle_data *data;
    MLE_TRY(mle_read_request(call, &asked, err));
    MLE_TRY(mle_call_data(call, &data, err));
    call->facts.rows = data->n;
    MLE_TRY(mle_model_bind(&asked.spec, data, (enum mle_missing)asked.options.missing, work, &model,
                           err));
    call->facts.family = model.family ? model.family->name : model.kind->name;
    MLE_TRY(model.kind->scan(&model, work, err));
    mle_call_computed(call);
    struct mle_writer *w = &call->writer;
    mle_write_begin_object(w);
    mle_write_member_string(w, "object", "validation");
    mle_write_member_bool(w, "valid", true);
    mle_write_model(w, &model);
    mle_write_member_integer(w, "rows", (int64_t)model.frame.n);
    mle_write_member_integer(w, "rows_omitted", (int64_t)model.frame.rows_omitted);
    mle_write_end_object(w);
    return MLE_OK;
}
