/* A fit for people: a summary for a terminal, and the table of estimates as CSV. */
#include "api/call.h"
#include "core/base/shortest.h"
#include "core/math/logs.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void put(struct mle_writer *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct mle_writer *w, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    mle_buffer_append(&w->buffer, n < (int)sizeof line ? (size_t)n : sizeof line - 1, line);
}

static void put_number(struct mle_writer *w, double x)
{
    if (isnan(x))
        put(w, " %12s", "-");
    else
        put(w, " %12.6g", x);
}

/* "x, y, z", cut at what fits. */
static void name_responses(const struct mle_frame *frame, size_t size, char out[])
{
    size_t n = 0;
    for (size_t j = 0; j < frame->n_part && n + 3 < size; j++) {
        n += (size_t)snprintf(out + n, size - n, "%s", j > 0 ? ", " : "");
        mle_copy_text(size - n, out + n, frame->part[j]->name);
        n += strlen(out + n);
    }
}

void mle_encode_fit_text(struct mle_call *call, const struct mle_fit *fit)
{
    struct mle_writer *w = &call->writer;
    const struct mle_diagnostics *d = &fit->diagnostics;
    char response[65];
    name_responses(&fit->model->frame, sizeof response, response);
    int width = 16;
    for (size_t j = 0; j < fit->model->n_theta; j++)
        width = (int)fmax(width, fmin((double)strlen(fit->model->param[j].name) + 1, 40));
    put(w, "%s fit of '%s', %zu rows, %s (%s)\n\n", fit->model->spec->family, response,
        fit->model->frame.n, mle_fit_status_word(fit->status), fit->convergence.method);
    put(w, "%-*s %12s %12s   %g %% interval\n", width, "", "estimate", "std.error",
        100 * fit->confidence_level);
    for (size_t j = 0; j < fit->model->n_theta; j++) {
        const struct mle_estimate *e = &fit->estimate[j];
        put(w, "%-*.*s", width, width, fit->model->param[j].name);
        put_number(w, e->value);
        put_number(w, e->standard_error);
        put_number(w, e->lower);
        put(w, " ..");
        put_number(w, e->upper);
        put(w, "\n");
    }
    if (!isnan(d->nll))
        put(w,
            "\nnll %.6g nats   cross-entropy %.6g nats = %.6g bits a row   AIC %.6g   BIC %.6g\n",
            d->nll, d->cross_entropy, d->cross_entropy / MLE_LN2, d->aic, d->bic);
    if (!isnan(d->kl))
        put(w, "entropy %.6g nats   KL %.6g nats   perplexity %.6g\n", d->entropy, d->kl,
            d->perplexity);
    if (fit->normalised && !isnan(fit->normalisation.value))
        put(w, "the density integrates to %.9g (+- %.1g)\n", fit->normalisation.value,
            fit->normalisation.error);
    put(w, "%s: %s\n", mle_verdict_word(fit->existence.verdict), fit->existence.detail);
}

static void put_cell(struct mle_writer *w, double x)
{
    char text[40] = ",";
    size_t n = 1;
    if (isinf(x))
        n += (size_t)snprintf(text + 1, sizeof text - 1, "%s", x > 0 ? "Infinity" : "-Infinity");
    else if (!isnan(x))
        n += mle_to_chars(x, sizeof text - 1, text + 1);
    mle_buffer_append(&w->buffer, n, text);
}

void mle_encode_fit_csv(struct mle_call *call, const struct mle_fit *fit)
{
    struct mle_writer *w = &call->writer;
    put(w, "name,value,standard_error,lower,upper\r\n");
    for (size_t j = 0; j < fit->model->n_theta; j++) {
        const struct mle_estimate *e = &fit->estimate[j];
        put(w, "%s", fit->model->param[j].name);
        put_cell(w, e->value);
        put_cell(w, e->standard_error);
        put_cell(w, e->lower);
        put_cell(w, e->upper);
        put(w, "\r\n");
    }
}
