#include "api/call.h"
#include "core/fit/goodness.h"
#include "core/fit/holdout.h"
#include "core/fit/pit.h"
#include "core/math/logs.h"
#include "core/math/special.h"

#include <math.h>
#include <string.h>

/* --- parts of the document ------------------------------------------------------------------ */

static void write_estimates(struct mle_writer *w, const struct mle_fit *fit)
{
    mle_write_key(w, "estimates");
    mle_write_begin_array(w);
    for (size_t j = 0; j < fit->model->n_theta; j++) {
        const struct mle_estimate *e = &fit->estimate[j];
        mle_write_begin_object(w);
        mle_write_member_string(w, "name", fit->model->param[j].name);
        mle_write_value(w, "value", e->value);
        mle_write_value(w, "standard_error", e->standard_error);
        mle_write_value(w, "lower", e->lower);
        mle_write_value(w, "upper", e->upper);
        if (fit->model->conditional) {
            double z = e->value / e->standard_error;
            mle_write_value(w, "z", z);
            mle_write_value(w, "p_value", 2 * mle_normal_cdf(-fabs(z)));
        }
        mle_write_end_object(w);
    }
    mle_write_end_array(w);
}

static void write_alias(struct mle_writer *w, const char *name, enum mle_language language,
                        const char *pattern, const struct mle_model *model, const double theta[])
{
    char text[4096]; /* a call of more parameters is no help to anybody */
    if (pattern && mle_alias(pattern, language, model, theta, sizeof text, text))
        mle_write_member_string(w, name, text);
}

/* null when a parameter has no finite value; a member is left out where the other system has no
   such call. */
static void write_aliases(struct mle_writer *w, const struct mle_fit *fit, const double theta[])
{
    const struct mle_model *model = fit->model;
    const char *scipy = model->family ? model->family->scipy : model->kind->scipy;
    const char *r = model->family ? model->family->r : model->kind->r;
    bool finite = true;
    for (size_t j = 0; finite && j < model->n_theta; j++)
        finite = isfinite(theta[j]);
    mle_write_key(w, "aliases");
    if (!finite) {
        mle_write_null(w);
        return;
    }
    mle_write_begin_object(w);
    write_alias(w, "scipy", MLE_PYTHON, scipy, model, theta);
    write_alias(w, "r", MLE_R, r, model, theta);
    mle_write_end_object(w);
}

static void write_entropies(struct mle_writer *w, const struct mle_diagnostics *d)
{
    mle_write_nats(w, "model_entropy", d->model_entropy);
    mle_write_key(w, "entropy");
    if (isnan(d->entropy)) {
        mle_write_null(w);
    } else {
        mle_write_begin_object(w);
        mle_write_member_number(w, "nats", d->entropy);
        mle_write_member_number(w, "bits", d->entropy / MLE_LN2);
        mle_write_member_string(w, "of", "empirical distribution");
        mle_write_member_string(w, "estimator", "plug_in");
        mle_write_end_object(w);
    }
    mle_write_key(w, "kl");
    if (isnan(d->kl)) {
        mle_write_null(w);
        return;
    }
    mle_write_begin_object(w);
    mle_write_member_number(w, "nats", d->kl);
    mle_write_member_number(w, "bits", d->kl / MLE_LN2);
    mle_write_member_string(w, "estimator", "plug_in");
    mle_write_member_number(w, "expected_under_model", d->kl_expected);
    mle_write_end_object(w);
}

static void write_holdout(struct mle_writer *w, const struct mle_holdout *holdout)
{
    mle_write_key(w, "holdout");
    if (holdout->why) {
        mle_write_null(w);
        return;
    }
    mle_write_begin_object(w);
    mle_write_member_integer(w, "rows", (int64_t)holdout->rows);
    mle_write_nats(w, "cross_entropy", holdout->cross_entropy);
    mle_write_nats(w, "standard_error", holdout->standard_error);
    mle_write_end_object(w);
}

static void write_diagnostics(struct mle_writer *w, const struct mle_fit *fit)
{
    const struct mle_diagnostics *d = &fit->diagnostics;
    const struct mle_frame *frame = &fit->model->frame;
    mle_write_key(w, "diagnostics");
    mle_write_begin_object(w);
    mle_write_member_integer(w, "rows", (int64_t)(frame->n + frame->rows_weightless));
    mle_write_member_integer(w, "rows_omitted", (int64_t)frame->rows_omitted);
    mle_write_member_number(w, "weight_sum", frame->weight_sum);
    mle_write_member_integer(w, "free_parameters", (int64_t)d->free_parameters);
    mle_write_value(w, "log_likelihood", d->log_likelihood);
    mle_write_value(w, "nll", d->nll);
    mle_write_nats(w, "cross_entropy", d->cross_entropy);
    mle_write_value(w, "perplexity", d->perplexity);
    write_entropies(w, d);
    mle_write_value(w, "aic", d->aic);
    mle_write_value(w, "aicc", d->aicc);
    mle_write_value(w, "bic", d->bic);
    if (fit->model->conditional) {
        mle_write_value(w, "deviance", d->deviance);
        mle_write_value(w, "null_deviance", d->null_deviance);
    }
    mle_write_value(w, "mean_squared_error", d->mean_squared_error);
    if (fit->holdout)
        write_holdout(w, fit->holdout);
    mle_write_key(w, "absent");
    mle_write_begin_object(w);
    if (fit->goodness && fit->goodness->why)
        mle_write_member_string(w, "goodness_of_fit", fit->goodness->why);
    if (fit->pit && fit->pit->why)
        mle_write_member_string(w, "pit", fit->pit->why);
    if (fit->holdout && fit->holdout->why)
        mle_write_member_string(w, "holdout", fit->holdout->why);
    else if (fit->holdout && isnan(fit->holdout->standard_error))
        mle_write_member_string(w, "holdout.standard_error",
                                "of one unit of weight, or of an infinite mean, there is none");
    for (unsigned i = 0; i < d->n_absent; i++)
        mle_write_member_string(w, d->absent[i].name, d->absent[i].why);
    if (fit->standard_error_absent)
        mle_write_member_string(w, "standard_error", fit->standard_error_absent);
    if (fit->interval_absent)
        mle_write_member_string(w, "interval", fit->interval_absent);
    mle_write_end_object(w);
    mle_write_end_object(w);
}

/* What a custom density integrates to. */
static void write_normalisation(struct mle_writer *w, const struct mle_fit *fit)
{
    const struct mle_normalisation *x = &fit->normalisation;
    if (!fit->normalised)
        return;
    mle_write_key(w, "normalisation");
    mle_write_begin_object(w);
    mle_write_value(w, "value", x->value);
    mle_write_value(w, "error", x->error);
    if (x->absent)
        mle_write_member_string(w, "absent", x->absent);
    mle_write_end_object(w);
}

static void write_limit(struct mle_writer *w, const struct mle_fit *fit)
{
    const struct mle_existence *x = &fit->existence;
    mle_write_key(w, "limit");
    mle_write_begin_object(w);
    if (x->limit_family)
        mle_write_member_string(w, "family", x->limit_family);
    if (x->limit_param) {
        size_t j = mle_model_find_param(fit->model, x->limit_param);
        mle_write_member_string(w, "parameter", x->limit_param);
        mle_write_value(w, "value", fit->estimate[j].value);
    }
    if (x->limit_group) {
        mle_write_key(w, "parameters");
        mle_write_begin_object(w);
        mle_write_key(w, x->limit_group);
        mle_write_numbers(w, x->n_limit, 1, x->limit_value);
        mle_write_end_object(w);
    }
    mle_write_end_object(w);
}

/* The directions in which the rows do not vary: [{"x": -2, "y": 1}]. */
static void write_null_space(struct mle_writer *w, const struct mle_existence *x)
{
    mle_write_key(w, "null_space");
    mle_write_begin_array(w);
    for (size_t i = 0; i < x->n_null; i++) {
        mle_write_begin_object(w);
        for (size_t j = 0; j < x->n_column; j++)
            if (x->null[i * x->n_column + j] != 0)
                mle_write_value(w, x->column[j], x->null[i * x->n_column + j]);
        mle_write_end_object(w);
    }
    mle_write_end_array(w);
}

/* What separates: the direction by coefficient, and the rows, of which the first are listed. */
static void write_separation(struct mle_writer *w, const struct mle_existence *x)
{
    mle_write_key(w, "direction");
    mle_write_begin_object(w);
    for (size_t j = 0; j < x->n_column; j++)
        if (x->direction[j] != 0)
            mle_write_value(w, x->column[j], x->direction[j]);
    mle_write_end_object(w);
    size_t most = sizeof x->separated / sizeof *x->separated;
    mle_write_key(w, "separated_rows");
    mle_write_begin_object(w);
    mle_write_member_integer(w, "total", (int64_t)x->n_separated);
    mle_write_key(w, "first");
    mle_write_begin_list(w);
    for (size_t i = 0; i < x->n_separated && i < most; i++)
        mle_write_integer(w, (int64_t)x->separated[i]);
    mle_write_end_array(w);
    mle_write_end_object(w);
}

/* The maximisers, when there is more than one: {"mu": [2, 6]}. */
static void write_set(struct mle_writer *w, const struct mle_existence *x)
{
    const double ends[2] = { x->set_lower, x->set_upper };
    mle_write_key(w, "set");
    mle_write_begin_object(w);
    mle_write_key(w, x->set_param);
    mle_write_numbers(w, 2, 1, ends);
    mle_write_end_object(w);
}

static void write_existence(struct mle_writer *w, const struct mle_fit *fit)
{
    const struct mle_existence *x = &fit->existence;
    mle_write_key(w, "existence");
    mle_write_begin_object(w);
    mle_write_member_string(w, "verdict", mle_verdict_word(x->verdict));
    if (x->maximum != MLE_MAXIMUM_NONE)
        mle_write_member_string(w, "maximum", mle_maximum_word(x->maximum));
    else
        mle_write_member_null(w, "maximum");
    mle_write_key(w, "certificate");
    mle_write_begin_object(w);
    mle_write_member_string(w, "kind", mle_certificate_word(x->certificate));
    mle_write_member_bool(w, "valid", x->valid);
    mle_write_end_object(w);
    if (!isnan(x->supremum))
        mle_write_value(w, "supremum", x->supremum);
    if (x->verdict == MLE_VERDICT_BOUNDARY)
        write_limit(w, fit);
    if (x->set_param)
        write_set(w, x);
    if (x->direction)
        write_separation(w, x);
    if (x->n_null > 0)
        write_null_space(w, x);
    if (x->collapses)
        mle_write_member_string(w, "collapses", x->collapses);
    mle_write_member_string(w, "detail", x->detail);
    mle_write_end_object(w);
}

static void write_convergence(struct mle_writer *w, const struct mle_fit *fit)
{
    const struct mle_convergence *c = &fit->convergence;
    const struct mle_existence *x = &fit->existence;
    mle_write_key(w, "convergence");
    mle_write_begin_object(w);
    mle_write_member_string(w, "termination", mle_outcome_word(c->termination));
    mle_write_member_string(w, "method", c->method);
    mle_write_member_integer(w, "iterations", c->iterations);
    mle_write_member_integer(w, "evaluations", c->evaluations);
    mle_write_value(w, "gradient_norm", c->gradient_norm);
    mle_write_value(w, "gradient_in_standard_errors", c->gradient_in_standard_errors);
    mle_write_value(w, "newton_decrement", c->newton_decrement);
    mle_write_value(w, "nll_gap", c->nll_gap);
    mle_write_value(w, "hessian_min_eigenvalue", c->hessian_min_eigenvalue);
    mle_write_value(w, "hessian_condition", c->hessian_condition);
    mle_write_key(w, "at_bound");
    mle_write_begin_list(w);
    for (size_t j = 0; j < fit->model->n_theta; j++)
        if (fit->at_bound[j] || (x->limit_param && fit->model->param[j].name == x->limit_param))
            mle_write_string(w, fit->model->param[j].name);
    mle_write_end_array(w);
    mle_write_member_integer(w, "starts", fit->starts);
    mle_write_end_object(w);
}

static void write_entropy(struct mle_writer *w, const struct mle_entropy *e)
{
    mle_write_key(w, "entropy");
    mle_write_begin_object(w);
    mle_write_key(w, "estimates");
    mle_write_begin_array(w);
    for (unsigned i = 0; i < e->n; i++) {
        const struct mle_entropy_estimate *x = &e->estimate[i];
        mle_write_begin_object(w);
        mle_write_member_string(w, "estimator", x->estimator);
        if (x->order > 0)
            mle_write_member_integer(w, "order", (int64_t)x->order);
        mle_write_nats(w, "entropy", x->entropy);
        mle_write_nats(w, "kl", x->kl);
        mle_write_end_object(w);
    }
    mle_write_end_array(w);
    mle_write_value(w, "coverage", e->coverage);
    mle_write_value(w, "proposed_resolution", e->resolution);
    mle_write_key(w, "absent");
    mle_write_begin_object(w);
    if (e->why)
        mle_write_member_string(w, e->n > 0 ? "kl" : "estimates", e->why);
    mle_write_end_object(w);
    mle_write_end_object(w);
}

static void write_goodness(struct mle_writer *w, const struct mle_goodness *g)
{
    mle_write_key(w, "goodness_of_fit");
    if (g->why) {
        mle_write_null(w);
        return;
    }
    mle_write_begin_object(w);
    mle_write_member_string(w, "method", "parametric_bootstrap");
    mle_write_member_integer(w, "replicates", g->replicates);
    mle_write_key(w, "tests");
    mle_write_begin_array(w);
    for (unsigned i = 0; i < g->n; i++) {
        mle_write_begin_object(w);
        mle_write_member_string(w, "name", g->test[i].name);
        mle_write_value(w, "statistic", g->test[i].statistic);
        mle_write_value(w, "p_value", g->test[i].p_value);
        mle_write_end_object(w);
    }
    mle_write_end_array(w);
    mle_write_end_object(w);
}

static void write_covariance(struct mle_writer *w, const struct mle_fit *fit)
{
    size_t n = fit->model->n_theta;
    mle_write_key(w, "covariance");
    if (!fit->covariance) {
        mle_write_null(w);
    } else {
        mle_write_begin_array(w);
        for (size_t i = 0; i < n; i++)
            mle_write_numbers(w, n, 1, fit->covariance + i * n);
        mle_write_end_array(w);
    }
    mle_write_key(w, "covariance_order");
    mle_write_begin_list(w);
    for (size_t j = 0; j < n; j++)
        mle_write_string(w, fit->model->param[j].name);
    mle_write_end_array(w);
}

void mle_write_warnings(struct mle_call *call, unsigned n, const char warning[][160])
{
    struct mle_writer *w = &call->writer;
    mle_write_key(w, "warnings");
    mle_write_begin_array(w);
    if (mle_decoder_result(call->decoder)->underflows > 0)
        mle_write_string(w,
                         "underflow: numbers nearer to 0 than to any other double were read as 0");
    for (unsigned i = 0; i < n; i++)
        mle_write_string(w, warning[i]);
    mle_write_end_array(w);
}

static void write_tail(struct mle_call *call, const struct mle_fit *fit)
{
    struct mle_writer *w = &call->writer;
    mle_write_warnings(call, fit->n_warning, fit->warning);
    mle_write_key(w, "engine");
    mle_write_begin_object(w);
    mle_write_member_string(w, "name", "mled");
    mle_write_member_string(w, "version", MLED_VERSION);
    mle_write_end_object(w);
    mle_write_key(w, "links");
    mle_write_begin_object(w);
    mle_write_member_string(w, "evaluations", "/v1/evaluations");
    mle_write_end_object(w);
}

void mle_encode_fit(struct mle_call *call, const struct mle_fit *fit)
{
    struct mle_writer *w = &call->writer;
    double *theta = mle_arena_doubles(&call->run_arena, fit->model->n_theta);
    if (!theta) {
        w->buffer.failed = true;
        return;
    }
    for (size_t j = 0; j < fit->model->n_theta; j++)
        theta[j] = fit->estimate[j].value;
    mle_write_begin_object(w);
    mle_write_member_string(w, "object", "fit");
    mle_write_member_string(w, "status", mle_fit_status_word(fit->status));
    mle_write_model(w, fit->model);
    mle_write_key(w, "parameters");
    mle_write_parameters(w, fit->model, theta);
    write_estimates(w, fit);
    write_aliases(w, fit, theta);
    write_diagnostics(w, fit);
    write_normalisation(w, fit);
    write_existence(w, fit);
    write_convergence(w, fit);
    if (fit->include_covariance)
        write_covariance(w, fit);
    if (fit->entropy)
        write_entropy(w, fit->entropy);
    if (fit->goodness)
        write_goodness(w, fit->goodness);
    if (fit->pit && fit->pit->value)
        mle_write_rows(w, "pit", &fit->model->frame, fit->pit->value);
    else if (fit->pit)
        mle_write_value(w, "pit", NAN);
    write_tail(call, fit);
    mle_write_end_object(w);
}
