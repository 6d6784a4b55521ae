#include "api/openapi.h"

#include "api/openapi_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char mle_openapi_json[]; /* made of openapi.json by embed.py */
extern const size_t mle_openapi_json_bytes;

/* --- parts ----------------------------------------------------------------------------------- */

void mle_openapi_put(struct mle_openapi_builder *b, json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0)
        b->failed = true;
}

void mle_openapi_append(struct mle_openapi_builder *b, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        b->failed = true;
}

json_t *mle_openapi_ref(const char *kind, const char *name)
{
    char text[160];
    snprintf(text, sizeof text, "#/components/%s/%s", kind, name);
    return json_pack("{s:s}", "$ref", text);
}

const json_t *mle_openapi_text(const struct mle_openapi_builder *b, const char *part,
                               const char *name)
{
    return json_object_get(json_object_get(b->text, part), name);
}

/* A string of a route's text, or what to say without. */
static const char *text_or(const json_t *text, const char *name, const char *without)
{
    const char *value = json_string_value(json_object_get(text, name));
    return value ? value : without;
}

/* --- problems -------------------------------------------------------------------------------- */

enum {
    ALWAYS = 1,
    WITH_HOST = 2, /* routes that look at it */
    WITH_KEY = 4,
    WITH_OP = 8,
    WITH_BODY = 16,
    WITH_NAME = 32,
    NEGOTIATED = 64,
};

/* Which routes answer with a status; problems of others belong to none ("default"). */
static const struct {
    unsigned http, when;
} refusals[] = {
    { 400, ALWAYS },     { 401, WITH_KEY },  { 403, WITH_KEY },  { 404, WITH_NAME },
    { 406, NEGOTIATED }, { 411, WITH_BODY }, { 413, WITH_BODY }, { 415, WITH_BODY },
    { 417, WITH_BODY },  { 421, WITH_HOST }, { 422, WITH_OP },   { 429, WITH_KEY },
    { 503, WITH_OP },    { 504, WITH_BODY },
};
enum { REFUSALS = sizeof refusals / sizeof *refusals };

static unsigned circumstances(const struct mle_openapi_route *route)
{
    return (unsigned)ALWAYS | (route->probe ? 0 : WITH_HOST) | (route->scope ? WITH_KEY : 0) |
           (route->op ? WITH_OP : 0) |
           (route->op && strcmp(route->method, "POST") == 0 ? WITH_BODY : 0) |
           (strchr(route->path, '{') ? WITH_NAME : 0) |
           (route->probe || route->answer != MLE_OPENAPI_JSON ? 0 : NEGOTIATED);
}

static json_t *problem_content(struct mle_openapi_builder *b)
{
    json_t *content = json_object(), *media = json_object();
    mle_openapi_put(b, media, "schema", mle_openapi_ref("schemas", "Problem"));
    mle_openapi_put(b, content, "application/problem+json", media);
    return content;
}

/* The problems of a status (0: any) as one response. */
static json_t *problem_response(struct mle_openapi_builder *b, unsigned http)
{
    char about[2048] = "A problem";
    size_t n = 0;
    for (int i = MLE_PROBLEM_NONE + 1; http && i < MLE_PROBLEM_COUNT; i++) {
        enum mle_problem problem = (enum mle_problem)i;
        if (mle_problem_http(problem) == http && n < sizeof about - 1)
            n += (size_t)snprintf(about + n, sizeof about - n, "%s%s (%s)", n ? "; " : "",
                                  mle_problem_slug(problem), mle_problem_title(problem));
    }
    json_t *response = json_object(), *headers = json_object();
    mle_openapi_put(b, response, "description", json_string(about));
    mle_openapi_put(b, headers, "X-Request-Id", mle_openapi_ref("headers", "request_id"));
    if (http == 429 || http == 503)
        mle_openapi_put(b, headers, "Retry-After", mle_openapi_ref("headers", "retry_after"));
    if (http == 401)
        mle_openapi_put(b, headers, "WWW-Authenticate",
                        mle_openapi_ref("headers", "www_authenticate"));
    mle_openapi_put(b, response, "headers", headers);
    mle_openapi_put(b, response, "content", problem_content(b));
    return response;
}

static json_t *problem_responses(struct mle_openapi_builder *b)
{
    json_t *responses = json_object();
    for (size_t i = 0; i < REFUSALS; i++) {
        char name[16];
        snprintf(name, sizeof name, "Problem%u", refusals[i].http);
        mle_openapi_put(b, responses, name, problem_response(b, refusals[i].http));
    }
    mle_openapi_put(b, responses, "Problem", problem_response(b, 0));
    return responses;
}

/* --- an operation ---------------------------------------------------------------------------- */

static void put_path_parameters(struct mle_openapi_builder *b, const char *path, const json_t *text,
                                json_t *parameters)
{
    for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{')) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        const json_t *schema = json_object_get(json_object_get(text, "path"), name);
        const json_t *example = json_object_get(json_object_get(text, "path_examples"), name);
        json_t *parameter = json_pack("{s:s, s:s, s:b}", "name", name, "in", "path", "required", 1);
        mle_openapi_put(b, parameter, "schema",
                        schema ? json_copy((json_t *)schema)
                               : json_pack("{s:s}", "type", "string"));
        if (example)
            mle_openapi_put(b, parameter, "example", json_copy((json_t *)example));
        mle_openapi_append(b, parameters, parameter);
    }
}

static json_t *parameters_of(struct mle_openapi_builder *b, const struct mle_openapi_route *route,
                             const json_t *query, const json_t *text)
{
    json_t *parameters = json_array();
    const char *name, *request = text_or(text, "request", NULL);
    json_t *ignored;
    put_path_parameters(b, route->path, text, parameters);
    if (route->op && mle_op_takes(route->op, MLE_MEDIA_CSV)) {
        json_object_foreach(
            (json_t *)query, name,
            ignored) if (mle_openapi_takes_argument(request, name + strlen("query.")))
            mle_openapi_append(b, parameters, mle_openapi_ref("parameters", name));
        mle_openapi_append(b, parameters, mle_openapi_ref("parameters", "prefer"));
    }
    if (route->answer != MLE_OPENAPI_TEXT)
        mle_openapi_append(b, parameters, mle_openapi_ref("parameters", "pretty"));
    if (route->etag)
        mle_openapi_append(b, parameters, mle_openapi_ref("parameters", "if_none_match"));
    mle_openapi_append(b, parameters, mle_openapi_ref("parameters", "request_id"));
    return parameters;
}

static json_t *string_media(struct mle_openapi_builder *b, const json_t *example)
{
    json_t *media = json_pack("{s:{s:s}}", "schema", "type", "string");
    if (example)
        mle_openapi_put(b, media, "example", json_copy((json_t *)example));
    return media;
}

/* A body that is not JSON has its model in the query, which an example must show: x-query. */
static json_t *text_body(struct mle_openapi_builder *b, enum mle_media media, const json_t *text)
{
    const json_t *example = media == MLE_MEDIA_CSV ? json_object_get(text, "csv_example") : NULL;
    json_t *body = string_media(b, json_object_get(example, "value"));
    if (example)
        mle_openapi_put(b, body, "x-query", json_copy(json_object_get(example, "query")));
    return body;
}

static json_t *body_of(struct mle_openapi_builder *b, const struct mle_openapi_route *route,
                       const json_t *text)
{
    json_t *content = json_object(), *json = json_object();
    json_t *examples = json_object_get(text, "examples");
    const char *request = text_or(text, "request", NULL);
    for (int i = MLE_MEDIA_JSON + 1; i < MLE_MEDIA_COUNT; i++)
        if (mle_op_takes(route->op, (enum mle_media)i))
            mle_openapi_put(b, content, mle_media_name((enum mle_media)i),
                            text_body(b, (enum mle_media)i, text));
    mle_openapi_put(b, json, "schema",
                    request ? mle_openapi_ref("schemas", request) : json_object());
    if (examples)
        mle_openapi_put(b, json, "examples", json_incref(examples));
    mle_openapi_put(b, content, mle_media_name(MLE_MEDIA_JSON), json);
    return json_pack("{s:b, s:o}", "required", 1, "content", content);
}

static json_t *schema_media(struct mle_openapi_builder *b, const char *schema)
{
    json_t *media = json_object();
    mle_openapi_put(b, media, "schema",
                    schema ? mle_openapi_ref("schemas", schema) : json_object());
    return media;
}

static json_t *answer_content(struct mle_openapi_builder *b, const struct mle_openapi_route *route,
                              const json_t *text)
{
    json_t *content = json_object();
    const char *schema = text_or(text, "response", NULL);
    if (route->answer != MLE_OPENAPI_TEXT)
        mle_openapi_put(b, content, mle_format_name(MLE_FORMAT_JSON), schema_media(b, schema));
    if (route->answer != MLE_OPENAPI_JSON)
        mle_openapi_put(b, content, mle_format_name(MLE_FORMAT_TEXT), string_media(b, NULL));
    if (route->answer == MLE_OPENAPI_PAGE)
        mle_openapi_put(b, content, "text/html", string_media(b, NULL));
    for (int i = MLE_FORMAT_JSON + 1; route->op && i < MLE_FORMAT_COUNT; i++)
        if (mle_op_answers(route->op, (enum mle_format)i))
            mle_openapi_put(b, content, mle_format_name((enum mle_format)i), string_media(b, NULL));
    return content;
}

static json_t *good_response(struct mle_openapi_builder *b, const struct mle_openapi_route *route,
                             const json_t *text)
{
    json_t *response = json_object(), *headers = json_object();
    mle_openapi_put(b, response, "description", json_string("The answer"));
    mle_openapi_put(b, headers, "X-Request-Id", mle_openapi_ref("headers", "request_id"));
    mle_openapi_put(b, headers, "Server-Timing", mle_openapi_ref("headers", "server_timing"));
    if (route->etag)
        mle_openapi_put(b, headers, "ETag", mle_openapi_ref("headers", "etag"));
    mle_openapi_put(b, response, "headers", headers);
    mle_openapi_put(b, response, "content", answer_content(b, route, text));
    return response;
}

/* Those that openapi.json gives a schema of their own: {"503": {"description", "schema"}}. */
static void put_own_responses(struct mle_openapi_builder *b, const json_t *text, json_t *responses)
{
    const char *http;
    json_t *own;
    json_object_foreach(json_object_get(text, "responses"), http, own)
    {
        json_t *response = json_pack("{s:s}", "description", text_or(own, "description", ""));
        json_t *content = json_object();
        mle_openapi_put(b, content, mle_format_name(MLE_FORMAT_JSON),
                        schema_media(b, text_or(own, "schema", NULL)));
        mle_openapi_put(b, response, "content", content);
        mle_openapi_put(b, responses, http, response);
    }
}

static json_t *responses_of(struct mle_openapi_builder *b, const struct mle_openapi_route *route,
                            const json_t *text)
{
    json_t *responses = json_object();
    mle_openapi_put(b, responses, "200", good_response(b, route, text));
    if (route->etag)
        mle_openapi_put(b, responses, "304",
                        json_pack("{s:s}", "description", "The ETag is known already"));
    for (size_t i = 0; i < REFUSALS; i++) {
        char name[16], http[8];
        if (!(circumstances(route) & refusals[i].when))
            continue;
        snprintf(name, sizeof name, "Problem%u", refusals[i].http);
        snprintf(http, sizeof http, "%u", refusals[i].http);
        mle_openapi_put(b, responses, http, mle_openapi_ref("responses", name));
    }
    put_own_responses(b, text, responses);
    mle_openapi_put(b, responses, "default", mle_openapi_ref("responses", "Problem"));
    return responses;
}

/* No key, or, where keys are configured, one with the scope. */
static json_t *security_of(const struct mle_openapi_route *route)
{
    return route->scope ? json_pack("[{}, {s:[s]}]", "key", route->scope) : json_array();
}

static json_t *operation_of(struct mle_openapi_builder *b, const struct mle_openapi_route *route,
                            const json_t *query)
{
    char key[160];
    snprintf(key, sizeof key, "%s %s", route->method, route->path);
    const json_t *text = mle_openapi_text(b, "routes", key);
    json_t *operation = json_object();
    mle_openapi_put(b, operation, "operationId", json_string(text_or(text, "operationId", key)));
    mle_openapi_put(b, operation, "summary", json_string(route->summary));
    mle_openapi_put(b, operation, "description",
                    json_string(text_or(text, "description", route->summary)));
    mle_openapi_put(b, operation, "tags", json_pack("[s]", text_or(text, "tag", "service")));
    mle_openapi_put(b, operation, "security", security_of(route));
    mle_openapi_put(b, operation, "parameters", parameters_of(b, route, query, text));
    if (circumstances(route) & WITH_BODY)
        mle_openapi_put(b, operation, "requestBody", body_of(b, route, text));
    mle_openapi_put(b, operation, "responses", responses_of(b, route, text));
    return operation;
}

/* --- the document ---------------------------------------------------------------------------- */

static json_t *paths_of(struct mle_openapi_builder *b, size_t n,
                        const struct mle_openapi_route routes[], const json_t *query)
{
    json_t *paths = json_object();
    for (size_t i = 0; i < n; i++) {
        char method[16];
        size_t m = 0;
        for (; routes[i].method[m] && m < sizeof method - 1; m++)
            method[m] = (char)(routes[i].method[m] | 0x20);
        method[m] = '\0';
        if (!json_object_get(paths, routes[i].path))
            mle_openapi_put(b, paths, routes[i].path, json_object());
        mle_openapi_put(b, json_object_get(paths, routes[i].path), method,
                        operation_of(b, &routes[i], query));
    }
    return paths;
}

static json_t *copy_part(struct mle_openapi_builder *b, const char *name)
{
    json_t *part = json_deep_copy(json_object_get(b->text, name));
    b->failed |= !part;
    return part;
}

static json_t *make(struct mle_openapi_builder *b, size_t n,
                    const struct mle_openapi_route routes[])
{
    json_t *document = json_object(), *components = json_object(), *info = copy_part(b, "info");
    json_t *query = json_object(), *parameters = copy_part(b, "parameters");
    mle_openapi_query(b, query);
    mle_openapi_put(b, document, "openapi", json_string("3.1.0"));
    mle_openapi_put(b, info, "version", json_string(MLED_VERSION));
    mle_openapi_put(b, document, "info", info);
    mle_openapi_put(b, document, "servers", json_pack("[{s:s}]", "url", "/"));
    mle_openapi_put(b, document, "tags", copy_part(b, "tags"));
    mle_openapi_put(b, document, "paths", paths_of(b, n, routes, query));
    mle_openapi_put(b, components, "schemas", mle_openapi_schemas(b));
    if (json_object_update(parameters, query) != 0)
        b->failed = true;
    json_decref(query);
    mle_openapi_put(b, components, "parameters", parameters);
    mle_openapi_put(b, components, "headers", copy_part(b, "headers"));
    mle_openapi_put(b, components, "responses", problem_responses(b));
    mle_openapi_put(b, components, "securitySchemes",
                    json_pack("{s:{s:s, s:s, s:s}}", "key", "type", "http", "scheme", "bearer",
                              "description", "An API key, where the service has keys"));
    mle_openapi_put(b, document, "components", components);
    return document;
}

/* The bytes as a block of malloc. */
static char *write_document(const json_t *document, bool pretty, size_t *n_bytes)
{
    struct mle_writer writer;
    mle_writer_init(&writer, NULL, pretty);
    mle_write_json(&writer, document);
    size_t n = mle_writer_length(&writer);
    char *bytes = mle_writer_failed(&writer) ? NULL : malloc(n + 1);
    if (bytes) {
        memcpy(bytes, mle_writer_bytes(&writer), n);
        if (bytes[n - 1] != '\n')
            bytes[n++] = '\n';
        *n_bytes = n;
    }
    mle_writer_finish(&writer);
    return bytes;
}

char *mle_openapi(size_t n, const struct mle_openapi_route routes[], bool pretty, size_t *n_bytes,
                  struct mle_error *err)
{
    struct mle_openapi_builder b = {
        .text = json_loadb(mle_openapi_json, mle_openapi_json_bytes, JSON_REJECT_DUPLICATES, NULL),
    };
    json_t *document = make(&b, n, routes);
    char *bytes = b.failed ? NULL : write_document(document, pretty, n_bytes);
    json_decref(document);
    json_decref(b.text);
    if (!bytes)
        mle_fail(err, MLE_NO_MEMORY, "there is no memory for the description of the service");
    return bytes;
}
