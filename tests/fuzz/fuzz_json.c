/* Any bytes through the decoders. The first byte chooses: JSON or CSV, and how the rest is cut.

   What must hold: the answer does not depend on the chunks; nothing is left in the budget; a JSON
   body that is accepted is valid for jansson too, and its numbers have the bits that strtod gives
   them; one that is malformed is so for jansson as well, limits of ours aside.

   With libFuzzer: -Dfuzz=true and clang. Otherwise a program that runs the files it is given. */
#include "tests/support/decoded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { LINE_BYTES = 1 << 18 };

static void require(bool condition, const char *what, const char *a, const char *b)
{
    if (condition)
        return;
    fprintf(stderr, "%s\n  %s\n  %s\n", what, a, b);
    __builtin_trap();
}

/* Limits that jansson does not have. */
static bool is_own_limit(const char *line)
{
    static const char *const codes[] = { "too_deep", "key_too_long", "number_too_long",
                                         "null_character" };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strstr(line, codes[i]))
            return true;
    return false;
}

/* The numbers of {"data": [...]} beside jansson's, which come from strtod. */
static void compare_numbers(const json_t *tree, size_t n, const char *bytes)
{
    struct mle_budget budget;
    struct mle_arena arena;
    struct mle_error err;
    const json_t *list = json_object_get(tree, "data");
    mle_budget_init(&budget, SIZE_MAX, NULL);
    mle_arena_init(&arena, &budget, NULL);
    struct mle_decoder *decoder = mle_decoder_json(&test_limits, &arena, &err);
    mle_decoder_feed(decoder, n, bytes);
    if (mle_decoder_end(decoder, &err) == MLE_OK &&
        mle_decoder_result(decoder)->form == MLE_FORM_ARRAY) {
        const struct mle_column *column = mle_decoder_result(decoder)->data->column;
        require(column->n == json_array_size(list), "lengths differ", "", "");
        for (size_t i = 0; column->type == MLE_FLOAT64 && i < column->n; i++) {
            const json_t *value = json_array_get(list, i);
            double x = json_number_value(value);
            require(json_is_null(value) || memcmp(&x, &column->values[i], sizeof x) == 0,
                    "numbers differ", "", "");
        }
    }
    mle_decoder_finish(decoder);
    mle_arena_finish(&arena);
}

static void compare_with_jansson(size_t n, const char *bytes, const char *line)
{
    json_t *tree = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    bool malformed = strncmp(line, "malformed-json", 14) == 0;
    bool accepted = strncmp(line, "invalid", 7) != 0 && strncmp(line, "unknown", 7) != 0 &&
                    strncmp(line, "too-many", 8) != 0 && strncmp(line, "body", 4) != 0 &&
                    !malformed;
    require(!accepted || tree, "jansson refuses what we take", line, "");
    require(!malformed || !tree || json_is_array(tree) || is_own_limit(line),
            "jansson takes what we refuse", line, "");
    if (accepted)
        compare_numbers(tree, n, bytes);
    json_decref(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const missing[] = { "NA", "-9" };
    static char whole[LINE_BYTES], cut[LINE_BYTES];
    if (n == 0)
        return 0;
    struct test_body body = {
        .csv = bytes[0] & 1,
        .n = n - 1,
        .bytes = (const char *)bytes + 1,
        .chunk = n,
        .n_missing = 2,
        .missing = missing,
    };
    size_t left;
    test_decode(&body, 0, &left, sizeof whole, whole);
    require(left == 0, "budget not given back", whole, "");
    body.chunk = (bytes[0] >> 1) % 64;
    test_decode(&body, 0, &left, sizeof cut, cut);
    require(left == 0, "budget not given back", cut, "");
    require(strcmp(whole, cut) == 0, "chunks matter", whole, cut);
    /* jansson skips a NUL byte between tokens. */
    if (!body.csv && !memchr(body.bytes, 0, body.n))
        compare_with_jansson(body.n, body.bytes, whole);
    return 0;
}

#ifndef MLE_LIBFUZZER
int main(int argc, char **argv)
{
    static uint8_t bytes[1 << 20];
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            return 1;
        }
        size_t n = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        LLVMFuzzerTestOneInput(bytes, n);
    }
    printf("%d inputs\n", argc - 1);
    return 0;
}
#endif
