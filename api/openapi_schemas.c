#include "api/openapi_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- words ----------------------------------------------------------------------------------- */

/* {"type": "string", "enum": [words up to NULL]} */
static json_t *words_schema(struct mle_openapi_builder *b, const char *const words[])
{
    json_t *schema = json_object(), *list = json_array();
    for (; *words; words++)
        mle_openapi_append(b, list, json_string(*words));
    mle_openapi_put(b, schema, "type", json_string("string"));
    mle_openapi_put(b, schema, "enum", list);
    return schema;
}

static json_t *facts_schema(struct mle_openapi_builder *b, enum mle_fact fact)
{
    static const char *const none[] = { NULL };
    json_t *schema = words_schema(b, none);
    const char *word;
    for (size_t i = 0; (word = mle_fact_word(fact, i)); i++)
        mle_openapi_append(b, json_object_get(schema, "enum"), json_string(word));
    return schema;
}

static json_t *problems_schema(struct mle_openapi_builder *b, const char *before)
{
    static const char *const none[] = { NULL };
    json_t *schema = words_schema(b, none);
    for (int i = MLE_PROBLEM_NONE + 1; i < MLE_PROBLEM_COUNT; i++) {
        char text[96];
        snprintf(text, sizeof text, "%s%s", before, mle_problem_slug((enum mle_problem)i));
        mle_openapi_append(b, json_object_get(schema, "enum"), json_string(text));
    }
    return schema;
}

static void put_words(struct mle_openapi_builder *b, json_t *schemas)
{
#define WORD(name, word) word,
    static const char *const certificates[] = { MLE_CERTIFICATE_MAP(WORD) NULL };
    static const char *const terminations[] = { MLE_OUTCOME_MAP(WORD) NULL };
#undef WORD
    mle_openapi_put(b, schemas, "FamilyName", facts_schema(b, MLE_FACT_FAMILY));
    mle_openapi_put(b, schemas, "FitStatus", facts_schema(b, MLE_FACT_STATUS));
    mle_openapi_put(b, schemas, "Verdict", facts_schema(b, MLE_FACT_VERDICT));
    mle_openapi_put(b, schemas, "CertificateKind", words_schema(b, certificates));
    mle_openapi_put(b, schemas, "Termination", words_schema(b, terminations));
    mle_openapi_put(b, schemas, "ProblemName", problems_schema(b, ""));
    mle_openapi_put(b, schemas, "ProblemUri", problems_schema(b, "/problems/"));
}

/* --- fields ---------------------------------------------------------------------------------- */

static json_t *type_schema(struct mle_openapi_builder *b, const char *type)
{
    json_t *schema = json_object();
    mle_openapi_put(b, schema, "type", json_string(type));
    return schema;
}

static json_t *number_schema(struct mle_openapi_builder *b, const struct mle_field *field)
{
    bool whole = field->kind == MLE_FIELD_INTEGER;
    json_t *schema = type_schema(b, whole ? "integer" : "number");
    mle_openapi_put(b, schema, "format", json_string(whole ? "int64" : "double"));
    if (field->low == 0 && field->high == 0)
        return schema;
    if (isfinite(field->low))
        mle_openapi_put(b, schema, field->ends & MLE_LOW_OPEN ? "exclusiveMinimum" : "minimum",
                        whole ? json_integer((json_int_t)field->low) : json_real(field->low));
    if (isfinite(field->high))
        mle_openapi_put(b, schema, field->ends & MLE_HIGH_OPEN ? "exclusiveMaximum" : "maximum",
                        whole ? json_integer((json_int_t)field->high) : json_real(field->high));
    return schema;
}

/* A list of what item describes, or, outside of a query, one of them. */
static json_t *list_schema(struct mle_openapi_builder *b, json_t *item, bool query)
{
    json_t *list = type_schema(b, "array");
    mle_openapi_put(b, list, "items", json_incref(item));
    if (query) {
        json_decref(item);
        return list;
    }
    json_t *schema = json_object(), *either = json_array();
    mle_openapi_append(b, either, list);
    mle_openapi_append(b, either, item);
    mle_openapi_put(b, schema, "oneOf", either);
    return schema;
}

/* What the kind of a field says of its values; in a query objects are texts. */
static json_t *kind_schema(struct mle_openapi_builder *b, const struct mle_field *field, bool query)
{
    json_t *schema;
    switch (field->kind) {
    case MLE_FIELD_TEXT:
        schema = type_schema(b, "string");
        mle_openapi_put(b, schema, "minLength", json_integer(1));
        return schema;
    case MLE_FIELD_TEXTS:
        return list_schema(b, type_schema(b, "string"), query);
    case MLE_FIELD_NUMBER:
    case MLE_FIELD_INTEGER:
        return number_schema(b, field);
    case MLE_FIELD_BOOLEAN:
        return type_schema(b, "boolean");
    case MLE_FIELD_WORD:
        return words_schema(b, field->words);
    case MLE_FIELD_WORDS:
        return list_schema(b, words_schema(b, field->words), query);
    case MLE_FIELD_NUMBERS:
        return query ? type_schema(b, "string") : mle_openapi_ref("schemas", "Parameters");
    case MLE_FIELD_JSON:
    case MLE_FIELD_IGNORED:
        break;
    }
    return query ? type_schema(b, "string") : json_object();
}

static json_t *or_null(struct mle_openapi_builder *b, json_t *schema)
{
    json_t *either = json_array(), *outer = json_object();
    mle_openapi_append(b, either, schema);
    mle_openapi_append(b, either, type_schema(b, "null"));
    mle_openapi_put(b, outer, "oneOf", either);
    return outer;
}

/* What openapi.json says of a field: "model.weights", "request.data"; NULL: nothing. */
static const json_t *field_text(const struct mle_openapi_builder *b,
                                const struct mle_field_table *table, const struct mle_field *field)
{
    char key[96];
    snprintf(key, sizeof key, "%s.%s", *table->what ? table->what : "request", field->name);
    return mle_openapi_text(b, "fields", key);
}

/* A description alone is put beside what the kind says, anything else stands for it. */
static json_t *field_schema(struct mle_openapi_builder *b, const struct mle_field_table *table,
                            const struct mle_field *field)
{
    const json_t *text = field_text(b, table, field);
    const json_t *about = json_object_get(text, "description");
    if (text && json_object_size(text) > (about ? 1 : 0))
        return json_deep_copy(text);
    json_t *schema = kind_schema(b, field, false);
    if (field->nullable && json_object_size(schema) > 0)
        schema = or_null(b, schema);
    if (about)
        mle_openapi_put(b, schema, "description", json_copy((json_t *)about));
    return schema;
}

static json_t *table_schema(struct mle_openapi_builder *b, const struct mle_field_table *table)
{
    json_t *schema = type_schema(b, "object"), *properties = json_object();
    json_t *required = json_array();
    for (size_t i = 0; i < table->n; i++) {
        const struct mle_field *field = &table->fields[i];
        mle_openapi_put(b, properties, field->name, field_schema(b, table, field));
        if (field->required)
            mle_openapi_append(b, required, json_string(field->name));
    }
    if (json_array_size(required) > 0)
        mle_openapi_put(b, schema, "required", json_incref(required));
    json_decref(required);
    mle_openapi_put(b, schema, "properties", properties);
    mle_openapi_put(b, schema, "additionalProperties", json_false());
    return schema;
}

/* --- options --------------------------------------------------------------------------------- */

static void document(struct mle_openapi_builder *b, json_t *schema, const char *name,
                     const char *doc, json_t *value)
{
    json_t *property = json_object_get(json_object_get(schema, "properties"), name);
    if (property) {
        mle_openapi_put(b, property, "description", json_string(doc));
        mle_openapi_put(b, property, "default", value);
    } else { /* of a table that has not all options */
        json_decref(value);
    }
}

static json_t *options_schema(struct mle_openapi_builder *b, const struct mle_field_table *table)
{
    json_t *schema = table_schema(b, table);
#define MLE_OPTION_WORD(name, doc, ...)                                                            \
    document(b, schema, #name, doc, json_string(mle_words_##name[0]));
#define MLE_OPTION_REAL(name, value, above, most, doc)                                             \
    document(b, schema, #name, doc, json_real(value));
#define MLE_OPTION_COUNT(name, value, least, most, doc)                                            \
    document(b, schema, #name, doc, json_integer(value));
#define MLE_OPTION_WORDS(name, doc, ...) document(b, schema, #name, doc, json_array());
#include "core/fit/options.def"
#undef MLE_OPTION_WORD
#undef MLE_OPTION_REAL
#undef MLE_OPTION_COUNT
#undef MLE_OPTION_WORDS
    return schema;
}

/* --- all ------------------------------------------------------------------------------------- */

/* The bodies, with options of their own or without: the schemas and the tables that read them. */
static const struct request {
    const char *name, *options_name;
    const struct mle_field_table *body, *options;
} requests[] = {
    { "FitRequest", "Options", &mle_request_table, &mle_options_table },
    { "EvaluationRequest", "EvaluationOptions", &mle_evaluate_table, &mle_evaluate_options_table },
    { "PredictionRequest", "PredictionOptions", &mle_predict_table, &mle_evaluate_options_table },
    { "DivergenceRequest", NULL, &mle_divergence_table, NULL },
};
enum { REQUESTS = sizeof requests / sizeof *requests };

static void put_request(struct mle_openapi_builder *b, const struct request *request,
                        json_t *schemas)
{
    json_t *schema = table_schema(b, request->body);
    mle_openapi_put(b, schemas, request->name, schema);
    if (!request->options)
        return;
    mle_openapi_put(b, json_object_get(schema, "properties"), "options",
                    or_null(b, mle_openapi_ref("schemas", request->options_name)));
    mle_openapi_put(b, schemas, request->options_name, options_schema(b, request->options));
}

json_t *mle_openapi_schemas(struct mle_openapi_builder *b)
{
    json_t *schemas = json_object();
    for (size_t i = 0; i < REQUESTS; i++)
        put_request(b, &requests[i], schemas);
    mle_openapi_put(b, schemas, "Model", table_schema(b, &mle_model_table));
    mle_openapi_put(b, schemas, "Distribution", table_schema(b, &mle_law_table));
    put_words(b, schemas);
    json_t *written = json_object_get(b->text, "schemas");
    if (!written || json_object_update(schemas, written) != 0)
        b->failed = true;
    return schemas;
}

/* --- query ----------------------------------------------------------------------------------- */

/* Whether a value other than the default would be refused. */
static bool is_not_offered(const json_t *text)
{
    const char *type = json_string_value(json_object_get(text, "type"));
    return json_object_get(text, "const") || (type && strcmp(type, "null") == 0);
}

static void put_argument(struct mle_openapi_builder *b, const struct mle_field_table *table,
                         const struct mle_field *field, json_t *parameters)
{
    char key[96];
    const json_t *text = field_text(b, table, field);
    if (is_not_offered(text))
        return;
    const json_t *own = mle_openapi_text(b, "query", field->name);
    const json_t *about = json_object_get(own ? own : text, "description");
    json_t *parameter = json_object(), *schema = kind_schema(b, field, true);
    bool list = field->kind == MLE_FIELD_TEXTS || field->kind == MLE_FIELD_WORDS;
    mle_openapi_put(b, parameter, "name", json_string(field->name));
    mle_openapi_put(b, parameter, "in", json_string("query"));
    snprintf(key, sizeof key, "With a text/csv body. %.64s",
             *table->what ? table->what : "beside model and options");
    mle_openapi_put(b, parameter, "description",
                    about ? json_copy((json_t *)about) : json_string(key));
    mle_openapi_put(b, parameter, "schema", schema);
    if (list) {
        mle_openapi_put(b, parameter, "style", json_string("form"));
        mle_openapi_put(b, parameter, "explode", json_false());
    }
    snprintf(key, sizeof key, "query.%s", field->name);
    mle_openapi_put(b, parameters, key, parameter);
}

void mle_openapi_query(struct mle_openapi_builder *b, json_t *parameters)
{
    const struct mle_field_table *const tables[] = { &mle_text_body_table, &mle_model_table,
                                                     &mle_options_table };
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t i = 0; i < tables[t]->n; i++)
            put_argument(b, tables[t], &tables[t]->fields[i], parameters);
}

static bool has_field(const struct mle_field_table *table, const char *name)
{
    for (size_t i = 0; i < table->n; i++)
        if (strcmp(table->fields[i].name, name) == 0)
            return true;
    return false;
}

bool mle_openapi_takes_argument(const char *request, const char *name)
{
    if (has_field(&mle_model_table, name))
        return true;
    for (size_t i = 0; request && i < REQUESTS; i++)
        if (strcmp(requests[i].name, request) == 0)
            return has_field(requests[i].body, name) || strcmp(name, "missing_tokens") == 0 ||
                   (requests[i].options && has_field(requests[i].options, name));
    return false;
}
