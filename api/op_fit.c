#include "api/call.h"

#include <string.h>

/* Prefer: handling=strict: an answer without an estimate is an error. */
static enum mle_status refuse(const struct mle_fit *fit, struct mle_error *err)
{
    if (fit->status == MLE_FIT_NO_MLE)
        return mle_problem_fail(err, MLE_PROBLEM_NO_MLE, "%s", fit->existence.detail);
    return mle_problem_fail(err, MLE_PROBLEM_NOT_CONVERGED, "the fit ended by %s",
                            mle_outcome_word(fit->convergence.termination));
}

enum mle_status run_fit(struct mle_call *call, const struct mle_work *work, struct mle_error *err)
{
    struct mle_asked asked;
    struct mle_model model;
    struct mle_fit fit;
    MLE_TRY(mle_call_bind(call, work, &asked, &model, err));
    MLE_TRY(mle_fit_run(&model, &asked.options, work, &fit, err));
    mle_call_computed(call);
    call->facts.outcome = mle_fit_status_word(fit.status);
    call->facts.verdict = mle_verdict_word(fit.existence.verdict);
    call->facts.iterations = fit.convergence.iterations;
    call->facts.evaluations = fit.convergence.evaluations;
    bool failed = fit.status == MLE_FIT_NO_MLE || fit.status == MLE_FIT_NOT_CONVERGED;
    if (call->head.strict && failed)
        return refuse(&fit, err);
    fit.include_covariance = asked.options.include & MLE_INCLUDE_COVARIANCE;
    if (call->head.format == MLE_FORMAT_TEXT)
        mle_encode_fit_text(call, &fit);
    else if (call->head.format == MLE_FORMAT_CSV)
        mle_encode_fit_csv(call, &fit);
    else
        mle_encode_fit(call, &fit);
    return MLE_OK;
}
