#include "api/call.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void write_interval(struct mle_writer *w, const char *name, double lower, double upper,
                           bool lower_closed, bool upper_closed)
{
    mle_write_key(w, name);
    mle_write_begin_object(w);
    mle_write_value(w, "lower", lower);
    mle_write_value(w, "upper", upper);
    mle_write_member_bool(w, "lower_closed", lower_closed);
    mle_write_member_bool(w, "upper_closed", upper_closed);
    mle_write_end_object(w);
}

static const char *domain_word(struct mle_domain domain)
{
    if (isinf(domain.lower))
        return "real";
    return isinf(domain.upper) ? (domain.closed_lower ? "non_negative" : "positive") : "unit";
}

static void write_param(struct mle_writer *w, const struct mle_param_def *param)
{
    struct mle_domain d = param->domain;
    mle_write_begin_object(w);
    mle_write_member_string(w, "name", param->name);
    mle_write_member_string(w, "domain", domain_word(d));
    write_interval(w, "support", d.lower, d.upper, d.closed_lower, d.closed_upper);
    mle_write_member_string(w, "about", param->doc);
    mle_write_end_object(w);
}

static void write_aliases(struct mle_writer *w, const char *scipy, const char *r)
{
    mle_write_key(w, "aliases");
    mle_write_begin_object(w);
    if (scipy)
        mle_write_member_string(w, "scipy", scipy);
    if (r)
        mle_write_member_string(w, "r", r);
    mle_write_end_object(w);
}

static void write_provides(struct mle_writer *w, const struct mle_family *f)
{
    mle_write_key(w, "provides");
    mle_write_begin_object(w);
    mle_write_member_string(w, "score", "analytic");
    mle_write_member_string(w, "hessian", "analytic");
    mle_write_member_bool(w, "closed_form", f->solve != NULL);
    mle_write_member_bool(w, "cdf", f->cdf != NULL);
    mle_write_member_bool(w, "quantile", true);
    mle_write_member_bool(w, "entropy", true);
    mle_write_member_bool(w, "sample", true);
    mle_write_end_object(w);
}

static void write_head(struct mle_writer *w, const char *name, const char *title,
                       enum mle_measure measure)
{
    mle_write_begin_object(w);
    mle_write_member_string(w, "name", name);
    mle_write_member_string(w, "title", title);
    mle_write_member_string(w, "measure", measure == MLE_COUNTING ? "counting" : "lebesgue");
}

static void write_family(struct mle_writer *w, const struct mle_family *f)
{
    const struct mle_support *s = &f->support;
    write_head(w, f->name, f->title, f->measure);
    mle_write_member_string(w, "density", f->doc);
    write_interval(w, "support", s->lower, s->upper, s->lower_closed, s->upper_closed);
    mle_write_member_bool(w, "integer", s->integer);
    mle_write_key(w, "parameters");
    mle_write_begin_array(w);
    for (unsigned j = 0; j < f->n_param; j++)
        write_param(w, &f->param[j]);
    mle_write_end_array(w);
    mle_write_member_null(w, "regression");
    write_aliases(w, f->scipy, f->r);
    write_provides(w, f);
    mle_write_end_object(w);
}

static void write_kind_param(struct mle_writer *w, const struct mle_kind_param *param)
{
    bool matrix = param->shape >= MLE_SYMMETRIC;
    struct mle_domain d = param->domain;
    mle_write_begin_object(w);
    mle_write_member_string(w, "name", param->name);
    mle_write_member_string(w, "shape", matrix ? "matrix" : "vector");
    mle_write_member_string(w, "domain", matrix ? "positive_definite" : domain_word(d));
    if (matrix)
        mle_write_member_null(w, "support");
    else
        write_interval(w, "support", d.lower, d.upper, d.closed_lower, d.closed_upper);
    mle_write_member_string(w, "about", param->doc);
    mle_write_end_object(w);
}

static void write_kind(struct mle_writer *w, const struct mle_model_kind *kind)
{
    write_head(w, kind->name, kind->title, kind->measure);
    mle_write_member_string(w, "density", kind->doc);
    mle_write_member_string(w, "support", kind->support);
    mle_write_key(w, "parameters");
    mle_write_begin_array(w);
    for (size_t j = 0; j < kind->n_param; j++)
        write_kind_param(w, &kind->param[j]);
    mle_write_end_array(w);
    mle_write_member_null(w, "regression");
    write_aliases(w, kind->scipy, kind->r);
    mle_write_key(w, "provides");
    mle_write_begin_object(w);
    mle_write_member_string(w, "score", "analytic");
    mle_write_member_string(w, "hessian", "analytic");
    mle_write_member_bool(w, "closed_form", kind->solve != NULL);
    mle_write_member_bool(w, "cdf", kind->cdf != NULL);
    mle_write_member_bool(w, "entropy", kind->entropy != NULL);
    mle_write_end_object(w);
    mle_write_end_object(w);
}

static bool write_named(struct mle_writer *w, const char *name)
{
    const struct mle_family *family = mle_family_find(name);
    if (family) {
        write_family(w, family);
        return true;
    }
    for (size_t i = 0; i < mle_model_kind_count(); i++)
        if (strcmp(mle_model_kind_get(i)->name, name) == 0) {
            write_kind(w, mle_model_kind_get(i));
            return true;
        }
    return false;
}

enum mle_status run_families(struct mle_call *call, const struct mle_work *work,
                             struct mle_error *err)
{
    (void)work;
    struct mle_writer *w = &call->writer;
    if (call->head.name) {
        if (write_named(w, call->head.name))
            return MLE_OK;
        return mle_problem_fail(err, MLE_PROBLEM_NOT_FOUND, "there is no family '%.64s'",
                                call->head.name);
    }
    mle_write_begin_object(w);
    mle_write_key(w, "items");
    mle_write_begin_array(w);
    for (size_t i = 0; i < mle_family_count(); i++)
        write_family(w, mle_family_get(i));
    for (size_t i = 0; i < mle_model_kind_count(); i++)
        write_kind(w, mle_model_kind_get(i));
    mle_write_end_array(w);
    mle_write_member_null(w, "next_cursor");
    mle_write_end_object(w);
    return MLE_OK;
}
