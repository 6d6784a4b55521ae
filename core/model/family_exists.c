/* The verdicts of the general model: the family's own rule for plain samples, others where rows are
   intervals or parameters have predictors. */
#include "core/model/family_model.h"

#include <string.h>

static bool has_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = words; at && (at = strstr(at, word)); at += n)
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0))
            return true;
    return false;
}

const struct mle_block *mle_family_location(const struct mle_model *model)
{
    const struct mle_family_self *self = model->self;
    const struct mle_family *family = model->family;
    unsigned j = family->conditional[0].name ? family->conditional[0].param : family->location;
    return self->block[j].link ? &self->block[j] : NULL;
}

const struct mle_block *mle_family_receding(const struct mle_model *model)
{
    const struct mle_family_self *self = model->self;
    const struct mle_block *block = mle_family_location(model);
    bool rising = block && (block->link->mu.upper == 1 || block->link == &mle_links[MLE_LINK_log]);
    return rising && model->family->recedes && self->exact ? block : NULL;
}

/* One stationary point, where only the location has predictors and rows are values. */
static void conditional_exists(const struct mle_model *model, struct mle_existence *x)
{
    const struct mle_family_self *self = model->self;
    const struct mle_block *block = mle_family_location(model);
    size_t predicted = 0;
    for (unsigned j = 0; j < model->family->n_param; j++)
        predicted += self->block[j].link != NULL;
    if (block && predicted == 1 && self->exact &&
        has_word(model->family->concave, block->link->name))
        x->certificate = MLE_CERTIFICATE_STRICT_CONCAVITY;
    if (self->perfect.verdict != MLE_VERDICT_OPEN) {
        double *theta = x->theta, *error = x->standard_error;
        *x = self->perfect;
        x->n = model->n_theta;
        x->theta = theta;
        x->standard_error = error;
        memcpy(theta, self->perfect_theta, model->n_theta * sizeof *theta);
    }
    x->n_null = self->n_null;
    x->null = self->null;
    x->n_column = model->n_theta;
    x->column = self->name;
    x->confounded = self->confounded;
}

void mle_family_exists(const struct mle_model *model, struct mle_existence *existence)
{
    const struct mle_family_self *self = model->self;
    if (model->n_free == 0) {
        memcpy(existence->theta, self->value, model->n_theta * sizeof *self->value);
        mle_settle(existence, MLE_VERDICT_INTERIOR, MLE_CERTIFICATE_SINGLE_POINT,
                   "all parameters are given: there is nothing to maximise over");
        existence->maximum = MLE_MAXIMUM_GLOBAL;
    } else if (self->exact && !self->conditional) {
        model->family->exists(&model->evidence, existence);
    } else if (model->frame.upper && !self->conditional) {
        mle_censored_exists(model, existence);
    } else if (self->conditional) {
        conditional_exists(model, existence);
    }
}
