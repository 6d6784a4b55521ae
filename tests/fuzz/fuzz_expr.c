/* Any text through the parser of expressions and, if it is one, through the tape.

   What must hold: a refusal has one fault with a column inside the text; an expression gives the
   same bits row by row and in a block, with derivatives and without; a sum of finite values is
   theirs.

   With libFuzzer: -Dfuzz=true and clang. Otherwise a program that runs the files it is given. */
#include "tests/support/expressions.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void require(bool condition, const char *what, const char *text)
{
    if (condition)
        return;
    fprintf(stderr, "%s\n  %s\n", what, text);
    __builtin_trap();
}

static void run(const struct mle_expr *expr, const char *text)
{
    enum { ROWS = 37 };
    static const double theta[TEST_PARAMS] = { 0.9, 0.55, 1.3, -0.6 };
    struct mle_view view[MLE_EXPR_MAX_COLUMN];
    double all[ROWS], again[ROWS], sum[TEST_SUM] = { 0 }, alone, total = 0, size = 0;
    struct mle_expr_rows rows = expressions_rows(expr, 0, ROWS, view);
    mle_expr_values(expr, &rows, theta, all);
    mle_expr_sum(expr, &rows, theta, true, again, sum);
    for (size_t i = 0; i < ROWS; i++) {
        struct mle_expr_rows one = expressions_rows(expr, i, 1, view);
        mle_expr_values(expr, &one, theta, &alone);
        bool same = isnan(alone) ? isnan(all[i]) && isnan(again[i])
                                 : memcmp(&alone, &all[i], sizeof alone) == 0 &&
                                       memcmp(&alone, &again[i], sizeof alone) == 0;
        require(same, "blocks show", text);
        total += all[i];
        size += fabs(all[i]);
    }
    require(!isfinite(size) || fabs(total - sum[0]) <= 1e-12 * size, "the sum is another", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static char text[8192];
    struct expressions e;
    n = n < sizeof text ? n : sizeof text - 1;
    memcpy(text, bytes, n);
    text[n] = '\0';
    expressions_init(&e);
    const struct mle_expr *expr = expressions_parse(&e, text);
    if (expr) {
        run(expr, text);
    } else {
        require(e.err.status == MLE_EXPRESSION && e.err.n_fault == 1, "no fault", text);
        int64_t column = e.err.fault[0].column_number;
        require(column >= 1 && column <= (int64_t)strlen(text) + 1, "column outside", text);
    }
    mle_arena_finish(&e.arena);
    return 0;
}

#ifndef MLE_LIBFUZZER
int main(int argc, char **argv)
{
    static uint8_t bytes[1 << 16];
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
