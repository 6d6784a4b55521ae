/* Columns: what a builder takes, what becomes of it, what it costs. */
#include "core/data/data.h"
#include "core/data/texts.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <sys/resource.h>

struct world {
    struct mle_budget budget;
    struct mle_builder builder;
    struct mle_error err;
};

static void begin(struct world *world, size_t limit_bytes)
{
    mle_budget_init(&world->budget, limit_bytes, NULL);
    mle_builder_init(&world->builder, &world->budget, 10, 0);
}

static struct mle_column_builder *add(struct world *world, const char *name)
{
    size_t index = SIZE_MAX;
    assert_int_equal(
        mle_builder_add_column(&world->builder, strlen(name), name, &index, &world->err), MLE_OK);
    return &world->builder.column[index];
}

static const struct mle_data *done(struct world *world)
{
    const struct mle_data *data = NULL;
    assert_int_equal(mle_builder_data(&world->builder, &data, &world->err), MLE_OK);
    assert_int_equal(world->builder.n_column, 0);
    assert_int_equal(data->bytes, atomic_load(&world->budget.used_bytes));
    return data;
}

static void end(struct world *world, const struct mle_data *data)
{
    mle_data_unref(data);
    mle_builder_finish(&world->builder);
    assert_int_equal(atomic_load(&world->budget.used_bytes), 0);
}

#define PUT(world, kind, ...)                                                                      \
    assert_int_equal(mle_builder_##kind(&(world)->builder, __VA_ARGS__, &(world)->err), MLE_OK)

static void columns_keep_their_values(void **state)
{
    (void)state;
    struct world world;
    begin(&world, SIZE_MAX);
    add(&world, "y");
    add(&world, "site");
    add(&world, "flag");
    add(&world, "nothing");
    struct mle_column_builder *c = world.builder.column;
    PUT(&world, missing, &c[0]);
    PUT(&world, number, &c[0], 1.5);
    PUT(&world, number, &c[0], -0.0);
    PUT(&world, string, &c[1], 1, "b");
    PUT(&world, missing, &c[1]);
    PUT(&world, string, &c[1], 1, "a");
    PUT(&world, truth, &c[2], true);
    PUT(&world, truth, &c[2], false);
    PUT(&world, missing, &c[2]);
    PUT(&world, pad, &c[3], 3);
    const struct mle_data *data = done(&world);
    assert_int_equal(data->n, 3);
    assert_int_equal(data->n_column, 4);
    const struct mle_column *y = mle_data_find(data, "y"), *site = mle_data_find(data, "site");
    assert_int_equal(y->type, MLE_FLOAT64);
    assert_int_equal(y->missing, 1);
    assert_true(isnan(y->values[0]));
    assert_bits_equal(y->values[2], -0.0);
    assert_int_equal((uintptr_t)y->values % 64, 0);
    assert_int_equal(site->type, MLE_CATEGORICAL);
    assert_int_equal(site->n_level, 2);
    assert_string_equal(site->levels[0], "a");
    assert_string_equal(site->levels[1], "b");
    assert_int_equal(site->codes[0], 1);
    assert_int_equal(site->codes[1], MLE_MISSING_CODE);
    assert_int_equal(site->codes[2], 0);
    assert_int_equal(mle_data_find(data, "flag")->type, MLE_BOOLEAN);
    assert_true(mle_data_find(data, "flag")->values[0] == 1.0);
    assert_int_equal(mle_data_find(data, "nothing")->type, MLE_FLOAT64);
    assert_int_equal(mle_data_find(data, "nothing")->missing, 3);
    assert_null(mle_data_find(data, "x"));
    end(&world, data);
}

static void mixtures_are_refused(void **state)
{
    (void)state;
    struct world world;
    begin(&world, SIZE_MAX);
    struct mle_column_builder *column = add(&world, "y");
    PUT(&world, number, column, 1);
    assert_int_equal(mle_builder_string(&world.builder, column, 1, "a", &world.err),
                     MLE_INVALID_DATA);
    assert_string_equal(world.err.fault[0].code, "type_mismatch");
    assert_int_equal(world.err.fault[0].row, 1);
    assert_string_equal(world.err.fault[0].column, "y");
    assert_int_equal(mle_builder_truth(&world.builder, column, true, &world.err), MLE_INVALID_DATA);
    assert_int_equal(column->n, 1);
    end(&world, NULL);
}

static void names_and_limits_are_checked(void **state)
{
    (void)state;
    struct world world;
    size_t index;
    char name[200];
    memset(name, 'n', sizeof name);
    begin(&world, SIZE_MAX);
    world.builder.max_columns = 2;
    world.builder.max_rows = 2;
    assert_int_equal(mle_builder_add_column(&world.builder, 0, "", &index, &world.err),
                     MLE_INVALID_DATA);
    assert_string_equal(world.err.fault[0].code, "column_name");
    assert_int_equal(mle_builder_add_column(&world.builder, 129, name, &index, &world.err),
                     MLE_INVALID_DATA);
    assert_int_equal(mle_builder_add_column(&world.builder, 128, name, &index, &world.err), MLE_OK);
    assert_int_equal(mle_builder_add_column(&world.builder, 128, name, &index, &world.err),
                     MLE_INVALID_DATA);
    assert_string_equal(world.err.fault[0].code, "duplicate_column");
    struct mle_column_builder *column = add(&world, "y");
    assert_int_equal(mle_builder_add_column(&world.builder, 1, "z", &index, &world.err),
                     MLE_INVALID_DATA);
    assert_string_equal(world.err.fault[0].code, "too_many_columns");
    PUT(&world, number, column, 1);
    PUT(&world, number, column, 2);
    assert_int_equal(column->capacity, 2); /* who writes directly cannot pass it either */
    assert_int_equal(mle_builder_number(&world.builder, column, 3, &world.err), MLE_INVALID_DATA);
    assert_string_equal(world.err.fault[0].code, "too_many_rows");
    assert_int_equal(mle_builder_missing(&world.builder, column, &world.err), MLE_INVALID_DATA);
    end(&world, NULL);
}

static void ragged_columns_are_refused(void **state)
{
    (void)state;
    struct world world;
    const struct mle_data *data = NULL;
    begin(&world, SIZE_MAX);
    add(&world, "a");
    add(&world, "b");
    PUT(&world, number, &world.builder.column[0], 1);
    PUT(&world, number, &world.builder.column[0], 2);
    PUT(&world, number, &world.builder.column[1], 2);
    assert_int_equal(mle_builder_data(&world.builder, &data, &world.err), MLE_INVALID_DATA);
    assert_string_equal(world.err.fault[0].code, "ragged");
    assert_string_equal(world.err.fault[0].column, "b");
    assert_int_equal(world.err.fault[0].row, 1);
    end(&world, NULL);
}

static void data_without_columns_have_no_rows(void **state)
{
    (void)state;
    struct world world;
    begin(&world, SIZE_MAX);
    const struct mle_data *data = done(&world);
    assert_int_equal(data->n, 0);
    end(&world, data);
}

/* Levels in every order of arrival come out sorted, and the codes still name the same texts. */
static void levels_are_sorted(void **state)
{
    (void)state;
    enum { N = 100000, LEVELS = 3000 };
    struct world world;
    char text[16];
    begin(&world, SIZE_MAX);
    struct mle_column_builder *column = add(&world, "s");
    for (unsigned i = 0; i < N; i++) {
        int n = snprintf(text, sizeof text, "%u", i * 7919 % LEVELS);
        PUT(&world, string, column, (size_t)n, text);
    }
    const struct mle_data *data = done(&world);
    const struct mle_column *s = &data->column[0];
    assert_int_equal(s->n_level, LEVELS);
    for (size_t i = 1; i < s->n_level; i++)
        assert_true(strcmp(s->levels[i - 1], s->levels[i]) < 0);
    for (unsigned i = 0; i < N; i++) {
        snprintf(text, sizeof text, "%u", i * 7919 % LEVELS);
        assert_string_equal(s->levels[s->codes[i]], text);
    }
    end(&world, data);
}

static void references_are_counted(void **state)
{
    (void)state;
    struct world world;
    begin(&world, SIZE_MAX);
    PUT(&world, number, add(&world, "y"), 4);
    const struct mle_data *data = done(&world);
    assert_ptr_equal(mle_data_ref(data), data);
    mle_data_unref(data);
    assert_true(data->column[0].values[0] == 4.0);
    mle_data_unref(NULL);
    end(&world, data);
}

/* A large column: direct writing, no more memory and no more budget than it holds. */
static void large_columns_cost_what_they_hold(void **state)
{
    (void)state;
    enum { N = 4000000 };
    struct world world;
    struct rusage before, after;
    begin(&world, SIZE_MAX);
    struct mle_column_builder *column = add(&world, "y");
    getrusage(RUSAGE_SELF, &before);
    size_t most = 0;
    while (column->n < N) {
        PUT(&world, room, column);
        assert_true(column->n < column->capacity);
        while (column->n < column->capacity && column->n < N) {
            column->values[column->n] = (double)column->n;
            column->n++;
        }
        size_t used = atomic_load(&world.budget.used_bytes);
        most = used > most ? used : most;
    }
    const struct mle_data *data = done(&world);
    getrusage(RUSAGE_SELF, &after);
    assert_true(most < 8.0 * N * 9 / 8 + (1 << 20));
    assert_true(data->bytes < 8 * N + 4096);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    assert_true(after.ru_maxrss - before.ru_maxrss < 8 * N / 1024 * 9 / 8 + 4096);
#endif
    for (size_t i = 0; i < N; i++)
        assert_true(data->column[0].values[i] == (double)i);
    end(&world, data);
}

/* The whole life of a builder under every limit: each failure is clean, and the budget returns to
 * 0. */
static void every_limit_fails_cleanly(void **state)
{
    (void)state;
    char text[16];
    size_t failures = 0;
    for (size_t limit = 0;; limit += 97) {
        struct world world;
        begin(&world, limit);
        enum mle_status status = MLE_OK;
        const struct mle_data *data = NULL;
        for (size_t c = 0; status == MLE_OK && c < 6; c++) {
            size_t index = 0;
            int n = snprintf(text, sizeof text, "column %zu", c);
            status = mle_builder_add_column(&world.builder, (size_t)n, text, &index, &world.err);
            for (size_t i = 0; status == MLE_OK && i < 100; i++) {
                n = snprintf(text, sizeof text, "level %zu", i);
                struct mle_column_builder *column = &world.builder.column[c];
                if (i < 2 || c == 5)
                    status = mle_builder_missing(&world.builder, column, &world.err);
                else if (c % 2)
                    status =
                        mle_builder_string(&world.builder, column, (size_t)n, text, &world.err);
                else
                    status = mle_builder_number(&world.builder, column, 1.0, &world.err);
            }
        }
        if (status == MLE_OK)
            status = mle_builder_data(&world.builder, &data, &world.err);
        end(&world, data);
        if (status == MLE_OK)
            break;
        assert_int_equal(status, MLE_MEMORY_LIMIT);
        failures++;
    }
    assert_true(failures > 20);
}

static void texts_are_kept_once(void **state)
{
    (void)state;
    struct mle_texts texts;
    mle_texts_init(&texts, NULL);
    assert_int_equal(mle_texts_find(&texts, 1, "a"), MLE_NO_TEXT);
    assert_int_equal(mle_texts_add(&texts, 1, "a"), 0);
    assert_int_equal(mle_texts_add(&texts, 0, ""), 1);
    assert_int_equal(mle_texts_add(&texts, 9, "123456789"), 2);
    assert_int_equal(mle_texts_add(&texts, 1, "a"), 0);
    assert_int_equal(mle_texts_find(&texts, 9, "123456789"), 2);
    assert_int_equal(mle_texts_find(&texts, 8, "123456789"), MLE_NO_TEXT);
    assert_string_equal(mle_texts_get(&texts, 2), "123456789");
    mle_texts_finish(&texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_columns_cost_what_they_hold), /* first: it looks at the peak */
        cmocka_unit_test(columns_keep_their_values),
        cmocka_unit_test(mixtures_are_refused),
        cmocka_unit_test(names_and_limits_are_checked),
        cmocka_unit_test(ragged_columns_are_refused),
        cmocka_unit_test(data_without_columns_have_no_rows),
        cmocka_unit_test(levels_are_sorted),
        cmocka_unit_test(references_are_counted),
        cmocka_unit_test(every_limit_fails_cleanly),
        cmocka_unit_test(texts_are_kept_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
