/* Percent-decoding of paths and query arguments. */
#ifndef MLED_SERVER_URI_H
#define MLED_SERVER_URI_H

#include "server/text.h"

/* Appends the decoded form of raw to out, and a NUL. NULL if an escape is bad, if a NUL byte comes
   out, if the result is not UTF-8 or does not fit. Returns where the text starts. */
const char *mled_uri_decode(size_t n, const char raw[], struct mled_text *out);

bool mled_utf8_valid(size_t n, const char bytes[]);

#endif
