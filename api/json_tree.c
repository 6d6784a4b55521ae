#include "api/json_tree.h"

#include <string.h>

struct tree {
    struct mle_json_scan scan;
    struct mle_json_fault *fault;
    json_t *root;
    json_t *open[MLE_JSON_MAX_DEPTH + 1]; /* [depth], borrowed from root */
    struct mle_error err;                 /* of the scanner; nobody reads it */
};

static bool fail(struct tree *tree, enum mle_json_flaw flaw)
{
    tree->fault->flaw = flaw;
    tree->fault->at = (size_t)(tree->scan.at - tree->scan.chunk);
    return false;
}

/* Takes the value, NULL: there was no memory for it. */
static bool put(struct tree *tree, json_t *value)
{
    json_t *parent = tree->open[tree->scan.depth];
    if (!value)
        return fail(tree, MLE_JSON_NO_MEMORY);
    if (!tree->root) {
        tree->root = value;
        return true;
    }
    int failed = json_is_object(parent)
                     ? json_object_set_new_nocheck(parent, tree->fault->key, value)
                     : json_array_append_new(parent, value);
    return failed ? fail(tree, MLE_JSON_NO_MEMORY) : true;
}

static bool on_open(void *ctx, char bracket)
{
    struct tree *tree = ctx;
    json_t *value = bracket == '{' ? json_object() : json_array();
    tree->open[tree->scan.depth + 1] = value;
    return put(tree, value);
}

static bool on_close(void *ctx, char bracket)
{
    (void)ctx, (void)bracket;
    return true;
}

static bool on_key(void *ctx, size_t n, const char *text)
{
    struct tree *tree = ctx;
    memcpy(tree->fault->key, text, n);
    tree->fault->key[n] = '\0';
    if (json_object_get(tree->open[tree->scan.depth], tree->fault->key))
        return fail(tree, MLE_JSON_DUPLICATE);
    return true;
}

static bool on_string(void *ctx, size_t n, const char *text)
{
    return put(ctx, json_stringn_nocheck(text, n));
}

static bool on_long_string(void *ctx)
{
    return fail(ctx, MLE_JSON_LONG);
}

/* Whether the number is written as an integer, and 64 bits hold it. */
static bool as_integer(size_t n, const char *text, json_int_t *out)
{
    bool negative = text[0] == '-';
    *out = 0;
    for (size_t i = negative; i < n; i++) {
        int digit = text[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(*out, 10, out) ||
            __builtin_add_overflow(*out, negative ? -digit : digit, out))
            return false;
    }
    return true;
}

static bool on_number(void *ctx, double value, size_t n, const char *text)
{
    json_int_t integer;
    return put(ctx, as_integer(n, text, &integer) ? json_integer(integer) : json_real(value));
}

static bool on_word(void *ctx, enum mle_json_word word)
{
    return put(ctx, word == MLE_JSON_NULL ? json_null() : json_boolean(word == MLE_JSON_TRUE));
}

json_t *mle_json_tree(size_t n, const char text[], struct mle_json_fault *fault)
{
    static const struct mle_json_events events = {
        .open = on_open,
        .close = on_close,
        .key = on_key,
        .string = on_string,
        .long_string = on_long_string,
        .number = on_number,
        .word = on_word,
    };
    struct tree tree;
    tree.fault = fault;
    tree.root = tree.open[0] = NULL;
    fault->flaw = MLE_JSON_FINE;
    fault->at = 0;
    fault->key[0] = '\0';
    mle_json_scan_init(&tree.scan, &events, &tree, MLE_JSON_MAX_DEPTH, &tree.err);
    tree.scan.keep_strings = true;
    if (mle_json_scan_feed(&tree.scan, n, text) && mle_json_scan_end(&tree.scan))
        return tree.root;
    if (fault->flaw == MLE_JSON_FINE)
        fault->flaw = MLE_JSON_MALFORMED;
    json_decref(tree.root);
    return NULL;
}
