/* An expression with names, rows and parameters to run it on, for tests. */
#ifndef MLE_TESTS_SUPPORT_EXPRESSIONS_H
#define MLE_TESTS_SUPPORT_EXPRESSIONS_H

#include "core/expr/expr.h"

#include <math.h>
#include <string.h>

enum { TEST_PARAMS = 4, TEST_ROWS = 300, TEST_SUM = 1 + 4 + 10 };

/* Parameters a, b, c, d; columns y, x, n (a count), `my column` and t (text). */
struct expressions {
    struct mle_arena arena;
    struct mle_column column[5];
    struct mle_data data;
    struct mle_expr_names names;
    struct mle_error err;
    double value[4][TEST_ROWS];
    uint32_t codes[TEST_ROWS];
};

static inline void expressions_init(struct expressions *e)
{
    static const char *const params[TEST_PARAMS] = { "a", "b", "c", "d" };
    static const char *const names[5] = { "y", "x", "n", "my column", "t" };
    static const char *const levels[1] = { "level" };
    memset(e, 0, sizeof *e);
    mle_arena_init(&e->arena, NULL, NULL);
    for (size_t i = 0; i < TEST_ROWS; i++) {
        e->value[0][i] = 0.3 + 0.01 * (double)(i * 7 % 300);
        e->value[1][i] = -1.5 + 0.01 * (double)(i * 11 % 300);
        e->value[2][i] = (double)(i % 7);
        e->value[3][i] = 2.5;
    }
    for (size_t j = 0; j < 4; j++)
        e->column[j] = (struct mle_column){
            .name = names[j], .type = MLE_FLOAT64, .n = TEST_ROWS, .values = e->value[j]
        };
    e->column[4] = (struct mle_column){ .name = names[4],
                                        .type = MLE_CATEGORICAL,
                                        .n = TEST_ROWS,
                                        .codes = e->codes,
                                        .n_level = 1,
                                        .levels = levels };
    e->data = (struct mle_data){ .n = TEST_ROWS, .n_column = 5, .column = e->column };
    e->names = (struct mle_expr_names){ TEST_PARAMS, params, &e->data, "/model/log_density" };
}

/* NULL, and e->err, where it is refused. */
static inline const struct mle_expr *expressions_parse(struct expressions *e, const char *text)
{
    const struct mle_expr *expr = NULL;
    return mle_expr_parse(text, &e->names, &e->arena, &expr, &e->err) == MLE_OK ? expr : NULL;
}

/* Rows [lo, lo + n) of the columns that the expression has. */
static inline struct mle_expr_rows expressions_rows(const struct mle_expr *expr, size_t lo,
                                                    size_t n, struct mle_view view[])
{
    for (size_t j = 0; j < expr->n_column; j++)
        view[j] = (struct mle_view){ expr->column[j]->values + lo, 1 };
    return (struct mle_expr_rows){ n, view, NULL };
}

#endif
