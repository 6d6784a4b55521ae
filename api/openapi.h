/* The description of the service, OpenAPI 3.1, made of tables: the routes that the server hands
   over, ops.def, options.def, problems.def, the catalogue of families and the tables that read
   requests. What no table knows (schemas of answers, examples, words for people) is in
   openapi.json. Nothing of it is data of a request. */
#ifndef MLE_API_OPENAPI_H
#define MLE_API_OPENAPI_H

#include "api/api.h"

/* What the server itself answers a route in, beside the formats of its operation. */
enum mle_openapi_answer {
    MLE_OPENAPI_JSON,
    MLE_OPENAPI_TEXT, /* text/plain alone */
    MLE_OPENAPI_PAGE, /* HTML for browsers, JSON and text/plain */
};

struct mle_openapi_route {
    const char *method, *path, *summary; /* "POST", "/v1/fits" */
    const char *scope;                   /* that a key needs, NULL: no key */
    const struct mle_op *op;             /* NULL: the server answers itself */
    enum mle_openapi_answer answer;
    bool probe, etag;
};

/* The document as JSON text, with a line feed at its end; the caller frees it. NULL with err set
   without memory. Any thread, but meant for the start. */
char *mle_openapi(size_t n, const struct mle_openapi_route routes[], bool pretty, size_t *n_bytes,
                  struct mle_error *err);

#endif
