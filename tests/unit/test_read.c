/* Tables of fields over JSON objects and query strings. */
#include "api/query.h"
#include "api/read.h"
#include "tests/support/test.h"

#include <stdio.h>

enum { NEWTON, LBFGS };

struct target {
    const char *family;
    struct mle_text_list predictors;
    double tolerance, level;
    int64_t seed;
    bool store;
    int method;
    unsigned include;
    struct mle_named_numbers fixed;
    const json_t *bounds;
};

static const char *const methods[] = { "newton", "lbfgs", NULL };
static const char *const includes[] = { "covariance", "trace", "entropy", NULL };

static const struct mle_field fields[] = {
    { .name = "family",
      .kind = MLE_FIELD_TEXT,
      .offset = offsetof(struct target, family),
      .required = true },
    { .name = "predictors",
      .kind = MLE_FIELD_TEXTS,
      .offset = offsetof(struct target, predictors) },
    { .name = "tolerance",
      .kind = MLE_FIELD_NUMBER,
      .offset = offsetof(struct target, tolerance),
      .low = 0,
      .high = 0.01,
      .ends = MLE_LOW_OPEN },
    { .name = "level",
      .kind = MLE_FIELD_NUMBER,
      .offset = offsetof(struct target, level),
      .low = 0,
      .high = 1,
      .ends = MLE_LOW_OPEN | MLE_HIGH_OPEN },
    { .name = "seed",
      .kind = MLE_FIELD_INTEGER,
      .offset = offsetof(struct target, seed),
      .low = 0,
      .high = 9007199254740991.0 },
    { .name = "store", .kind = MLE_FIELD_BOOLEAN, .offset = offsetof(struct target, store) },
    { .name = "method",
      .kind = MLE_FIELD_WORD,
      .offset = offsetof(struct target, method),
      .words = methods },
    { .name = "include",
      .kind = MLE_FIELD_WORDS,
      .offset = offsetof(struct target, include),
      .words = includes },
    { .name = "fixed",
      .kind = MLE_FIELD_NUMBERS,
      .offset = offsetof(struct target, fixed),
      .nullable = true },
    { .name = "bounds", .kind = MLE_FIELD_JSON, .offset = offsetof(struct target, bounds) },
    { .name = "data", .kind = MLE_FIELD_IGNORED },
};

static const struct mle_field_table table =
    MLE_FIELD_TABLE("options", MLE_PROBLEM_INVALID_OPTION, fields);

struct world {
    struct mle_arena arena;
    struct mle_error err;
    struct target target;
    json_t *document;
};

static enum mle_status read_text(struct world *world, const char *text)
{
    mle_arena_init(&world->arena, NULL, NULL);
    world->target = (struct target){ .level = 0.95, .seed = 1, .method = LBFGS };
    world->document = json_loads(text, 0, NULL);
    assert_non_null(world->document);
    return mle_read_object(&table, world->document, MLE_PATH(NULL, "options"), &world->arena,
                           &world->target, &world->err);
}

static void end(struct world *world)
{
    json_decref(world->document);
    mle_arena_finish(&world->arena);
}

static void members_reach_their_places(void **state)
{
    (void)state;
    struct world world;
    assert_int_equal(
        read_text(&world,
                  "{\"family\":\"gamma\",\"predictors\":[\"a\",\"b\"],\"tolerance\":1e-8,"
                  "\"seed\":5.0,\"store\":true,\"method\":\"newton\",\"include\":[\"trace\","
                  "\"covariance\"],\"bounds\":{\"x\":[0,null]},\"data\":null}"),
        MLE_OK);
    const struct target *t = &world.target;
    assert_string_equal(t->family, "gamma");
    assert_int_equal(t->predictors.n, 2);
    assert_string_equal(t->predictors.text[1], "b");
    assert_true(t->tolerance == 1e-8);
    assert_true(t->level == 0.95); /* absent: as it was */
    assert_int_equal(t->seed, 5);
    assert_true(t->store);
    assert_int_equal(t->method, NEWTON);
    assert_int_equal(t->include, 3);
    assert_true(json_is_object(t->bounds));
    end(&world);
}

static void one_text_is_a_list(void **state)
{
    (void)state;
    struct world world;
    assert_int_equal(
        read_text(&world, "{\"family\":\"f\",\"predictors\":\"x\",\"include\":\"entropy\"}"),
        MLE_OK);
    assert_int_equal(world.target.predictors.n, 1);
    assert_int_equal(world.target.include, 4);
    end(&world);
    assert_int_equal(read_text(&world, "{\"family\":\"f\",\"predictors\":[]}"), MLE_OK);
    assert_int_equal(world.target.predictors.n, 0);
    assert_non_null(world.target.predictors.text); /* given, though empty */
    end(&world);
}

static void numbers_have_names(void **state)
{
    (void)state;
    struct world world;
    assert_int_equal(
        read_text(&world,
                  "{\"family\":\"f\",\"fixed\":{\"shape\":2,\"mean\":[1,-2.5],\"covariance\":"
                  "[[1,0],[0,1]],\"components\":[{\"mu\":\"-Infinity\"},{\"mu\":3}]}}"),
        MLE_OK);
    static const struct {
        const char *name;
        double value;
    } expected[] = {
        { "shape", 2 },
        { "mean[0]", 1 },
        { "mean[1]", -2.5 },
        { "covariance[0][0]", 1 },
        { "covariance[0][1]", 0 },
        { "covariance[1][0]", 0 },
        { "covariance[1][1]", 1 },
        { "components[0].mu", -HUGE_VAL },
        { "components[1].mu", 3 },
    };
    const struct mle_named_numbers *fixed = &world.target.fixed;
    assert_int_equal(fixed->n, COUNT_OF(expected));
    for (size_t i = 0; i < fixed->n; i++) {
        assert_string_equal(fixed->item[i].name, expected[i].name);
        assert_true(fixed->item[i].value == expected[i].value);
    }
    end(&world);
    assert_int_equal(read_text(&world, "{\"family\":\"f\",\"fixed\":null}"), MLE_OK);
    end(&world);
}

/* text, problem, pointer and code of the first fault, what its detail says. */
static const struct {
    const char *text, *slug, *pointer, *code, *detail;
} refused[] = {
    { "{}", "invalid-option", "/options/family", "required", "required" },
    { "{\"family\":\"\"}", "invalid-option", "/options/family", "type", "not empty" },
    { "{\"family\":5}", "invalid-option", "/options/family", "type", "found 5" },
    { "{\"family\":null}", "invalid-option", "/options/family", "type", "found null" },
    { "{\"family\":\"f\",\"tolerence\":1}", "unknown-member", "/options/tolerence",
      "unknown_member", "" },
    { "{\"family\":\"f\",\"tolerance\":0}", "invalid-option", "/options/tolerance", "range",
      "a number in (0, 0.01], found 0" },
    { "{\"family\":\"f\",\"tolerance\":0.011}", "invalid-option", "/options/tolerance", "range",
      "0.011" },
    { "{\"family\":\"f\",\"tolerance\":\"1\"}", "invalid-option", "/options/tolerance", "type",
      "found \"1\"" },
    { "{\"family\":\"f\",\"level\":1}", "invalid-option", "/options/level", "range", "(0, 1)" },
    { "{\"family\":\"f\",\"seed\":5.5}", "invalid-option", "/options/seed", "type", "integer" },
    { "{\"family\":\"f\",\"seed\":-1}", "invalid-option", "/options/seed", "range", "found -1" },
    { "{\"family\":\"f\",\"seed\":9007199254740993}", "invalid-option", "/options/seed", "range",
      "" },
    { "{\"family\":\"f\",\"seed\":9223372036854775807}", "invalid-option", "/options/seed", "range",
      "" },
    { "{\"family\":\"f\",\"seed\":9.3e18}", "invalid-option", "/options/seed", "range", "" },
    { "{\"family\":\"f\",\"store\":1}", "invalid-option", "/options/store", "type",
      "true or false" },
    { "{\"family\":\"f\",\"method\":\"newtn\"}", "invalid-option", "/options/method", "word",
      "one of newton, lbfgs, found \"newtn\"" },
    { "{\"family\":\"f\",\"include\":[\"trace\",7]}", "invalid-option", "/options/include/1",
      "type", "" },
    { "{\"family\":\"f\",\"predictors\":[\"a\",7]}", "invalid-option", "/options/predictors/1",
      "type", "" },
    { "{\"family\":\"f\",\"predictors\":{}}", "invalid-option", "/options/predictors", "type",
      "an object" },
    { "{\"family\":\"f\",\"fixed\":{\"m\":[1,true]}}", "invalid-option", "/options/fixed/m/1",
      "type", "found true" },
    { "{\"family\":\"f\",\"fixed\":[1]}", "invalid-option", "/options/fixed", "type", "an array" },
    { "{\"family\":\"f\",\"a/b~c\":1}", "unknown-member", "/options/a~1b~0c", "unknown_member",
      "" },
    { "[]", "invalid-option", "/options", "type", "an object" },
};

static void wrong_members_are_pointed_at(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct world world;
        assert_int_not_equal(read_text(&world, refused[i].text), MLE_OK);
        assert_string_equal(mle_problem_slug(mle_problem_of(&world.err)), refused[i].slug);
        assert_string_equal(world.err.fault[0].pointer, refused[i].pointer);
        assert_string_equal(world.err.fault[0].code, refused[i].code);
        if (!strstr(world.err.fault[0].detail, refused[i].detail))
            fail_msg("%s: %s", refused[i].text, world.err.fault[0].detail);
        end(&world);
    }
}

static void all_faults_are_listed(void **state)
{
    (void)state;
    struct world world;
    read_text(&world, "{\"tolerence\":1,\"seed\":\"x\",\"method\":\"newtom\"}");
    assert_int_equal(world.err.faults_total, 4);
    assert_string_equal(world.err.fault[0].did_you_mean, "tolerance");
    assert_string_equal(world.err.fault[2].did_you_mean, "newton");
    assert_string_equal(world.err.fault[3].pointer, "/options/family");
    end(&world);
}

/* Never more of the payload than 64 characters of one value. */
static void values_are_cut(void **state)
{
    (void)state;
    struct world world;
    char text[600] = "{\"family\":\"f\",\"seed\":\"";
    for (int i = 0; i < 200; i++)
        memcpy(text + strlen(text), "\xC3\xA9", 3);
    memcpy(text + strlen(text), "\"}", 3);
    read_text(&world, text);
    const char *detail = world.err.fault[0].detail;
    size_t shown = 0;
    for (const char *c = detail; *c; c++)
        shown += (unsigned char)*c == 0xC3;
    assert_int_equal(shown, 64);
    assert_non_null(strstr(detail, "..."));
    end(&world);
}

static void memory_limits_are_reported(void **state)
{
    (void)state;
    struct mle_budget budget;
    struct mle_arena arena;
    struct mle_error err;
    struct target target = { .family = NULL };
    json_t *document = json_loads("{\"family\":\"f\",\"predictors\":[\"a\"]}", 0, NULL);
    mle_budget_init(&budget, 100, NULL);
    mle_arena_init(&arena, &budget, NULL);
    assert_int_equal(mle_read_object(&table, document, NULL, &arena, &target, &err),
                     MLE_MEMORY_LIMIT);
    json_decref(document);
    mle_arena_finish(&arena);
}

/* --- query ------------------------------------------------------------------------------------ */

static void a_query_becomes_a_document(void **state)
{
    (void)state;
    static const struct mle_pair pairs[] = {
        { "family", "gamma" },       { "predictors", "a,b" },
        { "tolerance", "1e-8" },     { "seed", "7" },
        { "store", "true" },         { "include", "trace,entropy" },
        { "bounds", "{\"x\":[0]}" }, { "method", "newton" },
    };
    const struct mle_field_table *const tables[] = { &table };
    struct world world = { .target = { .level = 0.5 } };
    mle_arena_init(&world.arena, NULL, NULL);
    world.document = mle_query_document(1, tables, COUNT_OF(pairs), pairs, &world.err);
    assert_non_null(world.document);
    assert_int_equal(mle_read_object(&table, json_object_get(world.document, "options"), NULL,
                                     &world.arena, &world.target, &world.err),
                     MLE_OK);
    assert_string_equal(world.target.family, "gamma");
    assert_int_equal(world.target.predictors.n, 2);
    assert_true(world.target.tolerance == 1e-8);
    assert_int_equal(world.target.seed, 7);
    assert_true(world.target.store);
    assert_int_equal(world.target.include, 6);
    assert_true(json_is_object(world.target.bounds));
    end(&world);
}

static void wrong_queries_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct mle_pair pairs[2];
        size_t n;
        const char *slug, *code, *meant;
    } queries[] = {
        { { { "famly", "x" } }, 1, "unknown-member", "unknown_member", "family" },
        { { { "zzzzzzzz", "x" } }, 1, "unknown-member", "unknown_member", "" },
        { { { "seed", "1" }, { "seed", "1" } }, 2, "invalid-option", "repeated", "" },
    };
    const struct mle_field_table *const tables[] = { &table };
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        struct mle_error err;
        assert_null(mle_query_document(1, tables, queries[i].n, queries[i].pairs, &err));
        assert_string_equal(mle_problem_slug(mle_problem_of(&err)), queries[i].slug);
        assert_string_equal(err.fault[0].code, queries[i].code);
        assert_string_equal(err.fault[0].did_you_mean, queries[i].meant);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_reach_their_places),
        cmocka_unit_test(one_text_is_a_list),
        cmocka_unit_test(numbers_have_names),
        cmocka_unit_test(wrong_members_are_pointed_at),
        cmocka_unit_test(all_faults_are_listed),
        cmocka_unit_test(values_are_cut),
        cmocka_unit_test(memory_limits_are_reported),
        cmocka_unit_test(a_query_becomes_a_document),
        cmocka_unit_test(wrong_queries_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
