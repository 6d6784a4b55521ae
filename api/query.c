#include "api/query.h"

#include "api/json_tree.h"
#include "api/near.h"
#include "api/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *from_number(const char *text)
{
    double value = 0.0;
    if (mle_number_cell(strlen(text), text, &value) == MLE_NUMBER_FINE)
        return json_real(value);
    return json_string(text);
}

/* A list of the texts between the commas. */
static json_t *from_list(const char *text)
{
    json_t *list = json_array();
    for (;;) {
        size_t n = strcspn(text, ",");
        if (json_array_append_new(list, json_stringn(text, n)) != 0) {
            json_decref(list);
            return NULL;
        }
        if (text[n] == '\0')
            return list;
        text += n + 1;
    }
}

/* An object or an array; *is_json: the text is one, so NULL is a lack of memory. */
static json_t *from_brackets(const char *text, bool *is_json)
{
    static const char name[] = "value";
    size_t n = strlen(text), size = n + sizeof "{\"value\":}";
    char *wrapped = malloc(size);
    *is_json = true;
    if (!wrapped)
        return NULL;
    snprintf(wrapped, size, "{\"%s\":%s}", name, text);
    struct mle_json_fault fault;
    json_t *object = mle_json_tree(size - 1, wrapped, &fault);
    free(wrapped);
    /* "{}, more: {}" would make two members */
    *is_json = object ? json_object_size(object) == 1 : fault.flaw == MLE_JSON_NO_MEMORY;
    json_t *value = *is_json ? json_incref(json_object_get(object, name)) : NULL;
    json_decref(object);
    return value;
}

static json_t *from_json(const char *text, bool is_name)
{
    bool is_json = text[0] == '{' || text[0] == '[';
    json_t *value = is_json ? from_brackets(text, &is_json) : NULL;
    if (is_json)
        return value;
    return is_name ? json_string(text) : from_number(text);
}

static json_t *convert(const struct mle_field *field, const char *text)
{
    switch (field->kind) {
    case MLE_FIELD_NUMBER:
    case MLE_FIELD_INTEGER:
        return from_number(text);
    case MLE_FIELD_BOOLEAN:
        if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
            return json_true();
        if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
            return json_false();
        return json_string(text);
    case MLE_FIELD_TEXTS:
    case MLE_FIELD_WORDS:
        return from_list(text);
    case MLE_FIELD_NUMBERS:
    case MLE_FIELD_JSON:
        return from_json(text, field->is_name);
    case MLE_FIELD_TEXT:
    case MLE_FIELD_WORD:
    case MLE_FIELD_IGNORED:
        break;
    }
    return json_string(text);
}

/* The first table that has the field. */
static const struct mle_field *find(size_t n_table, const struct mle_field_table *const tables[],
                                    const char *name, const struct mle_field_table **table)
{
    for (size_t t = 0; t < n_table; t++)
        for (size_t i = 0; i < tables[t]->n; i++)
            if (strcmp(tables[t]->fields[i].name, name) == 0) {
                *table = tables[t];
                return &tables[t]->fields[i];
            }
    return NULL;
}

static void unknown(size_t n_table, const struct mle_field_table *const tables[], const char *name,
                    struct mle_error *err)
{
    struct mle_near near;
    mle_near_init(&near, strlen(name), name);
    for (size_t t = 0; t < n_table; t++)
        for (size_t i = 0; i < tables[t]->n; i++)
            mle_near_offer(&near, tables[t]->fields[i].name);
    mle_fault_path(err, MLE_PROBLEM_UNKNOWN_MEMBER, NULL, "unknown_member",
                   "there is no query argument '%.64s'", name);
    mle_did_you_mean(err, near.best);
}

/* The object that holds a table's fields; made when it is needed. Borrowed. */
static json_t *part(json_t *document, const char *what)
{
    if (what[0] == '\0')
        return document;
    json_t *object = json_object_get(document, what);
    if (!object && json_object_set_new(document, what, json_object()) == 0)
        object = json_object_get(document, what);
    return object;
}

static bool add(json_t *document, const struct mle_field_table *table,
                const struct mle_field *field, const struct mle_pair *pair, struct mle_error *err)
{
    json_t *object = part(document, table->what);
    if (json_object_get(object, pair->name)) {
        mle_fault_path(err, MLE_PROBLEM_INVALID_OPTION, NULL, "repeated",
                       "the query argument '%.64s' comes twice", pair->name);
        return true;
    }
    return json_object_set_new(object, pair->name, convert(field, pair->value)) == 0;
}

json_t *mle_query_document(size_t n_table, const struct mle_field_table *const tables[], size_t n,
                           const struct mle_pair pairs[], struct mle_error *err)
{
    struct mle_error own;
    if (!err)
        err = &own;
    mle_faults_begin(err);
    json_t *document = json_object();
    bool memory = document != NULL;
    for (size_t i = 0; memory && i < n; i++) {
        const struct mle_field_table *table;
        const struct mle_field *field = find(n_table, tables, pairs[i].name, &table);
        if (field)
            memory = add(document, table, field, &pairs[i], err);
        else
            unknown(n_table, tables, pairs[i].name, err);
    }
    if (!memory)
        mle_fail(err, MLE_NO_MEMORY, "There is no memory to read the query");
    if (err->status == MLE_OK)
        return document;
    json_decref(document);
    return NULL;
}
