/* Errors as documents: application/problem+json (RFC 9457). */
#include "api/api.h"
#include "api/write.h"

#include <stdio.h>

static const struct {
    const char *slug;
    unsigned http;
    const char *title, *about;
} problems[MLE_PROBLEM_COUNT] = {
#define MLE_PROBLEM(name, slug, http, title, about)                                                \
    [MLE_PROBLEM_##name] = { slug, http, title, about },
#include "api/problems.def"
#undef MLE_PROBLEM
};

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
    [MLE_NO_MEMORY] = MLE_PROBLEM_OVERLOADED, /* the process's trouble, not the request's */
    [MLE_CANCELLED] = MLE_PROBLEM_CANCELLED,
    [MLE_DEADLINE] = MLE_PROBLEM_DEADLINE_EXCEEDED,
    [MLE_INTERNAL] = MLE_PROBLEM_INTERNAL,
};

enum { N_STATUS = sizeof of_status / sizeof *of_status };

#define COUNT_STATUS(name, text) +1
_Static_assert(N_STATUS == 0 MLE_STATUS_MAP(COUNT_STATUS), "a status of core has no problem");
#undef COUNT_STATUS

/* The status that stands for the problem in core; MLE_INVALID_MODEL where core has no word. */
static enum mle_status status_for(enum mle_problem problem)
{
    for (size_t i = MLE_OK + 1; i < N_STATUS; i++)
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
    char text[1024]; /* longer than the record: mle_fail cuts it at a whole character */
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

/* Whoever asks for the document of no problem has one: a fault of the service. */
static enum mle_problem in_table(enum mle_problem problem)
{
    return problem > MLE_PROBLEM_NONE && problem < MLE_PROBLEM_COUNT ? problem
                                                                     : MLE_PROBLEM_INTERNAL;
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

/* --- the document ---------------------------------------------------------------------------- */

static void member_text(struct mle_writer *writer, const char *name, const char *text)
{
    if (text && text[0] != '\0')
        mle_write_member_string(writer, name, text);
}

static void member_from(struct mle_writer *writer, const char *name, int64_t first, int64_t value)
{
    if (value >= first)
        mle_write_member_integer(writer, name, value);
}

static void write_fault(struct mle_writer *writer, const struct mle_fault *fault)
{
    mle_write_begin_object(writer);
    member_text(writer, "pointer", fault->pointer);
    member_from(writer, "row", 0, fault->row);
    member_text(writer, "column", fault->column);
    member_from(writer, "line", 1, fault->line);
    member_from(writer, "column_number", 1, fault->column_number);
    member_from(writer, "byte", 0, fault->byte);
    mle_write_member_string(writer, "code", fault->code);
    mle_write_member_string(writer, "detail", fault->detail);
    mle_write_end_object(writer);
}

static void write_faults(struct mle_writer *writer, const struct mle_error *err, unsigned n_fault)
{
    mle_write_key(writer, "errors");
    mle_write_begin_array(writer);
    for (unsigned i = 0; i < n_fault; i++)
        write_fault(writer, &err->fault[i]);
    mle_write_end_array(writer);
    mle_write_member_integer(writer, "errors_total", (int64_t)err->faults_total);
}

static void write_document(struct mle_writer *writer, const struct mle_error *err,
                           const char *request_id, unsigned n_fault)
{
    enum mle_problem problem = in_table(mle_problem_of(err));
    /* What went wrong inside is for the log, not for the client. */
    bool hidden = problem == MLE_PROBLEM_INTERNAL;
    char type[64];
    snprintf(type, sizeof type, "/problems/%s", problems[problem].slug);
    mle_write_begin_object(writer);
    mle_write_member_string(writer, "type", type);
    mle_write_member_string(writer, "title", problems[problem].title);
    mle_write_member_integer(writer, "status", problems[problem].http);
    mle_write_member_string(writer, "detail", hidden ? problems[problem].about : err->text);
    member_text(writer, "request_id", request_id);
    if (err->faults_total > 0 && !hidden)
        write_faults(writer, err, n_fault);
    if (!hidden)
        member_text(writer, "hint", err->hint);
    mle_write_end_object(writer);
}

/* The number of bytes, 0 if they do not fit. */
static size_t try_document(const struct mle_error *err, const char *request_id, unsigned n_fault,
                           bool pretty, size_t size, char out[])
{
    struct mle_writer writer;
    mle_write_init_fixed(&writer, size, out, pretty);
    write_document(&writer, err, request_id, n_fault);
    size_t n = writer.failed ? 0 : writer.n;
    mle_write_finish(&writer);
    return n;
}

size_t mle_problem_write(const struct mle_error *err, const char *request_id, bool pretty,
                         size_t size, char out[])
{
    /* Errors are rare and small: write again with one fault less until it fits. */
    for (unsigned n_fault = err->n_fault + 1; n_fault-- > 0;) {
        size_t n = try_document(err, request_id, n_fault, pretty, size, out);
        if (n > 0)
            return n;
    }
    /* Texts full of escapes, or an endless request id: the problem alone always fits. */
    struct mle_error bare = { .status = err->status, .problem = err->problem };
    mle_copy_text(sizeof bare.text, bare.text, mle_problem_about(mle_problem_of(err)));
    return try_document(&bare, NULL, 0, pretty, size, out);
}
