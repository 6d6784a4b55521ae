#include "server/auth.h"

#include "core/base/stop.h"
#include "server/gate.h"

#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct mled_keys {
    size_t n;
    struct mled_key key[];
};

static const struct {
    const char *name;
    enum mled_scope scope;
} scopes[] = {
    { "read", MLED_SCOPE_READ },
    { "fit", MLED_SCOPE_FIT },
    { "data", MLED_SCOPE_DATA },
    { "admin", MLED_SCOPE_ADMIN },
};

const char *mled_scope_name(enum mled_scope scope)
{
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        if (scopes[i].scope == scope)
            return scopes[i].name;
    return NULL;
}

/* --- the file -------------------------------------------------------------------------------- */

static bool parse_scopes(const char *text, unsigned *set)
{
    *set = 0;
    while (*text) {
        size_t n = strcspn(text, ", "), i = 0, count = sizeof scopes / sizeof *scopes;
        while (i < count && (strlen(scopes[i].name) != n || strncmp(text, scopes[i].name, n) != 0))
            i++;
        if (i == count)
            return false;
        *set |= (unsigned)scopes[i].scope;
        text += n;
        text += strspn(text, ", ");
    }
    return *set != 0;
}

static bool parse_name(const char *text, char name[64])
{
    size_t n = strlen(text);
    if (n == 0 || n >= 64)
        return false;
    for (size_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f || text[i] == '"' || text[i] == '\\')
            return false;
    memcpy(name, text, n + 1);
    return true;
}

static bool parse_digest(const char *text, unsigned char digest[32])
{
    size_t n;
    return strlen(text) == 64 && sodium_hex2bin(digest, 32, text, 64, NULL, &n, NULL) == 0 &&
           n == 32;
}

/* Cuts text at its colons. Returns how many fields there are, at most 5. */
static size_t cut(char *text, char *field[5])
{
    size_t n = 0;
    while (text && n < 5) {
        field[n++] = text;
        text = strchr(text, ':');
        if (text)
            *text++ = '\0';
    }
    return n;
}

static enum mle_status parse_line(char *text, const char *file, unsigned line, struct mled_key *key,
                                  struct mle_error *err)
{
    char *field[5];
    size_t n = cut(text, field);
    const char *wrong = NULL;
    if (n < 3 || n > 4)
        wrong = "is not name:scopes:sha256hex[:quota]";
    else if (!parse_name(field[0], key->name))
        wrong = "has no name of 1 to 63 printable characters";
    else if (!parse_scopes(field[1], &key->scopes))
        wrong = "has scopes other than read, fit, data, admin";
    else if (!parse_digest(field[2], key->digest))
        wrong = "has no digest of 64 hexadecimal digits";
    if (!wrong && n == 4) {
        char *end;
        key->quota = strtod(field[3], &end);
        if (end == field[3] || *end != '\0' || !(key->quota > 0 && key->quota <= 1e9))
            wrong = "has a quota that is no positive number of requests a second";
        key->tokens = key->quota < 1 ? 1 : key->quota;
    }
    if (wrong) /* the line itself is never shown */
        return mle_fail(err, MLE_INVALID_OPTION, "%.200s line %u %s", file, line, wrong);
    return MLE_OK;
}

static enum mle_status append(struct mled_keys **keys, const struct mled_key *key,
                              struct mle_error *err)
{
    size_t n = *keys ? (*keys)->n : 0;
    struct mled_keys *more = realloc(*keys, sizeof **keys + (n + 1) * sizeof *key);
    if (!more)
        return mle_fail(err, MLE_NO_MEMORY, "out of memory");
    more->key[n] = *key;
    more->n = n + 1;
    *keys = more;
    return MLE_OK;
}

static enum mle_status read_keys(const char *path, struct mled_keys **keys, struct mle_error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return mle_fail(err, MLE_INVALID_OPTION, "cannot read the API keys in %.200s: %s", path,
                        strerrordesc_np(errno));
    *keys = NULL;
    enum mle_status status = MLE_OK;
    char *text = NULL;
    size_t size = 0;
    for (unsigned line = 1; status == MLE_OK && getline(&text, &size, file) >= 0; line++) {
        text[strcspn(text, "\r\n")] = '\0';
        char *start = text + strspn(text, " \t");
        if (*start == '\0' || *start == '#')
            continue;
        struct mled_key key = { .quota = 0 };
        status = parse_line(start, path, line, &key, err);
        if (status == MLE_OK)
            status = append(keys, &key, err);
    }
    if (status == MLE_OK && ferror(file)) /* half a list of keys must not be taken for the whole */
        status = mle_fail(err, MLE_INVALID_OPTION, "cannot read the API keys in %.200s: %s", path,
                          strerrordesc_np(errno));
    free(text);
    fclose(file);
    if (status == MLE_OK && !*keys)
        status = mle_fail(err, MLE_INVALID_OPTION, "there is no API key in %.200s", path);
    if (status != MLE_OK) {
        free(*keys);
        *keys = NULL;
    }
    return status;
}

enum mle_status mled_auth_init(struct mled_auth *auth, const char *file, struct mle_error *err)
{
    auth->file = file;
    auth->keys = NULL;
    atomic_init(&auth->next, NULL);
    return file ? read_keys(file, &auth->keys, err) : MLE_OK;
}

void mled_auth_finish(struct mled_auth *auth)
{
    free(auth->keys);
    free(atomic_exchange(&auth->next, NULL));
    auth->keys = NULL;
}

enum mle_status mled_auth_reload(struct mled_auth *auth, struct mle_error *err)
{
    if (!auth->file)
        return MLE_OK;
    struct mled_keys *keys;
    MLE_TRY(read_keys(auth->file, &keys, err));
    free(atomic_exchange(&auth->next, keys)); /* an older one that nobody took over */
    return MLE_OK;
}

/* --- a request ------------------------------------------------------------------------------- */

static void take_over(struct mled_auth *auth)
{
    if (!atomic_load_explicit(&auth->next, memory_order_relaxed))
        return;
    struct mled_keys *next = atomic_exchange(&auth->next, NULL);
    if (next) {
        free(auth->keys);
        auth->keys = next;
    }
}

/* The key with this digest. Every line is compared in full, so that the time tells nothing. */
static struct mled_key *find_key(struct mled_keys *keys, const unsigned char digest[32])
{
    struct mled_key *found = NULL;
    for (size_t i = 0; i < keys->n; i++)
        if (sodium_memcmp(keys->key[i].digest, digest, 32) == 0)
            found = &keys->key[i];
    return found;
}

/* One token of a bucket that holds a second's worth. */
static bool within_quota(struct mled_key *key, unsigned *retry_s)
{
    if (key->quota <= 0)
        return true;
    double most = key->quota < 1 ? 1 : key->quota;
    int64_t now = mle_now_ns();
    if (key->refilled_ns)
        key->tokens += key->quota * (double)(now - key->refilled_ns) * 1e-9;
    key->refilled_ns = now;
    if (key->tokens > most)
        key->tokens = most;
    if (key->tokens >= 1) {
        key->tokens -= 1;
        return true;
    }
    *retry_s = (unsigned)ceil(fmin((1 - key->tokens) / key->quota, 3600));
    return false;
}

enum mled_verdict mled_auth_check(struct mled_auth *auth, const char *authorization,
                                  enum mled_scope scope, char name[64], unsigned *retry_s)
{
    static const char scheme[] = "Bearer ";
    name[0] = '\0';
    if (!auth->file || scope == MLED_SCOPE_NONE)
        return MLED_ALLOWED;
    take_over(auth);
    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return MLED_UNAUTHENTICATED;
    const char *presented = authorization + sizeof scheme - 1;
    presented += strspn(presented, " ");
    unsigned char digest[32];
    crypto_hash_sha256(digest, (const unsigned char *)presented, mled_value_length(presented));
    struct mled_key *key = find_key(auth->keys, digest);
    if (!key)
        return MLED_UNAUTHENTICATED;
    memcpy(name, key->name, sizeof key->name);
    if (!(key->scopes & (unsigned)scope))
        return MLED_FORBIDDEN;
    return within_quota(key, retry_s) ? MLED_ALLOWED : MLED_OVER_QUOTA;
}

bool mled_auth_generate(const char *name)
{
    char checked[64], text[64], key[80], hex[65];
    unsigned char secret[32], digest[32];
    if (sodium_init() < 0 || !parse_name(name ? name : "client", checked) || strchr(checked, ':'))
        return false;
    randombytes_buf(secret, sizeof secret);
    sodium_bin2base64(text, sizeof text, secret, sizeof secret,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    snprintf(key, sizeof key, "mled_%s", text);
    crypto_hash_sha256(digest, (const unsigned char *)key, strlen(key));
    sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    printf("# key (shown once): %s\n%s:read,fit,data:%s\n", key, checked, hex);
    sodium_memzero(secret, sizeof secret);
    return true;
}
