/* Errors as documents: application/problem+json (RFC 9457). */
#include "api/api.h"
#include "api/write.h"

#include <stdio.h>

static const struct {
    const char *slug;
    unsigned http;
    const char *title, *about, *advice;
    enum mle_status status; /* of core; MLE_INVALID_MODEL where core has no word for it */
} problems[MLE_PROBLEM_COUNT] = {
    [MLE_PROBLEM_NONE] = { "about:blank", 200, "No problem", "", "", MLE_OK },
#define MLE_PROBLEM(name, slug, http, title, about, advice)                                        \
    [MLE_PROBLEM_##name] = { slug, http, title, about, advice, MLE_INVALID_MODEL },
#include "api/problems.def"
#undef MLE_PROBLEM
};

/* Each status of core has its problem. */
static const enum mle_problem of_status[] = {
    [MLE_OK] = MLE_PROBLEM_NONE,
    [MLE_INVALID_MODEL] = MLE_PROBLEM_INVALID_MODEL,
    [MLE_INVALID_OPTION] = MLE_PROBLEM_INVALID_OPTION,
    [MLE_INVALID_DATA] = MLE_PROBLEM_INVALID_DATA,
    [MLE_OUTSIDE_SUPPORT] = MLE_PROBLEM_OUTSIDE_SUPPORT,
    [MLE_NO_DATA] = MLE_PROBLEM_NO_DATA,
    [MLE_INCOMPARABLE] = MLE_PROBLEM_INCOMPARABLE,
    [MLE_EXPRESSION] = MLE_PROBLEM_EXPRESSION,
    [MLE_MEMORY_LIMIT] = MLE_PROBLEM_MEMORY_LIMIT,
    [MLE_NO_MEMORY] = MLE_PROBLEM_OVERLOADED,
    [MLE_CANCELLED] = MLE_PROBLEM_CANCELLED,
    [MLE_DEADLINE] = MLE_PROBLEM_DEADLINE_EXCEEDED,
    [MLE_INTERNAL] = MLE_PROBLEM_INTERNAL,
};

enum { N_STATUS = sizeof of_status / sizeof *of_status };

static enum mle_status status_for(enum mle_problem problem)
{
    for (size_t i = 0; i < N_STATUS; i++)
        if (of_status[i] == problem)
            return (enum mle_status)i;
    return MLE_INVALID_MODEL;
}

enum mle_status mle_problem_fail(struct mle_error *err, enum mle_problem problem,
                                 const char *format, ...)
{
    enum mle_status status = status_for(problem);
    if (!err)
        return status;
    char text[sizeof err->text + 4]; /* longer than the record, which cuts at a whole character */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    mle_fail(err, status, "%s", text);
    err->problem = (int)problem;
    return status;
}

enum mle_problem mle_problem_of(const struct mle_error *err)
{
    if (err->problem > MLE_PROBLEM_NONE && err->problem < MLE_PROBLEM_COUNT)
        return (enum mle_problem)err->problem;
    return (size_t)err->status < N_STATUS ? of_status[err->status] : MLE_PROBLEM_INTERNAL;
}

static enum mle_problem in_table(enum mle_problem problem)
{
    return problem < MLE_PROBLEM_COUNT ? problem : MLE_PROBLEM_INTERNAL;
}

unsigned mle_problem_http(enum mle_problem problem)
{
    return problems[in_table(problem)].http;
}

const char *mle_problem_slug(enum mle_problem problem)
{
    return problems[in_table(problem)].slug;
}

const char *mle_problem_title(enum mle_problem problem)
{
    return problems[in_table(problem)].title;
}

const char *mle_problem_about(enum mle_problem problem)
{
    return problems[in_table(problem)].about;
}

const char *mle_problem_advice(enum mle_problem problem)
{
    return problems[in_table(problem)].advice;
}

/* --- the document ----------------------------------------------------------------------------- */

static void write_text_member(struct mle_writer *writer, const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    mle_write_key(writer, name);
    mle_write_string(writer, text);
}

static void write_place_member(struct mle_writer *writer, const char *name, int64_t value,
                               int64_t first)
{
    if (value < first)
        return;
    mle_write_key(writer, name);
    mle_write_integer(writer, value);
}

static void write_fault(struct mle_writer *writer, const struct mle_fault *fault)
{
    mle_write_begin_object(writer);
    write_text_member(writer, "pointer", fault->pointer);
    write_place_member(writer, "line", fault->line, 1);
    write_place_member(writer, "column_number", fault->column_number, 1);
    write_place_member(writer, "byte", fault->byte, 0);
    write_place_member(writer, "row", fault->row, 0);
    write_text_member(writer, "column", fault->column);
    write_text_member(writer, "code", fault->code);
    write_text_member(writer, "detail", fault->detail);
    write_text_member(writer, "did_you_mean", fault->did_you_mean);
    mle_write_end_object(writer);
}

/* All but the faults, so many of which are listed. */
static void write_problem(struct mle_writer *writer, const struct mle_error *err,
                          const char *request_id, unsigned n_fault)
{
    enum mle_problem problem = mle_problem_of(err);
    char type[64];
    snprintf(type, sizeof type, "/problems/%s", mle_problem_slug(problem));
    mle_write_begin_object(writer);
    write_text_member(writer, "type", type);
    write_text_member(writer, "title", mle_problem_title(problem));
    mle_write_key(writer, "status");
    mle_write_integer(writer, mle_problem_http(problem));
    /* What went wrong inside is nobody's business outside. */
    write_text_member(writer, "detail",
                      problem == MLE_PROBLEM_INTERNAL ? mle_problem_about(problem) : err->text);
    write_text_member(writer, "request_id", request_id ? request_id : "");
    if (err->faults_total > 0 && problem != MLE_PROBLEM_INTERNAL) {
        mle_write_key(writer, "errors");
        mle_write_begin_array(writer);
        for (unsigned i = 0; i < n_fault; i++)
            write_fault(writer, &err->fault[i]);
        mle_write_end_array(writer);
        mle_write_key(writer, "errors_total");
        mle_write_integer(writer, (int64_t)err->faults_total);
    }
    write_text_member(writer, "hint", problem == MLE_PROBLEM_INTERNAL ? "" : err->hint);
    mle_write_end_object(writer);
}

size_t mle_problem_write(const struct mle_error *err, const char *request_id, bool pretty,
                         size_t size, char out[])
{
    /* Errors are rare and small: write it again with fewer faults until it fits. */
    for (unsigned n_fault = err->n_fault;; n_fault--) {
        struct mle_writer writer;
        mle_writer_init_fixed(&writer, size, out, pretty);
        write_problem(&writer, err, request_id, n_fault);
        if (!mle_writer_failed(&writer))
            return mle_writer_length(&writer);
        if (n_fault == 0)
            break;
    }
    /* Texts of nothing but control bytes. */
    struct mle_error bare = { .status = err->status, .problem = err->problem };
    struct mle_writer writer;
    mle_writer_init_fixed(&writer, size, out, pretty);
    write_problem(&writer, &bare, NULL, 0);
    return mle_writer_length(&writer);
}
