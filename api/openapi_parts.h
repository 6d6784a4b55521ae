/* The two halves of the description: openapi.c makes paths, openapi_schemas.c the schemas of
   tables. Used by these two alone. */
#ifndef MLE_API_OPENAPI_PARTS_H
#define MLE_API_OPENAPI_PARTS_H

#include "api/call.h"
#include "api/openapi.h"

/* A document under construction. Failures (no memory, openapi.json is not what it must be) are
   kept: look once, at the end. */
struct mle_openapi_builder {
    json_t *text; /* openapi.json */
    bool failed;
};

/* object[name] = value, which is taken over. NULL values are failures. */
void mle_openapi_put(struct mle_openapi_builder *builder, json_t *object, const char *name,
                     json_t *value);
void mle_openapi_append(struct mle_openapi_builder *builder, json_t *array, json_t *value);

/* {"$ref": "#/components/kind/name"} */
json_t *mle_openapi_ref(const char *kind, const char *name);

/* A member of a part of openapi.json, borrowed; NULL: there is none. */
const json_t *mle_openapi_text(const struct mle_openapi_builder *builder, const char *part,
                               const char *name);

/* components.schemas: those of openapi.json and those of the tables. */
json_t *mle_openapi_schemas(struct mle_openapi_builder *builder);

/* Adds the parameters of a query that comes with a text body to parameters by the names
   "query.{name}". */
void mle_openapi_query(struct mle_openapi_builder *builder, json_t *parameters);

/* Whether the query that stands for a body of this schema has such an argument. */
bool mle_openapi_takes_argument(const char *request, const char *name);

#endif
