/* A test seam: the problem documents of api/api.h, in their plainest form. */
#include "api/api.h"

#include <stdio.h>

static const struct {
    const char *slug;
    unsigned http;
    const char *title, *about;
} problems[MLE_PROBLEM_COUNT] = {
    { "about:blank", 200, "No problem", "" },
#define MLE_PROBLEM(name, slug, http, title, about) { slug, http, title, about },
#include "api/problems.def"
#undef MLE_PROBLEM
};

static enum mle_problem of_status(enum mle_status status)
{
    switch (status) {
    case MLE_MEMORY_LIMIT:
        return MLE_PROBLEM_MEMORY_LIMIT;
    case MLE_NO_MEMORY:
        return MLE_PROBLEM_OVERLOADED;
    case MLE_CANCELLED:
        return MLE_PROBLEM_CANCELLED;
    case MLE_DEADLINE:
        return MLE_PROBLEM_DEADLINE_EXCEEDED;
    default:
        return MLE_PROBLEM_INTERNAL;
    }
}

enum mle_status mle_problem_fail(struct mle_error *err, enum mle_problem problem,
                                 const char *format, ...)
{
    char text[320];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    mle_fail(err, MLE_INVALID_MODEL, "%s", text);
    err->problem = (int)problem;
    return MLE_INVALID_MODEL;
}

enum mle_problem mle_problem_of(const struct mle_error *err)
{
    return err->problem ? (enum mle_problem)err->problem : of_status(err->status);
}

unsigned mle_problem_http(enum mle_problem problem)
{
    return problems[problem].http;
}

const char *mle_problem_slug(enum mle_problem problem)
{
    return problems[problem].slug;
}

const char *mle_problem_title(enum mle_problem problem)
{
    return problems[problem].title;
}

const char *mle_problem_about(enum mle_problem problem)
{
    return problems[problem].about;
}

size_t mle_problem_write(const struct mle_error *err, const char *request_id, bool pretty,
                         size_t size, char out[])
{
    enum mle_problem problem = mle_problem_of(err);
    (void)pretty;
    int n = snprintf(out, size,
                     "{\"type\":\"/problems/%s\",\"title\":\"%s\",\"status\":%u,"
                     "\"detail\":\"%s\",\"request_id\":\"%s\"}\n",
                     problems[problem].slug, problems[problem].title, problems[problem].http,
                     err->text, request_id ? request_id : "");
    return (size_t)n;
}
