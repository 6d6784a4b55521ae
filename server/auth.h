/* API keys: a file of lines name:scopes:sha256hex[:quota], where the digest is of the whole key as
   it is presented, scopes are of read, fit, data, admin joined by commas, and quota is requests a
   second. Keys are 256 random bits, so their plain digest is enough to keep. */
#ifndef MLED_SERVER_AUTH_H
#define MLED_SERVER_AUTH_H

#include "core/base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mled_scope {
    MLED_SCOPE_NONE = 0, /* open to everybody */
    MLED_SCOPE_READ = 1,
    MLED_SCOPE_FIT = 2,
    MLED_SCOPE_DATA = 4,
    MLED_SCOPE_ADMIN = 8,
};

const char *mled_scope_name(enum mled_scope scope); /* "read"; NULL for MLED_SCOPE_NONE */

struct mled_key {
    char name[64];
    unsigned scopes;
    unsigned char digest[32];
    double quota;  /* requests a second, 0: no limit */
    double tokens; /* left of the quota; the I/O thread's */
    int64_t refilled_ns;
};

struct mled_keys; /* an immutable list, but for the tokens */

struct mled_auth {
    const char *file;                 /* borrowed, NULL: everybody may do everything */
    struct mled_keys *keys;           /* the I/O thread's */
    _Atomic(struct mled_keys *) next; /* read again by another thread, to be taken over */
};

enum mle_status mled_auth_init(struct mled_auth *auth, const char *file, struct mle_error *err);
void mled_auth_finish(struct mled_auth *auth);

/* Reads the file again; on failure the old keys stay. Any thread. */
enum mle_status mled_auth_reload(struct mled_auth *auth, struct mle_error *err);

enum mled_verdict {
    MLED_ALLOWED,
    MLED_UNAUTHENTICATED, /* no key, or one nobody knows: the same answer in the same time */
    MLED_FORBIDDEN,
    MLED_OVER_QUOTA,
};

/* Whether the value of Authorization (NULL: absent) may use a scope. Sets name (size 64) to that
   of the key, "" if there is none, and retry_s after MLED_OVER_QUOTA. The I/O thread only. */
enum mled_verdict mled_auth_check(struct mled_auth *auth, const char *authorization,
                                  enum mled_scope scope, char name[64], unsigned *retry_s);

/* Prints a new key and its line to stdout. False without random bits. */
bool mled_auth_generate(const char *name);

#endif
