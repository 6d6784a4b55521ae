/* From the neutral words of a case file (cases/README.md) to a request of the service. */
#ifndef MLE_TESTS_CONFORMANCE_CASE_MAP_H
#define MLE_TESTS_CONFORMANCE_CASE_MAP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The operation the case asks for: "fit", "evaluate", "divergence". NULL: not mapped yet. */
const char *case_op(const json_t *c);

/* The body of the request, malloc'd; NULL when the model is of a kind that is not mapped yet. */
char *case_body(const json_t *c);

/* The service's name of a parameter that the case calls neutral. False: not mapped. */
bool case_parameter(const json_t *c, const char *neutral, size_t size, char name[]);

#endif
