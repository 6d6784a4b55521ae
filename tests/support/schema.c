#include "tests/support/schema.h"

#include <stdio.h>
#include <string.h>

enum { MOST_DEPTH = 40, PLACE = 256 };

struct check {
    const json_t *document;
    bool complete;
    size_t size;
    char *why;
    unsigned depth;
    char place[PLACE];
};

static bool check(struct check *c, const json_t *schema, const json_t *value);

static bool wrong(struct check *c, const char *what)
{
    snprintf(c->why, c->size, "%s: %s", c->place, what);
    return false;
}

const json_t *schema_resolve(const json_t *document, const char *reference)
{
    if (strncmp(reference, "#/", 2) != 0)
        return NULL;
    for (reference += 2; document && *reference;) {
        char name[128];
        size_t n = strcspn(reference, "/");
        snprintf(name, sizeof name, "%.*s", (int)n, reference);
        document = json_object_get(document, name);
        reference += n + (reference[n] == '/');
    }
    return document;
}

/* --- keywords: each returns true when value has nothing to do with it ------------------------- */

static bool is_type(const char *type, const json_t *value)
{
    return strcmp(type, "object") == 0    ? json_is_object(value)
           : strcmp(type, "array") == 0   ? json_is_array(value)
           : strcmp(type, "string") == 0  ? json_is_string(value)
           : strcmp(type, "boolean") == 0 ? json_is_boolean(value)
           : strcmp(type, "null") == 0    ? json_is_null(value)
           : strcmp(type, "integer") == 0 ? json_is_integer(value)
                                          : json_is_number(value);
}

static bool check_type(struct check *c, const json_t *argument, const json_t *value)
{
    bool fits = json_is_string(argument) && is_type(json_string_value(argument), value);
    for (size_t i = 0; i < json_array_size(argument); i++)
        fits |= is_type(json_string_value(json_array_get(argument, i)), value);
    return fits || wrong(c, "has another type");
}

static bool check_enum(struct check *c, const json_t *argument, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(argument); i++)
        if (json_equal(json_array_get(argument, i), value))
            return true;
    return wrong(c, "is none of the values");
}

static bool check_const(struct check *c, const json_t *argument, const json_t *value)
{
    return json_equal(argument, value) || wrong(c, "is not the value");
}

static bool check_one_of(struct check *c, const json_t *argument, const json_t *value)
{
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(argument); i++)
        n += check(c, json_array_get(argument, i), value);
    if (n == 1)
        return true;
    return n == 0 && *c->why ? false : wrong(c, "fits several of the schemas");
}

static bool check_required(struct check *c, const json_t *argument, const json_t *value)
{
    for (size_t i = 0; json_is_object(value) && i < json_array_size(argument); i++)
        if (!json_object_get(value, json_string_value(json_array_get(argument, i)))) {
            wrong(c, "lacks the member");
            strncat(c->why, " ", c->size - strlen(c->why) - 1);
            strncat(c->why, json_string_value(json_array_get(argument, i)),
                    c->size - strlen(c->why) - 1);
            return false;
        }
    return true;
}

static bool check_items(struct check *c, const json_t *argument, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!check(c, argument, json_array_get(value, i)))
            return false;
    return true;
}

static bool check_bound(struct check *c, const char *keyword, double bound, double x)
{
    bool fine = strcmp(keyword, "minimum") == 0            ? x >= bound
                : strcmp(keyword, "maximum") == 0          ? x <= bound
                : strcmp(keyword, "exclusiveMinimum") == 0 ? x > bound
                                                           : x < bound;
    return fine || wrong(c, "is out of its range");
}

static bool check_size(struct check *c, const char *keyword, const json_t *argument,
                       const json_t *value)
{
    size_t bound = (size_t)json_integer_value(argument);
    if (strcmp(keyword, "minItems") == 0 && json_is_array(value))
        return json_array_size(value) >= bound || wrong(c, "has too few items");
    if (strcmp(keyword, "maxItems") == 0 && json_is_array(value))
        return json_array_size(value) <= bound || wrong(c, "has too many items");
    if (strcmp(keyword, "minLength") == 0 && json_is_string(value))
        return json_string_length(value) >= bound || wrong(c, "is too short");
    return true;
}

/* --- objects --------------------------------------------------------------------------------- */

static bool check_members(struct check *c, const json_t *schema, const json_t *value)
{
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *others = json_object_get(schema, "additionalProperties");
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member)
    {
        size_t n = strlen(c->place);
        const json_t *own = json_object_get(properties, name);
        const json_t *wanted = own ? own : json_is_object(others) ? others : NULL;
        snprintf(c->place + n, PLACE - n, "/%s", name);
        bool open = json_is_true(others) || (!others && !(c->complete && properties));
        if (wanted ? !check(c, wanted, member) : !open && !wrong(c, "is not described"))
            return false;
        c->place[n] = '\0';
    }
    return true;
}

static bool check_keyword(struct check *c, const char *keyword, const json_t *argument,
                          const json_t *value)
{
    static const char *const words[] = { "description", "default", "format",
                                         "properties",  "example", "additionalProperties" };
    static const char *const bounds[] = { "minimum", "maximum", "exclusiveMinimum",
                                          "exclusiveMaximum" };
    static const char *const sizes[] = { "minItems", "maxItems", "minLength" };
    static const struct {
        const char *name;
        bool (*check)(struct check *c, const json_t *argument, const json_t *value);
    } table[] = {
        { "type", check_type },   { "enum", check_enum },         { "const", check_const },
        { "items", check_items }, { "required", check_required }, { "oneOf", check_one_of },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(keyword, table[i].name) == 0)
            return table[i].check(c, argument, value);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        if (strcmp(keyword, bounds[i]) == 0)
            return !json_is_number(value) ||
                   check_bound(c, keyword, json_number_value(argument), json_number_value(value));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(keyword, sizes[i]) == 0)
            return check_size(c, keyword, argument, value);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(keyword, words[i]) == 0)
            return true;
    return wrong(c, keyword);
}

static bool check_here(struct check *c, const json_t *schema, const json_t *value)
{
    const char *keyword, *reference = json_string_value(json_object_get(schema, "$ref"));
    json_t *argument;
    if (reference) {
        const json_t *target = schema_resolve(c->document, reference);
        return target ? check(c, target, value) : wrong(c, reference);
    }
    json_object_foreach((json_t *)schema, keyword, argument)
    {
        if (!check_keyword(c, keyword, argument, value))
            return false;
    }
    return !json_is_object(value) || json_object_size(schema) == 0 ||
           json_object_get(schema, "oneOf") || check_members(c, schema, value);
}

static bool check(struct check *c, const json_t *schema, const json_t *value)
{
    size_t n = strlen(c->place);
    if (c->depth >= MOST_DEPTH)
        return wrong(c, "is too deep");
    c->depth++;
    bool fits = check_here(c, schema, value);
    c->depth--;
    c->place[n] = '\0';
    return fits;
}

bool schema_check(const json_t *document, const json_t *schema, const json_t *value, bool complete,
                  size_t size, char why[])
{
    struct check c = { document, complete, size, why, 0, "" };
    why[0] = '\0';
    return check(&c, schema, value);
}
