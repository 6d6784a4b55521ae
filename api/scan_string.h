/* Strings of JSON, byte by byte: escapes, surrogates, UTF-8. Part of the scanner (scan_json.h). */
#ifndef MLE_API_SCAN_STRING_H
#define MLE_API_SCAN_STRING_H

#include "api/scan_json.h"

enum mle_string_state {
    MLE_STRING_OPEN,  /* the chunk ended inside the string */
    MLE_STRING_WHOLE, /* n and text are set (text NULL if it was not kept) */
    MLE_STRING_LONG,  /* a value that is kept became longer than MLE_JSON_MAX_STRING */
    MLE_STRING_BAD,   /* the error of the scanner is set */
};

/* A string begins; the scanner is behind its opening quote. */
void mle_json_string_begin(struct mle_json_scan *scan, bool is_key);

/* Reads on in the chunk, behind the closing quote at most. text is valid until the chunk is gone.
 */
enum mle_string_state mle_json_string_more(struct mle_json_scan *scan, size_t *n,
                                           const char **text);

#endif
