#include "server/gate.h"

#include "server/uri.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    size_t n;
} names[MLED_HEADERS] = {
#define MLED_HEADER(name, text) { text, sizeof text - 1 },
#include "server/headers.def"
#undef MLED_HEADER
};

/* --- reading --------------------------------------------------------------------------------- */

static bool is_token(size_t n, const char *name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < n; i++) {
        char c = name[i], low = (char)(c | 0x20);
        if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') &&
            (c == '\0' || !strchr(others, c)))
            return false;
    }
    return n > 0;
}

static bool is_field_value(size_t n, const char *value)
{
    for (size_t i = 0; i < n; i++)
        if (((unsigned char)value[i] < 0x20 && value[i] != '\t') || value[i] == 0x7f)
            return false;
    return true;
}

/* A folded "Transfer-Encoding:" line reaches us glued to its value as one longer name. */
static bool is_glued(size_t n, const char *name, enum mled_header header)
{
    return n > names[header].n && strncasecmp(name, names[header].name, names[header].n) == 0;
}

static void read_header(struct mled_head *head, size_t n_name, const char *name, size_t n_value,
                        const char *value)
{
    if (++head->n_header > MLED_MAX_HEADERS)
        head->fault = "there are more than 64 headers";
    else if (!is_token(n_name, name))
        head->fault = "the name of a header has a byte that names cannot have";
    else if (!is_field_value(n_value, value))
        head->fault = "the value of a header has a control byte";
    else if (is_glued(n_name, name, MLED_HEADER_CODING) ||
             is_glued(n_name, name, MLED_HEADER_LENGTH))
        head->fault = "a header line is folded";
    if (head->fault)
        return;
    for (int i = 0; i < MLED_HEADERS; i++) {
        if (names[i].n != n_name || strncasecmp(names[i].name, name, n_name) != 0)
            continue;
        if (head->count[i] == 0)
            head->value[i] = value;
        if (i == MLED_HEADER_ACCEPT && head->count[i] < MLED_LISTED)
            head->accept[head->count[i]] = value;
        if (i == MLED_HEADER_PREFER && head->count[i] < MLED_LISTED)
            head->prefer[head->count[i]] = value;
        head->count[i]++;
        return;
    }
}

static enum MHD_Result read_value(void *ctx, enum MHD_ValueKind kind, const char *name,
                                  size_t n_name, const char *value, size_t n_value)
{
    struct mled_head *head = ctx;
    if (kind == MHD_HEADER_KIND) {
        read_header(head, n_name, name, value ? n_value : 0, value ? value : "");
    } else if (head->n_argument == MLED_MAX_ARGUMENTS) {
        head->fault = "there are more than 16 arguments in the query";
    } else {
        head->argument[head->n_argument].name = name;
        head->argument[head->n_argument].n_name = n_name;
        head->argument[head->n_argument].value = value;
        head->argument[head->n_argument].n_value = value ? n_value : 0;
        head->n_argument++;
    }
    return head->fault ? MHD_NO : MHD_YES;
}

void mled_head_read(struct mled_head *head, struct MHD_Connection *connection, const char *method,
                    const char *version)
{
    memset(head, 0, offsetof(struct mled_head, argument));
    head->fault = NULL;
    head->chunked = head->has_body = head->unframed = false;
    head->length = 0;
    head->method = mled_router_method(method);
    head->http_1_0 = strcmp(version, MHD_HTTP_VERSION_1_0) == 0;
    MHD_get_connection_values_n(connection,
                                (enum MHD_ValueKind)(MHD_HEADER_KIND | MHD_GET_ARGUMENT_KIND),
                                read_value, head);
}

size_t mled_value_length(const char *value)
{
    size_t n = strlen(value);
    while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
        n--;
    return n;
}

/* --- framing --------------------------------------------------------------------------------- */

static enum mle_status bad(struct mle_error *err, const char *what)
{
    return mle_problem_fail(err, MLE_PROBLEM_BAD_REQUEST, "%s", what);
}

static enum mle_status read_length(struct mled_head *head, struct mle_error *err)
{
    const char *text = head->value[MLED_HEADER_LENGTH];
    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
        return bad(err, "Content-Length is not a number");
    for (; *text; text++)
        if (__builtin_mul_overflow(head->length, 10, &head->length) ||
            __builtin_add_overflow(head->length, (uint64_t)(*text - '0'), &head->length))
            return mle_problem_fail(err, MLE_PROBLEM_BODY_TOO_LARGE,
                                    "Content-Length is larger than any body");
    return MLE_OK;
}

static bool method_has_body(enum mled_method method)
{
    return method == MLED_POST || method == MLED_PUT || method == MLED_PATCH;
}

enum mle_status mled_gate_framing(struct mled_head *head, bool needs_body, struct mle_error *err)
{
    unsigned n_length = head->count[MLED_HEADER_LENGTH], n_coding = head->count[MLED_HEADER_CODING];
    unsigned n_host = head->count[MLED_HEADER_HOST];
    if (head->fault)
        return bad(err, head->fault);
    if (n_length > 1 || n_coding > 1)
        return bad(err, "the length of the body is stated twice");
    if (n_length && n_coding)
        return bad(err, "there is both Content-Length and Transfer-Encoding");
    if (n_coding && head->http_1_0)
        return bad(err, "HTTP/1.0 has no Transfer-Encoding");
    if (n_coding && strcasecmp(head->value[MLED_HEADER_CODING], "chunked") != 0)
        return mle_problem_fail(err, MLE_PROBLEM_NOT_IMPLEMENTED,
                                "the only transfer coding is chunked");
    if (n_host > 1 || (n_host == 0 && !head->http_1_0))
        return bad(err, "there must be one Host header");
    if (head->count[MLED_HEADER_AUTHORIZATION] > 1)
        return bad(err, "there are two Authorization headers");
    if (head->method == MLED_TRACE || head->method == MLED_CONNECT)
        return mle_problem_fail(err, MLE_PROBLEM_NOT_IMPLEMENTED, "this method is not served");
    if (n_length)
        MLE_TRY(read_length(head, err));
    head->chunked = n_coding > 0;
    head->has_body = head->chunked || head->length > 0;
    if (head->method < MLED_METHODS && !method_has_body(head->method) && head->has_body)
        return bad(err, "a request of this method has no body");
    head->unframed = method_has_body(head->method) && !n_length && !n_coding;
    if (head->unframed && needs_body)
        return mle_problem_fail(err, MLE_PROBLEM_LENGTH_REQUIRED,
                                "send Content-Length, or Transfer-Encoding: chunked");
    return MLE_OK;
}

/* --- host ------------------------------------------------------------------------------------ */

/* The name in "name", "name:80", "[::1]" or "[::1]:80"; 0 if the rest is no port. */
static size_t host_length(const char *host)
{
    size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ": \t");
    if (n > strlen(host))
        return 0;
    const char *rest = host + n;
    if (*rest == ':')
        rest++;
    return mled_value_length(rest) == strspn(rest, "0123456789") ? n : 0;
}

static bool is_listed(size_t n, const char *host, const char *hosts)
{
    while (*hosts) {
        hosts += strspn(hosts, ", ");
        size_t m = strcspn(hosts, ", ");
        if (m == n && strncasecmp(hosts, host, n) == 0)
            return true;
        hosts += m;
    }
    return false;
}

/* 127.0.0.0/8 written as four numbers. */
static bool is_loopback_number(size_t n, const char *host)
{
    return n > 4 && n <= 15 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= n;
}

enum mle_status mled_gate_host(const struct mled_head *head, const char *hosts, bool loopback,
                               struct mle_error *err)
{
    const char *host = head->value[MLED_HEADER_HOST];
    if (!host)
        return MLE_OK; /* HTTP/1.0 */
    size_t n = host_length(host);
    if (n > 0 && *hosts && is_listed(n, host, hosts))
        return MLE_OK;
    if (n > 0 && !*hosts && !loopback)
        return MLE_OK;
    if (n > 0 && loopback) {
        static const char suffix[] = ".localhost";
        size_t m = sizeof suffix - 1;
        if (is_listed(n, host, "localhost,[::1]") || is_loopback_number(n, host) ||
            (n > m && strncasecmp(host + n - m, suffix, m) == 0))
            return MLE_OK;
    }
    mle_problem_fail(err, MLE_PROBLEM_MISDIRECTED_REQUEST, "this host is not served here");
    mle_hint(err, "start the service with --allowed-hosts, or send a Host that it knows");
    return err->status;
}

/* --- body ------------------------------------------------------------------------------------ */

const char *mled_gate_media_word(enum mle_media media)
{
    const char *name = mle_media_name(media);
    return name ? strchr(name, '/') + 1 : NULL;
}

/* Whether parameters like "; charset=utf-8" name no other character set. */
static bool is_utf8(const char *parameters)
{
    for (const char *at = strchr(parameters, ';'); at; at = strchr(at, ';')) {
        at++;
        at += strspn(at, " \t");
        if (strncasecmp(at, "charset=", 8) != 0)
            continue;
        at += 8;
        at += *at == '"';
        if (strncasecmp(at, "utf-8", 5) != 0)
            return false;
        at += 5;
        at += strspn(at, "\" \t");
        if (*at != '\0' && *at != ';')
            return false;
    }
    return true;
}

static enum mle_media media_of(const char *type)
{
    size_t n = strcspn(type, "; \t");
    for (int i = MLE_MEDIA_NONE + 1; i < MLE_MEDIA_COUNT; i++) {
        const char *name = mle_media_name((enum mle_media)i);
        if (strlen(name) == n && strncasecmp(name, type, n) == 0 && is_utf8(type + n))
            return (enum mle_media)i;
    }
    return MLE_MEDIA_NONE;
}

enum mle_status mled_gate_body(const struct mled_head *head, const struct mle_op *op,
                               enum mle_media *media, struct mle_error *err)
{
    const char *expect = head->value[MLED_HEADER_EXPECT];
    *media = MLE_MEDIA_NONE;
    if (expect && (head->count[MLED_HEADER_EXPECT] > 1 || mled_value_length(expect) != 12 ||
                   strncasecmp(expect, "100-continue", 12) != 0))
        return mle_problem_fail(err, MLE_PROBLEM_EXPECTATION_FAILED,
                                "only 'Expect: 100-continue' is understood");
    const char *type = head->value[MLED_HEADER_TYPE];
    if (head->count[MLED_HEADER_TYPE] == 1)
        *media = media_of(type);
    if (!head->has_body) { /* then the type decides nothing but who says that it is empty */
        if (!op || !mle_op_takes(op, *media))
            *media = MLE_MEDIA_NONE;
        return MLE_OK;
    }
    if (!op)
        return bad(err, "this route takes no body");
    if (head->count[MLED_HEADER_CONTENT_CODING] > 0)
        return mle_problem_fail(err, MLE_PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                                "bodies with a Content-Encoding are not read");
    if (*media != MLE_MEDIA_NONE && mle_op_takes(op, *media))
        return MLE_OK;
    mle_problem_fail(err, MLE_PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                     type ? "this route does not read the body's Content-Type"
                          : "there is no Content-Type");
    /* curl -d says application/x-www-form-urlencoded unless it is told otherwise */
    mle_hint(err, "With curl: -H 'Content-Type: application/json', or text/csv for a table.");
    return err->status;
}
