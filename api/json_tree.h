/* The text of a small document as jansson's tree. jansson's own reader is not used: when memory
   runs out it writes beyond its buffers, and it does not tell that from a fault of the text. Here
   the scanner of the bodies reads, and jansson only holds the values. */
#ifndef MLE_API_JSON_TREE_H
#define MLE_API_JSON_TREE_H

#include "api/scan_json.h"

#include <jansson.h>

enum mle_json_flaw {
    MLE_JSON_FINE,
    MLE_JSON_MALFORMED,
    MLE_JSON_DUPLICATE, /* a member comes twice: key */
    MLE_JSON_LONG,      /* a string of more than MLE_JSON_MAX_STRING bytes */
    MLE_JSON_NO_MEMORY
};

/* Why there is no tree. */
struct mle_json_fault {
    enum mle_json_flaw flaw;
    size_t at;                      /* offset in the text, of the byte behind what is wrong */
    char key[MLE_JSON_MAX_KEY + 1]; /* decoded */
};

/* An object, the caller's; or NULL and the fault. Integers that 64 bits cannot hold are reals. */
json_t *mle_json_tree(size_t n, const char text[], struct mle_json_fault *fault);

#endif
