/* What the log-likelihood says: cross-entropy, entropy and KL (5.58 - 5.61), information criteria.
 */
#include "core/fit/fit.h"

#include <math.h>

static void absent(struct mle_diagnostics *d, const char *name, const char *why)
{
    if (d->n_absent < MLE_MAX_ABSENT)
        d->absent[d->n_absent++] = (struct mle_absence){ name, why };
}

/* KL(p_data || p_model) = cross-entropy - entropy (5.60). For discrete data the empirical
   distribution and the model share a base measure; for a density the empirical distribution is a
   sum of atoms, and neither term is defined. */
static void divergence(struct mle_diagnostics *d, const struct mle_model *model)
{
    const struct mle_table *table = model->table;
    if (model->conditional || model->frame.upper || model->frame.cut[0].at) {
        const char *why = model->conditional
                              ? "a regression: the rows have no distribution in common"
                              : "censored, truncated or rounded response: the empirical "
                                "distribution is not observed";
        absent(d, "entropy", why);
        absent(d, "kl", why);
        return;
    }
    if (model->measure == MLE_LEBESGUE) {
        absent(d, "entropy",
               "continuous response: the entropy of the empirical distribution is not "
               "defined against a density");
        absent(d, "kl",
               "continuous response: the KL divergence of the empirical distribution from a "
               "density is not defined");
        return;
    }
    if (!table) {
        const char *why =
            model->no_table ? model->no_table
            : model->frame.trials.stride || model->trials_differ
                ? "the number of trials differs between rows"
                : "undersampled: too many different values for an empirical distribution";
        absent(d, "entropy", why);
        absent(d, "kl", why);
        return;
    }
    d->entropy = mle_table_entropy(table);
    double w = model->frame.weight_sum;
    if (table->n > 20 && (double)table->singletons > 0.2 * w) {
        absent(d, "kl",
               "undersampled: more than 20 % of the rows are values that occur once, so "
               "the empirical distribution is no estimate");
        return;
    }
    if (isnan(d->cross_entropy)) {
        absent(d, "kl", "the cross-entropy does not exist");
        return;
    }
    d->kl = d->cross_entropy - d->entropy;
    if (d->kl < 0 && d->kl > -1e-12 * (1 + fabs(d->entropy)))
        d->kl = 0; /* rounding: KL >= 0 */
    double cells = (double)table->n, k = (double)d->free_parameters;
    d->kl_expected = fmax(cells - 1 - k, 0) / (2 * w);
}

static void criteria(struct mle_diagnostics *d, double weight_sum)
{
    double k = (double)d->free_parameters, spare = weight_sum - k - 1;
    d->aic = 2 * k + 2 * d->nll;
    d->bic = k * log(weight_sum) + 2 * d->nll;
    if (spare > 0)
        d->aicc = d->aic + 2 * k * (k + 1) / spare;
    else
        absent(d, "aicc", "n - k - 1 is not positive");
}

/* The mean squared error of the fitted mean. For the normal it is all the cross-entropy knows:
   cross_entropy = log(2 pi mse) / 2 + 1/2 at the maximum. */
static void squared_error(struct mle_diagnostics *d, const struct mle_model *model,
                          const double theta[])
{
    const struct mle_evidence *e = &model->evidence;
    const char *why =
        theta ? "defined for the normal family, whose cross-entropy it is up to constants"
              : "there is no fitted distribution";
    if (model->conditional)
        return; /* summed over the rows: mle_fit_errors */
    if (!model->family || !model->family->mean_squared_error || !theta)
        absent(d, "mean_squared_error", why);
    else
        d->mean_squared_error = model->family->mean_squared_error(e, theta);
}

void mle_fit_diagnose(struct mle_fit *fit, double log_likelihood, const double theta[])
{
    const struct mle_model *model = fit->model;
    struct mle_diagnostics *d = &fit->diagnostics;
    double w = model->frame.weight_sum;
    *d = (struct mle_diagnostics){
        .log_likelihood = log_likelihood,
        .nll = 0 - log_likelihood,
        .cross_entropy = 0 - log_likelihood / w,
        .perplexity = NAN,
        .model_entropy = NAN,
        .entropy = NAN,
        .kl = NAN,
        .kl_expected = NAN,
        .aic = NAN,
        .aicc = NAN,
        .bic = NAN,
        .mean_squared_error = NAN,
        .deviance = NAN,
        .null_deviance = NAN,
        .free_parameters = fit->free_parameters,
    };
    if (isnan(log_likelihood)) {
        static const char *const names[] = {
            "log_likelihood", "nll", "cross_entropy", "perplexity", "aic", "aicc", "bic"
        };
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            absent(d, names[i],
                   fit->existence.verdict == MLE_VERDICT_UNBOUNDED
                       ? "the likelihood is unbounded: see existence"
                       : "the log-likelihood could not be computed: see convergence");
    } else {
        d->perplexity = exp(d->cross_entropy);
        criteria(d, w);
    }
    if (theta && model->kind->entropy)
        d->model_entropy = model->kind->entropy(model, theta);
    if (isnan(d->model_entropy))
        absent(d, "model_entropy",
               theta ? "no formula for this model" : "there is no fitted distribution");
    divergence(d, model);
    squared_error(d, model, theta);
}

void mle_fit_withdraw(struct mle_fit *fit, const char *why)
{
    struct mle_diagnostics *d = &fit->diagnostics;
    struct {
        const char *name;
        double *value;
    } claims[] = { { "cross_entropy", &d->cross_entropy },
                   { "perplexity", &d->perplexity },
                   { "aic", &d->aic },
                   { "aicc", &d->aicc },
                   { "bic", &d->bic },
                   { "kl", &d->kl } };
    d->kl_expected = NAN;
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        if (!isnan(*claims[i].value))
            absent(d, claims[i].name, why);
        *claims[i].value = NAN;
    }
}

enum mle_status mle_fit_errors(struct mle_fit *fit, const struct mle_work *work,
                               const double theta[], struct mle_error *err)
{
    const struct mle_model *model = fit->model;
    struct mle_diagnostics *d = &fit->diagnostics;
    struct mle_errors errors = { NAN, NAN, NAN };
    if (!model->conditional)
        return MLE_OK;
    bool fitted = fit->existence.verdict != MLE_VERDICT_INFINITE;
    if (fitted && model->kind->errors)
        MLE_TRY(model->kind->errors(model, work, theta, &errors, err));
    d->deviance = errors.deviance;
    d->null_deviance = errors.null_deviance;
    d->mean_squared_error = errors.mean_squared;
    const char *why = fitted ? "not defined for this family or for these rows"
                             : "there is no fitted distribution";
    if (isnan(d->deviance))
        absent(d, "deviance", why);
    if (isnan(d->null_deviance))
        absent(d, "null_deviance",
               isnan(d->deviance) ? why
                                  : "with an offset or without an intercept the null model is "
                                    "no constant");
    if (isnan(d->mean_squared_error))
        absent(d, "mean_squared_error", why);
    return MLE_OK;
}
