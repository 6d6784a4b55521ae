/* A model as it is accepted back, and the parts of documents that operations share. */
#include "api/call.h"
#include "core/math/logs.h"

#include <math.h>
#include <string.h>

void mle_write_value(struct mle_writer *writer, const char *name, double value)
{
    mle_write_key(writer, name);
    if (isnan(value))
        mle_write_null(writer);
    else
        mle_write_number(writer, value);
}

void mle_write_nats(struct mle_writer *writer, const char *name, double nats)
{
    mle_write_key(writer, name);
    if (isnan(nats)) {
        mle_write_null(writer);
        return;
    }
    mle_write_begin_object(writer);
    mle_write_member_number(writer, "nats", nats);
    mle_write_member_number(writer, "bits", nats / MLE_LN2);
    mle_write_end_object(writer);
}

/* NaN: null; infinities as strings. */
static void write_element(struct mle_writer *w, double x)
{
    if (isnan(x))
        mle_write_null(w);
    else
        mle_write_number(w, x);
}

static void write_row(struct mle_writer *w, const struct mle_param_group *group, size_t i,
                      const double theta[])
{
    mle_write_begin_list(w);
    for (size_t k = 0; k < group->n; k++) {
        size_t j = mle_group_element(group, i, k);
        write_element(w, j == SIZE_MAX ? 0 : theta[j]);
    }
    mle_write_end_array(w);
}

/* A scalar, a vector or a matrix as a member. */
static void write_group(struct mle_writer *w, const struct mle_param_group *group,
                        const double theta[])
{
    if (group->shape == MLE_SCALAR) {
        mle_write_value(w, group->name, theta[group->first]);
        return;
    }
    mle_write_key(w, group->name);
    if (group->shape == MLE_VECTOR) {
        mle_write_begin_list(w);
        for (size_t i = 0; i < group->n; i++)
            write_element(w, theta[group->first + i]);
    } else {
        mle_write_begin_array(w);
        for (size_t i = 0; i < group->n; i++)
            write_row(w, group, i, theta);
    }
    mle_write_end_array(w);
}

static void write_named_values(struct mle_writer *w, const char *name, size_t n,
                               const struct mle_named_value value[])
{
    if (n == 0)
        return;
    mle_write_key(w, name);
    mle_write_begin_object(w);
    for (size_t i = 0; i < n; i++)
        mle_write_value(w, value[i].name, value[i].value);
    mle_write_end_object(w);
}

/* Values that a request gives; vectors and matrices were given whole. */
static void write_given(struct mle_writer *w, const char *name, const struct mle_model *model,
                        const double given[], size_t n, const struct mle_named_value value[])
{
    if (!given || n == 0) {
        write_named_values(w, name, n, value);
        return;
    }
    mle_write_key(w, name);
    mle_write_begin_object(w);
    for (size_t g = 0; g < model->n_group; g++)
        if (!isnan(given[model->group[g].first]))
            write_group(w, &model->group[g], given);
    mle_write_end_object(w);
}

static void write_responses(struct mle_writer *w, const struct mle_frame *frame)
{
    mle_write_key(w, "response");
    mle_write_begin_list(w);
    for (size_t j = 0; j < frame->n_part; j++)
        mle_write_string(w, frame->part[j]->name);
    mle_write_end_array(w);
}

static const char *structure_word(enum mle_structure structure)
{
    return structure == MLE_STRUCTURE_DIAGONAL    ? "diagonal"
           : structure == MLE_STRUCTURE_SPHERICAL ? "spherical"
                                                  : "full";
}

static void write_cut(struct mle_writer *w, const char *name, const struct mle_cut *cut)
{
    if (cut->column)
        mle_write_member_string(w, name, cut->column);
    else
        mle_write_value(w, name, cut->value);
}

/* What is known of a row beside its value. */
static void write_observation(struct mle_writer *w, const struct mle_model_spec *spec)
{
    const struct mle_censoring *c = &spec->censoring;
    if (c->event || c->lower) {
        mle_write_key(w, "censoring");
        mle_write_begin_object(w);
        mle_write_member_string(w, c->event ? "event" : "lower", c->event ? c->event : c->lower);
        if (c->event)
            mle_write_member_string(w, "side", c->left ? "left" : "right");
        else
            mle_write_member_string(w, "upper", c->upper);
        mle_write_end_object(w);
    }
    const struct mle_cut *low = &spec->truncate_lower, *high = &spec->truncate_upper;
    if (low->column || high->column || !isnan(low->value) || !isnan(high->value)) {
        mle_write_key(w, "truncation");
        mle_write_begin_object(w);
        write_cut(w, "lower", low);
        write_cut(w, "upper", high);
        mle_write_end_object(w);
    }
    if (!isnan(spec->resolution))
        mle_write_member_number(w, "resolution", spec->resolution);
    if (!isnan(spec->threshold))
        mle_write_member_number(w, "threshold", spec->threshold);
}

static void write_term(struct mle_writer *w, const struct mle_term *term)
{
    char name[256] = "";
    for (size_t f = 0; f < term->n; f++) {
        strncat(name, f ? ":" : "", sizeof name - strlen(name) - 1);
        strncat(name, term->factor[f].column, sizeof name - strlen(name) - 1);
    }
    mle_write_string(w, name);
}

static void write_terms(struct mle_writer *w, const struct mle_predictor *predictor)
{
    mle_write_begin_list(w);
    for (size_t t = 0; t < predictor->n; t++)
        write_term(w, &predictor->term[t]);
    mle_write_end_array(w);
}

static void write_links(struct mle_writer *w, const struct mle_model_spec *spec)
{
    if (spec->n_link == 0)
        return;
    mle_write_key(w, "link");
    if (!spec->link[0].name) {
        mle_write_string(w, spec->link[0].text);
        return;
    }
    mle_write_begin_object(w);
    for (size_t i = 0; i < spec->n_link; i++)
        mle_write_member_string(w, spec->link[i].name, spec->link[i].text);
    mle_write_end_object(w);
}

static void write_predictors(struct mle_writer *w, const struct mle_model_spec *spec)
{
    if (spec->n_predictor == 0)
        return;
    if (spec->formula) {
        mle_write_member_string(w, "formula", spec->formula);
        write_links(w, spec);
        return;
    }
    mle_write_key(w, "predictors");
    if (spec->n_predictor == 1 && !spec->predictor[0].param) {
        write_terms(w, &spec->predictor[0]);
    } else {
        mle_write_begin_object(w);
        for (size_t i = 0; i < spec->n_predictor; i++) {
            mle_write_key(w, spec->predictor[i].param);
            write_terms(w, &spec->predictor[i]);
        }
        mle_write_end_object(w);
    }
    for (size_t i = 0; i < spec->n_predictor; i++) {
        if (spec->predictor[i].no_intercept)
            mle_write_member_bool(w, "intercept", false);
        if (spec->predictor[i].offset)
            mle_write_member_string(w, "offset", spec->predictor[i].offset);
    }
    write_links(w, spec);
}

static void write_basis(struct mle_writer *w, const struct mle_model *model)
{
    if (model->n_basis == 0)
        return;
    mle_write_key(w, "basis");
    mle_write_begin_object(w);
    for (size_t i = 0; i < model->n_basis; i++) {
        const struct mle_polynomials *basis = &model->basis[i];
        mle_write_key(w, basis->name);
        mle_write_begin_object(w);
        mle_write_key(w, "alpha");
        mle_write_numbers(w, basis->degree, 1, basis->alpha);
        mle_write_key(w, "beta");
        mle_write_numbers(w, basis->degree + 1, 1, basis->beta);
        mle_write_end_object(w);
    }
    mle_write_end_object(w);
}

/* The levels of categorical columns in their order, the response's among them. */
static void write_levels(struct mle_writer *w, const struct mle_model *model)
{
    if (model->n_level == 0 && model->n_coded == 0)
        return;
    mle_write_key(w, "levels");
    mle_write_begin_object(w);
    for (size_t i = 0; i < model->n_coded + (model->n_level > 0); i++) {
        bool response = i == model->n_coded;
        size_t n = response ? model->n_level : model->coded[i].n;
        const char *const *level = response ? model->level : model->coded[i].level;
        mle_write_key(w, response ? model->frame.response->name : model->coded[i].column);
        mle_write_begin_list(w);
        for (size_t j = 0; j < n; j++)
            mle_write_string(w, level[j]);
        mle_write_end_array(w);
    }
    mle_write_end_object(w);
}

static void write_bounds(struct mle_writer *w, const struct mle_model_spec *spec)
{
    if (spec->n_bounds == 0)
        return;
    mle_write_key(w, "bounds");
    mle_write_begin_object(w);
    for (size_t i = 0; i < spec->n_bounds; i++) {
        const double ends[2] = { spec->bounds[i].lower, spec->bounds[i].upper };
        mle_write_key(w, spec->bounds[i].name);
        mle_write_begin_list(w);
        for (int k = 0; k < 2; k++)
            if (isnan(ends[k]))
                mle_write_null(w);
            else
                mle_write_number(w, ends[k]);
        mle_write_end_array(w);
    }
    mle_write_end_object(w);
}

static void write_ends(struct mle_writer *w, double lower, double upper)
{
    mle_write_key(w, "lower");
    mle_write_number_or_null(w, lower);
    mle_write_key(w, "upper");
    mle_write_number_or_null(w, upper);
}

static void write_custom(struct mle_writer *w, const struct mle_custom_spec *custom)
{
    mle_write_member_string(w, "log_density", custom->log_density);
    mle_write_key(w, "parameters");
    mle_write_begin_object(w);
    for (size_t j = 0; j < custom->n_param; j++) {
        mle_write_key(w, custom->param[j].name);
        mle_write_begin_object(w);
        write_ends(w, custom->param[j].lower, custom->param[j].upper);
        if (!isnan(custom->param[j].start))
            mle_write_member_number(w, "start", custom->param[j].start);
        mle_write_end_object(w);
    }
    mle_write_end_object(w);
    mle_write_key(w, "support");
    mle_write_begin_object(w);
    write_ends(w, custom->lower, custom->upper);
    mle_write_end_object(w);
    mle_write_member_bool(w, "discrete", custom->discrete);
}

void mle_write_model(struct mle_writer *w, const struct mle_model *model)
{
    const struct mle_model_spec *spec = model->spec;
    const struct mle_frame *frame = &model->frame;
    mle_write_key(w, "model");
    mle_write_begin_object(w);
    mle_write_member_string(w, "family", spec->family);
    if (model->kind->multivariate)
        write_responses(w, frame);
    else if (!spec->censoring.lower && !spec->formula)
        mle_write_member_string(w, "response", frame->response->name);
    if (model->kind->has_covariance)
        mle_write_member_string(w, "covariance", structure_word(spec->covariance));
    if (spec->custom)
        write_custom(w, spec->custom);
    if (frame->weights) {
        mle_write_key(w, "weights");
        mle_write_begin_object(w);
        mle_write_member_string(w, "column", frame->weights->name);
        mle_write_member_string(w, "type", frame->precision ? "precision" : "frequency");
        mle_write_end_object(w);
    }
    if (frame->trials_column)
        mle_write_member_string(w, "trials", frame->trials_column->name);
    else if (!isnan(spec->trials))
        mle_write_member_number(w, "trials", spec->trials);
    write_predictors(w, spec);
    write_levels(w, model);
    write_basis(w, model);
    write_observation(w, spec);
    write_given(w, "fixed", model, model->fixed, spec->n_fixed, spec->fixed);
    write_given(w, "start", model, model->start, spec->n_start, spec->start);
    write_bounds(w, spec);
    mle_write_end_object(w);
}

void mle_write_parameters(struct mle_writer *w, const struct mle_model *model, const double theta[])
{
    mle_write_begin_object(w);
    for (size_t g = 0; g < model->n_group; g++)
        write_group(w, &model->group[g], theta);
    mle_write_end_object(w);
}
