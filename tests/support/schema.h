/* Enough of JSON Schema 2020-12 for the schemas of openapi.json. */
#ifndef MLE_TESTS_SUPPORT_SCHEMA_H
#define MLE_TESTS_SUPPORT_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* What "#/a/b" stands for in the document; NULL: nothing. */
const json_t *schema_resolve(const json_t *document, const char *reference);

/* Whether value is what schema says; otherwise why (in words, with the place) is set. complete:
   members that properties does not list are faults, unless additionalProperties says otherwise, so
   that an answer with a member nobody described is found. A keyword that this does not know is a
   fault too. */
bool schema_check(const json_t *document, const json_t *schema, const json_t *value, bool complete,
                  size_t size, char why[]);

#endif
