/* The query string as a document. A CSV body has no place for a model and options, so they come as
   ?family=gamma&response=wait&tolerance=1e-8 and are made into the object that a JSON request
   would have been; from there on both are read by the same tables. */
#ifndef MLE_API_QUERY_H
#define MLE_API_QUERY_H

#include "api/read.h"

/* For each pair the first table that has a field of that name gets the value, converted as the
   field's kind wants it: numbers, true and false, lists separated by commas; texts that begin with
   { or [ are JSON where a field takes any value. The result has a member for each table by its
   "what" ({"model": {...}, "options": {...}}); fields of a table whose what is "" are members of
   the result itself. A text that cannot be converted stays a string, which the reader then refuses.
   NULL with err set: an argument that no table has (unknown-member, did_you_mean), or that comes
   twice (invalid-option), or no memory. New reference. */
json_t *mle_query_document(size_t n_table, const struct mle_field_table *const tables[], size_t n,
                           const struct mle_pair pairs[], struct mle_error *err);

#endif
