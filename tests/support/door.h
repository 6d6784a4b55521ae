/* One request through the door of the api (api/api.h), as a test sees it: bytes in, JSON out. */
#ifndef MLE_TESTS_SUPPORT_DOOR_H
#define MLE_TESTS_SUPPORT_DOOR_H

#include "api/api.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct door_request {
    const char *op; /* "fit", "evaluate", ... */
    enum mle_media media;
    size_t n_query;
    const struct mle_pair *query;
    size_t n;
    const char *body;
    bool strict;
    const char *name; /* last segment of the path, NULL: none */
};

/* The status is what HTTP would say: 200, or that of the problem. The document is the answer or the
   problem document. The caller owns it. */
struct door_answer {
    unsigned http;
    json_t *document;
};

/* Feeds the body in pieces of several sizes, runs it without a pool, again, and with three threads,
   and fails the test unless all runs give the same bytes, the memory is given back and the document
   is valid JSON. */
struct door_answer door_ask(const struct door_request *request);

void door_answer_finish(struct door_answer *answer);

/* --- reading documents ------------------------------------------------------------------------ */

/* The value at a path of members, "diagnostics.log_likelihood"; NULL if there is none. Member names
   may have dots in them: the longest name that fits is taken. */
const json_t *door_at(const json_t *value, const char *path);

/* A number, or one of the strings "Infinity", "-Infinity", "+inf", "-inf", "NaN". */
bool door_number(const json_t *value, double *number);

/* The whole file, which must be JSON unless it is to be read as text. Fails the test if not. */
json_t *door_load_json(const char *path);
char *door_load_text(const char *path, size_t *n); /* malloc'd, NUL behind it */

/* Whether any string in the document has the word: not inside a longer word. */
bool door_mentions(const json_t *document, const char *word);

#endif
