#include "api/read.h"

#include "api/decode.h"
#include "api/near.h"
#include "api/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_CHARACTERS = 64 };

/* --- paths ------------------------------------------------------------------------------------ */

char *mle_path_text(const struct mle_path *path, size_t size, char out[])
{
    if (!path) {
        out[0] = '\0';
        return out;
    }
    mle_path_text(path->up, size, out);
    char number[24];
    snprintf(number, sizeof number, "%zu", path->index);
    mle_pointer_append(size, out, path->name ? path->name : number);
    return out;
}

/* --- faults ----------------------------------------------------------------------------------- */

void mle_faults_begin(struct mle_error *err)
{
    mle_error_begin(err, MLE_OK);
}

enum mle_status mle_faults_end(const struct mle_error *err)
{
    return err->status;
}

static void add_fault(struct mle_error *err, enum mle_problem problem, const char *pointer,
                      const char *code, const char *format, va_list args)
{
    char detail[sizeof err->fault[0].detail + 4];
    vsnprintf(detail, sizeof detail, format, args);
    if (err->status == MLE_OK)
        mle_problem_fail(err, problem, "%s: %s", pointer[0] != '\0' ? pointer : "The request",
                         detail);
    mle_fault_at(err, pointer, code, "%s", detail);
}

void mle_fault_pointer(struct mle_error *err, enum mle_problem problem, const char *pointer,
                       const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_fault(err, problem, pointer, code, format, args);
    va_end(args);
}

void mle_fault_path(struct mle_error *err, enum mle_problem problem, const struct mle_path *path,
                    const char *code, const char *format, ...)
{
    char pointer[sizeof err->fault[0].pointer];
    va_list args;
    mle_path_text(path, sizeof pointer, pointer);
    va_start(args, format);
    add_fault(err, problem, pointer, code, format, args);
    va_end(args);
}

void mle_fault_unknown(struct mle_error *err, const struct mle_path *path, const char *name,
                       size_t n, const char *const candidates[])
{
    struct mle_near near;
    mle_near_init(&near, strlen(name), name);
    for (size_t i = 0; i < n; i++)
        mle_near_offer(&near, candidates[i]);
    mle_fault_path(err, MLE_PROBLEM_UNKNOWN_MEMBER, MLE_PATH(path, name), "unknown_member",
                   "there is no member of this name");
    mle_did_you_mean(err, near.best);
}

/* --- values for people ------------------------------------------------------------------------ */

/* A string in quotes, cut at SHOWN_CHARACTERS characters, control characters as '?'. */
static void show_text(const char *text, size_t size, char out[])
{
    size_t n = 0, characters = 0;
    out[n++] = '"';
    for (; *text != '\0' && n + 8 < size; text++) {
        bool begins = ((unsigned char)*text & 0xC0) != 0x80;
        if (begins && characters++ == SHOWN_CHARACTERS) {
            memcpy(out + n, "...", 3);
            n += 3;
            break;
        }
        out[n++] = (unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text;
    }
    out[n++] = '"';
    out[n] = '\0';
}

char *mle_show_value(const json_t *value, size_t size, char out[])
{
    char number[MLE_NUMBER_TEXT + 1];
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        if (size >= 16)
            show_text(json_string_value(value), size, out);
        else
            mle_copy_text(size, out, "a string");
        break;
    case JSON_INTEGER:
        snprintf(out, size, "%lld", (long long)json_integer_value(value));
        break;
    case JSON_REAL:
        number[mle_number_text(json_real_value(value), number)] = '\0';
        mle_copy_text(size, out, number);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        mle_copy_text(size, out, json_is_true(value) ? "true" : "false");
        break;
    case JSON_NULL:
        mle_copy_text(size, out, "null");
        break;
    case JSON_OBJECT:
        mle_copy_text(size, out, "an object");
        break;
    case JSON_ARRAY:
        mle_copy_text(size, out, "an array");
        break;
    }
    return out;
}

/* wanted: "a number in (0, 0.01]". Returns false. */
static bool refuse(const json_t *value, const struct mle_path *path, enum mle_problem problem,
                   const char *code, const char *wanted, struct mle_error *err)
{
    char shown[160];
    mle_fault_path(err, problem, path, code, "expected %s, found %s", wanted,
                   mle_show_value(value, sizeof shown, shown));
    return false;
}

/* --- single values ---------------------------------------------------------------------------- */

bool mle_read_number(const json_t *value, const struct mle_path *path, enum mle_problem problem,
                     double *out, struct mle_error *err)
{
    if (!json_is_number(value))
        return refuse(value, path, problem, "type", "a number", err);
    *out = json_number_value(value);
    return true;
}

bool mle_read_text(const json_t *value, const struct mle_path *path, enum mle_problem problem,
                   const char **out, struct mle_error *err)
{
    if (!json_is_string(value) || json_string_length(value) == 0)
        return refuse(value, path, problem, "type", "a string that is not empty", err);
    *out = json_string_value(value);
    return true;
}

/* Every integer up to here is a double, so 5.0 says no less than 5. */
#define MAX_EXACT 9007199254740992.0

static bool as_integer(const json_t *value, int64_t *out)
{
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    double real = json_is_real(value) ? json_real_value(value) : (double)NAN;
    if (!(fabs(real) <= MAX_EXACT) || real != floor(real))
        return false;
    *out = (int64_t)real;
    return true;
}

bool mle_read_integer(const json_t *value, const struct mle_path *path, enum mle_problem problem,
                      int64_t low, int64_t high, int64_t *out, struct mle_error *err)
{
    int64_t read = 0;
    char wanted[96];
    bool whole = as_integer(value, &read);
    if (whole && read >= low && read <= high) {
        *out = read;
        return true;
    }
    snprintf(wanted, sizeof wanted, "an integer from %lld to %lld", (long long)low,
             (long long)high);
    return refuse(value, path, problem, json_is_number(value) ? "range" : "type", wanted, err);
}

/* --- numbers with names ----------------------------------------------------------------------- */

/* One walk counts, the next one writes; names are written the second time. */
struct number_walk {
    enum mle_problem problem;
    struct mle_arena *arena;
    struct mle_error *err;
    size_t n;
    struct mle_named_number *item; /* NULL while counting */
    bool ok;
};

static bool as_number(const json_t *value, double *out)
{
    if (json_is_number(value)) {
        *out = json_number_value(value);
        return true;
    }
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    if (strcmp(text, "Infinity") != 0 && strcmp(text, "-Infinity") != 0)
        return false;
    *out = text[0] == '-' ? -HUGE_VAL : HUGE_VAL;
    return true;
}

/* "components", 0, "mu": components[0].mu. depth > 0. */
static size_t name_length(const struct mle_path *path, const struct mle_path *root)
{
    size_t n = 0;
    for (; path != root; path = path->up)
        n += path->name ? strlen(path->name) + 1 : 24;
    return n;
}

static size_t write_name(const struct mle_path *path, const struct mle_path *root, size_t size,
                         char out[])
{
    if (path == root)
        return 0;
    size_t n = write_name(path->up, root, size, out);
    if (!path->name)
        return n + (size_t)snprintf(out + n, size - n, "[%zu]", path->index);
    return n + (size_t)snprintf(out + n, size - n, n > 0 ? ".%s" : "%s", path->name);
}

static void walk_value(struct number_walk *walk, const json_t *value, const struct mle_path *path,
                       const struct mle_path *root)
{
    double number = 0.0;
    if (!as_number(value, &number)) {
        walk->ok = refuse(value, path, walk->problem, "type", "a number", walk->err);
        return;
    }
    if (walk->item) {
        size_t size = name_length(path, root) + 1;
        char *name = mle_arena_alloc(walk->arena, size);
        walk->ok = walk->ok && name;
        if (!name)
            return;
        write_name(path, root, size, name);
        char pointer[sizeof walk->err->fault[0].pointer];
        mle_path_text(path, sizeof pointer, pointer);
        const char *kept = mle_arena_text(walk->arena, strlen(pointer), pointer);
        walk->ok = walk->ok && kept;
        walk->item[walk->n] = (struct mle_named_number){ name, number, kept };
    }
    walk->n++;
}

/* Recursion is bounded by the depth that the decoder takes. */
static void walk_numbers(struct number_walk *walk, const json_t *value, const struct mle_path *path,
                         const struct mle_path *root)
{
    json_t *node = (json_t *)(uintptr_t)value;
    const char *key;
    json_t *member;
    size_t i;
    bool empty = json_is_object(node) ? json_object_size(node) == 0
                                      : json_is_array(node) && json_array_size(node) == 0;
    if (empty && path != root) {
        walk->ok = refuse(value, path, walk->problem, "type", "a number", walk->err);
    } else if (json_is_object(node)) {
        json_object_foreach(node, key, member)
            walk_numbers(walk, member, MLE_PATH(path, key), root);
    } else if (json_is_array(node)) {
        json_array_foreach(node, i, member)
            walk_numbers(walk, member, MLE_PATH_INDEX(path, i), root);
    } else {
        walk_value(walk, value, path, root);
    }
}

static bool no_memory(struct mle_arena *arena, struct mle_error *err)
{
    mle_fail(err, arena->limited ? MLE_MEMORY_LIMIT : MLE_NO_MEMORY,
             "There is no memory to read the request");
    return false;
}

bool mle_read_numbers(const json_t *value, const struct mle_path *path, enum mle_problem problem,
                      struct mle_arena *arena, struct mle_named_numbers *out, struct mle_error *err)
{
    if (!json_is_object(value))
        return refuse(value, path, problem, "type", "an object of numbers", err);
    struct number_walk walk = { problem, arena, err, 0, NULL, true };
    walk_numbers(&walk, value, path, path);
    if (!walk.ok)
        return false;
    walk.item = mle_arena_zeros(arena, walk.n, sizeof *walk.item);
    if (!walk.item)
        return no_memory(arena, err);
    walk.n = 0;
    walk_numbers(&walk, value, path, path);
    if (!walk.ok)
        return no_memory(arena, err);
    *out = (struct mle_named_numbers){ walk.n, walk.item };
    return true;
}

/* --- fields ----------------------------------------------------------------------------------- */

struct field_reader {
    const struct mle_field_table *table;
    const struct mle_field *field;
    const struct mle_path *path;
    struct mle_arena *arena;
    struct mle_error *err;
};

static bool has_range(const struct mle_field *field)
{
    return field->low != 0.0 || field->high != 0.0;
}

/* "a number in (0, 0.01]", "a number > 0" */
static void describe_range(const struct mle_field *field, const char *noun, size_t size, char out[])
{
    char low[MLE_NUMBER_TEXT + 1] = "", high[MLE_NUMBER_TEXT + 1] = "";
    bool below = isfinite(field->low), above = isfinite(field->high);
    if (below)
        low[mle_number_text(field->low, low)] = '\0';
    if (above)
        high[mle_number_text(field->high, high)] = '\0';
    bool open_low = field->ends & MLE_LOW_OPEN, open_high = field->ends & MLE_HIGH_OPEN;
    if (!has_range(field) || (!below && !above))
        snprintf(out, size, "%s", noun);
    else if (below && above)
        snprintf(out, size, "%s in %c%s, %s%c", noun, open_low ? '(' : '[', low, high,
                 open_high ? ')' : ']');
    else if (below)
        snprintf(out, size, "%s %s %s", noun, open_low ? ">" : ">=", low);
    else
        snprintf(out, size, "%s %s %s", noun, open_high ? "<" : "<=", high);
}

static bool in_range(const struct mle_field *field, double x)
{
    bool above = field->ends & MLE_LOW_OPEN ? x > field->low : x >= field->low;
    bool below = field->ends & MLE_HIGH_OPEN ? x < field->high : x <= field->high;
    return !has_range(field) || (above && below);
}

static bool refuse_field(const struct field_reader *reader, const json_t *value, const char *code,
                         const char *noun)
{
    char wanted[128];
    describe_range(reader->field, noun, sizeof wanted, wanted);
    return refuse(value, reader->path, reader->table->problem, code, wanted, reader->err);
}

static bool read_number_field(const struct field_reader *reader, const json_t *value, void *target)
{
    if (!json_is_number(value))
        return refuse_field(reader, value, "type", "a number");
    double read = json_number_value(value);
    if (!in_range(reader->field, read))
        return refuse_field(reader, value, "range", "a number");
    *(double *)target = read;
    return true;
}

static bool read_integer_field(const struct field_reader *reader, const json_t *value, void *target)
{
    int64_t read = 0;
    if (!as_integer(value, &read)) {
        double real = json_is_real(value) ? json_real_value(value) : (double)NAN;
        return refuse_field(reader, value, real == floor(real) ? "range" : "type", "an integer");
    }
    bool fits = has_range(reader->field) ? in_range(reader->field, (double)read)
                                         : fabs((double)read) <= MAX_EXACT;
    if (!fits)
        return refuse_field(reader, value, "range", "an integer");
    *(int64_t *)target = read;
    return true;
}

static bool read_boolean_field(const struct field_reader *reader, const json_t *value, void *target)
{
    if (!json_is_boolean(value))
        return refuse(value, reader->path, reader->table->problem, "type", "true or false",
                      reader->err);
    *(bool *)target = json_is_true(value);
    return true;
}

/* The index of the word, -1 with a fault that lists the words. */
static int find_word(const struct field_reader *reader, const json_t *value,
                     const struct mle_path *path)
{
    const char *const *words = reader->field->words;
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    struct mle_near near;
    char list[120];
    size_t n = 0;
    mle_near_init(&near, strlen(text), text);
    list[0] = '\0';
    for (int i = 0; words[i]; i++) {
        if (json_is_string(value) && strcmp(words[i], text) == 0)
            return i;
        mle_near_offer(&near, words[i]);
        if (n < sizeof list)
            n += (size_t)snprintf(list + n, sizeof list - n, i > 0 ? ", %s" : "%s", words[i]);
    }
    char wanted[140];
    snprintf(wanted, sizeof wanted, "one of %s%s", list, n >= sizeof list ? "..." : "");
    refuse(value, path, reader->table->problem, json_is_string(value) ? "word" : "type", wanted,
           reader->err);
    mle_did_you_mean(reader->err, near.best);
    return -1;
}

static bool read_word_field(const struct field_reader *reader, const json_t *value, void *target)
{
    int index = find_word(reader, value, reader->path);
    if (index < 0)
        return false;
    *(int *)target = index;
    return true;
}

static bool read_words_field(const struct field_reader *reader, const json_t *value, void *target)
{
    json_t *node = (json_t *)(uintptr_t)value, *element;
    size_t i;
    unsigned read = 0;
    bool ok = true;
    if (!json_is_array(node)) {
        int index = find_word(reader, value, reader->path);
        ok = index >= 0;
        read = ok ? 1U << index : 0;
    }
    json_array_foreach(node, i, element)
    {
        int index = find_word(reader, element, MLE_PATH_INDEX(reader->path, i));
        ok = ok && index >= 0;
        read |= index >= 0 ? 1U << index : 0;
    }
    if (ok)
        *(unsigned *)target = read;
    return ok;
}

static bool read_texts_field(const struct field_reader *reader, const json_t *value, void *target)
{
    json_t *node = (json_t *)(uintptr_t)value, *element;
    size_t i, n = json_is_array(node) ? json_array_size(node) : 1;
    enum mle_problem problem = reader->table->problem;
    if (!json_is_array(node) && !json_is_string(node))
        return refuse(value, reader->path, problem, "type", "a list of strings", reader->err);
    const char **text = mle_arena_zeros(reader->arena, n, sizeof *text);
    if (!text)
        return no_memory(reader->arena, reader->err);
    bool ok = true;
    if (!json_is_array(node))
        ok = mle_read_text(node, reader->path, problem, &text[0], reader->err);
    json_array_foreach(node, i, element) ok =
        mle_read_text(element, MLE_PATH_INDEX(reader->path, i), problem, &text[i], reader->err) &&
        ok;
    if (ok)
        *(struct mle_text_list *)target = (struct mle_text_list){ n, text };
    return ok;
}

static bool read_field(const struct field_reader *reader, const json_t *value, void *target)
{
    enum mle_problem problem = reader->table->problem;
    if (json_is_null(value) && reader->field->nullable)
        return true;
    switch (reader->field->kind) {
    case MLE_FIELD_TEXT:
        return mle_read_text(value, reader->path, problem, target, reader->err);
    case MLE_FIELD_TEXTS:
        return read_texts_field(reader, value, target);
    case MLE_FIELD_NUMBER:
        return read_number_field(reader, value, target);
    case MLE_FIELD_INTEGER:
        return read_integer_field(reader, value, target);
    case MLE_FIELD_BOOLEAN:
        return read_boolean_field(reader, value, target);
    case MLE_FIELD_WORD:
        return read_word_field(reader, value, target);
    case MLE_FIELD_WORDS:
        return read_words_field(reader, value, target);
    case MLE_FIELD_NUMBERS:
        return mle_read_numbers(value, reader->path, problem, reader->arena, target, reader->err);
    case MLE_FIELD_JSON:
        *(const json_t **)target = value;
        return true;
    case MLE_FIELD_IGNORED:
        return true;
    }
    return true;
}

static const struct mle_field *find_field(const struct mle_field_table *table, const char *name)
{
    for (size_t i = 0; i < table->n; i++)
        if (strcmp(table->fields[i].name, name) == 0)
            return &table->fields[i];
    return NULL;
}

static void unknown_field(const struct mle_field_table *table, const struct mle_path *path,
                          const char *name, struct mle_error *err)
{
    const char *candidates[64];
    size_t n = 0;
    for (size_t i = 0; i < table->n && n < sizeof candidates / sizeof *candidates; i++)
        candidates[n++] = table->fields[i].name;
    mle_fault_unknown(err, path, name, n, candidates);
}

enum mle_status mle_read_object(const struct mle_field_table *table, const json_t *object,
                                const struct mle_path *path, struct mle_arena *arena, void *target,
                                struct mle_error *err)
{
    struct mle_error own; /* faults are collected even if nobody wants to know them */
    if (!err)
        err = &own;
    json_t *node = (json_t *)(uintptr_t)object, *value;
    const char *key;
    mle_faults_begin(err);
    if (node && !json_is_null(node) && !json_is_object(node)) {
        refuse(node, path, table->problem, "type", "an object", err);
        return mle_faults_end(err);
    }
    json_object_foreach(node, key, value)
    {
        const struct mle_field *field = find_field(table, key);
        if (!field) {
            unknown_field(table, path, key, err);
            continue;
        }
        struct field_reader reader = { table, field, MLE_PATH(path, key), arena, err };
        bool ok = read_field(&reader, value, (char *)target + field->offset);
        if (!ok && (err->status == MLE_MEMORY_LIMIT || err->status == MLE_NO_MEMORY))
            return err->status;
    }
    for (size_t i = 0; i < table->n; i++)
        if (table->fields[i].required && !json_object_get(node, table->fields[i].name))
            mle_fault_path(err, table->problem, MLE_PATH(path, table->fields[i].name), "required",
                           "this member is required");
    return mle_faults_end(err);
}
