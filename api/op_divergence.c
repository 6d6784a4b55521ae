#include "api/read_law.h"

#include <math.h>

struct divergence_text {
    const json_t *p, *q;
};

static const struct mle_field divergence_fields[] = {
    { "p", MLE_FIELD_JSON, offsetof(struct divergence_text, p), .required = true },
    { "q", MLE_FIELD_JSON, offsetof(struct divergence_text, q), .nullable = true },
};
const struct mle_field_table mle_divergence_table =
    MLE_FIELD_TABLE("", MLE_PROBLEM_INVALID_MODEL, divergence_fields);

static void write_divergence(struct mle_call *call, const struct mle_divergence *d)
{
    struct mle_writer *w = &call->writer;
    mle_write_begin_object(w);
    mle_write_member_string(w, "object", "divergence");
    mle_write_nats(w, "kl", d->kl);
    mle_write_nats(w, "cross_entropy", d->cross_entropy);
    mle_write_nats(w, "entropy", d->entropy);
    mle_write_value(w, "perplexity", d->perplexity);
    mle_write_member_string(w, "method", mle_divergence_method_word(d->method));
    mle_write_value(w, "absolute_error", d->absolute_error);
    mle_write_key(w, "absent");
    mle_write_begin_object(w);
    for (unsigned i = 0; i < d->n_absent; i++)
        mle_write_member_string(w, d->absent[i].name, d->absent[i].why);
    mle_write_end_object(w);
    mle_write_warnings(call, 0, NULL);
    mle_write_end_object(w);
}

enum mle_status run_divergence(struct mle_call *call, const struct mle_work *work,
                               struct mle_error *err)
{
    struct divergence_text text = { NULL, NULL };
    struct mle_stated_law p, q;
    struct mle_divergence divergence;
    MLE_TRY(mle_read_object(&mle_divergence_table, mle_call_document(call), NULL, work->arena,
                            &text, err));
    MLE_TRY(mle_read_law(text.p, "p", work, &p, err));
    if (text.q) {
        MLE_TRY(mle_read_law(text.q, "q", work, &q, err));
        MLE_TRY(mle_match_laws(&p, &q, work, err));
    }
    if (p.law.family)
        call->facts.family = p.law.family->name;
    MLE_TRY(mle_divergence(&p.law, text.q ? &q.law : NULL, work, &divergence, err));
    mle_call_computed(call);
    write_divergence(call, &divergence);
    return MLE_OK;
}
