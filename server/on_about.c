/* What the server answers itself: health, version, limits, the pages of the problems. None of it
   waits for anything. */
#include "server/machine.h"
#include "server/negotiate.h"
#include "server/on.h"
#include "server/request.h"
#include "server/server.h"
#include "server/text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer_text(struct mled_request *request, unsigned http, struct mled_text *text)
{
    char pretty[4096];
    struct mled_text indented = mled_text_in(sizeof pretty, pretty);
    if (request->head.pretty) {
        mled_text_indent(&indented, text->n, text->bytes);
        text = &indented;
    }
    mled_text_char(text, '\n');
    mled_answer_copy(request, http, MLED_CONTENT_JSON, text->n, text->bytes);
    mled_request_move(request, MLED_READY);
}

void mled_on_alive(struct mled_request *request)
{
    static const char alive[] = "{\"status\":\"alive\"}\n";
    mled_answer_constant(request, 200, MLED_CONTENT_JSON, sizeof alive - 1, alive);
    mled_request_move(request, MLED_READY);
}

void mled_on_ready(struct mled_request *request)
{
    struct mled_server *server = request->server;
    bool ready = !atomic_load_explicit(&server->unready, memory_order_relaxed);
    char bytes[256];
    struct mled_text text = mled_text_in(sizeof bytes, bytes);
    mled_text_add(&text, ready ? "{\"status\":\"ready\"" : "{\"status\":\"draining\"");
    mled_text_add(&text, ",\"checks\":{\"queue\":");
    mled_text_add(&text, mled_lanes_full(&server->lanes) ? "\"full\"" : "\"ok\"");
    mled_text_add(&text, ",\"memory\":");
    size_t used = atomic_load_explicit(&server->memory.used_bytes, memory_order_relaxed);
    mled_text_add(&text, used < server->memory.limit_bytes ? "\"ok\"" : "\"full\"");
    mled_text_add(&text, "}}");
    if (!ready)
        request->answer.retry_s = 1;
    answer_text(request, ready ? 200 : 503, &text);
}

static void put_member(struct mled_text *text, const char *name, const char *value)
{
    if (text->bytes[text->n - 1] != '{')
        mled_text_char(text, ',');
    mled_text_json(text, strlen(name), name);
    mled_text_char(text, ':');
    mled_text_json(text, strlen(value), value);
}

void mled_on_version(struct mled_request *request)
{
    char bytes[1024];
    struct mled_text text = mled_text_in(sizeof bytes, bytes);
    mled_text_char(&text, '{');
    put_member(&text, "name", "mled");
    put_member(&text, "version", MLED_VERSION);
    put_member(&text, "isa", mled_machine_isa());
    put_member(&text, "compiler", __VERSION__);
    mled_text_add(&text, ",\"libraries\":{");
    put_member(&text, "libmicrohttpd", MHD_get_version());
    put_member(&text, "jansson", mled_machine_json());
    put_member(&text, "libsodium", sodium_version_string());
    put_member(&text, "openblas", mled_machine_blas());
    mled_text_add(&text, "}}");
    answer_text(request, 200, &text);
}

void mled_on_metrics(struct mled_request *request)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&bytes, &n);
    if (to) {
        mled_metrics_write(request->server, to);
        if (fclose(to) != 0) {
            free(bytes);
            bytes = NULL;
        }
    }
    mled_answer_owned(request, 200, MLED_CONTENT_METRICS, n, bytes);
    mled_request_move(request, MLED_READY);
}

static void put_limit(struct mled_text *text, const char *name, double value)
{
    char number[32];
    snprintf(number, sizeof number, "%.15g", value);
    if (text->bytes[text->n - 1] != '{')
        mled_text_char(text, ',');
    mled_text_json(text, strlen(name), name);
    mled_text_char(text, ':');
    mled_text_add(text, number);
}

void mled_on_service(struct mled_request *request)
{
    const struct mled_server *server = request->server;
    const struct mled_config *config = server->config;
    char bytes[2048];
    struct mled_text text = mled_text_in(sizeof bytes, bytes);
    mled_text_char(&text, '{');
    put_member(&text, "name", "mled");
    put_member(&text, "version", MLED_VERSION);
    put_member(&text, "api", "v1");
    mled_text_add(&text, ",\"extensions\":[\"problem_json\",\"csv\",\"prefer_handling\"],"
                         "\"limits\":{");
    put_limit(&text, "max_body_bytes", (double)config->max_body_bytes);
    put_limit(&text, "max_document_bytes", (double)server->limits.max_document_bytes);
    put_limit(&text, "max_rows", (double)server->limits.max_rows);
    put_limit(&text, "max_columns", (double)server->limits.max_columns);
    put_limit(&text, "max_cells", (double)server->limits.max_cells);
    put_limit(&text, "json_depth", server->limits.max_depth);
    put_limit(&text, "max_request_bytes", (double)config->request_memory);
    put_limit(&text, "max_sync_seconds", config->max_sync_seconds);
    put_limit(&text, "max_deadline_seconds", config->max_deadline_seconds);
    put_limit(&text, "max_queue", (double)config->queue);
    put_limit(&text, "max_errors_reported", MLE_MAX_FAULTS);
    mled_text_add(&text, "},\"links\":{");
    put_member(&text, "families", "/v1/families");
    put_member(&text, "fits", "/v1/fits");
    put_member(&text, "evaluations", "/v1/evaluations");
    put_member(&text, "validations", "/v1/validations");
    put_member(&text, "version", "/version");
    put_member(&text, "ready", "/readyz");
    mled_text_add(&text, "}}");
    answer_text(request, 200, &text);
}

/* --- the page of a problem ------------------------------------------------------------------- */

static enum mle_problem find_problem(const char *slug)
{
    for (int i = MLE_PROBLEM_NONE + 1; i < MLE_PROBLEM_COUNT; i++)
        if (strcmp(mle_problem_slug((enum mle_problem)i), slug) == 0)
            return (enum mle_problem)i;
    return MLE_PROBLEM_NONE;
}

static void put_html(struct mled_text *text, const char *words)
{
    for (; *words; words++) {
        if (*words == '&')
            mled_text_add(text, "&amp;");
        else if (*words == '<')
            mled_text_add(text, "&lt;");
        else if (*words == '>')
            mled_text_add(text, "&gt;");
        else
            mled_text_char(text, *words);
    }
}

static void write_html(struct mled_text *text, enum mle_problem problem)
{
    mled_text_add(text, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>");
    put_html(text, mle_problem_title(problem));
    mled_text_add(text, "</title><h1>");
    put_html(text, mle_problem_title(problem));
    mled_text_add(text, "</h1><p>HTTP status ");
    mled_text_number(text, mle_problem_http(problem), 3);
    mled_text_add(text, "</p><p>");
    put_html(text, mle_problem_about(problem));
    mled_text_add(text, "</p></html>\n");
}

static void write_plain(struct mled_text *text, enum mle_problem problem)
{
    mled_text_add(text, mle_problem_title(problem));
    mled_text_add(text, " (HTTP status ");
    mled_text_number(text, mle_problem_http(problem), 3);
    mled_text_add(text, ")\n\n");
    mled_text_add(text, mle_problem_about(problem));
    mled_text_char(text, '\n');
}

void mled_on_problem(struct mled_request *request)
{
    enum mle_problem problem = find_problem(request->head.name);
    struct mle_error err;
    if (problem == MLE_PROBLEM_NONE) {
        mle_problem_fail(&err, MLE_PROBLEM_NOT_FOUND, "there is no problem of this name");
        mled_answer_problem(request, &err);
        mled_request_move(request, MLED_READY);
        return;
    }
    char bytes[2048];
    struct mled_text text = mled_text_in(sizeof bytes, bytes);
    bool html = request->html;
    if (html)
        write_html(&text, problem);
    else
        write_plain(&text, problem);
    mled_answer_copy(request, 200, html ? MLED_CONTENT_HTML : MLED_CONTENT_TEXT, text.n,
                     text.bytes);
    request->answer.caching = "max-age=3600";
    mled_request_move(request, MLED_READY);
}
