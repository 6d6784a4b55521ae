/* What the server answers itself: health, metrics, version, limits, openapi. None of it waits for
   anything. */
#include "server/gate.h"
#include "server/machine.h"
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
    char pretty[16384];
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

/* Made at the start (server/describe.h). */
void mled_on_openapi(struct mled_request *request)
{
    const struct mled_description *description = &request->server->description;
    bool pretty = request->head.pretty;
    mled_answer_constant(request, 200, MLED_CONTENT_JSON,
                         pretty ? description->n_pretty : description->n,
                         pretty ? description->pretty : description->bytes);
    request->answer.etag = true;
    request->answer.caching = "no-cache";
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

/* What not every service of this kind does, and the bodies that are read beside JSON. */
static void put_extensions(struct mled_text *text)
{
    mled_text_add(text, ",\"extensions\":[\"problem_json\",\"prefer_handling\"");
    for (int i = MLE_MEDIA_JSON + 1; i < MLE_MEDIA_COUNT; i++) {
        const char *word = mled_gate_media_word((enum mle_media)i);
        mled_text_char(text, ',');
        mled_text_json(text, strlen(word), word);
    }
    mled_text_char(text, ']');
}

/* A link to every path without a {name}, called as the path without its folder and its ending. */
static void put_links(struct mled_text *text)
{
    const struct mled_route *route;
    for (size_t i = 0; (route = mled_router_get(i)); i++) {
        char name[64];
        const char *start =
            strncmp(route->path, "/v1/", 4) == 0 ? route->path + 4 : route->path + 1;
        bool again = false;
        for (size_t j = 0; j < i; j++)
            again |= strcmp(mled_router_get(j)->path, route->path) == 0;
        if (again || strchr(route->path, '{'))
            continue;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(start, "."), start);
        put_member(text,
                   strcmp(route->path, "/v1") == 0 ? "self"
                   : *name                         ? name
                                                   : "page",
                   route->path);
    }
}

void mled_on_service(struct mled_request *request)
{
    const struct mled_server *server = request->server;
    const struct mled_config *config = server->config;
    char bytes[8192];
    struct mled_text text = mled_text_in(sizeof bytes, bytes);
    mled_text_char(&text, '{');
    put_member(&text, "name", "mled");
    put_member(&text, "version", MLED_VERSION);
    put_member(&text, "api", "v1");
    put_extensions(&text);
    mled_text_add(&text, ",\"limits\":{");
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
    put_links(&text);
    mled_text_add(&text, "}}");
    answer_text(request, 200, &text);
}
