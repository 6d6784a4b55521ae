/* What a decoder makes of a body, as one line of text, so that results are easy to compare. */
#ifndef MLE_TESTS_SUPPORT_DECODED_H
#define MLE_TESTS_SUPPORT_DECODED_H

#include "api/decode.h"

extern const struct mle_limits test_limits; /* 1,000 rows, 10 columns, 5,000 cells, depth 8 */

struct test_body {
    bool csv;
    size_t n;
    const char *bytes;
    size_t chunk; /* bytes at a time; 0: cut at random places that depend on the body */
    size_t n_missing;
    const char *const *missing;
};

/* Decodes and describes:
     "rows y:f 1 2 ? | s:c a b | flag:b 1 0 | {"data":null}" or
     "invalid-data type_mismatch /data/1 row 1 line 3:2 byte 17 did_you_mean columns".
   Each chunk is fed from a block of exactly its size, so that reading beyond it is found. Returns
   out; *left_bytes is what the budget has not got back (must be 0). limit_bytes 0: none. */
char *test_decode(const struct test_body *body, size_t limit_bytes, size_t *left_bytes, size_t size,
                  char out[]);

#endif
